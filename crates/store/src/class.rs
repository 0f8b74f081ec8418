//! Classes of members: what they are decided by, and what came of it.

use std::collections::{BTreeMap, HashMap};

use danggol_core::class::{Abc, Cell, Class, Deed, Stage, Worth};
use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::purchase::{Returned, lines_left};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::line::decode_lines;
use crate::schema::{MEMBER_CLASS, PRODUCT_KEY};

const DEEDS: &str = "SELECT member_id, purchase_id, business_date, occurred_at_ms, amount_minor - returned_minor, \
     quantity - returned_quantity FROM purchase WHERE business_date <= $1 \
     AND (returned IS NULL OR returned_minor < amount_minor OR returned_quantity < quantity) ORDER BY member_id";
const LINES: &str = "SELECT member_id, lines, returned FROM purchase WHERE business_date >= $1 AND business_date <= $2";
const ALL: &str = "SELECT member_id, amount_minor, layer, recency, frequency, monetary, cell, abc, stage, worth, expected_minor, \
     active_percent, bulk_purchase_id, bulk_percent, key_products FROM member_class";
const FIND: &str = "SELECT member_id, amount_minor, layer, recency, frequency, monetary, cell, abc, stage, worth, expected_minor, \
     active_percent, bulk_purchase_id, bulk_percent, key_products FROM member_class \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const BULK: &str = "SELECT member_id, amount_minor, layer, recency, frequency, monetary, cell, abc, stage, worth, expected_minor, \
     active_percent, bulk_purchase_id, bulk_percent, key_products FROM member_class WHERE bulk_percent IS NOT NULL \
     ORDER BY amount_minor DESC, member_id LIMIT $1";
const REMOVE: &str = "DELETE FROM member_class WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
// Everybody is gone through once: whoever is classed alike is one row.
const SIZES: &str = "SELECT c.layer, c.cell, c.abc, c.stage, c.worth, c.recency, (c.frequency + c.monetary + 1) / 2, COUNT(*), \
     CAST(SUM(c.amount_minor) AS BIGINT) FROM member_class c JOIN member m ON m.member_id = c.member_id \
     WHERE m.status = 'active' OR m.status = 'unclaimed' \
     GROUP BY c.layer, c.cell, c.abc, c.stage, c.worth, c.recency, (c.frequency + c.monetary + 1) / 2";
const FORGET_KEYS: &str = "DELETE FROM product_key";
const KEYS: &str =
    "SELECT sku, member_id, amount_minor, percent FROM product_key ORDER BY amount_minor DESC, sku, member_id LIMIT $1";
const KEYS_OF: &str =
    "SELECT sku, member_id, amount_minor, percent FROM product_key WHERE member_id = $1 ORDER BY amount_minor DESC, sku";
const FORGET_KEYS_OF: &str = "DELETE FROM product_key WHERE member_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[DEEDS, LINES, ALL, FIND, BULK, REMOVE, SIZES, FORGET_KEYS, KEYS, KEYS_OF, FORGET_KEYS_OF];

/// Somebody among the few who make most of a product's sales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCustomer {
    /// The article.
    pub sku: String,
    /// Who.
    pub member: MemberId,
    /// What she bought of it, in minor units.
    pub amount_minor: i64,
    /// Of all that was sold of it, in percent.
    pub percent: i64,
}

impl BindRow for KeyCustomer {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(&self.sku);
        to.int(self.member.0);
        to.int(self.amount_minor);
        to.int(self.percent);
    }
}

struct ClassRow<'a>(&'a Class);

impl BindRow for ClassRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let class = self.0;
        to.int(class.member);
        to.int(class.amount_minor);
        to.opt_text(class.layer.as_deref());
        (0..3).for_each(|index| to.opt_int(class.scores.map(|scores| scores[index])));
        to.opt_text(class.cell.map(Cell::word));
        to.opt_text(class.abc.map(Abc::word));
        to.text(class.stage.word());
        to.text(class.worth.word());
        to.opt_int(class.expected_minor);
        to.opt_int(class.active_percent);
        to.opt_int(class.bulk.map(|(purchase, _)| purchase.0));
        to.opt_int(class.bulk.map(|(_, percent)| percent));
        to.int(class.key_products);
    }
}

fn class(row: &Row<'_>) -> Result<Class, StoreError> {
    let member = row.int(0)?;
    let damaged = || StoreError::Damaged(format!("the class of {}", MemberId(member)));
    let scores = match (row.opt_int(3)?, row.opt_int(4)?, row.opt_int(5)?) {
        (Some(recency), Some(frequency), Some(monetary)) => Some([recency, frequency, monetary]),
        _ => None,
    };
    Ok(Class {
        member,
        amount_minor: row.int(1)?,
        layer: row.opt_text(2)?,
        scores,
        cell: row.opt_str(6)?.map(|word| Cell::from_word(word).ok_or_else(damaged)).transpose()?,
        abc: row.opt_str(7)?.map(|word| Abc::from_word(word).ok_or_else(damaged)).transpose()?,
        stage: Stage::from_word(row.str(8)?).ok_or_else(damaged)?,
        worth: Worth::from_word(row.str(9)?).ok_or_else(damaged)?,
        expected_minor: row.opt_int(10)?,
        active_percent: row.opt_int(11)?,
        bulk: row.opt_int(12)?.map(PurchaseId).zip(row.opt_int(13)?),
        key_products: row.int(14)?,
    })
}

/// Tells the purchases of each member up to and on a business day, member by member; what came back wholly is none. Memory for one member.
pub fn each_member(conn: &mut Conn, until_day: i32, mut tell: impl FnMut(i64, &[Deed])) -> Result<(), StoreError> {
    let mut of: i64 = 0;
    let mut deeds: Vec<Deed> = Vec::new();
    conn.query_each(DEEDS, &[i64::from(until_day).into()], |row| {
        let member = row.int(0)?;
        if member != of && !deeds.is_empty() {
            tell(of, &deeds);
            deeds.clear();
        }
        of = member;
        let day = i32::try_from(row.int(2)?).map_err(|_| StoreError::Damaged("the business day of a purchase".to_owned()))?;
        let (purchase, at_ms) = (PurchaseId(row.int(1)?), row.int(3)?);
        deeds.push(Deed { purchase, day, at_ms, amount_minor: row.int(4)?, quantity: row.int(5)? });
        Ok(())
    })?;
    if !deeds.is_empty() {
        tell(of, &deeds);
    }
    Ok(())
}

/// What each member bought of each product on some business days, what came back taken off. Products are taken in as many parts as is said,
/// one pass over the purchases each, so that memory holds one part.
pub fn each_product(
    conn: &mut Conn,
    (from_day, to_day): (i32, i32),
    parts: u64,
    mut tell: impl FnMut(&str, Vec<(i64, i64)>),
) -> Result<(), StoreError> {
    for part in 0..parts.max(1) {
        let mut sums: BTreeMap<String, HashMap<i64, i64>> = BTreeMap::new();
        conn.query_each(LINES, &[i64::from(from_day).into(), i64::from(to_day).into()], |row| {
            let member = row.int(0)?;
            let returned: Returned = match row.opt_str(2)? {
                Some(text) => serde_json::from_str(text).map_err(|_| StoreError::Damaged("what came back".to_owned()))?,
                None => Returned::default(),
            };
            for line in lines_left(&decode_lines(row.str(1)?)?, &returned.quantities) {
                let turn =
                    line.sku.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % parts.max(1);
                if turn == part {
                    *sums.entry(line.sku).or_default().entry(member).or_default() += line.amount_minor;
                }
            }
            Ok(())
        })?;
        sums.into_iter().for_each(|(sku, buyers)| tell(&sku, buyers.into_iter().collect()));
    }
    Ok(())
}

/// What everybody was classed as.
pub fn all(conn: &mut Conn) -> Result<HashMap<i64, Class>, StoreError> {
    Ok(conn.query(ALL, &[], class)?.into_iter().map(|class| (class.member, class)).collect())
}

/// What some members were classed as.
pub fn find(conn: &mut Conn, members: &[MemberId]) -> Result<HashMap<i64, Class>, StoreError> {
    let members = int_array(members.iter().map(|member| member.0));
    Ok(conn.query(FIND, &[(&members).into()], class)?.into_iter().map(|class| (class.member, class)).collect())
}

/// Up to `limit` one-off bulk buyers, the largest first.
pub fn bulk_buyers(conn: &mut Conn, limit: i64) -> Result<Vec<Class>, StoreError> {
    conn.query(BULK, &[limit.into()], class)
}

/// Keeps classes in place of those before, and forgets those of some members.
pub fn keep(conn: &mut Conn, classes: &[Class], gone: &[i64]) -> Result<(), StoreError> {
    let set = "amount_minor = excluded.amount_minor, layer = excluded.layer, recency = excluded.recency, \
         frequency = excluded.frequency, monetary = excluded.monetary, cell = excluded.cell, abc = excluded.abc, \
         stage = excluded.stage, worth = excluded.worth, expected_minor = excluded.expected_minor, \
         active_percent = excluded.active_percent, bulk_purchase_id = excluded.bulk_purchase_id, \
         bulk_percent = excluded.bulk_percent, key_products = excluded.key_products";
    let rows: Vec<ClassRow<'_>> = classes.iter().map(ClassRow).collect();
    conn.insert_rows(&MEMBER_CLASS, Conflict::Update { on: &["member_id"], set, guard: None }, rows.iter())?;
    conn.execute(REMOVE, &[(&int_array(gone.iter().copied())).into()]).map(drop)
}

/// Members and minor units by a class; none: those without one.
pub type Sizes = HashMap<Option<String>, (i64, i64)>;

/// How many are of each class.
#[derive(Debug, Default)]
pub struct Counted {
    /// Of each layer, cell, class by value, stage and worth, in this order, and what they bought in the period in minor units.
    pub sizes: [Sizes; 5],
    /// Of each score of recency and mean score of frequency and amount.
    pub grid: HashMap<(i64, i64), i64>,
}

/// Counts who is of each class; closed files are of none.
pub fn counted(conn: &mut Conn) -> Result<Counted, StoreError> {
    let mut counted = Counted::default();
    conn.query_each(SIZES, &[], |row| {
        let (members, amount_minor) = (row.int(7)?, row.int(8)?);
        for (place, sizes) in counted.sizes.iter_mut().enumerate() {
            let size = sizes.entry(row.opt_text(place)?).or_default();
            *size = (size.0 + members, size.1 + amount_minor);
        }
        if let (Some(recency), Some(value)) = (row.opt_int(5)?, row.opt_int(6)?) {
            *counted.grid.entry((recency, value)).or_default() += members;
        }
        Ok(())
    })?;
    Ok(counted)
}

/// Keeps the key customers of all products in place of those before.
pub fn keep_keys(conn: &mut Conn, keys: &[KeyCustomer]) -> Result<(), StoreError> {
    conn.execute(FORGET_KEYS, &[])?;
    conn.insert_rows(&PRODUCT_KEY, Conflict::Fail, keys.iter()).map(drop)
}

fn key(row: &Row<'_>) -> Result<KeyCustomer, StoreError> {
    Ok(KeyCustomer { sku: row.text(0)?, member: MemberId(row.int(1)?), amount_minor: row.int(2)?, percent: row.int(3)? })
}

/// Up to `limit` key customers of products, the largest first.
pub fn keys(conn: &mut Conn, limit: i64) -> Result<Vec<KeyCustomer>, StoreError> {
    conn.query(KEYS, &[limit.into()], key)
}

/// The products for which a member is a key customer, the largest first.
pub fn keys_of(conn: &mut Conn, member: MemberId) -> Result<Vec<KeyCustomer>, StoreError> {
    conn.query(KEYS_OF, &[member.0.into()], key)
}

/// Destroys what a member was classed as.
pub(crate) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    conn.execute(REMOVE, &[(&int_array([member.0])).into()])?;
    conn.execute(FORGET_KEYS_OF, &[member.0.into()]).map(drop)
}

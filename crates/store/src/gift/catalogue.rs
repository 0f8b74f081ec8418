//! The catalogue, its festivals, and what stores have.

use danggol_core::gift::{FestivalTerms, Gift, GiftTerms};
use danggol_core::id::{FestivalId, GiftId};

use super::{StockRow, damaged};
use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::schema::{FESTIVAL, GIFT, GIFT_STOCK};

/// The columns of a gift in the order in which [`gift`] reads them.
macro_rules! gifts {
    ($rest:literal) => {
        concat!(
            "SELECT g.gift_id, g.revision, g.body, f.body FROM gift g LEFT JOIN festival f ON f.festival_id = g.festival_id ",
            $rest
        )
    };
}

pub(super) const BY_ID: &str = gifts!("WHERE g.gift_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))");
const ALL: &str = gifts!("ORDER BY g.gift_id DESC");
const CHANGE: &str = "UPDATE gift SET code = $2, body = $3, festival_id = $4, revision = revision + 1 WHERE gift_id = $1 \
     AND NOT EXISTS (SELECT 1 FROM gift o WHERE o.code = $2 AND o.gift_id <> $1)";
const FESTIVALS: &str = "SELECT festival_id, body FROM festival ORDER BY festival_id DESC";
const FIND_FESTIVAL: &str = "SELECT festival_id, body FROM festival WHERE festival_id = $1";
const CHANGE_FESTIVAL: &str = "UPDATE festival SET body = $2 WHERE festival_id = $1";
pub(super) const STOCKS: &str = "SELECT gift_id, store, stock, reserved, handed FROM gift_stock \
     WHERE gift_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY gift_id, store";

/// Every statement of this module.
pub(crate) const CATALOGUE: &[&str] = &[BY_ID, ALL, CHANGE, FESTIVALS, FIND_FESTIVAL, CHANGE_FESTIVAL, STOCKS];

/// What comes to a store or is taken from it, where that leaves what is put aside and was handed out.
const RESTOCKED: Conflict = Conflict::Update {
    on: &["gift_id", "store"],
    set: "stock = gift_stock.stock + excluded.stock",
    guard: Some("gift_stock.stock + excluded.stock >= gift_stock.reserved + gift_stock.handed"),
};

/// A festival as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Festival {
    /// Its id.
    pub id: FestivalId,
    /// What it says.
    pub terms: FestivalTerms,
}

/// What a store has of a gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// Of which gift.
    pub gift: GiftId,
    /// Code of the store.
    pub store: String,
    /// Pieces that ever came, less those that were taken out otherwise than by members.
    pub stock: i64,
    /// Pieces put aside.
    pub reserved: i64,
    /// Pieces handed out.
    pub handed: i64,
}

impl Stock {
    /// Pieces that may still be put aside.
    pub fn left(&self) -> i64 {
        self.stock - self.reserved - self.handed
    }
}

struct GiftRow<'a> {
    gift: &'a Gift,
    body: String,
}

impl BindRow for GiftRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.gift.id.0);
        to.text(&self.gift.terms.code);
        to.text(&self.body);
        to.int(self.gift.revision);
        to.opt_int(self.gift.terms.festival.map(|festival| festival.0));
    }
}

struct FestivalRow {
    id: FestivalId,
    body: String,
}

impl BindRow for FestivalRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.id.0);
        to.text(&self.body);
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

pub(super) fn gift(row: &Row<'_>) -> Result<Gift, StoreError> {
    let id = GiftId(row.int(0)?);
    let terms: GiftTerms = serde_json::from_str(row.str(2)?).map_err(|_| damaged("terms", id))?;
    let festival: Option<FestivalTerms> =
        row.opt_str(3)?.map(serde_json::from_str).transpose().map_err(|_| damaged("festival", id))?;
    Ok(Gift { id, revision: row.int(1)?, terms, days: festival.map(|festival| festival.days()) })
}

pub(super) fn stock(row: &Row<'_>) -> Result<Stock, StoreError> {
    Ok(Stock { gift: GiftId(row.int(0)?), store: row.text(1)?, stock: row.int(2)?, reserved: row.int(3)?, handed: row.int(4)? })
}

fn festival(row: &Row<'_>) -> Result<Festival, StoreError> {
    let id = FestivalId(row.int(0)?);
    Ok(Festival { id, terms: serde_json::from_str(row.str(1)?).map_err(|_| damaged("terms", id))? })
}

/// Keeps a new gift; false where another has its code.
pub fn insert(conn: &mut Conn, id: GiftId, terms: &GiftTerms) -> Result<bool, StoreError> {
    let gift = Gift { id, revision: 1, terms: terms.clone(), days: None };
    let row = GiftRow { body: json(terms)?, gift: &gift };
    Ok(conn.insert_rows(&GIFT, Conflict::Skip { on: &["code"] }, std::iter::once(&row))?.count == 1)
}

/// Changes a gift; what was put aside stays what it was. False where another has that code.
pub fn change(conn: &mut Conn, id: GiftId, terms: &GiftTerms) -> Result<bool, StoreError> {
    let (body, festival) = (json(terms)?, terms.festival.map(|festival| festival.0));
    Ok(conn.execute(CHANGE, &[id.0.into(), terms.code.as_str().into(), (&body).into(), festival.into()])? == 1)
}

/// All gifts, the newest first.
pub fn gifts(conn: &mut Conn) -> Result<Vec<Gift>, StoreError> {
    conn.query(ALL, &[], gift)
}

/// Some gifts; ids without one are left out.
pub fn find(conn: &mut Conn, ids: impl IntoIterator<Item = GiftId>) -> Result<Vec<Gift>, StoreError> {
    let wanted = int_array(ids.into_iter().map(|id| id.0));
    conn.query(BY_ID, &[(&wanted).into()], gift)
}

/// What stores have of some gifts, by gift and store.
pub fn stocks(conn: &mut Conn, ids: impl IntoIterator<Item = GiftId>) -> Result<Vec<Stock>, StoreError> {
    let wanted = int_array(ids.into_iter().map(|id| id.0));
    conn.query(STOCKS, &[(&wanted).into()], stock)
}

/// Brings so many pieces of a gift to a store, or takes them away; false where fewer are left there than are taken.
pub fn restock(conn: &mut Conn, gift: GiftId, store: &str, by: i64) -> Result<bool, StoreError> {
    let wanted = int_array([gift.0]);
    let known = conn.query(STOCKS, &[(&wanted).into()], stock)?;
    if by < 0 && !known.iter().any(|known| known.store == store) {
        return Ok(false);
    }
    let row = StockRow { gift, store, stock: by, added: [0; 2] };
    Ok(conn.insert_rows(&GIFT_STOCK, RESTOCKED, std::iter::once(&row))?.missed.is_empty())
}

/// Keeps a new festival.
pub fn insert_festival(conn: &mut Conn, id: FestivalId, terms: &FestivalTerms) -> Result<(), StoreError> {
    let row = FestivalRow { id, body: json(terms)? };
    conn.insert_rows(&FESTIVAL, Conflict::Fail, std::iter::once(&row)).map(drop)
}

/// Changes a festival; says whether there is one.
pub fn update_festival(conn: &mut Conn, id: FestivalId, terms: &FestivalTerms) -> Result<bool, StoreError> {
    Ok(conn.execute(CHANGE_FESTIVAL, &[id.0.into(), (&json(terms)?).into()])? == 1)
}

/// All festivals, the newest first.
pub fn festivals(conn: &mut Conn) -> Result<Vec<Festival>, StoreError> {
    conn.query(FESTIVALS, &[], festival)
}

/// A festival.
pub fn find_festival(conn: &mut Conn, id: FestivalId) -> Result<Option<Festival>, StoreError> {
    conn.query_one(FIND_FESTIVAL, &[id.0.into()], festival)
}

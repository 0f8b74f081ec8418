//! Purchases, entries and postings, as readers see them. Only [`crate::save`] writes them.

use std::collections::HashMap;

use danggol_core::decide::{Actor, ActorKind, Entry};
use danggol_core::earning::Award;
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::purchase::{Line, PurchaseKind, Returned, Tender};
use serde::de::DeserializeOwned;

use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::line::{decode_lines, decode_tenders};
use crate::merge;

/// The columns of a purchase in the order in which [`purchase`] reads them.
macro_rules! purchases {
    ($rest:literal) => {
        concat!(
            "SELECT purchase_id, member_id, holder_id, external_no, channel, store, staff, occurred_at_ms, posted_at_ms, business_date, \
             amount_minor, discount_minor, redeemed_points, redeemed_minor, quantity, kind, actor_kind, actor_id, programme_version, \
             lines, tenders, award, returned_minor, returned_quantity, returned, via_member_id, offered_minor, coupon_minor FROM purchase ",
            $rest
        )
    };
}

/// [`purchases`] without what was given and how it was paid, for readings that only ask what was bought: those are the long texts.
macro_rules! bought {
    ($rest:literal) => {
        concat!(
            "SELECT purchase_id, member_id, holder_id, CAST(NULL AS TEXT), channel, store, staff, occurred_at_ms, posted_at_ms, \
             business_date, amount_minor, discount_minor, redeemed_points, redeemed_minor, quantity, kind, actor_kind, actor_id, \
             programme_version, lines, CAST(NULL AS TEXT), CAST(NULL AS TEXT), returned_minor, returned_quantity, returned, via_member_id, \
             offered_minor, coupon_minor FROM purchase ",
            $rest
        )
    };
}

/// The columns of an entry in the order in which [`entry`] reads them.
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT entry_id, holder_id, member_id, occurred_at_ms, posted_at_ms, actor_kind, actor_id, programme_version, purchase_id, \
             detail FROM entry ",
            $rest
        )
    };
}

const FIND_MANY: &str = purchases!("WHERE purchase_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY purchase_id");
const PAGE: &str = purchases!("WHERE purchase_id > $1 ORDER BY purchase_id LIMIT $2");
const ENTRY_PAGE: &str = entries!("WHERE entry_id > $1 ORDER BY entry_id LIMIT $2");
const NEWEST_OF_MEMBER: &str = purchases!("WHERE member_id = $1 AND purchase_id < $2 ORDER BY purchase_id DESC LIMIT $3");
const BOUGHT_PAGE: &str = bought!("WHERE purchase_id > $1 ORDER BY purchase_id LIMIT $2");
const BOUGHT_BY: &str =
    bought!("WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY member_id, purchase_id");
const OF_MEMBERS: &str =
    purchases!("WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY member_id, purchase_id");
const FIND_ENTRIES: &str = entries!("WHERE entry_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY entry_id");
const NEWEST_OF_HOLDERS: &str = entries!(
    "WHERE holder_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND entry_id < $2 ORDER BY entry_id DESC LIMIT $3"
);
const OF_HOLDERS: &str =
    entries!("WHERE holder_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY holder_id, entry_id");
const POSTINGS: &str = "SELECT entry_id, holder_id, asset, amount, source, target FROM posting \
     WHERE entry_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY entry_id, seq";
const BY_NUMBER: &str = "SELECT purchase_id FROM purchase_number WHERE number = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[
    PAGE,
    ENTRY_PAGE,
    FIND_MANY,
    NEWEST_OF_MEMBER,
    BOUGHT_PAGE,
    BOUGHT_BY,
    OF_MEMBERS,
    FIND_ENTRIES,
    NEWEST_OF_HOLDERS,
    OF_HOLDERS,
    POSTINGS,
    BY_NUMBER,
];

/// A purchase as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseRecord {
    /// Its id; the same number is its entry's.
    pub id: PurchaseId,
    /// Whose it is.
    pub member: MemberId,
    /// By whose identity it came, where she has gone into that member.
    pub via: Option<MemberId>,
    /// Who holds what it gave.
    pub holder: HolderId,
    /// The number of the till or shop.
    pub external_no: Option<String>,
    /// The channel.
    pub channel: String,
    /// Code of the store.
    pub store: Option<String>,
    /// Code of the employee.
    pub staff: Option<String>,
    /// UTC milliseconds at which it happened.
    pub occurred_at_ms: i64,
    /// UTC milliseconds at which it was kept.
    pub posted_at_ms: i64,
    /// Its business day as days since 1970-01-01.
    pub business_day: i32,
    /// What was to be paid, in minor units, before points.
    pub amount_minor: i64,
    /// The discount on the whole, in minor units.
    pub discount_minor: i64,
    /// What offers and coupons of the brand took off its lines, in minor units.
    pub offered_minor: i64,
    /// What coupons took off, in minor units: the brand's own, and those of which whoever sent it told.
    pub coupon_minor: i64,
    /// Points spent on it.
    pub redeemed_points: i64,
    /// What they were worth, in minor units.
    pub redeemed_minor: i64,
    /// Pieces.
    pub quantity: i64,
    /// Whether it earned.
    pub kind: PurchaseKind,
    /// Who posted it.
    pub actor: Actor,
    /// The programme version by which it earned; zero: none.
    pub programme_version: i64,
    /// Its lines as they were bought.
    pub lines: Vec<Line>,
    /// How it was paid.
    pub tenders: Vec<Tender>,
    /// What the rules gave.
    pub award: Award,
    /// Minor units that have come back.
    pub returned_minor: i64,
    /// Pieces that have come back.
    pub returned_quantity: i64,
    /// What has come back.
    pub returned: Returned,
}

impl PurchaseRecord {
    /// By whose identity it came.
    pub fn buyer(&self) -> MemberId {
        self.via.unwrap_or(self.member)
    }

    /// What came off the whole and off its lines, by whomever, in minor units.
    pub fn given_off_minor(&self) -> i64 {
        self.discount_minor + self.offered_minor + self.lines.iter().map(|line| line.off_minor).sum::<i64>()
    }

    /// Whether anything came off, a coupon included.
    pub fn is_discounted(&self) -> bool {
        self.given_off_minor() > 0 || self.with_coupon()
    }

    /// Whether a coupon was used.
    pub fn with_coupon(&self) -> bool {
        self.coupon_minor > 0
    }
}

/// Something in the log of a holder.
#[derive(Debug, Clone, PartialEq)]
pub enum Logged {
    /// A purchase.
    Purchase(Box<PurchaseRecord>),
    /// Anything else.
    Entry {
        /// What was done.
        entry: Box<Entry>,
        /// UTC milliseconds at which it was kept.
        posted_at_ms: i64,
    },
}

impl Logged {
    /// With whose benefits it stands.
    pub fn holder(&self) -> HolderId {
        match self {
            Logged::Purchase(purchase) => purchase.holder,
            Logged::Entry { entry, .. } => entry.holder,
        }
    }

    /// The number of the entry.
    pub fn id(&self) -> EntryId {
        match self {
            Logged::Purchase(purchase) => EntryId(purchase.id.0),
            Logged::Entry { entry, .. } => entry.id,
        }
    }
}

fn damaged(what: &str, id: i64) -> StoreError {
    StoreError::Damaged(format!("the {what} of entry {}", EntryId(id)))
}

fn from_json<T: DeserializeOwned + Default>(text: Option<&str>, what: &str, id: i64) -> Result<T, StoreError> {
    match text {
        Some(text) => serde_json::from_str(text).map_err(|_| damaged(what, id)),
        None => Ok(T::default()),
    }
}

fn actor(row: &Row<'_>, kind: usize, id: usize) -> Result<Actor, StoreError> {
    let kind = ActorKind::from_word(row.str(kind)?).ok_or_else(|| damaged("actor", row.int(0).unwrap_or(0)))?;
    Ok(Actor { kind, id: row.opt_int(id)?.unwrap_or(0) })
}

fn purchase(row: &Row<'_>) -> Result<PurchaseRecord, StoreError> {
    let id = row.int(0)?;
    Ok(PurchaseRecord {
        id: PurchaseId(id),
        member: MemberId(row.int(1)?),
        via: row.opt_int(25)?.map(MemberId),
        holder: HolderId(row.int(2)?),
        external_no: row.opt_text(3)?,
        channel: row.text(4)?,
        store: row.opt_text(5)?,
        staff: row.opt_text(6)?,
        occurred_at_ms: row.int(7)?,
        posted_at_ms: row.int(8)?,
        business_day: i32::try_from(row.int(9)?).map_err(|_| damaged("business day", id))?,
        amount_minor: row.int(10)?,
        discount_minor: row.int(11)?,
        offered_minor: row.int(26)?,
        coupon_minor: row.int(27)?,
        redeemed_points: row.int(12)?,
        redeemed_minor: row.int(13)?,
        quantity: row.int(14)?,
        kind: match row.str(15)? {
            "earn" => PurchaseKind::Earn,
            "history" => PurchaseKind::History,
            _ => return Err(damaged("kind", id)),
        },
        actor: actor(row, 16, 17)?,
        programme_version: row.opt_int(18)?.unwrap_or(0),
        lines: decode_lines(row.str(19)?)?,
        tenders: decode_tenders(row.opt_str(20)?)?,
        award: from_json(row.opt_str(21)?, "award", id)?,
        returned_minor: row.int(22)?,
        returned_quantity: row.int(23)?,
        returned: from_json(row.opt_str(24)?, "returns", id)?,
    })
}

fn entry(row: &Row<'_>) -> Result<Logged, StoreError> {
    let id = row.int(0)?;
    let entry = Entry {
        id: EntryId(id),
        holder: HolderId(row.int(1)?),
        member: MemberId(row.int(2)?),
        occurred_at_ms: row.int(3)?,
        actor: actor(row, 5, 6)?,
        programme_version: row.opt_int(7)?.unwrap_or(0),
        purchase: row.opt_int(8)?.map(PurchaseId),
        detail: serde_json::from_str(row.str(9)?).map_err(|_| damaged("detail", id))?,
    };
    Ok(Logged::Entry { entry: Box::new(entry), posted_at_ms: row.int(4)? })
}

/// Some purchases, in the order of their ids; ids without a purchase are left out.
pub fn find(conn: &mut Conn, ids: &[PurchaseId]) -> Result<Vec<PurchaseRecord>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    conn.query(FIND_MANY, &[(&wanted).into()], purchase)
}

/// Up to `limit` purchases after `after`, in the order of their ids.
pub fn page(conn: &mut Conn, after: PurchaseId, limit: i64) -> Result<Vec<PurchaseRecord>, StoreError> {
    conn.query(PAGE, &[after.0.into(), limit.into()], purchase)
}

/// Up to `limit` entries of the log after `after`, purchases and others, in the order of their ids.
pub fn log_page(conn: &mut Conn, after: EntryId, limit: usize) -> Result<Vec<Logged>, StoreError> {
    let most = limit as i64;
    let mut found = conn.query(ENTRY_PAGE, &[after.0.into(), most.into()], entry)?;
    let purchases = page(conn, PurchaseId(after.0), most)?;
    found.extend(purchases.into_iter().map(|purchase| Logged::Purchase(Box::new(purchase))));
    found.sort_by_key(Logged::id);
    found.truncate(limit);
    Ok(found)
}

/// The purchase of a number.
pub fn find_by_number(conn: &mut Conn, number: &str) -> Result<Option<PurchaseId>, StoreError> {
    conn.query_one(BY_NUMBER, &[number.into()], |row| Ok(PurchaseId(row.int(0)?)))
}

/// Up to `limit` purchases of a member before `before`, the newest first.
pub fn newest_of(conn: &mut Conn, member: MemberId, before: PurchaseId, limit: i64) -> Result<Vec<PurchaseRecord>, StoreError> {
    conn.query(NEWEST_OF_MEMBER, &[member.0.into(), before.0.into(), limit.into()], purchase)
}

/// All purchases of some members, by member, the oldest first.
pub fn of_members(conn: &mut Conn, members: &[MemberId]) -> Result<Vec<PurchaseRecord>, StoreError> {
    let wanted = int_array(members.iter().map(|member| member.0));
    conn.query(OF_MEMBERS, &[(&wanted).into()], purchase)
}

/// What [`page`] gives, without numbers, tenders and awards.
pub(crate) fn bought_page(conn: &mut Conn, after: PurchaseId, limit: i64) -> Result<Vec<PurchaseRecord>, StoreError> {
    conn.query(BOUGHT_PAGE, &[after.0.into(), limit.into()], purchase)
}

/// What [`of_members`] gives, without numbers, tenders and awards.
pub(crate) fn bought_by(conn: &mut Conn, members: &[MemberId]) -> Result<Vec<PurchaseRecord>, StoreError> {
    let wanted = int_array(members.iter().map(|member| member.0));
    conn.query(BOUGHT_BY, &[(&wanted).into()], purchase)
}

/// All entries of some holders that are not purchases, by holder, the oldest first.
pub fn entries_of(conn: &mut Conn, holders: &[HolderId]) -> Result<Vec<Logged>, StoreError> {
    let wanted = int_array(holders.iter().map(|holder| holder.0));
    conn.query(OF_HOLDERS, &[(&wanted).into()], entry)
}

/// Some entries, purchases or not, in the order of their ids.
pub fn find_logged(conn: &mut Conn, ids: &[EntryId]) -> Result<Vec<Logged>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    let mut found = conn.query(FIND_ENTRIES, &[(&wanted).into()], entry)?;
    let purchases = conn.query(FIND_MANY, &[(&wanted).into()], purchase)?;
    found.extend(purchases.into_iter().map(|purchase| Logged::Purchase(Box::new(purchase))));
    found.sort_by_key(Logged::id);
    Ok(found)
}

/// Up to `limit` entries of a member's log before `before`, the newest first: her purchases, and what else happened to her benefits, and to
/// those of members who went into her.
pub fn log(conn: &mut Conn, member: MemberId, before: EntryId, limit: usize) -> Result<Vec<Logged>, StoreError> {
    let most = limit as i64;
    let holders = int_array(merge::people(conn, member)?.into_iter().map(|member| member.0));
    let mut found = conn.query(NEWEST_OF_HOLDERS, &[(&holders).into(), before.0.into(), most.into()], entry)?;
    let purchases = newest_of(conn, member, PurchaseId(before.0), most)?;
    found.extend(purchases.into_iter().map(|purchase| Logged::Purchase(Box::new(purchase))));
    found.sort_by_key(|logged| std::cmp::Reverse(logged.id()));
    found.truncate(limit);
    Ok(found)
}

/// Up to `limit` entries of a holder before `before` that are no purchases, the newest first.
pub fn entries_before(conn: &mut Conn, holder: HolderId, before: EntryId, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let found = conn.query(NEWEST_OF_HOLDERS, &[(&int_array([holder.0])).into(), before.0.into(), limit.into()], entry)?;
    Ok(found
        .into_iter()
        .filter_map(|logged| if let Logged::Entry { entry, .. } = logged { Some(*entry) } else { None })
        .collect())
}

/// The postings of some entries, in their order.
pub fn postings(
    conn: &mut Conn,
    entries: impl IntoIterator<Item = EntryId>,
) -> Result<HashMap<EntryId, Vec<Posting>>, StoreError> {
    let wanted = int_array(entries.into_iter().map(|entry| entry.0));
    let mut found: HashMap<EntryId, Vec<Posting>> = HashMap::new();
    conn.query_each(POSTINGS, &[(&wanted).into()], |row| {
        let id = row.int(0)?;
        let account = |column| -> Result<Account, StoreError> {
            Account::from_word(row.str(column)?).ok_or_else(|| damaged("postings", id))
        };
        let posting = Posting {
            entry: EntryId(id),
            holder: HolderId(row.int(1)?),
            asset: Asset::from_word(row.str(2)?).ok_or_else(|| damaged("postings", id))?,
            amount: row.int(3)?,
            from: account(4)?,
            to: account(5)?,
        };
        found.entry(posting.entry).or_default().push(posting);
        Ok(())
    })?;
    Ok(found)
}

//! Gifts for points: what a batch must know of them, what it leaves, and what the brand does with its catalogue beside the log.
//!
//! What a store has of a gift is a row to which each commit adds what is put aside and handed out, as far as there is any: whoever meets the
//! last piece decides again and is refused. A reservation's row is guarded by its version, as a holder's is; whose it is follows from the
//! member who put it aside, and what it cost from her log, so merges and their undoing move nothing here.

mod catalogue;

use std::collections::{BTreeSet, HashMap};

use danggol_core::coupon::CodeMark;
use danggol_core::decide::{Command, Detail, Entry, Envelope, World};
use danggol_core::gift::{GiftAct, GiftDetail, GiftEvent, HeldReservation, HeldStock, Reservation, ReservationState};
use danggol_core::id::{EntryId, GiftId, HolderId, MemberId, ReservationId};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::exchange::Query;
use crate::merge;
use crate::schema::{GIFT_RESERVATION, GIFT_STOCK};

pub(crate) use catalogue::CATALOGUE;
pub use catalogue::{
    Festival, Stock, change, festivals, find, find_festival, gifts, insert, insert_festival, restock, stocks, update_festival,
};

/// The columns of a reservation in the order in which [`record`] reads them.
macro_rules! reservations {
    ($rest:literal) => {
        concat!(
            "SELECT r.reservation_id, r.gift_id, r.member_id, r.store, r.delivery, r.state, r.reserved_at_ms, r.expires_at_ms, \
             r.handed_at_ms, r.version, r.code_tail, e.detail, h.detail FROM gift_reservation r \
             JOIN entry e ON e.entry_id = r.entry_id LEFT JOIN entry h ON h.entry_id = r.handed_entry_id ",
            $rest
        )
    };
}

const BY_ID: &str = reservations!("WHERE r.reservation_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))");
const BY_CODE: &str = reservations!("WHERE r.code_hash = $1");
const OF_MEMBERS: &str = reservations!(
    "WHERE r.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY r.reservation_id DESC LIMIT $2"
);
const PAGE: &str = reservations!(
    "WHERE r.state = $1 AND r.reservation_id < $2 AND ($3 = '' OR r.store = $3) ORDER BY r.reservation_id DESC LIMIT $4"
);
/// Those whose time is over.
const DUE: &str = "SELECT reservation_id, member_id FROM gift_reservation \
     WHERE state = 'reserved' AND expires_at_ms <= $1 ORDER BY expires_at_ms, reservation_id LIMIT $2";
/// Of each holder and gift: how many she has.
const HAD: &str = "SELECT m.holder_id, r.gift_id, COUNT(*) FROM gift_reservation r JOIN member m ON m.member_id = r.member_id \
     WHERE r.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) \
     AND r.gift_id IN (SELECT CAST(value AS BIGINT) FROM json_each($2)) \
     AND (r.state = 'reserved' OR r.state = 'handed') GROUP BY m.holder_id, r.gift_id";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[BY_ID, BY_CODE, OF_MEMBERS, PAGE, DUE, HAD];

/// A reservation as the batch found it; its code, what it is of and whose it is stay.
const UNTOUCHED: Conflict = Conflict::Update {
    on: &["reservation_id"],
    set: "state = excluded.state, version = excluded.version, \
          handed_at_ms = COALESCE(excluded.handed_at_ms, gift_reservation.handed_at_ms), \
          handed_entry_id = COALESCE(excluded.handed_entry_id, gift_reservation.handed_entry_id)",
    guard: Some("gift_reservation.version = excluded.version - 1"),
};

/// What is put aside and handed out, where there is as much.
const WITHIN_STOCK: Conflict = Conflict::Update {
    on: &["gift_id", "store"],
    set: "reserved = gift_stock.reserved + excluded.reserved, handed = gift_stock.handed + excluded.handed",
    guard: Some(
        "gift_stock.reserved + excluded.reserved + gift_stock.handed + excluded.handed <= gift_stock.stock \
         OR excluded.reserved + excluded.handed <= 0",
    ),
};

/// A reservation as readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReservationRecord {
    /// As it stands.
    pub reservation: Reservation,
    /// UTC milliseconds at which it was put aside.
    pub reserved_at_ms: i64,
    /// UTC milliseconds at which it was handed out.
    pub handed_at_ms: Option<i64>,
    /// What the log says of its handing out.
    pub handed: Option<GiftDetail>,
    /// The last characters of its code.
    pub code_tail: Option<String>,
    version: i64,
}

fn damaged(what: &str, id: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("the {what} of {id}"))
}

fn gift_detail(text: &str, id: ReservationId) -> Result<GiftDetail, StoreError> {
    match serde_json::from_str(text) {
        Ok(Detail::Gift(detail)) => Ok(detail),
        Ok(_) | Err(_) => Err(damaged("entry", id)),
    }
}

fn record(row: &Row<'_>) -> Result<ReservationRecord, StoreError> {
    let id = ReservationId(row.int(0)?);
    let (taken, handed) = (gift_detail(row.str(11)?, id)?, row.opt_str(12)?.map(|text| gift_detail(text, id)).transpose()?);
    let state = ReservationState::from_word(row.str(5)?).ok_or_else(|| damaged("state", id))?;
    let reservation = Reservation {
        id,
        gift: GiftId(row.int(1)?),
        member: MemberId(row.int(2)?),
        store: row.text(3)?,
        delivery: row.int(4)? == 1,
        state,
        expires_at_ms: row.opt_int(7)?,
        name: taken.name,
        lots: taken.lots,
        amount_minor: taken.amount_minor,
        value: handed.as_ref().filter(|_| state == ReservationState::Handed).and_then(|handed| handed.value.clone()),
    };
    Ok(ReservationRecord {
        reservation,
        reserved_at_ms: row.int(6)?,
        handed_at_ms: row.opt_int(8)?,
        handed,
        code_tail: row.opt_text(10)?,
        version: row.int(9)?,
    })
}

impl ReservationRecord {
    /// What a dry run would have put aside.
    pub fn tried(detail: &GiftDetail, member: MemberId, now_ms: i64) -> Self {
        let GiftDetail { reservation: id, gift, name, store, delivery, lots, amount_minor, expires_at_ms, .. } = detail.clone();
        let state = ReservationState::Reserved;
        let reservation =
            Reservation { id, gift, member, store, delivery, state, expires_at_ms, name, lots, amount_minor, value: None };
        Self { reservation, reserved_at_ms: now_ms, handed_at_ms: None, handed: None, code_tail: None, version: 0 }
    }

    fn held(self) -> HeldReservation {
        HeldReservation { version: self.version, reservation: self.reservation, mark: None, changed_by: Vec::new() }
    }
}

struct ReservationRow<'a> {
    reservation: &'a Reservation,
    version: i64,
    mark: Option<&'a CodeMark>,
    now_ms: i64,
    entry: EntryId,
    handed: Option<EntryId>,
}

impl BindRow for ReservationRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let reservation = self.reservation;
        to.int(reservation.id.0);
        to.int(reservation.gift.0);
        to.int(reservation.member.0);
        to.text(&reservation.store);
        to.int(reservation.delivery.into());
        to.text(reservation.state.word());
        to.int(self.now_ms);
        to.opt_int(reservation.expires_at_ms);
        to.opt_int(self.handed.map(|_| self.now_ms));
        to.int(self.entry.0);
        to.opt_int(self.handed.map(|entry| entry.0));
        to.int(self.version);
        to.opt_text(self.mark.map(|mark| mark.hash.as_str()));
        to.opt_text(self.mark.map(|mark| mark.tail.as_str()));
    }
}

struct StockRow<'a> {
    gift: GiftId,
    store: &'a str,
    stock: i64,
    added: [i64; 2],
}

impl BindRow for StockRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.gift.0);
        to.text(self.store);
        to.int(self.stock);
        self.added.iter().for_each(|added| to.int(*added));
    }
}

/// What commands name.
#[derive(Default)]
struct Wanted {
    gifts: BTreeSet<GiftId>,
    reservations: BTreeSet<ReservationId>,
    /// Who puts something aside.
    holders: BTreeSet<HolderId>,
}

impl Wanted {
    fn of(world: &World, commands: &[&Envelope]) -> Self {
        let mut wanted = Wanted::default();
        for envelope in commands {
            let Command::Gift(order) = &envelope.command else { continue };
            match &order.act {
                GiftAct::Reserve { gift, .. } => {
                    wanted.gifts.insert(*gift);
                    wanted.holders.extend(world.members.get(&order.member).map(|facts| facts.holder));
                }
                GiftAct::HandOver { reservation, .. } | GiftAct::Cancel { reservation, .. } | GiftAct::Lapse(reservation) => {
                    wanted.reservations.insert(*reservation);
                }
            }
        }
        wanted
    }
}

/// Reads what commands name of gifts. Commands that name none ask nothing.
pub(crate) fn load(conn: &mut Conn, commands: &[&Envelope], world: &mut World) -> Result<(), StoreError> {
    let mut wanted = Wanted::of(world, commands);
    if wanted.gifts.is_empty() && wanted.reservations.is_empty() {
        return Ok(());
    }
    for record in find_reservations(conn, wanted.reservations.iter().copied())? {
        wanted.gifts.insert(record.reservation.gift);
        world.reservations.insert(record.reservation.id, record.held());
    }
    let ids = int_array(wanted.gifts.iter().map(|id| id.0));
    let people = people_of(conn, &wanted.holders)?;
    let (gifts, stocks, had) = (&mut world.gifts, &mut world.stocks, &mut world.gifts_had);
    let mut take_gift = |row: &Row<'_>| {
        let gift = catalogue::gift(row)?;
        gifts.insert(gift.id, gift);
        Ok(())
    };
    let mut take_stock = |row: &Row<'_>| {
        let Stock { gift, store, stock, reserved, handed } = catalogue::stock(row)?;
        stocks.insert((gift, store), HeldStock { stock, reserved, handed, ..HeldStock::default() });
        Ok(())
    };
    let mut take_had = |row: &Row<'_>| {
        had.insert((HolderId(row.int(0)?), GiftId(row.int(1)?)), row.int(2)?);
        Ok(())
    };
    let (by_gift, by_both) = ([(&ids).into()], [(&people).into(), (&ids).into()]);
    conn.query_together(vec![
        Query { sql: catalogue::BY_ID, params: &by_gift, visit: &mut take_gift },
        Query { sql: catalogue::STOCKS, params: &by_gift, visit: &mut take_stock },
        Query { sql: HAD, params: &by_both, visit: &mut take_had },
    ])
}

/// Everybody whose gifts stand with some holders, as a JSON array: a member holds under her own number, and for whoever went into her.
fn people_of(conn: &mut Conn, holders: &BTreeSet<HolderId>) -> Result<String, StoreError> {
    let hers: Vec<MemberId> = holders.iter().map(|holder| MemberId(holder.0)).collect();
    let followers = if hers.is_empty() { BTreeSet::new() } else { merge::followers(conn, &hers)? };
    let people: BTreeSet<MemberId> = followers.into_iter().map(|(follower, _)| follower).chain(hers).collect();
    Ok(int_array(people.iter().map(|member| member.0)))
}

/// What a batch leaves of gifts: rows by their keys, each with those whose commands changed it.
#[derive(Default)]
pub(crate) struct Left<'a> {
    reservations: Vec<(ReservationRow<'a>, &'a [HolderId])>,
    stocks: Vec<(StockRow<'a>, &'a [HolderId])>,
}

impl<'a> Left<'a> {
    pub(crate) fn of(world: &'a World, entries: &[(usize, Entry)], now_ms: i64) -> Self {
        let mut left = Left::default();
        if world.reservations.is_empty() {
            return left;
        }
        let told: HashMap<(ReservationId, GiftEvent), EntryId> = entries
            .iter()
            .filter_map(|(_, entry)| match &entry.detail {
                Detail::Gift(detail) => Some(((detail.reservation, detail.event), entry.id)),
                _ => None,
            })
            .collect();
        for held in world.reservations.values().filter(|held| !held.changed_by.is_empty()) {
            let by = |event| told.get(&(held.reservation.id, event)).copied();
            let row = ReservationRow {
                reservation: &held.reservation,
                version: held.version + 1,
                mark: held.mark.as_ref(),
                now_ms,
                entry: by(GiftEvent::Reserved).unwrap_or(EntryId(0)),
                handed: by(GiftEvent::Handed),
            };
            left.reservations.push((row, &held.changed_by));
        }
        left.reservations.sort_unstable_by_key(|(row, _)| row.reservation.id);
        for ((gift, store), held) in world.stocks.iter().filter(|(_, held)| held.added != [0; 2]) {
            left.stocks.push((StockRow { gift: *gift, store, stock: 0, added: held.added }, &held.added_by));
        }
        left.stocks.sort_unstable_by_key(|(row, _)| (row.gift, row.store));
        left
    }

    /// Adds what is written; gives the places of its answers.
    pub(crate) fn write(&self, exchange: &mut crate::exchange::Exchange<'_>) -> Result<[usize; 2], StoreError> {
        Ok([
            exchange.insert_rows(&GIFT_RESERVATION, UNTOUCHED, self.reservations.iter().map(|(row, _)| row))?,
            exchange.insert_rows(&GIFT_STOCK, WITHIN_STOCK, self.stocks.iter().map(|(row, _)| row))?,
        ])
    }

    /// Whose commands met another writer, by the rows that were missed.
    pub(crate) fn lost(&self, missed: [&[usize]; 2]) -> impl Iterator<Item = HolderId> {
        let [reservations, stocks] = missed;
        let reservations = reservations.iter().flat_map(|place| self.reservations[*place].1);
        reservations.chain(stocks.iter().flat_map(|place| self.stocks[*place].1)).copied()
    }
}

/// Some reservations; ids without one are left out.
pub fn find_reservations(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = ReservationId>,
) -> Result<Vec<ReservationRecord>, StoreError> {
    let wanted = int_array(ids.into_iter().map(|id| id.0));
    conn.query(BY_ID, &[(&wanted).into()], record)
}

/// The reservation of a code, by its hash.
pub fn find_by_code(conn: &mut Conn, hash: &str) -> Result<Option<ReservationRecord>, StoreError> {
    conn.query_one(BY_CODE, &[hash.into()], record)
}

/// Up to `limit` reservations of a member, and of whoever went into her, the newest first.
pub fn of_member(conn: &mut Conn, member: MemberId, limit: i64) -> Result<Vec<ReservationRecord>, StoreError> {
    let people = merge::people(conn, member)?;
    of_members(conn, people.iter(), limit)
}

/// Up to `limit` reservations of some members.
pub(crate) fn of_members<'a>(
    conn: &mut Conn,
    members: impl Iterator<Item = &'a MemberId>,
    limit: i64,
) -> Result<Vec<ReservationRecord>, StoreError> {
    let wanted = int_array(members.map(|member| member.0));
    conn.query(OF_MEMBERS, &[(&wanted).into(), limit.into()], record)
}

/// Up to `limit` reservations that stand so before `before`, of one store or of all, the newest first.
pub fn page(
    conn: &mut Conn,
    (state, store): (ReservationState, Option<&str>),
    before: ReservationId,
    limit: i64,
) -> Result<Vec<ReservationRecord>, StoreError> {
    conn.query(PAGE, &[state.word().into(), before.0.into(), store.unwrap_or("").into(), limit.into()], record)
}

/// How many pieces of some gifts a member has, with whoever went into her: cancelled and lapsed ones left out.
pub fn had(conn: &mut Conn, holder: HolderId, gifts: impl Iterator<Item = GiftId>) -> Result<HashMap<GiftId, i64>, StoreError> {
    let (people, gifts) = (people_of(conn, &BTreeSet::from([holder]))?, int_array(gifts.map(|gift| gift.0)));
    let rows = conn.query(HAD, &[(&people).into(), (&gifts).into()], |row| Ok((GiftId(row.int(1)?), row.int(2)?)))?;
    Ok(rows.into_iter().collect())
}

/// Up to `limit` reservations whose time is over at `now_ms`, each with who put it aside.
pub fn due(conn: &mut Conn, now_ms: i64, limit: i64) -> Result<Vec<(ReservationId, MemberId)>, StoreError> {
    conn.query(DUE, &[now_ms.into(), limit.into()], |row| Ok((ReservationId(row.int(0)?), MemberId(row.int(1)?))))
}

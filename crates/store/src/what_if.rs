//! The histories of members, read once from the first to the last so that a what-if can replay them.

use std::collections::{BTreeMap, HashMap, HashSet};

use danggol_core::decide::{Detail, Entry, ReturnOrder, Rules};
use danggol_core::gift::{GiftDetail, GiftEvent};
use danggol_core::id::{HolderId, MemberId, PurchaseId};
use danggol_core::ledger::{Asset, Taken};
use danggol_core::member::MemberFacts;
use danggol_core::purchase::Moment;
use danggol_core::share::{ShareDetail, Side};
use danggol_core::value::ValueEffect;
use danggol_core::what_if::{Bought, Event};

use crate::db::Conn;
use crate::error::StoreError;
use crate::purchase::{self, Logged, PurchaseRecord};
use crate::{member, person};

const COUNT: &str = "SELECT COUNT(*) FROM member";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[COUNT];

/// A member with everything that a replay is told of her.
#[derive(Debug)]
pub struct History {
    /// Her file as it stands.
    pub facts: MemberFacts,
    happened: Vec<Happened>,
}

/// Something of a history, with its moment in UTC milliseconds.
#[derive(Debug)]
enum Happened {
    Bought { at_ms: i64, record: Box<PurchaseRecord>, comes_back: bool },
    Else { at_ms: i64, entry: Box<Entry> },
}

impl Happened {
    /// What happened at the same moment happened in the order of the entries.
    fn order(&self) -> (i64, i64) {
        match self {
            Happened::Bought { at_ms, record, .. } => (*at_ms, record.id.0),
            Happened::Else { at_ms, entry } => (*at_ms, entry.id.0),
        }
    }
}

/// How many members there are, those included who went into another.
pub fn members(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(conn.query_one(COUNT, &[], |row| row.int(0))?.unwrap_or(0))
}

/// The histories of up to `limit` members after `after`, and the last of these members; none when there are no more. `absorbed` says who
/// went into whom: what is theirs is told with the member who keeps.
pub fn page(
    conn: &mut Conn,
    after: MemberId,
    limit: i64,
    absorbed: &BTreeMap<MemberId, MemberId>,
) -> Result<Option<(MemberId, Vec<History>)>, StoreError> {
    let files = member::files_page(conn, after, limit)?;
    let Some(last) = files.last().map(|file| file.id) else { return Ok(None) };
    let files: Vec<MemberFacts> = files.into_iter().map(|record| person::file(record).facts).collect();
    let mut persons: HashMap<MemberId, MemberId> =
        files.iter().filter(|facts| !absorbed.contains_key(&facts.member)).map(|facts| (facts.member, facts.member)).collect();
    let gone: Vec<_> = absorbed.iter().filter(|(_, keeper)| persons.contains_key(keeper)).collect();
    persons.extend(gone);
    let everybody: Vec<MemberId> = persons.keys().copied().collect();
    let mut happened: HashMap<MemberId, Vec<Happened>> = HashMap::new();
    let mut bought_at_ms: HashMap<PurchaseId, i64> = HashMap::new();
    let bought = purchase::bought_by(conn, &everybody)?;
    bought_at_ms.extend(bought.iter().map(|record| (record.id, record.occurred_at_ms)));
    let holders: Vec<HolderId> = everybody.iter().map(|member| HolderId(member.0)).collect();
    let mut returned: HashSet<PurchaseId> = HashSet::new();
    for logged in purchase::entries_of(conn, &holders)? {
        let Logged::Entry { entry, .. } = logged else { continue };
        let Some(keeper) = persons.get(&MemberId(entry.holder.0)) else { continue };
        let mut at_ms = entry.occurred_at_ms;
        if let (Detail::Return(_), Some(purchase)) = (&entry.detail, entry.purchase) {
            // Whoever sends a return may say that the goods came back before they were bought.
            let Some(bought) = bought_at_ms.get(&purchase) else { continue };
            at_ms = at_ms.max(*bought);
            returned.insert(purchase);
        }
        happened.entry(*keeper).or_default().push(Happened::Else { at_ms, entry });
    }
    for record in bought {
        let Some(keeper) = persons.get(&record.member) else { continue };
        let (at_ms, comes_back) = (record.occurred_at_ms, returned.contains(&record.id));
        happened.entry(*keeper).or_default().push(Happened::Bought { at_ms, record: Box::new(record), comes_back });
    }
    let history = |facts: MemberFacts| {
        let mut happened = happened.remove(&facts.member)?;
        happened.sort_by_key(Happened::order);
        Some(History { facts, happened })
    };
    Ok(Some((last, files.into_iter().filter_map(history).collect())))
}

impl History {
    /// How many purchases there are.
    pub fn purchases(&self) -> u64 {
        self.happened.iter().filter(|happened| matches!(happened, Happened::Bought { .. })).count() as u64
    }

    /// Tells everything in its order, up to a moment in UTC milliseconds.
    pub fn tell(&self, rules: &Rules, until_ms: i64, mut each: impl FnMut(&Event<'_>)) {
        for happened in self.happened.iter().take_while(|happened| happened.order().0 <= until_ms) {
            match happened {
                Happened::Bought { record, comes_back, .. } => each(&Event::Bought(bought(rules, record, *comes_back))),
                Happened::Else { at_ms, entry } => {
                    if let Some(event) = event(*at_ms, entry) {
                        each(&event);
                    }
                }
            }
        }
    }
}

fn bought<'a>(rules: &Rules, record: &'a PurchaseRecord, comes_back: bool) -> Bought<'a> {
    Bought {
        id: record.id,
        moment: Moment { day: record.business_day, ..rules.moment(record.occurred_at_ms) },
        channel: &record.channel,
        store: record.store.as_deref(),
        staff: record.staff.as_deref(),
        lines: &record.lines,
        discount_minor: record.discount_minor,
        redeemed_points: record.redeemed_points,
        redeemed_minor: record.redeemed_minor,
        comes_back,
    }
}

fn points_of(lots: &[Taken]) -> (i64, Option<i64>) {
    (lots.iter().map(|lot| lot.amount).sum(), lots.first().and_then(|lot| lot.expires_at_ms))
}

/// What an entry says to a replay; none where nothing of it concerns points or tiers, or follows from what is replayed anyway.
fn event(at_ms: i64, entry: &Entry) -> Option<Event<'_>> {
    let id = entry.id;
    let given = |points: i64, expires_at_ms| (points > 0).then_some(Event::Given { id, at_ms, points, expires_at_ms });
    let spent = |points: i64, expires_at_ms| (points != 0).then_some(Event::Spent { id, at_ms, points, expires_at_ms });
    match &entry.detail {
        Detail::Return(detail) => {
            let order = ReturnOrder { purchase: entry.purchase?, lines: Some(detail.lines.clone()), at_ms };
            Some(Event::Returned(id, order))
        }
        Detail::Adjustment { asset, amount, .. } if !asset.is_value() => {
            Some(Event::Adjusted { id, at_ms, asset: *asset, amount: *amount })
        }
        Detail::Review { ranked: Some(ranking), .. } => Some(Event::Ranked { id, at_ms, ranking }),
        Detail::Occasion(detail) => given(detail.gift.points, detail.gift.expires_at_ms),
        Detail::Value(detail) => match &detail.effect {
            ValueEffect::ToppedUp(added) => given(added.points, added.points_expire_at_ms),
            ValueEffect::Refunded(refunded) if refunded.points_taken > 0 => {
                Some(Event::Adjusted { id, at_ms, asset: Asset::Points, amount: -refunded.points_taken })
            }
            ValueEffect::Refunded(_) | ValueEffect::Paid(_) => None,
        },
        Detail::Gift(GiftDetail { event, lots, .. }) => {
            let (points, expires_at_ms) = points_of(lots);
            match event {
                GiftEvent::Reserved => spent(points, None),
                GiftEvent::Cancelled | GiftEvent::Lapsed => spent(-points, expires_at_ms),
                GiftEvent::Handed => None,
            }
        }
        Detail::Share(ShareDetail { side, lots, .. }) => {
            let (points, expires_at_ms) = points_of(lots);
            match side {
                Side::Gives => (points > 0).then_some(Event::Adjusted { id, at_ms, asset: Asset::Points, amount: -points }),
                Side::Takes => given(points, expires_at_ms),
            }
        }
        Detail::Adjustment { .. }
        | Detail::Review { ranked: None, .. }
        | Detail::Coupon(_)
        | Detail::Merge(_)
        | Detail::Undo(_) => None,
    }
}

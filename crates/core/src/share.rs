//! Members of a household who spend each other's points.
//!
//! Every lot keeps its owner. What a member lacks for a purchase is moved from the others' lots to hers, right before she spends it, by an
//! entry on each side; who leaves the household has nothing to divide. What comes back with the goods is hers who bought.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::decide::{Detail, Entry, Held, Sink, Turn};
use crate::holder::HolderState;
use crate::id::{EntryId, HolderId, MemberId, PurchaseId};
use crate::ledger::{Account, Asset, Lot, Posting, Taken};

/// Which of the two an entry stands with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Whose points they were.
    Gives,
    /// Who spends them.
    Takes,
}

/// Points that went from one member of a household to another, on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareDetail {
    /// The other member.
    pub other: MemberId,
    /// Which side this is.
    pub side: Side,
    /// The lots that they were of; they keep their origin and expiry.
    pub lots: Vec<Taken>,
    /// Of what was given, what was another's while two members were one, and is owed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub short: i64,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

impl ShareDetail {
    /// Points that went over.
    pub fn points(&self) -> i64 {
        self.lots.iter().map(|lot| lot.amount).sum()
    }
}

/// Who buys, and what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Buyer {
    pub member: MemberId,
    pub holder: HolderId,
    pub purchase: PurchaseId,
}

/// What others could give at `now_ms`.
pub(crate) fn drawable(holders: &HashMap<HolderId, Held>, others: &[HolderId], now_ms: i64) -> i64 {
    let held = others.iter().filter_map(|other| holders.get(other));
    held.map(|held| held.state.points.available(now_ms)).sum()
}

/// Of which lots `missing` points come, by holder: the lot that expires first goes first, then the older one, then that of the member who is
/// longer with the brand. What is pending is not drawn, and nobody gives what she owes.
fn chosen(holders: &HashMap<HolderId, Held>, others: &[HolderId], missing: i64, now_ms: i64) -> BTreeMap<HolderId, Vec<Taken>> {
    let held = others.iter().filter_map(|other| Some((*other, holders.get(other)?)));
    let mut offered: Vec<(HolderId, Taken)> =
        held.flat_map(|(other, held)| held.state.points.spendable(now_ms).map(move |lot| (other, lot))).collect();
    offered.sort_unstable_by_key(|(other, lot)| (lot.expires_at_ms.unwrap_or(i64::MAX), lot.entry, *other));
    let (mut chosen, mut missing): (BTreeMap<HolderId, Vec<Taken>>, i64) = (BTreeMap::new(), missing);
    for (other, lot) in offered {
        let amount = lot.amount.min(missing);
        missing -= amount;
        if amount > 0 {
            chosen.entry(other).or_default().push(Taken { amount, ..lot });
        }
    }
    chosen
}

/// Moves `missing` points from the lots of others to the buyer's. `ids` are two for each of them; a dry run has none.
pub(crate) fn draw(
    turn: &Turn<'_>,
    holders: &mut HashMap<HolderId, Held>,
    (buyer, others): (Buyer, &[HolderId]),
    missing: i64,
    ids: Vec<EntryId>,
    sink: &mut impl Sink,
) {
    let mut ids = ids.into_iter();
    for (giver, lots) in chosen(holders, others, missing, turn.now_ms) {
        // A member holds under her own number.
        let gives = (MemberId(giver.0), giver, buyer.member, Side::Gives);
        let takes = (buyer.member, buyer.holder, MemberId(giver.0), Side::Takes);
        for (member, holder, other, side) in [gives, takes] {
            let detail = Detail::Share(ShareDetail { other, side, lots: lots.clone(), short: 0, balance_after: 0 });
            let (actor, programme_version, purchase) = (turn.actor, turn.rules.current.version, Some(buyer.purchase));
            let (id, occurred_at_ms) = (ids.next().unwrap_or(turn.id), turn.now_ms);
            let entry = Entry { id, holder, member, occurred_at_ms, actor, programme_version, purchase, detail };
            let held = holders.entry(holder).or_default();
            held.changed = true;
            let Some((detail, postings)) = apply(&mut held.state, &entry, turn.now_ms) else { continue };
            postings.into_iter().for_each(|posting| sink.posting(turn.index, posting));
            sink.touched(turn.index, holder, id);
            sink.entry(turn.index, Entry { detail, ..entry });
        }
    }
}

/// What such an entry does to the state of the holder it stands with, and what moves; none for any other entry. The lots are as it says:
/// of those that are not there any more, because two members who were one are two again, the points are taken from others or owed.
pub fn apply(state: &mut HolderState, entry: &Entry, now_ms: i64) -> Option<(Detail, Vec<Posting>)> {
    let Detail::Share(detail) = &entry.detail else { return None };
    let mut short = 0;
    for lot in &detail.lots {
        let Taken { entry: origin, amount, expires_at_ms } = *lot;
        match detail.side {
            Side::Takes => {
                let lot = Lot { entry: origin, earned: amount, remaining: amount, available_at_ms: 0, expires_at_ms };
                state.points.receive(lot);
            }
            Side::Gives => {
                let missing = amount - state.points.take_lot(*lot);
                state.points.spend_or_owe(entry.id.0, missing, now_ms, |taken| {
                    if taken.entry == entry.id.0 {
                        short += taken.amount;
                    }
                });
            }
        }
    }
    let (from, to) = match detail.side {
        Side::Gives => (Account::Holder, Account::Shared),
        Side::Takes => (Account::Shared, Account::Holder),
    };
    let (holder, asset, amount) = (entry.holder, Asset::Points, detail.points());
    let postings = vec![Posting { entry: entry.id, holder, asset, amount, from, to }];
    Some((Detail::Share(ShareDetail { short, balance_after: state.points.balance(), ..detail.clone() }), postings))
}

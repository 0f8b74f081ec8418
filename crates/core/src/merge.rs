//! Two members who are one person: what the one holds goes to the other, and comes back when the merge is undone.
//!
//! A merge writes one entry on each side. The one who keeps takes the other's state over; the other is left with nothing, and whatever comes
//! by her identities from then on is decided over the keeper's state. An undone merge counts for nothing in either log.

use serde::{Deserialize, Serialize};

use crate::decide::{Detail, Entry, Rules};
use crate::holder::HolderState;
use crate::id::MemberId;
use crate::identity::IdentityKind;
use crate::ledger::{Account, Asset, Posting, Purse};
use crate::tier;
use crate::value;

/// Which of the two an entry stands with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who keeps what both had.
    Keeps,
    /// Who went into the other.
    Goes,
}

/// What a merge did on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeDetail {
    /// The other member.
    pub other: MemberId,
    /// Which side this is.
    pub side: Side,
    /// What changed hands: all that the member who goes had. None once the merge is undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved: Option<Box<HolderState>>,
    /// The kind of the identity that both had proved, where a rule of the brand merged them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<IdentityKind>,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

/// What undoing a merge did on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoDetail {
    /// The other member.
    pub other: MemberId,
    /// Which side this was.
    pub side: Side,
    /// What since the merge gives or takes something else now that each stands alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrected: Vec<Correction>,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

/// An entry whose points differ now that each stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The entry.
    pub entry: i64,
    /// Points that it moved while the two were one; below zero left the member.
    pub before: i64,
    /// Points that it moves now.
    pub after: i64,
    /// Points that it spent and that were the other's: they are owed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub short: i64,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// Takes over all that `other` has: lots with their origin and expiry, debts, what counts for the tier, uses of caps, counters. The higher
/// of both tiers is held, and a still higher one when both together reach it.
pub fn take_over(rules: &Rules, state: &mut HolderState, other: &HolderState, now_ms: i64) {
    for asset in Asset::ALL {
        join(state.purse_mut(asset), other.purse(asset), now_ms);
    }
    state.top_ups.extend(other.top_ups.iter().cloned());
    state.top_ups.sort_by_key(|top_up| top_up.entry);
    value::forget_old(state);
    for total in &other.days {
        let mine = state.day_mut(total.day);
        mine.spend_minor += total.spend_minor;
        mine.points += total.points;
        mine.purchases += total.purchases;
    }
    for cap in &other.caps {
        match state.caps.iter_mut().find(|known| known.rule == cap.rule && known.period == cap.period) {
            Some(known) => known.used += cap.used,
            None => state.caps.push(cap.clone()),
        }
    }
    for cap in &other.occasions {
        match state.occasions.iter_mut().find(|known| known.rule == cap.rule && known.period == cap.period) {
            Some(known) => known.used += cap.used,
            None => state.occasions.push(cap.clone()),
        }
    }
    state.purchases += other.purchases;
    state.total_minor += other.total_minor;
    let first = [state.first_purchase_ms, other.first_purchase_ms].into_iter().filter(|at_ms| *at_ms > 0).min();
    state.first_purchase_ms = first.unwrap_or(0);
    state.last_purchase_ms = state.last_purchase_ms.max(other.last_purchase_ms);
    let (ladder, today) = (&rules.current.programme.tiers, rules.moment(now_ms).day);
    state.tier = tier::higher(ladder, state.tier.take(), other.tier.clone());
    tier::lift(ladder, state, today);
}

fn join(purse: &mut Purse, other: &Purse, now_ms: i64) {
    for lot in &other.lots {
        purse.give(*lot, now_ms);
    }
    purse.take_or_owe(other.debt, now_ms);
    purse.lapsed.extend(&other.lapsed);
}

/// What a merge or its undoing does to the state of the holder it stands with, and what moves; none for any other entry. On the side that
/// keeps, `detail` says what comes; everything else follows from the state.
pub fn apply(rules: &Rules, state: &mut HolderState, entry: &Entry, now_ms: i64) -> Option<(Detail, Vec<Posting>)> {
    match &entry.detail {
        Detail::Merge(detail) => {
            let balances = |state: &HolderState| Asset::ALL.map(|asset| state.purse(asset).balance());
            let before = balances(state);
            let moved = match (&detail.moved, detail.side) {
                (None, _) => None,
                (Some(moved), Side::Keeps) => {
                    take_over(rules, state, moved, now_ms);
                    Some(moved.clone())
                }
                (Some(_), Side::Goes) => Some(Box::new(std::mem::take(state))),
            };
            let after = balances(state);
            let moves = Asset::ALL.into_iter().zip(after.into_iter().zip(before));
            let postings = moves.filter_map(|(asset, (after, before))| posting(entry, asset, after - before)).collect();
            Some((Detail::Merge(MergeDetail { moved, balance_after: state.points.balance(), ..detail.clone() }), postings))
        }
        Detail::Undo(detail) => {
            Some((Detail::Undo(UndoDetail { balance_after: state.points.balance(), ..detail.clone() }), Vec::new()))
        }
        Detail::Return(_)
        | Detail::Adjustment { .. }
        | Detail::Review { .. }
        | Detail::Coupon(_)
        | Detail::Occasion(_)
        | Detail::Value(_)
        | Detail::Gift(_)
        | Detail::Share(_) => None,
    }
}

fn posting(entry: &Entry, asset: Asset, amount: i64) -> Option<Posting> {
    let (from, to) = if amount > 0 { (Account::Merged, Account::Holder) } else { (Account::Holder, Account::Merged) };
    (amount != 0).then_some(Posting { entry: entry.id, holder: entry.holder, asset, amount: amount.abs(), from, to })
}

//! Adjustments by hand, and the review that lets points expire and looks at the tier.

use crate::buy::expires_at_ms;
use crate::decide::{Adjustment, Detail, Entry, Sink, TierReview, Turn, World};
use crate::holder::{HolderState, Ranking};
use crate::id::{HolderId, MemberId};
use crate::ledger::{Account, Asset, Lot};
use crate::programme::Expiry;
use crate::refusal::Refusal;
use crate::tier;

/// The most units that one adjustment moves.
pub const MAX_ADJUSTMENT: i64 = 1_000_000_000_000;

/// Adjusts a balance by hand.
pub(crate) fn by_hand(
    turn: &Turn<'_>,
    world: &mut World,
    adjustment: &Adjustment,
    sink: &mut impl Sink,
) -> Result<HolderId, Refusal> {
    let Adjustment { member, asset, amount, reason } = adjustment;
    if *amount == 0 || amount.checked_abs().is_none_or(|units| units > MAX_ADJUSTMENT) {
        return Err(Refusal::AdjustmentRange);
    }
    if reason.trim().is_empty() {
        return Err(Refusal::NoReason);
    }
    let facts = world.members.get(member).ok_or(Refusal::UnknownMember)?;
    if facts.status.has_left() {
        return Err(Refusal::MemberClosed);
    }
    let holder = facts.holder;
    let rules = turn.rules;
    let held = world.holders.entry(holder).or_default();
    let purse = held.state.purse_mut(*asset);
    let mut lots = Vec::new();
    let mut expires = None;
    if *amount > 0 {
        let programme = &rules.current.programme;
        let expiry = match asset {
            Asset::Points => programme.earning.expiry,
            Asset::ValueBonus => programme.top_ups.as_ref().map_or(Expiry::Never, |plan| plan.bonus_expiry),
            Asset::Growth | Asset::ValuePrincipal => Expiry::Never,
        };
        expires = expires_at_ms(expiry, rules.moment(turn.now_ms), &rules.clock().zone);
        let entry = if *asset == Asset::Growth { 0 } else { turn.id.0 };
        let lot = Lot { entry, earned: *amount, remaining: *amount, available_at_ms: 0, expires_at_ms: expires };
        purse.give(lot, turn.now_ms);
        turn.post(sink, holder, *asset, *amount, Account::Adjusted, Account::Holder);
    } else {
        let available = purse.available(turn.now_ms);
        if -amount > available && !world.may_owe {
            return Err(if asset.is_value() {
                Refusal::InsufficientValue { available_minor: available, needed_minor: -amount }
            } else {
                Refusal::InsufficientPoints { available, needed: -amount }
            });
        }
        purse.spend_or_owe(turn.id.0, -amount, turn.now_ms, |taken| lots.push(taken));
        turn.post(sink, holder, *asset, -amount, Account::Holder, Account::Adjusted);
    }
    let balance_after = purse.balance();
    held.changed = true;
    let reason = reason.trim().to_owned();
    let detail = Detail::Adjustment { asset: *asset, amount: *amount, reason, lots, expires_at_ms: expires, balance_after };
    sink.entry(turn.index, entry(turn, holder, *member, detail));
    Ok(holder)
}

fn entry(turn: &Turn<'_>, holder: HolderId, member: MemberId, detail: Detail) -> Entry {
    Entry {
        id: turn.id,
        holder,
        member,
        occurred_at_ms: turn.now_ms,
        actor: turn.actor,
        programme_version: turn.rules.current.version,
        purchase: None,
        detail,
    }
}

/// Lets expire what has expired, takes note of a ranking and looks at the tier: up at once, down as its period ends. Returns whether there
/// was anything to do. Who went into another member is not ranked any more.
pub(crate) fn review(
    turn: &Turn<'_>,
    world: &mut World,
    holder: HolderId,
    ranking: Option<&Ranking>,
    sink: &mut impl Sink,
) -> bool {
    // A member holds under her own number; a household's review is told to the household.
    let member = MemberId(holder.0);
    let ranking = ranking.filter(|_| !world.keepers.contains_key(&member));
    let Some(held) = world.holders.get_mut(&holder) else { return false };
    let is_news = look(turn, &mut held.state, (holder, member), ranking, sink);
    held.changed |= is_news;
    is_news
}

/// [`review`] of a state.
pub(crate) fn look(
    turn: &Turn<'_>,
    state: &mut HolderState,
    (holder, member): (HolderId, MemberId),
    ranking: Option<&Ranking>,
    sink: &mut impl Sink,
) -> bool {
    let ladder = &turn.rules.current.programme.tiers;
    let mut expired = Vec::new();
    let units = state.points.expire(turn.now_ms, |taken| expired.push(taken));
    let mut expired_bonus = Vec::new();
    let bonus = state.value_bonus.expire(turn.now_ms, |taken| expired_bonus.push(taken));
    let ranked = ranking.filter(|ranking| tier::rank(state, ranking)).cloned();
    let lifted = ranked.as_ref().and_then(|_| {
        tier::forget_old_days(ladder, state, turn.today);
        tier::lift(ladder, state, turn.today)
    });
    let tier = match lifted {
        Some(change) => Some(change.into()),
        None => tier::review(ladder, state, turn.today).map(|review| match review {
            tier::Review::Renewed => TierReview::Renewed,
            tier::Review::Warned => TierReview::Warned,
            tier::Review::Changed(change) => change.into(),
        }),
    };
    if units == 0 && bonus == 0 && tier.is_none() && ranked.is_none() {
        return false;
    }
    let balance_after = state.points.balance();
    turn.post(sink, holder, Asset::Points, units, Account::Holder, Account::Expired);
    turn.post(sink, holder, Asset::ValueBonus, bonus, Account::Holder, Account::Expired);
    let detail = Detail::Review { ranked, expired, expired_bonus, tier, balance_after };
    sink.entry(turn.index, entry(turn, holder, member, detail));
    true
}

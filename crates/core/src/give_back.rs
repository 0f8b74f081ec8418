//! Taking goods back.
//!
//! A return takes back *given − what the frozen rules give the lines that remain*. That, the redeemed points given back and the money
//! refunded are functions of the returned quantities alone, so partial returns in any order add up to the whole and no more.

use crate::decide::{Entry, ReturnDetail, ReturnOrder, Sink, Turn, World};
use crate::decide::{Detail, Published};
use crate::earning::{Basket, RuleAmount, Scene, earn};
use crate::holder::HolderState;
use crate::id::HolderId;
use crate::ledger::{Account, Asset, Lot};
use crate::programme::SpentPoints;
use crate::purchase::{KeptPurchase, Line, PurchaseKind, Returned};
use crate::refusal::Refusal;
use crate::tier;

/// Pieces of a line; one without pieces is one.
fn pieces(line: &Line) -> i64 {
    line.quantity.max(1)
}

/// `amount × part ÷ whole` towards zero; all of it when the part is the whole.
fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if part == whole {
        return amount;
    }
    if whole <= 0 || part <= 0 {
        return 0;
    }
    let shared = i128::from(amount) * i128::from(part.min(whole)) / i128::from(whole);
    i64::try_from(shared).unwrap_or(amount)
}

/// The pieces that come back now, per line.
fn asked(kept: &KeptPurchase, order: &ReturnOrder) -> Result<Vec<(usize, i64)>, Refusal> {
    let left = |line: usize| pieces(&kept.lines[line]) - kept.returned.quantities.get(line).copied().unwrap_or(0);
    let Some(wanted) = &order.lines else {
        let all: Vec<_> = (0..kept.lines.len()).map(|line| (line, left(line))).filter(|(_, left)| *left > 0).collect();
        return if all.is_empty() { Err(Refusal::NothingToReturn) } else { Ok(all) };
    };
    let mut sums: Vec<(usize, i64)> = Vec::new();
    for &(line, quantity) in wanted {
        if line >= kept.lines.len() {
            return Err(Refusal::UnknownLine { line });
        }
        if quantity <= 0 {
            return Err(Refusal::OutOfRange { line: Some(line) });
        }
        match sums.iter_mut().find(|(known, _)| *known == line) {
            Some((_, sum)) => *sum = sum.saturating_add(quantity),
            None => sums.push((line, quantity)),
        }
    }
    if sums.is_empty() {
        return Err(Refusal::NothingToReturn);
    }
    match sums.iter().find(|(line, quantity)| *quantity > left(*line)) {
        Some(&(line, _)) => Err(Refusal::ReturnTooMuch { line, left: left(line) }),
        None => Ok(sums),
    }
}

/// What is left of a purchase after the returned quantities.
struct Rest {
    lines: Vec<Line>,
    amount_minor: i64,
    redeemed_points: i64,
    redeemed_minor: i64,
    wholly: bool,
}

fn rest(kept: &KeptPurchase, quantities: &[i64]) -> Rest {
    let left = |index: usize, line: &Line| pieces(line) - quantities.get(index).copied().unwrap_or(0);
    let lines: Vec<Line> = kept
        .lines
        .iter()
        .enumerate()
        .filter(|(index, line)| left(*index, line) > 0)
        .map(|(index, line)| {
            let left = left(index, line);
            let amount_minor = share(line.amount_minor, left, pieces(line));
            Line { quantity: left.min(line.quantity), amount_minor, ..line.clone() }
        })
        .collect();
    let gross = |lines: &[Line]| lines.iter().map(|line| line.amount_minor).sum::<i64>();
    let (whole, part) = (gross(&kept.lines), gross(&lines));
    let wholly = lines.is_empty();
    let amount = whole - kept.discount_minor;
    let amount_minor = match (wholly, whole > 0) {
        (true, _) => 0,
        // Without a positive sum there is nothing to share by; the lines stand for themselves.
        (false, false) => part - kept.discount_minor,
        (false, true) => share(amount, part, whole),
    };
    let keep = |value| if wholly { 0 } else { share(value, part, whole) };
    let (redeemed_points, redeemed_minor) = (keep(kept.award.redeemed_points), keep(kept.award.redeemed_minor));
    Rest { lines, amount_minor, redeemed_points, redeemed_minor, wholly }
}

/// What the rules that gave something give to what is left: never more than they gave.
fn earned_by(published: &Published, kept: &KeptPurchase, rest: &Rest) -> [i64; 2] {
    let gross: i64 = kept.lines.iter().map(|line| line.amount_minor).sum();
    let paid = gross - kept.discount_minor;
    let on_redeemed = published.programme.earning.earn_on_redeemed;
    let basket = Basket {
        lines: &rest.lines,
        moment: kept.moment,
        channel: &kept.channel,
        store: kept.store.as_deref(),
        staff: kept.staff.as_deref(),
        amount_minor: rest.amount_minor,
        earning_share: if on_redeemed { paid } else { paid - kept.award.redeemed_minor },
        earning_whole: gross.max(1),
    };
    let grants = &kept.award.grants;
    let mut amounts: Vec<RuleAmount> = Vec::new();
    let gave = |rule: usize| grants.iter().any(|grant| grant.rule == rule);
    earn(&published.programme, &Scene { basket, member: &kept.award.facts }, gave, &mut amounts);
    let mut sums = [0, 0];
    for grant in grants {
        let now = amounts.iter().find(|amount| amount.rule == grant.rule).map_or(0, |amount| amount.amount);
        let now = now.min(grant.headroom.unwrap_or(i64::MAX)).min(grant.amount);
        sums[usize::from(grant.asset == Asset::Growth)] += now;
    }
    sums
}

/// Takes goods back.
pub(crate) fn take(turn: &Turn<'_>, world: &mut World, order: &ReturnOrder, sink: &mut impl Sink) -> Result<HolderId, Refusal> {
    let kept = world.purchases.get_mut(&order.purchase).ok_or(Refusal::UnknownPurchase)?;
    let lines = asked(kept, order)?;
    let before = rest(kept, &kept.returned.quantities);
    let mut quantities = kept.returned.quantities.clone();
    quantities.resize(kept.lines.len(), 0);
    lines.iter().for_each(|(line, quantity)| quantities[*line] += quantity);
    let after = rest(kept, &quantities);
    let published = turn.rules.version(kept.programme_version);
    let keeps = earned_by(published, kept, &after);
    let points_taken = kept.award.given(Asset::Points) - keeps[0] - kept.returned.points_taken;
    let growth_taken = kept.award.given(Asset::Growth) - keeps[1] - kept.returned.growth_taken;
    let given_back = before.redeemed_points - after.redeemed_points;

    let holder = kept.holder;
    let held = world.holders.entry(holder).or_default();
    held.changed = true;
    let state = &mut held.state;
    give_redeemed_back(turn, state, kept, given_back, sink);
    let spent = settle(turn, state, kept, points_taken, sink);
    settle_growth(turn, state, holder, growth_taken, sink);
    uncount(turn, state, kept, &before, &after, [points_taken, growth_taken]);

    let returned_pieces: i64 = lines.iter().map(|(line, quantity)| (*quantity).min(kept.lines[*line].quantity)).sum();
    let amount_minor = before.amount_minor - after.amount_minor;
    kept.returned = Returned {
        quantities,
        amount_minor: kept.returned.amount_minor + amount_minor,
        quantity: kept.returned.quantity + returned_pieces,
        points_taken: kept.returned.points_taken + points_taken,
        growth_taken: kept.returned.growth_taken + growth_taken,
        given_back: kept.returned.given_back + given_back,
    };
    let today = turn.rules.moment(turn.now_ms).day;
    let tier = tier::settle_return(&turn.rules.current.programme.tiers, state, kept.moment.day, today);
    let policy = published.programme.returns.spent_points;
    let deducted_minor = match (policy, &published.programme.redemption) {
        (SpentPoints::Deduct, Some(redemption)) => {
            let value = i128::from(spent) * i128::from(redemption.minor) / i128::from(redemption.points);
            i64::try_from(value).unwrap_or(0)
        }
        _ => 0,
    };
    let detail = Detail::Return(ReturnDetail {
        lines,
        amount_minor,
        refund_minor: amount_minor - (before.redeemed_minor - after.redeemed_minor),
        points_taken,
        growth_taken,
        spent,
        settled: (spent > 0).then_some(policy),
        deducted_minor,
        given_back,
        tier: tier.map(Into::into),
        balance_after: state.points.balance(),
    });
    sink.returned(turn.index, kept);
    sink.entry(
        turn.index,
        Entry {
            id: turn.id,
            holder,
            member: kept.member,
            occurred_at_ms: order.at_ms,
            actor: turn.actor,
            programme_version: turn.rules.current.version,
            purchase: Some(kept.id),
            detail,
        },
    );
    Ok(holder)
}

/// Puts redeemed points back into the lots they came from, the one that lives longest first.
fn give_redeemed_back(turn: &Turn<'_>, state: &mut HolderState, kept: &KeptPurchase, given_back: i64, sink: &mut impl Sink) {
    let mut skip = kept.returned.given_back;
    let mut missing = given_back;
    for taken in kept.award.redeemed_lots.iter().rev() {
        let skipped = skip.min(taken.amount);
        skip -= skipped;
        let part = (taken.amount - skipped).min(missing);
        missing -= part;
        if part > 0 {
            state.points.give(Lot {
                entry: taken.entry,
                earned: part,
                remaining: part,
                available_at_ms: 0,
                expires_at_ms: taken.expires_at_ms,
            });
        }
    }
    turn.post(sink, kept.holder, Asset::Points, given_back - missing, Account::Redeemed, Account::Holder);
}

/// Takes earned points back: out of their own lots, then out of the others, then by the brand's policy. Returns what was already
/// spent. A negative amount is given instead.
fn settle(turn: &Turn<'_>, state: &mut HolderState, kept: &KeptPurchase, amount: i64, sink: &mut impl Sink) -> i64 {
    if amount < 0 {
        let lot = Lot {
            entry: kept.id.0,
            earned: -amount,
            remaining: -amount,
            available_at_ms: kept.award.available_at_ms,
            expires_at_ms: kept.award.expires_at_ms,
        };
        state.points.give(lot);
        turn.post(sink, kept.holder, Asset::Points, -amount, Account::Issued, Account::Holder);
        return 0;
    }
    let own = state.points.take_from(kept.id.0, amount);
    let spent = amount - own;
    let policy = turn.rules.version(kept.programme_version).programme.returns.spent_points;
    let owed = match policy {
        SpentPoints::Debt => {
            let others = state.points.spend(spent, turn.now_ms, |_| ());
            state.points.debt += spent - others;
            spent
        }
        SpentPoints::Deduct | SpentPoints::WriteOff => 0,
    };
    turn.post(sink, kept.holder, Asset::Points, own + owed, Account::Holder, Account::Issued);
    spent
}

fn settle_growth(turn: &Turn<'_>, state: &mut HolderState, holder: HolderId, amount: i64, sink: &mut impl Sink) {
    if amount >= 0 {
        let taken = state.growth.take_from(0, amount);
        turn.post(sink, holder, Asset::Growth, taken, Account::Holder, Account::Issued);
    } else {
        state.growth.give(Lot { entry: 0, earned: -amount, remaining: -amount, available_at_ms: 0, expires_at_ms: None });
        turn.post(sink, holder, Asset::Growth, -amount, Account::Issued, Account::Holder);
    }
}

/// Takes what came back off the day of the purchase, where a window can still reach that day.
fn uncount(turn: &Turn<'_>, state: &mut HolderState, kept: &KeptPurchase, before: &Rest, after: &Rest, taken: [i64; 2]) {
    let paid = |rest: &Rest| rest.amount_minor - rest.redeemed_minor;
    let qualifying = turn.rules.version(kept.programme_version).qualifying;
    if let Some(total) = state.days.iter_mut().find(|total| total.day == kept.moment.day) {
        total.spend_minor -= paid(before) - paid(after);
        if kept.kind == PurchaseKind::Earn {
            total.points -= taken[usize::from(qualifying == Asset::Growth)];
        }
        total.purchases -= i64::from(after.wholly && !before.wholly);
    }
    state.total_minor -= before.amount_minor - after.amount_minor;
}

//! Taking goods back.
//!
//! A return takes back *given − what the frozen rules give the lines that remain*. That, the redeemed points given back and the money
//! refunded are functions of the returned quantities alone, so partial returns in any order add up to the whole and no more.

use crate::coupon;
use crate::decide::{DayClock, Detail, Entry, Published, ReturnDetail, ReturnOrder, Sink, Turn, World};
use crate::earning::{Allowance, Basket, Scene, earn};
use crate::holder::HolderState;
use crate::id::HolderId;
use crate::ledger::{Account, Asset, LAPSED_KEPT_MS, Lot};
use crate::occasion;
use crate::programme::SpentPoints;
use crate::purchase::{KeptPurchase, Line, Moment, PurchaseKind, Returned, share};
use crate::refusal::Refusal;
use crate::tier;
use crate::value;

/// The pieces that come back now, per line.
fn asked(kept: &KeptPurchase, order: &ReturnOrder) -> Result<Vec<(usize, i64)>, Refusal> {
    let left = |line: usize| kept.lines[line].pieces() - kept.returned.quantities.get(line).copied().unwrap_or(0);
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
    /// What is paid in money for what is left, in minor units.
    paid_minor: i64,
    redeemed_points: i64,
    redeemed_minor: i64,
    /// Of what is paid for it, what stored value pays.
    value_minor: i64,
    wholly: bool,
}

impl Rest {
    /// What is left costs, points included.
    fn amount_minor(&self) -> i64 {
        self.paid_minor + self.redeemed_minor
    }

    /// What is paid in money at the till, in minor units.
    fn money_minor(&self) -> i64 {
        self.paid_minor - self.value_minor
    }
}

/// Money and redeemed points follow the lines of positive amount: a discount that stands as a line of its own is borne by them, so that
/// bringing more back never makes what is kept grow.
fn rest(kept: &KeptPurchase, quantities: &[i64]) -> Rest {
    let lines: Vec<Line> = crate::purchase::lines_left(&kept.lines, quantities).collect();
    let wholly = lines.is_empty();
    let gross: i64 = kept.lines.iter().map(|line| line.amount_minor).sum();
    let (redeemed_points, redeemed_minor) = (kept.award.redeemed_points, kept.award.redeemed_minor);
    let value_minor = kept.award.value_minor();
    if gross <= 0 && !wholly {
        // Without a positive sum there is nothing to share by; the lines stand for themselves, and no points were spent on them.
        let part: i64 = lines.iter().map(|line| line.amount_minor).sum();
        let paid_minor = part - kept.discount_minor - redeemed_minor;
        return Rest { lines, paid_minor, redeemed_points, redeemed_minor, value_minor, wholly };
    }
    let positive = |lines: &[Line]| lines.iter().map(|line| line.amount_minor.max(0)).sum::<i64>();
    let (part, whole) = (positive(&lines), positive(&kept.lines));
    let keep = |value| if wholly { 0 } else { share(value, part, whole) };
    Rest {
        // Money and stored value each by itself, so that neither is ever asked back for more.
        paid_minor: keep(gross - kept.discount_minor - redeemed_minor - value_minor) + keep(value_minor),
        redeemed_points: keep(redeemed_points),
        redeemed_minor: keep(redeemed_minor),
        value_minor: keep(value_minor),
        lines,
        wholly,
    }
}

/// What the rules that gave something give to what is left, points and growth points: never more than they gave.
fn earned_by(clock: &DayClock, published: &Published, kept: &KeptPurchase, rest: &Rest) -> [i64; 2] {
    let basket = basket(clock, published, kept, rest);
    let allowed = |rule: usize| {
        let given = kept.award.grants.iter().find(|grant| grant.rule == rule);
        given.map_or(Allowance::Barred, |grant| Allowance::UpTo(grant.amount))
    };
    let mut grants = Vec::new();
    earn(published, &Scene { basket, member: &kept.award.facts }, allowed, &mut grants);
    let sum = |asset| grants.iter().filter(|grant| grant.asset == asset).map(|grant| grant.amount).sum::<i64>();
    [sum(Asset::Points) + occasion::points_kept(published, kept, basket), sum(Asset::Growth)]
}

/// What is left, as the rules see it.
fn basket<'a>(clock: &DayClock, published: &Published, kept: &'a KeptPurchase, rest: &'a Rest) -> Basket<'a> {
    let gross: i64 = kept.lines.iter().map(|line| line.amount_minor).sum();
    let paid = gross - kept.discount_minor;
    let on_redeemed = published.programme.earning.earn_on_redeemed;
    Basket {
        lines: &rest.lines,
        moment: Moment { day: kept.moment.day, ..clock.moment(kept.moment.at_ms) },
        channel: &kept.channel,
        store: kept.store.as_deref(),
        staff: kept.staff.as_deref(),
        amount_minor: rest.amount_minor(),
        earning_share: if on_redeemed { paid } else { paid - kept.award.redeemed_minor },
        earning_whole: gross.max(1),
    }
}

/// Takes goods back.
pub(crate) fn take(turn: &Turn<'_>, world: &mut World, order: &ReturnOrder, sink: &mut impl Sink) -> Result<HolderId, Refusal> {
    let World { purchases, holders, coupons, templates, .. } = world;
    let kept = purchases.get_mut(&order.purchase).ok_or(Refusal::UnknownPurchase)?;
    let lines = asked(kept, order)?;
    let before = rest(kept, &kept.returned.quantities);
    let mut quantities = kept.returned.quantities.clone();
    quantities.resize(kept.lines.len(), 0);
    lines.iter().for_each(|(line, quantity)| quantities[*line] += quantity);
    let after = rest(kept, &quantities);
    let published = turn.rules.version(kept.programme_version);
    let clock = turn.rules.clock_of(published);
    let [points_kept, growth_kept] = earned_by(clock, published, kept, &after);
    let points_taken = kept.award.given(Asset::Points) - points_kept - kept.returned.points_taken;
    let growth_taken = kept.award.given(Asset::Growth) - growth_kept - kept.returned.growth_taken;
    let given_back = before.redeemed_points - after.redeemed_points;

    let holder = kept.holder;
    let held = holders.entry(holder).or_default();
    held.changed = true;
    let state = &mut held.state;
    let ladder = &turn.rules.current.programme.tiers;
    let standing = tier::standing(ladder, state, turn.today);
    give_redeemed_back(turn, state, kept, given_back, sink);
    let [principal_back, bonus_back] = match &kept.award.value {
        Some(paid) => value::give_back(turn, state, holder, paid, (before.value_minor, after.value_minor), sink),
        None => [0, 0],
    };
    let settled = settle(turn, state, kept, points_taken, sink);
    settle_growth(turn, state, holder, growth_taken, sink);
    uncount(turn, state, kept, &before, &after, [points_taken, growth_taken]);
    let tier = tier::settle_return(ladder, state, &standing, turn.today);
    let balance_after = state.points.balance();
    let gone = after.wholly && !before.wholly;
    let baskets = (basket(clock, published, kept, &before), basket(clock, published, kept, &after));
    let [gifts_taken, gifts_kept] = occasion::take_back(coupons, (published, kept), baskets);
    let coupons = if gone { coupon::give_back(turn, (coupons, templates), kept) } else { Vec::new() };

    let returned_pieces: i64 = lines.iter().map(|(line, quantity)| (*quantity).min(kept.lines[*line].quantity)).sum();
    let amount_minor = before.amount_minor() - after.amount_minor();
    let waived = kept.returned.waived + settled.waived;
    let deducted_so_far = deducted(published, kept, waived, &after);
    let deducted_minor = deducted_so_far - kept.returned.deducted_minor;
    kept.returned = Returned {
        quantities,
        amount_minor: kept.returned.amount_minor + amount_minor,
        quantity: kept.returned.quantity + returned_pieces,
        points_taken: kept.returned.points_taken + points_taken,
        growth_taken: kept.returned.growth_taken + growth_taken,
        given_back: kept.returned.given_back + given_back,
        waived,
        deducted_minor: deducted_so_far,
    };
    let detail = Detail::Return(ReturnDetail {
        lines,
        amount_minor,
        refund_minor: before.money_minor() - after.money_minor(),
        points_taken,
        growth_taken,
        spent: settled.spent,
        lapsed: settled.lapsed,
        settled: (settled.spent != 0).then_some(published.programme.returns.spent_points),
        deducted_minor,
        given_back,
        principal_back,
        bonus_back,
        coupons,
        gifts_taken,
        gifts_kept,
        tier: tier.map(Into::into),
        balance_after,
    });
    sink.returned(turn.index, kept);
    // The version in force, by which the tier was settled; the purchase says by which one it earned.
    let (member, purchase, programme_version) = (kept.member, Some(kept.id), turn.rules.current.version);
    let (id, actor, occurred_at_ms) = (turn.id, turn.actor, order.at_ms);
    sink.entry(turn.index, Entry { id, holder, member, occurred_at_ms, actor, programme_version, purchase, detail });
    Ok(holder)
}

/// What comes off all refunds of a purchase together for points that were already spent, in minor units: their value, and never more
/// than is refunded.
fn deducted(published: &Published, kept: &KeptPurchase, waived: i64, after: &Rest) -> i64 {
    let Some(redemption) = &published.programme.redemption else { return 0 };
    match published.programme.returns.spent_points {
        SpentPoints::Debt | SpentPoints::WriteOff => 0,
        SpentPoints::Deduct => {
            let refunded = rest(kept, &[]).money_minor() - after.money_minor();
            let value = i128::from(waived) * i128::from(redemption.minor) / i128::from(redemption.points.max(1));
            i64::try_from(value).unwrap_or(i64::MAX).min(refunded.max(0))
        }
    }
}

/// Puts redeemed points back into the lots they came from, the one that lives longest first.
fn give_redeemed_back(turn: &Turn<'_>, state: &mut HolderState, kept: &KeptPurchase, given_back: i64, sink: &mut impl Sink) {
    let lots = &kept.award.redeemed_lots;
    let missing = value::put_back(&mut state.points, lots, kept.returned.given_back, given_back, turn.now_ms);
    turn.post(sink, kept.holder, Asset::Points, given_back - missing, Account::Redeemed, Account::Holder);
}

/// How points that are taken back were settled.
struct Settled {
    /// Already spent.
    spent: i64,
    /// Already expired.
    lapsed: i64,
    /// Of those spent, neither taken from other lots nor owed.
    waived: i64,
}

/// Takes earned points back: out of their own lots; what of them has expired is gone already; the rest was spent and is settled by the
/// brand's policy. A negative amount is given instead, unless it was waived before.
fn settle(turn: &Turn<'_>, state: &mut HolderState, kept: &KeptPurchase, amount: i64, sink: &mut impl Sink) -> Settled {
    if amount < 0 {
        let unwaived = kept.returned.waived.min(-amount);
        let units = -amount - unwaived;
        if units > 0 {
            let of_gifts = kept.award.gifts.iter().find_map(|gift| gift.expires_at_ms);
            let available_at_ms = kept.award.available_at_ms;
            let expires_at_ms = if kept.award.grants.is_empty() { of_gifts } else { kept.award.expires_at_ms };
            let lot = Lot { entry: kept.id.0, earned: units, remaining: units, available_at_ms, expires_at_ms };
            state.points.give(lot, turn.now_ms);
            turn.post(sink, kept.holder, Asset::Points, units, Account::Issued, Account::Holder);
        }
        return Settled { spent: -unwaived, lapsed: 0, waived: -unwaived };
    }
    let own = state.points.take_from(kept.id.0, amount);
    // Gifts may live longer than what the rules gave.
    let ends = (!kept.award.grants.is_empty()).then_some(kept.award.expires_at_ms).into_iter();
    let gifts = kept.award.gifts.iter().filter(|gift| gift.points > 0).map(|gift| gift.expires_at_ms);
    let is_gone = |end: Option<i64>| end.is_some_and(|at_ms| at_ms + LAPSED_KEPT_MS <= turn.now_ms);
    let long_gone = amount > 0 && ends.chain(gifts).all(is_gone);
    let lapsed = if long_gone { amount - own } else { state.points.cross_off_lapsed(kept.id.0, amount - own) };
    let spent = amount - own - lapsed;
    let policy = turn.rules.version(kept.programme_version).programme.returns.spent_points;
    let (owed, waived) = match policy {
        SpentPoints::Debt => {
            state.points.take_or_owe(spent, turn.now_ms);
            (spent, 0)
        }
        SpentPoints::Deduct | SpentPoints::WriteOff => (0, spent),
    };
    turn.post(sink, kept.holder, Asset::Points, own + owed, Account::Holder, Account::Issued);
    Settled { spent, lapsed, waived }
}

fn settle_growth(turn: &Turn<'_>, state: &mut HolderState, holder: HolderId, amount: i64, sink: &mut impl Sink) {
    if amount >= 0 {
        let taken = state.growth.take_from(0, amount);
        turn.post(sink, holder, Asset::Growth, taken, Account::Holder, Account::Issued);
    } else {
        let lot = Lot { entry: 0, earned: -amount, remaining: -amount, available_at_ms: 0, expires_at_ms: None };
        state.growth.give(lot, turn.now_ms);
        turn.post(sink, holder, Asset::Growth, -amount, Account::Issued, Account::Holder);
    }
}

/// Takes what came back off the day of the purchase, where a window can still reach that day.
fn uncount(turn: &Turn<'_>, state: &mut HolderState, kept: &KeptPurchase, before: &Rest, after: &Rest, taken: [i64; 2]) {
    let qualifying = turn.rules.version(kept.programme_version).qualifying;
    if let Some(total) = state.days.iter_mut().find(|total| total.day == kept.moment.day) {
        total.spend_minor -= before.paid_minor - after.paid_minor;
        if kept.kind == PurchaseKind::Earn {
            total.points -= taken[usize::from(qualifying == Asset::Growth)];
        }
        total.purchases -= i64::from(after.wholly && !before.wholly);
    }
    state.total_minor -= before.amount_minor() - after.amount_minor();
}

//! Posting a purchase.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::attribute::Attribute;
use crate::coupon;
use crate::decide::{Published, Rules, Sink, Turn, World};
use crate::earning::{Allowance, Award, Basket, FrozenValue, Grant, Scene, earn};
use crate::holder::{CapPeriod, CapUse, HolderState};
use crate::id::HolderId;
use crate::ledger::{Account, Asset, Lot};
use crate::member::{MemberAt, MemberFacts};
use crate::occasion;
use crate::programme::{Caps, Expiry, Programme, Redemption};
use crate::purchase::{
    KeptPurchase, Line, MAX_AMOUNT_MINOR, MAX_LINES, MAX_QUANTITY, Moment, Order, Pricing, PurchaseKind, Returned,
};
use crate::quote::{Beside, Priced, quote};
use crate::refusal::Refusal;
use crate::share::{self, Buyer};
use crate::tier;
use crate::time::{date_of, start_of_business_day_ms, start_of_day_ms};
use crate::value;

fn check(order: &Order) -> Result<(), Refusal> {
    if order.lines.is_empty() {
        return Err(Refusal::NoLines);
    }
    if order.lines.len() > MAX_LINES {
        return Err(Refusal::TooManyLines);
    }
    let fits = |amount_minor: i64| (-MAX_AMOUNT_MINOR..=MAX_AMOUNT_MINOR).contains(&amount_minor);
    let outside = |line: &Line| {
        let off_fits = (0..=MAX_AMOUNT_MINOR).contains(&line.off_minor);
        !fits(line.amount_minor) || !off_fits || !(0..=MAX_QUANTITY).contains(&line.quantity)
    };
    if let Some(line) = order.lines.iter().position(outside) {
        return Err(Refusal::OutOfRange { line: Some(line) });
    }
    let discount_fits = [order.discount_minor, order.coupon_minor].iter().all(|minor| *minor >= 0 && fits(*minor));
    let tenders_fit = order.tenders.len() <= MAX_LINES && order.tenders.iter().all(|tender| fits(tender.amount_minor));
    if !discount_fits || !tenders_fit || !fits(order.amount_minor()) || order.redeem_points < 0 {
        return Err(Refusal::OutOfRange { line: None });
    }
    Ok(())
}

/// What so many points are worth on a purchase of `amount_minor`, in minor units.
fn redemption_value(redemption: Option<&Redemption>, points: i64, amount_minor: i64) -> Result<i64, Refusal> {
    if points == 0 {
        return Ok(0);
    }
    let Some(redemption) = redemption.filter(|known| known.points > 0 && known.minor > 0 && known.step > 0) else {
        return Err(Refusal::NoRedemption);
    };
    let (step, minimum) = (redemption.step, least_points(redemption));
    if points < minimum || points % step != 0 {
        return Err(Refusal::RedemptionStep { step, minimum });
    }
    let value = i128::from(points) * i128::from(redemption.minor) / i128::from(redemption.points);
    let limit = i128::from(amount_minor.max(0)) * i128::from(redemption.max_percent) / 100;
    if value > limit {
        let most = limit * i128::from(redemption.points) / i128::from(redemption.minor);
        let most = i64::try_from(most).unwrap_or(i64::MAX) / step * step;
        return Err(Refusal::RedemptionLimit { most: if most < minimum { 0 } else { most } });
    }
    Ok(i64::try_from(value).unwrap_or(0))
}

/// The fewest points that may be spent at once: the programme's minimum, and enough to be worth anything.
fn least_points(redemption: &Redemption) -> i64 {
    let worth_one = (i128::from(redemption.points) + i128::from(redemption.minor) - 1) / i128::from(redemption.minor);
    let step = i128::from(redemption.step);
    let least = i128::from(redemption.minimum).max(worth_one);
    i64::try_from((least + step - 1) / step * step).unwrap_or(i64::MAX)
}

fn check_tenders(order: &Order, redeemed_minor: i64) -> Result<(), Refusal> {
    let given_minor: i64 = order.tenders.iter().map(|tender| tender.amount_minor).sum();
    let expected_minor = order.amount_minor() - redeemed_minor;
    if order.tenders.is_empty() || given_minor == expected_minor {
        return Ok(());
    }
    Err(Refusal::TendersDiffer { expected_minor, given_minor })
}

/// When units earned at `moment` lapse, in UTC milliseconds: the end of a civil day in the brand's zone.
pub(crate) fn expires_at_ms(expiry: Expiry, moment: Moment, zone: &TimeZone) -> Option<i64> {
    let day = date_of(moment.day);
    let months = |months: u8| jiff::Span::new().months(i64::from(months));
    let last = match expiry {
        Expiry::Never => return None,
        Expiry::Rolling { days } => date_of(moment.day.saturating_add(i32::from(days))),
        Expiry::EndOfMonth { months: count } => day.saturating_add(months(count)).last_of_month(),
        Expiry::FixedDate { month, day: day_of_month, min_months } => {
            let earliest = day.saturating_add(months(min_months));
            let fixed = |year: i16| {
                let first = Date::new(year, month as i8, 1).unwrap_or(earliest);
                first.saturating_add(jiff::Span::new().days(i64::from(day_of_month.min(first.days_in_month() as u8)) - 1))
            };
            let this_year = fixed(earliest.year());
            if this_year >= earliest { this_year } else { fixed(earliest.year().saturating_add(1)) }
        }
    };
    Some(start_of_day_ms(last.saturating_add(jiff::Span::new().days(1)), zone))
}

pub(crate) fn available_at_ms(programme: &Programme, moment: Moment, zone: &TimeZone) -> i64 {
    match programme.earning.pending_days {
        0 => 0,
        days => start_of_day_ms(date_of(moment.day.saturating_add(i32::from(days))), zone),
    }
}

fn cap_periods(caps: &Caps, day: i32) -> impl Iterator<Item = (CapPeriod, i64)> {
    let date = date_of(day);
    let (year, month) = (i32::from(date.year()), i32::from(date.month()));
    [
        caps.per_day.map(|most| (CapPeriod::Day(day), most)),
        caps.per_month.map(|most| (CapPeriod::Month(year * 12 + month - 1), most)),
        caps.per_year.map(|most| (CapPeriod::Year(year), most)),
    ]
    .into_iter()
    .flatten()
}

/// What a rule's caps over time still allow; none when it has no such cap.
fn headroom(state: &HolderState, rule: &str, caps: &Caps, day: i32) -> Option<i64> {
    if caps.per_day.is_none() && caps.per_month.is_none() && caps.per_year.is_none() {
        return None;
    }
    let used = |period| state.caps.iter().find(|cap| cap.rule == rule && cap.period == period).map_or(0, |cap| cap.used);
    cap_periods(caps, day).map(|(period, most)| (most - used(period)).max(0)).min()
}

fn use_caps(state: &mut HolderState, rule: &str, caps: &Caps, day: i32, amount: i64) {
    for (period, _) in cap_periods(caps, day) {
        match state.caps.iter_mut().find(|cap| cap.rule == rule && cap.period == period) {
            Some(cap) => cap.used += amount,
            None => state.caps.push(CapUse { rule: rule.to_owned(), period, used: amount }),
        }
    }
}

/// Drops what no purchase after one of `day` asks about any more; a late one may still come within two months.
fn forget_old_caps(state: &mut HolderState, day: i32) {
    if state.caps.is_empty() {
        return;
    }
    let oldest = date_of(day - 62);
    let (year, month) = (i32::from(oldest.year()), i32::from(oldest.month()));
    state.caps.retain(|cap| match cap.period {
        CapPeriod::Day(known) => known >= day - 62,
        CapPeriod::Month(known) => known >= year * 12 + month - 1,
        CapPeriod::Year(known) => known >= year,
        CapPeriod::Ever => true,
    });
}

/// The basket of a whole order.
fn basket_of(order: &Order, moment: Moment, redeemed_minor: i64) -> Basket<'_> {
    let gross: i64 = order.lines.iter().map(|line| line.amount_minor).sum();
    Basket {
        lines: &order.lines,
        moment,
        channel: &order.channel,
        store: order.store.as_deref(),
        staff: order.staff.as_deref(),
        amount_minor: order.amount_minor(),
        earning_share: order.amount_minor() - redeemed_minor,
        earning_whole: gross.max(1),
    }
}

/// What the current rules give, capped.
fn grants(published: &Published, scene: &Scene<'_, MemberAt<'_>>, out: &mut Vec<Grant>) {
    let day = scene.basket.moment.day;
    let allowed = |index: usize| {
        let rule = &published.programme.earning.rules[index];
        headroom(scene.member.state, &rule.id, &rule.caps, day).map_or(Allowance::Free, Allowance::UpTo)
    };
    earn(published, scene, allowed, out);
}

/// Says in the award what the current rules give for a basket, and counts it against their caps.
pub(crate) fn grant(
    rules: &Rules,
    (facts, frozen): (&MemberFacts, Option<&Vec<(Attribute, FrozenValue)>>),
    state: &mut HolderState,
    basket: Basket<'_>,
    award: &mut Award,
) {
    let member = MemberAt { facts, state, moment: basket.moment, lunar: rules.lunar, frozen };
    grants(&rules.current, &Scene { basket, member: &member }, &mut award.grants);
    for grant in award.grants.iter().filter(|grant| grant.amount > 0) {
        let rule = &rules.current.programme.earning.rules[grant.rule];
        use_caps(state, &rule.id, &rule.caps, basket.moment.day, grant.amount);
    }
}

/// Posts a purchase: spends the points asked for, gives what the rules give, lifts the tier.
pub(crate) fn purchase(turn: &Turn<'_>, world: &mut World, order: &Order, sink: &mut impl Sink) -> Result<HolderId, Refusal> {
    check(order)?;
    let facts = world.members.get(&order.member).ok_or(Refusal::UnknownMember)?;
    let holder = facts.holder;
    let history = order.kind == PurchaseKind::History;
    if !history && facts.status.has_left() {
        return Err(Refusal::MemberClosed);
    }
    let rules = turn.rules;
    let programme = &rules.current.programme;
    let redeem_points = if history { 0 } else { order.redeem_points };
    let coupons = if history { Vec::new() } else { coupon::present(world, order, holder)? };
    let held = world.holders.entry(holder).or_default();
    // The day was frozen when the purchase came in; the rest is read from the clock of the version that decides.
    let moment = Moment { day: order.moment.day, ..rules.moment(order.moment.at_ms) };
    let frozen = world.frozen.get(&order.id);
    let member = MemberAt { facts, state: &held.state, moment, lunar: rules.lunar, frozen };
    let mut award = Award::default();
    let mut found = None;
    if order.pricing == Pricing::List && !history {
        let known = world.priced_by.get(&order.id).cloned();
        let facts = known.unwrap_or_else(|| member.freeze(&asked(&rules.current, &coupons)));
        let beside: Vec<Beside<'_>> =
            coupons.iter().map(|coupon| Beside { offer: &coupon.ready.offer, ready: &coupon.ready.ready }).collect();
        let quote = quote(&rules.current, &beside, &Scene { basket: basket_of(order, moment, 0), member: &facts });
        let coupons = coupons.iter().map(|coupon| coupon.presented).collect();
        award.offers = Some(Priced { applied: quote.applied.clone(), facts, coupons });
        found = Some(quote);
    }
    let used = match &found {
        Some(found) if !coupons.is_empty() => coupon::settle(world, &coupons, found, programme.offers.len())?,
        _ => Vec::new(),
    };
    let order = &*order.at_paid_prices(&award);
    let redeemed_minor = redemption_value(programme.redemption.as_ref(), redeem_points, order.amount_minor())?;
    check_tenders(order, redeemed_minor)?;
    let value_minor = if history { 0 } else { value::tendered(order, order.amount_minor() - redeemed_minor)? };
    if value_minor > 0 {
        value::check_enough(world, holder, value_minor, turn.now_ms)?;
    }
    let (missing, others) = lacking(turn, world, holder, redeem_points)?;
    if let Some(found) = found {
        sink.quote(turn.index, found);
    }
    if !others.is_empty() {
        let ids = world.spare.remove(&turn.id).unwrap_or_default();
        let buyer = Buyer { member: order.member, holder, purchase: order.id };
        share::draw(turn, &mut world.holders, (buyer, &others), missing, ids, sink);
    }
    let held = world.holders.entry(holder).or_default();
    held.changed = true;
    let state = &mut held.state;
    (award.redeemed_points, award.redeemed_minor) = (redeem_points, redeemed_minor);
    if !history {
        let mut basket = basket_of(order, moment, redeemed_minor);
        if programme.earning.earn_on_redeemed {
            basket.earning_share = order.amount_minor();
        }
        award.facts = MemberAt { facts, state, moment, lunar: rules.lunar, frozen }.freeze(&rules.current.asked);
        grant(rules, (facts, frozen), state, basket, &mut award);
        spend(turn, state, holder, &mut award, sink);
        if value_minor > 0 {
            award.value = Some(value::spend(turn, state, holder, value_minor, sink));
        }
        give(turn, state, holder, &mut award, || Life::of(rules, moment), sink);
        let sold = basket_of(order, moment, redeemed_minor);
        occasion::at_purchase(turn, world, (order.member, holder), sold, &mut award, sink);
    }
    let state = &mut world.held(holder).state;
    count(turn, state, order.moment, (order.amount_minor(), redeemed_minor), &mut award);
    award.balance_after = state.points.balance();
    world.use_coupons((order.id, order.member, holder), &used, turn.now_ms);
    if turn.to_be_returned.contains(&order.id) {
        world.purchases.insert(order.id, keep(order, holder, rules.current.version, award.clone()));
    }
    sink.purchase(turn.index, holder, award);
    Ok(holder)
}

/// What a holder lacks of the points that she wants to spend, and whose may be drawn. A refusal says what she could spend at most.
fn lacking(turn: &Turn<'_>, world: &World, holder: HolderId, redeem_points: i64) -> Result<(i64, Vec<HolderId>), Refusal> {
    if redeem_points == 0 {
        return Ok((0, Vec::new()));
    }
    let available = world.holders.get(&holder).map_or(0, |held| held.state.points.available(turn.now_ms));
    let missing = redeem_points - available;
    if missing <= 0 {
        return Ok((0, Vec::new()));
    }
    let others = world.sharing.get(&holder).cloned().unwrap_or_default();
    let drawable = share::drawable(&world.holders, &others, turn.now_ms);
    if missing > drawable && !world.may_owe {
        return Err(Refusal::InsufficientPoints { available: available + drawable, needed: redeem_points });
    }
    Ok((missing, others))
}

/// The member attributes that offers and coupons ask for.
fn asked(published: &Published, coupons: &[coupon::Candidate]) -> Vec<Attribute> {
    let mut asked = published.asked_by_offers.clone();
    for attribute in coupons.iter().flat_map(|coupon| &coupon.ready.asked) {
        if !asked.contains(attribute) {
            asked.push(*attribute);
        }
    }
    asked
}

/// The purchase as a later return of the same batch needs it.
fn keep(order: &Order, holder: HolderId, programme_version: i64, award: Award) -> KeptPurchase {
    KeptPurchase {
        id: order.id,
        member: order.member,
        holder,
        moment: order.moment,
        channel: order.channel.clone(),
        store: order.store.clone(),
        staff: order.staff.clone(),
        lines: order.lines.clone(),
        discount_minor: order.discount_minor,
        kind: order.kind,
        programme_version,
        award,
        returned: Returned::default(),
    }
}

/// When units that are earned at a moment may be spent, and when they lapse, in UTC milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Life {
    pub available_at_ms: i64,
    pub expires_at_ms: Option<i64>,
}

impl Life {
    /// By the programme in force: the business day alone decides.
    pub fn of(rules: &Rules, moment: Moment) -> Self {
        let (programme, zone) = (&rules.current.programme, &rules.clock().zone);
        Self {
            available_at_ms: available_at_ms(programme, moment, zone),
            expires_at_ms: expires_at_ms(programme.earning.expiry, moment, zone),
        }
    }
}

/// Spends the points that the award says.
pub(crate) fn spend(turn: &Turn<'_>, state: &mut HolderState, holder: HolderId, award: &mut Award, sink: &mut impl Sink) {
    if award.redeemed_points == 0 {
        return;
    }
    let lots = &mut award.redeemed_lots;
    state.points.spend_or_owe(turn.id.0, award.redeemed_points, turn.now_ms, |taken| lots.push(taken));
    turn.post(sink, holder, Asset::Points, award.redeemed_points, Account::Holder, Account::Redeemed);
}

/// Gives what the rules grant, with the life that it has.
pub(crate) fn give(
    turn: &Turn<'_>,
    state: &mut HolderState,
    holder: HolderId,
    award: &mut Award,
    life: impl FnOnce() -> Life,
    sink: &mut impl Sink,
) {
    if award.grants.iter().all(|grant| grant.amount == 0) {
        return;
    }
    let Life { available_at_ms, expires_at_ms } = life();
    (award.available_at_ms, award.expires_at_ms) = (available_at_ms, expires_at_ms);
    for asset in Asset::EARNED {
        let amount = award.given(asset);
        if amount > 0 {
            let spendable = asset == Asset::Points;
            let lot = Lot {
                // Growth points are one lot: nothing ever asks where they came from but their postings.
                entry: if spendable { turn.id.0 } else { 0 },
                earned: amount,
                remaining: amount,
                available_at_ms: if spendable { award.available_at_ms } else { 0 },
                expires_at_ms: if spendable { award.expires_at_ms } else { None },
            };
            state.purse_mut(asset).give(lot, turn.now_ms);
            turn.post(sink, holder, asset, amount, Account::Issued, Account::Holder);
        }
    }
}

/// Counts a purchase of so much, and of it so much paid with points, towards the tier.
pub(crate) fn count(
    turn: &Turn<'_>,
    state: &mut HolderState,
    moment: Moment,
    (amount_minor, redeemed_minor): (i64, i64),
    award: &mut Award,
) {
    let today = turn.today;
    let ladder = &turn.rules.current.programme.tiers;
    let qualifying = award.given(turn.rules.current.qualifying);
    let total = state.day_mut(moment.day);
    total.spend_minor += amount_minor - redeemed_minor;
    total.points += qualifying;
    total.purchases += 1;
    state.purchases += 1;
    state.total_minor += amount_minor;
    let at_ms = moment.at_ms;
    state.first_purchase_ms = if state.first_purchase_ms == 0 { at_ms } else { state.first_purchase_ms.min(at_ms) };
    state.last_purchase_ms = state.last_purchase_ms.max(at_ms);
    tier::forget_old_days(ladder, state, today);
    // Purchases brought from the past come in their own order: the caps of their own time must still be there.
    forget_old_caps(state, today.min(moment.day));
    occasion::forget_old(state, today.min(moment.day));
    if let Some(change) = tier::lift(ladder, state, today) {
        (award.tier_before, award.tier_after) = (change.from, change.to);
    }
}

/// The next moment, in UTC milliseconds, at which a review of the holder finds something to do.
pub fn review_at_ms(rules: &Rules, state: &HolderState) -> Option<i64> {
    let clock = rules.clock();
    let last_day = state.tier.as_ref().and_then(|held| tier::last_day(&rules.current.programme.tiers, held));
    let tier =
        last_day.map(|last_day| start_of_business_day_ms(date_of(last_day.saturating_add(1)), &clock.zone, clock.cut_hour));
    [state.points.next_expiry_ms(), state.value_bonus.next_expiry_ms(), tier].into_iter().flatten().min()
}

//! What is decided about gifts on occasions: with a purchase, when goods come back, and on a day of the year.

use std::collections::HashMap;

use crate::buy::{available_at_ms, expires_at_ms};
use crate::coupon::{self, CouponState, HeldCoupon};
use crate::decide::{Detail, Entry, Published, Sink, Turn, World};
use crate::earning::{Award, Basket, Scene};
use crate::holder::{CapPeriod, CapUse, HolderState};
use crate::id::{CouponId, HolderId, MemberId, PurchaseId, TemplateId};
use crate::ledger::{Account, Asset, Lot};
use crate::member::MemberAt;
use crate::occasion::{Caps, Gift, GivenCoupon, Occasion, OccasionDetail, OccasionOrder, Trigger, Withheld};
use crate::programme::Expiry;
use crate::purchase::{KeptPurchase, Moment};
use crate::refusal::Refusal;
use crate::time::date_of;

/// How long, in days, it is remembered in which year an occasion was given: as long as its window may reach into the next, and some.
const REMEMBERED_DAYS: i32 = 400;

/// Gives what a purchase is the occasion for, and says in its award what that was. Without such rules it asks for nothing.
pub(crate) fn at_purchase(
    turn: &Turn<'_>,
    world: &mut World,
    (member, holder): (MemberId, HolderId),
    basket: Basket<'_>,
    award: &mut Award,
    sink: &mut impl Sink,
) {
    let published = &*turn.rules.current;
    if published.programme.occasions.is_empty() || basket.amount_minor <= 0 {
        return;
    }
    let holds = |place: usize| published.ready_occasions[place].holds(&Scene { basket, member: &award.facts });
    let due: Vec<usize> =
        published.programme.purchase_occasions().map(|(place, _)| place).filter(|place| holds(*place)).collect();
    for place in due {
        let occasion = &published.programme.occasions[place];
        let (moment, fresh) = (basket.moment, award.gifts.iter().filter(|gift| gift.coupon.is_some()).count());
        let periods: Vec<_> = periods(&occasion.caps, moment.day).collect();
        let gift = give(turn, world, (place, occasion), (member, holder), (moment, &periods, fresh), sink);
        if gift.points > 0 {
            award.available_at_ms = available_at_ms(&published.programme, moment, &turn.rules.clock().zone);
        }
        award.gifts.push(gift);
    }
}

/// Gives what a day of the year, or joining, is the occasion for. Whether the day is one is for whoever asks to know, who looked at everybody;
/// whether it was given before is looked at here. None: there is nothing to give.
pub(crate) fn act(
    turn: &Turn<'_>,
    world: &mut World,
    order: &OccasionOrder,
    sink: &mut impl Sink,
) -> Result<Option<HolderId>, Refusal> {
    let facts = world.members.get(&order.member).ok_or(Refusal::UnknownMember)?;
    if facts.status.has_left() {
        return Err(Refusal::MemberClosed);
    }
    let (published, holder) = (&*turn.rules.current, facts.holder);
    let Some((place, occasion)) = published.programme.occasion(&order.rule) else { return Ok(None) };
    let period = match occasion.trigger {
        Trigger::Purchase => return Ok(None),
        Trigger::Joining => CapPeriod::Ever,
        Trigger::Anniversary | Trigger::Birthday { .. } => CapPeriod::Year(order.year),
    };
    let moment = turn.rules.moment(turn.now_ms);
    let held = world.holders.entry(holder).or_default();
    let frozen = world.frozen.get(&PurchaseId(turn.id.0));
    let member = MemberAt { facts, state: &held.state, moment, lunar: turn.rules.lunar, frozen };
    let ready = &published.ready_occasions[place];
    let facts = member.freeze(&ready.asked);
    if !ready.holds(&Scene { basket: nothing(moment), member: &facts }) || used(&held.state, &occasion.id, period) > 0 {
        return Ok(None);
    }
    forget_old(&mut held.state, turn.today);
    let gift = give(turn, world, (place, occasion), (order.member, holder), (moment, &[(period, 1)], 0), sink);
    let held = world.held(holder);
    held.changed = true;
    if gift.points == 0 && gift.coupon.is_none() {
        // The entry says why; asked again next day, it would say so again.
        note_use(&mut held.state, &occasion.id, &[(period, 1)]);
    }
    let detail = Detail::Occasion(OccasionDetail {
        rule: occasion.id.clone(),
        occasion: occasion.trigger.kind(),
        year: order.year,
        day: order.day,
        gift,
        facts,
        balance_after: held.state.points.balance(),
    });
    let entry = Entry {
        id: turn.id,
        holder,
        member: order.member,
        occurred_at_ms: turn.now_ms,
        actor: turn.actor,
        programme_version: published.version,
        purchase: None,
        detail,
    };
    sink.entry(turn.index, entry);
    Ok(Some(holder))
}

/// A purchase of nothing, for conditions over the member alone.
fn nothing<'a>(moment: Moment) -> Basket<'a> {
    Basket { lines: &[], moment, channel: "", store: None, staff: None, amount_minor: 0, earning_share: 0, earning_whole: 1 }
}

/// Gives points and a coupon, as far as caps allow. `fresh` coupons of the same entry have their ids already.
fn give(
    turn: &Turn<'_>,
    world: &mut World,
    (place, occasion): (usize, &Occasion),
    (member, holder): (MemberId, HolderId),
    (moment, periods, fresh): (Moment, &[(CapPeriod, i64)], usize),
    sink: &mut impl Sink,
) -> Gift {
    let mut gift = Gift { rule: place, points: 0, expires_at_ms: None, coupon: None, withheld: None };
    let state = &mut world.held(holder).state;
    if periods.iter().any(|(period, most)| used(state, &occasion.id, *period) >= *most) {
        gift.withheld = Some(Withheld::Cap);
        return gift;
    }
    if let Some(template) = occasion.coupon {
        match give_coupon(turn, world, (template, place, fresh), member) {
            Ok(coupon) => gift.coupon = Some(coupon),
            Err(why) => gift.withheld = Some(why),
        }
    }
    let state = &mut world.held(holder).state;
    if let Some(points) = occasion.points.filter(|points| *points > 0) {
        let (programme, zone) = (&turn.rules.current.programme, &turn.rules.clock().zone);
        let expiry = occasion.valid_days.map_or(programme.earning.expiry, |days| Expiry::Rolling { days });
        let available_at_ms = if occasion.trigger == Trigger::Purchase { available_at_ms(programme, moment, zone) } else { 0 };
        (gift.points, gift.expires_at_ms) = (points, expires_at_ms(expiry, moment, zone));
        let expires_at_ms = gift.expires_at_ms;
        let lot = Lot { entry: turn.id.0, earned: points, remaining: points, available_at_ms, expires_at_ms };
        state.points.give(lot, turn.now_ms);
        turn.post(sink, holder, Asset::Points, points, Account::Issued, Account::Holder);
    }
    if gift.points > 0 || gift.coupon.is_some() {
        note_use(state, &occasion.id, periods);
    }
    gift
}

/// Gives a coupon that a rule at a place promises, under the id that stands ready for it among those of the entry.
pub(crate) fn give_coupon(
    turn: &Turn<'_>,
    world: &mut World,
    (template, place, fresh): (TemplateId, usize, usize),
    member: MemberId,
) -> Result<GivenCoupon, Withheld> {
    let said = world.withheld.get(&turn.id).and_then(|said| said.iter().find(|(rule, _)| *rule == place));
    if let Some((_, why)) = said {
        return Err(*why);
    }
    let id = match world.fresh.get(&turn.id) {
        // Folded again for one of two who were one person, it would bring a coupon that there never was.
        Some(ids) => ids.get(fresh).copied().ok_or(Withheld::Cap)?,
        // Nothing is kept of what is only tried.
        None => CouponId(turn.id.0),
    };
    let coupon = coupon::give(turn, world, (template, id), member).map_err(Withheld::from)?;
    let name = world.templates.get(&template).map_or_else(String::new, |held| held.ready.offer.name.clone());
    Ok(GivenCoupon { coupon: coupon.id, template, name, from_day: coupon.from_day, until_day: coupon.until_day })
}

/// The periods over which the caps of an occasion count, each with how often it is given in it.
fn periods(caps: &Caps, day: i32) -> impl Iterator<Item = (CapPeriod, i64)> {
    let year = i32::from(date_of(day).year());
    let day = caps.per_day.map(|most| (CapPeriod::Day(day), most));
    let year = caps.per_year.map(|most| (CapPeriod::Year(year), most));
    [day, year, caps.ever.map(|most| (CapPeriod::Ever, most))].into_iter().flatten()
}

fn used(state: &HolderState, rule: &str, period: CapPeriod) -> i64 {
    state.occasions.iter().find(|cap| cap.rule == rule && cap.period == period).map_or(0, |cap| cap.used)
}

fn note_use(state: &mut HolderState, rule: &str, periods: &[(CapPeriod, i64)]) {
    for (period, _) in periods {
        match state.occasions.iter_mut().find(|cap| cap.rule == rule && cap.period == *period) {
            Some(cap) => cap.used += 1,
            None => state.occasions.push(CapUse { rule: rule.to_owned(), period: *period, used: 1 }),
        }
    }
}

/// Drops what nothing asks about any more.
pub(crate) fn forget_old(state: &mut HolderState, day: i32) {
    if state.occasions.is_empty() {
        return;
    }
    let oldest = day - REMEMBERED_DAYS;
    let year = i32::from(date_of(oldest).year());
    state.occasions.retain(|cap| match cap.period {
        CapPeriod::Day(known) => known >= oldest,
        CapPeriod::Month(known) => known >= year * 12,
        CapPeriod::Year(known) => known >= year,
        CapPeriod::Ever => true,
    });
}

/// Whether an occasion of a kept purchase holds for what is left of it, by the rules and facts of then.
fn holds_still(published: &Published, kept: &KeptPurchase, gift: &Gift, left: Basket<'_>) -> bool {
    let ready = published.ready_occasions.get(gift.rule);
    !left.lines.is_empty()
        && left.amount_minor > 0
        && ready.is_some_and(|ready| ready.holds(&Scene { basket: left, member: &kept.award.facts }))
}

/// Of the points that a purchase was the occasion for, those that it still is the occasion for when so much is left of it.
pub(crate) fn points_kept(published: &Published, kept: &KeptPurchase, left: Basket<'_>) -> i64 {
    let gifts = kept.award.gifts.iter().filter(|gift| gift.points > 0);
    gifts.filter(|gift| holds_still(published, kept, gift, left)).map(|gift| gift.points).sum()
}

/// Takes the coupons away that a purchase was the occasion for and no longer is. Returns those that were taken away, and those that are
/// used or in other hands already and stay.
pub(crate) fn take_back(
    coupons: &mut HashMap<CouponId, HeldCoupon>,
    (published, kept): (&Published, &KeptPurchase),
    (before, after): (Basket<'_>, Basket<'_>),
) -> [Vec<CouponId>; 2] {
    let mut taken = [Vec::new(), Vec::new()];
    for gift in &kept.award.gifts {
        let Some(given) = &gift.coupon else { continue };
        if !holds_still(published, kept, gift, before) || holds_still(published, kept, gift, after) {
            continue;
        }
        let Some(held) = coupons.get_mut(&given.coupon) else { continue };
        if held.coupon.state == CouponState::Issued && held.coupon.holder == Some(kept.holder) {
            held.coupon.state = CouponState::Void;
            held.changed_by.push(kept.holder);
            taken[0].push(given.coupon);
        } else if held.coupon.state != CouponState::Void {
            taken[1].push(given.coupon);
        }
    }
    taken
}

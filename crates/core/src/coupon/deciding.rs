//! What is decided about coupons: which a purchase may use, what using them leaves, and what is given, claimed and taken away.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::sync::Arc;

use super::{
    CodeMark, Coded, Coupon, CouponAct, CouponDetail, CouponEvent, CouponOrder, CouponRefusal, CouponState, HeldCoupon,
    HeldTemplate, MAX_COUPONS, Named, OnReturn, Presented, ReadyTemplate, Shown,
};
use crate::decide::{Detail, Entry, Sink, Turn, World};
use crate::id::{CouponId, HolderId, MemberId, PurchaseId, TemplateId};
use crate::purchase::{KeptPurchase, Order, Pricing};
use crate::quote::Quote;
use crate::refusal::Refusal;

/// A coupon that stands beside the offers of a purchase, with what it is worth.
pub(crate) struct Candidate {
    pub presented: Presented,
    pub ready: Arc<ReadyTemplate>,
}

fn refuse(place: usize, why: CouponRefusal) -> Refusal {
    Refusal::Coupon { place: Some(place), why }
}

fn template(world: &World, id: TemplateId) -> Result<&HeldTemplate, CouponRefusal> {
    world.templates.get(&id).ok_or(CouponRefusal::UnknownTemplate)
}

/// Whether a coupon may be used by a holder on a business day.
fn usable(coupon: &Coupon, holder: HolderId, day: i32) -> Result<(), CouponRefusal> {
    match coupon.state {
        CouponState::Used => return Err(CouponRefusal::Used),
        CouponState::Void => return Err(CouponRefusal::Void),
        CouponState::Issued => {}
    }
    if coupon.holder.is_some_and(|of| of != holder) {
        Err(CouponRefusal::OfAnother)
    } else if day < coupon.from_day {
        Err(CouponRefusal::NotYet(coupon.from_day))
    } else if coupon.until_day < day {
        Err(CouponRefusal::Expired(coupon.until_day))
    } else {
        Ok(())
    }
}

/// Whether one more coupon of a template may be given to a holder, beside `more` that the same command gives.
fn may_give(world: &World, id: TemplateId, holder: HolderId, more: i64) -> Result<Arc<ReadyTemplate>, CouponRefusal> {
    let held = template(world, id)?;
    let caps = held.ready.template.caps;
    if !held.open {
        return Err(CouponRefusal::Closed);
    }
    if caps.issued.is_some_and(|most| held.counts.issued + held.added.issued + more >= most) {
        return Err(CouponRefusal::AllGiven);
    }
    may_take(world, id, holder, more)?;
    Ok(Arc::clone(&held.ready))
}

/// Whether a holder may have one more of a template, beside `more` that she gets with the same command.
fn may_take(world: &World, id: TemplateId, holder: HolderId, more: i64) -> Result<(), CouponRefusal> {
    let has = world.given.get(&(holder, id)).copied().unwrap_or(0) + more;
    match template(world, id)?.ready.template.caps.per_member {
        Some(most) if has >= most => Err(CouponRefusal::EnoughForMember(most)),
        _ => Ok(()),
    }
}

/// Coupons of a template among candidates that are nobody's yet.
fn unclaimed(world: &World, id: TemplateId, candidates: &[Candidate]) -> i64 {
    let nobodys = |coupon: &CouponId| world.coupons.get(coupon).is_none_or(|held| held.coupon.holder.is_none());
    let of_it = candidates.iter().filter(|other| other.presented.template == id && nobodys(&other.presented.coupon));
    of_it.count() as i64
}

/// The coupons that a purchase names, in its order, each such that it may be used.
pub(crate) fn present(world: &World, order: &Order, holder: HolderId) -> Result<Vec<Candidate>, Refusal> {
    if order.coupons.is_empty() {
        return Ok(Vec::new());
    }
    if order.coupons.len() > MAX_COUPONS {
        return Err(Refusal::Coupon { place: None, why: CouponRefusal::TooMany });
    }
    if order.pricing != Pricing::List {
        return Err(Refusal::Coupon { place: None, why: CouponRefusal::PaidPrices });
    }
    let mut found: Vec<Candidate> = Vec::with_capacity(order.coupons.len());
    for (place, shown) in order.coupons.iter().enumerate() {
        let candidate = candidate(world, shown, (holder, order.moment.day), &found).map_err(|why| refuse(place, why))?;
        found.push(candidate);
    }
    Ok(found)
}

fn candidate(
    world: &World,
    shown: &Shown,
    (holder, day): (HolderId, i32),
    before: &[Candidate],
) -> Result<Candidate, CouponRefusal> {
    let coded = match &shown.named {
        Named::Id(id) => Coded::Coupon(*id),
        Named::Code(hash) => *world.codes.get(hash).ok_or(CouponRefusal::Unknown)?,
    };
    let (presented, ready) = match coded {
        Coded::Coupon(id) => {
            let coupon = &world.coupons.get(&id).ok_or(CouponRefusal::Unknown)?.coupon;
            usable(coupon, holder, day)?;
            if coupon.holder.is_none() && matches!(shown.named, Named::Id(_)) {
                // Ids are no secret: only its code leads to a coupon that is nobody's.
                return Err(CouponRefusal::Unclaimed);
            }
            if coupon.holder.is_none() {
                may_take(world, coupon.template, holder, unclaimed(world, coupon.template, before))?;
            }
            (presented(coupon, false), Arc::clone(&template(world, coupon.template)?.ready))
        }
        Coded::Shared(id) => match claimed(world, id, (holder, day), before) {
            Some(coupon) => (presented(coupon, false), Arc::clone(&template(world, id)?.ready)),
            None => made(world, (id, shown.fresh), (holder, day), before)?,
        },
        Coded::Fresh(id) => made(world, (id, shown.fresh), (holder, day), before)?,
    };
    if before.iter().any(|other| other.presented.coupon == presented.coupon) {
        return Err(CouponRefusal::Twice);
    }
    let held = template(world, presented.template)?;
    if ready.template.caps.used.is_some_and(|most| held.counts.used + held.added.used >= most) {
        return Err(CouponRefusal::AllUsed);
    }
    Ok(Candidate { presented, ready })
}

/// A coupon that a shared code makes for a purchase.
fn made(
    world: &World,
    (id, as_id): (TemplateId, CouponId),
    (holder, day): (HolderId, i32),
    before: &[Candidate],
) -> Result<(Presented, Arc<ReadyTemplate>), CouponRefusal> {
    let ready = may_give(world, id, holder, unclaimed(world, id, before))?;
    let coupon = Coupon::fresh(&ready, as_id, day, 0);
    usable(&coupon, holder, day)?;
    Ok((presented(&coupon, true), ready))
}

/// The coupon of a shared code that she has claimed already and may use, which is not named yet.
fn claimed<'a>(world: &'a World, id: TemplateId, (holder, day): (HolderId, i32), before: &[Candidate]) -> Option<&'a Coupon> {
    let hers = world.coupons.values().map(|held| &held.coupon).filter(|coupon| coupon.template == id);
    let hers = hers.filter(|coupon| coupon.holder == Some(holder) && usable(coupon, holder, day).is_ok());
    hers.filter(|coupon| before.iter().all(|other| other.presented.coupon != coupon.id)).min_by_key(|coupon| coupon.id)
}

fn presented(coupon: &Coupon, fresh: bool) -> Presented {
    let Coupon { id, template, from_day, until_day, .. } = *coupon;
    Presented { coupon: id, template, from_day, until_day, fresh }
}

/// Checks that what was found for a purchase is within the caps: of several coupons of a template too, and within its budget. Returns which
/// coupons it uses and what each takes off, in minor units.
pub(crate) fn settle(
    world: &World,
    candidates: &[Candidate],
    quote: &Quote,
    offers: usize,
) -> Result<Vec<(Presented, i64)>, Refusal> {
    let mut used: Vec<(Presented, i64)> = Vec::new();
    for applied in &quote.applied {
        let Some(place) = applied.offer.checked_sub(offers).filter(|place| *place < candidates.len()) else { continue };
        let Candidate { presented, ready } = &candidates[place];
        used.push((*presented, applied.off_minor()));
        let held = template(world, presented.template).map_err(|why| refuse(place, why))?;
        let of_it = || used.iter().filter(|(other, _)| other.template == presented.template);
        let (pieces, off_minor) = (of_it().count() as i64, of_it().map(|(_, minor)| minor).sum::<i64>());
        let caps = ready.template.caps;
        if caps.used.is_some_and(|most| held.counts.used + held.added.used + pieces > most) {
            return Err(refuse(place, CouponRefusal::AllUsed));
        }
        if caps.budget_minor.is_some_and(|most| held.counts.off_minor + held.added.off_minor + off_minor > most) {
            return Err(refuse(place, CouponRefusal::BudgetSpent));
        }
    }
    Ok(used)
}

/// Adds to the counts of a template.
fn count(
    templates: &mut HashMap<TemplateId, HeldTemplate>,
    id: TemplateId,
    holder: HolderId,
    [issued, used, off_minor]: [i64; 3],
) {
    let Some(held) = templates.get_mut(&id) else { return };
    held.added.issued += issued;
    held.added.used += used;
    held.added.off_minor += off_minor;
    held.added_by.push(holder);
}

impl World {
    fn give(&mut self, coupon: Coupon, holder: HolderId) {
        let (id, template) = (coupon.id, coupon.template);
        let fresh = HeldCoupon { coupon, version: 0, is_coded: false, new_code: None, changed_by: vec![holder] };
        self.coupons.insert(id, fresh);
        *self.given.entry((holder, template)).or_default() += 1;
        count(&mut self.templates, template, holder, [1, 0, 0]);
    }

    /// Takes note that coupons were used on a purchase.
    pub(crate) fn use_coupons(
        &mut self,
        (purchase, member, holder): (PurchaseId, MemberId, HolderId),
        used: &[(Presented, i64)],
        now_ms: i64,
    ) {
        for (presented, off_minor) in used {
            if presented.fresh {
                let Presented { coupon: id, template, from_day, until_day, .. } = *presented;
                let (state, issued_at_ms) = (CouponState::Issued, now_ms);
                let nobody = Coupon {
                    id,
                    template,
                    member: None,
                    holder: None,
                    state,
                    from_day,
                    until_day,
                    purchase: None,
                    off_minor: 0,
                    issued_at_ms,
                };
                self.give(nobody, holder);
            }
            let Some(held) = self.coupons.get_mut(&presented.coupon) else { continue };
            let coupon = &mut held.coupon;
            (coupon.state, coupon.purchase, coupon.off_minor) = (CouponState::Used, Some(purchase), *off_minor);
            if coupon.member.is_none() {
                if !presented.fresh {
                    *self.given.entry((holder, presented.template)).or_default() += 1;
                }
                (coupon.member, coupon.holder) = (Some(member), Some(holder));
            }
            held.changed_by.push(holder);
            count(&mut self.templates, presented.template, holder, [0, 1, *off_minor]);
        }
    }
}

/// Gives the coupons of a purchase back of which nothing is left; which.
pub(crate) fn give_back(
    turn: &Turn<'_>,
    (coupons, templates): (&mut HashMap<CouponId, HeldCoupon>, &mut HashMap<TemplateId, HeldTemplate>),
    kept: &KeptPurchase,
) -> Vec<CouponId> {
    let Some(priced) = kept.award.offers.as_ref().filter(|priced| !priced.coupons.is_empty()) else { return Vec::new() };
    let mut back = Vec::new();
    for presented in &priced.coupons {
        let Some(rule) = templates.get(&presented.template).map(|held| held.ready.template.on_return) else { continue };
        let Some(held) = coupons.get_mut(&presented.coupon) else { continue };
        let coupon = &mut held.coupon;
        let used_here = coupon.state == CouponState::Used && coupon.purchase == Some(kept.id);
        if !used_here || rule == OnReturn::Never || coupon.until_day < turn.today {
            continue;
        }
        let off_minor = std::mem::take(&mut coupon.off_minor);
        (coupon.state, coupon.purchase) = (CouponState::Issued, None);
        held.changed_by.push(kept.holder);
        back.push(presented.coupon);
        count(templates, presented.template, kept.holder, [0, -1, -off_minor]);
    }
    back
}

/// Does something with a coupon of a member.
pub(crate) fn act(turn: &Turn<'_>, world: &mut World, order: &CouponOrder, sink: &mut impl Sink) -> Result<HolderId, Refusal> {
    let facts = world.members.get(&order.member).ok_or(Refusal::UnknownMember)?;
    let holder = facts.holder;
    let closed = facts.status.has_left();
    if closed && !matches!(order.act, CouponAct::Void(_)) {
        return Err(Refusal::MemberClosed);
    }
    let (event, coupon) = match &order.act {
        CouponAct::Issue { template, fresh } => (CouponEvent::Issued, give(turn, world, (*template, *fresh), order.member)),
        CouponAct::Claim(shown) => claim(turn, world, shown, order.member),
        CouponAct::Release(id, code) => (CouponEvent::Released, release(turn, world, (*id, code.clone()), holder)),
        CouponAct::Void(id) => (CouponEvent::Voided, void(world, *id, holder)),
    };
    let coupon = coupon.map_err(|why| Refusal::Coupon { place: None, why })?;
    let ready = &template(world, coupon.template).map_err(|why| Refusal::Coupon { place: None, why })?.ready;
    let detail = Detail::Coupon(CouponDetail {
        event,
        coupon: coupon.id,
        template: coupon.template,
        name: ready.offer.name.clone(),
        from_day: coupon.from_day,
        until_day: coupon.until_day,
        reason: order.reason.clone(),
    });
    world.held(holder).changed = true;
    sink.entry(
        turn.index,
        Entry {
            id: turn.id,
            holder,
            member: order.member,
            occurred_at_ms: turn.now_ms,
            actor: turn.actor,
            programme_version: turn.rules.current.version,
            purchase: None,
            detail,
        },
    );
    Ok(holder)
}

/// Gives a member a coupon of a template, as an id.
pub(crate) fn give(
    turn: &Turn<'_>,
    world: &mut World,
    (id, as_id): (TemplateId, CouponId),
    member: MemberId,
) -> Result<Coupon, CouponRefusal> {
    let holder = world.members.get(&member).map_or(HolderId(member.0), |facts| facts.holder);
    let ready = may_give(world, id, holder, 0)?;
    let coupon = Coupon { member: Some(member), holder: Some(holder), ..Coupon::fresh(&ready, as_id, turn.today, turn.now_ms) };
    if coupon.until_day < turn.today {
        return Err(CouponRefusal::Expired(coupon.until_day));
    }
    world.give(coupon.clone(), holder);
    Ok(coupon)
}

fn claim(turn: &Turn<'_>, world: &mut World, shown: &Shown, member: MemberId) -> (CouponEvent, Result<Coupon, CouponRefusal>) {
    let coded = match &shown.named {
        Named::Id(id) => Some(Coded::Coupon(*id)),
        Named::Code(hash) => world.codes.get(hash).copied(),
    };
    match coded {
        None => (CouponEvent::Claimed, Err(CouponRefusal::Unknown)),
        Some(Coded::Shared(id) | Coded::Fresh(id)) => (CouponEvent::Shared, give(turn, world, (id, shown.fresh), member)),
        Some(Coded::Coupon(id)) => (CouponEvent::Claimed, take(turn, world, id, member)),
    }
}

/// Gives the coupon of a code to whoever has the code.
fn take(turn: &Turn<'_>, world: &mut World, id: CouponId, member: MemberId) -> Result<Coupon, CouponRefusal> {
    let holder = world.members.get(&member).map_or(HolderId(member.0), |facts| facts.holder);
    let coupon = &world.coupons.get(&id).ok_or(CouponRefusal::Unknown)?.coupon;
    // Before its first day it may be claimed, and not used.
    match usable(coupon, holder, turn.today.max(coupon.from_day)) {
        Ok(()) if coupon.holder.is_none() => {}
        // Hers already: claiming it twice is a slip, not a second coupon.
        Ok(()) => return Err(CouponRefusal::Twice),
        Err(why) => return Err(why),
    }
    let of = coupon.template;
    may_take(world, of, holder, 0)?;
    *world.given.entry((holder, of)).or_default() += 1;
    let Slot::Occupied(mut slot) = world.coupons.entry(id) else { return Err(CouponRefusal::Unknown) };
    let held = slot.get_mut();
    (held.coupon.member, held.coupon.holder) = (Some(member), Some(holder));
    held.changed_by.push(holder);
    Ok(held.coupon.clone())
}

/// Hands a coupon on: from now on it is whoever's who claims its code.
fn release(
    turn: &Turn<'_>,
    world: &mut World,
    (id, code): (CouponId, Option<CodeMark>),
    holder: HolderId,
) -> Result<Coupon, CouponRefusal> {
    let of = in_hand(world, id, holder)?.coupon.clone();
    if !template(world, of.template)?.ready.template.transferable {
        return Err(CouponRefusal::NotTransferable);
    }
    if of.until_day < turn.today {
        return Err(CouponRefusal::Expired(of.until_day));
    }
    *world.given.entry((holder, of.template)).or_default() -= 1;
    let held = in_hand(world, id, holder)?;
    (held.coupon.member, held.coupon.holder) = (None, None);
    if !held.is_coded {
        (held.is_coded, held.new_code) = (true, code);
    }
    held.changed_by.push(holder);
    Ok(held.coupon.clone())
}

/// A coupon that a holder has and has not used.
fn in_hand(world: &mut World, id: CouponId, holder: HolderId) -> Result<&mut HeldCoupon, CouponRefusal> {
    let held = world.coupons.get_mut(&id).ok_or(CouponRefusal::Unknown)?;
    match (held.coupon.state, held.coupon.holder) {
        (CouponState::Used, _) => Err(CouponRefusal::Used),
        (CouponState::Void, _) => Err(CouponRefusal::Void),
        (CouponState::Issued, None) => Err(CouponRefusal::Unclaimed),
        (CouponState::Issued, Some(of)) if of != holder => Err(CouponRefusal::OfAnother),
        (CouponState::Issued, Some(_)) => Ok(held),
    }
}

/// Takes a coupon away from its holder.
fn void(world: &mut World, id: CouponId, holder: HolderId) -> Result<Coupon, CouponRefusal> {
    let held = in_hand(world, id, holder)?;
    held.coupon.state = CouponState::Void;
    held.changed_by.push(holder);
    Ok(held.coupon.clone())
}

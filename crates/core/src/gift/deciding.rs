//! What is decided about gifts: putting one aside, handing it out, and giving its points back.

use super::{GiftAct, GiftDetail, GiftEvent, GiftOrder, GiftRefusal, HeldReservation, Reservation, ReservationState};
use crate::coupon::CodeMark;
use crate::decide::{Detail, Entry, Sink, Turn, World};
use crate::id::{GiftId, HolderId, MemberId, ReservationId};
use crate::ledger::{Account, Asset};
use crate::purchase::TenderKind;
use crate::refusal::Refusal;
use crate::time::{date_of, start_of_business_day_ms};
use crate::value::{self, PaidValue};

fn refuse<T>(why: GiftRefusal) -> Result<T, Refusal> {
    Err(Refusal::Gift(why))
}

/// Does something with a gift of a member; none where a time that is said to be over is not.
pub(crate) fn act(
    turn: &Turn<'_>,
    world: &mut World,
    order: &GiftOrder,
    sink: &mut impl Sink,
) -> Result<Option<HolderId>, Refusal> {
    let facts = world.members.get(&order.member).ok_or(Refusal::UnknownMember)?;
    let (holder, closed) = (facts.holder, facts.status.has_left());
    if closed && matches!(order.act, GiftAct::Reserve { .. } | GiftAct::HandOver { .. }) {
        return Err(Refusal::MemberClosed);
    }
    let whose = (order.member, holder);
    let detail = match &order.act {
        GiftAct::Reserve { .. } => reserve(turn, world, whose, &order.act, sink)?,
        GiftAct::HandOver { reservation, store, tender, parcel } => {
            let mut detail = hand_over(turn, world, whose, (*reservation, store.as_deref(), *tender), sink)?;
            detail.parcel.clone_from(parcel);
            detail
        }
        GiftAct::Cancel { reservation, may_be_handed } => {
            let state = of(world, *reservation, order.member)?.reservation.state;
            if state == ReservationState::Handed && !may_be_handed {
                return refuse(GiftRefusal::Handed);
            }
            give_back(turn, world, whose, (*reservation, GiftEvent::Cancelled), sink)?
        }
        GiftAct::Lapse(id) => {
            let reservation = &of(world, *id, order.member)?.reservation;
            if reservation.state != ReservationState::Reserved || !is_over(reservation, turn.now_ms) {
                return Ok(None);
            }
            give_back(turn, world, whose, (*id, GiftEvent::Lapsed), sink)?
        }
    };
    let held = world.held(holder);
    held.changed = true;
    let (staff, reason) = (order.staff.clone(), order.reason.clone());
    let detail = Detail::Gift(GiftDetail { staff, reason, balance_after: held.state.points.balance(), ..detail });
    let (id, member, actor, occurred_at_ms) = (turn.id, order.member, turn.actor, turn.now_ms);
    let programme_version = turn.rules.current.version;
    sink.entry(turn.index, Entry { id, holder, member, occurred_at_ms, actor, programme_version, purchase: None, detail });
    Ok(Some(holder))
}

/// Whether the time in which it may be collected is over.
fn is_over(reservation: &Reservation, now_ms: i64) -> bool {
    reservation.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms)
}

/// A reservation of a member.
fn of(world: &mut World, id: ReservationId, member: MemberId) -> Result<&mut HeldReservation, Refusal> {
    let held = world.reservations.get_mut(&id).filter(|held| held.reservation.member == member);
    held.ok_or(Refusal::Gift(GiftRefusal::UnknownReservation))
}

fn reserve(
    turn: &Turn<'_>,
    world: &mut World,
    (member, holder): (MemberId, HolderId),
    act: &GiftAct,
    sink: &mut impl Sink,
) -> Result<GiftDetail, Refusal> {
    let GiftAct::Reserve { gift, revision, allowance, store, delivery, fresh, mark } = act else {
        return refuse(GiftRefusal::Unknown);
    };
    let Some(known) = world.gifts.get(gift) else { return refuse(GiftRefusal::Unknown) };
    if known.revision != *revision {
        return refuse(GiftRefusal::Changed);
    }
    let most = known.most(*allowance, turn.today).map_err(Refusal::Gift)?;
    let terms = &known.terms;
    if !(if *delivery { terms.delivered } else { terms.collected }) {
        return refuse(if *delivery { GiftRefusal::NotDelivered } else { GiftRefusal::NotCollected });
    }
    let had = world.gifts_had.get(&(holder, *gift)).copied().unwrap_or(0);
    if let Some(most) = most.filter(|most| had >= *most) {
        return refuse(GiftRefusal::EnoughForMember(most));
    }
    if world.stocks.get(&(*gift, store.clone())).is_none_or(|stock| stock.left() < 1) {
        return refuse(GiftRefusal::NoStock);
    }
    let available = world.holders.get(&holder).map_or(0, |held| held.state.points.available(turn.now_ms));
    if terms.points > available && !world.may_owe {
        return Err(Refusal::InsufficientPoints { available, needed: terms.points });
    }
    let (points, hold_days) = (terms.points, terms.hold_days);
    let mut reservation = Reservation {
        id: *fresh,
        gift: *gift,
        member,
        store: store.clone(),
        delivery: *delivery,
        state: ReservationState::Reserved,
        expires_at_ms: (!delivery).then(|| end_of_hold_ms(turn, hold_days)),
        name: terms.name.clone(),
        lots: Vec::new(),
        amount_minor: terms.amount_minor,
        value: None,
    };
    let purse = &mut world.held(holder).state.points;
    purse.spend_or_owe(turn.id.0, points, turn.now_ms, |taken| reservation.lots.push(taken));
    turn.post(sink, holder, Asset::Points, points, Account::Holder, Account::Redeemed);
    count(world, &reservation, holder, [1, 0]);
    *world.gifts_had.entry((holder, *gift)).or_default() += 1;
    let detail = GiftDetail { most, hold_days, ..detail(&reservation, GiftEvent::Reserved) };
    keep(world, reservation, holder, mark);
    Ok(detail)
}

/// Puts a new reservation into the world.
fn keep(world: &mut World, reservation: Reservation, holder: HolderId, mark: &CodeMark) {
    let held = HeldReservation { version: 0, mark: Some(mark.clone()), changed_by: vec![holder], reservation };
    world.reservations.insert(held.reservation.id, held);
}

/// When the last business day is over on which a gift may be collected that is put aside today.
fn end_of_hold_ms(turn: &Turn<'_>, hold_days: i64) -> i64 {
    let clock = turn.rules.clock();
    let day = turn.today.saturating_add(i32::try_from(hold_days).unwrap_or(0));
    start_of_business_day_ms(date_of(day), &clock.zone, clock.cut_hour)
}

/// What an entry says of a reservation.
fn detail(reservation: &Reservation, event: GiftEvent) -> GiftDetail {
    GiftDetail {
        event,
        reservation: reservation.id,
        gift: reservation.gift,
        name: reservation.name.clone(),
        store: reservation.store.clone(),
        delivery: reservation.delivery,
        lots: reservation.lots.clone(),
        amount_minor: reservation.amount_minor,
        most: None,
        hold_days: 0,
        expires_at_ms: reservation.expires_at_ms,
        tender: None,
        value: None,
        parcel: None,
        staff: None,
        reason: None,
        balance_after: 0,
    }
}

/// Adds to what a store has put aside and handed out.
fn count(world: &mut World, reservation: &Reservation, holder: HolderId, added: [i64; 2]) {
    let key: (GiftId, String) = (reservation.gift, reservation.store.clone());
    let Some(stock) = world.stocks.get_mut(&key) else { return };
    stock.added = [stock.added[0] + added[0], stock.added[1] + added[1]];
    stock.added_by.push(holder);
}

/// Refuses a tender where none is due, and none where one is.
fn check_tender(amount_minor: i64, tender: Option<TenderKind>) -> Result<(), Refusal> {
    match (amount_minor, tender) {
        (0, None) => Ok(()),
        (0, Some(_)) => refuse(GiftRefusal::NothingToPay),
        (amount_minor, None | Some(TenderKind::Points)) => refuse(GiftRefusal::TenderMissing(amount_minor)),
        (_, Some(_)) => Ok(()),
    }
}

fn hand_over(
    turn: &Turn<'_>,
    world: &mut World,
    (member, holder): (MemberId, HolderId),
    (id, store, tender): (ReservationId, Option<&str>, Option<TenderKind>),
    sink: &mut impl Sink,
) -> Result<GiftDetail, Refusal> {
    let reservation = &of(world, id, member)?.reservation;
    match reservation.state {
        ReservationState::Reserved if is_over(reservation, turn.now_ms) => return refuse(GiftRefusal::Lapsed),
        ReservationState::Reserved => {}
        ReservationState::Handed => return refuse(GiftRefusal::Handed),
        ReservationState::Cancelled => return refuse(GiftRefusal::Cancelled),
        ReservationState::Lapsed => return refuse(GiftRefusal::Lapsed),
    }
    if store.is_some_and(|store| store != reservation.store) {
        return refuse(GiftRefusal::OtherStore);
    }
    let amount_minor = reservation.amount_minor;
    check_tender(amount_minor, tender)?;
    let mut value = None;
    if tender == Some(TenderKind::StoredValue) {
        value::check_enough(world, holder, amount_minor, turn.now_ms)?;
        value = Some(value::spend(turn, &mut world.held(holder).state, holder, amount_minor, sink));
    }
    let held = of(world, id, member)?;
    (held.reservation.state, held.reservation.value) = (ReservationState::Handed, value.clone());
    held.changed_by.push(holder);
    let reservation = held.reservation.clone();
    count(world, &reservation, holder, [-1, 1]);
    Ok(GiftDetail { tender, value, ..detail(&reservation, GiftEvent::Handed) })
}

/// Gives points, and stored value that paid beside them, back into the lots that they came from.
fn give_back(
    turn: &Turn<'_>,
    world: &mut World,
    (member, holder): (MemberId, HolderId),
    (id, event): (ReservationId, GiftEvent),
    sink: &mut impl Sink,
) -> Result<GiftDetail, Refusal> {
    let held = of(world, id, member)?;
    let was = held.reservation.state;
    match was {
        ReservationState::Reserved | ReservationState::Handed => {}
        ReservationState::Cancelled => return refuse(GiftRefusal::Cancelled),
        ReservationState::Lapsed => return refuse(GiftRefusal::Lapsed),
    }
    held.reservation.state = if event == GiftEvent::Lapsed { ReservationState::Lapsed } else { ReservationState::Cancelled };
    held.changed_by.push(holder);
    let value = held.reservation.value.take();
    let reservation = held.reservation.clone();
    let state = &mut world.held(holder).state;
    let points = reservation.points();
    value::put_back(&mut state.points, &reservation.lots, 0, points, turn.now_ms);
    turn.post(sink, holder, Asset::Points, points, Account::Redeemed, Account::Holder);
    if let Some(paid) = &value {
        value::give_back(turn, state, holder, paid, (PaidValue::total(paid), 0), sink);
    }
    count(world, &reservation, holder, if was == ReservationState::Handed { [0, -1] } else { [-1, 0] });
    *world.gifts_had.entry((holder, reservation.gift)).or_default() -= 1;
    Ok(GiftDetail { value, ..detail(&reservation, event) })
}

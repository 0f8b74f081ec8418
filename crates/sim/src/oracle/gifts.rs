//! Gifts in the oracle's books: put aside while there are any, handed out once, and what they cost given back once.

use std::collections::HashMap;

use anyhow::{Context, bail, ensure};
use danggol_core::decide::{Command, Rules};
use danggol_core::gift::{GiftAct, GiftDetail, GiftEvent, GiftOrder, GiftRefusal, ReservationState};
use danggol_core::id::{GiftId, MemberId, ReservationId};
use danggol_core::purchase::TenderKind;

use super::Book;
use crate::soak::shelf;

/// A gift that somebody put aside.
#[derive(Debug, Clone)]
struct Aside {
    member: MemberId,
    gift: GiftId,
    store: String,
    state: ReservationState,
    /// The first business day on which it is too late; none of what is sent.
    late_from: Option<i32>,
    /// Principal and bonus that paid beside points.
    value: [i64; 2],
}

/// All gifts that were put aside.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf {
    aside: HashMap<ReservationId, Aside>,
}

impl Shelf {
    fn count(&self, counts: impl Fn(&Aside) -> bool) -> i64 {
        let stands = |aside: &&Aside| matches!(aside.state, ReservationState::Reserved | ReservationState::Handed);
        self.aside.values().filter(stands).filter(|aside| counts(aside)).count() as i64
    }

    fn left(&self, gift: GiftId, store: &str) -> i64 {
        let pieces = shelf::STORES.iter().find(|(known, _)| *known == store).map_or(0, |(_, pieces)| *pieces);
        pieces - self.count(|aside| aside.gift == gift && aside.store == store)
    }

    fn had(&self, gift: GiftId, member: MemberId) -> i64 {
        self.count(|aside| aside.gift == gift && aside.member == member)
    }

    /// What a command would pay with stored value.
    pub(super) fn asked_value(&self, command: &Command) -> i64 {
        let Command::Gift(GiftOrder { act: GiftAct::HandOver { reservation, .. }, .. }) = command else { return 0 };
        self.aside.get(reservation).map_or(0, |aside| shelf::terms(aside.gift).amount_minor)
    }

    /// A gift may be refused only where it is not to be had.
    pub(super) fn may_refuse(&self, rules: &Rules, command: &Command, why: GiftRefusal, now_ms: i64) -> anyhow::Result<()> {
        let Command::Gift(order) = command else { bail!("{command:?} names no gift") };
        let today = rules.moment(now_ms).day;
        match &order.act {
            GiftAct::Reserve { gift, store, delivery, .. } => {
                let terms = shelf::terms(*gift);
                match why {
                    GiftRefusal::Unknown => ensure!(!shelf::GIFTS.contains(gift), "it is on the shelf"),
                    GiftRefusal::NoStock => ensure!(self.left(*gift, store) == 0, "{store} has some left"),
                    GiftRefusal::EnoughForMember(most) => ensure!(self.had(*gift, order.member) == most, "she had fewer"),
                    GiftRefusal::NotDelivered => ensure!(*delivery && !terms.delivered, "it is delivered"),
                    why => bail!("{why:?} of {order:?}"),
                }
            }
            GiftAct::HandOver { reservation, .. } | GiftAct::Cancel { reservation, .. } | GiftAct::Lapse(reservation) => {
                let aside = self.aside.get(reservation).filter(|aside| aside.member == order.member);
                if why == GiftRefusal::UnknownReservation {
                    ensure!(aside.is_none(), "{aside:?} is hers");
                    return Ok(());
                }
                let aside = aside.context("it is nobody's")?;
                let is_late = aside.late_from.is_some_and(|day| day <= today);
                match why {
                    GiftRefusal::Handed => ensure!(aside.state == ReservationState::Handed, "{aside:?}"),
                    GiftRefusal::Cancelled => ensure!(aside.state == ReservationState::Cancelled, "{aside:?}"),
                    GiftRefusal::Lapsed => {
                        ensure!(aside.state == ReservationState::Lapsed || is_late, "{aside:?} is in time");
                    }
                    GiftRefusal::OtherStore => ensure!(self.asks_elsewhere(order, aside), "{aside:?} is there"),
                    GiftRefusal::TenderMissing(_) => ensure!(shelf::terms(aside.gift).amount_minor > 0, "nothing is due"),
                    GiftRefusal::NothingToPay => ensure!(shelf::terms(aside.gift).amount_minor == 0, "something is due"),
                    why => bail!("{why:?} of {aside:?}"),
                }
            }
        }
        Ok(())
    }

    fn asks_elsewhere(&self, order: &GiftOrder, aside: &Aside) -> bool {
        matches!(&order.act, GiftAct::HandOver { store: Some(store), .. } if *store != aside.store)
    }

    /// What was done with a gift.
    pub(super) fn noted(
        &mut self,
        (rules, now_ms): (&Rules, i64),
        book: &mut Book,
        (order, detail): (&GiftOrder, &GiftDetail),
        (moved, moved_value): ([i64; 2], [i64; 2]),
    ) -> anyhow::Result<()> {
        let today = rules.moment(now_ms).day;
        let lots: i64 = detail.lots.iter().map(|lot| lot.amount).sum();
        let terms = shelf::terms(detail.gift);
        ensure!(lots == terms.points, "the lots are {lots} of {}", terms.points);
        match (&order.act, detail.event) {
            (GiftAct::Reserve { gift, store, delivery, fresh, .. }, GiftEvent::Reserved) => {
                ensure!((detail.gift, detail.reservation) == (*gift, *fresh), "another gift was put aside");
                ensure!(self.left(*gift, store) > 0, "{store} had none left");
                let most = terms.allowances.first().and_then(|allowance| allowance.most);
                ensure!(most.is_none_or(|most| self.had(*gift, order.member) < most), "she had enough");
                ensure!(terms.points <= book.points, "more was spent than there was");
                ensure!((moved, moved_value) == ([-terms.points, 0], [0, 0]), "the postings moved {moved:?}");
                let aside = Aside {
                    member: order.member,
                    gift: *gift,
                    store: store.clone(),
                    state: ReservationState::Reserved,
                    late_from: (!delivery).then_some(today + terms.hold_days as i32),
                    value: [0, 0],
                };
                ensure!(self.aside.insert(*fresh, aside).is_none(), "{fresh} was put aside twice");
            }
            (GiftAct::HandOver { reservation, tender, .. }, GiftEvent::Handed) => {
                let aside = self.aside.get_mut(reservation).context("it was never put aside")?;
                ensure!(aside.state == ReservationState::Reserved, "{aside:?} was handed out");
                ensure!(aside.late_from.is_none_or(|day| today < day), "{aside:?} was handed out too late");
                let due = if *tender == Some(TenderKind::StoredValue) { terms.amount_minor } else { 0 };
                ensure!(moved == [0, 0] && -moved_value.iter().sum::<i64>() == due, "the postings moved {moved_value:?}");
                (aside.state, aside.value) = (ReservationState::Handed, moved_value.map(|minor| -minor));
            }
            (GiftAct::Cancel { reservation, .. }, GiftEvent::Cancelled) | (GiftAct::Lapse(reservation), GiftEvent::Lapsed) => {
                let aside = self.aside.get_mut(reservation).context("it was never put aside")?;
                let is_lapse = detail.event == GiftEvent::Lapsed;
                ensure!(!is_lapse || aside.late_from.is_some_and(|day| day <= today), "{aside:?} lapsed too early");
                let stood = aside.state == ReservationState::Reserved || !is_lapse && aside.state == ReservationState::Handed;
                ensure!(stood, "{aside:?} was given back");
                ensure!((moved, moved_value) == ([terms.points, 0], aside.value), "the postings moved {moved:?}");
                aside.state = if is_lapse { ReservationState::Lapsed } else { ReservationState::Cancelled };
            }
            (act, event) => bail!("{event:?} came of {act:?}"),
        }
        book.move_value(moved_value)?;
        book.check_balance(moved, detail.balance_after)
    }
}

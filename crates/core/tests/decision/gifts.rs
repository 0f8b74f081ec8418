//! Gifts: put aside for points, handed out once, and given back into the lots that their points came from.

use danggol_core::coupon::CodeMark;
use danggol_core::decide::{Adjustment, Command, Detail, Outcome};
use danggol_core::gift::{
    Allowance, FestivalTerms, Gift, GiftAct, GiftDetail, GiftOrder, GiftRefusal, GiftTerms, HeldStock, LocalText,
    ReservationState,
};
use danggol_core::id::{GiftId, MemberId, ReservationId};
use danggol_core::language::Language;
use danggol_core::ledger::Asset;
use danggol_core::member::MemberStatus;
use danggol_core::purchase::TenderKind;
use danggol_core::refusal::Refusal;
use danggol_core::value::{ValueAct, ValueOrder};
use serde_json::{Value, json};

use crate::book::{Book, Step};
use crate::{base, programme};

/// Noon of 2024-03-15 in Seoul.
const NOW_MS: i64 = 1_710_471_600_000;
const DAY_MS: i64 = 86_400_000;
const CUP: GiftId = GiftId(1);

/// What a gift for 300 points says, with what `changes` says.
fn terms(changes: Value) -> GiftTerms {
    let mut terms = json!({"code": "cup", "name": {"ko": "컵", "en": "Cup"}, "points": 300, "hold_days": 3, "delivered": true});
    for (field, value) in changes.as_object().expect("fields") {
        terms[field] = value.clone();
    }
    serde_json::from_value(terms).expect("a gift")
}

/// A shop with a gift, of which a store has two pieces. Points lapse after thirty days.
fn shop(changes: Value) -> Book {
    let earning = json!({"rules": [base()], "expiry": {"kind": "rolling", "days": 30}});
    let mut book = Book::new(programme(json!({"earning": earning, "top_ups": {"order": "bonus_first"}})));
    let terms = terms(changes);
    assert_eq!(terms.faults(&book.rules.current.programme.tiers), []);
    book.gifts.insert(CUP, Gift { id: CUP, revision: 1, terms, days: None });
    book.stocks.insert((CUP, "s1".to_owned()), HeldStock { stock: 2, ..HeldStock::default() });
    book
}

fn give_points(book: &mut Book, member: i64, amount: i64, now_ms: i64) {
    let reason = "counted".to_owned();
    let command = Command::Adjust(Adjustment { member: MemberId(member), asset: Asset::Points, amount, reason });
    let envelope = book.envelope(command, None);
    assert!(matches!(book.carry_out(&envelope, now_ms).outcome, Outcome::Done(_)));
}

fn act(book: &mut Book, member: i64, act: GiftAct, now_ms: i64) -> Step {
    let order = GiftOrder { member: MemberId(member), act, staff: None, reason: None };
    let envelope = book.envelope(Command::Gift(order), None);
    book.carry_out(&envelope, now_ms)
}

fn reserving(book: &mut Book) -> (ReservationId, GiftAct) {
    let fresh = ReservationId(book.id());
    let mark = CodeMark { hash: fresh.to_string(), tail: "WXYZ".to_owned() };
    let (store, allowance) = ("s1".to_owned(), Some(0));
    (fresh, GiftAct::Reserve { gift: CUP, revision: 1, allowance, store, delivery: false, fresh, mark })
}

/// Puts a cup aside; which.
fn reserve(book: &mut Book, member: i64, now_ms: i64) -> (ReservationId, Step) {
    let (fresh, reserve) = reserving(book);
    (fresh, act(book, member, reserve, now_ms))
}

fn hand_over(reservation: ReservationId, tender: Option<TenderKind>) -> GiftAct {
    GiftAct::HandOver { reservation, store: Some("s1".to_owned()), tender, parcel: None }
}

fn cancel(reservation: ReservationId) -> GiftAct {
    GiftAct::Cancel { reservation, may_be_handed: true }
}

fn why(step: &Step) -> Option<GiftRefusal> {
    match step.outcome {
        Outcome::Refused(Refusal::Gift(why)) => Some(why),
        _ => None,
    }
}

fn detail(step: &Step) -> GiftDetail {
    match step.entry.as_ref().map(|entry| entry.detail.clone()) {
        Some(Detail::Gift(detail)) => detail,
        other => panic!("{other:?} of {:?}", step.outcome),
    }
}

#[test]
fn points_go_back_into_the_lots_that_they_came_from() {
    let mut book = shop(json!({}));
    give_points(&mut book, 1, 200, NOW_MS - 20 * DAY_MS);
    give_points(&mut book, 1, 200, NOW_MS);
    let before = book.state(1).points;
    let (cup, step) = reserve(&mut book, 1, NOW_MS);
    let told = detail(&step);
    assert_eq!(told.lots.iter().map(|lot| lot.amount).collect::<Vec<_>>(), [200, 100], "what lapses first goes first");
    assert_eq!((told.balance_after, book.state(1).points.balance()), (100, 100));
    let step = act(&mut book, 1, cancel(cup), NOW_MS + DAY_MS);
    assert_eq!(detail(&step).balance_after, 400);
    assert_eq!(book.state(1).points, before);
    assert_eq!(why(&act(&mut book, 1, cancel(cup), NOW_MS)), Some(GiftRefusal::Cancelled));
    assert_eq!(why(&act(&mut book, 1, hand_over(cup, None), NOW_MS)), Some(GiftRefusal::Cancelled));
    // The oldest lot lapsed while its points were spent on a gift: they come back and lapse.
    let (cup, _) = reserve(&mut book, 1, NOW_MS);
    act(&mut book, 1, cancel(cup), NOW_MS + 11 * DAY_MS);
    assert_eq!(book.state(1).points.available(NOW_MS + 11 * DAY_MS), 200);
}

#[test]
fn a_gift_is_had_once_and_never_by_more_than_there_are_pieces() {
    let mut book = shop(json!({"allowances": [{"most": 2}]}));
    (1..=3).for_each(|member| give_points(&mut book, member, 1_000, NOW_MS));
    let (first, step) = reserve(&mut book, 1, NOW_MS);
    assert!(matches!(step.outcome, Outcome::Done(_)));
    let (second, _) = reserve(&mut book, 1, NOW_MS);
    assert_eq!(why(&reserve(&mut book, 1, NOW_MS).1), Some(GiftRefusal::EnoughForMember(2)));
    assert_eq!(why(&reserve(&mut book, 2, NOW_MS).1), Some(GiftRefusal::NoStock));
    assert_eq!(why(&act(&mut book, 2, hand_over(first, None), NOW_MS)), Some(GiftRefusal::UnknownReservation));
    let elsewhere = GiftAct::HandOver { reservation: first, store: Some("s2".to_owned()), tender: None, parcel: None };
    assert_eq!(why(&act(&mut book, 1, elsewhere, NOW_MS)), Some(GiftRefusal::OtherStore));
    assert!(matches!(act(&mut book, 1, hand_over(first, None), NOW_MS).outcome, Outcome::Done(_)));
    assert_eq!(why(&act(&mut book, 1, hand_over(first, None), NOW_MS)), Some(GiftRefusal::Handed));
    let only_aside = GiftAct::Cancel { reservation: first, may_be_handed: false };
    assert_eq!(why(&act(&mut book, 1, only_aside, NOW_MS)), Some(GiftRefusal::Handed));
    assert_eq!(why(&reserve(&mut book, 2, NOW_MS).1), Some(GiftRefusal::NoStock), "what is handed out is gone");
    act(&mut book, 1, cancel(second), NOW_MS);
    assert!(matches!(reserve(&mut book, 2, NOW_MS).1.outcome, Outcome::Done(_)), "what is cancelled is there again");
    // Brought back after it was handed out.
    assert!(matches!(act(&mut book, 1, cancel(first), NOW_MS).outcome, Outcome::Done(_)));
    assert_eq!((book.state(1).points.balance(), book.state(2).points.balance()), (1_000, 700));
}

#[test]
fn what_is_not_collected_in_time_lapses_once() {
    let mut book = shop(json!({}));
    give_points(&mut book, 1, 300, NOW_MS);
    let (cup, step) = reserve(&mut book, 1, NOW_MS);
    // Three business days, the first included: until the midnight after 17 March.
    let end_ms = NOW_MS + 2 * DAY_MS + DAY_MS / 2;
    assert_eq!(detail(&step).expires_at_ms, Some(end_ms));
    assert_eq!(act(&mut book, 1, GiftAct::Lapse(cup), end_ms - 1).outcome, Outcome::Nothing);
    assert_eq!(why(&act(&mut book, 1, hand_over(cup, None), end_ms)), Some(GiftRefusal::Lapsed));
    assert!(matches!(act(&mut book, 1, GiftAct::Lapse(cup), end_ms).outcome, Outcome::Done(_)));
    assert_eq!(act(&mut book, 1, GiftAct::Lapse(cup), end_ms).outcome, Outcome::Nothing);
    assert_eq!(book.reservations[&cup].reservation.state, ReservationState::Lapsed);
    assert_eq!(book.state(1).points.balance(), 300);
    // A parcel waits for the brand and not for her.
    let (parcel, sending) = reserving(&mut book);
    let GiftAct::Reserve { gift, revision, allowance, store, fresh, mark, .. } = sending else { panic!("another act") };
    let sending = GiftAct::Reserve { gift, revision, allowance, store, delivery: true, fresh, mark };
    assert_eq!(detail(&act(&mut book, 1, sending, NOW_MS)).expires_at_ms, None);
    assert_eq!(act(&mut book, 1, GiftAct::Lapse(parcel), end_ms * 2).outcome, Outcome::Nothing);
}

#[test]
fn the_money_part_is_a_tender_and_stored_value_comes_back() {
    let mut book = shop(json!({"amount_minor": 500}));
    give_points(&mut book, 1, 300, NOW_MS);
    let (cup, _) = reserve(&mut book, 1, NOW_MS);
    for (tender, expected) in
        [(None, GiftRefusal::TenderMissing(500)), (Some(TenderKind::Points), GiftRefusal::TenderMissing(500))]
    {
        assert_eq!(why(&act(&mut book, 1, hand_over(cup, tender), NOW_MS)), Some(expected));
    }
    let by_value = hand_over(cup, Some(TenderKind::StoredValue));
    let poor = act(&mut book, 1, by_value.clone(), NOW_MS).outcome;
    assert_eq!(poor, Outcome::Refused(Refusal::InsufficientValue { available_minor: 0, needed_minor: 500 }));
    let top_up = ValueAct::TopUp { amount_minor: 800, tender: TenderKind::Cash };
    let order = ValueOrder { member: MemberId(1), act: top_up, store: None, staff: None, reason: None };
    let envelope = book.envelope(Command::Value(order), None);
    assert!(matches!(book.carry_out(&envelope, NOW_MS).outcome, Outcome::Done(_)));
    let before = book.state(1).value_principal;
    let paid = detail(&act(&mut book, 1, by_value, NOW_MS));
    assert_eq!((paid.value.map(|paid| paid.total()), book.state(1).value_principal.balance()), (Some(500), 300));
    act(&mut book, 1, cancel(cup), NOW_MS);
    assert_eq!((book.state(1).value_principal, book.state(1).points.balance()), (before, 300));
    let mut free = shop(json!({}));
    give_points(&mut free, 1, 300, NOW_MS);
    let (cup, _) = reserve(&mut free, 1, NOW_MS);
    assert_eq!(why(&act(&mut free, 1, hand_over(cup, Some(TenderKind::Cash)), NOW_MS)), Some(GiftRefusal::NothingToPay));
}

#[test]
fn a_gift_is_for_whom_and_when_the_brand_says() {
    let mut book = shop(json!({"allowances": [{"most": 1}]}));
    give_points(&mut book, 1, 900, NOW_MS);
    give_points(&mut book, 2, 299, NOW_MS);
    let (_, fits_none) = reserving(&mut book);
    let GiftAct::Reserve { gift, revision, store, delivery, fresh, mark, .. } = fits_none else { panic!("another act") };
    let fits_none =
        GiftAct::Reserve { gift, revision, allowance: None, store: store.clone(), delivery, fresh, mark: mark.clone() };
    assert_eq!(why(&act(&mut book, 1, fits_none, NOW_MS)), Some(GiftRefusal::NotForMember));
    let stale = GiftAct::Reserve { gift, revision: 0, allowance: Some(0), store, delivery, fresh, mark };
    assert_eq!(why(&act(&mut book, 1, stale, NOW_MS)), Some(GiftRefusal::Changed));
    let poor = reserve(&mut book, 2, NOW_MS).1.outcome;
    assert_eq!(poor, Outcome::Refused(Refusal::InsufficientPoints { available: 299, needed: 300 }));
    let today = book.rules.moment(NOW_MS).day;
    book.gifts.get_mut(&CUP).expect("a cup").days = Some((today + 1, today + 2));
    assert_eq!(why(&reserve(&mut book, 1, NOW_MS).1), Some(GiftRefusal::NotNow(today + 1, today + 2)));
    assert!(matches!(reserve(&mut book, 1, NOW_MS + DAY_MS).1.outcome, Outcome::Done(_)));
    assert_eq!(why(&reserve(&mut book, 1, NOW_MS + 3 * DAY_MS).1), Some(GiftRefusal::NotNow(today + 1, today + 2)));
    book.gifts.get_mut(&CUP).expect("a cup").days = None;
    book.gifts.get_mut(&CUP).expect("a cup").terms.open = false;
    assert_eq!(why(&reserve(&mut book, 1, NOW_MS).1), Some(GiftRefusal::Closed));
    book.join(MemberId(9), MemberStatus::Closed);
    assert_eq!(reserve(&mut book, 9, NOW_MS).1.outcome, Outcome::Refused(Refusal::MemberClosed));
}

#[test]
fn what_is_wrong_with_a_gift_or_a_festival_is_said_where_it_is() {
    let ladder = danggol_core::programme::Ladder::default();
    for (changes, expected) in [
        (json!({"code": ""}), vec!["code"]),
        (json!({"name": {}}), vec!["name"]),
        (json!({"name": {"ko": " ", "zh-CN": "杯子"}}), vec!["name.ko"]),
        (json!({"points": 0, "amount_minor": -1, "hold_days": 0}), vec!["points", "amount_minor", "hold_days"]),
        (json!({"collected": false, "delivered": false}), vec!["collected"]),
        (json!({"allowances": [{"most": 0}]}), vec!["allowances[0].most"]),
        (
            json!({"allowances": [{"when": {"attribute": "line.sku", "op": "is", "value": "x"}}]}),
            vec!["allowances[0].when.attribute"],
        ),
    ] {
        let found: Vec<String> = terms(changes.clone()).faults(&ladder).into_iter().map(|fault| fault.path).collect();
        assert_eq!(found, expected, "{changes}");
    }
    let named = LocalText { zh_tw: Some("兌換祭".to_owned()), ..LocalText::default() };
    let festival =
        |from: &str, until: &str| FestivalTerms { name: named.clone(), from: from.to_owned(), until: until.to_owned() };
    let paths = |festival: FestivalTerms| festival.faults().into_iter().map(|fault| fault.path).collect::<Vec<_>>();
    assert_eq!(paths(festival("2026-12-01", "2026-12-31")), [""; 0]);
    assert_eq!(paths(festival("2026-12-01", "soon")), ["until"]);
    assert_eq!(paths(festival("2026-12-02", "2026-12-01")), ["until"]);
    assert_eq!(named.read(Language::ZhCn), "兌換祭");
    assert_eq!(terms(json!({})).name.read(Language::Ko), "컵");
    assert_eq!(terms(json!({})).name.read(Language::ZhTw), "Cup");
    assert_eq!(terms(json!({"allowances": [{}]})).allowances, [Allowance { when: None, most: None }]);
}

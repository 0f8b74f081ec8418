//! Gifts on occasions: on which days they are due, what a purchase brings and what a return takes back, and once a year whatever happens.

use std::sync::Arc;

use danggol_core::birthday::{Birthday, Calendar, LunarKind};
use danggol_core::coupon::{Counts, CouponState, HeldTemplate, ReadyTemplate};
use danggol_core::decide::{Command, Detail, Outcome, ReturnOrder};
use danggol_core::id::{MemberId, PurchaseId, TemplateId};
use danggol_core::occasion::{Occasion, OccasionOrder, Trigger, Withheld};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::book::{Book, Step};
use crate::purchases::{order, sale};
use crate::{base, programme};

/// Noon of 2024-03-15 in Seoul.
const NOW_MS: i64 = 1_710_471_600_000;
const TEMPLATE: TemplateId = TemplateId(1);

fn shop(occasions: Value, caps: Value) -> Book {
    let mut book = Book::new(programme(json!({"earning": {"rules": [base()]}, "occasions": occasions})));
    let template = json!({
        "offer": {"id": "five", "name": "Five off", "effect": {"kind": "amount", "amount_minor": 500}},
        "validity": {"kind": "days", "days": 10},
        "caps": caps,
    });
    let ready = ReadyTemplate::new(TEMPLATE, serde_json::from_value(template).expect("a template"));
    book.templates.insert(TEMPLATE, HeldTemplate::new(Arc::new(ready), true, Counts::default()));
    book
}

fn on_spend() -> Value {
    json!([{
        "id": "spend", "name": "Spend", "trigger": {"kind": "purchase"}, "points": 70, "coupon": TEMPLATE,
        "when": {"attribute": "purchase.amount", "op": "at_least", "value": 3_000}, "caps": {"ever": 2},
    }])
}

fn birthday() -> Value {
    json!([{"id": "birthday", "name": "Birthday", "trigger": {"kind": "birthday"}, "points": 300, "valid_days": 5}])
}

fn buy(book: &mut Book, amounts_minor: &[i64]) -> (PurchaseId, Step) {
    let mut order = order(book, amounts_minor.iter().map(|minor| sale(1, *minor)).collect());
    order.moment = book.rules.moment(NOW_MS);
    let id = order.id;
    let envelope = book.envelope(Command::Purchase(order), None);
    (id, book.carry_out(&envelope, NOW_MS))
}

fn bring_back(book: &mut Book, purchase: PurchaseId, line: usize) -> Step {
    let command = Command::Return(ReturnOrder { purchase, lines: Some(vec![(line, 1)]), at_ms: NOW_MS });
    let envelope = book.envelope(command, None);
    book.carry_out(&envelope, NOW_MS)
}

fn celebrate(book: &mut Book, year: i32) -> Step {
    let order = OccasionOrder { member: MemberId(1), rule: "birthday".to_owned(), year, day: 19_797 };
    let envelope = book.envelope(Command::Occasion(order), None);
    book.carry_out(&envelope, NOW_MS)
}

#[test]
fn a_coupon_on_spend_is_given_and_taken_back_when_too_little_is_left() {
    let mut book = shop(on_spend(), json!({}));
    let (small, step) = buy(&mut book, &[2_000]);
    assert_eq!(step.award.expect("it was bought").gifts, []);
    let (big, step) = buy(&mut book, &[2_000, 1_500, 600]);
    let award = step.award.expect("it was bought");
    let coupon = award.gifts[0].coupon.as_ref().expect("a coupon").coupon;
    assert_eq!((award.gifts[0].points, award.gifts[0].withheld), (70, None));
    let with_gift = book.state(1).points.balance();
    // 3,500 are left: the condition holds still.
    let step = bring_back(&mut book, big, 2);
    let Some(Detail::Return(detail)) = step.entry.map(|entry| entry.detail) else { panic!("a return") };
    assert_eq!((detail.points_taken, detail.gifts_taken.len()), (6, 0));
    assert_eq!(book.coupons[&coupon].coupon.state, CouponState::Issued);
    // 2,000 are left: it does not.
    let step = bring_back(&mut book, big, 1);
    let Some(Detail::Return(detail)) = step.entry.map(|entry| entry.detail) else { panic!("a return") };
    assert_eq!((detail.points_taken, detail.gifts_taken), (15 + 70, vec![coupon]));
    assert_eq!(book.coupons[&coupon].coupon.state, CouponState::Void);
    let step = bring_back(&mut book, big, 0);
    let Some(Detail::Return(detail)) = step.entry.map(|entry| entry.detail) else { panic!("a return") };
    assert_eq!((detail.points_taken, detail.gifts_taken.len(), detail.gifts_kept.len()), (20, 0, 0));
    assert_eq!(book.state(1).points.balance(), with_gift - 41 - 70);
    bring_back(&mut book, small, 0);
    assert_eq!(book.state(1).points.balance(), 0);
}

#[test]
fn a_purchase_is_an_occasion_as_often_as_the_caps_say() {
    let mut book = shop(on_spend(), json!({}));
    let gifts: Vec<_> = (0..3).map(|_| buy(&mut book, &[3_000]).1.award.expect("it was bought").gifts.remove(0)).collect();
    assert_eq!(gifts.iter().map(|gift| gift.withheld).collect::<Vec<_>>(), [None, None, Some(Withheld::Cap)]);
    assert_eq!((gifts[2].points, gifts[2].coupon.as_ref()), (0, None));
}

#[test]
fn points_are_given_although_the_coupons_are_all_given() {
    let mut book = shop(on_spend(), json!({"issued": 1}));
    let gifts: Vec<_> = (0..2).map(|_| buy(&mut book, &[3_000]).1.award.expect("it was bought").gifts.remove(0)).collect();
    assert_eq!(
        gifts.iter().map(|gift| (gift.points, gift.withheld)).collect::<Vec<_>>(),
        [(70, None), (70, Some(Withheld::AllGiven))]
    );
}

#[test]
fn a_birthday_is_given_once_for_each_of_its_years() {
    let mut book = shop(birthday(), json!({}));
    let step = celebrate(&mut book, 2024);
    let Some(Detail::Occasion(detail)) = step.entry.map(|entry| entry.detail) else { panic!("a gift") };
    assert_eq!((detail.gift.points, detail.balance_after, detail.year), (300, 300, 2024));
    // Until the end of 20 March 2024 in Seoul.
    assert_eq!(detail.gift.expires_at_ms, Some(1_710_946_800_000));
    assert_eq!(celebrate(&mut book, 2024).outcome, Outcome::Nothing);
    assert!(matches!(celebrate(&mut book, 2025).outcome, Outcome::Done(_)));
}

#[test]
fn nothing_is_given_to_whom_the_condition_leaves_out() {
    let mut occasions = birthday();
    occasions[0]["when"] = json!({"attribute": "member.gender", "op": "is", "value": "male"});
    let mut book = shop(occasions, json!({}));
    assert_eq!(celebrate(&mut book, 2024).outcome, Outcome::Nothing);
}

#[test]
fn occasions_are_due_on_their_days_and_no_others() {
    let day = |text: &str| -> Date { text.parse().expect("a day") };
    let exactly = Trigger::Birthday { days_before: 0, days_after: 0 };
    let around = Trigger::Birthday { days_before: 5, days_after: 7 };
    let solar = |text| Birthday::parse(text, Calendar::Solar, false).ok();
    let lunar = |text, leap| Birthday::parse(text, Calendar::Lunar, leap).ok();
    for (trigger, born, first, last, expected) in [
        (exactly, solar("1990-05-03"), "2026-05-03", "2026-05-03", Some((2026, "2026-05-03"))),
        (exactly, solar("1990-05-03"), "2026-05-02", "2026-05-02", None),
        (exactly, solar("1990-05-03"), "2026-05-04", "2026-05-04", None),
        // A server that was off for three days.
        (exactly, solar("1990-05-03"), "2026-05-02", "2026-05-05", Some((2026, "2026-05-03"))),
        // 29 February.
        (exactly, solar("2000-02-29"), "2027-02-28", "2027-02-28", Some((2027, "2027-02-28"))),
        (exactly, solar("2000-02-29"), "2028-02-28", "2028-02-28", None),
        (exactly, solar("2000-02-29"), "2028-02-29", "2028-02-29", Some((2028, "2028-02-29"))),
        // Over the new year.
        (around, solar("--01-02"), "2026-12-28", "2026-12-28", Some((2027, "2027-01-02"))),
        (around, solar("--01-02"), "2026-12-27", "2026-12-27", None),
        (around, solar("--12-30"), "2027-01-06", "2027-01-06", Some((2026, "2026-12-30"))),
        (around, solar("--12-30"), "2027-01-07", "2027-01-07", None),
        // A leap month, and the ordinary one in a year without it.
        (exactly, lunar("2025-06-01", true), "2026-07-14", "2026-07-14", Some((2026, "2026-07-14"))),
        (exactly, lunar("--06-01", true), "2025-07-25", "2025-07-25", Some((2025, "2025-07-25"))),
        (exactly, lunar("--06-01", true), "2025-06-25", "2025-06-25", None),
        (exactly, lunar("--06-01", false), "2025-06-25", "2025-06-25", Some((2025, "2025-06-25"))),
        // The year is the lunar one: its last weeks lie in the next civil year.
        (exactly, lunar("1990-12-15", false), "2025-01-14", "2025-01-14", Some((2024, "2025-01-14"))),
        // The thirtieth, in a month of 29 days: New Year's Eve of the year that ends on 28 January 2025.
        (exactly, lunar("--12-30", false), "2025-01-28", "2025-01-28", Some((2024, "2025-01-28"))),
        // Nobody's birthday is the day of birth.
        (exactly, solar("2026-05-03"), "2026-05-03", "2026-05-03", None),
        (exactly, None, "2026-05-03", "2026-05-03", None),
        (Trigger::Joining, None, "2024-02-29", "2024-02-29", Some((2024, "2024-02-29"))),
        (Trigger::Joining, None, "2024-03-01", "2024-03-01", None),
        (Trigger::Anniversary, None, "2024-02-29", "2024-02-29", None),
        (Trigger::Anniversary, None, "2025-02-28", "2025-02-28", Some((2025, "2025-02-28"))),
        (Trigger::Anniversary, None, "2028-02-29", "2028-02-29", Some((2028, "2028-02-29"))),
        (Trigger::Anniversary, None, "2028-02-28", "2028-02-28", None),
        (Trigger::Purchase, None, "2028-02-28", "2028-02-28", None),
    ] {
        let joined = day("2024-02-29");
        let due = trigger.due((joined, born.as_ref()), (day(first), day(last)), LunarKind::Chinese);
        let expected = expected.map(|(year, date)| (year, day(date)));
        assert_eq!(due.map(|due| (due.year, due.date)), expected, "{trigger:?} of {born:?} from {first} to {last}");
    }
}

#[test]
fn occasions_say_what_is_wrong_with_them() {
    let occasion = |changes: Value| {
        let mut occasion = json!({"id": "one", "name": "One", "trigger": {"kind": "birthday"}, "points": 1});
        for (field, value) in changes.as_object().expect("fields") {
            occasion[field] = value.clone();
        }
        serde_json::from_value::<Occasion>(occasion).expect("an occasion")
    };
    for (changes, path, code) in [
        (json!({"points": null}), "occasions[0]", "gives_nothing"),
        (json!({"points": 0}), "occasions[0].points", "out_of_range"),
        (json!({"trigger": {"kind": "birthday", "days_before": 61}}), "occasions[0].trigger.days_before", "out_of_range"),
        (json!({"valid_days": 0}), "occasions[0].valid_days", "out_of_range"),
        (json!({"caps": {"ever": 0}}), "occasions[0].caps.ever", "out_of_range"),
        (json!({"from": "2026-02-30"}), "occasions[0].from", "not_a_date"),
        (
            json!({"when": {"attribute": "purchase.amount", "op": "at_least", "value": 1}}),
            "occasions[0].when.attribute",
            "attribute_not_seen_here",
        ),
    ] {
        let mut faulty = programme(json!({"earning": {"rules": [base()]}}));
        faulty.occasions = vec![occasion(changes.clone())];
        let faults = faulty.faults();
        let found: Vec<_> = faults.iter().map(|fault| (fault.path.as_str(), fault.kind.code())).collect();
        assert_eq!(found, [(path, code)], "{changes}");
    }
}

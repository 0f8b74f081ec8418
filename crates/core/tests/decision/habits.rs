//! What her purchases say of a member, what happened to her within a window, and why a condition holds for her.

use std::collections::BTreeMap;

use danggol_core::attribute::Attribute;
use danggol_core::birthday::LunarKind;
use danggol_core::condition::{Condition, ConditionFault, MEMBER_PLACES, Operand, Operator, Test, Value};
use danggol_core::habit::{Bought, Fact};
use danggol_core::holder::HolderState;
use danggol_core::id::{HolderId, MemberId, PurchaseId, SegmentId};
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::person::{Membership, Now, Person, PersonFile};
use danggol_core::portrait::{Step, steps, totals};
use danggol_core::purchase::{Line, LineKind};
use danggol_core::time::{moment, parse_rfc3339};
use danggol_core::why::why;
use jiff::tz::TimeZone;
use serde_json::json;

/// A purchase in Seoul: when, channel, store, and lines of category and amount.
fn bought(at: &str, channel: &str, store: Option<&str>, lines: &[(&str, i64)]) -> Bought {
    let seoul = TimeZone::get("Asia/Seoul").unwrap();
    let at_ms = parse_rfc3339(at).unwrap();
    let line = |(category, amount_minor): &(&str, i64)| Line {
        sku: format!("{category}-1"),
        category: Some((*category).to_owned()),
        quantity: 1,
        amount_minor: *amount_minor,
        kind: LineKind::Sale,
        off_minor: 0,
    };
    Bought {
        id: PurchaseId(at_ms),
        moment: moment(at_ms, &seoul, 0),
        channel: channel.to_owned(),
        store: store.map(str::to_owned),
        staff: None,
        lines: lines.iter().map(line).collect(),
        amount_minor: lines.iter().map(|(_, amount)| amount).sum(),
        quantity: lines.len() as i64,
        discount_minor: 0,
        with_coupon: false,
        came_back: false,
    }
}

fn file() -> PersonFile {
    PersonFile {
        facts: MemberFacts {
            member: MemberId(1),
            holder: HolderId(1),
            status: MemberStatus::Active,
            gender: None,
            birthday: None,
            source: None,
            language: None,
            joined_at_ms: parse_rfc3339("2025-12-31T15:30:00Z").unwrap(),
        },
        name: None,
        store: None,
        income: None,
        source_kind: "counter".to_owned(),
        custom: BTreeMap::from([("shoe size".to_owned(), "42".to_owned())]),
        consents: BTreeMap::new(),
    }
}

/// Looks at a member with these purchases at a moment.
fn with<T>(purchases: &[Bought], at: &str, look: impl FnOnce(&Person<'_>) -> T) -> T {
    let seoul = TimeZone::get("Asia/Seoul").unwrap();
    let segments = BTreeMap::from([
        (SegmentId(1), Membership::Listed(true)),
        (SegmentId(2), Membership::Rule(condition(json!({"not": {"segment": SegmentId(1)}})))),
    ]);
    let now = Now { moment: moment(parse_rfc3339(at).unwrap(), &seoul, 0), zone: &seoul, lunar: LunarKind::Korean };
    look(&Person {
        file: &file(),
        state: &HolderState::default(),
        purchases,
        given_back: &[],
        class: None,
        lifestyle: None,
        household: None,
        segments: &segments,
        now,
    })
}

fn condition(value: serde_json::Value) -> Condition {
    serde_json::from_value(value).expect("a condition")
}

/// Nights of January on a marketplace, then evenings of spring in the store nearby.
fn mover() -> Vec<Bought> {
    let night = |day: u32| bought(&format!("2026-01-{day:02}T13:10:00Z"), "marketplace", None, &[("snacks", 9_000)]);
    let evening =
        |day: u32| bought(&format!("2026-04-{day:02}T10:20:00Z"), "store", Some("s7"), &[("milk", 4_000), ("bread", 2_500)]);
    (1..=10).map(|at| night(at * 3)).chain((1..=8).map(|at| evening(at * 3))).collect()
}

#[test]
fn the_ten_pm_marketplace_buyer_becomes_the_seven_pm_customer_of_the_store_nearby() {
    let purchases = mover();
    let text = |attribute| {
        move |person: &Person<'_>| match person.attribute(attribute) {
            Value::Text(text) => text.to_owned(),
            other => format!("{other:?}"),
        }
    };
    for (at, hour, store, online, category) in
        [("2026-02-01T00:00:00Z", 22, "Missing", 100, "snacks"), ("2026-05-01T00:00:00Z", 19, "s7", 33, "snacks")]
    {
        with(&purchases, at, |person| {
            assert_eq!(person.attribute(Attribute::UsualHour), Value::Number(hour), "{at}");
            assert_eq!(text(Attribute::HomeStore)(person), store, "{at}");
            assert_eq!(person.attribute(Attribute::OnlineShare), Value::Number(online), "{at}");
            assert_eq!(text(Attribute::FavouriteCategory)(person), category, "{at}");
        });
    }
    // Four more evenings, and nothing of the nights is left among her newest purchases.
    let mut purchases = purchases;
    purchases.extend((1..=4).map(|day| bought(&format!("2026-05-{day:02}T10:05:00Z"), "store", Some("s7"), &[("milk", 4_000)])));
    with(&purchases, "2026-05-05T00:00:00Z", |person| {
        assert_eq!(person.attribute(Attribute::OnlineShare), Value::Number(0));
        assert_eq!(person.attribute(Attribute::FavouriteCategory), Value::Text("milk"));
        let evidence = person.fact(Attribute::UsualHour).expect("a fact");
        assert_eq!((evidence.of, evidence.agree), (12, 12));
    });
}

#[test]
fn facts_stand_on_purchases() {
    let buy = |at: &str, amount| bought(&format!("{at}T03:00:00Z"), "store", Some("a"), &[("tea", amount)]);
    let four = [buy("2026-01-01", 1_000), buy("2026-01-03", 2_000), buy("2026-01-10", 3_001), buy("2026-01-10", 0)];
    let cases: &[(&[Bought], Attribute, Value<'_>)] = &[
        (&four, Attribute::Purchases, Value::Number(4)),
        (&four, Attribute::Spent, Value::Number(6_001)),
        (&four, Attribute::AverageTicket, Value::Number(1_500)),
        (&four, Attribute::DaysSincePurchase, Value::Number(22)),
        // Gaps of 2 and 7 days; the same day twice is one visit. The lower median of the two is 2.
        (&four, Attribute::VisitInterval, Value::Number(2)),
        (&four[..1], Attribute::VisitInterval, Value::Missing),
        (&four, Attribute::UsualWeekday, Value::Number(6)),
        (&four, Attribute::HomeStore, Value::Text("a")),
        (&four, Attribute::FavouriteProduct, Value::Text("tea-1")),
        (&four, Attribute::Categories, Value::Number(1)),
        (&[], Attribute::Categories, Value::Missing),
        (&four, Attribute::BasketSize, Value::Number(1)),
        (&four, Attribute::PiecePrice, Value::Number(1_500)),
        (&four, Attribute::DiscountShare, Value::Number(0)),
        (&four, Attribute::CouponShare, Value::Number(0)),
        (&[], Attribute::CouponShare, Value::Missing),
        (&four, Attribute::Platform, Value::Missing),
        (&four, Attribute::NextPurchase, Value::Number(20_465)),
        (&four, Attribute::DaysOverdue, Value::Number(20)),
        // Of the gaps of 2 and 7 days one is near the interval of 2.
        (&four, Attribute::Regularity, Value::Number(50)),
        (&four[..2], Attribute::Regularity, Value::Missing),
        (&four, Attribute::YearChange, Value::Missing),
        (&[], Attribute::Returns, Value::Number(0)),
        (&[], Attribute::Purchases, Value::Number(0)),
        (&[], Attribute::Spent, Value::Number(0)),
        (&[], Attribute::AverageTicket, Value::Missing),
        (&[], Attribute::LastPurchase, Value::Missing),
        (&[], Attribute::OnlineShare, Value::Missing),
        (&[], Attribute::UsualHour, Value::Missing),
        // Half past midnight in Seoul on New Year's Day.
        (&[], Attribute::MemberJoined, Value::Number(20_454)),
    ];
    for (purchases, attribute, expected) in cases {
        with(purchases, "2026-02-01T00:00:00Z", |person| {
            assert_eq!(person.attribute(*attribute), *expected, "{attribute:?} of {}", purchases.len());
        });
    }
}

#[test]
fn the_year_is_held_against_the_one_before_and_what_came_back_is_counted() {
    let buy = |at: &str, amount| bought(&format!("{at}T03:00:00Z"), "web", None, &[("tea", amount)]);
    let mut purchases = [buy("2024-12-01", 1_000), buy("2025-02-01", 3_000), buy("2025-03-01", 1_500), buy("2026-01-01", 1_200)];
    for (at, change) in [("2026-02-01", -32), ("2026-01-31", 470), ("2025-12-31", 350)] {
        with(&purchases, &format!("{at}T03:00:00Z"), |person| {
            assert_eq!(person.attribute(Attribute::YearChange), Value::Number(change), "{at}");
        });
    }
    (purchases[0].came_back, purchases[2].discount_minor, purchases[3].with_coupon) = (true, 100, true);
    with(&purchases, "2026-02-01T03:00:00Z", |person| {
        let [given_back, later] = [20_100, 30_000];
        let person = Person { given_back: &[given_back, later], ..*person };
        assert_eq!(person.attribute(Attribute::Returns), Value::Number(2));
        assert_eq!(person.attribute(Attribute::DiscountShare), Value::Number(50));
        let coupons = person.fact(Attribute::CouponShare).expect("a fact");
        assert_eq!((coupons.value, coupons.of, coupons.agree), (Value::Number(25), 4, 1));
        assert_eq!(person.attribute(Attribute::Platform), Value::Text("web"));
    });
}

#[test]
fn what_is_not_yet_is_not_seen() {
    let purchases = mover();
    with(&purchases, "2026-01-10T00:00:00Z", |person| {
        assert_eq!(person.attribute(Attribute::Purchases), Value::Number(3));
    });
}

#[test]
fn events_are_counted_within_their_window() {
    let purchases = mover();
    let at_least = |value: i64, more: serde_json::Value| {
        let mut test = json!({"event": "purchase", "measure": "count", "op": "at_least", "value": value});
        test.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        test
    };
    let milk = json!({"attribute": "line.category", "op": "is", "value": "milk"});
    let cases = [
        // on 25 April: the condition, whether it holds
        (at_least(18, json!({})), true),
        (at_least(19, json!({})), false),
        (at_least(8, json!({"last_days": 23})), true),
        (at_least(8, json!({"last_days": 22})), false),
        (at_least(9, json!({"last_days": 90})), true),
        (at_least(10, json!({"from": "2026-01-01", "until": "2026-01-30"})), true),
        (at_least(10, json!({"from": "2026-01-04", "until": "2026-01-30"})), false),
        (at_least(8, json!({"where": milk})), true),
        (at_least(9, json!({"where": milk})), false),
        (at_least(9, json!({"where": {"not": milk}})), true),
        (json!({"event": "line", "measure": "amount", "where": milk, "op": "is", "value": 32_000}), true),
        (json!({"event": "purchase", "measure": "amount", "where": milk, "op": "is", "value": 52_000}), true),
        (json!({"event": "line", "measure": "count", "op": "is", "value": 26}), true),
        (json!({"event": "line", "measure": "days", "op": "is", "value": 18}), true),
        (json!({"event": "line", "measure": "quantity", "last_days": 1, "op": "is", "value": 0}), true),
        (json!({"event": "purchase", "measure": "first", "op": "is", "value": "2026-01-03"}), true),
        (json!({"event": "purchase", "measure": "last", "op": "at_least", "value": "2026-04-24"}), true),
        (json!({"event": "purchase", "measure": "last", "last_days": 1, "op": "is_missing"}), true),
        (json!({"event": "purchase", "measure": "last", "last_days": 1, "op": "at_most", "value": "2030-01-01"}), false),
        (json!({"custom": "shoe size", "op": "in", "value": ["41", "42"]}), true),
        (json!({"custom": "colour", "op": "is", "value": "red"}), false),
        (json!({"custom": "colour", "op": "is_missing"}), true),
        (json!({"segment": SegmentId(1)}), true),
        (json!({"segment": SegmentId(2)}), false),
        (json!({"segment": SegmentId(3)}), false),
    ];
    for (value, expected) in cases {
        let said = value.to_string();
        let condition = condition(value);
        assert_eq!(condition.fault(MEMBER_PLACES), None, "{said}");
        with(&purchases, "2026-04-25T00:00:00Z", |person| assert_eq!(person.fits(&condition), expected, "{said}"));
    }
}

/// Elsewhere counts of the past are not reset, so that who bought once stays a buyer for ever.
#[test]
fn past_event_counts_fall_as_time_goes_on_although_nothing_happens() {
    let purchases = [bought("2026-03-01T03:00:00Z", "store", None, &[("tea", 100)])];
    let lately = condition(json!({"event": "purchase", "measure": "count", "last_days": 30, "op": "at_least", "value": 1}));
    for (at, expected) in [("2026-03-01T05:00:00Z", true), ("2026-03-30T14:59:59Z", true), ("2026-03-30T15:00:00Z", false)] {
        with(&purchases, at, |person| assert_eq!(person.fits(&lately), expected, "{at}"));
    }
}

#[test]
fn who_has_left_fits_nothing() {
    let everybody = condition(json!({"all": []}));
    for (status, expected) in [
        (MemberStatus::Active, true),
        (MemberStatus::Unclaimed, true),
        (MemberStatus::Closed, false),
        (MemberStatus::Erased, false),
    ] {
        with(&[], "2026-03-01T00:00:00Z", |person| {
            let mut file = file();
            file.facts.status = status;
            assert_eq!(Person { file: &file, ..*person }.fits(&everybody), expected, "{status:?}");
        });
    }
}

#[test]
fn each_part_says_what_it_comes_to() {
    let purchases = mover();
    let tree = condition(json!({"all": [
        {"attribute": "habit.hour", "op": "is", "value": 19},
        {"not": {"event": "purchase", "measure": "count", "last_days": 30, "op": "at_least", "value": 9}},
        {"any": [{"custom": "shoe size", "op": "is", "value": "41"}, {"segment": SegmentId(2)}]},
    ]}));
    with(&purchases, "2026-04-25T00:00:00Z", |person| {
        let reason = why(person, &tree);
        assert!(!reason.holds);
        let [hour, not, any] = reason.parts.as_slice() else { panic!("three parts") };
        assert_eq!((hour.holds, hour.value), (true, Some(Value::Number(19))));
        assert_eq!(hour.evidence.map(|Fact { of, agree, .. }| (of, agree)), Some((12, 8)));
        assert_eq!((not.holds, not.parts[0].holds, not.parts[0].value), (true, false, Some(Value::Number(8))));
        assert_eq!((any.holds, any.parts[0].value, any.parts[1].holds), (false, Some(Value::Text("42")), false));
        // The rule of a segment is told with it.
        assert_eq!(any.parts[1].parts.len(), 1);
    });
}

#[test]
fn faults_of_what_only_segments_may_ask() {
    use danggol_core::attribute::Of;
    let count = |more: serde_json::Value| {
        let mut test = json!({"event": "purchase", "measure": "count", "op": "is", "value": 1});
        test.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        test
    };
    let cases = [
        (count(json!({})), None),
        (count(json!({"last_days": 0})), Some(ConditionFault::Window)),
        (count(json!({"last_days": 3_661})), Some(ConditionFault::Window)),
        (count(json!({"last_days": 3, "from": "2026-01-01"})), Some(ConditionFault::Window)),
        (count(json!({"from": "2026-02-01", "until": "2026-01-01"})), Some(ConditionFault::Window)),
        (count(json!({"from": "soon"})), Some(ConditionFault::Window)),
        (count(json!({"value": "1"})), Some(ConditionFault::MeasureOperand)),
        (json!({"event": "purchase", "measure": "count", "op": "is_missing"}), Some(ConditionFault::MeasureOperator)),
        (
            json!({"event": "purchase", "measure": "last", "op": "more_than", "value": "2026-01-01"}),
            Some(ConditionFault::MeasureOperator),
        ),
        (
            count(json!({"where": {"attribute": "member.age", "op": "is", "value": 1}})),
            Some(ConditionFault::Place(Attribute::MemberAge)),
        ),
        (count(json!({"where": {"segment": SegmentId(1)}})), Some(ConditionFault::Beyond)),
        (json!({"custom": "a\"b", "op": "is", "value": "1"}), Some(ConditionFault::FieldName)),
        (json!({"custom": "", "op": "is_missing"}), Some(ConditionFault::FieldName)),
        (json!({"custom": "a", "op": "at_least", "value": 1}), Some(ConditionFault::MeasureOperator)),
        (json!({"attribute": "purchase.amount", "op": "is", "value": 1}), Some(ConditionFault::Place(Attribute::PurchaseAmount))),
    ];
    for (value, expected) in cases {
        let said = value.to_string();
        assert_eq!(condition(value).fault(MEMBER_PLACES), expected, "{said}");
    }
    for value in [count(json!({})), json!({"segment": SegmentId(1)}), json!({"custom": "a", "op": "is_missing"})] {
        assert_eq!(condition(value).fault(&[Of::Purchase, Of::Line, Of::Member]), Some(ConditionFault::Beyond));
    }
    let standing = Condition::Test(Test { attribute: Attribute::Points, op: Operator::Is, value: Some(Operand::Number(1)) });
    assert_eq!(standing.fault(&[Of::Purchase, Of::Line, Of::Member]), Some(ConditionFault::Place(Attribute::Points)));
}

#[test]
fn what_to_say_next_follows_from_what_she_did() {
    let buy = |at: &str, category: &str| bought(&format!("{at}T03:00:00Z"), "store", Some("a"), &[(category, 500)]);
    let monthly = [buy("2026-01-01", "tea"), buy("2026-01-31", "tea"), buy("2026-03-02", "tea"), buy("2026-03-03", "milk")];
    let overdue = |since| Step::Overdue { interval: 30, since };
    let due = || Step::Due { sku: "tea-1".to_owned(), interval: 30 };
    let cases: [(&[Bought], &str, Vec<Step>); 7] = [
        (&[], "2026-02-01", vec![]),
        (&monthly[..1], "2026-01-11", vec![Step::FirstPurchase { since: 10 }]),
        (&monthly[..3], "2026-03-20", vec![]),
        (&monthly[..3], "2026-03-28", vec![due()]),
        (&monthly[..3], "2026-04-05", vec![due()]),
        (&monthly[..3], "2026-04-20", vec![overdue(49)]),
        // Of milk, bought once, nothing is known.
        (&monthly, "2026-03-28", vec![due()]),
    ];
    for (purchases, at, expected) in cases {
        with(purchases, &format!("{at}T03:00:00Z"), |person| assert_eq!(steps(person), expected, "{at}"));
    }
}

#[test]
fn a_portrait_adds_up_days_months_and_kinds() {
    let purchases = mover();
    let today = moment(parse_rfc3339("2026-05-01T00:00:00Z").unwrap(), &TimeZone::get("Asia/Seoul").unwrap(), 0).day;
    let totals = totals(&purchases, today);
    assert_eq!((totals.days.len(), totals.months.len()), (18, 12));
    let month = |year, month| totals.months[&(year, month)];
    assert_eq!((month(2026, 1).amount_minor, month(2026, 2).purchases, month(2026, 4).amount_minor), (90_000, 0, 52_000));
    assert_eq!((totals.categories["snacks"].amount_minor, totals.categories["milk"].purchases), (90_000, 8));
    assert_eq!((totals.channels["marketplace"].purchases, totals.stores["s7"].purchases), (10, 8));
    assert_eq!(totals.products["bread-1"].amount_minor, 20_000);
}

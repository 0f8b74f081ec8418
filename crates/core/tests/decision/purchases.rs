//! What purchases give and use.

use danggol_core::decide::Outcome;
use danggol_core::member::MemberStatus;
use danggol_core::purchase::{Line, LineKind, MAX_LINES, Order, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::refusal::Refusal;
use serde_json::{Value, json};

use crate::book::Book;
use crate::text::{scenario, scenario_of};
use crate::{base, programme, rules, with};

fn multiplier(percent: i64) -> Value {
    json!({"id": "times", "award": {"kind": "multiplier", "percent": percent}})
}

fn milk(mut rule: Value) -> Value {
    rule["lines"] = json!({"attribute": "line.category", "op": "is", "value": "milk"});
    rule
}

#[test]
fn rates_multipliers_and_fixed_bonuses_add_up() {
    let cases = [
        (json!([base()]), "tee:10000", "+100 = 100"),
        (json!([base()]), "tee:99", "+0 = 0"),
        (json!([base()]), "tee:2x5050 hat:149", "+102 = 102"),
        (json!([base(), multiplier(200)]), "tee:10000", "+200 = 200"),
        (json!([base(), multiplier(150)]), "tee:500", "+7 = 7"),
        (json!([base(), multiplier(300), multiplier(200)].map_ids()), "tee:1000", "+40 = 40"),
        (json!([base(), milk(multiplier(200))]), "tee:10000 bottle/milk:5000", "+200 = 200"),
        (json!([milk(base())]), "tee:10000 bottle/milk:5000", "+50 = 50"),
        (json!([base(), {"award": {"kind": "fixed", "points": 30}}]), "tee:1000", "+40 = 40"),
        (json!([base(), milk(json!({"award": {"kind": "fixed", "points": 30}}))]), "tee:1000", "+10 = 10"),
        (json!([base(), milk(json!({"award": {"kind": "fixed", "points": 30}}))]), "bottle/milk:2x500", "+40 = 40"),
        (
            json!([base(), {"award": {"kind": "rate", "points": 3, "per_minor": 1000}, "asset": "growth"}]),
            "tee:2000",
            "+20 growth +6 = 20",
        ),
    ];
    for (given, goods, expected) in cases {
        scenario(rules(given), &format!("2024-03-01 buy A {goods} | {expected}"));
    }
}

/// Gives every rule an id of its own.
trait MapIds {
    fn map_ids(self) -> Value;
}

impl<const N: usize> MapIds for [Value; N] {
    fn map_ids(self) -> Value {
        let with_id = |(index, mut rule): (usize, Value)| {
            rule["id"] = json!(format!("r{index}"));
            rule
        };
        self.into_iter().enumerate().map(with_id).collect()
    }
}

#[test]
fn fractions_are_rounded_as_the_rule_says() {
    for (rounding, at_49, at_50, at_99) in [("down", 0, 0, 0), ("half_up", 0, 1, 1), ("up", 1, 1, 1)] {
        let mut rule = base();
        rule["rounding"] = json!(rounding);
        let text = format!(
            "2024-03-01 buy A tee:49  | +{at_49} = {at_49}
             2024-03-01 @2 buy B tee:50 | +{at_50} = {at_50}
             2024-03-01 @3 buy C tee:99 | +{at_99} = {at_99}"
        );
        scenario(rules(json!([rule])), &text);
    }
}

#[test]
fn of_a_group_only_the_best_rule_gives() {
    let rate = |points: i64| json!({"award": {"kind": "rate", "points": points, "per_minor": 100}, "group": "g"});
    let fixed = |points: i64| json!({"award": {"kind": "fixed", "points": points}, "group": "g"});
    let alone = json!({"award": {"kind": "fixed", "points": 1}});
    let cases = [
        (json!([rate(1), rate(3), alone]), "+31 = 31"),
        (json!([rate(1), fixed(50), alone]), "+51 = 51"),
        (json!([rate(1), fixed(10), alone]), "+11 = 11"),
        // A multiplier multiplies what the group has left, not what it dropped.
        (json!([rate(1), rate(3), multiplier(200)]), "+60 = 60"),
        (
            json!([base(), {"award": {"kind": "multiplier", "percent": 200}, "group": "m"}, {"award": {"kind": "multiplier", "percent": 300}, "group": "m"}]),
            "+30 = 30",
        ),
    ];
    for (given, expected) in cases {
        scenario(rules(given), &format!("2024-03-01 buy A tee:1000 | {expected}"));
    }
}

#[test]
fn gifts_discounts_and_corrections_earn_what_was_really_paid() {
    let cases = [
        ("tee:10000 pen:300!gift", "+100 = 100"),
        ("tee:10000 pen:0!gift", "+100 = 100"),
        ("pen:500!gift", "+0 = 0"),
        ("tee:10000 less 1000", "+90 = 90"),
        ("tee:10000 less 10000", "+0 = 0"),
        ("tee:10000 less 20000", "+0 = 0"),
        ("tee:10000 off:-2500!adjustment", "+75 = 75"),
        ("tee:10000 off:-12500!adjustment", "+0 = 0"),
        ("back:-5000", "+0 = 0"),
        ("tee:0", "+0 = 0"),
    ];
    for (goods, expected) in cases {
        scenario(rules(json!([base()])), &format!("2024-03-01 buy A {goods} | {expected}"));
    }
    // A rule for some lines bears its share of a discount on the whole.
    scenario(rules(json!([milk(base())])), "2024-03-01 buy A tee:10000 bottle/milk:10000 less 5000 | +75 = 75");
}

#[test]
fn rules_apply_when_their_conditions_hold() {
    let when = |attribute: &str, op: &str, value: Value| json!([{"award": {"kind": "fixed", "points": 7}, "when": {"attribute": attribute, "op": op, "value": value}}]);
    let cases = [
        (when("purchase.amount", "at_least", json!(10000)), "2024-03-01", "tee:10000", 7),
        (when("purchase.amount", "at_least", json!(10000)), "2024-03-01", "tee:10000 less 1", 0),
        (when("purchase.quantity", "more_than", json!(2)), "2024-03-01", "tee:3x100", 7),
        (when("purchase.quantity", "more_than", json!(2)), "2024-03-01", "tee:2x100", 0),
        (when("purchase.store", "is", json!("s1")), "2024-03-01", "tee:100 store s1", 7),
        (when("purchase.store", "is", json!("s1")), "2024-03-01", "tee:100", 0),
        (when("purchase.channel", "in", json!(["online", "app"])), "2024-03-01", "tee:100 channel app", 7),
        (when("purchase.channel", "in", json!(["online", "app"])), "2024-03-01", "tee:100", 0),
        (when("purchase.weekday", "in", json!([6, 7])), "2024-03-02", "tee:100", 7),
        (when("purchase.weekday", "in", json!([6, 7])), "2024-03-01", "tee:100", 0),
        (when("purchase.hour", "between", json!([18, 20])), "2024-03-01T20:59", "tee:100", 7),
        (when("purchase.hour", "between", json!([18, 20])), "2024-03-01T21:00", "tee:100", 0),
        (when("purchase.date", "is", json!("2024-02-29")), "2024-02-29", "tee:100", 7),
        (when("purchase.date", "is", json!("2024-02-29")), "2024-03-01", "tee:100", 0),
        (when("line.sku", "is", json!("hat")), "2024-03-01", "tee:100 hat:100", 7),
        (when("line.sku", "is", json!("hat")), "2024-03-01", "tee:100", 0),
        (when("member.gender", "is", json!("female")), "2024-03-01", "tee:100", 7),
        (when("member.birthday_month", "is", json!(3)), "2024-03-01", "tee:100", 7),
        (when("member.days_to_birthday", "is", json!(14)), "2024-03-01", "tee:100", 7),
        (when("member.age", "is", json!(33)), "2024-03-14", "tee:100", 7),
        (when("member.age", "is", json!(34)), "2024-03-15", "tee:100", 7),
        (when("member.purchase_count", "is", json!(0)), "2024-03-01", "tee:100", 7),
        (when("member.language", "is", json!("ko")), "2024-03-01", "tee:100", 7),
        (when("member.source", "is", json!("booth")), "2024-03-01", "tee:100", 0),
    ];
    for (given, when, goods, expected) in cases {
        scenario(rules(given), &format!("{when} buy A {goods} | +{expected} = {expected}"));
    }
}

#[test]
fn a_rule_lives_from_its_first_to_its_last_business_day() {
    let mut rule = base();
    (rule["from"], rule["until"]) = (json!("2024-03-01"), json!("2024-03-02"));
    scenario_of(
        Book::of(rules(json!([rule])), "Asia/Seoul", 5),
        Vec::new(),
        "2024-03-01T04:59 buy A tee:100 | +0 = 0
         2024-03-01T05:00 buy B tee:100 | +1 = 1
         2024-03-03T04:59 buy C tee:100 | +1 = 2
         2024-03-03T05:00 buy D tee:100 | +0 = 2",
    );
    let mut off = base();
    off["enabled"] = json!(false);
    scenario(rules(json!([off])), "2024-03-01 buy A tee:100 | +0 = 0");
}

#[test]
fn the_first_purchase_is_known_from_the_second() {
    let first = json!([{"award": {"kind": "fixed", "points": 50}, "when": {"attribute": "member.purchase_count", "op": "is", "value": 0}}]);
    scenario(
        rules(first),
        "2024-03-01 buy A tee:100 | +50 = 50
         2024-03-01 buy B tee:100 | +0 = 50
         2024-03-01 @2 buy C tee:100 | +50 = 50",
    );
}

fn redeeming() -> danggol_core::programme::Programme {
    programme(json!({
        "earning": {"rules": [base()]},
        "redemption": {"points": 10, "minor": 50, "step": 10, "minimum": 30, "max_percent": 50},
    }))
}

#[test]
fn points_pay_in_steps_from_a_minimum_and_up_to_a_share() {
    scenario(
        redeeming(),
        "2024-03-01 adjust 1000 | +1000 = 1000
         2024-03-01 buy A tee:1000 redeem 20 | refused redemption_step
         2024-03-01 buy B tee:1000 redeem 35 | refused redemption_step
         2024-03-01 buy C tee:1000 redeem 110 | refused redemption_limit
         2024-03-01 buy D tee:1000 redeem 100 | -100 +5 = 905
         2024-03-01 buy E tee:1000 less 800 redeem 30 | refused redemption_limit
         2024-03-01 buy F tee:100000 redeem 1000 | refused insufficient_points
         2024-03-01 buy G tee:1000 redeem -10 | refused out_of_range
         2024-03-01 buy H tee:-1000 redeem 30 | refused redemption_limit
         2024-03-01 buy I tee:1000 redeem 30 cash 850 | -30 +8 = 883
         2024-03-01 buy J tee:1000 redeem 30 cash 1000 | refused tenders_differ
         2024-03-01 buy K tee:1000 cash 600 cash 400 | +10 = 893
         2024-03-01 buy L tee:1000 cash 999 | refused tenders_differ",
    );
    scenario(
        rules(json!([base()])),
        "2024-03-01 adjust 1000 | +1000 = 1000
         2024-03-01 buy A tee:1000 redeem 30 | refused no_redemption",
    );
}

#[test]
fn the_refusal_of_a_redemption_says_what_would_do() {
    let mut book = Book::new(with(redeeming(), |programme| programme.redemption.as_mut().unwrap().minimum = 1));
    let cases = [
        (110, 1_000, Refusal::RedemptionLimit { most: 100 }),
        (110, 10, Refusal::RedemptionLimit { most: 0 }),
        (15, 1_000, Refusal::RedemptionStep { step: 10, minimum: 10 }),
        (i64::MAX / 10 * 10, 1_000, Refusal::RedemptionLimit { most: 100 }),
        (10, 1_000, Refusal::InsufficientPoints { available: 0, needed: 10 }),
    ];
    for (redeem_points, amount_minor, expected) in cases {
        let order = Order { redeem_points, ..order(&mut book, vec![sale(1, amount_minor)]) };
        assert_eq!(post(&mut book, order), Outcome::Refused(expected), "{redeem_points} on {amount_minor}");
    }
    // Points are never spent on nothing: a hundred of them are worth one minor unit.
    let mut book = Book::new(with(redeeming(), |programme| {
        let redemption = programme.redemption.as_mut().unwrap();
        (redemption.points, redemption.minor, redemption.step, redemption.minimum) = (100, 1, 30, 1);
    }));
    let order = Order { redeem_points: 90, ..order(&mut book, vec![sale(1, 1_000)]) };
    assert_eq!(post(&mut book, order), Outcome::Refused(Refusal::RedemptionStep { step: 30, minimum: 120 }));
}

#[test]
fn what_points_paid_earns_only_where_the_brand_says_so() {
    scenario(
        with(redeeming(), |programme| programme.earning.earn_on_redeemed = true),
        "2024-03-01 adjust 1000 | +1000 = 1000
         2024-03-01 buy A tee:1000 redeem 100 | -100 +10 = 910",
    );
}

#[test]
fn points_wait_until_they_may_be_spent() {
    scenario(
        with(redeeming(), |programme| programme.earning.pending_days = 7),
        "2024-03-01T18:00 buy A tee:10000 | +100 = 100/0
         2024-03-07T23:59 buy B tee:1000 redeem 50 | refused insufficient_points
         2024-03-08T00:00 buy C tee:1000 redeem 50 | -50 +7 = 57/50",
    );
}

#[test]
fn history_counts_and_gives_nothing() {
    let mut book = scenario(
        redeeming(),
        "2024-03-01 buy A tee:10000 history | +0 = 0
         2024-03-01 buy B tee:10000 history redeem 100 | +0 = 0
         2024-03-02 return A | +0 refund 10000 = 0",
    );
    let state = book.state(1);
    assert_eq!((state.purchases, state.total_minor, state.days.len()), (2, 10_000, 1));
    book.join(danggol_core::id::MemberId(9), MemberStatus::Closed);
    scenario_of(
        book,
        Vec::new(),
        "2024-03-01 @9 buy A tee:10000 | refused member_closed
         2024-03-01 @9 buy B tee:10000 history | +0 = 0
         2024-03-01 @9 adjust 10 | refused member_closed
         2024-03-01 @8 buy C tee:10000 | refused unknown_member",
    );
}

pub fn sale(quantity: i64, amount_minor: i64) -> Line {
    Line { sku: "tee".to_owned(), category: None, quantity, amount_minor, kind: LineKind::Sale, off_minor: 0 }
}

pub fn order(book: &mut Book, lines: Vec<Line>) -> Order {
    let at_ms = 1_709_262_000_000;
    Order {
        id: danggol_core::id::PurchaseId(book.id()),
        member: danggol_core::id::MemberId(1),
        external_no: None,
        channel: "store".to_owned(),
        store: None,
        staff: None,
        moment: book.rules.moment(at_ms),
        lines,
        pricing: Pricing::Paid,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 0,
    }
}

fn post(book: &mut Book, order: Order) -> Outcome {
    let at_ms = order.moment.at_ms;
    let envelope = book.envelope(danggol_core::decide::Command::Purchase(order), None);
    book.carry_out(&envelope, at_ms).outcome
}

#[test]
fn numbers_beyond_all_reason_are_refused_and_break_nothing() {
    const MAX: i64 = 1_000_000_000_000;
    let line = Some(0);
    let cases = [
        (vec![], 0, Err(Refusal::NoLines)),
        (vec![sale(1, 1); MAX_LINES + 1], 0, Err(Refusal::TooManyLines)),
        (vec![sale(1, i64::MIN)], 0, Err(Refusal::OutOfRange { line })),
        (vec![sale(1, i64::MAX)], 0, Err(Refusal::OutOfRange { line })),
        (vec![sale(1, MAX + 1)], 0, Err(Refusal::OutOfRange { line })),
        (vec![sale(-1, 1)], 0, Err(Refusal::OutOfRange { line })),
        (vec![sale(i64::MAX, 1)], 0, Err(Refusal::OutOfRange { line })),
        (vec![sale(i64::MIN, 1)], 0, Err(Refusal::OutOfRange { line })),
        (vec![sale(1, 1)], -1, Err(Refusal::OutOfRange { line: None })),
        (vec![sale(1, 1)], i64::MIN, Err(Refusal::OutOfRange { line: None })),
        (vec![sale(1, 1)], i64::MAX, Err(Refusal::OutOfRange { line: None })),
        (vec![sale(1, MAX), sale(1, 1)], 0, Err(Refusal::OutOfRange { line: None })),
        (vec![sale(1_000_000_000, MAX)], 0, Ok(())),
        (vec![sale(1, -MAX)], 0, Ok(())),
    ];
    let mut book = Book::new(rules(json!([{"award": {"kind": "rate", "points": 1_000_000_000, "per_minor": 1}}])));
    for (lines, discount_minor, expected) in cases {
        let first = lines.first().cloned();
        let order = Order { discount_minor, ..order(&mut book, lines) };
        let came = match post(&mut book, order) {
            Outcome::Refused(refusal) => Err(refusal),
            Outcome::Done(_) => Ok(()),
            Outcome::Replayed(_) | Outcome::Nothing => panic!("a new purchase is done or refused"),
        };
        assert_eq!(came, expected, "{first:?} less {discount_minor}");
    }
    assert_eq!(book.state(1).points.balance(), danggol_core::earning::MAX_GRANT);
    for amount_minor in [i64::MIN, i64::MAX, MAX + 1] {
        let tenders = vec![Tender { kind: TenderKind::Cash, amount_minor }; 3];
        let order = Order { tenders, ..order(&mut book, vec![sale(1, 1)]) };
        assert_eq!(post(&mut book, order), Outcome::Refused(Refusal::OutOfRange { line: None }), "a tender of {amount_minor}");
    }
}

#[test]
fn adjustments_move_what_they_say_and_no_more_than_there_is() {
    scenario(
        rules(json!([base()])),
        "2024-03-01 adjust 100 | +100 = 100
         2024-03-01 adjust -30 | -30 = 70
         2024-03-01 adjust -71 | refused insufficient_points
         2024-03-01 adjust 0 | refused adjustment_range
         2024-03-01 adjust 1000000000001 | refused adjustment_range
         2024-03-01 adjust -9223372036854775808 | refused adjustment_range
         2024-03-01 adjust 5 growth | +5 = 70
         2024-03-01 adjust -6 growth | refused insufficient_points
         2024-03-01 adjust -5 growth | -5 = 70",
    );
}

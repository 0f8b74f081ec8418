//! The most that rules give.

use serde_json::{Value, json};

use crate::book::Book;
use crate::text::{scenario, scenario_of};
use crate::{base, rules};

fn capped(caps: Value) -> Value {
    let mut rule = base();
    rule["caps"] = caps;
    rule
}

#[test]
fn caps_hold_per_purchase_day_month_and_year() {
    scenario(
        rules(json!([capped(json!({"per_purchase": 30, "per_day": 50, "per_month": 90, "per_year": 100}))])),
        "2024-01-30 buy A tee:10000 | +30 = 30
         2024-01-30 buy B tee:10000 | +20 = 50
         2024-01-30 buy C tee:10000 | +0 = 50
         2024-01-31 buy D tee:10000 | +30 = 80
         2024-01-31 buy E tee:10000 | +10 = 90
         2024-02-01 buy F tee:10000 | +10 = 100
         2024-12-31 buy G tee:10000 | +0 = 100
         2025-01-01 buy H tee:10000 | +30 = 130
         2025-01-01 @2 buy I tee:10000 | +30 = 30",
    );
}

#[test]
fn a_day_is_the_business_day() {
    scenario_of(
        Book::of(rules(json!([capped(json!({"per_day": 10}))])), "Asia/Seoul", 5),
        Vec::new(),
        "2024-02-29T23:00 buy A tee:1000 | +10 = 10
         2024-03-01T04:59 buy B tee:1000 | +0 = 10
         2024-03-01T05:00 buy C tee:1000 | +10 = 20",
    );
}

#[test]
fn each_rule_has_its_own_caps_and_keeps_them_over_versions() {
    let mut bonus = capped(json!({"per_day": 5}));
    bonus["id"] = json!("bonus");
    let mut doubled = capped(json!({"per_day": 25}));
    doubled["award"]["points"] = json!(2);
    scenario_of(
        Book::new(rules(json!([capped(json!({"per_day": 20})), bonus]))),
        vec![rules(json!([doubled]))],
        "2024-03-01 buy A tee:1000 | +15 = 15
         2024-03-01 buy B tee:1000 | +10 = 25
         2024-03-01 buy C tee:1000 | +0 = 25
         publish
         2024-03-01 buy D tee:1000 | +5 = 30
         2024-03-02 buy E tee:1000 | +20 = 50",
    );
}

#[test]
fn what_a_cap_cuts_to_nothing_is_told() {
    let book = scenario(
        rules(json!([capped(json!({"per_day": 10}))])),
        "2024-03-01 buy A tee:1000 | +10 = 10
         2024-03-01 buy B tee:1000 | +0 = 10
         2024-03-01 return B | +0 refund 1000 = 10",
    );
    let told: Vec<_> = book.purchases.values().map(|kept| (kept.award.grants[0].amount, kept.award.grants[0].headroom)).collect();
    assert_eq!(told, [(10, Some(10)), (0, Some(0))]);
}

#[test]
fn purchases_brought_from_the_past_meet_the_caps_of_their_own_time() {
    scenario(
        rules(json!([capped(json!({"per_day": 10, "per_month": 15}))])),
        "2024-03-01 buy A tee:1000 of=2022-06-01 | +10 = 10
         2024-03-01 buy B tee:1000 of=2022-06-01 | +0 = 10
         2024-03-01 buy C tee:1000 of=2022-06-02 | +5 = 15
         2024-03-01 buy D tee:1000 of=2022-06-03 | +0 = 15
         2024-03-01 buy E tee:1000 of=2022-07-01 | +10 = 25
         2024-03-01 buy F tee:1000 | +10 = 35",
    );
}

#[test]
fn counters_of_long_ago_are_forgotten() {
    let mut text = String::new();
    for month in 1..=12 {
        text += &format!("2024-{month:02}-01 buy A{month} tee:1000 | +10 = {}\n", month * 10);
    }
    let book = scenario(rules(json!([capped(json!({"per_day": 10, "per_month": 100, "per_year": 1000}))])), &text);
    // The year, and the months and days of two months.
    assert!(book.state(1).caps.len() <= 8, "{:?}", book.state(1).caps);
}

//! When points lapse.

use serde_json::{Value, json};

use crate::book::Book;
use crate::text::{scenario, scenario_of};
use crate::{base, rules, with};

fn lapsing(expiry: Value) -> danggol_core::programme::Programme {
    with(rules(json!([base()])), |programme| {
        programme.earning.expiry = serde_json::from_value(expiry).unwrap();
        programme.redemption = serde_json::from_value(json!({"points": 1, "minor": 10})).unwrap();
    })
}

#[test]
fn points_lapse_at_the_end_of_a_day_of_the_shop() {
    let rolling = |days: u16| json!({"kind": "rolling", "days": days});
    let month = |months: u8| json!({"kind": "end_of_month", "months": months});
    let fixed =
        |month: u8, day: u8, min_months: u8| json!({"kind": "fixed_date", "month": month, "day": day, "min_months": min_months});
    let (seoul, new_york, apia) = ("Asia/Seoul", "America/New_York", "Pacific/Apia");
    // expiry, zone, bought, last moment, first moment after
    let cases = [
        (rolling(1), seoul, "2024-03-01T00:00", "2024-03-02T23:59", "2024-03-03T00:00"),
        (rolling(365), seoul, "2023-03-01", "2024-02-29T23:59", "2024-03-01T00:00"),
        (rolling(366), seoul, "2024-02-29", "2025-03-01T23:59", "2025-03-02T00:00"),
        // A day of 23 hours, and one of 25.
        (rolling(1), new_york, "2024-03-09", "2024-03-10T23:59", "2024-03-11T00:00"),
        (rolling(1), new_york, "2024-11-02", "2024-11-03T23:59", "2024-11-04T00:00"),
        // Samoa had no 30 December 2011.
        (rolling(1), apia, "2011-12-28", "2011-12-29T23:59", "2011-12-31T00:00"),
        (month(0), seoul, "2024-02-01", "2024-02-29T23:59", "2024-03-01T00:00"),
        (month(0), seoul, "2024-02-29", "2024-02-29T23:59", "2024-03-01T00:00"),
        (month(1), seoul, "2024-01-31", "2024-02-29T23:59", "2024-03-01T00:00"),
        (month(12), seoul, "2024-02-29", "2025-02-28T23:59", "2025-03-01T00:00"),
        (month(12), seoul, "2023-12-31", "2024-12-31T23:59", "2025-01-01T00:00"),
        (fixed(12, 31, 0), seoul, "2024-03-01", "2024-12-31T23:59", "2025-01-01T00:00"),
        (fixed(12, 31, 0), seoul, "2024-12-31", "2024-12-31T23:59", "2025-01-01T00:00"),
        (fixed(12, 31, 3), seoul, "2024-09-30", "2024-12-31T23:59", "2025-01-01T00:00"),
        (fixed(12, 31, 3), seoul, "2024-10-01", "2025-12-31T23:59", "2026-01-01T00:00"),
        (fixed(2, 29, 0), seoul, "2023-02-01", "2023-02-28T23:59", "2023-03-01T00:00"),
        (fixed(2, 29, 0), seoul, "2024-02-01", "2024-02-29T23:59", "2024-03-01T00:00"),
        (fixed(2, 31, 0), seoul, "2024-03-01", "2025-02-28T23:59", "2025-03-01T00:00"),
        (fixed(4, 31, 0), seoul, "2024-04-30", "2024-04-30T23:59", "2024-05-01T00:00"),
    ];
    for (expiry, zone, bought, last, after) in cases {
        let text = format!(
            "{bought} buy A tee:10000 | +100 = 100
             {last} review | nothing
             {last} buy B tee:100 redeem 10 | -10 +0 = 90
             {after} buy C tee:100 redeem 10 | refused insufficient_points
             {after} review | expired 90 = 0"
        );
        scenario_of(Book::of(lapsing(expiry), zone, 0), Vec::new(), &text);
    }
}

#[test]
fn expiry_takes_points_once_and_a_policy_change_leaves_old_lots_alone() {
    let (short, never) = (lapsing(json!({"kind": "rolling", "days": 10})), lapsing(json!({"kind": "never"})));
    scenario_of(
        Book::new(short),
        vec![never, lapsing(json!({"kind": "rolling", "days": 1}))],
        "2024-03-01 buy A tee:10000 | +100 = 100
         publish
         2024-03-01 buy B tee:20000 | +200 = 300
         publish
         2024-03-11 review | nothing
         2024-03-12 review | expired 100 = 200
         2024-03-12 review | nothing
         2034-03-12 review | nothing
         2034-03-12 buy C tee:5000 | +50 = 250
         2034-03-14 review | expired 50 = 200",
    );
}

#[test]
fn the_lot_that_lapses_first_is_spent_first() {
    let book = scenario_of(
        Book::new(lapsing(json!({"kind": "never"}))),
        vec![lapsing(json!({"kind": "rolling", "days": 30})), lapsing(json!({"kind": "rolling", "days": 10}))],
        "2024-03-01 buy A tee:1000 | +10 = 10
         publish
         2024-03-01 buy B tee:2000 | +20 = 30
         publish
         2024-03-01 buy C tee:4000 | +40 = 70
         2024-03-01 buy D tee:450 redeem 45 | -45 +0 = 25",
    );
    let left: Vec<i64> = book.state(1).points.lots.iter().map(|lot| lot.remaining).collect();
    assert_eq!(left, [15, 10]);
}

#[test]
fn a_return_after_the_points_lapsed_takes_nothing_a_second_time() {
    let ten_days = || lapsing(json!({"kind": "rolling", "days": 10}));
    scenario(
        ten_days(),
        "2024-03-01 buy A tee:5000 hat:5000 | +100 = 100
         2024-03-12 review | expired 100 = 0
         2024-03-13 return A tee | -50 refund 5000 lapsed 50 = 0
         2024-03-13 return A | -50 refund 5000 lapsed 50 = 0",
    );
    // Before the review has run, the lapsed points are taken where they are.
    scenario(
        ten_days(),
        "2024-03-01 buy A tee:5000 hat:5000 | +100 = 100
         2024-03-13 return A tee | -50 refund 5000 = 50/0
         2024-03-14 review | expired 50 = 0
         2024-03-15 return A | -50 refund 5000 lapsed 50 = 0",
    );
    // What was spent before the rest lapsed is owed.
    scenario(
        ten_days(),
        "2024-03-01 buy A tee:5000 hat:5000 | +100 = 100
         2024-03-02 buy B sock:300 redeem 30 | -30 +0 = 70
         2024-03-12 review | expired 70 = 0
         2024-03-13 return A tee | -50 refund 5000 lapsed 50 = 0
         2024-03-13 return A hat | -50 refund 5000 spent 30 lapsed 20 = -30/0",
    );
    // After 120 days nobody remembers, and nobody is charged.
    scenario(
        ten_days(),
        "2024-03-01 buy A tee:5000 hat:5000 | +100 = 100
         2024-03-02 buy B sock:300 redeem 30 | -30 +0 = 70
         2024-03-12 review | expired 70 = 0
         2024-07-11 buy C tee:100 | +1 = 1
         2024-07-22 review | expired 1 = 0
         2024-07-22 return A | -100 refund 10000 lapsed 100 = 0",
    );
}

#[test]
fn what_lapsed_pays_no_debt() {
    scenario(
        lapsing(json!({"kind": "rolling", "days": 10})),
        "2024-03-01 buy A tee:10000 | +100 = 100
         2024-03-02 buy B sock:1000 redeem 100 | -100 +0 = 0
         2024-03-20 buy C tee:5000 | +50 = 50
         2024-03-21 buy D sock:500 redeem 50 | -50 +0 = 0
         2024-03-22 return C | -50 refund 5000 spent 50 = -50/0
         2024-03-23 return B | +0 back 100 = 50/0
         2024-03-24 review | expired 100 = -50/0
         2024-03-25 buy E tee:1000 of=2024-03-01 | +10 = -40/0
         2024-03-26 review | expired 10 = -50/0
         2024-03-27 buy F tee:6000 | +60 = 10",
    );
}

#[test]
fn growth_points_do_not_lapse() {
    let mut growth = base();
    growth["asset"] = json!("growth");
    let given = with(rules(json!([growth])), |programme| {
        programme.earning.expiry = serde_json::from_value(json!({"kind": "rolling", "days": 1})).unwrap();
    });
    scenario(
        given,
        "2024-03-01 buy A tee:100 | +0 growth +1 = 0
         2034-03-01 review | nothing",
    );
}

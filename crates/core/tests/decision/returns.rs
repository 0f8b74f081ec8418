//! Goods that come back: what they gave is taken, what they used is given, once.

use danggol_core::programme::Programme;
use serde_json::{Value, json};

use crate::text::{scenario, scenario_of};
use crate::{base, book::Book, programme, rules, with};

fn redeeming(policy: &str) -> Programme {
    programme(json!({
        "earning": {"rules": [base()]},
        "redemption": {"points": 1, "minor": 10},
        "returns": {"spent_points": policy},
    }))
}

#[test]
fn a_refund_takes_back_exactly_what_was_given_and_gives_back_what_was_used() {
    scenario(
        redeeming("debt"),
        "2024-03-01 adjust 500 | +500 = 500
         2024-03-02 buy A tee:10000 hat:3333 redeem 300 | -300 +103 = 303
         2024-03-03 return A hat | -26 refund 2584 back 75 = 352
         2024-03-04 return A | -77 refund 7749 back 225 = 500
         2024-03-05 return A | refused nothing_to_return",
    );
}

/// All orders of `0..count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let last = count - 1;
    let insert = |shorter: Vec<usize>| (0..count).map(move |at| [&shorter[..at], &[last], &shorter[at..]].concat());
    orders(last).into_iter().flat_map(insert).collect()
}

/// Returns the parts of a purchase in every order, and looks at what is left when all is back.
fn in_every_order(given: &Programme, before: &str, purchase: &str, parts: &[&str], expected: (i64, i64, i64)) {
    for order in orders(parts.len()) {
        let mut text = format!("{before}\n2024-03-01 buy A {purchase}");
        order.iter().for_each(|part| text += &format!("\n2024-03-02 return A {}", parts[*part]));
        let came = std::panic::catch_unwind(|| without_expectations(given.clone(), &text));
        let book = came.unwrap_or_else(|_| panic!("{purchase} back as {order:?}"));
        let kept = book.purchases.values().find(|kept| kept.moment.day == 19_783).expect("the purchase");
        let whole: i64 = kept.lines.iter().map(|line| line.amount_minor).sum::<i64>() - kept.discount_minor;
        let returned = &kept.returned;
        assert_eq!(returned.amount_minor, whole, "{purchase} back as {order:?}");
        assert_eq!(returned.points_taken, kept.award.given(danggol_core::ledger::Asset::Points), "{purchase} back as {order:?}");
        assert_eq!(returned.given_back, kept.award.redeemed_points, "{purchase} back as {order:?}");
        let state = book.state(1);
        let came = (state.points.balance(), returned.waived, returned.deducted_minor);
        assert_eq!(came, expected, "{purchase} back as {order:?}");
        let day = state.days.iter().find(|total| total.day == 19_783).expect("the day");
        assert_eq!((day.spend_minor, day.points, day.purchases), (0, 0, 0), "{purchase} back as {order:?}");
    }
}

/// Runs commands and refuses none.
fn without_expectations(given: Programme, text: &str) -> Book {
    let mut script = crate::text::Script::new(Book::new(given), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let came = script.run(line);
        assert!(!came.starts_with("refused"), "{line} | {came}");
    }
    script.book
}

#[test]
fn partial_returns_in_any_order_add_up_to_the_whole_and_no_more() {
    let threshold = json!({"award": {"kind": "fixed", "points": 40}, "when": {"attribute": "purchase.amount", "op": "at_least", "value": 5000}});
    let few = json!({"award": {"kind": "fixed", "points": 25}, "when": {"attribute": "purchase.amount", "op": "at_most", "value": 9000}});
    let doubled = json!({"award": {"kind": "multiplier", "percent": 200}, "lines": {"attribute": "line.category", "op": "is", "value": "milk"}});
    let capped = json!({"award": {"kind": "rate", "points": 1, "per_minor": 7}, "caps": {"per_purchase": 500, "per_day": 300}, "rounding": "up"});
    let all = rules(json!([base(), threshold, few, doubled, capped]));
    let all = with(all, |programme| programme.redemption = redeeming("debt").redemption);
    let purchases: [(&str, &[&str]); 8] = [
        ("tee:3333 hat/milk:3333 cap:3334", &["tee", "hat", "cap"]),
        ("tee:3x1111 hat/milk:2x777", &["tee", "tee", "tee", "hat:2"]),
        ("tee:2x333 hat/milk:5x101 less 199", &["tee", "hat:2", "hat:3", "tee"]),
        ("tee:5000 hat/milk:5000 off:-2000!adjustment", &["tee", "hat", "off"]),
        ("tee:5000 hat:2500 off:-7499!adjustment pen:0!gift", &["tee", "hat", "off", "pen"]),
        ("tee:9999 hat:1 redeem 777", &["tee", "hat"]),
        ("tee:3x3333 hat/milk:101 less 99 redeem 333", &["tee", "tee:2", "hat"]),
        ("tee:100 hat/milk:50 off:-30!adjustment redeem 7", &["tee", "hat", "off"]),
    ];
    for (purchase, parts) in purchases {
        in_every_order(&all, "2024-02-01 adjust 1000", purchase, parts, (1_000, 0, 0));
    }
}

#[test]
fn partial_returns_add_up_although_the_points_were_spent() {
    // Everything was spent on another purchase before the goods came back: 100 given, 1,000 minor units of value.
    for (policy, expected) in [("debt", (-100, 0, 0)), ("write_off", (0, 100, 0)), ("deduct", (0, 100, 1_000))] {
        let mut given = redeeming(policy);
        let threshold = json!({"id": "t", "name": "T", "award": {"kind": "fixed", "points": 60}, "when": {"attribute": "purchase.amount", "op": "at_least", "value": 4000}});
        given.earning.rules.push(serde_json::from_value(threshold).unwrap());
        for order in orders(3) {
            let parts = ["tee", "hat", "off"];
            let mut text =
                "2024-03-01 buy A tee:4000 hat:1000 off:-1000!adjustment\n2024-03-01 buy B sock:5000 redeem 100".to_owned();
            order.iter().for_each(|part| text += &format!("\n2024-03-02 return A {}", parts[*part]));
            let book = without_expectations(given.clone(), &text);
            let kept = book.purchases.values().next().unwrap();
            // B gave 40 for its rate and 60 for its threshold; both go towards a debt.
            let after_b = 40 + 60;
            let came = (book.state(1).points.balance() - after_b, kept.returned.waived, kept.returned.deducted_minor);
            assert_eq!(came, expected, "{policy}, back as {order:?}");
        }
    }
}

#[test]
fn points_that_were_spent_are_owed_deducted_or_written_off_as_the_brand_says() {
    let text = |first: &str, second: &str, third: &str| {
        format!(
            "2024-03-01 buy A tee:10000 hat:10000 | +200 = 200
             2024-03-02 buy B sock:1800 redeem 180 | -180 +0 = 20
             2024-03-03 return A tee | {first}
             2024-03-04 return A hat | {second}
             2024-03-05 buy C tee:15000 | {third}"
        )
    };
    let cases = [
        ("debt", "-100 refund 10000 spent 80 = -80/0", "-100 refund 10000 spent 100 = -180/0", "+150 = -30/0"),
        ("write_off", "-100 refund 10000 spent 80 = 0", "-100 refund 10000 spent 100 = 0", "+150 = 150"),
        ("deduct", "-100 refund 10000 spent 80 deducted 800 = 0", "-100 refund 10000 spent 100 deducted 1000 = 0", "+150 = 150"),
    ];
    for (policy, first, second, third) in cases {
        scenario(redeeming(policy), &text(first, second, third));
    }
}

#[test]
fn no_more_is_deducted_than_is_refunded() {
    let given = programme(json!({
        "earning": {"rules": [{"id": "gift", "name": "Gift", "award": {"kind": "fixed", "points": 500},
            "when": {"attribute": "purchase.amount", "op": "at_least", "value": 10000}}]},
        "redemption": {"points": 1, "minor": 10},
        "returns": {"spent_points": "deduct"},
    }));
    scenario(
        given,
        "2024-03-01 buy A tee:9000 pen:1000 | +500 = 500
         2024-03-02 buy B sock:5000 redeem 500 | -500 +0 = 0
         2024-03-03 return A pen | -500 refund 1000 spent 500 deducted 1000 = 0
         2024-03-04 return A tee | +0 refund 9000 deducted 4000 = 0",
    );
}

#[test]
fn a_debt_is_taken_from_other_points_first_and_paid_by_the_next() {
    scenario(
        with(redeeming("debt"), |programme| programme.earning.pending_days = 3),
        "2024-03-01 buy A tee:10000 | +100 = 100/0
         2024-03-04 buy B sock:1000 redeem 100 | -100 +0 = 0
         2024-03-05 buy C tee:3000 | +30 = 30/0
         2024-03-05 adjust 20 | +20 = 50/20
         2024-03-06 return A | -100 refund 10000 spent 100 = -50/0
         2024-03-07 adjust 10 | +10 = -40/0
         2024-03-08 buy D tee:7000 | +70 = 30/0
         2024-03-11 review | nothing
         2024-03-11 buy E tee:100 redeem 10 | -10 +0 = 20",
    );
}

#[test]
fn redeemed_points_go_back_to_the_lots_they_came_from() {
    let given = with(redeeming("debt"), |programme| {
        programme.earning.expiry = serde_json::from_value(json!({"kind": "rolling", "days": 30})).unwrap();
    });
    let book = scenario(
        given,
        "2024-03-01 buy A tee:10000 | +100 = 100
         2024-03-11 buy B tee:10000 | +100 = 200
         2024-03-12 buy C sock:2x750 redeem 150 | -150 +0 = 50
         2024-03-13 return C 0 | +0 back 75 = 125
         2024-04-01 review | expired 25 = 100
         2024-04-02 return C | +0 back 75 = 175/100
         2024-04-02 review | expired 75 = 100
         2024-04-11 review | expired 100 = 0",
    );
    assert!(book.state(1).points.lots.is_empty());
}

#[test]
fn a_deleted_or_doubled_rule_changes_no_old_purchase() {
    let mut bonus = base();
    (bonus["id"], bonus["award"]) = (json!("bonus"), json!({"kind": "fixed", "points": 50}));
    let mut doubled = base();
    doubled["award"]["points"] = json!(2);
    let book = Book::new(rules(json!([base(), bonus])));
    scenario_of(
        book,
        vec![rules(json!([doubled]))],
        "2024-03-01 buy A tee:5000 hat:5000 | +150 = 150
         2024-03-01 buy B tee:5000 hat:5000 | +150 = 300
         publish
         2024-03-02 buy C tee:5000 hat:5000 | +200 = 500
         2024-03-03 return A tee | -50 refund 5000 = 450
         2024-03-03 return A hat | -100 refund 5000 = 350
         2024-03-03 return B | -150 refund 10000 = 200
         2024-03-03 return C hat | -100 refund 5000 = 100
         2024-03-03 return C tee | -100 refund 5000 = 0",
    );
}

#[test]
fn what_was_known_of_the_member_is_frozen_too() {
    let first = json!([{"award": {"kind": "fixed", "points": 50}, "when": {"all": [
        {"attribute": "member.purchase_count", "op": "is", "value": 0},
        {"attribute": "member.days_to_birthday", "op": "at_most", "value": 14},
    ]}}]);
    scenario(
        rules(first),
        "2024-03-01 buy A tee:5000 hat:5000 | +50 = 50
         2024-04-01 buy B tee:5000 hat:5000 | +0 = 50
         2024-04-01 return A hat | +0 refund 5000 = 50
         2024-04-02 return A tee | -50 refund 5000 = 0",
    );
}

#[test]
fn caps_that_a_return_frees_award_nothing_anew() {
    let mut capped = base();
    capped["caps"] = json!({"per_day": 100});
    scenario(
        rules(json!([capped])),
        "2024-03-01 buy A tee:6000 | +60 = 60
         2024-03-01 buy B tee:6000 hat:4000 | +40 = 100
         2024-03-01 return A | -60 refund 6000 = 40
         2024-03-01 buy C tee:6000 | +0 = 40
         2024-03-01 return B hat | +0 refund 4000 = 40
         2024-03-01 return B tee | -40 refund 6000 = 0",
    );
}

#[test]
fn a_multiplier_keeps_to_what_the_capped_rate_gave() {
    let mut capped = base();
    capped["caps"] = json!({"per_day": 30});
    scenario(
        rules(json!([capped, {"award": {"kind": "multiplier", "percent": 200}}])),
        "2024-03-01 buy A tee:2000 hat:2000 | +60 = 60
         2024-03-01 buy B tee:2000 hat:2000 | +0 = 60
         2024-03-02 return A hat | -20 refund 2000 = 40
         2024-03-02 return B hat | +0 refund 2000 = 40
         2024-03-02 return A tee | -40 refund 2000 = 0",
    );
}

#[test]
fn a_smaller_basket_wakes_no_other_rule() {
    let at_most: Value = json!({"attribute": "purchase.amount", "op": "at_most", "value": 5000});
    let small = json!({"award": {"kind": "fixed", "points": 99}, "when": at_most, "group": "g"});
    let mut rate = base();
    rate["group"] = json!("g");
    scenario(
        rules(json!([rate, small])),
        "2024-03-01 buy A tee:5000 hat:5000 | +100 = 100
         2024-03-02 return A hat | -50 refund 5000 = 50
         2024-03-03 buy B tee:5000 | +99 = 149
         2024-03-04 return B | -99 refund 5000 = 50",
    );
}

#[test]
fn only_what_is_left_comes_back() {
    scenario(
        rules(json!([base()])),
        "2024-03-01 buy A tee:3x1000 hat:500 | +35 = 35
         2024-03-02 return A tee:2 | -20 refund 2000 = 15
         2024-03-02 return A tee:2 | refused return_too_much
         2024-03-02 return A tee:1 tee:1 | refused return_too_much
         2024-03-02 return A tee:9223372036854775807 tee:9223372036854775807 | refused return_too_much
         2024-03-02 return A tee:0 | refused out_of_range
         2024-03-02 return A tee:-9223372036854775808 | refused out_of_range
         2024-03-02 return A 7 | refused unknown_line
         2024-03-02 return Z | refused unknown_purchase
         2024-03-02 return A | -15 refund 1500 = 0
         2024-03-02 return A hat | refused return_too_much",
    );
}

#[test]
fn growth_points_come_back_with_their_purchase() {
    scenario(
        rules(json!([base(), {"award": {"kind": "rate", "points": 1, "per_minor": 10}, "asset": "growth"}])),
        "2024-03-01 buy A tee:1000 hat:1000 | +20 growth +200 = 20
         2024-03-02 return A tee | -10 growth -100 refund 1000 = 10
         2024-03-03 return A | -10 growth -100 refund 1000 = 0",
    );
}

#[test]
fn a_purchase_without_a_positive_sum_comes_back_line_by_line() {
    scenario(
        rules(json!([base()])),
        "2024-03-01 buy A old:-10000 new:8000 | +0 = 0
         2024-03-02 return A new | +0 refund 8000 = 0
         2024-03-02 return A old | +0 refund -10000 = 0",
    );
}

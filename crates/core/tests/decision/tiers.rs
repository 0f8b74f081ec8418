//! Tiers: up at once, kept, warned, lost, and never by spending points.

use danggol_core::programme::Programme;
use serde_json::{Value, json};

use crate::book::Book;
use crate::text::{Script, scenario, scenario_of};
use crate::{base, programme, with};

fn ladder(window: Value, keep_days: u16, grace_days: u16) -> Programme {
    programme(json!({
        "earning": {"rules": [base()]},
        "redemption": {"points": 1, "minor": 100},
        "tiers": {
            "levels": [
                {"code": "silver", "name": "Silver", "spend_minor": 10000},
                {"code": "gold", "name": "Gold", "spend_minor": 50000, "visits": 4},
            ],
            "window": window, "keep_days": keep_days, "grace_days": grace_days,
        },
    }))
}

fn rolling(days: u16) -> Value {
    json!({"kind": "rolling", "days": days})
}

#[test]
fn a_tier_is_reached_at_once_by_any_of_its_measures() {
    scenario(
        ladder(rolling(90), 90, 30),
        "2024-03-01 buy A tee:9999 | +99 = 99
         2024-03-01 buy B tee:1 | +0 ^silver = 99
         2024-03-01 buy C tee:1 | +0 = 99
         2024-03-02 buy D tee:40000 | +400 ^gold = 499
         2024-03-01 @2 buy E tee:60000 | +600 ^gold = 600
         2024-03-01 @3 buy F tee:1 | +0 = 0
         2024-03-01 @3 buy G tee:1 | +0 = 0
         2024-03-02 @3 buy H tee:1 | +0 = 0
         2024-03-03 @3 buy I tee:1 | +0 = 0
         2024-03-04 @3 buy J tee:1 | +0 ^gold = 0",
    );
}

/// Silver by spending, gold by spending or by standing among the large or above.
fn layered(keep_days: u16, grace_days: u16) -> Programme {
    let mut programme = ladder(rolling(30), keep_days, grace_days);
    programme.tiers.levels[1].layer = Some("large".to_owned());
    programme
}

#[test]
fn a_layer_lifts_at_the_ranking_and_is_kept_warned_about_and_lost_like_any_measure() {
    let book = scenario(
        layered(60, 14),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-01-02 rank ordinary | nothing
         2024-01-03 rank vip | ranked vip silver>gold = 100
         2024-01-03 rank large | nothing
         2024-01-20 rank small | ranked small = 100
         2024-03-03 review | nothing
         2024-03-04 review | warned = 100
         2024-03-10 rank large | ranked large = 100
         2024-03-18 review | nothing
         2024-03-19 review | renewed = 100
         2024-04-01 rank - | ranked - = 100
         2024-05-19 review | warned = 100
         2024-06-03 review | gold>none = 100",
    );
    assert_eq!(book.state(1).rankings.len(), 4, "a ranking stays for as long as a review may ask for its day");
    // A ranking that is told late counts from its own day; one before the last is not told any more. Nobody is ranked without a book.
    scenario(
        layered(10, 0),
        "2024-01-01 buy A tee:1 | +0 = 0
         2024-01-05 rank vip of=2024-01-04 | ranked vip none>gold = 0
         2024-01-05 rank - of=2024-01-03 | nothing
         2024-01-06 rank - | ranked - = 0
         2024-01-16 review | gold>none = 0
         2024-01-16 @2 rank vip | nothing",
    );
}

#[test]
fn a_return_does_not_take_what_a_layer_holds() {
    scenario(
        layered(60, 0),
        "2024-01-01 buy A tee:50000 | +500 ^gold = 500
         2024-01-02 rank vip | ranked vip = 500
         2024-01-03 return A | -500 refund 50000 = 0
         2024-01-04 rank - | ranked - = 0
         2024-01-05 @2 buy B tee:50000 | +500 ^gold = 500
         2024-01-06 @2 return B | -500 refund 50000 gold>none = 0",
    );
}

#[test]
fn spending_points_never_demotes() {
    let by_points = programme(json!({
        "earning": {"rules": [base()]},
        "redemption": {"points": 1, "minor": 100},
        "tiers": {"levels": [{"code": "silver", "name": "Silver", "points": 100}], "window": rolling(30), "keep_days": 10, "grace_days": 0},
    }));
    let book = scenario(
        by_points,
        "2024-03-01 buy A tee:10000 | +100 ^silver = 100
         2024-03-02 buy B tee:10000 redeem 100 | -100 +0 = 0
         2024-03-12 review | renewed = 0
         2024-03-13 adjust 50 | +50 = 50
         2024-03-13 adjust -50 | -50 = 0
         2024-03-23 review | renewed = 0",
    );
    assert_eq!(book.state(1).tier.unwrap().code, "silver");
}

#[test]
fn a_tier_is_kept_warned_about_and_lost() {
    scenario(
        ladder(rolling(30), 60, 14),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-03-01 review | nothing
         2024-03-02 review | warned = 100
         2024-03-15 review | nothing
         2024-03-16 review | nothing
         2024-03-17 review | silver>none = 100
         2024-03-18 review | nothing",
    );
}

#[test]
fn a_tier_reached_again_by_the_end_of_its_period_is_renewed() {
    scenario(
        ladder(rolling(30), 60, 14),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-02-20 buy B tee:10000 | +100 = 200
         2024-03-02 review | renewed = 200
         2024-05-01 review | nothing
         2024-05-02 review | warned = 200",
    );
}

#[test]
fn a_tier_reached_again_in_the_grace_is_renewed_although_the_window_slides_on() {
    scenario(
        ladder(rolling(30), 60, 14),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-02-12 buy B tee:5000 | +50 = 150
         2024-03-02 review | warned = 150
         2024-03-08 buy C tee:5000 | +50 = 200
         2024-03-17 review | renewed = 200",
    );
    // The same without the purchase of the grace falls.
    scenario(
        ladder(rolling(30), 60, 14),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-02-12 buy B tee:5000 | +50 = 150
         2024-03-02 review | warned = 150
         2024-03-17 review | silver>none = 150",
    );
}

#[test]
fn a_tier_falls_to_what_is_reached() {
    scenario(
        ladder(rolling(30), 60, 0),
        "2024-01-01 buy A tee:50000 | +500 ^gold = 500
         2024-02-20 buy B tee:10000 | +100 = 600
         2024-03-02 review | gold>silver = 600
         2024-05-01 review | nothing
         2024-05-02 review | silver>none = 600",
    );
}

#[test]
fn a_calendar_tier_counts_the_period_and_lasts_to_the_end_of_one() {
    let year = json!({"kind": "calendar", "unit": "year"});
    scenario(
        ladder(year, 365, 30),
        "2023-12-31 buy A tee:6000 | +60 = 60
         2024-01-01 buy B tee:6000 | +60 = 120
         2024-12-31 buy C tee:4000 | +40 ^silver = 160
         2025-12-31 review | nothing
         2026-01-01 review | warned = 160
         2026-01-31 review | nothing
         2026-02-01 review | silver>none = 160",
    );
    let quarter = json!({"kind": "calendar", "unit": "quarter"});
    scenario(
        ladder(quarter, 0, 0),
        "2024-01-31 buy A tee:5000 | +50 = 50
         2024-03-31 buy B tee:5000 | +50 ^silver = 100
         2024-03-31 review | nothing
         2024-04-01 review | renewed = 100
         2024-06-30 review | nothing
         2024-07-01 review | silver>none = 100",
    );
    let half = json!({"kind": "calendar", "unit": "half"});
    scenario(
        ladder(half, 0, 0),
        "2024-06-30 buy A tee:5000 | +50 = 50
         2024-07-01 buy B tee:5000 | +50 = 100
         2024-12-31 buy C tee:5000 | +50 ^silver = 150",
    );
}

#[test]
fn purchases_out_of_order_count_for_their_own_day() {
    scenario(
        ladder(rolling(30), 60, 14),
        "2024-03-01 buy A tee:5000 | +50 = 50
         2024-03-02 buy B tee:5000 of=2024-01-15 | +50 = 100
         2024-03-02 buy C tee:5000 of=2024-02-20 | +50 ^silver = 150",
    );
}

#[test]
fn a_return_undoes_the_lift() {
    scenario(
        ladder(rolling(90), 90, 30),
        "2024-03-01 buy A tee:10000 | +100 ^silver = 100
         2024-03-02 buy B tee:40000 | +400 ^gold = 500
         2024-03-03 return B | -400 refund 40000 gold>silver = 100
         2024-03-04 return A | -100 refund 10000 silver>none = 0",
    );
    // In the other order the second purchase still carries silver.
    scenario(
        ladder(rolling(90), 90, 30),
        "2024-03-01 buy A tee:10000 | +100 ^silver = 100
         2024-03-02 buy B tee:40000 | +400 ^gold = 500
         2024-03-03 return A | -100 refund 10000 gold>silver = 400
         2024-03-04 return B | -400 refund 40000 silver>none = 0",
    );
    // In parts: one purchase lifted two steps, and comes back bit by bit.
    scenario(
        ladder(rolling(90), 90, 30),
        "2024-03-01 buy A tee:5x10000 | +500 ^gold = 500
         2024-03-03 return A tee:1 | -100 refund 10000 gold>silver = 400
         2024-03-04 return A tee:3 | -300 refund 30000 = 100
         2024-03-05 return A tee:1 | -100 refund 10000 silver>none = 0",
    );
}

#[test]
fn a_return_leaves_a_tier_that_is_reached_without_it() {
    scenario(
        ladder(rolling(90), 90, 30),
        "2024-03-01 buy A tee:10000 | +100 ^silver = 100
         2024-03-05 buy B tee:10000 | +100 = 200
         2024-03-06 return A | -100 refund 10000 = 100
         2024-03-07 buy C tee:500 | +5 = 105
         2024-03-08 return C | -5 refund 500 = 100",
    );
}

#[test]
fn a_return_leaves_a_lift_of_long_ago_and_a_renewed_tier() {
    // The window of the lift was ten days: after 10 + 0 + 62 days nobody knows any more what was in it.
    scenario(
        ladder(rolling(10), 365, 0),
        "2024-01-01 buy A tee:9000 | +90 = 90
         2024-01-02 buy B tee:1000 | +10 ^silver = 100
         2024-04-01 buy C tee:100 | +1 = 101
         2024-04-02 return A | -90 refund 9000 = 11",
    );
    // Half of the window of the lift is forgotten: what is left of it proves nothing.
    scenario(
        ladder(rolling(30), 365, 0),
        "2024-01-03 buy A tee:9000 | +90 = 90
         2024-01-31 buy B tee:2x5000 | +100 ^silver = 190
         2024-04-15 buy C tee:100 | +1 = 191
         2024-04-15 return B tee:1 | -50 refund 5000 = 141",
    );
    scenario(
        ladder(rolling(30), 10, 0),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-01-12 review | renewed = 100
         2024-01-13 return A | -100 refund 10000 = 0
         2024-01-23 review | silver>none = 0",
    );
}

#[test]
fn a_return_goes_back_to_a_tier_only_while_it_is_kept() {
    scenario(
        ladder(rolling(10), 20, 0),
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-01-20 buy B tee:50000 | +500 ^gold = 600
         2024-02-05 return B | -500 refund 50000 gold>none = 100",
    );
}

#[test]
fn a_new_ladder_moves_nobody_down_before_the_period_ends() {
    let renamed = with(ladder(rolling(30), 60, 10), |programme| {
        programme.tiers.levels[0].code = "blue".to_owned();
        programme.tiers.levels.remove(1);
    });
    scenario_of(
        Book::new(ladder(rolling(30), 60, 10)),
        vec![renamed],
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-01-01 @2 buy B tee:10000 | +100 ^silver = 100
         publish
         2024-01-02 buy C tee:100 | +1 ^blue = 101
         2024-03-02 @2 review | warned = 100
         2024-03-13 @2 review | silver>none = 100",
    );
}

#[test]
fn a_return_under_a_steeper_ladder_moves_nobody_down() {
    let steeper = with(ladder(rolling(90), 90, 10), |programme| programme.tiers.levels[0].spend_minor = Some(30_000));
    scenario_of(
        Book::new(ladder(rolling(90), 90, 10)),
        vec![steeper],
        "2024-01-01 buy A tee:10000 | +100 ^silver = 100
         2024-01-01 buy B tee:100 | +1 = 101
         publish
         2024-01-02 return B | -1 refund 100 = 100
         2024-01-03 return A | -100 refund 10000 = 0",
    );
}

#[test]
fn growth_points_decide_where_there_are_any() {
    scenario(
        programme(json!({
            "earning": {"rules": [base(), {"id": "g", "name": "G", "award": {"kind": "rate", "points": 1, "per_minor": 1000}, "asset": "growth"}]},
            "tiers": {"levels": [{"code": "silver", "name": "Silver", "points": 10}], "window": rolling(30), "keep_days": 10, "grace_days": 0},
        })),
        "2024-03-01 buy A tee:9000 | +90 growth +9 = 90
         2024-03-01 buy B tee:1000 | +10 growth +1 ^silver = 100
         2024-03-01 return B | -10 growth -1 refund 1000 silver>none = 90",
    );
}

#[test]
fn a_lowest_tier_may_need_nothing() {
    scenario(
        programme(json!({
            "earning": {"rules": [base()]},
            "tiers": {
                "levels": [{"code": "member", "name": "Member"}, {"code": "silver", "name": "Silver", "visits": 2}],
                "window": rolling(30), "keep_days": 10, "grace_days": 0,
            },
        })),
        "2024-03-01 buy A tee:100 | +1 ^member = 1
         2024-03-02 buy B tee:100 | +1 ^silver = 2
         2024-03-03 return B | -1 refund 100 silver>member = 1
         2024-03-12 review | nothing
         2026-03-12 review | nothing
         2026-03-13 return A | -1 refund 100 = 0
         2026-03-13 review | nothing",
    );
}

fn from_member(member: Option<i64>, silver: i64) -> Programme {
    programme(json!({
        "earning": {"rules": [base()]},
        "tiers": {
            "levels": [
                {"code": "member", "name": "Member", "spend_minor": member},
                {"code": "silver", "name": "Silver", "spend_minor": silver},
            ],
            "window": rolling(10), "keep_days": 10, "grace_days": 5,
        },
    }))
}

#[test]
fn a_tier_that_needs_nothing_is_fallen_to_and_held_for_ever() {
    scenario(
        from_member(None, 10_000),
        "2024-03-01 buy A tee:10000 | +100 ^silver = 100
         2024-03-12 review | warned = 100
         2024-03-18 review | silver>member = 100
         2025-04-07 review | nothing
         2025-04-08 buy B tee:10000 | +100 ^silver = 200
         2025-04-09 return B | -100 refund 10000 silver>member = 100
         2026-04-09 review | nothing",
    );
}

#[test]
fn a_tier_that_came_to_need_something_is_looked_at_at_once() {
    scenario_of(
        Book::new(from_member(None, 10_000)),
        vec![from_member(Some(5_000), 10_000), from_member(None, 10_000)],
        "2024-01-01 buy A tee:100 | +1 ^member = 1
         2024-01-15 @2 buy B tee:6000 | +60 ^member = 60
         2024-01-01 @3 buy C tee:100 | +1 ^member = 1
         2024-01-20 review | nothing
         publish
         2024-01-20 review | warned = 1
         2024-01-20 @2 review | renewed = 60
         2024-01-20 @3 review | warned = 1
         2024-01-24 @3 buy D tee:5000 | +50 = 51
         2024-01-26 review | member>none = 1
         2024-01-26 @3 review | renewed = 51
         publish
         2024-01-30 @2 review | nothing
         2024-01-31 @2 review | renewed = 60
         2025-01-31 @2 review | nothing",
    );
}

#[test]
fn a_review_lifts_whom_an_easier_ladder_gives_more() {
    scenario_of(
        Book::new(from_member(None, 10_000)),
        vec![from_member(None, 5_000)],
        "2024-01-01 buy A tee:6000 | +60 ^member = 60
         2024-01-02 review | nothing
         publish
         2024-01-02 review | member>silver = 60
         2024-01-02 review | nothing",
    );
}

#[test]
fn all_returns_of_a_day_end_at_no_tier_in_whatever_order() {
    let names = ["A", "B", "C"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut script = Script::new(Book::new(ladder(rolling(90), 90, 30)), Vec::new());
        for (day, name) in names.iter().enumerate() {
            script.run(&format!("2024-03-0{} buy {name} tee:20000", day + 1));
        }
        assert_eq!(script.book.state(1).tier.unwrap().code, "gold");
        order.iter().for_each(|at| drop(script.run(&format!("2024-03-05 return {}", names[*at]))));
        assert_eq!(script.book.state(1).tier, None, "{order:?}");
    }
}

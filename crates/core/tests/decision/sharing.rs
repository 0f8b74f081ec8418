//! Members of a household who spend each other's points.

use danggol_core::decide::Command;
use danggol_core::holder::HolderState;
use danggol_core::programme::Programme;
use serde_json::json;

use crate::book::Book;
use crate::text::{Script, scenario_of};

/// A point for each hundred minor units, which lapses after so many days; each pays one minor unit. What is spent and taken back is owed.
fn given(days: u16) -> Programme {
    crate::programme(json!({
        "earning": {"rules": [crate::base()], "expiry": {"kind": "rolling", "days": days}},
        "redemption": {"points": 1, "minor": 1, "step": 1, "max_percent": 100},
        "returns": {"spent_points": "debt"},
    }))
}

fn shared(days: u16, text: &str) -> Book {
    scenario_of(Book::new(given(days)).sharing(true), Vec::new(), text)
}

/// Lots as `entry:units`, by the entries' places among those that gave any.
fn lots(state: &HolderState) -> Vec<i64> {
    state.points.lots.iter().map(|lot| lot.remaining).collect()
}

#[test]
fn what_she_lacks_comes_from_the_others_and_what_expires_first_goes_first() {
    let book = shared(
        30,
        "2024-03-01 @2 buy A x:20000               | +200 = 200
         2024-03-02 @3 buy B x:30000               | +300 = 300
         2024-03-03 @2 buy C x:10000               | +100 = 300
         2024-03-04 @1 buy D x:5000                | +50 = 50
         2024-03-05 @1 buy E x:1000 redeem 40      | -40 +9 = 19
         2024-03-06 @1 buy F x:1000 redeem 259     | 200 of 2 40 of 3 -259 +7 = 7
         2024-03-07 @3 buy G x:90 redeem 90        | -90 +0 = 170
         2024-03-08 @1 buy H x:1000 redeem 278     | refused insufficient_points
         2024-03-08 @1 buy I x:1000 redeem 277     | 100 of 2 170 of 3 -277 +7 = 7
         2024-03-09 @2 buy J x:1000 redeem 8       | refused insufficient_points
         2024-03-09 @2 buy K x:1000 redeem 7       | 7 of 1 -7 +9 = 9",
    );
    for (member, left) in [(1, 0), (2, 9), (3, 0)] {
        assert_eq!(book.state(member).points.balance(), left, "{member}");
    }
}

#[test]
fn points_that_are_pending_or_owed_are_not_drawn_and_debts_stay_whose_they_are() {
    let mut programme = given(300);
    programme.earning.pending_days = 3;
    let pending = Book::new(programme).sharing(true);
    scenario_of(
        pending,
        Vec::new(),
        "2024-03-01 @2 buy A x:20000            | +200 = 200/0
         2024-03-02 @1 buy B x:1000 redeem 1    | refused insufficient_points
         2024-03-05 @1 buy C x:1000 redeem 200  | 200 of 2 -200 +8 = 8/0",
    );
    // The first owes what came back after it was spent; she may spend what is the second's, and owes on.
    let book = shared(
        300,
        "2024-03-01 @1 buy A x:20000            | +200 = 200
         2024-03-02 @1 buy B x:200 redeem 200   | -200 +0 = 0
         2024-03-03 @1 return A                 | -200 refund 20000 spent 200 = -200/0
         2024-03-04 @2 buy C x:20000            | +200 = 200
         2024-03-05 @1 buy D x:150 redeem 150   | 150 of 2 -150 +0 = -200/0
         2024-03-06 @2 buy E x:1000 redeem 51   | refused insufficient_points",
    );
    assert_eq!((book.state(1).points.debt, lots(&book.state(1))), (200, vec![]));
}

#[test]
fn what_comes_back_with_the_goods_is_hers_who_bought_and_keeps_its_expiry() {
    let book = shared(
        30,
        "2024-03-01 @2 buy A x:20000            | +200 = 200
         2024-03-11 @1 buy B x:150 redeem 150   | 150 of 2 -150 +0 = 0
         2024-03-12 @1 return B                 | +0 back 150 = 150
         2024-03-30 @1 review                   | nothing
         2024-04-01 @1 review                   | expired 150 = 0
         2024-04-01 @2 review                   | expired 50 = 0",
    );
    assert_eq!((lots(&book.state(1)), lots(&book.state(2))), (vec![], vec![]));
    // Who earned them and brings the goods back owes what the family spent.
    shared(
        300,
        "2024-03-01 @2 buy A x:20000            | +200 = 200
         2024-03-02 @1 buy B x:150 redeem 150   | 150 of 2 -150 +0 = 0
         2024-03-03 @2 return A                 | -200 refund 20000 spent 150 = -150/0
         2024-03-04 @1 return B                 | +0 back 150 = 150
         2024-03-05 @3 buy C x:100 redeem 100   | 100 of 1 -100 +0 = 0",
    );
}

#[test]
fn only_purchases_draw_and_nothing_is_drawn_where_nothing_is_shared() {
    shared(
        300,
        "2024-03-01 @2 buy A x:20000            | +200 = 200
         2024-03-02 @1 adjust -1                | refused insufficient_points",
    );
    scenario_of(
        Book::new(given(300)),
        Vec::new(),
        "2024-03-01 @2 buy A x:20000            | +200 = 200
         2024-03-02 @1 buy B x:1000 redeem 1    | refused insufficient_points",
    );
}

/// Two members spend in one batch: what the first takes is not there for the second.
#[test]
fn a_batch_of_spends_of_one_household_is_as_many_batches_of_one() {
    let lines: Vec<String> = (0..12).map(|at| format!("2024-03-02 @{} buy S{at} x:40 redeem 40", 1 + at % 3)).collect();
    let [mut single, mut batched] = [(); 2].map(|()| {
        let mut script = Script::new(Book::new(given(300)).sharing(true), Vec::new());
        for (member, amount) in [(1, 7_000), (2, 11_000), (3, 9_000)] {
            script.run(&format!("2024-03-01 @{member} buy A{member} x:{amount}"));
        }
        script
    });
    let said: Vec<String> = lines.iter().map(|line| single.run(line)).collect();
    assert_eq!(said.iter().filter(|said| !said.starts_with("refused")).count(), 270 / 40);
    let read: Vec<_> = lines.iter().map(|line| batched.read(line)).collect();
    let now_ms = read[0].2;
    let envelopes: Vec<_> = read.into_iter().map(|(envelope, ..)| envelope).collect();
    assert!(envelopes.iter().all(|envelope| matches!(envelope.command, Command::Purchase(_))));
    batched.book.batch(&envelopes, now_ms);
    assert_eq!(batched.book.states, single.book.states);
}

//! The same command twice, and many in one batch.

use danggol_core::decide::{Command, Envelope, Outcome, ReturnOrder};
use danggol_core::id::PurchaseId;
use serde_json::json;

use crate::book::Book;
use crate::text::{Script, scenario};
use crate::{base, programme, rules};

#[test]
fn a_retry_changes_nothing() {
    scenario(
        rules(json!([base()])),
        "2024-03-01 buy A tee:1000 no T1:7 | +10 = 10
         2024-03-01 buy B tee:1000 no T1:7 | replayed A
         2024-03-02 buy C tee:1000 no T1:8 | refused purchase_number_taken
         2024-03-02 buy D tee:1000 no T2:7 | +10 = 20
         2024-03-02 buy E tee:1000 key=k1:7 | +10 = 30
         2024-03-02 buy F tee:1000 key=k1:7 | replayed E
         2024-03-02 buy G tee:1000 key=k1:8 | refused idempotency_key_reused
         2024-03-02 adjust 5 key=k2:1 | +5 = 35
         2024-03-02 adjust 5 key=k2:1 | replayed ?
         2024-03-02 adjust 6 key=k2:2 | refused idempotency_key_reused
         2024-03-02 return A key=k3:1 | -10 refund 1000 = 25
         2024-03-02 return A key=k3:1 | replayed ?
         2024-03-02 return A | refused nothing_to_return",
    );
}

#[test]
fn what_was_refused_may_be_tried_again_under_its_key_and_number() {
    scenario(
        programme(json!({"earning": {"rules": [base()]}, "redemption": {"points": 1, "minor": 1}})),
        "2024-03-01 buy A tee:1000 redeem 50 no T1:7 key=k1:7 | refused insufficient_points
         2024-03-01 adjust 50 | +50 = 50
         2024-03-01 buy B tee:1000 redeem 50 no T1:7 key=k1:7 | -50 +9 = 9
         2024-03-01 buy C tee:1000 redeem 50 no T1:7 key=k1:7 | replayed B",
    );
}

#[test]
fn parallel_spends_of_one_balance_succeed_as_often_as_there_is_balance() {
    let given = || programme(json!({"earning": {"rules": [base()]}, "redemption": {"points": 1, "minor": 1}}));
    let mut script = Script::new(Book::new(given()), Vec::new());
    assert_eq!(script.run("2024-03-01 adjust 70"), "+70 = 70");
    let now_ms = 1_709_300_000_000;
    let batch: Vec<Envelope> = (0..20).map(|_| script.order("tee:99 redeem 10", now_ms)).collect();
    let steps = script.book.batch(&batch, now_ms);
    let done = steps.iter().filter(|step| matches!(step.outcome, Outcome::Done(_))).count();
    assert_eq!((done, script.book.state(1).points.balance()), (7, 0));
}

#[test]
fn a_purchase_and_its_return_may_stand_in_one_batch() {
    let mut script = Script::new(Book::new(rules(json!([base()]))), Vec::new());
    let now_ms = 1_709_300_000_000;
    let bought = script.order("tee:3x1000", now_ms);
    let purchase = PurchaseId(bought.id.0);
    let mut give_back = |lines: Option<Vec<(usize, i64)>>| {
        script.book.envelope(Command::Return(ReturnOrder { purchase, lines, at_ms: now_ms }), None)
    };
    let batch = [bought.clone(), give_back(Some(vec![(0, 1)])), give_back(None), give_back(None)];
    let outcomes: Vec<_> =
        script.book.batch(&batch, now_ms).into_iter().map(|step| matches!(step.outcome, Outcome::Done(_))).collect();
    assert_eq!(outcomes, [true, true, true, false]);
    let kept = &script.book.purchases[&purchase];
    assert_eq!((kept.returned.points_taken, script.book.state(1).points.balance()), (30, 0));
}

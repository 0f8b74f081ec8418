//! Stored value: what a plan adds, what is spent first, what goods that come back and refunds do, in every order.

use danggol_core::decide::{Command, Detail, Outcome, ReturnOrder};
use danggol_core::id::{EntryId, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset};
use danggol_core::purchase::{Tender, TenderKind};
use danggol_core::refusal::Refusal;
use danggol_core::time::DAY_MS;
use danggol_core::value::{REMEMBERED_TOP_UPS, ValueAct, ValueEffect, ValueOrder};
use serde_json::{Value, json};

use crate::book::{Book, Step};
use crate::purchases::{order, sale};
use crate::{base, programme};

/// Noon of 2024-03-15 in Seoul.
const NOW_MS: i64 = 1_710_471_600_000;

fn plan(order: &str, bonus_on_refund: &str, spent_bonus: &str) -> Value {
    json!({
        "steps": [
            {"id": "some", "name": "Some", "from_minor": 1_000, "bonus_minor": 100},
            {"id": "more", "name": "More", "from_minor": 5_000, "bonus_minor": 1_000, "points": 50},
        ],
        "bonus_expiry": {"kind": "rolling", "days": 10},
        "order": order, "bonus_on_refund": bonus_on_refund, "spent_bonus": spent_bonus,
    })
}

fn shop(order: &str, bonus_on_refund: &str, spent_bonus: &str) -> Book {
    let top_ups = plan(order, bonus_on_refund, spent_bonus);
    Book::new(programme(json!({"earning": {"rules": [base()]}, "top_ups": top_ups})))
}

fn act(book: &mut Book, act: ValueAct, now_ms: i64) -> Step {
    let order = ValueOrder { member: MemberId(1), act, store: None, staff: None, reason: None };
    let envelope = book.envelope(Command::Value(order), None);
    book.carry_out(&envelope, now_ms)
}

fn top_up(book: &mut Book, amount_minor: i64) -> EntryId {
    let step = act(book, ValueAct::TopUp { amount_minor, tender: TenderKind::Cash }, NOW_MS);
    let Outcome::Done(id) = step.outcome else { panic!("{step:?}") };
    id
}

fn pay(book: &mut Book, amount_minor: i64) -> Step {
    act(book, ValueAct::Pay { amount_minor }, NOW_MS)
}

/// Principal and bonus taken back, spent and deducted, paid out; or the code of the refusal.
fn refund(book: &mut Book, amount_minor: i64, top_up: Option<EntryId>) -> String {
    let step = act(book, ValueAct::Refund { amount_minor, tender: TenderKind::Cash, top_up }, NOW_MS);
    if let Outcome::Refused(refusal) = step.outcome {
        return refusal.code().to_owned();
    }
    let Some(Detail::Value(detail)) = step.entry.map(|entry| entry.detail) else { panic!("an entry") };
    let ValueEffect::Refunded(done) = detail.effect else { panic!("{detail:?}") };
    format!(
        "{} out, bonus {} spent {} deducted {}, points {}",
        done.paid_out_minor(),
        done.bonus_taken,
        done.spent,
        done.deducted_minor,
        done.points_taken
    )
}

fn has(book: &Book) -> [i64; 3] {
    [Asset::ValuePrincipal, Asset::ValueBonus, Asset::Points].map(|asset| book.state(1).purse(asset).balance())
}

fn buy(book: &mut Book, lines_minor: &[(i64, i64)], value_minor: i64) -> (PurchaseId, Step) {
    let mut order = order(book, lines_minor.iter().map(|(pieces, minor)| sale(*pieces, *minor)).collect());
    order.moment = book.rules.moment(NOW_MS);
    let rest_minor = order.amount_minor() - value_minor;
    order.tenders = vec![
        Tender { kind: TenderKind::StoredValue, amount_minor: value_minor },
        Tender { kind: TenderKind::Card, amount_minor: rest_minor },
    ];
    let id = order.id;
    let envelope = book.envelope(Command::Purchase(order), None);
    (id, book.carry_out(&envelope, NOW_MS))
}

fn bring_back(book: &mut Book, purchase: PurchaseId, lines: &[(usize, i64)]) -> [i64; 3] {
    let command = Command::Return(ReturnOrder { purchase, lines: Some(lines.to_vec()), at_ms: NOW_MS });
    let envelope = book.envelope(command, None);
    let Some(Detail::Return(detail)) = book.carry_out(&envelope, NOW_MS).entry.map(|entry| entry.detail) else {
        panic!("a return")
    };
    [detail.refund_minor, detail.principal_back, detail.bonus_back]
}

#[test]
fn a_top_up_gets_what_the_highest_step_that_it_reaches_gives() {
    for (paid_minor, expected) in [
        (999, [999, 0, 0]),
        (1_000, [1_000, 100, 0]),
        (4_999, [4_999, 100, 0]),
        (5_000, [5_000, 1_000, 50]),
        (90_000, [90_000, 1_000, 50]),
    ] {
        let mut book = shop("proportional", "proportional", "deduct");
        top_up(&mut book, paid_minor);
        assert_eq!(has(&book), expected, "{paid_minor}");
        assert_eq!(book.brand[&(Account::Cash, Asset::ValuePrincipal)], -paid_minor);
    }
}

#[test]
fn what_is_spent_first_is_as_the_brand_says() {
    for (order, spent, left) in [
        ("principal_first", 600, [4_400, 1_000]),
        ("principal_first", 5_500, [0, 500]),
        ("bonus_first", 600, [5_000, 400]),
        ("bonus_first", 1_600, [4_400, 0]),
        ("proportional", 600, [4_500, 900]),
        ("proportional", 1, [4_999, 1_000]),
        ("proportional", 6_000, [0, 0]),
    ] {
        let mut book = shop(order, "keep", "deduct");
        top_up(&mut book, 5_000);
        assert!(matches!(pay(&mut book, spent).outcome, Outcome::Done(_)));
        assert_eq!(has(&book)[..2], left, "{order} {spent}");
    }
}

#[test]
fn what_there_is_too_little_for_is_refused_with_what_there_is() {
    let mut book = shop("proportional", "proportional", "deduct");
    top_up(&mut book, 1_000);
    let too_little = |needed_minor| Outcome::Refused(Refusal::InsufficientValue { available_minor: 1_100, needed_minor });
    assert_eq!(pay(&mut book, 1_101).outcome, too_little(1_101));
    assert_eq!(buy(&mut book, &[(1, 2_000)], 1_200).1.outcome, too_little(1_200));
    // More than is due would be paid out in change.
    let (_, step) = buy(&mut book, &[(1, 500)], 600);
    assert_eq!(step.outcome, Outcome::Refused(Refusal::TendersDiffer { expected_minor: 500, given_minor: 600 }));
    for tender in [TenderKind::Points, TenderKind::StoredValue] {
        let step = act(&mut book, ValueAct::TopUp { amount_minor: 5, tender }, NOW_MS);
        assert_eq!(step.outcome, Outcome::Refused(Refusal::TenderNotMoney));
    }
    for amount_minor in [0, -1, i64::MIN, i64::MAX] {
        assert_eq!(pay(&mut book, amount_minor).outcome, Outcome::Refused(Refusal::ValueRange), "{amount_minor}");
    }
    assert_eq!(has(&book), [1_000, 100, 0]);
    let without = Book::new(programme(json!({"earning": {"rules": [base()]}})));
    let step = act(&mut { without }, ValueAct::TopUp { amount_minor: 5, tender: TenderKind::Cash }, NOW_MS);
    assert_eq!(step.outcome, Outcome::Refused(Refusal::NoTopUps));
}

#[test]
fn goods_that_come_back_part_by_part_give_back_what_paid_for_them_in_every_order() {
    let parts: [(usize, i64); 4] = [(0, 1), (0, 2), (1, 1), (2, 1)];
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]];
    for order in ["principal_first", "bonus_first", "proportional"] {
        for value_minor in [1, 333, 1_111, 2_500] {
            for parts_order in orders {
                let mut book = shop(order, "keep", "deduct");
                top_up(&mut book, 1_000);
                top_up(&mut book, 5_000);
                let before = has(&book);
                let (purchase, step) = buy(&mut book, &[(3, 997), (1, 1_003), (1, 500)], value_minor);
                assert_eq!(step.award.expect("it was bought").value_minor(), value_minor);
                let mut sums = [0; 3];
                for part in parts_order {
                    let back = bring_back(&mut book, purchase, &[parts[part]]);
                    assert!(back.iter().all(|minor| *minor >= 0), "{back:?}");
                    sums = [sums[0] + back[0], sums[1] + back[1], sums[2] + back[2]];
                }
                assert_eq!(sums[0], 2_500 - value_minor, "{order} {value_minor} {parts_order:?}");
                assert_eq!(sums[1] + sums[2], value_minor, "{order} {value_minor} {parts_order:?}");
                assert_eq!(has(&book), before, "{order} {value_minor} {parts_order:?}");
            }
        }
    }
}

#[test]
fn what_is_left_after_a_partial_return_does_not_depend_on_the_order() {
    let states: Vec<_> = [[(0, 2), (1, 1)], [(1, 1), (0, 2)]]
        .into_iter()
        .map(|parts| {
            let mut book = shop("proportional", "keep", "deduct");
            top_up(&mut book, 5_000);
            let (purchase, _) = buy(&mut book, &[(3, 997), (1, 1_003), (1, 500)], 2_222);
            for part in parts {
                bring_back(&mut book, purchase, &[part]);
            }
            (has(&book), book.state(1).value_principal, book.state(1).value_bonus)
        })
        .collect();
    assert_eq!(states[0], states[1]);
}

#[test]
fn a_refund_takes_the_bonus_back_as_the_rule_says() {
    for (bonus_on_refund, spent_bonus, spent, refunds) in [
        ("keep", "deduct", 0, vec![(2_000, "2000 out, bonus 0 spent 0 deducted 0, points 0")]),
        (
            "proportional",
            "deduct",
            0,
            vec![
                (2_500, "2500 out, bonus 500 spent 0 deducted 0, points 25"),
                (1_250, "1250 out, bonus 250 spent 0 deducted 0, points 12"),
                (1_250, "1250 out, bonus 250 spent 0 deducted 0, points 13"),
            ],
        ),
        (
            "whole",
            "deduct",
            0,
            vec![(1, "1 out, bonus 1000 spent 0 deducted 0, points 50"), (99, "99 out, bonus 0 spent 0 deducted 0, points 0")],
        ),
        // 800 of the bonus are spent.
        (
            "proportional",
            "deduct",
            800,
            vec![
                (2_500, "2200 out, bonus 200 spent 300 deducted 300, points 25"),
                (2_500, "2000 out, bonus 0 spent 500 deducted 500, points 25"),
            ],
        ),
        ("proportional", "refuse", 800, vec![(1_000, "1000 out, bonus 200 spent 0 deducted 0, points 10"), (500, "bonus_spent")]),
        ("proportional", "write_off", 800, vec![(5_000, "5000 out, bonus 200 spent 800 deducted 0, points 50")]),
        (
            "whole",
            "deduct",
            800,
            vec![
                (100, "0 out, bonus 200 spent 800 deducted 100, points 50"),
                (900, "200 out, bonus 0 spent 0 deducted 700, points 0"),
            ],
        ),
    ] {
        let mut book = shop("bonus_first", bonus_on_refund, spent_bonus);
        top_up(&mut book, 5_000);
        if spent > 0 {
            pay(&mut book, spent);
        }
        for (amount_minor, expected) in refunds {
            assert_eq!(refund(&mut book, amount_minor, None), expected, "{bonus_on_refund} {spent_bonus}");
        }
    }
}

#[test]
fn refunds_in_any_parts_come_to_the_same() {
    let parts = [[1_700, 3_300, 0], [3_300, 1_700, 0], [1, 4_998, 1]];
    let ends: Vec<_> = parts
        .into_iter()
        .map(|parts| {
            let mut book = shop("bonus_first", "proportional", "deduct");
            top_up(&mut book, 5_000);
            pay(&mut book, 777);
            parts.into_iter().filter(|part| *part > 0).for_each(|part| drop(refund(&mut book, part, None)));
            (has(&book), book.brand.clone())
        })
        .collect();
    assert_eq!(ends[0].0, [0, 0, 0]);
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    assert_eq!(ends[0].1[&(Account::Forfeited, Asset::ValuePrincipal)], 777);
}

#[test]
fn a_refund_comes_from_the_top_up_that_it_names_or_from_the_newest() {
    let mut book = shop("principal_first", "proportional", "deduct");
    let (old, new) = (top_up(&mut book, 1_000), top_up(&mut book, 5_000));
    assert_eq!(refund(&mut book, 1_000, Some(old)), "1000 out, bonus 100 spent 0 deducted 0, points 0");
    assert_eq!(refund(&mut book, 1, Some(old)), "unknown_top_up");
    assert_eq!(refund(&mut book, 5_001, Some(new)), "insufficient_principal");
    top_up(&mut book, 1_000);
    // All of the newest, and half of the one before.
    assert_eq!(refund(&mut book, 3_500, None), "3500 out, bonus 600 spent 0 deducted 0, points 25");
    assert_eq!(has(&book), [2_500, 500, 25]);
}

#[test]
fn a_purchase_paid_with_it_does_not_free_a_spent_bonus_from_the_rule() {
    let mut book = shop("bonus_first", "proportional", "deduct");
    top_up(&mut book, 5_000);
    let (purchase, _) = buy(&mut book, &[(1, 6_000)], 6_000);
    assert_eq!(has(&book)[..2], [0, 0]);
    assert_eq!(refund(&mut book, 1, None), "insufficient_principal");
    assert_eq!(bring_back(&mut book, purchase, &[(0, 1)]), [0, 5_000, 1_000]);
    assert_eq!(refund(&mut book, 5_000, None), "5000 out, bonus 1000 spent 0 deducted 0, points 50");
    assert_eq!(has(&book), [0, 0, 0]);
}

#[test]
fn a_bonus_expires_and_is_neither_charged_nor_taken_again() {
    let mut book = shop("proportional", "proportional", "deduct");
    top_up(&mut book, 5_000);
    let later_ms = NOW_MS + 11 * DAY_MS;
    let review = book.envelope(Command::Review(danggol_core::id::HolderId(1)), None);
    assert!(matches!(book.carry_out(&review, later_ms).outcome, Outcome::Done(_)));
    assert_eq!(has(&book), [5_000, 0, 50]);
    book.check_reviewed(1, later_ms);
    assert_eq!(refund(&mut book, 5_000, None), "5000 out, bonus 0 spent 0 deducted 0, points 50");
    assert_eq!(book.brand[&(Account::Expired, Asset::ValueBonus)], 1_000);
}

#[test]
fn a_bonus_is_taken_back_by_the_rule_of_the_day_on_which_it_was_given() {
    let mut book = shop("proportional", "keep", "deduct");
    let kept = top_up(&mut book, 5_000);
    book.publish(programme(json!({"earning": {"rules": [base()]}, "top_ups": plan("proportional", "whole", "refuse")})));
    let whole = top_up(&mut book, 5_000);
    assert_eq!(refund(&mut book, 10, Some(kept)), "10 out, bonus 0 spent 0 deducted 0, points 0");
    assert_eq!(refund(&mut book, 10, Some(whole)), "10 out, bonus 1000 spent 0 deducted 0, points 50");
}

#[test]
fn a_state_without_stored_value_says_nothing_of_it_and_remembers_so_many_top_ups() {
    let mut book = shop("principal_first", "proportional", "deduct");
    let mut order = order(&mut book, vec![sale(1, 500)]);
    order.moment = book.rules.moment(NOW_MS);
    let envelope = book.envelope(Command::Purchase(order), None);
    let award = book.carry_out(&envelope, NOW_MS).award.expect("it was bought");
    assert!(!serde_json::to_string(&award).unwrap().contains("\"w\""));
    let text = serde_json::to_string(&book.state(1)).unwrap();
    assert!(["\"v\"", "\"w\"", "\"u\""].iter().all(|field| !text.contains(field)), "{text}");
    for _ in 0..REMEMBERED_TOP_UPS + 3 {
        top_up(&mut book, 1_000);
    }
    assert_eq!(book.state(1).top_ups.len(), REMEMBERED_TOP_UPS);
}

#[test]
fn plans_are_looked_at_before_they_are_published() {
    let faults = |top_ups: Value| -> Vec<String> {
        let text = json!({"name": "Test", "earning": {"rules": [base()]}, "top_ups": top_ups});
        let programme: danggol_core::programme::Programme = serde_json::from_value(text).expect("a programme");
        programme.faults().iter().map(|fault| format!("{}: {}", fault.path, fault.kind.code())).collect()
    };
    let step = |id: &str, from_minor: i64, bonus_minor: i64| json!({"id": id, "name": "x", "from_minor": from_minor, "bonus_minor": bonus_minor});
    assert_eq!(faults(json!({"steps": [step("a", 1, 1), step("b", 2, 1)]})), [""; 0]);
    assert_eq!(faults(json!({"steps": [step("a", 0, 1)]})), ["top_ups.steps[0].from_minor: out_of_range"]);
    assert_eq!(faults(json!({"steps": [step("a", 5, 0)]})), ["top_ups.steps[0]: step_gives_nothing"]);
    assert_eq!(
        faults(json!({"steps": [step("a", 5, 1), step("a", 5, -1)], "bonus_expiry": {"kind": "rolling", "days": 0}})),
        [
            "top_ups.steps[1].id: duplicate",
            "top_ups.steps[1].bonus_minor: out_of_range",
            "top_ups.steps[1].from_minor: not_above_lower",
            "top_ups.bonus_expiry.days: out_of_range"
        ]
    );
    let mut earned = base();
    earned["asset"] = json!("value_principal");
    let text = json!({"name": "Test", "earning": {"rules": [earned]}});
    let programme: danggol_core::programme::Programme = serde_json::from_value(text).expect("a programme");
    assert!(programme.faults().iter().any(|fault| fault.kind.code() == "asset_not_earned"));
}

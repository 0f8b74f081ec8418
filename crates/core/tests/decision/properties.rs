//! What holds for every programme, basket and order of commands. Each command is checked by the book as well.

use danggol_core::decide::Envelope;
use danggol_core::ledger::Asset;
use danggol_core::programme::Programme;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::book::Book;
use crate::text::Script;

pub(crate) fn config() -> Config {
    // No file of failures is written: a seed that fails is made a scenario by hand.
    Config { cases: 200, failure_persistence: None, ..Config::default() }
}

fn rule() -> impl Strategy<Value = Value> {
    let award = prop_oneof![
        (1..4_i64, select(vec![1_i64, 7, 50, 100]))
            .prop_map(|(points, per)| json!({"kind": "rate", "points": points, "per_minor": per})),
        (1..60_i64).prop_map(|points| json!({"kind": "fixed", "points": points})),
        select(vec![120_i64, 150, 200, 333]).prop_map(|percent| json!({"kind": "multiplier", "percent": percent})),
    ];
    let amount = |op: &str, value: i64| json!({"attribute": "purchase.amount", "op": op, "value": value});
    let milk = json!({"attribute": "line.category", "op": "is", "value": "milk"});
    let when = select(vec![
        Value::Null,
        Value::Null,
        amount("at_least", 300),
        amount("at_most", 500),
        milk.clone(),
        json!({"not": milk}),
        json!({"attribute": "purchase.quantity", "op": "at_least", "value": 3}),
        json!({"attribute": "member.purchase_count", "op": "at_most", "value": 2}),
        json!({"attribute": "member.tier", "op": "is", "value": "silver"}),
    ]);
    let lines = select(vec![Value::Null, Value::Null, milk]);
    let cap = || prop_oneof![3 => Just(Value::Null), 1 => (1..80_i64).prop_map(|most| json!(most))];
    let rounding = select(vec!["down", "half_up", "up"]);
    (award, when, lines, (cap(), cap(), cap()), rounding, any::<bool>(), 0..6_u8).prop_map(
        |(award, when, lines, (per_purchase, per_day, per_month), rounding, grouped, growth)| {
            let multiplies = award["kind"] == "multiplier";
            let asset = if growth == 0 { "growth" } else { "points" };
            json!({
                "name": "R", "award": award, "when": when, "lines": lines, "rounding": rounding, "asset": asset,
                "caps": {"per_purchase": per_purchase, "per_day": per_day, "per_month": per_month},
                "group": if grouped { json!(format!("{asset}{multiplies}")) } else { Value::Null },
            })
        },
    )
}

pub(crate) fn programme() -> impl Strategy<Value = Programme> {
    let expiry = select(vec![
        json!({"kind": "never"}),
        json!({"kind": "rolling", "days": 9}),
        json!({"kind": "rolling", "days": 40}),
        json!({"kind": "end_of_month", "months": 1}),
        json!({"kind": "fixed_date", "month": 4, "day": 15, "min_months": 1}),
    ]);
    let redemption = (1..12_i64, 1..30_i64, select(vec![1_i64, 5]), select(vec![50_i64, 100])).prop_map(
        |(points, minor, step, percent)| json!({"points": points, "minor": minor, "step": step, "max_percent": percent}),
    );
    let policy = select(vec!["debt", "deduct", "write_off"]);
    let window = select(vec![json!({"kind": "rolling", "days": 20}), json!({"kind": "calendar", "unit": "quarter"})]);
    let tiers = (window, 1..40_u16, 0..12_u16);
    (prop::collection::vec(rule(), 0..5), expiry, redemption, policy, 0..5_u16, any::<bool>(), tiers).prop_map(
        |(mut rules, expiry, redemption, policy, pending_days, earn_on_redeemed, (window, keep_days, grace_days))| {
            // A multiplier needs something to multiply.
            for asset in ["points", "growth"] {
                rules.push(json!({"name": "Base", "award": {"kind": "rate", "points": 1, "per_minor": 10}, "asset": asset}));
            }
            rules.iter_mut().enumerate().for_each(|(index, rule)| rule["id"] = json!(format!("r{index}")));
            crate::programme(json!({
                "earning": {"rules": rules, "expiry": expiry, "pending_days": pending_days, "earn_on_redeemed": earn_on_redeemed},
                "redemption": redemption,
                "returns": {"spent_points": policy},
                "tiers": {
                    "levels": [
                        {"code": "silver", "name": "Silver", "spend_minor": 900},
                        {"code": "gold", "name": "Gold", "spend_minor": 2500, "points": 400, "visits": 6},
                    ],
                    "window": window, "keep_days": keep_days, "grace_days": grace_days,
                },
            }))
        },
    )
}

/// The lines of a basket and how many pieces each has.
fn basket() -> impl Strategy<Value = (String, Vec<i64>)> {
    let line = prop_oneof![
        5 => (1..5_i64, 1..400_i64, any::<bool>()).prop_map(|(pieces, price, milk)| {
            (format!("s{}:{pieces}x{price}", if milk { "/milk" } else { "" }), pieces)
        }),
        1 => (1..200_i64).prop_map(|off| (format!("off:-{off}!adjustment"), 1)),
        1 => Just(("pen:2x0!gift".to_owned(), 2)),
    ];
    (prop::collection::vec(line, 1..5), prop_oneof![2 => Just(0), 1 => 0..150_i64], prop_oneof![1 => Just(0), 1 => 0..12_i64])
        .prop_map(|(lines, less, fives)| {
            let redeem = fives * 5;
            let (goods, pieces): (Vec<String>, Vec<i64>) = lines.into_iter().unzip();
            (format!("{} less {less} redeem {redeem}", goods.join(" ")), pieces)
        })
}

/// A command whose moment is put in front of it; purchases are named by their place.
#[derive(Debug, Clone)]
enum Deed {
    Buy { goods: String, days_late: u8, repeated: bool, member: u8 },
    Return { of: Index, lines: Option<Vec<(u8, u8)>> },
    Adjust { amount: i64, growth: bool, member: u8 },
    Review { member: u8 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let member = || 1..3_u8;
    prop_oneof![
        6 => (basket(), prop_oneof![3 => Just(0), 1 => 0..70_u8], prop::bool::weighted(0.1), member())
            .prop_map(|((goods, _), days_late, repeated, member)| Deed::Buy { goods, days_late, repeated, member }),
        5 => (any::<Index>(), prop::option::weighted(0.8, prop::collection::vec((0..4_u8, 1..3_u8), 1..3)))
            .prop_map(|(of, lines)| Deed::Return { of, lines }),
        1 => (-60..60_i64, any::<bool>(), member()).prop_map(|(amount, growth, member)| Deed::Adjust { amount, growth, member }),
        2 => member().prop_map(|member| Deed::Review { member }),
    ]
}

/// Days of deeds with the days between them.
fn story() -> impl Strategy<Value = Vec<(u8, Vec<Deed>)>> {
    prop::collection::vec((0..25_u8, prop::collection::vec(deed(), 1..6)), 1..12)
}

/// Writes the story as lines of a script, by day.
fn lines(story: &[(u8, Vec<Deed>)]) -> Vec<Vec<String>> {
    let start = jiff::civil::date(2024, 1, 20);
    let (mut elapsed, mut bought) = (0_i64, 0_usize);
    let mut days = Vec::new();
    for (between, deeds) in story {
        elapsed += i64::from(*between);
        let day = |late: i64| start.saturating_add(jiff::Span::new().days(elapsed - late));
        let today = day(0);
        let mut lines = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Buy { goods, days_late, repeated, member } => {
                    let number = if *repeated { bought.saturating_sub(1) } else { bought };
                    lines.push(format!("{today} @{member} of={} buy P{bought} {goods} no N{number}:1", day((*days_late).into())));
                    bought += 1;
                }
                Deed::Return { of, lines: parts } => {
                    let of = of.index(bought.max(1));
                    let part = |(line, pieces): &(u8, u8)| format!(" {line}:{pieces}");
                    lines.push(format!("{today} return P{of}{}", parts.iter().flatten().map(part).collect::<String>()));
                }
                Deed::Adjust { amount, growth, member } => {
                    lines.push(format!("{today} @{member} adjust {amount}{}", if *growth { " growth" } else { "" }));
                }
                Deed::Review { member } => lines.push(format!("{today} @{member} review")),
            }
        }
        days.push(lines);
    }
    days
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_batch_of_n_gives_what_n_batches_of_one_give(
        given in programme(),
        next in programme(),
        story in story(),
        shares in any::<bool>(),
    ) {
        let days = lines(&story);
        let half = days.len() / 2;
        let [mut single, mut batched] = [(); 2].map(|()| Script::new(Book::new(given.clone()).sharing(shares), Vec::new()));
        for (place, day) in days.iter().enumerate() {
            if place == half {
                single.book.publish(next.clone());
                batched.book.publish(next.clone());
            }
            let read = |script: &mut Script| -> Vec<(Envelope, i64, i64)> { day.iter().map(|line| script.read(line)).collect() };
            let (one_by_one, together) = (read(&mut single), read(&mut batched));
            let now_ms = together[0].2;
            let envelopes: Vec<Envelope> = together.into_iter().map(|(envelope, ..)| envelope).collect();
            let expected: Vec<_> = one_by_one.iter().map(|(envelope, ..)| single.book.carry_out(envelope, now_ms)).collect();
            let came = batched.book.batch(&envelopes, now_ms);
            prop_assert_eq!(came, expected);
        }
        prop_assert_eq!(&batched.book.states, &single.book.states);
        prop_assert_eq!(&batched.book.purchases, &single.book.purchases);
    }

    #[test]
    fn returns_never_take_more_than_was_given_and_all_of_them_take_all(
        given in programme(),
        next in programme(),
        story in story(),
        shares in any::<bool>(),
    ) {
        let days = lines(&story);
        let half = days.len() / 2;
        let mut script = Script::new(Book::new(given).sharing(shares), vec![next]);
        for (place, day) in days.iter().enumerate() {
            if place == half {
                script.run("publish");
            }
            day.iter().for_each(|line| drop(script.run(line)));
        }
        let last = "2025-02-01";
        (0..days.iter().flatten().count()).for_each(|place| drop(script.run(&format!("{last} return P{place}"))));
        for kept in script.book.purchases.values() {
            let returned = &kept.returned;
            prop_assert_eq!(returned.points_taken, kept.award.given(Asset::Points));
            prop_assert_eq!(returned.growth_taken, kept.award.given(Asset::Growth));
            prop_assert_eq!(returned.given_back, kept.award.redeemed_points);
            let amount: i64 = kept.lines.iter().map(|line| line.amount_minor).sum::<i64>() - kept.discount_minor;
            prop_assert_eq!(returned.amount_minor, amount);
            prop_assert!((0..=(amount - kept.award.redeemed_minor).max(0)).contains(&returned.deducted_minor));
        }
        for state in script.book.states.values() {
            prop_assert_eq!(state.total_minor, 0);
            prop_assert!(state.days.iter().all(|day| (day.spend_minor, day.points, day.purchases) == (0, 0, 0)), "{:?}", state.days);
        }
    }

    #[test]
    fn the_order_of_partial_returns_does_not_matter(
        given in programme(), (goods, pieces) in basket(), spent in any::<bool>(), parts in prop::collection::vec((any::<Index>(), 1..3_i64), 1..8),
        shuffle in any::<prop::sample::Index>(),
    ) {
        // Parts that together are no more than the purchase.
        let mut left = pieces.clone();
        let mut returns: Vec<(usize, i64)> = Vec::new();
        for (line, wanted) in &parts {
            let line = line.index(left.len());
            let taken = left[line].min(*wanted);
            left[line] -= taken;
            returns.extend((taken > 0).then_some((line, taken)));
        }
        let mut other = returns.clone();
        other.reverse();
        let at = shuffle.index(other.len());
        other.rotate_left(at);
        let [one, two] = [returns, other].map(|order| {
            let mut script = Script::new(Book::new(given.clone()), Vec::new());
            script.run("2024-03-01 adjust 1000");
            if script.run(&format!("2024-03-01 buy A {goods}")).starts_with("refused") {
                script.run(&format!("2024-03-01 buy A {} redeem 0", goods.split(" redeem").next().unwrap()));
            }
            let spends = if spent { [1000, 500, 200, 100, 50, 20, 10, 5].as_slice() } else { &[] };
            spends.iter().for_each(|points| drop(script.run(&format!("2024-03-06 buy B sock:100000 redeem {points}"))));
            for (line, taken) in order {
                let came = script.run(&format!("2024-03-06 return A {line}:{taken}"));
                assert!(!came.starts_with("refused"), "{came}");
            }
            let kept = script.book.purchases.values().next().map(|kept| kept.returned.clone());
            let state = script.book.state(1);
            (kept, state.points.balance(), state.growth.balance(), state.days, state.total_minor)
        });
        prop_assert_eq!(one, two);
    }
}

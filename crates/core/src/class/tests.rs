//! What members are classed as, case by case.

use super::guard::{Measured, NoBulk, bulk, key_customers};
use super::*;

fn deed(purchase: i64, day: i32, amount_minor: i64) -> Deed {
    Deed { purchase: PurchaseId(purchase), day, at_ms: i64::from(day) * 86_400_000, amount_minor, quantity: 1 }
}

/// Purchases on so many days before day 1,000, each of an amount.
fn figures(member: i64, ago: &[(i32, i64)]) -> Figures {
    let deeds: Vec<Deed> = (1..).zip(ago).map(|(id, (ago, amount))| deed(id, 1_000 - ago, *amount)).collect();
    Figures::of(member, &deeds, 1_000 - 364, 1_000).expect("purchases")
}

#[test]
fn stages_follow_a_members_own_rhythm() {
    let cases: [(&[i32], Stage); 9] = [
        (&[10], Stage::New),
        (&[89, 3], Stage::New),
        (&[120, 90, 60, 30], Stage::Growing),
        (&[150, 120, 90, 60, 30, 1], Stage::Regular),
        (&[150, 120, 90, 46], Stage::AtRisk),
        (&[150, 120, 95], Stage::Lapsed),
        (&[400, 370, 183], Stage::Lost),
        (&[400, 370, 182], Stage::Lapsed),
        // Two visits in a week do not make a member of the daily kind.
        (&[100, 99, 10], Stage::Growing),
    ];
    for (ago, expected) in cases {
        let purchases: Vec<(i32, i64)> = ago.iter().map(|ago| (*ago, 100)).collect();
        assert_eq!(figures(1, &purchases).stage(30, 1_000), expected, "{ago:?}");
    }
}

#[test]
fn scores_name_cells() {
    for (scores, expected) in [
        ([5, 5, 5], Cell::Champions),
        ([4, 4, 3], Cell::Champions),
        ([3, 4, 4], Cell::Loyal),
        ([3, 3, 3], Cell::Loyal),
        ([5, 3, 2], Cell::Potential),
        ([5, 1, 1], Cell::Promising),
        ([2, 3, 3], Cell::Attention),
        ([3, 1, 1], Cell::Attention),
        ([2, 5, 5], Cell::Slipping),
        ([1, 3, 3], Cell::Slipping),
        ([1, 5, 4], Cell::CannotLose),
        ([1, 1, 2], Cell::Hibernating),
    ] {
        assert_eq!(cell(scores), expected, "{scores:?}");
    }
}

fn classes(all: &[Figures], rules: &ClassRules) -> Vec<Class> {
    let ahead = |member| Some(Ahead { amount_minor: if member == 10 { 900 } else { 10 }, active_percent: Some(50) });
    classify(all, rules, &Criteria::default(), 1_000, ahead, |member| i64::from(member == 9))
}

#[test]
fn everybody_is_classed_over_everybody() {
    // Ten buyers: the first the largest; the last one has not bought in the period.
    let mut all: Vec<Figures> =
        (1..=9).map(|member| figures(member, &[(100 + member as i32, 1_000 / member), (10, 10)])).collect();
    all.push(figures(10, &[(500, 5)]));
    let found = classes(&all, &ClassRules::default());
    let said: Vec<_> = found.iter().map(|class| (class.layer.as_deref(), class.abc, class.worth, class.key_products)).collect();
    assert_eq!(said[0], (Some("vip"), Some(Abc::A), Worth::High, 0));
    assert_eq!(said[8], (Some("small"), Some(Abc::C), Worth::Ordinary, 1));
    assert_eq!(said[9], (None, None, Worth::Potential, 0));
    assert_eq!(found[0].scores, Some([1, 1, 5]));
    assert_eq!((found[9].scores, found[9].stage), (None, Stage::Lapsed));
    let scoring =
        Scoring::Bounds { recency_days: [90, 60, 30, 10], purchases: [2, 3, 4, 5], amount_minor: [100, 300, 500, 2_000] };
    let by_bounds = classes(&all, &ClassRules { scoring, ..ClassRules::default() });
    assert_eq!((by_bounds[0].scores, by_bounds[4].scores), (Some([5, 2, 4]), Some([5, 2, 2])));
}

#[test]
fn a_one_off_bulk_buyer_is_not_taken_for_a_key_customer() {
    type Case<'a> = (&'a [(i32, i64)], i64, Option<i64>);
    let cases: [Case<'_>; 6] = [
        // One purchase of 9,000 in a layer that begins at 5,000.
        (&[(50, 9_000), (20, 100)], 5_000, Some(98)),
        (&[(50, 9_000)], 5_000, Some(100)),
        // Without it she would still be there.
        (&[(50, 9_000), (20, 6_000)], 5_000, None),
        // She comes all the time: her rhythm carries it.
        (&[(90, 9_000), (60, 100), (30, 100), (1, 100)], 5_000, None),
        // Not half of it.
        (&[(50, 2_000), (40, 1_900), (30, 1_900)], 5_000, None),
        (&[(50, -5)], 5_000, None),
    ];
    for (ago, floor, expected) in cases {
        assert_eq!(bulk(&figures(1, ago), floor).map(|(_, percent)| percent), expected, "{ago:?}");
    }
}

#[test]
fn where_nobody_is_a_bulk_buyer_the_nearest_is_told() {
    // Of the two above the last layer, the second bought more at once; all three come often.
    let often = |largest: i64| [(90, largest), (60, 900), (30, 900), (1, 900)];
    let all = [figures(1, &often(1_500)), figures(2, &often(1_300)), figures(3, &[(90, 10), (60, 10), (30, 10), (1, 10)])];
    let layer = |code: &str, share_bp| crate::pyramid::LayerCut { code: code.to_owned(), name: code.to_owned(), share_bp };
    let criteria = Criteria { layers: vec![layer("top", 6_000), layer("rest", 10_000)], ..Criteria::default() };
    let classed = |all: &[Figures]| classify(all, &ClassRules::default(), &criteria, 1_000, |_| None, |_| 0);
    let found = NoBulk::of(&all, &classed(&all), "rest");
    let nearest = Some(Measured { member: 1, percent: 35, visits: 4, would_fall: true });
    assert_eq!(found, Some(NoBulk { looked_at: 2, nearest }));
    let with_one = [figures(1, &[(90, 9_000)]), all[1].clone(), all[2].clone()];
    assert_eq!(NoBulk::of(&with_one, &classed(&with_one), "rest"), None);
    assert_eq!(NoBulk::of(&[], &[], "rest"), Some(NoBulk { looked_at: 0, nearest: None }));
}

#[test]
fn a_few_who_make_most_of_a_products_sales_are_its_key_customers() {
    let rest = |count: i64| (2..2 + count).map(|member| (member, 1));
    let few = |first: i64, others: i64| key_customers([(1, first)].into_iter().chain(rest(others)).collect());
    assert_eq!(few(80, 20), [(1, 80)]);
    assert_eq!(few(79, 20), [(1, 79), (2, 1)]);
    assert_eq!(few(10, 20), []);
    assert_eq!(few(1_000, 3), []);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let fine = ClassRules::default();
    assert_eq!(fine.fault(), None);
    assert_eq!(ClassRules { period_days: 0, ..fine.clone() }.fault(), Some("period_days"));
    assert_eq!(ClassRules { abc_bp: [9_500, 8_000], ..fine.clone() }.fault(), Some("abc_bp"));
    let scoring = Scoring::Bounds { recency_days: [10, 30, 60, 90], purchases: [2, 3, 4, 5], amount_minor: [1, 2, 3, 4] };
    assert_eq!(ClassRules { scoring, ..fine }.fault(), Some("scoring.recency_days"));
}

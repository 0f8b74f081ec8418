use std::collections::HashMap;

use super::clustering::Chance;
use super::description::{Called, Moved, describe, moved_bp, names, score};
use super::meaning::Meaning;
use super::model::{Fitting, Model, Place};
use super::renewal::{MOVED_MOST_BP, Wanted, renew};
use super::taste::{Gathering, Tastes};
use super::{Lack, NEEDED_DAYS, lacking_days};
use crate::language::Language;
use crate::purchase::{Line, LineKind};

/// Categories that everybody buys, before those of the ways of life.
const COMMON: usize = 6;
/// Categories of each way of life.
const OWN: usize = 3;

fn line(category: usize) -> Line {
    let category = Some(format!("c{category:02}"));
    Line { sku: "x".to_owned(), category, quantity: 1, amount_minor: 100, kind: LineKind::Sale, off_minor: 0 }
}

/// Members of so many ways of life in turn, with so many purchases of four lines each: half of them of what everybody buys. `of` says which
/// way of life a member has.
fn market(members: i64, purchases: u64, ways: usize, seed: u64, of: impl Fn(i64) -> usize) -> Tastes {
    let mut gathering = Gathering::default();
    for member in 1..=members {
        let mut chance = Chance::new(seed ^ (member as u64) << 20);
        let mut below = |bound: usize| (chance.next() % bound as u64) as usize;
        for _ in 0..purchases + below(6) as u64 {
            let own = |below: &mut dyn FnMut(usize) -> usize| match below(10) {
                0..5 => below(COMMON),
                5..9 => COMMON + of(member) * OWN + below(OWN),
                _ => COMMON + below(ways * OWN),
            };
            let lines: Vec<Line> = (0..4).map(|_| line(own(&mut below))).collect();
            gathering.purchase(member, &lines);
        }
    }
    gathering.finish()
}

fn in_turn(ways: usize) -> impl Fn(i64) -> usize {
    move |member| member as usize % ways
}

fn first(tastes: &Tastes) -> (Model, Vec<Option<Place>>) {
    let renewal = renew(tastes, None, (&HashMap::new(), &[]), Wanted::Month, |_| false).expect("groups");
    let taken = renewal.taken.expect("the first groups are taken");
    (taken.model, taken.places)
}

fn held(tastes: &Tastes, model: &Model, places: &[Option<Place>]) -> HashMap<i64, String> {
    let code = |place: Place| model.groups[place.group].code.clone();
    tastes.iter().zip(places).filter_map(|(taste, place)| Some((taste.member, code((*place)?)))).collect()
}

/// Of each way of life, how many are in the group of most of them.
fn together(ways: usize, held: &HashMap<i64, String>) -> (usize, usize) {
    let mut counts: HashMap<(usize, &str), usize> = HashMap::new();
    held.iter().for_each(|(member, code)| *counts.entry((*member as usize % ways, code)).or_default() += 1);
    let most = |way: usize| counts.iter().filter(|((of, _), _)| *of == way).map(|(_, count)| *count).max().unwrap_or(0);
    ((0..ways).map(most).sum(), held.len())
}

#[test]
fn planted_groups_are_found_again_as_many_as_there_are() {
    for ways in [8, 13] {
        let tastes = market(1_300, 12, ways, 7, in_turn(ways));
        let fitting = Fitting::new(&tastes, |_| false).expect("enough");
        let model = fitting.fit(ways);
        let placing = model.over(&tastes);
        let places: Vec<_> = tastes.iter().map(|taste| placing.place(taste, None)).collect();
        let (right, all) = together(ways, &held(&tastes, &model, &places));
        assert!(right * 100 >= all * 95, "{ways}: {right} of {all}");
    }
    for ways in [6, 9, 13] {
        let (model, _) = first(&market(1_300, 12, ways, 7, in_turn(ways)));
        assert_eq!(model.groups.len(), ways);
    }
}

#[test]
fn a_small_shop_has_three_to_five_groups() {
    for (ways, members) in [(2, 60), (3, 120), (4, 200), (8, 450)] {
        let (model, _) = first(&market(members, 10, ways, 3, in_turn(ways)));
        assert!((3..=5).contains(&model.groups.len()), "{ways} ways, {members} members: {}", model.groups.len());
    }
}

#[test]
fn the_same_purchases_give_the_same_groups_in_whatever_order_categories_come() {
    let tastes = market(600, 8, 5, 11, in_turn(5));
    let mut turned = Gathering::default();
    for member in 1..=600_i64 {
        let taste = tastes.of(member as usize - 1);
        let mut left: Vec<(u16, u16)> = taste.counts.to_vec();
        for _ in 0..taste.purchases {
            let lines: Vec<Line> = left.iter().rev().filter(|(_, count)| *count > 0).map(|(at, _)| line((*at).into())).collect();
            left.iter_mut().for_each(|(_, count)| *count = count.saturating_sub(1));
            turned.purchase(member, &lines);
        }
    }
    let turned = turned.finish();
    assert_eq!(turned.categories, tastes.categories);
    assert_eq!(first(&turned), first(&tastes));
}

#[test]
fn a_month_of_noise_moves_hardly_anybody_and_codes_stay() {
    let before = market(1_300, 9, 13, 5, in_turn(13));
    let (model, places) = first(&before);
    let held = held(&before, &model, &places);
    // The same people, who bought something else of the same kinds.
    let now = market(1_300, 9, 13, 6, in_turn(13));
    let renewal = renew(&now, Some(&model), (&held, &[]), Wanted::Month, |_| false).expect("groups");
    let taken = renewal.taken.expect("it is taken");
    assert!(moved_bp(&taken.moved) < 500, "{}", moved_bp(&taken.moved));
    let codes = |model: &Model| model.groups.iter().map(|group| group.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(&taken.model), codes(&model));
    assert_eq!(renewal.proposed, None);
}

#[test]
fn hysteresis_keeps_whom_noise_would_move() {
    // Weak leanings, seen over ten purchases of which the oldest goes and a new one comes.
    let weak = |from: u64| {
        let mut gathering = Gathering::default();
        for member in 1..=800_i64 {
            for number in from..from + 10 {
                let mut chance = Chance::new(number ^ (member as u64) << 20);
                let lines: Vec<Line> = (0..3)
                    .map(|_| match chance.next() % 10 {
                        0..8 => line((chance.next() % 18) as usize),
                        _ => line((member as usize % 6) * 3 + (chance.next() % 3) as usize),
                    })
                    .collect();
                gathering.purchase(member, &lines);
            }
        }
        gathering.finish()
    };
    let (before, now) = (weak(0), weak(1));
    let model = Fitting::new(&before, |_| false).expect("enough").fit(6);
    let (then, here) = (model.over(&before), model.over(&now));
    let (mut with, mut without) = (0, 0);
    for (one, next) in before.iter().zip(now.iter()) {
        let was = then.place(one, None).map(|place| place.group);
        with += usize::from(here.place(next, was).map(|place| place.group) != was);
        without += usize::from(here.place(next, None).map(|place| place.group) != was);
    }
    assert!(with * 4 < without * 3, "{with} of 800 moved, and {without} without hysteresis");
    // Who clearly lives otherwise now is not held back.
    let mut changed = Gathering::default();
    (0..30).for_each(|_| changed.purchase(1, &[line(9), line(10), line(11)]));
    let changed = changed.finish();
    let place = |held| model.over(&changed).place(changed.of(0), held).map(|place| place.group);
    let free = place(None);
    assert!((0..6).all(|held| place(Some(held)) == free));
}

#[test]
fn a_fit_that_moves_many_waits_and_one_that_is_asked_for_is_matched_to_the_one_before() {
    let tastes = market(1_300, 12, 8, 7, in_turn(8));
    let fitting = Fitting::new(&tastes, |_| false).expect("enough");
    let model = fitting.fit(8);
    let placing = model.over(&tastes);
    let places: Vec<_> = tastes.iter().map(|taste| placing.place(taste, None)).collect();
    let before = held(&tastes, &model, &places);
    let anew = renew(&tastes, Some(&model), (&before, &["g40".to_owned()]), Wanted::Anew(Some(9)), |_| false).expect("groups");
    let proposed = anew.proposed.expect("it waits");
    assert_eq!(anew.taken, None);
    let codes: Vec<&str> = proposed.model.groups.iter().map(|group| group.code.as_str()).collect();
    let known = |code: &&&str| before.values().any(|held| held == **code);
    assert_eq!(codes.iter().filter(known).count(), 8, "{codes:?}");
    assert!(codes.contains(&"g41"), "a code that nobody had: {codes:?}");
    let wanted = Wanted::Proposed(Box::new(proposed.model.clone()));
    let taken = renew(&tastes, Some(&model), (&before, &[]), wanted, |_| false).expect("groups").taken.expect("it is taken");
    assert_eq!(taken.places, proposed.places);
    // Everybody lives like the next one now, and groups in the wrong place are far from where members lean.
    let mut wrong = model.clone();
    wrong.groups.truncate(3);
    let three = renew(&tastes, Some(&wrong), (&before, &[]), Wanted::Month, |_| false).expect("groups");
    let (taken, proposed) = (three.taken.expect("the groups before"), three.proposed.expect("it waits"));
    assert!(moved_bp(&proposed.moved) > MOVED_MOST_BP && proposed.model.quality > taken.model.quality);
}

#[test]
fn groups_are_described_by_what_sets_them_apart() {
    let tastes = market(1_300, 12, 8, 7, in_turn(8));
    let (model, places) = first(&tastes);
    let meaning = |category: &str| (category == "c06").then(|| "young_parents".to_owned());
    let described = describe(&model, &tastes, &places, meaning);
    assert_eq!(described.iter().map(|group| group.members).sum::<usize>(), 1_300);
    let amount: i64 = described.iter().map(|group| group.amount_minor).sum();
    assert_eq!(amount, tastes.iter().map(|taste| taste.amount_minor).sum::<i64>());
    for group in &described {
        let apart: Vec<&str> = group.apart.iter().take(OWN).map(|apart| apart.category.as_str()).collect();
        assert!(apart.iter().all(|category| *category >= "c06"), "{apart:?}");
        assert!(group.apart[0].lift_percent > 300, "{group:?}");
    }
    assert_eq!(described.iter().filter(|group| group.meanings.first().is_some_and(|way| way == "young_parents")).count(), 1);
    // c07 is bought by those who buy c06, so it stands for the same.
    let scored = score(&model, &tastes, |category| (category == "c06").then_some(Meaning::YoungParents));
    let of = |category: &str| scored.iter().find(|one| one.category == category).and_then(|one| one.scored).map(|(way, _)| way);
    assert_eq!(
        (of("c06"), of("c07"), of("c08"), of("c01")),
        (None, Some(Meaning::YoungParents), Some(Meaning::YoungParents), None)
    );
}

#[test]
fn evidence_names_what_speaks_for_a_group() {
    let tastes = market(1_300, 12, 8, 7, in_turn(8));
    let (model, places) = first(&tastes);
    let placing = model.over(&tastes);
    let at = places[3].expect("a place");
    assert!(at.score > 40, "{at:?}");
    let found = placing.evidence(tastes.of(3), at.group, 3);
    // The fourth member is the one of the fifth way of life.
    assert!(found.iter().all(|one| ("c18"..="c20").contains(&one.category.as_str())), "{found:?}");
    assert!(found[0].own_bp > found[0].everybody_bp * 3 && found[0].purchases > 0);
}

#[test]
fn what_is_lacking_is_said_before_anything_is_found() {
    assert_eq!(lacking_days(None, 100), Some(Lack::Days { found: 0, needed: NEEDED_DAYS, ready_day: None }));
    let (first, last) = (Some(1_000), 1_000 + NEEDED_DAYS - 1);
    assert_eq!(lacking_days(first, 1_099), Some(Lack::Days { found: 100, needed: NEEDED_DAYS, ready_day: Some(last) }));
    assert_eq!((lacking_days(first, last), lacking_days(first, last - 1).is_some()), (None, true));
    let few = |tastes: &Tastes, is_silent: fn(&str) -> bool| Fitting::new(tastes, is_silent).err();
    assert_eq!(few(&market(40, 9, 8, 1, in_turn(8)), |_| false), Some(Lack::Members { found: 40, needed: 50 }));
    assert_eq!(
        few(&market(80, 9, 8, 1, in_turn(8)), |category| category >= "c03"),
        Some(Lack::Categories { found: 3, needed: 6, without_percent: 0 })
    );
}

#[test]
fn categories_are_known_by_their_names_in_four_languages() {
    for (name, expected) in [
        ("INFANT FORMULA", Some(Meaning::YoungParents)),
        ("기저귀", Some(Meaning::YoungParents)),
        ("婴儿奶粉", Some(Meaning::YoungParents)),
        ("DOG FOODS", Some(Meaning::Pets)),
        ("CIGARETTES", Some(Meaning::Smokers)),
        ("DOMESTIC WINE", Some(Meaning::WineAndFineFood)),
        ("BEERS/ALES", Some(Meaning::BeerAndCompany)),
        ("FRZN BREAKFAST FOODS", Some(Meaning::QuickMeals)),
        ("DINNER MXS:DRY", Some(Meaning::QuickMeals)),
        ("피자", Some(Meaning::QuickMeals)),
        ("HOT DOGS", Some(Meaning::SausageAndGrill)),
        ("LUNCHMEAT", Some(Meaning::SausageAndGrill)),
        ("BREAKFAST SAUSAGE/SANDWICHES", Some(Meaning::SausageAndGrill)),
        ("햄/소시지", Some(Meaning::SausageAndGrill)),
        ("火腿香肠", Some(Meaning::SausageAndGrill)),
        ("SHAMPOO", Some(Meaning::PersonalCare)),
        ("DELI MEATS", Some(Meaning::DeliAndTakeaway)),
        ("COUPON/MISC ITEMS", Some(Meaning::Nothing)),
        ("CRACKERS/MISC BKD FD", None),
        ("HISPANIC", None),
        ("Day spa", Some(Meaning::Wellness)),
        ("TEAS", Some(Meaning::CoffeeAndTea)),
        ("xq-17", None),
    ] {
        assert_eq!(Meaning::of_name(name), expected, "{name}");
    }
    for meaning in Meaning::ALL {
        assert_eq!(Meaning::from_word(meaning.word()), Some(*meaning));
    }
}

#[test]
fn groups_are_called_differently() {
    let group = |code: &str, name: Option<&str>, meanings: &[&str], categories: &[&str]| Called {
        code: code.to_owned(),
        name: name.map(str::to_owned),
        meanings: meanings.iter().map(|text| (*text).to_owned()).collect(),
        categories: categories.iter().map(|text| (*text).to_owned()).collect(),
        own: None,
        own_meaning: None,
    };
    let own = |code: &str, way: Option<&str>, category: &str| Called {
        own: Some(category.to_owned()),
        own_meaning: way.map(str::to_owned),
        ..group(code, None, &["fresh_and_light"], &["APPLES"])
    };
    let groups = [
        group("g1", None, &["pets"], &["DOG FOODS"]),
        group("g2", None, &["pets", "smokers"], &["CIGARETTES"]),
        group("g3", Some("Smokers"), &["smokers"], &[]),
        group("g4", None, &["smokers"], &["LIGHTERS"]),
        group("g5", None, &[], &[]),
        group("g6", None, &["our own"], &["x"]),
        group("g7", None, &["smokers", "pets"], &["Smokers"]),
        group("g8", None, &["our own", "our own"], &["y"]),
        own("g9", Some("bakery"), "ROLLS"),
        own("g10", Some("bakery"), "PIES"),
        own("g11", None, "CITRUS"),
    ];
    let called: Vec<String> = names(&groups, Language::En).into_iter().map(|(_, name)| name).collect();
    assert_eq!(
        called,
        [
            "Pet owners",
            "Pet owners · Smokers",
            "Smokers",
            "Smokers · LIGHTERS",
            "g5",
            "our own",
            "Smokers · g7",
            "our own · y",
            "Fresh and light · Bread and cakes",
            "Fresh and light · PIES",
            "Fresh and light · CITRUS"
        ]
    );
}

#[test]
fn groups_of_one_way_of_life_are_told_apart_by_what_only_one_of_them_buys() {
    let tastes = market(1_300, 12, 8, 7, in_turn(8));
    let (model, places) = first(&tastes);
    // The first and the second way of life mean the same; so does what everybody buys, and it tells nobody apart.
    let alike = |category: &str| (category < "c12").then(|| "fresh".to_owned());
    let described = describe(&model, &tastes, &places, alike);
    let fresh: Vec<&str> =
        described.iter().filter(|group| group.meanings == ["fresh"]).filter_map(|group| group.own.as_deref()).collect();
    let of = |own: std::ops::RangeInclusive<&str>| fresh.iter().filter(|category| own.contains(*category)).count();
    assert_eq!((of("c06"..="c08"), of("c09"..="c11")), (1, 1), "{described:?}");
    let called: Vec<Called> = described
        .iter()
        .map(|group| Called {
            code: group.code.clone(),
            meanings: group.meanings.clone(),
            own: group.own.clone(),
            ..Called::default()
        })
        .collect();
    let named = names(&called, Language::En);
    for own in fresh {
        assert!(named.iter().any(|(_, name)| *name == format!("fresh · {own}")), "{named:?}");
    }
    // Where what only one of them buys stands for another way of life, that is said of it.
    let third = |category: &str| category[1..].parse::<usize>().is_ok_and(|at| at >= COMMON && at % OWN == OWN - 1);
    let way = |category: &str| if third(category) { "bread" } else { "fresh" };
    let two = describe(&model, &tastes, &places, |category| Some(way(category).to_owned()));
    assert!(two.iter().all(|group| group.meanings.first().is_some_and(|first| first == "fresh")), "{two:?}");
    for group in &two {
        let own = group.own.as_deref().expect("a category of its own");
        assert_eq!(group.own_meaning.as_deref(), third(own).then_some("bread"), "{group:?}");
    }
    assert!(two.iter().any(|group| group.own_meaning.is_some()), "{two:?}");
    // Nobody else lives so.
    let alone = describe(&model, &tastes, &places, |category| ("c06"..="c08").contains(&category).then(|| "pets".to_owned()));
    assert!(alone.iter().all(|group| group.own.is_none()), "{alone:?}");
}

#[test]
fn who_moved_is_counted_of_those_who_were_there() {
    let moved = |from: Option<&str>, to: Option<&str>, members| Moved {
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        members,
    };
    let pairs = [(Some("a"), Some("a")), (Some("a"), Some("b")), (None, Some("a")), (Some("b"), None), (None, None)];
    let counted = super::description::moved(pairs.into_iter());
    assert_eq!(
        counted,
        [moved(None, Some("a"), 1), moved(Some("a"), Some("a"), 1), moved(Some("a"), Some("b"), 1), moved(Some("b"), None, 1)]
    );
    assert_eq!((moved_bp(&counted), moved_bp(&[])), (5_000, 0));
}

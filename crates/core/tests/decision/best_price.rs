//! No allowed combination of offers makes a better price than the quote.

use danggol_core::attribute::Attribute;
use danggol_core::coupon::{Caps, OnReturn, ReadyTemplate, Template, Validity};
use danggol_core::decide::Published;
use danggol_core::earning::{Basket, FrozenValue, Scene};
use danggol_core::id::TemplateId;
use danggol_core::programme::Programme;
use danggol_core::purchase::{Line, LineKind, Moment};
use danggol_core::quote::{Beside, quote, worth_of};
use serde_json::{Value, json};

/// A small generator of its own, so that a hundred thousand baskets cost no time of shrinking strategies.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        // SplitMix64 (Steele, Lea and Flood, 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % count
    }

    pub(crate) fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len() as u64) as usize].clone()
    }
}

fn effect(draw: &mut Draw) -> Value {
    let category = |name: &str| json!({"attribute": "line.category", "op": "is", "value": name});
    match draw.below(9) {
        0 => {
            json!({"kind": "member_price", "prices": [{"sku": "a", "price_minor": draw.below(90)}, {"sku": "c", "price_minor": draw.below(90)}]})
        }
        1 | 2 => {
            json!({"kind": "percent", "percent_bp": draw.of(&[333, 1_000, 1_500, 5_000, 10_000]), "max_minor": draw.of(&[None, Some(60)])})
        }
        3 => json!({"kind": "amount", "amount_minor": 1 + draw.below(150)}),
        4 => json!({"kind": "steps", "repeats": draw.below(2) == 0, "steps": [
            {"from_minor": 100, "off_minor": 1 + draw.below(40)}, {"from_minor": 250, "off_minor": 1 + draw.below(90)}]}),
        5 => json!({"kind": "nth_item", "nth": 2 + draw.below(2), "percent_bp": draw.of(&[5_000, 10_000])}),
        6 => {
            let parts = draw.of(&[
                json!([{"lines": category("x")}, {"lines": category("y")}]),
                // The same pieces may serve both parts.
                json!([{"lines": category("x"), "pieces": 2}, {"lines": {"not": category("y")}}]),
                json!([{"lines": category("x"), "pieces": 3}]),
            ]);
            json!({"kind": "bundle", "price_minor": draw.below(200), "parts": parts})
        }
        7 => json!({"kind": "free_item", "pieces": 1 + draw.below(3)}),
        _ => json!({"kind": "gift", "sku": "pen", "worth_minor": 1 + draw.below(60)}),
    }
}

pub(crate) fn programme(draw: &mut Draw, most: u64) -> Programme {
    let count = 1 + draw.below(most);
    let offers: Vec<Value> = (0..count)
        .map(|place| {
            let lines = draw.of(&[Value::Null, Value::Null, json!({"attribute": "line.category", "op": "is", "value": "x"})]);
            let when =
                draw.of(&[Value::Null, Value::Null, json!({"attribute": "purchase.amount", "op": "at_least", "value": 200})]);
            let excludes = if draw.below(5) == 0 { vec![format!("o{}", draw.below(count))] } else { Vec::new() };
            json!({
                "id": format!("o{place}"), "name": "O", "effect": effect(draw), "lines": lines, "when": when,
                "group": draw.of(&[None, None, Some("g"), Some("h")]), "alone": draw.below(12) == 0, "excludes": excludes,
                "priority": draw.below(3), "rounding": draw.of(&["down", "half_up", "up"]),
            })
        })
        .collect();
    crate::programme(json!({"earning": {"rules": []}, "offers": offers}))
}

/// Takes some of the last offers out of a programme and puts them into a member's hand; now and then she has the last one twice.
fn coupons(draw: &mut Draw, programme: &mut Programme) -> Vec<ReadyTemplate> {
    let kept = draw.below(programme.offers.len() as u64 + 1) as usize;
    let template = |(place, offer)| {
        let (validity, stacks) = (Validity::Days { days: 1, after_days: 0 }, draw.below(2) == 0);
        let template = Template {
            offer,
            validity,
            caps: Caps::default(),
            stacks,
            on_return: OnReturn::WhileValid,
            transferable: false,
            shared_code: None,
        };
        ReadyTemplate::new(TemplateId(place as i64 + 1), template)
    };
    let mut coupons: Vec<ReadyTemplate> = programme.offers.split_off(kept).into_iter().enumerate().map(template).collect();
    if coupons.len() < 5 && draw.below(3) == 0 {
        coupons.extend(coupons.last().cloned());
    }
    coupons
}

pub(crate) fn lines(draw: &mut Draw) -> Vec<Line> {
    let count = 1 + draw.below(4);
    let line = |_| Line {
        sku: draw.of(&["a", "b", "c"]).to_owned(),
        category: draw.of(&[None, Some("x"), Some("y")]).map(str::to_owned),
        quantity: 1 + draw.below(4) as i64,
        amount_minor: draw.below(300) as i64,
        kind: draw.of(&[LineKind::Sale, LineKind::Sale, LineKind::Sale, LineKind::Gift]),
        off_minor: 0,
    };
    (0..count).map(line).collect()
}

fn scene<'a>(lines: &'a [Line], member: &'a Vec<(Attribute, FrozenValue)>) -> Scene<'a, Vec<(Attribute, FrozenValue)>> {
    let amount_minor = lines.iter().map(|line| line.amount_minor).sum();
    let moment = Moment { at_ms: 1_709_262_000_000, day: 19_783, weekday: 5, hour: 12 };
    let basket =
        Basket { lines, moment, channel: "store", store: None, staff: None, amount_minor, earning_share: 1, earning_whole: 1 };
    Scene { basket, member }
}

/// Weighs every combination for so many random baskets, each under a random programme of up to `most` offers.
fn no_combination_is_better(seed: u64, baskets: u64, most: u64) {
    let mut draw = Draw(seed);
    let member = Vec::new();
    let (mut applied, mut of_coupons) = (0, 0);
    for basket in 0..baskets {
        let mut programme = programme(&mut draw, most);
        let coupons = coupons(&mut draw, &mut programme);
        let beside: Vec<Beside<'_>> = coupons.iter().map(|ready| Beside { offer: &ready.offer, ready: &ready.ready }).collect();
        let published = Published::new(1, programme);
        let lines = lines(&mut draw);
        let scene = scene(&lines, &member);
        let found = quote(&published, &beside, &scene);
        assert!(found.exact, "basket {basket} of seed {seed}");
        let places: Vec<usize> = found.applied.iter().map(|applied| applied.offer).collect();
        let worth = worth_of(&published, &beside, &scene, &places);
        let offers = published.programme.offers.len() + beside.len();
        let best = (0..1_u32 << offers)
            .filter_map(|chosen| {
                let places: Vec<usize> = (0..offers).filter(|place| chosen & (1 << place) != 0).collect();
                worth_of(&published, &beside, &scene, &places)
            })
            .max();
        assert_eq!(worth, best, "basket {basket} of seed {seed}: {lines:?} {:?}", published.programme.offers);
        for (line, bought) in lines.iter().enumerate() {
            let off: i64 =
                found.applied.iter().flat_map(|applied| &applied.shares).filter(|(at, _)| *at == line).map(|(_, off)| off).sum();
            assert!((0..=bought.amount_minor).contains(&off), "basket {basket} of seed {seed}: {off} off {bought:?}");
            assert!(off == 0 || bought.kind == LineKind::Sale, "basket {basket} of seed {seed}: {off} off {bought:?}");
        }
        applied += places.len();
        of_coupons += places.iter().filter(|place| **place >= published.programme.offers.len()).count();
    }
    assert!(applied as u64 > baskets / 2, "offers were applied: {applied}");
    assert!(of_coupons as u64 > baskets / 4, "coupons were applied: {of_coupons}");
}

/// `DANGGOL_BASKETS=100000 cargo nextest run -p danggol-core brute_force` weighs so many baskets: two minutes.
#[test]
fn brute_force_finds_no_better_price() {
    let baskets = std::env::var("DANGGOL_BASKETS").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    no_combination_is_better(1, baskets - baskets / 20, 5);
    no_combination_is_better(2, baskets / 20, 9);
}

/// Twenty offers that all go together: more than a brand has for one basket.
#[test]
fn the_search_ends_in_bounded_steps() {
    let percents = (0..20)
        .map(|place| json!({"id": format!("o{place}"), "name": "O", "effect": {"kind": "percent", "percent_bp": 300 + place}}));
    let offers: Vec<Value> = percents.collect();
    let published = Published::new(1, crate::programme(json!({"earning": {"rules": []}, "offers": offers})));
    let line =
        Line { sku: "a".to_owned(), category: None, quantity: 1, amount_minor: 1_000_000, kind: LineKind::Sale, off_minor: 0 };
    let (lines, member) = ([line], Vec::new());
    let scene = scene(&lines, &member);
    let found = quote(&published, &[], &scene);
    assert!(found.exact, "percentages compound, and the bound knows it");
    assert_eq!(found.applied.len(), 20);
    let hard: Vec<Value> = (0..40)
        .map(|place| {
            let steps: Vec<Value> = (1..4)
                .map(|step| json!({"from_minor": 900_000 + step * 20_000 + place, "off_minor": 5_000 * step + place}))
                .collect();
            json!({"id": format!("o{place}"), "name": "O", "effect": {"kind": "steps", "steps": steps}})
        })
        .collect();
    let published = Published::new(1, crate::programme(json!({"earning": {"rules": []}, "offers": hard})));
    let found = quote(&published, &[], &scene);
    assert!(!found.exact, "forty thresholds that undo each other are more than is weighed");
    assert!(found.off_minor() > 0, "what is found by then is told");
}

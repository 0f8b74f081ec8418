//! Random programmes, and what brands do to them while purchases are under way: drop a rule, double another, move the tiers.

use danggol_core::birthday::LunarKind;
use danggol_core::decide::{Published, Rules};
use danggol_core::programme::{Expiry, Level, Programme, SpentPoints};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::random::Random;

/// Draws one of the values.
pub fn pick<T: Clone>(random: &mut Random, values: &[T]) -> T {
    values[random.below(values.len() as u64) as usize].clone()
}

/// The rules that programmes are drawn from: every kind of award, condition, cap and rounding, points and growth points.
fn pool() -> Vec<Value> {
    let is = |attribute: &str, value: Value| json!({"attribute": attribute, "op": "is", "value": value});
    let at_least = |attribute: &str, value: i64| json!({"attribute": attribute, "op": "at_least", "value": value});
    let rate = |points: i64, per_minor: i64| json!({"kind": "rate", "points": points, "per_minor": per_minor});
    let fixed = |points: i64| json!({"kind": "fixed", "points": points});
    let times = |percent: i64| json!({"kind": "multiplier", "percent": percent});
    vec![
        json!({"id": "milk", "award": rate(1, 30), "lines": is("line.category", json!("milk")), "rounding": "up"}),
        json!({"id": "online", "award": rate(2, 700), "when": is("purchase.channel", json!("online")), "rounding": "half_up"}),
        json!({"id": "capped", "award": rate(5, 100), "caps": {"per_purchase": 400, "per_day": 600}}),
        json!({"id": "monthly", "award": rate(1, 10), "caps": {"per_month": 1_500, "per_year": 9_000}}),
        json!({"id": "big", "award": fixed(50), "when": at_least("purchase.amount", 9_000)}),
        json!({"id": "huge", "award": fixed(80), "group": "basket", "when": at_least("purchase.amount", 15_000)}),
        json!({"id": "pieces", "award": fixed(60), "group": "basket", "when": at_least("purchase.quantity", 5)}),
        json!({"id": "first", "award": fixed(100), "when": is("member.purchase_count", json!(0))}),
        json!({"id": "her", "award": fixed(7), "when": is("member.gender", json!("female")), "caps": {"per_day": 14}}),
        json!({"id": "adult", "award": fixed(3), "when": at_least("member.age", 18)}),
        json!({"id": "spring", "award": fixed(9), "when": {"attribute": "member.birthday_month", "op": "between", "value": [3, 5]}}),
        json!({"id": "settled", "award": fixed(4), "when": {"not": {"attribute": "member.days_since_joined", "op": "less_than", "value": 30}}}),
        json!({"id": "weekend", "award": times(150), "group": "times", "when": {"attribute": "purchase.weekday", "op": "in", "value": [6, 7]}}),
        json!({"id": "bread", "award": times(300), "group": "times", "lines": is("line.category", json!("bread"))}),
        json!({"id": "gold", "award": times(120), "when": is("member.tier", json!("gold")), "caps": {"per_day": 300}}),
        json!({"id": "growth", "award": rate(1, 50), "asset": "growth"}),
        json!({"id": "grown", "award": fixed(5), "asset": "growth", "when": at_least("purchase.amount", 3_000)}),
    ]
}

/// Offers, of which a programme has some.
fn offers() -> Vec<Value> {
    let is = |attribute: &str, value: Value| json!({"attribute": attribute, "op": "is", "value": value});
    let percent = |percent_bp: i64| json!({"kind": "percent", "percent_bp": percent_bp});
    vec![
        json!({"id": "tenth", "effect": percent(1_000), "group": "percent"}),
        json!({"id": "gold", "effect": percent(1_750), "group": "percent", "when": is("member.tier", json!("gold")), "rounding": "half_up"}),
        json!({"id": "her", "effect": percent(333), "when": is("member.gender", json!("female")), "rounding": "up"}),
        json!({"id": "less", "effect": {"kind": "amount", "amount_minor": 777}, "excludes": ["steps"]}),
        json!({"id": "steps", "effect": {"kind": "steps", "repeats": true, "steps": [{"from_minor": 5_000, "off_minor": 450}]}}),
        json!({"id": "second", "effect": {"kind": "nth_item", "nth": 2, "percent_bp": 5_000}, "lines": is("line.category", json!("milk"))}),
        json!({"id": "again", "effect": {"kind": "free_item"}, "priority": -5,
            "when": {"attribute": "member.purchase_count", "op": "at_least", "value": 9}}),
        json!({"id": "alone", "effect": percent(2_500), "alone": true}),
    ]
}

fn named(rules: Vec<Value>) -> Vec<Value> {
    let name = |mut rule: Value| {
        rule["name"] = rule["id"].clone();
        rule
    };
    rules.into_iter().map(name).collect()
}

/// The tiers of a programme and how they are measured; `steepness` moves them all.
fn ladder(random: &mut Random, steepness: i64) -> Value {
    let window = pick(
        random,
        &[
            json!({"kind": "rolling", "days": 30}),
            json!({"kind": "rolling", "days": 365}),
            json!({"kind": "calendar", "unit": "quarter"}),
            json!({"kind": "calendar", "unit": "year"}),
        ],
    );
    let mut levels = vec![
        json!({"code": "silver", "name": "silver", "spend_minor": 10_000 * steepness, "visits": 2 * steepness}),
        json!({"code": "gold", "name": "gold", "spend_minor": 60_000 * steepness, "points": 400 * steepness}),
        json!({"code": "black", "name": "black", "spend_minor": 200_000 * steepness}),
    ];
    if random.once_in(2) {
        levels.insert(0, json!({"code": "member", "name": "member"}));
    }
    json!({
        "levels": levels,
        "window": window,
        "keep_days": pick(random, &[0, 30, 365]),
        "grace_days": pick(random, &[0, 10]),
    })
}

fn expiry(random: &mut Random) -> Value {
    pick(
        random,
        &[
            json!({"kind": "never"}),
            json!({"kind": "rolling", "days": 20}),
            json!({"kind": "rolling", "days": 90}),
            json!({"kind": "end_of_month", "months": 1}),
            json!({"kind": "fixed_date", "month": 2, "day": 30, "min_months": 3}),
        ],
    )
}

/// Purchases that are occasions for points.
fn occasions() -> Vec<Value> {
    let on_purchase = |id: &str| json!({"id": id, "trigger": {"kind": "purchase"}});
    let with = |mut occasion: Value, changes: Value| {
        changes.as_object().into_iter().flatten().for_each(|(field, value)| occasion[field] = value.clone());
        occasion
    };
    let from = |minor: i64| json!({"attribute": "purchase.amount", "op": "at_least", "value": minor});
    vec![
        with(on_purchase("any"), json!({"points": 3, "caps": {"per_day": 1}})),
        with(on_purchase("big"), json!({"points": 40, "valid_days": 15, "when": from(5_000)})),
        with(on_purchase("bigger"), json!({"points": 90, "when": from(20_000), "caps": {"per_year": 2, "ever": 3}})),
    ]
}

/// A plan for money that is paid in.
fn top_ups(random: &mut Random) -> Value {
    json!({
        "steps": named(vec![
            json!({"id": "some", "from_minor": 3_000, "bonus_minor": 100, "points": pick(random, &[0, 30])}),
            json!({"id": "more", "from_minor": 9_000, "bonus_minor": 1_234}),
            json!({"id": "most", "from_minor": 20_000, "bonus_minor": 5_000, "points": 70}),
        ]),
        "bonus_expiry": expiry(random),
        "order": pick(random, &["principal_first", "bonus_first", "proportional"]),
        "bonus_on_refund": pick(random, &["keep", "proportional", "whole"]),
        "spent_bonus": pick(random, &["deduct", "refuse", "write_off"]),
    })
}

/// Draws a programme without faults.
pub fn draw(random: &mut Random) -> Programme {
    let mut rules = vec![json!({
        "id": "base",
        "award": {"kind": "rate", "points": 1 + random.below(3), "per_minor": pick(random, &[30, 100, 1_000])},
        "rounding": pick(random, &["down", "half_up", "up"]),
    })];
    rules.extend(pool().into_iter().filter(|_| random.once_in(3)));
    if rules.iter().all(|rule| rule["asset"] != "growth") || random.once_in(2) {
        rules.retain(|rule| rule["asset"] != "growth");
    }
    let redemption = pick(
        random,
        &[
            json!({"points": 1, "minor": 1, "max_percent": 100}),
            json!({"points": 10, "minor": 7, "step": 10, "minimum": 20, "max_percent": 50}),
            json!({"points": 1, "minor": 10, "step": 5, "max_percent": 80}),
        ],
    );
    let mut text = json!({
        "name": "drawn",
        "earning": {
            "rules": named(rules),
            "pending_days": pick(random, &[0, 0, 1, 7]),
            "expiry": expiry(random),
            "earn_on_redeemed": random.once_in(3),
        },
        "redemption": redemption,
        "returns": {"spent_points": pick(random, &["debt", "deduct", "write_off"])},
        "tiers": ladder(random, 1),
    });
    let mut offers: Vec<Value> = offers().into_iter().filter(|_| random.once_in(2)).collect();
    if offers.iter().all(|offer| offer["id"] != "steps") {
        offers.iter_mut().for_each(|offer| offer["excludes"] = json!([]));
    }
    text["offers"] = json!(named(offers));
    text["occasions"] = json!(named(occasions().into_iter().filter(|_| random.once_in(2)).collect()));
    text["top_ups"] = top_ups(&mut random.clone());
    serde_json::from_value(text).expect("the pool has the form of a programme")
}

/// The next version of a programme: another expiry, a rule dropped, rates doubled, a rule switched off, other steps of the ladder,
/// something or nothing needed for its lowest, another policy, or the highest tier dropped.
pub fn change(random: &mut Random, programme: &Programme) -> Programme {
    let mut next = programme.clone();
    let rules = &mut next.earning.rules;
    match random.below(9) {
        0 if rules.len() > 1 => drop(rules.remove(1 + random.below(rules.len() as u64 - 1) as usize)),
        1 => {
            use danggol_core::programme::Gives;
            for rule in rules.iter_mut() {
                if let Gives::Rate { points, .. } | Gives::Fixed { points } = &mut rule.award {
                    *points = (*points * 2).min(1_000);
                }
            }
        }
        2 => {
            let at = random.below(rules.len() as u64) as usize;
            rules[at].enabled = !rules[at].enabled;
        }
        3 => {
            let steeper = 1 + random.below(3) as i64;
            for level in &mut next.tiers.levels {
                level.spend_minor = level.spend_minor.map(|minor| minor / 2 * steeper);
                level.points = level.points.map(|points| (points / 2 * steeper).max(1));
            }
        }
        4 => {
            if let Some(lowest) = next.tiers.levels.first_mut() {
                let needed = lowest.is_free().then_some(5_000);
                *lowest = Level { spend_minor: needed, points: None, visits: None, layer: None, ..lowest.clone() };
            }
        }
        5 => next.returns.spent_points = pick(random, &[SpentPoints::Debt, SpentPoints::Deduct, SpentPoints::WriteOff]),
        6 => next.earning.expiry = pick(random, &[Expiry::Never, Expiry::Rolling { days: 15 }, Expiry::EndOfMonth { months: 2 }]),
        7 => next.top_ups = serde_json::from_value(top_ups(random)).expect("a plan has this form"),
        _ => drop(next.tiers.levels.pop()),
    }
    if next.faults().is_empty() { next } else { programme.clone() }
}

/// Rules without a programme yet: Shanghai time, the business day from four in the morning.
pub fn rules(published: Published) -> Rules {
    Rules::new(published, TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC), 4, LunarKind::Chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_programme_drawn_and_changed_may_be_published() {
        for seed in 0..500 {
            let mut random = Random::new(seed);
            let mut programme = draw(&mut random);
            assert_eq!(programme.faults(), [], "seed {seed}");
            for _ in 0..10 {
                programme = change(&mut random, &programme);
            }
            assert_eq!(programme.faults(), [], "seed {seed}");
        }
    }

    #[test]
    fn changes_reach_every_part_that_old_purchases_must_not_follow() {
        let mut random = Random::new(1);
        let programme = draw(&mut random);
        let changed: Vec<Programme> = (0..200).map(|_| change(&mut random, &programme)).collect();
        assert!(changed.iter().any(|next| next.earning.rules.len() < programme.earning.rules.len()));
        assert!(changed.iter().any(|next| next.earning.expiry != programme.earning.expiry));
        assert!(changed.iter().any(|next| next.tiers != programme.tiers));
        assert!(changed.iter().any(|next| next.returns != programme.returns));
        assert!(changed.iter().any(|next| next.top_ups != programme.top_ups));
    }
}

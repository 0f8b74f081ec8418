//! The programme of the sample brand: a strict first version, and a more generous second one half a year later.

use danggol_core::attribute::Attribute;
use danggol_core::condition::{Condition, Operand, Operator, Test};
use danggol_core::ledger::Asset;
use danggol_core::occasion::{Caps as Times, Occasion, Trigger};
use danggol_core::offer::{Effect, Offer, Step};
use danggol_core::programme::{Caps, Earning, Expiry, Gives, Ladder, Level, Programme, Returns, Rounding, Rule, Window};
use danggol_core::pyramid::{Criteria, LayerCut, Weights};
use danggol_core::time::day_text;
use danggol_core::value::{TopUpStep, TopUps};

use super::market::Market;
use super::words::Words;

/// The channel of the online shop.
pub const ONLINE: &str = "online";
/// The channel of the marketplaces.
pub const MARKETPLACE: &str = "marketplace";
/// The channel of the stores.
pub const STORE: &str = "store";

/// Spending in a year for each tier above the first, in reference units.
const TIER_UNITS: [f64; 3] = [1_000.0, 4_000.0, 12_000.0];
/// Days with a purchase in a year that lift to the second tier too.
const TIER_VISITS: i64 = 12;

/// Which version of the programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The one that the brand began with: points live for half a year, tiers are kept for half a year.
    First,
    /// Points and tiers live for a year; online purchases earn more, and the days of an anniversary count three times.
    Second {
        /// The first business day of the anniversary, as days since 1970-01-01.
        anniversary: i32,
    },
}

fn test(attribute: Attribute, op: Operator, value: Operand) -> Condition {
    Condition::Test(Test { attribute, op, value: Some(value) })
}

fn rule(id: &str, name: &str, award: Gives) -> Rule {
    Rule {
        id: id.to_owned(),
        name: name.to_owned(),
        enabled: true,
        when: None,
        lines: None,
        award,
        asset: Asset::Points,
        group: None,
        from: None,
        until: None,
        caps: Caps::default(),
        rounding: Rounding::Down,
    }
}

/// What is paid in, what is added and how many points are given, in reference units.
const TOP_UP_UNITS: [(f64, f64, f64); 3] = [(500.0, 30.0, 0.0), (1_000.0, 80.0, 0.0), (3_000.0, 300.0, 300.0)];

/// The points that the rates give for so many reference units.
fn points_for(market: &Market, units: f64) -> i64 {
    let (points, per_minor) = market.rate;
    market.round_minor(units) * points / per_minor
}

fn rules(words: &Words, market: &Market, cared_for: &[String], version: Version) -> Vec<Rule> {
    let (names, (points, per_minor)) = (&words.rules, market.rate);
    let best_of = Some(names.group.clone());
    let mut rules = vec![
        rule("base", &names.base, Gives::Rate { points, per_minor }),
        Rule {
            lines: Some(test(Attribute::LineCategory, Operator::In, Operand::Texts(cared_for.to_vec()))),
            group: best_of.clone(),
            ..rule("care", &names.care, Gives::Multiplier { percent: 200 })
        },
        Rule {
            when: Some(test(Attribute::PurchaseWeekday, Operator::In, Operand::Numbers(vec![6, 7]))),
            group: best_of,
            ..rule("weekend", &names.weekend, Gives::Multiplier { percent: 150 })
        },
        Rule {
            when: Some(test(Attribute::MemberDaysToBirthday, Operator::AtMost, Operand::Number(3))),
            caps: Caps { per_year: Some(points_for(market, 1_000.0)), ..Caps::default() },
            ..rule("birthday", &names.birthday, Gives::Multiplier { percent: 300 })
        },
        Rule {
            when: Some(test(Attribute::MemberPurchaseCount, Operator::Is, Operand::Number(0))),
            ..rule("first", &names.first, Gives::Fixed { points: points_for(market, 50.0) })
        },
        Rule {
            when: Some(test(Attribute::MemberTier, Operator::In, Operand::Texts(vec!["gold".to_owned(), "diamond".to_owned()]))),
            caps: Caps { per_month: Some(points_for(market, 300.0)), ..Caps::default() },
            ..rule("tier", &names.tier, Gives::Multiplier { percent: 120 })
        },
        Rule {
            when: Some(test(Attribute::PurchaseAmount, Operator::AtLeast, Operand::Number(market.round_minor(500.0)))),
            caps: Caps { per_day: Some(points_for(market, 50.0)), ..Caps::default() },
            ..rule("basket", &names.basket, Gives::Fixed { points: points_for(market, 50.0) })
        },
        Rule { asset: Asset::Growth, ..rule("growth", &names.growth, Gives::Rate { points, per_minor }) },
    ];
    if let Version::Second { anniversary } = version {
        rules.push(Rule {
            when: Some(test(Attribute::PurchaseChannel, Operator::Is, Operand::Text(ONLINE.to_owned()))),
            ..rule("online", &names.online, Gives::Rate { points, per_minor: per_minor * 5 })
        });
        rules.push(Rule {
            from: Some(day_text(anniversary)),
            until: Some(day_text(anniversary + 6)),
            caps: Caps { per_purchase: Some(points_for(market, 1_000.0)), ..Caps::default() },
            ..rule("anniversary", &names.anniversary, Gives::Multiplier { percent: 300 })
        });
    }
    rules
}

/// What makes goods cheaper: the second piece of what is cared for, less for the highest tiers, and less for big baskets. The sample
/// brand's own purchases come as they were paid.
fn offers(words: &Words, market: &Market, cared_for: &[String]) -> Vec<Offer> {
    let offer = |id: &str, name: &str, effect: Effect| Offer {
        id: id.to_owned(),
        name: name.to_owned(),
        enabled: true,
        when: None,
        lines: None,
        effect,
        group: None,
        alone: false,
        excludes: Vec::new(),
        priority: 0,
        from: None,
        until: None,
        rounding: Rounding::Down,
    };
    let codes = ["gold", "diamond"].map(str::to_owned).to_vec();
    let step = |from: f64, off: f64| Step { from_minor: market.round_minor(from), off_minor: market.round_minor(off) };
    vec![
        Offer {
            lines: Some(test(Attribute::LineCategory, Operator::In, Operand::Texts(cared_for.to_vec()))),
            priority: -1,
            ..offer("second", &words.offers.second, Effect::NthItem { nth: 2, percent_bp: 5_000 })
        },
        Offer {
            when: Some(test(Attribute::MemberTier, Operator::In, Operand::Texts(codes))),
            group: Some(words.offers.group.clone()),
            ..offer("tier", &words.offers.tier, Effect::Percent { percent_bp: 500, max_minor: None })
        },
        Offer {
            group: Some(words.offers.group.clone()),
            ..offer(
                "steps",
                &words.offers.steps,
                Effect::Steps { steps: vec![step(500.0, 50.0), step(1_000.0, 120.0)], repeats: false },
            )
        },
    ]
}

/// What members are given when the calendar says so; the sample brand's own history has none of it.
fn occasions(words: &Words, market: &Market) -> Vec<Occasion> {
    let occasion = |id: &str, name: &str, trigger: Trigger, units: f64| Occasion {
        id: id.to_owned(),
        name: name.to_owned(),
        enabled: true,
        trigger,
        when: None,
        points: Some(points_for(market, units)),
        valid_days: None,
        coupon: None,
        caps: Times::default(),
        from: None,
        until: None,
    };
    vec![
        Occasion {
            valid_days: Some(60),
            ..occasion("birthday", &words.gifts.birthday, Trigger::Birthday { days_before: 3, days_after: 3 }, 200.0)
        },
        occasion("anniversary", &words.gifts.anniversary, Trigger::Anniversary, 100.0),
    ]
}

/// What is added to money that members pay in.
fn top_ups(words: &Words, market: &Market) -> TopUps {
    let steps = ["some", "more", "most"].into_iter().zip(&words.gifts.top_ups).zip(TOP_UP_UNITS);
    let step = |((id, name), (from, bonus, points)): ((&str, &String), (f64, f64, f64))| TopUpStep {
        id: id.to_owned(),
        name: name.clone(),
        from_minor: market.round_minor(from),
        bonus_minor: market.round_minor(bonus),
        points: if points > 0.0 { points_for(market, points) } else { 0 },
        coupon: None,
    };
    TopUps { steps: steps.map(step).collect(), bonus_expiry: Expiry::Rolling { days: 365 }, ..TopUps::default() }
}

fn ladder(words: &Words, market: &Market, keep_days: u16) -> Ladder {
    let levels = ["member", "silver", "gold", "diamond"].into_iter().zip(&words.brand.tiers).enumerate();
    let levels = levels.map(|(place, (code, name))| {
        let units = place.checked_sub(1).map(|above| TIER_UNITS[above]);
        Level {
            code: code.to_owned(),
            name: name.clone(),
            spend_minor: units.map(|units| market.round_minor(units)),
            points: units.map(|units| points_for(market, units)),
            visits: (place == 1).then_some(TIER_VISITS),
            layer: (place == 3).then(|| "vip".to_owned()),
        }
    });
    Ladder { levels: levels.collect(), window: Window::Rolling { days: 365 }, keep_days, grace_days: 30 }
}

/// A version of the programme.
pub fn programme(words: &Words, market: &Market, cared_for: &[String], version: Version) -> Programme {
    let (months, keep_days) = match version {
        Version::First => (6, 180),
        Version::Second { .. } => (12, 365),
    };
    let layers = ["vip", "large", "ordinary", "small"].into_iter().zip([100, 500, 2_000, 10_000]).zip(&words.brand.layers);
    let layers = layers.map(|((code, share_bp), name)| LayerCut { code: code.to_owned(), name: name.clone(), share_bp });
    Programme {
        name: words.brand.programme.clone(),
        earning: Earning {
            rules: rules(words, market, cared_for, version),
            pending_days: 0,
            expiry: Expiry::EndOfMonth { months },
            earn_on_redeemed: false,
        },
        occasions: if matches!(version, Version::First) { Vec::new() } else { occasions(words, market) },
        offers: if matches!(version, Version::First) { Vec::new() } else { offers(words, market, cared_for) },
        redemption: Some(market.redemption),
        top_ups: matches!(version, Version::Second { .. }).then(|| top_ups(words, market)),
        returns: Returns::default(),
        tiers: ladder(words, market, keep_days),
        pyramid: Criteria { period_days: 365, layers: layers.collect(), weights: Weights::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use danggol_core::language::Language;

    #[test]
    fn both_versions_may_be_published_in_every_language() {
        for language in Language::ALL {
            let (words, market) = (Words::of(language).unwrap(), Market::of(language));
            for version in [Version::First, Version::Second { anniversary: 20_500 }] {
                let programme = programme(&words, &market, &["a".to_owned()], version);
                assert_eq!(programme.faults(), [], "{language:?} {version:?}");
            }
        }
    }
}

//! What a purchase earns: a pure function of the rules, the purchase and what was known of its member.
//!
//! A return asks the same function about the lines that remain, with the rules and facts frozen on the purchase.

use serde::{Deserialize, Serialize};

use crate::attribute::{Attribute, Of};
use crate::condition::{Subject, Value};
use crate::ledger::{Asset, Taken};
use crate::programme::{Gives, Programme, Rounding, Rule};
use crate::purchase::{Line, LineKind, Moment};

/// What a purchase gave, and all that is needed to say why and to take it back rightly. Kept with the purchase for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Award {
    /// What each rule gave.
    #[serde(rename = "g", default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// What was known of the member, as far as the rules ask for it.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(Attribute, FrozenValue)>,
    /// UTC milliseconds from which the points may be spent; zero: at once.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub available_at_ms: i64,
    /// UTC milliseconds at which they lapse.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// Points spent on this purchase.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub redeemed_points: i64,
    /// What they were worth, in minor units.
    #[serde(rename = "v", default, skip_serializing_if = "is_zero")]
    pub redeemed_minor: i64,
    /// The lots they came from.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub redeemed_lots: Vec<Taken>,
    /// The tier before, when this purchase changed it.
    #[serde(rename = "t0", default, skip_serializing_if = "Option::is_none")]
    pub tier_before: Option<String>,
    /// The tier after, when this purchase changed it.
    #[serde(rename = "t1", default, skip_serializing_if = "Option::is_none")]
    pub tier_after: Option<String>,
    /// The balance of points after this purchase.
    #[serde(rename = "b", default, skip_serializing_if = "is_zero")]
    pub balance_after: i64,
}

/// What one rule gave to one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The rule's place in the programme version that the purchase names.
    #[serde(rename = "r")]
    pub rule: usize,
    /// Of what.
    #[serde(rename = "s")]
    pub asset: Asset,
    /// Units.
    #[serde(rename = "n")]
    pub amount: i64,
    /// What the rule's caps over time still allowed, where it has any.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub headroom: Option<i64>,
}

/// A value as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FrozenValue {
    /// A number.
    Number(i64),
    /// A word.
    Text(String),
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

impl Award {
    /// Units of an asset given by all rules.
    pub fn given(&self, asset: Asset) -> i64 {
        self.grants.iter().filter(|grant| grant.asset == asset).map(|grant| grant.amount).sum()
    }
}

/// A purchase as the rules see it.
#[derive(Debug, Clone, Copy)]
pub struct Basket<'a> {
    /// The lines that count.
    pub lines: &'a [Line],
    /// When.
    pub moment: Moment,
    /// Code of the channel.
    pub channel: &'a str,
    /// Code of the store.
    pub store: Option<&'a str>,
    /// Code of the employee.
    pub staff: Option<&'a str>,
    /// What is to be paid for these lines, before points.
    pub amount_minor: i64,
    /// The share of a line's amount that earns: so many …
    pub earning_share: i64,
    /// … of so many, above zero.
    pub earning_whole: i64,
}

/// A basket together with what is known of its member.
pub struct Scene<'a, M> {
    /// The purchase.
    pub basket: Basket<'a>,
    /// Reads a member attribute.
    pub member: &'a M,
}

/// Something that knows member attributes.
pub trait MemberFactsSource {
    /// The value of an attribute of [`Of::Member`].
    fn fact(&self, attribute: Attribute) -> Value<'_>;
}

impl MemberFactsSource for Vec<(Attribute, FrozenValue)> {
    fn fact(&self, attribute: Attribute) -> Value<'_> {
        match self.iter().find(|(known, _)| *known == attribute) {
            Some((_, FrozenValue::Number(number))) => Value::Number(*number),
            Some((_, FrozenValue::Text(text))) => Value::Text(text),
            None => Value::Missing,
        }
    }
}

fn optional(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Missing, Value::Text)
}

fn line_value(line: &Line, attribute: Attribute) -> Value<'_> {
    match attribute {
        Attribute::LineSku => Value::Text(&line.sku),
        Attribute::LineCategory => optional(line.category.as_deref()),
        Attribute::LineAmount => Value::Number(line.amount_minor),
        Attribute::LineQuantity => Value::Number(line.quantity),
        _ => Value::Missing,
    }
}

impl<M: MemberFactsSource> Subject for Scene<'_, M> {
    fn value(&self, attribute: Attribute) -> Value<'_> {
        let basket = &self.basket;
        match attribute {
            Attribute::PurchaseAmount => Value::Number(basket.amount_minor),
            Attribute::PurchaseQuantity => Value::Number(basket.lines.iter().map(|line| line.quantity).sum()),
            Attribute::PurchaseStore => optional(basket.store),
            Attribute::PurchaseChannel => Value::Text(basket.channel),
            Attribute::PurchaseStaff => optional(basket.staff),
            Attribute::PurchaseWeekday => Value::Number(basket.moment.weekday.into()),
            Attribute::PurchaseHour => Value::Number(basket.moment.hour.into()),
            Attribute::PurchaseDate => Value::Number(basket.moment.day.into()),
            _ if attribute.of() == Of::Member => self.member.fact(attribute),
            _ => Value::Missing,
        }
    }

    fn any_line(&self, attribute: Attribute, passes: &dyn Fn(Value<'_>) -> bool) -> bool {
        self.basket.lines.iter().any(|line| passes(line_value(line, attribute)))
    }
}

/// One line on its own, for the conditions that choose lines.
struct LineSubject<'a>(&'a Line);

impl Subject for LineSubject<'_> {
    fn value(&self, _: Attribute) -> Value<'_> {
        Value::Missing
    }

    fn any_line(&self, attribute: Attribute, passes: &dyn Fn(Value<'_>) -> bool) -> bool {
        passes(line_value(self.0, attribute))
    }
}

/// What one rule gives, before caps over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleAmount {
    /// The place of the rule in the programme.
    pub rule: usize,
    /// Units, above zero.
    pub amount: i64,
}

fn in_dates(rule: &Rule, day: i32) -> bool {
    let day = i64::from(day);
    let bound = |text: &Option<String>| text.as_deref().and_then(crate::condition::day_of);
    bound(&rule.from).is_none_or(|from| from <= day) && bound(&rule.until).is_none_or(|until| day <= until)
}

fn applies<M: MemberFactsSource>(rule: &Rule, scene: &Scene<'_, M>) -> bool {
    rule.enabled && in_dates(rule, scene.basket.moment.day) && rule.when.as_ref().is_none_or(|when| when.matches(scene))
}

fn covers(rule: &Rule, line: &Line) -> bool {
    line.kind != LineKind::Gift && rule.lines.as_ref().is_none_or(|lines| lines.matches(&LineSubject(line)))
}

fn divide(numerator: i128, denominator: i128, rounding: Rounding) -> i64 {
    if numerator <= 0 || denominator <= 0 {
        return 0;
    }
    let rounded = match rounding {
        Rounding::Down => numerator / denominator,
        Rounding::HalfUp => (2 * numerator + denominator) / (2 * denominator),
        Rounding::Up => (numerator + denominator - 1) / denominator,
    };
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

/// Units that a rate rule gives on the lines that pass.
fn rate<M>(scene: &Scene<'_, M>, rule: &Rule, points: i64, per_minor: i64, also: impl Fn(&Line) -> bool) -> i128 {
    let lines = scene.basket.lines.iter().filter(|line| covers(rule, line) && also(line));
    let eligible: i128 = lines.map(|line| i128::from(line.amount_minor)).sum();
    let numerator = eligible * i128::from(scene.basket.earning_share) * i128::from(points);
    let denominator = i128::from(scene.basket.earning_whole) * i128::from(per_minor);
    divide(numerator, denominator, rule.rounding).into()
}

/// What every rule gives to a scene, per-purchase caps and groups applied, caps over time not. `only` names the rules that may
/// apply at all: a return asks about those that gave something, so that a smaller basket never wakes another rule.
pub fn earn<M: MemberFactsSource>(programme: &Programme, scene: &Scene<'_, M>, only: impl Fn(usize) -> bool, out: &mut Vec<RuleAmount>) {
    out.clear();
    if scene.basket.amount_minor <= 0 || scene.basket.earning_share <= 0 {
        return;
    }
    let rules = &programme.earning.rules;
    let applying: Vec<bool> = rules.iter().enumerate().map(|(index, rule)| only(index) && applies(rule, scene)).collect();
    for (index, rule) in rules.iter().enumerate().filter(|(index, _)| applying[*index]) {
        let amount = match rule.award {
            Gives::Rate { points, per_minor } => rate(scene, rule, points, per_minor, |_| true),
            Gives::Fixed { points } => {
                let any = rule.lines.is_none() || scene.basket.lines.iter().any(|line| covers(rule, line));
                if any { points.into() } else { 0 }
            }
            Gives::Multiplier { percent } => {
                let same_asset = rules.iter().zip(&applying).filter(|(base, applying)| **applying && base.asset == rule.asset);
                let base: i128 = same_asset
                    .map(|(base, _)| match base.award {
                        Gives::Rate { points, per_minor } => rate(scene, base, points, per_minor, |line| covers(rule, line)),
                        Gives::Fixed { .. } | Gives::Multiplier { .. } => 0,
                    })
                    .sum();
                divide(base * i128::from(percent - 100), 100, rule.rounding).into()
            }
        };
        let amount = i64::try_from(amount).unwrap_or(i64::MAX).min(rule.caps.per_purchase.unwrap_or(i64::MAX));
        if amount > 0 {
            out.push(RuleAmount { rule: index, amount });
        }
    }
    keep_best_of_groups(rules, out);
}

fn keep_best_of_groups(rules: &[Rule], amounts: &mut Vec<RuleAmount>) {
    if amounts.iter().all(|amount| rules[amount.rule].group.is_none()) {
        return;
    }
    let all = amounts.clone();
    amounts.retain(|mine| {
        let Some(group) = &rules[mine.rule].group else { return true };
        let rivals = all.iter().filter(|other| rules[other.rule].group.as_ref() == Some(group));
        rivals.max_by_key(|other| (other.amount, std::cmp::Reverse(other.rule))).is_some_and(|best| best.rule == mine.rule)
    });
}

/// The member attributes that the rules of a programme ask for.
pub fn asked_facts(programme: &Programme) -> Vec<Attribute> {
    let mut asked: Vec<Attribute> = Vec::new();
    for rule in programme.earning.rules.iter().filter(|rule| rule.enabled) {
        for test in rule.when.iter().flat_map(|when| when.tests()) {
            if test.attribute.of() == Of::Member && !asked.contains(&test.attribute) {
                asked.push(test.attribute);
            }
        }
    }
    asked
}

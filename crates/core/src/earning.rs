//! What a purchase earns: a pure function of the rules, the purchase and what was known of its member.
//!
//! A return asks the same function about the lines that remain, with the rules and facts frozen on the purchase.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::attribute::{Attribute, Of};
use crate::condition::{Condition, Subject, Value, day_of};
use crate::decide::Published;
use crate::ledger::{Asset, Taken};
use crate::occasion::{Gift, ReadyOccasion};
use crate::programme::{Gives, Programme, Rounding, Rule};
use crate::purchase::{Line, LineKind, Moment};
use crate::quote::{Applied, Priced};
use crate::value::PaidValue;

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
    /// Stored value spent on this purchase.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<PaidValue>,
    /// The tier before, when this purchase changed it.
    #[serde(rename = "t0", default, skip_serializing_if = "Option::is_none")]
    pub tier_before: Option<String>,
    /// The tier after, when this purchase changed it.
    #[serde(rename = "t1", default, skip_serializing_if = "Option::is_none")]
    pub tier_after: Option<String>,
    /// The balance of points after this purchase.
    #[serde(rename = "b", default, skip_serializing_if = "is_zero")]
    pub balance_after: i64,
    /// How it was priced; none where it came at the prices that were paid.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub offers: Option<Priced>,
    /// What it was the occasion for.
    #[serde(rename = "y", default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<Gift>,
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
    /// Units; zero when its caps over time were used up.
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
    /// Units of an asset given by all rules and occasions.
    pub fn given(&self, asset: Asset) -> i64 {
        let granted: i64 = self.grants.iter().filter(|grant| grant.asset == asset).map(|grant| grant.amount).sum();
        let gifts: i64 = self.gifts.iter().filter(|_| asset == Asset::Points).map(|gift| gift.points).sum();
        granted + gifts
    }

    /// Stored value spent, in minor units.
    pub fn value_minor(&self) -> i64 {
        self.value.as_ref().map_or(0, PaidValue::total)
    }

    /// What offers took off, line by line, in minor units; a line may stand several times.
    pub fn taken_off(&self) -> impl Iterator<Item = (usize, i64)> {
        self.offers.iter().flat_map(|priced| &priced.applied).flat_map(|applied| applied.shares.iter().copied())
    }

    /// What offers and coupons of the brand took off all lines, in minor units.
    pub fn offered_minor(&self) -> i64 {
        self.taken_off().map(|(_, minor)| minor).sum()
    }

    /// Of it, what coupons took, of a purchase that a programme with so many offers priced: their places come after those.
    pub fn coupon_minor(&self, offers: usize) -> i64 {
        let coupons = self.offers.iter().flat_map(|priced| &priced.applied).filter(|applied| applied.offer >= offers);
        coupons.map(Applied::off_minor).sum()
    }

    /// Lines of a purchase at their list prices.
    pub fn list_lines(&self, paid: &[Line]) -> Vec<Line> {
        let mut lines = paid.to_vec();
        for (line, minor) in self.taken_off() {
            // What is read back may be damaged, and the audit says so.
            if let Some(line) = lines.get_mut(line) {
                line.amount_minor = line.amount_minor.saturating_add(minor);
            }
        }
        lines
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

/// The value of an attribute of a line.
pub(crate) fn line_value(line: &Line, attribute: Attribute) -> Value<'_> {
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

/// Whether a condition over lines holds for one line.
pub(crate) fn is_of_line(condition: &Condition, line: &Line) -> bool {
    condition.matches(&LineSubject(line))
}

/// The most units that one rule gives to one purchase.
pub const MAX_GRANT: i64 = 1_000_000_000_000;
/// The most units of a rate, so that amounts times rates stay within 128 bits.
pub const MAX_RATE: i64 = 1_000_000_000;

/// A rule with its dates read, beside the rule that the brand wrote.
#[derive(Debug, Clone)]
pub struct ReadyRule {
    /// First business day.
    from_day: i64,
    /// Last business day.
    until_day: i64,
    /// When it applies.
    when: Option<Condition>,
    /// To which lines.
    lines: Option<Condition>,
}

impl ReadyRule {
    /// Reads the dates of a rule. A date that is none bounds nothing; a programme with such a date has a fault and is not published.
    pub fn new(rule: &Rule) -> Self {
        let day = |text: &Option<String>| text.as_deref().and_then(day_of);
        Self {
            from_day: day(&rule.from).unwrap_or(i64::MIN),
            until_day: day(&rule.until).unwrap_or(i64::MAX),
            when: rule.when.as_ref().map(Condition::with_days_read),
            lines: rule.lines.as_ref().map(Condition::with_days_read),
        }
    }

    fn applies<M: MemberFactsSource>(&self, scene: &Scene<'_, M>) -> bool {
        let day = i64::from(scene.basket.moment.day);
        self.from_day <= day && day <= self.until_day && self.when.as_ref().is_none_or(|when| when.matches(scene))
    }

    fn covers(&self, line: &Line) -> bool {
        line.kind != LineKind::Gift && self.lines.as_ref().is_none_or(|lines| is_of_line(lines, line))
    }
}

/// What a rule may still give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance {
    /// It is not asked at all.
    Barred,
    /// As much as it gives.
    Free,
    /// No more than so many units.
    UpTo(i64),
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
    i64::try_from(rounded).map_or(MAX_GRANT, |units| units.min(MAX_GRANT))
}

/// A rule while it is asked.
struct Asked<'a> {
    rule: &'a Rule,
    ready: &'a ReadyRule,
}

impl Asked<'_> {
    /// Units that a rate gives on the lines that pass.
    fn rate<M>(&self, scene: &Scene<'_, M>, (points, per_minor): (i64, i64), also: impl Fn(&Line) -> bool) -> i64 {
        let lines = scene.basket.lines.iter().filter(|line| self.ready.covers(line) && also(line));
        let eligible: i128 = lines.map(|line| i128::from(line.amount_minor)).sum();
        let numerator = eligible * i128::from(scene.basket.earning_share) * i128::from(points.clamp(0, MAX_RATE));
        let denominator = i128::from(scene.basket.earning_whole) * i128::from(per_minor);
        divide(numerator, denominator, self.rule.rounding)
    }

    fn fixed<M>(&self, scene: &Scene<'_, M>, points: i64) -> i64 {
        let any = self.ready.lines.is_none() || scene.basket.lines.iter().any(|line| self.ready.covers(line));
        if any { points.min(MAX_GRANT) } else { 0 }
    }

    /// Adds what the rule gives, within its caps. What a cap over time cuts to nothing is told too, so that it can be explained.
    fn grant(&self, index: usize, amount: i64, allowance: Allowance, out: &mut Vec<Grant>) {
        let amount = amount.min(self.rule.caps.per_purchase.unwrap_or(i64::MAX));
        let headroom = match allowance {
            Allowance::UpTo(most) => Some(most),
            Allowance::Free | Allowance::Barred => None,
        };
        if amount > 0 {
            let amount = amount.min(headroom.unwrap_or(i64::MAX)).max(0);
            out.push(Grant { rule: index, asset: self.rule.asset, amount, headroom });
        }
    }
}

/// What every rule gives to a scene, in the order of the rules, all caps and groups applied. `allowed` says what a rule may still
/// give: a purchase asks the counters of its holder; a return bars the rules that gave nothing, so that a smaller basket never wakes
/// another rule.
pub fn earn<M: MemberFactsSource>(
    published: &Published,
    scene: &Scene<'_, M>,
    allowed: impl Fn(usize) -> Allowance,
    out: &mut Vec<Grant>,
) {
    out.clear();
    if scene.basket.amount_minor <= 0 || scene.basket.earning_share <= 0 {
        return;
    }
    let rules = &published.programme.earning.rules;
    let asked = |index: usize| Asked { rule: &rules[index], ready: &published.ready[index] };
    let allowance = |index: usize| {
        let allowance = if rules[index].enabled { allowed(index) } else { Allowance::Barred };
        (allowance != Allowance::Barred && published.ready[index].applies(scene)).then_some(allowance)
    };
    let mut multiplies = false;
    for (index, rule) in rules.iter().enumerate() {
        let asked = asked(index);
        let amount = match rule.award {
            Gives::Multiplier { .. } => {
                multiplies = true;
                continue;
            }
            Gives::Rate { points, per_minor } => {
                allowance(index).map(|left| (left, asked.rate(scene, (points, per_minor), |_| true)))
            }
            Gives::Fixed { points } => allowance(index).map(|left| (left, asked.fixed(scene, points))),
        };
        if let Some((left, amount)) = amount {
            asked.grant(index, amount, left, out);
        }
    }
    keep_best_of_groups(rules, out);
    if !multiplies {
        return;
    }
    // Multipliers multiply what the rates have really given, so they come after their groups and caps.
    let bases = out.len();
    for (index, rule) in rules.iter().enumerate() {
        let Gives::Multiplier { percent } = rule.award else { continue };
        let Some(left) = allowance(index) else { continue };
        let multiplier = asked(index);
        let base: i128 = out[..bases]
            .iter()
            .filter(|grant| grant.asset == rule.asset)
            .map(|grant| match rules[grant.rule].award {
                Gives::Rate { points, per_minor } => {
                    let on_its_lines = asked(grant.rule).rate(scene, (points, per_minor), |line| multiplier.ready.covers(line));
                    i128::from(on_its_lines.min(grant.amount))
                }
                Gives::Fixed { .. } | Gives::Multiplier { .. } => 0,
            })
            .sum();
        let amount = divide(base * (i128::from(percent) - 100), 100, rule.rounding);
        multiplier.grant(index, amount, left, out);
    }
    keep_best_of_groups(rules, out);
    out.sort_unstable_by_key(|grant| grant.rule);
}

fn keep_best_of_groups(rules: &[Rule], grants: &mut Vec<Grant>) {
    let group = |grant: &Grant| rules[grant.rule].group.as_deref();
    let mut at = 0;
    while at < grants.len() {
        let mine = grants[at];
        // The first of the rules wins a tie.
        let beaten = group(&mine).is_some()
            && grants.iter().any(|other| {
                group(other) == group(&mine) && (other.amount, Reverse(other.rule)) > (mine.amount, Reverse(mine.rule))
            });
        if beaten {
            grants.remove(at);
        } else {
            at += 1;
        }
    }
}

/// The member attributes that the rules of a programme ask for, and its occasions that are purchases.
pub fn asked_facts(programme: &Programme) -> Vec<Attribute> {
    let mut asked: Vec<Attribute> = Vec::new();
    for rule in programme.earning.rules.iter().filter(|rule| rule.enabled) {
        for test in rule.when.iter().flat_map(|when| when.tests()) {
            if test.attribute.of() == Of::Member && !asked.contains(&test.attribute) {
                asked.push(test.attribute);
            }
        }
    }
    for (_, occasion) in programme.purchase_occasions() {
        for attribute in ReadyOccasion::new(occasion).asked {
            if !asked.contains(&attribute) {
                asked.push(attribute);
            }
        }
    }
    asked
}

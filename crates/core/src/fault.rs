//! What is wrong with a programme, told before it is published: every fault at once, each with the place where it stands.

mod coupon;
mod gift;
mod occasion;
mod offer;
mod value;

use crate::attribute::{Attribute, Kind, Of};
use crate::condition::{Condition, ConditionFault, EVENT_PLACES, MEMBER_PLACES, Operand, Operator, Test, day_of};
use crate::earning::{MAX_GRANT, MAX_RATE};
use crate::event::EventTest;
use crate::programme::{
    Earning, Expiry, Gives, Ladder, Level, MAX_LEVELS, MAX_RULES, Programme, Redemption, Rule, SpentPoints, Window,
};
use crate::purchase::MAX_AMOUNT_MINOR;
use crate::pyramid::{Criteria, MAX_LAYERS};

/// The longest name, in characters.
pub const MAX_NAME: usize = 100;
/// The longest code, in characters.
pub const MAX_CODE: usize = 40;
/// The longest period of any kind, in days: ten years and a few days.
pub const MAX_DAYS: i64 = 3_660;

/// Something wrong with a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON path: `earning.rules[2].award.per_minor`.
    pub path: String,
    /// What.
    pub kind: FaultKind,
}

/// What may be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// Nothing but blanks.
    Empty,
    /// Longer than so many characters.
    TooLong(usize),
    /// A code holds blanks or control characters.
    CodeCharacters,
    /// The same code stands twice.
    Duplicate(String),
    /// A number outside a range.
    OutOfRange {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// More than so many of something.
    TooMany(usize),
    /// Not a `YYYY-MM-DD` date.
    NotADate,
    /// The first of two bounds lies behind the second.
    Reversed,
    /// A condition is deeper or larger than is taken.
    ConditionTooLarge,
    /// An attribute does not take the operator.
    Operator(Attribute),
    /// A value is not of the attribute's kind.
    Operand(Attribute),
    /// An attribute that this place does not see.
    Place(Attribute),
    /// What happened, custom fields, consents and segments, where only a purchase is asked about.
    Beyond,
    /// A measure of events, a custom field or a consent does not take the operator.
    MeasureOperator,
    /// A value that a measure of events, a custom field or a consent cannot be compared with.
    MeasureOperand,
    /// A window that is none.
    Window,
    /// The name of a custom field that cannot be one.
    FieldName,
    /// What can be no purpose of a consent.
    Purpose,
    /// A segment that there is not.
    UnknownSegment,
    /// A segment that leads back to itself.
    SegmentLoop,
    /// A word that the attribute never has.
    UnknownWord(String),
    /// A condition names a tier that the ladder does not have.
    UnknownTier(String),
    /// The rules of a group are not of one kind: multipliers beside others, or of different assets.
    MixedGroup(String),
    /// A multiplier without a rate to multiply.
    NothingToMultiply,
    /// Points would lapse before they may be spent.
    LapsesBeforeAvailable,
    /// What was spent is to come off the refund, but points have no value.
    DeductWithoutRedemption,
    /// A level needs no more than the one below it.
    NotAboveLower,
    /// A level that needs nothing stands above another.
    FreeAboveOthers,
    /// A level asks for a layer that the pyramid does not have.
    UnknownLayer(String),
    /// A layer does not reach further down than the one above it.
    LayerNotFurther,
    /// The last layer does not reach everybody.
    LayersLeaveSomeOut,
    /// No criterion weighs anything.
    NoWeight,
    /// An offer that there is not.
    UnknownOffer(String),
    /// The delivery, without saying which lines it is.
    DeliveryWithoutLines,
    /// A shared code that is none: letters and digits, 4–12 of them.
    SharedCode,
    /// An occasion that gives neither points nor a coupon.
    GivesNothing,
    /// A rule gives for purchases what is not earned with them.
    NotEarned,
    /// A step of a plan gives neither bonus nor points nor a coupon.
    StepGivesNothing,
    /// A template of coupons that there is not, or of which no more are given.
    UnknownTemplate,
    /// A gift that is neither collected nor delivered.
    NeitherWay,
    /// A picture that there is not.
    UnknownPicture,
    /// A festival that there is not.
    UnknownFestival,
}

impl FaultKind {
    /// The stable code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            FaultKind::Empty => "empty",
            FaultKind::TooLong(_) => "too_long",
            FaultKind::CodeCharacters => "code_characters",
            FaultKind::Duplicate(_) => "duplicate",
            FaultKind::OutOfRange { .. } => "out_of_range",
            FaultKind::TooMany(_) => "too_many",
            FaultKind::NotADate => "not_a_date",
            FaultKind::Reversed => "reversed",
            FaultKind::ConditionTooLarge => "condition_too_large",
            FaultKind::Operator(_) => "operator_not_taken",
            FaultKind::Operand(_) => "value_not_of_kind",
            FaultKind::Place(_) => "attribute_not_seen_here",
            FaultKind::Beyond => "not_seen_here",
            FaultKind::MeasureOperator => "operator_not_taken",
            FaultKind::MeasureOperand => "value_not_of_kind",
            FaultKind::Window => "window_invalid",
            FaultKind::FieldName => "field_name_invalid",
            FaultKind::Purpose => "purpose_invalid",
            FaultKind::UnknownSegment => "unknown_segment",
            FaultKind::SegmentLoop => "segment_loop",
            FaultKind::UnknownWord(_) => "unknown_word",
            FaultKind::UnknownTier(_) => "unknown_tier",
            FaultKind::MixedGroup(_) => "mixed_group",
            FaultKind::NothingToMultiply => "nothing_to_multiply",
            FaultKind::LapsesBeforeAvailable => "lapses_before_available",
            FaultKind::DeductWithoutRedemption => "deduct_without_redemption",
            FaultKind::NotAboveLower => "not_above_lower",
            FaultKind::FreeAboveOthers => "free_above_others",
            FaultKind::UnknownLayer(_) => "unknown_layer",
            FaultKind::LayerNotFurther => "layer_not_further",
            FaultKind::LayersLeaveSomeOut => "layers_leave_some_out",
            FaultKind::NoWeight => "no_weight",
            FaultKind::UnknownOffer(_) => "unknown_offer",
            FaultKind::DeliveryWithoutLines => "delivery_without_lines",
            FaultKind::SharedCode => "shared_code_invalid",
            FaultKind::GivesNothing => "gives_nothing",
            FaultKind::NotEarned => "asset_not_earned",
            FaultKind::StepGivesNothing => "step_gives_nothing",
            FaultKind::UnknownTemplate => "unknown_coupon_template",
            FaultKind::NeitherWay => "neither_collected_nor_delivered",
            FaultKind::UnknownPicture => "unknown_picture",
            FaultKind::UnknownFestival => "unknown_festival",
        }
    }
}

impl Programme {
    /// Everything that is wrong with it; none when it may be published.
    pub fn faults(&self) -> Vec<Fault> {
        let mut found = Faults::default();
        found.name("name", &self.name);
        found.earning(&self.earning, &self.tiers);
        found.offers(&self.offers, &self.tiers);
        found.occasions(&self.occasions, &self.tiers, self.earning.pending_days);
        if let Some(redemption) = &self.redemption {
            found.redemption(redemption);
        } else if self.returns.spent_points == SpentPoints::Deduct {
            found.add("returns.spent_points", FaultKind::DeductWithoutRedemption);
        }
        if let Some(top_ups) = &self.top_ups {
            found.top_ups(top_ups);
        }
        found.tiers(&self.tiers, &self.pyramid);
        found.pyramid(&self.pyramid);
        found.list
    }
}

/// Everything that is wrong with a condition over members as they stand now; `path` is where it stands. Whether the segments that it names
/// are there is not looked at.
pub fn member_condition_faults(path: &str, condition: &Condition, ladder: &Ladder) -> Vec<Fault> {
    let mut found = Faults::default();
    found.condition(path, condition, MEMBER_PLACES, ladder);
    found.list
}

#[derive(Default)]
struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    fn add(&mut self, path: impl Into<String>, kind: FaultKind) {
        self.list.push(Fault { path: path.into(), kind });
    }

    fn name(&mut self, path: &str, name: &str) {
        if name.trim().is_empty() {
            self.add(path, FaultKind::Empty);
        } else if name.chars().count() > MAX_NAME {
            self.add(path, FaultKind::TooLong(MAX_NAME));
        }
    }

    fn code(&mut self, path: String, code: &str) {
        if code.is_empty() {
            self.add(path, FaultKind::Empty);
        } else if code.chars().count() > MAX_CODE {
            self.add(path, FaultKind::TooLong(MAX_CODE));
        } else if code.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
            self.add(path, FaultKind::CodeCharacters);
        }
    }

    fn unique<'a>(&mut self, codes: impl Iterator<Item = &'a str> + Clone, path: impl Fn(usize) -> String) {
        for (index, code) in codes.clone().enumerate() {
            if codes.clone().take(index).any(|earlier| earlier == code) {
                self.add(path(index), FaultKind::Duplicate(code.to_owned()));
            }
        }
    }

    fn range(&mut self, path: impl Into<String>, value: impl Into<i64>, least: i64, most: i64) {
        if !(least..=most).contains(&value.into()) {
            self.add(path, FaultKind::OutOfRange { least, most });
        }
    }

    fn earning(&mut self, earning: &Earning, ladder: &Ladder) {
        let rules = &earning.rules;
        if rules.len() > MAX_RULES {
            self.add("earning.rules", FaultKind::TooMany(MAX_RULES));
        }
        self.unique(rules.iter().map(|rule| rule.id.as_str()), |index| format!("earning.rules[{index}].id"));
        for (index, rule) in rules.iter().enumerate() {
            self.rule(&format!("earning.rules[{index}]"), rule, ladder);
            self.company(&format!("earning.rules[{index}]"), rule, rules);
        }
        self.range("earning.pending_days", earning.pending_days, 0, 366);
        let pending_days = i64::from(earning.pending_days);
        match earning.expiry {
            Expiry::Never => {}
            Expiry::Rolling { days } => {
                self.range("earning.expiry.days", days, 1, MAX_DAYS);
                if (1..=pending_days).contains(&i64::from(days)) {
                    self.add("earning.expiry.days", FaultKind::LapsesBeforeAvailable);
                }
            }
            Expiry::EndOfMonth { months } => {
                self.range("earning.expiry.months", months, 0, 120);
                // Bought on the last day of the month, they live for the shortest months.
                if i64::from(months) * 28 < pending_days {
                    self.add("earning.expiry.months", FaultKind::LapsesBeforeAvailable);
                }
            }
            Expiry::FixedDate { month, day, min_months } => {
                self.range("earning.expiry.month", month, 1, 12);
                self.range("earning.expiry.day", day, 1, 31);
                self.range("earning.expiry.min_months", min_months, 0, 120);
                if i64::from(min_months) * 28 < pending_days {
                    self.add("earning.expiry.min_months", FaultKind::LapsesBeforeAvailable);
                }
            }
        }
    }

    fn rule(&mut self, path: &str, rule: &Rule, ladder: &Ladder) {
        self.code(format!("{path}.id"), &rule.id);
        self.name(&format!("{path}.name"), &rule.name);
        if let Some(group) = &rule.group {
            // People type it and read it; nothing looks it up.
            self.name(&format!("{path}.group"), group);
        }
        if let Some(when) = &rule.when {
            self.condition(&format!("{path}.when"), when, &[Of::Purchase, Of::Line, Of::Member], ladder);
        }
        if let Some(lines) = &rule.lines {
            self.condition(&format!("{path}.lines"), lines, &[Of::Line], ladder);
        }
        match rule.award {
            Gives::Rate { points, per_minor } => {
                self.range(format!("{path}.award.points"), points, 1, MAX_RATE);
                self.range(format!("{path}.award.per_minor"), per_minor, 1, MAX_AMOUNT_MINOR);
            }
            Gives::Multiplier { percent } => self.range(format!("{path}.award.percent"), percent, 101, 10_000),
            Gives::Fixed { points } => self.range(format!("{path}.award.points"), points, 1, MAX_RATE),
        }
        if rule.asset.is_value() {
            self.add(format!("{path}.asset"), FaultKind::NotEarned);
        }
        let caps = [
            ("per_purchase", rule.caps.per_purchase),
            ("per_day", rule.caps.per_day),
            ("per_month", rule.caps.per_month),
            ("per_year", rule.caps.per_year),
        ];
        for (cap, most) in caps {
            self.range(format!("{path}.caps.{cap}"), most.unwrap_or(1), 1, MAX_GRANT);
        }
        self.dates(path, &rule.from, &rule.until);
    }

    fn dates(&mut self, path: &str, from: &Option<String>, until: &Option<String>) {
        self.dates_at([&format!("{path}.from"), &format!("{path}.until")], from, until);
    }

    fn dates_at(&mut self, paths: [&str; 2], from: &Option<String>, until: &Option<String>) {
        let [from, until] = [(paths[0], from), (paths[1], until)].map(|(path, text)| {
            let day = text.as_deref().map(day_of);
            if day == Some(None) {
                self.add(path, FaultKind::NotADate);
            }
            day.flatten()
        });
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            self.add(paths[1], FaultKind::Reversed);
        }
    }

    /// What is wrong with a rule among the others.
    fn company(&mut self, path: &str, rule: &Rule, rules: &[Rule]) {
        let multiplies = |rule: &Rule| matches!(rule.award, Gives::Multiplier { .. });
        if multiplies(rule) && !rules.iter().any(|base| matches!(base.award, Gives::Rate { .. }) && base.asset == rule.asset) {
            self.add(format!("{path}.award"), FaultKind::NothingToMultiply);
        }
        let Some(group) = &rule.group else { return };
        let unlike = |other: &&Rule| multiplies(other) != multiplies(rule) || other.asset != rule.asset;
        if rules.iter().filter(|other| other.group.as_ref() == Some(group)).any(|other| unlike(&other)) {
            self.add(format!("{path}.group"), FaultKind::MixedGroup(group.clone()));
        }
    }

    fn condition(&mut self, path: &str, condition: &Condition, places: &[Of], ladder: &Ladder) {
        if condition.fault(places) == Some(ConditionFault::TooLarge) {
            self.add(path, FaultKind::ConditionTooLarge);
            return;
        }
        self.parts(path, condition, places, ladder);
    }

    fn parts(&mut self, path: &str, condition: &Condition, places: &[Of], ladder: &Ladder) {
        let (word, parts) = match condition {
            Condition::All { all } => ("all", all),
            Condition::Any { any } => ("any", any),
            Condition::Not { not } => return self.parts(&format!("{path}.not"), not, places, ladder),
            Condition::Test(test) => return self.test(path, test, places, ladder),
            _ if !places.contains(&Of::Standing) => return self.add(path, FaultKind::Beyond),
            Condition::Happened(test) => return self.happened(path, test, ladder),
            Condition::Custom(test) => return self.outcome(path, test.fault()),
            Condition::Consent(test) => return self.outcome(path, test.fault()),
            Condition::Segment { .. } => return,
        };
        // An empty list is nearly always a builder left half-way: “all of nothing” would give to everybody.
        if parts.is_empty() {
            self.add(format!("{path}.{word}"), FaultKind::Empty);
        }
        for (index, part) in parts.iter().enumerate() {
            self.parts(&format!("{path}.{word}[{index}]"), part, places, ladder);
        }
    }

    fn test(&mut self, path: &str, test: &Test, places: &[Of], ladder: &Ladder) {
        match test.fault(places) {
            None => self.operand(&format!("{path}.value"), test, ladder),
            fault => self.outcome(path, fault),
        }
    }

    fn happened(&mut self, path: &str, test: &EventTest, ladder: &Ladder) {
        self.outcome(path, test.fault());
        if let Some(filter) = &test.filter {
            self.parts(&format!("{path}.where"), filter, EVENT_PLACES, ladder);
        }
    }

    /// Adds a fault of one part of a condition at the field that it is about.
    fn outcome(&mut self, path: &str, fault: Option<ConditionFault>) {
        let Some(fault) = fault else { return };
        let (field, kind) = match fault {
            ConditionFault::TooLarge => ("", FaultKind::ConditionTooLarge),
            ConditionFault::Operator(attribute) => (".op", FaultKind::Operator(attribute)),
            ConditionFault::Operand(attribute) => (".value", FaultKind::Operand(attribute)),
            ConditionFault::Place(attribute) => (".attribute", FaultKind::Place(attribute)),
            ConditionFault::Beyond => ("", FaultKind::Beyond),
            ConditionFault::MeasureOperator => (".op", FaultKind::MeasureOperator),
            ConditionFault::MeasureOperand => (".value", FaultKind::MeasureOperand),
            ConditionFault::Window => ("", FaultKind::Window),
            ConditionFault::FieldName => (".custom", FaultKind::FieldName),
            ConditionFault::Purpose => (".consent", FaultKind::Purpose),
        };
        self.add(format!("{path}{field}"), kind);
    }

    /// What is wrong with a value that is of the right kind.
    fn operand(&mut self, path: &str, test: &Test, ladder: &Ladder) {
        let (attribute, value) = (test.attribute, test.with_days_read().value);
        let (numbers, texts) = match &value {
            None => return,
            Some(Operand::Number(number)) => (std::slice::from_ref(number), [].as_slice()),
            Some(Operand::Numbers(numbers)) => (numbers.as_slice(), [].as_slice()),
            Some(Operand::Text(text)) => ([].as_slice(), std::slice::from_ref(text)),
            Some(Operand::Texts(texts)) => ([].as_slice(), texts.as_slice()),
        };
        let (least, most) = match (attribute, attribute.kind()) {
            (Attribute::MemberBirthdayMonth, _) => (1, 12),
            (_, Kind::Weekday) => (1, 7),
            (_, Kind::Hour) => (0, 23),
            (_, Kind::Money) => (-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR),
            (_, Kind::Number | Kind::Date | Kind::Text | Kind::Choice) => (i64::MIN, i64::MAX),
        };
        if numbers.iter().any(|number| !(least..=most).contains(number)) {
            self.add(path, FaultKind::OutOfRange { least, most });
        }
        if test.op == Operator::Between && matches!(numbers, [low, high] if low > high) {
            self.add(path, FaultKind::Reversed);
        }
        for text in texts {
            if text.is_empty() {
                self.add(path, FaultKind::Empty);
            } else if attribute.kind() == Kind::Choice && !attribute.choices().contains(&text.as_str()) {
                self.add(path, FaultKind::UnknownWord(text.clone()));
            } else if attribute == Attribute::MemberTier && ladder.levels.iter().all(|level| level.code != *text) {
                self.add(path, FaultKind::UnknownTier(text.clone()));
            }
        }
    }

    fn redemption(&mut self, redemption: &Redemption) {
        self.range("redemption.points", redemption.points, 1, MAX_RATE);
        self.range("redemption.minor", redemption.minor, 1, MAX_AMOUNT_MINOR);
        self.range("redemption.step", redemption.step, 1, MAX_RATE);
        self.range("redemption.minimum", redemption.minimum, 1, MAX_RATE);
        self.range("redemption.max_percent", redemption.max_percent, 1, 100);
    }

    fn tiers(&mut self, ladder: &Ladder, criteria: &Criteria) {
        let levels = &ladder.levels;
        if levels.len() > MAX_LEVELS {
            self.add("tiers.levels", FaultKind::TooMany(MAX_LEVELS));
        }
        self.unique(levels.iter().map(|level| level.code.as_str()), |index| format!("tiers.levels[{index}].code"));
        for (index, level) in levels.iter().enumerate() {
            self.level(&format!("tiers.levels[{index}]"), level, &levels[..index]);
            self.level_layer(index, ladder, criteria);
        }
        match ladder.window {
            Window::Rolling { days } => self.range("tiers.window.days", days, 1, 1_100),
            Window::Calendar { .. } => {}
        }
        self.range("tiers.keep_days", ladder.keep_days, 0, MAX_DAYS);
        self.range("tiers.grace_days", ladder.grace_days, 0, 366);
    }

    fn level(&mut self, path: &str, level: &Level, lower: &[Level]) {
        self.code(format!("{path}.code"), &level.code);
        self.name(&format!("{path}.name"), &level.name);
        type Measure = fn(&Level) -> Option<i64>;
        let measures: [(&str, Measure); 3] =
            [("spend_minor", |level| level.spend_minor), ("points", |level| level.points), ("visits", |level| level.visits)];
        for (measure, of) in measures {
            let path = format!("{path}.{measure}");
            self.range(path.as_str(), of(level).unwrap_or(1), 1, 1_000 * MAX_AMOUNT_MINOR);
            let below = lower.iter().rev().find_map(of);
            if of(level).zip(below).is_some_and(|(needed, below)| needed <= below) {
                self.add(path, FaultKind::NotAboveLower);
            }
        }
        if !lower.is_empty() && level.is_free() {
            self.add(path, FaultKind::FreeAboveOthers);
        }
    }

    /// The layer that a level asks for: one of the pyramid, and higher than those of the levels below.
    fn level_layer(&mut self, index: usize, ladder: &Ladder, criteria: &Criteria) {
        let Some(layer) = &ladder.levels[index].layer else { return };
        let place = |code: &String| criteria.layers.iter().position(|cut| cut.code == *code);
        let path = format!("tiers.levels[{index}].layer");
        let below = ladder.levels[..index].iter().rev().find_map(|lower| place(lower.layer.as_ref()?));
        match place(layer) {
            None => self.add(path, FaultKind::UnknownLayer(layer.clone())),
            Some(place) if below.is_some_and(|below| place >= below) => self.add(path, FaultKind::NotAboveLower),
            Some(_) => {}
        }
    }

    fn pyramid(&mut self, criteria: &Criteria) {
        let layers = &criteria.layers;
        self.range("pyramid.period_days", criteria.period_days, 1, MAX_DAYS);
        if layers.len() > MAX_LAYERS {
            self.add("pyramid.layers", FaultKind::TooMany(MAX_LAYERS));
        }
        self.unique(layers.iter().map(|layer| layer.code.as_str()), |index| format!("pyramid.layers[{index}].code"));
        for (index, layer) in layers.iter().enumerate() {
            let path = format!("pyramid.layers[{index}]");
            self.code(format!("{path}.code"), &layer.code);
            self.name(&format!("{path}.name"), &layer.name);
            self.range(format!("{path}.share_bp"), layer.share_bp, 1, 10_000);
            if index > 0 && layer.share_bp <= layers[index - 1].share_bp {
                self.add(format!("{path}.share_bp"), FaultKind::LayerNotFurther);
            }
        }
        match layers.last() {
            None => self.add("pyramid.layers", FaultKind::Empty),
            Some(last) if last.share_bp != 10_000 => self.add("pyramid.layers", FaultKind::LayersLeaveSomeOut),
            Some(_) => {}
        }
        let weights = criteria.weights;
        if [weights.amount, weights.quantity, weights.frequency, weights.recency] == [0; 4] {
            self.add("pyramid.weights", FaultKind::NoWeight);
        }
    }
}

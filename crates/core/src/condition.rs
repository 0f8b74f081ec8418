//! The one condition: a typed tree over attributes, events, custom fields, consents and other segments, read here over one subject: a purchase with
//! its member, or a member as she stands now.
//!
//! An absent value makes a comparison false and `is_missing` true; `not` is two-valued.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::{Attribute, Kind, Of};
use crate::consent::{self, ConsentTest};
use crate::event::{Event, EventTest, MAX_WINDOW_DAYS};
use crate::id::SegmentId;

/// The deepest tree that is taken.
pub const MAX_DEPTH: usize = 8;
/// The most nodes that are taken.
pub const MAX_NODES: usize = 200;

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equal.
    Is,
    /// Equal to one of a list.
    In,
    /// Not below.
    AtLeast,
    /// Not above.
    AtMost,
    /// Above.
    MoreThan,
    /// Below.
    LessThan,
    /// From the first to the second of two values, both included.
    Between,
    /// There is no value.
    IsMissing,
}

/// What an attribute is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Operand {
    /// A number, an amount in minor units, a weekday, an hour.
    Number(i64),
    /// A word, a code or a date (`YYYY-MM-DD`).
    Text(String),
    /// Several numbers.
    Numbers(Vec<i64>),
    /// Several words, codes or dates.
    Texts(Vec<String>),
}

/// A tree of comparisons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(no_recursion)]
pub enum Condition {
    /// Every part holds; an empty list holds.
    All {
        /// The parts.
        all: Vec<Condition>,
    },
    /// At least one part holds; an empty list does not.
    Any {
        /// The parts.
        any: Vec<Condition>,
    },
    /// The part does not hold.
    Not {
        /// The part.
        not: Box<Condition>,
    },
    /// She is in another segment.
    Segment {
        /// Which.
        segment: SegmentId,
    },
    /// One comparison of what happened to her.
    Happened(Box<EventTest>),
    /// One comparison of a field of the brand's own.
    Custom(CustomTest),
    /// One comparison of what she has agreed to.
    Consent(ConsentTest),
    /// One comparison.
    Test(Test),
}

/// One comparison of a field of the brand's own; such fields are texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomTest {
    /// The name of the field.
    pub custom: String,
    /// How: `is`, `in` or `is_missing`.
    pub op: Operator,
    /// With what; absent for `is_missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Operand>,
}

/// One comparison of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// What is compared.
    pub attribute: Attribute,
    /// How.
    pub op: Operator,
    /// With what; absent for `is_missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Operand>,
}

/// The value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Unknown, or not applicable.
    Missing,
    /// A number of any kind; dates are days since 1970-01-01.
    Number(i64),
    /// A word or code.
    Text(&'a str),
}

/// Something that has attributes.
pub trait Subject {
    /// The value of an attribute that stands once.
    fn value(&self, attribute: Attribute) -> Value<'_>;
    /// Whether any line's value of a line attribute passes the test.
    fn any_line(&self, attribute: Attribute, passes: &dyn Fn(Value<'_>) -> bool) -> bool;
    /// The measure of what happened; missing where nothing is known of events.
    fn measured(&self, _test: &EventTest) -> Value<'_> {
        Value::Missing
    }
    /// The value of a field of the brand's own; missing where nothing is known of them.
    fn custom(&self, _name: &str) -> Value<'_> {
        Value::Missing
    }
    /// What is compared of what she has agreed to; missing where nothing is known of it.
    fn consent(&self, _test: &ConsentTest) -> Value<'_> {
        Value::Missing
    }
    /// Whether she is in a segment; never where nothing is known of segments.
    fn is_in(&self, _segment: SegmentId) -> bool {
        false
    }
}

/// What is wrong with a condition, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionFault {
    /// Deeper than [`MAX_DEPTH`] or larger than [`MAX_NODES`].
    TooLarge,
    /// The attribute does not take this operator.
    Operator(Attribute),
    /// The value is not of the attribute's kind.
    Operand(Attribute),
    /// The attribute stands for something that this place cannot see.
    Place(Attribute),
    /// Events, custom fields, consents and segments cannot be asked about in this place.
    Beyond,
    /// The measure of events does not take this operator.
    MeasureOperator,
    /// The value does not fit what it is compared with.
    MeasureOperand,
    /// The window is not 1 to [`MAX_WINDOW_DAYS`] days, or its dates are none, or it slides and has dates at once.
    Window,
    /// The name of a custom field is empty or holds a quotation mark, a backslash or a control character.
    FieldName,
    /// What can be no purpose of a consent.
    Purpose,
}

impl Condition {
    /// Whether it holds for the subject.
    pub fn matches(&self, subject: &impl Subject) -> bool {
        match self {
            Condition::All { all } => all.iter().all(|part| part.matches(subject)),
            Condition::Any { any } => any.iter().any(|part| part.matches(subject)),
            Condition::Not { not } => !not.matches(subject),
            Condition::Test(test) if test.attribute.of() == Of::Line => {
                subject.any_line(test.attribute, &|value| test.passes(value))
            }
            Condition::Test(test) => test.passes(subject.value(test.attribute)),
            Condition::Happened(test) => test.passes(subject.measured(test)),
            Condition::Custom(test) => test.passes(subject.custom(&test.custom)),
            Condition::Consent(test) => test.passes(subject.consent(test)),
            Condition::Segment { segment } => subject.is_in(*segment),
        }
    }

    /// The same condition with its dates as day numbers, so that no text is parsed where it is asked millions of times.
    pub fn with_days_read(&self) -> Condition {
        let parts = |parts: &[Condition]| parts.iter().map(Condition::with_days_read).collect();
        match self {
            Condition::All { all } => Condition::All { all: parts(all) },
            Condition::Any { any } => Condition::Any { any: parts(any) },
            Condition::Not { not } => Condition::Not { not: Box::new(not.with_days_read()) },
            Condition::Test(test) => Condition::Test(test.with_days_read()),
            Condition::Happened(_) | Condition::Custom(_) | Condition::Consent(_) | Condition::Segment { .. } => self.clone(),
        }
    }

    /// Every comparison of an attribute in the tree, from left to right; not what filters events.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => parts.iter().flat_map(Condition::tests).collect(),
            Condition::Not { not } => not.tests(),
            Condition::Test(test) => vec![test],
            Condition::Happened(_) | Condition::Custom(_) | Condition::Consent(_) | Condition::Segment { .. } => Vec::new(),
        }
    }

    /// The segments that it names, each once.
    pub fn segments(&self) -> Vec<SegmentId> {
        let mut found = match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => parts.iter().flat_map(Condition::segments).collect(),
            Condition::Not { not } => not.segments(),
            Condition::Segment { segment } => vec![*segment],
            Condition::Test(_) | Condition::Happened(_) | Condition::Custom(_) | Condition::Consent(_) => Vec::new(),
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The first fault of the tree, where only attributes of `places` may stand. What is said of a member as she stands now may use events,
    /// custom fields, consents and segments too.
    pub fn fault(&self, places: &[Of]) -> Option<ConditionFault> {
        if self.depth() > MAX_DEPTH || self.nodes() > MAX_NODES {
            return Some(ConditionFault::TooLarge);
        }
        self.part_fault(places)
    }

    fn part_fault(&self, places: &[Of]) -> Option<ConditionFault> {
        match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => {
                parts.iter().find_map(|part| part.part_fault(places))
            }
            Condition::Not { not } => not.part_fault(places),
            Condition::Test(test) => test.fault(places),
            _ if !places.contains(&Of::Standing) => Some(ConditionFault::Beyond),
            Condition::Happened(test) => test.fault().or_else(|| test.filter.as_ref()?.part_fault(EVENT_PLACES)),
            Condition::Custom(test) => test.fault(),
            Condition::Consent(test) => test.fault(),
            Condition::Segment { .. } => None,
        }
    }

    fn depth(&self) -> usize {
        1 + match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => {
                parts.iter().map(Condition::depth).max().unwrap_or(0)
            }
            Condition::Not { not } => not.depth(),
            Condition::Happened(test) => test.filter.as_ref().map_or(0, Condition::depth),
            Condition::Test(_) | Condition::Custom(_) | Condition::Consent(_) | Condition::Segment { .. } => 0,
        }
    }

    fn nodes(&self) -> usize {
        1 + match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => parts.iter().map(Condition::nodes).sum(),
            Condition::Not { not } => not.nodes(),
            Condition::Happened(test) => test.filter.as_ref().map_or(0, Condition::nodes),
            Condition::Test(_) | Condition::Custom(_) | Condition::Consent(_) | Condition::Segment { .. } => 0,
        }
    }
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, value: Value<'_>) -> bool {
        compare(self.attribute.kind(), self.op, self.value.as_ref(), value)
    }

    /// The same comparison with its dates as day numbers.
    pub(crate) fn with_days_read(&self) -> Test {
        let value = match &self.value {
            Some(Operand::Text(text)) if self.attribute.kind() == Kind::Date => day_of(text).map(Operand::Number),
            Some(Operand::Texts(texts)) if self.attribute.kind() == Kind::Date => {
                texts.iter().map(|text| day_of(text)).collect::<Option<Vec<i64>>>().map(Operand::Numbers)
            }
            other => other.clone(),
        };
        Test { attribute: self.attribute, op: self.op, value }
    }

    /// The fault of this comparison, where only attributes of `places` may stand.
    pub(crate) fn fault(&self, places: &[Of]) -> Option<ConditionFault> {
        if !places.contains(&self.attribute.of()) {
            return Some(ConditionFault::Place(self.attribute));
        }
        let kind = self.attribute.kind();
        if !kind.operators().contains(&self.op) {
            return Some(ConditionFault::Operator(self.attribute));
        }
        (!fits(kind, self.op, self.value.as_ref())).then_some(ConditionFault::Operand(self.attribute))
    }
}

/// What may be said of the purchases and lines that are counted.
pub const EVENT_PLACES: &[Of] = &[Of::Purchase, Of::Line];

/// What may be said of a member as she stands now.
pub const MEMBER_PLACES: &[Of] = &[Of::Member, Of::Standing];

impl CustomTest {
    /// Whether a value passes.
    pub fn passes(&self, value: Value<'_>) -> bool {
        compare(Kind::Text, self.op, self.value.as_ref(), value)
    }

    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<ConditionFault> {
        // Such names would need escapes in the paths by which databases look into JSON, and the engines escape differently.
        let strange = |letter: char| letter == '"' || letter == '\\' || letter.is_control();
        if self.custom.is_empty() || self.custom.chars().any(strange) {
            return Some(ConditionFault::FieldName);
        }
        if !Kind::Text.operators().contains(&self.op) {
            return Some(ConditionFault::MeasureOperator);
        }
        (!fits(Kind::Text, self.op, self.value.as_ref())).then_some(ConditionFault::MeasureOperand)
    }
}

impl ConsentTest {
    /// What is wrong with it.
    pub(crate) fn fault(&self) -> Option<ConditionFault> {
        if !consent::is_code(&self.consent) {
            return Some(ConditionFault::Purpose);
        }
        if !self.ask.kind().operators().contains(&self.op) {
            return Some(ConditionFault::MeasureOperator);
        }
        (!self.takes_value()).then_some(ConditionFault::MeasureOperand)
    }
}

impl EventTest {
    /// What is wrong with it, its filter excepted.
    pub(crate) fn fault(&self) -> Option<ConditionFault> {
        let kind = self.measure.kind();
        if !self.measure.operators().contains(&self.op) {
            return Some(ConditionFault::MeasureOperator);
        }
        if !fits(kind, self.op, self.value.as_ref()) {
            return Some(ConditionFault::MeasureOperand);
        }
        let slides = self.last_days.is_some();
        let [from, until] = [&self.from, &self.until].map(|text| text.as_deref().map(day_of));
        let outside = self.last_days.is_some_and(|days| !(1..=MAX_WINDOW_DAYS).contains(&days));
        let dated = from.is_some() || until.is_some();
        let reversed = from.flatten().zip(until.flatten()).is_some_and(|(from, until)| from > until);
        let wrong = outside || slides && dated || from == Some(None) || until == Some(None) || reversed;
        wrong.then_some(ConditionFault::Window)
    }

    /// Whether its filter is said of each line rather than of the whole purchase.
    pub fn counts_lines(&self) -> bool {
        self.event == Event::Line
    }
}

/// Whether a value of a kind compares in this way with an operand.
pub(crate) fn compare(kind: Kind, op: Operator, operand: Option<&Operand>, value: Value<'_>) -> bool {
    match (op, value) {
        (Operator::IsMissing, value) => value == Value::Missing,
        (_, Value::Missing) => false,
        (_, Value::Text(text)) => compare_text(op, operand, text),
        (_, Value::Number(number)) => compare_number(kind, op, operand, number),
    }
}

fn compare_text(op: Operator, operand: Option<&Operand>, text: &str) -> bool {
    match (op, operand) {
        (Operator::Is, Some(Operand::Text(wanted))) => wanted == text,
        (Operator::In, Some(Operand::Texts(list))) => list.iter().any(|wanted| wanted == text),
        _ => false,
    }
}

fn compare_number(kind: Kind, op: Operator, operand: Option<&Operand>, number: i64) -> bool {
    let date = kind == Kind::Date;
    let read = |operand: &Operand, index: usize| match operand {
        Operand::Number(wanted) if index == 0 => Some(*wanted),
        Operand::Numbers(list) => list.get(index).copied(),
        Operand::Text(text) if date && index == 0 => day_of(text),
        Operand::Texts(list) if date => list.get(index).and_then(|text| day_of(text)),
        _ => None,
    };
    let Some(operand) = operand else { return false };
    let first = || read(operand, 0);
    match op {
        Operator::Is => first().is_some_and(|wanted| number == wanted),
        Operator::AtLeast => first().is_some_and(|wanted| number >= wanted),
        Operator::AtMost => first().is_some_and(|wanted| number <= wanted),
        Operator::MoreThan => first().is_some_and(|wanted| number > wanted),
        Operator::LessThan => first().is_some_and(|wanted| number < wanted),
        Operator::Between => match (first(), read(operand, 1)) {
            (Some(low), Some(high)) => low <= number && number <= high,
            _ => false,
        },
        Operator::In => (0..operand.len()).any(|index| read(operand, index) == Some(number)),
        Operator::IsMissing => false,
    }
}

/// Whether an operand is of a kind and of the number that an operator takes.
pub(crate) fn fits(kind: Kind, op: Operator, value: Option<&Operand>) -> bool {
    let text_like = matches!(kind, Kind::Text | Kind::Choice);
    let dates = |list: &[String]| list.iter().all(|text| day_of(text).is_some());
    match (op, value) {
        (Operator::IsMissing, value) => value.is_none(),
        (Operator::In, Some(Operand::Texts(list))) => !list.is_empty() && (text_like || kind == Kind::Date && dates(list)),
        (Operator::In, Some(Operand::Numbers(list))) => !list.is_empty() && !text_like && kind != Kind::Date,
        (Operator::Between, Some(Operand::Numbers(list))) => list.len() == 2 && !text_like && kind != Kind::Date,
        (Operator::Between, Some(Operand::Texts(list))) => list.len() == 2 && kind == Kind::Date && dates(list),
        (Operator::In | Operator::Between, _) => false,
        (_, Some(Operand::Text(text))) => text_like || kind == Kind::Date && day_of(text).is_some(),
        (_, Some(Operand::Number(_))) => !text_like && kind != Kind::Date,
        _ => false,
    }
}

impl Operand {
    fn len(&self) -> usize {
        match self {
            Operand::Number(_) | Operand::Text(_) => 1,
            Operand::Numbers(list) => list.len(),
            Operand::Texts(list) => list.len(),
        }
    }
}

/// Days since 1970-01-01 of a `YYYY-MM-DD` text.
pub fn day_of(text: &str) -> Option<i64> {
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(crate::time::day_number(date).into())
}

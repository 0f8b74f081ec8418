//! The one condition: a typed tree over attributes, read here over one purchase and its member.
//!
//! An absent value makes a comparison false and `is_missing` true; `not` is two-valued.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::{Attribute, Kind, Of};

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
    /// One comparison.
    Test(Test),
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
        }
    }

    /// Every comparison in the tree, from left to right.
    pub fn tests(&self) -> Vec<&Test> {
        match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => parts.iter().flat_map(Condition::tests).collect(),
            Condition::Not { not } => not.tests(),
            Condition::Test(test) => vec![test],
        }
    }

    /// The first fault of the tree, where only attributes of `places` may stand.
    pub fn fault(&self, places: &[Of]) -> Option<ConditionFault> {
        if self.depth() > MAX_DEPTH || self.nodes() > MAX_NODES {
            return Some(ConditionFault::TooLarge);
        }
        self.tests().into_iter().find_map(|test| test.fault(places))
    }

    fn depth(&self) -> usize {
        1 + match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => {
                parts.iter().map(Condition::depth).max().unwrap_or(0)
            }
            Condition::Not { not } => not.depth(),
            Condition::Test(_) => 0,
        }
    }

    fn nodes(&self) -> usize {
        1 + match self {
            Condition::All { all: parts } | Condition::Any { any: parts } => parts.iter().map(Condition::nodes).sum(),
            Condition::Not { not } => not.nodes(),
            Condition::Test(_) => 0,
        }
    }
}

impl Test {
    /// Whether a value passes.
    pub fn passes(&self, value: Value<'_>) -> bool {
        match (self.op, value) {
            (Operator::IsMissing, value) => value == Value::Missing,
            (_, Value::Missing) => false,
            (_, Value::Text(text)) => self.passes_text(text),
            (_, Value::Number(number)) => self.passes_number(number),
        }
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

    fn passes_text(&self, text: &str) -> bool {
        match (self.op, &self.value) {
            (Operator::Is, Some(Operand::Text(wanted))) => wanted == text,
            (Operator::In, Some(Operand::Texts(list))) => list.iter().any(|wanted| wanted == text),
            _ => false,
        }
    }

    fn passes_number(&self, number: i64) -> bool {
        let date = self.attribute.kind() == Kind::Date;
        let read = |operand: &Operand, index: usize| match operand {
            Operand::Number(wanted) if index == 0 => Some(*wanted),
            Operand::Numbers(list) => list.get(index).copied(),
            Operand::Text(text) if date && index == 0 => day_of(text),
            Operand::Texts(list) if date => list.get(index).and_then(|text| day_of(text)),
            _ => None,
        };
        let Some(operand) = &self.value else { return false };
        let first = || read(operand, 0);
        match self.op {
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

    /// The fault of this comparison, where only attributes of `places` may stand.
    pub(crate) fn fault(&self, places: &[Of]) -> Option<ConditionFault> {
        if !places.contains(&self.attribute.of()) {
            return Some(ConditionFault::Place(self.attribute));
        }
        let kind = self.attribute.kind();
        if !kind.operators().contains(&self.op) {
            return Some(ConditionFault::Operator(self.attribute));
        }
        let text_like = matches!(kind, Kind::Text | Kind::Choice);
        let dates = |list: &[String]| list.iter().all(|text| day_of(text).is_some());
        let fits = match (self.op, &self.value) {
            (Operator::IsMissing, value) => value.is_none(),
            (Operator::In, Some(Operand::Texts(list))) => !list.is_empty() && (text_like || kind == Kind::Date && dates(list)),
            (Operator::In, Some(Operand::Numbers(list))) => !list.is_empty() && !text_like && kind != Kind::Date,
            (Operator::Between, Some(Operand::Numbers(list))) => list.len() == 2 && !text_like && kind != Kind::Date,
            (Operator::Between, Some(Operand::Texts(list))) => list.len() == 2 && kind == Kind::Date && dates(list),
            (Operator::In | Operator::Between, _) => false,
            (_, Some(Operand::Text(text))) => text_like || kind == Kind::Date && day_of(text).is_some(),
            (_, Some(Operand::Number(_))) => !text_like && kind != Kind::Date,
            _ => false,
        };
        (!fits).then_some(ConditionFault::Operand(self.attribute))
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

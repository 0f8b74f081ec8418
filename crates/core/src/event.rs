//! What happened to a member, counted: purchases or lines that pass a filter, within a window, compared with a value.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Kind;
use crate::condition::{Condition, Operand, Operator, Value, compare, day_of};

/// The longest sliding window, in days: ten years and a few days.
pub const MAX_WINDOW_DAYS: u16 = 3_660;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Purchases that have not come back wholly.
    Purchase,
    /// Their lines, as far as they have not come back.
    Line,
}

/// How events become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventMeasure)]
pub enum Measure {
    /// How many; zero when there was none.
    Count,
    /// On how many business days; zero when there was none.
    Days,
    /// What they cost together, returns taken off, in minor units; zero when there was none.
    Amount,
    /// Their pieces together, returns taken off; zero when there was none.
    Quantity,
    /// Business day of the first; missing when there was none.
    First,
    /// Business day of the last; missing when there was none.
    Last,
}

impl Event {
    /// All of them.
    pub const ALL: [Event; 2] = [Event::Purchase, Event::Line];
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 6] =
        [Measure::Count, Measure::Days, Measure::Amount, Measure::Quantity, Measure::First, Measure::Last];

    /// The kind of its value.
    pub fn kind(self) -> Kind {
        match self {
            Measure::Count | Measure::Days | Measure::Quantity => Kind::Number,
            Measure::Amount => Kind::Money,
            Measure::First | Measure::Last => Kind::Date,
        }
    }

    /// The operators that it takes: those of its kind, and `is_missing` only where it can be missing.
    pub fn operators(self) -> Vec<Operator> {
        let of_kind = self.kind().operators().iter().copied();
        of_kind.filter(|op| *op != Operator::IsMissing || self.of_nothing().is_none()).collect()
    }

    /// Its value where nothing happened; none where it is missing then.
    pub fn of_nothing(self) -> Option<i64> {
        match self {
            Measure::Count | Measure::Days | Measure::Quantity | Measure::Amount => Some(0),
            Measure::First | Measure::Last => None,
        }
    }
}

/// A comparison of a measure of events. Without a window it looks at her whole life; nothing after today is ever seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventTest {
    /// What is counted.
    pub event: Event,
    /// How.
    pub measure: Measure,
    /// Which of them, by attributes of the purchase and its lines; all when it is left out. Where lines are counted, attributes of
    /// lines are said of that line.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub filter: Option<Condition>,
    /// Only the last so many business days, today included; 1–3,660.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_days: Option<u16>,
    /// Only from this business day (`YYYY-MM-DD`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Only until this business day (`YYYY-MM-DD`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// How the value is compared.
    pub op: Operator,
    /// With what; absent for `is_missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Operand>,
}

impl EventTest {
    /// The first and the last business day that it looks at on the business day `today`, both included.
    pub fn days(&self, today: i32) -> (i64, i64) {
        let today = i64::from(today);
        let from = self.from.as_deref().and_then(day_of).unwrap_or(i64::from(i32::MIN));
        let until = self.until.as_deref().and_then(day_of).unwrap_or(today);
        let sliding = self.last_days.map_or(i64::from(i32::MIN), |days| today - i64::from(days) + 1);
        (from.max(sliding), until.min(today))
    }

    /// Whether a value passes.
    pub fn passes(&self, value: Value<'_>) -> bool {
        compare(self.measure.kind(), self.op, self.value.as_ref(), value)
    }

    /// Whether it holds of somebody to whom nothing happened.
    pub fn passes_nothing(&self) -> bool {
        self.passes(self.measure.of_nothing().map_or(Value::Missing, Value::Number))
    }
}

//! Why a member is in a segment, or is not: what each part of the condition comes to for her.

use crate::attribute::Of;
use crate::condition::{Condition, Value};
use crate::habit::Fact;
use crate::person::{Membership, Person};

/// What a part of a condition comes to for a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The part.
    pub condition: &'a Condition,
    /// Whether it holds.
    pub holds: bool,
    /// The value that was compared; none for a part that compares nothing itself.
    pub value: Option<Value<'a>>,
    /// What a value stands on that follows from her purchases.
    pub evidence: Option<Fact<'a>>,
    /// The parts of it; of a segment that is a condition, that condition.
    pub parts: Vec<Reason<'a>>,
}

/// What a condition and each of its parts come to for a member.
pub fn why<'a>(person: &Person<'a>, condition: &'a Condition) -> Reason<'a> {
    let mut reason = Reason { condition, holds: condition.matches(person), value: None, evidence: None, parts: Vec::new() };
    match condition {
        Condition::All { all: parts } | Condition::Any { any: parts } => {
            reason.parts = parts.iter().map(|part| why(person, part)).collect();
        }
        Condition::Not { not } => reason.parts = vec![why(person, not)],
        Condition::Segment { segment } => {
            if let Some(Membership::Rule(rule)) = person.segments.get(segment) {
                reason.parts = vec![why(person, rule)];
            }
        }
        Condition::Happened(test) => reason.value = Some(person.measure(test).map_or(Value::Missing, Value::Number)),
        Condition::Custom(test) => reason.value = Some(person.own_field(&test.custom)),
        Condition::Consent(test) => reason.value = Some(person.consent_value(test)),
        Condition::Test(test) => {
            reason.value = Some(person.attribute(test.attribute));
            reason.evidence = (test.attribute.of() == Of::Standing).then(|| person.fact(test.attribute)).flatten();
        }
    }
    reason
}

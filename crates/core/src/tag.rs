//! Tags: what a brand says of members, by hand or by a rule that follows them.
//!
//! A tag is a segment that is said of a person. Who has it is decided as for any segment; groups and causes are what it has beside that.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::condition::Condition;
use crate::id::SegmentId;

/// What decides who is in each segment: a condition, or none for a list.
pub type Deciding = BTreeMap<SegmentId, Option<Condition>>;

/// Why a tag came to a member, or went from her.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TagCause)]
pub enum Cause {
    /// Somebody gave it or took it away.
    Hand,
    /// A file brought it.
    Import,
    /// A purchase, a return or an adjustment made the rule hold, or not hold any more.
    Happened,
    /// Time went on, or her file was changed.
    Time,
    /// The rule was written or changed.
    Rule,
    /// It was given for so long.
    Expiry,
    /// Another tag of its group took its place.
    Group,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 7] =
        [Cause::Hand, Cause::Import, Cause::Happened, Cause::Time, Cause::Rule, Cause::Expiry, Cause::Group];

    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Hand => "hand",
            Cause::Import => "import",
            Cause::Happened => "happened",
            Cause::Time => "time",
            Cause::Rule => "rule",
            Cause::Expiry => "expiry",
            Cause::Group => "group",
        }
    }

    /// The cause of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.word() == word)
    }
}

/// What decides who has each tag, where some stand in groups of which a member has one at most. What was given by hand goes before what
/// rules say, and of rules the first that holds.
pub fn exclusive(deciding: &Deciding, groups: &[Vec<SegmentId>]) -> Deciding {
    let mut decided = deciding.clone();
    for group in groups {
        let is_given = |tag: &&SegmentId| matches!(deciding.get(tag), Some(None));
        let mut before: Vec<Condition> = group.iter().filter(is_given).map(|tag| Condition::Segment { segment: *tag }).collect();
        for tag in group {
            let Some(Some(rule)) = deciding.get(tag) else { continue };
            if !before.is_empty() {
                let others = Condition::Not { not: Box::new(Condition::Any { any: before.clone() }) };
                decided.insert(*tag, Some(Condition::All { all: vec![rule.clone(), others] }));
            }
            before.push(rule.clone());
        }
    }
    decided
}

/// Whether a segment leads back to itself by the segments that conditions name.
pub fn leads_back(deciding: &Deciding) -> bool {
    let mut done = BTreeSet::new();
    deciding.keys().any(|start| leads_into(deciding, *start, &mut Vec::new(), &mut done))
}

/// Whether a way from a segment meets one that is on the way already.
fn leads_into(deciding: &Deciding, at: SegmentId, way: &mut Vec<SegmentId>, done: &mut BTreeSet<SegmentId>) -> bool {
    if way.contains(&at) {
        return true;
    }
    if !done.insert(at) {
        return false;
    }
    way.push(at);
    let named = deciding.get(&at).and_then(Option::as_ref).map(Condition::segments).unwrap_or_default();
    let found = named.into_iter().any(|next| leads_into(deciding, next, way, done));
    way.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: i64) -> Condition {
        Condition::Segment { segment: SegmentId(id) }
    }

    #[test]
    fn of_a_group_the_given_tag_goes_first_and_then_the_first_rule() {
        let deciding: Deciding = [(1, Some(named(8))), (2, None), (3, Some(named(9))), (4, Some(named(7)))]
            .map(|(id, rule)| (SegmentId(id), rule))
            .into();
        let decided = exclusive(&deciding, &[[1, 2, 3].map(SegmentId).to_vec()]);
        let but = |rule, others: Vec<Condition>| {
            Some(Condition::All { all: vec![rule, Condition::Not { not: Box::new(Condition::Any { any: others }) }] })
        };
        assert_eq!(decided[&SegmentId(1)], but(named(8), vec![named(2)]));
        assert_eq!(decided[&SegmentId(2)], None);
        assert_eq!(decided[&SegmentId(3)], but(named(9), vec![named(2), named(8)]));
        assert_eq!(decided[&SegmentId(4)], Some(named(7)));
    }

    #[test]
    fn loops_are_found_however_long() {
        for (edges, expected) in [
            (vec![(1, 2), (2, 3)], false),
            (vec![(1, 2), (2, 3), (3, 1)], true),
            (vec![(1, 1)], true),
            (vec![(1, 3), (2, 3), (3, 4)], false),
            (vec![(1, 2), (2, 3), (3, 4), (4, 3)], true),
        ] {
            let deciding = edges.iter().map(|(from, to)| (SegmentId(*from), Some(named(*to)))).collect();
            assert_eq!(leads_back(&deciding), expected, "{edges:?}");
        }
    }

    #[test]
    fn words_of_causes_come_back() {
        assert!(Cause::ALL.into_iter().all(|cause| Cause::from_word(cause.word()) == Some(cause)));
    }
}

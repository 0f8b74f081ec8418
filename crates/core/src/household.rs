//! Members who live together: who they are to each other, and the brand's rules for them.
//!
//! Each keeps the points, tier and coupons of her own; a household says who belongs together, and moves nothing. Where it shares its
//! points, [`crate::share`] lets its members spend each other's.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::Value;

/// The most characters of a household's name.
pub const NAME_MAX: usize = 60;
/// The fewest members that may be the most of a household.
pub const MOST_MIN: u32 = 2;
/// The most members that a brand may allow a household.
pub const MOST_MAX: u32 = 50;

/// What a member is in her household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HouseholdRole {
    /// One of a couple.
    Partner,
    /// A parent of somebody there.
    Parent,
    /// A child.
    Child,
    /// Anybody else.
    Other,
}

impl HouseholdRole {
    /// All words, in the order of [`Self::ALL`].
    pub const WORDS: &'static [&'static str] = &["partner", "parent", "child", "other"];

    /// All of them.
    pub const ALL: [HouseholdRole; 4] = [Self::Partner, Self::Parent, Self::Child, Self::Other];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            HouseholdRole::Partner => "partner",
            HouseholdRole::Parent => "parent",
            HouseholdRole::Child => "child",
            HouseholdRole::Other => "other",
        }
    }

    /// The role of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// What conditions ask of a member's household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Housed {
    /// How many live in it by their files, she among them; who went into another counts with her.
    pub size: i64,
    /// What she is there.
    pub role: HouseholdRole,
    /// Whether the brand talks to her for all of them.
    pub is_head: bool,
    /// Whether the household has said that its members spend each other's points.
    pub shares_points: bool,
}

impl Housed {
    /// The words of who the brand talks to for all of a household, and of everybody else there.
    pub const POSITIONS: &'static [&'static str] = &["head", "member"];
    /// The words of whether its members spend each other's points.
    pub const SHARINGS: &'static [&'static str] = &["shared", "separate"];

    /// Whether an attribute says how a member lives.
    pub fn says(attribute: Attribute) -> bool {
        matches!(
            attribute,
            Attribute::HouseholdSize | Attribute::HouseholdRole | Attribute::HouseholdPosition | Attribute::HouseholdSharing
        )
    }

    /// The value of such an attribute; none for any other.
    pub fn value(&self, attribute: Attribute) -> Option<Value<'static>> {
        let word = |words: &'static [&'static str], holds: bool| Value::Text(words[usize::from(!holds)]);
        Some(match attribute {
            Attribute::HouseholdSize => Value::Number(self.size),
            Attribute::HouseholdRole => Value::Text(self.role.word()),
            Attribute::HouseholdPosition => word(Self::POSITIONS, self.is_head),
            Attribute::HouseholdSharing => word(Self::SHARINGS, self.shares_points),
            _ => return None,
        })
    }
}

/// A brand's rules for households.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdRules {
    /// How many members a household has at most, 2–50. Larger ones that are there already stay, and nobody joins them.
    #[schema(minimum = 2, maximum = 50)]
    pub most_members: u32,
    /// Whether households may share their points. Where they may not any more, nothing is drawn, whatever a household has said.
    #[serde(default)]
    pub share_points: bool,
}

impl Default for HouseholdRules {
    fn default() -> Self {
        HouseholdRules { most_members: 8, share_points: false }
    }
}

impl HouseholdRules {
    /// Whether they can stand.
    pub fn stand(self) -> bool {
        (MOST_MIN..=MOST_MAX).contains(&self.most_members)
    }
}

/// A household's name without what surrounds it; none where it says nothing, is too long or is not one line.
pub fn name_of(typed: &str) -> Option<&str> {
    let name = typed.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_said_of_a_household_has_a_value() {
        let housed = Housed { size: 3, role: HouseholdRole::Child, is_head: false, shares_points: true };
        for attribute in Attribute::ALL {
            assert_eq!(housed.value(*attribute).is_some(), Housed::says(*attribute), "{attribute:?}");
        }
        assert_eq!(housed.value(Attribute::HouseholdPosition), Some(Value::Text("member")));
        assert_eq!(housed.value(Attribute::HouseholdSharing), Some(Value::Text("shared")));
    }

    #[test]
    fn names_are_one_short_line() {
        let long = "家".repeat(NAME_MAX);
        for (typed, expected) in [
            ("Kim", Some("Kim")),
            ("  王家 ", Some("王家")),
            (long.as_str(), Some(long.as_str())),
            (&format!("{long}家"), None),
            (" \t ", None),
            ("a\nb", None),
            ("a\0b", None),
        ] {
            assert_eq!(name_of(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn rules_stand_from_two_to_fifty() {
        for (most_members, expected) in [(0, false), (1, false), (2, true), (8, true), (50, true), (51, false)] {
            assert_eq!(HouseholdRules { most_members, share_points: true }.stand(), expected, "{most_members}");
        }
        assert!(HouseholdRules::default().stand());
        assert!(HouseholdRole::ALL.into_iter().all(|role| HouseholdRole::from_word(role.word()) == Some(role)));
        assert_eq!(HouseholdRole::from_word("dog"), None);
        assert_eq!(HouseholdRole::ALL.map(HouseholdRole::word), HouseholdRole::WORDS);
    }
}

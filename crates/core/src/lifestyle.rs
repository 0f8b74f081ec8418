//! Lifestyle groups: members grouped by what they buy, each group described by what sets it apart from everybody.
//!
//! What a member buys is counted by category and purchase, drawn towards what everybody buys while she has bought little, and held against
//! it ([`taste`]). Members who lean the same way are found by spherical k-means ([`clustering`]). Groups keep their codes when they are
//! fitted anew, and a member keeps her group until another fits clearly better ([`model`]). The use of what customers buy to find ways of
//! life, with products that stand for them, follows Humby, Hunt and Phillips, "Scoring Points", 2003.

pub mod clustering;
pub mod description;
pub mod meaning;
pub mod model;
pub mod renewal;
pub mod taste;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::Value;

/// Business days of purchases that are needed before members are grouped: half a year, so that no season stands for a way of life.
pub const NEEDED_DAYS: i32 = 182;
/// Business days of purchases that are looked at.
pub const WINDOW_DAYS: i32 = 365;
/// Purchases from which on a member helps to find the groups.
pub const FITTED_PURCHASES: u32 = 3;
/// Members with so many purchases that are needed.
pub const NEEDED_MEMBERS: usize = 50;
/// Categories that are needed.
pub const NEEDED_CATEGORIES: usize = 6;
/// Purchases from which on a member stays in her group until groups are fitted anew; before, each purchase may move her.
pub const FIRM_PURCHASES: u32 = 4;
/// Days after which groups are fitted anew.
pub const REFIT_DAYS: i32 = 30;
/// The groups that are sought where the data allow it.
pub const USUAL_GROUPS: usize = 13;
/// The most groups of a small shop.
pub const SMALL_GROUPS: usize = 5;
/// The fewest and the most groups that may be asked for.
pub const GROUPS: std::ops::RangeInclusive<usize> = 2..=20;

/// In which group a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The code of the group.
    pub group: String,
    /// How clearly what she buys speaks for it, 0–100.
    pub score: i64,
    /// Business day since which she is in it, as days since 1970-01-01.
    pub since_day: i32,
}

impl Placed {
    /// Whether an attribute says in which group a member is.
    pub fn says(attribute: Attribute) -> bool {
        matches!(attribute, Attribute::LifestyleGroup | Attribute::LifestyleScore | Attribute::LifestyleSince)
    }

    /// The value of such an attribute; none for any other.
    pub fn value(&self, attribute: Attribute) -> Option<Value<'_>> {
        Some(match attribute {
            Attribute::LifestyleGroup => Value::Text(&self.group),
            Attribute::LifestyleScore => Value::Number(self.score),
            Attribute::LifestyleSince => Value::Number(self.since_day.into()),
            _ => return None,
        })
    }
}

/// What is missing before members can be grouped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "lack", rename_all = "snake_case")]
#[schema(as = LifestyleLack)]
pub enum Lack {
    /// Purchases do not reach back far enough.
    Days {
        /// Business days from the first purchase to the last that is looked at.
        found: i32,
        /// Business days that are needed.
        needed: i32,
        /// The business day on which there will be enough, as days since 1970-01-01; none before the first purchase.
        ready_day: Option<i32>,
    },
    /// Too few members have bought often enough.
    Members {
        /// Members with [`FITTED_PURCHASES`] purchases and more.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Too few categories are bought by enough members.
    Categories {
        /// Categories that say something.
        found: usize,
        /// How many are needed.
        needed: usize,
        /// Lines without a category, in percent.
        without_percent: u64,
    },
}

/// What is missing on a business day, where the brand's first purchase was on `first_day`.
pub fn lacking_days(first_day: Option<i32>, until_day: i32) -> Option<Lack> {
    let found = first_day.map_or(0, |first| (until_day - first + 1).max(0));
    let lack = Lack::Days { found, needed: NEEDED_DAYS, ready_day: first_day.map(|first| first + NEEDED_DAYS - 1) };
    (found < NEEDED_DAYS).then_some(lack)
}

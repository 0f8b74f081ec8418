//! The state of a holder: one row beside the log, from which everything about its benefits is decided. It can be derived from the
//! log again at any time.

use serde::{Deserialize, Serialize};

use crate::ledger::{Asset, Purse};
use crate::value::ToppedUp;

/// Balances, open lots, tier and counters of a holder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderState {
    /// Purse of points.
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub points: Purse,
    /// Purse of growth points.
    #[serde(rename = "g", default, skip_serializing_if = "is_default")]
    pub growth: Purse,
    /// Purse of money that was paid in.
    #[serde(rename = "v", default, skip_serializing_if = "is_default")]
    pub value_principal: Purse,
    /// Purse of what the brand added to it.
    #[serde(rename = "w", default, skip_serializing_if = "is_default")]
    pub value_bonus: Purse,
    /// What was paid in with a bonus or points that a refund takes back, oldest first.
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    pub top_ups: Vec<ToppedUp>,
    /// The tier held.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<HeldTier>,
    /// What counts for the tier, per business day, oldest first; days that no window can reach any more are dropped.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<DayTotal>,
    /// Where the holder stood at rankings that still count for the tier, oldest first.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub rankings: Vec<Ranking>,
    /// What rules with caps over time have given.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub caps: Vec<CapUse>,
    /// On which occasions something was given: of birthdays, the year.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub occasions: Vec<CapUse>,
    /// Purchases ever, wholly returned ones included.
    #[serde(rename = "n", default, skip_serializing_if = "is_default")]
    pub purchases: i64,
    /// Spending ever less returns, in minor units.
    #[serde(rename = "m", default, skip_serializing_if = "is_default")]
    pub total_minor: i64,
    /// UTC milliseconds of the first purchase.
    #[serde(rename = "f", default, skip_serializing_if = "is_default")]
    pub first_purchase_ms: i64,
    /// UTC milliseconds of the newest purchase.
    #[serde(rename = "z", default, skip_serializing_if = "is_default")]
    pub last_purchase_ms: i64,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where a holder stood in the pyramid when everybody was ranked. It depends on everybody, so it is a fact of the log and never derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// Business day of the ranking.
    #[serde(rename = "d")]
    pub day: i32,
    /// Code of the layer; none outside of all.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Of the layers that tiers asked for, those that the holder stood in or above.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub reaches: Vec<String>,
    /// Whether one purchase alone led to the layer, without a rhythm that carries it: it reaches none then.
    #[serde(rename = "b", default, skip_serializing_if = "is_default")]
    pub bulk: bool,
    /// What was bought in the period of the ranking, in minor units.
    #[serde(rename = "a", default, skip_serializing_if = "is_default")]
    pub amount_minor: i64,
}

/// A tier as it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldTier {
    /// Its code.
    #[serde(rename = "c")]
    pub code: String,
    /// Business day since which it is held.
    #[serde(rename = "s")]
    pub since_day: i32,
    /// Last business day for which it is kept whatever happens; none while nothing is needed to be on it.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub keep_until_day: Option<i32>,
    /// Last business day of the grace after a warning, once there was one.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub grace_until_day: Option<i32>,
    /// The purchase that lifted the holder to it, and the tier held before: what a return of that purchase goes back to.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub lifted: Option<Box<Lift>>,
}

/// How a tier was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lift {
    /// Tier held before.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub before: Option<HeldTier>,
}

/// What one business day counts for the tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTotal {
    /// Business day.
    pub day: i32,
    /// Spending less returns, in minor units.
    pub spend_minor: i64,
    /// Qualifying points less those taken back.
    pub points: i64,
    /// Purchases that have not come back wholly.
    pub purchases: i64,
}

impl Serialize for DayTotal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.day, self.spend_minor, self.points, self.purchases).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DayTotal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (day, spend_minor, points, purchases) = Deserialize::deserialize(deserializer)?;
        Ok(Self { day, spend_minor, points, purchases })
    }
}

/// A calendar period that a cap counts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CapPeriod {
    /// A business day, as its day number.
    #[serde(rename = "d")]
    Day(i32),
    /// A calendar month, as year × 12 + month − 1.
    #[serde(rename = "m")]
    Month(i32),
    /// A calendar year.
    #[serde(rename = "y")]
    Year(i32),
    /// All time.
    #[serde(rename = "e")]
    Ever,
}

/// What a rule has given within a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapUse {
    /// The rule's id.
    #[serde(rename = "r")]
    pub rule: String,
    /// The period.
    #[serde(rename = "p")]
    pub period: CapPeriod,
    /// Units given, of occasions how often; a return does not free them.
    #[serde(rename = "n")]
    pub used: i64,
}

impl HolderState {
    /// Where the holder stood at the last ranking up to a business day.
    pub fn ranked(&self, day: i32) -> Option<&Ranking> {
        self.rankings.iter().rev().find(|ranking| ranking.day <= day)
    }

    /// The purse of an asset.
    pub fn purse(&self, asset: Asset) -> &Purse {
        match asset {
            Asset::Points => &self.points,
            Asset::Growth => &self.growth,
            Asset::ValuePrincipal => &self.value_principal,
            Asset::ValueBonus => &self.value_bonus,
        }
    }

    /// The purse of an asset, to change it.
    pub fn purse_mut(&mut self, asset: Asset) -> &mut Purse {
        match asset {
            Asset::Points => &mut self.points,
            Asset::Growth => &mut self.growth,
            Asset::ValuePrincipal => &mut self.value_principal,
            Asset::ValueBonus => &mut self.value_bonus,
        }
    }

    /// The total of a business day, made when it is not there yet.
    pub fn day_mut(&mut self, day: i32) -> &mut DayTotal {
        let at = self.days.partition_point(|known| known.day < day);
        if self.days.get(at).is_none_or(|known| known.day != day) {
            self.days.insert(at, DayTotal { day, spend_minor: 0, points: 0, purchases: 0 });
        }
        &mut self.days[at]
    }
}

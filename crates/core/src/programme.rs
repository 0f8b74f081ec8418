//! The programme: what a brand promises its members. A published version never changes; a draft becomes the next one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::condition::Condition;
use crate::ledger::Asset;
use crate::occasion::Occasion;
use crate::offer::Offer;
use crate::value::TopUps;

/// The most rules that a programme may have.
pub const MAX_RULES: usize = 200;
/// The most tiers that a programme may have.
pub const MAX_LEVELS: usize = 20;

/// Everything that decides what a purchase gives and who is of which tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// The brand's name for it.
    pub name: String,
    /// How points are earned.
    pub earning: Earning,
    /// What makes goods cheaper for members, in the brand's order.
    #[serde(default)]
    pub offers: Vec<Offer>,
    /// What members are given on occasions, in the brand's order.
    #[serde(default)]
    pub occasions: Vec<Occasion>,
    /// How points are spent; absent when they cannot be spent on purchases.
    #[serde(default)]
    pub redemption: Option<Redemption>,
    /// What is given to members who pay money in beforehand; absent where nobody does.
    #[serde(default)]
    pub top_ups: Option<TopUps>,
    /// What happens to points when goods come back.
    #[serde(default)]
    pub returns: Returns,
    /// The tiers that members see.
    #[serde(default)]
    pub tiers: Ladder,
    /// How the customer pyramid is cut.
    #[serde(default)]
    pub pyramid: crate::pyramid::Criteria,
}

/// How points are earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Earning {
    /// The rules, in the brand's order; the order decides nothing but ties within a group.
    pub rules: Vec<Rule>,
    /// Whole days until earned points may be spent.
    #[serde(default)]
    pub pending_days: u16,
    /// When earned points lapse.
    #[serde(default)]
    pub expiry: Expiry,
    /// Whether the part of a purchase that was paid with points earns too.
    #[serde(default)]
    pub earn_on_redeemed: bool,
}

/// One earning rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Short code, unique within the programme and kept over versions.
    pub id: String,
    /// The brand's name for it, shown to members.
    pub name: String,
    /// A rule that is off gives nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// When it applies: over the purchase and its member. Absent: always.
    #[serde(default)]
    pub when: Option<Condition>,
    /// To which lines. Absent: to all.
    #[serde(default)]
    pub lines: Option<Condition>,
    /// What it gives.
    pub award: Gives,
    /// Of what.
    #[serde(default = "points")]
    pub asset: Asset,
    /// Of the rules of one group only the one that gives most applies.
    #[serde(default)]
    pub group: Option<String>,
    /// First business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<String>,
    /// The most it gives.
    #[serde(default)]
    pub caps: Caps,
    /// What happens to fractions of a unit.
    #[serde(default)]
    pub rounding: Rounding,
}

fn yes() -> bool {
    true
}

fn points() -> Asset {
    Asset::Points
}

/// What a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Gives {
    /// So many units for every so many minor units paid.
    Rate {
        /// Units.
        points: i64,
        /// Minor units.
        per_minor: i64,
    },
    /// What the rate rules give on the same lines, times this, less what they gave already: 200 doubles.
    Multiplier {
        /// Hundredths; above 100.
        percent: i64,
    },
    /// A fixed number of units for the purchase.
    Fixed {
        /// Units.
        points: i64,
    },
}

/// The most that a rule gives; calendar periods of business days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    /// To one purchase.
    #[serde(default)]
    pub per_purchase: Option<i64>,
    /// To one holder in a business day.
    #[serde(default)]
    pub per_day: Option<i64>,
    /// To one holder in a calendar month.
    #[serde(default)]
    pub per_month: Option<i64>,
    /// To one holder in a calendar year.
    #[serde(default)]
    pub per_year: Option<i64>,
}

/// What happens to fractions of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Dropped.
    #[default]
    Down,
    /// A half and more becomes a unit.
    HalfUp,
    /// Any part becomes a unit.
    Up,
}

/// When earned points lapse: always at the end of a day in the brand's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expiry {
    /// Never.
    #[default]
    Never,
    /// So many days after they were earned.
    Rolling {
        /// Days.
        days: u16,
    },
    /// At the end of the month that is so many months after.
    EndOfMonth {
        /// Months.
        months: u8,
    },
    /// On a day of the year, the first that leaves at least so many months.
    FixedDate {
        /// 1–12.
        month: u8,
        /// 1–31; the last day of the month when it has fewer.
        day: u8,
        /// Months that they live at least.
        #[serde(default)]
        min_months: u8,
    },
}

/// How points are spent on a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// So many points …
    pub points: i64,
    /// … are worth so many minor units.
    pub minor: i64,
    /// Points are spent in multiples of this.
    #[serde(default = "one")]
    pub step: i64,
    /// The fewest that may be spent at once.
    #[serde(default = "one")]
    pub minimum: i64,
    /// The most of a purchase that points may pay, in hundredths.
    #[serde(default = "hundred")]
    pub max_percent: i64,
}

fn one() -> i64 {
    1
}

fn hundred() -> i64 {
    100
}

/// What happens to points when goods come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Returns {
    /// How points are settled that the purchase gave and the member has already spent.
    #[serde(default)]
    pub spent_points: SpentPoints,
}

/// How points are settled that are to be taken back and are already spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum SpentPoints {
    /// Owed: the next earning pays it.
    #[default]
    Debt,
    /// Their value is taken off the refund.
    Deduct,
    /// The brand bears it.
    WriteOff,
}

/// The tiers, lowest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Lowest first.
    pub levels: Vec<Level>,
    /// Over which time spending, points and visits count.
    pub window: Window,
    /// Days for which a tier is kept once it is reached.
    pub keep_days: u16,
    /// Days between the warning and the fall.
    pub grace_days: u16,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { levels: Vec::new(), window: Window::Rolling { days: 365 }, keep_days: 365, grace_days: 30 }
    }
}

/// One tier; reached when any of the measures given is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Short code, kept over versions.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
    /// Spending in the window, in minor units.
    #[serde(default)]
    pub spend_minor: Option<i64>,
    /// Points in the window: growth points where the programme gives any, else points earned.
    #[serde(default)]
    pub points: Option<i64>,
    /// Days in the window with a purchase.
    #[serde(default)]
    pub visits: Option<i64>,
    /// Code of the layer of the pyramid that is to be stood in, or above, at the last ranking.
    #[serde(default)]
    pub layer: Option<String>,
}

impl Level {
    /// Whether nothing is needed to be on it: it has no measure, and is held for ever.
    pub fn is_free(&self) -> bool {
        self.spend_minor.is_none() && self.points.is_none() && self.visits.is_none() && self.layer.is_none()
    }
}

/// Over which time a tier's measures count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Window {
    /// The last so many days, today included.
    Rolling {
        /// Days, 1–1,100.
        days: u16,
    },
    /// The calendar period that holds today.
    Calendar {
        /// Which.
        unit: CalendarUnit,
    },
}

/// A period of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarUnit {
    /// January to December.
    Year,
    /// Two a year.
    Half,
    /// Four a year.
    Quarter,
}

impl CalendarUnit {
    /// Months that it has.
    pub fn months(self) -> i8 {
        match self {
            CalendarUnit::Year => 12,
            CalendarUnit::Half => 6,
            CalendarUnit::Quarter => 3,
        }
    }
}

impl Programme {
    /// The programme of a brand that has not said anything yet: one point for each major unit, no tiers.
    pub fn first(name: &str, currency_exponent: u32) -> Self {
        let per_minor = if currency_exponent == 0 { 1_000 } else { 10_i64.pow(currency_exponent.min(4)) };
        Self {
            name: name.to_owned(),
            earning: Earning {
                rules: vec![Rule {
                    id: "base".to_owned(),
                    name: name.to_owned(),
                    enabled: true,
                    when: None,
                    lines: None,
                    award: Gives::Rate { points: 1, per_minor },
                    asset: Asset::Points,
                    group: None,
                    from: None,
                    until: None,
                    caps: Caps::default(),
                    rounding: Rounding::Down,
                }],
                ..Earning::default()
            },
            offers: Vec::new(),
            occasions: Vec::new(),
            redemption: None,
            top_ups: None,
            returns: Returns::default(),
            tiers: Ladder::default(),
            pyramid: crate::pyramid::Criteria::default(),
        }
    }

    /// What points are worth by the way in which they may be spent, in minor units; none where they may not be spent on purchases.
    pub fn worth_minor(&self, points: i64) -> Option<i64> {
        let redemption = self.redemption.filter(|redemption| redemption.points > 0)?;
        let minor = i128::from(points) * i128::from(redemption.minor) / i128::from(redemption.points);
        i64::try_from(minor).ok()
    }

    /// The asset whose units count as a tier's points.
    pub fn qualifying_asset(&self) -> Asset {
        let grows = self.earning.rules.iter().any(|rule| rule.enabled && rule.asset == Asset::Growth);
        if grows { Asset::Growth } else { Asset::Points }
    }

    /// Of the layers that tiers ask for, those that somebody in a layer stands in or above; none of them outside of all layers.
    pub fn layers_reached(&self, layer: Option<&str>) -> Vec<String> {
        let place = |code: &str| self.pyramid.layers.iter().position(|cut| cut.code == code);
        let Some(stands) = layer.and_then(place) else { return Vec::new() };
        let below = self.pyramid.layers[stands..].iter().map(|cut| &cut.code);
        let is_asked = |code: &&String| self.tiers.levels.iter().any(|level| level.layer.as_ref() == Some(*code));
        below.filter(is_asked).cloned().collect()
    }

    /// The place of a tier in the ladder, from the lowest.
    pub fn level_of(&self, code: &str) -> Option<usize> {
        self.tiers.levels.iter().position(|level| level.code == code)
    }
}

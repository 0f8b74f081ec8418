//! An offer: what comes off the price of which goods, when, and beside which others.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::{Attribute, Of};
use crate::condition::{Condition, day_of};
use crate::programme::Rounding;

/// The most offers that a programme may have.
pub const MAX_OFFERS: usize = 100;
/// The most prices that one offer may have.
pub const MAX_PRICES: usize = 500;
/// The most steps or parts that one offer may have.
pub const MAX_PARTS: usize = 10;
/// How often a bundle is put together in one purchase at most.
pub const MAX_BUNDLES: i64 = 100;

/// Something that makes goods cheaper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Short code, unique within the programme and kept over versions.
    pub id: String,
    /// The brand's name for it, shown to members.
    pub name: String,
    /// An offer that is off takes nothing.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// When it applies: over the purchase at its list prices, and its member. Absent: always.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Of which lines it takes something off. Absent: of all that are sold.
    #[serde(default)]
    pub lines: Option<Condition>,
    /// What it does.
    pub effect: Effect,
    /// Of the offers of one group only one applies.
    #[serde(default)]
    pub group: Option<String>,
    /// Whether it applies only where no other offer does.
    #[serde(default)]
    pub alone: bool,
    /// Codes of offers beside which it does not apply, nor they beside it.
    #[serde(default)]
    pub excludes: Vec<String>,
    /// Offers are taken off one after the other, the lowest number first, each off what those before it left.
    #[serde(default)]
    pub priority: i64,
    /// First business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Last business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub until: Option<String>,
    /// What happens to fractions of a minor unit of what a percentage takes off.
    #[serde(default)]
    pub rounding: Rounding,
}

fn yes() -> bool {
    true
}

fn one() -> i64 {
    1
}

/// What an offer does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Articles cost less a piece.
    MemberPrice {
        /// The price of each.
        prices: Vec<ArticlePrice>,
    },
    /// A share of what its lines cost.
    Percent {
        /// Hundredths of a percent, 1–10,000.
        percent_bp: i64,
        /// The most that it takes off, in minor units.
        #[serde(default)]
        max_minor: Option<i64>,
    },
    /// A fixed amount, and no more than its lines cost.
    Amount {
        /// Minor units.
        amount_minor: i64,
    },
    /// The more its lines cost, the more comes off: the step that is reached and takes most.
    Steps {
        /// The steps.
        steps: Vec<Step>,
        /// Whether a step counts as often as its amount is reached.
        #[serde(default)]
        repeats: bool,
    },
    /// Every so many pieces of its lines, the cheapest cost less: the second for half, three for two.
    NthItem {
        /// Pieces, from 2.
        nth: i64,
        /// What comes off each of the cheapest, in hundredths of a percent.
        percent_bp: i64,
    },
    /// Pieces that cost a fixed price together; the dearest are taken.
    Bundle {
        /// What belongs to it.
        parts: Vec<BundlePart>,
        /// What it costs, in minor units.
        price_minor: i64,
    },
    /// So many pieces of its lines cost nothing, the cheapest first.
    FreeItem {
        /// Pieces.
        #[serde(default = "one")]
        pieces: i64,
    },
    /// Something is handed out beside the goods.
    Gift {
        /// Article number.
        sku: String,
        /// Pieces.
        #[serde(default = "one")]
        pieces: i64,
        /// What it is worth to the member when combinations are compared, in minor units.
        worth_minor: i64,
    },
    /// The delivery, which its lines are, costs less or nothing.
    Delivery {
        /// The most that it takes off, in minor units.
        #[serde(default)]
        max_minor: Option<i64>,
    },
}

/// What a piece of an article costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArticlePrice {
    /// Article number.
    pub sku: String,
    /// Minor units a piece.
    pub price_minor: i64,
}

/// What comes off from an amount on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the lines cost at least, in minor units.
    pub from_minor: i64,
    /// What comes off, in minor units.
    pub off_minor: i64,
}

/// Pieces that belong to a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BundlePart {
    /// Of which lines.
    pub lines: Condition,
    /// How many pieces.
    #[serde(default = "one")]
    pub pieces: i64,
}

impl Offer {
    /// Whether the two never apply beside each other.
    pub fn clashes(&self, other: &Offer) -> bool {
        let same_group = self.group.is_some() && self.group == other.group;
        self.alone || other.alone || same_group || self.excludes.contains(&other.id) || other.excludes.contains(&self.id)
    }
}

/// An offer with its dates read, beside the offer that the brand wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadyOffer {
    /// First business day.
    pub(crate) from_day: i64,
    /// Last business day.
    pub(crate) until_day: i64,
    /// When it applies.
    pub(crate) when: Option<Condition>,
    /// Of which lines it takes something off.
    pub(crate) lines: Option<Condition>,
    /// What a piece of each article costs by it, in minor units.
    pub(crate) prices: HashMap<String, i64>,
}

impl ReadyOffer {
    /// Reads the dates of an offer. A date that is none bounds nothing; a programme with such a date has a fault and is not published.
    pub fn new(offer: &Offer) -> Self {
        let day = |text: &Option<String>| text.as_deref().and_then(day_of);
        Self {
            from_day: day(&offer.from).unwrap_or(i64::MIN),
            until_day: day(&offer.until).unwrap_or(i64::MAX),
            when: offer.when.as_ref().map(Condition::with_days_read),
            lines: offer.lines.as_ref().map(Condition::with_days_read),
            prices: prices(&offer.effect),
        }
    }
}

/// The price of each article; the first where one has several.
fn prices(effect: &Effect) -> HashMap<String, i64> {
    let Effect::MemberPrice { prices } = effect else { return HashMap::new() };
    prices.iter().rev().map(|price| (price.sku.clone(), price.price_minor)).collect()
}

/// The member attributes that offers ask for.
pub fn asked_facts(offers: &[Offer]) -> Vec<Attribute> {
    let mut asked: Vec<Attribute> = Vec::new();
    for offer in offers.iter().filter(|offer| offer.enabled) {
        for test in offer.when.iter().flat_map(|when| when.tests()) {
            if test.attribute.of() == Of::Member && !asked.contains(&test.attribute) {
                asked.push(test.attribute);
            }
        }
    }
    asked
}

//! Classes of members: by recency, frequency and amount; by value; by stage of life with the brand; by what is to be expected of them.
//!
//! A class is decided over everybody at once and kept for each member, so that conditions can ask for it.

pub mod guard;
pub mod mark;

use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::{Test, Value};
use crate::id::PurchaseId;
use crate::pyramid::{Buyer, Criteria, Weights, build};
use crate::time::{date_of, day_number};

/// Days after her first purchase for which a member is new.
pub const NEW_DAYS: i32 = 90;
/// The shortest interval by which a member's silence is measured, in days: who came twice in a week has not left after a fortnight.
pub const SHORTEST_INTERVAL: i64 = 7;
/// The newest visits from which the interval is read.
const INTERVAL_VISITS: usize = 12;

/// How recency, frequency and amount become scores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum Scoring {
    /// Fifths of the buyers (Hughes, "Strategic Database Marketing", 1994). Equal values have equal scores.
    #[default]
    Quintiles,
    /// Fixed bounds, each list rising: what must be reached for a score of 2, 3, 4 and 5.
    Bounds {
        /// Days since the last purchase, falling: at most so many for a score of 2, 3, 4 and 5.
        recency_days: [i64; 4],
        /// Purchases in the period.
        purchases: [i64; 4],
        /// Amount in the period, in minor units.
        amount_minor: [i64; 4],
    },
}

/// How members are classed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassRules {
    /// Business days that count, today included; 1–3,660.
    #[schema(minimum = 1, maximum = 3660)]
    pub period_days: u16,
    /// How scores are made.
    #[serde(default)]
    pub scoring: Scoring,
    /// The share of the amount, from the top, that A members bring together, and A and B members, in ten-thousandths.
    pub abc_bp: [i64; 2],
}

impl Default for ClassRules {
    fn default() -> Self {
        Self { period_days: 365, scoring: Scoring::Quintiles, abc_bp: [8_000, 9_500] }
    }
}

impl ClassRules {
    /// The field in which something is wrong.
    pub fn fault(&self) -> Option<&'static str> {
        let rises = |bounds: &[i64; 4]| bounds.is_sorted_by(|one, next| one < next);
        if !(1..=3_660).contains(&self.period_days) {
            return Some("period_days");
        }
        let [a, b] = self.abc_bp;
        if !(0 < a && a < b && b < 10_000) {
            return Some("abc_bp");
        }
        match &self.scoring {
            Scoring::Quintiles => None,
            Scoring::Bounds { recency_days, .. } if !recency_days.is_sorted_by(|one, next| one > next) => {
                Some("scoring.recency_days")
            }
            Scoring::Bounds { purchases, .. } if !rises(purchases) => Some("scoring.purchases"),
            Scoring::Bounds { amount_minor, .. } if !rises(amount_minor) => Some("scoring.amount_minor"),
            Scoring::Bounds { .. } => None,
        }
    }
}

macro_rules! classes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant,)*];
            /// The words of all of them.
            pub const WORDS: &[&str] = &[$($word,)*];

            /// The word in the database and on the wire.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// The class of a word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|class| class.word() == word)
            }
        }
    };
}

classes! {
    /// A named cell of recency, frequency and amount.
    Cell {
        /// They came lately, often, and spent much.
        Champions = "champions",
        /// They come and spend steadily.
        Loyal = "loyal",
        /// They came lately and may become loyal.
        Potential = "potential",
        /// They came lately and seldom.
        Promising = "promising",
        /// Middling, and not lately.
        Attention = "attention",
        /// They were good and stay away.
        Slipping = "slipping",
        /// They were among the best and have been away for long.
        CannotLose = "cannot_lose",
        /// Away for long, and never much.
        Hibernating = "hibernating",
    }
}

classes! {
    /// A class by value.
    Abc {
        /// Together they bring most.
        A = "a",
        /// They bring much of the rest.
        B = "b",
        /// They bring what is left.
        C = "c",
    }
}

classes! {
    /// A stage of a member's life with the brand, by her own rhythm.
    Stage {
        /// Her first purchase was lately.
        New = "new",
        /// She comes within her interval, and has come a few times.
        Growing = "growing",
        /// She comes within her interval, and has come five times and more.
        Regular = "regular",
        /// One and a half of her intervals have passed.
        AtRisk = "at_risk",
        /// Three of her intervals have passed.
        Lapsed = "lapsed",
        /// Six of her intervals have passed, and half a year.
        Lost = "lost",
    }
}

classes! {
    /// What a member is worth, now and in prospect.
    Worth {
        /// She is an A member.
        High = "high",
        /// She is none, and a fifth of the buyers at most is expected to bring more.
        Potential = "potential",
        /// Neither.
        Ordinary = "ordinary",
    }
}

classes! {
    /// For how many full years a member has been with the brand.
    Tenure {
        /// None yet.
        FirstYear = "first_year",
        /// One or two.
        ToThreeYears = "to_three_years",
        /// Three or four.
        ToFiveYears = "to_five_years",
        /// Five and more.
        FiveYearsOn = "five_years_on",
    }
}

impl Tenure {
    /// The days of joining of each, the first and the last of them, as days since 1970-01-01. Whoever joined on 29 February has her
    /// anniversary on 1 March of other years.
    pub fn joined(today: i32) -> [(Tenure, i32, i32); 4] {
        let ago = |years: i32| day_number(date_of(today).saturating_sub(years.years()));
        let [one, three, five] = [1, 3, 5].map(ago);
        [
            (Tenure::FirstYear, one + 1, i32::MAX),
            (Tenure::ToThreeYears, three + 1, one),
            (Tenure::ToFiveYears, five + 1, three),
            (Tenure::FiveYearsOn, i32::MIN, five),
        ]
    }

    /// That of somebody who joined on a day.
    pub fn of(joined_day: i64, today: i32) -> Tenure {
        let held = Tenure::joined(today).into_iter().find(|(_, from, _)| joined_day >= i64::from(*from));
        held.map_or(Tenure::FiveYearsOn, |(tenure, _, _)| tenure)
    }

    /// The days of joining that a comparison takes.
    pub fn passing(test: &Test, today: i32) -> Vec<(i32, i32)> {
        let passes = |(tenure, from, until): (Tenure, i32, i32)| test.passes(Value::Text(tenure.word())).then_some((from, until));
        Tenure::joined(today).into_iter().filter_map(passes).collect()
    }
}

/// A purchase that has not wholly come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed {
    /// Which.
    pub purchase: PurchaseId,
    /// Business day as days since 1970-01-01.
    pub day: i32,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// Returns taken off, in minor units.
    pub amount_minor: i64,
    /// Pieces, returns taken off.
    pub quantity: i64,
}

/// What classes are decided by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Who.
    pub member: i64,
    /// What she bought in the period.
    pub buyer: Option<Buyer>,
    /// Business days in the period on which she bought.
    pub visits: usize,
    /// Her largest purchase in the period.
    pub largest: Option<Deed>,
    /// Business day of her first purchase ever.
    pub first_day: i32,
    /// Business day of her newest.
    pub last_day: i32,
    /// Business days on which she ever bought.
    pub visits_ever: usize,
    /// The lower median of the days between her newest visits; none before the second.
    pub interval: Option<i64>,
}

impl Figures {
    /// The figures of a member's purchases up to today, in any order; none without purchases.
    pub fn of(member: i64, deeds: &[Deed], from_day: i32, today: i32) -> Option<Self> {
        let mut days: Vec<i32> = deeds.iter().map(|deed| deed.day).filter(|day| *day <= today).collect();
        days.sort_unstable();
        days.dedup();
        let (first_day, last_day) = (*days.first()?, *days.last()?);
        let newest = &days[days.len().saturating_sub(INTERVAL_VISITS)..];
        let mut gaps: Vec<i64> = newest.windows(2).map(|pair| i64::from(pair[1] - pair[0])).collect();
        gaps.sort_unstable();
        let within: Vec<&Deed> = deeds.iter().filter(|deed| (from_day..=today).contains(&deed.day)).collect();
        let buyer = within.iter().map(|deed| deed.at_ms).max().map(|last_at_ms| Buyer {
            member,
            amount_minor: within.iter().map(|deed| deed.amount_minor).sum(),
            quantity: within.iter().map(|deed| deed.quantity).sum(),
            purchases: within.len() as i64,
            last_at_ms,
        });
        Some(Figures {
            member,
            buyer,
            visits: days.iter().filter(|day| **day >= from_day).count(),
            largest: within.into_iter().max_by_key(|deed| (deed.amount_minor, std::cmp::Reverse(deed.purchase))).copied(),
            first_day,
            last_day,
            visits_ever: days.len(),
            interval: gaps.len().checked_sub(1).and_then(|last| gaps.get(last / 2)).copied(),
        })
    }

    /// The stage of her life, where `typical` is the interval of members whose own is not known yet.
    pub fn stage(&self, typical: i64, today: i32) -> Stage {
        let silent = i64::from(today - self.last_day);
        let interval = self.interval.unwrap_or(typical).max(SHORTEST_INTERVAL);
        match () {
            () if today - self.first_day < NEW_DAYS => Stage::New,
            () if silent * 2 <= interval * 3 && self.visits_ever >= 5 => Stage::Regular,
            () if silent * 2 <= interval * 3 => Stage::Growing,
            () if silent <= interval * 3 => Stage::AtRisk,
            () if silent <= (interval * 6).max(182) => Stage::Lapsed,
            () => Stage::Lost,
        }
    }
}

/// What somebody is expected to do in the days ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ahead {
    /// Minor units.
    pub amount_minor: i64,
    /// Percent: how likely she still is a customer; none of who bought on one day only, of which the model knows nothing.
    pub active_percent: Option<i64>,
}

/// Everything that a member is classed as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Who.
    pub member: i64,
    /// What she bought in the period, in minor units.
    pub amount_minor: i64,
    /// Her layer of the pyramid; none who bought nothing in the period.
    pub layer: Option<String>,
    /// Scores of recency, frequency and amount, 1–5 and 5 the best; none who bought nothing in the period.
    pub scores: Option<[i64; 3]>,
    /// Her cell by these.
    pub cell: Option<Cell>,
    /// Her class by value.
    pub abc: Option<Abc>,
    /// Her stage.
    pub stage: Stage,
    /// What she is worth.
    pub worth: Worth,
    /// What she is expected to bring in the days ahead, in minor units.
    pub expected_minor: Option<i64>,
    /// How likely she still is a customer, in percent.
    pub active_percent: Option<i64>,
    /// The purchase that made her a one-off bulk buyer, and its percent of what she bought.
    pub bulk: Option<(PurchaseId, i64)>,
    /// For how many products she is a key customer.
    pub key_products: i64,
}

impl Class {
    /// Whether an attribute follows from classes.
    pub fn says(attribute: Attribute) -> bool {
        matches!(
            attribute,
            Attribute::ClassLayer
                | Attribute::ClassCell
                | Attribute::ClassRecency
                | Attribute::ClassFrequency
                | Attribute::ClassMonetary
                | Attribute::ClassAbc
                | Attribute::ClassStage
                | Attribute::ClassWorth
                | Attribute::ExpectedAmount
                | Attribute::ActivePercent
                | Attribute::BulkPercent
                | Attribute::KeyProducts
        )
    }

    /// The value of an attribute that follows from classes; none for any other.
    pub fn value(&self, attribute: Attribute) -> Option<Value<'_>> {
        let text = |word: Option<&'static str>| word.map_or(Value::Missing, Value::Text);
        let number = |number: Option<i64>| number.map_or(Value::Missing, Value::Number);
        Some(match attribute {
            Attribute::ClassLayer => self.layer.as_deref().map_or(Value::Missing, Value::Text),
            Attribute::ClassCell => text(self.cell.map(Cell::word)),
            Attribute::ClassRecency => number(self.scores.map(|scores| scores[0])),
            Attribute::ClassFrequency => number(self.scores.map(|scores| scores[1])),
            Attribute::ClassMonetary => number(self.scores.map(|scores| scores[2])),
            Attribute::ClassAbc => text(self.abc.map(Abc::word)),
            Attribute::ClassStage => Value::Text(self.stage.word()),
            Attribute::ClassWorth => Value::Text(self.worth.word()),
            Attribute::ExpectedAmount => number(self.expected_minor),
            Attribute::ActivePercent => number(self.active_percent),
            Attribute::BulkPercent => number(self.bulk.map(|(_, percent)| percent)),
            Attribute::KeyProducts => Value::Number(self.key_products),
            _ => return None,
        })
    }
}

/// The cell of scores.
pub fn cell([recency, frequency, amount]: [i64; 3]) -> Cell {
    match ((frequency + amount + 1) / 2, recency) {
        (4.., 4..) => Cell::Champions,
        (4.., 3) => Cell::Loyal,
        (4.., 2) => Cell::Slipping,
        (4.., _) => Cell::CannotLose,
        (3, 4..) => Cell::Potential,
        (3, 3) => Cell::Loyal,
        (3, 2) => Cell::Attention,
        (3, _) => Cell::Slipping,
        (_, 4..) => Cell::Promising,
        (_, 3) => Cell::Attention,
        (_, _) => Cell::Hibernating,
    }
}

/// The values that end each fifth from below but the last; a value scores one more than the number of those that it is above.
fn fifths(mut values: Vec<i64>) -> [i64; 4] {
    values.sort_unstable();
    [1, 2, 3, 4].map(|fifth| values.get((values.len() * fifth).div_ceil(5).max(1) - 1).copied().unwrap_or(0))
}

fn above(value: i64, bounds: &[i64; 4]) -> i64 {
    1 + bounds.iter().filter(|bound| value > **bound).count() as i64
}

/// What scores are made by: quintiles as bounds of the last day, or bounds as they are written.
struct Scorer {
    bounds: [[i64; 4]; 3],
}

impl Scorer {
    fn new(rules: &ClassRules, figures: &[Figures], today: i32) -> Self {
        let of = |value: fn(&Figures, &Buyer) -> i64| {
            fifths(figures.iter().filter_map(|one| Some(value(one, one.buyer.as_ref()?))).collect())
        };
        let bounds = match &rules.scoring {
            Scoring::Quintiles => {
                [of(|one, _| one.last_day.into()), of(|_, buyer| buyer.purchases), of(|_, buyer| buyer.amount_minor)]
            }
            Scoring::Bounds { recency_days, purchases, amount_minor } => [
                recency_days.map(|days| i64::from(today) - days - 1),
                purchases.map(|count| count - 1),
                amount_minor.map(|amount| amount - 1),
            ],
        };
        Scorer { bounds }
    }

    fn scores(&self, figures: &Figures, buyer: &Buyer) -> [i64; 3] {
        let [days, counts, amounts] = &self.bounds;
        [above(figures.last_day.into(), days), above(buyer.purchases, counts), above(buyer.amount_minor, amounts)]
    }
}

/// The class by value of ranked buyers, the largest first.
fn by_value(ranked: &[Buyer], abc_bp: [i64; 2]) -> Vec<Abc> {
    let whole: i128 = ranked.iter().map(|buyer| i128::from(buyer.amount_minor.max(0))).sum();
    let mut before: i128 = 0;
    let class = |buyer: &Buyer| {
        let [a, b] = abc_bp.map(|share| before * 10_000 < i128::from(share) * whole);
        before += i128::from(buyer.amount_minor.max(0));
        match (buyer.amount_minor > 0, a, b) {
            (true, true, _) => Abc::A,
            (true, false, true) => Abc::B,
            _ => Abc::C,
        }
    };
    ranked.iter().map(class).collect()
}

/// Classes everybody. `ahead` says what is expected of a member, where that is known, and `key_products` for how many products she is a key
/// customer.
pub fn classify(
    figures: &[Figures],
    rules: &ClassRules,
    criteria: &Criteria,
    today: i32,
    ahead: impl Fn(i64) -> Option<Ahead>,
    key_products: impl Fn(i64) -> i64,
) -> Vec<Class> {
    let buyers = || figures.iter().filter_map(|one| one.buyer).collect::<Vec<_>>();
    let pyramid = build(buyers(), criteria);
    let by_amount = build(buyers(), &Criteria { weights: Weights::default(), ..criteria.clone() });
    let mut layers = std::collections::HashMap::new();
    let mut start = 0;
    for (depth, layer) in pyramid.layers.iter().enumerate() {
        let within = &pyramid.ranked[start..start + layer.members];
        layers.extend(within.iter().map(|buyer| (buyer.member, (depth, layer))));
        start += layer.members;
    }
    let abc: std::collections::HashMap<i64, Abc> =
        by_amount.ranked.iter().map(|buyer| buyer.member).zip(by_value(&by_amount.ranked, rules.abc_bp)).collect();
    let scorer = Scorer::new(rules, figures, today);
    let mut intervals: Vec<i64> = figures.iter().filter_map(|one| one.interval).collect();
    intervals.sort_unstable();
    let typical = intervals.get(intervals.len().saturating_sub(1) / 2).copied().unwrap_or(i64::from(NEW_DAYS) / 3);
    let expected: Vec<Option<Ahead>> = figures.iter().map(|one| ahead(one.member)).collect();
    let much = fifths(expected.iter().flatten().map(|ahead| ahead.amount_minor).collect())[3];
    let class = |(one, ahead): (&Figures, &Option<Ahead>)| {
        let scores = one.buyer.as_ref().map(|buyer| scorer.scores(one, buyer));
        let layer = layers.get(&one.member);
        let abc = abc.get(&one.member).copied();
        let is_promising = ahead.is_some_and(|ahead| ahead.amount_minor > much);
        let is_key_layer = layer.is_some_and(|(depth, _)| depth + 1 < pyramid.layers.len());
        Class {
            member: one.member,
            amount_minor: one.buyer.map_or(0, |buyer| buyer.amount_minor),
            layer: layer.map(|(_, layer)| layer.code.clone()),
            scores,
            cell: scores.map(cell),
            abc,
            stage: one.stage(typical, today),
            worth: match abc {
                Some(Abc::A) => Worth::High,
                _ if is_promising => Worth::Potential,
                _ => Worth::Ordinary,
            },
            expected_minor: ahead.map(|ahead| ahead.amount_minor),
            active_percent: ahead.and_then(|ahead| ahead.active_percent),
            bulk: layer.filter(|_| is_key_layer).and_then(|(_, layer)| guard::bulk(one, layer.lowest_minor.unwrap_or(0))),
            key_products: key_products(one.member),
        }
    };
    figures.iter().zip(&expected).map(class).collect()
}

#[cfg(test)]
mod tests;

//! Members by bands of age and of income: which bands a brand has, and which one somebody is in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::{Condition, Operand, Operator, Test};

/// The most bands of either kind.
pub const BANDS_MAX: usize = 20;
/// The most characters of a band of income.
pub const INCOME_CHARACTERS_MAX: usize = 200;
/// How many bands of income are taken from the files of a brand that names none itself.
pub const FOUND_MAX: usize = 8;

/// The bands by which members are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BandRules {
    /// The ages at which a band begins, rising, 1–120; below the first is a band of its own.
    pub ages: Vec<u8>,
    /// The bands of income as they stand in members' files, in the brand's order. None: those that stand in most files.
    #[serde(default)]
    pub incomes: Vec<String>,
}

impl Default for BandRules {
    fn default() -> Self {
        Self { ages: vec![18, 25, 35, 45, 55, 65], incomes: Vec::new() }
    }
}

/// Ages from one to another, both included; without an end for the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct AgeBand {
    /// The first age.
    pub from: u8,
    /// The last age; none for the oldest band.
    pub until: Option<u8>,
}

/// A column of the table: what stands in files as the band of income.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IncomeBand {
    /// One of the bands that are told apart.
    Named(String),
    /// Something else.
    Other,
    /// Nothing.
    Unknown,
}

impl BandRules {
    /// The field in which something is wrong.
    pub fn fault(&self) -> Option<&'static str> {
        let is_age = |age: &u8| (1..=120).contains(age);
        let rises = self.ages.is_sorted_by(|one, next| one < next);
        if self.ages.is_empty() || self.ages.len() > BANDS_MAX || !rises || !self.ages.iter().all(is_age) {
            return Some("ages");
        }
        let fits = |text: &String| {
            text.trim() == text && !text.is_empty() && text.chars().count() <= INCOME_CHARACTERS_MAX && !text.contains('\0')
        };
        let mut sorted = self.incomes.clone();
        sorted.sort_unstable();
        let twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
        (self.incomes.len() > BANDS_MAX || twice || !self.incomes.iter().all(fits)).then_some("incomes")
    }

    /// The bands of age from the youngest.
    pub fn age_bands(&self) -> Vec<AgeBand> {
        let starts = std::iter::once(0).chain(self.ages.iter().copied());
        let ends = self.ages.iter().map(|age| Some(age - 1)).chain([None]);
        starts.zip(ends).map(|(from, until)| AgeBand { from, until }).collect()
    }

    /// The place of the band of an age among [`BandRules::age_bands`].
    pub fn place_of(&self, age: i64) -> usize {
        self.ages.iter().filter(|start| age >= i64::from(**start)).count()
    }
}

fn test(attribute: Attribute, op: Operator, value: Option<Operand>) -> Condition {
    Condition::Test(Test { attribute, op, value })
}

fn not(condition: Condition) -> Condition {
    Condition::Not { not: Box::new(condition) }
}

/// Who is of a band of age; none: those whose age nobody knows.
pub fn of_age(band: Option<AgeBand>) -> Condition {
    let age = |op, value| test(Attribute::MemberAge, op, value);
    match band {
        None => age(Operator::IsMissing, None),
        Some(AgeBand { from, until: None }) => age(Operator::AtLeast, Some(Operand::Number(from.into()))),
        Some(AgeBand { from, until: Some(until) }) => {
            age(Operator::Between, Some(Operand::Numbers(vec![from.into(), until.into()])))
        }
    }
}

/// Who is of a band of income, where `named` are those that are told apart.
pub fn of_income(band: &IncomeBand, named: &[String]) -> Condition {
    let income = |op, value| test(Attribute::MemberIncome, op, value);
    match band {
        IncomeBand::Unknown => income(Operator::IsMissing, None),
        IncomeBand::Named(name) => income(Operator::Is, Some(Operand::Text(name.clone()))),
        IncomeBand::Other => {
            let mut all = vec![not(income(Operator::IsMissing, None))];
            if !named.is_empty() {
                all.push(not(income(Operator::In, Some(Operand::Texts(named.to_vec())))));
            }
            Condition::All { all }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_age_is_in_one_band() {
        let rules = BandRules::default();
        let bands = rules.age_bands();
        assert_eq!(bands.first(), Some(&AgeBand { from: 0, until: Some(17) }));
        assert_eq!(bands.last(), Some(&AgeBand { from: 65, until: None }));
        for age in 0..=130_i64 {
            let AgeBand { from, until } = bands[rules.place_of(age)];
            assert!(i64::from(from) <= age && until.is_none_or(|until| age <= i64::from(until)), "{age}");
        }
    }

    #[test]
    fn bands_that_cannot_stand_are_named() {
        let rules = |ages: &[u8], incomes: &[&str]| BandRules {
            ages: ages.to_vec(),
            incomes: incomes.iter().map(|text| (*text).to_owned()).collect(),
        };
        for (ages, incomes, fault) in [
            (&[20, 40][..], &["low", "high"][..], None),
            (&[1], &[], None),
            (&[], &[], Some("ages")),
            (&[40, 20], &[], Some("ages")),
            (&[20, 20], &[], Some("ages")),
            (&[0, 20], &[], Some("ages")),
            (&[20, 121], &[], Some("ages")),
            (&[20], &["low", "low"], Some("incomes")),
            (&[20], &[" low"], Some("incomes")),
            (&[20], &[""], Some("incomes")),
        ] {
            assert_eq!(rules(ages, incomes).fault(), fault, "{ages:?} {incomes:?}");
        }
    }
}

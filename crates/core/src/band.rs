//! Members by bands of age and of income: which bands a brand has, and which one somebody is in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::{Condition, CustomTest, Operand, Operator, Test};

/// The most bands of either kind.
pub const BANDS_MAX: usize = 20;
/// The most characters of a band of income.
pub const INCOME_CHARACTERS_MAX: usize = 200;
/// The most characters of the name of the field of stated ages.
pub const AGE_FIELD_CHARACTERS_MAX: usize = 64;
/// How many different texts of stated ages are told apart, those of most members first.
pub const STATED_MAX: usize = 200;
/// The oldest age that somebody states.
const OLDEST: i64 = 130;
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
    /// The brand's own field in which members without a birthday state their age, as a number or a band such as `35-44`; none: it is not asked.
    #[serde(default = "age_field")]
    #[schema(max_length = 64)]
    pub age_field: Option<String>,
}

fn age_field() -> Option<String> {
    Some("age".to_owned())
}

impl Default for BandRules {
    fn default() -> Self {
        Self { ages: vec![18, 25, 35, 45, 55, 65], incomes: Vec::new(), age_field: age_field() }
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
        let is_field = |name: &String| {
            !name.is_empty() && name.chars().count() <= AGE_FIELD_CHARACTERS_MAX && !name.contains(['"', '\\', '\0'])
        };
        if !self.age_field.as_ref().is_none_or(is_field) {
            return Some("age_field");
        }
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

/// The age that a text states: a number as it is, of a band such as `35-44` or `30대` the middle, of an open one such as `65+` or `under 18` the
/// age next to its bound; none where it says no age.
pub fn stated_age(text: &str) -> Option<i64> {
    let text: String = text.trim().to_lowercase();
    let mut numbers = text.split(|sign: char| !sign.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let number = |digits: &str| digits.parse::<i64>().ok().filter(|age| (0..=OLDEST).contains(age));
    let first = number(numbers.next()?)?;
    let second = numbers.next();
    if numbers.next().is_some() {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match second {
        Some(digits) => number(digits).filter(|second| first <= *second).map(|second| (first + second) / 2),
        None if has(&["under", "below", "<", "未满", "未滿", "以下", "미만", "이하"]) => Some((first - 1).max(0)),
        None if first % 10 == 0 && (has(&["대", "代"]) || text.ends_with('s')) => Some(first + 4),
        None => Some(first),
    }
}

/// What members without a birthday say of their age: the field, and each text with the place of its band.
#[derive(Debug, Clone, Copy)]
pub struct Stated<'a> {
    /// The brand's own field.
    pub field: &'a str,
    /// The texts that state an age, each with the place of its band.
    pub texts: &'a std::collections::BTreeMap<String, usize>,
}

impl Stated<'_> {
    /// Whoever states an age of a band, or any age at all.
    fn of(&self, place: Option<usize>) -> Option<Condition> {
        let is_of = |(_, of): &(&String, &usize)| place.is_none_or(|place| place == **of);
        let texts: Vec<String> = self.texts.iter().filter(is_of).map(|(text, _)| text.clone()).collect();
        let is_stated = !texts.is_empty();
        let test = CustomTest { custom: self.field.to_owned(), op: Operator::In, value: Some(Operand::Texts(texts)) };
        is_stated.then_some(Condition::Custom(test))
    }
}

/// Who is of a band of age, by the birthday or, without one, by what she states; none: those whose age nobody knows. `place` is that of the band.
pub fn of_age(band: Option<AgeBand>, place: usize, stated: Option<Stated<'_>>) -> Condition {
    let age = |op, value| test(Attribute::MemberAge, op, value);
    let missing = age(Operator::IsMissing, None);
    let by_birthday = match band {
        None => {
            return match stated.and_then(|stated| stated.of(None)) {
                Some(states) => Condition::All { all: vec![missing, not(states)] },
                None => missing,
            };
        }
        Some(AgeBand { from, until: None }) => age(Operator::AtLeast, Some(Operand::Number(from.into()))),
        Some(AgeBand { from, until: Some(until) }) => {
            age(Operator::Between, Some(Operand::Numbers(vec![from.into(), until.into()])))
        }
    };
    match stated.and_then(|stated| stated.of(Some(place))) {
        Some(states) => Condition::Any { any: vec![by_birthday, Condition::All { all: vec![missing, states] }] },
        None => by_birthday,
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
    fn stated_ages_are_numbers_or_the_middle_of_bands() {
        for (text, expected) in [
            ("42", Some(42)),
            ("35-44", Some(39)),
            ("19 ~ 24", Some(21)),
            ("35세–44세", Some(39)),
            ("65+", Some(65)),
            ("65岁以上", Some(65)),
            ("Under 18", Some(17)),
            ("18세 미만", Some(17)),
            ("30대", Some(34)),
            ("30s", Some(34)),
            ("32대", Some(32)),
            ("44-35", None),
            ("unknown", None),
            ("", None),
            ("1980-05-02", None),
            ("999", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(stated_age(text), expected, "{text}");
        }
    }

    #[test]
    fn bands_that_cannot_stand_are_named() {
        let rules = |ages: &[u8], incomes: &[&str]| BandRules {
            ages: ages.to_vec(),
            incomes: incomes.iter().map(|text| (*text).to_owned()).collect(),
            ..BandRules::default()
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

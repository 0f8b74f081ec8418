//! Stages of life: what people need, and how many of the members are in each.

use danggol_core::member::Gender;

use super::chance::{Chance, Weights};

/// A stage of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// At school or university.
    Student,
    /// Working, without children.
    Single,
    /// With a baby.
    Parent,
    /// With children at school.
    Family,
    /// The children are leaving.
    Midlife,
    /// Retired.
    Senior,
    /// Men who shop for themselves.
    Men,
}

impl Life {
    /// All of them, in the order of the columns of the catalogue.
    pub const ALL: [Life; 7] = [Life::Student, Life::Single, Life::Parent, Life::Family, Life::Midlife, Life::Senior, Life::Men];

    /// Its word in the data.
    pub fn word(self) -> &'static str {
        match self {
            Life::Student => "student",
            Life::Single => "single",
            Life::Parent => "parent",
            Life::Family => "family",
            Life::Midlife => "midlife",
            Life::Senior => "senior",
            Life::Men => "men",
        }
    }

    /// As it is spread among the customers of such a chain.
    pub fn draw(chance: &mut Chance) -> Self {
        Self::ALL[Weights::new([9.0, 22.0, 14.0, 20.0, 14.0, 10.0, 11.0]).draw(chance)]
    }

    /// Youngest and oldest.
    pub fn ages(self) -> (i64, i64) {
        match self {
            Life::Student => (17, 24),
            Life::Single => (23, 35),
            Life::Parent => (26, 40),
            Life::Family => (34, 50),
            Life::Midlife => (46, 61),
            Life::Senior => (60, 80),
            Life::Men => (21, 48),
        }
    }

    /// Gender, as it is spread at this stage.
    pub fn gender(self, chance: &mut Chance) -> Gender {
        let women = match self {
            Life::Student | Life::Single => 0.84,
            Life::Parent | Life::Family => 0.78,
            Life::Midlife => 0.70,
            Life::Senior => 0.60,
            Life::Men => 0.0,
        };
        if chance.once(women) { Gender::Female } else { Gender::Male }
    }

    /// Persons in the household, least and most.
    pub fn household(self) -> (i64, i64) {
        match self {
            Life::Student | Life::Single | Life::Men => (1, 3),
            Life::Parent | Life::Family => (3, 5),
            Life::Midlife => (2, 4),
            Life::Senior => (1, 2),
        }
    }

    /// How often they come, against the average.
    pub fn pace(self) -> f64 {
        match self {
            Life::Student => 0.75,
            Life::Single => 1.0,
            Life::Parent => 1.4,
            Life::Family => 1.2,
            Life::Midlife => 1.0,
            Life::Senior => 0.9,
            Life::Men => 0.65,
        }
    }

    /// The share of purchases that they make online.
    pub fn online(self) -> f64 {
        match self {
            Life::Student => 0.35,
            Life::Single => 0.40,
            Life::Parent => 0.38,
            Life::Family => 0.22,
            Life::Midlife => 0.12,
            Life::Senior => 0.03,
            Life::Men => 0.30,
        }
    }

    /// Hours of the day at which they like to come, with their weights.
    pub fn hours(self) -> &'static [(f64, f64)] {
        match self {
            Life::Student => &[(16.5, 3.0), (20.0, 2.0)],
            Life::Single => &[(12.5, 2.0), (19.3, 5.0)],
            Life::Parent => &[(10.5, 4.0), (15.5, 2.0), (19.0, 2.0)],
            Life::Family => &[(11.0, 2.0), (18.3, 4.0)],
            Life::Midlife => &[(10.0, 2.0), (17.5, 3.0)],
            Life::Senior => &[(9.7, 5.0), (15.0, 2.0)],
            Life::Men => &[(12.7, 2.0), (20.2, 4.0)],
        }
    }

    /// How much likelier each weekday is than another, Monday first.
    pub fn weekdays(self) -> [f64; 7] {
        match self {
            Life::Student | Life::Single | Life::Men => [0.8, 0.8, 0.85, 0.9, 1.15, 1.35, 1.15],
            Life::Parent => [1.05, 1.05, 1.0, 1.0, 1.0, 1.0, 0.9],
            Life::Family | Life::Midlife => [0.8, 0.85, 0.85, 0.9, 1.05, 1.4, 1.15],
            Life::Senior => [1.2, 1.15, 1.1, 1.05, 1.0, 0.75, 0.75],
        }
    }
}

//! A first look through the file, for what cannot be known row by row: whether more rows of a purchase follow further down, and how
//! often a row without a number has stood there before.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::Path;

use super::row;
use crate::import::control::Control;
use crate::import::mapping::Plan;
use crate::import::table::{Row, Table, TableError, TableOptions};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Rows of the file.
    pub rows: u64,
    /// By a hash of its number, the last row of each purchase whose rows do not all stand together. Two numbers of one hash only keep
    /// each other open longer.
    scattered: HashMap<u64, u64>,
    /// By its hash, how often a row without a number stands before the first row that is still to be taken.
    pub before: HashMap<i64, u32>,
}

/// The hash of a purchase's number.
pub(super) fn hash(number: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(number)
}

impl Survey {
    /// Looks through a file of which the rows from `next_row` on are still to be taken; ends early when an end is asked for.
    pub fn of(path: &Path, options: &TableOptions, plan: &Plan, next_row: u64, control: &Control) -> Result<Self, TableError> {
        let mut survey = Survey::default();
        let mut table = Table::open(path, options)?;
        let mut row = Row::default();
        let mut ended: HashSet<u64> = HashSet::new();
        let mut current: Option<u64> = None;
        while control.stopped().is_none() && table.next(&mut row)? {
            survey.rows += 1;
            let number = row::number(plan, &row);
            if number.is_none() && row.number() < next_row {
                *survey.before.entry(row::content_hash(plan, &row)).or_default() += 1;
            }
            let number = number.as_deref().map(hash);
            if number != current {
                ended.extend(current);
                current = number;
            }
            if let Some(number) = number.filter(|number| ended.contains(number)) {
                survey.scattered.insert(number, row.number());
            }
        }
        Ok(survey)
    }

    /// Whether rows of a purchase follow after a row.
    pub fn goes_on_after(&self, number: &str, row: u64) -> bool {
        !self.scattered.is_empty() && self.scattered.get(&hash(number)).is_some_and(|last| *last > row)
    }
}

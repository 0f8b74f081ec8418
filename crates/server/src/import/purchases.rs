//! Purchases from rows: one line of a purchase a row, or one purchase.
//!
//! Rows of one number are one purchase, wherever they stand. A row without a number is a purchase of its own, known by what it says and
//! by how many rows of the file before it say the same: importing the file again changes nothing. A purchase is kept whole or not at
//! all. A member whom nobody knows yet is made, unclaimed. Lines whose product is not in the catalogue, and lines at or under zero, are
//! kept and counted.

mod basket;
mod row;
mod sending;
mod survey;

use std::collections::{HashMap, HashSet};

use self::basket::Basket;
use self::sending::Sending;
use self::survey::Survey;
use super::control::Stop;
use super::reason::Reason;
use super::rejects::Original;
use super::run::{ImportError, Work};
use super::table::{Row, TableOptions};

/// Rows of purchases that go on further down; past that, the file must be sorted.
const OPEN_ROWS_MAX: usize = 1_000_000;
/// Rows between two points from which an import can go on.
const CUT_EVERY_ROWS: u64 = 2_000;

/// Takes all rows; gives why it ended before the file did.
pub(super) fn take(work: &mut Work<'_>, options: &TableOptions) -> Result<Option<Stop>, ImportError> {
    let survey = Survey::of(&work.job.body.path, options, &work.plan, work.outcome.next_row, work.control)?;
    if let Some(stop) = work.control.stopped() {
        return Ok(Some(stop));
    }
    work.rows_total = Some(survey.rows);
    let mut reading = Reading {
        says_amounts: row::says_amounts(&work.plan),
        seen: survey.before.clone(),
        survey,
        current: None,
        open: HashMap::new(),
        open_rows: 0,
        given_up: HashSet::new(),
        last_row: 0,
        cut_at: work.rows_read,
        sending: Sending::new(),
    };
    let mut row = Row::default();
    while work.next(&mut row)? {
        reading.add(work, &row)?;
        if let Some(stop) = work.control.stopped() {
            reading.sending.settle(work)?;
            return Ok(Some(stop));
        }
    }
    reading.end(work)?;
    Ok(None)
}

/// A file of purchases being read.
struct Reading {
    survey: Survey,
    says_amounts: bool,
    /// How often each row without a number has been seen.
    seen: HashMap<i64, u32>,
    /// The purchase that the last row belongs to.
    current: Option<Basket>,
    /// Purchases of which further rows follow.
    open: HashMap<String, Basket>,
    /// Rows of those.
    open_rows: usize,
    /// Hashes of the numbers of purchases that were given up while rows of them were still to come.
    given_up: HashSet<u64>,
    last_row: u64,
    /// Rows read at the last cut.
    cut_at: u64,
    sending: Sending,
}

impl Reading {
    fn add(&mut self, work: &mut Work<'_>, row: &Row) -> Result<(), ImportError> {
        let number = row::number(&work.plan, row);
        if self.current.as_ref().is_some_and(|basket| number.as_deref() != Some(basket.number())) {
            self.leave(work)?;
        }
        if self.current.is_none() {
            self.cut(work, row);
        }
        self.last_row = row.number();
        let original = Original::of(row);
        let read = row::read(&work.plan, &work.facts, row);
        match number {
            Some(number) if self.given_up.contains(&survey::hash(&number)) => {
                self.sending.push(work, Err(vec![(original, Reason::Scattered)]))?;
            }
            Some(number) => {
                let basket = match self.current.take() {
                    Some(basket) => basket,
                    None => self.reopen(number),
                };
                self.current.insert(basket).add(original, read);
            }
            None => {
                let hash = row::content_hash(&work.plan, row);
                let before = self.seen.entry(hash).or_default();
                let mut basket = Basket::new(format!("row:{:016x}:{before}", hash.cast_unsigned()), self.says_amounts);
                *before += 1;
                basket.add(original, read);
                self.close(work, basket)?;
            }
        }
        Ok(())
    }

    fn reopen(&mut self, number: String) -> Basket {
        match self.open.remove(&number) {
            Some(basket) => {
                self.open_rows -= basket.rows();
                basket
            }
            None => Basket::new(number, self.says_amounts),
        }
    }

    /// Leaves the current purchase: it is complete, or waits for its further rows.
    fn leave(&mut self, work: &mut Work<'_>) -> Result<(), ImportError> {
        let Some(basket) = self.current.take() else { return Ok(()) };
        if !self.survey.goes_on_after(basket.number(), self.last_row) {
            return self.close(work, basket);
        }
        self.open_rows += basket.rows();
        self.open.insert(basket.number().to_owned(), basket);
        if self.open_rows <= OPEN_ROWS_MAX {
            return Ok(());
        }
        self.open_rows = 0;
        for (number, basket) in std::mem::take(&mut self.open) {
            self.given_up.insert(survey::hash(&number));
            self.sending.push(work, Err(basket.give_up(&Reason::Scattered)))?;
        }
        Ok(())
    }

    fn close(&mut self, work: &mut Work<'_>, basket: Basket) -> Result<(), ImportError> {
        let rules = work.app.rules();
        let closed = basket.close(work.job.body.purchases_as, |at_ms| rules.moment(at_ms));
        self.sending.push(work, closed)
    }

    /// Notes, now and then, that no purchase has rows on both sides of the one that is about to be taken.
    fn cut(&mut self, work: &Work<'_>, row: &Row) {
        let rows_before = work.rows_read - 1;
        if self.open.is_empty() && self.given_up.is_empty() && rows_before >= self.cut_at + CUT_EVERY_ROWS {
            self.cut_at = rows_before;
            self.sending.cut(row.number(), rows_before);
        }
    }

    /// Closes what is open, and waits until everything is settled.
    fn end(&mut self, work: &mut Work<'_>) -> Result<(), ImportError> {
        self.leave(work)?;
        let mut open: Vec<Basket> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by(|one, other| one.number().cmp(other.number()));
        for basket in open {
            self.close(work, basket)?;
        }
        self.sending.cut(self.last_row + 1, work.rows_read);
        self.sending.flush(work)?;
        self.sending.settle(work)
    }
}

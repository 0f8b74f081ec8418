//! Who came in the same month, and how many of them buy in the months after.

use danggol_core::time::{date_of, day_number};
use jiff::civil::{Date, date};

use crate::roster::{Period, Roster};
use crate::share::fold_members;

/// By what members belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortOf {
    /// The month in which they joined.
    Joined,
    /// The month of their first purchase.
    FirstPurchase,
}

/// Those who came in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// The first day of the month.
    pub month: Date,
    /// How many they are.
    pub members: u32,
    /// How many of them bought in that month, the one after it, and so on to the last month.
    pub active: Vec<u32>,
}

/// Cohorts by month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohorts {
    /// The earliest first; months in which nobody came are there too.
    pub cohorts: Vec<Cohort>,
}

/// Months counted from the year 0.
fn month_of(day: i32) -> i32 {
    let date = date_of(day);
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

fn first_of(month: i32) -> Date {
    date(month.div_euclid(12) as i16, month.rem_euclid(12) as i8 + 1, 1)
}

/// Who came in a month, and who of them bought so many months later: a row a month, with a place more than there are months for what lies
/// outside.
struct Square {
    months: usize,
    members: Vec<u32>,
    active: Vec<u32>,
}

/// The cohorts whose month lies wholly or partly in a period, and the months of it in which they bought. A purchase counts in the month of
/// its business day. Those who joined after their first purchase was made count from the month of joining.
pub fn cohorts(roster: &Roster, of: CohortOf, period: Period, threads: usize) -> Cohorts {
    let purchases = &roster.purchases;
    let (Some(first), Some(last)) = (purchases.day.iter().min(), purchases.day.iter().max()) else {
        return Cohorts { cohorts: Vec::new() };
    };
    let (first_day, last_day) = (purchases.first_day + i32::from(*first), purchases.first_day + i32::from(*last));
    let (first_day, last_day) = (first_day.max(period.from_day), last_day.min(period.to_day));
    if first_day > last_day {
        return Cohorts { cohorts: Vec::new() };
    }
    let first_month = month_of(first_day);
    let months = (month_of(last_day) - first_month + 1) as usize;
    // The month of each day as the day column has it; what lies outside the months is the one after the last.
    let month_of_day: Vec<u16> = (0..=*last)
        .map(|day| {
            let month = month_of(purchases.first_day + i32::from(day)) - first_month;
            usize::try_from(month).ok().filter(|month| *month < months).unwrap_or(months) as u16
        })
        .collect();
    let starts: Vec<i32> = (0..months as i32).map(|month| day_number(first_of(first_month + month))).collect();
    let joined = |place: usize| match roster.members.joined_day[place] {
        day if day > last_day => None,
        day => starts.partition_point(|start| *start <= day).checked_sub(1),
    };
    let squares = fold_members(&roster.members.purchases, threads, |range| {
        let mut square = Square { months, members: vec![0; months], active: vec![0; months * (months + 1)] };
        for place in range {
            let days = &purchases.day[roster.purchases_of(place)];
            let own = match of {
                CohortOf::Joined => joined(place),
                CohortOf::FirstPurchase => days.first().map(|day| usize::from(month_of_day[usize::from(*day)])),
            };
            if let Some(own) = own.filter(|own| *own < months) {
                square.add(own, days, &month_of_day);
            }
        }
        square
    });
    let cohorts = (0..months).map(|own| Cohort {
        month: first_of(first_month + own as i32),
        members: squares.iter().map(|square| square.members[own]).sum(),
        active: (0..months - own)
            .map(|later| squares.iter().map(|square| square.active[own * (months + 1) + later]).sum())
            .collect(),
    });
    Cohorts { cohorts: cohorts.collect() }
}

impl Square {
    /// Takes in a member of the cohort `own`. What lies before the cohort or after the last month is not counted.
    #[inline]
    fn add(&mut self, own: usize, days: &[u16], month_of_day: &[u16]) {
        self.members[own] += 1;
        let months = self.months;
        let row = &mut self.active[own * (months + 1)..(own + 1) * (months + 1)];
        if months < 64 {
            // A bit a month: nothing branches and nothing is written while her purchases pass by.
            let seen = days.iter().fold(0_u64, |seen, day| seen | 1 << month_of_day[usize::from(*day)]);
            let mut left = (seen & ((1 << months) - 1)) >> own;
            while left != 0 {
                row[left.trailing_zeros() as usize] += 1;
                left &= left - 1;
            }
            return;
        }
        // Her days stand in order, so each month is seen once.
        let mut seen = usize::MAX;
        for day in days {
            let month = usize::from(month_of_day[usize::from(*day)]);
            row[if month < own { months } else { month - own }] += u32::from(month != seen);
            seen = month;
        }
    }
}

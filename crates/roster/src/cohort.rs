//! Who came in the same month, and how many of them buy in the months after.

use danggol_core::time::{date_of, day_number};
use jiff::civil::{Date, date};

use crate::roster::{Period, Roster};
use crate::share::{fold_members, fold_rows};

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

/// The most months that a member's purchases are kept in as a bit each.
const BITS: usize = 64;
/// Members that planes count before they overflow.
const FULL: u32 = 255;

/// Who came in a month, and who of them bought so many months later: a row a month, with a place more than there are months for what lies
/// outside.
struct Square {
    months: usize,
    members: Vec<u32>,
    active: Vec<u32>,
    /// What is not in `active` yet, for each cohort: a figure a bit's place, of which a plane has one binary digit.
    planes: Vec<[u64; 8]>,
}

/// The cohorts whose month lies wholly or partly in a period, and the months of it in which they bought. A purchase counts in the month of
/// its business day. Those who joined after their first purchase was made count from the month of joining.
pub fn cohorts(roster: &Roster, of: CohortOf, period: Period, threads: usize) -> Cohorts {
    let purchases = &roster.purchases;
    if purchases.day.is_empty() {
        return Cohorts { cohorts: Vec::new() };
    }
    // Values and not places are compared, many at once.
    let bounds = fold_rows(purchases.day.len(), threads, |rows| {
        purchases.day[rows].iter().fold((u16::MAX, u16::MIN), |(first, last), day| (first.min(*day), last.max(*day)))
    });
    let (first, last) = bounds.iter().fold((u16::MAX, u16::MIN), |(first, last), part| (first.min(part.0), last.max(part.1)));
    let (first_day, last_day) = (purchases.first_day + i32::from(first), purchases.first_day + i32::from(last));
    let (first_day, last_day) = (first_day.max(period.from_day), last_day.min(period.to_day));
    if first_day > last_day {
        return Cohorts { cohorts: Vec::new() };
    }
    let first_month = month_of(first_day);
    let months = (month_of(last_day) - first_month + 1) as usize;
    // The month of each day as the day column has it; what lies outside the months is the one after the last.
    let month_of_day: Vec<u16> = (0..=last)
        .map(|day| {
            let month = month_of(purchases.first_day + i32::from(day)) - first_month;
            usize::try_from(month).ok().filter(|month| *month < months).unwrap_or(months) as u16
        })
        .collect();
    let bit_of_day = bits(&month_of_day, months);
    let starts: Vec<i32> = (0..months as i32).map(|month| day_number(first_of(first_month + month))).collect();
    let joined = |place: usize| match roster.members.joined_day[place] {
        day if day > last_day => None,
        day => starts.partition_point(|start| *start <= day).checked_sub(1),
    };
    let squares = fold_members(&roster.members.purchases, threads, |range| {
        let mut square = Square::new(months);
        for place in range {
            let days = &purchases.day[roster.purchases_of(place)];
            let own = match of {
                CohortOf::Joined => joined(place),
                CohortOf::FirstPurchase => days.first().map(|day| usize::from(month_of_day[usize::from(*day)])),
            };
            if let Some(own) = own.filter(|own| *own < months) {
                match &bit_of_day {
                    Some(bit_of_day) => {
                        let seen = days.iter().fold(0, |seen, day| seen | bit_of_day[usize::from(*day)]);
                        square.add_bits(own, seen);
                    }
                    None => square.add(own, days, &month_of_day),
                }
            }
        }
        (0..months).for_each(|own| square.empty_planes(own));
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

/// The bit of each day's month, none for a day outside all months; nothing where there are more months than bits. A place for each day that
/// there could be spares a look at the length for each purchase.
fn bits(month_of_day: &[u16], months: usize) -> Option<Box<[u64; 1 << 16]>> {
    if months > BITS {
        return None;
    }
    let mut bits = vec![0; 1 << 16];
    for (bit, month) in bits.iter_mut().zip(month_of_day) {
        *bit = if usize::from(*month) < months { 1 << month } else { 0 };
    }
    bits.into_boxed_slice().try_into().ok()
}

impl Square {
    fn new(months: usize) -> Self {
        Square { months, members: vec![0; months], active: vec![0; months * (months + 1)], planes: vec![[0; 8]; months] }
    }

    /// Takes in a member of the cohort `own`, a bit for each month in which she bought. Adding to all months at once, digit by digit, branches
    /// nowhere. What lies before the cohort is not counted.
    #[inline]
    fn add_bits(&mut self, own: usize, seen: u64) {
        let mut carry = seen >> own;
        for plane in &mut self.planes[own] {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
        self.members[own] += 1;
        if self.members[own].is_multiple_of(FULL) {
            self.empty_planes(own);
        }
    }

    fn empty_planes(&mut self, own: usize) {
        let planes = std::mem::take(&mut self.planes[own]);
        let row = &mut self.active[own * (self.months + 1)..(own + 1) * (self.months + 1)];
        for (later, active) in row.iter_mut().enumerate().take(BITS) {
            *active += (0..).zip(planes).map(|(digit, plane)| ((plane >> later & 1) as u32) << digit).sum::<u32>();
        }
    }

    /// Takes in a member of the cohort `own`. What lies before the cohort or after the last month is not counted.
    fn add(&mut self, own: usize, days: &[u16], month_of_day: &[u16]) {
        self.members[own] += 1;
        let months = self.months;
        let row = &mut self.active[own * (months + 1)..(own + 1) * (months + 1)];
        // Her days stand in order, so each month is seen once.
        let mut seen = usize::MAX;
        for day in days {
            let month = usize::from(month_of_day[usize::from(*day)]);
            row[if month < own { months } else { month - own }] += u32::from(month != seen);
            seen = month;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_carry_over_many_members() {
        for months in [1, 24, BITS] {
            let mut square = Square::new(months);
            let mut expected = vec![vec![0_u32; months]; months];
            for member in 0..1_500_u64 {
                let own = member as usize % months.min(3);
                let seen = member.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (BITS - months);
                square.add_bits(own, seen);
                (own..months).for_each(|month| expected[own][month - own] += (seen >> month & 1) as u32);
            }
            (0..months).for_each(|own| square.empty_planes(own));
            let found = |own: usize| square.active[own * (months + 1)..][..months].to_vec();
            assert_eq!((0..months).map(found).collect::<Vec<_>>(), expected, "{months}");
        }
    }
}

//! What can be said of each member in one value.

use crate::column::{Low, Narrow};
use crate::favourite::{Favourite, favourites};
use crate::roster::{Period, Roster};
use crate::share::per_member;

/// One value a member and fact, in the order of [`Roster::ids`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// What she bought in the period, in minor units.
    pub amount: Narrow<i32>,
    /// Purchases in the period.
    pub purchases: Narrow<i16>,
    /// Business day of the last purchase in the period, after the first day of the roster; 0 where there is none.
    pub last_day: Vec<u16>,
    /// Where she buys most often, over all time, as [`favourites`] tells it.
    pub store: Vec<u16>,
    /// What she buys most often, over all time.
    pub category: Vec<u16>,
    /// One more than the hour at which she buys most often, over all time.
    pub hour: Vec<u16>,
}

/// The facts of a period.
pub fn facts(roster: &Roster, period: Period, threads: usize) -> Facts {
    let deeds = deeds(roster, period, threads);
    Facts {
        amount: deeds.iter().map(|(amount, _, _)| *amount).collect(),
        purchases: deeds.iter().map(|(_, count, _)| i64::from(*count)).collect(),
        last_day: deeds.iter().map(|(_, _, day)| *day).collect(),
        store: favourites(roster, Favourite::Store, threads),
        category: favourites(roster, Favourite::Category, threads),
        hour: favourites(roster, Favourite::Hour, threads),
    }
}

/// What a member did in the period: amount in minor units, purchases, the last day as the day column has it.
pub(crate) type Did = (i64, u32, u16);

/// What each member did in a period; nothing where she bought nothing.
pub(crate) fn deeds(roster: &Roster, period: Period, threads: usize) -> Vec<Did> {
    let Some(days) = roster.days(period) else { return vec![Did::default(); roster.members()] };
    let amount = &roster.purchases.amount;
    let mut deeds = per_member(
        &roster.members.purchases,
        threads,
        || (),
        |(), place| {
            let rows = roster.within(roster.purchases_of(place), days);
            let last_day = roster.purchases.day[rows.clone()].last().copied().unwrap_or_default();
            (amount.low[rows.clone()].iter().map(|low| low.wide()).sum(), rows.len() as u32, last_day)
        },
    );
    for &(row, rest) in &amount.rest {
        if (days.0..=days.1).contains(&roster.purchases.day[row as usize]) {
            deeds[Roster::place_of(&roster.members.purchases, row)].0 += rest;
        }
    }
    deeds
}

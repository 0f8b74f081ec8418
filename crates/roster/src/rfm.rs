//! Recency, frequency and amount in quintiles (Hughes, "Strategic Database Marketing", 1994).

use crate::facts::deeds;
use crate::ranking::Ranking;
use crate::roster::{Period, Roster};
use crate::share::per_member;

/// Scores of everybody who bought in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rfm {
    /// How many bought.
    pub buyers: usize,
    /// Recency, frequency and amount, each 1–5 and 5 the best, in the order of [`Roster::ids`]; zeros for who bought nothing.
    pub scores: Vec<[u8; 3]>,
    /// What must be passed for a score of 2, 3, 4 and 5: the business day of the last purchase (since 1970-01-01), the number of
    /// purchases, the amount in minor units.
    pub bounds: [[i64; 4]; 3],
}

/// Scores members by fifths of the buyers. Equal values have equal scores: a score is one more than the number of fifths that end
/// below the value, so a value that fills more than a fifth takes the lowest score it reaches.
pub fn rfm(roster: &Roster, period: Period, threads: usize) -> Rfm {
    let deeds = deeds(roster, period, threads);
    let ids = roster.ids();
    let days = Ranking::new(ids, threads, |row| (deeds[row].1 > 0).then(|| deeds[row].2.into()));
    let counts = Ranking::new(ids, threads, |row| (deeds[row].1 > 0).then(|| deeds[row].1.into()));
    let amounts = Ranking::new(ids, threads, |row| (deeds[row].1 > 0).then(|| deeds[row].0));
    let buyers = days.ranked();
    // The last of each fifth from below, as a place from the top.
    let places = [1, 2, 3, 4].map(|fifth| buyers + 1 - (buyers * fifth).div_ceil(5).max(1));
    let bounds = [days.values_at(&places), counts.values_at(&places), amounts.values_at(&places)];
    let bounds = bounds.map(|found| [0, 1, 2, 3].map(|fifth| found[fifth].unwrap_or(0)));
    let score = |value: i64, bounds: &[i64; 4]| 1 + bounds.iter().map(|bound| u8::from(value > *bound)).sum::<u8>();
    let scores = per_member(
        &roster.members.purchases,
        threads,
        || (),
        |(), row| match deeds[row] {
            (_, 0, _) => [0; 3],
            (amount, count, day) => [score(day.into(), &bounds[0]), score(count.into(), &bounds[1]), score(amount, &bounds[2])],
        },
    );
    let first_day = i64::from(roster.purchases.first_day);
    let bounds = [bounds[0].map(|day| day + first_day), bounds[1], bounds[2]];
    Rfm { buyers, scores, bounds }
}

//! Places in a ranking, found without sorting it.

use crate::histogram::{BUCKETS, Histogram, bucket, exact};
use crate::share::fold_rows;

/// The row in a place of the ranking, and what all down to it have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranked {
    /// What it is ranked by.
    pub value: i64,
    /// Its id, which decides among equal values: the lower ranks higher.
    pub id: i64,
    /// The sum of the values from the top down to it.
    pub sum: i64,
}

/// Rows ranked by a value, the greatest first, ties by the lower id; rows without a value are not ranked.
pub struct Ranking<'a, V> {
    ids: &'a [i64],
    value: V,
    threads: usize,
    histogram: Histogram,
    ranked: usize,
    sum: i64,
}

impl<'a, V: Fn(usize) -> Option<i64> + Sync> Ranking<'a, V> {
    /// The ranking of the rows that have these ids, by what `value` says of each.
    pub fn new(ids: &'a [i64], threads: usize, value: V) -> Ranking<'a, V> {
        let histograms = fold_rows(ids.len(), threads, |rows| Histogram::of(rows.filter_map(&value)));
        let mut histograms = histograms.into_iter();
        let mut histogram = histograms.next().unwrap_or_else(|| Histogram::of(std::iter::empty()));
        histograms.for_each(|other| histogram.add(&other));
        let (ranked, sum) = histogram.descending().fold((0, 0), |(ranked, sum), (_, more, count)| (ranked + count, sum + more));
        Ranking { ids, value, threads, histogram, ranked, sum }
    }

    /// How many rows are ranked.
    pub fn ranked(&self) -> usize {
        self.ranked
    }

    /// The sum of all values.
    pub fn sum(&self) -> i64 {
        self.sum
    }

    /// The rows in some places, counted from 1 at the top; none for place 0 and for those beyond the last.
    ///
    /// A histogram says in which bucket each place lies; only the rows of those buckets are looked at again and sorted.
    pub fn at(&self, places: &[usize]) -> Vec<Option<Ranked>> {
        let mut slots = vec![0_u16; BUCKETS];
        let mut above: Vec<(usize, i64)> = vec![(0, 0)];
        let mut sorted: Vec<usize> = places.iter().copied().filter(|place| (1..=self.ranked).contains(place)).collect();
        sorted.sort_unstable();
        let (mut next, mut rows, mut sum) = (0, 0, 0);
        for (bucket, more, count) in self.histogram.descending() {
            let until = sorted[next..].partition_point(|place| *place <= rows + count);
            if until > 0 {
                slots[bucket] = above.len() as u16;
                above.push((rows, sum));
                next += until;
            }
            (rows, sum) = (rows + count, sum + more);
        }
        let held = self.held(&slots, above.len());
        let found = places.iter().map(|&place| {
            let within = (1..=self.ranked).contains(&place).then_some(place)?;
            let slot = above.partition_point(|(rows, _)| *rows < within) - 1;
            let (rows, sum) = above[slot];
            let held = &held[slot][..within - rows];
            let (value, id) = *held.last()?;
            Some(Ranked { value, id, sum: sum + held.iter().map(|(value, _)| value).sum::<i64>() })
        });
        found.collect()
    }

    /// The values in some places, as [`Ranking::at`] finds them. Where they are small, no row is looked at again.
    pub fn values_at(&self, places: &[usize]) -> Vec<Option<i64>> {
        match self.exact_values_at(places) {
            Some(values) => values,
            None => self.at(places).into_iter().map(|found| found.map(|ranked| ranked.value)).collect(),
        }
    }

    /// [`Ranking::values_at`] where each of the places lies in a bucket of one value.
    fn exact_values_at(&self, places: &[usize]) -> Option<Vec<Option<i64>>> {
        let mut values = vec![None; places.len()];
        let mut above = 0;
        for (bucket, _, count) in self.histogram.descending() {
            let within = above + 1..=above + count;
            for (value, _) in values.iter_mut().zip(places).filter(|(_, place)| within.contains(place)) {
                *value = Some(exact(bucket)?);
            }
            above += count;
        }
        Some(values)
    }

    /// The rows of the buckets that have a slot, by slot, each from its top: value and id.
    fn held(&self, slots: &[u16], count: usize) -> Vec<Vec<(i64, i64)>> {
        let parts = fold_rows(self.ids.len(), self.threads, |rows| {
            let mut held = vec![Vec::new(); count];
            for row in rows {
                let Some(value) = (self.value)(row) else { continue };
                let slot = slots[bucket(value)];
                if slot > 0 {
                    held[usize::from(slot)].push((value, self.ids[row]));
                }
            }
            held
        });
        let mut held = vec![Vec::new(); count];
        for part in parts {
            held.iter_mut().zip(part).for_each(|(all, mut more)| all.append(&mut more));
        }
        held.iter_mut().for_each(|slot| slot.sort_unstable_by_key(|(value, id)| (std::cmp::Reverse(*value), *id)));
        held
    }
}

impl Ranked {
    /// Whether a row stands below this one.
    #[inline]
    pub(crate) fn is_above(&self, value: i64, id: i64) -> bool {
        value < self.value || (value == self.value && id > self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_sorted_ranking() {
        let bits = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
        for spread in [1, 7, 3_000, 1 << 30] {
            let values: Vec<Option<i64>> =
                (0..70_000).map(|row| (row % 5 > 0).then(|| (bits(row) % spread) as i64 - 3)).collect();
            let ids: Vec<i64> = (0..70_000).map(|row| (row * 7) % 70_001).collect();
            let mut sorted: Vec<(i64, i64)> = values.iter().zip(&ids).filter_map(|(value, id)| Some(((*value)?, *id))).collect();
            sorted.sort_unstable_by_key(|(value, id)| (std::cmp::Reverse(*value), *id));
            let ranking = Ranking::new(&ids, 2, |row| values[row]);
            assert_eq!(ranking.ranked(), 56_000);
            assert_eq!(ranking.sum(), sorted.iter().map(|(value, _)| value).sum::<i64>());
            let places = [0, 56_000, 1, 2, 560, 2_800, 2_801, 11_200, 55_999, 56_001];
            let expected = places.map(|place| {
                let (value, id) = *sorted.get(place - usize::from(place > 0)).filter(|_| place > 0)?;
                Some(Ranked { value, id, sum: sorted[..place].iter().map(|(value, _)| value).sum() })
            });
            assert_eq!(ranking.at(&places), expected, "{spread}");
            assert_eq!(ranking.values_at(&places), expected.map(|found| found.map(|ranked| ranked.value)), "{spread}");
        }
    }
}

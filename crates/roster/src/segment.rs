//! Counting members over columns that hold one value each.

#[cfg(target_arch = "x86_64")]
mod lanes;

use std::ops::Range;

use crate::column::{Low, Narrow};
use crate::share::fold_rows;

/// Members looked at together: their marks stay in the nearest cache.
const BLOCK: usize = 512;
/// The mark of who has passed so far.
const PASSES: u8 = u8::MAX;

/// A column with a value a member.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Of 8 bits.
    U8(&'a [u8]),
    /// Of 16 bits.
    U16(&'a [u16]),
    /// Counts.
    Counts(&'a Narrow<i16>),
    /// Amounts.
    Amounts(&'a Narrow<i32>),
}

/// Whether a value lies within two bounds, both included.
#[derive(Debug, Clone, Copy)]
pub struct Test<'a> {
    /// The values.
    pub values: Values<'a>,
    /// The least that passes.
    pub least: i64,
    /// The greatest that passes.
    pub most: i64,
}

impl Values<'_> {
    fn len(&self) -> usize {
        match self {
            Values::U8(values) => values.len(),
            Values::U16(values) => values.len(),
            Values::Counts(values) => values.len(),
            Values::Amounts(values) => values.len(),
        }
    }
}

/// Takes the mark off the values outside two bounds.
macro_rules! keep {
    ($values:expr, $kind:ty, $unsigned:ty, $lanes:ident, $test:expr, $marks:expr) => {{
        let values = $values;
        let least = $test.least.max(i64::from(<$kind>::MIN));
        let most = $test.most.min(i64::from(<$kind>::MAX));
        if least > most {
            $marks.fill(0);
        } else {
            // One comparison of the distance from the least does for both bounds.
            let (least, span) = (least as $kind, (most - least) as $unsigned);
            #[cfg(target_arch = "x86_64")]
            let done = match is_x86_feature_detected!("avx2") {
                // SAFETY: the processor has what the function was compiled for.
                true => unsafe { lanes::$lanes(values, least as $unsigned, span, $marks) },
                false => 0,
            };
            #[cfg(not(target_arch = "x86_64"))]
            let done = 0;
            for (mark, value) in $marks[done..].iter_mut().zip(&values[done..]) {
                *mark &= PASSES * u8::from(value.wrapping_sub(least) as $unsigned <= span);
            }
        }
    }};
}

impl Test<'_> {
    /// Takes the mark off those in the rows who do not pass.
    fn keep(&self, start: usize, marks: &mut [u8]) {
        let rows = start..start + marks.len();
        match self.values {
            Values::U8(values) => keep!(&values[rows], u8, u8, keep_8, self, marks),
            Values::U16(values) => keep!(&values[rows], u16, u16, keep_16, self, marks),
            Values::Counts(values) => {
                let apart = self.apart(values, start, marks);
                keep!(&values.low[rows], i16, u16, keep_16, self, marks);
                apart.into_iter().for_each(|(row, mark)| marks[row] = mark);
            }
            Values::Amounts(values) => {
                let apart = self.apart(values, start, marks);
                keep!(&values.low[rows], i32, u32, keep_32, self, marks);
                apart.into_iter().for_each(|(row, mark)| marks[row] = mark);
            }
        }
    }

    /// The marks of the few whose value does not fit the narrow column, as they will be: row among the marks, and mark.
    fn apart<T: Low>(&self, values: &Narrow<T>, start: usize, marks: &[u8]) -> Vec<(usize, u8)> {
        let from = values.rest.partition_point(|(row, _)| (*row as usize) < start);
        let apart = values.rest[from..].iter().map(|(row, rest)| (*row as usize, rest));
        let apart = apart.take_while(|(row, _)| *row < start + marks.len());
        let apart = apart.map(|(row, rest)| {
            let passes = (self.least..=self.most).contains(&(values.low[row].wide() + rest));
            (row - start, marks[row - start] * u8::from(passes))
        });
        apart.collect()
    }
}

/// How many members pass all tests, of those whom every column has; without a test nobody is counted.
pub fn count(tests: &[Test<'_>], threads: usize) -> usize {
    let Some(rows) = tests.iter().map(|test| test.values.len()).min() else { return 0 };
    fold_rows(rows, threads, |rows| passed(tests, rows)).into_iter().sum()
}

/// How many of the rows pass all tests.
fn passed(tests: &[Test<'_>], rows: Range<usize>) -> usize {
    let mut marks = [0_u8; BLOCK];
    let mut passed = 0;
    for start in rows.clone().step_by(BLOCK) {
        let marks = &mut marks[..BLOCK.min(rows.end - start)];
        marks.fill(PASSES);
        tests.iter().for_each(|test| test.keep(start, marks));
        passed += marks.iter().map(|mark| u16::from(mark & 1)).sum::<u16>() as usize;
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_pass_all_tests_or_do_not_count() {
        let ages: Vec<u8> = (0..10_000).map(|row| (row % 100) as u8).collect();
        let days: Vec<u16> = (0..10_000).map(|row| (row % 1_000) as u16).collect();
        let (mut counts, mut amounts) = (Narrow::<i16>::default(), Narrow::<i32>::default());
        for row in 0..10_000 {
            counts.push(if row == 7 { 100_000 } else { row % 10 });
            amounts.push(if row == 9 { 1 << 40 } else { row - 5_000 });
        }
        let test = |values, least, most| Test { values, least, most };
        for (tests, expected) in [
            (vec![], 0),
            (vec![test(Values::U8(&ages), 0, 99)], 10_000),
            (vec![test(Values::U8(&ages), 20, 29)], 1_000),
            (vec![test(Values::U8(&ages), 300, 400)], 0),
            (vec![test(Values::U8(&ages), i64::MIN, 0), test(Values::U16(&days), 500, i64::MAX)], 50),
            (vec![test(Values::Counts(&counts), 3, 3), test(Values::Amounts(&amounts), -5_000, -1)], 500),
            (vec![test(Values::Counts(&counts), 10, i64::MAX)], 1),
            (vec![test(Values::Counts(&counts), 7, 7)], 999),
            (vec![test(Values::Amounts(&amounts), 1 << 40, 1 << 40)], 1),
            (vec![test(Values::Amounts(&amounts), 5_000, i64::MAX), test(Values::U8(&ages), 8, 8)], 0),
            (vec![test(Values::Amounts(&amounts), i64::MIN, i64::MAX)], 10_000),
            (vec![test(Values::Amounts(&amounts), 1, 0)], 0),
        ] {
            assert_eq!(count(&tests, 2), expected, "{tests:?}");
        }
    }
}

//! Sharing work among threads, by members.

use std::ops::Range;
use std::thread;

/// Cuts members into at most `threads` ranges with about the same number of rows each; `starts` says where the rows of each begin.
fn ranges(starts: &[u32], threads: usize) -> Vec<Range<usize>> {
    let members = starts.len().saturating_sub(1);
    let rows = starts.last().copied().unwrap_or(0) as usize;
    let threads = threads.clamp(1, members.max(1));
    let mut from = 0;
    let ranges = (1..=threads).map(|part| {
        // A member costs something beside her rows.
        let wanted = (rows + members) as u128 * part as u128 / threads as u128;
        let weight = |place: usize| starts[place] as u128 + place as u128;
        let mut to = from;
        let mut step = members - from;
        while step > 0 {
            match to + step <= members && weight(to + step) <= wanted {
                true => to += step,
                false => step /= 2,
            }
        }
        let to = if part == threads { members } else { to };
        let range = from..to;
        from = to;
        range
    });
    ranges.collect()
}

/// Makes a value for each member, with something to work on for each thread.
pub(crate) fn per_member<T, S>(
    starts: &[u32],
    threads: usize,
    scratch: impl Fn() -> S + Sync,
    value: impl Fn(&mut S, usize) -> T + Sync,
) -> Vec<T>
where
    T: Copy + Default + Send,
{
    // Zeros come untouched from the system: the thread that writes a page is the first to touch it.
    let mut values = vec![T::default(); starts.len().saturating_sub(1)];
    let ranges = ranges(starts, threads);
    thread::scope(|scope| {
        let mut rest = values.as_mut_slice();
        let mut own = None;
        let count = ranges.len();
        for (index, range) in ranges.into_iter().enumerate() {
            let (part, after) = rest.split_at_mut(range.len());
            rest = after;
            let (scratch, value) = (&scratch, &value);
            let work = move || {
                let mut scratch = scratch();
                part.iter_mut().zip(range).for_each(|(slot, member)| *slot = value(&mut scratch, member));
            };
            // The calling thread is one of them.
            match index + 1 == count {
                true => own = Some(work),
                false => drop(scope.spawn(work)),
            }
        }
        if let Some(work) = own {
            work();
        }
    });
    values
}

/// Folds members range by range, each on a thread; the results stand in the order of the ranges.
pub(crate) fn fold_members<R: Send>(starts: &[u32], threads: usize, fold: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    in_threads(ranges(starts, threads), fold)
}

/// Folds rows range by range, each on a thread, in ranges of the same size.
pub(crate) fn fold_rows<R: Send>(rows: usize, threads: usize, fold: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let threads = threads.clamp(1, rows.div_ceil(SMALL).max(1));
    let ranges = (0..threads).map(|part| rows * part / threads..rows * (part + 1) / threads);
    in_threads(ranges.collect(), fold)
}

/// Rows below which a thread costs more than it brings.
const SMALL: usize = 65_536;

fn in_threads<R: Send>(ranges: Vec<Range<usize>>, fold: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let fold = &fold;
    thread::scope(|scope| {
        let mut ranges = ranges.into_iter();
        let own = ranges.next();
        let others: Vec<_> = ranges.map(|range| scope.spawn(move || fold(range))).collect();
        let own = own.map(fold);
        // A panic of a thread goes on in the one that waits for it.
        let others = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        own.into_iter().chain(others).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_everybody_once_and_about_the_same_rows() {
        for (starts, threads, expected) in [
            (vec![0, 10, 20, 30, 40], 2, vec![0..2, 2..4]),
            (vec![0, 97, 98, 99, 100], 2, vec![0..0, 0..4]),
            (vec![0, 1, 2, 3, 100], 2, vec![0..3, 3..4]),
            (vec![0, 5, 10], 9, vec![0..1, 1..2]),
        ] {
            assert_eq!(ranges(&starts, threads), expected, "{starts:?}");
        }
    }

    #[test]
    fn every_member_gets_her_value() {
        let starts = [0, 1, 1, 4, 9, 9];
        for threads in 1..8 {
            assert_eq!(per_member(&starts, threads, || 10, |ten, member| *ten + member), [10, 11, 12, 13, 14], "{threads}");
            let folded = fold_members(&starts, threads, |range| range.sum::<usize>());
            assert_eq!(folded.iter().sum::<usize>(), 10, "{threads}");
        }
    }
}

//! What each member chooses most often.

use crate::roster::Roster;
use crate::share::per_member;

/// Of what the favourite is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favourite {
    /// The store, as a code of [`Roster::stores`].
    Store,
    /// The category, as a code of [`Roster::categories`], by the number of purchases that held it.
    Category,
    /// One more than the hour on the wall of the shop.
    Hour,
}

/// The code that stands in most purchases of each member over all time, in the order of [`Roster::ids`]: of several the lowest, and 0
/// where she has none. Her purchases stand together, so one small array of counts serves each member after the other.
pub fn favourites(roster: &Roster, of: Favourite, threads: usize) -> Vec<u16> {
    let (purchases, parts) = (&roster.members.purchases, &roster.members.parts);
    match of {
        Favourite::Store => most(&roster.purchases.store, purchases, roster.stores.codes(), usize::from, threads),
        Favourite::Category => most(&roster.parts.category, parts, roster.categories.codes(), usize::from, threads),
        Favourite::Hour => most(&roster.purchases.hour, purchases, 25, |hour| usize::from(hour) + 1, threads),
    }
}

fn most<T: Copy + Sync>(
    values: &[T],
    starts: &[u32],
    codes: usize,
    code: impl Fn(T) -> usize + Sync,
    threads: usize,
) -> Vec<u16> {
    per_member(
        starts,
        threads,
        || vec![0_u32; codes],
        |counts, place| {
            let own = &values[starts[place] as usize..starts[place + 1] as usize];
            // The count above and what is missing from the code to the greatest below: the greatest of them is the lowest code of
            // the highest count. Whatever has no word is not counted.
            let mut best = 0_u64;
            for value in own {
                let code = code(*value);
                let counted = &mut counts[code];
                *counted += u32::from(code > 0);
                best = best.max(u64::from(*counted) << 16 | (u64::from(u16::MAX) - code as u64));
            }
            own.iter().for_each(|value| counts[code(*value)] = 0);
            if best >> 16 == 0 { 0 } else { u16::MAX - best as u16 }
        },
    )
}

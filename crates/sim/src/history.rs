//! Seeded purchase histories at scale, for the roster: heavy-tailed spend, mixed frequency, habits.

use crate::random::Random;

/// Stores.
pub const STORES: u64 = 300;
/// Categories.
pub const CATEGORIES: u64 = 50;
/// Business days over which purchases are spread.
pub const DAYS: u64 = 730;
/// The business day of the first purchases, since 1970-01-01: 2024-01-01.
pub const FIRST_DAY: i32 = 19_723;

/// Purchases by member and day, a column each. Members are numbered from 0.
#[derive(Debug, Default)]
pub struct History {
    /// How many members there are; some bought nothing.
    pub members: u64,
    /// Who bought.
    pub member: Vec<u32>,
    /// Business day after [`FIRST_DAY`].
    pub day: Vec<u16>,
    /// Milliseconds of the day in UTC.
    pub time_ms: Vec<u32>,
    /// Minor units.
    pub amount: Vec<u32>,
    /// Number of the store.
    pub store: Vec<u16>,
    /// Number of the category.
    pub category: Vec<u8>,
    /// Hour of the day in UTC.
    pub hour: Vec<u8>,
    /// Whether it was bought online.
    pub is_online: Vec<bool>,
}

/// What a member is like.
struct Habits {
    store: u64,
    category: u64,
    hour: u64,
    level: u64,
    since: u64,
}

impl Habits {
    fn new(random: &mut Random) -> Habits {
        Habits {
            // Of two stores the lower: some stores have many more regulars than others.
            store: random.below(STORES).min(random.below(STORES)),
            category: random.below(CATEGORIES),
            hour: 8 + random.below(14),
            level: 1 << random.below(3).min(random.below(7)),
            since: random.below(DAYS * 4 / 5),
        }
    }
}

/// How many purchases a member makes: of 20, ten come now and then, six often, two or three weekly, one nearly daily. Twenty on average.
fn frequency(random: &mut Random) -> u64 {
    match random.below(20) {
        0..10 => random.below(10),
        10..16 => 4 + random.below(21),
        16..19 => 20 + random.below(41),
        _ => 50 + random.below(203),
    }
}

/// The history of so many members with about twenty purchases each, the same for every run with the same seed.
pub fn history(members: u64, seed: u64) -> History {
    let mut random = Random::new(seed);
    let mut history = History { members, ..History::default() };
    let mut days = Vec::new();
    for member in 0..members {
        let habits = Habits::new(&mut random);
        days.clear();
        days.extend((0..frequency(&mut random)).map(|_| habits.since + random.below(DAYS - habits.since)));
        days.sort_unstable();
        for day in &days {
            history.add(member, *day, &habits, &mut random);
        }
    }
    history
}

impl History {
    fn add(&mut self, member: u64, day: u64, habits: &Habits, random: &mut Random) {
        let hour = if random.once_in(3) { random.below(24) } else { (habits.hour + random.below(3)).min(23) };
        let store = if random.once_in(4) { random.below(STORES) } else { habits.store };
        let category = if random.once_in(2) { random.below(CATEGORIES) } else { habits.category };
        // A product of three: most are small, a few are a hundred times as large.
        let spread = (1 + random.below(400)) * (1 + random.below(400)) * (1 + random.below(400));
        self.member.push(member as u32);
        self.day.push(day as u16);
        self.time_ms.push((hour * 3_600_000 + random.below(3_600_000)) as u32);
        self.amount.push((100 + habits.level * spread / 2_000) as u32);
        self.store.push(store as u16);
        self.category.push(category as u8);
        self.hour.push(hour as u8);
        self.is_online.push(random.once_in(4));
    }

    /// How many purchases there are.
    pub fn purchases(&self) -> usize {
        self.member.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_are_the_same_again_and_as_uneven_as_they_should_be() {
        let first = history(20_000, 1);
        let again = history(20_000, 1);
        assert_eq!((&first.amount, &first.store, &first.time_ms), (&again.amount, &again.store, &again.time_ms));
        let per_member = first.purchases() / 20_000;
        assert!((18..=22).contains(&per_member), "{per_member}");
        assert!(first.member.is_sorted());
        let mut spent = vec![0_u64; 20_000];
        first.member.iter().zip(&first.amount).for_each(|(member, amount)| spent[*member as usize] += u64::from(*amount));
        spent.sort_unstable_by_key(|spent| std::cmp::Reverse(*spent));
        let (top, all) = (spent[..4_000].iter().sum::<u64>(), spent.iter().sum::<u64>());
        assert!((600..900).contains(&(top * 1_000 / all)), "the top fifth brings {} ‰", top * 1_000 / all);
    }
}

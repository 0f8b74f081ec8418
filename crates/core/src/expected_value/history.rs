//! What the models know about a member: how often, how lately, since when, and for how much she bought.

use serde::{Deserialize, Serialize};

/// Days of a week, the unit of time of the models.
const WEEK_DAYS: f64 = 7.0;
/// Weeks in which a purchase loses half of its weight in the fading count.
const HALF_LIFE_WEEKS: f64 = 12.0;

/// What was bought on one business day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bought {
    /// Business day, as days since 1970-01-01.
    pub day: i32,
    /// Minor units, returns taken off.
    pub amount_minor: i64,
}

/// The purchases of one member up to the end of a business day. Several on one day are one: the models speak of days on which she came.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Days on which she bought again after her first day: x.
    pub repeats: u32,
    /// Her first day.
    pub first_day: i32,
    /// Her newest day.
    pub last_day: i32,
    /// The last day that was observed.
    pub until_day: i32,
    /// What she bought on all her days, in minor units.
    pub amount_minor: i64,
    /// What she bought on the days after the first, in minor units.
    pub repeat_amount_minor: i64,
    /// The repeats, each with the weight 2^(−weeks ago / 12).
    pub fading_repeats: f64,
}

fn weeks(days: i32) -> f64 {
    f64::from(days) / WEEK_DAYS
}

impl History {
    /// Sums up the purchases of one member, in any order. Those after `until_day` are passed over; none when nothing is left.
    pub fn of(purchases: &mut [Bought], until_day: i32) -> Option<Self> {
        purchases.sort_unstable();
        let seen = &purchases[..purchases.partition_point(|bought| bought.day <= until_day)];
        let first_day = seen.first()?.day;
        let last_day = seen.last()?.day;
        let mut history =
            Self { repeats: 0, first_day, last_day, until_day, amount_minor: 0, repeat_amount_minor: 0, fading_repeats: 0.0 };
        let mut day = first_day;
        for bought in seen {
            history.amount_minor += bought.amount_minor;
            if bought.day > first_day {
                history.repeat_amount_minor += bought.amount_minor;
            }
            if bought.day > day {
                day = bought.day;
                history.repeats += 1;
                history.fading_repeats += (-weeks(until_day - day) / HALF_LIFE_WEEKS).exp2();
            }
        }
        Some(history)
    }

    /// How often she came again: x.
    pub fn frequency(&self) -> f64 {
        f64::from(self.repeats)
    }

    /// Weeks from her first to her newest day: t_x.
    pub fn recency_weeks(&self) -> f64 {
        weeks(self.last_day - self.first_day)
    }

    /// Weeks from her first to the last observed day: T.
    pub fn age_weeks(&self) -> f64 {
        weeks(self.until_day - self.first_day)
    }

    /// The weight that a repeat on every moment of her time would have together, in weeks: what the fading count is to be divided by.
    pub fn fading_weeks(&self) -> f64 {
        HALF_LIFE_WEEKS / std::f64::consts::LN_2 * (1.0 - (-self.age_weeks() / HALF_LIFE_WEEKS).exp2())
    }

    /// Days on which she bought.
    pub fn days(&self) -> f64 {
        self.frequency() + 1.0
    }

    /// What she bought on one of her days, on average, in minor units; returns can make it nothing or less.
    pub fn mean_minor(&self) -> f64 {
        self.amount_minor as f64 / self.days()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(purchases: &[(i32, i64)], until_day: i32) -> Option<History> {
        let mut purchases: Vec<Bought> = purchases.iter().map(|&(day, amount_minor)| Bought { day, amount_minor }).collect();
        History::of(&mut purchases, until_day)
    }

    #[test]
    fn days_are_counted_and_not_purchases() {
        let cases = [
            // purchases, until, (x, days of recency, days of age, amount, amount of the repeats)
            (&[(10, 500)][..], 38, Some((0, 0, 28, 500, 0))),
            (&[(10, 500), (10, 20)][..], 38, Some((0, 0, 28, 520, 0))),
            (&[(24, 7), (10, 500), (24, 3), (17, 90)][..], 38, Some((2, 14, 28, 600, 100))),
            (&[(24, 7), (10, 500), (39, 1)][..], 38, Some((1, 14, 28, 507, 7))),
            (&[(39, 1)][..], 38, None),
            (&[][..], 38, None),
        ];
        for (purchases, until, expected) in cases {
            let found = of(purchases, until).map(|history| {
                let History { repeats, first_day, last_day, until_day, amount_minor, repeat_amount_minor, .. } = history;
                (repeats, last_day - first_day, until_day - first_day, amount_minor, repeat_amount_minor)
            });
            assert_eq!(found, expected, "{purchases:?}");
        }
    }

    #[test]
    fn a_repeat_loses_half_of_its_weight_in_twelve_weeks() {
        let history = of(&[(0, 1), (84, 1), (168, 1)], 168).unwrap();
        assert_eq!((history.fading_repeats, history.recency_weeks(), history.age_weeks()), (1.5, 24.0, 24.0));
        assert!((history.fading_weeks() - 12.984_255_368).abs() < 1e-8);
    }
}

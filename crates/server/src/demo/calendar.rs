//! The days that the sample brand lives through: three years of members, two of purchases, one with points.

use danggol_core::birthday::LunarKind;
use danggol_core::decide::Rules;
use danggol_core::time::{date_of, day_number, start_of_day_ms};

use super::market::Market;

const HOUR_MS: f64 = 3_600_000.0;

/// Civil days of the brand's zone, as days since 1970-01-01.
pub struct Days {
    opened: i32,
    began: i32,
    went_live: i32,
    today: i32,
    last_at_ms: i64,
    midnights_ms: Vec<i64>,
    lively: Vec<f64>,
}

impl Days {
    /// The days that end at `now_ms`.
    pub fn new(market: &Market, rules: &Rules, now_ms: i64) -> Self {
        let (zone, lunar): (_, LunarKind) = (&rules.clock.zone, rules.lunar);
        // The last purchases are a minute old: their ids lie before all that are made from now on.
        let last_at_ms = now_ms - 60_000;
        let today = day_number(date_of(danggol_core::time::moment(last_at_ms, zone, 0).day));
        let years_ago = |years: i64| day_number(date_of(today).saturating_sub(jiff::Span::new().years(years)));
        let opened = years_ago(3);
        Days {
            opened,
            began: years_ago(2),
            went_live: years_ago(1),
            today,
            last_at_ms,
            midnights_ms: (opened..=today + 1).map(|day| start_of_day_ms(date_of(day), zone)).collect(),
            lively: market.liveliness(opened, today, lunar),
        }
    }

    /// The day from which members join.
    pub fn opened(&self) -> i32 {
        self.opened
    }

    /// The first day whose purchases are known.
    pub fn began(&self) -> i32 {
        self.began
    }

    /// The day since which purchases earn.
    pub fn went_live(&self) -> i32 {
        self.went_live
    }

    /// Today.
    pub fn today(&self) -> i32 {
        self.today
    }

    /// The last moment that anything happens, in UTC milliseconds.
    pub fn last_at_ms(&self) -> i64 {
        self.last_at_ms
    }

    /// UTC milliseconds of an hour of a day.
    pub fn at_ms(&self, day: i32, hour: f64) -> i64 {
        let place = usize::try_from(day - self.opened).unwrap_or(0).min(self.midnights_ms.len() - 1);
        self.midnights_ms[place] + (hour * HOUR_MS) as i64
    }

    /// The day of a moment.
    pub fn day_of(&self, at_ms: i64) -> i32 {
        self.opened + self.midnights_ms.partition_point(|midnight| *midnight <= at_ms) as i32 - 1
    }

    /// How lively a day is for all.
    pub fn lively(&self, day: i32) -> f64 {
        usize::try_from(day - self.opened).ok().and_then(|place| self.lively.get(place)).copied().unwrap_or(1.0)
    }
}

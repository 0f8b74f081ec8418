//! The lunar calendars of China and Korea.

use icu_calendar::cal::{ChineseTraditional, KoreanTraditional};
use icu_calendar::types::Month;
use icu_calendar::{AsCalendar, Date as CalendarDate, Iso};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose lunar calendar is meant. The two differ where a new moon or solar term falls between midnight in Seoul and midnight in Beijing:
/// New Year 2027 is 7 February in Korea and 6 February in China, and a leap month may have another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LunarKind {
    /// The Chinese calendar (GB/T 33661-2017), reckoned at 120° E.
    Chinese,
    /// The Korean calendar (Dangi), reckoned at 135° E.
    Korean,
}

/// The number of days of a lunar month; nothing where the year has no such month.
pub(crate) fn month_len(kind: LunarKind, year: i16, month: u8, leap: bool) -> Option<u8> {
    match kind {
        LunarKind::Chinese => Some(first_of_month(ChineseTraditional::new(), year, month, leap)?.days_in_month()),
        LunarKind::Korean => Some(first_of_month(KoreanTraditional::new(), year, month, leap)?.days_in_month()),
    }
}

/// The solar day of a lunar day, moved to the ordinary month where the year lacks the leap month, and to the last day of the month
/// where that is shorter.
pub(crate) fn solar_day(kind: LunarKind, year: i16, month: u8, leap: bool, day: u8) -> Option<Date> {
    match kind {
        LunarKind::Chinese => day_in(ChineseTraditional::new(), year, month, leap, day),
        LunarKind::Korean => day_in(KoreanTraditional::new(), year, month, leap, day),
    }
}

fn first_of_month<C: AsCalendar>(calendar: C, year: i16, month: u8, leap: bool) -> Option<CalendarDate<C>> {
    let month = if leap { Month::leap(month) } else { Month::new(month) };
    CalendarDate::try_new(i32::from(year).into(), month, 1, calendar).ok()
}

fn day_in<C: AsCalendar + Copy>(calendar: C, year: i16, month: u8, leap: bool, day: u8) -> Option<Date> {
    let first = first_of_month(calendar, year, month, leap).or_else(|| first_of_month(calendar, year, month, false))?;
    let iso = first.to_calendar(Iso);
    let first_solar = Date::new(
        i16::try_from(iso.year().extended_year()).ok()?,
        i8::try_from(iso.month().number()).ok()?,
        i8::try_from(iso.day_of_month().0).ok()?,
    )
    .ok()?;
    let days_on = i64::from(day.min(first.days_in_month())) - 1;
    first_solar.checked_add(jiff::Span::new().days(days_on)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use LunarKind::{Chinese, Korean};

    #[test]
    fn festivals_fall_on_their_known_days() {
        // New Year, Mid-Autumn and leap months as announced by the Hong Kong Observatory and the Korea Astronomy and Space
        // Science Institute.
        for (kind, year, month, leap, day_of_month, expected) in [
            (Chinese, 2020, 1, false, 1, "2020-01-25"),
            (Chinese, 2021, 1, false, 1, "2021-02-12"),
            (Chinese, 2022, 1, false, 1, "2022-02-01"),
            (Chinese, 2023, 1, false, 1, "2023-01-22"),
            (Chinese, 2024, 1, false, 1, "2024-02-10"),
            (Chinese, 2025, 1, false, 1, "2025-01-29"),
            (Chinese, 2026, 1, false, 1, "2026-02-17"),
            (Chinese, 2027, 1, false, 1, "2027-02-06"),
            (Korean, 2024, 1, false, 1, "2024-02-10"),
            (Korean, 2025, 1, false, 1, "2025-01-29"),
            (Korean, 2027, 1, false, 1, "2027-02-07"),
            (Chinese, 2023, 8, false, 15, "2023-09-29"),
            (Chinese, 2024, 8, false, 15, "2024-09-17"),
            (Chinese, 2025, 8, false, 15, "2025-10-06"),
            (Korean, 2025, 8, false, 15, "2025-10-06"),
            (Chinese, 2020, 4, true, 1, "2020-05-23"),
            (Chinese, 2023, 2, true, 1, "2023-03-22"),
            (Chinese, 2025, 6, true, 1, "2025-07-25"),
        ] {
            let seen = solar_day(kind, year, month, leap, day_of_month);
            assert_eq!(seen, Some(expected.parse().unwrap()), "{kind:?} {year} {month} {leap}");
        }
    }

    #[test]
    fn leap_months_are_where_the_calendars_have_them() {
        for (kind, year, expected) in [
            (Chinese, 2020, Some(4)),
            (Chinese, 2023, Some(2)),
            (Chinese, 2024, None),
            (Chinese, 2025, Some(6)),
            (Chinese, 2012, Some(4)),
            (Korean, 2012, Some(3)),
            (Chinese, 2017, Some(6)),
            (Korean, 2017, Some(5)),
            (Chinese, 2033, Some(11)),
        ] {
            let leap = (1..=12).find(|month| month_len(kind, year, *month, true).is_some());
            assert_eq!(leap, expected, "{kind:?} {year}");
        }
    }
}

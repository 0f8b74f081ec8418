//! Birthdays in the member's own calendar: solar, or the lunar calendar of China or of Korea, and the one day of each
//! year on which they are celebrated.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::lunar;
pub use crate::lunar::LunarKind;

/// The calendar in which a birthday is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// The Gregorian calendar.
    Solar,
    /// The lunar calendar of the brand's country, see [`LunarKind`].
    Lunar,
}

/// Why a birthday is refused. The text of each is a stable code, not a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Error)]
#[serde(rename_all = "snake_case")]
pub enum BirthdayError {
    /// The text is neither `YYYY-MM-DD` nor `--MM-DD`.
    #[error("birthday_malformed")]
    Malformed,
    /// The year is before 1850 or after 2150, which is a slip of the hand.
    #[error("birthday_year_out_of_range")]
    YearOutOfRange,
    /// There is no such day, such as 30 February or the 31st of a lunar month.
    #[error("birthday_no_such_day")]
    NoSuchDay,
    /// The year has no such leap month, or the calendar is solar and has none at all.
    #[error("birthday_no_such_leap_month")]
    NoSuchLeapMonth,
}

/// A birthday as it was told: in its own calendar, the year perhaps unknown. Values exist only for days that can exist; where
/// the lunar calendars of China and Korea differ, either counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "BirthdayWire", into = "BirthdayWire")]
pub struct Birthday {
    calendar: Calendar,
    year: Option<i16>,
    month: u8,
    day: u8,
    leap_month: bool,
}

/// A birthday on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"date": "1990-05-03", "calendar": "solar", "leap_month": false}))]
pub struct BirthdayWire {
    /// `YYYY-MM-DD`, or `--MM-DD` where the year is not known (ISO 8601:2000, as in vCard). With the lunar calendar, the lunar year,
    /// month and day.
    #[schema(pattern = r"^(\d{4}|-)-\d{2}-\d{2}$")]
    pub date: String,
    /// The calendar of the date.
    pub calendar: Calendar,
    /// Whether the month is the leap month that follows the month of that number. Lunar only.
    #[serde(default)]
    pub leap_month: bool,
}

/// The years in which a living person or one still on file can be born, or will be celebrated; the lunar calendars are tabulated
/// within it where it matters.
const YEARS: std::ops::RangeInclusive<i16> = 1850..=2150;

impl Birthday {
    /// A birthday, if such a day can exist.
    pub fn new(calendar: Calendar, year: Option<i16>, month: u8, day: u8, leap_month: bool) -> Result<Birthday, BirthdayError> {
        if year.is_some_and(|year| !YEARS.contains(&year)) {
            return Err(BirthdayError::YearOutOfRange);
        }
        let birthday = Birthday { calendar, year, month, day, leap_month };
        match calendar {
            Calendar::Solar => birthday.check_solar()?,
            Calendar::Lunar => birthday.check_lunar()?,
        }
        Ok(birthday)
    }

    /// Reads `YYYY-MM-DD` or `--MM-DD` in the given calendar.
    pub fn parse(text: &str, calendar: Calendar, leap_month: bool) -> Result<Birthday, BirthdayError> {
        let (year, month_and_day) = match text.strip_prefix("--") {
            Some(rest) => (None, rest),
            None => {
                let (year, rest) = text.split_once('-').ok_or(BirthdayError::Malformed)?;
                (Some(number(year, 4)?), rest)
            }
        };
        let (month, day) = month_and_day.split_once('-').ok_or(BirthdayError::Malformed)?;
        let (month, day) = (number(month, 2)?, number(day, 2)?);
        Birthday::new(calendar, year, month.unsigned_abs() as u8, day.unsigned_abs() as u8, leap_month)
    }

    /// The calendar in which it is kept.
    pub fn calendar(&self) -> Calendar {
        self.calendar
    }

    /// The year of its calendar, where known.
    pub fn year(&self) -> Option<i16> {
        self.year
    }

    /// The month of its calendar, 1 to 12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// Whether the month is a lunar leap month.
    pub fn is_leap_month(&self) -> bool {
        self.leap_month
    }

    /// The solar day of birth; nothing where the year is not known.
    pub fn born_on(&self, lunar_kind: LunarKind) -> Option<Date> {
        self.celebrated_in(self.year?, lunar_kind)
    }

    /// The solar day on which the birthday of a year of its own calendar is celebrated: exactly one for each year. 29 February
    /// becomes 28 February in common years; a leap month becomes the ordinary month of its number in years without it; the 30th becomes the
    /// 29th in months of 29 days. A lunar year's last weeks lie in the next solar year. Nothing only outside the years that dates can have.
    pub fn celebrated_in(&self, year: i16, lunar_kind: LunarKind) -> Option<Date> {
        match self.calendar {
            Calendar::Solar => {
                let first = Date::new(year, self.month as i8, 1).ok()?;
                let day = (self.day as i8).min(first.days_in_month());
                first.with().day(day).build().ok()
            }
            Calendar::Lunar => lunar::solar_day(lunar_kind, year, self.month, self.leap_month, self.day),
        }
    }

    /// The next solar day, on or after `from` and not before birth, on which it is celebrated.
    pub fn next_solar(&self, from: Date, lunar_kind: LunarKind) -> Option<Date> {
        let earliest = from.year().saturating_sub(1).max(self.year.unwrap_or(i16::MIN));
        (earliest..=earliest.saturating_add(2)).filter_map(|year| self.celebrated_in(year, lunar_kind)).find(|day| *day >= from)
    }

    /// Full years of age on a solar day; a year of age is reached on the solar day on which that year's birthday is
    /// celebrated. Nothing where the year of birth is not known or the day is before birth.
    pub fn age_on(&self, date: Date, lunar_kind: LunarKind) -> Option<i16> {
        let birth_year = self.year?;
        if date < self.born_on(lunar_kind)? {
            return None;
        }
        (birth_year..=date.year())
            .rev()
            .take(3)
            .find(|year| self.celebrated_in(*year, lunar_kind).is_some_and(|day| day <= date))
            .map(|year| year - birth_year)
    }

    fn check_solar(&self) -> Result<(), BirthdayError> {
        if self.leap_month {
            return Err(BirthdayError::NoSuchLeapMonth);
        }
        let a_leap_year = 2000;
        let month = i8::try_from(self.month).map_err(|_| BirthdayError::NoSuchDay)?;
        let day = i8::try_from(self.day).map_err(|_| BirthdayError::NoSuchDay)?;
        match Date::new(self.year.unwrap_or(a_leap_year), month, day) {
            Ok(_) => Ok(()),
            Err(_) => Err(BirthdayError::NoSuchDay),
        }
    }

    fn check_lunar(&self) -> Result<(), BirthdayError> {
        if !(1..=12).contains(&self.month) || !(1..=30).contains(&self.day) {
            return Err(BirthdayError::NoSuchDay);
        }
        let Some(year) = self.year else { return Ok(()) };
        let lengths =
            [LunarKind::Chinese, LunarKind::Korean].map(|kind| lunar::month_len(kind, year, self.month, self.leap_month));
        match lengths.iter().flatten().max() {
            None => Err(BirthdayError::NoSuchLeapMonth),
            Some(len) if self.day > *len => Err(BirthdayError::NoSuchDay),
            Some(_) => Ok(()),
        }
    }
}

impl PartialSchema for Birthday {
    fn schema() -> RefOr<Schema> {
        BirthdayWire::schema()
    }
}

impl ToSchema for Birthday {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        BirthdayWire::schemas(schemas);
    }
}

impl fmt::Display for Birthday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.year {
            Some(year) => write!(f, "{year:04}-{:02}-{:02}", self.month, self.day),
            None => write!(f, "--{:02}-{:02}", self.month, self.day),
        }
    }
}

impl From<Birthday> for BirthdayWire {
    fn from(birthday: Birthday) -> BirthdayWire {
        BirthdayWire { date: birthday.to_string(), calendar: birthday.calendar, leap_month: birthday.leap_month }
    }
}

impl TryFrom<BirthdayWire> for Birthday {
    type Error = BirthdayError;

    fn try_from(wire: BirthdayWire) -> Result<Birthday, BirthdayError> {
        Birthday::parse(&wire.date, wire.calendar, wire.leap_month)
    }
}

fn number(digits: &str, len: usize) -> Result<i16, BirthdayError> {
    if digits.len() == len && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        digits.parse().map_err(|_| BirthdayError::Malformed)
    } else {
        Err(BirthdayError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use BirthdayError::{Malformed, NoSuchDay, NoSuchLeapMonth, YearOutOfRange};
    use Calendar::{Lunar, Solar};
    use LunarKind::{Chinese, Korean};
    use jiff::civil::date;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn solar(text: &str) -> Birthday {
        Birthday::parse(text, Solar, false).unwrap()
    }

    fn lunar(text: &str) -> Birthday {
        Birthday::parse(text, Lunar, false).unwrap()
    }

    fn leap(text: &str) -> Birthday {
        Birthday::parse(text, Lunar, true).unwrap()
    }

    #[test]
    fn days_that_can_and_cannot_be() {
        for (text, calendar, leap_month, expected) in [
            ("1990-05-03", Solar, false, None),
            ("--05-03", Solar, false, None),
            ("--02-29", Solar, false, None),
            ("2000-02-29", Solar, false, None),
            ("1990-03-30", Lunar, false, Some(NoSuchDay)),
            // The eighth month of 1990 has 29 days in China and 30 in Korea.
            ("1990-08-30", Lunar, false, None),
            ("1990-09-30", Lunar, false, None),
            ("--08-30", Lunar, false, None),
            ("--05-30", Lunar, true, None),
            ("2020-04-01", Lunar, true, None),
            ("2023-02-29", Lunar, true, None),
            ("2025-06-10", Lunar, true, None),
            ("2012-04-10", Lunar, true, None),
            ("2012-03-10", Lunar, true, None),
            ("2024-06-10", Lunar, true, Some(NoSuchLeapMonth)),
            ("2023-02-30", Lunar, true, Some(NoSuchDay)),
            ("1990-05-03", Solar, true, Some(NoSuchLeapMonth)),
            ("1990-02-30", Solar, false, Some(NoSuchDay)),
            ("1990-02-29", Solar, false, Some(NoSuchDay)),
            ("--02-30", Solar, false, Some(NoSuchDay)),
            ("--04-31", Solar, false, Some(NoSuchDay)),
            ("--13-01", Solar, false, Some(NoSuchDay)),
            ("--00-01", Solar, false, Some(NoSuchDay)),
            ("--01-00", Lunar, false, Some(NoSuchDay)),
            ("--13-01", Lunar, false, Some(NoSuchDay)),
            ("--01-31", Lunar, false, Some(NoSuchDay)),
            ("1849-01-01", Solar, false, Some(YearOutOfRange)),
            ("2151-01-01", Lunar, false, Some(YearOutOfRange)),
            ("1990-5-3", Solar, false, Some(Malformed)),
            ("90-05-03", Solar, false, Some(Malformed)),
            ("1990/05/03", Solar, false, Some(Malformed)),
            ("-1990-05-03", Solar, false, Some(Malformed)),
            ("1990-05-03T00:00", Solar, false, Some(Malformed)),
            ("--+5-03", Solar, false, Some(Malformed)),
            ("", Solar, false, Some(Malformed)),
        ] {
            let refusal = Birthday::parse(text, calendar, leap_month).err();
            assert_eq!(refusal, expected, "{text} {calendar:?} leap {leap_month}");
        }
    }

    #[test]
    fn wire_form() {
        for (date, calendar, leap_month, expected) in [
            ("1990-05-03", "solar", false, true),
            ("--05-03", "lunar", false, true),
            ("2025-06-10", "lunar", true, true),
            ("2024-06-10", "lunar", true, false),
            ("1990-02-30", "solar", false, false),
            ("1990-05-03", "julian", false, false),
        ] {
            let wire = format!(r#"{{"date":"{date}","calendar":"{calendar}","leap_month":{leap_month}}}"#);
            let read = serde_json::from_str::<Birthday>(&wire);
            assert_eq!(read.is_ok(), expected, "{wire}");
            if let Ok(birthday) = read {
                assert_eq!(serde_json::to_string(&birthday).unwrap(), wire);
            }
        }
        let short: Birthday = serde_json::from_str(r#"{"date":"--12-31","calendar":"solar"}"#).unwrap();
        assert_eq!(short, Birthday::new(Solar, None, 12, 31, false).unwrap());
    }

    #[test]
    fn schema_is_that_of_the_wire_form() {
        let mut parts = Vec::new();
        Birthday::schemas(&mut parts);
        assert_eq!(Birthday::name(), "Birthday");
        assert_eq!(parts.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Calendar"]);
        let schema = serde_json::to_value(Birthday::schema()).unwrap();
        assert_eq!(schema["required"], serde_json::json!(["date", "calendar"]));
    }

    #[test]
    fn next_celebrations() {
        for (birthday, from, kind, expected) in [
            (solar("1990-05-03"), "2025-05-03", Chinese, "2025-05-03"),
            (solar("1990-05-03"), "2025-05-04", Chinese, "2026-05-03"),
            (solar("--12-31"), "2025-12-31", Chinese, "2025-12-31"),
            (solar("--01-01"), "2025-12-31", Chinese, "2026-01-01"),
            (solar("2000-02-29"), "2025-01-01", Chinese, "2025-02-28"),
            (solar("2000-02-29"), "2025-03-01", Chinese, "2026-02-28"),
            (solar("2000-02-29"), "2028-02-28", Chinese, "2028-02-29"),
            (solar("--02-29"), "2027-03-01", Chinese, "2028-02-29"),
            (solar("2026-05-03"), "2024-01-01", Chinese, "2026-05-03"),
            // The first of the first month is New Year.
            (lunar("--01-01"), "2027-01-01", Chinese, "2027-02-06"),
            (lunar("--01-01"), "2027-01-01", Korean, "2027-02-07"),
            (lunar("--01-01"), "2027-02-07", Chinese, "2028-01-26"),
            // The last month of lunar 2024 lies in January 2025.
            (lunar("1990-12-15"), "2025-01-01", Chinese, "2025-01-14"),
            (lunar("1990-12-15"), "2025-01-15", Chinese, "2026-02-02"),
            // New Year's Eve is the 29th where the last month has no 30th.
            (lunar("--12-30"), "2025-01-01", Chinese, "2025-01-28"),
            (lunar("--12-30"), "2024-02-01", Chinese, "2024-02-09"),
            // The leap sixth month of 2025; the ordinary sixth month in 2026.
            (leap("2025-06-01"), "2025-01-01", Chinese, "2025-07-25"),
            (leap("2025-06-01"), "2025-07-26", Chinese, "2026-07-14"),
            (leap("--06-01"), "2025-01-01", Chinese, "2025-07-25"),
            (lunar("--06-01"), "2025-01-01", Chinese, "2025-06-25"),
            // A leap month that only the other calendar has in that year.
            (leap("2012-04-01"), "2012-01-01", Korean, "2012-05-21"),
        ] {
            let seen = birthday.next_solar(day(from), kind);
            assert_eq!(seen, Some(day(expected)), "{birthday} from {from} {kind:?}");
        }
    }

    #[test]
    fn ages() {
        for (birthday, on, expected) in [
            (solar("1990-05-03"), "2025-05-02", Some(34)),
            (solar("1990-05-03"), "2025-05-03", Some(35)),
            (solar("1990-05-03"), "1990-05-03", Some(0)),
            (solar("1990-05-03"), "1990-05-02", None),
            (solar("--05-03"), "2025-05-03", None),
            (solar("2000-02-29"), "2025-02-27", Some(24)),
            (solar("2000-02-29"), "2025-02-28", Some(25)),
            (lunar("1990-12-15"), "1991-01-29", None),
            (lunar("1990-12-15"), "1991-01-30", Some(0)),
            (lunar("1990-12-15"), "2025-01-13", Some(33)),
            (lunar("1990-12-15"), "2025-01-14", Some(34)),
            (lunar("1990-12-15"), "2025-12-31", Some(34)),
        ] {
            assert_eq!(birthday.age_on(day(on), Chinese), expected, "{birthday} on {on}");
        }
    }

    proptest! {
        #[test]
        fn one_celebration_for_every_lunar_year(month in 1_u8..=12, day in 1_u8..=30, leap in any::<bool>(), start in 0_i32..40_000, korean in any::<bool>()) {
            let kind = if korean { Korean } else { Chinese };
            let birthday = Birthday::new(Lunar, None, month, day, leap).unwrap();
            let from = date(1950, 1, 1).checked_add(jiff::Span::new().days(start)).unwrap();
            let first = birthday.next_solar(from, kind).unwrap();
            let second = birthday.next_solar(first.tomorrow().unwrap(), kind).unwrap();
            prop_assert!(first >= from && (first - from).get_days() <= 385);
            // A year is 353 to 385 days; a leap month that comes or goes moves the day by one month more.
            let gap = (second - first).get_days();
            prop_assert!((323..=415).contains(&gap), "{} days", gap);
        }

        #[test]
        fn next_solar_equals_a_search_day_by_day(month in 1_u8..=12, day in 1_u8..=31, start in 0_i32..60_000) {
            if let Ok(birthday) = Birthday::new(Solar, None, month, day, false) {
                let from = date(1900, 1, 1).checked_add(jiff::Span::new().days(start)).unwrap();
                let mut searched = from;
                while !((searched.month() as u8, searched.day() as u8) == (month, day)
                    || (month, day) == (2, 29)
                        && !searched.in_leap_year()
                        && (searched.month(), searched.day()) == (2, 28))
                {
                    searched = searched.tomorrow().unwrap();
                }
                prop_assert_eq!(birthday.next_solar(from, Chinese), Some(searched));
            }
        }

        #[test]
        fn age_grows_on_the_celebrated_day(year in 1900_i16..2020, month in 1_u8..=12, day in 1_u8..=29, later in 1_i16..80) {
            let birthday = Birthday::new(Lunar, Some(year), month, day, false).unwrap();
            let celebrated = birthday.celebrated_in(year + later, Chinese).unwrap();
            prop_assert_eq!(birthday.age_on(celebrated, Chinese), Some(later));
            prop_assert_eq!(birthday.age_on(celebrated.yesterday().unwrap(), Chinese), Some(later - 1));
        }
    }
}

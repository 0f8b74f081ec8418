//! Civil time of a shop, from arguments alone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::purchase::Moment;

/// Milliseconds of a day of 24 hours.
pub const DAY_MS: i64 = 86_400_000;

/// The first and the last instant that the system takes: the years 1970 and 2199.
pub const MAX_AT_MS: i64 = 7_258_118_400_000;

/// Days from 1970-01-01 to `date`.
pub fn day_number(date: Date) -> i32 {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    date.since((jiff::Unit::Day, EPOCH)).map_or(0, |span| span.get_days())
}

/// The date of a day number; the last date that jiff knows when it lies beyond.
pub fn date_of(day: i32) -> Date {
    const EPOCH: Date = jiff::civil::date(1970, 1, 1);
    // An instant becomes a date much faster than a span of days is added to one.
    if (0..100_000).contains(&day) {
        let at = Timestamp::from_second(i64::from(day) * 86_400).unwrap_or(Timestamp::MAX);
        return jiff::tz::Offset::UTC.to_datetime(at).date();
    }
    // jiff's dates end 2,932,896 days after the epoch, and its spans not much later.
    EPOCH.saturating_add(jiff::Span::new().days(day.clamp(-5_000_000, 5_000_000)))
}

/// `YYYY-MM-DD` of a day number.
pub fn day_text(day: i32) -> String {
    date_of(day).to_string()
}

/// An instant as RFC 3339 in UTC with milliseconds only where there are any.
pub fn rfc3339(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX).to_string()
}

/// UTC milliseconds of an RFC 3339 text, within 1970–2199.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let at_ms = text.parse::<Timestamp>().ok()?.as_millisecond();
    (0..MAX_AT_MS).contains(&at_ms).then_some(at_ms)
}

/// What a clock on the wall of the shop says at `at_ms`: the business day changes at `cut_hour`, so a sale at one in the morning
/// belongs to the evening before.
pub fn moment(at_ms: i64, zone: &TimeZone, cut_hour: u8) -> Moment {
    let civil = zone.to_datetime(Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX));
    let day = day_number(civil.date()) - i32::from(civil.hour() < cut_hour.min(23) as i8);
    Moment { at_ms, day, weekday: civil.weekday().to_monday_one_offset() as u8, hour: civil.hour() as u8 }
}

/// UTC milliseconds at which the civil day begins in the zone.
pub fn start_of_day_ms(date: Date, zone: &TimeZone) -> i64 {
    start_of_business_day_ms(date, zone, 0)
}

/// UTC milliseconds at which the business day begins in the zone: when the clock on the wall first shows the cut hour.
pub fn start_of_business_day_ms(date: Date, zone: &TimeZone, cut_hour: u8) -> i64 {
    let civil = date.at(cut_hour.min(23) as i8, 0, 0, 0);
    zone.to_zoned(civil).map_or(MAX_AT_MS, |zoned| zoned.timestamp().as_millisecond())
}

/// How far the zone is ahead of UTC, in milliseconds: at 1970-01-01, and from each later change up to `until_ms` on (UTC milliseconds), the
/// oldest first.
pub fn offsets(zone: &TimeZone, until_ms: i64) -> (i64, Vec<(i64, i64)>) {
    let ahead = |at: Timestamp| i64::from(zone.to_offset(at).seconds()) * 1_000;
    let changes =
        zone.following(Timestamp::UNIX_EPOCH).map(|change| (change.timestamp().as_millisecond(), ahead(change.timestamp())));
    (ahead(Timestamp::UNIX_EPOCH), changes.take_while(|(from_ms, _)| *from_ms <= until_ms).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_business_day_changes_at_the_cut_hour() {
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        let cases = [
            // instant, cut hour, business day, weekday, hour
            ("2024-03-01T15:30:00Z", 0, "2024-03-02", 6, 0),
            ("2024-03-01T15:30:00Z", 5, "2024-03-01", 6, 0),
            ("2024-03-01T20:00:00Z", 5, "2024-03-02", 6, 5),
            ("2024-02-28T15:00:00Z", 0, "2024-02-29", 4, 0),
        ];
        for (at, cut_hour, day, weekday, hour) in cases {
            let moment = moment(parse_rfc3339(at).unwrap(), &seoul, cut_hour);
            assert_eq!((day_text(moment.day).as_str(), moment.weekday, moment.hour), (day, weekday, hour), "{at}");
        }
    }

    #[test]
    fn days_are_dates_and_dates_days() {
        let mut date = jiff::civil::date(1969, 12, 30);
        for day in -2..100_003 {
            assert_eq!((date_of(day), day_number(date)), (date, day));
            date = date.tomorrow().unwrap();
        }
        assert_eq!(date_of(i32::MAX), Date::MAX);
    }

    #[test]
    fn instants_outside_the_taken_years_are_refused() {
        for (text, expected) in [
            ("2026-11-22T00:00:00Z", Some(1_795_305_600_000)),
            ("2026-11-22T09:00:00+09:00", Some(1_795_305_600_000)),
            ("1969-12-31T23:59:59Z", None),
            ("2200-01-01T00:00:00Z", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse_rfc3339(text), expected, "{text}");
        }
    }
}

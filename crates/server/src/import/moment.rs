//! Dates and times as people and programs write them.
//!
//! A time without an offset is a local one: which zone it is in is not the file's to say, unless the mapping does.
//! `05/01/2024` is refused until the mapping gives its format, because day and month cannot be told apart.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime, Time, date};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::fault::ValueFault;

/// The years between the calendar of the Republic of China (民國) and the common one.
const ROC_YEARS: i16 = 1911;
/// The days that a bare number is taken for, counted as spreadsheets do: 1954-10-03 to 2119-01-10. Others are no dates.
const SERIAL_DAYS: std::ops::Range<f64> = 20_000.0..80_000.0;

/// A point in time, as far as a text says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// What the clock on the wall said.
    Local(DateTime),
    /// An instant, because the text had an offset.
    Absolute(Timestamp),
}

impl When {
    /// The instant, with local times read in `zone`. A time that the clock skipped in spring is the one an hour later, and
    /// one that it showed twice in autumn is the first.
    pub fn instant(self, zone: &TimeZone) -> Result<Timestamp, ValueFault> {
        match self {
            When::Absolute(timestamp) => Ok(timestamp),
            When::Local(civil) => zone.to_timestamp(civil).map_err(|_| ValueFault::NoSuchTime),
        }
    }
}

impl When {
    /// So many days later; by the clock on the wall where it is a local time.
    pub fn later(self, days: i32) -> Result<When, ValueFault> {
        let beyond = |_| ValueFault::NoSuchTime;
        Ok(match self {
            When::Local(civil) => When::Local(civil.checked_add(days.days()).map_err(beyond)?),
            When::Absolute(at) => {
                When::Absolute(at.checked_add(SignedDuration::from_hours(24 * i64::from(days))).map_err(beyond)?)
            }
        })
    }
}

/// A birthday, whose year may be kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearlyDay {
    /// The year, where it is said.
    pub year: Option<i16>,
    /// The month, 1 to 12.
    pub month: i8,
    /// The day of the month, 1 to 31; 30 February is possible in a lunar calendar.
    pub day: i8,
}

/// Reads a date with or without a time.
///
/// Without a format these are taken: ISO 8601 (`2024-01-05T13:05:09+09:00`), `2024/1/5`, `2024. 1. 5.`, `20240105`,
/// `20240105130509`, `2024年1月5日 下午1:05`, `2024년 1월 5일 오후 1시 5분`, `民國113年1月5日`, and day numbers of spreadsheets
/// (`45296.5`). A format is one of `strptime` (`%d/%m/%Y %H:%M`, `%s` for seconds since 1970).
pub fn parse_when(text: &str, format: Option<&str>) -> Result<When, ValueFault> {
    let plain = plain(text);
    let plain = plain.trim();
    match format {
        Some(format) => parse_formatted(plain, format),
        None if plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && plain.matches('.').count() < 2 => {
            parse_digits(plain).map(When::Local)
        }
        None => parse_written(plain),
    }
}

/// Reads a date; a time behind it is passed over.
pub fn parse_date(text: &str, format: Option<&str>) -> Result<Date, ValueFault> {
    match parse_when(text, format)? {
        When::Local(civil) => Ok(civil.date()),
        // The date that the writer saw is the one before the offset, which the instant no longer has.
        When::Absolute(_) => {
            let plain = plain(text);
            let mut scan = Scan { rest: plain.trim() };
            match format {
                None => scan.date(),
                Some(format) => BrokenDownTime::parse(format, plain.trim())
                    .and_then(|parsed| parsed.to_date().or_else(|_| parsed.to_timestamp().map(utc_date)))
                    .map_err(|_| ValueFault::NotADate),
            }
        }
    }
}

/// Reads a time of the day: `13:05`, `1:05:09 PM`, `오후 1시 5분`, `130509`.
pub fn parse_time(text: &str, format: Option<&str>) -> Result<Time, ValueFault> {
    let plain = plain(text);
    let plain = plain.trim();
    if let Some(format) = format {
        let parsed = BrokenDownTime::parse(format, plain).map_err(|_| ValueFault::NotADate)?;
        return parsed.to_time().map_err(|_| ValueFault::NotADate);
    }
    if plain.len() >= 4 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits_time(plain);
    }
    let mut scan = Scan { rest: plain };
    let time = scan.time()?;
    if scan.rest.is_empty() { Ok(time) } else { Err(ValueFault::NotADate) }
}

/// Reads a birthday, with its year or without (`--05-03`, `05-03`, `5月3日`, `5월 3일`).
pub fn parse_birthday(text: &str, format: Option<&str>) -> Result<YearlyDay, ValueFault> {
    let plain = plain(text);
    let plain = plain.trim();
    if let Some(day) = parse_month_day(plain) {
        return Ok(day);
    }
    let date = parse_date(plain, format)?;
    Ok(YearlyDay { year: Some(date.year()), month: date.month(), day: date.day() })
}

/// A month and a day alone.
fn parse_month_day(plain: &str) -> Option<YearlyDay> {
    let mut scan = Scan { rest: plain.strip_prefix("--").unwrap_or(plain) };
    let (month, digits) = scan.number()?;
    if digits > 2 || !scan.one_of(&["-", "/", "月", "월"]) {
        return None;
    }
    let (day, digits) = scan.number()?;
    scan.one_of(&["日", "號", "号", "일"]);
    let is_whole = scan.rest.is_empty() && digits <= 2;
    (is_whole && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some(YearlyDay {
        year: None,
        month: month as i8,
        day: day as i8,
    })
}

fn utc_date(timestamp: Timestamp) -> Date {
    Offset::UTC.to_datetime(timestamp).date()
}

/// The text with half-width digits and marks.
fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = text.chars().map(|typed| match typed {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(typed) - 0xFEE0).unwrap_or(typed),
        '\u{3000}' | '\u{00A0}' | '\u{202F}' => ' ',
        other => other,
    });
    Cow::Owned(plain.collect())
}

/// Reads by a format; a text without a time is the beginning of its day.
fn parse_formatted(plain: &str, format: &str) -> Result<When, ValueFault> {
    let parsed = BrokenDownTime::parse(format, plain).map_err(|_| ValueFault::NotADate)?;
    if let Ok(timestamp) = parsed.to_timestamp() {
        return Ok(When::Absolute(timestamp));
    }
    parsed
        .to_datetime()
        .or_else(|_| parsed.to_date().map(|date| date.to_datetime(Time::midnight())))
        .map(When::Local)
        .map_err(|_| ValueFault::NotADate)
}

/// Reads digits alone: a date, a date and a time, or a day number.
fn parse_digits(plain: &str) -> Result<DateTime, ValueFault> {
    let fault = ValueFault::NotADate;
    if plain.contains('.') || plain.len() == 5 {
        let serial: f64 = plain.parse().map_err(|_| fault)?;
        if !SERIAL_DAYS.contains(&serial) {
            return Err(fault);
        }
        // Spreadsheets count from 1899-12-30 once the 29 February 1900 that never was is past.
        let seconds = SignedDuration::from_secs((serial * 86_400.0).round() as i64);
        return date(1899, 12, 30).at(0, 0, 0, 0).checked_add(seconds).map_err(|_| fault);
    }
    let (day, time) = plain.split_at_checked(8).ok_or(fault)?;
    let number = |text: &str| text.parse::<i16>().map_err(|_| fault);
    let day = Date::new(number(&day[..4])?, number(&day[4..6])? as i8, number(&day[6..])? as i8).map_err(|_| fault)?;
    match time.len() {
        0 => Ok(day.to_datetime(Time::midnight())),
        4 | 6 => Ok(day.to_datetime(digits_time(time)?)),
        _ => Err(fault),
    }
}

/// Reads `HHMM` or `HHMMSS`.
fn digits_time(digits: &str) -> Result<Time, ValueFault> {
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<i8>().ok());
    let second = if digits.len() == 4 { Some(0) } else { number(4..6) };
    match (digits.len(), number(0..2), number(2..4), second) {
        (4 | 6, Some(hour), Some(minute), Some(second)) => Time::new(hour, minute, second, 0).map_err(|_| ValueFault::NotADate),
        _ => Err(ValueFault::NotADate),
    }
}

/// Reads a date as it is written, and what follows it.
fn parse_written(plain: &str) -> Result<When, ValueFault> {
    let mut scan = Scan { rest: plain };
    let day = scan.date()?;
    scan.weekday();
    if scan.rest.is_empty() {
        return Ok(When::Local(day.to_datetime(Time::midnight())));
    }
    scan.one_of(&["T", "t"]);
    let civil = day.to_datetime(scan.time()?);
    let Some(offset) = scan.offset()? else { return Ok(When::Local(civil)) };
    offset.to_timestamp(civil).map(When::Absolute).map_err(|_| ValueFault::NotADate)
}

/// A text being read from the left. White space before each part is passed over.
struct Scan<'a> {
    rest: &'a str,
}

impl Scan<'_> {
    /// Takes one of the words where it stands next.
    fn one_of(&mut self, words: &[&str]) -> bool {
        let rest = self.rest.trim_start();
        match words.iter().find_map(|word| rest.strip_prefix(word)) {
            Some(behind) => {
                self.rest = behind.trim_start();
                true
            }
            None => false,
        }
    }

    /// Takes a number of up to four digits, and says how many they are.
    fn number(&mut self) -> Option<(i16, usize)> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=4).contains(&digits) {
            return None;
        }
        let number = self.rest[..digits].parse().ok()?;
        self.rest = &self.rest[digits..];
        Some((number, digits))
    }

    /// Takes year, month and day, with what stands between and behind them.
    fn date(&mut self) -> Result<Date, ValueFault> {
        let fault = ValueFault::NotADate;
        let is_roc = self.one_of(&["民國", "民国", "中華民國"]);
        let (first, digits) = self.number().ok_or(fault)?;
        let separators: &[&[&str]] = &[&["-"], &["/"], &["."], &["年"], &["년"]];
        let separator = separators.iter().position(|words| self.one_of(words)).ok_or(fault)?;
        let (month, _) = self.number().ok_or(fault)?;
        let behind_month: &[&str] = match separator {
            0 => &["-"],
            1 => &["/"],
            2 => &["."],
            3 => &["月"],
            _ => &["월"],
        };
        if !self.one_of(behind_month) {
            return Err(fault);
        }
        let (day, day_digits) = self.number().ok_or(fault)?;
        match separator {
            0 | 1 => {}
            2 => drop(self.one_of(&["."])),
            3 => drop(self.one_of(&["日", "號", "号"])),
            _ => drop(self.one_of(&["일"])),
        }
        let year = match (is_roc, digits) {
            (true, _) => first + ROC_YEARS,
            (false, 4) => first,
            (false, 1 | 2) if matches!(day_digits, 2 | 4) => return Err(ValueFault::AmbiguousDate),
            (false, _) => return Err(fault),
        };
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(fault);
        }
        Date::new(year, month as i8, day as i8).map_err(|_| fault)
    }

    /// Passes over the name of the day in brackets, as in `2024. 1. 5.(금)`, and over white space.
    fn weekday(&mut self) {
        let rest = self.rest.trim_start();
        let behind = rest.strip_prefix('(').and_then(|inside| inside.split_once(')')).map(|(_, behind)| behind);
        self.rest = behind.unwrap_or(rest).trim_start();
    }

    /// Takes hour, minute and where there are any second and fraction, in twelve or twenty-four hours.
    fn time(&mut self) -> Result<Time, ValueFault> {
        let fault = ValueFault::NotADate;
        let mut half = self.half_of_day();
        let (hour, _) = self.number().ok_or(fault)?;
        let is_colon = self.one_of(&[":"]);
        if !is_colon && !self.one_of(&["时", "時", "点", "點", "시"]) {
            return Err(fault);
        }
        let minute = match self.number() {
            Some((minute, _)) => minute,
            None if is_colon => return Err(fault),
            None => 0,
        };
        let has_more = if is_colon { self.one_of(&[":"]) } else { self.one_of(&["分", "분"]) };
        let mut second = 0;
        let mut nanosecond = 0;
        match self.number() {
            Some((found, _)) if has_more => {
                second = found;
                nanosecond = self.fraction();
                self.one_of(&["秒", "초"]);
            }
            Some(_) => return Err(fault),
            None if has_more && is_colon => return Err(fault),
            None => {}
        }
        half = half.or_else(|| self.half_of_day());
        let hour = match (half, hour) {
            (Some(false), 12) => 0,
            (Some(true), 1..=11) => hour + 12,
            _ => hour,
        };
        if hour > 23 || minute > 59 || second > 59 {
            return Err(fault);
        }
        self.rest = self.rest.trim_start();
        Time::new(hour as i8, minute as i8, second as i8, nanosecond).map_err(|_| fault)
    }

    /// Takes the word for the half of the day: true for the afternoon.
    fn half_of_day(&mut self) -> Option<bool> {
        if self.one_of(&["下午", "오후", "PM", "pm", "p.m.", "P.M.", "晚上"]) {
            Some(true)
        } else if self.one_of(&["上午", "오전", "AM", "am", "a.m.", "A.M.", "凌晨", "早上"]) {
            Some(false)
        } else {
            None
        }
    }

    /// Takes the fraction of a second, in nanoseconds; digits beyond the ninth are dropped.
    fn fraction(&mut self) -> i32 {
        let Some(behind) = self.rest.strip_prefix(['.', ',']) else { return 0 };
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let nanosecond = format!("{:0<9.9}", &behind[..digits]).parse().unwrap_or(0);
        self.rest = &behind[digits..];
        nanosecond
    }

    /// Takes an offset to the end of the text; none where the text has ended.
    fn offset(&mut self) -> Result<Option<Offset>, ValueFault> {
        let fault = ValueFault::NotADate;
        let rest = self.rest.trim();
        if rest.is_empty() {
            return Ok(None);
        }
        if ["Z", "z", "UTC", "GMT"].contains(&rest) {
            return Ok(Some(Offset::UTC));
        }
        let rest = rest.strip_prefix("UTC").or(rest.strip_prefix("GMT")).unwrap_or(rest);
        let (sign, rest) = match (rest.strip_prefix('+'), rest.strip_prefix(['-', '\u{2212}'])) {
            (Some(rest), _) => (1, rest),
            (_, Some(rest)) => (-1, rest),
            (None, None) => return Err(fault),
        };
        let (hours, minutes) = rest.split_once(':').or(rest.split_at_checked(2)).unwrap_or((rest, ""));
        let hours: i32 = hours.parse().map_err(|_| fault)?;
        let minutes: i32 = if minutes.is_empty() { 0 } else { minutes.parse().map_err(|_| fault)? };
        if !(0..=15).contains(&hours) || !(0..60).contains(&minutes) {
            return Err(fault);
        }
        Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).map(Some).map_err(|_| fault)
    }
}

#[cfg(test)]
mod tests {
    use super::ValueFault::{AmbiguousDate, NotADate};
    use super::*;

    /// The reading as text: a local time as jiff prints it, an instant with `Z`, a fault by its code.
    fn told(read: Result<When, ValueFault>) -> String {
        match read {
            Ok(When::Local(civil)) => civil.to_string(),
            Ok(When::Absolute(timestamp)) => timestamp.to_string(),
            Err(fault) => fault.code().to_owned(),
        }
    }

    #[test]
    fn dates_and_times_are_read_as_people_write_them() {
        let cases = [
            ("2024-01-05", "2024-01-05T00:00:00"),
            ("2024/1/5", "2024-01-05T00:00:00"),
            ("2024.01.05", "2024-01-05T00:00:00"),
            ("2024. 1. 5.", "2024-01-05T00:00:00"),
            ("20240105", "2024-01-05T00:00:00"),
            ("202401051305", "2024-01-05T13:05:00"),
            ("20240105130509", "2024-01-05T13:05:09"),
            ("2024年1月5日", "2024-01-05T00:00:00"),
            ("2024年 01月 05日 13时05分", "2024-01-05T13:05:00"),
            ("2024年1月5日 下午1:05", "2024-01-05T13:05:00"),
            ("2024年1月5日 上午12點5分9秒", "2024-01-05T00:05:09"),
            ("2024년 1월 5일", "2024-01-05T00:00:00"),
            ("2024년1월5일 오후 1시 5분", "2024-01-05T13:05:00"),
            ("2024. 1. 5.(금) 오전 9:30", "2024-01-05T09:30:00"),
            ("2024-01-05(五) 13시", "2024-01-05T13:00:00"),
            ("民國113年1月5日", "2024-01-05T00:00:00"),
            ("民國113/1/5", "2024-01-05T00:00:00"),
            ("２０２４－０１－０５", "2024-01-05T00:00:00"),
            ("2024-01-05 13:05", "2024-01-05T13:05:00"),
            ("2024-01-05T13:05:09", "2024-01-05T13:05:09"),
            ("2024-01-05 13:05:09.25", "2024-01-05T13:05:09.25"),
            ("2024/1/5 1:05 PM", "2024-01-05T13:05:00"),
            ("2024/1/5 12:05:09 am", "2024-01-05T00:05:09"),
            ("2024-01-05T13:05:09Z", "2024-01-05T13:05:09Z"),
            ("2024-01-05T13:05:09+09:00", "2024-01-05T04:05:09Z"),
            ("2024-01-05 13:05:09 +0800", "2024-01-05T05:05:09Z"),
            ("2024-01-05 13:05:09 UTC+8", "2024-01-05T05:05:09Z"),
            ("2024-01-05T13:05:09-05", "2024-01-05T18:05:09Z"),
            ("2024-02-29", "2024-02-29T00:00:00"),
            ("45296", "2024-01-05T00:00:00"),
            ("45296.5", "2024-01-05T12:00:00"),
            ("45296.54524305556", "2024-01-05T13:05:09"),
            ("05/01/2024", "ambiguous_date"),
            ("13/01/2024", "ambiguous_date"),
            ("5-1-24", "ambiguous_date"),
            ("24/01/05", "ambiguous_date"),
            ("2023-02-29", "not_a_date"),
            ("2024-13-01", "not_a_date"),
            ("2024-00-10", "not_a_date"),
            ("2024-1", "not_a_date"),
            ("2024-01-05 25:00", "not_a_date"),
            ("2024-01-05 24:00", "not_a_date"),
            ("2024-01-05 13:60", "not_a_date"),
            ("2024-01-05 13:", "not_a_date"),
            ("2024-01-05 later", "not_a_date"),
            ("2024-01-05T13:05:09 Mars", "not_a_date"),
            ("2024/01-05", "not_a_date"),
            ("99999999", "not_a_date"),
            ("123456", "not_a_date"),
            ("12", "not_a_date"),
            ("1e5", "not_a_date"),
            ("", "not_a_date"),
            ("yesterday", "not_a_date"),
            ("张伟", "not_a_date"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(parse_when(text, None)), expected, "{text}");
        }
    }

    #[test]
    fn a_format_settles_what_is_open() {
        let cases = [
            ("05/01/2024", "%d/%m/%Y", "2024-01-05T00:00:00"),
            ("05/01/2024", "%m/%d/%Y", "2024-05-01T00:00:00"),
            ("05.01.24 13:05", "%d.%m.%y %H:%M", "2024-01-05T13:05:00"),
            ("1704459909", "%s", "2024-01-05T13:05:09Z"),
            ("19970101", "%Y%m%d", "1997-01-01T00:00:00"),
            ("2024-01-05", "%d/%m/%Y", "not_a_date"),
            ("31/02/2024", "%d/%m/%Y", "not_a_date"),
        ];
        for (text, format, expected) in cases {
            assert_eq!(told(parse_when(text, Some(format))), expected, "{text} {format}");
        }
    }

    #[test]
    fn dates_times_and_birthdays_stand_alone_too() {
        assert_eq!(parse_date("2024-01-05T23:30:00-08:00", None), Ok(date(2024, 1, 5)));
        assert_eq!(parse_date("05/01/2024", None), Err(AmbiguousDate));
        assert_eq!(parse_date("1704459909", Some("%s")), Ok(date(2024, 1, 5)));
        for (text, expected) in [
            ("13:05", Ok((13, 5, 0))),
            ("1:05:09 PM", Ok((13, 5, 9))),
            ("오후 1시 5분", Ok((13, 5, 0))),
            ("下午1点", Ok((13, 0, 0))),
            ("0930", Ok((9, 30, 0))),
            ("130509", Ok((13, 5, 9))),
            ("2561", Err(NotADate)),
            ("13", Err(NotADate)),
            ("13:05 tomorrow", Err(NotADate)),
        ] {
            let read = parse_time(text, None).map(|time| (time.hour(), time.minute(), time.second()));
            assert_eq!(read, expected, "{text}");
        }
        for (text, expected) in [
            ("1990-05-03", Ok((Some(1990), 5, 3))),
            ("19900503", Ok((Some(1990), 5, 3))),
            ("1990年5月3日", Ok((Some(1990), 5, 3))),
            ("--05-03", Ok((None, 5, 3))),
            ("05-03", Ok((None, 5, 3))),
            ("5/3", Ok((None, 5, 3))),
            ("5月3日", Ok((None, 5, 3))),
            ("12월 30일", Ok((None, 12, 30))),
            ("02-30", Ok((None, 2, 30))),
            ("13-01", Err(NotADate)),
            ("90-05-03", Err(AmbiguousDate)),
        ] {
            assert_eq!(parse_birthday(text, None).map(|day| (day.year, day.month, day.day)), expected, "{text}");
        }
    }

    #[test]
    fn local_times_become_instants_in_their_zone() {
        let zone = TimeZone::get("America/New_York").expect("a zone");
        for (text, expected) in [
            ("2024-01-05 13:05:09", "2024-01-05T18:05:09Z"),
            ("2024-07-05 13:05:09", "2024-07-05T17:05:09Z"),
            ("2024-03-10 02:30:00", "2024-03-10T07:30:00Z"),
            ("2024-11-03 01:30:00", "2024-11-03T05:30:00Z"),
            ("2024-01-05T13:05:09Z", "2024-01-05T13:05:09Z"),
        ] {
            let when = parse_when(text, None).expect("a time");
            assert_eq!(when.instant(&zone).expect("an instant").to_string(), expected, "{text}");
        }
    }
}

//! The lunar calendars as rules and birthdays see them, told day by day so that published libraries can be held against them.

use std::io::{BufWriter, Write};

use danggol_core::birthday::{Birthday, Calendar, LunarKind};

/// Writes a line for each day of each lunar month from one lunar year to another, both calendars: calendar, year, month, whether it is the
/// leap month, day, and the solar day on which a birthday of that day is celebrated in that year. A month that a year lacks, or a thirtieth of a
/// month of 29 days, falls on the day on which it is celebrated instead.
pub fn tell(first: i16, last: i16, out: impl Write) -> anyhow::Result<()> {
    let mut out = BufWriter::new(out);
    for (word, kind) in [("chinese", LunarKind::Chinese), ("korean", LunarKind::Korean)] {
        for month in 1..=12 {
            for (day, leap) in (1..=30).flat_map(|day| [(day, false), (day, true)]) {
                let birthday = Birthday::new(Calendar::Lunar, None, month, day, leap)?;
                for year in first..=last {
                    if let Some(date) = birthday.celebrated_in(year, kind) {
                        writeln!(out, "{word} {year} {month} {} {day} {date}", u8::from(leap))?;
                    }
                }
            }
        }
    }
    Ok(out.flush()?)
}

//! The roster as a table: a member a row, and a column for everything that conditions may say of her, named as they name it.

use std::collections::BTreeMap;
use std::path::Path;

use danggol_core::attribute::{Attribute, Kind};
use danggol_core::condition::{MEMBER_PLACES, Value as Said};
use danggol_core::id::MemberId;
use danggol_core::time::day_text;
use danggol_store::{Conn, person};

use super::sheet::{Column, ColumnKind, Sheet, Value};
use super::{ExportError, Out};
use crate::app::BrandState;
use crate::segment::now;

/// Members who are read at once.
const PAGE: i64 = 500;

/// The attributes of a member.
fn attributes() -> Vec<Attribute> {
    Attribute::ALL.iter().copied().filter(|attribute| MEMBER_PLACES.contains(&attribute.of())).collect()
}

fn columns(attributes: &[Attribute], exponent: u32) -> Vec<Column> {
    let column = |attribute: &Attribute| {
        let kind = match attribute.kind() {
            Kind::Money => ColumnKind::Money(exponent),
            Kind::Number | Kind::Weekday | Kind::Hour => ColumnKind::Number,
            Kind::Text | Kind::Choice | Kind::Date => ColumnKind::Text,
        };
        Column::new(attribute.word(), kind)
    };
    std::iter::once(Column::new("member_id", ColumnKind::Text)).chain(attributes.iter().map(column)).collect()
}

/// Writes everybody as she stands at a moment, in UTC milliseconds.
pub fn write(conn: &mut Conn, now_ms: i64, path: &Path, out: &mut Out<'_>) -> Result<(), ExportError> {
    let state = BrandState::read(conn)?;
    let rules = state.rules()?;
    let now = now(&rules, now_ms);
    let attributes = attributes();
    let exponent = state.brand.map_or(0, |brand| brand.currency_exponent);
    let mut sheet = Sheet::create(path, columns(&attributes, exponent))?;
    let segments = BTreeMap::new();
    let mut after = MemberId(0);
    loop {
        let people = conn.snapshot(|conn| person::people(conn, after, PAGE, now))?;
        for kept in &people {
            let person = kept.at(&segments, now);
            let value = |attribute: &Attribute| match (attribute.kind(), person.attribute(*attribute)) {
                (_, Said::Missing) => Value::None,
                (_, Said::Text(text)) => Value::text(text),
                (Kind::Date, Said::Number(day)) => i32::try_from(day).map_or(Value::None, |day| Value::text(day_text(day))),
                (_, Said::Number(number)) => Value::Number(number),
            };
            let id = Value::text(kept.file.facts.member.to_string());
            sheet.write(&std::iter::once(id).chain(attributes.iter().map(value)).collect::<Vec<_>>())?;
        }
        out.wrote(people.len() as u64);
        match people.last() {
            Some(last) => after = last.file.facts.member,
            None => return sheet.finish(),
        }
    }
}

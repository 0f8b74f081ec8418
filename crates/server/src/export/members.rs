//! Members as rows: what a later import of the same file takes for the same members.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use danggol_core::birthday::{BirthdayWire, Calendar};
use danggol_core::id::MemberId;
use danggol_core::identity::IdentityKind;
use danggol_core::member::{Gender, MemberStatus};
use danggol_store::Conn;
use danggol_store::identity::IdentityRecord;
use danggol_store::member::{self, MemberRecord};
use danggol_store::seal::Keyring;

use super::sheet::{Column, ColumnKind, Sheet, Value};
use super::{ExportError, Out, PAGE_ROWS};

/// The columns before the brand's own.
const COLUMNS: &[(&str, ColumnKind)] = &[
    ("name", ColumnKind::Text),
    ("gender", ColumnKind::Text),
    ("birthday", ColumnKind::Text),
    ("birthday_calendar", ColumnKind::Text),
    ("phone", ColumnKind::Text),
    ("email", ColumnKind::Text),
    ("card", ColumnKind::Text),
    ("external", ColumnKind::Text),
    ("store", ColumnKind::Text),
    ("joined_at", ColumnKind::Time),
    ("source", ColumnKind::Text),
    ("note", ColumnKind::Text),
    ("occupation", ColumnKind::Text),
    ("address", ColumnKind::Text),
    ("income_band", ColumnKind::Text),
    // Behind the others: an import must not take it for a number of the member's in another system.
    ("id", ColumnKind::Text),
    ("status", ColumnKind::Text),
];

/// The first identity of a kind.
pub(super) fn first_of(identities: &[IdentityRecord], kind: IdentityKind) -> Option<&str> {
    identities.iter().find(|record| record.identity.kind == kind).map(|record| record.identity.value.as_str())
}

pub(super) fn write(conn: &mut Conn, keyring: &Keyring, path: &Path, out: &mut Out<'_>) -> Result<(), ExportError> {
    let keys = own_fields(conn, keyring)?;
    let mut columns: Vec<Column> = COLUMNS.iter().map(|(name, kind)| Column::new(name, *kind)).collect();
    columns.extend(keys.iter().map(|key| Column::new(&format!("custom.{key}"), ColumnKind::Text)));
    let mut sheet = Sheet::create(path, columns)?;
    each(conn, keyring, |page| {
        let alive = page.iter().filter(|record| record.fields.status != MemberStatus::Erased);
        let mut rows = 0;
        for record in alive {
            sheet.write(&row(record, &keys))?;
            rows += 1;
        }
        out.wrote(rows);
        Ok(())
    })?;
    sheet.finish()
}

fn each(
    conn: &mut Conn,
    keyring: &Keyring,
    mut take: impl FnMut(&[MemberRecord]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut after = MemberId(0);
    loop {
        let page = member::page(conn, keyring, after, PAGE_ROWS as i64)?;
        take(&page)?;
        match page.last() {
            Some(last) => after = last.id,
            None => return Ok(()),
        }
    }
}

/// The keys of the brand's own fields that some member has.
fn own_fields(conn: &mut Conn, keyring: &Keyring) -> Result<BTreeSet<String>, ExportError> {
    let mut keys = BTreeSet::new();
    each(conn, keyring, |page| {
        keys.extend(page.iter().flat_map(|record| record.fields.profile.custom.keys().cloned()));
        Ok(())
    })?;
    Ok(keys)
}

fn row<'r>(record: &'r MemberRecord, keys: &BTreeSet<String>) -> Vec<Value<'r>> {
    let (fields, profile) = (&record.fields, &record.fields.profile);
    let identity = |kind| Value::opt_text(first_of(&record.identities, kind));
    let birthday = fields.birthday.map(BirthdayWire::from);
    let calendar = birthday.as_ref().map(|birthday| match birthday.calendar {
        Calendar::Solar => "solar",
        Calendar::Lunar => "lunar",
    });
    let mut row = vec![
        Value::opt_text(fields.name.as_deref()),
        Value::opt_text(fields.gender.map(Gender::word)),
        birthday.map_or(Value::None, |birthday| Value::text(birthday.date)),
        Value::opt_text(calendar),
        identity(IdentityKind::Phone),
        identity(IdentityKind::Email),
        identity(IdentityKind::Card),
        identity(IdentityKind::External),
        Value::opt_text(fields.store.as_deref()),
        Value::Number(record.joined_at_ms),
        Value::opt_text(record.source_code.as_deref()),
        Value::opt_text(profile.note.as_deref()),
        Value::opt_text(profile.occupation.as_deref()),
        Value::opt_text(profile.residence.as_deref()),
        Value::opt_text(profile.income_band.as_deref()),
        Value::text(record.id.to_string()),
        Value::text(fields.status.word()),
    ];
    let custom: &BTreeMap<String, String> = &profile.custom;
    row.extend(keys.iter().map(|key| Value::opt_text(custom.get(key).map(String::as_str))));
    row
}

//! Members as rows: what a later import of the same file takes for the same members.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use danggol_core::birthday::{BirthdayWire, Calendar};
use danggol_core::id::{MemberId, SegmentId};
use danggol_core::identity::IdentityKind;
use danggol_core::member::{Gender, MemberStatus};
use danggol_store::Conn;
use danggol_store::identity::IdentityRecord;
use danggol_store::member::{self, MemberRecord};
use danggol_store::seal::Keyring;
use danggol_store::segment::{self, Basis, SegmentRecord};
use danggol_store::tag;

use super::sheet::{Column, ColumnKind, Sheet, Value};
use super::{ExportError, Out, PAGE_ROWS};
use crate::import::{consents, tags};

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
    ("tags", ColumnKind::Text),
    // Behind the others: an import must not take it for a number of the member's in another system.
    ("id", ColumnKind::Text),
    ("status", ColumnKind::Text),
];

/// The first identity of a kind.
pub(super) fn first_of(identities: &[IdentityRecord], kind: IdentityKind) -> Option<&str> {
    identities.iter().find(|record| record.identity.kind == kind).map(|record| record.identity.value.as_str())
}

/// The names of the tags that are given by hand; those that rules give follow from the rules wherever the file goes.
pub(super) fn tag_names(conn: &mut Conn) -> Result<HashMap<SegmentId, String>, ExportError> {
    let tags: BTreeSet<SegmentId> = tag::all(conn)?.into_iter().map(|tag| tag.segment).collect();
    let is_given =
        |record: &SegmentRecord| tags.contains(&record.id) && record.basis == Basis::List && record.archived_at_ms.is_none();
    let records = segment::all(conn)?.into_iter().filter(is_given);
    Ok(records.map(|record| (record.id, record.name)).collect())
}

/// The tags of some members, each one's in one text as an import reads it.
pub(super) fn tags_of(
    conn: &mut Conn,
    names: &HashMap<SegmentId, String>,
    page: &[MemberRecord],
    now_ms: i64,
) -> Result<HashMap<MemberId, String>, ExportError> {
    let ids: Vec<MemberId> = page.iter().map(|record| record.id).collect();
    let mut of: BTreeMap<MemberId, BTreeSet<&str>> = BTreeMap::new();
    for given in tag::given_to(conn, &ids, now_ms)? {
        if let Some(name) = names.get(&given.tag) {
            of.entry(given.member).or_default().insert(name);
        }
    }
    let told = of.into_iter().map(|(member, names)| (member, tags::text_of(names.into_iter())));
    Ok(told.collect())
}

pub(super) fn write(conn: &mut Conn, keyring: &Keyring, now_ms: i64, path: &Path, out: &mut Out<'_>) -> Result<(), ExportError> {
    let (keys, matters) = own_fields(conn, keyring)?;
    let mut columns: Vec<Column> = COLUMNS.iter().map(|(name, kind)| Column::new(name, *kind)).collect();
    columns.extend(keys.iter().map(|key| Column::new(&format!("custom.{key}"), ColumnKind::Text)));
    columns.extend(matters.iter().map(|matter| Column::new(&format!("consent.{matter}"), ColumnKind::Text)));
    let mut sheet = Sheet::create(path, columns)?;
    let names = tag_names(conn)?;
    each(conn, keyring, |conn, page| {
        let tags = tags_of(conn, &names, page, now_ms)?;
        let alive = page.iter().filter(|record| record.fields.status != MemberStatus::Erased);
        let mut rows = 0;
        for record in alive {
            sheet.write(&row(record, (&keys, &matters), tags.get(&record.id).map(String::as_str)))?;
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
    mut take: impl FnMut(&mut Conn, &[MemberRecord]) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let mut after = MemberId(0);
    loop {
        let page = member::page(conn, keyring, after, PAGE_ROWS as i64)?;
        take(conn, &page)?;
        match page.last() {
            Some(last) => after = last.id,
            None => return Ok(()),
        }
    }
}

/// The keys of the brand's own fields that some member has, and the matters on which some member was asked for her consent.
fn own_fields(conn: &mut Conn, keyring: &Keyring) -> Result<(BTreeSet<String>, BTreeSet<String>), ExportError> {
    let (mut keys, mut matters) = (BTreeSet::new(), BTreeSet::new());
    each(conn, keyring, |_, page| {
        keys.extend(page.iter().flat_map(|record| record.fields.profile.custom.keys().cloned()));
        matters.extend(page.iter().flat_map(|record| record.consents.keys().cloned()));
        Ok(())
    })?;
    Ok((keys, matters))
}

fn row<'r>(
    record: &'r MemberRecord,
    (keys, matters): (&BTreeSet<String>, &BTreeSet<String>),
    tags: Option<&'r str>,
) -> Vec<Value<'r>> {
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
        Value::opt_text(tags),
        Value::text(record.id.to_string()),
        Value::text(fields.status.word()),
    ];
    let custom: &BTreeMap<String, String> = &profile.custom;
    row.extend(keys.iter().map(|key| Value::opt_text(custom.get(key).map(String::as_str))));
    row.extend(matters.iter().map(|matter| consents::text_of(&record.consents, matter).map_or(Value::None, Value::text)));
    row
}

//! Published versions of the programme and its draft. Bodies are JSON texts that `danggol_core::programme` reads.

use std::borrow::Cow;
use std::sync::Arc;

use danggol_core::decide::{DayClock, Published, Rules};
use danggol_core::id::UserId;
use jiff::tz::TimeZone;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::schema::PROGRAMME;
use crate::setting;

const NEWEST: &str =
    "SELECT version, body, published_at_ms, published_by, note, clock FROM programme ORDER BY version DESC LIMIT 1";
const ALL: &str = "SELECT version, body, published_at_ms, published_by, note, clock FROM programme ORDER BY version DESC";
const FIND_MANY: &str = "SELECT version, body, published_at_ms, published_by, note, clock FROM programme \
     WHERE version IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY version";

const FREEZE_CLOCK: &str = "UPDATE programme SET clock = $1 WHERE clock IS NULL";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[NEWEST, ALL, FIND_MANY, FREEZE_CLOCK];

/// The setting that holds the draft.
const DRAFT: &str = "programme_draft";

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedProgramme {
    /// From 1 upwards.
    pub version: i64,
    /// The programme as JSON.
    pub body: String,
    /// UTC milliseconds.
    pub published_at_ms: i64,
    /// Who published it; none for the one that the system began with.
    pub published_by: Option<UserId>,
    /// What the publisher said about it.
    pub note: Option<String>,
    /// By which clock its days were cut, where the brand has changed its clock since.
    pub clock: Option<FrozenClock>,
}

/// The clock of a brand as it is kept with the versions that decided by it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FrozenClock {
    /// IANA name of the time zone.
    pub time_zone: String,
    /// The hour at which the business day changes, 0–23.
    pub day_cut_hour: u8,
}

impl FrozenClock {
    /// What the decision cuts days by; UTC for a time zone that the time zone data does not know any more.
    pub fn day_clock(&self) -> DayClock {
        DayClock { zone: TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC), cut_hour: self.day_cut_hour }
    }
}

impl PublishedProgramme {
    /// The version as the decision needs it, with the clock that is frozen on it. Only a body that is not a programme is an error.
    pub fn read(&self) -> Result<Published, StoreError> {
        let programme = serde_json::from_str(&self.body)
            .map_err(|error| StoreError::Damaged(format!("version {} of the programme: {error}", self.version)))?;
        let clock = self.clock.as_ref().map(FrozenClock::day_clock);
        Ok(Published { clock, ..Published::new(self.version, programme) })
    }
}

/// The draft.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProgrammeDraft {
    /// The programme as JSON.
    pub body: serde_json::Value,
    /// UTC milliseconds.
    pub updated_at_ms: i64,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
}

impl BindRow for PublishedProgramme {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.int(self.version);
        binder.text(&self.body);
        binder.int(self.published_at_ms);
        binder.opt_int(self.published_by.map(|user| user.0));
        binder.opt_text(self.note.as_deref());
        // A version is published under the clock that the brand has, which stands on the brand alone until it changes.
        binder.opt_text(None);
    }
}

fn published(row: &Row<'_>) -> Result<PublishedProgramme, StoreError> {
    let version = row.int(0)?;
    let clock = row.opt_str(5)?.map(serde_json::from_str).transpose();
    Ok(PublishedProgramme {
        version,
        body: row.text(1)?,
        published_at_ms: row.int(2)?,
        published_by: row.opt_int(3)?.map(UserId),
        note: row.opt_text(4)?,
        clock: clock.map_err(|_| StoreError::Damaged(format!("the clock of version {version} of the programme")))?,
    })
}

/// The version in force.
pub fn newest(conn: &mut Conn) -> Result<Option<PublishedProgramme>, StoreError> {
    conn.query_one(NEWEST, &[], published)
}

/// All versions, the newest first.
pub fn versions(conn: &mut Conn) -> Result<Vec<PublishedProgramme>, StoreError> {
    conn.query(ALL, &[], published)
}

/// Some versions, in their order.
pub fn find(conn: &mut Conn, versions: &[i64]) -> Result<Vec<PublishedProgramme>, StoreError> {
    let wanted = crate::db::int_array(versions.iter().copied());
    conn.query(FIND_MANY, &[(&wanted).into()], published)
}

/// The rules with all of these versions, each with its clock: another process may have published one that this one has not heard of yet.
pub(crate) fn with_versions<'a>(
    conn: &mut Conn,
    rules: &'a Rules,
    versions: impl Iterator<Item = i64>,
) -> Result<Cow<'a, Rules>, StoreError> {
    let missing: Vec<i64> = versions.filter(|version| *version > 0 && !rules.versions.contains_key(version)).collect();
    if missing.is_empty() {
        return Ok(Cow::Borrowed(rules));
    }
    let mut rules = rules.clone();
    for kept in find(conn, &missing)? {
        rules.versions.insert(kept.version, Arc::new(kept.read()?));
    }
    Ok(Cow::Owned(rules))
}

/// Publishes a body as the version after the newest, removes the draft, and gives the new version.
pub fn publish(
    conn: &mut Conn,
    body: &str,
    published_at_ms: i64,
    published_by: Option<UserId>,
    note: Option<&str>,
) -> Result<i64, StoreError> {
    let version = newest(conn)?.map_or(1, |newest| newest.version + 1);
    let version = insert(conn, version, body, published_at_ms, published_by, note)?;
    setting::remove(conn, DRAFT)?;
    Ok(version)
}

fn insert(
    conn: &mut Conn,
    version: i64,
    body: &str,
    published_at_ms: i64,
    published_by: Option<UserId>,
    note: Option<&str>,
) -> Result<i64, StoreError> {
    let (body, note) = (body.to_owned(), note.map(str::to_owned));
    let row = PublishedProgramme { version, body, published_at_ms, published_by, note, clock: None };
    conn.insert_rows(&PROGRAMME, Conflict::Fail, [&row].into_iter())?;
    Ok(version)
}

/// Notes that all versions so far decided by `clock`, which the brand is about to leave, and publishes the newest once more: what is
/// decided from now on names a version of the new clock. Gives that version; none where nothing is published yet. The draft stays.
pub fn change_clock(
    conn: &mut Conn,
    clock: &FrozenClock,
    published_at_ms: i64,
    published_by: Option<UserId>,
    note: &str,
) -> Result<Option<i64>, StoreError> {
    let Some(newest) = newest(conn)? else { return Ok(None) };
    let clock = serde_json::to_string(clock).map_err(|error| StoreError::Damaged(error.to_string()))?;
    conn.execute(FREEZE_CLOCK, &[clock.as_str().into()])?;
    insert(conn, newest.version + 1, &newest.body, published_at_ms, published_by, Some(note)).map(Some)
}

/// The draft, where there is one.
pub fn draft(conn: &mut Conn) -> Result<Option<ProgrammeDraft>, StoreError> {
    let text = setting::find(conn, DRAFT)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| StoreError::Damaged(format!("the draft: {error}")))).transpose()
}

/// Keeps a draft in place of the one before.
pub fn put_draft(conn: &mut Conn, draft: &ProgrammeDraft) -> Result<(), StoreError> {
    let text = serde_json::to_string(draft).map_err(|error| StoreError::Damaged(format!("the draft: {error}")))?;
    setting::put(conn, DRAFT, &text)
}

/// Drops the draft.
pub fn remove_draft(conn: &mut Conn) -> Result<(), StoreError> {
    setting::remove(conn, DRAFT)
}

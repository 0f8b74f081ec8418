//! Published versions of the programme and its draft. Bodies are JSON texts that `danggol_core::programme` reads.

use danggol_core::id::UserId;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::schema::PROGRAMME;
use crate::setting;

const NEWEST: &str = "SELECT version, body, published_at_ms, published_by, note FROM programme ORDER BY version DESC LIMIT 1";
const ALL: &str = "SELECT version, body, published_at_ms, published_by, note FROM programme ORDER BY version DESC";
const FIND_MANY: &str = "SELECT version, body, published_at_ms, published_by, note FROM programme \
     WHERE version IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY version";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[NEWEST, ALL, FIND_MANY];

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
    }
}

fn published(row: &Row<'_>) -> Result<PublishedProgramme, StoreError> {
    Ok(PublishedProgramme {
        version: row.int(0)?,
        body: row.text(1)?,
        published_at_ms: row.int(2)?,
        published_by: row.opt_int(3)?.map(UserId),
        note: row.opt_text(4)?,
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

/// Publishes a body as the version after the newest, removes the draft, and gives the new version.
pub fn publish(
    conn: &mut Conn,
    body: &str,
    published_at_ms: i64,
    published_by: Option<UserId>,
    note: Option<&str>,
) -> Result<i64, StoreError> {
    let version = newest(conn)?.map_or(1, |newest| newest.version + 1);
    let row = PublishedProgramme { version, body: body.to_owned(), published_at_ms, published_by, note: note.map(str::to_owned) };
    conn.insert_rows(&PROGRAMME, Conflict::Fail, [&row].into_iter())?;
    setting::remove(conn, DRAFT)?;
    Ok(version)
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

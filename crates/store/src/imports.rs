//! Files being imported: one row a file, whose body is the job's own JSON.

use danggol_core::id::ImportId;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::schema::IMPORT_JOB;

const FIND: &str = "SELECT import_id, kind, status, body, created_at_ms, updated_at_ms FROM import_job WHERE import_id = $1";
const NEWEST: &str =
    "SELECT import_id, kind, status, body, created_at_ms, updated_at_ms FROM import_job ORDER BY import_id DESC LIMIT $1";
const IN_STATUS: &str =
    "SELECT import_id, kind, status, body, created_at_ms, updated_at_ms FROM import_job WHERE status = $1 ORDER BY import_id";
const UPDATE: &str = "UPDATE import_job SET status = $3, body = $4, updated_at_ms = $5 WHERE import_id = $1 AND status = $2";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND, NEWEST, IN_STATUS, UPDATE];

/// A file being imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRecord {
    /// Its id.
    pub id: ImportId,
    /// `members`, `products` or `purchases`.
    pub kind: String,
    /// `uploaded`, `running`, `done`, `failed` or `cancelled`.
    pub status: String,
    /// What the job knows of itself, as JSON.
    pub body: String,
    /// UTC milliseconds.
    pub created_at_ms: i64,
    /// UTC milliseconds.
    pub updated_at_ms: i64,
}

impl BindRow for ImportRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.int(self.id.0);
        binder.text(&self.kind);
        binder.text(&self.status);
        binder.text(&self.body);
        binder.int(self.created_at_ms);
        binder.int(self.updated_at_ms);
    }
}

fn record(row: &Row<'_>) -> Result<ImportRecord, StoreError> {
    Ok(ImportRecord {
        id: ImportId(row.int(0)?),
        kind: row.text(1)?,
        status: row.text(2)?,
        body: row.text(3)?,
        created_at_ms: row.int(4)?,
        updated_at_ms: row.int(5)?,
    })
}

/// Keeps a new job.
pub fn insert(conn: &mut Conn, job: &ImportRecord) -> Result<(), StoreError> {
    conn.insert_rows(&IMPORT_JOB, Conflict::Fail, [job].into_iter()).map(drop)
}

/// One job.
pub fn find(conn: &mut Conn, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
    conn.query_one(FIND, &[id.0.into()], record)
}

/// The newest jobs, the newest first.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<ImportRecord>, StoreError> {
    conn.query(NEWEST, &[limit.into()], record)
}

/// All jobs in a status, the oldest first: those that a start must take up again.
pub fn in_status(conn: &mut Conn, status: &str) -> Result<Vec<ImportRecord>, StoreError> {
    conn.query(IN_STATUS, &[status.into()], record)
}

/// Keeps status and body of a job that is still in `from_status`; false when it is not, as after a cancellation.
pub fn update(conn: &mut Conn, job: &ImportRecord, from_status: &str) -> Result<bool, StoreError> {
    let params = [job.id.0.into(), from_status.into(), (&job.status).into(), (&job.body).into(), job.updated_at_ms.into()];
    Ok(conn.execute(UPDATE, &params)? == 1)
}

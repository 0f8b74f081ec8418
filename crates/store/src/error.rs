//! What can go wrong in keeping.

use std::io;
use std::path::PathBuf;

/// Why a database call gave no result. Refusals that belong to the field (a number that is taken, an unknown member) are not
/// among them: those are values of the functions that decide them.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite refused.
    #[error("SQLite: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL refused, or the connection broke.
    #[error("PostgreSQL: {}", postgres_text(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// A file of the data folder, a key or a certificate could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process serves this data folder.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// The address of the database is not understood, or says more than it may.
    #[error(transparent)]
    Target(#[from] crate::target::TargetError),
    /// TLS to PostgreSQL could not be set up.
    #[error("TLS: {0}")]
    Tls(String),
    /// A text with a NUL character, which PostgreSQL cannot keep.
    #[error("a text contains the NUL character")]
    Nul,
    /// A row bound more or fewer values than its table has columns.
    #[error("a row of {table} bound {bound} values for {columns} columns")]
    Shape {
        /// The table.
        table: &'static str,
        /// Values bound.
        bound: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// What is kept contradicts itself, or a sealed value does not open.
    #[error("what is kept is damaged: {0}")]
    Damaged(String),
    /// The database was made by a newer version of the program.
    #[error("the database has schema {found}, this program knows {known}: use the newer program")]
    Newer {
        /// The schema in the database.
        found: i64,
        /// The newest schema of this program.
        known: i64,
    },
    /// The lease of this writer was taken over; nothing of the commit was kept.
    #[error("another writer took over the lease of this one")]
    Fenced,
    /// Somebody else changed the same rows in the meantime; the same work succeeds when it is done again.
    #[error("somebody else changed the same rows in the meantime")]
    Raced,
    /// The answer to a commit was lost: it may or may not have been kept.
    #[error("the answer to a commit was lost: {0}")]
    CommitUnknown(Box<StoreError>),
    /// More work is waiting than may wait, or other writers were in the way for too long.
    #[error("the database is too busy")]
    Busy,
    /// The store is closing, or a job ended without an answer.
    #[error("the store is closed")]
    Closed,
    /// An operation that only the other engine has.
    #[error("{0}")]
    Unsupported(&'static str),
    /// A folder or file that a restore or backup would overwrite.
    #[error("{0} exists and is not empty")]
    NotEmpty(PathBuf),
}

/// The server's own words, which `Display` of the driver leaves out.
fn postgres_text(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

impl StoreError {
    /// A file error with its path.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> StoreError {
        move |source| StoreError::File { path: path.into(), source }
    }

    /// Whether the same work may succeed when tried again: a serialisation failure, a deadlock, a busy or locked file.
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
            }
            // 40001 serialization_failure, 40P01 deadlock_detected (PostgreSQL manual, appendix A).
            StoreError::Postgres(error) => error.code().is_some_and(|code| matches!(code.code(), "40001" | "40P01")),
            StoreError::Raced => true,
            _ => false,
        }
    }

    /// Whether the work may have been kept although this error came back.
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, StoreError::CommitUnknown(_))
    }

    /// Whether a key was already there.
    pub fn is_duplicate(&self) -> bool {
        match self {
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
                error.extended_code,
                rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            ),
            StoreError::Postgres(error) => error.code().is_some_and(|code| code.code() == "23505"),
            _ => false,
        }
    }
}

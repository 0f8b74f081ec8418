//! Idempotency keys of requests that do not go through the write pipeline, which keeps its own in the same table.

use danggol_core::decide::Key;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::Conn;
use crate::error::StoreError;
use crate::schema::IDEMPOTENCY;

const FIND: &str = "SELECT input_hash, result_kind, result_id FROM idempotency WHERE key = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND];

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownResult {
    /// Of what was asked then.
    pub input_hash: i64,
    /// The table of what came of it, in a word.
    pub kind: String,
    /// The id of what came of it.
    pub id: i64,
}

struct KeyRow<'a> {
    key: &'a Key,
    kind: &'a str,
    id: i64,
    at_ms: i64,
}

impl BindRow for KeyRow<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(&self.key.scoped);
        binder.int(self.key.input_hash);
        binder.text(self.kind);
        binder.int(self.id);
        binder.int(self.at_ms);
    }
}

/// What a key stands for; none when it is new.
pub fn find(conn: &mut Conn, key: &Key) -> Result<Option<KnownResult>, StoreError> {
    conn.query_one(FIND, &[(&key.scoped).into()], |row| {
        Ok(KnownResult { input_hash: row.int(0)?, kind: row.text(1)?, id: row.int(2)? })
    })
}

/// Keeps what a new key stands for, in the transaction that made it. When the same key came by another way meanwhile, nothing of the
/// transaction may stay.
pub fn keep(conn: &mut Conn, key: &Key, kind: &str, id: i64, at_ms: i64) -> Result<(), StoreError> {
    let row = KeyRow { key, kind, id, at_ms };
    let written = conn.insert_rows(&IDEMPOTENCY, Conflict::Skip { on: &["key"] }, [&row].into_iter())?;
    if written.count == 1 { Ok(()) } else { Err(StoreError::Raced) }
}

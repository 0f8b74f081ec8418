//! Leases of writer ids: every process that writes has a number of its own, and every commit proves that it still has it.

use crate::db::Conn;
use crate::error::StoreError;
use crate::save::Fence;
use crate::schema::TABLES;

/// How long a lease lasts without being renewed, in milliseconds.
pub const LEASE_MS: i64 = 60_000;

/// The greatest writer id: it is the node part of the ids that the writer makes.
pub const MAX_WRITER_ID: i64 = 255;

const EXPIRED: &str =
    "SELECT writer_id, instance, last_sequence FROM writer WHERE leased_until_ms < $1 ORDER BY writer_id LIMIT 1";

const TAKE_OVER: &str = "UPDATE writer SET instance = $2, leased_until_ms = $3 \
     WHERE writer_id = $1 AND instance = $4 AND leased_until_ms < $5";

const GREATEST: &str = "SELECT MAX(writer_id) FROM writer";

const ADD: &str = "INSERT INTO writer (writer_id, instance, leased_until_ms, last_sequence) VALUES ($1, $2, $3, 0) \
     ON CONFLICT (writer_id) DO NOTHING";

const RENEW: &str = "UPDATE writer SET leased_until_ms = $3 WHERE writer_id = $1 AND instance = $2";

const RELEASE: &str = "UPDATE writer SET leased_until_ms = 0 WHERE writer_id = $1 AND instance = $2";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[EXPIRED, TAKE_OVER, GREATEST, ADD, RENEW, RELEASE];

/// Leases a writer id for an instance, which must be a name that no other process has or had: the number of a lapsed lease, or a
/// new one. On SQLite whoever has the folder is the only writer, so the lease that a killed process left is taken over at once. Run it
/// in a transaction.
pub fn lease_writer(conn: &mut Conn, instance: &str, now_ms: i64) -> Result<Fence, StoreError> {
    let lapsed_before_ms = match conn {
        Conn::Sqlite(_) => i64::MAX,
        Conn::Postgres(_) => now_ms,
    };
    for _ in 0..=MAX_WRITER_ID {
        let row = |row: &crate::db::Row<'_>| Ok((row.int(0)?, row.text(1)?, row.int(2)?));
        let lapsed = conn.query_one(EXPIRED, &[lapsed_before_ms.into()], row)?;
        if let Some((writer_id, before, last_sequence)) = lapsed {
            let params =
                [writer_id.into(), instance.into(), (now_ms + LEASE_MS).into(), before.as_str().into(), lapsed_before_ms.into()];
            if conn.execute(TAKE_OVER, &params)? == 1 {
                return Ok(Fence { writer_id, instance: instance.to_owned(), last_sequence });
            }
            continue;
        }
        let greatest = conn.query_one(GREATEST, &[], |row| row.opt_int(0))?.flatten().unwrap_or(0);
        if greatest == MAX_WRITER_ID {
            return Err(StoreError::Busy);
        }
        let writer_id = greatest + 1;
        if conn.execute(ADD, &[writer_id.into(), instance.into(), (now_ms + LEASE_MS).into()])? == 1 {
            return Ok(Fence { writer_id, instance: instance.to_owned(), last_sequence: 0 });
        }
    }
    Err(StoreError::Busy)
}

/// The greatest id that anything has; zero in an empty database. Ids made from now on must be greater, whatever the machine's clock says: a
/// file or a note moves ids on without a commit of the pipeline, and another process may have been ahead.
pub fn greatest_id(conn: &mut Conn) -> Result<i64, StoreError> {
    // Whatever has an id has it for its key, and a new table cannot be forgotten.
    let greatest_keys: Vec<String> = TABLES
        .iter()
        .filter(|table| table.is_keyed_by_number())
        .map(|table| format!("SELECT MAX({}) AS id FROM {}", table.key[0], table.name))
        .collect();
    let statement = format!("SELECT MAX(id) FROM ({}) greatest", greatest_keys.join(" UNION ALL "));
    Ok(conn.query_one(&statement, &[], |row| row.opt_int(0))?.flatten().unwrap_or(0))
}

/// Prolongs a lease; says whether it was still held.
pub fn renew_lease(conn: &mut Conn, fence: &Fence, now_ms: i64) -> Result<bool, StoreError> {
    let params = [fence.writer_id.into(), fence.instance.as_str().into(), (now_ms + LEASE_MS).into()];
    Ok(conn.execute(RENEW, &params)? == 1)
}

/// Gives a lease back, so that the next process need not wait for it to lapse.
pub fn release_lease(conn: &mut Conn, fence: &Fence) -> Result<(), StoreError> {
    conn.execute(RELEASE, &[fence.writer_id.into(), fence.instance.as_str().into()]).map(drop)
}

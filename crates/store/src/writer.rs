//! Leases of writer ids. A writer numbers its commits without gaps under its id; the number is fenced in the commit, so that a writer
//! whose lease was taken over cannot commit any more.

use crate::db::Conn;
use crate::error::StoreError;

/// The largest writer id: ids of members and entries carry it in eight bits.
pub const MAX_WRITER_ID: i64 = 255;

const LEASES: &str = "SELECT writer_id, leased_until_ms FROM writer ORDER BY writer_id";
const TAKE_OVER: &str =
    "UPDATE writer SET instance = $2, leased_until_ms = $3 WHERE writer_id = $1 AND leased_until_ms <= $4 RETURNING last_sequence";
const TAKE_NEW: &str = "INSERT INTO writer (writer_id, instance, leased_until_ms, last_sequence) VALUES ($1, $2, $3, 0) \
     ON CONFLICT (writer_id) DO NOTHING RETURNING last_sequence";
const LAST_COMMIT_AT: &str = "SELECT at_ms FROM commit_event WHERE writer_id = $1 AND sequence = $2";
const FENCE: &str = "UPDATE writer SET last_sequence = $3, leased_until_ms = $4 \
     WHERE writer_id = $1 AND instance = $2 AND last_sequence = $3 - 1";
const RENEW: &str = "UPDATE writer SET leased_until_ms = $3 WHERE writer_id = $1 AND instance = $2";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[LEASES, TAKE_OVER, TAKE_NEW, LAST_COMMIT_AT, FENCE, RENEW];

/// A leased writer id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterLease {
    /// The id, from 1 to [`MAX_WRITER_ID`].
    pub writer_id: i64,
    /// Who holds it.
    pub instance: String,
    /// The number of the next commit.
    pub next_sequence: i64,
    /// UTC milliseconds of the last commit under this id, else zero: ids made from now on must be later.
    pub last_at_ms: i64,
}

/// Leases the first writer id that nobody holds until `until_ms`. On SQLite the owner of the folder is the only writer, so a lease
/// that a killed process left behind is taken over at once.
pub fn lease(conn: &mut Conn, instance: &str, now_ms: i64, until_ms: i64) -> Result<WriterLease, StoreError> {
    let lapsed_by_ms = match conn {
        Conn::Sqlite(_) => i64::MAX,
        Conn::Postgres(_) => now_ms,
    };
    let leases = conn.query(LEASES, &[], |row| Ok((row.int(0)?, row.int(1)?)))?;
    let lapsed = leases.iter().filter(|lease| lease.1 <= lapsed_by_ms).map(|lease| lease.0);
    for writer_id in lapsed {
        let params = [writer_id.into(), instance.into(), until_ms.into(), lapsed_by_ms.into()];
        if let Some(last) = conn.query_one(TAKE_OVER, &params, |row| row.int(0))? {
            return leased(conn, instance, writer_id, last);
        }
    }
    for writer_id in leases.last().map_or(0, |lease| lease.0) + 1..=MAX_WRITER_ID {
        let params = [writer_id.into(), instance.into(), until_ms.into()];
        if let Some(last) = conn.query_one(TAKE_NEW, &params, |row| row.int(0))? {
            return leased(conn, instance, writer_id, last);
        }
    }
    Err(StoreError::Unsupported("255 writers are at work on this database"))
}

fn leased(conn: &mut Conn, instance: &str, writer_id: i64, last: i64) -> Result<WriterLease, StoreError> {
    let last_at_ms = conn.query_one(LAST_COMMIT_AT, &[writer_id.into(), last.into()], |row| row.int(0))?;
    Ok(WriterLease {
        writer_id,
        instance: instance.to_owned(),
        next_sequence: last + 1,
        last_at_ms: last_at_ms.unwrap_or(0),
    })
}

/// Takes the next commit number within a commit, prolongs the lease and moves `lease` on. The commit must not go on after an error; where
/// it fails later, give `next_sequence` its old value back.
pub fn fence(conn: &mut Conn, lease: &mut WriterLease, until_ms: i64) -> Result<i64, StoreError> {
    let sequence = lease.next_sequence;
    let params = [lease.writer_id.into(), (&lease.instance).into(), sequence.into(), until_ms.into()];
    match conn.execute(FENCE, &params)? {
        1 => {
            lease.next_sequence += 1;
            Ok(sequence)
        }
        _ => Err(StoreError::Fenced),
    }
}

/// Prolongs a lease while nothing is committed.
pub fn renew(conn: &mut Conn, lease: &WriterLease, until_ms: i64) -> Result<(), StoreError> {
    let params = [lease.writer_id.into(), (&lease.instance).into(), until_ms.into()];
    match conn.execute(RENEW, &params)? {
        1 => Ok(()),
        _ => Err(StoreError::Fenced),
    }
}

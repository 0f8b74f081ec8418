//! The states of holders, as readers see them. Only [`crate::save`] changes them.

use std::collections::HashMap;

use danggol_core::holder::HolderState;
use danggol_core::id::HolderId;

use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;

const FIND_MANY: &str = "SELECT holder_id, version, state FROM holder \
     WHERE holder_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const PAGE: &str = "SELECT holder_id, version, state FROM holder WHERE holder_id > $1 ORDER BY holder_id LIMIT $2";
const DUE: &str = "SELECT holder_id FROM holder WHERE holder_id > $1 AND review_at_ms <= $2 ORDER BY holder_id LIMIT $3";
const OF_TIER: &str = "SELECT holder_id FROM holder WHERE holder_id > $1 AND tier = $2 ORDER BY holder_id LIMIT $3";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND_MANY, PAGE, DUE, OF_TIER];

/// A holder's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderRecord {
    /// Whose.
    pub id: HolderId,
    /// How often it has changed.
    pub version: i64,
    /// The state.
    pub state: HolderState,
}

fn record(row: &Row<'_>) -> Result<HolderRecord, StoreError> {
    let id = HolderId(row.int(0)?);
    let state = serde_json::from_str(row.str(2)?).map_err(|_| StoreError::Damaged(format!("the state of {id}")))?;
    Ok(HolderRecord { id, version: row.int(1)?, state })
}

/// The states of some holders; those who never had anything have none.
pub fn find(conn: &mut Conn, holders: &[HolderId]) -> Result<HashMap<HolderId, HolderState>, StoreError> {
    let wanted = int_array(holders.iter().map(|holder| holder.0));
    let records = conn.query(FIND_MANY, &[(&wanted).into()], record)?;
    Ok(records.into_iter().map(|record| (record.id, record.state)).collect())
}

/// Up to `limit` holders after `after`, in the order of their ids.
pub fn page(conn: &mut Conn, after: HolderId, limit: i64) -> Result<Vec<HolderRecord>, StoreError> {
    conn.query(PAGE, &[after.0.into(), limit.into()], record)
}

/// Up to `limit` holders after `after` for whom something expires, or whose tier must be looked at, by `now_ms`.
pub fn due(conn: &mut Conn, after: HolderId, now_ms: i64, limit: i64) -> Result<Vec<HolderId>, StoreError> {
    conn.query(DUE, &[after.0.into(), now_ms.into(), limit.into()], |row| Ok(HolderId(row.int(0)?)))
}

/// Up to `limit` holders of a tier after `after`, in the order of their ids.
pub fn of_tier(conn: &mut Conn, tier: &str, after: HolderId, limit: i64) -> Result<Vec<HolderId>, StoreError> {
    conn.query(OF_TIER, &[after.0.into(), tier.into(), limit.into()], |row| Ok(HolderId(row.int(0)?)))
}

//! What the models of expected value are fitted to, and what came of it.

use std::collections::HashMap;

use danggol_core::expected_value::Bought;
use danggol_core::id::MemberId;

use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::setting;

const BOUGHT: &str = "SELECT member_id, business_date, amount_minor - returned_minor FROM purchase \
     WHERE business_date <= $1 AND (returned IS NULL OR returned_minor < amount_minor OR returned_quantity < quantity)";
const BOUGHT_BY: &str = "SELECT member_id, business_date, amount_minor - returned_minor FROM purchase \
     WHERE member_id = $2 AND business_date <= $1 AND (returned IS NULL OR returned_minor < amount_minor OR returned_quantity < quantity)";
const NEWEST: &str = "SELECT purchase_id FROM purchase ORDER BY purchase_id DESC LIMIT 1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[BOUGHT, BOUGHT_BY, NEWEST];

/// The setting under which the newest fit is kept.
const FITTED: &str = "expected_value";

fn bought(row: &Row<'_>) -> Result<(i64, Bought), StoreError> {
    let day = i32::try_from(row.int(1)?).map_err(|_| StoreError::Damaged("the business day of a purchase".to_owned()))?;
    Ok((row.int(0)?, Bought { day, amount_minor: row.int(2)? }))
}

/// What each member bought up to and on a business day, returns taken off, in the order of their ids. A purchase that was given back
/// is none. One pass over all purchases: 24 bytes of memory for each.
pub fn bought_by_members(conn: &mut Conn, until_day: i32) -> Result<Vec<Vec<Bought>>, StoreError> {
    let mut members: HashMap<i64, Vec<Bought>> = HashMap::new();
    conn.query_each(BOUGHT, &[i64::from(until_day).into()], |row| {
        let (member, bought) = bought(row)?;
        members.entry(member).or_default().push(bought);
        Ok(())
    })?;
    let mut members: Vec<(i64, Vec<Bought>)> = members.into_iter().collect();
    members.sort_unstable_by_key(|(member, _)| *member);
    Ok(members.into_iter().map(|(_, bought)| bought).collect())
}

/// What one member bought up to and on a business day, returns taken off.
pub fn bought_by(conn: &mut Conn, member: MemberId, until_day: i32) -> Result<Vec<Bought>, StoreError> {
    let rows = conn.query(BOUGHT_BY, &[i64::from(until_day).into(), member.0.into()], bought)?;
    Ok(rows.into_iter().map(|(_, bought)| bought).collect())
}

/// The id of the newest purchase: when it is still the same, there is nothing new to fit.
pub fn newest_purchase(conn: &mut Conn) -> Result<Option<i64>, StoreError> {
    conn.query_one(NEWEST, &[], |row| row.int(0))
}

/// The newest fit as it was kept.
pub fn fitted(conn: &mut Conn) -> Result<Option<String>, StoreError> {
    setting::find(conn, FITTED)
}

/// Keeps a fit in place of the one before.
pub fn keep(conn: &mut Conn, fitted: &str) -> Result<(), StoreError> {
    setting::put(conn, FITTED, fitted)
}

//! What the calendar asks of members: when they joined, and their birthdays.

use danggol_core::birthday::Birthday;
use danggol_core::id::MemberId;

use crate::db::{Conn, Row};
use crate::error::StoreError;

/// Who went into another has no days of her own, and closed files get nothing.
macro_rules! days {
    ($rest:literal) => {
        concat!(
            "SELECT member_id, joined_at_ms, birthday FROM member \
             WHERE merged_into IS NULL AND (status = 'active' OR status = 'unclaimed') AND ",
            $rest
        )
    };
}

const PAGE: &str = days!("member_id > $1 ORDER BY member_id LIMIT $2");
const ONE: &str = days!("member_id = $1");

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[PAGE, ONE];

/// The days of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// Who.
    pub member: MemberId,
    /// UTC milliseconds of joining.
    pub joined_at_ms: i64,
    /// Her birthday, where stated.
    pub birthday: Option<Birthday>,
}

fn days(row: &Row<'_>) -> Result<Days, StoreError> {
    let birthday = row.opt_str(2)?.and_then(|text| serde_json::from_str(text).ok());
    Ok(Days { member: MemberId(row.int(0)?), joined_at_ms: row.int(1)?, birthday })
}

/// The days of up to `limit` members after `after`, in the order of their numbers.
pub fn page(conn: &mut Conn, after: MemberId, limit: i64) -> Result<Vec<Days>, StoreError> {
    conn.query(PAGE, &[after.0.into(), limit.into()], days)
}

/// The days of one member; none where she has none of her own.
pub fn find(conn: &mut Conn, member: MemberId) -> Result<Option<Days>, StoreError> {
    conn.query_one(ONE, &[member.0.into()], days)
}

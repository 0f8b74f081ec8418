//! What the table of members by age and income is made of.

use danggol_core::birthday::Birthday;
use danggol_core::id::GiftId;
use danggol_core::purchase::{Line, Returned, lines_left};

use crate::db::Conn;
use crate::error::StoreError;
use crate::line::decode_lines;

const FILES: &str = "SELECT member_id, birthday, json_extract(profile, '$.income_band'), json_extract(profile, $1) FROM member \
     WHERE status = 'active' OR status = 'unclaimed'";
const BOUGHT: &str = "SELECT member_id, amount_minor - returned_minor, lines, returned FROM purchase \
     WHERE business_date >= $1 AND business_date <= $2 \
     AND (returned IS NULL OR returned_minor < amount_minor OR returned_quantity < quantity)";

/// Whoever put a gift aside may have gone into another member since.
const GIFTS: &str = "SELECT COALESCE(m.merged_into, m.member_id), r.gift_id FROM gift_reservation r \
     JOIN member m ON m.member_id = r.member_id WHERE r.reserved_at_ms >= $1 AND (r.state = 'reserved' OR r.state = 'handed')";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FILES, BOUGHT, GIFTS];

/// What the table asks of a file.
#[derive(Debug)]
pub struct Banded<'a> {
    /// Who.
    pub member: i64,
    /// Her birthday.
    pub birthday: Option<Birthday>,
    /// Her band of income.
    pub income: Option<&'a str>,
    /// What stands in the field of stated ages.
    pub stated: Option<&'a str>,
}

/// Tells of every member who is here what stands in her file; `age_field` is the brand's own field of stated ages, which has no quotation mark.
pub fn each_file(conn: &mut Conn, age_field: Option<&str>, mut tell: impl FnMut(Banded<'_>)) -> Result<(), StoreError> {
    let path = age_field.map_or("$.none".to_owned(), |field| format!("$.custom.\"{field}\""));
    conn.query_each(FILES, &[path.as_str().into()], |row| {
        let birthday = row.opt_str(1)?.map(serde_json::from_str).transpose();
        let birthday = birthday.map_err(|_| StoreError::Damaged("a birthday".to_owned()))?;
        tell(Banded { member: row.int(0)?, birthday, income: row.opt_str(2)?, stated: row.opt_str(3)? });
        Ok(())
    })
}

/// Tells of every gift that was put aside since a moment and not given back who has it.
pub fn each_gift(conn: &mut Conn, since_ms: i64, mut tell: impl FnMut(i64, GiftId)) -> Result<(), StoreError> {
    conn.query_each(GIFTS, &[since_ms.into()], |row| {
        tell(row.int(0)?, GiftId(row.int(1)?));
        Ok(())
    })
}

/// Tells of every purchase on some business days who bought, for how many minor units, and the lines, what came back taken off.
pub fn each_purchase(
    conn: &mut Conn,
    (from_day, to_day): (i32, i32),
    mut tell: impl FnMut(i64, i64, &mut dyn Iterator<Item = Line>),
) -> Result<(), StoreError> {
    conn.query_each(BOUGHT, &[i64::from(from_day).into(), i64::from(to_day).into()], |row| {
        let returned: Returned = match row.opt_str(3)? {
            Some(text) => serde_json::from_str(text).map_err(|_| StoreError::Damaged("what came back".to_owned()))?,
            None => Returned::default(),
        };
        let lines = decode_lines(row.str(2)?)?;
        tell(row.int(0)?, row.int(1)?, &mut lines_left(&lines, &returned.quantities));
        Ok(())
    })
}

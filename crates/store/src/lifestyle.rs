//! Lifestyle groups: their names, what categories mean, who is in which group, and the purchases that groups are found by.

use std::collections::{BTreeMap, HashMap};

use danggol_core::id::MemberId;
use danggol_core::lifestyle::Placed;
use danggol_core::purchase::{Line, Returned, lines_left};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::line::decode_lines;
use crate::schema::{LIFESTYLE_GROUP, LIFESTYLE_MEANING, MEMBER_LIFESTYLE};
use crate::setting;

const DAYS: &str = "SELECT MIN(business_date), MAX(business_date) FROM purchase";
const PURCHASES: &str = "SELECT member_id, lines, returned FROM purchase WHERE business_date >= $1 AND business_date <= $2 \
     AND (returned IS NULL OR returned_minor < amount_minor OR returned_quantity < quantity) ORDER BY member_id";
const PURCHASES_OF: &str = "SELECT member_id, lines, returned FROM purchase WHERE business_date >= $1 AND business_date <= $2 \
     AND (returned IS NULL OR returned_minor < amount_minor OR returned_quantity < quantity) \
     AND member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($3)) ORDER BY member_id";
const GROUPS: &str = "SELECT group_code, name, made_at_ms, retired_at_ms FROM lifestyle_group ORDER BY made_at_ms, group_code";
const MEANINGS: &str = "SELECT category, meaning FROM lifestyle_meaning ORDER BY category";
const REMOVE_MEANING: &str = "DELETE FROM lifestyle_meaning WHERE category = $1";
const ALL_AFTER: &str =
    "SELECT member_id, group_code, score, since_day, purchases, revision FROM member_lifestyle WHERE revision > $1";
const FIND: &str = "SELECT member_id, group_code, score, since_day, purchases, revision FROM member_lifestyle \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const SIZES: &str = "SELECT y.group_code, COUNT(*) FROM member_lifestyle y WHERE y.group_code IS NOT NULL \
     AND y.member_id NOT IN (SELECT m.member_id FROM member m WHERE m.status = 'closed' OR m.status = 'erased') GROUP BY y.group_code";
const FORGET: &str = "DELETE FROM member_lifestyle WHERE member_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] =
    &[DAYS, PURCHASES, PURCHASES_OF, GROUPS, MEANINGS, REMOVE_MEANING, ALL_AFTER, FIND, SIZES, FORGET];

/// The counter that numbers the writes of who is in which group. Each write takes its number in its own transaction, so they commit in order.
const REVISIONS: &str = "lifestyle_revision";

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// Its code, for ever.
    pub code: String,
    /// What the brand calls it; none while it is called by what sets it apart.
    pub name: Option<String>,
    /// When it was found, in UTC milliseconds.
    pub made_at_ms: i64,
    /// When another fit had no group like it, in UTC milliseconds.
    pub retired_at_ms: Option<i64>,
}

impl BindRow for GroupRecord {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(&self.code);
        to.opt_text(self.name.as_deref());
        to.int(self.made_at_ms);
        to.opt_int(self.retired_at_ms);
    }
}

/// In which group a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedMember {
    /// Who.
    pub member: i64,
    /// Where; none who is in no group any more.
    pub placed: Option<Placed>,
    /// How many purchases spoke for it.
    pub purchases: i64,
}

struct PlacedRow<'a>(&'a PlacedMember, i64);

impl BindRow for PlacedRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let PlacedRow(PlacedMember { member, placed, purchases }, revision) = self;
        to.int(*member);
        to.opt_text(placed.as_ref().map(|placed| placed.group.as_str()));
        to.opt_int(placed.as_ref().map(|placed| placed.score));
        to.opt_int(placed.as_ref().map(|placed| placed.since_day.into()));
        to.int(*purchases);
        to.int(*revision);
    }
}

struct MeaningRow<'a>(&'a str, &'a str, i64, Option<i64>);

impl BindRow for MeaningRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(self.0);
        to.text(self.1);
        to.int(self.2);
        to.opt_int(self.3);
    }
}

fn placed(row: &Row<'_>) -> Result<(PlacedMember, i64), StoreError> {
    let member = row.int(0)?;
    let placed = match (row.opt_text(1)?, row.opt_int(2)?, row.opt_int(3)?) {
        (Some(group), Some(score), Some(since)) => {
            let since_day =
                i32::try_from(since).map_err(|_| StoreError::Damaged(format!("the lifestyle group of {}", MemberId(member))))?;
            Some(Placed { group, score, since_day })
        }
        _ => None,
    };
    Ok((PlacedMember { member, placed, purchases: row.int(4)? }, row.int(5)?))
}

/// Business days of the first purchase ever and of the last; none before there is any.
pub fn days(conn: &mut Conn) -> Result<Option<(i32, i32)>, StoreError> {
    let day = |day: Option<i64>| day.and_then(|day| i32::try_from(day).ok());
    let days = conn.query_one(DAYS, &[], |row| Ok((day(row.opt_int(0)?), day(row.opt_int(1)?))))?;
    Ok(days.and_then(|(first, last)| first.zip(last)))
}

/// Tells what is left of the lines of each purchase on some business days, member by member; of some members, or of all.
pub fn each_purchase(
    conn: &mut Conn,
    (from_day, to_day): (i32, i32),
    of: Option<&[MemberId]>,
    mut tell: impl FnMut(i64, &[Line]),
) -> Result<(), StoreError> {
    let read = |row: &Row<'_>| {
        let returned: Returned = match row.opt_str(2)? {
            Some(text) => serde_json::from_str(text).map_err(|_| StoreError::Damaged("what came back".to_owned()))?,
            None => Returned::default(),
        };
        let lines = decode_lines(row.str(1)?)?;
        match returned.quantities.is_empty() {
            true => tell(row.int(0)?, &lines),
            false => tell(row.int(0)?, &lines_left(&lines, &returned.quantities).collect::<Vec<_>>()),
        }
        Ok(())
    };
    let (from, to) = (i64::from(from_day), i64::from(to_day));
    match of {
        None => conn.query_each(PURCHASES, &[from.into(), to.into()], read),
        Some(members) => {
            let members = int_array(members.iter().map(|member| member.0));
            conn.query_each(PURCHASES_OF, &[from.into(), to.into(), (&members).into()], read)
        }
    }
}

/// All groups that ever were, the oldest first.
pub fn groups(conn: &mut Conn) -> Result<Vec<GroupRecord>, StoreError> {
    conn.query(GROUPS, &[], |row| {
        Ok(GroupRecord { code: row.text(0)?, name: row.opt_text(1)?, made_at_ms: row.int(2)?, retired_at_ms: row.opt_int(3)? })
    })
}

/// Keeps groups in place of those with their code.
pub fn put_groups(conn: &mut Conn, groups: &[GroupRecord]) -> Result<(), StoreError> {
    let set = "name = excluded.name, retired_at_ms = excluded.retired_at_ms";
    conn.insert_rows(&LIFESTYLE_GROUP, Conflict::Update { on: &["group_code"], set, guard: None }, groups.iter()).map(drop)
}

/// What the brand says that categories mean.
pub fn meanings(conn: &mut Conn) -> Result<BTreeMap<String, String>, StoreError> {
    Ok(conn.query(MEANINGS, &[], |row| Ok((row.text(0)?, row.text(1)?)))?.into_iter().collect())
}

/// Keeps what a category means; none lets its name and its buyers say so again.
pub fn put_meaning(
    conn: &mut Conn,
    category: &str,
    meaning: Option<&str>,
    (now_ms, user): (i64, Option<i64>),
) -> Result<(), StoreError> {
    let Some(meaning) = meaning else { return conn.execute(REMOVE_MEANING, &[category.into()]).map(drop) };
    let set = "meaning = excluded.meaning, changed_at_ms = excluded.changed_at_ms, changed_by = excluded.changed_by";
    let replace = Conflict::Update { on: &["category"], set, guard: None };
    conn.insert_rows(&LIFESTYLE_MEANING, replace, [MeaningRow(category, meaning, now_ms, user)].iter()).map(drop)
}

/// Everybody's place that was written after a revision, and the newest revision.
pub fn all_after(conn: &mut Conn, revision: i64) -> Result<(Vec<PlacedMember>, i64), StoreError> {
    let mut newest = revision;
    let rows = conn.query(ALL_AFTER, &[revision.into()], placed)?.into_iter().map(|(placed, revision)| {
        newest = newest.max(revision);
        placed
    });
    let rows = rows.collect();
    Ok((rows, newest))
}

/// The number of the newest write.
pub fn revision(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(setting::find(conn, REVISIONS)?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The places of some members.
pub fn find(conn: &mut Conn, members: &[MemberId]) -> Result<HashMap<i64, PlacedMember>, StoreError> {
    let members = int_array(members.iter().map(|member| member.0));
    let rows = conn.query(FIND, &[(&members).into()], placed)?;
    Ok(rows.into_iter().map(|(placed, _)| (placed.member, placed)).collect())
}

/// Keeps where members stand in place of what was known of them.
pub fn keep(conn: &mut Conn, members: &[PlacedMember]) -> Result<(), StoreError> {
    if members.is_empty() {
        return Ok(());
    }
    let revision = setting::take_numbers(conn, REVISIONS, 1)?;
    let set = "group_code = excluded.group_code, score = excluded.score, since_day = excluded.since_day, \
         purchases = excluded.purchases, revision = excluded.revision";
    let replace = Conflict::Update { on: &["member_id"], set, guard: None };
    let rows: Vec<PlacedRow<'_>> = members.iter().map(|member| PlacedRow(member, revision)).collect();
    conn.insert_rows(&MEMBER_LIFESTYLE, replace, rows.iter()).map(drop)
}

/// How many who have not left are in each group.
pub fn sizes(conn: &mut Conn) -> Result<BTreeMap<String, i64>, StoreError> {
    Ok(conn.query(SIZES, &[], |row| Ok((row.text(0)?, row.int(1)?)))?.into_iter().collect())
}

/// Destroys what is known of where a member stands.
pub(crate) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    conn.execute(FORGET, &[member.0.into()]).map(drop)
}

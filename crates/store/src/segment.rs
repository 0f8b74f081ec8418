//! Segments: what they are, who is on lists, and snapshots of who was in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use danggol_core::condition::Condition;
use danggol_core::id::{MemberId, SegmentId, UserId};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::follow::Addressed;
use crate::schema::{SEGMENT, SEGMENT_LIST, SEGMENT_MEMBER, SEGMENT_MOVEMENT, SEGMENT_SNAPSHOT};

const ALL: &str = "SELECT segment_id, kind, name, condition, draft, created_at_ms, updated_at_ms, updated_by, archived_at_ms \
     FROM segment ORDER BY segment_id DESC";
const FIND: &str = "SELECT segment_id, kind, name, condition, draft, created_at_ms, updated_at_ms, updated_by, archived_at_ms \
     FROM segment WHERE segment_id = $1";
const UPDATE: &str = "UPDATE segment SET name = $2, condition = $3, draft = $4, updated_at_ms = $5, updated_by = $6, archived_at_ms = $7 \
     WHERE segment_id = $1";
const LISTS_OF: &str = "SELECT member_id, segment_id FROM segment_list \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND (expires_at_ms IS NULL OR expires_at_ms > $2)";
const UNLIST: &str = "DELETE FROM segment_list WHERE segment_id = $1 \
     AND member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";
const LISTED: &str = "SELECT member_id FROM segment_list WHERE segment_id = $1 \
     AND (expires_at_ms IS NULL OR expires_at_ms > $2) ORDER BY member_id";
const LIST_SIZES: &str =
    "SELECT segment_id, COUNT(*) FROM segment_list WHERE expires_at_ms IS NULL OR expires_at_ms > $1 GROUP BY segment_id";
const NEWEST_NUMBER: &str = "SELECT COALESCE(MAX(number), 0) FROM segment_snapshot WHERE segment_id = $1";
const NEWEST_SNAPSHOTS: &str = "SELECT s.segment_id, s.number, s.taken_at_ms, s.day, s.members, s.entered, s.gone FROM segment_snapshot s \
     JOIN (SELECT segment_id, MAX(number) AS number FROM segment_snapshot GROUP BY segment_id) n \
     ON n.segment_id = s.segment_id AND n.number = s.number";
const SNAPSHOTS: &str = "SELECT segment_id, number, taken_at_ms, day, members, entered, gone FROM segment_snapshot \
     WHERE segment_id = $1 ORDER BY number DESC LIMIT $2";
const STOOD: &str = "SELECT member_id FROM segment_member WHERE segment_id = $1 ORDER BY member_id";
const LEAVE: &str = "DELETE FROM segment_member WHERE segment_id = $1 \
     AND member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";
const MOVED: &str = "SELECT member_id FROM segment_movement WHERE segment_id = $1 AND number = $2 AND entered = $3 AND member_id > $4 \
     ORDER BY member_id LIMIT $5";
const SNAPSHOT: &str = "SELECT segment_id, number, taken_at_ms, day, members, entered, gone FROM segment_snapshot \
     WHERE segment_id = $1 AND number = $2";
const CROSSED: &str = "SELECT member_id, MAX(number) FROM segment_movement WHERE segment_id = $1 AND number > $2 AND number <= $3 \
     AND member_id > $5 GROUP BY member_id HAVING CAST(SUM(2 * entered - 1) AS BIGINT) = $4 ORDER BY member_id LIMIT $6";
const CROSSINGS: &str = "SELECT CAST(way AS BIGINT), COUNT(*) FROM (SELECT SUM(2 * entered - 1) AS way FROM segment_movement \
     WHERE segment_id = $1 AND number > $2 AND number <= $3 GROUP BY member_id) AS crossed GROUP BY way";
const SINCE: &str = "SELECT segment_id, since_ms FROM segment_member WHERE member_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[
    ALL,
    FIND,
    UPDATE,
    LISTS_OF,
    UNLIST,
    LISTED,
    LIST_SIZES,
    NEWEST_NUMBER,
    NEWEST_SNAPSHOTS,
    SNAPSHOTS,
    STOOD,
    LEAVE,
    MOVED,
    SNAPSHOT,
    CROSSED,
    CROSSINGS,
    SINCE,
];

/// What decides who is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// Whoever fits a condition; none before there is one without a fault.
    Rule(Option<Condition>),
    /// Whoever is on the list.
    List,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Its id.
    pub id: SegmentId,
    /// What it is called.
    pub name: String,
    /// What decides who is in.
    pub basis: Basis,
    /// A condition that is being edited, as JSON, whatever is still wrong with it.
    pub draft: Option<String>,
    /// UTC milliseconds.
    pub created_at_ms: i64,
    /// UTC milliseconds.
    pub updated_at_ms: i64,
    /// Who changed it last.
    pub updated_by: Option<UserId>,
    /// UTC milliseconds at which it was put away.
    pub archived_at_ms: Option<i64>,
}

impl SegmentRecord {
    fn kind(&self) -> &'static str {
        match self.basis {
            Basis::Rule(_) => "rule",
            Basis::List => "list",
        }
    }

    fn condition(&self) -> Result<Option<String>, StoreError> {
        let Basis::Rule(Some(condition)) = &self.basis else { return Ok(None) };
        serde_json::to_string(condition).map(Some).map_err(|error| StoreError::Damaged(error.to_string()))
    }
}

struct SegmentRow<'a> {
    record: &'a SegmentRecord,
    condition: Option<String>,
}

impl BindRow for SegmentRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let record = self.record;
        to.int(record.id.0);
        to.text(record.kind());
        to.text(&record.name);
        to.opt_text(self.condition.as_deref());
        to.opt_text(record.draft.as_deref());
        to.int(record.created_at_ms);
        to.int(record.updated_at_ms);
        to.opt_int(record.updated_by.map(|user| user.0));
        to.opt_int(record.archived_at_ms);
    }
}

fn record(row: &Row<'_>) -> Result<SegmentRecord, StoreError> {
    let id = SegmentId(row.int(0)?);
    let condition = row.opt_str(3)?.map(serde_json::from_str).transpose();
    let condition = condition.map_err(|_| StoreError::Damaged(format!("the condition of {id}")))?;
    Ok(SegmentRecord {
        id,
        basis: if row.str(1)? == "list" { Basis::List } else { Basis::Rule(condition) },
        name: row.text(2)?,
        draft: row.opt_text(4)?,
        created_at_ms: row.int(5)?,
        updated_at_ms: row.int(6)?,
        updated_by: row.opt_int(7)?.map(UserId),
        archived_at_ms: row.opt_int(8)?,
    })
}

/// All segments, the newest first, those put away included.
pub fn all(conn: &mut Conn) -> Result<Vec<SegmentRecord>, StoreError> {
    conn.query(ALL, &[], record)
}

/// One segment.
pub fn find(conn: &mut Conn, id: SegmentId) -> Result<Option<SegmentRecord>, StoreError> {
    conn.query_one(FIND, &[id.0.into()], record)
}

/// Keeps a new segment.
pub fn insert(conn: &mut Conn, new: &SegmentRecord) -> Result<(), StoreError> {
    let row = SegmentRow { record: new, condition: new.condition()? };
    conn.insert_rows(&SEGMENT, Conflict::Fail, [row].iter()).map(drop)
}

/// Keeps what has changed of a segment; its kind stays.
pub fn update(conn: &mut Conn, changed: &SegmentRecord) -> Result<(), StoreError> {
    let condition = changed.condition()?;
    let params = [
        changed.id.0.into(),
        (&changed.name).into(),
        (&condition).into(),
        (&changed.draft).into(),
        changed.updated_at_ms.into(),
        changed.updated_by.map(|user| user.0).into(),
        changed.archived_at_ms.into(),
    ];
    conn.execute(UPDATE, &params).map(drop)
}

/// The rules of all segments by id, none for a list: what conditions that name segments are read with.
pub fn rules(segments: &[SegmentRecord]) -> BTreeMap<SegmentId, Option<Condition>> {
    let never = Condition::Any { any: Vec::new() };
    let rule = |record: &SegmentRecord| match &record.basis {
        Basis::Rule(rule) => Some(rule.clone().unwrap_or_else(|| never.clone())),
        Basis::List => None,
    };
    segments.iter().map(|record| (record.id, rule(record))).collect()
}

/// The lists that members are on at a moment; `members` is a JSON array of ids.
pub(crate) fn lists_of(
    conn: &mut Conn,
    members: &str,
    now_ms: i64,
) -> Result<HashMap<MemberId, BTreeSet<SegmentId>>, StoreError> {
    let mut found: HashMap<MemberId, BTreeSet<SegmentId>> = HashMap::new();
    conn.query_each(LISTS_OF, &[members.into(), now_ms.into()], |row| {
        found.entry(MemberId(row.int(0)?)).or_default().insert(SegmentId(row.int(1)?));
        Ok(())
    })?;
    Ok(found)
}

/// Who is on a list, for ever.
struct Listed {
    segment: SegmentId,
    member: MemberId,
    at_ms: i64,
}

/// Who is in a segment, since a moment.
struct Standing {
    segment: SegmentId,
    member: MemberId,
    since_ms: i64,
}

impl BindRow for Standing {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.segment.0);
        to.int(self.member.0);
        to.int(self.since_ms);
    }
}

impl BindRow for Listed {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.segment.0);
        to.int(self.member.0);
        to.int(self.at_ms);
        to.opt_int(None);
    }
}

/// Puts members on a list; says how many were not on it before. Whoever went into another stands on it as the one who keeps.
pub fn list(conn: &mut Conn, segment: SegmentId, members: &BTreeSet<MemberId>, now_ms: i64) -> Result<u64, StoreError> {
    let addressed = Addressed::read(conn, members.iter().copied())?;
    addressed.note(conn, members.iter().map(|member| (*member, segment, Some((now_ms, None)))))?;
    let homes: BTreeSet<MemberId> = members.iter().map(|member| addressed.home(*member)).collect();
    let rows: Vec<Listed> = homes.into_iter().map(|member| Listed { segment, member, at_ms: now_ms }).collect();
    let skip = Conflict::Skip { on: &["segment_id", "member_id"] };
    Ok(conn.insert_rows(&SEGMENT_LIST, skip, rows.iter())?.count as u64)
}

/// Takes members off a list; says how many were on it. Whoever went into another is taken off as the one who keeps.
pub fn unlist(conn: &mut Conn, segment: SegmentId, members: &BTreeSet<MemberId>) -> Result<u64, StoreError> {
    let addressed = Addressed::read(conn, members.iter().copied())?;
    addressed.note(conn, members.iter().map(|member| (*member, segment, None)))?;
    strike(conn, segment, members.iter().map(|member| addressed.home(*member)))
}

/// Takes members off a list whose time there is over; says how many were on it. Nobody did that to them, so nothing is noted.
pub fn lapse(conn: &mut Conn, segment: SegmentId, members: &BTreeSet<MemberId>) -> Result<u64, StoreError> {
    strike(conn, segment, members.iter().copied())
}

fn strike(conn: &mut Conn, segment: SegmentId, members: impl Iterator<Item = MemberId>) -> Result<u64, StoreError> {
    let wanted = int_array(members.map(|member| member.0));
    conn.execute(UNLIST, &[segment.0.into(), (&wanted).into()])
}

/// Who is on a list at a moment, in the order of their ids.
pub fn listed(conn: &mut Conn, segment: SegmentId, now_ms: i64) -> Result<Vec<MemberId>, StoreError> {
    conn.query(LISTED, &[segment.0.into(), now_ms.into()], |row| Ok(MemberId(row.int(0)?)))
}

/// How many are on each list at a moment.
pub fn list_sizes(conn: &mut Conn, now_ms: i64) -> Result<BTreeMap<SegmentId, i64>, StoreError> {
    Ok(conn.query(LIST_SIZES, &[now_ms.into()], |row| Ok((SegmentId(row.int(0)?), row.int(1)?)))?.into_iter().collect())
}

/// How many were in a segment at a moment, and who came and went since the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Of which segment.
    pub segment: SegmentId,
    /// From 1.
    pub number: i64,
    /// UTC milliseconds.
    pub taken_at_ms: i64,
    /// Business day as days since 1970-01-01.
    pub day: i64,
    /// Who were in.
    pub members: i64,
    /// Who had come in since the one before; all of them at the first.
    pub entered: i64,
    /// Who had gone since the one before.
    pub gone: i64,
}

fn snapshot(row: &Row<'_>) -> Result<Snapshot, StoreError> {
    Ok(Snapshot {
        segment: SegmentId(row.int(0)?),
        number: row.int(1)?,
        taken_at_ms: row.int(2)?,
        day: row.int(3)?,
        members: row.int(4)?,
        entered: row.int(5)?,
        gone: row.int(6)?,
    })
}

impl BindRow for Snapshot {
    fn bind(&self, to: &mut Binder<'_>) {
        let Snapshot { segment, number, taken_at_ms, day, members, entered, gone } = *self;
        [segment.0, number, taken_at_ms, day, members, entered, gone].into_iter().for_each(|value| to.int(value));
    }
}

struct Movement {
    segment: SegmentId,
    number: i64,
    member: i64,
    entered: bool,
}

impl BindRow for Movement {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.segment.0);
        to.int(self.number);
        to.int(self.member);
        to.int(self.entered.into());
    }
}

/// Keeps a snapshot of who is in a segment now, in the order of their ids, and who came and went since the one before. Two that are taken
/// at once do not both succeed: the later one fails on its number.
pub fn take_snapshot(
    conn: &mut Conn,
    segment: SegmentId,
    members: &[MemberId],
    day: i32,
    now_ms: i64,
) -> Result<Snapshot, StoreError> {
    let stood: BTreeSet<i64> = conn.query(STOOD, &[segment.0.into()], |row| row.int(0))?.into_iter().collect();
    let stand: BTreeSet<i64> = members.iter().map(|member| member.0).collect();
    let number = 1 + conn.query_one(NEWEST_NUMBER, &[segment.0.into()], |row| row.int(0))?.unwrap_or(0);
    let came: Vec<i64> = stand.difference(&stood).copied().collect();
    let gone: Vec<i64> = stood.difference(&stand).copied().collect();
    let taken = Snapshot {
        segment,
        number,
        taken_at_ms: now_ms,
        day: day.into(),
        members: stand.len() as i64,
        entered: came.len() as i64,
        gone: gone.len() as i64,
    };
    conn.insert_rows(&SEGMENT_SNAPSHOT, Conflict::Fail, [taken].iter())?;
    let standing = |member: &i64| Standing { segment, member: MemberId(*member), since_ms: now_ms };
    let now_in: Vec<Standing> = came.iter().map(standing).collect();
    conn.insert_rows(&SEGMENT_MEMBER, Conflict::Fail, now_in.iter())?;
    conn.execute(LEAVE, &[segment.0.into(), (&int_array(gone.iter().copied())).into()])?;
    let moved = |entered| move |member: &i64| Movement { segment, number, member: *member, entered };
    let mut moves: Vec<Movement> = came.iter().map(moved(true)).chain(gone.iter().map(moved(false))).collect();
    moves.sort_unstable_by_key(|movement| movement.member);
    conn.insert_rows(&SEGMENT_MOVEMENT, Conflict::Fail, moves.iter())?;
    Ok(taken)
}

/// The newest snapshot of every segment that has one.
pub fn newest_snapshots(conn: &mut Conn) -> Result<BTreeMap<SegmentId, Snapshot>, StoreError> {
    Ok(conn.query(NEWEST_SNAPSHOTS, &[], snapshot)?.into_iter().map(|taken| (taken.segment, taken)).collect())
}

/// Up to `limit` snapshots of a segment, the newest first.
pub fn snapshots(conn: &mut Conn, segment: SegmentId, limit: i64) -> Result<Vec<Snapshot>, StoreError> {
    conn.query(SNAPSHOTS, &[segment.0.into(), limit.into()], snapshot)
}

/// Up to `limit` members after `after` who came in, or went, with a snapshot.
pub fn moved(
    conn: &mut Conn,
    (segment, number, entered): (SegmentId, i64, bool),
    after: MemberId,
    limit: i64,
) -> Result<Vec<MemberId>, StoreError> {
    let params = [segment.0.into(), number.into(), i64::from(entered).into(), after.0.into(), limit.into()];
    conn.query(MOVED, &params, |row| Ok(MemberId(row.int(0)?)))
}

/// One snapshot of a segment.
pub fn find_snapshot(conn: &mut Conn, segment: SegmentId, number: i64) -> Result<Option<Snapshot>, StoreError> {
    conn.query_one(SNAPSHOT, &[segment.0.into(), number.into()], snapshot)
}

/// From after which snapshot of a segment to which one it is looked at; zero is before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Of which segment.
    pub segment: SegmentId,
    /// The earlier snapshot.
    pub from: i64,
    /// The later one.
    pub to: i64,
}

/// Up to `limit` members after `after` who were not in at the earlier snapshot and are at the later one, or the other way round, each with
/// the snapshot that saw her come or go last. Who came and went in between, or went and came again, is no such member.
pub fn crossed(
    conn: &mut Conn,
    span: Span,
    entered: bool,
    after: MemberId,
    limit: i64,
) -> Result<Vec<(MemberId, i64)>, StoreError> {
    let way: i64 = if entered { 1 } else { -1 };
    let params = [span.segment.0.into(), span.from.into(), span.to.into(), way.into(), after.0.into(), limit.into()];
    conn.query(CROSSED, &params, |row| Ok((MemberId(row.int(0)?), row.int(1)?)))
}

/// How many came in and how many went, as [`crossed`] names them.
pub fn crossings(conn: &mut Conn, span: Span) -> Result<(i64, i64), StoreError> {
    let params = [span.segment.0.into(), span.from.into(), span.to.into()];
    let counts: BTreeMap<i64, i64> = conn.query(CROSSINGS, &params, |row| Ok((row.int(0)?, row.int(1)?)))?.into_iter().collect();
    let of = |way: i64| counts.get(&way).copied().unwrap_or(0);
    Ok((of(1), of(-1)))
}

/// Since when in UTC milliseconds a member stood in segments, by their newest snapshots.
pub fn since(conn: &mut Conn, member: MemberId) -> Result<BTreeMap<SegmentId, i64>, StoreError> {
    Ok(conn.query(SINCE, &[member.0.into()], |row| Ok((SegmentId(row.int(0)?), row.int(1)?)))?.into_iter().collect())
}

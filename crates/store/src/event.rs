//! The outbox: what each commit did, told to whoever follows it.
//!
//! Each leased writer numbers its commits without gaps; changes of members' files are one stream more, numbered by a row of their own in the
//! table of writers, whose lock makes the order of numbers the order of commits. Whoever has seen the heads of all streams has seen everything.
//!
//! Whoever follows the outbox over restarts keeps how far they came as a setting under [`CURSORS`]; what all of them have seen is deleted in time.

use std::collections::{BTreeMap, BTreeSet};

use danggol_core::id::{HolderId, MemberId};
use serde::Deserialize;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::schema::COMMIT_EVENT;
use crate::setting;

/// How the settings begin that say how far the followers of the outbox came: [`Heads`] as JSON.
pub const CURSORS: &str = "cursor_";

/// The stream of changes of files. No process leases it.
const FILES: i64 = 0;

/// The word of an event that names a member.
const MEMBER: &str = "member";

/// The next number of the stream of files; whoever comes second waits for the first to commit.
const NEXT: &str = "INSERT INTO writer (writer_id, instance, leased_until_ms, last_sequence) VALUES ($1, 'files', $2, 1) \
     ON CONFLICT (writer_id) DO UPDATE SET last_sequence = writer.last_sequence + 1 RETURNING last_sequence";
const HEADS: &str = "SELECT writer_id, last_sequence FROM writer ORDER BY writer_id";
const AFTER: &str = "SELECT sequence, events FROM commit_event WHERE writer_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT $4";
const AT: &str = "SELECT at_ms, events FROM commit_event WHERE writer_id = $1 AND sequence = $2";
const FIRST: &str = "SELECT sequence FROM commit_event WHERE writer_id = $1 AND at_ms >= $2 ORDER BY sequence LIMIT 1";
const PRUNE: &str = "DELETE FROM commit_event WHERE writer_id = $1 AND sequence < $2 \
     AND sequence < (SELECT MIN(sequence) FROM commit_event WHERE writer_id = $1) + $3";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[NEXT, HEADS, AFTER, AT, FIRST, PRUNE];

/// The number of the last commit of each stream.
pub type Heads = BTreeMap<i64, i64>;

struct EventRow {
    sequence: i64,
    at_ms: i64,
    events: String,
}

impl BindRow for EventRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(FILES);
        to.int(self.sequence);
        to.int(self.at_ms);
        to.text(&self.events);
    }
}

/// Tells, within the transaction that is open, that the files of some members changed: `[["member", id],…]`. Whatever changes what is
/// known of a member, other than a command of the pipeline, ends with it.
pub fn tell(conn: &mut Conn, members: impl IntoIterator<Item = MemberId>, now_ms: i64) -> Result<(), StoreError> {
    let named: BTreeSet<i64> = members.into_iter().map(|member| member.0).collect();
    if named.is_empty() {
        return Ok(());
    }
    let events: Vec<(&str, i64)> = named.into_iter().map(|member| (MEMBER, member)).collect();
    let events = serde_json::to_string(&events).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let next = conn.query_one(NEXT, &[FILES.into(), i64::MAX.into()], |row| row.int(0))?;
    let sequence = next.ok_or_else(|| StoreError::Damaged("the number of a change of files".to_owned()))?;
    conn.insert_rows(&COMMIT_EVENT, Conflict::Fail, [EventRow { sequence, at_ms: now_ms, events }].iter()).map(drop)
}

/// The heads of all streams.
pub fn heads(conn: &mut Conn) -> Result<Heads, StoreError> {
    Ok(conn.query(HEADS, &[], |row| Ok((row.int(0)?, row.int(1)?)))?.into_iter().collect())
}

/// The number of the last change of files: households, merges, enrolments and edits.
pub fn files_head(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(heads(conn)?.get(&FILES).copied().unwrap_or(0))
}

/// Who changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Members who are named.
    pub members: BTreeSet<MemberId>,
    /// Whose benefits or purchases changed; every member whose benefits they hold changed with them.
    pub holders: BTreeSet<HolderId>,
}

/// One of the events of a commit.
pub(crate) enum Event {
    /// Something was entered in the log of a holder.
    Entry(i64, HolderId),
    /// The file of a member changed.
    File(MemberId),
}

/// As it stands in the table: its kind; the entry or the member; the holder of an entry.
#[derive(Deserialize)]
struct Kept(String, i64, #[serde(default)] i64);

/// The events of a commit.
fn read(events: &str) -> Result<Vec<Event>, StoreError> {
    let kept: Vec<Kept> = serde_json::from_str(events).map_err(|_| StoreError::Damaged(format!("the events {events}")))?;
    let event = |Kept(kind, first, holder)| match kind == MEMBER {
        true => Event::File(MemberId(first)),
        false => Event::Entry(first, HolderId(holder)),
    };
    Ok(kept.into_iter().map(event).collect())
}

/// Takes the events of commits after `seen`, up to `heads` and at most `limit` of each stream. Gives how far each stream was read and how many
/// commits were found on the way.
pub(crate) fn after(
    conn: &mut Conn,
    seen: &Heads,
    heads: &Heads,
    limit: i64,
    mut take: impl FnMut(Event),
) -> Result<(Heads, i64), StoreError> {
    let (mut reached, mut commits) = (seen.clone(), 0);
    for (&writer, &head) in heads {
        let last = seen.get(&writer).copied().unwrap_or(0);
        if last >= head {
            continue;
        }
        conn.query_each(AFTER, &[writer.into(), last.into(), head.into(), limit.into()], |row| {
            commits += 1;
            reached.insert(writer, row.int(0)?);
            read(row.str(1)?)?.into_iter().for_each(&mut take);
            Ok(())
        })?;
    }
    Ok((reached, commits))
}

/// Who changed after `seen`, up to `heads`. None where the outbox does not reach back that far, or does not have what it should.
pub fn since(conn: &mut Conn, seen: &Heads, heads: &Heads) -> Result<Option<Told>, StoreError> {
    let mut told = Told::default();
    let (_, commits) = after(conn, seen, heads, i64::MAX, |event| match event {
        Event::File(member) => drop(told.members.insert(member)),
        Event::Entry(_, holder) => drop(told.holders.insert(holder)),
    })?;
    let wanted: i64 = heads.iter().map(|(writer, head)| (head - seen.get(writer).copied().unwrap_or(0)).max(0)).sum();
    Ok((commits == wanted).then_some(told))
}

/// Whose files changed after the change of this number, up to that one. None where the outbox does not reach back that far.
pub fn files_between(conn: &mut Conn, seen: i64, head: i64) -> Result<Option<BTreeSet<MemberId>>, StoreError> {
    let told = since(conn, &Heads::from([(FILES, seen)]), &Heads::from([(FILES, head)]))?;
    Ok(told.map(|told| told.members))
}

/// Whose files changed after `seen`, in at most `limit` commits, and how far that reads. Everything else that happened counts as seen.
pub fn files_after(conn: &mut Conn, seen: &Heads, limit: i64) -> Result<(BTreeSet<MemberId>, Heads), StoreError> {
    let mut heads = heads(conn)?;
    let mut members = BTreeSet::new();
    if let Some(head) = heads.get(&FILES).copied() {
        let (reached, _) = after(conn, seen, &Heads::from([(FILES, head)]), limit, |event| {
            if let Event::File(member) = event {
                members.insert(member);
            }
        })?;
        heads.insert(FILES, reached.get(&FILES).copied().unwrap_or(head));
    }
    Ok((members, heads))
}

/// The number of the last change of a file; 0 before there was one.
pub fn newest_file(heads: &Heads) -> i64 {
    heads.get(&FILES).copied().unwrap_or(0)
}

/// A commit, as the outbox tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Who made it.
    pub writer: i64,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// What it tells, as it stands in the table.
    pub events: String,
}

/// The commits with these numbers; writers without a commit are left out. None where one is not there.
pub fn at(conn: &mut Conn, heads: &Heads) -> Result<Option<Vec<Commit>>, StoreError> {
    let mut commits = Vec::new();
    for (&writer, &head) in heads.iter().filter(|(_, head)| **head > 0) {
        let commit = |row: &Row<'_>| Ok(Commit { writer, at_ms: row.int(0)?, events: row.text(1)? });
        match conn.query_one(AT, &[writer.into(), head.into()], commit)? {
            Some(commit) => commits.push(commit),
            None => return Ok(None),
        }
    }
    Ok(Some(commits))
}

/// Deletes the oldest commits of each stream, at most `limit` of each: those made before this time (UTC milliseconds) that no follower has yet to
/// see. The newest of a stream always stays. Gives how many there were.
pub fn prune(conn: &mut Conn, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
    let cursor = |(key, value): &(String, String)| {
        serde_json::from_str(value).map_err(|_| StoreError::Damaged(format!("the setting {key}")))
    };
    let cursors: Vec<Heads> = setting::under(conn, CURSORS)?.iter().map(cursor).collect::<Result<_, _>>()?;
    let mut pruned = 0;
    for (writer, head) in heads(conn)? {
        let young = conn.query_one(FIRST, &[writer.into(), before_ms.into()], |row| row.int(0))?.unwrap_or(head);
        let unseen = cursors.iter().map(|seen| seen.get(&writer).copied().unwrap_or(0) + 1);
        let kept = unseen.chain([young, head]).min().unwrap_or(head);
        pruned += conn.execute(PRUNE, &[writer.into(), kept.into(), limit.into()])?;
    }
    Ok(pruned)
}

//! Tags: the dictionary, who has what since when, and what came and went.

use std::collections::{BTreeMap, BTreeSet};

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{MemberId, PurchaseId, SegmentId, TagEntryId, TagGroupId};
use danggol_core::tag::Cause;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::event::{self, Event, Heads};
use crate::follow::Addressed;
use crate::merge;
use crate::schema::{SEGMENT_LIST, TAG, TAG_ENTRY, TAG_GROUP, TAG_MEMBER};

const ALL: &str = "SELECT segment_id, group_id, description, owner, expires_days, place FROM tag ORDER BY place, segment_id";
const GROUPS: &str = "SELECT group_id, name, exclusive FROM tag_group ORDER BY group_id";
const HELD_BY: &str = "SELECT member_id, segment_id, since_ms FROM tag_member \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const HOLDERS: &str = "SELECT member_id FROM tag_member WHERE segment_id = $1 ORDER BY member_id";
const SIZES: &str = "SELECT segment_id, COUNT(*) FROM tag_member GROUP BY segment_id";
const LOSE: &str = "DELETE FROM tag_member WHERE segment_id = $1 \
     AND member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";
const GIVEN_TO: &str = "SELECT member_id, segment_id, added_at_ms, expires_at_ms FROM segment_list \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND (expires_at_ms IS NULL OR expires_at_ms > $2)";
const EXPIRED: &str =
    "SELECT segment_id, member_id FROM segment_list WHERE expires_at_ms <= $1 ORDER BY segment_id, member_id LIMIT $2";
const ENTRIES_OF: &str = "SELECT entry_id, member_id, segment_id, at_ms, added, cause, purchase_id, actor_kind, actor_id, reason \
     FROM tag_entry WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND entry_id < $2 ORDER BY entry_id DESC LIMIT $3";
const FORGET_ENTRIES: &str = "DELETE FROM tag_entry WHERE member_id = $1";
const FORGET_HELD: &str = "DELETE FROM tag_member WHERE member_id = $1";
/// Of points that somebody else spent, the purchase is not hers whose points they were.
const MEMBERS_OF: &str = "SELECT purchase_id, member_id FROM purchase \
     WHERE purchase_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) \
     UNION ALL SELECT CASE WHEN kind <> 'share' THEN purchase_id \
     ELSE (SELECT p.purchase_id FROM purchase p WHERE p.purchase_id = entry.purchase_id AND p.holder_id = entry.holder_id) END, member_id \
     FROM entry WHERE entry_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// Every statement of this module.
pub const STATEMENTS: &[&str] =
    &[ALL, GROUPS, HELD_BY, HOLDERS, SIZES, LOSE, GIVEN_TO, EXPIRED, ENTRIES_OF, FORGET_ENTRIES, FORGET_HELD, MEMBERS_OF];

/// What a tag has beside the segment that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRecord {
    /// The segment.
    pub segment: SegmentId,
    /// Its group.
    pub group: Option<TagGroupId>,
    /// What it means, in the brand's words.
    pub description: String,
    /// Who sees to it: a person or a department.
    pub owner: Option<String>,
    /// For how many days it is given; a rule's tag has no such end.
    pub expires_days: Option<i64>,
    /// Its place in its group, the least first.
    pub place: i64,
}

/// Tags that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagGroup {
    /// Its id.
    pub id: TagGroupId,
    /// What it is called.
    pub name: String,
    /// Whether a member has at most one of them.
    pub exclusive: bool,
}

/// A tag that came to a member, or went from her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagEntry {
    /// Its id.
    pub id: TagEntryId,
    /// Whose.
    pub member: MemberId,
    /// Which.
    pub tag: SegmentId,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// Whether it came.
    pub added: bool,
    /// Why.
    pub cause: Cause,
    /// The purchase behind it.
    pub purchase: Option<PurchaseId>,
    /// Who did it.
    pub actor: Actor,
    /// What whoever did it said.
    pub reason: Option<String>,
}

/// A tag that was given by hand or by a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenTag {
    /// To whom.
    pub member: MemberId,
    /// Which.
    pub tag: SegmentId,
    /// Since when, in UTC milliseconds.
    pub since_ms: i64,
    /// Until when, in UTC milliseconds.
    pub expires_at_ms: Option<i64>,
}

impl BindRow for TagRecord {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.segment.0);
        to.opt_int(self.group.map(|group| group.0));
        to.text(&self.description);
        to.opt_text(self.owner.as_deref());
        to.opt_int(self.expires_days);
        to.int(self.place);
    }
}

impl BindRow for TagGroup {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.id.0);
        to.text(&self.name);
        to.int(self.exclusive.into());
    }
}

impl BindRow for TagEntry {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.id.0);
        to.int(self.member.0);
        to.int(self.tag.0);
        to.int(self.at_ms);
        to.int(self.added.into());
        to.text(self.cause.word());
        to.opt_int(self.purchase.map(|purchase| purchase.0));
        to.text(self.actor.kind.word());
        to.int(self.actor.id);
        to.opt_text(self.reason.as_deref());
    }
}

impl BindRow for GivenTag {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.tag.0);
        to.int(self.member.0);
        to.int(self.since_ms);
        to.opt_int(self.expires_at_ms);
    }
}

/// A member who has a tag by its rule, since a moment.
struct Holding {
    tag: SegmentId,
    member: MemberId,
    since_ms: i64,
}

impl BindRow for Holding {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.tag.0);
        to.int(self.member.0);
        to.int(self.since_ms);
    }
}

/// All tags, by their places.
pub fn all(conn: &mut Conn) -> Result<Vec<TagRecord>, StoreError> {
    conn.query(ALL, &[], |row| {
        Ok(TagRecord {
            segment: SegmentId(row.int(0)?),
            group: row.opt_int(1)?.map(TagGroupId),
            description: row.text(2)?,
            owner: row.opt_text(3)?,
            expires_days: row.opt_int(4)?,
            place: row.int(5)?,
        })
    })
}

/// All groups.
pub fn groups(conn: &mut Conn) -> Result<Vec<TagGroup>, StoreError> {
    conn.query(GROUPS, &[], |row| Ok(TagGroup { id: TagGroupId(row.int(0)?), name: row.text(1)?, exclusive: row.int(2)? != 0 }))
}

/// Keeps a tag, or what has changed of it.
pub fn keep(conn: &mut Conn, tag: &TagRecord) -> Result<(), StoreError> {
    let set = "group_id = excluded.group_id, description = excluded.description, owner = excluded.owner, \
         expires_days = excluded.expires_days, place = excluded.place";
    conn.insert_rows(&TAG, Conflict::Update { on: &["segment_id"], set, guard: None }, [tag].into_iter()).map(drop)
}

/// Keeps a group, or what has changed of it.
pub fn keep_group(conn: &mut Conn, group: &TagGroup) -> Result<(), StoreError> {
    let set = "name = excluded.name, exclusive = excluded.exclusive";
    conn.insert_rows(&TAG_GROUP, Conflict::Update { on: &["group_id"], set, guard: None }, [group].into_iter()).map(drop)
}

/// The tags that members have by rules, as far as that has been seen, with since when in UTC milliseconds.
pub fn held_by(conn: &mut Conn, members: &[MemberId]) -> Result<BTreeMap<(MemberId, SegmentId), i64>, StoreError> {
    let members = int_array(members.iter().map(|member| member.0));
    let rows =
        conn.query(HELD_BY, &[(&members).into()], |row| Ok(((MemberId(row.int(0)?), SegmentId(row.int(1)?)), row.int(2)?)))?;
    Ok(rows.into_iter().collect())
}

/// Who has a tag by its rule, as far as that has been seen.
pub fn holders(conn: &mut Conn, tag: SegmentId) -> Result<BTreeSet<MemberId>, StoreError> {
    Ok(conn.query(HOLDERS, &[tag.0.into()], |row| Ok(MemberId(row.int(0)?)))?.into_iter().collect())
}

/// How many have each tag by its rule, as far as that has been seen.
pub fn sizes(conn: &mut Conn) -> Result<BTreeMap<SegmentId, i64>, StoreError> {
    Ok(conn.query(SIZES, &[], |row| Ok((SegmentId(row.int(0)?), row.int(1)?)))?.into_iter().collect())
}

/// Members to whom something happened, each with a purchase behind it.
pub type Touched = BTreeMap<MemberId, Option<PurchaseId>>;

/// Keeps what came and went by rules.
pub fn follow(conn: &mut Conn, entries: &[TagEntry]) -> Result<(), StoreError> {
    let came = entries.iter().filter(|entry| entry.added);
    let held: Vec<Holding> = came.map(|entry| Holding { tag: entry.tag, member: entry.member, since_ms: entry.at_ms }).collect();
    conn.insert_rows(&TAG_MEMBER, Conflict::Skip { on: &["segment_id", "member_id"] }, held.iter())?;
    let mut gone: BTreeMap<SegmentId, Vec<i64>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| !entry.added) {
        gone.entry(entry.tag).or_default().push(entry.member.0);
    }
    for (tag, members) in gone {
        conn.execute(LOSE, &[tag.0.into(), (&int_array(members)).into()])?;
    }
    log(conn, entries)
}

/// Keeps what came and went.
pub fn log(conn: &mut Conn, entries: &[TagEntry]) -> Result<(), StoreError> {
    conn.insert_rows(&TAG_ENTRY, Conflict::Fail, entries.iter()).map(drop)
}

/// What members were given by hand or by files and still have.
pub fn given_to(conn: &mut Conn, members: &[MemberId], now_ms: i64) -> Result<Vec<GivenTag>, StoreError> {
    let members = int_array(members.iter().map(|member| member.0));
    conn.query(GIVEN_TO, &[(&members).into(), now_ms.into()], |row| {
        Ok(GivenTag {
            member: MemberId(row.int(0)?),
            tag: SegmentId(row.int(1)?),
            since_ms: row.int(2)?,
            expires_at_ms: row.opt_int(3)?,
        })
    })
}

/// Gives tags to members; who has one already has it for longer. Whoever went into another is given it with the one who keeps.
pub fn give(conn: &mut Conn, given: &[GivenTag]) -> Result<(), StoreError> {
    let addressed = Addressed::read(conn, given.iter().map(|given| given.member))?;
    addressed.note(conn, given.iter().map(|given| (given.member, given.tag, Some((given.since_ms, given.expires_at_ms)))))?;
    let homes = given.iter().map(|given| GivenTag { member: addressed.home(given.member), ..*given });
    let homes: BTreeMap<(SegmentId, MemberId), GivenTag> = homes.map(|given| ((given.tag, given.member), given)).collect();
    let prolong =
        Conflict::Update { on: &["segment_id", "member_id"], set: "expires_at_ms = excluded.expires_at_ms", guard: None };
    conn.insert_rows(&SEGMENT_LIST, prolong, homes.values()).map(drop)
}

/// Up to `limit` tags that were given for so long and no longer.
pub fn expired(conn: &mut Conn, now_ms: i64, limit: i64) -> Result<Vec<(SegmentId, MemberId)>, StoreError> {
    conn.query(EXPIRED, &[now_ms.into(), limit.into()], |row| Ok((SegmentId(row.int(0)?), MemberId(row.int(1)?))))
}

fn entry(row: &Row<'_>) -> Result<TagEntry, StoreError> {
    let id = TagEntryId(row.int(0)?);
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of {id}"));
    let kind = ActorKind::from_word(row.str(7)?).ok_or_else(|| damaged("actor"))?;
    Ok(TagEntry {
        id,
        member: MemberId(row.int(1)?),
        tag: SegmentId(row.int(2)?),
        at_ms: row.int(3)?,
        added: row.int(4)? != 0,
        cause: Cause::from_word(row.str(5)?).ok_or_else(|| damaged("cause"))?,
        purchase: row.opt_int(6)?.map(PurchaseId),
        actor: Actor { kind, id: row.opt_int(8)?.unwrap_or(0) },
        reason: row.opt_text(9)?,
    })
}

/// Up to `limit` tags of a member, and of whoever went into her, that came and went before `before`, the newest first.
pub fn entries_of(conn: &mut Conn, member: MemberId, before: TagEntryId, limit: i64) -> Result<Vec<TagEntry>, StoreError> {
    let people = int_array(merge::people(conn, member)?.iter().map(|member| member.0));
    conn.query(ENTRIES_OF, &[(&people).into(), before.0.into(), limit.into()], entry)
}

/// Destroys what is known of a member's tags by rules, and of those that came and went.
pub(crate) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    conn.execute(FORGET_ENTRIES, &[member.0.into()])?;
    conn.execute(FORGET_HELD, &[member.0.into()]).map(drop)
}

/// Members to whom something happened in the commits after a cursor, each with a purchase behind it, and the cursor after those; at most
/// `limit` commits of each writer.
pub fn happened_after(conn: &mut Conn, cursor: &Heads, limit: i64) -> Result<(Touched, Heads), StoreError> {
    let (mut touched, mut entries) = (Touched::new(), Vec::new());
    let heads = event::heads(conn)?;
    let (after, _) = event::after(conn, cursor, &heads, limit, |event| match event {
        Event::Entry(entry, _) => entries.push(entry),
        Event::File(member) => drop(touched.insert(member, None)),
    })?;
    let rows = conn
        .query(MEMBERS_OF, &[(&int_array(entries)).into()], |row| Ok((MemberId(row.int(1)?), row.opt_int(0)?.map(PurchaseId))))?;
    touched.extend(rows);
    Ok((touched, after))
}

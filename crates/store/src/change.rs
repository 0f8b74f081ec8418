//! What was changed in the files of members and of the brand: who changed what, when, from what to what.
//!
//! Contacts stand here masked, so nothing of this needs a key; erasing a member destroys her changes with the rest.

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ChangeId, MemberId};
use serde::{Deserialize, Serialize};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::merge;
use crate::schema::CHANGE;

const OF_MEMBER: &str = "SELECT change_id, member_id, kind, at_ms, actor_kind, actor_id, detail FROM change \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND change_id < $2 ORDER BY change_id DESC LIMIT $3";
const OF_BRAND: &str = "SELECT change_id, member_id, kind, at_ms, actor_kind, actor_id, detail FROM change \
     WHERE member_id IS NULL AND change_id < $1 ORDER BY change_id DESC LIMIT $2";
const OF_STATUS: &str = "SELECT change_id, member_id, kind, at_ms, actor_kind, actor_id, detail FROM change \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND kind = 'status' ORDER BY change_id";
const FORGET: &str = "DELETE FROM change WHERE member_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[OF_MEMBER, OF_BRAND, OF_STATUS, FORGET];

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// What a member's file says.
    File,
    /// What a member is recognised by.
    Identity,
    /// Where a member's file stands: closed or opened again.
    Status,
    /// Settings of the brand, and lists of members that were taken out of it.
    Brand,
}

impl ChangeKind {
    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ChangeKind::File => "file",
            ChangeKind::Identity => "identity",
            ChangeKind::Status => "status",
            ChangeKind::Brand => "brand",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::File, Self::Identity, Self::Status, Self::Brand].into_iter().find(|kind| kind.word() == word)
    }
}

/// One field that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name on the wire, such as `name`, `custom.shoe` or `phone`.
    pub field: String,
    /// What stood there; none where nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What stands there; none where it was cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl FieldChange {
    /// A field that changed; none where both are the same.
    pub fn between(field: impl Into<String>, from: Option<String>, to: Option<String>) -> Option<Self> {
        (from != to).then(|| FieldChange { field: field.into(), from, to })
    }
}

/// Who changes something, and the id under which that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The id of the change.
    pub change: ChangeId,
    /// Who.
    pub actor: Actor,
}

/// A change as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Its id, and who did it.
    pub author: Author,
    /// In whose file; none: the brand's.
    pub member: Option<MemberId>,
    /// What it is about.
    pub kind: ChangeKind,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// What was changed.
    pub detail: ChangeDetail,
}

/// What a change says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ChangeDetail {
    /// Each field.
    pub fields: Vec<FieldChange>,
    /// What whoever did it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

struct ChangeRow<'a> {
    record: &'a ChangeRecord,
    detail: String,
}

impl BindRow for ChangeRow<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        let Author { change, actor } = self.record.author;
        binder.int(change.0);
        binder.opt_int(self.record.member.map(|member| member.0));
        binder.text(self.record.kind.word());
        binder.int(self.record.at_ms);
        binder.text(actor.kind.word());
        binder.int(actor.id);
        binder.text(&self.detail);
    }
}

fn record(row: &Row<'_>) -> Result<ChangeRecord, StoreError> {
    let change = ChangeId(row.int(0)?);
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of {change}"));
    let actor =
        Actor { kind: ActorKind::from_word(row.str(4)?).ok_or_else(|| damaged("actor"))?, id: row.opt_int(5)?.unwrap_or(0) };
    Ok(ChangeRecord {
        author: Author { change, actor },
        member: row.opt_int(1)?.map(MemberId),
        kind: ChangeKind::from_word(row.str(2)?).ok_or_else(|| damaged("kind"))?,
        at_ms: row.int(3)?,
        detail: serde_json::from_str(row.str(6)?).map_err(|_| damaged("detail"))?,
    })
}

/// Keeps changes; those in which nothing differs are left out.
pub fn insert(conn: &mut Conn, changes: &[ChangeRecord]) -> Result<(), StoreError> {
    let changes = changes.iter().filter(|record| !record.detail.fields.is_empty());
    let rows = changes.map(|record| Ok(ChangeRow { record, detail: serde_json::to_string(&record.detail)? }));
    let rows: Result<Vec<_>, serde_json::Error> = rows.collect();
    let rows = rows.map_err(|error| StoreError::Damaged(error.to_string()))?;
    conn.insert_rows(&CHANGE, Conflict::Fail, rows.iter()).map(drop)
}

/// Up to `limit` changes in a member's file, and in those of whoever went into her, before `before`, the newest first.
pub fn of_member(conn: &mut Conn, member: MemberId, before: ChangeId, limit: i64) -> Result<Vec<ChangeRecord>, StoreError> {
    let people = int_array(merge::people(conn, member)?.iter().map(|member| member.0));
    conn.query(OF_MEMBER, &[(&people).into(), before.0.into(), limit.into()], record)
}

/// Up to `limit` changes of the brand before `before`, the newest first.
pub fn of_brand(conn: &mut Conn, before: ChangeId, limit: i64) -> Result<Vec<ChangeRecord>, StoreError> {
    conn.query(OF_BRAND, &[before.0.into(), limit.into()], record)
}

/// All changes of where some members' files stand, the oldest first.
pub(crate) fn of_status(conn: &mut Conn, members: &[MemberId]) -> Result<Vec<ChangeRecord>, StoreError> {
    conn.query(OF_STATUS, &[(&int_array(members.iter().map(|member| member.0))).into()], record)
}

/// Destroys all changes in a member's file.
pub(crate) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    conn.execute(FORGET, &[member.0.into()]).map(drop)
}

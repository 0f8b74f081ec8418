//! Notes on members.

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{MemberId, NoteId};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, int_array};
use crate::error::StoreError;
use crate::merge;
use crate::schema::NOTE;

const OF_MEMBER: &str = "SELECT note_id, member_id, text, at_ms, actor_kind, actor_id FROM note \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND note_id < $2 ORDER BY note_id DESC LIMIT $3";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[OF_MEMBER];

/// A note on a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRecord {
    /// Its id.
    pub id: NoteId,
    /// On whom.
    pub member: MemberId,
    /// What it says.
    pub text: String,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// Who wrote it.
    pub actor: Actor,
}

impl BindRow for NoteRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.int(self.id.0);
        binder.int(self.member.0);
        binder.text(&self.text);
        binder.int(self.at_ms);
        binder.text(self.actor.kind.word());
        binder.int(self.actor.id);
    }
}

/// Keeps a note.
pub fn insert(conn: &mut Conn, note: &NoteRecord) -> Result<(), StoreError> {
    conn.insert_rows(&NOTE, Conflict::Fail, [note].into_iter()).map(drop)
}

/// Up to `limit` notes on a member, and on whoever went into her, before `before`, the newest first.
pub fn of_member(conn: &mut Conn, member: MemberId, before: NoteId, limit: i64) -> Result<Vec<NoteRecord>, StoreError> {
    let people = int_array(merge::people(conn, member)?.iter().map(|member| member.0));
    conn.query(OF_MEMBER, &[(&people).into(), before.0.into(), limit.into()], |row| {
        let kind = ActorKind::from_word(row.str(4)?)
            .ok_or_else(|| StoreError::Damaged(format!("the actor of note {:?}", row.int(0))))?;
        Ok(NoteRecord {
            id: NoteId(row.int(0)?),
            member: MemberId(row.int(1)?),
            text: row.text(2)?,
            at_ms: row.int(3)?,
            actor: Actor { kind, id: row.opt_int(5)?.unwrap_or(0) },
        })
    })
}

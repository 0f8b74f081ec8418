//! A change of a member's file or of the brand as readers see it.

use danggol_core::id::ChangeId;
use danggol_core::time::rfc3339;
use danggol_store::change::{self, ChangeRecord};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ActorView, Lens};

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
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

/// One field that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldView {
    /// Its name on the wire, such as `name`, `custom.shoe` or `phone`.
    pub field: String,
    /// What stood there; contacts are masked.
    pub from: Option<String>,
    /// What stands there; contacts are masked.
    pub to: Option<String>,
}

/// Who changed what, when, from what to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangeView {
    /// Its id.
    pub id: ChangeId,
    /// What it is about.
    pub kind: ChangeKind,
    /// When.
    pub at: String,
    /// Who did it.
    pub actor: ActorView,
    /// What was changed.
    pub fields: Vec<FieldView>,
    /// What whoever did it said.
    pub reason: Option<String>,
}

impl ChangeView {
    /// A change that is kept.
    pub fn new(lens: &Lens, record: ChangeRecord) -> Self {
        let field = |field: change::FieldChange| FieldView { field: field.field, from: field.from, to: field.to };
        Self {
            id: record.author.change,
            kind: match record.kind {
                change::ChangeKind::File => ChangeKind::File,
                change::ChangeKind::Identity => ChangeKind::Identity,
                change::ChangeKind::Status => ChangeKind::Status,
                change::ChangeKind::Brand => ChangeKind::Brand,
            },
            at: rfc3339(record.at_ms),
            actor: ActorView::new(lens, record.author.actor),
            fields: record.detail.fields.into_iter().map(field).collect(),
            reason: record.detail.reason,
        }
    }
}

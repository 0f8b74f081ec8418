//! Notes on members.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::id::{MemberId, NoteId};
use danggol_core::time::rfc3339;
use danggol_store::member;
use danggol_store::note::{self, NoteRecord};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId};
use crate::problem::{ApiResult, kinds};
use crate::routes::benefit;
use crate::routes::ledger::NoteView;
use crate::view::{ActorView, Lens, Names};
use crate::{field, idempotency};

/// The most characters of a note.
const TEXT_CHARACTERS_MAX: usize = 2000;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(add))
}

/// A note to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// What it says.
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
}

/// Writes a note on a member.
#[utoipa::path(post, path = "/members/{id}/notes", tag = "members", operation_id = "add_note", params(("id" = MemberId, Path)),
    request_body = NewNote, responses((status = 201, body = NoteView)))]
async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    body: JsonBody<NewNote>,
) -> ApiResult<(StatusCode, Json<NoteView>)> {
    caller.require(Scope::MembersWrite)?;
    let key = caller.key("add_note", body.hash);
    let text = field::required(&body.value.text, TEXT_CHARACTERS_MAX, "text")?;
    let record = NoteRecord { id: NoteId(app.next_id()), member: id, text, at_ms: app.now_ms(), actor: caller.actor() };
    let keyring = Arc::clone(&app.keyring);
    let made = idempotency::once(&app, key, "note", move |conn| {
        if member::find_one(conn, &keyring, id)?.is_none() {
            return Ok(Err((&kinds::UNKNOWN_MEMBER).into()));
        }
        note::insert(conn, &record)?;
        Ok(Ok(record.id.0))
    });
    let note = NoteId(made.await?);
    let lens = benefit::lens(&app, &caller);
    let found = app.store.read(move |conn| {
        let record = note::of_member(conn, id, NoteId(note.0.saturating_add(1)), 1)?.pop();
        let lens = Lens { names: Names::read(conn, record.iter().map(|record| record.actor), [])?, ..lens };
        Ok(record.filter(|record| record.id == note).map(|record| view(&lens, record)))
    });
    Ok((StatusCode::CREATED, Json(found.await?.ok_or(&kinds::UNKNOWN_MEMBER)?)))
}

fn view(lens: &Lens, record: NoteRecord) -> NoteView {
    NoteView { id: record.id, at: rfc3339(record.at_ms), actor: ActorView::new(lens, record.actor), text: record.text }
}

//! Files of members closed, and opened again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::id::{ChangeId, MemberId};
use danggol_store::change::Author;
use danggol_store::member::{self, Closure};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::rows;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::{field, idempotency};

/// The most members at once.
const MEMBERS_MAX: usize = 1_000;
/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(close)).routes(routes!(reopen))
}

/// Whose files are closed or opened again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileClosure {
    /// The members, at most 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    pub members: Vec<MemberId>,
    /// Why, for those who look later.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// The members as they stand now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosedFiles {
    /// In the order in which they were named; those whom nobody knows are left out.
    pub items: Vec<MemberRow>,
}

async fn turn(app: &Arc<App>, caller: &Caller, body: JsonBody<FileClosure>, closure: Closure) -> ApiResult<Json<ClosedFiles>> {
    caller.require(Scope::MembersWrite)?;
    let FileClosure { members, reason } = body.value;
    if members.is_empty() || members.len() > MEMBERS_MAX {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("members"));
    }
    let reason = field::optional(reason.as_deref().unwrap_or_default(), REASON_CHARACTERS_MAX, "reason")?;
    let (route, now_ms) = (if closure == Closure::Close { "close_members" } else { "reopen_members" }, app.now_ms());
    let author = |_: &MemberId| Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let turned: Vec<(MemberId, Author)> = members.iter().map(|id| (*id, author(id))).collect();
    idempotency::once(app, caller.key(route, body.hash), "closure", move |conn| {
        member::turn(conn, &turned, closure, reason.as_deref(), now_ms)?;
        Ok(Ok(turned.first().map_or(0, |(_, author)| author.change.0)))
    })
    .await?;
    Ok(Json(ClosedFiles { items: rows(app, members).await? }))
}

/// Closes the files of members: they earn and spend nothing any more. Points stay theirs and expire in their time, numbers stay theirs,
/// purchases can still be returned; opening a file again restores all of it.
#[utoipa::path(post, path = "/members/close", tag = "members", operation_id = "close_members", request_body = FileClosure,
    responses((status = 200, body = ClosedFiles)))]
async fn close(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<FileClosure>) -> ApiResult<Json<ClosedFiles>> {
    turn(&app, &caller, body, Closure::Close).await
}

/// Opens closed files again, as what they were before.
#[utoipa::path(post, path = "/members/reopen", tag = "members", operation_id = "reopen_members", request_body = FileClosure,
    responses((status = 200, body = ClosedFiles)))]
async fn reopen(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<FileClosure>) -> ApiResult<Json<ClosedFiles>> {
    turn(&app, &caller, body, Closure::Reopen).await
}

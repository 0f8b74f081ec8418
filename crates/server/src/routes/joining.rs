//! The brand's rules by which members become one by themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::id::ChangeId;
use danggol_core::identity::Identity;
use danggol_core::joining::{JoiningFault, JoiningRules};
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::idempotency;
use crate::joining::{keep_rules, rules};
use crate::problem::{ApiError, ApiResult, kinds};

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(read, change))
}

/// The brand's rules of merging: which kinds of identities are trusted, in which order, which values join nobody, and how many of a kind one
/// person has at most.
#[utoipa::path(get, path = "/merge-rules", tag = "setup", operation_id = "read_merge_rules",
    responses((status = 200, body = JoiningRules)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<JoiningRules>> {
    caller.require(Scope::Admin)?;
    Ok(Json(app.store.read(rules).await?))
}

/// What the log of the brand says of the rules: the trusted kinds, in their order.
fn said(rules: &JoiningRules) -> Option<String> {
    let kinds: Vec<&str> = rules.trusted.iter().map(|kind| kind.word()).collect();
    (!kinds.is_empty()).then(|| kinds.join(", "))
}

/// The rules with their values in the form in which identities are kept, or what cannot stand.
fn checked(mut wanted: JoiningRules, country: &str) -> ApiResult<JoiningRules> {
    match wanted.fault() {
        Some(JoiningFault::Trusted) => return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("trusted")),
        Some(JoiningFault::Blocked) => return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("blocked")),
        Some(JoiningFault::Most) => return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("most")),
        None => {}
    }
    for (place, blocked) in wanted.blocked.iter_mut().enumerate() {
        let read = Identity::new(blocked.kind, None, &blocked.value, country);
        blocked.value = read.map_err(|error| ApiError::from(error).at(format!("blocked[{place}].value")))?.value;
    }
    Ok(wanted)
}

/// Replaces the brand's rules of merging. They hold for what is named from now on; what was merged stays as it is.
#[utoipa::path(put, path = "/merge-rules", tag = "setup", operation_id = "change_merge_rules", request_body = JoiningRules,
    responses((status = 200, body = JoiningRules)))]
async fn change(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<JoiningRules>) -> ApiResult<Json<JoiningRules>> {
    caller.require(Scope::Admin)?;
    let after = checked(body.value, &app.brand().country)?;
    let author = Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let (kept, now_ms) = (after.clone(), app.now_ms());
    idempotency::write(&app, move |conn| {
        let before = rules(conn)?;
        keep_rules(conn, &after)?;
        let fields = FieldChange::between("merge_rules", said(&before), said(&after)).into_iter().collect();
        let detail = ChangeDetail { fields, reason: None };
        change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        Ok(Ok(()))
    })
    .await?;
    Ok(Json(kept))
}

//! What-if: a planned programme replayed over the brand's history before it is published.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::id::MemberId;
use danggol_core::programme::Programme;
use danggol_store::{Conn, StoreError, member, programme};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::what_if::{self, Made, WhatIfResult};

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(read, start, cancel))
}

/// What is to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWhatIf {
    /// The planned programme; left out: the draft.
    #[serde(default)]
    pub programme: Option<Programme>,
}

/// How far a replay is.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfProgress {
    /// Members whose histories were read.
    pub members: u64,
    /// Members in all.
    pub members_total: u64,
    /// Purchases that were replayed.
    pub purchases: u64,
}

/// What is being replayed, and what came of the last replay.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfView {
    /// How far the replay is that is under way; none where none is.
    pub progress: Option<WhatIfProgress>,
    /// Whether the last one that was begun failed.
    pub has_failed: bool,
    /// What came of the last one that ended; none where nothing was tried yet.
    pub result: Option<WhatIfResult>,
    /// Whether that is of the draft as it stands, against the programme in force.
    pub is_of_draft: bool,
}

type Kept = (Option<Made>, Option<Programme>, BTreeMap<MemberId, String>);

fn kept(conn: &mut Conn) -> Result<Kept, StoreError> {
    let made = what_if::kept(conn)?;
    let draft = programme::draft(conn)?.and_then(|draft| serde_json::from_value(draft.body).ok());
    let named = made.as_ref().map(Made::named).unwrap_or_default();
    let files = member::files(conn, &named)?;
    Ok((made, draft, files.into_iter().filter_map(|file| Some((file.id, file.fields.name?))).collect()))
}

async fn view(app: &Arc<App>) -> ApiResult<WhatIfView> {
    // Asked first: what ends meanwhile is told as a result.
    let progress = app.what_ifs.progress();
    let (made, draft, names) = app.store.read(kept).await?;
    let rules = app.rules();
    let is_of_draft =
        made.as_ref().is_some_and(|made| made.version == rules.current.version && Some(&made.planned) == draft.as_ref());
    Ok(WhatIfView {
        progress: progress.map(|progress| WhatIfProgress {
            members: progress.members,
            members_total: progress.members_total,
            purchases: progress.purchases,
        }),
        has_failed: app.what_ifs.has_failed(),
        result: made.map(|made| made.result(&rules.version(made.version).programme, &names)),
        is_of_draft,
    })
}

/// How far the replay is, and what came of the last one.
#[utoipa::path(get, path = "/programme/what-if", tag = "programme", operation_id = "read_what_if", responses((status = 200, body = WhatIfView)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<WhatIfView>> {
    caller.require(Scope::ProgrammeWrite)?;
    caller.require(Scope::MembersRead)?;
    Ok(Json(view(&app).await?))
}

/// Begins to replay the whole history under a planned programme. One replay is under way at a time: another one that is ended, the same one goes on.
#[utoipa::path(post, path = "/programme/what-if", tag = "programme", operation_id = "begin_what_if", request_body = NewWhatIf,
    responses((status = 202, body = WhatIfView)))]
async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<NewWhatIf>,
) -> ApiResult<(StatusCode, Json<WhatIfView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    caller.require(Scope::MembersRead)?;
    let planned = match body.value.programme {
        Some(programme) => programme,
        None => {
            let draft = app.store.read(programme::draft).await?.ok_or(&kinds::NO_DRAFT)?;
            serde_json::from_value(draft.body).map_err(|_| ApiError::new(&kinds::PROGRAMME_FAULTY))?
        }
    };
    if let Some(fault) = planned.faults().into_iter().next() {
        return Err(ApiError::new(&kinds::PROGRAMME_FAULTY).at(fault.path));
    }
    what_if::start(&app, planned);
    Ok((StatusCode::ACCEPTED, Json(view(&app).await?)))
}

/// Ends the replay that is under way. What came of the one before stays.
#[utoipa::path(delete, path = "/programme/what-if", tag = "programme", operation_id = "cancel_what_if", responses((status = 204)))]
async fn cancel(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<StatusCode> {
    caller.require(Scope::ProgrammeWrite)?;
    app.what_ifs.cancel();
    Ok(StatusCode::NO_CONTENT)
}

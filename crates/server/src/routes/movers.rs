//! Who moved from one layer of the pyramid to another: page by page, or put on a list of their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::decide::Key;
use danggol_core::id::{MemberId, SegmentId};
use danggol_store::segment::{self, Basis, SegmentRecord};
use danggol_store::{Conn, StoreError};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, QueryParams};
use crate::movers::Step;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::members::rows;
use crate::routes::pyramid::{PyramidQuery, plan};
use crate::routes::segments::{NAME_CHARACTERS_MAX, SegmentMembers, SegmentView, one};
use crate::{field, idempotency};

/// Members that are put on a list at once; live commands get their turn between.
const LISTED_AT_ONCE: usize = 1_000;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(movers)).routes(routes!(keep))
}

/// From which layer to which, over which business days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MoversQuery {
    /// Code of the layer before; left out: bought nothing then.
    #[serde(default)]
    pub layer_before: Option<String>,
    /// Code of the layer now; left out: bought nothing.
    #[serde(default)]
    pub layer: Option<String>,
    /// First business day.
    #[serde(default)]
    #[param(format = Date)]
    pub from: Option<String>,
    /// Last business day.
    #[serde(default)]
    #[param(format = Date)]
    pub to: Option<String>,
    /// Weights of the criteria.
    #[serde(default)]
    pub weights: Option<String>,
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A list to be made of whoever moved from one layer to another.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoversList {
    /// What the list is called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Code of the layer before; left out: bought nothing then.
    #[serde(default)]
    pub layer_before: Option<String>,
    /// Code of the layer now; left out: bought nothing.
    #[serde(default)]
    pub layer: Option<String>,
    /// First business day.
    #[serde(default)]
    #[schema(format = Date)]
    pub from: Option<String>,
    /// Last business day.
    #[serde(default)]
    #[schema(format = Date)]
    pub to: Option<String>,
    /// Weights of the criteria.
    #[serde(default)]
    pub weights: Option<String>,
}

fn step(app: &App, wanted: &PyramidQuery, layer_before: Option<String>, layer: Option<String>) -> ApiResult<Step> {
    let (from, to, criteria) = plan(&app.rules(), app.now_ms(), wanted)?;
    let place = |code: Option<String>, at| {
        let find = |code: String| criteria.layers.iter().position(|layer| layer.code == code);
        code.map(|code| find(code).ok_or_else(|| ApiError::new(&kinds::UNKNOWN_LAYER).at(at))).transpose()
    };
    let (stood, stands) = (place(layer_before, "layer_before")?, place(layer, "layer")?);
    Ok(Step { from, to, criteria, stood, stands })
}

/// Where the next part begins, and the answer that it is a part of.
fn read_cursor(cursor: Option<&str>) -> ApiResult<(usize, Option<u64>)> {
    let Some(cursor) = cursor else { return Ok((0, None)) };
    let read = || {
        let (skip, answer) = cursor.split_once('.')?;
        Some((skip.parse().ok()?, Some(answer.parse().ok()?)))
    };
    read().ok_or_else(|| ApiError::new(&kinds::INVALID_CURSOR).at("cursor"))
}

/// Who moved from one layer to another, by their place now, and those who bought nothing by their place before. The pages of one listing are of
/// one ranking, also where somebody buys meanwhile.
#[utoipa::path(get, path = "/pyramid/movement/members", tag = "insight", operation_id = "list_movers", params(MoversQuery),
    responses((status = 200, body = SegmentMembers)))]
async fn movers(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<MoversQuery>,
) -> ApiResult<Json<SegmentMembers>> {
    caller.require(Scope::InsightRead)?;
    let MoversQuery { layer_before, layer, from, to, weights, limit, cursor } = query;
    let limit = field::limit(limit, 50, 200)? as usize;
    let (skip, goes_on) = read_cursor(cursor.as_deref())?;
    let step = step(&app, &PyramidQuery { from, to, weights }, layer_before, layer)?;
    let reader = Arc::clone(&app);
    let (answer, moved) = app.store.read(move |conn| reader.movers.movers(conn, &step, goes_on)).await?;
    let end = skip.saturating_add(limit);
    let next_cursor = (end < moved.len()).then(|| format!("{end}.{answer}"));
    let part = moved.iter().skip(skip).take(limit).copied().map(MemberId).collect();
    Ok(Json(SegmentMembers { items: rows(&app, part).await?, next_cursor }))
}

/// Makes a list of all who moved from one layer to another, as it stands now. It is there once all of them are on it.
#[utoipa::path(post, path = "/pyramid/movement/lists", tag = "insight", operation_id = "keep_movers", request_body = MoversList,
    responses((status = 201, body = SegmentView)))]
async fn keep(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<MoversList>,
) -> ApiResult<(StatusCode, Json<SegmentView>)> {
    caller.require(Scope::InsightRead)?;
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("keep_movers", body.hash);
    let MoversList { name, layer_before, layer, from, to, weights } = body.value;
    let name = field::required(&name, NAME_CHARACTERS_MAX, "name")?;
    let step = step(&app, &PyramidQuery { from, to, weights }, layer_before, layer)?;
    let (now_ms, id) = (app.now_ms(), SegmentId(app.next_id()));
    if !is_kept(&app, key.clone()).await? {
        let reader = Arc::clone(&app);
        let (_, moved) = app.store.read(move |conn| reader.movers.movers(conn, &step, None)).await?;
        for part in moved.chunks(LISTED_AT_ONCE) {
            let part: BTreeSet<MemberId> = part.iter().copied().map(MemberId).collect();
            app.store.write(move |conn| segment::list(conn, id, &part, now_ms)).await?;
        }
    }
    let record = SegmentRecord {
        id,
        name,
        basis: Basis::List,
        draft: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        updated_by: caller.user(),
        archived_at_ms: None,
    };
    let made = idempotency::once(&app, key, "segment", move |conn| {
        segment::insert(conn, &record)?;
        Ok(Ok(record.id.0))
    });
    Ok((StatusCode::CREATED, Json(one(&app, &caller, SegmentId(made.await?)).await?)))
}

/// Whether something was made under a key already.
async fn is_kept(app: &Arc<App>, key: Option<Key>) -> ApiResult<bool> {
    let find = move |conn: &mut Conn| -> Result<bool, StoreError> {
        Ok(match &key {
            Some(key) => danggol_store::idempotency::find(conn, key)?.is_some(),
            None => false,
        })
    };
    Ok(app.store.read(find).await?)
}

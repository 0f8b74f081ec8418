//! Segments over time: snapshots, and who came in and who went from one to another.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::id::{MemberId, SegmentId};
use danggol_core::time::{day_text, rfc3339};
use danggol_store::segment::{self, Snapshot, Span};
use danggol_store::{Conn, StoreError, search};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{PathId, QueryParams};
use crate::field;
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::segment::snapshot;

/// The most snapshots that are told at once: two years of days.
const SNAPSHOTS_MAX: i64 = 731;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(snapshots, take)).routes(routes!(movement))
}

/// How many were in a segment at a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SnapshotView {
    /// From 1 on.
    pub number: i64,
    /// When.
    pub taken_at: String,
    /// Its business day.
    pub day: String,
    /// Who were in.
    pub members: i64,
    /// Who had come in since the one before.
    pub entered: i64,
    /// Who had gone since the one before.
    pub gone: i64,
}

impl SnapshotView {
    /// A snapshot that is kept.
    pub fn new(taken: Snapshot) -> Self {
        SnapshotView {
            number: taken.number,
            taken_at: rfc3339(taken.taken_at_ms),
            day: i32::try_from(taken.day).map(day_text).unwrap_or_default(),
            members: taken.members,
            entered: taken.entered,
            gone: taken.gone,
        }
    }
}

/// Snapshots of a segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Snapshots {
    /// The newest first.
    pub items: Vec<SnapshotView>,
    /// Always nothing: no more are kept than are told.
    pub next_cursor: Option<String>,
}

/// Which way members crossed the bound of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// In.
    #[default]
    Entered,
    /// Out.
    Gone,
}

/// Whom to name.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MovementQuery {
    /// The number of the earlier snapshot, zero for before the first; the one before the later one when it is left out.
    #[serde(default)]
    #[param(minimum = 0)]
    pub from: Option<i64>,
    /// The number of the later snapshot; the newest when it is left out.
    #[serde(default)]
    #[param(minimum = 1)]
    pub to: Option<i64>,
    /// Which of them to name; those who came in when it is left out.
    #[serde(default)]
    #[param(inline)]
    pub way: Way,
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Somebody who came in or went.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedMember {
    /// When that was seen: at which snapshot.
    pub seen_at: String,
    /// Who.
    pub member: MemberRow,
}

/// Who came in and who went between two snapshots. Who did both in between is in neither list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentMovement {
    /// The earlier snapshot; none for before the first.
    pub from: Option<SnapshotView>,
    /// The later snapshot; none before there is one.
    pub to: Option<SnapshotView>,
    /// How many came in.
    pub entered: i64,
    /// How many went.
    pub gone: i64,
    /// Those who are asked for, in the order in which they joined.
    pub items: Vec<MovedMember>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// How many were in a segment over time.
#[utoipa::path(get, path = "/segments/{id}/snapshots", tag = "segments", operation_id = "list_snapshots",
    params(("id" = SegmentId, Path)), responses((status = 200, body = Snapshots)))]
async fn snapshots(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<SegmentId>) -> ApiResult<Json<Snapshots>> {
    caller.require(Scope::InsightRead)?;
    let read = move |conn: &mut Conn| Ok((segment::find(conn, id)?.is_some(), segment::snapshots(conn, id, SNAPSHOTS_MAX)?));
    let (is_known, taken) = app.store.read(read).await?;
    if !is_known {
        return Err((&kinds::UNKNOWN_SEGMENT).into());
    }
    Ok(Json(Snapshots { items: taken.into_iter().map(SnapshotView::new).collect(), next_cursor: None }))
}

/// Takes a snapshot of a segment now, beside those of every night.
#[utoipa::path(post, path = "/segments/{id}/snapshots", tag = "segments", operation_id = "take_snapshot",
    params(("id" = SegmentId, Path)), responses((status = 201, body = SnapshotView)))]
async fn take(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
) -> ApiResult<(StatusCode, Json<SnapshotView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    super::segments::one(&app, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(SnapshotView::new(snapshot(&app, id).await?))))
}

/// Who came in and who went between two snapshots of a segment.
#[utoipa::path(get, path = "/segments/{id}/movement", tag = "segments", operation_id = "list_segment_movement",
    params(("id" = SegmentId, Path), MovementQuery), responses((status = 200, body = SegmentMovement)))]
async fn movement(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
    QueryParams(query): QueryParams<MovementQuery>,
) -> ApiResult<Json<SegmentMovement>> {
    caller.require(Scope::MembersRead)?;
    caller.require(Scope::InsightRead)?;
    let MovementQuery { from, to, way, limit, cursor } = query;
    let limit = i64::from(field::limit(limit, 50, 200)?);
    let invalid = || ApiError::new(&kinds::INVALID_CURSOR).at("cursor");
    let after = cursor.map_or(Ok(MemberId(0)), |cursor| cursor.parse().map_err(|_| invalid()))?;
    let (keyring, rules) = (Arc::clone(&app.keyring), app.rules());
    let look = move |conn: &mut Conn| -> Result<ApiResult<SegmentMovement>, StoreError> {
        let span = match span(conn, id, from, to)? {
            Ok(Some(span)) => span,
            Ok(None) => {
                return Ok(Ok(SegmentMovement {
                    from: None,
                    to: None,
                    entered: 0,
                    gone: 0,
                    items: Vec::new(),
                    next_cursor: None,
                }));
            }
            Err(error) => return Ok(Err(error)),
        };
        let mut taken = |number| Ok::<_, StoreError>(segment::find_snapshot(conn, id, number)?.map(SnapshotView::new));
        let (from, to) = (taken(span.from)?, taken(span.to)?);
        let (entered, gone) = segment::crossings(conn, span)?;
        let crossed = segment::crossed(conn, span, way == Way::Entered, after, limit)?;
        let next_cursor = crossed.last().filter(|_| crossed.len() as i64 == limit).map(|(member, _)| member.to_string());
        let mut seen: HashMap<i64, String> = HashMap::new();
        for (_, number) in &crossed {
            if !seen.contains_key(number) {
                let at_ms = segment::find_snapshot(conn, id, *number)?.map_or(0, |taken| taken.taken_at_ms);
                seen.insert(*number, rfc3339(at_ms));
            }
        }
        let numbers: HashMap<MemberId, i64> = crossed.iter().copied().collect();
        let ids: Vec<MemberId> = crossed.iter().map(|(member, _)| *member).collect();
        let moved = |listed: search::ListedMember| MovedMember {
            seen_at: numbers.get(&listed.id).and_then(|number| seen.get(number)).cloned().unwrap_or_default(),
            member: MemberRow::new(listed, &rules),
        };
        let items = search::listed(conn, &keyring, &ids)?.into_iter().map(moved).collect();
        Ok(Ok(SegmentMovement { from, to, entered, gone, items, next_cursor }))
    };
    Ok(Json(app.store.read(look).await??))
}

/// Between which snapshots somebody asks; none before there is one.
fn span(conn: &mut Conn, segment: SegmentId, from: Option<i64>, to: Option<i64>) -> Result<ApiResult<Option<Span>>, StoreError> {
    if segment::find(conn, segment)?.is_none() {
        return Ok(Err((&kinds::UNKNOWN_SEGMENT).into()));
    }
    let newest = segment::snapshots(conn, segment, 1)?.first().map_or(0, |taken| taken.number);
    let beyond = |field: &str| Ok(Err(ApiError::new(&kinds::OUT_OF_RANGE).at(field)));
    if to.is_some_and(|to| to < 1 || to > newest) {
        return beyond("to");
    }
    let to = to.unwrap_or(newest);
    if from.is_some_and(|from| from < 0 || from > to) {
        return beyond("from");
    }
    Ok(Ok((to > 0).then(|| Span { segment, from: from.unwrap_or(to - 1), to })))
}

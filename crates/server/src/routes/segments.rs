//! Segments: written, looked at while they are written, listed and compared.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::condition::Condition;
use danggol_core::id::{MemberId, SegmentId};
use danggol_core::language::Language;
use danggol_core::tag::Cause;
use danggol_core::time::rfc3339;
use danggol_core::why::why;
use danggol_core::words::Voice;
use danggol_store::segment::{self, Basis, SegmentRecord, Snapshot};
use danggol_store::{Conn, StoreError, person, search};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, PathIds, QueryParams};
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::members::rows;
use crate::routes::programme::FaultView;
use crate::routes::segment_history::SnapshotView;
use crate::routes::{benefit, members};
use crate::segment::{ReasonView, Segments, now};
use crate::tag::sweep;
use crate::view::Lens;
use crate::{field, idempotency};

/// The most characters of a segment's name.
pub(super) const NAME_CHARACTERS_MAX: usize = 100;
/// How many members a preview shows.
const SAMPLE: i64 = 5;
/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(counts))
        .routes(routes!(preview))
        .routes(routes!(read, change))
        .routes(routes!(archive))
        .routes(routes!(fitting))
        .routes(routes!(overlap))
        .routes(routes!(explain))
        .routes(routes!(of_member))
}

/// What decides who is in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    /// A condition.
    Rule,
    /// A list of members.
    List,
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentView {
    /// Its id.
    pub id: SegmentId,
    /// What it is called.
    pub name: String,
    /// What decides who is in.
    pub kind: SegmentKind,
    /// Whether it is a tag of the dictionary.
    pub is_tag: bool,
    /// Who is in; none for a list, or before there is a condition without a fault.
    pub condition: Option<Condition>,
    /// The condition in the caller's words.
    pub words: Option<String>,
    /// A condition that is being edited, whatever is still wrong with it.
    #[schema(value_type = Option<Object>)]
    pub draft: Option<serde_json::Value>,
    /// The newest snapshot.
    pub snapshot: Option<SnapshotView>,
    /// When it was made.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
    /// When it was put away.
    pub archived_at: Option<String>,
}

/// All segments.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentList {
    /// The newest first; those put away are left out.
    pub items: Vec<SegmentView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// How many members are in a segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentCount {
    /// The segment.
    pub segment_id: SegmentId,
    /// Members who are in it now.
    pub members: i64,
}

/// How many members are in each segment now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentCounts {
    /// Those of the list of segments that have a condition, or are a list.
    pub items: Vec<SegmentCount>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// A segment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSegment {
    /// What it is called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What decides who is in.
    pub kind: SegmentKind,
    /// Who is in; it may follow later.
    #[serde(default)]
    pub condition: Option<Condition>,
}

/// What changes of a segment; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentPatch {
    /// What it is called.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Who is in from now on; it must have no fault, and ends the draft.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// A condition that is being edited, whatever is still wrong with it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub draft: Option<serde_json::Value>,
}

/// A condition to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// The condition.
    pub condition: Condition,
    /// The segment that it would be of, where there is one already.
    #[serde(default)]
    pub segment_id: Option<SegmentId>,
}

/// Who would be in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// How many; none while something is wrong with the condition.
    pub count: Option<i64>,
    /// Some of them.
    pub sample: Vec<MemberRow>,
    /// The condition in the caller's words.
    pub words: String,
    /// What is wrong with it.
    pub faults: Vec<FaultView>,
    /// Microseconds that counting took.
    pub took_us: u64,
}

/// A part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PartQuery {
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Members of a segment, in the order in which they joined.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentMembers {
    /// The members.
    pub items: Vec<MemberRow>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// How two segments lie over each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overlap {
    /// Members of the first.
    pub first: i64,
    /// Members of the second.
    pub second: i64,
    /// Members of both.
    pub both: i64,
}

/// Why a member is in a segment, or is not.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentWhy {
    /// The segment.
    pub segment_id: SegmentId,
    /// What it is called.
    pub name: String,
    /// Whether she is in.
    pub is_in: bool,
    /// Since which snapshot she has been in.
    pub since: Option<String>,
    /// What the condition and its parts come to for her.
    pub reason: ReasonView,
}

/// The segments of a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberSegments {
    /// Those that she is in, each with why.
    pub items: Vec<SegmentWhy>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// Somebody who knows the names of all segments and tags.
pub(super) fn speaking<'a>(lens: &'a Lens, segments: &'a Segments) -> Voice<'a> {
    Voice { segments: &segments.names, tags: &segments.tag_ids, ..lens.voice(lens.rules.current.version) }
}

fn view(voice: Voice<'_>, record: &SegmentRecord, taken: Option<Snapshot>) -> SegmentView {
    let (kind, condition) = match &record.basis {
        Basis::Rule(condition) => (SegmentKind::Rule, condition.clone()),
        Basis::List => (SegmentKind::List, None),
    };
    SegmentView {
        id: record.id,
        name: record.name.clone(),
        kind,
        is_tag: voice.tags.contains(&record.id),
        words: condition.as_ref().map(|condition| voice.condition(condition)),
        condition,
        draft: record.draft.as_deref().and_then(|draft| serde_json::from_str(draft).ok()),
        snapshot: taken.map(SnapshotView::new),
        created_at: rfc3339(record.created_at_ms),
        updated_at: rfc3339(record.updated_at_ms),
        archived_at: record.archived_at_ms.map(rfc3339),
    }
}

pub(super) async fn one(app: &Arc<App>, caller: &Caller, id: SegmentId) -> ApiResult<SegmentView> {
    let (segments, mut newest) = app.store.read(|conn| Ok((Segments::read(conn)?, segment::newest_snapshots(conn)?))).await?;
    let lens = benefit::lens(app, caller);
    let record = segments.find(id).ok_or(&kinds::UNKNOWN_SEGMENT)?;
    Ok(view(speaking(&lens, &segments), record, newest.remove(&id)))
}

fn fault_views(faults: Vec<danggol_core::fault::Fault>, language: Language) -> Vec<FaultView> {
    let say = |fault: danggol_core::fault::Fault| FaultView {
        code: fault.kind.code().to_owned(),
        text: fault.say(language),
        path: fault.path,
    };
    faults.into_iter().map(say).collect()
}

/// All segments that are not put away.
#[utoipa::path(get, path = "/segments", tag = "segments", operation_id = "list_segments", responses((status = 200, body = SegmentList)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<SegmentList>> {
    caller.require(Scope::InsightRead)?;
    let (segments, mut newest) = app.store.read(|conn| Ok((Segments::read(conn)?, segment::newest_snapshots(conn)?))).await?;
    let lens = benefit::lens(&app, &caller);
    let items = shown(&segments).map(|record| view(speaking(&lens, &segments), record, newest.remove(&record.id))).collect();
    Ok(Json(SegmentList { items, next_cursor: None }))
}

/// The segments of the list: neither put away nor tags.
fn shown(segments: &Segments) -> impl Iterator<Item = &SegmentRecord> {
    segments.records.iter().filter(|record| record.archived_at_ms.is_none() && segments.tag(record.id).is_none())
}

/// How many members are in each segment now, in the order of the list.
#[utoipa::path(get, path = "/segments/counts", tag = "segments", operation_id = "count_segments",
    responses((status = 200, body = SegmentCounts)))]
async fn counts(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<SegmentCounts>> {
    caller.require(Scope::InsightRead)?;
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let count = move |conn: &mut Conn| -> Result<Vec<SegmentCount>, StoreError> {
        let segments = Segments::read(conn)?;
        let mut items = Vec::new();
        for record in shown(&segments).filter(|record| record.basis != Basis::Rule(None)) {
            let itself = Condition::Segment { segment: record.id };
            let (members, _) = segments.fitting((conn, &roster), &itself, &rules, now_ms)?.count(conn, 0)?;
            items.push(SegmentCount { segment_id: record.id, members });
        }
        Ok(items)
    };
    Ok(Json(SegmentCounts { items: app.store.read(count).await?, next_cursor: None }))
}

/// Makes a segment. A condition with a fault is refused; a draft of it may be kept afterwards.
#[utoipa::path(post, path = "/segments", tag = "segments", operation_id = "create_segment", request_body = NewSegment,
    responses((status = 201, body = SegmentView)))]
async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<NewSegment>,
) -> ApiResult<(StatusCode, Json<SegmentView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("create_segment", body.hash);
    let NewSegment { name, kind, condition } = body.value;
    if kind == SegmentKind::List && condition.is_some() {
        return Err(ApiError::new(&kinds::LIST_HAS_NO_CONDITION).at("condition"));
    }
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let record = SegmentRecord {
        id: SegmentId(app.next_id()),
        name: field::required(&name, NAME_CHARACTERS_MAX, "name")?,
        basis: if kind == SegmentKind::List { Basis::List } else { Basis::Rule(condition) },
        draft: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        updated_by: caller.user(),
        archived_at_ms: None,
    };
    let id = idempotency::once(&app, key, "segment", move |conn| {
        if let Basis::Rule(Some(condition)) = &record.basis
            && let Some(fault) = Segments::read(conn)?.faults(condition, None, &rules).into_iter().next()
        {
            return Ok(Err(ApiError::new(&kinds::CONDITION_FAULTY).at(fault.path)));
        }
        segment::insert(conn, &record)?;
        Ok(Ok(record.id.0))
    })
    .await?;
    Ok((StatusCode::CREATED, Json(one(&app, &caller, SegmentId(id)).await?)))
}

/// One segment.
#[utoipa::path(get, path = "/segments/{id}", tag = "segments", operation_id = "get_segment", params(("id" = SegmentId, Path)),
    responses((status = 200, body = SegmentView)))]
async fn read(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<SegmentId>) -> ApiResult<Json<SegmentView>> {
    caller.require(Scope::InsightRead)?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Changes a segment, or keeps a draft of its condition.
#[utoipa::path(patch, path = "/segments/{id}", tag = "segments", operation_id = "change_segment", params(("id" = SegmentId, Path)),
    request_body = SegmentPatch, responses((status = 200, body = SegmentView)))]
async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
    body: JsonBody<SegmentPatch>,
) -> ApiResult<Json<SegmentView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let SegmentPatch { name, condition, draft } = body.value;
    let name = name.map(|name| field::required(&name, NAME_CHARACTERS_MAX, "name")).transpose()?;
    let (rules, now_ms, user) = (app.rules(), app.now_ms(), caller.user());
    idempotency::write(&app, move |conn| {
        let mut segments = Segments::read(conn)?;
        let Some(before) = segments.find(id) else { return Ok(Err((&kinds::UNKNOWN_SEGMENT).into())) };
        let mut after = SegmentRecord { updated_at_ms: now_ms, updated_by: user, ..before.clone() };
        after.name = name.clone().unwrap_or(after.name);
        if (condition.is_some() || draft.is_some()) && after.basis == Basis::List {
            return Ok(Err(ApiError::new(&kinds::LIST_HAS_NO_CONDITION).at("condition")));
        }
        if let Some(draft) = &draft {
            after.draft = Some(draft.to_string());
        }
        if let Some(condition) = &condition {
            if let Some(fault) = segments.faults(condition, Some(id), &rules).into_iter().next() {
                return Ok(Err(ApiError::new(&kinds::CONDITION_FAULTY).at(fault.path)));
            }
            (after.basis, after.draft) = (Basis::Rule(Some(condition.clone())), None);
        }
        if let Some(tag) = segments.tag(id).cloned()
            && let Some(refused) = segments.refuse_tag(&after, &tag, &rules)
        {
            return Ok(Err(refused));
        }
        segment::update(conn, &after).map(Ok)
    })
    .await?;
    sweep(&app, id, Cause::Rule).await?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Puts a segment away. One that another names stays.
#[utoipa::path(post, path = "/segments/{id}/archive", tag = "segments", operation_id = "archive_segment",
    params(("id" = SegmentId, Path)), responses((status = 200, body = SegmentView)))]
async fn archive(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<SegmentId>) -> ApiResult<Json<SegmentView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let (now_ms, user) = (app.now_ms(), caller.user());
    idempotency::write(&app, move |conn| {
        let segments = Segments::read(conn)?;
        let Some(before) = segments.find(id) else { return Ok(Err((&kinds::UNKNOWN_SEGMENT).into())) };
        if let Some(user) = segments.users_of(id).first() {
            return Ok(Err(ApiError::new(&kinds::SEGMENT_IN_USE).with("segment_name", user.name.as_str())));
        }
        let archived_at_ms = before.archived_at_ms.or(Some(now_ms));
        let after = SegmentRecord { archived_at_ms, updated_at_ms: now_ms, updated_by: user, ..before.clone() };
        segment::update(conn, &after).map(Ok)
    })
    .await?;
    sweep(&app, id, Cause::Rule).await?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Says who would fit a condition, how it reads and what is wrong with it, without keeping anything.
#[utoipa::path(post, path = "/segments/preview", tag = "segments", operation_id = "preview_segment", request_body = PreviewQuery,
    responses((status = 200, body = Preview)))]
async fn preview(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<PreviewQuery>) -> ApiResult<Json<Preview>> {
    caller.require(Scope::InsightRead)?;
    let PreviewQuery { condition, segment_id } = body.value;
    let (rules, keyring, now_ms) = (app.rules(), Arc::clone(&app.keyring), app.now_ms());
    let (lens, roster) = (benefit::lens(&app, &caller), app.roster.clone());
    let language = caller.language;
    let look = move |conn: &mut Conn| -> Result<Preview, StoreError> {
        let segments = Segments::read(conn)?;
        let words = speaking(&lens, &segments).condition(&condition);
        let faults = segments.faults(&condition, segment_id, &rules);
        if !faults.is_empty() {
            return Ok(Preview { count: None, sample: Vec::new(), words, faults: fault_views(faults, language), took_us: 0 });
        }
        let began = Instant::now();
        let fitting = segments.fitting((conn, &roster), &condition, &rules, now_ms)?;
        let (count, sample) = fitting.count(conn, SAMPLE)?;
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let sample = search::listed(conn, &keyring, &sample)?.into_iter().map(|listed| MemberRow::new(listed, &rules)).collect();
        Ok(Preview { count: Some(count), sample, words, faults: Vec::new(), took_us })
    };
    Ok(Json(app.store.read(look).await?))
}

/// The members who are in a segment now.
#[utoipa::path(get, path = "/segments/{id}/members", tag = "segments", operation_id = "list_segment_members",
    params(("id" = SegmentId, Path), PartQuery), responses((status = 200, body = SegmentMembers)))]
async fn fitting(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
    QueryParams(PartQuery { limit, cursor }): QueryParams<PartQuery>,
) -> ApiResult<Json<SegmentMembers>> {
    caller.require(Scope::MembersRead)?;
    let limit = i64::from(field::limit(limit, 50, 200)?);
    let invalid = || ApiError::new(&kinds::INVALID_CURSOR).at("cursor");
    let after = cursor.map_or(Ok(MemberId(0)), |cursor| cursor.parse().map_err(|_| invalid()))?;
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let found = app.store.read(move |conn| {
        let segments = Segments::read(conn)?;
        if segments.find(id).is_none() {
            return Ok(None);
        }
        let itself = Condition::Segment { segment: id };
        segments.fitting((conn, &roster), &itself, &rules, now_ms)?.page(conn, after, limit).map(Some)
    });
    let ids = found.await?.ok_or(&kinds::UNKNOWN_SEGMENT)?;
    let next_cursor = ids.last().filter(|_| ids.len() as i64 == limit).map(MemberId::to_string);
    Ok(Json(SegmentMembers { items: rows(&app, ids).await?, next_cursor }))
}

/// How many members two segments have, and have in common.
#[utoipa::path(get, path = "/segments/{id}/overlap/{part}", tag = "segments", operation_id = "overlap_segments",
    params(("id" = SegmentId, Path), ("part" = SegmentId, Path)), responses((status = 200, body = Overlap)))]
async fn overlap(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(first, second): PathIds<SegmentId, SegmentId>,
) -> ApiResult<Json<Overlap>> {
    caller.require(Scope::InsightRead)?;
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let found = app.store.read(move |conn| {
        let segments = Segments::read(conn)?;
        if segments.find(first).is_none() || segments.find(second).is_none() {
            return Ok(None);
        }
        let [one, other] = [first, second].map(|segment| Condition::Segment { segment });
        let both = Condition::All { all: vec![one.clone(), other.clone()] };
        let mut count = |condition| {
            let fitting = segments.fitting((conn, &roster), condition, &rules, now_ms)?;
            fitting.count(conn, 0).map(|(count, _)| count)
        };
        Ok(Some(Overlap { first: count(&one)?, second: count(&other)?, both: count(&both)? }))
    });
    Ok(Json(found.await?.ok_or(&kinds::UNKNOWN_SEGMENT)?))
}

/// What segments come to for a member: one of them, or all that she is in.
async fn whys(app: &Arc<App>, caller: &Caller, member: MemberId, of: Option<SegmentId>) -> ApiResult<Vec<SegmentWhy>> {
    members::read(app, member).await?;
    let (rules, now_ms, lens) = (app.rules(), app.now_ms(), benefit::lens(app, caller));
    let look = move |conn: &mut Conn| -> Result<Vec<SegmentWhy>, StoreError> {
        let segments = Segments::read(conn)?;
        let since = segment::since(conn, member)?;
        let now = now(&rules, now_ms);
        let Some(kept) = person::find(conn, &[member], now)?.pop() else { return Ok(Vec::new()) };
        let memberships = kept.memberships(&segments.rules);
        let person = kept.at(&memberships, now);
        let voice = speaking(&lens, &segments);
        let is_asked = |record: &&SegmentRecord| match of {
            Some(of) => record.id == of,
            None => record.archived_at_ms.is_none() && segments.tag(record.id).is_none(),
        };
        let asked = segments.records.iter().filter(is_asked);
        let told = asked.filter_map(|record| {
            let itself = Condition::Segment { segment: record.id };
            let is_in = person.fits(&itself);
            (is_in || of.is_some()).then(|| SegmentWhy {
                segment_id: record.id,
                name: record.name.clone(),
                is_in,
                since: since.get(&record.id).filter(|_| is_in).map(|at_ms| rfc3339(*at_ms)),
                reason: ReasonView::new(voice, &why(&person, &itself)),
            })
        });
        Ok(told.collect())
    };
    Ok(app.store.read(look).await?)
}

/// Why a member is in a segment, or is not: her value for each part of the condition.
#[utoipa::path(get, path = "/explain/segment/{id}/{part}", tag = "explain", operation_id = "explain_segment",
    params(("id" = SegmentId, Path), ("part" = MemberId, Path)), responses((status = 200, body = SegmentWhy)))]
async fn explain(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(id, member): PathIds<SegmentId, MemberId>,
) -> ApiResult<Json<SegmentWhy>> {
    caller.require(Scope::MembersRead)?;
    let told = whys(&app, &caller, member, Some(id)).await?.pop();
    Ok(Json(told.ok_or(&kinds::UNKNOWN_SEGMENT)?))
}

/// The segments that a member is in now, each with why.
#[utoipa::path(get, path = "/members/{id}/segments", tag = "segments", operation_id = "list_segments_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberSegments)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<MemberSegments>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(MemberSegments { items: whys(&app, &caller, id, None).await?, next_cursor: None }))
}

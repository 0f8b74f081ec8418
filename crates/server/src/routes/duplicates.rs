//! Members who may be one person: suggested with their reasons, and what somebody says of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::birthday::BirthdayWire;
use danggol_core::duplicate::clue::ClueKind;
use danggol_core::duplicate::{Certainty, Reason, SUGGESTED_FROM, least_score, percent};
use danggol_core::id::MemberId;
use danggol_core::identity::IdentityKind;
use danggol_core::language::Language;
use danggol_core::member::MemberStatus;
use danggol_core::time::rfc3339;
use danggol_store::duplicate::{self as pairs, DuplicateRecord, Pair, Place, Status};
use danggol_store::member;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::rows;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::duplicate::{Stage, State as Looked};
use crate::extract::{PathId, PathIds, QueryParams};
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::{field, idempotency};

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(of_member)).routes(routes!(dismiss, restore))
}

/// Which pairs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DuplicateQuery {
    /// From how sure on, in percent, 50–99; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 50, maximum = 99)]
    pub least: Option<u8>,
    /// Those of which somebody said that they are two persons, in place of those of which nobody has said anything.
    #[serde(default)]
    pub dismissed: bool,
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// By what one of the two is recognised.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateContact {
    /// What it is.
    pub kind: IdentityKind,
    /// Its value for eyes that may not see it whole.
    pub masked: String,
}

/// One of the two files.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateFile {
    /// The member as lists show her.
    #[serde(flatten)]
    pub row: MemberRow,
    /// Her birthday, in her own calendar.
    pub birthday: Option<BirthdayWire>,
    /// Where she lives.
    pub residence: Option<String>,
    /// By what she is recognised, the oldest first.
    pub contacts: Vec<DuplicateContact>,
}

/// What the two files agree or differ in.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateReasonView {
    /// Its word.
    pub reason: Reason,
    /// The same for the caller.
    pub words: &'static str,
    /// Whether it speaks for one person.
    pub speaks_for: bool,
}

/// Two members who may be one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Duplicate {
    /// Both, the one with the older file first.
    #[schema(min_items = 2, max_items = 2)]
    pub members: Vec<DuplicateFile>,
    /// How sure one can be that they are one, in percent.
    pub percent: u8,
    /// The same in a word.
    pub certainty: Certainty,
    /// What the two files agree and differ in, the weightiest first.
    pub reasons: Vec<DuplicateReasonView>,
    /// When it was found.
    pub found_at: String,
    /// When somebody said that they are two persons.
    pub dismissed_at: Option<String>,
}

/// How far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateProgress {
    /// What is being done.
    pub stage: Stage,
    /// Members it has come to.
    pub done: i64,
    /// Members there are.
    pub members: i64,
}

/// Something that so many members share that nobody was compared by it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PassedOver {
    /// What.
    pub clue: ClueKind,
    /// How many such values there are.
    pub count: i64,
}

/// Pairs of members who may be one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Duplicates {
    /// The surest first.
    pub items: Vec<Duplicate>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
    /// How many there are in all.
    pub total: i64,
    /// When everybody was last looked at; none before the first time.
    pub looked_at: Option<String>,
    /// How far it is, while everybody is looked at.
    pub progress: Option<DuplicateProgress>,
    /// What so many share that nobody was compared by it.
    pub passed_over: Vec<PassedOver>,
}

/// The pairs that a member is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberDuplicates {
    /// The surest first.
    pub items: Vec<Duplicate>,
}

/// Pairs for the wire. Those of which somebody is no member any more are left out, unless they were asked for by name.
async fn views(
    app: &Arc<App>,
    language: Language,
    records: Vec<DuplicateRecord>,
    members: i64,
    any: bool,
) -> ApiResult<Vec<Duplicate>> {
    let mut ids: Vec<MemberId> = records.iter().flat_map(|record| [record.pair.one, record.pair.other]).collect();
    ids.sort_unstable();
    ids.dedup();
    let (keyring, wanted) = (Arc::clone(&app.keyring), ids.clone());
    let files = app.store.read(move |conn| member::find(conn, &keyring, &wanted)).await?;
    let files: BTreeMap<MemberId, _> = files.into_iter().map(|file| (file.id, file)).collect();
    let shown: BTreeMap<MemberId, MemberRow> = rows(app, ids).await?.into_iter().map(|row| (row.id, row)).collect();
    let file = |id: MemberId| {
        let (record, row) = (files.get(&id)?, shown.get(&id)?.clone());
        let is_open = matches!(record.fields.status, MemberStatus::Active | MemberStatus::Unclaimed);
        (any || (is_open && record.merged_into.is_none())).then(|| DuplicateFile {
            row,
            birthday: record.fields.birthday.map(BirthdayWire::from),
            residence: record.fields.profile.residence.clone(),
            contacts: record
                .identities
                .iter()
                .map(|one| DuplicateContact { kind: one.identity.kind, masked: one.masked.clone() })
                .collect(),
        })
    };
    let view = |record: DuplicateRecord| {
        let percent = percent(record.score, members);
        let reason =
            |reason: Reason| DuplicateReasonView { reason, words: reason.words(language), speaks_for: reason.bits() > 0 };
        Some(Duplicate {
            members: vec![file(record.pair.one)?, file(record.pair.other)?],
            percent,
            certainty: Certainty::of(percent),
            reasons: record.reasons.into_iter().map(reason).collect(),
            found_at: rfc3339(record.found_at_ms),
            dismissed_at: record.decided_at_ms.map(rfc3339),
        })
    };
    Ok(records.into_iter().filter_map(view).collect())
}

fn place(cursor: &str) -> Option<Place> {
    let mut parts = cursor.split(':');
    let score = parts.next()?.parse().ok()?;
    let pair = Pair { one: parts.next()?.parse().ok()?, other: parts.next()?.parse().ok()? };
    parts.next().is_none().then_some((score, pair))
}

/// Members who may be one person, the surest first, and how far the search for them is. Everybody is looked at in the background once a
/// business day, and whoever changes within seconds.
#[utoipa::path(get, path = "/duplicates", tag = "members", operation_id = "list_duplicates", params(DuplicateQuery),
    responses((status = 200, body = Duplicates)))]
async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<DuplicateQuery>,
) -> ApiResult<Json<Duplicates>> {
    caller.require(Scope::MembersRead)?;
    let limit = field::limit(query.limit, 50, 200)?;
    let sure = query.least.unwrap_or(SUGGESTED_FROM);
    if !(SUGGESTED_FROM..=99).contains(&sure) {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("least"));
    }
    let after = query.cursor.as_deref().map(|cursor| place(cursor).ok_or(ApiError::new(&kinds::INVALID_CURSOR).at("cursor")));
    let (after, status) = (after.transpose()?, if query.dismissed { Status::Dismissed } else { Status::Open });
    let found = app.store.read(move |conn| {
        let looked = Looked::read(conn)?;
        let least = least_score(sure, looked.as_ref().map_or(0, |looked| looked.members));
        Ok((pairs::listed(conn, status, least, after, limit.into())?, pairs::count(conn, status, least)?, looked))
    });
    let (records, total, looked) = found.await?;
    let last = records.last().filter(|_| records.len() == limit as usize);
    let next_cursor = last.map(|last| format!("{}:{}:{}", last.score, last.pair.one, last.pair.other));
    let members = looked.as_ref().map_or(0, |looked| looked.members);
    let progress = app.duplicates.progress();
    Ok(Json(Duplicates {
        items: views(&app, caller.language, records, members, false).await?,
        next_cursor,
        total,
        looked_at: looked.as_ref().map(|looked| rfc3339(looked.looked_at_ms)),
        progress: progress.map(|(stage, done, members)| DuplicateProgress { stage, done, members }),
        passed_over: looked.map_or_else(Vec::new, |looked| {
            looked.passed_over.into_iter().map(|(clue, count)| PassedOver { clue, count }).collect()
        }),
    }))
}

/// The members with whom a member may be one person, the surest first.
#[utoipa::path(get, path = "/members/{id}/duplicates", tag = "members", operation_id = "list_member_duplicates",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberDuplicates)))]
async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
) -> ApiResult<Json<MemberDuplicates>> {
    caller.require(Scope::MembersRead)?;
    let found = app.store.read(move |conn| Ok((pairs::open_of(conn, id)?, Looked::read(conn)?)));
    let (records, looked) = found.await?;
    let members = looked.map_or(0, |looked| looked.members);
    Ok(Json(MemberDuplicates { items: views(&app, caller.language, records, members, false).await? }))
}

async fn decide(app: Arc<App>, caller: Caller, (one, other): (MemberId, MemberId), status: Status) -> ApiResult<Json<Duplicate>> {
    caller.require(Scope::MembersWrite)?;
    let pair = Pair::new(one, other).ok_or(&kinds::UNKNOWN_DUPLICATE)?;
    let (actor, now_ms) = (caller.actor(), app.now_ms());
    let decided = idempotency::write(&app, move |conn| {
        if !pairs::decide(conn, pair, status, actor, now_ms)? {
            return Ok(Err((&kinds::UNKNOWN_DUPLICATE).into()));
        }
        Ok(Ok((pairs::find(conn, pair)?, Looked::read(conn)?)))
    });
    let (record, looked) = decided.await?;
    let members = looked.map_or(0, |looked| looked.members);
    let views = views(&app, caller.language, record.into_iter().collect(), members, true).await?;
    views.into_iter().next().map(Json).ok_or_else(|| (&kinds::UNKNOWN_DUPLICATE).into())
}

/// Says that two members are two persons: they are not suggested again, whatever their files say, before that is taken back.
#[utoipa::path(post, path = "/duplicates/{one}/{other}/dismiss", tag = "members", operation_id = "dismiss_duplicate",
    params(("one" = MemberId, Path), ("other" = MemberId, Path)), responses((status = 200, body = Duplicate)))]
async fn dismiss(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(one, other): PathIds<MemberId, MemberId>,
) -> ApiResult<Json<Duplicate>> {
    decide(app, caller, (one, other), Status::Dismissed).await
}

/// Takes back that two members are two persons: they are suggested again as long as their files are alike.
#[utoipa::path(delete, path = "/duplicates/{one}/{other}/dismiss", tag = "members", operation_id = "restore_duplicate",
    params(("one" = MemberId, Path), ("other" = MemberId, Path)), responses((status = 200, body = Duplicate)))]
async fn restore(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(one, other): PathIds<MemberId, MemberId>,
) -> ApiResult<Json<Duplicate>> {
    decide(app, caller, (one, other), Status::Open).await
}

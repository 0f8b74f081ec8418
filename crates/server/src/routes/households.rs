//! Members who live together: made, joined, left, dissolved, and how many they may be.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::household::{HouseholdRole, HouseholdRules, name_of};
use danggol_core::id::{ChangeId, HouseholdId, MemberId};
use danggol_core::time::rfc3339;
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::household::{self, Amendment, Hand, HouseholdRecord, HouseholdRefusal, Place, past};
use danggol_store::{Conn, StoreError, setting, sharing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::rows;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, PathIds};
use crate::idempotency;
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(make))
        .routes(routes!(read, amend))
        .routes(routes!(join, leave))
        .routes(routes!(dissolve))
        .routes(routes!(restore))
        .routes(routes!(of_member))
        .routes(routes!(read_rules, change_rules))
}

/// A household to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdDraft {
    /// What it is called.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    /// Its first member and its head.
    pub head: MemberId,
    /// What she is there.
    pub role: HouseholdRole,
}

/// What of a household changes; what is left out stays.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdPatch {
    /// What it is called.
    #[schema(min_length = 1, max_length = 60)]
    pub name: Option<String>,
    /// Another of its members as its head.
    pub head: Option<MemberId>,
    /// Whether its members spend each other's points, where the brand lets them.
    pub shares_points: Option<bool>,
}

/// What a member is in a household.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HouseholdPlaceDraft {
    /// What she is there.
    pub role: HouseholdRole,
}

/// A member's place in a household.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdPlace {
    /// Who.
    pub member: MemberRow,
    /// What she is there.
    pub role: HouseholdRole,
    /// Since when.
    pub since: String,
}

/// Members who live together. Each keeps the points, tier and coupons of her own; where points are shared, what one lacks for a purchase
/// comes from the others.
#[derive(Debug, Serialize, ToSchema)]
pub struct Household {
    /// Its id.
    pub id: HouseholdId,
    /// What it is called.
    pub name: String,
    /// Whom the brand talks to; none once it is dissolved.
    pub head: Option<MemberId>,
    /// When it was made.
    pub made_at: String,
    /// When it was dissolved.
    pub dissolved_at: Option<String>,
    /// Whether it has said that its members spend each other's points; they do where the brand lets them.
    pub shares_points: bool,
    /// The points that its members may spend together; none where they are not shared.
    pub points: Option<i64>,
    /// Who is in it, the longest there first.
    pub members: Vec<HouseholdPlace>,
}

/// A household that was dissolved and can be brought back.
#[derive(Debug, Serialize, ToSchema)]
pub struct DissolvedHousehold {
    /// Its id.
    pub id: HouseholdId,
    /// What it was called.
    pub name: String,
    /// When it was dissolved.
    pub dissolved_at: String,
    /// Who was in it, the longest there first.
    pub members: Vec<HouseholdPlace>,
}

/// The household that a member is in.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberHousehold {
    /// It; none where she is in none.
    pub household: Option<Household>,
    /// The last one that was dissolved with her in it; none where she is in one, or there is none.
    pub dissolved: Option<DissolvedHousehold>,
    /// How many members a household of the brand has at most.
    pub most_members: u32,
    /// Whether households of the brand may share their points.
    pub may_share_points: bool,
}

impl From<HouseholdRefusal> for ApiError {
    fn from(refusal: HouseholdRefusal) -> Self {
        match refusal {
            HouseholdRefusal::UnknownMember => (&kinds::UNKNOWN_MEMBER).into(),
            HouseholdRefusal::Closed => (&kinds::MEMBER_CLOSED).into(),
            HouseholdRefusal::Gone(keeper) => ApiError::new(&kinds::MEMBER_MERGED).member(keeper),
            HouseholdRefusal::Unknown => (&kinds::UNKNOWN_HOUSEHOLD).into(),
            HouseholdRefusal::Dissolved => (&kinds::HOUSEHOLD_DISSOLVED).into(),
            HouseholdRefusal::InAnother(id) => ApiError::new(&kinds::IN_ANOTHER_HOUSEHOLD).with("household_id", id.to_string()),
            HouseholdRefusal::Full => (&kinds::HOUSEHOLD_FULL).into(),
            HouseholdRefusal::NoSharing => ApiError::new(&kinds::HOUSEHOLD_SHARING).at("shares_points"),
            HouseholdRefusal::ElsewhereNow(member, id) => {
                ApiError::new(&kinds::HOUSEHOLD_MOVED_ON).member(member).with("household_id", id.to_string())
            }
            HouseholdRefusal::NobodyLeft => (&kinds::HOUSEHOLD_EMPTY).into(),
            HouseholdRefusal::NotIn => ApiError::new(&kinds::NOT_IN_HOUSEHOLD).at("head"),
        }
    }
}

/// A name as it is kept.
fn named(typed: &str) -> ApiResult<String> {
    Ok(name_of(typed).ok_or_else(|| ApiError::new(&kinds::HOUSEHOLD_NAME).at("name"))?.to_owned())
}

async fn view(app: &App, record: HouseholdRecord) -> ApiResult<Household> {
    let everybody: Vec<MemberId> = record.members.iter().map(|place| place.member).collect();
    let (first, now_ms) = (everybody.first().copied(), app.now_ms());
    let points = match first.filter(|_| record.shares_points) {
        Some(first) => app.store.read(move |conn| sharing::points_together(conn, first, now_ms)).await?,
        None => None,
    };
    Ok(Household {
        members: shown_places(app, everybody, &record.members).await?,
        id: record.id,
        name: record.name,
        head: record.head,
        made_at: rfc3339(record.made_at_ms),
        dissolved_at: record.dissolved_at_ms.map(rfc3339),
        shares_points: record.shares_points,
        points,
    })
}

/// Places, each with the member as lists show her.
async fn shown_places(app: &App, members: Vec<MemberId>, places: &[Place]) -> ApiResult<Vec<HouseholdPlace>> {
    let mut listed = rows(app, members).await?;
    let shown = places.iter().filter_map(|place| {
        let at = listed.iter().position(|row| row.id == place.member)?;
        Some(HouseholdPlace { member: listed.swap_remove(at), role: place.role, since: rfc3339(place.since_ms) })
    });
    Ok(shown.collect())
}

async fn shown(app: &App, id: HouseholdId) -> ApiResult<Json<Household>> {
    let found = app.store.read(move |conn| household::find(conn, id)).await?;
    Ok(Json(view(app, found.ok_or(&kinds::UNKNOWN_HOUSEHOLD)?).await?))
}

/// Does something to a household as the caller.
async fn write<T: Send + 'static>(
    app: &Arc<App>,
    caller: &Caller,
    work: impl Fn(&mut Conn, &Hand<'_>) -> Result<Result<T, ApiError>, StoreError> + Send + 'static,
) -> ApiResult<T> {
    let (ids, actor, now_ms) = (Arc::clone(&app.ids), caller.actor(), app.now_ms());
    idempotency::write(app, move |conn| work(conn, &Hand { ids: &ids, actor, now_ms })).await
}

/// Makes a household with its head as its only member; the others join it. A member is in one household at most.
#[utoipa::path(post, path = "/households", tag = "members", operation_id = "make_household", request_body = HouseholdDraft,
    responses((status = 201, body = Household)))]
async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<HouseholdDraft>,
) -> ApiResult<(StatusCode, Json<Household>)> {
    caller.require(Scope::MembersWrite)?;
    let key = caller.key("make_household", body.hash);
    let HouseholdDraft { name, head, role } = body.value;
    let name = named(&name)?;
    let (ids, actor, now_ms) = (Arc::clone(&app.ids), caller.actor(), app.now_ms());
    let id = idempotency::once(&app, key, "household", move |conn| {
        let hand = Hand { ids: &ids, actor, now_ms };
        Ok(household::make(conn, &hand, &name, (head, role))?.map(|id| id.0).map_err(ApiError::from))
    })
    .await?;
    Ok((StatusCode::CREATED, shown(&app, HouseholdId(id)).await?))
}

/// A household with whoever is in it.
#[utoipa::path(get, path = "/households/{id}", tag = "members", operation_id = "read_household", params(("id" = HouseholdId, Path)),
    responses((status = 200, body = Household)))]
async fn read(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<HouseholdId>) -> ApiResult<Json<Household>> {
    caller.require(Scope::MembersRead)?;
    shown(&app, id).await
}

/// Calls a household otherwise, makes another of its members its head, or lets its members spend each other's points.
#[utoipa::path(patch, path = "/households/{id}", tag = "members", operation_id = "change_household", params(("id" = HouseholdId, Path)),
    request_body = HouseholdPatch, responses((status = 200, body = Household)))]
async fn amend(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<HouseholdId>,
    body: JsonBody<HouseholdPatch>,
) -> ApiResult<Json<Household>> {
    caller.require(Scope::MembersWrite)?;
    let HouseholdPatch { name, head, shares_points } = body.value;
    let amendment = Amendment { name: name.as_deref().map(named).transpose()?, head, shares_points };
    write(&app, &caller, move |conn, hand| {
        let rules = household::rules(conn)?;
        Ok(household::amend(conn, hand, id, &amendment, rules)?.map_err(ApiError::from))
    })
    .await?;
    shown(&app, id).await
}

/// Brings a member into a household, or says what else she is there. Her timeline says so; what she has stays hers.
#[utoipa::path(put, path = "/households/{id}/members/{member}", tag = "members", operation_id = "join_household",
    params(("id" = HouseholdId, Path), ("member" = MemberId, Path)), request_body = HouseholdPlaceDraft,
    responses((status = 200, body = Household)))]
async fn join(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(id, member): PathIds<HouseholdId, MemberId>,
    body: JsonBody<HouseholdPlaceDraft>,
) -> ApiResult<Json<Household>> {
    caller.require(Scope::MembersWrite)?;
    let role = body.value.role;
    write(&app, &caller, move |conn, hand| {
        let most = household::rules(conn)?.most_members;
        let refused = |refusal| match refusal {
            HouseholdRefusal::Full => ApiError::from(refusal).with("most_members", most),
            refusal => refusal.into(),
        };
        Ok(household::join(conn, hand, id, (member, role), most)?.map_err(refused))
    })
    .await?;
    shown(&app, id).await
}

/// Takes a member out of a household: whoever is there longest becomes the head where she was it, and with the last one it is dissolved.
/// Who has left already has left.
#[utoipa::path(delete, path = "/households/{id}/members/{member}", tag = "members", operation_id = "leave_household",
    params(("id" = HouseholdId, Path), ("member" = MemberId, Path)), responses((status = 200, body = Household)))]
async fn leave(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(id, member): PathIds<HouseholdId, MemberId>,
) -> ApiResult<Json<Household>> {
    caller.require(Scope::MembersWrite)?;
    write(&app, &caller, move |conn, hand| Ok(household::leave(conn, hand, id, member)?.map_err(ApiError::from))).await?;
    shown(&app, id).await
}

/// Ends a household: everybody leaves it. What is dissolved already stays so.
#[utoipa::path(post, path = "/households/{id}/dissolve", tag = "members", operation_id = "dissolve_household",
    params(("id" = HouseholdId, Path)), responses((status = 200, body = Household)))]
async fn dissolve(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<HouseholdId>) -> ApiResult<Json<Household>> {
    caller.require(Scope::MembersWrite)?;
    write(&app, &caller, move |conn, hand| Ok(household::dissolve(conn, hand, id)?.map_err(ApiError::from))).await?;
    shown(&app, id).await
}

/// Brings a dissolved household back with whoever was in it, as it was. Nothing is done where one of them is in another household since, whom
/// the problem names. What stands stays as it is.
#[utoipa::path(post, path = "/households/{id}/restore", tag = "members", operation_id = "restore_household",
    params(("id" = HouseholdId, Path)), responses((status = 200, body = Household)))]
async fn restore(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<HouseholdId>) -> ApiResult<Json<Household>> {
    caller.require(Scope::MembersWrite)?;
    write(&app, &caller, move |conn, hand| Ok(past::restore(conn, hand, id)?.map_err(ApiError::from))).await?;
    shown(&app, id).await
}

/// The household that a member is in, or the last one that was dissolved with her in it.
#[utoipa::path(get, path = "/members/{id}/household", tag = "members", operation_id = "read_member_household",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberHousehold)))]
async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
) -> ApiResult<Json<MemberHousehold>> {
    caller.require(Scope::MembersRead)?;
    let found = app.store.read(move |conn| {
        let record = household::of_member(conn, id)?;
        let last = if record.is_none() { past::last_of(conn, id)? } else { None };
        Ok((record, last, household::rules(conn)?))
    });
    let (record, last, rules) = found.await?;
    let household = match record {
        Some(record) => Some(view(&app, record).await?),
        None => None,
    };
    let dissolved = match last {
        Some((HouseholdRecord { id, name, dissolved_at_ms: Some(at_ms), .. }, places)) => {
            let members = places.iter().map(|place| place.member).collect();
            let members = shown_places(&app, members, &places).await?;
            Some(DissolvedHousehold { id, name, dissolved_at: rfc3339(at_ms), members })
        }
        _ => None,
    };
    let (most_members, may_share_points) = (rules.most_members, rules.share_points);
    Ok(Json(MemberHousehold { household, dissolved, most_members, may_share_points }))
}

/// The brand's rules for households.
#[utoipa::path(get, path = "/household-rules", tag = "setup", operation_id = "read_household_rules",
    responses((status = 200, body = HouseholdRules)))]
async fn read_rules(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<HouseholdRules>> {
    caller.require(Scope::Admin)?;
    Ok(Json(app.store.read(household::rules).await?))
}

/// Replaces the brand's rules for households. How many they are holds for whoever joins from now on; whether they share points, at once.
#[utoipa::path(put, path = "/household-rules", tag = "setup", operation_id = "change_household_rules", request_body = HouseholdRules,
    responses((status = 200, body = HouseholdRules)))]
async fn change_rules(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<HouseholdRules>,
) -> ApiResult<Json<HouseholdRules>> {
    caller.require(Scope::Admin)?;
    let after = body.value;
    if !after.stand() {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("most_members"));
    }
    let author = Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let now_ms = app.now_ms();
    idempotency::write(&app, move |conn| {
        let before = household::rules(conn)?;
        let text = serde_json::to_string(&after).map_err(|error| StoreError::Damaged(error.to_string()))?;
        setting::put(conn, household::RULES, &text)?;
        let most = |rules: HouseholdRules| Some(rules.most_members.to_string());
        let shares = |rules: HouseholdRules| Some(rules.share_points.to_string());
        let fields = [
            FieldChange::between("household_rules", most(before), most(after)),
            FieldChange::between("household_share_points", shares(before), shares(after)),
        ];
        let fields = fields.into_iter().flatten().collect();
        let detail = ChangeDetail { fields, reason: None };
        change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        Ok(Ok(()))
    })
    .await?;
    Ok(Json(after))
}

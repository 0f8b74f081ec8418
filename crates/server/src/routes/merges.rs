//! Members who are one person: merged with a preview, and parted again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::consent::{ConsentChannel, Matter, Said};
use danggol_core::id::{EntryId, MemberId, SegmentId};
use danggol_core::identity::IdentityKind;
use danggol_core::time::rfc3339;
use danggol_store::merge::{self, Hand, MergeRecord, MergeRefusal};
use danggol_store::{follow, identity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::rows;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::consent::{ConsentState, named};
use crate::extract::{JsonBody, PathId};
use crate::idempotency;
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::consents;
use crate::segment::Segments;
use crate::view::Standing;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(preview)).routes(routes!(merge_members)).routes(routes!(undo)).routes(routes!(list))
}

/// Two members who are one person.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeDraft {
    /// Who keeps what both have.
    pub keep: MemberId,
    /// Who goes into her.
    pub absorb: MemberId,
}

/// Where the member who keeps would stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergePreview {
    /// Both as they stand now: who keeps, then who goes.
    pub members: Vec<MemberRow>,
    /// Where the member who keeps would stand.
    pub standing: Standing,
    /// Fields that her file would take over, since it does not say them.
    pub filled: Vec<FilledField>,
    /// Fields that the two files say otherwise; hers stay.
    pub differing: Vec<DifferingField>,
    /// Lists that she would be on beside her own, and tags that she would have.
    pub lists: Vec<FollowingList>,
    /// What she would be recognised by beside her own.
    pub identities: Vec<FollowingIdentity>,
    /// How many purchases would follow.
    pub purchases: i64,
    /// How many notes would stand on her page.
    pub notes: i64,
    /// Consents that would hold of her otherwise than now: what either has withdrawn stays withdrawn.
    pub consents: Vec<FollowingConsent>,
}

/// A consent that would hold otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowingConsent {
    /// The code of the purpose.
    pub purpose: String,
    /// What it is called, in the caller's language.
    pub name: String,
    /// By which way.
    pub channel: Option<ConsentChannel>,
    /// What holds of the one who keeps now.
    pub keep: ConsentState,
    /// What holds of the one who goes.
    pub absorb: ConsentState,
    /// What would hold.
    pub becomes: ConsentState,
}

/// A field that a file would take over.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilledField {
    /// Its name on the wire.
    pub field: String,
    /// What it would say.
    pub value: String,
}

/// A field that two files say otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferingField {
    /// Its name on the wire.
    pub field: String,
    /// What it says with who keeps: that stays.
    pub keep: String,
    /// What it says with who goes.
    pub absorb: String,
}

/// A list or a tag that would follow.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowingList {
    /// The segment.
    pub id: SegmentId,
    /// What it is called.
    pub name: String,
    /// Whether it is a tag.
    pub is_tag: bool,
}

/// What a member is recognised by and that would follow.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowingIdentity {
    /// What it is.
    pub kind: IdentityKind,
    /// Its value for eyes that may not see it whole.
    pub masked: String,
}

/// A merge.
#[derive(Debug, Serialize, ToSchema)]
pub struct Merge {
    /// Its id: the entry with the member who keeps.
    pub id: EntryId,
    /// Who keeps.
    pub keep: MemberId,
    /// Who went into her.
    pub absorb: MemberId,
    /// When.
    pub at: String,
    /// When it was undone.
    pub undone_at: Option<String>,
}

/// The merges that a member was in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Merges {
    /// The newest first, undone ones included.
    pub items: Vec<Merge>,
    /// Whoever else is named in them.
    pub members: Vec<MemberRow>,
}

impl From<MergeRecord> for Merge {
    fn from(record: MergeRecord) -> Self {
        Merge {
            id: record.id,
            keep: record.keep,
            absorb: record.absorb,
            at: rfc3339(record.at_ms),
            undone_at: record.undone_at_ms.map(rfc3339),
        }
    }
}

impl From<MergeRefusal> for ApiError {
    fn from(refusal: MergeRefusal) -> Self {
        match refusal {
            MergeRefusal::Same => ApiError::new(&kinds::MERGE_SAME).at("absorb"),
            MergeRefusal::UnknownMember => (&kinds::UNKNOWN_MEMBER).into(),
            MergeRefusal::Closed => (&kinds::MEMBER_CLOSED).into(),
            MergeRefusal::Gone(keeper) => ApiError::new(&kinds::MEMBER_MERGED).member(keeper),
            MergeRefusal::UnknownMerge => (&kinds::UNKNOWN_MERGE).into(),
            MergeRefusal::Undone => (&kinds::MERGE_UNDONE).into(),
            MergeRefusal::KeeperGone(keeper) => ApiError::new(&kinds::KEEPER_MERGED).member(keeper),
        }
    }
}

/// Merging moves benefits as well as files.
fn require(caller: &Caller) -> ApiResult<()> {
    caller.require(Scope::MembersWrite)?;
    caller.require(Scope::BenefitsWrite)
}

async fn read(app: &Arc<App>, id: EntryId) -> ApiResult<Json<Merge>> {
    let found = app.store.read(move |conn| merge::find(conn, id)).await?;
    Ok(Json(found.ok_or(&kinds::UNKNOWN_MERGE)?.into()))
}

/// What a merge of two members would leave the one who keeps with. Nothing is kept.
#[utoipa::path(post, path = "/merges/preview", tag = "members", operation_id = "preview_merge", request_body = MergeDraft,
    responses((status = 200, body = MergePreview)))]
async fn preview(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<MergeDraft>) -> ApiResult<Json<MergePreview>> {
    require(&caller)?;
    let MergeDraft { keep, absorb } = body.value;
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let (reading, keyring) = (Arc::clone(&rules), Arc::clone(&app.keyring));
    let found = app.store.read(move |conn| {
        let state = match merge::preview(conn, &reading, keep, absorb, now_ms)? {
            Ok(state) => state,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let following = follow::preview(conn, keep, absorb)?;
        let identities = identity::of_members(conn, &keyring, &[absorb])?.remove(&absorb).unwrap_or_default();
        Ok(Ok((state, following, identities, Segments::read(conn)?)))
    });
    let (state, following, identities, segments) = found.await??;
    let purposes = consents::rules(&app).await?;
    let list = |id: SegmentId| {
        let name = segments.find(id).map_or_else(|| id.to_string(), |record| record.name.clone());
        FollowingList { id, name, is_tag: segments.tag(id).is_some() }
    };
    let consent = |(matter, [keep, absorb, becomes]): &(String, [Option<Said>; 3])| {
        let Matter { purpose, channel } = Matter::parse(matter)?;
        let name = named(&purposes, &purpose, caller.language);
        let (keep, absorb, becomes) = ((*keep).into(), (*absorb).into(), (*becomes).into());
        Some(FollowingConsent { purpose, name, channel, keep, absorb, becomes })
    };
    let differing = |(field, keep, absorb)| DifferingField { field, keep, absorb };
    Ok(Json(MergePreview {
        members: rows(&app, vec![keep, absorb]).await?,
        standing: Standing::new(&rules, &state, now_ms),
        filled: following.filled.into_iter().map(|(field, value)| FilledField { field, value }).collect(),
        differing: following.differing.into_iter().map(differing).collect(),
        lists: following.lists.into_iter().map(list).collect(),
        identities: identities
            .into_iter()
            .map(|record| FollowingIdentity { kind: record.identity.kind, masked: record.masked })
            .collect(),
        purchases: following.purchases,
        notes: following.notes,
        consents: following.consents.iter().filter_map(consent).collect(),
    }))
}

/// Merges a member into another: balances, lots, what counts for the tier, purchases, identities, lists, tags, notes and what the file of
/// the member who keeps does not say follow to her. Both timelines say so, and it can be undone at any time.
#[utoipa::path(post, path = "/merges", tag = "members", operation_id = "merge_members", request_body = MergeDraft,
    responses((status = 201, body = Merge)))]
async fn merge_members(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<MergeDraft>,
) -> ApiResult<(StatusCode, Json<Merge>)> {
    require(&caller)?;
    let key = caller.key("merge_members", body.hash);
    let MergeDraft { keep, absorb } = body.value;
    let (rules, ids, actor, now_ms) = (app.rules(), Arc::clone(&app.ids), caller.actor(), app.now_ms());
    let id = idempotency::once(&app, key, "merge", move |conn| {
        let hand = Hand { rules: &rules, ids: &ids, actor, now_ms };
        Ok(merge::merge(conn, &hand, keep, absorb)?.map(|id| id.0).map_err(ApiError::from))
    })
    .await?;
    Ok((StatusCode::CREATED, read(&app, EntryId(id)).await?))
}

/// Undoes a merge: what came since by the identities of the member who went is hers again, all else stays with the member who kept, and
/// each is worked out again as if they had never been one.
#[utoipa::path(delete, path = "/merges/{id}", tag = "members", operation_id = "undo_merge", params(("id" = EntryId, Path)),
    responses((status = 200, body = Merge)))]
async fn undo(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<EntryId>) -> ApiResult<Json<Merge>> {
    require(&caller)?;
    let (rules, ids, actor, now_ms) = (app.rules(), Arc::clone(&app.ids), caller.actor(), app.now_ms());
    idempotency::write(&app, move |conn| {
        let hand = Hand { rules: &rules, ids: &ids, actor, now_ms };
        Ok(merge::undo(conn, &hand, id)?.map_err(ApiError::from))
    })
    .await?;
    read(&app, id).await
}

/// The merges that a member was in, on either side.
#[utoipa::path(get, path = "/members/{id}/merges", tag = "members", operation_id = "list_merges", params(("id" = MemberId, Path)),
    responses((status = 200, body = Merges)))]
async fn list(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Merges>> {
    caller.require(Scope::MembersRead)?;
    let records = app.store.read(move |conn| merge::of_member(conn, id)).await?;
    let mut others: Vec<MemberId> = records.iter().flat_map(|record| [record.keep, record.absorb]).collect();
    others.retain(|member| *member != id);
    others.sort_unstable();
    others.dedup();
    Ok(Json(Merges { items: records.into_iter().map(Merge::from).collect(), members: rows(&app, others).await? }))
}

//! Tags: the dictionary with its groups, who is given what, and what a member has since when and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::condition::Condition;
use danggol_core::id::{ChangeId, MemberId, PurchaseId, SegmentId, TagEntryId, TagGroupId};
use danggol_core::tag::Cause;
use danggol_core::time::rfc3339;
use danggol_core::why::why;
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::segment::{self, Basis, SegmentRecord};
use danggol_store::tag::{self, TagEntry, TagGroup, TagRecord};
use danggol_store::{Conn, StoreError, member, person};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId};
use crate::field::{self, Patch};
use crate::idempotency;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit;
use crate::routes::members;
use crate::routes::segments::{SegmentKind, speaking};
use crate::segment::{ReasonView, Segments, now};
use crate::tag::{Hand, NAME_CHARACTERS_MAX, follow_one, sweep};
use crate::view::{ActorView, Lens, Names};

/// The most characters of a description, of an owner, and of a reason.
const TEXT_CHARACTERS_MAX: usize = 500;
/// The longest that a tag may be given for: ten years and a few days.
const DAYS_MAX: i64 = 3_660;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(change))
        .routes(routes!(archive))
        .routes(routes!(create_group))
        .routes(routes!(change_group))
        .routes(routes!(of_member, lay))
}

/// Tags that belong together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TagGroupView {
    /// Its id.
    pub id: TagGroupId,
    /// What it is called.
    pub name: String,
    /// Whether a member has at most one of them: one given by hand before one by a rule, and of rules the first that holds.
    pub exclusive: bool,
}

/// A tag of the dictionary. It is a segment too, and conditions name it as one.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagView {
    /// Its id, which is that of the segment.
    pub id: SegmentId,
    /// What it is called.
    pub name: String,
    /// Whether a rule gives and takes it, or people and files do.
    pub kind: SegmentKind,
    /// The rule; none for a tag that is given, or before there is one.
    pub condition: Option<Condition>,
    /// The rule in the caller's words.
    pub words: Option<String>,
    /// Its group.
    pub group_id: Option<TagGroupId>,
    /// What it means.
    pub description: String,
    /// Who sees to it.
    pub owner: Option<String>,
    /// For how many days it is given.
    pub expires_days: Option<i64>,
    /// Its place in its group, the least first.
    pub place: i64,
    /// Who have it; by a rule, as far as that has been seen.
    pub members: i64,
    /// When it was made.
    pub created_at: String,
}

/// The dictionary.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagDictionary {
    /// The groups.
    pub groups: Vec<TagGroupView>,
    /// The tags by their places; those put away are left out.
    pub items: Vec<TagView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// A tag to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTag {
    /// What it is called.
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    /// Whether a rule gives and takes it, or people and files do.
    pub kind: SegmentKind,
    /// The rule; it may follow later.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// Its group.
    #[serde(default)]
    pub group_id: Option<TagGroupId>,
    /// What it means.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// Who sees to it: a person or a department.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub owner: Option<String>,
    /// For how many days it is given, 1–3,660; a rule's tag stays as long as the rule holds.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3660)]
    pub expires_days: Option<i64>,
    /// Its place in its group, the least first.
    #[serde(default)]
    pub place: i64,
}

/// What changes of a tag; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagPatch {
    /// What it is called.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40)]
    pub name: Option<String>,
    /// The rule from now on.
    #[serde(default)]
    pub condition: Option<Condition>,
    /// Its group; null takes it out of its group.
    #[serde(default)]
    #[schema(value_type = Option<TagGroupId>)]
    pub group_id: Patch<TagGroupId>,
    /// What it means.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// Who sees to it; null says that nobody does.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub owner: Patch<String>,
    /// For how many days it is given from now on; null gives it for ever.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    pub expires_days: Patch<i64>,
    /// Its place in its group.
    #[serde(default)]
    pub place: Option<i64>,
}

/// A group to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTagGroup {
    /// What it is called.
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    /// Whether a member has at most one of its tags.
    #[serde(default)]
    pub exclusive: bool,
}

/// What changes of a group; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagGroupPatch {
    /// What it is called.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40)]
    pub name: Option<String>,
    /// Whether a member has at most one of its tags.
    #[serde(default)]
    pub exclusive: Option<bool>,
}

/// What a member is to have and not to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagChange {
    /// Tags to give.
    #[serde(default)]
    pub add: Vec<SegmentId>,
    /// Tags to take away.
    #[serde(default)]
    pub remove: Vec<SegmentId>,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A tag that a member has.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberTag {
    /// The tag.
    pub tag_id: SegmentId,
    /// What it is called.
    pub name: String,
    /// Its group.
    pub group: Option<String>,
    /// Whether a rule gave it, or a person or a file did.
    pub kind: SegmentKind,
    /// Since when.
    pub since: Option<String>,
    /// Until when, where it was given for so long.
    pub until: Option<String>,
    /// How it came.
    pub entry: Option<TagEntryView>,
    /// What the rule and its parts come to for her; none for a tag that is given.
    pub reason: Option<ReasonView>,
}

/// The tags of a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberTags {
    /// Those that she has.
    pub items: Vec<MemberTag>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// A tag that came to a member, or went from her.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TagEntryView {
    /// Its id.
    pub id: TagEntryId,
    /// The tag.
    pub tag_id: SegmentId,
    /// What it is called.
    pub name: String,
    /// When.
    pub at: String,
    /// Whether it came.
    pub added: bool,
    /// Why.
    pub cause: Cause,
    /// The purchase behind it.
    pub purchase_id: Option<PurchaseId>,
    /// Who did it.
    pub actor: ActorView,
    /// What whoever did it said.
    pub reason: Option<String>,
}

impl TagEntryView {
    /// An entry, with the names of all segments.
    pub fn new(lens: &Lens, names: &[(SegmentId, String)], entry: &TagEntry) -> Self {
        let name = names.iter().find(|(id, _)| *id == entry.tag).map_or_else(|| entry.tag.to_string(), |(_, name)| name.clone());
        TagEntryView {
            id: entry.id,
            tag_id: entry.tag,
            name,
            at: rfc3339(entry.at_ms),
            added: entry.added,
            cause: entry.cause,
            purchase_id: entry.purchase,
            actor: ActorView::new(lens, entry.actor),
            reason: entry.reason.clone(),
        }
    }
}

fn view(lens: &Lens, segments: &Segments, tag: &TagRecord, record: &SegmentRecord, members: i64) -> TagView {
    let voice = speaking(lens, segments);
    let (kind, condition) = match &record.basis {
        Basis::Rule(condition) => (SegmentKind::Rule, condition.clone()),
        Basis::List => (SegmentKind::List, None),
    };
    TagView {
        id: record.id,
        name: record.name.clone(),
        kind,
        words: condition.as_ref().map(|condition| voice.condition(condition)),
        condition,
        group_id: tag.group,
        description: tag.description.clone(),
        owner: tag.owner.clone(),
        expires_days: tag.expires_days,
        place: tag.place,
        members,
        created_at: rfc3339(record.created_at_ms),
    }
}

async fn dictionary(app: &Arc<App>, caller: &Caller) -> ApiResult<TagDictionary> {
    let now_ms = app.now_ms();
    let (segments, ruled, given) =
        app.store.read(move |conn| Ok((Segments::read(conn)?, tag::sizes(conn)?, segment::list_sizes(conn, now_ms)?))).await?;
    let lens = benefit::lens(app, caller);
    let tag = |tag: &TagRecord| {
        let record = segments.find(tag.segment).filter(|record| record.archived_at_ms.is_none())?;
        let members = ruled.get(&tag.segment).or_else(|| given.get(&tag.segment)).copied().unwrap_or(0);
        Some(view(&lens, &segments, tag, record, members))
    };
    let group = |group: &TagGroup| TagGroupView { id: group.id, name: group.name.clone(), exclusive: group.exclusive };
    Ok(TagDictionary {
        items: segments.tags.iter().filter_map(tag).collect(),
        groups: segments.groups.iter().map(group).collect(),
        next_cursor: None,
    })
}

async fn one(app: &Arc<App>, caller: &Caller, id: SegmentId) -> ApiResult<TagView> {
    let found = dictionary(app, caller).await?.items.into_iter().find(|tag| tag.id == id);
    Ok(found.ok_or(&kinds::UNKNOWN_TAG)?)
}

fn days(asked: i64) -> ApiResult<i64> {
    if (1..=DAYS_MAX).contains(&asked) { Ok(asked) } else { Err(ApiError::new(&kinds::OUT_OF_RANGE).at("expires_days")) }
}

/// The tag dictionary: every tag that is not put away, and the groups.
#[utoipa::path(get, path = "/tags", tag = "tags", operation_id = "list_tags", responses((status = 200, body = TagDictionary)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<TagDictionary>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(dictionary(&app, &caller).await?))
}

/// Makes a tag. By a rule, everybody is looked at at once.
#[utoipa::path(post, path = "/tags", tag = "tags", operation_id = "create_tag", request_body = NewTag,
    responses((status = 201, body = TagView)))]
async fn create(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewTag>) -> ApiResult<(StatusCode, Json<TagView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("create_tag", body.hash);
    let new = body.value;
    if new.kind == SegmentKind::List && new.condition.is_some() {
        return Err(ApiError::new(&kinds::LIST_HAS_NO_CONDITION).at("condition"));
    }
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let record = SegmentRecord {
        id: SegmentId(app.next_id()),
        name: field::required(&new.name, NAME_CHARACTERS_MAX, "name")?,
        basis: if new.kind == SegmentKind::List { Basis::List } else { Basis::Rule(new.condition) },
        draft: None,
        created_at_ms: now_ms,
        updated_at_ms: now_ms,
        updated_by: caller.user(),
        archived_at_ms: None,
    };
    let made = TagRecord {
        segment: record.id,
        group: new.group_id,
        description: field::optional(&new.description, TEXT_CHARACTERS_MAX, "description")?.unwrap_or_default(),
        owner: field::optional(new.owner.as_deref().unwrap_or(""), TEXT_CHARACTERS_MAX, "owner")?,
        expires_days: new.expires_days.map(days).transpose()?,
        place: new.place,
    };
    let id = idempotency::once(&app, key, "tag", move |conn| {
        let mut segments = Segments::read(conn)?;
        if let Some(refused) = segments.refuse_tag(&record, &made, &rules) {
            return Ok(Err(refused));
        }
        segment::insert(conn, &record)?;
        tag::keep(conn, &made)?;
        Ok(Ok(record.id.0))
    });
    let id = SegmentId(id.await?);
    sweep(&app, id, Cause::Rule).await?;
    Ok((StatusCode::CREATED, Json(one(&app, &caller, id).await?)))
}

/// Changes a tag. By another rule, everybody is looked at at once.
#[utoipa::path(patch, path = "/tags/{id}", tag = "tags", operation_id = "change_tag", params(("id" = SegmentId, Path)),
    request_body = TagPatch, responses((status = 200, body = TagView)))]
async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
    body: JsonBody<TagPatch>,
) -> ApiResult<Json<TagView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let patch = body.value;
    let name = patch.name.map(|name| field::required(&name, NAME_CHARACTERS_MAX, "name")).transpose()?;
    let text = |text: &str, of: &str| field::optional(text, TEXT_CHARACTERS_MAX, of);
    let description = patch.description.map(|description| text(&description, "description")).transpose()?;
    let owner = patch.owner.read(|owner| text(&owner, "owner"))?;
    let expires_days = patch.expires_days.read(|asked| days(asked).map(Some))?;
    let (condition, group, place) = (patch.condition, patch.group_id, patch.place);
    let (rules, now_ms, user) = (app.rules(), app.now_ms(), caller.user());
    idempotency::write(&app, move |conn| {
        let mut segments = Segments::read(conn)?;
        let (Some(before), Some(tag)) = (segments.find(id).cloned(), segments.tag(id).cloned()) else {
            return Ok(Err((&kinds::UNKNOWN_TAG).into()));
        };
        let mut record = SegmentRecord { updated_at_ms: now_ms, updated_by: user, ..before };
        record.name = name.clone().unwrap_or(record.name);
        if let Some(condition) = &condition {
            if record.basis == Basis::List {
                return Ok(Err(ApiError::new(&kinds::LIST_HAS_NO_CONDITION).at("condition")));
            }
            (record.basis, record.draft) = (Basis::Rule(Some(condition.clone())), None);
        }
        let after = TagRecord {
            segment: id,
            group: group.over(tag.group, |group| *group),
            description: description.clone().map_or(tag.description, Option::unwrap_or_default),
            owner: owner.over(tag.owner, String::clone),
            expires_days: expires_days.over(tag.expires_days, |days| *days),
            place: place.unwrap_or(tag.place),
        };
        if let Some(refused) = segments.refuse_tag(&record, &after, &rules) {
            return Ok(Err(refused));
        }
        segment::update(conn, &record)?;
        tag::keep(conn, &after).map(Ok)
    })
    .await?;
    sweep(&app, id, Cause::Rule).await?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Puts a tag away: nobody has it any more. One that a condition names stays.
#[utoipa::path(post, path = "/tags/{id}/archive", tag = "tags", operation_id = "archive_tag", params(("id" = SegmentId, Path)),
    responses((status = 204)))]
async fn archive(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<SegmentId>) -> ApiResult<StatusCode> {
    caller.require(Scope::ProgrammeWrite)?;
    let (now_ms, user) = (app.now_ms(), caller.user());
    idempotency::write(&app, move |conn| {
        let segments = Segments::read(conn)?;
        let Some(before) = segments.find(id).filter(|_| segments.tag(id).is_some()) else {
            return Ok(Err((&kinds::UNKNOWN_TAG).into()));
        };
        if let Some(user) = segments.users_of(id).first() {
            return Ok(Err(ApiError::new(&kinds::SEGMENT_IN_USE).with("segment_name", user.name.as_str())));
        }
        let archived_at_ms = before.archived_at_ms.or(Some(now_ms));
        let after = SegmentRecord { archived_at_ms, updated_at_ms: now_ms, updated_by: user, ..before.clone() };
        segment::update(conn, &after).map(Ok)
    })
    .await?;
    sweep(&app, id, Cause::Rule).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a group of tags.
#[utoipa::path(post, path = "/tag-groups", tag = "tags", operation_id = "create_tag_group", request_body = NewTagGroup,
    responses((status = 201, body = TagGroupView)))]
async fn create_group(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<NewTagGroup>,
) -> ApiResult<(StatusCode, Json<TagGroupView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("create_tag_group", body.hash);
    let (name, exclusive) = (field::required(&body.value.name, NAME_CHARACTERS_MAX, "name")?, body.value.exclusive);
    let group = TagGroup { id: TagGroupId(app.next_id()), name, exclusive };
    let id = idempotency::once(&app, key, "tag_group", move |conn| tag::keep_group(conn, &group).map(|()| Ok(group.id.0)));
    let id = TagGroupId(id.await?);
    let group = dictionary(&app, &caller).await?.groups.into_iter().find(|group| group.id == id);
    Ok((StatusCode::CREATED, Json(group.ok_or(&kinds::UNKNOWN_TAG_GROUP)?)))
}

/// Changes a group of tags.
#[utoipa::path(patch, path = "/tag-groups/{id}", tag = "tags", operation_id = "change_tag_group", params(("id" = TagGroupId, Path)),
    request_body = TagGroupPatch, responses((status = 200, body = TagGroupView)))]
async fn change_group(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<TagGroupId>,
    body: JsonBody<TagGroupPatch>,
) -> ApiResult<Json<TagGroupView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let TagGroupPatch { name, exclusive } = body.value;
    let name = name.map(|name| field::required(&name, NAME_CHARACTERS_MAX, "name")).transpose()?;
    let (author, now_ms) = (Author { change: ChangeId(app.next_id()), actor: caller.actor() }, app.now_ms());
    let changed = idempotency::write(&app, move |conn| {
        let mut segments = Segments::read(conn)?;
        let Some(group) = segments.groups.iter_mut().find(|group| group.id == id) else {
            return Ok(Err((&kinds::UNKNOWN_TAG_GROUP).into()));
        };
        let before = group.name.clone();
        group.name = name.clone().unwrap_or_else(|| group.name.clone());
        group.exclusive = exclusive.unwrap_or(group.exclusive);
        let group = group.clone();
        if segments.leads_back() {
            return Ok(Err((&kinds::CONDITION_FAULTY).into()));
        }
        tag::keep_group(conn, &group)?;
        if let Some(field) = FieldChange::between("tag_group", Some(before), Some(group.name.clone())) {
            let detail = ChangeDetail { fields: vec![field], reason: None };
            change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        }
        let within: Vec<SegmentId> = segments.tags.iter().filter(|tag| tag.group == Some(id)).map(|tag| tag.segment).collect();
        Ok(Ok((TagGroupView { id, name: group.name, exclusive: group.exclusive }, within)))
    });
    let (view, within) = changed.await?;
    for tag in within {
        sweep(&app, tag, Cause::Group).await?;
    }
    Ok(Json(view))
}

/// What a member has by rules and was given, each with since when, how it came and why.
fn tags_of(conn: &mut Conn, lens: &Lens, id: MemberId) -> Result<Vec<MemberTag>, StoreError> {
    let segments = Segments::read(conn)?;
    let now = now(&lens.rules, lens.now_ms);
    let Some(kept) = person::find(conn, &[id], now)?.pop() else { return Ok(Vec::new()) };
    let (held, given) = (tag::held_by(conn, &[id])?, tag::given_to(conn, &[id], lens.now_ms)?);
    let entries = tag::entries_of(conn, id, TagEntryId(i64::MAX), 500)?;
    let lens = Lens { names: Names::read(conn, entries.iter().map(|entry| entry.actor), [])?, ..lens.clone() };
    let memberships = kept.memberships(&segments.rules);
    let (person, voice) = (kept.at(&memberships, now), speaking(&lens, &segments));
    let has = |tag: &TagRecord| {
        let record = segments.find(tag.segment).filter(|record| record.archived_at_ms.is_none())?;
        let itself = Condition::Segment { segment: tag.segment };
        if !person.fits(&itself) {
            return None;
        }
        let hand = given.iter().find(|given| given.tag == tag.segment);
        let since = hand.map(|given| given.since_ms).or_else(|| held.get(&(id, tag.segment)).copied());
        let is_ruled = matches!(record.basis, Basis::Rule(_));
        let entry = entries.iter().find(|entry| entry.tag == tag.segment && entry.added);
        Some(MemberTag {
            tag_id: tag.segment,
            name: record.name.clone(),
            group: segments.groups.iter().find(|group| Some(group.id) == tag.group).map(|group| group.name.clone()),
            kind: if is_ruled { SegmentKind::Rule } else { SegmentKind::List },
            since: since.map(rfc3339),
            until: hand.and_then(|given| given.expires_at_ms).map(rfc3339),
            entry: entry.map(|entry| TagEntryView::new(&lens, &segments.names, entry)),
            reason: is_ruled.then(|| ReasonView::new(voice, &why(&person, &itself))),
        })
    };
    Ok(segments.tags.iter().filter_map(has).collect())
}

async fn tags(app: &Arc<App>, caller: &Caller, id: MemberId) -> ApiResult<MemberTags> {
    follow_one(app, id).await?;
    let lens = benefit::lens(app, caller);
    let items = app.store.read(move |conn| tags_of(conn, &lens, id)).await?;
    Ok(MemberTags { items, next_cursor: None })
}

/// The tags that a member has now, each with since when, how it came and why.
#[utoipa::path(get, path = "/members/{id}/tags", tag = "tags", operation_id = "list_tags_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberTags)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<MemberTags>> {
    caller.require(Scope::MembersRead)?;
    members::read(&app, id).await?;
    Ok(Json(tags(&app, &caller, id).await?))
}

/// Gives tags to a member and takes others from her. What a rule gives, only the rule takes.
#[utoipa::path(post, path = "/members/{id}/tags", tag = "tags", operation_id = "change_tags_of_member",
    params(("id" = MemberId, Path)), request_body = TagChange, responses((status = 200, body = MemberTags)))]
async fn lay(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    body: JsonBody<TagChange>,
) -> ApiResult<Json<MemberTags>> {
    caller.require(Scope::MembersWrite)?;
    let TagChange { add, remove, reason } = body.value;
    let reason = field::optional(reason.as_deref().unwrap_or(""), TEXT_CHARACTERS_MAX, "reason")?;
    let hand = Hand { cause: Cause::Hand, actor: caller.actor(), reason, now_ms: app.now_ms() };
    let unique = |tags: Vec<SegmentId>| tags.into_iter().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let (add, remove, writer) = (unique(add), unique(remove), Arc::clone(&app));
    idempotency::write(&app, move |conn| {
        if member::holder_of(conn, id)?.is_none() {
            return Ok(Err((&kinds::UNKNOWN_MEMBER).into()));
        }
        let segments = Segments::read(conn)?;
        if let Some(refused) = add.iter().chain(&remove).find_map(|tag| segments.refuse_giving(*tag)) {
            return Ok(Err(refused));
        }
        hand.lay(conn, &segments, (&add, &remove), &[id], &|| writer.next_id()).map(Ok)
    })
    .await?;
    Ok(Json(tags(&app, &caller, id).await?))
}

//! Lifestyle groups: asked for, shown with what sets them apart, named; what categories mean; and the group of a member with why.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use danggol_core::id::{ChangeId, MemberId};
use danggol_core::lifestyle::description::{Apart, Description, Moved, moved_bp, names};
use danggol_core::lifestyle::meaning::{CHARACTERS_MAX, Meaning, label};
use danggol_core::lifestyle::{GROUPS, Lack, REFIT_DAYS};
use danggol_core::time::{day_text, rfc3339};
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::{Conn, StoreError, lifestyle};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId};
use crate::field;
use crate::field::Patch;
use crate::idempotency;
use crate::lifestyle::{self as groups, AskedFor, Kept, Proposed, Source, Stage};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit;
use crate::view::Lens;

/// The most characters of the name of a group.
const NAME_CHARACTERS_MAX: usize = 40;
/// The categories that are shown as evidence.
const EVIDENCE: usize = 6;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(read))
        .routes(routes!(begin))
        .routes(routes!(answer))
        .routes(routes!(rename))
        .routes(routes!(categories, mean))
        .routes(routes!(of_member))
}

/// Where the groups are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LifestyleState {
    /// Nobody has asked for them.
    NotBegun,
    /// They are asked for and will be looked for within seconds, or they are being looked for.
    Running,
    /// Something is missing.
    Lacking,
    /// They are there.
    Ready,
}

/// How far it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleProgress {
    /// What is being done.
    pub stage: Stage,
    /// Purchases that were read, or members who were written.
    pub done: u64,
}

/// Why there are no groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleLackView {
    /// What is missing.
    #[serde(flatten)]
    pub lack: Lack,
    /// The business day on which there will be enough, where it is known.
    #[schema(format = Date)]
    pub ready_on: Option<String>,
    /// The same in the caller's words, and what to do.
    pub sentence: String,
}

/// A group.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleGroup {
    /// Its code, by which conditions ask for it: `{"attribute": "lifestyle.group", "op": "is", "value": "g1"}`.
    pub code: String,
    /// What it is called: by the brand, or after what sets it apart.
    pub name: String,
    /// Whether the brand gave it its name.
    pub is_named: bool,
    /// The ways of life that set it apart, the most first, in the caller's words.
    pub meanings: Vec<String>,
    /// Members who are in it now.
    pub members: i64,
    /// Their share of all who are in a group, in ten-thousandths.
    pub share_bp: i64,
    /// What its members bought in the days that were looked at, in minor units.
    pub amount_minor: i64,
    /// Its share of what all groups bought, in ten-thousandths.
    pub amount_share_bp: i64,
    /// The same by member.
    pub amount_by_member_minor: i64,
    /// Purchases of its members by member, in hundredths.
    pub purchases_by_member_hundredths: i64,
    /// What it buys more often than everybody, what sets it apart most first.
    pub apart: Vec<Apart>,
    /// Members who came into it at the newest fit, from other groups or as new buyers.
    pub came: usize,
    /// Members who left it then.
    pub went: usize,
}

/// A group of a proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposedLifestyleGroup {
    /// Its code; that of a group in force is the same group.
    pub code: String,
    /// What it would be called.
    pub name: String,
    /// Members.
    pub members: usize,
    /// What it buys more often than everybody.
    pub apart: Vec<Apart>,
}

/// Groups that wait for somebody to say so.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleProposal {
    /// When they were found.
    pub found_at: String,
    /// How well members fit their groups, in percent.
    pub quality_percent: i64,
    /// Of the members who are in a group, those who would be in another, in ten-thousandths.
    pub moved_bp: i64,
    /// Who would move from where to where.
    pub moved: Vec<Moved>,
    /// The groups.
    pub groups: Vec<ProposedLifestyleGroup>,
}

/// The lifestyle groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lifestyles {
    /// Where they are.
    pub state: LifestyleState,
    /// How far it is, on the server that does it.
    pub progress: Option<LifestyleProgress>,
    /// Why there are none, or why they could not be fitted anew.
    pub lack: Option<LifestyleLackView>,
    /// When they were fitted.
    pub fitted_at: Option<String>,
    /// The first business day that was looked at.
    #[schema(format = Date)]
    pub from: Option<String>,
    /// The last.
    #[schema(format = Date)]
    pub to: Option<String>,
    /// The business day on which they will be fitted anew.
    #[schema(format = Date)]
    pub next_on: Option<String>,
    /// How well members fit their groups, in percent: the mean of the cosines.
    pub quality_percent: Option<i64>,
    /// The groups, the largest first.
    pub groups: Vec<LifestyleGroup>,
    /// Who moved from where to where at the newest fit; who stayed is here too.
    pub moved: Vec<Moved>,
    /// Of the members who were in a group before, those who are in another since, in ten-thousandths.
    pub moved_bp: i64,
    /// Groups that wait for somebody to say so.
    pub proposal: Option<LifestyleProposal>,
}

/// How groups are asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifestyleFit {
    /// So many groups, 2–20; when it is left out, as many as the data carry: up to thirteen, and three to five in a small shop.
    #[serde(default)]
    #[schema(minimum = 2, maximum = 20)]
    pub groups: Option<usize>,
}

/// What is to become of the groups that wait.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifestyleAnswer {
    /// Whether they are to be taken; else they are dropped.
    pub take: bool,
}

/// What is changed of a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LifestyleGroupPatch {
    /// What it is called; null lets it be called after what sets it apart again.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 40)]
    pub name: Patch<String>,
}

/// A category.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleCategory {
    /// The category.
    pub category: String,
    /// Members who bought it in the days that were looked at.
    pub buyers: usize,
    /// Whether groups are found by it.
    pub is_looked_at: bool,
    /// What it means: a known word, or the brand's own words; none where nothing is known.
    pub meaning: Option<String>,
    /// The same in the caller's words.
    pub meaning_name: Option<String>,
    /// Why it means that.
    pub source: Option<Source>,
    /// Where its buyers say so, how many times everybody's share they buy it, in percent.
    pub scored_percent: Option<i64>,
}

/// A known meaning.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownMeaning {
    /// Its word.
    pub word: Meaning,
    /// What people call those who live so.
    pub name: String,
}

/// What categories mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleCategories {
    /// The categories, those with the most buyers first.
    pub items: Vec<LifestyleCategory>,
    /// The known meanings.
    pub known: Vec<KnownMeaning>,
}

/// What a category is to mean.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMeaning {
    /// The category.
    pub category: String,
    /// A known word, or the brand's own words, at most 40 characters; none lets its name and its buyers say so again.
    #[schema(max_length = 40)]
    pub meaning: Option<String>,
}

/// Something that speaks for a member's group.
#[derive(Debug, Serialize, ToSchema)]
pub struct LifestyleEvidence {
    /// The category.
    pub category: String,
    /// Her purchases in which it stands, in the last 365 business days.
    pub purchases: u16,
    /// Its share in what she buys, in ten-thousandths.
    pub share_bp: i64,
    /// Its share in what everybody buys, in ten-thousandths.
    pub everybody_bp: i64,
}

/// The lifestyle group of a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberLifestyle {
    /// Its code; none who is in none, or while there are no groups.
    pub group: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// How clearly what she buys speaks for it, 0–100.
    pub score: Option<i64>,
    /// The business day since which she is in it.
    #[schema(format = Date)]
    pub since: Option<String>,
    /// What speaks for it, the strongest first.
    pub evidence: Vec<LifestyleEvidence>,
}

fn percent(quality: f64) -> i64 {
    (quality * 100.0).round() as i64
}

fn lack_view(lens: &Lens, lack: Lack) -> LifestyleLackView {
    let ready_on = match &lack {
        Lack::Days { ready_day, .. } => ready_day.map(day_text),
        Lack::Members { .. } | Lack::Categories { .. } => None,
    };
    LifestyleLackView { ready_on, sentence: lens.voice(lens.rules.current.version).lifestyle_lack(&lack), lack }
}

struct Seen {
    state: Option<groups::State>,
    kept: Option<Kept>,
    proposed: Option<Proposed>,
    sizes: BTreeMap<String, i64>,
    named: Vec<String>,
}

impl Seen {
    fn read(conn: &mut Conn) -> Result<Self, StoreError> {
        let named = lifestyle::groups(conn)?.into_iter().filter(|group| group.name.is_some()).map(|group| group.code);
        Ok(Seen {
            named: named.collect(),
            state: groups::State::read(conn)?,
            kept: Kept::read(conn)?,
            proposed: Proposed::read(conn)?,
            sizes: lifestyle::sizes(conn)?,
        })
    }
}

fn name(lens: &Lens, code: &str) -> String {
    lens.lifestyles.iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name.as_str()).to_owned()
}

fn group_views(lens: &Lens, kept: &Kept, seen: &Seen) -> Vec<LifestyleGroup> {
    let members: i64 = seen.sizes.values().sum();
    let amount: i64 = kept.described.iter().map(|group| group.amount_minor).sum();
    let share = |part: i64, whole: i64| i64::try_from(i128::from(part) * 10_000 / i128::from(whole.max(1))).unwrap_or(0);
    let went = |is: fn(&Moved, &str) -> bool, code: &str| {
        kept.moved.iter().filter(|moved| moved.from != moved.to && is(moved, code)).map(|moved| moved.members).sum()
    };
    let view = |group: &Description| {
        let now = seen.sizes.get(&group.code).copied().unwrap_or(0);
        let each = group.members.max(1) as i64;
        LifestyleGroup {
            name: name(lens, &group.code),
            is_named: seen.named.contains(&group.code),
            meanings: group.meanings.iter().map(|meaning| label(meaning, lens.language).to_owned()).collect(),
            members: now,
            share_bp: share(now, members),
            amount_minor: group.amount_minor,
            amount_share_bp: share(group.amount_minor, amount),
            amount_by_member_minor: group.amount_minor / each,
            purchases_by_member_hundredths: group.purchases as i64 * 100 / each,
            apart: group.apart.clone(),
            came: went(|moved, code| moved.to.as_deref() == Some(code), &group.code),
            went: went(|moved, code| moved.from.as_deref() == Some(code), &group.code),
            code: group.code.clone(),
        }
    };
    let mut views: Vec<LifestyleGroup> = kept.described.iter().map(view).collect();
    views.sort_by_key(|view| std::cmp::Reverse(view.members));
    views
}

fn proposal_view(lens: &Lens, proposed: Proposed) -> LifestyleProposal {
    let known: Vec<&String> = lens.lifestyles.iter().map(|(code, _)| code).collect();
    let mut called = groups::callable(&proposed.described);
    for group in called.iter_mut().filter(|group| known.contains(&&group.code)) {
        group.name = Some(name(lens, &group.code));
    }
    let names = names(&called, lens.language);
    let view = |(group, (code, name)): (Description, (String, String))| ProposedLifestyleGroup {
        code,
        name,
        members: group.members,
        apart: group.apart,
    };
    LifestyleProposal {
        found_at: rfc3339(proposed.found_at_ms),
        quality_percent: percent(proposed.model.quality),
        moved_bp: moved_bp(&proposed.moved),
        moved: proposed.moved,
        groups: proposed.described.into_iter().zip(names).map(view).collect(),
    }
}

async fn seen(app: &Arc<App>, caller: &Caller) -> ApiResult<Lifestyles> {
    let mut seen = app.store.read(Seen::read).await?;
    let lens = benefit::lens(app, caller);
    let progress = app.lifestyles.progress().map(|(stage, done)| LifestyleProgress { stage, done });
    let state = match &seen.state {
        None => LifestyleState::NotBegun,
        Some(state) if state.asked.is_some() || progress.is_some() => LifestyleState::Running,
        Some(_) if seen.kept.is_some() => LifestyleState::Ready,
        // It is asked for and has not been tried, or something was missing.
        Some(state) if state.lack.is_none() => LifestyleState::Running,
        Some(_) => LifestyleState::Lacking,
    };
    let proposal = seen.proposed.take().map(|proposed| proposal_view(&lens, proposed));
    let lack = seen.state.as_ref().and_then(|state| state.lack.clone()).map(|lack| lack_view(&lens, lack));
    let groups = seen.kept.as_ref().map(|kept| group_views(&lens, kept, &seen)).unwrap_or_default();
    let kept = seen.kept.as_ref();
    Ok(Lifestyles {
        state,
        progress,
        lack,
        fitted_at: kept.map(|kept| rfc3339(kept.fitted_at_ms)),
        from: kept.map(|kept| day_text(kept.days.0)),
        to: kept.map(|kept| day_text(kept.days.1)),
        next_on: kept.map(|kept| day_text(kept.days.1 + REFIT_DAYS)),
        quality_percent: kept.map(|kept| percent(kept.model.quality)),
        groups,
        moved_bp: kept.map_or(0, |kept| moved_bp(&kept.moved)),
        moved: seen.kept.map(|kept| kept.moved).unwrap_or_default(),
        proposal,
    })
}

/// The lifestyle groups: what sets each apart, who moved, what is missing, what waits for an answer.
#[utoipa::path(get, path = "/lifestyles", tag = "insight", operation_id = "read_lifestyles",
    responses((status = 200, body = Lifestyles)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Lifestyles>> {
    caller.require(Scope::InsightRead)?;
    Ok(Json(seen(&app, &caller).await?))
}

/// Has groups looked for. The first ones hold at once; where there are some already, the new ones wait to be taken.
#[utoipa::path(post, path = "/lifestyles/fits", tag = "insight", operation_id = "fit_lifestyles", request_body = LifestyleFit,
    responses((status = 202, body = Lifestyles)))]
async fn begin(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<LifestyleFit>,
) -> ApiResult<(StatusCode, Json<Lifestyles>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let wanted = body.value.groups;
    if wanted.is_some_and(|count| !GROUPS.contains(&count)) {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("groups"));
    }
    let asked = AskedFor { groups: wanted, proposed: false, at_ms: app.now_ms() };
    app.store.write(move |conn| groups::ask(conn, asked.clone())).await?;
    Ok((StatusCode::ACCEPTED, Json(seen(&app, &caller).await?)))
}

/// Takes the groups that wait, or drops them.
#[utoipa::path(post, path = "/lifestyles/proposal", tag = "insight", operation_id = "answer_lifestyles",
    request_body = LifestyleAnswer, responses((status = 202, body = Lifestyles)))]
async fn answer(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<LifestyleAnswer>,
) -> ApiResult<(StatusCode, Json<Lifestyles>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let (take, at_ms) = (body.value.take, app.now_ms());
    idempotency::write(&app, move |conn| {
        if Proposed::read(conn)?.is_none() {
            return Ok(Err((&kinds::NO_LIFESTYLE_PROPOSAL).into()));
        }
        match take {
            true => groups::ask(conn, AskedFor { groups: None, proposed: true, at_ms })?,
            false => Proposed::drop(conn)?,
        }
        Ok(Ok(()))
    })
    .await?;
    Ok((StatusCode::ACCEPTED, Json(seen(&app, &caller).await?)))
}

/// Names a group.
#[utoipa::path(patch, path = "/lifestyles/groups/{code}", tag = "insight", operation_id = "rename_lifestyle",
    params(("code" = String, Path, description = "The code of the group.")), request_body = LifestyleGroupPatch,
    responses((status = 200, body = Lifestyles)))]
async fn rename(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(code): Path<String>,
    body: JsonBody<LifestyleGroupPatch>,
) -> ApiResult<Json<Lifestyles>> {
    caller.require(Scope::ProgrammeWrite)?;
    let patch = body.value.name.read(|name| field::optional(&name, NAME_CHARACTERS_MAX, "name"))?;
    let (author, now_ms) = (Author { change: ChangeId(app.next_id()), actor: caller.actor() }, app.now_ms());
    idempotency::write(&app, move |conn| {
        let Some(mut group) = lifestyle::groups(conn)?.into_iter().find(|group| group.code == code) else {
            return Ok(Err((&kinds::UNKNOWN_LIFESTYLE_GROUP).into()));
        };
        let before = group.name.clone();
        group.name = patch.over(group.name, String::clone);
        if let Some(field) = FieldChange::between("lifestyle_group", before, group.name.clone()) {
            let detail = ChangeDetail { fields: vec![field], reason: None };
            change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        }
        lifestyle::put_groups(conn, &[group]).map(Ok)
    })
    .await?;
    app.refresh().await?;
    Ok(Json(seen(&app, &caller).await?))
}

async fn meanings(app: &Arc<App>, caller: &Caller) -> ApiResult<LifestyleCategories> {
    let (kept, said) = app.store.read(|conn| Ok((Kept::read(conn)?, lifestyle::meanings(conn)?))).await?;
    let language = caller.language;
    let scored = kept.map(|kept| kept.scored).unwrap_or_default();
    let item = |one: &danggol_core::lifestyle::description::Scored| {
        let (meaning, source) = groups::meaning(&one.category, &said, &scored).unzip();
        LifestyleCategory {
            category: one.category.clone(),
            buyers: one.buyers,
            is_looked_at: one.is_looked_at,
            meaning_name: meaning.as_ref().map(|meaning| label(meaning, language).to_owned()),
            meaning,
            source,
            scored_percent: one.scored.filter(|_| source == Some(Source::Buyers)).map(|(_, percent)| percent),
        }
    };
    let mut items: Vec<LifestyleCategory> = scored.iter().map(item).collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.buyers));
    let known = Meaning::ALL.iter().map(|word| KnownMeaning { word: *word, name: word.label(language).to_owned() });
    Ok(LifestyleCategories { items, known: known.collect() })
}

/// What categories mean, and why.
#[utoipa::path(get, path = "/lifestyles/categories", tag = "insight", operation_id = "list_lifestyle_categories",
    responses((status = 200, body = LifestyleCategories)))]
async fn categories(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<LifestyleCategories>> {
    caller.require(Scope::InsightRead)?;
    Ok(Json(meanings(&app, &caller).await?))
}

/// Says what a category means. Groups are called by it and found with it from the next fit on.
#[utoipa::path(put, path = "/lifestyles/categories", tag = "insight", operation_id = "change_lifestyle_category",
    request_body = NewMeaning, responses((status = 200, body = LifestyleCategories)))]
async fn mean(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewMeaning>) -> ApiResult<Json<LifestyleCategories>> {
    caller.require(Scope::ProgrammeWrite)?;
    let NewMeaning { category, meaning } = body.value;
    let meaning = meaning.map_or(Ok(None), |meaning| field::optional(&meaning, CHARACTERS_MAX, "meaning"))?;
    let (now_ms, user) = (app.now_ms(), caller.user().map(|user| user.0));
    idempotency::write(&app, move |conn| {
        let known = Kept::read(conn)?.map(|kept| kept.scored).unwrap_or_default();
        if known.iter().all(|one| one.category != category) {
            return Ok(Err(ApiError::new(&kinds::UNKNOWN_CATEGORY).at("category")));
        }
        lifestyle::put_meaning(conn, &category, meaning.as_deref(), (now_ms, user)).map(Ok)
    })
    .await?;
    Ok(Json(meanings(&app, &caller).await?))
}

/// The lifestyle group of a member, and what speaks for it.
#[utoipa::path(get, path = "/members/{id}/lifestyle", tag = "members", operation_id = "read_lifestyle_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberLifestyle)))]
async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
) -> ApiResult<Json<MemberLifestyle>> {
    caller.require(Scope::MembersRead)?;
    crate::routes::members::read(&app, id).await?;
    groups::follow_due(&app).await?;
    let lens = benefit::lens(&app, &caller);
    let today = lens.rules.moment(lens.now_ms).day;
    let look = move |conn: &mut Conn| {
        let placed = lifestyle::find(conn, &[id])?.remove(&id.0).and_then(|found| found.placed);
        let (Some(placed), Some(kept)) = (placed, Kept::read(conn)?) else { return Ok(None) };
        let tastes = groups::tastes_of(conn, &[id], today)?;
        let group = kept.model.group(&placed.group);
        let speaks = group.zip(tastes.iter().next());
        let evidence = speaks.map(|(group, taste)| kept.model.over(&tastes).evidence(taste, group, EVIDENCE));
        Ok(Some((placed, evidence.unwrap_or_default())))
    };
    let Some((placed, evidence)) = app.store.read(look).await? else {
        return Ok(Json(MemberLifestyle { group: None, name: None, score: None, since: None, evidence: Vec::new() }));
    };
    let evidence = evidence.into_iter().map(|one| LifestyleEvidence {
        category: one.category,
        purchases: one.purchases,
        share_bp: one.own_bp,
        everybody_bp: one.everybody_bp,
    });
    Ok(Json(MemberLifestyle {
        name: Some(name(&lens, &placed.group)),
        group: Some(placed.group),
        score: Some(placed.score),
        since: Some(day_text(placed.since_day)),
        evidence: evidence.collect(),
    }))
}

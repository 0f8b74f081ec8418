//! The programme: looked at, drafted, checked, published.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::attribute::{Attribute, Kind, Of};
use danggol_core::condition::Operator;
use danggol_core::event::{Event, Measure};
use danggol_core::fault::{Fault, FaultKind};
use danggol_core::id::{TemplateId, UserId};
use danggol_core::programme::Programme;
use danggol_core::time::rfc3339;
use danggol_core::words::{Voice, choice_words, measure_words};
use danggol_store::programme::{self, ProgrammeDraft, PublishedProgramme};
use danggol_store::{Conn, StoreError, account, coupon};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit;
use crate::view::Lens;
use crate::{field, idempotency};

/// The most characters of a publisher's note.
const NOTE_CHARACTERS_MAX: usize = 500;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(read))
        .routes(routes!(put_draft, drop_draft))
        .routes(routes!(publish))
        .routes(routes!(versions))
        .routes(routes!(check))
        .routes(routes!(attributes))
}

/// The programme in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedView {
    /// From 1 upwards; zero for the one that a brand begins with.
    pub version: i64,
    /// The programme.
    pub programme: Programme,
    /// When it was published.
    pub published_at: Option<String>,
    /// Who published it.
    pub published_by: Option<String>,
    /// Each part said in the caller's words.
    pub words: Vec<Said>,
}

/// The draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// The programme that it would be.
    pub programme: Programme,
    /// When it was changed last.
    pub updated_at: String,
    /// Who changed it last.
    pub updated_by: Option<String>,
}

/// The programme in force, and the draft where there is one.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgrammeView {
    /// In force.
    pub published: PublishedView,
    /// Being written.
    pub draft: Option<DraftView>,
}

/// A programme that is being written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// The programme.
    pub programme: Programme,
}

/// Something that keeps a programme from being published.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// Where, as a path such as `earning.rules[2].award.per_minor`.
    pub path: String,
    /// The stable code.
    pub code: String,
    /// What is wrong and what to do.
    pub text: String,
}

/// A part of a programme in words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// Which part, as a path such as `earning.rules[2]`.
    pub path: String,
    /// The words.
    pub text: String,
}

/// A programme with what is wrong with it and how it reads.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// The programme.
    pub programme: Programme,
    /// What keeps it from being published; empty when nothing does.
    pub faults: Vec<FaultView>,
    /// Each part said in the caller's words.
    pub words: Vec<Said>,
}

/// What the publisher says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Why it changes, for those who look later.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// The version that a draft became.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedVersion {
    /// Its number.
    pub version: i64,
}

/// A published version.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// Its number.
    pub version: i64,
    /// When it was published.
    pub published_at: String,
    /// Who published it.
    pub published_by: Option<String>,
    /// What the publisher said.
    pub note: Option<String>,
}

/// All published versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct Versions {
    /// The newest first.
    pub items: Vec<VersionView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// A word of a choice with what people call it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choice {
    /// The word.
    pub value: String,
    /// What people call it.
    pub label: String,
}

/// Something that conditions can be about.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttributeView {
    /// Its word.
    pub name: Attribute,
    /// The kind of its value.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether its number is a percentage.
    pub is_percent: bool,
    /// What it is said of.
    pub of: Of,
    /// What people call it.
    pub label: String,
    /// How it can be compared.
    pub operators: Vec<Operator>,
    /// The words of a choice.
    pub choices: Option<Vec<Choice>>,
}

/// A measure of what happened to a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureView {
    /// What is counted.
    pub event: Event,
    /// How.
    pub measure: Measure,
    /// The kind of its value.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What people call it.
    pub label: String,
    /// How it can be compared.
    pub operators: Vec<Operator>,
}

/// The whole vocabulary.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attributes {
    /// Everything that conditions can be about.
    pub items: Vec<AttributeView>,
    /// What conditions on members can measure of their purchases.
    pub measures: Vec<MeasureView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

fn said(app: &App, caller: &Caller, programme: &Programme) -> Vec<Said> {
    let Lens { currency, language, rules, .. } = benefit::lens(app, caller);
    let voice =
        Voice { language, currency: &currency, programme, zone: &rules.clock.zone, segments: &[], tags: &[], lifestyles: &[] };
    voice.programme().into_iter().map(|(path, text)| Said { path, text }).collect()
}

async fn checked(app: &App, caller: &Caller, programme: Programme) -> ApiResult<Checked> {
    let fault =
        |fault: Fault| FaultView { code: fault.kind.code().to_owned(), text: fault.say(caller.language), path: fault.path };
    let asked = programme.clone();
    let unknown = app.store.read(move |conn| unknown_templates(conn, &asked)).await?;
    let faults = programme.faults().into_iter().chain(unknown);
    Ok(Checked { faults: faults.map(fault).collect(), words: said(app, caller, &programme), programme })
}

/// Coupons that occasions and top-ups promise and of which none can be given. Rules that are off may name them.
fn unknown_templates(conn: &mut Conn, programme: &Programme) -> Result<Vec<Fault>, StoreError> {
    let occasions = programme.occasions.iter().enumerate().filter(|(_, occasion)| occasion.enabled);
    let occasions = occasions.filter_map(|(place, occasion)| Some((format!("occasions[{place}].coupon"), occasion.coupon?)));
    let steps = programme.top_ups.iter().flat_map(|plan| &plan.steps).enumerate();
    let steps = steps.filter_map(|(place, step)| Some((format!("top_ups.steps[{place}].coupon"), step.coupon?)));
    let named: Vec<(String, TemplateId)> = occasions.chain(steps).collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let found = coupon::find_templates(conn, named.iter().map(|(_, template)| template))?;
    let is_open = |template: &TemplateId| found.iter().any(|record| record.ready.id == *template && record.open);
    let unknown = named.into_iter().filter(|(_, template)| !is_open(template));
    Ok(unknown.map(|(path, _)| Fault { path, kind: FaultKind::UnknownTemplate }).collect())
}

async fn name(app: &App, user: Option<UserId>) -> ApiResult<Option<String>> {
    let Some(user) = user else { return Ok(None) };
    let found = app.store.read(move |conn| account::users_by_id(conn, &[user])).await?;
    Ok(found.into_iter().next().map(|user| user.name))
}

async fn draft_view(app: &App, draft: ProgrammeDraft) -> ApiResult<Option<DraftView>> {
    // A draft of an older program that does not read any more is as good as none.
    let Ok(programme) = serde_json::from_value(draft.body) else { return Ok(None) };
    let updated_by = name(app, draft.updated_by).await?;
    Ok(Some(DraftView { programme, updated_at: rfc3339(draft.updated_at_ms), updated_by }))
}

/// The programme in force, and the draft where there is one.
#[utoipa::path(get, path = "/programme", tag = "programme", operation_id = "read_programme", responses((status = 200, body = ProgrammeView)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<ProgrammeView>> {
    caller.require(Scope::MembersRead)?;
    let (newest, draft) = app.store.read(|conn| Ok((programme::newest(conn)?, programme::draft(conn)?))).await?;
    let current = Arc::clone(&app.rules().current);
    let published_by = name(&app, newest.as_ref().and_then(|newest| newest.published_by)).await?;
    let published = PublishedView {
        version: current.version,
        words: said(&app, &caller, &current.programme),
        programme: current.programme.clone(),
        published_at: newest.map(|newest| rfc3339(newest.published_at_ms)),
        published_by,
    };
    let draft = match draft {
        Some(draft) => draft_view(&app, draft).await?,
        None => None,
    };
    Ok(Json(ProgrammeView { published, draft }))
}

/// Keeps a draft, whatever is still wrong with it.
#[utoipa::path(put, path = "/programme/draft", tag = "programme", operation_id = "write_draft", request_body = NewDraft,
    responses((status = 200, body = Checked)))]
async fn put_draft(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewDraft>) -> ApiResult<Json<Checked>> {
    caller.require(Scope::ProgrammeWrite)?;
    let programme = body.value.programme;
    let body = serde_json::to_value(&programme).map_err(|_| ApiError::new(&kinds::INTERNAL))?;
    let draft = ProgrammeDraft { body, updated_at_ms: app.now_ms(), updated_by: caller.user() };
    app.store.write(move |conn| programme::put_draft(conn, &draft)).await?;
    Ok(Json(checked(&app, &caller, programme).await?))
}

/// Drops the draft.
#[utoipa::path(delete, path = "/programme/draft", tag = "programme", operation_id = "drop_draft", responses((status = 204)))]
async fn drop_draft(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<StatusCode> {
    caller.require(Scope::ProgrammeWrite)?;
    app.store.write(programme::remove_draft).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the draft in force. What was given under earlier versions stays as it was given.
#[utoipa::path(post, path = "/programme/publish", tag = "programme", operation_id = "publish_programme", request_body = Publication,
    responses((status = 201, body = PublishedVersion)))]
async fn publish(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<Publication>,
) -> ApiResult<(StatusCode, Json<PublishedVersion>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("publish_programme", body.hash);
    let note = body.value.note.as_deref().map_or(Ok(None), |note| field::optional(note, NOTE_CHARACTERS_MAX, "note"))?;
    let (user, now_ms) = (caller.user(), app.now_ms());
    let version = idempotency::once(&app, key, "programme", move |conn| {
        let Some(draft) = programme::draft(conn)? else { return Ok(Err((&kinds::NO_DRAFT).into())) };
        let Ok(drafted) = serde_json::from_value::<Programme>(draft.body.clone()) else {
            return Ok(Err((&kinds::PROGRAMME_FAULTY).into()));
        };
        if let Some(fault) = drafted.faults().into_iter().chain(unknown_templates(conn, &drafted)?).next() {
            return Ok(Err(ApiError::new(&kinds::PROGRAMME_FAULTY).at(fault.path)));
        }
        programme::publish(conn, &draft.body.to_string(), now_ms, user, note.as_deref()).map(Ok)
    })
    .await?;
    app.refresh().await?;
    Ok((StatusCode::CREATED, Json(PublishedVersion { version })))
}

/// All published versions.
#[utoipa::path(get, path = "/programme/versions", tag = "programme", operation_id = "list_programme_versions",
    responses((status = 200, body = Versions)))]
async fn versions(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Versions>> {
    caller.require(Scope::MembersRead)?;
    let (versions, users) = app.store.read(|conn| Ok((programme::versions(conn)?, account::users(conn)?))).await?;
    let view = |version: PublishedProgramme| VersionView {
        version: version.version,
        published_at: rfc3339(version.published_at_ms),
        published_by: users.iter().find(|user| Some(user.id) == version.published_by).map(|user| user.name.clone()),
        note: version.note,
    };
    Ok(Json(Versions { items: versions.into_iter().map(view).collect(), next_cursor: None }))
}

/// Says what is wrong with a programme and how it reads, without keeping it.
#[utoipa::path(post, path = "/programme/check", tag = "programme", operation_id = "check_programme", request_body = NewDraft,
    responses((status = 200, body = Checked)))]
async fn check(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewDraft>) -> ApiResult<Json<Checked>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(checked(&app, &caller, body.value.programme).await?))
}

/// Everything that conditions can be about.
#[utoipa::path(get, path = "/attributes", tag = "programme", operation_id = "list_attributes", responses((status = 200, body = Attributes)))]
async fn attributes(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Attributes>> {
    let language = caller.language;
    let lifestyles = app.lifestyles.names(language);
    let view = |attribute: &Attribute| {
        let choice = |value: &&str| Choice { value: (*value).to_owned(), label: choice_words(value, language).to_owned() };
        let choices: Vec<Choice> = match attribute {
            Attribute::LifestyleGroup => {
                lifestyles.iter().map(|(value, label)| Choice { value: value.clone(), label: label.clone() }).collect()
            }
            _ => attribute.choices().iter().map(choice).collect(),
        };
        AttributeView {
            name: *attribute,
            kind: attribute.kind(),
            is_percent: attribute.is_percent(),
            of: attribute.of(),
            label: attribute.label(language).to_owned(),
            operators: attribute.kind().operators().to_vec(),
            choices: (!choices.is_empty()).then_some(choices),
        }
    };
    let measure = |event: Event, measure: Measure| MeasureView {
        event,
        measure,
        kind: measure.kind(),
        label: measure_words(event, measure, language).to_owned(),
        operators: measure.operators(),
    };
    let measures = Event::ALL.into_iter().flat_map(|event| Measure::ALL.map(|each| measure(event, each)));
    Ok(Json(Attributes { items: Attribute::ALL.iter().map(view).collect(), measures: measures.collect(), next_cursor: None }))
}

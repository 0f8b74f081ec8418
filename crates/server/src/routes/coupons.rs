//! Coupons: templates, codes, what is given and claimed, what a member has, and what is taken away.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::coupon::{
    CodeMark, Coupon, CouponAct, CouponOrder, CouponRefusal, CouponState, Named, ReadyTemplate, Shown, Template, shown_code,
};
use danggol_core::decide::{Command, Detail, Envelope, Outcome};
use danggol_core::id::{ChangeId, CouponId, EntryId, MemberId, PurchaseId, TemplateId};
use danggol_core::refusal::Refusal;
use danggol_core::time::{date_of, rfc3339};
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::coupon::{self, CouponRecord, Made, NewCode, TemplateRecord};
use danggol_store::purchase::Logged;
use danggol_store::{Conn, StoreError, member};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, QueryParams};
use crate::field;
use crate::idempotency;
use crate::page::PageQuery;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit::{self, DryRun};
use crate::view::{ActorView, Lens, Names};

/// The most codes that are made at once.
const CODES_MAX: i64 = 1_000;
/// The most coupons of a member that are told.
const TOLD_MAX: i64 = 200;
/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;
/// Characters of a code that are kept to be shown.
const TAIL_CHARACTERS: usize = 4;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read))
        .routes(routes!(close))
        .routes(routes!(of_template))
        .routes(routes!(make_codes))
        .routes(routes!(of_member, give))
        .routes(routes!(look_up))
        .routes(routes!(release))
        .routes(routes!(void))
}

/// A template of coupons.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponTemplateView {
    /// Its id.
    pub id: TemplateId,
    /// What it says; it never changes.
    pub template: Template,
    /// What comes off, in the caller's words.
    pub text: String,
    /// For how long a coupon is valid, in the caller's words.
    pub valid: String,
    /// Whether coupons are still given.
    pub open: bool,
    /// How many were given, codes that nobody has claimed included.
    pub issued: i64,
    /// How many are used and have not come back.
    pub used: i64,
    /// What those took off, in minor units.
    pub off_minor: i64,
    /// When it was made.
    pub made_at: String,
    /// Who made it.
    pub made_by: ActorView,
}

/// Templates, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponTemplates {
    /// This part.
    pub items: Vec<CouponTemplateView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// A coupon.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CouponView {
    /// Its id.
    pub id: CouponId,
    /// Its template.
    pub template_id: TemplateId,
    /// What the brand calls it.
    pub name: String,
    /// What comes off, in the caller's words.
    pub text: String,
    /// Where it stands.
    pub state: CouponState,
    /// Whether it may be used today, as far as days and state go.
    pub usable: bool,
    /// First business day.
    #[schema(format = Date)]
    pub valid_from: String,
    /// Last business day.
    #[schema(format = Date)]
    pub valid_until: String,
    /// Whose it is; none while it is for whoever has its code.
    pub member_id: Option<MemberId>,
    /// The purchase that it was used on.
    pub purchase_id: Option<PurchaseId>,
    /// What it took off there, in minor units.
    pub off_minor: i64,
    /// When it was given.
    pub issued_at: String,
    /// Its code, where it has one of its own and the caller may give coupons.
    pub code: Option<String>,
    /// The last characters of that code.
    pub code_tail: Option<String>,
    /// Whether she may hand it on.
    pub transferable: bool,
}

/// Coupons, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Coupons {
    /// This part.
    pub items: Vec<CouponView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// How many codes to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCodes {
    /// So many, 1–1,000.
    #[schema(minimum = 1, maximum = 1_000)]
    pub count: i64,
}

/// A coupon for a member: of a template, or by its code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMemberCoupon {
    /// Of which template.
    #[serde(default)]
    pub template_id: Option<TemplateId>,
    /// The code that she shows: of one coupon, or shared.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub code: Option<String>,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// What became of a coupon.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponResult {
    /// As it stands.
    pub coupon: CouponView,
    /// The entry of the log; none where nobody had claimed it.
    pub entry_id: Option<EntryId>,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// A code that somebody shows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeQuery {
    /// The code, or the id of a coupon.
    #[schema(max_length = 64)]
    pub code: String,
}

/// What a code stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeFound {
    /// The coupon; none for a shared code.
    pub coupon: Option<CouponView>,
    /// The template.
    pub template: CouponTemplateView,
}

/// Why a coupon is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Voiding {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// By what the code of a coupon is known.
fn mark_of(app: &App, id: CouponId) -> CodeMark {
    let code = app.keyring.coupon_code(id);
    CodeMark { hash: app.keyring.coupon_lookup(&code), tail: code[code.len() - TAIL_CHARACTERS..].to_owned() }
}

fn refused(why: CouponRefusal) -> ApiError {
    Refusal::Coupon { place: None, why }.into()
}

fn template_view(lens: &Lens, record: &TemplateRecord) -> CouponTemplateView {
    let (template, voice) = (&record.ready.template, lens.voice(lens.rules.current.version));
    CouponTemplateView {
        id: record.ready.id,
        template: template.clone(),
        text: voice.offer(&template.offer),
        valid: voice.valid(template),
        open: record.open,
        issued: record.counts.issued,
        used: record.counts.used,
        off_minor: record.counts.off_minor,
        made_at: rfc3339(record.made_at_ms),
        made_by: ActorView::new(lens, record.actor),
    }
}

fn coupon_view(app: &App, caller: &Caller, lens: &Lens, (ready, record): (&ReadyTemplate, &CouponRecord)) -> CouponView {
    let coupon = &record.coupon;
    let today = lens.rules.moment(lens.now_ms).day;
    let gives = caller.require(Scope::BenefitsWrite).is_ok();
    let code = record.code_tail.as_ref().filter(|_| gives).map(|_| shown_code(&app.keyring.coupon_code(coupon.id)));
    CouponView {
        id: coupon.id,
        template_id: coupon.template,
        name: ready.template.offer.name.clone(),
        text: lens.voice(lens.rules.current.version).offer(&ready.template.offer),
        state: coupon.state,
        usable: coupon.state == CouponState::Issued && (coupon.from_day..=coupon.until_day).contains(&today),
        valid_from: date_of(coupon.from_day).to_string(),
        valid_until: date_of(coupon.until_day).to_string(),
        member_id: coupon.member,
        purchase_id: coupon.purchase,
        off_minor: coupon.off_minor,
        issued_at: rfc3339(coupon.issued_at_ms),
        code,
        code_tail: record.code_tail.clone(),
        transferable: ready.template.transferable,
    }
}

/// Coupons with the templates that they are of.
fn with_templates(conn: &mut Conn, records: Vec<CouponRecord>) -> Result<Vec<(Arc<ReadyTemplate>, CouponRecord)>, StoreError> {
    let wanted: std::collections::BTreeSet<TemplateId> = records.iter().map(|record| record.coupon.template).collect();
    let found = coupon::find_templates(conn, &wanted)?;
    let of = |record: &CouponRecord| found.iter().find(|template| template.ready.id == record.coupon.template);
    Ok(records.into_iter().filter_map(|record| Some((Arc::clone(&of(&record)?.ready), record))).collect())
}

async fn one(app: &Arc<App>, caller: &Caller, id: CouponId) -> ApiResult<CouponView> {
    let found = app
        .store
        .read(move |conn| {
            let records = coupon::find(conn, &[id])?;
            with_templates(conn, records)
        })
        .await?;
    let (ready, record) = found.into_iter().next().ok_or_else(|| refused(CouponRefusal::Unknown))?;
    Ok(coupon_view(app, caller, &benefit::lens(app, caller), (&ready, &record)))
}

async fn one_template(app: &Arc<App>, caller: &Caller, id: TemplateId) -> ApiResult<CouponTemplateView> {
    let found = app
        .store
        .read(move |conn| {
            let Some(record) = coupon::find_templates(conn, &[id])?.into_iter().next() else { return Ok(None) };
            let names = Names::read(conn, [record.actor], [])?;
            Ok(Some((record, names)))
        })
        .await?;
    let (record, names) = found.ok_or_else(|| refused(CouponRefusal::UnknownTemplate))?;
    Ok(template_view(&Lens { names, ..benefit::lens(app, caller) }, &record))
}

/// Templates of coupons, the newest first, with how many of each were given and used.
#[utoipa::path(get, path = "/coupon-templates", tag = "coupons", operation_id = "list_coupon_templates", params(PageQuery),
    responses((status = 200, body = CouponTemplates)))]
async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<PageQuery>,
) -> ApiResult<Json<CouponTemplates>> {
    caller.require(Scope::MembersRead)?;
    let page = query.page(TemplateId)?;
    let (mut found, names) = app
        .store
        .read(move |conn| {
            let found = coupon::templates(conn, page.before, page.to_read() as i64)?;
            let names = Names::read(conn, found.iter().map(|record| record.actor), [])?;
            Ok((found, names))
        })
        .await?;
    let next_cursor = page.cut(&mut found, |record| record.ready.id);
    let lens = Lens { names, ..benefit::lens(&app, &caller) };
    Ok(Json(CouponTemplates { items: found.iter().map(|record| template_view(&lens, record)).collect(), next_cursor }))
}

/// Makes a template. It never changes: for other conditions make another, and close this one.
#[utoipa::path(post, path = "/coupon-templates", tag = "coupons", operation_id = "create_coupon_template", request_body = Template,
    responses((status = 201, body = CouponTemplateView)))]
async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<Template>,
) -> ApiResult<(StatusCode, Json<CouponTemplateView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("create_coupon_template", body.hash);
    let template = body.value;
    if let Some(fault) = template.faults(&app.rules().current.programme).into_iter().next() {
        let text = fault.say(caller.language);
        return Err(ApiError::new(&kinds::COUPON_TEMPLATE_FAULTY).at(fault.path).with("fault", text));
    }
    let ready = ReadyTemplate::new(TemplateId(app.next_id()), template);
    let (actor, now_ms) = (caller.actor(), app.now_ms());
    let id = idempotency::once(&app, key, "coupon_template", move |conn| {
        Ok(match coupon::insert_template(conn, &ready, actor, now_ms)? {
            Made::Kept => Ok(ready.id.0),
            Made::CodeTaken => Err(ApiError::new(&kinds::COUPON_TEMPLATE_CODE_TAKEN).at("offer.id")),
            Made::SharedCodeTaken => Err(ApiError::new(&kinds::COUPON_TEMPLATE_CODE_TAKEN).at("shared_code")),
        })
    });
    let view = one_template(&app, &caller, TemplateId(id.await?)).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// A template of coupons.
#[utoipa::path(get, path = "/coupon-templates/{id}", tag = "coupons", operation_id = "read_coupon_template",
    params(("id" = TemplateId, Path)), responses((status = 200, body = CouponTemplateView)))]
async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<TemplateId>,
) -> ApiResult<Json<CouponTemplateView>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(one_template(&app, &caller, id).await?))
}

/// What is changed of the brand's coupons beside the log.
fn note(caller: &Caller, change: ChangeId, now_ms: i64, field: String, reason: Option<String>) -> ChangeRecord {
    let detail = ChangeDetail { fields: vec![FieldChange { field, from: None, to: None }], reason };
    ChangeRecord {
        author: Author { change, actor: caller.actor() },
        member: None,
        kind: ChangeKind::Brand,
        at_ms: now_ms,
        detail,
    }
}

/// Gives no more coupons of a template. Those in hand stay what they are.
#[utoipa::path(post, path = "/coupon-templates/{id}/close", tag = "coupons", operation_id = "close_coupon_template",
    params(("id" = TemplateId, Path)), responses((status = 200, body = CouponTemplateView)))]
async fn close(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<TemplateId>,
) -> ApiResult<Json<CouponTemplateView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let record = note(&caller, ChangeId(app.next_id()), app.now_ms(), format!("coupon_template.{id}.open"), None);
    app.store
        .write(
            move |conn| {
                if coupon::close_template(conn, id)? { change::insert(conn, std::slice::from_ref(&record)) } else { Ok(()) }
            },
        )
        .await?;
    Ok(Json(one_template(&app, &caller, id).await?))
}

/// The coupons of a template, the newest first; with their codes, where the caller may give coupons.
#[utoipa::path(get, path = "/coupon-templates/{id}/coupons", tag = "coupons", operation_id = "list_coupons_of_template",
    params(("id" = TemplateId, Path), PageQuery), responses((status = 200, body = Coupons)))]
async fn of_template(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<TemplateId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> ApiResult<Json<Coupons>> {
    caller.require(Scope::MembersRead)?;
    let page = query.page(CouponId)?;
    let found = app
        .store
        .read(move |conn| {
            if coupon::find_templates(conn, &[id])?.is_empty() {
                return Ok(None);
            }
            let records = coupon::page(conn, id, page.before, page.to_read() as i64)?;
            with_templates(conn, records).map(Some)
        })
        .await?;
    let mut found = found.ok_or_else(|| refused(CouponRefusal::UnknownTemplate))?;
    let next_cursor = page.cut(&mut found, |(_, record)| record.coupon.id);
    Ok(Json(Coupons { items: views(&app, &caller, &found), next_cursor }))
}

fn views(app: &App, caller: &Caller, found: &[(Arc<ReadyTemplate>, CouponRecord)]) -> Vec<CouponView> {
    let lens = benefit::lens(app, caller);
    found.iter().map(|(ready, record)| coupon_view(app, caller, &lens, (ready, record))).collect()
}

/// Makes coupons with a code each, for whoever has it. A repeat gives the same codes.
#[utoipa::path(post, path = "/coupon-templates/{id}/codes", tag = "coupons", operation_id = "create_coupon_codes",
    params(("id" = TemplateId, Path)), request_body = NewCodes, responses((status = 201, body = Coupons)))]
async fn make_codes(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<TemplateId>,
    body: JsonBody<NewCodes>,
) -> ApiResult<(StatusCode, Json<Coupons>)> {
    caller.require(Scope::BenefitsWrite)?;
    let count = body.value.count;
    if !(1..=CODES_MAX).contains(&count) {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("count"));
    }
    let hash = crate::random::hash_of(&[&id.0.to_le_bytes(), &body.hash.to_le_bytes()]);
    let key = caller.key("create_coupon_codes", hash);
    let record = app.store.read(move |conn| Ok(coupon::find_templates(conn, &[id])?.into_iter().next())).await?;
    let record = record.ok_or_else(|| refused(CouponRefusal::UnknownTemplate))?;
    let (now_ms, today) = (app.now_ms(), app.rules().moment(app.now_ms()).day);
    let (_, until_day) = record.ready.valid_days(today);
    if until_day < today {
        return Err(refused(CouponRefusal::Expired(until_day)));
    }
    let code = |_| {
        let coupon = Coupon::fresh(&record.ready, CouponId(app.next_id()), today, now_ms);
        NewCode { mark: mark_of(&app, coupon.id), coupon }
    };
    let codes: Vec<NewCode> = (0..count).map(code).collect();
    let newest = codes.last().map_or(CouponId(0), |code| code.coupon.id);
    let closed = !record.open;
    let kept = note(&caller, ChangeId(app.next_id()), now_ms, format!("coupon_template.{id}.codes"), Some(count.to_string()));
    let newest = idempotency::once(&app, key, "coupon_codes", move |conn| {
        if !coupon::insert_codes(conn, id, &codes)? {
            return Ok(Err(refused(if closed { CouponRefusal::Closed } else { CouponRefusal::AllGiven })));
        }
        change::insert(conn, std::slice::from_ref(&kept))?;
        Ok(Ok(newest.0))
    });
    let newest = CouponId(newest.await?);
    let made = app
        .store
        .read(move |conn| {
            let records = coupon::page(conn, id, CouponId(newest.0 + 1), count)?;
            with_templates(conn, records)
        })
        .await?;
    Ok((StatusCode::CREATED, Json(Coupons { items: views(&app, &caller, &made), next_cursor: None })))
}

/// The coupons of a member, the newest first: up to two hundred.
#[utoipa::path(get, path = "/members/{id}/coupons", tag = "coupons", operation_id = "list_coupons_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = Coupons)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Coupons>> {
    caller.require(Scope::MembersRead)?;
    let found = app
        .store
        .read(move |conn| {
            if member::holder_of(conn, id)?.is_none() {
                return Ok(None);
            }
            let records = coupon::of_member(conn, id, TOLD_MAX)?;
            with_templates(conn, records).map(Some)
        })
        .await?;
    let found = found.ok_or(&kinds::UNKNOWN_MEMBER)?;
    Ok(Json(Coupons { items: views(&app, &caller, &found), next_cursor: None }))
}

/// Gives a member a coupon of a template, or the one whose code she shows.
#[utoipa::path(post, path = "/members/{id}/coupons", tag = "coupons", operation_id = "give_coupon", params(("id" = MemberId, Path), DryRun),
    request_body = NewMemberCoupon,
    responses((status = 201, body = CouponResult), (status = 200, body = CouponResult, description = "A repeat, or a dry run")))]
async fn give(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(member): PathId<MemberId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewMemberCoupon>,
) -> ApiResult<(StatusCode, Json<CouponResult>)> {
    let NewMemberCoupon { template_id, code, reason } = body.value;
    let reason = field::optional(reason.as_deref().unwrap_or(""), REASON_CHARACTERS_MAX, "reason")?;
    let fresh = CouponId(app.next_id());
    let act = match (template_id, code) {
        (Some(template), None) => {
            caller.require(Scope::BenefitsWrite)?;
            CouponAct::Issue { template, fresh }
        }
        (None, Some(code)) => {
            caller.require(Scope::PurchasesWrite)?;
            let named = crate::coupon::read(&app, &caller, &code).map_err(|error| error.at("code"))?;
            if matches!(named, Named::Id(_)) {
                return Err(refused(CouponRefusal::Mistyped).at("code"));
            }
            CouponAct::Claim(Shown { named, fresh })
        }
        _ => return Err(ApiError::new(&kinds::TEMPLATE_OR_CODE).at("template_id")),
    };
    let hash = crate::random::hash_of(&[&member.0.to_le_bytes(), &body.hash.to_le_bytes()]);
    let (result, made) = act_on(&app, &caller, CouponOrder { member, act, reason }, (hash, dry.dry_run)).await?;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(result)))
}

/// Carries out something to be done with a coupon of a member; says whether it was done now.
async fn act_on(
    app: &Arc<App>,
    caller: &Caller,
    order: CouponOrder,
    (hash, dry_run): (i64, bool),
) -> ApiResult<(CouponResult, bool)> {
    let key = caller.key("coupons", hash);
    let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key, command: Command::Coupon(order) };
    let answer = benefit::submit(app, envelope, dry_run).await?;
    let (entry, replayed) = match (answer.settled.outcome, answer.settled.entry) {
        (Outcome::Refused(refusal), _) => {
            crate::coupon::note_guess(app, caller, &refusal);
            return Err(refusal.into());
        }
        (Outcome::Replayed(id), _) => match benefit::logged(app, caller, id).await?.0 {
            Logged::Entry { entry, .. } => (*entry, true),
            Logged::Purchase(_) => return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()),
        },
        (_, Some(entry)) => (entry, false),
        _ => return Err((&kinds::INTERNAL).into()),
    };
    let Detail::Coupon(detail) = entry.detail else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    let coupon = if dry_run && !replayed {
        let template = one_template(app, caller, detail.template).await?;
        let coupon = Coupon {
            id: detail.coupon,
            template: detail.template,
            member: Some(entry.member),
            holder: Some(entry.holder),
            state: CouponState::Issued,
            from_day: detail.from_day,
            until_day: detail.until_day,
            purchase: None,
            off_minor: 0,
            issued_at_ms: answer.posted_at_ms,
        };
        let ready = ReadyTemplate::new(detail.template, template.template);
        let record = CouponRecord { coupon, code_tail: None };
        coupon_view(app, caller, &benefit::lens(app, caller), (&ready, &record))
    } else {
        one(app, caller, detail.coupon).await?
    };
    Ok((CouponResult { coupon, entry_id: (!dry_run || replayed).then_some(entry.id), replayed }, !dry_run && !replayed))
}

/// What a code stands for, and whether it may be used.
#[utoipa::path(post, path = "/coupons/lookup", tag = "coupons", operation_id = "look_up_coupon", request_body = CodeQuery,
    responses((status = 200, body = CodeFound)))]
async fn look_up(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<CodeQuery>) -> ApiResult<Json<CodeFound>> {
    caller.require(Scope::MembersRead)?;
    let named = crate::coupon::read(&app, &caller, &body.value.code).map_err(|error| error.at("code"))?;
    let found = app
        .store
        .read(move |conn| {
            let (coupon, template) = match &named {
                Named::Id(id) => (coupon::find(conn, &[*id])?.into_iter().next(), None),
                Named::Code(code) => (coupon::find_by_code(conn, code)?, coupon::find_shared(conn, code)?),
            };
            let Some(of) = coupon.as_ref().map(|record| record.coupon.template).or(template) else { return Ok(None) };
            let template = coupon::find_templates(conn, &[of])?.into_iter().next();
            Ok(template.map(|template| (coupon, template)))
        })
        .await?;
    let Some((coupon, template)) = found else {
        let refusal = Refusal::Coupon { place: None, why: CouponRefusal::Unknown };
        crate::coupon::note_guess(&app, &caller, &refusal);
        return Err(ApiError::from(refusal).at("code"));
    };
    let lens = benefit::lens(&app, &caller);
    let coupon = coupon.map(|record| coupon_view(&app, &caller, &lens, (&template.ready, &record)));
    Ok(Json(CodeFound { coupon, template: template_view(&lens, &template) }))
}

/// A coupon that was handed on.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponReleased {
    /// As it stands.
    pub coupon: CouponView,
    /// The code by which somebody else claims it.
    pub code: String,
    /// The entry of the log.
    pub entry_id: Option<EntryId>,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// Hands a member's coupon on, where its template allows that: it gets a code, and is whoever's who claims it.
#[utoipa::path(post, path = "/coupons/{id}/release", tag = "coupons", operation_id = "release_coupon", params(("id" = CouponId, Path)),
    responses((status = 200, body = CouponReleased)))]
async fn release(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<CouponId>) -> ApiResult<Json<CouponReleased>> {
    caller.require(Scope::PurchasesWrite)?;
    let hash = crate::random::hash_of(&[&id.0.to_le_bytes(), b"release"]);
    let key = caller.key("coupons", hash);
    let (found, known) = app
        .store
        .read(move |conn| {
            let known = key.map(|key| danggol_store::idempotency::find(conn, &key)).transpose()?.flatten();
            Ok((coupon::find(conn, &[id])?.into_iter().next(), known))
        })
        .await?;
    let member = match (found.ok_or_else(|| refused(CouponRefusal::Unknown))?.coupon.member, known) {
        (Some(member), _) => member,
        // A repeat: it is nobody's any more, and the entry says whose it was.
        (None, Some(known)) => match benefit::logged(&app, &caller, EntryId(known.id)).await?.0 {
            Logged::Entry { entry, .. } => entry.member,
            Logged::Purchase(_) => return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()),
        },
        (None, None) => return Err(refused(CouponRefusal::Unclaimed)),
    };
    let order = CouponOrder { member, act: CouponAct::Release(id, Some(mark_of(&app, id))), reason: None };
    let (CouponResult { coupon, entry_id, replayed }, _) = act_on(&app, &caller, order, (hash, false)).await?;
    Ok(Json(CouponReleased { coupon, code: shown_code(&app.keyring.coupon_code(id)), entry_id, replayed }))
}

/// Takes a coupon away that has not been used.
#[utoipa::path(post, path = "/coupons/{id}/void", tag = "coupons", operation_id = "void_coupon", params(("id" = CouponId, Path)),
    request_body = Voiding, responses((status = 200, body = CouponResult)))]
async fn void(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<CouponId>,
    body: JsonBody<Voiding>,
) -> ApiResult<Json<CouponResult>> {
    caller.require(Scope::BenefitsWrite)?;
    let reason = field::required(&body.value.reason, REASON_CHARACTERS_MAX, "reason")?;
    let found = app.store.read(move |conn| Ok(coupon::find(conn, &[id])?.into_iter().next())).await?;
    let record = found.ok_or_else(|| refused(CouponRefusal::Unknown))?;
    if let Some(member) = record.coupon.member {
        let hash = crate::random::hash_of(&[&id.0.to_le_bytes(), &body.hash.to_le_bytes()]);
        let order = CouponOrder { member, act: CouponAct::Void(id), reason: Some(reason) };
        return Ok(Json(act_on(&app, &caller, order, (hash, false)).await?.0));
    }
    let kept = note(&caller, ChangeId(app.next_id()), app.now_ms(), format!("coupon.{id}"), Some(reason));
    let voided = app.store.write(move |conn| {
        let voided = coupon::void_unclaimed(conn, id)?;
        if voided {
            change::insert(conn, std::slice::from_ref(&kept))?;
        }
        Ok(voided)
    });
    if !voided.await? {
        // Somebody claimed or voided it a moment ago: asking again says which.
        let why = if record.coupon.state == CouponState::Void { CouponRefusal::Void } else { CouponRefusal::OfAnother };
        return Err(refused(why));
    }
    Ok(Json(CouponResult { coupon: one(&app, &caller, id).await?, entry_id: None, replayed: false }))
}

//! Stored value: money paid in, paid with and paid out again, and the statement of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::condition::day_of;
use danggol_core::decide::{Command, Detail, Envelope, Outcome, Rules};
use danggol_core::id::{CouponId, EntryId, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::purchase::TenderKind;
use danggol_core::time::{day_text, rfc3339};
use danggol_core::value::{ValueAct, ValueEffect, ValueOrder};
use danggol_store::purchase::{self, Logged};
use danggol_store::{Conn, StoreError, holder, member};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, QueryParams};
use crate::field;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit::{self, DryRun};
use crate::view::{EntryKind, EntryView, Lens, Names, Standing};

/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;
/// The most characters of a code.
const CODE_CHARACTERS_MAX: usize = 64;
/// The most movements of a statement.
const MOVEMENTS_MAX: usize = 5_000;
/// Entries that are looked at together.
const LOOKED_AT: usize = 500;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(top_up)).routes(routes!(pay)).routes(routes!(refund)).routes(routes!(statement))
}

/// Money that a member pays in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTopUp {
    /// How much, in minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// How it is paid: money, not points or stored value.
    pub tender: TenderKind,
    /// Code of the store.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// Code of the employee.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff: Option<String>,
}

/// Something that is no purchase and is paid with stored value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// How much, in minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// What it is for.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Code of the store.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// Code of the employee.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff: Option<String>,
}

/// What was paid in and is paid out again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// How much of what was paid in, in minor units.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// How it is paid out.
    pub tender: TenderKind,
    /// The entry of the top-up that it comes from; the newest first when it is left out.
    #[serde(default)]
    pub top_up_id: Option<EntryId>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// Code of the store.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// Code of the employee.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff: Option<String>,
}

/// What a top-up did.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopUpResult {
    /// Its entry.
    pub entry: EntryView,
    /// Code of the step that it reached.
    pub step_id: Option<String>,
    /// Value added, in minor units.
    pub bonus_minor: i64,
    /// When that lapses.
    pub bonus_expires_at: Option<String>,
    /// Points given.
    pub points: i64,
    /// The coupon given.
    pub coupon_id: Option<CouponId>,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// What a payment did.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentResult {
    /// Its entry.
    pub entry: EntryView,
    /// What of it had been paid in, in minor units.
    pub principal_minor: i64,
    /// What of it was bonus, in minor units.
    pub bonus_minor: i64,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// What a refund did.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundResult {
    /// Its entry.
    pub entry: EntryView,
    /// What of what had been paid in is gone, in minor units.
    pub principal_minor: i64,
    /// Bonus taken back, in minor units.
    pub bonus_taken_minor: i64,
    /// Bonus to be taken back that was already spent, in minor units.
    pub bonus_spent_minor: i64,
    /// What came off the refund for it, in minor units.
    pub deducted_minor: i64,
    /// Points taken back.
    pub points_taken: i64,
    /// What is paid out, in minor units.
    pub paid_out_minor: i64,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// What an order about stored value came to.
struct Stored {
    entry: EntryView,
    effect: ValueEffect,
    standing: Standing,
    replayed: bool,
    made: StatusCode,
}

fn code(text: Option<&str>, at: &str) -> ApiResult<Option<String>> {
    text.map_or(Ok(None), |text| field::optional(text, CODE_CHARACTERS_MAX, at))
}

/// Carries an order out, or says what would become of it.
async fn submit(
    app: &Arc<App>,
    caller: &Caller,
    order: ValueOrder,
    (route, hash, dry_run): (&str, i64, bool),
) -> ApiResult<Stored> {
    let key = caller.key(&format!("{}/{route}", order.member), hash);
    let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key, command: Command::Value(order) };
    let answer = benefit::submit(app, envelope, dry_run).await?;
    let settled = answer.settled;
    let (entry, posted_at_ms, postings, state, lens, replayed) = match (settled.outcome, settled.entry, settled.state) {
        (Outcome::Refused(refusal), ..) => return Err(refusal.into()),
        (Outcome::Replayed(id), ..) => {
            let (logged, postings, state, lens) = benefit::logged(app, caller, id).await?;
            let Logged::Entry { entry, posted_at_ms } = logged else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
            (*entry, posted_at_ms, postings, state, lens, true)
        }
        (_, Some(entry), Some(state)) => (entry, answer.posted_at_ms, settled.postings, state, benefit::lens(app, caller), false),
        _ => return Err((&kinds::INTERNAL).into()),
    };
    let Detail::Value(detail) = &entry.detail else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    Ok(Stored {
        effect: detail.effect.clone(),
        entry: EntryView::of_entry(&lens, &entry, posted_at_ms, postings),
        standing: Standing::new(&lens.rules, &state, lens.now_ms),
        replayed,
        made: if dry_run || replayed { StatusCode::OK } else { StatusCode::CREATED },
    })
}

/// Pays money in: the highest step of the plan that it reaches adds a bonus.
#[utoipa::path(post, path = "/members/{id}/top-ups", tag = "stored value", operation_id = "top_up",
    params(("id" = MemberId, Path), DryRun), request_body = NewTopUp,
    responses((status = 201, body = TopUpResult), (status = 200, body = TopUpResult, description = "A repeat, or a dry run")))]
async fn top_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(member): PathId<MemberId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewTopUp>,
) -> ApiResult<(StatusCode, Json<TopUpResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let NewTopUp { amount_minor, tender, store, staff } = body.value;
    let (store, staff) = (code(store.as_deref(), "store")?, code(staff.as_deref(), "staff")?);
    let order = ValueOrder { member, act: ValueAct::TopUp { amount_minor, tender }, store, staff, reason: None };
    let Stored { entry, effect, standing, replayed, made } =
        submit(&app, &caller, order, ("top-ups", body.hash, dry.dry_run)).await?;
    let ValueEffect::ToppedUp(added) = effect else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    let result = TopUpResult {
        entry,
        step_id: added.step,
        bonus_minor: added.bonus_minor,
        bonus_expires_at: added.bonus_expires_at_ms.map(rfc3339),
        points: added.points,
        coupon_id: added.coupon.map(|given| given.coupon),
        standing,
        replayed,
    };
    Ok((made, Json(result)))
}

/// Pays with stored value for something that is no purchase, such as a service.
#[utoipa::path(post, path = "/members/{id}/payments", tag = "stored value", operation_id = "pay_with_value",
    params(("id" = MemberId, Path), DryRun), request_body = NewPayment,
    responses((status = 201, body = PaymentResult), (status = 200, body = PaymentResult, description = "A repeat, or a dry run")))]
async fn pay(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(member): PathId<MemberId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewPayment>,
) -> ApiResult<(StatusCode, Json<PaymentResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let NewPayment { amount_minor, reason, store, staff } = body.value;
    let reason = Some(field::required(&reason, REASON_CHARACTERS_MAX, "reason")?);
    let (store, staff) = (code(store.as_deref(), "store")?, code(staff.as_deref(), "staff")?);
    let order = ValueOrder { member, act: ValueAct::Pay { amount_minor }, store, staff, reason };
    let Stored { entry, effect, standing, replayed, made } =
        submit(&app, &caller, order, ("payments", body.hash, dry.dry_run)).await?;
    let ValueEffect::Paid(paid) = effect else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    let [principal_minor, bonus_minor] = paid.amounts();
    Ok((made, Json(PaymentResult { entry, principal_minor, bonus_minor, standing, replayed })))
}

/// Pays out again what was paid in; the bonus of it is taken back by the rule under which it was given.
#[utoipa::path(post, path = "/members/{id}/refunds", tag = "stored value", operation_id = "refund_value",
    params(("id" = MemberId, Path), DryRun), request_body = NewRefund,
    responses((status = 201, body = RefundResult), (status = 200, body = RefundResult, description = "A repeat, or a dry run")))]
async fn refund(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(member): PathId<MemberId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewRefund>,
) -> ApiResult<(StatusCode, Json<RefundResult>)> {
    caller.require(Scope::BenefitsWrite)?;
    let NewRefund { amount_minor, tender, top_up_id, reason, store, staff } = body.value;
    let reason = Some(field::required(&reason, REASON_CHARACTERS_MAX, "reason")?);
    let (store, staff) = (code(store.as_deref(), "store")?, code(staff.as_deref(), "staff")?);
    let act = ValueAct::Refund { amount_minor, tender, top_up: top_up_id };
    let order = ValueOrder { member, act, store, staff, reason };
    let Stored { entry, effect, standing, replayed, made } =
        submit(&app, &caller, order, ("refunds", body.hash, dry.dry_run)).await?;
    let ValueEffect::Refunded(refunded) = effect else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    let result = RefundResult {
        entry,
        principal_minor: refunded.principal_minor(),
        bonus_taken_minor: refunded.bonus_taken,
        bonus_spent_minor: refunded.spent,
        deducted_minor: refunded.deducted_minor,
        points_taken: refunded.points_taken,
        paid_out_minor: refunded.paid_out_minor(),
        standing,
        replayed,
    };
    Ok((made, Json(result)))
}

/// The days of a statement.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// First business day, `YYYY-MM-DD`; the day of joining when it is left out.
    #[serde(default)]
    pub from: Option<String>,
    /// Last business day, `YYYY-MM-DD`; today when it is left out.
    #[serde(default)]
    pub to: Option<String>,
}

/// Stored value at a moment, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValueAmounts {
    /// What was paid in.
    pub principal_minor: i64,
    /// What the brand added.
    pub bonus_minor: i64,
}

impl ValueAmounts {
    fn new([principal_minor, bonus_minor]: [i64; 2]) -> Self {
        Self { principal_minor, bonus_minor }
    }
}

/// One line of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueMovement {
    /// The entry that moved it.
    pub entry_id: EntryId,
    /// What kind of entry.
    pub kind: EntryKind,
    /// When it was posted.
    pub at: String,
    /// The purchase that it is, or is about.
    pub purchase_id: Option<PurchaseId>,
    /// What happened, in the caller's words.
    pub text: Vec<String>,
    /// What moved; below zero went.
    pub moved: ValueAmounts,
    /// What there was afterwards.
    pub after: ValueAmounts,
}

/// Stored value over some days: what there was, what moved, what there is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// What there was before.
    pub opening: ValueAmounts,
    /// What moved, the oldest first.
    pub movements: Vec<ValueMovement>,
    /// What there was in the end.
    pub closing: ValueAmounts,
    /// Whether the oldest movements are left out, because there are more than 5,000: the opening is what there was before those that are told.
    pub is_cut: bool,
}

/// What postings change of principal and bonus.
fn moved(postings: &[Posting]) -> [i64; 2] {
    [Asset::ValuePrincipal, Asset::ValueBonus].map(|asset| {
        let of_asset = postings.iter().filter(|posting| posting.asset == asset);
        of_asset.map(|posting| if posting.to == Account::Holder { posting.amount } else { -posting.amount }).sum()
    })
}

/// A part of the log that moved stored value, the newest first, with what each moved and what there was after it.
struct Moved {
    log: Vec<(Logged, Vec<Posting>, [i64; 2])>,
    opening: [i64; 2],
    closing: [i64; 2],
    first_day: i32,
    is_cut: bool,
    names: Names,
}

fn posted_at_ms(logged: &Logged) -> i64 {
    match logged {
        Logged::Purchase(record) => record.posted_at_ms,
        Logged::Entry { posted_at_ms, .. } => *posted_at_ms,
    }
}

/// Walks back from what there is now.
fn walk(conn: &mut Conn, rules: &Rules, id: MemberId, (from, to): (i32, i32)) -> Result<Option<Moved>, StoreError> {
    let Some((of, joined_at_ms)) = member::holder_of(conn, id)? else { return Ok(None) };
    let state = holder::find(conn, &[of])?.remove(&of).unwrap_or_default();
    let mut after = [state.value_principal.balance(), state.value_bonus.balance()];
    let (mut log, mut closing, mut before, mut is_cut) = (Vec::new(), after, EntryId(i64::MAX), false);
    'pages: loop {
        let page = purchase::log(conn, id, before, LOOKED_AT)?;
        let mut postings = purchase::postings(conn, page.iter().map(Logged::id))?;
        let is_last = page.len() < LOOKED_AT;
        for logged in page {
            before = logged.id();
            let day = rules.moment(posted_at_ms(&logged)).day;
            is_cut = log.len() == MOVEMENTS_MAX;
            if day < from || is_cut {
                break 'pages;
            }
            let postings = postings.remove(&logged.id()).unwrap_or_default();
            let moved = moved(&postings);
            let stood = after;
            after = [after[0] - moved[0], after[1] - moved[1]];
            if day > to {
                closing = after;
            } else if moved != [0, 0] {
                log.push((logged, postings, stood));
            }
        }
        if is_last {
            break;
        }
    }
    let entries: Vec<Logged> = log.iter().map(|(logged, ..)| logged.clone()).collect();
    let names = Names::of_log(conn, &entries)?;
    let first_day = from.max(rules.moment(joined_at_ms).day);
    Ok(Some(Moved { log, opening: after, closing, first_day, is_cut, names }))
}

fn said(lens: &Lens, logged: &Logged, version: i64) -> Vec<String> {
    let voice = lens.voice(version);
    match logged {
        Logged::Purchase(record) => record.award.value.iter().map(|paid| voice.paid_with_value(paid)).collect(),
        Logged::Entry { entry, .. } => match &entry.detail {
            Detail::Return(detail) => vec![voice.value_back(detail.principal_back, detail.bonus_back)],
            Detail::Value(detail) => voice.stored_value(detail).into_iter().chain(detail.reason.clone()).collect(),
            detail => voice.detail(detail),
        },
    }
}

fn movement(lens: &Lens, (logged, postings, stood): (Logged, Vec<Posting>, [i64; 2])) -> ValueMovement {
    let moved = moved(&postings);
    let at = rfc3339(posted_at_ms(&logged));
    let view = EntryView::new(lens, &logged, postings);
    ValueMovement {
        entry_id: view.id,
        kind: view.kind,
        at,
        purchase_id: view.purchase_id,
        text: said(lens, &logged, view.programme_version),
        moved: ValueAmounts::new(moved),
        after: ValueAmounts::new(stood),
    }
}

/// A member's stored value over some days.
#[utoipa::path(get, path = "/members/{id}/statement", tag = "stored value", operation_id = "read_statement",
    params(("id" = MemberId, Path), StatementQuery), responses((status = 200, body = Statement)))]
async fn statement(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    QueryParams(query): QueryParams<StatementQuery>,
) -> ApiResult<Json<Statement>> {
    caller.require(Scope::MembersRead)?;
    let day = |text: &Option<String>, at: &'static str| -> ApiResult<Option<i32>> {
        let Some(text) = text else { return Ok(None) };
        let day = day_of(text).and_then(|day| i32::try_from(day).ok());
        Ok(Some(day.ok_or_else(|| ApiError::new(&kinds::DATE_INVALID).at(at))?))
    };
    let (rules, today) = (app.rules(), app.rules().moment(app.now_ms()).day);
    let (from, to) = (day(&query.from, "from")?.unwrap_or(0), day(&query.to, "to")?.unwrap_or(today));
    let walked = app.store.read(move |conn| walk(conn, &rules, id, (from, to))).await?;
    let Moved { log, opening, closing, first_day, is_cut, names } = walked.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let entries: Vec<Logged> = log.iter().map(|(logged, ..)| logged.clone()).collect();
    let lens = Lens { names, ..benefit::lens_of_log(&app, &caller, &entries).await? };
    let movements = log.into_iter().rev().map(|moved| movement(&lens, moved)).collect();
    Ok(Json(Statement {
        from: day_text(first_day),
        to: day_text(to),
        opening: ValueAmounts::new(opening),
        movements,
        closing: ValueAmounts::new(closing),
        is_cut,
    }))
}

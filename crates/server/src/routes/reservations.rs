//! Gifts that members take: what one may have, put aside, collected by code, sent, cancelled.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::coupon::shown_code;
use danggol_core::decide::{Command, Detail, Envelope, Outcome};
use danggol_core::gift::{Gift, GiftAct, GiftOrder, GiftRefusal, MAX_STORE_CHARACTERS, Reservation, ReservationState};
use danggol_core::id::{EntryId, GiftId, MemberId, ReservationId};
use danggol_core::purchase::TenderKind;
use danggol_core::refusal::Refusal;
use danggol_core::time::rfc3339;
use danggol_store::gift::{self as kept, ReservationRecord, Stock};
use danggol_store::purchase::Logged;
use danggol_store::{holder, member};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, QueryParams};
use crate::field;
use crate::gift::{allowances, mark_of, note_guess, read_code};
use crate::page::Page;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit::{self, DryRun};
use crate::routes::gifts::GiftStockView;
use crate::view::{EntryView, Standing};

/// The most gifts of a member that are told.
const TOLD_MAX: i64 = 200;
/// The most characters of a reason, and of the number of a parcel.
const REASON_CHARACTERS_MAX: usize = 500;
const PARCEL_CHARACTERS_MAX: usize = 64;
/// The most characters of an employee's code.
const STAFF_CHARACTERS_MAX: usize = 64;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(offered))
        .routes(routes!(of_member, reserve))
        .routes(routes!(list))
        .routes(routes!(look_up))
        .routes(routes!(hand_over))
        .routes(routes!(cancel))
}

/// A gift as a member may have it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedGift {
    /// Which.
    pub gift_id: GiftId,
    /// What it is called, in the caller's language as far as that was written.
    pub name: String,
    /// The brand's kind of gift.
    pub category: Option<String>,
    /// Its picture.
    pub picture: Option<String>,
    /// What it costs, in points.
    pub points: i64,
    /// What is paid beside, in minor units.
    pub amount_minor: i64,
    /// Whether it is collected at a store.
    pub collected: bool,
    /// Whether it is delivered.
    pub delivered: bool,
    /// The most that she may have; none: any number.
    pub most: Option<i64>,
    /// How many she has.
    pub had: i64,
    /// What stores have of it.
    pub stocks: Vec<GiftStockView>,
    /// The code of why she may not have one now, whatever the store.
    pub refused: Option<String>,
    /// Why, in the caller's words.
    pub text: Option<String>,
}

/// What a member may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferedGifts {
    /// Points that she may spend now.
    pub points: i64,
    /// What she can have in front, then the rest; each by its points.
    pub items: Vec<OfferedGift>,
}

/// A gift that a member has put aside, or had.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReservationView {
    /// Its id.
    pub id: ReservationId,
    /// Which gift.
    pub gift_id: GiftId,
    /// What it was called, in the caller's language as far as that was written.
    pub name: String,
    /// Whose it is.
    pub member_id: MemberId,
    /// Code of the store that has it.
    pub store: String,
    /// Whether it is sent instead of collected.
    pub delivery: bool,
    /// Where it stands.
    pub state: ReservationState,
    /// What it cost, in points.
    pub points: i64,
    /// What is, or was, to be paid beside, in minor units.
    pub amount_minor: i64,
    /// When it was put aside.
    pub reserved_at: String,
    /// When it lapses unless it is collected.
    pub expires_at: Option<String>,
    /// When it was handed out.
    pub handed_at: Option<String>,
    /// How it was paid beside points.
    pub tender: Option<TenderKind>,
    /// The number of the parcel.
    pub parcel: Option<String>,
    /// The code by which it is collected: for who put it aside now, and for who may give benefits.
    pub code: Option<String>,
    /// The last characters of that code.
    pub code_tail: Option<String>,
}

/// Gifts that were put aside, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reservations {
    /// This part.
    pub items: Vec<ReservationView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// A gift to be put aside for a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReservation {
    /// Which.
    pub gift_id: GiftId,
    /// Code of the store that has it.
    #[schema(min_length = 1, max_length = 64)]
    pub store: String,
    /// Whether it is sent instead of collected.
    #[serde(default)]
    pub delivery: bool,
    /// Code of the employee.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff: Option<String>,
}

/// What became of a gift.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationResult {
    /// As it stands.
    pub reservation: ReservationView,
    /// The entry of the log.
    pub entry: EntryView,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// A code that somebody shows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReservationCode {
    /// The code.
    #[schema(max_length = 64)]
    pub code: String,
}

/// What a code stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReservationFound {
    /// The gift.
    pub reservation: ReservationView,
    /// Whose it is.
    pub member_name: Option<String>,
}

/// Which gifts that were put aside.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StandingQuery {
    /// Where they stand; put aside when it is left out.
    #[serde(default)]
    #[param(inline)]
    pub state: Option<ReservationState>,
    /// Code of the store that has them; all stores when it is left out.
    #[serde(default)]
    pub store: Option<String>,
    /// At most how many, 1–200.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// A gift that is handed out, or sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandingOver {
    /// Code of the store at which it is asked for; left out for a parcel.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// How it is paid beside points, where anything is.
    #[serde(default)]
    pub tender: Option<TenderKind>,
    /// The number of the parcel.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub parcel: Option<String>,
    /// Code of the employee.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff: Option<String>,
}

/// Why a gift is cancelled, or taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancelling {
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

fn refused(why: GiftRefusal) -> ApiError {
    Refusal::Gift(why).into()
}

fn optional(text: Option<&str>, most: usize, at: &str) -> ApiResult<Option<String>> {
    text.map_or(Ok(None), |text| field::optional(text, most, at))
}

fn view(app: &App, caller: &Caller, record: &ReservationRecord, is_told: bool) -> ReservationView {
    let Reservation { id, gift, member, store, delivery, state, expires_at_ms, name, amount_minor, .. } = &record.reservation;
    let waits = *state == ReservationState::Reserved && record.code_tail.is_some();
    let shows = waits && (is_told || caller.require(Scope::BenefitsWrite).is_ok());
    ReservationView {
        id: *id,
        gift_id: *gift,
        name: name.read(caller.language).to_owned(),
        member_id: *member,
        store: store.clone(),
        delivery: *delivery,
        state: *state,
        points: record.reservation.points(),
        amount_minor: *amount_minor,
        reserved_at: rfc3339(record.reserved_at_ms),
        expires_at: expires_at_ms.map(rfc3339),
        handed_at: record.handed_at_ms.map(rfc3339),
        tender: record.handed.as_ref().and_then(|handed| handed.tender),
        parcel: record.handed.as_ref().and_then(|handed| handed.parcel.clone()),
        code: shows.then(|| shown_code(&app.keyring.reservation_code(*id))),
        code_tail: record.code_tail.clone(),
    }
}

async fn find(app: &Arc<App>, id: ReservationId) -> ApiResult<ReservationRecord> {
    let found = app.store.read(move |conn| kept::find_reservations(conn, [id])).await?.pop();
    found.ok_or_else(|| refused(GiftRefusal::UnknownReservation))
}

/// What a member can have now, and why not the rest.
#[utoipa::path(get, path = "/members/{id}/gift-offers", tag = "gifts", operation_id = "list_gift_offers",
    params(("id" = MemberId, Path)), responses((status = 200, body = OfferedGifts)))]
async fn offered(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<OfferedGifts>> {
    caller.require(Scope::MembersRead)?;
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let today = rules.moment(now_ms).day;
    let found = app.store.read(move |conn| {
        let Some((of, _)) = member::holder_of(conn, id)? else { return Ok(None) };
        let mut gifts = kept::gifts(conn)?;
        let is_over = |gift: &Gift| matches!(gift.most(None, today), Err(GiftRefusal::Closed | GiftRefusal::NotNow(..)));
        gifts.retain(|gift| !is_over(gift));
        let ids = || gifts.iter().map(|gift| gift.id);
        let (stocks, had) = (kept::stocks(conn, ids())?, kept::had(conn, of, ids())?);
        let lines = allowances(conn, &rules, (id, now_ms), &gifts)?;
        let points = holder::find(conn, &[of])?.remove(&of).map_or(0, |state| state.points.available(now_ms));
        Ok(Some((gifts.into_iter().zip(lines).collect::<Vec<_>>(), stocks, had, points)))
    });
    let (gifts, stocks, had, points) = found.await?.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let offer = |(gift, line): (Gift, Option<usize>)| {
        let had = had.get(&gift.id).copied().unwrap_or(0);
        offer(&caller, (&gift, gift.most(line, today)), &stocks, (had, points))
    };
    let mut items: Vec<OfferedGift> = gifts.into_iter().map(offer).collect();
    items.sort_by_key(|offer| (offer.refused.is_some(), offer.points, offer.gift_id));
    Ok(Json(OfferedGifts { points, items }))
}

fn offer(
    caller: &Caller,
    (gift, most): (&Gift, Result<Option<i64>, GiftRefusal>),
    stocks: &[Stock],
    (had, points): (i64, i64),
) -> OfferedGift {
    let (terms, stocks) = (&gift.terms, stocks.iter().filter(|stock| stock.gift == gift.id));
    let stocks: Vec<GiftStockView> = stocks.map(GiftStockView::from).collect();
    let refusal = match most {
        Err(why) => Some(Refusal::Gift(why)),
        Ok(Some(most)) if had >= most => Some(Refusal::Gift(GiftRefusal::EnoughForMember(most))),
        Ok(_) if stocks.iter().all(|stock| stock.left < 1) => Some(Refusal::Gift(GiftRefusal::NoStock)),
        Ok(_) if points < terms.points => Some(Refusal::InsufficientPoints { available: points, needed: terms.points }),
        Ok(_) => None,
    };
    OfferedGift {
        gift_id: gift.id,
        name: terms.name.read(caller.language).to_owned(),
        category: terms.category.clone(),
        picture: terms.picture.clone(),
        points: terms.points,
        amount_minor: terms.amount_minor,
        collected: terms.collected,
        delivered: terms.delivered,
        most: most.ok().flatten(),
        had,
        stocks,
        refused: refusal.as_ref().map(|refusal| refusal.code().to_owned()),
        text: refusal.map(|refusal| refusal.say(caller.language)),
    }
}

/// The gifts of a member, the newest first: up to two hundred.
#[utoipa::path(get, path = "/members/{id}/gifts", tag = "gifts", operation_id = "list_gifts_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = Reservations)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Reservations>> {
    caller.require(Scope::MembersRead)?;
    let found = app.store.read(move |conn| match member::holder_of(conn, id)? {
        None => Ok(None),
        Some(_) => kept::of_member(conn, id, TOLD_MAX).map(Some),
    });
    let found = found.await?.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let items = found.iter().map(|record| view(&app, &caller, record, false)).collect();
    Ok(Json(Reservations { items, next_cursor: None }))
}

/// Carries an order out, or says what would become of it.
async fn submit(
    app: &Arc<App>,
    caller: &Caller,
    order: GiftOrder,
    (route, hash, dry_run): (&str, i64, bool),
) -> ApiResult<(StatusCode, ReservationResult)> {
    let key = caller.key(&format!("{}/{route}", order.member), hash);
    let is_told = matches!(order.act, GiftAct::Reserve { .. }) && !dry_run;
    let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key, command: Command::Gift(order) };
    let answer = benefit::submit(app, envelope, dry_run).await?;
    let settled = answer.settled;
    let (entry, posted_at_ms, postings, state, lens, replayed) = match (settled.outcome, settled.entry, settled.state) {
        (Outcome::Refused(refusal), ..) => return Err(refused_at(refusal)),
        (Outcome::Replayed(id), ..) => {
            let (logged, postings, state, lens) = benefit::logged(app, caller, id).await?;
            let Logged::Entry { entry, posted_at_ms } = logged else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
            (*entry, posted_at_ms, postings, state, lens, true)
        }
        (_, Some(entry), Some(state)) => (entry, answer.posted_at_ms, settled.postings, state, benefit::lens(app, caller), false),
        _ => return Err((&kinds::INTERNAL).into()),
    };
    let Detail::Gift(detail) = &entry.detail else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    let record = match dry_run && !replayed {
        true => ReservationRecord::tried(detail, entry.member, posted_at_ms),
        false => find(app, detail.reservation).await?,
    };
    let result = ReservationResult {
        reservation: view(app, caller, &record, is_told),
        standing: Standing::new(&lens.rules, &state, lens.now_ms),
        entry: EntryView::of_entry(&lens, &entry, posted_at_ms, postings),
        replayed,
    };
    Ok((if dry_run || replayed { StatusCode::OK } else { StatusCode::CREATED }, result))
}

/// A refusal at the field of these requests that it is about.
fn refused_at(refusal: Refusal) -> ApiError {
    let field = match &refusal {
        Refusal::InsufficientPoints { .. } => Some("gift_id"),
        Refusal::InsufficientValue { .. } => Some("tender"),
        _ => None,
    };
    let error = ApiError::from(refusal);
    match field {
        Some(field) => error.at(field),
        None => error,
    }
}

/// Puts a gift aside for a member and spends its points. The answer has the code by which it is collected.
#[utoipa::path(post, path = "/members/{id}/gifts", tag = "gifts", operation_id = "reserve_gift",
    params(("id" = MemberId, Path), DryRun), request_body = NewReservation,
    responses((status = 201, body = ReservationResult), (status = 200, body = ReservationResult, description = "A repeat, or a dry run")))]
async fn reserve(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(member): PathId<MemberId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewReservation>,
) -> ApiResult<(StatusCode, Json<ReservationResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let NewReservation { gift_id, store, delivery, staff } = body.value;
    let store = field::required(&store, MAX_STORE_CHARACTERS, "store")?;
    let staff = optional(staff.as_deref(), STAFF_CHARACTERS_MAX, "staff")?;
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let found = app.store.read(move |conn| {
        let gifts = kept::find(conn, [gift_id])?;
        let lines = allowances(conn, &rules, (member, now_ms), &gifts)?;
        Ok(gifts.into_iter().next().zip(lines.into_iter().next()))
    });
    let (gift, allowance) = found.await?.ok_or_else(|| refused(GiftRefusal::Unknown))?;
    let fresh = ReservationId(app.next_id());
    let mark = mark_of(&app, fresh);
    let act = GiftAct::Reserve { gift: gift_id, revision: gift.revision, allowance, store, delivery, fresh, mark };
    let order = GiftOrder { member, act, staff, reason: None };
    let (status, result) = submit(&app, &caller, order, ("gifts", body.hash, dry.dry_run)).await?;
    Ok((status, Json(result)))
}

/// Gifts that were put aside, the newest first: those that wait, unless another state is asked for.
#[utoipa::path(get, path = "/gift-reservations", tag = "gifts", operation_id = "list_gift_reservations", params(StandingQuery),
    responses((status = 200, body = Reservations)))]
async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<StandingQuery>,
) -> ApiResult<Json<Reservations>> {
    caller.require(Scope::MembersRead)?;
    let StandingQuery { state, store, limit, cursor } = query;
    let page = Page::asked(limit, cursor.as_deref(), ReservationId)?;
    let state = state.unwrap_or(ReservationState::Reserved);
    let found = app.store.read(move |conn| kept::page(conn, (state, store.as_deref()), page.before, page.to_read() as i64));
    let mut found = found.await?;
    let next_cursor = page.cut(&mut found, |record| record.reservation.id);
    Ok(Json(Reservations { items: found.iter().map(|record| view(&app, &caller, record, false)).collect(), next_cursor }))
}

/// What a code stands for, and whose it is.
#[utoipa::path(post, path = "/gift-reservations/lookup", tag = "gifts", operation_id = "look_up_gift_reservation",
    request_body = ReservationCode, responses((status = 200, body = ReservationFound)))]
async fn look_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<ReservationCode>,
) -> ApiResult<Json<ReservationFound>> {
    caller.require(Scope::MembersRead)?;
    let hash = read_code(&app, &caller, &body.value.code)?;
    let found = app.store.read(move |conn| {
        let Some(record) = kept::find_by_code(conn, &hash)? else { return Ok(None) };
        let file = member::files(conn, &[record.reservation.member])?.pop();
        Ok(Some((record, file.and_then(|file| file.fields.name))))
    });
    let Some((record, member_name)) = found.await? else {
        note_guess(&app, &caller);
        return Err(refused(GiftRefusal::UnknownReservation).at("code"));
    };
    Ok(Json(ReservationFound { reservation: view(&app, &caller, &record, false), member_name }))
}

/// Hands a gift out that was put aside, or sends it, against what is to be paid beside its points.
#[utoipa::path(post, path = "/gift-reservations/{id}/hand-over", tag = "gifts", operation_id = "hand_gift_over",
    params(("id" = ReservationId, Path)), request_body = HandingOver,
    responses((status = 201, body = ReservationResult), (status = 200, body = ReservationResult, description = "A repeat")))]
async fn hand_over(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(reservation): PathId<ReservationId>,
    body: JsonBody<HandingOver>,
) -> ApiResult<(StatusCode, Json<ReservationResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let HandingOver { store, tender, parcel, staff } = body.value;
    let store = optional(store.as_deref(), MAX_STORE_CHARACTERS, "store")?;
    let parcel = optional(parcel.as_deref(), PARCEL_CHARACTERS_MAX, "parcel")?;
    let staff = optional(staff.as_deref(), STAFF_CHARACTERS_MAX, "staff")?;
    let record = find(&app, reservation).await?;
    if store.is_none() && !record.reservation.delivery {
        return Err(ApiError::new(&kinds::REQUIRED).at("store"));
    }
    let act = GiftAct::HandOver { reservation, store, tender, parcel };
    let order = GiftOrder { member: record.reservation.member, act, staff, reason: None };
    let (status, result) = submit(&app, &caller, order, ("hand-over", body.hash, false)).await?;
    Ok((status, Json(result)))
}

/// Cancels a gift that is put aside; whoever may give benefits takes one back too that was handed out. Its points go back into the lots that
/// they came from.
#[utoipa::path(post, path = "/gift-reservations/{id}/cancel", tag = "gifts", operation_id = "cancel_gift",
    params(("id" = ReservationId, Path)), request_body = Cancelling,
    responses((status = 201, body = ReservationResult), (status = 200, body = ReservationResult, description = "A repeat")))]
async fn cancel(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(reservation): PathId<ReservationId>,
    body: JsonBody<Cancelling>,
) -> ApiResult<(StatusCode, Json<ReservationResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let reason = Some(field::required(&body.value.reason, REASON_CHARACTERS_MAX, "reason")?);
    let may_be_handed = caller.require(Scope::BenefitsWrite).is_ok();
    let member = find(&app, reservation).await?.reservation.member;
    let order = GiftOrder { member, act: GiftAct::Cancel { reservation, may_be_handed }, staff: None, reason };
    let (status, result) = submit(&app, &caller, order, ("cancel", body.hash, false)).await?;
    Ok((status, Json(result)))
}

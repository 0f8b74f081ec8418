//! The catalogue of gifts: what points are exchanged for, festivals, pictures, and what stores have.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use danggol_core::fault::{Fault, FaultKind};
use danggol_core::gift::{FestivalTerms, Gift, GiftRefusal, GiftTerms, MAX_STOCK, MAX_STORE_CHARACTERS};
use danggol_core::id::{ChangeId, FestivalId, GiftId};
use danggol_core::picture::{self, PictureFault};
use danggol_core::refusal::Refusal;
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::gift::{self as kept, Festival, Stock};
use danggol_store::picture::Picture;
use danggol_store::{Conn, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId};
use crate::field;
use crate::idempotency;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::segment::Segments;

/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(read, change))
        .routes(routes!(restock))
        .routes(routes!(list_festivals, create_festival))
        .routes(routes!(change_festival))
        .routes(routes!(keep_picture))
        .routes(routes!(show_picture))
}

/// What a store has of a gift.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GiftStockView {
    /// Code of the store.
    pub store: String,
    /// Pieces that ever came, less those that were taken out otherwise than by members.
    pub stock: i64,
    /// Pieces put aside.
    pub reserved: i64,
    /// Pieces handed out.
    pub handed: i64,
    /// Pieces that may still be put aside.
    pub left: i64,
}

impl From<&Stock> for GiftStockView {
    fn from(stock: &Stock) -> Self {
        let Stock { store, stock: pieces, reserved, handed, .. } = stock;
        Self { store: store.clone(), stock: *pieces, reserved: *reserved, handed: *handed, left: stock.left() }
    }
}

/// A gift of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct GiftView {
    /// Its id.
    pub id: GiftId,
    /// What it is called, in the caller's language as far as that was written.
    pub name: String,
    /// As the brand wrote it.
    pub terms: GiftTerms,
    /// Whether it is exchanged today, as far as its festival and its being open go.
    pub current: bool,
    /// What stores have of it.
    pub stocks: Vec<GiftStockView>,
}

/// The catalogue, the newest gift first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gifts {
    /// All of it.
    pub items: Vec<GiftView>,
}

/// A festival.
#[derive(Debug, Serialize, ToSchema)]
pub struct FestivalView {
    /// Its id.
    pub id: FestivalId,
    /// What it is called, in the caller's language as far as that was written.
    pub name: String,
    /// As the brand wrote it.
    pub terms: FestivalTerms,
    /// Whether today is one of its days.
    pub current: bool,
}

/// Festivals, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Festivals {
    /// All of them.
    pub items: Vec<FestivalView>,
}

/// Pieces that come to a store, or go otherwise than by members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Restocking {
    /// Code of the store.
    #[schema(min_length = 1, max_length = 64)]
    pub store: String,
    /// So many; below zero go.
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub pieces: i64,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A picture to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPicture {
    /// A PNG, JPEG or WebP as base64 (RFC 4648 §4): at most 256 KB and 2,048 pixels a side. What it is is told by what it holds.
    pub data: String,
}

/// A picture that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptPicture {
    /// Its id: the same picture has the same one.
    pub id: String,
    /// Its media type.
    pub media_type: String,
}

fn unknown() -> ApiError {
    Refusal::Gift(GiftRefusal::Unknown).into()
}

fn view(caller: &Caller, today: i32, gift: &Gift, stocks: &[Stock]) -> GiftView {
    let of_it = stocks.iter().filter(|stock| stock.gift == gift.id);
    GiftView {
        id: gift.id,
        name: gift.terms.name.read(caller.language).to_owned(),
        terms: gift.terms.clone(),
        current: gift.terms.open && gift.days.is_none_or(|(from, until)| (from..=until).contains(&today)),
        stocks: of_it.map(GiftStockView::from).collect(),
    }
}

fn festival_view(caller: &Caller, today: i32, Festival { id, terms }: Festival) -> FestivalView {
    let (from, until) = terms.days();
    FestivalView { id, name: terms.name.read(caller.language).to_owned(), current: (from..=until).contains(&today), terms }
}

async fn one(app: &Arc<App>, caller: &Caller, id: GiftId) -> ApiResult<GiftView> {
    let today = app.rules().moment(app.now_ms()).day;
    let found = app.store.read(move |conn| Ok((kept::find(conn, [id])?.pop(), kept::stocks(conn, [id])?))).await?;
    let (gift, stocks) = (found.0.ok_or_else(unknown)?, found.1);
    Ok(view(caller, today, &gift, &stocks))
}

/// The catalogue, the newest gift first, with what stores have.
#[utoipa::path(get, path = "/gifts", tag = "gifts", operation_id = "list_gifts", responses((status = 200, body = Gifts)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Gifts>> {
    caller.require(Scope::MembersRead)?;
    let today = app.rules().moment(app.now_ms()).day;
    let (gifts, stocks) = app
        .store
        .read(|conn| {
            let gifts = kept::gifts(conn)?;
            let stocks = kept::stocks(conn, gifts.iter().map(|gift| gift.id))?;
            Ok((gifts, stocks))
        })
        .await?;
    Ok(Json(Gifts { items: gifts.iter().map(|gift| view(&caller, today, gift, &stocks)).collect() }))
}

/// What is wrong with a gift beside what the brand has.
fn fault(conn: &mut Conn, terms: &GiftTerms, app: &App) -> Result<Option<Fault>, StoreError> {
    let rules = app.rules();
    let mut faults = terms.faults(&rules.current.programme.tiers);
    if terms.asks() {
        let segments = Segments::read(conn)?;
        for (place, allowance) in terms.allowances.iter().enumerate() {
            let named = allowance.when.iter().flat_map(|when| when.segments());
            if named.into_iter().any(|id| segments.find(id).is_none()) {
                faults.push(Fault { path: format!("allowances[{place}].when"), kind: FaultKind::UnknownSegment });
            }
        }
    }
    if let Some(picture) = &terms.picture
        && danggol_store::picture::find(conn, picture)?.is_none()
    {
        faults.push(Fault { path: "picture".to_owned(), kind: FaultKind::UnknownPicture });
    }
    if let Some(festival) = terms.festival
        && kept::find_festival(conn, festival)?.is_none()
    {
        faults.push(Fault { path: "festival".to_owned(), kind: FaultKind::UnknownFestival });
    }
    Ok(faults.into_iter().next())
}

fn faulty(caller: &Caller, fault: Fault) -> ApiError {
    let text = fault.say(caller.language);
    ApiError::new(&kinds::GIFT_FAULTY).at(fault.path).with("fault", text)
}

/// What is changed of the catalogue, for the brand's log.
fn note(app: &App, caller: &Caller, field: String, [from, to]: [Option<String>; 2], reason: Option<String>) -> ChangeRecord {
    ChangeRecord {
        author: Author { change: ChangeId(app.next_id()), actor: caller.actor() },
        member: None,
        kind: ChangeKind::Brand,
        at_ms: app.now_ms(),
        detail: ChangeDetail { fields: vec![FieldChange { field, from, to }], reason },
    }
}

/// Puts a gift into the catalogue.
#[utoipa::path(post, path = "/gifts", tag = "gifts", operation_id = "create_gift", request_body = GiftTerms,
    responses((status = 201, body = GiftView)))]
async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<GiftTerms>,
) -> ApiResult<(StatusCode, Json<GiftView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("create_gift", body.hash);
    let (terms, id, writer, who) = (body.value, GiftId(app.next_id()), Arc::clone(&app), caller.clone());
    let record = note(&app, &caller, format!("gift.{}", terms.code), [None, Some(terms.points.to_string())], None);
    let made = idempotency::once(&app, key, "gift", move |conn| {
        if let Some(fault) = fault(conn, &terms, &writer)? {
            return Ok(Err(faulty(&who, fault)));
        }
        if !kept::insert(conn, id, &terms)? {
            return Ok(Err(ApiError::new(&kinds::GIFT_CODE_TAKEN).at("code")));
        }
        change::insert(conn, std::slice::from_ref(&record))?;
        Ok(Ok(id.0))
    });
    Ok((StatusCode::CREATED, Json(one(&app, &caller, GiftId(made.await?)).await?)))
}

/// A gift.
#[utoipa::path(get, path = "/gifts/{id}", tag = "gifts", operation_id = "read_gift", params(("id" = GiftId, Path)),
    responses((status = 200, body = GiftView)))]
async fn read(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<GiftId>) -> ApiResult<Json<GiftView>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Changes a gift. What members have put aside stays what it was.
#[utoipa::path(put, path = "/gifts/{id}", tag = "gifts", operation_id = "change_gift", params(("id" = GiftId, Path)),
    request_body = GiftTerms, responses((status = 200, body = GiftView)))]
async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<GiftId>,
    body: JsonBody<GiftTerms>,
) -> ApiResult<Json<GiftView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let (terms, writer, who) = (body.value, Arc::clone(&app), caller.clone());
    let mut record = note(&app, &caller, format!("gift.{}", terms.code), [None, Some(terms.points.to_string())], None);
    idempotency::write(&app, move |conn| {
        let Some(before) = kept::find(conn, [id])?.pop() else { return Ok(Err(unknown())) };
        if let Some(fault) = fault(conn, &terms, &writer)? {
            return Ok(Err(faulty(&who, fault)));
        }
        if before.terms == terms {
            return Ok(Ok(()));
        }
        if !kept::change(conn, id, &terms)? {
            return Ok(Err(ApiError::new(&kinds::GIFT_CODE_TAKEN).at("code")));
        }
        record.detail.fields[0].from = Some(before.terms.points.to_string());
        change::insert(conn, std::slice::from_ref(&record))?;
        Ok(Ok(()))
    })
    .await?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Brings pieces of a gift to a store, or takes them away. What is put aside or was handed out cannot be taken away.
#[utoipa::path(post, path = "/gifts/{id}/stock", tag = "gifts", operation_id = "restock_gift", params(("id" = GiftId, Path)),
    request_body = Restocking, responses((status = 200, body = GiftView)))]
async fn restock(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<GiftId>,
    body: JsonBody<Restocking>,
) -> ApiResult<Json<GiftView>> {
    caller.require(Scope::BenefitsWrite)?;
    let hash = crate::random::hash_of(&[&id.0.to_le_bytes(), &body.hash.to_le_bytes()]);
    let key = caller.key("restock_gift", hash);
    let Restocking { store, pieces, reason } = body.value;
    let store = field::required(&store, MAX_STORE_CHARACTERS, "store")?;
    let reason = field::optional(reason.as_deref().unwrap_or(""), REASON_CHARACTERS_MAX, "reason")?;
    if pieces == 0 || !(-MAX_STOCK..=MAX_STOCK).contains(&pieces) {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("pieces"));
    }
    let record = note(&app, &caller, format!("gift.{id}.stock.{store}"), [None, Some(format!("{pieces:+}"))], reason);
    idempotency::once(&app, key, "gift_stock", move |conn| {
        if kept::find(conn, [id])?.is_empty() {
            return Ok(Err(unknown()));
        }
        let had = kept::stocks(conn, [id])?.into_iter().find(|known| known.store == store).map_or(0, |known| known.stock);
        if had + pieces > MAX_STOCK {
            return Ok(Err(ApiError::new(&kinds::OUT_OF_RANGE).at("pieces")));
        }
        if !kept::restock(conn, id, &store, pieces)? {
            return Ok(Err(ApiError::new(&kinds::GIFT_STOCK_SHORT).at("pieces")));
        }
        change::insert(conn, std::slice::from_ref(&record))?;
        Ok(Ok(id.0))
    })
    .await?;
    Ok(Json(one(&app, &caller, id).await?))
}

/// Festivals: periods with gifts of their own, the newest first.
#[utoipa::path(get, path = "/festivals", tag = "gifts", operation_id = "list_festivals", responses((status = 200, body = Festivals)))]
async fn list_festivals(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Festivals>> {
    caller.require(Scope::MembersRead)?;
    let today = app.rules().moment(app.now_ms()).day;
    let found = app.store.read(kept::festivals).await?;
    Ok(Json(Festivals { items: found.into_iter().map(|festival| festival_view(&caller, today, festival)).collect() }))
}

async fn one_festival(app: &Arc<App>, caller: &Caller, id: FestivalId) -> ApiResult<FestivalView> {
    let today = app.rules().moment(app.now_ms()).day;
    let found = app.store.read(move |conn| kept::find_festival(conn, id)).await?;
    Ok(festival_view(caller, today, found.ok_or(&kinds::UNKNOWN_FESTIVAL)?))
}

/// Makes a festival.
#[utoipa::path(post, path = "/festivals", tag = "gifts", operation_id = "create_festival", request_body = FestivalTerms,
    responses((status = 201, body = FestivalView)))]
async fn create_festival(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<FestivalTerms>,
) -> ApiResult<(StatusCode, Json<FestivalView>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let key = caller.key("create_festival", body.hash);
    let terms = body.value;
    if let Some(fault) = terms.faults().into_iter().next() {
        return Err(faulty(&caller, fault));
    }
    let id = FestivalId(app.next_id());
    let record = note(&app, &caller, format!("festival.{id}"), [None, Some(format!("{}–{}", terms.from, terms.until))], None);
    let made = idempotency::once(&app, key, "festival", move |conn| {
        kept::insert_festival(conn, id, &terms)?;
        change::insert(conn, std::slice::from_ref(&record))?;
        Ok(Ok(id.0))
    });
    Ok((StatusCode::CREATED, Json(one_festival(&app, &caller, FestivalId(made.await?)).await?)))
}

/// Changes a festival, for all of its gifts.
#[utoipa::path(put, path = "/festivals/{id}", tag = "gifts", operation_id = "change_festival", params(("id" = FestivalId, Path)),
    request_body = FestivalTerms, responses((status = 200, body = FestivalView)))]
async fn change_festival(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<FestivalId>,
    body: JsonBody<FestivalTerms>,
) -> ApiResult<Json<FestivalView>> {
    caller.require(Scope::ProgrammeWrite)?;
    let terms = body.value;
    if let Some(fault) = terms.faults().into_iter().next() {
        return Err(faulty(&caller, fault));
    }
    let record = note(&app, &caller, format!("festival.{id}"), [None, Some(format!("{}–{}", terms.from, terms.until))], None);
    idempotency::write(&app, move |conn| {
        if !kept::update_festival(conn, id, &terms)? {
            return Ok(Err((&kinds::UNKNOWN_FESTIVAL).into()));
        }
        change::insert(conn, std::slice::from_ref(&record))?;
        Ok(Ok(()))
    })
    .await?;
    Ok(Json(one_festival(&app, &caller, id).await?))
}

/// Keeps a picture; one that is there already stays.
#[utoipa::path(post, path = "/pictures", tag = "gifts", operation_id = "keep_picture", request_body = NewPicture,
    responses((status = 201, body = KeptPicture)))]
async fn keep_picture(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<NewPicture>,
) -> ApiResult<(StatusCode, Json<KeptPicture>)> {
    caller.require(Scope::ProgrammeWrite)?;
    let unreadable = || ApiError::new(&kinds::PICTURE_UNREADABLE).at("data");
    if body.value.data.len() > picture::MAX_BYTES.div_ceil(3) * 4 {
        return Err(ApiError::new(&kinds::PICTURE_TOO_LARGE).at("data"));
    }
    let bytes = STANDARD.decode(&body.value.data).map_err(|_| unreadable())?;
    let kind = picture::read(&bytes).map_err(|fault| match fault {
        PictureFault::TooLarge | PictureFault::TooWide => ApiError::new(&kinds::PICTURE_TOO_LARGE).at("data"),
        PictureFault::NoPicture => unreadable(),
    })?;
    let data = STANDARD.encode(&bytes);
    let picture = Picture { id: crate::random::secret_hash(&data), kind, data };
    let view = KeptPicture { id: picture.id.clone(), media_type: kind.media_type().to_owned() };
    app.store.write(move |conn| danggol_store::picture::keep(conn, &picture)).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// A picture. It never changes.
#[utoipa::path(get, path = "/pictures/{id}", tag = "gifts", operation_id = "show_picture", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "image/*")))]
async fn show_picture(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> ApiResult<Response> {
    caller.require(Scope::MembersRead)?;
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err((&kinds::UNKNOWN_PICTURE).into());
    }
    let found = app.store.read(move |conn| danggol_store::picture::find(conn, &id)).await?;
    let picture = found.ok_or(&kinds::UNKNOWN_PICTURE)?;
    let bytes = STANDARD.decode(&picture.data).map_err(|_| ApiError::new(&kinds::INTERNAL))?;
    let headers = [
        (header::CONTENT_TYPE, picture.kind.media_type()),
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
    ];
    Ok((headers, bytes).into_response())
}

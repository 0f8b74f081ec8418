//! The customer pyramid, the tiers and the stores.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::decide::Rules;
use danggol_core::id::MemberId;
use danggol_core::programme::Level;
use danggol_core::pyramid::{Buyer, Criteria, CurvePoint, Layer, Pyramid, Weights, build};
use danggol_core::time::{day_number, day_text, rfc3339};
use danggol_roster::{Living, Period};
use danggol_store::{Conn, StoreError, insight};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::config::processors;
use crate::extract::QueryParams;
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::members::rows;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(read)).routes(routes!(members)).routes(routes!(tiers)).routes(routes!(stores))
}

/// Over which business days, and by what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PyramidQuery {
    /// First business day, `YYYY-MM-DD`; the programme's period before the last when it is left out.
    #[serde(default)]
    #[param(format = Date)]
    pub from: Option<String>,
    /// Last business day, `YYYY-MM-DD`; today when it is left out.
    #[serde(default)]
    #[param(format = Date)]
    pub to: Option<String>,
    /// Weights of the criteria, such as `amount:1,frequency:2`; the programme's when they are left out.
    #[serde(default)]
    pub weights: Option<String>,
}

/// The pyramid of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct PyramidView {
    /// First business day.
    pub from: String,
    /// Last business day.
    pub to: String,
    /// Members who bought: the denominator.
    pub buyers: usize,
    /// Members in the file.
    pub members: i64,
    /// What the buyers bought, returns taken off, in minor units.
    pub amount_minor: i64,
    /// From the top.
    pub layers: Vec<Layer>,
    /// What the top so many bring.
    pub curve: Vec<CurvePoint>,
    /// What the top fifth brings, in ten-thousandths.
    pub top20_amount_bp: i64,
    /// Microseconds that it took to read, rank and cut.
    pub took_us: u64,
    /// How it was cut.
    pub criteria: Criteria,
}

impl PyramidView {
    /// The pyramid of some business days, by a roster where there is one.
    pub fn read(
        conn: &mut Conn,
        roster: Option<&Living>,
        (from, to): (i32, i32),
        criteria: Criteria,
    ) -> Result<Self, StoreError> {
        let began = std::time::Instant::now();
        let pyramid = build(buyers(conn, roster, (from, to))?, &criteria);
        let took_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let members = insight::members_by_status(conn)?;
        let curve = pyramid.curve();
        Ok(PyramidView {
            from: day_text(from),
            to: day_text(to),
            buyers: pyramid.ranked.len(),
            members: members.iter().filter(|(status, _)| *status != "erased").map(|(_, count)| count).sum(),
            amount_minor: pyramid.amount_minor,
            top20_amount_bp: curve.iter().find(|point| point.members_bp == 2_000).map_or(0, |point| point.amount_bp),
            layers: pyramid.layers,
            curve,
            took_us,
            criteria,
        })
    }
}

/// Which part of a layer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LayerQuery {
    /// Code of the layer.
    pub layer: String,
    /// First business day.
    #[serde(default)]
    #[param(format = Date)]
    pub from: Option<String>,
    /// Last business day.
    #[serde(default)]
    #[param(format = Date)]
    pub to: Option<String>,
    /// Weights of the criteria.
    #[serde(default)]
    pub weights: Option<String>,
    /// How many, 1–200; 50 when it is left out.
    #[serde(default = "fifty")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: usize,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

fn fifty() -> usize {
    50
}

/// A member of a layer.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankedMember {
    /// Her place, from 1.
    pub rank: usize,
    /// Who.
    pub member: MemberRow,
    /// What she bought, returns taken off, in minor units.
    pub amount_minor: i64,
    /// Purchases.
    pub purchases: i64,
    /// Pieces.
    pub quantity: i64,
    /// When she bought last.
    pub last_purchase_at: String,
}

/// A part of a layer, from the top.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankedMembers {
    /// The members.
    pub items: Vec<RankedMember>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// A tier and how many hold it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierCount {
    /// The tier.
    #[serde(flatten)]
    pub level: Level,
    /// Who holds it.
    pub members: i64,
}

/// The tiers, lowest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tiers {
    /// The tiers.
    pub items: Vec<TierCount>,
    /// Members who have bought and hold none.
    pub without: i64,
}

/// A store with what was bought there.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreView {
    /// Its code.
    pub code: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Purchases ever.
    pub purchases: i64,
    /// When the newest was.
    pub last_at: Option<String>,
}

/// All stores.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stores {
    /// By code.
    pub items: Vec<StoreView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

pub(super) fn day(text: Option<&str>, field: &str) -> ApiResult<Option<i32>> {
    let Some(text) = text else { return Ok(None) };
    let date: Date = text.parse().map_err(|_| ApiError::new(&kinds::DATE_INVALID).at(field))?;
    Ok(Some(day_number(date)))
}

fn weights(text: &str) -> Option<Weights> {
    let mut weights = Weights { amount: 0, quantity: 0, frequency: 0, recency: 0 };
    for part in text.split(',') {
        let (name, weight) = part.split_once(':')?;
        let weight: u16 = weight.trim().parse().ok().filter(|weight| *weight <= 1_000)?;
        match name.trim() {
            "amount" => weights.amount = weight,
            "quantity" => weights.quantity = weight,
            "frequency" => weights.frequency = weight,
            "recency" => weights.recency = weight,
            _ => return None,
        }
    }
    (weights.amount + weights.quantity + weights.frequency + weights.recency > 0).then_some(weights)
}

/// Which days and criteria a query means.
pub fn plan(rules: &Rules, now_ms: i64, query: &PyramidQuery) -> ApiResult<(i32, i32, Criteria)> {
    let mut criteria = rules.current.programme.pyramid.clone();
    let to = day(query.to.as_deref(), "to")?.unwrap_or_else(|| rules.moment(now_ms).day);
    let period = i32::from(criteria.period_days).max(1);
    let from = day(query.from.as_deref(), "from")?.unwrap_or(to.saturating_sub(period - 1));
    if from > to {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("from"));
    }
    if let Some(text) = &query.weights {
        criteria.weights = weights(text).ok_or_else(|| ApiError::new(&kinds::WEIGHTS_INVALID).at("weights"))?;
    }
    Ok((from, to, criteria))
}

/// What everybody bought on some business days: by the roster where there is one, else by SQL.
fn buyers(conn: &mut Conn, roster: Option<&Living>, (from_day, to_day): (i32, i32)) -> Result<Vec<Buyer>, StoreError> {
    match roster {
        Some(living) => Ok(living.buyers(Period { from_day, to_day }, processors())),
        None => insight::buyers(conn, from_day, to_day),
    }
}

async fn built(app: &App, days: (i32, i32), criteria: Criteria) -> ApiResult<Pyramid> {
    let (rules, roster) = (app.rules(), app.roster.clone());
    let look = move |conn: &mut Conn| {
        let living = roster.living(conn, &rules)?;
        Ok(build(buyers(conn, living.as_ref(), days)?, &criteria))
    };
    Ok(app.store.read(look).await?)
}

/// The customer pyramid of a period.
#[utoipa::path(get, path = "/pyramid", tag = "insight", operation_id = "read_pyramid", params(PyramidQuery), responses((status = 200, body = PyramidView)))]
async fn read(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<PyramidQuery>,
) -> ApiResult<Json<PyramidView>> {
    caller.require(Scope::InsightRead)?;
    let (rules, roster) = (app.rules(), app.roster.clone());
    let (from, to, criteria) = plan(&rules, app.now_ms(), &query)?;
    let look = move |conn: &mut Conn| {
        let living = roster.living(conn, &rules)?;
        PyramidView::read(conn, living.as_ref(), (from, to), criteria)
    };
    Ok(Json(app.store.read(look).await?))
}

/// The members of a layer, from the top.
#[utoipa::path(get, path = "/pyramid/members", tag = "insight", operation_id = "list_layer", params(LayerQuery),
    responses((status = 200, body = RankedMembers)))]
async fn members(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<LayerQuery>,
) -> ApiResult<Json<RankedMembers>> {
    caller.require(Scope::InsightRead)?;
    let LayerQuery { layer, from, to, weights, limit, cursor } = query;
    if !(1..=200).contains(&limit) {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("limit"));
    }
    let (from, to, criteria) = plan(&app.rules(), app.now_ms(), &PyramidQuery { from, to, weights })?;
    let skip: usize =
        cursor.as_deref().map_or(Ok(0), str::parse).map_err(|_| ApiError::new(&kinds::INVALID_CURSOR).at("cursor"))?;
    let pyramid = built(&app, (from, to), criteria).await?;
    let range = pyramid.range_of(&layer).ok_or_else(|| ApiError::new(&kinds::UNKNOWN_LAYER).at("layer"))?;
    let start = range.start.saturating_add(skip).min(range.end);
    let end = start.saturating_add(limit).min(range.end);
    let part: Vec<Buyer> = pyramid.ranked[start..end].to_vec();
    let listed = rows(&app, part.iter().map(|buyer| MemberId(buyer.member)).collect()).await?;
    let items = part.into_iter().enumerate().zip(listed).map(|((index, buyer), member)| RankedMember {
        rank: start + index + 1,
        member,
        amount_minor: buyer.amount_minor,
        purchases: buyer.purchases,
        quantity: buyer.quantity,
        last_purchase_at: rfc3339(buyer.last_at_ms),
    });
    let next_cursor = (end < range.end).then(|| (end - range.start).to_string());
    Ok(Json(RankedMembers { items: items.collect(), next_cursor }))
}

/// The tiers and how many hold each.
#[utoipa::path(get, path = "/tiers", tag = "insight", operation_id = "list_tiers", responses((status = 200, body = Tiers)))]
async fn tiers(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Tiers>> {
    caller.require(Scope::MembersRead)?;
    let held = app.store.read(insight::holders_by_tier).await?;
    let count = |code: Option<&str>| held.iter().filter(|(tier, _)| tier.as_deref() == code).map(|(_, count)| count).sum();
    let rules = app.rules();
    let levels = rules.current.programme.tiers.levels.iter();
    let items = levels.map(|level| TierCount { members: count(Some(&level.code)), level: level.clone() }).collect();
    Ok(Json(Tiers { items, without: count(None) }))
}

/// The stores.
#[utoipa::path(get, path = "/stores", tag = "insight", operation_id = "list_stores", responses((status = 200, body = Stores)))]
async fn stores(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Stores>> {
    caller.require(Scope::MembersRead)?;
    let (named, sold) = app.store.read(|conn| Ok((danggol_store::product::shops(conn)?, insight::stores(conn)?))).await?;
    let mut items: std::collections::BTreeMap<String, StoreView> = named
        .into_iter()
        .map(|shop| (shop.code.clone(), StoreView { code: shop.code, name: shop.name, purchases: 0, last_at: None }))
        .collect();
    for store in sold {
        let view =
            items.entry(store.code.clone()).or_insert(StoreView { code: store.code, name: None, purchases: 0, last_at: None });
        (view.purchases, view.last_at) = (store.purchases, Some(rfc3339(store.last_at_ms)));
    }
    Ok(Json(Stores { items: items.into_values().collect(), next_cursor: None }))
}

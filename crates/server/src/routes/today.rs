//! What happened lately, at a glance.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::decide::Rules;
use danggol_core::ledger::{Account, Asset};
use danggol_core::time::{DAY_MS, day_text};
use danggol_store::insight::{self, DaySales};
use danggol_store::{Conn, StoreError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::problem::ApiResult;

/// Business days that are told of, today included.
const DAYS: i32 = 30;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(get))
}

/// What happened in the last thirty business days, today included, and what stands now.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Today {
    /// Members, those not yet claimed included.
    pub members: i64,
    /// Of those, made by a first purchase and not yet claimed.
    pub unclaimed: i64,
    /// Who joined in the thirty days.
    pub joined_30d: i64,
    /// Members who bought something in the thirty days and did not give all of it back.
    pub buyers_30d: i64,
    /// Purchases of the thirty days.
    pub purchases_30d: i64,
    /// What they came to, returns not taken off, in minor units.
    pub amount_30d_minor: i64,
    /// What of them came back, in minor units.
    pub returns_30d_minor: i64,
    /// Points that members have.
    pub points_liability: i64,
    /// Points that lapse in the next thirty days unless they are spent.
    pub points_expiring_30d: i64,
    /// Members by tier, the lowest first.
    pub tiers: Vec<TierCount>,
    /// The thirty days, the oldest first.
    pub days: Vec<Day>,
    /// The version of the programme in force.
    pub programme_version: i64,
    /// Whether anything was ever bought.
    pub has_purchases: bool,
}

/// How many hold a tier.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierCount {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Who holds it.
    pub members: i64,
}

/// One business day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// The date.
    #[schema(format = Date)]
    pub date: String,
    /// Purchases.
    pub purchases: i64,
    /// What they came to, returns not taken off, in minor units.
    pub amount_minor: i64,
    /// Who joined.
    pub joined: i64,
}

/// What happened lately, at a glance.
#[utoipa::path(get, path = "/today", tag = "insight", operation_id = "get_today", responses((status = 200, body = Today)))]
async fn get(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Today>> {
    caller.require(Scope::InsightRead)?;
    let (rules, now_ms) = (app.rules(), app.now_ms());
    Ok(Json(app.store.read(move |conn| today(conn, &rules, now_ms)).await?))
}

fn today(conn: &mut Conn, rules: &Rules, now_ms: i64) -> Result<Today, StoreError> {
    let last = rules.moment(now_ms).day;
    let first = last - DAYS + 1;
    let statuses = insight::members_by_status(conn)?;
    let count = |word: &str| statuses.get(word).copied().unwrap_or(0);
    let sales = insight::sales_by_day(conn, first, last)?;
    let joined = joined_by_day(conn, rules, first, now_ms)?;
    let sum = |of: fn(&DaySales) -> i64| sales.iter().map(of).sum();
    Ok(Today {
        members: count("active") + count("unclaimed"),
        unclaimed: count("unclaimed"),
        joined_30d: joined.values().sum(),
        buyers_30d: insight::buyer_count(conn, first, last)?,
        purchases_30d: sum(|day| day.purchases),
        amount_30d_minor: sum(|day| day.amount_minor),
        returns_30d_minor: sum(|day| day.returned_minor),
        points_liability: insight::account_total(conn, Account::Holder, Asset::Points)?,
        points_expiring_30d: insight::points_expiring(conn, now_ms + i64::from(DAYS) * DAY_MS)?,
        tiers: tiers(conn, rules)?,
        days: (first..=last).map(|day| row(day, &sales, &joined)).collect(),
        programme_version: rules.current.version,
        has_purchases: insight::has_purchases(conn)?,
    })
}

fn joined_by_day(conn: &mut Conn, rules: &Rules, first: i32, now_ms: i64) -> Result<HashMap<i32, i64>, StoreError> {
    // A business day may begin up to a day before or after its date does in UTC.
    let from_ms = now_ms - (i64::from(DAYS) + 2) * DAY_MS;
    let mut joined = HashMap::new();
    for at_ms in insight::joined_since(conn, from_ms)? {
        let day = rules.moment(at_ms).day;
        if day >= first && at_ms <= now_ms {
            *joined.entry(day).or_default() += 1;
        }
    }
    Ok(joined)
}

fn tiers(conn: &mut Conn, rules: &Rules) -> Result<Vec<TierCount>, StoreError> {
    let held: HashMap<String, i64> =
        insight::holders_by_tier(conn)?.into_iter().filter_map(|(code, members)| Some((code?, members))).collect();
    let levels = rules.current.programme.tiers.levels.iter();
    let count = |code: &str| held.get(code).copied().unwrap_or(0);
    Ok(levels
        .map(|level| TierCount { code: level.code.clone(), name: level.name.clone(), members: count(&level.code) })
        .collect())
}

fn row(day: i32, sales: &[DaySales], joined: &HashMap<i32, i64>) -> Day {
    let sold = sales.iter().find(|sold| sold.day == day);
    Day {
        date: day_text(day),
        purchases: sold.map_or(0, |sold| sold.purchases),
        amount_minor: sold.map_or(0, |sold| sold.amount_minor),
        joined: joined.get(&day).copied().unwrap_or(0),
    }
}

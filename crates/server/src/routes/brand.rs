//! The brand: looked at and changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::id::ChangeId;
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord};
use danggol_store::{Conn, StoreError, insight, programme, setting};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::setup::first_programme;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::brand::{self, Brand, BrandPatch, differences};
use crate::extract::{JsonBody, QueryParams};
use crate::idempotency;
use crate::page::PageQuery;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit;
use crate::view::{ChangeView, Lens, Names};

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(get, change)).routes(routes!(changes))
}

/// The brand with what of it can still be changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrandView {
    /// The brand.
    pub brand: Brand,
    /// Whether its currency stays, because amounts are kept in it.
    pub currency_fixed: bool,
}

/// A part of what was changed, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    /// The changes.
    pub items: Vec<ChangeView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// Whether an amount is kept in the brand's currency, or a programme that somebody wrote in it.
fn has_amounts(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(insight::any_amount(conn)?
        || programme::draft(conn)?.is_some()
        || programme::newest(conn)?.is_some_and(|newest| newest.version > 1))
}

async fn view(app: &App) -> ApiResult<Json<BrandView>> {
    let currency_fixed = app.store.read(has_amounts).await?;
    Ok(Json(BrandView { brand: Brand::clone(&app.brand()), currency_fixed }))
}

/// The brand, and whether its currency can still be changed.
#[utoipa::path(get, path = "/brand", tag = "setup", operation_id = "read_brand", responses((status = 200, body = BrandView)))]
async fn get(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<BrandView>> {
    caller.require(Scope::MembersRead)?;
    view(&app).await
}

/// Changes the brand: what is left out stays. The currency cannot be changed once amounts are kept in it. A new time zone or cut hour
/// holds from now on: what has happened keeps its days.
#[utoipa::path(patch, path = "/brand", tag = "setup", operation_id = "change_brand", request_body = BrandPatch,
    responses((status = 200, body = BrandView)))]
async fn change(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<BrandPatch>) -> ApiResult<Json<BrandView>> {
    caller.require(Scope::Admin)?;
    let author = Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let (patch, now_ms, by) = (body.value, app.now_ms(), caller.user());
    idempotency::write(&app, move |conn| {
        let Some(kept) = setting::find(conn, brand::SETTING)? else { return Ok(Err((&kinds::SETUP_NEEDED).into())) };
        let before: Brand = serde_json::from_str(&kept).map_err(|error| StoreError::Damaged(format!("the brand: {error}")))?;
        let after = match patch.clone().over(&before) {
            Ok(after) => after,
            Err(error) => return Ok(Err(error)),
        };
        if after.currency != before.currency {
            if has_amounts(conn)? {
                return Ok(Err(ApiError::new(&kinds::CURRENCY_FIXED).at("currency")));
            }
            programme::publish(conn, &json(&first_programme(&after))?, now_ms, by, None)?;
        }
        if after.clock() != before.clock() {
            let note = after.clock_note();
            programme::change_clock(conn, &before.clock(), now_ms, by, &note)?;
        }
        setting::put(conn, brand::SETTING, &json(&after)?)?;
        let detail = ChangeDetail { fields: differences(&before, &after), reason: None };
        change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        Ok(Ok(()))
    })
    .await?;
    app.refresh().await?;
    view(&app).await
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// Who changed what of the brand, and when.
#[utoipa::path(get, path = "/brand/changes", tag = "setup", operation_id = "list_brand_changes", params(PageQuery),
    responses((status = 200, body = Changes)))]
async fn changes(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<PageQuery>,
) -> ApiResult<Json<Changes>> {
    caller.require(Scope::Admin)?;
    let page = query.page(ChangeId)?;
    let (mut records, names) = app
        .store
        .read(move |conn| {
            let records = change::of_brand(conn, page.before, page.to_read() as i64)?;
            let names = Names::read(conn, records.iter().map(|record| record.author.actor), [])?;
            Ok((records, names))
        })
        .await?;
    let next_cursor = page.cut(&mut records, |record| record.author.change);
    let lens = Lens { names, ..benefit::lens(&app, &caller) };
    Ok(Json(Changes { items: records.into_iter().map(|record| ChangeView::new(&lens, record)).collect(), next_cursor }))
}

//! What of a member's class whoever serves her should know at a glance, in words.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::class::mark::{Mark, marks};
use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::time::{date_of, rfc3339};
use danggol_store::{Conn, StoreError, class, product};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::class::Kept;
use crate::extract::PathId;
use crate::problem::ApiResult;
use crate::routes::benefit;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(of_member))
}

/// What a mark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// She stands in a layer of the upper half of the pyramid.
    Layer,
    /// One purchase alone led her there.
    Bulk,
    /// A product lives on her and a few others.
    Key,
}

/// Something that sets a member apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarkView {
    /// What it is about.
    pub kind: MarkKind,
    /// It, in the caller's words.
    pub text: String,
    /// Why, in the caller's words.
    pub why: String,
    /// The purchase that alone led her to her layer.
    pub purchase_id: Option<PurchaseId>,
    /// The article for which she is a key customer.
    pub sku: Option<String>,
}

/// What sets a member apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct Marks {
    /// When members were classed; none before there was anything to class.
    pub classed_at: Option<String>,
    /// The most telling first.
    pub items: Vec<MarkView>,
}

/// What sets a member apart by her classes, as they stand: at the counter nothing is classed anew.
#[utoipa::path(get, path = "/members/{id}/marks", tag = "insight", operation_id = "read_marks_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = Marks)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Marks>> {
    caller.require(Scope::MembersRead)?;
    crate::routes::members::read(&app, id).await?;
    let lens = benefit::lens(&app, &caller);
    let look = move |conn: &mut Conn| -> Result<Marks, StoreError> {
        let (kept, found) = (Kept::read(conn)?, class::find(conn, &[id])?.remove(&id.0));
        let Some((kept, found)) = kept.zip(found) else { return Ok(Marks { classed_at: None, items: Vec::new() }) };
        let keys: Vec<(String, i64)> = class::keys_of(conn, id)?.into_iter().map(|key| (key.sku, key.percent)).collect();
        let named = product::find(conn, keys.first().map(|(sku, _)| sku.as_str()))?.pop().and_then(|product| product.name);
        let voice = lens.voice(lens.rules.current.version);
        let (days, until) = (i64::from(kept.rules.period_days), date_of(kept.day));
        let view = |mark: Mark| {
            let (text, why) = voice.mark(&mark, named.as_deref(), (days, until));
            let (kind, purchase_id, sku) = match mark {
                Mark::Layer { .. } => (MarkKind::Layer, None, None),
                Mark::Bulk { purchase, .. } => (MarkKind::Bulk, Some(purchase), None),
                Mark::Key { sku, .. } => (MarkKind::Key, None, Some(sku)),
            };
            MarkView { kind, text, why, purchase_id, sku }
        };
        let items = marks(&found, &kept.criteria.layers, &keys).into_iter().map(view).collect();
        Ok(Marks { classed_at: Some(rfc3339(kept.classed_at_ms)), items })
    };
    Ok(Json(app.store.read(look).await?))
}

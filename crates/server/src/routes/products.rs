//! What the brand sells.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_store::product::{self, ProductRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::field;
use crate::problem::ApiResult;

/// The most products of one answer, and how many there are when nobody says.
const FOUND_MAX: u32 = 100;
const FOUND: u32 = 20;
/// The longest search.
const QUERY_CHARACTERS_MAX: usize = 100;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(search))
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Product {
    /// The brand's article number.
    pub sku: String,
    /// What it is called.
    pub name: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// Its brand.
    pub brand: Option<String>,
    /// Its price in minor units.
    pub price_minor: Option<i64>,
}

/// Found products.
#[derive(Debug, Serialize, ToSchema)]
pub struct Products {
    /// The best first.
    pub items: Vec<Product>,
}

/// A search for products.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductSearch {
    /// The beginning of a number or name, of its pinyin, or of its initials; empty: the first ones by number.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub query: String,
    /// At most how many, 1–100.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<u32>,
}

/// Finds products as somebody types.
#[utoipa::path(post, path = "/products/search", tag = "products", operation_id = "search_products", request_body = ProductSearch,
    responses((status = 200, body = Products)))]
async fn search(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<ProductSearch>) -> ApiResult<Json<Products>> {
    caller.require(Scope::MembersRead)?;
    let query = field::optional(&body.value.query, QUERY_CHARACTERS_MAX, "query")?.unwrap_or_default();
    let limit = field::limit(body.value.limit, FOUND, FOUND_MAX)?;
    let found = app.store.read(move |conn| product::search(conn, &query, limit.into())).await?;
    Ok(Json(Products { items: found.into_iter().map(wire).collect() }))
}

fn wire(record: ProductRecord) -> Product {
    let ProductRecord { sku, name, category, brand, price_minor, .. } = record;
    Product { sku, name, category, brand, price_minor }
}

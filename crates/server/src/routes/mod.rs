//! All routes, in one place.

pub mod bands;
pub mod benefit;
pub mod brand;
pub mod classes;
pub mod closure;
pub mod consents;
pub mod coupon_segments;
pub mod coupons;
pub mod docs;
pub mod duplicates;
pub mod expected_value;
pub mod explain;
pub mod gifts;
pub mod health;
pub mod households;
pub mod imports;
pub mod joining;
pub mod keys;
pub mod ledger;
pub mod lifestyles;
pub mod lookup;
pub mod marks;
pub mod member_list;
pub mod member_views;
pub mod members;
pub mod merges;
pub mod movers;
pub mod notes;
pub mod portrait;
pub mod products;
pub mod programme;
pub mod purchases;
pub mod pyramid;
pub mod questions;
pub mod reservations;
pub mod savings;
pub mod segment_history;
pub mod segment_lists;
pub mod segments;
pub mod session;
pub mod setup;
pub mod tags;
pub mod today;
pub mod users;
pub mod value;
pub mod what_if;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::problem::{ApiError, kinds};
use crate::{console, openapi, request};

/// The most bytes of a body, except where a route says otherwise: a thousand purchases of some lines each.
const BODY_BYTES_MAX: usize = 8 << 20;
/// Answers shorter than this are sent as they are.
const COMPRESSED_FROM_BYTES: u64 = 2048;

/// The routes of the API under its base, with their description.
fn v1() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .merge(setup::router())
        .merge(brand::router())
        .merge(session::router())
        .merge(today::router())
        .merge(products::router())
        .merge(members::router())
        .merge(lookup::router())
        .merge(member_list::router())
        .merge(member_views::router())
        .merge(notes::router())
        .merge(closure::router())
        .merge(merges::router())
        .merge(duplicates::router())
        .merge(joining::router())
        .merge(households::router())
        .merge(consents::router())
        .merge(ledger::router())
        .merge(value::router())
        .merge(purchases::router())
        .merge(savings::router())
        .merge(coupons::router())
        .merge(coupon_segments::router())
        .merge(gifts::router())
        .merge(reservations::router())
        .merge(programme::router())
        .merge(what_if::router())
        .merge(pyramid::router())
        .merge(segments::router())
        .merge(segment_history::router())
        .merge(segment_lists::router())
        .merge(tags::router())
        .merge(classes::router())
        .merge(marks::router())
        .merge(movers::router())
        .merge(bands::router())
        .merge(lifestyles::router())
        .merge(portrait::router())
        .merge(questions::router())
        .merge(expected_value::router())
        .merge(explain::router())
        .merge(imports::router())
        .merge(keys::router())
        .merge(users::router())
}

/// All described routes.
pub fn described() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::with_openapi(openapi::preamble()).nest("/api/v1", v1()).merge(health::router())
}

/// The whole server.
pub fn router(app: Arc<App>) -> Router {
    let (routes, _) = described().split_for_parts();
    routes
        .merge(docs::router())
        .fallback(console::serve)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), request::record))
        .layer(CompressionLayer::new().gzip(true).compress_when(SizeAbove::new(COMPRESSED_FROM_BYTES)))
        .with_state(app)
}

async fn no_such_method() -> ApiError {
    (&kinds::METHOD_NOT_ALLOWED).into()
}

/// A panic is a bug. Its words go to the log by the panic hook; the caller learns that there was one.
fn after_panic(_: Box<dyn Any + Send>) -> Response {
    ApiError::new(&kinds::INTERNAL).into_response()
}

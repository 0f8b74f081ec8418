//! For those who watch the server: whether it lives, whether it is ready, what it counts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use danggol_store::account;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::metrics;
use crate::problem::{ApiResult, kinds};

/// The routes, which are outside the API's base and need no sign-in.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(counted))
}

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: &'static str,
    /// The version of the program.
    pub version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", operation_id = "get_health", security(()), responses((status = 200, body = Health)))]
async fn healthz() -> Json<Health> {
    Json(OK)
}

/// Whether requests can be served: the database answers.
#[utoipa::path(get, path = "/readyz", tag = "health", operation_id = "get_readiness", security(()), responses((status = 200, body = Health)))]
async fn readyz(State(app): State<Arc<App>>) -> ApiResult<Json<Health>> {
    app.store.read(account::count_users).await.map_err(|error| {
        tracing::warn!(%error, "not ready");
        &kinds::BUSY
    })?;
    Ok(Json(OK))
}

/// What the server counts, for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "health", operation_id = "get_metrics", security(()),
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
async fn counted(State(app): State<Arc<App>>) -> ApiResult<Response> {
    if !app.config.metrics {
        return Err((&kinds::NOT_FOUND).into());
    }
    Ok(([(header::CONTENT_TYPE, metrics::MEDIA_TYPE)], app.metrics.text()).into_response())
}

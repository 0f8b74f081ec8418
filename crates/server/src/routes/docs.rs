//! The description of the API, for programs and for people.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::{console, openapi};

/// The document, made once.
static DOCUMENT: LazyLock<String> = LazyLock::new(openapi::text);

/// The routes; they describe the others and not themselves.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/api/openapi.json", get(async || file("application/json", &DOCUMENT)))
        .route("/api/docs", get(async || file("text/html; charset=utf-8", include_str!("../docs/docs.html"))))
        .route("/api/docs/docs.js", get(async || file("text/javascript; charset=utf-8", include_str!("../docs/docs.js"))))
        .route("/api/docs/docs.css", get(async || file("text/css; charset=utf-8", include_str!("../docs/docs.css"))))
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    let mut response =
        (StatusCode::OK, [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "no-cache")], text).into_response();
    console::security_headers(response.headers_mut());
    response
}

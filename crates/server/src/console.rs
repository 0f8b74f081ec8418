//! The web app inside the binary.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::{ApiError, kinds};

/// What `make web` built. A server built without it has the API alone.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// The page of the app; its routes are in the browser.
const INDEX: &str = "index.html";
/// Files here have a hash in their name, so that they never change.
const HASHED: &str = "assets/";
/// What a page may load and do. Styles are made by the component library as the page runs, so they may be inline; scripts may not.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The header that says what a page may load and do.
pub fn security_headers(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), geolocation=(), microphone=(), payment=(), usb=()"),
    );
}

/// Everything that no route takes: a file of the app, its page for addresses that only the browser knows, or a problem.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let is_api = path == "api" || path.starts_with("api/");
    if is_api || !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::new(&kinds::NOT_FOUND).into_response();
    }
    if let Some(file) = Files::get(path).filter(|_| !path.is_empty()) {
        return answer(path, file, &headers);
    }
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match Files::get(INDEX) {
        Some(page) if !is_file => answer(INDEX, page, &headers),
        None if path.is_empty() => without_app(),
        _ => ApiError::new(&kinds::NOT_FOUND).into_response(),
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn answer(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let is_known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let caching = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let body = if is_known { Body::empty() } else { Body::from(file.data) };
    let status = if is_known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let fixed = [(header::CONTENT_TYPE, media_type(path)), (header::CACHE_CONTROL, caching)];
    let mut response = (status, fixed, [(header::ETAG, tag)], body).into_response();
    security_headers(response.headers_mut());
    response
}

/// What stands at the root of a server that was built without the app.
fn without_app() -> Response {
    let page = "<!doctype html><meta charset=\"utf-8\"><title>Danggol</title>\
        <p lang=\"zh-CN\">此程序未包含网页控制台。接口说明见 <a href=\"/api/docs\">/api/docs</a>。</p>\
        <p lang=\"zh-TW\">此程式未包含網頁主控台。介面說明請見 <a href=\"/api/docs\">/api/docs</a>。</p>\
        <p lang=\"ko\">이 프로그램에는 웹 콘솔이 들어 있지 않습니다. API 설명은 <a href=\"/api/docs\">/api/docs</a>에 있습니다.</p>\
        <p lang=\"en\">This program was built without its web console. The API is described at <a href=\"/api/docs\">/api/docs</a>.</p>";
    let mut response = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    security_headers(response.headers_mut());
    response
}

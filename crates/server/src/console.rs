//! The web app inside the binary.

use std::io::Read;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::problem::{ApiError, kinds};

/// What `make web` built, each file compressed by gzip. A server built without it has the API alone.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// What the names of compressed files end in.
const COMPRESSED: &str = ".gz";
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
    let found = |path: &str| Files::get(&format!("{path}{COMPRESSED}"));
    if let Some(file) = found(path) {
        return answer(path, file, &headers);
    }
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match found(INDEX) {
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

/// Whether a reader takes what is compressed by gzip (RFC 9110, section 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| weight > 0.0)
    })
}

fn answer(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let is_compressed = takes_gzip(asked);
    let tag = if is_compressed { format!("\"{hash}\"") } else { format!("\"{hash}-plain\"") };
    let is_known = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let caching = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = match (is_known, is_compressed) {
        (true, _) => StatusCode::NOT_MODIFIED.into_response(),
        (false, true) => ([(header::CONTENT_ENCODING, "gzip")], Body::from(file.data)).into_response(),
        (false, false) => {
            let mut plain = Vec::new();
            match GzDecoder::new(file.data.as_ref()).read_to_end(&mut plain) {
                Ok(_) => Body::from(plain).into_response(),
                Err(error) => {
                    tracing::error!(%error, path, "a file of the console is damaged");
                    return ApiError::new(&kinds::INTERNAL).into_response();
                }
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    security_headers(headers);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepted, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip; q=0", false),
            ("identity", false),
            ("x-gzip", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}

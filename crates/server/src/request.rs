//! What every request gets: an id, an address, a language, a line in the log, a count, and words for its problems.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use danggol_core::language::Language;

use crate::app::App;
use crate::auth::Principal;
use crate::problem::{ApiError, ApiResult, kinds};

/// The header that carries the id of a request, both ways.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a caller.
const REQUEST_ID_MAX: usize = 64;
/// The route of requests for which there is none.
const NO_ROUTE: &str = "none";

/// What is known of a request before anybody handles it, and what is found out about it on the way.
#[derive(Debug)]
pub struct Mark {
    /// Its id.
    pub id: String,
    /// Where it came from.
    pub address: IpAddr,
    /// Whether it came over TLS, as a proxy in front says.
    pub secure: bool,
    asked: Option<Language>,
    caller: OnceLock<(String, Option<Language>)>,
}

impl Mark {
    fn new(app: &App, request: &Request) -> Self {
        let headers = request.headers();
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = if app.config.behind_proxy { forwarded_for(headers) } else { None };
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        Mark {
            id: text(REQUEST_ID).filter(|id| is_safe(id)).map_or_else(|| app.request_ids.next(), str::to_owned),
            address: forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            secure: text(HeaderName::from_static("x-forwarded-proto")) == Some("https"),
            asked: text(header::ACCEPT_LANGUAGE).and_then(Language::from_accept),
            caller: OnceLock::new(),
        }
    }

    /// The mark of a request.
    pub fn of(extensions: &Extensions) -> ApiResult<Arc<Mark>> {
        extensions.get::<Arc<Mark>>().cloned().ok_or_else(|| (&kinds::INTERNAL).into())
    }

    /// Notes who is asking.
    pub fn know(&self, principal: &Principal) {
        // The first one stands; there is no second one in a request.
        self.caller.set((principal.label(), principal.language)).ok();
    }

    /// The language of the answer: what the request asks for, else the person's own, else the brand's.
    pub fn language(&self, of_brand: Language) -> Language {
        let own = self.caller.get().and_then(|caller| caller.1);
        self.asked.or(own).unwrap_or(of_brand)
    }
}

/// The address that the nearest proxy saw: the last of the list, because those before it are only the caller's word.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

fn is_safe(id: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.len() <= REQUEST_ID_MAX && id.bytes().all(safe)
}

/// Makes ids of requests: a random beginning for the process, then a count.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    count: std::sync::atomic::AtomicU32,
}

impl RequestIds {
    /// Ids that begin with the given bits.
    pub fn new(process: u32) -> Self {
        RequestIds { process, count: Default::default() }
    }

    fn next(&self) -> String {
        let count = self.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        format!("{:08x}{count:08x}", self.process)
    }
}

fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The layer around all routes.
pub async fn record(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let mark = Arc::new(Mark::new(&app, &request));
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    request.extensions_mut().insert(Arc::clone(&mark));
    let mut response = next.run(request).await;
    if let Some(error) = response.extensions_mut().remove::<Arc<ApiError>>() {
        let rendered = error.render(mark.language(app.brand().language), &mark.id);
        let allow = response.headers_mut().remove(header::ALLOW);
        let cookie = response.headers_mut().remove(header::SET_COOKIE);
        response = rendered;
        for (name, value) in [(header::ALLOW, allow), (header::SET_COOKIE, cookie)] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
    }
    if let Ok(value) = HeaderValue::from_str(&mark.id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let took = began.elapsed();
    app.metrics.count(method, route, response.status().as_u16(), took.as_secs_f64());
    tracing::info!(
        method,
        route,
        status = response.status().as_u16(),
        took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        request_id = mark.id,
        caller = mark.caller.get().map(|caller| caller.0.as_str()),
        "request"
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_callers_are_taken_over_when_they_are_harmless() {
        for (id, expected) in [
            ("till-7.42_a", true),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            ("단골", false),
            (&*"x".repeat(64), true),
            (&*"x".repeat(65), false),
        ] {
            assert_eq!(is_safe(id), expected, "{id}");
        }
    }

    #[test]
    fn the_nearest_proxy_is_believed() {
        for (value, expected) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("198.51.100.1, 203.0.113.9", Some("203.0.113.9")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("unknown", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_static(value));
            assert_eq!(forwarded_for(&headers), expected.map(|address| address.parse().unwrap()), "{value}");
        }
    }
}

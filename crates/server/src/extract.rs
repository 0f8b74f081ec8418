//! How requests are read, so that everything unreadable becomes a problem with a code and a field.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::random;

/// A JSON body, with a hash of it and of the address that it was sent to.
#[derive(Debug)]
pub struct JsonBody<T> {
    /// What it says.
    pub value: T,
    /// Tells what was asked from what else may be asked: of path, query and body.
    pub hash: i64,
}

impl<T: DeserializeOwned> FromRequest<Arc<App>> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &Arc<App>) -> ApiResult<Self> {
        if !is_json(request.headers()) {
            return Err((&kinds::WRONG_CONTENT_TYPE).into());
        }
        let path = request.uri().path_and_query().map(|whole| whole.as_str().to_owned()).unwrap_or_default();
        let body = Bytes::from_request(request, app).await.map_err(|rejection| unreadable(rejection.into_response().status()))?;
        let value = parse(&body)?;
        Ok(JsonBody { value, hash: random::hash_of(&[path.as_bytes(), &body]) })
    }
}

/// The problem of a body that could not be read.
pub fn unreadable(status: StatusCode) -> ApiError {
    ApiError::new(match status {
        StatusCode::PAYLOAD_TOO_LARGE => &kinds::BODY_TOO_LARGE,
        _ => &kinds::UNREADABLE_BODY,
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}

/// Reads JSON. Only when that fails it is read again to find out where.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> ApiResult<T> {
    serde_json::from_slice(body).map_err(|_| {
        let mut reader = serde_json::Deserializer::from_slice(body);
        match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Err(error) if error.inner().is_data() => {
                let (path, hint) = (error.path().to_string(), hint(error.inner()));
                let error = ApiError::new(&kinds::INVALID_FIELD).hint(hint);
                if path == "." { error } else { error.at(path) }
            }
            Err(error) => ApiError::new(&kinds::MALFORMED_JSON).hint(hint(error.inner())),
            // The value itself was read: something follows it.
            Ok(_) => ApiError::new(&kinds::MALFORMED_JSON).hint("nothing may follow the value"),
        }
    })
}

/// What serde says, without what was sent: a value may be somebody's phone number.
fn hint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!("line {} column {}", error.line(), error.column());
    match text.split_once(", expected ") {
        Some((_, expected)) if text.starts_with("invalid ") => {
            let expected = expected.split(" at line ").next().unwrap_or(expected);
            format!("expected {expected} at {place}")
        }
        _ if text.starts_with("missing field") => text,
        _ if text.starts_with("unknown field") || text.starts_with("unknown variant") => {
            let expected = text.split_once(", expected ").map_or("another", |(_, expected)| expected);
            format!("unknown; expected {expected}")
        }
        _ => place,
    }
}

/// The last segment of a path that names one thing, as its id.
#[derive(Debug)]
pub struct PathId<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<Arc<App>> for PathId<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        let text =
            Path::<String>::from_request_parts(parts, app).await.map_err(|_| ApiError::new(&kinds::INVALID_ID).at("id"))?.0;
        text.parse().map(PathId).map_err(|_| ApiError::new(&kinds::INVALID_ID).at("id"))
    }
}

/// Two ids of a path: the thing and the part of it.
#[derive(Debug)]
pub struct PathIds<T, U>(pub T, pub U);

impl<T: FromStr + Send, U: FromStr + Send> FromRequestParts<Arc<App>> for PathIds<T, U> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        let invalid = |field: &str| ApiError::new(&kinds::INVALID_ID).at(field);
        let Path((whole, part)) = Path::<(String, String)>::from_request_parts(parts, app).await.map_err(|_| invalid("id"))?;
        let whole = whole.parse().map_err(|_| invalid("id"))?;
        Ok(PathIds(whole, part.parse().map_err(|_| invalid("part"))?))
    }
}

/// The parameters of an address.
#[derive(Debug)]
pub struct QueryParams<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for QueryParams<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> ApiResult<Self> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(value)) => Ok(QueryParams(value)),
            Err(_) => Err((&kinds::INVALID_QUERY).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        #[serde(rename = "lines")]
        _lines: Vec<Line>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[serde(rename = "amount_minor")]
        _amount_minor: i64,
    }

    #[test]
    fn a_bad_body_is_refused_with_its_field_and_without_its_content() {
        for (body, code, field) in [
            ("", "malformed_json", None),
            ("{", "malformed_json", None),
            ("{\"lines\":[]} x", "malformed_json", None),
            ("[]x", "invalid_field", None),
            ("{}", "invalid_field", None),
            ("{\"lines\":[{\"amount_minor\":\"13000000000\"}]}", "invalid_field", Some("lines[0].amount_minor")),
            ("{\"lines\":[{\"amount_minor\":1},{\"amount_minor\":1.5}]}", "invalid_field", Some("lines[1].amount_minor")),
            ("{\"lines\":[],\"lime\":1}", "invalid_field", Some("lime")),
        ] {
            let problem = parse::<Basket>(body.as_bytes()).unwrap_err().problem(Default::default(), "");
            assert_eq!((problem.code.as_str(), problem.field.as_deref()), (code, field), "{body}");
            assert!(!problem.hint.unwrap_or_default().contains("13000000000"), "{body}");
        }
        assert!(parse::<Basket>(b"{\"lines\":[{\"amount_minor\":1}]}").is_ok());
    }

    #[test]
    fn media_types() {
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/json", false),
            ("application/x-www-form-urlencoded", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            assert_eq!(is_json(&headers), expected, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}

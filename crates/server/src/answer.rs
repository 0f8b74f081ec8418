//! Answers as JSON.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::{ApiError, kinds};

/// Bytes that the answer to a purchase seldom exceeds.
const USUAL_BYTES: usize = 4_096;

/// An answer whose length is about known before: it is written in one go, where [`axum::Json`] would begin small and move it again and again.
#[derive(Debug)]
pub struct JsonAnswer<T>(pub T);

impl<T: Serialize> IntoResponse for JsonAnswer<T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        match serde_json::to_writer(&mut body, &self.0) {
            Ok(()) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "an answer is not JSON");
                ApiError::new(&kinds::INTERNAL).into_response()
            }
        }
    }
}

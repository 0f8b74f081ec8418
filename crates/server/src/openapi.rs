//! The description of the API, made from the handlers, and what all of them have in common.

use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};

use crate::problem::Problem;
use crate::routes;

/// The problems that any request may be answered with, by status.
const ANY: &[(&str, &str)] = &[
    ("400", "The request could not be read."),
    ("413", "The body is too large."),
    ("429", "Too many requests; Retry-After says when to come back."),
    ("500", "Something unexpected went wrong."),
    ("503", "Busy; Retry-After says when to come back."),
];

/// Those of requests that need a caller.
const WITH_CALLER: &[(&str, &str)] = &[
    ("401", "Nobody is signed in."),
    ("403", "The caller may not do this."),
    ("409", "The request conflicts with what is there, or nothing is set up yet."),
];

#[derive(OpenApi)]
#[openapi(components(schemas(
    Problem,
    danggol_core::condition::Test,
    danggol_core::condition::Operand,
    danggol_core::condition::CustomTest,
    danggol_core::consent::ConsentTest,
    danggol_core::consent::ConsentAsk,
    danggol_core::event::EventTest,
    danggol_core::event::Event,
    danggol_core::event::Measure,
    danggol_core::id::SegmentId
)))]
struct Shared;

/// The beginning of the document, to which routes are added.
pub fn preamble() -> utoipa::openapi::OpenApi {
    let info = InfoBuilder::new()
        .title("Danggol")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Membership management: members and what they are recognised by, purchases and returns, points and tiers, the programme, \
             the customer pyramid.\n\nPrograms authenticate with `Authorization: Bearer <key>`, people with the session cookie and, for \
             changes, the header `X-Danggol-Console: 1`. Money is integer minor units of the brand's currency, times are RFC 3339 in UTC. \
             Errors are `application/problem+json` (RFC 9457) with a stable `code`; `Accept-Language` (zh-CN, zh-TW, ko, en) chooses the \
             language of words. Every POST may carry an `Idempotency-Key`.",
        ))
        .license(Some(utoipa::openapi::LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let mut document = OpenApiBuilder::new().info(info).build();
    document.merge(Shared::openapi());
    document
}

/// The whole document.
pub fn document() -> Value {
    let (_, described) = routes::described().split_for_parts();
    let mut document = serde_json::to_value(described).expect("a description is JSON");
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths {
            let operations = item.as_object_mut().into_iter().flatten();
            operations.for_each(|(method, operation)| complete(path, method, operation));
        }
    }
    document["security"] = json!([{"key": []}, {"session": []}]);
    document["components"]["securitySchemes"] = json!({
        "key": {"type": "http", "scheme": "bearer", "description": "The secret of a key, `dgk_…`."},
        "session": {"type": "apiKey", "in": "cookie", "name": crate::auth::COOKIE},
    });
    document
}

/// The document as it is checked in and served: a line for each value, one space deep, with a line end.
pub fn text() -> String {
    let mut text = Vec::new();
    let mut lines = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b" "));
    document().serialize(&mut lines).expect("a description is JSON");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// Adds to an operation what all have in common, where it does not say otherwise itself.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let Some(operation) = operation.as_object_mut() else { return };
    let is_open = operation.get("security") == Some(&json!([{}]));
    let has_body = operation.contains_key("requestBody");
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let has_query = parameters.is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "query"));
    let has_id = path.contains('{');
    let mut problems: Vec<(&str, &str)> = Vec::new();
    if path.starts_with("/api/") {
        problems.extend(ANY);
        if !is_open || method != "get" {
            problems.extend(WITH_CALLER);
        }
        if has_body {
            problems.push(("415", "The body is not of the media type that is taken."));
        }
        if has_body || has_query {
            problems.push(("422", "Something that was sent cannot stand."));
        }
        if has_id || has_body || has_query {
            problems.push(("404", "There is no such thing."));
        }
        add_parameters(method, is_open, operation);
    } else {
        problems.extend([("404", "This is switched off."), ("500", "Something unexpected went wrong."), ("503", "Not ready.")]);
    }
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for (status, description) in problems {
            responses.entry(status).or_insert_with(|| problem(description));
        }
        responses.sort_keys();
    }
}

fn problem(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}

fn add_parameters(method: &str, is_open: bool, operation: &mut Map<String, Value>) {
    let languages = json!({"type": "string", "examples": ["zh-CN", "zh-TW", "ko", "en"]});
    let mut common = vec![json!({"name": "Accept-Language", "in": "header", "required": false, "schema": languages,
        "description": "The language of words in the answer."})];
    if method == "post" && !is_open {
        common.push(json!({"name": "Idempotency-Key", "in": "header", "required": false,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
            "description": "Names this request: sent again under the same key it is not carried out again."}));
    }
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.extend(common);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checked-in document, which clients are generated from.
    const CHECKED_IN: &str = include_str!("../../../openapi.json");

    #[test]
    fn the_checked_in_document_is_the_one_of_the_handlers() {
        assert!(CHECKED_IN == text(), "openapi.json is stale: write it anew with `danggol openapi > openapi.json`");
    }

    #[test]
    fn every_operation_has_a_name_of_its_own_a_tag_and_problems() {
        let document = document();
        let mut names = std::collections::BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let name = operation["operationId"].as_str().unwrap_or_default();
                assert!(names.insert(name.to_owned()), "{method} {path}: {name} is not the only one");
                assert!(operation["tags"][0].is_string(), "{method} {path}");
                assert!(operation["responses"]["500"].is_object(), "{method} {path}");
                assert!(operation["summary"].is_string(), "{method} {path}");
            }
        }
        assert_eq!(document["openapi"], "3.1.0");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(members) => {
                    found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    members.values().for_each(|member| references(member, found));
                }
                Value::Array(items) => items.iter().for_each(|item| references(item, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            assert!(document.pointer(&reference[1..]).is_some(), "{reference}");
        }
    }
}

//! Everything that cannot be read becomes a problem with a code, in the language of the caller; nothing becomes a 5xx.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

use crate::common::{Who, each_engine};

#[test]
fn unreadable_requests_are_told_what_is_wrong() {
    each_engine(|app| {
        let Who::Person(token) = app.set_up() else { panic!("the owner is a person") };
        let long = format!("{{\"name\":\"{}\"}}", "x".repeat(9 << 20));
        for (line, media_type, body, expected) in [
            ("POST /api/v1/members", "application/json", "{", (400, "malformed_json", None)),
            ("POST /api/v1/members", "application/json", "", (400, "malformed_json", None)),
            ("POST /api/v1/members", "application/json", "[]", (400, "invalid_field", None)),
            ("POST /api/v1/members", "application/json", "{\"name\":1}", (400, "invalid_field", Some("name"))),
            ("POST /api/v1/members", "application/json", "{\"nmae\":\"x\"}", (400, "invalid_field", Some("nmae"))),
            (
                "POST /api/v1/members",
                "application/json",
                "{\"identities\":[{\"kind\":\"pigeon\",\"value\":\"x\"}]}",
                (400, "invalid_field", Some("identities[0].kind")),
            ),
            ("POST /api/v1/members", "text/plain", "{}", (415, "wrong_content_type", None)),
            ("POST /api/v1/members", "application/json", &long, (413, "body_too_large", None)),
            ("GET /api/v1/members/usr_0000000000001", "application/json", "", (400, "invalid_id", Some("id"))),
            ("GET /api/v1/members/%FF", "application/json", "", (400, "invalid_id", Some("id"))),
            ("GET /api/v1/members/mem_0000000000001", "application/json", "", (404, "unknown_member", None)),
            ("GET /api/v1/members/mem_0000000000001/entries?limit=x", "application/json", "", (400, "invalid_query", None)),
            ("GET /api/v1/nothing", "application/json", "", (404, "not_found", None)),
            ("GET /api/v2/members", "application/json", "", (404, "not_found", None)),
            ("POST /somewhere", "application/json", "{}", (404, "not_found", None)),
            ("PUT /api/v1/members", "application/json", "{}", (405, "method_not_allowed", None)),
            ("TRACE /healthz", "application/json", "", (405, "method_not_allowed", None)),
        ] {
            let (method, path) = line.split_once(' ').expect("a method and a path");
            let request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).expect("a method"))
                .uri(path)
                .header("cookie", format!("danggol_session={token}"))
                .header("x-danggol-console", "1")
                .header("content-type", media_type)
                .body(Body::from(body.to_owned()))
                .expect("a request");
            assert_eq!(app.send(request).problem(), expected, "{line} {}", &body[..body.len().min(60)]);
        }
    });
}

#[test]
fn a_method_that_is_not_taken_is_told_which_are() {
    each_engine(|app| {
        let answer = app.call_with(&Who::Nobody, "PUT /api/v1/session", None, &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET,HEAD,POST,DELETE")));
    });
}

#[test]
fn problems_speak_the_language_that_is_asked_for() {
    each_engine(|app| {
        let owner = app.set_up();
        let clerk = app.person(&owner, "clerk");
        let id = app.get(&clerk, "/api/v1/session").expect(200)["user"]["id"].clone();
        let line = format!("PATCH /api/v1/users/{}", id.as_str().expect("an id"));
        app.call(&owner, &line, json!({"language": "zh-TW"})).expect(200);
        for (who, asked, expected) in [
            (&owner, Some("zh-CN"), "没有找到这位会员。"),
            (&owner, Some("zh-Hant-HK, en;q=0.5"), "找不到這位會員。"),
            (&owner, Some("ko-KR"), "회원을 찾을 수 없습니다."),
            (&owner, Some("fr, en;q=0.1"), "No such member."),
            (&owner, Some("fr"), "회원을 찾을 수 없습니다."),
            (&owner, None, "회원을 찾을 수 없습니다."),
            (&clerk, None, "找不到這位會員。"),
            (&clerk, Some("en"), "No such member."),
        ] {
            let headers: Vec<(&str, &str)> = asked.map(|asked| ("accept-language", asked)).into_iter().collect();
            let answer = app.call_with(who, "GET /api/v1/members/mem_0000000000001", None, &headers);
            assert_eq!((answer.problem().1, answer.body["detail"].as_str()), ("unknown_member", Some(expected)), "{asked:?}");
        }
    });
}

#[test]
fn a_request_keeps_the_id_that_it_came_with() {
    each_engine(|app| {
        for (sent, kept) in [("till-7.42", true), ("a b", false), ("<script>", false)] {
            let answer = app.call_with(&Who::Nobody, "GET /healthz", None, &[("x-request-id", sent)]);
            assert_eq!(answer.header("x-request-id") == Some(sent), kept, "{sent}");
        }
        let ids: Vec<_> = (0..2).map(|_| app.get(&Who::Nobody, "/healthz").header("x-request-id").map(str::to_owned)).collect();
        assert_ne!(ids[0], ids[1]);
    });
}

#[test]
fn idempotency_keys_are_of_a_length() {
    each_engine(|app| {
        let owner = app.set_up();
        let long = "k".repeat(256);
        for (key, status) in [("", 400), (long.as_str(), 400), (&long[1..], 201)] {
            let answer = app.call_with(&owner, "POST /api/v1/members", Some(json!({})), &[("idempotency-key", key)]);
            assert_eq!(answer.status, status, "{} characters", key.len());
        }
    });
}

/// Values that fit nowhere, or only just.
fn oddities() -> Vec<Value> {
    vec![
        json!(null),
        json!({}),
        json!([]),
        json!([1, "x", null]),
        json!("x"),
        json!(-1),
        json!(i64::MAX),
        json!(1.5e300),
        json!({"name": "a\u{0}b", "query": "\u{0}", "text": "\u{0}", "reason": "\u{0}", "login": "\u{0}", "password": "\u{0}"}),
        json!({"query": "%", "limit": 4_294_967_296_i64}),
        json!({"query": "'; --", "cursor": "\u{202e}"}),
        json!({"kind": "phone", "value": "\u{0}"}),
        json!({"kind": "external", "value": "\u{1f600}", "issuer": "\u{7f}"}),
        json!({"asset": "points", "amount": i64::MIN, "reason": "x"}),
        json!({"member_id": "mem_zzzzzzzzzzzzz", "lines": [{"sku": "\u{0}", "quantity": i64::MIN, "amount_minor": i64::MAX}]}),
        json!({"member_id": "mem_0000000000001", "at": "0000-01-01T00:00:00Z", "lines": []}),
        json!({"purchases": [{}, null]}),
        json!({"whole": true, "lines": [{"line": -1, "quantity": 0}]}),
        json!({"programme": {"name": "", "earning": {}}}),
    ]
}

#[test]
fn no_odd_request_is_an_error_of_the_server_and_every_answer_is_described() {
    each_engine(|app| {
        let owner = app.set_up();
        let description = app.get(&Who::Nobody, "/api/openapi.json").expect(200);
        for (path, item) in description["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                // Signing out and ending one's own password would end the test.
                if operation["operationId"] == "sign_out" || operation["operationId"] == "change_password" {
                    continue;
                }
                let line = |id: &str, query: &str| {
                    let path = path.replace("{id}", id).replace("{part}", id).replace("{version}", id);
                    format!("{} {path}{query}", method.to_uppercase())
                };
                let mut requests: Vec<(String, Option<Value>)> = Vec::new();
                for id in ["x", "%00", "mem_0000000000001", "pur_0000000000001", "key_0000000000001", "%F0%9F%98%80"] {
                    for query in [
                        "",
                        "?limit=0",
                        "?limit=99999999999",
                        "?cursor=%00",
                        "?dry_run=maybe",
                        "?from=0000-99-99&to=x",
                        "?layer=%27",
                    ] {
                        requests.push((line(id, query), None));
                    }
                }
                if operation.get("requestBody").is_some() {
                    for id in ["mem_0000000000001", "pur_0000000000001", "usr_0000000000001"] {
                        requests.extend(oddities().into_iter().map(|body| (line(id, ""), Some(body))));
                    }
                }
                for (line, body) in requests {
                    let shown = body.clone();
                    let answer = app.call_with(&owner, &line, body, &[]);
                    assert!(answer.status < 500, "{line} {shown:?}: {}", answer.text);
                    let described = &operation["responses"][answer.status.to_string()];
                    assert!(described.is_object(), "{line} {shown:?}: {} is not described: {}", answer.status, answer.text);
                    if answer.status >= 400 {
                        answer.problem();
                    }
                    app.advance_ms(50);
                }
            }
        }
    });
}

//! The keys of programs.

use serde_json::{Value, json};

use crate::common::{Who, each_engine, each_engine_with};
use danggol_server::config::Settings;

#[test]
fn a_key_opens_what_it_is_for_until_it_is_revoked() {
    each_engine(|app| {
        let owner = app.set_up();
        let program = app.program(&owner, &["members:read"]);
        let Who::Program(secret) = &program else { panic!("a key is a program's") };
        assert!(secret.starts_with("dgk_") && secret.len() > 40);
        app.call(&program, "POST /api/v1/members/search", json!({})).expect(200);
        let refused = app.call(&program, "POST /api/v1/members", json!({}));
        assert_eq!((refused.problem(), &refused.body["scope"]), ((403, "scope_missing", None), &json!("members:write")));
        assert_eq!(app.get(&program, "/api/v1/session").problem(), (401, "unauthenticated", None), "a program is no person");
        let keys = app.get(&owner, "/api/v1/keys").expect(200);
        let key = &keys["items"][0];
        assert_eq!((&key["name"], &key["scopes"]), (&json!("till"), &json!(["members:read"])));
        assert!(secret.starts_with(key["prefix"].as_str().expect("a prefix")));
        assert!(!keys.to_string().contains(secret.as_str()));
        // It is written down aside from the request.
        let used = (0..10_000)
            .map(|_| app.get(&owner, "/api/v1/keys").expect(200)["items"][0]["last_used_at"].clone())
            .find(Value::is_string);
        assert_eq!(used, Some(json!("2026-11-22T03:00:00Z")));
        let line = format!("DELETE /api/v1/keys/{}", key["id"].as_str().expect("an id"));
        assert_eq!(app.call_with(&owner, &line, None, &[]).status, 204);
        assert_eq!(app.call(&program, "POST /api/v1/members/search", json!({})).problem(), (401, "unauthenticated", None));
        assert_eq!(app.call_with(&owner, &line, None, &[]).problem(), (404, "unknown_key", None));
        assert!(app.get(&owner, "/api/v1/keys").expect(200)["items"][0]["revoked_at"].is_string());
    });
}

#[test]
fn a_key_is_made_once_and_shown_once() {
    each_engine(|app| {
        let owner = app.set_up();
        let make = |body| app.call_with(&owner, "POST /api/v1/keys", Some(body), &[("idempotency-key", "k1")]);
        let body = json!({"name": "till", "scopes": ["import"]});
        let (first, again) = (make(body.clone()).expect(201), make(body).expect(201));
        assert_eq!(first["key"], again["key"]);
        assert!(first["secret"].is_string() && again["secret"].is_null());
        assert_eq!(make(json!({"name": "other", "scopes": ["import"]})).problem(), (409, "idempotency_key_reused", None));
        assert_eq!(app.get(&owner, "/api/v1/keys").expect(200)["items"].as_array().map(Vec::len), Some(1));
        for (body, status, code, field) in [
            (json!({"name": " ", "scopes": ["import"]}), 422, "required", "name"),
            (json!({"name": "till", "scopes": []}), 422, "required", "scopes"),
            (json!({"name": "till", "scopes": ["root"]}), 400, "invalid_field", "scopes[0]"),
        ] {
            assert_eq!(app.call(&owner, "POST /api/v1/keys", body).problem(), (status, code, Some(field)));
        }
    });
}

#[test]
fn a_key_may_be_held_to_a_rate_and_others_do_not_wait_for_it() {
    each_engine_with(Settings { keys_per_second: Some(2), ..Settings::default() }, |app| {
        let owner = app.set_up();
        let (fast, slow) = (app.program(&owner, &["members:read"]), app.program(&owner, &["members:read"]));
        let search = |who: &Who| app.call(who, "POST /api/v1/members/search", json!({}));
        let statuses: Vec<u16> = (0..5).map(|_| search(&fast).status).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 429]);
        let refused = search(&fast);
        assert_eq!((refused.problem().1, refused.header("retry-after")), ("rate_limited", Some("1")));
        assert_eq!(search(&slow).status, 200);
        app.advance_ms(500);
        assert_eq!((search(&fast).status, search(&fast).status), (200, 429));
    });
}

#[test]
fn guessing_keys_becomes_slow_and_known_ones_go_on() {
    each_engine(|app| {
        let owner = app.set_up();
        let known = app.program(&owner, &["members:read"]);
        app.call(&known, "POST /api/v1/members/search", json!({})).expect(200);
        let guess = |guess: i32| app.get(&Who::Program(format!("dgk_{guess}")), "/api/v1/keys").status;
        assert!((0..60).all(|number| guess(number) == 401));
        assert_eq!(guess(60), 429);
        app.call(&known, "POST /api/v1/members/search", json!({})).expect(200);
    });
}

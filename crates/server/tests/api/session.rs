//! The first run, signing in and out.

use serde_json::json;

use crate::common::{PASSWORD, TestApp, Who, each_engine, each_engine_with, setup, token};
use danggol_server::config::Settings;

#[test]
fn before_the_first_run_there_is_nothing_but_the_first_run() {
    each_engine(|app| {
        assert_eq!(app.get(&Who::Nobody, "/api/v1/setup").expect(200), json!({"needs_owner": true}));
        for line in ["GET /api/v1/session", "GET /api/v1/today", "POST /api/v1/members", "GET /api/v1/keys"] {
            let answer = app.call(&Who::Nobody, line, json!({}));
            assert_eq!(answer.problem(), (409, "setup_needed", None), "{line}");
        }
        let credentials = json!({"login": "owner", "password": PASSWORD});
        assert_eq!(app.call(&Who::Nobody, "POST /api/v1/session", credentials).problem(), (409, "setup_needed", None));
        let answer = app.call(&Who::Nobody, "POST /api/v1/setup", setup());
        let owner = Who::Person(token(&answer));
        let session = answer.expect(201);
        assert_eq!((&session["user"]["role"], &session["user"]["login"]), (&json!("owner"), &json!("owner")));
        assert_eq!((&session["brand"]["currency_exponent"], &session["brand"]["day_cut_hour"]), (&json!(0), &json!(0)));
        assert_eq!(app.get(&owner, "/api/v1/session").expect(200), session);
        assert_eq!(app.get(&Who::Nobody, "/api/v1/setup").expect(200), json!({"needs_owner": false}));
        assert_eq!(app.call(&Who::Nobody, "POST /api/v1/setup", setup()).problem(), (409, "already_set_up", None));
        assert_eq!(app.get(&owner, "/api/v1/programme").expect(200)["published"]["version"], 1);
        assert_eq!(app.get(&owner, "/api/v1/today").expect(200)["programme_version"], 1);
    });
}

#[test]
fn a_first_run_that_cannot_stand_names_its_field_and_leaves_nothing() {
    each_engine(|app| {
        for (place, value, code) in [
            ("/brand/name", json!(" "), "required"),
            ("/brand/currency", json!("WON"), ""),
            ("/brand/currency", json!("₩"), "currency_invalid"),
            ("/brand/country", json!("ZZ"), "country_invalid"),
            ("/brand/time_zone", json!("Seoul"), "time_zone_invalid"),
            ("/brand/day_cut_hour", json!(24), "out_of_range"),
            ("/brand/language", json!("fr"), "invalid_field"),
            ("/owner/login", json!("사장"), "login_invalid"),
            ("/owner/password", json!("short"), "password_length"),
            ("/owner/name", json!("a\u{0}b"), "control_character"),
        ] {
            let mut body = setup();
            match place.rsplit_once('/') {
                Some((parent, last)) => body.pointer_mut(parent).expect("its parent")[last] = value,
                None => unreachable!("{place}"),
            }
            if code.is_empty() {
                continue;
            }
            let answer = app.call(&Who::Nobody, "POST /api/v1/setup", body);
            let field = place[1..].replace('/', ".");
            let status = if code == "invalid_field" { 400 } else { 422 };
            assert_eq!(answer.problem(), (status, code, Some(field.as_str())), "{place}");
        }
        app.set_up();
    });
}

#[test]
fn signing_in_and_out() {
    each_engine(|app| {
        app.set_up();
        for (login, password, status) in [
            ("owner", PASSWORD, 200),
            (" OWNER ", PASSWORD, 200),
            ("owner", "every-day-anew ", 401),
            ("nobody", PASSWORD, 401),
            ("own\u{0}er", PASSWORD, 401),
            ("", "", 401),
        ] {
            let answer = app.call(&Who::Nobody, "POST /api/v1/session", json!({"login": login, "password": password}));
            assert_eq!(answer.status, status, "{login}");
            if status == 401 {
                assert_eq!(answer.problem(), (401, "wrong_credentials", None));
                assert_eq!(answer.header("set-cookie"), None);
            }
        }
        let (one, other) = (app.sign_in("owner"), app.sign_in("owner"));
        let answer = app.call_with(&one, "DELETE /api/v1/session", None, &[]);
        assert_eq!((answer.status, token(&answer).as_str()), (204, ""));
        assert_eq!(app.get(&one, "/api/v1/session").problem(), (401, "unauthenticated", None));
        app.get(&other, "/api/v1/session").expect(200);
        assert_eq!(app.call_with(&one, "DELETE /api/v1/session", None, &[]).status, 204, "nobody is signed in any more");
    });
}

#[test]
fn the_cookie_is_for_this_site_and_its_server_alone() {
    each_engine(|app| {
        app.set_up();
        let sign_in = |headers: &[(&str, &str)]| {
            let body = json!({"login": "owner", "password": PASSWORD});
            let answer = app.call_with(&Who::Nobody, "POST /api/v1/session", Some(body), headers);
            answer.header("set-cookie").expect("a cookie").to_owned()
        };
        let plain = sign_in(&[]);
        for attribute in ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
            assert!(plain.split("; ").any(|part| part == attribute), "{attribute} in {plain}");
        }
        assert!(!plain.contains("Secure"));
        assert!(sign_in(&[("x-forwarded-proto", "https")]).ends_with("; Secure"));
    });
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    each_engine(|app| {
        let Who::Person(token) = app.set_up() else { panic!("the owner is a person") };
        let cookie = format!("danggol_session={token}");
        for (line, header, status) in [
            ("POST /api/v1/members", None, 403),
            ("POST /api/v1/members", Some("0"), 403),
            ("POST /api/v1/members", Some("1"), 201),
            ("DELETE /api/v1/session", None, 403),
        ] {
            let mut headers = vec![("cookie", cookie.as_str())];
            headers.extend(header.map(|value| ("x-danggol-console", value)));
            let answer = app.call_with(&Who::Nobody, line, Some(json!({})), &headers);
            assert_eq!(answer.status, status, "{line} {header:?}");
            if status == 403 {
                assert_eq!(answer.problem().1, "console_header_missing");
            }
        }
        assert_eq!(app.call_with(&Who::Nobody, "GET /api/v1/session", None, &[("cookie", &cookie)]).status, 200);
    });
}

#[test]
fn a_session_ends_when_its_time_is_over() {
    each_engine_with(Settings { session_hours: Some(2), ..Settings::default() }, |app| {
        let owner = app.set_up();
        app.advance_ms(2 * 3_600_000 - 1);
        app.get(&owner, "/api/v1/session").expect(200);
        app.advance_ms(10_001);
        assert_eq!(app.get(&owner, "/api/v1/session").problem(), (401, "unauthenticated", None));
    });
}

fn attempt(app: &TestApp, password: &str) -> (u16, Option<String>) {
    let answer = app.call(&Who::Nobody, "POST /api/v1/session", json!({"login": "owner", "password": password}));
    (answer.status, answer.header("retry-after").map(str::to_owned))
}

#[test]
fn guessing_a_password_becomes_slow() {
    each_engine(|app| {
        app.set_up();
        for _ in 0..10 {
            assert_eq!(attempt(app, "a wrong password"), (401, None));
        }
        assert_eq!(attempt(app, PASSWORD), (429, Some("60".to_owned())), "the right one has to wait too");
        app.advance_ms(60_000);
        assert_eq!(attempt(app, PASSWORD).0, 200);
        assert_eq!(attempt(app, "a wrong password").0, 401, "it is forgiven");
    });
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    each_engine(|app| {
        let owner = app.set_up();
        let other = app.sign_in("owner");
        let change = |who: &Who, current: &str, new: &str| {
            app.call(who, "POST /api/v1/session/password", json!({"current": current, "new": new}))
        };
        assert_eq!(change(&owner, "not it", "a-new-password").problem(), (422, "wrong_password", Some("current")));
        assert_eq!(change(&owner, PASSWORD, "short").problem(), (422, "password_length", Some("new")));
        assert_eq!(change(&owner, PASSWORD, "a-new-password").status, 204);
        app.get(&owner, "/api/v1/session").expect(200);
        assert_eq!(app.get(&other, "/api/v1/session").status, 401);
        assert_eq!((attempt(app, PASSWORD).0, attempt(app, "a-new-password").0), (401, 200));
    });
}

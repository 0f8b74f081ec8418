//! What is expected of members.

use danggol_core::time::{DAY_MS, rfc3339};
use serde_json::{Value, json};

use crate::common::{NOW_MS, TestApp, Who, each_engine};

const MEMBERS: usize = 60;

fn phone(member: usize) -> Value {
    json!({"kind": "phone", "value": format!("010 0000 {member:04}")})
}

/// Enrols members who buy at intervals of their own for 200 days, every third one only in the first half; gives their ids.
fn trade(app: &TestApp, owner: &Who) -> Vec<String> {
    let enrol = |member| {
        let body = json!({"name": format!("회원 {member}"), "identities": [phone(member)]});
        let made = app.call(owner, "POST /api/v1/members", body).expect(201);
        made["id"].as_str().expect("an id").to_owned()
    };
    let members: Vec<String> = (0..MEMBERS).map(enrol).collect();
    let mut purchases = Vec::new();
    for (number, member) in members.iter().enumerate() {
        let ends = if number % 3 == 0 { 100 } else { 0 };
        let days = (ends..200 - number % 30).rev().step_by(6 + number % 17);
        purchases.extend(days.map(|days_ago| {
            let at = rfc3339(NOW_MS - days_ago as i64 * DAY_MS);
            let amount = 5_000 + 300 * (number * 7 % 40) as i64 + 100 * (days_ago as i64 % 9);
            json!({"external_no": format!("{number}-{days_ago}"), "member_id": member, "at": at,
                "lines": [{"sku": "a", "amount_minor": amount}]})
        }));
    }
    for part in purchases.chunks(500) {
        let outcomes = app.call(owner, "POST /api/v1/purchases/batch", json!({"purchases": part})).expect(200);
        assert!(outcomes["outcomes"].as_array().expect("outcomes").iter().all(|outcome| outcome["status"] == 201), "{outcomes}");
    }
    members
}

#[test]
fn what_members_are_expected_to_do_is_fitted_to_what_they_did() {
    each_engine(|app| {
        let owner = app.set_up();
        let before = app.get(&owner, "/api/v1/expected-value").expect(200);
        assert_eq!((&before["fitted_at"], &before["model"], &before["lack"]), (&Value::Null, &Value::Null, &Value::Null));
        assert!(app.refit());
        let empty = app.get(&owner, "/api/v1/expected-value").expect(200);
        assert_eq!((&empty["lack"]["reason"], &empty["lack"]["found"]), (&json!("repeat_buyers"), &json!(0)));
        assert!(!app.refit());

        let members = trade(app, &owner);
        assert!(app.refit() && !app.refit());
        let seen = app.get(&owner, "/api/v1/expected-value").expect(200);
        assert_eq!(
            (&seen["lack"], &seen["model"]["members"], &seen["model"]["until"]),
            (&Value::Null, &json!(60), &json!("2026-11-21"))
        );
        let calibration = &seen["calibration"];
        assert_eq!((&calibration["until"], &calibration["days"]), (&json!("2026-08-23"), &json!(90)));
        let (expected, actual) = (calibration["expected_purchases"].as_f64(), calibration["actual_purchases"].as_f64());
        assert!((0.5..2.0).contains(&(expected.unwrap() / actual.unwrap())), "{calibration}");

        let of = |member: &str| app.get(&owner, &format!("/api/v1/members/{member}/expected-value")).expect(200);
        let (stayed, left) = (of(&members[1]), of(&members[3]));
        let coming = |of: &Value| of["expectation"]["probability_coming"].as_f64().expect("a probability");
        assert!(coming(&stayed) > 0.8 && coming(&left) < 0.5, "{stayed} {left}");
        assert_eq!(left["history"]["days"], json!(11));
        assert!(stayed["sentence"].as_str().expect("a sentence").contains("앞으로 90일"), "{stayed}");
        assert!(stayed["why"].as_str().expect("a sentence").contains("일 구매"), "{stayed}");

        // The next day, after another purchase, there is something new to fit.
        app.advance_ms(DAY_MS);
        assert!(!app.refit());
        let owner = app.sign_in("Owner");
        app.call(&owner, "POST /api/v1/purchases", json!({"member_id": members[0], "lines": [{"sku": "a", "amount_minor": 1}]}))
            .expect(201);
        assert!(app.refit());
    });
}

#[test]
fn who_never_bought_has_no_expectation_and_strangers_have_none() {
    each_engine(|app| {
        let owner = app.set_up();
        let made = app.call(&owner, "POST /api/v1/members", json!({"name": "김철수", "identities": [phone(1)]})).expect(201);
        let path = format!("/api/v1/members/{}/expected-value", made["id"].as_str().expect("an id"));
        let found = app.get(&owner, &path).expect(200);
        assert_eq!((&found["sentence"], &found["history"], &found["expectation"]), (&Value::Null, &Value::Null, &Value::Null));
        let unknown = app.get(&owner, "/api/v1/members/mem_0000000000001/expected-value");
        assert_eq!(unknown.problem().0, 404);
        let program = app.program(&owner, &["purchases:write"]);
        assert_eq!(app.get(&program, &path).problem().0, 403);
        assert_eq!(app.get(&program, "/api/v1/expected-value").problem().0, 403);
    });
}

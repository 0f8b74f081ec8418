//! Answers of the roster are those of SQL, right after whatever was posted, on whichever server.

use danggol_server::config::{RosterUse, Settings};
use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine, each_engine_with};

fn enrol(app: &TestApp, who: &Who, name: &str) -> String {
    app.call(who, "POST /api/v1/members", json!({"name": name})).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn buy(app: &TestApp, who: &Who, member: &str, amount_minor: i64) -> String {
    let line = json!({"sku": "a", "category": "milk", "amount_minor": amount_minor});
    let body = json!({"member_id": member, "lines": [line]});
    app.call(who, "POST /api/v1/purchases", body).expect(201)["purchase"]["id"].as_str().expect("an id").to_owned()
}

/// How many fit a condition, and the names of the first of them.
fn preview(app: &TestApp, who: &Who, condition: &Value) -> (i64, Vec<String>) {
    let seen = app.call(who, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200);
    let names = seen["sample"].as_array().expect("a sample").iter().map(|row| row["name"].as_str().unwrap_or("-").to_owned());
    (seen["count"].as_i64().expect("a count"), names.collect())
}

/// The pyramid but for the time that it took.
fn pyramid(app: &TestApp, who: &Who) -> Value {
    let mut seen = app.get(who, "/api/v1/pyramid?weights=amount:2,recency:1").expect(200);
    seen["took_us"] = Value::Null;
    seen
}

#[test]
fn the_roster_answers_as_sql_does_and_at_once() {
    each_engine(|app| {
        let owner = app.set_up();
        let (kim, lee, park) = (enrol(app, &owner, "김"), enrol(app, &owner, "이"), enrol(app, &owner, "박"));
        let spent = |amount: i64| json!({"attribute": "habit.spent", "op": "at_least", "value": amount});
        let returned = buy(app, &owner, &kim, 5_000);
        buy(app, &owner, &lee, 700);
        // The first question is SQL's, and has the roster loaded.
        assert_eq!(preview(app, &owner, &spent(1)), (2, vec!["김".to_owned(), "이".to_owned()]));
        let by_sql = pyramid(app, &owner);
        app.warm_roster();
        assert_eq!(preview(app, &owner, &spent(1)), (2, vec!["김".to_owned(), "이".to_owned()]));
        assert_eq!(pyramid(app, &owner), by_sql);
        buy(app, &owner, &park, 900);
        assert_eq!(preview(app, &owner, &spent(800)), (2, vec!["김".to_owned(), "박".to_owned()]));
        app.call(&owner, &format!("POST /api/v1/purchases/{returned}/returns"), json!({"whole": true})).expect(201);
        assert_eq!(preview(app, &owner, &spent(800)), (1, vec!["박".to_owned()]));
        assert_eq!(pyramid(app, &owner)["buyers"], 2);
        let choi = enrol(app, &owner, "최");
        let file = json!({"custom": {"shoe": "250"}});
        app.call(&owner, &format!("PATCH /api/v1/members/{choi}"), file).expect(200);
        let shoe = json!({"custom": "shoe", "op": "is", "value": "250"});
        assert_eq!(preview(app, &owner, &shoe), (1, vec!["최".to_owned()]));
        app.call(&owner, "POST /api/v1/members/close", json!({"members": [choi], "reason": "이사"})).expect(200);
        assert_eq!(preview(app, &owner, &shoe), (0, vec![]));
        assert!(app.laid_over_roster() >= Some(3), "it was the roster that answered");
        if let Some(other) = app.beside() {
            buy(&other, &owner, &lee, 100_000);
            assert_eq!(preview(app, &owner, &spent(100_000)), (1, vec!["이".to_owned()]));
        }
    });
}

#[test]
fn lists_and_segments_are_told_by_the_roster_too() {
    each_engine(|app| {
        let owner = app.set_up();
        let ids: Vec<String> = ["가", "나", "다"].iter().map(|name| enrol(app, &owner, name)).collect();
        let list = app.call(&owner, "POST /api/v1/segments", json!({"name": "list", "kind": "list"})).expect(201);
        let list = list["id"].as_str().expect("an id");
        let members = format!("/api/v1/segments/{list}/members?limit=2");
        assert_eq!(app.get(&owner, &members).expect(200)["items"], json!([]));
        app.warm_roster();
        app.call(&owner, &format!("POST /api/v1/segments/{list}/members"), json!({"add": ids})).expect(200);
        let first = app.get(&owner, &members).expect(200);
        let found: Vec<&str> = first["items"].as_array().expect("rows").iter().filter_map(|row| row["id"].as_str()).collect();
        assert_eq!(found, ids[..2]);
        let cursor = first["next_cursor"].as_str().expect("there is more");
        let rest = app.get(&owner, &format!("{members}&cursor={cursor}")).expect(200);
        assert_eq!((&rest["items"][0]["id"], &rest["next_cursor"]), (&json!(ids[2]), &Value::Null));
        let unlisted = json!({"not": {"segment": list}});
        assert_eq!(preview(app, &owner, &unlisted).0, 0);
    });
}

#[test]
fn where_the_brand_wants_none_there_is_none() {
    each_engine_with(Settings { roster: Some(RosterUse::Never), ..Settings::default() }, |app| {
        let owner = app.set_up();
        let kim = enrol(app, &owner, "김");
        for bought in 1..=2 {
            buy(app, &owner, &kim, 1_000);
            let condition = json!({"attribute": "habit.purchases", "op": "is", "value": bought});
            assert_eq!(preview(app, &owner, &condition).0, 1);
        }
        assert_eq!(app.laid_over_roster(), None);
    });
}

//! What-if over the wire: a draft tried on what was bought, before it is published.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn programme(points: i64, silver_minor: i64) -> Value {
    let tiers = json!({
        "levels": [{"code": "member", "name": "단골"}, {"code": "silver", "name": "실버", "spend_minor": silver_minor}],
        "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 0,
    });
    let rule = json!({"id": "base", "name": "기본", "award": {"kind": "rate", "points": points, "per_minor": 1000}});
    json!({"name": "단골", "earning": {"rules": [rule]}, "tiers": tiers,
        "redemption": {"points": 1, "minor": 1, "step": 1, "minimum": 1}})
}

fn draft(app: &TestApp, who: &Who, programme: Value) {
    app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
}

/// Waits until nothing is replayed any more.
fn ended(app: &TestApp, who: &Who) -> Value {
    let began = Instant::now();
    loop {
        let seen = app.get(who, "/api/v1/programme/what-if").expect(200);
        if seen["progress"].is_null() {
            return seen;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{seen}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn buy(app: &TestApp, who: &Who, member: &Value, amount_minor: i64, redeem_points: i64) -> Value {
    let body = json!({"member_id": member, "redeem_points": redeem_points,
        "lines": [{"sku": "a", "quantity": 2, "amount_minor": amount_minor}]});
    app.call(who, "POST /api/v1/purchases", body).expect(201)["purchase"].clone()
}

#[test]
fn a_draft_is_replayed_over_purchases_returns_and_what_was_spent() {
    each_engine(|app| {
        let owner = app.set_up();
        assert_eq!(app.get(&owner, "/api/v1/programme/what-if").expect(200)["result"], Value::Null);
        let nothing = app.call(&owner, "POST /api/v1/programme/what-if", json!({}));
        assert_eq!(nothing.problem(), (409, "no_draft", None));
        draft(app, &owner, programme(2, 50_000));
        app.call(&owner, "POST /api/v1/programme/publish", json!({})).expect(201);
        let member = |name: &str| app.call(&owner, "POST /api/v1/members", json!({"name": name})).expect(201)["id"].clone();
        let (hana, duri) = (member("하나"), member("두리"));
        let bought = buy(app, &owner, &hana, 60_000, 0);
        let id = bought["id"].as_str().expect("an id");
        app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), json!({"lines": [{"line": 0, "quantity": 1}]}))
            .expect(201);
        buy(app, &owner, &duri, 100_000, 0);
        buy(app, &owner, &duri, 10_000, 150);
        // 60 points less 30, and 200 + 19 less 150, as the books have them.
        draft(app, &owner, programme(1, 20_000));
        let begun = app.call(&owner, "POST /api/v1/programme/what-if", json!({})).expect(202);
        assert_eq!(begun["has_failed"], false);
        let seen = ended(app, &owner);
        assert_eq!((&seen["is_of_draft"], &seen["has_failed"]), (&json!(true), &json!(false)), "{seen}");
        let result = &seen["result"];
        assert_eq!((&result["members"], &result["purchases"]), (&json!(2), &json!(3)));
        let (now, planned) = (&result["total"]["in_force"], &result["total"]["planned"]);
        let side = |side: &Value| {
            ["given", "taken_back", "expired", "spent", "adjusted", "open", "owed"].map(|name| side[name].as_i64())
        };
        assert_eq!(side(now), [339, 60, 0, 150, 0, 129, 0].map(Some));
        // Where she would have had 100, she spent 150: the rest is owed, and what the purchase gives pays of it.
        assert_eq!(side(planned), [169, 30, 0, 150, 0, 30, 41].map(Some));
        assert_eq!((&now["open_minor"], &planned["open_minor"]), (&json!(129), &json!(30)));
        assert_eq!(result["total"]["sales_minor"], 140_000);
        assert_eq!(result["lost"], json!({"members": 2, "points": 140}));
        let losers = result["losers"].as_array().expect("losers");
        let shown: Vec<_> =
            losers.iter().map(|one| (one["name"].as_str(), one["in_force"].as_i64(), one["planned"].as_i64())).collect();
        assert_eq!(shown, [(Some("두리"), Some(69), Some(-41)), (Some("하나"), Some(60), Some(30))]);
        let up = result["up"].as_array().expect("movers");
        assert_eq!((up.len(), &up[0]["name"], &up[0]["planned"]), (1, &json!("하나"), &json!("실버")));
        let books: i64 = [&hana, &duri]
            .map(|member| {
                let path = format!("/api/v1/members/{}/balances", member.as_str().expect("an id"));
                app.get(&owner, &path).expect(200)["items"][0]["balance"].as_i64().expect("points")
            })
            .iter()
            .sum();
        assert_eq!(Some(books), now["open"].as_i64(), "replayed as it is, history gives what the books have");

        // Another draft, or none: what was tried is not of it any more.
        draft(app, &owner, programme(3, 20_000));
        assert_eq!(app.get(&owner, "/api/v1/programme/what-if").expect(200)["is_of_draft"], false);
        app.call(&owner, "POST /api/v1/programme/what-if", json!({"programme": programme(2, 50_000)})).expect(202);
        let same = ended(app, &owner);
        assert_eq!((&same["result"]["lost"]["members"], &same["result"]["gained"]["members"]), (&json!(0), &json!(0)));
        app.call_with(&owner, "DELETE /api/v1/programme/what-if", None, &[]).expect(204);
        assert_eq!(app.get(&owner, "/api/v1/programme/what-if").expect(200)["result"], same["result"]);
    });
}

#[test]
fn only_who_may_publish_may_try_and_a_faulty_plan_is_refused() {
    each_engine(|app| {
        let owner = app.set_up();
        let reader = app.program(&owner, &["members:read"]);
        for call in ["GET", "POST", "DELETE"] {
            let body = (call == "POST").then(|| json!({}));
            let refused = app.call_with(&reader, &format!("{call} /api/v1/programme/what-if"), body, &[]);
            assert_eq!((refused.problem().0, refused.problem().1), (403, "scope_missing"), "{call}");
        }
        let faulty = app.call(&owner, "POST /api/v1/programme/what-if", json!({"programme": programme(0, 1)}));
        assert_eq!(faulty.problem(), (422, "programme_faulty", Some("earning.rules[0].award.points")));
        let unknown = app.call(&owner, "POST /api/v1/programme/what-if", json!({"programme": {"name": 1}}));
        assert_eq!(unknown.problem(), (400, "invalid_field", Some("programme.name")));
    });
}

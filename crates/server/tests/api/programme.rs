//! The programme over the wire: drafted, checked, said in words, published; and the pyramid that it cuts.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn rule(per_minor: i64) -> Value {
    json!({"id": "base", "name": "기본", "award": {"kind": "rate", "points": 1, "per_minor": per_minor}})
}

fn put(app: &TestApp, who: &Who, rules: Value) -> Value {
    let programme = json!({"name": "단골", "earning": {"rules": rules}});
    app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200)
}

#[test]
fn a_faulty_draft_is_kept_and_not_published() {
    each_engine(|app| {
        let owner = app.set_up();
        let checked = put(app, &owner, json!([rule(0), rule(1000)]));
        let paths: Vec<&str> =
            checked["faults"].as_array().expect("faults").iter().filter_map(|fault| fault["path"].as_str()).collect();
        assert!(paths.contains(&"earning.rules[0].award.per_minor") && paths.contains(&"earning.rules[1].id"), "{paths:?}");
        assert!(checked["faults"][0]["text"].as_str().is_some_and(|text| !text.is_empty()));
        let read = app.get(&owner, "/api/v1/programme").expect(200);
        assert_eq!(read["draft"]["programme"]["earning"]["rules"][0]["award"]["per_minor"], 0);
        let refused = app.call(&owner, "POST /api/v1/programme/publish", json!({}));
        assert_eq!((refused.problem().0, refused.problem().1), (422, "programme_faulty"));
        put(app, &owner, json!([rule(1000)]));
        let version =
            app.call(&owner, "POST /api/v1/programme/publish", json!({"note": "첫 규칙"})).expect(201)["version"].clone();
        let read = app.get(&owner, "/api/v1/programme").expect(200);
        assert_eq!((&read["published"]["version"], &read["draft"]), (&version, &Value::Null));
        let versions = app.get(&owner, "/api/v1/programme/versions").expect(200);
        assert_eq!((&versions["items"][0]["version"], &versions["items"][0]["note"]), (&version, &json!("첫 규칙")));
        let nothing = app.call(&owner, "POST /api/v1/programme/publish", json!({}));
        assert_eq!(nothing.problem(), (409, "no_draft", None));
        app.call_with(&owner, "DELETE /api/v1/programme/draft", None, &[]).expect(204);
    });
}

#[test]
fn every_part_is_said_in_the_callers_language() {
    each_engine(|app| {
        let owner = app.set_up();
        let programme = json!({"programme": {"name": "단골", "earning": {"rules": [rule(1000)]}}});
        for (language, expected) in [("zh-CN", "积分"), ("zh-TW", "點"), ("ko", "포인트"), ("en", "point")] {
            let header = [("accept-language", language)];
            let checked = app.call_with(&owner, "POST /api/v1/programme/check", Some(programme.clone()), &header).expect(200);
            let text = checked["words"][0]["text"].as_str().unwrap_or_default().to_owned();
            assert!(text.contains(expected), "{language}: {text}");
            let attributes = app.call_with(&owner, "GET /api/v1/attributes", None, &header).expect(200);
            let items = attributes["items"].as_array().expect("attributes");
            assert!(items.iter().all(|item| item["label"].as_str().is_some_and(|label| !label.is_empty())), "{language}");
        }
    });
}

fn publish_ladder(app: &TestApp, who: &Who, silver_minor: i64) {
    let tiers = json!({
        "levels": [{"code": "member", "name": "단골"}, {"code": "silver", "name": "실버", "spend_minor": silver_minor}],
        "window": {"kind": "rolling", "days": 365}, "keep_days": 10, "grace_days": 0,
    });
    let programme = json!({"name": "단골", "earning": {"rules": [rule(1000)]}, "tiers": tiers});
    app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
    app.call(who, "POST /api/v1/programme/publish", json!({})).expect(201);
}

#[test]
fn a_tier_that_needs_nothing_is_held_without_entries_until_another_ladder_comes() {
    each_engine(|app| {
        let scopes = ["members:read", "members:write", "purchases:write", "programme:write"];
        let owner = app.program(&app.set_up(), &scopes);
        publish_ladder(app, &owner, 500_000);
        let member = app.call(&owner, "POST /api/v1/members", json!({})).expect(201)["id"].clone();
        let member = member.as_str().expect("an id");
        let body = json!({"member_id": member, "lines": [{"sku": "a", "amount_minor": 20_000}]});
        app.call(&owner, "POST /api/v1/purchases", body).expect(201);
        let standing = || app.get(&owner, &format!("/api/v1/explain/tier/{member}")).expect(200)["standing"]["tier"].clone();
        let entries =
            || app.get(&owner, &format!("/api/v1/members/{member}/entries")).expect(200)["items"].as_array().map(Vec::len);
        assert_eq!((&standing()["code"], &standing()["keep_until"]), (&json!("member"), &Value::Null));
        assert_eq!((app.review(), app.review()), (0, 0));
        app.advance_ms(25 * 86_400_000);
        assert_eq!((app.review(), entries()), (0, Some(1)), "nothing is due for her, and nothing is written");
        publish_ladder(app, &owner, 20_000);
        assert_eq!(app.review(), 1, "the new ladder gives her more");
        assert_eq!((&standing()["code"], entries()), (&json!("silver"), Some(2)));
        assert_eq!(app.review(), 0);
        assert_eq!(app.audit(), Vec::<String>::new());
    });
}

#[test]
fn the_pyramid_says_its_denominator_and_its_layers() {
    each_engine(|app| {
        let owner = app.set_up();
        for at in 1..=20_i64 {
            let phone = format!("010 0000 {at:04}");
            let member = app
                .call(
                    &owner,
                    "POST /api/v1/members",
                    json!({"name": format!("M{at}"), "identities": [{"kind": "phone", "value": phone}]}),
                )
                .expect(201);
            if at > 10 {
                let body = json!({"member_id": member["id"], "lines": [{"sku": "a", "amount_minor": at * 1_000}]});
                app.call(&owner, "POST /api/v1/purchases", body).expect(201);
            }
        }
        let pyramid = app.get(&owner, "/api/v1/pyramid").expect(200);
        assert_eq!(
            (&pyramid["buyers"], &pyramid["members"], &pyramid["amount_minor"]),
            (&json!(10), &json!(20), &json!(155_000))
        );
        let layers: Vec<i64> =
            pyramid["layers"].as_array().expect("layers").iter().filter_map(|layer| layer["members"].as_i64()).collect();
        assert_eq!(layers, [1, 0, 1, 8]);
        let top = app.get(&owner, "/api/v1/pyramid/members?layer=vip").expect(200);
        assert_eq!((&top["items"][0]["member"]["name"], &top["items"][0]["rank"]), (&json!("M20"), &json!(1)));
        let small = app.get(&owner, "/api/v1/pyramid/members?layer=small&limit=5").expect(200);
        assert_eq!((small["items"].as_array().map(Vec::len), small["next_cursor"].as_str()), (Some(5), Some("5")));
        for (query, code) in [
            ("from=tomorrow", "date_invalid"),
            ("from=2026-02-01&to=2026-01-01", "out_of_range"),
            ("weights=amount:0", "weights_invalid"),
            ("colour=red", "invalid_query"),
        ] {
            assert_eq!(app.get(&owner, &format!("/api/v1/pyramid?{query}")).problem().1, code, "{query}");
        }
        assert_eq!(app.get(&owner, "/api/v1/pyramid/members?layer=nobody").problem(), (404, "unknown_layer", Some("layer")));
    });
}

#[test]
fn what_another_server_decided_by_a_version_that_this_one_has_not_heard_of_is_explained_by_that_version() {
    each_engine(|app| {
        let owner = app.set_up();
        let Some(other) = app.beside() else { return };
        let rules = json!([{"id": "new", "name": "새 규칙", "award": {"kind": "rate", "points": 1, "per_minor": 10}}]);
        put(&other, &owner, rules);
        other.call(&owner, "POST /api/v1/programme/publish", json!({})).expect(201);
        let member = other.call(&owner, "POST /api/v1/members", json!({})).expect(201)["id"].clone();
        let lines = json!([{"sku": "a", "quantity": 1, "amount_minor": 1000}]);
        other
            .call(&owner, "POST /api/v1/purchases", json!({"member_id": member, "channel": "store", "lines": lines}))
            .expect(201);
        let path = format!("/api/v1/members/{}/entries", member.as_str().expect("an id"));
        let entry = app.get(&owner, &path).expect(200)["items"][0].clone();
        assert_eq!((&entry["why"][0]["rule_name"], &entry["why"][0]["amount"]), (&json!("새 규칙"), &json!(100)));
    });
}

//! The portrait of a member over the wire.

use serde_json::{Value, json};

use crate::common::each_engine;

#[test]
fn a_portrait_says_who_she_is_and_what_to_say_next() {
    each_engine(|app| {
        let owner = app.set_up();
        let body = json!({"name": "김", "identities": [{"kind": "phone", "value": "010 0000 0001"}]});
        let kim = app.call(&owner, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/members/{kim}/portrait");
        let empty = app.get(&owner, &path).expect(200);
        assert_eq!((&empty["next"], &empty["days"], &empty["missing"][0]), (&json!([]), &json!([]), &json!("gender")));
        assert_eq!(empty["months"].as_array().map(Vec::len), Some(12));
        for day in ["2026-09-20", "2026-10-20", "2026-11-19"] {
            let line = json!({"sku": "tea", "category": "drinks", "amount_minor": 9_000});
            let purchase = json!({"member_id": kim, "at": format!("{day}T03:00:00Z"), "store": "s1", "lines": [line]});
            app.call(&owner, "POST /api/v1/purchases", purchase).expect(201);
        }
        let seen = app.get(&owner, &path).expect(200);
        let part =
            |of: &str| (seen[of][0]["code"].clone(), seen[of][0]["amount_minor"].as_i64(), seen[of][0]["purchases"].as_i64());
        for (of, code) in [("categories", "drinks"), ("products", "tea"), ("channels", "store"), ("stores", "s1")] {
            assert_eq!(part(of), (json!(code), Some(27_000), Some(3)), "{of}");
        }
        assert_eq!((&seen["suggested_store"], seen["days"].as_array().map(Vec::len)), (&json!("s1"), Some(3)));
        let interval = seen["facts"].as_array().expect("facts").iter().find(|fact| fact["text"] == "방문 간격(일)");
        assert_eq!(interval.map(|fact| fact["value"].clone()), Some(json!("30")), "{seen:#}");
        assert!(interval.is_some_and(|fact| fact["evidence"].is_string()));
        // Each figure opens its records.
        let records = |query: &str| {
            let found = app.get(&owner, &format!("/api/v1/members/{kim}/purchases?{query}")).expect(200);
            found["items"].as_array().map(Vec::len)
        };
        for (query, expected) in [
            ("category=drinks", 3),
            ("category=toys", 0),
            ("sku=tea&store=s1&channel=store", 3),
            ("brand=none", 0),
            ("returned=true", 0),
            ("returned=false&limit=2", 2),
            ("discounted=true", 0),
            ("from=2026-10-01&to=2026-10-31", 1),
            ("to=2026-10-31&limit=1", 1),
        ] {
            assert_eq!(records(query), Some(expected), "{query}");
        }
        let first = app.get(&owner, &format!("/api/v1/members/{kim}/purchases?sku=tea&limit=2")).expect(200);
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        assert_eq!(records(&format!("sku=tea&limit=2&cursor={cursor}")), Some(1));
        let wrong = app.get(&owner, &format!("/api/v1/members/{kim}/purchases?from=yesterday"));
        assert_eq!(wrong.problem(), (422, "date_invalid", Some("from")));
        let store = seen["facts"].as_array().expect("facts").iter().find(|fact| fact["attribute"] == "habit.home_store");
        assert_eq!(store.map(|fact| fact["code"].clone()), Some(json!("s1")));
        // She is not due before a month is over, and then her tea is.
        assert_eq!(seen["next"], json!([]));
        let clerk = app.program(&owner, &["members:read"]);
        app.advance_ms(27 * 86_400_000);
        let later = app.get(&clerk, &path).expect(200);
        let said: Vec<&str> = later["next"].as_array().expect("steps").iter().filter_map(|step| step["text"].as_str()).collect();
        assert_eq!(said, ["‘tea’ 다시 살 때가 되었습니다. 필요한지 물어보세요"]);
        assert_eq!(app.get(&clerk, "/api/v1/members/mem_0000000000001/portrait").problem().0, 404);
        assert_eq!(later["stale_since"], Value::Null);
    });
}

/// A year is held against the one before only where she bought for a good part of that one: otherwise it would tell when she came.
#[test]
fn a_member_who_came_lately_did_not_spend_tenfold() {
    each_engine(|app| {
        let owner = app.set_up();
        let change = |first: &str| {
            let member = app.call(&owner, "POST /api/v1/members", json!({"name": first})).expect(201);
            let member = member["id"].as_str().expect("an id");
            for (day, amount_minor) in [(first, 500), ("2026-06-20", 9_000)] {
                let lines = json!([{"sku": "tea", "amount_minor": amount_minor}]);
                let purchase = json!({"member_id": member, "at": format!("{day}T03:00:00Z"), "lines": lines});
                app.call(&owner, "POST /api/v1/purchases", purchase).expect(201);
            }
            let seen = app.get(&owner, &format!("/api/v1/members/{member}/portrait")).expect(200);
            let facts = seen["facts"].as_array().expect("facts").clone();
            facts.into_iter().find(|fact| fact["attribute"] == "habit.year_change").map(|fact| fact["value"].clone())
        };
        assert_eq!(change("2025-11-10"), None);
        assert_eq!(change("2025-03-10"), Some(json!("10배 이상 증가")));
    });
}

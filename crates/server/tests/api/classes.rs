//! Classes of members over the wire, as attributes of conditions too; movement between layers, and what guards the pyramid.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const DAY_MS: i64 = 86_400_000;
const SCOPES: [&str; 5] = ["members:read", "members:write", "purchases:write", "programme:write", "insight:read"];

fn enrol(app: &TestApp, who: &Who, number: usize) -> String {
    let body = json!({"name": format!("m{number}"), "identities": [{"kind": "phone", "value": format!("010 0000 {number:04}")}]});
    app.call(who, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn buy(app: &TestApp, who: &Who, member: &str, at: &str, (sku, amount_minor): (&str, i64)) -> Value {
    let line = json!({"sku": sku, "amount_minor": amount_minor});
    let purchase = json!({"member_id": member, "at": format!("{at}T03:00:00Z"), "lines": [line]});
    app.call(who, "POST /api/v1/purchases", purchase).expect(201)["purchase"]["id"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().filter_map(|item| item["name"].as_str().or(item["member"]["name"].as_str())).collect()
}

/// Ten members who buy tea every month, the first the most; an eleventh bought once, for a wedding; the tenth has stopped.
fn brand(app: &TestApp) -> (Who, Vec<String>, Value) {
    let owner = app.program(&app.set_up(), &SCOPES);
    let members: Vec<String> = (1..=11).map(|number| enrol(app, &owner, number)).collect();
    for (index, member) in members[..10].iter().enumerate() {
        let amount = 100_000 - 9_000 * index as i64;
        let months: &[&str] = match index {
            9 => &["2025-12-05", "2026-01-05", "2026-02-05"],
            _ => &["2026-07-05", "2026-08-05", "2026-09-05", "2026-10-05", "2026-11-05"],
        };
        for month in months {
            buy(app, &owner, member, month, ("tea", amount));
        }
    }
    buy(app, &owner, &members[2], "2026-09-06", ("ginseng", 30_000));
    for member in &members[3..8] {
        buy(app, &owner, member, "2026-09-06", ("ginseng", 100));
    }
    let wedding = buy(app, &owner, &members[10], "2026-10-10", ("wine", 5_000_000));
    (owner, members, wedding)
}

#[test]
fn members_are_classed_and_conditions_ask_for_it() {
    each_engine(|app| {
        let (owner, members, _) = brand(app);
        let classes = app.get(&owner, "/api/v1/classes").expect(200);
        let size = |attribute: &str, code: &str| {
            let set =
                classes["sets"].as_array().expect("sets").iter().find(|set| set["attribute"] == attribute).expect("the set");
            let item = set["items"].as_array().expect("items").iter().find(|item| item["code"] == code).expect("the class");
            item["members"].as_i64().expect("a number")
        };
        for (attribute, code, expected) in [
            ("class.stage", "regular", 9),
            ("class.stage", "lost", 1),
            ("class.stage", "new", 1),
            ("class.layer", "vip", 1),
            ("class.layer", "small", 8),
            ("class.abc", "a", 4),
        ] {
            assert_eq!(size(attribute, code), expected, "{attribute} {code}: {classes:#}");
        }
        let grid: i64 = classes["grid"].as_array().expect("a grid").iter().filter_map(|cell| cell["members"].as_i64()).sum();
        assert_eq!(grid, 11);
        let lost = app.get(&owner, "/api/v1/classes/members?attribute=class.stage&value=lost").expect(200);
        assert_eq!(names(&lost["items"]), ["m10"]);
        let faulty = app.get(&owner, "/api/v1/classes/members?attribute=class.stage&value=nobody");
        assert_eq!(faulty.problem(), (422, "condition_faulty", Some("value")));
        let condition = json!({"all": [
            {"attribute": "class.stage", "op": "in", "value": ["regular", "new"]},
            {"attribute": "class.abc", "op": "is", "value": "a"},
            {"attribute": "class.recency", "op": "at_least", "value": 1},
            {"attribute": "class.bulk_percent", "op": "is_missing"},
        ]});
        let seen = app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200);
        assert_eq!(names(&seen["sample"]), ["m1", "m2", "m3"]);
        let hers = app.get(&owner, &format!("/api/v1/members/{}/class", members[9])).expect(200);
        assert_eq!(hers["classes"][0]["value"], "이탈");
        // By fixed bounds, at once.
        let bounds = json!({"by": "bounds", "recency_days": [90, 60, 30, 10], "purchases": [2, 3, 4, 5], "amount_minor": [1, 2, 3, 4_000_000]});
        let rules = json!({"period_days": 365, "scoring": bounds, "abc_bp": [8_000, 9_500]});
        app.call(&owner, "PUT /api/v1/classes/rules", rules.clone()).expect(200);
        let best = app.get(&owner, "/api/v1/classes/members?attribute=class.frequency&value=5");
        assert_eq!(best.problem().1, "condition_faulty");
        let condition = json!({"all": [{"attribute": "class.monetary", "op": "is", "value": 5}]});
        let seen = app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200);
        assert_eq!(names(&seen["sample"]), ["m11"]);
        let refused = app.call(&owner, "PUT /api/v1/classes/rules", json!({"period_days": 0, "abc_bp": [8_000, 9_500]}));
        assert_eq!(refused.problem(), (422, "out_of_range", Some("period_days")));
        // Who has left is counted in no class, at once.
        app.call(&owner, "POST /api/v1/members/close", json!({"members": [members[0]]})).expect(200);
        let left = app.get(&owner, "/api/v1/classes").expect(200);
        let sum = |list: &Value| list.as_array().expect("a list").iter().filter_map(|item| item["members"].as_i64()).sum::<i64>();
        assert_eq!(sum(&left["grid"]), 10);
        for set in left["sets"].as_array().expect("sets") {
            assert_eq!(sum(&set["items"]), 10, "{set}");
        }
    });
}

/// One big purchase does not make a key customer, and a modest total does not hide one.
#[test]
fn the_pyramid_is_guarded_against_a_wedding_and_knows_the_ginseng_customer() {
    each_engine(|app| {
        let (owner, members, wedding) = brand(app);
        let guards = app.get(&owner, "/api/v1/pyramid/guards").expect(200);
        assert_eq!(names(&guards["bulk"]), ["m11"]);
        let bulk = &guards["bulk"][0];
        assert_eq!((&bulk["purchase_id"], &bulk["percent"], &bulk["layer"]), (&wedding, &json!(100), &json!("vip")));
        let key: Vec<_> = guards["key"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|key| (key["member"]["name"].as_str(), key["key"]["sku"].as_str()))
            .collect();
        assert_eq!(key, [(Some("m3"), Some("ginseng"))]);
        let hers = app.get(&owner, &format!("/api/v1/members/{}/class", members[2])).expect(200);
        assert_eq!((&hers["key_products"][0]["percent"], &hers["bulk_purchase_id"]), (&json!(98), &Value::Null));
        let marks = |place: usize| {
            let path = format!("GET /api/v1/members/{}/marks", members[place]);
            app.call_with(&owner, &path, None, &[("accept-language", "en")]).expect(200)["items"].clone()
        };
        let key = marks(2);
        assert_eq!((&key[0]["kind"], &key[0]["text"]), (&json!("key"), &json!("Key customer of “ginseng”")));
        assert!(key[0]["why"].as_str().is_some_and(|why| why.starts_with("98% of what was sold")), "{key}");
        let bulk = marks(10);
        assert_eq!((&bulk[0]["text"], &bulk[0]["purchase_id"]), (&json!("One-off bulk buyer"), &wedding));
        assert_eq!(marks(5), json!([]));
    });
}

/// Friends of the house are all; the best are those in the ordinary layer or above.
fn publish_ladder(app: &TestApp, who: &Who, grace_days: u16) {
    let mut programme = app.get(who, "/api/v1/programme").expect(200)["published"]["programme"].clone();
    programme["tiers"] = json!({
        "levels": [{"code": "friend", "name": "Friend"}, {"code": "best", "name": "Best", "layer": "ordinary"}],
        "window": {"kind": "rolling", "days": 365}, "keep_days": 30, "grace_days": grace_days,
    });
    app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
    app.call(who, "POST /api/v1/programme/publish", json!({})).expect(201);
}

#[test]
fn a_layer_at_the_ranking_lifts_keeps_warns_and_lets_fall_and_the_log_accounts_for_it() {
    each_engine(|app| {
        let (owner, members, _) = brand(app);
        assert_eq!(app.rank(), 0, "no tier asks");
        publish_ladder(app, &owner, 10);
        // The three highest stand in the ordinary layer or above; one of them by a wedding alone, which makes no more than a friend.
        assert_eq!((app.rank(), app.rank()), (3, 0));
        let tier = |place: usize| {
            let member = app.get(&owner, &format!("/api/v1/members/{}", members[place])).expect(200);
            let tier = &member["standing"]["tier"];
            (tier["code"].as_str().map(str::to_owned), tier["grace_until"].is_string())
        };
        let held = |code: &str, grace| (Some(code.to_owned()), grace);
        assert_eq!([0, 1, 10].map(tier), [held("best", false), held("best", false), held("friend", false)]);
        let header = [("accept-language", "en")];
        let why = |place: usize| {
            let path = format!("GET /api/v1/explain/tier/{}", members[place]);
            app.call_with(&owner, &path, None, &header).expect(200)
        };
        let (first, wedding) = (why(0), why(10));
        let stood = "Ranking of 22 November 2026: in “보통 고객” of the pyramid with ₩500,000 bought";
        assert_eq!((&first["ranking"], &first["steps"][0]["text"]), (&json!([stood]), &json!("Tier: Best")));
        assert!(wedding["ranking"][0].as_str().is_some_and(|text| text.ends_with("which does not count for tiers")), "{wedding}");
        // Another overtakes the second, who keeps her tier for its period, is warned, and falls.
        buy(app, &owner, &members[2], "2026-11-22", ("tea", 900_000));
        app.advance_ms(60_000);
        assert_eq!((app.rank(), tier(2), tier(1)), (2, held("best", false), held("best", false)));
        app.advance_ms(31 * DAY_MS);
        app.review();
        assert_eq!((tier(1), tier(2)), (held("best", true), held("best", false)));
        app.advance_ms(11 * DAY_MS);
        app.review();
        assert_eq!((tier(0), tier(1)), (held("best", false), held("friend", false)));
        assert_eq!(app.audit(), Vec::<String>::new());
    });
}

#[test]
fn movement_between_two_periods_is_a_matrix_with_those_who_are_about_to_move() {
    each_engine(|app| {
        let (owner, members, _) = brand(app);
        let moved = app.get(&owner, "/api/v1/pyramid/movement?from=2026-09-01&to=2026-11-22").expect(200);
        assert_eq!((&moved["before_from"], &moved["before_to"]), (&json!("2026-06-10"), &json!("2026-08-31")));
        let matrix: Vec<_> = moved["moved"]
            .as_array()
            .expect("a matrix")
            .iter()
            .map(|cell| (cell["from"].as_str(), cell["to"].as_str(), cell["members"].as_i64().unwrap_or(0)))
            .collect();
        assert_eq!(
            matrix,
            [
                (Some("vip"), Some("ordinary"), 1),
                (Some("ordinary"), Some("small"), 1),
                (Some("small"), Some("small"), 7),
                (None, Some("vip"), 1),
            ]
        );
        assert_eq!(names(&moved["rising"]), ["m3", "m2"]);
        assert_eq!(names(&moved["falling"]), ["m1"]);
        let movers =
            |query: &str| app.get(&owner, &format!("/api/v1/pyramid/movement/members?from=2026-09-01&to=2026-11-22&{query}"));
        let listed = |query: &str| movers(query).expect(200)["items"].clone();
        assert_eq!(names(&listed("layer_before=vip&layer=ordinary")), ["m1"]);
        assert_eq!(names(&listed("layer=vip")), ["m11"]);
        assert_eq!(names(&listed("layer_before=vip")).len() + names(&listed("limit=5")).len(), 0);
        let page = movers("layer_before=small&layer=small&limit=5").expect(200);
        let cursor = page["next_cursor"].as_str().expect("a second page");
        let first: Vec<String> = names(&page["items"]).iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(first.len(), 5);
        // Somebody on the first page leaves the cell between two pages: nobody of the second is left out for it.
        let gone: usize = first[0].trim_start_matches('m').parse().expect("a number");
        buy(app, &owner, &members[gone - 1], "2026-11-20", ("tea", 900_000));
        let rest = movers(&format!("layer_before=small&layer=small&limit=5&cursor={cursor}")).expect(200);
        assert_eq!((names(&rest["items"]).len(), &rest["next_cursor"]), (2, &Value::Null));
        assert!(names(&rest["items"]).iter().all(|name| !first.contains(&(*name).to_owned())));
        assert_eq!(names(&listed("layer_before=small&layer=small")).len(), 6, "who asks anew sees what stands now");
        let list = json!({"name": "stayed", "layer_before": "small", "layer": "small", "from": "2026-09-01", "to": "2026-11-22"});
        let key = [("idempotency-key", "stayed")];
        let keep = || app.call_with(&owner, "POST /api/v1/pyramid/movement/lists", Some(list.clone()), &key).expect(201);
        let made = keep();
        assert_eq!((&made["kind"], &made["id"]), (&json!("list"), &keep()["id"]));
        let id = made["id"].as_str().expect("an id");
        let on_it = app.get(&owner, &format!("/api/v1/segments/{id}/members")).expect(200);
        assert_eq!(names(&on_it["items"]).len(), 6);
        let crown = json!({"name": "x", "layer": "crown"});
        assert_eq!(app.call(&owner, "POST /api/v1/pyramid/movement/lists", crown).problem().1, "unknown_layer");
        assert_eq!(movers("layer=crown").problem().1, "unknown_layer");
        assert_eq!(movers("layer=vip&cursor=x").problem().1, "invalid_cursor");
        let quarter = app.get(&owner, "/api/v1/pyramid/movement?from=2026-04-01&to=2026-06-30").expect(200);
        assert_eq!((&quarter["before_from"], &quarter["before_to"]), (&json!("2026-01-01"), &json!("2026-03-31")));
        let by_visits = app.get(&owner, "/api/v1/pyramid/movement?weights=frequency:1").expect(200);
        assert_eq!((names(&by_visits["rising"]).len(), names(&by_visits["falling"]).len()), (0, 0));
    });
}

//! The brand: changed, with what must stay as it is.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn change(app: &TestApp, who: &Who, body: Value) -> crate::common::Answer {
    app.call(who, "PATCH /api/v1/brand", body)
}

#[test]
fn a_brand_is_changed_by_those_who_may_and_says_who_changed_what() {
    each_engine(|app| {
        let owner = app.set_up();
        let clerk = app.person(&owner, "clerk");
        let brand = app.get(&clerk, "/api/v1/brand").expect(200);
        assert_eq!((&brand["brand"]["name"], &brand["currency_fixed"]), (&json!("단골 가게"), &json!(false)));
        assert_eq!(change(app, &clerk, json!({"name": "x"})).problem(), (403, "scope_missing", None));
        for (body, problem) in [
            (json!({"name": " "}), (422, "required", Some("name"))),
            (json!({"currency": "원"}), (422, "currency_invalid", Some("currency"))),
            (json!({"country": "ZZ"}), (422, "country_invalid", Some("country"))),
            (json!({"time_zone": "Asia/Danggol"}), (422, "time_zone_invalid", Some("time_zone"))),
            (json!({"day_cut_hour": 24}), (422, "out_of_range", Some("day_cut_hour"))),
            (json!({"currency_exponent": 2}), (400, "invalid_field", Some("currency_exponent"))),
        ] {
            assert_eq!(change(app, &owner, body.clone()).problem(), problem, "{body}");
        }
        let changed = change(app, &owner, json!({"name": "단골 마트", "language": "en", "country": "KR"})).expect(200);
        assert_eq!((&changed["brand"]["name"], &changed["brand"]["language"]), (&json!("단골 마트"), &json!("en")));
        change(app, &owner, json!({"name": "단골 마트"})).expect(200);
        assert_eq!(app.get(&owner, "/api/v1/session").expect(200)["brand"]["name"], "단골 마트");
        let told = app.get(&owner, "/api/v1/brand/changes").expect(200);
        assert_eq!(told["items"].as_array().map(Vec::len), Some(1), "a change of nothing is none");
        assert_eq!(
            (&told["items"][0]["actor"]["name"], &told["items"][0]["fields"]),
            (
                &json!("사장"),
                &json!([
                    {"field": "name", "from": "단골 가게", "to": "단골 마트"},
                    {"field": "language", "from": "ko", "to": "en"}
                ])
            )
        );
    });
}

#[test]
fn the_layers_of_a_new_brand_speak_its_language() {
    each_engine(|app| {
        let owner = app.set_up();
        let layers = app.get(&owner, "/api/v1/programme").expect(200)["published"]["programme"]["pyramid"]["layers"].clone();
        let names: Vec<&str> = layers.as_array().expect("layers").iter().filter_map(|layer| layer["name"].as_str()).collect();
        assert_eq!(names, ["VIP 고객", "큰 고객", "보통 고객", "작은 고객"]);
    });
}

#[test]
fn the_currency_stays_once_amounts_are_kept_in_it() {
    each_engine(|app| {
        let owner = app.set_up();
        let changed = change(app, &owner, json!({"currency": "cny"})).expect(200);
        assert_eq!((&changed["brand"]["currency"], &changed["brand"]["currency_exponent"]), (&json!("CNY"), &json!(2)));
        assert_eq!(changed["currency_fixed"], json!(true), "the programme was written anew in it");
        assert_eq!(change(app, &owner, json!({"currency": "KRW"})).problem(), (409, "currency_fixed", Some("currency")));
        change(app, &owner, json!({"currency": "CNY", "name": "x"})).expect(200);
    });
    each_engine(|app| {
        let owner = app.set_up();
        let member = app.call(&owner, "POST /api/v1/members", json!({})).expect(201);
        let body = json!({"amount": 5, "reason": "welcome"});
        app.call(&owner, &format!("POST /api/v1/members/{}/adjustments", member["id"].as_str().expect("an id")), body)
            .expect(201);
        assert_eq!(app.get(&owner, "/api/v1/brand").expect(200)["currency_fixed"], true);
        assert_eq!(change(app, &owner, json!({"currency": "USD"})).problem(), (409, "currency_fixed", Some("currency")));
    });
}

/// 2026-11-22 is a Sunday. The rule asks for the hour of the shop's clock, and the day of a purchase decides when its points lapse.
#[test]
fn what_happened_keeps_its_days_when_the_clock_of_the_brand_changes() {
    each_engine(|app| {
        let owner = app.set_up();
        let mut programme = app.get(&owner, "/api/v1/programme").expect(200)["published"]["programme"].clone();
        programme["earning"]["rules"] = json!([
            {"id": "noon", "name": "noon", "when": {"attribute": "purchase.hour", "op": "is", "value": 12},
             "award": {"kind": "fixed", "points": 100}}
        ]);
        programme["earning"]["expiry"] = json!({"kind": "rolling", "days": 1});
        let drafted = app.call(&owner, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
        assert_eq!(drafted["faults"], json!([]));
        app.call(&owner, "POST /api/v1/programme/publish", json!({})).expect(201);
        let member = app.call(&owner, "POST /api/v1/members", json!({})).expect(201)["id"].clone();
        let buy = || {
            // Noon in Seoul, eleven in Shanghai.
            let lines = json!([{"sku": "a", "quantity": 2, "amount_minor": 2000}]);
            let body = json!({"member_id": member, "channel": "store", "at": "2026-11-22T03:00:00Z", "lines": lines});
            app.call(&owner, "POST /api/v1/purchases", body).expect(201)
        };
        let first = buy();
        assert_eq!(first["entry"]["points"], 100);
        let versions = || app.get(&owner, "/api/v1/programme/versions").expect(200)["items"].as_array().map_or(0, Vec::len);
        assert_eq!(versions(), 2);
        change(app, &owner, json!({"time_zone": "Asia/Shanghai", "day_cut_hour": 5})).expect(200);
        assert_eq!(versions(), 3, "what is decided from now on names a version of the new clock");
        change(app, &owner, json!({"time_zone": "Asia/Shanghai"})).expect(200);
        assert_eq!(versions(), 3);
        assert_eq!(buy()["entry"]["points"], 0);
        let half = json!({"lines": [{"line": 0, "quantity": 1}]});
        let id = first["purchase"]["id"].as_str().expect("an id");
        let back = app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), half).expect(201);
        assert_eq!(back["points_taken_back"], 0, "the noon of then is still noon");
        let rest = app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), json!({"whole": true})).expect(201);
        assert_eq!(rest["points_taken_back"], 100);
        assert_eq!(app.audit(), Vec::<String>::new());
    });
}

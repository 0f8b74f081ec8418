//! Purchases over the wire: what other systems' users suffer, and must never meet here.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn enrol(app: &TestApp, who: &Who) -> String {
    let phone = json!([{"kind": "phone", "value": "010 0000 1234"}]);
    let member = app.call(who, "POST /api/v1/members", json!({"name": "김철수", "identities": phone})).expect(201);
    member["id"].as_str().expect("an id").to_owned()
}

/// A point for each 1,000 won; 100 points pay 1,000 won of at most half a purchase; a bonus from 100,000 won on.
fn programme() -> Value {
    json!({
        "name": "단골", "earning": {"rules": [
            {"id": "base", "name": "기본", "award": {"kind": "rate", "points": 1, "per_minor": 1000}},
            {"id": "big", "name": "큰 장바구니", "award": {"kind": "fixed", "points": 50},
                "when": {"attribute": "purchase.amount", "op": "at_least", "value": 100_000}}]},
        "redemption": {"points": 100, "minor": 1000, "step": 10, "minimum": 10, "max_percent": 50},
        "tiers": {"levels": [{"code": "gold", "name": "골드", "spend_minor": 200_000}],
            "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 30}
    })
}

fn publish(app: &TestApp, who: &Who, programme: Value) -> i64 {
    let checked = app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
    assert_eq!(checked["faults"], json!([]));
    app.call(who, "POST /api/v1/programme/publish", json!({"note": "시험"})).expect(201)["version"].as_i64().expect("a version")
}

fn basket(number: &str, member: &str, amounts: &[i64]) -> Value {
    let lines: Vec<Value> =
        amounts.iter().enumerate().map(|(at, amount)| json!({"sku": format!("s{at}"), "amount_minor": amount})).collect();
    json!({"external_no": number, "member_id": member, "lines": lines})
}

fn buy(app: &TestApp, who: &Who, body: Value) -> Value {
    app.call(who, "POST /api/v1/purchases", body).expect(201)
}

fn balance(app: &TestApp, who: &Who, member: &str) -> i64 {
    let balances = app.get(who, &format!("/api/v1/members/{member}/balances")).expect(200);
    balances["items"][0]["balance"].as_i64().expect("points")
}

fn give_back(app: &TestApp, who: &Who, purchase: &Value, body: Value) -> Value {
    let id = purchase["purchase"]["id"].as_str().expect("an id");
    app.call(who, &format!("POST /api/v1/purchases/{id}/returns"), body).expect(201)
}

#[test]
fn a_refund_takes_back_what_was_given_and_gives_back_what_was_used() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let first = buy(app, &owner, basket("R-1", &member, &[60_000, 60_000]));
        assert_eq!((first["points_earned"].as_i64(), balance(app, &owner, &member)), (Some(170), 170));
        let mut second = basket("R-2", &member, &[10_000]);
        second["redeem_points"] = json!(100);
        let second = buy(app, &owner, second);
        assert_eq!((second["purchase"]["redeemed_minor"].as_i64(), balance(app, &owner, &member)), (Some(1_000), 79));
        let back = give_back(app, &owner, &second, json!({"whole": true}));
        assert_eq!((back["points_given_back"].as_i64(), back["points_taken_back"].as_i64()), (Some(100), Some(9)));
        assert_eq!((back["refund_minor"].as_i64(), balance(app, &owner, &member)), (Some(9_000), 170));
        let half = give_back(app, &owner, &first, json!({"lines": [{"line": 0, "quantity": 1}]}));
        assert_eq!((half["points_taken_back"].as_i64(), balance(app, &owner, &member)), (Some(110), 60));
        let rest = give_back(app, &owner, &first, json!({"whole": true}));
        assert_eq!((rest["points_taken_back"].as_i64(), balance(app, &owner, &member)), (Some(60), 0));
        let id = first["purchase"]["id"].as_str().expect("an id");
        let again = app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), json!({"whole": true}));
        assert_eq!(again.problem(), (422, "nothing_to_return", Some("lines")));
    });
}

#[test]
fn rules_changed_since_do_not_matter_to_a_return() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let deleted = buy(app, &owner, basket("F-1", &member, &[120_000]));
        let mut doubled = programme();
        doubled["earning"]["rules"] =
            json!([{"id": "base", "name": "두 배", "award": {"kind": "rate", "points": 2, "per_minor": 1000}}]);
        publish(app, &owner, doubled);
        assert_eq!(balance(app, &owner, &member), 170);
        give_back(app, &owner, &deleted, json!({"whole": true}));
        assert_eq!(balance(app, &owner, &member), 0);
    });
}

#[test]
fn a_retry_or_a_double_tap_counts_once() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let body = basket("D-1", &member, &[30_000]);
        let first = buy(app, &owner, body.clone());
        let repeat = app.call(&owner, "POST /api/v1/purchases", body).expect(200);
        assert_eq!((&repeat["replayed"], &repeat["purchase"]["id"]), (&json!(true), &first["purchase"]["id"]));
        let other = app.call(&owner, "POST /api/v1/purchases", basket("D-1", &member, &[40_000]));
        assert_eq!(other.problem(), (409, "purchase_number_taken", Some("external_no")));
        let keyed = |amount| {
            let body = json!({"member_id": member, "lines": [{"sku": "a", "amount_minor": amount}]});
            app.call_with(&owner, "POST /api/v1/purchases", Some(body), &[("idempotency-key", "tap-1")])
        };
        let once = keyed(5_000).expect(201);
        assert_eq!(keyed(5_000).expect(200)["purchase"]["id"], once["purchase"]["id"]);
        assert_eq!(keyed(6_000).problem(), (409, "idempotency_key_reused", None));
        assert_eq!(balance(app, &owner, &member), 35);
    });
}

#[test]
fn twenty_parallel_spends_of_one_balance_succeed_as_often_as_it_lasts() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        buy(app, &owner, basket("P-0", &member, &[70_000]));
        let app = Arc::new(app);
        let spend = |at: usize| {
            let mut body = basket(&format!("P-{at}"), &member, &[900]);
            body["redeem_points"] = json!(10);
            ("POST /api/v1/purchases", body)
        };
        let statuses = app.call_together(&owner, (1..=20).map(spend).collect());
        let kept = statuses.iter().filter(|status| **status == 201).count();
        let refused = statuses.iter().filter(|status| **status == 422).count();
        assert_eq!((kept, refused, balance(&app, &owner, &member)), (7, 13, 0));
    });
}

#[test]
fn spending_points_or_returning_another_purchase_never_changes_the_tier() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let lifted = buy(app, &owner, basket("T-1", &member, &[210_000]));
        assert_eq!((&lifted["tier_before"], &lifted["tier_after"]), (&Value::Null, &json!("gold")));
        let mut spend = basket("T-2", &member, &[10_000]);
        spend["redeem_points"] = json!(200);
        let spent = buy(app, &owner, spend);
        assert_eq!(spent["standing"]["tier"]["code"], "gold");
        let why = app.get(&owner, &format!("/api/v1/explain/tier/{member}")).expect(200);
        assert_eq!(why["steps"].as_array().map(Vec::len), Some(1));
        let back = give_back(app, &owner, &lifted, json!({"whole": true}));
        assert_eq!(back["standing"]["tier"], Value::Null);
    });
}

#[test]
fn why_names_rule_version_and_person() {
    each_engine(|app| {
        let owner = app.set_up();
        let version = publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let bought = buy(app, &owner, basket("W-1", &member, &[120_000]));
        let entry = bought["entry"]["id"].as_str().expect("an entry");
        let why = app.get(&owner, &format!("/api/v1/explain/entry/{entry}")).expect(200);
        let rules: Vec<&str> =
            why["entry"]["why"].as_array().expect("why").iter().filter_map(|why| why["rule_id"].as_str()).collect();
        assert_eq!((rules, why["entry"]["programme_version"].as_i64()), (vec!["base", "big"], Some(version)));
        assert_eq!(why["rules"].as_array().map(Vec::len), Some(2));
        assert!(why["published_by"].is_string() && why["published_at"].is_string(), "{why}");
        let timeline = app.get(&owner, &format!("/api/v1/members/{member}/timeline?limit=1")).expect(200);
        assert_eq!(timeline["items"][0]["entry"]["id"].as_str(), Some(entry));
        let cursor = timeline["next_cursor"].as_str();
        assert_eq!(cursor, None, "one entry is all there is");
    });
}

#[test]
fn a_dry_run_and_a_quote_keep_nothing() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let dry = app.call(&owner, "POST /api/v1/purchases?dry_run=true", basket("Q-1", &member, &[20_000])).expect(200);
        let quote = app.call(&owner, "POST /api/v1/purchases/quote", basket("Q-1", &member, &[20_000])).expect(200);
        assert_eq!((&dry["points_earned"], &quote["points_earned"]), (&json!(20), &json!(20)));
        assert_eq!(balance(app, &owner, &member), 0);
        let kept = buy(app, &owner, basket("Q-1", &member, &[20_000]));
        let id = kept["purchase"]["id"].as_str().expect("an id");
        let dry =
            app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns?dry_run=true"), json!({"whole": true})).expect(200);
        assert_eq!((&dry["points_taken_back"], &dry["purchase"]["returned"]), (&json!(20), &json!("wholly")));
        assert_eq!(app.get(&owner, &format!("/api/v1/purchases/{id}")).expect(200)["returned"], "none");
        let adjusted = json!({"amount": 5, "reason": "사과의 뜻"});
        app.call(&owner, &format!("POST /api/v1/members/{member}/adjustments?dry_run=true"), adjusted.clone()).expect(200);
        app.call(&owner, &format!("POST /api/v1/members/{member}/adjustments"), adjusted).expect(201);
        assert_eq!(balance(app, &owner, &member), 25);
    });
}

/// A tenth off for everybody, 1,500 off from 20,000 won on, and never both; a third off tea of the second store.
fn with_offers() -> Value {
    let mut programme = programme();
    programme["offers"] = json!([
        {"id": "tenth", "name": "십 퍼센트", "effect": {"kind": "percent", "percent_bp": 1_000}, "group": "basket"},
        {"id": "steps", "name": "많이 살수록", "effect": {"kind": "steps", "steps": [{"from_minor": 20_000, "off_minor": 1_500}]}, "group": "basket"},
        {"id": "tea", "name": "차", "effect": {"kind": "percent", "percent_bp": 3_333}, "priority": -1,
            "when": {"attribute": "purchase.store", "op": "is", "value": "s2"},
            "lines": {"attribute": "line.sku", "op": "is", "value": "s0"}},
    ]);
    programme
}

#[test]
fn a_quote_at_list_prices_is_the_purchase_and_says_what_was_applied_and_why_not() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, with_offers());
        let member = enrol(app, &owner);
        let mut list = basket("O-1", &member, &[6_000, 15_000]);
        list["pricing"] = json!("list");
        let quote = app.call(&owner, "POST /api/v1/purchases/quote", list.clone()).expect(200);
        let shown = |quote: &Value| {
            let lines: Vec<(i64, i64)> = quote["purchase"]["lines"]
                .as_array()
                .expect("lines")
                .iter()
                .map(|line| (line["amount_minor"].as_i64().unwrap(), line["off_minor"].as_i64().unwrap()))
                .collect();
            (lines, quote["purchase"]["amount_minor"].as_i64(), quote["points_earned"].as_i64())
        };
        assert_eq!(shown(&quote), (vec![(5_400, 600), (13_500, 1_500)], Some(18_900), Some(18)));
        let offers = &quote["purchase"]["offers"];
        assert_eq!((&offers[0]["id"], &offers[0]["off_minor"], &offers[1]), (&json!("tenth"), &json!(2_100), &Value::Null));
        let passed: Vec<(&str, &str)> = quote["offers_passed_over"]
            .as_array()
            .expect("offers")
            .iter()
            .map(|offer| (offer["id"].as_str().unwrap(), offer["code"].as_str().unwrap()))
            .collect();
        assert_eq!(passed, [("steps", "beside"), ("tea", "condition")]);
        assert_eq!(quote["best_price"], true);
        let kept = buy(app, &owner, list.clone());
        assert_eq!((shown(&kept), &kept["purchase"]["offers"]), (shown(&quote), offers));
        let id = kept["purchase"]["id"].as_str().expect("an id");
        let read = app.get(&owner, &format!("/api/v1/purchases/{id}")).expect(200);
        assert_eq!((&read["pricing"], &read["offers"]), (&json!("list"), offers));
        let again = app.call(&owner, "POST /api/v1/purchases", list.clone()).expect(200);
        assert_eq!((&again["replayed"], shown(&again)), (&json!(true), shown(&quote)));
        let back = give_back(app, &owner, &kept, json!({"lines": [{"line": 0, "quantity": 1}]}));
        assert_eq!((back["refund_minor"].as_i64(), back["points_taken_back"].as_i64()), (Some(5_400), Some(5)));
        let rest = give_back(app, &owner, &kept, json!({"whole": true}));
        assert_eq!((rest["refund_minor"].as_i64(), balance(app, &owner, &member)), (Some(13_500), 0));
    });
}

#[test]
fn prices_that_were_paid_are_left_alone_and_wrong_pricing_is_refused() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, with_offers());
        let member = enrol(app, &owner);
        let paid = buy(app, &owner, basket("P-1", &member, &[6_000]));
        assert_eq!((&paid["purchase"]["amount_minor"], &paid["purchase"]["offers"]), (&json!(6_000), &json!([])));
        assert_eq!(paid["offers_passed_over"], json!([]));
        let mut list = basket("P-2", &member, &[6_000]);
        list["pricing"] = json!("list");
        list["tenders"] = json!([{"kind": "cash", "amount_minor": 6_000}]);
        assert_eq!(app.call(&owner, "POST /api/v1/purchases", list.clone()).problem(), (422, "tenders_differ", Some("tenders")));
        list["tenders"][0]["amount_minor"] = json!(5_400);
        buy(app, &owner, list.clone());
        list["pricing"] = json!("cheap");
        assert_eq!(app.call(&owner, "POST /api/v1/purchases", list).problem().0, 400);
    });
}

#[test]
fn a_batch_has_an_outcome_for_each_purchase() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let purchases = json!([
            basket("B-1", &member, &[1_000]),
            {"external_no": "B-2", "member_id": member, "lines": []},
            {"external_no": "B-3", "member_id": member, "lines": [{"sku": "a", "amount_minor": "much"}]},
            basket("B-1", &member, &[1_000]),
            {"external_no": "B-4", "identity": {"kind": "phone", "value": "010 0000 9999"}, "lines": [{"sku": "a", "amount_minor": 1}]},
            basket("B-5", &member, &[2_000]),
        ]);
        let outcomes = app.call(&owner, "POST /api/v1/purchases/batch", json!({"purchases": purchases})).expect(200);
        let outcomes = outcomes["outcomes"].as_array().expect("outcomes");
        let said: Vec<(u64, &str)> = outcomes
            .iter()
            .map(|outcome| (outcome["status"].as_u64().unwrap_or(0), outcome["problem"]["code"].as_str().unwrap_or("")))
            .collect();
        assert_eq!(said, [(201, ""), (422, "no_lines"), (400, "invalid_field"), (200, ""), (404, "unknown_member"), (201, "")]);
        assert_eq!(balance(app, &owner, &member), 3);
    });
}

#[test]
fn bad_purchases_are_refused_with_a_field() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, programme());
        let member = enrol(app, &owner);
        let line = json!([{"sku": "a", "amount_minor": 1_000}]);
        for (body, status, code, field) in [
            (json!({"lines": line}), 422, "member_or_identity", Some("member_id")),
            (json!({"member_id": member, "lines": []}), 422, "no_lines", Some("lines")),
            (json!({"member_id": member, "lines": line, "at": "yesterday"}), 422, "time_invalid", Some("at")),
            (json!({"member_id": member, "lines": line, "at": "2030-01-01T00:00:00Z"}), 422, "time_in_future", Some("at")),
            (json!({"member_id": member, "lines": [{"sku": "", "amount_minor": 1}]}), 422, "required", Some("lines[0].sku")),
            (
                json!({"member_id": member, "lines": [{"sku": "a", "amount_minor": i64::MIN}]}),
                422,
                "out_of_range",
                Some("lines[0]"),
            ),
            (json!({"member_id": member, "lines": line, "discount_minor": -1}), 422, "out_of_range", None),
            (json!({"member_id": member, "lines": line, "redeem_points": 5}), 422, "redemption_step", Some("redeem_points")),
            (json!({"member_id": member, "lines": line, "redeem_points": 100}), 422, "redemption_limit", Some("redeem_points")),
            (json!({"member_id": member, "lines": line, "redeem_points": 20}), 422, "insufficient_points", Some("redeem_points")),
            (
                json!({"member_id": member, "lines": line, "tenders": [{"kind": "cash", "amount_minor": 1}]}),
                422,
                "tenders_differ",
                Some("tenders"),
            ),
            (
                json!({"member_id": member, "lines": line, "tenders": [{"kind": "points", "amount_minor": 1}]}),
                422,
                "points_tender",
                Some("tenders[0].kind"),
            ),
            (json!({"member_id": "mem_0000000000001", "lines": line}), 404, "unknown_member", Some("member_id")),
            (json!({"member_id": member, "lines": line, "colour": "red"}), 400, "invalid_field", Some("colour")),
        ] {
            let answer = app.call(&owner, "POST /api/v1/purchases", body.clone());
            assert_eq!(answer.problem(), (status, code, field), "{body}");
        }
        let nobody = app.call(&Who::Nobody, "POST /api/v1/purchases", basket("N-1", &member, &[1]));
        assert_eq!(nobody.problem().1, "unauthenticated");
        assert_eq!(app.get(&owner, "/api/v1/purchases/pur_0000000000001").problem().0, 404);
    });
}

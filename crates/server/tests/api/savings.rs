//! Savings over the wire: what a stranger pays, and what a member of each tier pays and earns.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

/// A point, worth a won, for each 100 won; a tenth off for gold; milk at a member's price.
fn publish(app: &TestApp, who: &Who) {
    let gold = json!({"attribute": "member.tier", "op": "is", "value": "gold"});
    let programme = json!({
        "name": "단골",
        "earning": {"rules": [{"id": "base", "name": "기본", "award": {"kind": "rate", "points": 1, "per_minor": 100}}]},
        "offers": [
            {"id": "milk", "name": "회원가", "effect": {"kind": "member_price", "prices": [{"sku": "milk", "price_minor": 2_000}]}},
            {"id": "gold", "name": "골드 할인", "priority": 1, "effect": {"kind": "percent", "percent_bp": 1_000}, "when": gold}],
        "redemption": {"points": 1, "minor": 1},
        "tiers": {"levels": [{"code": "member", "name": "단골"}, {"code": "gold", "name": "골드", "spend_minor": 500_000}],
            "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 30},
    });
    assert_eq!(app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200)["faults"], json!([]));
    app.call(who, "POST /api/v1/programme/publish", json!({})).expect(201);
}

/// What a tier comes to: paid, saved, points, kept, kept in hundredths of a percent.
fn of(savings: &Value, place: usize) -> [i64; 5] {
    ["paid_minor", "saved_minor", "points", "kept_minor", "kept_bp"]
        .map(|field| savings["tiers"][place][field].as_i64().expect("a number"))
}

#[test]
fn a_basket_of_nobody_is_priced_for_every_tier() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner);
        let clerk = app.person(&owner, "clerk");
        // The till's own line has no product.
        let lines = json!([{"sku": "milk", "quantity": 2, "amount_minor": 6_000}, {"sku": "AMOUNT", "amount_minor": 4_000}]);
        let savings = app.call(&clerk, "POST /api/v1/purchases/savings", json!({"lines": lines})).expect(200);
        assert_eq!((&savings["stranger_minor"], &savings["purchases"]), (&json!(10_000), &json!(1)));
        assert_eq!((&savings["from"], &savings["truth"]), (&Value::Null, &Value::Null));
        assert_eq!(of(&savings, 0), [8_000, 2_000, 80, 2_080, 2_080]);
        assert_eq!(of(&savings, 1), [7_200, 2_800, 72, 2_872, 2_872]);
        let tiers = savings["tiers"].as_array().expect("tiers");
        assert!(tiers.iter().all(|tier| tier["is_held"] == false), "nobody is of a tier yet");
        assert_eq!((&tiers[1]["code"], &tiers[1]["name"]), (&json!("gold"), &json!("골드")));
        let benefits: Vec<_> = tiers[1]["benefits"].as_array().expect("benefits").iter().collect();
        assert_eq!(
            benefits,
            [
                &json!({"kind": "offer", "id": "milk", "name": "회원가", "purchases": 1, "off_minor": 2_000, "points": 0}),
                &json!({"kind": "offer", "id": "gold", "name": "골드 할인", "purchases": 1, "off_minor": 800, "points": 0}),
                &json!({"kind": "rule", "id": "base", "name": "기본", "purchases": 1, "off_minor": 0, "points": 72}),
            ]
        );
        let paid = app.call(&clerk, "POST /api/v1/purchases/savings", json!({"lines": lines, "pricing": "paid"})).expect(200);
        assert_eq!([of(&paid, 0), of(&paid, 1)], [[10_000, 0, 100, 100, 100]; 2]);
        for (body, expected) in [
            (json!({"lines": []}), (422, "no_lines", Some("lines"))),
            (json!({"lines": lines, "at": "soon"}), (422, "time_invalid", Some("at"))),
            (json!({"lines": lines, "discount_minor": -1}), (422, "out_of_range", None)),
            (json!({"lines": lines, "member_id": "mem_0000000000001"}), (404, "unknown_member", None)),
            (json!({"lines": lines, "coupons": []}), (400, "invalid_field", Some("coupons"))),
        ] {
            assert_eq!(app.call(&clerk, "POST /api/v1/purchases/savings", body.clone()).problem(), expected, "{body}");
        }
        let reader = app.person(&owner, "auditor");
        assert_eq!(app.call(&reader, "POST /api/v1/purchases/savings", json!({"lines": lines})).problem().1, "scope_missing");
    });
}

#[test]
fn a_member_s_year_is_what_its_quotes_come_to() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner);
        let member = app.call(&owner, "POST /api/v1/members", json!({"name": "하나"})).expect(201)["id"].clone();
        let path = format!("/api/v1/members/{}/savings", member.as_str().expect("an id"));
        let savings = app.get(&owner, &path).expect(200);
        assert_eq!((&savings["from"], &savings["to"]), (&json!("2025-11-23"), &json!("2026-11-22")));
        assert_eq!((&savings["stranger_minor"], of(&savings, 0), of(&savings, 1)), (&json!(0), [0; 5], [0; 5]));
        let buy = |pricing: &str, at: &str, line: Value| {
            let body = json!({"member_id": member, "pricing": pricing, "at": at, "lines": [line]});
            app.call(&owner, "POST /api/v1/purchases", body).expect(201)["purchase"].clone()
        };
        buy("list", "2025-06-01T03:00:00Z", json!({"sku": "milk", "amount_minor": 9_000}));
        let milk = buy("list", "2026-03-01T03:00:00Z", json!({"sku": "milk", "quantity": 2, "amount_minor": 6_000}));
        buy("paid", "2026-04-01T03:00:00Z", json!({"sku": "tee", "amount_minor": 20_000}));
        buy("paid", "2026-05-01T03:00:00Z", json!({"sku": "tee", "amount_minor": 18_000, "off_minor": 2_000}));
        let whole = buy("list", "2026-06-01T03:00:00Z", json!({"sku": "milk", "amount_minor": 3_000}));
        for (purchase, body) in [(milk, json!({"lines": [{"line": 0, "quantity": 1}]})), (whole, json!({"whole": true}))] {
            let id = purchase["id"].as_str().expect("an id");
            app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), body).expect(201);
        }
        let savings = app.get(&owner, &path).expect(200);
        assert_eq!(
            ["purchases", "reduced", "stranger_minor"].map(|field| savings[field].as_i64()),
            [4, 1, 3_000 + 20_000 + 18_000].map(Some)
        );
        // The till had taken its discount off: nothing more comes off that purchase.
        assert_eq!(of(&savings, 0)[..3], [2_000 + 20_000 + 18_000, 1_000, 20 + 200 + 180]);
        assert_eq!(of(&savings, 1)[..3], [1_800 + 18_000 + 18_000, 3_200, 18 + 180 + 180]);
        assert_eq!((&savings["tiers"][0]["is_held"], &savings["tiers"][1]["is_held"]), (&json!(true), &json!(false)));
        let truth = json!({"paid_minor": 40_000, "points": 400, "points_minor": 400, "kept_minor": 1_400});
        assert_eq!((&savings["truth"], &savings["complete"]), (&truth, &json!(true)));
        // The purchases' own quotes say the same.
        let quote = |line: Value| {
            let body = json!({"member_id": member, "pricing": "list", "lines": [line]});
            let quoted = app.call(&owner, "POST /api/v1/purchases/quote", body).expect(200);
            (quoted["purchase"]["amount_minor"].as_i64().expect("money"), quoted["points_earned"].as_i64().expect("points"))
        };
        let quotes = [quote(json!({"sku": "milk", "amount_minor": 3_000})), quote(json!({"sku": "tee", "amount_minor": 20_000}))];
        assert_eq!(quotes, [(2_000, 20), (20_000, 200)]);
        let earlier = app.get(&owner, &format!("{path}?from=2025-01-01&to=2025-12-31")).expect(200);
        assert_eq!((&earlier["stranger_minor"], of(&earlier, 0)), (&json!(9_000), [2_000, 7_000, 20, 7_020, 7_800]));
        for (query, expected) in [
            ("?from=2026-02-30", (422, "date_invalid", Some("from"))),
            ("?from=2026-03-02&to=2026-03-01", (422, "out_of_range", Some("from"))),
            ("?to=9999-12-31&from=0001-01-01", (200, "", None)),
            ("?since=1", (400, "invalid_query", None)),
        ] {
            let answer = app.get(&owner, &format!("{path}{query}"));
            if expected.0 == 200 {
                answer.expect(200);
            } else {
                assert_eq!(answer.problem(), expected, "{query}");
            }
        }
        assert_eq!(app.get(&owner, "/api/v1/members/mem_0000000000001/savings").problem().1, "unknown_member");
    });
}

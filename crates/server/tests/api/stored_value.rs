//! Stored value over the wire: paid in, paid with, returned, refunded, and its statement.

use danggol_core::time::DAY_MS;
use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn publish(app: &TestApp, owner: &Who, top_ups: Value) {
    let base = json!({"id": "base", "name": "기본", "award": {"kind": "rate", "points": 1, "per_minor": 1_000}});
    let programme = json!({"name": "단골", "earning": {"rules": [base]}, "top_ups": top_ups});
    app.call(owner, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
    app.call(owner, "POST /api/v1/programme/publish", json!({})).expect(201);
}

fn plan() -> Value {
    json!({
        "steps": [
            {"id": "five", "name": "5만 원 충전", "from_minor": 50_000, "bonus_minor": 5_000},
            {"id": "ten", "name": "10만 원 충전", "from_minor": 100_000, "bonus_minor": 15_000, "points": 100},
        ],
        "bonus_expiry": {"kind": "rolling", "days": 30}, "order": "proportional",
    })
}

/// A brand with a plan and one member.
fn shop(app: &TestApp) -> (Who, String) {
    let owner = app.set_up();
    publish(app, &owner, plan());
    let member = app.call(&owner, "POST /api/v1/members", json!({"name": "김영희"})).expect(201);
    let id = member["id"].as_str().expect("an id").to_owned();
    (owner, id)
}

fn top_up(app: &TestApp, who: &Who, member: &str, amount_minor: i64) -> Value {
    let body = json!({"amount_minor": amount_minor, "tender": "card", "store": "gangnam"});
    app.call(who, &format!("POST /api/v1/members/{member}/top-ups"), body).expect(201)
}

fn has(app: &TestApp, who: &Who, member: &str) -> (i64, i64) {
    let balances = app.get(who, &format!("/api/v1/members/{member}/balances")).expect(200);
    let of = |asset: &str| {
        let items = balances["items"].as_array().expect("purses");
        items.iter().find(|purse| purse["asset"] == asset).and_then(|purse| purse["balance"].as_i64()).expect("a purse")
    };
    (of("value_principal"), of("value_bonus"))
}

fn basket(member: &str, amounts_minor: &[i64], value_minor: i64) -> Value {
    let line = |minor: &i64| json!({"sku": "tee", "quantity": 1, "amount_minor": minor});
    let rest = amounts_minor.iter().sum::<i64>() - value_minor;
    json!({
        "member_id": member, "lines": amounts_minor.iter().map(line).collect::<Vec<_>>(),
        "tenders": [{"kind": "stored_value", "amount_minor": value_minor}, {"kind": "cash", "amount_minor": rest}],
    })
}

#[test]
fn money_is_paid_in_once_and_the_step_that_it_reaches_is_told_before() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        let line = format!("POST /api/v1/members/{member}/top-ups");
        let body = json!({"amount_minor": 100_000, "tender": "cash"});
        let tried = app.call(&owner, &format!("{line}?dry_run=true"), body.clone()).expect(200);
        assert_eq!((&tried["bonus_minor"], &tried["points"], has(app, &owner, &member)), (&json!(15_000), &json!(100), (0, 0)));
        let key = [("idempotency-key", "once")];
        let done = app.call_with(&owner, &line, Some(body.clone()), &key).expect(201);
        let again = app.call_with(&owner, &line, Some(body), &key).expect(200);
        assert_eq!((&done["entry"]["id"], &again["replayed"]), (&again["entry"]["id"], &json!(true)));
        assert_eq!(done["standing"]["value_principal"]["balance"], 100_000);
        assert_eq!((&done["step_id"], &again["bonus_minor"]), (&json!("ten"), &json!(15_000)));
        assert_eq!(done["entry"]["kind"], "top_up");
        let said: Vec<&str> =
            done["entry"]["why"].as_array().expect("why").iter().filter_map(|why| why["text"].as_str()).collect();
        assert_eq!(said[..2], ["100,000원 충전", "10만 원 충전: 보너스 15,000원, 100포인트 증정"]);
        assert_eq!(has(app, &owner, &member), (100_000, 15_000));
        let other = json!({"amount_minor": 1, "tender": "cash"});
        let reused = app.call_with(&owner, &line, Some(other), &key);
        assert_eq!(reused.problem().1, "idempotency_key_reused");
        for (body, expected) in [
            (json!({"amount_minor": 0, "tender": "cash"}), (422, "value_range")),
            (json!({"amount_minor": 5, "tender": "points"}), (422, "tender_not_money")),
            (json!({"amount_minor": 5, "tender": "stored_value"}), (422, "tender_not_money")),
        ] {
            let refused = app.call(&owner, &line, body);
            assert_eq!((refused.problem().0, refused.problem().1), expected);
        }
        let auditor = app.person(&owner, "auditor");
        assert_eq!(app.call(&auditor, &line, json!({"amount_minor": 5, "tender": "cash"})).status, 403);
        let clerk = app.person(&owner, "clerk");
        let refund = json!({"amount_minor": 5, "tender": "cash", "reason": "x"});
        assert_eq!(app.call(&clerk, &format!("POST /api/v1/members/{member}/refunds"), refund).status, 403);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_step_may_give_a_coupon_and_says_why_it_does_not() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        let template = json!({
            "offer": {"id": "care", "name": "관리 쿠폰", "effect": {"kind": "amount", "amount_minor": 5_000}},
            "validity": {"kind": "days", "days": 30}, "caps": {"per_member": 1},
        });
        let made = app.call(&owner, "POST /api/v1/coupon-templates", template).expect(201);
        let step = json!({"id": "ten", "name": "10만 원 충전", "from_minor": 100_000, "coupon": made["id"]});
        publish(app, &owner, json!({"steps": [step]}));
        let line = format!("POST /api/v1/members/{member}/top-ups?dry_run=true");
        let tried = app.call(&owner, &line, json!({"amount_minor": 100_000, "tender": "cash"})).expect(200);
        assert!(tried["coupon_id"].is_string(), "{tried}");
        let first = top_up(app, &owner, &member, 100_000);
        let hers = app.get(&owner, &format!("/api/v1/members/{member}/coupons")).expect(200);
        assert_eq!((&hers["items"][0]["id"], &hers["items"][0]["state"]), (&first["coupon_id"], &json!("issued")));
        let second = top_up(app, &owner, &member, 100_000);
        assert_eq!(second["coupon_id"], Value::Null);
        assert_eq!(second["entry"]["why"].as_array().map(Vec::len), Some(2), "{second}");
        assert_eq!(app.audit(), [""; 0]);
        let nobody = json!({"id": "ten", "name": "x", "from_minor": 1, "coupon": "cpt_0000000000000"});
        let programme = json!({"name": "단골", "earning": {"rules": []}, "top_ups": {"steps": [nobody]}});
        app.call(&owner, "PUT /api/v1/programme/draft", json!({"programme": programme}));
        assert_ne!(app.call(&owner, "POST /api/v1/programme/publish", json!({})).status, 201);
    });
}

#[test]
fn a_brand_without_a_plan_takes_no_money_in() {
    each_engine(|app| {
        let owner = app.set_up();
        let member = app.call(&owner, "POST /api/v1/members", json!({"name": "김영희"})).expect(201);
        let line = format!("POST /api/v1/members/{}/top-ups", member["id"].as_str().expect("an id"));
        let refused = app.call(&owner, &line, json!({"amount_minor": 5, "tender": "cash"}));
        assert_eq!((refused.problem().0, refused.problem().1), (409, "no_top_ups"));
    });
}

#[test]
fn a_purchase_paid_in_part_gives_back_what_paid_for_it_and_no_more() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        top_up(app, &owner, &member, 50_000);
        let quoted = app.call(&owner, "POST /api/v1/purchases/quote", basket(&member, &[20_000, 13_000], 22_000)).expect(200);
        assert_eq!(quoted["standing"]["value_principal"]["balance"], 30_000);
        let bought = app.call(&owner, "POST /api/v1/purchases", basket(&member, &[20_000, 13_000], 22_000)).expect(201);
        assert_eq!(has(app, &owner, &member), (30_000, 3_000));
        let why = bought["entry"]["why"].as_array().expect("why").iter().filter_map(|why| why["text"].as_str());
        assert!(why.into_iter().any(|text| text == "충전금으로 22,000원 결제(원금 20,000원, 보너스 2,000원)"), "{bought}");
        let too_much = app.call(&owner, "POST /api/v1/purchases", basket(&member, &[40_000], 33_001));
        assert_eq!((too_much.problem().0, too_much.problem().1), (422, "insufficient_value"));
        assert!(too_much.text.contains("33000"), "{}", too_much.text);
        let id = bought["purchase"]["id"].as_str().expect("an id").to_owned();
        let line = format!("POST /api/v1/purchases/{id}/returns");
        let mut sums = [0; 3];
        for at in [1, 0] {
            let back = app.call(&owner, &line, json!({"lines": [{"line": at, "quantity": 1}]})).expect(201);
            let part = ["refund_minor", "value_principal_back_minor", "value_bonus_back_minor"]
                .map(|of| back[of].as_i64().expect("a sum"));
            sums = [sums[0] + part[0], sums[1] + part[1], sums[2] + part[2]];
        }
        assert_eq!(sums, [11_000, 20_000, 2_000]);
        assert_eq!(has(app, &owner, &member), (50_000, 5_000));
        assert_eq!(app.call(&owner, &line, json!({"whole": true})).problem().1, "nothing_to_return");
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_refund_takes_the_bonus_back_and_a_bonus_lapses_in_its_time() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        let first = top_up(app, &owner, &member, 50_000)["entry"]["id"].clone();
        let pay = json!({"amount_minor": 11_000, "reason": "마사지"});
        let paid = app.call(&owner, &format!("POST /api/v1/members/{member}/payments"), pay).expect(201);
        assert_eq!((&paid["principal_minor"], &paid["bonus_minor"]), (&json!(10_000), &json!(1_000)));
        let line = format!("POST /api/v1/members/{member}/refunds");
        let body = json!({"amount_minor": 40_000, "tender": "card", "reason": "이사", "top_up_id": first});
        let tried = app.call(&owner, &format!("{line}?dry_run=true"), body.clone()).expect(200);
        let done = app.call(&owner, &line, body).expect(201);
        for result in [&tried, &done] {
            // Of 5,000 × 40,000 ÷ 50,000 there are all.
            assert_eq!((&result["bonus_taken_minor"], &result["paid_out_minor"]), (&json!(4_000), &json!(40_000)));
        }
        assert_eq!(has(app, &owner, &member), (0, 0));
        top_up(app, &owner, &member, 50_000);
        app.advance_ms(31 * DAY_MS);
        assert_eq!(app.review(), 1);
        let owner = app.sign_in("Owner");
        assert_eq!(has(app, &owner, &member), (50_000, 0));
        let kinds = app.get(&owner, &format!("/api/v1/members/{member}/entries")).expect(200);
        let kinds: Vec<&str> =
            kinds["items"].as_array().expect("entries").iter().filter_map(|entry| entry["kind"].as_str()).collect();
        assert_eq!(kinds, ["expiry", "top_up", "refund", "payment", "top_up"]);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_bonus_is_taken_back_by_its_version_on_a_server_that_has_not_heard_of_it() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        let Some(beside) = app.beside() else { return };
        let mut whole = plan();
        whole["bonus_on_refund"] = json!("whole");
        publish(app, &owner, whole);
        top_up(app, &owner, &member, 50_000);
        let body = json!({"amount_minor": 100, "tender": "card", "reason": "이사"});
        let done = beside.call(&owner, &format!("POST /api/v1/members/{member}/refunds"), body).expect(201);
        assert_eq!((&done["bonus_taken_minor"], &done["paid_out_minor"]), (&json!(5_000), &json!(100)));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_statement_says_what_there_was_what_moved_and_what_there_is() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        top_up(app, &owner, &member, 50_000);
        app.advance_ms(2 * DAY_MS);
        let owner = app.sign_in("Owner");
        app.call(&owner, "POST /api/v1/purchases", basket(&member, &[11_000], 11_000)).expect(201);
        app.call(&owner, "POST /api/v1/purchases", json!({"member_id": member, "lines": [{"sku": "a", "amount_minor": 500}]}))
            .expect(201);
        app.advance_ms(2 * DAY_MS);
        let owner = app.sign_in("Owner");
        let pay = json!({"amount_minor": 2_200, "reason": "주차"});
        app.call(&owner, &format!("POST /api/v1/members/{member}/payments"), pay).expect(201);
        let whole = app.get(&owner, &format!("/api/v1/members/{member}/statement")).expect(200);
        let moved = |statement: &Value| -> Vec<(String, i64, i64, i64)> {
            let line = |line: &Value| {
                let minor = |of: &str, part: &str| line[of][part].as_i64().expect("minor units");
                let kind = line["kind"].as_str().expect("a kind").to_owned();
                (kind, minor("moved", "principal_minor"), minor("moved", "bonus_minor"), minor("after", "principal_minor"))
            };
            statement["movements"].as_array().expect("movements").iter().map(line).collect()
        };
        let all = [
            ("top_up".to_owned(), 50_000, 5_000, 50_000),
            ("purchase".to_owned(), -10_000, -1_000, 40_000),
            ("payment".to_owned(), -2_000, -200, 38_000),
        ];
        assert_eq!(moved(&whole), all);
        assert_eq!(whole["opening"], json!({"principal_minor": 0, "bonus_minor": 0}));
        assert_eq!(whole["closing"], json!({"principal_minor": 38_000, "bonus_minor": 3_800}));
        let day = whole["movements"][1]["at"].as_str().expect("a time")[..10].to_owned();
        let one = app.get(&owner, &format!("/api/v1/members/{member}/statement?from={day}&to={day}")).expect(200);
        assert_eq!(moved(&one), all[1..2]);
        assert_eq!(one["opening"], json!({"principal_minor": 50_000, "bonus_minor": 5_000}));
        assert_eq!(one["closing"], json!({"principal_minor": 40_000, "bonus_minor": 4_000}));
        let wrong = app.get(&owner, &format!("/api/v1/members/{member}/statement?from=tomorrow"));
        assert_eq!(wrong.problem(), (422, "date_invalid", Some("from")));
    });
}

#[test]
fn a_merge_brings_stored_value_along_and_its_undoing_parts_it() {
    each_engine(|app| {
        let (owner, keep) = shop(app);
        let absorb = app.call(&owner, "POST /api/v1/members", json!({"name": "김 영희"})).expect(201);
        let absorb = absorb["id"].as_str().expect("an id").to_owned();
        top_up(app, &owner, &keep, 50_000);
        top_up(app, &owner, &absorb, 100_000);
        let merged = app.call(&owner, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb})).expect(201);
        assert_eq!(has(app, &owner, &keep), (150_000, 20_000));
        app.call(&owner, "POST /api/v1/purchases", basket(&keep, &[60_000], 60_000)).expect(201);
        assert_eq!(app.audit(), [""; 0]);
        let id = merged["merge"]["id"].as_str().or(merged["id"].as_str()).expect("an id").to_owned();
        app.call_with(&owner, &format!("DELETE /api/v1/merges/{id}"), None, &[]).expect(200);
        // She had 55,000; what she spent of the other's is owed.
        assert_eq!(has(app, &owner, &keep), (-5_000, 0));
        assert_eq!(has(app, &owner, &absorb), (100_000, 15_000));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn sixty_four_parallel_spends_of_one_gift_card_succeed_as_often_as_there_is_money() {
    each_engine(|app| {
        let (owner, member) = shop(app);
        top_up(app, &owner, &member, 49_000);
        let statuses =
            app.call_together(&owner, (0..64).map(|_| ("POST /api/v1/purchases", basket(&member, &[3_000], 2_000))).collect());
        let count = |status: u16| statuses.iter().filter(|known| **known == status).count();
        assert_eq!((count(201), count(422)), (24, 40), "{statuses:?}");
        assert_eq!(has(app, &owner, &member), (1_000, 0));
        assert_eq!(app.audit(), [""; 0]);
    });
}

//! Coupons over the wire: one is used once, however many ask; and it comes back with the goods.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

/// A template of 5,000 won off from 20,000 won on, for thirty days, with what `changes` says.
fn template(code: &str, changes: Value) -> Value {
    let mut template = json!({
        "offer": {"id": code, "name": "5천 원 쿠폰", "effect": {"kind": "amount", "amount_minor": 5_000},
                  "when": {"attribute": "purchase.amount", "op": "at_least", "value": 20_000}},
        "validity": {"kind": "days", "days": 30},
    });
    for (field, value) in changes.as_object().expect("fields") {
        template[field] = value.clone();
    }
    template
}

fn make(app: &TestApp, who: &Who, code: &str, changes: Value) -> String {
    let made = app.call(who, "POST /api/v1/coupon-templates", template(code, changes)).expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

fn enrol(app: &TestApp, who: &Who) -> String {
    let member = app.call(who, "POST /api/v1/members", json!({"name": "김영희"})).expect(201);
    member["id"].as_str().expect("an id").to_owned()
}

fn give(app: &TestApp, who: &Who, member: &str, template: &str) -> String {
    let given = app.call(who, &format!("POST /api/v1/members/{member}/coupons"), json!({"template_id": template})).expect(201);
    given["coupon"]["id"].as_str().expect("an id").to_owned()
}

fn basket(member: &str, amount_minor: i64, coupons: &[&str]) -> Value {
    let lines = json!([{"sku": "tee", "quantity": 2, "amount_minor": amount_minor}]);
    json!({"member_id": member, "pricing": "list", "lines": lines, "coupons": coupons})
}

fn counts(app: &TestApp, who: &Who, template: &str) -> [i64; 3] {
    let read = app.get(who, &format!("/api/v1/coupon-templates/{template}")).expect(200);
    ["issued", "used", "off_minor"].map(|field| read[field].as_i64().expect("a number"))
}

#[test]
fn a_coupon_is_given_quoted_used_and_back_with_the_goods() {
    each_engine(|app| {
        let owner = app.set_up();
        let (template, member) = (make(app, &owner, "five", json!({})), enrol(app, &owner));
        let coupon = give(app, &owner, &member, &template);
        let small = app.call(&owner, "POST /api/v1/purchases/quote", basket(&member, 10_000, &[&coupon])).expect(200);
        let passed = &small["offers_passed_over"][0];
        assert_eq!((passed["coupon_id"].as_str(), passed["code"].as_str()), (Some(coupon.as_str()), Some("condition")));
        assert_eq!(passed["text"].as_str(), Some("조건이 맞지 않음: 구매 금액 20,000원 이상"));
        let quoted = app.call(&owner, "POST /api/v1/purchases/quote", basket(&member, 30_000, &[&coupon])).expect(200);
        let bought = app.call(&owner, "POST /api/v1/purchases", basket(&member, 30_000, &[&coupon])).expect(201);
        for result in [&quoted, &bought] {
            let purchase = &result["purchase"];
            assert_eq!(purchase["amount_minor"], 25_000);
            assert_eq!(purchase["offers"][0]["coupon_id"].as_str(), Some(coupon.as_str()), "{purchase}");
        }
        assert_eq!(counts(app, &owner, &template), [1, 1, 5_000]);
        let again = app.call(&owner, "POST /api/v1/purchases", basket(&member, 30_000, &[&coupon]));
        assert_eq!(again.problem(), (409, "coupon_used", Some("coupons[0]")));
        let id = bought["purchase"]["id"].as_str().expect("an id");
        let read = app.get(&owner, &format!("/api/v1/purchases/{id}")).expect(200);
        assert_eq!(read["offers"][0]["name"].as_str(), Some("5천 원 쿠폰"));
        let mut refunded_minor = 0;
        for piece in 0..2 {
            let line = json!({"lines": [{"line": 0, "quantity": 1}]});
            let back = app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), line).expect(201);
            assert_eq!(back["purchase"]["offers"][0]["coupon_id"].as_str(), Some(coupon.as_str()));
            refunded_minor += back["refund_minor"].as_i64().expect("an amount");
            assert_eq!(back["coupons_given_back"].as_array().map(Vec::len), Some(piece));
        }
        assert_eq!((refunded_minor, counts(app, &owner, &template)), (25_000, [1, 0, 0]));
        let hers = app.get(&owner, &format!("/api/v1/members/{member}/coupons")).expect(200);
        assert_eq!((hers["items"][0]["state"].as_str(), hers["items"][0]["usable"].as_bool()), (Some("issued"), Some(true)));
        app.call(&owner, &format!("POST /api/v1/coupons/{coupon}/void"), json!({"reason": "실수"})).expect(200);
        let void = app.call(&owner, "POST /api/v1/purchases", basket(&member, 30_000, &[&coupon]));
        assert_eq!(void.problem(), (409, "coupon_void", Some("coupons[0]")));
        let timeline = app.get(&owner, &format!("/api/v1/members/{member}/entries")).expect(200);
        let kinds: Vec<&str> = timeline["items"].as_array().unwrap().iter().filter_map(|entry| entry["kind"].as_str()).collect();
        assert_eq!(kinds, ["coupon", "return", "return", "purchase", "coupon"]);
        assert_eq!(app.audit(), [""; 0]);
    });
}

/// Of four purchases one was with a coupon of the brand and one with another's; from a third something came off without one.
#[test]
fn who_buys_with_coupons_is_told_from_who_buys_at_a_discount() {
    each_engine(|app| {
        let owner = app.set_up();
        let (template, member) = (make(app, &owner, "five", json!({})), enrol(app, &owner));
        let coupon = give(app, &owner, &member, &template);
        let paid = |line: Value, more: Value| {
            let mut purchase = json!({"member_id": member, "lines": [line]});
            purchase.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
            purchase
        };
        let line = json!({"sku": "tee", "amount_minor": 9_000});
        let off = json!({"sku": "tee", "amount_minor": 9_000, "off_minor": 1_000});
        let bought = [
            basket(&member, 30_000, &[&coupon]),
            paid(line.clone(), json!({"coupon_minor": 700})),
            paid(off, json!({})),
            paid(line.clone(), json!({})),
        ];
        let coupons = bought.map(|purchase| {
            let result = app.call(&owner, "POST /api/v1/purchases", purchase).expect(201);
            let id = result["purchase"]["id"].as_str().expect("an id");
            let read = app.get(&owner, &format!("/api/v1/purchases/{id}")).expect(200);
            assert_eq!(result["purchase"]["coupon_minor"], read["coupon_minor"]);
            read["coupon_minor"].as_i64()
        });
        assert_eq!(coupons, [Some(5_000), Some(700), Some(0), Some(0)]);
        let below = app.call(&owner, "POST /api/v1/purchases", paid(line, json!({"coupon_minor": -1})));
        assert_eq!(below.problem().0, 422);
        for (attribute, percent) in [("habit.coupon_share", 50), ("habit.discount_share", 75)] {
            let condition = json!({"condition": {"attribute": attribute, "op": "is", "value": percent}});
            let found = app.call(&owner, "POST /api/v1/segments/preview", condition).expect(200);
            assert_eq!(found["count"], 1, "{found}");
        }
        let portrait = app.get(&owner, &format!("/api/v1/members/{member}/portrait")).expect(200);
        let fact = portrait["facts"].as_array().expect("facts").iter().find(|fact| fact["attribute"] == "habit.coupon_share");
        let fact = fact.expect("a fact");
        assert_eq!((&fact["text"], &fact["value"]), (&json!("쿠폰 구매 비중"), &json!("50%")));
        assert!(fact["evidence"].is_string(), "{fact}");
        for (query, expected) in [("with_coupon=true", 2), ("with_coupon=false", 2), ("discounted=true", 3)] {
            let found = app.get(&owner, &format!("/api/v1/members/{member}/purchases?{query}")).expect(200);
            assert_eq!(found["items"].as_array().map(Vec::len), Some(expected), "{query}");
        }
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn codes_are_unlike_and_a_slip_is_told_from_an_unknown_code() {
    each_engine(|app| {
        let owner = app.set_up();
        let (template, member) = (make(app, &owner, "batch", json!({"caps": {"issued": 40}})), enrol(app, &owner));
        let path = format!("POST /api/v1/coupon-templates/{template}/codes");
        let key = [("idempotency-key", "batch-1")];
        let made = app.call_with(&owner, &path, Some(json!({"count": 30})), &key).expect(201);
        let repeated = app.call_with(&owner, &path, Some(json!({"count": 30})), &key).expect(201);
        assert_eq!(made, repeated);
        let codes: std::collections::BTreeSet<&str> =
            made["items"].as_array().unwrap().iter().filter_map(|item| item["code"].as_str()).collect();
        assert_eq!((codes.len(), counts(app, &owner, &template)[0]), (30, 30));
        assert_eq!(app.call(&owner, &path, json!({"count": 11})).problem(), (409, "coupons_all_given", None));
        let code = *codes.first().expect("a code");
        let claims = format!("POST /api/v1/members/{member}/coupons");
        let mut wrong = code.to_owned();
        let first = wrong.remove(0);
        wrong.insert(0, if first == 'A' { 'B' } else { 'A' });
        assert_eq!(app.call(&owner, &claims, json!({"code": wrong})).problem(), (422, "coupon_code_mistyped", Some("code")));
        assert_eq!(app.call(&owner, &claims, json!({"code": "NOSUCH"})).problem().1, "unknown_coupon");
        let found = app.call(&owner, "POST /api/v1/coupons/lookup", json!({"code": code.to_lowercase()})).expect(200);
        assert_eq!(found["coupon"]["member_id"], Value::Null);
        app.call(&owner, &claims, json!({"code": code})).expect(201);
        let other = enrol(app, &owner);
        let late = app.call(&owner, &format!("POST /api/v1/members/{other}/coupons"), json!({"code": code}));
        assert_eq!(late.problem().1, "coupon_of_another");
        // Whoever has a code may use it at once; then it is hers.
        let direct = *codes.last().expect("a code");
        let bought = app.call(&owner, "POST /api/v1/purchases", basket(&other, 30_000, &[direct])).expect(201);
        assert_eq!(bought["purchase"]["amount_minor"], 25_000);
        // Nobody's, voided.
        let spare = made["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["code"].as_str().is_some_and(|of| of != code && of != direct));
        let spare = spare.and_then(|item| item["id"].as_str()).expect("another");
        app.call(&owner, &format!("POST /api/v1/coupons/{spare}/void"), json!({"reason": "인쇄 오류"})).expect(200);
        assert_eq!(app.audit(), [""; 0]);
        // A clerk sees no codes, and may not give.
        let clerk = app.person(&owner, "clerk");
        let listed = app.get(&clerk, &format!("/api/v1/coupon-templates/{template}/coupons")).expect(200);
        assert!(listed["items"].as_array().unwrap().iter().all(|item| item["code"].is_null() && item["code_tail"].is_string()));
        assert_eq!(app.call(&clerk, &path, json!({"count": 1})).status, 403);
        // Guessing is slow.
        let guess = || app.call(&clerk, "POST /api/v1/coupons/lookup", json!({"code": "GUESS1"}));
        let statuses: Vec<u16> = (0..31).map(|_| guess().status).collect();
        assert_eq!((statuses.iter().filter(|status| **status == 404).count(), statuses.last()), (30, Some(&429)));
    });
}

#[test]
fn of_sixty_four_at_once_exactly_as_many_have_a_coupon_as_there_are() {
    each_engine(|app| {
        let owner = app.set_up();
        let caps = json!({"shared_code": "FIRST10", "caps": {"issued": 10, "per_member": 1}});
        let template = make(app, &owner, "rush", caps);
        let members: Vec<String> = (0..64).map(|_| enrol(app, &owner)).collect();
        let lines: Vec<String> = members.iter().map(|member| format!("POST /api/v1/members/{member}/coupons")).collect();
        let claims = || lines.iter().map(|line| (line.as_str(), json!({"code": "first-10"}))).collect::<Vec<_>>();
        let statuses = app.call_together(&owner, claims());
        let of = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((of(201), of(409)), (10, 54), "{statuses:?}");
        assert_eq!(counts(app, &owner, &template), [10, 0, 0]);
        // One code of its own, and everybody wants to use it.
        let single = make(app, &owner, "single", json!({}));
        let made = app.call(&owner, &format!("POST /api/v1/coupon-templates/{single}/codes"), json!({"count": 1})).expect(201);
        let code = made["items"][0]["code"].as_str().expect("a code");
        let buys = members.iter().map(|member| ("POST /api/v1/purchases", basket(member, 30_000, &[code]))).collect();
        let statuses = app.call_together(&owner, buys);
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        // A budget for three.
        let bounded = make(app, &owner, "budget", json!({"shared_code": "BUDGET", "caps": {"budget_minor": 17_000}}));
        let buys = members.iter().map(|member| ("POST /api/v1/purchases", basket(member, 30_000, &["BUDGET"]))).collect();
        let statuses = app.call_together(&owner, buys);
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
        assert_eq!(counts(app, &owner, &bounded), [3, 3, 15_000]);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn coupons_follow_a_merge_and_stay_used_when_it_is_undone() {
    each_engine(|app| {
        let owner = app.set_up();
        let template = make(app, &owner, "five", json!({"shared_code": "HELLO", "caps": {"per_member": 2}}));
        let [keep, absorb] = [enrol(app, &owner), enrol(app, &owner)];
        let [kept, hers] = [give(app, &owner, &keep, &template), give(app, &owner, &absorb, &template)];
        let merge = app.call(&owner, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb})).expect(201);
        // Both are hers now, and as many as she may have.
        let listed = app.get(&owner, &format!("/api/v1/members/{keep}/coupons")).expect(200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
        let third = app.call(&owner, &format!("POST /api/v1/members/{keep}/coupons"), json!({"code": "HELLO"}));
        assert_eq!(third.problem().1, "coupons_enough_for_member");
        app.call(&owner, "POST /api/v1/purchases", basket(&keep, 30_000, &[&hers])).expect(201);
        assert_eq!(app.audit(), [""; 0]);
        let id = merge["id"].as_str().expect("an id");
        let undone = app.call_with(&owner, &format!("DELETE /api/v1/merges/{id}"), None, &[]);
        assert!(undone.status < 300, "{}", undone.text);
        assert_eq!(app.audit(), [""; 0]);
        let used = app.call(&owner, "POST /api/v1/purchases", basket(&absorb, 30_000, &[&hers]));
        assert_eq!(used.problem().1, "coupon_used");
        let another = app.call(&owner, "POST /api/v1/purchases", basket(&absorb, 30_000, &[&kept]));
        assert_eq!(another.problem().1, "coupon_of_another");
    });
}

#[test]
fn a_coupon_is_handed_on_by_its_code() {
    each_engine(|app| {
        let owner = app.set_up();
        let [template, kept] = [("friend", true), ("own", false)]
            .map(|(code, transferable)| make(app, &owner, code, json!({"transferable": transferable})));
        let [member, friend] = [enrol(app, &owner), enrol(app, &owner)];
        let own = give(app, &owner, &member, &kept);
        let refused = app.call_with(&owner, &format!("POST /api/v1/coupons/{own}/release"), None, &[]);
        assert_eq!(refused.problem(), (409, "coupon_not_transferable", None));
        let coupon = give(app, &owner, &member, &template);
        let key = [("idempotency-key", "hand-on-1")];
        let release = || app.call_with(&owner, &format!("POST /api/v1/coupons/{coupon}/release"), None, &key);
        let released = release().expect(200);
        let code = released["code"].as_str().expect("a code").to_owned();
        // It is nobody's now, and only its code leads to it.
        let hers = app.call(&owner, "POST /api/v1/purchases", basket(&member, 30_000, &[&coupon]));
        assert_eq!(hers.problem(), (409, "coupon_unclaimed", Some("coupons[0]")));
        // A repeat gives the same code.
        assert_eq!(release().expect(200)["code"].as_str(), Some(code.as_str()));
        app.call(&owner, "POST /api/v1/purchases", basket(&friend, 30_000, &[&code])).expect(201);
        let second = give(app, &owner, &member, &template);
        let released = app.call_with(&owner, &format!("POST /api/v1/coupons/{second}/release"), None, &[]).expect(200);
        let second_code = released["code"].as_str().expect("a code");
        assert_ne!(code, second_code);
        app.call(&owner, &format!("POST /api/v1/members/{friend}/coupons"), json!({"code": second_code})).expect(201);
        app.call(&owner, "POST /api/v1/purchases", basket(&friend, 30_000, &[&second])).expect(201);
        let late = app.call(&owner, "POST /api/v1/purchases", basket(&member, 30_000, &[second_code]));
        assert_eq!(late.problem(), (409, "coupon_used", Some("coupons[0]")));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn everybody_of_a_segment_gets_one_coupon_in_a_run_however_often_it_is_asked_for() {
    each_engine(|app| {
        let owner = app.set_up();
        let template = make(app, &owner, "all", json!({"caps": {"issued": 203}}));
        for _ in 0..205 {
            enrol(app, &owner);
        }
        let condition = json!({"attribute": "member.status", "op": "is", "value": "active"});
        let segment = json!({"name": "everybody", "kind": "rule", "condition": condition});
        let segment = app.call(&owner, "POST /api/v1/segments", segment).expect(201)["id"].clone();
        let path = format!("POST /api/v1/coupon-templates/{template}/segments");
        let ask = |run: &str, after: &Value| {
            app.call(&owner, &path, json!({"segment_id": segment, "run": run, "after": after})).expect(200)
        };
        let first = ask("spring", &Value::Null);
        assert_eq!((first["given"].as_i64(), first["repeated"].as_i64()), (Some(200), Some(0)));
        let again = ask("spring", &Value::Null);
        assert_eq!((again["given"].as_i64(), again["repeated"].as_i64()), (Some(0), Some(200)));
        let rest = ask("spring", &again["next_after"]);
        assert_eq!((rest["given"].as_i64(), rest["next_after"].clone()), (Some(3), Value::Null));
        let refused = &rest["refused"][0];
        assert_eq!((refused["code"].as_str(), refused["members"].as_i64()), (Some("coupons_all_given"), Some(2)));
        assert_eq!(counts(app, &owner, &template), [203, 0, 0]);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn what_is_wrong_with_a_template_is_said_and_a_code_stands_once() {
    each_engine(|app| {
        let owner = app.set_up();
        for (changes, field) in [
            (json!({"validity": {"kind": "days", "days": 0}}), "validity.days"),
            (json!({"validity": {"kind": "fixed", "from": "2026-12-02", "until": "2026-12-01"}}), "validity.until"),
            (json!({"caps": {"issued": 0}}), "caps.issued"),
            (json!({"shared_code": "abc"}), "shared_code"),
        ] {
            let refused = app.call(&owner, "POST /api/v1/coupon-templates", template("x", changes));
            assert_eq!(refused.problem(), (422, "coupon_template_faulty", Some(field)));
        }
        let first = make(app, &owner, "x", json!({"shared_code": "SAME"}));
        for (code, changes, field) in [("x", json!({}), "offer.id"), ("y", json!({"shared_code": "SAME"}), "shared_code")] {
            let taken = app.call(&owner, "POST /api/v1/coupon-templates", template(code, changes));
            assert_eq!(taken.problem(), (409, "coupon_template_code_taken", Some(field)));
        }
        let closed = app.call_with(&owner, &format!("POST /api/v1/coupon-templates/{first}/close"), None, &[]).expect(200);
        assert_eq!(closed["open"], false);
        let member = enrol(app, &owner);
        let refused = app.call(&owner, &format!("POST /api/v1/members/{member}/coupons"), json!({"template_id": first}));
        assert_eq!(refused.problem(), (409, "coupon_closed", None));
        let paid = json!({"member_id": member, "lines": [{"sku": "a", "amount_minor": 1}], "coupons": ["SAME"]});
        assert_eq!(app.call(&owner, "POST /api/v1/purchases", paid).problem(), (422, "coupon_at_paid_prices", Some("coupons")));
    });
}

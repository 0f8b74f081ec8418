//! Files closed and opened again, and what a timeline says of changes.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn id(member: &Value) -> &str {
    member["id"].as_str().expect("an id")
}

fn timeline(app: &TestApp, who: &Who, member: &str) -> Vec<Value> {
    let timeline = app.get(who, &format!("/api/v1/members/{member}/timeline")).expect(200);
    timeline["items"].as_array().expect("items").clone()
}

#[test]
fn a_closed_member_earns_and_spends_nothing_and_keeps_what_she_has() {
    each_engine(|app| {
        let owner = app.set_up();
        let phone = json!({"kind": "phone", "value": "010-1234-5678"});
        let member = app.call(&owner, "POST /api/v1/members", json!({"name": "김철수", "identities": [phone]})).expect(201);
        let member = id(&member).to_owned();
        let of = |line: &str| line.replace("{id}", &member);
        let give = |amount: i64| {
            app.call(&owner, &of("POST /api/v1/members/{id}/adjustments"), json!({"amount": amount, "reason": "welcome"}))
        };
        give(500).expect(201);
        let lines = json!([{"sku": "a", "quantity": 1, "amount_minor": 10_000}]);
        let bought = json!({"member_id": member, "channel": "store", "lines": lines});
        let purchase = app.call(&owner, "POST /api/v1/purchases", bought.clone()).expect(201);
        let points = app.get(&owner, &of("/api/v1/members/{id}")).expect(200)["standing"]["points"]["balance"].clone();
        let closed = app.call(&owner, "POST /api/v1/members/close", json!({"members": [member], "reason": "이사"})).expect(200);
        assert_eq!(closed["items"][0]["status"], "closed");
        assert_eq!(give(1).problem(), (409, "member_closed", Some("member_id")));
        assert_eq!(app.call(&owner, "POST /api/v1/purchases", bought.clone()).problem().1, "member_closed");
        for (line, body) in [
            ("PATCH /api/v1/members/{id}", json!({"name": "x"})),
            ("POST /api/v1/members/{id}/identities", json!({"kind": "phone", "value": "010-1111-2222"})),
            ("POST /api/v1/members/{id}/card-replacements", json!({"reason": "lost"})),
        ] {
            assert_eq!(app.call(&owner, &of(line), body).problem(), (409, "member_closed", None), "{line}");
        }
        let found = app.call(&owner, "POST /api/v1/members/lookup", json!({"kind": "phone", "value": "01012345678"})).expect(200);
        assert_eq!((&found["status"], &found["standing"]["points"]["balance"]), (&json!("closed"), &points));
        let back = format!("POST /api/v1/purchases/{}/returns", id(&purchase["purchase"]));
        app.call(&owner, &back, json!({"whole": true})).expect(201);
        let opened = app.call(&owner, "POST /api/v1/members/reopen", json!({"members": [member]})).expect(200);
        assert_eq!((&opened["items"][0]["status"], &opened["items"][0]["points"]), (&json!("active"), &json!(500)));
        app.call(&owner, "POST /api/v1/purchases", bought.clone()).expect(201);
        let told: Vec<Value> = timeline(app, &owner, &member)
            .iter()
            .filter(|moment| moment["kind"] == "change")
            .map(|moment| json!([moment["change"]["fields"][0], moment["change"]["reason"], moment["change"]["actor"]["name"]]))
            .collect();
        assert_eq!(
            told,
            [
                json!([{"field": "status", "from": "closed", "to": "active"}, null, "사장"]),
                json!([{"field": "status", "from": "active", "to": "closed"}, "이사", "사장"]),
            ]
        );
        assert_eq!(app.audit(), Vec::<String>::new());
    });
}

#[test]
fn a_repeat_of_a_closure_with_its_key_closes_nothing_that_was_opened_since() {
    each_engine(|app| {
        let owner = app.set_up();
        let member = app.call(&owner, "POST /api/v1/members", json!({})).expect(201)["id"].clone();
        let (body, key) = (json!({"members": [member]}), [("idempotency-key", "close-1")]);
        let close = || app.call_with(&owner, "POST /api/v1/members/close", Some(body.clone()), &key).expect(200);
        assert_eq!(close()["items"][0]["status"], "closed");
        app.call(&owner, "POST /api/v1/members/reopen", body.clone()).expect(200);
        assert_eq!(close()["items"][0]["status"], "active");
        for (body, problem) in [
            (json!({"members": []}), (422, "out_of_range", Some("members"))),
            (json!({"members": [member], "reason": "x".repeat(501)}), (422, "too_long", Some("reason"))),
        ] {
            assert_eq!(app.call(&owner, "POST /api/v1/members/close", body).problem(), problem);
        }
        let nobody = json!({"members": ["mem_0000000000001"]});
        assert_eq!(app.call(&owner, "POST /api/v1/members/close", nobody).expect(200)["items"], json!([]));
        let auditor = app.person(&owner, "auditor");
        assert_eq!(app.call(&auditor, "POST /api/v1/members/close", body.clone()).problem().1, "scope_missing");
    });
}

#[test]
fn a_timeline_says_who_changed_what_with_contacts_masked() {
    each_engine(|app| {
        let owner = app.set_up();
        let clerk = app.person(&owner, "clerk");
        let member = app.call(&owner, "POST /api/v1/members", json!({"name": "김철수"})).expect(201);
        let member = id(&member).to_owned();
        let path = |rest: &str| format!("/api/v1/members/{member}{rest}");
        app.call(&clerk, &format!("PATCH {}", path("")), json!({"name": "김영희", "custom": {"shoe": "250"}})).expect(200);
        app.call(&owner, &format!("PATCH {}", path("")), json!({"name": "김영희"})).expect(200);
        let phone = json!({"kind": "phone", "value": "010-1234-5678"});
        let added = app.call(&clerk, &format!("POST {}", path("/identities")), phone).expect(201);
        let part = added["identities"].as_array().expect("identities").iter().find(|identity| identity["kind"] == "phone");
        let part = id(part.expect("a phone")).to_owned();
        app.call_with(&owner, &format!("DELETE {}", path(&format!("/identities/{part}"))), None, &[]).expect(200);
        let moments = timeline(app, &owner, &member);
        assert!(!Value::from(moments.clone()).to_string().contains("12345678"), "contacts are masked");
        let told: Vec<Value> = moments
            .iter()
            .map(|moment| json!([moment["kind"], moment["change"]["actor"]["name"], moment["change"]["fields"]]))
            .collect();
        assert_eq!(
            told,
            [
                json!(["change", "사장", [{"field": "phone", "from": "+82 ** **** 5678", "to": null}]]),
                json!(["change", "clerk", [{"field": "phone", "from": null, "to": "+82 ** **** 5678"}]]),
                json!(["change", "clerk", [
                    {"field": "name", "from": "김철수", "to": "김영희"},
                    {"field": "custom.shoe", "from": null, "to": "250"}
                ]]),
                json!(["joined", null, null]),
            ]
        );
        let first = app.get(&owner, &path("/timeline?limit=2")).expect(200);
        let next = first["next_cursor"].as_str().expect("there is more");
        let rest = app.get(&owner, &path(&format!("/timeline?limit=2&cursor={next}"))).expect(200);
        assert_eq!((rest["items"].as_array().map(Vec::len), &rest["items"][1]["kind"]), (Some(2), &json!("joined")));
    });
}

//! Members who live together, over HTTP.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn enrol(app: &TestApp, owner: &Who, name: &str) -> String {
    let member = app.call(owner, "POST /api/v1/members", json!({"name": name})).expect(201);
    member["id"].as_str().expect("an id").to_owned()
}

/// What a household says of who is in it: head, and each name with her role.
fn seen(household: &Value) -> (String, Vec<(String, String)>) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let places = household["members"].as_array().expect("members").iter();
    (text(&household["head"]), places.map(|place| (text(&place["member"]["name"]), text(&place["role"]))).collect())
}

#[test]
fn a_family_joins_changes_and_comes_apart() {
    each_engine(|app| {
        let owner = app.set_up();
        let [mother, father, child] = ["김영희", "박철수", "박지우"].map(|name| enrol(app, &owner, name));
        let draft = json!({"name": " 박씨네 ", "head": mother, "role": "parent"});
        let key = [("idempotency-key", "family")];
        let made = app.call_with(&owner, "POST /api/v1/households", Some(draft.clone()), &key).expect(201);
        assert_eq!((&made["name"], &made["head"]), (&json!("박씨네"), &json!(mother)));
        let again = app.call_with(&owner, "POST /api/v1/households", Some(draft.clone()), &key).expect(201);
        assert_eq!(again["id"], made["id"], "asked twice, made once");
        let id = made["id"].as_str().expect("an id");
        let refused = app.call(&owner, "POST /api/v1/households", draft);
        assert_eq!(refused.problem().1, "in_another_household");

        let path = |member: &str| format!("/api/v1/households/{id}/members/{member}");
        let join = |member: &str, role: &str| app.call(&owner, &format!("PUT {}", path(member)), json!({"role": role}));
        app.advance_ms(1_000);
        join(&father, "partner").expect(200);
        app.advance_ms(1_000);
        let three = join(&child, "child").expect(200);
        let named = |name: &str, role: &str| (name.to_owned(), role.to_owned());
        let all = vec![named("김영희", "parent"), named("박철수", "partner"), named("박지우", "child")];
        assert_eq!(seen(&three), (mother.clone(), all));
        let of_child = app.get(&owner, &format!("/api/v1/members/{child}/household")).expect(200);
        assert_eq!((&of_child["household"]["id"], &of_child["most_members"]), (&json!(id), &json!(8)));
        let timeline = app.get(&owner, &format!("/api/v1/members/{child}/timeline")).expect(200).to_string();
        assert!(timeline.contains("household") && timeline.contains("박씨네"), "{timeline}");

        let patch = |body: Value| app.call(&owner, &format!("PATCH /api/v1/households/{id}"), body);
        assert_eq!(patch(json!({"head": father, "name": "우리 집"})).expect(200)["head"], json!(father));
        let left = app.call_with(&owner, &format!("DELETE {}", path(&father)), None, &[]).expect(200);
        assert_eq!(left["head"], json!(mother));
        app.call_with(&owner, &format!("DELETE {}", path(&father)), None, &[]).expect(200);
        assert_eq!(patch(json!({"head": father})).problem(), (409, "not_in_household", Some("head")));
        let ended = app.call(&owner, &format!("POST /api/v1/households/{id}/dissolve"), json!({})).expect(200);
        assert!(ended["dissolved_at"].is_string());
        assert_eq!(join(&father, "partner").problem().1, "household_dissolved");
        let alone = app.get(&owner, &format!("/api/v1/members/{child}/household")).expect(200);
        assert_eq!(alone["household"], Value::Null);
        let named = |household: &Value| {
            let places = household["members"].as_array().expect("members").iter();
            places.map(|place| place["member"]["name"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            (&alone["dissolved"]["name"], named(&alone["dissolved"])),
            (&json!("우리 집"), vec!["김영희".into(), "박지우".into()])
        );
        let restore = |who: &Who| app.call(who, &format!("POST /api/v1/households/{id}/restore"), json!({}));
        let reader = app.program(&owner, &["members:read"]);
        assert_eq!(restore(&reader).problem().0, 403);
        // By mistake, but one of them has found another home since.
        app.advance_ms(1_000);
        let draft = json!({"name": "딸네", "head": child, "role": "other"});
        let other = app.call(&owner, "POST /api/v1/households", draft).expect(201)["id"].as_str().expect("an id").to_owned();
        let refused = restore(&owner);
        assert_eq!(refused.problem().1, "household_moved_on");
        assert_eq!((&refused.body["member_id"], &refused.body["household_id"]), (&json!(child), &json!(other)));
        app.call_with(&owner, &format!("DELETE /api/v1/households/{other}/members/{child}"), None, &[]).expect(200);
        let back = restore(&owner).expect(200);
        assert_eq!(
            (named(&back), &back["head"], &back["dissolved_at"]),
            (named(&alone["dissolved"]), &json!(mother), &Value::Null)
        );
        assert_eq!(restore(&owner).expect(200), back, "what stands stays");
        let timeline = app.get(&owner, &format!("/api/v1/members/{child}/timeline")).expect(200).to_string();
        assert!(timeline.contains("우리 집"), "{timeline}");

        let count = |attribute: &str, op: &str, value: Value| {
            let condition = json!({"attribute": attribute, "op": op, "value": value});
            app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200)["count"].clone()
        };
        assert_eq!(count("household.size", "at_least", json!(2)), json!(2));
        assert_eq!(count("household.role", "is", json!("child")), json!(1));
        assert_eq!(count("household.position", "is", json!("head")), json!(1));
        assert_eq!(count("household.sharing", "is", json!("separate")), json!(2));
        assert_eq!(count("household.size", "is_missing", Value::Null), json!(1));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn what_cannot_be_is_refused_and_says_what_to_do() {
    each_engine(|app| {
        let owner = app.set_up();
        let [one, other, third] = ["a", "b", "c"].map(|name| enrol(app, &owner, name));
        let make = |name: &str, head: &str| {
            app.call(&owner, "POST /api/v1/households", json!({"name": name, "head": head, "role": "other"}))
        };
        for name in ["", "  ", "a\nb", &"家".repeat(61)] {
            assert_eq!(make(name, &one).problem(), (422, "household_name", Some("name")), "{name:?}");
        }
        assert_eq!(make("x", "mem_0000000000001").problem().1, "unknown_member");
        let id = make("x", &one).expect(201)["id"].as_str().expect("an id").to_owned();
        let put = |line: String, body: Value| app.call(&owner, &line, body);
        let join = |member: &str| put(format!("PUT /api/v1/households/{id}/members/{member}"), json!({"role": "other"}));
        assert_eq!(put(format!("PUT /api/v1/households/{id}/members/{other}"), json!({"role": "dog"})).problem().0, 400);
        let nowhere = format!("PUT /api/v1/households/hhd_0000000000001/members/{other}");
        assert_eq!(put(nowhere, json!({"role": "child"})).problem(), (404, "unknown_household", None));
        for most_members in [0, 1, 51] {
            let rules = app.call(&owner, "PUT /api/v1/household-rules", json!({"most_members": most_members}));
            assert_eq!(rules.problem(), (422, "out_of_range", Some("most_members")));
        }
        app.call(&owner, "PUT /api/v1/household-rules", json!({"most_members": 2})).expect(200);
        assert_eq!(app.get(&owner, "/api/v1/household-rules").expect(200), json!({"most_members": 2, "share_points": false}));
        join(&other).expect(200);
        let full = join(&third);
        assert_eq!(full.problem().1, "household_full");
        app.call(&owner, "POST /api/v1/members/close", json!({"members": [third]})).expect(200);
        assert_eq!(make("y", &third).problem().1, "member_closed");

        let reader = app.program(&owner, &["members:read"]);
        app.get(&reader, &format!("/api/v1/households/{id}")).expect(200);
        for line in [
            "POST /api/v1/households".to_owned(),
            format!("PUT /api/v1/households/{id}/members/{other}"),
            format!("POST /api/v1/households/{id}/dissolve"),
        ] {
            let body = json!({"name": "z", "head": one, "role": "other"});
            assert_eq!(
                app.call(&reader, &line, if line.starts_with("PUT") { json!({"role": "child"}) } else { body }).problem().0,
                403
            );
        }
    });
}

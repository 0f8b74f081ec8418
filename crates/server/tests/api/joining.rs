//! Members merged by the brand's rules, over HTTP: only what is proved, trusted, alike and within bounds; said on the timeline; undone.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const PHONE: &str = "010-1234-5678";

fn enrol(app: &TestApp, owner: &Who, name: Option<&str>, identities: Value) -> String {
    let body = json!({"name": name, "identities": identities});
    app.call(owner, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn proved(kind: &str, value: &str) -> Value {
    json!({"kind": kind, "value": value, "verified": true})
}

fn merged_into(app: &TestApp, owner: &Who, member: &str) -> Value {
    app.get(owner, &format!("/api/v1/members/{member}")).expect(200)["merged_into"].clone()
}

fn trust(app: &TestApp, owner: &Who, rules: Value) -> Value {
    app.call(owner, "PUT /api/v1/merge-rules", rules).expect(200)
}

/// pains.md: shared store tablets glue strangers together. Three hundred members prove the same device, which the brand trusts.
#[test]
fn pain_a_shops_tablet_that_three_hundred_prove_merges_nobody() {
    let surnames = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"];
    let given = ["민준", "서윤", "도현", "하은", "지호", "수아", "예준", "시우", "유나", "태오"];
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &["members:read", "members:write", "admin"]);
        trust(app, &owner, json!({"trusted": ["external"]}));
        let tablet = proved("external", "tablet-7");
        let mut refused = 0;
        for number in 0..300_usize {
            // Some give no name.
            let name = (number % 3 > 0).then(|| [surnames[number % 10], given[number / 10 % 10]].concat());
            let member = enrol(app, &owner, name.as_deref(), json!([]));
            let answer = app.call(&owner, &format!("POST /api/v1/members/{member}/identities"), tablet.clone());
            match answer.status {
                201 => assert_eq!(number, 0),
                _ => {
                    assert_eq!(answer.problem().1, "identity_taken");
                    refused += 1;
                }
            }
        }
        assert_eq!(refused, 299);
        let found = app.call(&owner, "POST /api/v1/members/lookup", json!({"kind": "external", "value": "tablet-7"})).expect(200);
        let merges = app.get(&owner, &format!("/api/v1/members/{}/merges", found["id"].as_str().expect("an id"))).expect(200);
        assert_eq!(merges["items"], json!([]), "nobody is merged");
        app.find_duplicates();
        let page = app.get(&owner, "/api/v1/duplicates").expect(200);
        assert!(page["total"].as_i64().is_some_and(|total| total <= 6), "{page}");
    });
}

#[test]
fn whoever_proves_what_another_proved_is_one_with_her_and_comes_apart_again() {
    each_engine(|app| {
        let owner = app.set_up();
        let first = enrol(app, &owner, Some("김철수"), json!([proved("phone", PHONE)]));
        let second = enrol(app, &owner, Some("Gim Cheolsu"), json!([]));
        let line = format!("POST /api/v1/members/{second}/identities");
        let answer = app.call(&owner, &line, proved("phone", PHONE));
        assert_eq!(answer.problem(), (409, "identity_taken", Some("value")), "no rule says so yet");
        assert_eq!(answer.body["member_id"], first.as_str());
        let suggested = app.get(&owner, &format!("/api/v1/members/{first}/duplicates")).expect(200);
        let reasons = suggested["items"][0]["reasons"].as_array().expect("a suggestion").iter();
        assert!(reasons.clone().any(|reason| reason["reason"] == "claimed"), "{suggested}");
        app.find_duplicates();
        let kept = app.get(&owner, &format!("/api/v1/members/{first}/duplicates")).expect(200);
        assert_eq!(kept["items"].as_array().map(Vec::len), Some(1), "looking at everybody does not forget what somebody named");

        trust(app, &owner, json!({"trusted": ["wechat_union", "phone"]}));
        assert_eq!(app.call(&owner, &line, json!({"kind": "phone", "value": PHONE})).status, 409, "she has not proved it");
        let member = app.call(&owner, &line, proved("phone", PHONE)).expect(201);
        assert_eq!((&member["id"], merged_into(app, &owner, &first)), (&json!(second), json!(second)));
        let entries = app.call_with(&owner, &format!("GET /api/v1/members/{second}/entries"), None, &[("accept-language", "en")]);
        let said = entries.expect(200)["items"][0].to_string();
        assert!(said.contains("By a rule: both had proved the same phone number"), "{said}");
        assert_eq!(app.audit(), [""; 0]);

        let merges = app.get(&owner, &format!("/api/v1/members/{second}/merges")).expect(200);
        let merge = merges["items"][0]["id"].as_str().expect("a merge").to_owned();
        app.call_with(&owner, &format!("DELETE /api/v1/merges/{merge}"), None, &[]).expect(200);
        assert_eq!(merged_into(app, &owner, &first), Value::Null);
        assert_eq!(app.call(&owner, &line, proved("phone", PHONE)).status, 409, "who was parted is not joined by a rule again");
        assert_eq!(app.audit(), [""; 0]);
    });
}

/// pains.md: merges join different people. Where files differ, a value is nobody's own, was not proved, or there would be more of a kind than one
/// person has, no rule joins them.
#[test]
fn pain_merges_join_different_people() {
    each_engine(|app| {
        let owner = app.set_up();
        let rules = trust(
            app,
            &owner,
            json!({
                "trusted": ["phone"], "blocked": [{"kind": "phone", "value": "010 0000 0000"}], "most": [{"kind": "email", "most": 1}, {"kind": "kakao", "most": 1}]
            }),
        );
        assert_eq!(rules["blocked"][0]["value"], "+821000000000", "a value stands as identities do");
        assert_eq!(app.get(&owner, "/api/v1/merge-rules").expect(200), rules);
        let claim = |name: Option<&str>, first: Value, second: Value, phone: &str| {
            enrol(app, &owner, Some("김철수"), first);
            let member = enrol(app, &owner, name, second);
            app.call(&owner, &format!("POST /api/v1/members/{member}/identities"), proved("phone", phone)).status
        };
        let phone = |value: &str| proved("phone", value);
        let email = |value: &str| json!({"kind": "email", "value": value});
        let kakao = |value: &str| json!({"kind": "kakao", "value": value});
        for (why, name, first, second, number, expected) in [
            ("alike", Some("김철수"), json!([phone("010-1111-0001")]), json!([]), "010-1111-0001", 201),
            ("another name", Some("박영희"), json!([phone("010-1111-0002")]), json!([]), "010-1111-0002", 409),
            ("no name", None, json!([phone("010-1111-0003")]), json!([]), "010-1111-0003", 409),
            ("nobody's own", Some("김철수"), json!([phone("010 0000 0000")]), json!([]), "010 0000 0000", 409),
            (
                "not proved before",
                Some("김철수"),
                json!([{"kind": "phone", "value": "010-1111-0005"}]),
                json!([]),
                "010-1111-0005",
                409,
            ),
            (
                "two Kakao ids",
                Some("김철수"),
                json!([phone("010-1111-0006"), kakao("a")]),
                json!([kakao("b")]),
                "010-1111-0006",
                409,
            ),
            (
                "two addresses",
                Some("김철수"),
                json!([phone("010-1111-0007"), email("a@x.example")]),
                json!([email("b@x.example")]),
                "010-1111-0007",
                409,
            ),
        ] {
            assert_eq!(claim(name, first, second, number), expected, "{why}");
        }
        for (rules, field) in [
            (json!({"trusted": ["phone", "phone"]}), "trusted"),
            (json!({"trusted": [], "most": [{"kind": "phone", "most": 0}]}), "most"),
            (json!({"trusted": [], "blocked": [{"kind": "phone", "value": "x"}]}), "blocked[0].value"),
        ] {
            let answer = app.call(&owner, "PUT /api/v1/merge-rules", rules);
            assert_eq!((answer.status, answer.problem().2), (422, Some(field)));
        }
        let clerk = app.person(&owner, "clerk");
        assert_eq!(app.get(&clerk, "/api/v1/merge-rules").status, 403);
        assert_eq!(app.call(&clerk, "PUT /api/v1/merge-rules", json!({"trusted": []})).status, 403);
        let changes = app.get(&owner, "/api/v1/brand/changes").expect(200);
        assert_eq!(changes["items"][0]["fields"][0], json!({"field": "merge_rules", "from": null, "to": "phone"}));
    });
}

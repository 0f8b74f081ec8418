//! Members who may be one person, over HTTP: found, followed as files change, decided, and never glued together by a shop's tablet.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const DAY_MS: i64 = 86_400_000;
const SCOPES: [&str; 3] = ["members:read", "members:write", "benefits:write"];

fn enrol(app: &TestApp, owner: &Who, body: Value) -> String {
    app.call(owner, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn person(name: &str, born: &str, phone: &str) -> Value {
    json!({"name": name, "birthday": {"date": born, "calendar": "solar"}, "identities": [{"kind": "phone", "value": phone}]})
}

/// The pairs that are listed, each with its percents.
fn listed(app: &TestApp, owner: &Who, query: &str) -> Vec<(String, String, u64)> {
    let page = app.get(owner, &format!("/api/v1/duplicates{query}")).expect(200);
    let pair = |item: &Value| {
        let id = |at: usize| item["members"][at]["id"].as_str().expect("an id").to_owned();
        (id(0), id(1), item["percent"].as_u64().expect("percents"))
    };
    page["items"].as_array().expect("pairs").iter().map(pair).collect()
}

fn pairs(app: &TestApp, owner: &Who) -> Vec<(String, String)> {
    listed(app, owner, "").into_iter().map(|(one, other, _)| (one, other)).collect()
}

/// pains.md: shared store tablets glue strangers together. One tablet enrols three hundred people and fills in the shop's address, its
/// mailbox, its store, 1 January, numbers in a series and, for whoever says no name, the same one: only who is one person is suggested.
#[test]
fn pain_a_shops_tablet_glues_nobody_together() {
    let surnames = ["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"];
    let first = ["민", "서", "지", "하", "도"];
    let last = ["준", "윤", "호", "현", "아", "진"];
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        for number in 0..300_usize {
            let name = match number % 10 {
                0 => "손님".to_owned(),
                _ => [surnames[number % 10], first[number / 10 % 5], last[number / 50]].concat(),
            };
            let mut body = person(&name, "1990-01-01", &format!("010-7777-{number:04}"));
            body["residence"] = json!("서울특별시 강남구 테헤란로 1 1층");
            body["store"] = json!("gangnam");
            body["identities"]
                .as_array_mut()
                .expect("identities")
                .push(json!({"kind": "email", "value": format!("counter01+{number}@shop.example")}));
            enrol(app, &owner, body);
        }
        assert_eq!(app.find_duplicates(), 0);
        assert_eq!(pairs(app, &owner), []);
        let page = app.get(&owner, "/api/v1/duplicates").expect(200);
        let passed = page["passed_over"].as_array().expect("what was passed over");
        let count = |clue: &str| passed.iter().find(|one| one["clue"] == clue).map(|one| one["count"].clone());
        assert_eq!((count("home"), count("mailbox")), (Some(json!(1)), Some(json!(1))), "{passed:?}");
        assert_eq!(count("begin"), Some(json!(1)), "{passed:?}");
        let mut one = person("배수지", "1988-05-06", "010-2222-3333");
        one["store"] = json!("gangnam");
        one["residence"] = json!("서울특별시 강남구 테헤란로 1 1층");
        let one = enrol(app, &owner, one);
        let other = enrol(app, &owner, person("Bae Suji", "1988-05-06", "010-4444-5555"));
        assert_eq!(app.find_duplicates(), 1);
        assert_eq!(pairs(app, &owner), [(one.clone(), other.clone())]);
        app.advance_ms(DAY_MS);
        assert_eq!(app.find_duplicates(), 0, "everybody looked at anew says the same");
        assert_eq!(pairs(app, &owner), [(one, other)]);
    });
}

#[test]
fn pairs_come_and_go_as_files_change() {
    each_engine(|app| {
        let owner = app.set_up();
        let empty = app.get(&owner, "/api/v1/duplicates").expect(200);
        assert_eq!((&empty["items"], &empty["total"], &empty["looked_at"]), (&json!([]), &json!(0), &Value::Null));
        let one = enrol(app, &owner, person("김철수", "1985-11-02", "010-1234-5678"));
        assert_eq!(app.find_duplicates(), 0);
        let other = enrol(app, &owner, person("KIM CHUL-SOO", "1985-11-02", "010-8765-4321"));
        let third = enrol(app, &owner, person("박영희", "1985-11-02", "010-1111-2222"));
        assert_eq!(pairs(app, &owner), [], "nobody has looked yet");
        assert_eq!(app.find_duplicates(), 1);
        let page = app.call_with(&owner, "GET /api/v1/duplicates", None, &[("accept-language", "en")]).expect(200);
        let item = &page["items"][0];
        assert_eq!((&item["members"][0]["id"], &item["members"][1]["id"]), (&json!(one), &json!(other)));
        assert_eq!((&item["certainty"], &item["percent"]), (&json!("nearly_certain"), &json!(95)), "{item}");
        let reasons: Vec<&str> =
            item["reasons"].as_array().expect("reasons").iter().filter_map(|one| one["words"].as_str()).collect();
        assert_eq!(reasons, ["Born on the same day", "The name sounds nearly alike"]);
        assert_eq!(item["members"][0]["contacts"][0]["masked"], "+82 ** **** 5678");
        let of = |member: &str| {
            app.get(&owner, &format!("/api/v1/members/{member}/duplicates")).expect(200)["items"].as_array().map_or(0, Vec::len)
        };
        assert_eq!((of(&one), of(&other), of(&third)), (1, 1, 0));

        let patch = |member: &str, body: Value| app.call(&owner, &format!("PATCH /api/v1/members/{member}"), body).expect(200);
        patch(&other, json!({"birthday": {"date": "1991-02-03", "calendar": "solar"}}));
        assert_eq!(app.find_duplicates(), 1);
        assert_eq!(pairs(app, &owner), []);
        app.call(
            &owner,
            &format!("POST /api/v1/members/{other}/identities"),
            json!({"kind": "email", "value": "chulsoo85@naver.example"}),
        )
        .expect(201);
        app.call(
            &owner,
            &format!("POST /api/v1/members/{one}/identities"),
            json!({"kind": "email", "value": "chulsoo85@daum.example"}),
        )
        .expect(201);
        patch(&other, json!({"birthday": null}));
        assert_eq!(app.find_duplicates(), 1, "a further address is followed like a change of the file");
        assert_eq!(pairs(app, &owner), [(one.clone(), other.clone())]);

        let merge = app.call(&owner, "POST /api/v1/merges", json!({"keep": one, "absorb": other})).expect(201);
        assert_eq!((pairs(app, &owner), of(&one)), (vec![], 0), "who is one is suggested no more, at once");
        app.find_duplicates();
        app.call_with(&owner, &format!("DELETE /api/v1/merges/{}", merge["id"].as_str().expect("an id")), None, &[]).expect(200);
        app.find_duplicates();
        assert_eq!(pairs(app, &owner), [(one.clone(), other.clone())]);
        app.call(&owner, "POST /api/v1/members/close", json!({"members": [other]})).expect(200);
        assert_eq!(pairs(app, &owner), []);
        app.find_duplicates();
        app.call(&owner, "POST /api/v1/members/reopen", json!({"members": [other]})).expect(200);
        app.find_duplicates();
        assert_eq!(pairs(app, &owner), [(one, other)]);
    });
}

#[test]
fn a_pair_that_is_not_the_same_does_not_come_back_until_that_is_taken_back() {
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        let one = enrol(app, &owner, person("김철수", "1985-11-02", "010-1234-5678"));
        let other = enrol(app, &owner, person("김철수", "1985-11-02", "010-8765-4321"));
        app.find_duplicates();
        assert_eq!(pairs(app, &owner).len(), 1);
        let line = format!("/api/v1/duplicates/{one}/{other}/dismiss");
        let said = app.call(&owner, &format!("POST {line}"), json!({})).expect(200);
        assert!(said["dismissed_at"].is_string());
        app.call(&owner, &format!("POST /api/v1/duplicates/{other}/{one}/dismiss"), json!({})).expect(200);
        assert_eq!(pairs(app, &owner), []);
        assert_eq!(listed(app, &owner, "?dismissed=true").len(), 1);
        // Neither a change of a file nor another day brings it back, nor a third file that goes into one of the two.
        app.call(&owner, &format!("PATCH /api/v1/members/{one}"), json!({"residence": "부산광역시 해운대구 우동 1"})).expect(200);
        app.find_duplicates();
        app.advance_ms(DAY_MS);
        app.find_duplicates();
        assert_eq!(pairs(app, &owner), []);
        let third = enrol(app, &owner, person("김철수", "1985-11-02", "010-2222-3333"));
        app.find_duplicates();
        assert_eq!(pairs(app, &owner).len(), 2, "with the third both may be one");
        app.call(&owner, "POST /api/v1/merges", json!({"keep": third, "absorb": one})).expect(201);
        app.find_duplicates();
        assert_eq!(pairs(app, &owner), [], "whoever keeps her is not the other either");
        let merges = app.get(&owner, &format!("/api/v1/members/{third}/merges")).expect(200);
        let merge = merges["items"][0]["id"].as_str().expect("an id").to_owned();
        app.call_with(&owner, &format!("DELETE /api/v1/merges/{merge}"), None, &[]).expect(200);
        let back = app.call_with(&owner, &format!("DELETE {line}"), None, &[]).expect(200);
        assert_eq!(back["dismissed_at"], Value::Null);
        app.find_duplicates();
        assert_eq!(pairs(app, &owner).len(), 3);
        assert_eq!(listed(app, &owner, "?dismissed=true"), []);
    });
}

#[test]
fn the_list_has_parts_bounds_and_permissions() {
    each_engine(|app| {
        let owner = app.set_up();
        for number in 0..3 {
            enrol(app, &owner, person("김철수", "1985-11-02", &format!("010-1234-{number}678")));
        }
        let near = enrol(app, &owner, person("Kim Cheolsu", "--11-02", "010-9999-1111"));
        app.find_duplicates();
        let all = listed(app, &owner, "");
        assert_eq!(all.len(), 6, "{all:?}");
        assert!(all.windows(2).all(|two| two[0].2 >= two[1].2), "{all:?}");
        assert!(all[3..].iter().all(|(_, other, _)| *other == near));
        let (mut parts, mut cursor) = (Vec::new(), String::new());
        for _ in 0..4 {
            let page = app.get(&owner, &format!("/api/v1/duplicates?limit=2{cursor}")).expect(200);
            assert_eq!(page["total"], 6);
            parts.extend(listed(app, &owner, &format!("?limit=2{cursor}")));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(parts, all);
        assert_eq!(listed(app, &owner, "?least=95").len(), 3);
        for (query, expected) in [
            ("?least=49", (422, "out_of_range", Some("least"))),
            ("?least=100", (422, "out_of_range", Some("least"))),
            ("?cursor=x", (400, "invalid_cursor", Some("cursor"))),
            ("?cursor=1:mem_1:mem_x", (400, "invalid_cursor", Some("cursor"))),
            ("?limit=0", (422, "out_of_range", Some("limit"))),
        ] {
            let answer = app.get(&owner, &format!("/api/v1/duplicates{query}"));
            assert_eq!(answer.problem(), expected, "{query}");
        }
        let (one, other, _) = &all[0];
        let stranger = enrol(app, &owner, person("박영희", "1970-07-08", "010-3333-4444"));
        for path in [format!("{one}/{one}"), format!("{near}/{stranger}")] {
            let answer = app.call(&owner, &format!("POST /api/v1/duplicates/{path}/dismiss"), json!({}));
            assert_eq!(answer.problem().1, "unknown_duplicate", "{path}");
        }
        let auditor = app.person(&owner, "auditor");
        let dismiss = format!("/api/v1/duplicates/{one}/{other}/dismiss");
        assert_eq!(app.call(&auditor, &format!("POST {dismiss}"), json!({})).status, 403);
        assert_eq!(app.call_with(&auditor, &format!("DELETE {dismiss}"), None, &[]).status, 403);
        assert_eq!(app.get(&Who::Nobody, "/api/v1/duplicates").status, 401);
    });
}

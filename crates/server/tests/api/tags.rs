//! Tags over the wire: rules that follow members, tags given by hand and by lists, groups, and what came and went.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const SCOPES: [&str; 5] = ["members:read", "members:write", "purchases:write", "programme:write", "insight:read"];

fn enrol(app: &TestApp, who: &Who, name: &str, phone: &str) -> String {
    let body = json!({"name": name, "identities": [{"kind": "phone", "value": phone}]});
    app.call(who, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn create(app: &TestApp, who: &Who, tag: Value) -> String {
    app.call(who, "POST /api/v1/tags", tag).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn group(app: &TestApp, who: &Who, name: &str) -> String {
    let body = json!({"name": name, "exclusive": true});
    app.call(who, "POST /api/v1/tag-groups", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn test(attribute: &str, op: &str, value: impl Into<Value>) -> Value {
    json!({"attribute": attribute, "op": op, "value": value.into()})
}

/// The names of what a list holds.
fn names(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().expect("items").iter().filter_map(|item| item["name"].as_str()).collect()
}

fn tags(app: &TestApp, who: &Who, member: &str) -> Value {
    app.get(who, &format!("/api/v1/members/{member}/tags")).expect(200)
}

/// What came and went on a member's timeline, the newest first: `+name cause`.
fn history(app: &TestApp, who: &Who, member: &str) -> Vec<String> {
    let timeline = app.get(who, &format!("/api/v1/members/{member}/timeline")).expect(200);
    let moments = timeline["items"].as_array().expect("items").iter().filter(|moment| moment["kind"] == "tag");
    let said = |moment: &Value| {
        let tag = &moment["tag"];
        let sign = if tag["added"] == true { '+' } else { '-' };
        format!("{sign}{} {}", tag["name"].as_str().unwrap_or_default(), tag["cause"].as_str().unwrap_or_default())
    };
    moments.map(said).collect()
}

/// The A-member of the source: tag, store, hour and segment follow her purchases, and nobody does anything.
#[test]
fn the_ten_pm_marketplace_buyer_becomes_the_seven_pm_customer_of_the_store_nearby() {
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        let habits = group(app, &owner, "쇼핑 습관");
        let night = json!({"all": [test("habit.online_share", "at_least", 50), test("habit.hour", "between", json!([21, 23]))]});
        let evening =
            json!({"all": [test("habit.online_share", "less_than", 50), test("habit.hour", "between", json!([18, 20]))]});
        let rule =
            |name: &str, condition: Value| json!({"name": name, "kind": "rule", "condition": condition, "group_id": habits});
        create(app, &owner, rule("밤 온라인", night));
        let evenings = create(app, &owner, rule("저녁 매장", evening));
        let nearby = json!({"all": [{"segment": evenings}, test("habit.home_store", "is", "gangnam")]});
        let segment = json!({"name": "강남점 저녁 손님", "kind": "rule", "condition": nearby});
        let segment = app.call(&owner, "POST /api/v1/segments", segment).expect(201);
        let members = format!("/api/v1/segments/{}/members", segment["id"].as_str().expect("an id"));
        let kim = enrol(app, &owner, "김", "010 0000 0001");
        let buy = |channel: &str, store: Option<&str>| {
            let line = json!({"sku": "a", "category": "간식", "amount_minor": 9_000});
            let mut purchase = json!({"member_id": kim, "channel": channel, "lines": [line]});
            if let Some(store) = store {
                purchase["store"] = json!(store);
            }
            app.call(&owner, "POST /api/v1/purchases", purchase).expect(201)["purchase"]["id"].clone()
        };
        // It is noon in Seoul; ten hours on it is ten in the evening.
        app.advance_ms(10 * HOUR_MS);
        for _ in 0..12 {
            buy("taobao", None);
            app.advance_ms(DAY_MS);
        }
        assert_eq!(names(&tags(app, &owner, &kim)), ["밤 온라인"]);
        assert!(names(&app.get(&owner, &members).expect(200)).is_empty());
        // The store opens near her home, and she comes at seven.
        app.advance_ms(21 * HOUR_MS);
        let mut last = Value::Null;
        for _ in 0..7 {
            last = buy("store", Some("gangnam"));
            app.advance_ms(DAY_MS);
        }
        let hers = tags(app, &owner, &kim);
        assert_eq!(names(&hers), ["저녁 매장"]);
        let tag = &hers["items"][0];
        assert_eq!((&tag["group"], &tag["entry"]["cause"]), (&json!("쇼핑 습관"), &json!("happened")));
        assert_eq!((&tag["entry"]["purchase_id"], &tag["since"]), (&last, &tag["entry"]["at"]));
        let why: Vec<&str> = tag["reason"]["parts"][0]["parts"][0]["parts"]
            .as_array()
            .expect("parts")
            .iter()
            .filter_map(|part| part["value"].as_str())
            .collect();
        assert_eq!(why, ["41%", "19:00–19:59"], "{tag:#}");
        assert_eq!(names(&app.get(&owner, &members).expect(200)), ["김"]);
        assert_eq!(history(app, &owner, &kim), ["-밤 온라인 happened", "+저녁 매장 happened", "+밤 온라인 happened"]);
        let dictionary = app.get(&owner, "/api/v1/tags").expect(200);
        let sizes: Vec<_> = dictionary["items"].as_array().expect("items").iter().map(|tag| tag["members"].as_i64()).collect();
        assert_eq!(sizes, [Some(0), Some(1)]);
    });
}

/// Elsewhere a tag of past events stays for ever: here the window slides although nothing happens, and when is known.
#[test]
fn a_tag_goes_as_time_goes_on_although_nothing_happens() {
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        let kim = enrol(app, &owner, "김", "010 0000 0001");
        let lately = json!({"event": "purchase", "measure": "count", "last_days": 30, "op": "at_least", "value": 1});
        let line = json!({"sku": "a", "amount_minor": 9_000});
        app.call(&owner, "POST /api/v1/purchases", json!({"member_id": kim, "lines": [line]})).expect(201);
        create(app, &owner, json!({"name": "최근 구매", "kind": "rule", "condition": lately}));
        assert_eq!(names(&tags(app, &owner, &kim)), ["최근 구매"]);
        app.advance_ms(29 * DAY_MS);
        assert_eq!(app.sweep_tags(), 0);
        app.advance_ms(DAY_MS);
        assert_eq!((app.sweep_tags(), app.sweep_tags()), (1, 0));
        assert!(names(&tags(app, &owner, &kim)).is_empty());
        assert_eq!(history(app, &owner, &kim), ["-최근 구매 time", "+최근 구매 rule"]);
    });
}

#[test]
fn tags_are_given_by_hand_and_by_lists_one_of_a_group_and_for_so_long() {
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        let kim = enrol(app, &owner, "김", "010 0000 0001");
        let taste = group(app, &owner, "입맛");
        let given =
            |name: &str| json!({"name": name, "kind": "list", "group_id": taste, "owner": "마케팅팀", "expires_days": 10});
        let [sweet, salty] = ["단맛", "짠맛"].map(|name| create(app, &owner, given(name)));
        let always = test("habit.purchases", "at_least", 0);
        let rule = json!({"name": "모름", "kind": "rule", "group_id": taste, "place": -1, "condition": always});
        let unknown = create(app, &owner, rule);
        assert_eq!(names(&tags(app, &owner, &kim)), ["모름"]);
        let lay = |body: Value| app.call(&owner, &format!("POST /api/v1/members/{kim}/tags"), body);
        assert_eq!(names(&lay(json!({"add": [sweet], "reason": "초콜릿을 찾음"})).expect(200)), ["단맛"]);
        let phones =
            json!({"identities": [{"kind": "phone", "value": "010 0000 0001"}, {"kind": "phone", "value": "010 0000 0009"}]});
        let listed = app.call(&owner, &format!("POST /api/v1/segments/{salty}/members"), phones).expect(200);
        assert_eq!((&listed["added"], &listed["unknown"]), (&json!(1), &json!([1])));
        let hers = tags(app, &owner, &kim);
        assert_eq!(names(&hers), ["짠맛"]);
        assert_eq!(hers["items"][0]["until"], "2026-12-02T03:00:00Z");
        assert_eq!(history(app, &owner, &kim), ["-단맛 group", "+짠맛 import", "-모름 time", "+단맛 hand", "+모름 rule"]);
        for (body, code) in
            [(json!({"add": [unknown]}), "rule_gives_tag"), (json!({"remove": ["seg_0000000000001"]}), "unknown_tag")]
        {
            assert_eq!(lay(body).problem().1, code);
        }
        // Ten days on she has it no more, whatever has been swept by then.
        app.advance_ms(10 * DAY_MS);
        assert_eq!(names(&tags(app, &owner, &kim)), ["모름"]);
        app.sweep_tags();
        assert_eq!(history(app, &owner, &kim)[..2], ["-짠맛 expiry", "+모름 time"]);
        app.call(&owner, &format!("PATCH /api/v1/tags/{unknown}"), json!({"group_id": null, "name": "모두"})).expect(200);
        app.call(&owner, &format!("POST /api/v1/tags/{unknown}/archive"), json!({})).expect(204);
        assert!(names(&tags(app, &owner, &kim)).is_empty());
    });
}

#[test]
fn rules_of_tags_never_lead_back_to_themselves() {
    each_engine(|app| {
        let person = app.set_up();
        let owner = app.program(&person, &SCOPES);
        let one =
            create(app, &owner, json!({"name": "하나", "kind": "rule", "condition": test("habit.purchases", "at_least", 0)}));
        let other =
            create(app, &owner, json!({"name": "둘", "kind": "rule", "condition": {"not": {"segment": one}}, "place": 1}));
        let change = |id: &str, body: Value| app.call(&owner, &format!("PATCH /api/v1/tags/{id}"), body);
        assert_eq!(change(&one, json!({"condition": {"segment": other}})).problem().1, "condition_faulty");
        let both = group(app, &owner, "무리");
        change(&one, json!({"group_id": both})).expect(200);
        // The second of a group holds where the first does not, so the first must not ask for the second.
        change(&other, json!({"group_id": both, "condition": test("habit.purchases", "at_least", 0)})).expect(200);
        assert_eq!(change(&one, json!({"condition": {"segment": other}})).problem().1, "condition_faulty");
        let renamed = json!({"name": "무리 둘", "exclusive": false});
        let group = app.call(&owner, &format!("PATCH /api/v1/tag-groups/{both}"), renamed).expect(200);
        assert_eq!((&group["name"], &group["exclusive"]), (&json!("무리 둘"), &json!(false)));
        let changes = app.get(&person, "/api/v1/brand/changes").expect(200);
        assert_eq!(changes["items"][0]["fields"], json!([{"field": "tag_group", "from": "무리", "to": "무리 둘"}]));
        let nowhere = change(&one, json!({"group_id": "tgp_0000000000001"}));
        assert_eq!(nowhere.problem(), (404, "unknown_tag_group", Some("group_id")));
        let clerk = app.person(&person, "clerk");
        assert_eq!(app.call(&clerk, "POST /api/v1/tags", json!({"name": "x", "kind": "list"})).problem().1, "scope_missing");
    });
}

//! Lifestyle groups over the wire: asked for, lacking, found, named, in conditions, fitted anew, and new members placed at once.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const DAY_MS: i64 = 86_400_000;
const SCOPES: [&str; 6] = ["members:read", "members:write", "purchases:write", "programme:write", "insight:read", "admin"];
const WAYS: [[&str; 2]; 3] = [["기저귀", "분유"], ["맥주", "소주"], ["강아지 사료", "고양이 모래"]];

fn enrol(app: &TestApp, who: &Who, number: usize) -> String {
    let body = json!({"name": format!("m{number}"), "identities": [{"kind": "phone", "value": format!("010 0000 {number:04}")}]});
    app.call(who, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn purchase(member: &str, at: &str, way: usize, number: usize) -> Value {
    let common = ["우유", "달걀", "쌀", "두부"][number % 4];
    let line = |category: &str| json!({"sku": format!("p-{category}"), "category": category, "amount_minor": 5_000});
    let lines = [WAYS[way][0], WAYS[way][1], common].map(line);
    json!({"member_id": member, "at": format!("{at}T03:00:00Z"), "lines": lines})
}

/// Sixty members of three ways of life in turn, who buy every month from April on.
fn brand(app: &TestApp, from_month: u32) -> (Who, Vec<String>) {
    let owner = app.program(&app.set_up(), &SCOPES);
    let members: Vec<String> = (0..60).map(|number| enrol(app, &owner, number)).collect();
    for month in from_month..=11 {
        let purchases = members
            .iter()
            .enumerate()
            .map(|(number, member)| purchase(member, &format!("2026-{month:02}-05"), number % 3, number + month as usize));
        let batch = json!({"purchases": purchases.collect::<Vec<_>>()});
        app.call(&owner, "POST /api/v1/purchases/batch", batch).expect(200);
    }
    (owner, members)
}

fn group_of(app: &TestApp, who: &Who, member: &str) -> Value {
    app.get(who, &format!("/api/v1/members/{member}/lifestyle")).expect(200)
}

#[test]
fn too_little_is_said_with_the_day_on_which_there_is_enough() {
    each_engine(|app| {
        let (owner, members) = brand(app, 9);
        let before = app.get(&owner, "/api/v1/lifestyles").expect(200);
        assert_eq!((&before["state"], &before["groups"], &before["fitted_at"]), (&json!("not_begun"), &json!([]), &Value::Null));
        assert!(!app.group(), "nobody asked");
        let begun = app.call(&owner, "POST /api/v1/lifestyles/fits", json!({})).expect(202);
        assert_eq!(begun["state"], "running");
        assert!(app.group() && !app.group(), "it is tried once a day");
        let lacking = app.call_with(&owner, "GET /api/v1/lifestyles", None, &[("accept-language", "en")]).expect(200);
        let lack = &lacking["lack"];
        assert_eq!((&lacking["state"], &lack["lack"], &lack["found"]), (&json!("lacking"), &json!("days"), &json!(79)));
        assert_eq!(lack["ready_on"], "2027-03-05");
        assert!(lack["sentence"].as_str().is_some_and(|said| said.contains("on 5 March 2027")), "{lack}");
        assert_eq!(group_of(app, &owner, &members[0])["group"], Value::Null);
        // The day comes.
        app.advance_ms(102 * DAY_MS);
        assert!(app.group());
        assert_eq!(app.get(&owner, "/api/v1/lifestyles").expect(200)["state"], "lacking");
        app.advance_ms(DAY_MS);
        assert!(app.group());
        assert_eq!(app.get(&owner, "/api/v1/lifestyles").expect(200)["state"], "ready");
    });
}

#[test]
fn groups_are_found_named_asked_for_and_new_members_are_placed_at_once() {
    each_engine(|app| {
        let (owner, members) = brand(app, 4);
        let refused = app.call(&owner, "POST /api/v1/lifestyles/fits", json!({"groups": 1}));
        assert_eq!(refused.problem(), (422, "out_of_range", Some("groups")));
        app.call(&owner, "POST /api/v1/lifestyles/fits", json!({})).expect(202);
        assert!(app.group());
        let header = [("accept-language", "en")];
        let seen = app.call_with(&owner, "GET /api/v1/lifestyles", None, &header).expect(200);
        let groups = seen["groups"].as_array().expect("groups");
        assert_eq!((&seen["state"], groups.len()), (&json!("ready"), 3), "{seen:#}");
        let mut names: Vec<&str> = groups.iter().filter_map(|group| group["name"].as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Beer and company", "Pet owners", "Young parents"]);
        let share: i64 = groups.iter().filter_map(|group| group["share_bp"].as_i64()).sum();
        assert!((9_997..=10_000).contains(&share) && groups.iter().all(|group| group["members"] == 20), "{seen:#}");
        let parents = groups.iter().find(|group| group["name"] == "Young parents").expect("the group");
        assert_eq!(
            (&parents["apart"][0]["lift_percent"], &parents["came"], &parents["went"]),
            (&json!(300), &json!(20), &json!(0))
        );
        let code = parents["code"].as_str().expect("a code").to_owned();
        let hers = group_of(app, &owner, &members[0]);
        assert_eq!((hers["group"].as_str(), &hers["since"]), (Some(code.as_str()), &json!("2026-11-22")));
        let mut evidence = [0, 1].map(|place| hers["evidence"][place]["category"].as_str().unwrap_or_default());
        evidence.sort_unstable();
        assert_eq!(evidence, WAYS[0], "{hers:#}");
        // A name, and another rename to undo it.
        let path = format!("PATCH /api/v1/lifestyles/groups/{code}");
        app.call(&owner, &path, json!({"name": " 새싹 가족 "})).expect(200);
        assert_eq!(group_of(app, &owner, &members[0])["name"], "새싹 가족");
        let change = |place: usize| app.get(&owner, "/api/v1/brand/changes").expect(200)["items"][place]["fields"].clone();
        assert_eq!(change(0), json!([{"field": "lifestyle_group", "from": null, "to": "새싹 가족"}]));
        assert_eq!(
            app.call(&owner, "PATCH /api/v1/lifestyles/groups/g99", json!({"name": "x"})).problem().1,
            "unknown_lifestyle_group"
        );
        let condition = json!({"all": [
            {"attribute": "lifestyle.group", "op": "is", "value": code},
            {"attribute": "lifestyle.score", "op": "at_least", "value": 20},
            {"attribute": "lifestyle.since", "op": "at_least", "value": "2026-11-22"},
        ]});
        let preview = app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200);
        assert_eq!(preview["count"], 20);
        assert!(preview["words"].as_str().is_some_and(|words| words.contains("새싹 가족")), "{preview:#}");
        let choices = app.get(&owner, "/api/v1/attributes").expect(200);
        let choice = choices["items"].as_array().expect("items").iter().find(|item| item["name"] == "lifestyle.group");
        assert_eq!(choice.map(|item| item["choices"].as_array().map(Vec::len)), Some(Some(3)));
        app.call(&owner, &path, json!({"name": null})).expect(200);
        assert_eq!(group_of(app, &owner, &members[0])["name"], "아기 키우는 집");
        // Who has left is not counted any more.
        let size = || {
            let seen = app.get(&owner, "/api/v1/lifestyles").expect(200);
            seen["groups"]
                .as_array()
                .expect("groups")
                .iter()
                .find(|group| group["code"] == code)
                .map(|group| group["members"].clone())
        };
        assert_eq!(size(), Some(json!(20)));
        app.call(&owner, "POST /api/v1/members/close", json!({"members": [members[0]]})).expect(200);
        assert_eq!(size(), Some(json!(19)));
        app.call(&owner, "POST /api/v1/members/reopen", json!({"members": [members[0]]})).expect(200);
        // Somebody new buys, and stands in a group; she returns it, and stands in none.
        let new = enrol(app, &owner, 99);
        assert_eq!(group_of(app, &owner, &new)["group"], Value::Null);
        let bought = app.call(&owner, "POST /api/v1/purchases", purchase(&new, "2026-11-22", 0, 1)).expect(201);
        let placed = group_of(app, &owner, &new);
        assert_eq!(placed["group"].as_str(), Some(code.as_str()));
        assert!(placed["score"].as_i64() < hers["score"].as_i64(), "one purchase says less: {placed}");
        let fits = app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition["all"][0]})).expect(200);
        assert_eq!(fits["count"], 21);
        let id = bought["purchase"]["id"].as_str().expect("an id");
        app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), json!({"whole": true})).expect(201);
        assert_eq!(group_of(app, &owner, &new)["group"], Value::Null);
    });
}

#[test]
fn a_month_later_groups_are_fitted_anew_and_others_wait_to_be_taken() {
    each_engine(|app| {
        let (owner, members) = brand(app, 4);
        app.call(&owner, "POST /api/v1/lifestyles/fits", json!({})).expect(202);
        app.group();
        let code = |member: &str| group_of(app, &owner, member)["group"].clone();
        let first: Vec<Value> = members[..3].iter().map(|member| code(member)).collect();
        // The first now lives like the second; one purchase does not move who stands firm.
        for number in 0..12 {
            app.call(&owner, "POST /api/v1/purchases", purchase(&members[0], "2026-11-22", 1, number)).expect(201);
        }
        assert_eq!(code(&members[0]), first[0]);
        app.advance_ms(29 * DAY_MS);
        assert!(!app.group());
        app.advance_ms(DAY_MS);
        assert!(app.group());
        let seen = app.get(&owner, "/api/v1/lifestyles").expect(200);
        assert_eq!(
            (code(&members[0]), code(&members[1]), code(&members[2])),
            (first[1].clone(), first[1].clone(), first[2].clone())
        );
        assert_eq!((&seen["moved_bp"], &seen["proposal"]), (&json!(166), &Value::Null));
        assert_eq!(group_of(app, &owner, &members[0])["since"], "2026-12-22");
        assert_eq!(group_of(app, &owner, &members[1])["since"], "2026-11-22");
        // Two groups are asked for: they wait, and nothing moves before they are taken.
        let nothing = app.call(&owner, "POST /api/v1/lifestyles/proposal", json!({"take": true}));
        assert_eq!(nothing.problem().1, "no_lifestyle_proposal");
        app.call(&owner, "POST /api/v1/lifestyles/fits", json!({"groups": 2})).expect(202);
        app.group();
        let waiting = app.get(&owner, "/api/v1/lifestyles").expect(200);
        assert_eq!(
            (waiting["groups"].as_array().map(Vec::len), waiting["proposal"]["groups"].as_array().map(Vec::len)),
            (Some(3), Some(2))
        );
        assert_eq!(code(&members[2]), first[2]);
        app.call(&owner, "POST /api/v1/lifestyles/proposal", json!({"take": true})).expect(202);
        assert!(app.group());
        let taken = app.get(&owner, "/api/v1/lifestyles").expect(200);
        assert_eq!((taken["groups"].as_array().map(Vec::len), &taken["proposal"]), (Some(2), &Value::Null));
        app.call(&owner, "POST /api/v1/lifestyles/fits", json!({"groups": 4})).expect(202);
        app.group();
        app.call(&owner, "POST /api/v1/lifestyles/proposal", json!({"take": false})).expect(202);
        let dropped = app.get(&owner, "/api/v1/lifestyles").expect(200);
        assert_eq!((dropped["groups"].as_array().map(Vec::len), &dropped["proposal"]), (Some(2), &Value::Null));
    });
}

#[test]
fn what_categories_mean_is_known_and_can_be_said_otherwise() {
    each_engine(|app| {
        let (owner, _) = brand(app, 4);
        app.call(&owner, "POST /api/v1/lifestyles/fits", json!({})).expect(202);
        app.group();
        let of = |list: &Value, category: &str| -> (Value, Value) {
            let found = list["items"].as_array().expect("items").iter().find(|item| item["category"] == category);
            let found = found.expect("the category");
            (found["meaning"].clone(), found["source"].clone())
        };
        let known = app.get(&owner, "/api/v1/lifestyles/categories").expect(200);
        assert_eq!(of(&known, "기저귀"), (json!("young_parents"), json!("name")));
        let change = |category: &str, meaning: Value| {
            app.call(&owner, "PUT /api/v1/lifestyles/categories", json!({"category": category, "meaning": meaning}))
        };
        let said = change("맥주", json!("야구 보는 저녁")).expect(200);
        assert_eq!(of(&said, "맥주"), (json!("야구 보는 저녁"), json!("brand")));
        let again = change("맥주", Value::Null).expect(200);
        assert_eq!(of(&again, "맥주"), (json!("beer_and_company"), json!("name")));
        assert_eq!(change("없는 것", json!("pets")).problem(), (404, "unknown_category", Some("category")));
        assert_eq!(change("맥주", json!("x".repeat(41))).problem(), (422, "too_long", Some("meaning")));
        let clerk = app.program(&owner_of(app), &["insight:read"]);
        let refused = app.call(&clerk, "PUT /api/v1/lifestyles/categories", json!({"category": "맥주", "meaning": "pets"}));
        assert_eq!(refused.problem().0, 403);
        assert_eq!(app.call(&clerk, "POST /api/v1/lifestyles/fits", json!({})).problem().0, 403);
    });
}

fn owner_of(app: &TestApp) -> Who {
    app.sign_in("Owner")
}

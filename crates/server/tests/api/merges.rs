//! Members who are one person, over HTTP.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn enrol(app: &TestApp, owner: &Who, name: &str, phone: &str) -> String {
    let body = json!({"name": name, "identities": [{"kind": "phone", "value": phone}]});
    let member = app.call(owner, "POST /api/v1/members", body).expect(201);
    member["id"].as_str().expect("an id").to_owned()
}

fn buy(app: &TestApp, owner: &Who, phone: &str, redeem: i64) -> Value {
    let lines = json!([{"sku": "a", "quantity": 1, "amount_minor": 10_000}]);
    let identity = json!({"kind": "phone", "value": phone});
    app.call(
        owner,
        "POST /api/v1/purchases",
        json!({"identity": identity, "channel": "store", "lines": lines, "redeem_points": redeem}),
    )
    .expect(201)
}

fn points(app: &TestApp, owner: &Who, member: &str) -> i64 {
    let member = app.get(owner, &format!("/api/v1/members/{member}")).expect(200);
    member["standing"]["points"]["balance"].as_i64().expect("points")
}

fn kinds(app: &TestApp, owner: &Who, member: &str) -> Vec<String> {
    let page = app.get(owner, &format!("/api/v1/members/{member}/entries")).expect(200);
    let items = page["items"].as_array().expect("items");
    items.iter().map(|entry| entry["kind"].as_str().expect("a kind").to_owned()).collect()
}

const ONE: &str = "010-1234-5678";
const OTHER: &str = "010-8765-4321";

/// pains.md: two balances, web and till, are one; nothing is lost, and all of it comes apart again.
#[test]
fn pain_two_balances_of_one_person_become_one_and_come_apart_again() {
    each_engine(|app| {
        let owner = app.set_up();
        let (keep, absorb) = (enrol(app, &owner, "김철수", ONE), enrol(app, &owner, "金哲洙", OTHER));
        buy(app, &owner, ONE, 0);
        buy(app, &owner, OTHER, 0);
        let (before, other) = (points(app, &owner, &keep), points(app, &owner, &absorb));
        let both = json!({"keep": keep, "absorb": absorb});
        let preview = app.call(&owner, "POST /api/v1/merges/preview", both.clone()).expect(200);
        assert_eq!(preview["standing"]["points"]["balance"], before + other);
        assert_eq!(points(app, &owner, &keep), before, "a preview keeps nothing");
        let merge = app.call(&owner, "POST /api/v1/merges", both.clone()).expect(201);
        assert_eq!(points(app, &owner, &keep), before + other);
        let found = app.call(&owner, "POST /api/v1/members/lookup", json!({"kind": "phone", "value": OTHER})).expect(200);
        assert_eq!(found["id"], keep.as_str(), "the other's number finds the one who keeps");
        let gone = app.get(&owner, &format!("/api/v1/members/{absorb}")).expect(200);
        assert_eq!((&gone["merged_into"], &gone["status"]), (&json!(keep), &json!("closed")));
        let purchases = app.get(&owner, &format!("/api/v1/members/{keep}/purchases")).expect(200);
        assert_eq!(purchases["items"].as_array().map(Vec::len), Some(2));
        buy(app, &owner, OTHER, 0);
        assert_eq!(points(app, &owner, &keep), before + 2 * other);
        assert_eq!(kinds(app, &owner, &keep), ["purchase", "merge", "merge", "purchase", "purchase"]);
        assert_eq!(app.audit(), [""; 0]);
        assert_eq!(app.call(&owner, "POST /api/v1/merges", both).problem().1, "member_merged");
        let reopened = app.call(&owner, "POST /api/v1/members/reopen", json!({"members": [absorb]})).expect(200);
        assert_eq!(reopened["items"][0]["status"], "closed", "she comes back by undoing the merge");
        let undo = format!("DELETE /api/v1/merges/{}", merge["id"].as_str().expect("an id"));
        let undone = app.call_with(&owner, &undo, None, &[]).expect(200);
        assert!(undone["undone_at"].is_string());
        assert_eq!((points(app, &owner, &keep), points(app, &owner, &absorb)), (before, 2 * other));
        assert_eq!(kinds(app, &owner, &absorb), ["undo", "purchase", "merge", "purchase"]);
        assert_eq!(app.call_with(&owner, &undo, None, &[]).problem(), (409, "merge_undone", None));
        let listed = app.get(&owner, &format!("/api/v1/members/{absorb}/merges")).expect(200);
        assert_eq!((&listed["items"][0]["keep"], &listed["members"][0]["id"]), (&json!(keep), &json!(keep)));
        assert_eq!(app.audit(), [""; 0]);
    });
}

/// pains.md: merges lose attributes. Lists, tags, notes, contacts and what the one file does not say follow, as the preview says, and go back.
#[test]
fn pain_merges_lose_attributes_lists_tags_and_notes() {
    each_engine(|app| {
        let owner = app.set_up();
        let (keep, absorb) = (enrol(app, &owner, "김철수", ONE), enrol(app, &owner, "金哲洙", OTHER));
        let patch = |member: &str, body: Value| app.call(&owner, &format!("PATCH /api/v1/members/{member}"), body).expect(200);
        patch(&keep, json!({"residence": "Seoul"}));
        patch(&absorb, json!({"residence": "Busan", "occupation": "cook"}));
        let made = |line: &str, body: Value| app.call(&owner, line, body).expect(201)["id"].as_str().expect("an id").to_owned();
        let list = made("POST /api/v1/segments", json!({"name": "guests", "kind": "list"}));
        let tag = made("POST /api/v1/tags", json!({"name": "vip", "kind": "list"}));
        app.call(&owner, &format!("POST /api/v1/segments/{list}/members"), json!({"add": [absorb]})).expect(200);
        app.call(&owner, &format!("POST /api/v1/members/{absorb}/tags"), json!({"add": [tag]})).expect(200);
        app.call(&owner, &format!("POST /api/v1/members/{absorb}/notes"), json!({"text": "calls in the evening"})).expect(201);

        let both = json!({"keep": keep, "absorb": absorb});
        let preview = app.call(&owner, "POST /api/v1/merges/preview", both.clone()).expect(200);
        assert_eq!(preview["filled"], json!([{"field": "occupation", "value": "cook"}]));
        let differing = json!({"field": "residence", "keep": "Seoul", "absorb": "Busan"});
        assert!(preview["differing"].as_array().expect("fields").contains(&differing), "{preview}");
        let lists = preview["lists"].as_array().expect("lists").iter();
        let names: Vec<&str> = lists.map(|list| list["name"].as_str().expect("a name")).collect();
        assert_eq!((names, &preview["notes"]), (vec!["guests", "vip"], &json!(1)));
        let merge = app.call(&owner, "POST /api/v1/merges", both).expect(201)["id"].as_str().expect("an id").to_owned();

        let read = |path: String| app.get(&owner, &path).expect(200);
        let tags = |member: &str| read(format!("/api/v1/members/{member}/tags"))["items"].as_array().map_or(0, Vec::len);
        let on_list = || read(format!("/api/v1/segments/{list}/members"))["items"][0]["id"].clone();
        let file = read(format!("/api/v1/members/{keep}"));
        assert_eq!((&file["occupation"], &file["residence"]), (&json!("cook"), &json!("Seoul")));
        let phones = file["identities"].as_array().expect("identities").iter().filter(|one| one["kind"] == "phone").count();
        assert_eq!((phones, tags(&keep), tags(&absorb)), (2, 1, 0));
        assert_eq!(on_list(), json!(keep));
        let timeline = read(format!("/api/v1/members/{keep}/timeline")).to_string();
        assert!(timeline.contains("calls in the evening") && timeline.contains("vip"), "{timeline}");
        for query in ["", "金哲洙"] {
            let listed = app.call(&owner, "POST /api/v1/members/search", json!({"query": query})).expect(200);
            let ids: Vec<&Value> = listed["items"].as_array().expect("members").iter().map(|row| &row["id"]).collect();
            assert_eq!(ids, [&json!(keep)], "{query}: who went is no member beside the one who keeps");
        }

        app.call_with(&owner, &format!("DELETE /api/v1/merges/{merge}"), None, &[]).expect(200);
        let file = read(format!("/api/v1/members/{keep}"));
        assert_eq!((&file["occupation"], tags(&keep), tags(&absorb)), (&Value::Null, 0, 1));
        assert_eq!(on_list(), json!(absorb));
        assert!(!read(format!("/api/v1/members/{keep}/timeline")).to_string().contains("calls in the evening"));
        assert!(read(format!("/api/v1/members/{absorb}/timeline")).to_string().contains("calls in the evening"));
        assert_eq!(app.audit(), [""; 0]);
    });
}

/// pains.md: merges go in the wrong direction. Who keeps is who was said to, whatever the other has more of: her id, her file where both say
/// something, her number first; and the other direction is the mirror of it.
#[test]
fn pain_merges_go_in_the_wrong_direction() {
    each_engine(|app| {
        let owner = app.set_up();
        let (one, other) = (enrol(app, &owner, "김철수", ONE), enrol(app, &owner, "金哲洙", OTHER));
        for (member, residence, phone, purchases) in [(&one, "Seoul", ONE, 1), (&other, "Busan", OTHER, 3)] {
            app.call(&owner, &format!("PATCH /api/v1/members/{member}"), json!({"residence": residence})).expect(200);
            for _ in 0..purchases {
                buy(app, &owner, phone, 0);
            }
        }
        let file = |member: &str| {
            let file = app.get(&owner, &format!("/api/v1/members/{member}")).expect(200);
            ["id", "name", "residence", "merged_into", "status", "joined_at", "standing"].map(|field| file[field].clone())
        };
        let before = [file(&one), file(&other)];
        for (keep, absorb, name, residence) in [(&one, &other, "김철수", "Seoul"), (&other, &one, "金哲洙", "Busan")] {
            let both = json!({"keep": keep, "absorb": absorb});
            let preview = app.call(&owner, "POST /api/v1/merges/preview", both.clone()).expect(200);
            let merge = app.call(&owner, "POST /api/v1/merges", both).expect(201);
            assert_eq!((&merge["keep"], &merge["absorb"]), (&json!(keep), &json!(absorb)));
            let kept = file(keep);
            assert_eq!(kept[..4], [json!(keep), json!(name), json!(residence), Value::Null]);
            assert_eq!(kept[6]["purchases"], json!(4));
            assert_eq!(kept[6]["points"], preview["standing"]["points"], "as the preview said");
            assert_eq!(file(absorb)[3..5], [json!(keep), json!("closed")]);
            for phone in [ONE, OTHER] {
                let found = app.call(&owner, "POST /api/v1/members/lookup", json!({"kind": "phone", "value": phone})).expect(200);
                assert_eq!(found["id"], json!(keep));
            }
            let undo = format!("DELETE /api/v1/merges/{}", merge["id"].as_str().expect("an id"));
            app.call_with(&owner, &undo, None, &[]).expect(200);
            assert_eq!([file(&one), file(&other)], before);
            assert_eq!(app.audit(), [""; 0]);
        }
    });
}

/// Who spent the other's points while both were one owes them, and is told so.
#[test]
fn what_was_spent_of_the_other_is_owed_after_undoing() {
    each_engine(|app| {
        let owner = app.set_up();
        let (keep, absorb) = (enrol(app, &owner, "A", ONE), enrol(app, &owner, "B", OTHER));
        let adjust = |member: &str, amount: i64| {
            let line = format!("POST /api/v1/members/{member}/adjustments");
            app.call(&owner, &line, json!({"amount": amount, "reason": "x"}))
        };
        adjust(&absorb, 500).expect(201);
        let merge = app.call(&owner, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb})).expect(201);
        adjust(&keep, -300).expect(201);
        app.call_with(&owner, &format!("DELETE /api/v1/merges/{}", merge["id"].as_str().expect("an id")), None, &[]).expect(200);
        let debt = |member: &str| {
            app.get(&owner, &format!("/api/v1/members/{member}")).expect(200)["standing"]["points"]["debt"].clone()
        };
        assert_eq!((points(app, &owner, &keep), points(app, &owner, &absorb)), (-300, 500));
        assert_eq!((debt(&keep), debt(&absorb)), (json!(300), json!(0)));
        let entries = app.get(&owner, &format!("/api/v1/members/{keep}/entries")).expect(200);
        let said: Vec<&str> =
            entries["items"][0]["why"].as_array().expect("reasons").iter().filter_map(|why| why["text"].as_str()).collect();
        assert!(said.iter().any(|text| text.contains("300")), "{said:?}");
        assert_eq!(app.audit(), [""; 0]);
        adjust(&keep, 400).expect(201);
        assert_eq!(points(app, &owner, &keep), 100);
    });
}

#[test]
fn what_cannot_be_merged_is_refused() {
    each_engine(|app| {
        let owner = app.set_up();
        let (keep, absorb) = (enrol(app, &owner, "A", ONE), enrol(app, &owner, "B", OTHER));
        let try_merge =
            |keep: &str, absorb: &str| app.call(&owner, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb}));
        assert_eq!(try_merge(&keep, &keep).problem(), (422, "merge_same", Some("absorb")));
        assert_eq!(try_merge(&keep, "mem_0000000000009").problem().1, "unknown_member");
        app.call(&owner, "POST /api/v1/members/close", json!({"members": [absorb]})).expect(200);
        assert_eq!(try_merge(&keep, &absorb).problem().1, "member_closed");
        let unknown = app.call_with(&owner, "DELETE /api/v1/merges/ent_0000000000009", None, &[]);
        assert_eq!(unknown.problem().1, "unknown_merge");
        let clerk = app.person(&owner, "clerk");
        assert_eq!(app.call(&clerk, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb})).problem().0, 403);
    });
}

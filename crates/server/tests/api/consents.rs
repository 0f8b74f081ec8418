//! What members agree to, over HTTP.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const HOUR_MS: i64 = 3_600_000;

fn enrol(app: &TestApp, who: &Who, name: &str, consents: Value) -> String {
    let body = json!({"name": name, "consents": consents});
    app.call(who, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn say(app: &TestApp, who: &Who, member: &str, purpose: &str, channel: Option<&str>, said: &str) {
    let mut word = json!({"purpose": purpose, "said": said});
    if let Some(channel) = channel {
        word["channel"] = json!(channel);
    }
    app.call(who, &format!("POST /api/v1/members/{member}/consents"), json!({"said": [word]})).expect(201);
}

/// What holds of a member, of what she was ever asked.
fn held(app: &TestApp, who: &Who, member: &str) -> Vec<String> {
    let found = app.get(who, &format!("/api/v1/members/{member}/consents")).expect(200);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let items = found["items"].as_array().expect("items").iter().filter(|item| item["state"] != "never_asked");
    items.map(|item| format!("{} {} {}", text(&item["purpose"]), text(&item["channel"]), text(&item["state"]))).collect()
}

fn merge(app: &TestApp, who: &Who, keep: &str, absorb: &str) -> String {
    let merged = app.call(who, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb})).expect(201);
    merged["id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_member_agrees_withdraws_and_her_timeline_says_who_kept_it() {
    each_engine(|app| {
        let owner = app.set_up();
        let id = enrol(app, &owner, "김", json!([{"purpose": "advertising", "channel": "sms", "said": "given"}]));
        let path = format!("/api/v1/members/{id}/consents");
        let all = app.get(&owner, &path).expect(200);
        let first = &all["items"][0];
        assert_eq!(
            (&first["purpose"], &first["channel"], &first["state"]),
            (&json!("advertising"), &json!("sms"), &json!("given"))
        );
        assert_eq!((&first["entry"]["way"], &first["entry"]["actor"]["kind"]), (&json!("counter"), &json!("user")));
        assert!(first["confirm_by"].as_str().is_some_and(|by| by.starts_with("2028-11-21")), "every two years: {first}");
        let states: Vec<&Value> = all["items"].as_array().expect("items").iter().map(|item| &item["state"]).collect();
        assert!(states.len() > 5 && states[1..].iter().all(|state| **state == "never_asked"), "{all}");

        app.advance_ms(HOUR_MS);
        let body = json!({"said": [{"purpose": "advertising", "channel": "sms", "said": "withdrawn"}, {"purpose": "personalisation", "said": "given"}]});
        let key = [("idempotency-key", "words")];
        let line = format!("POST {path}");
        app.call_with(&owner, &line, Some(body.clone()), &key).expect(201);
        app.call_with(&owner, &line, Some(body), &key).expect(201);
        assert_eq!(held(app, &owner, &id), ["advertising sms withdrawn", "personalisation - given"]);
        let timeline = app.get(&owner, &format!("/api/v1/members/{id}/timeline")).expect(200);
        let moments: Vec<&Value> =
            timeline["items"].as_array().expect("items").iter().filter(|item| item["kind"] == "consent").collect();
        assert_eq!(moments.len(), 3, "asked twice, kept once: {timeline}");
        assert!(moments.iter().all(|moment| moment["consent"]["actor"]["name"].is_string()), "{timeline}");
        assert_eq!(moments[2]["consent"]["said"], "given");

        // What was said before is told later and changes nothing.
        let before = json!({"said": [{"purpose": "advertising", "channel": "sms", "said": "given", "at": "2026-11-22T03:00:01Z"}], "way": "joining"});
        app.call(&owner, &line, before).expect(201);
        assert_eq!(held(app, &owner, &id)[0], "advertising sms withdrawn");
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn what_cannot_be_said_is_refused_at_its_field() {
    each_engine(|app| {
        let owner = app.set_up();
        let id = enrol(app, &owner, "김", json!([]));
        let line = format!("POST /api/v1/members/{id}/consents");
        let sms = |more: Value| {
            let mut word = json!({"purpose": "advertising", "channel": "sms", "said": "given"});
            word.as_object_mut().expect("a word").extend(more.as_object().expect("more").clone());
            word
        };
        for (said, status, code, field) in [
            (json!([]), 422, "required", "said"),
            (json!([{"purpose": "advertising", "said": "given"}]), 422, "consent_not_asked", "said[0].purpose"),
            (json!([{"purpose": "gossip", "channel": "sms", "said": "given"}]), 422, "consent_not_asked", "said[0].purpose"),
            (json!([sms(json!({})), sms(json!({"said": "withdrawn"}))]), 422, "consent_twice", "said[1].purpose"),
            (json!([sms(json!({"version": 3}))]), 422, "out_of_range", "said[0].version"),
            (json!([sms(json!({"at": "soon"}))]), 422, "time_invalid", "said[0].at"),
            (json!([sms(json!({"at": "2027-01-01T00:00:00Z"}))]), 422, "time_in_future", "said[0].at"),
        ] {
            assert_eq!(app.call(&owner, &line, json!({"said": said})).problem(), (status, code, Some(field)), "{said}");
        }
        let enrolled = app.call(&owner, "POST /api/v1/members", json!({"consents": [{"purpose": "gossip", "said": "given"}]}));
        assert_eq!(enrolled.problem(), (422, "consent_not_asked", Some("consents[0].purpose")));
        let reader = app.program(&owner, &["members:read"]);
        assert_eq!(app.call(&reader, &line, json!({"said": [sms(json!({}))]})).problem().0, 403);
        assert_eq!(app.get(&owner, "/api/v1/members/mem_0000000000001/consents").problem().1, "unknown_member");

        let close = |to: &str| {
            app.call(&owner, &format!("POST /api/v1/members/{to}"), json!({"members": [id], "reason": "x"})).expect(200)
        };
        close("close");
        assert_eq!(app.call(&owner, &line, json!({"said": [sms(json!({}))]})).problem().1, "member_closed");
        app.call(&owner, &line, json!({"said": [sms(json!({"said": "withdrawn"}))]})).expect(201);
        assert_eq!(held(app, &owner, &id), ["advertising sms withdrawn"], "a no is heard from who has left too");
    });
}

/// pains.md: merges lose consent. The most restrictive word holds of both, the one person may say otherwise, and undoing gives each hers.
#[test]
fn pain_merges_lose_consent_and_the_most_restrictive_wins() {
    each_engine(|app| {
        let owner = app.set_up();
        let (keep, absorb) = (enrol(app, &owner, "김철수", json!([])), enrol(app, &owner, "金哲洙", json!([])));
        // The other said no before the keeper said yes, and each was asked for something of her own.
        say(app, &owner, &absorb, "advertising", Some("sms"), "withdrawn");
        app.advance_ms(1_000);
        say(app, &owner, &keep, "advertising", Some("sms"), "given");
        say(app, &owner, &keep, "advertising", Some("email"), "withdrawn");
        say(app, &owner, &absorb, "advertising", Some("email"), "given");
        say(app, &owner, &absorb, "advertising", Some("kakao"), "given");
        say(app, &owner, &keep, "personalisation", None, "given");
        let (ours, theirs) = (held(app, &owner, &keep), held(app, &owner, &absorb));
        app.advance_ms(1_000);

        let preview = app.call(&owner, "POST /api/v1/merges/preview", json!({"keep": keep, "absorb": absorb})).expect(200);
        let changes = preview["consents"].as_array().expect("consents").iter();
        let changes: Vec<_> = changes.map(|one| (one["channel"].as_str(), one["becomes"].as_str())).collect();
        assert_eq!(changes, [(Some("kakao"), Some("given")), (Some("sms"), Some("withdrawn"))]);
        let merged = merge(app, &owner, &keep, &absorb);
        let of_both =
            ["advertising sms withdrawn", "advertising kakao given", "advertising email withdrawn", "personalisation - given"];
        assert_eq!(held(app, &owner, &keep), of_both);
        assert_eq!(held(app, &owner, &absorb), of_both, "her file leads to the one who keeps");
        let condition = json!({"consent": "advertising", "channel": "sms", "op": "is", "value": "given"});
        let sms =
            || app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200)["count"].clone();
        assert_eq!(sms(), 0, "nobody may be sent advertising by SMS");
        assert_eq!(app.audit(), [""; 0]);

        // The one person agrees again, once in either file.
        app.advance_ms(1_000);
        say(app, &owner, &absorb, "advertising", Some("sms"), "given");
        say(app, &owner, &keep, "advertising", Some("kakao"), "withdrawn");
        assert_eq!(held(app, &owner, &keep)[..2], ["advertising sms given", "advertising kakao withdrawn"]);
        assert_eq!((sms(), app.audit()), (json!(1), vec![]));

        app.advance_ms(1_000);
        app.call_with(&owner, &format!("DELETE /api/v1/merges/{merged}"), None, &[]).expect(200);
        let mut ours = ours;
        ours.insert(1, "advertising kakao withdrawn".to_owned());
        assert_eq!(held(app, &owner, &keep), ours, "and what was said in her file since");
        let theirs: Vec<String> = theirs.iter().map(|one| one.replace("sms withdrawn", "sms given")).collect();
        assert_eq!(held(app, &owner, &absorb), theirs);
        assert_eq!((sms(), app.audit()), (json!(2), vec![]));
    });
}

#[test]
fn a_segment_asks_who_may_be_told_and_who_is_to_be_asked_again() {
    each_engine(|app| {
        let owner = app.set_up();
        let yes = enrol(app, &owner, "yes", json!([{"purpose": "advertising", "channel": "sms", "said": "given"}]));
        enrol(app, &owner, "no", json!([{"purpose": "advertising", "channel": "sms", "said": "withdrawn"}]));
        enrol(app, &owner, "nobody asked", json!([]));
        let preview =
            |condition: Value| app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200);
        let sms = |op: &str, more: Value| {
            let mut test = json!({"consent": "advertising", "channel": "sms", "op": op});
            test.as_object_mut().expect("a test").extend(more.as_object().expect("more").clone());
            test
        };
        for (condition, names) in [
            (sms("is", json!({"value": "given"})), vec!["yes"]),
            (sms("in", json!({"value": ["given", "withdrawn"]})), vec!["yes", "no"]),
            (sms("is_missing", json!({})), vec!["nobody asked"]),
            (json!({"not": sms("is", json!({"value": "given"}))}), vec!["no", "nobody asked"]),
            (sms("at_least", json!({"ask": "days", "value": 1})), vec![]),
            (json!({"consent": "personalisation", "op": "is", "value": "given"}), vec![]),
        ] {
            let found = preview(condition.clone());
            let sample = found["sample"].as_array().expect("a sample").iter();
            let mut seen: Vec<&str> = sample.filter_map(|row| row["name"].as_str()).collect();
            seen.sort_by_key(|name| ["yes", "no", "nobody asked"].iter().position(|known| known == name));
            assert_eq!((seen, &found["count"]), (names.clone(), &json!(names.len())), "{condition}");
            assert!(found["words"].as_str().is_some_and(|words| !words.is_empty()));
        }
        for (condition, path, code) in [
            (sms("is", json!({"value": "perhaps"})), "condition.value", "value_not_of_kind"),
            (sms("at_least", json!({"value": 1})), "condition.op", "operator_not_taken"),
            (json!({"consent": "Adverts", "op": "is_missing"}), "condition.consent", "purpose_invalid"),
        ] {
            let fault = preview(condition)["faults"][0].clone();
            assert_eq!((&fault["path"], &fault["code"]), (&json!(path), &json!(code)), "{fault}");
        }
        let body = json!({"name": "SMS", "kind": "rule", "condition": sms("is", json!({"value": "given"}))});
        app.call(&owner, "POST /api/v1/segments", body).expect(201);
        let segments = app.get(&owner, &format!("/api/v1/members/{yes}/segments")).expect(200).to_string();
        assert!(segments.contains("SMS"), "{segments}");
        // The session of a person ends; a program asks two years later.
        let program = app.program(&owner, &["members:read", "insight:read"]);
        app.advance_ms(700 * 24 * HOUR_MS);
        let late = sms("at_least", json!({"ask": "days", "value": 700}));
        let found = app.call(&program, "POST /api/v1/segments/preview", json!({"condition": late})).expect(200);
        assert_eq!(found["count"], 2, "who is to be asked again");
    });
}

#[test]
fn the_brand_says_for_what_it_asks_and_wordings_have_versions() {
    each_engine(|app| {
        let owner = app.set_up();
        let rules = app.get(&owner, "/api/v1/consent-rules").expect(200);
        let codes: Vec<&str> =
            rules["purposes"].as_array().expect("purposes").iter().filter_map(|purpose| purpose["code"].as_str()).collect();
        assert_eq!(codes, ["advertising", "night_advertising", "personalisation"], "a Korean brand asks for the night apart");
        let put = |purposes: Value| app.call(&owner, "PUT /api/v1/consent-rules", json!({"purposes": purposes}));
        let news =
            |wording: &str| json!({"code": "news", "name": {"en": "News"}, "channels": ["post"], "wording": {"en": wording}});
        let version = |answer: Value| answer["purposes"][0]["wordings"].as_array().map_or(0, Vec::len);
        assert_eq!(version(put(json!([news("One")])).expect(200)), 1);
        let id = enrol(app, &owner, "김", json!([{"purpose": "news", "channel": "post", "said": "given"}]));
        app.advance_ms(HOUR_MS);
        assert_eq!(version(put(json!([news("Two")])).expect(200)), 2);
        assert_eq!(version(put(json!([news("Two")])).expect(200)), 2, "the same text is no other version");
        put(json!([])).expect(200);
        let item = app.get(&owner, &format!("/api/v1/members/{id}/consents")).expect(200)["items"][0].clone();
        assert_eq!((&item["asked"], &item["state"], &item["name"]), (&json!(false), &json!("given"), &json!("News")));
        assert_eq!(item["entry"]["version"], 1, "she agreed to the text of then");
        assert_eq!(version(put(json!([news("Three")])).expect(200)), 3, "versions go on where a purpose comes back");

        let with = |change: Value| {
            let mut purpose = news("Three");
            purpose.as_object_mut().expect("a purpose").extend(change.as_object().expect("a change").clone());
            put(json!([purpose]))
        };
        for (change, code, field) in [
            (json!({"code": "News!"}), "purpose_code", "purposes[0].code"),
            (json!({"name": {}}), "purpose_name", "purposes[0].name"),
            (json!({"channels": ["sms", "sms"]}), "consent_twice", "purposes[0].channels"),
            (json!({"confirm_days": 0}), "out_of_range", "purposes[0].confirm_days"),
            (json!({"wording": {"en": "x".repeat(4_001)}}), "too_long", "purposes[0].wording"),
        ] {
            assert_eq!(with(change).problem(), (422, code, Some(field)));
        }
        assert_eq!(put(json!([news("a"), news("a")])).problem(), (422, "purpose_code", Some("purposes[1].code")));
        let clerk = app.program(&owner, &["members:read"]);
        app.get(&clerk, "/api/v1/consent-rules").expect(200);
        assert_eq!(app.call(&clerk, "PUT /api/v1/consent-rules", json!({"purposes": []})).problem().0, 403);
        let changes = app.get(&owner, "/api/v1/brand/changes").expect(200).to_string();
        assert!(changes.contains("consent_purposes") && changes.contains("news.post (v3)"), "{changes}");
    });
}

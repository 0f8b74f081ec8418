//! Members: enrolling, finding, changing.

use danggol_core::card::{card_number, grouped};
use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn enrol(app: &TestApp, who: &Who, body: Value) -> Value {
    app.call(who, "POST /api/v1/members", body).expect(201)
}

fn id(member: &Value) -> &str {
    member["id"].as_str().expect("an id")
}

fn found(app: &TestApp, who: &Who, query: &str) -> Vec<String> {
    let page = app.call(who, "POST /api/v1/members/search", json!({"query": query})).expect(200);
    page["items"].as_array().expect("items").iter().map(|member| member["name"].as_str().unwrap_or("").to_owned()).collect()
}

#[test]
fn a_member_is_enrolled_and_found_by_all_that_she_is_known_by() {
    each_engine(|app| {
        let owner = app.set_up();
        let kim = enrol(
            app,
            &owner,
            json!({"name": " 김철수 ", "gender": "male", "birthday": {"date": "1990-05-03", "calendar": "lunar", "leap_month": false},
                "identities": [{"kind": "phone", "value": "010 0000 1234"}, {"kind": "email", "value": "Kim@Example.com"},
                    {"kind": "marketplace", "value": "B-7", "issuer": "smartstore"}],
                "source": {"kind": "qr", "code": "poster-3"}, "store": "gangnam", "language": "ko", "household_size": 3,
                "custom": {"shoe": "260"}}),
        );
        enrol(app, &owner, json!({"name": "张伟", "identities": [{"kind": "phone", "value": "+86 130 0000 5678"}]}));
        assert_eq!((&kim["name"], &kim["status"], &kim["store"]), (&json!("김철수"), &json!("active"), &json!("gangnam")));
        assert_eq!(kim["source"], json!({"kind": "qr", "code": "poster-3"}));
        assert_eq!(kim["birthday"], json!({"date": "1990-05-03", "calendar": "lunar", "leap_month": false}));
        assert_eq!((&kim["custom"], &kim["joined_at"]), (&json!({"shoe": "260"}), &json!("2026-11-22T03:00:00Z")));
        assert_eq!(kim["standing"]["points"]["balance"], 0);
        let masked: Vec<&str> =
            kim["identities"].as_array().expect("identities").iter().filter_map(|one| one["masked"].as_str()).collect();
        assert_eq!(masked[..2], ["+82 ** **** 1234", "k***@example.com"]);
        assert_eq!(app.get(&owner, &format!("/api/v1/members/{}", id(&kim))).expect(200), kim);
        let card = kim["card_no"].as_str().expect("a card");
        for (query, names) in [
            ("", vec!["张伟", "김철수"]),
            ("김철", vec!["김철수"]),
            ("ㄱㅊㅅ", vec!["김철수"]),
            ("zw", vec!["张伟"]),
            ("zhangwei", vec!["张伟"]),
            ("01000001234", vec!["김철수"]),
            ("+86 130-0000-5678", vec!["张伟"]),
            ("1234", vec!["김철수"]),
            ("５６７８", vec!["张伟"]),
            (card, vec!["김철수"]),
            ("kim@example.com", vec!["김철수"]),
            ("9999", vec![]),
            ("010-0000-9999", vec![]),
            ("nobody", vec![]),
        ] {
            assert_eq!(found(app, &owner, query), names, "{query}");
        }
        for (identity, status) in [
            (json!({"kind": "phone", "value": "+82-10-0000-1234"}), 200),
            (json!({"kind": "card", "value": card}), 200),
            (json!({"kind": "marketplace", "value": "B-7", "issuer": "smartstore"}), 200),
            (json!({"kind": "marketplace", "value": "B-7", "issuer": "other"}), 404),
            (json!({"kind": "phone", "value": "12"}), 422),
        ] {
            let answer = app.call(&owner, "POST /api/v1/members/lookup", identity.clone());
            assert_eq!(answer.status, status, "{identity}");
            if status == 200 {
                assert_eq!(id(&answer.body), id(&kim));
            }
        }
    });
}

#[test]
fn no_number_is_kept_where_it_can_be_read() {
    each_engine(|app| {
        let owner = app.set_up();
        enrol(
            app,
            &owner,
            json!({"identities": [{"kind": "phone", "value": "010-0000-1234"}, {"kind": "email", "value": "kim@example.com"}]}),
        );
        let kept = app.kept_bytes();
        for secret in ["1000001234", "0000-1234", "kim@example.com"] {
            assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    });
}

#[test]
fn a_number_belongs_to_one_member() {
    each_engine(|app| {
        let owner = app.set_up();
        let phone = json!({"kind": "phone", "value": "010-0000-1234"});
        let first = enrol(app, &owner, json!({"identities": [phone]}));
        let again =
            app.call(&owner, "POST /api/v1/members", json!({"identities": [{"kind": "email", "value": "a@example.com"}, phone]}));
        assert_eq!(again.problem(), (409, "identity_taken", Some("identities[1].value")));
        assert_eq!(again.body["member_id"], first["id"]);
        let email = json!({"kind": "email", "value": "a@example.com"});
        assert_eq!(app.call(&owner, "POST /api/v1/members/lookup", email.clone()).status, 404, "nothing of her was kept");
        let second = enrol(app, &owner, json!({"identities": [email]}));
        let identities = |member: &Value| format!("POST /api/v1/members/{}/identities", id(member));
        let refused = app.call(&owner, &identities(&second), phone.clone());
        assert_eq!((refused.problem().1, &refused.body["member_id"]), ("identity_taken", &first["id"]));
        let same = app.call(&owner, &identities(&first), phone.clone()).expect(201);
        assert_eq!(same["identities"], first["identities"], "it was hers already");
        let part = first["identities"][0]["id"].as_str().expect("an id");
        let close = format!("DELETE /api/v1/members/{}/identities/{part}", id(&first));
        let closed = app.call_with(&owner, &close, None, &[]).expect(200);
        assert_eq!(closed["identities"].as_array().map(Vec::len), Some(1));
        assert_eq!(app.call_with(&owner, &close, None, &[]).problem(), (404, "unknown_identity", None));
        assert_eq!(found(app, &owner, "1234").len(), 0, "nobody is found by it any more");
        app.call(&owner, &identities(&second), phone).expect(201);
        let nobody = app.call(
            &owner,
            "POST /api/v1/members/mem_0000000000001/identities",
            json!({"kind": "email", "value": "b@example.com"}),
        );
        assert_eq!(nobody.problem(), (404, "unknown_member", None));
    });
}

#[test]
fn a_file_changes_where_it_is_told_to() {
    each_engine(|app| {
        let owner = app.set_up();
        let before = enrol(app, &owner, json!({"name": "김영희", "note": "왼손잡이", "custom": {"shoe": "240", "ring": "9"}}));
        let line = format!("PATCH /api/v1/members/{}", id(&before));
        app.advance_ms(1_000);
        let after = app.call(&owner, &line, json!({"name": "李小龙", "note": null, "custom": {"shoe": null}})).expect(200);
        assert_eq!((&after["name"], &after["note"], &after["custom"]), (&json!("李小龙"), &json!(null), &json!({"ring": "9"})));
        assert_eq!((&after["card_no"], &after["updated_at"]), (&before["card_no"], &json!("2026-11-22T03:00:01Z")));
        assert_eq!((found(app, &owner, "ㄱㅇㅎ").len(), found(app, &owner, "lxl").len()), (0, 1), "she is found by her new name");
        for (patch, code, field) in [
            (json!({"birthday": {"date": "1990-02-30", "calendar": "solar"}}), "birthday_no_such_day", "birthday"),
            (json!({"household_size": 100}), "out_of_range", "household_size"),
            (json!({"name": "x".repeat(101)}), "too_long", "name"),
        ] {
            assert_eq!(app.call(&owner, &line, patch).problem(), (422, code, Some(field)));
        }
        assert_eq!(
            app.call(&owner, "PATCH /api/v1/members/mem_0000000000001", json!({})).problem(),
            (404, "unknown_member", None)
        );
    });
}

#[test]
fn a_lost_card_opens_nothing_any_more() {
    each_engine(|app| {
        let owner = app.set_up();
        let before = enrol(app, &owner, json!({"name": "이서연"}));
        let line = format!("POST /api/v1/members/{}/card-replacements", id(&before));
        assert_eq!(app.call(&owner, &line, json!({"reason": " "})).problem(), (422, "required", Some("reason")));
        let after = app.call(&owner, &line, json!({"reason": "분실"})).expect(201);
        let card = |member: &Value| member["card_no"].as_str().expect("a card").to_owned();
        assert_ne!(card(&before), card(&after));
        let lookup =
            |card: String| app.call(&owner, "POST /api/v1/members/lookup", json!({"kind": "card", "value": card})).status;
        assert_eq!((lookup(card(&before)), lookup(card(&after))), (404, 200));
        let timeline = app.get(&owner, &format!("/api/v1/members/{}/timeline", id(&before))).expect(200);
        assert!(timeline.to_string().contains("카드 재발급: 분실"), "{timeline}");
        for (path, expected) in [("barcode.svg", card(&after)), ("qr.svg", "QR".to_owned())] {
            let picture = app.get(&owner, &format!("/api/v1/members/{}/{path}", id(&before)));
            assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/svg+xml")));
            assert!(picture.text.contains(&format!("<title>{expected}</title>")), "{path}");
        }
    });
}

#[test]
fn a_card_that_she_brings_is_her_card() {
    each_engine(|app| {
        let owner = app.set_up();
        // The number that would be made next: the one after it is made instead.
        let made = |sequence| card_number(sequence, "62").expect("a card number");
        let first = enrol(app, &owner, json!({}));
        let brought = enrol(app, &owner, json!({"identities": [{"kind": "card", "value": grouped(&made(2))}]}));
        let next = enrol(app, &owner, json!({}));
        for (member, sequence) in [(first, 1), (brought, 2), (next, 3)] {
            assert_eq!(member["card_no"], made(sequence));
        }
    });
}

#[test]
fn enrolling_twice_under_one_key_enrols_once() {
    each_engine(|app| {
        let owner = app.set_up();
        let program = app.program(&owner, &["members:write", "members:read"]);
        let send = |who: &Who, body: Value| app.call_with(who, "POST /api/v1/members", Some(body), &[("idempotency-key", "k1")]);
        let body = json!({"name": "박지훈", "identities": [{"kind": "phone", "value": "010-0000-1234"}]});
        let (first, again) = (send(&program, body.clone()).expect(201), send(&program, body.clone()).expect(201));
        assert_eq!(first, again);
        assert_eq!(first["source"]["kind"], "api");
        assert_eq!(send(&program, json!({"name": "다른"})).problem(), (409, "idempotency_key_reused", None));
        assert_eq!(send(&owner, body).problem().1, "identity_taken", "another caller's key is another key");
        let note = format!("POST /api/v1/members/{}/notes", id(&first));
        let write = |text: &str| app.call_with(&owner, &note, Some(json!({"text": text})), &[("idempotency-key", "k1")]);
        let (written, repeated) = (write("단골").expect(201), write("단골").expect(201));
        assert_eq!(written, repeated);
        assert_eq!((&written["text"], &written["actor"]["name"]), (&json!("단골"), &json!("사장")));
        assert_eq!(found(app, &owner, ""), ["박지훈"]);
        // A refusal is not kept: the same request may succeed later.
        let late = json!({"identities": [{"kind": "phone", "value": "010-0000-1234"}]});
        let try_late = || app.call_with(&owner, "POST /api/v1/members", Some(late.clone()), &[("idempotency-key", "k2")]);
        assert_eq!(try_late().status, 409);
        let part = first["identities"][0]["id"].as_str().expect("an id");
        app.call_with(&owner, &format!("DELETE /api/v1/members/{}/identities/{part}", id(&first)), None, &[]).expect(200);
        try_late().expect(201);
    });
}

#[test]
fn pages_show_everybody_once() {
    each_engine(|app| {
        let owner = app.set_up();
        for number in 0..7 {
            app.advance_ms(1);
            enrol(app, &owner, json!({"name": format!("김{number}")}));
        }
        for (query, expected) in [("", "6543210"), ("김", "0123456")] {
            let (mut shown, mut cursor) = (String::new(), Value::Null);
            loop {
                let body = json!({"query": query, "limit": 3, "cursor": cursor});
                let page = app.call(&owner, "POST /api/v1/members/search", body).expect(200);
                let names =
                    page["items"].as_array().expect("items").iter().filter_map(|member| member["name"].as_str()?.chars().last());
                shown.extend(names);
                cursor = page["next_cursor"].clone();
                if cursor.is_null() {
                    break;
                }
            }
            assert_eq!(shown, expected, "{query}");
        }
        let search = |body| app.call(&owner, "POST /api/v1/members/search", body);
        assert_eq!(search(json!({"cursor": "x"})).problem(), (400, "invalid_cursor", Some("cursor")));
        assert_eq!(search(json!({"limit": 0})).problem(), (422, "out_of_range", Some("limit")));
    });
}

#[test]
fn trying_all_last_four_digits_becomes_slow() {
    each_engine(|app| {
        let owner = app.set_up();
        let try_digits =
            |number: i32| app.call(&owner, "POST /api/v1/members/search", json!({"query": format!("{number:04}")})).status;
        assert!((0..60).all(|number| try_digits(number) == 200));
        assert_eq!(try_digits(60), 429);
        assert_eq!(app.call(&owner, "POST /api/v1/members/search", json!({"query": "김"})).status, 200, "names go on");
        app.advance_ms(1_000);
        assert_eq!(try_digits(61), 200);
    });
}

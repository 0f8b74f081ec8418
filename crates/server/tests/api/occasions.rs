//! Gifts on occasions over the wire: with a purchase, at joining, on its anniversaries and on birthdays, each once however often it is looked for.

use danggol_core::time::DAY_MS;
use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

fn publish(app: &TestApp, who: &Who, occasions: Value) -> crate::common::Answer {
    let base = json!({"id": "base", "name": "기본", "award": {"kind": "rate", "points": 1, "per_minor": 1_000}});
    let programme = json!({"name": "단골", "earning": {"rules": [base]}, "occasions": occasions});
    app.call(who, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
    app.call(who, "POST /api/v1/programme/publish", json!({}))
}

fn template(app: &TestApp, who: &Who, code: &str, caps: Value) -> String {
    let template = json!({
        "offer": {"id": code, "name": "5천 원 쿠폰", "effect": {"kind": "amount", "amount_minor": 5_000}},
        "validity": {"kind": "days", "days": 30}, "caps": caps,
    });
    let made = app.call(who, "POST /api/v1/coupon-templates", template).expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

fn enrol(app: &TestApp, who: &Who, birthday: Value) -> String {
    let member = app.call(who, "POST /api/v1/members", json!({"name": "김영희", "birthday": birthday})).expect(201);
    member["id"].as_str().expect("an id").to_owned()
}

fn solar(date: &str) -> Value {
    json!({"date": date, "calendar": "solar"})
}

fn buy(app: &TestApp, who: &Who, member: &str, amounts_minor: &[i64]) -> Value {
    let line = |minor: &i64| json!({"sku": "tee", "quantity": 1, "amount_minor": minor});
    let lines: Vec<Value> = amounts_minor.iter().map(line).collect();
    app.call(who, "POST /api/v1/purchases", json!({"member_id": member, "lines": lines})).expect(201)
}

/// The entries of a member by kind, newest first, each with its points and its first sentence.
fn told(app: &TestApp, who: &Who, member: &str) -> Vec<(String, i64, String)> {
    let entries = app.get(who, &format!("/api/v1/members/{member}/entries")).expect(200);
    let entry = |entry: &Value| {
        let text = entry["why"].as_array().and_then(|why| why.iter().find(|why| why["rule_id"] != "base"));
        let text = text.and_then(|why| why["text"].as_str()).unwrap_or_default();
        (entry["kind"].as_str().unwrap_or_default().to_owned(), entry["points"].as_i64().unwrap_or(0), text.to_owned())
    };
    entries["items"].as_array().expect("entries").iter().map(entry).collect()
}

fn coupons(app: &TestApp, who: &Who, member: &str) -> Vec<String> {
    let hers = app.get(who, &format!("/api/v1/members/{member}/coupons")).expect(200);
    let state = |coupon: &Value| coupon["state"].as_str().unwrap_or_default().to_owned();
    hers["items"].as_array().expect("coupons").iter().map(state).collect()
}

fn issued(app: &TestApp, who: &Who, template: &str) -> i64 {
    app.get(who, &format!("/api/v1/coupon-templates/{template}")).expect(200)["issued"].as_i64().expect("a number")
}

#[test]
fn a_birthday_is_given_once_a_year_even_when_it_is_edited() {
    each_engine(|app| {
        let owner = app.set_up();
        let coupon = template(app, &owner, "birthday", json!({}));
        let trigger = json!({"kind": "birthday", "days_before": 2, "days_after": 1});
        let occasion = json!([{"id": "birthday", "name": "생일 선물", "trigger": trigger, "points": 300, "valid_days": 30, "coupon": coupon}]);
        publish(app, &owner, occasion).expect(201);
        // Two days before, at once when she is enrolled.
        let member = enrol(app, &owner, solar("1990-11-24"));
        let entries = told(app, &owner, &member);
        assert_eq!(entries.iter().map(|(kind, points, _)| (kind.as_str(), *points)).collect::<Vec<_>>(), [("occasion", 300)]);
        assert!(entries[0].2.starts_with("생일 선물: +300포인트"), "{entries:?}");
        assert_eq!(coupons(app, &owner, &member), ["issued"]);
        assert_eq!(app.give_gifts(), 0);
        for (days, birthday) in [(1, "1990-11-25"), (30, "1990-12-24")] {
            app.advance_ms(days * DAY_MS);
            let owner = app.sign_in("Owner");
            app.call(&owner, &format!("PATCH /api/v1/members/{member}"), json!({"birthday": solar(birthday)})).expect(200);
            assert_eq!((app.give_gifts(), told(app, &owner, &member).len()), (0, 1), "{birthday}");
        }
        // 22 December 2027, two days before.
        app.advance_ms(364 * DAY_MS);
        let owner = app.sign_in("Owner");
        assert_eq!((app.give_gifts(), coupons(app, &owner, &member).len()), (1, 2));
        assert_eq!(app.give_gifts(), 0);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_lunar_birthday_is_given_on_its_day_of_this_year() {
    each_engine(|app| {
        let owner = app.set_up();
        publish(app, &owner, json!([{"id": "birthday", "name": "생일", "trigger": {"kind": "birthday"}, "points": 10}]))
            .expect(201);
        // 22 November 2026 is the 14th of the tenth lunar month in Korea.
        let today = enrol(app, &owner, json!({"date": "1990-10-14", "calendar": "lunar"}));
        let other = enrol(app, &owner, json!({"date": "1990-10-15", "calendar": "lunar"}));
        assert_eq!((told(app, &owner, &today).len(), told(app, &owner, &other).len()), (1, 0));
        app.advance_ms(DAY_MS);
        let owner = app.sign_in("Owner");
        assert_eq!((app.give_gifts(), told(app, &owner, &other).len()), (1, 1));
    });
}

#[test]
fn a_coupon_on_spend_is_given_returned_in_parts_and_taken_back() {
    each_engine(|app| {
        let owner = app.set_up();
        let coupon = template(app, &owner, "spend", json!({}));
        let when = json!({"attribute": "purchase.amount", "op": "at_least", "value": 30_000});
        let occasion = json!([{"id": "spend", "name": "3만 원 이상", "trigger": {"kind": "purchase"}, "when": when, "points": 50, "coupon": coupon}]);
        publish(app, &owner, occasion).expect(201);
        let member = enrol(app, &owner, Value::Null);
        buy(app, &owner, &member, &[29_000]);
        assert_eq!(coupons(app, &owner, &member), [""; 0]);
        let bought = buy(app, &owner, &member, &[20_000, 10_000, 5_000]);
        assert_eq!(
            (bought["purchase"]["points_given"].as_i64(), coupons(app, &owner, &member)),
            (Some(85), vec!["issued".to_owned()])
        );
        let entries = told(app, &owner, &member);
        assert!(entries[0].2.starts_with("3만 원 이상: +50포인트; 쿠폰 ‘5천 원 쿠폰’"), "{entries:?}");
        let id = bought["purchase"]["id"].as_str().expect("an id").to_owned();
        let back = |line: usize| {
            let line = json!({"lines": [{"line": line, "quantity": 1}]});
            app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), line).expect(201)
        };
        back(2);
        assert_eq!(coupons(app, &owner, &member), ["issued"]);
        back(1);
        assert_eq!(coupons(app, &owner, &member), ["void"]);
        back(0);
        let entries = told(app, &owner, &member);
        assert_eq!(entries.iter().map(|(_, points, _)| *points).collect::<Vec<_>>(), [-20, -60, -5, 85, 29]);
        // What was used stays.
        let bought = buy(app, &owner, &member, &[30_000]);
        let given = app.get(&owner, &format!("/api/v1/members/{member}/coupons")).expect(200);
        let given =
            given["items"].as_array().unwrap().iter().find(|coupon| coupon["state"] == "issued").expect("a coupon")["id"].clone();
        let lines = json!([{"sku": "tee", "quantity": 1, "amount_minor": 9_000}]);
        let used = json!({"member_id": member, "pricing": "list", "lines": lines, "coupons": [given]});
        app.call(&owner, "POST /api/v1/purchases", used).expect(201);
        let id = bought["purchase"]["id"].as_str().expect("an id");
        app.call(&owner, &format!("POST /api/v1/purchases/{id}/returns"), json!({"whole": true})).expect(201);
        let mut states = coupons(app, &owner, &member);
        states.sort();
        assert_eq!(states, ["used", "void"]);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_purchase_succeeds_when_the_coupons_are_all_given_and_says_why() {
    each_engine(|app| {
        let owner = app.set_up();
        let coupon = template(app, &owner, "few", json!({"issued": 5}));
        publish(app, &owner, json!([{"id": "any", "name": "구매 쿠폰", "trigger": {"kind": "purchase"}, "coupon": coupon}]))
            .expect(201);
        let members: Vec<String> = (0..12).map(|_| enrol(app, &owner, Value::Null)).collect();
        let line = json!([{"sku": "tee", "quantity": 1, "amount_minor": 9_000}]);
        let bodies = |members: &[String]| -> Vec<(&'static str, Value)> {
            members.iter().map(|member| ("POST /api/v1/purchases", json!({"member_id": member, "lines": line}))).collect()
        };
        let (ours, theirs) = (bodies(&members[..6]), bodies(&members[6..]));
        let statuses = match app.beside() {
            // Two servers on one database, at once.
            Some(other) => std::thread::scope(|scope| {
                let there = scope.spawn(|| other.call_together(&owner, theirs));
                let here = app.call_together(&owner, ours);
                [here, there.join().expect("the other server")].concat()
            }),
            None => app.call_together(&owner, [ours, theirs].concat()),
        };
        assert_eq!(statuses, [201; 12]);
        assert_eq!(issued(app, &owner, &coupon), 5);
        let said: Vec<String> = members.iter().flat_map(|member| told(app, &owner, member)).map(|(_, _, text)| text).collect();
        let without = said.iter().filter(|text| text.contains("쿠폰이 모두 소진되어")).count();
        assert_eq!((said.len(), without), (12, 7), "{said:?}");
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn joining_and_its_anniversary_are_given_once_however_many_servers_look() {
    each_engine(|app| {
        let owner = app.set_up();
        let occasions = json!([
            {"id": "welcome", "name": "가입 선물", "trigger": {"kind": "joining"}, "points": 100},
            {"id": "year", "name": "가입 기념일", "trigger": {"kind": "anniversary"}, "points": 200},
        ]);
        let early = enrol(app, &owner, Value::Null);
        publish(app, &owner, occasions).expect(201);
        let member = enrol(app, &owner, Value::Null);
        assert_eq!(told(app, &owner, &member).len(), 1);
        // Who joined today before the rule was there is found by the run.
        assert_eq!((app.give_gifts(), told(app, &owner, &early).len()), (1, 1));
        app.advance_ms(365 * DAY_MS);
        let owner = app.sign_in("Owner");
        let given = match app.beside() {
            Some(other) => std::thread::scope(|scope| {
                let there = scope.spawn(|| other.give_gifts());
                app.give_gifts() + there.join().expect("the other server")
            }),
            None => app.give_gifts() + app.give_gifts(),
        };
        assert_eq!(given, 2);
        for member in [&early, &member] {
            let entries = told(app, &owner, member);
            assert_eq!(entries.iter().map(|(_, points, _)| *points).collect::<Vec<_>>(), [200, 100]);
        }
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_coupon_that_cannot_be_given_keeps_a_programme_from_being_published() {
    each_engine(|app| {
        let owner = app.set_up();
        let coupon = template(app, &owner, "closed", json!({}));
        app.call(&owner, &format!("POST /api/v1/coupon-templates/{coupon}/close"), json!({})).expect(200);
        for named in [coupon.as_str(), "ctp_0000000000001"] {
            let occasion = json!([{"id": "any", "name": "쿠폰", "trigger": {"kind": "joining"}, "coupon": named}]);
            let refused = publish(app, &owner, occasion);
            assert_eq!(refused.problem(), (422, "programme_faulty", Some("occasions[0].coupon")), "{named}");
        }
    });
}

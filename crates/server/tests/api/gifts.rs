//! Gifts over the wire: put aside once a piece, collected by code, given back whole, and for whom the brand says.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const DAY_MS: i64 = 86_400_000;
/// A PNG of one pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// What a program may do that outlives a session.
const SCOPES: [&str; 5] = ["members:read", "members:write", "purchases:write", "benefits:write", "programme:write"];

/// A gift for 300 points, put aside for three days, with what `changes` says, and so many pieces at a store.
fn make(app: &TestApp, who: &Who, code: &str, pieces: i64, changes: Value) -> String {
    let mut gift = json!({"code": code, "name": {"ko": "머그컵", "zh-CN": "马克杯"}, "points": 300, "hold_days": 3});
    for (field, value) in changes.as_object().expect("fields") {
        gift[field] = value.clone();
    }
    let made = app.call(who, "POST /api/v1/gifts", gift).expect(201);
    let id = made["id"].as_str().expect("an id").to_owned();
    if pieces > 0 {
        app.call(who, &format!("POST /api/v1/gifts/{id}/stock"), json!({"store": "s1", "pieces": pieces})).expect(200);
    }
    id
}

fn enrol(app: &TestApp, who: &Who, points: i64) -> String {
    let member = app.call(who, "POST /api/v1/members", json!({"name": "김영희"})).expect(201);
    let id = member["id"].as_str().expect("an id").to_owned();
    if points > 0 {
        let adjusted = json!({"asset": "points", "amount": points, "reason": "행사"});
        app.call(who, &format!("POST /api/v1/members/{id}/adjustments"), adjusted).expect(201);
    }
    id
}

fn wish(gift: &str) -> Value {
    json!({"gift_id": gift, "store": "s1"})
}

fn reserve(app: &TestApp, who: &Who, member: &str, gift: &str) -> Value {
    app.call(who, &format!("POST /api/v1/members/{member}/gifts"), wish(gift)).expect(201)
}

fn id_of(result: &Value) -> String {
    result["reservation"]["id"].as_str().expect("an id").to_owned()
}

fn stock(app: &TestApp, who: &Who, gift: &str) -> [i64; 3] {
    let read = app.get(who, &format!("/api/v1/gifts/{gift}")).expect(200);
    ["reserved", "handed", "left"].map(|field| read["stocks"][0][field].as_i64().expect("a number"))
}

fn points(app: &TestApp, who: &Who, member: &str) -> i64 {
    app.get(who, &format!("/api/v1/members/{member}/gift-offers")).expect(200)["points"].as_i64().expect("points")
}

#[test]
fn a_gift_is_put_aside_collected_by_its_code_and_brought_back() {
    each_engine(|app| {
        let owner = app.set_up();
        let (gift, member) = (make(app, &owner, "mug", 2, json!({})), enrol(app, &owner, 1_000));
        let path = format!("POST /api/v1/members/{member}/gifts");
        let tried = app.call(&owner, &format!("{path}?dry_run=true"), wish(&gift)).expect(200);
        assert_eq!((tried["standing"]["points"]["available"].as_i64(), &tried["reservation"]["code"]), (Some(700), &Value::Null));
        assert_eq!(stock(app, &owner, &gift), [0, 0, 2]);
        let key = [("idempotency-key", "gift-1")];
        let taken = app.call_with(&owner, &path, Some(wish(&gift)), &key).expect(201);
        let repeated = app.call_with(&owner, &path, Some(wish(&gift)), &key).expect(200);
        assert_eq!((&repeated["reservation"], &repeated["replayed"]), (&taken["reservation"], &json!(true)));
        assert_eq!((stock(app, &owner, &gift), points(app, &owner, &member)), ([1, 0, 1], 700));
        let code = taken["reservation"]["code"].as_str().expect("a code").to_owned();
        let clerk = app.person(&owner, "clerk");
        let found = app.call(&clerk, "POST /api/v1/gift-reservations/lookup", json!({"code": code.to_lowercase()})).expect(200);
        assert_eq!(
            (&found["member_name"], &found["reservation"]["code"]),
            (&json!("김영희"), &Value::Null),
            "a clerk sees no code"
        );
        let mut wrong = code.clone();
        let first = wrong.remove(0);
        wrong.insert(0, if first == 'A' { 'B' } else { 'A' });
        let slip = app.call(&clerk, "POST /api/v1/gift-reservations/lookup", json!({"code": wrong}));
        assert_eq!(slip.problem(), (422, "reservation_code_mistyped", Some("code")));
        let hand_over = format!("POST /api/v1/gift-reservations/{}/hand-over", id_of(&taken));
        let elsewhere = app.call(&clerk, &hand_over, json!({"store": "s2"}));
        assert_eq!(elsewhere.problem(), (409, "reservation_at_other_store", Some("store")));
        let handed = app.call(&clerk, &hand_over, json!({"store": "s1"})).expect(201);
        assert_eq!(handed["reservation"]["state"], "handed");
        assert_eq!(app.call(&clerk, &hand_over, json!({"store": "s1"})).problem().1, "reservation_handed");
        assert_eq!(stock(app, &owner, &gift), [0, 1, 1]);
        // Only who may give benefits takes one back that was handed out.
        let cancel = format!("POST /api/v1/gift-reservations/{}/cancel", id_of(&taken));
        let reason = json!({"reason": "깨짐"});
        assert_eq!(app.call(&clerk, &cancel, reason.clone()).problem().1, "reservation_handed");
        app.call(&owner, &cancel, reason).expect(201);
        assert_eq!((stock(app, &owner, &gift), points(app, &owner, &member)), ([0, 0, 2], 1_000));
        let timeline = app.get(&owner, &format!("/api/v1/members/{member}/entries")).expect(200);
        let said: Vec<&str> =
            timeline["items"].as_array().unwrap().iter().filter_map(|entry| entry["why"][0]["text"].as_str()).collect();
        assert_eq!(
            said[..3],
            ["사은품 ‘머그컵’ 취소, 300포인트 반환", "s1에서 사은품 ‘머그컵’ 수령", "300포인트로 사은품 ‘머그컵’ 교환(s1)"]
        );
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn of_sixty_four_reservations_at_once_exactly_as_many_succeed_as_there_are_pieces() {
    each_engine(|app| {
        let owner = app.set_up();
        let gift = make(app, &owner, "rush", 10, json!({}));
        let members: Vec<String> = (0..64).map(|_| enrol(app, &owner, 300)).collect();
        let lines: Vec<String> = members.iter().map(|member| format!("POST /api/v1/members/{member}/gifts")).collect();
        let statuses = app.call_together(&owner, lines.iter().map(|line| (line.as_str(), wish(&gift))).collect());
        let of = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((of(201), of(409)), (10, 54), "{statuses:?}");
        assert_eq!(stock(app, &owner, &gift), [10, 0, 0]);
        let fewer = app.call(&owner, &format!("POST /api/v1/gifts/{gift}/stock"), json!({"store": "s1", "pieces": -1}));
        assert_eq!(fewer.problem(), (409, "gift_stock_short", Some("pieces")));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn twenty_parallel_gifts_out_of_one_balance_succeed_as_often_as_there_are_points() {
    each_engine(|app| {
        let owner = app.set_up();
        let (gift, member) = (make(app, &owner, "mug", 50, json!({})), enrol(app, &owner, 1_000));
        let path = format!("POST /api/v1/members/{member}/gifts");
        let statuses = app.call_together(&owner, (0..20).map(|_| (path.as_str(), wish(&gift))).collect());
        let of = |wanted: u16| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((of(201), of(422), points(app, &owner, &member)), (3, 17, 100), "{statuses:?}");
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn a_festival_has_its_days_and_who_fits_a_condition_her_own_limit() {
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        // The brand's business day is 22 November 2026.
        let days = json!({"name": {"ko": "감사제"}, "from": "2026-11-23", "until": "2026-11-24"});
        let festival = app.call(&owner, "POST /api/v1/festivals", days).expect(201);
        assert_eq!(festival["current"], false);
        let rich = make(app, &owner, "gold", 9, json!({"festival": festival["id"]}));
        let listed = json!({"name": "단골", "kind": "list"});
        let segment = app.call(&owner, "POST /api/v1/segments", listed).expect(201)["id"].clone();
        let allowances = json!([{"when": {"segment": segment}, "most": 2},
            {"when": {"attribute": "member.gender", "op": "is", "value": "male"}, "most": 1}]);
        let few = make(app, &owner, "few", 9, json!({"allowances": allowances}));
        let (hers, other) = (enrol(app, &owner, 3_000), enrol(app, &owner, 3_000));
        app.call(&owner, &format!("POST /api/v1/segments/{}/members", segment.as_str().expect("an id")), json!({"add": [hers]}))
            .expect(200);
        let tell = |member: &str, gift: &str| {
            let answer = app.call(&owner, &format!("POST /api/v1/members/{member}/gifts"), wish(gift));
            if answer.status == 201 { "done".to_owned() } else { answer.problem().1.to_owned() }
        };
        assert_eq!(tell(&hers, &rich), "gift_not_now");
        let offers = app.get(&owner, &format!("/api/v1/members/{other}/gift-offers")).expect(200);
        let offered = |code: &str| offers["items"].as_array().unwrap().iter().find(|item| item["gift_id"] == code).cloned();
        assert_eq!(offered(&rich), None);
        assert_eq!(offered(&few).expect("few")["refused"], "gift_not_for_member");
        assert_eq!(tell(&other, &few), "gift_not_for_member");
        assert_eq!([tell(&hers, &few), tell(&hers, &few), tell(&hers, &few)], ["done", "done", "gifts_enough_for_member"]);
        app.advance_ms(DAY_MS);
        assert_eq!([tell(&hers, &rich), tell(&other, &rich)], ["done", "done"]);
        app.advance_ms(2 * DAY_MS);
        assert_eq!(tell(&hers, &rich), "gift_not_now");
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn what_is_not_collected_in_time_goes_back_by_itself() {
    each_engine(|app| {
        let owner = app.program(&app.set_up(), &SCOPES);
        let (gift, member) = (make(app, &owner, "mug", 1, json!({"delivered": true})), enrol(app, &owner, 600));
        let taken = reserve(app, &owner, &member, &gift);
        assert_eq!(app.lapse_gifts(), 0);
        app.advance_ms(3 * DAY_MS);
        assert_eq!((app.lapse_gifts(), app.lapse_gifts()), (1, 0));
        assert_eq!((stock(app, &owner, &gift), points(app, &owner, &member)), ([0, 0, 1], 600));
        let late =
            app.call(&owner, &format!("POST /api/v1/gift-reservations/{}/hand-over", id_of(&taken)), json!({"store": "s1"}));
        assert_eq!(late.problem().1, "reservation_lapsed");
        // A parcel waits for the brand.
        let sent = json!({"gift_id": gift, "store": "s1", "delivery": true});
        let parcel = app.call(&owner, &format!("POST /api/v1/members/{member}/gifts"), sent).expect(201);
        app.advance_ms(90 * DAY_MS);
        assert_eq!(app.lapse_gifts(), 0);
        let waiting = app.get(&owner, "/api/v1/gift-reservations?store=s1").expect(200);
        assert_eq!(waiting["items"][0]["id"], parcel["reservation"]["id"]);
        let path = format!("POST /api/v1/gift-reservations/{}/hand-over", id_of(&parcel));
        let done = app.call(&owner, &path, json!({"parcel": "CJ-123"})).expect(201);
        assert_eq!(done["reservation"]["parcel"], "CJ-123");
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn gifts_follow_a_merge_and_are_each_ones_own_when_it_is_undone() {
    each_engine(|app| {
        let owner = app.set_up();
        let gift = make(app, &owner, "mug", 9, json!({"allowances": [{"most": 2}]}));
        let [keep, absorb] = [enrol(app, &owner, 700), enrol(app, &owner, 1_000)];
        let [kept, hers] = [reserve(app, &owner, &keep, &gift), reserve(app, &owner, &absorb, &gift)];
        let merge = app.call(&owner, "POST /api/v1/merges", json!({"keep": keep, "absorb": absorb})).expect(201);
        let listed = app.get(&owner, &format!("/api/v1/members/{keep}/gifts")).expect(200);
        assert_eq!((listed["items"].as_array().map(Vec::len), points(app, &owner, &keep)), (Some(2), 1_100));
        let third = app.call(&owner, &format!("POST /api/v1/members/{keep}/gifts"), wish(&gift));
        assert_eq!(third.problem().1, "gifts_enough_for_member");
        app.call(&owner, &format!("POST /api/v1/gift-reservations/{}/cancel", id_of(&hers)), json!({"reason": "변심"}))
            .expect(201);
        // One more, with points that were the other's.
        reserve(app, &owner, &keep, &gift);
        assert_eq!(app.audit(), [""; 0]);
        let id = merge["id"].as_str().expect("an id");
        let undone = app.call_with(&owner, &format!("DELETE /api/v1/merges/{id}"), None, &[]);
        assert!(undone.status < 300, "{}", undone.text);
        assert_eq!((points(app, &owner, &keep), points(app, &owner, &absorb)), (100, 1_000));
        app.call(&owner, &format!("POST /api/v1/gift-reservations/{}/cancel", id_of(&kept)), json!({"reason": "변심"}))
            .expect(201);
        assert_eq!((points(app, &owner, &keep), stock(app, &owner, &gift)), (400, [1, 0, 8]));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn pictures_are_taken_for_what_they_hold() {
    each_engine(|app| {
        let owner = app.set_up();
        let kept = app.call(&owner, "POST /api/v1/pictures", json!({"data": PIXEL})).expect(201);
        let again = app.call(&owner, "POST /api/v1/pictures", json!({"data": PIXEL})).expect(201);
        assert_eq!((&kept, &kept["media_type"]), (&again, &json!("image/png")));
        let id = kept["id"].as_str().expect("an id");
        let shown = app.get(&owner, &format!("/api/v1/pictures/{id}"));
        assert_eq!(
            (shown.status, shown.header("content-type"), shown.header("x-content-type-options")),
            (200, Some("image/png"), Some("nosniff"))
        );
        assert_eq!(app.get(&Who::Nobody, &format!("/api/v1/pictures/{id}")).status, 401);
        assert_eq!(app.get(&owner, "/api/v1/pictures/none").problem().1, "unknown_picture");
        let svg = "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=";
        for (data, code) in [
            (svg.to_owned(), "picture_unreadable"),
            ("?".to_owned(), "picture_unreadable"),
            ("A".repeat(400_000), "picture_too_large"),
        ] {
            let refused = app.call(&owner, "POST /api/v1/pictures", json!({"data": data}));
            assert_eq!(refused.problem(), (422, code, Some("data")));
        }
        let gift = json!({"code": "mug", "name": {"en": "Mug"}, "points": 5, "picture": "none"});
        assert_eq!(app.call(&owner, "POST /api/v1/gifts", gift).problem(), (422, "gift_faulty", Some("picture")));
        make(app, &owner, "mug", 0, json!({"picture": id}));
        let clerk = app.person(&owner, "clerk");
        assert_eq!(app.call(&clerk, "POST /api/v1/pictures", json!({"data": PIXEL})).status, 403);
        let twice = json!({"code": "mug", "name": {"en": "Mug"}, "points": 5});
        assert_eq!(app.call(&owner, "POST /api/v1/gifts", twice).problem(), (409, "gift_code_taken", Some("code")));
    });
}

#[test]
fn the_table_of_age_and_income_says_which_gifts_each_cell_takes() {
    each_engine(|app| {
        let owner = app.set_up();
        let [mug, tea] = ["mug", "tea"].map(|code| make(app, &owner, code, 9, json!({"name": {"en": code}})));
        let old = json!({"name": "이순자", "birthday": {"date": "1955-05-05", "calendar": "solar"}});
        let old = app.call(&owner, "POST /api/v1/members", old).expect(201)["id"].as_str().expect("an id").to_owned();
        let adjusted = json!({"asset": "points", "amount": 900, "reason": "행사"});
        app.call(&owner, &format!("POST /api/v1/members/{old}/adjustments"), adjusted).expect(201);
        let unknown = enrol(app, &owner, 900);
        reserve(app, &owner, &old, &tea);
        reserve(app, &owner, &old, &tea);
        reserve(app, &owner, &unknown, &mug);
        let table = app.get(&owner, "/api/v1/classes/bands").expect(200);
        let said: Vec<Value> = table["cells"].as_array().unwrap().iter().map(|cell| cell["gifts"].clone()).collect();
        assert_eq!(
            said,
            [json!([{"gift_id": tea, "name": "tea", "count": 2}]), json!([{"gift_id": mug, "name": "mug", "count": 1}])]
        );
    });
}

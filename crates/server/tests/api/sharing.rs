//! A family that spends its points together, over HTTP.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const DAY_MS: i64 = 86_400_000;

/// A point for each thousand won, ten won a point, which lapses after thirty days.
fn programme() -> Value {
    json!({
        "name": "단골 클럽",
        "earning": {
            "rules": [{"id": "base", "name": "기본 적립", "award": {"kind": "rate", "points": 1, "per_minor": 1000}}],
            "expiry": {"kind": "rolling", "days": 30},
        },
        "redemption": {"points": 1, "minor": 10, "step": 1, "minimum": 1, "max_percent": 100},
    })
}

/// A family of mother, father and child that shares, and somebody beside it.
struct Family<'a> {
    app: &'a TestApp,
    owner: Who,
    home: String,
    mother: String,
    father: String,
    child: String,
    stranger: String,
}

impl<'a> Family<'a> {
    fn new(app: &'a TestApp) -> Self {
        // A key, because a session would not outlast the points.
        let scopes = ["members:read", "members:write", "purchases:write", "programme:write", "admin"];
        let owner = app.program(&app.set_up(), &scopes);
        app.call(&owner, "PUT /api/v1/programme/draft", json!({"programme": programme()})).expect(200);
        app.call(&owner, "POST /api/v1/programme/publish", json!({"note": "시험"})).expect(201);
        let enrol = |name: &str| {
            let member = app.call(&owner, "POST /api/v1/members", json!({"name": name})).expect(201);
            member["id"].as_str().expect("an id").to_owned()
        };
        let [mother, father, child, stranger] = ["김영희", "박철수", "박지우", "이웃"].map(enrol);
        app.call(&owner, "PUT /api/v1/household-rules", json!({"most_members": 8, "share_points": true})).expect(200);
        let made =
            app.call(&owner, "POST /api/v1/households", json!({"name": "박씨네", "head": mother, "role": "parent"})).expect(201);
        let home = made["id"].as_str().expect("an id").to_owned();
        let family = Family { app, owner, home, mother, father, child, stranger };
        for member in [&family.father, &family.child] {
            let path = format!("PUT /api/v1/households/{}/members/{member}", family.home);
            app.call(&family.owner, &path, json!({"role": "other"})).expect(200);
        }
        family.patch(json!({"shares_points": true}));
        family
    }

    fn patch(&self, body: Value) -> Value {
        self.app.call(&self.owner, &format!("PATCH /api/v1/households/{}", self.home), body).expect(200)
    }

    fn basket(&self, member: &str, amount_minor: i64, redeem_points: i64) -> Value {
        json!({"member_id": member, "lines": [{"sku": "tee", "amount_minor": amount_minor}], "redeem_points": redeem_points})
    }

    fn earn(&self, member: &str, points: i64) {
        self.app.call(&self.owner, "POST /api/v1/purchases", self.basket(member, points * 1_000, 0)).expect(201);
    }

    /// What is hers, and what the others would add.
    fn points(&self, member: &str) -> (i64, Option<i64>) {
        let read = self.app.get(&self.owner, &format!("/api/v1/members/{member}")).expect(200);
        (read["standing"]["points"]["available"].as_i64().expect("points"), read["household_points"].as_i64())
    }

    /// The sentences about shared points on a member's timeline, the newest first, each with whom it is about.
    fn told(&self, member: &str, language: &str) -> Vec<(String, String)> {
        let path = format!("GET /api/v1/members/{member}/timeline");
        let timeline = self.app.call_with(&self.owner, &path, None, &[("accept-language", language)]).expect(200);
        let moments = timeline["items"].as_array().expect("moments").iter();
        let shares = moments.filter(|moment| moment["entry"]["kind"] == "share").map(|moment| &moment["entry"]);
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        shares.map(|entry| (text(&entry["why"][0]["text"]), text(&entry["other"]["id"]))).collect()
    }
}

#[test]
fn a_child_pays_with_the_points_of_her_family_and_each_timeline_says_so() {
    each_engine(|app| {
        let family = Family::new(app);
        family.earn(&family.mother, 500);
        app.advance_ms(DAY_MS);
        family.earn(&family.father, 300);
        family.earn(&family.child, 120);
        family.earn(&family.stranger, 900);
        assert_eq!(family.points(&family.child), (120, Some(800)));
        assert_eq!(family.points(&family.stranger), (900, None));
        let seen = app.get(&family.owner, &format!("/api/v1/households/{}", family.home)).expect(200);
        assert_eq!((&seen["shares_points"], &seen["points"]), (&json!(true), &json!(920)));
        let too_much = app.call(&family.owner, "POST /api/v1/purchases", family.basket(&family.child, 20_000, 921));
        assert_eq!(too_much.problem().1, "insufficient_points");
        assert!(too_much.text.contains("920"), "{}", too_much.text);

        let basket = family.basket(&family.child, 7_000, 700);
        let quoted = app.call(&family.owner, "POST /api/v1/purchases/quote", basket.clone()).expect(200);
        let key = [("idempotency-key", "once")];
        let post = || app.call_with(&family.owner, "POST /api/v1/purchases", Some(basket.clone()), &key);
        let (bought, again) = (post().expect(201), post().expect(200));
        let drawn = json!([
            {"member": {"id": family.mother, "name": "김영희"}, "points": 500},
            {"member": {"id": family.father, "name": "박철수"}, "points": 80},
        ]);
        for result in [&quoted, &bought, &again] {
            assert_eq!((&result["points_redeemed"], &result["points_from_household"]), (&json!(700), &drawn), "{result}");
            assert_eq!(result["standing"]["points"]["balance"], 0);
            assert_eq!(result["entry"]["points"], -700);
        }
        assert_eq!(again["purchase"]["id"], bought["purchase"]["id"]);
        assert_eq!((family.points(&family.mother), family.points(&family.father)), ((0, Some(220)), (220, Some(0))));

        let child = ("박지우 님이 500포인트 사용".to_owned(), family.child.clone());
        assert_eq!(family.told(&family.mother, "ko"), [child]);
        let from = |text: &str, member: &str| (text.to_owned(), member.to_owned());
        let own = [from("用了박철수的 80 积分", &family.father), from("用了김영희的 500 积分", &family.mother)];
        assert_eq!(family.told(&family.child, "zh-CN"), own);
        assert_eq!(family.told(&family.stranger, "en"), []);
        let path = format!("/api/v1/explain/balance/{}", family.mother);
        let why = app.get(&family.owner, &path).expect(200);
        assert_eq!(why["steps"][0]["points"], -500);

        // What comes back is hers who bought, and lapses when it would have.
        let id = bought["purchase"]["id"].as_str().expect("an id");
        app.call(&family.owner, &format!("POST /api/v1/purchases/{id}/returns"), json!({"whole": true})).expect(201);
        assert_eq!((family.points(&family.child), family.points(&family.mother)), ((700, Some(220)), (0, Some(920))));
        app.advance_ms(30 * DAY_MS);
        app.review();
        assert_eq!(family.points(&family.child), (200, Some(220)));
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn sixty_four_parallel_spends_by_two_of_a_family_succeed_as_often_as_there_are_points() {
    each_engine(|app| {
        let family = Family::new(app);
        family.earn(&family.mother, 130);
        family.earn(&family.father, 90);
        family.earn(&family.child, 83);
        let app = Arc::new(app);
        let spend = |at: usize| {
            let member = if at.is_multiple_of(2) { &family.mother } else { &family.child };
            ("POST /api/v1/purchases", family.basket(member, 100, 10))
        };
        let statuses = app.call_together(&family.owner, (0..64).map(spend).collect());
        let count = |status: u16| statuses.iter().filter(|known| **known == status).count();
        assert_eq!((count(201), count(422)), (30, 34), "{statuses:?}");
        assert_eq!(family.points(&family.mother).0 + family.points(&family.mother).1.expect("shared"), 3);
        assert_eq!(app.audit(), [""; 0]);
    });
}

#[test]
fn who_leaves_is_closed_or_is_told_not_to_share_gives_nothing_more() {
    each_engine(|app| {
        let family = Family::new(app);
        family.earn(&family.mother, 100);
        family.earn(&family.father, 40);
        let spend = |member: &str, points: i64| {
            app.call(&family.owner, "POST /api/v1/purchases", family.basket(member, points * 10, points)).status
        };
        app.call(&family.owner, "POST /api/v1/members/close", json!({"members": [family.father]})).expect(200);
        assert_eq!((family.points(&family.child), spend(&family.child, 101)), ((0, Some(100)), 422));
        assert_eq!(spend(&family.child, 30), 201);
        let leave = format!("DELETE /api/v1/households/{}/members/{}", family.home, family.mother);
        app.call_with(&family.owner, &leave, None, &[]).expect(200);
        assert_eq!((family.points(&family.mother), family.points(&family.child)), ((70, None), (0, Some(0))));
        app.call(&family.owner, "POST /api/v1/members/reopen", json!({"members": [family.father]})).expect(200);
        assert_eq!(family.points(&family.child), (0, Some(40)));

        let rules = |share: bool| json!({"most_members": 8, "share_points": share});
        app.call(&family.owner, "PUT /api/v1/household-rules", rules(false)).expect(200);
        assert_eq!((family.points(&family.child), spend(&family.child, 11)), ((0, None), 422));
        let seen = app.get(&family.owner, &format!("/api/v1/members/{}/household", family.child)).expect(200);
        assert_eq!((&seen["may_share_points"], &seen["household"]["points"]), (&json!(false), &Value::Null));
        family.patch(json!({"shares_points": false}));
        let path = format!("PATCH /api/v1/households/{}", family.home);
        let refused = app.call(&family.owner, &path, json!({"shares_points": true}));
        assert_eq!(refused.problem(), (409, "household_sharing", Some("shares_points")));
        app.call(&family.owner, "PUT /api/v1/household-rules", rules(true)).expect(200);
        assert_eq!(spend(&family.child, 11), 422);
        let shared = family.patch(json!({"shares_points": true}));
        assert_eq!((&shared["points"], spend(&family.child, 40)), (&json!(40), 201));
        let timeline = app.get(&family.owner, &format!("/api/v1/members/{}/timeline", family.child)).expect(200).to_string();
        assert!(timeline.contains("household_points"), "{timeline}");
        let reader = app.program(&family.owner, &["members:read"]);
        assert_eq!(app.call(&reader, &path, json!({"shares_points": false})).problem().0, 403);
        assert_eq!(app.audit(), [""; 0]);
    });
}

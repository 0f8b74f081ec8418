//! The people who sign in, and what each role may do.

use serde_json::json;

use crate::common::{PASSWORD, Who, each_engine};

#[test]
fn roles_may_do_what_they_are_for() {
    each_engine(|app| {
        let owner = app.set_up();
        let requests = [
            ("GET /api/v1/members/mem_0000000000001", json!({})),
            ("POST /api/v1/members", json!({})),
            ("POST /api/v1/members/mem_0000000000001/adjustments", json!({"asset": "points", "amount": 1, "reason": "test"})),
            ("DELETE /api/v1/programme/draft", json!({})),
            ("GET /api/v1/today", json!({})),
            ("GET /api/v1/keys", json!({})),
        ];
        // y: let in, whatever the answer; n: refused.
        for (role, expected) in
            [("admin", "yyyyyy"), ("marketer", "yyyyyn"), ("manager", "yyynyn"), ("clerk", "yynnnn"), ("auditor", "ynnnyn")]
        {
            let person = app.person(&owner, role);
            let let_in: String = requests
                .iter()
                .map(|(line, body)| {
                    let answer = app.call(&person, line, body.clone());
                    if answer.status == 403 && answer.problem().1 == "scope_missing" { 'n' } else { 'y' }
                })
                .collect();
            assert_eq!(let_in, expected, "{role}");
        }
    });
}

#[test]
fn people_are_added_changed_and_shut_out() {
    each_engine(|app| {
        let owner = app.set_up();
        let admin = app.person(&owner, "admin");
        let clerk = app.person(&owner, "clerk");
        let users = app.get(&admin, "/api/v1/users").expect(200);
        let logins: Vec<&str> =
            users["items"].as_array().expect("items").iter().filter_map(|user| user["login"].as_str()).collect();
        assert_eq!(logins, ["owner", "admin", "clerk"]);
        assert!(!users.to_string().contains("argon2"));
        let (owner_id, clerk_id) = (users["items"][0]["id"].clone(), users["items"][2]["id"].clone());
        let change = |who: &Who, id: &serde_json::Value, body| {
            app.call(who, &format!("PATCH /api/v1/users/{}", id.as_str().expect("an id")), body)
        };
        let add = |who: &Who, login: &str, role: &str| {
            app.call(who, "POST /api/v1/users", json!({"name": "x", "login": login, "password": PASSWORD, "role": role}))
        };
        assert_eq!(add(&admin, "CLERK", "clerk").problem(), (409, "login_taken", Some("login")));
        assert_eq!(add(&admin, "second", "owner").problem(), (403, "role_not_allowed", Some("role")));
        assert_eq!(add(&admin, "second", "boss").problem(), (400, "invalid_field", Some("role")));
        assert_eq!(change(&admin, &owner_id, json!({"disabled": true})).problem(), (403, "role_not_allowed", None));
        assert_eq!(change(&owner, &owner_id, json!({"disabled": true})).problem(), (409, "last_owner", None));
        assert_eq!(change(&owner, &owner_id, json!({"role": "clerk"})).problem(), (409, "last_owner", None));
        let changed = change(&admin, &clerk_id, json!({"name": "점원", "language": "zh-TW", "role": "manager"})).expect(200);
        assert_eq!(
            (&changed["name"], &changed["language"], &changed["role"]),
            (&json!("점원"), &json!("zh-TW"), &json!("manager"))
        );
        app.get(&clerk, "/api/v1/today").expect(200);
        assert!(change(&admin, &clerk_id, json!({"language": null, "disabled": true})).expect(200)["language"].is_null());
        assert_eq!(app.get(&clerk, "/api/v1/session").status, 401, "her session ends");
        let credentials = json!({"login": "clerk", "password": PASSWORD});
        assert_eq!(app.call(&Who::Nobody, "POST /api/v1/session", credentials).problem().1, "wrong_credentials");
        change(&admin, &clerk_id, json!({"disabled": false, "password": "a-new-password"})).expect(200);
        let credentials = json!({"login": "clerk", "password": "a-new-password"});
        assert_eq!(app.call(&Who::Nobody, "POST /api/v1/session", credentials).status, 200);
        let nobody = json!("usr_0000000000001");
        assert_eq!(change(&owner, &nobody, json!({})).problem(), (404, "unknown_user", None));
    });
}

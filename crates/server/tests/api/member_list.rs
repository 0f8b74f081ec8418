//! The list of members: filtered, as a file, and the views of it that people keep.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

/// Five members: three of the east store, of whom two are of a tier, one of the west, one of none and closed.
fn people(app: &TestApp, owner: &Who) {
    let programme = json!({"name": "단골", "earning": {"rules": []}, "tiers": {
        "levels": [{"code": "basic", "name": "기본"}], "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 0}});
    app.call(owner, "PUT /api/v1/programme/draft", json!({"programme": programme})).expect(200);
    app.call(owner, "POST /api/v1/programme/publish", json!({})).expect(201);
    for (place, (name, store, buys)) in [
        ("가", Some("east"), true),
        ("나", Some("east"), true),
        ("다", Some("east"), false),
        ("라", Some("west"), false),
        ("=마", None, false),
    ]
    .into_iter()
    .enumerate()
    {
        let phone = json!({"kind": "phone", "value": format!("010-1234-567{place}")});
        let member = json!({"name": name, "store": store, "identities": [phone]});
        let member = app.call(owner, "POST /api/v1/members", member).expect(201)["id"].clone();
        if buys {
            let lines = json!([{"sku": "a", "quantity": 1, "amount_minor": 1000}]);
            app.call(owner, "POST /api/v1/purchases", json!({"member_id": member, "channel": "store", "lines": lines}))
                .expect(201);
        }
        if store.is_none() {
            app.call(owner, "POST /api/v1/members/close", json!({"members": [member]})).expect(200);
        }
        app.advance_ms(1_000);
    }
}

#[test]
fn a_list_is_filtered_page_by_page() {
    each_engine(|app| {
        let owner = app.set_up();
        people(app, &owner);
        for (query, filter, expected) in [
            ("", json!({}), "=마라다나가"),
            ("", json!({"statuses": ["active"]}), "라다나가"),
            ("", json!({"statuses": ["closed", "erased"]}), "=마"),
            ("", json!({"stores": ["east"]}), "다나가"),
            ("", json!({"stores": ["", "west"]}), "=마라"),
            ("", json!({"tiers": ["basic"]}), "나가"),
            ("", json!({"tiers": [""], "stores": ["east"]}), "다"),
            ("", json!({"joined_from": "2026-11-22", "joined_to": "2026-11-22"}), "=마라다나가"),
            ("", json!({"joined_from": "2026-11-23"}), ""),
            ("", json!({"joined_to": "2026-11-21"}), ""),
            ("가", json!({"stores": ["east"]}), "가"),
            ("가", json!({"stores": ["west"]}), ""),
            ("010-1234-5670", json!({"tiers": ["basic"]}), "가"),
            ("010-1234-5672", json!({"tiers": ["basic"]}), ""),
            ("5671", json!({"tiers": ["basic"]}), "나"),
        ] {
            let (mut names, mut listed) = (String::new(), 0);
            let mut cursor = Value::Null;
            for _ in 0..10 {
                let body = json!({"query": query, "filter": filter, "limit": 2, "cursor": cursor});
                let page = app.call(&owner, "POST /api/v1/members/search", body).expect(200);
                let items = page["items"].as_array().expect("items");
                listed += items.len();
                names.extend(items.iter().filter_map(|member| member["name"].as_str()));
                cursor = page["next_cursor"].clone();
                if cursor.is_null() {
                    break;
                }
            }
            assert_eq!(names, expected, "{query} {filter}");
            if query.is_empty() {
                let counted = app.call(&owner, "POST /api/v1/members/count", json!({"filter": filter})).expect(200);
                assert_eq!(counted, json!({"count": listed}), "{filter}");
            }
        }
        for (filter, problem) in [
            (json!({"joined_from": "yesterday"}), (422, "date_invalid", Some("filter.joined_from"))),
            (json!({"statuses": ["lost"]}), (400, "invalid_field", Some("filter.statuses[0]"))),
            (json!({"tiers": vec!["x"; 51]}), (422, "out_of_range", Some("filter.tiers"))),
        ] {
            assert_eq!(app.call(&owner, "POST /api/v1/members/search", json!({"filter": filter})).problem(), problem);
        }
    });
}

#[test]
fn a_list_is_written_as_it_is_shown_with_contacts_masked() {
    each_engine(|app| {
        let owner = app.set_up();
        people(app, &owner);
        let lines = |body: Value| -> Vec<String> {
            let answer = app.call_with(&owner, "POST /api/v1/members/export", Some(body), &[("accept-language", "ko")]);
            assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/csv; charset=utf-8")), "{}", answer.text);
            assert!(!answer.text.contains("12345670"), "contacts are masked");
            answer.text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect()
        };
        let all = lines(json!({}));
        assert_eq!(all.len(), 6);
        assert_eq!(all[0], "이름,휴대폰,카드,등급,포인트,누적 구매,구매 횟수,최근 구매,가입일,매장,상태,회원 번호");
        assert!(all[1].starts_with("'=마,'+82 ** **** 5674,"), "{}", all[1]);
        assert!(all[5].contains(",기본,0,1000,1,2026-11-22,2026-11-22,east,active,mem_"), "{}", all[5]);
        assert_eq!(lines(json!({"filter": {"stores": ["east"]}})).len(), 4);
        assert_eq!(lines(json!({"query": "010-1234-5670"})).len(), 2);
        let id = all[5].rsplit(',').next().expect("an id");
        let chosen = lines(json!({"members": [id]}));
        assert_eq!((chosen.len(), &chosen[1]), (2, &all[5]));
        let book = app.call(&owner, "POST /api/v1/members/export", json!({"format": "xlsx"}));
        assert_eq!((book.status, book.text.starts_with("PK")), (200, true));
        assert_eq!(app.call(&owner, "POST /api/v1/members/export", json!({"format": "pdf"})).problem().2, Some("format"));
        let clerk = app.person(&owner, "clerk");
        assert_eq!(app.call(&clerk, "POST /api/v1/members/export", json!({})).problem().1, "scope_missing");
    });
}

#[test]
fn views_are_kept_for_their_owner_and_shared_where_she_says_so() {
    each_engine(|app| {
        let owner = app.set_up();
        let clerk = app.person(&owner, "clerk");
        let keep = |who: &Who, items: Value| app.call(who, "PUT /api/v1/member-views", json!({"items": items}));
        let seen = |who: &Who| {
            let body = app.get(who, "/api/v1/member-views").expect(200);
            let items = body["items"].as_array().expect("items").clone();
            items.iter().map(|view| (view["name"].to_string(), view["mine"] == true, !view["by"].is_null())).collect::<Vec<_>>()
        };
        assert_eq!(seen(&owner), []);
        let east = json!({"name": " East ", "filter": {"stores": ["east"]}, "columns": ["points"], "shared": true});
        let kept = keep(&owner, json!([east, {"name": "Mine"}])).expect(200);
        assert_eq!((&kept["items"][0]["filter"]["stores"], &kept["items"][0]["name"]), (&json!(["east"]), &json!("East")));
        keep(&clerk, json!([{"name": "Till"}])).expect(200);
        let view = |name: &str, mine, by| (format!("\"{name}\""), mine, by);
        assert_eq!(seen(&clerk), [view("Till", true, false), view("East", false, true)]);
        assert_eq!(seen(&owner), [view("East", true, false), view("Mine", true, false)]);
        keep(&owner, json!([])).expect(200);
        assert_eq!(seen(&clerk), [view("Till", true, false)]);
        for (items, problem) in [
            (json!([{"name": ""}]), (422, "required", Some("items[0].name"))),
            (json!([{"name": "x".repeat(41)}]), (422, "too_long", Some("items[0].name"))),
            (json!([{"name": "x", "columns": vec!["c"; 21]}]), (422, "out_of_range", Some("items[0].columns"))),
            (json!([{"name": "x", "filter": {"joined_to": "later"}}]), (422, "date_invalid", Some("filter.joined_to"))),
            (json!(vec![json!({"name": "x"}); 21]), (422, "out_of_range", Some("items"))),
        ] {
            assert_eq!(keep(&owner, items).problem(), problem);
        }
    });
}

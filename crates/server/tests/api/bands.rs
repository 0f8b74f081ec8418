//! Members by age and income over the wire, and by how many years they have been with the brand.

use serde_json::{Value, json};

use crate::common::{TestApp, Who, each_engine};

const SCOPES: [&str; 5] = ["members:read", "members:write", "purchases:write", "programme:write", "insight:read"];

fn enrol(app: &TestApp, who: &Who, number: usize, born: Option<&str>, income: Option<&str>) -> String {
    let birthday = born.map(|date| json!({"date": date, "calendar": "solar"}));
    let identity = json!({"kind": "phone", "value": format!("010 0000 {number:04}")});
    let body = json!({"name": format!("m{number}"), "birthday": birthday, "income_band": income, "identities": [identity]});
    app.call(who, "POST /api/v1/members", body).expect(201)["id"].as_str().expect("an id").to_owned()
}

fn buy(app: &TestApp, who: &Who, member: &str, at: &str, (category, amount_minor): (&str, i64)) -> Value {
    let line = json!({"sku": category, "category": category, "amount_minor": amount_minor});
    let purchase = json!({"member_id": member, "at": format!("{at}T03:00:00Z"), "lines": [line]});
    app.call(who, "POST /api/v1/purchases", purchase).expect(201)["purchase"]["id"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("a list").iter().filter_map(|item| item["name"].as_str()).collect()
}

/// Two rich of thirty, a poor one of seventy, one of whom nothing is known, and one who has left.
fn brand(app: &TestApp) -> (Who, Who, Vec<String>) {
    let person = app.set_up();
    let owner = app.program(&person, &SCOPES);
    let members = [
        (Some("1996-01-05"), Some("high")),
        (Some("1993-05-05"), Some("high")),
        (Some("1955-05-05"), Some("low")),
        (None, None),
        (Some("1990-05-05"), Some("high")),
    ];
    let members: Vec<String> =
        members.into_iter().enumerate().map(|(number, (born, income))| enrol(app, &owner, number, born, income)).collect();
    for (member, at, what) in [
        (0, "2026-10-01", ("gold", 50_000)),
        (0, "2026-11-01", ("bags", 20_000)),
        (1, "2026-11-02", ("gold", 30_000)),
        (2, "2026-11-03", ("tea", 1_000)),
        (2, "2024-11-03", ("tea", 9_000)),
        (4, "2026-11-03", ("gold", 9_000)),
    ] {
        buy(app, &owner, &members[member], at, what);
    }
    app.call(&owner, "POST /api/v1/members/close", json!({"members": [members[4]]})).expect(200);
    (person, owner, members)
}

fn cell<'t>(table: &'t Value, age_from: Option<i64>, income: &str) -> Option<&'t Value> {
    let age = table["ages"].as_array()?.iter().position(|age| age["from"].as_i64() == age_from)?;
    let incomes = table["incomes"].as_array()?;
    let income = incomes.iter().position(|one| one["name"] == income || (one["name"].is_null() && one["kind"] == income))?;
    table["cells"].as_array()?.iter().find(|cell| cell["age"] == age && cell["income"] == income)
}

#[test]
fn members_are_told_apart_by_age_and_income() {
    each_engine(|app| {
        let (_, owner, members) = brand(app);
        let table = app.get(&owner, "/api/v1/classes/bands").expect(200);
        assert_eq!(table["ages"].as_array().map(Vec::len), Some(8), "six starts, the young, and those of whom it is not known");
        assert_eq!(table["incomes"][0], json!({"kind": "named", "name": "high"}), "the one that most files name comes first");
        let rich = cell(&table, Some(25), "high").expect("a cell");
        let figures = ["members", "buyers", "purchases", "amount_minor", "average_minor"].map(|name| rich[name].as_i64());
        assert_eq!(figures, [Some(2), Some(2), Some(3), Some(100_000), Some(33_333)]);
        let categories = json!([{"code": "gold", "amount_minor": 80_000}, {"code": "bags", "amount_minor": 20_000}]);
        assert_eq!(rich["categories"], categories);
        let poor = cell(&table, Some(65), "low").expect("a cell");
        assert_eq!(
            (&poor["purchases"], &poor["amount_minor"]),
            (&json!(1), &json!(1_000)),
            "what is older than the period is not counted"
        );
        let unknown = cell(&table, None, "unknown").expect("a cell");
        assert_eq!((&unknown["members"], &unknown["average_minor"]), (&json!(1), &Value::Null));
        assert_eq!(table["cells"].as_array().map(Vec::len), Some(3), "who has left is in no cell");

        let at = |query: &str| app.get(&owner, &format!("/api/v1/classes/bands/members?{query}"));
        assert_eq!(names(&at("age_from=25&income=named&name=high").expect(200)), ["m0", "m1"]);
        assert_eq!(names(&at("income=unknown").expect(200)), ["m3"]);
        assert_eq!(names(&at("age_from=65&income=other").expect(200)), Vec::<&str>::new());
        let first = at("age_from=25&income=named&name=high&limit=1").expect(200);
        assert_eq!(names(&first), ["m0"]);
        let next = first["next_cursor"].as_str().expect("a cursor");
        assert_eq!(names(&at(&format!("age_from=25&income=named&name=high&cursor={next}")).expect(200)), ["m1"]);
        for (query, field) in [("age_from=26&income=unknown", "age_from"), ("income=named", "name")] {
            assert_eq!(at(query).problem(), (422, "out_of_range", Some(field)));
        }

        // The condition of a cell makes a segment of it.
        let segment = json!({"name": "rich", "kind": "rule", "condition": rich["condition"]});
        let segment = app.call(&owner, "POST /api/v1/segments", segment).expect(201)["id"].as_str().expect("an id").to_owned();
        assert_eq!(names(&app.get(&owner, &format!("/api/v1/segments/{segment}/members")).expect(200)), ["m0", "m1"]);

        // A file that changes moves its member at once.
        let patch = json!({"income_band": "low"});
        app.call(&owner, &format!("PATCH /api/v1/members/{}", members[1]), patch).expect(200);
        let moved = app.get(&owner, "/api/v1/classes/bands").expect(200);
        assert_eq!(cell(&moved, Some(25), "low").map(|cell| cell["amount_minor"].clone()), Some(json!(30_000)));
    });
}

#[test]
fn who_has_no_birthday_is_placed_by_the_age_that_she_states() {
    each_engine(|app| {
        let (_, owner, members) = brand(app);
        let state = |member: &str, age: &str| {
            app.call(&owner, &format!("PATCH /api/v1/members/{member}"), json!({"custom": {"age": age}})).expect(200);
        };
        // Hers is not asked: her birthday is known.
        state(&members[0], "65+");
        state(&members[3], "35-44");
        let table = app.get(&owner, "/api/v1/classes/bands").expect(200);
        assert_eq!((&table["stated_members"], &table["rules"]["age_field"]), (&json!(1), &json!("age")));
        assert_eq!(cell(&table, Some(35), "unknown").map(|cell| cell["members"].clone()), Some(json!(1)));
        assert!(cell(&table, None, "unknown").is_none());
        let at = |query: &str| app.get(&owner, &format!("/api/v1/classes/bands/members?{query}")).expect(200);
        assert_eq!(names(&at("age_from=35&income=unknown")), ["m3"], "the cell's condition finds her");
        assert_eq!(names(&at("age_from=25&income=named&name=high")), ["m0", "m1"]);
        state(&members[3], "rather not say");
        let table = app.get(&owner, "/api/v1/classes/bands").expect(200);
        assert_eq!(table["stated_members"], json!(0));
        assert_eq!(cell(&table, None, "unknown").map(|cell| cell["members"].clone()), Some(json!(1)));
        let none = json!({"ages": [40], "incomes": [], "age_field": null});
        state(&members[3], "50");
        app.call(&owner, "PUT /api/v1/classes/bands/rules", none).expect(200);
        assert_eq!(app.get(&owner, "/api/v1/classes/bands").expect(200)["stated_members"], json!(0), "it is not asked");
    });
}

#[test]
fn a_brand_has_bands_of_its_own_and_who_changed_them_is_known() {
    each_engine(|app| {
        let (person, program, _) = brand(app);
        let bands = json!({"ages": [40], "incomes": ["low", "middle"], "age_field": "age"});
        assert_eq!(app.call(&program, "PUT /api/v1/classes/bands/rules", bands.clone()).expect(200), bands);
        let table = app.get(&program, "/api/v1/classes/bands").expect(200);
        assert_eq!(table["rules"], bands);
        let changes = app.get(&person, "/api/v1/brand/changes").expect(200);
        let ages = json!({"field": "bands.ages", "from": "18, 25, 35, 45, 55, 65", "to": "40"});
        assert_eq!(changes["items"][0]["fields"], json!([ages, {"field": "bands.incomes", "from": null, "to": "low, middle"}]));
        assert_eq!(table["ages"], json!([{"from": 0, "until": 39}, {"from": 40, "until": null}, null]));
        assert_eq!(
            cell(&table, Some(0), "other").map(|cell| cell["members"].clone()),
            Some(json!(2)),
            "high is another income now"
        );
        let others = app.get(&program, "/api/v1/classes/bands/members?age_from=0&income=other").expect(200);
        assert_eq!(names(&others), ["m0", "m1"]);
        for (wrong, field) in [
            (json!({"ages": []}), "ages"),
            (json!({"ages": [40, 30]}), "ages"),
            (json!({"ages": [40], "incomes": ["a", "a"]}), "incomes"),
            (json!({"ages": [40], "age_field": "a\"b"}), "age_field"),
        ] {
            assert_eq!(
                app.call(&program, "PUT /api/v1/classes/bands/rules", wrong).problem(),
                (422, "out_of_range", Some(field))
            );
        }
        let reader = app.program(&person, &["insight:read"]);
        assert_eq!(app.call(&reader, "PUT /api/v1/classes/bands/rules", bands).problem().0, 403);
    });
}

#[test]
fn tenure_and_worth_are_asked_for_and_say_by_which_rule() {
    each_engine(|app| {
        let (_, owner, members) = brand(app);
        let count = |word: &str| {
            let condition = json!({"attribute": "member.tenure", "op": "is", "value": word});
            app.call(&owner, "POST /api/v1/segments/preview", json!({"condition": condition})).expect(200)["count"].clone()
        };
        assert_eq!((count("first_year"), count("to_three_years")), (json!(4), json!(0)));
        let header = [("accept-language", "en")];
        let said =
            |member: &str| app.call_with(&owner, &format!("GET /api/v1/members/{member}/class"), None, &header).expect(200);
        let fact = |member: &str, text: &str| {
            let said = said(member);
            said["classes"].as_array().expect("classes").iter().find(|one| one["text"] == text).cloned().unwrap_or_default()
        };
        assert_eq!(fact(&members[0], "tenure")["value"], "under a year");
        assert!(fact(&members[0], "tenure")["evidence"].as_str().is_some_and(|text| text.starts_with("full years since")));
        let worth = fact(&members[0], "worth");
        assert_eq!(worth["value"], "of high value");
        assert!(worth["evidence"].as_str().is_some_and(|text| text.starts_with("high value: an A member")), "{worth}");
        // The day before her first anniversary, and the day itself.
        for (days, first, next) in [(364, 4, 0), (1, 0, 4)] {
            app.advance_ms(days * 86_400_000);
            assert_eq!((count("first_year"), count("to_three_years")), (json!(first), json!(next)));
        }
        app.warm_roster();
        assert_eq!((count("first_year"), count("to_three_years")), (json!(0), json!(4)), "the columns say so too");
    });
}

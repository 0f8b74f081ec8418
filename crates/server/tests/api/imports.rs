//! Files through the API.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::common::{Answer, TestApp, Who, each_engine};

const PURCHASES: &str = "单号,会员手机号,交易时间,商品编码,数量,金额\n\
    T1,010-0000-0001,2026-03-01 10:00,A,1,1000\nT2,010-0000-0002,2026-03-01 10:05,B,2,x\nT3,010-0000-0002,2026-03-01 10:06,B,2,500\n";

fn upload(app: &TestApp, who: &Who, kind: &str, text: &str) -> Answer {
    app.upload(who, &format!("/api/v1/imports?kind={kind}"), text)
}

/// The import when it does not run any more.
fn ended(app: &TestApp, who: &Who, id: &str) -> Value {
    loop {
        let import = app.get(who, &format!("/api/v1/imports/{id}")).expect(200);
        if import["status"] != "running" {
            return import;
        }
        // Whoever asks this often would be told to wait; the shop's clock goes on meanwhile.
        app.advance_ms(100);
        std::thread::yield_now();
    }
}

#[test]
fn a_file_is_looked_at_started_and_taken() {
    each_engine(|app| {
        let owner = app.set_up();
        let import = upload(app, &owner, "purchases", PURCHASES).expect(201);
        assert_eq!((import["status"].as_str(), import["encoding"].as_str()), (Some("uploaded"), Some("UTF-8")));
        assert_eq!((import["file_name"].as_str(), import["bytes"].as_u64()), (Some("year.csv"), Some(PURCHASES.len() as u64)));
        assert_eq!(import["header"], json!(["单号", "会员手机号", "交易时间", "商品编码", "数量", "金额"]));
        assert_eq!(import["sample"][0], json!(["T1", "010-0000-0001", "2026-03-01 10:00", "A", "1", "1000"]));
        assert_eq!((&import["suggested"]["amount"], &import["suggested"]["store"]), (&json!(5), &Value::Null));
        let id = import["id"].as_str().unwrap();
        let line = |what: &str| format!("POST /api/v1/imports/{id}/{what}");
        for (start, expected) in [
            (json!({"columns": {"number": 0, "at": 2, "amount": 5}}), (422, "columns_missing", Some("columns"))),
            (json!({"columns": {"number": 9}}), (422, "unknown_column", Some("columns.number"))),
            (json!({"columns": {"colour": 1}}), (422, "unknown_field", Some("columns.colour"))),
            (json!({"mapping_toml": "[columns]\namount = \"no\""}), (422, "mapping_invalid", Some("mapping_toml"))),
            (json!({"mapping_toml": "", "columns": {}}), (422, "columns_or_mapping", Some("mapping_toml"))),
        ] {
            assert_eq!(app.call(&owner, &line("start"), start.clone()).problem(), expected, "{start}");
        }
        let columns =
            json!({"columns": {"number": 0, "member_phone": 1, "at": 2, "sku": 3, "quantity": 4, "amount": 5}, "as": "earn"});
        let start = |columns: &Value| app.call_with(&owner, &line("start"), Some(columns.clone()), &[("idempotency-key", "go")]);
        start(&columns).expect(200);
        let done = ended(app, &owner, id);
        assert_eq!(start(&columns).expect(200)["status"], "done");
        assert_eq!((done["status"].as_str(), done["error"].as_str()), (Some("done"), None));
        let progress = &done["progress"];
        assert_eq!((&progress["imported"], &progress["refused"], &progress["rows_total"]), (&json!(2), &json!(1), &json!(3)));
        assert_eq!((&done["counts"]["purchases"], &done["counts"]["members"]), (&json!(2), &json!(2)));
        assert_eq!((&done["reasons"][0]["code"], &done["reasons"][0]["rows"]), (&json!("amount.not_a_number"), &json!(1)));
        let refused = app.get(&owner, &format!("/api/v1/imports/{id}/rejected.csv"));
        assert_eq!((refused.status, refused.header("content-type")), (200, Some("text/csv; charset=utf-8")));
        assert!(refused.text.contains("T2,010-0000-0002,2026-03-01 10:05,B,2,x,3,not_a_number,"), "{}", refused.text);
        assert_eq!(app.call(&owner, &line("start"), columns).problem(), (409, "import_started", None));
        assert_eq!(app.call_with(&owner, &line("cancel"), None, &[]).problem(), (409, "import_ended", None));
        assert_eq!(app.get(&owner, "/api/v1/imports").expect(200)["items"].as_array().map(Vec::len), Some(1));
        let found = app.call(&owner, "POST /api/v1/members/lookup", json!({"kind": "phone", "value": "+821000000002"}));
        assert_eq!(found.expect(200)["status"], "unclaimed");
    });
}

#[test]
fn what_cannot_be_taken_is_refused() {
    each_engine(|app| {
        let owner = app.set_up();
        for (kind, text, expected) in [
            ("purchases", "", (422, "file_empty", Some("file"))),
            ("members", "PK\u{3}\u{4}nonsense", (422, "file_unreadable", Some("file"))),
            ("coupons", PURCHASES, (400, "invalid_query", None)),
        ] {
            assert_eq!(upload(app, &owner, kind, text).problem(), expected, "{kind}");
        }
        let wrong = app.call(&owner, "POST /api/v1/imports?kind=members", json!({}));
        assert_eq!(wrong.problem(), (415, "wrong_content_type", None));
        let till = app.program(&owner, &["purchases:write"]);
        assert_eq!(upload(app, &till, "members", "name,phone\n").problem().1, "scope_missing");
        let id = "imp_0sa66ayar0g00";
        assert_eq!(app.get(&owner, &format!("/api/v1/imports/{id}")).problem(), (404, "unknown_import", None));
        let import = upload(app, &owner, "members", "name,phone\nA,13000000001\n").expect(201);
        let id = import["id"].as_str().unwrap();
        assert_eq!(app.get(&owner, &format!("/api/v1/imports/{id}/rejected.csv")).problem(), (404, "no_rejected_rows", None));
        let cancelled = app.call_with(&owner, &format!("POST /api/v1/imports/{id}/cancel"), None, &[]).expect(200);
        assert_eq!(cancelled["status"], "cancelled");
        let start = app.call(&owner, &format!("POST /api/v1/imports/{id}/start"), json!({}));
        assert_eq!(start.problem(), (409, "import_ended", None));
    });
}

#[test]
fn an_upload_sent_twice_under_one_key_is_one_import() {
    each_engine(|app| {
        let owner = app.set_up();
        let send = |text: &str| {
            let body =
                format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{text}\r\n--x--\r\n");
            let Who::Person(token) = &owner else { panic!("a person") };
            let request = Request::builder()
                .method("POST")
                .uri("/api/v1/imports?kind=members")
                .header("cookie", format!("danggol_session={token}"))
                .header("x-danggol-console", "1")
                .header("content-type", "multipart/form-data; boundary=x")
                .header("idempotency-key", "k1");
            app.send(request.body(Body::from(body)).expect("a request"))
        };
        let first = send("name,phone\nA,13000000001\n").expect(201);
        assert_eq!(send("name,phone\nA,13000000001\n").expect(201)["id"], first["id"]);
        assert_eq!(send("name,phone\nB,13000000002\n").problem().1, "idempotency_key_reused");
    });
}

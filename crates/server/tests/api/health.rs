//! What watches the server, and what describes it.

use danggol_server::config::Settings;
use serde_json::Value;

use crate::common::{Who, each_engine, each_engine_with};

#[test]
fn health_needs_nobody_and_nothing_set_up() {
    each_engine(|app| {
        for path in ["/healthz", "/readyz"] {
            assert_eq!(app.get(&Who::Nobody, path).expect(200)["status"], "ok", "{path}");
        }
    });
}

#[test]
fn requests_are_counted_by_the_template_of_their_route() {
    each_engine(|app| {
        let owner = app.set_up();
        app.get(&owner, "/api/v1/members/mem_0000000000001");
        app.get(&owner, "/api/v1/members/mem_0000000000002");
        let metrics = app.get(&Who::Nobody, "/metrics");
        assert_eq!(metrics.status, 200);
        assert!(metrics.header("content-type").is_some_and(|media_type| media_type.starts_with("application/openmetrics-text")));
        let line = "danggol_http_requests_total{method=\"GET\",route=\"/api/v1/members/{id}\",status=\"404\"} 2";
        assert!(metrics.text.lines().any(|told| told == line), "{}", metrics.text);
        for name in ["danggol_pipeline_commits_total", "danggol_pipeline_queued_commands", "danggol_http_request_seconds_count"] {
            assert!(metrics.text.contains(name), "{name}");
        }
        assert!(!metrics.text.contains("mem_"), "no id is a label");
    });
}

#[test]
fn metrics_can_be_switched_off() {
    each_engine_with(Settings { metrics: Some(false), ..Settings::default() }, |app| {
        assert_eq!(app.get(&Who::Nobody, "/metrics").problem(), (404, "not_found", None));
    });
}

#[test]
fn the_description_is_the_checked_in_one() {
    each_engine(|app| {
        let served = app.get(&Who::Nobody, "/api/openapi.json").expect(200);
        let checked_in: Value = serde_json::from_str(include_str!("../../../../openapi.json")).expect("JSON");
        assert!(served == checked_in, "openapi.json is stale: write it anew with `danggol openapi > openapi.json`");
        let page = app.get(&Who::Nobody, "/api/docs");
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        for (path, media_type) in [("docs.js", "text/javascript; charset=utf-8"), ("docs.css", "text/css; charset=utf-8")] {
            assert!(page.text.contains(path));
            let file = app.get(&Who::Nobody, &format!("/api/docs/{path}"));
            assert_eq!((file.status, file.header("content-type")), (200, Some(media_type)));
        }
    });
}

#[test]
fn pages_run_no_script_but_their_own() {
    each_engine(|app| {
        for path in ["/", "/api/docs"] {
            let page = app.get(&Who::Nobody, path);
            let policy = page.header("content-security-policy").expect("a policy");
            assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(!page.text.contains("<script>") && !page.text.contains("onload="), "{path}");
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        }
    });
}

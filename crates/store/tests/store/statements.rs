//! Every statement is understood by both engines.

use danggol_store::statement::{MADE_KEPT, MODULES};
use danggol_store::{Store, identity, load, purchase, save};

use crate::engines::each_engine;

#[test]
fn every_statement_prepares_on_both_engines() {
    each_engine("statements", |store| {
        let mut conn = store.open_reader().expect("a connection");
        for (module, statements) in MODULES {
            for sql in *statements {
                conn.check(sql).unwrap_or_else(|error| panic!("{module}: {error}\n{sql}"));
            }
        }
    });
}

#[test]
fn texts_that_are_made_are_not_kept_for_ever() {
    each_engine("made", |store: &Store| {
        let mut conn = store.open_reader().expect("a connection");
        for number in 0..MADE_KEPT as i64 + 100 {
            let found = conn.query_one(&format!("SELECT {number} + $1"), &[1.into()], |row| row.int(0)).expect("a number");
            assert_eq!(found, Some(number + 1));
        }
        // SQLite does not say how many it has.
        let kept = conn.query_one("SELECT COUNT(*) FROM pg_prepared_statements", &[], |row| row.int(0));
        assert!(kept.as_ref().ok().is_none_or(|kept| *kept == Some(MADE_KEPT as i64)), "{kept:?}");
    });
}

#[test]
fn every_module_with_statements_is_in_the_list() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in std::fs::read_dir(folder).expect("the sources") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a text");
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let is_listed = MODULES.iter().any(|(module, _)| *module == name);
        assert_eq!(text.contains("pub const STATEMENTS"), is_listed, "{name}");
    }
}

#[test]
fn statements_of_the_write_path_never_scan_a_table() {
    let folder = crate::engines::Folder::new("plans");
    let store = crate::engines::open(danggol_store::Target::sqlite(folder.0.join("data")));
    let mut conn = store.open_reader().expect("a connection");
    for sql in load::STATEMENTS.iter().chain(save::STATEMENTS).chain(identity::STATEMENTS).chain(purchase::STATEMENTS) {
        let plan = conn
            .query(&format!("EXPLAIN QUERY PLAN {sql}"), &vec![danggol_store::Param::Int(None); places(sql)], |row| row.text(3))
            .expect("a plan");
        for step in plan {
            assert!(!step.starts_with("SCAN") || step.contains("json_each"), "{sql}\n{step}");
        }
    }
}

/// How many placeholders a statement has.
fn places(sql: &str) -> usize {
    (1..10).take_while(|place| sql.contains(&format!("${place}"))).count()
}

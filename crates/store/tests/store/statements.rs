//! Every statement is understood by both engines.

use danggol_store::{
    account, audit, change, event, expected_value, holder, idempotency, identity, imports, insight, lease, load, member, note,
    product,
};
use danggol_store::{programme, purchase, reading, save, search, segment, setting, tag};

use crate::engines::each_engine;

const MODULES: &[(&str, &[&str])] = &[
    ("account", account::STATEMENTS),
    ("audit", audit::STATEMENTS),
    ("change", change::STATEMENTS),
    ("event", event::STATEMENTS),
    ("expected_value", expected_value::STATEMENTS),
    ("holder", holder::STATEMENTS),
    ("idempotency", idempotency::STATEMENTS),
    ("identity", identity::STATEMENTS),
    ("imports", imports::STATEMENTS),
    ("insight", insight::STATEMENTS),
    ("lease", lease::STATEMENTS),
    ("load", load::STATEMENTS),
    ("member", member::STATEMENTS),
    ("note", note::STATEMENTS),
    ("product", product::STATEMENTS),
    ("programme", programme::STATEMENTS),
    ("purchase", purchase::STATEMENTS),
    ("reading", reading::STATEMENTS),
    ("save", save::STATEMENTS),
    ("search", search::STATEMENTS),
    ("segment", segment::STATEMENTS),
    ("setting", setting::STATEMENTS),
    ("tag", tag::STATEMENTS),
];

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

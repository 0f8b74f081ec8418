//! The tables as both engines get them.

use super::*;

#[test]
fn keys_indexes_and_checks_name_columns_that_exist() {
    for table in TABLES {
        let known = |name: &&str| table.columns.iter().any(|column| column.name == *name);
        assert!(table.key.iter().all(known), "{}: key", table.name);
        assert!(table.indexes.iter().all(|index| index.columns.iter().all(known)), "{}: index", table.name);
        for check in table.checks {
            assert!(check.split(' ').next().as_ref().is_some_and(known), "{}: {check}", table.name);
        }
    }
}

#[test]
fn the_two_engines_differ_where_they_must() {
    let note = |engine| NOTE.ddl(engine);
    assert_eq!(
        note(Engine::Sqlite),
        "CREATE TABLE note (\n  note_id INTEGER PRIMARY KEY,\n  member_id INTEGER NOT NULL,\n  text TEXT NOT NULL,\n  \
         at_ms INTEGER NOT NULL,\n  actor_kind TEXT NOT NULL,\n  actor_id INTEGER\n) STRICT;\n\
         CREATE INDEX note_member ON note (member_id);\n"
    );
    assert_eq!(
        note(Engine::Postgres),
        "CREATE TABLE note (\n  note_id BIGINT NOT NULL,\n  member_id BIGINT NOT NULL,\n  text TEXT COLLATE \"C\" NOT NULL,\n  \
         at_ms BIGINT NOT NULL,\n  actor_kind TEXT COLLATE \"C\" NOT NULL,\n  actor_id BIGINT,\n  PRIMARY KEY (note_id)\n);\n\
         CREATE INDEX note_member ON note (member_id, note_id);\n"
    );
    assert!(SETTING.ddl(Engine::Sqlite).ends_with(") STRICT, WITHOUT ROWID;\n"));
    assert!(HOLDER.ddl(Engine::Postgres).ends_with(") WITH (fillfactor = 70);\n"));
}

//! Bringing a database to the schema of this program: numbered steps, forward only, in a lock.

use crate::db::Conn;
use crate::error::StoreError;
use crate::follow;
use crate::schema::{
    CHANGE, CONSENT, COUPON, COUPON_COUNT, COUPON_SHARED, COUPON_TEMPLATE, DUPLICATE, ENTRY, Engine, FESTIVAL, GIFT,
    GIFT_RESERVATION, GIFT_STOCK, HOUSEHOLD, HOUSEHOLD_MEMBER, HOUSEHOLD_PAST, LIFESTYLE_GROUP, LIFESTYLE_MEANING, MEMBER_CLASS,
    MEMBER_CLUE, MEMBER_LIFESTYLE, MERGE, MERGE_LIST, PICTURE, PRODUCT_KEY, SEGMENT, SEGMENT_LIST, SEGMENT_MEMBER,
    SEGMENT_MOVEMENT, SEGMENT_SNAPSHOT, TABLES, TAG, TAG_ENTRY, TAG_GROUP, TAG_MEMBER, Table,
};

/// The schema that this program reads and writes.
pub const CURRENT: i64 = 18;

/// The key of the lock under which PostgreSQL migrates: "danggol" in ASCII.
const LOCK_KEY: i64 = 0x64_616e_6767_6f6c;

const FIND_MIGRATION_TABLE_SQLITE: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migration'";
const FIND_MIGRATION_TABLE_POSTGRES: &str =
    "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = 'danggol' AND tablename = 'migration'";
const FIND_SCHEMA_POSTGRES: &str = "SELECT COUNT(*) FROM pg_catalog.pg_namespace WHERE nspname = 'danggol'";
const LOCK_POSTGRES: &str = "SELECT 1 FROM (SELECT pg_advisory_xact_lock($1)) locked";
const NEWEST_VERSION: &str = "SELECT COALESCE(MAX(version), 0) FROM migration";
const RECORD_VERSION: &str = "INSERT INTO migration (version, applied_at_ms) VALUES ($1, $2)";

const MIGRATION_TABLE: &str = "CREATE TABLE migration (version BIGINT NOT NULL PRIMARY KEY, applied_at_ms BIGINT NOT NULL)";

/// PostgreSQL's half of the one way in which sets are bound: SQLite has a table function of this name. It differs by its argument
/// type from the `json_each(json)` of `pg_catalog`, so neither hides the other.
const JSON_EACH_SHIM: &str = "CREATE FUNCTION json_each(text) RETURNS TABLE (key bigint, value text) LANGUAGE sql IMMUTABLE \
     PARALLEL SAFE AS 'SELECT place - 1, element FROM jsonb_array_elements_text(CAST($1 AS jsonb)) WITH ORDINALITY AS e (element, place)'";
const DROP_JSON_EACH_SHIM: &str = "DROP FUNCTION json_each(text)";

/// PostgreSQL's half of looking into JSON by a path, which SQLite has under this name. Numbers come as texts here, so they are cast.
const JSON_EXTRACT_SHIM: &str = "CREATE FUNCTION json_extract(text, text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE \
     AS 'SELECT jsonb_path_query_first(CAST($1 AS jsonb), CAST($2 AS jsonpath)) #>> ''{}'''";

/// The tables that came with schema 3.
const SEGMENT_TABLES: &[&Table] = &[&SEGMENT, &SEGMENT_LIST, &SEGMENT_SNAPSHOT, &SEGMENT_MEMBER, &SEGMENT_MOVEMENT];

/// The tables that came with schema 5.
const CLASS_TABLES: &[&Table] = &[&MEMBER_CLASS, &PRODUCT_KEY];

/// The tables that came with schema 7.
const LIFESTYLE_TABLES: &[&Table] = &[&LIFESTYLE_GROUP, &LIFESTYLE_MEANING, &MEMBER_LIFESTYLE];

/// The tables that came with schema 9.
const DUPLICATE_TABLES: &[&Table] = &[&MEMBER_CLUE, &DUPLICATE];

/// The tables that came with schema 10.
const COUPON_TABLES: &[&Table] = &[&COUPON_TEMPLATE, &COUPON_COUNT, &COUPON_SHARED, &COUPON];

/// The tables that came with schema 11.
const HOUSEHOLD_TABLES: &[&Table] = &[&HOUSEHOLD, &HOUSEHOLD_MEMBER];

/// The tables that came with schema 16.
const GIFT_TABLES: &[&Table] = &[&FESTIVAL, &GIFT, &GIFT_STOCK, &GIFT_RESERVATION, &PICTURE];

/// The tables that came with schema 4.
const TAG_TABLES: &[&Table] = &[&TAG, &TAG_GROUP, &TAG_MEMBER, &TAG_ENTRY];

/// Schema 4: who is on a list may be on it for so long only.
const ADD_LIST_EXPIRY: &str = "ALTER TABLE segment_list ADD COLUMN expires_at_ms ";

/// Schema 2: each version of the programme may say by which clock its days were cut.
const ADD_PROGRAMME_CLOCK_SQLITE: &str = "ALTER TABLE programme ADD COLUMN clock TEXT";
const ADD_PROGRAMME_CLOCK_POSTGRES: &str = "ALTER TABLE programme ADD COLUMN clock TEXT COLLATE \"C\"";

/// Schema 6: members may go into another.
const ADD_MERGED_INTO: &str = "ALTER TABLE member ADD COLUMN merged_into ";
const ADD_VIA: &str = "ALTER TABLE purchase ADD COLUMN via_member_id ";
/// The log may say more than it could: its check changes, and so the table is made anew.
const SET_ENTRIES_ASIDE: [&str; 2] = ["DROP INDEX entry_holder", "ALTER TABLE entry RENAME TO entry_before"];
const TAKE_ENTRIES_OVER: [&str; 2] = ["INSERT INTO entry SELECT * FROM entry_before", "DROP TABLE entry_before"];

/// Schema 8: a merge remembers what followed it.
const ADD_FOLLOWED_SQLITE: &str = "ALTER TABLE merge ADD COLUMN followed TEXT";
const ADD_FOLLOWED_POSTGRES: &str = "ALTER TABLE merge ADD COLUMN followed TEXT COLLATE \"C\"";

/// Schema 13: a household may share its points; those that are there do not.
const ADD_SHARES_POINTS: [&str; 2] = ["ALTER TABLE household ADD COLUMN shares_points ", " NOT NULL DEFAULT 0"];

/// Schema 17: a purchase says what offers took off it and what coupons did. The first stands in its award, the second with the coupons.
const ADD_TAKEN_OFF: [&str; 2] =
    ["ALTER TABLE purchase ADD COLUMN offered_minor ", "ALTER TABLE purchase ADD COLUMN coupon_minor "];
/// Schema 18: what holds of a member's consents stands in her file.
const ADD_CONSENTS_SQLITE: &str = "ALTER TABLE member ADD COLUMN consents TEXT";
const ADD_CONSENTS_POSTGRES: &str = "ALTER TABLE member ADD COLUMN consents TEXT COLLATE \"C\"";
const ZERO: &str = " NOT NULL DEFAULT 0";
const FILL_OFFERED: &str = "UPDATE purchase SET offered_minor = COALESCE((SELECT CAST(SUM(CAST(json_extract(s.value, '$[1]') AS BIGINT)) AS BIGINT) \
     FROM json_each(json_extract(purchase.award, '$.o.a')) a, json_each(json_extract(a.value, '$.l')) s), 0) \
     WHERE json_extract(award, '$.o.a') IS NOT NULL";
const FILL_COUPONS: &str = "UPDATE purchase SET coupon_minor = c.minor FROM (SELECT purchase_id, CAST(SUM(off_minor) AS BIGINT) AS minor \
     FROM coupon WHERE purchase_id IS NOT NULL GROUP BY purchase_id) c WHERE c.purchase_id = purchase.purchase_id";

/// Brings the database to [`CURRENT`]. Programs that start at the same time wait for each other.
pub fn migrate(conn: &mut Conn, now_ms: i64) -> Result<(), StoreError> {
    conn.begin()?;
    let result = migrate_locked(conn, now_ms).and_then(|()| conn.commit());
    if result.is_err() {
        conn.rollback().ok();
    }
    result
}

/// The newest schema version that has been applied; 0 for an empty database.
pub fn version(conn: &mut Conn) -> Result<i64, StoreError> {
    let find = match conn {
        Conn::Sqlite(_) => FIND_MIGRATION_TABLE_SQLITE,
        Conn::Postgres(_) => FIND_MIGRATION_TABLE_POSTGRES,
    };
    match conn.query_one(find, &[], |row| row.int(0))? {
        Some(0) | None => Ok(0),
        Some(_) => Ok(conn.query_one(NEWEST_VERSION, &[], |row| row.int(0))?.unwrap_or(0)),
    }
}

/// Refuses a database of another schema than this program's, for programs that only read.
pub fn check(conn: &mut Conn) -> Result<(), StoreError> {
    match version(conn)? {
        CURRENT => Ok(()),
        found if found > CURRENT => Err(StoreError::Newer { found, known: CURRENT }),
        found => {
            Err(StoreError::Damaged(format!("the database has schema {found}; start the server once to bring it to {CURRENT}")))
        }
    }
}

fn migrate_locked(conn: &mut Conn, now_ms: i64) -> Result<(), StoreError> {
    if let Conn::Postgres(_) = conn {
        conn.query(LOCK_POSTGRES, &[LOCK_KEY.into()], |_| Ok(()))?;
        if conn.query_one(FIND_SCHEMA_POSTGRES, &[], |row| row.int(0))? == Some(0) {
            conn.batch("CREATE SCHEMA danggol")?;
        }
    }
    let found = version(conn)?;
    if found > CURRENT {
        return Err(StoreError::Newer { found, known: CURRENT });
    }
    let engine = match conn {
        Conn::Sqlite(_) => Engine::Sqlite,
        Conn::Postgres(_) => Engine::Postgres,
    };
    if found == 0 {
        create(conn, engine)?;
    }
    if found == 1 {
        log_changes(conn, engine)?;
    }
    if (1..3).contains(&found) {
        add_segments(conn, engine)?;
    }
    if (1..4).contains(&found) {
        add_tags(conn, engine, found)?;
    }
    if (1..5).contains(&found) {
        CLASS_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))?;
    }
    if (1..6).contains(&found) {
        add_merges(conn, engine)?;
    }
    if (1..7).contains(&found) {
        LIFESTYLE_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))?;
    }
    if (1..8).contains(&found) {
        follow_merges(conn, engine, found)?;
    }
    if (1..9).contains(&found) {
        DUPLICATE_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))?;
    }
    if (1..10).contains(&found) {
        add_coupons(conn, engine, found)?;
    }
    if (1..11).contains(&found) {
        HOUSEHOLD_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))?;
    }
    // Schema 12: the log says what was given on occasions. A log that was made anew a moment ago has the check.
    if (10..12).contains(&found) {
        check_entries_anew(conn, engine)?;
    }
    if (1..13).contains(&found) {
        share_points(conn, engine, found)?;
    }
    // Schema 14: who was in a household that was dissolved stays known. Those dissolved before cannot be brought back.
    if (1..14).contains(&found) {
        conn.batch(&HOUSEHOLD_PAST.ddl(engine))?;
    }
    // Schemas 15 and 16: the log says what became of stored value, and of gifts. A log that was made anew a moment ago has the check.
    if (13..16).contains(&found) {
        check_entries_anew(conn, engine)?;
    }
    if (1..16).contains(&found) {
        GIFT_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))?;
    }
    if (1..17).contains(&found) {
        tell_taken_off(conn, engine)?;
    }
    if (1..18).contains(&found) {
        add_consents(conn, engine)?;
    }
    // With the tables as this program knows them.
    if (1..8).contains(&found) {
        follow::catch_up(conn)?;
    }
    if found < CURRENT {
        conn.execute(RECORD_VERSION, &[CURRENT.into(), now_ms.into()])?;
    }
    Ok(())
}

/// From schema 1 to 2: what is changed in files is kept, and the clock of programme versions.
fn log_changes(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    conn.batch(&CHANGE.ddl(engine))?;
    conn.batch(match engine {
        Engine::Sqlite => ADD_PROGRAMME_CLOCK_SQLITE,
        Engine::Postgres => ADD_PROGRAMME_CLOCK_POSTGRES,
    })
}

fn create(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    conn.batch(MIGRATION_TABLE)?;
    if engine == Engine::Postgres {
        conn.batch(JSON_EACH_SHIM)?;
        conn.batch(JSON_EXTRACT_SHIM)?;
    }
    TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))
}

/// From schema 2 to 3: segments, and what their conditions look into JSON with.
fn add_segments(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    if engine == Engine::Postgres {
        conn.batch(DROP_JSON_EACH_SHIM)?;
        conn.batch(JSON_EACH_SHIM)?;
        conn.batch(JSON_EXTRACT_SHIM)?;
    }
    SEGMENT_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))
}

/// From schema 3 to 4: tags. The lists of schema 3 have no end yet; those that were made a moment ago have one.
fn add_tags(conn: &mut Conn, engine: Engine, found: i64) -> Result<(), StoreError> {
    if found == 3 {
        let kind = if engine == Engine::Sqlite { "INTEGER" } else { "BIGINT" };
        conn.batch(&format!("{ADD_LIST_EXPIRY}{kind}"))?;
    }
    TAG_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))
}

/// From schema 5 to 6: merges.
fn add_merges(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    let kind = if engine == Engine::Sqlite { "INTEGER" } else { "BIGINT" };
    conn.batch(&format!("{ADD_MERGED_INTO}{kind}"))?;
    conn.batch(&format!("{ADD_VIA}{kind}"))?;
    check_entries_anew(conn, engine)?;
    conn.batch(&MERGE.ddl(engine))
}

/// Makes the log anew with the check of today.
fn check_entries_anew(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    SET_ENTRIES_ASIDE.iter().try_for_each(|statement| conn.batch(statement))?;
    conn.batch(&ENTRY.ddl(engine))?;
    TAKE_ENTRIES_OVER.iter().try_for_each(|statement| conn.batch(statement))
}

/// From schema 9 to 10: coupons, of which the log says what became. A log that was made anew a moment ago has the check.
fn add_coupons(conn: &mut Conn, engine: Engine, found: i64) -> Result<(), StoreError> {
    if found >= 6 {
        check_entries_anew(conn, engine)?;
    }
    COUPON_TABLES.iter().try_for_each(|table| conn.batch(&table.ddl(engine)))
}

/// From schema 12 to 13: shared points, of which the log tells. A log or a table that was made a moment ago knows of them.
fn share_points(conn: &mut Conn, engine: Engine, found: i64) -> Result<(), StoreError> {
    if found >= 11 {
        let kind = if engine == Engine::Sqlite { "INTEGER" } else { "BIGINT" };
        conn.batch(&ADD_SHARES_POINTS.join(kind))?;
    }
    if found == 12 { check_entries_anew(conn, engine) } else { Ok(()) }
}

/// From schema 16 to 17: what came off purchases, those that stand included.
fn tell_taken_off(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    let kind = if engine == Engine::Sqlite { "INTEGER" } else { "BIGINT" };
    ADD_TAKEN_OFF.iter().try_for_each(|column| conn.batch(&format!("{column}{kind}{ZERO}")))?;
    [FILL_OFFERED, FILL_COUPONS].iter().try_for_each(|statement| conn.batch(statement))
}

/// From schema 17 to 18: consents. Nobody was asked before.
fn add_consents(conn: &mut Conn, engine: Engine) -> Result<(), StoreError> {
    conn.batch(&CONSENT.ddl(engine))?;
    conn.batch(match engine {
        Engine::Sqlite => ADD_CONSENTS_SQLITE,
        Engine::Postgres => ADD_CONSENTS_POSTGRES,
    })
}

/// From schema 7 to 8: there is a place for what follows a merge. Merges that were made a moment ago have the column.
fn follow_merges(conn: &mut Conn, engine: Engine, found: i64) -> Result<(), StoreError> {
    conn.batch(&MERGE_LIST.ddl(engine))?;
    if found >= 6 {
        conn.batch(match engine {
            Engine::Sqlite => ADD_FOLLOWED_SQLITE,
            Engine::Postgres => ADD_FOLLOWED_POSTGRES,
        })?;
    }
    Ok(())
}

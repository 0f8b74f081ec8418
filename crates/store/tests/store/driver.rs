//! The driver: what both engines must do alike.

use danggol_core::id::ChangeId;
use danggol_store::bulk::{BindRow, Binder};
use danggol_store::db::int_array;
use danggol_store::schema::{HOLDER, SETTING};
use danggol_store::{Access, Conflict, Conn, Store, StoreError, StoreOptions, Target, change, programme};

use crate::engines::{Folder, NOW_MS, each_engine, open, read, write};

#[derive(Clone)]
struct Setting(&'static str, &'static str);

impl BindRow for Setting {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(self.0);
        binder.text(self.1);
    }
}

struct Holder {
    holder_id: i64,
    version: i64,
    tier: Option<&'static str>,
}

impl BindRow for Holder {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.int(self.holder_id);
        binder.int(self.version);
        binder.opt_text(self.tier);
        binder.int(0);
        binder.opt_int(None);
        binder.int(0);
        binder.text("{}");
    }
}

const GUARDED: Conflict = Conflict::Update {
    on: &["holder_id"],
    set: "version = excluded.version, tier = excluded.tier",
    guard: Some("holder.version = excluded.version - 1"),
};

fn holders(rows: &[(i64, i64, Option<&'static str>)]) -> Vec<Holder> {
    rows.iter().map(|&(holder_id, version, tier)| Holder { holder_id, version, tier }).collect()
}

fn kept_holders(conn: &mut Conn) -> Result<Vec<(i64, i64, Option<String>)>, StoreError> {
    conn.query("SELECT holder_id, version, tier FROM holder ORDER BY holder_id", &[], |row| {
        Ok((row.int(0)?, row.int(1)?, row.opt_text(2)?))
    })
}

#[test]
fn a_compare_and_set_names_the_rows_that_lost() {
    each_engine("guarded", |store| {
        let (first, second) = write(store, |conn| {
            let first = conn.insert_rows(&HOLDER, GUARDED, holders(&[(1, 1, None), (2, 1, None)]).iter())?;
            let second =
                conn.insert_rows(&HOLDER, GUARDED, holders(&[(1, 2, Some("vip")), (2, 4, None), (3, 1, None)]).iter())?;
            Ok((first, second))
        });
        assert_eq!((first.count, first.missed), (2, vec![]));
        assert_eq!((second.count, second.missed), (2, vec![1]));
        let expected = vec![(1, 2, Some("vip".to_owned())), (2, 1, None), (3, 1, None)];
        assert_eq!(read(store, kept_holders), expected);
    });
}

#[test]
fn of_rows_with_one_key_the_first_is_kept_and_the_others_are_named() {
    each_engine("skip", |store| {
        let skip = Conflict::Skip { on: &["key"] };
        let rows = [Setting("a", "1"), Setting("b", "1"), Setting("a", "2"), Setting("c", "1")];
        let first = write(store, {
            let rows = rows.clone();
            move |conn| conn.insert_rows(&SETTING, skip, rows.iter())
        });
        assert_eq!((first.count, first.missed), (3, vec![2]));
        let again = write(store, move |conn| conn.insert_rows(&SETTING, skip, rows.iter()));
        assert_eq!((again.count, again.missed), (0, vec![0, 1, 2, 3]));
        let none = write(store, move |conn| conn.insert_rows(&SETTING, skip, [].iter() as std::slice::Iter<'_, Setting>));
        assert_eq!(none.count, 0);
    });
}

#[test]
fn a_failed_write_leaves_nothing_and_says_why() {
    each_engine("fail", |store| {
        let failed = store.write_blocking(|conn| {
            conn.insert_rows(&SETTING, Conflict::Fail, [Setting("a", "1")].iter())?;
            conn.insert_rows(&SETTING, Conflict::Fail, [Setting("a", "2")].iter())
        });
        assert!(failed.is_err_and(|error| error.is_duplicate()));
        assert_eq!(read(store, |conn| conn.query("SELECT key FROM setting", &[], |row| row.text(0))), [""; 0]);
        // The connection is fit for the next one.
        write(store, |conn| conn.insert_rows(&SETTING, Conflict::Fail, [Setting("a", "3")].iter()));
    });
}

#[test]
fn values_come_back_as_they_went_and_nul_is_refused() {
    each_engine("values", |store| {
        let rows = [Setting("", "张伟 😀 \"'"), Setting("x", "")];
        write(store, move |conn| conn.insert_rows(&SETTING, Conflict::Fail, rows.iter()));
        let kept = read(store, |conn| {
            conn.query(
                "SELECT key, value FROM setting WHERE key = $2 OR key = $1 ORDER BY key",
                &["x".into(), "".into()],
                |row| Ok((row.text(0)?, row.text(1)?)),
            )
        });
        assert_eq!(kept, [(String::new(), "张伟 😀 \"'".to_owned()), ("x".to_owned(), String::new())]);
        for refused in [
            store.write_blocking(|conn| conn.insert_rows(&SETTING, Conflict::Fail, [Setting("n", "a\0b")].iter()).map(drop)),
            store
                .read_blocking(|conn| conn.query("SELECT key FROM setting WHERE key = $1", &["\0".into()], |_| Ok(())).map(drop)),
        ] {
            assert!(matches!(refused, Err(StoreError::Nul)), "{refused:?}");
        }
    });
}

#[test]
fn sets_are_bound_as_one_array() {
    each_engine("sets", |store| {
        write(store, |conn| {
            conn.insert_rows(&HOLDER, Conflict::Fail, holders(&[(5, 1, None), (7, 1, None), (i64::MAX, 1, None)]).iter())
        });
        let found = read(store, |conn| {
            let ids = int_array([7, 8, i64::MAX]);
            conn.query(
                "SELECT holder_id FROM holder WHERE holder_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY holder_id",
                &[(&ids).into()],
                |row| row.int(0),
            )
        });
        assert_eq!(found, [7, i64::MAX]);
    });
}

#[test]
fn readers_cannot_write_and_survive_a_panic() {
    each_engine("readers", |store| {
        let refused = store.read_blocking(|conn| conn.execute("DELETE FROM setting", &[]));
        assert!(refused.is_err());
        for _ in 0..8 {
            let lost = store.read_blocking(|_| -> Result<(), StoreError> { panic!("a job that panics, on purpose") });
            assert!(matches!(lost, Err(StoreError::Closed)));
        }
        assert_eq!(read(store, kept_holders), []);
    });
}

#[test]
fn a_store_opens_again_and_a_newer_schema_is_refused() {
    let folder = Folder::new("reopen");
    for target in [Target::sqlite(folder.0.join("data")), crate::engines::postgres_target("reopen")] {
        let store = open(target.clone());
        write(&store, |conn| conn.insert_rows(&SETTING, Conflict::Fail, [Setting("a", "1")].iter()));
        drop(store);
        let store = open(target.clone());
        assert_eq!(read(&store, |conn| conn.query("SELECT value FROM setting", &[], |row| row.text(0))), ["1"]);
        write(&store, |conn| conn.execute("INSERT INTO migration (version, applied_at_ms) VALUES (1000, 0)", &[]));
        drop(store);
        for access in [Access::Own, Access::Read] {
            let refused = Store::open(target.clone(), StoreOptions { access, ..StoreOptions::default() }, NOW_MS);
            assert!(matches!(refused, Err(StoreError::Newer { found: 1000, .. })));
        }
    }
}

#[test]
fn a_database_of_the_first_schema_is_brought_to_this_one() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), crate::engines::postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| programme::publish(conn, "{}", NOW_MS, None, Some("the first")));
        write(&store, crate::segments::take_segments_away);
        write(&store, |conn| conn.execute("DROP TABLE change", &[]));
        write(&store, |conn| conn.execute("ALTER TABLE programme DROP COLUMN clock", &[]));
        write(&store, |conn| conn.execute("UPDATE migration SET version = 1", &[]));
        drop(store);
        let reading = StoreOptions { access: Access::Read, ..StoreOptions::default() };
        assert!(
            matches!(Store::open(target.clone(), reading, NOW_MS), Err(StoreError::Damaged(_))),
            "it is to be upgraded first"
        );
        let store = open(target.clone());
        let kept = read(&store, programme::versions);
        assert_eq!((kept[0].note.as_deref(), kept[0].clock.as_ref()), (Some("the first"), None));
        assert_eq!(read(&store, |conn| change::of_brand(conn, ChangeId(i64::MAX), 1)), []);
        drop(store);
        Store::open(target, reading, NOW_MS).expect("a reader of this schema");
    }
}

#[test]
fn a_folder_has_one_owner_and_any_number_of_readers() {
    let folder = Folder::new("owner");
    let target = Target::sqlite(folder.0.join("data"));
    let reading = StoreOptions { access: Access::Read, ..StoreOptions::default() };
    assert!(Store::open(target.clone(), reading, NOW_MS).is_err(), "there is nothing to read yet");
    let owner = open(target.clone());
    let second = Store::open(target.clone(), StoreOptions::default(), NOW_MS);
    assert!(matches!(second, Err(StoreError::InUse(_))));
    let reader = Store::open(target.clone(), reading, NOW_MS).expect("a reader beside the owner");
    write(&owner, |conn| conn.insert_rows(&SETTING, Conflict::Fail, [Setting("a", "1")].iter()));
    assert_eq!(read(&reader, |conn| conn.query("SELECT value FROM setting", &[], |row| row.text(0))), ["1"]);
    assert!(reader.write_blocking(|conn| conn.execute("DELETE FROM setting", &[])).is_err());
    drop(owner);
    open(target);
}

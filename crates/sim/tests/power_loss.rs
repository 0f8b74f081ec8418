//! Power loss under SQLite: what is synced survives every cut, what is not is lost when the disk likes, nothing is ever half there.

use std::path::{Path, PathBuf};

use danggol_sim::folder::TemporaryFolder;
use danggol_sim::power_loss::{Kept, PowerLoss, PowerLossError};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};

/// Rows of each transaction; together they fill several pages.
const ROWS: i64 = 5;
const TRANSACTIONS: i64 = 12;

/// A connection through the system's VFS, under which nothing is lost here: its own syncs would only take time.
fn open_plainly(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "synchronous", "off").unwrap();
    connection
}

/// A database with an empty table, made by the system's VFS: wholly on the medium.
fn make_database(folder: &TemporaryFolder, journal_mode: &str) -> PathBuf {
    let path = folder.path().join("shop.db");
    let connection = open_plainly(&path);
    connection.pragma_update_and_check(None, "journal_mode", journal_mode, |row| row.get::<_, String>(0)).unwrap();
    connection.execute_batch("CREATE TABLE kept (batch INTEGER NOT NULL, filling TEXT NOT NULL) STRICT").unwrap();
    path
}

fn open(path: &Path, power: &str, synchronous: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), power)?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Small enough that a short run has checkpoints in it.
    connection.query_row("PRAGMA wal_autocheckpoint = 8", [], |_| Ok(()))?;
    Ok(connection)
}

fn write_batch(connection: &mut Connection, batch: i64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for _ in 0..ROWS {
        transaction.execute("INSERT INTO kept VALUES (?1, ?2)", params![batch, "x".repeat(900)])?;
    }
    transaction.commit()
}

/// Writes batches until one fails; returns how many were acknowledged.
fn write_batches(path: &Path, power: &str, synchronous: &str) -> i64 {
    let Ok(mut connection) = open(path, power, synchronous) else {
        return 0;
    };
    (0..TRANSACTIONS).find(|batch| write_batch(&mut connection, *batch).is_err()).unwrap_or(TRANSACTIONS)
}

/// The batches found through the system's VFS, each of them whole and the database sound.
fn batches_found(path: &Path) -> Vec<i64> {
    let connection = open_plainly(path);
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    let mut statement = connection.prepare("SELECT batch, count(*) FROM kept GROUP BY batch").unwrap();
    let batches = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    batches
        .map(|batch| {
            let (batch, rows): (i64, i64) = batch.unwrap();
            assert_eq!(rows, ROWS, "batch {batch} is half there");
            batch
        })
        .collect()
}

#[test]
fn what_an_acknowledgement_is_worth_by_mode() {
    // SQLite's own words for each: https://www.sqlite.org/pragma.html#pragma_synchronous
    let cases = [
        ("wal", "full", 3),
        ("wal", "extra", 3),
        ("wal", "normal", 0),
        ("wal", "off", 0),
        ("delete", "extra", 3),
        ("delete", "full", 2),
        ("delete", "off", 0),
    ];
    for (journal_mode, synchronous, expected) in cases {
        let name = format!("mode-{journal_mode}-{synchronous}");
        let power = PowerLoss::install(&name).unwrap();
        let folder = TemporaryFolder::new(&name).unwrap();
        let path = make_database(&folder, journal_mode);
        let mut connection = open(&path, &name, synchronous).unwrap();
        connection.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(())).unwrap();
        for batch in 0..3 {
            write_batch(&mut connection, batch).unwrap();
        }
        let seen: i64 = connection.query_row("SELECT count(*) FROM kept", [], |row| row.get(0)).unwrap();
        assert_eq!(seen, 3 * ROWS, "{name}: before the cut everything is there");
        power.cut(Kept::Nothing);
        drop(connection);
        assert_eq!(batches_found(&path).len(), expected, "{name}");
    }
}

/// Cuts at every operation of a run in turn, and returns how many acknowledged batches were lost over all cuts and how many cuts
/// there were.
fn lost_over_all_cuts(name: &str, synchronous: &str, kept: Keep) -> (i64, u64) {
    let power = PowerLoss::install(name).unwrap();
    let mut lost = 0;
    for operations in 0.. {
        let folder = TemporaryFolder::new(name).unwrap();
        let path = make_database(&folder, "wal");
        power.cut_after(operations, kept(operations));
        let acknowledged = write_batches(&path, name, synchronous);
        let was_cut = power.is_cut();
        power.cut(Kept::Nothing);
        power.power_on().unwrap();
        let found = batches_found(&path);
        assert!(found.iter().copied().eq(0..found.len() as i64), "{name}, {operations}: a hole in {found:?}");
        assert!(found.len() as i64 <= acknowledged + 1, "{name}, {operations}: never written");
        lost += (acknowledged - found.len() as i64).max(0);
        if !was_cut {
            assert_eq!(acknowledged, TRANSACTIONS);
            return (lost, operations);
        }
    }
    unreachable!("the run has an end")
}

/// What a cut at an operation keeps.
type Keep = fn(u64) -> Kept;

#[test]
fn synced_transactions_survive_a_cut_at_every_operation() {
    let keeps: [(&str, Keep); 3] = [
        ("full-nothing", |_| Kept::Nothing),
        ("full-some", |seed| Kept::Some { seed }),
        ("full-prefix", |seed| Kept::Prefix { seed }),
    ];
    for (name, kept) in keeps {
        let (lost, cuts) = lost_over_all_cuts(name, "full", kept);
        assert_eq!(lost, 0, "{name}");
        assert!(cuts > 100, "{name}: only {cuts} operations");
    }
}

#[test]
fn unsynced_transactions_are_lost_so_that_the_test_above_can_fail() {
    let (lost, _) = lost_over_all_cuts("normal-nothing", "normal", |_| Kept::Nothing);
    assert!(lost > 0);
    let (lost, _) = lost_over_all_cuts("normal-prefix", "normal", |seed| Kept::Prefix { seed });
    assert!(lost > 0);
}

#[test]
fn a_cut_kills_open_connections_until_they_are_closed_and_power_returns() {
    let power = PowerLoss::install("dead").unwrap();
    let folder = TemporaryFolder::new("dead").unwrap();
    let path = make_database(&folder, "wal");
    let mut writer = open(&path, "dead", "full").unwrap();
    let reader = open(&path, "dead", "full").unwrap();
    write_batch(&mut writer, 0).unwrap();
    let count = |connection: &Connection| connection.query_row("SELECT count(*) FROM kept", [], |row| row.get::<_, i64>(0));
    assert_eq!(count(&reader), Ok(ROWS));
    let shared_memory = folder.path().join("shop.db-shm");
    assert!(shared_memory.exists() && !power.is_cut());

    power.cut(Kept::Nothing);
    assert!(power.is_cut() && !shared_memory.exists());
    let failure = |error: rusqlite::Error| error.sqlite_error_code();
    assert_eq!(write_batch(&mut writer, 1).map_err(failure), Err(Some(ErrorCode::SystemIoFailure)));
    assert_eq!(count(&reader).map_err(failure), Err(Some(ErrorCode::SystemIoFailure)));
    assert!(open(&path, "dead", "full").is_err());
    assert!(matches!(power.power_on(), Err(PowerLossError::StillOpen(handles)) if handles > 0));

    drop((writer, reader));
    power.power_on().unwrap();
    let mut writer = open(&path, "dead", "full").unwrap();
    write_batch(&mut writer, 1).unwrap();
    power.cut(Kept::Nothing);
    drop(writer);
    assert_eq!(batches_found(&path), [0, 1]);
}

#[test]
fn new_databases_are_there_after_a_cut_once_they_were_synced() {
    for (synchronous, expected) in [("full", true), ("off", false)] {
        let name = format!("new-{synchronous}");
        let power = PowerLoss::install(&name).unwrap();
        let folder = TemporaryFolder::new(&name).unwrap();
        let path = folder.path().join("new.db");
        let connection = open(&path, &name, synchronous).unwrap();
        connection.query_row("PRAGMA journal_mode = wal", [], |_| Ok(())).unwrap();
        connection.execute_batch("CREATE TABLE kept (batch INTEGER) STRICT").unwrap();
        assert!(path.exists());
        power.cut(Kept::Nothing);
        drop(connection);
        assert_eq!(path.exists(), expected, "{name}");
        if expected {
            assert_eq!(batches_found(&path), [0_i64; 0]);
        }
    }
}

#[test]
fn a_sync_of_many_pages_reaches_the_file() {
    let power = PowerLoss::install("many").unwrap();
    let folder = TemporaryFolder::new("many").unwrap();
    let path = make_database(&folder, "wal");
    let mut connection = open(&path, "many", "full").unwrap();
    let transaction = connection.transaction().unwrap();
    for _ in 0..ROWS {
        transaction.execute("INSERT INTO kept VALUES (0, ?1)", ["x".repeat(500_000)]).unwrap();
    }
    transaction.commit().unwrap();
    power.cut(Kept::Nothing);
    drop(connection);
    assert_eq!(batches_found(&path), [0]);
}

#[test]
fn settling_brings_what_was_never_synced_to_the_files() {
    let power = PowerLoss::install("settled").unwrap();
    let folder = TemporaryFolder::new("settled").unwrap();
    let path = make_database(&folder, "delete");
    let mut connection = open(&path, "settled", "off").unwrap();
    write_batch(&mut connection, 0).unwrap();
    assert!(matches!(power.settle(), Err(PowerLossError::StillOpen(_))));
    drop(connection);
    assert_eq!(batches_found(&path), [0_i64; 0]);
    power.settle().unwrap();
    assert_eq!(batches_found(&path), [0]);
}

#[test]
fn the_vfs_can_be_the_one_that_connections_use_by_themselves() {
    let power = PowerLoss::install("default").unwrap();
    let folder = TemporaryFolder::new("default").unwrap();
    let path = make_database(&folder, "wal");
    power.make_default();
    let connection = Connection::open(&path).unwrap();
    power.restore_default();
    let before = power.operations();
    connection.execute("INSERT INTO kept VALUES (0, 'x')", []).unwrap();
    assert!(power.operations() > before);
    power.cut(Kept::Nothing);
    assert!(connection.execute("INSERT INTO kept VALUES (0, 'x')", []).is_err());
}

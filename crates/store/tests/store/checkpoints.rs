//! SQLite's log is copied into the file and begun again while the writer goes on.

use danggol_store::sqlite::{FILE_NAME, LogBounds};
use danggol_store::{Store, StoreOptions, Target, setting};

use crate::engines::{Folder, NOW_MS, open, read, write};

#[test]
fn the_log_stays_within_its_bound_and_is_empty_after_the_end() {
    let folder = Folder::new("checkpoints");
    let dir = folder.0.join("data");
    let log = LogBounds { passive_bytes: 64 << 10, restart_bytes: 256 << 10 };
    let options = StoreOptions { log, ..StoreOptions::default() };
    let store = Store::open(Target::sqlite(&dir), options, NOW_MS).expect("the store opens");
    let log_file = dir.join(format!("{FILE_NAME}-wal"));
    let value = "x".repeat(20_000);
    let mut written_bytes = 0;
    let mut rounds = 0;
    // A log that is never begun again is as long as all that was ever written.
    while written_bytes < 4 * log_file.metadata().map_or(0, |file| file.len()) || rounds < 100 {
        let (key, value) = (format!("k{}", rounds % 50), value.clone());
        write(&store, move |conn| setting::put(conn, &key, &value));
        written_bytes += 20_000;
        rounds += 1;
        assert!(rounds < 20_000, "the log was never begun again");
    }
    drop(store);
    assert!(log_file.metadata().map_or(0, |file| file.len()) == 0, "the log was copied at the end");
    let store = open(Target::sqlite(&dir));
    let kept = read(&store, |conn| conn.query("SELECT value FROM setting", &[], |row| Ok(row.str(0)?.len())));
    assert_eq!(kept, vec![20_000; 50]);
}

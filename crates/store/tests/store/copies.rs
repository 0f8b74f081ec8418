//! Backups of SQLite brands.

use danggol_store::backup::{backup, restore};
use danggol_store::{StoreError, Target, setting};

use crate::engines::{Folder, each_engine, open, read, write};

#[test]
fn a_backup_made_while_writing_comes_back_as_it_was_when_it_began() {
    let folder = Folder::new("backup");
    let store = open(Target::sqlite(folder.0.join("data")));
    for number in 0..500 {
        let value = format!("{number}-").repeat(500);
        write(&store, move |conn| setting::put(conn, &format!("k{number}"), &value));
    }
    let file = folder.0.join("brand.backup");
    let mut steps = 0;
    backup(&store, &file, |progress| {
        // Another writer does not disturb the copy.
        write(&store, |conn| setting::put(conn, "late", "x"));
        assert!(progress.done <= progress.total);
        steps += 1;
    })
    .expect("a backup");
    assert!(steps > 0);
    assert!(matches!(backup(&store, &file, |_| ()), Err(StoreError::NotEmpty(_))));
    let left: Vec<_> =
        std::fs::read_dir(&folder.0).expect("the folder").map(|entry| entry.expect("a file").file_name()).collect();
    assert_eq!(left.len(), 2, "the data and the backup alone: {left:?}");

    let again = folder.0.join("again");
    restore(&file, &again, |_| ()).expect("restored");
    assert!(matches!(restore(&file, &again, |_| ()), Err(StoreError::NotEmpty(_))));
    let restored = open(Target::sqlite(again));
    let (count, late) = read(&restored, |conn| {
        let count = conn.query_one("SELECT COUNT(*) FROM setting WHERE key >= 'k' AND key < 'l'", &[], |row| row.int(0))?;
        Ok((count, setting::find(conn, "late")?))
    });
    assert_eq!((count, late), (Some(500), None));
}

#[test]
fn a_damaged_backup_is_refused() {
    let folder = Folder::new("damaged");
    let store = open(Target::sqlite(folder.0.join("data")));
    write(&store, |conn| setting::put(conn, "a", &"x".repeat(100_000)));
    let file = folder.0.join("brand.backup");
    backup(&store, &file, |_| ()).expect("a backup");
    let mut bytes = std::fs::read(&file).expect("the backup");
    let tail = bytes.len() - 8192;
    bytes[tail..].fill(0xa5);
    std::fs::write(&file, bytes).expect("the damage");
    let refused = restore(&file, &folder.0.join("again"), |_| ());
    assert!(refused.is_err());
    assert!(!folder.0.join("again").join(danggol_store::sqlite::FILE_NAME).exists(), "nothing stands under its name");
}

#[test]
fn postgresql_is_sent_to_its_own_tools() {
    each_engine("tools", |store| {
        if let Target::Postgres(_) = store.target() {
            let refused = backup(store, std::path::Path::new("never"), |_| ());
            assert!(matches!(refused, Err(StoreError::Unsupported(_))));
        }
    });
}

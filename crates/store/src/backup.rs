//! Copies of a SQLite brand: one file, made while the server serves, checked before it counts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::db::Conn;
use crate::error::StoreError;
use crate::migration;
use crate::sqlite;
use crate::store::Store;
use crate::target::Target;

/// Pages copied between two looks at the progress: 4 MiB.
const STEP_PAGES: i32 = 1024;

/// How far a copy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyProgress {
    /// Pages copied.
    pub done: i64,
    /// Pages to copy.
    pub total: i64,
}

fn postgres() -> StoreError {
    StoreError::Unsupported("this brand is on PostgreSQL: copy it with pg_dump and bring it back with pg_restore")
}

/// Copies the brand of an open store into a new file, which must not be there yet. Members and purchases that arrive meanwhile are not in
/// it. The copy is checked page by page, and gets its name only then.
pub fn backup(store: &Store, to: &Path, progress: impl FnMut(CopyProgress)) -> Result<(), StoreError> {
    let Target::Sqlite { .. } = store.target() else { return Err(postgres()) };
    if to.exists() {
        return Err(StoreError::NotEmpty(to.to_owned()));
    }
    let mut source = store.open_reader()?;
    // The view is held until the end: without it the copy would begin again at every commit.
    source.snapshot(|conn| {
        migration::check(conn)?;
        let Conn::Sqlite(source) = conn else { return Err(postgres()) };
        copy(&source.connection, to, progress)
    })
}

/// Brings a backup into a folder that is empty or not there yet.
pub fn restore(from: &Path, dir: &Path, progress: impl FnMut(CopyProgress)) -> Result<(), StoreError> {
    sqlite::create_dir(dir)?;
    let mut entries = fs::read_dir(dir).map_err(StoreError::file(dir))?;
    if entries.next().is_some() {
        return Err(StoreError::NotEmpty(dir.to_owned()));
    }
    from.metadata().map_err(StoreError::file(from))?;
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut source = Conn::from_sqlite(source);
    migration::check(&mut source)?;
    let Conn::Sqlite(source) = source else { return Err(postgres()) };
    copy(&source.connection, &sqlite::file_in(dir), progress)
}

fn copy(source: &Connection, to: &Path, mut progress: impl FnMut(CopyProgress)) -> Result<(), StoreError> {
    let part = part_of(to);
    let mut target = Connection::open(&part)?;
    {
        let backup = Backup::new(source, &mut target)?;
        loop {
            let step = backup.step(STEP_PAGES)?;
            let at = backup.progress();
            progress(CopyProgress { done: (at.pagecount - at.remaining).into(), total: at.pagecount.into() });
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(StoreError::Busy),
            }
        }
    }
    // Without this the copy would ask for a log beside it when it is opened.
    target.pragma_update(None, "journal_mode", "delete")?;
    let said: String = target.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(StoreError::Damaged(format!("{}: {said}", part.display())));
    }
    target.close().map_err(|(_, error)| error)?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(StoreError::file(&part))?;
    fs::rename(&part, to).map_err(StoreError::file(to))?;
    let folder = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::file(folder))
}

/// Where a copy is made before it gets its name.
fn part_of(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

//! Puts back into the database what only the kept log has: after power loss, before anything else opens the folder.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::ffi;

use crate::error::StoreError;
use crate::log::turns::{Header, Turns, failed};
use crate::log::vfs::Role;
use crate::sqlite;

/// How long the database is waited for that another process has open.
const PATIENCE: Duration = Duration::from_millis(100);

/// Between two looks at a folder that somebody owns.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// What the kept log is to the log beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// It is blank, or there is none.
    Nothing,
    /// The log was begun when this one was full, or was about to begin.
    Before,
    /// The names are those from before the last turn, which the disk had not taken down: this is the log, and the other one came before.
    After,
    /// The log is of another time: somebody else has emptied it since.
    Stranger,
}

fn kept(turns: &Turns) -> Result<Kept, i32> {
    let Some(kept) = turns.open_kept()?.map(|file| Header::read(&file)).transpose()?.flatten() else {
        return Ok(Kept::Nothing);
    };
    let Some(log) = turns.open_log()? else { return Ok(Kept::Stranger) };
    Ok(match Header::read(&log)? {
        None => Kept::Before,
        Some(log) if log.follows(kept) => Kept::Before,
        Some(log) if kept.follows(log) => Kept::After,
        Some(_) => Kept::Stranger,
    })
}

/// [`run`] for whoever only reads. Where a program owns the folder, that one has done so or is about to: the moment is waited for at which it
/// owes nothing, as after each sync of its database.
pub(crate) fn run_unowned(dir: &Path, vfs: Option<&str>) -> Result<(), StoreError> {
    let turns = Turns::of_file(vfs, &sqlite::file_in(dir))?;
    let since = Instant::now();
    while kept(&turns).map_err(failed)? != Kept::Nothing {
        match sqlite::lock(dir) {
            Ok(_lock) => return run(dir, vfs),
            Err(StoreError::InUse(_)) if since.elapsed() < sqlite::WRITER_PATIENCE => thread::sleep(BETWEEN_LOOKS),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Brings the kept log into the database, if there is one. Whoever calls it holds the lock of the folder, and no connection of this process
/// has the database open. Done twice, or where nothing was lost, it changes nothing: the log after it has all that came later.
pub(crate) fn run(dir: &Path, vfs: Option<&str>) -> Result<(), StoreError> {
    let turns = Turns::of_file(vfs, &sqlite::file_in(dir))?;
    turns.forget();
    match kept(&turns).map_err(failed)? {
        Kept::Nothing => return Ok(()),
        Kept::Before => {}
        Kept::After => {
            let log = turns.open_log().map_err(failed)?.ok_or_else(|| failed(ffi::SQLITE_CANTOPEN))?;
            if !turns.exchange(&log).map_err(failed)? {
                return Err(failed(ffi::SQLITE_IOERR).into());
            }
        }
        Kept::Stranger => {
            tracing::warn!("the kept log beside the database is of another time than its log; it is left aside");
            return Ok(turns.blank().map_err(failed)?);
        }
    }
    tracing::info!("bringing the kept log into the database");
    match copy(dir, vfs) {
        // Somebody reads the database. Since the last owner nothing was lost but a process: the system has all pages that were copied.
        Err(error) if error.is_transient() && sqlite::is_of_this_boot(dir) => {
            let file = sqlite::file_in(dir);
            File::open(&file).and_then(|open| open.sync_all()).map_err(StoreError::file(&file))?;
        }
        Err(error) if error.is_transient() => return Err(StoreError::InUse(dir.to_owned())),
        copied => copied?,
    }
    // Blank and not cut: should the disk forget that the names were exchanged, this file is the log, and the kept one its beginning.
    Ok(turns.blank().map_err(failed)?)
}

/// Copies the kept log by SQLite's own recovery.
fn copy(dir: &Path, vfs: Option<&str>) -> Result<(), StoreError> {
    let connection = sqlite::open(dir, vfs, Role::Recover, PATIENCE)?;
    // Nobody else sees the database in between, and no index of another log is shared.
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let is_blocked: bool = connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| row.get(0))?;
    if is_blocked {
        return Err(StoreError::InUse(dir.to_owned()));
    }
    Ok(connection.close().map_err(|(_, error)| error)?)
}

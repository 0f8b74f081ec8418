//! Puts back into the database what only the kept log has: after power loss, before anything else opens the folder.

use std::path::Path;

use rusqlite::ffi;

use crate::error::StoreError;
use crate::log::turns::{Header, Turns, failed};
use crate::log::vfs::Role;
use crate::sqlite;

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

/// [`run`] for whoever only reads: where a program owns the folder, it has done so.
pub(crate) fn run_unowned(dir: &Path, vfs: Option<&str>) -> Result<(), StoreError> {
    let turns = Turns::of_file(vfs, &sqlite::file_in(dir))?;
    if kept(&turns).map_err(failed)? == Kept::Nothing {
        return Ok(());
    }
    match sqlite::lock(dir) {
        Ok(_lock) => run(dir, vfs),
        Err(StoreError::InUse(_)) => Ok(()),
        Err(error) => Err(error),
    }
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
    let connection = sqlite::open(dir, vfs, Role::Recover, sqlite::WRITER_PATIENCE)?;
    // Nobody else sees the database in between, and no index of another log is shared.
    connection.pragma_update(None, "locking_mode", "exclusive")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let is_blocked: bool = connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| row.get(0))?;
    if is_blocked {
        return Err(StoreError::Busy);
    }
    connection.close().map_err(|(_, error)| error)?;
    // Blank and not cut: should the disk forget that the names were exchanged, this file is the log, and the kept one its beginning.
    Ok(turns.blank().map_err(failed)?)
}

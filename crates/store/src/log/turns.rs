//! The two files that are the log in turn: which is which, and when one may be written over.
//!
//! What must stay true, and is kept here whatever SQLite does:
//! - A log changes places only when all of it was copied into the database (SQLite begins a log anew only then) and is itself on the disk.
//! - The kept log is blanked only after a sync of the database that began when all of it was copied. It is blanked before the log after it is
//!   cut, deleted or kept in its place.
//! - A file that gets the log's name has a blank header, so that SQLite finds an empty log until the new header is there.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, OsStr, c_int};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rusqlite::ffi;

use crate::error::StoreError;
use crate::log::file::{Vfs, VfsFile};
use crate::log::vfs;

/// Bytes of a log's header.
/// Source: SQLite, "Database File Format", section 4.1, and so the constants below.
pub(super) const HEADER_BYTES: usize = 32;

/// What a header begins with, but for its last bit, which tells the order of bytes in checksums.
const MAGIC: u32 = 0x377f_0682;

/// What SQLite adds to the name of a database for its log, and we for the kept one.
const LOG_SUFFIX: &[u8] = b"-wal";
const KEPT_SUFFIX: &[u8] = b"-kept";

/// An operation for `xFileControl` on a log: exchange its name with that of another file, a C string, so that after power loss both have
/// their old names or both their new ones. A VFS that does not know it has the system's files, whose names the system exchanges.
pub const FCNTL_EXCHANGE_NAMES: c_int = 0x6b65_7074;

/// How the kept log is opened.
const OPEN_KEPT: c_int = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_READWRITE;

/// What a log's header says of it: none where it is blank or no header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// One more than that of the log before, from which this one was begun anew.
    pub(super) salt: u32,
}

impl Header {
    pub(super) fn read(file: &VfsFile) -> Result<Option<Self>, c_int> {
        file.read_zeroed(0).map(|bytes| Self::of(&bytes))
    }

    fn of(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let number = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        (number(0) & !1 == MAGIC).then(|| Header { salt: number(16) })
    }

    /// Whether the log with this header was begun when the one with the other was full.
    pub(super) fn follows(self, before: Self) -> bool {
        self.salt == before.salt.wrapping_add(1)
    }
}

/// By the name of the VFS and the path of the database.
type Known = BTreeMap<(String, Vec<u8>), Weak<Turns>>;

/// The files of one database's log in this process.
#[derive(Debug)]
pub(crate) struct Turns {
    vfs: Vfs,
    log: Arc<CStr>,
    kept: Arc<CStr>,
    /// Which turn it is in this process; zero while no writer of it has the log open.
    turn: AtomicU64,
    /// Whether the writer's next syncs of the database may be left to [`Turns::retire`].
    leaves_sync: AtomicBool,
    owed: Mutex<Owed>,
}

/// What the disk does not have yet, and a log still has.
#[derive(Debug, Default)]
struct Owed {
    /// The kept log has what the database may lack.
    kept: bool,
    /// The current one has it: a checkpoint ended without a sync.
    current: bool,
    /// A sync of the database failed. The system may have dropped what it could not write, and another sync would not say so: both logs stay
    /// until the next start, which copies them again.
    failed: bool,
}

impl Owed {
    fn is_nothing(&self) -> bool {
        !self.kept && !self.current
    }

    /// Runs a sync of the database, or answers `refused` after one that failed.
    fn sync<E>(&mut self, refused: E, sync: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        if self.failed {
            return Err(refused);
        }
        let synced = sync();
        self.failed = synced.is_err();
        self.current &= self.failed;
        synced
    }
}

impl Turns {
    /// Those of the database at `path` on this VFS. Whoever asks for the same gets the same.
    pub(super) fn of(vfs: Vfs, path: &[u8]) -> Result<Arc<Self>, c_int> {
        static KNOWN: Mutex<Known> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (vfs.name(), path.to_owned());
        if let Some(turns) = known.get(&key).and_then(Weak::upgrade) {
            return Ok(turns);
        }
        let name = |suffix: &[u8]| CString::new([path, suffix].concat()).map(Arc::from).map_err(|_| ffi::SQLITE_CANTOPEN);
        let turns = Arc::new(Turns {
            vfs,
            log: name(LOG_SUFFIX)?,
            kept: name(KEPT_SUFFIX)?,
            turn: AtomicU64::new(0),
            leaves_sync: AtomicBool::new(false),
            owed: Mutex::default(),
        });
        known.retain(|_, turns| turns.strong_count() > 0);
        known.insert(key, Arc::downgrade(&turns));
        Ok(turns)
    }

    /// Those of the database in this file, whatever its path is called.
    pub(crate) fn of_file(vfs: Option<&str>, file: &Path) -> Result<Arc<Self>, StoreError> {
        let vfs = vfs::beneath(vfs)?;
        let path = CString::new(file.as_os_str().as_bytes()).map_err(|_| failed(ffi::SQLITE_CANTOPEN))?;
        Ok(vfs.full_name(&path).and_then(|name| Self::of(vfs, &name)).map_err(failed)?)
    }

    /// Those of the log of this name.
    pub(super) fn of_log(vfs: Vfs, log: &CStr) -> Result<Arc<Self>, c_int> {
        Self::of(vfs, log.to_bytes().strip_suffix(LOG_SUFFIX).ok_or(ffi::SQLITE_CANTOPEN)?)
    }

    pub(super) fn log(&self) -> &Arc<CStr> {
        &self.log
    }

    pub(super) fn kept(&self) -> &Arc<CStr> {
        &self.kept
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What changes with each turn: while a writer of this process has the log open, a number that never comes again. Else another process may
    /// write, and the inode of the log tells.
    pub(super) fn current(&self) -> u64 {
        match self.turn.load(Ordering::Acquire) {
            0 => inode(&self.log),
            turn => turn,
        }
    }

    /// A writer of this process has opened the log, or has given its name to the other file.
    /// Returns what [`Turns::current`] tells from now on.
    pub(super) fn begin(&self) -> u64 {
        // The two files come back in turn, so their inodes do not tell one turn from the next but one. No inode is as great.
        static TURNS: AtomicU64 = AtomicU64::new(1 << 63);
        let turn = TURNS.fetch_add(1, Ordering::Relaxed);
        self.turn.store(turn, Ordering::Release);
        turn
    }

    /// It has closed it.
    pub(super) fn end(&self) {
        self.turn.store(0, Ordering::Release);
    }

    /// Runs a checkpoint of the writer whose sync of the database is left to [`Turns::retire`].
    pub(crate) fn leaving_sync<T>(&self, checkpoint: impl FnOnce() -> T) -> T {
        self.leaves_sync.store(true, Ordering::Relaxed);
        let done = checkpoint();
        self.leaves_sync.store(false, Ordering::Relaxed);
        done
    }

    /// Whether a sync of the database that the writer asks for is left for later; then it is owed.
    pub(super) fn takes_sync(&self) -> bool {
        let left = self.leaves_sync.load(Ordering::Relaxed);
        if left {
            self.owed().current = true;
        }
        left
    }

    /// Whether the log may be cut or deleted: all of it and of the kept one is on the disk.
    pub(super) fn may_go(&self) -> bool {
        self.owed().is_nothing()
    }

    /// Syncs the database and lets go of the kept log. `sync` brings everything that was copied to the disk.
    pub(crate) fn retire(&self, sync: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut owed = self.owed();
        if !owed.is_nothing() {
            owed.sync(failed(ffi::SQLITE_IOERR_FSYNC).into(), sync)?;
            self.let_go(&mut owed).map_err(failed)?;
        }
        Ok(())
    }

    /// The database was synced: the kept log is not needed any more.
    fn let_go(&self, owed: &mut Owed) -> Result<(), c_int> {
        if owed.kept {
            self.blank()?;
            owed.kept = false;
        }
        Ok(())
    }

    /// Makes the kept file one that may become the log, and durably so. It is made where it is missing.
    pub(super) fn blank(&self) -> Result<(), c_int> {
        let file = match self.open_kept()? {
            Some(file) => file,
            None => VfsFile::open(self.vfs, &self.kept, OPEN_KEPT | ffi::SQLITE_OPEN_CREATE)?,
        };
        file.write(0, &[0; HEADER_BYTES])?;
        file.sync(ffi::SQLITE_SYNC_NORMAL)
    }

    /// A program opens the folder anew, and has put back what was owed.
    pub(super) fn forget(&self) {
        *self.owed() = Owed::default();
    }

    /// Opens the kept log; none where there is no such file or nothing in it.
    pub(super) fn open_kept(&self) -> Result<Option<VfsFile>, c_int> {
        self.open_if_there(&self.kept)
    }

    /// Opens the log beside whoever has it open; none where there is no such file or nothing in it.
    pub(super) fn open_log(&self) -> Result<Option<VfsFile>, c_int> {
        self.open_if_there(&self.log)
    }

    fn open_if_there(&self, name: &Arc<CStr>) -> Result<Option<VfsFile>, c_int> {
        if self.vfs.has(name)? { VfsFile::open(self.vfs, name, OPEN_KEPT).map(Some) } else { Ok(None) }
    }

    /// The log, which is open as `log`, is about to get this header. If that begins it anew, it is kept, and its name goes to the other file;
    /// where names cannot be exchanged it is to be written over. `sync` syncs the database.
    pub(super) fn turn(
        &self,
        log: &VfsFile,
        header: &[u8; HEADER_BYTES],
        sync: impl Fn() -> Result<(), c_int>,
    ) -> Result<(), c_int> {
        let (new, old) = (Header::of(header), Header::read(log)?);
        let begins_anew = new.zip(old).is_some_and(|(new, old)| new.follows(old));
        let mut owed = self.owed();
        // A log that is not begun anew has no commit: it is new, or what was to be its first one never came. Then it has to follow on the kept
        // one as it did, or recovery would take them for strangers.
        let kept = if owed.kept { self.open_kept()?.map(|kept| Header::read(&kept)).transpose()?.flatten() } else { None };
        if owed.kept && (begins_anew || !new.zip(kept).is_some_and(|(new, kept)| new.follows(kept))) {
            owed.sync(ffi::SQLITE_IOERR_FSYNC, &sync)?;
            self.let_go(&mut owed)?;
        }
        if !begins_anew {
            return Ok(());
        }
        let is_ready = match self.open_kept()? {
            Some(kept) => kept.length()? >= HEADER_BYTES as u64 && Header::read(&kept)?.is_none(),
            None => false,
        };
        if !is_ready {
            self.blank()?;
        }
        log.sync(ffi::SQLITE_SYNC_NORMAL)?;
        if !self.exchange(log)? {
            return owed.sync(ffi::SQLITE_IOERR_FSYNC, &sync);
        }
        owed.kept = true;
        owed.current = false;
        self.begin();
        Ok(())
    }

    /// Exchanges the names of the log, which is open as `log`, and of the kept one; says no where the system cannot.
    pub(super) fn exchange(&self, log: &VfsFile) -> Result<bool, c_int> {
        match log.control(FCNTL_EXCHANGE_NAMES, self.kept.as_ptr().cast_mut().cast()) {
            ffi::SQLITE_OK => Ok(true),
            ffi::SQLITE_NOTFOUND => exchange(&self.log, &self.kept),
            code => Err(code),
        }
    }

    /// Takes the kept file away where nothing is owed any more, at the end of a store.
    pub(crate) fn remove(&self) {
        if self.may_go() {
            // One that stays is blank, and the next writer takes it.
            self.vfs.delete(&self.kept).ok();
        }
    }
}

pub(super) fn failed(code: c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some("the kept log".to_owned()))
}

/// The inode of a file; zero where there is none.
fn inode(name: &CStr) -> u64 {
    Path::new(OsStr::from_bytes(name.to_bytes())).metadata().map_or(0, |file| file.ino())
}

/// Source: Linux, `renameat2(2)`.
#[cfg(target_os = "linux")]
fn exchange(first: &CStr, second: &CStr) -> Result<bool, c_int> {
    // SAFETY: both are C strings.
    let done = unsafe { libc::renameat2(libc::AT_FDCWD, first.as_ptr(), libc::AT_FDCWD, second.as_ptr(), libc::RENAME_EXCHANGE) };
    if done == 0 {
        return Ok(true);
    }
    match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP) => Ok(false),
        _ => Err(ffi::SQLITE_IOERR),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(_first: &CStr, _second: &CStr) -> Result<bool, c_int> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn after_a_sync_that_failed_no_log_is_let_go() {
        let dir = std::env::temp_dir().join(format!("danggol-turns-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        // A log gets the mode of its database.
        std::fs::write(dir.join("shop.db"), []).unwrap();
        let turns = Turns::of_file(None, &dir.join("shop.db")).unwrap();
        assert!(Arc::ptr_eq(&turns, &Turns::of_file(None, &dir.join(".").join("shop.db")).unwrap()));
        turns.blank().unwrap();
        turns.open_kept().unwrap().unwrap().write(0, &MAGIC.to_be_bytes()).unwrap();
        turns.owed().kept = true;
        let is_log = || Header::read(&turns.open_kept().unwrap().unwrap()).unwrap().is_some();
        turns.retire(|| Err(failed(ffi::SQLITE_IOERR_FSYNC).into())).unwrap_err();
        turns.retire(|| Ok(())).unwrap_err();
        assert!(is_log() && !turns.may_go());
        // As after a start, which has copied it again.
        turns.owed().failed = false;
        turns.retire(|| Ok(())).unwrap();
        assert!(!is_log() && turns.may_go());
        turns.remove();
        assert!(turns.open_kept().unwrap().is_none());
        // A file that was looked up before one turn is not taken for the one of the next but one, which is the same file.
        let seen: BTreeSet<u64> = (0..4).map(|_| turns.begin()).collect();
        assert_eq!((seen.len(), seen.last()), (4, Some(&turns.current())));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

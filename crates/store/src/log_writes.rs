//! Hands the frames of a commit to the system together: a VFS (<https://www.sqlite.org/vfs.html>) over another one, for the connection that
//! writes.
//!
//! SQLite writes each frame of the log in two calls, its header of 24 bytes and its page, and a commit of twenty purchases has a hundred
//! frames. Here writes that follow each other in the log are gathered and given to the system when the frame that ends a commit is
//! whole, when enough are gathered, and before anything else is done with the log. Other connections learn of a commit after its last
//! frame was written, so they never look for what is still gathered. All other files are those of the VFS beneath.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::slice;
use std::sync::{Mutex, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::error::StoreError;

/// What is gathered at most. SQLite's VFS for Unix takes under 128 KiB at once.
const MOST_BYTES: usize = 64 << 10;

/// The header of a frame; the size of the database after a commit is in it, and zero where the frame does not end one.
/// Source: SQLite, "Database File Format", section 4.1.
const FRAME_HEADER_BYTES: usize = 24;

/// Where in the header of a frame that size is.
const COMMIT_BYTES: std::ops::Range<usize> = 4..8;

/// Bytes of the log that follow each other and that the system does not have yet.
#[derive(Debug, Default)]
struct Gathered {
    /// Where they begin.
    offset: u64,
    bytes: Vec<u8>,
    /// Whether the frame whose header came last ends a commit.
    ends_commit: bool,
}

impl Gathered {
    /// Takes a write of SQLite, and gives what is then due to `write`. What could not be written stays; SQLite takes the transaction back.
    fn take(&mut self, offset: u64, bytes: &[u8], mut write: impl FnMut(u64, &[u8]) -> c_int) -> c_int {
        let follows = offset == self.offset + self.bytes.len() as u64;
        if !follows || self.bytes.len() + bytes.len() > MOST_BYTES {
            let code = self.flush(&mut write);
            if code != ffi::SQLITE_OK {
                return code;
            }
        }
        let is_header = bytes.len() == FRAME_HEADER_BYTES;
        let ended_commit = self.ends_commit && !is_header;
        self.ends_commit = is_header && bytes[COMMIT_BYTES] != [0; 4];
        if !follows {
            // The first write at another place may be the only one there: a page that is written over, or a new checksum.
            let code = write(offset, bytes);
            if code == ffi::SQLITE_OK {
                self.offset = offset + bytes.len() as u64;
            }
            return code;
        }
        self.bytes.extend_from_slice(bytes);
        if ended_commit { self.flush(&mut write) } else { ffi::SQLITE_OK }
    }

    /// Writes what is gathered.
    fn flush(&mut self, write: &mut impl FnMut(u64, &[u8]) -> c_int) -> c_int {
        if self.bytes.is_empty() {
            return ffi::SQLITE_OK;
        }
        let code = write(self.offset, &self.bytes);
        if code == ffi::SQLITE_OK {
            self.offset += self.bytes.len() as u64;
            self.bytes.clear();
        }
        code
    }
}

/// An open log, in place of the methods that the VFS beneath gave it.
#[repr(C)]
struct OpenLog {
    /// What SQLite finds at the file: must be first.
    methods: sqlite3_io_methods,
    beneath: Beneath,
    gathered: Gathered,
}

/// A registered VFS with the one beneath it. Both live for ever.
#[repr(C)]
struct Registered {
    /// What SQLite knows: must be first.
    vfs: sqlite3_vfs,
    beneath: *mut sqlite3_vfs,
}

/// The name of the VFS that gathers over the one of this name, or over SQLite's own.
pub(crate) fn over(beneath: Option<&str>) -> Result<String, StoreError> {
    static REGISTERING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = REGISTERING.lock().unwrap_or_else(PoisonError::into_inner);
    let refused = || rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), Some("the VFS of the log".to_owned()));
    let beneath = beneath.map(CString::new).transpose().map_err(|_| refused())?;
    // SAFETY: the name is a C string or null, which means SQLite's own. What is found is never freed, and its name is constant.
    let (beneath, name) = unsafe {
        let found = ffi::sqlite3_vfs_find(beneath.as_ref().map_or(ptr::null(), |name| name.as_ptr()));
        if found.is_null() {
            return Err(refused().into());
        }
        (found, CStr::from_ptr((*found).zName).to_string_lossy().into_owned())
    };
    let name = format!("danggol-log-{name}");
    let registered_name = CString::new(&*name).map_err(|_| refused())?;
    // SAFETY: the name is a C string.
    if unsafe { ffi::sqlite3_vfs_find(registered_name.as_ptr()) }.is_null() {
        // SAFETY: a VFS is a structure of plain values. The copy keeps the data of the one beneath, which its functions look for.
        let copy = unsafe { beneath.read() };
        let vfs = sqlite3_vfs { pNext: ptr::null_mut(), zName: registered_name.into_raw(), xOpen: Some(x_open), ..copy };
        let registered = Box::into_raw(Box::new(Registered { vfs, beneath }));
        // SAFETY: it lives for ever, begins with the VFS, and its functions keep SQLite's contract.
        if unsafe { ffi::sqlite3_vfs_register(registered.cast(), 0) } != ffi::SQLITE_OK {
            return Err(refused().into());
        }
    }
    Ok(name)
}

unsafe extern "C" fn x_open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes the VFS that `over` registered, and space for a file of the one beneath, whose size was copied.
    unsafe {
        let beneath = (*vfs.cast::<Registered>()).beneath;
        let code = match (*beneath).xOpen {
            Some(open) => open(beneath, name, file, flags, out_flags),
            None => ffi::SQLITE_CANTOPEN,
        };
        if code == ffi::SQLITE_OK && flags & ffi::SQLITE_OPEN_WAL != 0 {
            let beneath = Beneath((*file).pMethods);
            let methods = sqlite3_io_methods {
                xClose: Some(x_close),
                xRead: Some(x_read),
                xWrite: Some(x_write),
                xTruncate: Some(x_truncate),
                xSync: Some(x_sync),
                xFileSize: Some(x_file_size),
                ..beneath.0.read()
            };
            let log = Box::new(OpenLog { methods, beneath, gathered: Gathered::default() });
            (*file).pMethods = Box::into_raw(log).cast();
        }
        code
    }
}

/// The methods of a file beneath, which is open.
#[derive(Clone, Copy)]
struct Beneath(*const sqlite3_io_methods);

/// Calls one of them with the arguments that it asks for.
macro_rules! beneath {
    ($log:expr, $method:ident, $file:expr $(, $argument:expr)*) => {
        // SAFETY: the file is open, so its methods are there, and SQLite or we pass what they ask for.
        unsafe {
            match (*$log.beneath.0).$method {
                Some(method) => method($file $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    };
}

impl OpenLog {
    /// # Safety
    /// `file` was opened by [`x_open`] as a log and is not closed; no other call on it is under way, as SQLite promises.
    unsafe fn of<'call>(file: *mut sqlite3_file) -> &'call mut OpenLog {
        // SAFETY: `x_open` put it there.
        unsafe { &mut *(*file).pMethods.cast_mut().cast() }
    }

    fn write(&mut self, file: *mut sqlite3_file, offset: u64, bytes: &[u8]) -> c_int {
        self.gathered.take(offset, bytes, |offset, bytes| {
            beneath!(self, xWrite, file, bytes.as_ptr().cast(), bytes.len() as c_int, offset as sqlite3_int64)
        })
    }

    fn flush(&mut self, file: *mut sqlite3_file) -> c_int {
        self.gathered.flush(&mut |offset, bytes: &[u8]| {
            beneath!(self, xWrite, file, bytes.as_ptr().cast(), bytes.len() as c_int, offset as sqlite3_int64)
        })
    }
}

unsafe extern "C" fn x_write(file: *mut sqlite3_file, from: *const c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open log and `count` readable bytes.
    let (log, bytes) = unsafe { (OpenLog::of(file), slice::from_raw_parts(from.cast(), count as usize)) };
    log.write(file, offset as u64, bytes)
}

/// Defines a method that goes to the file beneath when all that was gathered is there.
macro_rules! after_flush {
    ($name:ident, $method:ident $(, $argument:ident: $kind:ty)*) => {
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $kind)*) -> c_int {
            // SAFETY: SQLite passes an open log.
            let log = unsafe { OpenLog::of(file) };
            match log.flush(file) {
                ffi::SQLITE_OK => beneath!(log, $method, file $(, $argument)*),
                code => code,
            }
        }
    };
}

after_flush!(x_read, xRead, into: *mut c_void, count: c_int, offset: sqlite3_int64);
after_flush!(x_truncate, xTruncate, bytes: sqlite3_int64);
after_flush!(x_sync, xSync, flags: c_int);
after_flush!(x_file_size, xFileSize, bytes: *mut sqlite3_int64);

unsafe extern "C" fn x_close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open log, which is not used after; the box is the one that `x_open` made. What is gathered still is of a
    // transaction that was not committed.
    let log = unsafe { Box::from_raw((*file).pMethods.cast_mut().cast::<OpenLog>()) };
    beneath!(log, xClose, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    const PAGE: [u8; 512] = [7; 512];

    fn header(ends_commit: bool) -> [u8; FRAME_HEADER_BYTES] {
        let mut header = [0; FRAME_HEADER_BYTES];
        header[7] = ends_commit.into();
        header
    }

    /// The writes that reach the system, as offset and length.
    fn written(log: &mut Gathered, writes: &[(u64, &[u8])]) -> Vec<(u64, usize)> {
        let mut written = Vec::new();
        for (offset, bytes) in writes {
            let code = log.take(*offset, bytes, |offset, bytes| {
                written.push((offset, bytes.len()));
                ffi::SQLITE_OK
            });
            assert_eq!(code, ffi::SQLITE_OK);
        }
        written
    }

    #[test]
    fn the_frames_of_a_commit_are_written_together() {
        let mut log = Gathered::default();
        // The log's own header comes first, at the beginning.
        let frames: [(u64, &[u8]); 5] = [(0, &[1; 32]), (32, &header(false)), (56, &PAGE), (568, &header(true)), (592, &PAGE)];
        assert_eq!(written(&mut log, &frames[..4]), []);
        assert_eq!(written(&mut log, &frames[4..]), [(0, 1104)]);
        assert_eq!(written(&mut log, &[(1104, &header(true)), (1128, &PAGE)]), [(1104, 536)]);
        // The log begins anew.
        assert_eq!(written(&mut log, &[(0, &[1; 32])]), [(0, 32)]);
        assert_eq!(written(&mut log, &[(32, &header(true)), (56, &PAGE)]), [(32, 536)]);
    }

    #[test]
    fn a_frame_that_is_written_over_is_written_at_once_and_after_what_came_before() {
        let mut log = Gathered::default();
        assert_eq!(written(&mut log, &[(0, &header(false)), (24, &PAGE), (536, &header(false)), (560, &PAGE)]), []);
        assert_eq!(written(&mut log, &[(24, &PAGE)]), [(0, 1072), (24, 512)]);
        // Checksums that change with it, the last of them of the frame that ends the commit.
        assert_eq!(written(&mut log, &[(0, &header(false)), (536, &header(true))]), [(0, 24), (536, 24)]);
    }

    #[test]
    fn what_cannot_be_written_is_said_and_kept() {
        let mut log = Gathered::default();
        written(&mut log, &[(0, &header(true))]);
        assert_eq!(log.take(24, &PAGE, |_, _| ffi::SQLITE_FULL), ffi::SQLITE_FULL);
        assert_eq!(log.take(0, &header(true), |_, _| ffi::SQLITE_FULL), ffi::SQLITE_FULL);
        // The same transaction again, where there is room.
        assert_eq!(written(&mut log, &[(0, &header(true)), (24, &PAGE)]), [(0, 536), (0, 24), (24, 512)]);
    }

    #[test]
    fn another_connection_sees_every_commit_whole() {
        let dir = std::env::temp_dir().join(format!("danggol-log-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("log.db");
        let flags = rusqlite::OpenFlags::default();
        let mut writer = Connection::open_with_flags_and_vfs(&path, flags, &*over(None).unwrap()).unwrap();
        assert_eq!(over(None).unwrap(), over(None).unwrap());
        // So few pages in memory that transactions write and read frames before they end, and write over them.
        writer
            .execute_batch(
                "PRAGMA page_size = 512; PRAGMA journal_mode = wal; PRAGMA synchronous = normal; PRAGMA cache_size = 10;
                 PRAGMA cache_spill = 10; CREATE TABLE kept (id INTEGER PRIMARY KEY, text TEXT)",
            )
            .unwrap();
        let reader = Connection::open(&path).unwrap();
        let seen = || {
            let sums = "SELECT count(*), coalesce(sum(length(text)), 0), coalesce(sum(id * length(text)), 0) FROM kept";
            reader.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
        };
        let mut kept = vec![0_i64; 600];
        for round in 0..60_usize {
            let mut transaction = writer.transaction().unwrap();
            let mut changed = kept.clone();
            for step in 0..40 {
                let id = (round * 131 + step * 37) % kept.len();
                let length = 1 + (round * 7 + step * 53) % 400;
                let put = "INSERT OR REPLACE INTO kept VALUES (?1, ?2)";
                let taken_back = transaction.savepoint().unwrap();
                taken_back.execute(put, (id as i64 + 1, "y".repeat(length + 9))).unwrap();
                drop(taken_back);
                transaction.execute(put, (id as i64 + 1, "x".repeat(length))).unwrap();
                changed[id] = length as i64;
            }
            if round % 5 == 4 {
                transaction.rollback().unwrap();
            } else {
                transaction.commit().unwrap();
                kept = changed;
            }
            let expected = (
                kept.iter().filter(|length| **length > 0).count() as i64,
                kept.iter().sum::<i64>(),
                (1..).zip(&kept).map(|(id, length)| id * length).sum::<i64>(),
            );
            assert_eq!(seen(), expected, "round {round}");
        }
        assert_eq!(reader.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
        drop((reader, writer));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

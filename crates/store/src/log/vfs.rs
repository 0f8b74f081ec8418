//! The VFS (<https://www.sqlite.org/vfs.html>) over another one through which a store opens its database: logs are [`OpenLog`]s, and a sync of
//! the database may be left for later. All else is the business of the VFS beneath.
//!
//! The contract of the methods is that of `sqlite3_vfs` and `sqlite3_io_methods` in `sqlite3.h`.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::error::StoreError;
use crate::log::file::{Vfs, VfsFile, close, code, outcome};
use crate::log::gathered::Gathered;
use crate::log::turns::Turns;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It writes: its frames are gathered, and when it begins the log anew, the files take turns.
    Write,
    /// It copies the log into the database, and may cut and delete it.
    Checkpoint,
    /// It reads. Where it is the last to close the database, it leaves the log to the next writer.
    Read,
    /// It finds the kept log in place of the log, and copies that into the database.
    Recover,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Write => "write",
            Role::Checkpoint => "checkpoint",
            Role::Read => "read",
            Role::Recover => "recover",
        }
    }
}

/// A registered VFS with the one beneath it. Both live for ever.
#[repr(C)]
struct Registered {
    /// What SQLite knows: must be first.
    vfs: sqlite3_vfs,
    beneath: Vfs,
    role: Role,
}

impl Registered {
    /// # Safety
    /// `vfs` was registered by [`over`].
    unsafe fn of(vfs: *mut sqlite3_vfs) -> &'static Self {
        // SAFETY: stated by the caller; it lives for ever.
        unsafe { &*vfs.cast() }
    }

    /// The name of the file that this role finds under a name.
    fn found_as(&self, name: &CStr) -> Result<Option<Arc<Turns>>, c_int> {
        let is_log = self.role == Role::Recover && name.to_bytes().ends_with(b"-wal");
        is_log.then(|| Turns::of_log(self.beneath, name)).transpose()
    }
}

/// The VFS of this name, or SQLite's own.
pub(super) fn beneath(name: Option<&str>) -> Result<Vfs, StoreError> {
    let name = name.map(CString::new).transpose().map_err(|_| refused())?;
    Ok(Vfs::find(name.as_deref()).ok_or_else(refused)?)
}

fn refused() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CANTOPEN), Some("the VFS of the log".to_owned()))
}

/// The name of the VFS for a role over the one of this name, or over SQLite's own.
pub(crate) fn over(name: Option<&str>, role: Role) -> Result<String, StoreError> {
    static REGISTERING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = REGISTERING.lock().unwrap_or_else(PoisonError::into_inner);
    let beneath = beneath(name)?;
    let name = format!("danggol-{}-{}", role.name(), beneath.name());
    let registered_name = CString::new(&*name).map_err(|_| refused())?;
    if Vfs::find(Some(&registered_name)).is_none() {
        // SAFETY: a VFS is a structure of plain values. The copy keeps the data of the one beneath, which its functions look for.
        let copy = unsafe { beneath.as_ptr().read() };
        let vfs = sqlite3_vfs {
            pNext: ptr::null_mut(),
            zName: registered_name.into_raw(),
            xOpen: Some(x_open),
            xDelete: Some(x_delete),
            xAccess: Some(x_access),
            ..copy
        };
        let registered = Box::into_raw(Box::new(Registered { vfs, beneath, role }));
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
    // SAFETY: SQLite passes the VFS that `over` registered, space for a file of the one beneath, whose size was copied, and a name that is a C
    // string where there is one.
    unsafe {
        let registered = Registered::of(vfs);
        if flags & ffi::SQLITE_OPEN_WAL != 0 {
            let log = OpenLog::open(registered, name, flags, out_flags);
            return code(log.map(|log| (*file).pMethods = Box::into_raw(Box::new(log)).cast()));
        }
        let beneath = registered.beneath.as_ptr();
        let code = match (*beneath).xOpen {
            Some(open) => open(beneath, name, file, flags, out_flags),
            None => ffi::SQLITE_CANTOPEN,
        };
        if code == ffi::SQLITE_OK && flags & ffi::SQLITE_OPEN_MAIN_DB != 0 && registered.role == Role::Write {
            return match Turns::of(registered.beneath, CStr::from_ptr(name).to_bytes()) {
                Ok(turns) => {
                    OpenMain::put(file, turns);
                    ffi::SQLITE_OK
                }
                Err(code) => {
                    close(file);
                    (*file).pMethods = ptr::null();
                    code
                }
            };
        }
        code
    }
}

unsafe extern "C" fn x_access(vfs: *mut sqlite3_vfs, name: *const c_char, flags: c_int, found: *mut c_int) -> c_int {
    // SAFETY: SQLite passes the VFS that `over` registered and a C string.
    let (registered, asked) = unsafe { (Registered::of(vfs), CStr::from_ptr(name)) };
    let turns = match registered.found_as(asked) {
        Ok(turns) => turns,
        Err(code) => return code,
    };
    let name = turns.as_ref().map_or(name, |turns| turns.kept().as_ptr());
    let beneath = registered.beneath.as_ptr();
    // SAFETY: the VFS lives for ever, and the rest is SQLite's own or a name that outlives the call.
    unsafe {
        match (*beneath).xAccess {
            Some(access) => access(beneath, name, flags, found),
            None => ffi::SQLITE_IOERR_ACCESS,
        }
    }
}

unsafe extern "C" fn x_delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite passes the VFS that `over` registered and a C string.
    let (registered, asked) = unsafe { (Registered::of(vfs), CStr::from_ptr(name)) };
    if asked.to_bytes().ends_with(b"-wal") {
        let may_go = match registered.role {
            Role::Write | Role::Checkpoint => Turns::of_log(registered.beneath, asked).map(|turns| turns.may_go()),
            Role::Read | Role::Recover => Ok(false),
        };
        match may_go {
            Ok(true) => {}
            // SQLite goes on as if it were gone, at the end of a connection.
            Ok(false) => return ffi::SQLITE_OK,
            Err(code) => return code,
        }
    }
    let beneath = registered.beneath.as_ptr();
    // SAFETY: the VFS lives for ever, and the arguments are SQLite's own.
    unsafe {
        match (*beneath).xDelete {
            Some(delete) => delete(beneath, name, sync_folder),
            None => ffi::SQLITE_IOERR_DELETE,
        }
    }
}

/// A writer's open database, in place of the methods that the VFS beneath gave it.
#[repr(C)]
struct OpenMain {
    /// What SQLite finds at the file: must be first.
    methods: sqlite3_io_methods,
    beneath: *const sqlite3_io_methods,
    turns: Arc<Turns>,
}

impl OpenMain {
    /// # Safety
    /// `file` is open, with the methods of the VFS beneath.
    unsafe fn put(file: *mut sqlite3_file, turns: Arc<Turns>) {
        // SAFETY: an open file has methods.
        unsafe {
            let beneath = (*file).pMethods;
            let methods = sqlite3_io_methods { xSync: Some(x_sync_main), xClose: Some(x_close_main), ..beneath.read() };
            (*file).pMethods = Box::into_raw(Box::new(OpenMain { methods, beneath, turns })).cast();
        }
    }

    /// # Safety
    /// `file` was opened by [`x_open`] as the database of a writer and is not closed.
    unsafe fn of<'call>(file: *mut sqlite3_file) -> &'call Self {
        // SAFETY: `put` put it there.
        unsafe { &*(*file).pMethods.cast() }
    }

    fn sync(&self, file: *mut sqlite3_file, flags: c_int) -> c_int {
        // SAFETY: the file is open, and these are the methods of its VFS.
        unsafe { (*self.beneath).xSync.map_or(ffi::SQLITE_IOERR_FSYNC, |sync| sync(file, flags)) }
    }
}

unsafe extern "C" fn x_sync_main(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite passes an open database of a writer.
    let main = unsafe { OpenMain::of(file) };
    if main.turns.takes_sync() { ffi::SQLITE_OK } else { main.sync(file, flags) }
}

unsafe extern "C" fn x_close_main(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open database of a writer, which is not used after; the box is the one that `put` made.
    unsafe {
        let main = Box::from_raw((*file).pMethods.cast_mut().cast::<OpenMain>());
        (*file).pMethods = main.beneath;
        close(file)
    }
}

/// An open log: whichever of the two files has its name.
#[repr(C)]
struct OpenLog {
    /// What SQLite finds at the file: must be first.
    methods: sqlite3_io_methods,
    beneath: Vfs,
    role: Role,
    turns: Arc<Turns>,
    /// The open database of the same connection.
    main: *mut sqlite3_file,
    flags: c_int,
    file: VfsFile,
    /// Whose turn it was when that was opened, as [`Turns::current`] tells.
    opened: u64,
    gathered: Gathered,
}

/// A log is neither mapped nor shared, so the first version of the methods has all that are asked for.
const METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_lock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// Opens one of the two files; also the flags as which it was opened, and whose turn it is. A turn that comes in between is noticed.
fn open_in_turn(turns: &Turns, vfs: Vfs, name: &Arc<CStr>, flags: c_int) -> Result<(VfsFile, c_int, u64), c_int> {
    loop {
        let current = turns.current();
        let (file, opened_for) = VfsFile::open_for(vfs, name, flags)?;
        if turns.current() == current {
            return Ok((file, opened_for, current));
        }
    }
}

impl OpenLog {
    /// # Safety
    /// `name` is that of a log as SQLite passes it to `xOpen`.
    unsafe fn open(registered: &Registered, name: *const c_char, flags: c_int, out_flags: *mut c_int) -> Result<Self, c_int> {
        // SAFETY: stated by the caller. The database of this connection is open for longer than its log.
        let (asked, main) = unsafe { (CStr::from_ptr(name), ffi::sqlite3_database_file_object(name)) };
        let Registered { beneath, role, .. } = *registered;
        let turns = Turns::of_log(beneath, asked)?;
        let name = if role == Role::Recover { turns.kept() } else { turns.log() };
        let (file, opened_for, opened) = open_in_turn(&turns, beneath, name, flags)?;
        if !out_flags.is_null() {
            // SAFETY: SQLite passes a place for the answer, or none.
            unsafe { out_flags.write(opened_for) };
        }
        let opened = if role == Role::Write { turns.begin() } else { opened };
        Ok(OpenLog { methods: METHODS, beneath, role, turns, main, flags, file, opened, gathered: Gathered::default() })
    }

    /// # Safety
    /// `file` was opened by [`x_open`] as a log and is not closed; no other call on it is under way, as SQLite promises.
    unsafe fn of<'call>(file: *mut sqlite3_file) -> &'call mut Self {
        // SAFETY: `x_open` put it there.
        unsafe { &mut *(*file).pMethods.cast_mut().cast() }
    }

    /// The file that is the log now. Nobody takes it from a connection that reads from it or copies it: SQLite begins a log anew only
    /// when none does.
    fn current(&mut self) -> Result<&VfsFile, c_int> {
        let current = self.turns.current();
        if current != self.opened && self.role != Role::Recover {
            // Without leave to make it: SQLite's VFS for Unix would sync the folder with the next sync, for the name of a new file.
            let flags = if current == 0 { self.flags } else { self.flags & !ffi::SQLITE_OPEN_CREATE };
            (self.file, _, self.opened) = open_in_turn(&self.turns, self.beneath, self.turns.log(), flags)?;
        }
        Ok(&self.file)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Result<(), c_int> {
        if self.role == Role::Write
            && offset == 0
            && let Ok(header) = bytes.try_into()
        {
            let main = self.main;
            // SAFETY: the database of this connection was opened by `x_open` for a writer, and is open for longer than its log.
            let sync = || outcome(unsafe { OpenMain::of(main) }.sync(main, ffi::SQLITE_SYNC_NORMAL));
            self.whole()?;
            self.turns.turn(&self.file, header, sync)?;
        }
        let file = self.current()?;
        let file: *const VfsFile = file;
        // SAFETY: the file is in `self` and stays there; what is gathered lies beside it.
        self.gathered.take(offset, bytes, |offset, bytes| unsafe { &*file }.write(offset, bytes))
    }

    /// Gives the system what is gathered.
    fn flush(&mut self) -> Result<(), c_int> {
        let OpenLog { file, gathered, .. } = self;
        gathered.flush(&mut |offset, bytes: &[u8]| file.write(offset, bytes))
    }

    /// The log with all that was written to it.
    fn whole(&mut self) -> Result<&VfsFile, c_int> {
        self.flush()?;
        self.current()
    }

    fn truncate(&mut self, bytes: sqlite3_int64) -> Result<(), c_int> {
        if bytes == 0 && !self.turns.may_go() {
            return Err(ffi::SQLITE_IOERR_TRUNCATE);
        }
        self.whole()?.truncate(bytes)
    }
}

unsafe extern "C" fn x_close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open log, which is not used after; the box is the one that `x_open` made. What is gathered still is of a
    // transaction that was not committed.
    let log = unsafe { Box::from_raw((*file).pMethods.cast_mut().cast::<OpenLog>()) };
    if log.role == Role::Write {
        log.turns.end();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(file: *mut sqlite3_file, into: *mut c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open log and `count` writable bytes.
    match unsafe { OpenLog::of(file) }.whole() {
        Ok(log) => log.read(into, count, offset),
        Err(code) => code,
    }
}

unsafe extern "C" fn x_write(file: *mut sqlite3_file, from: *const c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open log and `count` readable bytes.
    let (log, bytes) = unsafe { (OpenLog::of(file), slice::from_raw_parts(from.cast(), count as usize)) };
    code(log.write(offset as u64, bytes))
}

unsafe extern "C" fn x_truncate(file: *mut sqlite3_file, bytes: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open log.
    code(unsafe { OpenLog::of(file) }.truncate(bytes))
}

unsafe extern "C" fn x_sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite passes an open log.
    code(unsafe { OpenLog::of(file) }.whole().and_then(|log| log.sync(flags)))
}

unsafe extern "C" fn x_file_size(file: *mut sqlite3_file, bytes: *mut sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open log.
    match unsafe { OpenLog::of(file) }.whole().and_then(VfsFile::length) {
        Ok(length) => {
            // SAFETY: SQLite passes a place for the length.
            unsafe { bytes.write(length as sqlite3_int64) };
            ffi::SQLITE_OK
        }
        Err(code) => code,
    }
}

/// Logs are not locked: the database is.
unsafe extern "C" fn x_lock(_file: *mut sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(_file: *mut sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: SQLite passes a place for the answer.
    unsafe { held.write(0) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_control(file: *mut sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: SQLite passes an open log.
    match unsafe { OpenLog::of(file) }.whole() {
        Ok(log) => log.control(operation, argument),
        Err(code) => code,
    }
}

unsafe extern "C" fn x_sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open log.
    unsafe { OpenLog::of(file) }.file.sector_bytes()
}

unsafe extern "C" fn x_device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open log.
    unsafe { OpenLog::of(file) }.file.characteristics()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    #[test]
    fn another_connection_sees_every_commit_whole() {
        let dir = std::env::temp_dir().join(format!("danggol-log-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("log.db");
        let flags = rusqlite::OpenFlags::default();
        let mut writer = Connection::open_with_flags_and_vfs(&path, flags, &*over(None, Role::Write).unwrap()).unwrap();
        assert_eq!(over(None, Role::Write).unwrap(), over(None, Role::Write).unwrap());
        // So few pages in memory that transactions write and read frames before they end, and write over them.
        writer
            .execute_batch(
                "PRAGMA page_size = 512; PRAGMA journal_mode = wal; PRAGMA synchronous = normal; PRAGMA cache_size = 10;
                 PRAGMA cache_spill = 10; CREATE TABLE kept (id INTEGER PRIMARY KEY, text TEXT)",
            )
            .unwrap();
        let reader = Connection::open_with_flags_and_vfs(&path, flags, &*over(None, Role::Read).unwrap()).unwrap();
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

//! An open file of the VFS: what SQLite calls to read, write, sync, lock and close it.
//!
//! The contract of the methods is that of `sqlite3_io_methods` in `sqlite3.h`: SQLite calls them only between the file's successful
//! `xOpen` and the return of its `xClose`, never two at a time for one file, and with buffers of the stated length.

use std::cell::Cell;
use std::ffi::{CStr, OsStr, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::slice;

use danggol_store::log::FCNTL_EXCHANGE_NAMES;
use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods};

use super::unsynced_file::Changes;
use super::vfs::Shim;

/// What SQLite allots for an open file: this, and behind it the system VFS's own structure.
#[repr(C)]
pub(super) struct Handle {
    pub(super) methods: sqlite3_file,
    pub(super) shim: &'static Shim,
    /// From `Box::into_raw`; null for a file that passes through.
    pub(super) held_back: *mut HeldBack,
}

/// An open file whose writes are held back.
pub(super) struct HeldBack {
    /// What tells the file from others, as the disk gave it.
    pub(super) file: u64,
    /// Its folder.
    pub(super) folder: Option<PathBuf>,
    /// The system's VFS syncs the folder with the first sync of a journal or log that it had leave to make.
    pub(super) syncs_folder: Cell<bool>,
}

/// An open file of this VFS, for the length of one call.
struct Open<'call> {
    real: Real,
    shim: &'static Shim,
    held_back: Option<&'call HeldBack>,
}

/// An open file of the system's VFS. Made only from files that are open for at least as long.
#[derive(Clone, Copy)]
pub(super) struct Real(pub(super) *mut sqlite3_file);

/// The most bytes given to the system's VFS at once. It takes at most 128 KiB, because SQLite itself never writes more than a page
/// (<https://www.sqlite.org/src/file/src/os_unix.c>, `seekAndWriteFd`).
const MOST_BYTES: usize = 64 * 1024;

/// Calls a method of the system VFS's file.
macro_rules! real {
    ($real:expr, $method:ident $(, $argument:expr)*) => {{
        let file: *mut sqlite3_file = $real.0;
        // SAFETY: the file is open, so its methods are set, and the arguments are those the method asks for.
        unsafe {
            match (*(*file).pMethods).$method {
                Some(method) => method(file $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

impl Real {
    fn read(self, offset: u64, into: &mut [u8]) -> Result<(), c_int> {
        let length = into.len() as c_int;
        match real!(self, xRead, into.as_mut_ptr().cast(), length, offset as sqlite3_int64) {
            // The system's VFS zeroes what lies past the end.
            ffi::SQLITE_OK | ffi::SQLITE_IOERR_SHORT_READ => Ok(()),
            error => Err(error),
        }
    }

    fn write(self, offset: u64, bytes: &[u8]) -> Result<(), c_int> {
        for (at, part) in (offset..).step_by(MOST_BYTES).zip(bytes.chunks(MOST_BYTES)) {
            outcome(real!(self, xWrite, part.as_ptr().cast(), part.len() as c_int, at as sqlite3_int64))?;
        }
        Ok(())
    }

    pub(super) fn length(self) -> Result<u64, c_int> {
        let mut bytes: sqlite3_int64 = 0;
        outcome(real!(self, xFileSize, &raw mut bytes)).map(|()| bytes as u64)
    }

    /// Closes the file, which is used no more after.
    pub(super) fn close(self) -> c_int {
        real!(self, xClose)
    }

    fn apply(self, changes: &Changes) -> Result<(), c_int> {
        if let Some(bytes) = changes.truncate_to
            && self.length()? > bytes
        {
            outcome(real!(self, xTruncate, bytes as sqlite3_int64))?;
        }
        changes.writes.iter().try_for_each(|(at, bytes)| self.write(*at, bytes))?;
        if self.length()? < changes.at_least {
            self.write(changes.at_least - 1, &[0])?;
        }
        Ok(())
    }
}

pub(super) fn outcome(code: c_int) -> Result<(), c_int> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
}

pub(super) fn code(outcome: Result<(), c_int>) -> c_int {
    outcome.err().unwrap_or(ffi::SQLITE_OK)
}

impl Open<'_> {
    /// # Safety
    /// `file` was opened by `xOpen` and stays open for the length of the call.
    unsafe fn of<'call>(file: *mut sqlite3_file) -> Open<'call> {
        // SAFETY: `xOpen` put a handle there and the system's file behind it.
        unsafe {
            let handle = file.cast::<Handle>();
            Open { real: Real(handle.add(1).cast()), shim: (*handle).shim, held_back: (*handle).held_back.as_ref() }
        }
    }

    fn require_power(&self) -> Result<(), c_int> {
        self.shim.disk().require_power()
    }

    fn read(&self, offset: u64, into: &mut [u8]) -> Result<(), c_int> {
        let mut disk = self.shim.disk();
        disk.require_power()?;
        let Some(HeldBack { file: id, .. }) = self.held_back else {
            drop(disk);
            let length = into.len() as c_int;
            let at = offset as sqlite3_int64;
            return outcome(real!(self.real, xRead, into.as_mut_ptr().cast(), length, at));
        };
        let (file, _) = disk.file(*id)?;
        let within = file.read(offset, into, &mut |at, part| self.real.read(at, part))?;
        if within == into.len() { Ok(()) } else { Err(ffi::SQLITE_IOERR_SHORT_READ) }
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), c_int> {
        let mut disk = self.shim.disk();
        let Some(HeldBack { file: id, .. }) = self.held_back else {
            disk.require_power()?;
            return self.real.write(offset, bytes);
        };
        disk.begin_operation()?;
        let (file, order) = disk.file(*id)?;
        file.write(offset, bytes, order, &mut |at, part| self.real.read(at, part))
    }

    fn truncate(&self, bytes: u64) -> Result<(), c_int> {
        let mut disk = self.shim.disk();
        let Some(HeldBack { file: id, .. }) = self.held_back else {
            disk.require_power()?;
            return outcome(real!(self.real, xTruncate, bytes as sqlite3_int64));
        };
        disk.begin_operation()?;
        let (file, order) = disk.file(*id)?;
        file.truncate(bytes, order, &mut |at, part| self.real.read(at, part))
    }

    /// Brings what is held back to the real file. That one is not synced in turn: it outlives this process, and the power that is
    /// cut here is only ever this VFS's.
    fn sync(&self) -> Result<(), c_int> {
        let mut disk = self.shim.disk();
        let Some(HeldBack { file: id, folder, syncs_folder }) = self.held_back else {
            return disk.require_power();
        };
        disk.begin_operation()?;
        let (file, _) = disk.file(*id)?;
        self.real.apply(&file.sync())?;
        if syncs_folder.replace(false) { disk.sync_folder(folder.as_deref()) } else { Ok(()) }
    }

    /// Exchanges the name of this file with that of another one in its folder.
    fn exchange(&self, with: &Path) -> Result<(), c_int> {
        let mut disk = self.shim.disk();
        match self.held_back {
            Some(HeldBack { file, .. }) => disk.exchange(*file, with),
            None => disk.require_power().and(Err(ffi::SQLITE_NOTFOUND)),
        }
    }

    fn length(&self) -> Result<u64, c_int> {
        let mut disk = self.shim.disk();
        disk.require_power()?;
        match self.held_back {
            Some(HeldBack { file: id, .. }) => disk.file(*id).map(|(file, _)| file.bytes),
            None => self.real.length(),
        }
    }
}

/// The methods of every file that is opened through the VFS.
pub(super) static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    // Version 2 has shared memory but no memory-mapped reading, which would go past what is held back.
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn x_close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open file.
    let (open, held_back) = unsafe { (Open::of(file), (*file.cast::<Handle>()).held_back) };
    let mut disk = open.shim.disk();
    disk.open_handles -= 1;
    if let Some(HeldBack { file, .. }) = open.held_back {
        disk.closed(*file);
    }
    let closed = open.real.close();
    if !held_back.is_null() {
        // SAFETY: it came from `Box::into_raw` and, the file being closed now, is used no more.
        drop(unsafe { Box::from_raw(held_back) });
    }
    closed
}

unsafe extern "C" fn x_read(file: *mut sqlite3_file, into: *mut c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open file and `count` writable bytes.
    let (open, into) = unsafe { (Open::of(file), slice::from_raw_parts_mut(into.cast(), count as usize)) };
    code(open.read(offset as u64, into))
}

unsafe extern "C" fn x_write(file: *mut sqlite3_file, from: *const c_void, count: c_int, offset: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open file and `count` readable bytes.
    let (open, from) = unsafe { (Open::of(file), slice::from_raw_parts(from.cast(), count as usize)) };
    code(open.write(offset as u64, from))
}

unsafe extern "C" fn x_truncate(file: *mut sqlite3_file, bytes: sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open file.
    code(unsafe { Open::of(file) }.truncate(bytes as u64))
}

unsafe extern "C" fn x_sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    code(unsafe { Open::of(file) }.sync())
}

unsafe extern "C" fn x_file_size(file: *mut sqlite3_file, bytes: *mut sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes an open file.
    match unsafe { Open::of(file) }.length() {
        Ok(length) => {
            // SAFETY: SQLite passes a place for the length.
            unsafe { bytes.write(length as sqlite3_int64) };
            ffi::SQLITE_OK
        }
        Err(error) => error,
    }
}

/// Defines a method that goes to the system's VFS while there is power.
macro_rules! passed_on_with_power {
    ($name:ident, $method:ident $(, $argument:ident: $kind:ty)*) => {
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $kind)*) -> c_int {
            // SAFETY: SQLite passes an open file.
            let open = unsafe { Open::of(file) };
            match open.require_power() {
                Ok(()) => real!(open.real, $method $(, $argument)*),
                Err(error) => error,
            }
        }
    };
}

passed_on_with_power!(x_lock, xLock, level: c_int);
passed_on_with_power!(x_check_reserved_lock, xCheckReservedLock, held: *mut c_int);
passed_on_with_power!(x_shm_map, xShmMap, region: c_int, bytes: c_int, extend: c_int, at: *mut *mut c_void);
passed_on_with_power!(pass_on_file_control, xFileControl, operation: c_int, argument: *mut c_void);
passed_on_with_power!(pass_on_shm_lock, xShmLock, offset: c_int, count: c_int, flags: c_int);

// Locks are given back and memory is unmapped after a cut too: only then can the dead connections be closed.

unsafe extern "C" fn x_unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    real!(unsafe { Open::of(file) }.real, xUnlock, level)
}

unsafe extern "C" fn x_shm_lock(file: *mut sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    if flags & ffi::SQLITE_SHM_UNLOCK == 0 {
        // SAFETY: the same contract.
        return unsafe { pass_on_shm_lock(file, offset, count, flags) };
    }
    // SAFETY: SQLite passes an open file.
    real!(unsafe { Open::of(file) }.real, xShmLock, offset, count, flags)
}

unsafe extern "C" fn x_shm_unmap(file: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: SQLite passes an open file.
    real!(unsafe { Open::of(file) }.real, xShmUnmap, delete)
}

unsafe extern "C" fn x_shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: SQLite passes an open file, whose methods are set.
    unsafe {
        let real = Open::of(file).real.0;
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}

unsafe extern "C" fn x_file_control(file: *mut sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    match operation {
        FCNTL_EXCHANGE_NAMES => {
            // SAFETY: the operation comes with the name of the other file, a C string.
            let (open, with) = unsafe { (Open::of(file), CStr::from_ptr(argument.cast())) };
            code(open.exchange(Path::new(OsStr::from_bytes(with.to_bytes()))))
        }
        // Hints that would change the length of the real file.
        ffi::SQLITE_FCNTL_SIZE_HINT | ffi::SQLITE_FCNTL_CHUNK_SIZE => ffi::SQLITE_OK,
        // Ways around xRead, xWrite and xSync.
        ffi::SQLITE_FCNTL_MMAP_SIZE
        | ffi::SQLITE_FCNTL_BEGIN_ATOMIC_WRITE
        | ffi::SQLITE_FCNTL_COMMIT_ATOMIC_WRITE
        | ffi::SQLITE_FCNTL_ROLLBACK_ATOMIC_WRITE => ffi::SQLITE_NOTFOUND,
        // SAFETY: the same contract.
        _ => unsafe { pass_on_file_control(file, operation, argument) },
    }
}

unsafe extern "C" fn x_sector_size(file: *mut sqlite3_file) -> c_int {
    // SAFETY: SQLite passes an open file.
    real!(unsafe { Open::of(file) }.real, xSectorSize)
}

/// Promises only that a write leaves the bytes beside it alone, which the model keeps too: neither atomic writes nor their order.
unsafe extern "C" fn x_device_characteristics(file: *mut sqlite3_file) -> c_int {
    let kept = ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ;
    // SAFETY: SQLite passes an open file.
    real!(unsafe { Open::of(file) }.real, xDeviceCharacteristics) & kept
}

//! An open file of a VFS, owned by us and not by SQLite: the contract is that of `sqlite3_io_methods` in `sqlite3.h`.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::Arc;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_vfs};

/// A VFS that SQLite knows. It lives for ever, and any thread may use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vfs(*mut sqlite3_vfs);

// SAFETY: SQLite never frees a registered VFS, and lets any thread open files with it.
unsafe impl Send for Vfs {}
// SAFETY: as for `Send`.
unsafe impl Sync for Vfs {}

impl Vfs {
    /// The one of this name, or SQLite's own.
    pub(super) fn find(name: Option<&CStr>) -> Option<Self> {
        // SAFETY: the name is a C string, or null, which means SQLite's own.
        let found = unsafe { ffi::sqlite3_vfs_find(name.map_or(ptr::null(), CStr::as_ptr)) };
        (!found.is_null()).then_some(Vfs(found))
    }

    pub(super) fn as_ptr(self) -> *mut sqlite3_vfs {
        self.0
    }

    /// Whether there is such a file, with anything in it.
    pub(super) fn has(self, name: &CStr) -> Result<bool, c_int> {
        let mut found = 0;
        // SAFETY: the VFS lives for ever, the name is a C string, and there is a place for the answer.
        let code = unsafe {
            match (*self.0).xAccess {
                Some(access) => access(self.0, name.as_ptr(), ffi::SQLITE_ACCESS_EXISTS, &raw mut found),
                None => ffi::SQLITE_IOERR_ACCESS,
            }
        };
        outcome(code).map(|()| found != 0)
    }

    /// The name by which SQLite knows a file.
    pub(super) fn full_name(self, path: &CStr) -> Result<Vec<u8>, c_int> {
        // SAFETY: the VFS lives for ever, and these fields are constant.
        let (bytes, full) = unsafe { ((*self.0).mxPathname + 1, (*self.0).xFullPathname) };
        let mut name = vec![0_u8; bytes as usize];
        let full = full.ok_or(ffi::SQLITE_CANTOPEN)?;
        // SAFETY: the path is a C string, and there is as much space for the answer as is said.
        match unsafe { full(self.0, path.as_ptr(), bytes, name.as_mut_ptr().cast()) } {
            ffi::SQLITE_OK | ffi::SQLITE_OK_SYMLINK => {
                let end = name.iter().position(|byte| *byte == 0).ok_or(ffi::SQLITE_CANTOPEN)?;
                name.truncate(end);
                Ok(name)
            }
            code => Err(code),
        }
    }

    /// Deletes a file for good.
    pub(super) fn delete(self, name: &CStr) -> Result<(), c_int> {
        // SAFETY: the VFS lives for ever, and the name is a C string.
        outcome(unsafe {
            match (*self.0).xDelete {
                Some(delete) => delete(self.0, name.as_ptr(), 1),
                None => ffi::SQLITE_IOERR_DELETE,
            }
        })
    }

    pub(super) fn name(self) -> String {
        // SAFETY: a registered VFS has a name, which is constant.
        unsafe { CStr::from_ptr((*self.0).zName) }.to_string_lossy().into_owned()
    }
}

/// What a call of SQLite's answered.
pub(super) fn outcome(code: c_int) -> Result<(), c_int> {
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
}

/// The code that SQLite wants for it.
pub(super) fn code(outcome: Result<(), c_int>) -> c_int {
    outcome.err().unwrap_or(ffi::SQLITE_OK)
}

/// Calls a method of an open file.
macro_rules! method {
    ($file:expr, $method:ident $(, $argument:expr)*) => {{
        let file: *mut sqlite3_file = $file;
        // SAFETY: the file is open, so its methods are there, and the arguments are what the method asks for.
        unsafe {
            match (*(*file).pMethods).$method {
                Some(method) => method(file $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

/// Closes a file by the methods that it has now.
///
/// # Safety
/// It is open, and used no more.
pub(super) unsafe fn close(file: *mut sqlite3_file) -> c_int {
    method!(file, xClose)
}

/// A file of a VFS; dropping it closes it. One thread at a time uses it.
pub(super) struct VfsFile {
    /// As much as the VFS asks for, aligned for whatever it keeps there; from `Box::into_raw`.
    memory: *mut [u64],
    /// The VFS may look at the name for as long as the file is open.
    _name: Arc<CStr>,
}

impl VfsFile {
    /// Opens a log, or a file like one.
    ///
    /// # Errors
    /// SQLite's result code.
    pub(super) fn open(vfs: Vfs, name: &Arc<CStr>, flags: c_int) -> Result<Self, c_int> {
        Self::open_for(vfs, name, flags).map(|(file, _)| file)
    }

    /// [`VfsFile::open`], with the flags as which it was opened: it may be for reading only.
    pub(super) fn open_for(vfs: Vfs, name: &Arc<CStr>, flags: c_int) -> Result<(Self, c_int), c_int> {
        let mut opened_for = flags;
        // SAFETY: the VFS lives for ever, and these fields are constant.
        let (bytes, open) = unsafe { ((*vfs.0).szOsFile as usize, (*vfs.0).xOpen) };
        let open = open.ok_or(ffi::SQLITE_CANTOPEN)?;
        let memory = Box::into_raw(vec![0_u64; bytes.div_ceil(size_of::<u64>())].into_boxed_slice());
        let file: *mut sqlite3_file = memory.cast();
        // SAFETY: the file has the size that the VFS asks for and no methods, the name is a C string that outlives it.
        let (opened, has_methods) = unsafe {
            let code = open(vfs.0, name.as_ptr(), file, flags, &raw mut opened_for);
            (outcome(code), !(*file).pMethods.is_null())
        };
        if opened.is_err() && has_methods {
            // A failed `xOpen` that leaves methods asks for `xClose`.
            method!(file, xClose);
        }
        if let Err(code) = opened {
            // SAFETY: it came from `Box::into_raw` and is used no more.
            drop(unsafe { Box::from_raw(memory) });
            return Err(code);
        }
        Ok((VfsFile { memory, _name: Arc::clone(name) }, opened_for))
    }

    fn as_ptr(&self) -> *mut sqlite3_file {
        self.memory.cast()
    }

    /// Reads; what lies past the end is zero.
    pub(super) fn read_zeroed<const BYTES: usize>(&self, offset: u64) -> Result<[u8; BYTES], c_int> {
        let mut bytes = [0; BYTES];
        match self.read(bytes.as_mut_ptr().cast(), BYTES as c_int, offset as sqlite3_int64) {
            ffi::SQLITE_OK | ffi::SQLITE_IOERR_SHORT_READ => Ok(bytes),
            code => Err(code),
        }
    }

    /// As `xRead`: `into` is writable for `count` bytes.
    pub(super) fn read(&self, into: *mut c_void, count: c_int, offset: sqlite3_int64) -> c_int {
        method!(self.as_ptr(), xRead, into, count, offset)
    }

    pub(super) fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), c_int> {
        outcome(method!(self.as_ptr(), xWrite, bytes.as_ptr().cast(), bytes.len() as c_int, offset as sqlite3_int64))
    }

    pub(super) fn truncate(&self, bytes: sqlite3_int64) -> Result<(), c_int> {
        outcome(method!(self.as_ptr(), xTruncate, bytes))
    }

    pub(super) fn sync(&self, flags: c_int) -> Result<(), c_int> {
        outcome(method!(self.as_ptr(), xSync, flags))
    }

    pub(super) fn length(&self) -> Result<u64, c_int> {
        let mut bytes: sqlite3_int64 = 0;
        outcome(method!(self.as_ptr(), xFileSize, &raw mut bytes)).map(|()| bytes as u64)
    }

    /// As `xFileControl`: `argument` is what the operation asks for.
    pub(super) fn control(&self, operation: c_int, argument: *mut c_void) -> c_int {
        method!(self.as_ptr(), xFileControl, operation, argument)
    }

    pub(super) fn sector_bytes(&self) -> c_int {
        method!(self.as_ptr(), xSectorSize)
    }

    pub(super) fn characteristics(&self) -> c_int {
        method!(self.as_ptr(), xDeviceCharacteristics)
    }
}

impl Drop for VfsFile {
    fn drop(&mut self) {
        method!(self.as_ptr(), xClose);
        // SAFETY: it came from `Box::into_raw` and, the file being closed, is used no more.
        drop(unsafe { Box::from_raw(self.memory) });
    }
}

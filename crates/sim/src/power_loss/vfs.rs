//! The VFS itself: its registration, and what SQLite calls to open, find and delete files. With [`super::open_file`] the only unsafe
//! code of the simulation.
//!
//! The contract of the methods is that of `sqlite3_vfs` in `sqlite3.h`: SQLite passes the VFS that was registered, a file of the size
//! the VFS asks for, and names that are C strings.

use std::cell::Cell;
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::sync::{Mutex, MutexGuard};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_vfs};

use super::open_file::{Handle, HeldBack, METHODS, Real, code, outcome};
use super::{Disk, lock};

/// The system's VFS on Unix, by its name in SQLite.
const SYSTEM: &CStr = c"unix";

/// A VFS that SQLite knows; it and all it points to live for ever.
#[derive(Debug, Clone, Copy)]
pub(super) struct Registered {
    shim: &'static Shim,
}

#[derive(Debug)]
pub(super) struct Shim {
    name: CString,
    base: *mut sqlite3_vfs,
    disk: Mutex<Disk>,
}

// SAFETY: `base` is the system's VFS, which SQLite never frees and lets any thread use; the rest is behind a mutex or constant.
unsafe impl Sync for Shim {}
// SAFETY: as for `Sync`.
unsafe impl Send for Shim {}

impl Shim {
    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }
}

impl Registered {
    pub(super) fn disk(&self) -> &'static Mutex<Disk> {
        &self.shim.disk
    }

    pub(super) fn make_default(&self) {
        make_default(&self.shim.name);
    }
}

/// Gives the system's VFS back to connections that name none.
pub(super) fn make_system_default() {
    make_default(SYSTEM);
}

fn make_default(name: &CStr) {
    // SAFETY: the name is a C string. What it finds stays registered for ever, and registering it again only moves it to the front.
    unsafe {
        let found = ffi::sqlite3_vfs_find(name.as_ptr());
        if !found.is_null() {
            ffi::sqlite3_vfs_register(found, 1);
        }
    }
}

/// Registers a VFS over the system's; none when SQLite refuses.
pub(super) fn register(name: CString, disk: Disk) -> Option<Registered> {
    // SAFETY: the name is a C string; SQLite initialises itself on first use.
    let base = unsafe { ffi::sqlite3_vfs_find(SYSTEM.as_ptr()) };
    if base.is_null() {
        return None;
    }
    let shim: &'static Shim = Box::leak(Box::new(Shim { name, base, disk: Mutex::new(disk) }));
    // SAFETY: a VFS that was found stays where it is, and these fields are constant.
    let (os_file_bytes, path_bytes_max) = unsafe { ((*base).szOsFile, (*base).mxPathname) };
    let vfs = Box::leak(Box::new(sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<Handle>() as c_int + os_file_bytes,
        mxPathname: path_bytes_max,
        pNext: ptr::null_mut(),
        zName: shim.name.as_ptr(),
        pAppData: ptr::from_ref(shim).cast_mut().cast(),
        xOpen: Some(x_open),
        xDelete: Some(x_delete),
        xAccess: Some(x_access),
        xFullPathname: Some(x_full_pathname),
        xDlOpen: Some(x_dl_open),
        xDlError: Some(x_dl_error),
        xDlSym: Some(x_dl_sym),
        xDlClose: Some(x_dl_close),
        xRandomness: Some(x_randomness),
        xSleep: Some(x_sleep),
        xCurrentTime: Some(x_current_time),
        xGetLastError: Some(x_get_last_error),
        xCurrentTimeInt64: Some(x_current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }));
    // SAFETY: the structure and all it points to live for ever, and its methods keep SQLite's contract.
    let registered = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
    (registered == ffi::SQLITE_OK).then_some(Registered { shim })
}

/// # Safety
/// `vfs` was made by [`register`].
unsafe fn shim_of(vfs: *mut sqlite3_vfs) -> &'static Shim {
    // SAFETY: `register` put a shim that lives for ever there.
    unsafe { &*(*vfs).pAppData.cast::<Shim>() }
}

/// # Safety
/// `name` is a C string that lives as long as the path is used.
unsafe fn path_of<'a>(name: *const c_char) -> &'a Path {
    // SAFETY: stated by the caller.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

unsafe extern "C" fn x_open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite allots `szOsFile` bytes for the file; without methods it is not open, whatever else is in it.
    let shim = unsafe {
        (*file).pMethods = ptr::null();
        shim_of(vfs)
    };
    let journal = ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL;
    // SAFETY: SQLite passes a C string, or null for a temporary file.
    let path =
        (flags & (journal | ffi::SQLITE_OPEN_MAIN_DB) != 0 && !name.is_null()).then(|| unsafe { path_of(name) }.to_owned());
    let mut disk = shim.disk();
    if let Err(error) = disk.require_power() {
        return error;
    }
    let there = path.as_ref().map(|path| disk.is_there(path).map_or(path.exists(), |(there, _)| there));
    if there == Some(false) && flags & ffi::SQLITE_OPEN_CREATE == 0 {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: the space behind the handle is as large as the system's VFS asked for, and the arguments are SQLite's own.
    let opened = unsafe {
        let real = file.cast::<Handle>().add(1).cast::<sqlite3_file>();
        open_real(shim.base, name, real, flags, out_flags)
    };
    let real = match opened {
        Ok(real) => real,
        Err(error) => return error,
    };
    let held_back = match path {
        None => ptr::null_mut(),
        Some(path) => {
            let bytes = match real.length() {
                Ok(bytes) => bytes,
                Err(error) => {
                    real.close();
                    return error;
                }
            };
            let file = disk.opened(&path, there == Some(true), bytes);
            let syncs_folder = flags & journal != 0 && flags & ffi::SQLITE_OPEN_CREATE != 0;
            Box::into_raw(Box::new(HeldBack {
                file,
                folder: path.parent().map(Path::to_owned),
                syncs_folder: Cell::new(syncs_folder),
            }))
        }
    };
    disk.open_handles += 1;
    let methods = sqlite3_file { pMethods: &raw const METHODS };
    // SAFETY: the file is as large as a handle and aligned for one, as SQLite allots it.
    unsafe { file.cast::<Handle>().write(Handle { methods, shim, held_back }) };
    ffi::SQLITE_OK
}

/// # Safety
/// `real` has the size that `base` asks for; the rest is as SQLite passes it to `xOpen`.
unsafe fn open_real(
    base: *mut sqlite3_vfs,
    name: *const c_char,
    real: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> Result<Real, c_int> {
    // SAFETY: stated by the caller.
    let (opened, has_methods) = unsafe {
        (*real).pMethods = ptr::null();
        let Some(open) = (*base).xOpen else {
            return Err(ffi::SQLITE_CANTOPEN);
        };
        (outcome(open(base, name, real, flags, out_flags)), !(*real).pMethods.is_null())
    };
    if opened.is_err() && has_methods {
        // A failed `xOpen` that leaves methods asks for `xClose`.
        Real(real).close();
    }
    opened.map(|()| Real(real))
}

unsafe extern "C" fn x_delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite passes this VFS and a C string.
    let (shim, path) = unsafe { (shim_of(vfs), path_of(name)) };
    code(shim.disk().delete(path, sync_folder != 0))
}

unsafe extern "C" fn x_access(vfs: *mut sqlite3_vfs, name: *const c_char, flags: c_int, found: *mut c_int) -> c_int {
    // SAFETY: SQLite passes this VFS and a C string.
    let (shim, path) = unsafe { (shim_of(vfs), path_of(name)) };
    let disk = shim.disk();
    if let Err(error) = disk.require_power() {
        return error;
    }
    match disk.is_there(path) {
        Some((there, filled)) => {
            // The system's VFS, too, says of an empty file that it does not exist.
            let answer = if flags == ffi::SQLITE_ACCESS_EXISTS { filled } else { there };
            // SAFETY: SQLite passes a place for the answer.
            unsafe { found.write(c_int::from(answer)) };
            ffi::SQLITE_OK
        }
        // SAFETY: the arguments are SQLite's own.
        None => unsafe {
            match (*shim.base).xAccess {
                Some(access) => access(shim.base, name, flags, found),
                None => ffi::SQLITE_IOERR_ACCESS,
            }
        },
    }
}

/// Defines a method of the VFS that goes to the system's, with what to return when that has none.
macro_rules! passed_on {
    ($name:ident, $method:ident($($argument:ident: $kind:ty),*) -> $result:ty, $otherwise:expr) => {
        unsafe extern "C" fn $name(vfs: *mut sqlite3_vfs, $($argument: $kind),*) -> $result {
            // SAFETY: SQLite passes this VFS, and the arguments are its own.
            unsafe {
                let base = shim_of(vfs).base;
                match (*base).$method {
                    Some(method) => method(base, $($argument),*),
                    None => $otherwise,
                }
            }
        }
    };
}

type Symbol = Option<unsafe extern "C" fn(*mut sqlite3_vfs, *mut c_void, *const c_char)>;

passed_on!(x_full_pathname, xFullPathname(name: *const c_char, bytes: c_int, out: *mut c_char) -> c_int, ffi::SQLITE_ERROR);
passed_on!(x_dl_open, xDlOpen(name: *const c_char) -> *mut c_void, ptr::null_mut());
passed_on!(x_dl_error, xDlError(bytes: c_int, out: *mut c_char) -> (), ());
passed_on!(x_dl_sym, xDlSym(library: *mut c_void, name: *const c_char) -> Symbol, None);
passed_on!(x_dl_close, xDlClose(library: *mut c_void) -> (), ());
passed_on!(x_randomness, xRandomness(bytes: c_int, out: *mut c_char) -> c_int, 0);
passed_on!(x_sleep, xSleep(microseconds: c_int) -> c_int, 0);
passed_on!(x_current_time, xCurrentTime(julian_day: *mut f64) -> c_int, ffi::SQLITE_ERROR);
passed_on!(x_get_last_error, xGetLastError(bytes: c_int, out: *mut c_char) -> c_int, 0);
passed_on!(x_current_time_int64, xCurrentTimeInt64(milliseconds: *mut sqlite3_int64) -> c_int, ffi::SQLITE_ERROR);

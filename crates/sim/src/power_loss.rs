//! Power loss for SQLite: a VFS (<https://www.sqlite.org/vfs.html>) over the system's own that holds back every write until it is
//! synced, and can lose at any moment what it holds back.
//!
//! A killed process loses nothing that it wrote, because the system keeps it; only a power cut does. This VFS makes such a cut in one
//! process: databases opened through it read and write as always, [`PowerLoss::cut`] forgets what [`unsynced_file`] says may be
//! forgotten, and from then on every open file fails with `SQLITE_IOERR`. Once the dead connections are closed, the files hold
//! what a disk would hold after the cut: open them through the system's VFS, or through this one after [`PowerLoss::power_on`]. To
//! look at them while dead connections are still open, copy the database and its `-wal` (not the `-shm`) elsewhere first.
//!
//! Databases, rollback journals and write-ahead logs are held back; temporary files pass through. Shared memory (`-shm`) and locks are
//! those of the system's VFS, and a cut removes the `-shm`. One process at a time may use a file, and only through one such VFS.

mod kept;
mod open_file;
mod unsynced_file;
mod vfs;

use std::collections::BTreeMap;
use std::ffi::{CString, c_int};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use rusqlite::ffi;

use kept::Chooser;
pub use kept::Kept;
use unsynced_file::{Changes, Name, UnsyncedFile};

/// Why a power-loss VFS could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PowerLossError {
    /// The name has a NUL in it or SQLite refused to register it.
    #[error("SQLite cannot register a VFS named `{0}`")]
    Register(String),
    /// Files that were open before are not closed yet.
    #[error("{0} files opened through the VFS are still open")]
    StillOpen(u64),
    /// A file on the real disk could not be changed as the cut or the settling asked.
    #[error("the files could not be left as a power cut leaves them: {0}")]
    Medium(#[from] io::Error),
}

/// A registered power-loss VFS. It stays registered for the life of the process.
#[derive(Debug, Clone, Copy)]
pub struct PowerLoss {
    registered: vfs::Registered,
}

/// All files of the VFS that are open or not wholly synced.
#[derive(Debug, Default)]
struct Disk {
    files: BTreeMap<PathBuf, UnsyncedFile>,
    /// Names that were exchanged, the oldest first, and the folder not synced since.
    exchanges: Vec<Exchange>,
    /// Files that were opened so far, to tell them apart whatever their names become.
    opened: u64,
    is_cut: bool,
    open_handles: u64,
    /// Counts changes to files, for their order.
    order: u64,
    /// Counts writes, truncations, syncs and deletions asked for, for [`PowerLoss::cut_after`].
    operations: u64,
    fuse: Option<(u64, Kept)>,
    /// Why the last cut could not be made whole.
    failure: Option<io::Error>,
}

/// Two names that were exchanged.
#[derive(Debug)]
struct Exchange {
    names: [PathBuf; 2],
    order: u64,
}

impl PowerLoss {
    /// Registers a VFS of this name, to be given to `Connection::open_with_flags_and_vfs`.
    pub fn install(name: &str) -> Result<PowerLoss, PowerLossError> {
        let refused = || PowerLossError::Register(name.to_owned());
        let name = CString::new(name).map_err(|_| refused())?;
        let registered = vfs::register(name, Disk::default()).ok_or_else(refused)?;
        Ok(PowerLoss { registered })
    }

    /// Makes connections that name no VFS use this one, from now on and in the whole process.
    pub fn make_default(&self) {
        self.registered.make_default();
    }

    /// Makes connections that name no VFS use the system's again.
    pub fn restore_default(&self) {
        vfs::make_system_default();
    }

    /// Cuts the power now.
    pub fn cut(&self, kept: Kept) {
        self.disk().cut(kept);
    }

    /// Cuts the power just before the operation after the next `operations` ones: 0 is before the very next. Operations are
    /// writes, truncations, syncs and deletions of databases, journals and logs.
    pub fn cut_after(&self, operations: u64, kept: Kept) {
        let mut disk = self.disk();
        disk.fuse = Some((disk.operations + operations, kept));
    }

    /// Whether the power is cut.
    pub fn is_cut(&self) -> bool {
        self.disk().is_cut
    }

    /// Operations so far, as [`PowerLoss::cut_after`] counts them.
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// Ends a cut: files may be opened through this VFS again.
    ///
    /// # Errors
    /// While files from before the cut are open, or when the cut could not do to the files what it was to do.
    pub fn power_on(&self) -> Result<(), PowerLossError> {
        let mut disk = self.disk();
        disk.refuse_open_handles()?;
        if let Some(failure) = disk.failure.take() {
            return Err(failure.into());
        }
        disk.is_cut = false;
        Ok(())
    }

    /// Brings everything held back to the files, as a system does that is shut down in order.
    ///
    /// # Errors
    /// While files are open, or when the files cannot be written.
    pub fn settle(&self) -> Result<(), PowerLossError> {
        let mut disk = self.disk();
        disk.refuse_open_handles()?;
        disk.exchanges.clear();
        for (path, mut file) in std::mem::take(&mut disk.files) {
            match file.name {
                Name::Deleted { .. } => fs::remove_file(path)?,
                Name::Durable | Name::Created { .. } | Name::Recreated => apply(&path, &file.sync())?,
            }
        }
        Ok(())
    }

    fn disk(&self) -> MutexGuard<'static, Disk> {
        lock(self.registered.disk())
    }
}

fn lock(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl Disk {
    fn refuse_open_handles(&self) -> Result<(), PowerLossError> {
        if self.open_handles == 0 { Ok(()) } else { Err(PowerLossError::StillOpen(self.open_handles)) }
    }

    fn require_power(&self) -> Result<(), c_int> {
        if self.is_cut { Err(ffi::SQLITE_IOERR) } else { Ok(()) }
    }

    /// Counts an operation, and cuts the power before it when it is the one to be cut at.
    fn begin_operation(&mut self) -> Result<(), c_int> {
        if let Some((last, kept)) = self.fuse
            && self.operations >= last
        {
            self.cut(kept);
        }
        self.require_power()?;
        self.operations += 1;
        Ok(())
    }

    fn file(&mut self, id: u64) -> Result<(&mut UnsyncedFile, &mut u64), c_int> {
        let file = self.files.values_mut().find(|file| file.id == id).ok_or(ffi::SQLITE_IOERR)?;
        Ok((file, &mut self.order))
    }

    /// Takes note of a file that was opened; `existed` before, and its medium is now `bytes` long. Returns what tells it from others.
    fn opened(&mut self, path: &Path, existed: bool, bytes: u64) -> u64 {
        let (order, opened) = (&mut self.order, &mut self.opened);
        let file = self.files.entry(path.to_owned()).or_insert_with(|| {
            *opened += 1;
            if existed {
                return UnsyncedFile::new(*opened, bytes, Name::Durable);
            }
            *order += 1;
            UnsyncedFile::new(*opened, bytes, Name::Created { order: *order })
        });
        if matches!(file.name, Name::Deleted { .. }) {
            file.recreate(order);
        }
        file.open_handles += 1;
        file.id
    }

    /// Takes note of a file that was closed; what it has not synced is still held back.
    fn closed(&mut self, id: u64) {
        let Some(path) = self.files.iter().find(|(_, file)| file.id == id).map(|(path, _)| path.clone()) else { return };
        if let Some(file) = self.files.get_mut(&path) {
            file.open_handles -= 1;
            if file.open_handles == 0 && file.is_synced() {
                self.files.remove(&path);
            }
        }
    }

    /// Exchanges the name of an open file with that of another, which need not be open.
    fn exchange(&mut self, id: u64, with: &Path) -> Result<(), c_int> {
        self.begin_operation()?;
        let path = self.files.iter().find(|(_, file)| file.id == id).map(|(path, _)| path.clone()).ok_or(ffi::SQLITE_IOERR)?;
        exchange_names(&path, with).map_err(|_| ffi::SQLITE_IOERR)?;
        let (mine, other) = (self.files.remove(&path), self.files.remove(with));
        self.files.extend(mine.map(|file| (with.to_owned(), file)));
        self.files.extend(other.map(|file| (path.clone(), file)));
        self.order += 1;
        self.exchanges.push(Exchange { names: [path, with.to_owned()], order: self.order });
        Ok(())
    }

    /// Deletes a file; for good when its folder is synced or its name was never kept.
    fn delete(&mut self, path: &Path, sync_folder: bool) -> Result<(), c_int> {
        self.begin_operation()?;
        let name = self.files.get(path).map(|file| file.name);
        if matches!(name, Some(Name::Deleted { .. })) || !path.exists() {
            return Err(ffi::SQLITE_IOERR_DELETE_NOENT);
        }
        if sync_folder || matches!(name, Some(Name::Created { .. })) {
            fs::remove_file(path).map_err(|_| ffi::SQLITE_IOERR_DELETE)?;
            self.files.remove(path);
            return if sync_folder { self.sync_folder(path.parent()) } else { Ok(()) };
        }
        let file = self.files.entry(path.to_owned());
        file.or_insert_with(|| UnsyncedFile::new(0, 0, Name::Durable)).delete(&mut self.order);
        Ok(())
    }

    /// Whether programs see a file, and one with anything in it, where changes are held back; none where the real file says.
    fn is_there(&self, path: &Path) -> Option<(bool, bool)> {
        let file = self.files.get(path)?;
        let deleted = matches!(file.name, Name::Deleted { .. });
        Some((!deleted, !deleted && file.bytes > 0))
    }

    fn cut(&mut self, kept: Kept) {
        if self.is_cut {
            return;
        }
        self.is_cut = true;
        self.fuse = None;
        let exchanged = self.exchanges.iter().map(|exchange| exchange.order);
        let oldest = self.files.values().filter_map(UnsyncedFile::oldest_change).chain(exchanged).min();
        let synced = oldest.map_or(self.order, |order| order - 1);
        let mut chooser = Chooser::new(kept, synced, self.order);
        for (path, file) in std::mem::take(&mut self.files) {
            let left = match file.cut(&mut chooser) {
                Some(changes) => apply(&path, &changes),
                None => fs::remove_file(&path),
            };
            let mut shared_memory = path.into_os_string();
            shared_memory.push("-shm");
            let removed = fs::remove_file(shared_memory);
            let absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
            let removed = removed.or_else(|error| if absent(&error) { Ok(()) } else { Err(error) });
            if let Err(error) = left.and(removed) {
                self.failure.get_or_insert(error);
            }
        }
        // A folder changes in order: what came after an exchange that is lost is lost too. One whose file is deleted for good was kept.
        let mut exchanges = std::mem::take(&mut self.exchanges);
        let kept = exchanges.iter().take_while(|exchange| chooser.keeps(exchange.order)).count();
        for Exchange { names: [first, second], .. } in exchanges.drain(kept..).rev() {
            if first.exists()
                && second.exists()
                && let Err(error) = exchange_names(&first, &second)
            {
                self.failure.get_or_insert(error);
            }
        }
    }

    /// Makes the deletions and exchanges in a folder last, as a sync of the folder does.
    fn sync_folder(&mut self, folder: Option<&Path>) -> Result<(), c_int> {
        self.exchanges.retain(|exchange| exchange.names[0].parent() != folder);
        let deleted =
            self.files.extract_if(.., |path, file| matches!(file.name, Name::Deleted { .. }) && path.parent() == folder);
        for (path, _) in deleted {
            fs::remove_file(path).map_err(|_| ffi::SQLITE_IOERR_DIR_FSYNC)?;
        }
        Ok(())
    }
}

/// Gives each of two files the name of the other.
fn exchange_names(first: &Path, second: &Path) -> io::Result<()> {
    let mut name = second.as_os_str().to_owned();
    name.push("-exchanged");
    let aside = PathBuf::from(name);
    fs::rename(second, &aside)?;
    fs::rename(first, second)?;
    fs::rename(&aside, first)
}

/// Changes the file at `path`.
fn apply(path: &Path, changes: &Changes) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(path)?;
    if let Some(bytes) = changes.truncate_to
        && file.metadata()?.len() > bytes
    {
        file.set_len(bytes)?;
    }
    for (at, bytes) in &changes.writes {
        file.write_all_at(bytes, *at)?;
    }
    if file.metadata()?.len() < changes.at_least {
        file.set_len(changes.at_least)?;
    }
    Ok(())
}

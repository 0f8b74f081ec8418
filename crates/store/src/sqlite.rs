//! The SQLite folder: its file, its lock, its connections, and the thread that empties the log.

use std::ffi::c_int;
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::mem;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, ffi};

use crate::db::{Conn, SqliteConn};
use crate::error::StoreError;
use crate::log::sync::LogSyncs;
use crate::log::turns::Turns;
use crate::log::vfs::{self, Role};
use crate::log::write_back::WriteBack;
use crate::store::Writer;

/// The database within its folder.
pub const FILE_NAME: &str = "danggol.db";

/// The lock within the folder, held by whoever writes.
pub const LOCK_NAME: &str = "danggol.lock";

/// A purchase touches pages at random (its holder, its member's index), and the log takes each whole: with half of SQLite's default
/// size the log is half as long, and commits are a third to a half more (measured with 1 M holders).
const PAGE_BYTES: i64 = 2048;

/// The writer's pages in memory: those above the leaves and a batch's own. A commit that splits pages walks over this memory while
/// the file is under 1 GiB, so with four times as much a purchase takes a fifth longer (measured with 1 M holders); the system's cache has the
/// leaves.
const WRITER_CACHE_KIB: i64 = 16 * 1024;

/// The pages that a reader has in memory. It forgets them with every commit.
const READER_CACHE_KIB: i64 = 2 * 1024;

/// How much of the file is read where the system has it, without a call for each page: by the writer, which keeps what it has mapped, and
/// by long work on one view. Short questions would map the file anew after every commit.
const MAPPED_BYTES: i64 = 1 << 30;

/// What the log adds to each page.
/// Source: SQLite, "Database File Format", section 4.1.
const FRAME_HEADER_BYTES: i64 = 24;

/// How long a writer waits for the checkpoint that holds the write lock.
pub(crate) const WRITER_PATIENCE: Duration = Duration::from_secs(30);

/// How long the writer waits for readers of the old log when it restarts it, before it gives way.
const RESTART_PATIENCE: Duration = Duration::from_millis(20);

/// Log that the writer itself may have to copy when it begins it anew: it stops for a millisecond a MiB.
const RESTART_REST_BYTES: i64 = 1 << 20;

/// How often what has been written meanwhile is copied before a restart, until less than that is left.
const RESTART_PASSES: usize = 8;

/// The time over which the pages that checkpoints have copied are brought to the disk after a restart, before the sync that lets go of the
/// kept log.
const WRITE_BACK_WITHIN: Duration = Duration::from_secs(1);

/// So many checkpoints before the log is to begin anew, that is prepared: at the rates at which the log grows fast, the copies take as long as
/// one checkpoint lies apart from the next.
const PREPARED_BEFORE: i64 = 2;

/// How far the thread of the checkpoints stands back behind those that answer: copying takes a processor whole for some hundred milliseconds,
/// in which a commit would wait for its turn. It never holds what a commit waits for.
#[cfg(target_os = "linux")]
const NICENESS: libc::c_int = 10;

/// A restart that did not come about is tried again after this part of the log that lies between two checkpoints.
const RESTART_AGAIN_AFTER: i64 = 4;

/// When the log is emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogBounds {
    /// Bytes of new log after which its pages are copied into the file, beside running writers.
    pub passive_bytes: i64,
    /// Bytes of log at which the writer begins it anew, whatever of it is not in the file yet. That is prepared some checkpoints before, so that
    /// little is left and the writer hardly stops. Where the disk does not keep up, it stops for as long as the sync of the log before takes.
    pub restart_bytes: i64,
}

impl LogBounds {
    /// Bytes that the log takes at most: it is two files, and each grows by less than another checkpoint while its restart waits for the
    /// checkpoints before it.
    pub fn most_bytes(&self) -> i64 {
        2 * (self.restart_bytes + self.passive_bytes)
    }
}

impl Default for LogBounds {
    /// The longer the log, the more often a page in it is written over before it goes to the database and to the disk. It is so long that a slow
    /// disk may take two seconds to let go of the kept log while 10,000 purchases a second come in, and what is left to copy is small even then.
    fn default() -> Self {
        LogBounds { passive_bytes: 64 << 20, restart_bytes: 448 << 20 }
    }
}

/// What has happened to the log since the store was opened.
#[derive(Debug, Default)]
pub struct LogCounts {
    written_bytes: AtomicU64,
    checkpoints: AtomicU64,
}

impl LogCounts {
    /// Bytes that commits have added to the log.
    pub fn written_bytes(&self) -> u64 {
        self.written_bytes.load(Ordering::Relaxed)
    }

    /// Checkpoints that ended, however much of the log each could copy.
    pub fn checkpoints(&self) -> u64 {
        self.checkpoints.load(Ordering::Relaxed)
    }
}

/// The path of the database in a folder.
pub(crate) fn file_in(dir: &Path) -> PathBuf {
    dir.join(FILE_NAME)
}

/// The files that the log in a folder takes: the one that is written, and the one before while the database may lack what it has.
pub fn log_files(dir: &Path) -> [PathBuf; 2] {
    ["wal", "kept"].map(|suffix| dir.join(format!("{FILE_NAME}-{suffix}")))
}

/// Makes the folder, readable by its owner alone, unless it is there.
pub(crate) fn create_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(StoreError::file(dir))
}

/// Takes the lock of a folder; it is let go when the file is dropped or the process ends in any way.
pub(crate) fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK_NAME);
    let file = File::options().create(true).write(true).truncate(false).open(&path).map_err(StoreError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(StoreError::file(&path)(error)),
    }
}

/// Takes down in the lock that its owner has the folder in this run of the system, for [`is_of_this_boot`] after that.
pub(crate) fn note_boot(mut lock: &File) -> Result<(), StoreError> {
    let noted = lock.set_len(0).and_then(|()| lock.write_all(boot().unwrap_or_default().as_bytes()));
    noted.map_err(StoreError::file(LOCK_NAME))
}

/// Whether the last owner of a folder had it in this run of the system: then no loss of power came between.
pub(crate) fn is_of_this_boot(dir: &Path) -> bool {
    boot().is_some_and(|boot| fs::read_to_string(dir.join(LOCK_NAME)).is_ok_and(|noted| noted == boot))
}

/// What tells this run of the system from others; none where it does not say.
/// Source: Linux, `proc(5)`.
fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()
}

/// A connection through the VFS for a role over the one of this name.
pub(crate) fn open(dir: &Path, vfs: Option<&str>, role: Role, patience: Duration) -> Result<Connection, StoreError> {
    // A connection never leaves its thread, so SQLite need not guard it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(file_in(dir), flags, &*vfs::over(vfs, role)?)?;
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(connection)
}

/// The connection that writes. Each commit tells `log` how long the log has become; SQLite's own checkpoints are off.
pub(crate) fn open_writer(dir: &Path, vfs: Option<&str>, log: Arc<LogSignal>, syncs: Arc<LogSyncs>) -> Result<Conn, StoreError> {
    let mut connection = open(dir, vfs, Role::Write, WRITER_PATIENCE)?;
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // The log is synced before anything of it is answered for or copied, and not within each commit.
    connection.pragma_update(None, "synchronous", "normal")?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    // Beyond the bound, so that a restarted log is written over and not cut off and grown again.
    connection.pragma_update(None, "journal_size_limit", 2 * log.bounds.restart_bytes)?;
    // This hook takes the place of the one with which SQLite checkpoints by itself.
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
        log.grown(pages.into());
        Ok(())
    }))?;
    Ok(Conn::from_sqlite_writer(connection, syncs))
}

/// A connection whose log is open, to sync it.
pub(crate) fn open_log(dir: &Path, vfs: Option<&str>) -> Result<Connection, StoreError> {
    let connection = open(dir, vfs, Role::Read, WRITER_PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    // SQLite opens the log with the first read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// A connection that cannot write, for short questions or for long work on one view.
pub(crate) fn open_reader(dir: &Path, vfs: Option<&str>, is_long: bool) -> Result<Conn, StoreError> {
    let connection = open(dir, vfs, Role::Read, WRITER_PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    if is_long {
        connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?;
    }
    Ok(Conn::from_sqlite(connection))
}

/// How the writer tells the checkpointing thread about the log.
#[derive(Debug)]
pub(crate) struct LogSignal {
    bounds: LogBounds,
    state: Mutex<LogState>,
    changed: Condvar,
    counts: Arc<LogCounts>,
}

#[derive(Debug, Default)]
struct LogState {
    log_bytes: i64,
    /// The length of log at which the next checkpoint is due.
    due_bytes: i64,
    /// The log was begun anew, and the one before waits for a sync of the database.
    has_turned: bool,
    stopped: bool,
}

/// What the thread of the checkpoints is to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// Bring what was copied of the log before to the disk, and let go of it.
    Retirement,
    Checkpoint,
    End,
}

impl LogSignal {
    pub(crate) fn new(bounds: LogBounds) -> Arc<Self> {
        let state = LogState { due_bytes: bounds.passive_bytes, ..LogState::default() };
        Arc::new(LogSignal { bounds, state: Mutex::new(state), changed: Condvar::new(), counts: Arc::default() })
    }

    pub(crate) fn counts(&self) -> &Arc<LogCounts> {
        &self.counts
    }

    fn grown(&self, pages: i64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let log_bytes = pages * PAGE_BYTES;
        if log_bytes < state.log_bytes {
            // The log began again from its start.
            state.due_bytes = self.bounds.passive_bytes;
            state.log_bytes = 0;
            state.has_turned = true;
        }
        let written_pages = (log_bytes - state.log_bytes) / PAGE_BYTES;
        let written_bytes = written_pages * (PAGE_BYTES + FRAME_HEADER_BYTES);
        self.counts.written_bytes.fetch_add(written_bytes.unsigned_abs(), Ordering::Relaxed);
        state.log_bytes = log_bytes;
        if state.has_turned || log_bytes >= state.due_bytes {
            self.changed.notify_one();
        }
    }

    fn log_bytes(&self) -> i64 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).log_bytes
    }

    /// Whether the log is as long as it may become: what would make its restart shorter is over.
    fn is_at_bound(&self) -> bool {
        self.log_bytes() >= self.bounds.restart_bytes
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.changed.notify_one();
    }

    /// Waits until something is due.
    fn wait(&self) -> Due {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| !state.stopped && !state.has_turned && state.log_bytes < state.due_bytes)
            .unwrap_or_else(PoisonError::into_inner);
        if state.stopped {
            return Due::End;
        }
        if mem::take(&mut state.has_turned) {
            return Due::Retirement;
        }
        state.due_bytes = state.log_bytes + self.bounds.passive_bytes;
        Due::Checkpoint
    }

    /// Lets a part of the usual log pass before the next checkpoint: the writer has been asked to begin the log anew, and a checkpoint would
    /// be in its way.
    fn restart_asked(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.due_bytes = state.log_bytes + self.bounds.passive_bytes / RESTART_AGAIN_AFTER;
    }

    /// Waits for a time, or until it is time to end; then it says no.
    fn pause(&self, time: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, time, |state| !state.stopped);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stopped
    }
}

/// The thread that copies the log into the file. It ends, and leaves an empty log, when it is dropped.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    signal: Arc<LogSignal>,
    thread: Option<JoinHandle<()>>,
    // Dropped when the thread has ended, whose connection is the last one of its store.
    _write_back: Option<Arc<WriteBack>>,
}

impl Checkpointer {
    pub(crate) fn start(dir: &Path, vfs: Option<&str>, signal: Arc<LogSignal>, writer: Writer) -> Result<Self, StoreError> {
        let connection = open(dir, vfs, Role::Checkpoint, RESTART_PATIENCE)?;
        connection.pragma_update(None, "synchronous", "full")?;
        let turns = Turns::of_file(vfs, &file_in(dir))?;
        // Files of another kind than the system's have nothing that the system could write.
        let write_back = vfs.is_none().then(|| Arc::new(WriteBack::of(&file_in(dir))));
        let (waiting, writing) = (signal.clone(), write_back.clone());
        let thread = thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || {
                stand_back();
                let log = GrownLog { connection: &connection, signal: &waiting, turns, write_back: writing.as_deref() };
                loop {
                    let done = match waiting.wait() {
                        Due::Retirement => log.retire(),
                        Due::Checkpoint => log.empty(&writer),
                        Due::End => break,
                    };
                    if let Err(error) = done {
                        tracing::warn!(%error, "a checkpoint failed; the next one tries again");
                    }
                }
                if let Err(error) = log.end() {
                    tracing::warn!(%error, "the last checkpoint failed; the log stays");
                }
            })
            .map_err(StoreError::file("the checkpoint thread"))?;
        Ok(Checkpointer { signal, thread: Some(thread), _write_back: write_back })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.signal.stop();
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been printed by its hook; there is nothing left to do for it.
            thread.join().ok();
        }
    }
}

/// Lets the other threads of the system go before this one.
/// Source: Linux, `setpriority(2)`: there a niceness is a thread's own, and zero names the thread that calls.
#[cfg(target_os = "linux")]
fn stand_back() {
    // SAFETY: the call touches no memory of ours. Whether it succeeded does not matter: commits are then as slow as without it.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS) };
}

#[cfg(not(target_os = "linux"))]
fn stand_back() {}

/// A log that has grown.
struct GrownLog<'a> {
    connection: &'a Connection,
    signal: &'a LogSignal,
    turns: Arc<Turns>,
    write_back: Option<&'a WriteBack>,
}

impl GrownLog<'_> {
    /// Copies the log into the file. When the log has become long, the writer is asked to begin it anew: only between two of its commits does
    /// the log stand still, and a restart from this thread would fight it for the write lock.
    fn empty(&self, writer: &Writer) -> Result<(), StoreError> {
        let LogBounds { passive_bytes, restart_bytes } = self.signal.bounds;
        let mut copied_bytes = checkpoint(self.connection, "PASSIVE")?;
        self.signal.counts.checkpoints.fetch_add(1, Ordering::Relaxed);
        if self.signal.log_bytes() < restart_bytes - PREPARED_BEFORE * passive_bytes {
            return Ok(());
        }
        // For what is left the restart holds the writer up.
        for _ in 0..RESTART_PASSES {
            if self.signal.is_at_bound() || self.signal.log_bytes() - copied_bytes <= RESTART_REST_BYTES {
                break;
            }
            copied_bytes = checkpoint(self.connection, "PASSIVE")?;
        }
        let turns = Arc::clone(&self.turns);
        let restart = move |conn: Result<&mut Conn, StoreError>| {
            if let Err(error) = conn.and_then(|conn| restart_log(conn, &turns)) {
                tracing::warn!(%error, "the log was not restarted; it goes on growing until the next try");
            }
        };
        self.signal.restart_asked();
        match writer.submit(restart) {
            // The store is closing, and the last checkpoint empties the log.
            Err(StoreError::Closed) => Ok(()),
            submitted => submitted,
        }
    }

    /// Brings to the disk what was copied of the kept log, a little at a time, and lets go of it.
    fn retire(&self) -> Result<(), StoreError> {
        if let Some(write_back) = self.write_back {
            write_back.run(WRITE_BACK_WITHIN, |time| self.signal.pause(time) && !self.signal.is_at_bound());
        }
        self.turns.retire(|| self.sync())
    }

    /// Leaves a database that needs no log.
    fn end(&self) -> Result<(), StoreError> {
        self.turns.retire(|| self.sync())?;
        checkpoint(self.connection, "TRUNCATE")?;
        self.turns.remove();
        Ok(())
    }

    fn sync(&self) -> Result<(), StoreError> {
        sync(self.connection, ffi::SQLITE_FCNTL_FILE_POINTER)
    }
}

/// Copies what is left of the log, so that the next commit begins it anew. The pages are synced when the log after it is written.
fn restart_log(conn: &mut Conn, turns: &Turns) -> Result<(), StoreError> {
    let Conn::Sqlite(SqliteConn { connection, .. }) = conn else { return Ok(()) };
    connection.busy_timeout(RESTART_PATIENCE)?;
    let restarted = turns.leaving_sync(|| checkpoint(connection, "RESTART"));
    connection.busy_timeout(WRITER_PATIENCE)?;
    restarted.map(drop)
}

/// Frees the pages that this connection has in memory and does not use, and those of the file that it has mapped.
/// Source: `PRAGMA shrink_memory` and `PRAGMA mmap_size` of SQLite.
pub(crate) fn give_back(conn: &mut Conn) -> Result<(), StoreError> {
    let Conn::Sqlite(SqliteConn { connection, .. }) = conn else { return Ok(()) };
    connection.execute_batch("PRAGMA shrink_memory")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    Ok(connection.pragma_update(None, "mmap_size", MAPPED_BYTES)?)
}

/// Brings a file of a connection to the disk: the log, where its commits are, or the database, with what checkpoints have copied. `which` is
/// the operation that tells the file.
pub(crate) fn sync(connection: &Connection, which: c_int) -> Result<(), StoreError> {
    let mut file: *mut ffi::sqlite3_file = ptr::null_mut();
    // SAFETY: the connection is open, and this operation writes the address of its file to where it is told. The file is open for as long as
    // the connection, which has the log open once it has read; its methods are set then, and no other thread uses this connection.
    // Source: `SQLITE_FCNTL_FILE_POINTER`, `SQLITE_FCNTL_JOURNAL_POINTER` and `sqlite3_io_methods` in SQLite's C interface.
    let code = unsafe {
        let code = ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), which, (&raw mut file).cast());
        match file.as_ref().and_then(|file| file.pMethods.as_ref()).and_then(|methods| methods.xSync) {
            Some(sync) if code == ffi::SQLITE_OK => sync(file, ffi::SQLITE_SYNC_NORMAL),
            _ => code,
        }
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()),
    }
}

/// Runs a checkpoint; bytes of the log that are in the file now. One that was blocked is tried again when the log has grown.
fn checkpoint(connection: &Connection, mode: &str) -> Result<i64, StoreError> {
    let copied_pages: i64 = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(2))?;
    Ok(copied_pages * PAGE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_due_each_time_the_log_has_grown_by_its_bound() {
        let signal = LogSignal::new(LogBounds { passive_bytes: 4 * PAGE_BYTES, restart_bytes: 100 * PAGE_BYTES });
        let due = |pages| {
            signal.grown(pages);
            let state = signal.state.lock().unwrap();
            state.log_bytes >= state.due_bytes
        };
        assert_eq!((due(3), due(4)), (false, true));
        assert_eq!(signal.wait(), Due::Checkpoint);
        assert_eq!((due(7), due(8)), (false, true));
        assert_eq!(signal.wait(), Due::Checkpoint);
        signal.restart_asked();
        assert_eq!((due(8), due(9)), (false, true));
        // Restarted: the bound counts from the beginning again.
        assert_eq!((due(1), due(4)), (false, true));
        assert_eq!((signal.wait(), signal.wait()), (Due::Retirement, Due::Checkpoint));
        assert_eq!(signal.counts.written_bytes(), 13 * (2048 + 24));
        assert_eq!((signal.is_at_bound(), due(100), signal.is_at_bound()), (false, true, true));
        signal.stop();
        assert_eq!(signal.wait(), Due::End);
    }
}

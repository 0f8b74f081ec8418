//! Brings the commits of SQLite to the disk on a thread of its own, so that the one that writes goes on with the next batch meanwhile.
//!
//! The writer leaves commits in the log (`synchronous=NORMAL`), which only the system has then. Whoever answers for a commit waits until the
//! log was synced after it: one sync serves all commits before it, and their order in the log is the order in which they survive. A lost
//! power supply takes nothing that was answered for, and of the rest it keeps the beginning.

use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, ffi};

use crate::error::StoreError;
use crate::sqlite;

/// What is to happen when all that was committed before is on the disk, or cannot come there.
pub(crate) type Then = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What the thread that writes and the one that syncs know of each other.
#[derive(Default)]
pub(crate) struct LogSyncs {
    state: Mutex<Waiting>,
    changed: Condvar,
    failed: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    thens: Vec<Then>,
    stopped: bool,
}

impl LogSyncs {
    /// Calls `then` after the next sync that begins, on the thread that syncs.
    pub(crate) fn when_durable(&self, then: Then) {
        self.lock().thens.push(then);
        self.changed.notify_one();
    }

    /// Syncs the log of a connection that has read or written, on the calling thread.
    pub(crate) fn sync(&self, connection: &Connection) -> Result<(), StoreError> {
        self.check()?;
        sqlite::sync(connection, ffi::SQLITE_FCNTL_JOURNAL_POINTER).inspect_err(|error| {
            tracing::error!(%error, "the log cannot be synced; nothing is written until the next start");
            self.failed.store(true, Ordering::Relaxed);
        })
    }

    /// Refuses after a sync that failed: the system may have dropped what it could not write, and a later sync would not say so.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.failed.load(Ordering::Relaxed) {
            return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_FSYNC), None).into());
        }
        Ok(())
    }

    /// Waits until somebody wants a sync; none when it is time to end.
    fn wait(&self) -> Option<Vec<Then>> {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.thens.is_empty() && !state.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        let thens = mem::take(&mut state.thens);
        (!thens.is_empty()).then_some(thens)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for LogSyncs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogSyncs").field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// The thread that syncs. Dropping it syncs for those who still wait.
#[derive(Debug)]
pub(crate) struct LogSyncer {
    syncs: Arc<LogSyncs>,
    thread: Option<JoinHandle<()>>,
}

impl LogSyncer {
    /// Starts it for the log of a database that its writer has opened.
    pub(crate) fn start(dir: &Path, vfs: Option<&str>, syncs: Arc<LogSyncs>) -> Result<Self, StoreError> {
        // A connection of its own: its handle on the log is open for as long as the thread needs it.
        let connection = sqlite::open_log(dir, vfs)?;
        let waiting = Arc::clone(&syncs);
        let thread = thread::Builder::new()
            .name("log-sync".to_owned())
            .spawn(move || {
                while let Some(thens) = waiting.wait() {
                    waiting.sync(&connection).ok();
                    for then in thens {
                        // A panic of one must not take the thread from the others.
                        catch_unwind(AssertUnwindSafe(|| then(waiting.check()))).ok();
                    }
                }
            })
            .map_err(StoreError::file("the thread that syncs the log"))?;
        Ok(LogSyncer { syncs, thread: Some(thread) })
    }
}

impl Drop for LogSyncer {
    fn drop(&mut self) {
        self.syncs.lock().stopped = true;
        self.syncs.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been printed by its hook; there is nothing left to do for it.
            thread.join().ok();
        }
    }
}

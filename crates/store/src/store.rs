//! The open store: a thread that writes, more of them on PostgreSQL where that is wished, and some that read, each with its own connection.

use std::collections::VecDeque;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use crate::db::Conn;
use crate::error::StoreError;
use crate::log::recovery;
use crate::log::sync::{LogSyncer, LogSyncs};
use crate::migration;
use crate::postgres::{self, Purpose};
use crate::sqlite::{self, Checkpointer, LogBounds, LogCounts, LogSignal};
use crate::target::Target;

/// What a program wants of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reading and writing. A SQLite folder is locked against other programs that write.
    Own,
    /// Reading only, beside whoever owns it.
    Read,
}

/// How a store is opened.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// Reading, or writing too.
    pub access: Access,
    /// Threads that read.
    pub readers: usize,
    /// Threads that write. SQLite has one writer at a time and so one thread, whatever is wished.
    pub writers: usize,
    /// Reads that may wait before further ones are refused.
    pub waiting_reads: usize,
    /// When SQLite's log is emptied.
    pub log: LogBounds,
}

impl Default for StoreOptions {
    fn default() -> Self {
        StoreOptions { access: Access::Own, readers: 4, writers: 1, waiting_reads: 4096, log: LogBounds::default() }
    }
}

/// Work for a thread that has a connection; it gets an error instead when there is none to be had.
pub type Job = Box<dyn FnOnce(Result<&mut Conn, StoreError>) + Send>;

/// Jobs waiting for a thread.
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Job>,
    closed: bool,
}

impl Queue {
    fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Queue { state: Mutex::default(), changed: Condvar::new(), capacity })
    }

    fn push(&self, job: Job) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(StoreError::Closed);
        }
        if state.jobs.len() >= self.capacity {
            return Err(StoreError::Busy);
        }
        state.jobs.push_back(job);
        self.changed.notify_one();
        Ok(())
    }

    /// The next job; none when the queue is closed and empty.
    fn pop(&self) -> Option<Job> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self
            .changed
            .wait_while(state, |state| state.jobs.is_empty() && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.jobs.pop_front()
    }

    fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.changed.notify_all();
    }
}

/// A way to the thread that writes, for those who make their own transactions on it.
#[derive(Clone)]
pub struct Writer {
    queue: Arc<Queue>,
    /// How what it commits comes to the disk; none where a commit is there by itself.
    syncs: Option<Arc<LogSyncs>>,
}

impl Writer {
    /// Queues a job. It runs outside a transaction and must leave none open.
    pub fn submit(&self, job: impl FnOnce(Result<&mut Conn, StoreError>) + Send + 'static) -> Result<(), StoreError> {
        self.queue.push(Box::new(job))
    }

    /// Calls `then` when all that this writer has committed so far would survive power loss, or never will: on another thread after a sync, or
    /// at once where commits are durable by themselves.
    pub fn when_durable(&self, then: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
        match &self.syncs {
            Some(syncs) => syncs.when_durable(Box::new(then)),
            None => then(Ok(())),
        }
    }
}

/// Opens connections to one target.
#[derive(Clone)]
struct Opener {
    target: Target,
    log: Arc<LogSignal>,
    syncs: Arc<LogSyncs>,
}

impl Opener {
    fn open(&self, purpose: Purpose) -> Result<Conn, StoreError> {
        match (&self.target, purpose) {
            (Target::Sqlite { dir, vfs }, Purpose::Write) => {
                sqlite::open_writer(dir, vfs.as_deref(), self.log.clone(), self.syncs.clone())
            }
            (Target::Sqlite { dir, vfs }, purpose) => sqlite::open_reader(dir, vfs.as_deref(), purpose == Purpose::ReadLong),
            (Target::Postgres(target), purpose) => postgres::connect(target, purpose),
        }
    }
}

/// An open store. Dropping it runs the jobs that wait, then ends its threads.
pub struct Store {
    opener: Opener,
    /// None where the store was opened for reading.
    writers: Vec<Writer>,
    readers: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
    // Dropped after the threads, in this order: the log is synced and emptied before the folder is let go.
    log_syncer: Option<LogSyncer>,
    checkpointer: Option<Checkpointer>,
    _lock: Option<File>,
}

impl Store {
    /// Opens a store and, with [`Access::Own`], brings it to the schema of this program; `now_ms` is recorded with that.
    /// Must not be called inside an async runtime.
    pub fn open(target: Target, options: StoreOptions, now_ms: i64) -> Result<Self, StoreError> {
        let opener = Opener { target, log: LogSignal::new(options.log), syncs: Arc::default() };
        let mut lock = None;
        let mut writing = None;
        match options.access {
            Access::Own => {
                if let Target::Sqlite { dir, vfs } = &opener.target {
                    sqlite::create_dir(dir)?;
                    let owned = lock.insert(sqlite::lock(dir)?);
                    recovery::run(dir, vfs.as_deref())?;
                    sqlite::note_boot(owned)?;
                }
                let mut conn = opener.open(Purpose::Write)?;
                migration::migrate(&mut conn, now_ms)?;
                writing = Some(conn);
            }
            Access::Read => {
                if let Target::Sqlite { dir, vfs } = &opener.target {
                    let file = sqlite::file_in(dir);
                    file.metadata().map_err(StoreError::file(&file))?;
                    recovery::run_unowned(dir, vfs.as_deref())?;
                }
                migration::check(&mut opener.open(Purpose::Read)?)?;
            }
        }
        let (writers, syncs) = match (&opener.target, &writing) {
            (_, None) => (0, None),
            (Target::Sqlite { .. }, _) => (1, Some(&opener.syncs)),
            (Target::Postgres(_), _) => (options.writers.max(1), None),
        };
        let writers: Vec<Writer> =
            (0..writers).map(|_| Writer { queue: Queue::new(usize::MAX), syncs: syncs.cloned() }).collect();
        let (log_syncer, checkpointer) = match (&opener.target, writers.first()) {
            (Target::Sqlite { dir, vfs }, Some(writer)) => (
                Some(LogSyncer::start(dir, vfs.as_deref(), opener.syncs.clone())?),
                Some(Checkpointer::start(dir, vfs.as_deref(), opener.log.clone(), writer.clone())?),
            ),
            _ => (None, None),
        };
        let mut store = Store {
            readers: Queue::new(options.waiting_reads),
            opener,
            writers,
            threads: Vec::new(),
            log_syncer,
            checkpointer,
            _lock: lock,
        };
        for writer in store.writers.clone() {
            store.spawn("writer", Purpose::Write, writer.queue, writing.take())?;
        }
        for _ in 0..options.readers.max(1) {
            store.spawn("reader", Purpose::Read, store.readers.clone(), None)?;
        }
        Ok(store)
    }

    fn spawn(&mut self, name: &str, purpose: Purpose, queue: Arc<Queue>, conn: Option<Conn>) -> Result<(), StoreError> {
        let opener = self.opener.clone();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || serve(&opener, purpose, &queue, conn))
            .map_err(StoreError::file("a database thread"))?;
        self.threads.push(thread);
        Ok(())
    }

    /// The thread that writes what [`Store::write`] is given; none where the store was opened for reading.
    pub fn writer(&self) -> Option<Writer> {
        self.writers.first().cloned()
    }

    /// All threads that write, that one first.
    pub fn writers(&self) -> &[Writer] {
        &self.writers
    }

    /// A further connection that writes, for the calling thread; PostgreSQL only, because SQLite has one writer at a time.
    pub fn open_writer(&self) -> Result<Conn, StoreError> {
        match &self.opener.target {
            Target::Postgres(target) => postgres::connect(target, Purpose::Write),
            Target::Sqlite { .. } => Err(StoreError::Unsupported("SQLite has one writer: submit jobs to it")),
        }
    }

    /// A further connection that reads, for the calling thread: for long work on one view.
    pub fn open_reader(&self) -> Result<Conn, StoreError> {
        self.opener.open(Purpose::ReadLong)
    }

    /// Where this store is.
    pub fn target(&self) -> &Target {
        &self.opener.target
    }

    /// What has happened to the log of SQLite since this store was opened; none on PostgreSQL, which keeps its own.
    pub fn log_counts(&self) -> Option<Arc<LogCounts>> {
        match &self.opener.target {
            Target::Sqlite { .. } => Some(Arc::clone(self.opener.log.counts())),
            Target::Postgres(_) => None,
        }
    }

    /// Runs `work` on one consistent view of the database, on a reading thread.
    pub async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue_read(work)?.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::read`] for work over all members, on a connection of its own: no reading thread is taken from short questions, and what the
    /// connection has cached and mapped goes with it.
    pub async fn read_apart<T, F>(self: &Arc<Self>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        // Keeps the store open until the connection is closed.
        let store = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || store.open_reader()?.snapshot(work));
        read.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::read`] for threads that may wait. Must not be called inside an async runtime.
    pub fn read_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue_read(work)?.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `work` in one transaction on the writing thread and answers after the commit. It may run twice (see
    /// [`Conn::transaction`]).
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue_write(work)?.await.unwrap_or(Err(StoreError::Closed))
    }

    /// [`Store::write`] for threads that may wait. Must not be called inside an async runtime.
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        self.queue_write(work)?.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Frees what the writing thread has in memory of pages: after work over all members it is of no use to what comes next, and scattered over
    /// several times its size.
    pub async fn give_back(&self) -> Result<(), StoreError> {
        let writer = self.writers.first().ok_or(StoreError::Unsupported("the store is open for reading only"))?;
        let (answer, answered) = oneshot::channel();
        writer.submit(move |conn| {
            answer.send(conn.and_then(sqlite::give_back)).ok();
        })?;
        answered.await.unwrap_or(Err(StoreError::Closed))
    }

    fn queue_read<T, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.readers.push(Box::new(move |conn| {
            // Whoever asked may have gone away.
            answer.send(conn.and_then(|conn| conn.snapshot(work))).ok();
        }))?;
        Ok(answered)
    }

    fn queue_write<T, F>(&self, work: F) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Conn) -> Result<T, StoreError> + Send + 'static,
    {
        let writer = self.writers.first().ok_or(StoreError::Unsupported("the store is open for reading only"))?;
        let (answer, answered) = oneshot::channel();
        writer.submit(move |conn| {
            answer.send(conn.and_then(|conn| conn.transaction(work))).ok();
        })?;
        Ok(answered)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.readers.close();
        self.writers.iter().for_each(|writer| writer.queue.close());
        for thread in self.threads.drain(..) {
            // A panic in a job is caught there; one outside has been printed by its hook.
            thread.join().ok();
        }
        self.log_syncer = None;
        self.checkpointer = None;
    }
}

/// The life of a database thread. A connection is opened when it is first needed and again when it broke.
fn serve(opener: &Opener, purpose: Purpose, queue: &Queue, mut conn: Option<Conn>) {
    while let Some(job) = queue.pop() {
        if conn.as_ref().is_none_or(Conn::is_closed) {
            match opener.open(purpose) {
                Ok(opened) => conn = Some(opened),
                Err(error) => {
                    job(Err(error));
                    continue;
                }
            }
        }
        if let Some(open) = &mut conn {
            // A panic in one job must not take the thread from the others; its caller sees a closed channel.
            let ended = catch_unwind(AssertUnwindSafe(|| job(Ok(open))));
            if ended.is_err() || open.rollback().is_err() {
                conn = None;
            }
        }
    }
}

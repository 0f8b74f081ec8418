//! The write pipeline: natural batching.
//!
//! Commands queue up while the last commit runs; the next batch is whatever is there, capped. No timer. A full queue answers at
//! once, so that a caller can wait and try again instead of hanging.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use danggol_core::decide::{Envelope, Rules};
use danggol_core::id::IdMaker;
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::lease::{lease_writer, release_lease, renew_lease};
use danggol_store::save::Fence;
use danggol_store::{Conn, Store, StoreError, Writer};
use tokio::sync::oneshot;

use crate::clock::Clock;

/// The most commands of one commit.
pub const BATCH_LIMIT: usize = 1_024;

/// The most commands that may wait.
pub const QUEUE_LIMIT: usize = 16_384;

/// Why a command has no outcome.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Too many commands wait; try again in a moment.
    #[error("too many commands are waiting")]
    Full,
    /// The program is ending.
    #[error("the pipeline is closed")]
    Closed,
    /// The database refused, or its answer was lost.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

/// What the pipeline has done since it started.
#[derive(Debug, Default)]
pub struct Counts {
    /// Commits.
    pub commits: AtomicU64,
    /// Commands carried out or refused.
    pub commands: AtomicU64,
    /// Batches that failed and were tried again one command at a time.
    pub fallbacks: AtomicU64,
}

/// A command that was carried out or refused, given back with what became of it.
#[derive(Debug)]
pub struct Answer {
    /// The command, numbered.
    pub envelope: Envelope,
    /// What became of it.
    pub settled: Settled,
    /// UTC milliseconds at which it was decided.
    pub posted_at_ms: i64,
}

type Reply = oneshot::Sender<Result<Answer, PipelineError>>;

struct Waiting {
    envelope: Envelope,
    reply: Reply,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Whether a job for the writing thread is on its way.
    scheduled: bool,
    closed: bool,
}

/// What the pipeline is made of.
pub struct Parts {
    /// Where commands are kept.
    pub store: Arc<Store>,
    /// The rules in force.
    pub rules: Arc<RwLock<Arc<Rules>>>,
    /// The maker of ids of this process.
    pub ids: Arc<Mutex<IdMaker>>,
    /// What time it is.
    pub clock: Clock,
    /// The lease of this process.
    pub fence: Fence,
}

struct Shared {
    queue: Mutex<Queue>,
    fence: Mutex<Fence>,
    writer: Writer,
    rules: Arc<RwLock<Arc<Rules>>>,
    ids: Arc<Mutex<IdMaker>>,
    clock: Clock,
    counts: Counts,
}

/// The way in for every command that changes a benefit.
#[derive(Clone)]
pub struct Pipeline {
    shared: Arc<Shared>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pipeline {
    /// A pipeline over the writing thread of a store.
    pub fn start(parts: Parts) -> Result<Self, StoreError> {
        let writer = parts.store.writer().ok_or(StoreError::Unsupported("the store is open for reading only"))?;
        let Parts { rules, ids, clock, fence, .. } = parts;
        let (queue, fence) = (Mutex::default(), Mutex::new(fence));
        Ok(Self { shared: Arc::new(Shared { queue, fence, writer, rules, ids, clock, counts: Counts::default() }) })
    }

    /// Carries a command out and answers after the commit that keeps it.
    pub async fn submit(&self, envelope: Envelope) -> Result<Answer, PipelineError> {
        self.enqueue(envelope)?.await.unwrap_or(Err(PipelineError::Closed))
    }

    /// Queues a command; the receiver gets its outcome.
    pub fn enqueue(&self, envelope: Envelope) -> Result<oneshot::Receiver<Result<Answer, PipelineError>>, PipelineError> {
        let (reply, answer) = oneshot::channel();
        let mut queue = lock(&self.shared.queue);
        if queue.closed {
            return Err(PipelineError::Closed);
        }
        if queue.waiting.len() >= QUEUE_LIMIT {
            return Err(PipelineError::Full);
        }
        queue.waiting.push_back(Waiting { envelope, reply });
        self.shared.schedule(&mut queue)?;
        Ok(answer)
    }

    /// How many commands wait.
    pub fn queued(&self) -> usize {
        lock(&self.shared.queue).waiting.len()
    }

    /// What it has done since it started.
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Refuses further commands; those that wait are still carried out.
    pub fn close(&self) {
        lock(&self.shared.queue).closed = true;
    }

    /// Prolongs the lease of this process. Call it well within [`danggol_store::lease::LEASE_MS`].
    pub fn renew(&self) -> Result<(), PipelineError> {
        let shared = Arc::clone(&self.shared);
        let job = move |conn: Result<&mut Conn, StoreError>| {
            let now_ms = (shared.clock)();
            let mut fence = lock(&shared.fence);
            if let Err(error) = conn.and_then(|conn| keep_lease(conn, &mut fence, now_ms)) {
                tracing::warn!(%error, "the writer's lease was not renewed");
            }
        };
        self.shared.writer.submit(job).map_err(store_error)
    }

    /// Gives the lease back; the last thing a process does.
    pub fn release(&self) -> Result<(), PipelineError> {
        self.close();
        let shared = Arc::clone(&self.shared);
        let job = move |conn: Result<&mut Conn, StoreError>| {
            let fence = lock(&shared.fence);
            if let Err(error) = conn.and_then(|conn| conn.transaction(|conn| release_lease(conn, &fence))) {
                tracing::warn!(%error, "the writer's lease was not given back; it lapses by itself");
            }
        };
        self.shared.writer.submit(job).map_err(store_error)
    }
}

fn store_error(error: StoreError) -> PipelineError {
    PipelineError::Store(Arc::new(error))
}

fn keep_lease(conn: &mut Conn, fence: &mut Fence, now_ms: i64) -> Result<(), StoreError> {
    let held = conn.transaction(|conn| renew_lease(conn, fence, now_ms))?;
    if !held {
        *fence = conn.transaction(|conn| lease_writer(conn, &fence.instance, now_ms))?;
    }
    Ok(())
}

impl Shared {
    fn schedule(self: &Arc<Self>, queue: &mut Queue) -> Result<(), PipelineError> {
        if queue.scheduled {
            return Ok(());
        }
        let shared = Arc::clone(self);
        self.writer.submit(move |conn| shared.run(conn)).map_err(store_error)?;
        queue.scheduled = true;
        Ok(())
    }

    /// One batch, on the writing thread. Other writers' jobs get their turn before the next one.
    fn run(self: Arc<Self>, conn: Result<&mut Conn, StoreError>) {
        let batch: Vec<Waiting> = {
            let mut queue = lock(&self.queue);
            let count = queue.waiting.len().min(BATCH_LIMIT);
            queue.waiting.drain(..count).collect()
        };
        let (mut commands, replies): (Vec<Envelope>, Vec<Reply>) =
            batch.into_iter().map(|waiting| (waiting.envelope, waiting.reply)).unzip();
        let now_ms = (self.clock)();
        let results = match conn {
            Ok(conn) => self.carry_out(conn, &mut commands, now_ms),
            Err(error) => fail_all(commands.len(), error),
        };
        {
            let mut queue = lock(&self.queue);
            queue.scheduled = false;
            if !queue.waiting.is_empty()
                && let Err(error) = self.schedule(&mut queue)
            {
                tracing::error!(%error, "commands wait and the writing thread does not take them");
            }
        }
        for ((reply, result), envelope) in replies.into_iter().zip(results).zip(commands) {
            // Whoever asked may have gone away.
            reply.send(result.map(|settled| Answer { envelope, settled, posted_at_ms: now_ms })).ok();
        }
    }

    fn carry_out(&self, conn: &mut Conn, commands: &mut [Envelope], now_ms: i64) -> Vec<Result<Settled, PipelineError>> {
        let rules = Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner));
        let mut fence = lock(&self.fence);
        let mut settled: Vec<Option<Settled>> = commands.iter().map(|_| None).collect();
        let mut scribe = Scribe { fence: &mut fence, ids: &self.ids };
        let whole = carry_out(conn, &rules, &mut scribe, commands, &mut settled, now_ms);
        self.counts.commits.fetch_add(1, Ordering::Relaxed);
        self.counts.commands.fetch_add(commands.len() as u64, Ordering::Relaxed);
        let Err(error) = whole else { return settled.into_iter().map(settle).collect() };
        let unknown = matches!(error, StoreError::CommitUnknown(_));
        tracing::warn!(%error, commands = commands.len(), "a batch failed");
        if matches!(error, StoreError::Fenced)
            && let Err(error) = keep_lease(conn, &mut fence, now_ms)
        {
            tracing::error!(%error, "the writer's lease is lost");
        }
        if unknown || commands.len() == 1 && !matches!(error, StoreError::Fenced) {
            let error = Arc::new(error);
            let answer = |settled: Option<Settled>| settled.ok_or_else(|| PipelineError::Store(Arc::clone(&error)));
            return settled.into_iter().map(answer).collect();
        }
        // One bad command hurts itself alone: each on its own.
        self.counts.fallbacks.fetch_add(1, Ordering::Relaxed);
        let mut scribe = Scribe { fence: &mut fence, ids: &self.ids };
        let each = commands.iter_mut().zip(settled).map(|(command, settled)| {
            let mut alone = [settled];
            if alone[0].is_none() {
                let command = std::slice::from_mut(command);
                carry_out(conn, &rules, &mut scribe, command, &mut alone, now_ms).map_err(store_error)?;
            }
            let [settled] = alone;
            settle(settled)
        });
        each.collect()
    }
}

fn settle(settled: Option<Settled>) -> Result<Settled, PipelineError> {
    settled.ok_or(PipelineError::Closed)
}

fn fail_all(count: usize, error: StoreError) -> Vec<Result<Settled, PipelineError>> {
    let error = Arc::new(error);
    (0..count).map(|_| Err(PipelineError::Store(Arc::clone(&error)))).collect()
}

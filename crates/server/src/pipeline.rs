//! The write pipeline: natural batching.
//!
//! Commands queue up while the last batch is carried out and brought to the disk; the next one is whatever is there, capped. It is carried out
//! beside the sync of the last when enough commands wait, else after it: they are answered after the next sync either way, and a commit of
//! ten costs about as much as one of twenty. There is no timer, and a lone command waits for nobody. A full queue answers at once, so that a
//! caller can wait and try again instead of hanging.
//!
//! Each writing thread of the store has a lane: a queue, and a lease as another process would have. A member's commands keep to one lane.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use danggol_core::decide::{Command, Envelope, Outcome, Rules};
use danggol_core::id::IdMaker;
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::lease::{lease_writer, release_lease, renew_lease};
use danggol_store::save::Fence;
use danggol_store::{Conn, Store, StoreError, Writer};
use tokio::sync::oneshot;

use crate::clock::Clock;

/// The most commands of one commit.
pub const BATCH_LIMIT: usize = 1_024;

/// Commands in all lanes together that are enough for a batch beside a sync: fewer wait for its end, since they are answered after the next
/// one at the earliest.
const ENOUGH: usize = 20;

/// The most commands that may wait in a lane.
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
    /// Batches that are committed and not yet known to be on the disk.
    syncing: usize,
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
    /// A lease for each writing thread of the store, in their order.
    pub fences: Vec<Fence>,
}

/// A writing thread with what waits for it.
struct Lane {
    queue: Mutex<Queue>,
    /// Told when enough commands wait, and when a batch is on the disk.
    changed: Condvar,
    /// How many commands are enough.
    enough: usize,
    fence: Mutex<Fence>,
    writer: Writer,
}

impl Lane {
    /// The commands of the next batch: what waits when nothing is being synced any more, or enough of them before that.
    fn take(&self) -> Vec<Waiting> {
        let is_early = |queue: &mut Queue| queue.syncing > 0 && queue.waiting.len() < self.enough;
        let mut queue = self.changed.wait_while(lock(&self.queue), is_early).unwrap_or_else(PoisonError::into_inner);
        let count = queue.waiting.len().min(BATCH_LIMIT);
        queue.waiting.drain(..count).collect()
    }

    /// Notes that a batch is on the disk, or will never be.
    fn synced(&self) {
        lock(&self.queue).syncing -= 1;
        self.changed.notify_one();
    }
}

struct Shared {
    lanes: Vec<Lane>,
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

/// Leases a writer id for each writing thread of a store. `instance` is a name that no other process has or had. Run it in a transaction.
pub fn lease_lanes(conn: &mut Conn, lanes: usize, instance: &str, now_ms: i64) -> Result<Vec<Fence>, StoreError> {
    (0..lanes).map(|lane| lease_writer(conn, &format!("{instance}/{lane}"), now_ms)).collect()
}

/// Whose a command is, as far as it says so: commands of one number keep their order.
fn owner(command: &Command) -> i64 {
    match command {
        Command::Purchase(order) => order.member.0,
        Command::Return(order) => order.purchase.0,
        Command::Adjust(adjustment) => adjustment.member.0,
        Command::Coupon(order) => order.member.0,
        Command::Occasion(order) => order.member.0,
        Command::Value(order) => order.member.0,
        Command::Gift(order) => order.member.0,
        Command::Review(holder) | Command::Rank(holder, _) => holder.0,
    }
}

impl Pipeline {
    /// A pipeline over the writing threads of a store.
    pub fn start(parts: Parts) -> Result<Self, StoreError> {
        let Parts { store, rules, ids, clock, fences } = parts;
        if store.writers().is_empty() || store.writers().len() != fences.len() {
            return Err(StoreError::Unsupported("a lease for each writing thread"));
        }
        let enough = ENOUGH.div_ceil(fences.len());
        let lane = |(writer, fence): (&Writer, Fence)| Lane {
            queue: Mutex::default(),
            changed: Condvar::new(),
            enough,
            fence: Mutex::new(fence),
            writer: writer.clone(),
        };
        let lanes = store.writers().iter().zip(fences).map(lane).collect();
        Ok(Self { shared: Arc::new(Shared { lanes, rules, ids, clock, counts: Counts::default() }) })
    }

    /// Carries a command out and answers after the commit that keeps it.
    pub async fn submit(&self, envelope: Envelope) -> Result<Answer, PipelineError> {
        self.enqueue(envelope)?.await.unwrap_or(Err(PipelineError::Closed))
    }

    /// Carries out commands that come together; says how many of them left an entry.
    pub async fn submit_all(&self, envelopes: Vec<Envelope>) -> Result<usize, PipelineError> {
        let waiting: Result<Vec<_>, PipelineError> = envelopes.into_iter().map(|envelope| self.enqueue(envelope)).collect();
        let mut done = 0;
        for answer in waiting? {
            let answer = answer.await.unwrap_or(Err(PipelineError::Closed))?;
            done += usize::from(matches!(answer.settled.outcome, Outcome::Done(_)));
        }
        Ok(done)
    }

    /// Queues a command; the receiver gets its outcome.
    pub fn enqueue(&self, envelope: Envelope) -> Result<oneshot::Receiver<Result<Answer, PipelineError>>, PipelineError> {
        let (reply, answer) = oneshot::channel();
        // Ids differ in high bits as well as in low ones (Knuth, The Art of Computer Programming, vol. 3, section 6.4, multiplicative hashing).
        let hash = owner(&envelope.command).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed()).cast_unsigned() >> 32;
        let at = hash as usize % self.shared.lanes.len();
        let lane = &self.shared.lanes[at];
        let mut queue = lock(&lane.queue);
        if queue.closed {
            return Err(PipelineError::Closed);
        }
        if queue.waiting.len() >= QUEUE_LIMIT {
            return Err(PipelineError::Full);
        }
        queue.waiting.push_back(Waiting { envelope, reply });
        if queue.waiting.len() == lane.enough {
            lane.changed.notify_one();
        }
        self.shared.schedule(at, &mut queue)?;
        Ok(answer)
    }

    /// How many commands wait.
    pub fn queued(&self) -> usize {
        self.shared.lanes.iter().map(|lane| lock(&lane.queue).waiting.len()).sum()
    }

    /// What it has done since it started.
    pub fn counts(&self) -> &Counts {
        &self.shared.counts
    }

    /// Refuses further commands; those that wait are still carried out.
    pub fn close(&self) {
        self.shared.lanes.iter().for_each(|lane| lock(&lane.queue).closed = true);
    }

    /// Prolongs the leases of this process. Call it well within [`danggol_store::lease::LEASE_MS`].
    pub fn renew(&self) -> Result<(), PipelineError> {
        self.with_leases(|conn, fence, now_ms| {
            if let Err(error) = conn.and_then(|conn| keep_lease(conn, fence, now_ms)) {
                tracing::warn!(%error, "the writer's lease was not renewed");
            }
        })
    }

    /// Gives the leases back; the last thing a process does.
    pub fn release(&self) -> Result<(), PipelineError> {
        self.close();
        self.with_leases(|conn, fence, _| {
            if let Err(error) = conn.and_then(|conn| conn.transaction(|conn| release_lease(conn, fence))) {
                tracing::warn!(%error, "the writer's lease was not given back; it lapses by itself");
            }
        })
    }

    /// Does something with each lane's lease, on its writing thread.
    fn with_leases(&self, work: fn(Result<&mut Conn, StoreError>, &mut Fence, i64)) -> Result<(), PipelineError> {
        for (lane, own) in self.shared.lanes.iter().enumerate() {
            let shared = Arc::clone(&self.shared);
            let job = move |conn: Result<&mut Conn, StoreError>| {
                work(conn, &mut lock(&shared.lanes[lane].fence), (shared.clock)());
            };
            own.writer.submit(job).map_err(store_error)?;
        }
        Ok(())
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
    fn schedule(self: &Arc<Self>, lane: usize, queue: &mut Queue) -> Result<(), PipelineError> {
        if queue.scheduled {
            return Ok(());
        }
        let shared = Arc::clone(self);
        self.lanes[lane].writer.submit(move |conn| shared.run(lane, conn)).map_err(store_error)?;
        queue.scheduled = true;
        Ok(())
    }

    /// One batch, on the lane's writing thread. Other jobs of the thread get their turn before the next one.
    fn run(self: Arc<Self>, lane: usize, conn: Result<&mut Conn, StoreError>) {
        let (mut commands, replies): (Vec<Envelope>, Vec<Reply>) =
            self.lanes[lane].take().into_iter().map(|waiting| (waiting.envelope, waiting.reply)).unzip();
        let now_ms = (self.clock)();
        let results = match conn {
            Ok(conn) => self.carry_out(conn, &self.lanes[lane].fence, &mut commands, now_ms),
            Err(error) => fail_all(commands.len(), error),
        };
        {
            let mut queue = lock(&self.lanes[lane].queue);
            queue.scheduled = false;
            queue.syncing += 1;
            if !queue.waiting.is_empty()
                && let Err(error) = self.schedule(lane, &mut queue)
            {
                tracing::error!(%error, "commands wait and the writing thread does not take them");
            }
        }
        let shared = Arc::clone(&self);
        self.lanes[lane].writer.when_durable(move |durable| {
            shared.lanes[lane].synced();
            let lost = durable.err().map(|error| Arc::new(StoreError::CommitUnknown(Box::new(error))));
            for ((reply, result), envelope) in replies.into_iter().zip(results).zip(commands) {
                let answer = match &lost {
                    Some(error) => Err(PipelineError::Store(Arc::clone(error))),
                    None => result.map(|settled| Answer { envelope, settled, posted_at_ms: now_ms }),
                };
                // Whoever asked may have gone away.
                reply.send(answer).ok();
            }
        });
    }

    fn carry_out(
        &self,
        conn: &mut Conn,
        fence: &Mutex<Fence>,
        commands: &mut [Envelope],
        now_ms: i64,
    ) -> Vec<Result<Settled, PipelineError>> {
        let rules = Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner));
        let mut fence = lock(fence);
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

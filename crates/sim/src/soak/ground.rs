//! A brand's database with a pipeline over it and a clock that only the soak moves.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, mpsc};

use anyhow::{Context, ensure};
use danggol_core::decide::{Envelope, Rules};
use danggol_core::household::HouseholdRules;
use danggol_core::id::{IdMaker, MemberId};
use danggol_core::programme::Programme;
use danggol_core::time::DAY_MS;
use danggol_server::pipeline::{Answer, Parts, Pipeline, PipelineError, lease_lanes};
use danggol_store::audit::{Audited, audit};
use danggol_store::lease::greatest_id;
use danggol_store::schema::{HOUSEHOLD, HOUSEHOLD_MEMBER, MEMBER};
use danggol_store::sqlite::LogBounds;
use danggol_store::{BindRow, Binder, Conflict, Conn, Store, StoreError, StoreOptions, Target, household, programme, setting};

use crate::soak::{brand, shelf};

/// The moment at which every soak begins: 2026-03-02T02:00:00Z.
pub const BEGIN_MS: i64 = 1_772_416_800_000;

/// The id of the first member; the others follow.
pub const FIRST_MEMBER: i64 = 1_000;

/// The log is emptied so often that short soaks, kills and cuts meet its emptying too.
const LOG: LogBounds = LogBounds { passive_bytes: 256 << 10, restart_bytes: 1 << 20 };

/// The last of every six members is closed.
const CLOSED_EVERY: i64 = 6;

struct MemberRow(i64);

impl BindRow for MemberRow {
    fn bind(&self, to: &mut Binder<'_>) {
        let id = FIRST_MEMBER + self.0;
        let birthday =
            format!(r#"{{"date":"{}-{:02}-29","calendar":"lunar","leap_month":false}}"#, 1960 + self.0 * 7 % 60, 1 + self.0 % 12);
        let joined_at_ms = BEGIN_MS - self.0 * 20 * DAY_MS;
        to.int(id);
        to.int(id);
        to.text(if self.0 % CLOSED_EVERY == CLOSED_EVERY - 1 { "closed" } else { "active" });
        to.opt_text(Some("Nobody"));
        to.opt_text([None, Some("female"), Some("male")][(self.0 % 3) as usize]);
        to.opt_text((self.0 % 4 != 0).then_some(&birthday));
        to.opt_text(Some("en"));
        to.text("counter");
        to.opt_text(None);
        to.opt_text(None);
        to.int(joined_at_ms);
        to.int(joined_at_ms);
        to.text("{}");
        to.opt_text(None);
        to.opt_int(None);
        to.opt_text(None);
    }
}

/// Members that a soak works on.
pub fn members(count: i64) -> Vec<MemberId> {
    (FIRST_MEMBER..FIRST_MEMBER + count).map(MemberId).collect()
}

/// Whether a member of the soak has a closed file.
pub fn is_closed(member: MemberId) -> bool {
    (member.0 - FIRST_MEMBER) % CLOSED_EVERY == CLOSED_EVERY - 1
}

/// Members who live together: four each.
const HOUSEHOLD_OF: i64 = 4;

/// Of every so many households the last does not share its points.
const KEEPING_EVERY: i64 = 4;

/// The household in which a member of the soak shares her points, where the brand lets her.
pub fn household_of(member: MemberId) -> Option<i64> {
    let place = (member.0 - FIRST_MEMBER) / HOUSEHOLD_OF;
    (place % KEEPING_EVERY != KEEPING_EVERY - 1).then_some(place)
}

struct HouseholdRow(i64);

impl BindRow for HouseholdRow {
    fn bind(&self, to: &mut Binder<'_>) {
        let head = FIRST_MEMBER + self.0 * HOUSEHOLD_OF;
        to.int(1 + self.0);
        to.text("home");
        to.int(head);
        to.int(0);
        to.int(BEGIN_MS);
        to.opt_int(None);
        to.int(i64::from(household_of(MemberId(head)).is_some()));
    }
}

struct PlaceRow(i64);

impl BindRow for PlaceRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(FIRST_MEMBER + self.0);
        to.int(1 + self.0 / HOUSEHOLD_OF);
        to.text("other");
        to.int(BEGIN_MS + self.0);
    }
}

/// An open database under a soak.
pub struct Ground {
    /// The store.
    pub store: Arc<Store>,
    /// The pipeline over it.
    pub pipeline: Pipeline,
    rules: Arc<RwLock<Arc<Rules>>>,
    now_ms: Arc<AtomicI64>,
}

impl Ground {
    /// Makes a new brand at a target, with members and a first programme.
    pub fn found(target: Target, count: i64, first: &Programme) -> anyhow::Result<Self> {
        Self::open(target, count, first, "founder", BEGIN_MS)
    }

    /// Opens a brand as a process of its own does, and makes it where none is there yet; `instance` is a name that no other process has
    /// or had.
    pub fn open(target: Target, count: i64, first: &Programme, instance: &str, now_ms: i64) -> anyhow::Result<Self> {
        Self::open_wide(target, count, first, (instance, 1), now_ms)
    }

    /// [`Ground::open`] with so many threads that write, where the database is PostgreSQL.
    pub fn open_wide(
        target: Target,
        count: i64,
        first: &Programme,
        (instance, writers): (&str, usize),
        now_ms: i64,
    ) -> anyhow::Result<Self> {
        let options = StoreOptions { readers: 1, writers, log: LOG, ..StoreOptions::default() };
        let store = Arc::new(Store::open(target, options, now_ms)?);
        let body = serde_json::to_string(first)?;
        let found = move |conn: &mut Conn| {
            if programme::newest(conn)?.is_none() {
                conn.insert_rows(&MEMBER, Conflict::Skip { on: &["member_id"] }, (0..count).map(MemberRow))?;
                programme::publish(conn, &body, BEGIN_MS, None, None)?;
                shelf::fill(conn)?;
            }
            Ok(())
        };
        match store.write_blocking(found.clone()) {
            // The last commit of a process that was killed came in between.
            Err(error) if error.is_duplicate() => store.write_blocking(found)?,
            founded => founded?,
        }
        let instance = instance.to_owned();
        let lanes = store.writers().len();
        let (fences, greatest) = store.write_blocking(move |conn| {
            let fences = lease_lanes(conn, lanes, &instance, now_ms)?;
            Ok((fences, greatest_id(conn)?))
        })?;
        let mut ids = IdMaker::new(fences[0].writer_id);
        ids.next_after(0, greatest);
        let rules = Arc::new(RwLock::new(Arc::new(published_rules(&store)?)));
        let now_ms = Arc::new(AtomicI64::new(now_ms));
        let clock = Arc::clone(&now_ms);
        let pipeline = Pipeline::start(Parts {
            store: Arc::clone(&store),
            rules: Arc::clone(&rules),
            ids: Arc::new(Mutex::new(ids)),
            clock: Arc::new(move || clock.load(Ordering::Relaxed)),
            fences,
        })?;
        Ok(Self { store, pipeline, rules, now_ms })
    }

    /// What time it is.
    pub fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// Sets the clock.
    pub fn set_clock(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The rules as those who follow the brand hold them: they change with it.
    pub fn shared_rules(&self) -> Arc<RwLock<Arc<Rules>>> {
        Arc::clone(&self.rules)
    }

    /// Publishes the next version of the programme.
    pub fn publish(&self, next: &Programme) -> anyhow::Result<()> {
        let (body, now_ms) = (serde_json::to_string(next)?, self.now_ms());
        self.store.write_blocking(move |conn| programme::publish(conn, &body, now_ms, None, None))?;
        let rules = Arc::new(published_rules(&self.store)?);
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
        Ok(())
    }

    /// Brings the first `count` members together in households, and says whether they may share their points.
    pub fn let_share(&self, count: i64, share_points: bool) -> anyhow::Result<()> {
        let rules = serde_json::to_string(&HouseholdRules { share_points, ..HouseholdRules::default() })?;
        Ok(self.store.write_blocking(move |conn| {
            let skip = Conflict::Skip { on: &["household_id"] };
            conn.insert_rows(&HOUSEHOLD, skip, (0..(count + HOUSEHOLD_OF - 1) / HOUSEHOLD_OF).map(HouseholdRow))?;
            conn.insert_rows(&HOUSEHOLD_MEMBER, Conflict::Skip { on: &["member_id"] }, (0..count).map(PlaceRow))?;
            setting::put(conn, household::RULES, &rules)
        })?)
    }

    /// Carries commands out in one batch: the writing thread is held until all of them wait.
    pub fn carry_out(&self, commands: Vec<Envelope>) -> anyhow::Result<Vec<Result<Answer, PipelineError>>> {
        let (open, gate) = mpsc::channel::<()>();
        let writer = self.store.writer().context("the store is open for writing")?;
        writer.submit(move |_| {
            // Opened by dropping the other end.
            gate.recv().ok();
        })?;
        let queued: Result<Vec<_>, _> = commands.into_iter().map(|command| self.pipeline.enqueue(command)).collect();
        drop(open);
        let answers = queued?.into_iter().map(|answer| answer.blocking_recv().unwrap_or(Err(PipelineError::Closed)));
        Ok(answers.collect())
    }

    /// Carries commands out, each in a batch of its own.
    pub fn carry_out_singly(&self, commands: Vec<Envelope>) -> anyhow::Result<Vec<Result<Answer, PipelineError>>> {
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            answers.push(self.pipeline.enqueue(command)?.blocking_recv().unwrap_or(Err(PipelineError::Closed)));
        }
        Ok(answers)
    }

    /// Reads one view of the database on this thread.
    pub fn snapshot<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> anyhow::Result<T> {
        Ok(self.store.open_reader()?.snapshot(work)?)
    }

    /// Audits everything; an error when anything differs.
    pub fn audit(&self) -> anyhow::Result<Audited> {
        let rules = published_rules(&self.store)?;
        let audited = self.snapshot(|conn| audit(conn, &rules, |_| ()))?;
        let found: Vec<String> =
            audited.differences.iter().take(5).map(|difference| difference.say(danggol_core::language::Language::En)).collect();
        ensure!(audited.differing == 0, "{} differences, among them:\n{}", audited.differing, found.join("\n"));
        Ok(audited)
    }

    /// Closes the brand as a process does that ends in order.
    pub fn close(self) -> anyhow::Result<()> {
        self.pipeline.release()?;
        Ok(())
    }
}

/// The rules that follow from the published versions.
fn published_rules(store: &Store) -> anyhow::Result<Rules> {
    let versions = store.read_blocking(programme::versions)?;
    let (newest, earlier) = versions.split_first().context("no programme is published")?;
    let mut rules = brand::rules(newest.read()?);
    for kept in earlier {
        rules.versions.insert(kept.version, Arc::new(kept.read()?));
    }
    Ok(rules)
}

//! A brand's database filled for measuring: members, and a history of purchases that went through the pipeline's own door.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};

use danggol_core::decide::Rules;
use danggol_core::id::IdMaker;
use danggol_server::pipeline::{Answer, Parts, Pipeline, PipelineError};
use danggol_store::lease::lease_writer;
use danggol_store::schema::MEMBER;
use danggol_store::{BindRow, Binder, Conflict, Conn, Store, StoreError, StoreOptions, Target};

use crate::workload::Buyers;

/// The id of the first member; the others follow.
pub const FIRST_MEMBER: i64 = 1_000;
/// The moment of the first purchase: 2026-03-02T02:00:00Z, a Monday morning in Shanghai.
pub const FIRST_PURCHASE_AT_MS: i64 = 1_772_416_800_000;

struct MemberRow(i64);

impl BindRow for MemberRow {
    fn bind(&self, to: &mut Binder<'_>) {
        let joined_at_ms = FIRST_PURCHASE_AT_MS - 86_400_000 * (1 + self.0 % 700);
        to.int(self.0);
        to.int(self.0);
        to.text("active");
        to.opt_text(Some(&format!("Member {}", self.0)));
        to.opt_text(Some(if self.0 % 3 == 0 { "male" } else { "female" }));
        to.opt_text(None);
        to.opt_text(Some("en"));
        to.text("counter");
        to.opt_text(None);
        to.opt_text(Some("s001"));
        to.int(joined_at_ms);
        to.int(joined_at_ms);
        to.text("{}");
        to.opt_text(None);
    }
}

fn add_members(conn: &mut Conn, members: u64) -> Result<(), StoreError> {
    let ids: Vec<i64> = (FIRST_MEMBER..FIRST_MEMBER + members as i64).collect();
    for chunk in ids.chunks(50_000) {
        conn.insert_rows(&MEMBER, Conflict::Fail, chunk.iter().map(|id| MemberRow(*id)))?;
    }
    Ok(())
}

/// A store with members, and a pipeline over it.
pub struct Stage {
    /// The store.
    pub store: Arc<Store>,
    /// The pipeline.
    pub pipeline: Pipeline,
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// Draws the next purchases.
    pub buyers: Buyers,
    at_ms: i64,
}

impl Stage {
    /// Opens a database, fills it with members and, through the pipeline, with purchases of history.
    pub fn prepare(target: Target, rules: Rules, members: u64, purchases: u64, seed: u64) -> anyhow::Result<Self> {
        let now_ms = FIRST_PURCHASE_AT_MS;
        let store = Arc::new(Store::open(target, StoreOptions::default(), now_ms)?);
        store.write_blocking(move |conn| add_members(conn, members))?;
        let fence = store.write_blocking(move |conn| lease_writer(conn, "bench", now_ms))?;
        let rules = Arc::new(rules);
        let pipeline = Pipeline::start(Parts {
            store: Arc::clone(&store),
            rules: Arc::new(RwLock::new(Arc::clone(&rules))),
            ids: Arc::new(Mutex::new(IdMaker::new(fence.writer_id))),
            clock: Arc::new(move || now_ms),
            fence,
        })?;
        let buyers = Buyers::new(seed, FIRST_MEMBER, members);
        let mut stage = Self { store, pipeline, rules, buyers, at_ms: now_ms };
        stage.post(purchases, 2_048)?;
        Ok(stage)
    }

    /// Posts purchases with so many in flight. Every one must be carried out.
    pub fn post(&mut self, purchases: u64, in_flight: usize) -> anyhow::Result<()> {
        let mut waiting = VecDeque::with_capacity(in_flight);
        for _ in 0..purchases {
            if waiting.len() == in_flight {
                take(&mut waiting)?;
            }
            self.at_ms += 10;
            waiting.push_back(self.pipeline.enqueue(self.buyers.purchase(&self.rules, self.at_ms, "t"))?);
        }
        while !waiting.is_empty() {
            take(&mut waiting)?;
        }
        Ok(())
    }
}

type Waiting = tokio::sync::oneshot::Receiver<Result<Answer, PipelineError>>;

fn take(waiting: &mut VecDeque<Waiting>) -> anyhow::Result<()> {
    if let Some(answer) = waiting.pop_front() {
        let settled = answer.blocking_recv()??.settled;
        anyhow::ensure!(matches!(settled.outcome, danggol_core::decide::Outcome::Done(_)), "{:?}", settled.outcome);
    }
    Ok(())
}

/// The target of a SQLite folder.
pub fn sqlite(folder: &Path) -> Target {
    Target::Sqlite { dir: folder.to_owned(), vfs: None }
}

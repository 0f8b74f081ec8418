//! Ours against the anchors, interleaved in one run: each round measures the anchor and then what is stated against it, and what is
//! told are the medians of the rounds.

pub mod expected_value;
pub mod ground;
pub mod living_rounds;
pub mod pgbench_rounds;
pub mod promotions;
pub mod raw_rounds;
pub mod report;
pub mod roster_rounds;
pub mod server;
pub mod start;
pub mod what_if;

use std::path::PathBuf;
use std::{fs, thread};

use anyhow::Context;

use self::ground::Ground;
use self::report::Row;
use crate::stage::Size;

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// SQLite through the pipeline, against raw.
    Pipeline,
    /// SQLite through the pipeline with promotions, coupons and tiers, against the same without.
    Promotions,
    /// A file of purchases imported into SQLite, against raw.
    Import,
    /// Start, memory and size of the program.
    Start,
    /// SQLite over HTTP, against pgbench.
    Http,
    /// PostgreSQL through the pipeline and over HTTP, against pgbench.
    Postgres,
    /// SQLite over HTTP at 70 % of its largest rate.
    Latency,
    /// The roster while purchases come in.
    Living,
    /// Expected value on public data, against lifetimes. It needs Python, and the network once.
    ExpectedValue,
    /// The roster, against DuckDB and Polars.
    Roster,
    /// A programme replayed over the history.
    WhatIf,
}

/// What stands on a staged brand.
const STAGED: [Part; 8] =
    [Part::Pipeline, Part::Promotions, Part::Import, Part::Start, Part::Living, Part::Http, Part::Postgres, Part::Latency];

/// How much is measured.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Members of the brand.
    #[arg(long, default_value_t = 1_000_000)]
    pub members: u64,
    /// Purchases of history.
    #[arg(long, default_value_t = 500_000)]
    pub history: u64,
    /// Purchases of one round, where purchases are counted.
    #[arg(long, default_value_t = 100_000)]
    pub round: u64,
    /// Seconds of one round, where time is.
    #[arg(long, default_value_t = 10)]
    pub seconds: u32,
    /// Seconds of the open loop.
    #[arg(long, default_value_t = 60)]
    pub latency_seconds: u32,
    /// Rounds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Only these, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Part>,
    /// Where the figures are written as JSON.
    #[arg(long, default_value = "target/bench.json")]
    pub output: PathBuf,
}

impl Options {
    fn has(&self, parts: &[Part]) -> bool {
        self.only.is_empty() || parts.iter().any(|part| self.only.contains(part))
    }

    fn size(&self) -> Size {
        Size { members: self.members, history: self.history }
    }
}

/// Measures, prints a table, and writes the figures.
pub fn run(options: &Options) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: its figures mean nothing.");
    }
    let processors = thread::available_parallelism().map_or(0, usize::from);
    eprintln!("{} members, {} purchases of history, {processors} processors", options.members, options.history);
    let mut rows = Vec::new();
    if options.has(&STAGED) {
        rows.extend(on_staged_ground(options)?);
    }
    if options.has(&[Part::ExpectedValue]) {
        rows.extend(expected_value::measure()?);
    }
    if options.has(&[Part::Roster]) {
        rows.extend(roster_rounds::measure(options)?);
    }
    if options.has(&[Part::WhatIf]) {
        rows.extend(what_if::measure(options)?);
    }
    print!("{}", report::table(&rows));
    if let Some(folder) = options.output.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    fs::write(&options.output, serde_json::to_string_pretty(&rows)? + "\n").with_context(|| options.output.display().to_string())
}

/// The parts that are measured on a staged brand.
fn on_staged_ground(options: &Options) -> anyhow::Result<Vec<Row>> {
    let cluster = ground::cluster(options)?;
    let ground = Ground::prepare(options)?;
    let mut rows = Vec::new();
    if options.has(&[Part::Pipeline, Part::Import]) {
        rows.extend(raw_rounds::measure(&ground)?);
    }
    if options.has(&[Part::Promotions]) {
        rows.extend(promotions::measure(&ground)?);
    }
    if options.has(&[Part::Start]) {
        rows.extend(start::measure(&ground)?);
    }
    if options.has(&[Part::Living]) {
        rows.extend(living_rounds::measure(&ground)?);
    }
    if options.has(&[Part::Http, Part::Postgres, Part::Latency]) {
        rows.extend(pgbench_rounds::measure(&ground, cluster)?);
    }
    Ok(rows)
}

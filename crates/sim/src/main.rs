//! The command of the simulation: clusters for tests, and what is built on them.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use danggol_sim::bench;
use danggol_store::testing::{BORROWED_CLUSTER, Cluster, Durability};

/// Measures and breaks Danggol.
#[derive(Debug, Parser)]
#[command(name = "danggol-sim", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs a command with a private PostgreSQL in DANGGOL_TEST_POSTGRES, stops it afterwards, and ends with the command's status.
    Cluster {
        /// Sync every commit to disk, as benches need; without it nothing is synced.
        #[arg(long)]
        durable: bool,
        /// The command and its arguments, after `--`.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Measures ours against the anchors.
    Bench {
        /// Members of the brand.
        #[arg(long, default_value_t = 1_000_000)]
        members: u64,
        /// Purchases of history.
        #[arg(long, default_value_t = 500_000)]
        history: u64,
        /// Purchases of one round.
        #[arg(long, default_value_t = 100_000)]
        round: u64,
        /// Rounds.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().task {
        Task::Cluster { durable, command } => run_with_cluster(durable, &command),
        Task::Bench { members, history, round, rounds } => {
            bench::pipeline_against_raw(bench::Scale { members, history, round, rounds })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn run_with_cluster(durable: bool, command: &[OsString]) -> anyhow::Result<ExitCode> {
    let durability = if durable { Durability::Full } else { Durability::None };
    let cluster = Cluster::start_own(durability)?;
    let (program, arguments) = command.split_first().context("a command to run is missing")?;
    let status = Command::new(program)
        .args(arguments)
        .env(BORROWED_CLUSTER, cluster.base_url())
        .status()
        .with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
    // A command that a signal ended has no code; shells then answer 128 and the signal.
    let code = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

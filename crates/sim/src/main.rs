//! The command of the simulation: clusters for tests, and what is built on them.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use danggol_sim::bench;
use danggol_sim::calendars;
use danggol_sim::duplicates;
use danggol_sim::lifestyles;
use danggol_sim::soak;
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
    /// Measures ours against the anchors: a table, and the figures as JSON.
    Bench(bench::Options),
    /// Measures the search for members who may be one person: how long it takes, with how much memory, and how many are found.
    Duplicates(duplicates::Options),
    /// Measures lifestyle groups: how long they take, or how many members move from month to month.
    Lifestyles(lifestyles::Options),
    /// Writes the lunar calendars of China and Korea day by day, for `scripts/calendars.py`.
    Calendars {
        /// The first lunar year.
        #[arg(long, default_value_t = 1850)]
        first: i16,
        /// The last lunar year.
        #[arg(long, default_value_t = 2150)]
        last: i16,
    },
    /// Breaks ours at length: random commands, rivals, kills and cuts of power, all held to the oracle and the audit.
    Soak(soak::Plan),
    /// The process that a soak kills: posts random commands and tells each acknowledgement.
    #[command(hide = true)]
    SoakChild(soak::kill::Posting),
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().task {
        Task::Cluster { durable, command } => run_with_cluster(durable, &command),
        Task::Bench(options) => bench::run(&options).map(|()| ExitCode::SUCCESS),
        Task::Duplicates(options) => duplicates::run(&options).map(|()| ExitCode::SUCCESS),
        Task::Lifestyles(options) => lifestyles::run(&options).map(|()| ExitCode::SUCCESS),
        Task::Calendars { first, last } => calendars::tell(first, last, std::io::stdout()).map(|()| ExitCode::SUCCESS),
        Task::Soak(plan) => {
            let program = std::env::current_exe().context("the path of this program")?;
            plan.run(&program).map(|()| ExitCode::SUCCESS)
        }
        Task::SoakChild(posting) => posting.post_forever().map(|()| ExitCode::SUCCESS),
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

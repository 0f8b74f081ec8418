//! *pgbench*: the anchor that the product's speed over HTTP and on PostgreSQL is stated against. PostgreSQL's own TPC-B-like
//! workload, at the sizes fixed here, on the same durable cluster as the product and over the same loopback TCP.

use std::io;
use std::process::Command;

use danggol_store::testing::{ClusterError, find_program};

/// `-s`: branches; 5,000,000 accounts.
pub const SCALE: u32 = 50;
/// `-c`: connections that each run one transaction after another.
pub const CLIENTS: u32 = 16;
/// `-j`: threads of the pgbench program.
pub const JOBS: u32 = 2;

/// Why pgbench gave no figure.
#[derive(Debug, thiserror::Error)]
pub enum PgbenchError {
    /// The program is not installed.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The program could not be run.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The program failed; holds what it said.
    #[error("pgbench failed: {0}")]
    Failed(String),
    /// The program ended well, but its report has no figure in it; holds the report.
    #[error("pgbench reported no transactions per second: {0}")]
    Report(String),
}

/// The figures of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PgbenchRun {
    /// Transactions per second, without the time to connect.
    pub per_second: f64,
    /// Mean latency of a transaction in milliseconds.
    pub latency_ms: f64,
}

/// Fills the database at `url` with the tables of pgbench at [`SCALE`]. Once before any number of runs.
pub fn prepare(url: &str) -> Result<(), PgbenchError> {
    run_program(&["--initialize", "--quiet", "--scale", &SCALE.to_string(), url]).map(|_| ())
}

/// Runs the workload for `seconds` on a database that was prepared.
pub fn run(url: &str, seconds: u32) -> Result<PgbenchRun, PgbenchError> {
    let (clients, jobs, seconds) = (CLIENTS.to_string(), JOBS.to_string(), seconds.to_string());
    let report = run_program(&["--client", &clients, "--jobs", &jobs, "--time", &seconds, url])?;
    parse_report(&report).ok_or(PgbenchError::Report(report))
}

fn run_program(arguments: &[&str]) -> Result<String, PgbenchError> {
    let output = Command::new(find_program("pgbench")?).args(arguments).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(PgbenchError::Failed(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// Reads the report's lines `latency average = 3.942 ms` and `tps = 4058.8 (without initial connection time)`.
fn parse_report(report: &str) -> Option<PgbenchRun> {
    let figure = |name: &str, unit: &str| {
        report.lines().find_map(|line| {
            let (value, rest) = line.strip_prefix(name)?.split_once(' ')?;
            rest.starts_with(unit).then(|| value.parse().ok())?
        })
    };
    Some(PgbenchRun { per_second: figure("tps = ", "(without")?, latency_ms: figure("latency average = ", "ms")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use danggol_store::testing::Cluster;

    #[test]
    fn reports_are_read() {
        let whole = "number of transactions actually processed: 40589\nlatency average = 3.942 ms\n\
                     initial connection time = 21.533 ms\ntps = 4058.812345 (without initial connection time)\n";
        let check = |report: &str, expected: Option<(f64, f64)>| {
            let found = parse_report(report).map(|run| (run.per_second, run.latency_ms));
            assert_eq!(found, expected, "{report}");
        };
        check(whole, Some((4058.812345, 3.942)));
        check(&whole.replace("tps = ", "tps: "), None);
        check(&whole.replace("4058.812345", "many"), None);
        check(&whole.replace("3.942 ms", "3.942"), None);
        check("", None);
    }

    #[test]
    fn the_program_runs_on_a_database() {
        let cluster = Cluster::start().unwrap();
        let url = cluster.create_database("pgbench").unwrap();
        // A single branch is enough to see that the program is driven rightly; the real scale takes most of a minute.
        run_program(&["--initialize", "--quiet", "--scale", "1", &url]).unwrap();
        let run = run(&url, 1).unwrap();
        assert!(run.per_second > 1.0 && run.latency_ms > 0.0, "{run:?}");
        let absent = url.replace("pgbench", "absent");
        assert!(matches!(super::run(&absent, 1), Err(PgbenchError::Failed(_))));
    }
}

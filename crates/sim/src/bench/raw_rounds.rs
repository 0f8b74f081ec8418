//! SQLite without HTTP, against *raw*: through the pipeline, and from a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use danggol_core::decide::Rules;
use danggol_core::time::DAY_MS;
use danggol_server::clock;
use jiff::Timestamp;

use super::Part;
use super::ground::Ground;
use super::report::{Row, median};
use super::server::command;
use crate::processor::processor_seconds;
use crate::raw::{RawReference, RawRun};
use crate::stage::{FIRST_MEMBER, Place, Posted, Till, member_number};
use crate::workload::{Buyers, rules, ten_rules};

/// Commands in flight through the pipeline.
const IN_FLIGHT: usize = 512;
const KIBIBYTE: f64 = 1_024.0;
/// Lines, and so rows of a file, of each purchase.
const LINES: u64 = 3;
/// Before now, the days over which an imported file is spread.
const FILE_DAYS: i64 = 30;

/// Runs the rounds of the parts that are asked for.
pub fn measure(ground: &Ground) -> anyhow::Result<Vec<Row>> {
    let options = &ground.options;
    let mut raw = RawReference::prepare(ground.folder(), options.members, 1)?;
    let has_pipeline = ground.has(&[Part::Pipeline]);
    let mut till = has_pipeline.then(|| Till::open(&ground.copy("pipeline")?, options.size(), 2, "p")).transpose()?;
    let mut files = ground.has(&[Part::Import]).then(|| Files::open(ground)).transpose()?;
    let (mut raws, mut posted) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds {
        let run = Anchored::run(&mut raw, options.round)?;
        eprintln!("round {round}: raw {:.0}/s", run.per_second());
        raws.push(run);
        if let Some(till) = &mut till {
            let run = till.post_now(options.round, IN_FLIGHT)?;
            eprintln!("round {round}: SQLite through the pipeline {:.0}/s", run.per_second());
            posted.push(run);
        }
        if let Some(files) = &mut files {
            files.import(round)?;
        }
    }
    if let Some(till) = till {
        till.close()?;
    }
    let mut rows = Vec::new();
    if has_pipeline {
        rows.extend(pipeline_rows(&posted, &raws));
    }
    let anchor = median_of(&raws, Anchored::per_second);
    rows.extend(files.map(|files| files.rows(anchor)).into_iter().flatten());
    Ok(rows)
}

/// A run of the reference with its processor time.
struct Anchored {
    run: RawRun,
    processor_seconds: f64,
}

impl Anchored {
    fn run(raw: &mut RawReference, purchases: u64) -> anyhow::Result<Self> {
        let used_seconds = || processor_seconds(std::process::id()).context("this system does not tell processor time");
        let before = used_seconds()?;
        let run = raw.run(purchases)?;
        Ok(Anchored { run, processor_seconds: used_seconds()? - before })
    }

    fn per_second(&self) -> f64 {
        self.run.per_second()
    }

    fn processor_us(&self) -> f64 {
        self.processor_seconds * 1e6 / self.run.purchases as f64
    }

    fn log_kib(&self) -> f64 {
        self.run.log_bytes as f64 / self.run.purchases as f64 / KIBIBYTE
    }
}

fn median_of<T>(runs: &[T], figure: impl Fn(&T) -> f64) -> f64 {
    median(runs.iter().map(figure).collect())
}

fn pipeline_rows(posted: &[Posted], raws: &[Anchored]) -> Vec<Row> {
    let name = |what: &str| format!("SQLite through the pipeline{what}");
    let log_kib = |run: &Posted| run.log_bytes.unwrap_or_default() as f64 / run.purchases as f64 / KIBIBYTE;
    let (ours, anchor) = (median_of(posted, Posted::per_second), median_of(raws, Anchored::per_second));
    vec![
        Row::against(&name(", 512 in flight / raw"), ours, anchor, "purchases/s", 0.45),
        Row::at_most(&name(": log of a purchase"), median_of(posted, log_kib), "KiB", 12.0)
            .beside(median_of(raws, Anchored::log_kib)),
        Row::stated(&name(": processor time of a purchase"), median_of(posted, Posted::processor_us), "us")
            .beside(median_of(raws, Anchored::processor_us)),
    ]
}

/// Files of purchases, imported by the product's own command.
struct Files<'a> {
    ground: &'a Ground,
    place: Place,
    rules: Rules,
    buyers: Buyers,
    has_command: bool,
    history: Vec<f64>,
    earn: Vec<f64>,
}

impl<'a> Files<'a> {
    fn open(ground: &'a Ground) -> anyhow::Result<Self> {
        let help = Command::new(&ground.program).args(["import", "purchases", "--help"]).output()?;
        let buyers = Buyers::new(3, FIRST_MEMBER, ground.options.members);
        let (rules, history, earn) = (rules(ten_rules()), Vec::new(), Vec::new());
        let has_command = help.status.success();
        Ok(Files { ground, place: ground.copy("import")?, rules, buyers, has_command, history, earn })
    }

    /// Imports a new file as history, which is what files are by default, and another so that it earns points.
    fn import(&mut self, round: u32) -> anyhow::Result<()> {
        if !self.has_command {
            return Ok(());
        }
        for kind in ["history", "earn"] {
            let path = self.ground.folder().join(format!("{kind}{round}.csv"));
            self.write(&path, kind)?;
            let mut command = command(&self.ground.program, &self.place, self.ground.folder());
            command.args(["import", "purchases"]).arg(&path).args(["--as", kind]);
            let started = Instant::now();
            let output = command.output()?;
            let per_second = self.ground.options.round as f64 / started.elapsed().as_secs_f64();
            let said = String::from_utf8_lossy(&output.stdout);
            ensure!(output.status.success(), "the import failed: {said}{}", String::from_utf8_lossy(&output.stderr));
            let done: serde_json::Value = serde_json::from_str(&said)?;
            let rows = done["imported"].as_u64();
            ensure!(rows == Some(self.ground.options.round * LINES), "not every row was imported: {said}");
            eprintln!("round {round}: SQLite from a file as {kind} {per_second:.0}/s");
            match kind {
                "history" => self.history.push(per_second),
                _ => self.earn.push(per_second),
            }
        }
        Ok(())
    }

    /// A line of a purchase a row, as tills export them.
    fn write(&mut self, path: &Path, series: &str) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "number,at,member_id,store,channel,sku,category,quantity,amount")?;
        let (count, now_ms) = (self.ground.options.round, clock::system()());
        for place in 0..count {
            let at_ms = now_ms - FILE_DAYS * DAY_MS + (FILE_DAYS * DAY_MS) * place as i64 / count as i64;
            let order = self.buyers.order(&self.rules, at_ms, series);
            let at = Timestamp::from_millisecond(at_ms).map_err(io::Error::other)?;
            let member = member_number((order.member.0 - FIRST_MEMBER) as u64);
            let (number, store) = (order.external_no.unwrap_or_default(), order.store.unwrap_or_default());
            for line in &order.lines {
                let category = line.category.as_deref().unwrap_or_default();
                let (whole, cents) = (line.amount_minor / 100, line.amount_minor % 100);
                let (sku, quantity, channel) = (&line.sku, line.quantity, &order.channel);
                writeln!(file, "{number},{at:.3},{member},{store},{channel},{sku},{category},{quantity},{whole}.{cents:02}")?;
            }
        }
        file.flush()
    }

    fn rows(self, anchor: f64) -> Vec<Row> {
        let name = "SQLite from a CSV file, three lines a purchase, as history / raw";
        if self.history.is_empty() {
            return vec![Row::not_measured(name, "purchases/s", 0.5)];
        }
        let earning = Row::stated("SQLite from a CSV file, earning points", median(self.earn), "purchases/s");
        vec![Row::against(name, median(self.history), anchor, "purchases/s", 0.5), earning.beside(anchor)]
    }
}

//! Ours against the anchors, interleaved in one run.

use anyhow::Context;

use crate::folder::TemporaryFolder;
use crate::processor::processor_seconds;
use crate::raw::RawReference;
use crate::stage::{Stage, sqlite};
use crate::workload::{rules, ten_rules};

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Members of the brand.
    pub members: u64,
    /// Purchases of history.
    pub history: u64,
    /// Purchases of one measured round.
    pub round: u64,
    /// Rounds.
    pub rounds: usize,
}

/// The middle of a list of measurements.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// SQLite through the pipeline, 512 in flight, against *raw*.
pub fn pipeline_against_raw(scale: Scale) -> anyhow::Result<()> {
    let folder = TemporaryFolder::new("bench")?;
    let mut raw = RawReference::prepare(folder.path(), scale.members, 1)?;
    let mut stage = Stage::prepare(sqlite(&folder.path().join("ours")), rules(ten_rules()), scale.members, scale.history, 2)?;
    let mut ratios = Vec::new();
    for _ in 0..scale.rounds {
        let anchor = raw.run(scale.round)?.per_second();
        let before = processor_seconds(std::process::id()).context("no processor time")?;
        let started = std::time::Instant::now();
        stage.post(scale.round, 512)?;
        let seconds = started.elapsed().as_secs_f64();
        let busy = processor_seconds(std::process::id()).context("no processor time")? - before;
        let ours = scale.round as f64 / seconds;
        println!(
            "raw {anchor:.0}/s ours {ours:.0}/s ratio {:.3} cpu/purchase {:.1} us commits {}",
            ours / anchor,
            busy / scale.round as f64 * 1e6,
            stage.pipeline.counts().commits.load(std::sync::atomic::Ordering::Relaxed)
        );
        ratios.push(ours / anchor);
    }
    println!("median {:.3}", median(&mut ratios));
    Ok(())
}

//! Power cuts: a brand on a disk that loses what was not synced, cut at random moments under load.

use std::path::Path;

use anyhow::{Context, ensure};
use danggol_store::Target;

use crate::commands::Commands;
use crate::power_loss::{Kept, PowerLoss};
use crate::random::Random;
use crate::soak::brand;
use crate::soak::ground::{BEGIN_MS, Ground, members};
use crate::soak::promise::{Promise, verify};

/// Members of the brand.
const MEMBERS: i64 = 24;

/// Cuts after which a new brand is founded.
const CUTS_OF_A_BRAND: u64 = 10;

/// Between two processes the lease of the first lapses.
const RUN_MS: i64 = 100_000;

/// What the cuts went through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// Cuts.
    pub cuts: u64,
    /// Cuts that came while the store was being opened.
    pub while_opening: u64,
    /// Commands acknowledged before them.
    pub acknowledged: u64,
    /// Entries that were kept although the answer never came.
    pub unanswered: u64,
}

/// Cuts the power under brands in `folder`. The seed names the disk too, so a process runs each seed once.
pub fn run(folder: &Path, seed: u64, cuts: u64) -> anyhow::Result<Told> {
    let disk = format!("soak-{seed}");
    let power = PowerLoss::install(&disk)?;
    let mut random = Random::new(seed);
    let mut told = Told::default();
    while told.cuts < cuts {
        let dir = folder.join(format!("brand-{}", told.cuts));
        let programme = brand::draw(&mut random);
        let mut promises = Vec::new();
        let mut unanswered = 0;
        for run in 0..CUTS_OF_A_BRAND.min(cuts - told.cuts) {
            let target = || Target::Sqlite { dir: dir.clone(), vfs: Some(disk.clone()) };
            let now_ms = BEGIN_MS + run as i64 * 2 * RUN_MS;
            let open = |name: &str, now_ms| Ground::open(target(), MEMBERS, &programme, &format!("{name}-{run}"), now_ms);
            power.cut_after(operations(&mut random), kept(&mut random));
            match open("cut", now_ms) {
                Ok(ground) => post_until_cut(&ground, &power, random.next_u64(), run, &mut promises)?,
                Err(error) => {
                    ensure!(power.is_cut(), "the store does not open: {error:?}");
                    told.while_opening += 1;
                }
            }
            power.power_on()?;
            let ground = open("look", now_ms + RUN_MS)?;
            unanswered = verify(&ground, &promises).with_context(|| format!("after cut {}", told.cuts))? as u64;
            told.cuts += 1;
        }
        told.acknowledged += promises.len() as u64;
        told.unanswered += unanswered;
    }
    Ok(told)
}

/// After how many operations the power goes: now and then while the store opens, else under load.
fn operations(random: &mut Random) -> u64 {
    if random.once_in(4) { random.below(12) } else { random.below(2_500) }
}

fn kept(random: &mut Random) -> Kept {
    let seed = random.next_u64();
    match random.below(3) {
        0 => Kept::Nothing,
        1 => Kept::Some { seed },
        _ => Kept::Prefix { seed },
    }
}

/// Posts batches until the power is gone, and takes down what is acknowledged.
fn post_until_cut(ground: &Ground, power: &PowerLoss, seed: u64, run: u64, promises: &mut Vec<Promise>) -> anyhow::Result<()> {
    let mut random = Random::new(seed);
    let mut commands = Commands::new(random.next_u64(), members(MEMBERS), &format!("c{run}-"));
    while !power.is_cut() {
        ground.set_clock(ground.now_ms() + 1 + random.below(50) as i64);
        let rules = ground.rules();
        let batch = (0..1 + random.below(40)).map(|_| commands.draw(&rules, ground.now_ms())).collect();
        for answer in ground.carry_out(batch)? {
            match answer {
                Ok(answer) => {
                    commands.answered(&answer);
                    promises.extend(Promise::of(&answer));
                }
                Err(error) => ensure!(power.is_cut(), "under full power: {error:?}"),
            }
        }
    }
    Ok(())
}

//! Unions: random commands on several databases at once, while members are merged and parted again.
//!
//! Each database must give the same answers and end with the same bytes, the log must say all that is kept after any of it, and what was
//! merged can be parted. At the end everything is sent once more, which must change nothing.

use anyhow::Context;
use danggol_core::decide::Outcome;
use danggol_store::Target;
use danggol_store::audit::Audited;

use crate::commands::Commands;
use crate::merging::Merging;
use crate::random::Random;
use crate::soak::brand;
use crate::soak::chapter::{compare_bytes, repeatable, replay, same_answers, settle, tick};
use crate::soak::ground::{BEGIN_MS, Ground, members};

/// Batches between two audits of each database.
const BATCHES_BETWEEN_AUDITS: u64 = 25;

/// A union by its seed.
#[derive(Debug, Clone, Copy)]
pub struct Union {
    /// The seed of everything in it.
    pub seed: u64,
    /// Commands drawn.
    pub commands: u64,
    /// Members.
    pub members: i64,
    /// The most commands of one batch.
    pub batch: u64,
}

/// What a union went through.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Commands that were carried out.
    pub done: u64,
    /// Times that points went from one member of a household to another.
    pub shared: u64,
    /// Members who went into others.
    pub merges: u64,
    /// Merges that were undone.
    pub undone: u64,
    /// Merges and undoings that were refused.
    pub refused: u64,
    /// What the last audit saw.
    pub audited: Audited,
}

impl Union {
    /// Runs it on a first database and on others beside it.
    pub fn run(&self, targets: Vec<Target>) -> anyhow::Result<Told> {
        let mut random = Random::new(self.seed);
        let mut programme = brand::draw(&mut random);
        let grounds: Vec<Ground> =
            targets.into_iter().map(|target| Ground::found(target, self.members, &programme)).collect::<Result<_, _>>()?;
        let grounds: Vec<&Ground> = grounds.iter().collect();
        let (first, others) = grounds.split_first().context("a database")?;
        let ids = members(self.members);
        grounds.iter().try_for_each(|ground| ground.let_share(self.members, true))?;
        let mut commands = Commands::new(random.next_u64(), ids.clone(), "u");
        let mut merging = Merging::new();
        let (mut again, mut told) = (Vec::new(), Told::default());
        let (mut now_ms, mut sent, mut batches) = (BEGIN_MS, 0, 0);
        while sent < self.commands {
            now_ms = tick(&mut random, now_ms);
            let publishes = random.once_in(20);
            if publishes {
                programme = brand::change(&mut random, &programme);
            }
            for ground in &grounds {
                ground.set_clock(now_ms);
                if publishes {
                    ground.publish(&programme)?;
                }
            }
            let rules = first.rules();
            let mut batch = if random.once_in(6) { commands.reviews() } else { Vec::new() };
            batch.extend((0..1 + random.below(self.batch)).map(|_| commands.draw(&rules, now_ms)));
            (sent, batches) = (sent + batch.len() as u64, batches + 1);
            let place = || format!("batch {batches}");
            let answers = settle(first.carry_out(batch.clone())?)?;
            answers.iter().for_each(|answer| commands.answered(answer));
            for other in others {
                same_answers(&answers, &settle(other.carry_out(batch.clone())?)?).with_context(place)?;
            }
            told.shared += answers.iter().map(|answer| answer.settled.shares.len() as u64 / 2).sum::<u64>();
            told.done += answers.iter().filter(|answer| matches!(answer.settled.outcome, Outcome::Done(_))).count() as u64;
            again.extend(answers.into_iter().filter_map(repeatable));
            if random.once_in(3) {
                merging.turn(&grounds, &mut random, &ids).with_context(place)?;
            }
            if batches % BATCHES_BETWEEN_AUDITS == 0 {
                grounds.iter().try_for_each(|ground| ground.audit().map(drop)).with_context(place)?;
            }
        }
        merging.undo_all(&grounds)?;
        told.audited = first.audit()?;
        replay(first, again)?;
        compare_bytes(first, others)?;
        first.audit()?;
        Ok(Told { merges: merging.merges, undone: merging.undone, refused: merging.refused, ..told })
    }
}

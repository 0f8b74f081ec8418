//! What of the unsynced changes a power cut leaves: nothing, as most tests want it, or what a disk happened to have written.

use crate::random::Random;

/// Which unsynced changes a power cut leaves on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// None of them.
    Nothing,
    /// Any of them: each sector, truncation and name by itself, chosen by the seed. Disks reorder their cache like this.
    Some {
        /// The same seed keeps the same of the same changes.
        seed: u64,
    },
    /// All up to a moment, chosen by the seed, and none after it. The moment may lie within one write.
    Prefix {
        /// The same seed keeps the same of the same changes.
        seed: u64,
    },
}

/// Decides, change by change, what is kept; `order` counts all changes on the disk.
pub(super) enum Chooser {
    Nothing,
    Some(Random),
    Prefix { last_kept: u64 },
}

impl Chooser {
    /// For a cut when the newest change is `newest` and none up to `synced` is pending.
    pub(super) fn new(kept: Kept, synced: u64, newest: u64) -> Chooser {
        match kept {
            Kept::Nothing => Chooser::Nothing,
            Kept::Some { seed } => Chooser::Some(Random::new(seed)),
            Kept::Prefix { seed } => {
                let pending = newest.saturating_sub(synced);
                Chooser::Prefix { last_kept: synced + Random::new(seed).below(pending + 1) }
            }
        }
    }

    pub(super) fn keeps(&mut self, order: u64) -> bool {
        match self {
            Chooser::Nothing => false,
            Chooser::Some(random) => random.once_in(2),
            Chooser::Prefix { last_kept } => order <= *last_kept,
        }
    }

    /// Which of the versions of something is kept, if any; `order` says when each was made, the oldest first.
    pub(super) fn version<'a, Version>(
        &mut self,
        versions: &'a [Version],
        order: impl Fn(&Version) -> u64,
    ) -> Option<&'a Version> {
        match self {
            Chooser::Nothing => None,
            Chooser::Some(random) => {
                let choice = random.below(versions.len() as u64 + 1);
                versions.get((choice as usize).checked_sub(1)?)
            }
            Chooser::Prefix { last_kept } => versions.iter().rev().find(|version| order(version) <= *last_kept),
        }
    }
}

//! Members who are merged and parted while others trade, the same in several brands at once.

use std::sync::{Arc, Mutex};

use anyhow::ensure;
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{EntryId, IdMaker, MemberId};
use danggol_store::merge::{self, Hand, MergeRefusal};

use crate::random::Random;
use crate::soak::brand::pick;
use crate::soak::ground::Ground;

/// The maker of the ids of merges, which no pipeline has.
const WRITER: i64 = 200;

/// The merges that stand, and how many there were.
pub(crate) struct Merging {
    /// A maker for each brand, so that all of them make the same ids and none makes one twice.
    makers: Vec<Arc<Mutex<IdMaker>>>,
    standing: Vec<EntryId>,
    /// Members who went into others.
    pub merges: u64,
    /// Merges that were undone.
    pub undone: u64,
    /// What could not be merged or undone, as when a file is closed.
    pub refused: u64,
}

/// Something that is done to two members.
#[derive(Clone, Copy)]
enum Turn {
    Merge(MemberId, MemberId),
    Undo(EntryId),
}

impl Merging {
    /// Nobody is merged yet.
    pub fn new() -> Self {
        Merging { makers: Vec::new(), standing: Vec::new(), merges: 0, undone: 0, refused: 0 }
    }

    fn carry_out(&mut self, ground: &Ground, place: usize, turn: Turn) -> anyhow::Result<Result<EntryId, MergeRefusal>> {
        let (rules, now_ms) = (ground.rules(), ground.now_ms());
        let actor = Actor { kind: ActorKind::System, id: 0 };
        while self.makers.len() <= place {
            self.makers.push(Arc::new(Mutex::new(IdMaker::new(WRITER))));
        }
        let maker = Arc::clone(&self.makers[place]);
        Ok(ground.store.write_blocking(move |conn| {
            let hand = Hand { rules: &rules, ids: &maker, actor, now_ms };
            match turn {
                Turn::Undo(id) => Ok(merge::undo(conn, &hand, id)?.map(|()| id)),
                Turn::Merge(keep, absorb) => merge::merge(conn, &hand, keep, absorb),
            }
        })?)
    }

    fn take(&mut self, grounds: &[&Ground], turn: Turn) -> anyhow::Result<Result<EntryId, MergeRefusal>> {
        let (first_ground, others) = grounds.split_first().ok_or_else(|| anyhow::anyhow!("there is no brand"))?;
        let done = self.carry_out(first_ground, 0, turn)?;
        for (place, ground) in others.iter().enumerate() {
            let other = self.carry_out(ground, place + 1, turn)?;
            ensure!(done == other, "{done:?}, and {other:?} there");
        }
        match (turn, &done) {
            (Turn::Merge(..), Ok(made)) => {
                self.standing.push(*made);
                self.merges += 1;
            }
            (Turn::Undo(id), Ok(_)) => {
                self.standing.retain(|standing| *standing != id);
                self.undone += 1;
            }
            (_, Err(_)) => self.refused += 1,
        }
        Ok(done)
    }

    /// Merges two members, or undoes a merge, in each of the brands; what is refused is left as it is, and is refused by all of them.
    pub fn turn(&mut self, grounds: &[&Ground], random: &mut Random, ids: &[MemberId]) -> anyhow::Result<()> {
        let undoes = !self.standing.is_empty() && random.once_in(2);
        let place = random.below(self.standing.len().max(1) as u64) as usize;
        let (keep, absorb) = (pick(random, ids), pick(random, ids));
        let turn = match self.standing.get(place).filter(|_| undoes) {
            Some(id) => Turn::Undo(*id),
            None => Turn::Merge(keep, absorb),
        };
        self.take(grounds, turn).map(drop)
    }

    /// Undoes all that stand, the newest first, which nothing may refuse.
    pub fn undo_all(&mut self, grounds: &[&Ground]) -> anyhow::Result<()> {
        while let Some(id) = self.standing.last().copied() {
            let done = self.take(grounds, Turn::Undo(id))?;
            ensure!(done.is_ok(), "{id} could not be undone: {done:?}");
        }
        Ok(())
    }
}

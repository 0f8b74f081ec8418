//! Members who come together in households and part again, at random.

use std::sync::{Arc, Mutex};

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::household::{HouseholdRole, HouseholdRules};
use danggol_core::id::{HouseholdId, IdMaker, MemberId};
use danggol_store::household::{self, Amendment, Hand, past};

use crate::random::Random;
use crate::soak::brand::pick;
use crate::soak::ground::Ground;

/// The maker of the ids of households, which no pipeline has.
const WRITER: i64 = 201;

/// Who lives with whom by these turns.
pub(crate) struct Housing {
    maker: Arc<Mutex<IdMaker>>,
    made: Vec<HouseholdId>,
    /// What was done; what is refused, as when somebody is in another household, is not counted.
    pub done: u64,
}

impl Housing {
    /// Nobody lives with anybody yet.
    pub fn new() -> Self {
        Housing { maker: Arc::new(Mutex::new(IdMaker::new(WRITER))), made: Vec::new(), done: 0 }
    }

    /// Makes a household, changes one, or brings one back.
    pub fn turn(&mut self, ground: &Ground, random: &mut Random, ids: &[MemberId]) -> anyhow::Result<()> {
        let (ids, now_ms, maker) = ([pick(random, ids), pick(random, ids)], ground.now_ms(), Arc::clone(&self.maker));
        let role = pick(random, &HouseholdRole::ALL);
        let [one, other] = ids;
        let (kind, shares) = (random.below(12), random.once_in(2));
        let home = if self.made.is_empty() { None } else { Some(pick(random, &self.made)) };
        let outcome = ground.store.write_blocking(move |conn| {
            let hand = Hand { ids: &maker, actor: Actor { kind: ActorKind::System, id: 0 }, now_ms };
            let rules = HouseholdRules { most_members: 5, share_points: true };
            let Some(home) = home.filter(|_| kind > 2) else {
                return Ok(household::make(conn, &hand, "home", (one, role))?.map(Some));
            };
            let done = match kind {
                3..=7 => household::join(conn, &hand, home, (other, role), rules.most_members)?,
                8 => household::leave(conn, &hand, home, one)?,
                9 => household::dissolve(conn, &hand, home)?,
                10 => past::restore(conn, &hand, home)?,
                _ => {
                    let amendment = Amendment { name: None, head: shares.then_some(one), shares_points: Some(shares) };
                    household::amend(conn, &hand, home, &amendment, rules)?
                }
            };
            Ok(done.map(|()| None))
        })?;
        if let Ok(made) = outcome {
            self.done += 1;
            self.made.extend(made);
        }
        Ok(())
    }
}

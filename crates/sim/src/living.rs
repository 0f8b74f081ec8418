//! The roster of a running server after any sequence of commands and edits: what it says is what SQL says.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, ensure};
use danggol_core::condition::MEMBER_PLACES;
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ChangeId, MemberId};
use danggol_core::person::Now;
use danggol_core::pyramid::{Criteria, Weights, build};
use danggol_core::time::DAY_MS;
use danggol_roster::{Asked, Living, Period};
use danggol_server::config::RosterUse;
use danggol_server::roster::{Desk, Keeping};
use danggol_server::segment;
use danggol_store::change::Author;
use danggol_store::member::{self, Closure};
use danggol_store::reading::{Reading, Scope};
use danggol_store::{Conn, Target, insight};

use crate::commands::Commands;
use crate::conditions::{fill, group, lists, said, tree};
use crate::consents;
use crate::households::Housing;
use crate::merging::Merging;
use crate::random::Random;
use crate::soak::brand::{self, pick};
use crate::soak::ground::{BEGIN_MS, Ground, members};

/// How long loading a small brand may take.
const LOADED_WITHIN: Duration = Duration::from_secs(60);

/// Of so many stretches the last begins with a roster from its file.
const REOPEN_EVERY: u64 = 4;

/// What is done and compared.
#[derive(Debug, Clone, Copy)]
pub struct Stretches {
    /// The seed of everything in it.
    pub seed: u64,
    /// Members.
    pub members: i64,
    /// Stretches, after each of which roster and SQL are compared.
    pub stretches: u64,
    /// Commands of a stretch.
    pub commands: u64,
    /// Conditions that are compared after it.
    pub conditions: u64,
    /// Members laid over the base from which on they are folded into a new one.
    pub fold_from: usize,
}

/// How often they were compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compared {
    /// Answers.
    pub answers: u64,
    /// Members times conditions.
    pub pairs: u64,
    /// Of these, those that held.
    pub found: u64,
    /// Pyramids in which somebody stands.
    pub pyramids: u64,
    /// Rosters that were taken up from their file.
    pub from_file: u64,
    /// Members who went into others.
    pub merges: u64,
    /// Merges that were undone.
    pub undone: u64,
    /// What was done to households.
    pub housed: u64,
}

/// Changes somebody's file, and now and then closes one or opens it again.
fn edit(ground: &Ground, random: &mut Random, ids: &[MemberId], change: i64) -> anyhow::Result<()> {
    let (id, now_ms) = (pick(random, ids), ground.now_ms());
    let author = Author { change: ChangeId(change), actor: Actor { kind: ActorKind::System, id: 0 } };
    let closure = if random.once_in(2) { Closure::Close } else { Closure::Reopen };
    let turns = random.once_in(3);
    let (store, size) = (pick(random, &[None, Some("s1"), Some("s3")]), pick(random, &["42", "7"]));
    ground.store.write_blocking(move |conn| {
        if turns {
            return member::turn(conn, &[(id, author)], closure, None, now_ms).map(drop);
        }
        let changed = member::update(conn, id, now_ms, author, |fields| {
            fields.store = store.map(str::to_owned);
            fields.profile.custom.insert("size".to_owned(), size.to_owned());
        });
        changed.map(drop)
    })?;
    Ok(())
}

impl Stretches {
    /// Makes a brand at a target and works on it, where `second` holds from two servers at once; an error names what differs. The roster
    /// is kept in a file, and taken up again from it once in a while.
    pub fn run(&self, target: Target, second: bool, file: &Path) -> anyhow::Result<Compared> {
        let mut random = Random::new(self.seed);
        let first = brand::draw(&mut random);
        let mut grounds = vec![Ground::found(target.clone(), self.members, &first)?];
        if second {
            grounds.push(Ground::open(target, self.members, &first, "second", BEGIN_MS)?);
        }
        let ids = members(self.members);
        let ground = &grounds[0];
        let mut desk = self.open(ground, file)?;
        ensure!(!desk.is_from_file(), "there was a file before");
        fill(ground, &mut random, &ids)?;
        group(ground, &mut random, &ids, BEGIN_MS + 30 * DAY_MS)?;
        let mut commands = Commands::new(random.next_u64(), ids.clone(), "c");
        let (mut now_ms, mut change, mut compared) = (BEGIN_MS, 1 << 40, Compared::default());
        let (mut merging, mut housing) = (Merging::new(), Housing::new());
        for stretch in 0..self.stretches {
            if stretch % REOPEN_EVERY == REOPEN_EVERY - 1 {
                drop(desk);
                desk = self.open(ground, file)?;
                compared.from_file += u64::from(desk.is_from_file());
            }
            let mut drawn = 0;
            while drawn < self.commands {
                now_ms += (random.below(3) as i64) * DAY_MS + random.below(DAY_MS as u64) as i64;
                let ground = pick(&mut random, &(0..grounds.len()).collect::<Vec<_>>());
                let ground = &grounds[ground];
                ground.set_clock(now_ms);
                let batch: Vec<_> = (0..20).map(|_| commands.draw(&ground.rules(), now_ms)).collect();
                drawn += batch.len() as u64;
                for answer in ground.carry_out(batch)? {
                    commands.answered(&answer?);
                }
                change += 1;
                edit(ground, &mut random, &ids, change)?;
                consents::say(ground, &mut random, &ids, change)?;
                housing.turn(ground, &mut random, &ids)?;
                if random.once_in(2) {
                    merging.turn(&[ground], &mut random, &ids)?;
                }
            }
            ground.set_clock(now_ms);
            let compare = |conn: &mut Conn| Ok(self.compare(ground, &desk, conn, stretch, &mut compared));
            ground.snapshot(compare)?.with_context(|| format!("seed {} after stretch {stretch}", self.seed))?;
        }
        (compared.merges, compared.undone, compared.housed) = (merging.merges, merging.undone, housing.done);
        ground.audit()?;
        drop(desk);
        grounds.into_iter().try_for_each(Ground::close)?;
        Ok(compared)
    }

    /// The roster, warm.
    fn open(&self, ground: &Ground, file: &Path) -> anyhow::Result<Desk> {
        let keeping = Keeping { uses: RosterUse::Start, fold_from: self.fold_from, file: Some(file.to_owned()) };
        let desk = Desk::new(keeping, &ground.store, ground.shared_rules());
        desk.start();
        ensure!(desk.wait_until_warm(LOADED_WITHIN), "the roster was not loaded");
        Ok(desk)
    }

    fn compare(
        &self,
        ground: &Ground,
        desk: &Desk,
        conn: &mut Conn,
        stretch: u64,
        compared: &mut Compared,
    ) -> anyhow::Result<()> {
        let rules = ground.rules();
        let now = segment::now(&rules, ground.now_ms());
        let living = desk.living(conn, &rules)?.context("the roster does not answer")?;
        let today = now.moment.day;
        for from_day in [today - 364, today - 20, i32::MIN] {
            let period = Period { from_day, to_day: today };
            let (ours, theirs) = (living.buyers(period, 2), insight::buyers(conn, from_day, today)?);
            ensure!(ours == theirs, "buyers since {from_day}: {ours:?}, and {theirs:?} by SQL");
            let weights = Weights { amount: 2, quantity: 1, frequency: 1, recency: 3 };
            let criteria = Criteria { weights, ..Criteria::default() };
            ensure!(build(ours, &criteria) == build(theirs, &criteria), "the pyramid since {from_day}");
            compared.answers += 1;
            compared.pyramids += u64::from(!insight::buyers(conn, from_day, today)?.is_empty());
        }
        self.compare_conditions(conn, (&living, desk), now, stretch, compared)
    }

    fn compare_conditions(
        &self,
        conn: &mut Conn,
        (living, desk): (&Living, &Desk),
        now: Now<'_>,
        stretch: u64,
        compared: &mut Compared,
    ) -> anyhow::Result<()> {
        let segments = danggol_store::segment::rules(&danggol_store::segment::all(conn)?);
        let lists = lists(conn, &segments, now.moment.at_ms)?;
        let households = desk.households(conn)?;
        for number in 0..self.conditions {
            let seed = self.seed << 40 | stretch << 20 | number;
            let condition = tree(&mut Random::new(seed), MEMBER_PLACES, 3);
            let by_sql = Reading::new(conn, &condition, Scope { now, segments: &segments })?.members(conn)?;
            let ours = living.members(
                &Asked {
                    condition: &condition,
                    segments: &segments,
                    lists: &lists,
                    classes: &HashMap::new(),
                    lifestyles: &HashMap::new(),
                    households: &households,
                    now,
                },
                2,
            );
            ensure!(ours == by_sql, "{ours:?}, and {by_sql:?} by SQL: {}", said(&condition));
            compared.answers += 1;
            compared.pairs += self.members as u64;
            compared.found += ours.len() as u64;
        }
        Ok(())
    }
}

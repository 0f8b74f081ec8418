//! Tiers: reached by what counts in a window, kept for a period, lost after a warning and a grace.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::holder::{DayTotal, HeldTier, HolderState, Lift};
use crate::programme::{CalendarUnit, Ladder, Level, Window};
use crate::time::{date_of, day_number};

/// Days beyond the window that totals are kept, so that a late review still sees the window that ended.
const SLACK_DAYS: i32 = 62;

/// What counts in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Measures {
    /// Spending in minor units.
    pub spend_minor: i64,
    /// Qualifying points.
    pub points: i64,
    /// Business days with a purchase.
    pub visits: i64,
}

/// A change of the tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierChange {
    /// Code before.
    pub from: Option<String>,
    /// Code after.
    pub to: Option<String>,
}

/// What a review found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    /// Kept for another period.
    Renewed,
    /// Not reached again; falls after the grace unless it is.
    Warned,
    /// Fell.
    Fell(TierChange),
}

fn unit_start(day: i32, unit: CalendarUnit) -> Date {
    let date = date_of(day);
    let month = (date.month() - 1) / unit.months() * unit.months() + 1;
    Date::new(date.year(), month, 1).unwrap_or(date)
}

/// First and last business day of the window that holds `day`.
pub fn window_of(window: Window, day: i32) -> (i32, i32) {
    match window {
        Window::Rolling { days } => (day - i32::from(days.max(1)) + 1, day),
        Window::Calendar { unit } => {
            let start = unit_start(day, unit);
            let end = start.saturating_add(jiff::Span::new().months(i64::from(unit.months()))).yesterday();
            (day_number(start), end.map_or(day, day_number))
        }
    }
}

/// What counts from the first to the last day.
pub fn measure(days: &[DayTotal], (first, last): (i32, i32)) -> Measures {
    let within = days.iter().filter(|total| first <= total.day && total.day <= last);
    within.fold(Measures::default(), |sum, total| Measures {
        spend_minor: sum.spend_minor + total.spend_minor,
        points: sum.points + total.points,
        visits: sum.visits + i64::from(total.purchases > 0),
    })
}

fn reaches(level: &Level, measures: &Measures) -> bool {
    let reached = |needed: Option<i64>, have: i64| needed.is_some_and(|needed| have >= needed);
    let free = level.spend_minor.is_none() && level.points.is_none() && level.visits.is_none();
    free || reached(level.spend_minor, measures.spend_minor) || reached(level.points, measures.points) || reached(level.visits, measures.visits)
}

/// The place of the highest level that the measures reach.
pub fn level_reached(ladder: &Ladder, measures: &Measures) -> Option<usize> {
    ladder.levels.iter().rposition(|level| reaches(level, measures))
}

/// The place of the highest level that is reached on `day`.
pub fn qualifying(ladder: &Ladder, state: &HolderState, day: i32) -> Option<usize> {
    level_reached(ladder, &measure(&state.days, window_of(ladder.window, day)))
}

fn place(ladder: &Ladder, tier: Option<&HeldTier>) -> Option<usize> {
    tier.and_then(|tier| ladder.levels.iter().position(|level| level.code == tier.code))
}

fn keep_until(ladder: &Ladder, day: i32) -> i32 {
    match ladder.window {
        Window::Rolling { .. } => day + i32::from(ladder.keep_days),
        // A calendar tier is kept to the end of the first period that ends after the days it is kept for.
        Window::Calendar { .. } => window_of(ladder.window, day + i32::from(ladder.keep_days)).1,
    }
}

/// Lifts the holder to the level reached on `day` when it is above the one held. A tier that the ladder no longer knows counts as
/// below the lowest.
pub fn lift(ladder: &Ladder, state: &mut HolderState, day: i32) -> Option<TierChange> {
    let reached = qualifying(ladder, state, day)?;
    if place(ladder, state.tier.as_ref()).is_some_and(|held| held >= reached) {
        return None;
    }
    let mut before = state.tier.take();
    let from = before.as_ref().map(|tier| tier.code.clone());
    if let Some(before) = &mut before {
        before.lifted = None;
    }
    let code = ladder.levels[reached].code.clone();
    state.tier = Some(HeldTier {
        code: code.clone(),
        since_day: day,
        keep_until_day: keep_until(ladder, day),
        grace_until_day: None,
        lifted: Some(Box::new(Lift { before })),
    });
    Some(TierChange { from, to: Some(code) })
}

/// After a return: a tier that was reached within this window and is not reached without what came back falls to what is reached
/// now, or to the tier held before while that is still kept.
pub fn settle_return(ladder: &Ladder, state: &mut HolderState, purchase_day: i32, day: i32) -> Option<TierChange> {
    let held = state.tier.as_ref()?;
    let held_place = place(ladder, Some(held))?;
    let lifted = held.lifted.as_ref()?;
    let reached_since = qualifying(ladder, state, day).max(qualifying(ladder, state, held.since_day));
    if purchase_day > held.since_day || reached_since.is_some_and(|reached| reached >= held_place) {
        return None;
    }
    let from = Some(held.code.clone());
    let before = lifted.before.clone().filter(|before| before.keep_until_day >= day);
    state.tier = before;
    let before_place = place(ladder, state.tier.as_ref());
    if reached_since > before_place
        && let Some(reached) = reached_since
    {
        state.tier = Some(HeldTier {
            code: ladder.levels[reached].code.clone(),
            since_day: day,
            keep_until_day: keep_until(ladder, day),
            grace_until_day: None,
            lifted: None,
        });
    }
    Some(TierChange { from, to: state.tier.as_ref().map(|tier| tier.code.clone()) })
}

/// Looks at a tier whose period or grace has ended by `day`.
pub fn review(ladder: &Ladder, state: &mut HolderState, day: i32) -> Option<Review> {
    let held = state.tier.as_ref()?;
    let due = held.grace_until_day.unwrap_or(held.keep_until_day);
    if day <= due {
        return None;
    }
    let reached = qualifying(ladder, state, held.keep_until_day).max(qualifying(ladder, state, day));
    let held_place = place(ladder, Some(held));
    if held_place.is_some() && reached >= held_place {
        let keep = keep_until(ladder, day);
        let tier = state.tier.as_mut()?;
        (tier.keep_until_day, tier.grace_until_day, tier.lifted) = (keep, None, None);
        return Some(Review::Renewed);
    }
    if held.grace_until_day.is_none() && ladder.grace_days > 0 {
        let tier = state.tier.as_mut()?;
        tier.grace_until_day = Some(day + i32::from(ladder.grace_days));
        return Some(Review::Warned);
    }
    let from = Some(held.code.clone());
    state.tier = reached.map(|reached| HeldTier {
        code: ladder.levels[reached].code.clone(),
        since_day: day,
        keep_until_day: keep_until(ladder, day),
        grace_until_day: None,
        lifted: None,
    });
    Some(Review::Fell(TierChange { from, to: state.tier.as_ref().map(|tier| tier.code.clone()) }))
}

/// Drops the days that no window can reach from `day` on.
pub fn forget_old_days(ladder: &Ladder, state: &mut HolderState, day: i32) {
    let first = match ladder.window {
        Window::Rolling { days } => day - i32::from(days) - i32::from(ladder.grace_days) - SLACK_DAYS,
        Window::Calendar { unit } => day - 2 * 31 * i32::from(unit.months()) - i32::from(ladder.grace_days) - SLACK_DAYS,
    };
    let gone = state.days.partition_point(|total| total.day < first);
    state.days.drain(..gone);
}

/// What is missing to the next tier, by one measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Missing {
    /// `spend`, `points` or `visits`.
    pub measure: Measure,
    /// What is missing.
    pub missing: i64,
    /// What there is.
    pub reached: i64,
    /// What is needed.
    pub needed: i64,
}

/// A measure by which a tier is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Minor units.
    Spend,
    /// Qualifying points.
    Points,
    /// Days with a purchase.
    Visits,
}

/// What each measure of a level still lacks.
pub fn missing(level: &Level, measures: &Measures) -> Vec<Missing> {
    [
        (Measure::Spend, level.spend_minor, measures.spend_minor),
        (Measure::Points, level.points, measures.points),
        (Measure::Visits, level.visits, measures.visits),
    ]
    .into_iter()
    .filter_map(|(measure, needed, reached)| {
        needed.map(|needed| Missing { measure, missing: (needed - reached).max(0), reached, needed })
    })
    .collect()
}

//! Tiers: reached by what counts in a window or by a layer at the last ranking, kept for a period, lost after a warning and a grace. A tier for which nothing is needed
//! is held for ever.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::holder::{DayTotal, HeldTier, HolderState, Lift, Ranking};
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
    /// Fell, or rose to what a newer ladder gives.
    Changed(TierChange),
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

fn reaches(level: &Level, measures: &Measures, ranked: Option<&Ranking>) -> bool {
    let reached = |needed: Option<i64>, have: i64| needed.is_some_and(|needed| have >= needed);
    level.is_free()
        || reached(level.spend_minor, measures.spend_minor)
        || reached(level.points, measures.points)
        || reached(level.visits, measures.visits)
        || level.layer.as_ref().is_some_and(|layer| ranked.is_some_and(|ranked| ranked.reaches.contains(layer)))
}

/// The place of the highest level that is reached on `day`.
pub fn qualifying(ladder: &Ladder, state: &HolderState, day: i32) -> Option<usize> {
    let (measures, ranked) = (measure(&state.days, window_of(ladder.window, day)), state.ranked(day));
    ladder.levels.iter().rposition(|level| reaches(level, &measures, ranked))
}

fn place(ladder: &Ladder, tier: Option<&HeldTier>) -> Option<usize> {
    tier.and_then(|tier| ladder.levels.iter().position(|level| level.code == tier.code))
}

/// The higher of two tiers, and of the same one the one that is kept longer. A tier that the ladder no longer knows counts as below the lowest.
pub(crate) fn higher(ladder: &Ladder, one: Option<HeldTier>, other: Option<HeldTier>) -> Option<HeldTier> {
    let rank = |held: &Option<HeldTier>| {
        let kept = held.as_ref().map_or(i32::MIN, |held| last_day(ladder, held).unwrap_or(i32::MAX));
        (place(ladder, held.as_ref()), held.is_some(), kept)
    };
    if rank(&other) > rank(&one) { other } else { one }
}

/// The last day for which the level at `place`, reached on `day`, is kept; none when it is held for ever.
fn keep_until(ladder: &Ladder, place: usize, day: i32) -> Option<i32> {
    (!ladder.levels[place].is_free()).then(|| match ladder.window {
        Window::Rolling { .. } => day + i32::from(ladder.keep_days),
        // A calendar tier is kept to the end of the first period that ends after the days it is kept for.
        Window::Calendar { .. } => window_of(ladder.window, day + i32::from(ladder.keep_days)).1,
    })
}

/// The last business day on which the tier is as it is without being looked at: the end of its grace or period. None for a tier that
/// is held for ever; the day before it was reached when the ladder has changed and needs something for it now.
pub fn last_day(ladder: &Ladder, held: &HeldTier) -> Option<i32> {
    let is_free = || place(ladder, Some(held)).is_some_and(|place| ladder.levels[place].is_free());
    match held.grace_until_day.or(held.keep_until_day) {
        None if is_free() => None,
        None => Some(held.since_day - 1),
        last_day => last_day,
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
    // The lifts before are kept while they lead down the same ladder, so that returns can undo one after the other.
    if let Some(before) = before.as_mut().filter(|before| place(ladder, Some(before)).is_none()) {
        before.lifted = None;
    }
    let held = HeldTier { lifted: Some(Box::new(Lift { before })), ..held_from(ladder, reached, day) };
    let to = Some(held.code.clone());
    state.tier = Some(held);
    Some(TierChange { from, to })
}

/// What is reached for the tier held and for each tier under it to which it may fall back, on `day` or on the day of its lift.
/// Asked before goods come back, it tells [`settle_return`] what stood on them.
pub fn standing(ladder: &Ladder, state: &HolderState, day: i32) -> Vec<Option<usize>> {
    let mut standing = Vec::new();
    let mut held = state.tier.as_ref();
    while let Some(tier) = held
        && let Some(lift) = &tier.lifted
    {
        standing.push(reached_since(ladder, state, tier, day));
        held = lift.before.as_ref();
    }
    standing
}

fn reached_since(ladder: &Ladder, state: &HolderState, held: &HeldTier, day: i32) -> Option<usize> {
    qualifying(ladder, state, day).max(qualifying(ladder, state, held.since_day))
}

/// After a return: a tier to which a purchase had lifted the holder, and which was reached before the return and is not reached without
/// what came back, falls to what is reached, or to the tier held before while that is still kept. Lifts under it are looked at in the
/// same way. A lift so long ago that the days of its window are forgotten stays.
pub fn settle_return(ladder: &Ladder, state: &mut HolderState, standing: &[Option<usize>], day: i32) -> Option<TierChange> {
    let from = state.tier.as_ref()?.code.clone();
    for stood in standing {
        let Some(held) = &state.tier else { break };
        let Some(lift) = &held.lifted else { break };
        let held_place = place(ladder, Some(held));
        let reached = reached_since(ladder, state, held, day);
        let known = window_of(ladder.window, held.since_day).0 >= oldest_day(ladder, day);
        if held_place.is_none() || !known || reached >= held_place || *stood < held_place {
            break;
        }
        let before = lift.before.clone().filter(|before| last_day(ladder, before).is_none_or(|last| last >= day));
        let since_day = if qualifying(ladder, state, held.since_day) == reached { held.since_day } else { day };
        match reached.filter(|_| reached > place(ladder, before.as_ref())) {
            Some(reached) => {
                state.tier = Some(HeldTier { lifted: Some(Box::new(Lift { before })), ..held_from(ladder, reached, since_day) });
                break;
            }
            None => state.tier = before,
        }
    }
    let to = state.tier.as_ref().map(|tier| tier.code.clone());
    (to.as_ref() != Some(&from)).then_some(TierChange { from: Some(from), to })
}

fn held_from(ladder: &Ladder, place: usize, day: i32) -> HeldTier {
    HeldTier {
        code: ladder.levels[place].code.clone(),
        since_day: day,
        keep_until_day: keep_until(ladder, place, day),
        grace_until_day: None,
        lifted: None,
    }
}

/// Looks at a tier whose period or grace has ended by `day`. It is reached again when it is reached at the end of its period, today,
/// or on any day of the grace with a purchase or a ranking. A tier that is held for ever only rises, where another ladder gives more; its period
/// ended yesterday when the ladder needs something for it now.
pub fn review(ladder: &Ladder, state: &mut HolderState, day: i32) -> Option<Review> {
    let held = state.tier.as_ref()?;
    let held_place = place(ladder, Some(held));
    let Some(last_day) = last_day(ladder, held) else {
        let reached = qualifying(ladder, state, day).filter(|reached| Some(*reached) > held_place);
        return reached.map(|reached| change(ladder, state, Some(reached), day));
    };
    if day <= last_day {
        return None;
    }
    let ended = held.keep_until_day.unwrap_or(day - 1);
    let known = state.days.iter().map(|total| total.day).chain(state.rankings.iter().map(|ranking| ranking.day));
    let since = known.filter(|known| (ended + 1..=day).contains(known));
    let looked_at = since.chain([ended, day]);
    let reached = looked_at.filter_map(|day| qualifying(ladder, state, day)).max();
    if let Some(place) = held_place.filter(|place| reached == Some(*place)) {
        let keep = keep_until(ladder, place, day);
        let tier = state.tier.as_mut()?;
        (tier.keep_until_day, tier.grace_until_day, tier.lifted) = (keep, None, None);
        return Some(Review::Renewed);
    }
    if reached <= held_place && held.grace_until_day.is_none() && ladder.grace_days > 0 {
        let tier = state.tier.as_mut()?;
        (tier.keep_until_day, tier.grace_until_day) = (Some(ended), Some(day + i32::from(ladder.grace_days)));
        return Some(Review::Warned);
    }
    Some(change(ladder, state, reached, day))
}

fn change(ladder: &Ladder, state: &mut HolderState, reached: Option<usize>, day: i32) -> Review {
    let from = state.tier.take().map(|held| held.code);
    state.tier = reached.map(|reached| held_from(ladder, reached, day));
    Review::Changed(TierChange { from, to: state.tier.as_ref().map(|tier| tier.code.clone()) })
}

/// The first day of which totals are kept on `day`: no window reaches further back from then on.
fn oldest_day(ladder: &Ladder, day: i32) -> i32 {
    let reach = match ladder.window {
        Window::Rolling { days } => i32::from(days),
        Window::Calendar { unit } => 2 * 31 * i32::from(unit.months()),
    };
    day - reach - i32::from(ladder.grace_days) - SLACK_DAYS
}

/// Drops the days and the rankings that no window can reach from `day` on; the last ranking stays.
pub fn forget_old_days(ladder: &Ladder, state: &mut HolderState, day: i32) {
    let first = oldest_day(ladder, day);
    let gone = state.days.partition_point(|total| total.day < first);
    state.days.drain(..gone);
    let gone = state.rankings.partition_point(|ranking| ranking.day <= first);
    state.rankings.drain(..gone.saturating_sub(1));
}

/// Whether a ranking is news to the holder: no later one is known, and it differs from the last one in what counts for tiers.
pub fn is_news(state: &HolderState, ranking: &Ranking) -> bool {
    let last = state.rankings.last();
    let said = last.map_or((&[][..], false), |last| (&last.reaches, last.bulk));
    last.is_none_or(|last| last.day <= ranking.day) && said != (&ranking.reaches, ranking.bulk)
}

/// Takes note of where the holder stood at a ranking. Returns whether that is news.
pub fn rank(state: &mut HolderState, ranking: &Ranking) -> bool {
    if !is_news(state, ranking) {
        return false;
    }
    state.rankings.retain(|known| known.day != ranking.day);
    state.rankings.push(ranking.clone());
    true
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

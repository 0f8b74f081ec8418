//! Dynamic facts of a member: what her purchases say of her, each by one pure function, with the evidence for it.
//!
//! Habits are read from her newest [`HABIT_PURCHASES`] purchases, so that they follow her when she changes.

use std::collections::BTreeMap;

use crate::attribute::Attribute;
use crate::condition::Value;
use crate::id::PurchaseId;
use crate::purchase::{Line, Moment};

/// How many of a member's newest purchases make her habits.
pub const HABIT_PURCHASES: usize = 12;

/// A purchase of a member, as far as it has not come back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// Its id.
    pub id: PurchaseId,
    /// When.
    pub moment: Moment,
    /// The channel.
    pub channel: String,
    /// Code of the store.
    pub store: Option<String>,
    /// Code of the employee.
    pub staff: Option<String>,
    /// The lines that remain.
    pub lines: Vec<Line>,
    /// What was to be paid, returns taken off, in minor units.
    pub amount_minor: i64,
    /// Pieces, returns taken off.
    pub quantity: i64,
}

impl Bought {
    /// Whether it was neither in a store nor by phone.
    pub fn is_online(&self) -> bool {
        !matches!(self.channel.as_str(), "store" | "phone")
    }
}

/// A fact with the purchases that it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact<'a> {
    /// The value.
    pub value: Value<'a>,
    /// How many purchases were looked at.
    pub of: usize,
    /// How many of them say so.
    pub agree: usize,
    /// The first and the last business day of those looked at.
    pub days: (i32, i32),
}

fn fact<'a>(seen: &[&'a Bought], agree: usize, value: Value<'a>) -> Option<Fact<'a>> {
    let days = seen.iter().map(|bought| bought.moment.day);
    Some(Fact { value, of: seen.len(), agree, days: (days.clone().min()?, days.max()?) })
}

/// The value that stands most often, the newest of those that stand equally often. `said` tells what each purchase says, the newest first.
fn most<T: Ord + Clone>(said: impl Iterator<Item = Option<T>>) -> Option<(T, usize)> {
    let mut votes: BTreeMap<T, (usize, usize)> = BTreeMap::new();
    for (age, value) in said.enumerate() {
        if let Some(value) = value {
            votes.entry(value).or_insert((0, age)).0 += 1;
        }
    }
    let (value, (count, _)) = votes.into_iter().max_by_key(|(_, (count, age))| (*count, std::cmp::Reverse(*age)))?;
    Some((value, count))
}

/// The category with the largest amount in these purchases; the one that comes first by its code where two have the same.
fn category<'a>(newest: &[&'a Bought]) -> Option<(&'a str, usize)> {
    let mut amounts: BTreeMap<&'a str, (i64, usize)> = BTreeMap::new();
    for bought in newest {
        let mut seen: Vec<&str> = Vec::new();
        for line in &bought.lines {
            let Some(category) = line.category.as_deref() else { continue };
            let total = amounts.entry(category).or_default();
            total.0 += line.amount_minor;
            if !seen.contains(&category) {
                seen.push(category);
                total.1 += 1;
            }
        }
    }
    let mut best: Option<(&'a str, i64, usize)> = None;
    for (category, (amount, purchases)) in amounts {
        if best.is_none_or(|(_, most, _)| amount > most) {
            best = Some((category, amount, purchases));
        }
    }
    best.map(|(category, _, purchases)| (category, purchases))
}

/// The lower median of the days between visits; none before the second visit.
fn interval(newest: &[&Bought]) -> Option<i64> {
    let mut days: Vec<i32> = newest.iter().map(|bought| bought.moment.day).collect();
    days.sort_unstable();
    days.dedup();
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| i64::from(pair[1] - pair[0])).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len().checked_sub(1)? / 2).copied()
}

/// A fact of [`crate::attribute::Of::Standing`] that follows from purchases; none where it is unknown, or no such fact. `purchases` are a
/// member's in any order, none of them after `today`.
pub fn read<'a>(attribute: Attribute, purchases: &[&'a Bought], today: i32) -> Option<Fact<'a>> {
    let number = |value: i64| fact(purchases, purchases.len(), Value::Number(value));
    let nothing = Fact { value: Value::Number(0), of: 0, agree: 0, days: (today, today) };
    let spent = || purchases.iter().map(|bought| bought.amount_minor).sum::<i64>();
    let count = purchases.len() as i64;
    let first = purchases.iter().map(|bought| bought.moment.day).min();
    let last = purchases.iter().map(|bought| bought.moment.day).max();
    match attribute {
        Attribute::Purchases => number(count).or(Some(nothing)),
        Attribute::Spent => number(spent()).or(Some(nothing)),
        Attribute::AverageTicket => number(spent().checked_div(count)?),
        Attribute::FirstPurchase => number(first?.into()),
        Attribute::LastPurchase => number(last?.into()),
        Attribute::DaysSincePurchase => number(i64::from(today - last?)),
        _ => habit(attribute, &newest(purchases)),
    }
}

/// The newest purchases, the newest first.
fn newest<'a>(purchases: &[&'a Bought]) -> Vec<&'a Bought> {
    let mut sorted = purchases.to_vec();
    sorted.sort_unstable_by_key(|bought| std::cmp::Reverse((bought.moment.at_ms, bought.id)));
    sorted.truncate(HABIT_PURCHASES);
    sorted
}

fn habit<'a>(attribute: Attribute, newest: &[&'a Bought]) -> Option<Fact<'a>> {
    let voted = |found: Option<(i64, usize)>| found.and_then(|(value, agree)| fact(newest, agree, Value::Number(value)));
    match attribute {
        Attribute::VisitInterval => fact(newest, newest.len(), Value::Number(interval(newest)?)),
        Attribute::HomeStore => {
            let (store, agree) = most(newest.iter().map(|bought| bought.store.as_deref()))?;
            fact(newest, agree, Value::Text(store))
        }
        Attribute::FavouriteCategory => {
            let (category, agree) = category(newest)?;
            fact(newest, agree, Value::Text(category))
        }
        Attribute::OnlineShare => {
            let online = newest.iter().filter(|bought| bought.is_online()).count();
            fact(newest, online, Value::Number((online * 100).checked_div(newest.len())? as i64))
        }
        Attribute::UsualHour => voted(most(newest.iter().map(|bought| Some(i64::from(bought.moment.hour))))),
        Attribute::UsualWeekday => voted(most(newest.iter().map(|bought| Some(i64::from(bought.moment.weekday))))),
        _ => None,
    }
}

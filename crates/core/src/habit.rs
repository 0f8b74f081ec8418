//! Dynamic facts of a member: what her purchases say of her, each by one pure function, with the evidence for it.
//!
//! Habits are read from her newest [`HABIT_PURCHASES`] purchases, so that they follow her when she changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::attribute::Attribute;
use crate::condition::Value;
use crate::id::PurchaseId;
use crate::purchase::{Line, Moment};

/// How many of a member's newest purchases make her habits.
pub const HABIT_PURCHASES: usize = 12;

/// The business days of a year that is compared with the one before.
pub const YEAR_DAYS: i32 = 365;

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
    /// What came off the whole and off its lines as it was bought, by whomever, in minor units.
    pub discount_minor: i64,
    /// Whether a coupon was used, the brand's own or another.
    pub with_coupon: bool,
    /// Whether a part of it came back.
    pub came_back: bool,
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

/// How many of these purchases are so, in percent.
fn share<'a>(seen: &[&'a Bought], is_so: impl Fn(&Bought) -> bool) -> Option<Fact<'a>> {
    let agree = seen.iter().filter(|bought| is_so(bought)).count();
    fact(seen, agree, Value::Number((agree * 100).checked_div(seen.len())? as i64))
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

/// The article that stands in most purchases; the one that comes first by its number where two stand in as many.
fn product<'a>(newest: &[&'a Bought]) -> Option<(&'a str, usize)> {
    let mut votes: BTreeMap<&'a str, usize> = BTreeMap::new();
    for bought in newest {
        let skus: BTreeSet<&'a str> = bought.lines.iter().map(|line| line.sku.as_str()).collect();
        skus.into_iter().for_each(|sku| *votes.entry(sku).or_default() += 1);
    }
    votes.into_iter().max_by_key(|(sku, count)| (*count, std::cmp::Reverse(*sku)))
}

/// The days between visits, the shortest first.
fn gaps(newest: &[&Bought]) -> Vec<i64> {
    let mut days: Vec<i32> = newest.iter().map(|bought| bought.moment.day).collect();
    days.sort_unstable();
    days.dedup();
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| i64::from(pair[1] - pair[0])).collect();
    gaps.sort_unstable();
    gaps
}

/// The lower median of the days between visits; none before the second visit.
fn interval(newest: &[&Bought]) -> Option<i64> {
    let gaps = gaps(newest);
    gaps.get(gaps.len().checked_sub(1)? / 2).copied()
}

/// How many gaps lie within half an interval of it, of how many; none before the third visit.
fn regular(newest: &[&Bought]) -> Option<(usize, usize)> {
    let (gaps, interval) = (gaps(newest), interval(newest)?);
    let is_near = |gap: &&i64| (**gap - interval).abs() * 2 <= interval;
    (gaps.len() >= 2).then(|| (gaps.iter().filter(is_near).count(), gaps.len()))
}

/// The business day of the next visit, an interval after the newest.
fn next_day(newest: &[&Bought]) -> Option<i64> {
    let last = newest.iter().map(|bought| bought.moment.day).max()?;
    Some(i64::from(last) + interval(newest)?)
}

/// What was bought in the last 365 business days against the 365 before, in percent of those; none when nothing was bought then.
fn year_change(purchases: &[&Bought], today: i32) -> Option<i64> {
    let of_year = |ago: i32| {
        let days = today - YEAR_DAYS * (ago + 1) + 1..=today - YEAR_DAYS * ago;
        let within = purchases.iter().filter(|bought| days.contains(&bought.moment.day));
        within.map(|bought| bought.amount_minor).sum::<i64>()
    };
    let (year, before) = (of_year(0), of_year(1));
    (before > 0).then(|| (year - before) * 100 / before)
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
        Attribute::YearChange => number(year_change(purchases, today)?),
        _ => habit(attribute, &newest(purchases), today),
    }
}

/// The newest purchases, the newest first.
fn newest<'a>(purchases: &[&'a Bought]) -> Vec<&'a Bought> {
    let mut sorted = purchases.to_vec();
    sorted.sort_unstable_by_key(|bought| std::cmp::Reverse((bought.moment.at_ms, bought.id)));
    sorted.truncate(HABIT_PURCHASES);
    sorted
}

fn habit<'a>(attribute: Attribute, newest: &[&'a Bought], today: i32) -> Option<Fact<'a>> {
    let number = |value: i64| fact(newest, newest.len(), Value::Number(value));
    let sum = |of: fn(&Bought) -> i64| newest.iter().map(|bought| of(bought)).sum::<i64>();
    let voted = |found: Option<(i64, usize)>| found.and_then(|(value, agree)| fact(newest, agree, Value::Number(value)));
    match attribute {
        Attribute::VisitInterval => number(interval(newest)?),
        Attribute::NextPurchase => number(next_day(newest)?),
        Attribute::DaysOverdue => number(i64::from(today) - next_day(newest)?),
        Attribute::Regularity => {
            let (near, gaps) = regular(newest)?;
            number((near * 100 / gaps) as i64)
        }
        Attribute::Categories => {
            let mut lines = newest.iter().flat_map(|bought| &bought.lines).peekable();
            lines.peek()?;
            number(lines.filter_map(|line| line.category.as_deref()).collect::<BTreeSet<_>>().len() as i64)
        }
        Attribute::BasketSize => number(sum(|bought| bought.quantity).checked_div(newest.len() as i64)?),
        Attribute::PiecePrice => number(sum(|bought| bought.amount_minor).checked_div(sum(|bought| bought.quantity))?),
        Attribute::DiscountShare => share(newest, |bought| bought.discount_minor > 0 || bought.with_coupon),
        Attribute::CouponShare => share(newest, |bought| bought.with_coupon),
        Attribute::Platform => {
            let (channel, agree) = most(newest.iter().map(|bought| bought.is_online().then_some(bought.channel.as_str())))?;
            fact(newest, agree, Value::Text(channel))
        }
        Attribute::FavouriteProduct => {
            let (sku, agree) = product(newest)?;
            fact(newest, agree, Value::Text(sku))
        }
        Attribute::HomeStore => {
            let (store, agree) = most(newest.iter().map(|bought| bought.store.as_deref()))?;
            fact(newest, agree, Value::Text(store))
        }
        Attribute::FavouriteCategory => {
            let (category, agree) = category(newest)?;
            fact(newest, agree, Value::Text(category))
        }
        Attribute::OnlineShare => share(newest, Bought::is_online),
        Attribute::UsualHour => voted(most(newest.iter().map(|bought| Some(i64::from(bought.moment.hour))))),
        Attribute::UsualWeekday => voted(most(newest.iter().map(|bought| Some(i64::from(bought.moment.weekday))))),
        _ => None,
    }
}

//! The portrait of a member: what her purchases add up to, and what to say to her next, each with why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::Value;
use crate::habit::Bought;
use crate::person::Person;
use crate::time::date_of;

/// Business days of the calendar of a portrait: fifty-three weeks.
pub const CALENDAR_DAYS: i32 = 371;
/// Months of the trend, the running one included.
pub const MONTHS: usize = 12;
/// Days before her birthday from which on it is spoken of.
const BIRTHDAY_DAYS: i64 = 14;
/// Days around the day on which a product is due again.
const DUE_DAYS: i32 = 7;

/// What was bought in some stretch of time, or of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Sum {
    /// Minor units, returns taken off.
    pub amount_minor: i64,
    /// Purchases of which something is left.
    pub purchases: i64,
}

/// What a member's purchases add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// By business day of the last [`CALENDAR_DAYS`].
    pub days: BTreeMap<i32, Sum>,
    /// By month of the last [`MONTHS`], each there: year and month.
    pub months: BTreeMap<(i16, i8), Sum>,
    /// By category.
    pub categories: BTreeMap<String, Sum>,
    /// By article.
    pub products: BTreeMap<String, Sum>,
    /// By channel.
    pub channels: BTreeMap<String, Sum>,
    /// By store.
    pub stores: BTreeMap<String, Sum>,
}

fn add<K: Ord>(sums: &mut BTreeMap<K, Sum>, key: K, amount_minor: i64) {
    let sum = sums.entry(key).or_default();
    sum.amount_minor += amount_minor;
    sum.purchases += 1;
}

fn month_of(day: i32) -> (i16, i8) {
    let date = date_of(day);
    (date.year(), date.month())
}

/// Adds up purchases until today.
pub fn totals(purchases: &[Bought], today: i32) -> Totals {
    let mut totals = Totals::default();
    let (mut year, mut month) = month_of(today);
    for _ in 0..MONTHS {
        totals.months.insert((year, month), Sum::default());
        (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
    }
    for bought in purchases.iter().filter(|bought| bought.moment.day <= today) {
        let day = bought.moment.day;
        if day > today - CALENDAR_DAYS {
            add(&mut totals.days, day, bought.amount_minor);
        }
        if totals.months.contains_key(&month_of(day)) {
            add(&mut totals.months, month_of(day), bought.amount_minor);
        }
        add(&mut totals.channels, bought.channel.clone(), bought.amount_minor);
        if let Some(store) = &bought.store {
            add(&mut totals.stores, store.clone(), bought.amount_minor);
        }
        let mut of: [BTreeMap<&str, i64>; 2] = Default::default();
        for line in &bought.lines {
            *of[0].entry(line.category.as_deref().unwrap_or_default()).or_default() += line.amount_minor;
            *of[1].entry(&line.sku).or_default() += line.amount_minor;
        }
        let [categories, products] = of;
        let known = categories.into_iter().filter(|(category, _)| !category.is_empty());
        known.for_each(|(category, amount)| add(&mut totals.categories, category.to_owned(), amount));
        products.into_iter().for_each(|(sku, amount)| add(&mut totals.products, sku.to_owned(), amount));
    }
    totals
}

/// Something to say to a member, or to ask her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Her birthday is near.
    Birthday {
        /// Days until it; zero on the day.
        days: i64,
    },
    /// Points lapse soon.
    Points {
        /// How many, within thirty days.
        points: i64,
    },
    /// She stays away longer than she is used to.
    Overdue {
        /// Her usual interval in days.
        interval: i64,
        /// Days since her newest purchase.
        since: i64,
    },
    /// She bought once, lately.
    FirstPurchase {
        /// Days since then.
        since: i64,
    },
    /// An article that she buys again and again is due.
    Due {
        /// The article.
        sku: String,
        /// Days between its purchases.
        interval: i32,
    },
    /// Something came back of a good part of what she bought.
    Returns {
        /// How many purchases.
        returns: i64,
    },
}

fn number(person: &Person<'_>, attribute: Attribute) -> Option<i64> {
    match person.attribute(attribute) {
        Value::Number(number) => Some(number),
        Value::Missing | Value::Text(_) => None,
    }
}

/// The article that she has bought on three days at least and that is due again within a week, or was a week ago; of several the one that
/// she bought most often.
fn due(purchases: &[Bought], today: i32) -> Option<Step> {
    let mut days: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for bought in purchases.iter().filter(|bought| bought.moment.day <= today) {
        bought.lines.iter().for_each(|line| {
            days.entry(&line.sku).or_default().insert(bought.moment.day);
        });
    }
    let due = days.into_iter().filter_map(|(sku, days)| {
        let days: Vec<i32> = days.into_iter().collect();
        let mut gaps: Vec<i32> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        let interval = *gaps.get(gaps.len().checked_sub(1)? / 2)?;
        let is_due = days.len() >= 3 && interval > DUE_DAYS && (days.last()? + interval - today).abs() <= DUE_DAYS;
        is_due.then_some((days.len(), std::cmp::Reverse(sku), interval))
    });
    due.max().map(|(_, std::cmp::Reverse(sku), interval)| Step::Due { sku: sku.to_owned(), interval })
}

/// What to say to a member next, the most urgent first.
pub fn steps(person: &Person<'_>) -> Vec<Step> {
    let of = |attribute| number(person, attribute);
    let mut steps = Vec::new();
    steps.extend(of(Attribute::MemberDaysToBirthday).filter(|days| *days <= BIRTHDAY_DAYS).map(|days| Step::Birthday { days }));
    if let (Some(interval), Some(since)) = (of(Attribute::VisitInterval), of(Attribute::DaysSincePurchase))
        && interval > 0
        && since * 2 > interval.max(7) * 3
    {
        steps.push(Step::Overdue { interval, since });
    }
    if let (Some(1), Some(since)) = (of(Attribute::Purchases), of(Attribute::DaysSincePurchase)) {
        steps.push(Step::FirstPurchase { since });
    }
    steps.extend(due(person.purchases, person.now.moment.day));
    steps.extend(of(Attribute::ExpiringPoints).filter(|points| *points > 0).map(|points| Step::Points { points }));
    if let (Some(returns), Some(bought)) = (of(Attribute::Returns), of(Attribute::Purchases))
        && returns >= 2
        && returns * 3 >= bought
    {
        steps.push(Step::Returns { returns });
    }
    steps
}

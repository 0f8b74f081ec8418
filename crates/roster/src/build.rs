//! Making a roster of rows that come in any order.

use std::collections::HashMap;

use danggol_core::history::Bought;
use danggol_core::time::moment;
use jiff::tz::TimeZone;

use crate::column::{Words, in_order};
use crate::roster::{Members, Parts, Purchases, Roster};

/// Why no roster can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A purchase of somebody who is not among the members.
    #[error("a purchase of member {0}, who is not among the members")]
    UnknownMember(i64),
    /// More words, or parts of one purchase, than a code of 16 bits can tell apart.
    #[error("more than 65,535 {0}")]
    TooMany(&'static str),
    /// More purchases or parts of them than 32 bits count.
    #[error("more than 4,294,967,295 {0}")]
    TooLong(&'static str),
    /// Business days too far apart.
    #[error("the first and the last business day lie more than 65,535 days apart")]
    TooWide,
}

/// A member, as the roster holds her.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub id: i64,
    /// UTC milliseconds at which she joined.
    pub joined_at_ms: i64,
}

/// Words in the order in which they came.
#[derive(Debug, Default)]
struct Coming {
    codes: HashMap<String, u16>,
}

impl Coming {
    fn code(&mut self, word: Option<&str>, what: &'static str) -> Result<u16, Fault> {
        let Some(word) = word else { return Ok(0) };
        if let Some(code) = self.codes.get(word) {
            return Ok(*code);
        }
        let code = u16::try_from(self.codes.len() + 1).map_err(|_| Fault::TooMany(what))?;
        self.codes.insert(word.to_owned(), code);
        Ok(code)
    }

    /// The words in order, and the codes brought to it.
    fn finish(self, codes: &mut [u16]) -> Words {
        let mut sorted: Vec<(String, u16)> = self.codes.into_iter().collect();
        sorted.sort_unstable();
        let mut new = vec![0; sorted.len() + 1];
        for (position, (_, code)) in sorted.iter().enumerate() {
            new[usize::from(*code)] = position as u16 + 1;
        }
        codes.iter_mut().for_each(|code| *code = new[usize::from(*code)]);
        Words { words: std::iter::once(String::new()).chain(sorted.into_iter().map(|(word, _)| word)).collect() }
    }
}

/// Takes rows and makes a roster of them.
#[derive(Debug)]
pub struct Builder {
    zone: TimeZone,
    members: Members,
    /// The place of each member by her id.
    places: HashMap<i64, u32>,
    /// The place of the member of each purchase.
    member: Vec<u32>,
    day: Vec<i32>,
    purchases: Purchases,
    parts: Parts,
    stores: Coming,
    channels: Coming,
    staff: Coming,
    categories: Coming,
}

impl Builder {
    /// A builder over some members; hours and weekdays are those of the time zone.
    pub fn new(mut members: Vec<Member>, zone: TimeZone) -> Result<Builder, Fault> {
        u32::try_from(members.len()).map_err(|_| Fault::TooLong("members"))?;
        members.sort_unstable_by_key(|member| member.id);
        members.dedup_by_key(|member| member.id);
        let places = members.iter().zip(0..).map(|(member, place)| (member.id, place)).collect();
        let joined_day = members.iter().map(|member| moment(member.joined_at_ms, &zone, 0).day).collect();
        Ok(Builder {
            zone,
            members: Members { id: members.iter().map(|member| member.id).collect(), joined_day, ..Members::default() },
            places,
            member: Vec::new(),
            day: Vec::new(),
            purchases: Purchases::default(),
            parts: Parts::default(),
            stores: Coming::default(),
            channels: Coming::default(),
            staff: Coming::default(),
            categories: Coming::default(),
        })
    }

    /// Takes a purchase.
    pub fn push(&mut self, bought: &Bought<'_>) -> Result<(), Fault> {
        let place = *self.places.get(&bought.member).ok_or(Fault::UnknownMember(bought.member))?;
        let codes = (
            self.stores.code(bought.store.as_deref(), "stores")?,
            self.channels.code(Some(&bought.channel), "channels")?,
            self.staff.code(bought.staff.as_deref(), "employees")?,
            u16::try_from(bought.parts.len()).map_err(|_| Fault::TooMany("categories of one purchase"))?,
        );
        for part in &bought.parts {
            self.parts.category.push(self.categories.code(part.category.as_deref(), "categories")?);
            self.parts.amount.push(part.amount_minor);
        }
        let wall = moment(bought.at_ms, &self.zone, 0);
        let purchases = &mut self.purchases;
        self.member.push(place);
        self.day.push(bought.day);
        purchases.at.push(bought.at_ms);
        purchases.hour.push(wall.hour);
        purchases.weekday.push(wall.weekday);
        purchases.amount.push(bought.amount_minor);
        purchases.quantity.push(bought.quantity);
        purchases.store.push(codes.0);
        purchases.channel.push(codes.1);
        purchases.staff.push(codes.2);
        purchases.parts.push(codes.3);
        Ok(())
    }

    /// The roster of everything that was pushed.
    pub fn finish(mut self) -> Result<Roster, Fault> {
        u32::try_from(self.member.len()).map_err(|_| Fault::TooLong("purchases"))?;
        u32::try_from(self.parts.category.len()).map_err(|_| Fault::TooLong("parts of purchases"))?;
        let first_day = self.day.iter().copied().min().unwrap_or(0);
        let days = self.day.iter().map(|day| u16::try_from(day.saturating_sub(first_day)).map_err(|_| Fault::TooWide));
        self.purchases.day = days.collect::<Result<_, _>>()?;
        self.purchases.first_day = first_day;
        self.day = Vec::new();
        self.places = HashMap::new();
        let stores = self.stores.finish(&mut self.purchases.store);
        let channels = self.channels.finish(&mut self.purchases.channel);
        let staff = self.staff.finish(&mut self.purchases.staff);
        let categories = self.categories.finish(&mut self.parts.category);
        let (starts, order) = by_member(self.members.id.len(), &self.member, &self.purchases);
        self.member = Vec::new();
        let (purchases, parts) = match order {
            Some(order) => arranged(self.purchases, self.parts, &order),
            None => (self.purchases, self.parts),
        };
        let part_starts = part_starts(&starts, &purchases.parts);
        let members = Members { purchases: starts, parts: part_starts, ..self.members };
        Ok(Roster { members, purchases, parts, stores, channels, staff, categories })
    }
}

/// Where the purchases of each member begin, and the order in which purchases stand by member, day and instant; none when they already
/// do.
fn by_member(members: usize, member: &[u32], purchases: &Purchases) -> (Vec<u32>, Option<Vec<u32>>) {
    let mut starts = vec![0_u32; members + 1];
    for place in member {
        starts[*place as usize + 1] += 1;
    }
    for place in 0..members {
        starts[place + 1] += starts[place];
    }
    let key = |row: usize| (purchases.day[row], purchases.at.high[row], purchases.at.low[row]);
    if (1..member.len()).all(|row| (member[row - 1], key(row - 1)) <= (member[row], key(row))) {
        return (starts, None);
    }
    let mut next = starts.clone();
    let mut order = vec![0_u32; member.len()];
    for (place, row) in member.iter().zip(0..) {
        let at = &mut next[*place as usize];
        order[*at as usize] = row;
        *at += 1;
    }
    for place in 0..members {
        // Stable, and quick over rows that nearly stand in order: they come as they were posted.
        order[starts[place] as usize..starts[place + 1] as usize].sort_by_key(|row| key(*row as usize));
    }
    (starts, Some(order))
}

/// Purchases and their parts in another order, column by column, so that only one stands twice at a time.
fn arranged(purchases: Purchases, parts: Parts, order: &[u32]) -> (Purchases, Parts) {
    let mut first_part = Vec::with_capacity(purchases.parts.len());
    let mut next = 0;
    for count in &purchases.parts {
        first_part.push(next);
        next += u32::from(*count);
    }
    let mut part_order = Vec::with_capacity(parts.category.len());
    for row in order {
        let first = first_part[*row as usize];
        part_order.extend(first..first + u32::from(purchases.parts[*row as usize]));
    }
    drop(first_part);
    let parts = Parts { category: in_order(parts.category, &part_order), amount: parts.amount.in_order(&part_order) };
    let purchases = Purchases {
        first_day: purchases.first_day,
        day: in_order(purchases.day, order),
        at: purchases.at.in_order(order),
        hour: in_order(purchases.hour, order),
        weekday: in_order(purchases.weekday, order),
        amount: purchases.amount.in_order(order),
        quantity: purchases.quantity.in_order(order),
        store: in_order(purchases.store, order),
        channel: in_order(purchases.channel, order),
        staff: in_order(purchases.staff, order),
        parts: in_order(purchases.parts, order),
    };
    (purchases, parts)
}

fn part_starts(starts: &[u32], counts: &[u16]) -> Vec<u32> {
    let mut before = 0;
    let mut part_starts = Vec::with_capacity(starts.len());
    part_starts.push(0);
    for member in starts.windows(2) {
        let own = counts[member[0] as usize..member[1] as usize].iter().map(|count| u32::from(*count)).sum::<u32>();
        before += own;
        part_starts.push(before);
    }
    part_starts
}

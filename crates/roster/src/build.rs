//! Making a roster of rows that come in any order.

use std::collections::HashMap;
use std::ops::Range;

use danggol_core::habit::Bought;
use danggol_core::holder::HolderState;
use danggol_core::id::MemberId;
use danggol_core::person::PersonFile;
use jiff::tz::TimeZone;

use crate::column::{Coming, in_order, u32_of};
use crate::members::MembersComing;
use crate::roster::{Lines, Parts, Purchases, Roster};

/// Why no roster can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A purchase of somebody who is not among the members.
    #[error("a purchase of member {0}, who is not among the members")]
    UnknownMember(i64),
    /// Members who do not come in the order of their ids.
    #[error("member {0} comes after one with the same id or a greater one")]
    OutOfOrder(i64),
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

/// Takes rows and makes a roster of them.
#[derive(Debug)]
pub struct Builder {
    zone: TimeZone,
    members: MembersComing,
    /// The place of each member by her id.
    places: HashMap<i64, u32>,
    /// The place of the member of each purchase.
    member: Vec<u32>,
    day: Vec<i32>,
    given_back: Vec<(u32, i32)>,
    purchases: Purchases,
    parts: Parts,
    lines: Lines,
    stores: Coming,
    channels: Coming,
    staff: Coming,
    categories: Coming,
    products: Coming,
}

impl Builder {
    /// A builder of a roster whose clock shows the time of a zone.
    pub fn new(zone: TimeZone) -> Builder {
        Builder {
            members: MembersComing::new(zone.clone()),
            zone,
            places: HashMap::new(),
            member: Vec::new(),
            day: Vec::new(),
            given_back: Vec::new(),
            purchases: Purchases::default(),
            parts: Parts::default(),
            lines: Lines::default(),
            stores: Coming::default(),
            channels: Coming::default(),
            staff: Coming::default(),
            categories: Coming::default(),
            products: Coming::default(),
        }
    }

    /// A builder that some members of a roster are copied into; the others come as to any builder, all in the order of their ids.
    pub(crate) fn over(base: &Roster) -> Builder {
        Builder {
            members: MembersComing::over(base.zone.clone(), &base.members),
            stores: Coming::of(&base.stores),
            channels: Coming::of(&base.channels),
            staff: Coming::of(&base.staff),
            categories: Coming::of(&base.categories),
            products: Coming::of(&base.products),
            ..Builder::new(base.zone.clone())
        }
    }

    /// Copies the members in some places of the roster that it is over, with their purchases.
    pub(crate) fn copy(&mut self, base: &Roster, places: Range<usize>) -> Result<(), Fault> {
        let first = u32_of(self.members.len(), "members")?;
        self.members.copy(&base.members, places.clone())?;
        for (place, new) in places.clone().zip(first..) {
            self.places.insert(base.members.id[place], new);
            self.member.extend(std::iter::repeat_n(new, base.purchases_of(place).len()));
            self.given_back.extend(base.members.given_back.of(place).iter().map(|day| (new, *day)));
        }
        let span = |starts: &[u32]| starts[places.start] as usize..starts[places.end] as usize;
        let (rows, lines) = (span(&base.members.purchases), span(&base.members.lines));
        self.parts.category.extend_from_slice(&base.parts.category[span(&base.members.parts)]);
        self.lines.product.extend_from_slice(&base.lines.product[lines.clone()]);
        self.lines.category.extend_from_slice(&base.lines.category[lines.clone()]);
        self.lines.amount.extend(&base.lines.amount, lines.clone());
        self.lines.quantity.extend(&base.lines.quantity, lines);
        let (to, from) = (&mut self.purchases, &base.purchases);
        self.day.extend(from.day[rows.clone()].iter().map(|day| from.first_day + i32::from(*day)));
        to.at.extend(&from.at, rows.clone());
        to.hour.extend_from_slice(&from.hour[rows.clone()]);
        to.weekday.extend_from_slice(&from.weekday[rows.clone()]);
        to.amount.extend(&from.amount, rows.clone());
        to.quantity.extend(&from.quantity, rows.clone());
        to.discount.extend(&from.discount, rows.clone());
        to.with_coupon.extend_from_slice(&from.with_coupon[rows.clone()]);
        to.came_back.extend_from_slice(&from.came_back[rows.clone()]);
        to.store.extend_from_slice(&from.store[rows.clone()]);
        to.channel.extend_from_slice(&from.channel[rows.clone()]);
        to.staff.extend_from_slice(&from.staff[rows.clone()]);
        to.parts.extend_from_slice(&from.parts[rows.clone()]);
        to.lines.extend_from_slice(&from.lines[rows]);
        Ok(())
    }

    /// Takes a member with what she holds. They come in the order of their ids, and before their purchases.
    pub fn member(&mut self, file: &PersonFile, state: &HolderState) -> Result<(), Fault> {
        let place = u32_of(self.members.len(), "members")?;
        self.members.push(file, state)?;
        self.places.insert(file.facts.member.0, place);
        Ok(())
    }

    fn place(&self, member: MemberId) -> Result<u32, Fault> {
        self.places.get(&member.0).copied().ok_or(Fault::UnknownMember(member.0))
    }

    /// Takes what is left of a purchase; its clock is that of the zone. Of one member, those of the same instant come in the order of
    /// their ids.
    pub fn bought(&mut self, member: MemberId, bought: &Bought) -> Result<(), Fault> {
        let place = self.place(member)?;
        let store = self.stores.short(bought.store.as_deref(), "stores")?;
        let channel = self.channels.short(Some(&bought.channel), "channels")?;
        let staff = self.staff.short(bought.staff.as_deref(), "employees")?;
        let first_part = self.parts.category.len();
        let many = |count: usize| u16::try_from(count).map_err(|_| Fault::TooMany("lines of one purchase"));
        for line in &bought.lines {
            let category = self.categories.short(line.category.as_deref(), "categories")?;
            self.lines.product.push(self.products.code(Some(&line.sku))?);
            self.lines.category.push(category);
            self.lines.amount.push(line.amount_minor);
            self.lines.quantity.push(line.quantity);
            if !self.parts.category[first_part..].contains(&category) {
                self.parts.category.push(category);
            }
        }
        let moment = bought.moment;
        let purchases = &mut self.purchases;
        self.member.push(place);
        self.day.push(moment.day);
        purchases.at.push(moment.at_ms);
        purchases.hour.push(moment.hour);
        purchases.weekday.push(moment.weekday);
        purchases.amount.push(bought.amount_minor);
        purchases.quantity.push(bought.quantity);
        purchases.discount.push(bought.discount_minor);
        purchases.with_coupon.push(bought.with_coupon);
        purchases.came_back.push(bought.came_back);
        purchases.store.push(store);
        purchases.channel.push(channel);
        purchases.staff.push(staff);
        purchases.parts.push(many(self.parts.category.len() - first_part)?);
        purchases.lines.push(many(bought.lines.len())?);
        Ok(())
    }

    /// Takes a purchase of a business day that came back wholly.
    pub fn gave_back(&mut self, member: MemberId, day: i32) -> Result<(), Fault> {
        let place = self.place(member)?;
        self.given_back.push((place, day));
        Ok(())
    }

    /// The roster of everything that was taken.
    pub fn finish(mut self) -> Result<Roster, Fault> {
        u32_of(self.member.len(), "purchases")?;
        u32_of(self.lines.product.len(), "lines of purchases")?;
        let first_day = self.day.iter().copied().min().unwrap_or(0);
        let days = self.day.iter().map(|day| u16::try_from(day.saturating_sub(first_day)).map_err(|_| Fault::TooWide));
        self.purchases.day = days.collect::<Result<_, _>>()?;
        self.purchases.first_day = first_day;
        self.day = Vec::new();
        self.places = HashMap::new();
        let stores = self.stores.finish_short(&mut self.purchases.store);
        let channels = self.channels.finish_short(&mut self.purchases.channel);
        let staff = self.staff.finish_short(&mut self.purchases.staff);
        let (categories, new) = self.categories.finish();
        let columns = [&mut self.parts.category, &mut self.lines.category];
        columns.into_iter().flatten().for_each(|code| *code = new[usize::from(*code)] as u16);
        let (products, new) = self.products.finish();
        self.lines.product.iter_mut().for_each(|code| *code = new[*code as usize]);
        let mut members = self.members.finish(self.given_back)?;
        let (starts, order) = by_member(members.id.len(), &self.member, &self.purchases);
        self.member = Vec::new();
        let (purchases, parts, lines) = match order {
            Some(order) => arranged(self.purchases, self.parts, self.lines, &order),
            None => (self.purchases, self.parts, self.lines),
        };
        members.parts = row_starts(&starts, &purchases.parts);
        members.lines = row_starts(&starts, &purchases.lines);
        members.purchases = starts;
        Ok(Roster { zone: self.zone, members, purchases, parts, lines, stores, channels, staff, categories, products })
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

/// The order of the rows of purchases that stand in an order, when each has so many.
fn row_order(counts: &[u16], order: &[u32]) -> Vec<u32> {
    let mut first = Vec::with_capacity(counts.len());
    let mut next = 0;
    for count in counts {
        first.push(next);
        next += u32::from(*count);
    }
    let mut row_order = Vec::with_capacity(next as usize);
    for row in order {
        let start = first[*row as usize];
        row_order.extend(start..start + u32::from(counts[*row as usize]));
    }
    row_order
}

/// Purchases with their parts and lines in another order, column by column, so that only one stands twice at a time.
fn arranged(purchases: Purchases, parts: Parts, lines: Lines, order: &[u32]) -> (Purchases, Parts, Lines) {
    let parts = Parts { category: in_order(parts.category, &row_order(&purchases.parts, order)) };
    let line_order = row_order(&purchases.lines, order);
    let lines = Lines {
        product: in_order(lines.product, &line_order),
        category: in_order(lines.category, &line_order),
        amount: lines.amount.in_order(&line_order),
        quantity: lines.quantity.in_order(&line_order),
    };
    drop(line_order);
    let purchases = Purchases {
        first_day: purchases.first_day,
        day: in_order(purchases.day, order),
        at: purchases.at.in_order(order),
        hour: in_order(purchases.hour, order),
        weekday: in_order(purchases.weekday, order),
        amount: purchases.amount.in_order(order),
        quantity: purchases.quantity.in_order(order),
        discount: purchases.discount.in_order(order),
        with_coupon: in_order(purchases.with_coupon, order),
        came_back: in_order(purchases.came_back, order),
        store: in_order(purchases.store, order),
        channel: in_order(purchases.channel, order),
        staff: in_order(purchases.staff, order),
        parts: in_order(purchases.parts, order),
        lines: in_order(purchases.lines, order),
    };
    (purchases, parts, lines)
}

/// Where the rows of each member begin, when her purchases have so many each.
fn row_starts(starts: &[u32], counts: &[u16]) -> Vec<u32> {
    let mut before = 0;
    let mut row_starts = Vec::with_capacity(starts.len());
    row_starts.push(0);
    for member in starts.windows(2) {
        let own = counts[member[0] as usize..member[1] as usize].iter().map(|count| u32::from(*count)).sum::<u32>();
        before += own;
        row_starts.push(before);
    }
    row_starts
}

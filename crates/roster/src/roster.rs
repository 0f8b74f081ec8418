//! The columns.

use std::ops::Range;

use danggol_core::habit::Bought;
use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::person::KeptPerson;
use danggol_core::purchase::{Line, LineKind, Moment};
use jiff::tz::TimeZone;

use crate::ahead;
use crate::column::{Instants, Narrow, Words};
use crate::members::Members;

/// Members and what they bought, immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub(crate) zone: TimeZone,
    pub(crate) members: Members,
    pub(crate) purchases: Purchases,
    pub(crate) parts: Parts,
    pub(crate) lines: Lines,
    pub(crate) stores: Words,
    pub(crate) channels: Words,
    pub(crate) staff: Words,
    pub(crate) categories: Words,
    pub(crate) products: Words,
}

/// One row a purchase, by member, business day and instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Purchases {
    /// The business day that stands as zero, as days since 1970-01-01.
    pub first_day: i32,
    pub day: Vec<u16>,
    pub at: Instants,
    pub hour: Vec<u8>,
    pub weekday: Vec<u8>,
    pub amount: Narrow<i32>,
    pub quantity: Narrow<i16>,
    /// What came off the whole and its lines as it was bought.
    pub discount: Narrow<i32>,
    /// Whether a coupon was used.
    pub with_coupon: Vec<bool>,
    /// Whether a part of it came back.
    pub came_back: Vec<bool>,
    pub store: Vec<u16>,
    pub channel: Vec<u16>,
    pub staff: Vec<u16>,
    /// How many parts each has.
    pub parts: Vec<u16>,
    /// How many lines each has.
    pub lines: Vec<u16>,
}

/// One row a category within a purchase, in the order of purchases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub category: Vec<u16>,
}

/// One row a line that is left, in the order of purchases and as it stands in its purchase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    pub product: Vec<u32>,
    pub category: Vec<u16>,
    pub amount: Narrow<i32>,
    pub quantity: Narrow<i16>,
}

/// Business days that count, both ends included, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from_day: i32,
    /// The last.
    pub to_day: i32,
}

impl Period {
    /// Every day there is.
    pub const EVER: Period = Period { from_day: i32::MIN, to_day: i32::MAX };
}

impl Roster {
    /// How many members there are.
    pub fn members(&self) -> usize {
        self.members.id.len()
    }

    /// How many purchases there are.
    pub fn purchases(&self) -> usize {
        self.purchases.day.len()
    }

    /// The ids of the members, in order; their places are the rows of everything that is told per member.
    pub fn ids(&self) -> &[i64] {
        &self.members.id
    }

    /// The stores.
    pub fn stores(&self) -> &Words {
        &self.stores
    }

    /// The categories.
    pub fn categories(&self) -> &Words {
        &self.categories
    }

    /// The purchases of the member in a place.
    pub fn purchases_of(&self, place: usize) -> Range<usize> {
        self.members.purchases[place] as usize..self.members.purchases[place + 1] as usize
    }

    /// The parts of the purchases of the member in a place.
    pub fn parts_of(&self, place: usize) -> Range<usize> {
        self.members.parts[place] as usize..self.members.parts[place + 1] as usize
    }

    /// The lines of the purchases of the member in a place.
    pub(crate) fn lines_of(&self, place: usize) -> Range<usize> {
        self.members.lines[place] as usize..self.members.lines[place + 1] as usize
    }

    /// The time zone of its clock.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// All that is held of the member in a place. The ids of her purchases are their places, which are in the order of their ids.
    pub fn person(&self, place: usize) -> KeptPerson {
        let mut next_line = self.lines_of(place).start;
        let purchases = self.purchases_of(place).map(|row| {
            let lines = next_line..next_line + usize::from(self.purchases.lines[row]);
            next_line = lines.end;
            self.bought(row, lines)
        });
        KeptPerson {
            purchases: purchases.collect(),
            file: self.members.file(place),
            state: self.members.state(place),
            given_back: self.members.given_back.of(place).to_vec(),
            class: None,
            lifestyle: None,
            household: None,
            lists: std::collections::BTreeSet::new(),
        }
    }

    /// The purchase of a row, whose lines are those.
    fn bought(&self, row: usize, lines: Range<usize>) -> Bought {
        let purchases = &self.purchases;
        let owned = |words: &Words, code: u16| words.word(code.into()).map(str::to_owned);
        let line = |line: usize| Line {
            sku: self.products.word(self.lines.product[line]).unwrap_or_default().to_owned(),
            category: owned(&self.categories, self.lines.category[line]),
            quantity: self.lines.quantity.get(line),
            amount_minor: self.lines.amount.get(line),
            kind: LineKind::Sale,
            off_minor: 0,
        };
        Bought {
            id: PurchaseId(row as i64),
            moment: Moment {
                at_ms: purchases.at.get(row),
                day: purchases.first_day + i32::from(purchases.day[row]),
                weekday: purchases.weekday[row],
                hour: purchases.hour[row],
            },
            channel: owned(&self.channels, purchases.channel[row]).unwrap_or_default(),
            store: owned(&self.stores, purchases.store[row]),
            staff: owned(&self.staff, purchases.staff[row]),
            lines: lines.map(line).collect(),
            amount_minor: purchases.amount.get(row),
            quantity: purchases.quantity.get(row),
            discount_minor: purchases.discount.get(row),
            with_coupon: purchases.with_coupon[row],
            came_back: purchases.came_back[row],
        }
    }

    /// The place of a member.
    pub(crate) fn place(&self, member: MemberId) -> Option<usize> {
        self.members.id.binary_search(&member.0).ok()
    }

    /// Bytes in memory: of the columns of members, and of those of purchases with their parts.
    pub fn bytes(&self) -> (usize, usize) {
        let Roster { members, purchases, parts, lines, .. } = self;
        let sixteen = [
            &purchases.day,
            &purchases.store,
            &purchases.channel,
            &purchases.staff,
            &purchases.parts,
            &purchases.lines,
            &parts.category,
            &lines.category,
        ];
        let of_purchases = sixteen.iter().map(|column| size_of_val(column.as_slice())).sum::<usize>()
            + size_of_val(purchases.at.high.as_slice())
            + size_of_val(purchases.at.low.as_slice())
            + size_of_val(lines.product.as_slice())
            + purchases.hour.len()
            + purchases.weekday.len()
            + purchases.with_coupon.len()
            + purchases.came_back.len()
            + [&purchases.amount, &purchases.discount, &lines.amount].map(Narrow::bytes).iter().sum::<usize>()
            + [&purchases.quantity, &lines.quantity].map(Narrow::bytes).iter().sum::<usize>();
        (members.bytes(), of_purchases)
    }

    /// The days of a period as the day column has them; none when no purchase can lie in it.
    pub(crate) fn days(&self, period: Period) -> Option<(u16, u16)> {
        let from = i64::from(period.from_day) - i64::from(self.purchases.first_day);
        let to = i64::from(period.to_day) - i64::from(self.purchases.first_day);
        let last = i64::from(u16::MAX);
        (from <= to && to >= 0 && from <= last).then(|| (from.max(0) as u16, to.min(last) as u16))
    }

    /// Of some purchases of one member, those whose day lies within.
    #[inline]
    pub(crate) fn within(&self, purchases: Range<usize>, (from, to): (u16, u16)) -> Range<usize> {
        // Members are read one after the other, and after the days the amounts.
        ahead::ask(&self.purchases.day, purchases.start);
        ahead::ask(&self.purchases.amount.low, purchases.start);
        let days = &self.purchases.day[purchases.clone()];
        // Most periods end today: the search from the end ends at once.
        let end = days.iter().rposition(|day| *day <= to).map_or(0, |last| last + 1);
        let start = days[..end].iter().rposition(|day| *day < from).map_or(0, |before| before + 1);
        purchases.start + start..purchases.start + end
    }

    /// The place of the member whose purchase or part it is, by the column of where they begin.
    pub(crate) fn place_of(starts: &[u32], row: u32) -> usize {
        starts.partition_point(|start| *start <= row) - 1
    }
}

//! The columns.

use std::ops::Range;

use danggol_core::attribute::Attribute;

use crate::column::{Column, Instants, Narrow, Words};

/// Members and what they bought, immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    pub(crate) members: Members,
    pub(crate) purchases: Purchases,
    pub(crate) parts: Parts,
    pub(crate) stores: Words,
    pub(crate) channels: Words,
    pub(crate) staff: Words,
    pub(crate) categories: Words,
}

/// One row a member, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members {
    pub id: Vec<i64>,
    /// Civil date of joining as days since 1970-01-01.
    pub joined_day: Vec<i32>,
    /// Where the purchases of each begin, and at the end where the last one's end.
    pub purchases: Vec<u32>,
    /// Where the parts of each begin, and at the end where the last one's end.
    pub parts: Vec<u32>,
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
    pub store: Vec<u16>,
    pub channel: Vec<u16>,
    pub staff: Vec<u16>,
    /// How many parts each has.
    pub parts: Vec<u16>,
}

/// One row a category within a purchase, in the order of purchases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub category: Vec<u16>,
    pub amount: Narrow<i32>,
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

    /// The column of an attribute: a row a purchase for what is said of purchases, a row a part for what is said of lines. None for what
    /// the roster does not hold.
    pub fn column(&self, attribute: Attribute) -> Option<Column<'_>> {
        let purchases = &self.purchases;
        Some(match attribute {
            Attribute::PurchaseAmount => Column::Amounts(&purchases.amount),
            Attribute::PurchaseQuantity => Column::Counts(&purchases.quantity),
            Attribute::PurchaseStore => Column::Codes { codes: &purchases.store, words: &self.stores },
            Attribute::PurchaseChannel => Column::Codes { codes: &purchases.channel, words: &self.channels },
            Attribute::PurchaseStaff => Column::Codes { codes: &purchases.staff, words: &self.staff },
            Attribute::PurchaseWeekday => Column::Small(&purchases.weekday),
            Attribute::PurchaseHour => Column::Small(&purchases.hour),
            Attribute::PurchaseDate => Column::Days { first: purchases.first_day, days: &purchases.day },
            Attribute::LineCategory => Column::Codes { codes: &self.parts.category, words: &self.categories },
            Attribute::LineAmount => Column::Amounts(&self.parts.amount),
            _ => return None,
        })
    }

    /// Bytes in memory: of the columns of members, and of those of purchases with their parts.
    pub fn bytes(&self) -> (usize, usize) {
        let Roster { members, purchases, parts, .. } = self;
        let of_members = size_of_val(members.id.as_slice())
            + size_of_val(members.joined_day.as_slice())
            + size_of_val(members.purchases.as_slice())
            + size_of_val(members.parts.as_slice());
        let sixteen = [&purchases.day, &purchases.store, &purchases.channel, &purchases.staff, &purchases.parts, &parts.category];
        let of_purchases = sixteen.iter().map(|column| size_of_val(column.as_slice())).sum::<usize>()
            + size_of_val(purchases.at.high.as_slice())
            + size_of_val(purchases.at.low.as_slice())
            + purchases.hour.len()
            + purchases.weekday.len()
            + purchases.amount.bytes()
            + purchases.quantity.bytes()
            + parts.amount.bytes();
        (of_members, of_purchases)
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

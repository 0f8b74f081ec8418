//! How a member shops: how often, when, where, and until when.

use danggol_core::time::date_of;

use super::calendar::Days;
use super::chance::{Chance, Weights};
use super::life::Life;
use super::programme::{MARKETPLACE, ONLINE};

/// Hours at which stores open and close.
pub const OPEN_HOURS: (f64, f64) = (9.0, 22.0);
/// Stores of the brand.
pub const STORES: usize = 12;

/// Where a purchase is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In the store of that place.
    Store(u8),
    /// In the brand's online shop.
    Online,
    /// On a marketplace.
    Marketplace,
}

/// A visit: who comes where and when.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// UTC milliseconds.
    pub at_ms: i64,
    /// Place of the member among all.
    pub member: u32,
    /// Which of her visits.
    pub number: u32,
    /// Where.
    pub place: Where,
}

/// What sets a member apart from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// Nothing.
    None,
    /// Buys a cart full once.
    Bulk,
    /// Buys one of the products that few others buy, again and again.
    KeyProduct(usize),
    /// Bought on the marketplace at ten in the evening until that day, and at seven in the store nearby since.
    Turned(i32),
}

/// How a member shops.
pub struct Habit {
    /// Her stage of life.
    pub life: Life,
    /// What sets her apart.
    pub trait_: Trait,
    /// The share of dear products among what she buys.
    pub dear: f64,
    /// Lines of a purchase beyond the first, on average.
    pub lines: f64,
    /// How readily she spends points.
    pub spends_points: f64,
    /// The share of purchases in the online shop.
    pub online: f64,
    /// The share of purchases on marketplaces.
    pub marketplace: f64,
    home: usize,
    visits_per_year: f64,
    shape: u32,
    weekdays: [f64; 7],
    hour: f64,
    buys_on_joining: bool,
    last_day: i32,
}

impl Habit {
    /// Draws the habit of somebody who joined on a day.
    pub fn draw(life: Life, home: usize, joined: i32, turned: bool, days: &Days, chance: &mut Chance) -> Self {
        let mut visits_per_year = (chance.normal(1.55, 1.3).exp() * life.pace()).min(170.0);
        let trait_ = match chance.unit() {
            _ if turned => Trait::Turned(days.today() - chance.between(130, 240) as i32),
            drawn if drawn < 0.004 => Trait::Bulk,
            drawn if drawn < 0.010 => Trait::KeyProduct(chance.below(super::catalogue::Catalogue::KEY_PRODUCTS)),
            _ => Trait::None,
        };
        match trait_ {
            Trait::Bulk => visits_per_year = visits_per_year.min(1.5),
            Trait::KeyProduct(_) => visits_per_year = chance.between(9, 14) as f64,
            Trait::Turned(_) => visits_per_year = chance.between(26, 40) as f64,
            Trait::None => {}
        }
        // Who comes often stays long.
        let stays = chance.exponential(500.0 + 45.0 * visits_per_year);
        let own_day = chance.below(7);
        let pull = chance.exponential(1.2);
        let weekdays = life.weekdays();
        let raised: [f64; 7] = std::array::from_fn(|day| weekdays[day] + if day == own_day { pull } else { 0.0 });
        let mean = raised.iter().sum::<f64>() / 7.0;
        let hours = life.hours();
        let hour = hours[Weights::new(hours.iter().map(|(_, weight)| *weight)).draw(chance)].0;
        let online = if chance.once(0.55) { 0.0 } else { (life.online() * 2.0 * chance.unit().sqrt() * 1.3).min(1.0) };
        let marketplace = if chance.once(0.88) { 0.0 } else { (1.0 - online) * 0.4 * chance.unit() };
        Habit {
            life,
            trait_,
            dear: (chance.normal(0.30, 0.24) + 0.04 * visits_per_year.ln().max(0.0)).clamp(0.02, 0.97),
            lines: chance.normal(0.3, 0.7).exp(),
            spends_points: if chance.once(0.35) { 0.0 } else { chance.unit() * 0.5 },
            online,
            marketplace,
            home,
            visits_per_year,
            shape: 1 + chance.below(6) as u32,
            weekdays: raised.map(|weight| weight / mean),
            hour: chance.normal(hour, 0.7),
            buys_on_joining: chance.once(0.8),
            last_day: if turned { i32::MAX } else { joined.saturating_add(stays as i32) },
        }
    }

    /// Whether she never comes to a store.
    pub fn is_online_only(&self) -> bool {
        self.online + self.marketplace >= 1.0
    }

    /// Whether she probably joined online.
    pub fn is_online_first(&self) -> bool {
        self.online > 0.6 || matches!(self.trait_, Trait::Turned(_))
    }

    /// The channel by which she probably joined, when it was not a store.
    pub fn first_channel(&self) -> &'static str {
        if matches!(self.trait_, Trait::Turned(_)) { MARKETPLACE } else { ONLINE }
    }

    /// All visits of the member of a place, in order.
    pub fn visits(&self, member: usize, joined_at_ms: i64, days: &Days, chance: &mut Chance, visits: &mut Vec<Visit>) {
        let joined = days.day_of(joined_at_ms);
        let (first, last) = (joined.max(days.began()), self.last_day.min(days.today()));
        let mut number = 0;
        let mut push = |at_ms: i64, place: Where| {
            if joined_at_ms < at_ms && at_ms <= days.last_at_ms() {
                visits.push(Visit { at_ms, member: member as u32, number, place });
                number += 1;
            }
        };
        if self.buys_on_joining && joined >= days.began() {
            let place = if self.is_online_first() { Where::Online } else { Where::Store(self.home as u8) };
            push(joined_at_ms + 1_000 * chance.between(40, 400), self.turned_place(joined).unwrap_or(place));
        }
        let gap_days = 365.0 / self.visits_per_year.max(0.05);
        // Who was there before began somewhere within her rhythm.
        let mut left = gap_days * chance.regular(self.shape) * if joined < days.began() { chance.unit() } else { 1.0 };
        for day in first + 1..=last {
            let weekday = date_of(day).weekday().to_monday_zero_offset() as usize;
            left -= days.lively(day) * self.weekdays[weekday];
            if left <= 0.0 {
                left = gap_days * chance.regular(self.shape);
                let place = self.place(day, chance);
                push(days.at_ms(day, self.hour_of(place, day, chance)), place);
            }
        }
    }

    fn turned_place(&self, day: i32) -> Option<Where> {
        match self.trait_ {
            Trait::Turned(turn) if day < turn => Some(Where::Marketplace),
            Trait::Turned(_) => Some(Where::Store(self.home as u8)),
            Trait::None | Trait::Bulk | Trait::KeyProduct(_) => None,
        }
    }

    fn place(&self, day: i32, chance: &mut Chance) -> Where {
        let drawn = chance.unit();
        if let Some(place) = self.turned_place(day) {
            return place;
        }
        match drawn {
            drawn if drawn < self.online => Where::Online,
            drawn if drawn < self.online + self.marketplace => Where::Marketplace,
            _ if chance.once(0.14) => Where::Store(chance.below(STORES) as u8),
            _ => Where::Store(self.home as u8),
        }
    }

    fn hour_of(&self, place: Where, day: i32, chance: &mut Chance) -> f64 {
        match (self.trait_, place) {
            (Trait::Turned(turn), _) if day < turn => chance.normal(22.0, 0.35).clamp(21.0, 23.4),
            (Trait::Turned(_), _) => chance.normal(19.0, 0.3).clamp(18.2, 20.0),
            (_, Where::Store(_)) => within(chance.normal(self.hour, 1.1), OPEN_HOURS),
            (_, Where::Online | Where::Marketplace) => within(chance.normal(21.0, 1.7), (6.0, 23.95)),
        }
    }
}

/// An hour between two others: who would come outside of them comes as much inside.
pub fn within(hour: f64, (first, last): (f64, f64)) -> f64 {
    let inside = if hour < first { 2.0 * first - hour } else { hour };
    let inside = if inside > last { 2.0 * last - inside } else { inside };
    inside.clamp(first, last - 0.02)
}

//! One programme weighed against another over the same history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::MemberId;
use crate::member::MemberFacts;
use crate::programme::Ladder;
use crate::what_if::{Books, Event, Figures, Replay};

/// The most members that a list names.
pub const LISTED_MAX: usize = 100;

/// Whether a member stands higher or lower under the planned programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WhatIfMove)]
pub enum Move {
    /// Higher.
    Up,
    /// Lower.
    Down,
}

/// A month under both programmes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCompared {
    /// Year × 12 + month − 1.
    pub month: i32,
    /// Under the programme in force, and under the planned one.
    pub figures: [Figures; 2],
    /// Points that are open at its end, under each.
    pub open: [i64; 2],
}

/// A member whose balance differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shifted {
    /// Who.
    pub member: MemberId,
    /// Her balance of points at the end, under the programme in force and under the planned one.
    pub points: [i64; 2],
}

/// A member whose tier differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Who.
    pub member: MemberId,
    /// Code of the tier under the programme in force, and under the planned one.
    pub tiers: [Option<String>; 2],
    /// What she ever bought, less what came back, in minor units.
    pub sales_minor: i64,
}

/// How many members go from one tier to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierMove {
    /// Code of the tier under the programme in force, and under the planned one.
    pub tiers: [Option<String>; 2],
    /// Whether that is higher or lower; none where it is neither.
    pub direction: Option<Move>,
    /// How many.
    pub members: u64,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Members of whom there is any history.
    pub members: u64,
    /// What was replayed, purchases and everything else, each counted once.
    pub events: u64,
    /// The months from the first in which anything happened to the last.
    pub months: Vec<MonthCompared>,
    /// Members who end with more points, and how many more all of them have.
    pub gained: (u64, i64),
    /// Members who end with fewer points, and how many fewer all of them have.
    pub lost: (u64, i64),
    /// Who gains most, the greatest gain first.
    pub winners: Vec<Shifted>,
    /// Who loses most, the greatest loss first.
    pub losers: Vec<Shifted>,
    /// From which tier to which how many members go, those who stay included.
    pub tiers: Vec<TierMove>,
    /// Who goes up, who bought most first.
    pub up: Vec<Moved>,
    /// Who goes down, who bought most first.
    pub down: Vec<Moved>,
}

/// The best so many of all that are shown.
#[derive(Debug)]
struct Best<T: Ord>(BinaryHeap<Reverse<T>>);

impl<T: Ord> Default for Best<T> {
    fn default() -> Self {
        Best(BinaryHeap::with_capacity(LISTED_MAX + 1))
    }
}

impl<T: Ord> Best<T> {
    fn show(&mut self, one: T) {
        self.0.push(Reverse(one));
        if self.0.len() > LISTED_MAX {
            self.0.pop();
        }
    }

    /// The greatest first.
    fn into_sorted(self) -> impl Iterator<Item = T> {
        self.0.into_sorted_vec().into_iter().map(|Reverse(one)| one)
    }
}

/// By how much, the earlier member first where two have the same, and the balances.
type ByShift = (i64, Reverse<MemberId>, [i64; 2]);
/// What was bought, the earlier member first where two have the same, and the places of the tiers.
type BySales = (i64, Reverse<MemberId>, [usize; 2]);

/// What was weighed so far; each thread has its own.
#[derive(Debug, Default)]
struct Weighed {
    members: u64,
    events: u64,
    gained: (u64, i64),
    lost: (u64, i64),
    winners: Best<ByShift>,
    losers: Best<ByShift>,
    /// By the places of the tiers, none first.
    tiers: BTreeMap<[usize; 2], u64>,
    up: Best<BySales>,
    down: Best<BySales>,
}

/// The programme in force and a planned one, kept side by side.
#[derive(Debug)]
pub struct Comparison<'a> {
    replays: &'a [Replay; 2],
    books: [Books<'a>; 2],
    /// The member whose books are open, and whether she has left.
    member: (MemberId, bool),
    /// What was replayed of her.
    posted: u64,
    /// What other threads added up.
    months: Vec<[Figures; 2]>,
    weighed: Weighed,
}

/// The place of a tier in its ladder from 1; 0: none.
fn place(ladder: &Ladder, code: Option<&str>) -> usize {
    code.and_then(|code| ladder.levels.iter().position(|level| level.code == code)).map_or(0, |place| place + 1)
}

/// The code of a place.
fn code(ladder: &Ladder, place: usize) -> Option<String> {
    place.checked_sub(1).and_then(|place| ladder.levels.get(place)).map(|level| level.code.clone())
}

/// Whether the tier of the planned ladder stands above or below that of the ladder in force: by the planned ladder where it knows both,
/// else by how far up each stands.
fn direction(ladders: [&Ladder; 2], places: [usize; 2]) -> Option<Move> {
    let held = code(ladders[0], places[0]);
    let known = place(ladders[1], held.as_deref());
    let before = if known > 0 { known } else { places[0] };
    match places[1].cmp(&before) {
        std::cmp::Ordering::Greater => Some(Move::Up),
        std::cmp::Ordering::Less => Some(Move::Down),
        std::cmp::Ordering::Equal => None,
    }
}

impl<'a> Comparison<'a> {
    /// A comparison of the programme in force with a planned one, both over the same days.
    pub fn new(replays: &'a [Replay; 2]) -> Self {
        let months = vec![<[Figures; 2]>::default(); replays[0].months().len()];
        let (books, member) = (replays.each_ref().map(Books::new), (MemberId(0), false));
        Self { replays, books, member, posted: 0, months, weighed: Weighed::default() }
    }

    /// Opens the books of a member, who has nothing yet.
    pub fn open(&mut self, facts: &MemberFacts) {
        (self.member, self.posted) = ((facts.member, facts.status.has_left()), 0);
        self.books.iter_mut().for_each(|books| books.open(facts));
    }

    /// Posts what happened to her next, under both.
    pub fn post(&mut self, event: &Event<'_>) {
        self.posted += 1;
        self.books.iter_mut().for_each(|books| books.post(event));
    }

    /// Closes the books of a member at a moment in UTC milliseconds, and weighs them. Whoever has left counts in the months, and is told of no
    /// more; whoever has no history is left out.
    pub fn close(&mut self, until_ms: i64) {
        if self.posted == 0 {
            return;
        }
        for (books, replay) in self.books.iter_mut().zip(self.replays) {
            books.review_until(until_ms, replay.rules().moment(until_ms).day);
        }
        let (member, has_left) = self.member;
        let weighed = &mut self.weighed;
        weighed.members += 1;
        weighed.events += self.posted;
        if has_left {
            return;
        }
        let states = self.books.each_ref().map(Books::state);
        let member = Reverse(member);
        let points = states.map(|state| state.points.balance());
        let shift = points[1] - points[0];
        if shift > 0 {
            weighed.gained = (weighed.gained.0 + 1, weighed.gained.1 + shift);
            weighed.winners.show((shift, member, points));
        } else if shift < 0 {
            weighed.lost = (weighed.lost.0 + 1, weighed.lost.1 - shift);
            weighed.losers.show((-shift, member, points));
        }
        let ladders = self.replays.each_ref().map(|replay| &replay.rules().current.programme.tiers);
        let [before, after] = [0, 1].map(|side| {
            let held = states[side].tier.as_ref();
            place(ladders[side], held.map(|held| held.code.as_str()))
        });
        *weighed.tiers.entry([before, after]).or_default() += 1;
        let sales_minor = states[1].total_minor;
        match direction(ladders, [before, after]) {
            Some(Move::Up) => weighed.up.show((sales_minor, member, [before, after])),
            Some(Move::Down) => weighed.down.show((sales_minor, member, [before, after])),
            None => {}
        }
    }

    /// Purchases that were replayed so far.
    pub fn purchases(&self) -> u64 {
        let own: i64 = self.books[0].months().iter().map(|month| month.purchases).sum();
        let joined: i64 = self.months.iter().map(|month| month[0].purchases).sum();
        (own + joined) as u64
    }

    /// Takes over what another thread weighed.
    pub fn join(&mut self, other: Comparison<'_>) {
        for (side, books) in other.books.iter().enumerate() {
            self.months.iter_mut().zip(books.months()).for_each(|(month, figures)| month[side] += *figures);
        }
        self.months
            .iter_mut()
            .zip(&other.months)
            .for_each(|(month, figures)| (0..2).for_each(|side| month[side] += figures[side]));
        let (mine, weighed) = (&mut self.weighed, other.weighed);
        mine.members += weighed.members;
        mine.events += weighed.events;
        mine.gained = (mine.gained.0 + weighed.gained.0, mine.gained.1 + weighed.gained.1);
        mine.lost = (mine.lost.0 + weighed.lost.0, mine.lost.1 + weighed.lost.1);
        weighed.tiers.into_iter().for_each(|(places, members)| *mine.tiers.entry(places).or_default() += members);
        weighed.winners.into_sorted().for_each(|one| mine.winners.show(one));
        weighed.losers.into_sorted().for_each(|one| mine.losers.show(one));
        weighed.up.into_sorted().for_each(|one| mine.up.show(one));
        weighed.down.into_sorted().for_each(|one| mine.down.show(one));
    }

    /// What came of it.
    pub fn finish(self) -> Outcome {
        let ladders = self.replays.each_ref().map(|replay| &replay.rules().current.programme.tiers);
        let mut open = [0; 2];
        let months = self.replays[0].months().enumerate().map(|(place, month)| {
            let mut figures = self.months[place];
            for (side, books) in self.books.iter().enumerate() {
                figures[side] += books.months()[place];
                open[side] += figures[side].grown();
            }
            MonthCompared { month, figures, open }
        });
        let is_empty = |month: &MonthCompared| month.figures == <[Figures; 2]>::default();
        let months = months.skip_while(is_empty).collect();
        let weighed = self.weighed;
        let codes = |places: [usize; 2]| [code(ladders[0], places[0]), code(ladders[1], places[1])];
        let tiers = weighed.tiers.iter().map(|(places, members)| TierMove {
            tiers: codes(*places),
            direction: direction(ladders, *places),
            members: *members,
        });
        let shifted = |(_, Reverse(member), points): ByShift| Shifted { member, points };
        let moved = |(sales_minor, Reverse(member), places): BySales| Moved { member, tiers: codes(places), sales_minor };
        Outcome {
            members: weighed.members,
            events: weighed.events,
            months,
            gained: weighed.gained,
            lost: weighed.lost,
            tiers: tiers.collect(),
            winners: weighed.winners.into_sorted().map(shifted).collect(),
            losers: weighed.losers.into_sorted().map(shifted).collect(),
            up: weighed.up.into_sorted().map(moved).collect(),
            down: weighed.down.into_sorted().map(moved).collect(),
        }
    }
}

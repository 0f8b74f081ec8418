//! A programme replayed over one member after the other.

use std::collections::HashSet;
use std::ops::{AddAssign, Range};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::buy::{self, Life, review_at_ms};
use crate::decide::{Actor, ActorKind, Adjustment, Entry, Outcome, Rules, Sink, Turn, World};
use crate::earning::{Award, Basket};
use crate::holder::{HolderState, Ranking};
use crate::id::{EntryId, HolderId, MemberId, PurchaseId};
use crate::ledger::{Account, Asset, Lot, Posting};
use crate::member::{MemberAt, MemberFacts, MemberStatus};
use crate::purchase::{KeptPurchase, Moment, PurchaseKind, Returned};
use crate::quote::Quote;
use crate::time::date_of;
use crate::what_if::{Bought, Event};
use crate::{adjust, give_back, occasion, tier};

/// Who does everything that is replayed.
const REPLAYER: Actor = Actor { kind: ActorKind::System, id: 0 };
/// Whose books are open before anybody's are.
const NOBODY: MemberFacts = MemberFacts {
    member: MemberId(0),
    holder: HolderId(0),
    status: MemberStatus::Active,
    gender: None,
    birthday: None,
    source: None,
    language: None,
    joined_at_ms: 0,
};

/// A programme ready to be replayed over many members.
#[derive(Debug)]
pub struct Replay {
    rules: Rules,
    /// The first business day of the history.
    first_day: i32,
    /// What follows from each business day alone, from the first to the last.
    days: Vec<Day>,
    /// The month of the first day, as year × 12 + month − 1.
    first_month: i32,
    months: usize,
    /// Whether purchases are occasions, so that more than the rules has to be asked.
    has_occasions: bool,
}

/// What follows from a business day alone.
#[derive(Debug, Clone, Copy)]
struct Day {
    life: Life,
    /// The place of its month.
    month: usize,
}

/// What a month, or all of them, came to under one programme. Points, but where something else is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = WhatIfFigures)]
pub struct Figures {
    /// Purchases.
    pub purchases: i64,
    /// What they came to, less what came back in the month, in minor units.
    pub sales_minor: i64,
    /// Given by rules.
    pub given: i64,
    /// Taken back with returns.
    pub taken_back: i64,
    /// Expired.
    pub expired: i64,
    /// Spent, less what came back with returns.
    pub spent: i64,
    /// Adjusted by hand, or given on occasions that are no purchases.
    pub adjusted: i64,
    /// By how much more is owed at the end than at the beginning.
    pub owed: i64,
}

impl Figures {
    /// By how much what is open grew: what members may spend now or later.
    pub fn grown(&self) -> i64 {
        self.given - self.taken_back - self.expired - self.spent + self.adjusted + self.owed
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        self.purchases += other.purchases;
        self.sales_minor += other.sales_minor;
        self.given += other.given;
        self.taken_back += other.taken_back;
        self.expired += other.expired;
        self.spent += other.spent;
        self.adjusted += other.adjusted;
        self.owed += other.owed;
    }
}

fn month_of(day: i32) -> i32 {
    let date = date_of(day);
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

impl Replay {
    /// A replay of the programme in force in `rules`, over a history between two business days, both included.
    pub fn new(rules: Rules, (first_day, last_day): (i32, i32)) -> Self {
        let first_month = month_of(first_day);
        let months = (month_of(last_day.max(first_day)) - first_month + 1) as usize;
        let day = |day: i32| Day {
            life: Life::of(&rules, Moment { at_ms: 0, day, weekday: 1, hour: 0 }),
            month: ((month_of(day) - first_month).max(0) as usize).min(months - 1),
        };
        let days = (first_day..=last_day.max(first_day)).map(day).collect();
        let has_occasions = rules.current.programme.purchase_occasions().next().is_some();
        Self { rules, first_day, days, first_month, months, has_occasions }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The months of the history, as year × 12 + month − 1.
    pub fn months(&self) -> Range<i32> {
        self.first_month..self.first_month + self.months as i32
    }

    /// What follows from a business day; one outside of the history is taken for its first or last.
    fn day(&self, day: i32) -> Day {
        let place = (day - self.first_day).max(0) as usize;
        self.days[place.min(self.days.len() - 1)]
    }
}

/// What is posted, added up by month.
#[derive(Debug)]
struct Tally {
    months: Vec<Figures>,
    /// The month of what is being posted.
    now: usize,
}

impl Tally {
    fn month(&mut self) -> &mut Figures {
        &mut self.months[self.now]
    }
}

impl Sink for Tally {
    fn purchase(&mut self, _: usize, _: HolderId, _: Award) {}

    fn quote(&mut self, _: usize, _: Quote) {}

    fn entry(&mut self, _: usize, _: Entry) {}

    fn posting(&mut self, _: usize, posting: Posting) {
        if posting.asset != Asset::Points {
            return;
        }
        let (month, amount) = (self.month(), posting.amount);
        match (posting.from, posting.to) {
            (Account::Issued, _) => month.given += amount,
            (_, Account::Issued) => month.taken_back += amount,
            (_, Account::Expired) => month.expired += amount,
            (_, Account::Redeemed) => month.spent += amount,
            (Account::Redeemed, _) => month.spent -= amount,
            (Account::Adjusted, _) => month.adjusted += amount,
            (_, Account::Adjusted) => month.adjusted -= amount,
            // Nothing of these is ever posted by one member's purchases, returns, adjustments and reviews.
            (Account::Holder | Account::Expired | Account::Merged | Account::Shared | Account::Cash | Account::Forfeited, _) => {}
        }
    }

    fn returned(&mut self, _: usize, _: &KeptPurchase) {}

    fn touched(&mut self, _: usize, _: HolderId, _: EntryId) {}

    fn outcome(&mut self, _: usize, _: Outcome) {}
}

/// The books of one member after the other, kept by a programme.
#[derive(Debug)]
pub struct Books<'a> {
    replay: &'a Replay,
    /// What she holds. It stands in the world while a function is asked that looks for it there.
    state: HolderState,
    facts: MemberFacts,
    /// The member, and her purchases of which something comes back.
    world: World,
    /// What the purchase at hand gives; one for all, so that nothing is allocated for each.
    award: Award,
    tally: Tally,
}

impl<'a> Books<'a> {
    /// Empty books.
    pub fn new(replay: &'a Replay) -> Self {
        Self {
            replay,
            state: HolderState::default(),
            facts: NOBODY,
            world: World { may_owe: true, ..World::default() },
            award: Award::default(),
            tally: Tally { months: vec![Figures::default(); replay.months], now: 0 },
        }
    }

    /// Opens the books of a member, who has nothing yet. Whatever became of her file later, it was open when she bought.
    pub fn open(&mut self, facts: &MemberFacts) {
        self.state = HolderState::default();
        self.facts.clone_from(facts);
        self.facts.status = MemberStatus::Active;
        let World { members, holders, purchases, .. } = &mut self.world;
        members.clear();
        holders.clear();
        purchases.clear();
    }

    /// What she holds.
    pub fn state(&self) -> &HolderState {
        &self.state
    }

    /// Does something with her in the world.
    fn in_world(&mut self, act: impl FnOnce(&mut World, &mut Tally)) {
        let Self { state, facts, world, tally, .. } = self;
        world.members.entry(facts.member).or_insert_with(|| facts.clone());
        std::mem::swap(state, &mut world.held(facts.holder).state);
        act(world, tally);
        std::mem::swap(state, &mut world.held(facts.holder).state);
    }

    /// What all members together came to so far, by month.
    pub fn months(&self) -> &[Figures] {
        &self.tally.months
    }

    /// Posts what happened next.
    pub fn post(&mut self, event: &Event<'_>) {
        let replay = self.replay;
        let (at_ms, day) = match event {
            Event::Bought(bought) => (bought.moment.at_ms, bought.moment.day),
            other => (other.at_ms(), replay.rules.moment(other.at_ms()).day),
        };
        self.review_until(at_ms, day);
        self.tally.now = replay.day(day).month;
        let owed = self.state.points.debt;
        match event {
            Event::Bought(bought) => self.bought(bought),
            Event::Returned(id, order) => {
                let before = self.came_back(order.purchase);
                let none = HashSet::new();
                let turn = turn(&replay.rules, (at_ms, day), *id, &none);
                // A return that the purchase does not bear changes nothing, here as at the counter.
                self.in_world(|world, tally| drop(give_back::take(&turn, world, order, tally)));
                self.tally.month().sales_minor -= self.came_back(order.purchase) - before;
            }
            Event::Adjusted { id, asset, amount, .. } => {
                let adjustment = Adjustment { member: self.facts.member, asset: *asset, amount: *amount, reason: "-".to_owned() };
                let none = HashSet::new();
                let turn = turn(&replay.rules, (at_ms, day), *id, &none);
                // No more can be refused than could be then: the file is open, and what is not there is owed.
                self.in_world(|world, tally| drop(adjust::by_hand(&turn, world, &adjustment, tally)));
            }
            Event::Given { id, points, expires_at_ms, .. } => {
                self.state.points.give(lot(*id, *points, *expires_at_ms), at_ms);
                self.tally.month().adjusted += points;
            }
            Event::Spent { id, points, expires_at_ms, .. } => {
                match points {
                    1.. => self.state.points.spend_or_owe(id.0, *points, at_ms, |_| ()),
                    _ => self.state.points.give(lot(*id, -points, *expires_at_ms), at_ms),
                }
                self.tally.month().spent += points;
            }
            Event::Ranked { id, ranking, .. } => {
                let programme = &replay.rules.current.programme;
                let reaches = if ranking.bulk { Vec::new() } else { programme.layers_reached(ranking.layer.as_deref()) };
                let ranking = Ranking { reaches, ..(*ranking).clone() };
                let none = HashSet::new();
                let turn = turn(&replay.rules, (at_ms, day), *id, &none);
                let whose = (self.facts.holder, self.facts.member);
                adjust::look(&turn, &mut self.state, whose, Some(&ranking), &mut self.tally);
            }
        }
        let owes = self.state.points.debt;
        self.tally.month().owed += owes - owed;
    }

    /// What has come back of a purchase, in minor units.
    fn came_back(&self, purchase: PurchaseId) -> i64 {
        self.world.purchases.get(&purchase).map_or(0, |kept| kept.returned.amount_minor)
    }

    /// Looks at her as often as it was due until a moment of a business day: lets expire what has expired, and looks at the tier.
    pub fn review_until(&mut self, until_ms: i64, until_day: i32) {
        let Self { replay, state, facts, tally, .. } = self;
        let rules = &replay.rules;
        let ladder = &rules.current.programme.tiers;
        let (mut reviewed_at_ms, none) = (i64::MIN, HashSet::new());
        loop {
            // When a tier ends is a moment in the zone, dear to reckon: the day says whether it is worth asking.
            let expires = state.points.next_expiry_ms().is_some_and(|at_ms| at_ms <= until_ms);
            let ends = || state.tier.as_ref().and_then(|held| tier::last_day(ladder, held)).is_some_and(|last| last < until_day);
            if !expires && !ends() {
                return;
            }
            let Some(at_ms) = review_at_ms(rules, state).filter(|at_ms| *at_ms <= until_ms) else { return };
            // Whatever is due again at once was not helped by looking.
            if at_ms <= reviewed_at_ms {
                return;
            }
            reviewed_at_ms = at_ms;
            let day = rules.moment(at_ms).day;
            tally.now = replay.day(day).month;
            adjust::look(&turn(rules, (at_ms, day), EntryId(0), &none), state, (facts.holder, facts.member), None, tally);
        }
    }

    fn bought(&mut self, bought: &Bought<'_>) {
        let Self { replay, state, facts, world, award, tally } = self;
        let (replay, rules, holder, moment) = (*replay, &replay.rules, facts.holder, bought.moment);
        let none = HashSet::new();
        let turn = turn(rules, (moment.at_ms, moment.day), EntryId(bought.id.0), &none);
        let gross: i64 = bought.lines.iter().map(|line| line.amount_minor).sum();
        let amount_minor = gross - bought.discount_minor;
        let on_redeemed = rules.current.programme.earning.earn_on_redeemed;
        let basket = Basket {
            lines: bought.lines,
            moment,
            channel: bought.channel,
            store: bought.store,
            staff: bought.staff,
            amount_minor,
            earning_share: if on_redeemed { amount_minor } else { amount_minor - bought.redeemed_minor },
            earning_whole: gross.max(1),
        };
        clear(award);
        (award.redeemed_points, award.redeemed_minor) = (bought.redeemed_points, bought.redeemed_minor);
        if bought.comes_back || replay.has_occasions {
            award.facts = MemberAt { facts, state, moment, lunar: rules.lunar, frozen: None }.freeze(&rules.current.asked);
        }
        buy::grant(rules, (facts, None), state, basket, award);
        buy::spend(&turn, state, holder, award, tally);
        buy::give(&turn, state, holder, award, || replay.day(moment.day).life, tally);
        if replay.has_occasions {
            let sold = Basket { earning_share: amount_minor - bought.redeemed_minor, ..basket };
            std::mem::swap(state, &mut world.held(holder).state);
            occasion::at_purchase(&turn, world, (facts.member, holder), sold, award, tally);
            std::mem::swap(state, &mut world.held(holder).state);
        }
        buy::count(&turn, state, moment, (amount_minor, bought.redeemed_minor), award);
        let month = tally.month();
        month.purchases += 1;
        month.sales_minor += amount_minor;
        if bought.comes_back {
            let kept = kept(bought, (facts.member, holder), rules.current.version, award.clone());
            world.purchases.insert(bought.id, kept);
        }
    }
}

fn turn<'a>(rules: &'a Rules, (now_ms, today): (i64, i32), id: EntryId, none: &'a HashSet<PurchaseId>) -> Turn<'a> {
    Turn { rules, now_ms, today, to_be_returned: none, index: 0, id, actor: REPLAYER }
}

/// Points that may be spent at once.
fn lot(id: EntryId, points: i64, expires_at_ms: Option<i64>) -> Lot {
    Lot { entry: id.0, earned: points, remaining: points, available_at_ms: 0, expires_at_ms }
}

/// Empties an award and keeps what it has allocated.
fn clear(award: &mut Award) {
    let (mut grants, mut lots) = (std::mem::take(&mut award.grants), std::mem::take(&mut award.redeemed_lots));
    grants.clear();
    lots.clear();
    *award = Award { grants, redeemed_lots: lots, ..Award::default() };
}

/// The purchase as a later return needs it.
fn kept(bought: &Bought<'_>, (member, holder): (MemberId, HolderId), programme_version: i64, award: Award) -> KeptPurchase {
    KeptPurchase {
        id: bought.id,
        member,
        holder,
        moment: bought.moment,
        channel: bought.channel.to_owned(),
        store: bought.store.map(str::to_owned),
        staff: bought.staff.map(str::to_owned),
        lines: bought.lines.to_vec(),
        discount_minor: bought.discount_minor,
        kind: PurchaseKind::Earn,
        programme_version,
        award,
        returned: Returned::default(),
    }
}

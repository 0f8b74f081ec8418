//! Posting what happens in the order of time: through the same decision and the same tables as a purchase at a till.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, bail};
use danggol_core::decide::{Actor, Adjustment, Command, Detail, Envelope, Outcome, ReturnOrder, Rules};
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, IdMaker, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::purchase::TenderKind;
use danggol_core::value::{ValueAct, ValueOrder};
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::save::Fence;
use danggol_store::{Conn, holder};

use super::basket::{Baskets, Spendable};
use super::calendar::Days;
use super::chance::Chance;
use super::habit::{OPEN_HOURS, Visit, within};
use super::people::Person;
use super::words::PeopleWords;

/// The most commands of one commit.
const BATCH: usize = 1_024;
/// The longest that a purchase waits for the commit that keeps it, in milliseconds.
const WAITS_MS: i64 = 5 * 3_600_000;
/// Every so manyth member pays money in.
const TOPS_UP_EVERY: usize = 9;
/// The hour at which reviews run, on the days of the month in [`REVIEW_DAYS`].
const REVIEW_HOUR: f64 = 5.0;
/// Days of the month on which reviews run.
pub const REVIEW_DAYS: [i8; 4] = [1, 8, 15, 22];

/// What was posted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Posted {
    /// Purchases of the time before the points.
    pub history: u64,
    /// Purchases that earned.
    pub earned: u64,
    /// What all purchases came to, in minor units.
    pub amount_minor: i64,
    /// Returns.
    pub returns: u64,
    /// Purchases that were partly paid with points.
    pub redemptions: u64,
    /// Adjustments by hand.
    pub adjustments: u64,
    /// Reviews that found something to do.
    pub reviews: u64,
}

/// What waits for its time.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Later {
    /// A look at everybody who is due.
    Review,
    /// Goods come back.
    Return { member: usize, purchase: i64, line: Option<usize> },
    /// Points are given or taken by hand; the reason is a place in the words.
    Adjust { member: usize, amount: i64, reason: usize },
    /// Money is paid in.
    TopUp { member: usize, amount_minor: i64 },
    /// A service is paid with it.
    Pay { member: usize, amount_minor: i64 },
}

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub struct Actors {
    /// The file that the history came in.
    pub import: Actor,
    /// The tills.
    pub till: Actor,
    /// The online shop.
    pub shop: Actor,
    /// The owner.
    pub owner: Actor,
}

/// The desk at which everything is posted.
pub struct Desk<'a> {
    /// The members, in the order of their ids.
    pub people: &'a [Person],
    /// Reasons of adjustments.
    pub words: &'a PeopleWords,
    /// The calendar.
    pub days: &'a Days,
    /// Who acts.
    pub actors: Actors,
    /// The seed of everything.
    pub seed: u64,
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// What was posted so far.
    pub posted: Posted,
    fence: Fence,
    ids: Mutex<IdMaker>,
    spendable: Vec<Spendable>,
    later: BinaryHeap<Reverse<(i64, Later)>>,
    batch: Vec<Envelope>,
    visits: Vec<Visit>,
    waiting: HashSet<MemberId>,
    began_at_ms: i64,
    newest_at_ms: i64,
}

impl<'a> Desk<'a> {
    /// A desk that numbers its commits by a lease.
    pub fn new(
        people: &'a [Person],
        words: &'a PeopleWords,
        days: &'a Days,
        actors: Actors,
        seed: u64,
        rules: Arc<Rules>,
        fence: Fence,
    ) -> Self {
        let ids = Mutex::new(IdMaker::new(fence.writer_id));
        let reviews = (days.went_live() + 1..=days.today())
            .filter(|day| REVIEW_DAYS.contains(&danggol_core::time::date_of(*day).day()))
            .map(|day| days.at_ms(day, REVIEW_HOUR))
            .chain([days.last_at_ms()]);
        Desk {
            people,
            words,
            days,
            actors,
            seed,
            rules,
            posted: Posted::default(),
            fence,
            ids,
            spendable: vec![Spendable::default(); people.len()],
            later: reviews.map(|at_ms| Reverse((at_ms, Later::Review))).collect(),
            batch: Vec::new(),
            visits: Vec::new(),
            waiting: HashSet::new(),
            began_at_ms: 0,
            newest_at_ms: 0,
        }
    }

    /// The lease with the number of the last commit.
    pub fn into_fence(self) -> Fence {
        self.fence
    }

    /// Brings a purchase of the time before the points, all at the moment of going live. Gives its amount in minor units.
    pub fn bring(&mut self, conn: &mut Conn, baskets: &mut Baskets<'_>, visit: Visit) -> Result<i64> {
        let person = &self.people[visit.member as usize];
        let envelope = baskets.fill(&self.rules, visit, person, true, Spendable::default(), self.actors.import);
        let amount_minor = match &envelope.command {
            Command::Purchase(order) => order.amount_minor(),
            Command::Return(_)
            | Command::Adjust(_)
            | Command::Coupon(_)
            | Command::Occasion(_)
            | Command::Value(_)
            | Command::Gift(_)
            | Command::Review(_)
            | Command::Rank(..) => 0,
        };
        self.batch.push(envelope);
        self.newest_at_ms = self.days.at_ms(self.days.went_live(), REVIEW_HOUR);
        if self.batch.len() == BATCH {
            self.flush(conn)?;
        }
        Ok(amount_minor)
    }

    /// Gives members the points that they had before.
    pub fn carry_over(&mut self, conn: &mut Conn, bought_minor: &[i64], points: impl Fn(i64) -> i64) -> Result<()> {
        self.flush(conn)?;
        for (person, bought_minor) in self.people.iter().zip(bought_minor) {
            let amount = points(*bought_minor);
            if amount > 0 {
                let adjustment =
                    Adjustment { member: person.id, asset: Asset::Points, amount, reason: self.words.opening.clone() };
                self.batch.push(envelope(self.actors.owner, Command::Adjust(adjustment)));
                if self.batch.len() == BATCH {
                    self.flush(conn)?;
                }
            }
        }
        self.flush(conn)
    }

    /// Lets some members pay money in from a day on, and pay services with it.
    pub fn take_money_in(&mut self, day: i32) {
        let rules = Arc::clone(&self.rules);
        let steps = rules.current.programme.top_ups.iter().flat_map(|plan| &plan.steps);
        let amounts: Vec<i64> = steps.map(|step| step.from_minor).collect();
        let joined = |(_, person): &(usize, &Person)| person.joined_at_ms < self.days.at_ms(day, 0.0);
        let payers: Vec<usize> =
            self.people.iter().enumerate().filter(joined).map(|(member, _)| member).skip(4).step_by(TOPS_UP_EVERY).collect();
        for (place, member) in payers.into_iter().enumerate() {
            let Some(&amount_minor) = amounts.get(place % amounts.len().max(1)) else { return };
            let first = day + 1 + (place % 90) as i32;
            let hour = 10.5 + (place % 19) as f64 / 2.0;
            let mut at = |day: i32, later: Later| self.later.push(Reverse((self.days.at_ms(day, hour), later)));
            at(first, Later::TopUp { member, amount_minor });
            (1..=place as i32 % 4).for_each(|time| at(first + 17 * time, Later::Pay { member, amount_minor: amount_minor / 5 }));
        }
    }

    /// Posts a purchase at its time, after all that was to happen before it.
    pub fn visit(&mut self, conn: &mut Conn, baskets: &mut Baskets<'_>, visit: Visit) -> Result<()> {
        self.until(conn, visit.at_ms)?;
        let member = visit.member as usize;
        self.make_room(conn, self.people[member].id, visit.at_ms)?;
        let actor = match visit.place {
            super::habit::Where::Store(_) => self.actors.till,
            super::habit::Where::Online | super::habit::Where::Marketplace => self.actors.shop,
        };
        let envelope = baskets.fill(&self.rules, visit, &self.people[member], false, self.spendable[member], actor);
        self.batch.push(envelope);
        self.visits.push(visit);
        Ok(())
    }

    /// Does all that is to happen up to a moment.
    pub fn until(&mut self, conn: &mut Conn, at_ms: i64) -> Result<()> {
        while self.later.peek().is_some_and(|Reverse((due_ms, _))| *due_ms <= at_ms) {
            let Some(Reverse((due_ms, later))) = self.later.pop() else { break };
            match later {
                Later::Review => self.review(conn, due_ms)?,
                Later::Return { member, purchase, line } => {
                    self.make_room(conn, self.people[member].id, due_ms)?;
                    let lines = line.map(|line| vec![(line, 1)]);
                    let order = ReturnOrder { purchase: PurchaseId(purchase), lines, at_ms: due_ms };
                    self.batch.push(envelope(self.actors.till, Command::Return(order)));
                }
                Later::TopUp { member, amount_minor } => {
                    let act = ValueAct::TopUp { amount_minor, tender: TenderKind::Card };
                    self.store_value(conn, (member, due_ms), act, None)?;
                }
                Later::Pay { member, amount_minor } => {
                    let reason = Some(self.words.service.clone());
                    self.store_value(conn, (member, due_ms), ValueAct::Pay { amount_minor }, reason)?;
                }
                Later::Adjust { member, amount, reason } => {
                    let id = self.people[member].id;
                    self.make_room(conn, id, due_ms)?;
                    let spendable = self.spendable[member];
                    let may_go = if spendable.until_ms.is_none_or(|until_ms| due_ms < until_ms) { spendable.points } else { 0 };
                    let amount = amount.max(-may_go);
                    let reasons = if amount > 0 { &self.words.compensation } else { &self.words.correction };
                    if amount != 0 {
                        let reason = reasons[reason % reasons.len()].clone();
                        let adjustment = Adjustment { member: id, asset: Asset::Points, amount, reason };
                        self.batch.push(envelope(self.actors.owner, Command::Adjust(adjustment)));
                    }
                }
            }
        }
        Ok(())
    }

    fn store_value(
        &mut self,
        conn: &mut Conn,
        (member, at_ms): (usize, i64),
        act: ValueAct,
        reason: Option<String>,
    ) -> Result<()> {
        let member = self.people[member].id;
        self.make_room(conn, member, at_ms)?;
        let order = ValueOrder { member, act, store: None, staff: None, reason };
        self.batch.push(envelope(self.actors.till, Command::Value(order)));
        Ok(())
    }

    /// Nobody stands twice in a commit, and no purchase waits long for one.
    fn make_room(&mut self, conn: &mut Conn, member: MemberId, at_ms: i64) -> Result<()> {
        if self.batch.len() >= BATCH || self.waiting.contains(&member) || at_ms - self.began_at_ms > WAITS_MS {
            self.flush(conn)?;
        }
        if self.batch.is_empty() {
            self.began_at_ms = at_ms;
        }
        self.waiting.insert(member);
        self.newest_at_ms = at_ms;
        Ok(())
    }

    fn review(&mut self, conn: &mut Conn, at_ms: i64) -> Result<()> {
        self.flush(conn)?;
        self.newest_at_ms = at_ms;
        let mut after = HolderId(0);
        loop {
            let due = conn.snapshot(|conn| holder::due(conn, after, at_ms, BATCH as i64))?;
            let Some(last) = due.last() else { return Ok(()) };
            after = *last;
            let system = Actor { kind: danggol_core::decide::ActorKind::System, id: 0 };
            self.batch = due.into_iter().map(|holder| envelope(system, Command::Review(holder))).collect();
            self.flush(conn)?;
        }
    }

    /// Carries out what waits, in one commit.
    pub fn flush(&mut self, conn: &mut Conn) -> Result<()> {
        self.waiting.clear();
        if self.batch.is_empty() {
            return Ok(());
        }
        let mut commands = std::mem::take(&mut self.batch);
        let mut settled: Vec<Option<Settled>> = commands.iter().map(|_| None).collect();
        let mut scribe = Scribe { fence: &mut self.fence, ids: &self.ids };
        carry_out(conn, &self.rules, &mut scribe, &mut commands, &mut settled, self.newest_at_ms)?;
        let mut visits = std::mem::take(&mut self.visits).into_iter();
        for (command, settled) in commands.iter().zip(settled) {
            let settled = settled.context("a command has no outcome")?;
            match settled.outcome {
                Outcome::Done(_) | Outcome::Nothing => self.take_note(command, &settled, &mut visits),
                Outcome::Replayed(_) => bail!("a number was used twice"),
                Outcome::Refused(refusal) => bail!("refused: {}", refusal.code()),
            }
        }
        Ok(())
    }

    fn take_note(&mut self, command: &Envelope, settled: &Settled, visits: &mut impl Iterator<Item = Visit>) {
        let posted = &mut self.posted;
        let member = match &command.command {
            Command::Purchase(order) => {
                posted.amount_minor += order.amount_minor();
                posted.redemptions += u64::from(order.redeem_points > 0);
                if order.kind == danggol_core::purchase::PurchaseKind::History {
                    posted.history += 1;
                } else {
                    posted.earned += 1;
                    visits.next().into_iter().for_each(|visit| self.foresee(visit, command.id, order.lines.len()));
                }
                Some(order.member.0)
            }
            Command::Return(_) => {
                posted.returns += 1;
                settled.returned.as_ref().map(|kept| kept.member.0)
            }
            Command::Coupon(order) => Some(order.member.0),
            Command::Occasion(order) => Some(order.member.0),
            Command::Value(order) => Some(order.member.0),
            Command::Gift(order) => Some(order.member.0),
            Command::Adjust(adjustment) => {
                posted.adjustments += 1;
                Some(adjustment.member.0)
            }
            Command::Review(holder) | Command::Rank(holder, _) => {
                posted.reviews +=
                    u64::from(matches!(settled.entry.as_ref().map(|entry| &entry.detail), Some(Detail::Review { .. })));
                Some(holder.0)
            }
        };
        let place = member.and_then(|member| self.people.binary_search_by_key(&member, |person| person.id.0).ok());
        if let (Some(place), Some(state)) = (place, &settled.state) {
            self.spendable[place] = spendable(state, self.newest_at_ms);
        }
    }

    /// What follows from a purchase some days later.
    fn foresee(&mut self, visit: Visit, purchase: EntryId, lines: usize) {
        let mut chance = Chance::new(self.seed, [9, (u64::from(visit.member) << 24) + u64::from(visit.number)]);
        let member = visit.member as usize;
        let mut later = |days: i64, what: Later, chance: &mut Chance| {
            let day = self.days.day_of(visit.at_ms) + days as i32;
            let at_ms = self.days.at_ms(day, within(chance.normal(15.0, 3.0), OPEN_HOURS));
            if at_ms < self.days.last_at_ms() {
                self.later.push(Reverse((at_ms, what)));
            }
        };
        if chance.once(0.031) {
            let line = (lines > 1 && chance.once(0.7)).then(|| chance.below(lines));
            let days = chance.between(1, 13);
            later(days, Later::Return { member, purchase: purchase.0, line }, &mut chance);
        }
        if chance.once(0.006) {
            let taken = chance.once(0.2);
            let amount = if taken { -chance.between(10, 60) } else { chance.between(2, 10) * 50 };
            let (days, reason) = (chance.between(0, 3) + 1, chance.below(6));
            later(days, Later::Adjust { member, amount, reason }, &mut chance);
        }
    }
}

fn envelope(actor: Actor, command: Command) -> Envelope {
    Envelope { id: EntryId(0), actor, key: None, command }
}

fn spendable(state: &HolderState, now_ms: i64) -> Spendable {
    Spendable { points: state.points.available(now_ms), until_ms: state.points.next_expiry_ms() }
}

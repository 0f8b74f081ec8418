//! Savings: what purchases cost a stranger, and what a member of each tier would have paid for them and earned.
//!
//! Nothing is decided here: each purchase, and what came back of it, goes through [`decide`] as it does at the counter, one after the other,
//! by somebody who is of the same tier all the while. A stranger buys under a programme that promises nothing.

use std::collections::BTreeMap;

use crate::decide::{
    Actor, ActorKind, Command, Detail, Entry, Envelope, Held, Outcome, Published, ReturnOrder, Rules, Sink, World, decide,
};
use crate::earning::Award;
use crate::holder::{HeldTier, HolderState};
use crate::id::{EntryId, HolderId};
use crate::ledger::{Asset, Posting};
use crate::member::{MemberFacts, MemberStatus};
use crate::programme::{Earning, Programme};
use crate::purchase::{KeptPurchase, Line, Order};
use crate::quote::Quote;
use crate::refusal::Refusal;

/// Who buys.
#[derive(Debug, Clone)]
pub struct Customer {
    /// Her file; that of somebody who joins now, for whoever has none.
    pub facts: MemberFacts,
    /// Purchases before the first of those that are looked at.
    pub purchases: i64,
}

/// A purchase with what came back of it.
#[derive(Debug, Clone)]
pub struct Bought {
    /// At the prices that a stranger pays; no points, coupons or tenders.
    pub order: Order,
    /// Lines from zero with pieces.
    pub returned: Vec<(usize, i64)>,
}

/// What of a programme gives something, by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An offer.
    Offer(usize),
    /// An earning rule.
    Rule(usize),
    /// An occasion that is a purchase.
    Occasion(usize),
}

/// What one source gave, before anything came back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Benefit {
    /// To how many purchases of which not all came back.
    pub purchases: u64,
    /// What it took off, in minor units.
    pub off_minor: i64,
    /// Points that it gave.
    pub points: i64,
}

/// What purchases come to for one kind of customer; what came back is taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// What is paid, in minor units.
    pub paid_minor: i64,
    /// Points earned.
    pub points: i64,
    /// What gave them and took something off.
    pub benefits: BTreeMap<Source, Benefit>,
}

/// The tiers that somebody may be of, from below: none of them first where every tier asks for something.
pub fn standings(programme: &Programme) -> Vec<Option<&str>> {
    let levels = &programme.tiers.levels;
    let none = levels.first().is_none_or(|lowest| !lowest.is_free()).then_some(None);
    none.into_iter().chain(levels.iter().map(|level| Some(level.code.as_str()))).collect()
}

/// Rules that promise nothing to anybody, by the same clock.
pub fn of_strangers(rules: &Rules) -> Rules {
    let mut programme = Programme::first("", 0);
    programme.earning = Earning::default();
    let clock = rules.clock();
    Rules::new(Published::new(rules.current.version, programme), clock.zone.clone(), clock.cut_hour, rules.lunar)
}

/// What purchases, in their order, come to for a customer who is of a tier all the while.
///
/// # Errors
/// A purchase that would be refused at the counter is refused here.
pub fn account(rules: &Rules, customer: &Customer, tier: Option<&str>, bought: &[Bought]) -> Result<Account, Refusal> {
    let facts = MemberFacts { status: MemberStatus::Active, ..customer.facts.clone() };
    let (member, holder) = (facts.member, facts.holder);
    let mut world = World::default();
    world.members.insert(member, facts);
    let state = HolderState { purchases: customer.purchases, ..HolderState::default() };
    world.holders.insert(holder, Held { state, ..Held::default() });
    let mut account = Account::default();
    for Bought { order, returned } in bought {
        let tier = tier.map(|code| HeldTier {
            code: code.to_owned(),
            since_day: order.moment.day,
            keep_until_day: None,
            grace_until_day: None,
            lifted: None,
        });
        world.held(holder).state.tier = tier;
        let mut commands = vec![Command::Purchase(Order { member, ..order.clone() })];
        if !returned.is_empty() {
            let lines = Some(returned.clone());
            commands.push(Command::Return(ReturnOrder { purchase: order.id, lines, at_ms: order.moment.at_ms }));
        }
        let actor = Actor { kind: ActorKind::System, id: 0 };
        let envelope = |command| Envelope { id: EntryId(order.id.0), actor, key: None, command };
        let commands: Vec<Envelope> = commands.into_iter().map(envelope).collect();
        let mut came = Came::default();
        decide(rules, &mut world, &commands, order.moment.at_ms, &mut came);
        if let Some(refusal) = came.refused {
            return Err(refusal);
        }
        world.purchases.clear();
        account.add(order, rules.current.programme.offers.len(), &came);
    }
    Ok(account)
}

impl Account {
    fn add(&mut self, order: &Order, offers: usize, came: &Came) {
        let Some(award) = &came.award else { return };
        self.paid_minor += order.at_paid_prices(award).amount_minor() - came.back_minor;
        self.points += award.given(Asset::Points) - came.points_taken;
        if came.is_all_back {
            return;
        }
        let mut of = |source: Source, off_minor: i64, points: i64| {
            let benefit = self.benefits.entry(source).or_default();
            benefit.purchases += 1;
            benefit.off_minor += off_minor;
            benefit.points += points;
        };
        for applied in award.offers.iter().flat_map(|priced| &priced.applied).filter(|applied| applied.offer < offers) {
            of(Source::Offer(applied.offer), applied.off_minor(), 0);
        }
        for grant in award.grants.iter().filter(|grant| grant.asset == Asset::Points && grant.amount > 0) {
            of(Source::Rule(grant.rule), 0, grant.amount);
        }
        for gift in award.gifts.iter().filter(|gift| gift.points > 0) {
            of(Source::Occasion(gift.rule), 0, gift.points);
        }
    }
}

/// What a purchase, and what came back of it, became.
#[derive(Debug, Default)]
struct Came {
    award: Option<Award>,
    back_minor: i64,
    points_taken: i64,
    is_all_back: bool,
    refused: Option<Refusal>,
}

impl Sink for Came {
    fn purchase(&mut self, _: usize, _: HolderId, award: Award) {
        self.award = Some(award);
    }

    fn quote(&mut self, _: usize, _: Quote) {}

    fn entry(&mut self, _: usize, entry: Entry) {
        if let Detail::Return(detail) = entry.detail {
            (self.back_minor, self.points_taken) = (detail.amount_minor, detail.points_taken);
        }
    }

    fn posting(&mut self, _: usize, _: Posting) {}

    fn returned(&mut self, _: usize, kept: &KeptPurchase) {
        let left = |(line, back): (&Line, &i64)| line.left_after(*back).is_some();
        self.is_all_back = !kept.lines.iter().zip(&kept.returned.quantities).any(left);
    }

    fn touched(&mut self, _: usize, _: HolderId, _: EntryId) {}

    fn outcome(&mut self, _: usize, outcome: Outcome) {
        if let Outcome::Refused(refusal) = outcome {
            self.refused.get_or_insert(refusal);
        }
    }
}

//! Stored value: money that a member pays in beforehand, with the bonus that the brand adds to it.
//!
//! Principal and bonus are purses of their own, in lots by the top-up that brought them. What pays a purchase goes back in the proportion in
//! which it paid, part by part; what a refund takes back of the bonus is a function of all that was refunded of its top-up, by the rule of
//! the version by which it was given, so partial refunds in any order add up to the whole.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::decide::{Detail, Entry, Sink, Turn, World};
use crate::holder::HolderState;
use crate::id::{EntryId, HolderId, MemberId, TemplateId};
use crate::ledger::{Account, Asset, LAPSED_KEPT_MS, Lot, Purse, Taken};
use crate::occasion::{self, Gift, GivenCoupon, Withheld};
use crate::programme::{Expiry, Programme};
use crate::purchase::{MAX_AMOUNT_MINOR, Order, TenderKind, share};
use crate::refusal::Refusal;

/// The most steps of a plan.
pub const MAX_STEPS: usize = 20;
/// Top-ups of which a holder's state remembers what they brought, so that a refund takes it back. Of more, those that are spent are
/// forgotten first: what comes back of them is money without a bonus.
pub const REMEMBERED_TOP_UPS: usize = 64;

/// What is given to members who pay money in, how stored value is spent and how it is paid out again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUps {
    /// What is given from which amount on, the lowest first: of a top-up the highest step that it reaches.
    #[serde(default)]
    pub steps: Vec<TopUpStep>,
    /// When the bonus lapses; what was paid in never does.
    #[serde(default)]
    pub bonus_expiry: Expiry,
    /// What is spent first.
    #[serde(default)]
    pub order: UseOrder,
    /// What becomes of the bonus when what was paid in is paid out again.
    #[serde(default)]
    pub bonus_on_refund: BonusOnRefund,
    /// How a bonus is settled that is to be taken back and is already spent.
    #[serde(default)]
    pub spent_bonus: SpentBonus,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpStep {
    /// Short code, unique within the plan and kept over versions.
    pub id: String,
    /// The brand's name for it, shown to members.
    pub name: String,
    /// The least that is paid in, in minor units.
    pub from_minor: i64,
    /// Value added, in minor units.
    #[serde(default)]
    pub bonus_minor: i64,
    /// Points given.
    #[serde(default)]
    pub points: i64,
    /// A coupon of this template.
    #[serde(default)]
    pub coupon: Option<TemplateId>,
}

/// What is spent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum UseOrder {
    /// What was paid in, then the bonus.
    PrincipalFirst,
    /// The bonus, then what was paid in.
    BonusFirst,
    /// Both in the proportion of what there is.
    #[default]
    Proportional,
}

/// What becomes of the bonus of a top-up when it is refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum BonusOnRefund {
    /// It stays the member's.
    Keep,
    /// As much of it as of the top-up is refunded.
    #[default]
    Proportional,
    /// All of it, however little is refunded.
    Whole,
}

/// How a bonus is settled that is to be taken back and is already spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum SpentBonus {
    /// It comes off the refund.
    #[default]
    Deduct,
    /// Nothing is refunded.
    Refuse,
    /// The brand bears it.
    WriteOff,
}

/// A top-up whose bonus or points a refund may take back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToppedUp {
    /// Its entry, under which its lots stand.
    #[serde(rename = "i")]
    pub entry: i64,
    /// The programme version that gave the bonus and says how it is taken back.
    #[serde(rename = "v")]
    pub version: i64,
    /// What was paid in.
    #[serde(rename = "p")]
    pub principal: i64,
    /// The bonus.
    #[serde(rename = "b", default, skip_serializing_if = "is_zero")]
    pub bonus: i64,
    /// When the bonus lapses.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub bonus_expires_at_ms: Option<i64>,
    /// Points given.
    #[serde(rename = "q", default, skip_serializing_if = "is_zero")]
    pub points: i64,
    /// When the points lapse.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub points_expire_at_ms: Option<i64>,
    /// What was refunded so far.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub refunded: i64,
    /// Of the bonus to be taken back so far, what was already spent.
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub spent: i64,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// What is asked to be done with stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueOrder {
    /// Whose.
    pub member: MemberId,
    /// What.
    pub act: ValueAct,
    /// Code of the store.
    pub store: Option<String>,
    /// Code of the employee.
    pub staff: Option<String>,
    /// What it was for, or why.
    pub reason: Option<String>,
}

/// What is done with stored value outside of purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ValueAct {
    /// Money is paid in.
    TopUp {
        /// How much, in minor units.
        amount_minor: i64,
        /// How.
        tender: TenderKind,
    },
    /// Something is paid with it that is no purchase.
    Pay {
        /// How much, in minor units.
        amount_minor: i64,
    },
    /// What was paid in is paid out again.
    Refund {
        /// How much principal, in minor units.
        amount_minor: i64,
        /// How.
        tender: TenderKind,
        /// Out of which top-up; none: the newest first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        top_up: Option<EntryId>,
    },
}

/// What an entry about stored value says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueDetail {
    /// What was asked.
    pub act: ValueAct,
    /// What became of it.
    pub effect: ValueEffect,
    /// Code of the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    /// Code of the employee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// What it was for, or why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Principal afterwards, in minor units.
    pub principal_after: i64,
    /// Bonus afterwards, in minor units.
    pub bonus_after: i64,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

/// What became of stored value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ValueEffect {
    /// It grew.
    ToppedUp(Added),
    /// It was spent.
    Paid(PaidValue),
    /// It was paid out.
    Refunded(Refunded),
}

/// What a plan added to a top-up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The step's code; none where the amount reached no step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Value added, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bonus_minor: i64,
    /// When it lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bonus_expires_at_ms: Option<i64>,
    /// Points given.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub points: i64,
    /// When they lapse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points_expire_at_ms: Option<i64>,
    /// The coupon given. A refund leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<GivenCoupon>,
    /// Why a coupon that the step promises was not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
}

/// Stored value that paid for something, by the lots that it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidValue {
    /// Lots of principal.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    pub principal: Vec<Taken>,
    /// Lots of bonus.
    #[serde(rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub bonus: Vec<Taken>,
}

/// What a refund did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// Lots of principal that it came from.
    pub principal: Vec<Taken>,
    /// Bonus taken back, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bonus_taken: i64,
    /// Bonus to be taken back that had expired: it is gone already.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lapsed: i64,
    /// Bonus to be taken back that was already spent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spent: i64,
    /// What came off the refund for it, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deducted_minor: i64,
    /// Points taken back; those that were spent are owed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub points_taken: i64,
}

fn sum(lots: &[Taken]) -> i64 {
    lots.iter().map(|lot| lot.amount).sum()
}

impl PaidValue {
    /// Principal and bonus, in minor units.
    pub fn amounts(&self) -> [i64; 2] {
        [sum(&self.principal), sum(&self.bonus)]
    }

    /// All of it, in minor units.
    pub fn total(&self) -> i64 {
        self.amounts().iter().sum()
    }

    /// Of what is left of it, how much is principal and how much bonus: both in the proportion in which they paid.
    pub(crate) fn of_left(&self, left_minor: i64) -> [i64; 2] {
        let [principal, bonus] = self.amounts();
        let principal_left = share(principal, left_minor, principal + bonus);
        [principal_left, left_minor - principal_left]
    }
}

impl Added {
    /// The coupon, or why there was none, as gifts on occasions say it.
    pub fn gift(&self) -> Gift {
        Gift { rule: 0, points: 0, expires_at_ms: None, coupon: self.coupon.clone(), withheld: self.withheld }
    }
}

impl ValueOrder {
    /// The coupon that a programme promises for it.
    pub fn coupon(&self, programme: &Programme) -> Option<TemplateId> {
        let ValueAct::TopUp { amount_minor, .. } = self.act else { return None };
        programme.top_ups.as_ref()?.step(amount_minor)?.coupon
    }
}

impl ValueAct {
    /// Stored value that is asked for, in minor units, a bonus excepted; below zero goes.
    pub fn moved_minor(self) -> i64 {
        match self {
            ValueAct::TopUp { amount_minor, .. } => amount_minor,
            ValueAct::Pay { amount_minor } | ValueAct::Refund { amount_minor, .. } => -amount_minor,
        }
    }
}

impl Refunded {
    /// What of what was paid in is gone, in minor units.
    pub fn principal_minor(&self) -> i64 {
        sum(&self.principal)
    }

    /// What is paid out, in minor units.
    pub fn paid_out_minor(&self) -> i64 {
        sum(&self.principal) - self.deducted_minor
    }
}

impl TopUps {
    /// The step that an amount reaches.
    pub fn step(&self, amount_minor: i64) -> Option<&TopUpStep> {
        self.steps.iter().filter(|step| step.from_minor <= amount_minor).max_by_key(|step| step.from_minor)
    }

    /// How much of what a top-up brought is to be taken back once so much of it is refunded.
    fn due_back(&self, given: i64, refunded: i64, principal: i64) -> i64 {
        match self.bonus_on_refund {
            BonusOnRefund::Keep => 0,
            BonusOnRefund::Proportional => share(given, refunded.min(principal), principal),
            BonusOnRefund::Whole if refunded > 0 => given,
            BonusOnRefund::Whole => 0,
        }
    }
}

/// What a purchase is to pay with stored value, in minor units, of `due_minor` that is to be paid.
pub(crate) fn tendered(order: &Order, due_minor: i64) -> Result<i64, Refusal> {
    let mut value_minor = 0;
    for tender in order.tenders.iter().filter(|tender| tender.kind == TenderKind::StoredValue) {
        if tender.amount_minor <= 0 {
            return Err(Refusal::OutOfRange { line: None });
        }
        value_minor += tender.amount_minor;
    }
    if value_minor > due_minor.max(0) {
        return Err(Refusal::TendersDiffer { expected_minor: due_minor, given_minor: value_minor });
    }
    Ok(value_minor)
}

/// Principal and bonus that may be spent at `now_ms`.
fn available(state: &HolderState, now_ms: i64) -> [i64; 2] {
    [state.value_principal.available(now_ms), state.value_bonus.available(now_ms)]
}

/// Refuses what there is too little for.
pub(crate) fn check_enough(world: &World, holder: HolderId, needed_minor: i64, now_ms: i64) -> Result<(), Refusal> {
    let available_minor: i64 = world.holders.get(&holder).map_or(0, |held| available(&held.state, now_ms).iter().sum());
    if needed_minor > available_minor && !world.may_owe {
        return Err(Refusal::InsufficientValue { available_minor, needed_minor });
    }
    Ok(())
}

/// How an amount is split over principal and bonus. What is missing is principal.
fn split(order: UseOrder, amount: i64, [principal, bonus]: [i64; 2]) -> [i64; 2] {
    let there = amount.min(principal + bonus);
    let of_principal = match order {
        UseOrder::PrincipalFirst => principal.min(there),
        UseOrder::BonusFirst => there - bonus.min(there),
        // The bonus is rounded down, so that what is left of it is never less than its share of what is left.
        UseOrder::Proportional => there - share(there, bonus, principal + bonus),
    };
    [of_principal + amount - there, there - of_principal]
}

/// Spends stored value in the order of the programme in force. There is enough, or what is missing may be owed.
pub(crate) fn spend(
    turn: &Turn<'_>,
    state: &mut HolderState,
    holder: HolderId,
    amount_minor: i64,
    sink: &mut impl Sink,
) -> PaidValue {
    let mut paid = PaidValue::default();
    let order = turn.rules.current.programme.top_ups.as_ref().map_or(UseOrder::default(), |plan| plan.order);
    let [principal, bonus] = split(order, amount_minor, available(state, turn.now_ms));
    let purses = [
        (Asset::ValuePrincipal, principal, &mut state.value_principal, &mut paid.principal),
        (Asset::ValueBonus, bonus, &mut state.value_bonus, &mut paid.bonus),
    ];
    for (asset, amount, purse, lots) in purses {
        purse.spend_or_owe(turn.id.0, amount, turn.now_ms, |taken| lots.push(taken));
        turn.post(sink, holder, asset, amount, Account::Holder, Account::Redeemed);
    }
    paid
}

/// Puts back into the lots that they came from what goods that come back had been paid with: of `left` before and after.
pub(crate) fn give_back(
    turn: &Turn<'_>,
    state: &mut HolderState,
    holder: HolderId,
    paid: &PaidValue,
    (before_minor, after_minor): (i64, i64),
    sink: &mut impl Sink,
) -> [i64; 2] {
    let (before, after) = (paid.of_left(before_minor), paid.of_left(after_minor));
    let sides = [(Asset::ValuePrincipal, &paid.principal), (Asset::ValueBonus, &paid.bonus)];
    for (at, (asset, lots)) in sides.into_iter().enumerate() {
        let back = before[at] - after[at];
        put_back(state.purse_mut(asset), lots, sum(lots) - before[at], back, turn.now_ms);
        turn.post(sink, holder, asset, back, Account::Redeemed, Account::Holder);
    }
    [before[0] - after[0], before[1] - after[1]]
}

/// Puts `amount` units back into lots, the one that lives longest first, where `skip` units are there again. Returns what found no lot.
pub(crate) fn put_back(purse: &mut Purse, lots: &[Taken], mut skip: i64, amount: i64, now_ms: i64) -> i64 {
    let mut missing = amount;
    for taken in lots.iter().rev() {
        let skipped = skip.min(taken.amount);
        skip -= skipped;
        let part = (taken.amount - skipped).min(missing);
        missing -= part;
        if part > 0 {
            let (entry, expires_at_ms) = (taken.entry, taken.expires_at_ms);
            purse.give(Lot { entry, earned: part, remaining: part, available_at_ms: 0, expires_at_ms }, now_ms);
        }
    }
    missing
}

/// Amounts are above zero and in range, and money is paid in and out by money.
fn check(act: ValueAct) -> Result<(), Refusal> {
    let amount_minor = match act {
        ValueAct::TopUp { amount_minor, tender } | ValueAct::Refund { amount_minor, tender, .. } => {
            if matches!(tender, TenderKind::Points | TenderKind::StoredValue) {
                return Err(Refusal::TenderNotMoney);
            }
            amount_minor
        }
        ValueAct::Pay { amount_minor } => amount_minor,
    };
    if (1..=MAX_AMOUNT_MINOR).contains(&amount_minor) { Ok(()) } else { Err(Refusal::ValueRange) }
}

/// Tops up, pays or refunds.
pub(crate) fn act(turn: &Turn<'_>, world: &mut World, order: &ValueOrder, sink: &mut impl Sink) -> Result<HolderId, Refusal> {
    let facts = world.members.get(&order.member).ok_or(Refusal::UnknownMember)?;
    if facts.status.has_left() {
        return Err(Refusal::MemberClosed);
    }
    let holder = facts.holder;
    check(order.act)?;
    let effect = match order.act {
        ValueAct::TopUp { amount_minor, .. } => {
            ValueEffect::ToppedUp(top_up(turn, world, (order.member, holder), amount_minor, sink)?)
        }
        ValueAct::Pay { amount_minor } => {
            check_enough(world, holder, amount_minor, turn.now_ms)?;
            ValueEffect::Paid(spend(turn, &mut world.held(holder).state, holder, amount_minor, sink))
        }
        ValueAct::Refund { amount_minor, top_up, .. } => {
            ValueEffect::Refunded(refund(turn, world, holder, (amount_minor, top_up), sink)?)
        }
    };
    let held = world.held(holder);
    held.changed = true;
    let detail = Detail::Value(ValueDetail {
        act: order.act,
        effect,
        store: order.store.clone(),
        staff: order.staff.clone(),
        reason: order.reason.clone(),
        principal_after: held.state.value_principal.balance(),
        bonus_after: held.state.value_bonus.balance(),
        balance_after: held.state.points.balance(),
    });
    let (id, member, actor, occurred_at_ms) = (turn.id, order.member, turn.actor, turn.now_ms);
    let programme_version = turn.rules.current.version;
    sink.entry(turn.index, Entry { id, holder, member, occurred_at_ms, actor, programme_version, purchase: None, detail });
    Ok(holder)
}

fn top_up(
    turn: &Turn<'_>,
    world: &mut World,
    (member, holder): (MemberId, HolderId),
    amount_minor: i64,
    sink: &mut impl Sink,
) -> Result<Added, Refusal> {
    let programme = &turn.rules.current.programme;
    let plan = programme.top_ups.as_ref().ok_or(Refusal::NoTopUps)?;
    let moment = turn.rules.moment(turn.now_ms);
    let expires = |expiry| crate::buy::expires_at_ms(expiry, moment, &turn.rules.clock().zone);
    let mut added = Added::default();
    if let Some(step) = plan.step(amount_minor) {
        added.step = Some(step.id.clone());
        (added.bonus_minor, added.points) = (step.bonus_minor, step.points);
        added.bonus_expires_at_ms = expires(plan.bonus_expiry).filter(|_| step.bonus_minor > 0);
        added.points_expire_at_ms = expires(programme.earning.expiry).filter(|_| step.points > 0);
        match step.coupon.map(|template| occasion::give_coupon(turn, world, (template, 0, 0), member)) {
            Some(Ok(coupon)) => added.coupon = Some(coupon),
            Some(Err(why)) => added.withheld = Some(why),
            None => {}
        }
    }
    let state = &mut world.held(holder).state;
    let parts = [
        (Asset::ValuePrincipal, amount_minor, None, Account::Cash),
        (Asset::ValueBonus, added.bonus_minor, added.bonus_expires_at_ms, Account::Issued),
        (Asset::Points, added.points, added.points_expire_at_ms, Account::Issued),
    ];
    for (asset, amount, expires_at_ms, from) in parts {
        if amount > 0 {
            let lot = Lot { entry: turn.id.0, earned: amount, remaining: amount, available_at_ms: 0, expires_at_ms };
            state.purse_mut(asset).give(lot, turn.now_ms);
            turn.post(sink, holder, asset, amount, from, Account::Holder);
        }
    }
    if added.bonus_minor > 0 || added.points > 0 {
        state.top_ups.push(ToppedUp {
            entry: turn.id.0,
            version: turn.rules.current.version,
            principal: amount_minor,
            bonus: added.bonus_minor,
            bonus_expires_at_ms: added.bonus_expires_at_ms,
            points: added.points,
            points_expire_at_ms: added.points_expire_at_ms,
            refunded: 0,
            spent: 0,
        });
        forget_old(state);
    }
    Ok(added)
}

/// Keeps the list of top-ups short: those whose principal is spent are forgotten first, the oldest in front.
pub(crate) fn forget_old(state: &mut HolderState) {
    while state.top_ups.len() > REMEMBERED_TOP_UPS {
        let is_spent = |known: &ToppedUp| !state.value_principal.lots.iter().any(|lot| lot.entry == known.entry);
        let at = state.top_ups.iter().position(is_spent).unwrap_or(0);
        state.top_ups.remove(at);
    }
}

/// The lots of principal that a refund comes from, the newest top-up first.
fn refunded_lots(state: &HolderState, (amount, top_up): (i64, Option<EntryId>), now_ms: i64) -> Result<Vec<Taken>, Refusal> {
    let mut lots: Vec<Taken> = state.value_principal.spendable(now_ms).collect();
    if let Some(top_up) = top_up {
        lots.retain(|lot| lot.entry == top_up.0);
        if lots.is_empty() {
            return Err(Refusal::UnknownTopUp);
        }
    }
    lots.sort_by_key(|lot| std::cmp::Reverse(lot.entry));
    let available_minor = sum(&lots);
    if amount > available_minor {
        return Err(Refusal::InsufficientPrincipal { available_minor, needed_minor: amount });
    }
    let mut missing = amount;
    for lot in &mut lots {
        lot.amount = lot.amount.min(missing);
        missing -= lot.amount;
    }
    lots.retain(|lot| lot.amount > 0);
    Ok(lots)
}

/// Units of what a top-up brought that are taken back: still there, expired already, spent already.
fn take_back(purse: &mut Purse, entry: i64, amount: i64, expires_at_ms: Option<i64>, now_ms: i64) -> [i64; 3] {
    let own = purse.take_from(entry, amount);
    let long_gone = expires_at_ms.is_some_and(|at_ms| at_ms + LAPSED_KEPT_MS <= now_ms);
    let lapsed = if long_gone { amount - own } else { purse.cross_off_lapsed(entry, amount - own) };
    [own, lapsed, amount - own - lapsed]
}

fn refund(
    turn: &Turn<'_>,
    world: &mut World,
    holder: HolderId,
    wanted: (i64, Option<EntryId>),
    sink: &mut impl Sink,
) -> Result<Refunded, Refusal> {
    let may_owe = world.may_owe;
    let held = world.held(holder);
    let mut lots = match refunded_lots(&held.state, wanted, turn.now_ms) {
        Ok(lots) => lots,
        // It was there while two members were one.
        Err(_) if may_owe => Vec::new(),
        Err(refusal) => return Err(refusal),
    };
    let missing = wanted.0 - sum(&lots);
    // A refusal changes nothing, and what of a bonus is spent is known only once it is taken back.
    let mut state = world.held(holder).state.clone();
    let mut refunded = Refunded::default();
    let mut owed_points = 0;
    for lot in &lots {
        state.value_principal.take_lot(*lot);
        let Some(at) = state.top_ups.iter().position(|known| known.entry == lot.entry) else { continue };
        let mut known = state.top_ups[at].clone();
        let Some(plan) = &turn.rules.version(known.version).programme.top_ups else { continue };
        let (before, after) = (known.refunded, (known.refunded + lot.amount).min(known.principal));
        let due = |given| plan.due_back(given, after, known.principal) - plan.due_back(given, before, known.principal);
        let (due_bonus, due_points) = (due(known.bonus), due(known.points));
        let [own, lapsed, spent] =
            take_back(&mut state.value_bonus, lot.entry, due_bonus, known.bonus_expires_at_ms, turn.now_ms);
        if spent > 0 && plan.spent_bonus == SpentBonus::Refuse && !may_owe {
            return Err(Refusal::BonusSpent { spent_minor: spent });
        }
        let points = take_back(&mut state.points, lot.entry, due_points, known.points_expire_at_ms, turn.now_ms);
        state.points.take_or_owe(points[2], turn.now_ms);
        let deducted = |spent: i64, refunded: i64| match plan.spent_bonus {
            SpentBonus::Deduct => spent.min(refunded),
            SpentBonus::Refuse | SpentBonus::WriteOff => 0,
        };
        refunded.deducted_minor += deducted(known.spent + spent, after) - deducted(known.spent, before);
        (known.refunded, known.spent) = (after, known.spent + spent);
        refunded.bonus_taken += own;
        refunded.lapsed += lapsed;
        refunded.spent += spent;
        refunded.points_taken += points[0] + points[2];
        owed_points += points[0] + points[2];
        let is_over = known.refunded >= known.principal;
        state.top_ups[at] = known;
        if is_over {
            state.top_ups.remove(at);
        }
    }
    state.value_principal.spend_or_owe(turn.id.0, missing, turn.now_ms, |taken| lots.push(taken));
    refunded.principal = lots;
    world.held(holder).state = state;
    let moves = [
        (Asset::ValuePrincipal, refunded.paid_out_minor(), Account::Cash),
        (Asset::ValuePrincipal, refunded.deducted_minor, Account::Forfeited),
        (Asset::ValueBonus, refunded.bonus_taken, Account::Forfeited),
        (Asset::Points, owed_points, Account::Issued),
    ];
    for (asset, amount, to) in moves {
        turn.post(sink, holder, asset, amount, Account::Holder, to);
    }
    Ok(refunded)
}

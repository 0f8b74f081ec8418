//! A purchase in the oracle's model, and what of it has come back.

use anyhow::{Context, ensure};
use danggol_core::decide::{ReturnDetail, ReturnOrder, Rules};
use danggol_core::earning::Award;
use danggol_core::id::HolderId;
use danggol_core::ledger::Asset;
use danggol_core::programme::{Gives, Programme, Rounding, Rule, SpentPoints};
use danggol_core::purchase::{LineKind, Order, Pricing, PurchaseKind};
use danggol_core::quote::Priced;
use danggol_core::value::PaidValue;

/// A purchase that was acknowledged.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub holder: HolderId,
    pub day: i32,
    /// Pieces of each line; one for a line without pieces.
    pieces: Vec<i64>,
    quantities: Vec<i64>,
    amount_minor: i64,
    redeemed_points: i64,
    redeemed_minor: i64,
    given: [i64; 2],
    /// Stored value that paid for it: what had been paid in, and bonus.
    value: [i64; 2],
    /// Which asset counted for the tier, and whether the purchase counted at all.
    qualifying: usize,
    policy: SpentPoints,
    pub back: Back,
}

/// What has come back of a purchase.
#[derive(Debug, Clone, Default)]
pub(super) struct Back {
    /// Pieces by line.
    pub quantities: Vec<i64>,
    pub pieces: i64,
    pub amount_minor: i64,
    refund_minor: i64,
    value: [i64; 2],
    taken: [i64; 2],
    given_back: i64,
    deducted_minor: i64,
}

impl Sale {
    pub fn new(rules: &Rules, order: &Order, award: &Award) -> Self {
        let programme = &rules.current.programme;
        let grows = |rule: &Rule| rule.enabled && rule.asset == Asset::Growth;
        Self {
            holder: HolderId(order.member.0),
            day: order.moment.day,
            pieces: order.lines.iter().map(|line| line.quantity.max(1)).collect(),
            quantities: order.lines.iter().map(|line| line.quantity).collect(),
            amount_minor: order.amount_minor(),
            redeemed_points: award.redeemed_points,
            redeemed_minor: award.redeemed_minor,
            given: [award.given(Asset::Points), award.given(Asset::Growth)],
            value: award.value.as_ref().map_or([0, 0], PaidValue::amounts),
            qualifying: usize::from(programme.earning.rules.iter().any(grows)),
            policy: programme.returns.spent_points,
            back: Back { quantities: vec![0; order.lines.len()], ..Back::default() },
        }
    }

    pub fn is_wholly_back(&self) -> bool {
        self.back.quantities == self.pieces
    }

    /// Money spent and not refunded, in minor units.
    pub fn spent_minor(&self) -> i64 {
        self.amount_minor - self.redeemed_minor - self.back.refund_minor - self.back.value.iter().sum::<i64>()
    }

    /// What counts for the tier.
    pub fn qualified(&self) -> i64 {
        self.given[self.qualifying] - self.back.taken[self.qualifying]
    }

    fn left(&self, line: usize) -> i64 {
        self.pieces[line] - self.back.quantities[line]
    }

    /// The pieces that a return asks for, by line.
    fn asked(&self, order: &ReturnOrder) -> anyhow::Result<Vec<i64>> {
        let Some(lines) = &order.lines else { return Ok((0..self.pieces.len()).map(|line| self.left(line)).collect()) };
        let mut asked = vec![0_i64; self.pieces.len()];
        for (line, quantity) in lines {
            let place = asked.get_mut(*line).context("there is no such line")?;
            ensure!(*quantity > 0, "nothing is no quantity");
            *place = place.saturating_add(*quantity);
        }
        Ok(asked)
    }

    pub fn refused_too_much(&self, order: &ReturnOrder, line: usize, left: i64) -> anyhow::Result<()> {
        ensure!(left == self.left(line), "{} are left", self.left(line));
        ensure!(self.asked(order)?[line] > left, "there is enough left");
        Ok(())
    }

    /// Takes goods back. Returns what the postings must move of points and growth points, where the holder has `growth` of them.
    pub fn take(&mut self, order: &ReturnOrder, detail: &ReturnDetail, growth: i64) -> anyhow::Result<[i64; 2]> {
        let asked = self.asked(order)?;
        let mut told = vec![0; self.pieces.len()];
        for (line, quantity) in &detail.lines {
            told[*line] += quantity;
        }
        ensure!(asked == told && asked.iter().any(|pieces| *pieces > 0), "{told:?} came back instead of {asked:?}");
        ensure!((0..asked.len()).all(|line| asked[line] <= self.left(line)), "more came back than was bought");
        let back = &mut self.back;
        for (line, pieces) in asked.iter().enumerate() {
            back.quantities[line] += pieces;
            back.pieces += (*pieces).min(self.quantities[line]);
        }
        back.amount_minor += detail.amount_minor;
        back.refund_minor += detail.refund_minor;
        back.value = [back.value[0] + detail.principal_back, back.value[1] + detail.bonus_back];
        back.taken[0] += detail.points_taken;
        back.taken[1] += detail.growth_taken;
        back.given_back += detail.given_back;
        back.deducted_minor += detail.deducted_minor;
        ensure!(
            (0..2).all(|at| (0..=self.given[at]).contains(&self.back.taken[at])),
            "{:?} of {:?} were taken",
            self.back,
            self.given
        );
        ensure!(
            (0..=self.redeemed_points).contains(&self.back.given_back),
            "{:?} of {} given back",
            self.back,
            self.redeemed_points
        );
        ensure!(
            (0..=self.back.refund_minor.max(0)).contains(&self.back.deducted_minor),
            "{:?}: deducted more than refunded",
            self.back
        );
        ensure!(detail.principal_back >= 0 && detail.bonus_back >= 0, "a return spends no stored value");
        // What paid, and what of it is back, stand in one proportion but for a part of a unit.
        let [paid, back] = [self.value, self.back.value].map(|[principal, bonus]| (principal, principal + bonus));
        let apart = i128::from(back.0) * i128::from(paid.1) - i128::from(paid.0) * i128::from(back.1);
        ensure!(back.1 <= paid.1 && apart.abs() <= i128::from(paid.1), "{:?} of {:?} given back", self.back.value, self.value);
        ensure!(detail.lapsed >= 0 && detail.given_back >= 0, "a return lets nothing lapse and redeems nothing");
        if self.is_wholly_back() {
            ensure!(self.back.taken == self.given, "{:?} of {:?} were taken for the whole", self.back.taken, self.given);
            ensure!(self.back.given_back == self.redeemed_points, "{} given back for the whole", self.back.given_back);
            ensure!(self.back.amount_minor == self.amount_minor, "{} came back of {}", self.back.amount_minor, self.amount_minor);
            let paid_minor = self.amount_minor - self.redeemed_minor;
            ensure!(self.back.value == self.value, "{:?} of stored value given back for the whole", self.back.value);
            let paid_minor = paid_minor - self.value.iter().sum::<i64>();
            ensure!(self.back.refund_minor == paid_minor, "{} refunded of {paid_minor}", self.back.refund_minor);
        }
        // What had expired is gone already; what was spent is owed, or else not taken at all.
        let waived = match self.policy {
            SpentPoints::Debt => 0,
            SpentPoints::Deduct | SpentPoints::WriteOff => detail.spent,
        };
        Ok([detail.given_back - (detail.points_taken - detail.lapsed - waived), -detail.growth_taken.min(growth)])
    }
}

/// What a rate without conditions, group and caps must give: paid money times the rate, rounded once.
fn plain_rate(programme: &Programme, rule: &Rule, order: &Order, award: &Award) -> Option<i64> {
    let plain =
        rule.enabled && rule.when.is_none() && rule.lines.is_none() && rule.group.is_none() && rule.caps == Default::default();
    let (true, Gives::Rate { points, per_minor }) = (plain, rule.award) else { return None };
    let gross: i128 = order.lines.iter().map(|line| i128::from(line.amount_minor)).sum();
    let covered: i128 =
        order.lines.iter().filter(|line| line.kind != LineKind::Gift).map(|line| i128::from(line.amount_minor)).sum();
    let redeemed = if programme.earning.earn_on_redeemed { 0 } else { award.redeemed_minor };
    let paid = gross - i128::from(order.discount_minor) - i128::from(redeemed);
    let (over, under) = (covered * paid * i128::from(points), gross * i128::from(per_minor));
    if gross - i128::from(order.discount_minor) <= 0 || paid <= 0 || over <= 0 || order.kind == PurchaseKind::History {
        return Some(0);
    }
    let units = match rule.rounding {
        Rounding::Down => over / under,
        Rounding::HalfUp => (over + under / 2) / under,
        Rounding::Up => (over + under - 1) / under,
    };
    i64::try_from(units).ok()
}

/// Offers come off list prices alone, off goods that are sold, no more than they cost, and only off allowed company.
pub(super) fn check_offers(rules: &Rules, order: &Order, award: &Award) -> anyhow::Result<()> {
    let Some(Priced { applied, .. }) = &award.offers else {
        ensure!(order.pricing == Pricing::Paid || order.kind == PurchaseKind::History, "list prices without a quote");
        return Ok(());
    };
    ensure!(order.pricing == Pricing::List, "offers came off prices that were paid");
    let offers = &rules.current.programme.offers;
    for (place, one) in applied.iter().enumerate() {
        ensure!(offers[one.offer].enabled, "{} is off", offers[one.offer].id);
        let rival = applied[..place].iter().find(|other| offers[other.offer].clashes(&offers[one.offer]));
        ensure!(rival.is_none(), "{} stands beside what it excludes", offers[one.offer].id);
    }
    for (place, line) in order.lines.iter().enumerate() {
        let off: i64 = award.taken_off().filter(|(at, _)| *at == place).map(|(_, minor)| minor).sum();
        ensure!(off >= 0 && (off == 0 || line.kind == LineKind::Sale && off <= line.amount_minor), "{off} came off {line:?}");
    }
    Ok(())
}

/// Every plain rate gave what it says, and no rule more than its cap for one purchase.
pub(super) fn check_grants(rules: &Rules, order: &Order, award: &Award) -> anyhow::Result<()> {
    let programme = &rules.current.programme;
    let given = |at: usize| award.grants.iter().filter(|grant| grant.rule == at).map(|grant| grant.amount).sum::<i64>();
    for (at, rule) in programme.earning.rules.iter().enumerate() {
        if let Some(expected) = plain_rate(programme, rule, order, award) {
            ensure!(given(at) == expected, "{} gave {} instead of {expected}", rule.id, given(at));
        }
        ensure!(given(at) <= rule.caps.per_purchase.unwrap_or(i64::MAX), "{} gave {} to one purchase", rule.id, given(at));
        ensure!(rule.enabled || given(at) == 0, "{} is off", rule.id);
    }
    Ok(())
}

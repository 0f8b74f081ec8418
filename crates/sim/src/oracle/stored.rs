//! Stored value in the oracle's books: paid in, spent in the brand's order, refunded with what it brought taken back.

use anyhow::{Context, bail, ensure};
use danggol_core::decide::{Command, Rules};
use danggol_core::earning::Award;
use danggol_core::id::EntryId;
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::purchase::{Order, PurchaseKind, TenderKind};
use danggol_core::refusal::Refusal;
use danggol_core::value::{
    Added, BonusOnRefund, PaidValue, REMEMBERED_TOP_UPS, Refunded, SpentBonus, TopUps, UseOrder, ValueAct, ValueDetail,
    ValueEffect,
};

use super::{Book, net};

/// A top-up that brought something.
#[derive(Debug, Clone)]
pub(super) struct TopUp {
    paid_minor: i64,
    bonus_minor: i64,
    points: i64,
    rule: BonusOnRefund,
    spent_rule: SpentBonus,
    refunded_minor: i64,
}

impl TopUp {
    /// What is due back of `given` when so much of it is refunded.
    fn due(&self, given: i64, refunded_minor: i64) -> i64 {
        match self.rule {
            BonusOnRefund::Keep => 0,
            BonusOnRefund::Whole => given * i64::from(refunded_minor > 0),
            BonusOnRefund::Proportional => given * refunded_minor / self.paid_minor,
        }
    }
}

/// How much of what was paid in, and of bonus, postings change.
pub(super) fn moved(postings: &[Posting]) -> [i64; 2] {
    net(postings, [Asset::ValuePrincipal, Asset::ValueBonus])
}

/// What a purchase pays with stored value.
fn tendered(order: &Order) -> i64 {
    let tenders = order.tenders.iter().filter(|tender| tender.kind == TenderKind::StoredValue);
    tenders.map(|tender| tender.amount_minor).sum()
}

/// What a purchase or an order asks of stored value.
pub(super) fn asked(command: &Command) -> i64 {
    match command {
        Command::Purchase(order) => tendered(order),
        Command::Value(order) => -order.act.moved_minor(),
        _ => 0,
    }
}

/// A command that asks so much may be refused for too little only when there is too little: what was paid in never lapses, of the bonus some
/// may have.
pub(super) fn may_refuse(asked: i64, refusal: &Refusal, [principal, bonus]: [i64; 2]) -> anyhow::Result<()> {
    match refusal {
        Refusal::InsufficientValue { available_minor, needed_minor } => {
            ensure!(*needed_minor == asked && asked > *available_minor, "there was enough");
            ensure!((principal..=principal + bonus).contains(available_minor), "{available_minor} of {principal} and {bonus}");
        }
        Refusal::InsufficientPrincipal { available_minor, needed_minor } => {
            ensure!(*needed_minor == asked && asked > *available_minor, "there was enough");
            ensure!((0..=principal).contains(available_minor), "{available_minor} of {principal}");
        }
        _ => bail!("{refusal:?}"),
    }
    Ok(())
}

impl Book {
    pub(super) fn move_value(&mut self, moved: [i64; 2]) -> anyhow::Result<()> {
        self.value = [self.value[0] + moved[0], self.value[1] + moved[1]];
        ensure!(self.value.iter().all(|minor| *minor >= 0), "less stored value than none: {:?}", self.value);
        Ok(())
    }

    /// What a purchase paid with stored value is what its tenders say, and is gone.
    pub(super) fn pay_for(&mut self, rules: &Rules, order: &Order, award: &Award, postings: &[Posting]) -> anyhow::Result<()> {
        let due = if order.kind == PurchaseKind::History { 0 } else { tendered(order) };
        let paid = award.value.clone().unwrap_or_default();
        ensure!(award.value.is_some() == (due > 0), "{due} was to be paid with stored value");
        ensure!(due <= (order.amount_minor() - award.redeemed_minor).max(0), "more was paid than was due");
        self.spend(rules, due, &paid, moved(postings))
    }

    fn spend(&mut self, rules: &Rules, due: i64, paid: &PaidValue, moved: [i64; 2]) -> anyhow::Result<()> {
        let lots = |lots: &[danggol_core::ledger::Taken]| lots.iter().map(|taken| taken.amount).sum::<i64>();
        let [principal, bonus] = [lots(&paid.principal), lots(&paid.bonus)];
        ensure!(principal + bonus == due, "{principal} and {bonus} were taken for {due}");
        ensure!(moved == [-principal, -bonus], "the postings moved {moved:?}");
        let [have, added] = self.value;
        let least = match rules.current.programme.top_ups.as_ref().map(|plan| plan.order).unwrap_or_default() {
            UseOrder::PrincipalFirst => have.min(due),
            UseOrder::BonusFirst => (due - added).max(0),
            UseOrder::Proportional if due == 0 => 0,
            UseOrder::Proportional => (i128::from(due) * i128::from(have) / i128::from(have + added).max(1)) as i64,
        };
        ensure!((least..=have.min(due)).contains(&principal), "{principal} of {have} were taken, {least} at least were due");
        self.move_value(moved)
    }

    /// What was done with stored value.
    pub(super) fn stored(
        &mut self,
        rules: &Rules,
        id: EntryId,
        detail: &ValueDetail,
        (moved, moved_value): ([i64; 2], [i64; 2]),
    ) -> anyhow::Result<()> {
        let plan = rules.current.programme.top_ups.as_ref().context("a plan")?;
        match (&detail.effect, detail.act) {
            (ValueEffect::ToppedUp(added), ValueAct::TopUp { amount_minor, .. }) => {
                ensure!(moved_value == [amount_minor, added.bonus_minor], "the postings moved {moved_value:?}");
                ensure!(moved == [added.points, 0], "the postings moved {moved:?}");
                self.topped_up(plan, id, amount_minor, added)?;
                self.move_value(moved_value)?;
            }
            (ValueEffect::Paid(paid), ValueAct::Pay { amount_minor }) => {
                ensure!(moved == [0, 0] && amount_minor > 0, "the postings moved {moved:?}");
                self.spend(rules, amount_minor, paid, moved_value)?;
            }
            (ValueEffect::Refunded(refunded), ValueAct::Refund { amount_minor, top_up, .. }) => {
                ensure!(moved_value == [-amount_minor, -refunded.bonus_taken], "the postings moved {moved_value:?}");
                ensure!(moved == [-refunded.points_taken, 0], "the postings moved {moved:?}");
                ensure!(top_up.is_none_or(|id| refunded.principal.iter().all(|lot| lot.entry == id.0)), "another top-up");
                self.refunded(amount_minor, refunded)?;
                self.move_value(moved_value)?;
            }
            (effect, act) => bail!("{effect:?} came of {act:?}"),
        }
        ensure!([detail.principal_after, detail.bonus_after] == self.value, "there should be {:?}", self.value);
        Ok(())
    }

    fn topped_up(&mut self, plan: &TopUps, id: EntryId, paid_minor: i64, added: &Added) -> anyhow::Result<()> {
        ensure!(paid_minor > 0, "nothing was paid in");
        let step = plan.steps.iter().rev().find(|step| step.from_minor <= paid_minor);
        ensure!(added.step == step.map(|step| step.id.clone()), "{step:?} was reached");
        let due = step.map_or((0, 0), |step| (step.bonus_minor, step.points));
        ensure!((added.bonus_minor, added.points) == due, "{step:?} was reached");
        if due != (0, 0) {
            let (rule, spent_rule) = (plan.bonus_on_refund, plan.spent_bonus);
            let top_up = TopUp { paid_minor, bonus_minor: due.0, points: due.1, rule, spent_rule, refunded_minor: 0 };
            self.top_ups.insert(id, top_up);
        }
        Ok(())
    }

    /// What is taken back follows from all that was refunded of a top-up. Of very many the holder's state has forgotten some.
    fn refunded(&mut self, amount_minor: i64, refunded: &Refunded) -> anyhow::Result<()> {
        let remembers_all = self.top_ups.len() <= REMEMBERED_TOP_UPS;
        let lots: i64 = refunded.principal.iter().map(|lot| lot.amount).sum();
        ensure!(amount_minor > 0 && lots == amount_minor, "the lots are {lots} of {amount_minor}");
        let (mut due_bonus, mut due_points, mut deducts, mut may_be_spent) = (0, 0, false, true);
        for lot in &refunded.principal {
            let Some(top_up) = self.top_ups.get_mut(&EntryId(lot.entry)) else { continue };
            let (before, after) = (top_up.refunded_minor, top_up.refunded_minor + lot.amount);
            ensure!(after <= top_up.paid_minor, "{after} of {top_up:?} were refunded");
            let due = |given| top_up.due(given, after) - top_up.due(given, before);
            (due_bonus, due_points) = (due_bonus + due(top_up.bonus_minor), due_points + due(top_up.points));
            deducts |= top_up.spent_rule == SpentBonus::Deduct;
            may_be_spent &= top_up.spent_rule != SpentBonus::Refuse;
            top_up.refunded_minor = after;
        }
        let settled = refunded.bonus_taken + refunded.lapsed + refunded.spent;
        ensure!(settled == due_bonus || !remembers_all && settled <= due_bonus, "{refunded:?}, {due_bonus} were due");
        ensure!((0..=due_points).contains(&refunded.points_taken), "{refunded:?}, {due_points} points were due");
        ensure!((0..=amount_minor).contains(&refunded.deducted_minor), "{refunded:?} pays out less than nothing");
        ensure!(deducts || refunded.deducted_minor == 0, "{refunded:?} deducts");
        ensure!(may_be_spent || refunded.spent == 0 || refunded.principal.len() > 1, "{refunded:?} should be refused");
        Ok(())
    }
}

/// What was paid in and out, and what the brand gave and kept, stands with the accounts that say so.
pub(super) fn check_account(asset: &str, account: &str) -> anyhow::Result<()> {
    let of_value = [Account::Cash, Account::Forfeited].map(Account::word);
    ensure!(asset.starts_with("value_") || !of_value.contains(&account), "{asset} over {account}");
    Ok(())
}

//! Where a member stands, and a whole programme, in words.

use crate::holder::HeldTier;
use crate::ledger::Asset;
use crate::tier::Measure;
use crate::time::date_of;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// A balance, and how much of it may be spent.
    pub fn balance(&self, asset: Asset, balance: i64, available: i64, pending: i64) -> String {
        let [balance, available, pending_units] = [balance, available, pending].map(|units| self.units(asset, units));
        if asset == Asset::Growth {
            return balance;
        }
        if pending == 0 {
            return say!(
                self.language,
                "共 {balance}，现在可用 {available}",
                "共 {balance}，目前可用 {available}",
                "총 {balance}, 지금 사용 가능 {available}",
                "{balance} in all, {available} may be spent now",
            );
        }
        say!(
            self.language,
            "共 {balance}，现在可用 {available}，另有 {pending_units}尚未生效",
            "共 {balance}，目前可用 {available}，另有 {pending_units}尚未生效",
            "총 {balance}, 지금 사용 가능 {available}, 사용 대기 {pending_units}",
            "{balance} in all, {available} may be spent now, {pending_units} not yet",
        )
    }

    /// The tier held: since when, and until when it is kept.
    pub fn held(&self, held: Option<&HeldTier>) -> String {
        let Some(held) = held else {
            return say!(self.language, "还没有等级", "尚未有等級", "아직 등급이 없습니다", "No tier yet");
        };
        let tier = self.tier(&held.code);
        let since = self.date(date_of(held.since_day));
        if let Some(grace) = held.grace_until_day {
            let until = self.date(date_of(grace));
            return say!(
                self.language,
                "{tier}，自{since}起；{until}前未再达到将降级",
                "{tier}，自{since}起；{until}前未再達到將降級",
                "{tier}, {since}부터. {until}까지 다시 달성하지 못하면 강등됩니다",
                "{tier} since {since}; lost after {until} unless it is reached again",
            );
        }
        let Some(keep_until_day) = held.keep_until_day else {
            return say!(
                self.language,
                "{tier}，自{since}起，一直有效",
                "{tier}，自{since}起，一直有效",
                "{tier}, {since}부터 기한 없이 유지",
                "{tier} since {since}, for good",
            );
        };
        let until = self.date(date_of(keep_until_day));
        say!(
            self.language,
            "{tier}，自{since}起，保留至{until}",
            "{tier}，自{since}起，保留至{until}",
            "{tier}, {since}부터 {until}까지 유지",
            "{tier} since {since}, kept until {until}",
        )
    }

    /// What counts by one measure, against what the next tier needs.
    pub fn measured(&self, measure: Measure, reached: i64, needed: Option<i64>) -> String {
        let amount = |value: i64| match measure {
            Measure::Spend => self.money(value),
            Measure::Points => self.units(self.programme.qualifying_asset(), value),
            Measure::Visits if value == 1 => say!(self.language, "1 天", "1 天", "1일", "1 day"),
            Measure::Visits => say!(self.language, "{value} 天", "{value} 天", "{value}일", "{value} days"),
        };
        let what = self.language.pick(match measure {
            Measure::Spend => &["消费", "消費", "구매", "spent"],
            Measure::Points => &["获得", "獲得", "적립", "earned"],
            Measure::Visits => &["消费天数", "消費天數", "구매일", "visits"],
        });
        let reached = amount(reached);
        match needed.map(amount) {
            Some(needed) => format!("{what}: {reached} / {needed}"),
            None => format!("{what}: {reached}"),
        }
    }

    /// Every part of the programme as a sentence, each with its path.
    pub fn programme(&self) -> Vec<(String, String)> {
        let rules = self.programme.earning.rules.iter().enumerate();
        let mut said: Vec<(String, String)> =
            rules.map(|(place, rule)| (format!("earning.rules[{place}]"), self.rule(rule))).collect();
        said.push(("earning.expiry".to_owned(), self.expiry()));
        let offers = self.programme.offers.iter().enumerate();
        said.extend(offers.map(|(place, offer)| (format!("offers[{place}]"), self.offer(offer))));
        let occasions = self.programme.occasions.iter().enumerate();
        said.extend(occasions.map(|(place, occasion)| (format!("occasions[{place}]"), self.occasion(occasion))));
        said.push(("redemption".to_owned(), self.redemption()));
        said.push(("returns".to_owned(), self.spent_points()));
        if let Some(plan) = &self.programme.top_ups {
            let steps = plan.steps.iter().enumerate();
            said.extend(steps.map(|(place, step)| (format!("top_ups.steps[{place}]"), self.top_up_step(step))));
            said.push(("top_ups".to_owned(), self.top_ups(plan).join(self.language.pick(&["；", "；", "; ", "; "]))));
        }
        let levels = self.programme.tiers.levels.iter().enumerate();
        said.extend(levels.map(|(place, level)| (format!("tiers.levels[{place}]"), self.level(level))));
        if !self.programme.tiers.levels.is_empty() {
            said.push(("tiers".to_owned(), self.keeping()));
        }
        said
    }
}

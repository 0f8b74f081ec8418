//! Tiers in words.

use crate::decide::TierReview;
use crate::holder::Ranking;
use crate::programme::{CalendarUnit, Level, Window};
use crate::tier::{Measure, Missing};
use crate::time::date_of;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What it takes to reach a level.
    pub fn level(&self, level: &Level) -> String {
        let window = self.window();
        let spend = level.spend_minor.map(|amount| {
            let amount = self.money(amount);
            say!(self.language, "消费满 {amount}", "消費滿 {amount}", "{amount} 이상 구매", "spending {amount}")
        });
        let points = level.points.map(|points| {
            let units = self.units(self.programme.qualifying_asset(), points);
            say!(self.language, "获得 {units}", "獲得 {units}", "{units} 적립", "earning {units}")
        });
        let visits = level.visits.map(|visits| match visits {
            1 => say!(self.language, "有 1 天消费", "有 1 天消費", "1일 구매", "shopping on 1 day"),
            visits => {
                say!(self.language, "有 {visits} 天消费", "有 {visits} 天消費", "{visits}일 구매", "shopping on {visits} days")
            }
        });
        let or = self.language.pick(&["，或", "，或", " 또는 ", ", or "]);
        let ways: Vec<String> = [spend, points, visits].into_iter().flatten().collect();
        let within = (!ways.is_empty()).then(|| {
            let ways = ways.join(or);
            say!(self.language, "{window}{ways}", "{window}{ways}", "{window} {ways}", "By {ways} {window}")
        });
        let ranked = level.layer.as_deref().map(|layer| {
            let standing = self.standing_in(layer);
            if within.is_some() {
                standing
            } else {
                say!(self.language, "{standing}", "{standing}", "{standing}", "By {standing}")
            }
        });
        let ways: Vec<String> = [within, ranked].into_iter().flatten().collect();
        match ways.is_empty() {
            true => say!(self.language, "没有门槛", "沒有門檻", "조건 없음", "Nothing is needed"),
            false => ways.join(or),
        }
    }

    /// Standing in a layer or above when everybody was ranked.
    pub fn standing_in(&self, layer: &str) -> String {
        let layer = self.layer(layer);
        say!(
            self.language,
            "最近一次排名位于金字塔“{layer}”或以上",
            "最近一次排名位於金字塔「{layer}」或以上",
            "마지막 순위에서 피라미드 ‘{layer}’ 층 이상",
            "standing in “{layer}” of the pyramid or above at the last ranking",
        )
    }

    /// What the next tier needs.
    pub fn needed(&self, what: &str) -> String {
        say!(self.language, "下一等级：{what}", "下一等級：{what}", "다음 등급: {what}", "Next tier: {what}")
    }

    /// Where the holder stood at a ranking.
    pub fn ranking(&self, ranking: &Ranking) -> String {
        let (day, amount) = (self.date(date_of(ranking.day)), self.money(ranking.amount_minor));
        match ranking.layer.as_deref().map(|layer| self.layer(layer)) {
            Some(layer) if ranking.bulk => say!(
                self.language,
                "{day}的排名：以消费 {amount} 位于金字塔“{layer}”，但只靠一笔大额消费，不计入等级",
                "{day}的排名：以消費 {amount} 位於金字塔「{layer}」，但只靠一筆大額消費，不計入等級",
                "{day} 순위: 구매 {amount}, 피라미드 ‘{layer}’ 층. 한 번의 대량 구매뿐이라 등급에는 반영하지 않음",
                "Ranking of {day}: in “{layer}” of the pyramid with {amount} bought, by one purchase alone, which does not count for tiers",
            ),
            Some(layer) => say!(
                self.language,
                "{day}的排名：以消费 {amount} 位于金字塔“{layer}”",
                "{day}的排名：以消費 {amount} 位於金字塔「{layer}」",
                "{day} 순위: 구매 {amount}, 피라미드 ‘{layer}’ 층",
                "Ranking of {day}: in “{layer}” of the pyramid with {amount} bought",
            ),
            None => say!(
                self.language,
                "{day}的排名：不在金字塔任何一层",
                "{day}的排名：不在金字塔任何一層",
                "{day} 순위: 피라미드에 들지 않음",
                "Ranking of {day}: in no layer of the pyramid",
            ),
        }
    }

    fn window(&self) -> String {
        match self.programme.tiers.window {
            Window::Rolling { days } => {
                say!(self.language, "最近 {days} 天", "最近 {days} 天", "최근 {days}일 동안", "within {days} days")
            }
            Window::Calendar { unit: CalendarUnit::Year } => {
                say!(self.language, "当年", "當年", "올해", "within the calendar year")
            }
            Window::Calendar { unit: CalendarUnit::Half } => {
                say!(self.language, "半年度内", "半年度內", "이번 반기 동안", "within the calendar half-year")
            }
            Window::Calendar { unit: CalendarUnit::Quarter } => {
                say!(self.language, "本季度", "本季", "이번 분기 동안", "within the calendar quarter")
            }
        }
    }

    /// How tiers are kept and lost.
    pub fn keeping(&self) -> String {
        let (keep, grace) = (self.programme.tiers.keep_days, self.programme.tiers.grace_days);
        match (self.programme.tiers.window, grace) {
            (Window::Rolling { .. }, 0) => say!(
                self.language,
                "达到后立即升级，保留 {keep} 天；到期未再达到则降级",
                "達到後立即升級，保留 {keep} 天；到期未再達到則降級",
                "달성 즉시 승급, {keep}일 유지, 기간이 끝날 때 다시 달성하지 못하면 강등",
                "Reached at once and kept for {keep} days; lost then unless it is reached again",
            ),
            (Window::Rolling { .. }, grace) => say!(
                self.language,
                "达到后立即升级，保留 {keep} 天；到期未再达到先提醒，{grace} 天内仍未达到则降级",
                "達到後立即升級，保留 {keep} 天；到期未再達到先提醒，{grace} 天內仍未達到則降級",
                "달성 즉시 승급, {keep}일 유지, 다시 달성하지 못하면 안내 후 {grace}일 뒤 강등",
                "Reached at once and kept for {keep} days; then a warning, and lost {grace} days later unless it is reached again",
            ),
            (Window::Calendar { .. }, 0) => say!(
                self.language,
                "达到后立即升级，至少保留 {keep} 天至期末；到期未再达到则降级",
                "達到後立即升級，至少保留 {keep} 天至期末；到期未再達到則降級",
                "달성 즉시 승급, 최소 {keep}일이 지난 뒤의 기간 말까지 유지, 다시 달성하지 못하면 강등",
                "Reached at once and kept to the end of the period {keep} days on; lost then unless it is reached again",
            ),
            (Window::Calendar { .. }, grace) => say!(
                self.language,
                "达到后立即升级，至少保留 {keep} 天至期末；到期未再达到先提醒，{grace} 天内仍未达到则降级",
                "達到後立即升級，至少保留 {keep} 天至期末；到期未再達到先提醒，{grace} 天內仍未達到則降級",
                "달성 즉시 승급, 최소 {keep}일이 지난 뒤의 기간 말까지 유지, 다시 달성하지 못하면 안내 후 {grace}일 뒤 강등",
                "Reached at once and kept to the end of the period {keep} days on; then a warning, and lost {grace} days later unless it is reached again",
            ),
        }
    }

    /// What is missing to a tier by one measure.
    pub fn missing(&self, missing: &Missing) -> String {
        match missing.measure {
            Measure::Spend => {
                let amount = self.money(missing.missing);
                say!(self.language, "再消费 {amount}", "再消費 {amount}", "{amount} 더 구매", "spend {amount} more")
            }
            Measure::Points => {
                let units = self.units(self.programme.qualifying_asset(), missing.missing);
                say!(self.language, "再获得 {units}", "再獲得 {units}", "{units} 더 적립", "earn {units} more")
            }
            Measure::Visits => {
                let days = missing.missing;
                say!(self.language, "再消费 {days} 天", "再消費 {days} 天", "{days}일 더 구매", "shop on {days} more days")
            }
        }
    }

    /// What became of a tier.
    pub fn tier_review(&self, review: &TierReview) -> String {
        match review {
            TierReview::Renewed => {
                say!(self.language, "等级已续期", "等級已續期", "등급이 연장되었습니다", "The tier was kept for another period",)
            }
            TierReview::Warned => {
                let days = self.programme.tiers.grace_days;
                say!(
                    self.language,
                    "等级到期未再达到，{days} 天内未达到将降级",
                    "等級到期未再達到，{days} 天內未達到將降級",
                    "등급 기간이 끝났습니다. {days}일 안에 다시 달성하지 못하면 강등됩니다",
                    "The tier's period ended without being reached again; it is lost in {days} days unless it is",
                )
            }
            TierReview::Changed { from, to } => self.tier_change(from.as_deref(), to.as_deref()),
        }
    }

    /// A change of tier, by codes.
    pub fn tier_change(&self, from: Option<&str>, to: Option<&str>) -> String {
        let [from, to] = [from, to].map(|code| code.map(|code| self.tier(code)));
        match (from, to) {
            (Some(from), Some(to)) => {
                say!(self.language, "等级：{from} → {to}", "等級：{from} → {to}", "등급: {from} → {to}", "Tier: {from} → {to}")
            }
            (None, Some(to)) => say!(self.language, "等级：{to}", "等級：{to}", "등급: {to}", "Tier: {to}"),
            (Some(from), None) => {
                say!(self.language, "不再是{from}等级", "不再是{from}等級", "등급 종료: {from}", "No longer {from}")
            }
            (None, None) => say!(self.language, "没有等级", "沒有等級", "등급 없음", "No tier"),
        }
    }
}

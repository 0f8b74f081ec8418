//! Earning rules, expiry and redemption in words.

use crate::condition::day_of;
use crate::language::Language;
use crate::ledger::Asset;
use crate::money::number_words;
use crate::programme::{Expiry, Gives, Redemption, Rounding, Rule, SpentPoints};
use crate::time::date_of;
use crate::words::{MONTHS, Voice, say};

/// Hundredths as a factor: 150 is 1.5.
fn factor(percent: i64) -> String {
    let (whole, rest) = (percent / 100, percent % 100);
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

impl Voice<'_> {
    /// A rule as one sentence: when, what for, how much, and the most it gives.
    pub fn rule(&self, rule: &Rule) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.dates_of(&rule.from, &rule.until));
        parts.extend(rule.when.as_ref().map(|when| {
            let when = self.when(when);
            say!(self.language, "{when}时", "{when}時", "{when}", "when {when}")
        }));
        let mut gives = self.gives(rule);
        for said in self.caps(rule).into_iter().chain(self.rounding(rule)).chain(self.group(rule)) {
            gives.push_str(self.language.pick(&["，", "，", ", ", ", "]));
            gives.push_str(&said);
        }
        let sentence = match self.language {
            Language::ZhCn | Language::ZhTw => [parts, vec![gives]].concat().join("，"),
            Language::Ko | Language::En if parts.is_empty() => gives,
            Language::Ko | Language::En => format!("{}: {gives}", parts.join(", ")),
        };
        let off = if rule.enabled {
            ""
        } else {
            self.language.pick(&["（已停用）", "（已停用）", "(사용 안 함) ", "(off) "])
        };
        format!("{off}{}", capitalised(&self.tidy(&sentence)))
    }

    pub(super) fn dates_of(&self, from: &Option<String>, until: &Option<String>) -> Option<String> {
        let date = |text: &Option<String>| {
            let day = day_of(text.as_deref()?).and_then(|day| i32::try_from(day).ok())?;
            Some(self.date(date_of(day)))
        };
        match (date(from), date(until)) {
            (Some(from), Some(until)) => {
                Some(say!(self.language, "{from}至{until}", "{from}至{until}", "{from}~{until}", "from {from} to {until}"))
            }
            (Some(from), None) => Some(say!(self.language, "自{from}起", "自{from}起", "{from}부터", "from {from}")),
            (None, Some(until)) => Some(say!(self.language, "至{until}止", "至{until}止", "{until}까지", "until {until}")),
            (None, None) => None,
        }
    }

    fn gives(&self, rule: &Rule) -> String {
        let lines = rule.lines.as_ref().map(|lines| self.lines(lines));
        match rule.award {
            Gives::Rate { points, per_minor } => {
                let (amount, units) = (self.money(per_minor), self.units(rule.asset, points));
                match lines {
                    None => say!(
                        self.language,
                        "每消费 {amount} 得 {units}",
                        "每消費 {amount} 得 {units}",
                        "{amount}마다 {units} 적립",
                        "{units} for every {amount}",
                    ),
                    Some(lines) => say!(
                        self.language,
                        "{lines}的商品，每消费 {amount} 得 {units}",
                        "{lines}的商品，每消費 {amount} 得 {units}",
                        "{lines} 품목은 {amount}마다 {units} 적립",
                        "{units} for every {amount} spent on lines where {lines}",
                    ),
                }
            }
            Gives::Multiplier { percent } => {
                let (factor, asset) = (factor(percent), self.asset(rule.asset));
                match lines {
                    None => say!(
                        self.language,
                        "{asset}按 {factor} 倍计",
                        "{asset}以 {factor} 倍計",
                        "{asset} {factor}배 적립",
                        "{factor} times the {asset}",
                    ),
                    Some(lines) => say!(
                        self.language,
                        "{lines}的商品，{asset}按 {factor} 倍计",
                        "{lines}的商品，{asset}以 {factor} 倍計",
                        "{lines} 품목은 {asset} {factor}배 적립",
                        "{factor} times the {asset} on lines where {lines}",
                    ),
                }
            }
            Gives::Fixed { points } => {
                let units = self.units(rule.asset, points);
                match lines {
                    None => say!(self.language, "送 {units}", "送 {units}", "{units} 적립", "{units}"),
                    Some(lines) => say!(
                        self.language,
                        "购买{lines}的商品，送 {units}",
                        "購買{lines}的商品，送 {units}",
                        "{lines} 품목 구매 시 {units} 적립",
                        "{units} for a line where {lines}",
                    ),
                }
            }
        }
    }

    /// What people call an asset.
    pub fn asset(&self, asset: Asset) -> &'static str {
        self.language.pick(&match asset {
            Asset::Points => ["积分", "點數", "포인트", "points"],
            Asset::Growth => ["成长值", "成長值", "성장포인트", "growth points"],
            Asset::ValuePrincipal => ["储值本金", "儲值本金", "충전금", "stored value"],
            Asset::ValueBonus => ["赠送金", "贈送金", "보너스", "bonus"],
        })
    }

    fn caps(&self, rule: &Rule) -> Vec<String> {
        let caps = [
            (rule.caps.per_purchase, ["每笔", "每筆", "1회", "a purchase"]),
            (rule.caps.per_day, ["每天", "每天", "하루", "a day"]),
            (rule.caps.per_month, ["每月", "每月", "한 달", "a month"]),
            (rule.caps.per_year, ["每年", "每年", "한 해", "a year"]),
        ];
        caps.into_iter()
            .filter_map(|(most, span)| {
                let (units, span) = (self.units(rule.asset, most?), self.language.pick(&span));
                Some(say!(
                    self.language,
                    "{span}最多 {units}",
                    "{span}最多 {units}",
                    "{span} 최대 {units}",
                    "at most {units} {span}"
                ))
            })
            .collect()
    }

    fn rounding(&self, rule: &Rule) -> Option<String> {
        match (rule.award, rule.rounding) {
            (Gives::Fixed { .. }, _) | (_, Rounding::Down) => None,
            (_, Rounding::HalfUp) => Some(say!(
                self.language,
                "小数四舍五入",
                "小數四捨五入",
                "소수점 이하 반올림",
                "fractions rounded to the nearest"
            )),
            (_, Rounding::Up) => {
                Some(say!(self.language, "小数向上取整", "小數無條件進位", "소수점 이하 올림", "fractions rounded up"))
            }
        }
    }

    fn group(&self, rule: &Rule) -> Option<String> {
        let group = rule.group.as_ref()?;
        Some(say!(
            self.language,
            "与“{group}”组的其他规则只取最多的一条",
            "與「{group}」組的其他規則只取最多的一條",
            "‘{group}’ 그룹에서는 가장 많이 주는 규칙만 적용",
            "only the best rule of the group “{group}” applies",
        ))
    }

    /// From when on earned points may be spent, and when they lapse.
    pub fn expiry(&self) -> String {
        let earning = &self.programme.earning;
        let lapse = match earning.expiry {
            Expiry::Never => say!(self.language, "积分长期有效", "點數長期有效", "포인트 유효 기간 없음", "points do not expire"),
            Expiry::Rolling { days } => say!(
                self.language,
                "积分在获得 {days} 天后失效",
                "點數在獲得 {days} 天後失效",
                "적립일로부터 {days}일 뒤 포인트 소멸",
                "points expire {days} days after they are earned",
            ),
            Expiry::EndOfMonth { months: 0 } => {
                say!(
                    self.language,
                    "积分在当月月底失效",
                    "點數在當月月底失效",
                    "적립한 달의 말일에 포인트 소멸",
                    "points expire at the end of the month"
                )
            }
            Expiry::EndOfMonth { months } => say!(
                self.language,
                "积分在 {months} 个月后的月底失效",
                "點數在 {months} 個月後的月底失效",
                "적립한 달로부터 {months}개월 뒤 말일에 포인트 소멸",
                "points expire at the end of the month, {months} months on",
            ),
            Expiry::FixedDate { month, day, min_months } => {
                let name = MONTHS[usize::from(month.clamp(1, 12)) - 1];
                let on = say!(
                    self.language,
                    "积分在每年 {month} 月 {day} 日失效",
                    "點數在每年 {month} 月 {day} 日失效",
                    "포인트는 매년 {month}월 {day}일에 소멸",
                    "points expire every year on {day} {name}",
                );
                let least = say!(
                    self.language,
                    "，至少保留 {min_months} 个月",
                    "，至少保留 {min_months} 個月",
                    ", 최소 {min_months}개월 유지",
                    ", and live for {min_months} months at least",
                );
                if min_months == 0 { on } else { on + &least }
            }
        };
        let days = earning.pending_days;
        if days == 0 {
            return capitalised(&lapse);
        }
        capitalised(&say!(
            self.language,
            "获得 {days} 天后可用；{lapse}",
            "獲得 {days} 天後可用；{lapse}",
            "적립 {days}일 뒤부터 사용 가능, {lapse}",
            "points may be spent {days} days after they are earned; {lapse}",
        ))
    }

    /// How points pay for purchases.
    pub fn redemption(&self) -> String {
        let Some(Redemption { points, minor, step, minimum, max_percent }) = self.programme.redemption else {
            return say!(
                self.language,
                "积分不能抵扣消费",
                "點數不能折抵消費",
                "포인트로 결제할 수 없음",
                "Points do not pay for purchases"
            );
        };
        let (units, amount, least) = (self.units(Asset::Points, points), self.money(minor), self.units(Asset::Points, minimum));
        let step_number = number_words(step);
        let mut said =
            vec![say!(self.language, "{units}抵 {amount}", "{units}折抵 {amount}", "{units} = {amount}", "{units} = {amount}")];
        if minimum > 1 {
            said.push(say!(self.language, "每次至少 {least}", "每次至少 {least}", "최소 {least}부터", "from {least} on"));
        }
        if step > 1 {
            said.push(say!(
                self.language,
                "须为 {step_number} 的倍数",
                "須為 {step_number} 的倍數",
                "{step_number}포인트 단위",
                "in steps of {step_number}"
            ));
        }
        if max_percent < 100 {
            said.push(say!(
                self.language,
                "最多抵消费的 {max_percent}%",
                "最多折抵消費的 {max_percent}%",
                "구매 금액의 {max_percent}%까지",
                "for at most {max_percent}% of a purchase",
            ));
        }
        capitalised(&said.join(self.language.pick(&["，", "，", ", ", ", "])))
    }

    /// What happens to points that were already spent when goods come back.
    pub fn spent_points(&self) -> String {
        match self.programme.returns.spent_points {
            SpentPoints::Debt => say!(
                self.language,
                "退货时已用掉的积分记为欠分，由以后的积分抵还",
                "退貨時已用掉的點數記為欠點，由之後的點數抵還",
                "반품할 때 이미 사용한 포인트는 이후 적립분에서 차감",
                "Points already spent when goods come back are owed and paid by the next ones",
            ),
            SpentPoints::Deduct => say!(
                self.language,
                "退货时已用掉的积分按价值从退款中扣除",
                "退貨時已用掉的點數依價值從退款中扣除",
                "반품할 때 이미 사용한 포인트는 그 가치만큼 환불액에서 차감",
                "The value of points already spent when goods come back is taken off the refund",
            ),
            SpentPoints::WriteOff => say!(
                self.language,
                "退货时已用掉的积分由品牌承担",
                "退貨時已用掉的點數由品牌承擔",
                "반품할 때 이미 사용한 포인트는 브랜드가 부담",
                "The brand bears points already spent when goods come back",
            ),
        }
    }
}

/// The sentence with a capital at its front, where the script has capitals.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

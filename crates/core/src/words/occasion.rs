//! Gifts on occasions in words: what a rule promises, what it gave and why it did not.

use crate::language::Language;
use crate::ledger::Asset;
use crate::occasion::{Gift, Occasion, OccasionDetail, OccasionKind, Trigger, Withheld};
use crate::time::date_of;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// An occasion as one sentence: when, for whom, and what is given.
    pub fn occasion(&self, occasion: &Occasion) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.dates_of(&occasion.from, &occasion.until));
        parts.push(self.trigger(occasion.trigger));
        parts.extend(occasion.when.as_ref().map(|when| {
            let when = self.when(when);
            say!(self.language, "{when}时", "{when}時", "{when}", "when {when}")
        }));
        let comma = self.language.pick(&["，", "，", ", ", ", "]);
        let gives: Vec<String> = self.promises(occasion).into_iter().chain(self.times(occasion)).collect();
        let gives = gives.join(comma);
        let sentence = match self.language {
            Language::ZhCn | Language::ZhTw => [parts, vec![gives]].concat().join("，"),
            Language::Ko | Language::En => format!("{}: {gives}", parts.join(", ")),
        };
        let off = if occasion.enabled {
            ""
        } else {
            self.language.pick(&["（已停用）", "（已停用）", "(사용 안 함) ", "(off) "])
        };
        format!("{off}{}", super::rule::capitalised(&self.tidy(&sentence)))
    }

    fn trigger(&self, trigger: Trigger) -> String {
        match trigger {
            Trigger::Purchase => say!(self.language, "消费", "消費", "구매", "on a purchase"),
            Trigger::Joining => say!(self.language, "入会当天", "入會當天", "가입 당일", "on joining"),
            Trigger::Anniversary => {
                say!(self.language, "每年入会纪念日", "每年入會紀念日", "해마다 가입 기념일", "on each anniversary of joining")
            }
            Trigger::Birthday { days_before: 0, days_after: 0 } => {
                say!(self.language, "生日当天", "生日當天", "생일 당일", "on the birthday")
            }
            Trigger::Birthday { days_before, days_after: 0 } => say!(
                self.language,
                "生日前 {days_before} 天起",
                "生日前 {days_before} 天起",
                "생일 {days_before}일 전부터",
                "on the birthday or up to {days_before} days before it"
            ),
            Trigger::Birthday { days_before, days_after } => say!(
                self.language,
                "生日前 {days_before} 天至后 {days_after} 天",
                "生日前 {days_before} 天至後 {days_after} 天",
                "생일 {days_before}일 전~{days_after}일 후",
                "from {days_before} days before the birthday to {days_after} days after it"
            ),
        }
    }

    fn promises(&self, occasion: &Occasion) -> Vec<String> {
        let mut said = Vec::new();
        if let Some(points) = occasion.points {
            let units = self.units(Asset::Points, points);
            said.push(match occasion.valid_days {
                None => say!(self.language, "送 {units}", "送 {units}", "{units} 지급", "{units}"),
                Some(days) => say!(
                    self.language,
                    "送 {units}（{days} 天内有效）",
                    "送 {units}（{days} 天內有效）",
                    "{units} 지급({days}일간 유효)",
                    "{units} that live for {days} days"
                ),
            });
        }
        if occasion.coupon.is_some() {
            said.push(say!(self.language, "送优惠券一张", "送優惠券一張", "쿠폰 1장 지급", "a coupon"));
        }
        if said.is_empty() {
            said.push(say!(self.language, "不送任何东西", "不送任何東西", "지급 없음", "nothing"));
        }
        said
    }

    fn times(&self, occasion: &Occasion) -> Vec<String> {
        if occasion.trigger != Trigger::Purchase {
            return Vec::new();
        }
        let caps = [
            (occasion.caps.per_day, ["每天", "每天", "하루", "a day"]),
            (occasion.caps.per_year, ["每年", "每年", "한 해", "a year"]),
            (occasion.caps.ever, ["每位会员一共", "每位會員一共", "회원당 통틀어", "for each member"]),
        ];
        let said = caps.into_iter().filter_map(|(most, span)| {
            let (most, span) = (most?, self.language.pick(&span));
            Some(say!(
                self.language,
                "{span}最多 {most} 次",
                "{span}最多 {most} 次",
                "{span} 최대 {most}회",
                "at most {most} times {span}"
            ))
        });
        said.collect()
    }

    /// What an occasion gave, one sentence; a rule of another version than this voice speaks of is named by its place.
    pub fn gift(&self, gift: &Gift) -> String {
        let rule = self.programme.occasions.get(gift.rule);
        let name = rule.map_or_else(|| format!("#{}", gift.rule + 1), |rule| rule.name.clone());
        let mut said: Vec<String> = Vec::new();
        if gift.points > 0 {
            let units = self.units(Asset::Points, gift.points);
            let until = gift.expires_at_ms.map(|at_ms| self.day_of(at_ms - 1));
            said.push(match until {
                None => format!("+{units}"),
                Some(until) => say!(
                    self.language,
                    "+{units}（有效至{until}）",
                    "+{units}（有效至{until}）",
                    "+{units}({until}까지 유효)",
                    "+{units}, valid until {until}"
                ),
            });
        }
        if let Some(coupon) = &gift.coupon {
            let (coupon, until) = (&coupon.name, self.date(date_of(coupon.until_day)));
            said.push(say!(
                self.language,
                "优惠券“{coupon}”（有效至{until}）",
                "優惠券「{coupon}」（有效至{until}）",
                "쿠폰 ‘{coupon}’({until}까지 유효)",
                "coupon “{coupon}”, valid until {until}"
            ));
        }
        said.extend(gift.withheld.map(|why| why.say(self.language)));
        let (colon, comma) = (self.language.pick(&["：", "：", ": ", ": "]), self.language.pick(&["；", "；", "; ", "; "]));
        format!("{name}{colon}{}", said.join(comma))
    }

    /// What happened on an occasion: which it was, and what it gave.
    pub(super) fn on_occasion(&self, detail: &OccasionDetail) -> Vec<String> {
        let day = self.date(date_of(detail.day));
        let occasion = match detail.occasion {
            OccasionKind::Purchase => say!(self.language, "消费", "消費", "구매", "A purchase"),
            OccasionKind::Joining => say!(self.language, "{day}入会", "{day}入會", "{day} 가입", "Joined on {day}"),
            OccasionKind::Anniversary => {
                say!(self.language, "{day}入会纪念日", "{day}入會紀念日", "{day} 가입 기념일", "Anniversary of joining on {day}")
            }
            OccasionKind::Birthday => say!(self.language, "{day}生日", "{day}生日", "{day} 생일", "Birthday on {day}"),
        };
        vec![self.gift(&detail.gift), occasion]
    }

    /// Coupons that a returned purchase had been the occasion for.
    pub(super) fn gifts_back(&self, taken: usize, kept: usize) -> Vec<String> {
        let mut said = Vec::new();
        if taken > 0 {
            said.push(say!(
                self.language,
                "收回这笔消费所赠的优惠券 {taken} 张",
                "收回這筆消費所贈的優惠券 {taken} 張",
                "이 구매로 지급한 쿠폰 {taken}장 회수",
                "Coupons taken back that the purchase had brought: {taken}"
            ));
        }
        if kept > 0 {
            said.push(say!(
                self.language,
                "这笔消费所赠的优惠券有 {kept} 张已使用或转出，不再收回",
                "這筆消費所贈的優惠券有 {kept} 張已使用或轉出，不再收回",
                "이 구매로 지급한 쿠폰 {kept}장은 이미 사용하거나 양도해 회수하지 않음",
                "Coupons that the purchase had brought and that stay, because they were used or handed on: {kept}"
            ));
        }
        said
    }
}

impl Withheld {
    /// Why, for a person.
    pub fn say(self, language: Language) -> String {
        let texts = match self {
            Withheld::Cap => ["次数已达上限", "次數已達上限", "횟수 한도 도달", "given as often as it may be"],
            Withheld::AllGiven => [
                "优惠券已全部发完，未送出",
                "優惠券已全部發完，未送出",
                "쿠폰이 모두 소진되어 지급하지 못함",
                "no coupon: all of them have been given",
            ],
            Withheld::Closed => [
                "优惠券已停止发放，未送出",
                "優惠券已停止發放，未送出",
                "쿠폰 발급이 끝나 지급하지 못함",
                "no coupon: no more of them are given",
            ],
            Withheld::EnoughForMember => [
                "该会员的优惠券已达上限，未送出",
                "該會員的優惠券已達上限，未送出",
                "회원당 쿠폰 한도에 이르러 지급하지 않음",
                "no coupon: the member has had as many as she may",
            ],
            Withheld::Expired => [
                "优惠券已过期，未送出",
                "優惠券已過期，未送出",
                "쿠폰 유효 기간이 지나 지급하지 못함",
                "no coupon: its last day is over",
            ],
            Withheld::UnknownTemplate => [
                "没有这种优惠券，未送出",
                "沒有這種優惠券，未送出",
                "해당 쿠폰 종류가 없어 지급하지 못함",
                "no coupon: there is no such kind",
            ],
        };
        language.pick(&texts).to_owned()
    }
}

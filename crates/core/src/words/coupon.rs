//! Coupons in words: what became of one, for how long one is valid, and why one is not taken.

use crate::coupon::{CouponDetail, CouponEvent, CouponRefusal, Template, Validity};
use crate::language::Language;
use crate::time::date_of;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What became of a coupon.
    pub fn coupon(&self, detail: &CouponDetail) -> String {
        let (name, until) = (&detail.name, self.date(date_of(detail.until_day)));
        match detail.event {
            CouponEvent::Issued => say!(
                self.language,
                "发放优惠券“{name}”，有效至{until}",
                "發放優惠券「{name}」，有效至{until}",
                "쿠폰 ‘{name}’ 지급, {until}까지 유효",
                "Coupon “{name}” given, valid until {until}"
            ),
            CouponEvent::Claimed | CouponEvent::Shared => say!(
                self.language,
                "领取优惠券“{name}”，有效至{until}",
                "領取優惠券「{name}」，有效至{until}",
                "쿠폰 ‘{name}’ 받음, {until}까지 유효",
                "Coupon “{name}” claimed, valid until {until}"
            ),
            CouponEvent::Released => say!(
                self.language,
                "转赠优惠券“{name}”，凭券号领取",
                "轉贈優惠券「{name}」，憑券號領取",
                "쿠폰 ‘{name}’ 양도, 번호로 받을 수 있음",
                "Coupon “{name}” handed on, for whoever claims its code"
            ),
            CouponEvent::Voided => say!(
                self.language,
                "作废优惠券“{name}”",
                "作廢優惠券「{name}」",
                "쿠폰 ‘{name}’ 취소",
                "Coupon “{name}” taken away"
            ),
        }
    }

    /// Coupons of which everything came back that they were used on.
    pub(super) fn coupons_back(&self, count: usize) -> String {
        say!(
            self.language,
            "退还优惠券 {count} 张，有效期内可再用",
            "退還優惠券 {count} 張，有效期內可再用",
            "쿠폰 {count}장 반환, 유효 기간 안에 다시 사용 가능",
            "Coupons given back, to be used again while valid: {count}"
        )
    }

    /// For how long coupons of a template are valid.
    pub fn valid(&self, template: &Template) -> String {
        match &template.validity {
            Validity::Fixed { from, until } => self.dates_of(&Some(from.clone()), &Some(until.clone())).unwrap_or_default(),
            Validity::Days { days, after_days: 0 } => say!(
                self.language,
                "发放后 {days} 天内有效",
                "發放後 {days} 天內有效",
                "지급일부터 {days}일간 유효",
                "valid for {days} days from the day on which it is given"
            ),
            Validity::Days { days, after_days } => say!(
                self.language,
                "发放 {after_days} 天后起 {days} 天内有效",
                "發放 {after_days} 天後起 {days} 天內有效",
                "지급 {after_days}일 후부터 {days}일간 유효",
                "valid for {days} days, from {after_days} days after it is given"
            ),
        }
    }
}

impl CouponRefusal {
    /// Why, and what to do, for a person.
    pub fn say(self, language: Language) -> String {
        let plain = |texts: [&str; 4]| language.pick(&texts).to_owned();
        match self {
            CouponRefusal::Unknown => plain([
                "没有这张优惠券。请核对券号。",
                "沒有這張優惠券。請核對券號。",
                "해당 쿠폰을 찾을 수 없습니다. 번호를 확인해 주세요.",
                "There is no such coupon. Check its code.",
            ]),
            CouponRefusal::Mistyped => plain([
                "券号输入有误（校验不符）。请对照券面重新输入。",
                "券號輸入有誤（檢查碼不符）。請對照券面重新輸入。",
                "쿠폰 번호를 잘못 입력했습니다(검사 문자 불일치). 쿠폰을 보고 다시 입력해 주세요.",
                "That code does not add up: a character is wrong or missing. Type it again from the coupon.",
            ]),
            CouponRefusal::UnknownTemplate => {
                plain(["没有这种优惠券。", "沒有這種優惠券。", "해당 쿠폰 종류가 없습니다.", "There is no such kind of coupon."])
            }
            CouponRefusal::OfAnother => plain([
                "这张优惠券属于另一位会员。",
                "這張優惠券屬於另一位會員。",
                "다른 회원의 쿠폰입니다.",
                "That coupon is another member's.",
            ]),
            CouponRefusal::Used => {
                plain(["这张优惠券已使用。", "這張優惠券已使用。", "이미 사용한 쿠폰입니다.", "That coupon is used already."])
            }
            CouponRefusal::Void => {
                plain(["这张优惠券已作废。", "這張優惠券已作廢。", "취소된 쿠폰입니다.", "That coupon was taken away."])
            }
            CouponRefusal::NotYet(day) => {
                let day = date_of(day);
                say!(
                    language,
                    "这张优惠券从 {day} 起可用。",
                    "這張優惠券從 {day} 起可用。",
                    "{day}부터 사용할 수 있는 쿠폰입니다.",
                    "That coupon is valid from {day} on."
                )
            }
            CouponRefusal::Expired(day) => {
                let day = date_of(day);
                say!(
                    language,
                    "这张优惠券已于 {day} 到期。",
                    "這張優惠券已於 {day} 到期。",
                    "{day}에 만료된 쿠폰입니다.",
                    "That coupon was valid until {day}."
                )
            }
            CouponRefusal::Twice => {
                plain(["这张优惠券重复了。", "這張優惠券重複了。", "이미 담긴 쿠폰입니다.", "That coupon is there already."])
            }
            CouponRefusal::TooMany => plain([
                "一笔消费最多用 20 张优惠券。",
                "一筆消費最多用 20 張優惠券。",
                "한 구매에는 쿠폰을 20장까지 쓸 수 있습니다.",
                "A purchase takes 20 coupons at most.",
            ]),
            CouponRefusal::PaidPrices => plain([
                "使用优惠券的消费须按标价提交（pricing: list），由系统计算优惠。",
                "使用優惠券的消費須按標價送出（pricing: list），由系統計算優惠。",
                "쿠폰을 쓰는 구매는 정가(pricing: list)로 보내야 시스템이 할인을 계산합니다.",
                "A purchase with coupons comes at list prices (pricing: list), so that they can be taken off.",
            ]),
            CouponRefusal::Closed => plain([
                "这种优惠券已停止发放。",
                "這種優惠券已停止發放。",
                "발급이 끝난 쿠폰입니다.",
                "No more of these coupons are given.",
            ]),
            CouponRefusal::AllGiven => plain([
                "这种优惠券已全部发完。",
                "這種優惠券已全部發完。",
                "쿠폰이 모두 소진되었습니다.",
                "All of these coupons have been given.",
            ]),
            CouponRefusal::AllUsed => plain([
                "这种优惠券的使用次数已达上限。",
                "這種優惠券的使用次數已達上限。",
                "이 쿠폰의 사용 한도가 모두 찼습니다.",
                "As many of these coupons as may be used have been used.",
            ]),
            CouponRefusal::BudgetSpent => plain([
                "这种优惠券的预算不足。",
                "這種優惠券的預算不足。",
                "이 쿠폰의 예산이 부족합니다.",
                "What is left of the budget of these coupons is not enough.",
            ]),
            CouponRefusal::EnoughForMember(most) => say!(
                language,
                "每位会员最多 {most} 张，已达上限。",
                "每位會員最多 {most} 張，已達上限。",
                "회원당 {most}장까지 받을 수 있으며 이미 모두 받았습니다.",
                "A member gets {most} of these at most, and has had them."
            ),
            CouponRefusal::NotTransferable => plain([
                "这种优惠券不能转赠。",
                "這種優惠券不能轉贈。",
                "양도할 수 없는 쿠폰입니다.",
                "These coupons may not be handed on.",
            ]),
            CouponRefusal::Unclaimed => plain([
                "这张优惠券尚未被领取。",
                "這張優惠券尚未被領取。",
                "아직 아무도 받지 않은 쿠폰입니다.",
                "Nobody has claimed that coupon yet.",
            ]),
        }
    }
}

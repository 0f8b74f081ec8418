//! Stored value in words.

use crate::programme::Expiry;
use crate::time::date_of;
use crate::value::{
    Added, BonusOnRefund, PaidValue, Refunded, SpentBonus, TopUpStep, TopUps, UseOrder, ValueDetail, ValueEffect,
};
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What an entry about stored value did, one sentence for each consequence.
    pub fn stored_value(&self, detail: &ValueDetail) -> Vec<String> {
        let amount_minor = detail.act.moved_minor().abs();
        match &detail.effect {
            ValueEffect::ToppedUp(added) => self.topped_up(amount_minor, added),
            ValueEffect::Paid(paid) => vec![self.paid_with_value(paid)],
            ValueEffect::Refunded(refunded) => self.refunded(amount_minor, refunded),
        }
    }

    fn topped_up(&self, amount_minor: i64, added: &Added) -> Vec<String> {
        let amount = self.money(amount_minor);
        let mut said = vec![say!(self.language, "充值 {amount}", "儲值 {amount}", "{amount} 충전", "{amount} paid in")];
        let step = added.step.as_ref().and_then(|id| {
            let plan = self.programme.top_ups.as_ref()?;
            plan.steps.iter().find(|step| step.id == *id).map(|step| step.name.clone())
        });
        let Some(name) = step.or_else(|| added.step.clone()) else { return said };
        let coupon = added.coupon.as_ref().map(|coupon| {
            let (coupon, until) = (&coupon.name, self.date(date_of(coupon.until_day)));
            say!(
                self.language,
                "优惠券“{coupon}”（有效至{until}）",
                "優惠券「{coupon}」（有效至{until}）",
                "쿠폰 ‘{coupon}’({until}까지 유효)",
                "coupon “{coupon}”, valid until {until}"
            )
        });
        said.extend(added.withheld.map(|why| why.say(self.language)));
        let gifts = self.step_gifts(added.bonus_minor, added.points, coupon);
        if gifts.is_empty() {
            return said;
        }
        said.push(say!(self.language, "{name}：{gifts}", "{name}：{gifts}", "{name}: {gifts} 증정", "{name}: {gifts}"));
        if let Some(at_ms) = added.bonus_expires_at_ms {
            let day = self.day_of(at_ms - 1);
            said.push(say!(
                self.language,
                "赠送金有效至{day}",
                "贈送金有效至{day}",
                "보너스는 {day}까지 유효",
                "The bonus is valid until {day}"
            ));
        }
        said
    }

    fn step_gifts(&self, bonus_minor: i64, points: i64, coupon: Option<String>) -> String {
        let bonus = (bonus_minor > 0).then(|| self.units(crate::ledger::Asset::ValueBonus, bonus_minor));
        let points = (points > 0).then(|| self.units(crate::ledger::Asset::Points, points));
        let gifts: Vec<String> = bonus.into_iter().chain(points).chain(coupon).collect();
        gifts.join(&say!(self.language, "、", "、", ", ", " and "))
    }

    /// Stored value that paid for something.
    pub fn paid_with_value(&self, paid: &PaidValue) -> String {
        let [principal_minor, bonus_minor] = paid.amounts();
        let (total, principal, bonus) = (self.money(paid.total()), self.money(principal_minor), self.money(bonus_minor));
        if bonus_minor == 0 {
            return say!(
                self.language,
                "储值支付 {total}",
                "儲值支付 {total}",
                "충전금으로 {total} 결제",
                "{total} paid with stored value"
            );
        }
        say!(
            self.language,
            "储值支付 {total}（本金 {principal}，赠送金 {bonus}）",
            "儲值支付 {total}（本金 {principal}，贈送金 {bonus}）",
            "충전금으로 {total} 결제(원금 {principal}, 보너스 {bonus})",
            "{total} paid with stored value ({principal} paid in, {bonus} bonus)"
        )
    }

    /// Stored value that came back with goods.
    pub fn value_back(&self, principal_minor: i64, bonus_minor: i64) -> String {
        let total = self.money(principal_minor + bonus_minor);
        if bonus_minor == 0 {
            return say!(
                self.language,
                "退回储值 {total}",
                "退回儲值 {total}",
                "충전금 {total} 반환",
                "{total} of stored value given back"
            );
        }
        let (principal, bonus) = (self.money(principal_minor), self.money(bonus_minor));
        say!(
            self.language,
            "退回储值 {total}（本金 {principal}，赠送金 {bonus}）",
            "退回儲值 {total}（本金 {principal}，贈送金 {bonus}）",
            "충전금 {total} 반환(원금 {principal}, 보너스 {bonus})",
            "{total} of stored value given back ({principal} paid in, {bonus} bonus)"
        )
    }

    /// Bonus that expired.
    pub fn bonus_expired(&self, bonus_minor: i64) -> String {
        let bonus = self.money(bonus_minor);
        say!(self.language, "赠送金 {bonus}到期失效", "贈送金 {bonus}到期失效", "보너스 {bonus} 소멸", "{bonus} of bonus expired")
    }

    fn refunded(&self, amount_minor: i64, refunded: &Refunded) -> Vec<String> {
        let (amount, out) = (self.money(amount_minor), self.money(refunded.paid_out_minor()));
        let mut said = vec![say!(
            self.language,
            "退还本金 {amount}，实退 {out}",
            "退還本金 {amount}，實退 {out}",
            "원금 {amount} 환불, 실제 지급 {out}",
            "{amount} of what was paid in refunded, {out} paid out"
        )];
        if refunded.bonus_taken > 0 {
            let bonus = self.money(refunded.bonus_taken);
            said.push(say!(
                self.language,
                "收回赠送金 {bonus}",
                "收回贈送金 {bonus}",
                "보너스 {bonus} 회수",
                "{bonus} of bonus taken back"
            ));
        }
        if refunded.spent > 0 {
            let (spent, off) = (self.money(refunded.spent), self.money(refunded.deducted_minor));
            said.push(say!(
                self.language,
                "已用掉的赠送金 {spent}，从退款中扣 {off}",
                "已用掉的贈送金 {spent}，從退款中扣 {off}",
                "이미 쓴 보너스 {spent}, 환불액에서 {off} 차감",
                "{spent} of the bonus had been spent: {off} taken off the refund"
            ));
        }
        if refunded.points_taken > 0 {
            let units = self.units(crate::ledger::Asset::Points, refunded.points_taken);
            said.push(say!(self.language, "收回 {units}", "收回 {units}", "{units} 회수", "{units} taken back"));
        }
        said
    }

    fn bonus_expiry(&self, expiry: Expiry) -> String {
        match expiry {
            Expiry::Never => {
                say!(self.language, "赠送金长期有效", "贈送金長期有效", "보너스 유효 기간 없음", "The bonus does not expire")
            }
            Expiry::Rolling { days } => say!(
                self.language,
                "赠送金在充值 {days} 天后失效",
                "贈送金在儲值 {days} 天後失效",
                "충전일로부터 {days}일 뒤 보너스 소멸",
                "The bonus expires {days} days after it was given"
            ),
            Expiry::EndOfMonth { months } => say!(
                self.language,
                "赠送金在 {months} 个月后的月底失效",
                "贈送金在 {months} 個月後的月底失效",
                "충전한 달로부터 {months}개월 뒤 말일에 보너스 소멸",
                "The bonus expires at the end of the month, {months} months on"
            ),
            Expiry::FixedDate { month, day, .. } => say!(
                self.language,
                "赠送金在每年 {month} 月 {day} 日失效",
                "贈送金在每年 {month} 月 {day} 日失效",
                "보너스는 매년 {month}월 {day}일에 소멸",
                "The bonus expires every year on {day}/{month}"
            ),
        }
    }

    /// One step of a plan.
    pub fn top_up_step(&self, step: &TopUpStep) -> String {
        let coupon = self.language.pick(&["一张优惠券", "一張優惠券", "쿠폰 1장", "a coupon"]);
        let coupon = step.coupon.map(|_| coupon.to_owned());
        let (from, gifts) = (self.money(step.from_minor), self.step_gifts(step.bonus_minor, step.points, coupon));
        say!(
            self.language,
            "充值满 {from}送 {gifts}",
            "儲值滿 {from}送 {gifts}",
            "{from} 이상 충전 시 {gifts} 증정",
            "{gifts} for {from} and more"
        )
    }

    /// How stored value is spent and refunded.
    pub fn top_ups(&self, plan: &TopUps) -> Vec<String> {
        let mut said = Vec::new();
        if plan.steps.iter().any(|step| step.bonus_minor > 0) && plan.bonus_expiry != Expiry::Never {
            said.push(self.bonus_expiry(plan.bonus_expiry));
        }
        said.push(
            self.language
                .pick(&match plan.order {
                    UseOrder::PrincipalFirst => ["先用本金", "先用本金", "원금부터 사용", "What was paid in is spent first"],
                    UseOrder::BonusFirst => ["先用赠送金", "先用贈送金", "보너스부터 사용", "The bonus is spent first"],
                    UseOrder::Proportional => [
                        "本金与赠送金按比例使用",
                        "本金與贈送金按比例使用",
                        "원금과 보너스를 비율대로 사용",
                        "What was paid in and the bonus are spent in proportion",
                    ],
                })
                .to_owned(),
        );
        said.push(
            self.language
                .pick(&match plan.bonus_on_refund {
                    BonusOnRefund::Keep => {
                        ["退款时赠送金保留", "退款時贈送金保留", "환불해도 보너스는 유지", "A refund leaves the bonus"]
                    }
                    BonusOnRefund::Proportional => [
                        "退款时按比例收回赠送金",
                        "退款時按比例收回贈送金",
                        "환불 시 보너스를 비율대로 회수",
                        "A refund takes the bonus back in proportion",
                    ],
                    BonusOnRefund::Whole => [
                        "退款时收回全部赠送金",
                        "退款時收回全部贈送金",
                        "환불 시 보너스를 모두 회수",
                        "A refund takes the whole bonus back",
                    ],
                })
                .to_owned(),
        );
        if plan.bonus_on_refund != BonusOnRefund::Keep {
            said.push(
                self.language
                    .pick(&match plan.spent_bonus {
                        SpentBonus::Deduct => [
                            "已用掉的赠送金从退款中扣",
                            "已用掉的贈送金從退款中扣",
                            "이미 쓴 보너스는 환불액에서 차감",
                            "What of it was spent comes off the refund",
                        ],
                        SpentBonus::Refuse => [
                            "赠送金已用掉的不退款",
                            "贈送金已用掉的不退款",
                            "보너스를 이미 쓴 충전은 환불하지 않음",
                            "Where it was spent, nothing is refunded",
                        ],
                        SpentBonus::WriteOff => [
                            "已用掉的赠送金由品牌承担",
                            "已用掉的贈送金由品牌承擔",
                            "이미 쓴 보너스는 브랜드가 부담",
                            "What of it was spent, the brand bears",
                        ],
                    })
                    .to_owned(),
            );
        }
        said
    }
}

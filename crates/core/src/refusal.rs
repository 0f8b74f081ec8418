//! Why a command was not carried out, as a value, and in words.

use crate::coupon::CouponRefusal;
use crate::gift::GiftRefusal;
use crate::id::PurchaseId;
use crate::language::Language;

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No member of that id or identifier.
    UnknownMember,
    /// The member's file is closed or erased.
    MemberClosed,
    /// The purchase number is taken by a purchase with other content.
    NumberTaken {
        /// Which.
        purchase: PurchaseId,
    },
    /// The idempotency key was used with other content.
    KeyReused,
    /// A purchase needs at least one line.
    NoLines,
    /// More lines than are taken.
    TooManyLines,
    /// A line's amount or quantity, a discount or a sum is out of range.
    OutOfRange {
        /// The line, from zero; none for the purchase as a whole.
        line: Option<usize>,
    },
    /// The tenders and points do not add up to what is to be paid.
    TendersDiffer {
        /// What the tenders should add up to, in minor units.
        expected_minor: i64,
        /// What they add up to.
        given_minor: i64,
    },
    /// The programme does not let points pay for purchases.
    NoRedemption,
    /// Points are spent in steps and from a minimum on.
    RedemptionStep {
        /// The step.
        step: i64,
        /// The minimum.
        minimum: i64,
    },
    /// Points may pay only a part of a purchase.
    RedemptionLimit {
        /// The most points that this purchase takes.
        most: i64,
    },
    /// Fewer points than are asked for.
    InsufficientPoints {
        /// What may be spent now.
        available: i64,
        /// What was asked for.
        needed: i64,
    },
    /// No purchase of that id.
    UnknownPurchase,
    /// The purchase has no such line.
    UnknownLine {
        /// The line asked for, from zero.
        line: usize,
    },
    /// More pieces than are left to return.
    ReturnTooMuch {
        /// The line, from zero.
        line: usize,
        /// Pieces left.
        left: i64,
    },
    /// Nothing is left, or nothing was asked, to return.
    NothingToReturn,
    /// An adjustment of nothing, or beyond what is taken.
    AdjustmentRange,
    /// An adjustment needs a reason.
    NoReason,
    /// The programme lets nobody pay money in.
    NoTopUps,
    /// An amount of stored value that is nothing, or beyond what is taken.
    ValueRange,
    /// Money is paid in and paid out in money.
    TenderNotMoney,
    /// Less stored value than is asked for.
    InsufficientValue {
        /// What may be spent now, in minor units.
        available_minor: i64,
        /// What was asked for.
        needed_minor: i64,
    },
    /// Less of what was paid in is left than is to be paid out.
    InsufficientPrincipal {
        /// What may be paid out now, in minor units.
        available_minor: i64,
        /// What was asked for.
        needed_minor: i64,
    },
    /// Nothing is left of a top-up of that id.
    UnknownTopUp,
    /// The bonus of what is to be paid out was spent.
    BonusSpent {
        /// How much, in minor units.
        spent_minor: i64,
    },
    /// A coupon is not taken.
    Coupon {
        /// Its place among those that the purchase names, from zero; none where there is only one, or it is about all of them.
        place: Option<usize>,
        /// Why.
        why: CouponRefusal,
    },
    /// A gift is not put aside, handed out or taken back.
    Gift(GiftRefusal),
}

impl Refusal {
    /// The stable code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::UnknownMember => "unknown_member",
            Refusal::MemberClosed => "member_closed",
            Refusal::NumberTaken { .. } => "purchase_number_taken",
            Refusal::KeyReused => "idempotency_key_reused",
            Refusal::NoLines => "no_lines",
            Refusal::TooManyLines => "too_many_lines",
            Refusal::OutOfRange { .. } => "out_of_range",
            Refusal::TendersDiffer { .. } => "tenders_differ",
            Refusal::NoRedemption => "no_redemption",
            Refusal::RedemptionStep { .. } => "redemption_step",
            Refusal::RedemptionLimit { .. } => "redemption_limit",
            Refusal::InsufficientPoints { .. } => "insufficient_points",
            Refusal::UnknownPurchase => "unknown_purchase",
            Refusal::UnknownLine { .. } => "unknown_line",
            Refusal::ReturnTooMuch { .. } => "return_too_much",
            Refusal::NothingToReturn => "nothing_to_return",
            Refusal::AdjustmentRange => "adjustment_range",
            Refusal::NoReason => "no_reason",
            Refusal::NoTopUps => "no_top_ups",
            Refusal::ValueRange => "value_range",
            Refusal::TenderNotMoney => "tender_not_money",
            Refusal::InsufficientValue { .. } => "insufficient_value",
            Refusal::InsufficientPrincipal { .. } => "insufficient_principal",
            Refusal::UnknownTopUp => "unknown_top_up",
            Refusal::BonusSpent { .. } => "bonus_spent",
            Refusal::Coupon { why, .. } => why.code(),
            Refusal::Gift(why) => why.code(),
        }
    }

    /// The field of the request that the refusal is about.
    pub fn field(&self) -> Option<String> {
        let field = match self {
            Refusal::UnknownMember | Refusal::MemberClosed => "member_id",
            Refusal::NumberTaken { .. } => "external_no",
            Refusal::NoLines | Refusal::TooManyLines | Refusal::NothingToReturn => "lines",
            Refusal::OutOfRange { line: Some(line) } | Refusal::UnknownLine { line } | Refusal::ReturnTooMuch { line, .. } => {
                return Some(format!("lines[{line}]"));
            }
            Refusal::Coupon { place: Some(place), .. } => return Some(format!("coupons[{place}]")),
            Refusal::Gift(why) => return why.field().map(str::to_owned),
            Refusal::Coupon { place: None, why: CouponRefusal::TooMany | CouponRefusal::PaidPrices } => "coupons",
            Refusal::TendersDiffer { .. } => "tenders",
            Refusal::NoRedemption
            | Refusal::RedemptionStep { .. }
            | Refusal::RedemptionLimit { .. }
            | Refusal::InsufficientPoints { .. } => "redeem_points",
            Refusal::AdjustmentRange => "amount",
            Refusal::ValueRange
            | Refusal::InsufficientValue { .. }
            | Refusal::InsufficientPrincipal { .. }
            | Refusal::BonusSpent { .. } => "amount_minor",
            Refusal::TenderNotMoney => "tender",
            Refusal::UnknownTopUp => "top_up_id",
            Refusal::NoReason => "reason",
            Refusal::KeyReused
            | Refusal::NoTopUps
            | Refusal::UnknownPurchase
            | Refusal::OutOfRange { line: None }
            | Refusal::Coupon { place: None, .. } => return None,
        };
        Some(field.to_owned())
    }

    /// What happened and what to do, for a person.
    pub fn say(&self, language: Language) -> String {
        let say = |texts: [String; 4]| {
            let [zh_cn, zh_tw, ko, en] = texts;
            match language {
                Language::ZhCn => zh_cn,
                Language::ZhTw => zh_tw,
                Language::Ko => ko,
                Language::En => en,
            }
        };
        let plain = |texts: [&str; 4]| language.pick(&texts).to_owned();
        match self {
            Refusal::UnknownMember => plain([
                "没有找到这位会员。请核对号码，或先为顾客入会。",
                "找不到這位會員。請核對號碼，或先為顧客辦理入會。",
                "회원을 찾을 수 없습니다. 번호를 확인하거나 먼저 회원으로 등록해 주세요.",
                "No such member. Check the number, or enrol the customer first.",
            ]),
            Refusal::MemberClosed => plain([
                "该会员档案已关闭，不能再积分或消费积分。",
                "此會員檔案已關閉，無法再累積或使用點數。",
                "해지된 회원이라 적립하거나 사용할 수 없습니다.",
                "This member's file is closed: it neither earns nor spends.",
            ]),
            Refusal::NumberTaken { purchase } => say([
                format!("这个单号已用于另一笔内容不同的消费（{purchase}）。请核对单号。"),
                format!("此單號已用於另一筆內容不同的消費（{purchase}）。請核對單號。"),
                format!("이 구매 번호는 내용이 다른 구매({purchase})에 이미 쓰였습니다. 번호를 확인해 주세요."),
                format!("That number belongs to another purchase with other content ({purchase}). Check the number."),
            ]),
            Refusal::KeyReused => plain([
                "这个幂等键已用于内容不同的请求。请换一个新键。",
                "此冪等鍵已用於內容不同的請求。請改用新的鍵。",
                "이 멱등 키는 내용이 다른 요청에 이미 쓰였습니다. 새 키를 사용해 주세요.",
                "That Idempotency-Key was used for a request with other content. Use a new key.",
            ]),
            Refusal::NoLines => plain([
                "消费至少要有一行商品。",
                "消費至少要有一項商品。",
                "구매에는 품목이 하나 이상 있어야 합니다.",
                "A purchase needs at least one line.",
            ]),
            Refusal::TooManyLines => plain([
                "一笔消费的商品行太多，请拆成几笔。",
                "一筆消費的商品項目太多，請拆成幾筆。",
                "한 구매의 품목이 너무 많습니다. 나누어 등록해 주세요.",
                "That purchase has too many lines. Split it.",
            ]),
            Refusal::OutOfRange { .. } => plain([
                "金额或数量超出允许范围。请核对。",
                "金額或數量超出允許範圍。請核對。",
                "금액 또는 수량이 허용 범위를 벗어났습니다. 확인해 주세요.",
                "An amount or quantity is out of range. Check it.",
            ]),
            Refusal::TendersDiffer { expected_minor, given_minor } => say([
                format!("付款合计 {given_minor} 与应付 {expected_minor} 不一致（最小货币单位）。"),
                format!("付款合計 {given_minor} 與應付 {expected_minor} 不一致（最小貨幣單位）。"),
                format!("결제 합계 {given_minor}이(가) 결제할 금액 {expected_minor}과(와) 다릅니다(최소 화폐 단위)."),
                format!("The tenders add up to {given_minor}, but {expected_minor} is to be paid (minor units)."),
            ]),
            Refusal::NoRedemption => plain([
                "当前会员方案不支持用积分抵扣。",
                "目前的會員方案不支援點數折抵。",
                "현재 프로그램에서는 포인트로 결제할 수 없습니다.",
                "The programme does not let points pay for purchases.",
            ]),
            Refusal::RedemptionStep { step, minimum } => say([
                format!("积分抵扣至少 {minimum} 分，并须为 {step} 的倍数。"),
                format!("點數折抵至少 {minimum} 點，且須為 {step} 的倍數。"),
                format!("포인트는 {minimum}점부터 {step}점 단위로 쓸 수 있습니다."),
                format!("Points are spent from {minimum} on, in steps of {step}."),
            ]),
            Refusal::RedemptionLimit { most } => say([
                format!("这笔消费最多可用 {most} 积分。"),
                format!("這筆消費最多可用 {most} 點。"),
                format!("이 구매에는 최대 {most}포인트까지 쓸 수 있습니다."),
                format!("This purchase takes at most {most} points."),
            ]),
            Refusal::InsufficientPoints { available, needed } => say([
                format!("可用积分 {available}，不足 {needed}。"),
                format!("可用點數 {available}，不足 {needed}。"),
                format!("사용 가능한 포인트가 {available}점이라 {needed}점을 쓸 수 없습니다."),
                format!("{available} points may be spent now, {needed} are needed."),
            ]),
            Refusal::UnknownPurchase => {
                plain(["没有这笔消费。", "沒有這筆消費。", "해당 구매를 찾을 수 없습니다.", "No such purchase."])
            }
            Refusal::UnknownLine { line } => say([
                format!("这笔消费没有第 {} 行。", line + 1),
                format!("這筆消費沒有第 {} 項。", line + 1),
                format!("이 구매에는 {}번째 품목이 없습니다.", line + 1),
                format!("The purchase has no line {}.", line + 1),
            ]),
            Refusal::ReturnTooMuch { line, left } => say([
                format!("第 {} 行最多还能退 {left} 件。", line + 1),
                format!("第 {} 項最多還能退 {left} 件。", line + 1),
                format!("{}번째 품목은 {left}개까지만 더 반품할 수 있습니다.", line + 1),
                format!("Only {left} of line {} are left to return.", line + 1),
            ]),
            Refusal::NothingToReturn => {
                plain(["没有可退的商品。", "沒有可退的商品。", "반품할 품목이 없습니다.", "Nothing is left to return."])
            }
            Refusal::AdjustmentRange => plain([
                "调整数量不能为零，也不能超出允许范围。",
                "調整數量不能為零，也不能超出允許範圍。",
                "조정 수량은 0일 수 없고 허용 범위 안이어야 합니다.",
                "An adjustment must not be zero, nor beyond the range.",
            ]),
            Refusal::NoTopUps => plain([
                "当前会员方案没有储值。请先在会员方案中设置储值规则。",
                "目前的會員方案沒有儲值。請先在會員方案中設定儲值規則。",
                "현재 프로그램에는 충전금이 없습니다. 먼저 프로그램에서 충전 규칙을 정해 주세요.",
                "The programme has no stored value. Set its top-ups there first.",
            ]),
            Refusal::ValueRange => plain([
                "储值金额须大于零，且在允许范围内。",
                "儲值金額須大於零，且在允許範圍內。",
                "충전금 금액은 0보다 크고 허용 범위 안이어야 합니다.",
                "An amount of stored value must be above zero and within the range.",
            ]),
            Refusal::TenderNotMoney => plain([
                "充值和退款只能用现金、银行卡或移动支付，不能用积分或储值。",
                "儲值和退款只能用現金、信用卡或行動支付，不能用點數或儲值金。",
                "충전과 환불은 현금, 카드, 간편결제로만 할 수 있습니다. 포인트나 충전금은 쓸 수 없습니다.",
                "Money is paid in and out by cash, card or phone, not by points or stored value.",
            ]),
            Refusal::InsufficientValue { available_minor, needed_minor } => say([
                format!("储值余额 {available_minor}，不足 {needed_minor}（最小货币单位）。"),
                format!("儲值餘額 {available_minor}，不足 {needed_minor}（最小貨幣單位）。"),
                format!("충전금 잔액이 {available_minor}이라 {needed_minor}을(를) 쓸 수 없습니다(최소 화폐 단위)."),
                format!("{available_minor} of stored value may be spent now, {needed_minor} are needed (minor units)."),
            ]),
            Refusal::InsufficientPrincipal { available_minor, needed_minor } => say([
                format!("可退的本金只有 {available_minor}，不足 {needed_minor}（最小货币单位）。"),
                format!("可退的本金只有 {available_minor}，不足 {needed_minor}（最小貨幣單位）。"),
                format!("환불할 수 있는 원금이 {available_minor}이라 {needed_minor}을(를) 환불할 수 없습니다(최소 화폐 단위)."),
                format!("{available_minor} of what was paid in is left to refund, {needed_minor} are asked for (minor units)."),
            ]),
            Refusal::UnknownTopUp => plain([
                "没有这笔充值，或已无可退的本金。",
                "沒有這筆儲值，或已無可退的本金。",
                "해당 충전이 없거나 환불할 원금이 남아 있지 않습니다.",
                "No such top-up, or nothing of it is left to refund.",
            ]),
            Refusal::BonusSpent { spent_minor } => say([
                format!("这笔充值的赠送金已用掉 {spent_minor}（最小货币单位），按规则不能退款。"),
                format!("這筆儲值的贈送金已用掉 {spent_minor}（最小貨幣單位），依規則不能退款。"),
                format!("이 충전의 보너스 가운데 {spent_minor}(최소 화폐 단위)을(를) 이미 사용해 규칙상 환불할 수 없습니다."),
                format!("{spent_minor} of its bonus is spent (minor units); by the rule it is not refunded then."),
            ]),
            Refusal::Coupon { why, .. } => why.say(language),
            Refusal::Gift(why) => why.say(language),
            Refusal::NoReason => {
                plain(["请填写调整原因。", "請填寫調整原因。", "조정 사유를 입력해 주세요.", "Say why the balance is adjusted."])
            }
        }
    }
}

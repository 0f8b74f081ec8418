//! The programme, and what it did, in words.

use danggol_core::condition::Condition;
use danggol_core::decide::{Detail, TierReview};
use danggol_core::earning::Award;
use danggol_core::habit::Fact;
use danggol_core::holder::Ranking;
use danggol_core::id::MemberId;
use danggol_core::language::Language;
use danggol_core::ledger::Asset;
use danggol_core::money::Currency;
use danggol_core::programme::{Level, Programme, Rule};
use danggol_core::words::{Voice, choice_words, weekday_words};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::with;

/// What is said in the four languages, one a line.
fn four(programme: &Programme, code: &str, exponent: u32, say: impl Fn(Voice<'_>) -> String) -> String {
    let currency = Currency::new(code, exponent).unwrap();
    let zone = TimeZone::get("Asia/Seoul").unwrap();
    Language::ALL
        .map(|language| {
            say(Voice { language, currency: &currency, programme, zone: &zone, segments: &[], tags: &[], lifestyles: &[] })
        })
        .join("\n")
}

#[track_caller]
fn same(came: String, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    assert_eq!(came.lines().collect::<Vec<_>>(), expected, "\n{came}\n");
}

fn programme() -> Programme {
    crate::programme(json!({
        "earning": {"rules": [crate::base()]},
        "tiers": {
            "levels": [
                {"code": "m", "name": "会员"},
                {"code": "s", "name": "银卡", "spend_minor": 500_000, "points": 1000, "visits": 12},
                {"code": "g", "name": "金卡", "visits": 20},
            ],
            "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 30,
        },
    }))
}

fn rule(mut value: Value) -> Rule {
    (value["id"], value["name"]) = (json!("r"), json!("R"));
    serde_json::from_value(value).unwrap()
}

fn test(attribute: &str, op: &str, value: Value) -> Value {
    json!({"attribute": attribute, "op": op, "value": value})
}

#[test]
fn rules_read_naturally_in_four_languages() {
    let rate = |per_minor: i64| json!({"kind": "rate", "points": 1, "per_minor": per_minor});
    let milk = test("line.category", "in", json!(["奶粉", "纸尿裤"]));
    let cases = [
        (
            json!({"award": rate(100)}),
            "每消费 ¥1 得 1 积分
             每消費 CN¥1 得 1 點
             CN¥1마다 1포인트 적립
             1 point for every CN¥1",
        ),
        (
            json!({"award": rate(100), "when": {"all": [test("purchase.amount", "at_least", json!(10_000)), milk]}, "caps": {"per_day": 500}}),
            "消费金额满 ¥100，且任一商品的品类为奶粉或纸尿裤时，每消费 ¥1 得 1 积分，每天最多 500 积分
             消費金額滿 CN¥100，且任一商品的品類為奶粉或纸尿裤時，每消費 CN¥1 得 1 點，每天最多 500 點
             구매 금액 CN¥100 이상, 구매 품목의 카테고리 奶粉·纸尿裤: CN¥1마다 1포인트 적립, 하루 최대 500포인트
             When the purchase amount is at least CN¥100 and any product's category is 奶粉 or 纸尿裤: 1 point for every CN¥1, at most 500 points a day",
        ),
        (
            json!({"award": rate(100_000), "lines": milk, "rounding": "up", "from": "2024-03-01", "until": "2024-03-31"}),
            "2024年3月1日至2024年3月31日，品类为奶粉或纸尿裤的商品，每消费 ¥1,000 得 1 积分，小数向上取整
             2024年3月1日至2024年3月31日，品類為奶粉或纸尿裤的商品，每消費 CN¥1,000 得 1 點，小數無條件進位
             2024년 3월 1일~2024년 3월 31일: 카테고리 奶粉·纸尿裤 품목은 CN¥1,000마다 1포인트 적립, 소수점 이하 올림
             From 1 March 2024 to 31 March 2024: 1 point for every CN¥1,000 spent on lines where the category is 奶粉 or 纸尿裤, fractions rounded up",
        ),
        (
            json!({"award": {"kind": "multiplier", "percent": 150}, "when": test("purchase.weekday", "in", json!([6, 7])), "group": "周末"}),
            "周六或周日时，积分按 1.5 倍计，与“周末”组的其他规则只取最多的一条
             週六或週日時，點數以 1.5 倍計，與「周末」組的其他規則只取最多的一條
             토요일·일요일: 포인트 1.5배 적립, ‘周末’ 그룹에서는 가장 많이 주는 규칙만 적용
             When it is Saturday or Sunday: 1.5 times the points, only the best rule of the group “周末” applies",
        ),
        (
            json!({"award": {"kind": "multiplier", "percent": 200}, "lines": milk, "when": test("purchase.hour", "between", json!([18, 20]))}),
            "时间在 18:00–20:59 时，品类为奶粉或纸尿裤的商品，积分按 2 倍计
             時間在 18:00–20:59 時，品類為奶粉或纸尿裤的商品，點數以 2 倍計
             18:00~20:59: 카테고리 奶粉·纸尿裤 품목은 포인트 2배 적립
             When the time is 18:00–20:59: 2 times the points on lines where the category is 奶粉 or 纸尿裤",
        ),
        (
            json!({"award": {"kind": "fixed", "points": 100}, "enabled": false, "when": {"any": [test("member.tier", "is", json!("g")), {"all": [test("member.gender", "is", json!("female")), {"not": test("purchase.store", "in", json!(["S01", "S02"]))}]}]}}),
            "（已停用）会员等级为金卡，或（性别为女性，且门店不是 S01 或 S02）时，送 100 积分
             （已停用）會員等級為金卡，或（性別為女性，且門市不是 S01 或 S02）時，送 100 點
             (사용 안 함) 회원 등급 金卡 또는 (성별 여성, 매장 S01·S02 제외): 100포인트 적립
             (off) When the tier is 金卡 or (the gender is female and the store is not S01 or S02): 100 points",
        ),
        (
            json!({"award": {"kind": "fixed", "points": 1}, "asset": "growth", "lines": test("line.sku", "is", json!("6901")), "when": {"not": {"all": [test("purchase.weekday", "between", json!([1, 5])), test("purchase.date", "at_least", json!("2024-03-01"))]}}}),
            "不符合（周一至周五，且在2024年3月1日或之后）时，购买商品为 6901 的商品，送 1 点成长值
             不符合（週一至週五，且在2024年3月1日或之後）時，購買商品為 6901 的商品，送 1 點成長值
             (월요일~금요일, 2024년 3월 1일부터) 제외: 상품 6901 품목 구매 시 1 성장포인트 적립
             When not (it is Monday to Friday and it is 1 March 2024 or later): 1 growth point for a line where the product is 6901",
        ),
    ];
    for (given, expected) in cases {
        let rule = rule(given);
        same(four(&programme(), "CNY", 2, |voice| voice.rule(&rule)), expected);
    }
}

#[test]
fn conditions_read_naturally_in_four_languages() {
    let cases = [
        (
            test("purchase.amount", "between", json!([10_000, 20_000])),
            "消费金额在 ₩10,000 到 ₩20,000 之间
            消費金額在 ₩10,000 到 ₩20,000 之間
            구매 금액 10,000원~20,000원
            the purchase amount is between ₩10,000 and ₩20,000",
        ),
        (
            test("purchase.date", "in", json!(["2024-02-29", "2024-03-01"])),
            "在2024年2月29日或2024年3月1日
            在2024年2月29日或2024年3月1日
            2024년 2월 29일·2024년 3월 1일
            it is 29 February 2024 or 1 March 2024",
        ),
        (
            test("member.days_to_birthday", "at_most", json!(7)),
            "距生日天数不超过 7
            距生日天數不超過 7
            생일까지 남은 일수 7 이하
            the days to the birthday are at most 7",
        ),
        (
            test("member.age", "less_than", json!(30)),
            "年龄低于 30
            年齡低於 30
            나이 30 미만
            the age is less than 30",
        ),
        (
            test("purchase.weekday", "in", json!([1, 3, 5, 6, 7])),
            "周一、周三或周五至周日
            週一、週三或週五至週日
            월요일·수요일·금요일~일요일
            it is Monday, Wednesday or Friday to Sunday",
        ),
        (
            test("purchase.hour", "in", json!([9, 10, 22])),
            "时间在 09:00–10:59 或 22:00–22:59
            時間在 09:00–10:59 或 22:00–22:59
            09:00~10:59·22:00~22:59
            the time is 09:00–10:59 or 22:00–22:59",
        ),
        (
            json!({"attribute": "member.gender", "op": "is_missing"}),
            "性别未知
            性別未知
            성별 없음
            the gender is unknown",
        ),
        (
            json!({"not": {"attribute": "member.gender", "op": "is_missing"}}),
            "性别已知
            性別已知
            성별 있음
            the gender is known",
        ),
        (
            test("line.sku", "is", json!("A1")),
            "任一商品为 A1
            任一商品為 A1
            구매 품목 A1
            any product is A1",
        ),
        (
            json!({"not": test("line.sku", "is", json!("A1"))}),
            "不符合（任一商品为 A1）
            不符合（任一商品為 A1）
            (구매 품목 A1) 제외
            not (any product is A1)",
        ),
        (
            json!({"all": []}),
            "任何情况
            任何情況
            항상
            always",
        ),
    ];
    for (given, expected) in cases {
        let condition: Condition = serde_json::from_value(given).unwrap();
        same(four(&programme(), "KRW", 0, |voice| voice.condition(&condition)), expected);
    }
}

#[test]
fn the_promise_reads_naturally_in_four_languages() {
    let rolling = programme();
    let calendar = with(programme(), |programme| {
        programme.tiers.window = serde_json::from_value(json!({"kind": "calendar", "unit": "year"})).unwrap();
        programme.tiers.grace_days = 0;
        programme.earning.pending_days = 7;
        programme.earning.expiry = serde_json::from_value(json!({"kind": "end_of_month", "months": 12})).unwrap();
        programme.redemption =
            serde_json::from_value(json!({"points": 100, "minor": 1000, "step": 100, "minimum": 500, "max_percent": 50}))
                .unwrap();
        programme.returns.spent_points = danggol_core::programme::SpentPoints::Deduct;
    });
    let fixed = with(programme(), |programme| {
        programme.earning.expiry =
            serde_json::from_value(json!({"kind": "fixed_date", "month": 12, "day": 31, "min_months": 3})).unwrap();
        programme.redemption = serde_json::from_value(json!({"points": 1, "minor": 1})).unwrap();
    });
    type Say = fn(Voice<'_>) -> String;
    let layered = with(programme(), |programme| {
        programme.tiers.levels[2].layer = Some("large".to_owned());
        programme.tiers.levels[1] =
            Level { code: "s".to_owned(), layer: Some("small".to_owned()), ..programme.tiers.levels[0].clone() };
        programme.pyramid.layers[1].name = "大客户".to_owned();
    });
    let cases: [(&Programme, Say, &str); 20] = [
        (
            &rolling,
            |voice| voice.level(&voice.programme.tiers.levels[0]),
            "没有门槛
            沒有門檻
            조건 없음
            Nothing is needed",
        ),
        (
            &rolling,
            |voice| voice.level(&voice.programme.tiers.levels[1]),
            "最近 365 天消费满 ₩500,000，或获得 1,000 积分，或有 12 天消费
            最近 365 天消費滿 ₩500,000，或獲得 1,000 點，或有 12 天消費
            최근 365일 동안 500,000원 이상 구매 또는 1,000포인트 적립 또는 12일 구매
            By spending ₩500,000, or earning 1,000 points, or shopping on 12 days within 365 days",
        ),
        (
            &calendar,
            |voice| voice.level(&voice.programme.tiers.levels[2]),
            "当年有 20 天消费
            當年有 20 天消費
            올해 20일 구매
            By shopping on 20 days within the calendar year",
        ),
        (
            &layered,
            |voice| voice.level(&voice.programme.tiers.levels[2]),
            "最近 365 天有 20 天消费，或最近一次排名位于金字塔“大客户”或以上
            最近 365 天有 20 天消費，或最近一次排名位於金字塔「大客户」或以上
            최근 365일 동안 20일 구매 또는 마지막 순위에서 피라미드 ‘大客户’ 층 이상
            By shopping on 20 days within 365 days, or standing in “大客户” of the pyramid or above at the last ranking",
        ),
        (
            &layered,
            |voice| voice.level(&voice.programme.tiers.levels[1]),
            "最近一次排名位于金字塔“small”或以上
            最近一次排名位於金字塔「small」或以上
            마지막 순위에서 피라미드 ‘small’ 층 이상
            By standing in “small” of the pyramid or above at the last ranking",
        ),
        (
            &layered,
            |voice| voice.ranking(&Ranking { day: 19_800, layer: Some("large".to_owned()), reaches: Vec::new(), bulk: false, amount_minor: 50_000 }),
            "2024年3月18日的排名：以消费 ₩50,000 位于金字塔“大客户”
            2024年3月18日的排名：以消費 ₩50,000 位於金字塔「大客户」
            2024년 3월 18일 순위: 구매 50,000원, 피라미드 ‘大客户’ 층
            Ranking of 18 March 2024: in “大客户” of the pyramid with ₩50,000 bought",
        ),
        (
            &layered,
            |voice| voice.ranking(&Ranking { day: 19_800, layer: Some("vip".to_owned()), reaches: Vec::new(), bulk: true, amount_minor: 9 }),
            "2024年3月18日的排名：以消费 ₩9 位于金字塔“vip”，但只靠一笔大额消费，不计入等级
            2024年3月18日的排名：以消費 ₩9 位於金字塔「vip」，但只靠一筆大額消費，不計入等級
            2024년 3월 18일 순위: 구매 9원, 피라미드 ‘vip’ 층. 한 번의 대량 구매뿐이라 등급에는 반영하지 않음
            Ranking of 18 March 2024: in “vip” of the pyramid with ₩9 bought, by one purchase alone, which does not count for tiers",
        ),
        (
            &layered,
            |voice| voice.ranking(&Ranking { day: 19_800, layer: None, reaches: Vec::new(), bulk: false, amount_minor: 0 }),
            "2024年3月18日的排名：不在金字塔任何一层
            2024年3月18日的排名：不在金字塔任何一層
            2024년 3월 18일 순위: 피라미드에 들지 않음
            Ranking of 18 March 2024: in no layer of the pyramid",
        ),
        (
            &rolling,
            |voice| voice.keeping(),
            "达到后立即升级，保留 365 天；到期未再达到先提醒，30 天内仍未达到则降级
            達到後立即升級，保留 365 天；到期未再達到先提醒，30 天內仍未達到則降級
            달성 즉시 승급, 365일 유지, 다시 달성하지 못하면 안내 후 30일 뒤 강등
            Reached at once and kept for 365 days; then a warning, and lost 30 days later unless it is reached again",
        ),
        (
            &calendar,
            |voice| voice.keeping(),
            "达到后立即升级，至少保留 365 天至期末；到期未再达到则降级
            達到後立即升級，至少保留 365 天至期末；到期未再達到則降級
            달성 즉시 승급, 최소 365일이 지난 뒤의 기간 말까지 유지, 다시 달성하지 못하면 강등
            Reached at once and kept to the end of the period 365 days on; lost then unless it is reached again",
        ),
        (
            &rolling,
            |voice| voice.expiry(),
            "积分长期有效
            點數長期有效
            포인트 유효 기간 없음
            Points do not expire",
        ),
        (
            &calendar,
            |voice| voice.expiry(),
            "获得 7 天后可用；积分在 12 个月后的月底失效
            獲得 7 天後可用；點數在 12 個月後的月底失效
            적립 7일 뒤부터 사용 가능, 적립한 달로부터 12개월 뒤 말일에 포인트 소멸
            Points may be spent 7 days after they are earned; points expire at the end of the month, 12 months on",
        ),
        (
            &fixed,
            |voice| voice.expiry(),
            "积分在每年 12 月 31 日失效，至少保留 3 个月
            點數在每年 12 月 31 日失效，至少保留 3 個月
            포인트는 매년 12월 31일에 소멸, 최소 3개월 유지
            Points expire every year on 31 December, and live for 3 months at least",
        ),
        (
            &rolling,
            |voice| voice.redemption(),
            "积分不能抵扣消费
            點數不能折抵消費
            포인트로 결제할 수 없음
            Points do not pay for purchases",
        ),
        (
            &calendar,
            |voice| voice.redemption(),
            "100 积分抵 ₩1,000，每次至少 500 积分，须为 100 的倍数，最多抵消费的 50%
            100 點折抵 ₩1,000，每次至少 500 點，須為 100 的倍數，最多折抵消費的 50%
            100포인트 = 1,000원, 최소 500포인트부터, 100포인트 단위, 구매 금액의 50%까지
            100 points = ₩1,000, from 500 points on, in steps of 100, for at most 50% of a purchase",
        ),
        (
            &fixed,
            |voice| voice.redemption(),
            "1 积分抵 ₩1
            1 點折抵 ₩1
            1포인트 = 1원
            1 point = ₩1",
        ),
        (
            &rolling,
            |voice| voice.spent_points(),
            "退货时已用掉的积分记为欠分，由以后的积分抵还
            退貨時已用掉的點數記為欠點，由之後的點數抵還
            반품할 때 이미 사용한 포인트는 이후 적립분에서 차감
            Points already spent when goods come back are owed and paid by the next ones",
        ),
        (
            &calendar,
            |voice| voice.spent_points(),
            "退货时已用掉的积分按价值从退款中扣除
            退貨時已用掉的點數依價值從退款中扣除
            반품할 때 이미 사용한 포인트는 그 가치만큼 환불액에서 차감
            The value of points already spent when goods come back is taken off the refund",
        ),
        (
            &rolling,
            |voice| voice.tier_review(&TierReview::Warned),
            "等级到期未再达到，30 天内未达到将降级
            等級到期未再達到，30 天內未達到將降級
            등급 기간이 끝났습니다. 30일 안에 다시 달성하지 못하면 강등됩니다
            The tier's period ended without being reached again; it is lost in 30 days unless it is",
        ),
        (
            &rolling,
            |voice| voice.tier_change(None, Some("s")),
            "等级：银卡
            等級：银卡
            등급: 银卡
            Tier: 银卡",
        ),
    ];
    for (programme, say, expected) in cases {
        same(four(programme, "KRW", 0, say), expected);
    }
}

#[test]
fn what_was_done_is_said_with_its_reason() {
    let award: Award = serde_json::from_value(json!({
        "g": [{"r": 0, "s": "points", "n": 120}, {"r": 0, "s": "points", "n": 0, "h": 0}],
        "a": 1_709_218_800_000_i64, "x": 1_740_754_800_000_i64, "p": 50, "v": 500, "t0": "m", "t1": "s",
    }))
    .unwrap();
    let detail = |value: Value| -> Detail { serde_json::from_value(value).unwrap() };
    let back = |spent: i64, settled: &str, deducted: i64| {
        detail(json!({
            "kind": "return", "lines": [[0, 1]], "amount_minor": 1000, "refund_minor": 900, "points_taken": 120, "growth_taken": 5,
            "spent": spent, "settled": settled, "deducted_minor": deducted, "lapsed": 20, "given_back": 50,
            "tier": {"what": "changed", "from": "s", "to": "m"}, "balance_after": 0,
        }))
    };
    let share = |side: &str| {
        let lots = json!([{"i": 1, "n": 100}, {"i": 2, "n": 200}]);
        detail(json!({"kind": "share", "other": MemberId(7), "side": side, "lots": lots, "balance_after": 0}))
    };
    let cases = [
        (None, "Base：+120 积分 / Base：已达上限 / 用 50 积分抵 ₩500 / 2024年3月1日起可用 / 有效至2025年2月28日 / 等级：会员 → 银卡
            Base：+120 點 / Base：已達上限 / 用 50 點折抵 ₩500 / 2024年3月1日起可用 / 有效至2025年2月28日 / 等級：会员 → 银卡
            Base: +120포인트 / Base: 한도 도달 / 50포인트 사용(500원) / 2024년 3월 1일부터 사용 가능 / 2025년 2월 28일까지 유효 / 등급: 会员 → 银卡
            Base: +120 points / Base: its cap was reached / 50 points paid ₩500 / May be spent from 1 March 2024 on / Valid until 28 February 2025 / Tier: 会员 → 银卡"),
        (Some(back(30, "debt", 0)), "退货收回 120 积分 / -5 点成长值 / 其中 20 积分此前已到期，不再扣 / 其中 30 积分已用掉，从其他积分扣除，不足部分记为欠分 / 退还抵扣的 50 积分 / 等级：银卡 → 会员
            退貨收回 120 點 / -5 點成長值 / 其中 20 點先前已到期，不再扣 / 其中 30 點已用掉，從其他點數扣除，不足部分記為欠點 / 退還折抵的 50 點 / 等級：银卡 → 会员
            반품으로 120포인트 회수 / -5 성장포인트 / 이 가운데 20포인트 이미 소멸되어 다시 빼지 않음 / 이 가운데 30포인트 이미 사용되어 다른 포인트에서 차감, 부족분은 이후 적립에서 차감 / 사용한 50포인트 반환 / 등급: 银卡 → 会员
            120 points taken back / -5 growth points / Of them 20 points had expired and are not taken again / Of them 30 points had been spent: taken from other points, what is missing is owed / 50 points used on it given back / Tier: 银卡 → 会员"),
        (Some(back(30, "deduct", 300)), "退货收回 120 积分 / -5 点成长值 / 其中 20 积分此前已到期，不再扣 / 其中 30 积分已用掉，从退款中扣 ₩300 / 退还抵扣的 50 积分 / 等级：银卡 → 会员
            退貨收回 120 點 / -5 點成長值 / 其中 20 點先前已到期，不再扣 / 其中 30 點已用掉，從退款中扣 ₩300 / 退還折抵的 50 點 / 等級：银卡 → 会员
            반품으로 120포인트 회수 / -5 성장포인트 / 이 가운데 20포인트 이미 소멸되어 다시 빼지 않음 / 이 가운데 30포인트 이미 사용되어 환불액에서 300원 차감 / 사용한 50포인트 반환 / 등급: 银卡 → 会员
            120 points taken back / -5 growth points / Of them 20 points had expired and are not taken again / Of them 30 points had been spent: ₩300 taken off the refund / 50 points used on it given back / Tier: 银卡 → 会员"),
        (Some(back(30, "write_off", 0)), "退货收回 120 积分 / -5 点成长值 / 其中 20 积分此前已到期，不再扣 / 其中 30 积分已用掉，由品牌承担 / 退还抵扣的 50 积分 / 等级：银卡 → 会员
            退貨收回 120 點 / -5 點成長值 / 其中 20 點先前已到期，不再扣 / 其中 30 點已用掉，由品牌承擔 / 退還折抵的 50 點 / 等級：银卡 → 会员
            반품으로 120포인트 회수 / -5 성장포인트 / 이 가운데 20포인트 이미 소멸되어 다시 빼지 않음 / 이 가운데 30포인트 이미 사용되어 브랜드가 부담 / 사용한 50포인트 반환 / 등급: 银卡 → 会员
            120 points taken back / -5 growth points / Of them 20 points had expired and are not taken again / Of them 30 points had been spent: the brand bears them / 50 points used on it given back / Tier: 银卡 → 会员"),
        (Some(detail(json!({"kind": "adjustment", "asset": "points", "amount": -5, "reason": "测试", "balance_after": 0}))), "人工调整 -5 积分：测试
            人工調整 -5 點：测试
            수동 조정 -5포인트: 测试
            Adjusted by hand, -5 points: 测试"),
        (Some(detail(json!({"kind": "review", "expired": [{"i": 1, "n": 5}, {"i": 2, "n": 6}], "tier": {"what": "renewed"}, "balance_after": 0}))), "11 积分到期失效 / 等级已续期
            11 點到期失效 / 等級已續期
            11포인트 소멸 / 등급이 연장되었습니다
            11 points expired / The tier was kept for another period"),
        (Some(detail(json!({"kind": "review", "tier": {"what": "changed", "from": "s", "to": null}, "balance_after": 0}))), "不再是银卡等级
            不再是银卡等級
            등급 종료: 银卡
            No longer 银卡"),
        (Some(share("gives")), "家庭成员用掉了 300 积分
            家庭成員用掉了 300 點
            다른 가구원이 300포인트 사용
            300 points used by a member of the household"),
        (Some(share("takes")), "用了家庭成员的 300 积分
            用了家庭成員的 300 點
            다른 가구원의 300포인트 사용
            300 points came from a member of the household"),
    ];
    for (detail, expected) in cases {
        let say =
            |voice: Voice<'_>| detail.as_ref().map_or_else(|| voice.award(&award), |detail| voice.detail(detail)).join(" / ");
        same(four(&programme(), "KRW", 0, say), expected);
    }
    for (side, name, expected) in [
        (
            "gives",
            "Mina",
            "Mina 用掉了 300 积分
            Mina 用掉了 300 點
            Mina 님이 300포인트 사용
            300 points used by Mina",
        ),
        (
            "takes",
            "王芳",
            "用了王芳的 300 积分
            用了王芳的 300 點
            王芳 님의 300포인트 사용
            300 points came from 王芳",
        ),
    ] {
        let Detail::Share(detail) = share(side) else { panic!("{side}") };
        same(four(&programme(), "KRW", 0, |voice| voice.shared(&detail, Some(name))), expected);
    }
}

#[test]
fn units_and_words_of_fixed_lists_are_said() {
    let units = |asset, units| four(&programme(), "KRW", 0, |voice| voice.units(asset, units));
    same(units(Asset::Points, 1), "1 积分\n1 點\n1포인트\n1 point");
    same(units(Asset::Points, 12_345), "12,345 积分\n12,345 點\n12,345포인트\n12,345 points");
    same(units(Asset::Growth, 2), "2 点成长值\n2 點成長值\n2 성장포인트\n2 growth points");
    for (weekday, expected) in [(1, Some("월요일")), (7, Some("일요일")), (0, None), (8, None)] {
        assert_eq!(weekday_words(weekday, Language::Ko), expected, "{weekday}");
    }
    for attribute in danggol_core::attribute::Attribute::ALL {
        for word in attribute.choices() {
            assert_ne!(choice_words(word, Language::ZhCn), *word, "{word}");
        }
    }
    assert_eq!(choice_words("lilac", Language::En), "lilac");
}

#[test]
fn conditions_on_members_read_naturally_in_four_languages() {
    let milk = test("line.category", "is", json!("奶粉"));
    let cases = [
        (
            json!({"event": "purchase", "measure": "count", "last_days": 90, "op": "at_least", "value": 3}),
            "近90天消费次数至少 3
             近90天消費次數至少 3
             최근 90일 구매 횟수 3 이상
             the number of purchases in the last 90 days is at least 3",
        ),
        (
            json!({"event": "line", "measure": "amount", "where": milk, "from": "2026-01-01", "op": "more_than", "value": 50_000}),
            "2026年1月1日起（品类为奶粉）消费金额超过 ¥500
             2026年1月1日起（品類為奶粉）消費金額超過 CN¥500
             2026년 1월 1일부터 (카테고리 奶粉) 구매 금액 CN¥500 초과
             the amount spent since 1 January 2026 (the category is 奶粉) is more than CN¥500",
        ),
        (
            json!({"not": {"event": "purchase", "measure": "last", "op": "is_missing"}}),
            "最近消费日期已知
             最近消費日期已知
             최근 구매일 있음
             the day of the last purchase is known",
        ),
        (
            json!({"all": [
                {"not": {"segment": "seg_0000000000001"}},
                test("habit.hour", "between", json!([18, 20])),
                test("member.joined", "at_least", json!("2026-03-01")),
                {"custom": "尺码", "op": "is", "value": "42"},
            ]}),
            "不在分群“老客”中，且习惯购物时段在 18:00–20:59，且入会日期在2026年3月1日或之后，且“尺码”为 42
             不在分群「老客」中，且習慣購物時段在 18:00–20:59，且入會日期在2026年3月1日或之後，且「尺码」為 42
             ‘老客’ 세그먼트에 속하지 않음, 주 구매 시간대 18:00~20:59, 가입일 2026년 3월 1일부터, ‘尺码’ 42
             she is not in the segment “老客” and the usual hour is 18:00–20:59 and the day of joining is 1 March 2026 or later and “尺码” is 42",
        ),
        (
            json!({"all": [test("habit.purchases", "is", json!(1)), test("class.abc", "in", json!(["b", "c"])), test("class.abc", "is", json!("a"))]}),
            "累计消费次数为 1，且 ABC 分类为 B 类或 C 类，且 ABC 分类为 A 类
             累計消費次數為 1，且 ABC 分類為 B 類或 C 類，且 ABC 分類為 A 類
             총 구매 횟수 1, ABC 등급 B등급·C등급, ABC 등급 A등급
             the purchases ever are 1 and the ABC class is B or C and the ABC class is A",
        ),
        (
            json!({"all": [
                {"consent": "advertising", "channel": "sms", "op": "is", "value": "given"},
                {"not": {"consent": "night_advertising", "channel": "sms", "op": "is", "value": "withdrawn"}},
                {"consent": "personalisation", "op": "is_missing"},
                {"consent": "advertising", "channel": "sms", "ask": "days", "op": "at_least", "value": 700},
            ]}),
            "广告信息（短信）为已同意，且夜间广告信息（短信）不是已撤回，且从未询问过个性化推荐，且距上次答复广告信息（短信）的天数至少 700
             廣告訊息（簡訊）為已同意，且夜間廣告訊息（簡訊）不是已撤回，且從未詢問過個人化推薦，且距上次回覆廣告訊息（簡訊）的天數至少 700
             광고 수신(문자) 동의함, 야간 광고 수신(문자) 철회함 제외, 맞춤 추천 동의 여부를 물은 적 없음, 광고 수신(문자) 응답 후 일수 700 이상
             consent to advertising by SMS is given and consent to advertising at night by SMS is not withdrawn and she was never asked about personal offers and the days since she was asked about advertising by SMS are at least 700",
        ),
    ];
    let segments = [(danggol_core::id::SegmentId(1), "老客".to_owned())];
    for (value, expected) in cases {
        let condition: Condition = serde_json::from_value(value).unwrap();
        same(four(&programme(), "CNY", 2, |voice| Voice { segments: &segments, ..voice }.condition(&condition)), expected);
    }
}

#[test]
fn offers_read_naturally_in_four_languages() {
    let tea = test("line.category", "is", json!("茶"));
    let cases = [
        (
            json!({"effect": {"kind": "percent", "percent_bp": 1_250, "max_minor": 2_000}, "lines": tea}),
            "品类为茶的商品，减 12.5%，最多 ¥20
             品類為茶的商品，減 12.5%，最多 CN¥20
             카테고리 茶 품목 12.5% 할인, 최대 CN¥20
             12.5% off, at most CN¥20, on lines where the category is 茶",
        ),
        (
            json!({"effect": {"kind": "steps", "steps": [{"from_minor": 10_000, "off_minor": 1_000}, {"from_minor": 20_000, "off_minor": 3_000}]}, "group": "满减"}),
            "满 ¥100 减 ¥10、满 ¥200 减 ¥30，“满减”组的优惠只取一项
             滿 CN¥100 減 CN¥10、滿 CN¥200 減 CN¥30，「满减」組的優惠只取一項
             CN¥100 이상 CN¥10 할인, CN¥200 이상 CN¥30 할인, ‘满减’ 그룹에서는 하나만 적용
             CN¥10 off from CN¥100, CN¥30 off from CN¥200, only one offer of the group “满减” applies",
        ),
        (
            json!({"effect": {"kind": "nth_item", "nth": 3, "percent_bp": 10_000}, "alone": true}),
            "每 3 件付 2 件，最低价的免费，不与其他优惠同享
             每 3 件付 2 件，最低價的免費，不與其他優惠併用
             3개마다 가장 싼 1개 무료, 다른 혜택과 함께 쓸 수 없음
             3 for 2: the cheapest is free, not beside any other offer",
        ),
        (
            json!({"effect": {"kind": "bundle", "price_minor": 5_000, "parts": [{"lines": tea, "pieces": 2}]}, "excludes": ["o"]}),
            "品类为茶的商品 2 件，共 ¥50，不与o同享
             品類為茶的商品 2 件，共 CN¥50，不與o併用
             카테고리 茶 품목 2개 묶음 CN¥50, o와(과) 함께 쓸 수 없음
             2 where the category is 茶: CN¥50 together, not beside o",
        ),
        (
            json!({"effect": {"kind": "delivery", "max_minor": 600}, "when": test("purchase.amount", "at_least", json!(5_000))}),
            "消费金额满 ¥50 时，运费最多减 ¥6
             消費金額滿 CN¥50 時，運費最多減 CN¥6
             구매 금액 CN¥50 이상: 배송비 최대 CN¥6 할인
             When the purchase amount is at least CN¥50: up to CN¥6 off the delivery",
        ),
    ];
    for (mut offer, expected) in cases {
        (offer["id"], offer["name"]) = (json!("o"), json!("O"));
        let offer: danggol_core::offer::Offer = serde_json::from_value(offer).unwrap();
        same(four(&programme(), "CNY", 2, |voice| voice.offer(&offer)), expected);
    }
}

#[test]
fn evidence_is_said_of_one_day_and_of_several() {
    let fact = |of, agree, days| Fact { value: danggol_core::condition::Value::Number(0), of, agree, days };
    let (first, last) = (20_736, 20_779);
    for (fact, expected) in [
        (fact(0, 0, (last, last)), "还没有消费\n還沒有消費\n아직 구매 없음\nnothing bought yet"),
        (
            fact(1, 0, (first, first)),
            "2026年10月10日的一次消费\n2026年10月10日的一次消費\n2026년 10월 10일 구매 1건\none purchase on 10 October 2026",
        ),
        (
            fact(3, 3, (first, first)),
            "2026年10月10日的 3 次消费\n2026年10月10日的 3 次消費\n2026년 10월 10일 구매 3건\n3 purchases on 10 October 2026",
        ),
        (
            fact(12, 4, (first, last)),
            "2026年10月10日至2026年11月22日的 12 次消费中有 4 次
             2026年10月10日至2026年11月22日的 12 次消費中有 4 次
             2026년 10월 10일~2026년 11월 22일 구매 12건 중 4건
             4 of 12 purchases from 10 October 2026 to 22 November 2026",
        ),
    ] {
        same(four(&programme(), "KRW", 0, |voice| voice.evidence(&fact)), expected);
    }
}

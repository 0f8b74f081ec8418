//! The programme, and what it did, in words.

use danggol_core::condition::Condition;
use danggol_core::decide::{Detail, TierReview};
use danggol_core::earning::Award;
use danggol_core::language::Language;
use danggol_core::ledger::Asset;
use danggol_core::money::Currency;
use danggol_core::programme::{Programme, Rule};
use danggol_core::words::{Voice, choice_words, weekday_words};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::with;

/// What is said in the four languages, one a line.
fn four(programme: &Programme, code: &str, exponent: u32, say: impl Fn(Voice<'_>) -> String) -> String {
    let currency = Currency::new(code, exponent).unwrap();
    let zone = TimeZone::get("Asia/Seoul").unwrap();
    Language::ALL.map(|language| say(Voice { language, currency: &currency, programme, zone: &zone })).join("\n")
}

#[track_caller]
fn same(came: String, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    println!("OUT {}\n{came}\nEND", expected[0]);
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
            "@@RULE0@@",
        ),
        (
            json!({"award": rate(100), "when": {"all": [test("purchase.amount", "at_least", json!(10_000)), milk]}, "caps": {"per_day": 500}}),
            "@@RULE1@@",
        ),
        (
            json!({"award": rate(100_000), "lines": milk, "rounding": "up", "from": "2024-03-01", "until": "2024-03-31"}),
            "@@RULE2@@",
        ),
        (
            json!({"award": {"kind": "multiplier", "percent": 150}, "when": test("purchase.weekday", "in", json!([6, 7])), "group": "周末"}),
            "@@RULE3@@",
        ),
        (
            json!({"award": {"kind": "multiplier", "percent": 200}, "lines": milk, "when": test("purchase.hour", "between", json!([18, 20]))}),
            "@@RULE4@@",
        ),
        (
            json!({"award": {"kind": "fixed", "points": 100}, "enabled": false, "when": {"any": [test("member.tier", "is", json!("g")), {"all": [test("member.gender", "is", json!("female")), {"not": test("purchase.store", "in", json!(["S01", "S02"]))}]}]}}),
            "@@RULE5@@",
        ),
        (
            json!({"award": {"kind": "fixed", "points": 1}, "asset": "growth", "lines": test("line.sku", "is", json!("6901")), "when": {"not": {"all": [test("purchase.weekday", "between", json!([1, 5])), test("purchase.date", "at_least", json!("2024-03-01"))]}}}),
            "@@RULE6@@",
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
        (test("purchase.amount", "between", json!([10_000, 20_000])), "@@COND0@@"),
        (test("purchase.date", "in", json!(["2024-02-29", "2024-03-01"])), "@@COND1@@"),
        (test("member.days_to_birthday", "at_most", json!(7)), "@@COND2@@"),
        (test("member.age", "less_than", json!(30)), "@@COND3@@"),
        (test("purchase.weekday", "in", json!([1, 3, 5, 6, 7])), "@@COND4@@"),
        (test("purchase.hour", "in", json!([9, 10, 22])), "@@COND5@@"),
        (json!({"attribute": "member.gender", "op": "is_missing"}), "@@COND6@@"),
        (json!({"not": {"attribute": "member.gender", "op": "is_missing"}}), "@@COND7@@"),
        (test("line.sku", "is", json!("A1")), "@@COND8@@"),
        (json!({"not": test("line.sku", "is", json!("A1"))}), "@@COND9@@"),
        (json!({"all": []}), "@@COND10@@"),
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
        programme.redemption = serde_json::from_value(json!({"points": 100, "minor": 1000, "step": 100, "minimum": 500, "max_percent": 50})).unwrap();
        programme.returns.spent_points = danggol_core::programme::SpentPoints::Deduct;
    });
    let fixed = with(programme(), |programme| {
        programme.earning.expiry = serde_json::from_value(json!({"kind": "fixed_date", "month": 12, "day": 31, "min_months": 3})).unwrap();
        programme.redemption = serde_json::from_value(json!({"points": 1, "minor": 1})).unwrap();
    });
    let cases: [(&Programme, fn(Voice<'_>) -> String, &str); 15] = [
        (&rolling, |voice| voice.level(&voice.programme.tiers.levels[0]), "@@PROM0@@"),
        (&rolling, |voice| voice.level(&voice.programme.tiers.levels[1]), "@@PROM1@@"),
        (&calendar, |voice| voice.level(&voice.programme.tiers.levels[2]), "@@PROM2@@"),
        (&rolling, |voice| voice.keeping(), "@@PROM3@@"),
        (&calendar, |voice| voice.keeping(), "@@PROM4@@"),
        (&rolling, |voice| voice.expiry(), "@@PROM5@@"),
        (&calendar, |voice| voice.expiry(), "@@PROM6@@"),
        (&fixed, |voice| voice.expiry(), "@@PROM7@@"),
        (&rolling, |voice| voice.redemption(), "@@PROM8@@"),
        (&calendar, |voice| voice.redemption(), "@@PROM9@@"),
        (&fixed, |voice| voice.redemption(), "@@PROM10@@"),
        (&rolling, |voice| voice.spent_points(), "@@PROM11@@"),
        (&calendar, |voice| voice.spent_points(), "@@PROM12@@"),
        (&rolling, |voice| voice.tier_review(&TierReview::Warned), "@@PROM13@@"),
        (&rolling, |voice| voice.tier_change(None, Some("s")), "@@PROM14@@"),
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
    })).unwrap();
    let detail = |value: Value| -> Detail { serde_json::from_value(value).unwrap() };
    let back = |spent: i64, settled: &str, deducted: i64| detail(json!({
        "kind": "return", "lines": [[0, 1]], "amount_minor": 1000, "refund_minor": 900, "points_taken": 120, "growth_taken": 5,
        "spent": spent, "settled": settled, "deducted_minor": deducted, "lapsed": 20, "given_back": 50,
        "tier": {"what": "changed", "from": "s", "to": "m"}, "balance_after": 0,
    }));
    let cases = [
        (None, "@@AWARD@@"),
        (Some(back(30, "debt", 0)), "@@BACK0@@"),
        (Some(back(30, "deduct", 300)), "@@BACK1@@"),
        (Some(back(30, "write_off", 0)), "@@BACK2@@"),
        (Some(detail(json!({"kind": "adjustment", "asset": "points", "amount": -5, "reason": "测试", "balance_after": 0}))), "@@ADJ@@"),
        (Some(detail(json!({"kind": "review", "expired": [{"i": 1, "n": 5}, {"i": 2, "n": 6}], "tier": {"what": "renewed"}, "balance_after": 0}))), "@@REV0@@"),
        (Some(detail(json!({"kind": "review", "tier": {"what": "changed", "from": "s", "to": null}, "balance_after": 0}))), "@@REV1@@"),
    ];
    for (detail, expected) in cases {
        let say = |voice: Voice<'_>| detail.as_ref().map_or_else(|| voice.award(&award), |detail| voice.detail(detail)).join(" / ");
        same(four(&programme(), "KRW", 0, say), expected);
    }
}

#[test]
fn units_and_words_of_fixed_lists_are_said() {
    let units = |asset, units| four(&programme(), "KRW", 0, |voice| voice.units(asset, units));
    same(units(Asset::Points, 1), "1 积分\n1 點\n1포인트\n1 point");
    same(units(Asset::Points, 12_345), "12,345 积分\n12,345 點\n12,345포인트\n12,345 points");
    same(units(Asset::Growth, 2), "2 点成长值\n2 點成長值\n성장 2포인트\n2 growth points");
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

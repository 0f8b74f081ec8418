//! Everything that a programme may get wrong is told, and where.

use danggol_core::language::Language;
use danggol_core::programme::Programme;
use serde_json::{Value, json};

fn sound() -> Value {
    json!({
        "name": "Test",
        "earning": {
            "rules": [
                {"id": "base", "name": "Base", "award": {"kind": "rate", "points": 1, "per_minor": 100}},
                {"id": "milk", "name": "Milk", "award": {"kind": "multiplier", "percent": 200},
                 "when": {"all": [{"attribute": "member.tier", "op": "in", "value": ["gold"]}, {"attribute": "purchase.hour", "op": "between", "value": [18, 20]}]},
                 "lines": {"attribute": "line.category", "op": "is", "value": "milk"},
                 "group": "g", "from": "2024-02-29", "until": "2024-02-29", "caps": {"per_day": 1}},
            ],
            "pending_days": 7,
            "expiry": {"kind": "rolling", "days": 365},
        },
        "offers": [
            {"id": "ten", "name": "Ten", "effect": {"kind": "percent", "percent_bp": 1_000}, "group": "g", "from": "2024-03-01", "until": "2024-03-31"},
            {"id": "set", "name": "Set", "effect": {"kind": "bundle", "price_minor": 100, "parts": [
                {"lines": {"attribute": "line.sku", "op": "is", "value": "a"}}, {"lines": {"attribute": "line.sku", "op": "is", "value": "b"}}]},
             "excludes": ["ten"], "when": {"attribute": "member.tier", "op": "is", "value": "gold"}},
        ],
        "redemption": {"points": 100, "minor": 100},
        "returns": {"spent_points": "deduct"},
        "tiers": {
            "levels": [
                {"code": "member", "name": "Member"},
                {"code": "silver", "name": "Silver", "spend_minor": 100, "visits": 2},
                {"code": "gold", "name": "Gold", "spend_minor": 200},
            ],
            "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 30,
        },
        "pyramid": {
            "period_days": 365,
            "layers": [{"code": "vip", "name": "VIP", "share_bp": 100}, {"code": "rest", "name": "Rest", "share_bp": 10000}],
        },
    })
}

/// The faults of the sound programme with one value put in another's place, as `path code`.
fn faults(pointer: &str, value: Value) -> Vec<String> {
    let mut changed = sound();
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match changed.pointer_mut(parent).unwrap_or_else(|| panic!("{parent}")) {
        Value::Array(list) => list[field.parse::<usize>().unwrap()] = value,
        parent => parent[field] = value,
    }
    let programme: Programme = serde_json::from_value(changed).unwrap_or_else(|error| panic!("{pointer}: {error}"));
    let found = programme.faults();
    for fault in &found {
        let said: Vec<String> = Language::ALL.iter().map(|language| fault.say(*language)).collect();
        assert!(said.iter().all(|text| text.chars().count() > 4), "{fault:?} is said in four languages: {said:?}");
        assert!(said[0] != said[3] && said[2] != said[3], "{fault:?} is said in four languages: {said:?}");
    }
    found.iter().map(|fault| format!("{} {}", fault.path, fault.kind.code())).collect()
}

#[test]
fn a_sound_programme_has_no_fault() {
    assert_eq!(faults("/name", json!("Test")), Vec::<String>::new());
    assert_eq!(Programme::first("Shop", 2).faults(), []);
    assert_eq!(Programme::first("가게", 0).faults(), []);
}

#[test]
fn each_fault_of_an_offer_is_told_where_it_stands() {
    let price = |sku: &str, price_minor: i64| json!({"sku": sku, "price_minor": price_minor});
    let step = |from_minor: i64, off_minor: i64| json!({"from_minor": from_minor, "off_minor": off_minor});
    let prices: Vec<Value> = (0..501).map(|place| price(&place.to_string(), 1)).collect();
    let amount = json!({"attribute": "purchase.amount", "op": "at_least", "value": 1});
    let cases = [
        ("id", json!("set"), "offers[1].id duplicate; offers[1].excludes[0] unknown_offer"),
        ("id", json!("a b"), "offers[0].id code_characters; offers[1].excludes[0] unknown_offer"),
        ("name", json!(" "), "offers[0].name empty"),
        ("group", json!(""), "offers[0].group empty"),
        ("when", json!({"all": []}), "offers[0].when.all empty"),
        ("lines", amount, "offers[0].lines.attribute attribute_not_seen_here"),
        ("excludes", json!(["ten", "none"]), "offers[0].excludes[1] unknown_offer"),
        ("priority", json!(1_001), "offers[0].priority out_of_range"),
        ("from", json!("2024-04-01"), "offers[0].until reversed"),
        ("until", json!("soon"), "offers[0].until not_a_date"),
        ("effect", json!({"kind": "percent", "percent_bp": 10_001}), "offers[0].effect.percent_bp out_of_range"),
        ("effect", json!({"kind": "percent", "percent_bp": 1, "max_minor": 0}), "offers[0].effect.max_minor out_of_range"),
        ("effect", json!({"kind": "amount", "amount_minor": 0}), "offers[0].effect.amount_minor out_of_range"),
        ("effect", json!({"kind": "steps", "steps": []}), "offers[0].effect.steps empty"),
        ("effect", json!({"kind": "steps", "steps": [step(0, 1)]}), "offers[0].effect.steps[0].from_minor out_of_range"),
        ("effect", json!({"kind": "steps", "steps": [step(10, 11)]}), "offers[0].effect.steps[0].off_minor out_of_range"),
        ("effect", json!({"kind": "nth_item", "nth": 1, "percent_bp": 1}), "offers[0].effect.nth out_of_range"),
        (
            "effect",
            json!({"kind": "bundle", "price_minor": -1, "parts": []}),
            "offers[0].effect.parts empty; offers[0].effect.price_minor out_of_range",
        ),
        ("effect", json!({"kind": "free_item", "pieces": 0}), "offers[0].effect.pieces out_of_range"),
        ("effect", json!({"kind": "gift", "sku": "", "worth_minor": 1}), "offers[0].effect.sku empty"),
        ("effect", json!({"kind": "gift", "sku": "a", "worth_minor": 0}), "offers[0].effect.worth_minor out_of_range"),
        ("effect", json!({"kind": "delivery"}), "offers[0].lines delivery_without_lines"),
        (
            "effect",
            json!({"kind": "member_price", "prices": [price("a", 1), price("a", 2)]}),
            "offers[0].effect.prices[1].sku duplicate",
        ),
        (
            "effect",
            json!({"kind": "member_price", "prices": [price("a", -1)]}),
            "offers[0].effect.prices[0].price_minor out_of_range",
        ),
        ("effect", json!({"kind": "member_price", "prices": prices}), "offers[0].effect.prices too_many"),
    ];
    for (field, value, expected) in cases {
        assert_eq!(faults(&format!("/offers/0/{field}"), value.clone()).join("; "), expected, "{field} {value}");
    }
    let of_set = [
        ("/offers/1/effect/parts/0/pieces", json!(0), "offers[1].effect.parts[0].pieces out_of_range"),
        ("/offers/1/when/value", json!("ruby"), "offers[1].when.value unknown_tier"),
    ];
    for (pointer, value, expected) in of_set {
        assert_eq!(faults(pointer, value).join("; "), expected);
    }
    let offer = |place: usize| json!({"id": place.to_string(), "name": "O", "effect": {"kind": "amount", "amount_minor": 1}});
    let many: Vec<Value> = (0..101).map(offer).collect();
    assert_eq!(faults("/offers", json!(many)), ["offers too_many"]);
}

#[test]
fn each_fault_is_told_where_it_stands() {
    let test = |attribute: &str, op: &str, value: Value| json!({"attribute": attribute, "op": op, "value": value});
    let rule = json!({"id": "base", "name": "Base", "award": {"kind": "rate", "points": 1, "per_minor": 100}});
    let leaf = test("purchase.amount", "is", json!(1));
    let deep = (0..9).fold(leaf.clone(), |inner, _| json!({"not": inner}));
    let cases = [
        ("/name", json!("  "), "name empty"),
        ("/name", json!("가".repeat(101)), "name too_long"),
        ("/earning/rules", json!([rule, rule]), "earning.rules[1].id duplicate"),
        ("/earning/rules/0/id", json!(""), "earning.rules[0].id empty"),
        ("/earning/rules/0/id", json!("a b"), "earning.rules[0].id code_characters"),
        ("/earning/rules/0/id", json!("x".repeat(41)), "earning.rules[0].id too_long"),
        ("/earning/rules/0/name", json!(""), "earning.rules[0].name empty"),
        ("/earning/rules/0/award/points", json!(0), "earning.rules[0].award.points out_of_range"),
        ("/earning/rules/0/award/points", json!(i64::MAX), "earning.rules[0].award.points out_of_range"),
        ("/earning/rules/0/award/per_minor", json!(0), "earning.rules[0].award.per_minor out_of_range"),
        ("/earning/rules/0/award/per_minor", json!(-1), "earning.rules[0].award.per_minor out_of_range"),
        (
            "/earning/rules/0/award",
            json!({"kind": "fixed", "points": -5}),
            "earning.rules[0].award.points out_of_range; earning.rules[1].award nothing_to_multiply",
        ),
        ("/earning/rules/1/award/percent", json!(100), "earning.rules[1].award.percent out_of_range"),
        ("/earning/rules/1/award/percent", json!(i64::MIN), "earning.rules[1].award.percent out_of_range"),
        ("/earning/rules/1/asset", json!("growth"), "earning.rules[1].award nothing_to_multiply"),
        ("/earning/rules/0/group", json!("g"), "earning.rules[0].group mixed_group; earning.rules[1].group mixed_group"),
        ("/earning/rules/0/group", json!(""), "earning.rules[0].group empty"),
        ("/earning/rules/1/caps/per_day", json!(0), "earning.rules[1].caps.per_day out_of_range"),
        ("/earning/rules/1/caps/per_year", json!(-1), "earning.rules[1].caps.per_year out_of_range"),
        ("/earning/rules/1/from", json!("2023-02-29"), "earning.rules[1].from not_a_date"),
        ("/earning/rules/1/until", json!("soon"), "earning.rules[1].until not_a_date"),
        ("/earning/rules/1/from", json!("2024-03-01"), "earning.rules[1].until reversed"),
        (
            "/earning/rules/1/lines",
            test("purchase.amount", "is", json!(1)),
            "earning.rules[1].lines.attribute attribute_not_seen_here",
        ),
        (
            "/earning/rules/1/lines",
            test("member.age", "is", json!(1)),
            "earning.rules[1].lines.attribute attribute_not_seen_here",
        ),
        ("/earning/rules/1/when/all/0/value", json!(["gold", "ruby"]), "earning.rules[1].when.all[0].value unknown_tier"),
        (
            "/earning/rules/1/when/all/0",
            test("member.gender", "is", json!("x")),
            "earning.rules[1].when.all[0].value unknown_word",
        ),
        (
            "/earning/rules/1/when/all/0",
            test("purchase.store", "at_least", json!("x")),
            "earning.rules[1].when.all[0].op operator_not_taken",
        ),
        (
            "/earning/rules/1/when/all/0",
            test("purchase.store", "is", json!(5)),
            "earning.rules[1].when.all[0].value value_not_of_kind",
        ),
        ("/earning/rules/1/when/all/0", test("purchase.store", "is", json!("")), "earning.rules[1].when.all[0].value empty"),
        (
            "/earning/rules/1/when/all/0",
            test("purchase.date", "is", json!("2024-02-30")),
            "earning.rules[1].when.all[0].value value_not_of_kind",
        ),
        (
            "/earning/rules/1/when/all/0",
            test("purchase.date", "is", json!(5)),
            "earning.rules[1].when.all[0].value value_not_of_kind",
        ),
        (
            "/earning/rules/1/when/all/0",
            test("purchase.date", "between", json!(["2024-03-01", "2024-02-01"])),
            "earning.rules[1].when.all[0].value reversed",
        ),
        ("/earning/rules/1/when/all/1/value", json!([20, 18]), "earning.rules[1].when.all[1].value reversed"),
        ("/earning/rules/1/when/all/1/value", json!([18, 24]), "earning.rules[1].when.all[1].value out_of_range"),
        (
            "/earning/rules/1/when/all/1",
            test("purchase.weekday", "in", json!([0])),
            "earning.rules[1].when.all[1].value out_of_range",
        ),
        (
            "/earning/rules/1/when/all/1",
            test("member.birthday_month", "is", json!(13)),
            "earning.rules[1].when.all[1].value out_of_range",
        ),
        (
            "/earning/rules/1/when/all/1",
            json!({"any": [{"not": {"all": []}}]}),
            "earning.rules[1].when.all[1].any[0].not.all empty",
        ),
        ("/earning/rules/1/when", deep, "earning.rules[1].when condition_too_large"),
        ("/earning/pending_days", json!(367), "earning.pending_days out_of_range; earning.expiry.days lapses_before_available"),
        ("/earning/expiry/days", json!(0), "earning.expiry.days out_of_range"),
        ("/earning/expiry/days", json!(7), "earning.expiry.days lapses_before_available"),
        ("/earning/expiry", json!({"kind": "end_of_month", "months": 0}), "earning.expiry.months lapses_before_available"),
        (
            "/earning/expiry",
            json!({"kind": "fixed_date", "month": 13, "day": 32, "min_months": 1}),
            "earning.expiry.month out_of_range; earning.expiry.day out_of_range",
        ),
        (
            "/earning/expiry",
            json!({"kind": "fixed_date", "month": 12, "day": 31}),
            "earning.expiry.min_months lapses_before_available",
        ),
        ("/redemption/points", json!(0), "redemption.points out_of_range"),
        ("/redemption/minor", json!(0), "redemption.minor out_of_range"),
        ("/redemption/step", json!(0), "redemption.step out_of_range"),
        ("/redemption/minimum", json!(-1), "redemption.minimum out_of_range"),
        ("/redemption/max_percent", json!(101), "redemption.max_percent out_of_range"),
        ("/redemption", json!(null), "returns.spent_points deduct_without_redemption"),
        ("/tiers/levels/1/code", json!("gold"), "tiers.levels[2].code duplicate"),
        ("/tiers/levels/1/name", json!(""), "tiers.levels[1].name empty"),
        ("/tiers/levels/2/spend_minor", json!(100), "tiers.levels[2].spend_minor not_above_lower"),
        ("/tiers/levels/2/visits", json!(1), "tiers.levels[2].visits not_above_lower"),
        ("/tiers/levels/1/visits", json!(0), "tiers.levels[1].visits out_of_range"),
        ("/tiers/levels/2/spend_minor", json!(null), "tiers.levels[2] free_above_others"),
        ("/tiers/levels/2/layer", json!("none such"), "tiers.levels[2].layer unknown_layer"),
        ("/tiers/window/days", json!(0), "tiers.window.days out_of_range"),
        ("/tiers/window/days", json!(1_101), "tiers.window.days out_of_range"),
        ("/tiers/keep_days", json!(u16::MAX), "tiers.keep_days out_of_range"),
        ("/tiers/grace_days", json!(367), "tiers.grace_days out_of_range"),
        ("/pyramid/period_days", json!(0), "pyramid.period_days out_of_range"),
        ("/pyramid/layers", json!([]), "pyramid.layers empty"),
        ("/pyramid/layers/1/share_bp", json!(9_999), "pyramid.layers layers_leave_some_out"),
        ("/pyramid/layers/0/share_bp", json!(10_000), "pyramid.layers[1].share_bp layer_not_further"),
        ("/pyramid/layers/0/share_bp", json!(0), "pyramid.layers[0].share_bp out_of_range"),
        ("/pyramid/layers/0/code", json!("rest"), "pyramid.layers[1].code duplicate"),
        ("/pyramid/weights", json!({"amount": 0}), "pyramid.weights no_weight"),
    ];
    for (pointer, value, expected) in cases {
        let said = value.to_string();
        assert_eq!(faults(pointer, value).join("; "), expected, "{pointer} = {said}");
    }
}

#[test]
fn lists_are_bounded() {
    let rule =
        |index: usize| json!({"id": format!("r{index}"), "name": "R", "award": {"kind": "rate", "points": 1, "per_minor": 100}});
    let rules: Vec<Value> = (0..201).map(rule).collect();
    assert_eq!(faults("/earning/rules", json!(rules)), ["earning.rules too_many"]);
    let layer = |index: usize| json!({"code": format!("l{index}"), "name": "L", "share_bp": (index + 1) * 10_000 / 21});
    let layers: Vec<Value> = (0..21).map(layer).collect();
    assert_eq!(faults("/pyramid/layers", json!(layers)), ["pyramid.layers too_many"]);
    let level = |index: usize| json!({"code": format!("l{index}"), "name": "L", "visits": index + 1});
    let levels: Vec<Value> = (0..21).map(level).collect();
    let expected =
        ["earning.rules[1].when.all[0].value unknown_tier", "offers[1].when.value unknown_tier", "tiers.levels too_many"];
    assert_eq!(faults("/tiers/levels", json!(levels)), expected);
}

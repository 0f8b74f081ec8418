//! Offers at the counter: basket, member and offers → price, earning and what comes of it when the goods come back.

use std::collections::BTreeSet;

use danggol_core::decide::Detail;
use danggol_core::ledger::Asset;
use danggol_core::programme::Programme;
use danggol_core::quote::Why;
use serde_json::{Value, json};

use crate::book::Book;
use crate::text::Script;
use crate::{base, programme};

/// An offer of the brand by its code.
fn offer(code: &str) -> Value {
    let is = |attribute: &str, value: Value| json!({"attribute": attribute, "op": "is", "value": value});
    let at_least = |attribute: &str, value: i64| json!({"attribute": attribute, "op": "at_least", "value": value});
    let of = |category: &str| is("line.category", json!(category));
    let percent = |percent_bp: i64| json!({"kind": "percent", "percent_bp": percent_bp});
    let amount = |amount_minor: i64| json!({"kind": "amount", "amount_minor": amount_minor});
    let mut offer = match code {
        "ten" => json!({"effect": percent(1_000)}),
        "third" => json!({"effect": percent(3_333)}),
        "up" => json!({"effect": percent(3_333), "rounding": "up"}),
        "half_up" => json!({"effect": percent(50), "rounding": "half_up"}),
        "all" => json!({"effect": percent(10_000)}),
        "milk20" => json!({"effect": percent(2_000), "lines": of("milk")}),
        "capped" => json!({"effect": {"kind": "percent", "percent_bp": 5_000, "max_minor": 1_000}}),
        "five" => json!({"effect": amount(500)}),
        "minimum" => json!({"effect": amount(500), "when": at_least("purchase.amount", 5_000)}),
        "milk9" => json!({"effect": amount(900), "lines": of("milk")}),
        "steps" => {
            json!({"effect": {"kind": "steps", "steps": [{"from_minor": 10_000, "off_minor": 1_000}, {"from_minor": 20_000, "off_minor": 3_000}]}})
        }
        "every" => json!({"effect": {"kind": "steps", "steps": [{"from_minor": 10_000, "off_minor": 1_000}], "repeats": true}}),
        "second" => json!({"effect": {"kind": "nth_item", "nth": 2, "percent_bp": 5_000}}),
        "three_for_two" => json!({"effect": {"kind": "nth_item", "nth": 3, "percent_bp": 10_000}}),
        "set" => json!({"effect": {"kind": "bundle", "price_minor": 6_000, "parts": [
            {"lines": is("line.sku", json!("tee"))}, {"lines": is("line.sku", json!("hat"))}]}}),
        "six_pack" => json!({"effect": {"kind": "bundle", "price_minor": 1_000, "parts": [{"lines": of("milk"), "pieces": 6}]}}),
        "sock" => json!({"effect": {"kind": "free_item"}, "lines": of("sock")}),
        "pen" => {
            json!({"effect": {"kind": "gift", "sku": "pen", "worth_minor": 300}, "when": at_least("purchase.amount", 5_000)})
        }
        "ship" => json!({"effect": {"kind": "delivery"}, "lines": of("ship")}),
        "ship3" => json!({"effect": {"kind": "delivery", "max_minor": 300}, "lines": of("ship")}),
        "price" => {
            json!({"effect": {"kind": "member_price", "prices": [{"sku": "tee", "price_minor": 4_000}, {"sku": "hat", "price_minor": 2_500}]}})
        }
        "gold" => json!({"effect": percent(1_500), "when": is("member.tier", json!("gold"))}),
        "again" => json!({"effect": percent(500), "when": at_least("member.purchase_count", 1)}),
        "online" => json!({"effect": amount(300), "when": is("purchase.channel", json!("online"))}),
        "evening" => {
            json!({"effect": percent(1_000), "when": {"attribute": "purchase.hour", "op": "between", "value": [18, 20]}})
        }
        "march" => json!({"effect": percent(2_000), "when": is("member.birthday_month", json!(3))}),
        "april" => json!({"effect": percent(2_000), "from": "2024-04-01", "until": "2024-04-30"}),
        "g_ten" => json!({"effect": percent(1_000), "group": "g"}),
        "g_eight" => json!({"effect": amount(800), "group": "g"}),
        "alone" => json!({"effect": percent(3_000), "alone": true}),
        "not_ten" => json!({"effect": amount(900), "excludes": ["ten"]}),
        "early" => json!({"effect": amount(1_000), "priority": -1}),
        "off" => json!({"effect": percent(9_000), "enabled": false}),
        other => panic!("no offer {other}"),
    };
    (offer["id"], offer["name"]) = (json!(code), json!(code));
    offer
}

/// The brand with some of its offers.
fn brand(codes: &str) -> Programme {
    let offers: Vec<Value> = codes.split_whitespace().map(offer).collect();
    programme(json!({
        "earning": {"rules": [base()]},
        "offers": offers,
        "redemption": {"points": 1, "minor": 10},
        "tiers": {"levels": [{"code": "gold", "name": "Gold", "spend_minor": 100_000}], "window": {"kind": "rolling", "days": 365},
                  "keep_days": 365, "grace_days": 30},
    }))
}

/// `offers | [what was before;] basket | what comes of it`: 1 point for 100, 1 point worth 10.
const SCENARIOS: &str = "
    ten             | tee:10000                               | pays 9000 [ten 1000] +90 = 90
    ten             | tee:9999                                | pays 9000 [ten 999] +90 = 90
    third           | tee:100 hat:100 sock:100                | pays 201 [third 99] +2 = 2
    up              | tee:100 hat:100 sock:100                | pays 200 [up 100] +2 = 2
    half_up         | tee:100                                 | pays 99 [half_up 1] +0 = 0
    half_up         | tee:99                                  | pays 99 +0 = 0
    all             | tee:3x777 hat:1                         | pays 0 [all 2332] +0 = 0
    milk20          | a/milk:1500 tee:5000                    | pays 6200 [milk20 300] +62 = 62
    milk20          | tee:5000                                | pays 5000 +50 = 50
    capped          | tee:1500                                | pays 750 [capped 750] +7 = 7
    capped          | tee:5000                                | pays 4000 [capped 1000] +40 = 40
    five            | tee:300                                 | pays 0 [five 300] +0 = 0
    five            | tee:1000 hat:2000                       | pays 2500 [five 500] +25 = 25
    minimum         | tee:4999                                | pays 4999 +49 = 49
    minimum         | tee:5000                                | pays 4500 [minimum 500] +45 = 45
    milk9           | a/milk:600 b/milk:500 tee:1000          | pays 1200 [milk9 900] +12 = 12
    steps           | tee:9999                                | pays 9999 +99 = 99
    steps           | tee:10000                               | pays 9000 [steps 1000] +90 = 90
    steps           | tee:2x10000 hat:1                       | pays 17001 [steps 3000] +170 = 170
    every           | tee:3x9999                              | pays 27997 [every 2000] +279 = 279
    second          | tee:2x1000                              | pays 1500 [second 500] +15 = 15
    second          | tee:1001 hat:999 sock:333               | pays 2167 [second 166] +21 = 21
    second          | tee:1000                                | pays 1000 +10 = 10
    three_for_two   | tee:3x1000                              | pays 2000 [three_for_two 1000] +20 = 20
    three_for_two   | tee:5x1000 hat:700                      | pays 4000 [three_for_two 1700] +40 = 40
    set             | tee:5000 hat:3000                       | pays 6000 [set 2000] +60 = 60
    set             | tee:2x5000 hat:3000 sock:500            | pays 11500 [set 2000] +115 = 115
    set             | tee:2000 hat:3000                       | pays 5000 +50 = 50
    six_pack        | a/milk:4x300 b/milk:9x200               | pays 2200 [six_pack 800] +22 = 22
    sock            | s/sock:2x300 t/sock:250 tee:1000        | pays 1600 [sock 250] +16 = 16
    pen             | tee:5000                                | pays 5000 [pen 0] +50 = 50
    pen             | tee:4000                                | pays 4000 +40 = 40
    ship            | tee:3000 post/ship:400                  | pays 3000 [ship 400] +30 = 30
    ship3           | tee:3000 post/ship:400                  | pays 3100 [ship3 300] +31 = 31
    price           | tee:2x5000 hat:2000                     | pays 10000 [price 2000] +100 = 100
    price ten       | tee:5000                                | pays 3600 [price 1000, ten 400] +36 = 36
    gold            | tee:1000                                | pays 1000 +10 = 10
    gold            | buy x:100000; tee:1000                  | pays 850 [gold 150] +8 = 1008
    again           | tee:1000                                | pays 1000 +10 = 10
    again           | buy x:1000; tee:1000                    | pays 950 [again 50] +9 = 19
    online          | channel online tee:1000                 | pays 700 [online 300] +7 = 7
    online          | channel store tee:1000                  | pays 1000 +10 = 10
    evening march   | tee:1000                                | pays 800 [march 200] +8 = 8
    april off       | tee:1000                                | pays 1000 +10 = 10
    g_ten g_eight   | tee:7000                                | pays 6200 [g_eight 800] +62 = 62
    g_ten g_eight   | tee:9000                                | pays 8100 [g_ten 900] +81 = 81
    alone ten five  | tee:1000                                | pays 400 [ten 100, five 500] +4 = 4
    alone ten five  | tee:9000                                | pays 6300 [alone 2700] +63 = 63
    ten not_ten     | tee:8000                                | pays 7100 [not_ten 900] +71 = 71
    ten not_ten     | tee:9500                                | pays 8550 [ten 950] +85 = 85
    ten early       | tee:5000                                | pays 3600 [early 1000, ten 400] +36 = 36
    ten steps       | tee:10500                               | pays 9450 [ten 1050] +94 = 94
    early every ten | tee:21000 hat:333                       | pays 16500 [early 1000, every 2000, ten 1833] +165 = 165
    ten five        | tee:3000 less 200                       | pays 2000 [ten 300, five 500] +20 = 20
    ten             | adjust 100; tee:5000 redeem 100         | pays 4500 [ten 500] -100 +35 = 35
    ten             | tee:1000 coat:-400!adjustment pen:0!gift | pays 500 [ten 100] +5 = 5
    second ten ship | tee:2x999 hat:3x333 post/ship:500       | pays 2249 [second 499, ten 299, ship 450] +22 = 22
";

/// All orders of `0..count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let last = count - 1;
    let insert = |shorter: Vec<usize>| (0..count).map(move |at| [&shorter[..at], &[last], &shorter[at..]].concat());
    orders(last).into_iter().flat_map(insert).collect()
}

fn script(codes: &str, before: &str) -> Script {
    let mut script = Script::new(Book::new(brand(codes)), Vec::new());
    for (place, deed) in before.split(';').map(str::trim).filter(|deed| !deed.is_empty()).enumerate() {
        let deed = deed.strip_prefix("buy ").map_or(deed.to_owned(), |goods| format!("buy B{place} {goods}"));
        assert!(!script.run(&format!("2024-02-01 {deed}")).starts_with("refused"), "{deed}");
    }
    script
}

/// The pieces of a purchase as parts that come back one by one: of each line one piece, and the rest.
fn parts(script: &Script) -> Vec<(usize, i64)> {
    let kept = script.book.purchases.values().last().expect("the purchase");
    let of_line = |(place, line): (usize, &danggol_core::purchase::Line)| {
        let pieces = line.quantity.max(1);
        [(place, 1), (place, pieces - 1)].into_iter().filter(|(_, pieces)| *pieces > 0)
    };
    kept.lines.iter().enumerate().flat_map(of_line).collect()
}

#[test]
fn fifty_checkouts_and_their_returns_in_parts_in_every_order() {
    let rows: Vec<&str> = SCENARIOS.lines().map(str::trim).filter(|row| !row.is_empty()).collect();
    assert!(rows.len() >= 50);
    let mut differences = Vec::new();
    for row in rows {
        let [codes, basket, expected] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else { panic!("{row}") };
        let (before, goods) = basket.rsplit_once(';').unwrap_or(("", basket));
        let buy = format!("2024-03-01 buy A {goods} list");
        let mut bought = script(codes, before);
        let came = bought.run(&buy);
        if came != expected {
            differences.push(format!("{row}\ncame: {came}"));
            continue;
        }
        let parts = parts(&bought);
        assert!(parts.len() <= 6, "{row}");
        let ends: BTreeSet<String> =
            orders(parts.len()).into_iter().map(|order| returned(codes, before, &buy, &parts, &order)).collect();
        assert_eq!(ends.len(), 1, "{row} comes to the same in every order: {ends:?}");
    }
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

/// Buys, and brings every part back in an order; all must be as it was before. What each piece gave back is the answer.
fn returned(codes: &str, before: &str, buy: &str, parts: &[(usize, i64)], order: &[usize]) -> String {
    let start = script(codes, before).book.state(1);
    let mut script = script(codes, before);
    script.run(buy);
    let mut refunded = 0;
    for &part in order {
        let (line, pieces) = parts[part];
        let (envelope, _, now_ms) = script.read(&format!("2024-03-02 return A {line}:{pieces}"));
        let step = script.book.carry_out(&envelope, now_ms);
        let Some(Detail::Return(detail)) = step.entry.map(|entry| entry.detail) else {
            panic!("{buy} {order:?}: {:?}", step.outcome)
        };
        refunded += detail.refund_minor;
    }
    let kept = script.book.purchases.values().last().expect("the purchase");
    let paid: i64 = kept.lines.iter().map(|line| line.amount_minor).sum::<i64>() - kept.discount_minor;
    assert_eq!(refunded, paid - kept.award.redeemed_minor, "{buy} {order:?}");
    assert_eq!(kept.returned.amount_minor, paid, "{buy} {order:?}");
    assert_eq!(kept.returned.points_taken, kept.award.given(Asset::Points), "{buy} {order:?}");
    let state = script.book.state(1);
    assert_eq!((state.points.balance(), state.total_minor), (start.points.balance(), start.total_minor), "{buy} {order:?}");
    format!("{:?} {:?}", kept.returned, state.points.balance())
}

#[test]
fn what_comes_off_is_spread_over_the_lines_so_that_a_part_gives_back_what_it_cost() {
    let mut script = script("ten third", "");
    assert_eq!(script.run("2024-03-01 buy A tee:3x333 hat:1000 list"), "pays 1201 [ten 199, third 599] +12 = 12");
    let kept = script.book.purchases.values().last().unwrap();
    let costs: Vec<i64> = kept.lines.iter().map(|line| line.amount_minor).collect();
    assert_eq!(costs, [600, 601]);
    assert_eq!(kept.award.list_lines(&kept.lines).iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [999, 1000]);
    assert_eq!(script.run("2024-03-02 return A tee:1"), "-2 refund 200 = 10");
    assert_eq!(script.run("2024-03-02 return A hat"), "-6 refund 601 = 4");
}

#[test]
fn an_offer_that_does_not_apply_says_why() {
    let cases = [
        ("april", "tee:1000", Why::Dates),
        ("evening", "tee:1000", Why::Condition),
        ("milk20", "tee:1000", Why::NoGoods),
        ("steps", "tee:9000", Why::Short(1_000)),
        ("three_for_two", "tee:1000", Why::FewPieces(2)),
        ("set", "tee:1000", Why::FewPieces(1)),
        ("price", "tee:3000", Why::Nothing),
        ("g_ten g_eight", "tee:9000", Why::Beside(0)),
        ("ten steps", "tee:10500", Why::NotBetter),
    ];
    for (codes, goods, expected) in cases {
        let mut script = script(codes, "");
        let (envelope, _, now_ms) = script.read(&format!("2024-03-01 buy A {goods} list"));
        let quote = script.book.carry_out(&envelope, now_ms).quote.expect("a quote");
        let whys: Vec<Why> = quote.passed_over.iter().map(|passed| passed.why).collect();
        assert_eq!(whys, [expected], "{codes} {goods}");
        assert_eq!(quote.applied.len() + quote.passed_over.len(), codes.split(' ').count(), "each offer is told of");
    }
}

#[test]
fn prices_that_were_paid_stay_as_they_came() {
    let mut script = script("ten all", "");
    assert_eq!(script.run("2024-03-01 buy A tee:1000"), "+10 = 10");
    assert_eq!(script.book.purchases.values().last().unwrap().award.offers, None);
    assert_eq!(script.run("2024-03-01 buy B tee:1000 list cash 1"), "refused tenders_differ");
    assert_eq!(script.run("2024-03-01 buy C tee:1000 list history"), "+0 = 10");
}

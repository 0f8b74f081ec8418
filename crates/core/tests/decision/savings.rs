//! Savings are what buying the same goods one by one at the counter comes to, as a stranger and as a member of each tier.

use danggol_core::decide::{Command, Detail, ReturnOrder};
use danggol_core::holder::HeldTier;
use danggol_core::id::{HolderId, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::member::{Gender, MemberFacts, MemberStatus};
use danggol_core::programme::Programme;
use danggol_core::purchase::{Line, Moment, Order, Pricing, PurchaseKind};
use danggol_core::savings::{Account, Benefit, Bought, Customer, Source, account, of_strangers, standings};
use danggol_core::time::DAY_MS;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::best_price::{self, Draw};
use crate::book::Book;
use crate::{base, properties, with};

const MEMBER: MemberId = MemberId(1);
/// 2024-03-01, noon in Seoul.
const START_MS: i64 = 1_709_262_000_000;

/// The member of the book.
fn customer(purchases: i64) -> Customer {
    let facts = MemberFacts {
        member: MEMBER,
        holder: HolderId(MEMBER.0),
        status: MemberStatus::Closed,
        gender: Some(Gender::Female),
        birthday: None,
        source: None,
        language: Some("ko".to_owned()),
        joined_at_ms: 0,
    };
    Customer { facts, purchases }
}

fn bought(id: i64, moment: Moment, lines: Vec<Line>, pricing: Pricing, discount_minor: i64) -> Bought {
    let order = Order {
        id: PurchaseId(id),
        member: MEMBER,
        external_no: None,
        channel: "store".to_owned(),
        store: None,
        staff: None,
        moment,
        lines,
        pricing,
        coupons: Vec::new(),
        discount_minor,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 0,
    };
    Bought { order, returned: Vec::new() }
}

/// A programme with offers, some of them for one tier alone.
fn with_offers(programme: Programme, draw: &mut Draw) -> Programme {
    let mut offers = best_price::programme(draw, 4).offers;
    for offer in &mut offers {
        let tier = draw.of(&[None, None, Some("silver"), Some("gold")]);
        if let Some(tier) = tier {
            let when = json!({"attribute": "member.tier", "op": "is", "value": tier});
            offer.when = Some(serde_json::from_value(when).expect("a condition"));
        }
    }
    with(programme, |programme| programme.offers = offers)
}

/// Some months of purchases, a part of which comes back.
fn history(draw: &mut Draw, book: &Book) -> Vec<Bought> {
    let (mut at_ms, count) = (START_MS, 1 + draw.below(12) as i64);
    let one = |place| {
        at_ms += draw.below(20) as i64 * DAY_MS / 2;
        let (lines, pricing) = (best_price::lines(draw), draw.of(&[Pricing::List, Pricing::List, Pricing::Paid]));
        let mut one = bought(1_000 + place, book.rules.moment(at_ms), lines, pricing, draw.of(&[0, 0, 7]));
        for (line, sold) in one.order.lines.iter().enumerate() {
            let pieces = draw.below(sold.pieces() as u64 + 1) as i64;
            one.returned.extend((pieces > 0 && draw.below(3) == 0).then_some((line, pieces)));
        }
        one
    };
    (0..count).map(one).collect()
}

/// What the book says when the goods are bought, and brought back, one by one.
fn one_by_one(book: &mut Book, tier: Option<&str>, goods: &[Bought]) -> (i64, i64) {
    let (mut paid_minor, mut points) = (0, 0);
    for Bought { order, returned } in goods {
        let state = book.states.entry(HolderId(MEMBER.0)).or_default();
        state.tier = tier.map(|code| HeldTier {
            code: code.to_owned(),
            since_day: order.moment.day,
            keep_until_day: None,
            grace_until_day: None,
            lifted: None,
        });
        let envelope = book.envelope(Command::Purchase(order.clone()), None);
        let award = book.carry_out(&envelope, order.moment.at_ms).award.expect("nothing is refused");
        paid_minor += order.at_paid_prices(&award).amount_minor();
        points += award.given(Asset::Points);
        if returned.is_empty() {
            continue;
        }
        let back = ReturnOrder { purchase: order.id, lines: Some(returned.clone()), at_ms: order.moment.at_ms };
        let envelope = book.envelope(Command::Return(back), None);
        let entry = book.carry_out(&envelope, order.moment.at_ms).entry.expect("it comes back");
        let Detail::Return(detail) = entry.detail else { panic!("{entry:?}") };
        paid_minor -= detail.amount_minor;
        points -= detail.points_taken;
    }
    (paid_minor, points)
}

proptest! {
    #![proptest_config(properties::config())]

    #[test]
    fn savings_are_what_buying_one_by_one_comes_to(given in properties::programme(), seed in any::<u64>()) {
        let mut draw = Draw(seed);
        let programme = with_offers(given, &mut draw);
        let goods = history(&mut draw, &Book::new(programme.clone()));
        let rules = Book::new(programme.clone()).rules;
        for tier in standings(&programme) {
            let mut book = Book::new(programme.clone());
            let expected = one_by_one(&mut book, tier, &goods);
            let Account { paid_minor, points, .. } = account(&rules, &customer(0), tier, &goods).expect("nothing is refused");
            prop_assert_eq!((paid_minor, points), expected, "{:?}", tier);
        }
        let strangers = of_strangers(&rules);
        let Account { paid_minor, points, benefits } = account(&strangers, &customer(0), None, &goods).expect("nothing is refused");
        let mut nothing = Book::new(strangers.current.programme.clone());
        prop_assert_eq!((paid_minor, points), one_by_one(&mut nothing, None, &goods));
        prop_assert_eq!((points, benefits.len()), (0, 0), "a stranger is promised nothing");
    }
}

/// Ten percent for gold, a free tier below it, twice the points for gold, and fifty points for the very first purchase.
fn brand(levels: Value) -> Programme {
    let gold = json!({"attribute": "member.tier", "op": "is", "value": "gold"});
    let first = json!({"attribute": "member.purchase_count", "op": "is", "value": 0});
    crate::programme(json!({
        "earning": {"rules": [
            base(),
            {"id": "double", "name": "Double", "award": {"kind": "multiplier", "percent": 200}, "when": gold},
            {"id": "first", "name": "First", "award": {"kind": "fixed", "points": 50}, "when": first}]},
        "offers": [{"id": "ten", "name": "Ten", "effect": {"kind": "percent", "percent_bp": 1_000}, "when": gold}],
        "tiers": {"levels": levels, "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 30},
    }))
}

fn two_tiers() -> Value {
    json!([{"code": "member", "name": "Member"}, {"code": "gold", "name": "Gold", "spend_minor": 1_000}])
}

fn tee(pieces: i64, amount_minor: i64) -> Line {
    let (sku, kind) = ("tee".to_owned(), Default::default());
    Line { sku, category: None, quantity: pieces, amount_minor, kind, off_minor: 0 }
}

#[test]
fn what_gave_something_is_told_and_a_tier_stays_as_it_is() {
    let book = Book::new(brand(two_tiers()));
    let moment = |days: i64| book.rules.moment(START_MS + days * DAY_MS);
    let mut goods: Vec<Bought> =
        (0..3).map(|at| bought(1_000 + at, moment(at), vec![tee(2, 10_000)], Pricing::List, 0)).collect();
    goods[1].returned = vec![(0, 1)];
    goods[2].returned = vec![(0, 2)];
    let of = |tier, purchases| account(&book.rules, &customer(purchases), tier, &goods).expect("nothing is refused");
    // Each would lift her to gold; as a member without it she stays one.
    let member = of(Some("member"), 0);
    assert_eq!((member.paid_minor, member.points), (15_000, 100 + 50 + 50));
    let benefit = |purchases, off_minor, points| Benefit { purchases, off_minor, points };
    assert_eq!(
        member.benefits.into_iter().collect::<Vec<_>>(),
        [(Source::Rule(0), benefit(2, 0, 200)), (Source::Rule(2), benefit(1, 0, 50))],
        "what came back wholly is not told of"
    );
    assert_eq!(of(Some("member"), 4).points, 150, "she had bought before");
    let gold = of(Some("gold"), 0);
    assert_eq!((gold.paid_minor, gold.points), (13_500, 2 * (90 + 45) + 50));
    assert_eq!(gold.benefits[&Source::Offer(0)], benefit(2, 2_000, 0));
    assert_eq!(gold.benefits[&Source::Rule(1)], benefit(2, 0, 180));
}

#[test]
fn nothing_bought_comes_to_nothing_and_a_closed_file_was_open_then() {
    let programme = brand(two_tiers());
    let rules = Book::new(programme.clone()).rules;
    for tier in standings(&programme) {
        assert_eq!(account(&rules, &customer(0), tier, &[]), Ok(Account::default()));
    }
    let goods = [bought(1_000, rules.moment(START_MS), vec![tee(1, 500)], Pricing::Paid, 0)];
    assert_eq!(account(&rules, &customer(1), Some("gold"), &goods).map(|account| account.paid_minor), Ok(500));
    let none = [bought(1_000, rules.moment(START_MS), Vec::new(), Pricing::List, 0)];
    assert_eq!(account(&rules, &customer(0), None, &none).map_err(|refusal| refusal.code()), Err("no_lines"));
}

#[test]
fn where_every_tier_asks_for_something_a_member_may_be_without_one() {
    let gold = json!([{"code": "gold", "name": "Gold", "visits": 3}]);
    for (levels, expected) in
        [(json!([]), vec![None]), (gold, vec![None, Some("gold")]), (two_tiers(), vec![Some("member"), Some("gold")])]
    {
        let programme = if levels == json!([]) { crate::rules(json!([base()])) } else { brand(levels) };
        assert_eq!(standings(&programme), expected);
    }
}

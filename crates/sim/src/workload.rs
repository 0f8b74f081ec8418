//! The brand that benches and soaks run on: a programme of ten rules, members, and purchases drawn from a seed.

use danggol_core::attribute::Attribute;
use danggol_core::birthday::LunarKind;
use danggol_core::condition::{Condition, Operand, Operator, Test};
use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Published, Rules};
use danggol_core::id::{EntryId, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::programme::{
    Caps, Earning, Expiry, Gives, Ladder, Level, Programme, Redemption, Returns, Rounding, Rule, Window,
};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind};
use danggol_core::pyramid::Criteria;
use jiff::tz::TimeZone;

use crate::random::Random;

/// Stores of the brand.
pub const STORES: u64 = 300;
/// Categories of its products.
pub const CATEGORIES: u64 = 50;
/// Products of the brand.
pub const PRODUCTS: u64 = 20_000;

fn test(attribute: Attribute, op: Operator, value: Operand) -> Condition {
    Condition::Test(Test { attribute, op, value: Some(value) })
}

fn rule(id: &str, award: Gives) -> Rule {
    Rule {
        id: id.to_owned(),
        name: id.to_owned(),
        enabled: true,
        when: None,
        lines: None,
        award,
        asset: Asset::Points,
        group: None,
        from: None,
        until: None,
        caps: Caps::default(),
        rounding: Rounding::Down,
    }
}

fn categories(from: u64, count: u64) -> Operand {
    Operand::Texts((from..from + count).map(category).collect())
}

fn category(number: u64) -> String {
    format!("c{number:02}")
}

/// The ten rules: a rate, category and weekday multipliers, bonuses on amount, hour, channel, tier, a capped one, a dated one and
/// growth points.
pub fn ten_rules() -> Programme {
    let with = |rule: Rule, when: Condition| Rule { when: Some(when), ..rule };
    let rules = vec![
        rule("base", Gives::Rate { points: 1, per_minor: 100 }),
        Rule {
            lines: Some(test(Attribute::LineCategory, Operator::In, categories(0, 3))),
            group: Some("double".to_owned()),
            ..rule("double-category", Gives::Multiplier { percent: 200 })
        },
        with(
            Rule { group: Some("double".to_owned()), ..rule("weekend", Gives::Multiplier { percent: 150 }) },
            test(Attribute::PurchaseWeekday, Operator::In, Operand::Numbers(vec![6, 7])),
        ),
        with(
            rule("big-basket", Gives::Fixed { points: 50 }),
            test(Attribute::PurchaseAmount, Operator::AtLeast, Operand::Number(20_000)),
        ),
        with(
            Rule { caps: Caps { per_day: Some(20), ..Caps::default() }, ..rule("morning", Gives::Fixed { points: 10 }) },
            test(Attribute::PurchaseHour, Operator::Between, Operand::Numbers(vec![8, 10])),
        ),
        with(
            rule("online", Gives::Rate { points: 1, per_minor: 1_000 }),
            test(Attribute::PurchaseChannel, Operator::Is, Operand::Text("online".to_owned())),
        ),
        with(
            rule("gold", Gives::Multiplier { percent: 120 }),
            test(Attribute::MemberTier, Operator::In, Operand::Texts(vec!["gold".to_owned(), "black".to_owned()])),
        ),
        Rule {
            from: Some("2026-06-01".to_owned()),
            until: Some("2026-06-30".to_owned()),
            ..rule("anniversary", Gives::Multiplier { percent: 300 })
        },
        with(rule("first", Gives::Fixed { points: 100 }), test(Attribute::MemberPurchaseCount, Operator::Is, Operand::Number(0))),
        Rule { asset: Asset::Growth, ..rule("growth", Gives::Rate { points: 1, per_minor: 100 }) },
    ];
    let level = |code: &str, points| Level {
        code: code.to_owned(),
        name: code.to_owned(),
        spend_minor: None,
        points: Some(points),
        visits: None,
        layer: None,
    };
    Programme {
        name: "Ten rules".to_owned(),
        earning: Earning { rules, pending_days: 0, expiry: Expiry::EndOfMonth { months: 12 }, earn_on_redeemed: false },
        offers: Vec::new(),
        occasions: Vec::new(),
        top_ups: None,
        redemption: Some(Redemption { points: 100, minor: 100, step: 100, minimum: 100, max_percent: 50 }),
        returns: Returns::default(),
        tiers: Ladder {
            levels: vec![
                level("silver", 200),
                level("gold", 1_000),
                Level { layer: Some("vip".to_owned()), ..level("black", 5_000) },
            ],
            window: Window::Rolling { days: 365 },
            keep_days: 365,
            grace_days: 30,
        },
        pyramid: Criteria::default(),
    }
}

/// The rules of the brand: Shanghai time, the business day from four in the morning.
pub fn rules(programme: Programme) -> Rules {
    let zone = TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC);
    Rules::new(Published::new(1, programme), zone, 4, LunarKind::Chinese)
}

/// Draws purchases: members alike or heavy-tailed, one to five lines, the till's own numbers.
#[derive(Debug, Clone)]
pub struct Buyers {
    random: Random,
    first_member: i64,
    members: u64,
    tills: Vec<u64>,
}

impl Buyers {
    /// Purchases of members `first_member..first_member + members`.
    pub fn new(seed: u64, first_member: i64, members: u64) -> Self {
        Self { random: Random::new(seed), first_member, members, tills: vec![0; STORES as usize] }
    }

    /// The command that posts the next purchase.
    pub fn purchase(&mut self, rules: &Rules, at_ms: i64, series: &str) -> Envelope {
        let actor = Actor { kind: ActorKind::Key, id: 1 };
        Envelope { id: EntryId(0), actor, key: None, command: Command::Purchase(self.order(rules, at_ms, series)) }
    }

    /// A purchase of a random member at `at_ms`, with three lines.
    pub fn order(&mut self, rules: &Rules, at_ms: i64, series: &str) -> Order {
        let member = MemberId(self.first_member + self.random.below(self.members) as i64);
        let store = self.random.below(STORES);
        self.tills[store as usize] += 1;
        let number = format!("{series}{store:03}-{:08}", self.tills[store as usize]);
        let lines = (0..3).map(|_| self.line()).collect();
        let online = self.random.once_in(4);
        Order {
            id: PurchaseId(0),
            member,
            external_no: Some(number),
            channel: if online { "online" } else { "store" }.to_owned(),
            store: Some(format!("s{store:03}")),
            staff: None,
            moment: rules.moment(at_ms),
            lines,
            pricing: Pricing::Paid,
            coupons: Vec::new(),
            discount_minor: 0,
            coupon_minor: 0,
            tenders: Vec::new(),
            redeem_points: 0,
            kind: PurchaseKind::Earn,
            input_hash: self.random.next_u64() as i64,
        }
    }

    fn line(&mut self) -> Line {
        let product = self.random.below(PRODUCTS);
        Line {
            sku: format!("p{product:05}"),
            category: Some(category(product % CATEGORIES)),
            quantity: 1 + self.random.below(3) as i64,
            amount_minor: 100 + self.random.below(9_900) as i64,
            kind: LineKind::Sale,
            off_minor: 0,
        }
    }
}

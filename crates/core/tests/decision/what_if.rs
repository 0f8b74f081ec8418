//! A replay gives, to the unit, what posting one by one gives.

use danggol_core::birthday::LunarKind;
use danggol_core::buy::review_at_ms;
use danggol_core::decide::{
    Actor, ActorKind, Adjustment, Command, Entry, Envelope, Held, Outcome, Published, ReturnOrder, Rules, Sink, World, decide,
};
use danggol_core::earning::Award;
use danggol_core::holder::{HolderState, Ranking};
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::member::{Gender, MemberFacts, MemberStatus};
use danggol_core::programme::Programme;
use danggol_core::purchase::{KeptPurchase, Line, LineKind, Moment, Order, Pricing, PurchaseKind};
use danggol_core::quote::Quote;
use danggol_core::time::{DAY_MS, date_of, parse_rfc3339};
use danggol_core::what_if::{Books, Bought, Comparison, Event, Figures, Move, Replay};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use crate::properties::{config, programme};

const HOLDER: HolderId = HolderId(7);

/// Something that happens so long after what happened before it.
#[derive(Debug, Clone)]
struct Deed {
    after_ms: i64,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Buy { lines: Vec<Line>, discount_minor: i64, fives: i64, online: bool },
    Return { of: Index, lines: Option<Vec<(usize, i64)>> },
    Adjust { amount: i64, growth: bool },
    Rank { layer: Option<&'static str>, bulk: bool },
}

fn line() -> impl Strategy<Value = Line> {
    let made = |category: Option<&str>, quantity, amount_minor, kind| Line {
        sku: "s".to_owned(),
        category: category.map(str::to_owned),
        quantity,
        amount_minor,
        kind,
        off_minor: 0,
    };
    prop_oneof![
        6 => (1..5_i64, 1..900_i64, any::<bool>())
            .prop_map(move |(pieces, amount, milk)| made(milk.then_some("milk"), pieces, amount, LineKind::Sale)),
        1 => (1..200_i64).prop_map(move |off| made(None, 0, -off, LineKind::Adjustment)),
        1 => Just(made(None, 2, 0, LineKind::Gift)),
    ]
}

fn what() -> impl Strategy<Value = What> {
    let lines = prop::collection::vec((0..4_usize, 1..3_i64), 1..3);
    prop_oneof![
        8 => (prop::collection::vec(line(), 1..5), prop_oneof![2 => Just(0), 1 => 0..150_i64], prop_oneof![2 => Just(0), 1 => 0..12_i64],
              any::<bool>())
            .prop_map(|(lines, discount_minor, fives, online)| What::Buy { lines, discount_minor, fives, online }),
        3 => (any::<Index>(), prop::option::weighted(0.7, lines)).prop_map(|(of, lines)| What::Return { of, lines }),
        1 => (-60..60_i64, any::<bool>()).prop_map(|(amount, growth)| What::Adjust { amount, growth }),
        1 => (select(vec![None, Some("vip"), Some("gold")]), any::<bool>()).prop_map(|(layer, bulk)| What::Rank { layer, bulk }),
    ]
}

fn history() -> impl Strategy<Value = Vec<Deed>> {
    let after = prop_oneof![2 => 0..DAY_MS, 3 => 0..20 * DAY_MS, 1 => 20 * DAY_MS..200 * DAY_MS];
    prop::collection::vec((after, what()).prop_map(|(after_ms, what)| Deed { after_ms, what }), 1..30)
}

fn rules(programme: Programme) -> Rules {
    Rules::new(Published::new(3, programme), TimeZone::get("Asia/Seoul").expect("a zone"), 5, LunarKind::Korean)
}

fn facts() -> MemberFacts {
    MemberFacts {
        member: MemberId(7),
        holder: HOLDER,
        status: MemberStatus::Active,
        gender: Some(Gender::Female),
        birthday: None,
        source: None,
        language: None,
        joined_at_ms: 0,
    }
}

fn month_of(rules: &Rules, at_ms: i64) -> i32 {
    let date = date_of(rules.moment(at_ms).day);
    i32::from(date.year()) * 12 + i32::from(date.month()) - 1
}

/// What one command became, for the reference.
#[derive(Default)]
struct Became {
    award: Option<Award>,
    postings: Vec<Posting>,
    outcome: Option<Outcome>,
}

impl Sink for Became {
    fn purchase(&mut self, _: usize, _: HolderId, award: Award) {
        self.award = Some(award);
    }
    fn quote(&mut self, _: usize, _: Quote) {}
    fn entry(&mut self, _: usize, _: Entry) {}
    fn posting(&mut self, _: usize, posting: Posting) {
        self.postings.push(posting);
    }
    fn returned(&mut self, _: usize, _: &KeptPurchase) {}
    fn touched(&mut self, _: usize, _: HolderId, _: EntryId) {}
    fn outcome(&mut self, _: usize, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

/// Everything posted one by one, each in a batch of its own, through the decision.
struct Posting1 {
    rules: Rules,
    world: World,
    /// Given, taken back, expired, spent and adjusted, by month.
    months: std::collections::BTreeMap<i32, [i64; 5]>,
    next: i64,
}

impl Posting1 {
    fn new(rules: Rules) -> Self {
        let mut world = World { may_owe: true, ..World::default() };
        world.members.insert(MemberId(7), facts());
        world.holders.insert(HOLDER, Held::default());
        Self { rules, world, months: std::collections::BTreeMap::new(), next: 1_000_000 }
    }

    fn state(&self) -> &HolderState {
        &self.world.holders[&HOLDER].state
    }

    fn decide(&mut self, id: i64, command: Command, now_ms: i64) -> Became {
        let mut became = Became::default();
        let actor = Actor { kind: ActorKind::System, id: 0 };
        let buys = match &command {
            Command::Purchase(order) => Some(order.clone()),
            _ => None,
        };
        let envelope = Envelope { id: EntryId(id), actor, key: None, command };
        decide(&self.rules, &mut self.world, [&envelope], now_ms, &mut became);
        let month = self.months.entry(month_of(&self.rules, now_ms)).or_default();
        for posting in became.postings.iter().filter(|posting| posting.asset == Asset::Points) {
            let (place, sign) = match (posting.from, posting.to) {
                (Account::Issued, Account::Holder) => (0, 1),
                (Account::Holder, Account::Issued) => (1, 1),
                (Account::Holder, Account::Expired) => (2, 1),
                (Account::Holder, Account::Redeemed) => (3, 1),
                (Account::Redeemed, Account::Holder) => (3, -1),
                (Account::Adjusted, Account::Holder) => (4, 1),
                (Account::Holder, Account::Adjusted) => (4, -1),
                other => panic!("{other:?}"),
            };
            month[place] += sign * posting.amount;
        }
        if let (Some(order), Some(award)) = (buys, &became.award) {
            // As a later batch reads it from the store.
            let kept = KeptPurchase {
                id: order.id,
                member: order.member,
                holder: HOLDER,
                moment: order.moment,
                channel: order.channel,
                store: order.store,
                staff: order.staff,
                lines: order.lines,
                discount_minor: order.discount_minor,
                kind: order.kind,
                programme_version: self.rules.current.version,
                award: award.clone(),
                returned: Default::default(),
            };
            self.world.purchases.insert(order.id, kept);
        }
        became
    }

    fn review_until(&mut self, until_ms: i64) {
        while let Some(at_ms) = review_at_ms(&self.rules, self.state()).filter(|at_ms| *at_ms <= until_ms) {
            self.next += 1;
            let came = self.decide(self.next, Command::Review(HOLDER), at_ms);
            assert_ne!(came.outcome, Some(Outcome::Nothing), "a review that was due finds something to do");
        }
    }
}

/// A deed that was carried out, as the replay is told of it.
enum Told {
    Bought { order: Order, redeemed_minor: i64, comes_back: bool },
    Returned(EntryId, ReturnOrder),
    Adjusted { id: EntryId, at_ms: i64, asset: Asset, amount: i64 },
    Ranked { id: EntryId, at_ms: i64, ranking: Ranking },
}

/// Posts a history one by one and tells what of it was carried out.
fn post(posting: &mut Posting1, history: &[Deed], start_ms: i64) -> (Vec<Told>, i64) {
    let (mut now_ms, mut told, mut sold): (i64, Vec<Told>, Vec<(PurchaseId, usize)>) = (start_ms, Vec::new(), Vec::new());
    for (place, deed) in history.iter().enumerate() {
        let id = place as i64 + 1;
        now_ms += deed.after_ms;
        posting.review_until(now_ms);
        match &deed.what {
            What::Buy { lines, discount_minor, fives, online } => {
                let order = Order {
                    id: PurchaseId(id),
                    member: MemberId(7),
                    external_no: None,
                    channel: if *online { "online" } else { "store" }.to_owned(),
                    store: (!online).then(|| "S1".to_owned()),
                    staff: None,
                    moment: posting.rules.moment(now_ms),
                    lines: lines.clone(),
                    pricing: Pricing::Paid,
                    coupons: Vec::new(),
                    discount_minor: *discount_minor,
                    coupon_minor: 0,
                    tenders: Vec::new(),
                    redeem_points: fives * 5,
                    kind: PurchaseKind::Earn,
                    input_hash: 0,
                };
                if let Some(award) = posting.decide(id, Command::Purchase(order.clone()), now_ms).award {
                    sold.push((order.id, told.len()));
                    told.push(Told::Bought { order, redeemed_minor: award.redeemed_minor, comes_back: false });
                }
            }
            What::Return { of, lines } => {
                if sold.is_empty() {
                    continue;
                }
                let (purchase, at) = sold[of.index(sold.len())];
                let order = ReturnOrder { purchase, lines: lines.clone(), at_ms: now_ms };
                let came = posting.decide(id, Command::Return(order.clone()), now_ms);
                if matches!(came.outcome, Some(Outcome::Done(_))) {
                    told.push(Told::Returned(EntryId(id), order));
                    if let Told::Bought { comes_back, .. } = &mut told[at] {
                        *comes_back = true;
                    }
                }
            }
            What::Adjust { amount, growth } => {
                let asset = if *growth { Asset::Growth } else { Asset::Points };
                let adjustment = Adjustment { member: MemberId(7), asset, amount: *amount, reason: "-".to_owned() };
                if let Some(Outcome::Done(_)) = posting.decide(id, Command::Adjust(adjustment), now_ms).outcome {
                    told.push(Told::Adjusted { id: EntryId(id), at_ms: now_ms, asset, amount: *amount });
                }
            }
            What::Rank { layer, bulk } => {
                let reaches = if *bulk { Vec::new() } else { posting.rules.current.programme.layers_reached(*layer) };
                let day = posting.rules.moment(now_ms).day;
                let ranking = Ranking { day, layer: layer.map(str::to_owned), reaches, bulk: *bulk, amount_minor: 5 };
                posting.decide(id, Command::Rank(HOLDER, ranking.clone()), now_ms);
                // The log says the layer; what of it tiers ask for is for the programme to say.
                let ranking = Ranking { reaches: vec!["forgotten".to_owned()], ..ranking };
                told.push(Told::Ranked { id: EntryId(id), at_ms: now_ms, ranking });
            }
        }
    }
    (told, now_ms)
}

fn event(told: &Told) -> Event<'_> {
    match told {
        Told::Bought { order, redeemed_minor, comes_back } => Event::Bought(Bought {
            id: order.id,
            moment: order.moment,
            channel: &order.channel,
            store: order.store.as_deref(),
            staff: None,
            lines: &order.lines,
            discount_minor: order.discount_minor,
            redeemed_points: order.redeem_points,
            redeemed_minor: *redeemed_minor,
            comes_back: *comes_back,
        }),
        Told::Returned(id, order) => Event::Returned(*id, order.clone()),
        Told::Adjusted { id, at_ms, asset, amount } => Event::Adjusted { id: *id, at_ms: *at_ms, asset: *asset, amount: *amount },
        Told::Ranked { id, at_ms, ranking } => Event::Ranked { id: *id, at_ms: *at_ms, ranking },
    }
}

/// Programmes with what the others lack: yearly caps, rules over days and channels, occasions, tiers by layer.
fn planned() -> impl Strategy<Value = Programme> {
    (programme(), any::<[bool; 4]>(), select(vec![1_u16, 100])).prop_map(|(mut programme, [yearly, dated, gift, layer], days)| {
        let rule = |value| serde_json::from_value(value).expect("a rule");
        if yearly {
            programme.earning.rules.push(rule(json!({"id": "y", "name": "Y", "award": {"kind": "rate", "points": 3, "per_minor": 20},
                "when": {"attribute": "purchase.channel", "op": "is", "value": "online"},
                "caps": {"per_year": 300, "per_purchase": 40}, "asset": "growth"})));
        }
        if dated {
            programme.earning.rules.push(rule(json!({"id": "d", "name": "D", "award": {"kind": "fixed", "points": 11},
                "from": "2024-02-10", "until": "2024-07-15", "when": {"attribute": "purchase.weekday", "op": "in", "value": [5, 6, 7]}})));
        }
        if gift {
            let occasion = json!({"id": "o", "name": "O", "trigger": {"kind": "purchase"}, "points": 25, "valid_days": 30,
                "when": {"attribute": "purchase.amount", "op": "at_least", "value": 500}, "caps": {"per_year": 3}});
            programme.occasions.push(serde_json::from_value(occasion).expect("an occasion"));
        }
        if layer {
            programme.tiers.levels[1].layer = Some("vip".to_owned());
            let cut = |code: &str, share_bp| serde_json::from_value(json!({"code": code, "name": code, "share_bp": share_bp})).expect("a layer");
            programme.pyramid.layers = vec![cut("vip", 100), cut("gold", 9_900)];
        }
        programme.earning.pending_days *= days;
        programme
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_replay_gives_what_posting_one_by_one_gives(programme in planned(), history in history(), late in 0..400_i64) {
        let rules = rules(programme);
        let start_ms = parse_rfc3339("2024-01-20T09:00:00Z").expect("a moment");
        let mut posting = Posting1::new(rules.clone());
        let (told, last_ms) = post(&mut posting, &history, start_ms);
        let until_ms = last_ms + late * DAY_MS;
        posting.review_until(until_ms);

        let day = |at_ms| rules.moment(at_ms).day;
        let replay = Replay::new(rules.clone(), (day(start_ms), day(until_ms)));
        let mut books = Books::new(&replay);
        // Somebody before her leaves nothing behind.
        books.open(&MemberFacts { member: MemberId(1), holder: HolderId(1), ..facts() });
        for told in &told {
            books.post(&event(told));
        }
        let before: Vec<Figures> = books.months().to_vec();
        books.open(&facts());
        for told in &told {
            books.post(&event(told));
        }
        books.review_until(until_ms, day(until_ms));
        prop_assert_eq!(books.state(), posting.state());

        // The first member was not looked at after her last purchase, so months are compared over the second alone.
        let mut open = 0;
        for (place, month) in replay.months().enumerate() {
            let (all, first) = (books.months()[place], before[place]);
            let mine = [
                all.given - first.given, all.taken_back - first.taken_back, all.expired - first.expired,
                all.spent - first.spent, all.adjusted - first.adjusted,
            ];
            prop_assert_eq!(mine, posting.months.get(&month).copied().unwrap_or_default(), "month {}", month);
            open += all.grown() - first.grown();
        }
        let lots: i64 = posting.state().points.lots.iter().map(|lot| lot.remaining).sum();
        prop_assert_eq!(open, lots);
    }
}

/// A purchase of so much at noon of a day of 2024.
fn sale(id: i64, date: &str, lines: &'static [Line]) -> Bought<'static> {
    let moment: Moment =
        rules(crate::rules(json!([crate::base()]))).moment(parse_rfc3339(&format!("{date}T03:00:00Z")).expect("a day"));
    Bought {
        id: PurchaseId(id),
        moment,
        channel: "store",
        store: None,
        staff: None,
        lines,
        discount_minor: 0,
        redeemed_points: 0,
        redeemed_minor: 0,
        comes_back: false,
    }
}

fn lines(amount_minor: i64) -> &'static [Line] {
    let line = Line { sku: "s".to_owned(), category: None, quantity: 1, amount_minor, kind: LineKind::Sale, off_minor: 0 };
    Vec::leak(vec![line])
}

fn tiered(per_minor: i64, silver: i64, gold: i64) -> Programme {
    crate::programme(json!({
        "earning": {"rules": [{"id": "base", "name": "Base", "award": {"kind": "rate", "points": 1, "per_minor": per_minor}}]},
        "tiers": {
            "levels": [{"code": "silver", "name": "S", "spend_minor": silver}, {"code": "gold", "name": "G", "spend_minor": gold}],
            "window": {"kind": "rolling", "days": 365}, "keep_days": 365, "grace_days": 0,
        },
    }))
}

#[test]
fn a_comparison_tells_months_movers_winners_and_losers() {
    let replays =
        [tiered(100, 5_000, 20_000), tiered(50, 8_000, 10_000)].map(|programme| Replay::new(rules(programme), (19_737, 19_850)));
    let member = |id: i64| MemberFacts { member: MemberId(id), holder: HolderId(id), ..facts() };
    let until_ms = parse_rfc3339("2024-04-01T00:00:00Z").expect("a moment");
    let replay = |comparison: &mut Comparison<'_>, facts: MemberFacts, sales: &[Bought<'_>]| {
        comparison.open(&facts);
        sales.iter().for_each(|sale| comparison.post(&Event::Bought(*sale)));
        comparison.close(until_ms);
    };
    let mut whole = Comparison::new(&replays);
    replay(&mut whole, member(1), &[sale(1, "2024-01-20", lines(6_000))]);
    let mut other = Comparison::new(&replays);
    let both = [sale(2, "2024-01-31", lines(6_000)), sale(3, "2024-02-01", lines(6_050))];
    replay(&mut other, member(2), &both);
    replay(&mut other, MemberFacts { status: MemberStatus::Closed, ..member(3) }, &both);
    replay(&mut other, member(4), &[]);
    whole.join(other);
    assert_eq!(whole.purchases(), 5);
    let outcome = whole.finish();
    assert_eq!((outcome.members, outcome.events), (3, 5));
    let given: Vec<[i64; 2]> = outcome.months.iter().map(|month| month.figures.map(|figures| figures.given)).collect();
    assert_eq!(given, [[180, 360], [120, 242], [0, 0], [0, 0], [0, 0], [0, 0]][..given.len()]);
    let open: Vec<[i64; 2]> = outcome.months.iter().take(2).map(|month| month.open).collect();
    assert_eq!(open, [[180, 360], [300, 602]]);
    assert_eq!((outcome.gained, outcome.lost), ((2, 181), (0, 0)));
    let winners: Vec<_> = outcome.winners.iter().map(|one| (one.member.0, one.points)).collect();
    assert_eq!(winners, [(2, [120, 241]), (1, [60, 120])]);
    let down: Vec<_> = outcome.down.iter().map(|one| (one.member.0, one.tiers.clone(), one.sales_minor)).collect();
    assert_eq!(down, [(1, [Some("silver".to_owned()), None], 6_000)]);
    let up: Vec<_> = outcome.up.iter().map(|one| (one.member.0, one.tiers.clone())).collect();
    assert_eq!(up, [(2, [Some("silver".to_owned()), Some("gold".to_owned())])]);
    let tiers: Vec<_> = outcome.tiers.iter().map(|one| (one.direction, one.members)).collect();
    assert_eq!(tiers, [(Some(Move::Down), 1), (Some(Move::Up), 1)]);
}

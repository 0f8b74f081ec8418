//! One balance of stored value spent at many tills at once: exactly as often as there is money, with two servers on one database too.

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Outcome};
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::programme::Programme;
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::refusal::Refusal;
use danggol_core::value::{TopUpStep, TopUps, ValueAct, ValueOrder};
use danggol_sim::folder::TemporaryFolder;
use danggol_sim::soak::ground::{BEGIN_MS, Ground, members};
use danggol_store::testing::Cluster;
use danggol_store::{Target, holder};

/// What is paid in, what the plan adds, and what each spend takes.
const PAID: i64 = 250;
const ADDED: i64 = 78;
const SPENT: i64 = 10;

fn envelope(command: Command) -> Envelope {
    Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::Key, id: 3 }, key: None, command }
}

fn stored(member: MemberId, act: ValueAct) -> Envelope {
    envelope(Command::Value(ValueOrder { member, act, store: None, staff: None, reason: None }))
}

/// A purchase of which a part is paid with stored value and the rest in money.
fn bought(ground: &Ground, member: MemberId) -> Envelope {
    let line =
        Line { sku: "p".to_owned(), category: None, quantity: 1, amount_minor: SPENT + 5, off_minor: 0, kind: LineKind::Sale };
    envelope(Command::Purchase(Order {
        id: PurchaseId(0),
        member,
        external_no: None,
        channel: "store".to_owned(),
        store: None,
        staff: None,
        moment: ground.rules().moment(BEGIN_MS),
        lines: vec![line],
        pricing: Pricing::Paid,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: vec![
            Tender { kind: TenderKind::StoredValue, amount_minor: SPENT },
            Tender { kind: TenderKind::Cash, amount_minor: 5 },
        ],
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 1,
    }))
}

fn spends_at_once(target: &Target, servers: usize, writers: usize) {
    let mut programme = Programme::first("shop", 2);
    let step =
        TopUpStep { id: "any".to_owned(), name: "any".to_owned(), from_minor: 1, bonus_minor: ADDED, points: 0, coupon: None };
    programme.top_ups = Some(TopUps { steps: vec![step], ..TopUps::default() });
    let open = |at: usize| {
        let name = format!("server {at}");
        Ground::open_wide(target.clone(), 1, &programme, (&name, writers), BEGIN_MS).expect("a server")
    };
    let grounds: Vec<Ground> = (0..servers).map(open).collect();
    let member = members(1)[0];
    let paid_in = stored(member, ValueAct::TopUp { amount_minor: PAID, tender: TenderKind::Cash });
    grounds[0].carry_out_singly(vec![paid_in]).expect("a top-up");
    let waiting: Vec<_> = (0..64)
        .map(|at| {
            let ground = &grounds[at % servers];
            let spend = if at % 3 == 0 { stored(member, ValueAct::Pay { amount_minor: SPENT }) } else { bought(ground, member) };
            ground.pipeline.enqueue(spend).expect("a place")
        })
        .collect();
    let outcomes: Vec<Outcome> = waiting
        .into_iter()
        .map(|answer| answer.blocking_recv().expect("an answer").expect("the database works").settled.outcome)
        .collect();
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done(_))).count() as i64;
    assert_eq!(done, (PAID + ADDED) / SPENT, "{outcomes:?}");
    let refused = |outcome: &&Outcome| matches!(outcome, Outcome::Refused(Refusal::InsufficientValue { available_minor, .. }) if *available_minor < SPENT);
    assert_eq!(outcomes.iter().filter(refused).count() as i64, 64 - done, "{outcomes:?}");
    let holder = HolderId(member.0);
    let states = grounds[0].store.read_blocking(move |conn| holder::find(conn, &[holder])).expect("the database works");
    let state = &states[&holder];
    assert_eq!(state.value_principal.balance() + state.value_bonus.balance(), (PAID + ADDED) % SPENT);
    grounds[0].audit().expect("everything follows from the log");
}

#[test]
fn sixty_four_spends_of_one_stored_value_at_once_succeed_as_often_as_there_is_money() {
    let folder = TemporaryFolder::new("stored_value").expect("a folder");
    spends_at_once(&Target::sqlite(folder.path().join("data")), 1, 1);
    let cluster = Cluster::start().expect("PostgreSQL runs");
    for servers in [1, 2] {
        let url = cluster.create_database(&format!("stored_value_{servers}")).expect("a database");
        spends_at_once(&Target::postgres(&url, |_| None).expect("its address"), servers, 3);
    }
}

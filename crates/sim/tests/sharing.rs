//! Two of a household spend at the same time: exactly as often as there are points, with two servers on one database too.

use danggol_core::decide::{Actor, ActorKind, Adjustment, Command, Envelope, Outcome};
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::programme::{Programme, Redemption};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind};
use danggol_sim::folder::TemporaryFolder;
use danggol_sim::soak::ground::{BEGIN_MS, Ground, household_of, members};
use danggol_store::testing::Cluster;
use danggol_store::{Target, holder};

const MEMBERS: i64 = 3;
/// What the three have, and what each spend takes.
const GIVEN: [i64; 3] = [200, 70, 58];
const SPENT: i64 = 10;

fn envelope(command: Command) -> Envelope {
    Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::Key, id: 3 }, key: None, command }
}

fn spend(ground: &Ground, member: MemberId) -> Envelope {
    let line = Line { sku: "p".to_owned(), category: None, quantity: 1, amount_minor: SPENT, kind: LineKind::Sale, off_minor: 0 };
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
        tenders: Vec::new(),
        redeem_points: SPENT,
        kind: PurchaseKind::Earn,
        input_hash: 1,
    }))
}

fn spends_at_once(target: &Target, servers: usize, writers: usize) {
    let mut programme = Programme::first("shop", 2);
    programme.earning.rules.clear();
    programme.redemption = Some(Redemption { points: 1, minor: 1, step: 1, minimum: 1, max_percent: 100 });
    let open = |at: usize| {
        let name = format!("server {at}");
        Ground::open_wide(target.clone(), MEMBERS, &programme, (&name, writers), BEGIN_MS).expect("a server")
    };
    let grounds: Vec<Ground> = (0..servers).map(open).collect();
    grounds[0].let_share(MEMBERS, true).expect("a household");
    let ids = members(MEMBERS);
    assert!(ids.iter().all(|member| household_of(*member).is_some() && household_of(*member) == household_of(ids[0])));
    let gift = |(member, amount): (&MemberId, i64)| {
        envelope(Command::Adjust(Adjustment { member: *member, asset: Asset::Points, amount, reason: "a gift".to_owned() }))
    };
    grounds[0].carry_out_singly(ids.iter().zip(GIVEN).map(gift).collect()).expect("gifts");
    let waiting: Vec<_> = (0..64)
        .map(|at| {
            let ground = &grounds[at % servers];
            ground.pipeline.enqueue(spend(ground, ids[at / servers % 2])).expect("a place")
        })
        .collect();
    let outcomes: Vec<Outcome> = waiting
        .into_iter()
        .map(|answer| answer.blocking_recv().expect("an answer").expect("the database works").settled.outcome)
        .collect();
    let done = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Done(_))).count() as i64;
    assert_eq!(done, GIVEN.iter().sum::<i64>() / SPENT, "{outcomes:?}");
    let holders: Vec<HolderId> = ids.iter().map(|member| HolderId(member.0)).collect();
    let states = grounds[0].store.read_blocking(move |conn| holder::find(conn, &holders)).expect("the database works");
    let left: i64 = states.values().map(|state| state.points.balance()).sum();
    assert_eq!(left, GIVEN.iter().sum::<i64>() % SPENT);
    grounds[0].audit().expect("everything follows from the log");
}

#[test]
fn sixty_four_spends_of_a_household_at_once_succeed_as_often_as_there_are_points() {
    let folder = TemporaryFolder::new("sharing").expect("a folder");
    spends_at_once(&Target::sqlite(folder.path().join("data")), 1, 1);
    let cluster = Cluster::start().expect("PostgreSQL runs");
    for servers in [1, 2] {
        let url = cluster.create_database(&format!("sharing_{servers}")).expect("a database");
        spends_at_once(&Target::postgres(&url, |_| None).expect("its address"), servers, 3);
    }
}

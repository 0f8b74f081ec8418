//! What the write path kept, as readers see it.

use std::sync::Mutex;

use danggol_core::birthday::LunarKind;
use danggol_core::decide::{Actor, ActorKind, Command, Detail, Envelope, Published, ReturnOrder, Rules};
use danggol_core::id::{EntryId, HolderId, IdMaker, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset};
use danggol_core::programme::{Expiry, Programme};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::time::DAY_MS;
use danggol_store::batch::{Scribe, carry_out};
use danggol_store::lease::lease_writer;
use danggol_store::member::{self, MemberFields, NewMember};
use danggol_store::programme::{self, FrozenClock};
use danggol_store::purchase::{self, Logged};
use danggol_store::seal::Keyring;
use danggol_store::{Conn, Store, StoreError, holder, insight};
use serde_json::json;

use crate::engines::{NOW_MS, each_engine, read, write};

const MEMBER: MemberId = MemberId(11);
const ACTOR: Actor = Actor { kind: ActorKind::Key, id: 3 };

fn rules() -> Rules {
    let zone = jiff::tz::TimeZone::get("Asia/Seoul").expect("a zone");
    let mut programme = Programme::first("Regulars", 0);
    programme.earning.expiry = Expiry::Rolling { days: 30 };
    Rules::new(Published::new(1, programme), zone, 0, LunarKind::Korean)
}

fn enrol(store: &Store) {
    let keyring = Keyring::parse(&"A".repeat(43)).expect("a key");
    let new = NewMember {
        id: MEMBER,
        source_kind: "counter".to_owned(),
        source_code: None,
        joined_at_ms: NOW_MS,
        fields: MemberFields::default(),
        identities: Vec::new(),
    };
    let sealed = [member::seal(&keyring, new, &mut |bytes| bytes.fill(7)).expect("sealed")];
    write(store, move |conn| member::insert(conn, &sealed, NOW_MS));
}

fn line(sku: &str, quantity: i64, amount_minor: i64) -> Line {
    Line { sku: sku.to_owned(), category: Some("tea".to_owned()), quantity, amount_minor, kind: LineKind::Sale, off_minor: 0 }
}

fn order() -> Order {
    Order {
        id: PurchaseId(0),
        member: MEMBER,
        external_no: Some("T-1".to_owned()),
        channel: "store".to_owned(),
        store: Some("s1".to_owned()),
        staff: None,
        moment: rules().moment(NOW_MS),
        lines: vec![line("a", 2, 30_000), line("b", 1, 10_000)],
        pricing: Pricing::Paid,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: vec![Tender { kind: TenderKind::Cash, amount_minor: 40_000 }],
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 5,
    }
}

/// Carries out one command after another by the rules of [`rules`], as [`carry_by`] does.
fn carry(store: &Store, makers: Vec<fn(PurchaseId) -> Command>) {
    carry_by(store, rules(), PurchaseId(0), makers);
}

/// Carries out one command after another, each in a commit of its own, on the writing thread as the pipeline does. Each is told the
/// newest purchase, `bought` before there is one.
fn carry_by(store: &Store, rules: Rules, mut bought: PurchaseId, makers: Vec<fn(PurchaseId) -> Command>) {
    let (done, is_done) = std::sync::mpsc::channel();
    let mut fence = write(store, |conn| lease_writer(conn, "test", NOW_MS));
    let writer = store.writer().expect("the store is open for writing");
    let job = move |conn: Result<&mut Conn, StoreError>| {
        let conn = conn.expect("a connection");
        let ids = Mutex::new(IdMaker::new(fence.writer_id));
        for make in &makers {
            let mut commands = [Envelope { id: EntryId(0), actor: ACTOR, key: None, command: make(bought) }];
            let mut writer = Scribe { fence: &mut fence, ids: &ids };
            carry_out(conn, &rules, &mut writer, &mut commands, &mut [None], NOW_MS).expect("kept");
            if let Command::Purchase(order) = &commands[0].command {
                bought = order.id;
            }
        }
        done.send(()).expect("somebody waits");
    };
    writer.submit(job).expect("queued");
    is_done.recv().expect("carried out");
}

#[test]
fn purchases_entries_and_postings_come_back_as_they_were_decided() {
    each_engine("log", |store| {
        enrol(store);
        carry(
            store,
            vec![|_| Command::Purchase(order()), |purchase| {
                Command::Return(ReturnOrder { purchase, lines: Some(vec![(0, 1)]), at_ms: NOW_MS })
            }],
        );
        let id = read(store, |conn| purchase::find_by_number(conn, "T-1")).expect("a purchase");
        let bought = read(store, move |conn| purchase::find(conn, &[id, PurchaseId(1)])).pop().expect("a purchase");
        assert_eq!((bought.member, bought.holder, bought.actor), (MEMBER, HolderId(MEMBER.0), ACTOR));
        assert_eq!((bought.lines, bought.tenders), (order().lines, order().tenders));
        assert_eq!((bought.amount_minor, bought.quantity, bought.business_day), (40_000, 3, order().moment.day));
        assert_eq!((bought.returned_minor, bought.returned_quantity), (15_000, 1));
        let given = bought.award.given(Asset::Points);
        assert!(given > 0);

        let log = read(store, |conn| purchase::log(conn, MEMBER, EntryId(i64::MAX), 10));
        let ids: Vec<EntryId> = log.iter().map(Logged::id).collect();
        assert!(ids.len() == 2 && ids[0] > ids[1] && ids[1] == EntryId(id.0), "{ids:?}");
        let Logged::Entry { entry, .. } = &log[0] else { panic!("the return is the newest: {log:?}") };
        assert!(matches!(&entry.detail, Detail::Return(back) if back.amount_minor == 15_000));
        assert_eq!(entry.purchase, Some(id));
        let (newest, oldest) = (ids[0], ids[1]);
        for (before, limit, expected) in [(EntryId(i64::MAX), 1, vec![newest]), (newest, 10, vec![oldest]), (oldest, 10, vec![])]
        {
            let page = read(store, move |conn| purchase::log(conn, MEMBER, before, limit));
            assert_eq!(page.iter().map(Logged::id).collect::<Vec<_>>(), expected, "{before} by {limit}");
        }
        assert_eq!(read(store, move |conn| purchase::find_logged(conn, &[newest, oldest])).len(), 2);
        assert_eq!(read(store, |conn| purchase::of_members(conn, &[MEMBER])).len(), 1);
        assert_eq!(read(store, |conn| purchase::entries_of(conn, &[HolderId(MEMBER.0)])).len(), 1);

        let postings = read(store, move |conn| purchase::postings(conn, [newest, oldest]));
        let moved = |entry: EntryId, from, to| -> i64 {
            let of = postings[&entry]
                .iter()
                .filter(|posting| posting.asset == Asset::Points && (posting.from, posting.to) == (from, to));
            of.map(|posting| posting.amount).sum()
        };
        let taken = moved(newest, Account::Holder, Account::Issued);
        assert_eq!(moved(oldest, Account::Issued, Account::Holder), given);
        assert!(taken > 0 && taken < given);
        let state = read(store, |conn| holder::find(conn, &[HolderId(MEMBER.0)])).remove(&HolderId(MEMBER.0)).expect("a state");
        assert_eq!(state.points.balance(), given - taken);
        assert_eq!(read(store, |conn| insight::account_total(conn, Account::Holder, Asset::Points)), given - taken);
        assert_eq!(read(store, |conn| holder::page(conn, HolderId(0), 10)).len(), 1);
        let due = |by_ms| read(store, move |conn| holder::due(conn, HolderId(0), by_ms, 10));
        assert_eq!((due(NOW_MS), due(i64::MAX)), (vec![], vec![HolderId(MEMBER.0)]));
        let expiring = |days| read(store, move |conn| insight::points_expiring(conn, NOW_MS + days * DAY_MS));
        assert_eq!((expiring(29), expiring(32)), (0, given - taken));
    });
}

/// A programme that gives 100 points in the hour of [`NOW_MS`] by the clock of Seoul.
fn hourly() -> Programme {
    let hour = rules().moment(NOW_MS).hour;
    let rule = json!({
        "id": "hour", "name": "hour", "award": {"kind": "fixed", "points": 100},
        "when": {"attribute": "purchase.hour", "op": "is", "value": hour},
    });
    serde_json::from_value(json!({"name": "Hourly", "earning": {"rules": [rule]}})).expect("a programme")
}

#[test]
fn a_version_that_this_process_has_not_heard_of_comes_with_its_clock() {
    each_engine("unheard", |store| {
        enrol(store);
        let body = serde_json::to_string(&hourly()).expect("JSON");
        write(store, move |conn| programme::publish(conn, &body, NOW_MS, None, None));
        let of_seoul = Rules::new(Published::new(1, hourly()), rules().clock.zone, 0, LunarKind::Korean);
        carry_by(store, of_seoul, PurchaseId(0), vec![|_| Command::Purchase(order())]);
        let seoul = FrozenClock { time_zone: "Asia/Seoul".to_owned(), day_cut_hour: 0 };
        write(store, move |conn| programme::change_clock(conn, &seoul, NOW_MS, None, "another clock"));
        let bought = read(store, |conn| purchase::find_by_number(conn, "T-1")).expect("a purchase");
        // In Shanghai it is an hour earlier, and the rule would not have given anything for the rest.
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
        let of_shanghai = Rules::new(Published::new(2, hourly()), zone, 0, LunarKind::Chinese);
        let half = |purchase| Command::Return(ReturnOrder { purchase, lines: Some(vec![(0, 1)]), at_ms: NOW_MS });
        carry_by(store, of_shanghai, bought, vec![half]);
        let log = read(store, |conn| purchase::log(conn, MEMBER, EntryId(i64::MAX), 1));
        let Logged::Entry { entry, .. } = &log[0] else { panic!("{log:?} is no entry") };
        let Detail::Return(detail) = &entry.detail else { panic!("{entry:?} is no return") };
        assert_eq!((detail.points_taken, detail.balance_after), (0, 100));
    });
}

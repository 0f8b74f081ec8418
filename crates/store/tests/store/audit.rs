//! The audit finds whatever is changed behind the log's back.

use std::sync::{Mutex, mpsc};

use danggol_core::birthday::LunarKind;
use danggol_core::decide::{Actor, ActorKind, Adjustment, Command, Envelope, Key, Outcome, Published, ReturnOrder, Rules};
use danggol_core::id::{EntryId, HolderId, IdMaker, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::programme::{Expiry, Programme};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind, TenderKind};
use danggol_core::time::DAY_MS;
use danggol_core::value::{TopUps, ValueAct, ValueOrder};
use danggol_store::audit::{Audited, audit};
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::difference::Figure;
use danggol_store::lease::lease_writer;
use danggol_store::schema::MEMBER;
use danggol_store::{BindRow, Binder, Conflict, Conn, Store, StoreError};
use jiff::tz::TimeZone;

use crate::engines::{NOW_MS, each_engine, write};

const MEMBER_ID: i64 = 500;

#[derive(Clone)]
struct MemberRow;

impl BindRow for MemberRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(MEMBER_ID);
        to.int(MEMBER_ID);
        to.text("active");
        for _ in 0..4 {
            to.opt_text(None);
        }
        to.text("counter");
        to.opt_text(None);
        to.opt_text(None);
        to.int(NOW_MS);
        to.int(NOW_MS);
        to.text("{}");
        to.opt_text(None);
        to.opt_int(None);
        to.opt_text(None);
    }
}

fn rules() -> Rules {
    let mut programme = Programme::first("shop", 2);
    programme.earning.expiry = Expiry::Rolling { days: 30 };
    programme.top_ups = Some(TopUps::default());
    Rules::new(Published::new(1, programme), TimeZone::UTC, 0, LunarKind::Chinese)
}

fn purchase(rules: &Rules, number: &str) -> Command {
    let line =
        Line { sku: "tee".to_owned(), category: None, quantity: 2, amount_minor: 10_000, kind: LineKind::Sale, off_minor: 0 };
    Command::Purchase(Order {
        id: PurchaseId(0),
        member: MemberId(MEMBER_ID),
        external_no: Some(number.to_owned()),
        channel: "store".to_owned(),
        store: None,
        staff: None,
        moment: rules.moment(NOW_MS),
        lines: vec![line],
        pricing: Pricing::Paid,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 1,
    })
}

fn send(conn: &mut Conn, scribe: &mut Scribe<'_>, command: Command, now_ms: i64) -> Result<EntryId, StoreError> {
    let key = Key { scoped: format!("key-{now_ms}"), input_hash: 1 };
    let mut commands = [Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::Key, id: 1 }, key: Some(key), command }];
    let mut settled: [Option<Settled>; 1] = [None];
    carry_out(conn, &rules(), scribe, &mut commands, &mut settled, now_ms)?;
    match settled[0].as_ref().map(|settled| &settled.outcome) {
        Some(Outcome::Done(id)) => Ok(*id),
        other => panic!("{other:?}"),
    }
}

/// Two purchases, of which one comes back in part, an adjustment, a top-up, and a review that lets everything lapse.
fn trade(conn: &mut Conn) -> Result<(), StoreError> {
    let mut fence = conn.transaction(|conn| {
        conn.insert_rows(&MEMBER, Conflict::Fail, std::iter::once(MemberRow))?;
        lease_writer(conn, "test", NOW_MS)
    })?;
    let ids = Mutex::new(IdMaker::new(fence.writer_id));
    let mut scribe = Scribe { fence: &mut fence, ids: &ids };
    let first = send(conn, &mut scribe, purchase(&rules(), "N1"), NOW_MS)?;
    send(conn, &mut scribe, purchase(&rules(), "N2"), NOW_MS + 1)?;
    let order = ReturnOrder { purchase: PurchaseId(first.0), lines: Some(vec![(0, 1)]), at_ms: NOW_MS };
    send(conn, &mut scribe, Command::Return(order), NOW_MS + 2)?;
    let gift = Adjustment { member: MemberId(MEMBER_ID), asset: Asset::Growth, amount: 5, reason: "a gift".to_owned() };
    send(conn, &mut scribe, Command::Adjust(gift), NOW_MS + 3)?;
    let act = ValueAct::TopUp { amount_minor: 7_000, tender: TenderKind::Cash };
    let top_up = ValueOrder { member: MemberId(MEMBER_ID), act, store: None, staff: None, reason: None };
    send(conn, &mut scribe, Command::Value(top_up), NOW_MS + 4)?;
    send(conn, &mut scribe, Command::Review(HolderId(MEMBER_ID)), NOW_MS + 60 * DAY_MS)?;
    Ok(())
}

/// What an audit says after a statement that is rolled back again.
fn audit_after(conn: &mut Conn, sql: Option<&str>) -> Result<Audited, StoreError> {
    conn.begin()?;
    if let Some(sql) = sql {
        assert!(conn.execute(sql, &[])? > 0, "{sql} changes nothing");
    }
    let audited = audit(conn, &rules(), |_| ());
    conn.rollback()?;
    audited
}

/// Runs on the writing thread, outside any transaction.
fn on_writer<T: Send + 'static>(store: &Store, work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static) -> T {
    let (told, hear) = mpsc::channel();
    let job = move |conn: Result<&mut Conn, StoreError>| told.send(conn.and_then(work)).expect("somebody hears");
    store.writer().expect("a writer").submit(job).expect("a queue");
    hear.recv().expect("an answer").expect("no error")
}

const TAMPERED: &[(&str, &[Figure])] = &[
    ("UPDATE holder SET points = points + 1", &[Figure::Columns]),
    ("UPDATE holder SET review_at_ms = 5", &[Figure::Columns]),
    ("UPDATE holder SET last_entry_id = 5", &[Figure::Columns]),
    ("UPDATE holder SET state = replace(state, '\"n\":2', '\"n\":3')", &[Figure::Purchases]),
    ("UPDATE holder SET state = replace(state, '\"m\":15000', '\"m\":1')", &[Figure::Total]),
    ("UPDATE holder SET state = replace(state, '\"r\":5', '\"r\":4')", &[Figure::Growth]),
    ("UPDATE holder SET state = replace(state, '\"r\":7000', '\"r\":7001')", &[Figure::Value]),
    (
        "UPDATE entry SET detail = replace(detail, '\"amount_minor\":7000', '\"amount_minor\":7001') WHERE kind = 'value'",
        &[Figure::Detail, Figure::Postings, Figure::Value],
    ),
    (
        "UPDATE holder SET state = '{}'",
        &[Figure::Points, Figure::Growth, Figure::Value, Figure::Days, Figure::Purchases, Figure::Total, Figure::PurchaseTimes],
    ),
    ("UPDATE holder SET state = 'x'", &[Figure::State]),
    ("DELETE FROM holder", &[Figure::State]),
    ("UPDATE holder SET holder_id = 9", &[Figure::State, Figure::Owner]),
    ("UPDATE purchase SET award = NULL WHERE external_no = 'N2'", &[Figure::Award]),
    ("UPDATE purchase SET amount_minor = 1 WHERE external_no = 'N2'", &[Figure::Amounts]),
    ("UPDATE purchase SET returned = NULL WHERE external_no = 'N1'", &[Figure::Returned]),
    ("UPDATE purchase SET returned_minor = 9 WHERE external_no = 'N1'", &[Figure::Returned]),
    ("UPDATE purchase SET holder_id = 9 WHERE external_no = 'N2'", &[Figure::Owner]),
    ("UPDATE purchase SET programme_version = 7 WHERE external_no = 'N2'", &[Figure::Version]),
    ("UPDATE purchase SET redeemed_points = 50 WHERE external_no = 'N1'", &[Figure::Verdict]),
    ("UPDATE purchase SET external_no = 'N3' WHERE external_no = 'N2'", &[Figure::Purchase]),
    ("UPDATE purchase SET input_hash = 3 WHERE external_no = 'N2'", &[Figure::Purchase]),
    ("DELETE FROM purchase_number WHERE number = 'N2'", &[Figure::Purchase]),
    ("DELETE FROM purchase WHERE external_no = 'N2'", &[Figure::Purchase, Figure::Entry, Figure::Purchases]),
    (
        "UPDATE entry SET detail = replace(detail, '\"amount\":5', '\"amount\":6') WHERE kind = 'adjustment'",
        &[Figure::Detail, Figure::Growth],
    ),
    ("UPDATE entry SET member_id = 9 WHERE kind = 'adjustment'", &[Figure::Owner]),
    ("DELETE FROM entry WHERE kind = 'return'", &[Figure::Returned, Figure::Entry, Figure::Total]),
    ("UPDATE posting SET amount = amount + 1 WHERE asset = 'growth'", &[Figure::Postings, Figure::Sum]),
    ("DELETE FROM posting WHERE asset = 'growth'", &[Figure::Postings, Figure::Sum]),
    ("UPDATE posting SET entry_id = 9 WHERE asset = 'growth'", &[Figure::Postings, Figure::Entry]),
    ("UPDATE posting SET target = 'expired' WHERE asset = 'growth'", &[Figure::Postings, Figure::Sum]),
    ("UPDATE account_total SET amount = amount + 1 WHERE account = 'issued'", &[Figure::Sum]),
    ("UPDATE idempotency SET result_id = 9", &[Figure::Entry]),
    ("DELETE FROM commit_event WHERE sequence = 3", &[Figure::Sequence]),
    ("UPDATE writer SET last_sequence = last_sequence + 1", &[Figure::Sequence]),
    ("UPDATE member SET consents = '{\"advertising.sms\":{\"s\":\"given\",\"a\":1}}'", &[Figure::Consents]),
    ("DELETE FROM member", &[Figure::Owner]),
];

#[test]
fn what_was_not_tampered_with_is_derived_again() {
    each_engine("audit", |store| {
        on_writer(store, trade);
        let audited = on_writer(store, |conn| audit_after(conn, None));
        assert_eq!(audited, Audited { members: 1, purchases: 2, entries: 4, ..Audited::default() });
    });
}

#[test]
fn whatever_is_changed_behind_the_log_is_found() {
    each_engine("tampered", |store| {
        on_writer(store, trade);
        for (sql, expected) in TAMPERED {
            let audited = on_writer(store, |conn| audit_after(conn, Some(sql)));
            let found: Vec<Figure> = audited.differences.iter().map(|difference| difference.figure).collect();
            for figure in *expected {
                assert!(found.contains(figure), "{sql}: {figure:?} is missing in {:#?}", audited.differences);
            }
            assert_eq!(audited.differing, audited.differences.len() as u64, "{sql}");
        }
    });
}

#[test]
fn a_file_that_changes_later_does_not_change_what_was_earned() {
    each_engine("later", |store| {
        on_writer(store, trade);
        write(store, |conn| conn.execute("UPDATE member SET status = 'closed', gender = 'male', joined_at_ms = 1", &[]));
        assert_eq!(on_writer(store, |conn| audit_after(conn, None)).differences, []);
    });
}

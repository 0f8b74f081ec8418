//! Coupons kept: the upgrade that brought them, codes that stand once, and an audit that notices what was tampered with.

use std::sync::Mutex;

use danggol_core::birthday::LunarKind;
use danggol_core::coupon::{CodeMark, Coupon, CouponAct, CouponOrder, CouponState, Named, ReadyTemplate, Shown};
use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Published, Rules};
use danggol_core::id::{CouponId, EntryId, IdMaker, MemberId, PurchaseId, TemplateId};
use danggol_core::programme::Programme;
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind};
use danggol_store::audit::audit;
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::coupon::{self, Made, NewCode};
use danggol_store::difference::Figure;
use danggol_store::lease::lease_writer;
use danggol_store::schema::{COUPON, COUPON_COUNT, COUPON_SHARED, COUPON_TEMPLATE};
use danggol_store::{Conn, Store, StoreError, Target, migration, purchase};
use serde_json::json;

use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::households::{take_households_away, take_what_came_off_away};

const ACTOR: Actor = Actor { kind: ActorKind::User, id: 3 };
const TEMPLATE: TemplateId = TemplateId(5);
const MEMBER: MemberId = MemberId(11);
const ENROL: &str = "INSERT INTO member (member_id, holder_id, status, source_kind, joined_at_ms, updated_at_ms, profile) \
     VALUES (11, 11, 'active', 'api', 0, 0, '{}')";

/// Makes of this schema what stood before coupons.
pub fn take_coupons_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_households_away(conn)?;
    for table in [&COUPON_TEMPLATE, &COUPON_COUNT, &COUPON_SHARED, &COUPON] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    Ok(())
}

fn ready(id: TemplateId, code: &str, shared_code: Option<&str>) -> ReadyTemplate {
    let template = json!({
        "offer": {"id": code, "name": "Five off", "effect": {"kind": "amount", "amount_minor": 500}},
        "validity": {"kind": "days", "days": 10}, "caps": {"issued": 3}, "shared_code": shared_code,
    });
    ReadyTemplate::new(id, serde_json::from_value(template).expect("a template"))
}

fn new_code(id: i64, hash: &str) -> NewCode {
    let coupon = Coupon {
        id: CouponId(id),
        template: TEMPLATE,
        member: None,
        holder: None,
        state: CouponState::Issued,
        from_day: 0,
        until_day: 40_000,
        purchase: None,
        off_minor: 0,
        issued_at_ms: NOW_MS,
    };
    NewCode { coupon, mark: CodeMark { hash: hash.to_owned(), tail: "WXYZ".to_owned() } }
}

#[test]
fn a_database_of_schema_nine_gets_coupons_and_keeps_its_log() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_coupons_away(conn)?;
            let noted = "INSERT INTO entry VALUES (7, 11, 11, 'review', 1, 2, 'system', 0, 1, NULL, \
                 '{\"kind\":\"review\",\"balance_after\":0}')";
            conn.execute(noted, &[])?;
            conn.execute("UPDATE migration SET version = 9", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        assert_eq!(read(&store, |conn| danggol_store::purchase::find_logged(conn, &[EntryId(7)])).len(), 1);
        let made = write(&store, |conn| coupon::insert_template(conn, &ready(TEMPLATE, "five", None), ACTOR, NOW_MS));
        assert_eq!(made, Made::Kept);
    }
}

#[test]
fn codes_stand_once_and_no_more_are_made_than_may_be() {
    each_engine("coupons", |store| {
        for (id, code, shared, expected) in [
            (5, "five", Some("HELLO"), Made::Kept),
            (6, "five", None, Made::CodeTaken),
            (7, "seven", Some("HELLO"), Made::SharedCodeTaken),
            (8, "eight", None, Made::Kept),
        ] {
            let ready = ready(TemplateId(id), code, shared);
            assert_eq!(write(store, move |conn| coupon::insert_template(conn, &ready, ACTOR, NOW_MS)), expected, "{code}");
        }
        for (codes, expected) in
            [(vec![new_code(1, "c:1"), new_code(2, "c:2")], true), (vec![new_code(3, "c:3"), new_code(4, "c:4")], false)]
        {
            assert_eq!(write(store, move |conn| coupon::insert_codes(conn, TEMPLATE, &codes)), expected);
        }
        let found = read(store, |conn| coupon::find_by_code(conn, "c:2")).expect("a coupon");
        assert_eq!((found.coupon.id, found.code_tail.as_deref()), (CouponId(2), Some("WXYZ")));
        assert_eq!(read(store, |conn| coupon::find_by_code(conn, "c:3")), None);
        assert_eq!(read(store, |conn| coupon::find_shared(conn, "HELLO")), Some(TEMPLATE));
        assert!(write(store, |conn| coupon::void_unclaimed(conn, CouponId(1))));
        assert!(!write(store, |conn| coupon::void_unclaimed(conn, CouponId(1))));
        assert!(write(store, |conn| coupon::close_template(conn, TEMPLATE)));
        assert!(!write(store, |conn| coupon::insert_codes(conn, TEMPLATE, &[new_code(9, "c:9")])));
    });
}

fn rules() -> Rules {
    Rules::new(Published::new(1, Programme::first("shop", 2)), jiff::tz::TimeZone::UTC, 0, LunarKind::Chinese)
}

fn bought(named: Named) -> Command {
    let line =
        Line { sku: "tee".to_owned(), category: None, quantity: 1, amount_minor: 2_000, kind: LineKind::Sale, off_minor: 0 };
    Command::Purchase(Order {
        id: PurchaseId(0),
        member: MEMBER,
        external_no: None,
        channel: "store".to_owned(),
        store: None,
        staff: None,
        moment: rules().moment(NOW_MS),
        lines: vec![line],
        pricing: Pricing::List,
        coupons: vec![Shown { named, fresh: CouponId(30) }],
        discount_minor: 0,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 1,
    })
}

/// Two coupons given and one of a code, of which one is used, one claimed by its code, and one taken away.
fn live(conn: &mut Conn) -> Result<(), StoreError> {
    let mut fence = conn.transaction(|conn| {
        conn.execute(ENROL, &[])?;
        coupon::insert_template(conn, &ready(TEMPLATE, "five", None), ACTOR, NOW_MS)?;
        coupon::insert_codes(conn, TEMPLATE, &[new_code(1, "c:1")])?;
        lease_writer(conn, "test", NOW_MS)
    })?;
    let ids = Mutex::new(IdMaker::new(fence.writer_id));
    let order = |act| Command::Coupon(CouponOrder { member: MEMBER, act, reason: None });
    let issue = |id| order(CouponAct::Issue { template: TEMPLATE, fresh: CouponId(id) });
    let claim = Shown { named: Named::Code("c:1".to_owned()), fresh: CouponId(31) };
    for command in
        [issue(2), issue(3), order(CouponAct::Claim(claim)), order(CouponAct::Void(CouponId(3))), bought(Named::Id(CouponId(2)))]
    {
        let mut commands = [Envelope { id: EntryId(0), actor: ACTOR, key: None, command }];
        let mut settled: [Option<Settled>; 1] = [None];
        let mut writer = Scribe { fence: &mut fence, ids: &ids };
        carry_out(conn, &rules(), &mut writer, &mut commands, &mut settled, NOW_MS)?;
        let outcome = settled[0].as_ref().map(|settled| settled.outcome.clone());
        assert!(matches!(outcome, Some(danggol_core::decide::Outcome::Done(_))), "{outcome:?}");
    }
    Ok(())
}

#[test]
fn a_database_of_schema_sixteen_learns_what_came_off_its_purchases() {
    let folder = Folder::new("upgrade_what_came_off");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade_what_came_off")] {
        let came_off = |store: &Store| {
            let bought = read(store, |conn| purchase::page(conn, PurchaseId(0), 10));
            bought.iter().map(|record| (record.offered_minor, record.coupon_minor)).collect::<Vec<_>>()
        };
        let store = open(target.clone());
        enter(&store);
        assert_eq!(came_off(&store), [(500, 500)]);
        write(&store, |conn| {
            take_what_came_off_away(conn)?;
            conn.execute("UPDATE migration SET version = 16", &[])
        });
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        assert_eq!(came_off(&store), [(500, 500)]);
    }
}

/// Has a store live as [`live`] says.
fn enter(store: &Store) {
    let (told, hear) = std::sync::mpsc::channel();
    let job = move |conn: Result<&mut Conn, StoreError>| told.send(conn.and_then(live)).expect("somebody hears");
    store.writer().expect("a writer").submit(job).expect("a queue");
    hear.recv().expect("an answer").expect("no error");
}

#[test]
fn an_audit_notices_coupons_that_do_not_follow_from_the_log() {
    each_engine("coupon_audit", |store| {
        enter(store);
        for (sql, expected) in [
            (None, vec![]),
            (
                Some("UPDATE coupon SET state = 'issued', purchase_id = NULL, off_minor = 0 WHERE coupon_id = 2"),
                vec![Figure::Coupon, Figure::CouponCounts],
            ),
            (Some("UPDATE coupon SET state = 'issued' WHERE coupon_id = 3"), vec![Figure::Coupon]),
            (Some("UPDATE coupon SET until_day = until_day + 1 WHERE coupon_id = 1"), vec![Figure::Coupon]),
            (Some("DELETE FROM coupon WHERE coupon_id = 3"), vec![Figure::Coupon, Figure::CouponCounts]),
            (Some("UPDATE coupon SET member_id = NULL WHERE coupon_id = 1"), vec![Figure::Coupon]),
            (Some("UPDATE coupon_count SET used = 2"), vec![Figure::CouponCounts]),
            (Some("UPDATE purchase SET offered_minor = 1"), vec![Figure::Amounts]),
        ] {
            let found = store.write_blocking(move |conn| {
                if let Some(sql) = sql {
                    assert!(conn.execute(sql, &[])? > 0, "{sql} changes nothing");
                }
                let figures: Vec<Figure> = audit(conn, &rules(), |_| ())?.differences.iter().map(|found| found.figure).collect();
                // Rolled back by the error.
                Err::<(), _>(StoreError::Damaged(format!("{figures:?}")))
            });
            let Err(StoreError::Damaged(said)) = found else { panic!("{found:?}") };
            assert_eq!(said, format!("{expected:?}"), "{sql:?}");
        }
    });
}

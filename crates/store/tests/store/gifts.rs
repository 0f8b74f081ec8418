//! Gifts kept: the upgrade that brought them, stock that is never taken below what stands, and an audit that notices what was tampered with.

use std::sync::Mutex;

use danggol_core::birthday::LunarKind;
use danggol_core::coupon::CodeMark;
use danggol_core::decide::{Actor, ActorKind, Adjustment, Command, Envelope, Outcome, Published, Rules};
use danggol_core::gift::{GiftAct, GiftOrder, GiftTerms};
use danggol_core::id::{EntryId, GiftId, IdMaker, MemberId, ReservationId};
use danggol_core::ledger::Asset;
use danggol_core::picture::PictureKind;
use danggol_core::programme::Programme;
use danggol_store::audit::audit;
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::difference::Figure;
use danggol_store::lease::lease_writer;
use danggol_store::picture::{self, Picture};
use danggol_store::schema::{FESTIVAL, GIFT, GIFT_RESERVATION, GIFT_STOCK, PICTURE};
use danggol_store::{Conn, StoreError, Target, gift, migration};
use serde_json::json;

use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::households::take_what_came_off_away;

const ACTOR: Actor = Actor { kind: ActorKind::User, id: 3 };
const CUP: GiftId = GiftId(5);
const MEMBER: MemberId = MemberId(11);
const ENROL: &str = "INSERT INTO member (member_id, holder_id, status, source_kind, joined_at_ms, updated_at_ms, profile) \
     VALUES (11, 11, 'active', 'api', 0, 0, '{}')";

/// Makes of this schema what stood before gifts.
pub fn take_gifts_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_what_came_off_away(conn)?;
    for table in [&GIFT_RESERVATION, &GIFT_STOCK, &GIFT, &FESTIVAL, &PICTURE] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    Ok(())
}

fn terms(code: &str) -> GiftTerms {
    serde_json::from_value(json!({"code": code, "name": {"en": "Cup"}, "points": 10})).expect("a gift")
}

fn rules() -> Rules {
    Rules::new(Published::new(1, Programme::first("shop", 2)), jiff::tz::TimeZone::UTC, 0, LunarKind::Chinese)
}

#[test]
fn a_database_of_schema_fifteen_gets_gifts_and_keeps_its_log() {
    let folder = Folder::new("upgrade_gifts");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade_gifts")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_gifts_away(conn)?;
            let noted = "INSERT INTO entry VALUES (7, 11, 11, 'review', 1, 2, 'system', 0, 1, NULL, \
                 '{\"kind\":\"review\",\"balance_after\":0}')";
            conn.execute(noted, &[])?;
            conn.execute("UPDATE migration SET version = 15", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        assert_eq!(read(&store, |conn| danggol_store::purchase::find_logged(conn, &[EntryId(7)])).len(), 1);
        assert!(write(&store, |conn| gift::insert(conn, CUP, &terms("cup"))));
    }
}

#[test]
fn a_catalogue_has_each_code_once_and_no_stock_below_nothing() {
    each_engine("gifts", |store| {
        assert!(write(store, |conn| gift::insert(conn, CUP, &terms("cup"))));
        assert!(!write(store, |conn| gift::insert(conn, GiftId(6), &terms("cup"))));
        assert!(write(store, |conn| gift::insert(conn, GiftId(6), &terms("pot"))));
        assert!(!write(store, |conn| gift::change(conn, GiftId(6), &terms("cup"))));
        assert!(write(store, |conn| gift::change(conn, GiftId(6), &GiftTerms { points: 20, ..terms("pot") })));
        let pot = read(store, |conn| gift::find(conn, [GiftId(6)])).pop().expect("a pot");
        assert_eq!((pot.revision, pot.terms.points), (2, 20));
        for (pieces, expected) in [(-1, false), (3, true), (-4, false), (-1, true), (5, true)] {
            assert_eq!(write(store, move |conn| gift::restock(conn, CUP, "s1", pieces)), expected, "{pieces}");
        }
        assert_eq!(read(store, |conn| gift::stocks(conn, [CUP]))[0].left(), 7);
        let kept = Picture { id: "one".to_owned(), kind: PictureKind::Png, data: "AAAA".to_owned() };
        let keep = kept.clone();
        write(store, move |conn| picture::keep(conn, &keep));
        let other = Picture { data: "BBBB".to_owned(), ..kept.clone() };
        write(store, move |conn| picture::keep(conn, &other));
        assert_eq!(read(store, |conn| picture::find(conn, "one")), Some(kept), "a picture never changes");
        assert_eq!(read(store, |conn| picture::find(conn, "two")), None);
    });
}

/// Three gifts put aside, of which one is handed out and one cancelled.
fn live(conn: &mut Conn) -> Result<(), StoreError> {
    let mut fence = conn.transaction(|conn| {
        conn.execute(ENROL, &[])?;
        gift::insert(conn, CUP, &terms("cup"))?;
        gift::restock(conn, CUP, "s1", 3)?;
        lease_writer(conn, "test", NOW_MS)
    })?;
    let ids = Mutex::new(IdMaker::new(fence.writer_id));
    let order = |act| Command::Gift(GiftOrder { member: MEMBER, act, staff: None, reason: None });
    let reserve = |id: i64| {
        let mark = CodeMark { hash: format!("h{id}"), tail: "WXYZ".to_owned() };
        let (store, fresh) = ("s1".to_owned(), ReservationId(id));
        order(GiftAct::Reserve { gift: CUP, revision: 1, allowance: None, store, delivery: false, fresh, mark })
    };
    let points = Command::Adjust(Adjustment { member: MEMBER, asset: Asset::Points, amount: 100, reason: "counted".to_owned() });
    let hand_over = GiftAct::HandOver { reservation: ReservationId(2), store: Some("s1".to_owned()), tender: None, parcel: None };
    let cancel = GiftAct::Cancel { reservation: ReservationId(3), may_be_handed: false };
    for command in [points, reserve(1), reserve(2), reserve(3), order(hand_over), order(cancel)] {
        let mut commands = [Envelope { id: EntryId(0), actor: ACTOR, key: None, command }];
        let mut settled: [Option<Settled>; 1] = [None];
        let mut writer = Scribe { fence: &mut fence, ids: &ids };
        carry_out(conn, &rules(), &mut writer, &mut commands, &mut settled, NOW_MS)?;
        let outcome = settled[0].as_ref().map(|settled| settled.outcome.clone());
        assert!(matches!(outcome, Some(Outcome::Done(_))), "{outcome:?}");
    }
    Ok(())
}

#[test]
fn an_audit_notices_gifts_that_do_not_follow_from_the_log() {
    each_engine("gift_audit", |store| {
        let (told, hear) = std::sync::mpsc::channel();
        let job = move |conn: Result<&mut Conn, StoreError>| told.send(conn.and_then(live)).expect("somebody hears");
        store.writer().expect("a writer").submit(job).expect("a queue");
        hear.recv().expect("an answer").expect("no error");
        let found = read(store, |conn| gift::find_by_code(conn, "h2")).expect("a gift");
        assert_eq!(
            (found.reservation.points(), found.handed_at_ms, found.code_tail.as_deref()),
            (10, Some(NOW_MS), Some("WXYZ"))
        );
        for (sql, expected) in [
            (None, vec![]),
            (
                Some("UPDATE gift_reservation SET state = 'handed' WHERE reservation_id = 1"),
                vec![Figure::Gift, Figure::GiftStock],
            ),
            (Some("UPDATE gift_reservation SET state = 'lapsed' WHERE reservation_id = 3"), vec![Figure::Gift]),
            (Some("UPDATE gift_reservation SET expires_at_ms = 5 WHERE reservation_id = 1"), vec![Figure::Gift]),
            (Some("DELETE FROM gift_reservation WHERE reservation_id = 3"), vec![Figure::Gift]),
            (Some("UPDATE gift_stock SET reserved = 0"), vec![Figure::GiftStock]),
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

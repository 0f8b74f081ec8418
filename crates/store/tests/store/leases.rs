//! Leases of writer ids.

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{IdMaker, MemberId, NoteId};
use danggol_store::lease::{LEASE_MS, greatest_id, lease_writer, release_lease, renew_lease};
use danggol_store::note::{self, NoteRecord};
use danggol_store::{Target, setting};

use crate::engines::{NOW_MS, each_engine, read, write};

#[test]
fn two_writers_get_different_ids_and_a_lapsed_lease_is_taken_over() {
    each_engine("leases", |store| {
        let lease = |instance: &'static str, at_ms: i64| write(store, move |conn| lease_writer(conn, instance, at_ms));
        let first = lease("one", NOW_MS);
        if matches!(store.target(), Target::Sqlite { .. }) {
            // Whoever has the folder is the only writer: what a killed process left is taken over at once.
            let second = lease("two", NOW_MS + 1);
            assert_eq!((first.writer_id, second.writer_id, second.last_sequence), (1, 1, 0));
            assert!(!write(store, move |conn| renew_lease(conn, &first, NOW_MS + 2)), "it was taken over");
            return;
        }
        let second = lease("two", NOW_MS + 1);
        assert_eq!((first.writer_id, second.writer_id, first.last_sequence), (1, 2, 0));
        let renewed = second.clone();
        assert!(write(store, move |conn| renew_lease(conn, &renewed, NOW_MS + LEASE_MS)));
        let third = lease("three", NOW_MS + LEASE_MS + 1);
        assert_eq!(third.writer_id, 1);
        assert!(!write(store, move |conn| renew_lease(conn, &first, NOW_MS + LEASE_MS)), "it was taken over");
        write(store, move |conn| release_lease(conn, &second));
        assert_eq!(lease("four", NOW_MS + LEASE_MS + 2).writer_id, 2);
    });
}

#[test]
fn after_a_backward_clock_ids_are_greater_than_everything_that_is_kept() {
    each_engine("greatest", |store| {
        assert_eq!(read(store, greatest_id), 0);
        let before = IdMaker::new(200).next(NOW_MS);
        let actor = Actor { kind: ActorKind::System, id: 0 };
        let note = NoteRecord { id: NoteId(before), member: MemberId(1), text: "x".to_owned(), at_ms: NOW_MS, actor };
        write(store, move |conn| note::insert(conn, &note));
        write(store, |conn| setting::put(conn, "no id", "9"));
        let greatest = read(store, greatest_id);
        assert_eq!(greatest, before);
        // Of whatever kind it is: the count of a coupon template stands for those that a list by hand would leave out.
        write(store, move |conn| {
            conn.execute("INSERT INTO coupon_count VALUES ($1, 1, 0, 0, 0, 0, 0, 0)", &[(before + 1).into()])
        });
        assert_eq!(read(store, greatest_id), before + 1);
        let mut ids = IdMaker::new(1);
        ids.next_after(0, greatest);
        assert!(ids.next(NOW_MS - 3_600_000) > before);
    });
}

//! Leases of writer ids.

use danggol_store::Target;
use danggol_store::lease::{LEASE_MS, lease_writer, release_lease, renew_lease};

use crate::engines::{NOW_MS, each_engine, write};

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

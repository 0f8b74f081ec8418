//! The outbox names whom a change of files is about, in the order of commits.

use std::collections::{BTreeMap, BTreeSet};

use danggol_core::id::MemberId;
use danggol_store::event::{self, Heads, Told};
use danggol_store::lease::lease_writer;
use danggol_store::member::{self, Closure};
use danggol_store::{Store, StoreError, setting};

use crate::engines::{NOW_MS, each_engine, read, write};
use crate::members::{author, enrol, keyring, sealed};

/// Who was told of since the heads, which then are those of now.
fn told(store: &Store, seen: &mut Heads) -> Vec<i64> {
    let before = seen.clone();
    let (told, heads) = read(store, move |conn| {
        let heads = event::heads(conn)?;
        Ok((event::since(conn, &before, &heads)?.expect("nothing is missing"), heads))
    });
    *seen = heads;
    assert!(told.holders.is_empty());
    told.members.into_iter().map(|member| member.0).collect()
}

#[test]
fn every_change_of_a_file_names_its_member() {
    each_engine("events", |store| {
        let mut seen = Heads::new();
        write(store, |conn| lease_writer(conn, "one", NOW_MS));
        enrol(store, vec![sealed(1, "A", &[]), sealed(2, "B", &[])]);
        assert_eq!(told(store, &mut seen), [1, 2]);
        assert_eq!(seen, BTreeMap::from([(0, 1), (1, 0)]));
        write(store, |conn| member::update(conn, MemberId(2), NOW_MS, author(5), |fields| fields.store = Some("x".to_owned())));
        assert_eq!(told(store, &mut seen), [2]);
        let members = [(MemberId(1), author(6)), (MemberId(7), author(7))];
        write(store, move |conn| member::turn(conn, &members, Closure::Close, None, NOW_MS));
        assert_eq!(told(store, &mut seen), [1]);
        write(store, |conn| member::erase(conn, &keyring(), MemberId(2), NOW_MS));
        assert_eq!(told(store, &mut seen), [2]);
        assert_eq!(told(store, &mut seen), [0_i64; 0]);
        // What is rolled back is told to nobody and leaves no gap.
        let failed = store.write_blocking(|conn| {
            event::tell(conn, [MemberId(1)], NOW_MS)?;
            Err::<(), _>(StoreError::Closed)
        });
        assert!(failed.is_err());
        write(store, |conn| event::tell(conn, [MemberId(3)], NOW_MS));
        assert_eq!(told(store, &mut seen), [3]);
    });
}

#[test]
fn a_gap_is_noticed() {
    each_engine("gap", |store| {
        for id in 1..=3 {
            write(store, move |conn| event::tell(conn, [MemberId(id)], NOW_MS));
        }
        write(store, |conn| conn.execute("DELETE FROM commit_event WHERE sequence = 1", &[]));
        let since = |sequence| read(store, move |conn| event::since(conn, &Heads::from([(0, sequence)]), &Heads::from([(0, 3)])));
        assert_eq!(since(0), None);
        let members = BTreeSet::from([MemberId(2), MemberId(3)]);
        assert_eq!(since(1), Some(Told { members, ..Told::default() }));
    });
}

#[test]
fn what_every_follower_has_seen_is_deleted_in_time() {
    each_engine("prune", |store| {
        for id in 1..=6 {
            write(store, move |conn| event::tell(conn, [MemberId(id)], NOW_MS + id));
        }
        let kept =
            || read(store, |conn| conn.query("SELECT sequence FROM commit_event ORDER BY sequence", &[], |row| row.int(0)));
        let prune = |before_ms, limit| write(store, move |conn| event::prune(conn, before_ms, limit));
        assert_eq!((prune(NOW_MS, 100), kept().len()), (0, 6));
        assert_eq!((prune(NOW_MS + 3, 1), kept()), (1, vec![2, 3, 4, 5, 6]));
        assert_eq!((prune(NOW_MS + 3, 100), kept()), (1, vec![3, 4, 5, 6]));
        write(store, |conn| setting::put(conn, &format!("{}slow", event::CURSORS), r#"{"0":4}"#));
        write(store, |conn| setting::put(conn, &format!("{}fast", event::CURSORS), r#"{"0":6}"#));
        assert_eq!((prune(i64::MAX, 100), kept()), (2, vec![5, 6]));
        write(store, |conn| setting::put(conn, &format!("{}slow", event::CURSORS), "{}"));
        assert_eq!(prune(i64::MAX, 100), 0);
        write(store, |conn| setting::remove(conn, &format!("{}slow", event::CURSORS)));
        // The newest stays, so that what was read up to it is known to be of this database.
        assert_eq!((prune(i64::MAX, 100), kept()), (1, vec![6]));
        assert_eq!(prune(i64::MAX, 100), 0);
        assert!(read(store, |conn| event::at(conn, &Heads::from([(0, 6)]))).is_some());
    });
}

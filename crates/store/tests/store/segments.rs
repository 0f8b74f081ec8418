//! Segments: kept, listed, and seen at snapshots.

use std::collections::BTreeSet;

use danggol_core::condition::Condition;
use danggol_core::id::{MemberId, SegmentId};
use danggol_store::schema::{
    MEMBER_CLASS, MERGE, MERGE_LIST, PRODUCT_KEY, SEGMENT, SEGMENT_LIST, SEGMENT_MEMBER, SEGMENT_MOVEMENT, SEGMENT_SNAPSHOT, TAG,
    TAG_ENTRY, TAG_GROUP, TAG_MEMBER,
};
use danggol_store::segment::{self, Basis, SegmentRecord, Span};
use danggol_store::{Conn, StoreError, Target};
use danggol_store::{member, migration};

use crate::duplicates::take_duplicates_away;
use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::lifestyles::take_lifestyles_away;

fn record(id: i64, basis: Basis) -> SegmentRecord {
    SegmentRecord {
        id: SegmentId(id),
        name: format!("s{id}"),
        basis,
        draft: None,
        created_at_ms: NOW_MS,
        updated_at_ms: NOW_MS,
        updated_by: None,
        archived_at_ms: None,
    }
}

fn members(ids: &[i64]) -> Vec<MemberId> {
    ids.iter().copied().map(MemberId).collect()
}

#[test]
fn segments_are_kept_and_changed() {
    each_engine("segments", |store| {
        let rule = Condition::All { all: Vec::new() };
        let (list, mut ruled) = (record(1, Basis::List), record(2, Basis::Rule(None)));
        let kept = [list.clone(), ruled.clone()];
        write(store, move |conn| kept.iter().try_for_each(|record| segment::insert(conn, record)));
        ruled = SegmentRecord { basis: Basis::Rule(Some(rule)), draft: Some("{}".to_owned()), archived_at_ms: Some(5), ..ruled };
        let changed = ruled.clone();
        write(store, move |conn| segment::update(conn, &changed));
        assert_eq!(read(store, segment::all), [ruled, list.clone()]);
        assert_eq!(read(store, |conn| segment::find(conn, SegmentId(1))), Some(list));
        assert_eq!(read(store, |conn| segment::find(conn, SegmentId(3))), None);
    });
}

#[test]
fn lists_hold_each_member_once() {
    each_engine("lists", |store| {
        let set = |ids: &[i64]| -> BTreeSet<MemberId> { members(ids).into_iter().collect() };
        for (add, ids, expected) in [(true, &[3, 1, 2][..], 3), (true, &[2, 4], 1), (false, &[1, 9], 1), (false, &[], 0)] {
            let changed = set(ids);
            let count = write(store, move |conn| match add {
                true => segment::list(conn, SegmentId(1), &changed, NOW_MS),
                false => segment::unlist(conn, SegmentId(1), &changed),
            });
            assert_eq!(count, expected, "{add} {ids:?}");
        }
        assert_eq!(read(store, |conn| segment::list_sizes(conn, NOW_MS)).into_iter().collect::<Vec<_>>(), [(SegmentId(1), 3)]);
    });
}

#[test]
fn snapshots_tell_who_came_and_who_went() {
    each_engine("snapshots", |store| {
        for (at, ids, expected) in [(1, &[1, 2, 3][..], (3, 3, 0)), (2, &[2, 3, 4, 5], (4, 2, 1)), (3, &[2, 3, 4, 5], (4, 0, 0))]
        {
            let stand = members(ids);
            let taken =
                write(store, move |conn| segment::take_snapshot(conn, SegmentId(1), &stand, 20_000 + at, NOW_MS + i64::from(at)));
            assert_eq!((taken.members, taken.entered, taken.gone), expected, "snapshot {at}");
        }
        for (number, entered, expected) in [(1, true, &[1, 2, 3][..]), (2, true, &[4, 5]), (2, false, &[1]), (3, true, &[])] {
            let moved = read(store, move |conn| segment::moved(conn, (SegmentId(1), number, entered), MemberId(0), 10));
            assert_eq!(moved, members(expected), "{number} {entered}");
        }
        // From after one snapshot to another: who came and went in between is neither.
        for (from, to, came, gone) in
            [(0, 3, &[2, 3, 4, 5][..], &[][..]), (1, 3, &[4, 5], &[1]), (2, 3, &[], &[]), (0, 1, &[1, 2, 3], &[])]
        {
            let span = Span { segment: SegmentId(1), from, to };
            let crossed = |entered| -> Vec<MemberId> {
                let found = read(store, move |conn| segment::crossed(conn, span, entered, MemberId(0), 10));
                found.into_iter().map(|(member, _)| member).collect()
            };
            assert_eq!((crossed(true), crossed(false)), (members(came), members(gone)), "{from} {to}");
            let counted = read(store, move |conn| segment::crossings(conn, span));
            assert_eq!(counted, (came.len() as i64, gone.len() as i64), "{from} {to}");
        }
        let rest = Span { segment: SegmentId(1), from: 1, to: 3 };
        assert_eq!(read(store, move |conn| segment::crossed(conn, rest, true, MemberId(4), 10)), [(MemberId(5), 2)]);
        let taken = read(store, |conn| segment::find_snapshot(conn, SegmentId(1), 2)).expect("the second");
        assert_eq!((taken.number, taken.members), (2, 4));
        let numbers: Vec<i64> =
            read(store, |conn| segment::snapshots(conn, SegmentId(1), 2)).iter().map(|taken| taken.number).collect();
        assert_eq!(numbers, [3, 2]);
        assert_eq!(read(store, segment::newest_snapshots)[&SegmentId(1)].number, 3);
        assert_eq!(read(store, |conn| segment::since(conn, MemberId(4)))[&SegmentId(1)], NOW_MS + 2);
        assert!(read(store, |conn| segment::since(conn, MemberId(1))).is_empty());
    });
}

/// PostgreSQL's side of schema 2: without places in arrays, and without paths.
const FUNCTIONS_BEFORE: &[&str] = &[
    "DROP FUNCTION json_extract(text, text)",
    "DROP FUNCTION json_each(text)",
    "CREATE FUNCTION json_each(text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE \
     AS 'SELECT element FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS element'",
];

/// Makes of this schema what stood before lists followed merges.
pub fn take_following_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_duplicates_away(conn)?;
    conn.execute("DROP TABLE merge_list", &[])?;
    conn.execute("ALTER TABLE merge DROP COLUMN followed", &[]).map(drop)
}

/// Makes of this schema what stood before tags.
fn take_tags_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_duplicates_away(conn)?;
    take_lifestyles_away(conn)?;
    for table in [&TAG, &TAG_GROUP, &TAG_MEMBER, &TAG_ENTRY, &MEMBER_CLASS, &PRODUCT_KEY, &MERGE, &MERGE_LIST] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    conn.execute("ALTER TABLE member DROP COLUMN merged_into", &[])?;
    conn.execute("ALTER TABLE purchase DROP COLUMN via_member_id", &[])?;
    conn.execute("ALTER TABLE segment_list DROP COLUMN expires_at_ms", &[]).map(drop)
}

/// Makes of this schema what stood before segments.
pub fn take_segments_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_tags_away(conn)?;
    for table in [&SEGMENT, &SEGMENT_LIST, &SEGMENT_SNAPSHOT, &SEGMENT_MEMBER, &SEGMENT_MOVEMENT] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    match conn {
        Conn::Postgres(_) => FUNCTIONS_BEFORE.iter().try_for_each(|sql| conn.execute(sql, &[]).map(drop)),
        Conn::Sqlite(_) => Ok(()),
    }
}

#[test]
fn a_database_of_schema_two_gets_segments() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_segments_away(conn)?;
            conn.execute("UPDATE migration SET version = 2", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        write(&store, |conn| segment::insert(conn, &record(1, Basis::List)));
        let places = "SELECT CAST(key AS BIGINT), CAST(json_extract($1, '$[1]') AS BIGINT) FROM json_each($1)";
        let found = read(&store, move |conn| conn.query(places, &["[5,7]".into()], |row| Ok((row.int(0)?, row.int(1)?))));
        assert_eq!(found, [(0, 7), (1, 7)]);
    }
}

#[test]
fn a_database_of_schema_three_gets_tags_and_keeps_its_lists() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| {
            segment::list(conn, SegmentId(1), &[MemberId(5)].into(), NOW_MS)?;
            take_tags_away(conn)?;
            conn.execute("UPDATE migration SET version = 3", &[])
        });
        drop(store);
        let store = open(target);
        assert_eq!(read(&store, |conn| segment::list_sizes(conn, i64::MAX))[&SegmentId(1)], 1);
        assert_eq!(read(&store, danggol_store::tag::all), []);
    }
}

/// A merge that was kept when nothing followed one: her lists follow at the upgrade, and undoing gives them back.
#[test]
fn merges_of_schema_seven_are_followed_by_lists() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| {
            let enrol = "INSERT INTO member (member_id, holder_id, status, name, source_kind, joined_at_ms, updated_at_ms, profile, merged_into) \
                 VALUES ($1, $2, $3, $4, 'api', 0, 0, '{}', $5)";
            conn.execute(enrol, &[1.into(), 1.into(), "active".into(), None::<&str>.into(), None::<i64>.into()])?;
            conn.execute(enrol, &[2.into(), 1.into(), "closed".into(), Some("B").into(), Some(1).into()])?;
            segment::insert(conn, &record(1, Basis::List))?;
            conn.execute("INSERT INTO segment_list VALUES (1, 2, 5, NULL)", &[])?;
            take_following_away(conn)?;
            conn.execute("INSERT INTO merge VALUES (9, 1, 2, 8, 'active', 7, 'user', 1, NULL)", &[])?;
            conn.execute("UPDATE migration SET version = 7", &[])
        });
        drop(store);
        let store = open(target);
        assert_eq!(read(&store, |conn| segment::listed(conn, SegmentId(1), NOW_MS)), members(&[1]));
        let name = read(&store, |conn| member::files(conn, &[MemberId(1)])).remove(0).fields.name;
        assert_eq!(name.as_deref(), Some("B"), "the file of who keeps says what it did not");
    }
}

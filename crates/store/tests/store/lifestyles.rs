//! Lifestyle groups: names, meanings, who is where by revision, and the upgrade to the schema that has them.

use danggol_core::id::MemberId;
use danggol_core::lifestyle::Placed;
use danggol_store::lifestyle::{self, GroupRecord, PlacedMember};
use danggol_store::schema::{LIFESTYLE_GROUP, LIFESTYLE_MEANING, MEMBER_LIFESTYLE};
use danggol_store::{Conn, StoreError, Target, migration};

use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::segments::take_following_away;

fn placed(member: i64, group: Option<&str>) -> PlacedMember {
    let placed = group.map(|group| Placed { group: group.to_owned(), score: 60, since_day: 20_000 });
    PlacedMember { member, placed, purchases: 5 }
}

#[test]
fn who_is_where_is_kept_and_what_changed_since_is_found() {
    each_engine("lifestyles", |store| {
        assert_eq!((read(store, lifestyle::revision), read(store, |conn| lifestyle::all_after(conn, 0))), (0, (Vec::new(), 0)));
        let first = [placed(1, Some("g1")), placed(2, Some("g2")), placed(3, Some("g1"))];
        let kept = first.clone();
        write(store, move |conn| lifestyle::keep(conn, &kept));
        assert_eq!(read(store, |conn| lifestyle::all_after(conn, 0)), (first.to_vec(), 1));
        write(store, |conn| lifestyle::keep(conn, &[placed(2, None), placed(4, Some("g1"))]));
        write(store, |conn| lifestyle::keep(conn, &[]));
        assert_eq!(read(store, lifestyle::revision), 2);
        let (mut changed, newest) = read(store, |conn| lifestyle::all_after(conn, 1));
        changed.sort_by_key(|placed| placed.member);
        assert_eq!((changed, newest), (vec![placed(2, None), placed(4, Some("g1"))], 2));
        assert_eq!(read(store, lifestyle::sizes).into_iter().collect::<Vec<_>>(), [("g1".to_owned(), 3)]);
        let found = read(store, |conn| lifestyle::find(conn, &[MemberId(1), MemberId(2), MemberId(9)]));
        assert_eq!((found.len(), &found[&1], &found[&2]), (2, &placed(1, Some("g1")), &placed(2, None)));
    });
}

#[test]
fn groups_and_meanings_are_kept() {
    each_engine("lifestyle_groups", |store| {
        let group = |code: &str, made_at_ms, name: Option<&str>, retired_at_ms| GroupRecord {
            code: code.to_owned(),
            name: name.map(str::to_owned),
            made_at_ms,
            retired_at_ms,
        };
        let made = [group("g2", 5, None, None), group("g1", 5, None, None)];
        write(store, move |conn| lifestyle::put_groups(conn, &made));
        let changed = group("g1", 9, Some("반려동물"), Some(8));
        write(store, move |conn| lifestyle::put_groups(conn, std::slice::from_ref(&changed)));
        assert_eq!(read(store, lifestyle::groups), [group("g1", 5, Some("반려동물"), Some(8)), group("g2", 5, None, None)]);
        for (meaning, expected) in [(Some("pets"), Some("pets")), (Some("own words"), Some("own words")), (None, None)] {
            write(store, move |conn| lifestyle::put_meaning(conn, "DOG FOODS", meaning, (NOW_MS, Some(3))));
            let found = read(store, lifestyle::meanings);
            assert_eq!(found.get("DOG FOODS").map(String::as_str), expected);
        }
    });
}

/// Makes of this schema what stood before lifestyle groups.
pub fn take_lifestyles_away(conn: &mut Conn) -> Result<(), StoreError> {
    for table in [&LIFESTYLE_GROUP, &LIFESTYLE_MEANING, &MEMBER_LIFESTYLE] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    Ok(())
}

#[test]
fn a_database_of_schema_six_gets_lifestyle_groups() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_lifestyles_away(conn)?;
            take_following_away(conn)?;
            conn.execute("UPDATE migration SET version = 6", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        write(&store, |conn| lifestyle::keep(conn, &[placed(1, Some("g1"))]));
        assert_eq!(read(&store, lifestyle::sizes).len(), 1);
    }
}

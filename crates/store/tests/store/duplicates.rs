//! Members who may be one person: by what they are found, bounds of what is compared, and the upgrade to the schema that has them.

use danggol_core::birthday::{Birthday, Calendar, LunarKind};
use danggol_core::duplicate::Common;
use danggol_core::duplicate::clue::{COMPARED_MAX, ClueKind};
use danggol_core::id::MemberId;
use danggol_store::duplicate::{self, Beside, Change, Sight, Status};
use danggol_store::member::{self, MemberFields, NewMember};
use danggol_store::schema::{DUPLICATE, MEMBER_CLUE};
use danggol_store::{Conn, Store, StoreError, Target, migration};

use crate::coupons::take_coupons_away;
use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::members::{keyring, random};

fn enrol(store: &Store, people: &[(i64, &str, &str)]) {
    let sealed: Vec<_> = people
        .iter()
        .map(|(id, name, born)| {
            let birthday = Birthday::parse(born, Calendar::Solar, false).expect("a birthday");
            let fields = MemberFields { name: Some((*name).to_owned()), birthday: Some(birthday), ..MemberFields::default() };
            let new = NewMember {
                id: MemberId(*id),
                source_kind: "api".to_owned(),
                source_code: None,
                joined_at_ms: NOW_MS,
                fields,
                identities: Vec::new(),
            };
            member::seal(&keyring(), new, &mut random).expect("a sealed member")
        })
        .collect();
    write(store, move |conn| member::insert(conn, &sealed, NOW_MS));
}

fn look(store: &Store, ids: &[i64], beside: Beside) -> Vec<(i64, i64)> {
    let ids: Vec<MemberId> = ids.iter().copied().map(MemberId).collect();
    let asked = ids.clone();
    let clues = read(store, move |conn| duplicate::clue_changes(conn, &keyring(), &asked));
    write(store, move |conn| duplicate::keep_clues(conn, &clues));
    let sight = Sight { common: Common::default(), members: 1_000, lunar: LunarKind::Chinese, now_ms: NOW_MS };
    let changes = read(store, move |conn| duplicate::look(conn, &keyring(), &sight, &ids, beside));
    let pairs = changes.iter().map(|change| match change {
        Change::Suggest(record) => (record.pair.one.0, record.pair.other.0),
        Change::Withdraw(pair) => (-pair.one.0, -pair.other.0),
    });
    let pairs = pairs.collect();
    write(store, move |conn| duplicate::keep(conn, &changes));
    pairs
}

#[test]
fn a_block_beyond_the_bound_is_passed_over_and_counted() {
    each_engine("blocks", |store| {
        let most = COMPARED_MAX;
        let people: Vec<(i64, &str, &str)> = (1..=most).map(|id| (id, "王小明", "1990-03-07")).collect();
        enrol(store, &people);
        let ids: Vec<i64> = (1..=most + 1).collect();
        assert_eq!(look(store, &ids, Beside::Later).len() as i64, most * (most - 1) / 2);
        assert_eq!(look(store, &ids, Beside::Later), [], "a second look changes nothing");
        assert_eq!(look(store, &[1], Beside::All), []);
        assert!(read(store, |conn| duplicate::passed_over(conn, 1_000)).is_empty());
        enrol(store, &[(most + 1, "王小明", "1990-03-07")]);
        let gone = look(store, &ids, Beside::Later);
        assert_eq!(
            (gone.len() as i64, gone[0]),
            (most * (most - 1) / 2, (-1, -2)),
            "one more, and it says nothing of any of them"
        );
        assert_eq!(
            read(store, |conn| duplicate::passed_over(conn, 1_000)).into_iter().collect::<Vec<_>>(),
            [(ClueKind::NameBorn, 1)]
        );
        let left = read(store, |conn| duplicate::listed(conn, Status::Open, 0, None, 10));
        assert_eq!(left, []);
    });
}

#[test]
fn whoever_is_erased_leaves_nothing_by_which_she_was_found() {
    each_engine("erased", |store| {
        enrol(store, &[(1, "王小明", "1990-03-07"), (2, "王小明", "1990-03-07")]);
        assert_eq!(look(store, &[1, 2], Beside::Later), [(1, 2)]);
        write(store, |conn| member::erase(conn, &keyring(), MemberId(1), NOW_MS));
        for (table, expected) in [("member_clue WHERE member_id = 1", 0), ("member_clue", 1), ("duplicate", 0)] {
            let count = format!("SELECT COUNT(*) FROM {table}");
            let found = read(store, move |conn| conn.query_one(&count, &[], |row| row.int(0)));
            assert_eq!(found, Some(expected), "{table}");
        }
        assert_eq!(look(store, &[1, 2], Beside::All), []);
    });
}

/// Makes of this schema what stood before duplicates were looked for.
pub fn take_duplicates_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_coupons_away(conn)?;
    for table in [&MEMBER_CLUE, &DUPLICATE] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    Ok(())
}

#[test]
fn a_database_of_schema_eight_gets_duplicates() {
    let folder = Folder::new("upgrade");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_duplicates_away(conn)?;
            conn.execute("UPDATE migration SET version = 8", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        enrol(&store, &[(1, "王小明", "1990-03-07"), (2, "王小明", "1990-03-07")]);
        assert_eq!(look(&store, &[1, 2], Beside::Later), [(1, 2)]);
    }
}

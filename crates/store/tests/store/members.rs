//! Members: enrolled, found, changed, erased.

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ChangeId, HolderId, IdentityId, MemberId, NoteId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::member::{Gender, MemberStatus};
use danggol_store::change::{self, Author, ChangeRecord, FieldChange};
use danggol_store::identity::{self, Given, NewIdentity};
use danggol_store::member::{self, Closure, Enrolment, MemberFields, NewMember, Profile, SealedMember};
use danggol_store::note::{self, NoteRecord};
use danggol_store::seal::Keyring;
use danggol_store::search::{self, Find};
use danggol_store::{Store, setting};

use crate::engines::{NOW_MS, each_engine, read, write};

/// A keyring with a key that is no secret: 32 zeros.
pub fn keyring() -> Keyring {
    Keyring::parse(&"A".repeat(43)).expect("a key")
}

/// Bytes that never repeat within a process.
pub fn random(bytes: &mut [u8]) {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    for chunk in bytes.chunks_mut(8) {
        let next = NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        chunk.copy_from_slice(&next[..chunk.len()]);
    }
}

/// Somebody who changes something under that id.
pub fn author(id: i64) -> Author {
    Author { change: ChangeId(id), actor: Actor { kind: ActorKind::User, id: 5 } }
}

/// The changes in a member's file, the newest first, as `kind field: from -> to`.
fn changes(store: &Store, member: i64) -> Vec<String> {
    let records = read(store, move |conn| change::of_member(conn, MemberId(member), ChangeId(i64::MAX), 10));
    let of = |record: ChangeRecord| {
        assert_eq!(record.author.actor, author(0).actor);
        let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let field = |field: FieldChange| format!("{}: {} -> {}", field.field, shown(field.from), shown(field.to));
        let fields: Vec<String> = record.detail.fields.into_iter().map(field).collect();
        format!("{} {}", record.kind.word(), fields.join("; "))
    };
    records.into_iter().map(of).collect()
}

fn new_identity(id: i64, kind: IdentityKind, value: &str) -> NewIdentity {
    let identity = Identity::new(kind, None, value, "KR").expect("an identity");
    NewIdentity { id: IdentityId(id), identity, verified_at_ms: None }
}

pub fn sealed(id: i64, name: &str, identities: &[(IdentityKind, &str)]) -> SealedMember {
    let identities =
        identities.iter().enumerate().map(|(at, (kind, value))| new_identity(id * 10 + at as i64, *kind, value)).collect();
    let fields = MemberFields { name: Some(name.to_owned()).filter(|name| !name.is_empty()), ..MemberFields::default() };
    let new = NewMember {
        id: MemberId(id),
        source_kind: "counter".to_owned(),
        source_code: Some("s1".to_owned()),
        joined_at_ms: NOW_MS,
        fields,
        identities,
    };
    member::seal(&keyring(), new, &mut random).expect("sealed")
}

pub fn enrol(store: &Store, members: Vec<SealedMember>) -> Vec<Enrolment> {
    write(store, move |conn| member::insert(conn, &members, NOW_MS))
}

fn found(store: &Store, find: Find) -> Vec<i64> {
    let page = read(store, move |conn| search::page(conn, &keyring(), &find, None, 50));
    page.members.into_iter().map(|member| member.0).collect()
}

fn named(typed: &str) -> Find {
    Find::Name(typed.to_owned())
}

use IdentityKind::{Card, Email, Phone};

#[test]
fn a_member_comes_back_whole_and_nothing_of_her_is_readable_in_the_tables() {
    each_engine("whole", |store| {
        let identities = [(Phone, "010-0000-0001"), (Email, "mina@example.com"), (Card, "6200000000042")];
        assert_eq!(enrol(store, vec![sealed(7, "김철수", &identities)]), [Enrolment::Enrolled]);
        let record = read(store, |conn| member::find_one(conn, &keyring(), MemberId(7))).expect("she is there");
        assert_eq!((record.id, record.holder), (MemberId(7), HolderId(7)));
        assert_eq!(record.fields.name.as_deref(), Some("김철수"));
        assert_eq!((record.source_kind.as_str(), record.source_code.as_deref()), ("counter", Some("s1")));
        let values: Vec<&str> = record.identities.iter().map(|identity| identity.identity.value.as_str()).collect();
        assert_eq!(values, ["+821000000001", "mina@example.com", "6200000000042"]);
        for column in ["lookup", "sealed", "masked"] {
            let sql = format!("SELECT {column} FROM member_identity");
            for text in read(store, move |conn| conn.query(&sql, &[], |row| row.text(0))) {
                assert!(!values.iter().any(|value| text.contains(value)), "{column}: {text}");
            }
        }
        let other = Keyring::parse(&format!("{}E", "A".repeat(42))).expect("another key");
        assert!(store.read_blocking(move |conn| member::find_one(conn, &other, MemberId(7))).is_err());
    });
}

#[test]
fn a_taken_identity_refuses_just_that_member_and_names_its_owner() {
    each_engine("taken", |store| {
        enrol(store, vec![sealed(1, "A", &[(Phone, "010-0000-0001")])]);
        let taken = |position, owner| Enrolment::Taken { position, owner: MemberId(owner) };
        let outcomes = enrol(
            store,
            vec![
                sealed(2, "B", &[(Email, "b@example.com"), (Phone, "010-0000-0001")]),
                // Free, because the one before her was refused.
                sealed(3, "C", &[(Email, "b@example.com")]),
                sealed(4, "D", &[(Email, "b@example.com")]),
                // The same number twice is her own.
                sealed(5, "E", &[(Phone, "010-0000-0005"), (Phone, "+82 10 0000 0005")]),
                sealed(6, "F", &[]),
            ],
        );
        let expected = [taken(1, 1), Enrolment::Enrolled, taken(0, 3), Enrolment::Enrolled, Enrolment::Enrolled];
        assert_eq!(outcomes, expected);
        let kept = read(store, |conn| conn.query("SELECT member_id FROM member ORDER BY member_id", &[], |row| row.int(0)));
        assert_eq!(kept, [1, 3, 5, 6]);
        let rows =
            read(store, |conn| conn.query("SELECT member_id FROM member_identity ORDER BY member_id", &[], |row| row.int(0)));
        assert_eq!(rows, [1, 3, 5]);
    });
}

#[test]
fn members_are_found_by_name_initials_digits_and_identity() {
    each_engine("found", |store| {
        enrol(
            store,
            vec![
                sealed(1, "张伟", &[(Phone, "+86 130 0000 0001")]),
                sealed(2, "김철수", &[(Phone, "010-0000-0001"), (Card, "6200000000042")]),
                sealed(3, "Jane Smith", &[(Phone, "010-0000-0003")]),
                sealed(4, "", &[]),
            ],
        );
        for (find, expected) in [
            (named("zw"), vec![1]),
            (named("ZHANG"), vec![1]),
            (named("张"), vec![1]),
            (named("伟"), vec![1]),
            (named("ㄱㅊㅅ"), vec![2]),
            (named("김"), vec![2]),
            (named("smi"), vec![3]),
            (named("nobody"), vec![]),
            (named(""), vec![]),
            (Find::LastFour("0001".to_owned()), vec![1, 2]),
            (Find::LastFour("0042".to_owned()), vec![2]),
            (Find::LastFour("9999".to_owned()), vec![]),
            (Find::LastFour("1".to_owned()), vec![]),
            (Find::Newest, vec![4, 3, 2, 1]),
        ] {
            assert_eq!(found(store, find.clone()), expected, "{find:?}");
        }
        let phone = Identity::new(Phone, None, "010 0000 0003", "KR").expect("a phone");
        assert_eq!(read(store, move |conn| identity::owner(conn, &keyring(), &phone)), Some(MemberId(3)));
        let listed = read(store, |conn| search::listed(conn, &keyring(), &[MemberId(2), MemberId(9), MemberId(1)]));
        let shown: Vec<_> = listed.iter().map(|row| (row.id.0, row.masked_phone.as_deref(), row.card_no.as_deref())).collect();
        assert_eq!(shown, [(2, Some("+82 ** **** 0001"), Some("6200000000042")), (1, Some("+86 *** **** 0001"), None)]);
    });
}

#[test]
fn pages_show_everybody_once_although_terms_begin_alike() {
    each_engine("pages", |store| {
        // Each is found by z twice, as zhang… and as z….
        let names = ["张伟", "张敏", "张静", "张丽", "张强", "张磊", "张洋"];
        enrol(store, names.iter().zip(1..).map(|(name, id)| sealed(id, name, &[])).collect());
        for (find, limit) in [(named("z"), 2), (named("z"), 3), (Find::Newest, 2), (Find::Newest, 7)] {
            let mut seen = Vec::new();
            let mut place = None;
            loop {
                let (asked, after) = (find.clone(), place.take());
                let page = read(store, move |conn| search::page(conn, &keyring(), &asked, after.as_ref(), limit));
                seen.extend(page.members.iter().map(|member| member.0));
                match page.next {
                    Some(next) => place = Some(next),
                    None => break,
                }
            }
            let mut sorted = seen.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [1, 2, 3, 4, 5, 6, 7], "{find:?} by {limit}: {seen:?}");
        }
    });
}

#[test]
fn a_changed_file_is_kept_and_found_by_its_new_name() {
    each_engine("changed", |store| {
        enrol(store, vec![sealed(1, "张伟", &[(Phone, "+86 130 0000 0001")])]);
        let profile = Profile { occupation: Some("teacher".to_owned()), household_size: Some(3), ..Profile::default() };
        for round in 0..2 {
            let profile = profile.clone();
            let changed = write(store, move |conn| {
                member::update(conn, MemberId(1), NOW_MS, author(7), |fields| {
                    fields.name = Some("王芳".to_owned());
                    fields.gender = Some(Gender::Female);
                    fields.birthday = Some(
                        serde_json::from_str(r#"{"date":"--05-03","calendar":"lunar","leap_month":false}"#).expect("a birthday"),
                    );
                    fields.profile = profile.clone();
                })
            });
            assert!(changed);
            let record = read(store, |conn| member::find_one(conn, &keyring(), MemberId(1))).expect("she is there");
            assert_eq!(record.updated_at_ms, NOW_MS + 1 + round);
            assert_eq!(record.fields.profile.household_size, Some(3));
            assert!(record.fields.birthday.is_some());
        }
        // The second round changed nothing, and says nothing.
        assert_eq!(
            changes(store, 1),
            [
                "file name: 张伟 -> 王芳; gender: - -> female; birthday: - -> lunar --05-03; occupation: - -> teacher; household_size: - -> 3"
            ]
        );
        for (typed, expected) in [("zw", vec![]), ("wf", vec![1]), ("张", vec![]), ("王", vec![1])] {
            assert_eq!(found(store, named(typed)), expected, "{typed}");
        }
        assert_eq!(found(store, Find::LastFour("0001".to_owned())), [1]);
        assert!(!write(store, |conn| member::update(conn, MemberId(2), NOW_MS, author(8), |_| ())));
    });
}

#[test]
fn identities_are_added_verified_closed_and_freed() {
    each_engine("identities", |store| {
        enrol(store, vec![sealed(1, "A", &[(Phone, "010-0000-0001")]), sealed(2, "B", &[])]);
        let add = |member, id, value: &'static str| {
            write(store, move |conn| {
                let new = new_identity(id, Phone, value);
                identity::add(conn, &keyring(), MemberId(member), &new, (NOW_MS, author(id)), &mut random)
            })
        };
        assert_eq!(add(1, 100, "010-0000-0001"), Given::Already);
        assert_eq!(add(2, 101, "010-0000-0001"), Given::Taken(MemberId(1)));
        assert_eq!(add(9, 102, "010-0000-0009"), Given::NoMember);
        assert_eq!(add(1, 103, "010-1111-0001"), Given::Added);
        assert!(write(store, |conn| identity::verify(conn, MemberId(1), IdentityId(103), NOW_MS)));
        assert!(!write(store, |conn| identity::verify(conn, MemberId(2), IdentityId(103), NOW_MS)));
        let close = |id| {
            let at = (NOW_MS, author(1_000 + id));
            write(store, move |conn| identity::close(conn, &keyring(), MemberId(1), at, |record| record.id == IdentityId(id)))
                .len()
        };
        assert_eq!((close(10), close(10)), (1, 0));
        // Her other number ends alike, so she is still found by its digits.
        assert_eq!(found(store, Find::LastFour("0001".to_owned())), [1]);
        assert_eq!(add(2, 104, "010-0000-0001"), Given::Added);
        assert_eq!(close(103), 1);
        assert_eq!(
            changes(store, 1),
            [
                "identity phone: +82 ** **** 0001 -> -",
                "identity phone: +82 ** **** 0001 -> -",
                "identity phone: - -> +82 ** **** 0001"
            ]
        );
        assert_eq!(found(store, Find::LastFour("0001".to_owned())), [2]);
    });
}

#[test]
fn a_lost_card_is_replaced_and_not_found_any_more() {
    each_engine("card", |store| {
        enrol(store, vec![sealed(1, "A", &[(Card, "6200000000042"), (Phone, "010-0000-0001")])]);
        let first = write(store, |conn| setting::take_numbers(conn, "card_sequence", 3));
        let second = write(store, |conn| setting::take_numbers(conn, "card_sequence", 1));
        assert_eq!((first, second), (1, 4));
        let given = write(store, |conn| {
            let new = new_identity(50, Card, "6200000000067");
            identity::replace_card(conn, &keyring(), MemberId(1), &new, (NOW_MS, author(1)), &mut random)
        });
        assert_eq!(given, Given::Added);
        assert_eq!(changes(store, 1), ["identity card: ***0042 -> ***0067"]);
        let cards: Vec<_> =
            read(store, |conn| search::listed(conn, &keyring(), &[MemberId(1)])).into_iter().map(|row| row.card_no).collect();
        assert_eq!(cards, [Some("6200000000067".to_owned())]);
        let old = Identity::new(Card, None, "6200000000042", "KR").expect("a card");
        assert_eq!(read(store, move |conn| identity::owner(conn, &keyring(), &old)), None);
    });
}

#[test]
fn of_an_erased_member_nothing_personal_is_left() {
    each_engine("erased", |store| {
        enrol(store, vec![sealed(1, "张伟", &[(Phone, "+86 130 0000 0001"), (Email, "w@example.com")])]);
        let actor = Actor { kind: ActorKind::User, id: 5 };
        let note = NoteRecord { id: NoteId(3), member: MemberId(1), text: "likes tea".to_owned(), at_ms: NOW_MS, actor };
        let expected = note.clone();
        write(store, move |conn| note::insert(conn, &note));
        write(store, |conn| {
            member::update(conn, MemberId(1), NOW_MS, author(7), |fields| fields.store = Some("east".to_owned()))
        });
        assert_eq!(changes(store, 1), ["file store: - -> east"]);
        assert_eq!(read(store, |conn| note::of_member(conn, MemberId(1), NoteId(i64::MAX), 10)), [expected]);
        for _ in 0..2 {
            assert!(write(store, |conn| member::erase(conn, &keyring(), MemberId(1), NOW_MS)));
        }
        let record = read(store, |conn| member::find_one(conn, &keyring(), MemberId(1))).expect("her purchases still name her");
        assert_eq!((record.fields.status, record.fields.name, record.identities), (MemberStatus::Erased, None, vec![]));
        for table in ["identity_lookup", "member_term", "note", "change"] {
            let sql = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(read(store, move |conn| conn.query_one(&sql, &[], |row| row.int(0))), Some(0), "{table}");
        }
        let left = read(store, |conn| {
            conn.query("SELECT COALESCE(sealed, ''), lookup, masked FROM member_identity", &[], |row| {
                Ok([row.text(0)?, row.text(1)?, row.text(2)?])
            })
        });
        assert_eq!(left, vec![[String::new(), String::new(), String::new()]; 2]);
        assert_eq!(found(store, Find::Newest), [0_i64; 0]);
        let phone = new_identity(70, Phone, "+86 130 0000 0001");
        assert_eq!(
            write(store, move |conn| identity::add(conn, &keyring(), MemberId(1), &phone, (NOW_MS, author(9)), &mut random)),
            Given::NoMember
        );
        assert!(!write(store, |conn| member::update(conn, MemberId(1), NOW_MS, author(7), |_| ())));
    });
}

#[test]
fn a_closed_file_stays_as_it_was_until_it_is_opened_again() {
    each_engine("closed", |store| {
        enrol(store, vec![sealed(1, "A", &[]), sealed(2, "B", &[]), sealed(3, "C", &[])]);
        write(store, |conn| conn.execute("UPDATE member SET status = 'unclaimed' WHERE member_id = 2", &[]));
        let turn = |closure, first: i64| {
            write(store, move |conn| {
                let members = [2, 1, 1, 9].map(|id| (MemberId(id), author(first + id)));
                // An id of a change belongs to one change, so a member who is named twice is turned under the first.
                member::turn(conn, &members, closure, Some("moved away"), NOW_MS)
            })
        };
        let statuses = || -> Vec<&str> {
            let ids = [1, 2, 3, 9].map(MemberId);
            read(store, move |conn| member::statuses(conn, &ids)).into_values().map(MemberStatus::word).collect()
        };
        assert_eq!(turn(Closure::Close, 100), [MemberId(1), MemberId(2)]);
        assert_eq!(turn(Closure::Close, 200), []);
        assert_eq!(statuses(), ["closed", "closed", "active"]);
        assert!(!write(store, |conn| member::update(conn, MemberId(1), NOW_MS, author(1), |fields| fields.name = None)));
        assert_eq!(turn(Closure::Reopen, 300), [MemberId(1), MemberId(2)]);
        assert_eq!(turn(Closure::Reopen, 400), []);
        assert_eq!(statuses(), ["active", "unclaimed", "active"]);
        assert_eq!(changes(store, 2), ["status status: closed -> unclaimed", "status status: unclaimed -> closed"]);
    });
}

#[test]
fn a_database_remembers_its_keyring() {
    each_engine("keyring", |store| {
        for _ in 0..2 {
            write(store, |conn| setting::check_keyring(conn, &keyring()));
        }
        let other = Keyring::parse(&format!("{}E", "A".repeat(42))).expect("another key");
        assert!(store.write_blocking(move |conn| setting::check_keyring(conn, &other)).is_err());
    });
}

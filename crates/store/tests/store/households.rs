//! Households kept: joined and left, through merges and erasing, by many at once, and the upgrade that brought them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;

use danggol_core::birthday::LunarKind;
use danggol_core::decide::{Actor, ActorKind, Published, Rules};
use danggol_core::household::HouseholdRole::{self, Child, Other, Parent, Partner};
use danggol_core::household::HouseholdRules;
use danggol_core::id::{ChangeId, HouseholdId, IdMaker, MemberId};
use danggol_core::programme::Programme;
use danggol_store::household::{self, Amendment, Hand, HouseholdRefusal, past, seen};
use danggol_store::schema::{HOUSEHOLD, HOUSEHOLD_MEMBER, HOUSEHOLD_PAST};
use danggol_store::{Conn, Store, StoreError, Target, change, event, member, merge, migration};

use crate::consents::take_consents_away;
use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::gifts::take_gifts_away;
use crate::members::{enrol, keyring, sealed};

const ACTOR: Actor = Actor { kind: ActorKind::User, id: 5 };
const MOST: u32 = 4;

/// Makes of this schema what stood before purchases said what came off them.
pub fn take_what_came_off_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_consents_away(conn)?;
    for column in ["offered_minor", "coupon_minor"] {
        conn.execute(&format!("ALTER TABLE purchase DROP COLUMN {column}"), &[])?;
    }
    Ok(())
}

/// Makes of this schema what stood before households.
pub fn take_households_away(conn: &mut Conn) -> Result<(), StoreError> {
    take_gifts_away(conn)?;
    for table in [&HOUSEHOLD, &HOUSEHOLD_MEMBER, &HOUSEHOLD_PAST] {
        conn.execute(&format!("DROP TABLE {}", table.name), &[])?;
    }
    Ok(())
}

/// A store with members, and the ids of whoever acts there.
struct Town<'a> {
    store: &'a Store,
    ids: Arc<Mutex<IdMaker>>,
    /// UTC milliseconds after the beginning, one an act.
    ticks: Mutex<i64>,
}

type Done<T> = Result<T, HouseholdRefusal>;

impl<'a> Town<'a> {
    fn new(store: &'a Store, members: i64) -> Self {
        enrol(store, (1..=members).map(|id| sealed(id, &format!("Guest {id}"), &[])).collect());
        Town { store, ids: Arc::new(Mutex::new(IdMaker::new(7))), ticks: Mutex::new(0) }
    }

    fn act<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn, &Hand<'_>) -> Result<Done<T>, StoreError> + Send + 'static,
    ) -> Done<T> {
        let now_ms = {
            let mut ticks = self.ticks.lock().expect("nobody panicked");
            *ticks += 1;
            NOW_MS + *ticks
        };
        let ids = Arc::clone(&self.ids);
        write(self.store, move |conn| work(conn, &Hand { ids: &ids, actor: ACTOR, now_ms }))
    }

    fn make(&self, head: i64) -> Done<HouseholdId> {
        self.act(move |conn, hand| household::make(conn, hand, "Kim", (MemberId(head), Parent)))
    }

    fn join(&self, id: HouseholdId, member: i64, role: HouseholdRole) -> Done<()> {
        self.act(move |conn, hand| household::join(conn, hand, id, (MemberId(member), role), MOST))
    }

    fn leave(&self, id: HouseholdId, member: i64) -> Done<()> {
        self.act(move |conn, hand| household::leave(conn, hand, id, MemberId(member)))
    }

    /// Head and members of a household, as `head: member role, …`; whether it is dissolved.
    fn seen(&self, id: HouseholdId) -> (String, bool) {
        let found = read(self.store, move |conn| household::find(conn, id)).expect("a household");
        let members: Vec<String> =
            found.members.iter().map(|place| format!("{} {}", place.member.0, place.role.word())).collect();
        let head = found.head.map_or("-".to_owned(), |head| head.0.to_string());
        (format!("{head}: {}", members.join(", ")), found.dissolved_at_ms.is_some())
    }

    fn of(&self, member: i64) -> Option<HouseholdId> {
        read(self.store, move |conn| household::of_member(conn, MemberId(member))).map(|found| found.id)
    }

    /// What a timeline says, the oldest first.
    fn told(&self, member: i64) -> Vec<String> {
        let mut records = read(self.store, move |conn| change::of_member(conn, MemberId(member), ChangeId(i64::MAX), 50));
        records.reverse();
        let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let fields = records.into_iter().flat_map(|record| {
            assert_eq!(record.author.actor, ACTOR);
            record.detail.fields
        });
        fields.map(|field| format!("{} {} {}", field.field, shown(field.from), shown(field.to))).collect()
    }

    fn merge(&self, keep: i64, absorb: i64) -> danggol_core::id::EntryId {
        let ids = Arc::clone(&self.ids);
        write(self.store, move |conn| {
            let rules = rules();
            let hand = merge::Hand { rules: &rules, ids: &ids, actor: ACTOR, now_ms: NOW_MS + 1_000 };
            merge::merge(conn, &hand, MemberId(keep), MemberId(absorb))
        })
        .expect("merged")
    }

    fn undo(&self, id: danggol_core::id::EntryId) {
        let ids = Arc::clone(&self.ids);
        write(self.store, move |conn| {
            let rules = rules();
            merge::undo(conn, &merge::Hand { rules: &rules, ids: &ids, actor: ACTOR, now_ms: NOW_MS + 2_000 }, id)
        })
        .expect("undone");
    }
}

fn amendment(name: Option<&str>, head: Option<i64>) -> Amendment {
    Amendment { name: name.map(str::to_owned), head: head.map(MemberId), shares_points: None }
}

fn rules() -> Rules {
    Rules::new(Published::new(1, Programme::first("Club", 2)), jiff::tz::TimeZone::UTC, 0, LunarKind::Chinese)
}

#[test]
fn a_household_is_joined_and_left_and_each_timeline_says_so() {
    each_engine("households", |store| {
        let town = Town::new(store, 6);
        let id = town.make(1).expect("made");
        assert_eq!(town.make(1), Err(HouseholdRefusal::InAnother(id)));
        town.join(id, 2, Other).expect("joined");
        town.join(id, 3, Child).expect("joined");
        town.join(id, 2, Partner).expect("her role changes");
        town.join(id, 2, Partner).expect("said twice is said once");
        assert_eq!(town.seen(id), ("1: 1 parent, 2 partner, 3 child".to_owned(), false));
        assert_eq!(town.told(2), ["household - Kim", "household_role - other", "household_role other partner"], "each step once");
        town.join(id, 4, Other).expect("joined");
        assert_eq!(town.join(id, 5, Other), Err(HouseholdRefusal::Full));
        let other = town.make(5).expect("made");
        assert_eq!(town.join(other, 3, Child), Err(HouseholdRefusal::InAnother(id)));
        assert_eq!(town.join(other, 99, Child), Err(HouseholdRefusal::UnknownMember));
        assert_eq!(town.join(HouseholdId(99), 6, Child), Err(HouseholdRefusal::Unknown));

        let named = |name: Option<&'static str>, head: Option<i64>| {
            town.act(move |conn, hand| household::amend(conn, hand, id, &amendment(name, head), HouseholdRules::default()))
        };
        named(Some("Kim-Lee"), Some(2)).expect("changed");
        assert_eq!(named(None, Some(6)), Err(HouseholdRefusal::NotIn));
        assert_eq!(town.told(3).last().map(String::as_str), Some("household Kim Kim-Lee"));
        assert_eq!(town.told(2).last().map(String::as_str), Some("household_head - Kim-Lee"));
        town.leave(id, 2).expect("left");
        town.leave(id, 2).expect("and stays away");
        assert_eq!(town.seen(id), ("1: 1 parent, 3 child, 4 other".to_owned(), false), "the longest there is the head");
        assert_eq!(town.of(2), None);
        town.join(id, 2, Partner).expect("leaving is undone by joining again");
        town.leave(id, 2).expect("left");

        let dissolve = || town.act(move |conn, hand| household::dissolve(conn, hand, id));
        dissolve().expect("dissolved");
        dissolve().expect("and stays so");
        assert_eq!(town.seen(id), ("-: ".to_owned(), true));
        assert_eq!(town.told(3).last().map(String::as_str), Some("household Kim-Lee -"));
        assert_eq!(town.join(id, 6, Other), Err(HouseholdRefusal::Dissolved));
        assert_eq!(town.leave(id, 1), Err(HouseholdRefusal::Dissolved));
        town.leave(other, 5).expect("left");
        assert_eq!(town.seen(other), ("-: ".to_owned(), true), "with the last one it ends");
    });
}

#[test]
fn a_merge_and_its_undoing_leave_places_where_they_were() {
    each_engine("merged_households", |store| {
        let town = Town::new(store, 5);
        let (first, second) = (town.make(1).expect("made"), town.make(3).expect("made"));
        town.join(first, 2, Child).expect("joined");
        town.join(second, 4, Other).expect("joined");

        let merged = town.merge(1, 3);
        assert_eq!(town.of(1), Some(first), "the household of the member who keeps stays");
        assert_eq!(town.seen(first).0, "1: 1 parent, 2 child");
        assert_eq!(town.seen(second).0, "4: 4 other", "she is in one household");
        assert_eq!(town.join(second, 3, Child), Err(HouseholdRefusal::Gone(MemberId(1))));
        town.undo(merged);
        assert_eq!((town.of(1), town.of(3)), (Some(first), Some(second)));
        assert_eq!(town.seen(second).0, "3: 3 parent, 4 other");

        let merged = town.merge(5, 3);
        assert_eq!(town.of(5), Some(second), "who is in none is where the other was");
        assert_eq!(town.seen(second).0, "5: 5 parent, 4 other", "and the head, as she was");
        assert_eq!(town.join(first, 5, Child), Err(HouseholdRefusal::InAnother(second)));
        town.join(second, 5, Partner).expect("her role changes");
        town.undo(merged);
        assert_eq!((town.of(5), town.seen(second).0.as_str()), (None, "3: 3 partner, 4 other"));

        town.merge(1, 2);
        assert_eq!(town.seen(first).0, "1: 1 parent", "one person is one member");
        town.leave(first, 1).expect("left");
        assert_eq!((town.of(1), town.seen(first).1), (None, true));
    });
}

#[test]
fn a_household_that_was_dissolved_by_mistake_comes_back_as_it_was() {
    each_engine("restored_households", |store| {
        let town = Town::new(store, 6);
        let id = town.make(1).expect("made");
        town.join(id, 2, Partner).expect("joined");
        town.join(id, 3, Child).expect("joined");
        let amended = amendment(None, Some(2));
        town.act(move |conn, hand| household::amend(conn, hand, id, &amended, HouseholdRules::default())).expect("changed");
        let before = town.seen(id);
        let dissolve = || town.act(move |conn, hand| household::dissolve(conn, hand, id));
        let restore = |id: HouseholdId| town.act(move |conn, hand| past::restore(conn, hand, id));
        let last = |member: i64| {
            let found = read(store, move |conn| past::last_of(conn, MemberId(member)));
            found.map(|(record, places)| (record.id, places.iter().map(|place| place.member.0).collect::<Vec<_>>()))
        };
        assert_eq!((restore(id), last(1)), (Ok(()), None), "what stands stays");
        dissolve().expect("dissolved");
        assert_eq!(last(3), Some((id, vec![1, 2, 3])));
        restore(id).expect("back");
        assert_eq!((town.seen(id), last(3)), (before.clone(), None));
        assert_eq!(town.told(3)[2..], ["household Kim -", "household - Kim", "household_role - child"]);

        dissolve().expect("dissolved");
        let other = town.make(3).expect("made");
        assert_eq!(restore(id), Err(HouseholdRefusal::ElsewhereNow(MemberId(3), other)));
        assert_eq!((town.seen(id).1, town.of(1)), (true, None), "nothing is done");
        town.leave(other, 3).expect("left");
        assert_eq!(last(3), Some((other, vec![3])), "the newest");
        restore(id).expect("back");
        assert_eq!(town.seen(id), before);
        assert_eq!(restore(other), Err(HouseholdRefusal::ElsewhereNow(MemberId(3), id)));
        town.leave(id, 3).expect("left");
        restore(other).expect("the last one who left is back");
        assert_eq!((town.of(3), restore(HouseholdId(99))), (Some(other), Err(HouseholdRefusal::Unknown)));

        // Who went into a member elsewhere waits for her place as she did before.
        let merged = town.merge(3, 1);
        assert_eq!(town.seen(id).0, "2: 2 partner");
        dissolve().expect("dissolved");
        restore(id).expect("back");
        assert_eq!((town.seen(id).0.as_str(), town.of(3)), ("2: 2 partner", Some(other)));
        town.undo(merged);
        assert_eq!(town.seen(id).0, "2: 1 parent, 2 partner");

        dissolve().expect("dissolved");
        for member in [1, 2] {
            write(store, move |conn| member::erase(conn, &keyring(), MemberId(member), NOW_MS + 900));
        }
        assert_eq!(restore(id), Err(HouseholdRefusal::NobodyLeft));
        assert_eq!(read(store, move |conn| household::find(conn, id)).expect("a household").name, "", "nobody can ask for it");
    });
}

#[test]
fn what_conditions_ask_of_households_is_what_households_say() {
    each_engine("housed", |store| {
        let town = Town::new(store, 5);
        let id = town.make(1).expect("made");
        town.join(id, 2, Child).expect("joined");
        town.join(id, 3, Other).expect("joined");
        let said = |count: i64| {
            let members: Vec<MemberId> = (1..=count).map(MemberId).collect();
            let (each, all) = read(store, move |conn| Ok((seen::of_members(conn, &members)?, seen::everybody(conn)?)));
            assert_eq!(each, all, "one by one as all at once");
            let mut said: Vec<String> = all
                .into_iter()
                .map(|(member, housed)| {
                    format!("{member} {} {}{}", housed.size, housed.role.word(), if housed.is_head { " head" } else { "" })
                })
                .collect();
            said.sort();
            said.join(", ")
        };
        // Whoever follows the files has what is read anew.
        let followed = Mutex::new((0, HashMap::new()));
        let said = |count: i64| {
            let mut known = followed.lock().expect("a table");
            let (seen, mut homes) = std::mem::take(&mut *known);
            let (head, homes, all) = read(store, move |conn| {
                let head = event::files_head(conn)?;
                let changed = event::files_between(conn, seen, head)?.expect("the outbox reaches back");
                seen::follow(conn, &mut homes, &changed)?;
                Ok((head, homes, seen::everybody(conn)?))
            });
            assert_eq!(homes, all, "as followed so read");
            *known = (head, homes);
            said(count)
        };
        assert_eq!(said(5), "1 3 parent head, 2 3 child, 3 3 other");
        let merged = town.merge(4, 1);
        assert_eq!(said(5), "2 3 child, 3 3 other, 4 3 parent head", "whoever keeps is there as she was");
        town.merge(3, 2);
        assert_eq!(said(5), "3 2 other, 4 2 parent head", "one person is one member");
        town.undo(merged);
        assert_eq!(said(5), "1 2 parent head, 3 2 other");
        write(store, |conn| member::erase(conn, &keyring(), MemberId(3), NOW_MS + 900));
        assert_eq!(said(5), "1 1 parent head");
        town.leave(id, 1).expect("left");
        assert_eq!(said(5), "");
    });
}

#[test]
fn whoever_is_erased_leaves_no_place_and_the_last_one_no_name() {
    each_engine("erased_households", |store| {
        let town = Town::new(store, 2);
        let id = town.make(1).expect("made");
        town.join(id, 2, Partner).expect("joined");
        let erase = |member: i64| write(store, move |conn| member::erase(conn, &keyring(), MemberId(member), NOW_MS + 900));
        erase(1);
        assert_eq!(town.seen(id), ("2: 2 partner".to_owned(), false));
        assert_eq!(town.join(id, 1, Other), Err(HouseholdRefusal::Closed));
        erase(2);
        let left = read(store, move |conn| household::find(conn, id)).expect("a household");
        assert_eq!((left.name.as_str(), left.dissolved_at_ms), ("", Some(NOW_MS + 900)));
    });
}

/// Twelve ask at once for three places that are left: three have them, and nobody two.
#[test]
fn a_household_never_has_more_than_it_may_have() {
    each_engine("crowded_households", |store| {
        let town = Town::new(store, 13);
        let (id, other) = (town.make(1).expect("made"), town.make(2).expect("made"));
        let outcomes: Vec<Done<()>> = thread::scope(|scope| {
            let joins: Vec<_> = (3..=13)
                .flat_map(|member| [(id, member), (other, member)])
                .map(|(into, member)| {
                    scope.spawn({
                        let town = &town;
                        move || town.join(into, member, Other)
                    })
                })
                .collect();
            joins.into_iter().map(|join| join.join().expect("an answer")).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 6);
        let mut members: Vec<i64> = [id, other]
            .into_iter()
            .flat_map(|id| read(store, move |conn| household::find(conn, id)).expect("a household").members)
            .map(|place| place.member.0)
            .collect();
        assert_eq!(members.len(), 8);
        members.sort_unstable();
        members.dedup();
        assert_eq!(members.len(), 8, "nobody is in two");
    });
}

#[test]
fn a_database_of_schema_ten_gets_households() {
    let folder = Folder::new("upgrade_households");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade_households")] {
        let store = open(target.clone());
        write(&store, |conn| {
            take_households_away(conn)?;
            conn.execute("UPDATE migration SET version = 10", &[])
        });
        assert!(migration::check(&mut store.open_reader().expect("a connection")).is_err());
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        let town = Town::new(&store, 1);
        let id = town.make(1).expect("made");
        assert_eq!(town.of(1), Some(id));
        town.act(move |conn, hand| household::dissolve(conn, hand, id)).expect("dissolved");
        town.act(move |conn, hand| past::restore(conn, hand, id)).expect("and back");
    }
}

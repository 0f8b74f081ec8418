//! What follows a merge beside benefits — lists, tags, files, consents — is each one's own again when it is undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use danggol_core::consent::{Consents, Said};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ChangeId, ConsentId, EntryId, IdMaker, MemberId, SegmentId, TagGroupId};
use danggol_sim::consents::{self, Told, holds};
use danggol_sim::folder::TemporaryFolder;
use danggol_sim::random::Random;
use danggol_sim::soak::brand::{self, pick};
use danggol_sim::soak::ground::{BEGIN_MS, Ground, members};
use danggol_store::change::Author;
use danggol_store::consent::{self, Statement};
use danggol_store::follow;
use danggol_store::member::{self, MemberFields};
use danggol_store::merge::{self, Hand, MergeRefusal};
use danggol_store::segment::{self, Basis, SegmentRecord};
use danggol_store::tag::{self, GivenTag, TagGroup, TagRecord};
use danggol_store::testing::Cluster;
use danggol_store::{Conn, StoreError, Target};

/// The people who are merged; each has a twin who never is.
const PEOPLE: [i64; 4] = [1_000, 1_001, 1_002, 1_003];
/// How far a twin's id is from hers. No sixth member is among either: those are closed.
const TWIN: i64 = 6;
/// Plain lists.
const LISTS: [i64; 3] = [1, 2, 3];
/// Tags of which a member has one at most.
const TAGS: [i64; 3] = [11, 12, 13];

/// The lists and tags of a member, her file, and what she agreed to.
type Seen = (BTreeSet<SegmentId>, MemberFields, Consents);

fn twin(member: MemberId) -> MemberId {
    MemberId(member.0 + TWIN)
}

struct Story {
    ground: Ground,
    ids: Mutex<IdMaker>,
    random: Random,
    /// The merges that stand, in their order.
    standing: Vec<(EntryId, MemberId, MemberId)>,
    /// When each merge was made.
    merged_at: BTreeMap<EntryId, i64>,
    /// What was said in each file.
    told: BTreeMap<MemberId, Vec<Told>>,
    count: i64,
}

impl Story {
    fn begin(target: Target, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let ground = Ground::found(target, 12, &brand::draw(&mut random)).expect("a brand");
        let record = |id: i64| SegmentRecord {
            id: SegmentId(id),
            name: format!("s{id}"),
            basis: Basis::List,
            draft: None,
            created_at_ms: BEGIN_MS,
            updated_at_ms: BEGIN_MS,
            updated_by: None,
            archived_at_ms: None,
        };
        let group = TagGroupId(1);
        ground
            .store
            .write_blocking(move |conn| {
                tag::keep_group(conn, &TagGroup { id: group, name: "one".to_owned(), exclusive: true })?;
                for id in LISTS.into_iter().chain(TAGS) {
                    segment::insert(conn, &record(id))?;
                }
                for (place, id) in TAGS.into_iter().enumerate() {
                    let (segment, description) = (SegmentId(id), String::new());
                    let made = TagRecord {
                        segment,
                        group: Some(group),
                        description,
                        owner: None,
                        expires_days: None,
                        place: place as i64,
                    };
                    tag::keep(conn, &made)?;
                }
                for id in PEOPLE.into_iter().flat_map(|id| [id, id + TWIN]) {
                    let author = Author { change: ChangeId(id), actor: actor() };
                    member::update(conn, MemberId(id), BEGIN_MS, author, |fields| *fields = MemberFields::default())?;
                }
                Ok(())
            })
            .expect("lists");
        Story {
            ground,
            ids: Mutex::new(IdMaker::new(200)),
            random,
            standing: Vec::new(),
            merged_at: BTreeMap::new(),
            told: BTreeMap::new(),
            count: 0,
        }
    }

    fn write<T: Send + 'static>(&self, work: impl Fn(&mut Conn) -> Result<T, StoreError> + Send + 'static) -> T {
        self.ground.store.write_blocking(work).expect("the database works")
    }

    /// Puts a member and her twin on a list, takes them off one, or changes their files.
    fn edit(&mut self, member: MemberId) {
        self.count += 1;
        let (now_ms, count) = (self.ground.now_ms(), self.count);
        let both = [member, twin(member)];
        let list = SegmentId(pick(&mut self.random, &LISTS));
        let given = SegmentId(pick(&mut self.random, &TAGS));
        match self.random.below(6) {
            5 => self.say(member),
            0 => drop(self.write(move |conn| segment::list(conn, list, &both.into(), now_ms))),
            1 => drop(self.write(move |conn| segment::unlist(conn, list, &both.into()))),
            2 => self.write(move |conn| {
                let give = |member| GivenTag { member, tag: given, since_ms: now_ms, expires_at_ms: None };
                for rival in TAGS.map(SegmentId).into_iter().filter(|rival| *rival != given) {
                    segment::unlist(conn, rival, &both.into())?;
                }
                tag::give(conn, &both.map(give))
            }),
            3 => drop(self.write(move |conn| segment::unlist(conn, given, &both.into()))),
            _ => self.edit_file(member, count),
        }
    }

    /// Has a member and her twin say the same, and keeps it for the oracle.
    fn say(&mut self, member: MemberId) {
        self.count += 1;
        let now_ms = self.ground.now_ms();
        let own = consents::draw(&mut self.random, member, now_ms - BEGIN_MS + self.count * 2, now_ms);
        let other = Statement { id: ConsentId(own.id.0 + 1), member: twin(member), ..own.clone() };
        self.told.entry(member).or_default().push(Told::Said(own.clone()));
        let both = [own, other];
        self.write(move |conn| consent::say(conn, &both, now_ms));
    }

    /// What was told of a person: in her own file, and in those that went into it.
    fn told_of(&self, member: MemberId) -> Vec<Told> {
        let own = self.told.get(&member).into_iter().flatten().cloned();
        let absorbed = self.standing.iter().filter(|(_, keep, _)| *keep == member);
        // What is said in the file of who went is said by the one person from then on.
        let parts = absorbed.flat_map(|(id, _, absorb)| {
            let at_ms = self.merged_at[id];
            let (before, since): (Vec<Told>, Vec<Told>) =
                self.told_of(*absorb).into_iter().partition(|told| told.when() < (at_ms, id.0));
            std::iter::once(Told::Joined(before, at_ms, id.0)).chain(since)
        });
        own.chain(parts).collect()
    }

    /// What holds of everybody's consents is what the oracle says.
    fn assert_consents(&self) {
        for member in PEOPLE.map(MemberId) {
            let seen = self.seen(&[member]).remove(&member).expect("a member").2;
            let seen: BTreeMap<String, Said> = seen.into_iter().map(|(matter, consent)| (matter, consent.said)).collect();
            let told = if self.keeper(member) == member { holds(&self.told_of(member)) } else { BTreeMap::new() };
            assert_eq!(seen, told, "the consents of {member:?} after {} edits", self.count);
        }
    }

    /// Each change says something that nobody said before, or nothing.
    fn edit_file(&mut self, member: MemberId, count: i64) {
        let now_ms = self.ground.now_ms();
        let clears = self.random.once_in(3);
        let field = self.random.below(4);
        let said = (!clears).then(|| format!("v{count}"));
        let both = [member, twin(member)];
        self.write(move |conn| {
            for (place, id) in both.into_iter().enumerate() {
                let author = Author { change: ChangeId((1 << 40) + count * 2 + place as i64), actor: actor() };
                let said = said.clone();
                member::update(conn, id, now_ms, author, |fields| match field {
                    0 => fields.name = said,
                    1 => fields.store = said,
                    2 => fields.profile.residence = said,
                    _ => {
                        fields.profile.custom.remove("size");
                        fields.profile.custom.extend(said.map(|said| ("size".to_owned(), said)));
                    }
                })?;
            }
            Ok(())
        });
    }

    fn with_hand<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn, &Hand<'_>) -> Result<Result<T, MergeRefusal>, StoreError> + Send + 'static,
    ) -> T {
        let (rules, now_ms) = (self.ground.rules(), self.ground.now_ms());
        let next = self.ids.lock().expect("nobody panicked").next(now_ms);
        let ids = Mutex::new(IdMaker::new(200));
        ids.lock().expect("nobody panicked").next_after(now_ms, next);
        let hand = move |conn: &mut Conn| work(conn, &Hand { rules: &rules, ids: &ids, actor: actor(), now_ms });
        self.write(hand).expect("not refused")
    }

    fn keeper(&self, member: MemberId) -> MemberId {
        let into = self.standing.iter().find(|(_, _, absorb)| *absorb == member);
        into.map_or(member, |(_, keep, _)| self.keeper(*keep))
    }

    fn merge(&mut self) {
        let free: Vec<MemberId> = PEOPLE.map(MemberId).into_iter().filter(|member| self.keeper(*member) == *member).collect();
        let (keep, absorb) = (pick(&mut self.random, &free), pick(&mut self.random, &free));
        if keep != absorb {
            let before = self.seen(&[keep, absorb]);
            let following = self.ground.store.read_blocking(move |conn| follow::preview(conn, keep, absorb)).expect("a preview");
            let id = self.with_hand(move |conn, hand| merge::merge(conn, hand, keep, absorb));
            self.standing.push((id, keep, absorb));
            self.merged_at.insert(id, self.ground.now_ms());
            let said = |(matter, [.., becomes]): (String, [Option<Said>; 3])| (matter, becomes);
            let changing: BTreeMap<String, Option<Said>> = following.consents.into_iter().map(said).collect();
            let after = self.seen(&[keep, absorb]);
            let came: BTreeSet<SegmentId> = after[&keep].0.difference(&before[&keep].0).copied().collect();
            assert_eq!(came, following.lists.into_iter().collect(), "the preview names the lists");
            let mut file = before[&keep].1.clone();
            following.filled.iter().for_each(|(field, value)| match field.as_str() {
                "name" => file.name = Some(value.clone()),
                "store" => file.store = Some(value.clone()),
                "residence" => file.profile.residence = Some(value.clone()),
                _ => drop(file.profile.custom.insert("size".to_owned(), value.clone())),
            });
            assert_eq!(after[&keep].1, file, "the preview names the fields");
            let of = |member: &MemberId, held: &BTreeMap<MemberId, Seen>| {
                held[member].2.iter().map(|(matter, consent)| (matter.clone(), Some(consent.said))).collect::<BTreeMap<_, _>>()
            };
            let mut both = of(&keep, &before);
            both.extend(changing);
            assert_eq!(of(&keep, &after), both, "the preview names the consents");
            assert!(after[&absorb].2.is_empty(), "hers stand with who keeps");
            assert!(after[&absorb].0.is_empty(), "who went stands on no list");
        }
    }

    fn undo(&mut self, place: usize) {
        let (id, keep, absorb) = self.standing[place];
        // The keeper may have gone into another since: that is undone first.
        if self.keeper(keep) != keep {
            return;
        }
        self.with_hand(move |conn, hand| merge::undo(conn, hand, id));
        self.standing.remove(place);
        for member in [keep, absorb].into_iter().filter(|member| self.is_alone(*member)) {
            self.assert_alike(member);
        }
    }

    fn is_alone(&self, member: MemberId) -> bool {
        self.standing.iter().all(|(_, keep, absorb)| *keep != member && *absorb != member)
    }

    /// The lists and tags that members have, their files, and what they agreed to.
    fn seen(&self, members: &[MemberId]) -> BTreeMap<MemberId, Seen> {
        let (members, now_ms) = (members.to_vec(), self.ground.now_ms());
        let read = self.ground.store.read_blocking(move |conn| {
            let given = tag::given_to(conn, &members, now_ms)?;
            Ok((member::files(conn, &members)?, given))
        });
        let (files, given) = read.expect("the database works");
        let lists = |id: MemberId| given.iter().filter(|given| given.member == id).map(|given| given.tag).collect();
        files.into_iter().map(|record| (record.id, (lists(record.id), record.fields, record.consents))).collect()
    }

    fn assert_alike(&self, member: MemberId) {
        let mut seen = self.seen(&[member, twin(member)]);
        assert_eq!(seen.remove(&member), seen.remove(&twin(member)), "{member:?} after {} edits", self.count);
        let ids = [member, twin(member)];
        let since =
            self.ground.store.read_blocking(move |conn| tag::given_to(conn, &ids, i64::MAX - 1)).expect("the database works");
        let of = |id: MemberId| -> BTreeMap<SegmentId, i64> {
            since.iter().filter(|given| given.member == id).map(|given| (given.tag, given.since_ms)).collect()
        };
        assert_eq!(of(member), of(twin(member)), "since when");
    }
}

fn actor() -> Actor {
    Actor { kind: ActorKind::User, id: 1 }
}

/// Any merges, edits and undoings in any order; at the end everybody is what her twin is.
fn told(target: Target, seed: u64, rounds: usize) -> usize {
    let mut story = Story::begin(target, seed);
    let mut undone = 0;
    for round in 0..rounds {
        story.ground.set_clock(BEGIN_MS + round as i64 * 60_000);
        match story.random.below(12) {
            0 => story.merge(),
            1 if !story.standing.is_empty() => {
                let place = story.random.below(story.standing.len() as u64) as usize;
                let before = story.standing.len();
                story.undo(place);
                undone += before - story.standing.len();
            }
            _ => {
                if round % 7 == 0 {
                    story.assert_consents();
                }
                // The file of whoever went is closed to edits; her lists are reached by what she is recognised by.
                let member = MemberId(pick(&mut story.random, &PEOPLE));
                story.edit_or_skip(member);
            }
        }
    }
    story.assert_consents();
    story.ground.audit().expect("consents follow from what was said");
    while let Some(place) = story.standing.len().checked_sub(1) {
        story.undo(place);
        undone += 1;
    }
    members(4).into_iter().for_each(|member| story.assert_alike(member));
    story.ground.audit().expect("benefits follow from their log");
    undone
}

impl Story {
    fn edit_or_skip(&mut self, member: MemberId) {
        if self.keeper(member) == member {
            return self.edit(member);
        }
        if self.random.once_in(3) {
            return self.say(member);
        }
        let (now_ms, list) = (self.ground.now_ms(), SegmentId(pick(&mut self.random, &LISTS)));
        let both: BTreeSet<MemberId> = [member, twin(member)].into();
        match self.random.once_in(2) {
            true => drop(self.write(move |conn| segment::list(conn, list, &both, now_ms))),
            false => drop(self.write(move |conn| segment::unlist(conn, list, &both))),
        }
    }
}

#[test]
fn lists_tags_and_files_are_their_own_again_after_any_merges_and_undoings() {
    let undone: usize = (1..=6)
        .map(|seed| {
            let folder = TemporaryFolder::new("following").expect("a folder");
            told(Target::sqlite(folder.path().join("brand")), seed, 400)
        })
        .sum();
    assert!(undone > 60, "{undone}");
}

#[test]
fn they_are_on_postgres_too() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let url = cluster.create_database("following").expect("a database");
    let undone = told(Target::postgres(&url, |_| None).expect("its address"), 9, 250);
    assert!(undone > 5, "{undone}");
}

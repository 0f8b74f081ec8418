//! What follows members who become one person beside what they have: the lists they are on, the tags they were given and have by rules, and
//! what the file of the one who keeps does not say itself. Notes, changes and contacts stay where they are and are read together.
//!
//! From a merge on, what is done to the lists of either is noted by whom it was done to ([`Step`]). Undoing tells that story again without
//! the merge, so each is on the lists on which commands of her own would have left her. Of the file a merge remembers which fields it filled;
//! whoever changes one afterwards makes it the keeper's own.

use std::collections::{BTreeMap, BTreeSet};

use danggol_core::consent::{self, Consents, Said};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ChangeId, EntryId, MemberId, SegmentId};
use danggol_core::listing::{Place, Places, Step, tell};
use serde::{Deserialize, Serialize};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::change::Author;
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::lease::greatest_id;
use crate::member::{self, MemberFields};
use crate::merge::{self, MergeRecord};
use crate::schema::{MERGE_LIST, SEGMENT_LIST, TAG_MEMBER};
use crate::{setting, tag};

const KEEPING: &str = "SELECT DISTINCT keep_id FROM merge \
     WHERE keep_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND undone_at_ms IS NULL";
const AMONG: &str = "SELECT merge_id, keep_id, absorb_id, followed FROM merge \
     WHERE absorb_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND undone_at_ms IS NULL ORDER BY merge_id";
const STANDING: &str = "SELECT merge_id FROM merge WHERE undone_at_ms IS NULL ORDER BY merge_id";
const REMEMBER: &str = "UPDATE merge SET followed = $2 WHERE merge_id = $1";
const STEPS: &str = "SELECT number, member_id, segment_id, at_ms, added, expires_at_ms FROM merge_list \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY number";
const FORGET_STEPS: &str = "DELETE FROM merge_list WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const ON: &str = "SELECT member_id, segment_id, added_at_ms, expires_at_ms FROM segment_list \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY member_id, segment_id";
const OFF: &str = "DELETE FROM segment_list WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const RIVALS: &str = "SELECT t.group_id, t.segment_id FROM tag t JOIN tag_group g ON g.group_id = t.group_id \
     JOIN segment s ON s.segment_id = t.segment_id WHERE g.exclusive = 1 AND s.archived_at_ms IS NULL ORDER BY t.group_id";
const UNHOLD: &str = "DELETE FROM tag_member WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const BESIDE: &str = "SELECT (SELECT COUNT(*) FROM purchase WHERE member_id = $1), (SELECT COUNT(*) FROM note \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($2)))";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[KEEPING, AMONG, STANDING, REMEMBER, STEPS, FORGET_STEPS, ON, OFF, RIVALS, UNHOLD, BESIDE];

/// The counter that orders what is noted and the merges in between.
const COUNTER: &str = "merge_list";

/// Members as they are addressed, and as whom each stands on lists.
#[derive(Debug, Clone, Default)]
pub struct Addressed {
    homes: BTreeMap<MemberId, MemberId>,
    keeping: BTreeSet<MemberId>,
}

impl Addressed {
    /// Reads which of them went into others, and which have others in them.
    pub fn read(conn: &mut Conn, members: impl Iterator<Item = MemberId>) -> Result<Self, StoreError> {
        let members: Vec<MemberId> = members.collect();
        let homes = merge::keepers(conn, &members)?;
        let wanted = int_array(members.iter().map(|member| member.0));
        let keeping = conn.query(KEEPING, &[(&wanted).into()], |row| Ok(MemberId(row.int(0)?)))?;
        Ok(Addressed { homes, keeping: keeping.into_iter().collect() })
    }

    /// As whom a member stands on lists: herself, or who keeps what she had.
    pub fn home(&self, member: MemberId) -> MemberId {
        self.homes.get(&member).copied().unwrap_or(member)
    }

    /// Whether a member is one person with another.
    pub fn is_one(&self, member: MemberId) -> bool {
        self.homes.contains_key(&member) || self.keeping.contains(&member)
    }

    /// Notes what is done to those who are one person with another: put on a list since a moment (UTC milliseconds) and until another, or
    /// taken off it.
    pub(crate) fn note(
        &self,
        conn: &mut Conn,
        done: impl Iterator<Item = (MemberId, SegmentId, Option<(i64, Option<i64>)>)>,
    ) -> Result<(), StoreError> {
        let steps = done.filter(|(member, ..)| self.is_one(*member)).map(|(member, list, place)| match place {
            Some((added_at_ms, expires_at_ms)) => Step::Put(member, list, Place { added_at_ms, expires_at_ms }),
            None => Step::Taken(member, list),
        });
        note(conn, &steps.collect::<Vec<_>>())
    }
}

struct StepRow(i64, Step);

impl BindRow for StepRow {
    fn bind(&self, to: &mut Binder<'_>) {
        let (member, list, place) = match self.1 {
            Step::Put(member, list, place) => (member, list, Some(place)),
            Step::Taken(member, list) => (member, list, None),
            // A merge is a row of its own table.
            Step::Merged { .. } => unreachable!("a merge is not noted"),
        };
        to.int(self.0);
        to.int(member.0);
        to.int(list.0);
        to.int(place.map_or(0, |place| place.added_at_ms));
        to.int(place.is_some().into());
        to.opt_int(place.and_then(|place| place.expires_at_ms));
    }
}

fn step(row: &Row<'_>) -> Result<(i64, Step), StoreError> {
    let (member, list) = (MemberId(row.int(1)?), SegmentId(row.int(2)?));
    let place = Place { added_at_ms: row.int(3)?, expires_at_ms: row.opt_int(5)? };
    Ok((row.int(0)?, if row.int(4)? != 0 { Step::Put(member, list, place) } else { Step::Taken(member, list) }))
}

fn note(conn: &mut Conn, steps: &[Step]) -> Result<(), StoreError> {
    if steps.is_empty() {
        return Ok(());
    }
    let first = setting::take_numbers(conn, COUNTER, steps.len() as i64)?;
    let rows = steps.iter().zip(first..).map(|(step, number)| StepRow(number, *step));
    conn.insert_rows(&MERGE_LIST, Conflict::Fail, rows).map(drop)
}

struct OnList(MemberId, SegmentId, Place);

impl BindRow for OnList {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.1.0);
        to.int(self.0.0);
        to.int(self.2.added_at_ms);
        to.opt_int(self.2.expires_at_ms);
    }
}

struct Held(MemberId, SegmentId, i64);

impl BindRow for Held {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.1.0);
        to.int(self.0.0);
        to.int(self.2);
    }
}

/// What a merge remembers of what followed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Followed {
    /// Its number among what is noted of lists.
    number: i64,
    /// Fields of the file that it filled and that nobody has changed since.
    fields: Vec<String>,
    /// Tags that the one who keeps had by rules, and since when.
    kept: Vec<(i64, i64)>,
    /// Those of the one who went.
    gone: Vec<(i64, i64)>,
}

/// A merge that stands, with what it remembers.
struct Standing {
    id: i64,
    keep: MemberId,
    absorb: MemberId,
    followed: Followed,
}

/// The merges that stand among some people, in their order.
fn among(conn: &mut Conn, people: &BTreeSet<MemberId>) -> Result<Vec<Standing>, StoreError> {
    conn.query(AMONG, &[(&array(people)).into()], |row| {
        let id = row.int(0)?;
        let followed = row.opt_str(3)?.map(serde_json::from_str).transpose();
        let followed = followed.map_err(|_| StoreError::Damaged(format!("what followed the merge {id}")))?.unwrap_or_default();
        Ok(Standing { id, keep: MemberId(row.int(1)?), absorb: MemberId(row.int(2)?), followed })
    })
}

fn remember(conn: &mut Conn, id: i64, followed: &Followed) -> Result<(), StoreError> {
    let text = serde_json::to_string(followed).map_err(|error| StoreError::Damaged(error.to_string()))?;
    conn.execute(REMEMBER, &[id.into(), (&text).into()]).map(drop)
}

fn array<'a>(members: impl IntoIterator<Item = &'a MemberId>) -> String {
    int_array(members.into_iter().map(|member| member.0))
}

fn places(conn: &mut Conn, members: &[MemberId]) -> Result<BTreeMap<MemberId, Places>, StoreError> {
    let mut found: BTreeMap<MemberId, Places> = members.iter().map(|member| (*member, Places::new())).collect();
    conn.query_each(ON, &[(&array(members)).into()], |row| {
        let place = Place { added_at_ms: row.int(2)?, expires_at_ms: row.opt_int(3)? };
        found.entry(MemberId(row.int(0)?)).or_default().insert(SegmentId(row.int(1)?), place);
        Ok(())
    })?;
    Ok(found)
}

/// Lists of which a member is on one at most.
fn rivals(conn: &mut Conn) -> Result<Vec<BTreeSet<SegmentId>>, StoreError> {
    let mut groups: BTreeMap<i64, BTreeSet<SegmentId>> = BTreeMap::new();
    conn.query_each(RIVALS, &[], |row| {
        groups.entry(row.int(0)?).or_default().insert(SegmentId(row.int(1)?));
        Ok(())
    })?;
    Ok(groups.into_values().collect())
}

/// Writes which lists members are on, in place of what stood there; who was on one for so long and no longer is left out.
fn lay(conn: &mut Conn, places: &BTreeMap<MemberId, Places>, now_ms: i64) -> Result<(), StoreError> {
    conn.execute(OFF, &[(&array(places.keys())).into()])?;
    let rows = places.iter().flat_map(|(member, on)| on.iter().map(|(list, place)| OnList(*member, *list, *place)));
    let rows = rows.filter(|OnList(_, _, place)| place.expires_at_ms.is_none_or(|end| end > now_ms));
    let mut rows: Vec<OnList> = rows.collect();
    rows.sort_unstable_by_key(|row| (row.1, row.0));
    conn.insert_rows(&SEGMENT_LIST, Conflict::Fail, rows.iter()).map(drop)
}

fn held(conn: &mut Conn, member: MemberId) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(tag::held_by(conn, &[member])?.into_iter().map(|((_, tag), since_ms)| (tag.0, since_ms)).collect())
}

/// Writes which tags members have by rules, in place of what stood there.
fn hold(conn: &mut Conn, held: &BTreeMap<MemberId, BTreeMap<i64, i64>>) -> Result<(), StoreError> {
    conn.execute(UNHOLD, &[(&array(held.keys())).into()])?;
    let rows = held.iter().flat_map(|(member, tags)| tags.iter().map(|(tag, since)| Held(*member, SegmentId(*tag), *since)));
    let mut rows: Vec<Held> = rows.collect();
    rows.sort_unstable_by_key(|row| (row.1, row.0));
    conn.insert_rows(&TAG_MEMBER, Conflict::Fail, rows.iter()).map(drop)
}

/// Lets lists, tags and the file of a member follow her into another, within the merge that is being kept.
pub(crate) fn follow(conn: &mut Conn, record: &MergeRecord, author: Author) -> Result<(), StoreError> {
    let MergeRecord { keep, absorb, .. } = *record;
    let mut on = places(conn, &[keep, absorb])?;
    let people = merge::people(conn, keep)?;
    let others = among(conn, &people)?;
    let knows = |member| others.iter().any(|known| known.id != record.id.0 && (known.keep == member || known.absorb == member));
    // Where the story of each begins; that of whoever is one with another has begun.
    for member in [keep, absorb].into_iter().filter(|member| !knows(*member)) {
        let steps: Vec<Step> = on[&member].iter().map(|(list, place)| Step::Put(member, *list, *place)).collect();
        note(conn, &steps)?;
    }
    let number = setting::take_numbers(conn, COUNTER, 1)?;
    let [keeper, goer] = [keep, absorb].map(|member| on.remove(&member).unwrap_or_default());
    let begun = [(keep, keeper), (absorb, goer)].into_iter();
    let begun = begun.flat_map(|(member, on)| on.into_iter().map(move |(list, place)| Step::Put(member, list, place)));
    let story: Vec<Step> = begun.chain([Step::Merged { keep, absorb }]).collect();
    let mut joined = tell(&story, &BTreeSet::from([keep, absorb]), &rivals(conn)?);
    joined.insert(absorb, Places::new());
    lay(conn, &joined, record.at_ms)?;
    let (kept, gone) = (held(conn, keep)?, held(conn, absorb)?);
    let mut both: BTreeMap<i64, i64> = kept.iter().copied().collect();
    for (tag, since_ms) in &gone {
        let since = both.entry(*tag).or_insert(*since_ms);
        *since = (*since).min(*since_ms);
    }
    hold(conn, &BTreeMap::from([(keep, both), (absorb, BTreeMap::new())]))?;
    let fields = fill(conn, keep, absorb, record.at_ms, author)?;
    remember(conn, record.id.0, &Followed { number, fields, kept, gone })
}

/// Lets what follows a merge follow those that were kept before anything did.
pub(crate) fn catch_up(conn: &mut Conn) -> Result<(), StoreError> {
    let standing = conn.query(STANDING, &[], |row| Ok(EntryId(row.int(0)?)))?;
    let mut change = greatest_id(conn)?;
    for id in standing {
        let Some(record) = merge::find(conn, id)? else { continue };
        change += 1;
        let actor = Actor { kind: ActorKind::System, id: 0 };
        follow(conn, &record, Author { change: ChangeId(change), actor })?;
    }
    Ok(())
}

/// Writes into a member's file what it does not say and another's does; gives the fields.
fn fill(conn: &mut Conn, keep: MemberId, from: MemberId, now_ms: i64, author: Author) -> Result<Vec<String>, StoreError> {
    let files = file_of(conn, [keep, from])?;
    let [Some(keeper), Some(other)] = files else { return Ok(Vec::new()) };
    let mut filled = Vec::new();
    let mut fields = keeper.clone();
    for field in other.said() {
        if !keeper.says(&field) {
            fields.copy(&field, &other);
            filled.push(field);
        }
    }
    member::rewrite(conn, keep, now_ms, author, |kept| *kept = fields)?;
    Ok(filled)
}

fn file_of<const N: usize>(conn: &mut Conn, members: [MemberId; N]) -> Result<[Option<MemberFields>; N], StoreError> {
    let mut files: BTreeMap<MemberId, MemberFields> =
        member::files(conn, &members)?.into_iter().map(|record| (record.id, record.fields)).collect();
    Ok(members.map(|member| files.remove(&member)))
}

/// Fields of a member's file that somebody has changed are hers from now on, whoever they came from.
pub(crate) fn own(conn: &mut Conn, member: MemberId, fields: &BTreeSet<&str>) -> Result<(), StoreError> {
    if fields.is_empty() || !Addressed::read(conn, [member].into_iter())?.is_one(member) {
        return Ok(());
    }
    let people = merge::people(conn, member)?;
    for mut standing in among(conn, &people)?.into_iter().filter(|standing| standing.keep == member) {
        let before = standing.followed.fields.len();
        standing.followed.fields.retain(|field| !fields.contains(field.as_str()));
        if standing.followed.fields.len() != before {
            remember(conn, standing.id, &standing.followed)?;
        }
    }
    Ok(())
}

/// Gives each of a merge that is undone the lists, tags and file that are hers. Ends before the merge is marked as undone.
pub(crate) fn part(
    conn: &mut Conn,
    record: &MergeRecord,
    theirs: &BTreeSet<MemberId>,
    now_ms: i64,
    author: Author,
) -> Result<(), StoreError> {
    let all = merge::people(conn, record.keep)?;
    let mut standing = among(conn, &all)?;
    let Some(place) = standing.iter().position(|standing| standing.id == record.id.0) else { return Ok(()) };
    let undone = standing.remove(place);
    let ours: BTreeSet<MemberId> = all.difference(theirs).copied().collect();
    part_lists(conn, record, &standing, [&ours, theirs], now_ms)?;
    let mut kept: BTreeMap<i64, i64> = held(conn, record.keep)?.into_iter().collect();
    kept.retain(|tag, _| undone.followed.gone.iter().all(|(other, _)| other != tag));
    kept.extend(undone.followed.kept.iter().copied());
    let gone = undone.followed.gone.iter().copied().collect();
    hold(conn, &BTreeMap::from([(record.keep, kept), (record.absorb, gone)]))?;
    // Those before it had their turn when the field was empty.
    let later = standing.into_iter().filter(|other| other.keep == record.keep && other.id > record.id.0).collect();
    give_back(conn, record.keep, &undone.followed.fields, later, now_ms, author)
}

fn part_lists(
    conn: &mut Conn,
    record: &MergeRecord,
    standing: &[Standing],
    [ours, theirs]: [&BTreeSet<MemberId>; 2],
    now_ms: i64,
) -> Result<(), StoreError> {
    let people: BTreeSet<MemberId> = ours.union(theirs).copied().collect();
    let mut steps = conn.query(STEPS, &[(&array(&people)).into()], step)?;
    let merged = |merge: &Standing| (merge.followed.number, Step::Merged { keep: merge.keep, absorb: merge.absorb });
    steps.extend(standing.iter().map(merged));
    steps.sort_by_key(|(number, _)| *number);
    let steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
    let rivals = rivals(conn)?;
    let mut places = BTreeMap::new();
    for (member, people) in [(record.keep, ours), (record.absorb, theirs)] {
        places.insert(member, tell(&steps, people, &rivals).remove(&member).unwrap_or_default());
        if people.len() == 1 {
            conn.execute(FORGET_STEPS, &[(&array(people)).into()])?;
        }
    }
    lay(conn, &places, now_ms)
}

/// Takes out of a member's file what a merge filled and nobody has changed since; where another who went into her later says it too,
/// it is that one's.
fn give_back(
    conn: &mut Conn,
    keep: MemberId,
    filled: &[String],
    mut later: Vec<Standing>,
    now_ms: i64,
    author: Author,
) -> Result<(), StoreError> {
    let nothing = MemberFields::default();
    let absorbed: Vec<MemberId> = later.iter().map(|standing| standing.absorb).collect();
    let files: BTreeMap<MemberId, MemberFields> =
        member::files(conn, &absorbed)?.into_iter().map(|record| (record.id, record.fields)).collect();
    let mut from: Vec<(&String, &MemberFields)> = Vec::with_capacity(filled.len());
    for field in filled {
        let next = later.iter_mut().find(|standing| files.get(&standing.absorb).is_some_and(|file| file.says(field)));
        let source = next.map_or(&nothing, |standing| {
            standing.followed.fields.push(field.clone());
            &files[&standing.absorb]
        });
        from.push((field, source));
    }
    later.iter().try_for_each(|standing| remember(conn, standing.id, &standing.followed))?;
    member::rewrite(conn, keep, now_ms, author, |fields| from.iter().for_each(|(field, source)| fields.copy(field, source)))
}

/// A matter of which something else would hold, with what holds of the one who keeps, of the other, and of both.
pub type Changing = (String, [Option<Said>; 3]);

/// What would follow a merge beside benefits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Following {
    /// The fields that the file of the one who keeps would take over, with their values.
    pub filled: Vec<(String, String)>,
    /// The fields that both files say otherwise, with the value of the one who keeps, which stays, and that of the other.
    pub differing: Vec<(String, String, String)>,
    /// The lists that she would be on beside her own, tags that were given included.
    pub lists: Vec<SegmentId>,
    /// How many purchases would follow.
    pub purchases: i64,
    /// How many notes would stand on her page.
    pub notes: i64,
    /// The matters of which something else would hold, each with what holds of the one who keeps, of the other, and of both.
    pub consents: Vec<Changing>,
}

fn preview_consents(conn: &mut Conn, keep: MemberId, absorb: MemberId) -> Result<Vec<Changing>, StoreError> {
    let mut held: BTreeMap<MemberId, Consents> =
        member::files(conn, &[keep, absorb])?.into_iter().map(|record| (record.id, record.consents)).collect();
    let [keeper, other] = [keep, absorb].map(|member| held.remove(&member).unwrap_or_default());
    let mut both = keeper.clone();
    consent::join(&mut both, &other);
    let said = |held: &Consents, matter: &String| held.get(matter).map(|consent| consent.said);
    let changes = both.keys().filter(|matter| said(&both, matter) != said(&keeper, matter));
    Ok(changes.map(|matter| (matter.clone(), [&keeper, &other, &both].map(|held| said(held, matter)))).collect())
}

/// What would follow a merge beside benefits; nothing is kept.
pub fn preview(conn: &mut Conn, keep: MemberId, absorb: MemberId) -> Result<Following, StoreError> {
    let consents = preview_consents(conn, keep, absorb)?;
    let mut following =
        Following { filled: Vec::new(), differing: Vec::new(), lists: Vec::new(), purchases: 0, notes: 0, consents };
    if let [Some(keeper), Some(other)] = file_of(conn, [keep, absorb])? {
        for change in member::differences(&keeper, &other).into_iter().filter(|change| change.field != "status") {
            match (change.from, change.to) {
                (None, Some(value)) => following.filled.push((change.field, value)),
                (Some(own), Some(value)) => following.differing.push((change.field, own, value)),
                (_, None) => {}
            }
        }
    }
    let mut on = places(conn, &[keep, absorb])?;
    let story: Vec<Step> = on
        .iter()
        .flat_map(|(member, on)| on.iter().map(|(list, place)| Step::Put(*member, *list, *place)))
        .chain([Step::Merged { keep, absorb }])
        .collect();
    let own = on.remove(&keep).unwrap_or_default();
    let joined = tell(&story, &BTreeSet::from([keep, absorb]), &rivals(conn)?).remove(&keep).unwrap_or_default();
    following.lists = joined.into_keys().filter(|list| !own.contains_key(list)).collect();
    let people = array(&merge::people(conn, absorb)?);
    if let Some((purchases, notes)) =
        conn.query_one(BESIDE, &[absorb.0.into(), (&people).into()], |row| Ok((row.int(0)?, row.int(1)?)))?
    {
        (following.purchases, following.notes) = (purchases, notes);
    }
    Ok(following)
}

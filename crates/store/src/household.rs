//! Members who live together.
//!
//! A place in a household stays with the file it was given to. Who went into another is there as she is: the member who keeps has the place
//! that is hers, else that of whoever went into her, the oldest first. So merging and undoing a merge move nothing here.

pub mod past;
pub mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use danggol_core::decide::Actor;
use danggol_core::household::{HouseholdRole, HouseholdRules};
use danggol_core::id::{ChangeId, HouseholdId, IdMaker, MemberId};
use danggol_core::member::MemberStatus;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::event;
use crate::member;
use crate::merge;
use crate::schema::{HOUSEHOLD, HOUSEHOLD_MEMBER};
use crate::setting;
use crate::sharing::rules_of;

const FIND: &str = "SELECT household_id, name, head_id, made_at_ms, dissolved_at_ms, shares_points FROM household \
     WHERE household_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const HELD_BY: &str = "SELECT COALESCE(m.merged_into, p.member_id) FROM household_member p JOIN member m ON m.member_id = p.member_id \
     WHERE p.household_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const FILES: &str = "SELECT member_id, household_id, role, since_ms FROM household_member WHERE household_id = $1";
const PLACES: &str = "SELECT member_id, household_id, role, since_ms FROM household_member \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
/// Whoever comes second waits for the first to commit.
const TOUCH: &str = "UPDATE household SET changes = changes + 1 WHERE household_id = $1 AND dissolved_at_ms IS NULL";
const NAME: &str = "UPDATE household SET name = $2 WHERE household_id = $1";
const SHARE: &str = "UPDATE household SET shares_points = $2 WHERE household_id = $1";
const HEAD: &str = "UPDATE household SET head_id = $2 WHERE household_id = $1";
const ROLE: &str = "UPDATE household_member SET role = $2 WHERE member_id = $1";
const LEAVE: &str = "DELETE FROM household_member WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const DISSOLVE: &str = "UPDATE household SET dissolved_at_ms = $2 WHERE household_id = $1";
const EMPTY: &str = "DELETE FROM household_member WHERE household_id = $1";
/// A household in which nobody is left to ask has no name any more.
const FORGET: &str = "UPDATE household SET dissolved_at_ms = $2, name = '' WHERE household_id = $1 \
     AND NOT EXISTS (SELECT 1 FROM household_member p WHERE p.household_id = $1)";

/// The setting under which the brand's rules for households are kept.
pub const RULES: &str = "household_rules";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND, HELD_BY, FILES, PLACES, TOUCH, NAME, SHARE, HEAD, ROLE, LEAVE, DISSOLVE, EMPTY, FORGET];

/// A household as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdRecord {
    /// Its id.
    pub id: HouseholdId,
    /// What it is called.
    pub name: String,
    /// Whom the brand talks to; none once everybody has left.
    pub head: Option<MemberId>,
    /// UTC milliseconds.
    pub made_at_ms: i64,
    /// UTC milliseconds at which it ended.
    pub dissolved_at_ms: Option<i64>,
    /// Whether its members spend each other's points, where the brand lets them.
    pub shares_points: bool,
    /// Who is in it, the longest there first.
    pub members: Vec<Place>,
}

/// A member's place in a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Who.
    pub member: MemberId,
    /// In which.
    pub household: HouseholdId,
    /// What she is there.
    pub role: HouseholdRole,
    /// UTC milliseconds since when.
    pub since_ms: i64,
    /// The file that the place was given to: hers, or one that went into hers.
    file: MemberId,
}

/// Why nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseholdRefusal {
    /// There is no such member.
    UnknownMember,
    /// Her file is closed or its personal data destroyed.
    Closed,
    /// She has gone into this member.
    Gone(MemberId),
    /// There is no such household.
    Unknown,
    /// It is dissolved.
    Dissolved,
    /// She is in this one already.
    InAnother(HouseholdId),
    /// It has as many members as it may have.
    Full,
    /// She is not in it.
    NotIn,
    /// This member, who was in it, is in that one now.
    ElsewhereNow(MemberId, HouseholdId),
    /// Nobody who was in it is left.
    NobodyLeft,
    /// The brand does not let households share.
    NoSharing,
}

/// Who changes a household, when, and from where ids come.
pub struct Hand<'a> {
    /// The maker of ids of this process.
    pub ids: &'a Mutex<IdMaker>,
    /// Who does it.
    pub actor: Actor,
    /// UTC milliseconds.
    pub now_ms: i64,
}

impl Hand<'_> {
    fn id(&self) -> i64 {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(self.now_ms)
    }

    /// Tells the timelines of members what changed for each. What is said of a household changes for everybody in it.
    fn tell(&self, conn: &mut Conn, changes: Vec<(MemberId, Vec<FieldChange>)>, also: &[Place]) -> Result<(), StoreError> {
        let also = also.iter().map(|place| place.member);
        let members: BTreeSet<MemberId> = changes.iter().map(|(member, _)| *member).chain(also).collect();
        let record = |(member, fields)| ChangeRecord {
            author: Author { change: ChangeId(self.id()), actor: self.actor },
            member: Some(member),
            kind: ChangeKind::File,
            at_ms: self.now_ms,
            detail: ChangeDetail { fields, reason: None },
        };
        let records: Vec<ChangeRecord> = changes.into_iter().map(record).collect();
        change::insert(conn, &records)?;
        event::tell(conn, members, self.now_ms)
    }
}

/// What a timeline says of a place: the household, and what she is there.
fn placed(before: Option<(&str, HouseholdRole)>, after: Option<(&str, HouseholdRole)>) -> Vec<FieldChange> {
    let name = |place: Option<(&str, HouseholdRole)>| place.map(|(name, _)| name.to_owned());
    let role = |place: Option<(&str, HouseholdRole)>| place.map(|(_, role)| role.word().to_owned());
    let fields = [
        FieldChange::between("household", name(before), name(after)),
        // Leaving says it once; the role goes with it.
        after.and_then(|_| FieldChange::between("household_role", role(before), role(after))),
    ];
    fields.into_iter().flatten().collect()
}

struct HouseholdRow<'a> {
    id: HouseholdId,
    name: &'a str,
    head: MemberId,
    at_ms: i64,
}

impl BindRow for HouseholdRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.id.0);
        to.text(self.name);
        to.int(self.head.0);
        to.int(0);
        to.int(self.at_ms);
        to.opt_int(None);
        to.int(0);
    }
}

impl BindRow for Place {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.file.0);
        to.int(self.household.0);
        to.text(self.role.word());
        to.int(self.since_ms);
    }
}

fn place(row: &Row<'_>) -> Result<Place, StoreError> {
    let file = MemberId(row.int(0)?);
    let role = HouseholdRole::from_word(row.str(2)?);
    Ok(Place {
        member: file,
        household: HouseholdId(row.int(1)?),
        role: role.ok_or_else(|| StoreError::Damaged(format!("the household of {file}")))?,
        since_ms: row.int(3)?,
        file,
    })
}

/// Where some members are, those who went into them counted as them.
fn places(conn: &mut Conn, members: &[MemberId]) -> Result<BTreeMap<MemberId, Place>, StoreError> {
    let mut owner: BTreeMap<MemberId, MemberId> = merge::followers(conn, members)?.into_iter().collect();
    owner.extend(members.iter().map(|member| (*member, *member)));
    let wanted = int_array(owner.keys().map(|member| member.0));
    let mut found: BTreeMap<MemberId, Place> = BTreeMap::new();
    for kept in conn.query(PLACES, &[(&wanted).into()], place)? {
        let member = owner.get(&kept.file).copied().unwrap_or(kept.file);
        let kept = Place { member, ..kept };
        let rank = |place: &Place| (place.file != place.member, place.since_ms, place.file);
        match found.get_mut(&member) {
            Some(known) if rank(known) <= rank(&kept) => {}
            Some(known) => *known = kept,
            None => drop(found.insert(member, kept)),
        }
    }
    Ok(found)
}

/// The brand's rules for households; the usual ones before it has its own.
pub fn rules(conn: &mut Conn) -> Result<HouseholdRules, StoreError> {
    rules_of(setting::find(conn, RULES)?.as_deref())
}

/// A household with whoever is in it.
pub fn find(conn: &mut Conn, id: HouseholdId) -> Result<Option<HouseholdRecord>, StoreError> {
    Ok(find_many(conn, &[id])?.pop())
}

/// Some households, each with whoever is in it.
fn find_many(conn: &mut Conn, ids: &[HouseholdId]) -> Result<Vec<HouseholdRecord>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = int_array(ids.iter().map(|id| id.0));
    let mut found = conn.query(FIND, &[(&wanted).into()], |row| {
        Ok(HouseholdRecord {
            id: HouseholdId(row.int(0)?),
            name: row.text(1)?,
            head: Some(MemberId(row.int(2)?)),
            made_at_ms: row.int(3)?,
            dissolved_at_ms: row.opt_int(4)?,
            shares_points: row.int(5)? == 1,
            members: Vec::new(),
        })
    })?;
    let held_by: BTreeSet<MemberId> =
        conn.query(HELD_BY, &[(&wanted).into()], |row| Ok(MemberId(row.int(0)?)))?.into_iter().collect();
    let mut living: BTreeMap<HouseholdId, Vec<Place>> = BTreeMap::new();
    for place in places(conn, &held_by.into_iter().collect::<Vec<_>>())?.into_values() {
        living.entry(place.household).or_default().push(place);
    }
    let heads: Vec<MemberId> = found.iter().filter_map(|record| record.head).collect();
    let keepers = merge::keepers(conn, &heads)?;
    for record in &mut found {
        let mut members = living.remove(&record.id).unwrap_or_default();
        members.sort_by_key(|place| (place.since_ms, place.member));
        let head = record.head.map(|head| keepers.get(&head).copied().unwrap_or(head));
        let is_there = |head: &MemberId| members.iter().any(|place| place.member == *head);
        record.head = head.filter(is_there).or(members.first().map(|place| place.member));
        record.members = members;
    }
    Ok(found)
}

/// Whoever lives with some members: what becomes of these is said of them too.
pub(crate) fn mates(conn: &mut Conn, members: &[MemberId]) -> Result<BTreeSet<MemberId>, StoreError> {
    let mut homes: Vec<HouseholdId> = places(conn, members)?.into_values().map(|place| place.household).collect();
    homes.sort_unstable();
    homes.dedup();
    let found = find_many(conn, &homes)?;
    Ok(found.iter().flat_map(|record| &record.members).map(|place| place.member).collect())
}

/// The household that a member is in.
pub fn of_member(conn: &mut Conn, member: MemberId) -> Result<Option<HouseholdRecord>, StoreError> {
    match places(conn, &[member])?.get(&member) {
        Some(place) => find(conn, place.household),
        None => Ok(None),
    }
}

/// Why a member may not come into a household.
fn barred(conn: &mut Conn, member: MemberId) -> Result<Option<HouseholdRefusal>, StoreError> {
    if let Some(keeper) = merge::keepers(conn, &[member])?.get(&member) {
        return Ok(Some(HouseholdRefusal::Gone(*keeper)));
    }
    Ok(match member::files(conn, &[member])?.first().map(|file| file.fields.status) {
        None => Some(HouseholdRefusal::UnknownMember),
        Some(MemberStatus::Closed | MemberStatus::Erased) => Some(HouseholdRefusal::Closed),
        Some(MemberStatus::Active | MemberStatus::Unclaimed) => None,
    })
}

/// A household that stands, held until the transaction ends.
fn held(conn: &mut Conn, id: HouseholdId) -> Result<Result<HouseholdRecord, HouseholdRefusal>, StoreError> {
    let stands = conn.execute(TOUCH, &[id.0.into()])? == 1;
    Ok(match find(conn, id)? {
        None => Err(HouseholdRefusal::Unknown),
        Some(_) if !stands => Err(HouseholdRefusal::Dissolved),
        Some(record) => Ok(record),
    })
}

fn take_place(conn: &mut Conn, place: Place) -> Result<(), StoreError> {
    let written = conn.insert_rows(&HOUSEHOLD_MEMBER, Conflict::Skip { on: &["member_id"] }, std::iter::once(&place))?;
    // Somebody else has just given her one.
    if written.missed.is_empty() { Ok(()) } else { Err(StoreError::Raced) }
}

/// Makes a household of one member, its head, within the transaction that is open.
pub fn make(
    conn: &mut Conn,
    hand: &Hand<'_>,
    name: &str,
    (head, role): (MemberId, HouseholdRole),
) -> Result<Result<HouseholdId, HouseholdRefusal>, StoreError> {
    if let Some(refusal) = barred(conn, head)? {
        return Ok(Err(refusal));
    }
    if let Some(place) = places(conn, &[head])?.get(&head) {
        return Ok(Err(HouseholdRefusal::InAnother(place.household)));
    }
    let id = HouseholdId(hand.id());
    let row = HouseholdRow { id, name, head, at_ms: hand.now_ms };
    conn.insert_rows(&HOUSEHOLD, Conflict::Fail, std::iter::once(&row))?;
    take_place(conn, Place { member: head, household: id, role, since_ms: hand.now_ms, file: head })?;
    hand.tell(conn, vec![(head, placed(None, Some((name, role))))], &[])?;
    Ok(Ok(id))
}

/// Brings a member into a household, or says what else she is there, within the transaction that is open. `most` is how many it may have.
pub fn join(
    conn: &mut Conn,
    hand: &Hand<'_>,
    id: HouseholdId,
    (member, role): (MemberId, HouseholdRole),
    most: u32,
) -> Result<Result<(), HouseholdRefusal>, StoreError> {
    let household = match held(conn, id)? {
        Ok(household) => household,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(known) = household.members.iter().find(|place| place.member == member) {
        let fields = placed(Some((&household.name, known.role)), Some((&household.name, role)));
        if !fields.is_empty() {
            conn.execute(ROLE, &[known.file.0.into(), role.word().into()])?;
            hand.tell(conn, vec![(member, fields)], &[])?;
        }
        return Ok(Ok(()));
    }
    if let Some(refusal) = barred(conn, member)? {
        return Ok(Err(refusal));
    }
    if let Some(place) = places(conn, &[member])?.get(&member) {
        return Ok(Err(HouseholdRefusal::InAnother(place.household)));
    }
    if household.members.len() >= most as usize {
        return Ok(Err(HouseholdRefusal::Full));
    }
    take_place(conn, Place { member, household: id, role, since_ms: hand.now_ms, file: member })?;
    hand.tell(conn, vec![(member, placed(None, Some((&household.name, role))))], &household.members)?;
    Ok(Ok(()))
}

/// Takes a member out of a household, within the transaction that is open. Where she was the head, whoever is there longest becomes it;
/// with the last one it is dissolved. Who is not in it has left it already.
pub fn leave(
    conn: &mut Conn,
    hand: &Hand<'_>,
    id: HouseholdId,
    member: MemberId,
) -> Result<Result<(), HouseholdRefusal>, StoreError> {
    let household = match held(conn, id)? {
        Ok(household) => household,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(place) = household.members.iter().find(|place| place.member == member) else {
        let known = !member::files(conn, &[member])?.is_empty();
        return Ok(if known { Ok(()) } else { Err(HouseholdRefusal::UnknownMember) });
    };
    // Places of whoever went into her end with hers: she has left, and is in no other by their doing.
    let files = int_array(merge::people(conn, member)?.into_iter().map(|member| member.0));
    let rest = household.members.iter().map(|place| place.member).find(|other| *other != member);
    if rest.is_none() {
        let files = conn.query(FILES, &[id.0.into()], self::place)?;
        past::remember(conn, &files)?;
    }
    conn.execute(LEAVE, &[(&files).into()])?;
    match rest {
        Some(next) if household.head == Some(member) => drop(conn.execute(HEAD, &[id.0.into(), next.0.into()])?),
        Some(_) => {}
        None => {
            conn.execute(EMPTY, &[id.0.into()])?;
            conn.execute(DISSOLVE, &[id.0.into(), hand.now_ms.into()])?;
        }
    }
    hand.tell(conn, vec![(member, placed(Some((&household.name, place.role)), None))], &household.members)?;
    Ok(Ok(()))
}

/// Ends a household: everybody leaves it, within the transaction that is open. [`past::restore`] brings it back.
pub fn dissolve(conn: &mut Conn, hand: &Hand<'_>, id: HouseholdId) -> Result<Result<(), HouseholdRefusal>, StoreError> {
    let household = match held(conn, id)? {
        Ok(household) => household,
        // It is as it is asked for.
        Err(HouseholdRefusal::Dissolved) => return Ok(Ok(())),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let files = conn.query(FILES, &[id.0.into()], place)?;
    past::remember(conn, &files)?;
    conn.execute(EMPTY, &[id.0.into()])?;
    conn.execute(DISSOLVE, &[id.0.into(), hand.now_ms.into()])?;
    let left = |place: &Place| (place.member, placed(Some((&household.name, place.role)), None));
    hand.tell(conn, household.members.iter().map(left).collect(), &[])?;
    Ok(Ok(()))
}

/// What of a household becomes otherwise; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Amendment {
    /// What it is called.
    pub name: Option<String>,
    /// Another of its members as its head.
    pub head: Option<MemberId>,
    /// Whether its members spend each other's points.
    pub shares_points: Option<bool>,
}

/// Calls a household otherwise, makes another of its members its head, or lets them spend each other's points, within the transaction that
/// is open. `rules` are the brand's.
pub fn amend(
    conn: &mut Conn,
    hand: &Hand<'_>,
    id: HouseholdId,
    amendment: &Amendment,
    rules: HouseholdRules,
) -> Result<Result<(), HouseholdRefusal>, StoreError> {
    let household = match held(conn, id)? {
        Ok(household) => household,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Amendment { name, head, shares_points } = amendment;
    let (head, shares_points) = (*head, *shares_points);
    let is_in = |member: &MemberId| household.members.iter().any(|place| place.member == *member);
    if head.as_ref().is_some_and(|head| !is_in(head)) {
        return Ok(Err(HouseholdRefusal::NotIn));
    }
    let shares = shares_points.unwrap_or(household.shares_points);
    if shares && !household.shares_points && !rules.share_points {
        return Ok(Err(HouseholdRefusal::NoSharing));
    }
    let after = name.as_ref().unwrap_or(&household.name);
    if let Some(head) = head {
        conn.execute(HEAD, &[id.0.into(), head.0.into()])?;
    }
    conn.execute(NAME, &[id.0.into(), after.as_str().into()])?;
    conn.execute(SHARE, &[id.0.into(), i64::from(shares).into()])?;
    let is_head = |member: MemberId, of: Option<MemberId>| (of == Some(member)).then(|| after.clone());
    let shared = |shares: bool| shares.then(|| after.clone());
    let changed = household.members.iter().map(|place| {
        let mut fields = placed(Some((&household.name, place.role)), Some((after, place.role)));
        let next = head.or(household.head);
        fields.extend(FieldChange::between("household_head", is_head(place.member, household.head), is_head(place.member, next)));
        fields.extend(FieldChange::between("household_points", shared(household.shares_points), shared(shares)));
        (place.member, fields)
    });
    hand.tell(conn, changed.filter(|(_, fields)| !fields.is_empty()).collect(), &[])?;
    Ok(Ok(()))
}

/// Destroys what is kept of a member's place; a household without anybody loses its name with her.
pub(crate) fn forget(conn: &mut Conn, member: MemberId, now_ms: i64) -> Result<(), StoreError> {
    let wanted = int_array([member.0]);
    let places = conn.query(PLACES, &[(&wanted).into()], place)?;
    conn.execute(LEAVE, &[(&wanted).into()])?;
    for place in places {
        conn.execute(FORGET, &[place.household.0.into(), now_ms.into()])?;
    }
    past::forget(conn, member)
}

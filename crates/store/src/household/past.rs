//! Households brought back after they were dissolved: who was there stays known until it stands again.

use std::collections::BTreeSet;

use danggol_core::id::{HouseholdId, MemberId};

use super::{Hand, HouseholdRecord, HouseholdRefusal, Place, find, place, placed, places, take_place};
use crate::bulk::Conflict;
use crate::db::{Conn, int_array};
use crate::error::StoreError;
use crate::merge;
use crate::schema::HOUSEHOLD_PAST;

const WERE: &str =
    "SELECT member_id, household_id, role, since_ms FROM household_past WHERE household_id = $1 ORDER BY since_ms, member_id";
const LAST: &str = "SELECT h.household_id FROM household_past p JOIN household h ON h.household_id = p.household_id \
     WHERE p.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND h.dissolved_at_ms IS NOT NULL \
     ORDER BY h.dissolved_at_ms DESC, h.household_id DESC LIMIT 1";
/// Whoever comes second finds that it stands.
const RISE: &str =
    "UPDATE household SET dissolved_at_ms = NULL, changes = changes + 1 WHERE household_id = $1 AND dissolved_at_ms IS NOT NULL";
const DROP: &str = "DELETE FROM household_past WHERE household_id = $1";
const FORGET: &str = "DELETE FROM household_past WHERE member_id = $1";
const OF_FILE: &str = "SELECT household_id FROM household_past WHERE member_id = $1";
/// A household that nobody can bring back has no name any more.
const FORGET_NAME: &str = "UPDATE household SET name = '' WHERE household_id = $1 AND dissolved_at_ms IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM household_past p WHERE p.household_id = $1)";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[WERE, LAST, RISE, DROP, FORGET, OF_FILE, FORGET_NAME];

/// Remembers who is in a household that ends, file by file.
pub(super) fn remember(conn: &mut Conn, files: &[Place]) -> Result<(), StoreError> {
    let replace = Conflict::Update {
        on: &["household_id", "member_id"],
        set: "role = excluded.role, since_ms = excluded.since_ms",
        guard: None,
    };
    conn.insert_rows(&HOUSEHOLD_PAST, replace, files.iter()).map(drop)
}

/// Who was in a dissolved household, each as the member who keeps her file now, the longest there first.
pub fn were_in(conn: &mut Conn, id: HouseholdId) -> Result<Vec<Place>, StoreError> {
    let files = conn.query(WERE, &[id.0.into()], place)?;
    let owners = merge::keepers(conn, &files.iter().map(|place| place.member).collect::<Vec<_>>())?;
    let mut seen = BTreeSet::new();
    let owned =
        files.into_iter().map(|place| Place { member: owners.get(&place.member).copied().unwrap_or(place.member), ..place });
    let mut places: Vec<Place> = owned.collect();
    // A person's own file speaks for her before those that went into her.
    places.sort_by_key(|place| (place.file != place.member, place.since_ms, place.file));
    places.retain(|place| seen.insert(place.member));
    places.sort_by_key(|place| (place.since_ms, place.member));
    Ok(places)
}

/// The household that a member was in when it was dissolved, the newest; none while she is in one.
pub fn last_of(conn: &mut Conn, member: MemberId) -> Result<Option<(HouseholdRecord, Vec<Place>)>, StoreError> {
    if places(conn, &[member])?.contains_key(&member) {
        return Ok(None);
    }
    let files = int_array(merge::people(conn, member)?.into_iter().map(|member| member.0));
    let Some(id) = conn.query_one(LAST, &[(&files).into()], |row| Ok(HouseholdId(row.int(0)?)))? else { return Ok(None) };
    let Some(record) = find(conn, id)? else { return Ok(None) };
    Ok(Some((record, were_in(conn, id)?)))
}

/// Brings a dissolved household back with whoever was in it, as it was, within the transaction that is open. Nothing is done where somebody
/// of them is in another by now, or nobody is left. What stands stays.
pub fn restore(conn: &mut Conn, hand: &Hand<'_>, id: HouseholdId) -> Result<Result<(), HouseholdRefusal>, StoreError> {
    let Some(household) = find(conn, id)? else { return Ok(Err(HouseholdRefusal::Unknown)) };
    let Some(dissolved_at_ms) = household.dissolved_at_ms else { return Ok(Ok(())) };
    let were = conn.query(WERE, &[id.0.into()], place)?;
    if were.is_empty() {
        return Ok(Err(HouseholdRefusal::NobodyLeft));
    }
    let persons: Vec<MemberId> = were_in(conn, id)?.into_iter().map(|place| place.member).collect();
    // Where she was by a merge already, her place here waits as it did.
    let is_since = |place: &Place| place.since_ms >= dissolved_at_ms || were.iter().any(|was| was.file == place.file);
    if let Some((member, elsewhere)) = places(conn, &persons)?.into_iter().find(|(_, place)| is_since(place)) {
        return Ok(Err(HouseholdRefusal::ElsewhereNow(member, elsewhere.household)));
    }
    if conn.execute(RISE, &[id.0.into()])? != 1 {
        return Err(StoreError::Raced);
    }
    were.into_iter().try_for_each(|place| take_place(conn, place))?;
    conn.execute(DROP, &[id.0.into()])?;
    let Some(back) = find(conn, id)? else { return Ok(Err(HouseholdRefusal::Unknown)) };
    let came = |place: &Place| (place.member, placed(None, Some((&back.name, place.role))));
    hand.tell(conn, back.members.iter().map(came).collect(), &[])?;
    Ok(Ok(()))
}

/// Destroys what is kept of where a member was; what nobody can bring back loses its name.
pub(super) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    let were = conn.query(OF_FILE, &[member.0.into()], |row| row.int(0))?;
    conn.execute(FORGET, &[member.0.into()])?;
    were.into_iter().try_for_each(|id| conn.execute(FORGET_NAME, &[id.into()]).map(drop))
}

//! What conditions ask of households: how many live there, and what a member is among them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use danggol_core::household::{Housed, HouseholdRole};
use danggol_core::id::{HouseholdId, MemberId};

use super::{HouseholdRecord, find_many, places};
use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::merge;

/// Whoever is in a household, each once, with what conditions ask: as [`super::find`] says it, in one text. A person has the place of her own
/// file, else the oldest of those who went into her; whom the brand talks to is the head, else whoever is there longest. Its columns are
/// `member_id`, `size`, `role`, `position` and `sharing`, the last three in the words of conditions.
pub(crate) const HOUSED: &str = "SELECT e.member_id, COUNT(*) OVER (PARTITION BY e.household_id) AS size, e.role, \
     CASE WHEN ROW_NUMBER() OVER (PARTITION BY e.household_id ORDER BY \
     CASE WHEN e.member_id = COALESCE(k.merged_into, t.head_id) THEN 0 ELSE 1 END, e.since_ms, e.member_id) = 1 \
     THEN 'head' ELSE 'member' END AS position, \
     CASE WHEN t.shares_points = 1 THEN 'shared' ELSE 'separate' END AS sharing \
     FROM (SELECT COALESCE(f.merged_into, f.member_id) AS member_id, p.household_id, p.role, p.since_ms, \
     ROW_NUMBER() OVER (PARTITION BY COALESCE(f.merged_into, f.member_id) ORDER BY \
     CASE WHEN f.merged_into IS NULL THEN 0 ELSE 1 END, p.since_ms, p.member_id) AS place \
     FROM household_member p JOIN member f ON f.member_id = p.member_id) e \
     JOIN household t ON t.household_id = e.household_id LEFT JOIN member k ON k.member_id = t.head_id WHERE e.place = 1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[HOUSED];

fn housed(row: &Row<'_>) -> Result<(i64, Housed), StoreError> {
    let member = row.int(0)?;
    let role = HouseholdRole::from_word(row.str(2)?);
    let housed = Housed {
        size: row.int(1)?,
        role: role.ok_or_else(|| StoreError::Damaged(format!("the household of {}", MemberId(member))))?,
        is_head: row.str(3)? == Housed::POSITIONS[0],
        shares_points: row.str(4)? == Housed::SHARINGS[0],
    };
    Ok((member, housed))
}

/// How everybody lives who is in a household.
pub fn everybody(conn: &mut Conn) -> Result<HashMap<i64, Housed>, StoreError> {
    Ok(conn.query(HOUSED, &[], housed)?.into_iter().collect())
}

/// Brings what is known of how everybody lives up to date, where the files of some members changed: whatever changes what is said of a member
/// names her.
pub fn follow(conn: &mut Conn, known: &mut HashMap<i64, Housed>, changed: &BTreeSet<MemberId>) -> Result<(), StoreError> {
    let named: Vec<MemberId> = changed.iter().copied().collect();
    let keepers = merge::keepers(conn, &named)?.into_values();
    let persons: Vec<MemberId> = named.iter().copied().chain(keepers).collect::<BTreeSet<_>>().into_iter().collect();
    for member in &persons {
        known.remove(&member.0);
    }
    known.extend(of_members(conn, &persons)?);
    Ok(())
}

/// How some members live; who is in no household, or has gone into another member, is left out.
pub fn of_members(conn: &mut Conn, members: &[MemberId]) -> Result<HashMap<i64, Housed>, StoreError> {
    // The places of those who went into others are theirs into whom they went.
    let gone = merge::keepers(conn, members)?;
    let here: Vec<MemberId> = members.iter().copied().filter(|member| !gone.contains_key(member)).collect();
    let places = places(conn, &here)?;
    let mut wanted: Vec<HouseholdId> = places.values().map(|place| place.household).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let homes: BTreeMap<HouseholdId, HouseholdRecord> =
        find_many(conn, &wanted)?.into_iter().map(|record| (record.id, record)).collect();
    let housed = |(member, place): (&MemberId, &super::Place)| {
        let home = homes.get(&place.household)?;
        let housed = Housed {
            size: home.members.len() as i64,
            role: place.role,
            is_head: home.head == Some(*member),
            shares_points: home.shares_points,
        };
        Some((member.0, housed))
    };
    Ok(places.iter().filter_map(housed).collect())
}

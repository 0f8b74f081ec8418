//! Whose points a member may spend beside her own: those of the others in her household, where it shares and the brand lets it.
//!
//! Nothing of it is asked unless somebody spends points, and no more than where she lives unless her household shares.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use danggol_core::decide::{Detail, Entry};
use danggol_core::household::{HouseholdRules, MOST_MAX};
use danggol_core::id::{EntryId, HolderId, HouseholdId, MemberId};
use danggol_core::member::MemberStatus;
use danggol_core::share::Side;

use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::holder;
use crate::purchase::{self, PurchaseRecord};

/// The places of some persons, by themselves or by whoever went into them, and whether those households share.
macro_rules! homes {
    ($persons:literal) => {
        concat!(
            "WITH RECURSIVE person(id) AS (",
            $persons,
            "), own(person, file) AS (SELECT id, id FROM person UNION SELECT own.person, g.absorb_id FROM own \
             JOIN merge g ON g.keep_id = own.file WHERE g.undone_at_ms IS NULL) \
             SELECT own.person, p.member_id, p.since_ms, p.household_id, h.shares_points, m.status, \
             (SELECT s.value FROM setting s WHERE s.key = 'household_rules') \
             FROM own JOIN household_member p ON p.member_id = own.file JOIN household h ON h.household_id = p.household_id \
             JOIN member m ON m.member_id = own.person"
        )
    };
}

/// Of some members, whoever they are now.
pub(crate) const HOMES: &str = homes!(
    "SELECT COALESCE(merged_into, member_id) FROM member WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))"
);

/// Of everybody who has a place in some households.
const HOUSEMATES: &str = homes!(
    "SELECT COALESCE(m.merged_into, m.member_id) FROM household_member p JOIN member m ON m.member_id = p.member_id \
     WHERE p.household_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))"
);

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[HOMES, HOUSEMATES];

/// The households of persons: each is in one, by the place of her own file, else by the oldest of those who went into her.
#[derive(Debug, Default)]
pub(crate) struct Homes(BTreeMap<MemberId, Home>);

#[derive(Debug, Clone, Copy)]
struct Home {
    household: HouseholdId,
    /// Whether points are shared there.
    shares: bool,
    /// Whether her file is open.
    is_open: bool,
    rank: (bool, i64, i64),
}

impl Homes {
    /// Takes a row of one of the statements.
    pub(crate) fn take(&mut self, row: &Row<'_>) -> Result<(), StoreError> {
        let (person, file, since_ms) = (MemberId(row.int(0)?), row.int(1)?, row.int(2)?);
        let status = MemberStatus::from_word(row.str(5)?);
        let home = Home {
            household: HouseholdId(row.int(3)?),
            shares: row.int(4)? == 1 && rules_of(row.opt_str(6)?)?.share_points,
            is_open: matches!(status, Some(MemberStatus::Active | MemberStatus::Unclaimed)),
            rank: (file != person.0, since_ms, file),
        };
        let known = self.0.entry(person).or_insert(home);
        if home.rank < known.rank {
            *known = home;
        }
        Ok(())
    }

    /// The households that share.
    fn sharing(&self) -> BTreeSet<HouseholdId> {
        self.0.values().filter(|home| home.shares).map(|home| home.household).collect()
    }

    /// Of each person in a household that shares, the others in it whose files are open. A member holds under her own number.
    pub(crate) fn others(&self, conn: &mut Conn) -> Result<HashMap<HolderId, Vec<HolderId>>, StoreError> {
        let sharing = self.sharing();
        if sharing.is_empty() {
            return Ok(HashMap::new());
        }
        let mut mates = Homes::default();
        let wanted = int_array(sharing.iter().map(|household| household.0));
        conn.query_each(HOUSEMATES, &[(&wanted).into()], |row| mates.take(row))?;
        let of = |person: MemberId, home: &Home| {
            let is_other =
                |(other, theirs): &(&MemberId, &Home)| theirs.household == home.household && theirs.is_open && **other != person;
            let others = mates.0.iter().filter(is_other);
            (HolderId(person.0), others.map(|(other, _)| HolderId(other.0)).collect())
        };
        Ok(self.0.iter().filter(|(_, home)| home.shares).map(|(person, home)| of(*person, home)).collect())
    }
}

/// The brand's rules for households from how they are kept; the usual ones before it has its own.
pub(crate) fn rules_of(kept: Option<&str>) -> Result<HouseholdRules, StoreError> {
    let rules = kept.map(serde_json::from_str).transpose();
    Ok(rules.map_err(|error| StoreError::Damaged(format!("the rules for households: {error}")))?.unwrap_or_default())
}

/// What a member may spend at `now_ms` of her own, and what the others of her household would add; none where nothing is shared with her.
fn points(conn: &mut Conn, member: MemberId, now_ms: i64) -> Result<Option<[i64; 2]>, StoreError> {
    let mut homes = Homes::default();
    let wanted = int_array([member.0]);
    conn.query_each(HOMES, &[(&wanted).into()], |row| homes.take(row))?;
    let Some((own, others)) = homes.others(conn)?.into_iter().next() else { return Ok(None) };
    let is_open = homes.0.values().any(|home| home.is_open);
    let sum = |conn: &mut Conn, holders: &[HolderId]| -> Result<i64, StoreError> {
        Ok(holder::find(conn, holders)?.values().map(|state| state.points.available(now_ms)).sum())
    };
    let own = if is_open { sum(conn, &[own])? } else { 0 };
    Ok(Some([own, sum(conn, &others)?]))
}

/// What the others of a member's household would add at `now_ms` to what she may spend; none where nothing is shared with her.
pub fn points_of_others(conn: &mut Conn, member: MemberId, now_ms: i64) -> Result<Option<i64>, StoreError> {
    Ok(points(conn, member, now_ms)?.map(|[_, others]| others))
}

/// What everybody in the household of a member may spend together at `now_ms`; none where nothing is shared.
pub fn points_together(conn: &mut Conn, member: MemberId, now_ms: i64) -> Result<Option<i64>, StoreError> {
    Ok(points(conn, member, now_ms)?.map(|[own, others]| own + others))
}

/// What was drawn from others for a purchase: the entries of the one who bought. They stand right before it in her log.
pub fn drawn_for(conn: &mut Conn, purchase: &PurchaseRecord) -> Result<Vec<Entry>, StoreError> {
    let before = purchase::entries_before(conn, purchase.holder, EntryId(purchase.id.0), i64::from(MOST_MAX))?;
    let of_it = |entry: &Entry| {
        entry.purchase == Some(purchase.id) && matches!(&entry.detail, Detail::Share(detail) if detail.side == Side::Takes)
    };
    Ok(before.into_iter().take_while(of_it).collect())
}

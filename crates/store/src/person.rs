//! Members as segments see them: the file, the benefits and the purchases, a fixed number of statements for any number of members.

use std::collections::HashMap;

use danggol_core::habit::Bought;
use danggol_core::holder::HolderState;
use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::member::MemberFacts;
use danggol_core::person::{KeptPerson, Now, PersonFile};
use danggol_core::purchase::lines_left;
use danggol_core::time::moment;

use crate::db::{Conn, int_array};
use crate::error::StoreError;
use crate::member::{self, MemberRecord};
use crate::purchase::{self, PurchaseRecord};
use crate::{class, holder, household, lifestyle, segment};

/// What is left of a purchase; none when all of it came back.
pub fn bought(record: &PurchaseRecord, now: Now<'_>) -> Option<Bought> {
    let was_returned = !record.returned.quantities.is_empty();
    if was_returned && record.returned_minor >= record.amount_minor && record.returned_quantity >= record.quantity {
        return None;
    }
    let at = moment(record.occurred_at_ms, now.zone, 0);
    Some(Bought {
        id: record.id,
        moment: danggol_core::purchase::Moment { day: record.business_day, ..at },
        channel: record.channel.clone(),
        store: record.store.clone(),
        staff: record.staff.clone(),
        lines: lines_left(&record.lines, &record.returned.quantities).collect(),
        amount_minor: record.amount_minor - record.returned_minor,
        quantity: record.quantity - record.returned_quantity,
        discount_minor: record.given_off_minor(),
        with_coupon: record.with_coupon(),
        came_back: was_returned,
    })
}

pub(crate) fn file(record: MemberRecord) -> PersonFile {
    let fields = record.fields;
    PersonFile {
        facts: MemberFacts {
            member: record.id,
            holder: record.holder,
            status: fields.status,
            gender: fields.gender,
            birthday: fields.birthday,
            source: record.source_code,
            language: fields.language,
            joined_at_ms: record.joined_at_ms,
        },
        name: fields.name,
        store: fields.store,
        income: fields.profile.income_band,
        source_kind: record.source_kind,
        custom: fields.profile.custom,
        consents: record.consents,
    }
}

/// Some members, in the order of their ids; ids without a member are left out.
pub fn find(conn: &mut Conn, ids: &[MemberId], now: Now<'_>) -> Result<Vec<KeptPerson>, StoreError> {
    let records = member::files(conn, ids)?;
    whole(conn, records, now)
}

/// Up to `limit` members after `after`, in the order of their ids.
pub fn people(conn: &mut Conn, after: MemberId, limit: i64, now: Now<'_>) -> Result<Vec<KeptPerson>, StoreError> {
    let records = member::files_page(conn, after, limit)?;
    whole(conn, records, now)
}

/// Members with all that is kept of them.
fn whole(conn: &mut Conn, records: Vec<MemberRecord>, now: Now<'_>) -> Result<Vec<KeptPerson>, StoreError> {
    let ids: Vec<MemberId> = records.iter().map(|record| record.id).collect();
    let holders: Vec<_> = records.iter().map(|record| record.holder).collect();
    let states = holder::find(conn, &holders)?;
    let mut purchases: HashMap<MemberId, (Vec<Bought>, Vec<i32>)> = HashMap::new();
    for record in purchase::bought_by(conn, &ids)? {
        let (kept, given_back) = purchases.entry(record.member).or_default();
        match bought(&record, now) {
            Some(left) => kept.push(left),
            None => given_back.push(record.business_day),
        }
    }
    let (mut classes, mut lifestyles) = (class::find(conn, &ids)?, lifestyle::find(conn, &ids)?);
    let households = household::seen::of_members(conn, &ids)?;
    let mut lists = segment::lists_of(conn, &int_array(ids.iter().map(|id| id.0)), now.moment.at_ms)?;
    let whole = |record: MemberRecord| {
        let id = record.id;
        let (purchases, given_back) = purchases.remove(&id).unwrap_or_default();
        KeptPerson {
            // A household's members share one state.
            state: states.get(&record.holder).cloned().unwrap_or_default(),
            purchases,
            given_back,
            class: classes.remove(&id.0),
            lifestyle: lifestyles.remove(&id.0).and_then(|found| found.placed),
            household: households.get(&id.0).copied(),
            lists: lists.remove(&id).unwrap_or_default(),
            file: file(record),
        }
    };
    Ok(records.into_iter().map(whole).collect())
}

/// The files of up to `limit` members after `after`, each with the state of her holder, in the order of their ids.
pub fn page(conn: &mut Conn, after: MemberId, limit: i64) -> Result<Vec<(PersonFile, HolderState)>, StoreError> {
    let records = member::files_page(conn, after, limit)?;
    with_states(conn, records)
}

/// The file of a member with the state of her holder.
pub fn find_one(conn: &mut Conn, id: MemberId) -> Result<Option<(PersonFile, HolderState)>, StoreError> {
    let records = member::files(conn, &[id])?;
    Ok(with_states(conn, records)?.pop())
}

fn with_states(conn: &mut Conn, records: Vec<MemberRecord>) -> Result<Vec<(PersonFile, HolderState)>, StoreError> {
    let holders: Vec<_> = records.iter().map(|record| record.holder).collect();
    let states = holder::find(conn, &holders)?;
    let whole = |record: MemberRecord| {
        let state = states.get(&record.holder).cloned().unwrap_or_default();
        (file(record), state)
    };
    Ok(records.into_iter().map(whole).collect())
}

/// A purchase of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sold {
    /// Its id.
    pub id: PurchaseId,
    /// Who bought.
    pub member: MemberId,
    /// Its business day as days since 1970-01-01.
    pub day: i32,
    /// What is left of it; none when all of it came back.
    pub left: Option<Bought>,
}

/// Up to `limit` purchases after `after`, in the order of their ids.
pub fn sold(conn: &mut Conn, after: PurchaseId, limit: i64, now: Now<'_>) -> Result<Vec<Sold>, StoreError> {
    let records = purchase::bought_page(conn, after, limit)?;
    let sold = |record: PurchaseRecord| Sold {
        id: record.id,
        member: record.member,
        day: record.business_day,
        left: bought(&record, now),
    };
    Ok(records.into_iter().map(sold).collect())
}

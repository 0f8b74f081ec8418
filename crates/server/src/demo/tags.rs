//! The tag dictionary of the sample brand: tags that come and go by what members do, and tags that clerks gave.

use std::cell::RefCell;

use anyhow::Result;
use danggol_core::condition::Condition;
use danggol_core::decide::Actor;
use danggol_core::id::{IdMaker, MemberId, SegmentId, TagGroupId, UserId};
use danggol_core::tag::Cause;
use danggol_core::time::DAY_MS;
use danggol_store::segment::{self, Basis, SegmentRecord};
use danggol_store::tag::{self, TagGroup, TagRecord};
use danggol_store::{Conn, StoreError};
use serde_json::{Value, json};

use super::chance::Chance;
use super::people::Person;
use super::words::{TagText, TagWords};
use crate::segment::Segments;
use crate::tag::Hand;

/// Of a hundred members, how many have each tag that is given.
const GIVEN_PERCENT: [f64; 2] = [7.0, 4.0];
/// How many days ago clerks gave tags, some of them at a time.
const GIVEN_DAYS_AGO: [i64; 4] = [150, 95, 40, 12];

/// What decides who has each tag that comes by itself, in the order of their words; of the first two a member has one at most.
fn rules() -> Result<[Condition; 4], serde_json::Error> {
    let test = |attribute: &str, op: &str, value: Value| json!({"attribute": attribute, "op": op, "value": value});
    let all = |tests: [Value; 2]| serde_json::from_value(json!({"all": tests}));
    Ok([
        all([test("habit.hour", "at_least", json!(21)), test("habit.online_share", "at_least", json!(50))])?,
        all([test("habit.hour", "between", json!([17, 20])), test("habit.online_share", "less_than", json!(50))])?,
        all([test("habit.discount_share", "at_least", json!(60)), test("habit.purchases", "at_least", json!(4))])?,
        all([test("habit.days_overdue", "more_than", json!(30)), test("habit.purchases", "at_least", json!(5))])?,
    ])
}

/// Keeps the dictionary, and gives the tags that are given. `opened_at_ms` is when the brand began.
pub fn keep(
    conn: &mut Conn,
    ids: &mut IdMaker,
    words: &TagWords,
    (people, seed): (&[Person], u64),
    (owner, opened_at_ms, now_ms): (Actor, i64, i64),
) -> Result<()> {
    let ids = RefCell::new(ids);
    let next_id = || ids.borrow_mut().next(now_ms);
    let group = TagGroup { id: TagGroupId(next_id()), name: words.group.clone(), exclusive: true };
    let record = |id: i64, text: &TagText, basis: Basis| SegmentRecord {
        id: SegmentId(id),
        name: text.name.clone(),
        basis,
        draft: None,
        created_at_ms: opened_at_ms,
        updated_at_ms: opened_at_ms,
        updated_by: Some(UserId(owner.id)),
        archived_at_ms: None,
    };
    let ruled = words.by_rule.iter().zip(rules()?).map(|(text, rule)| (text, Basis::Rule(Some(rule))));
    let given = words.by_hand.iter().map(|text| (text, Basis::List));
    let made: Vec<(SegmentRecord, TagRecord)> = ruled
        .chain(given)
        .enumerate()
        .map(|(place, (text, basis))| {
            let record = record(next_id(), text, basis);
            let tag = TagRecord {
                segment: record.id,
                group: (place < 2).then_some(group.id),
                description: text.description.clone(),
                owner: Some(words.owner.clone()),
                expires_days: None,
                place: place as i64,
            };
            (record, tag)
        })
        .collect();
    conn.transaction(|conn| {
        tag::keep_group(conn, &group)?;
        for (record, tag) in &made {
            segment::insert(conn, record)?;
            tag::keep(conn, tag)?;
        }
        let segments = Segments::read(conn)?;
        let given = made.iter().map(|(record, _)| record).filter(|record| record.basis == Basis::List).zip(GIVEN_PERCENT);
        for (place, (record, percent)) in given.enumerate() {
            let drawn = |time: usize| -> Vec<MemberId> {
                let mut chance = Chance::new(seed, [8 + place as u64, time as u64]);
                let before_ms = now_ms - GIVEN_DAYS_AGO[time] * DAY_MS;
                let share = percent / 100.0 / GIVEN_DAYS_AGO.len() as f64;
                people
                    .iter()
                    .filter(|person| chance.once(share) && person.joined_at_ms < before_ms)
                    .map(|person| person.id)
                    .collect()
            };
            for (time, days_ago) in GIVEN_DAYS_AGO.iter().enumerate() {
                let hand = Hand { cause: Cause::Hand, actor: owner, reason: None, now_ms: now_ms - days_ago * DAY_MS };
                hand.lay(conn, &segments, (&[record.id], &[]), &drawn(time), &next_id)?;
            }
        }
        Ok::<_, StoreError>(())
    })?;
    Ok(())
}

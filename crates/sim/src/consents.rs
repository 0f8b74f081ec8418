//! What members say of consents, drawn at random; and what holds of them, told once more without the store.

use std::collections::BTreeMap;

use danggol_core::consent::{ConsentWay, Matter, Said};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ConsentId, MemberId};
use danggol_core::time::DAY_MS;
use danggol_store::consent::{self, Statement};

use crate::random::Random;
use crate::soak::brand::pick;
use crate::soak::ground::Ground;

/// On what members are asked.
pub const MATTERS: [&str; 4] = ["advertising.sms", "advertising.email", "night_advertising.sms", "personalisation"];

/// Draws what somebody says now, or said some days ago and is told of now.
pub fn draw(random: &mut Random, member: MemberId, id: i64, now_ms: i64) -> Statement {
    let late_ms = if random.once_in(4) { random.below(20) as i64 * DAY_MS } else { 0 };
    Statement {
        id: ConsentId(id),
        member,
        matter: Matter::parse(pick(random, &MATTERS)).expect("a matter"),
        said: pick(random, &[Said::Given, Said::Given, Said::Withdrawn]),
        at_ms: now_ms - late_ms,
        version: None,
        way: ConsentWay::Counter,
        actor: Actor { kind: ActorKind::System, id: 0 },
    }
}

/// Has somebody say something now.
pub(crate) fn say(ground: &Ground, random: &mut Random, ids: &[MemberId], id: i64) -> anyhow::Result<()> {
    let (member, now_ms) = (pick(random, ids), ground.now_ms());
    let statement = draw(random, member, id, now_ms);
    Ok(ground.store.write_blocking(move |conn| consent::say(conn, std::slice::from_ref(&statement), now_ms))?)
}

/// What is told of one person.
#[derive(Debug, Clone)]
pub enum Told {
    /// She said something.
    Said(Statement),
    /// Another went into her, of whom this was told before; at that moment, under that id.
    Joined(Vec<Told>, i64, i64),
}

impl Told {
    /// When it was said or done, and under which id.
    pub fn when(&self) -> (i64, i64) {
        match self {
            Told::Said(statement) => (statement.at_ms, statement.id.0),
            Told::Joined(_, at_ms, id) => (*at_ms, *id),
        }
    }
}

/// What holds of a person: the last word on each matter, where a merge turns every matter that either side had withdrawn into a withdrawal. Reckoned
/// matter by matter from the end, not in the way in which the store tells the story.
pub fn holds(told: &[Told]) -> BTreeMap<String, Said> {
    let mut held = BTreeMap::new();
    for matter in MATTERS {
        if let Some(said) = last(told, matter) {
            held.insert(matter.to_owned(), said);
        }
    }
    held
}

fn last(told: &[Told], matter: &str) -> Option<Said> {
    let mut order: Vec<&Told> = told.iter().collect();
    order.sort_by_key(|told| std::cmp::Reverse(told.when()));
    for (place, step) in order.iter().enumerate() {
        match step {
            Told::Said(statement) if statement.matter.to_string() == matter => return Some(statement.said),
            Told::Said(_) => {}
            Told::Joined(other, ..) => {
                let before: Vec<Told> = order[place + 1..].iter().map(|told| (*told).clone()).collect();
                let sides = [last(&before, matter), last(other, matter)];
                return match sides.contains(&Some(Said::Withdrawn)) {
                    true => Some(Said::Withdrawn),
                    false => sides.into_iter().flatten().next(),
                };
            }
        }
    }
    None
}

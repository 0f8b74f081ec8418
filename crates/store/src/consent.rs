//! Consents: everything that members ever said, and what holds of each.
//!
//! What was said stays with the file for which it was said. What holds of a person follows from all that was said in hers and in the files that went
//! into it, told in its order with the merges in between, and stands in her file so that conditions read it there. Undoing a merge tells the
//! same without it.

use std::collections::{BTreeMap, BTreeSet};

use danggol_core::consent::{Consent, ConsentRules, ConsentWay, Consents, Matter, Said, Step, tell};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ConsentId, MemberId};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::schema::CONSENT;
use crate::{event, merge, setting};

const STORIES: &str = "SELECT member_id, at_ms, consent_id, purpose, channel, said FROM consent \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY consent_id";
const MERGES: &str = "SELECT keep_id, absorb_id, at_ms, merge_id FROM merge \
     WHERE absorb_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND undone_at_ms IS NULL ORDER BY merge_id";
/// Whoever else writes one of these files waits.
const TOUCH: &str = "UPDATE member SET updated_at_ms = CASE WHEN updated_at_ms < $2 THEN $2 ELSE updated_at_ms + 1 END \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND merged_into IS NULL";
const HOLD: &str = "UPDATE member SET consents = x.held FROM (SELECT CAST(json_extract(e.value, '$[0]') AS BIGINT) AS member_id, \
     json_extract(e.value, '$[1]') AS held FROM json_each($1) e) x WHERE x.member_id = member.member_id";
const OF_PEOPLE: &str = "SELECT consent_id, member_id, purpose, channel, said, at_ms, version, way, actor_kind, actor_id FROM consent \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND consent_id < $2 ORDER BY consent_id DESC LIMIT $3";
const FORGET: &str = "DELETE FROM consent WHERE member_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[STORIES, MERGES, TOUCH, HOLD, OF_PEOPLE, FORGET];

/// The setting under which the brand's purposes are kept.
pub const RULES: &str = "consents";

/// What a member said when she was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id.
    pub id: ConsentId,
    /// In whose file.
    pub member: MemberId,
    /// On what.
    pub matter: Matter,
    /// What she said.
    pub said: Said,
    /// When she said it, in UTC milliseconds; when that was kept is in its id.
    pub at_ms: i64,
    /// The version of the wording that she read; none where there is none.
    pub version: Option<i64>,
    /// By which way.
    pub way: ConsentWay,
    /// Who kept it.
    pub actor: Actor,
}

impl BindRow for Statement {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.id.0);
        to.int(self.member.0);
        to.text(&self.matter.purpose);
        to.opt_text(self.matter.channel.map(|channel| channel.word()));
        to.text(self.said.word());
        to.int(self.at_ms);
        to.opt_int(self.version);
        to.text(self.way.word());
        to.text(self.actor.kind.word());
        to.int(self.actor.id);
    }
}

/// The matter of two columns.
fn matter(row: &Row<'_>, purpose: usize, member: MemberId) -> Result<Matter, StoreError> {
    let text = match row.opt_str(purpose + 1)? {
        Some(channel) => format!("{}.{channel}", row.str(purpose)?),
        None => row.text(purpose)?,
    };
    Matter::parse(&text).ok_or_else(|| StoreError::Damaged(format!("a consent of {member}")))
}

fn statement(row: &Row<'_>) -> Result<Statement, StoreError> {
    let (id, member) = (ConsentId(row.int(0)?), MemberId(row.int(1)?));
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of {id}"));
    let kind = ActorKind::from_word(row.str(8)?).ok_or_else(|| damaged("actor"))?;
    Ok(Statement {
        id,
        member,
        matter: matter(row, 2, member)?,
        said: Said::from_word(row.str(4)?).ok_or_else(|| damaged("word"))?,
        at_ms: row.int(5)?,
        version: row.opt_int(6)?,
        way: ConsentWay::from_word(row.str(7)?).ok_or_else(|| damaged("way"))?,
        actor: Actor { kind, id: row.opt_int(9)?.unwrap_or(0) },
    })
}

/// The purposes for which the brand asks; those that are usual in its country before it has said otherwise.
pub fn rules(conn: &mut Conn, country: &str) -> Result<ConsentRules, StoreError> {
    let kept = setting::find(conn, RULES)?.map(|text| serde_json::from_str(&text)).transpose();
    let kept = kept.map_err(|error| StoreError::Damaged(format!("the purposes of consents: {error}")))?;
    Ok(kept.unwrap_or_else(|| ConsentRules::usual(country)))
}

/// Keeps the purposes for which the brand asks.
pub fn keep_rules(conn: &mut Conn, rules: &ConsentRules) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|error| StoreError::Damaged(error.to_string()))?;
    setting::put(conn, RULES, &text)
}

/// What holds, as a member's file keeps it; nothing where she was never asked.
fn kept(consents: &Consents) -> Result<Option<String>, StoreError> {
    let text = serde_json::to_string(consents).map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok((!consents.is_empty()).then_some(text))
}

/// What holds, from what a member's file keeps.
pub(crate) fn read(text: Option<&str>) -> Option<Consents> {
    text.map_or(Some(Consents::new()), |text| serde_json::from_str(text).ok())
}

/// What holds of each of some people by all that was said; a person is whoever keeps, with everybody who went into her.
pub(crate) fn derive(conn: &mut Conn, people: &BTreeSet<MemberId>) -> Result<BTreeMap<MemberId, Consents>, StoreError> {
    let wanted = int_array(people.iter().map(|member| member.0));
    let mut story = conn.query(STORIES, &[(&wanted).into()], |row| {
        let member = MemberId(row.int(0)?);
        let (at_ms, id) = (row.int(1)?, row.int(2)?);
        let said = Said::from_word(row.str(5)?).ok_or_else(|| StoreError::Damaged(format!("the word of {}", ConsentId(id))))?;
        Ok((at_ms, id, Step::Said(member, matter(row, 3, member)?.to_string(), Consent { said, at_ms })))
    })?;
    story.extend(conn.query(MERGES, &[(&wanted).into()], |row| {
        let merged = Step::Merged { keep: MemberId(row.int(0)?), absorb: MemberId(row.int(1)?) };
        Ok((row.int(2)?, row.int(3)?, merged))
    })?);
    story.sort_by_key(|(at_ms, id, _)| (*at_ms, *id));
    let steps: Vec<Step> = story.into_iter().map(|(_, _, step)| step).collect();
    Ok(tell(&steps, people))
}

/// Writes what holds of some members now into their files, or into those of whoever keeps what they had; gives whose files these are.
pub(crate) fn settle(conn: &mut Conn, members: &BTreeSet<MemberId>, now_ms: i64) -> Result<BTreeSet<MemberId>, StoreError> {
    let named: Vec<MemberId> = members.iter().copied().collect();
    let keepers = merge::keepers(conn, &named)?;
    let homes: BTreeSet<MemberId> = named.iter().map(|member| keepers.get(member).copied().unwrap_or(*member)).collect();
    let array = int_array(homes.iter().map(|member| member.0));
    if conn.execute(TOUCH, &[(&array).into(), now_ms.into()])? != homes.len() as u64 {
        return Err(StoreError::Raced);
    }
    let keeping: Vec<MemberId> = homes.iter().copied().collect();
    let gone = merge::followers(conn, &keeping)?.into_iter().map(|(gone, _)| gone);
    let people: BTreeSet<MemberId> = gone.chain(keeping).collect();
    let mut held = derive(conn, &people)?;
    let rows = people.iter().map(|member| Ok((member.0, kept(&held.remove(member).unwrap_or_default())?)));
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    let rows = serde_json::to_string(&rows).map_err(|error| StoreError::Damaged(error.to_string()))?;
    conn.execute(HOLD, &[(&rows).into()])?;
    Ok(homes)
}

/// Keeps what members said, within the transaction that is open.
pub fn say(conn: &mut Conn, statements: &[Statement], now_ms: i64) -> Result<(), StoreError> {
    if statements.is_empty() {
        return Ok(());
    }
    conn.insert_rows(&CONSENT, Conflict::Fail, statements.iter())?;
    let members: BTreeSet<MemberId> = statements.iter().map(|statement| statement.member).collect();
    let homes = settle(conn, &members, now_ms)?;
    event::tell(conn, members.union(&homes).copied(), now_ms)
}

/// Up to `limit` words of a member, and of whoever went into her, that were kept before `before`, the newest first.
pub fn of_member(conn: &mut Conn, member: MemberId, before: ConsentId, limit: i64) -> Result<Vec<Statement>, StoreError> {
    let people = int_array(merge::people(conn, member)?.iter().map(|member| member.0));
    conn.query(OF_PEOPLE, &[(&people).into(), before.0.into(), limit.into()], statement)
}

/// Destroys what a member said.
pub(crate) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    conn.execute(FORGET, &[member.0.into()]).map(drop)
}

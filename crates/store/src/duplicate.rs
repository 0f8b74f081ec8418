//! Members who may be one person: by what they are found, the pairs that were found, and what somebody said of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use danggol_core::birthday::{Birthday, LunarKind};
use danggol_core::decide::Actor;
use danggol_core::duplicate::clue::{ClueKind, SHARED_MAX, clues};
use danggol_core::duplicate::{Common, Features, Reason, SUGGESTED_FROM, Shared, Traits, compare, least_score, score};
use danggol_core::id::MemberId;
use danggol_core::identity::IdentityKind;
use danggol_core::member::MemberStatus;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::schema::{DUPLICATE, MEMBER_CLUE};
use crate::seal::Keyring;
use crate::{event, identity, member, merge};

const PAGE: &str = "SELECT member_id FROM member WHERE member_id > $1 ORDER BY member_id LIMIT $2";
const MEMBERS: &str = "SELECT COUNT(*) FROM member WHERE merged_into IS NULL";
const NAMES: &str =
    "SELECT name FROM member WHERE name IS NOT NULL GROUP BY name HAVING COUNT(*) > $1 ORDER BY COUNT(*) DESC LIMIT $2";
const BIRTHDAYS: &str = "SELECT birthday FROM member WHERE birthday IS NOT NULL GROUP BY birthday HAVING COUNT(*) > $1 \
     ORDER BY COUNT(*) DESC LIMIT $2";
const CLUES_OF: &str = "SELECT member_id, clue FROM member_clue \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY member_id, clue";
const REMOVE_CLUES: &str =
    "DELETE FROM member_clue WHERE member_id = $1 AND clue IN (SELECT CAST(value AS BIGINT) FROM json_each($2))";
/// How many have each clue, counted no further than the bound.
const COUNTS: &str = "SELECT CAST(asked.value AS BIGINT), (SELECT COUNT(*) FROM (SELECT 1 FROM member_clue \
     WHERE member_clue.clue = CAST(asked.value AS BIGINT) LIMIT $2) counted) FROM json_each($1) asked";
const WITH_CLUES: &str = "SELECT clue, member_id FROM member_clue \
     WHERE clue IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY clue, member_id";
const LARGE: &str = "SELECT clue, COUNT(*) FROM member_clue GROUP BY clue HAVING COUNT(*) > $1";
const TOUCHING: &str = "SELECT one_id, other_id, status, score, reasons, found_at_ms, decided_at_ms FROM duplicate \
     WHERE one_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) \
     OR other_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY one_id, other_id";
const WITHDRAW: &str = "DELETE FROM duplicate WHERE one_id = $1 AND other_id = $2 AND status = 'open'";
const LISTED: &str = "SELECT d.one_id, d.other_id, d.status, d.score, d.reasons, d.found_at_ms, d.decided_at_ms FROM duplicate d \
     JOIN member a ON a.member_id = d.one_id JOIN member b ON b.member_id = d.other_id \
     WHERE d.status = $1 AND d.score >= $2 AND (d.score, d.one_id, d.other_id) < ($3, $4, $5) \
     AND a.merged_into IS NULL AND a.status <> 'closed' AND a.status <> 'erased' \
     AND b.merged_into IS NULL AND b.status <> 'closed' AND b.status <> 'erased' \
     ORDER BY d.score DESC, d.one_id DESC, d.other_id DESC LIMIT $6";
const COUNTED: &str = "SELECT COUNT(*) FROM duplicate d \
     JOIN member a ON a.member_id = d.one_id JOIN member b ON b.member_id = d.other_id \
     WHERE d.status = $1 AND d.score >= $2 \
     AND a.merged_into IS NULL AND a.status <> 'closed' AND a.status <> 'erased' \
     AND b.merged_into IS NULL AND b.status <> 'closed' AND b.status <> 'erased'";
const FIND: &str = "SELECT one_id, other_id, status, score, reasons, found_at_ms, decided_at_ms FROM duplicate \
     WHERE one_id = $1 AND other_id = $2";
const DECIDE: &str = "UPDATE duplicate SET status = $3, decided_at_ms = $4, actor_kind = $5, actor_id = $6 \
     WHERE one_id = $1 AND other_id = $2 AND status <> $3";
const FORGET_CLUES: &str = "DELETE FROM member_clue WHERE member_id = $1";
const FORGET: &str = "DELETE FROM duplicate WHERE one_id = $1 OR other_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[
    PAGE,
    MEMBERS,
    NAMES,
    BIRTHDAYS,
    CLUES_OF,
    REMOVE_CLUES,
    COUNTS,
    WITH_CLUES,
    LARGE,
    TOUCHING,
    WITHDRAW,
    LISTED,
    COUNTED,
    FIND,
    DECIDE,
    FORGET_CLUES,
    FORGET,
];

/// The most names, and birthdays, that are kept because so many have them.
const COMMON_MAX: i64 = 1_000;

/// What somebody said of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nothing yet.
    Open,
    /// They are two persons.
    Dismissed,
}

impl Status {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Dismissed => "dismissed",
        }
    }

    /// The status of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Open, Self::Dismissed].into_iter().find(|status| status.word() == word)
    }
}

/// Two members, the one who was enrolled first before the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pair {
    /// The one with the lesser id.
    pub one: MemberId,
    /// The other.
    pub other: MemberId,
}

impl Pair {
    /// Two members in any order; none where they are the same.
    pub fn new(a: MemberId, b: MemberId) -> Option<Self> {
        (a != b).then(|| Pair { one: a.min(b), other: a.max(b) })
    }
}

/// A pair as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuplicateRecord {
    /// Who.
    pub pair: Pair,
    /// What somebody said of it.
    pub status: Status,
    /// How many bits speak for one person.
    pub score: i32,
    /// What the two files agree and differ in, the weightiest first.
    pub reasons: Vec<Reason>,
    /// When it was found, in UTC milliseconds.
    pub found_at_ms: i64,
    /// When somebody said what they are, in UTC milliseconds.
    pub decided_at_ms: Option<i64>,
}

/// A change of a member's clues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClueChange {
    member: MemberId,
    clue: i64,
    is_new: bool,
}

/// A change of what is suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A pair is found, or weighs otherwise than before.
    Suggest(DuplicateRecord),
    /// A pair is no longer found.
    Withdraw(Pair),
}

struct ClueRow(MemberId, i64);

impl BindRow for ClueRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.0.0);
        to.int(self.1);
    }
}

struct DuplicateRow<'a> {
    record: &'a DuplicateRecord,
    reasons: String,
}

impl BindRow for DuplicateRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let record = self.record;
        to.int(record.pair.one.0);
        to.int(record.pair.other.0);
        to.text(record.status.word());
        to.int(record.score.into());
        to.text(&self.reasons);
        to.int(record.found_at_ms);
        to.opt_int(None);
        to.opt_text(None);
        to.opt_int(None);
    }
}

fn record(row: &Row<'_>) -> Result<DuplicateRecord, StoreError> {
    let pair = Pair { one: MemberId(row.int(0)?), other: MemberId(row.int(1)?) };
    let damaged = || StoreError::Damaged(format!("the pair of {} and {}", pair.one, pair.other));
    Ok(DuplicateRecord {
        pair,
        status: Status::from_word(row.str(2)?).ok_or_else(damaged)?,
        score: i32::try_from(row.int(3)?).map_err(|_| damaged())?,
        reasons: serde_json::from_str(row.str(4)?).map_err(|_| damaged())?,
        found_at_ms: row.int(5)?,
        decided_at_ms: row.opt_int(6)?,
    })
}

/// Up to `limit` members after `after`, whatever their files say, in the order of their ids.
pub fn page(conn: &mut Conn, after: MemberId, limit: i64) -> Result<Vec<MemberId>, StoreError> {
    conn.query(PAGE, &[after.0.into(), limit.into()], |row| Ok(MemberId(row.int(0)?)))
}

/// How many members there are.
pub fn members(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(conn.query_one(MEMBERS, &[], |row| row.int(0))?.unwrap_or(0))
}

/// The names, and the birthdays, that more than so many files have, the commonest first and at most a thousand of each.
pub fn common(conn: &mut Conn, (birthdays, names): (i64, i64)) -> Result<(Vec<String>, Vec<Birthday>), StoreError> {
    let found = conn.query(NAMES, &[names.into(), COMMON_MAX.into()], |row| row.text(0))?;
    let birthdays = conn.query(BIRTHDAYS, &[birthdays.into(), COMMON_MAX.into()], |row| {
        serde_json::from_str(row.str(0)?).map_err(|_| StoreError::Damaged("a birthday".to_owned()))
    })?;
    Ok((found, birthdays))
}

fn kind(clue: i64) -> Option<ClueKind> {
    ClueKind::from_number((clue & 7) as u8)
}

/// How many clues of each kind so many share that they say nothing, in a brand of so many members.
pub fn passed_over(conn: &mut Conn, members: i64) -> Result<BTreeMap<ClueKind, i64>, StoreError> {
    let mut passed = BTreeMap::new();
    conn.query_each(LARGE, &[SHARED_MAX.into()], |row| {
        if let Some(kind) = kind(row.int(0)?)
            && row.int(1)? > kind.bound(members)
        {
            *passed.entry(kind).or_default() += 1;
        }
        Ok(())
    })?;
    Ok(passed)
}

/// What tells some members from others. Whoever is closed, erased, or has gone into another is left out; what an open key alone can read is
/// there of those in `opened`.
fn traits(
    conn: &mut Conn,
    keyring: &Keyring,
    ids: &[MemberId],
    opened: &[MemberId],
) -> Result<BTreeMap<MemberId, Traits>, StoreError> {
    let mut found = BTreeMap::new();
    for record in member::files(conn, ids)? {
        let is_open = matches!(record.fields.status, MemberStatus::Active | MemberStatus::Unclaimed);
        if record.merged_into.is_some() || !is_open {
            continue;
        }
        let fields = record.fields;
        let traits = Traits {
            name: fields.name,
            gender: fields.gender,
            birthday: fields.birthday,
            residence: fields.profile.residence,
            store: fields.store,
            phones: Vec::new(),
            emails: Vec::new(),
        };
        found.insert(record.id, traits);
    }
    for (member, identities) in identity::of_members(conn, keyring, opened)? {
        let Some(traits) = found.get_mut(&member) else { continue };
        for record in identities {
            match record.identity.kind {
                IdentityKind::Phone => traits.phones.push(record.identity.value),
                IdentityKind::Email => traits.emails.push(record.identity.value),
                _ => {}
            }
        }
    }
    Ok(found)
}

fn clues_of(conn: &mut Conn, ids: &[MemberId]) -> Result<BTreeMap<MemberId, BTreeSet<i64>>, StoreError> {
    let mut found: BTreeMap<MemberId, BTreeSet<i64>> = BTreeMap::new();
    conn.query_each(CLUES_OF, &[(&int_array(ids.iter().map(|id| id.0))).into()], |row| {
        found.entry(MemberId(row.int(0)?)).or_default().insert(row.int(1)?);
        Ok(())
    })?;
    Ok(found)
}

/// By what some members are to be found otherwise than they are.
pub fn clue_changes(conn: &mut Conn, keyring: &Keyring, ids: &[MemberId]) -> Result<Vec<ClueChange>, StoreError> {
    let traits = traits(conn, keyring, ids, ids)?;
    let mut kept = clues_of(conn, ids)?;
    let mut changes = Vec::new();
    for &member in ids {
        let kept = kept.remove(&member).unwrap_or_default();
        let found = traits.get(&member).map(clues).unwrap_or_default();
        let found: BTreeSet<i64> = found.iter().map(|clue| keyring.clue(clue)).collect();
        changes.extend(kept.difference(&found).map(|clue| ClueChange { member, clue: *clue, is_new: false }));
        changes.extend(found.difference(&kept).map(|clue| ClueChange { member, clue: *clue, is_new: true }));
    }
    Ok(changes)
}

/// Keeps by what members are found.
pub fn keep_clues(conn: &mut Conn, changes: &[ClueChange]) -> Result<(), StoreError> {
    let mut gone: BTreeMap<MemberId, Vec<i64>> = BTreeMap::new();
    for change in changes.iter().filter(|change| !change.is_new) {
        gone.entry(change.member).or_default().push(change.clue);
    }
    for (member, clues) in gone {
        conn.execute(REMOVE_CLUES, &[member.0.into(), (&int_array(clues)).into()])?;
    }
    let rows: Vec<ClueRow> =
        changes.iter().filter(|change| change.is_new).map(|change| ClueRow(change.member, change.clue)).collect();
    conn.insert_rows(&MEMBER_CLUE, Conflict::Skip { on: &["member_id", "clue"] }, rows.iter()).map(drop)
}

/// With what eyes files are compared.
#[derive(Debug, Clone)]
pub struct Sight {
    /// What so many say that it tells nobody.
    pub common: Common,
    /// How many members there are.
    pub members: i64,
    /// Which lunar calendar the brand's country keeps.
    pub lunar: LunarKind,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// Of a pair, which clues it shares that few enough have.
#[derive(Debug, Clone, Copy, Default)]
struct Meeting {
    is_sealed: bool,
    mailbox: bool,
}

/// Who meets whom, and whose values many others have too.
#[derive(Debug, Default)]
struct Meetings {
    pairs: BTreeMap<Pair, Meeting>,
    /// Of those who are looked at, whose address many give.
    homes: HashSet<MemberId>,
    /// Of those who are looked at, whose number is one of a series.
    series: HashSet<MemberId>,
}

/// Who meets whom by what, of some members with their clues; where each is looked at in turn, only those after her.
fn meetings(
    conn: &mut Conn,
    mine: &BTreeMap<MemberId, BTreeSet<i64>>,
    members: i64,
    later: bool,
) -> Result<Meetings, StoreError> {
    let asked: BTreeSet<i64> = mine.values().flatten().copied().collect();
    let counted = ClueKind::ALL.iter().map(|kind| kind.bound(members)).max().unwrap_or(0) + 1;
    let mut counts: HashMap<i64, i64> = HashMap::with_capacity(asked.len());
    conn.query_each(COUNTS, &[(&int_array(asked)).into(), counted.into()], |row| {
        counts.insert(row.int(0)?, row.int(1)?);
        Ok(())
    })?;
    let is_large = |clue: i64, wanted: ClueKind| kind(clue) == Some(wanted) && counts[&clue] > wanted.bound(members);
    let with_large = |wanted: ClueKind| -> HashSet<MemberId> {
        let has = |clues: &BTreeSet<i64>| clues.iter().any(|clue| is_large(*clue, wanted));
        mine.iter().filter(|(_, clues)| has(clues)).map(|(member, _)| *member).collect()
    };
    let mut found = Meetings { homes: with_large(ClueKind::Home), series: with_large(ClueKind::Begin), ..Meetings::default() };
    let small = counts
        .iter()
        .filter(|(clue, count)| kind(**clue).is_some_and(|kind| kind.compares() && (2..=kind.bound(members)).contains(*count)));
    let small = int_array(small.map(|(clue, _)| *clue));
    let (mut of, mut block): (i64, Vec<MemberId>) = (0, Vec::new());
    let mut meet = |clue: i64, block: &[MemberId]| {
        let Some(kind) = kind(clue) else { return };
        for &member in block.iter().filter(|member| mine.contains_key(member)) {
            let others = block.iter().filter(|other| !later || **other > member);
            for pair in others.filter_map(|other| Pair::new(member, *other)) {
                let meeting = found.pairs.entry(pair).or_default();
                meeting.is_sealed |= kind.is_sealed();
                meeting.mailbox |= kind == ClueKind::Mailbox;
            }
        }
    };
    conn.query_each(WITH_CLUES, &[(&small).into()], |row| {
        let clue = row.int(0)?;
        if clue != of {
            meet(of, &block);
            block.clear();
        }
        of = clue;
        block.push(MemberId(row.int(1)?));
        Ok(())
    })?;
    meet(of, &block);
    Ok(found)
}

/// The pairs that some members are in, with what speaks for them and against them; where each is looked at in turn, only those with whoever
/// comes after her.
fn pairs(
    conn: &mut Conn,
    (keyring, sight): (&Keyring, &Sight),
    ids: &[MemberId],
    later: bool,
) -> Result<BTreeMap<Pair, Vec<Reason>>, StoreError> {
    let mine = clues_of(conn, ids)?;
    let Meetings { pairs: meetings, homes, series } = meetings(conn, &mine, sight.members, later)?;
    let of = |pairs: &mut dyn Iterator<Item = &Pair>| -> Vec<MemberId> {
        pairs.flat_map(|pair| [pair.one, pair.other]).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let all = of(&mut meetings.keys());
    let opened = of(&mut meetings.iter().filter(|(_, meeting)| meeting.is_sealed).map(|(pair, _)| pair));
    let plain = traits(conn, keyring, &all, &[])?;
    let open = traits(conn, keyring, &opened, &opened)?;
    let view = |traits| Features::of(traits, &sight.common, sight.lunar);
    let plain: HashMap<MemberId, Features<'_>> = plain.iter().map(|(member, traits)| (*member, view(traits))).collect();
    let open: HashMap<MemberId, Features<'_>> = open.iter().map(|(member, traits)| (*member, view(traits))).collect();
    let least = least_score(SUGGESTED_FROM, sight.members);
    let mut found = BTreeMap::new();
    for (pair, meeting) in meetings {
        let from = if meeting.is_sealed { &open } else { &plain };
        let Some((one, other)) = from.get(&pair.one).zip(from.get(&pair.other)) else { continue };
        let either = |many: &HashSet<MemberId>| many.contains(&pair.one) || many.contains(&pair.other);
        let shared = Shared { mailbox: !meeting.mailbox, home: either(&homes), phones: either(&series) };
        found.extend(compare(one, other, shared, least).map(|reasons| (pair, reasons)));
    }
    Ok(found)
}

fn touching(conn: &mut Conn, ids: impl IntoIterator<Item = MemberId>) -> Result<Vec<DuplicateRecord>, StoreError> {
    conn.query(TOUCHING, &[(&int_array(ids.into_iter().map(|id| id.0))).into()], record)
}

/// The pairs of which somebody said that they are two persons, as far as one of these members, or somebody who went into her, is in it; by
/// whoever keeps what they had.
fn dismissed(conn: &mut Conn, ids: &[MemberId]) -> Result<BTreeSet<Pair>, StoreError> {
    let followers = merge::followers(conn, ids)?.into_iter().map(|(follower, _)| follower);
    let all: BTreeSet<MemberId> = followers.chain(ids.iter().copied()).collect();
    let mut said = touching(conn, all)?;
    said.retain(|record| record.status == Status::Dismissed);
    let ends: Vec<MemberId> = said.iter().flat_map(|record| [record.pair.one, record.pair.other]).collect();
    let keepers = merge::keepers(conn, &ends)?;
    let keeper = |member: MemberId| keepers.get(&member).copied().unwrap_or(member);
    Ok(said.iter().filter_map(|record| Pair::new(keeper(record.pair.one), keeper(record.pair.other))).collect())
}

/// Whom some members are looked at with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Everybody.
    All,
    /// Those who come after each, because everybody is looked at in turn.
    Later,
}

/// Looks at some members and says what is suggested otherwise than before.
pub fn look(
    conn: &mut Conn,
    keyring: &Keyring,
    sight: &Sight,
    ids: &[MemberId],
    beside: Beside,
) -> Result<Vec<Change>, StoreError> {
    let mut found = pairs(conn, (keyring, sight), ids, beside == Beside::Later)?;
    let ends: BTreeSet<MemberId> = found.keys().flat_map(|pair| [pair.one, pair.other]).collect();
    let said = dismissed(conn, &ends.into_iter().collect::<Vec<_>>())?;
    found.retain(|pair, _| !said.contains(pair));
    let mine: HashSet<MemberId> = ids.iter().copied().collect();
    let mut changes = Vec::new();
    for known in touching(conn, ids.iter().copied())?.into_iter().filter(|known| known.status == Status::Open) {
        if beside == Beside::Later && !mine.contains(&known.pair.one) {
            continue;
        }
        let is_claimed = known.reasons.contains(&Reason::Claimed);
        match found.remove(&known.pair).map(|reasons| with_claim(reasons, is_claimed)) {
            None if is_claimed => {}
            None => changes.push(Change::Withdraw(known.pair)),
            Some(reasons) if reasons == known.reasons => {}
            Some(reasons) => changes.push(Change::Suggest(DuplicateRecord { score: score(&reasons), reasons, ..known })),
        }
    }
    changes.extend(found.into_iter().map(|(pair, reasons)| {
        Change::Suggest(DuplicateRecord {
            pair,
            status: Status::Open,
            score: score(&reasons),
            reasons,
            found_at_ms: sight.now_ms,
            decided_at_ms: None,
        })
    }));
    Ok(changes)
}

fn with_claim(mut reasons: Vec<Reason>, is_claimed: bool) -> Vec<Reason> {
    reasons.extend(is_claimed.then_some(Reason::Claimed));
    reasons.sort_by_key(|reason| (-reason.bits(), *reason));
    reasons
}

/// What the files of two members agree and differ in by name, birthday, gender and what only the two can share; none where one of them is no
/// member any more.
pub fn agreement(conn: &mut Conn, (keyring, sight): (&Keyring, &Sight), pair: Pair) -> Result<Option<Vec<Reason>>, StoreError> {
    let ids = [pair.one, pair.other];
    let traits = traits(conn, keyring, &ids, &ids)?;
    let Some((one, other)) = traits.get(&pair.one).zip(traits.get(&pair.other)) else { return Ok(None) };
    let view = |traits| Features::of(traits, &sight.common, sight.lunar);
    let shared = Shared { mailbox: true, home: true, phones: true };
    Ok(compare(&view(one), &view(other), shared, i32::MIN))
}

/// Whether somebody said that two members, or whoever went into them, are two persons.
pub fn is_dismissed(conn: &mut Conn, pair: Pair) -> Result<bool, StoreError> {
    Ok(dismissed(conn, &[pair.one, pair.other])?.contains(&pair))
}

/// Suggests two members of whom one named an identity of the other, as far as their files do not say that they are two.
/// An identity that many have named already is nobody's own, and suggests nobody any more.
pub fn claim(conn: &mut Conn, eyes: (&Keyring, &Sight), (member, owner): (MemberId, MemberId)) -> Result<(), StoreError> {
    let Some(pair) = Pair::new(member, owner) else { return Ok(()) };
    if is_dismissed(conn, pair)? {
        return Ok(());
    }
    let Some(reasons) = agreement(conn, eyes, pair)?.map(|reasons| with_claim(reasons, true)) else { return Ok(()) };
    let sight = eyes.1;
    if claims_of(conn, owner)? >= SHARED_MAX || score(&reasons) < least_score(SUGGESTED_FROM, sight.members) {
        return Ok(());
    }
    let found = DuplicateRecord {
        pair,
        status: Status::Open,
        score: score(&reasons),
        reasons,
        found_at_ms: sight.now_ms,
        decided_at_ms: None,
    };
    keep(conn, &[Change::Suggest(found)])?;
    // What else their files agree in is found as they are looked at anew.
    event::tell(conn, [member, owner], sight.now_ms)
}

/// In how many pairs a member is because an identity was named that one of the two has.
pub fn claims_of(conn: &mut Conn, member: MemberId) -> Result<i64, StoreError> {
    let known = touching(conn, [member])?;
    Ok(known.iter().filter(|record| record.reasons.contains(&Reason::Claimed)).count() as i64)
}

/// Keeps what is suggested; of what somebody has decided meanwhile nothing changes.
pub fn keep(conn: &mut Conn, changes: &[Change]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for change in changes {
        match change {
            Change::Withdraw(pair) => drop(conn.execute(WITHDRAW, &[pair.one.0.into(), pair.other.0.into()])?),
            Change::Suggest(record) => {
                let reasons = serde_json::to_string(&record.reasons).map_err(|error| StoreError::Damaged(error.to_string()))?;
                rows.push(DuplicateRow { record, reasons });
            }
        }
    }
    let replace = Conflict::Update {
        on: &["one_id", "other_id"],
        set: "score = excluded.score, reasons = excluded.reasons",
        guard: Some("duplicate.status = 'open'"),
    };
    conn.insert_rows(&DUPLICATE, replace, rows.iter()).map(drop)
}

/// Where a part of the list ended: its score and its pair.
pub type Place = (i32, Pair);

/// Up to `limit` pairs of this status and at least so many bits after a place, the surest first. Pairs of which somebody is no member any
/// more are left out.
pub fn listed(
    conn: &mut Conn,
    status: Status,
    least: i32,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<DuplicateRecord>, StoreError> {
    let (score, one, other) =
        after.map_or((i64::MAX, i64::MAX, i64::MAX), |(score, pair)| (score.into(), pair.one.0, pair.other.0));
    let params = [status.word().into(), i64::from(least).into(), score.into(), one.into(), other.into(), limit.into()];
    conn.query(LISTED, &params, record)
}

/// How many pairs [`listed`] has in all.
pub fn count(conn: &mut Conn, status: Status, least: i32) -> Result<i64, StoreError> {
    Ok(conn.query_one(COUNTED, &[status.word().into(), i64::from(least).into()], |row| row.int(0))?.unwrap_or(0))
}

/// The open pairs that a member is in, the surest first. Others who have gone into somebody, or are closed, may be among them.
pub fn open_of(conn: &mut Conn, member: MemberId) -> Result<Vec<DuplicateRecord>, StoreError> {
    let mut found = touching(conn, [member])?;
    found.retain(|record| record.status == Status::Open);
    found.sort_by_key(|record| -record.score);
    Ok(found)
}

/// A pair.
pub fn find(conn: &mut Conn, pair: Pair) -> Result<Option<DuplicateRecord>, StoreError> {
    conn.query_one(FIND, &[pair.one.0.into(), pair.other.0.into()], record)
}

/// Notes what somebody says of a pair; false where there is no such pair. One that is open again is looked at anew.
pub fn decide(conn: &mut Conn, pair: Pair, status: Status, actor: Actor, now_ms: i64) -> Result<bool, StoreError> {
    let (at_ms, kind, id) = match status {
        Status::Open => (None, None, None),
        Status::Dismissed => (Some(now_ms), Some(actor.kind.word()), Some(actor.id)),
    };
    let params = [pair.one.0.into(), pair.other.0.into(), status.word().into(), at_ms.into(), kind.into(), id.into()];
    if conn.execute(DECIDE, &params)? == 1 {
        if status == Status::Open {
            event::tell(conn, [pair.one, pair.other], now_ms)?;
        }
        return Ok(true);
    }
    Ok(find(conn, pair)?.is_some())
}

/// Destroys by what a member was found, and with whom.
pub(crate) fn forget(conn: &mut Conn, member: MemberId) -> Result<(), StoreError> {
    conn.execute(FORGET_CLUES, &[member.0.into()])?;
    conn.execute(FORGET, &[member.0.into()]).map(drop)
}

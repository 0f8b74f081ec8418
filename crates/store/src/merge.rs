//! Members who are one person: merged, and parted again.
//!
//! A merge moves what one member has to the holder of the other; her purchases go along and remember by whose identity they came, and so
//! does everything that comes by her identities later. Her identities stay sealed under her own key and lead to the member who keeps.
//!
//! Undoing gives each her own: what came since by the identities of the one is hers, all else the keeper's. Both logs are decided again,
//! each alone, and what follows replaces what had followed while the two were one. What somebody did stands; only what it gave is corrected.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use danggol_core::decide::{Actor, Detail, Entry, Outcome, Rules};
use danggol_core::gift::GiftEvent;
use danggol_core::holder::HolderState;
use danggol_core::id::{ChangeId, EntryId, HolderId, IdMaker, MemberId};
use danggol_core::identity::IdentityKind;
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::member::MemberStatus;
use danggol_core::merge::{self, Correction, MergeDetail, Side, UndoDetail};
use serde::Serialize;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::change::Author;
use crate::consent;
use crate::coupon;
use crate::db::{Conn, int_array};
use crate::error::StoreError;
use crate::event;
use crate::fold::{Became, buyer, in_force, replay};
use crate::follow;
use crate::household;
use crate::programme;
use crate::purchase::{self, Logged};
use crate::save::{ADDED_UP, AccountRow, EntryRow, HolderRow, PostingRow, UNTOUCHED_HOLDER};
use crate::schema::{ACCOUNT_TOTAL, ENTRY, HOLDER, MERGE, POSTING};

const MEMBERS: &str = "SELECT m.member_id, m.status, m.merged_into, h.version, h.last_entry_id, h.state \
     FROM member m LEFT JOIN holder h ON h.holder_id = m.member_id \
     WHERE m.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const STANDING: &str = "SELECT absorb_id, keep_id FROM merge WHERE undone_at_ms IS NULL ORDER BY merge_id";
const KEEPERS: &str = "SELECT member_id, merged_into FROM member \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND merged_into IS NOT NULL";
const INTO: &str = "SELECT absorb_id, keep_id FROM merge WHERE keep_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND undone_at_ms IS NULL";
const FIND: &str =
    "SELECT merge_id, keep_id, absorb_id, absorb_entry_id, status_before, at_ms, undone_at_ms FROM merge WHERE merge_id = $1";
const OF_MEMBER: &str = "SELECT merge_id, keep_id, absorb_id, absorb_entry_id, status_before, at_ms, undone_at_ms FROM merge \
     WHERE keep_id = $1 OR absorb_id = $1 ORDER BY merge_id DESC";
/// Her holder may have a newer version by now, so this also waits for whoever writes her file.
const GO: &str = "UPDATE member SET status = 'closed', merged_into = $2, holder_id = $2, \
     updated_at_ms = CASE WHEN updated_at_ms < $3 THEN $3 ELSE updated_at_ms + 1 END \
     WHERE member_id = $1 AND merged_into IS NULL AND status <> 'closed' AND status <> 'erased'";
const FOLLOW: &str = "UPDATE member SET merged_into = $2, holder_id = $2 \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const COME_BACK: &str = "UPDATE member SET status = CASE WHEN status = 'erased' THEN status ELSE $2 END, merged_into = NULL, holder_id = member_id, \
     updated_at_ms = CASE WHEN updated_at_ms < $3 THEN $3 ELSE updated_at_ms + 1 END WHERE member_id = $1 AND merged_into IS NOT NULL";
const TAKE_PURCHASES: &str =
    "UPDATE purchase SET via_member_id = COALESCE(via_member_id, member_id), member_id = $2 WHERE member_id = $1";
const GIVE_PURCHASES: &str = "UPDATE purchase SET member_id = $1, \
     via_member_id = CASE WHEN via_member_id = $1 THEN NULL ELSE via_member_id END \
     WHERE member_id = $2 AND via_member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($3))";
const AWARD: &str = "UPDATE purchase SET holder_id = $2, award = $3 WHERE purchase_id = $1";
const RETURNED: &str = "UPDATE purchase SET returned_minor = $2, returned_quantity = $3, returned = $4 WHERE purchase_id = $1";
const DETAIL: &str = "UPDATE entry SET holder_id = $2, detail = $3 WHERE entry_id = $1";
const DROP_ENTRY: &str = "DELETE FROM entry WHERE entry_id = $1";
const DROP_POSTINGS: &str = "DELETE FROM posting WHERE entry_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const UNDONE: &str = "UPDATE merge SET undone_at_ms = $2 WHERE merge_id = $1 AND undone_at_ms IS NULL";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[
    MEMBERS,
    STANDING,
    KEEPERS,
    INTO,
    FIND,
    OF_MEMBER,
    GO,
    FOLLOW,
    COME_BACK,
    TAKE_PURCHASES,
    GIVE_PURCHASES,
    AWARD,
    RETURNED,
    DETAIL,
    DROP_ENTRY,
    DROP_POSTINGS,
    UNDONE,
];

/// The stream of totals that no leased writer writes.
const NO_WRITER: i64 = 0;

/// A merge as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeRecord {
    /// The entry with the member who keeps.
    pub id: EntryId,
    /// Who keeps what both had.
    pub keep: MemberId,
    /// Who went into her.
    pub absorb: MemberId,
    /// The entry with the member who went.
    pub absorb_entry: EntryId,
    /// Where the file of the member who went stood.
    pub status_before: MemberStatus,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// UTC milliseconds at which it was undone.
    pub undone_at_ms: Option<i64>,
}

/// Why two members are not merged, or a merge is not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeRefusal {
    /// Both are the same.
    Same,
    /// There is no such member.
    UnknownMember,
    /// A file is closed or its personal data destroyed.
    Closed,
    /// A member has gone into this one already.
    Gone(MemberId),
    /// There is no such merge.
    UnknownMerge,
    /// It is undone already.
    Undone,
    /// The member who keeps has gone into this one since: that is undone first.
    KeeperGone(MemberId),
}

/// Who merges, when, and from where ids come.
pub struct Hand<'a> {
    /// The rules in force.
    pub rules: &'a Rules,
    /// The maker of ids of this process.
    pub ids: &'a Mutex<IdMaker>,
    /// Who does it.
    pub actor: Actor,
    /// UTC milliseconds.
    pub now_ms: i64,
}

impl Hand<'_> {
    fn id_after(&self, newest: i64) -> EntryId {
        EntryId(self.ids.lock().unwrap_or_else(PoisonError::into_inner).next_after(self.now_ms, newest))
    }

    fn author(&self, newest: i64) -> Author {
        Author { change: ChangeId(self.id_after(newest).0), actor: self.actor }
    }

    fn entry(&self, id: EntryId, member: MemberId, detail: Detail) -> Entry {
        Entry {
            id,
            holder: HolderId(member.0),
            member,
            occurred_at_ms: self.now_ms,
            actor: self.actor,
            programme_version: self.rules.current.version,
            purchase: None,
            detail,
        }
    }
}

struct MergeRow<'a>(&'a MergeRecord, Actor);

impl BindRow for MergeRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let MergeRow(record, actor) = self;
        to.int(record.id.0);
        to.int(record.keep.0);
        to.int(record.absorb.0);
        to.int(record.absorb_entry.0);
        to.text(record.status_before.word());
        to.int(record.at_ms);
        to.text(actor.kind.word());
        to.int(actor.id);
        to.opt_int(record.undone_at_ms);
        to.opt_text(None);
    }
}

fn record(row: &crate::db::Row<'_>) -> Result<MergeRecord, StoreError> {
    let id = EntryId(row.int(0)?);
    Ok(MergeRecord {
        id,
        keep: MemberId(row.int(1)?),
        absorb: MemberId(row.int(2)?),
        absorb_entry: EntryId(row.int(3)?),
        status_before: MemberStatus::from_word(row.str(4)?).ok_or_else(|| StoreError::Damaged(format!("the merge {id}")))?,
        at_ms: row.int(5)?,
        undone_at_ms: row.opt_int(6)?,
    })
}

/// A merge.
pub fn find(conn: &mut Conn, id: EntryId) -> Result<Option<MergeRecord>, StoreError> {
    conn.query_one(FIND, &[id.0.into()], record)
}

/// The merges that a member was in on either side, the newest first, undone ones included.
pub fn of_member(conn: &mut Conn, member: MemberId) -> Result<Vec<MergeRecord>, StoreError> {
    conn.query(OF_MEMBER, &[member.0.into()], record)
}

/// Everybody who went into another and has not come out again, with the member who keeps in the end.
pub fn absorbed(conn: &mut Conn) -> Result<BTreeMap<MemberId, MemberId>, StoreError> {
    let pairs = conn.query(STANDING, &[], |row| Ok((MemberId(row.int(0)?), MemberId(row.int(1)?))))?;
    let mut keepers: BTreeMap<MemberId, MemberId> = BTreeMap::new();
    for (gone, keeper) in pairs {
        keepers.values_mut().filter(|known| **known == gone).for_each(|known| *known = keeper);
        keepers.insert(gone, keeper);
    }
    Ok(keepers)
}

/// Of some members, those who went into another, with the member who keeps in the end.
pub fn keepers(conn: &mut Conn, members: &[MemberId]) -> Result<BTreeMap<MemberId, MemberId>, StoreError> {
    let wanted = int_array(members.iter().map(|member| member.0));
    let pairs = conn.query(KEEPERS, &[(&wanted).into()], |row| Ok((MemberId(row.int(0)?), MemberId(row.int(1)?))))?;
    Ok(pairs.into_iter().collect())
}

/// A member and everybody who went into her, directly or by way of others.
pub fn people(conn: &mut Conn, member: MemberId) -> Result<BTreeSet<MemberId>, StoreError> {
    Ok(followers(conn, &[member])?.into_iter().map(|(member, _)| member).chain([member]).collect())
}

/// Everybody who went into some members, directly or by way of others, each with every one of those in whom she is.
pub fn followers(conn: &mut Conn, members: &[MemberId]) -> Result<BTreeSet<(MemberId, MemberId)>, StoreError> {
    let mut followers = BTreeSet::new();
    let mut asked: BTreeMap<MemberId, BTreeSet<MemberId>> =
        members.iter().map(|member| (*member, BTreeSet::from([*member]))).collect();
    while !asked.is_empty() {
        let wanted = int_array(asked.keys().map(|member| member.0));
        let pairs = conn.query(INTO, &[(&wanted).into()], |row| Ok((MemberId(row.int(0)?), MemberId(row.int(1)?))))?;
        let mut next: BTreeMap<MemberId, BTreeSet<MemberId>> = BTreeMap::new();
        for (absorb, keep) in pairs {
            let roots = asked.get(&keep).into_iter().flatten().copied();
            let fresh: Vec<MemberId> = roots.filter(|root| followers.insert((absorb, *root))).collect();
            if !fresh.is_empty() {
                next.entry(absorb).or_default().extend(fresh);
            }
        }
        asked = next;
    }
    Ok(followers)
}

/// One of the two as she stands.
struct Party {
    member: MemberId,
    status: MemberStatus,
    merged_into: Option<MemberId>,
    version: i64,
    newest: i64,
    state: HolderState,
}

fn parties(conn: &mut Conn, members: [MemberId; 2]) -> Result<Option<[Party; 2]>, StoreError> {
    let wanted = int_array(members.iter().map(|member| member.0));
    let mut found = conn.query(MEMBERS, &[(&wanted).into()], |row| {
        let member = MemberId(row.int(0)?);
        let damaged = || StoreError::Damaged(format!("the state of {member}"));
        Ok(Party {
            member,
            status: MemberStatus::from_word(row.str(1)?).ok_or_else(damaged)?,
            merged_into: row.opt_int(2)?.map(MemberId),
            version: row.opt_int(3)?.unwrap_or(0),
            newest: row.opt_int(4)?.unwrap_or(0),
            state: row
                .opt_str(5)?
                .map_or(Ok(HolderState::default()), |text| serde_json::from_str(text).map_err(|_| damaged()))?,
        })
    })?;
    found.sort_by_key(|party| party.member != members[0]);
    Ok(found.try_into().ok())
}

fn refusal(party: &Party) -> Option<MergeRefusal> {
    match (party.merged_into, party.status) {
        (Some(keeper), _) => Some(MergeRefusal::Gone(keeper)),
        (None, MemberStatus::Closed | MemberStatus::Erased) => Some(MergeRefusal::Closed),
        (None, MemberStatus::Active | MemberStatus::Unclaimed) => None,
    }
}

/// What the member who keeps would have after a merge; nothing is kept.
pub fn preview(
    conn: &mut Conn,
    rules: &Rules,
    keep: MemberId,
    absorb: MemberId,
    now_ms: i64,
) -> Result<Result<HolderState, MergeRefusal>, StoreError> {
    if keep == absorb {
        return Ok(Err(MergeRefusal::Same));
    }
    let Some([keeper, goer]) = parties(conn, [keep, absorb])? else { return Ok(Err(MergeRefusal::UnknownMember)) };
    if let Some(refusal) = refusal(&keeper).or(refusal(&goer)) {
        return Ok(Err(refusal));
    }
    let mut state = keeper.state;
    merge::take_over(rules, &mut state, &goer.state, now_ms);
    Ok(Ok(state))
}

/// Merges a member into another, within the transaction that is open. Gives the id of the merge.
pub fn merge(
    conn: &mut Conn,
    hand: &Hand<'_>,
    keep: MemberId,
    absorb: MemberId,
) -> Result<Result<EntryId, MergeRefusal>, StoreError> {
    merge_by(conn, hand, keep, absorb, None)
}

/// [`merge`], saying which kind of identity both had proved where a rule of the brand merges them.
pub fn merge_by(
    conn: &mut Conn,
    hand: &Hand<'_>,
    keep: MemberId,
    absorb: MemberId,
    rule: Option<IdentityKind>,
) -> Result<Result<EntryId, MergeRefusal>, StoreError> {
    if keep == absorb {
        return Ok(Err(MergeRefusal::Same));
    }
    let Some([mut keeper, mut goer]) = parties(conn, [keep, absorb])? else { return Ok(Err(MergeRefusal::UnknownMember)) };
    if let Some(refusal) = refusal(&keeper).or(refusal(&goer)) {
        return Ok(Err(refusal));
    }
    let (followers, before) = (people(conn, absorb)?, household::mates(conn, &[keep, absorb])?);
    let newest = keeper.newest.max(goer.newest);
    // Who goes comes first: the log of the one who keeps goes on after both.
    let (goes, keeps) = (hand.id_after(newest), hand.id_after(newest));
    let moved = Some(Box::new(goer.state.clone()));
    let detail = |other, side| Detail::Merge(MergeDetail { other, side, moved: moved.clone(), rule, balance_after: 0 });
    let mut writing = Writing::default();
    for (party, id, detail) in [(&mut goer, goes, detail(keep, Side::Goes)), (&mut keeper, keeps, detail(absorb, Side::Keeps))] {
        let entry = hand.entry(id, party.member, detail);
        writing.entry(hand.rules, &mut party.state, entry, hand.now_ms);
        party.newest = id.0;
    }
    if conn.execute(GO, &[absorb.0.into(), keep.0.into(), hand.now_ms.into()])? != 1 {
        return Err(StoreError::Raced);
    }
    conn.execute(FOLLOW, &[(&members_array(&followers, absorb)).into(), keep.0.into()])?;
    conn.execute(TAKE_PURCHASES, &[absorb.0.into(), keep.0.into()])?;
    let record = MergeRecord {
        id: keeps,
        keep,
        absorb,
        absorb_entry: goes,
        status_before: goer.status,
        at_ms: hand.now_ms,
        undone_at_ms: None,
    };
    conn.insert_rows(&MERGE, Conflict::Fail, std::iter::once(&MergeRow(&record, hand.actor)))?;
    follow::follow(conn, &record, hand.author(keeps.0))?;
    consent::settle(conn, &BTreeSet::from([keep]), hand.now_ms)?;
    writing.keep(conn, hand, [keeper, goer])?;
    let mates = household::mates(conn, &[keep])?;
    event::tell(conn, before.into_iter().chain(mates).chain(followers).chain([keep]), hand.now_ms)?;
    Ok(Ok(keeps))
}

fn members_array(members: &BTreeSet<MemberId>, but: MemberId) -> String {
    int_array(members.iter().filter(|member| **member != but).map(|member| member.0))
}

/// Rows that are written with both parties.
#[derive(Default)]
struct Writing {
    entries: Vec<Entry>,
    postings: Vec<Posting>,
    totals: BTreeMap<(Account, Asset), i64>,
}

impl Writing {
    /// An entry of a merge or its undoing, carried out over the state.
    fn entry(&mut self, rules: &Rules, state: &mut HolderState, entry: Entry, now_ms: i64) {
        if let Some((detail, postings)) = merge::apply(rules, state, &entry, now_ms) {
            self.entries.push(Entry { detail, ..entry });
            self.post(postings);
        }
    }

    fn count(&mut self, posting: &Posting, sign: i64) {
        *self.totals.entry((posting.from, posting.asset)).or_default() -= sign * posting.amount;
        *self.totals.entry((posting.to, posting.asset)).or_default() += sign * posting.amount;
    }

    fn post(&mut self, postings: Vec<Posting>) {
        postings.iter().for_each(|posting| self.count(posting, 1));
        self.postings.extend(postings);
    }

    fn keep(self, conn: &mut Conn, hand: &Hand<'_>, parties: [Party; 2]) -> Result<(), StoreError> {
        let details = self.entries.iter().map(|entry| json(&entry.detail)).collect::<Result<Vec<_>, _>>()?;
        let rows = self.entries.iter().zip(details);
        let rows: Vec<_> = rows.map(|(entry, detail)| EntryRow { entry, posted_at_ms: hand.now_ms, detail }).collect();
        conn.insert_rows(&ENTRY, Conflict::Fail, rows.iter())?;
        let mut rows: Vec<PostingRow<'_>> = Vec::with_capacity(self.postings.len());
        for posting in &self.postings {
            let follows = rows.last().filter(|last| last.posting.entry == posting.entry);
            rows.push(PostingRow { posting, seq: follows.map_or(0, |last| last.seq + 1) });
        }
        conn.insert_rows(&POSTING, Conflict::Fail, rows.iter())?;
        let mut holders = parties
            .iter()
            .map(|party| HolderRow::new(hand.rules, HolderId(party.member.0), (party.version + 1, party.newest), &party.state))
            .collect::<Result<Vec<_>, _>>()?;
        holders.sort_unstable_by_key(|row| row.holder);
        if !conn.insert_rows(&HOLDER, UNTOUCHED_HOLDER, holders.iter())?.missed.is_empty() {
            return Err(StoreError::Raced);
        }
        let totals = self.totals.into_iter().filter(|(_, amount)| *amount != 0);
        let totals: Vec<AccountRow> =
            totals.map(|((account, asset), amount)| AccountRow { account, asset, writer_id: NO_WRITER, amount }).collect();
        conn.insert_rows(&ACCOUNT_TOTAL, ADDED_UP, totals.iter()).map(drop)
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// Undoes a merge, within the transaction that is open: each has what commands of her own would have left her with.
pub fn undo(conn: &mut Conn, hand: &Hand<'_>, id: EntryId) -> Result<Result<(), MergeRefusal>, StoreError> {
    let Some(record) = find(conn, id)? else { return Ok(Err(MergeRefusal::UnknownMerge)) };
    if record.undone_at_ms.is_some() {
        return Ok(Err(MergeRefusal::Undone));
    }
    let Some([mut keeper, mut goer]) = parties(conn, [record.keep, record.absorb])? else {
        return Ok(Err(MergeRefusal::UnknownMember));
    };
    if let Some(into) = keeper.merged_into {
        return Ok(Err(MergeRefusal::KeeperGone(into)));
    }
    let (theirs, before) = (people(conn, record.absorb)?, household::mates(conn, &[record.keep])?);
    let (given, kept) = logs(conn, &record, &theirs)?;
    let rules = &*programme::with_versions(conn, hand.rules, given.iter().chain(&kept).map(|logged| in_force(logged).0))?;
    let mut writing = Writing::default();
    let mut newest = keeper.newest.max(goer.newest);
    for (party, other, side, log) in
        [(&mut keeper, record.absorb, Side::Keeps, kept), (&mut goer, record.keep, Side::Goes, given)]
    {
        let corrected = decide_again(conn, rules, &record, &log, &mut party.state, &mut writing)?;
        let id = hand.id_after(newest);
        newest = id.0;
        party.newest = id.0;
        let detail = Detail::Undo(UndoDetail { other, side, corrected, balance_after: 0 });
        writing.entry(hand.rules, &mut party.state, hand.entry(id, party.member, detail), hand.now_ms);
    }
    let wanted = int_array(theirs.iter().map(|member| member.0));
    conn.execute(GIVE_PURCHASES, &[record.absorb.0.into(), record.keep.0.into(), (&wanted).into()])?;
    follow::part(conn, &record, &theirs, hand.now_ms, hand.author(newest))?;
    let back = [record.absorb.0.into(), record.status_before.word().into(), hand.now_ms.into()];
    if conn.execute(COME_BACK, &back)? != 1 || conn.execute(UNDONE, &[id.0.into(), hand.now_ms.into()])? != 1 {
        return Err(StoreError::Raced);
    }
    conn.execute(FOLLOW, &[(&members_array(&theirs, record.absorb)).into(), record.absorb.0.into()])?;
    consent::settle(conn, &BTreeSet::from([record.keep, record.absorb]), hand.now_ms)?;
    writing.keep(conn, hand, [keeper, goer])?;
    let mates = household::mates(conn, &[record.keep, record.absorb])?;
    event::tell(conn, before.into_iter().chain(mates).chain(theirs).chain([record.keep]), hand.now_ms)?;
    Ok(Ok(()))
}

/// The log of the one who goes her own way again, and that of the one who kept, each as if they had never been one.
fn logs(conn: &mut Conn, record: &MergeRecord, theirs: &BTreeSet<MemberId>) -> Result<(Vec<Logged>, Vec<Logged>), StoreError> {
    let all: Vec<HolderId> = people(conn, record.keep)?.into_iter().map(|member| HolderId(member.0)).collect();
    let mut entries = purchase::entries_of(conn, &all)?;
    for logged in &mut entries {
        if let Logged::Entry { entry, .. } = logged
            && (entry.id == record.id || entry.id == record.absorb_entry)
            && let Detail::Merge(detail) = &mut entry.detail
        {
            detail.moved = None;
        }
    }
    let purchases = purchase::of_members(conn, &[record.keep])?;
    entries.extend(purchases.into_iter().map(|purchase| Logged::Purchase(Box::new(purchase))));
    entries.sort_by_key(Logged::id);
    Ok(entries.into_iter().partition(|logged| theirs.contains(&buyer(logged))))
}

/// Decides a log again and writes what differs: what an entry gave, with whom it stands, and what moved. Gives what the member should
/// know of it, and leaves the state that follows in `state`.
fn decide_again(
    conn: &mut Conn,
    rules: &Rules,
    record: &MergeRecord,
    log: &[Logged],
    state: &mut HolderState,
    writing: &mut Writing,
) -> Result<Vec<Correction>, StoreError> {
    let ids: Vec<EntryId> = log.iter().map(Logged::id).filter(|id| *id >= record.absorb_entry).collect();
    let mut before = purchase::postings(conn, ids.iter().copied())?;
    let mut again: Vec<(&Logged, HolderId, Became)> = Vec::new();
    let mut all_rules = rules.clone();
    let since: HashSet<EntryId> = ids.iter().copied().collect();
    let mut place = 0;
    let templates = coupon::templates_for_fold(conn)?;
    let mut world = replay(&mut all_rules, log, (templates, Some(record.absorb_entry)), |_, logged, holder, became| {
        debug_assert_eq!(logged.id(), log[place].id(), "the log is told in order");
        if since.contains(&logged.id()) {
            again.push((&log[place], holder, became));
        }
        place += 1;
    });
    conn.execute(DROP_POSTINGS, &[(&int_array(ids.iter().map(|id| id.0))).into()])?;
    let mut corrected = Vec::new();
    for (logged, holder, became) in again {
        let old = before.remove(&logged.id()).unwrap_or_default();
        old.iter().for_each(|posting| writing.count(posting, -1));
        let correction = Correction {
            entry: logged.id().0,
            before: points(&old),
            after: points(&became.postings),
            short: short(logged.id(), &became),
        };
        let is_merge = matches!(logged, Logged::Entry { entry, .. } if matches!(entry.detail, Detail::Merge(_)));
        if !is_merge && (correction.before != correction.after || correction.short != 0) {
            corrected.push(correction);
        }
        rewrite(conn, logged, holder, &became)?;
        writing.post(became.postings);
    }
    for logged in log {
        let Logged::Purchase(bought) = logged else { continue };
        let Some(kept) = world.purchases.get(&bought.id).filter(|kept| kept.returned != bought.returned) else { continue };
        let (amount_minor, quantity) = (kept.returned.amount_minor, kept.returned.quantity);
        let returned = json(&kept.returned)?;
        conn.execute(RETURNED, &[bought.id.0.into(), amount_minor.into(), quantity.into(), returned.as_str().into()])?;
    }
    let own = log.iter().find_map(|logged| match logged {
        Logged::Entry { entry, .. } if entry.id == record.id || entry.id == record.absorb_entry => Some(entry.holder),
        Logged::Entry { .. } | Logged::Purchase(_) => None,
    });
    *state = own.and_then(|holder| world.holders.remove(&holder)).map(|held| held.state).unwrap_or_default();
    Ok(corrected)
}

/// Writes what an entry became; one that finds nothing to do alone was never one of hers.
fn rewrite(conn: &mut Conn, logged: &Logged, holder: HolderId, became: &Became) -> Result<(), StoreError> {
    let id = logged.id();
    match (logged, &became.outcome, &became.award, &became.entry) {
        (Logged::Purchase(record), Some(Outcome::Done(_)), Some(award), _) => {
            if record.award != *award || record.holder != holder {
                conn.execute(AWARD, &[id.0.into(), holder.0.into(), (&json(award)?).into()])?;
            }
        }
        (Logged::Entry { .. }, Some(Outcome::Done(_)), _, Some(entry)) => {
            conn.execute(DETAIL, &[id.0.into(), holder.0.into(), (&json(&entry.detail)?).into()])?;
        }
        (Logged::Entry { .. }, Some(Outcome::Nothing), ..) => {
            conn.execute(DROP_ENTRY, &[id.0.into()])?;
        }
        (_, outcome, ..) => {
            return Err(StoreError::Damaged(format!("{id}, which alone would have become {outcome:?}")));
        }
    }
    Ok(())
}

/// Points that postings give the holder; below zero they take.
fn points(postings: &[Posting]) -> i64 {
    let of = |posting: &Posting| if posting.to == Account::Holder { posting.amount } else { -posting.amount };
    postings.iter().filter(|posting| posting.asset == Asset::Points).map(of).sum()
}

/// Points that an entry spent and that were not hers.
fn short(id: EntryId, became: &Became) -> i64 {
    let lots = match (&became.award, became.entry.as_ref().map(|entry| &entry.detail)) {
        (Some(award), _) => &award.redeemed_lots,
        (None, Some(Detail::Adjustment { lots, .. })) => lots,
        (None, Some(Detail::Gift(detail))) if detail.event == GiftEvent::Reserved => &detail.lots,
        (None, Some(Detail::Share(detail))) => return detail.short,
        (None, _) => return 0,
    };
    lots.iter().filter(|taken| taken.entry == id.0).map(|taken| taken.amount).sum()
}

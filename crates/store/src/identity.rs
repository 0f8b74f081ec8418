//! The identities of members: sealed, found by keyed hash, each in the hands of one member.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use danggol_core::id::{IdentityId, MemberId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::phone::last_four;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use crate::db::{Conn, Row, int_array, text_array};
use crate::error::StoreError;
use crate::event;
use crate::merge;
use crate::schema::{IDENTITY_LOOKUP, MEMBER_IDENTITY, MEMBER_TERM};
use crate::seal::{Keyring, PersonKey, Random};

const OWNERS: &str = "SELECT lookup, member_id FROM identity_lookup WHERE lookup IN (SELECT value FROM json_each($1))";
const OF_MEMBERS: &str = "SELECT i.identity_id, i.member_id, i.kind, i.issuer, i.lookup, i.sealed, i.masked, i.added_at_ms, i.verified_at_ms, m.person_key \
     FROM member_identity i JOIN member m ON m.member_id = i.member_id \
     WHERE i.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND i.closed_at_ms IS NULL ORDER BY i.member_id, i.identity_id";
const PERSON_KEY: &str = "SELECT person_key FROM member WHERE member_id = $1";
const FREE_LOOKUPS: &str = "DELETE FROM identity_lookup WHERE lookup IN (SELECT value FROM json_each($1)) AND member_id = $2";
const CLOSE: &str = "UPDATE member_identity SET closed_at_ms = $3 WHERE member_id = $2 AND closed_at_ms IS NULL \
     AND identity_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";
const VERIFY: &str =
    "UPDATE member_identity SET verified_at_ms = $3 WHERE identity_id = $1 AND member_id = $2 AND closed_at_ms IS NULL";
const REMOVE_TERMS: &str = "DELETE FROM member_term WHERE member_id = $1 AND term IN (SELECT value FROM json_each($2))";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[OWNERS, OF_MEMBERS, PERSON_KEY, FREE_LOOKUPS, CLOSE, VERIFY, REMOVE_TERMS];

/// An identity to be given to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIdentity {
    /// Its id.
    pub id: IdentityId,
    /// What it is.
    pub identity: Identity,
    /// UTC milliseconds at which the member proved that it is hers.
    pub verified_at_ms: Option<i64>,
}

/// An identity as it is kept: nothing of it can be read without the keyring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedIdentity {
    id: IdentityId,
    kind: IdentityKind,
    issuer: Option<String>,
    /// The look-up of the whole value.
    pub(crate) lookup: String,
    sealed: String,
    masked: String,
    verified_at_ms: Option<i64>,
    /// The search term of its last four characters.
    pub(crate) last_four_term: Option<String>,
}

/// An open identity of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRecord {
    /// Its id.
    pub id: IdentityId,
    /// What it is.
    pub identity: Identity,
    /// Its value for eyes that may not see it whole.
    pub masked: String,
    /// UTC milliseconds.
    pub added_at_ms: i64,
    /// UTC milliseconds at which the member proved that it is hers.
    pub verified_at_ms: Option<i64>,
}

/// What became of an identity that was to be given to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// It is hers now.
    Added,
    /// It was hers already.
    Already,
    /// It is another member's.
    Taken(MemberId),
    /// There is no such member, or her personal data is destroyed.
    NoMember,
}

pub(crate) struct LookupRow<'a> {
    pub(crate) identity: &'a SealedIdentity,
    pub(crate) member: MemberId,
}

impl BindRow for LookupRow<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(&self.identity.lookup);
        binder.int(self.identity.id.0);
        binder.int(self.member.0);
    }
}

pub(crate) struct IdentityRow<'a> {
    pub(crate) identity: &'a SealedIdentity,
    pub(crate) member: MemberId,
    pub(crate) added_at_ms: i64,
}

impl BindRow for IdentityRow<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        let identity = self.identity;
        binder.int(identity.id.0);
        binder.int(self.member.0);
        binder.text(identity.kind.word());
        binder.opt_text(identity.issuer.as_deref());
        binder.text(&identity.lookup);
        binder.text(&identity.sealed);
        binder.text(&identity.masked);
        binder.int(self.added_at_ms);
        binder.opt_int(identity.verified_at_ms);
        binder.opt_int(None);
    }
}

pub(crate) struct TermRow<'a> {
    pub(crate) term: &'a str,
    pub(crate) member: MemberId,
}

impl BindRow for TermRow<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(self.term);
        binder.int(self.member.0);
    }
}

/// Keeps search terms; those that are there already stay.
pub(crate) fn insert_terms(conn: &mut Conn, terms: &mut [TermRow<'_>]) -> Result<(), StoreError> {
    terms.sort_unstable_by_key(|row| (row.term, row.member));
    conn.insert_rows(&MEMBER_TERM, Conflict::Skip { on: &["term", "member_id"] }, terms.iter()).map(drop)
}

/// Drops search terms of a member.
pub(crate) fn remove_terms(conn: &mut Conn, member: MemberId, terms: &BTreeSet<String>) -> Result<(), StoreError> {
    if terms.is_empty() {
        return Ok(());
    }
    conn.execute(REMOVE_TERMS, &[member.0.into(), (&text_array(terms)).into()]).map(drop)
}

/// Seals an identity of the person whose key it is. This needs no database: do it before the writer's turn.
pub fn seal(keyring: &Keyring, person: &PersonKey, new: &NewIdentity, random: Random<'_>) -> Result<SealedIdentity, StoreError> {
    let Identity { kind, issuer, value } = &new.identity;
    let is_counted = matches!(kind, IdentityKind::Phone | IdentityKind::Card);
    Ok(SealedIdentity {
        id: new.id,
        kind: *kind,
        issuer: issuer.clone(),
        lookup: keyring.lookup(&new.identity),
        sealed: person.seal(*kind, value, random)?,
        masked: new.identity.masked(),
        verified_at_ms: new.verified_at_ms,
        last_four_term: is_counted.then(|| keyring.last_four_term(last_four(value))).flatten(),
    })
}

/// Who has which of these look-ups.
pub fn owners<T: AsRef<str>>(
    conn: &mut Conn,
    lookups: impl IntoIterator<Item = T>,
) -> Result<HashMap<String, MemberId>, StoreError> {
    let lookups = text_array(lookups);
    let owners = conn.query(OWNERS, &[(&lookups).into()], |row| Ok((row.text(0)?, MemberId(row.int(1)?))))?;
    Ok(owners.into_iter().collect())
}

/// The member who has an identity.
pub fn owner(conn: &mut Conn, keyring: &Keyring, identity: &Identity) -> Result<Option<MemberId>, StoreError> {
    let lookup = keyring.lookup(identity);
    Ok(owners(conn, [&lookup])?.remove(&lookup))
}

/// The open identities of some members, and of whoever went into them, by member, the oldest first.
pub fn of_members(
    conn: &mut Conn,
    keyring: &Keyring,
    members: &[MemberId],
) -> Result<BTreeMap<MemberId, Vec<IdentityRecord>>, StoreError> {
    let mut homes: BTreeMap<MemberId, BTreeSet<MemberId>> =
        members.iter().map(|member| (*member, BTreeSet::from([*member]))).collect();
    for (follower, member) in merge::followers(conn, members)? {
        homes.entry(follower).or_default().insert(member);
    }
    let everybody: Vec<MemberId> = homes.keys().copied().collect();
    let mut found: BTreeMap<MemberId, Vec<IdentityRecord>> = BTreeMap::new();
    for (member, record, _) in open_rows(conn, keyring, &everybody)? {
        for home in &homes[&member] {
            found.entry(*home).or_default().push(record.clone());
        }
    }
    found.values_mut().for_each(|records| records.sort_by_key(|record| record.id));
    Ok(found)
}

fn open_rows(
    conn: &mut Conn,
    keyring: &Keyring,
    members: &[MemberId],
) -> Result<Vec<(MemberId, IdentityRecord, String)>, StoreError> {
    let ids = int_array(members.iter().map(|member| member.0));
    let mut last: Option<PersonKey> = None;
    conn.query(OF_MEMBERS, &[(&ids).into()], |row| {
        let member = MemberId(row.int(1)?);
        let person = match last.take().filter(|person| person.member() == member) {
            Some(person) => person,
            None => keyring.unwrap(member, row.opt_str(9)?.ok_or_else(|| no_key(member))?)?,
        };
        let record = open(&person, row)?;
        last = Some(person);
        Ok((member, record, row.text(4)?))
    })
}

fn no_key(member: MemberId) -> StoreError {
    StoreError::Damaged(format!("{member} has identities and no key"))
}

fn open(person: &PersonKey, row: &Row<'_>) -> Result<IdentityRecord, StoreError> {
    let kind = IdentityKind::from_word(row.str(2)?)
        .ok_or_else(|| StoreError::Damaged(format!("an identity of an unknown kind, {:?}", row.str(2))))?;
    let sealed = row.opt_str(5)?.ok_or_else(|| no_key(person.member()))?;
    Ok(IdentityRecord {
        id: IdentityId(row.int(0)?),
        identity: Identity { kind, issuer: row.opt_text(3)?, value: person.open(kind, sealed)? },
        masked: row.text(6)?,
        added_at_ms: row.int(7)?,
        verified_at_ms: row.opt_int(8)?,
    })
}

/// Gives a member a further identity, and keeps who did that.
pub fn add(
    conn: &mut Conn,
    keyring: &Keyring,
    member: MemberId,
    new: &NewIdentity,
    (now_ms, author): (i64, Author),
    random: Random<'_>,
) -> Result<Given, StoreError> {
    let given = give(conn, keyring, member, new, now_ms, random)?;
    if given == Given::Added {
        let field = field(new.identity.kind, None, Some(new.identity.masked()));
        keep_change(conn, member, now_ms, author, field.into_iter().collect())?;
    }
    Ok(given)
}

fn field(kind: IdentityKind, from: Option<String>, to: Option<String>) -> Option<FieldChange> {
    FieldChange::between(kind.word(), from, to)
}

fn keep_change(
    conn: &mut Conn,
    member: MemberId,
    at_ms: i64,
    author: Author,
    fields: Vec<FieldChange>,
) -> Result<(), StoreError> {
    let has_changed = !fields.is_empty();
    let detail = ChangeDetail { fields, reason: None };
    change::insert(conn, &[ChangeRecord { author, member: Some(member), kind: ChangeKind::Identity, at_ms, detail }])?;
    event::tell(conn, has_changed.then_some(member), at_ms)
}

fn give(
    conn: &mut Conn,
    keyring: &Keyring,
    member: MemberId,
    new: &NewIdentity,
    now_ms: i64,
    random: Random<'_>,
) -> Result<Given, StoreError> {
    let wrapped = conn.query_one(PERSON_KEY, &[member.0.into()], |row| row.opt_text(0))?.flatten();
    let Some(wrapped) = wrapped else { return Ok(Given::NoMember) };
    let sealed = seal(keyring, &keyring.unwrap(member, &wrapped)?, new, random)?;
    let lookup = LookupRow { identity: &sealed, member };
    let written = conn.insert_rows(&IDENTITY_LOOKUP, Conflict::Skip { on: &["lookup"] }, [&lookup].into_iter())?;
    if written.count == 0 {
        return match owners(conn, [&sealed.lookup])?.get(&sealed.lookup) {
            Some(owner) if *owner == member => Ok(Given::Already),
            Some(owner) => Ok(Given::Taken(*owner)),
            None => Err(StoreError::Raced),
        };
    }
    let row = IdentityRow { identity: &sealed, member, added_at_ms: now_ms };
    conn.insert_rows(&MEMBER_IDENTITY, Conflict::Fail, [&row].into_iter())?;
    let mut terms: Vec<TermRow<'_>> = sealed.last_four_term.iter().map(|term| TermRow { term, member }).collect();
    insert_terms(conn, &mut terms)?;
    Ok(Given::Added)
}

/// Closes identities of a member, or of whoever went into her, that `closing` picks among the open ones, gives those, and keeps who did
/// that: nobody is found by them any more, and they are free for another.
pub fn close(
    conn: &mut Conn,
    keyring: &Keyring,
    member: MemberId,
    (now_ms, author): (i64, Author),
    closing: impl Fn(&IdentityRecord) -> bool,
) -> Result<Vec<IdentityRecord>, StoreError> {
    let gone = shut_all(conn, keyring, member, now_ms, closing)?;
    let fields = gone.iter().filter_map(|record| field(record.identity.kind, Some(record.masked.clone()), None));
    keep_change(conn, member, now_ms, author, fields.collect())?;
    Ok(gone)
}

/// [`shut`] for a member and whoever went into her.
fn shut_all(
    conn: &mut Conn,
    keyring: &Keyring,
    member: MemberId,
    now_ms: i64,
    closing: impl Fn(&IdentityRecord) -> bool,
) -> Result<Vec<IdentityRecord>, StoreError> {
    let mut gone = Vec::new();
    for person in merge::people(conn, member)? {
        gone.extend(shut(conn, keyring, person, now_ms, &closing)?);
    }
    Ok(gone)
}

/// [`close`] without a word of who did it.
pub(crate) fn shut(
    conn: &mut Conn,
    keyring: &Keyring,
    member: MemberId,
    now_ms: i64,
    closing: impl Fn(&IdentityRecord) -> bool,
) -> Result<Vec<IdentityRecord>, StoreError> {
    let (gone, stay): (Vec<_>, Vec<_>) =
        open_rows(conn, keyring, &[member])?.into_iter().partition(|(_, record, _)| closing(record));
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let ids = int_array(gone.iter().map(|(_, record, _)| record.id.0));
    conn.execute(CLOSE, &[(&ids).into(), member.0.into(), now_ms.into()])?;
    let lookups = text_array(gone.iter().map(|(_, _, lookup)| lookup));
    conn.execute(FREE_LOOKUPS, &[(&lookups).into(), member.0.into()])?;
    let terms = |rows: &[(MemberId, IdentityRecord, String)]| -> BTreeSet<String> {
        rows.iter().filter_map(|(_, record, _)| keyring.last_four_term(last_four(&record.identity.value))).collect()
    };
    let stale = terms(&gone).difference(&terms(&stay)).cloned().collect();
    remove_terms(conn, member, &stale)?;
    Ok(gone.into_iter().map(|(_, record, _)| record).collect())
}

/// Closes every card of a member, and of whoever went into her, and gives her a new one, and keeps who did that.
pub fn replace_card(
    conn: &mut Conn,
    keyring: &Keyring,
    member: MemberId,
    new: &NewIdentity,
    (now_ms, author): (i64, Author),
    random: Random<'_>,
) -> Result<Given, StoreError> {
    let given = give(conn, keyring, member, new, now_ms, random)?;
    if given == Given::Added {
        let is_old = |record: &IdentityRecord| record.identity.kind == IdentityKind::Card && record.id != new.id;
        let mut old = shut_all(conn, keyring, member, now_ms, is_old)?.into_iter().map(|record| Some(record.masked));
        let mut fields: Vec<FieldChange> =
            field(IdentityKind::Card, old.next().flatten(), Some(new.identity.masked())).into_iter().collect();
        fields.extend(old.filter_map(|masked| field(IdentityKind::Card, masked, None)));
        keep_change(conn, member, now_ms, author, fields)?;
    }
    Ok(given)
}

/// Notes that a member proved an identity to be hers; false when she has no such open identity.
pub fn verify(conn: &mut Conn, member: MemberId, identity: IdentityId, now_ms: i64) -> Result<bool, StoreError> {
    Ok(conn.execute(VERIFY, &[identity.0.into(), member.0.into(), now_ms.into()])? == 1)
}

//! The member file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use danggol_core::birthday::{Birthday, Calendar};
use danggol_core::consent::Consents;
use danggol_core::id::{HolderId, MemberId};
use danggol_core::member::{Gender, MemberStatus};
use danggol_core::name::search_terms;
use serde::{Deserialize, Serialize};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use crate::class;
use crate::consent;
use crate::db::{Conn, Row, int_array};
use crate::duplicate;
use crate::error::StoreError;
use crate::event;
use crate::follow;
use crate::household;
use crate::identity::{
    self, IdentityRecord, IdentityRow, LookupRow, NewIdentity, SealedIdentity, TermRow, insert_terms, remove_terms,
};
use crate::lifestyle;
use crate::merge;
use crate::schema::{IDENTITY_LOOKUP, MEMBER, MEMBER_IDENTITY};
use crate::seal::{Keyring, Random};
use crate::tag;

const FIND_MANY: &str = "SELECT member_id, holder_id, status, name, gender, birthday, language, source_kind, source_code, store, \
     joined_at_ms, updated_at_ms, profile, merged_into, consents FROM member WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY member_id";
const FILES_PAGE: &str = "SELECT member_id, holder_id, status, name, gender, birthday, language, source_kind, source_code, store, \
     joined_at_ms, updated_at_ms, profile, merged_into, consents FROM member WHERE member_id > $1 ORDER BY member_id LIMIT $2";
const UPDATE: &str = "UPDATE member SET status = $3, name = $4, gender = $5, birthday = $6, language = $7, store = $8, profile = $9, \
     updated_at_ms = $10 WHERE member_id = $1 AND updated_at_ms = $2";
const ERASE: &str = "UPDATE member SET status = 'erased', name = NULL, gender = NULL, birthday = NULL, language = NULL, profile = '{}', \
     consents = NULL, person_key = NULL, updated_at_ms = $2 WHERE member_id = $1";
const ERASE_IDENTITIES: &str = "UPDATE member_identity SET sealed = NULL, masked = '', lookup = '', issuer = NULL, \
     closed_at_ms = COALESCE(closed_at_ms, $2) WHERE member_id = $1";
const ERASE_NOTES: &str = "DELETE FROM note WHERE member_id = $1";

const PAGE: &str = "SELECT member_id FROM member WHERE member_id > $1 AND merged_into IS NULL ORDER BY member_id LIMIT $2";
const STATUSES: &str = "SELECT member_id, status FROM member WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY member_id";
const SET_STATUS: &str = "UPDATE member SET status = $2, \
     updated_at_ms = CASE WHEN updated_at_ms < $4 THEN $4 ELSE updated_at_ms + 1 END \
     WHERE member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) AND status = $3";
const HOLDER_OF: &str = "SELECT holder_id, joined_at_ms FROM member WHERE member_id = $1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] =
    &[FIND_MANY, FILES_PAGE, UPDATE, ERASE, ERASE_IDENTITIES, ERASE_NOTES, PAGE, STATUSES, SET_STATUS, HOLDER_OF];

/// What a brand may note about a person beside what the system works with.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// What she does for a living.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupation: Option<String>,
    /// Where she lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residence: Option<String>,
    /// A band of income, in the brand's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub income_band: Option<String>,
    /// Persons in her household.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_size: Option<i64>,
    /// What she likes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<String>,
    /// A standing remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The brand's own fields.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
}

/// What of a member's file can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFields {
    /// Where her file stands.
    pub status: MemberStatus,
    /// Her name.
    pub name: Option<String>,
    /// Gender as she states it.
    pub gender: Option<Gender>,
    /// Her birthday.
    pub birthday: Option<Birthday>,
    /// The tag of her language.
    pub language: Option<String>,
    /// The store that she belongs to.
    pub store: Option<String>,
    /// The rest.
    pub profile: Profile,
}

impl Default for MemberFields {
    fn default() -> Self {
        MemberFields {
            status: MemberStatus::Active,
            name: None,
            gender: None,
            birthday: None,
            language: None,
            store: None,
            profile: Profile::default(),
        }
    }
}

/// A member to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    /// Her id.
    pub id: MemberId,
    /// By which way she came: `counter`, `online`, `qr`, `import`, `purchase`, `referral` or `api`.
    pub source_kind: String,
    /// Which counter, code or campaign.
    pub source_code: Option<String>,
    /// UTC milliseconds.
    pub joined_at_ms: i64,
    /// Her file.
    pub fields: MemberFields,
    /// By what she is recognised.
    pub identities: Vec<NewIdentity>,
}

/// A member ready to be kept: her identities are sealed under a key of her own.
#[derive(Debug, Clone)]
pub struct SealedMember {
    new: NewMember,
    person_key: String,
    identities: Vec<SealedIdentity>,
    terms: Vec<String>,
    birthday: Option<String>,
    profile: String,
}

/// What became of a member to be enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    /// She is enrolled.
    Enrolled,
    /// One of her identities is another member's; nothing of her was kept.
    Taken {
        /// The identity's position among hers.
        position: usize,
        /// Whose it is.
        owner: MemberId,
    },
}

/// A member as she is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// Her id.
    pub id: MemberId,
    /// Who holds her benefits.
    pub holder: HolderId,
    /// By which way she came.
    pub source_kind: String,
    /// Which counter, code or campaign.
    pub source_code: Option<String>,
    /// The member into whom she went.
    pub merged_into: Option<MemberId>,
    /// UTC milliseconds.
    pub joined_at_ms: i64,
    /// UTC milliseconds of the last change of her file; it grows with every change.
    pub updated_at_ms: i64,
    /// Her file.
    pub fields: MemberFields,
    /// What she has agreed to, and withdrawn; of who went into another it stands with that one.
    pub consents: Consents,
    /// Her open identities, the oldest first.
    pub identities: Vec<IdentityRecord>,
}

struct MemberRow<'a> {
    sealed: &'a SealedMember,
    now_ms: i64,
}

impl BindRow for MemberRow<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        let new = &self.sealed.new;
        binder.int(new.id.0);
        binder.int(new.id.0);
        binder.text(new.fields.status.word());
        binder.opt_text(new.fields.name.as_deref());
        binder.opt_text(new.fields.gender.map(Gender::word));
        binder.opt_text(self.sealed.birthday.as_deref());
        binder.opt_text(new.fields.language.as_deref());
        binder.text(&new.source_kind);
        binder.opt_text(new.source_code.as_deref());
        binder.opt_text(new.fields.store.as_deref());
        binder.int(new.joined_at_ms);
        binder.int(self.now_ms);
        binder.text(&self.sealed.profile);
        binder.text(&self.sealed.person_key);
        binder.opt_int(None);
        binder.opt_text(None);
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// Makes a member ready to be kept. This needs no database: do it before the writer's turn.
pub fn seal(keyring: &Keyring, new: NewMember, random: Random<'_>) -> Result<SealedMember, StoreError> {
    let (person, person_key) = keyring.new_person(new.id, random)?;
    let identities = new.identities.iter().map(|identity| identity::seal(keyring, &person, identity, random));
    let identities = identities.collect::<Result<Vec<_>, _>>()?;
    let mut terms = new.fields.name.as_deref().map(search_terms).unwrap_or_default();
    terms.extend(identities.iter().filter_map(|identity| identity.last_four_term.clone()));
    Ok(SealedMember {
        person_key,
        identities,
        terms,
        birthday: new.fields.birthday.as_ref().map(json).transpose()?,
        profile: json(&new.fields.profile)?,
        new,
    })
}

/// Enrols members in their order: one whose identity is taken, by somebody kept or by somebody before her, is refused and leaves no
/// trace. `now_ms` is when their files were last changed.
pub fn insert(conn: &mut Conn, members: &[SealedMember], now_ms: i64) -> Result<Vec<Enrolment>, StoreError> {
    let lookups = members.iter().flat_map(|member| &member.identities).map(|identity| &identity.lookup);
    let mut owners = identity::owners(conn, lookups)?;
    let mut outcomes = Vec::with_capacity(members.len());
    let mut enrolled = Vec::with_capacity(members.len());
    for member in members {
        let outcome = claim(&mut owners, member);
        if outcome == Enrolment::Enrolled {
            enrolled.push(member);
        }
        outcomes.push(outcome);
    }
    enrolled.sort_unstable_by_key(|member| member.new.id);
    insert_rows(conn, &enrolled, now_ms)?;
    Ok(outcomes)
}

fn claim(owners: &mut HashMap<String, MemberId>, member: &SealedMember) -> Enrolment {
    let id = member.new.id;
    let taken = member.identities.iter().enumerate().find_map(|(position, identity)| {
        let owner = *owners.get(&identity.lookup).filter(|owner| **owner != id)?;
        Some(Enrolment::Taken { position, owner })
    });
    if taken.is_none() {
        owners.extend(member.identities.iter().map(|identity| (identity.lookup.clone(), id)));
    }
    taken.unwrap_or(Enrolment::Enrolled)
}

fn insert_rows(conn: &mut Conn, enrolled: &[&SealedMember], now_ms: i64) -> Result<(), StoreError> {
    let mut lookups = Vec::new();
    let mut identities = Vec::new();
    let mut terms = Vec::new();
    for member in enrolled {
        let id = member.new.id;
        let mut seen = BTreeSet::new();
        // Somebody may name the same number twice.
        for identity in member.identities.iter().filter(|identity| seen.insert(&identity.lookup)) {
            lookups.push(LookupRow { identity, member: id });
            identities.push(IdentityRow { identity, member: id, added_at_ms: now_ms });
        }
        terms.extend(member.terms.iter().map(|term| TermRow { term, member: id }));
    }
    lookups.sort_unstable_by_key(|row| &row.identity.lookup);
    let written = conn.insert_rows(&IDENTITY_LOOKUP, Conflict::Skip { on: &["lookup"] }, lookups.iter())?;
    if !written.missed.is_empty() {
        return Err(StoreError::Raced);
    }
    let rows: Vec<MemberRow<'_>> = enrolled.iter().map(|sealed| MemberRow { sealed, now_ms }).collect();
    conn.insert_rows(&MEMBER, Conflict::Fail, rows.iter())?;
    conn.insert_rows(&MEMBER_IDENTITY, Conflict::Fail, identities.iter())?;
    insert_terms(conn, &mut terms)?;
    event::tell(conn, enrolled.iter().map(|member| member.new.id), now_ms)
}

fn record(row: &Row<'_>) -> Result<MemberRecord, StoreError> {
    let id = MemberId(row.int(0)?);
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of {id}"));
    Ok(MemberRecord {
        id,
        holder: HolderId(row.int(1)?),
        fields: MemberFields {
            status: MemberStatus::from_word(row.str(2)?).ok_or_else(|| damaged("status"))?,
            name: row.opt_text(3)?,
            gender: row.opt_str(4)?.map(|word| Gender::from_word(word).ok_or_else(|| damaged("gender"))).transpose()?,
            birthday: row.opt_str(5)?.map(serde_json::from_str).transpose().map_err(|_| damaged("birthday"))?,
            language: row.opt_text(6)?,
            store: row.opt_text(9)?,
            profile: serde_json::from_str(row.str(12)?).map_err(|_| damaged("profile"))?,
        },
        source_kind: row.text(7)?,
        source_code: row.opt_text(8)?,
        joined_at_ms: row.int(10)?,
        updated_at_ms: row.int(11)?,
        identities: Vec::new(),
        merged_into: row.opt_int(13)?.map(MemberId),
        consents: consent::read(row.opt_str(14)?).ok_or_else(|| damaged("consents"))?,
    })
}

/// Some members with their identities, in the order of their ids; ids without a member are left out.
pub fn find(conn: &mut Conn, keyring: &Keyring, ids: &[MemberId]) -> Result<Vec<MemberRecord>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    let mut records = conn.query(FIND_MANY, &[(&wanted).into()], record)?;
    let mut identities = identity::of_members(conn, keyring, ids)?;
    for record in &mut records {
        record.identities = identities.remove(&record.id).unwrap_or_default();
    }
    Ok(records)
}

/// Some members without their identities, in the order of their ids; ids without a member are left out.
pub fn files(conn: &mut Conn, ids: &[MemberId]) -> Result<Vec<MemberRecord>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    conn.query(FIND_MANY, &[(&wanted).into()], record)
}

/// Up to `limit` members after `after` without their identities, in the order of their ids.
pub(crate) fn files_page(conn: &mut Conn, after: MemberId, limit: i64) -> Result<Vec<MemberRecord>, StoreError> {
    conn.query(FILES_PAGE, &[after.0.into(), limit.into()], record)
}

/// Up to `limit` members after `after` with their identities, in the order of their ids. Whoever went into another is there as the one who
/// keeps.
pub fn page(conn: &mut Conn, keyring: &Keyring, after: MemberId, limit: i64) -> Result<Vec<MemberRecord>, StoreError> {
    let ids = conn.query(PAGE, &[after.0.into(), limit.into()], |row| Ok(MemberId(row.int(0)?)))?;
    find(conn, keyring, &ids)
}

/// Who holds a member's benefits, and when she joined in UTC milliseconds; none when there is no such member.
pub fn holder_of(conn: &mut Conn, id: MemberId) -> Result<Option<(HolderId, i64)>, StoreError> {
    conn.query_one(HOLDER_OF, &[id.0.into()], |row| Ok((HolderId(row.int(0)?), row.int(1)?)))
}

/// One member with her identities.
pub fn find_one(conn: &mut Conn, keyring: &Keyring, id: MemberId) -> Result<Option<MemberRecord>, StoreError> {
    Ok(find(conn, keyring, &[id])?.pop())
}

/// Changes a member's file and keeps what was changed by whom; false when there is no such member, or her file is closed or her personal
/// data destroyed.
pub fn update(
    conn: &mut Conn,
    id: MemberId,
    now_ms: i64,
    author: Author,
    change: impl FnOnce(&mut MemberFields),
) -> Result<bool, StoreError> {
    let wanted = int_array([id.0]);
    let Some(before) = conn.query_one(FIND_MANY, &[(&wanted).into()], record)? else { return Ok(false) };
    if matches!(before.fields.status, MemberStatus::Closed | MemberStatus::Erased) {
        return Ok(false);
    }
    let fields = write(conn, &before, now_ms, author, change)?;
    follow::own(conn, id, &fields.iter().map(|change| change.field.as_str()).collect())?;
    event::tell(conn, [id], now_ms)?;
    Ok(true)
}

/// Changes a member's file wherever it stands, for a merge or its undoing, which tells of it; keeps what was changed by whom.
pub(crate) fn rewrite(
    conn: &mut Conn,
    id: MemberId,
    now_ms: i64,
    author: Author,
    change: impl FnOnce(&mut MemberFields),
) -> Result<(), StoreError> {
    let before = conn.query_one(FIND_MANY, &[(&int_array([id.0])).into()], record)?;
    match before.filter(|before| before.fields.status != MemberStatus::Erased) {
        Some(before) => write(conn, &before, now_ms, author, change).map(drop),
        None => Ok(()),
    }
}

fn write(
    conn: &mut Conn,
    before: &MemberRecord,
    now_ms: i64,
    author: Author,
    change: impl FnOnce(&mut MemberFields),
) -> Result<Vec<FieldChange>, StoreError> {
    let id = before.id;
    let mut fields = before.fields.clone();
    change(&mut fields);
    let birthday = fields.birthday.as_ref().map(json).transpose()?;
    let profile = json(&fields.profile)?;
    let params = [
        id.0.into(),
        before.updated_at_ms.into(),
        fields.status.word().into(),
        (&fields.name).into(),
        fields.gender.map(Gender::word).into(),
        (&birthday).into(),
        (&fields.language).into(),
        (&fields.store).into(),
        (&profile).into(),
        now_ms.max(before.updated_at_ms + 1).into(),
    ];
    if conn.execute(UPDATE, &params)? != 1 {
        return Err(StoreError::Raced);
    }
    rename(conn, id, before.fields.name.as_deref(), fields.name.as_deref())?;
    let changed = differences(&before.fields, &fields);
    let detail = ChangeDetail { fields: changed.clone(), reason: None };
    change::insert(conn, &[ChangeRecord { author, member: Some(id), kind: ChangeKind::File, at_ms: now_ms, detail }])?;
    Ok(changed)
}

/// How the names of the brand's own fields begin in changes.
const CUSTOM: &str = "custom.";

impl MemberFields {
    /// The fields that say something, by their names in changes, without where the file stands.
    pub(crate) fn said(&self) -> Vec<String> {
        let nothing = MemberFields { status: self.status, ..MemberFields::default() };
        differences(&nothing, self).into_iter().map(|change| change.field).collect()
    }

    /// Whether a field says something.
    pub(crate) fn says(&self, field: &str) -> bool {
        self.said().iter().any(|said| said == field)
    }

    /// Takes a field over from another file; one that says nothing there says nothing here.
    pub(crate) fn copy(&mut self, field: &str, from: &MemberFields) {
        let (own, other) = (&mut self.profile, &from.profile);
        match field {
            "name" => self.name.clone_from(&from.name),
            "gender" => self.gender = from.gender,
            "birthday" => self.birthday = from.birthday,
            "language" => self.language.clone_from(&from.language),
            "store" => self.store.clone_from(&from.store),
            "occupation" => own.occupation.clone_from(&other.occupation),
            "residence" => own.residence.clone_from(&other.residence),
            "income_band" => own.income_band.clone_from(&other.income_band),
            "household_size" => own.household_size = other.household_size,
            "preferences" => own.preferences.clone_from(&other.preferences),
            "note" => own.note.clone_from(&other.note),
            _ => {
                let Some(name) = field.strip_prefix(CUSTOM) else { return };
                own.custom.remove(name);
                own.custom.extend(other.custom.get(name).map(|value| (name.to_owned(), value.clone())));
            }
        }
    }
}

/// What differs between two states of a file.
pub(crate) fn differences(before: &MemberFields, after: &MemberFields) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let mut note = |field: &str, value: &dyn Fn(&MemberFields) -> Option<String>| {
        fields.extend(FieldChange::between(field, value(before), value(after)));
    };
    note("status", &|of| Some(of.status.word().to_owned()));
    note("name", &|of| of.name.clone());
    note("gender", &|of| of.gender.map(|gender| gender.word().to_owned()));
    note("birthday", &|of| of.birthday.as_ref().map(birthday_text));
    note("language", &|of| of.language.clone());
    note("store", &|of| of.store.clone());
    note("occupation", &|of| of.profile.occupation.clone());
    note("residence", &|of| of.profile.residence.clone());
    note("income_band", &|of| of.profile.income_band.clone());
    note("household_size", &|of| of.profile.household_size.map(|size| size.to_string()));
    note("preferences", &|of| of.profile.preferences.clone());
    note("note", &|of| of.profile.note.clone());
    let names: BTreeSet<&String> = before.profile.custom.keys().chain(after.profile.custom.keys()).collect();
    for name in names {
        note(&format!("{CUSTOM}{name}"), &|of| of.profile.custom.get(name).cloned());
    }
    fields
}

/// A birthday as changes tell it: a lunar one says so.
fn birthday_text(birthday: &Birthday) -> String {
    match (birthday.calendar(), birthday.is_leap_month()) {
        (Calendar::Solar, _) => birthday.to_string(),
        (Calendar::Lunar, false) => format!("lunar {birthday}"),
        (Calendar::Lunar, true) => format!("lunar leap {birthday}"),
    }
}

/// Where the files of some members stand; ids without a member are left out.
pub fn statuses(conn: &mut Conn, ids: &[MemberId]) -> Result<BTreeMap<MemberId, MemberStatus>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    let rows = conn.query(STATUSES, &[(&wanted).into()], |row| {
        let id = MemberId(row.int(0)?);
        let status = MemberStatus::from_word(row.str(1)?);
        Ok((id, status.ok_or_else(|| StoreError::Damaged(format!("the status of {id}")))?))
    })?;
    Ok(rows.into_iter().collect())
}

/// Where a file goes that is closed or opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closure {
    /// It is closed: she earns and spends nothing. What she has stays hers and expires in its time.
    Close,
    /// It is opened again, as what it was before.
    Reopen,
}

/// Closes the files of some members, or opens them again, each under an author of its own. Files that stand so already, that are
/// destroyed, or that nobody has, stay. Gives the members whose files were turned.
pub fn turn(
    conn: &mut Conn,
    members: &[(MemberId, Author)],
    closure: Closure,
    reason: Option<&str>,
    now_ms: i64,
) -> Result<Vec<MemberId>, StoreError> {
    let ids: Vec<MemberId> = members.iter().map(|(id, _)| *id).collect();
    let mut before = statuses(conn, &ids)?;
    // Who went into another comes back by undoing that.
    let gone = merge::keepers(conn, &ids)?;
    before.retain(|id, _| !gone.contains_key(id));
    let mut was: HashMap<MemberId, MemberStatus> = HashMap::new();
    if closure == Closure::Reopen {
        for record in change::of_status(conn, &ids)? {
            let from = record.detail.fields.first().and_then(|field| field.from.as_deref()).and_then(MemberStatus::from_word);
            was.extend(record.member.zip(from).filter(|(_, from)| *from != MemberStatus::Closed));
        }
    }
    let mut sets: BTreeMap<(&str, &str), Vec<MemberId>> = BTreeMap::new();
    let mut records = Vec::new();
    for (id, author) in members {
        let Some(&from) = before.get(id) else { continue };
        let to = match (closure, from) {
            (Closure::Close, MemberStatus::Active | MemberStatus::Unclaimed) => MemberStatus::Closed,
            (Closure::Reopen, MemberStatus::Closed) => was.get(id).copied().unwrap_or(MemberStatus::Active),
            (Closure::Close | Closure::Reopen, _) => continue,
        };
        let set = sets.entry((from.word(), to.word())).or_default();
        // Somebody may name the same member twice.
        if set.contains(id) {
            continue;
        }
        set.push(*id);
        let fields = FieldChange::between("status", Some(from.word().to_owned()), Some(to.word().to_owned()));
        let detail = ChangeDetail { fields: fields.into_iter().collect(), reason: reason.map(str::to_owned) };
        records.push(ChangeRecord { author: *author, member: Some(*id), kind: ChangeKind::Status, at_ms: now_ms, detail });
    }
    for ((from, to), ids) in &sets {
        let wanted = int_array(ids.iter().map(|id| id.0));
        if conn.execute(SET_STATUS, &[(&wanted).into(), (*to).into(), (*from).into(), now_ms.into()])? != ids.len() as u64 {
            return Err(StoreError::Raced);
        }
    }
    change::insert(conn, &records)?;
    let turned: Vec<MemberId> = sets.into_values().flatten().collect();
    event::tell(conn, turned.iter().copied(), now_ms)?;
    Ok(turned)
}

fn name_terms(name: Option<&str>) -> BTreeSet<String> {
    name.map(search_terms).unwrap_or_default().into_iter().collect()
}

fn rename(conn: &mut Conn, id: MemberId, before: Option<&str>, after: Option<&str>) -> Result<(), StoreError> {
    if before == after {
        return Ok(());
    }
    let (before, after) = (name_terms(before), name_terms(after));
    remove_terms(conn, id, &before.difference(&after).cloned().collect())?;
    let mut new: Vec<TermRow<'_>> = after.difference(&before).map(|term| TermRow { term, member: id }).collect();
    insert_terms(conn, &mut new)
}

/// Destroys a member's personal data, and that of everybody who went into her: her key, her name and file, her identities, notes, search terms and what
/// was changed in her file. Her purchases and entries
/// stay under her id. False when there is no such member.
pub fn erase(conn: &mut Conn, keyring: &Keyring, id: MemberId, now_ms: i64) -> Result<bool, StoreError> {
    let mut found = false;
    for member in merge::people(conn, id)? {
        found |= erase_one(conn, keyring, member, now_ms)?;
    }
    Ok(found)
}

fn erase_one(conn: &mut Conn, keyring: &Keyring, id: MemberId, now_ms: i64) -> Result<bool, StoreError> {
    let wanted = int_array([id.0]);
    let Some(before) = conn.query_one(FIND_MANY, &[(&wanted).into()], record)? else { return Ok(false) };
    if before.fields.status == MemberStatus::Erased {
        return Ok(true);
    }
    identity::shut(conn, keyring, id, now_ms, |_| true)?;
    remove_terms(conn, id, &name_terms(before.fields.name.as_deref()))?;
    conn.execute(ERASE_IDENTITIES, &[id.0.into(), now_ms.into()])?;
    conn.execute(ERASE_NOTES, &[id.0.into()])?;
    change::forget(conn, id)?;
    consent::forget(conn, id)?;
    tag::forget(conn, id)?;
    class::forget(conn, id)?;
    lifestyle::forget(conn, id)?;
    duplicate::forget(conn, id)?;
    // What is said of those who lived with her changes with her going.
    let mates = household::mates(conn, &[id])?;
    household::forget(conn, id, now_ms)?;
    conn.execute(ERASE, &[id.0.into(), now_ms.max(before.updated_at_ms + 1).into()])?;
    event::tell(conn, mates.into_iter().chain([id]), now_ms)?;
    Ok(true)
}

//! Lists of members: found by what is typed at the counter, or the newest first.

use std::collections::HashMap;

use danggol_core::holder::HolderState;
use danggol_core::id::MemberId;
use danggol_core::identity::IdentityKind;
use danggol_core::member::{Gender, MemberStatus};
use danggol_core::name::{prefix_end, query_term, search_terms};

use crate::db::{Conn, int_array, text_array};
use crate::error::StoreError;
use crate::seal::Keyring;
use crate::{identity, merge};

const NEWEST: &str = "SELECT member_id FROM member WHERE member_id < $1 AND status <> 'erased' AND merged_into IS NULL ORDER BY member_id DESC LIMIT $2";
const NEWEST_OF: &str = "SELECT m.member_id FROM member m LEFT JOIN holder h ON h.holder_id = m.holder_id WHERE m.member_id < $1 AND m.merged_into IS NULL \
     AND m.status IN (SELECT value FROM json_each($2)) \
     AND ($3 = '[]' OR COALESCE(h.tier, '') IN (SELECT value FROM json_each($3))) \
     AND ($4 = '[]' OR COALESCE(m.store, '') IN (SELECT value FROM json_each($4))) \
     AND m.joined_at_ms >= $5 AND m.joined_at_ms < $6 ORDER BY m.member_id DESC LIMIT $7";
const COUNT: &str = "SELECT COUNT(*) FROM member WHERE merged_into IS NULL AND status IN (SELECT value FROM json_each($1)) \
     AND ($2 = '[]' OR COALESCE(store, '') IN (SELECT value FROM json_each($2))) AND joined_at_ms >= $3 AND joined_at_ms < $4";
const COUNT_OF_TIERS: &str = "SELECT COUNT(*) FROM member m LEFT JOIN holder h ON h.holder_id = m.holder_id \
     WHERE m.merged_into IS NULL AND m.status IN (SELECT value FROM json_each($1)) \
     AND ($2 = '[]' OR COALESCE(m.store, '') IN (SELECT value FROM json_each($2))) AND m.joined_at_ms >= $3 AND m.joined_at_ms < $4 \
     AND COALESCE(h.tier, '') IN (SELECT value FROM json_each($5))";
const BY_TERM: &str = "SELECT term, member_id FROM member_term WHERE term = $1 AND member_id > $2 ORDER BY member_id LIMIT $3";
const BY_PREFIX: &str = "SELECT t.term, t.member_id, m.name FROM member_term t JOIN member m ON m.member_id = t.member_id \
     WHERE t.term >= $1 AND t.term < $2 AND (t.term, t.member_id) > ($3, $4) ORDER BY t.term, t.member_id LIMIT $5";
const LISTED: &str = "SELECT m.member_id, m.name, m.gender, m.status, m.store, m.joined_at_ms, h.state \
     FROM member m LEFT JOIN holder h ON h.holder_id = m.holder_id \
     WHERE m.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[NEWEST, NEWEST_OF, COUNT, COUNT_OF_TIERS, BY_TERM, BY_PREFIX, LISTED];

/// The most rounds in which a page of a prefix search is filled up after double finds.
const MOST_ROUNDS: usize = 8;

/// What members are looked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// Everybody, the newest first.
    Newest,
    /// The beginning of a name as it is written, of its pinyin, or of its initials.
    Name(String),
    /// The last four digits of a phone number or card.
    LastFour(String),
}

/// Which of the members that are found are listed. An empty list leaves nobody out; an empty word among tiers or stores stands for those
/// who have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Where their files stand.
    pub statuses: Vec<MemberStatus>,
    /// Codes of tiers.
    pub tiers: Vec<String>,
    /// Codes of stores that they belong to.
    pub stores: Vec<String>,
    /// UTC milliseconds from which on they joined.
    pub joined_from_ms: i64,
    /// UTC milliseconds before which they joined.
    pub joined_before_ms: i64,
}

impl Default for Filter {
    fn default() -> Self {
        let (statuses, tiers, stores) = (Vec::new(), Vec::new(), Vec::new());
        Filter { statuses, tiers, stores, joined_from_ms: i64::MIN, joined_before_ms: i64::MAX }
    }
}

impl Filter {
    /// Whether a member is listed.
    pub fn takes(&self, listed: &ListedMember) -> bool {
        let tier = listed.state.tier.as_ref().map_or("", |tier| tier.code.as_str());
        let is_one = |words: &[String], word: &str| words.is_empty() || words.iter().any(|known| known == word);
        (self.statuses.is_empty() || self.statuses.contains(&listed.status))
            && is_one(&self.tiers, tier)
            && is_one(&self.stores, listed.store.as_deref().unwrap_or_default())
            && (self.joined_from_ms..self.joined_before_ms).contains(&listed.joined_at_ms)
    }

    /// The words of the statuses that are listed, as they are bound.
    fn status_words(&self) -> String {
        match self.statuses.is_empty() {
            true => text_array([MemberStatus::Active, MemberStatus::Unclaimed, MemberStatus::Closed].map(MemberStatus::word)),
            false => text_array(self.statuses.iter().map(|status| status.word())),
        }
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The term of the last member shown; empty where the list is not by terms.
    pub term: String,
    /// The last member shown.
    pub member: i64,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its members, in order.
    pub members: Vec<MemberId>,
    /// Where the next page begins, when there may be one.
    pub next: Option<Place>,
}

/// A member as lists show her.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedMember {
    /// Her id.
    pub id: MemberId,
    /// Her name.
    pub name: Option<String>,
    /// Gender as she states it.
    pub gender: Option<Gender>,
    /// Where her file stands.
    pub status: MemberStatus,
    /// The store that she belongs to.
    pub store: Option<String>,
    /// UTC milliseconds.
    pub joined_at_ms: i64,
    /// Her oldest phone number, masked.
    pub masked_phone: Option<String>,
    /// The number of her newest card.
    pub card_no: Option<String>,
    /// What tells her from others where she has no name: her phone number masked, her card, the number that another system of the brand gave her, or
    /// the oldest of what else she is recognised by, masked.
    pub known_by: Option<String>,
    /// Balances, tier, last purchase and total; empty before the first purchase.
    pub state: HolderState,
}

/// A page of at most `limit` members after a place.
pub fn page(conn: &mut Conn, keyring: &Keyring, find: &Find, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
    match find {
        Find::Newest => newest(conn, after.map_or(i64::MAX, |place| place.member), limit),
        Find::LastFour(digits) => match keyring.last_four_term(digits) {
            Some(term) => by_term(conn, &term, after.map_or(0, |place| place.member), limit),
            None => Ok(Page { members: Vec::new(), next: None }),
        },
        Find::Name(typed) => by_name(conn, &query_term(typed), after, limit),
    }
}

/// How many members a filter takes.
pub fn count(conn: &mut Conn, filter: &Filter) -> Result<i64, StoreError> {
    let (statuses, tiers, stores) = (filter.status_words(), text_array(&filter.tiers), text_array(&filter.stores));
    let (from, before) = (filter.joined_from_ms, filter.joined_before_ms);
    let params = [(&statuses).into(), (&stores).into(), from.into(), before.into(), (&tiers).into()];
    let count = match filter.tiers.is_empty() {
        true => conn.query_one(COUNT, &params[..4], |row| row.int(0))?,
        false => conn.query_one(COUNT_OF_TIERS, &params, |row| row.int(0))?,
    };
    Ok(count.unwrap_or(0))
}

/// A page of at most `limit` members whom a filter takes, after a place. A page may be short, or empty, although there is a next one.
pub fn filtered(
    conn: &mut Conn,
    keyring: &Keyring,
    find: &Find,
    filter: &Filter,
    after: Option<&Place>,
    limit: usize,
) -> Result<(Vec<ListedMember>, Option<Place>), StoreError> {
    if *find == Find::Newest && *filter != Filter::default() {
        let before = after.map_or(i64::MAX, |place| place.member);
        let (statuses, tiers, stores) = (filter.status_words(), text_array(&filter.tiers), text_array(&filter.stores));
        let params = [
            before.into(),
            (&statuses).into(),
            (&tiers).into(),
            (&stores).into(),
            filter.joined_from_ms.into(),
            filter.joined_before_ms.into(),
            (limit as i64).into(),
        ];
        let members = conn.query(NEWEST_OF, &params, |row| Ok(MemberId(row.int(0)?)))?;
        let next = members.last().filter(|_| members.len() == limit).map(|last| Place { term: String::new(), member: last.0 });
        return Ok((listed(conn, keyring, &members)?, next));
    }
    let page = page(conn, keyring, find, after, limit)?;
    // Whoever went into another is found as the one who keeps.
    let keepers = merge::keepers(conn, &page.members)?;
    let mut members: Vec<MemberId> = Vec::with_capacity(page.members.len());
    for member in page.members.iter().map(|member| keepers.get(member).copied().unwrap_or(*member)) {
        if !members.contains(&member) {
            members.push(member);
        }
    }
    let mut found = listed(conn, keyring, &members)?;
    found.retain(|listed| filter.takes(listed));
    Ok((found, page.next))
}

fn newest(conn: &mut Conn, before: i64, limit: usize) -> Result<Page, StoreError> {
    let members = conn.query(NEWEST, &[before.into(), (limit as i64).into()], |row| Ok(MemberId(row.int(0)?)))?;
    let next = members.last().filter(|_| members.len() == limit).map(|last| Place { term: String::new(), member: last.0 });
    Ok(Page { members, next })
}

fn by_term(conn: &mut Conn, term: &str, after: i64, limit: usize) -> Result<Page, StoreError> {
    let params = [term.into(), after.into(), (limit as i64).into()];
    let members = conn.query(BY_TERM, &params, |row| Ok(MemberId(row.int(1)?)))?;
    let next = members.last().filter(|_| members.len() == limit).map(|last| Place { term: String::new(), member: last.0 });
    Ok(Page { members, next })
}

/// Somebody may have several terms that begin alike (张: `zhangwei` and `zw` both begin with z). She is shown at the first of them, so
/// that no page repeats her.
fn by_name(conn: &mut Conn, from: &str, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
    let mut page = Page { members: Vec::new(), next: None };
    let Some(to) = prefix_end(from).filter(|_| !from.is_empty()) else { return Ok(page) };
    let mut place = after.cloned().unwrap_or_else(|| Place { term: from.to_owned(), member: 0 });
    for _ in 0..MOST_ROUNDS {
        let params = [from.into(), (&to).into(), (&place.term).into(), place.member.into(), (limit as i64).into()];
        let found = conn.query(BY_PREFIX, &params, |row| {
            let (term, member) = (row.text(0)?, row.int(1)?);
            let is_first = row.opt_str(2)?.is_none_or(|name| is_first_term(name, from, &term));
            Ok((Place { term, member }, is_first))
        })?;
        let is_last = found.len() < limit;
        for (at, is_first) in found {
            place = at;
            if is_first {
                page.members.push(MemberId(place.member));
            }
            if page.members.len() == limit {
                page.next = Some(place);
                return Ok(page);
            }
        }
        if is_last {
            return Ok(page);
        }
    }
    page.next = Some(place);
    Ok(page)
}

fn is_first_term(name: &str, prefix: &str, term: &str) -> bool {
    !search_terms(name).iter().any(|other| other.starts_with(prefix) && other.as_str() < term)
}

/// Members as lists show them, in the order of `ids`; ids without a member are left out.
pub fn listed(conn: &mut Conn, keyring: &Keyring, ids: &[MemberId]) -> Result<Vec<ListedMember>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    let mut found: HashMap<MemberId, ListedMember> = HashMap::with_capacity(ids.len());
    conn.query_each(LISTED, &[(&wanted).into()], |row| {
        let id = MemberId(row.int(0)?);
        let damaged = |what: &str| StoreError::Damaged(format!("the {what} of {id}"));
        let state = row.opt_str(6)?.map(serde_json::from_str).transpose().map_err(|_| damaged("state"))?;
        let listed = ListedMember {
            id,
            name: row.opt_text(1)?,
            gender: row.opt_str(2)?.and_then(Gender::from_word),
            status: MemberStatus::from_word(row.str(3)?).ok_or_else(|| damaged("status"))?,
            store: row.opt_text(4)?,
            joined_at_ms: row.int(5)?,
            masked_phone: None,
            card_no: None,
            known_by: None,
            state: state.unwrap_or_default(),
        };
        found.insert(id, listed);
        Ok(())
    })?;
    for (member, identities) in identity::of_members(conn, keyring, ids)? {
        let Some(listed) = found.get_mut(&member) else { continue };
        let of_kind = |kind| identities.iter().filter(move |record| record.identity.kind == kind);
        listed.masked_phone = of_kind(IdentityKind::Phone).next().map(|record| record.masked.clone());
        listed.card_no = of_kind(IdentityKind::Card).next_back().map(|record| record.identity.value.clone());
        let external = || of_kind(IdentityKind::External).next().map(|record| record.identity.value.clone());
        let other = || identities.first().map(|record| record.masked.clone());
        listed.known_by = listed.masked_phone.clone().or(listed.card_no.clone()).or_else(external).or_else(other);
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

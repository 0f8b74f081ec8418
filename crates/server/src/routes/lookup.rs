//! Finding members: as somebody types, and by what they are recognised by.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use danggol_core::card;
use danggol_core::decide::Rules;
use danggol_core::id::MemberId;
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::member::MemberStatus;
use danggol_core::time::start_of_day_ms;
use danggol_store::seal::Keyring;
use danggol_store::search::{self, Filter, Find, ListedMember, Place};
use danggol_store::{Conn, StoreError, identity, merge};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::members::read;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::field;
use crate::member::{Member, MemberRow, NewIdentity};
use crate::problem::{ApiError, ApiResult, kinds};

/// The longest search.
pub(super) const QUERY_CHARACTERS_MAX: usize = 254;
/// The most members of a page, and how many it has when nobody says.
const PAGE_MAX: u32 = 200;
const PAGE: u32 = 50;
/// The most tiers or stores of a filter.
const WORDS_MAX: usize = 50;
/// The most statuses of a filter: there are no more.
const STATUSES_MAX: usize = 4;
/// Shorter card numbers than this are not looked up as somebody types.
const CARD_CHARACTERS_MIN: usize = 5;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(find)).routes(routes!(look_up))
}

/// A search for members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberSearch {
    /// A whole phone number, e-mail address or card number; the last four digits of one; the beginning of a name, of its pinyin, or of
    /// its pinyin or Hangul initials. Empty: everybody, the newest first.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub query: String,
    /// Which of them are listed.
    #[serde(default)]
    pub filter: MemberFilter,
    /// At most how many, 1–200. A page may be shorter although there is a next one.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the page before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// Which members are listed. What is left out leaves nobody out; an empty word among tiers or stores stands for those who have none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberFilter {
    /// Where their files stand.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub statuses: Vec<MemberStatus>,
    /// Codes of tiers.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub tiers: Vec<String>,
    /// Codes of stores that they belong to.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub stores: Vec<String>,
    /// The first day, `YYYY-MM-DD`, on which they joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_from: Option<String>,
    /// The last day on which they joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_to: Option<String>,
}

impl MemberFilter {
    /// The filter in the form in which the store takes it.
    pub fn read(&self, rules: &Rules) -> ApiResult<Filter> {
        if self.statuses.len() > STATUSES_MAX {
            return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("filter.statuses"));
        }
        for (words, field) in [(&self.tiers, "filter.tiers"), (&self.stores, "filter.stores")] {
            if words.len() > WORDS_MAX || words.iter().any(|word| word.contains('\0')) {
                return Err(ApiError::new(&kinds::OUT_OF_RANGE).at(field));
            }
        }
        let day = |text: &Option<String>, field: &str| {
            let date = text.as_deref().map(str::parse::<Date>).transpose();
            date.map_err(|_| ApiError::new(&kinds::DATE_INVALID).at(field))
        };
        let start = |date| start_of_day_ms(date, &rules.clock.zone);
        let usual = Filter::default();
        let next = |date: Date| start(date.saturating_add(jiff::Span::new().days(1)));
        Ok(Filter {
            statuses: self.statuses.clone(),
            tiers: self.tiers.clone(),
            stores: self.stores.clone(),
            joined_from_ms: day(&self.joined_from, "filter.joined_from")?.map_or(usual.joined_from_ms, start),
            joined_before_ms: day(&self.joined_to, "filter.joined_to")?.map_or(usual.joined_before_ms, next),
        })
    }
}

/// A page of members.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberPage {
    /// The members.
    pub items: Vec<MemberRow>,
    /// Where the next page begins, when there may be one.
    pub next_cursor: Option<String>,
    /// How many there are in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// Finds members as somebody types.
#[utoipa::path(post, path = "/members/search", tag = "members", operation_id = "search_members", request_body = MemberSearch,
    responses((status = 200, body = MemberPage)))]
async fn find(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<MemberSearch>) -> ApiResult<Json<MemberPage>> {
    caller.require(Scope::MembersRead)?;
    let query = field::optional(&body.value.query, QUERY_CHARACTERS_MAX, "query")?.unwrap_or_default();
    let limit = field::limit(body.value.limit, PAGE, PAGE_MAX)? as usize;
    let after = body.value.cursor.as_deref().map(place).transpose()?;
    let filter = body.value.filter.read(&app.rules())?;
    let asked = Asked::read(query, &app.brand().country);
    if matches!(asked.find, Find::LastFour(_)) {
        app.limits.searches.check(caller.principal.actor.id, app.now_ms())?;
    }
    let (keyring, rules) = (Arc::clone(&app.keyring), app.rules());
    let page = app.store.read(move |conn| asked.page(conn, &keyring, &rules, (&filter, after.as_ref()), limit)).await?;
    Ok(Json(page))
}

/// What a search may mean.
pub struct Asked {
    /// Identities that it may be, whole.
    identities: Vec<Identity>,
    /// What it is when it is none of them.
    pub find: Find,
}

impl Asked {
    /// What a text may mean in a country.
    pub fn read(query: String, country: &str) -> Self {
        let card = card::normalize(&query).unwrap_or_default();
        let is_number = !card.is_empty() && card.bytes().all(|byte| byte.is_ascii_digit());
        let mut kinds = vec![IdentityKind::Phone];
        if query.contains(['@', '＠']) {
            kinds.push(IdentityKind::Email);
        }
        if card.len() >= CARD_CHARACTERS_MIN {
            kinds.push(IdentityKind::Card);
        }
        let identities = kinds.into_iter().filter_map(|kind| Identity::new(kind, None, &query, country).ok()).collect();
        let find = match query.is_empty() {
            true => Find::Newest,
            false if is_number && card.len() == 4 => Find::LastFour(card),
            false => Find::Name(query),
        };
        Asked { identities, find }
    }

    fn page(
        &self,
        conn: &mut Conn,
        keyring: &Keyring,
        rules: &Rules,
        (filter, after): (&Filter, Option<&Place>),
        limit: usize,
    ) -> Result<MemberPage, StoreError> {
        let (listed, next, total) = match self.whole(conn, keyring, filter, after)? {
            Some(listed) => (listed, None, true),
            None => {
                let (listed, next) = search::filtered(conn, keyring, &self.find, filter, after, limit)?;
                (listed, next, false)
            }
        };
        let total = total.then_some(listed.len() as i64);
        let items = listed.into_iter().map(|listed| MemberRow::new(listed, rules)).collect();
        Ok(MemberPage { items, next_cursor: next.as_ref().map(cursor), total })
    }

    /// The members who have what was typed as a whole number or address; none when nobody has, or when a further page is asked for.
    pub fn whole(
        &self,
        conn: &mut Conn,
        keyring: &Keyring,
        filter: &Filter,
        after: Option<&Place>,
    ) -> Result<Option<Vec<ListedMember>>, StoreError> {
        if after.is_some() || self.identities.is_empty() {
            return Ok(None);
        }
        let lookups = self.identities.iter().map(|identity| keyring.lookup(identity));
        let owners: Vec<MemberId> = identity::owners(conn, lookups)?.into_values().collect();
        let keepers = merge::keepers(conn, &owners)?;
        let owners: BTreeSet<MemberId> = owners.into_iter().map(|owner| keepers.get(&owner).copied().unwrap_or(owner)).collect();
        if owners.is_empty() {
            return Ok(None);
        }
        let mut found = search::listed(conn, keyring, &owners.into_iter().collect::<Vec<_>>())?;
        found.retain(|listed| filter.takes(listed));
        Ok(Some(found))
    }
}

fn cursor(place: &Place) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", place.member, place.term))
}

fn place(cursor: &str) -> ApiResult<Place> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (member, term) = text.split_once('.')?;
        (!term.contains('\0')).then_some(Place { member: member.parse().ok()?, term: term.to_owned() })
    };
    read().ok_or_else(|| ApiError::new(&kinds::INVALID_CURSOR).at("cursor"))
}

/// The member who has an identity: the whole value, as it was typed, scanned or sent.
#[utoipa::path(post, path = "/members/lookup", tag = "members", operation_id = "look_up_member", request_body = NewIdentity,
    responses((status = 200, body = Member)))]
async fn look_up(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewIdentity>) -> ApiResult<Json<Member>> {
    caller.require(Scope::MembersRead)?;
    let identity = body.value.read(&app.brand().country, "value")?;
    let keyring = Arc::clone(&app.keyring);
    let owner = app.store.read(move |conn| {
        let Some(owner) = identity::owner(conn, &keyring, &identity)? else { return Ok(None) };
        Ok(Some(merge::keepers(conn, &[owner])?.remove(&owner).unwrap_or(owner)))
    });
    let owner = owner.await?;
    Ok(Json(read(&app, owner.ok_or(&kinds::UNKNOWN_MEMBER)?).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_what_it_may_be() {
        let name = |text: &str| Find::Name(text.to_owned());
        for (query, kinds, find) in [
            ("", vec![], Find::Newest),
            ("1234", vec![], Find::LastFour("1234".to_owned())),
            ("１２３４", vec![], Find::LastFour("1234".to_owned())),
            ("zw", vec![], name("zw")),
            ("ㄱㅊㅅ", vec![], name("ㄱㅊㅅ")),
            ("010-0000-1234", vec!["phone", "card"], name("010-0000-1234")),
            ("6200000000014", vec!["card"], name("6200000000014")),
            ("a@example.com", vec!["email"], name("a@example.com")),
        ] {
            let asked = Asked::read(query.to_owned(), "KR");
            let read: Vec<&str> = asked.identities.iter().map(|identity| identity.kind.word()).collect();
            assert_eq!((read, asked.find), (kinds, find), "{query}");
        }
    }

    #[test]
    fn a_cursor_comes_back_and_anything_else_is_refused() {
        for place_ in [Place { term: "zw".to_owned(), member: 7 }, Place { term: String::new(), member: i64::MAX }] {
            assert_eq!(place(&cursor(&place_)).unwrap(), place_);
        }
        for text in ["", "x", "!!", "NA", &URL_SAFE_NO_PAD.encode("1.\0")] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}

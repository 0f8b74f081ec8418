//! Members: enrolling, their files, and what they are recognised by.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use danggol_core::barcode::{code128_svg, qr_svg};
use danggol_core::card::card_number;
use danggol_core::consent::ConsentRules;
use danggol_core::decide::ActorKind;
use danggol_core::id::{ChangeId, IdentityId, MemberId, NoteId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::language::Language;
use danggol_core::member::MemberStatus;
use danggol_store::change::Author;
use danggol_store::consent::{self, Statement};
use danggol_store::identity::{self, Given};
use danggol_store::member::{self, Enrolment};
use danggol_store::note::{self, NoteRecord};
use danggol_store::seal::Keyring;
use danggol_store::{Conn, StoreError, search, setting};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::consent::Clerk;
use crate::duplicate;
use crate::extract::{JsonBody, PathId, PathIds};
use crate::idempotency::{self, Made};
use crate::joining::Joiner;
use crate::member::{IDENTITIES_MAX, Member, MemberDraft, MemberPatch, NewIdentity, SourceDraft, SourceKind, card_no};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::consents;
use crate::{field, occasion, random};

pub use crate::member::MemberRow;

/// The counter of card numbers.
pub(crate) const CARD_COUNTER: &str = "card";
/// How many numbers are tried for a new card: some may be taken by cards that another system made.
const CARD_TRIES: usize = 16;
/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 200;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(enrol))
        .routes(routes!(get, change))
        .routes(routes!(add_identity))
        .routes(routes!(close_identity))
        .routes(routes!(replace_card))
        .routes(routes!(barcode))
        .routes(routes!(qr))
}

/// Why a card is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CardReplacement {
    /// In a few words; it is kept as a note.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
}

/// A member's file as it stands.
pub async fn read(app: &App, id: MemberId) -> ApiResult<Member> {
    let (keyring, rules, now_ms) = (Arc::clone(&app.keyring), app.rules(), app.now_ms());
    let found = app.store.read(move |conn| Member::read(conn, &keyring, &rules, id, now_ms)).await?;
    found.ok_or_else(|| (&kinds::UNKNOWN_MEMBER).into())
}

/// Members as lists show them, in the order of `ids`; ids without a member are left out.
pub async fn rows(app: &App, ids: Vec<MemberId>) -> ApiResult<Vec<MemberRow>> {
    let (keyring, rules) = (Arc::clone(&app.keyring), app.rules());
    let listed = app.store.read(move |conn| search::listed(conn, &keyring, &ids)).await?;
    Ok(listed.into_iter().map(|listed| MemberRow::new(listed, &rules)).collect())
}

/// Enrols a member. A number that is another member's is refused, with that member's id.
#[utoipa::path(post, path = "/members", tag = "members", operation_id = "enrol_member", request_body = MemberDraft,
    responses((status = 201, body = Member)))]
async fn enrol(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<MemberDraft>,
) -> ApiResult<(StatusCode, Json<Member>)> {
    caller.require(Scope::MembersWrite)?;
    let key = caller.key("enrol_member", body.hash);
    let rules = consents::rules(&app).await?;
    let newcomer = Newcomer::read(&app, &caller, &rules, &body.value)?;
    let (keyring, card_prefix, now_ms) = (Arc::clone(&app.keyring), app.config.card_prefix.clone(), app.now_ms());
    let id = idempotency::once(&app, key, "member", move |conn| newcomer.enrol(conn, &keyring, &card_prefix, now_ms)).await?;
    occasion::consider(&app, MemberId(id)).await;
    Ok((StatusCode::CREATED, Json(read(&app, MemberId(id)).await?)))
}

/// Somebody about to be enrolled.
struct Newcomer {
    member: member::NewMember,
    /// The id of the card that is made, when she brings none.
    card: Option<IdentityId>,
    /// What she says of what the brand asks for.
    consents: Vec<Statement>,
}

impl Newcomer {
    fn read(app: &App, caller: &Caller, rules: &ConsentRules, draft: &MemberDraft) -> ApiResult<Self> {
        let usual = if caller.actor().kind == ActorKind::User { SourceKind::Counter } else { SourceKind::Api };
        let source = draft.source.clone().unwrap_or(SourceDraft { kind: usual, code: None });
        let identities = draft.identities(&app.brand().country)?;
        let has_card = identities.iter().any(|identity| identity.kind == IdentityKind::Card);
        let member = member::NewMember {
            id: MemberId(app.next_id()),
            source_kind: source.kind.word().to_owned(),
            source_code: field::optional(source.code.as_deref().unwrap_or_default(), 64, "source.code")?,
            joined_at_ms: app.now_ms(),
            fields: draft.fields()?,
            identities: identities
                .into_iter()
                .zip(&draft.identities)
                .map(|(identity, sent)| proved(app, identity, sent))
                .collect(),
        };
        let clerk = Clerk { app, rules, actor: caller.actor() };
        let consents = clerk.read(member.id, &draft.consents, None, "consents")?;
        Ok(Newcomer { member, consents, card: (!has_card).then(|| IdentityId(app.next_id())) })
    }

    fn enrol(&self, conn: &mut Conn, keyring: &Keyring, card_prefix: &str, now_ms: i64) -> Result<Made, StoreError> {
        for _ in 0..CARD_TRIES {
            let mut member = self.member.clone();
            if let Some(id) = self.card {
                match next_card(conn, card_prefix)? {
                    Ok(card) => member.identities.push(identity::NewIdentity { id, identity: card, verified_at_ms: None }),
                    Err(error) => return Ok(Err(error)),
                }
            }
            let sealed = member::seal(keyring, member, &mut random::fill)?;
            match member::insert(conn, &[sealed], now_ms)?.first() {
                Some(Enrolment::Taken { position, owner }) if *position < self.member.identities.len() => {
                    return Ok(Err(taken(*owner, &format!("identities[{position}].value"))));
                }
                Some(Enrolment::Taken { .. }) => {}
                Some(Enrolment::Enrolled) | None => {
                    consent::say(conn, &self.consents, now_ms)?;
                    return Ok(Ok(self.member.id.0));
                }
            }
        }
        Ok(Err((&kinds::CARD_SEQUENCE_EXHAUSTED).into()))
    }
}

fn new_identity(app: &App, identity: Identity) -> identity::NewIdentity {
    identity::NewIdentity { id: IdentityId(app.next_id()), identity, verified_at_ms: None }
}

/// An identity as it was sent: proved now, or only named.
fn proved(app: &App, identity: Identity, sent: &NewIdentity) -> identity::NewIdentity {
    let verified_at_ms = sent.verified.then(|| app.now_ms());
    identity::NewIdentity { verified_at_ms, ..new_identity(app, identity) }
}

fn next_card(conn: &mut Conn, prefix: &str) -> Result<ApiResult<Identity>, StoreError> {
    let number = setting::take_numbers(conn, CARD_COUNTER, 1)?;
    let card = card_number(number.unsigned_abs(), prefix);
    Ok(card.map(|value| Identity { kind: IdentityKind::Card, issuer: None, value }).map_err(ApiError::from))
}

fn taken(owner: MemberId, field: &str) -> ApiError {
    ApiError::new(&kinds::IDENTITY_TAKEN).at(field).member(owner)
}

/// A member's file, and where she stands.
#[utoipa::path(get, path = "/members/{id}", tag = "members", operation_id = "get_member", params(("id" = MemberId, Path)),
    responses((status = 200, body = Member)))]
async fn get(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Member>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(read(&app, id).await?))
}

/// Who changes something now.
fn author(app: &App, caller: &Caller) -> Author {
    Author { change: ChangeId(app.next_id()), actor: caller.actor() }
}

/// Refuses whom nobody knows, and a file that is closed or destroyed: it is opened again before it is changed.
fn changeable(conn: &mut Conn, id: MemberId) -> Result<ApiResult<()>, StoreError> {
    Ok(match member::statuses(conn, &[id])?.get(&id) {
        None => Err((&kinds::UNKNOWN_MEMBER).into()),
        Some(MemberStatus::Closed | MemberStatus::Erased) => Err((&kinds::MEMBER_CLOSED).into()),
        Some(MemberStatus::Active | MemberStatus::Unclaimed) => Ok(()),
    })
}

/// Changes a member's file: what is left out stays, null clears.
#[utoipa::path(patch, path = "/members/{id}", tag = "members", operation_id = "change_member", params(("id" = MemberId, Path)),
    request_body = MemberPatch, responses((status = 200, body = Member)))]
async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    body: JsonBody<MemberPatch>,
) -> ApiResult<Json<Member>> {
    caller.require(Scope::MembersWrite)?;
    let (patch, now_ms, author) = (body.value.read()?, app.now_ms(), author(&app, &caller));
    idempotency::write(&app, move |conn| {
        let changeable = changeable(conn, id)?;
        if changeable.is_ok() {
            member::update(conn, id, now_ms, author, |fields| patch.apply(fields))?;
        }
        Ok(changeable)
    })
    .await?;
    occasion::consider(&app, id).await;
    Ok(Json(read(&app, id).await?))
}

/// Gives a member a further identity. One that another member has is refused with that member's id, and the two are suggested as one person
/// where their files allow it. Where both have proved it and the brand's rules of merging say so, the other is merged into this member
/// instead, at once; her timeline says by which rule, and it can be undone.
#[utoipa::path(post, path = "/members/{id}/identities", tag = "members", operation_id = "add_identity",
    params(("id" = MemberId, Path)), request_body = NewIdentity, responses((status = 201, body = Member)))]
async fn add_identity(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    body: JsonBody<NewIdentity>,
) -> ApiResult<(StatusCode, Json<Member>)> {
    caller.require(Scope::MembersWrite)?;
    let key = caller.key("add_identity", body.hash);
    let identity = body.value.read(&app.brand().country, "value")?;
    let new = proved(&app, identity.clone(), &body.value);
    let (keyring, at) = (Arc::clone(&app.keyring), (app.now_ms(), author(&app, &caller)));
    let eyes = app.store.read(duplicate::State::read).await?.unwrap_or_default().sight(&app);
    let joiner =
        Joiner { rules: app.rules(), ids: Arc::clone(&app.ids), keyring: Arc::clone(&app.keyring), eyes, actor: caller.actor() };
    let claiming = joiner.clone();
    let made = idempotency::once(&app, key, "member", move |conn| {
        if let Err(error) = changeable(conn, id)? {
            return Ok(Err(error));
        }
        let had = identity::of_members(conn, &keyring, &[id])?.remove(&id).map_or(0, |identities| identities.len());
        if had >= IDENTITIES_MAX {
            return Ok(Err((&kinds::TOO_MANY_IDENTITIES).into()));
        }
        let given = identity::add(conn, &keyring, id, &new, at, &mut random::fill)?;
        match given {
            Given::Taken(owner) if joiner.join(conn, id, owner, &new)? => Ok(Ok(id.0)),
            Given::Already if new.verified_at_ms.is_some() => {
                prove(conn, &keyring, id, &new)?;
                Ok(Ok(id.0))
            }
            given => Ok(made(given, id)),
        }
    });
    if let Err(error) = made.await {
        if error.code() == kinds::IDENTITY_TAKEN.code {
            app.store.write(move |conn| claiming.suggest(conn, id, &identity)).await?;
        }
        return Err(error);
    }
    Ok((StatusCode::CREATED, Json(read(&app, id).await?)))
}

/// Notes that a member proved what she had named before.
fn prove(conn: &mut Conn, keyring: &Keyring, member: MemberId, new: &identity::NewIdentity) -> Result<(), StoreError> {
    let (Some(at_ms), had) = (new.verified_at_ms, identity::of_members(conn, keyring, &[member])?) else { return Ok(()) };
    let same = had.get(&member).into_iter().flatten().find(|record| record.identity == new.identity);
    match same.filter(|record| record.verified_at_ms.is_none()) {
        Some(record) => identity::verify(conn, member, record.id, at_ms).map(drop),
        None => Ok(()),
    }
}

fn made(given: Given, member: MemberId) -> Made {
    match given {
        Given::Added | Given::Already => Ok(member.0),
        Given::Taken(owner) => Err(taken(owner, "value")),
        Given::NoMember => Err((&kinds::UNKNOWN_MEMBER).into()),
    }
}

/// Closes an identity: nobody is found by it any more, and it is free for another member.
#[utoipa::path(delete, path = "/members/{id}/identities/{part}", tag = "members", operation_id = "close_identity",
    params(("id" = MemberId, Path), ("part" = IdentityId, Path)), responses((status = 200, body = Member)))]
async fn close_identity(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(id, part): PathIds<MemberId, IdentityId>,
) -> ApiResult<Json<Member>> {
    caller.require(Scope::MembersWrite)?;
    let (keyring, at) = (Arc::clone(&app.keyring), (app.now_ms(), author(&app, &caller)));
    idempotency::write(&app, move |conn| {
        if let Err(error) = changeable(conn, id)? {
            return Ok(Err(error));
        }
        let closed = identity::close(conn, &keyring, id, at, |record| record.id == part)?;
        Ok(if closed.is_empty() { Err((&kinds::UNKNOWN_IDENTITY).into()) } else { Ok(()) })
    })
    .await?;
    Ok(Json(read(&app, id).await?))
}

/// Gives a member a new card in place of the one that she lost; the old number opens nothing any more.
#[utoipa::path(post, path = "/members/{id}/card-replacements", tag = "members", operation_id = "replace_card",
    params(("id" = MemberId, Path)), request_body = CardReplacement, responses((status = 201, body = Member)))]
async fn replace_card(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    body: JsonBody<CardReplacement>,
) -> ApiResult<(StatusCode, Json<Member>)> {
    caller.require(Scope::MembersWrite)?;
    let key = caller.key("replace_card", body.hash);
    let reason = field::required(&body.value.reason, REASON_CHARACTERS_MAX, "reason")?;
    let note = NoteRecord {
        id: NoteId(app.next_id()),
        member: id,
        text: replaced(&reason, app.brand().language),
        at_ms: app.now_ms(),
        actor: caller.actor(),
    };
    let (card, author) = (IdentityId(app.next_id()), author(&app, &caller));
    let (keyring, prefix) = (Arc::clone(&app.keyring), app.config.card_prefix.clone());
    idempotency::once(&app, key, "member", move |conn| match changeable(conn, id)? {
        Ok(()) => new_card(conn, &keyring, &prefix, (card, author), &note),
        Err(error) => Ok(Err(error)),
    })
    .await?;
    Ok((StatusCode::CREATED, Json(read(&app, id).await?)))
}

fn replaced(reason: &str, language: Language) -> String {
    match language {
        Language::ZhCn => format!("换卡：{reason}"),
        Language::ZhTw => format!("換卡：{reason}"),
        Language::Ko => format!("카드 재발급: {reason}"),
        Language::En => format!("Card replaced: {reason}"),
    }
}

fn new_card(
    conn: &mut Conn,
    keyring: &Keyring,
    prefix: &str,
    (id, author): (IdentityId, Author),
    note: &NoteRecord,
) -> Result<Made, StoreError> {
    for _ in 0..CARD_TRIES {
        let identity = match next_card(conn, prefix)? {
            Ok(card) => card,
            Err(error) => return Ok(Err(error)),
        };
        let new = identity::NewIdentity { id, identity, verified_at_ms: None };
        match identity::replace_card(conn, keyring, note.member, &new, (note.at_ms, author), &mut random::fill)? {
            Given::Taken(_) | Given::Already => {}
            Given::Added => {
                note::insert(conn, note)?;
                return Ok(Ok(note.member.0));
            }
            Given::NoMember => return Ok(Err((&kinds::UNKNOWN_MEMBER).into())),
        }
    }
    Ok(Err((&kinds::CARD_SEQUENCE_EXHAUSTED).into()))
}

async fn card_of(app: &App, id: MemberId) -> ApiResult<String> {
    let keyring = Arc::clone(&app.keyring);
    let record = app.store.read(move |conn| member::find_one(conn, &keyring, id)).await?.ok_or(&kinds::UNKNOWN_MEMBER)?;
    card_no(&record).map(str::to_owned).ok_or_else(|| (&kinds::NO_CARD).into())
}

fn picture(svg: String) -> Response {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CONTENT_SECURITY_POLICY, "default-src 'none'")], svg).into_response()
}

/// A member's newest card as a bar code (Code 128).
#[utoipa::path(get, path = "/members/{id}/barcode.svg", tag = "members", operation_id = "get_barcode", params(("id" = MemberId, Path)),
    responses((status = 200, body = String, content_type = "image/svg+xml")))]
async fn barcode(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Response> {
    caller.require(Scope::MembersRead)?;
    let svg = code128_svg(&card_of(&app, id).await?).map_err(|_| &kinds::NO_CARD)?;
    Ok(picture(svg))
}

/// A member's newest card as a QR code.
#[utoipa::path(get, path = "/members/{id}/qr.svg", tag = "members", operation_id = "get_qr", params(("id" = MemberId, Path)),
    responses((status = 200, body = String, content_type = "image/svg+xml")))]
async fn qr(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Response> {
    caller.require(Scope::MembersRead)?;
    let svg = qr_svg(&card_of(&app, id).await?).map_err(|_| &kinds::NO_CARD)?;
    Ok(picture(svg))
}

//! Who is on a list: put on it by hand, by number or by a file, and taken off it.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use danggol_core::id::{ImportId, MemberId, SegmentId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::tag::Cause;
use danggol_store::segment::{self, Basis};
use danggol_store::{Conn, StoreError, identity, member, merge};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId};
use crate::idempotency;
use crate::import::columns::{Field, Kind, recognise};
use crate::import::run::ImportError;
use crate::import::table::{Row, Table, TableOptions};
use crate::member::NewIdentity;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::imports::{Form, UploadForm, receive, unwritable};
use crate::segment::Segments;
use crate::tag::Hand;

/// The most members that are put on a list, or taken off it, in one request.
const LISTED_MAX: usize = 10_000;
/// Rows of a file that are looked up, and members that are put on a list, at once.
const ROWS_AT_ONCE: usize = 1_000;
/// The most rows of a file that are named as nobody's.
const UNKNOWN_SHOWN: usize = 100;

/// The routes. A file may be as long as the settings say, not as long as other bodies.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(put_on_list)).routes(routes!(put_file_on_list).layer(DefaultBodyLimit::disable()))
}

/// What changes on a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListChange {
    /// Members to put on it.
    #[serde(default)]
    pub add: Vec<MemberId>,
    /// Members to take off it.
    #[serde(default)]
    pub remove: Vec<MemberId>,
    /// Members to put on it, by what they are recognised by.
    #[serde(default)]
    pub identities: Vec<NewIdentity>,
}

/// What came of a change to a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListOutcome {
    /// Who were not on it before.
    pub added: u64,
    /// Who are not on it any more.
    pub removed: u64,
    /// The places in `identities`, from zero, of those that are nobody's or cannot be read.
    pub unknown: Vec<usize>,
}

/// What came of a file that was put on a list.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct FileOutcome {
    /// Its rows, without the header.
    pub rows: u64,
    /// Members who were not on the list before.
    pub added: u64,
    /// Members who were.
    pub already: u64,
    /// Rows by which nobody is found.
    pub unknown: u64,
    /// Where the first hundred of these stand, as a person counts lines or rows from 1.
    pub unknown_rows: Vec<u64>,
    /// Who were put on the list, so that taking them off it undoes this; none where they are more than can be taken off in one request.
    pub added_members: Vec<MemberId>,
}

/// Why nobody can be put on a segment as on a list; none when one can.
fn refuse_list(conn: &mut Conn, id: SegmentId) -> Result<Option<ApiError>, StoreError> {
    Ok(match segment::find(conn, id)?.map(|record| record.basis) {
        None => Some((&kinds::UNKNOWN_SEGMENT).into()),
        Some(Basis::Rule(_)) => Some((&kinds::RULE_HAS_NO_LIST).into()),
        Some(Basis::List) => None,
    })
}

/// Puts members on a list and takes others off it. Numbers that are nobody's are told and left out.
#[utoipa::path(post, path = "/segments/{id}/members", tag = "segments", operation_id = "change_list", params(("id" = SegmentId, Path)),
    request_body = ListChange, responses((status = 200, body = ListOutcome)))]
async fn put_on_list(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
    body: JsonBody<ListChange>,
) -> ApiResult<Json<ListOutcome>> {
    caller.require(Scope::ProgrammeWrite)?;
    let ListChange { add, remove, identities } = body.value;
    if add.len() + remove.len() + identities.len() > LISTED_MAX {
        return Err(ApiError::new(&kinds::TOO_LONG).at("add"));
    }
    let country = app.brand().country.clone();
    let read = |(place, given): (usize, &NewIdentity)| given.read(&country, "identities").ok().map(|identity| (place, identity));
    let lookups: Vec<(usize, String)> =
        identities.iter().enumerate().filter_map(read).map(|(place, identity)| (place, app.keyring.lookup(&identity))).collect();
    let (given, now_ms, writer) = (identities.len(), app.now_ms(), Arc::clone(&app));
    let hand = Hand { cause: Cause::Import, actor: caller.actor(), reason: None, now_ms };
    let changed = idempotency::write(&app, move |conn| {
        if let Some(refused) = refuse_list(conn, id)? {
            return Ok(Err(refused));
        }
        let owners = identity::owners(conn, lookups.iter().map(|(_, lookup)| lookup))?;
        let known: Vec<(usize, MemberId)> =
            lookups.iter().filter_map(|(place, lookup)| Some((*place, *owners.get(lookup)?))).collect();
        let asked: Vec<MemberId> = add.iter().copied().chain(known.iter().map(|(_, member)| *member)).collect();
        let there: BTreeSet<MemberId> = member::files(conn, &asked)?.into_iter().map(|record| record.id).collect();
        let segments = Segments::read(conn)?;
        let (added, removed) = match segments.tag(id) {
            Some(_) => {
                let (there, next_id) = (there.into_iter().collect::<Vec<_>>(), || writer.next_id());
                let (added, _) = hand.lay(conn, &segments, (&[id], &[]), &there, &next_id)?;
                (added, hand.lay(conn, &segments, (&[], &[id]), &remove, &next_id)?.1)
            }
            None => (segment::list(conn, id, &there, now_ms)?, segment::unlist(conn, id, &remove.iter().copied().collect())?),
        };
        let unknown = (0..given).filter(|place| known.iter().all(|(found, _)| found != place)).collect();
        Ok(Ok(ListOutcome { added, removed, unknown }))
    });
    Ok(Json(changed.await?))
}

/// Puts the members of a file on a list: one a row, by a column with member ids (`mem_…`), phone numbers, e-mail addresses, card numbers
/// or numbers of another system. Rows by which nobody is found are told and left out.
#[utoipa::path(post, path = "/segments/{id}/file", tag = "segments", operation_id = "put_file_on_list",
    params(("id" = SegmentId, Path)), request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 200, body = FileOutcome)))]
async fn put_file_on_list(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<SegmentId>,
    form: Form,
) -> ApiResult<Json<FileOutcome>> {
    caller.require(Scope::ProgrammeWrite)?;
    if let Some(refused) = app.store.read(move |conn| refuse_list(conn, id)).await? {
        return Err(refused);
    }
    let file = receive(&app, ImportId(app.next_id()), form).await?;
    let (reader, path) = (Arc::clone(&app), file.path.clone());
    let read = tokio::task::spawn_blocking(move || members_of(&reader, path));
    let (members, mut outcome) = read.await.map_err(unwritable)??;
    drop(file);
    let hand = Hand { cause: Cause::Import, actor: caller.actor(), reason: None, now_ms: app.now_ms() };
    let now_ms = hand.now_ms;
    let before: BTreeSet<MemberId> = app.store.read(move |conn| segment::listed(conn, id, now_ms)).await?.into_iter().collect();
    let members: Vec<MemberId> = members.into_iter().collect();
    for part in members.chunks(ROWS_AT_ONCE) {
        let (part, hand, writer) = (part.to_vec(), hand.clone(), Arc::clone(&app));
        let added = idempotency::write(&app, move |conn| {
            if let Some(refused) = refuse_list(conn, id)? {
                return Ok(Err(refused));
            }
            let segments = Segments::read(conn)?;
            match segments.tag(id) {
                Some(_) => Ok(Ok(hand.lay(conn, &segments, (&[id], &[]), &part, &|| writer.next_id())?.0)),
                None => segment::list(conn, id, &part.iter().copied().collect(), hand.now_ms).map(Ok),
            }
        });
        outcome.added += added.await?;
    }
    outcome.already = members.len() as u64 - outcome.added;
    let new: Vec<MemberId> = members.into_iter().filter(|member| !before.contains(member)).collect();
    outcome.added_members = if new.len() <= LISTED_MAX { new } else { Vec::new() };
    Ok(Json(outcome))
}

/// By what a row may name a member.
struct Named {
    row: u64,
    member: Option<MemberId>,
    lookups: Vec<String>,
}

/// The members whom a file names, in the order of their ids, and where it names nobody.
fn members_of(app: &App, path: PathBuf) -> Result<(BTreeSet<MemberId>, FileOutcome), ImportError> {
    let mut table = Table::open(&path, &TableOptions::default())?;
    let kinds = columns(table.columns());
    let country = app.brand().country.clone();
    let (mut members, mut outcome, mut row) = (BTreeSet::new(), FileOutcome::default(), Row::default());
    let mut waiting: Vec<Named> = Vec::new();
    loop {
        let is_there = table.next(&mut row)?;
        if is_there {
            let identity = |(column, kind): &(usize, IdentityKind)| Identity::new(*kind, None, row.cell(*column), &country).ok();
            waiting.push(Named {
                row: row.number(),
                member: row.cells().find_map(|cell| cell.trim().parse().ok()),
                lookups: kinds.iter().filter_map(identity).map(|identity| app.keyring.lookup(&identity)).collect(),
            });
        }
        if waiting.len() >= ROWS_AT_ONCE || !is_there {
            outcome.rows += waiting.len() as u64;
            let rows = std::mem::take(&mut waiting);
            let (found, nobody) = app.store.read_blocking(move |conn| people(conn, &rows))?;
            members.extend(found);
            outcome.unknown += nobody.len() as u64;
            outcome.unknown_rows.extend(nobody.into_iter().take(UNKNOWN_SHOWN - outcome.unknown_rows.len()));
        }
        if !is_there {
            return Ok((members, outcome));
        }
    }
}

/// The columns of a file that may name a member, and by what: those that are recognised by their names, else the first one by whatever it
/// may hold.
fn columns(names: &[String]) -> Vec<(usize, IdentityKind)> {
    let kind = |field: Field| match field {
        Field::Phone => Some(IdentityKind::Phone),
        Field::Email => Some(IdentityKind::Email),
        Field::Card => Some(IdentityKind::Card),
        Field::External => Some(IdentityKind::External),
        _ => None,
    };
    let guesses = recognise(Kind::Members, names);
    let known: Vec<_> = guesses.iter().filter_map(|guess| Some((guess.column, kind(guess.field)?))).collect();
    let any = [IdentityKind::Phone, IdentityKind::Card, IdentityKind::Email, IdentityKind::External];
    if known.is_empty() { any.map(|kind| (0, kind)).to_vec() } else { known }
}

/// Whom rows name, each by the member who keeps her file, and the rows that name nobody.
fn people(conn: &mut Conn, rows: &[Named]) -> Result<(Vec<MemberId>, Vec<u64>), StoreError> {
    let owners = identity::owners(conn, rows.iter().flat_map(|named| &named.lookups))?;
    let of = |named: &Named| named.member.or_else(|| named.lookups.iter().find_map(|lookup| owners.get(lookup).copied()));
    let asked: Vec<MemberId> = rows.iter().filter_map(of).collect();
    let keepers = merge::keepers(conn, &asked)?;
    let keeper = |member: MemberId| keepers.get(&member).copied().unwrap_or(member);
    let kept: Vec<MemberId> = asked.iter().copied().map(keeper).collect();
    let there: BTreeSet<MemberId> = member::files(conn, &kept)?.into_iter().map(|record| record.id).collect();
    let found: HashMap<u64, MemberId> = rows
        .iter()
        .filter_map(|named| Some((named.row, of(named).map(keeper).filter(|member| there.contains(member))?)))
        .collect();
    let nobody = rows.iter().map(|named| named.row).filter(|row| !found.contains_key(row)).collect();
    Ok((found.into_values().collect(), nobody))
}

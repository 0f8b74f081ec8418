//! What a member has and how it came about: balances, lots, entries, purchases, the timeline; and adjustments by hand.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::condition::day_of;
use danggol_core::consent::ConsentRules;
use danggol_core::decide::{Adjustment, Command, Envelope, Outcome};
use danggol_core::holder::HolderState;
use danggol_core::id::{ChangeId, ConsentId, EntryId, MemberId, NoteId, PurchaseId, SegmentId, TagEntryId};
use danggol_core::ledger::{Asset, Lot};
use danggol_core::purchase::Line;
use danggol_core::time::rfc3339;
use danggol_store::change::{self, ChangeRecord};
use danggol_store::consent::{self, Statement};
use danggol_store::note::{self, NoteRecord};
use danggol_store::purchase::{self, Logged, PurchaseRecord};
use danggol_store::tag::{self, TagEntry};
use danggol_store::{Conn, StoreError, holder, member, product, segment};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::consent::ConsentEntryView;
use crate::extract::{JsonBody, PathId, QueryParams};
use crate::field;
use crate::page::{Page, PageQuery};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit::{self, DryRun};
use crate::routes::consents;
use crate::routes::tags::TagEntryView;
use crate::tag::follow_one;
use crate::view::{ActorView, ChangeView, EntryView, Lens, Names, PurchaseView, PurseView, Standing};

/// The most characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(balances))
        .routes(routes!(lots))
        .routes(routes!(entries))
        .routes(routes!(purchases))
        .routes(routes!(timeline))
        .routes(routes!(adjust))
}

/// All purses of a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    /// One for each asset.
    pub items: Vec<PurseView>,
}

/// A lot.
#[derive(Debug, Serialize, ToSchema)]
pub struct LotView {
    /// Of what.
    pub asset: Asset,
    /// Units given at first.
    pub earned: i64,
    /// Units still there.
    pub remaining: i64,
    /// From when it may be spent; none: at once.
    pub available_at: Option<String>,
    /// When it lapses.
    pub expires_at: Option<String>,
    /// The entry that earned it.
    pub entry_id: Option<EntryId>,
}

/// The open lots of a member, the one that lapses first in front.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lots {
    /// The lots.
    pub items: Vec<LotView>,
}

/// A part of a member's log, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entries {
    /// The entries.
    pub items: Vec<EntryView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// A part of a member's purchases, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Purchases {
    /// The purchases.
    pub items: Vec<PurchaseView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// A note on a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteView {
    /// Its id.
    pub id: NoteId,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub at: String,
    /// Who wrote it.
    pub actor: ActorView,
}

/// What a moment of a timeline is about.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    /// Something in the log.
    Entry,
    /// A note.
    Note,
    /// Her file was changed, closed or opened again, or what she is recognised by.
    Change,
    /// A tag came to her, or went from her.
    Tag,
    /// She agreed to something, or withdrew it.
    Consent,
    /// She joined.
    Joined,
}

/// A moment of a member's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct MomentView {
    /// When.
    pub at: String,
    /// What it is about.
    pub kind: MomentKind,
    /// The entry, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<EntryView>,
    /// The purchase, when the entry is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<PurchaseView>,
    /// The note, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<NoteView>,
    /// The change, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeView>,
    /// The tag that came or went, when it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<TagEntryView>,
    /// What she said when she was asked for her consent, when it is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentEntryView>,
}

impl MomentView {
    fn new(at: String, kind: MomentKind) -> Self {
        MomentView { at, kind, entry: None, purchase: None, note: None, change: None, tag: None, consent: None }
    }
}

/// A part of a timeline, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// The moments.
    pub items: Vec<MomentView>,
    /// Where the next part begins.
    pub next_cursor: Option<String>,
}

/// An adjustment by hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAdjustment {
    /// Of what; points when it is left out.
    #[serde(default = "points")]
    pub asset: Asset,
    /// Units; below zero takes away.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    pub amount: i64,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

fn points() -> Asset {
    Asset::Points
}

/// What an adjustment did.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdjustmentResult {
    /// Its entry.
    pub entry: EntryView,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// The member's holder and state.
fn state_of(conn: &mut Conn, id: MemberId) -> Result<Option<HolderState>, StoreError> {
    let Some((of, _)) = member::holder_of(conn, id)? else { return Ok(None) };
    Ok(Some(holder::find(conn, &[of])?.remove(&of).unwrap_or_default()))
}

async fn state(app: &App, id: MemberId) -> ApiResult<HolderState> {
    let found = app.store.read(move |conn| state_of(conn, id)).await?;
    Ok(found.ok_or(&kinds::UNKNOWN_MEMBER)?)
}

/// What a member has of each asset.
#[utoipa::path(get, path = "/members/{id}/balances", tag = "ledger", operation_id = "list_balances",
    params(("id" = MemberId, Path)), responses((status = 200, body = Balances)))]
async fn balances(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Balances>> {
    caller.require(Scope::MembersRead)?;
    let (state, now_ms) = (state(&app, id).await?, app.now_ms());
    let items = Asset::ALL.into_iter().map(|asset| PurseView::new(asset, state.purse(asset), now_ms)).collect();
    Ok(Json(Balances { items }))
}

fn lot_view(asset: Asset, lot: &Lot) -> LotView {
    LotView {
        asset,
        earned: lot.earned,
        remaining: lot.remaining,
        available_at: (lot.available_at_ms > 0).then(|| rfc3339(lot.available_at_ms)),
        expires_at: lot.expires_at_ms.map(rfc3339),
        entry_id: (lot.entry != 0).then_some(EntryId(lot.entry)),
    }
}

/// The open lots of a member.
#[utoipa::path(get, path = "/members/{id}/lots", tag = "ledger", operation_id = "list_lots",
    params(("id" = MemberId, Path)), responses((status = 200, body = Lots)))]
async fn lots(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Lots>> {
    caller.require(Scope::MembersRead)?;
    let state = state(&app, id).await?;
    let of = |asset| state.purse(asset).lots.iter().map(move |lot| lot_view(asset, lot)).collect::<Vec<_>>();
    Ok(Json(Lots { items: Asset::ALL.into_iter().flat_map(of).collect() }))
}

/// A part of the log with postings and names.
struct LogPage {
    log: Vec<Logged>,
    notes: Vec<NoteRecord>,
    changes: Vec<ChangeRecord>,
    tags: Vec<TagEntry>,
    tag_names: Vec<(SegmentId, String)>,
    consents: Vec<Statement>,
    postings: HashMap<EntryId, Vec<danggol_core::ledger::Posting>>,
    names: Names,
    joined_at_ms: i64,
}

/// What is read for a page of the log; `file` says whether notes and changes are wanted too.
fn log_page(conn: &mut Conn, id: MemberId, page: Page<EntryId>, file: bool) -> Result<Option<LogPage>, StoreError> {
    let Some((_, joined_at_ms)) = member::holder_of(conn, id)? else { return Ok(None) };
    let (before, most) = (page.before, page.to_read() as i64);
    let log = purchase::log(conn, id, before, page.to_read())?;
    let (mut notes, mut changes, mut tags, mut tag_names) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut consents = Vec::new();
    if file {
        notes = note::of_member(conn, id, NoteId(before.0), most)?;
        changes = change::of_member(conn, id, ChangeId(before.0), most)?;
        tags = tag::entries_of(conn, id, TagEntryId(before.0), most)?;
        consents = consent::of_member(conn, id, ConsentId(before.0), most)?;
        tag_names = segment::all(conn)?.into_iter().map(|record| (record.id, record.name)).collect();
    }
    let postings = purchase::postings(conn, log.iter().map(Logged::id))?;
    let mut names = Names::of_log(conn, &log)?;
    let actors = notes.iter().map(|note| note.actor).chain(changes.iter().map(|change| change.author.actor));
    let actors = actors.chain(tags.iter().map(|entry| entry.actor)).chain(consents.iter().map(|said| said.actor));
    names.add(Names::read(conn, actors, [])?);
    Ok(Some(LogPage { log, notes, changes, tags, tag_names, consents, postings, names, joined_at_ms }))
}

/// Everything that happened to what a member has, with the why of every point.
#[utoipa::path(get, path = "/members/{id}/entries", tag = "ledger", operation_id = "list_entries",
    params(("id" = MemberId, Path), PageQuery), responses((status = 200, body = Entries)))]
async fn entries(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> ApiResult<Json<Entries>> {
    caller.require(Scope::MembersRead)?;
    let page = query.page(EntryId)?;
    let read = app.store.read(move |conn| log_page(conn, id, page, false)).await?.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let LogPage { mut log, mut postings, names, .. } = read;
    let next_cursor = page.cut(&mut log, Logged::id);
    let lens = Lens { names, ..benefit::lens_of_log(&app, &caller, &log).await? };
    let view = |logged: &Logged| EntryView::new(&lens, logged, postings.remove(&logged.id()).unwrap_or_default());
    Ok(Json(Entries { items: log.iter().map(view).collect(), next_cursor }))
}

/// Which purchases: all that are said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PurchasesQuery {
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<usize>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Those with this category.
    #[serde(default)]
    pub category: Option<String>,
    /// Those with this article.
    #[serde(default)]
    pub sku: Option<String>,
    /// Those with an article of this brand.
    #[serde(default)]
    pub brand: Option<String>,
    /// Those in this store.
    #[serde(default)]
    pub store: Option<String>,
    /// Those by this channel.
    #[serde(default)]
    pub channel: Option<String>,
    /// Those of which something came back, or of which nothing did.
    #[serde(default)]
    pub returned: Option<bool>,
    /// Those from which something came off, or from which nothing did.
    #[serde(default)]
    pub discounted: Option<bool>,
    /// Those with a coupon, or without one.
    #[serde(default)]
    pub with_coupon: Option<bool>,
    /// From this business day on, `YYYY-MM-DD`.
    #[serde(default)]
    pub from: Option<String>,
    /// Up to this business day, `YYYY-MM-DD`.
    #[serde(default)]
    pub to: Option<String>,
}

impl PurchasesQuery {
    /// Business days as days since 1970-01-01.
    fn days(&self) -> ApiResult<(i64, i64)> {
        let day = |text: &Option<String>, open: i64, at: &'static str| match text {
            None => Ok(open),
            Some(text) => day_of(text).ok_or_else(|| ApiError::new(&kinds::DATE_INVALID).at(at)),
        };
        Ok((day(&self.from, i64::MIN, "from")?, day(&self.to, i64::MAX, "to")?))
    }

    /// Whether nothing is asked for but the next part.
    fn takes_all(&self) -> bool {
        *self == PurchasesQuery { limit: self.limit, cursor: self.cursor.clone(), ..PurchasesQuery::default() }
    }

    fn takes(&self, record: &PurchaseRecord, (from, to): (i64, i64), brands: &HashMap<String, String>) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|wanted| found == Some(wanted));
        let any = |wanted: &Option<String>, of: &dyn Fn(&Line) -> Option<String>| match wanted {
            None => true,
            Some(wanted) => record.lines.iter().any(|line| of(line).as_ref() == Some(wanted)),
        };
        is(&self.store, record.store.as_deref())
            && is(&self.channel, Some(&record.channel))
            && any(&self.category, &|line| line.category.clone())
            && any(&self.sku, &|line| Some(line.sku.clone()))
            && any(&self.brand, &|line| brands.get(&line.sku).cloned())
            && self.returned.is_none_or(|returned| returned != record.returned.quantities.is_empty())
            && self.discounted.is_none_or(|discounted| discounted == record.is_discounted())
            && self.with_coupon.is_none_or(|wanted| wanted == record.with_coupon())
            && (from..=to).contains(&i64::from(record.business_day))
    }
}

/// Purchases that are looked at together at least, where not all are taken.
const LOOKED_AT: usize = 500;

/// Up to `limit` purchases of a member that a query takes, the newest first: pages are read until there are so many.
fn taken(
    conn: &mut Conn,
    id: MemberId,
    query: &PurchasesQuery,
    days: (i64, i64),
    mut before: PurchaseId,
    limit: usize,
) -> Result<Vec<PurchaseRecord>, StoreError> {
    let page = if query.takes_all() { limit } else { limit.max(LOOKED_AT) };
    let mut found = Vec::new();
    loop {
        let records = purchase::newest_of(conn, id, before, page as i64)?;
        let is_last = records.len() < page;
        before = records.last().map_or(before, |record| record.id);
        let mut brands = HashMap::new();
        if query.brand.is_some() {
            let skus = records.iter().flat_map(|record| record.lines.iter().map(|line| line.sku.as_str()));
            let known = product::find(conn, skus)?;
            brands.extend(known.into_iter().filter_map(|product| Some((product.sku, product.brand?))));
        }
        found.extend(records.into_iter().filter(|record| query.takes(record, days, &brands)));
        if is_last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

fn purchases_page(
    conn: &mut Conn,
    id: MemberId,
    query: &PurchasesQuery,
    days: (i64, i64),
    page: Page<EntryId>,
) -> Result<Option<(Vec<PurchaseRecord>, Names)>, StoreError> {
    if member::holder_of(conn, id)?.is_none() {
        return Ok(None);
    }
    let records = taken(conn, id, query, days, PurchaseId(page.before.0), page.to_read())?;
    let skus = records.iter().flat_map(|record| record.lines.iter().map(|line| line.sku.as_str()));
    let mut names = Names::read(conn, [], skus)?;
    names.read_templates(conn, &records)?;
    Ok(Some((records, names)))
}

/// What a member bought, the newest first; all of it, or the purchases behind a figure of her portrait.
#[utoipa::path(get, path = "/members/{id}/purchases", tag = "ledger", operation_id = "list_purchases",
    params(("id" = MemberId, Path), PurchasesQuery), responses((status = 200, body = Purchases)))]
async fn purchases(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    QueryParams(query): QueryParams<PurchasesQuery>,
) -> ApiResult<Json<Purchases>> {
    caller.require(Scope::MembersRead)?;
    let days = query.days()?;
    let page = Page::asked(query.limit, query.cursor.as_deref(), EntryId)?;
    let read = app.store.read(move |conn| purchases_page(conn, id, &query, days, page)).await?;
    let (mut records, names) = read.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let next_cursor = page.cut(&mut records, |record| EntryId(record.id.0));
    let lens = Lens { names, ..benefit::lens(&app, &caller) };
    Ok(Json(Purchases { items: records.iter().map(|record| PurchaseView::new(&lens, record)).collect(), next_cursor }))
}

/// One moment with the number that orders it.
fn moments(lens: &Lens, rules: &ConsentRules, page: &mut LogPage) -> Vec<(i64, MomentView)> {
    let mut moments = Vec::with_capacity(page.log.len() + page.notes.len() + page.changes.len());
    for logged in &page.log {
        let entry = EntryView::new(lens, logged, page.postings.remove(&logged.id()).unwrap_or_default());
        let purchase = match logged {
            Logged::Purchase(record) => Some(PurchaseView::new(lens, record)),
            Logged::Entry { .. } => None,
        };
        let moment = MomentView::new(entry.occurred_at.clone(), MomentKind::Entry);
        moments.push((logged.id().0, MomentView { entry: Some(entry), purchase, ..moment }));
    }
    for note in &page.notes {
        let at = rfc3339(note.at_ms);
        let view = NoteView { id: note.id, text: note.text.clone(), at: at.clone(), actor: ActorView::new(lens, note.actor) };
        moments.push((note.id.0, MomentView { note: Some(view), ..MomentView::new(at, MomentKind::Note) }));
    }
    for record in page.changes.drain(..) {
        let (id, view) = (record.author.change.0, ChangeView::new(lens, record));
        moments.push((id, MomentView { change: Some(view.clone()), ..MomentView::new(view.at, MomentKind::Change) }));
    }
    for entry in &page.tags {
        let view = TagEntryView::new(lens, &page.tag_names, entry);
        moments.push((entry.id.0, MomentView { tag: Some(view.clone()), ..MomentView::new(view.at, MomentKind::Tag) }));
    }
    for said in &page.consents {
        let view = ConsentEntryView::new(lens, rules, said);
        moments.push((said.id.0, MomentView { consent: Some(view.clone()), ..MomentView::new(view.at, MomentKind::Consent) }));
    }
    moments.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    moments
}

/// Everything that happened with a member, the newest first.
#[utoipa::path(get, path = "/members/{id}/timeline", tag = "ledger", operation_id = "read_timeline",
    params(("id" = MemberId, Path), PageQuery), responses((status = 200, body = Timeline)))]
async fn timeline(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    QueryParams(query): QueryParams<PageQuery>,
) -> ApiResult<Json<Timeline>> {
    caller.require(Scope::MembersRead)?;
    let page = query.page(EntryId)?;
    follow_one(&app, id).await?;
    let read = app.store.read(move |conn| log_page(conn, id, page, true)).await?;
    let mut read = read.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let lens = Lens { names: std::mem::take(&mut read.names), ..benefit::lens_of_log(&app, &caller, &read.log).await? };
    let mut moments = moments(&lens, &consents::rules(&app).await?, &mut read);
    let next_cursor = page.cut(&mut moments, |(id, _)| EntryId(*id));
    let mut items: Vec<MomentView> = moments.into_iter().map(|(_, moment)| moment).collect();
    if next_cursor.is_none() {
        let at = rfc3339(read.joined_at_ms);
        items.push(MomentView::new(at, MomentKind::Joined));
    }
    Ok(Json(Timeline { items, next_cursor }))
}

/// Adjusts a balance by hand, with a reason.
#[utoipa::path(post, path = "/members/{id}/adjustments", tag = "ledger", operation_id = "adjust_balance",
    params(("id" = MemberId, Path), DryRun), request_body = NewAdjustment,
    responses((status = 201, body = AdjustmentResult), (status = 200, body = AdjustmentResult, description = "A repeat, or a dry run")))]
async fn adjust(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(member): PathId<MemberId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewAdjustment>,
) -> ApiResult<(StatusCode, Json<AdjustmentResult>)> {
    caller.require(Scope::BenefitsWrite)?;
    let NewAdjustment { asset, amount, reason } = body.value;
    let reason = field::required(&reason, REASON_CHARACTERS_MAX, "reason")?;
    let command = Command::Adjust(Adjustment { member, asset, amount, reason });
    let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key: caller.key("adjustments", body.hash), command };
    let answer = benefit::submit(&app, envelope, dry.dry_run).await?;
    let settled = answer.settled;
    let lens = benefit::lens(&app, &caller);
    let (entry, standing, replayed) = match (settled.outcome, settled.entry, settled.state) {
        (Outcome::Refused(refusal), ..) => return Err(refusal.into()),
        (Outcome::Replayed(id), ..) => {
            let (logged, postings, state, lens) = benefit::logged(&app, &caller, id).await?;
            (EntryView::new(&lens, &logged, postings), Standing::new(&lens.rules, &state, lens.now_ms), true)
        }
        (_, Some(entry), Some(state)) => {
            let view = EntryView::of_entry(&lens, &entry, answer.posted_at_ms, settled.postings);
            (view, Standing::new(&lens.rules, &state, lens.now_ms), false)
        }
        _ => return Err((&kinds::INTERNAL).into()),
    };
    let made = !dry.dry_run && !replayed;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(AdjustmentResult { entry, standing, replayed })))
}

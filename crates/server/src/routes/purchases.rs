//! Purchases: posted, quoted, looked at, taken back.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::decide::{Command, Detail, Entry, Envelope, Outcome, ReturnOrder};
use danggol_core::id::{CouponId, EntryId, MemberId, PurchaseId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::quote::Quote;
use danggol_core::refusal::Refusal;
use danggol_core::share::Side;
use danggol_core::time::parse_rfc3339;
use danggol_store::purchase::{self, Logged, PurchaseRecord};
use danggol_store::{Conn, StoreError, batch, identity, product, sharing};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::JsonAnswer;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::coupon;
use crate::extract::{JsonBody, PathId, QueryParams, parse};
use crate::field;
use crate::pipeline::Answer;
use crate::problem::{ApiError, ApiResult, Problem, kinds};
use crate::random;
use crate::routes::benefit::{self, DryRun, Kept};
use crate::view::{EntryView, Lens, Names, OtherMember, PassedOverView, PurchaseView, Standing};

/// The most purchases of one batch.
const BATCH_MAX: usize = 1_000;
/// The most characters of a code or number.
const CODE_CHARACTERS_MAX: usize = 64;
/// The most characters of a category.
const CATEGORY_CHARACTERS_MAX: usize = 128;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(create))
        .routes(routes!(quote))
        .routes(routes!(create_batch))
        .routes(routes!(read))
        .routes(routes!(give_back))
}

/// Whose purchase it is, by something she shows.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShownIdentity {
    /// What it is.
    pub kind: IdentityKind,
    /// Its value as it is written.
    pub value: String,
    /// Who issued it, where the kind has issuers.
    #[serde(default)]
    pub issuer: Option<String>,
}

/// A line of a purchase as it comes in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLine {
    /// Article number.
    #[schema(min_length = 1, max_length = 64)]
    pub sku: String,
    /// The category; the catalogue's when it is left out.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub category: Option<String>,
    /// Pieces; one when it is left out.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 1_000_000_000_i64)]
    pub quantity: i64,
    /// What the line costs, in minor units.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// What it stands for; a sale when it is left out.
    #[serde(default)]
    pub kind: LineKind,
    /// What had come off it already before it cost so, in minor units. It changes no amount: it tells who buys at a discount.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub off_minor: i64,
}

fn one() -> i64 {
    1
}

/// A purchase as it comes in. The member is named by `member_id` or by `identity`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPurchase {
    /// The number that the till or shop gave it; unique for ever.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub external_no: Option<String>,
    /// `store`, `online` or a name of the brand's own; `store` when it is left out.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub channel: Option<String>,
    /// Code of the store.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// Code of the employee.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff: Option<String>,
    /// Who bought.
    #[serde(default)]
    pub member_id: Option<MemberId>,
    /// Who bought, by something she shows.
    #[serde(default)]
    pub identity: Option<ShownIdentity>,
    /// When it happened, RFC 3339; now when it is left out.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// What was bought.
    #[schema(min_items = 1, max_items = 2_000)]
    pub lines: Vec<NewLine>,
    /// What the amounts of the lines are: `paid`, with every discount taken off already, or `list`, off which the offers of the programme
    /// come. `paid` when it is left out.
    #[serde(default)]
    pub pricing: Pricing,
    /// Coupons that the member shows, by id or code; only at list prices. Those that do not apply stay as they are.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub coupons: Vec<String>,
    /// A discount on the whole, in minor units.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub discount_minor: i64,
    /// Of what had come off already, what coupons took that are not the brand's own. It changes no amount: it tells who buys with coupons.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub coupon_minor: i64,
    /// How it was paid, points excepted; may be left out. What is paid as `stored_value` is taken off the member's stored value.
    #[serde(default)]
    pub tenders: Vec<Tender>,
    /// Points to pay with.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub redeem_points: i64,
}

/// What a purchase did.
#[derive(Debug, Serialize, ToSchema)]
pub struct PurchaseResult {
    /// The purchase; without an id of its own in a dry run.
    pub purchase: PurchaseView,
    /// Its entry, with the why of every point.
    pub entry: EntryView,
    /// Offers and coupons that did not apply to a purchase at list prices, and why; not told again in the answer to a repeat.
    pub offers_passed_over: Vec<PassedOverView>,
    /// Whether every combination of offers was weighed: only absurdly many leave the best of some twenty thousand.
    pub best_price: bool,
    /// Points earned.
    pub points_earned: i64,
    /// Points spent, those of others in her household included.
    pub points_redeemed: i64,
    /// Of them, what came from others in her household.
    pub points_from_household: Vec<PointsFrom>,
    /// The tier before, when the purchase changed it.
    pub tier_before: Option<String>,
    /// The tier after, when the purchase changed it.
    pub tier_after: Option<String>,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

/// Points that came from another member of the household.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointsFrom {
    /// Whose they were.
    pub member: OtherMember,
    /// Units.
    pub points: i64,
}

/// A list of purchases as it comes in. Each is read on its own, so that one bad purchase does not keep the others out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPurchases {
    /// Up to 1,000 purchases.
    #[schema(value_type = Vec<NewPurchase>, min_items = 1, max_items = 1_000)]
    pub purchases: Vec<Box<RawValue>>,
}

/// What became of one purchase of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchOutcome {
    /// The HTTP status that it would have had alone.
    pub status: u16,
    /// What it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<PurchaseResult>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What became of a batch, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchOutcomes {
    /// One for each purchase.
    pub outcomes: Vec<BatchOutcome>,
}

/// What comes back: the whole purchase, or some pieces of some lines.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReturn {
    /// Everything that has not come back yet.
    #[serde(default)]
    pub whole: bool,
    /// Pieces by line.
    #[serde(default)]
    pub lines: Option<Vec<ReturnedLine>>,
    /// When it came back, RFC 3339; now when it is left out.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

/// Pieces of one line that come back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnedLine {
    /// The place of the line, from zero.
    #[schema(minimum = 0)]
    pub line: usize,
    /// Pieces.
    #[schema(minimum = 1)]
    pub quantity: i64,
}

/// What a return did.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnResult {
    /// Its entry.
    pub entry: EntryView,
    /// The purchase as it stands now.
    pub purchase: PurchaseView,
    /// Points taken back.
    pub points_taken_back: i64,
    /// Coupons that may be used again.
    pub coupons_given_back: Vec<CouponId>,
    /// Redeemed points given back.
    pub points_given_back: i64,
    /// Stored value that goes back to what was paid in, in minor units.
    pub value_principal_back_minor: i64,
    /// Stored value that goes back to the bonus, in minor units.
    pub value_bonus_back_minor: i64,
    /// What the goods had cost, in minor units, points included.
    pub amount_minor: i64,
    /// What goes back in money, in minor units, deductions taken off.
    pub refund_minor: i64,
    /// Where the member stands now.
    pub standing: Standing,
    /// Whether this is the answer to a repeat: nothing was done again.
    pub replayed: bool,
}

pub(super) fn code(text: Option<&str>, field: &str) -> ApiResult<Option<String>> {
    text.map_or(Ok(None), |text| field::optional(text, CODE_CHARACTERS_MAX, field))
}

pub(super) fn line(index: usize, new: NewLine) -> ApiResult<Line> {
    let at = |name: &str| format!("lines[{index}].{name}");
    let category = new.category.as_deref().map(|text| field::optional(text, CATEGORY_CHARACTERS_MAX, &at("category")));
    Ok(Line {
        sku: field::required(&new.sku, CODE_CHARACTERS_MAX, &at("sku"))?,
        category: category.transpose()?.flatten(),
        quantity: new.quantity,
        amount_minor: new.amount_minor,
        kind: new.kind,
        off_minor: new.off_minor,
    })
}

pub(super) fn instant(at: Option<&str>, now_ms: i64) -> ApiResult<i64> {
    let Some(text) = at else { return Ok(now_ms) };
    let at_ms = parse_rfc3339(text).ok_or_else(|| ApiError::new(&kinds::TIME_INVALID).at("at"))?;
    // A till's clock may be a little ahead, not a day.
    if at_ms > now_ms + danggol_core::time::DAY_MS { Err(ApiError::new(&kinds::TIME_IN_FUTURE).at("at")) } else { Ok(at_ms) }
}

/// The order of a purchase, but for what only the database knows: the member behind an identity, categories of the catalogue.
struct Draft {
    order: Order,
    identity: Option<Identity>,
}

impl Draft {
    fn read(app: &App, caller: &Caller, new: NewPurchase, hash: i64) -> ApiResult<Self> {
        let at_ms = instant(new.at.as_deref(), app.now_ms())?;
        let lines = new.lines.into_iter().enumerate().map(|(index, new)| line(index, new));
        if let Some(points) = new.tenders.iter().position(|tender| tender.kind == TenderKind::Points) {
            return Err(ApiError::new(&kinds::POINTS_TENDER).at(format!("tenders[{points}].kind")));
        }
        let identity = match (&new.member_id, new.identity) {
            (Some(_), None) => None,
            (None, Some(shown)) => {
                let country = app.brand().country.clone();
                Some(
                    Identity::new(shown.kind, shown.issuer.as_deref(), &shown.value, &country)
                        .map_err(|error| ApiError::from(error).at("identity.value"))?,
                )
            }
            _ => return Err(ApiError::new(&kinds::MEMBER_OR_IDENTITY).at("member_id")),
        };
        let order = Order {
            id: PurchaseId(0),
            member: new.member_id.unwrap_or(MemberId(0)),
            external_no: code(new.external_no.as_deref(), "external_no")?,
            channel: code(new.channel.as_deref(), "channel")?.unwrap_or_else(|| "store".to_owned()),
            store: code(new.store.as_deref(), "store")?,
            staff: code(new.staff.as_deref(), "staff")?,
            moment: app.rules().moment(at_ms),
            lines: lines.collect::<ApiResult<_>>()?,
            pricing: new.pricing,
            coupons: coupon::shown(app, caller, &new.coupons)?,
            discount_minor: new.discount_minor,
            coupon_minor: new.coupon_minor,
            tenders: new.tenders,
            redeem_points: new.redeem_points,
            kind: PurchaseKind::Earn,
            input_hash: hash,
        };
        Ok(Self { order, identity })
    }

    fn needs_database(&self) -> bool {
        self.identity.is_some() || self.order.lines.iter().any(|line| line.category.is_none())
    }
}

/// Says the catalogue's categories of the lines that have none of their own: one read for all of them.
pub(super) fn categorise<'a>(conn: &mut Conn, baskets: impl Iterator<Item = &'a mut Vec<Line>>) -> Result<(), StoreError> {
    let mut lines: Vec<&mut Line> = baskets.flatten().filter(|line| line.category.is_none()).collect();
    let known = product::find(conn, lines.iter().map(|line| line.sku.as_str()).collect::<BTreeSet<_>>())?;
    let categories: HashMap<String, Option<String>> = known.into_iter().map(|product| (product.sku, product.category)).collect();
    for line in &mut lines {
        line.category = categories.get(&line.sku).cloned().flatten();
    }
    Ok(())
}

/// Finds the members behind identities and the categories of products: one read for all drafts.
async fn complete(app: &Arc<App>, mut drafts: Vec<Draft>) -> ApiResult<Vec<Result<Order, ApiError>>> {
    if drafts.iter().any(Draft::needs_database) {
        let keyring = Arc::clone(&app.keyring);
        drafts = app
            .store
            .read(move |conn| {
                categorise(conn, drafts.iter_mut().map(|draft| &mut draft.order.lines))?;
                for draft in &mut drafts {
                    if let Some(identity) = &draft.identity {
                        draft.order.member = identity::owner(conn, &keyring, identity)?.unwrap_or(MemberId(0));
                    }
                }
                Ok(drafts)
            })
            .await?;
    }
    let order = |draft: Draft| match (&draft.identity, draft.order.member) {
        (Some(_), MemberId(0)) => Err(ApiError::from(Refusal::UnknownMember).at("identity.value")),
        _ => Ok(draft.order),
    };
    Ok(drafts.into_iter().map(order).collect())
}

/// A purchase as it was kept, from the command that made it, and what it was quoted.
fn record(answer: Answer) -> Option<(PurchaseRecord, Kept, Option<Quote>)> {
    let Answer { envelope, settled, posted_at_ms } = answer;
    let (Command::Purchase(order), Some(award), Some(state)) = (envelope.command, settled.award, settled.state) else {
        return None;
    };
    let order = order.at_paid_prices(&award).into_owned();
    let record = PurchaseRecord {
        id: order.id,
        member: order.member,
        via: None,
        holder: danggol_core::id::HolderId(0),
        amount_minor: order.amount_minor(),
        quantity: order.quantity(),
        external_no: order.external_no,
        channel: order.channel,
        store: order.store,
        staff: order.staff,
        occurred_at_ms: order.moment.at_ms,
        posted_at_ms,
        business_day: order.moment.day,
        discount_minor: order.discount_minor,
        offered_minor: award.offered_minor(),
        coupon_minor: order.coupon_minor,
        redeemed_points: award.redeemed_points,
        redeemed_minor: award.redeemed_minor,
        kind: order.kind,
        actor: envelope.actor,
        programme_version: 0,
        lines: order.lines,
        tenders: order.tenders,
        award,
        returned_minor: 0,
        returned_quantity: 0,
        returned: Default::default(),
    };
    Some((record, Kept { state, postings: settled.postings, posted_at_ms }, settled.quote))
}

async fn result(app: &Arc<App>, caller: &Caller, answer: Answer) -> ApiResult<PurchaseResult> {
    match answer.settled.outcome.clone() {
        Outcome::Refused(refusal) => {
            coupon::note_guess(app, caller, &refusal);
            Err(refusal.into())
        }
        Outcome::Replayed(entry) => replayed(app, caller, entry).await,
        Outcome::Done(_) | Outcome::Nothing => {
            let mut lens = benefit::lens(app, caller);
            lens.names.add_templates(answer.settled.templates.clone());
            let shares = answer.settled.shares.iter().map(|shared| shared.entry.clone()).collect();
            let points_from_household = points_from(app, shares).await?;
            let (mut record, kept, quote) = record(answer).ok_or(&kinds::INTERNAL)?;
            record.programme_version = lens.rules.current.version;
            record.coupon_minor += record.award.coupon_minor(lens.rules.current.programme.offers.len());
            let standing = Standing::new(&lens.rules, &kept.state, kept.posted_at_ms);
            let entry = EntryView::of_purchase(&lens, &record, kept.postings);
            let result = outcome(PurchaseView::new(&lens, &record), entry, standing, &record);
            let result = PurchaseResult { points_from_household, ..result };
            let Some(quote) = quote else { return Ok(result) };
            let offers_passed_over = PassedOverView::of_quote(&lens, &record, &quote);
            Ok(PurchaseResult { offers_passed_over, best_price: quote.exact, ..result })
        }
    }
}

fn outcome(purchase: PurchaseView, entry: EntryView, standing: Standing, record: &PurchaseRecord) -> PurchaseResult {
    PurchaseResult {
        offers_passed_over: Vec::new(),
        best_price: true,
        points_earned: purchase.points_given,
        points_redeemed: purchase.redeemed_points,
        points_from_household: Vec::new(),
        tier_before: record.award.tier_before.clone(),
        tier_after: record.award.tier_after.clone(),
        purchase,
        entry,
        standing,
        replayed: false,
    }
}

/// What came from whom, by the entries that a purchase left beside its own.
async fn points_from(app: &Arc<App>, shares: Vec<Entry>) -> ApiResult<Vec<PointsFrom>> {
    if shares.is_empty() {
        return Ok(Vec::new());
    }
    let (shares, names) = app
        .store
        .read(move |conn| {
            let mut names = Names::default();
            names.read_members(conn, &shares)?;
            Ok((shares, names))
        })
        .await?;
    let taken = shares.into_iter().filter_map(|entry| match entry.detail {
        Detail::Share(detail) if detail.side == Side::Takes => Some((detail.other, detail.points())),
        _ => None,
    });
    let named = |(id, points)| PointsFrom { member: OtherMember { id, name: names.member(id).map(str::to_owned) }, points };
    let mut from: Vec<PointsFrom> = taken.map(named).collect();
    from.sort_by_key(|from| from.member.id);
    Ok(from)
}

async fn replayed(app: &Arc<App>, caller: &Caller, entry: EntryId) -> ApiResult<PurchaseResult> {
    let (logged, postings, state, lens) = benefit::logged(app, caller, entry).await?;
    let Logged::Purchase(record) = &logged else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
    let bought = record.clone();
    let shares =
        app.store.read(move |conn| if bought.redeemed_points > 0 { sharing::drawn_for(conn, &bought) } else { Ok(Vec::new()) });
    let points_from_household = points_from(app, shares.await?).await?;
    let view = PurchaseView::new(&lens, record);
    let standing = Standing::new(&lens.rules, &state, lens.now_ms);
    Ok(PurchaseResult {
        replayed: true,
        points_from_household,
        ..outcome(view, EntryView::of_purchase(&lens, record, postings), standing, record)
    })
}

fn envelope(caller: &Caller, order: Order, hash: i64) -> Envelope {
    Envelope { id: EntryId(0), actor: caller.actor(), key: caller.key("purchases", hash), command: Command::Purchase(order) }
}

async fn order(app: &Arc<App>, caller: &Caller, body: JsonBody<NewPurchase>) -> ApiResult<Order> {
    let draft = Draft::read(app, caller, body.value, body.hash)?;
    complete(app, vec![draft]).await?.into_iter().next().ok_or(&kinds::INTERNAL)?
}

/// Posts a purchase: spends the points asked for, gives what the programme gives.
#[utoipa::path(post, path = "/purchases", tag = "purchases", operation_id = "create_purchase", params(DryRun),
    request_body = NewPurchase, responses((status = 201, body = PurchaseResult), (status = 200, body = PurchaseResult, description = "A repeat, or a dry run")))]
async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewPurchase>,
) -> ApiResult<(StatusCode, JsonAnswer<PurchaseResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let hash = body.hash;
    let envelope = envelope(&caller, order(&app, &caller, body).await?, hash);
    let answer = benefit::submit(&app, envelope, dry.dry_run).await?;
    let result = result(&app, &caller, answer).await?;
    let made = !dry.dry_run && !result.replayed;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, JsonAnswer(result)))
}

/// What a purchase would cost, earn and change, without keeping anything.
#[utoipa::path(post, path = "/purchases/quote", tag = "purchases", operation_id = "quote_purchase", request_body = NewPurchase,
    responses((status = 200, body = PurchaseResult)))]
async fn quote(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewPurchase>) -> ApiResult<Json<PurchaseResult>> {
    caller.require(Scope::PurchasesWrite)?;
    let order = Order { external_no: None, ..order(&app, &caller, body).await? };
    let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key: None, command: Command::Purchase(order) };
    let answer = benefit::submit(&app, envelope, true).await?;
    Ok(Json(result(&app, &caller, answer).await?))
}

/// Posts up to 1,000 purchases; each has an outcome of its own.
#[utoipa::path(post, path = "/purchases/batch", tag = "purchases", operation_id = "create_purchases", request_body = NewPurchases,
    responses((status = 200, body = BatchOutcomes)))]
async fn create_batch(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<NewPurchases>,
) -> ApiResult<Json<BatchOutcomes>> {
    caller.require(Scope::PurchasesWrite)?;
    let count = body.value.purchases.len();
    if count == 0 || count > BATCH_MAX {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("purchases"));
    }
    let mut drafts = Vec::with_capacity(count);
    let mut results: Vec<Option<ApiResult<Answer>>> = Vec::with_capacity(count);
    let mut places = Vec::with_capacity(count);
    for (place, raw) in body.value.purchases.iter().enumerate() {
        let hash = random::hash_of(&[raw.get().as_bytes()]);
        match parse(raw.get().as_bytes()).and_then(|new| Draft::read(&app, &caller, new, hash)) {
            Ok(draft) => {
                drafts.push(draft);
                places.push(place);
                results.push(None);
            }
            Err(error) => results.push(Some(Err(error))),
        }
    }
    let mut waiting = Vec::with_capacity(places.len());
    for (place, order) in places.into_iter().zip(complete(&app, drafts).await?) {
        let queued = order.and_then(|order| {
            let key = caller
                .key("purchases/batch", body.hash)
                .map(|key| danggol_core::decide::Key { scoped: format!("{}:{place}", key.scoped), ..key });
            let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key, command: Command::Purchase(order) };
            app.pipeline.enqueue(envelope).map_err(ApiError::from)
        });
        waiting.push((place, queued));
    }
    for (place, queued) in waiting {
        results[place] = Some(match queued {
            Ok(answer) => benefit::received(answer.await),
            Err(error) => Err(error),
        });
    }
    let mut outcomes = Vec::with_capacity(count);
    for answer in results.into_iter().flatten() {
        outcomes.push(batch_outcome(&app, &caller, answer).await);
    }
    Ok(Json(BatchOutcomes { outcomes }))
}

async fn batch_outcome(app: &Arc<App>, caller: &Caller, answer: ApiResult<Answer>) -> BatchOutcome {
    let result = match answer {
        Ok(answer) => result(app, caller, answer).await,
        Err(error) => Err(error),
    };
    match result {
        Ok(result) => BatchOutcome { status: if result.replayed { 200 } else { 201 }, result: Some(result), problem: None },
        Err(error) => {
            let problem = error.problem(caller.language, &caller.mark.id);
            BatchOutcome { status: error.status().as_u16(), result: None, problem: Some(problem) }
        }
    }
}

/// A purchase as it stands.
#[utoipa::path(get, path = "/purchases/{id}", tag = "purchases", operation_id = "read_purchase", params(("id" = PurchaseId, Path)),
    responses((status = 200, body = PurchaseView)))]
async fn read(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<PurchaseId>) -> ApiResult<Json<PurchaseView>> {
    caller.require(Scope::MembersRead)?;
    let (logged, _, _, lens) = benefit::logged(&app, &caller, EntryId(id.0)).await?;
    match logged {
        Logged::Purchase(record) => Ok(Json(PurchaseView::new(&lens, &record))),
        Logged::Entry { .. } => Err(Refusal::UnknownPurchase.into()),
    }
}

/// Takes goods back: takes back exactly what they gave, gives back what they used.
#[utoipa::path(post, path = "/purchases/{id}/returns", tag = "purchases", operation_id = "return_purchase",
    params(("id" = PurchaseId, Path), DryRun), request_body = NewReturn,
    responses((status = 201, body = ReturnResult), (status = 200, body = ReturnResult, description = "A repeat, or a dry run")))]
async fn give_back(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(purchase): PathId<PurchaseId>,
    QueryParams(dry): QueryParams<DryRun>,
    body: JsonBody<NewReturn>,
) -> ApiResult<(StatusCode, Json<ReturnResult>)> {
    caller.require(Scope::PurchasesWrite)?;
    let lines = match (body.value.whole, body.value.lines) {
        (true, None) => None,
        (false, Some(lines)) => Some(lines.into_iter().map(|line| (line.line, line.quantity)).collect()),
        _ => return Err(ApiError::new(&kinds::WHOLE_OR_LINES).at("lines")),
    };
    let at_ms = instant(body.value.at.as_deref(), app.now_ms())?;
    let command = Command::Return(ReturnOrder { purchase, lines, at_ms });
    let envelope = Envelope { id: EntryId(0), actor: caller.actor(), key: caller.key("returns", body.hash), command };
    let answer = benefit::submit(&app, envelope, dry.dry_run).await?;
    let result = return_result(&app, &caller, answer, purchase).await?;
    let made = !dry.dry_run && !result.replayed;
    Ok((if made { StatusCode::CREATED } else { StatusCode::OK }, Json(result)))
}

async fn return_result(app: &Arc<App>, caller: &Caller, answer: Answer, purchase: PurchaseId) -> ApiResult<ReturnResult> {
    let batch::Settled { outcome, state, entry, returned, postings, .. } = answer.settled;
    let (entry, posted_at_ms, postings, state, replayed) = match outcome {
        Outcome::Refused(refusal) => return Err(refusal.into()),
        Outcome::Replayed(id) => {
            let (logged, postings, state, _) = benefit::logged(app, caller, id).await?;
            let Logged::Entry { entry, posted_at_ms } = logged else { return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) };
            (*entry, posted_at_ms, postings, state, true)
        }
        Outcome::Done(_) | Outcome::Nothing => {
            let (Some(entry), Some(state)) = (entry, state) else { return Err((&kinds::INTERNAL).into()) };
            (entry, answer.posted_at_ms, postings, state, false)
        }
    };
    let Detail::Return(detail) = entry.detail.clone() else {
        return Err((&kinds::IDEMPOTENCY_KEY_REUSED).into());
    };
    let (records, names) = app
        .store
        .read(move |conn| {
            let (records, mut names) = (purchase::find(conn, &[purchase])?, Names::default());
            names.read_templates(conn, &records)?;
            Ok((records, names))
        })
        .await?;
    let mut record = records.into_iter().next().ok_or(Refusal::UnknownPurchase)?;
    if let Some(kept) = returned {
        // A dry run is not in the database, and a commit may be newer than the reader's view.
        (record.returned_minor, record.returned_quantity) = (kept.returned.amount_minor, kept.returned.quantity);
        record.returned = kept.returned;
    }
    let lens = Lens { names, ..benefit::lens(app, caller) };
    Ok(ReturnResult {
        purchase: PurchaseView::new(&lens, &record),
        entry: EntryView::of_entry(&lens, &entry, posted_at_ms, postings),
        points_taken_back: detail.points_taken,
        coupons_given_back: detail.coupons,
        points_given_back: detail.given_back,
        value_principal_back_minor: detail.principal_back,
        value_bonus_back_minor: detail.bonus_back,
        amount_minor: detail.amount_minor,
        refund_minor: detail.refund_minor - detail.deducted_minor,
        standing: Standing::new(&lens.rules, &state, lens.now_ms),
        replayed,
    })
}

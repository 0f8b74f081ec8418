//! Classes of members, who is in each, and what guards the pyramid: bulk buyers, key customers of products, and movement.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::attribute::Attribute;
use danggol_core::class::guard::{BULK_PERCENT, BULK_VISITS, Measured, NoBulk};
use danggol_core::class::{Abc, Cell, ClassRules, Stage, Worth};
use danggol_core::condition::{Condition, Operand, Operator, Test};
use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::movement::{Moved, Near, about_to_fall, about_to_rise, movement, period_before};
use danggol_core::pyramid::{Pyramid, Weights, build};
use danggol_core::time::{day_text, rfc3339};
use danggol_core::words::choice_words;
use danggol_store::class::{self, Counted, KeyCustomer, Sizes};
use danggol_store::{Conn, StoreError, insight, product};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::class::{Kept, classify_due, keep_rules};
use crate::extract::{JsonBody, PathId, QueryParams};
use crate::member::MemberRow;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit;
use crate::routes::members::rows;
use crate::routes::pyramid::{PyramidQuery, plan};
use crate::routes::segments::SegmentMembers;
use crate::segment::{ReasonView, Segments};
use crate::{field, segment};

/// The most of a list of members that are close to a bound, bulk buyers, or key customers.
const LISTED: usize = 50;
/// The days after which who is about to fall has fallen, unless she buys.
const SOON_DAYS: i32 = 30;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(read))
        .routes(routes!(change_rules))
        .routes(routes!(members))
        .routes(routes!(of_member))
        .routes(routes!(moved))
        .routes(routes!(guards))
}

/// One class.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassSize {
    /// Its word; of layers of the pyramid, the code.
    pub code: String,
    /// What the caller calls it.
    pub name: String,
    /// Who are in it.
    pub members: i64,
    /// What they bought in the period, in minor units.
    pub amount_minor: i64,
}

/// The classes of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassSet {
    /// The attribute by which conditions ask for it, such as `class.rfm`.
    pub attribute: Attribute,
    /// What the caller calls it.
    pub name: String,
    /// The classes from the best, empty ones too.
    pub items: Vec<ClassSize>,
}

/// How many have a pair of scores.
#[derive(Debug, Serialize, ToSchema)]
pub struct GridCell {
    /// Recency, 1–5.
    pub recency: i64,
    /// Frequency and amount, their mean rounded up, 1–5.
    pub value: i64,
    /// The cell's word.
    pub code: Cell,
    /// Members.
    pub members: i64,
}

/// All classes of members.
#[derive(Debug, Serialize, ToSchema)]
pub struct Classes {
    /// When members were classed; none before there was anything to class.
    pub classed_at: Option<String>,
    /// The rules.
    pub rules: ClassRules,
    /// By kind.
    pub sets: Vec<ClassSet>,
    /// Recency against frequency and amount.
    pub grid: Vec<GridCell>,
}

/// Who is in a class.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClassQuery {
    /// The attribute, such as `class.rfm`.
    pub attribute: Attribute,
    /// The class, such as `champions`.
    pub value: String,
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What a member is classed as.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberClass {
    /// When; none for who never bought.
    pub classed_at: Option<String>,
    /// Each class, with what it says of her.
    pub classes: Vec<ReasonView>,
    /// The purchase that alone put her into her layer.
    pub bulk_purchase_id: Option<PurchaseId>,
    /// The products for which she is a key customer.
    pub key_products: Vec<KeyView>,
}

/// A key customer of a product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeyView {
    /// The article.
    pub sku: String,
    /// Its name.
    pub name: Option<String>,
    /// What she bought of it in the period, in minor units.
    pub amount_minor: i64,
    /// Of all that was sold of it, in percent.
    pub percent: i64,
}

/// Over which days the pyramid is held against that of as many whole months before them, or of as many days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Movement {
    /// First business day before.
    pub before_from: String,
    /// Last business day before.
    pub before_to: String,
    /// First business day now.
    pub from: String,
    /// Last business day now.
    pub to: String,
    /// The layers from the top: code and name.
    pub layers: Vec<LayerName>,
    /// How many moved from where to where; those who bought nothing have no layer.
    pub moved: Vec<MovedView>,
    /// Those about to rise, the closest first; none where the ranking is not by amount alone.
    pub rising: Vec<NearView>,
    /// Those who fall within thirty days unless they buy, the largest first; none where the ranking is not by amount alone.
    pub falling: Vec<NearView>,
}

/// A layer by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct LayerName {
    /// Short code.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
}

/// How many moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedView {
    /// Code of the layer before.
    pub from: Option<String>,
    /// Code of the layer now.
    pub to: Option<String>,
    /// Members.
    pub members: usize,
}

/// Somebody close to a bound.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearView {
    /// Who.
    pub member: MemberRow,
    /// Code of her layer.
    pub layer: String,
    /// What she bought in the period, in minor units.
    pub amount_minor: i64,
    /// What is missing to the layer above, or will be missing to her own, in minor units.
    pub missing_minor: i64,
}

/// What the pyramid must not be read without.
#[derive(Debug, Serialize, ToSchema)]
pub struct Guards {
    /// When members were classed.
    pub classed_at: Option<String>,
    /// Those whom one purchase alone put into a layer above the last, the largest first.
    pub bulk: Vec<BulkView>,
    /// Who was looked at for them, where there is none.
    pub no_bulk: Option<NoBulkView>,
    /// Those among the few who make 80 % of a product's sales, the largest first.
    pub key: Vec<KeyCustomerView>,
}

/// Whom the search for bulk buyers looked at, where it found none.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoBulkView {
    /// Members above the last layer.
    pub looked_at: usize,
    /// What one purchase must be of her amount at least, in percent.
    pub percent_needed: i64,
    /// On how many business days of the period she may have bought at most.
    pub visits_most: usize,
    /// Who of them comes nearest.
    pub nearest: Option<NearBulkView>,
}

/// Who comes nearest to a one-off bulk buyer.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearBulkView {
    /// Who.
    pub member: MemberRow,
    /// What her largest purchase is of her amount, in percent.
    pub percent: i64,
    /// Business days of the period on which she bought.
    pub visits: usize,
    /// Whether she would stand in a lower layer without that purchase.
    pub would_fall: bool,
}

/// A one-off bulk buyer.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkView {
    /// Who.
    pub member: MemberRow,
    /// Code of her layer.
    pub layer: Option<String>,
    /// What she bought in the period, in minor units.
    pub amount_minor: i64,
    /// The purchase.
    pub purchase_id: PurchaseId,
    /// What it is of her amount, in percent.
    pub percent: i64,
}

/// A key customer and her product.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyCustomerView {
    /// Who.
    pub member: MemberRow,
    /// Of what.
    pub key: KeyView,
}

async fn kept(app: &Arc<App>) -> ApiResult<Option<Kept>> {
    classify_due(app).await?;
    Ok(app.store.read(Kept::read).await?)
}

fn set(caller: &Caller, attribute: Attribute, words: &[(String, String)], sizes: &Sizes) -> ClassSet {
    let item = |(code, name): &(String, String)| {
        let (members, amount_minor) = sizes.get(&Some(code.clone())).copied().unwrap_or((0, 0));
        ClassSize { code: code.clone(), name: name.clone(), members, amount_minor }
    };
    ClassSet { attribute, name: attribute.label(caller.language).to_owned(), items: words.iter().map(item).collect() }
}

/// What members are classed as, and how many are of each class.
#[utoipa::path(get, path = "/classes", tag = "insight", operation_id = "read_classes", responses((status = 200, body = Classes)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Classes>> {
    caller.require(Scope::InsightRead)?;
    let kept = kept(&app).await?;
    let (rules, Counted { sizes: [layer, cell, abc, stage, worth], grid }) =
        app.store.read(|conn| Ok((crate::class::rules(conn)?, class::counted(conn)?))).await?;
    let programme = app.rules();
    let layers: Vec<(String, String)> =
        programme.current.programme.pyramid.layers.iter().map(|layer| (layer.code.clone(), layer.name.clone())).collect();
    let words = |words: &[&str]| -> Vec<(String, String)> {
        words.iter().map(|word| ((*word).to_owned(), choice_words(word, caller.language).to_owned())).collect()
    };
    let sets = vec![
        set(&caller, Attribute::ClassCell, &words(Cell::WORDS), &cell),
        set(&caller, Attribute::ClassStage, &words(Stage::WORDS), &stage),
        set(&caller, Attribute::ClassAbc, &words(Abc::WORDS), &abc),
        set(&caller, Attribute::ClassWorth, &words(Worth::WORDS), &worth),
        set(&caller, Attribute::ClassLayer, &layers, &layer),
    ];
    let cells = (1..=5).flat_map(|recency| (1..=5).map(move |value| (recency, value)));
    let grid = cells.map(|(recency, value)| GridCell {
        recency,
        value,
        code: danggol_core::class::cell([recency, value, value]),
        members: grid.get(&(recency, value)).copied().unwrap_or(0),
    });
    Ok(Json(Classes { classed_at: kept.map(|kept| rfc3339(kept.classed_at_ms)), rules, sets, grid: grid.collect() }))
}

/// Changes how members are classed, and classes them anew.
#[utoipa::path(put, path = "/classes/rules", tag = "insight", operation_id = "change_class_rules", request_body = ClassRules,
    responses((status = 200, body = ClassRules)))]
async fn change_rules(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<ClassRules>) -> ApiResult<Json<ClassRules>> {
    caller.require(Scope::ProgrammeWrite)?;
    let rules = body.value;
    if let Some(field) = rules.fault() {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at(field));
    }
    let new = rules.clone();
    app.store.write(move |conn| keep_rules(conn, &new)).await?;
    classify_due(&app).await?;
    Ok(Json(rules))
}

/// The members of a class, in the order in which they joined.
#[utoipa::path(get, path = "/classes/members", tag = "insight", operation_id = "list_class", params(ClassQuery),
    responses((status = 200, body = SegmentMembers)))]
async fn members(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<ClassQuery>,
) -> ApiResult<Json<SegmentMembers>> {
    caller.require(Scope::MembersRead)?;
    let test = Test { attribute: query.attribute, op: Operator::Is, value: Some(Operand::Text(query.value)) };
    members_of(&app, Condition::Test(test), "value", (query.limit, query.cursor)).await
}

/// A part of the members who fit a condition now, in the order in which they joined; `at` is the parameter that is wrong where nobody can.
pub(super) async fn members_of(
    app: &Arc<App>,
    condition: Condition,
    at: &'static str,
    (limit, cursor): (Option<u32>, Option<String>),
) -> ApiResult<Json<SegmentMembers>> {
    let limit = i64::from(field::limit(limit, 50, 200)?);
    let invalid = || ApiError::new(&kinds::INVALID_CURSOR).at("cursor");
    let after = cursor.map_or(Ok(MemberId(0)), |cursor| cursor.parse().map_err(|_| invalid()))?;
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let found = app.store.read(move |conn| {
        let segments = Segments::read(conn)?;
        if !segments.faults(&condition, None, &rules).is_empty() {
            return Ok(None);
        }
        segments.fitting((conn, &roster), &condition, &rules, now_ms)?.page(conn, after, limit).map(Some)
    });
    let ids = found.await?.ok_or_else(|| ApiError::new(&kinds::CONDITION_FAULTY).at(at))?;
    let next_cursor = ids.last().filter(|_| ids.len() as i64 == limit).map(MemberId::to_string);
    Ok(Json(SegmentMembers { items: rows(app, ids).await?, next_cursor }))
}

/// The attributes that say what a member is classed as.
const OF_MEMBER: [Attribute; 8] = [
    Attribute::ClassStage,
    Attribute::ClassCell,
    Attribute::ClassLayer,
    Attribute::ClassAbc,
    Attribute::ClassWorth,
    Attribute::MemberTenure,
    Attribute::ExpectedAmount,
    Attribute::ActivePercent,
];

/// What a member is classed as.
#[utoipa::path(get, path = "/members/{id}/class", tag = "insight", operation_id = "read_class_of_member",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberClass)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<MemberClass>> {
    caller.require(Scope::MembersRead)?;
    crate::routes::members::read(&app, id).await?;
    let kept = kept(&app).await?;
    let lens = benefit::lens(&app, &caller);
    let look = move |conn: &mut Conn| -> Result<MemberClass, StoreError> {
        let found = class::find(conn, &[id])?.remove(&id.0);
        let keys = class::keys_of(conn, id)?;
        let names = product_names(conn, &keys)?;
        let classes = segment::said(conn, &lens, id, &OF_MEMBER)?;
        Ok(MemberClass {
            classed_at: kept.filter(|_| found.is_some()).map(|kept| rfc3339(kept.classed_at_ms)),
            classes,
            bulk_purchase_id: found.and_then(|class| class.bulk).map(|(purchase, _)| purchase),
            key_products: keys.iter().map(|key| key_view(key, &names)).collect(),
        })
    };
    Ok(Json(app.store.read(look).await?))
}

fn product_names(conn: &mut Conn, keys: &[KeyCustomer]) -> Result<HashMap<String, String>, StoreError> {
    let products = product::find(conn, keys.iter().map(|key| key.sku.as_str()))?;
    Ok(products.into_iter().filter_map(|product| Some((product.sku, product.name?))).collect())
}

fn key_view(key: &KeyCustomer, names: &HashMap<String, String>) -> KeyView {
    KeyView { sku: key.sku.clone(), name: names.get(&key.sku).cloned(), amount_minor: key.amount_minor, percent: key.percent }
}

async fn near(app: &Arc<App>, pyramid: &Pyramid, near: Vec<Near>) -> ApiResult<Vec<NearView>> {
    let listed = rows(app, near.iter().map(|near| MemberId(near.buyer.member)).collect()).await?;
    let view = |(near, member): (Near, MemberRow)| NearView {
        member,
        layer: pyramid.layers[near.layer].code.clone(),
        amount_minor: near.buyer.amount_minor,
        missing_minor: near.missing_minor,
    };
    Ok(near.into_iter().zip(listed).map(view).collect())
}

/// How members moved between the layers of this period and those of the one before it, who is about to rise, and who is about to fall.
#[utoipa::path(get, path = "/pyramid/movement", tag = "insight", operation_id = "read_movement", params(PyramidQuery),
    responses((status = 200, body = Movement)))]
async fn moved(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<PyramidQuery>,
) -> ApiResult<Json<Movement>> {
    caller.require(Scope::InsightRead)?;
    let (from, to, criteria) = plan(&app.rules(), app.now_ms(), &query)?;
    let (before_from, before_to) = period_before(from, to);
    let by_amount = criteria.weights == Weights::default();
    let look = move |conn: &mut Conn| -> Result<_, StoreError> {
        let before = build(insight::buyers(conn, before_from, before_to)?, &criteria);
        let now = build(insight::buyers(conn, from, to)?, &criteria);
        let soon = insight::buyers(conn, from, from.saturating_add(SOON_DAYS - 1).min(to))?;
        let leaving: HashMap<i64, i64> = soon.iter().map(|buyer| (buyer.member, buyer.amount_minor)).collect();
        Ok((movement(&before, &now), now, leaving))
    };
    let (moved, now, leaving) = app.store.read(look).await?;
    let few = |near: Vec<Near>| near.into_iter().filter(|_| by_amount).take(LISTED).collect::<Vec<_>>();
    let code = |place: Option<usize>| place.map(|place| now.layers[place].code.clone());
    let view = |Moved { from, to, members }: Moved| MovedView { from: code(from), to: code(to), members };
    Ok(Json(Movement {
        before_from: day_text(before_from),
        before_to: day_text(before_to),
        from: day_text(from),
        to: day_text(to),
        layers: now.layers.iter().map(|layer| LayerName { code: layer.code.clone(), name: layer.name.clone() }).collect(),
        moved: moved.into_iter().map(view).collect(),
        rising: near(&app, &now, few(about_to_rise(&now))).await?,
        falling: near(&app, &now, few(about_to_fall(&now, &leaving))).await?,
    }))
}

async fn no_bulk(app: &Arc<App>, found: NoBulk) -> ApiResult<NoBulkView> {
    let NoBulk { looked_at, nearest } = found;
    let listed = rows(app, nearest.iter().map(|one| MemberId(one.member)).collect()).await?;
    let near = |(member, one): (MemberRow, Measured)| NearBulkView {
        member,
        percent: one.percent,
        visits: one.visits,
        would_fall: one.would_fall,
    };
    let nearest = listed.into_iter().zip(nearest).next().map(near);
    Ok(NoBulkView { looked_at, percent_needed: BULK_PERCENT, visits_most: BULK_VISITS, nearest })
}

/// Who stands high by one purchase alone, and who is a key customer of a product.
#[utoipa::path(get, path = "/pyramid/guards", tag = "insight", operation_id = "read_guards", responses((status = 200, body = Guards)))]
async fn guards(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Guards>> {
    caller.require(Scope::InsightRead)?;
    let kept = kept(&app).await?;
    let look = |conn: &mut Conn| -> Result<_, StoreError> {
        let keys = class::keys(conn, LISTED as i64)?;
        Ok((class::bulk_buyers(conn, LISTED as i64)?, product_names(conn, &keys)?, keys))
    };
    let (bulk, names, keys) = app.store.read(look).await?;
    let listed = rows(&app, bulk.iter().map(|class| MemberId(class.member)).collect()).await?;
    let buyers = bulk.into_iter().zip(listed).filter_map(|(class, member)| {
        let (purchase_id, percent) = class.bulk?;
        Some(BulkView { member, layer: class.layer, amount_minor: class.amount_minor, purchase_id, percent })
    });
    let holders: Vec<MemberId> = keys.iter().map(|key| key.member).collect();
    let listed = rows(&app, holders).await?;
    let key = keys.iter().zip(listed).map(|(key, member)| KeyCustomerView { member, key: key_view(key, &names) });
    let no_bulk = match kept.as_ref().and_then(|kept| kept.no_bulk) {
        Some(found) => Some(no_bulk(&app, found).await?),
        None => None,
    };
    let classed_at = kept.map(|kept| rfc3339(kept.classed_at_ms));
    Ok(Json(Guards { classed_at, bulk: buyers.collect(), no_bulk, key: key.collect() }))
}

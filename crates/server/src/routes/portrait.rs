//! The portrait of a member on one page: what she brings, her rhythm, taste and places, what is missing in her file, what to say next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::attribute::Attribute;
use danggol_core::condition::Value;
use danggol_core::id::MemberId;
use danggol_core::portrait::{Step, Sum, Totals, steps, totals};
use danggol_core::time::{DAY_MS, day_text, rfc3339};
use danggol_store::product::ProductRecord;
use danggol_store::{Conn, StoreError, member, person, product};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::PathId;
use crate::problem::{ApiResult, kinds};
use crate::routes::benefit;
use crate::segment::{ReasonView, now, said};
use crate::view::Lens;

/// The most of a kind that are shown.
const SHOWN: usize = 6;
/// After so many days a file that nobody touched is to be looked through with her.
const STALE_DAYS: i64 = 730;

/// Since so many days she must have bought before her last year is held against the one before: with less of that one the change tells when
/// she came, and not how she changed.
const COMPARED_DAYS: i64 = 548;

/// The facts of a portrait, each by the attribute that conditions ask for.
const FACTS: [Attribute; 17] = [
    Attribute::YearChange,
    Attribute::AverageTicket,
    Attribute::BasketSize,
    Attribute::PiecePrice,
    Attribute::VisitInterval,
    Attribute::Regularity,
    Attribute::LastPurchase,
    Attribute::NextPurchase,
    Attribute::UsualWeekday,
    Attribute::UsualHour,
    Attribute::HomeStore,
    Attribute::OnlineShare,
    Attribute::Platform,
    Attribute::FavouriteCategory,
    Attribute::DiscountShare,
    Attribute::CouponShare,
    Attribute::Returns,
];

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(read))
}

/// A business day on which she bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct PortraitDay {
    /// The day.
    pub day: String,
    /// What she bought.
    #[serde(flatten)]
    pub sum: Sum,
}

/// A month.
#[derive(Debug, Serialize, ToSchema)]
pub struct PortraitMonth {
    /// `YYYY-MM`.
    pub month: String,
    /// What she bought.
    #[serde(flatten)]
    pub sum: Sum,
}

/// What she bought of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct PortraitPart {
    /// Its code.
    pub code: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// What she bought of it.
    #[serde(flatten)]
    pub sum: Sum,
}

/// Something to say to her, or to ask her.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextStep {
    /// What, in the caller's words.
    pub text: String,
    /// Why, in the caller's words.
    pub why: String,
}

/// A fact that her file lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingFact {
    /// Her name.
    Name,
    /// Her gender.
    Gender,
    /// Her birthday.
    Birthday,
    /// The store that she belongs to.
    Store,
    /// Where she lives.
    Residence,
}

/// Who a member is, on one page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Portrait {
    /// What to say next, the most urgent first.
    pub next: Vec<NextStep>,
    /// Facts by her purchases, each with what it stands on.
    pub facts: Vec<ReasonView>,
    /// The last fifty-three weeks: days on which she bought.
    pub days: Vec<PortraitDay>,
    /// The last twelve months.
    pub months: Vec<PortraitMonth>,
    /// Categories, the largest first.
    pub categories: Vec<PortraitPart>,
    /// Brands, the largest first.
    pub brands: Vec<PortraitPart>,
    /// Products, the largest first.
    pub products: Vec<PortraitPart>,
    /// Channels, the largest first.
    pub channels: Vec<PortraitPart>,
    /// Stores, the largest first.
    pub stores: Vec<PortraitPart>,
    /// What her file lacks.
    pub missing: Vec<MissingFact>,
    /// The store of most of her purchases, where her file names none: one tap sets it.
    pub suggested_store: Option<String>,
    /// When her file was last changed, where that is two years ago and more.
    pub stale_since: Option<String>,
}

fn parts(sums: &BTreeMap<String, Sum>, name: impl Fn(&str) -> Option<String>) -> Vec<PortraitPart> {
    let mut parts: Vec<PortraitPart> =
        sums.iter().map(|(code, sum)| PortraitPart { code: code.clone(), name: name(code), sum: *sum }).collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.sum.amount_minor));
    parts.truncate(SHOWN);
    parts
}

fn brands(totals: &Totals, known: &HashMap<String, ProductRecord>) -> BTreeMap<String, Sum> {
    let mut brands: BTreeMap<String, Sum> = BTreeMap::new();
    for (sku, sum) in &totals.products {
        if let Some(brand) = known.get(sku).and_then(|product| product.brand.clone()) {
            let of = brands.entry(brand).or_default();
            of.amount_minor += sum.amount_minor;
            of.purchases += sum.purchases;
        }
    }
    brands
}

fn look(conn: &mut Conn, lens: &Lens, id: MemberId) -> Result<Option<Portrait>, StoreError> {
    let at = now(&lens.rules, lens.now_ms);
    let (Some(kept), Some(record)) = (person::find(conn, &[id], at)?.pop(), member::files(conn, &[id])?.pop()) else {
        return Ok(None);
    };
    let nothing = BTreeMap::new();
    let person = kept.at(&nothing, at);
    let totals = totals(&kept.purchases, at.moment.day);
    let known = product::find(conn, totals.products.keys().map(String::as_str))?;
    let known: HashMap<String, ProductRecord> = known.into_iter().map(|product| (product.sku.clone(), product)).collect();
    let shops: HashMap<String, Option<String>> = product::shops(conn)?.into_iter().map(|shop| (shop.code, shop.name)).collect();
    let named = |sku: &str| known.get(sku).and_then(|product| product.name.clone());
    let voice = lens.voice(lens.rules.current.version);
    let next = steps(&person).into_iter().map(|step: Step| NextStep {
        text: voice.step(&step, |sku| named(sku).unwrap_or_else(|| sku.to_owned())),
        why: voice.step_why(&step),
    });
    let next = next.collect();
    let (fields, profile) = (&record.fields, &record.fields.profile);
    let missing = [
        (MissingFact::Name, fields.name.is_none()),
        (MissingFact::Gender, fields.gender.is_none()),
        (MissingFact::Birthday, fields.birthday.is_none()),
        (MissingFact::Store, fields.store.is_none()),
        (MissingFact::Residence, profile.residence.is_none()),
    ];
    let home = match person.attribute(Attribute::HomeStore) {
        Value::Text(store) if fields.store.is_none() => Some(store.to_owned()),
        _ => None,
    };
    let bought_since = match person.attribute(Attribute::FirstPurchase) {
        Value::Number(first) => i64::from(at.moment.day) - first,
        _ => 0,
    };
    let is_told = |fact: &Attribute| *fact != Attribute::YearChange || bought_since >= COMPARED_DAYS;
    let facts: Vec<Attribute> = FACTS.into_iter().filter(is_told).collect();
    let day = |(day, sum): (&i32, &Sum)| PortraitDay { day: day_text(*day), sum: *sum };
    let month = |((year, month), sum): (&(i16, i8), &Sum)| PortraitMonth { month: format!("{year:04}-{month:02}"), sum: *sum };
    let is_stale = lens.now_ms - record.updated_at_ms >= STALE_DAYS * DAY_MS;
    Ok(Some(Portrait {
        next,
        facts: said(conn, lens, id, &facts)?,
        days: totals.days.iter().map(day).collect(),
        months: totals.months.iter().map(month).collect(),
        categories: parts(&totals.categories, |_| None),
        brands: parts(&brands(&totals, &known), |_| None),
        products: parts(&totals.products, named),
        channels: parts(&totals.channels, |_| None),
        stores: parts(&totals.stores, |code| shops.get(code).cloned().flatten()),
        missing: missing.into_iter().filter_map(|(fact, is_missing)| is_missing.then_some(fact)).collect(),
        suggested_store: home,
        stale_since: is_stale.then(|| rfc3339(record.updated_at_ms)),
    }))
}

/// The portrait of a member.
#[utoipa::path(get, path = "/members/{id}/portrait", tag = "members", operation_id = "read_portrait",
    params(("id" = MemberId, Path)), responses((status = 200, body = Portrait)))]
async fn read(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<Portrait>> {
    caller.require(Scope::MembersRead)?;
    let lens = benefit::lens(&app, &caller);
    let found = app.store.read(move |conn| look(conn, &lens, id)).await?;
    Ok(Json(found.ok_or(&kinds::UNKNOWN_MEMBER)?))
}

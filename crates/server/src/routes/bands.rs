//! Members by age and income: the table, its bands, and who is in a cell.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::band::{AgeBand, BandRules, IncomeBand, of_age, of_income};
use danggol_core::condition::Condition;
use danggol_core::id::{ChangeId, GiftId};
use danggol_core::time::{day_text, rfc3339};
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::gift;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::band::{self, Table, keep_rules, rules};
use crate::extract::{JsonBody, QueryParams};
use crate::idempotency;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::classes::members_of;
use crate::routes::segments::SegmentMembers;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(read)).routes(routes!(change_rules)).routes(routes!(members))
}

/// What a band of income is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncomeKind {
    /// One that is told apart.
    Named,
    /// Anything else that stands in files.
    Other,
    /// Nothing stands in the file.
    Unknown,
}

/// A band of income.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncomeView {
    /// What it is.
    pub kind: IncomeKind,
    /// As it stands in files; of a named one only.
    pub name: Option<String>,
}

impl From<&IncomeBand> for IncomeView {
    fn from(band: &IncomeBand) -> Self {
        match band {
            IncomeBand::Named(name) => IncomeView { kind: IncomeKind::Named, name: Some(name.clone()) },
            IncomeBand::Other => IncomeView { kind: IncomeKind::Other, name: None },
            IncomeBand::Unknown => IncomeView { kind: IncomeKind::Unknown, name: None },
        }
    }
}

/// What members of a cell spent most on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CellCategory {
    /// The category.
    pub code: String,
    /// What they bought of it, in minor units.
    pub amount_minor: i64,
}

/// A gift that members of a cell took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CellGift {
    /// Which.
    pub gift_id: GiftId,
    /// What it is called, in the caller's language as far as that was written.
    pub name: String,
    /// How many they took.
    pub count: i64,
}

/// The members of one age and one income.
#[derive(Debug, Serialize, ToSchema)]
pub struct BandCell {
    /// The place of the age.
    pub age: usize,
    /// The place of the income.
    pub income: usize,
    /// Members.
    pub members: i64,
    /// Of them, those who bought in the period.
    pub buyers: i64,
    /// Their purchases in the period.
    pub purchases: i64,
    /// What they bought in the period, in minor units.
    pub amount_minor: i64,
    /// By purchase, in minor units; none without purchases.
    pub average_minor: Option<i64>,
    /// The categories on which they spent more of their money than everybody, the furthest apart first, at most three.
    pub categories: Vec<CellCategory>,
    /// The gifts of which they took a larger share than everybody in the period, the furthest apart first, at most three.
    pub gifts: Vec<CellGift>,
    /// Who they are, as a condition of a segment.
    pub condition: Condition,
}

/// Members by age and income.
#[derive(Debug, Serialize, ToSchema)]
pub struct BandTable {
    /// When it was counted.
    pub counted_at: String,
    /// First business day of the purchases.
    pub from: String,
    /// Last business day of the purchases.
    pub to: String,
    /// The brand's bands.
    pub rules: BandRules,
    /// From the youngest; the last is none: those whose age is not known.
    pub ages: Vec<Option<AgeBand>>,
    /// The named ones, then anything else, then those of whom nothing is known.
    pub incomes: Vec<IncomeView>,
    /// Row by row, cells without members left out.
    pub cells: Vec<BandCell>,
    /// Members without a birthday who are placed by what stands in `rules.age_field`: a band such as `35-44` by its middle, an open one by its bound.
    pub stated_members: i64,
}

/// Which cell.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CellQuery {
    /// The first age of the band; left out: those whose age is not known.
    #[serde(default)]
    pub age_from: Option<u8>,
    /// What the band of income is.
    #[param(inline)]
    pub income: IncomeKind,
    /// The band of income, of a named one.
    #[serde(default)]
    pub name: Option<String>,
    /// How many, 1–200; 50 when it is left out.
    #[serde(default)]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Where the part before ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

fn condition(table: &Table, age: Option<AgeBand>, income: &IncomeBand) -> Condition {
    let place = age.map_or(table.ages.len() - 1, |age| table.rules.place_of(age.from.into()));
    Condition::All { all: vec![of_age(age, place, table.stated()), of_income(income, &table.named)] }
}

fn view(table: &Table, names: &HashMap<GiftId, String>) -> BandTable {
    let width = table.incomes.len();
    let cell = |(place, cell): (usize, &band::Cell)| {
        let (age, income) = (place / width, place % width);
        BandCell {
            age,
            income,
            members: cell.members,
            buyers: cell.buyers,
            purchases: cell.purchases,
            amount_minor: cell.amount_minor,
            average_minor: cell.amount_minor.checked_div(cell.purchases),
            categories: cell
                .categories
                .iter()
                .map(|(code, amount_minor)| CellCategory { code: code.clone(), amount_minor: *amount_minor })
                .collect(),
            gifts: cell
                .gifts
                .iter()
                .filter_map(|(gift, count)| Some(CellGift { gift_id: *gift, name: names.get(gift)?.clone(), count: *count }))
                .collect(),
            condition: condition(table, table.ages[age], &table.incomes[income]),
        }
    };
    BandTable {
        counted_at: rfc3339(table.made_at_ms),
        from: day_text(table.days.0),
        to: day_text(table.days.1),
        rules: table.rules.clone(),
        ages: table.ages.clone(),
        incomes: table.incomes.iter().map(IncomeView::from).collect(),
        cells: table.cells.iter().enumerate().filter(|(_, cell)| cell.members > 0).map(cell).collect(),
        stated_members: table.stating,
    }
}

/// Members by bands of age and income: how many they are, what they bought in the period of classes, what they spent most on, and which gifts they took.
#[utoipa::path(get, path = "/classes/bands", tag = "insight", operation_id = "read_bands", responses((status = 200, body = BandTable)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<BandTable>> {
    caller.require(Scope::InsightRead)?;
    let table = band::table(&app).await?;
    let ids: Vec<GiftId> = table.cells.iter().flat_map(|cell| &cell.gifts).map(|(gift, _)| *gift).collect();
    let gifts =
        if ids.is_empty() { Vec::new() } else { app.store.read(move |conn| gift::find(conn, ids.iter().copied())).await? };
    let names = gifts.iter().map(|gift| (gift.id, gift.terms.name.read(caller.language).to_owned())).collect();
    Ok(Json(view(&table, &names)))
}

/// What the log of the brand says of the bands.
fn said(rules: &BandRules) -> [Option<String>; 3] {
    let ages: Vec<String> = rules.ages.iter().map(u8::to_string).collect();
    [Some(ages.join(", ")), (!rules.incomes.is_empty()).then(|| rules.incomes.join(", ")), rules.age_field.clone()]
}

/// Changes the bands of age and income.
#[utoipa::path(put, path = "/classes/bands/rules", tag = "insight", operation_id = "change_bands", request_body = BandRules,
    responses((status = 200, body = BandRules)))]
async fn change_rules(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<BandRules>) -> ApiResult<Json<BandRules>> {
    caller.require(Scope::ProgrammeWrite)?;
    let after = body.value;
    if let Some(field) = after.fault() {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at(field));
    }
    let author = Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let (kept, now_ms) = (after.clone(), app.now_ms());
    idempotency::write(&app, move |conn| {
        let (before, now) = (said(&rules(conn)?), said(&after));
        keep_rules(conn, &after)?;
        let named = ["bands.ages", "bands.incomes", "bands.age_field"].into_iter().zip(before.into_iter().zip(now));
        let fields = named.filter_map(|(name, (from, to))| FieldChange::between(name, from, to)).collect();
        let detail = ChangeDetail { fields, reason: None };
        if !detail.fields.is_empty() {
            change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        }
        Ok(Ok(()))
    })
    .await?;
    Ok(Json(kept))
}

/// The members of a cell as they are now, in the order in which they joined.
#[utoipa::path(get, path = "/classes/bands/members", tag = "insight", operation_id = "list_band", params(CellQuery),
    responses((status = 200, body = SegmentMembers)))]
async fn members(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<CellQuery>,
) -> ApiResult<Json<SegmentMembers>> {
    caller.require(Scope::MembersRead)?;
    let table = band::table(&app).await?;
    let age = match query.age_from {
        None => None,
        Some(from) => {
            let band = table.ages.iter().flatten().find(|band| band.from == from);
            Some(*band.ok_or_else(|| ApiError::new(&kinds::OUT_OF_RANGE).at("age_from"))?)
        }
    };
    let income = match (query.income, query.name) {
        (IncomeKind::Named, Some(name)) => IncomeBand::Named(name),
        (IncomeKind::Named, None) => return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("name")),
        (IncomeKind::Other, _) => IncomeBand::Other,
        (IncomeKind::Unknown, _) => IncomeBand::Unknown,
    };
    members_of(&app, condition(&table, age, &income), "name", (query.limit, query.cursor)).await
}

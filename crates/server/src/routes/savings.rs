//! Savings: what a basket, or what a member bought, cost a stranger, and what a member of each tier would have paid and earned.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::decide::Rules;
use danggol_core::id::{HolderId, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::programme::Programme;
use danggol_core::purchase::{Moment, Order, Pricing, PurchaseKind};
use danggol_core::savings::{self, Account, Benefit, Bought, Customer, Source};
use danggol_core::time::{date_of, day_number, day_text};
use danggol_store::purchase::PurchaseRecord;
use danggol_store::{Conn, StoreError, person, purchase};
use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, QueryParams};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::purchases::{self, NewLine, categorise};
use crate::routes::pyramid::day;

/// The most purchases of a member that are looked at.
const PURCHASES_MAX: usize = 1_000;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(of_basket)).routes(routes!(of_member))
}

/// A basket, of a member or of somebody who is none yet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SavingsBasket {
    /// Whose it is; somebody who joins now when it is left out.
    #[serde(default)]
    pub member_id: Option<MemberId>,
    /// `store`, `online` or a name of the brand's own; `store` when it is left out.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub channel: Option<String>,
    /// Code of the store.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// When it is bought, RFC 3339; now when it is left out.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// What is in it.
    #[schema(min_items = 1, max_items = 2_000)]
    pub lines: Vec<NewLine>,
    /// What the amounts of the lines are: `list`, off which the offers of the programme come, or `paid`, off which nothing more comes.
    /// `list` when it is left out.
    #[serde(default = "list")]
    pub pricing: Pricing,
    /// A discount on the whole that anybody gets, in minor units.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub discount_minor: i64,
}

fn list() -> Pricing {
    Pricing::List
}

/// Over which business days.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SavingsQuery {
    /// First business day, `YYYY-MM-DD`; a year up to the last when it is left out.
    #[serde(default)]
    #[param(format = Date)]
    pub from: Option<String>,
    /// Last business day, `YYYY-MM-DD`; today when it is left out.
    #[serde(default)]
    #[param(format = Date)]
    pub to: Option<String>,
}

/// What gave something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SavingsSource {
    /// An offer.
    Offer,
    /// An earning rule.
    Rule,
    /// An occasion that is a purchase.
    Occasion,
}

/// What one offer, rule or occasion gave, before anything came back.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavingsBenefit {
    /// What it is.
    pub kind: SavingsSource,
    /// Its code in the programme.
    pub id: String,
    /// The brand's name for it.
    pub name: String,
    /// To how many purchases.
    pub purchases: u64,
    /// What it took off, in minor units.
    pub off_minor: i64,
    /// Points that it gave.
    pub points: i64,
}

/// What was paid and earned in truth, with the tiers and coupons of then. Money in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavingsTruth {
    /// What was paid, what was paid with points included.
    pub paid_minor: i64,
    /// Points earned.
    pub points: i64,
    /// What these are worth; none where points cannot be spent on purchases.
    pub points_minor: Option<i64>,
    /// What was kept against a stranger: what was paid less, and what the points are worth.
    pub kept_minor: i64,
}

/// What a member of a tier pays and earns. Money in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavingsTier {
    /// Code of the tier; none: a member without a tier.
    pub code: Option<String>,
    /// The brand's name for it.
    pub name: Option<String>,
    /// Whether the member is of it now.
    pub is_held: bool,
    /// What is paid.
    pub paid_minor: i64,
    /// How much less that is than a stranger pays.
    pub saved_minor: i64,
    /// Points earned.
    pub points: i64,
    /// What these are worth; none where points cannot be spent on purchases.
    pub points_minor: Option<i64>,
    /// What is kept against a stranger: what is saved, and what the points are worth.
    pub kept_minor: i64,
    /// Of what a stranger pays, in hundredths of a percent, fractions dropped.
    pub kept_bp: i64,
    /// What gave it, offers first, in the brand's order.
    pub benefits: Vec<SavingsBenefit>,
}

/// What purchases cost a stranger and a member of each tier, by the programme in force. Coupons, and what was given on occasions that are no
/// purchases, are left out. Money in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Savings {
    /// First business day; none for a basket.
    pub from: Option<String>,
    /// Last business day; none for a basket.
    pub to: Option<String>,
    /// Purchases that were looked at.
    pub purchases: usize,
    /// Of them, those that had come at a discount of the till already: nothing more comes off them, for nobody.
    pub reduced: usize,
    /// Whether these are all of the period: only the newest 1,000 are looked at.
    pub complete: bool,
    /// What a stranger pays; what came back is taken off, here and everywhere.
    pub stranger_minor: i64,
    /// How it was in truth; none for a basket.
    pub truth: Option<SavingsTruth>,
    /// By tier, from below.
    pub tiers: Vec<SavingsTier>,
}

/// What is looked at.
struct Asked {
    customer: Customer,
    /// The tier that she is of; none for whoever is no member.
    held: Option<Option<String>>,
    bought: Vec<Bought>,
}

fn benefit(programme: &Programme, source: Source, benefit: Benefit) -> SavingsBenefit {
    let (kind, id, name) = match source {
        Source::Offer(place) => (SavingsSource::Offer, &programme.offers[place].id, &programme.offers[place].name),
        Source::Rule(place) => {
            let rule = &programme.earning.rules[place];
            (SavingsSource::Rule, &rule.id, &rule.name)
        }
        Source::Occasion(place) => (SavingsSource::Occasion, &programme.occasions[place].id, &programme.occasions[place].name),
    };
    let Benefit { purchases, off_minor, points } = benefit;
    SavingsBenefit { kind, id: id.clone(), name: name.clone(), purchases, off_minor, points }
}

fn tier(programme: &Programme, (code, is_held): (Option<&str>, bool), stranger_minor: i64, account: Account) -> SavingsTier {
    let points_minor = programme.worth_minor(account.points);
    let saved_minor = stranger_minor - account.paid_minor;
    let kept_minor = saved_minor + points_minor.unwrap_or(0);
    let kept_bp = i128::from(kept_minor) * 10_000 / i128::from(stranger_minor.max(1));
    SavingsTier {
        name: code.and_then(|code| programme.level_of(code)).map(|place| programme.tiers.levels[place].name.clone()),
        code: code.map(str::to_owned),
        is_held,
        paid_minor: account.paid_minor,
        saved_minor,
        points: account.points,
        points_minor,
        kept_minor,
        kept_bp: i64::try_from(kept_bp).unwrap_or(i64::MAX),
        benefits: account.benefits.into_iter().map(|(source, given)| benefit(programme, source, given)).collect(),
    }
}

/// Reckons what purchases come to for a stranger and for a member of each tier.
fn reckon(rules: &Rules, asked: &Asked) -> ApiResult<Savings> {
    let Asked { customer, held, bought } = asked;
    let programme = &rules.current.programme;
    let stranger_minor = savings::account(&savings::of_strangers(rules), customer, None, bought)?.paid_minor;
    let of = |code: Option<&str>| {
        let account = savings::account(rules, customer, code, bought)?;
        let is_held = held.as_ref().is_some_and(|held| held.as_deref() == code);
        Ok(tier(programme, (code, is_held), stranger_minor, account))
    };
    Ok(Savings {
        from: None,
        to: None,
        purchases: bought.len(),
        reduced: 0,
        complete: true,
        stranger_minor,
        truth: None,
        tiers: savings::standings(programme).into_iter().map(of).collect::<ApiResult<_>>()?,
    })
}

/// [`reckon`] on a thread that may take its time.
async fn reckoned(app: &Arc<App>, asked: Asked) -> ApiResult<Savings> {
    let rules = app.rules();
    let reckoned = tokio::task::spawn_blocking(move || reckon(&rules, &asked));
    reckoned.await.map_err(|_| ApiError::new(&kinds::INTERNAL))?
}

/// Somebody who joins now.
fn newcomer(now_ms: i64) -> MemberFacts {
    MemberFacts {
        member: MemberId(0),
        holder: HolderId(0),
        status: MemberStatus::Active,
        gender: None,
        birthday: None,
        source: None,
        language: None,
        joined_at_ms: now_ms,
    }
}

/// An order of nothing: no coupons, points or tenders.
fn bare_order(moment: Moment) -> Order {
    Order {
        id: PurchaseId(0),
        member: MemberId(0),
        external_no: None,
        channel: String::new(),
        store: None,
        staff: None,
        moment,
        lines: Vec::new(),
        pricing: Pricing::List,
        coupons: Vec::new(),
        discount_minor: 0,
        coupon_minor: 0,
        tenders: Vec::new(),
        redeem_points: 0,
        kind: PurchaseKind::Earn,
        input_hash: 0,
    }
}

/// What a basket costs a stranger, and what a member of each tier pays for it and earns.
#[utoipa::path(post, path = "/purchases/savings", tag = "purchases", operation_id = "savings_of_basket", request_body = SavingsBasket,
    responses((status = 200, body = Savings)))]
async fn of_basket(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<SavingsBasket>) -> ApiResult<Json<Savings>> {
    caller.require(Scope::PurchasesWrite)?;
    let new = body.value;
    let at_ms = purchases::instant(new.at.as_deref(), app.now_ms())?;
    let lines = new.lines.into_iter().enumerate().map(|(index, new)| purchases::line(index, new));
    let mut order = Order {
        id: PurchaseId(1),
        member: new.member_id.unwrap_or(MemberId(0)),
        channel: purchases::code(new.channel.as_deref(), "channel")?.unwrap_or_else(|| "store".to_owned()),
        store: purchases::code(new.store.as_deref(), "store")?,
        lines: lines.collect::<ApiResult<_>>()?,
        pricing: new.pricing,
        discount_minor: new.discount_minor,
        ..bare_order(app.rules().moment(at_ms))
    };
    let (member, now_ms) = (new.member_id, app.now_ms());
    let (order, found) = app
        .store
        .read(move |conn| {
            categorise(conn, std::iter::once(&mut order.lines))?;
            Ok((order, member.map(|member| person::find_one(conn, member)).transpose()?))
        })
        .await?;
    let (facts, held, purchases) = match found {
        Some(found) => {
            let (file, state) = found.ok_or(&kinds::UNKNOWN_MEMBER)?;
            (file.facts, Some(state.tier.map(|tier| tier.code)), state.purchases)
        }
        None => (newcomer(now_ms), None, 0),
    };
    let bought = vec![Bought { order, returned: Vec::new() }];
    Ok(Json(reckoned(&app, Asked { customer: Customer { facts, purchases }, held, bought }).await?))
}

/// A purchase as a stranger would have made it, and whether the till had taken something off already.
fn as_bought(rules: &Rules, record: &PurchaseRecord) -> (Bought, bool) {
    let at_list = record.award.offers.is_some();
    let reduced = !at_list && (record.is_discounted() || record.lines.iter().any(|line| line.amount_minor < 0));
    let order = Order {
        id: record.id,
        member: record.member,
        channel: record.channel.clone(),
        store: record.store.clone(),
        staff: record.staff.clone(),
        lines: record.award.list_lines(&record.lines),
        pricing: if reduced { Pricing::Paid } else { Pricing::List },
        discount_minor: record.discount_minor,
        ..bare_order(Moment { day: record.business_day, ..rules.moment(record.occurred_at_ms) })
    };
    let back = record.returned.quantities.iter().enumerate().filter(|(_, pieces)| **pieces > 0);
    (Bought { order, returned: back.map(|(line, pieces)| (line, *pieces)).collect() }, reduced)
}

/// What a member bought over some business days, and what is said of all of it.
struct Year {
    asked: Asked,
    reduced: usize,
    complete: bool,
    paid_minor: i64,
    points: i64,
}

fn look(conn: &mut Conn, rules: &Rules, id: MemberId, (from, to): (i32, i32)) -> Result<Option<Year>, StoreError> {
    let Some((file, state)) = person::find_one(conn, id)? else { return Ok(None) };
    let mut records = purchase::of_members(conn, &[id])?;
    records.sort_by_key(|record| (record.business_day, record.occurred_at_ms, record.id));
    let end = records.partition_point(|record| record.business_day <= to);
    let first = records.partition_point(|record| record.business_day < from).min(end);
    let begin = first.max(end.saturating_sub(PURCHASES_MAX));
    let looked_at = &records[begin..end];
    let (bought, reduced): (Vec<Bought>, Vec<bool>) = looked_at.iter().map(|record| as_bought(rules, record)).unzip();
    let points = |record: &PurchaseRecord| record.award.given(Asset::Points) - record.returned.points_taken;
    Ok(Some(Year {
        asked: Asked {
            customer: Customer { facts: file.facts, purchases: begin as i64 },
            held: Some(state.tier.map(|tier| tier.code)),
            bought,
        },
        reduced: reduced.into_iter().filter(|reduced| *reduced).count(),
        complete: begin == first,
        paid_minor: looked_at.iter().map(|record| record.amount_minor - record.returned_minor).sum(),
        points: looked_at.iter().map(points).sum(),
    }))
}

/// A year up to a day, which is the last of it.
fn year_before(last: Date) -> Date {
    last.saturating_sub(Span::new().years(1)).saturating_add(Span::new().days(1))
}

/// What a member paid for what she bought, what a stranger would have paid, and what members of each tier would have paid and earned.
#[utoipa::path(get, path = "/members/{id}/savings", tag = "members", operation_id = "savings_of_member",
    params(("id" = MemberId, Path), SavingsQuery), responses((status = 200, body = Savings)))]
async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    QueryParams(query): QueryParams<SavingsQuery>,
) -> ApiResult<Json<Savings>> {
    caller.require(Scope::MembersRead)?;
    let (rules, today) = (app.rules(), app.rules().moment(app.now_ms()).day);
    let to = day(query.to.as_deref(), "to")?.unwrap_or(today);
    let from = day(query.from.as_deref(), "from")?.unwrap_or_else(|| day_number(year_before(date_of(to))));
    if from > to {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("from"));
    }
    let programme = Arc::clone(&rules.current);
    let year = app.store.read(move |conn| look(conn, &rules, id, (from, to))).await?;
    let Year { asked, reduced, complete, paid_minor, points } = year.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let savings = reckoned(&app, asked).await?;
    let points_minor = programme.programme.worth_minor(points);
    let kept_minor = savings.stranger_minor - paid_minor + points_minor.unwrap_or(0);
    Ok(Json(Savings {
        from: Some(day_text(from)),
        to: Some(day_text(to)),
        reduced,
        complete,
        truth: Some(SavingsTruth { paid_minor, points, points_minor, kept_minor }),
        ..savings
    }))
}

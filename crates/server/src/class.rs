//! Members classed, once a business day and whenever that is quick and there were purchases since.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use danggol_core::class::guard::{NoBulk, key_customers};
use danggol_core::class::{Ahead, Class, ClassRules, Deed, Figures, classify};
use danggol_core::expected_value::{Bought, History, Model};
use danggol_core::id::MemberId;
use danggol_core::pyramid::Criteria;
use danggol_store::class::{self, KeyCustomer};
use danggol_store::{Conn, StoreError, expected_value, setting};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::expected_value::{Kept as Fit, Outcome};
use crate::gradual;
use crate::problem::{ApiError, ApiResult, kinds};

/// The setting under which the brand's rules of classes are kept.
const RULES: &str = "class_rules";
/// The setting under which stands when members were classed.
const KEPT: &str = "classes";
/// How quick classing must be to be done again within a business day, in milliseconds.
const QUICK_MS: u64 = 2_000;
/// For how many purchases the products are taken in one part.
const PURCHASES_A_PART: usize = 2_000_000;

/// When members were classed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// UTC milliseconds.
    pub classed_at_ms: i64,
    /// The business day.
    pub day: i32,
    /// The newest purchase then.
    pub newest_purchase: Option<i64>,
    /// When the models of expected value were fitted.
    pub fitted_at_ms: Option<i64>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// By what rules.
    pub rules: ClassRules,
    /// By what pyramid.
    pub criteria: Criteria,
    /// Who was looked at, where there was no one-off bulk buyer.
    #[serde(default)]
    pub no_bulk: Option<NoBulk>,
}

impl Kept {
    /// When members were last classed.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        Ok(setting::find(conn, KEPT)?.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

/// What everybody was classed as, by member.
type Everybody = Arc<HashMap<i64, Class>>;

/// What everybody was classed as, in memory once a question over columns asked for it, and until members are classed anew.
#[derive(Default)]
pub struct Known(Mutex<Option<(Option<Kept>, Everybody)>>);

impl Known {
    /// What everybody was classed as.
    pub fn read(&self, conn: &mut Conn) -> Result<Everybody, StoreError> {
        let kept_as = Kept::read(conn)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known_as, classes)) = known.as_ref()
            && *known_as == kept_as
        {
            return Ok(Arc::clone(classes));
        }
        let classes = Arc::new(class::all(conn)?);
        *known = Some((kept_as, Arc::clone(&classes)));
        Ok(classes)
    }
}

/// The brand's rules of classes; the usual ones before it has its own.
pub fn rules(conn: &mut Conn) -> Result<ClassRules, StoreError> {
    Ok(setting::find(conn, RULES)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Keeps the brand's rules of classes.
pub fn keep_rules(conn: &mut Conn, rules: &ClassRules) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|error| StoreError::Damaged(error.to_string()))?;
    setting::put(conn, RULES, &text)
}

/// What is to be written.
struct Found {
    kept: Kept,
    changed: Vec<Class>,
    gone: Vec<i64>,
    keys: Vec<KeyCustomer>,
}

fn expected(model: Option<&Model>, deeds: &[Deed], today: i32) -> Option<Ahead> {
    let mut bought: Vec<Bought> = deeds.iter().map(|deed| Bought { day: deed.day, amount_minor: deed.amount_minor }).collect();
    let history = History::of(&mut bought, today)?;
    let ahead = model?.expect(&history);
    // By the model nobody leaves before her second day, so one day says nothing; and nobody is ever certain to come or to have left.
    let percent = ((ahead.probability_active * 100.0).round() as i64).clamp(1, 99);
    Some(Ahead { amount_minor: ahead.amount_minor, active_percent: (history.repeats > 0).then_some(percent) })
}

fn keys(conn: &mut Conn, days: (i32, i32), purchases: usize) -> Result<Vec<KeyCustomer>, StoreError> {
    let mut found = Vec::new();
    class::each_product(conn, days, 1 + (purchases / PURCHASES_A_PART) as u64, |sku, buyers| {
        let whole: i64 = buyers.iter().map(|(_, amount)| amount).sum();
        let key = |(member, amount_minor): (i64, i64)| KeyCustomer {
            sku: sku.to_owned(),
            member: MemberId(member),
            amount_minor,
            percent: i64::try_from(i128::from(amount_minor) * 100 / i128::from(whole.max(1))).unwrap_or(0),
        };
        found.extend(key_customers(buyers).into_iter().map(key));
    })?;
    Ok(found)
}

fn find(conn: &mut Conn, criteria: &Criteria, (day, now_ms): (i32, i64)) -> Result<Option<Found>, StoreError> {
    let rules = rules(conn)?;
    let (newest_purchase, before, fit) = (expected_value::newest_purchase(conn)?, Kept::read(conn)?, Fit::read(conn)?);
    let fitted_at_ms = fit.as_ref().map(|fit| fit.fitted_at_ms);
    let same_rules = |kept: &Kept| kept.rules == rules && kept.criteria == *criteria;
    let same_day = |kept: &Kept| kept.day == day && (kept.took_ms > QUICK_MS || kept.newest_purchase == newest_purchase);
    if before.as_ref().is_some_and(|kept| same_rules(kept) && same_day(kept) && kept.fitted_at_ms == fitted_at_ms) {
        return Ok(None);
    }
    let began = Instant::now();
    let model = match fit.map(|fit| fit.outcome) {
        Some(Outcome::Fitted(fitted)) => Some(fitted.model),
        _ => None,
    };
    let from_day = day - i32::from(rules.period_days) + 1;
    let (mut figures, mut ahead, mut purchases) = (Vec::new(), HashMap::new(), 0);
    class::each_member(conn, day, |member, deeds| {
        purchases += deeds.len();
        figures.extend(Figures::of(member, deeds, from_day, day));
        ahead.extend(expected(model.as_ref(), deeds, day).map(|ahead| (member, ahead)));
    })?;
    let keys = keys(conn, (from_day, day), purchases)?;
    let mut counts: HashMap<i64, i64> = HashMap::new();
    keys.iter().for_each(|key| *counts.entry(key.member.0).or_default() += 1);
    let key_products = |member| counts.get(&member).copied().unwrap_or(0);
    let classes = classify(&figures, &rules, criteria, day, |member| ahead.get(&member).copied(), key_products);
    let last_layer = criteria.layers.last().map_or("", |layer| layer.code.as_str());
    let no_bulk = NoBulk::of(&figures, &classes, last_layer);
    let mut known = class::all(conn)?;
    let changed = classes.into_iter().filter(|class| known.remove(&class.member).as_ref() != Some(class)).collect();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let criteria = criteria.clone();
    let kept = Kept { classed_at_ms: now_ms, day, newest_purchase, fitted_at_ms, took_ms, rules, criteria, no_bulk };
    Ok(Some(Found { kept, changed, gone: known.into_keys().collect(), keys }))
}

/// Classes members anew where that is due. Says for how many something changed; none when it was not due.
pub async fn classify_due(app: &Arc<App>) -> ApiResult<Option<usize>> {
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let day = rules.moment(now_ms).day;
    let found = app.store.read_apart(move |conn| find(conn, &rules.current.programme.pyramid, (day, now_ms))).await?;
    let Some(Found { kept, changed, gone, keys }) = found else { return Ok(None) };
    let count = changed.len() + gone.len();
    gradual::write(app, &changed, |conn, part| class::keep(conn, part, &[]), |_| {}).await?;
    let text = serde_json::to_string(&kept).map_err(|_| ApiError::new(&kinds::INTERNAL))?;
    app.store
        .write(move |conn| {
            class::keep(conn, &[], &gone)?;
            class::keep_keys(conn, &keys)?;
            setting::put(conn, KEPT, &text)
        })
        .await?;
    Ok(Some(count))
}

//! Where a member stands: tier, how far to the next, points.

use danggol_core::decide::Rules;
use danggol_core::holder::{HeldTier, HolderState};
use danggol_core::ledger::{Asset, Purse};
use danggol_core::programme::Window;
use danggol_core::tier::{self, Missing};
use danggol_core::time::{day_text, rfc3339};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a member stands.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Standing {
    /// The tier held.
    pub tier: Option<TierView>,
    /// The next one up.
    pub next_tier: Option<NextTier>,
    /// Points that can be spent.
    pub points: PurseView,
    /// Growth points.
    pub growth: PurseView,
    /// Money that she paid in beforehand, in minor units.
    pub value_principal: PurseView,
    /// What the brand added to it, in minor units.
    pub value_bonus: PurseView,
    /// Purchases ever.
    pub purchases: i64,
    /// Days with a purchase in the tier's window.
    pub visits_in_window: i64,
    /// Spending in the tier's window, in minor units.
    pub spend_in_window_minor: i64,
    /// Spending ever less returns, in minor units.
    pub total_minor: i64,
    /// When she bought first.
    pub first_purchase_at: Option<String>,
    /// When she bought last.
    pub last_purchase_at: Option<String>,
}

/// A tier as it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TierView {
    /// Its code.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
    /// First business day.
    pub since: String,
    /// Last business day for which it is kept; none for a tier that needs nothing and is held for ever.
    pub keep_until: Option<String>,
    /// Last business day of the grace, after a warning.
    pub grace_until: Option<String>,
}

/// How far it is to the next tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NextTier {
    /// Its code.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
    /// What each measure lacks; any one is enough.
    pub missing: Vec<Missing>,
    /// The brand's name for the layer of the pyramid that is enough as well, when it is stood in or above at the next ranking.
    pub layer: Option<String>,
    /// The last business day that counts, for a calendar window.
    pub by: Option<String>,
}

/// Units of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PurseView {
    /// Of what.
    pub asset: Asset,
    /// All that is held, less debt.
    pub balance: i64,
    /// What may be spent now.
    pub available: i64,
    /// What may not be spent yet.
    pub pending: i64,
    /// What is owed.
    pub debt: i64,
    /// What lapses when, the nearest first.
    pub expiring: Vec<Expiring>,
}

/// Units that lapse together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Expiring {
    /// Units.
    pub amount: i64,
    /// When they lapse.
    pub at: String,
}

impl PurseView {
    /// A purse at `now_ms`.
    pub fn new(asset: Asset, purse: &Purse, now_ms: i64) -> Self {
        let mut expiring: Vec<(i64, i64)> = Vec::new();
        for lot in &purse.lots {
            let Some(at_ms) = lot.expires_at_ms else { continue };
            match expiring.last_mut().filter(|(known, _)| *known == at_ms) {
                Some((_, amount)) => *amount += lot.remaining,
                None => expiring.push((at_ms, lot.remaining)),
            }
        }
        let expiring = expiring.into_iter().map(|(at_ms, amount)| Expiring { amount, at: rfc3339(at_ms) }).collect();
        Self {
            asset,
            balance: purse.balance(),
            available: purse.available(now_ms),
            pending: purse.pending(now_ms),
            debt: purse.debt,
            expiring,
        }
    }
}

impl TierView {
    fn new(rules: &Rules, held: &HeldTier) -> Self {
        Self {
            code: held.code.clone(),
            name: tier_name(rules, &held.code),
            since: day_text(held.since_day),
            keep_until: held.keep_until_day.map(day_text),
            grace_until: held.grace_until_day.map(day_text),
        }
    }
}

/// The brand's name for a tier; its code when no version of the programme knows it.
pub fn tier_name(rules: &Rules, code: &str) -> String {
    let levels = std::iter::once(&rules.current).chain(rules.versions.values().rev());
    let mut levels = levels.flat_map(|published| &published.programme.tiers.levels);
    levels.find(|level| level.code == code).map_or_else(|| code.to_owned(), |level| level.name.clone())
}

fn next_tier(rules: &Rules, state: &HolderState, today: i32) -> Option<NextTier> {
    let programme = &rules.current.programme;
    let held = state.tier.as_ref().and_then(|held| programme.level_of(&held.code));
    let level = programme.tiers.levels.get(held.map_or(0, |held| held + 1))?;
    let window = tier::window_of(programme.tiers.window, today);
    let by = matches!(programme.tiers.window, Window::Calendar { .. }).then(|| day_text(window.1));
    let missing = tier::missing(level, &tier::measure(&state.days, window));
    let cut = programme.pyramid.layers.iter().find(|cut| Some(&cut.code) == level.layer.as_ref());
    let layer = cut.map(|cut| cut.name.clone());
    Some(NextTier { code: level.code.clone(), name: level.name.clone(), missing, layer, by })
}

impl Standing {
    /// Where a holder stands at `now_ms`.
    pub fn new(rules: &Rules, state: &HolderState, now_ms: i64) -> Self {
        let today = rules.moment(now_ms).day;
        let measures = tier::measure(&state.days, tier::window_of(rules.current.programme.tiers.window, today));
        let at = |at_ms: i64| (at_ms > 0).then(|| rfc3339(at_ms));
        Self {
            tier: state.tier.as_ref().map(|held| TierView::new(rules, held)),
            next_tier: next_tier(rules, state, today),
            points: PurseView::new(Asset::Points, &state.points, now_ms),
            growth: PurseView::new(Asset::Growth, &state.growth, now_ms),
            value_principal: PurseView::new(Asset::ValuePrincipal, &state.value_principal, now_ms),
            value_bonus: PurseView::new(Asset::ValueBonus, &state.value_bonus, now_ms),
            purchases: state.purchases,
            visits_in_window: measures.visits,
            spend_in_window_minor: measures.spend_minor,
            total_minor: state.total_minor,
            first_purchase_at: at(state.first_purchase_ms),
            last_purchase_at: at(state.last_purchase_ms),
        }
    }
}

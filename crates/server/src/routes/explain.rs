//! Why a balance is what it is, and why a tier is held.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::holder::{HolderState, Ranking};
use danggol_core::id::{EntryId, MemberId};
use danggol_core::ledger::Asset;
use danggol_core::programme::Level;
use danggol_core::tier::{self, Measure, Measures};
use danggol_core::time::{day_text, rfc3339};
use danggol_store::purchase::{self, Logged};
use danggol_store::{holder, member};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{PathId, QueryParams};
use crate::problem::{ApiResult, kinds};
use crate::routes::benefit;
use crate::view::{EntryView, Lens, Names, PurseView, Standing};

/// The most entries that an explanation lists; the list of entries has the others.
const STEPS_MAX: usize = 100;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(balance)).routes(routes!(tier_held)).routes(routes!(entry))
}

/// Which balance.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BalanceQuery {
    /// Of what; points when it is left out.
    #[serde(default = "points")]
    pub asset: Asset,
}

fn points() -> Asset {
    Asset::Points
}

/// Why a balance is what it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceWhy {
    /// The balance in a sentence.
    pub sentence: String,
    /// The purse.
    pub purse: PurseView,
    /// The newest entries that moved it, the newest first.
    pub steps: Vec<EntryView>,
    /// Whether there are more of them.
    pub more: bool,
}

/// One measure of a tier.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureWhy {
    /// Which.
    pub measure: Measure,
    /// What there is in the window.
    pub reached: i64,
    /// What the next tier needs; none when it does not ask for this.
    pub needed: Option<i64>,
    /// In the caller's words.
    pub text: String,
}

/// A step of the way to a tier.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierStep {
    /// When.
    pub at: String,
    /// The entry that changed it.
    pub entry_id: EntryId,
    /// In the caller's words.
    pub text: String,
}

/// A window of business days.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowView {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// Why a tier is held.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierWhy {
    /// The tier in a sentence.
    pub sentence: String,
    /// Where the member stands.
    pub standing: Standing,
    /// The days that count now.
    pub window: WindowView,
    /// What counts, against the next tier.
    pub measures: Vec<MeasureWhy>,
    /// Where she stood at the last ranking, and what the next tier asks of it; nothing where no tier asks.
    pub ranking: Vec<String>,
    /// The changes, the newest first.
    pub steps: Vec<TierStep>,
}

/// A member's state and the newest part of her log.
struct Past {
    state: HolderState,
    log: Vec<Logged>,
    postings: std::collections::HashMap<EntryId, Vec<danggol_core::ledger::Posting>>,
    lens: Lens,
}

async fn past(app: &Arc<App>, caller: &Caller, id: MemberId, limit: usize) -> ApiResult<Past> {
    let found = app
        .store
        .read(move |conn| {
            let Some((of, _)) = member::holder_of(conn, id)? else { return Ok(None) };
            let state = holder::find(conn, &[of])?.remove(&of).unwrap_or_default();
            let log = purchase::log(conn, id, EntryId(i64::MAX), limit)?;
            let postings = purchase::postings(conn, log.iter().map(Logged::id))?;
            let names = Names::of_log(conn, &log)?;
            Ok(Some((state, log, postings, names)))
        })
        .await?;
    let (state, log, postings, names) = found.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let lens = Lens { names, ..benefit::lens_of_log(app, caller, &log).await? };
    Ok(Past { state, log, postings, lens })
}

/// Why a balance is what it is: its lots, and the entries that moved it.
#[utoipa::path(get, path = "/explain/balance/{id}", tag = "explain", operation_id = "explain_balance",
    params(("id" = MemberId, Path), BalanceQuery), responses((status = 200, body = BalanceWhy)))]
async fn balance(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    QueryParams(BalanceQuery { asset }): QueryParams<BalanceQuery>,
) -> ApiResult<Json<BalanceWhy>> {
    caller.require(Scope::MembersRead)?;
    let mut past = past(&app, &caller, id, STEPS_MAX + 1).await?;
    let more = past.log.len() > STEPS_MAX;
    past.log.truncate(STEPS_MAX);
    let purse = PurseView::new(asset, past.state.purse(asset), past.lens.now_ms);
    let views =
        past.log.iter().map(|logged| EntryView::new(&past.lens, logged, past.postings.remove(&logged.id()).unwrap_or_default()));
    let steps = views.filter(|entry| entry.postings.iter().any(|posting| posting.asset == asset)).collect();
    let sentence = past.lens.voice(past.lens.rules.current.version).balance(asset, purse.balance, purse.available, purse.pending);
    Ok(Json(BalanceWhy { sentence, purse, steps, more }))
}

fn measures(lens: &Lens, reached: &Measures, next: Option<&Level>) -> Vec<MeasureWhy> {
    let each = [
        (Measure::Spend, reached.spend_minor, next.and_then(|next| next.spend_minor)),
        (Measure::Points, reached.points, next.and_then(|next| next.points)),
        (Measure::Visits, reached.visits, next.and_then(|next| next.visits)),
    ];
    let say = |(measure, reached, needed)| MeasureWhy {
        measure,
        reached,
        needed,
        text: lens.voice(lens.rules.current.version).measured(measure, reached, needed),
    };
    each.into_iter().map(say).collect()
}

/// Where somebody stood at the last ranking, and what the next tier asks of it, where tiers ask for layers.
fn ranking(lens: &Lens, ranked: Option<&Ranking>, next: Option<&Level>) -> Vec<String> {
    let voice = lens.voice(lens.rules.current.version);
    let asks = lens.rules.current.programme.tiers.levels.iter().any(|level| level.layer.is_some());
    let needed = next.and_then(|next| next.layer.as_deref()).map(|layer| voice.standing_in(layer));
    let stood = asks.then(|| ranked.map(|ranked| voice.ranking(ranked))).flatten();
    stood.into_iter().chain(needed.map(|needed| voice.needed(&needed))).collect()
}

/// Why a tier is held, how it came about, and what the next one needs.
#[utoipa::path(get, path = "/explain/tier/{id}", tag = "explain", operation_id = "explain_tier",
    params(("id" = MemberId, Path)), responses((status = 200, body = TierWhy)))]
async fn tier_held(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<TierWhy>> {
    caller.require(Scope::MembersRead)?;
    let mut past = past(&app, &caller, id, 1_000).await?;
    let lens = past.lens.clone();
    let programme = &lens.rules.current.programme;
    let today = lens.rules.moment(lens.now_ms).day;
    let (from, to) = tier::window_of(programme.tiers.window, today);
    let reached = tier::measure(&past.state.days, (from, to));
    let standing = Standing::new(&lens.rules, &past.state, lens.now_ms);
    let next = standing.next_tier.as_ref().and_then(|next| programme.tiers.levels.iter().find(|level| level.code == next.code));
    let steps = past.log.iter().filter_map(|logged| {
        let entry = EntryView::new(&lens, logged, past.postings.remove(&logged.id()).unwrap_or_default());
        Some(TierStep { at: entry.posted_at, entry_id: entry.id, text: entry.tier_change?.text })
    });
    let steps = steps.collect();
    let sentence = lens.voice(lens.rules.current.version).held(past.state.tier.as_ref());
    let measures = measures(&lens, &reached, next);
    let ranking = ranking(&lens, past.state.ranked(today), next);
    let window = WindowView { from: day_text(from), to: day_text(to) };
    Ok(Json(TierWhy { sentence, standing, window, measures, ranking, steps }))
}

/// Why one entry moved what it moved: the rules, the programme version and the person.
#[utoipa::path(get, path = "/explain/entry/{id}", tag = "explain", operation_id = "explain_entry",
    params(("id" = EntryId, Path)), responses((status = 200, body = EntryWhy)))]
async fn entry(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<EntryId>) -> ApiResult<Json<EntryWhy>> {
    caller.require(Scope::MembersRead)?;
    let (logged, postings, _, lens) = benefit::logged(&app, &caller, id).await?;
    let entry = EntryView::new(&lens, &logged, postings);
    let version = entry.programme_version;
    let published = app.store.read(move |conn| danggol_store::programme::find(conn, &[version])).await?.into_iter().next();
    let by = published.as_ref().and_then(|published| published.published_by);
    let publisher = match by {
        Some(user) => app.store.read(move |conn| danggol_store::account::users_by_id(conn, &[user])).await?.into_iter().next(),
        None => None,
    };
    let programme = &lens.rules.version(version).programme;
    let rules = entry.why.iter().filter_map(|why| {
        // Rules and occasions may have the same code.
        let is_it = |id: &String, name: &String| Some(id) == why.rule_id.as_ref() && Some(name) == why.rule_name.as_ref();
        let rule = programme.earning.rules.iter().find(|rule| is_it(&rule.id, &rule.name));
        let occasion = || programme.occasions.iter().find(|occasion| is_it(&occasion.id, &occasion.name));
        let voice = lens.voice(version);
        rule.map(|rule| voice.rule(rule)).or_else(|| occasion().map(|occasion| voice.occasion(occasion)))
    });
    let rules = rules.collect();
    Ok(Json(EntryWhy {
        rules,
        published_at: published.map(|published| rfc3339(published.published_at_ms)),
        published_by: publisher.map(|user| user.name),
        entry,
    }))
}

/// Why one entry moved what it moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryWhy {
    /// The entry.
    pub entry: EntryView,
    /// The rules that gave something, said as they stood then.
    pub rules: Vec<String>,
    /// When that version of the programme was published.
    pub published_at: Option<String>,
    /// Who published it.
    pub published_by: Option<String>,
}

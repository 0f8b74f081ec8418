//! Expected value: what the models say of all members, and of one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::expected_value::calibration::{Calibration, Group, Top};
use danggol_core::expected_value::{Expectation, History, Lack, Model, bg_nbd, gamma_gamma};
use danggol_core::id::MemberId;
use danggol_core::time::{day_text, rfc3339};
use danggol_store::{expected_value, member};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::expected_value::{HORIZON_DAYS, Kept, Outcome};
use crate::extract::PathId;
use crate::problem::{ApiResult, kinds};
use crate::routes::benefit;
use crate::view::Lens;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(read)).routes(routes!(of_member))
}

/// The fitted models.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModelView {
    /// The last business day that they know.
    #[schema(format = Date)]
    pub until: String,
    /// Members they were fitted to.
    pub members: usize,
    /// Those of them who had come again.
    pub repeat_buyers: usize,
    /// BG/NBD: how often members come; α in weeks.
    pub bg_nbd: bg_nbd::Parameters,
    /// Gamma-Gamma: what members spend on a day; v in minor units.
    pub gamma_gamma: gamma_gamma::Parameters,
    /// What the fading rates are multiplied by.
    pub fading_scale: f64,
}

impl From<&Model> for ModelView {
    fn from(model: &Model) -> Self {
        let Model { bg_nbd, gamma_gamma, fading_scale, members, repeat_buyers, until_day, .. } = *model;
        ModelView { until: day_text(until_day), members, repeat_buyers, bg_nbd, gamma_gamma, fading_scale }
    }
}

/// What was expected against what came.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalibrationView {
    /// The last business day that the models knew when they were held against what came after.
    #[schema(format = Date)]
    pub until: String,
    /// Days after it.
    pub days: u16,
    /// Members who had bought by then.
    pub members: usize,
    /// How often they were expected to come.
    pub expected_purchases: f64,
    /// How often they came.
    pub actual_purchases: u64,
    /// What they were expected to buy, in minor units.
    pub expected_amount_minor: i64,
    /// What they bought, in minor units.
    pub actual_amount_minor: i64,
    /// By how often they had come again.
    pub groups: Vec<Group>,
    /// How much of the sales the members from the top held.
    pub tops: Vec<Top>,
}

impl From<Calibration> for CalibrationView {
    fn from(calibration: Calibration) -> Self {
        let Calibration { until_day, days, members, expected_purchases, actual_purchases, .. } = calibration;
        CalibrationView {
            until: day_text(until_day),
            days,
            members,
            expected_purchases,
            actual_purchases,
            expected_amount_minor: calibration.expected_amount_minor,
            actual_amount_minor: calibration.actual_amount_minor,
            groups: calibration.groups,
            tops: calibration.tops,
        }
    }
}

/// Why there is no model.
#[derive(Debug, Serialize, ToSchema)]
pub struct LackView {
    /// What is missing.
    #[serde(flatten)]
    pub lack: Lack,
    /// The same in the caller's words, and what to do.
    pub sentence: String,
}

/// What the models of expected value are, and how well they do.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExpectedValue {
    /// When they were fitted; none before the first time, which is soon after the start of the program.
    pub fitted_at: Option<String>,
    /// The days ahead that are spoken of.
    pub horizon_days: u16,
    /// The models; none while there is too little to fit them to.
    pub model: Option<ModelView>,
    /// How well they did on the newest days when they were fitted without them.
    pub calibration: Option<CalibrationView>,
    /// Why there is no model.
    pub lack: Option<LackView>,
}

/// What is expected of a member, and what that is drawn from.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberExpectedValue {
    /// The expectation in a sentence; none while there is nothing to expect it by.
    pub sentence: Option<String>,
    /// What that is drawn from, in a sentence.
    pub why: Option<String>,
    /// The days ahead that are spoken of.
    pub horizon_days: u16,
    /// What is expected.
    pub expectation: Option<Expectation>,
    /// What she did.
    pub history: Option<HistoryView>,
    /// When the models were fitted.
    pub fitted_at: Option<String>,
    /// Why there is no model.
    pub lack: Option<LackView>,
}

/// The days on which a member bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// How many they are.
    pub days: u32,
    /// The first.
    #[schema(format = Date)]
    pub first: String,
    /// The newest.
    #[schema(format = Date)]
    pub last: String,
    /// What she bought on all of them, returns taken off, in minor units.
    pub amount_minor: i64,
}

impl From<&History> for HistoryView {
    fn from(history: &History) -> Self {
        HistoryView {
            days: history.repeats + 1,
            first: day_text(history.first_day),
            last: day_text(history.last_day),
            amount_minor: history.amount_minor,
        }
    }
}

fn lack_view(lens: &Lens, lack: Lack) -> LackView {
    LackView { sentence: lens.voice(lens.rules.current.version).lack(&lack), lack }
}

/// The models of expected value: their parameters, when they were fitted, and how well they do.
#[utoipa::path(get, path = "/expected-value", tag = "insight", operation_id = "read_expected_value",
    responses((status = 200, body = ExpectedValue)))]
async fn read(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<ExpectedValue>> {
    caller.require(Scope::InsightRead)?;
    let kept = app.store.read(Kept::read).await?;
    let lens = benefit::lens(&app, &caller);
    let fitted_at = kept.as_ref().map(|kept| rfc3339(kept.fitted_at_ms));
    let (fitted, lack) = match kept.map(|kept| kept.outcome) {
        Some(Outcome::Fitted(fitted)) => (Some(fitted), None),
        Some(Outcome::Lack(lack)) => (None, Some(lack_view(&lens, lack))),
        None => (None, None),
    };
    let model = fitted.as_ref().map(|fitted| ModelView::from(&fitted.model));
    let calibration = fitted.and_then(|fitted| fitted.calibration).map(CalibrationView::from);
    Ok(Json(ExpectedValue { fitted_at, horizon_days: HORIZON_DAYS, model, calibration, lack }))
}

/// What is expected of a member in the days ahead, and what that is drawn from.
#[utoipa::path(get, path = "/members/{id}/expected-value", tag = "members", operation_id = "read_member_expected_value",
    params(("id" = MemberId, Path)), responses((status = 200, body = MemberExpectedValue)))]
async fn of_member(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
) -> ApiResult<Json<MemberExpectedValue>> {
    caller.require(Scope::MembersRead)?;
    let lens = benefit::lens(&app, &caller);
    let today = lens.rules.moment(lens.now_ms).day;
    let found = app.store.read(move |conn| {
        if member::holder_of(conn, id)?.is_none() {
            return Ok(None);
        }
        Ok(Some((Kept::read(conn)?, expected_value::bought_by(conn, id, today)?)))
    });
    let (kept, mut bought) = found.await?.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let history = History::of(&mut bought, today);
    let fitted_at = kept.as_ref().map(|kept| rfc3339(kept.fitted_at_ms));
    let (model, lack) = match kept.map(|kept| kept.outcome) {
        Some(Outcome::Fitted(fitted)) => (Some(fitted.model), None),
        Some(Outcome::Lack(lack)) => (None, Some(lack_view(&lens, lack))),
        None => (None, None),
    };
    let expectation = model.zip(history).map(|(model, history)| model.expect(&history));
    let voice = lens.voice(lens.rules.current.version);
    Ok(Json(MemberExpectedValue {
        sentence: expectation.map(|expectation| voice.expected(&expectation, HORIZON_DAYS)),
        why: history.map(|history| voice.bought(&history)),
        horizon_days: HORIZON_DAYS,
        expectation,
        history: history.as_ref().map(HistoryView::from),
        fitted_at,
        lack,
    }))
}

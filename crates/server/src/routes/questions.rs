//! Questions about customers that a brand asks again and again, answered.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::condition::Condition;
use danggol_core::habit::YEAR_DAYS;
use danggol_core::pyramid::cut;
use danggol_core::question::{Ground, Question, questions};
use danggol_store::{Conn, StoreError, insight, search};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::class::classify_due;
use crate::member::MemberRow;
use crate::problem::ApiResult;
use crate::routes::benefit;
use crate::routes::segments::speaking;
use crate::segment::Segments;

/// How many members an answer shows.
const SAMPLE: i64 = 8;
/// The share of last year's buyers who count as large, in ten-thousandths.
const LARGE_BP: i64 = 500;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list))
}

/// A question with its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionView {
    /// Its stable word.
    pub code: String,
    /// The question, in the caller's words.
    pub name: String,
    /// What to do about whom it finds, in the caller's words.
    pub advice: String,
    /// Whom it finds; a segment may be made of it.
    pub condition: Condition,
    /// The condition in the caller's words.
    pub words: String,
    /// How many it finds.
    pub count: i64,
    /// Some of them.
    pub sample: Vec<MemberRow>,
}

/// All questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionList {
    /// The questions.
    pub items: Vec<QuestionView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// What the questions need to know of the brand.
fn ground(conn: &mut Conn, today: i32) -> Result<Ground, StoreError> {
    let before = insight::buyers(conn, today - 2 * YEAR_DAYS + 1, today - YEAR_DAYS)?;
    let year = insight::buyers(conn, today - YEAR_DAYS + 1, today)?;
    let mut amounts: Vec<i64> = before.iter().map(|buyer| buyer.amount_minor).filter(|amount| *amount > 0).collect();
    amounts.sort_unstable_by(|one, other| other.cmp(one));
    let large = cut(amounts.len(), LARGE_BP).checked_sub(1).and_then(|place| amounts.get(place)).copied();
    let (amount, purchases) = year.iter().fold((0, 0), |sum, buyer| (sum.0 + buyer.amount_minor, sum.1 + buyer.purchases));
    Ok(Ground { today, large_minor: large, ticket_minor: amount.checked_div(purchases) })
}

/// The questions about customers that a brand asks again and again, each with how many it finds, some of them, and what to do.
#[utoipa::path(get, path = "/questions", tag = "segments", operation_id = "list_questions", responses((status = 200, body = QuestionList)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<QuestionList>> {
    caller.require(Scope::InsightRead)?;
    classify_due(&app).await?;
    let (rules, keyring, roster, now_ms) = (app.rules(), Arc::clone(&app.keyring), app.roster.clone(), app.now_ms());
    let lens = benefit::lens(&app, &caller);
    let look = move |conn: &mut Conn| -> Result<Vec<QuestionView>, StoreError> {
        let segments = Segments::read(conn)?;
        let ground = ground(conn, rules.moment(now_ms).day)?;
        let answer = |question: Question| {
            let fitting = segments.fitting((conn, &roster), &question.condition, &rules, now_ms)?;
            let (count, sample) = fitting.count(conn, SAMPLE)?;
            let sample = search::listed(conn, &keyring, &sample)?;
            Ok(QuestionView {
                code: question.code.to_owned(),
                name: question.name(lens.language).to_owned(),
                advice: question.advice(lens.language).to_owned(),
                words: speaking(&lens, &segments).condition(&question.condition),
                condition: question.condition.clone(),
                count,
                sample: sample.into_iter().map(|listed| MemberRow::new(listed, &rules)).collect(),
            })
        };
        questions(&ground).into_iter().map(answer).collect()
    };
    Ok(Json(QuestionList { items: app.store.read(look).await?, next_cursor: None }))
}

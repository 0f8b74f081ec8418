//! Coupons for everybody of a segment, some hundred members a request: whoever asks sees how far it came, and may stop and go on.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_core::condition::Condition;
use danggol_core::coupon::{CouponAct, CouponOrder, CouponRefusal};
use danggol_core::decide::{Command, Envelope, Key, Outcome};
use danggol_core::id::{CouponId, EntryId, MemberId, SegmentId, TemplateId};
use danggol_core::refusal::Refusal;
use danggol_store::coupon;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId};
use crate::field;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::random;
use crate::routes::benefit;
use crate::segment::Segments;

/// The members of one request.
const MEMBERS_A_REQUEST: i64 = 200;
/// The most characters of the name of a run, and of a reason.
const TEXT_CHARACTERS_MAX: usize = 200;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(give))
}

/// Whom to give coupons.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentCoupons {
    /// The members of this segment, as it stands when each is reached.
    pub segment_id: SegmentId,
    /// A name of the caller's own for the whole of it: within one run each member gets one coupon, however often it is asked for again.
    #[schema(min_length = 1, max_length = 200)]
    pub run: String,
    /// The `next_after` of the answer before; from the beginning when it is left out.
    #[serde(default)]
    pub after: Option<MemberId>,
    /// Why, for the log.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub reason: Option<String>,
}

/// Members to whom no coupon was given, by why.
#[derive(Debug, Serialize, ToSchema)]
pub struct CouponsRefused {
    /// Why, for programs.
    pub code: String,
    /// Why, in the caller's words.
    pub text: String,
    /// How many.
    pub members: i64,
}

/// How far it came.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentCouponsGiven {
    /// Members who got one now.
    pub given: i64,
    /// Members who had got theirs in this run before.
    pub repeated: i64,
    /// Members who got none.
    pub refused: Vec<CouponsRefused>,
    /// After whom to go on; none at the end, or where no more may be given.
    pub next_after: Option<MemberId>,
}

async fn reached(app: &Arc<App>, id: SegmentId, after: MemberId) -> ApiResult<Vec<MemberId>> {
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let found = app.store.read(move |conn| {
        let segments = Segments::read(conn)?;
        if segments.find(id).is_none() {
            return Ok(None);
        }
        let itself = Condition::Segment { segment: id };
        segments.fitting((conn, &roster), &itself, &rules, now_ms)?.page(conn, after, MEMBERS_A_REQUEST).map(Some)
    });
    Ok(found.await?.ok_or(&kinds::UNKNOWN_SEGMENT)?)
}

/// Gives a coupon to each of the next two hundred members of a segment. Go on with `next_after` until there is none.
#[utoipa::path(post, path = "/coupon-templates/{id}/segments", tag = "coupons", operation_id = "give_coupons_to_segment",
    params(("id" = TemplateId, Path)), request_body = SegmentCoupons, responses((status = 200, body = SegmentCouponsGiven)))]
async fn give(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(template): PathId<TemplateId>,
    body: JsonBody<SegmentCoupons>,
) -> ApiResult<Json<SegmentCouponsGiven>> {
    caller.require(Scope::BenefitsWrite)?;
    let SegmentCoupons { segment_id, run, after, reason } = body.value;
    let run = field::required(&run, TEXT_CHARACTERS_MAX, "run")?;
    let reason = field::optional(reason.as_deref().unwrap_or(""), TEXT_CHARACTERS_MAX, "reason")?;
    if app.store.read(move |conn| coupon::find_templates(conn, &[template])).await?.is_empty() {
        return Err(Refusal::Coupon { place: None, why: CouponRefusal::UnknownTemplate }.into());
    }
    let members = reached(&app, segment_id, after.unwrap_or(MemberId(0))).await?;
    let mut waiting = Vec::with_capacity(members.len());
    for member in &members {
        let act = CouponAct::Issue { template, fresh: CouponId(app.next_id()) };
        let scoped = random::secret_hash(&format!("coupons\n{template}\n{run}\n{member}"));
        let key = Some(Key { scoped, input_hash: random::hash_of(&[&template.0.to_le_bytes(), &member.0.to_le_bytes()]) });
        let command = Command::Coupon(CouponOrder { member: *member, act, reason: reason.clone() });
        let queued = app.pipeline.enqueue(Envelope { id: EntryId(0), actor: caller.actor(), key, command });
        waiting.push(queued.map_err(ApiError::from));
    }
    let (mut given, mut repeated, mut over) = (0, 0, false);
    let mut refused: BTreeMap<&'static str, CouponsRefused> = BTreeMap::new();
    for answer in waiting {
        match benefit::received(answer?.await)?.settled.outcome {
            Outcome::Done(_) => given += 1,
            Outcome::Replayed(_) | Outcome::Nothing => repeated += 1,
            Outcome::Refused(refusal) => {
                over |= matches!(refusal, Refusal::Coupon { why: CouponRefusal::AllGiven | CouponRefusal::Closed, .. });
                let (code, text) = (refusal.code(), || refusal.say(caller.language));
                let entry = refused.entry(code);
                entry.or_insert_with(|| CouponsRefused { code: code.to_owned(), text: text(), members: 0 }).members += 1;
            }
        }
    }
    let more = members.len() as i64 == MEMBERS_A_REQUEST && !over;
    let next_after = members.last().filter(|_| more).copied();
    Ok(Json(SegmentCouponsGiven { given, repeated, refused: refused.into_values().collect(), next_after }))
}

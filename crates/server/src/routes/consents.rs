//! What members have agreed to, and for what the brand asks them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::consent::{ConsentRules, ConsentWay, Said};
use danggol_core::id::{ChangeId, ConsentId, MemberId};
use danggol_core::member::MemberStatus;
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::consent::{self, Statement};
use danggol_store::{Conn, StoreError, member, merge};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::consent::{Clerk, ConsentDraft, ConsentRulesDraft, ConsentRulesView, ConsentView, views};
use crate::extract::{JsonBody, PathId};
use crate::idempotency;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::routes::benefit;
use crate::view::{Lens, Names};

/// The most words of one member that are looked at.
const STATEMENTS_MAX: i64 = 10_000;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(of_member, say)).routes(routes!(read_rules, change_rules))
}

/// What a member says.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsents {
    /// On what, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub said: Vec<ConsentDraft>,
    /// How it came; when it is left out `counter` for people and `api` for programs.
    pub way: Option<ConsentWay>,
}

/// What a member has agreed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberConsents {
    /// All that the brand asks for in its order, then what it asked for once and she answered.
    pub items: Vec<ConsentView>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// The purposes for which the brand asks.
pub async fn rules(app: &App) -> ApiResult<ConsentRules> {
    let country = app.brand().country.clone();
    Ok(app.store.read(move |conn| consent::rules(conn, &country)).await?)
}

async fn shown(app: &Arc<App>, caller: &Caller, id: MemberId) -> ApiResult<Json<MemberConsents>> {
    let rules = rules(app).await?;
    let read = app.store.read(move |conn| {
        let home = merge::keepers(conn, &[id])?.get(&id).copied().unwrap_or(id);
        let Some(record) = member::files(conn, &[home])?.pop() else { return Ok(None) };
        let said = consent::of_member(conn, home, ConsentId(i64::MAX), STATEMENTS_MAX)?;
        let names = Names::read(conn, said.iter().map(|statement| statement.actor), [])?;
        Ok(Some((record.consents, said, names)))
    });
    let (held, said, names) = read.await?.ok_or(&kinds::UNKNOWN_MEMBER)?;
    let lens = Lens { names, ..benefit::lens(app, caller) };
    Ok(Json(MemberConsents { items: views(&lens, &rules, &held, &said), next_cursor: None }))
}

/// What a member has agreed to, by purpose and channel, with who kept it when. Who was never asked has agreed to nothing. A file that went
/// into another has what that one has.
#[utoipa::path(get, path = "/members/{id}/consents", tag = "members", operation_id = "list_consents", params(("id" = MemberId, Path)),
    responses((status = 200, body = MemberConsents)))]
async fn of_member(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<MemberId>) -> ApiResult<Json<MemberConsents>> {
    caller.require(Scope::MembersRead)?;
    shown(&app, &caller, id).await
}

/// Refuses whom nobody knows and whose data was destroyed. In a closed file consents are withdrawn only; who went into another speaks as that one.
fn heard(conn: &mut Conn, id: MemberId, statements: &[Statement]) -> Result<ApiResult<()>, StoreError> {
    let home = merge::keepers(conn, &[id])?.get(&id).copied().unwrap_or(id);
    let gives = statements.iter().any(|statement| statement.said == Said::Given);
    Ok(match member::statuses(conn, &[home])?.get(&home) {
        None => Err((&kinds::UNKNOWN_MEMBER).into()),
        Some(MemberStatus::Erased) => Err((&kinds::MEMBER_CLOSED).into()),
        Some(MemberStatus::Closed) if gives => Err((&kinds::MEMBER_CLOSED).into()),
        Some(MemberStatus::Closed | MemberStatus::Active | MemberStatus::Unclaimed) => Ok(()),
    })
}

/// Keeps what a member says: that she agrees, or does not any more. What she said before stays known; what was said last holds. A consent
/// that is given again is thereby confirmed.
#[utoipa::path(post, path = "/members/{id}/consents", tag = "members", operation_id = "say_consents", params(("id" = MemberId, Path)),
    request_body = NewConsents, responses((status = 201, body = MemberConsents)))]
async fn say(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<MemberId>,
    body: JsonBody<NewConsents>,
) -> ApiResult<(StatusCode, Json<MemberConsents>)> {
    caller.require(Scope::MembersWrite)?;
    let key = caller.key("say_consents", body.hash);
    let rules = rules(&app).await?;
    let clerk = Clerk { app: &app, rules: &rules, actor: caller.actor() };
    let statements = clerk.read(id, &body.value.said, body.value.way, "said")?;
    if statements.is_empty() {
        return Err(ApiError::new(&kinds::REQUIRED).at("said"));
    }
    let now_ms = app.now_ms();
    idempotency::once(&app, key, "consents", move |conn| {
        let heard = heard(conn, id, &statements)?;
        if heard.is_ok() {
            consent::say(conn, &statements, now_ms)?;
        }
        Ok(heard.map(|()| id.0))
    })
    .await?;
    Ok((StatusCode::CREATED, shown(&app, &caller, id).await?))
}

/// For what the brand asks its members: purposes, the channels of each, and what people read before they agree.
#[utoipa::path(get, path = "/consent-rules", tag = "setup", operation_id = "read_consent_rules",
    responses((status = 200, body = ConsentRulesView)))]
async fn read_rules(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<ConsentRulesView>> {
    caller.require(Scope::MembersRead)?;
    Ok(Json(rules(&app).await?.into()))
}

/// What the log of the brand says of its purposes: what is asked for.
fn said(rules: &ConsentRules) -> Option<String> {
    let purpose = |purpose: &danggol_core::consent::Purpose| {
        let matters: Vec<String> = purpose.matters().map(|matter| matter.to_string()).collect();
        let version = purpose.version().map(|version| format!(" (v{version})")).unwrap_or_default();
        format!("{}{version}", matters.join(", "))
    };
    let purposes: Vec<String> = rules.purposes.iter().map(purpose).collect();
    (!purposes.is_empty()).then(|| purposes.join("; "))
}

/// Replaces the purposes for which the brand asks. What members said stays: of a purpose that is left out nothing is asked any more. Another
/// wording is another version, and versions go on where a purpose comes back.
#[utoipa::path(put, path = "/consent-rules", tag = "setup", operation_id = "change_consent_rules", request_body = ConsentRulesDraft,
    responses((status = 200, body = ConsentRulesView)))]
async fn change_rules(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: JsonBody<ConsentRulesDraft>,
) -> ApiResult<Json<ConsentRulesView>> {
    caller.require(Scope::Admin)?;
    let author = Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let (country, now_ms, draft) = (app.brand().country.clone(), app.now_ms(), body.value);
    let kept = idempotency::write(&app, move |conn| {
        let before = consent::rules(conn, &country)?;
        let after = match draft.clone().after(&before, now_ms) {
            Ok(after) => after,
            Err(error) => return Ok(Err(error)),
        };
        consent::keep_rules(conn, &after)?;
        let fields = FieldChange::between("consent_purposes", said(&before), said(&after)).into_iter().collect();
        let detail = ChangeDetail { fields, reason: None };
        change::insert(conn, &[ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: now_ms, detail }])?;
        Ok(Ok(after))
    })
    .await?;
    Ok(Json(kept.into()))
}

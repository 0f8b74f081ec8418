//! The keys of programs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::id::KeyId;
use danggol_core::time::rfc3339;
use danggol_store::account::{self, KeyRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, KEY_PREFIX, Scope, Scopes};
use crate::extract::{JsonBody, PathId};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::{field, idempotency, random};

/// The most characters of a key's name.
const NAME_CHARACTERS_MAX: usize = 100;
/// How much of a secret is shown, for people to recognise it.
const SHOWN_CHARACTERS: usize = 10;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(revoke))
}

/// A key of a program.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The beginning of its secret.
    pub prefix: String,
    /// Since when.
    pub created_at: String,
    /// About when it was last used.
    pub last_used_at: Option<String>,
    /// Since when it is refused.
    pub revoked_at: Option<String>,
}

/// All keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeys {
    /// The oldest first.
    pub items: Vec<ApiKey>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do.
    #[schema(min_items = 1)]
    pub scopes: Vec<Scope>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeKey {
    /// The key.
    pub key: ApiKey,
    /// Its secret. It is shown this once; a repeat of the request does not show it again.
    pub secret: Option<String>,
}

fn api_key(record: KeyRecord) -> ApiKey {
    ApiKey {
        id: record.id,
        name: record.name,
        scopes: Scopes::parse(&record.scopes).list(),
        prefix: record.prefix,
        created_at: rfc3339(record.created_at_ms),
        last_used_at: record.last_used_at_ms.map(rfc3339),
        revoked_at: record.revoked_at_ms.map(rfc3339),
    }
}

/// A new key and its secret, which is kept nowhere.
pub fn new_key(id: KeyId, name: String, scopes: Scopes, now_ms: i64) -> (KeyRecord, String) {
    let secret = format!("{KEY_PREFIX}{}", random::secret());
    let record = KeyRecord {
        id,
        name,
        secret_hash: random::secret_hash(&secret),
        prefix: secret.chars().take(SHOWN_CHARACTERS).collect(),
        scopes: scopes.to_string(),
        created_at_ms: now_ms,
        last_used_at_ms: None,
        revoked_at_ms: None,
    };
    (record, secret)
}

/// All keys, revoked ones too.
#[utoipa::path(get, path = "/keys", tag = "keys", operation_id = "list_keys", responses((status = 200, body = ApiKeys)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<ApiKeys>> {
    caller.require(Scope::Admin)?;
    let records = app.store.read(account::keys).await?;
    Ok(Json(ApiKeys { items: records.into_iter().map(api_key).collect(), next_cursor: None }))
}

/// Makes a key. Its secret is shown this once.
#[utoipa::path(post, path = "/keys", tag = "keys", operation_id = "create_key", request_body = NewKey,
    responses((status = 201, body = MadeKey)))]
async fn create(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewKey>) -> ApiResult<(StatusCode, Json<MadeKey>)> {
    caller.require(Scope::Admin)?;
    let key = caller.key("create_key", body.hash);
    let name = field::required(&body.value.name, NAME_CHARACTERS_MAX, "name")?;
    if body.value.scopes.is_empty() {
        return Err(ApiError::new(&kinds::REQUIRED).at("scopes"));
    }
    let new = KeyId(app.next_id());
    let (record, secret) = new_key(new, name, body.value.scopes.into_iter().collect(), app.now_ms());
    let id = idempotency::once(&app, key, "key", move |conn| account::insert_key(conn, &record).map(|()| Ok(new.0))).await?;
    let kept = app.store.read(account::keys).await?.into_iter().find(|kept| kept.id.0 == id).ok_or(&kinds::UNKNOWN_KEY)?;
    let secret = (id == new.0).then_some(secret);
    Ok((StatusCode::CREATED, Json(MadeKey { key: api_key(kept), secret })))
}

/// Refuses a key from now on.
#[utoipa::path(delete, path = "/keys/{id}", tag = "keys", operation_id = "revoke_key", params(("id" = KeyId, Path)),
    responses((status = 204)))]
async fn revoke(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<KeyId>) -> ApiResult<StatusCode> {
    caller.require(Scope::Admin)?;
    let now_ms = app.now_ms();
    let revoked = app.store.write(move |conn| account::revoke_key(conn, id, now_ms)).await?;
    app.keys.forget(|principal| principal.actor.id == id.0);
    if revoked { Ok(StatusCode::NO_CONTENT) } else { Err((&kinds::UNKNOWN_KEY).into()) }
}

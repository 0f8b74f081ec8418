//! The people who sign in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use danggol_core::id::UserId;
use danggol_core::language::Language;
use danggol_core::time::rfc3339;
use danggol_store::account::{self, UserRecord};
use danggol_store::{Conn, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Role, Scope, password};
use crate::extract::{JsonBody, PathId};
use crate::field::{self, Patch};
use crate::idempotency;
use crate::problem::{ApiError, ApiResult, kinds};

/// The most characters of a person's name.
const NAME_CHARACTERS_MAX: usize = 100;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list, add)).routes(routes!(change))
}

/// A person who signs in.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// Her id.
    pub id: UserId,
    /// What she types to sign in.
    pub login: String,
    /// What she is called.
    pub name: String,
    /// What she is to the brand.
    pub role: Role,
    /// The language that she chose.
    pub language: Option<Language>,
    /// Since when.
    pub created_at: String,
    /// Since when she may not sign in any more.
    pub disabled_at: Option<String>,
}

/// Everybody who signs in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Users {
    /// The oldest first.
    pub items: Vec<User>,
    /// Always nothing: all are here.
    pub next_cursor: Option<String>,
}

/// A person as she is added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonDraft {
    /// What she is called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What she types to sign in; capitals do not count.
    #[schema(min_length = 2, max_length = 64)]
    pub login: String,
    /// Her password.
    #[schema(min_length = 8, max_length = 256)]
    pub password: String,
}

/// A person to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What she is called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What she types to sign in; capitals do not count.
    #[schema(min_length = 2, max_length = 64)]
    pub login: String,
    /// Her password.
    #[schema(min_length = 8, max_length = 256)]
    pub password: String,
    /// What she is to the brand.
    pub role: Role,
}

/// What may be changed of a person; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// What she is called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// What she is to the brand.
    pub role: Option<Role>,
    /// Her language; null leaves it to the brand's.
    #[serde(default)]
    #[schema(value_type = Option<Language>)]
    pub language: Patch<Language>,
    /// Whether she may not sign in any more.
    pub disabled: Option<bool>,
    /// A new password, when she forgot hers.
    #[schema(min_length = 8, max_length = 256)]
    pub password: Option<String>,
}

/// The form of a login under which it is kept.
pub fn normal_login(login: &str) -> String {
    login.trim().to_lowercase()
}

impl PersonDraft {
    /// Her name and login in the form in which they are kept. `place` stands before the names of fields.
    pub fn check(&self, place: &str) -> ApiResult<(String, String)> {
        let name = field::required(&self.name, NAME_CHARACTERS_MAX, &format!("{place}name"))?;
        let login = normal_login(&self.login);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@+".contains(&byte);
        if !(2..=64).contains(&login.len()) || !login.bytes().all(allowed) {
            return Err(ApiError::new(&kinds::LOGIN_INVALID).at(format!("{place}login")));
        }
        password::check(&self.password, &format!("{place}password"))?;
        Ok((name, login))
    }
}

/// The role of a person.
pub fn role(user: &UserRecord) -> ApiResult<Role> {
    user.role.parse().map_err(|error| {
        tracing::error!(%error, user = %user.id, "a person has no role that is known");
        (&kinds::INTERNAL).into()
    })
}

/// Keeps a new person; false when the login is taken.
pub fn insert(conn: &mut Conn, user: &UserRecord) -> Result<bool, StoreError> {
    account::insert_user(conn, user)
}

/// The person of a login in its normal form. One with characters that no login has is not looked for.
pub fn by_login(conn: &mut Conn, login: &str) -> Result<Option<UserRecord>, StoreError> {
    if login.contains('\0') { Ok(None) } else { account::user_by_login(conn, login) }
}

fn user(record: &UserRecord) -> ApiResult<User> {
    Ok(User {
        id: record.id,
        login: record.login.clone(),
        name: record.name.clone(),
        role: role(record)?,
        language: record.language.as_deref().and_then(Language::from_tag),
        created_at: rfc3339(record.created_at_ms),
        disabled_at: record.disabled_at_ms.map(rfc3339),
    })
}

async fn read(app: &App, id: UserId) -> ApiResult<User> {
    let found = app.store.read(move |conn| account::users_by_id(conn, &[id])).await?.pop();
    user(&found.ok_or(&kinds::UNKNOWN_USER)?)
}

/// Gives a person another password and ends her sessions but the one of `this` token hash.
pub async fn change_password(app: &Arc<App>, id: UserId, password_hash: String, this: Option<String>) -> ApiResult<()> {
    let now_ms = app.now_ms();
    idempotency::write(app, move |conn| {
        let Some(mut user) = account::users_by_id(conn, &[id])?.pop() else { return Ok(Err((&kinds::UNKNOWN_USER).into())) };
        user.password_hash.clone_from(&password_hash);
        account::update_user(conn, &user)?;
        account::revoke_sessions_of(conn, id, this.as_deref(), now_ms)?;
        Ok(Ok(()))
    })
    .await?;
    app.sessions.forget(|principal| principal.actor.id == id.0);
    Ok(())
}

/// Everybody who signs in.
#[utoipa::path(get, path = "/users", tag = "people", operation_id = "list_users", responses((status = 200, body = Users)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Users>> {
    caller.require(Scope::Admin)?;
    let records = app.store.read(account::users).await?;
    let items = records.iter().map(user).collect::<ApiResult<Vec<_>>>()?;
    Ok(Json(Users { items, next_cursor: None }))
}

/// Adds a person.
#[utoipa::path(post, path = "/users", tag = "people", operation_id = "add_user", request_body = NewUser,
    responses((status = 201, body = User)))]
async fn add(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<NewUser>) -> ApiResult<(StatusCode, Json<User>)> {
    caller.require(Scope::Admin)?;
    let key = caller.key("add_user", body.hash);
    let NewUser { name, login, password, role } = body.value;
    let draft = PersonDraft { name, login, password };
    let (name, login) = draft.check("")?;
    if role == Role::Owner && caller.principal.role != Some(Role::Owner) {
        return Err(ApiError::new(&kinds::ROLE_NOT_ALLOWED).at("role"));
    }
    let record = UserRecord {
        id: UserId(app.next_id()),
        login,
        name,
        role: role.word().to_owned(),
        password_hash: password::hash(draft.password).await?,
        language: None,
        created_at_ms: app.now_ms(),
        disabled_at_ms: None,
    };
    let id = idempotency::once(&app, key, "user", move |conn| {
        let taken = || ApiError::new(&kinds::LOGIN_TAKEN).at("login");
        Ok(if insert(conn, &record)? { Ok(record.id.0) } else { Err(taken()) })
    });
    Ok((StatusCode::CREATED, Json(read(&app, UserId(id.await?)).await?)))
}

/// Changes a person: her name, role, language or password, or whether she may sign in.
#[utoipa::path(patch, path = "/users/{id}", tag = "people", operation_id = "change_user", params(("id" = UserId, Path)),
    request_body = UserPatch, responses((status = 200, body = User)))]
async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<UserId>,
    body: JsonBody<UserPatch>,
) -> ApiResult<Json<User>> {
    caller.require(Scope::Admin)?;
    let mut patch = body.value;
    if let Some(name) = &patch.name {
        patch.name = Some(field::required(name, NAME_CHARACTERS_MAX, "name")?);
    }
    let password_hash = match patch.password.take() {
        Some(new) => {
            password::check(&new, "password")?;
            Some(password::hash(new).await?)
        }
        None => None,
    };
    let change = Change { id, patch, password_hash, by_owner: caller.principal.role == Some(Role::Owner), now_ms: app.now_ms() };
    idempotency::write(&app, move |conn| change.keep(conn)).await?;
    app.sessions.forget(|principal| principal.actor.id == id.0);
    Ok(Json(read(&app, id).await?))
}

struct Change {
    id: UserId,
    patch: UserPatch,
    password_hash: Option<String>,
    by_owner: bool,
    now_ms: i64,
}

impl Change {
    fn keep(&self, conn: &mut Conn) -> Result<ApiResult<()>, StoreError> {
        let everybody = account::users(conn)?;
        let Some(before) = everybody.iter().find(|user| user.id == self.id) else {
            return Ok(Err((&kinds::UNKNOWN_USER).into()));
        };
        let after = self.applied(before);
        let owner = Role::Owner.word();
        if (before.role == owner || after.role == owner) && !self.by_owner {
            return Ok(Err((&kinds::ROLE_NOT_ALLOWED).into()));
        }
        let may_own = |user: &UserRecord| user.role == owner && user.disabled_at_ms.is_none();
        let remains = may_own(&after) || everybody.iter().any(|user| user.id != self.id && may_own(user));
        if !remains {
            return Ok(Err((&kinds::LAST_OWNER).into()));
        }
        account::update_user(conn, &after)?;
        if self.password_hash.is_some() || after.disabled_at_ms.is_some() {
            account::revoke_sessions_of(conn, self.id, None, self.now_ms)?;
        }
        Ok(Ok(()))
    }

    fn applied(&self, before: &UserRecord) -> UserRecord {
        let patch = &self.patch;
        UserRecord {
            name: patch.name.clone().unwrap_or_else(|| before.name.clone()),
            role: patch.role.map_or_else(|| before.role.clone(), |role| role.word().to_owned()),
            language: patch.language.over(before.language.clone(), |language| language.tag().to_owned()),
            password_hash: self.password_hash.clone().unwrap_or_else(|| before.password_hash.clone()),
            disabled_at_ms: match patch.disabled {
                Some(true) => before.disabled_at_ms.or(Some(self.now_ms)),
                Some(false) => None,
                None => before.disabled_at_ms,
            },
            ..before.clone()
        }
    }
}

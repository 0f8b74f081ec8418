//! Signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use danggol_core::id::UserId;
use danggol_core::language::Language;
use danggol_store::account::{self, SessionRecord, UserRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::users::{self, normal_login};
use crate::app::App;
use crate::auth::{self, Caller, Guest, Role, password};
use crate::brand::Brand;
use crate::extract::JsonBody;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::random;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(get, sign_in, sign_out)).routes(routes!(change_password))
}

/// Who is signed in, and to what.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    /// The person.
    pub user: SessionUser,
    /// The brand.
    pub brand: Brand,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionUser {
    /// Her id.
    pub id: UserId,
    /// What she is called.
    pub name: String,
    /// What she types to sign in.
    pub login: String,
    /// What she is to the brand.
    pub role: Role,
    /// The language that she chose.
    pub language: Option<Language>,
}

/// A login with its password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The login.
    pub login: String,
    /// The password.
    pub password: String,
}

/// A change of password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    pub current: String,
    /// The password from now on.
    #[schema(min_length = 8, max_length = 256)]
    pub new: String,
}

/// A session that begins.
pub struct NewSession {
    token: String,
    seconds: i64,
    /// What is kept of it.
    pub record: SessionRecord,
}

impl NewSession {
    /// A session of a person.
    pub fn of(app: &App, user: UserId) -> Self {
        let (token, now_ms) = (random::secret(), app.now_ms());
        let record = SessionRecord {
            token_hash: random::secret_hash(&token),
            user,
            created_at_ms: now_ms,
            expires_at_ms: now_ms + app.config.session_ms,
        };
        NewSession { token, seconds: app.config.session_ms / 1000, record }
    }

    /// The header that gives the browser its cookie.
    pub fn cookie(&self, secure: bool) -> [(header::HeaderName, String); 1] {
        [(header::SET_COOKIE, cookie(&self.token, self.seconds, secure))]
    }
}

fn cookie(token: &str, seconds: i64, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}", auth::COOKIE)
}

/// A person on the wire.
pub fn person(user: &UserRecord) -> ApiResult<SessionUser> {
    Ok(SessionUser {
        id: user.id,
        name: user.name.clone(),
        login: user.login.clone(),
        role: users::role(user)?,
        language: user.language.as_deref().and_then(Language::from_tag),
    })
}

async fn session_of(app: &App, user: UserId) -> ApiResult<Session> {
    let user = app.store.read(move |conn| account::users_by_id(conn, &[user])).await?.pop();
    let user = user.ok_or(&kinds::UNAUTHENTICATED)?;
    Ok(Session { user: person(&user)?, brand: Brand::clone(&app.brand()) })
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "session", operation_id = "get_session", responses((status = 200, body = Session)))]
async fn get(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Session>> {
    let user = caller.user().ok_or(&kinds::UNAUTHENTICATED)?;
    Ok(Json(session_of(&app, user).await?))
}

/// Signs in. The answer takes the same time whether the login exists or not.
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "sign_in", security(()), request_body = Credentials,
    responses((status = 200, body = Session)))]
async fn sign_in(State(app): State<Arc<App>>, guest: Guest, body: JsonBody<Credentials>) -> ApiResult<Response> {
    app.require_set_up()?;
    let Credentials { login, password } = body.value;
    let login = normal_login(&login);
    count_attempt(&app, &guest, &login)?;
    let wanted = login.clone();
    let user = app.store.read(move |conn| users::by_login(conn, &wanted)).await?;
    let user = user.filter(|user| user.disabled_at_ms.is_none());
    let is_right = password::verify(password, user.as_ref().map(|user| user.password_hash.clone())).await?;
    let Some(user) = user.filter(|_| is_right) else { return Err((&kinds::WRONG_CREDENTIALS).into()) };
    app.limits.logins.forgive(&login);
    let session = NewSession::of(&app, user.id);
    let record = session.record.clone();
    app.store.write(move |conn| account::insert_session(conn, &record)).await?;
    let answer = Session { user: person(&user)?, brand: Brand::clone(&app.brand()) };
    Ok((session.cookie(guest.mark.secure), Json(answer)).into_response())
}

fn count_attempt(app: &App, guest: &Guest, login: &str) -> ApiResult<()> {
    let now_ms = app.now_ms();
    let by_login = app.limits.logins.take(login, now_ms);
    let by_address = app.limits.attempts.take(guest.mark.address, now_ms);
    by_login.and(by_address).map_err(|seconds| ApiError::new(&kinds::TOO_MANY_ATTEMPTS).retry_after_s(seconds))
}

/// Signs out. It is no error when nobody was signed in.
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "sign_out", security(()), responses((status = 204)))]
async fn sign_out(State(app): State<Arc<App>>, guest: Guest, headers: HeaderMap) -> ApiResult<Response> {
    auth::check_console_header(&Method::DELETE, &headers)?;
    if let Some(token) = auth::session_token(&headers) {
        let (hash, now_ms) = (random::secret_hash(token), app.now_ms());
        app.sessions.remove(&hash);
        app.store.write(move |conn| account::revoke_session(conn, &hash, now_ms)).await?;
    }
    let gone = [(header::SET_COOKIE, cookie("", 0, guest.mark.secure))];
    Ok((StatusCode::NO_CONTENT, gone).into_response())
}

/// Changes the password of whoever is signed in, and ends her other sessions.
#[utoipa::path(post, path = "/session/password", tag = "session", operation_id = "change_password", request_body = PasswordChange,
    responses((status = 204)))]
async fn change_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: JsonBody<PasswordChange>,
) -> ApiResult<StatusCode> {
    let user = caller.user().ok_or(&kinds::UNAUTHENTICATED)?;
    password::check(&body.value.new, "new")?;
    app.limits
        .logins
        .take(user.0, app.now_ms())
        .map_err(|seconds| ApiError::new(&kinds::TOO_MANY_ATTEMPTS).retry_after_s(seconds))?;
    let kept = app.store.read(move |conn| account::users_by_id(conn, &[user])).await?.pop().ok_or(&kinds::UNAUTHENTICATED)?;
    if !password::verify(body.value.current, Some(kept.password_hash)).await? {
        return Err(ApiError::new(&kinds::WRONG_PASSWORD).at("current"));
    }
    app.limits.logins.forgive(user.0);
    let hash = password::hash(body.value.new).await?;
    let this = auth::session_token(&headers).map(random::secret_hash);
    users::change_password(&app, user, hash, this).await?;
    Ok(StatusCode::NO_CONTENT)
}

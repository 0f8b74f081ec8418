//! Who is asking: people with a session cookie, programs with a key.

mod cache;
pub mod password;
pub mod scope;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use danggol_core::decide::{Actor, ActorKind, Key};
use danggol_core::id::{KeyId, UserId};
use danggol_core::language::Language;
use danggol_store::account::{self, KeyRecord, UserRecord};

use crate::app::App;
use crate::local::Local;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::random;
use crate::request::Mark;

pub use cache::Cache;
pub use scope::{Role, Scope, Scopes};

/// The cookie of a session.
pub const COOKIE: &str = "danggol_session";
/// What every secret of a key begins with, so that one that leaked is recognised.
pub const KEY_PREFIX: &str = "dgk_";
/// The header that a browser only sends for pages of this server.
pub const CONSOLE_HEADER: &str = "x-danggol-console";
/// The longest idempotency key.
const IDEMPOTENCY_KEY_MAX: usize = 255;
/// How often the last use of a key is written down, in milliseconds.
const TOUCH_EVERY_MS: i64 = 60_000;

/// Somebody who signed in, or a program with a key.
#[derive(Debug)]
pub struct Principal {
    /// What kind of someone, and the number.
    pub actor: Actor,
    /// What may be done.
    pub scopes: Scopes,
    /// The role of a person.
    pub role: Option<Role>,
    /// The language that a person chose.
    pub language: Option<Language>,
    touched_at_ms: AtomicI64,
}

impl Principal {
    /// A person, in a session.
    pub fn user(user: &UserRecord) -> Self {
        let role: Option<Role> = user.role.parse().ok();
        Principal {
            actor: Actor { kind: ActorKind::User, id: user.id.0 },
            scopes: role.map(Role::scopes).unwrap_or_default(),
            role,
            language: user.language.as_deref().and_then(Language::from_tag),
            touched_at_ms: AtomicI64::new(0),
        }
    }

    fn key(key: &KeyRecord) -> Self {
        Principal {
            actor: Actor { kind: ActorKind::Key, id: key.id.0 },
            scopes: Scopes::parse(&key.scopes),
            role: None,
            language: None,
            touched_at_ms: AtomicI64::new(key.last_used_at_ms.unwrap_or(0)),
        }
    }

    /// A command on the same machine, which may do everything.
    fn local() -> Self {
        Principal {
            actor: Actor { kind: ActorKind::System, id: 0 },
            scopes: Scope::ALL.into_iter().collect(),
            role: None,
            language: None,
            touched_at_ms: AtomicI64::new(0),
        }
    }

    /// The id as people read it in logs.
    pub fn label(&self) -> String {
        match self.actor.kind {
            ActorKind::User => UserId(self.actor.id).to_string(),
            ActorKind::Key => KeyId(self.actor.id).to_string(),
            ActorKind::System | ActorKind::Import => self.actor.kind.word().to_owned(),
        }
    }
}

/// Somebody who was let in, with all that a handler needs of her request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub principal: Arc<Principal>,
    /// The language of the answer.
    pub language: Language,
    /// The request's id and address.
    pub mark: Arc<Mark>,
    idempotency_key: Option<String>,
}

impl Caller {
    /// Refuses a caller who may not do this.
    pub fn require(&self, scope: Scope) -> ApiResult<()> {
        match self.principal.scopes.has(scope) {
            true => Ok(()),
            false => Err(ApiError::new(&kinds::SCOPE_MISSING).with("scope", scope.word())),
        }
    }

    /// Who acts, for the log.
    pub fn actor(&self) -> Actor {
        self.principal.actor
    }

    /// The person; none for a program.
    pub fn user(&self) -> Option<UserId> {
        (self.principal.actor.kind == ActorKind::User).then_some(UserId(self.principal.actor.id))
    }

    /// The idempotency key of the request within its scope, which is the principal and the `route` (a name that stays the same),
    /// beside a hash of everything that was asked; none when the request carries none.
    pub fn key(&self, route: &str, input_hash: i64) -> Option<Key> {
        let key = self.idempotency_key.as_ref()?;
        let Actor { kind, id } = self.principal.actor;
        let scoped = random::secret_hash(&format!("{}\n{id}\n{route}\n{key}", kind.word()));
        Some(Key { scoped, input_hash })
    }
}

/// The request's idempotency key, checked.
fn idempotency_key(headers: &HeaderMap) -> ApiResult<Option<String>> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= IDEMPOTENCY_KEY_MAX => Ok(Some(key.to_owned())),
        _ => Err(ApiError::new(&kinds::IDEMPOTENCY_KEY_INVALID)),
    }
}

/// The session token of the request's cookies.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE && !value.is_empty()).then_some(value)
    })
}

/// Refuses a change asked for by a page of another site: such a page can send the cookie but not the header (a header of that name
/// makes browsers ask first, and they are not answered).
pub fn check_console_header(method: &Method, headers: &HeaderMap) -> ApiResult<()> {
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    match changes && headers.get(CONSOLE_HEADER).is_none_or(|value| value != "1") {
        true => Err(ApiError::new(&kinds::CONSOLE_HEADER_MISSING)),
        false => Ok(()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<ApiResult<&str>> {
    let value = headers.get(header::AUTHORIZATION)?;
    let secret = value.to_str().ok().and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
    });
    Some(secret.filter(|secret| secret.starts_with(KEY_PREFIX)).ok_or_else(|| (&kinds::UNAUTHENTICATED).into()))
}

async fn principal_of_key(app: &Arc<App>, mark: &Mark, secret: &str) -> ApiResult<Arc<Principal>> {
    let hash = random::secret_hash(secret);
    let now_ms = app.now_ms();
    let principal = match app.keys.get(&hash, now_ms) {
        Some(principal) => principal,
        None => {
            let wanted = hash.clone();
            let Some(key) = app.store.read(move |conn| account::key_by_secret(conn, &wanted)).await? else {
                return Err(unknown_caller(app, mark, now_ms));
            };
            let principal = Arc::new(Principal::key(&key));
            app.keys.put(hash, Arc::clone(&principal), now_ms);
            principal
        }
    };
    note_use(app, &principal, now_ms);
    Ok(principal)
}

/// Writes down, once a minute at most and aside from the request, that a key is in use.
fn note_use(app: &Arc<App>, principal: &Principal, now_ms: i64) {
    let touched_at_ms = principal.touched_at_ms.load(Ordering::Relaxed);
    let is_due = now_ms - touched_at_ms >= TOUCH_EVERY_MS;
    let exchange = |now_ms| principal.touched_at_ms.compare_exchange(touched_at_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed);
    if is_due && exchange(now_ms).is_ok() {
        let (app, key) = (Arc::clone(app), KeyId(principal.actor.id));
        tokio::spawn(async move {
            if let Err(error) = app.store.write(move |conn| account::touch_key(conn, key, now_ms)).await {
                tracing::warn!(%error, "the last use of a key was not written down");
            }
        });
    }
}

async fn principal_of_session(app: &Arc<App>, mark: &Mark, token: &str) -> ApiResult<Arc<Principal>> {
    let hash = random::secret_hash(token);
    let now_ms = app.now_ms();
    if let Some(principal) = app.sessions.get(&hash, now_ms) {
        return Ok(principal);
    }
    let wanted = hash.clone();
    let Some(user) = app.store.read(move |conn| account::user_of_session(conn, &wanted, now_ms)).await? else {
        return Err(unknown_caller(app, mark, now_ms));
    };
    let principal = Arc::new(Principal::user(&user));
    app.sessions.put(hash, Arc::clone(&principal), now_ms);
    Ok(principal)
}

fn unknown_caller(app: &App, mark: &Mark, now_ms: i64) -> ApiError {
    // Only those who guess are slowed down: somebody with a good secret may sit behind the same address.
    match app.limits.attempts.check(mark.address, now_ms) {
        Ok(()) => (&kinds::UNAUTHENTICATED).into(),
        Err(error) => error,
    }
}

async fn principal(app: &Arc<App>, mark: &Mark, parts: &Parts) -> ApiResult<Arc<Principal>> {
    if parts.extensions.get::<Local>().is_some() {
        return Ok(Arc::new(Principal::local()));
    }
    let now_ms = app.now_ms();
    if let Some(secret) = bearer(&parts.headers) {
        let principal = principal_of_key(app, mark, secret?).await?;
        if let Some(limit) = &app.limits.keys {
            limit.check(principal.actor.id, now_ms)?;
        }
        return Ok(principal);
    }
    let token = session_token(&parts.headers).ok_or(&kinds::UNAUTHENTICATED)?;
    let principal = principal_of_session(app, mark, token).await?;
    check_console_header(&parts.method, &parts.headers)?;
    app.limits.people.check(principal.actor.id, now_ms)?;
    Ok(principal)
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        let mark = Mark::of(&parts.extensions)?;
        app.require_set_up()?;
        let principal = principal(app, &mark, parts).await?;
        mark.know(&principal);
        let language = mark.language(app.brand().language);
        Ok(Caller { language, idempotency_key: idempotency_key(&parts.headers)?, principal, mark })
    }
}

/// Somebody who has not signed in, at a place where that is allowed.
#[derive(Debug, Clone)]
pub struct Guest {
    /// The request's id and address.
    pub mark: Arc<Mark>,
}

impl FromRequestParts<Arc<App>> for Guest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> ApiResult<Self> {
        let mark = Mark::of(&parts.extensions)?;
        app.limits.people.check(mark.address, app.now_ms())?;
        idempotency_key(&parts.headers)?;
        Ok(Guest { mark })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        for (cookie, expected) in [
            ("danggol_session=abc", Some("abc")),
            ("theme=dark; danggol_session=abc; x=y", Some("abc")),
            ("danggol_session=", None),
            ("xdanggol_session=abc", None),
            ("danggol_session", None),
        ] {
            assert_eq!(session_token(&headers(&[("cookie", cookie)])), expected, "{cookie}");
        }
    }

    #[test]
    fn only_secrets_of_ours_are_looked_up() {
        for (value, expected) in [
            ("Bearer dgk_x", Some("dgk_x")),
            ("bearer dgk_x", Some("dgk_x")),
            ("Bearer x", None),
            ("Basic dgk_x", None),
            ("dgk_x", None),
        ] {
            let headers = headers(&[("authorization", value)]);
            assert_eq!(bearer(&headers).and_then(Result::ok), expected, "{value}");
        }
    }

    #[test]
    fn idempotency_keys_are_short_and_visible() {
        let (long, longer) = ("k".repeat(255), "k".repeat(256));
        for (value, expected) in [("a", true), (long.as_str(), true), (longer.as_str(), false), ("", false)] {
            assert_eq!(idempotency_key(&headers(&[("idempotency-key", value)])).is_ok(), expected, "{}", value.len());
        }
        let mut bytes = HeaderMap::new();
        bytes.insert("idempotency-key", HeaderValue::from_bytes(&[0xFF]).unwrap());
        assert!(idempotency_key(&bytes).is_err());
        assert!(idempotency_key(&HeaderMap::new()).is_ok_and(|key| key.is_none()));
    }
}

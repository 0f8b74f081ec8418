//! Who may come in: people with sessions, programs with keys. Passwords and secrets arrive hashed.

use danggol_core::id::{KeyId, UserId};

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::schema::{API_KEY, APP_USER, USER_SESSION};

const COUNT_USERS: &str = "SELECT COUNT(*) FROM app_user";
const USERS: &str =
    "SELECT user_id, login, name, role, password_hash, language, created_at_ms, disabled_at_ms FROM app_user ORDER BY user_id";
const USER_BY_LOGIN: &str =
    "SELECT user_id, login, name, role, password_hash, language, created_at_ms, disabled_at_ms FROM app_user WHERE login = $1";
const USERS_BY_ID: &str = "SELECT user_id, login, name, role, password_hash, language, created_at_ms, disabled_at_ms FROM app_user \
     WHERE user_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY user_id";
const UPDATE_USER: &str =
    "UPDATE app_user SET name = $2, role = $3, password_hash = $4, language = $5, disabled_at_ms = $6 WHERE user_id = $1";
const SESSION: &str = "SELECT u.user_id, u.login, u.name, u.role, u.password_hash, u.language, u.created_at_ms, u.disabled_at_ms \
     FROM user_session s JOIN app_user u ON u.user_id = s.user_id \
     WHERE s.token_hash = $1 AND s.revoked_at_ms IS NULL AND s.expires_at_ms > $2 AND u.disabled_at_ms IS NULL";
const REVOKE_SESSION: &str = "UPDATE user_session SET revoked_at_ms = $2 WHERE token_hash = $1 AND revoked_at_ms IS NULL";
const REVOKE_SESSIONS_OF: &str =
    "UPDATE user_session SET revoked_at_ms = $2 WHERE user_id = $1 AND revoked_at_ms IS NULL AND token_hash <> $3";
const FORGET_SESSIONS: &str = "DELETE FROM user_session WHERE expires_at_ms < $1";
const KEYS: &str = "SELECT key_id, name, secret_hash, prefix, scopes, created_at_ms, last_used_at_ms, revoked_at_ms FROM api_key ORDER BY key_id";
const KEY_BY_SECRET: &str = "SELECT key_id, name, secret_hash, prefix, scopes, created_at_ms, last_used_at_ms, revoked_at_ms FROM api_key \
     WHERE secret_hash = $1 AND revoked_at_ms IS NULL";
const TOUCH_KEY: &str = "UPDATE api_key SET last_used_at_ms = $2 WHERE key_id = $1";
const REVOKE_KEY: &str = "UPDATE api_key SET revoked_at_ms = $2 WHERE key_id = $1 AND revoked_at_ms IS NULL";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[
    COUNT_USERS,
    USERS,
    USER_BY_LOGIN,
    USERS_BY_ID,
    UPDATE_USER,
    SESSION,
    REVOKE_SESSION,
    REVOKE_SESSIONS_OF,
    FORGET_SESSIONS,
    KEYS,
    KEY_BY_SECRET,
    TOUCH_KEY,
    REVOKE_KEY,
];

/// A person who signs in to the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Her id.
    pub id: UserId,
    /// What she types to sign in, in lower case; unique.
    pub login: String,
    /// What she is called.
    pub name: String,
    /// `owner`, `admin`, `marketer`, `manager`, `clerk` or `auditor`.
    pub role: String,
    /// The Argon2id hash of her password in PHC form.
    pub password_hash: String,
    /// The tag of her language, where she chose one.
    pub language: Option<String>,
    /// UTC milliseconds.
    pub created_at_ms: i64,
    /// UTC milliseconds since which she may not sign in.
    pub disabled_at_ms: Option<i64>,
}

impl BindRow for UserRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.int(self.id.0);
        binder.text(&self.login);
        binder.text(&self.name);
        binder.text(&self.role);
        binder.text(&self.password_hash);
        binder.opt_text(self.language.as_deref());
        binder.int(self.created_at_ms);
        binder.opt_int(self.disabled_at_ms);
    }
}

fn user(row: &Row<'_>) -> Result<UserRecord, StoreError> {
    Ok(UserRecord {
        id: UserId(row.int(0)?),
        login: row.text(1)?,
        name: row.text(2)?,
        role: row.text(3)?,
        password_hash: row.text(4)?,
        language: row.opt_text(5)?,
        created_at_ms: row.int(6)?,
        disabled_at_ms: row.opt_int(7)?,
    })
}

/// How many people there are; none means that the owner has not come yet.
pub fn count_users(conn: &mut Conn) -> Result<i64, StoreError> {
    Ok(conn.query_one(COUNT_USERS, &[], |row| row.int(0))?.unwrap_or(0))
}

/// Everybody, the oldest first.
pub fn users(conn: &mut Conn) -> Result<Vec<UserRecord>, StoreError> {
    conn.query(USERS, &[], user)
}

/// The person of a login.
pub fn user_by_login(conn: &mut Conn, login: &str) -> Result<Option<UserRecord>, StoreError> {
    conn.query_one(USER_BY_LOGIN, &[login.into()], user)
}

/// Some people, in the order of their ids.
pub fn users_by_id(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<UserRecord>, StoreError> {
    let ids = crate::db::int_array(ids.iter().map(|id| id.0));
    conn.query(USERS_BY_ID, &[(&ids).into()], user)
}

/// Adds a person; false when the login is taken.
pub fn insert_user(conn: &mut Conn, user: &UserRecord) -> Result<bool, StoreError> {
    let written = conn.insert_rows(&APP_USER, Conflict::Skip { on: &["login"] }, [user].into_iter())?;
    Ok(written.count == 1)
}

/// Keeps everything of a person but her login; false when there is no such person.
pub fn update_user(conn: &mut Conn, user: &UserRecord) -> Result<bool, StoreError> {
    let params = [
        user.id.0.into(),
        (&user.name).into(),
        (&user.role).into(),
        (&user.password_hash).into(),
        (&user.language).into(),
        user.disabled_at_ms.into(),
    ];
    Ok(conn.execute(UPDATE_USER, &params)? == 1)
}

/// A session of a person in a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// A hash of the cookie's token.
    pub token_hash: String,
    /// Whose.
    pub user: UserId,
    /// UTC milliseconds.
    pub created_at_ms: i64,
    /// UTC milliseconds.
    pub expires_at_ms: i64,
}

impl BindRow for SessionRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(&self.token_hash);
        binder.int(self.user.0);
        binder.int(self.created_at_ms);
        binder.int(self.expires_at_ms);
        binder.opt_int(None);
    }
}

/// Begins a session.
pub fn insert_session(conn: &mut Conn, session: &SessionRecord) -> Result<(), StoreError> {
    conn.insert_rows(&USER_SESSION, Conflict::Fail, [session].into_iter()).map(drop)
}

/// The person of a session that is neither over nor revoked, unless she may not sign in any more.
pub fn user_of_session(conn: &mut Conn, token_hash: &str, now_ms: i64) -> Result<Option<UserRecord>, StoreError> {
    conn.query_one(SESSION, &[token_hash.into(), now_ms.into()], user)
}

/// Ends a session.
pub fn revoke_session(conn: &mut Conn, token_hash: &str, now_ms: i64) -> Result<(), StoreError> {
    conn.execute(REVOKE_SESSION, &[token_hash.into(), now_ms.into()]).map(drop)
}

/// Ends all sessions of a person but the one given, as a change of password must.
pub fn revoke_sessions_of(conn: &mut Conn, user: UserId, but_token_hash: Option<&str>, now_ms: i64) -> Result<(), StoreError> {
    let params = [user.0.into(), now_ms.into(), but_token_hash.unwrap_or_default().into()];
    conn.execute(REVOKE_SESSIONS_OF, &params).map(drop)
}

/// Forgets sessions that were over before `before_ms`.
pub fn forget_sessions(conn: &mut Conn, before_ms: i64) -> Result<u64, StoreError> {
    conn.execute(FORGET_SESSIONS, &[before_ms.into()])
}

/// A key with which a program signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// A hash of its secret; unique.
    pub secret_hash: String,
    /// The beginning of its secret, by which people recognise it.
    pub prefix: String,
    /// What it may do, words separated by spaces.
    pub scopes: String,
    /// UTC milliseconds.
    pub created_at_ms: i64,
    /// UTC milliseconds of about its last use.
    pub last_used_at_ms: Option<i64>,
    /// UTC milliseconds since which it is refused.
    pub revoked_at_ms: Option<i64>,
}

impl BindRow for KeyRecord {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.int(self.id.0);
        binder.text(&self.name);
        binder.text(&self.secret_hash);
        binder.text(&self.prefix);
        binder.text(&self.scopes);
        binder.int(self.created_at_ms);
        binder.opt_int(self.last_used_at_ms);
        binder.opt_int(self.revoked_at_ms);
    }
}

fn key(row: &Row<'_>) -> Result<KeyRecord, StoreError> {
    Ok(KeyRecord {
        id: KeyId(row.int(0)?),
        name: row.text(1)?,
        secret_hash: row.text(2)?,
        prefix: row.text(3)?,
        scopes: row.text(4)?,
        created_at_ms: row.int(5)?,
        last_used_at_ms: row.opt_int(6)?,
        revoked_at_ms: row.opt_int(7)?,
    })
}

/// All keys, revoked ones too, the oldest first.
pub fn keys(conn: &mut Conn) -> Result<Vec<KeyRecord>, StoreError> {
    conn.query(KEYS, &[], key)
}

/// The key of a secret, unless it is revoked.
pub fn key_by_secret(conn: &mut Conn, secret_hash: &str) -> Result<Option<KeyRecord>, StoreError> {
    conn.query_one(KEY_BY_SECRET, &[secret_hash.into()], key)
}

/// Adds a key.
pub fn insert_key(conn: &mut Conn, key: &KeyRecord) -> Result<(), StoreError> {
    conn.insert_rows(&API_KEY, Conflict::Fail, [key].into_iter()).map(drop)
}

/// Notes that a key was used.
pub fn touch_key(conn: &mut Conn, key: KeyId, now_ms: i64) -> Result<(), StoreError> {
    conn.execute(TOUCH_KEY, &[key.0.into(), now_ms.into()]).map(drop)
}

/// Refuses a key from now on; false when there is none or it is refused already.
pub fn revoke_key(conn: &mut Conn, key: KeyId, now_ms: i64) -> Result<bool, StoreError> {
    Ok(conn.execute(REVOKE_KEY, &[key.0.into(), now_ms.into()])? == 1)
}

//! The brand's settings: one text a key, JSON where it has a shape.

use danggol_core::name::prefix_end;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::Conn;
use crate::error::StoreError;
use crate::schema::SETTING;
use crate::seal::Keyring;

const FIND: &str = "SELECT value FROM setting WHERE key = $1";
const UNDER: &str = "SELECT key, value FROM setting WHERE key >= $1 AND key < $2 ORDER BY key";
const REMOVE: &str = "DELETE FROM setting WHERE key = $1";
const TAKE_NUMBERS: &str = "INSERT INTO setting (key, value) VALUES ($1, CAST(CAST($2 AS BIGINT) AS TEXT)) ON CONFLICT (key) DO UPDATE \
     SET value = CAST(CAST(setting.value AS BIGINT) + CAST($2 AS BIGINT) AS TEXT) RETURNING CAST(value AS BIGINT)";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[FIND, UNDER, REMOVE, TAKE_NUMBERS];

/// The setting under which the keyring's fingerprint is kept.
const KEYRING: &str = "keyring";

struct Setting<'a> {
    key: &'a str,
    value: &'a str,
}

impl BindRow for Setting<'_> {
    fn bind(&self, binder: &mut Binder<'_>) {
        binder.text(self.key);
        binder.text(self.value);
    }
}

/// The value of a key.
pub fn find(conn: &mut Conn, key: &str) -> Result<Option<String>, StoreError> {
    conn.query_one(FIND, &[key.into()], |row| row.text(0))
}

/// The keys that begin so, in order, with their values.
pub fn under(conn: &mut Conn, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
    let Some(end) = prefix_end(prefix) else { return Ok(Vec::new()) };
    conn.query(UNDER, &[prefix.into(), (&end).into()], |row| Ok((row.text(0)?, row.text(1)?)))
}

/// Sets the value of a key.
pub fn put(conn: &mut Conn, key: &str, value: &str) -> Result<(), StoreError> {
    let replace = Conflict::Update { on: &["key"], set: "value = excluded.value", guard: None };
    conn.insert_rows(&SETTING, replace, [Setting { key, value }].iter()).map(drop)
}

/// Sets the value of a key unless it has one; says whether it was set.
pub fn put_new(conn: &mut Conn, key: &str, value: &str) -> Result<bool, StoreError> {
    let written = conn.insert_rows(&SETTING, Conflict::Skip { on: &["key"] }, [Setting { key, value }].iter())?;
    Ok(written.count == 1)
}

/// Removes a key.
pub fn remove(conn: &mut Conn, key: &str) -> Result<(), StoreError> {
    conn.execute(REMOVE, &[key.into()]).map(drop)
}

/// Takes `count` consecutive numbers that nobody else gets, from the counter of that key, and gives the first. Counters begin at 1.
pub fn take_numbers(conn: &mut Conn, key: &str, count: i64) -> Result<i64, StoreError> {
    let last = conn.query_one(TAKE_NUMBERS, &[key.into(), count.into()], |row| row.int(0))?;
    last.map(|last| last - count + 1).ok_or_else(|| StoreError::Damaged(format!("the counter {key}")))
}

/// Refuses a keyring other than the one that this database was filled with; the first one is remembered.
pub fn check_keyring(conn: &mut Conn, keyring: &Keyring) -> Result<(), StoreError> {
    let given = keyring.fingerprint();
    if put_new(conn, KEYRING, &given)? || find(conn, KEYRING)?.as_deref() == Some(&given) {
        return Ok(());
    }
    Err(StoreError::Damaged("the master key is not the one that this database was filled with".to_owned()))
}

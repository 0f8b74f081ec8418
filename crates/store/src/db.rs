//! One connection to either engine, and the few calls that all SQL goes through.
//!
//! SQL is written once, with `$1` placeholders, BIGINT and TEXT. Calls block: a connection belongs to one thread that is not
//! inside an async runtime.

use std::pin::pin;
use std::sync::Arc;

use bytes::BytesMut;
use futures_util::TryStreamExt;
use futures_util::future::join;
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::error::StoreError;
use crate::log::sync::LogSyncs;
use crate::statement::Kept;

/// A value bound to a placeholder.
#[derive(Debug, Clone, Copy)]
pub enum Param<'a> {
    /// A number, or nothing.
    Int(Option<i64>),
    /// A text, or nothing.
    Text(Option<&'a str>),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Param::Int(Some(value))
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(value: Option<i64>) -> Self {
        Param::Int(value)
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Param::Text(Some(value))
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Param::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Param::Text(value)
    }
}

impl<'a> From<&'a Option<String>> for Param<'a> {
    fn from(value: &'a Option<String>) -> Self {
        Param::Text(value.as_deref())
    }
}

impl Param<'_> {
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self {
            Param::Text(Some(text)) if text.as_bytes().contains(&0) => Err(StoreError::Nul),
            _ => Ok(()),
        }
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match *self {
            Param::Int(Some(value)) => ToSqlOutput::Owned(Value::Integer(value)),
            Param::Text(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Param::Int(None) | Param::Text(None) => ToSqlOutput::Owned(Value::Null),
        })
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Param::Int(Some(value)) if *ty == Type::INT4 => i32::try_from(value)?.to_sql(ty, out),
            Param::Int(Some(value)) if *ty == Type::INT8 => value.to_sql(ty, out),
            Param::Text(Some(text)) if *ty == Type::TEXT => text.to_sql(ty, out),
            Param::Int(None) | Param::Text(None) => Ok(IsNull::Yes),
            Param::Int(Some(_)) | Param::Text(Some(_)) => Err(format!("the statement takes a {ty} here").into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::TEXT)
    }

    to_sql_checked!();
}

/// A whole number of any width that PostgreSQL gives a literal or a count.
struct AnyInt(i64);

impl<'a> FromSql<'a> for AnyInt {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        match *ty {
            Type::INT4 => i32::from_sql(ty, raw).map(|value| AnyInt(value.into())),
            _ => i64::from_sql(ty, raw).map(AnyInt),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4)
    }
}

/// A row of a result; columns are counted from zero.
pub enum Row<'a> {
    /// From SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// From PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// A number that is there.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        match self {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => Ok(row.try_get::<_, AnyInt>(column)?.0),
        }
    }

    /// A number that may be missing.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => Ok(row.try_get::<_, Option<AnyInt>>(column)?.map(|value| value.0)),
        }
    }

    /// A text that is there, borrowed from the row.
    pub fn str(&self, column: usize) -> Result<&str, StoreError> {
        match self {
            Row::Sqlite(row) => Ok(row.get_ref(column)?.as_str().map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
            })?),
            Row::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A text that may be missing, borrowed from the row.
    pub fn opt_str(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self {
            Row::Sqlite(row) if matches!(row.get_ref(column)?, ValueRef::Null) => Ok(None),
            Row::Sqlite(_) => self.str(column).map(Some),
            Row::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A text that is there.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.str(column).map(str::to_owned)
    }

    /// A text that may be missing.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.opt_str(column).map(|text| text.map(str::to_owned))
    }
}

/// The SQLite side of a connection.
pub struct SqliteConn {
    pub(crate) connection: rusqlite::Connection,
    translated: Kept<String>,
    /// How commits come to the disk; none where the connection cannot write.
    syncs: Option<Arc<LogSyncs>>,
}

/// The PostgreSQL side of a connection: a client and the single-threaded runtime that drives it.
pub struct PostgresConn {
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) client: tokio_postgres::Client,
    statements: Kept<tokio_postgres::Statement>,
    in_transaction: bool,
    /// The statement that begins a transaction, until it is sent together with the first one of the transaction.
    begin: Option<&'static str>,
}

/// A connection to either engine.
pub enum Conn {
    /// A SQLite file.
    Sqlite(SqliteConn),
    /// A PostgreSQL database.
    Postgres(PostgresConn),
}

impl Conn {
    /// Takes over an open SQLite connection that reads.
    pub(crate) fn from_sqlite(connection: rusqlite::Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(512);
        Conn::Sqlite(SqliteConn { connection, translated: Kept::new(), syncs: None })
    }

    /// Takes over an open SQLite connection that writes and does not sync its commits itself.
    pub(crate) fn from_sqlite_writer(connection: rusqlite::Connection, syncs: Arc<LogSyncs>) -> Self {
        connection.set_prepared_statement_cache_capacity(512);
        Conn::Sqlite(SqliteConn { connection, translated: Kept::new(), syncs: Some(syncs) })
    }

    /// Takes over a connected client; its connection task already runs on the runtime.
    pub(crate) fn from_postgres(runtime: tokio::runtime::Runtime, client: tokio_postgres::Client) -> Self {
        Conn::Postgres(PostgresConn { runtime, client, statements: Kept::new(), in_transaction: false, begin: None })
    }

    /// Runs a query and makes a value of each row, in the order of the result.
    pub fn query<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut made = Vec::new();
        self.query_each(sql, params, |row| {
            made.push(make(row)?);
            Ok(())
        })?;
        Ok(made)
    }

    /// Runs a query and makes a value of its first row; none when there is no row.
    pub fn query_one<T>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.query(sql, params, make)?.into_iter().next())
    }

    /// Runs a query and shows each row to `visit` as it arrives, without keeping the result in memory. An error of `visit` ends it.
    pub fn query_each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        mut visit: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.visit_rows(sql, params, &mut visit)
    }

    /// [`Conn::query_each`], once in the program and not once for each of its callers.
    fn visit_rows(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        visit: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        params.iter().try_for_each(Param::check)?;
        match self {
            Conn::Sqlite(sqlite) => {
                let mut statement = sqlite.prepare(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                while let Some(row) = rows.next()? {
                    visit(&Row::Sqlite(row))?;
                }
                Ok(())
            }
            Conn::Postgres(postgres) => {
                let statement = postgres.prepare(sql)?;
                let params = params.iter().map(|param| param as &(dyn ToSql + Sync));
                postgres.talk(async |client| {
                    let mut rows = pin!(client.query_raw(&statement, params).await?);
                    while let Some(row) = rows.try_next().await? {
                        visit(&Row::Postgres(&row))?;
                    }
                    Ok(())
                })?
            }
        }
    }

    /// Runs a statement and says how many rows it changed.
    pub fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        params.iter().try_for_each(Param::check)?;
        match self {
            Conn::Sqlite(sqlite) => Ok(sqlite.prepare(sql)?.execute(rusqlite::params_from_iter(params))? as u64),
            Conn::Postgres(postgres) => {
                let statement = postgres.prepare(sql)?;
                let params = params.iter().map(|param| param as &(dyn ToSql + Sync));
                Ok(postgres.talk(async |client| client.execute_raw(&statement, params).await)??)
            }
        }
    }

    /// Runs statements without parameters or results, separated by semicolons: DDL and settings.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(sqlite) => Ok(sqlite.connection.execute_batch(sql)?),
            Conn::Postgres(postgres) => Ok(postgres.talk(async |client| client.batch_execute(sql).await)??),
        }
    }

    /// Prepares a statement on this engine without running it; for the test that prepares all of them.
    pub fn check(&mut self, sql: &str) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(sqlite) => sqlite.prepare(sql).map(drop),
            Conn::Postgres(postgres) => postgres.prepare(sql).map(drop),
        }
    }

    /// Begins a transaction that will write. On SQLite it takes the write lock at once.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(sqlite) => {
                sqlite.syncs.as_deref().map_or(Ok(()), LogSyncs::check)?;
                sqlite.execute("BEGIN IMMEDIATE")
            }
            Conn::Postgres(postgres) => {
                postgres.begin("BEGIN");
                Ok(())
            }
        }
    }

    /// Begins a transaction that only reads: everything in it sees one moment.
    pub fn begin_read(&mut self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(sqlite) => sqlite.execute("BEGIN"),
            Conn::Postgres(postgres) => {
                postgres.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
                Ok(())
            }
        }
    }

    /// Makes everything since [`Conn::begin`] durable.
    pub fn commit(&mut self) -> Result<(), StoreError> {
        self.commit_unsynced()?;
        match self {
            Conn::Sqlite(SqliteConn { connection, syncs: Some(syncs), .. }) => syncs.sync(connection),
            Conn::Sqlite(_) | Conn::Postgres(_) => Ok(()),
        }
    }

    /// Shows everything since [`Conn::begin`] to all others. It is durable when [`Writer::when_durable`](crate::Writer::when_durable) says so.
    pub(crate) fn commit_unsynced(&mut self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(sqlite) => sqlite.execute("COMMIT"),
            Conn::Postgres(postgres) => postgres.end("COMMIT"),
        }
    }

    /// Drops everything since [`Conn::begin`]; nothing happens outside a transaction.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(sqlite) if sqlite.connection.is_autocommit() => Ok(()),
            Conn::Sqlite(sqlite) => sqlite.execute("ROLLBACK"),
            Conn::Postgres(postgres) if !postgres.in_transaction => Ok(()),
            Conn::Postgres(postgres) => postgres.end("ROLLBACK"),
        }
    }

    /// Runs `work` in one writing transaction. It is tried once more when the database says that the first try only met
    /// somebody else's (a serialisation failure or a deadlock).
    pub fn transaction<T>(&mut self, mut work: impl FnMut(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self.attempt(&mut work) {
            Err(error) if error.is_transient() => self.attempt(&mut work),
            result => result,
        }
    }

    fn attempt<T>(&mut self, work: &mut impl FnMut(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.begin()?;
        let result = work(self).and_then(|value| self.commit().map(|()| value));
        if result.is_err() {
            // The first error says what happened; a rollback that fails too leaves a connection that is_closed reports.
            self.rollback().ok();
        }
        result
    }

    /// Runs `work` on one consistent view of the database.
    pub fn snapshot<T>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.begin_read()?;
        let result = work(self);
        let ended = self.rollback();
        result.and_then(|value| ended.map(|()| value))
    }

    /// Whether the connection is gone and must be opened again.
    pub fn is_closed(&self) -> bool {
        match self {
            Conn::Sqlite(_) => false,
            Conn::Postgres(postgres) => postgres.client.is_closed(),
        }
    }
}

impl SqliteConn {
    /// A cached prepared statement of the common text.
    pub(crate) fn prepare(&mut self, sql: &str) -> Result<rusqlite::CachedStatement<'_>, StoreError> {
        if let Some(translated) = self.translated.find(sql) {
            return Ok(self.connection.prepare_cached(translated)?);
        }
        let translated = question_marks(sql);
        let statement = self.connection.prepare_cached(&translated)?;
        self.translated.keep(sql, translated);
        Ok(statement)
    }

    fn execute(&mut self, sql: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

impl PostgresConn {
    /// A cached prepared statement.
    pub(crate) fn prepare(&mut self, sql: &str) -> Result<tokio_postgres::Statement, StoreError> {
        if let Some(statement) = self.statements.find(sql) {
            return Ok(statement.clone());
        }
        let statement = self.runtime.block_on(self.client.prepare(sql))?;
        self.statements.keep(sql, statement.clone());
        Ok(statement)
    }

    fn begin(&mut self, sql: &'static str) {
        self.begin = Some(sql);
        self.in_transaction = true;
    }

    fn end(&mut self, sql: &str) -> Result<(), StoreError> {
        self.in_transaction = false;
        if self.begin.take().is_some() {
            // Nothing was asked in this transaction, so the server has not heard of it.
            return Ok(());
        }
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }

    /// Sends what `work` sends, after the beginning of the transaction where that waits, and drives it to its end.
    pub(crate) fn talk<T>(&mut self, work: impl AsyncFnOnce(&tokio_postgres::Client) -> T) -> Result<T, StoreError> {
        let Some(begin) = self.begin.take() else {
            return Ok(self.runtime.block_on(work(&self.client)));
        };
        // The first of the two is polled first, so that its message is before those of the other.
        let (begun, done) = self.runtime.block_on(join(self.client.batch_execute(begin), work(&self.client)));
        begun?;
        Ok(done)
    }
}

/// `$1` as SQLite numbers it: `?1`. SQLite would number `$n` by first appearance.
fn question_marks(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        let numbered = found.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        out.push(if numbered { '?' } else { '$' });
        rest = &found[1..];
    }
    out.push_str(rest);
    out
}

/// A JSON array of numbers, for statements that read `json_each($1)`.
pub fn int_array(values: impl IntoIterator<Item = i64>) -> String {
    use std::fmt::Write;
    let mut out = String::from("[");
    for value in values {
        let comma = if out.len() > 1 { "," } else { "" };
        // Writing into a String cannot fail.
        let _ = write!(out, "{comma}{value}");
    }
    out.push(']');
    out
}

/// A JSON array of texts, for statements that read `json_each($1)`.
pub fn text_array<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<serde_json::Value> = values.into_iter().map(|text| text.as_ref().into()).collect();
    serde_json::Value::Array(values).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_for_sqlite() {
        for (sql, expected) in [
            ("SELECT $2, $1", "SELECT ?2, ?1"),
            ("SELECT '$.name' WHERE a = $12", "SELECT '$.name' WHERE a = ?12"),
            ("SELECT 1", "SELECT 1"),
            ("$", "$"),
        ] {
            assert_eq!(question_marks(sql), expected, "{sql}");
        }
    }

    #[test]
    fn arrays_are_json() {
        assert_eq!(int_array([]), "[]");
        assert_eq!(int_array([1, -2, i64::MAX]), "[1,-2,9223372036854775807]");
        assert_eq!(text_array(["a\"b", "张"]), "[\"a\\\"b\",\"张\"]");
    }
}

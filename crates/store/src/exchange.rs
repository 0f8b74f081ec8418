//! Statements that go to the database together.
//!
//! PostgreSQL is another process: what is sent in one go is carried out in its order without waiting for each answer in between, so
//! a batch pays for a few exchanges and not for one a statement (PostgreSQL, "Pipelining" in the chapter on its protocol). SQLite
//! is in this process, and runs each statement as it comes.

use futures_util::future::join_all;
use postgres_types::ToSql;

use crate::bulk::{ArrayInsert, BindRow, Conflict, Written};
use crate::db::{Conn, Param, PostgresConn, Row, SqliteConn};
use crate::error::StoreError;
use crate::schema::Table;

/// Statements that are answered together, in their order. Nothing is certain before [`Exchange::finish`].
pub struct Exchange<'c> {
    engine: Engine<'c>,
    /// What each statement did, as far as it is known.
    written: Vec<Written>,
}

enum Engine<'c> {
    Sqlite(&'c mut SqliteConn),
    Postgres(&'c mut PostgresConn, Vec<Ready>),
}

/// A statement that is ready to be sent.
enum Ready {
    /// Nothing: there were no rows.
    Nothing,
    Insert(ArrayInsert),
    Plain(tokio_postgres::Statement, Vec<Value>),
}

/// A value that is bound when its statement is sent.
enum Value {
    Int(Option<i64>),
    Text(Option<String>),
}

impl Value {
    fn param(&self) -> Param<'_> {
        match self {
            Value::Int(value) => Param::Int(*value),
            Value::Text(value) => Param::Text(value.as_deref()),
        }
    }
}

impl Ready {
    async fn run(&self, client: &tokio_postgres::Client) -> Result<Written, StoreError> {
        match self {
            Ready::Nothing => Ok(Written::default()),
            Ready::Insert(insert) => insert.run(client).await,
            Ready::Plain(statement, params) => {
                let params = params.iter().map(Value::param);
                let count = client.execute_raw(statement, params).await?;
                Ok(Written { count: count as usize, missed: Vec::new() })
            }
        }
    }
}

/// What is shown each row of a query. An error of it ends the whole.
pub type Visit<'q> = &'q mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>;

/// One of several queries that are asked together.
pub struct Query<'q> {
    /// The statement.
    pub sql: &'static str,
    /// What is bound to its placeholders.
    pub params: &'q [Param<'q>],
    /// What is shown each of its rows.
    pub visit: Visit<'q>,
}

impl Conn {
    /// Begins to collect statements that go to the database together.
    pub fn exchange(&mut self) -> Exchange<'_> {
        let engine = match self {
            Conn::Sqlite(sqlite) => Engine::Sqlite(sqlite),
            Conn::Postgres(postgres) => Engine::Postgres(postgres, Vec::new()),
        };
        Exchange { engine, written: Vec::new() }
    }

    /// Asks several queries together; the rows of the first are shown before those of the second, and so on.
    pub fn query_together(&mut self, queries: Vec<Query<'_>>) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(_) => queries.into_iter().try_for_each(|query| self.query_each(query.sql, query.params, query.visit)),
            Conn::Postgres(postgres) => postgres.query_together(queries),
        }
    }
}

impl PostgresConn {
    fn query_together(&mut self, queries: Vec<Query<'_>>) -> Result<(), StoreError> {
        let mut statements = Vec::with_capacity(queries.len());
        for query in &queries {
            query.params.iter().try_for_each(Param::check)?;
            statements.push(self.prepare(query.sql)?);
        }
        let answers = self.talk(async |client| {
            let asked = queries.iter().zip(&statements).map(async |(query, statement)| {
                let params: Vec<_> = query.params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
                client.query(statement, &params).await
            });
            join_all(asked).await
        })?;
        for (query, rows) in queries.into_iter().zip(answers) {
            rows?.iter().try_for_each(|row| (query.visit)(&Row::Postgres(row)))?;
        }
        Ok(())
    }
}

impl Exchange<'_> {
    /// Adds [`Conn::insert_rows`]; gives the place of its answer among those of [`Exchange::finish`].
    pub fn insert_rows<R: BindRow>(
        &mut self,
        table: &'static Table,
        conflict: Conflict,
        rows: impl Iterator<Item = R>,
    ) -> Result<usize, StoreError> {
        let place = self.count();
        match &mut self.engine {
            Engine::Sqlite(sqlite) => self.written.push(sqlite.insert_rows(table, conflict, rows)?),
            Engine::Postgres(postgres, ready) => {
                ready.push(postgres.array_insert(table, conflict, rows)?.map_or(Ready::Nothing, Ready::Insert));
            }
        }
        Ok(place)
    }

    fn count(&self) -> usize {
        match &self.engine {
            Engine::Sqlite(_) => self.written.len(),
            Engine::Postgres(_, ready) => ready.len(),
        }
    }

    /// Adds [`Conn::execute`]; gives the place of its answer among those of [`Exchange::finish`].
    pub fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        let place = self.count();
        params.iter().try_for_each(Param::check)?;
        match &mut self.engine {
            Engine::Sqlite(sqlite) => {
                let count = sqlite.prepare(sql)?.execute(rusqlite::params_from_iter(params))?;
                self.written.push(Written { count, missed: Vec::new() });
            }
            Engine::Postgres(postgres, ready) => {
                let params = params.iter().map(|param| match *param {
                    Param::Int(value) => Value::Int(value),
                    Param::Text(value) => Value::Text(value.map(str::to_owned)),
                });
                ready.push(Ready::Plain(postgres.prepare(sql)?, params.collect()));
            }
        }
        Ok(place)
    }

    /// Waits until all are carried out; what each did, in their order.
    ///
    /// # Errors
    /// The first that failed. The transaction is to be rolled back then.
    pub fn finish(self) -> Result<Vec<Written>, StoreError> {
        match self.engine {
            Engine::Sqlite(_) => Ok(self.written),
            Engine::Postgres(postgres, ready) => {
                let answers = postgres.talk(async |client| join_all(ready.iter().map(|ready| ready.run(client))).await)?;
                answers.into_iter().collect()
            }
        }
    }

    /// [`Exchange::finish`] of a single statement.
    pub(crate) fn finish_one(self) -> Result<Written, StoreError> {
        Ok(self.finish()?.pop().unwrap_or_default())
    }
}

//! Many rows into one table: the hot path of keeping.
//!
//! SQLite runs one prepared statement per row, which binds straight from the caller's memory. PostgreSQL gets one array per
//! column and one `INSERT … SELECT … FROM UNNEST`.

use std::collections::HashMap;

use bytes::{BufMut, BytesMut};
use postgres_types::{IsNull, ToSql, Type, to_sql_checked};

use crate::db::{Conn, PostgresConn, SqliteConn};
use crate::error::StoreError;
use crate::schema::{Kind, Table};

/// What happens to a row whose key is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conflict {
    /// The statement fails: the key must be new.
    Fail,
    /// The row is left out. `on` is the unique key that decides.
    Skip {
        /// Columns of the key.
        on: &'static [&'static str],
    },
    /// The columns of `set` are taken from the new row where `guard` holds. Keys within one call must differ.
    Update {
        /// Columns of the key.
        on: &'static [&'static str],
        /// Assignments, such as `version = excluded.version` or `amount = account_total.amount + excluded.amount`.
        set: &'static str,
        /// A condition over the row that is there, by its table's name, and the new one, `excluded`.
        guard: Option<&'static str>,
    },
}

impl Conflict {
    /// The key by which rows that had no effect are recognised; none when every row has an effect or the call fails.
    fn deciding_key(&self) -> Option<&'static [&'static str]> {
        match *self {
            Conflict::Fail | Conflict::Update { guard: None, .. } => None,
            Conflict::Skip { on } | Conflict::Update { on, guard: Some(_), .. } => Some(on),
        }
    }

    fn clause(&self) -> String {
        match self {
            Conflict::Fail => String::new(),
            Conflict::Skip { on } => format!(" ON CONFLICT ({}) DO NOTHING", on.join(", ")),
            Conflict::Update { on, set, guard } => {
                let guard = guard.map(|guard| format!(" WHERE {guard}")).unwrap_or_default();
                format!(" ON CONFLICT ({}) DO UPDATE SET {set}{guard}", on.join(", "))
            }
        }
    }
}

/// A row that binds its values in the order of its table's columns.
pub trait BindRow {
    /// Binds every column once, in order.
    fn bind(&self, binder: &mut Binder<'_>);
}

impl<R: BindRow + ?Sized> BindRow for &R {
    fn bind(&self, binder: &mut Binder<'_>) {
        (**self).bind(binder);
    }
}

/// What an insert did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that were inserted or updated.
    pub count: usize,
    /// Positions, among the rows given, of those that had no effect because of the conflict rule; ascending.
    pub missed: Vec<usize>,
}

/// Where the values of a row go, one after the other.
trait Sink {
    fn int(&mut self, column: usize, value: Option<i64>) -> Result<(), StoreError>;
    fn text(&mut self, column: usize, value: Option<&str>) -> Result<(), StoreError>;
}

/// Takes the values of a row. The first error is kept and ends the insert.
pub struct Binder<'a> {
    sink: &'a mut dyn Sink,
    column: usize,
    fault: Option<StoreError>,
}

impl Binder<'_> {
    /// Binds a number.
    pub fn int(&mut self, value: i64) {
        self.opt_int(Some(value));
    }

    /// Binds a number or nothing.
    pub fn opt_int(&mut self, value: Option<i64>) {
        let bound = self.sink.int(self.column, value);
        self.keep(bound);
    }

    /// Binds a text.
    pub fn text(&mut self, value: &str) {
        self.opt_text(Some(value));
    }

    /// Binds a text or nothing.
    pub fn opt_text(&mut self, value: Option<&str>) {
        let bound = match value {
            Some(text) if text.as_bytes().contains(&0) => Err(StoreError::Nul),
            _ => self.sink.text(self.column, value),
        };
        self.keep(bound);
    }

    fn keep(&mut self, bound: Result<(), StoreError>) {
        self.column += 1;
        if let (Err(error), None) = (bound, &self.fault) {
            self.fault = Some(error);
        }
    }
}

fn bind_row<R: BindRow>(table: &'static Table, row: &R, sink: &mut dyn Sink) -> Result<(), StoreError> {
    let mut binder = Binder { sink, column: 0, fault: None };
    row.bind(&mut binder);
    let (bound, columns) = (binder.column, table.columns.len());
    match binder.fault {
        Some(fault) => Err(fault),
        None if bound != columns => Err(StoreError::Shape { table: table.name, bound, columns }),
        None => Ok(()),
    }
}

impl Sink for rusqlite::CachedStatement<'_> {
    fn int(&mut self, column: usize, value: Option<i64>) -> Result<(), StoreError> {
        Ok(self.raw_bind_parameter(column + 1, value)?)
    }

    fn text(&mut self, column: usize, value: Option<&str>) -> Result<(), StoreError> {
        Ok(self.raw_bind_parameter(column + 1, value)?)
    }
}

/// A column's values in the binary form of a PostgreSQL array.
/// Source: `array_recv` and `array_send` in PostgreSQL's `src/backend/utils/adt/arrayfuncs.c`.
#[derive(Debug)]
struct ColumnValues {
    kind: Kind,
    count: i32,
    has_nulls: bool,
    elements: Vec<u8>,
}

impl Sink for Vec<ColumnValues> {
    fn int(&mut self, column: usize, value: Option<i64>) -> Result<(), StoreError> {
        self[column].push(value.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice))
    }

    fn text(&mut self, column: usize, value: Option<&str>) -> Result<(), StoreError> {
        self[column].push(value.map(str::as_bytes))
    }
}

impl ColumnValues {
    fn push(&mut self, value: Option<&[u8]>) -> Result<(), StoreError> {
        self.count += 1;
        match value {
            None => {
                self.has_nulls = true;
                self.elements.put_i32(-1);
            }
            Some(bytes) => {
                let length =
                    i32::try_from(bytes.len()).map_err(|_| StoreError::Damaged(format!("a value of {} bytes", bytes.len())))?;
                self.elements.put_i32(length);
                self.elements.put_slice(bytes);
            }
        }
        Ok(())
    }

    /// The values in their order, as bytes; none for those that are missing.
    fn values(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest = self.elements.as_slice();
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            // A length below zero stands for a value that is missing.
            let length = usize::try_from(i32::from_be_bytes(*length)).ok();
            let (value, after) = after.split_at(length.unwrap_or(0));
            rest = after;
            Some(length.map(|_| value))
        })
    }
}

impl ToSql for ColumnValues {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let element = match self.kind {
            Kind::Int => Type::INT8,
            Kind::Text => Type::TEXT,
        };
        out.reserve(20 + self.elements.len());
        out.put_i32(1);
        out.put_i32(self.has_nulls.into());
        out.put_u32(element.oid());
        out.put_i32(self.count);
        out.put_i32(1);
        out.put_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8_ARRAY | Type::TEXT_ARRAY)
    }

    to_sql_checked!();
}

impl Conn {
    /// Inserts rows into a table under a rule for keys that are already there. Sort them by key where there are many.
    pub fn insert_rows<R: BindRow>(
        &mut self,
        table: &'static Table,
        conflict: Conflict,
        rows: impl Iterator<Item = R>,
    ) -> Result<Written, StoreError> {
        let mut exchange = self.exchange();
        exchange.insert_rows(table, conflict, rows)?;
        exchange.finish_one()
    }
}

impl SqliteConn {
    pub(crate) fn insert_rows<R: BindRow>(
        &mut self,
        table: &'static Table,
        conflict: Conflict,
        rows: impl Iterator<Item = R>,
    ) -> Result<Written, StoreError> {
        let places: Vec<String> = (1..=table.columns.len()).map(|place| format!("?{place}")).collect();
        let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let sql =
            format!("INSERT INTO {} ({}) VALUES ({}){}", table.name, names.join(", "), places.join(", "), conflict.clause());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut written = Written::default();
        for (position, row) in rows.enumerate() {
            bind_row(table, &row, &mut statement)?;
            match statement.raw_execute()? {
                0 => written.missed.push(position),
                _ => written.count += 1,
            }
        }
        Ok(written)
    }
}

/// A bulk insert that is ready to be sent to PostgreSQL.
pub(crate) struct ArrayInsert {
    statement: tokio_postgres::Statement,
    columns: Vec<ColumnValues>,
    /// The places of the columns by which rows without effect are recognised; none when every row has an effect.
    key: Option<Vec<usize>>,
}

impl PostgresConn {
    /// Makes a bulk insert ready; none when there are no rows.
    pub(crate) fn array_insert<R: BindRow>(
        &mut self,
        table: &'static Table,
        conflict: Conflict,
        rows: impl Iterator<Item = R>,
    ) -> Result<Option<ArrayInsert>, StoreError> {
        let mut columns: Vec<ColumnValues> = table
            .columns
            .iter()
            .map(|column| ColumnValues { kind: column.kind, count: 0, has_nulls: false, elements: Vec::new() })
            .collect();
        for row in rows {
            bind_row(table, &row, &mut columns)?;
        }
        if columns.iter().all(|column| column.count == 0) {
            return Ok(None);
        }
        let statement = self.prepare(&unnest(table, conflict))?;
        Ok(Some(ArrayInsert { statement, columns, key: conflict.deciding_key().map(|key| key_places(table, key)) }))
    }
}

impl ArrayInsert {
    /// Sends it, and waits for what it did.
    pub(crate) async fn run(&self, client: &tokio_postgres::Client) -> Result<Written, StoreError> {
        let params = self.columns.iter().map(|column| column as &(dyn ToSql + Sync));
        let Some(key) = &self.key else {
            let count = client.execute_raw(&self.statement, params).await?;
            return Ok(Written { count: count as usize, missed: Vec::new() });
        };
        let params: Vec<_> = params.collect();
        let returned = client.query(&self.statement, &params).await?;
        let given = self.columns.first().map_or(0, |column| column.count.unsigned_abs() as usize);
        let missed = if returned.len() < given { self.missed(key, &returned)? } else { Vec::new() };
        Ok(Written { count: returned.len(), missed })
    }

    /// Positions of the rows whose key did not come back. Of rows with the same key the first had the effect.
    fn missed(&self, places: &[usize], returned: &[tokio_postgres::Row]) -> Result<Vec<usize>, StoreError> {
        let mut effective: HashMap<Vec<u8>, usize> = HashMap::with_capacity(returned.len());
        for row in returned {
            let mut key = Vec::new();
            for (at, &place) in places.iter().enumerate() {
                match self.columns[place].kind {
                    Kind::Int => push_key(&mut key, Some(&row.try_get::<_, i64>(at)?.to_be_bytes())),
                    Kind::Text => push_key(&mut key, Some(row.try_get::<_, &str>(at)?.as_bytes())),
                }
            }
            *effective.entry(key).or_default() += 1;
        }
        let mut values: Vec<_> = places.iter().map(|&place| self.columns[place].values()).collect();
        let mut missed = Vec::new();
        for position in 0.. {
            let mut key = Vec::new();
            for column in &mut values {
                let Some(value) = column.next() else { return Ok(missed) };
                push_key(&mut key, value);
            }
            match effective.get_mut(&key) {
                Some(left) if *left > 0 => *left -= 1,
                _ => missed.push(position),
            }
        }
        Ok(missed)
    }
}

/// Adds a value to a key. Its length stands before it, so that no two keys are written alike.
fn push_key(key: &mut Vec<u8>, value: Option<&[u8]>) {
    let value = value.unwrap_or_default();
    key.extend(value.len().to_be_bytes());
    key.extend(value);
}

fn unnest(table: &Table, conflict: Conflict) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let arrays: Vec<String> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| match column.kind {
            Kind::Int => format!("${}::bigint[]", at + 1),
            Kind::Text => format!("${}::text[]", at + 1),
        })
        .collect();
    let returning = conflict.deciding_key().map(|key| {
        // In the order in which a row binds them.
        let places = key_places(table, key);
        let key: Vec<&str> = places.iter().map(|&place| table.columns[place].name).collect();
        format!(" RETURNING {}", key.join(", "))
    });
    format!(
        "INSERT INTO {} ({}) SELECT * FROM UNNEST({}){}{}",
        table.name,
        names.join(", "),
        arrays.join(", "),
        conflict.clause(),
        returning.unwrap_or_default()
    )
}

fn key_places(table: &Table, key: &[&str]) -> Vec<usize> {
    (0..table.columns.len()).filter(|&at| key.contains(&table.columns[at].name)).collect()
}

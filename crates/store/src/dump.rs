//! Whole tables as they are kept, for the simulation's comparisons; behind the cargo feature `testing`.

use serde::Serialize;

use crate::db::{Conn, Row};
use crate::error::StoreError;
use crate::schema::{Kind, Table};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

impl Cell {
    /// The number; none for anything else.
    pub fn int(&self) -> Option<i64> {
        match self {
            Cell::Int(value) => Some(*value),
            Cell::Null | Cell::Text(_) => None,
        }
    }

    /// The text; none for anything else.
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            Cell::Null | Cell::Int(_) => None,
        }
    }
}

/// Shows `visit` the named columns of every row of a table, in the order of its key.
pub fn each_row(conn: &mut Conn, table: &Table, columns: &[&str], mut visit: impl FnMut(Vec<Cell>)) -> Result<(), StoreError> {
    let kinds: Vec<Kind> = columns
        .iter()
        .filter_map(|name| table.columns.iter().find(|column| column.name == *name))
        .map(|column| column.kind)
        .collect();
    let sql = format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), table.name, table.key.join(", "));
    conn.query_each(&sql, &[], |row| {
        let cells = kinds.iter().enumerate().map(|(at, kind)| cell(row, at, *kind));
        visit(cells.collect::<Result<_, _>>()?);
        Ok(())
    })
}

fn cell(row: &Row<'_>, at: usize, kind: Kind) -> Result<Cell, StoreError> {
    Ok(match kind {
        Kind::Int => row.opt_int(at)?.map_or(Cell::Null, Cell::Int),
        Kind::Text => row.opt_text(at)?.map_or(Cell::Null, Cell::Text),
    })
}

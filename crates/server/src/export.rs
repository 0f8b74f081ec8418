//! What is kept, written into files that people and other programs read. The columns have the names that an import recognises, so what is
//! written here can be brought in elsewhere.

pub mod facts;
pub mod list;
pub mod members;
pub mod purchases;
pub mod sheet;

use std::io;
use std::path::Path;

use danggol_store::{Store, StoreError, product};
use thiserror::Error;

use self::sheet::{Column, ColumnKind, Sheet, Value};
use crate::brand::Brand;
use danggol_store::seal::Keyring;

/// Rows that are read at once.
pub const PAGE_ROWS: usize = 2_000;

/// Why a file was not written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// The workbook cannot be written.
    #[error("XLSX: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The Parquet file cannot be written.
    #[error("Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The name of the file does not end in a format that is known.
    #[error("the file's name must end in .csv, .xlsx or .parquet")]
    Format,
    /// A sheet of a workbook has no room for more rows.
    #[error("a sheet holds 1,048,576 rows and there are more: write .csv or .parquet")]
    TooManyRows,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// One member a row, with the tags that she was given and has at a moment, in UTC milliseconds.
    Members(i64),
    /// One product a row.
    Products,
    /// One line of a purchase a row.
    Purchases,
    /// One entry of the log a row.
    Entries,
    /// One member a row, with all that conditions may say of her at a moment, in UTC milliseconds.
    Facts(i64),
}

/// Writes everything of a kind into a new file, of the format that its name says; gives how many rows. `told` is called with the rows
/// written so far. Must not be called inside an async runtime.
pub fn export(
    store: &Store,
    keyring: &Keyring,
    brand: &Brand,
    what: What,
    path: &Path,
    told: &mut dyn FnMut(u64),
) -> Result<u64, ExportError> {
    let mut conn = store.open_reader()?;
    let mut out = Out { told, rows: 0 };
    match what {
        What::Members(now_ms) => members::write(&mut conn, keyring, now_ms, path, &mut out)?,
        What::Products => products(&mut conn, brand, path, &mut out)?,
        What::Purchases => purchases::write(&mut conn, keyring, brand, path, &mut out)?,
        What::Facts(now_ms) => facts::write(&mut conn, now_ms, path, &mut out)?,
        What::Entries => purchases::write_log(&mut conn, brand, path, &mut out)?,
    }
    Ok(out.rows)
}

/// What is known of the rows written.
pub struct Out<'a> {
    told: &'a mut dyn FnMut(u64),
    rows: u64,
}

impl Out<'_> {
    /// Counts rows.
    pub fn wrote(&mut self, rows: u64) {
        self.rows += rows;
        (self.told)(self.rows);
    }
}

fn products(conn: &mut danggol_store::Conn, brand: &Brand, path: &Path, out: &mut Out<'_>) -> Result<(), ExportError> {
    let text = |name: &str| Column::new(name, ColumnKind::Text);
    let columns = vec![
        text("sku"),
        text("name"),
        text("category"),
        text("brand"),
        text("department"),
        Column::new("price", ColumnKind::Money(brand.currency_exponent)),
    ];
    let mut sheet = Sheet::create(path, columns)?;
    let mut after = String::new();
    loop {
        let page = product::page(conn, &after, PAGE_ROWS as i64)?;
        for record in &page {
            sheet.write(&[
                Value::text(&record.sku),
                Value::opt_text(record.name.as_deref()),
                Value::opt_text(record.category.as_deref()),
                Value::opt_text(record.brand.as_deref()),
                Value::opt_text(record.department.as_deref()),
                Value::opt_number(record.price_minor),
            ])?;
        }
        out.wrote(page.len() as u64);
        match page.into_iter().last() {
            Some(last) => after = last.sku,
            None => return sheet.finish(),
        }
    }
}

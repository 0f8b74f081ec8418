//! A table in a file, read row by row: delimited text, an Excel workbook or Parquet, all through one [`Row`].
//!
//! A file that cannot be read at all is a [`TableError`]. A row that cannot be read is a row with a fault, and reading
//! goes on with the next one.

mod parquet;
mod row;
mod sheet;
#[cfg(test)]
mod tests;
mod text;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use danggol_core::language::Language;
use encoding_rs::Encoding;
use thiserror::Error;

pub use self::row::{CellKind, Row};
pub use self::text::Delimiter;

use self::parquet::ParquetSource;
use self::sheet::SheetSource;
use self::text::TextSource;
use super::encoding;

/// What the caller knows about a file; all of it may be left open to be recognised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableOptions {
    /// The encoding of a text file.
    pub encoding: Option<&'static Encoding>,
    /// What stands between the cells of a text file.
    pub delimiter: Option<Delimiter>,
    /// Whether the first row names the columns.
    pub header: Option<bool>,
    /// Names for the columns, instead of those in the file; empty for those in the file.
    pub columns: Vec<String>,
    /// The sheet of a workbook; the first visible one otherwise.
    pub sheet: Option<String>,
    /// Lines of a text file, or rows of a sheet, that stand before the header (a title, the day of the export).
    pub skip_rows: u64,
}

/// Why a file cannot be read as a table. The text of each begins with its stable code.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file cannot be opened or read.
    #[error("file_unreadable: {0}")]
    Io(#[from] std::io::Error),
    /// The file is neither text nor a workbook nor Parquet.
    #[error("not_a_table")]
    NotATable,
    /// The file has no row and no header.
    #[error("empty_file")]
    Empty,
    /// The workbook has no such sheet.
    #[error("no_such_sheet: {wanted}, of {}", .present.join(", "))]
    NoSuchSheet {
        /// The name asked for.
        wanted: String,
        /// The names there are.
        present: Vec<String>,
    },
    /// The workbook is damaged, locked by a password, or uses what cannot be read.
    #[error("workbook_unreadable: {0}")]
    Workbook(String),
    /// The Parquet file is damaged or uses what cannot be read.
    #[error("parquet_unreadable: {0}")]
    Parquet(String),
}

impl TableError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TableError::Io(_) => "file_unreadable",
            TableError::NotATable => "not_a_table",
            TableError::Empty => "empty_file",
            TableError::NoSuchSheet { .. } => "no_such_sheet",
            TableError::Workbook(_) => "workbook_unreadable",
            TableError::Parquet(_) => "parquet_unreadable",
        }
    }

    /// What is wrong, for a person; the detail of a library stays in the error's own text.
    pub fn sentence(&self, language: Language) -> &'static str {
        language.pick(match self {
            TableError::Io(_) => &["无法读取文件。", "無法讀取檔案。", "파일을 읽을 수 없습니다.", "The file cannot be read."],
            TableError::NotATable => &[
                "不是可识别的表格：请提供 CSV、XLSX 或 Parquet 文件。",
                "不是可辨識的表格：請提供 CSV、XLSX 或 Parquet 檔案。",
                "표로 읽을 수 없는 파일입니다. CSV, XLSX 또는 Parquet 파일을 주세요.",
                "This is no table; give a CSV, XLSX or Parquet file.",
            ],
            TableError::Empty => &["文件是空的。", "檔案是空的。", "빈 파일입니다.", "The file is empty."],
            TableError::NoSuchSheet { .. } => {
                &["没有这个工作表。", "沒有這個工作表。", "그런 시트가 없습니다.", "There is no such sheet."]
            }
            TableError::Workbook(_) => &[
                "工作簿已损坏或有密码，请另存为 XLSX。",
                "活頁簿已損壞或有密碼，請另存為 XLSX。",
                "통합 문서가 손상되었거나 암호가 걸려 있습니다. XLSX로 다시 저장해 주세요.",
                "The workbook is damaged or locked by a password; save it again as XLSX.",
            ],
            TableError::Parquet(_) => &[
                "Parquet 文件已损坏，或用了无法读取的压缩方式。",
                "Parquet 檔案已損壞，或用了無法讀取的壓縮方式。",
                "Parquet 파일이 손상되었거나 지원하지 않는 압축입니다.",
                "The Parquet file is damaged or compressed in a way that cannot be read.",
            ],
        })
    }
}

/// What kind of file a table is, and what was recognised about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// Delimited text.
    Text {
        /// The encoding it is read with.
        encoding: &'static Encoding,
        /// What stands between its cells.
        delimiter: Delimiter,
    },
    /// An Excel workbook.
    Workbook {
        /// The sheet that is read.
        sheet: String,
        /// All its sheets, in their order.
        sheets: Vec<String>,
    },
    /// Parquet.
    Parquet,
}

/// What progress is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressUnit {
    /// Bytes of the file.
    Bytes,
    /// Rows of the table.
    Rows,
}

/// Where the rows come from.
enum Source {
    Text(Box<TextSource>),
    Sheet(SheetSource),
    Parquet(Box<ParquetSource>),
}

/// A table opened for reading.
pub struct Table {
    source: Source,
    columns: Vec<String>,
    format: Format,
    /// The first row of a table without a header, which was read to see that it is none.
    first: Option<Row>,
    /// Rows with lower numbers are passed over.
    from_row: u64,
}

/// The beginning of a table, for a person to look at.
#[derive(Debug)]
pub struct Preview {
    /// What was recognised.
    pub format: Format,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The first rows, faulty ones included.
    pub rows: Vec<Row>,
}

/// Opens the first rows of a table to look at; the same as [`Table::open`] and `limit` times [`Table::next`].
pub fn preview(path: &Path, options: &TableOptions, limit: usize) -> Result<Preview, TableError> {
    let mut table = Table::open(path, options)?;
    let mut rows = Vec::new();
    let mut row = Row::default();
    while rows.len() < limit && table.next(&mut row)? {
        rows.push(std::mem::take(&mut row));
    }
    Ok(Preview { format: table.format, columns: table.columns, rows })
}

impl Table {
    /// Opens a table, recognises what the options leave open, and reads its header.
    pub fn open(path: &Path, options: &TableOptions) -> Result<Table, TableError> {
        let mut file = File::open(path)?;
        let mut magic = [0; 8];
        let length = file.by_ref().take(8).read(&mut magic)?;
        file.seek(SeekFrom::Start(0))?;
        match &magic[..length] {
            [b'P', b'A', b'R', b'1', ..] => Self::open_parquet(file, options),
            [b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => {
                let (source, format) = SheetSource::open(file, options.sheet.as_deref())?;
                Self::with_header(Source::Sheet(source), format, options)
            }
            _ => {
                let (source, format) = open_text(file, options)?;
                Self::with_header(Source::Text(Box::new(source)), format, options)
            }
        }
    }

    fn open_parquet(file: File, options: &TableOptions) -> Result<Table, TableError> {
        let source = guarded(TableError::Parquet, || ParquetSource::open(file))?;
        let mut columns = source.columns();
        for (name, wanted) in columns.iter_mut().zip(&options.columns) {
            name.clone_from(wanted);
        }
        Ok(Table { source: Source::Parquet(Box::new(source)), columns, format: Format::Parquet, first: None, from_row: 0 })
    }

    /// Reads the header, or names the columns of a table that has none `1`, `2`, `3`.
    fn with_header(source: Source, format: Format, options: &TableOptions) -> Result<Table, TableError> {
        let mut table = Table { source, columns: Vec::new(), format, first: None, from_row: 0 };
        for _ in 0..options.skip_rows {
            table.source.skip_one()?;
        }
        let mut row = Row::default();
        loop {
            if !table.source.next(&mut row)? {
                return Err(TableError::Empty);
            }
            if !row.is_blank() {
                break;
            }
        }
        let has_header = options.header.unwrap_or_else(|| !looks_like_data(&row));
        let named = if has_header { header_names(&row) } else { (1..=row.len()).map(|n| n.to_string()).collect() };
        table.columns = if options.columns.is_empty() { named } else { options.columns.clone() };
        if !has_header {
            table.first = Some(row);
        }
        Ok(table)
    }

    /// The names of the columns, each different.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What kind of file it is.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Reads the next row that is not blank into `row`; false at the end of the table. A row that cannot be read, or has
    /// not the header's number of cells, comes with its fault.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, TableError> {
        loop {
            match self.first.take() {
                Some(first) => *row = first,
                None if !self.source.next(row)? => return Ok(false),
                None => {}
            }
            if row.number() < self.from_row || (row.fault().is_none() && row.is_blank()) {
                continue;
            }
            row.fit(self.columns.len(), matches!(self.source, Source::Sheet(_)));
            return Ok(true);
        }
    }

    /// Passes over every row before the row of that number, to go on where an interrupted import ended.
    pub fn skip_to(&mut self, number: u64) -> Result<(), TableError> {
        self.from_row = number;
        if let Source::Parquet(source) = &mut self.source {
            source.skip_to(number)?;
        }
        Ok(())
    }

    /// How far reading has come, in [`Table::progress_unit`].
    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Text(source) => source.position(),
            Source::Sheet(source) => source.position(),
            Source::Parquet(source) => source.position(),
        }
    }

    /// What [`Table::position`] will be at the end; none where the file does not say.
    pub fn total(&self) -> Option<u64> {
        match &self.source {
            Source::Text(source) => Some(source.total()),
            Source::Sheet(source) => source.total(),
            Source::Parquet(source) => Some(source.total()),
        }
    }

    /// What position and total count.
    pub fn progress_unit(&self) -> ProgressUnit {
        match &self.source {
            Source::Text(_) => ProgressUnit::Bytes,
            Source::Sheet(_) | Source::Parquet(_) => ProgressUnit::Rows,
        }
    }
}

impl Source {
    fn next(&mut self, row: &mut Row) -> Result<bool, TableError> {
        match self {
            Source::Text(source) => Ok(source.next(row)?),
            Source::Sheet(source) => source.next(row),
            Source::Parquet(source) => source.next(row),
        }
    }

    /// Passes over one line or row before the header.
    fn skip_one(&mut self) -> Result<(), TableError> {
        match self {
            Source::Text(source) => source.skip_line()?,
            Source::Sheet(source) => source.skip_row(),
            Source::Parquet(_) => {}
        }
        Ok(())
    }
}

/// Runs a library's reading of a file, and takes a panic for the damage of the file that it is: no file that a person brings
/// may end the server. What was read with must not be used again after an error.
fn guarded<T>(damage: fn(String) -> TableError, read: impl FnOnce() -> Result<T, TableError>) -> Result<T, TableError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damage("the file is damaged".to_owned())))
}

/// Opens delimited text: a sample tells the encoding, and the decoded sample the delimiter.
fn open_text(mut file: File, options: &TableOptions) -> Result<(TextSource, Format), TableError> {
    let total = file.metadata()?.len();
    let sample = encoding::sample(&mut file)?;
    if total == 0 {
        return Err(TableError::Empty);
    }
    let encoding = options.encoding.unwrap_or_else(|| encoding::recognise(&sample).encoding);
    file.seek(SeekFrom::Start(0))?;
    let mut source = TextSource::new(file, encoding, total);
    let delimiter = source.recognise(options.delimiter)?;
    Ok((source, Format::Text { encoding, delimiter }))
}

/// The names in a header row: trimmed, the empty ones at the end dropped, other empty ones named by their place, and a
/// name that occurs again told apart by its place.
fn header_names(row: &Row) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (index, cell) in row.cells().enumerate() {
        let name = cell.trim().trim_start_matches('\u{FEFF}');
        names.push(match name {
            "" => String::new(),
            name if names.iter().any(|known| known == name) => format!("{name} ({})", index + 1),
            name => name.to_owned(),
        });
    }
    let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    names.truncate(width);
    for (index, name) in names.iter_mut().enumerate() {
        if name.is_empty() {
            *name = (index + 1).to_string();
        }
    }
    names
}

/// Whether a first row is data already: a column is hardly ever named by a number or a date.
fn looks_like_data(row: &Row) -> bool {
    row.cells().any(|cell| {
        let cell = cell.trim();
        cell.bytes().any(|byte| byte.is_ascii_digit()) && cell.chars().all(|c| c.is_ascii_digit() || " .,:/-+T".contains(c))
    })
}

//! One table written as CSV, as a workbook or as Parquet, row by row.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use danggol_core::time::rfc3339;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types;
use rust_xlsxwriter::{Format, Workbook};

use super::ExportError;

/// The most rows of a sheet of a workbook, its header included.
const SHEET_ROWS_MAX: u32 = 1_048_576;
/// Rows of one group of a Parquet file.
const GROUP_ROWS: usize = 65_536;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// Minor units of a currency with so many decimals; written in major ones.
    Money(u32),
    /// UTC milliseconds.
    Time,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    name: String,
    kind: ColumnKind,
}

impl Column {
    /// A column.
    pub fn new(name: &str, kind: ColumnKind) -> Self {
        Column { name: name.to_owned(), kind }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    None,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number, minor units or UTC milliseconds, as the column says.
    Number(i64),
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Value::Text(text.into())
    }

    /// A text that may be missing.
    pub fn opt_text(text: Option<&'a str>) -> Self {
        text.map_or(Value::None, |text| Value::Text(text.into()))
    }

    /// A number that may be missing.
    pub fn opt_number(number: Option<i64>) -> Self {
        number.map_or(Value::None, Value::Number)
    }
}

/// Minor units as a plain decimal number of major ones.
pub fn decimal(minor: i64, exponent: u32) -> String {
    let unit = 10_u64.pow(exponent);
    let (major, rest) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let sign = if minor < 0 { "-" } else { "" };
    match exponent {
        0 => format!("{sign}{major}"),
        width => format!("{sign}{major}.{rest:0width$}", width = width as usize),
    }
}

/// A table being written.
pub struct Sheet {
    columns: Vec<Column>,
    /// Where it is written until it is whole.
    unfinished: PathBuf,
    path: PathBuf,
    sink: Sink,
}

enum Sink {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Workbook { workbook: Box<Workbook>, row: u32 },
    Parquet { writer: Box<SerializedFileWriter<File>>, cells: Vec<Cells> },
}

/// The cells of a column that wait to be written as a group.
enum Cells {
    Texts { values: Vec<ByteArray>, levels: Vec<i16> },
    Numbers { values: Vec<i64>, levels: Vec<i16> },
}

impl Cells {
    fn of(column: &Column) -> Self {
        match column.kind {
            ColumnKind::Text => Cells::Texts { values: Vec::new(), levels: Vec::new() },
            ColumnKind::Number | ColumnKind::Money(_) | ColumnKind::Time => {
                Cells::Numbers { values: Vec::new(), levels: Vec::new() }
            }
        }
    }

    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Cells::Texts { values, levels }, Value::Text(text)) => {
                values.push(ByteArray::from(text.as_bytes().to_vec()));
                levels.push(1);
            }
            (Cells::Numbers { values, levels }, Value::Number(number)) => {
                values.push(*number);
                levels.push(1);
            }
            (Cells::Texts { levels, .. } | Cells::Numbers { levels, .. }, _) => levels.push(0),
        }
    }

    fn len(&self) -> usize {
        match self {
            Cells::Texts { levels, .. } | Cells::Numbers { levels, .. } => levels.len(),
        }
    }
}

impl Sheet {
    /// A new file of the format that its name says. It has its name only when it is finished.
    pub fn create(path: &Path, columns: Vec<Column>) -> Result<Self, ExportError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let mut unfinished = path.to_owned().into_os_string();
        unfinished.push(".part");
        let unfinished = PathBuf::from(unfinished);
        let sink = match ending.as_deref() {
            Some("csv") => csv_sink(&unfinished, &columns)?,
            Some("xlsx") => workbook_sink(&columns)?,
            Some("parquet") => parquet_sink(&unfinished, &columns)?,
            _ => return Err(ExportError::Format),
        };
        Ok(Sheet { columns, unfinished, path: path.to_owned(), sink })
    }

    /// Writes a row: a value for each column.
    pub fn write(&mut self, values: &[Value<'_>]) -> Result<(), ExportError> {
        match &mut self.sink {
            Sink::Csv(writer) => {
                let cells = self.columns.iter().zip(values).map(|(column, value)| shown(column.kind, value));
                for cell in cells {
                    writer.write_field(cell.as_bytes()).map_err(std::io::Error::from)?;
                }
                writer.write_record(None::<&[u8]>).map_err(std::io::Error::from)?;
            }
            Sink::Workbook { workbook, row } => {
                if *row == SHEET_ROWS_MAX {
                    return Err(ExportError::TooManyRows);
                }
                let sheet = workbook.worksheet_from_index(0)?;
                for (place, (column, value)) in (0_u16..).zip(self.columns.iter().zip(values)) {
                    match (column.kind, value) {
                        (_, Value::None) => {}
                        // A sheet's number has 15 digits, so every amount that a till writes is exact in it.
                        (ColumnKind::Number, Value::Number(number)) => {
                            sheet.write_number(*row, place, *number as f64)?;
                        }
                        (ColumnKind::Money(exponent), Value::Number(minor)) => {
                            sheet.write_number(*row, place, *minor as f64 / 10_f64.powi(exponent.cast_signed()))?;
                        }
                        (kind, value) => {
                            sheet.write_string(*row, place, shown(kind, value))?;
                        }
                    }
                }
                *row += 1;
            }
            Sink::Parquet { writer, cells } => {
                for (cells, value) in cells.iter_mut().zip(values) {
                    cells.push(value);
                }
                if cells.first().is_some_and(|cells| cells.len() >= GROUP_ROWS) {
                    write_group(writer, cells)?;
                }
            }
        }
        Ok(())
    }

    /// Gives the file its name.
    pub fn finish(self) -> Result<(), ExportError> {
        match self.sink {
            Sink::Csv(writer) => {
                let file = writer.into_inner().map_err(|error| error.into_error())?;
                file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
            }
            Sink::Workbook { mut workbook, .. } => workbook.save(&self.unfinished)?,
            Sink::Parquet { mut writer, mut cells } => {
                write_group(&mut writer, &mut cells)?;
                writer.close()?;
            }
        }
        Ok(std::fs::rename(&self.unfinished, &self.path)?)
    }
}

/// A value as a text cell shows it.
fn shown<'v>(kind: ColumnKind, value: &'v Value<'_>) -> Cow<'v, str> {
    match (kind, value) {
        (_, Value::None) => Cow::Borrowed(""),
        (_, Value::Text(text)) => Cow::Borrowed(text),
        (ColumnKind::Money(exponent), Value::Number(minor)) => decimal(*minor, exponent).into(),
        (ColumnKind::Time, Value::Number(at_ms)) => rfc3339(*at_ms).into(),
        (ColumnKind::Number | ColumnKind::Text, Value::Number(number)) => number.to_string().into(),
    }
}

fn csv_sink(path: &Path, columns: &[Column]) -> Result<Sink, ExportError> {
    let mut file = BufWriter::new(File::create(path)?);
    // Spreadsheets take a text file for UTF-8 only with its mark.
    file.write_all("\u{FEFF}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(columns.iter().map(|column| &column.name)).map_err(std::io::Error::from)?;
    Ok(Sink::Csv(Box::new(writer)))
}

fn workbook_sink(columns: &[Column]) -> Result<Sink, ExportError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_freeze_panes(1, 0)?;
    for (place, column) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, place, &column.name, &Format::new().set_bold())?;
    }
    Ok(Sink::Workbook { workbook: Box::new(workbook), row: 1 })
}

fn parquet_sink(path: &Path, columns: &[Column]) -> Result<Sink, ExportError> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            ColumnKind::Text => (Type::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnKind::Number => (Type::INT64, None),
            ColumnKind::Money(exponent) => (Type::INT64, Some(LogicalType::decimal(exponent.cast_signed(), 18))),
            ColumnKind::Time => (Type::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
        };
        let mut field = types::Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        if let ColumnKind::Money(exponent) = column.kind {
            field = field.with_precision(18).with_scale(exponent.cast_signed());
        }
        field.build().map(Arc::new)
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let schema = types::Type::group_type_builder("danggol").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let writer = SerializedFileWriter::new(File::create(path)?, Arc::new(schema), Arc::new(properties))?;
    Ok(Sink::Parquet { writer: Box::new(writer), cells: columns.iter().map(Cells::of).collect() })
}

fn write_group(writer: &mut SerializedFileWriter<File>, cells: &mut [Cells]) -> Result<(), ExportError> {
    if cells.first().is_none_or(|cells| cells.len() == 0) {
        return Ok(());
    }
    let mut group = writer.next_row_group()?;
    for cells in cells {
        let Some(mut column) = group.next_column()? else { break };
        match cells {
            Cells::Texts { values, levels } => {
                column.typed::<ByteArrayType>().write_batch(values, Some(levels), None)?;
                values.clear();
                levels.clear();
            }
            Cells::Numbers { values, levels } => {
                column.typed::<Int64Type>().write_batch(values, Some(levels), None)?;
                values.clear();
                levels.clear();
            }
        }
        column.close()?;
    }
    group.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_plain_decimals() {
        for (minor, exponent, expected) in [
            (123_450, 2, "1234.50"),
            (-5, 2, "-0.05"),
            (1_300, 0, "1300"),
            (1, 3, "0.001"),
            (i64::MIN, 2, "-92233720368547758.08"),
        ] {
            assert_eq!(decimal(minor, exponent), expected);
        }
    }
}

//! Parquet, read a few thousand rows at a time, column by column, with every value printed as text exactly once.
//!
//! Sources: the Parquet format's `LogicalTypes.md` and `Encodings.md`. Columns of lists, maps and nested groups are left
//! out: a row of a table has one value a column.

use std::fmt::Write;
use std::fs::File;

use jiff::civil::{Date, DateTime, Time, date};
use jiff::{SignedDuration, Timestamp};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::row::{CellKind, Row};
use super::{TableError, guarded};
use crate::import::fault::RowFault;

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 4096;

/// How the values of a column are printed.
#[derive(Clone, Copy, Debug)]
enum Print {
    /// As the physical type says.
    Plain,
    /// An integer without a sign.
    Unsigned,
    /// Days since 1970-01-01.
    Date,
    /// A time of the day, in ticks of which a second has so many.
    Time(i64),
    /// Ticks since 1970-01-01T00:00, of which a second has so many.
    Timestamp { per_second: i64, is_utc: bool },
    /// An integer with so many decimals.
    Decimal(u32),
    /// Sixteen bytes of a UUID.
    Uuid,
}

/// A column's values of one batch as text.
struct Column {
    /// The index among the leaves of the schema.
    leaf: usize,
    name: String,
    print: Print,
    is_optional: bool,
    kind: CellKind,
    reader: Option<ColumnReader>,
    text: String,
    ends: Vec<usize>,
    /// Rows of the batch whose value is no UTF-8.
    undecodable: Vec<usize>,
    levels: Vec<i16>,
}

/// A Parquet file being read.
pub(super) struct ParquetSource {
    file: SerializedFileReader<File>,
    columns: Vec<Column>,
    /// The next group of rows to open.
    group: usize,
    /// Rows of the open group that are not decoded yet.
    left_in_group: usize,
    /// Rows of the batch, and the next of them.
    batch_rows: usize,
    next_in_batch: usize,
    /// Rows given out or passed over.
    position: u64,
    total: u64,
}

impl From<ParquetError> for TableError {
    fn from(error: ParquetError) -> Self {
        TableError::Parquet(error.to_string())
    }
}

impl ParquetSource {
    /// Opens the file and reads its schema.
    pub(super) fn open(file: File) -> Result<Self, TableError> {
        let file = SerializedFileReader::new(file)?;
        let schema = file.metadata().file_metadata().schema_descr_ptr();
        let columns: Vec<Column> = (0..schema.num_columns())
            .filter(|&leaf| schema.column(leaf).max_rep_level() == 0 && schema.column(leaf).path().parts().len() == 1)
            .map(|leaf| Column::new(leaf, &schema.column(leaf)))
            .collect();
        if columns.is_empty() {
            return Err(TableError::Empty);
        }
        let total = file.metadata().file_metadata().num_rows().max(0) as u64;
        Ok(Self { file, columns, group: 0, left_in_group: 0, batch_rows: 0, next_in_batch: 0, position: 0, total })
    }

    /// The names of the columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Rows read or passed over.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Rows of the file.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Reads the next row.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, TableError> {
        if self.next_in_batch == self.batch_rows && !guarded(TableError::Parquet, || self.decode_batch())? {
            return Ok(false);
        }
        let index = self.next_in_batch;
        self.next_in_batch += 1;
        self.position += 1;
        row.begin(self.position);
        for column in &self.columns {
            let start = index.checked_sub(1).map_or(0, |before| column.ends[before]);
            row.push(&column.text[start..column.ends[index]], column.kind);
            if column.undecodable.contains(&index) {
                row.mark(RowFault::Undecodable);
            }
        }
        Ok(true)
    }

    /// Passes over the rows before the row of that number, without decoding them.
    pub(super) fn skip_to(&mut self, number: u64) -> Result<(), TableError> {
        guarded(TableError::Parquet, || self.skip(number))
    }

    fn skip(&mut self, number: u64) -> Result<(), TableError> {
        while self.position + 1 < number {
            let wanted = usize::try_from(number - 1 - self.position).unwrap_or(usize::MAX);
            let in_batch = wanted.min(self.batch_rows - self.next_in_batch);
            self.next_in_batch += in_batch;
            self.position += in_batch as u64;
            if in_batch == wanted {
                break;
            }
            if self.left_in_group == 0 && !self.open_group()? {
                break;
            }
            let skipped = (wanted - in_batch).min(self.left_in_group);
            for column in &mut self.columns {
                column.skip(skipped)?;
            }
            self.left_in_group -= skipped;
            self.position += skipped as u64;
        }
        Ok(())
    }

    /// Opens the next group of rows that has any; false after the last.
    fn open_group(&mut self) -> Result<bool, TableError> {
        while self.left_in_group == 0 {
            if self.group == self.file.num_row_groups() {
                return Ok(false);
            }
            let group = self.file.get_row_group(self.group)?;
            self.group += 1;
            self.left_in_group = group.metadata().num_rows().max(0) as usize;
            for column in &mut self.columns {
                column.reader = Some(group.get_column_reader(column.leaf)?);
            }
        }
        Ok(true)
    }

    /// Decodes the next rows of every column; false after the last row.
    fn decode_batch(&mut self) -> Result<bool, TableError> {
        if !self.open_group()? {
            return Ok(false);
        }
        let wanted = self.left_in_group.min(BATCH_ROWS);
        for column in &mut self.columns {
            let decoded = column.decode(wanted)?;
            if decoded != wanted {
                return Err(TableError::Parquet(format!("column {} ends early", column.name)));
            }
        }
        self.left_in_group -= wanted;
        self.batch_rows = wanted;
        self.next_in_batch = 0;
        Ok(true)
    }
}

impl Column {
    fn new(leaf: usize, descriptor: &ColumnDescriptor) -> Self {
        let physical = descriptor.physical_type();
        let kind = if matches!(physical, Type::FLOAT | Type::DOUBLE) { CellKind::Floating } else { CellKind::Exact };
        Self {
            leaf,
            name: descriptor.name().to_owned(),
            print: print_of(descriptor),
            is_optional: descriptor.max_def_level() > 0,
            kind,
            reader: None,
            text: String::new(),
            ends: Vec::new(),
            undecodable: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Passes over rows of the open group.
    fn skip(&mut self, rows: usize) -> Result<(), TableError> {
        match self.reader.as_mut() {
            None => {}
            Some(ColumnReader::BoolColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::Int32ColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::Int64ColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::Int96ColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::FloatColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::DoubleColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::ByteArrayColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
            Some(ColumnReader::FixedLenByteArrayColumnReader(reader)) => {
                reader.skip_records(rows)?;
            }
        }
        Ok(())
    }

    /// Prints the next `rows` values of the open group; returns how many there were.
    fn decode(&mut self, rows: usize) -> Result<usize, TableError> {
        self.text.clear();
        self.ends.clear();
        self.undecodable.clear();
        let print = self.print;
        // The reader is put back, so that its type can be matched while the other parts of the column are written.
        let Some(mut reader) = self.reader.take() else { return Ok(0) };
        match &mut reader {
            ColumnReader::BoolColumnReader(reader) => {
                self.print_values(reader, rows, |text, value| text.push_str(if *value { "true" } else { "false" }))
            }
            ColumnReader::Int32ColumnReader(reader) => self.print_values(reader, rows, |text, value| match print {
                Print::Unsigned => write_in(text, *value as u32),
                _ => print_integer(text, i64::from(*value), print),
            }),
            ColumnReader::Int64ColumnReader(reader) => {
                self.print_values(reader, rows, |text, value| print_integer(text, *value, print))
            }
            ColumnReader::Int96ColumnReader(reader) => self.print_values(reader, rows, |text, value| {
                let nanoseconds = i128::from(value.to_seconds()) * 1_000_000_000 + i128::from(nanoseconds_of(value));
                print_timestamp(text, Timestamp::from_nanosecond(nanoseconds).ok(), false);
            }),
            ColumnReader::FloatColumnReader(reader) => {
                self.print_values(reader, rows, |text, value| print_floating(text, *value))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                self.print_values(reader, rows, |text, value| print_floating(text, *value))
            }
            ColumnReader::ByteArrayColumnReader(reader) => self.print_bytes(reader, rows),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => self.print_bytes(reader, rows),
        }
        .inspect(|_| self.reader = Some(reader))
    }

    /// Reads values of one type and prints each with `print`; an absent one is an empty cell.
    fn print_values<T: DataType>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        rows: usize,
        print: impl Fn(&mut String, &T::T),
    ) -> Result<usize, TableError> {
        let values = self.read(reader, rows)?;
        let mut values = values.iter();
        for index in 0..self.levels.len() {
            if self.levels[index] == 1
                && let Some(value) = values.next()
            {
                print(&mut self.text, value);
            }
            self.ends.push(self.text.len());
        }
        Ok(self.ends.len())
    }

    /// Reads byte strings: text, decimals, UUIDs, and bytes without a meaning, which are text if they can be.
    fn print_bytes<T: DataType>(&mut self, reader: &mut ColumnReaderImpl<T>, rows: usize) -> Result<usize, TableError>
    where
        T::T: AsRef<[u8]>,
    {
        let values = self.read(reader, rows)?;
        let mut values = values.iter();
        for index in 0..self.levels.len() {
            if self.levels[index] == 1
                && let Some(value) = values.next()
                && !print_byte_string(&mut self.text, value.as_ref(), self.print)
            {
                self.undecodable.push(index);
            }
            self.ends.push(self.text.len());
        }
        Ok(self.ends.len())
    }

    /// Reads the present values of the next `rows` rows; the levels then say 1 for a row with a value and 0 for one
    /// without.
    fn read<T: DataType>(&mut self, reader: &mut ColumnReaderImpl<T>, rows: usize) -> Result<Vec<T::T>, TableError> {
        let mut values = Vec::with_capacity(rows);
        self.levels.clear();
        let levels = self.is_optional.then_some(&mut self.levels);
        let (read, _, _) = reader.read_records(rows, levels, None, &mut values)?;
        if !self.is_optional {
            self.levels.resize(read, 1);
        }
        Ok(values)
    }
}

/// How a column is printed, by its logical type or, in files of old writers, its converted type.
fn print_of(descriptor: &ColumnDescriptor) -> Print {
    let per_second = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    match descriptor.logical_type_ref() {
        Some(LogicalType::Date) => return Print::Date,
        Some(LogicalType::Time(time)) => return Print::Time(per_second(&time.unit)),
        Some(LogicalType::Timestamp(timestamp)) => {
            return Print::Timestamp { per_second: per_second(&timestamp.unit), is_utc: timestamp.is_adjusted_to_u_t_c };
        }
        Some(LogicalType::Decimal(decimal)) => return Print::Decimal(decimal.scale.max(0) as u32),
        Some(LogicalType::Integer(integer)) if !integer.is_signed => return Print::Unsigned,
        Some(LogicalType::Uuid) => return Print::Uuid,
        _ => {}
    }
    match descriptor.converted_type() {
        ConvertedType::DATE => Print::Date,
        ConvertedType::TIME_MILLIS => Print::Time(1_000),
        ConvertedType::TIME_MICROS => Print::Time(1_000_000),
        ConvertedType::TIMESTAMP_MILLIS => Print::Timestamp { per_second: 1_000, is_utc: true },
        ConvertedType::TIMESTAMP_MICROS => Print::Timestamp { per_second: 1_000_000, is_utc: true },
        ConvertedType::DECIMAL => Print::Decimal(descriptor.type_scale().max(0) as u32),
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => Print::Unsigned,
        _ => Print::Plain,
    }
}

/// Writes a value into text.
fn write_in(text: &mut String, value: impl std::fmt::Display) {
    write!(text, "{value}").expect("writing into a string does not fail");
}

/// Prints a floating-point number in the fewest digits that read back as it, without an exponent; a value that is no
/// number is an empty cell, as it is in the tables of statisticians.
fn print_floating<F: Into<f64> + std::fmt::Display + Copy>(text: &mut String, value: F) {
    if value.into().is_finite() {
        write_in(text, value);
    }
}

/// Prints an integer by the meaning of its column.
fn print_integer(text: &mut String, value: i64, print: Print) {
    match print {
        Print::Plain | Print::Uuid => write_in(text, value),
        Print::Unsigned => write_in(text, value as u64),
        Print::Decimal(scale) => print_decimal(text, i128::from(value), scale),
        Print::Date => {
            const EPOCH: Date = date(1970, 1, 1);
            let day = SignedDuration::from_hours(24).as_secs().checked_mul(value).map(SignedDuration::from_secs);
            if let Some(day) = day.and_then(|days| EPOCH.checked_add(days).ok()) {
                write_in(text, day);
            }
        }
        Print::Time(per_second) => {
            let nanoseconds = SignedDuration::from_nanos(value.saturating_mul(1_000_000_000 / per_second));
            if let Ok(time) = Time::midnight().checked_add(nanoseconds) {
                write_in(text, time);
            }
        }
        Print::Timestamp { per_second, is_utc } => {
            let nanoseconds = i128::from(value) * i128::from(1_000_000_000 / per_second);
            print_timestamp(text, Timestamp::from_nanosecond(nanoseconds).ok(), is_utc);
        }
    }
}

/// Prints an instant with `Z`, or a local time without a zone; nothing for one beyond the years that are known.
fn print_timestamp(text: &mut String, timestamp: Option<Timestamp>, is_utc: bool) {
    let Some(timestamp) = timestamp else { return };
    let civil: DateTime = jiff::tz::Offset::UTC.to_datetime(timestamp);
    write_in(text, civil);
    if is_utc {
        text.push('Z');
    }
}

/// The nanoseconds within the second of an INT96 timestamp (nanoseconds of the day, then the Julian day).
fn nanoseconds_of(value: &parquet::data_type::Int96) -> i64 {
    let words = value.data();
    (((u64::from(words[1]) << 32) | u64::from(words[0])) % 1_000_000_000) as i64
}

/// Prints an integer with so many decimals.
fn print_decimal(text: &mut String, value: i128, scale: u32) {
    if value < 0 {
        text.push('-');
    }
    let digits = value.unsigned_abs().to_string();
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, decimals) = padded.split_at(padded.len() - scale);
    text.push_str(whole);
    if scale > 0 {
        text.push('.');
        text.push_str(decimals);
    }
}

/// Prints a byte string by the meaning of its column; false when it should be text and is not.
fn print_byte_string(text: &mut String, bytes: &[u8], print: Print) -> bool {
    match (print, bytes.len()) {
        (Print::Decimal(scale), 1..=16) => {
            // Two's complement, the highest byte first, so the sign is spread over the bytes that are missing.
            let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xFF };
            let mut wide = [sign; 16];
            wide[16 - bytes.len()..].copy_from_slice(bytes);
            print_decimal(text, i128::from_be_bytes(wide), scale);
            true
        }
        (Print::Uuid, 16) => {
            for (index, byte) in bytes.iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    text.push('-');
                }
                write!(text, "{byte:02x}").expect("writing into a string does not fail");
            }
            true
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(value) => {
                text.push_str(value);
                true
            }
            Err(_) => {
                text.push_str(&String::from_utf8_lossy(bytes));
                false
            }
        },
    }
}

//! A sheet of an Excel workbook (XLSX, or XLS of old), row by row.
//!
//! The library lends the cells of a sheet only while the workbook is borrowed, so the workbook lives in a thread of its
//! own that sends rows through a short queue. An XLSX sheet is never held whole, and reading it overlaps with using it;
//! an XLS sheet is, but has 65,536 rows at most.

use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread;

use calamine::{DataType, ExcelDateTime, Reader, Sheet, SheetType, SheetVisible, Xls, Xlsx};

use super::row::{CellKind, Row};
use super::{Format, TableError, guarded};
use crate::import::fault::ValueFault;

/// Rows that are sent at a time.
const BATCH_ROWS: usize = 512;
/// Batches that wait in the queue at most.
const QUEUE_BATCHES: usize = 4;
/// The widest sheet, in columns (Excel's own limit).
const COLUMNS_MAX: usize = 16_384;
/// Numbers from here on have more digits than the 15 that Excel keeps.
const DIGITS_LOST_FROM: f64 = 1e15;

/// What the reading thread sends.
enum Message {
    /// The number of the last row, as the sheet states it; zero when it does not.
    LastRow(u64),
    Rows(Vec<Row>),
    Failed(String),
    Done,
}

/// An opened workbook.
enum Workbook {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xls(Box<Xls<BufReader<File>>>),
}

/// A sheet being read.
pub(super) struct SheetSource {
    messages: Receiver<Message>,
    rows: VecDeque<Row>,
    is_done: bool,
    last_row: u64,
    position: u64,
    /// Rows up to this number stand before the table.
    skipped: u64,
}

impl SheetSource {
    /// Opens a workbook's sheet by name, or the first one that a person would see.
    pub(super) fn open(file: File, wanted: Option<&str>) -> Result<(Self, Format), TableError> {
        let workbook = guarded(TableError::Workbook, || open_workbook(file))?;
        let metadata = match &workbook {
            Workbook::Xlsx(workbook) => workbook.sheets_metadata(),
            Workbook::Xls(workbook) => workbook.sheets_metadata(),
        };
        let sheets: Vec<&Sheet> = metadata.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
        let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
        let found = match wanted {
            Some(wanted) => sheets.iter().find(|sheet| sheet.name == wanted),
            None => sheets.iter().find(|sheet| sheet.visible == SheetVisible::Visible).or(sheets.first()),
        };
        let Some(sheet) = found.map(|sheet| sheet.name.clone()) else {
            return Err(match wanted {
                Some(wanted) => TableError::NoSuchSheet { wanted: wanted.to_owned(), present: names },
                None => TableError::Empty,
            });
        };
        let (sender, messages) = sync_channel(QUEUE_BATCHES);
        let name = sheet.clone();
        thread::Builder::new().name("sheet".to_owned()).spawn(move || {
            // The receiver goes away when reading stops early; then there is nobody to tell.
            let _ = send_sheet(workbook, &name, &sender);
        })?;
        let mut source = Self { messages, rows: VecDeque::new(), is_done: false, last_row: 0, position: 0, skipped: 0 };
        source.receive()?;
        Ok((source, Format::Workbook { sheet, sheets: names }))
    }

    /// Reads the next row that has a cell.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, TableError> {
        loop {
            if let Some(next) = self.rows.pop_front() {
                if next.number() <= self.skipped {
                    continue;
                }
                self.position = next.number();
                *row = next;
                return Ok(true);
            }
            if self.is_done {
                return Ok(false);
            }
            self.receive()?;
        }
    }

    /// Passes over one row of the sheet before the table.
    pub(super) fn skip_row(&mut self) {
        self.skipped += 1;
    }

    /// The number of the last row read.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The number of the last row of the sheet, where it says so.
    pub(super) fn total(&self) -> Option<u64> {
        (self.last_row > 0).then(|| self.last_row.max(self.position))
    }

    fn receive(&mut self) -> Result<(), TableError> {
        match self.messages.recv() {
            Ok(Message::LastRow(last_row)) => self.last_row = last_row,
            Ok(Message::Rows(rows)) => self.rows.extend(rows),
            Ok(Message::Done) => self.is_done = true,
            Ok(Message::Failed(reason)) => {
                self.is_done = true;
                return Err(TableError::Workbook(reason));
            }
            // The thread ended without a word: the library gave up on a damaged file by panicking.
            Err(_) => {
                self.is_done = true;
                return Err(TableError::Workbook("the sheet is damaged".to_owned()));
            }
        }
        Ok(())
    }
}

/// Opens the file as the newer kind of workbook, and as the older one if it is none.
fn open_workbook(file: File) -> Result<Workbook, TableError> {
    let again = file.try_clone()?;
    match Xlsx::new(BufReader::new(file)) {
        Ok(workbook) => Ok(Workbook::Xlsx(Box::new(workbook))),
        Err(newer) => match Xls::new(BufReader::new(again)) {
            Ok(workbook) => Ok(Workbook::Xls(Box::new(workbook))),
            Err(_) => Err(TableError::Workbook(newer.to_string())),
        },
    }
}

/// Sends the whole sheet, and how it ended.
fn send_sheet(workbook: Workbook, sheet: &str, sender: &SyncSender<Message>) -> Result<(), SendError<Message>> {
    let mut outbox = Outbox { sender, rows: Vec::with_capacity(BATCH_ROWS) };
    let end = match workbook {
        Workbook::Xlsx(workbook) => send_xlsx(*workbook, sheet, &mut outbox)?,
        Workbook::Xls(workbook) => send_xls(*workbook, sheet, &mut outbox)?,
    };
    outbox.flush()?;
    sender.send(end)
}

/// Rows on their way to the reader.
struct Outbox<'a> {
    sender: &'a SyncSender<Message>,
    rows: Vec<Row>,
}

impl Outbox<'_> {
    /// The row of that number, to be filled; the row before it is complete then.
    fn row(&mut self, number: u64) -> Result<&mut Row, SendError<Message>> {
        if self.rows.last().is_none_or(|last| last.number() != number) {
            if self.rows.len() == BATCH_ROWS {
                self.flush()?;
            }
            let mut row = Row::default();
            row.begin(number);
            self.rows.push(row);
        }
        Ok(self.rows.last_mut().expect("a row was just pushed"))
    }

    fn flush(&mut self) -> Result<(), SendError<Message>> {
        if self.rows.is_empty() {
            return Ok(());
        }
        self.sender.send(Message::Rows(std::mem::replace(&mut self.rows, Vec::with_capacity(BATCH_ROWS))))
    }
}

fn send_xlsx(mut workbook: Xlsx<BufReader<File>>, sheet: &str, outbox: &mut Outbox<'_>) -> Result<Message, SendError<Message>> {
    let mut cells = match workbook.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        Err(error) => return Ok(Message::Failed(error.to_string())),
    };
    let last_row = cells.dimensions().end.0;
    outbox.sender.send(Message::LastRow(if last_row == 0 { 0 } else { u64::from(last_row) + 1 }))?;
    loop {
        match cells.next_cell() {
            Ok(Some(cell)) => {
                let (row, column) = cell.get_position();
                put(outbox.row(u64::from(row) + 1)?, column as usize, cell.get_value());
            }
            Ok(None) => return Ok(Message::Done),
            Err(error) => return Ok(Message::Failed(error.to_string())),
        }
    }
}

fn send_xls(mut workbook: Xls<BufReader<File>>, sheet: &str, outbox: &mut Outbox<'_>) -> Result<Message, SendError<Message>> {
    let range = match workbook.worksheet_range(sheet) {
        Ok(range) => range,
        Err(error) => return Ok(Message::Failed(error.to_string())),
    };
    let (first_row, first_column) = range.start().unwrap_or_default();
    outbox.sender.send(Message::LastRow(range.end().map_or(0, |(row, _)| u64::from(row) + 1)))?;
    for (row, column, value) in range.used_cells() {
        let number = u64::from(first_row) + row as u64 + 1;
        put(outbox.row(number)?, first_column as usize + column, value);
    }
    Ok(Message::Done)
}

/// Puts a cell at its column, behind empty cells for the columns that the file leaves out. A cell that comes again, or
/// lies beyond the widest sheet, is passed over.
fn put(row: &mut Row, column: usize, value: &impl DataType) {
    if column < row.len() || column >= COLUMNS_MAX || value.is_empty() {
        return;
    }
    while row.len() < column {
        row.push("", CellKind::Exact);
    }
    let (text, kind) = text_of(value);
    row.push(&text, kind);
}

/// The text of a cell, and what the cell was.
fn text_of(value: &impl DataType) -> (String, CellKind) {
    if let Some(text) = value.get_string().or(value.get_datetime_iso()).or(value.get_duration_iso()) {
        (text.to_owned(), CellKind::Exact)
    } else if let Some(number) = value.get_int() {
        (number.to_string(), CellKind::Exact)
    } else if let Some(number) = value.get_float() {
        let kind = if number.abs() >= DIGITS_LOST_FROM {
            CellKind::Faulty(ValueFault::DigitsLost)
        } else if number.fract() == 0.0 {
            CellKind::Exact
        } else {
            CellKind::Floating
        };
        (number.to_string(), kind)
    } else if let Some(moment) = value.get_datetime() {
        (moment_text(moment), CellKind::Exact)
    } else if let Some(answer) = value.get_bool() {
        (answer.to_string(), CellKind::Exact)
    } else if let Some(error) = value.get_error() {
        (error.to_string(), CellKind::Faulty(ValueFault::SpreadsheetError))
    } else {
        (String::new(), CellKind::Exact)
    }
}

/// A date as `2024-01-05`, a date with a time as `2024-01-05T13:05:09`, a time alone or a duration as `13:05:09`.
fn moment_text(moment: ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&serial) {
        let seconds = (serial * 86_400.0).round() as i64;
        return format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

//! One row of a table: its cells as text in one buffer, what each was in the file, and the fault if it has one.

use crate::import::fault::{CELL_BYTES_MAX, RowFault, ValueFault};

/// How much of a row that cannot be read is kept to be shown.
const RAW_BYTES_MAX: usize = 4 * 1024;

/// What a cell was in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Text, or a number or time that its text says exactly.
    Exact,
    /// A binary floating-point number, whose text is the shortest that reads back as the same number.
    Floating,
    /// Nothing that can be taken; the text shows what the file has.
    Faulty(ValueFault),
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    end: usize,
    kind: CellKind,
}

/// A row as it was read. It is filled again and again, so reading allocates nothing per cell.
#[derive(Clone, Debug, Default)]
pub struct Row {
    number: u64,
    text: String,
    cells: Vec<Cell>,
    fault: Option<RowFault>,
}

impl Row {
    /// Where the row stands as a person sees it: the line of a text file, the row of a sheet, or the row of Parquet, all
    /// counted from 1. A header counts.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Why the row cannot be read; its cells then are only for showing.
    pub fn fault(&self) -> Option<RowFault> {
        self.fault
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether the row has no cell.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The text of a cell, counted from 0; empty where the row has no such cell.
    pub fn cell(&self, index: usize) -> &str {
        let Some(cell) = self.cells.get(index) else { return "" };
        let start = index.checked_sub(1).map_or(0, |before| self.cells[before].end);
        &self.text[start..cell.end]
    }

    /// What a cell was in the file.
    pub fn kind(&self, index: usize) -> CellKind {
        self.cells.get(index).map_or(CellKind::Exact, |cell| cell.kind)
    }

    /// The texts of all cells.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.cells.len()).map(|index| self.cell(index))
    }

    /// Whether no cell has anything but white space (or the end-of-file mark of old systems).
    pub(super) fn is_blank(&self) -> bool {
        self.text.chars().all(|character| character.is_whitespace() || character == '\u{1A}')
    }

    /// Empties the row for the row of that number.
    pub(super) fn begin(&mut self, number: u64) {
        self.number = number;
        self.text.clear();
        self.cells.clear();
        self.fault = None;
    }

    /// Adds a cell.
    pub(super) fn push(&mut self, text: &str, kind: CellKind) {
        self.text.push_str(text);
        self.close(kind);
    }

    /// Ends a cell where the text ends now.
    pub(super) fn close(&mut self, kind: CellKind) {
        self.cells.push(Cell { end: self.text.len(), kind });
    }

    /// Ends a cell at a place of a text that is set later, by [`Row::set_text`].
    pub(super) fn close_at(&mut self, end: usize) {
        self.cells.push(Cell { end, kind: CellKind::Exact });
    }

    /// Takes the buffer away, to be filled with bytes and given back by [`Row::set_text`].
    pub(super) fn take_buffer(&mut self) -> Vec<u8> {
        let mut buffer = std::mem::take(&mut self.text).into_bytes();
        buffer.clear();
        buffer
    }

    /// Gives the row the text that its cells were closed in; text that is not UTF-8 is a fault.
    pub(super) fn set_text(&mut self, bytes: Vec<u8>) {
        match String::from_utf8(bytes) {
            Ok(text) => self.text = text,
            Err(error) => self.refuse(RowFault::Undecodable, error.as_bytes()),
        }
    }

    /// Makes the row a faulty one that shows the beginning of `raw`.
    pub(super) fn refuse(&mut self, fault: RowFault, raw: &[u8]) {
        let raw = String::from_utf8_lossy(&raw[..raw.len().min(RAW_BYTES_MAX)]).replace('\0', "\u{2400}");
        let number = self.number;
        self.begin(number);
        self.push(&raw, CellKind::Exact);
        self.fault = Some(fault);
    }

    /// Marks the row with a fault, and keeps its cells to be shown.
    pub(super) fn mark(&mut self, fault: RowFault) {
        self.fault.get_or_insert(fault);
    }

    /// Checks the row against the number of columns and what no cell may hold. Empty cells beyond the columns are
    /// dropped; where the file leaves out empty cells at the end (`pads`), they are added.
    pub(super) fn fit(&mut self, columns: usize, pads: bool) {
        if self.fault.is_some() {
            return;
        }
        let found = self.cells.len();
        while self.cells.len() > columns && self.cell(self.cells.len() - 1).trim().is_empty() {
            self.cells.pop();
        }
        while pads && self.cells.len() < columns {
            self.close(CellKind::Exact);
        }
        if self.cells.len() > columns {
            self.mark(RowFault::TooManyCells { found, expected: columns });
        } else if self.cells.len() < columns {
            self.mark(RowFault::TooFewCells { found, expected: columns });
        } else if self.text.contains('\0') {
            self.mark(RowFault::Nul);
            self.text = self.text.replace('\0', " ");
        } else if !self.text.is_ascii() && self.text.contains(char::REPLACEMENT_CHARACTER) {
            self.mark(RowFault::Undecodable);
        } else if self.text.len() > CELL_BYTES_MAX {
            let long = (0..columns).find(|&index| self.cell(index).len() > CELL_BYTES_MAX);
            if let Some(index) = long {
                self.mark(RowFault::CellTooLong { cell: index + 1 });
            }
        }
    }
}

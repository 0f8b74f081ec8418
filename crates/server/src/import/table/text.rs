//! Delimited text, cut into rows.
//!
//! The cutter is our own because of what must happen at a bad row: a quotation mark that nobody closes would swallow the
//! rest of the file in any reader that only goes forward. Here the row that opened it is refused and reading goes on at
//! the line below it. Otherwise the rules are those of RFC 4180, with any delimiter, any line end, and quotation marks
//! inside a bare cell taken as they are (`12" pan`).

use std::fs::File;
use std::io::{self, Read};

use encoding_rs::Encoding;

use super::TableError;
use super::row::{CellKind, Row};
use crate::import::encoding::Utf8Reader;
use crate::import::fault::{ROW_BYTES_MAX, RowFault};

/// How much text is buffered at first; it grows to hold the longest row.
const BUFFER_BYTES: usize = 256 * 1024;
/// How many rows the delimiter is judged by.
const SAMPLE_ROWS: usize = 200;
/// The delimiters that are recognised, the likelier first.
const DELIMITERS: [Delimiter; 5] =
    [Delimiter::Byte(b','), Delimiter::Byte(b'\t'), Delimiter::Byte(b';'), Delimiter::Byte(b'|'), Delimiter::Whitespace];

/// What stands between the cells of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// One ASCII character.
    Byte(u8),
    /// Any run of spaces and tabs, as in columns that were aligned for the eye; there are no quotation marks then.
    Whitespace,
}

impl Delimiter {
    /// The delimiter of a word (`comma`, `tab`, `semicolon`, `pipe`, `whitespace`) or of the character itself.
    pub fn parse(text: &str) -> Option<Delimiter> {
        match text {
            "comma" => Some(Delimiter::Byte(b',')),
            "tab" | "\\t" => Some(Delimiter::Byte(b'\t')),
            "semicolon" => Some(Delimiter::Byte(b';')),
            "pipe" => Some(Delimiter::Byte(b'|')),
            "whitespace" => Some(Delimiter::Whitespace),
            _ => match text.as_bytes() {
                [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => {
                    Some(Delimiter::Byte(*byte))
                }
                _ => None,
            },
        }
    }

    /// The word or character that [`Delimiter::parse`] reads.
    pub fn name(self) -> String {
        match self {
            Delimiter::Byte(b',') => "comma".to_owned(),
            Delimiter::Byte(b'\t') => "tab".to_owned(),
            Delimiter::Byte(b';') => "semicolon".to_owned(),
            Delimiter::Byte(b'|') => "pipe".to_owned(),
            Delimiter::Byte(byte) => char::from(byte).to_string(),
            Delimiter::Whitespace => "whitespace".to_owned(),
        }
    }
}

/// What cutting the next row out of the buffer came to.
enum Cut {
    /// The row is in the [`Row`]; it took that many bytes and lines.
    Row { bytes: usize, lines: u64 },
    /// The line that begins the buffer cannot be read, nor does it say where the row ends.
    Fault(RowFault),
    /// The buffer ends before the row does.
    Short,
}

/// How text is cut.
#[derive(Clone, Copy, Debug)]
struct Rules {
    delimiter: Delimiter,
    /// The byte that ends a line: a line feed, or a carriage return in files of old Macs.
    newline: u8,
}

/// A text file being read.
pub(super) struct TextSource {
    reader: Utf8Reader<File>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_finished: bool,
    /// The line that `start` stands at the beginning of, counted from 1.
    line: u64,
    rules: Rules,
    total: u64,
}

impl TextSource {
    /// A source at the beginning of `file`, which has `total` bytes.
    pub(super) fn new(file: File, encoding: &'static Encoding, total: u64) -> Self {
        Self {
            reader: Utf8Reader::new(file, encoding),
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            is_finished: false,
            line: 1,
            rules: Rules { delimiter: Delimiter::Byte(b','), newline: b'\n' },
            total,
        }
    }

    /// Settles delimiter and line end from the beginning of the text, which is not consumed except for a first line
    /// `sep=;`, by which Excel tells the delimiter. Bytes that no text has are [`TableError::NotATable`].
    pub(super) fn recognise(&mut self, known: Option<Delimiter>) -> Result<Delimiter, TableError> {
        self.fill()?;
        let sample = &self.buffer[..self.end];
        let nulls = sample.iter().filter(|&&byte| byte == 0).count();
        if nulls * 10 > sample.len() {
            return Err(TableError::NotATable);
        }
        if !sample.contains(&b'\n') && sample.contains(&b'\r') {
            self.rules.newline = b'\r';
        }
        let told = match sample {
            [b's', b'e', b'p', b'=', byte, b'\r' | b'\n', ..] => Some(Delimiter::Byte(*byte)),
            _ => None,
        };
        self.rules.delimiter =
            known.or(told).unwrap_or_else(|| recognise_delimiter(sample, self.rules.newline, self.is_finished));
        if told.is_some() {
            self.skip_line()?;
        }
        Ok(self.rules.delimiter)
    }

    /// Reads the next row; blank lines come as blank rows.
    pub(super) fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        loop {
            let rest = &self.buffer[self.start..self.end];
            if rest.is_empty() && self.is_finished {
                return Ok(false);
            }
            row.begin(self.line);
            match cut(rest, self.rules, self.is_finished, row) {
                Cut::Row { bytes, lines } => {
                    self.start += bytes;
                    self.line += lines;
                    return Ok(true);
                }
                Cut::Fault(fault) => {
                    self.refuse_line(fault, row)?;
                    return Ok(true);
                }
                Cut::Short if rest.len() >= ROW_BYTES_MAX => {
                    let has_lines = rest.contains(&self.rules.newline);
                    let fault = if has_lines { RowFault::UnterminatedQuote } else { RowFault::RowTooLong };
                    self.refuse_line(fault, row)?;
                    return Ok(true);
                }
                Cut::Short => self.fill()?,
            }
        }
    }

    /// Makes `row` a faulty one that shows the line, and passes over the line.
    fn refuse_line(&mut self, fault: RowFault, row: &mut Row) -> io::Result<()> {
        let rest = &self.buffer[self.start..self.end];
        row.refuse(fault, trim_line_end(rest.split(|&byte| byte == self.rules.newline).next().unwrap_or(rest)));
        self.skip_line()
    }

    /// Passes over one line, however long it is.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let rest = &self.buffer[self.start..self.end];
            if let Some(length) = rest.iter().position(|&byte| byte == self.rules.newline) {
                self.start += length + 1;
                break;
            }
            self.start = self.end;
            if self.is_finished {
                break;
            }
            self.fill()?;
        }
        self.line += 1;
        Ok(())
    }

    /// Bytes of the file behind the rows read so far; text that is decoded but not yet cut is counted as it lies in
    /// memory, so the figure is exact for UTF-8 and near for the other encodings.
    pub(super) fn position(&self) -> u64 {
        let waiting = self.reader.pending_bytes() + (self.end - self.start) as u64;
        self.reader.read_bytes().saturating_sub(waiting)
    }

    /// Bytes of the file.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Reads more text behind what is buffered.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        while self.end < self.buffer.len() && !self.is_finished {
            let read = self.reader.read(&mut self.buffer[self.end..])?;
            self.end += read;
            self.is_finished = read == 0;
        }
        Ok(())
    }
}

/// Cuts the first row of `rest` into `row`. `is_all` says that nothing follows `rest`.
fn cut(rest: &[u8], rules: Rules, is_all: bool, row: &mut Row) -> Cut {
    let newline = rest.iter().position(|&byte| byte == rules.newline);
    let (line, bytes) = match newline {
        Some(length) => (trim_line_end(&rest[..length]), length + 1),
        None if is_all => (trim_line_end(rest), rest.len()),
        None => return Cut::Short,
    };
    let whole = Cut::Row { bytes, lines: 1 };
    match rules.delimiter {
        Delimiter::Byte(_) if line.contains(&b'"') => cut_quoted(rest, rules, is_all, row),
        delimiter => {
            let Ok(line) = std::str::from_utf8(line) else {
                row.refuse(RowFault::Undecodable, line);
                return whole;
            };
            match delimiter {
                Delimiter::Byte(byte) => {
                    line.split(char::from(byte)).for_each(|cell| row.push(cell, CellKind::Exact));
                }
                Delimiter::Whitespace => {
                    line.split_ascii_whitespace().for_each(|cell| row.push(cell, CellKind::Exact));
                }
            }
            whole
        }
    }
}

/// Cuts a row some of whose cells are quoted, and which may have several lines.
fn cut_quoted(rest: &[u8], rules: Rules, is_all: bool, row: &mut Row) -> Cut {
    let Delimiter::Byte(delimiter) = rules.delimiter else { unreachable!("columns aligned by spaces have no quotation marks") };
    let mut buffer = row.take_buffer();
    let mut at = 0;
    let end = loop {
        at = if rest.get(at) == Some(&b'"') {
            match unquote(rest, at + 1, is_all, &mut buffer) {
                Ok(after) => after,
                Err(cut) => return cut,
            }
        } else {
            let length = rest[at..].iter().position(|&byte| byte == delimiter || byte == rules.newline);
            let Some(after) = length.map(|length| at + length).or(is_all.then_some(rest.len())) else {
                return Cut::Short;
            };
            let is_last = rest.get(after) != Some(&delimiter);
            let cell = &rest[at..after];
            buffer.extend_from_slice(if is_last { trim_line_end(cell) } else { cell });
            after
        };
        row.close_at(buffer.len());
        match &rest[at..] {
            [byte, ..] if *byte == delimiter => at += 1,
            [byte, ..] if *byte == rules.newline => break at + 1,
            [b'\r', byte, ..] if *byte == rules.newline => break at + 2,
            [] | [b'\r'] if is_all => break rest.len(),
            [] | [b'\r'] => return Cut::Short,
            _ => {
                let spans = rest[..at].contains(&rules.newline);
                return Cut::Fault(if spans { RowFault::UnterminatedQuote } else { RowFault::StrayQuote });
            }
        }
    };
    let lines = rest[..end].iter().filter(|&&byte| byte == rules.newline).count().max(1) as u64;
    row.set_text(buffer);
    Cut::Row { bytes: end, lines }
}

/// Copies a quoted cell whose text begins at `at`, and returns the place behind its closing mark.
fn unquote(rest: &[u8], mut at: usize, is_all: bool, buffer: &mut Vec<u8>) -> Result<usize, Cut> {
    loop {
        let Some(length) = rest[at..].iter().position(|&byte| byte == b'"') else {
            return Err(if is_all { Cut::Fault(RowFault::UnterminatedQuote) } else { Cut::Short });
        };
        buffer.extend_from_slice(&rest[at..at + length]);
        at += length + 1;
        match rest.get(at) {
            Some(b'"') => {
                buffer.push(b'"');
                at += 1;
            }
            None if !is_all => return Err(Cut::Short),
            _ => return Ok(at),
        }
    }
}

/// The line without the carriage return before its line feed.
fn trim_line_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The delimiter that cuts most of the sample's rows into as many cells as its first row, and into more than one. A text
/// of one column has none, and is read as if cut by commas.
fn recognise_delimiter(sample: &[u8], newline: u8, is_all: bool) -> Delimiter {
    let mut best = (0.0_f64, 1, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let counts = count_cells(sample, Rules { delimiter, newline }, is_all);
        // A title or a remark may stand above the header, so the common width is asked for, not the first row's own.
        let width = most_common(&counts);
        let alike = counts.iter().filter(|&&count| count == width).count() as f64 / counts.len().max(1) as f64;
        let is_header_alike = counts.first() == Some(&width);
        // Words of a text of one column must not be taken for columns aligned by spaces.
        let least = if delimiter == Delimiter::Whitespace { 3 } else { 2 };
        let score = if width >= least { alike + if is_header_alike { 0.5 } else { 0.0 } } else { 0.0 };
        let needed = if delimiter == Delimiter::Whitespace { best.0.max(1.4) } else { best.0 };
        let is_wider = score == best.0 && width > best.1 && delimiter != Delimiter::Whitespace;
        if score > needed || is_wider {
            best = (score, width, delimiter);
        }
    }
    best.2
}

/// The number of cells of each of the sample's first rows that is not blank.
fn count_cells(sample: &[u8], rules: Rules, is_all: bool) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut row = Row::default();
    let mut rest = sample;
    while counts.len() < SAMPLE_ROWS && !rest.is_empty() {
        row.begin(1);
        let bytes = match cut(rest, rules, is_all, &mut row) {
            Cut::Row { bytes, .. } => bytes,
            Cut::Fault(_) => rest.iter().position(|&byte| byte == rules.newline).map_or(rest.len(), |at| at + 1),
            Cut::Short => break,
        };
        if row.fault().is_none() && !row.is_blank() {
            counts.push(row.len());
        }
        rest = &rest[bytes..];
    }
    counts
}

/// The number that occurs most, the larger of two that occur as often; zero of none.
fn most_common(counts: &[usize]) -> usize {
    let times = |wanted: usize| counts.iter().filter(|&&count| count == wanted).count();
    counts.iter().copied().max_by_key(|&count| (times(count), count)).unwrap_or(0)
}

//! The file of refused rows: the row as it stood, where it stood, and why it was refused. Mended, it can be imported by the same
//! mapping; the columns that were added are passed over.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::table::Row;

/// The columns that are added behind those of the file.
pub const ADDED_COLUMNS: [&str; 3] = ["danggol_row", "danggol_code", "danggol_reason"];

/// A row as it stood in the file, small enough to be kept until it is known what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    number: u64,
    text: Box<str>,
    ends: Box<[u32]>,
}

impl Original {
    /// The row without what was recognised about it.
    pub fn of(row: &Row) -> Self {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(row.len());
        for cell in row.cells() {
            text.push_str(cell);
            // A row has at most a megabyte.
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
        Original { number: row.number(), text: text.into(), ends: ends.into() }
    }

    /// Where the row stands.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends.iter()).map(|(start, end)| &self.text[start as usize..*end as usize])
    }
}

/// The file of refused rows, made when the first row is refused.
pub struct Rejects {
    path: PathBuf,
    /// The columns of the file; none where it has no header.
    header: Option<Vec<String>>,
    columns: usize,
    writer: Option<csv::Writer<Counted>>,
    /// Bytes that were there before this writer was opened.
    kept_bytes: u64,
}

/// Counts what passes through.
struct Counted {
    inner: BufWriter<File>,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Rejects {
    /// A file that goes on after its first `kept_bytes`; zero begins anew. A file that is shorter than that is an error: it is not
    /// the one that was left.
    pub fn open(path: &Path, columns: &[String], has_header: bool, kept_bytes: u64) -> io::Result<Self> {
        match std::fs::metadata(path) {
            Ok(found) if found.len() < kept_bytes => return Err(io::Error::other("the file of refused rows was changed")),
            Err(error) if error.kind() != io::ErrorKind::NotFound || kept_bytes > 0 => return Err(error),
            Ok(_) if kept_bytes == 0 => std::fs::remove_file(path)?,
            Ok(_) | Err(_) => {}
        }
        let header = has_header.then(|| columns.to_vec());
        Ok(Rejects { path: path.to_owned(), header, columns: columns.len(), writer: None, kept_bytes })
    }

    fn writer(&mut self) -> io::Result<&mut csv::Writer<Counted>> {
        if self.writer.is_none() {
            let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path)?;
            file.set_len(self.kept_bytes)?;
            file.seek(SeekFrom::End(0))?;
            let mut counted = Counted { inner: BufWriter::new(file), bytes: self.kept_bytes };
            let is_new = self.kept_bytes == 0;
            if is_new {
                // Spreadsheets take a text file for UTF-8 only with its mark.
                counted.write_all("\u{FEFF}".as_bytes())?;
            }
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(counted);
            if let (true, Some(header)) = (is_new, &self.header) {
                writer.write_record(header.iter().map(String::as_str).chain(ADDED_COLUMNS))?;
            }
            self.writer = Some(writer);
        }
        self.writer.as_mut().ok_or_else(|| io::Error::other("no writer"))
    }

    /// Writes a row down.
    pub fn write(&mut self, original: &Original, code: &str, sentence: &str) -> io::Result<()> {
        let missing = self.columns.saturating_sub(original.ends.len());
        let number = original.number.to_string();
        let added = [number.as_str(), code, sentence];
        let cells = original.cells().chain(std::iter::repeat_n("", missing)).chain(added);
        Ok(self.writer()?.write_record(cells)?)
    }

    /// Gives everything to the operating system and says how long the file is.
    pub fn flush(&mut self) -> io::Result<u64> {
        let Some(writer) = &mut self.writer else { return Ok(self.kept_bytes) };
        writer.flush()?;
        Ok(writer.get_ref().bytes)
    }

    /// [`Rejects::flush`], down to the disk.
    pub fn sync(&mut self) -> io::Result<u64> {
        let bytes = self.flush()?;
        if let Some(writer) = &self.writer {
            writer.get_ref().inner.get_ref().sync_data()?;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::table::{Table, TableOptions};

    #[test]
    fn refused_rows_are_written_behind_those_of_the_last_time() {
        let folder = std::env::temp_dir().join(format!("danggol-rejects-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (file, rejected) = (folder.join("file.csv"), folder.join("file.csv.rejected.csv"));
        std::fs::write(&file, "a,b\n1,\"x,\"\"y\"\n2\n").unwrap();
        let mut table = Table::open(&file, &TableOptions::default()).unwrap();
        let columns = table.columns().to_vec();
        let mut rows = Vec::new();
        let mut row = Row::default();
        while table.next(&mut row).unwrap() {
            rows.push(Original::of(&row));
        }
        let mut rejects = Rejects::open(&rejected, &columns, true, 0).unwrap();
        assert_eq!(rejects.sync().unwrap(), 0);
        assert!(!rejected.exists(), "a file without refused rows is not made");
        rejects.write(&rows[0], "one", "first").unwrap();
        let kept = rejects.sync().unwrap();
        rejects.write(&rows[1], "lost", "written after the checkpoint").unwrap();
        rejects.sync().unwrap();
        drop(rejects);
        let mut again = Rejects::open(&rejected, &columns, true, kept).unwrap();
        again.write(&rows[1], "two", "second").unwrap();
        again.sync().unwrap();
        let text = std::fs::read_to_string(&rejected).unwrap();
        assert_eq!(text, "\u{FEFF}a,b,danggol_row,danggol_code,danggol_reason\n1,\"x,\"\"y\",2,one,first\n2,,3,two,second\n");
        assert!(Rejects::open(&rejected, &columns, true, 10_000).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

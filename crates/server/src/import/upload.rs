//! A file that has arrived: looked at, and made a job of.

use std::path::Path;

use danggol_core::id::ImportId;
use danggol_core::language::Language;
use danggol_core::purchase::PurchaseKind;

use super::columns::Kind;
use super::job::{Body, Checkpoint, Job, Origin, Status, fingerprint, kind_word};
use super::run::{ImportError, mapping, plan, recognised};
use super::table::{self, Format};

/// Rows that are shown.
const SAMPLE_ROWS: usize = 20;
/// How much of a cell is shown, in characters.
const SAMPLE_CHARACTERS: usize = 200;

/// A file to be imported.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Its id.
    pub id: ImportId,
    /// What its rows are.
    pub kind: Kind,
    /// Who runs it.
    pub origin: Origin,
    /// Where it lies.
    pub path: &'a Path,
    /// What it is called.
    pub file_name: String,
    /// Where its refused rows are to be written.
    pub rejected_path: &'a Path,
    /// Its mapping file, where there is one.
    pub mapping: Option<String>,
    /// Whether its purchases earn.
    pub purchases_as: PurchaseKind,
    /// The language of its refused rows.
    pub language: Language,
}

/// Looks at the first rows of a file, and makes a job of it that waits to be started.
pub fn arrive(arrival: Arrival<'_>, now_ms: i64) -> Result<Job, ImportError> {
    let Arrival { id, kind, origin, path, file_name, rejected_path, mapping: written, purchases_as, language } = arrival;
    let options = mapping(kind, written.as_deref())?.map(|mapping| mapping.options).unwrap_or_default();
    let first = table::preview(path, &options, SAMPLE_ROWS)?;
    let word = match purchases_as {
        PurchaseKind::Earn => "earn",
        PurchaseKind::History => "history",
    };
    let asked = [kind_word(kind), word, written.as_deref().unwrap_or_default()];
    let shown = |cell: &str| cell.chars().take(SAMPLE_CHARACTERS).collect();
    let body = Body {
        origin,
        file_name,
        path: path.to_owned(),
        rejected_path: rejected_path.to_owned(),
        bytes: path.metadata().map_err(table::TableError::Io)?.len(),
        fingerprint: fingerprint(path, &asked).map_err(table::TableError::Io)?,
        encoding: format_name(&first.format).to_owned(),
        header: first.columns,
        sample: first.rows.iter().map(|row| row.cells().map(shown).collect()).collect(),
        mapping: written,
        purchases_as,
        language,
        started_at_ms: None,
        finished_at_ms: None,
        error: None,
        checkpoint: Checkpoint::default(),
    };
    Ok(Job { id, kind, status: Status::Uploaded, created_at_ms: now_ms, body })
}

/// Looks at the file of a job again, by the mapping that it has now, and refuses a mapping by which no row can be taken.
pub fn look_again(job: &mut Job) -> Result<(), ImportError> {
    let written = mapping(job.kind, job.body.mapping.as_deref())?;
    let options = written.as_ref().map(|mapping| mapping.options.clone()).unwrap_or_default();
    let first = table::preview(&job.body.path, &options, SAMPLE_ROWS)?;
    let mapping = written.unwrap_or_else(|| recognised(job.kind, &first.columns));
    plan(job.kind, &mapping, &first.columns)?;
    (job.body.header, job.body.encoding) = (first.columns, format_name(&first.format).to_owned());
    Ok(())
}

/// The encoding of a text file, or what other kind of file it is.
pub fn format_name(format: &Format) -> &'static str {
    match format {
        Format::Text { encoding, .. } => encoding.name(),
        Format::Workbook { .. } => "XLSX",
        Format::Parquet => "Parquet",
    }
}

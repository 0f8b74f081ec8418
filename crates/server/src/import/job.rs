//! A file on its way in: what is asked of it, how far it has come, and what became of its rows. It is kept as JSON in the database,
//! so that an import which was interrupted goes on where it surely was.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use danggol_core::id::ImportId;
use danggol_core::language::Language;
use danggol_core::purchase::PurchaseKind;
use danggol_store::imports::ImportRecord;
use danggol_store::{Conn, StoreError, imports};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::columns::Kind;
use super::reason::Reason;

/// How much of a file's beginning tells it from another one of the same length and time.
const FINGERPRINT_BYTES: u64 = 1 << 20;
/// Kinds of reasons that are told apart; rows refused for further ones are counted with the last.
const TALLIES_MAX: usize = 200;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The file is here and waits for somebody to say what its columns are.
    Uploaded,
    /// Its rows are being taken, or wait for their turn.
    Running,
    /// All rows are taken or refused.
    Done,
    /// Something went wrong with the whole file.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 5] = [Status::Uploaded, Status::Running, Status::Done, Status::Failed, Status::Cancelled];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Status::Uploaded => "uploaded",
            Status::Running => "running",
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
        }
    }
}

/// The word of a kind of rows, in the database and on the wire.
pub fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Members => "members",
        Kind::Products => "products",
        Kind::Purchases => "purchases",
    }
}

/// The kind of rows of a word.
pub fn kind_of(word: &str) -> Option<Kind> {
    [Kind::Members, Kind::Products, Kind::Purchases].into_iter().find(|kind| kind_word(*kind) == word)
}

/// Who runs a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A server, which takes it up again when it starts.
    Server,
    /// A command, which takes it up again when it is given the same file.
    Command,
}

/// What became of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Counts {
    /// Rows that were taken and changed something.
    pub imported: u64,
    /// Rows that say what is kept already.
    pub unchanged: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Members who are new.
    pub members: u64,
    /// Products that are new or changed.
    pub products: u64,
    /// Purchases that are new.
    pub purchases: u64,
    /// Purchases that were kept already.
    pub purchases_unchanged: u64,
    /// Lines of new purchases.
    pub lines: u64,
    /// Lines of purchases, new and kept already, whose product is not in the catalogue.
    pub lines_without_product: u64,
    /// Lines of purchases, new and kept already, with an amount or a quantity of zero or below.
    pub lines_at_or_under_zero: u64,
}

/// How many rows were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The code.
    pub code: String,
    /// The field that it is about.
    pub field: Option<String>,
    /// What is wrong, in the order of [`Language::ALL`].
    pub texts: [String; 4],
    /// Rows.
    pub rows: u64,
}

/// How far a job surely is: everything before a row, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Checkpoint {
    /// The first row that is not surely taken or refused; zero when nothing is.
    pub next_row: u64,
    /// Rows before it.
    pub rows_read: u64,
    /// What became of them.
    pub counts: Counts,
    /// Why those were refused that were.
    pub tallies: Vec<Tally>,
    /// How long the file of refused rows was.
    pub rejected_bytes: u64,
}

impl Checkpoint {
    /// Counts a refused row.
    pub fn refuse(&mut self, kind: Kind, reason: &Reason) {
        self.counts.refused += 1;
        let (code, field) = (reason.code(), reason.field());
        let known = self.tallies.iter().position(|tally| tally.code == code && tally.field == field);
        match known.or((self.tallies.len() == TALLIES_MAX).then_some(TALLIES_MAX - 1)) {
            Some(place) => self.tallies[place].rows += 1,
            None => self.tallies.push(Tally {
                code: code.to_owned(),
                field,
                texts: Language::ALL.map(|language| reason.sentence(kind, language)),
                rows: 1,
            }),
        }
    }
}

/// What a job knows of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Who runs it.
    pub origin: Origin,
    /// What the file is called.
    pub file_name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Where its refused rows are written.
    pub rejected_path: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// What tells it from other files.
    pub fingerprint: String,
    /// The encoding of a text file, or what other kind of file it is.
    pub encoding: String,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its first rows.
    pub sample: Vec<Vec<String>>,
    /// The mapping file; none: columns are recognised by their names.
    pub mapping: Option<String>,
    /// Whether purchases earn.
    pub purchases_as: PurchaseKind,
    /// The language of its refused rows.
    pub language: Language,
    /// When it began.
    pub started_at_ms: Option<i64>,
    /// When it ended.
    pub finished_at_ms: Option<i64>,
    /// What went wrong with the whole file, in the order of [`Language::ALL`].
    pub error: Option<[String; 4]>,
    /// How far it surely is.
    pub checkpoint: Checkpoint,
}

/// A file on its way in.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: ImportId,
    /// What its rows are.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// UTC milliseconds.
    pub created_at_ms: i64,
    /// The rest.
    pub body: Body,
}

impl Job {
    /// The job of a record.
    pub fn of(record: &ImportRecord) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged(format!("the import {}", record.id));
        Ok(Job {
            id: record.id,
            kind: kind_of(&record.kind).ok_or_else(damaged)?,
            status: Status::ALL.into_iter().find(|status| status.word() == record.status).ok_or_else(damaged)?,
            created_at_ms: record.created_at_ms,
            body: serde_json::from_str(&record.body).map_err(|_| damaged())?,
        })
    }

    /// The record of the job.
    pub fn record(&self, now_ms: i64) -> Result<ImportRecord, StoreError> {
        let body = serde_json::to_string(&self.body).map_err(|error| StoreError::Damaged(error.to_string()))?;
        Ok(ImportRecord {
            id: self.id,
            kind: kind_word(self.kind).to_owned(),
            status: self.status.word().to_owned(),
            body,
            created_at_ms: self.created_at_ms,
            updated_at_ms: now_ms,
        })
    }

    /// The job of an id.
    pub fn find(conn: &mut Conn, id: ImportId) -> Result<Option<Self>, StoreError> {
        imports::find(conn, id)?.map(|record| Job::of(&record)).transpose()
    }

    /// Forgets what became of its rows, to begin anew.
    pub fn begin(&mut self, now_ms: i64) {
        self.body.checkpoint = Checkpoint::default();
        self.go_on(now_ms);
    }

    /// Goes on where it surely was.
    pub fn go_on(&mut self, now_ms: i64) {
        self.status = Status::Running;
        self.body.started_at_ms = self.body.started_at_ms.or(Some(now_ms));
        (self.body.finished_at_ms, self.body.error) = (None, None);
    }
}

/// What tells a file from others: its length, the time of its last change, and its beginning; with what is asked of it.
pub fn fingerprint(path: &Path, asked: &[&str]) -> io::Result<String> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut hasher = Sha256::new();
    let mut beginning = Vec::new();
    file.take(FINGERPRINT_BYTES).read_to_end(&mut beginning)?;
    hasher.update(&beginning);
    for part in asked {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let start = digest[..16].iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    Ok(format!("{}-{}-{start}", metadata.len(), changed.as_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::fault::RowFault;

    #[test]
    fn refused_rows_are_counted_by_reason() {
        let mut checkpoint = Checkpoint::default();
        for reason in [Reason::Incomplete, Reason::Row(RowFault::StrayQuote), Reason::Incomplete] {
            checkpoint.refuse(Kind::Purchases, &reason);
        }
        let counted: Vec<(&str, u64)> = checkpoint.tallies.iter().map(|tally| (tally.code.as_str(), tally.rows)).collect();
        assert_eq!(counted, [("purchase_incomplete", 2), ("stray_quote", 1)]);
        assert_eq!(checkpoint.counts.refused, 3);
    }

    #[test]
    fn every_word_is_read_back() {
        for kind in [Kind::Members, Kind::Products, Kind::Purchases] {
            assert_eq!(kind_of(kind_word(kind)), Some(kind));
        }
        assert_eq!(kind_of("coupons"), None);
    }
}

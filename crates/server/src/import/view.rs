//! A file on its way in, on the wire.

use std::collections::BTreeMap;

use danggol_core::id::ImportId;
use danggol_core::language::Language;
use danggol_core::purchase::PurchaseKind;
use danggol_core::time::rfc3339;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::columns::{Field, Kind, recognise};
use super::control::{Control, Progress};
use super::job::{Counts, Job, Status, Tally};
use super::run::{needed, recognised};

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// Members.
    Members,
    /// Products.
    Products,
    /// Purchases.
    Purchases,
}

impl From<Kind> for ImportKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Members => ImportKind::Members,
            Kind::Products => ImportKind::Products,
            Kind::Purchases => ImportKind::Purchases,
        }
    }
}

impl From<ImportKind> for Kind {
    fn from(kind: ImportKind) -> Self {
        match kind {
            ImportKind::Members => Kind::Members,
            ImportKind::Products => Kind::Products,
            ImportKind::Purchases => Kind::Purchases,
        }
    }
}

/// Something that a row can say.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportField {
    /// Its name in mapping files.
    pub field: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// Whether no row can be taken without it. Where one of several is enough, none of them is marked.
    pub required: bool,
}

/// How far an import is. `imported`, `unchanged` and `refused` are rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportProgress {
    /// Rows read.
    pub rows_read: u64,
    /// Rows of the file, where they are known.
    pub rows_total: Option<u64>,
    /// About how many bytes of the file are read.
    pub bytes_read: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// Rows that were taken and changed something.
    pub imported: u64,
    /// Rows that say what is kept already.
    pub unchanged: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Rows read a second.
    pub rows_per_second: f64,
    /// Seconds until the end at this rate.
    pub seconds_left: Option<f64>,
}

/// Rows that were refused for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReason {
    /// The stable code, behind the field that it is about, as in `amount.not_a_number`.
    pub code: String,
    /// What is wrong and what to mend.
    pub text: String,
    /// How many rows.
    pub rows: u64,
}

/// A file on its way in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// What its rows are.
    pub kind: ImportKind,
    /// What the file is called.
    pub file_name: String,
    /// How long it is.
    pub bytes: u64,
    /// Where it stands.
    pub status: Status,
    /// The encoding of a text file, or `XLSX` or `Parquet`.
    pub encoding: String,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its first rows.
    pub sample: Vec<Vec<String>>,
    /// For each field the column, from zero, that seems to be it.
    pub suggested: BTreeMap<&'static str, Option<usize>>,
    /// The mapping as a file, to keep and to change.
    pub mapping_toml: String,
    /// What its rows can say.
    pub fields: Vec<ImportField>,
    /// Whether its purchases earn.
    #[serde(rename = "as")]
    pub purchases_as: PurchaseKind,
    /// How far it is.
    pub progress: ImportProgress,
    /// What became of its rows, in members, products and purchases.
    pub counts: Counts,
    /// Why rows were refused, the most frequent first.
    pub reasons: Vec<ImportReason>,
    /// When it began.
    pub started_at: Option<String>,
    /// When it ended.
    pub finished_at: Option<String>,
    /// What went wrong with the whole file.
    pub error: Option<String>,
}

fn suggested(kind: Kind, header: &[String]) -> BTreeMap<&'static str, Option<usize>> {
    let mut suggested: BTreeMap<&'static str, Option<usize>> = kind.fields().map(|field| (field.name(), None)).collect();
    suggested.extend(recognise(kind, header).into_iter().map(|guess| (guess.field.name(), Some(guess.column))));
    suggested
}

fn fields(kind: Kind, language: Language) -> Vec<ImportField> {
    let required = |field: Field| needed(kind).contains(&[field].as_slice());
    kind.fields()
        .map(|field| ImportField {
            field: field.name(),
            label: kind.label(field, language).unwrap_or_else(|| field.name()),
            required: required(field),
        })
        .collect()
}

/// The reasons, the most frequent first.
pub fn reasons(tallies: &[Tally], language: Language) -> Vec<ImportReason> {
    let mut reasons: Vec<ImportReason> = tallies
        .iter()
        .map(|tally| ImportReason {
            code: tally.field.as_ref().map_or_else(|| tally.code.clone(), |field| format!("{field}.{}", tally.code)),
            text: language.pick(&tally.texts.each_ref().map(String::as_str)).to_owned(),
            rows: tally.rows,
        })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rows));
    reasons
}

impl Import {
    /// A job as a caller sees it, with what is known of it while it runs.
    pub fn new(job: &Job, live: Option<&Control>, language: Language) -> Self {
        let Job { id, kind, status, body, .. } = job;
        let kept = Progress { rows_read: body.checkpoint.rows_read, counts: body.checkpoint.counts, ..Progress::default() };
        let told = live.map(Control::progress).filter(|told| told.rows_read >= kept.rows_read && *status == Status::Running);
        let share = told.map_or(if *status == Status::Done { 1.0 } else { 0.0 }, |told| told.share);
        let progress = told.unwrap_or(kept);
        let counts = progress.counts;
        Import {
            id: *id,
            kind: (*kind).into(),
            file_name: body.file_name.clone(),
            bytes: body.bytes,
            status: *status,
            encoding: body.encoding.clone(),
            header: body.header.clone(),
            sample: body.sample.clone(),
            suggested: suggested(*kind, &body.header),
            mapping_toml: body.mapping.clone().unwrap_or_else(|| recognised(*kind, &body.header).to_toml()),
            fields: fields(*kind, language),
            purchases_as: body.purchases_as,
            progress: ImportProgress {
                rows_read: progress.rows_read,
                rows_total: progress.rows_total.or((*status == Status::Done).then_some(progress.rows_read)),
                bytes_read: (share * body.bytes as f64) as u64,
                bytes_total: body.bytes,
                imported: counts.imported,
                unchanged: counts.unchanged,
                refused: counts.refused,
                rows_per_second: progress.rows_per_second,
                seconds_left: progress.seconds_left,
            },
            counts,
            reasons: reasons(&body.checkpoint.tallies, language),
            started_at: body.started_at_ms.map(rfc3339),
            finished_at: body.finished_at_ms.map(rfc3339),
            error: body.error.as_ref().map(|texts| language.pick(&texts.each_ref().map(String::as_str)).to_owned()),
        }
    }
}

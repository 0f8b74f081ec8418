//! One import from its first row to its last: the same code for the command and the server.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use danggol_core::consent::{ConsentRules, Matter};
use danggol_core::language::Language;
use danggol_store::{StoreError, consent, imports, setting};
use jiff::tz::TimeZone;
use thiserror::Error;

use super::columns::{Field, Kind};
use super::control::{Control, Stop};
use super::job::{Checkpoint, Job, Status};
use super::mapping::{Mapping, MappingError, Origin, Plan, Rule, Target};
use super::reason::{self, Reason};
use super::rejects::{Original, Rejects};
use super::table::{self, Row, Table, TableError, TableOptions};
use super::{members, products, purchases};
use crate::app::App;
use crate::pipeline::PipelineError;

/// Rows from which it is learnt how a column writes its numbers.
const LEARNT_ROWS: usize = 1_000;
/// Rows after which progress is told.
const TOLD_EVERY_ROWS: u64 = 512;
/// How often a job is written down.
const SAVED_EVERY: Duration = Duration::from_secs(1);
/// How often an import goes on by itself after the database refused, without getting any further.
const MOST_TRIES: u32 = 5;
/// How long it waits before that.
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Why an import cannot go on.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// No column says what every row must have.
    #[error("columns_missing: one of {}", .fields.iter().map(|field| field.name()).collect::<Vec<_>>().join(", "))]
    Columns {
        /// What the rows are.
        kind: Kind,
        /// The fields of which one is needed.
        fields: &'static [Field],
    },
    /// The file of refused rows cannot be written.
    #[error("rejects_unwritable: {0}")]
    Rejects(#[from] io::Error),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pipeline refused, or its answer was lost.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}

impl ImportError {
    /// What is wrong, for a person.
    pub fn sentence(&self, language: Language) -> String {
        match self {
            ImportError::Table(error) => error.sentence(language).to_owned(),
            ImportError::Mapping(error) => error.sentence(language),
            ImportError::Columns { kind, fields } => reason::no_column(*kind, fields, language),
            ImportError::Rejects(_) => language
                .pick(&[
                    "无法写入被拒行的文件，请检查磁盘空间和权限。",
                    "無法寫入被拒列的檔案，請檢查磁碟空間和權限。",
                    "거부된 행의 파일을 쓸 수 없습니다. 디스크 공간과 권한을 확인해 주세요.",
                    "The file of refused rows cannot be written; check the disk's space and permissions.",
                ])
                .to_owned(),
            ImportError::Store(_) | ImportError::Pipeline(_) => language
                .pick(&[
                    "数据库暂时不可用；已导入的行都保留，再次开始即可继续。",
                    "資料庫暫時無法使用；已匯入的列都保留，再次開始即可繼續。",
                    "데이터베이스를 쓸 수 없습니다. 가져온 행은 남아 있으니 다시 시작하면 이어집니다.",
                    "The database is not available. The rows imported so far are kept; start again to go on.",
                ])
                .to_owned(),
        }
    }

    /// Whether it may be gone in a moment.
    fn may_pass(&self) -> bool {
        let store = |error: &StoreError| {
            error.is_transient() || error.is_outcome_unknown() || matches!(error, StoreError::Busy | StoreError::Fenced)
        };
        match self {
            ImportError::Store(error) => store(error),
            ImportError::Pipeline(PipelineError::Store(error)) => store(error),
            ImportError::Pipeline(PipelineError::Full) => true,
            ImportError::Pipeline(PipelineError::Closed)
            | ImportError::Table(_)
            | ImportError::Mapping(_)
            | ImportError::Columns { .. }
            | ImportError::Rejects(_) => false,
        }
    }
}

/// What stands on the brand that rows are read by.
pub struct Facts {
    /// The zone of times without an offset.
    pub zone: TimeZone,
    /// The country of telephone numbers.
    pub country: String,
    /// Decimals of the currency.
    pub exponent: u32,
    /// The hour at which the business day changes.
    pub cut_hour: u8,
    /// UTC milliseconds at which the import began.
    pub now_ms: i64,
    /// For what the brand asks its members.
    pub consents: ConsentRules,
}

/// One try to take a file's rows.
pub struct Work<'a> {
    /// Where they go.
    pub app: &'a App,
    /// The job.
    pub job: &'a mut Job,
    /// Whether to end, and who wants to know how far it is.
    pub control: &'a Control,
    /// How rows are read.
    pub plan: Plan,
    /// What stands on the brand.
    pub facts: Facts,
    /// What became of the rows so far.
    pub outcome: Checkpoint,
    /// Rows of the file, where they are known.
    pub rows_total: Option<u64>,
    /// Rows read.
    pub rows_read: u64,
    table: Table,
    rejects: Rejects,
    saved_at: Instant,
}

impl Work<'_> {
    /// Reads the next row; false at the end of the file.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, ImportError> {
        let is_there = self.table.next(row)?;
        self.rows_read += u64::from(is_there);
        if !is_there || self.rows_read.is_multiple_of(TOLD_EVERY_ROWS) {
            self.tell();
        }
        Ok(is_there)
    }

    fn tell(&self) {
        let share = match self.table.total() {
            Some(total) if total > 0 => self.table.position() as f64 / total as f64,
            _ => self.rows_total.filter(|total| *total > 0).map_or(0.0, |total| self.rows_read as f64 / total as f64),
        };
        self.control.tell(self.rows_read, self.rows_total, share, self.outcome.counts);
    }

    /// Refuses a row.
    pub fn refuse(&mut self, original: &Original, reason: &Reason) -> Result<(), ImportError> {
        self.outcome.refuse(self.job.kind, reason);
        let sentence = reason.sentence_of_row(self.job.kind, self.job.body.language);
        self.rejects.write(original, reason.code(), &sentence)?;
        Ok(())
    }

    /// Notes that everything before a row, which is the one after `rows_read` rows, is surely taken or refused; writes it down when
    /// the last time is a while ago.
    pub fn reached(&mut self, next_row: u64, rows_read: u64) -> Result<(), ImportError> {
        let rejected_bytes = self.rejects.flush()?;
        self.job.body.checkpoint = Checkpoint { next_row, rows_read, rejected_bytes, ..self.outcome.clone() };
        if self.saved_at.elapsed() >= SAVED_EVERY {
            self.rejects.sync()?;
            save(self.app, self.job, Status::Running)?;
            self.saved_at = Instant::now();
        }
        Ok(())
    }
}

/// Writes a job down; false when it is not in that status any more.
pub fn save(app: &App, job: &Job, from: Status) -> Result<bool, StoreError> {
    let record = job.record(app.now_ms())?;
    app.store.write_blocking(move |conn| imports::update(conn, &record, from.word()))
}

/// The mapping of a job, and what it says about the file.
pub fn mapping(kind: Kind, text: Option<&str>) -> Result<Option<Mapping>, MappingError> {
    text.map(|text| Mapping::parse(kind, text)).transpose()
}

/// The mapping of the columns that are recognised by their names. A member's column called `custom.key` is the brand's own field of
/// that key, and one called `consent.purpose.channel` what she agreed to, as exports write them.
pub fn recognised(kind: Kind, header: &[String]) -> Mapping {
    let mut mapping = Mapping::recognised(kind, header);
    if kind == Kind::Members {
        let own = header.iter().filter_map(|name| Some((name, name.strip_prefix("custom.")?)));
        let said = header.iter().filter_map(|name| Some((name, Matter::parse(name.strip_prefix("consent.")?)?)));
        let is_named = |name: &str| name.starts_with("custom.") || name.starts_with("consent.");
        mapping.rules.retain(|rule| !matches!(&rule.origin, Origin::Column(name) if is_named(name)));
        mapping.rules.extend(said.map(|(name, matter)| Rule::of(Target::Consent(matter), Origin::Column(name.clone()))));
        mapping.rules.extend(own.map(|(name, key)| Rule::of(Target::Custom(key.to_owned()), Origin::Column(name.clone()))));
    }
    mapping
}

/// Fields of which every row needs one, by the kind of rows.
pub fn needed(kind: Kind) -> &'static [&'static [Field]] {
    match kind {
        Kind::Members => &[&[Field::Phone, Field::Email, Field::Card, Field::External]],
        Kind::Products => &[&[Field::Sku]],
        Kind::Purchases => &[
            &[Field::At, Field::Date],
            &[Field::Amount, Field::UnitPrice, Field::Total],
            &[Field::MemberPhone, Field::MemberCard, Field::MemberExternal, Field::MemberEmail],
        ],
    }
}

/// Settles a mapping against a file's columns, and refuses one without which no row can be taken.
pub fn plan(kind: Kind, mapping: &Mapping, columns: &[String]) -> Result<Plan, ImportError> {
    let plan = mapping.plan(columns)?;
    match needed(kind).iter().find(|fields| !fields.iter().any(|field| plan.has(*field))) {
        Some(fields) => Err(ImportError::Columns { kind, fields }),
        None => Ok(plan),
    }
}

/// Runs a job to its end, and writes down how it ended. It must be in the status `running` in the database. Must not be called inside an
/// async runtime.
pub fn run(app: &App, job: &mut Job, control: &Control) -> Result<(), ImportError> {
    let mut tries = 0;
    let ended = loop {
        let before = job.body.checkpoint.next_row;
        match attempt(app, job, control) {
            Err(error) if error.may_pass() && tries < MOST_TRIES && control.stopped().is_none() => {
                tries = if job.body.checkpoint.next_row > before { 1 } else { tries + 1 };
                tracing::warn!(%error, import = %job.id, tries, "an import goes on in a moment");
                thread::sleep(TRY_AGAIN_AFTER * tries);
            }
            ended => break ended,
        }
    };
    if let Ok(Some(Stop::Suspended)) = ended {
        save(app, job, Status::Running)?;
        return Ok(());
    }
    (job.status, job.body.error) = match &ended {
        Ok(None) => (Status::Done, None),
        Ok(Some(_)) => (Status::Cancelled, None),
        Err(error) => (Status::Failed, Some(Language::ALL.map(|language| error.sentence(language)))),
    };
    job.body.finished_at_ms = Some(app.now_ms());
    let saved = save(app, job, Status::Running);
    ended?;
    saved?;
    Ok(())
}

/// One try: from where the job surely was to the end of the file, or to where it should end.
fn attempt(app: &App, job: &mut Job, control: &Control) -> Result<Option<Stop>, ImportError> {
    let keyring = std::sync::Arc::clone(&app.keyring);
    app.store.write_blocking(move |conn| setting::check_keyring(conn, &keyring))?;
    let mapping = mapping(job.kind, job.body.mapping.as_deref())?;
    let options = mapping.as_ref().map(|mapping| mapping.options.clone()).unwrap_or_default();
    let first = table::preview(&job.body.path, &options, LEARNT_ROWS)?;
    let mapping = mapping.unwrap_or_else(|| recognised(job.kind, &first.columns));
    let mut plan = plan(job.kind, &mapping, &first.columns)?;
    plan.learn(&first.rows);
    let mut work = open(app, job, control, plan, &options)?;
    let stopped = match work.job.kind {
        Kind::Members => members::take(&mut work)?,
        Kind::Products => products::take(&mut work)?,
        Kind::Purchases => purchases::take(&mut work, &options)?,
    };
    work.tell();
    work.rejects.sync()?;
    Ok(stopped)
}

fn open<'a>(
    app: &'a App,
    job: &'a mut Job,
    control: &'a Control,
    plan: Plan,
    options: &TableOptions,
) -> Result<Work<'a>, ImportError> {
    let mut table = Table::open(&job.body.path, options)?;
    let outcome = job.body.checkpoint.clone();
    if outcome.next_row > 0 {
        table.skip_to(outcome.next_row)?;
    }
    let has_header = options.header != Some(false);
    let rejects = Rejects::open(&job.body.rejected_path, table.columns(), has_header, outcome.rejected_bytes)?;
    let brand = app.brand();
    let facts = Facts {
        zone: brand.zone(),
        country: brand.country.clone(),
        exponent: brand.currency_exponent,
        cut_hour: brand.day_cut_hour,
        now_ms: app.now_ms(),
        consents: app.store.read_blocking({
            let country = brand.country.clone();
            move |conn| consent::rules(conn, &country)
        })?,
    };
    let rows_total = match table.progress_unit() {
        table::ProgressUnit::Rows => table.total(),
        table::ProgressUnit::Bytes => None,
    };
    let rows_read = outcome.rows_read;
    Ok(Work { app, job, control, plan, facts, outcome, rows_total, rows_read, table, rejects, saved_at: Instant::now() })
}

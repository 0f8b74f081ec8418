//! `danggol import`: files that bring members, products and purchases. Where a server holds the data folder, it does the work.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use danggol_core::id::ImportId;
use danggol_core::language::Language;
use danggol_core::money::number_words;
use danggol_core::purchase::PurchaseKind;
use danggol_store::{StoreError, Target, imports};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::{Context, Report, beside};
use crate::app::App;
use crate::brand::Brand;
use crate::import::columns::Kind;
use crate::import::control::Control;
use crate::import::job::{Job, Origin, Status};
use crate::import::mapping::{Mapping, Origin as From, Target as To};
use crate::import::run::{self, ImportError};
use crate::import::upload::{Arrival, arrive};
use crate::import::view::{Import, ImportKind};

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How often the writer's lease is prolonged.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How many jobs back an interrupted one is looked for.
const JOBS_BACK: i64 = 200;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rows {
    Members,
    Products,
    Purchases,
}

/// Whether purchases earn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Earning {
    /// They count for tier and pyramid and give no points
    History,
    /// They earn by the programme in force
    Earn,
}

/// What to bring in.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What its rows are
    rows: Rows,
    /// A CSV, XLSX or Parquet file
    file: PathBuf,
    /// Which columns are what, and how their values are read [default: recognised by their names]
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Whether purchases earn
    #[arg(long = "as", value_enum, default_value = "history")]
    earning: Earning,
    /// The language of the refused rows: zh-CN, zh-TW, ko or en [default: the language of this terminal]
    #[arg(long, value_name = "TAG", value_parser = tag)]
    language: Option<Language>,
}

fn tag(text: &str) -> Result<Language, String> {
    let known = Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(text));
    known.ok_or_else(|| Language::ALL.map(Language::tag).join(", "))
}

/// A file to bring in, as the command was told.
pub struct Errand {
    /// What its rows are.
    pub kind: ImportKind,
    /// Where it lies.
    pub file: PathBuf,
    /// What it is called.
    pub file_name: String,
    /// Where its refused rows go.
    pub rejected: PathBuf,
    /// Its mapping file.
    pub mapping: Option<String>,
    /// Whether its purchases earn.
    pub purchases_as: PurchaseKind,
}

impl Errand {
    fn of(args: &Args) -> Result<Self> {
        let kind = match args.rows {
            Rows::Members => ImportKind::Members,
            Rows::Products => ImportKind::Products,
            Rows::Purchases => ImportKind::Purchases,
        };
        let file = args.file.canonicalize().with_context(|| args.file.display().to_string())?;
        let read = |path: &PathBuf| std::fs::read_to_string(path).with_context(|| path.display().to_string());
        let mut rejected = args.file.clone().into_os_string();
        rejected.push(".rejected.csv");
        Ok(Errand {
            kind,
            file_name: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            file,
            rejected: std::path::absolute(PathBuf::from(rejected))?,
            mapping: args.mapping.as_ref().map(read).transpose()?,
            purchases_as: match args.earning {
                Earning::History => PurchaseKind::History,
                Earning::Earn => PurchaseKind::Earn,
            },
        })
    }
}

/// Brings the file in.
pub fn run(context: &Context, args: &Args) -> Result<()> {
    let report = Report { language: args.language.unwrap_or(context.report.language), ..context.report };
    let errand = Errand::of(args)?;
    let began = Instant::now();
    let opened = context.open();
    let is_served =
        opened.as_ref().err().and_then(|error| error.downcast_ref()).is_some_and(|error| matches!(error, StoreError::InUse(_)));
    let done = match (opened, &context.config.target) {
        (Ok(app), _) => here(&app, &errand, report),
        (Err(_), Target::Sqlite { dir, .. }) if is_served => beside::import(dir, &errand, report),
        (Err(error), _) => return Err(error),
    }?;
    tell(report, &errand, &done, began.elapsed())
}

/// Brings the file in with this process.
fn here(app: &Arc<App>, errand: &Errand, report: Report) -> Result<Value> {
    let imported = import_here(app, errand, report);
    let closed = app.close();
    let job = imported?;
    closed?;
    Ok(serde_json::to_value(Import::new(&job, None, report.language))?)
}

fn import_here(app: &Arc<App>, errand: &Errand, report: Report) -> Result<Job> {
    if app.brand().as_ref() == &Brand::unset() {
        report.say(&[
            "尚未设置品牌：金额按美元、时间按 UTC 读取。可先运行 danggol brand。",
            "尚未設定品牌：金額按美元、時間按 UTC 讀取。可先執行 danggol brand。",
            "아직 브랜드가 없어 금액은 미국 달러, 시각은 UTC로 읽습니다. 먼저 danggol brand를 실행할 수 있습니다.",
            "No brand is set up yet: amounts are read as US dollars, times as UTC. Run `danggol brand` first to say otherwise.",
        ]);
    }
    let said = |error: ImportError| anyhow::anyhow!("{} ({error})", error.sentence(report.language));
    let mut job = arrive(
        Arrival {
            id: ImportId(app.next_id()),
            kind: errand.kind.into(),
            origin: Origin::Command,
            path: &errand.file,
            file_name: errand.file_name.clone(),
            rejected_path: &errand.rejected,
            mapping: errand.mapping.clone(),
            purchases_as: errand.purchases_as,
            language: report.language,
        },
        app.now_ms(),
    )
    .map_err(said)?;
    introduce(&job, report).map_err(said)?;
    begin(app, &mut job, report)?;
    watched(app, job, report, said)
}

/// Writes the job down as running: a new one, or an interrupted one of the same file, which goes on where it surely was.
fn begin(app: &App, job: &mut Job, report: Report) -> Result<()> {
    let now_ms = app.now_ms();
    let records = app.store.read_blocking(|conn| imports::newest(conn, JOBS_BACK))?;
    let earlier = records.iter().filter_map(|record| Job::of(record).ok()).find(|earlier| {
        earlier.kind == job.kind && earlier.body.origin == Origin::Command && earlier.body.fingerprint == job.body.fingerprint
    });
    let is_there = |earlier: &Job| match earlier.body.checkpoint.rejected_bytes {
        0 => true,
        bytes => earlier.body.rejected_path.metadata().is_ok_and(|found| found.len() >= bytes),
    };
    match earlier.filter(|earlier| !matches!(earlier.status, Status::Done | Status::Uploaded)) {
        Some(mut interrupted) if is_there(&interrupted) && interrupted.body.rejected_path == job.body.rejected_path => {
            if interrupted.body.checkpoint.next_row > 0 {
                let row = number_words(i64::try_from(interrupted.body.checkpoint.next_row).unwrap_or(i64::MAX));
                report.say(&[
                    &format!("从上次中断处继续：第 {row} 行。"),
                    &format!("從上次中斷處繼續：第 {row} 列。"),
                    &format!("지난번에 멈춘 {row}행부터 이어서 가져옵니다."),
                    &format!("Going on where the last import of this file ended: row {row}."),
                ]);
            }
            let from = interrupted.status;
            interrupted.body.path.clone_from(&job.body.path);
            interrupted.body.language = job.body.language;
            interrupted.go_on(now_ms);
            run::save(app, &interrupted, from)?;
            *job = interrupted;
        }
        _ => {
            job.begin(now_ms);
            let record = job.record(now_ms)?;
            app.store.write_blocking(move |conn| imports::insert(conn, &record))?;
        }
    }
    Ok(())
}

/// Runs a job on a thread of its own and shows how far it is.
fn watched(app: &Arc<App>, mut job: Job, report: Report, said: impl Fn(ImportError) -> anyhow::Error) -> Result<Job> {
    let control = Control::default();
    thread::scope(|scope| {
        let running = scope.spawn(|| {
            let ran = run::run(app, &mut job, &control);
            (job, ran)
        });
        let (mut bar, mut renewed_at) = (Bar::new(report), Instant::now());
        while !running.is_finished() {
            thread::sleep(LOOK_EVERY);
            let told = control.progress();
            bar.show(told.share, told.rows_read, told.rows_per_second, told.seconds_left);
            if renewed_at.elapsed() >= RENEW_EVERY {
                app.pipeline.renew()?;
                renewed_at = Instant::now();
            }
        }
        bar.end();
        match running.join() {
            Ok((job, Ok(()))) => Ok(job),
            Ok((_, Err(error))) => Err(said(error)),
            Err(_) => bail!("the import ended early; run it again to go on"),
        }
    })
}

/// Says what was recognised about a file, and how its columns are read.
fn introduce(job: &Job, report: Report) -> Result<(), ImportError> {
    let written = run::mapping(job.kind, job.body.mapping.as_deref())?;
    let mapping = written.unwrap_or_else(|| run::recognised(job.kind, &job.body.header));
    run::plan(job.kind, &mapping, &job.body.header)?;
    if !report.json {
        eprintln!("{}  {}", job.body.file_name, job.body.encoding);
        columns(job.kind, &mapping, report.language).iter().for_each(|line| eprintln!("  {line}"));
    }
    Ok(())
}

/// One line for each field: where it comes from.
fn columns(kind: Kind, mapping: &Mapping, language: Language) -> Vec<String> {
    let line = |rule: &crate::import::mapping::Rule| {
        let field = match &rule.target {
            To::Field(field) => kind.label(*field, language).unwrap_or_else(|| field.name()).to_owned(),
            To::Custom(key) => key.clone(),
            To::Consent(_) => rule.target.name(),
        };
        match &rule.origin {
            From::Column(column) => format!("{field} ← {column}"),
            From::Constant(constant) => format!("{field} = {constant}"),
            From::Template(template) => format!("{field} ← {template}"),
            From::Join { columns, .. } | From::Sum(columns) => format!("{field} ← {}", columns.join(" + ")),
        }
    };
    mapping.rules.iter().map(line).collect()
}

/// How far an import is, on a terminal as a bar, elsewhere as a line now and then.
pub struct Bar {
    bar: Option<ProgressBar>,
    report: Report,
    told_at: Instant,
}

impl Bar {
    /// A bar that shows nothing yet.
    pub fn new(report: Report) -> Self {
        let is_shown = !report.json && std::io::stderr().is_terminal();
        let bar = is_shown.then(|| {
            let style = ProgressStyle::with_template("{bar:40} {percent:>3}%  {msg}");
            ProgressBar::new(10_000).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Bar { bar, report, told_at: Instant::now() }
    }

    /// Shows how far it is.
    pub fn show(&mut self, share: f64, rows: u64, rows_per_second: f64, seconds_left: Option<f64>) {
        let is_due = self.bar.is_some() || !self.report.json && self.told_at.elapsed() >= LINE_EVERY;
        if !is_due {
            return;
        }
        self.told_at = Instant::now();
        let words = |number: f64| number_words(number as i64);
        let (rows, rate) = (words(rows as f64), words(rows_per_second));
        let left = seconds_left.map_or_else(|| "–".to_owned(), |left| format!("{}:{:02}", left as u64 / 60, left as u64 % 60));
        let text = match self.report.language {
            Language::ZhCn => format!("{rows} 行 · 每秒 {rate} 行 · 剩余 {left}"),
            Language::ZhTw => format!("{rows} 列 · 每秒 {rate} 列 · 剩餘 {left}"),
            Language::Ko => format!("{rows}행 · 초당 {rate}행 · 남은 시간 {left}"),
            Language::En => format!("{rows} rows · {rate} rows/s · {left} left"),
        };
        match &self.bar {
            Some(bar) => {
                bar.set_position((share * 10_000.0) as u64);
                bar.set_message(text);
            }
            None => eprintln!("{:>3.0}%  {text}", share * 100.0),
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Tells what came of it.
fn tell(report: Report, errand: &Errand, done: &Value, took: Duration) -> Result<()> {
    let at = |pointer: &str| done.pointer(pointer).cloned().unwrap_or(Value::Null);
    let rows = done.pointer("/progress/rows_read").and_then(Value::as_f64).unwrap_or(0.0);
    let refused = done.pointer("/progress/refused").and_then(Value::as_u64).unwrap_or(0);
    let seconds = (took.as_secs_f64() * 100.0).round() / 100.0;
    let mut lines: Vec<super::report::Line<'_>> = vec![
        (&["文件", "檔案", "파일", "file"], "file", errand.file_name.clone().into()),
        (&["状态", "狀態", "상태", "status"], "status", at("/status")),
        (&["读取行数", "讀取列數", "읽은 행", "rows read"], "rows_read", at("/progress/rows_read")),
        (&["导入行数", "匯入列數", "가져온 행", "rows imported"], "imported", at("/progress/imported")),
        (&["无变化行数", "無變化列數", "그대로인 행", "rows unchanged"], "unchanged", at("/progress/unchanged")),
        (&["被拒行数", "被拒列數", "거부된 행", "rows refused"], "refused", refused.into()),
    ];
    match errand.kind {
        ImportKind::Members => lines.push((&["新会员", "新會員", "새 회원", "members"], "members", at("/counts/members"))),
        ImportKind::Products => {
            lines.push((
                &["新增或更改的商品", "新增或變更的商品", "새로 넣거나 바뀐 상품", "products"],
                "products",
                at("/counts/products"),
            ));
        }
        ImportKind::Purchases => lines.extend(purchase_lines(&at)),
    }
    lines.push((&["秒", "秒", "초", "seconds"], "seconds", json!(seconds)));
    lines.push((
        &["每秒行数", "每秒列數", "초당 행", "rows/s"],
        "rows_per_second",
        json!((rows / took.as_secs_f64().max(0.001)).round() as u64),
    ));
    if refused > 0 {
        let path = errand.rejected.display().to_string();
        lines.push((&["被拒的行", "被拒的列", "거부된 행 파일", "refused rows"], "rejected_file", path.into()));
    }
    if report.json {
        lines.push((&["", "", "", ""], "reasons", at("/reasons")));
        lines.push((&["", "", "", ""], "id", at("/id")));
    }
    report.thing(&lines);
    if !report.json {
        for reason in done["reasons"].as_array().into_iter().flatten() {
            println!("{:>12}  {}", reason["rows"], reason["text"].as_str().unwrap_or_default());
        }
    }
    match done["status"].as_str() {
        Some("done") => Ok(()),
        Some("cancelled") => bail!("the import was cancelled"),
        _ => bail!("{}", done["error"].as_str().unwrap_or("the import failed")),
    }
}

fn purchase_lines(at: &impl Fn(&str) -> Value) -> [super::report::Line<'static>; 6] {
    [
        (&["新消费", "新消費", "새 구매", "purchases"], "purchases", at("/counts/purchases")),
        (
            &["无变化的消费", "無變化的消費", "그대로인 구매", "purchases unchanged"],
            "purchases_unchanged",
            at("/counts/purchases_unchanged"),
        ),
        (&["新商品行", "新商品項目", "새 품목", "lines"], "lines", at("/counts/lines")),
        (&["新会员", "新會員", "새 회원", "members"], "members", at("/counts/members")),
        (
            &["商品目录里没有的行", "商品目錄裡沒有的項目", "상품 목록에 없는 품목", "lines without a product"],
            "lines_without_product",
            at("/counts/lines_without_product"),
        ),
        (
            &["零或负数的行", "零或負數的項目", "0 이하인 품목", "lines at or under zero"],
            "lines_at_or_under_zero",
            at("/counts/lines_at_or_under_zero"),
        ),
    ]
}

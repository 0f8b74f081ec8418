//! Files that bring members, products and purchases: looked at first, then taken in the background.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::multipart::{Field as Part, MultipartError};
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use danggol_core::id::ImportId;
use danggol_core::purchase::PurchaseKind;
use danggol_store::imports;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::{JsonBody, PathId, QueryParams, unreadable};
use crate::idempotency;
use crate::import::columns::{Field, Kind};
use crate::import::control::Stop;
use crate::import::job::{Job, Origin, Status};
use crate::import::mapping::Mapping;
use crate::import::run::ImportError;
use crate::import::table::TableError;
use crate::import::upload::{Arrival, arrive, look_again};
use crate::import::view::{Import, ImportKind};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::random;
use crate::sent::Sent;

/// The most imports of a list.
const LIST_MAX: i64 = 50;
/// Pieces of a file that wait to be written.
const PIECES_WAITING: usize = 16;
/// The most characters of a file's name.
const NAME_CHARACTERS_MAX: usize = 200;
/// The longest mapping file.
const MAPPING_BYTES_MAX: usize = 256 * 1024;

/// The routes. A file may be as long as the settings say, not as long as other bodies.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .routes(routes!(upload).layer(DefaultBodyLimit::disable()))
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(start))
        .routes(routes!(cancel))
        .routes(routes!(rejected))
}

/// What a file holds.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct UploadQuery {
    /// What its rows are.
    #[param(inline)]
    kind: ImportKind,
}

/// A file to be imported.
#[derive(Debug, ToSchema)]
pub struct UploadForm {
    /// CSV in any encoding of the trade, XLSX or Parquet.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    pub file: String,
}

/// All imports.
#[derive(Debug, Serialize, ToSchema)]
struct Imports {
    /// The newest first.
    items: Vec<Import>,
    /// Always nothing: older ones are not listed.
    next_cursor: Option<String>,
}

/// What the columns of a file are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// The column, from zero, of each field that the file has; those that were suggested when it is left out.
    #[serde(default)]
    columns: Option<BTreeMap<String, usize>>,
    /// A mapping file, instead of columns.
    #[serde(default)]
    #[schema(max_length = 262_144)]
    mapping_toml: Option<String>,
    /// Whether purchases earn; when it is left out they do not.
    #[serde(default, rename = "as")]
    purchases_as: Option<PurchaseKind>,
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        let hint = error.to_string();
        match error {
            ImportError::Table(TableError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                (&kinds::FILE_GONE).into()
            }
            // It was removed when it was in, or lay here for too long.
            ImportError::Table(TableError::Io(error)) if error.kind() == ErrorKind::NotFound => (&kinds::IMPORT_ENDED).into(),
            ImportError::Table(TableError::Io(error)) | ImportError::Rejects(error) => {
                tracing::error!(%error, "a file to be imported");
                ApiError::new(&kinds::INTERNAL)
            }
            ImportError::Table(TableError::Empty) => ApiError::new(&kinds::FILE_EMPTY).at("file"),
            ImportError::Table(_) => ApiError::new(&kinds::FILE_UNREADABLE).at("file").hint(hint),
            ImportError::Mapping(_) => ApiError::new(&kinds::MAPPING_INVALID).at("mapping_toml").hint(hint),
            ImportError::Columns { fields, .. } => {
                let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
                ApiError::new(&kinds::COLUMNS_MISSING).at("columns").with("any_of", names)
            }
            ImportError::Store(error) => error.into(),
            ImportError::Pipeline(error) => error.into(),
        }
    }
}

fn view(app: &App, caller: &Caller, job: &Job) -> Import {
    Import::new(job, app.imports.live(job.id).as_deref(), caller.language)
}

async fn job(app: &App, id: ImportId) -> ApiResult<Job> {
    app.store.read(move |conn| Job::find(conn, id)).await?.ok_or_else(|| (&kinds::UNKNOWN_IMPORT).into())
}

fn broken(error: &MultipartError) -> ApiError {
    unreadable(error.status())
}

pub(super) fn unwritable(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "an uploaded file was not written");
    ApiError::new(&kinds::INTERNAL)
}

/// A file on the disk that goes away again unless it is kept.
pub(super) struct Arriving {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    /// A hash of what it holds.
    pub content: i64,
    is_kept: bool,
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.is_kept {
            std::fs::remove_file(&self.path).ok();
        }
    }
}

/// Writes a part of a form to the disk as it comes in; gives a hash of it.
async fn write_part(part: &mut Part<'_>, path: PathBuf, bytes_max: u64) -> ApiResult<i64> {
    let (pieces, mut waiting) = mpsc::channel::<Bytes>(PIECES_WAITING);
    let writing = tokio::task::spawn_blocking(move || -> std::io::Result<i64> {
        let mut file = File::options().write(true).create_new(true).open(path)?;
        let mut hasher = Sha256::new();
        while let Some(piece) = waiting.blocking_recv() {
            hasher.update(&piece);
            file.write_all(&piece)?;
        }
        file.sync_all()?;
        Ok(random::hash_of(&[&hasher.finalize()]))
    });
    let mut bytes = 0_u64;
    while let Some(piece) = part.chunk().await.map_err(|error| broken(&error))? {
        bytes += piece.len() as u64;
        if bytes > bytes_max {
            return Err(ApiError::new(&kinds::BODY_TOO_LARGE).at("file"));
        }
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    drop(pieces);
    writing.await.map_err(unwritable)?.map_err(unwritable)
}

/// A form with a file in it, or what was sent instead.
pub(super) type Form = Result<Multipart, axum::extract::multipart::MultipartRejection>;

/// Writes the file of a form to the disk under an id.
pub(super) async fn receive(app: &App, id: ImportId, form: Form) -> ApiResult<Arriving> {
    let mut form = form.map_err(|_| ApiError::new(&kinds::WRONG_CONTENT_TYPE))?;
    let mut arriving = Arriving { path: app.imports.path(id), name: String::new(), content: 0, is_kept: false };
    app.imports.make_folder().map_err(unwritable)?;
    let mut is_there = false;
    while let Some(mut part) = form.next_field().await.map_err(|error| broken(&error))? {
        if part.name() == Some("file") && !is_there {
            let name = part.file_name().unwrap_or("file").rsplit(['/', '\\']).next().unwrap_or_default();
            arriving.name = name.chars().filter(|typed| !typed.is_control()).take(NAME_CHARACTERS_MAX).collect();
            arriving.content = write_part(&mut part, arriving.path.clone(), app.config.import_bytes_max).await?;
            is_there = true;
        }
    }
    if is_there { Ok(arriving) } else { Err(ApiError::new(&kinds::REQUIRED).at("file")) }
}

/// Brings a file to the server and shows its first rows. Nothing is taken before it is started.
#[utoipa::path(post, path = "/imports", tag = "imports", operation_id = "upload_import", params(UploadQuery),
    request_body(content = UploadForm, content_type = "multipart/form-data"), responses((status = 201, body = Import)))]
async fn upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    QueryParams(query): QueryParams<UploadQuery>,
    form: Form,
) -> ApiResult<(StatusCode, Json<Import>)> {
    caller.require(Scope::Import)?;
    let id = ImportId(app.next_id());
    let mut arriving = receive(&app, id, form).await?;
    let (file_name, content) = (arriving.name.clone(), arriving.content);
    let key = caller.key("upload_import", content);
    let (path, rejected_path) = (arriving.path.clone(), app.imports.rejected_path(id));
    let (kind, language, now_ms) = (Kind::from(query.kind), caller.language, app.now_ms());
    let looked = tokio::task::spawn_blocking(move || {
        let arrival = Arrival {
            id,
            kind,
            origin: Origin::Server,
            path: &path,
            file_name,
            rejected_path: &rejected_path,
            mapping: None,
            purchases_as: PurchaseKind::History,
            language,
        };
        arrive(arrival, now_ms)
    });
    let record = looked.await.map_err(unwritable)??.record(now_ms)?;
    let made = idempotency::once(&app, key, "import", move |conn| imports::insert(conn, &record).map(|()| Ok(id.0))).await?;
    arriving.is_kept = made == id.0;
    let job = job(&app, ImportId(made)).await?;
    Ok((StatusCode::CREATED, Json(view(&app, &caller, &job))))
}

/// The newest imports.
#[utoipa::path(get, path = "/imports", tag = "imports", operation_id = "list_imports", responses((status = 200, body = Imports)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<Imports>> {
    caller.require(Scope::Import)?;
    let records = app.store.read(|conn| imports::newest(conn, LIST_MAX)).await?;
    let jobs = records.iter().map(Job::of).collect::<Result<Vec<_>, _>>()?;
    Ok(Json(Imports { items: jobs.iter().map(|job| view(&app, &caller, job)).collect(), next_cursor: None }))
}

/// One import: its first rows, how far it is, and what came of it.
#[utoipa::path(get, path = "/imports/{id}", tag = "imports", operation_id = "get_import", params(("id" = ImportId, Path)),
    responses((status = 200, body = Import)))]
async fn get(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<ImportId>) -> ApiResult<Json<Import>> {
    caller.require(Scope::Import)?;
    Ok(Json(view(&app, &caller, &job(&app, id).await?)))
}

/// The mapping that somebody chose; none where the suggested columns are meant.
fn chosen(job: &Job, start: &Start) -> ApiResult<Option<String>> {
    if start.columns.is_some() && start.mapping_toml.is_some() {
        return Err(ApiError::new(&kinds::COLUMNS_OR_MAPPING).at("mapping_toml"));
    }
    if let Some(text) = &start.mapping_toml {
        return match text.len() > MAPPING_BYTES_MAX {
            true => Err(ApiError::new(&kinds::TOO_LONG).at("mapping_toml")),
            false => Ok(Some(text.clone())),
        };
    }
    let Some(columns) = &start.columns else { return Ok(None) };
    let read = |(name, column): (&String, &usize)| -> ApiResult<(Field, usize)> {
        let field = job.kind.field(name).ok_or_else(|| ApiError::new(&kinds::UNKNOWN_FIELD).at(format!("columns.{name}")))?;
        match *column < job.body.header.len() {
            true => Ok((field, *column)),
            false => Err(ApiError::new(&kinds::UNKNOWN_COLUMN).at(format!("columns.{name}"))),
        }
    };
    let chosen = columns.iter().map(read).collect::<ApiResult<Vec<_>>>()?;
    Ok(Some(Mapping::from_columns(job.kind, &job.body.header, &chosen).to_toml()))
}

/// Takes the rows of a file, in the background. One that failed begins anew; what it brought already is unchanged then.
#[utoipa::path(post, path = "/imports/{id}/start", tag = "imports", operation_id = "start_import", params(("id" = ImportId, Path)),
    request_body = Start, responses((status = 200, body = Import)))]
async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<ImportId>,
    body: JsonBody<Start>,
) -> ApiResult<Json<Import>> {
    caller.require(Scope::Import)?;
    let mut job = job(&app, id).await?;
    let key = caller.key("start_import", body.hash);
    let before = job.status;
    match before {
        Status::Uploaded | Status::Failed => job = prepared(&app, &caller, job, &body.value).await?,
        Status::Cancelled => return Err((&kinds::IMPORT_ENDED).into()),
        // A repeat under its key gets the import as it stands; any other one is refused.
        Status::Running | Status::Done => {}
    }
    let record = job.record(app.now_ms())?;
    let started = move |conn: &mut danggol_store::Conn| {
        let is_first = matches!(before, Status::Uploaded | Status::Failed) && imports::update(conn, &record, before.word())?;
        Ok(if is_first { Ok(record.id.0) } else { Err((&kinds::IMPORT_STARTED).into()) })
    };
    idempotency::once(&app, key, "import_start", started).await?;
    let job = self::job(&app, id).await?;
    if job.status == Status::Running {
        app.imports.queue(&app, id);
    }
    Ok(Json(view(&app, &caller, &job)))
}

/// A job that is ready to run, with the columns that somebody chose.
async fn prepared(app: &App, caller: &Caller, mut job: Job, start: &Start) -> ApiResult<Job> {
    job.body.mapping = chosen(&job, start)?;
    job.body.purchases_as = start.purchases_as.unwrap_or(PurchaseKind::History);
    job.body.language = caller.language;
    let looked = tokio::task::spawn_blocking(move || look_again(&mut job).map(|()| job));
    let mut job = looked.await.map_err(unwritable)??;
    job.body.started_at_ms = None;
    job.begin(app.now_ms());
    Ok(job)
}

/// Ends an import. What it brought so far stays.
#[utoipa::path(post, path = "/imports/{id}/cancel", tag = "imports", operation_id = "cancel_import", params(("id" = ImportId, Path)),
    responses((status = 200, body = Import)))]
async fn cancel(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<ImportId>) -> ApiResult<Json<Import>> {
    caller.require(Scope::Import)?;
    let mut job = job(&app, id).await?;
    match (job.status, app.imports.live(id)) {
        (Status::Done | Status::Failed | Status::Cancelled, _) => return Err((&kinds::IMPORT_ENDED).into()),
        (_, Some(live)) => live.stop(Stop::Cancelled),
        (Status::Uploaded | Status::Running, None) => {
            let before = job.status;
            job.status = Status::Cancelled;
            job.body.finished_at_ms = Some(app.now_ms());
            let record = job.record(app.now_ms())?;
            app.store.write(move |conn| imports::update(conn, &record, before.word())).await?;
            std::fs::remove_file(&job.body.path).ok();
        }
    }
    Ok(Json(view(&app, &caller, &job)))
}

/// The rows that were refused, as a file: as they stood, with their place, the code and what to mend.
#[utoipa::path(get, path = "/imports/{id}/rejected.csv", tag = "imports", operation_id = "get_rejected_rows",
    params(("id" = ImportId, Path)), responses((status = 200, body = String, content_type = "text/csv")))]
async fn rejected(State(app): State<Arc<App>>, caller: Caller, PathId(id): PathId<ImportId>) -> ApiResult<Response> {
    caller.require(Scope::Import)?;
    let job = job(&app, id).await?;
    let file = File::open(&job.body.rejected_path).map_err(|_| ApiError::new(&kinds::NO_REJECTED_ROWS))?;
    let disposition = format!("attachment; filename=\"{id}.rejected.csv\"");
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::new(Sent::of(file))).into_response())
}

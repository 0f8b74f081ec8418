//! The list of members: how long it is, and as a file.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use danggol_core::condition::Condition;
use danggol_core::id::{ChangeId, MemberId, SegmentId};
use danggol_store::change::{self, Author, ChangeDetail, ChangeKind, ChangeRecord, FieldChange};
use danggol_store::search;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::lookup::{Asked, MemberFilter, QUERY_CHARACTERS_MAX};
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::export::list::{self, Listed, Reader};
use crate::extract::JsonBody;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::segment::Segments;
use crate::sent::Sent;
use crate::{field, random};

/// The most members that are named one by one.
const MEMBERS_MAX: usize = 10_000;

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(count)).routes(routes!(export))
}

/// Which members are counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListCount {
    /// As in a search.
    #[serde(default)]
    pub filter: MemberFilter,
}

/// How many members a list has.
#[derive(Debug, Serialize, ToSchema)]
pub struct Counted {
    /// All of them, on whatever page.
    pub count: i64,
}

/// Counts the members whom a filter takes.
#[utoipa::path(post, path = "/members/count", tag = "members", operation_id = "count_members", request_body = ListCount,
    responses((status = 200, body = Counted)))]
async fn count(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<ListCount>) -> ApiResult<Json<Counted>> {
    caller.require(Scope::MembersRead)?;
    let filter = body.value.filter.read(&app.rules())?;
    let count = app.store.read(move |conn| search::count(conn, &filter)).await?;
    Ok(Json(Counted { count }))
}

/// Of which kind a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// Commas, with the mark by which spreadsheets recognise UTF-8.
    #[default]
    Csv,
    /// A workbook.
    Xlsx,
}

/// Which list, and as what kind of file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListExport {
    /// These members, at most 10,000, in this order; left out: all who are found.
    #[serde(default)]
    #[schema(max_items = 10000)]
    pub members: Option<Vec<MemberId>>,
    /// The members of this segment now, in the order in which they joined, whatever else is asked.
    #[serde(default)]
    pub segment: Option<SegmentId>,
    /// What they are looked for by, as in a search.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub query: String,
    /// Which of them are listed.
    #[serde(default)]
    pub filter: MemberFilter,
    /// What kind of file; CSV when it is left out.
    #[serde(default)]
    pub format: ListFormat,
}

/// A file that goes when nobody needs it any more.
struct Fleeting(PathBuf);

impl Drop for Fleeting {
    fn drop(&mut self) {
        // It may never have come to be.
        std::fs::remove_file(&self.0).ok();
    }
}

fn fault(error: impl std::fmt::Display) -> ApiError {
    tracing::error!(%error, "the list was not written");
    (&kinds::INTERNAL).into()
}

/// Who is in the list that is asked for, and the name of the segment that they are, as what kind of file.
async fn who(app: &Arc<App>, asked: ListExport) -> ApiResult<(Listed, Option<String>, ListFormat)> {
    let ListExport { members, segment, query, filter, format } = asked;
    let rules = app.rules();
    if let Some(id) = segment {
        let (roster, now_ms) = (app.roster.clone(), app.now_ms());
        let found = app.store.read(move |conn| {
            let segments = Segments::read(conn)?;
            let Some(record) = segments.find(id) else { return Ok(None) };
            let itself = Condition::Segment { segment: id };
            let members = segments.fitting((conn, &roster), &itself, &rules, now_ms)?.members(conn)?;
            Ok(Some((Listed::These(members), Some(record.name.clone()), format)))
        });
        return found.await?.ok_or_else(|| ApiError::new(&kinds::UNKNOWN_SEGMENT).at("segment"));
    }
    let listed = match members {
        Some(members) if members.len() > MEMBERS_MAX => return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("members")),
        Some(members) => Listed::These(members),
        None => {
            let query = field::optional(&query, QUERY_CHARACTERS_MAX, "query")?.unwrap_or_default();
            let (filter, asked) = (filter.read(&rules)?, Asked::read(query, &app.brand().country));
            let keyring = Arc::clone(&app.keyring);
            let (asked, filter, whole) = app
                .store
                .read(move |conn| {
                    let whole = asked.whole(conn, &keyring, &filter, None)?;
                    Ok((asked, filter, whole))
                })
                .await?;
            match whole {
                Some(whole) => Listed::These(whole.into_iter().map(|listed| listed.id).collect()),
                None => Listed::Found(asked.find, filter),
            }
        }
    };
    Ok((listed, None, format))
}

/// Keeps who took which list out, and how many were on it, beside the changes of the brand.
async fn tell(app: &App, caller: &Caller, (segment, count, ending): (Option<String>, u64, &str)) -> ApiResult<()> {
    let author = Author { change: ChangeId(app.next_id()), actor: caller.actor() };
    let said = [("export", Some(ending.to_owned())), ("export.segment", segment), ("export.members", Some(count.to_string()))];
    let fields = said.into_iter().filter_map(|(field, to)| FieldChange::between(field, None, to)).collect();
    let detail = ChangeDetail { fields, reason: None };
    let record = ChangeRecord { author, member: None, kind: ChangeKind::Brand, at_ms: app.now_ms(), detail };
    Ok(app.store.write(move |conn| change::insert(conn, std::slice::from_ref(&record))).await?)
}

/// The list of members as a file, as lists show them: contacts masked. Who took it out stands with the changes of the brand.
#[utoipa::path(post, path = "/members/export", tag = "members", operation_id = "export_members", request_body = ListExport,
    responses((status = 200, content((String = "text/csv"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))))]
async fn export(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<ListExport>) -> ApiResult<Response> {
    caller.require(Scope::MembersRead)?;
    caller.require(Scope::InsightRead)?;
    let (listed, segment, format) = who(&app, body.value).await?;
    let (rules, brand, language) = (app.rules(), app.brand(), caller.language);
    let (ending, kind) = match format {
        ListFormat::Csv => ("csv", "text/csv; charset=utf-8"),
        ListFormat::Xlsx => ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    };
    let folder = app.config.import_dir.clone();
    let (store, keyring) = (Arc::clone(&app.store), Arc::clone(&app.keyring));
    let written = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder).map_err(fault)?;
        let file = Fleeting(folder.join(format!("list-{}.{ending}", random::secret())));
        let reader = Reader { keyring: &keyring, rules: &rules, brand: &brand, language };
        let mut conn = store.open_reader()?;
        let count = list::write(&mut conn, &reader, &listed, &file.0).map_err(fault)?;
        // Open, it can be read to its end after its name is gone.
        Ok::<_, ApiError>((count, File::open(&file.0).map_err(fault)?))
    });
    let (count, file) = written.await.map_err(fault)??;
    tell(&app, &caller, (segment, count, ending)).await?;
    let disposition = format!("attachment; filename=\"members.{ending}\"");
    let headers = [(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::new(Sent::of(file))).into_response())
}

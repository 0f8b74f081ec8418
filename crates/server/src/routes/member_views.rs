//! Views of the member list that people keep: whom it shows, and what of them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use danggol_store::{Conn, StoreError, account, setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::lookup::MemberFilter;
use crate::app::App;
use crate::auth::{Caller, Scope};
use crate::extract::JsonBody;
use crate::field;
use crate::problem::{ApiError, ApiResult, kinds};

/// The most views that somebody keeps.
const VIEWS_MAX: usize = 20;
/// The most characters of a view's name, and of a column's.
const NAME_CHARACTERS_MAX: usize = 40;
/// The most columns of a view.
const COLUMNS_MAX: usize = 20;
/// The settings that hold views begin so; the id of whom they belong to follows.
const SETTINGS: &str = "member_views.";

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list, keep))
}

/// A list of members that somebody comes back to. What was searched for may be a phone number and is not kept.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberView {
    /// What it is called.
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    /// Whom it shows.
    #[serde(default)]
    pub filter: MemberFilter,
    /// What it shows of them, in the words of whoever keeps it.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub columns: Vec<String>,
    /// Whether colleagues see it too.
    #[serde(default)]
    pub shared: bool,
}

/// All views of the caller.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberViews {
    /// In the order in which they are shown.
    #[schema(max_items = 20)]
    pub items: Vec<MemberView>,
}

/// A view as somebody sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptView {
    /// What it is called.
    pub name: String,
    /// Whom it shows.
    pub filter: MemberFilter,
    /// What it shows of them, in the words of whoever keeps it.
    pub columns: Vec<String>,
    /// Whether colleagues see it too.
    pub shared: bool,
    /// Whether it is the caller's own.
    pub mine: bool,
    /// The name of the colleague who shares it.
    pub by: Option<String>,
}

impl KeptView {
    /// A view of the caller, or of the colleague of that name.
    fn new(view: MemberView, mine: bool, by: Option<String>) -> Self {
        let MemberView { name, filter, columns, shared } = view;
        KeptView { name, filter, columns, shared, mine, by }
    }
}

/// The views that a caller has.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptViews {
    /// The caller's own, then those of colleagues.
    pub items: Vec<KeptView>,
}

fn read(conn: &mut Conn, caller: &str) -> Result<KeptViews, StoreError> {
    let kept = setting::under(conn, SETTINGS)?;
    let names: HashMap<String, String> = account::users(conn)?.into_iter().map(|user| (user.id.to_string(), user.name)).collect();
    let (mut items, mut shared) = (Vec::new(), Vec::new());
    for (key, text) in kept {
        let owner = key.strip_prefix(SETTINGS).unwrap_or_default();
        let views: Vec<MemberView> =
            serde_json::from_str(&text).map_err(|error| StoreError::Damaged(format!("the views of {owner}: {error}")))?;
        if owner == caller {
            items.extend(views.into_iter().map(|view| KeptView::new(view, true, None)));
        } else {
            let by = names.get(owner);
            let theirs = views.into_iter().filter(|view| view.shared);
            shared.extend(theirs.map(|view| KeptView::new(view, false, by.cloned())));
        }
    }
    items.append(&mut shared);
    Ok(KeptViews { items })
}

/// The views that the caller keeps, and those that colleagues share.
#[utoipa::path(get, path = "/member-views", tag = "members", operation_id = "list_member_views",
    responses((status = 200, body = KeptViews)))]
async fn list(State(app): State<Arc<App>>, caller: Caller) -> ApiResult<Json<KeptViews>> {
    caller.require(Scope::MembersRead)?;
    let owner = caller.principal.label();
    Ok(Json(app.store.read(move |conn| read(conn, &owner)).await?))
}

/// Keeps these views in place of the caller's own.
#[utoipa::path(put, path = "/member-views", tag = "members", operation_id = "keep_member_views", request_body = MemberViews,
    responses((status = 200, body = KeptViews)))]
async fn keep(State(app): State<Arc<App>>, caller: Caller, body: JsonBody<MemberViews>) -> ApiResult<Json<KeptViews>> {
    caller.require(Scope::MembersRead)?;
    let MemberViews { mut items } = body.value;
    if items.len() > VIEWS_MAX {
        return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("items"));
    }
    for (place, view) in items.iter_mut().enumerate() {
        view.name = field::required(&view.name, NAME_CHARACTERS_MAX, &format!("items[{place}].name"))?;
        view.filter.read(&app.rules())?;
        let is_word = |column: &String| column.len() <= NAME_CHARACTERS_MAX && !column.contains('\0');
        if view.columns.len() > COLUMNS_MAX || !view.columns.iter().all(is_word) {
            return Err(ApiError::new(&kinds::OUT_OF_RANGE).at(format!("items[{place}].columns")));
        }
    }
    let text = serde_json::to_string(&items).map_err(|_| ApiError::from(&kinds::INTERNAL))?;
    let owner = caller.principal.label();
    let kept = app.store.write(move |conn| {
        let key = format!("{SETTINGS}{owner}");
        match items.is_empty() {
            true => setting::remove(conn, &key)?,
            false => setting::put(conn, &key, &text)?,
        }
        read(conn, &owner)
    });
    Ok(Json(kept.await?))
}

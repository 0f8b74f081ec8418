//! The first run: the brand and its owner.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use danggol_core::id::UserId;
use danggol_core::language::Language;
use danggol_core::programme::Programme;
use danggol_store::account::{self, SessionRecord, UserRecord};
use danggol_store::{Conn, StoreError, programme, setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::session::{NewSession, Session, person};
use super::users::{self, PersonDraft};
use crate::app::App;
use crate::auth::{Guest, Role, password};
use crate::brand::{self, Brand, BrandDraft};
use crate::extract::JsonBody;
use crate::idempotency;
use crate::problem::{ApiError, ApiResult, kinds};

/// The setting that says who set the system up.
const FIRST_OWNER: &str = "first_owner";

/// The routes.
pub fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(get, set_up))
}

/// Whether the first run is still to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupState {
    /// True until there is a brand and its owner.
    pub needs_owner: bool,
}

/// The first run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// The brand.
    pub brand: BrandDraft,
    /// Its owner, who is signed in at once.
    pub owner: PersonDraft,
}

/// Whether the brand and its owner are still to be created.
#[utoipa::path(get, path = "/setup", tag = "setup", operation_id = "get_setup", security(()), responses((status = 200, body = SetupState)))]
async fn get(State(app): State<Arc<App>>, _: Guest) -> Json<SetupState> {
    Json(SetupState { needs_owner: !app.is_set_up() })
}

/// Creates the brand and its owner, once, and signs her in.
#[utoipa::path(post, path = "/setup", tag = "setup", operation_id = "set_up", security(()), request_body = Setup,
    responses((status = 201, body = Session)))]
async fn set_up(State(app): State<Arc<App>>, guest: Guest, body: JsonBody<Setup>) -> ApiResult<Response> {
    if app.is_set_up() {
        return Err((&kinds::ALREADY_SET_UP).into());
    }
    let Setup { brand, owner } = body.value;
    let brand = brand.check("brand.")?;
    let (name, login) = owner.check("owner.")?;
    let owner = UserRecord {
        id: UserId(app.next_id()),
        login,
        name,
        role: Role::Owner.word().to_owned(),
        password_hash: password::hash(owner.password).await?,
        language: None,
        created_at_ms: app.now_ms(),
        disabled_at_ms: None,
    };
    let session = NewSession::of(&app, owner.id);
    let first = First { brand, owner: owner.clone(), session: session.record.clone() };
    let keyring = Arc::clone(&app.keyring);
    idempotency::write(&app, move |conn| {
        setting::check_keyring(conn, &keyring)?;
        first.keep(conn)
    })
    .await?;
    app.refresh().await?;
    let answer = Session { user: person(&owner)?, brand: Brand::clone(&app.brand()) };
    Ok((StatusCode::CREATED, session.cookie(guest.mark.secure), Json(answer)).into_response())
}

/// What the first run keeps.
struct First {
    brand: Brand,
    owner: UserRecord,
    session: SessionRecord,
}

impl First {
    fn keep(&self, conn: &mut Conn) -> Result<ApiResult<()>, StoreError> {
        let json = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Damaged(error.to_string()));
        // Whoever comes second finds the mark there, also when both come at once.
        if account::count_users(conn)? > 0 || !setting::put_new(conn, FIRST_OWNER, &self.owner.id.to_string())? {
            return Ok(Err((&kinds::ALREADY_SET_UP).into()));
        }
        // A brand that a command set up stays: files may have been read by its money and its clock.
        if setting::put_new(conn, brand::SETTING, &json(serde_json::to_string(&self.brand))?)? {
            let now_ms = self.owner.created_at_ms;
            let programme = first_programme(&self.brand);
            programme::publish(conn, &json(serde_json::to_string(&programme))?, now_ms, Some(self.owner.id), None)?;
        }
        if !users::insert(conn, &self.owner)? {
            return Ok(Err(ApiError::new(&kinds::LOGIN_TAKEN).at("owner.login")));
        }
        account::insert_session(conn, &self.session)?;
        Ok(Ok(()))
    }
}

/// The programme that a new brand begins with, its parts named in the brand's language.
pub fn first_programme(brand: &Brand) -> Programme {
    let (name, layers) = match brand.language {
        Language::ZhCn => ("会员积分", ["VIP客户", "大客户", "普通客户", "小客户"]),
        Language::ZhTw => ("會員點數", ["VIP顧客", "大戶", "一般顧客", "小額顧客"]),
        Language::Ko => ("멤버십 포인트", ["VIP 고객", "큰 고객", "보통 고객", "작은 고객"]),
        Language::En => ("Membership points", ["VIP customers", "Large customers", "Ordinary customers", "Small customers"]),
    };
    let mut programme = Programme::first(name, brand.currency_exponent);
    for (layer, name) in programme.pyramid.layers.iter_mut().zip(layers) {
        name.clone_into(&mut layer.name);
    }
    programme
}

//! Requests that are made once however often they are sent, outside the write pipeline (which sees to its own commands).

use std::sync::Arc;

use danggol_core::decide::Key;
use danggol_store::{Conn, StoreError, idempotency};

use crate::app::App;
use crate::problem::{ApiError, ApiResult, kinds};

/// What a piece of work made: the id, or why not. A refusal must leave nothing behind.
pub type Made = Result<i64, ApiError>;

/// Runs `work` in one transaction and keeps what it made under the key. When the key is known already and stands for the same
/// request, the earlier id comes back and nothing is done; when it stands for another one, that is refused. `kind` names what is made.
pub async fn once(
    app: &Arc<App>,
    key: Option<Key>,
    kind: &'static str,
    mut work: impl FnMut(&mut Conn) -> Result<Made, StoreError> + Send + 'static,
) -> ApiResult<i64> {
    let now_ms = app.now_ms();
    let made = app.store.write(move |conn| {
        let Some(key) = &key else { return work(conn) };
        if let Some(known) = idempotency::find(conn, key)? {
            let is_same = known.input_hash == key.input_hash && known.kind == kind;
            return Ok(if is_same { Ok(known.id) } else { Err((&kinds::IDEMPOTENCY_KEY_REUSED).into()) });
        }
        let made = work(conn)?;
        if let Ok(id) = &made {
            idempotency::keep(conn, key, kind, *id, now_ms)?;
        }
        Ok(made)
    });
    made.await?
}

/// [`danggol_store::Store::write`] for work that may be refused.
pub async fn write<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnMut(&mut Conn) -> Result<Result<T, ApiError>, StoreError> + Send + 'static,
) -> ApiResult<T> {
    app.store.write(work).await?
}

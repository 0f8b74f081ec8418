//! The review: points expire and tiers are looked at although nothing happens.

use std::sync::Arc;

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Outcome};
use danggol_core::id::{EntryId, HolderId};
use danggol_store::holder;

use crate::app::App;
use crate::pipeline::PipelineError;
use crate::problem::{ApiError, ApiResult};

/// How many holders are reviewed at a time; live commands get their turn between.
const REVIEW_CHUNK: usize = 500;

/// Reviews every holder for whom something is due now: lets points expire, looks at tiers. Says how many changed.
pub async fn review_due(app: &Arc<App>) -> ApiResult<usize> {
    let now_ms = app.now_ms();
    let mut after = HolderId(0);
    let mut changed = 0;
    loop {
        let due = app.store.read(move |conn| holder::due(conn, after, now_ms, REVIEW_CHUNK as i64)).await?;
        let Some(last) = due.last() else { return Ok(changed) };
        after = *last;
        let waiting: Result<Vec<_>, PipelineError> = due.into_iter().map(|holder| app.pipeline.enqueue(review(holder))).collect();
        for answer in waiting? {
            let answer = answer.await.unwrap_or(Err(PipelineError::Closed)).map_err(ApiError::from)?;
            changed += usize::from(matches!(answer.settled.outcome, Outcome::Done(_)));
        }
    }
}

fn review(holder: HolderId) -> Envelope {
    Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::System, id: 0 }, key: None, command: Command::Review(holder) }
}

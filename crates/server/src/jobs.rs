//! What happens by itself: the lease is kept, other servers' changes are taken over, points expire and tiers are looked at.

use std::sync::Arc;
use std::time::Duration;

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Outcome};
use danggol_core::id::{EntryId, HolderId};
use danggol_store::holder;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::pipeline::PipelineError;
use crate::problem::{ApiError, ApiResult};

/// How often the lease is prolonged: well within its length.
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// How often another server's programme or brand is looked for.
const REFRESH_EVERY: Duration = Duration::from_secs(5);
/// How often holders are looked for for whom something is due.
const REVIEW_EVERY: Duration = Duration::from_secs(600);
/// How many holders are reviewed at a time; live commands get their turn between.
const REVIEW_CHUNK: usize = 500;

/// Starts everything that happens by itself. Abort the handle to stop it.
pub fn start(app: Arc<App>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let ticks = |period| {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let (mut renew, mut refresh, mut review) = (ticks(RENEW_EVERY), ticks(REFRESH_EVERY), ticks(REVIEW_EVERY));
        loop {
            tokio::select! {
                _ = renew.tick() => {
                    if let Err(error) = app.pipeline.renew() {
                        tracing::warn!(%error, "the lease could not be prolonged");
                    }
                }
                _ = refresh.tick() => {
                    if let Err(error) = app.refresh().await {
                        tracing::warn!(%error, "the programme could not be read again");
                    }
                }
                _ = review.tick() => {
                    match review_due(&app).await {
                        Ok(0) => {}
                        Ok(reviewed) => tracing::info!(reviewed, "holders were reviewed"),
                        Err(error) => tracing::warn!(code = error.code(), "holders could not be reviewed"),
                    }
                }
            }
        }
    })
}

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
    Envelope {
        id: EntryId(0),
        actor: Actor { kind: ActorKind::System, id: 0 },
        key: None,
        command: Command::Review(holder),
    }
}

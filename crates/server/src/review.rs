//! The review: points expire and tiers are looked at although nothing happens.

use std::collections::BTreeSet;
use std::sync::Arc;

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Rules};
use danggol_core::id::{EntryId, HolderId};
use danggol_store::{Conn, StoreError, holder, setting};

use crate::app::App;
use crate::problem::ApiResult;

/// How many holders are reviewed at a time; live commands get their turn between.
const REVIEW_CHUNK: i64 = 500;
/// The setting that holds the version of the programme by whose ladder tiers that are held for ever were looked at last.
const LADDER_REVIEWED: &str = "ladder_reviewed";

/// Reviews every holder for whom something is due now: lets points expire, looks at tiers. Where another ladder has come into force since
/// the last time, it looks at every tier that is held for ever too, because no day is due for those. Says how many holders changed.
pub async fn review_due(app: &Arc<App>) -> ApiResult<usize> {
    let now_ms = app.now_ms();
    let due = review_all(app, move |conn, after| holder::due(conn, after, now_ms, REVIEW_CHUNK)).await?;
    Ok(due + review_ladder(app).await?)
}

/// A server that has not heard of the newest version leaves this to one that has. A run that is cut short begins again.
async fn review_ladder(app: &Arc<App>) -> ApiResult<usize> {
    let rules = app.rules();
    let version = rules.current.version;
    let reviewed = app.store.read(|conn| setting::find(conn, LADDER_REVIEWED)).await?;
    let reviewed = reviewed.and_then(|text| text.parse().ok()).unwrap_or(0);
    if reviewed >= version {
        return Ok(0);
    }
    let mut changed = 0;
    let ladder_of_then = rules.versions.get(&reviewed).map(|published| &published.programme.tiers);
    if ladder_of_then != Some(&rules.current.programme.tiers) {
        for tier in free_tiers(&rules) {
            changed += review_all(app, move |conn, after| holder::of_tier(conn, &tier, after, REVIEW_CHUNK)).await?;
        }
    }
    app.store.write(move |conn| setting::put(conn, LADDER_REVIEWED, &version.to_string())).await?;
    Ok(changed)
}

/// The codes of tiers that needed nothing in any version.
fn free_tiers(rules: &Rules) -> BTreeSet<String> {
    let levels = rules.versions.values().flat_map(|published| &published.programme.tiers.levels);
    levels.filter(|level| level.is_free()).map(|level| level.code.clone()).collect()
}

/// Reviews the holders that `next` finds, page by page after the last one of the page before.
async fn review_all(
    app: &Arc<App>,
    next: impl Fn(&mut Conn, HolderId) -> Result<Vec<HolderId>, StoreError> + Clone + Send + 'static,
) -> ApiResult<usize> {
    let mut after = HolderId(0);
    let mut changed = 0;
    loop {
        let next = next.clone();
        let found = app.store.read(move |conn| next(conn, after)).await?;
        let Some(last) = found.last() else { return Ok(changed) };
        after = *last;
        changed += app.pipeline.submit_all(found.into_iter().map(review).collect()).await?;
    }
}

fn review(holder: HolderId) -> Envelope {
    Envelope { id: EntryId(0), actor: Actor { kind: ActorKind::System, id: 0 }, key: None, command: Command::Review(holder) }
}

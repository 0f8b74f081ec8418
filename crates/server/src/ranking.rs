//! What everybody was classed as, told to the books of those whose tier may follow from it.

use std::sync::Arc;

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Rules};
use danggol_core::holder::Ranking;
use danggol_core::id::{EntryId, HolderId, MemberId};
use danggol_core::member::MemberStatus;
use danggol_core::tier;
use danggol_store::{Conn, StoreError, class, holder, member, setting};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::class::Kept;
use crate::problem::{ApiError, ApiResult, kinds};

/// How many holders are looked at at a time; live commands get their turn between.
const CHUNK: i64 = 500;
/// The setting that says which ranking was told last, and by which programme.
const TOLD: &str = "ranking_told";

/// A ranking that was told to everybody's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// When members were classed, in UTC milliseconds.
    classed_at_ms: i64,
    /// The programme whose tiers asked for layers.
    version: i64,
}

/// Tells the newest ranking to the books of all who stand elsewhere than at the last one they were told, as far as tiers ask for it: each
/// gets an entry, and the tier is looked at. Whom one purchase alone led to a layer reaches none by it. A run that is cut short begins again and finds what is left. Says how many entries it made.
pub async fn rank_due(app: &Arc<App>) -> ApiResult<usize> {
    let rules = app.rules();
    let asks = rules.current.programme.tiers.levels.iter().any(|level| level.layer.is_some());
    let (kept, told) = app.store.read(|conn| Ok((Kept::read(conn)?, setting::find(conn, TOLD)?))).await?;
    let told: Option<Told> = told.and_then(|text| serde_json::from_str(&text).ok());
    // A server that has not heard of the newest version leaves this to one that has.
    let Some(kept) = kept.filter(|_| asks && told.is_none_or(|told| told.version <= rules.current.version)) else { return Ok(0) };
    let this = Told { classed_at_ms: kept.classed_at_ms, version: rules.current.version };
    if told == Some(this) {
        return Ok(0);
    }
    let (mut after, mut noted) = (HolderId(0), 0);
    loop {
        let (rules, day) = (Arc::clone(&rules), kept.day);
        let Some((last, commands)) = app.store.read(move |conn| next(conn, &rules, day, after)).await? else { break };
        after = last;
        noted += app.pipeline.submit_all(commands).await?;
    }
    let text = serde_json::to_string(&this).map_err(|_| ApiError::new(&kinds::INTERNAL))?;
    app.store.write(move |conn| setting::put(conn, TOLD, &text)).await?;
    Ok(noted)
}

/// The last of the holders after `after`, and what is to be told to them; none when there are no more. Closed files keep what they have.
fn next(conn: &mut Conn, rules: &Rules, day: i32, after: HolderId) -> Result<Option<(HolderId, Vec<Envelope>)>, StoreError> {
    let records = holder::page(conn, after, CHUNK)?;
    let Some(last) = records.last().map(|record| record.id) else { return Ok(None) };
    let ids: Vec<MemberId> = records.iter().map(|record| MemberId(record.id.0)).collect();
    let classes = class::find(conn, &ids)?;
    let mut commands = Vec::new();
    for record in &records {
        let class = classes.get(&record.id.0);
        let layer = class.and_then(|class| class.layer.clone());
        let reached = rules.current.programme.layers_reached(layer.as_deref());
        let bulk = class.is_some_and(|class| class.bulk.is_some()) && !reached.is_empty();
        let (reaches, amount_minor) = (if bulk { Vec::new() } else { reached }, class.map_or(0, |class| class.amount_minor));
        let ranking = Ranking { day, layer, reaches, bulk, amount_minor };
        if tier::is_news(&record.state, &ranking) {
            commands.push((record.id, ranking));
        }
    }
    let named: Vec<MemberId> = commands.iter().map(|(holder, _)| MemberId(holder.0)).collect();
    let open = |status| matches!(status, MemberStatus::Active | MemberStatus::Unclaimed);
    let files = member::files(conn, &named)?;
    let open: Vec<i64> = files.iter().filter(|file| open(file.fields.status)).map(|file| file.id.0).collect();
    commands.retain(|(holder, _)| open.contains(&holder.0));
    Ok(Some((last, commands.into_iter().map(|(holder, ranking)| envelope(holder, ranking)).collect())))
}

fn envelope(holder: HolderId, ranking: Ranking) -> Envelope {
    let actor = Actor { kind: ActorKind::System, id: 0 };
    Envelope { id: EntryId(0), actor, key: None, command: Command::Rank(holder, ranking) }
}

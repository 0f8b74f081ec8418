//! What all routes that move a benefit share: submit or try a command, and read what the log says.

use std::sync::Arc;

use danggol_core::decide::Envelope;
use danggol_core::holder::HolderState;
use danggol_core::id::EntryId;
use danggol_core::ledger::Posting;
use danggol_core::money::Currency;
use danggol_core::refusal::Refusal;
use danggol_store::purchase::{self, Logged};
use danggol_store::{batch, holder};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::Caller;
use crate::pipeline::{Answer, PipelineError};
use crate::problem::{ApiError, ApiResult, kinds};
use crate::view::{Lens, Names};

/// Whether to keep what is asked, or only to say what would happen.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// What a command left, beside its own record.
pub struct Kept {
    /// The holder's state afterwards.
    pub state: HolderState,
    /// What moved.
    pub postings: Vec<Posting>,
    /// UTC milliseconds of posting.
    pub posted_at_ms: i64,
}

impl From<PipelineError> for ApiError {
    fn from(error: PipelineError) -> Self {
        match error {
            PipelineError::Full | PipelineError::Closed => ApiError::new(&kinds::BUSY).retry_after_s(1),
            PipelineError::Store(error) if error.is_outcome_unknown() => ApiError::new(&kinds::OUTCOME_UNKNOWN).retry_after_s(1),
            PipelineError::Store(_) => ApiError::new(&kinds::BUSY).retry_after_s(1),
        }
    }
}

/// The answer that came through a channel of the pipeline.
pub fn received(answer: Result<Result<Answer, PipelineError>, tokio::sync::oneshot::error::RecvError>) -> ApiResult<Answer> {
    Ok(answer.unwrap_or(Err(PipelineError::Closed))?)
}

/// Carries a command out, or, in a dry run, says what would become of it.
pub async fn submit(app: &Arc<App>, envelope: Envelope, dry_run: bool) -> ApiResult<Answer> {
    if !dry_run {
        return Ok(app.pipeline.submit(envelope).await?);
    }
    let (rules, now_ms) = (app.rules(), app.now_ms());
    let commands = [envelope];
    let (settled, [envelope]) =
        app.store.read(move |conn| Ok((batch::dry_run(conn, &rules, &commands, now_ms)?, commands))).await?;
    let settled = settled.into_iter().next().ok_or(&kinds::INTERNAL)?;
    Ok(Answer { envelope, settled, posted_at_ms: now_ms })
}

/// What the views of one answer need, without names.
pub fn lens(app: &App, caller: &Caller) -> Lens {
    let brand = app.brand();
    Lens {
        rules: app.rules(),
        currency: Currency::new(&brand.currency, brand.currency_exponent).unwrap_or_default(),
        language: caller.language,
        now_ms: app.now_ms(),
        names: Names::default(),
        lifestyles: app.lifestyles.names(caller.language),
    }
}

/// [`lens`] for a part of the log. Where an entry names a version of the programme that this process has not heard of yet, because another
/// one published it a moment ago, the rules are read anew, so that no entry is explained by rules that were not in force.
pub async fn lens_of_log(app: &Arc<App>, caller: &Caller, log: &[Logged]) -> ApiResult<Lens> {
    let lens = lens(app, caller);
    let version = |logged: &Logged| match logged {
        Logged::Purchase(purchase) => purchase.programme_version,
        Logged::Entry { entry, .. } => entry.programme_version,
    };
    if log.iter().map(version).all(|version| version == 0 || lens.rules.versions.contains_key(&version)) {
        return Ok(lens);
    }
    app.refresh().await?;
    Ok(Lens { rules: app.rules(), ..lens })
}

/// An entry of the log with its postings, the state of its holder, and a lens that knows the names it mentions.
pub async fn logged(app: &Arc<App>, caller: &Caller, id: EntryId) -> ApiResult<(Logged, Vec<Posting>, HolderState, Lens)> {
    let (found, names) = app
        .store
        .read(move |conn| {
            let Some(logged) = purchase::find_logged(conn, &[id])?.into_iter().next() else {
                return Ok((None, Names::default()));
            };
            let postings = purchase::postings(conn, [id])?.remove(&id).unwrap_or_default();
            let of = match &logged {
                Logged::Purchase(purchase) => purchase.holder,
                Logged::Entry { entry, .. } => entry.holder,
            };
            let state = holder::find(conn, &[of])?.remove(&of).unwrap_or_default();
            let names = Names::of_log(conn, std::slice::from_ref(&logged))?;
            Ok((Some((logged, postings, state)), names))
        })
        .await?;
    let (logged, postings, state) = found.ok_or(Refusal::UnknownPurchase)?;
    let lens = lens_of_log(app, caller, std::slice::from_ref(&logged)).await?;
    Ok((logged, postings, state, Lens { names, ..lens }))
}

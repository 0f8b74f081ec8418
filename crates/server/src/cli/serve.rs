//! `danggol serve`: the console and the API.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Extension;
use axum::serve::ListenerExt;
use danggol_core::time::DAY_MS;
use danggol_store::{Target, account, event};
use tokio::net::TcpListener;

use super::Context;
use crate::app::App;
use crate::local::{Door, Local};
use crate::{
    class, duplicate, expected_value, gift, lifestyle, logging, memory, occasion, ranking, review, routes, segment, tag,
};

/// How often the writer's lease is prolonged: well within the time that it lasts.
const RENEW_EVERY: Duration = Duration::from_secs(15);
/// How often the server looks whether another one on the same database changed the brand or its programme.
const REFRESH_EVERY: Duration = Duration::from_secs(5);
/// How often old sessions and what the outbox told long ago are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// For how long the outbox is kept at least: a roster's file that is older is made anew.
const OUTBOX_DAYS: i64 = 7;
/// How many commits of a writer are forgotten in one transaction.
const COMMITS_MAX: i64 = 5_000;
/// How often holders are looked for for whom points expire or a tier's period ends.
const REVIEW_EVERY: Duration = Duration::from_secs(600);
/// How often gifts are looked for that were not collected in time.
const GIFTS_EVERY: Duration = Duration::from_secs(60);
/// How often it is looked whether the calendar was looked at today, for whom it has an occasion.
const OCCASIONS_EVERY: Duration = Duration::from_secs(60);
/// How often segments are looked for that have no snapshot of the business day yet.
const SNAPSHOTS_EVERY: Duration = Duration::from_secs(900);
/// How often commits are followed by the rules of tags: what a member has is always right, and this is how exactly it is known since when.
const TAGS_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether lifestyle groups are to be found, and whether somebody bought who is to be placed.
const LIFESTYLES_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether files changed, or everybody is to be looked at, for members who may be one person.
const DUPLICATES_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether expected value is to be fitted anew; that is done once a business day.
const REFIT_EVERY: Duration = Duration::from_secs(1800);
/// How long requests may go on after the server was asked to end.
const END_WITHIN: Duration = Duration::from_secs(20);

/// Serves until the process is asked to end; then answers what was asked, carries out what waits, and closes the store.
pub fn run(context: &Context) -> Result<()> {
    logging::start(&context.config)?;
    let app = context.open()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(Arc::clone(&app), context));
    app.what_ifs.cancel();
    // Ends the tasks that hold the app, so that the store closes when it is dropped here.
    runtime.shutdown_timeout(Duration::from_secs(5));
    app.close()?;
    drop(app);
    tracing::info!("closed");
    served
}

async fn serve(app: Arc<App>, context: &Context) -> Result<()> {
    let address = app.config.listen;
    let listener = TcpListener::bind(address).await.with_context(|| address.to_string())?;
    let address = listener.local_addr()?;
    every(&app, RENEW_EVERY, async |app| {
        if let Err(error) = app.pipeline.renew() {
            tracing::warn!(%error, "the writer's lease was not prolonged");
        }
    });
    every(&app, REFRESH_EVERY, async |app| {
        if let Err(error) = app.refresh().await {
            tracing::warn!(%error, "the brand was not read again");
        }
    });
    every(&app, FORGET_EVERY, forget_sessions);
    every(&app, FORGET_EVERY, forget_commits);
    every(&app, REVIEW_EVERY, review_holders);
    every(&app, GIFTS_EVERY, lapse_gifts);
    every(&app, OCCASIONS_EVERY, give_gifts);
    every(&app, SNAPSHOTS_EVERY, snapshot_segments);
    every(&app, TAGS_EVERY, follow_tags);
    every(&app, LIFESTYLES_EVERY, group_lifestyles);
    every(&app, DUPLICATES_EVERY, find_duplicates);
    tokio::spawn(refit(Arc::clone(&app)));
    every(&app, REFIT_EVERY, refit);
    if let Err(error) = app.imports.resume(&app).await {
        tracing::error!(%error, "imports were not taken up again");
    }
    app.roster.start();
    tracing::info!(%address, "serving");
    context.report.thing(&[(&["地址", "位址", "주소", "address"], "address", format!("http://{address}").into())]);
    // Answers are small and awaited: none of them waits for a packet to fill up.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
    });
    let _door = open_door(&app);
    let (ending, mut ended) = tokio::sync::watch::channel(false);
    let service = routes::router(app).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        asked_to_end().await;
        tracing::info!("ending");
        ending.send(true).ok();
    });
    let too_late = async {
        ended.wait_for(|ended| *ended).await.ok();
        tokio::time::sleep(END_WITHIN).await;
    };
    tokio::select! {
        served = serving => served?,
        () = too_late => tracing::warn!("some requests did not end in time"),
    }
    Ok(())
}

/// Lets commands on this machine in through the data folder, where there is one. Without it the server still serves.
#[cfg(unix)]
fn open_door(app: &Arc<App>) -> Option<Door> {
    let Target::Sqlite { dir, .. } = &app.config.target else { return None };
    match Door::open(dir) {
        Ok((door, listener)) => {
            let router = routes::router(Arc::clone(app)).layer(Extension(Local));
            tokio::spawn(async move { axum::serve(listener, router).await });
            Some(door)
        }
        Err(error) => {
            tracing::warn!(%error, "commands beside this server cannot hand their work to it");
            None
        }
    }
}

#[cfg(not(unix))]
fn open_door(_: &Arc<App>) {}

/// Does something again and again for as long as there is an app.
fn every<F: Future<Output = ()> + Send>(app: &Arc<App>, period: Duration, work: impl Fn(Arc<App>) -> F + Send + 'static) {
    let app: Weak<App> = Arc::downgrade(app);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let Some(app) = app.upgrade() else { return };
            work(app).await;
        }
    });
}

async fn forget_sessions(app: Arc<App>) {
    let before_ms = app.now_ms() - DAY_MS;
    if let Err(error) = app.store.write(move |conn| account::forget_sessions(conn, before_ms)).await {
        tracing::warn!(%error, "old sessions were not forgotten");
    }
}

async fn forget_commits(app: Arc<App>) {
    let before_ms = app.now_ms() - OUTBOX_DAYS * DAY_MS;
    loop {
        match app.store.write(move |conn| event::prune(conn, before_ms, COMMITS_MAX)).await {
            Ok(0) => return,
            Ok(forgotten) => tracing::debug!(forgotten, "old commits were forgotten"),
            Err(error) => return tracing::warn!(%error, "old commits were not forgotten"),
        }
    }
}

async fn review_holders(app: Arc<App>) {
    match review::review_due(&app).await {
        Ok(0) => {}
        Ok(changed) => tracing::info!(changed, "holders were reviewed"),
        Err(error) => tracing::warn!(code = error.code(), "holders were not reviewed"),
    }
}

async fn lapse_gifts(app: Arc<App>) {
    match gift::lapse_due(&app).await {
        Ok(0) => {}
        Ok(lapsed) => tracing::info!(lapsed, "gifts were not collected in time"),
        Err(error) => tracing::warn!(code = error.code(), "gifts that were not collected in time were left"),
    }
}

async fn give_gifts(app: Arc<App>) {
    match occasion::give_due(&app).await {
        Ok(0) => {}
        Ok(given) => tracing::info!(given, "gifts were given on occasions"),
        Err(error) => tracing::warn!(code = error.code(), "gifts were not given on occasions"),
    }
}

async fn snapshot_segments(app: Arc<App>) {
    match segment::snapshots_due(&app).await {
        Ok(0) => {}
        Ok(taken) => tracing::info!(taken, "snapshots of segments were taken"),
        Err(error) => tracing::warn!(code = error.code(), "snapshots of segments were not taken"),
    }
    match tag::sweeps_due(&app).await {
        Ok(0) => {}
        Ok(changed) => tracing::info!(changed, "tags came or went as time went on"),
        Err(error) => tracing::warn!(code = error.code(), "the rules of tags were not looked at"),
    }
}

async fn follow_tags(app: Arc<App>) {
    if let Err(error) = tag::follow_due(&app).await {
        tracing::warn!(code = error.code(), "commits were not followed by the rules of tags");
    }
}

async fn group_lifestyles(app: Arc<App>) {
    match lifestyle::fit_due(&app).await {
        Ok(false) => {}
        Ok(true) => tracing::info!("lifestyle groups were looked for"),
        Err(error) => tracing::warn!(code = error.code(), "lifestyle groups were not looked for"),
    }
    if let Err(error) = lifestyle::follow_due(&app).await {
        tracing::warn!(code = error.code(), "members who bought were not placed in lifestyle groups");
    }
}

async fn find_duplicates(app: Arc<App>) {
    match duplicate::follow_due(&app).await {
        Ok(0) => {}
        Ok(changed) => tracing::debug!(changed, "pairs of members were found or withdrawn"),
        Err(error) => tracing::warn!(code = error.code(), "members whose files changed were not compared"),
    }
    match duplicate::look_due(&app).await {
        Ok(None) => {}
        Ok(Some(changed)) => {
            tracing::info!(changed, "everybody was compared with who is like her");
            memory::give_back(&app.store).await;
        }
        Err(error) => tracing::warn!(code = error.code(), "members were not compared"),
    }
}

async fn refit(app: Arc<App>) {
    match expected_value::refit_due(&app).await {
        Ok(false) => {}
        Ok(true) => tracing::info!("expected value was fitted"),
        Err(error) => tracing::warn!(code = error.code(), "expected value was not fitted"),
    }
    match class::classify_due(&app).await {
        Ok(None) => {}
        Ok(Some(changed)) => tracing::info!(changed, "members were classed"),
        Err(error) => tracing::warn!(code = error.code(), "members were not classed"),
    }
    match ranking::rank_due(&app).await {
        Ok(0) => {}
        Ok(noted) => tracing::info!(noted, "a ranking was told to the tiers"),
        Err(error) => tracing::warn!(code = error.code(), "a ranking was not told to the tiers"),
    }
    memory::give_back(&app.store).await;
}

/// Waits for SIGINT or SIGTERM.
async fn asked_to_end() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "SIGINT is not heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM is not heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {},
        () = terminate => {},
    }
}

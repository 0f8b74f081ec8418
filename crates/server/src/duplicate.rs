//! Members who may be one person: everybody looked at once a business day on which files changed, and whoever changes as she does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Instant;

use danggol_core::birthday::Birthday;
use danggol_core::duplicate::clue::ClueKind;
use danggol_core::duplicate::{Common, common_from};
use danggol_core::id::MemberId;
use danggol_store::duplicate::{self, Beside, Sight};
use danggol_store::event::{self, Heads};
use danggol_store::{Conn, StoreError, setting};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::gradual;
use crate::problem::{ApiError, ApiResult, kinds};

/// The setting under which stands when everybody was looked at, and what was seen.
const STATE: &str = "duplicate_state";
/// The setting under which stands how far changes of files have been followed.
const CURSOR: &str = "cursor_duplicate";
/// The most changes of files that are followed at once.
const COMMITS_MAX: i64 = 50;
/// The most members whose files are read, or compared, at once.
const MEMBERS_MAX: usize = 500;
/// When so many have changed, or a quarter of all, everybody is looked at within the day: what many share is another thing then.
const CHANGED_MIN: i64 = 1_000;
/// How long nothing is tried again after something failed, in milliseconds.
const REST_MS: i64 = 600_000;

/// When everybody was looked at, and what was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// UTC milliseconds.
    pub looked_at_ms: i64,
    /// The business day.
    pub day: i32,
    /// The newest change of a file before.
    file: i64,
    /// How many members there were.
    pub members: i64,
    /// How many clues of each kind so many share that they say nothing.
    pub passed_over: BTreeMap<ClueKind, i64>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    names: Vec<String>,
    birthdays: Vec<Birthday>,
}

impl State {
    /// When everybody was last looked at; none before the first time.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        Ok(setting::find(conn, STATE)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// With what eyes files are compared since then.
    pub fn sight(&self, app: &App) -> Sight {
        let common = Common::new(self.names.iter().map(String::as_str), self.birthdays.iter().copied());
        Sight { common, members: self.members, lunar: app.rules().lunar, now_ms: app.now_ms() }
    }
}

/// Forgets that everybody was looked at, so that it is due again.
pub fn forget(conn: &mut Conn) -> Result<(), StoreError> {
    setting::remove(conn, STATE)
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateStage)]
pub enum Stage {
    /// Files are read.
    Reading,
    /// Files are compared.
    Comparing,
}

/// How far it is, for all of the server.
#[derive(Default)]
pub struct Desk {
    stage: AtomicU8,
    done: AtomicI64,
    of: AtomicI64,
    changed: AtomicI64,
    rest_until_ms: AtomicI64,
}

impl Desk {
    /// What is being done, how many members it has come to, and how many there are; none when nothing is.
    pub fn progress(&self) -> Option<(Stage, i64, i64)> {
        let stage = match self.stage.load(Ordering::Acquire) {
            1 => Stage::Reading,
            2 => Stage::Comparing,
            _ => return None,
        };
        Some((stage, self.done.load(Ordering::Relaxed), self.of.load(Ordering::Relaxed)))
    }

    fn set(&self, stage: Option<Stage>) {
        self.done.store(0, Ordering::Relaxed);
        let stage = match stage {
            None => 0,
            Some(Stage::Reading) => 1,
            Some(Stage::Comparing) => 2,
        };
        self.stage.store(stage, Ordering::Release);
    }
}

/// Whether everybody is to be looked at, and how far the changes of files are.
fn due(conn: &mut Conn, today: i32, changed: i64) -> Result<Option<Heads>, StoreError> {
    let heads = event::heads(conn)?;
    let Some(state) = State::read(conn)? else { return Ok(Some(heads)) };
    let many = changed >= CHANGED_MIN.max(state.members / 4);
    let is_due = state.file != event::newest_file(&heads) && (many || state.day != today);
    Ok(is_due.then_some(heads))
}

/// Looks at everybody where that is due: once a business day on which files have changed. Says how many pairs are suggested otherwise than
/// before; none where it was not due.
pub async fn look_due(app: &Arc<App>) -> ApiResult<Option<usize>> {
    let now_ms = app.now_ms();
    let desk = &app.duplicates;
    if !app.is_set_up() || now_ms < desk.rest_until_ms.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let (today, changed) = (app.rules().moment(now_ms).day, desk.changed.load(Ordering::Relaxed));
    let Some(heads) = app.store.read(move |conn| due(conn, today, changed)).await? else { return Ok(None) };
    let done = look_at_all(app, heads, (today, now_ms)).await;
    desk.set(None);
    if done.is_err() {
        desk.rest_until_ms.store(now_ms + REST_MS, Ordering::Relaxed);
    }
    done.map(Some)
}

async fn look_at_all(app: &Arc<App>, heads: Heads, (day, looked_at_ms): (i32, i64)) -> ApiResult<usize> {
    let began = Instant::now();
    let (file, first) = (event::newest_file(&heads), text(&heads)?);
    // Whatever changes from here on is followed.
    app.store.write(move |conn| setting::put_new(conn, CURSOR, &first)).await?;
    let (members, names, birthdays) = app
        .store
        .read_apart(|conn| {
            let members = duplicate::members(conn)?;
            let (names, birthdays) = duplicate::common(conn, common_from(members))?;
            Ok((members, names, birthdays))
        })
        .await?;
    app.duplicates.of.store(members, Ordering::Relaxed);
    app.duplicates.changed.store(0, Ordering::Relaxed);
    app.duplicates.set(Some(Stage::Reading));
    let keyring = Arc::clone(&app.keyring);
    pages(app, move |conn, ids| duplicate::clue_changes(conn, &keyring, ids), duplicate::keep_clues).await?;
    app.duplicates.set(Some(Stage::Comparing));
    let mut state = State { looked_at_ms, day, file, members, passed_over: BTreeMap::new(), took_ms: 0, names, birthdays };
    let (keyring, sight) = (Arc::clone(&app.keyring), state.sight(app));
    let look = move |conn: &mut Conn, ids: &[MemberId]| duplicate::look(conn, &keyring, &sight, ids, Beside::Later);
    let found = pages(app, look, duplicate::keep).await?;
    state.passed_over = app.store.read_apart(move |conn| duplicate::passed_over(conn, members)).await?;
    state.took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let state = text(&state)?;
    app.store.write(move |conn| setting::put(conn, STATE, &state)).await?;
    Ok(found)
}

fn text(value: &impl Serialize) -> ApiResult<String> {
    serde_json::to_string(value).map_err(|_| ApiError::new(&kinds::INTERNAL))
}

/// Reads everybody page by page, and writes what follows from each page before the next. Says how much that was.
async fn pages<T: Clone + Send + Sync + 'static>(
    app: &Arc<App>,
    find: impl Fn(&mut Conn, &[MemberId]) -> Result<Vec<T>, StoreError> + Send + Sync + 'static,
    keep: fn(&mut Conn, &[T]) -> Result<(), StoreError>,
) -> ApiResult<usize> {
    let (find, mut after, mut written) = (Arc::new(find), MemberId(0), 0);
    loop {
        let find = Arc::clone(&find);
        let page = app.store.read_apart(move |conn| {
            let ids = duplicate::page(conn, after, MEMBERS_MAX as i64)?;
            Ok((find(conn, &ids)?, ids))
        });
        let (changes, ids) = page.await?;
        let Some(last) = ids.last() else { return Ok(written) };
        gradual::write(app, &changes, keep, |_| {}).await?;
        (after, written) = (*last, written + changes.len());
        app.duplicates.done.fetch_add(ids.len() as i64, Ordering::Relaxed);
    }
}

/// Looks anew at the members whose files changed since the last time. Says how many pairs are suggested otherwise than before.
pub async fn follow_due(app: &Arc<App>) -> ApiResult<usize> {
    let mut changed = 0;
    loop {
        let read = app.store.read(|conn| {
            let cursor = setting::find(conn, CURSOR)?.and_then(|text| serde_json::from_str::<Heads>(&text).ok());
            let Some((cursor, state)) = cursor.zip(State::read(conn)?) else { return Ok(None) };
            let (members, reached) = event::files_after(conn, &cursor, COMMITS_MAX)?;
            Ok((event::newest_file(&cursor) != event::newest_file(&reached)).then_some((members, reached, state)))
        });
        let Some((members, reached, state)) = read.await? else { return Ok(changed) };
        let ids: Vec<MemberId> = members.into_iter().collect();
        for part in ids.chunks(MEMBERS_MAX) {
            changed += look_at(app, part.to_vec(), state.sight(app)).await?;
        }
        let reached = text(&reached)?;
        app.store.write(move |conn| setting::put(conn, CURSOR, &reached)).await?;
    }
}

async fn look_at(app: &Arc<App>, ids: Vec<MemberId>, sight: Sight) -> ApiResult<usize> {
    app.duplicates.changed.fetch_add(ids.len() as i64, Ordering::Relaxed);
    let (keyring, read) = (Arc::clone(&app.keyring), ids.clone());
    let clues = app.store.read(move |conn| duplicate::clue_changes(conn, &keyring, &read)).await?;
    gradual::write(app, &clues, duplicate::keep_clues, |_| {}).await?;
    let keyring = Arc::clone(&app.keyring);
    let changes = app.store.read(move |conn| duplicate::look(conn, &keyring, &sight, &ids, Beside::All)).await?;
    gradual::write(app, &changes, duplicate::keep, |_| {}).await?;
    Ok(changes.len())
}

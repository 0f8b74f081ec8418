//! Lifestyle groups as the server keeps them: found when somebody asks for it first, fitted anew every month, new members placed as they buy.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use danggol_core::id::MemberId;
use danggol_core::language::Language;
use danggol_core::lifestyle::description::{Called, Description, Moved, Scored, describe, names, score};
use danggol_core::lifestyle::meaning::Meaning;
use danggol_core::lifestyle::model::{Model, Place};
use danggol_core::lifestyle::renewal::{Renewed, Wanted, renew};
use danggol_core::lifestyle::taste::{Gathering, Tastes};
use danggol_core::lifestyle::{FIRM_PURCHASES, Lack, Placed, REFIT_DAYS, WINDOW_DAYS, lacking_days};
use danggol_store::event::{self, Heads};
use danggol_store::lifestyle::{self, GroupRecord, PlacedMember};
use danggol_store::{Conn, StoreError, setting, tag};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::gradual;
use crate::problem::{ApiError, ApiResult, kinds};

/// The settings under which things are kept.
const STATE: &str = "lifestyle_state";
const KEPT: &str = "lifestyle_model";
const PROPOSED: &str = "lifestyle_proposal";
const NAMES: &str = "lifestyle_names";
const CURSOR: &str = "cursor_lifestyle";
/// The most commits of a writer that are followed at once.
const COMMITS_MAX: i64 = 200;
/// The most members that are placed at once as they buy.
const MEMBERS_MAX: usize = 500;
/// How long nothing is tried again after something failed, in milliseconds.
const REST_MS: i64 = 600_000;

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedFor {
    /// So many groups; none: as many as the data carry.
    pub groups: Option<usize>,
    /// Those that were proposed.
    #[serde(default)]
    pub proposed: bool,
    /// When, in UTC milliseconds.
    pub at_ms: i64,
}

/// Where things stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When somebody first asked for groups, in UTC milliseconds.
    pub begun_at_ms: i64,
    /// What is to be done.
    pub asked: Option<AskedFor>,
    /// The business day on which it was last tried to find groups.
    pub tried_day: Option<i32>,
    /// The business day on which groups were last fitted.
    pub fitted_day: Option<i32>,
    /// What was missing when it was last tried.
    pub lack: Option<Lack>,
}

/// The groups in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// When they were fitted, in UTC milliseconds.
    pub fitted_at_ms: i64,
    /// The first and the last business day that was looked at.
    pub days: (i32, i32),
    /// The groups.
    pub model: Model,
    /// What sets them apart.
    pub described: Vec<Description>,
    /// Who moved at the fit.
    pub moved: Vec<Moved>,
    /// The categories by who buys them.
    pub scored: Vec<Scored>,
}

/// Groups that wait for somebody to say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    /// When they were found, in UTC milliseconds.
    pub found_at_ms: i64,
    /// The groups.
    pub model: Model,
    /// What sets them apart.
    pub described: Vec<Description>,
    /// Who would move.
    pub moved: Vec<Moved>,
}

fn read<T: DeserializeOwned>(conn: &mut Conn, key: &str) -> Result<Option<T>, StoreError> {
    Ok(setting::find(conn, key)?.and_then(|text| serde_json::from_str(&text).ok()))
}

fn put<T: Serialize>(conn: &mut Conn, key: &str, value: &T) -> Result<(), StoreError> {
    let text = serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))?;
    setting::put(conn, key, &text)
}

impl State {
    /// Reads it; none before somebody asked for groups.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        read(conn, STATE)
    }
}

impl Kept {
    /// Reads the groups in force.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        read(conn, KEPT)
    }
}

impl Proposed {
    /// Reads what waits.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        read(conn, PROPOSED)
    }

    /// Drops what waits.
    pub fn drop(conn: &mut Conn) -> Result<(), StoreError> {
        setting::remove(conn, PROPOSED)
    }
}

/// Asks for groups.
pub fn ask(conn: &mut Conn, asked: AskedFor) -> Result<(), StoreError> {
    let state = State::read(conn)?;
    let begun_at_ms = state.as_ref().map_or(asked.at_ms, |state| state.begun_at_ms);
    let (tried_day, fitted_day) = state.as_ref().map_or((None, None), |state| (state.tried_day, state.fitted_day));
    put(conn, STATE, &State { begun_at_ms, asked: Some(asked), tried_day, fitted_day, lack: state.and_then(|state| state.lack) })
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LifestyleStage)]
pub enum Stage {
    /// Purchases are read.
    Reading,
    /// Groups are found, and members placed in them.
    Grouping,
    /// Who is where is written.
    Writing,
}

/// What all of the server share: how far it is, who is in which group, and what groups are called.
#[derive(Default)]
pub struct Desk {
    stage: AtomicU8,
    done: AtomicU64,
    rest_until_ms: AtomicI64,
    called: RwLock<Arc<Vec<Called>>>,
}

impl Desk {
    /// What is being done, and how many purchases or members it has come to; none when nothing is.
    pub fn progress(&self) -> Option<(Stage, u64)> {
        let stage = match self.stage.load(Ordering::Acquire) {
            1 => Stage::Reading,
            2 => Stage::Grouping,
            3 => Stage::Writing,
            _ => return None,
        };
        Some((stage, self.done.load(Ordering::Relaxed)))
    }

    fn set(&self, stage: Option<Stage>) {
        self.done.store(0, Ordering::Relaxed);
        let stage = match stage {
            None => 0,
            Some(Stage::Reading) => 1,
            Some(Stage::Grouping) => 2,
            Some(Stage::Writing) => 3,
        };
        self.stage.store(stage, Ordering::Release);
    }

    /// What groups are called in a language, by their codes.
    pub fn names(&self, language: Language) -> Vec<(String, String)> {
        names(&self.called.read().unwrap_or_else(PoisonError::into_inner), language)
    }

    /// Takes over what groups are called.
    pub fn call(&self, called: Vec<Called>) {
        *self.called.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(called);
    }
}

/// In which group everybody is.
type Everybody = Arc<HashMap<i64, Placed>>;

/// In which group everybody is, in memory once a question over columns asked for it; what changed since is read at each question.
#[derive(Default)]
pub struct Known(Mutex<(i64, Everybody)>);

impl Known {
    /// In which group everybody is.
    pub fn read(&self, conn: &mut Conn) -> Result<Everybody, StoreError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (revision, places) = &mut *known;
        if lifestyle::revision(conn)? != *revision {
            let (changed, newest) = lifestyle::all_after(conn, *revision)?;
            let places = Arc::make_mut(places);
            for PlacedMember { member, placed, .. } in changed {
                match placed {
                    Some(placed) => drop(places.insert(member, placed)),
                    None => drop(places.remove(&member)),
                }
            }
            *revision = newest;
        }
        Ok(Arc::clone(places))
    }
}

/// What groups are called, those that are no more included.
pub fn called(conn: &mut Conn) -> Result<Vec<Called>, StoreError> {
    let mut called: Vec<Called> = read(conn, NAMES)?.unwrap_or_default();
    for group in lifestyle::groups(conn)? {
        match called.iter_mut().find(|known| known.code == group.code) {
            Some(known) => known.name = group.name,
            None => called.push(Called { code: group.code, name: group.name, ..Called::default() }),
        }
    }
    Ok(called)
}

/// By what groups would be called.
pub fn callable(described: &[Description]) -> Vec<Called> {
    let group = |group: &Description| Called {
        code: group.code.clone(),
        name: None,
        meanings: group.meanings.clone(),
        categories: group.apart.iter().take(2).map(|apart| apart.category.clone()).collect(),
        own: group.own.clone(),
        own_meaning: group.own_meaning.clone(),
    };
    described.iter().map(group).collect()
}

/// What a category means: what the brand says, else what its name says, else with what its buyers are known for.
pub fn meaning(category: &str, said: &BTreeMap<String, String>, scored: &[Scored]) -> Option<(String, Source)> {
    if let Some(meaning) = said.get(category) {
        return Some((meaning.clone(), Source::Brand));
    }
    if let Some(meaning) = Meaning::of_name(category) {
        return Some((meaning.word().to_owned(), Source::Name));
    }
    let found = scored.binary_search_by(|one| one.category.as_str().cmp(category)).ok()?;
    scored[found].scored.map(|(meaning, _)| (meaning.word().to_owned(), Source::Buyers))
}

/// Why a category means what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LifestyleMeaningSource)]
pub enum Source {
    /// The brand says so.
    Brand,
    /// Its name says so.
    Name,
    /// It is bought with what stands for that way of life.
    Buyers,
}

/// What is known before groups are found.
struct Before {
    heads: Heads,
    kept: Option<Kept>,
    wanted: Wanted,
    places: HashMap<i64, PlacedMember>,
    groups: Vec<GroupRecord>,
    said: BTreeMap<String, String>,
    first_day: Option<i32>,
}

/// Whether something is to be done on this business day, and what is known then.
fn due(conn: &mut Conn, today: i32) -> Result<Option<(State, Before)>, StoreError> {
    let Some(state) = State::read(conn)? else { return Ok(None) };
    let is_month = state.tried_day != Some(today) && state.fitted_day.is_none_or(|fitted| today - fitted >= REFIT_DAYS);
    let wanted = match &state.asked {
        Some(AskedFor { proposed: true, .. }) => match Proposed::read(conn)? {
            Some(proposed) => Wanted::Proposed(Box::new(proposed.model)),
            None => Wanted::Month,
        },
        Some(AskedFor { groups, .. }) => Wanted::Anew(*groups),
        None if is_month => Wanted::Month,
        None => return Ok(None),
    };
    let (places, _) = lifestyle::all_after(conn, 0)?;
    let before = Before {
        heads: event::heads(conn)?,
        kept: Kept::read(conn)?,
        wanted,
        places: places.into_iter().map(|place| (place.member, place)).collect(),
        groups: lifestyle::groups(conn)?,
        said: lifestyle::meanings(conn)?,
        first_day: lifestyle::days(conn)?.map(|(first, _)| first),
    };
    Ok(Some((state, before)))
}

/// Finds groups or fits them anew where that is due, and says whether it did.
pub async fn fit_due(app: &Arc<App>) -> ApiResult<bool> {
    let now_ms = app.now_ms();
    if now_ms < app.lifestyles.rest_until_ms.load(Ordering::Relaxed) {
        return Ok(false);
    }
    let today = app.rules().moment(now_ms).day;
    let Some((state, before)) = app.store.read(move |conn| due(conn, today)).await? else { return Ok(false) };
    let done = fit(app, &state, before, (today, now_ms)).await;
    app.lifestyles.set(None);
    if done.is_err() {
        app.lifestyles.rest_until_ms.store(now_ms + REST_MS, Ordering::Relaxed);
    }
    done.map(|()| true)
}

/// Sets down that it was tried; what somebody asked for meanwhile stays to be done.
async fn tried(app: &Arc<App>, state: &State, today: i32, lack: Option<Lack>) -> ApiResult<()> {
    let asked = state.asked.clone();
    let keep = move |conn: &mut Conn| {
        let Some(mut state) = State::read(conn)? else { return Ok(()) };
        if state.asked == asked {
            state.asked = None;
        }
        if lack.is_none() {
            state.fitted_day = Some(today);
        }
        (state.tried_day, state.lack) = (Some(today), lack.clone());
        put(conn, STATE, &state)
    };
    Ok(app.store.write(keep).await?)
}

async fn fit(app: &Arc<App>, state: &State, before: Before, (today, now_ms): (i32, i64)) -> ApiResult<()> {
    if let Some(lack) = lacking_days(before.first_day, today) {
        return tried(app, state, today, Some(lack)).await;
    }
    app.lifestyles.set(Some(Stage::Reading));
    let (days, reader) = ((today - WINDOW_DAYS + 1, today), Arc::clone(app));
    let tastes = app.store.read_apart(move |conn| {
        let mut gathering = Gathering::default();
        lifestyle::each_purchase(conn, days, None, |member, lines| {
            reader.lifestyles.done.fetch_add(1, Ordering::Relaxed);
            gathering.purchase(member, lines);
        })?;
        Ok(gathering.finish())
    });
    let tastes = tastes.await?;
    app.lifestyles.set(Some(Stage::Grouping));
    let days = (days.0.max(before.first_day.unwrap_or(days.0)), today);
    let found = tokio::task::spawn_blocking(move || find(&tastes, before, days, now_ms));
    let found = match found.await.map_err(|_| ApiError::new(&kinds::INTERNAL))? {
        Ok(found) => found,
        Err(lack) => return tried(app, state, today, Some(lack)).await,
    };
    app.lifestyles.set(Some(Stage::Writing));
    keep(app, found).await?;
    tried(app, state, today, None).await?;
    Ok(app.refresh().await?)
}

/// What is to be written.
struct Found {
    kept: Option<Kept>,
    proposed: Option<Proposed>,
    /// What waited is answered.
    is_answered: bool,
    groups: Vec<GroupRecord>,
    changed: Vec<PlacedMember>,
    heads: Heads,
}

fn find(tastes: &Tastes, before: Before, days: (i32, i32), now_ms: i64) -> Result<Found, Lack> {
    let Before { heads, kept, wanted, places, groups, said, .. } = before;
    let held: HashMap<i64, String> =
        places.values().filter_map(|place| Some((place.member, place.placed.as_ref()?.group.clone()))).collect();
    let used: Vec<String> = groups.iter().map(|group| group.code.clone()).collect();
    let silent = Meaning::Nothing.word();
    let is_silent = |category: &str| meaning(category, &said, &[]).is_some_and(|(meaning, _)| meaning == silent);
    let is_answered = matches!(wanted, Wanted::Proposed(_));
    let renewal = renew(tastes, kept.as_ref().map(|kept| &kept.model), (&held, &used), wanted, is_silent)?;
    let seed = |category: &str| match said.get(category) {
        Some(meaning) => Meaning::from_word(meaning),
        None => Meaning::of_name(category),
    };
    let described = |renewed: &Renewed| {
        let scored = score(&renewed.model, tastes, seed);
        let meaning = |category: &str| meaning(category, &said, &scored).map(|(meaning, _)| meaning);
        (describe(&renewed.model, tastes, &renewed.places, meaning), scored)
    };
    let mut changed = Vec::new();
    let mut made = Vec::new();
    let kept = renewal.taken.map(|renewed| {
        let (described, scored) = described(&renewed);
        changed = changes(tastes, &renewed, places, days.1);
        made = renamed(&renewed.model, &groups, now_ms);
        let Renewed { model, moved, .. } = renewed;
        Kept { fitted_at_ms: now_ms, days, model, described, moved, scored }
    });
    let proposed = renewal.proposed.map(|renewed| {
        let (described, _) = described(&renewed);
        let Renewed { model, moved, .. } = renewed;
        Proposed { found_at_ms: now_ms, model, described, moved }
    });
    Ok(Found { kept, proposed, is_answered, groups: made, changed, heads })
}

/// The groups that are new, are no more, or are there again.
fn renamed(model: &Model, known: &[GroupRecord], now_ms: i64) -> Vec<GroupRecord> {
    let is_there = |code: &str| model.group(code).is_some();
    let new = model.groups.iter().filter(|group| known.iter().all(|known| known.code != group.code));
    let new = new.map(|group| GroupRecord { code: group.code.clone(), name: None, made_at_ms: now_ms, retired_at_ms: None });
    let changed = known.iter().filter(|group| is_there(&group.code) == group.retired_at_ms.is_some());
    let changed = changed.map(|group| GroupRecord { retired_at_ms: (!is_there(&group.code)).then_some(now_ms), ..group.clone() });
    new.chain(changed).collect()
}

/// Whose row changes: who stands elsewhere or otherwise, and who bought nothing any more.
fn changes(tastes: &Tastes, renewed: &Renewed, mut before: HashMap<i64, PlacedMember>, today: i32) -> Vec<PlacedMember> {
    let mut changed = Vec::new();
    for (taste, place) in tastes.iter().zip(&renewed.places) {
        let known = before.remove(&taste.member);
        let now = placed(&renewed.model, (taste.member, taste.purchases), *place, known.as_ref(), today);
        if known.as_ref() != Some(&now) {
            changed.push(now);
        }
    }
    let gone = before.into_values().filter(|place| place.placed.is_some());
    changed.extend(gone.map(|place| PlacedMember { placed: None, purchases: 0, ..place }));
    changed.sort_unstable_by_key(|place| place.member);
    changed
}

fn placed(
    model: &Model,
    (member, purchases): (i64, u32),
    place: Option<Place>,
    known: Option<&PlacedMember>,
    today: i32,
) -> PlacedMember {
    let before = known.and_then(|known| known.placed.as_ref());
    let placed = place.map(|place| {
        let group = model.groups[place.group].code.clone();
        let since_day = before.filter(|before| before.group == group).map_or(today, |before| before.since_day);
        Placed { group, score: place.score, since_day }
    });
    PlacedMember { member, placed, purchases: purchases.into() }
}

async fn keep(app: &Arc<App>, found: Found) -> ApiResult<()> {
    let Found { kept, proposed, is_answered, groups, changed, heads } = found;
    let count = |written: usize| {
        app.lifestyles.done.fetch_add(written as u64, Ordering::Relaxed);
    };
    gradual::write(app, &changed, lifestyle::keep, count).await?;
    let write = move |conn: &mut Conn| {
        if is_answered {
            Proposed::drop(conn)?;
        }
        if let Some(kept) = &kept {
            lifestyle::put_groups(conn, &groups)?;
            put(conn, KEPT, kept)?;
            put(conn, NAMES, &callable(&kept.described))?;
            put(conn, CURSOR, &heads)?;
        }
        if let Some(proposed) = &proposed {
            put(conn, PROPOSED, proposed)?;
        }
        Ok(())
    };
    Ok(app.store.write(write).await?)
}

/// Places the members who bought since the last time, as far as they do not stand firm in a group. Says how many stand elsewhere now.
pub async fn follow_due(app: &Arc<App>) -> ApiResult<usize> {
    let mut changed = 0;
    loop {
        let today = app.rules().moment(app.now_ms()).day;
        let look = move |conn: &mut Conn| {
            let Some(before) = read::<Heads>(conn, CURSOR)? else { return Ok(None) };
            if event::heads(conn)? == before {
                return Ok(None);
            }
            let (touched, after) = tag::happened_after(conn, &before, COMMITS_MAX)?;
            if after == before {
                return Ok(None);
            }
            let Some(kept) = Kept::read(conn)? else { return Ok(None) };
            let mut rows = Vec::new();
            let members: BTreeSet<MemberId> = touched.into_keys().collect();
            let members: Vec<MemberId> = members.into_iter().collect();
            for part in members.chunks(MEMBERS_MAX) {
                rows.extend(look_at(conn, &kept.model, part, today)?);
            }
            Ok(Some((rows, after, before)))
        };
        let Some((rows, after, before)) = app.store.read(look).await? else { return Ok(changed) };
        changed += rows.len();
        let kept = app.store.write(move |conn| {
            // Groups may have been fitted meanwhile, with everybody placed anew and the cursor set back.
            if read::<Heads>(conn, CURSOR)?.as_ref() != Some(&before) {
                return Ok(false);
            }
            lifestyle::keep(conn, &rows)?;
            put(conn, CURSOR, &after)?;
            Ok(true)
        });
        if !kept.await? {
            return Ok(changed);
        }
    }
}

/// The rows of members that change by what they bought.
fn look_at(conn: &mut Conn, model: &Model, members: &[MemberId], today: i32) -> Result<Vec<PlacedMember>, StoreError> {
    let known = lifestyle::find(conn, members)?;
    let tastes = tastes_of(conn, members, today)?;
    let placing = model.over(&tastes);
    let mut changed = Vec::new();
    let mut bought = BTreeSet::new();
    for taste in tastes.iter() {
        bought.insert(taste.member);
        let row = known.get(&taste.member);
        let held = row.and_then(|row| model.group(&row.placed.as_ref()?.group));
        let is_firm = held.is_some() && row.is_some_and(|row| row.purchases >= i64::from(FIRM_PURCHASES));
        if is_firm {
            continue;
        }
        let now = placed(model, (taste.member, taste.purchases), placing.place(taste, held), row, today);
        if row != Some(&now) {
            changed.push(now);
        }
    }
    let gone = known.into_values().filter(|row| row.placed.is_some() && !bought.contains(&row.member));
    changed.extend(gone.map(|row| PlacedMember { placed: None, purchases: 0, ..row }));
    Ok(changed)
}

/// What some members buy.
pub fn tastes_of(conn: &mut Conn, members: &[MemberId], today: i32) -> Result<Tastes, StoreError> {
    let mut gathering = Gathering::default();
    lifestyle::each_purchase(conn, (today - WINDOW_DAYS + 1, today), Some(members), |member, lines| {
        gathering.purchase(member, lines);
    })?;
    Ok(gathering.finish())
}

//! The roster in a running server: loaded from the store when it is wanted, then following the outbox, whoever writes to the database.
//!
//! A thread of its own reads, so that no question waits for a loading. A question that comes while the roster is warm first asks the store
//! how far the outbox goes and waits until the roster has come as far: its answer is the one that SQL would give. A roster that is not warm,
//! lags, or cannot hold the brand answers nothing, and SQL does.

mod file;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use danggol_core::class::Class;
use danggol_core::decide::Rules;
use danggol_core::household::Housed;
use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::lifestyle::Placed;
use danggol_core::member::MemberStatus;
use danggol_core::person::KeptPerson;
use danggol_roster::{Builder, Fault, Living, Roster};
use danggol_store::event::{self, Heads};
use danggol_store::{Conn, Store, StoreError, household, person};

use crate::class::Known;
use crate::config::RosterUse;
use crate::lifestyle;
use crate::segment::now;

use file::RosterFile;

/// How often the outbox is looked at when nobody asks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a question waits for the roster to catch up.
const CATCH_UP_WITHIN: Duration = Duration::from_millis(500);
/// How long the roster rests after the store failed it.
const REST: Duration = Duration::from_secs(5);
/// Members and purchases that are read at once.
const PAGE: i64 = 5_000;
/// Members who are put together at once.
const PEOPLE: usize = 250;
/// Members who changed between two looks beyond which everything is read anew.
const MANY: usize = 50_000;
/// Members laid over the base from which on they are folded into a new one, where nothing else is said.
pub const FOLD_FROM: usize = 2_000;

/// How a roster is kept.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// When it is there.
    pub uses: RosterUse,
    /// Members laid over the base from which on they are folded into a new one, or one of fifty where that is more.
    pub fold_from: usize,
    /// Its file.
    pub file: Option<PathBuf>,
}

/// How far the roster has come.
enum Stage {
    Cold,
    Loading,
    Warm(Living, Heads),
}

struct State {
    stage: Stage,
    /// Somebody wants it.
    is_wanted: bool,
    /// Somebody waits for the next look.
    is_awaited: bool,
    is_ended: bool,
    /// It came from its file.
    from_file: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    store: Weak<Store>,
    rules: Arc<RwLock<Arc<Rules>>>,
    keeping: Keeping,
}

/// Members whose files changed, beyond which it is quicker to read how everybody lives.
const HOMES_FOLLOWED: usize = 10_000;

/// How members live, with the number of the change of files at which it was read.
type Homes = Option<(i64, Arc<HashMap<i64, Housed>>)>;

/// The way to the roster. Its thread ends with the last copy.
#[derive(Clone)]
pub struct Desk {
    shared: Arc<Shared>,
    follower: Arc<Follower>,
    classes: Arc<Known>,
    lifestyles: Arc<lifestyle::Known>,
    households: Arc<Mutex<Homes>>,
}

/// The thread that reads; it is started when the roster is first wanted.
struct Follower {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.shared.lock().is_ended = true;
        self.shared.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A panic there has been printed by its hook.
        thread.map(JoinHandle::join);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_ended(&self) -> bool {
        self.lock().is_ended
    }

    fn set(&self, stage: Stage) {
        let before = std::mem::replace(&mut self.lock().stage, stage);
        self.changed.notify_all();
        // A roster is large: whoever waits for the lock need not wait for that.
        drop(before);
    }

    /// Waits for so long, or until somebody awaits the next look; false once it is ended.
    fn wait(&self, within: Duration) -> bool {
        let is_idle = |state: &mut State| !state.is_awaited && !state.is_ended;
        let (mut state, _) =
            self.changed.wait_timeout_while(self.lock(), within, is_idle).unwrap_or_else(PoisonError::into_inner);
        state.is_awaited = false;
        !state.is_ended
    }
}

fn has_seen(seen: &Heads, heads: &Heads) -> bool {
    heads.iter().all(|(writer, head)| seen.get(writer).is_some_and(|seen| seen >= head))
}

impl Desk {
    /// A desk over a store; the rules say by which clock days are cut.
    pub fn new(keeping: Keeping, store: &Arc<Store>, rules: Arc<RwLock<Arc<Rules>>>) -> Desk {
        let state = State { stage: Stage::Cold, is_wanted: false, is_awaited: false, is_ended: false, from_file: false };
        let (state, store) = (Mutex::new(state), Arc::downgrade(store));
        let shared = Arc::new(Shared { state, changed: Condvar::new(), store, rules, keeping });
        let follower = Arc::new(Follower { shared: Arc::clone(&shared), thread: Mutex::default() });
        Desk { follower, shared, classes: Arc::default(), lifestyles: Arc::default(), households: Arc::default() }
    }

    /// Begins to load the roster when it is to be there from the start.
    pub fn start(&self) {
        if self.shared.keeping.uses == RosterUse::Start {
            self.want();
        }
    }

    /// Has the roster loaded, unless it is there or is never used.
    fn want(&self) {
        if self.shared.keeping.uses == RosterUse::Never || std::mem::replace(&mut self.shared.lock().is_wanted, true) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let started = thread::Builder::new().name("roster".to_owned()).spawn(move || run(&shared));
        match started {
            Ok(thread) => *self.follower.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread),
            Err(error) => tracing::error!(%error, "the roster's thread was not started"),
        }
    }

    /// What everybody was classed as.
    pub fn classes(&self, conn: &mut Conn) -> Result<Arc<HashMap<i64, Class>>, StoreError> {
        self.classes.read(conn)
    }

    /// In which lifestyle group everybody is.
    pub fn lifestyles(&self, conn: &mut Conn) -> Result<Arc<HashMap<i64, Placed>>, StoreError> {
        self.lifestyles.read(conn)
    }

    /// How everybody lives who is in a household. Where files changed since it was last asked, those are read again; everybody's where they are
    /// very many.
    pub fn households(&self, conn: &mut Conn) -> Result<Arc<HashMap<i64, Housed>>, StoreError> {
        let head = event::files_head(conn)?;
        let mut known = self.households.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((seen, homes)) = known.as_mut() {
            if *seen == head {
                return Ok(Arc::clone(homes));
            }
            let changed = event::files_between(conn, *seen, head)?.filter(|changed| changed.len() <= HOMES_FOLLOWED);
            if let Some(changed) = changed {
                household::seen::follow(conn, Arc::make_mut(homes), &changed)?;
                *seen = head;
                return Ok(Arc::clone(homes));
            }
        }
        let homes = Arc::new(household::seen::everybody(conn)?);
        *known = Some((head, Arc::clone(&homes)));
        Ok(homes)
    }

    /// Whether it can answer.
    pub fn is_warm(&self) -> bool {
        matches!(self.shared.lock().stage, Stage::Warm(..))
    }

    /// Whether it was read from its file and not from the store.
    pub fn is_from_file(&self) -> bool {
        self.shared.lock().from_file
    }

    /// Waits until it can answer, for so long; says whether it can.
    pub fn wait_until_warm(&self, within: Duration) -> bool {
        let is_cold = |state: &mut State| !matches!(state.stage, Stage::Warm(..)) && !state.is_ended;
        let waited = self.shared.changed.wait_timeout_while(self.shared.lock(), within, is_cold);
        !is_cold(&mut waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Whether it has come as far as these heads, without being asked to.
    pub fn has_seen(&self, heads: &Heads) -> bool {
        matches!(&self.shared.lock().stage, Stage::Warm(_, seen) if has_seen(seen, heads))
    }

    /// Members who are laid over the base; none while there is no base.
    pub fn laid_over(&self) -> Option<usize> {
        match &self.shared.lock().stage {
            Stage::Warm(living, _) => Some(living.changed()),
            Stage::Cold | Stage::Loading => None,
        }
    }

    /// The roster as far as the outbox goes now; none where SQL has to answer. With the first question the roster is wanted.
    pub fn living(&self, conn: &mut Conn, rules: &Rules) -> Result<Option<Living>, StoreError> {
        if !self.is_warm() {
            self.want();
            return Ok(None);
        }
        let heads = event::heads(conn)?;
        let is_behind = |state: &mut State| match &state.stage {
            Stage::Warm(_, seen) if !state.is_ended => !has_seen(seen, &heads),
            _ => false,
        };
        let mut state = self.shared.lock();
        if is_behind(&mut state) {
            state.is_awaited = true;
            self.shared.changed.notify_all();
            let waited = self.shared.changed.wait_timeout_while(state, CATCH_UP_WITHIN, is_behind);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(match &state.stage {
            Stage::Warm(living, seen) if has_seen(seen, &heads) && *living.base().zone() == rules.clock().zone => {
                Some(living.clone())
            }
            _ => None,
        })
    }
}

/// Why the roster is not followed any more.
enum Stop {
    /// Everything is to be read anew.
    Anew,
    /// The server ends.
    Ended,
    /// No roster can hold the brand.
    Unfit(Fault),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Stop::Store(error)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Unfit(fault)
    }
}

/// The life of the thread.
fn run(shared: &Shared) {
    loop {
        match live(shared) {
            Stop::Ended => return,
            Stop::Anew => tracing::info!("the roster is read anew"),
            Stop::Unfit(fault) => {
                tracing::warn!(%fault, "there is no roster: SQL answers");
                shared.set(Stage::Cold);
                return;
            }
            Stop::Store(error) => tracing::warn!(%error, "the roster does not follow"),
        }
        shared.set(Stage::Cold);
        if !shared.wait(REST) {
            return;
        }
    }
}

/// Loads the roster and follows until something ends that.
fn live(shared: &Shared) -> Stop {
    let conn = match shared.store.upgrade() {
        Some(store) => store.open_reader(),
        None => return Stop::Ended,
    };
    let mut conn = match conn {
        Ok(conn) => conn,
        Err(error) => return Stop::Store(error),
    };
    shared.set(Stage::Loading);
    let mut file = shared.keeping.file.clone().map(RosterFile::new);
    match warm(shared, &mut conn, file.as_mut()).and_then(|()| follow(shared, &mut conn, file.as_mut())) {
        Ok(()) => Stop::Ended,
        Err(stop) => stop,
    }
}

/// Has the roster from its file, or else from the store.
fn warm(shared: &Shared, conn: &mut Conn, file: Option<&mut RosterFile>) -> Result<(), Stop> {
    let began = Instant::now();
    let kept = match &file {
        Some(file) => file.read(conn, &shared.rules().clock().zone)?,
        None => None,
    };
    let from_file = kept.is_some();
    let (base, seen) = kept.map_or_else(|| load(shared, conn), Ok)?;
    let (members, purchases, seconds) = (base.members(), base.purchases(), began.elapsed().as_secs_f64());
    tracing::info!(members, purchases, seconds, from_file, "the roster is loaded");
    let living = Living::new(base);
    if let (Some(file), false) = (file, from_file) {
        file.renew(Arc::clone(living.base()), &seen, conn)?;
    }
    shared.lock().from_file = from_file;
    shared.set(Stage::Warm(living, seen));
    Ok(())
}

/// Reads everybody, page by page. Whoever changes meanwhile is named after the heads that are taken first, and is read again.
fn load(shared: &Shared, conn: &mut Conn) -> Result<(Roster, Heads), Stop> {
    let rules = shared.rules();
    let now = now(&rules, 0);
    let seen = conn.snapshot(event::heads)?;
    let mut builder = Builder::new(now.zone.clone());
    let mut after = MemberId(0);
    loop {
        let page = conn.snapshot(|conn| person::page(conn, after, PAGE))?;
        page.iter().try_for_each(|(file, state)| builder.member(file, state))?;
        match page.last() {
            Some((file, _)) => after = file.facts.member,
            None => break,
        }
        if shared.is_ended() {
            return Err(Stop::Ended);
        }
    }
    let mut after = PurchaseId(0);
    loop {
        let page = conn.snapshot(|conn| person::sold(conn, after, PAGE, now))?;
        for sold in &page {
            let taken = match &sold.left {
                Some(bought) => builder.bought(sold.member, bought),
                None => builder.gave_back(sold.member, sold.day),
            };
            match taken {
                // She was enrolled after the members were read.
                Ok(()) | Err(Fault::UnknownMember(_)) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        match page.last() {
            Some(sold) => after = sold.id,
            None => break,
        }
        if shared.is_ended() {
            return Err(Stop::Ended);
        }
    }
    Ok((builder.finish()?, seen))
}

/// A new base being made of a copy.
struct Folding {
    copy: Living,
    seen: Heads,
    thread: JoinHandle<Result<Roster, Fault>>,
}

/// Follows the outbox until the server ends.
fn follow(shared: &Shared, conn: &mut Conn, mut file: Option<&mut RosterFile>) -> Result<(), Stop> {
    let mut folding: Option<Folding> = None;
    while shared.wait(LOOK_EVERY) {
        if let Some((people, heads)) = look(shared, conn)? {
            let forgets = people.iter().any(|person| person.file.facts.status == MemberStatus::Erased);
            if let Stage::Warm(living, seen) = &mut shared.lock().stage {
                living.take(people);
                *seen = heads;
            }
            shared.changed.notify_all();
            if let (Some(file), true) = (file.as_deref_mut(), forgets) {
                file.forget();
            }
        }
        folding = match folding {
            Some(done) if done.thread.is_finished() => {
                if let (Some((base, seen)), Some(file)) = (rest(shared, done)?, file.as_deref_mut()) {
                    file.renew(base, &seen, conn)?;
                }
                None
            }
            Some(folding) => Some(folding),
            None => fold(shared),
        };
    }
    Ok(())
}

/// Those who changed since the last look, as they are now, and the heads up to which they are; none when nothing happened.
fn look(shared: &Shared, conn: &mut Conn) -> Result<Option<(Vec<KeptPerson>, Heads)>, Stop> {
    let rules = shared.rules();
    let now = now(&rules, 0);
    let seen = match &shared.lock().stage {
        Stage::Warm(living, seen) if *living.base().zone() == *now.zone => seen.clone(),
        _ => return Err(Stop::Anew),
    };
    let looked = conn.snapshot(|conn| {
        let heads = event::heads(conn)?;
        if has_seen(&seen, &heads) {
            return Ok(Some(None));
        }
        let Some(told) = event::since(conn, &seen, &heads)? else { return Ok(None) };
        let mut members: BTreeSet<MemberId> = told.members;
        if let Stage::Warm(living, _) = &shared.lock().stage {
            members.extend(told.holders.iter().flat_map(|holder| living.held_by(*holder)));
        }
        if members.len() > MANY {
            return Ok(None);
        }
        let members: Vec<MemberId> = members.into_iter().collect();
        let mut people = Vec::with_capacity(members.len());
        for part in members.chunks(PEOPLE) {
            people.extend(person::find(conn, part, now)?);
        }
        Ok(Some(Some((people, heads))))
    });
    looked?.ok_or(Stop::Anew)
}

/// Begins to fold those laid over the base into a new one when they are many.
fn fold(shared: &Shared) -> Option<Folding> {
    let state = shared.lock();
    let Stage::Warm(living, seen) = &state.stage else { return None };
    if living.changed() < shared.keeping.fold_from.max(living.base().members() / 50) {
        return None;
    }
    let (copy, seen) = (living.clone(), seen.clone());
    drop(state);
    let own = copy.clone();
    let thread = thread::Builder::new().name("roster-fold".to_owned()).spawn(move || own.folded());
    thread.ok().map(|thread| Folding { copy, seen, thread })
}

/// Rests those who changed later on a new base; gives it, and how far it had come.
fn rest(shared: &Shared, folding: Folding) -> Result<Option<(Arc<Roster>, Heads)>, Stop> {
    let Folding { copy, seen, thread } = folding;
    let base = thread.join().map_err(|_| Stop::Anew)??;
    let mut state = shared.lock();
    let Stage::Warm(living, _) = &mut state.stage else { return Ok(None) };
    let rested = living.rested_on(base, &copy);
    let base = Arc::clone(rested.base());
    let before = std::mem::replace(living, rested);
    drop(state);
    // A roster is large: whoever waits for the lock need not wait for that.
    drop((before, copy));
    Ok(Some((base, seen)))
}

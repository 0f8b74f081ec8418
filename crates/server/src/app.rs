//! The running system: the open store and everything that handlers share.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use danggol_core::decide::{Published, Rules};
use danggol_core::id::IdMaker;
use danggol_core::lifestyle::description::Called;
use danggol_core::programme::Programme;
use danggol_store::lease::greatest_id;
use danggol_store::programme::PublishedProgramme;
use danggol_store::save::Fence;
use danggol_store::seal::Keyring;
use danggol_store::{Conn, Store, StoreError, StoreOptions, Target, account, programme, setting};

use crate::auth::Cache;
use crate::band;
use crate::brand::{self, Brand};
use crate::clock::Clock;
use crate::config::Config;
use crate::duplicate;
use crate::import::desk::Desk;
use crate::lifestyle::{self, called};
use crate::limit::Limits;
use crate::metrics::{LogReader, Metrics};
use crate::movers;
use crate::pipeline::{Parts, Pipeline, PipelineError, lease_lanes};
use crate::problem::{ApiResult, kinds};
use crate::random;
use crate::request::RequestIds;
use crate::roster::{self, Keeping};
use crate::what_if;

/// What handlers share.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The members in memory. It ends before the store.
    pub roster: roster::Desk,
    /// Where everything is kept.
    pub store: Arc<Store>,
    /// The keys of personal data.
    pub keyring: Arc<Keyring>,
    /// The rules in force; take them by [`App::rules`].
    pub rules: Arc<RwLock<Arc<Rules>>>,
    /// The maker of ids; take one by [`App::next_id`].
    pub ids: Arc<Mutex<IdMaker>>,
    /// What time it is.
    pub clock: Clock,
    /// The way in for everything that changes a benefit.
    pub pipeline: Pipeline,
    /// Where files are brought in.
    pub imports: Desk,
    /// What is counted.
    pub metrics: Metrics,
    /// How fast callers may be.
    pub limits: Limits,
    /// How far lifestyle groups are, and what they are called.
    pub lifestyles: lifestyle::Desk,
    /// How far the search for members who may be one person is.
    pub duplicates: duplicate::Desk,
    /// The table of members by age and income.
    pub bands: band::Desk,
    /// How far the replay of a planned programme is.
    pub what_ifs: what_if::Desk,
    /// Who moved between layers, as it was last asked.
    pub movers: movers::Desk,
    /// People who came lately.
    pub sessions: Cache,
    /// Programs that came lately.
    pub keys: Cache,
    pub(crate) request_ids: RequestIds,
    brand: RwLock<Arc<Brand>>,
    set_up: std::sync::atomic::AtomicBool,
}

/// What the database says about the brand and its rules.
pub struct BrandState {
    /// The brand; none before somebody has set one up.
    pub brand: Option<Brand>,
    /// All published versions, the newest first.
    pub programmes: Vec<PublishedProgramme>,
    /// Whether anybody can sign in.
    pub has_people: bool,
    /// What lifestyle groups are called.
    pub lifestyles: Vec<Called>,
}

impl BrandState {
    /// Reads it.
    pub fn read(conn: &mut Conn) -> Result<Self, StoreError> {
        let brand = setting::find(conn, brand::SETTING)?;
        let brand = brand.map(|text| serde_json::from_str(&text)).transpose();
        Ok(BrandState {
            brand: brand.map_err(|error| StoreError::Damaged(format!("the brand: {error}")))?,
            programmes: programme::versions(conn)?,
            has_people: account::count_users(conn)? > 0,
            lifestyles: called(conn)?,
        })
    }

    /// The rules that follow from it; of the first programme where none is published yet.
    pub fn rules(&self) -> Result<Rules, StoreError> {
        let brand = self.brand.clone().unwrap_or_else(Brand::unset);
        let mut versions = self.programmes.iter().map(PublishedProgramme::read);
        let newest = match versions.next() {
            Some(newest) => newest?,
            None => Published::new(0, Programme::first(&brand.name, brand.currency_exponent)),
        };
        let mut rules = Rules::new(newest, brand.zone(), brand.day_cut_hour, brand.lunar());
        for earlier in versions {
            let earlier = earlier?;
            rules.versions.insert(earlier.version, Arc::new(earlier));
        }
        Ok(rules)
    }
}

/// The keys of personal data. They are made where there are none, but only before anything can have been sealed with others.
fn open_keyring(config: &Config, store: &Store, is_empty: bool) -> Result<Keyring, StoreError> {
    let environment = |name: &str| std::env::var(name).ok();
    if is_empty {
        return Keyring::open(&config.key_file, environment, Some(&mut random::fill));
    }
    let keyring = Arc::new(Keyring::open(&config.key_file, environment, None)?);
    let checked = Arc::clone(&keyring);
    store.write_blocking(move |conn| setting::check_keyring(conn, &checked))?;
    Arc::into_inner(keyring).ok_or(StoreError::Closed)
}

/// A name that no other process has or had.
fn instance() -> String {
    random::secret()
}

impl App {
    /// Opens the store, brings it to this program's schema, and starts what works on it. Must not be called inside an async runtime.
    pub fn open(config: Config, clock: Clock) -> Result<Arc<Self>, StoreError> {
        let options = StoreOptions { readers: config.readers, writers: config.writers, ..StoreOptions::default() };
        let store = Arc::new(Store::open(config.target.clone(), options, clock())?);
        let (now_ms, instance) = (clock(), instance());
        let lanes = store.writers().len();
        let (fences, greatest): (Vec<Fence>, i64) = store.write_blocking(move |conn| {
            let fences = lease_lanes(conn, lanes, &instance, now_ms)?;
            Ok((fences, greatest_id(conn)?))
        })?;
        let state = store.read_blocking(BrandState::read)?;
        let keyring = Arc::new(open_keyring(&config, &store, state.brand.is_none())?);
        let rules = Arc::new(RwLock::new(Arc::new(state.rules()?)));
        // One maker for all lanes: no id of it is given twice.
        let mut ids = IdMaker::new(fences.first().map_or(0, |fence| fence.writer_id));
        // A clock that stepped back since then must not make the ids of then again.
        ids.next_after(0, greatest);
        let ids = Arc::new(Mutex::new(ids));
        let pipeline = Pipeline::start(Parts {
            store: Arc::clone(&store),
            rules: Arc::clone(&rules),
            ids: Arc::clone(&ids),
            clock: Arc::clone(&clock),
            fences,
        })?;
        let log = match (&config.target, store.log_counts()) {
            (Target::Sqlite { dir, .. }, Some(counts)) => {
                Some(LogReader { files: danggol_store::sqlite::log_files(dir), counts })
            }
            _ => None,
        };
        let mut process = [0; 4];
        random::fill(&mut process);
        let keeping = Keeping { uses: config.roster, fold_from: roster::FOLD_FROM, file: Some(config.roster_file.clone()) };
        let lifestyles = lifestyle::Desk::default();
        lifestyles.call(state.lifestyles);
        let app = App {
            lifestyles,
            bands: band::Desk::default(),
            movers: movers::Desk::default(),
            what_ifs: what_if::Desk::default(),
            duplicates: duplicate::Desk::default(),
            metrics: Metrics::new(pipeline.clone(), log),
            imports: Desk::new(config.import_dir.clone()),
            limits: Limits::new(config.people, config.keys),
            sessions: Cache::default(),
            keys: Cache::default(),
            request_ids: RequestIds::new(u32::from_le_bytes(process)),
            brand: RwLock::new(Arc::new(state.brand.clone().unwrap_or_else(Brand::unset))),
            set_up: (state.brand.is_some() && state.has_people).into(),
            roster: roster::Desk::new(keeping, &store, Arc::clone(&rules)),
            config,
            store,
            keyring,
            rules,
            ids,
            clock,
            pipeline,
        };
        Ok(Arc::new(app))
    }

    /// UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// An id greater than all before it in this process.
    pub fn next_id(&self) -> i64 {
        let now_ms = self.now_ms();
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now_ms)
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The brand; [`Brand::unset`] before somebody has set one up.
    pub fn brand(&self) -> Arc<Brand> {
        Arc::clone(&self.brand.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether there is a brand, and somebody who can sign in.
    pub fn is_set_up(&self) -> bool {
        self.set_up.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Refuses everything before there is a brand.
    pub fn require_set_up(&self) -> ApiResult<()> {
        if self.is_set_up() { Ok(()) } else { Err((&kinds::SETUP_NEEDED).into()) }
    }

    /// Takes over what the database says about the brand and its rules: call it after changing either. Another server on the same
    /// database calls it by the clock.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let state = self.store.read(BrandState::read).await?;
        self.take_over(state)
    }

    fn take_over(&self, state: BrandState) -> Result<(), StoreError> {
        let rules = Arc::new(state.rules()?);
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = rules;
        let is_set_up = state.brand.is_some() && state.has_people;
        self.lifestyles.call(state.lifestyles);
        let brand = Arc::new(state.brand.unwrap_or_else(Brand::unset));
        *self.brand.write().unwrap_or_else(PoisonError::into_inner) = brand;
        self.set_up.store(is_set_up, std::sync::atomic::Ordering::Release);
        Ok(())
    }

    /// Gives the writer's lease back. What waits in the pipeline is carried out first; the store closes when the last owner of this
    /// value is gone.
    pub fn close(&self) -> Result<(), PipelineError> {
        self.imports.suspend();
        self.pipeline.release()
    }
}

//! A brand filled for measuring: made, filled and opened by the product's own functions, so that nothing about it is special.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use danggol_core::decide::{Envelope, Outcome};
use danggol_core::id::{IdentityId, KeyId, MemberId, UserId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::language::Language;
use danggol_core::programme::Programme;
use danggol_core::time::DAY_MS;
use danggol_server::app::App;
use danggol_server::auth::{Role, Scope, Scopes, password};
use danggol_server::brand::{self, BrandDraft};
use danggol_server::clock;
use danggol_server::config::{Config, Settings};
use danggol_server::pipeline::{Answer, PipelineError};
use danggol_server::random;
use danggol_server::routes::keys::new_key;
use danggol_store::account::{self, UserRecord};
use danggol_store::batch::Settled;
use danggol_store::member::{self, Enrolment, MemberFields, NewMember};
use danggol_store::{identity, programme, setting, sqlite};

use crate::processor::processor_seconds;
use crate::workload::{Buyers, ten_rules};

/// The id of the first member; the others follow.
pub const FIRST_MEMBER: i64 = 1_000;
/// Before now, the days over which the history is spread.
pub const HISTORY_DAYS: i64 = 200;
/// Members enrolled in one transaction.
const MEMBERS_AT_ONCE: usize = 10_000;
/// Purchases in flight while the history is posted.
const HISTORY_IN_FLIGHT: usize = 2_048;

/// Where a brand is kept, with the file of its master key.
#[derive(Debug, Clone)]
pub struct Place {
    settings: Settings,
    key_file: PathBuf,
}

impl Place {
    /// A folder with a SQLite file.
    pub fn folder(folder: &Path, key_file: &Path) -> Self {
        let settings = Settings { data: Some(folder.to_owned()), ..Settings::default() };
        Place { settings, key_file: key_file.to_owned() }
    }

    /// A database of PostgreSQL.
    pub fn database(url: &str, key_file: &Path) -> Self {
        let roster_file = Some(key_file.with_extension("roster"));
        let settings = Settings { database: Some(url.to_owned()), roster_file, ..Settings::default() };
        Place { settings, key_file: key_file.to_owned() }
    }

    /// The flags by which the product's own program finds it.
    pub fn flags(&self) -> Vec<OsString> {
        let mut flags: Vec<OsString> = vec!["--key-file".into(), self.key_file.clone().into()];
        flags.extend(self.settings.data.iter().flat_map(|folder| ["--data".into(), folder.clone().into()]));
        flags.extend(self.settings.roster_file.iter().flat_map(|file| ["--roster-file".into(), file.clone().into()]));
        flags.extend(self.settings.database.iter().flat_map(|url| ["--database".into(), url.into()]));
        flags
    }

    /// Copies a closed SQLite brand to another folder and syncs the copy, so that its writing disturbs no measurement.
    pub fn copy_to(&self, folder: &Path) -> anyhow::Result<Place> {
        let from = self.settings.data.as_ref().context("only a folder is copied")?.join(sqlite::FILE_NAME);
        fs::create_dir(folder)?;
        let copy = folder.join(sqlite::FILE_NAME);
        fs::copy(&from, &copy)?;
        File::open(&copy)?.sync_all()?;
        Ok(Place::folder(folder, &self.key_file))
    }

    /// Opens it in this process.
    pub fn open(&self) -> anyhow::Result<Arc<App>> {
        let settings = Settings { key_file: Some(self.key_file.clone()), ..self.settings.clone() };
        Ok(App::open(Config::of(settings, |_| None)?, clock::system())?)
    }
}

/// How large a brand is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Members.
    pub members: u64,
    /// Purchases of history.
    pub history: u64,
}

/// The number by which another system knows a member: what tills and files name her by. `index` counts from zero.
pub fn member_number(index: u64) -> String {
    format!("M{index:08}")
}

/// Makes a brand with a programme of ten rules, members and a history, and returns the secret of a key that may do everything.
pub fn found(place: &Place, size: Size, seed: u64) -> anyhow::Result<String> {
    let app = place.open()?;
    let secret = set_up(&app)?;
    enrol(&app, size.members)?;
    let mut till = Till::over(app, size, seed, "h");
    let from_ms = till.app.now_ms() - HISTORY_DAYS * DAY_MS;
    let step_ms = (HISTORY_DAYS * DAY_MS) as f64 / size.history.max(1) as f64;
    till.post(size.history, HISTORY_IN_FLIGHT, |place| from_ms + (place as f64 * step_ms) as i64)?;
    till.close()?;
    Ok(secret)
}

/// Makes a brand with a programme of ten rules and nobody in it, and returns the secret of a key that may do everything.
pub fn set_up(app: &App) -> anyhow::Result<String> {
    let brand = BrandDraft {
        name: "Bench".to_owned(),
        currency: "CNY".to_owned(),
        country: "CN".to_owned(),
        time_zone: "Asia/Shanghai".to_owned(),
        language: Language::En,
        day_cut_hour: 4,
    };
    let brand = brand.check("").map_err(|error| anyhow::anyhow!("the brand is refused: {}", error.code()))?;
    let (brand, rules) = (serde_json::to_string(&brand)?, serde_json::to_string(&ten_rules())?);
    let now_ms = app.now_ms();
    let owner = UserRecord {
        id: UserId(app.next_id()),
        login: "bench".to_owned(),
        name: "Bench".to_owned(),
        role: Role::Owner.word().to_owned(),
        password_hash: password::hash_blocking(&random::secret()),
        language: None,
        created_at_ms: now_ms,
        disabled_at_ms: None,
    };
    let scopes: Scopes = Scope::ALL.into_iter().collect();
    let (key, secret) = new_key(KeyId(app.next_id()), "bench".to_owned(), scopes, now_ms);
    let keyring = Arc::clone(&app.keyring);
    let is_new = app.store.write_blocking(move |conn| {
        setting::check_keyring(conn, &keyring)?;
        programme::publish(conn, &rules, now_ms, Some(owner.id), None)?;
        account::insert_key(conn, &key)?;
        Ok(account::insert_user(conn, &owner)? && setting::put_new(conn, brand::SETTING, &brand)?)
    })?;
    ensure!(is_new, "there is a brand already");
    tokio::runtime::Builder::new_current_thread().build()?.block_on(app.refresh())?;
    Ok(secret)
}

fn enrol(app: &App, members: u64) -> anyhow::Result<()> {
    let now_ms = app.now_ms();
    let indices: Vec<u64> = (0..members).collect();
    for chunk in indices.chunks(MEMBERS_AT_ONCE) {
        let sealed = chunk.iter().map(|index| Ok(member::seal(&app.keyring, new_member(*index, now_ms)?, &mut random::fill)?));
        let sealed = sealed.collect::<anyhow::Result<Vec<_>>>()?;
        let outcomes = app.store.write_blocking(move |conn| member::insert(conn, &sealed, now_ms))?;
        ensure!(outcomes.iter().all(|outcome| *outcome == Enrolment::Enrolled), "a member was not enrolled");
    }
    Ok(())
}

fn new_member(index: u64, now_ms: i64) -> anyhow::Result<NewMember> {
    let id = FIRST_MEMBER + index as i64;
    let number = Identity::new(IdentityKind::External, None, &member_number(index), "CN")?;
    Ok(NewMember {
        id: MemberId(id),
        source_kind: "counter".to_owned(),
        source_code: None,
        joined_at_ms: now_ms - (HISTORY_DAYS + 1 + id % 700) * DAY_MS,
        fields: MemberFields { name: Some(format!("Member {index}")), store: Some("s001".to_owned()), ..MemberFields::default() },
        identities: vec![identity::NewIdentity { id: IdentityId(id), identity: number, verified_at_ms: None }],
    })
}

/// What posting some purchases took.
#[derive(Debug, Clone, Copy)]
pub struct Posted {
    /// Purchases.
    pub purchases: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Processor time of this process: drawing the purchases, deciding, and the engine where it is SQLite.
    pub processor_seconds: f64,
    /// Bytes that went to the log of SQLite; none on PostgreSQL.
    pub log_bytes: Option<u64>,
}

impl Posted {
    /// Purchases in a second.
    pub fn per_second(&self) -> f64 {
        self.purchases as f64 / self.seconds
    }

    /// Microseconds of processor time for a purchase.
    pub fn processor_us(&self) -> f64 {
        self.processor_seconds * 1e6 / self.purchases as f64
    }
}

/// A brand opened in this process, with purchases to post through its pipeline.
pub struct Till {
    app: Arc<App>,
    buyers: Buyers,
    series: String,
}

impl Till {
    /// Opens a brand of that size. Numbers of purchases begin with `series`, which no other till of the brand may use.
    pub fn open(place: &Place, size: Size, seed: u64, series: &str) -> anyhow::Result<Till> {
        Ok(Till::over(place.open()?, size, seed, series))
    }

    fn over(app: Arc<App>, size: Size, seed: u64, series: &str) -> Till {
        Till { app, buyers: Buyers::new(seed, FIRST_MEMBER, size.members), series: series.to_owned() }
    }

    /// The brand.
    pub fn app(&self) -> Arc<App> {
        Arc::clone(&self.app)
    }

    /// Prolongs the lease of this process, which nothing does by the clock where it does not serve.
    pub fn renew(&self) -> anyhow::Result<()> {
        Ok(self.app.pipeline.renew()?)
    }

    /// Queues a purchase that happens now.
    pub fn enqueue_now(&mut self) -> anyhow::Result<Waiting> {
        let (rules, now_ms) = (self.app.rules(), self.app.now_ms());
        Ok(self.app.pipeline.enqueue(self.buyers.purchase(&rules, now_ms, &self.series))?)
    }

    /// Posts purchases that happen now, with so many in flight. Every one must be carried out.
    pub fn post_now(&mut self, purchases: u64, in_flight: usize) -> anyhow::Result<Posted> {
        self.renew()?;
        let clock = Arc::clone(&self.app.clock);
        self.post(purchases, in_flight, |_| clock())
    }

    /// Posts so many purchases that happen now, with so many in flight, each changed by `change`, which is told its place; `each` is told what
    /// became of it.
    pub fn post_drawn(
        &mut self,
        (purchases, in_flight): (u64, usize),
        change: impl FnMut(Envelope, u64) -> Envelope,
        each: impl FnMut(&Settled),
    ) -> anyhow::Result<Posted> {
        self.renew()?;
        let clock = Arc::clone(&self.app.clock);
        self.post_each((purchases, in_flight), |_| clock(), change, each)
    }

    /// Puts another programme in force.
    pub fn publish(&self, rules: &Programme) -> anyhow::Result<()> {
        let (body, now_ms) = (serde_json::to_string(rules)?, self.app.now_ms());
        self.app.store.write_blocking(move |conn| programme::publish(conn, &body, now_ms, None, None))?;
        Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(self.app.refresh())?)
    }

    /// Posts purchases; `at_ms` says when each happened.
    fn post(&mut self, purchases: u64, in_flight: usize, at_ms: impl Fn(u64) -> i64) -> anyhow::Result<Posted> {
        self.post_each((purchases, in_flight), at_ms, |purchase, _| purchase, |_| ())
    }

    fn post_each(
        &mut self,
        (purchases, in_flight): (u64, usize),
        at_ms: impl Fn(u64) -> i64,
        mut change: impl FnMut(Envelope, u64) -> Envelope,
        mut each: impl FnMut(&Settled),
    ) -> anyhow::Result<Posted> {
        let log = self.app.store.log_counts();
        let written_bytes = || log.as_ref().map(|log| log.written_bytes());
        let used_seconds = || processor_seconds(std::process::id()).context("this system does not tell processor time");
        let (log_before, used_before, started) = (written_bytes(), used_seconds()?, Instant::now());
        let rules = self.app.rules();
        let mut waiting = VecDeque::with_capacity(in_flight);
        for place in 0..purchases {
            if waiting.len() == in_flight {
                take(&mut waiting, &mut each)?;
            }
            let purchase = self.buyers.purchase(&rules, at_ms(place), &self.series);
            waiting.push_back(self.app.pipeline.enqueue(change(purchase, place))?);
        }
        while !waiting.is_empty() {
            take(&mut waiting, &mut each)?;
        }
        Ok(Posted {
            purchases,
            seconds: started.elapsed().as_secs_f64(),
            processor_seconds: used_seconds()? - used_before,
            log_bytes: written_bytes().zip(log_before).map(|(after, before)| after - before),
        })
    }

    /// Gives the lease back and closes the store, which empties its log.
    pub fn close(self) -> anyhow::Result<()> {
        Ok(self.app.close()?)
    }
}

/// The answer to a purchase that is on its way.
pub type Waiting = tokio::sync::oneshot::Receiver<Result<Answer, PipelineError>>;

fn take(waiting: &mut VecDeque<Waiting>, each: &mut impl FnMut(&Settled)) -> anyhow::Result<()> {
    let Some(answer) = waiting.pop_front() else { return Ok(()) };
    each(&carried_out(answer.blocking_recv()?)?);
    Ok(())
}

/// An error unless the purchase was carried out.
pub fn kept(answer: Result<Answer, PipelineError>) -> anyhow::Result<()> {
    carried_out(answer).map(drop)
}

fn carried_out(answer: Result<Answer, PipelineError>) -> anyhow::Result<Settled> {
    let settled = answer?.settled;
    ensure!(matches!(settled.outcome, Outcome::Done(_)), "{:?}", settled.outcome);
    Ok(settled)
}

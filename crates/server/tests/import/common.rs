//! A brand for a test, and what is kept of it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use danggol_core::id::{ImportId, MemberId, PurchaseId};
use danggol_core::language::Language;
use danggol_core::purchase::PurchaseKind;
use danggol_server::app::App;
use danggol_server::brand::{self, BrandDraft};
use danggol_server::config::{Config, Settings};
use danggol_server::import::columns::Kind;
use danggol_server::import::control::Control;
use danggol_server::import::job::{Job, Origin};
use danggol_server::import::run::{self, ImportError};
use danggol_server::import::upload::{Arrival, arrive};
use danggol_store::member::MemberRecord;
use danggol_store::purchase::PurchaseRecord;
use danggol_store::testing::{Cluster, ClusterError};
use danggol_store::{imports, member, product, purchase, setting};

/// 2026-11-22T03:00:00Z.
pub const NOW_MS: i64 = 1_795_316_400_000;

/// A folder that is removed with its value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("danggol-import-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the folder of the test goes");
    }
}

/// An open brand.
pub struct Shop {
    // Dropped in this order.
    pub app: Arc<App>,
    pub folder: Folder,
}

fn postgres() -> Option<String> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| match Cluster::start() {
        Ok(cluster) => Some(cluster),
        Err(ClusterError::NotInstalled(program)) => {
            eprintln!("PostgreSQL is not installed ({program}): this test ran on SQLite alone");
            None
        }
        Err(error) => panic!("PostgreSQL does not start: {error}"),
    });
    cluster.as_ref().map(|cluster| cluster.create_database("import").expect("a database"))
}

/// Runs a test on a new brand of each engine.
pub fn each_engine(test: impl Fn(&Shop)) {
    test(&Shop::open(None));
    if let Some(url) = postgres() {
        test(&Shop::open(Some(url)));
    }
}

impl Shop {
    /// A Chinese brand on SQLite, or in a database.
    pub fn open(database: Option<String>) -> Self {
        let folder = Folder::new();
        let settings = Settings {
            data: Some(folder.0.join("data")),
            database,
            key_file: Some(folder.0.join("test.key")),
            import_dir: Some(folder.0.join("imports")),
            roster_file: Some(folder.0.join("roster")),
            readers: Some(2),
            ..Settings::default()
        };
        let config = Config::of(settings, |_| None).expect("the settings of the test");
        let app = App::open(config, Arc::new(|| NOW_MS)).expect("the app opens");
        let draft = BrandDraft {
            name: "测试".to_owned(),
            currency: "CNY".to_owned(),
            country: "CN".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            language: Language::ZhCn,
            day_cut_hour: 4,
        };
        let brand = serde_json::to_string(&draft.check("").expect("a brand")).expect("JSON");
        app.store.write_blocking(move |conn| setting::put(conn, brand::SETTING, &brand)).expect("the brand is kept");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(app.refresh()).expect("the brand is read");
        Shop { app, folder }
    }

    /// Closes the brand and opens it again.
    pub fn restart(self) -> Self {
        let Shop { app, folder } = self;
        let config = app.config.clone();
        app.close().expect("the app closes");
        assert_eq!(Arc::strong_count(&app), 1, "nothing holds the app any more");
        drop(app);
        Shop { app: App::open(config, Arc::new(|| NOW_MS)).expect("the app opens again"), folder }
    }

    /// Writes a file.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.0.join(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }

    /// A job on a file, kept as running.
    pub fn job(&self, kind: Kind, path: &Path, mapping: Option<&str>) -> Result<Job, ImportError> {
        let mut rejected = path.to_owned().into_os_string();
        rejected.push(".rejected.csv");
        let arrival = Arrival {
            id: ImportId(self.app.next_id()),
            kind,
            origin: Origin::Command,
            path,
            file_name: "file".to_owned(),
            rejected_path: Path::new(&rejected),
            mapping: mapping.map(str::to_owned),
            purchases_as: PurchaseKind::History,
            language: Language::En,
        };
        let mut job = arrive(arrival, NOW_MS)?;
        job.begin(NOW_MS);
        let record = job.record(NOW_MS).expect("a record");
        self.app.store.write_blocking(move |conn| imports::insert(conn, &record)).expect("the job is kept");
        Ok(job)
    }

    /// Brings a file in.
    pub fn import(&self, kind: Kind, path: &Path, mapping: Option<&str>) -> Job {
        let mut job = self.job(kind, path, mapping).expect("the file is looked at");
        run::run(&self.app, &mut job, &Control::default()).expect("the file is brought in");
        job
    }

    /// All members, the oldest first.
    pub fn members(&self) -> Vec<MemberRecord> {
        let keyring = Arc::clone(&self.app.keyring);
        self.app.store.read_blocking(move |conn| member::page(conn, &keyring, MemberId(0), 1_000_000)).expect("the members")
    }

    /// All purchases, in the order in which they were kept.
    pub fn purchases(&self) -> Vec<PurchaseRecord> {
        self.app.store.read_blocking(|conn| purchase::page(conn, PurchaseId(0), 1_000_000)).expect("the purchases")
    }

    /// All products as `sku name category price`.
    pub fn products(&self) -> Vec<String> {
        let products = self.app.store.read_blocking(|conn| product::page(conn, "", 1_000_000)).expect("the products");
        let word = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let line = |product: product::ProductRecord| {
            let price = product.price_minor.map(|price| price.to_string());
            format!("{} {} {} {}", product.sku, word(product.name), word(product.category), word(price))
        };
        products.into_iter().map(line).collect()
    }
}

/// What is kept of members and purchases but for the ids that were made for it, in an order of its own.
pub fn facts(shop: &Shop) -> (Vec<String>, Vec<String>) {
    let members = shop.members();
    let known_by = |record: &MemberRecord| {
        let mut values: Vec<String> =
            record.identities.iter().map(|known| format!("{}:{}", known.identity.kind.word(), known.identity.value)).collect();
        values.sort();
        values.join(" ")
    };
    let names: std::collections::HashMap<MemberId, String> = members.iter().map(|record| (record.id, known_by(record))).collect();
    let mut purchases: Vec<String> = shop
        .purchases()
        .iter()
        .map(|bought| {
            let (member, discount) = (&names[&bought.member], bought.discount_minor);
            let place = (&bought.store, &bought.channel, &bought.staff);
            format!("{:?} {member} {} {place:?} {discount} {:?}", bought.external_no, bought.occurred_at_ms, bought.lines)
        })
        .collect();
    purchases.sort();
    let mut members: Vec<String> = members
        .iter()
        .map(|record| {
            let source = (&record.source_kind, &record.source_code);
            format!("{} {} {source:?} {:?} {:?}", names[&record.id], record.joined_at_ms, record.fields, record.consents)
        })
        .collect();
    members.sort();
    (members, purchases)
}

/// Imported, unchanged and refused rows.
pub fn rows(job: &Job) -> (u64, u64, u64) {
    let counts = job.body.checkpoint.counts;
    (counts.imported, counts.unchanged, counts.refused)
}

/// The reasons of refused rows with their fields and counts.
pub fn reasons(job: &Job) -> Vec<(String, u64)> {
    let mut reasons: Vec<(String, u64)> = job
        .body
        .checkpoint
        .tallies
        .iter()
        .map(|tally| {
            (tally.field.as_ref().map_or_else(|| tally.code.clone(), |field| format!("{field}.{}", tally.code)), tally.rows)
        })
        .collect();
    reasons.sort();
    reasons
}

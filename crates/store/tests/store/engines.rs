//! A fresh store of each engine for a test.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use danggol_store::testing::Cluster;
use danggol_store::{Conn, Store, StoreError, StoreOptions, Target};

/// 2026-11-22T00:00:00Z.
pub const NOW_MS: i64 = 1_795_305_600_000;

/// A folder that is removed with its value.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new folder for this test.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("danggol-{}-{}", unique(name), std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("the folder of the test goes");
    }
}

fn unique(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{name}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A new, empty PostgreSQL database.
pub fn postgres_target(name: &str) -> Target {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| Cluster::start().expect("PostgreSQL runs"));
    let url = cluster.create_database(&unique(&format!("{name}_{}", std::process::id()))).expect("a database");
    Target::postgres(&url, |_| None).expect("its address")
}

/// Runs a test on a new store of each engine.
pub fn each_engine(name: &str, test: impl Fn(&Store)) {
    let folder = Folder::new(name);
    test(&open(Target::sqlite(folder.0.join("data"))));
    test(&open(postgres_target(name)));
}

/// Opens a target as its owner.
pub fn open(target: Target) -> Store {
    Store::open(target, StoreOptions::default(), NOW_MS).expect("the store opens")
}

/// Writes in one transaction.
pub fn write<T: Send + 'static>(store: &Store, work: impl FnMut(&mut Conn) -> Result<T, StoreError> + Send + 'static) -> T {
    store.write_blocking(work).expect("the write is kept")
}

/// Reads one view.
pub fn read<T: Send + 'static>(store: &Store, work: impl FnOnce(&mut Conn) -> Result<T, StoreError> + Send + 'static) -> T {
    store.read_blocking(work).expect("the read succeeds")
}

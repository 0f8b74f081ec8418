//! A condition means the same whoever reads it: `core` over one member, the roster over columns, and SQL on both engines.

use danggol_sim::conditions::Comparison;
use danggol_sim::folder::TemporaryFolder;
use danggol_store::Target;
use danggol_store::testing::Cluster;

/// Members times conditions times days that are compared on each engine at least.
const PAIRS: u64 = 100_000;

/// Four brands whose readings are compared, each at the target that `target` makes of its seed.
fn all_readings_agree(target: impl Fn(u64) -> Target) {
    let mut pairs = 0;
    for seed in 1..=4 {
        let comparison = Comparison { seed, members: 30, commands: 600, conditions: 220 };
        let compared = comparison.run(target(seed)).unwrap_or_else(|error| panic!("{comparison:?}: {error:?}"));
        // Conditions hold often enough and fail often enough to tell readings apart.
        assert!(compared.held * 10 > compared.pairs && compared.held * 10 < compared.pairs * 9, "{compared:?}");
        pairs += compared.pairs;
    }
    assert!(pairs >= PAIRS, "{pairs}");
}

#[test]
fn all_readings_agree_on_sqlite() {
    let folder = TemporaryFolder::new("conditions").expect("a folder");
    all_readings_agree(|seed| Target::sqlite(folder.path().join(format!("brand-{seed}"))));
}

#[test]
fn all_readings_agree_on_postgres() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    all_readings_agree(|_| {
        let url = cluster.create_database("conditions").expect("a database");
        Target::postgres(&url, |_| None).expect("its address")
    });
}

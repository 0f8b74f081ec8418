//! A condition means the same whoever reads it: `core` over one member, the roster over columns, and SQL on both engines.

use danggol_sim::conditions::{Compared, Comparison};
use danggol_sim::folder::TemporaryFolder;
use danggol_store::Target;
use danggol_store::testing::Cluster;

/// Members times conditions times days that are compared on SQLite at least.
const PAIRS: u64 = 100_000;

fn comparisons(conditions: u64) -> impl Iterator<Item = Comparison> {
    (1..=4).map(move |seed| Comparison { seed, members: 30, commands: 600, conditions })
}

/// Conditions hold often enough and fail often enough to tell readings apart.
fn tells_apart(compared: Compared) {
    assert!(compared.held * 10 > compared.pairs && compared.held * 10 < compared.pairs * 9, "{compared:?}");
}

#[test]
fn all_readings_agree_on_sqlite() {
    let mut pairs = 0;
    for comparison in comparisons(220) {
        let folder = TemporaryFolder::new("conditions").expect("a folder");
        let compared = comparison.run(Target::sqlite(folder.path().join("brand")));
        let compared = compared.unwrap_or_else(|error| panic!("{comparison:?}: {error:?}"));
        tells_apart(compared);
        pairs += compared.pairs;
    }
    assert!(pairs >= PAIRS, "{pairs}");
}

#[test]
fn all_readings_agree_on_postgres() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    for comparison in comparisons(60) {
        let url = cluster.create_database("conditions").expect("a database");
        let compared = comparison.run(Target::postgres(&url, |_| None).expect("its address"));
        tells_apart(compared.unwrap_or_else(|error| panic!("{comparison:?}: {error:?}")));
    }
}

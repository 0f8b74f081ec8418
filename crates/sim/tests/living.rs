//! The roster is what SQL says, after any sequence of commands, on both engines and whoever writes.

use std::path::Path;

use danggol_sim::folder::TemporaryFolder;
use danggol_sim::living::{Compared, Stretches};
use danggol_store::Target;
use danggol_store::testing::Cluster;

/// Members times conditions that are compared on each engine at least.
const PAIRS: u64 = 100_000;

/// Three brands, worked on and compared at the target that `target` makes of a seed. In some, members stay laid over the base; in others they are
/// folded again and again.
fn the_roster_is_what_sql_says(second: bool, target: impl Fn(&Path, u64) -> Target) {
    let folder = TemporaryFolder::new("living").expect("a folder");
    let mut pairs = 0;
    for (seed, fold_from) in [(1, 1_000), (2, 5), (3, 20)] {
        let stretches = Stretches { seed, members: 60, stretches: 12, commands: 80, conditions: 50, fold_from };
        // The file of one brand is not taken for that of another.
        let compared = stretches.run(target(folder.path(), seed), second, &folder.path().join("roster"));
        let compared = compared.unwrap_or_else(|error| panic!("{error:?}"));
        tells_apart(stretches, compared);
        pairs += compared.pairs;
    }
    assert!(pairs >= PAIRS, "{pairs}");
}

/// Enough was found, and not everybody by everything; enough was done that changes who somebody is.
fn tells_apart(stretches: Stretches, compared: Compared) {
    assert!(compared.found * 10 > compared.pairs && compared.found * 10 < compared.pairs * 9, "{compared:?}");
    assert_eq!(compared.answers, stretches.stretches * (stretches.conditions + 3));
    // A brand without a commit has no file yet, so the first may be read from the store.
    assert!(compared.from_file >= stretches.stretches / 4 - 1, "{compared:?}");
    assert!(compared.merges > 5 && compared.undone > 2 && compared.housed > 20, "{compared:?}");
    assert!(compared.pyramids * 2 > stretches.stretches * 3, "{compared:?}");
}

#[test]
fn the_roster_is_what_sql_says_on_sqlite() {
    the_roster_is_what_sql_says(false, |folder, seed| Target::sqlite(folder.join(format!("brand-{seed}"))));
}

#[test]
fn the_roster_is_what_sql_says_on_postgres_with_two_servers() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    the_roster_is_what_sql_says(true, |_, _| {
        let url = cluster.create_database("living").expect("a database");
        Target::postgres(&url, |_| None).expect("its address")
    });
}

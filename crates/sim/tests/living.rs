//! The roster is what SQL says, after any sequence of commands, on both engines and whoever writes.

use danggol_sim::folder::TemporaryFolder;
use danggol_sim::living::{Compared, Stretches};
use danggol_store::Target;
use danggol_store::testing::Cluster;

/// Once members stay laid over the base, once they are folded again and again.
fn stretches() -> [Stretches; 2] {
    let stretches = Stretches { seed: 1, members: 30, stretches: 12, commands: 80, conditions: 25, fold_from: 1_000 };
    [stretches, Stretches { seed: 2, fold_from: 5, ..stretches }]
}

/// Enough was found, and not everybody by everything.
fn tells_apart(stretches: Stretches, compared: Compared) {
    let conditions = stretches.stretches * stretches.conditions;
    let pairs = conditions * stretches.members as u64;
    assert!(compared.found * 10 > pairs && compared.found * 10 < pairs * 9, "{compared:?} of {pairs}");
    assert_eq!(compared.answers, conditions + stretches.stretches * 3);
    // A brand without a commit has no file yet, so the first may be read from the store.
    assert!(compared.from_file >= stretches.stretches / 4 - 1, "{compared:?}");
    assert!(compared.merges > 5 && compared.undone > 2 && compared.housed > 20, "{compared:?}");
    assert!(compared.pyramids * 2 > stretches.stretches * 3, "{compared:?}");
}

#[test]
fn the_roster_is_what_sql_says_on_sqlite() {
    // The file of one brand is not taken for that of another.
    let folder = TemporaryFolder::new("living").expect("a folder");
    for stretches in stretches() {
        let target = Target::sqlite(folder.path().join(format!("brand-{}", stretches.seed)));
        let compared = stretches.run(target, false, &folder.path().join("roster"));
        tells_apart(stretches, compared.unwrap_or_else(|error| panic!("{error:?}")));
    }
}

#[test]
fn the_roster_is_what_sql_says_on_postgres_with_two_servers() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let folder = TemporaryFolder::new("living").expect("a folder");
    for stretches in stretches() {
        let url = cluster.create_database("living").expect("a database");
        let target = Target::postgres(&url, |_| None).expect("its address");
        let compared = stretches.run(target, true, &folder.path().join("roster"));
        tells_apart(stretches, compared.unwrap_or_else(|error| panic!("{error:?}")));
    }
}

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
    assert!(compared.pyramids * 2 > stretches.stretches * 3, "{compared:?}");
}

#[test]
fn the_roster_is_what_sql_says_on_sqlite() {
    for stretches in stretches() {
        let folder = TemporaryFolder::new("living").expect("a folder");
        let compared = stretches.run(Target::sqlite(folder.path().join("brand")), false);
        tells_apart(stretches, compared.unwrap_or_else(|error| panic!("{error:?}")));
    }
}

#[test]
fn the_roster_is_what_sql_says_on_postgres_with_two_servers() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    for stretches in stretches() {
        let url = cluster.create_database("living").expect("a database");
        let compared = stretches.run(Target::postgres(&url, |_| None).expect("its address"), true);
        tells_apart(stretches, compared.unwrap_or_else(|error| panic!("{error:?}")));
    }
}

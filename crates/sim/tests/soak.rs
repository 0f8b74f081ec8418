//! A seeded fraction of the soaks. `danggol-sim soak` runs them at length.

use danggol_sim::folder::TemporaryFolder;
use danggol_sim::soak::chapter::{Batches, Chapter};
use danggol_store::Target;
use danggol_store::testing::Cluster;

fn postgres(cluster: &Cluster, name: &str) -> Target {
    let url = cluster.create_database(name).expect("a database");
    Target::postgres(&url, |_| None).expect("its address")
}

#[test]
fn random_commands_keep_the_books_and_single_batches_give_the_same_bytes() {
    for seed in 1..=4 {
        let folder = TemporaryFolder::new("soak-batches").expect("a folder");
        let [first, single] = ["first", "single"].map(|name| Target::sqlite(folder.path().join(name)));
        let chapter = Chapter { seed, commands: 600, members: 10, batch: 30 };
        let told = chapter.run(first, vec![(single, Batches::Single)]).unwrap_or_else(|error| panic!("{chapter:?}: {error:?}"));
        for kind in ["purchase", "history", "return", "adjustment"] {
            assert!(told.done.get(kind).is_some_and(|count| *count > 5), "{chapter:?}: {told:?}");
        }
        assert!(told.refused.len() > 5, "{chapter:?}: {told:?}");
    }
}

#[test]
fn both_engines_keep_the_same_bytes() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    for seed in 11..=13 {
        let folder = TemporaryFolder::new("soak-engines").expect("a folder");
        let chapter = Chapter { seed, commands: 600, members: 10, batch: 60 };
        let others = vec![(Target::sqlite(folder.path().join("beside")), Batches::AsDrawn)];
        let told = chapter.run(postgres(&cluster, "soak"), others);
        told.unwrap_or_else(|error| panic!("{chapter:?}: {error:?}"));
    }
}

//! A seeded fraction of the soaks. `danggol-sim soak` runs them at length.

use std::path::Path;

use danggol_sim::folder::TemporaryFolder;
use danggol_sim::soak::chapter::{Batches, Chapter};
use danggol_sim::soak::union::Union;
use danggol_sim::soak::{cut, kill, rivals};
use danggol_store::Target;
use danggol_store::testing::Cluster;

fn postgres(cluster: &Cluster, name: &str) -> Target {
    let url = cluster.create_database(name).expect("a database");
    Target::postgres(&url, |_| None).expect("its address")
}

#[test]
fn random_commands_keep_the_books_and_single_batches_give_the_same_bytes() {
    let mut shared = 0;
    for seed in 1..=4 {
        let folder = TemporaryFolder::new("soak-batches").expect("a folder");
        let [first, single] = ["first", "single"].map(|name| Target::sqlite(folder.path().join(name)));
        let chapter = Chapter { seed, commands: 600, members: 10, batch: 30 };
        let told = chapter.run(first, vec![(single, Batches::Single)]).unwrap_or_else(|error| panic!("{chapter:?}: {error:?}"));
        for kind in ["purchase", "history", "return", "adjustment"] {
            assert!(told.done.get(kind).is_some_and(|count| *count > 5), "{chapter:?}: {told:?}");
        }
        assert!(told.refused.len() > 5, "{chapter:?}: {told:?}");
        shared += told.shared;
    }
    assert!(shared > 5, "points went over {shared} times");
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

#[test]
fn merges_and_undos_among_random_commands_follow_from_the_log_on_both_engines() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let mut shared = 0;
    for seed in 51..=53 {
        let folder = TemporaryFolder::new("soak-unions").expect("a folder");
        let union = Union { seed, commands: 600, members: 8, batch: 12 };
        let told = union.run(vec![Target::sqlite(folder.path().join("first")), postgres(&cluster, "union")]);
        let told = told.unwrap_or_else(|error| panic!("{union:?}: {error:?}"));
        assert!(told.merges > 5 && told.undone == told.merges && told.done > 200, "{union:?}: {told:?}");
        shared += told.shared;
    }
    assert!(shared > 3, "points went over {shared} times");
}

#[test]
fn killed_processes_keep_every_acknowledgement() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let folder = TemporaryFolder::new("soak-kills").expect("a folder");
    let program = Path::new(env!("CARGO_BIN_EXE_danggol-sim"));
    let mut brands = 0;
    let sqlite = kill::run(program, 21, 6, || {
        brands += 1;
        Ok(folder.path().join(format!("brand-{brands}")).to_string_lossy().into_owned())
    });
    let postgres = kill::run(program, 22, 6, || Ok(cluster.create_database("kill")?));
    for told in [sqlite, postgres] {
        let told = told.unwrap_or_else(|error| panic!("seeds 21 and 22: {error:?}"));
        assert!(told.kills == 6 && told.acknowledged > 100, "{told:?}");
    }
}

#[test]
fn cuts_of_power_keep_every_acknowledgement() {
    let folder = TemporaryFolder::new("soak-cuts").expect("a folder");
    let told = cut::run(folder.path(), 31, 20).unwrap_or_else(|error| panic!("seed 31: {error:?}"));
    assert!(told.cuts == 20 && told.while_opening > 0 && told.acknowledged > 100, "{told:?}");
}

#[test]
fn exactly_as_many_parallel_spends_succeed_as_there_are_points() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let folder = TemporaryFolder::new("soak-spends").expect("a folder");
    let both = postgres(&cluster, "spend");
    for (targets, points) in [
        (vec![Target::sqlite(folder.path().join("a"))], 40),
        (vec![Target::sqlite(folder.path().join("b"))], 100),
        (vec![both.clone(), both], 40),
    ] {
        rivals::spend_in_parallel(targets, points, 64).unwrap_or_else(|error| panic!("{points} points: {error:?}"));
    }
}

#[test]
fn exactly_as_many_have_a_coupon_as_there_are() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let folder = TemporaryFolder::new("soak-claims").expect("a folder");
    let both = postgres(&cluster, "claim");
    for (targets, coupons) in [
        (vec![Target::sqlite(folder.path().join("a"))], 10),
        (vec![Target::sqlite(folder.path().join("b"))], 100),
        (vec![both.clone(), both], 10),
    ] {
        rivals::claim_in_parallel(targets, coupons, 64).unwrap_or_else(|error| panic!("{coupons} coupons: {error:?}"));
    }
}

#[test]
fn of_sixty_four_at_once_exactly_as_many_have_a_gift_as_there_are_pieces() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let folder = TemporaryFolder::new("soak-gifts").expect("a folder");
    let (both, one) = (postgres(&cluster, "gifts"), postgres(&cluster, "gift"));
    for targets in [vec![Target::sqlite(folder.path().join("a"))], vec![one], vec![both.clone(), both]] {
        rivals::reserve_in_parallel(targets, 64).unwrap_or_else(|error| panic!("{error:?}"));
    }
}

#[test]
fn two_pipelines_on_one_database_lose_nothing_and_count_nothing_twice() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let told = rivals::two_pipelines(postgres(&cluster, "rivals"), 41, 150).unwrap_or_else(|error| panic!("seed 41: {error:?}"));
    assert!(told.done > 500 && told.replayed > 50, "{told:?}");
}

/// While two members were one, a refund of one's top-up was decided again for the other alone, and came out of another top-up.
#[test]
fn a_refund_of_a_top_up_that_went_apart_follows_from_the_log() {
    let folder = TemporaryFolder::new("soak-refund").expect("a folder");
    let union = Union { seed: 905, commands: 2_000, members: 9, batch: 16 };
    let told = union.run(vec![Target::sqlite(folder.path().join("first"))]);
    let told = told.unwrap_or_else(|error| panic!("{union:?}: {error:?}"));
    assert!(told.merges > 5 && told.undone == told.merges, "{told:?}");
}

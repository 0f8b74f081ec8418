//! Power loss under the store: what was answered survives every cut; what is committed and not on the disk yet need not.

use std::sync::{Mutex, mpsc};

use danggol_core::decide::{Envelope, Outcome};
use danggol_core::id::IdMaker;
use danggol_sim::commands::Commands;
use danggol_sim::folder::TemporaryFolder;
use danggol_sim::power_loss::{Kept, PowerLoss};
use danggol_sim::random::Random;
use danggol_sim::soak::brand;
use danggol_sim::soak::ground::{BEGIN_MS, Ground, members};
use danggol_sim::soak::promise::{Promise, verify};
use danggol_store::batch::{Scribe, carry_out};
use danggol_store::lease::{greatest_id, lease_writer};
use danggol_store::{StoreError, Target};

const SEED: u64 = 3;
const MEMBERS: i64 = 8;

/// Commands of a batch: few, so that no checkpoint is due and syncs the log by itself.
const COMMANDS: usize = 6;

/// Lets the pipeline answer a batch, commits another one and cuts the power: at once, or when the second is said to be on the disk. Returns how
/// many entries the second left, and how many of them are there after the cut.
fn entries_after_a_cut(name: &str, waits: bool) -> (usize, usize) {
    let power = PowerLoss::install(name).expect("a disk");
    let folder = TemporaryFolder::new(name).expect("a folder");
    let programme = brand::draw(&mut Random::new(SEED));
    let open = |instance: &str, now_ms| {
        let target = Target::Sqlite { dir: folder.path().join("brand"), vfs: Some(name.to_owned()) };
        Ground::open(target, MEMBERS, &programme, instance, now_ms).expect("a brand")
    };
    // Making the brand fills much of a log. This one is closed, so that the next has an empty one.
    drop(open("maker", BEGIN_MS));
    let ground = open("first", BEGIN_MS);
    let rules = ground.rules();
    let mut commands = Commands::new(SEED, members(MEMBERS), "d");
    let mut draw = || -> Vec<Envelope> { (0..COMMANDS).map(|_| commands.draw(&rules, BEGIN_MS)).collect() };
    let answered = ground.carry_out(draw()).expect("a batch");
    let promises: Vec<Promise> = answered.iter().filter_map(|answer| Promise::of(answer.as_ref().expect("an answer"))).collect();
    assert!(!promises.is_empty());

    let mut unanswered = draw();
    let writer = ground.store.writer().expect("a writer");
    let durable = writer.clone();
    let (tell, told) = mpsc::channel();
    let job = {
        let rules = ground.rules();
        move |conn: Result<&mut danggol_store::Conn, StoreError>| {
            let conn = conn.expect("a connection");
            let mut fence = conn.transaction(|conn| lease_writer(conn, "second", BEGIN_MS)).expect("a lease");
            // It has taken the lease of the first over, and with it the number in its ids: they go on after all that there are.
            let mut maker = IdMaker::new(fence.writer_id);
            maker.next_after(0, greatest_id(conn).expect("an id"));
            let ids = Mutex::new(maker);
            let mut settled = vec![None; COMMANDS];
            let mut scribe = Scribe { fence: &mut fence, ids: &ids };
            carry_out(conn, &rules, &mut scribe, &mut unanswered, &mut settled, BEGIN_MS).expect("a commit");
            let done = settled.iter().flatten().filter(|settled| matches!(settled.outcome, Outcome::Done(_))).count();
            let cut = move || {
                power.cut(Kept::Nothing);
                tell.send(done).expect("somebody waits");
            };
            if waits {
                durable.when_durable(move |durable| durable.map(|()| cut()).expect("a sync"));
            } else {
                cut();
            }
        }
    };
    writer.submit(job).expect("a queue");
    let done = told.recv().expect("a cut");
    drop((writer, ground));
    power.power_on().expect("power");
    let kept = verify(&open("look", BEGIN_MS + 200_000), &promises).expect("what was answered");
    (done, kept)
}

#[test]
fn what_was_answered_survives_a_cut_and_what_is_only_committed_need_not() {
    let (done, kept) = entries_after_a_cut("unsynced", false);
    assert!(done > 0);
    assert_eq!(kept, 0);
    let (done, kept) = entries_after_a_cut("synced", true);
    assert!(done > 0);
    assert_eq!(kept, done);
}

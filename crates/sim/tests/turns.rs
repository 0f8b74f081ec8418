//! The two files that are SQLite's log in turn, under cuts of power and beside readers of another process.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use danggol_sim::folder::TemporaryFolder;
use danggol_sim::power_loss::{Kept, PowerLoss};
use danggol_sim::random::Random;
use danggol_store::sqlite::{LogBounds, log_files};
use danggol_store::{Access, Store, StoreError, StoreOptions, Target, setting};

const NOW_MS: i64 = 1_770_000_000_000;

/// So short that a log takes its turn every few commits.
const LOG: LogBounds = LogBounds { passive_bytes: 32 << 10, restart_bytes: 96 << 10 };

/// Settings that are written over and over, each with the number of its round.
const KEYS: usize = 40;

/// Bytes of a setting: several pages.
const VALUE_BYTES: usize = 9_000;

fn open(dir: &Path, vfs: Option<&str>, access: Access) -> Result<Store, StoreError> {
    let target = Target::Sqlite { dir: dir.to_owned(), vfs: vfs.map(str::to_owned) };
    Store::open(target, StoreOptions { access, readers: 1, log: LOG, ..StoreOptions::default() }, NOW_MS)
}

fn write(store: &Store, round: usize) -> Result<(), StoreError> {
    store.write_blocking(move |conn| {
        setting::put(conn, &format!("k{}", round % KEYS), &format!("{round:08}{}", "x".repeat(VALUE_BYTES)))?;
        setting::put(conn, "round", &round.to_string())
    })
}

/// The last round that is there; every setting has to be of the round that last wrote it.
fn last_round(store: &Store) -> usize {
    let (last, values) = store
        .read_blocking(|conn| {
            let last = setting::find(conn, "round")?.map_or(0, |round| round.parse().expect("a number"));
            let values: Result<Vec<_>, _> = (0..KEYS).map(|key| setting::find(conn, &format!("k{key}"))).collect();
            Ok((last, values?))
        })
        .expect("the settings are read");
    for (key, value) in values.into_iter().enumerate() {
        let expected = (1..=last).rev().find(|round| round % KEYS == key);
        let found = value.map(|value| value[..8].parse::<usize>().expect("a number"));
        assert_eq!(found, expected, "setting {key} after round {last}");
    }
    last
}

/// Whether a file begins with the header of a log.
fn is_log(file: &Path) -> bool {
    fs::read(file).is_ok_and(|bytes| bytes.starts_with(&[0x37, 0x7f, 0x06]))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
    }
}

/// What a store without the kept log would find: a database that is not whole, or not all of the rounds.
fn lacks_something_without_kept(dir: &Path, acknowledged: usize) -> bool {
    let copied = TemporaryFolder::new("turns-without").expect("a folder");
    copy(dir, copied.path());
    fs::remove_file(&log_files(copied.path())[1]).expect("a kept log");
    let found = std::panic::catch_unwind(|| open(copied.path(), None, Access::Own).map(|store| last_round(&store)));
    !matches!(found, Ok(Ok(last)) if last >= acknowledged)
}

#[test]
fn whatever_was_acknowledged_survives_cuts_around_every_turn() {
    let power = PowerLoss::install("turns").expect("a disk");
    let founded = TemporaryFolder::new("turns-founded").expect("a folder");
    drop(open(founded.path(), Some("turns"), Access::Own).expect("a store"));
    power.settle().expect("a medium");
    let (mut cuts, mut kept_logs, mut needed, mut swapped_back) = (0, 0, 0, 0);
    for brand in 0..30_u64 {
        let folder = TemporaryFolder::new("turns").expect("a folder");
        let dir = folder.path().join("data");
        copy(founded.path(), &dir);
        let mut random = Random::new(brand);
        let mut acknowledged = 0;
        for cut in 0..8 {
            let kept = match random.below(3) {
                0 => Kept::Nothing,
                1 => Kept::Some { seed: random.next_u64() },
                _ => Kept::Prefix { seed: random.next_u64() },
            };
            // Now and then so soon that the store is still opening, or has just begun a log.
            power.cut_after(if random.once_in(4) { random.below(12) } else { random.below(900) }, kept);
            if let Ok(store) = open(&dir, Some("turns"), Access::Own) {
                while write(&store, acknowledged + 1).is_ok() {
                    acknowledged += 1;
                }
            }
            assert!(power.is_cut());
            power.power_on().expect("power");
            cuts += 1;
            let [log, other] = log_files(&dir);
            if is_log(&other) {
                kept_logs += 1;
                needed += u64::from(lacks_something_without_kept(&dir, acknowledged));
                swapped_back += u64::from(is_log(&log) && salt(&other) == salt(&log).wrapping_add(1));
            }
            // Looked at and left as after a cut that lost nothing, or closed in order.
            let store = open(&dir, Some("turns"), Access::Own).expect("a store after the cut");
            let last = last_round(&store);
            assert!((acknowledged..=acknowledged + 1).contains(&last), "brand {brand}, cut {cut}: {last} of {acknowledged}");
            acknowledged = last;
            if random.once_in(2) {
                power.cut(Kept::Prefix { seed: random.next_u64() });
                drop(store);
                power.power_on().expect("power");
            }
        }
        drop(folder);
        power.settle().ok();
    }
    assert_eq!(cuts, 240);
    assert!(kept_logs > 20, "{kept_logs} cuts left a kept log");
    assert!(needed > 5, "without the kept log {needed} cuts would have lost something");
    assert!(swapped_back > 0, "the names of before the turn came back {swapped_back} times");
}

/// The number by which a log is told from others, in its header.
fn salt(log: &Path) -> u32 {
    u32::from_be_bytes(fs::read(log).expect("a log")[16..20].try_into().expect("four bytes"))
}

#[test]
fn a_log_that_has_a_header_and_no_commit_is_written_over() {
    let folder = TemporaryFolder::new("turns-bare").expect("a folder");
    let (dir, after) = (folder.path().join("data"), folder.path().join("after"));
    let store = open(&dir, None, Access::Own).expect("a store");
    let other = &log_files(&dir)[1];
    (1..).find(|round| {
        write(&store, *round).expect("a write");
        is_log(other)
    });
    // As after a loss of power that left of the new log its header alone.
    copy(&dir, &after);
    drop(store);
    let [log, other] = log_files(&after);
    assert!(is_log(&log) && is_log(&other) && salt(&log) == salt(&other).wrapping_add(1));
    fs::write(&log, &fs::read(&log).expect("a log")[..32]).expect("a log");
    let power = PowerLoss::install("turns-bare").expect("a disk");
    let reopen = || open(&after, Some("turns-bare"), Access::Own).expect("a store");
    let store = reopen();
    let last = last_round(&store);
    (1..=3).for_each(|round| write(&store, last + round).expect("a write"));
    // The disk forgets what it may: that names were exchanged, if they were.
    power.cut(Kept::Nothing);
    drop(store);
    power.power_on().expect("power");
    assert_eq!(last_round(&reopen()), last + 3);
}

#[test]
fn a_log_of_another_time_is_left_aside() {
    let folder = TemporaryFolder::new("turns-stranger").expect("a folder");
    let dir = folder.path().join("data");
    let store = open(&dir, None, Access::Own).expect("a store");
    let [log, other] = log_files(&dir);
    let mut rounds = 0;
    while !is_log(&other) {
        rounds += 1;
        write(&store, rounds).expect("a write");
    }
    let old = fs::read(&other).expect("the kept log");
    (0..200).for_each(|_| {
        rounds += 1;
        write(&store, rounds).expect("a write");
    });
    drop(store);
    assert!(!log.exists() && !other.exists(), "nothing is left beside the database");
    // As if another program had emptied the log and taken it away, and as if it had written one of its own.
    for beside in [None, Some(&old)] {
        fs::write(&other, &old).expect("a kept log");
        if let Some(bytes) = beside {
            fs::write(&log, bytes).expect("a log");
            // Of the log only the header counts here: no frame of it is of the time that its header names.
            let mut header = bytes[..32].to_vec();
            header[19] ^= 0x70;
            fs::write(&log, header).expect("a log");
        }
        let store = open(&dir, None, Access::Own).expect("a store");
        assert_eq!(last_round(&store), rounds);
        assert!(!is_log(&other));
    }
}

/// Tells this program, when it runs itself, in which folder it is to read or to write.
const READS: &str = "DANGGOL_TURNS_READS";
const WRITES: &str = "DANGGOL_TURNS_WRITES";

/// Set when the reader may end.
const DONE: &str = "done";

/// Runs one test of this program beside this one.
fn spawn(test: &str, role: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture"])
        .env(role, dir)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process")
}

/// Waits for a line of a process. Whoever keeps the rest lets it write on.
fn wait_for(process: &mut Child, line: &str) -> Lines<BufReader<ChildStdout>> {
    let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    assert!(lines.by_ref().map_while(Result::ok).any(|said| said.ends_with(line)), "it never said {line}");
    lines
}

/// Reads through one connection, through all turns, until it is told to end.
fn read_until_done(dir: &Path) {
    let store = open(dir, None, Access::Read).expect("a store to read");
    let mut seen = last_round(&store);
    println!("reading");
    while store.read_blocking(|conn| setting::find(conn, DONE)).expect("a setting").is_none() {
        let last = last_round(&store);
        assert!(last >= seen, "{last} after {seen}");
        seen = last;
    }
}

#[test]
fn another_process_reads_beside_a_writer_whose_log_takes_turns() {
    if let Some(dir) = std::env::var_os(READS) {
        return read_until_done(Path::new(&dir));
    }
    let folder = TemporaryFolder::new("turns-beside").expect("a folder");
    let dir = folder.path().join("data");
    let store = open(&dir, None, Access::Own).expect("a store");
    write(&store, 1).expect("a write");
    let mut reader = spawn("another_process_reads_beside_a_writer_whose_log_takes_turns", READS, &dir);
    let _said = wait_for(&mut reader, "reading");
    let file = || log_files(&dir)[0].metadata().expect("a log").ino();
    let (mut turns, mut written, mut round) = (0, file(), 1);
    while turns < 5 {
        round += 1;
        assert!(round < 20_000, "{turns} turns were seen");
        write(&store, round).expect("a write");
        turns += usize::from(std::mem::replace(&mut written, file()) != file());
    }
    store.write_blocking(|conn| setting::put(conn, DONE, "")).expect("a write");
    assert!(reader.wait().expect("a reader").success());
}

#[test]
fn a_writer_that_was_killed_comes_back_while_somebody_reads() {
    const NAME: &str = "a_writer_that_was_killed_comes_back_while_somebody_reads";
    if let Some(dir) = std::env::var_os(READS) {
        return read_until_done(Path::new(&dir));
    }
    if let Some(dir) = std::env::var_os(WRITES) {
        let store = open(Path::new(&dir), None, Access::Own).expect("a store");
        println!("writing");
        let mut round = 0;
        loop {
            round += 1;
            write(&store, round).expect("a write until it is killed");
        }
    }
    let folder = TemporaryFolder::new("turns-killed").expect("a folder");
    let dir = folder.path().join("data");
    let mut writer = spawn(NAME, WRITES, &dir);
    let _written = wait_for(&mut writer, "writing");
    let mut reader = spawn(NAME, READS, &dir);
    let _said = wait_for(&mut reader, "reading");
    let other = &log_files(&dir)[1];
    while !is_log(other) {
        assert!(writer.try_wait().expect("a writer").is_none(), "the writer ended");
        std::thread::yield_now();
    }
    writer.kill().and_then(|()| writer.wait()).expect("a writer");
    assert!(is_log(other), "the kept log was let go in that moment");
    let store = open(&dir, None, Access::Own).expect("a store although somebody reads");
    assert!(!is_log(other));
    let last = last_round(&store);
    (1..=100).for_each(|round| write(&store, last + round).expect("a write"));
    store.write_blocking(|conn| setting::put(conn, DONE, "")).expect("a write");
    assert!(reader.wait().expect("a reader").success());
    assert_eq!(last_round(&store), last + 100);
}

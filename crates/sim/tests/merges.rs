//! Merges: what two members have is one member's, and is each one's own again when the merge is undone.

use std::collections::BTreeMap;
use std::sync::Mutex;

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Outcome, ReturnOrder, Rules};
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, IdMaker, MemberId, PurchaseId};
use danggol_core::programme::Programme;
use danggol_core::value::{ValueAct, ValueOrder};
use danggol_sim::commands::Commands;
use danggol_sim::folder::TemporaryFolder;
use danggol_sim::random::Random;
use danggol_sim::soak::brand;
use danggol_sim::soak::ground::{BEGIN_MS, Ground};
use danggol_store::merge::{self, Hand, MergeRefusal};
use danggol_store::testing::Cluster;
use danggol_store::{Target, batch, holder};

/// Members whose files say all that rules ask: what one does not say the other's would, and what was bought by that stays.
const A: MemberId = MemberId(1_001);
const B: MemberId = MemberId(1_002);
const C: MemberId = MemberId(1_007);
const HOUR_MS: i64 = 3_600_000;

/// A brand in which members are merged.
struct Brand {
    ground: Ground,
    ids: Mutex<IdMaker>,
}

impl Brand {
    fn found(target: Target, programme: &Programme) -> Self {
        Brand { ground: Ground::found(target, 8, programme).expect("a brand"), ids: Mutex::new(IdMaker::new(200)) }
    }

    fn with<T: Send + 'static>(
        &self,
        work: impl Fn(&mut danggol_store::Conn, &Hand<'_>) -> Result<Result<T, MergeRefusal>, danggol_store::StoreError>
        + Send
        + 'static,
    ) -> Result<T, MergeRefusal> {
        let (rules, now_ms) = (self.ground.rules(), self.ground.now_ms());
        let next = self.ids.lock().expect("nobody panicked").next(now_ms);
        let ids = Mutex::new(IdMaker::new(200));
        ids.lock().expect("nobody panicked").next_after(now_ms, next);
        let actor = Actor { kind: ActorKind::User, id: 1 };
        let done = self.ground.store.write_blocking(move |conn| work(conn, &Hand { rules: &rules, ids: &ids, actor, now_ms }));
        done.expect("the database works")
    }

    fn merge(&self, keep: MemberId, absorb: MemberId) -> Result<EntryId, MergeRefusal> {
        self.with(move |conn, hand| merge::merge(conn, hand, keep, absorb))
    }

    fn undo(&self, id: EntryId) -> Result<(), MergeRefusal> {
        self.with(move |conn, hand| merge::undo(conn, hand, id))
    }

    /// Whether a command would be carried out.
    fn would(&self, command: &Envelope) -> bool {
        let (rules, command, now_ms) = (self.ground.rules(), command.clone(), self.ground.now_ms());
        let settled = self.ground.store.read_blocking(move |conn| batch::dry_run(conn, &rules, &[command], now_ms));
        matches!(settled.expect("the database works")[0].outcome, Outcome::Done(_))
    }

    fn send(&self, command: Envelope) -> (Envelope, Outcome) {
        let answer = self.ground.carry_out_singly(vec![command]).expect("a pipeline").remove(0).expect("an answer");
        (answer.envelope, answer.settled.outcome)
    }

    fn state(&self, member: MemberId) -> HolderState {
        let holder = HolderId(member.0);
        let states = self.ground.store.read_blocking(move |conn| holder::find(conn, &[holder])).expect("the database works");
        states.get(&holder).cloned().unwrap_or_default()
    }
}

/// A programme whose prices do not depend on what members have: what was paid while two were one was paid by what both had, and stays.
fn programme(seed: u64) -> Programme {
    let mut programme = brand::draw(&mut Random::new(seed));
    programme.offers.retain(|offer| offer.id != "gold" && offer.id != "again");
    programme
}

/// The same commands in a brand where members are merged and in one where they never are.
struct Twins {
    merged: Brand,
    apart: Brand,
    commands: Commands,
    /// Entries of the merged brand, and what they are in the other.
    known: BTreeMap<i64, i64>,
    batch: i64,
}

impl Twins {
    fn new(one: Target, other: Target, seed: u64) -> Self {
        let (merged, apart) = (Brand::found(one, &programme(seed)), Brand::found(other, &programme(seed)));
        Twins { merged, apart, commands: Commands::new(seed, vec![A, B, C], "m"), known: BTreeMap::new(), batch: 0 }
    }

    fn in_apart(&self, command: &Envelope) -> Envelope {
        let mut command = command.clone();
        if let Command::Return(ReturnOrder { purchase, .. }) = &mut command.command {
            *purchase = PurchaseId(self.known.get(&purchase.0).copied().unwrap_or(purchase.0));
        }
        if let Command::Value(ValueOrder { act: ValueAct::Refund { top_up: Some(top_up), .. }, .. }) = &mut command.command {
            *top_up = EntryId(self.known.get(&top_up.0).copied().unwrap_or(top_up.0));
        }
        command
    }

    /// Sends so many commands to both. While members are one, only what each could do alone as well: the rest is a shortfall, which the
    /// tests of shortfalls are about. `reviewed` says whose reviews have anything to look at.
    fn trade(&mut self, count: usize, reviewed: &[MemberId], is_one: bool) {
        for _ in 0..count {
            self.batch += 1;
            let now_ms = BEGIN_MS + self.batch * 7 * HOUR_MS;
            self.merged.ground.set_clock(now_ms);
            self.apart.ground.set_clock(now_ms);
            let command = self.commands.draw(&self.merged.ground.rules(), now_ms);
            let other = self.in_apart(&command);
            if matches!(&command.command, Command::Review(of) | Command::Rank(of, _) if !reviewed.contains(&MemberId(of.0))) {
                continue;
            }
            let (one, two) = (self.merged.would(&command), self.apart.would(&other));
            let is_review = matches!(command.command, Command::Review(_) | Command::Rank(..));
            if is_one && !(one && two) && !(one && is_review) {
                continue;
            }
            assert_eq!(one || is_one, two || is_one, "{command:?}");
            let answer = self.merged.ground.carry_out_singly(vec![command]).expect("a pipeline").remove(0).expect("an answer");
            self.commands.answered(&answer);
            let (_, outcome) = self.apart.send(other);
            if let (Outcome::Done(one), Outcome::Done(other)) = (answer.settled.outcome, outcome) {
                self.known.insert(one.0, other.0);
            }
        }
    }

    /// A state with the numbers of the other brand.
    fn translated(&self, mut state: HolderState) -> HolderState {
        let known = |entry: &mut i64| *entry = self.known.get(entry).copied().unwrap_or(*entry);
        for purse in [&mut state.points, &mut state.value_principal, &mut state.value_bonus] {
            purse.lots.iter_mut().for_each(|lot| known(&mut lot.entry));
            purse.lapsed.iter_mut().for_each(|lapsed| known(&mut lapsed.entry));
        }
        state.top_ups.iter_mut().for_each(|top_up| known(&mut top_up.entry));
        state
    }

    fn assert_alike(&self) {
        for member in [A, B, C] {
            assert_eq!(self.translated(self.merged.state(member)), self.apart.state(member), "{member:?}");
        }
        self.merged.ground.audit().expect("the merged brand follows from its log");
        self.apart.ground.audit().expect("the other brand follows from its log");
    }
}

/// Merge, a thousand random commands, undo: both members are exactly as commands of their own would have left them, and go on so.
fn undone(one: Target, other: Target, seed: u64, count: usize) {
    let mut twins = Twins::new(one, other, seed);
    twins.trade(count / 5, &[A, B, C], false);
    twins.assert_alike();
    let (before_a, before_b) = (twins.merged.state(A), twins.merged.state(B));
    let id = twins.merged.merge(A, B).expect("merged");
    let both = twins.merged.state(A);
    assert_eq!(both.points.balance(), before_a.points.balance() + before_b.points.balance());
    assert_eq!(both.purchases, before_a.purchases + before_b.purchases);
    assert_eq!(twins.merged.state(B), HolderState::default());
    let known = twins.known.len();
    twins.trade(count, &[A, C], true);
    assert!(twins.known.len() > known + count / 4, "much was done while they were one: {}", twins.known.len() - known);
    twins.merged.ground.audit().expect("one person follows from both logs");
    assert_eq!(twins.merged.state(B), HolderState::default(), "nothing stays with who went");
    twins.merged.undo(id).expect("undone");
    assert_eq!(twins.merged.undo(id), Err(MergeRefusal::Undone));
    twins.assert_alike();
    twins.trade(count / 5, &[A, B, C], false);
    twins.assert_alike();
}

#[test]
fn a_merge_undone_leaves_both_as_commands_of_their_own_would_have() {
    for seed in [3, 4] {
        let folder = TemporaryFolder::new("merges").expect("a folder");
        undone(Target::sqlite(folder.path().join("one")), Target::sqlite(folder.path().join("two")), seed, 1_000);
    }
}

#[test]
fn both_engines_merge_and_undo_alike() {
    let cluster = Cluster::start().expect("PostgreSQL runs");
    let url = cluster.create_database("merges").expect("a database");
    let folder = TemporaryFolder::new("merges").expect("a folder");
    let target = Target::postgres(&url, |_| None).expect("its address");
    undone(target, Target::sqlite(folder.path().join("two")), 7, 200);
}

#[test]
fn a_server_that_has_not_heard_of_a_version_undoes_by_that_version() {
    let folder = TemporaryFolder::new("merges").expect("a folder");
    let mut twins = Twins::new(Target::sqlite(folder.path().join("one")), Target::sqlite(folder.path().join("two")), 5);
    twins.trade(100, &[A, B, C], false);
    let id = twins.merged.merge(A, B).expect("merged");
    twins.trade(150, &[A, C], true);
    let next = programme(6);
    for brand in [&twins.merged, &twins.apart] {
        brand.ground.publish(&next).expect("published");
    }
    let mut rules = Rules::clone(&twins.merged.ground.rules());
    rules.versions.retain(|version, _| *version == rules.current.version);
    twins.merged.with(move |conn, hand| merge::undo(conn, &Hand { rules: &rules, ..*hand }, id)).expect("undone");
    twins.assert_alike();
}

#[test]
fn prices_that_were_paid_while_two_were_one_stay_when_the_merge_is_undone() {
    let asks = |programme: &Programme| ["gold", "again"].iter().all(|id| programme.offers.iter().any(|offer| offer.id == *id));
    let programme = (0..100).map(|seed| brand::draw(&mut Random::new(seed))).find(asks).expect("such a programme is drawn");
    let folder = TemporaryFolder::new("merges").expect("a folder");
    let brand = Brand::found(Target::sqlite(folder.path().join("one")), &programme);
    let mut commands = Commands::new(9, vec![A, B, C], "p");
    let mut trade = |from: i64| {
        for at in from..from + 150 {
            let now_ms = BEGIN_MS + at * 7 * HOUR_MS;
            brand.ground.set_clock(now_ms);
            let command = commands.draw(&brand.ground.rules(), now_ms);
            let answers = brand.ground.carry_out_singly(vec![command]).expect("a pipeline");
            answers.iter().for_each(|answer| commands.answered(answer.as_ref().expect("an answer")));
        }
    };
    trade(1);
    let id = brand.merge(A, B).expect("merged");
    trade(151);
    brand.undo(id).expect("undone");
    brand.ground.audit().expect("what was paid follows from what was known when it was");
    trade(301);
    brand.ground.audit().expect("and so does what came after");
}

/// B went into A, and A into C: the later one is undone first, and each undoing gives back what is hers.
#[test]
fn a_chain_of_merges_is_undone_from_its_end() {
    let folder = TemporaryFolder::new("merges").expect("a folder");
    let mut twins = Twins::new(Target::sqlite(folder.path().join("one")), Target::sqlite(folder.path().join("two")), 11);
    twins.trade(200, &[A, B, C], false);
    let first = twins.merged.merge(A, B).expect("merged");
    assert_eq!(twins.merged.merge(C, B), Err(MergeRefusal::Gone(A)));
    assert_eq!(twins.merged.merge(A, A), Err(MergeRefusal::Same));
    twins.trade(150, &[A, C], true);
    let second = twins.merged.merge(C, A).expect("merged");
    twins.trade(150, &[C], true);
    twins.merged.ground.audit().expect("a chain follows from its logs");
    assert_eq!(twins.merged.undo(first), Err(MergeRefusal::KeeperGone(C)));
    twins.merged.undo(second).expect("undone");
    twins.merged.ground.audit().expect("A and B are one still");
    twins.trade(100, &[A, C], true);
    twins.merged.undo(first).expect("undone");
    twins.assert_alike();
}

/// Two went into one: either may go first.
#[test]
fn merges_side_by_side_are_undone_in_any_order() {
    for late_first in [false, true] {
        let folder = TemporaryFolder::new("merges").expect("a folder");
        let mut twins = Twins::new(Target::sqlite(folder.path().join("one")), Target::sqlite(folder.path().join("two")), 13);
        twins.trade(150, &[A, B, C], false);
        let first = twins.merged.merge(A, B).expect("merged");
        twins.trade(100, &[A, C], true);
        let second = twins.merged.merge(A, C).expect("merged");
        twins.trade(100, &[A], true);
        let order = if late_first { [second, first] } else { [first, second] };
        for id in order {
            twins.merged.undo(id).expect("undone");
            twins.merged.ground.audit().expect("what is left follows from its logs");
        }
        twins.assert_alike();
    }
}

//! Households whose members spend each other's points: what is drawn, what is not, and an audit that tells the two sides apart.

use std::sync::{Arc, Mutex};

use danggol_core::birthday::LunarKind;
use danggol_core::decide::{Actor, ActorKind, Adjustment, Command, Envelope, Key, Outcome, Published, ReturnOrder, Rules};
use danggol_core::household::{HouseholdRole, HouseholdRules};
use danggol_core::id::{EntryId, HolderId, HouseholdId, IdMaker, MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::merge::Correction;
use danggol_core::programme::{Expiry, Programme, Redemption, SpentPoints};
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind};
use danggol_core::refusal::Refusal;
use danggol_core::time::DAY_MS;
use danggol_store::audit::audit;
use danggol_store::batch::{Scribe, Settled, carry_out};
use danggol_store::difference::Figure;
use danggol_store::household::{self, Amendment, Hand, HouseholdRefusal};
use danggol_store::lease::lease_writer;
use danggol_store::save::Fence;
use danggol_store::{Conn, Store, StoreError, Target, holder, merge, migration, setting, sharing};
use jiff::tz::TimeZone;

use crate::engines::{Folder, NOW_MS, each_engine, open, postgres_target, read, write};
use crate::gifts::take_gifts_away;
use crate::members::{enrol, sealed};

const ACTOR: Actor = Actor { kind: ActorKind::User, id: 5 };

/// No points for purchases; each point pays one minor unit, and what is given lapses after thirty days.
fn rules() -> Rules {
    let mut programme = Programme::first("shop", 2);
    programme.earning.rules.clear();
    programme.earning.expiry = Expiry::Rolling { days: 30 };
    programme.returns.spent_points = SpentPoints::Debt;
    programme.redemption = Some(Redemption { points: 1, minor: 1, step: 1, minimum: 1, max_percent: 100 });
    Rules::new(Published::new(1, programme), TimeZone::UTC, 0, LunarKind::Chinese)
}

/// A brand with members, of whom some live together and share, and one who writes there.
struct Family<'a> {
    store: &'a Store,
    ids: Arc<Mutex<IdMaker>>,
    fence: Arc<Mutex<Fence>>,
    home: HouseholdId,
    /// UTC milliseconds.
    now_ms: Mutex<i64>,
}

impl<'a> Family<'a> {
    /// Members 1 to `members`, of whom 1 to 3 live together and share.
    fn new(store: &'a Store, members: i64) -> Self {
        enrol(store, (1..=members).map(|id| sealed(id, &format!("Guest {id}"), &[])).collect());
        let fence = write(store, |conn| lease_writer(conn, "family", NOW_MS));
        let ids = Arc::new(Mutex::new(IdMaker::new(fence.writer_id)));
        let (fence, now_ms) = (Arc::new(Mutex::new(fence)), Mutex::new(NOW_MS));
        let mut family = Family { store, ids, fence, home: HouseholdId(0), now_ms };
        family.let_share(true);
        let made = family.live(|conn, hand| household::make(conn, hand, "Kim", (MemberId(1), HouseholdRole::Parent)));
        family.home = made.expect("made");
        (2..=3).for_each(|member| family.join(member));
        family.share(true).expect("they share");
        family
    }

    fn now_ms(&self) -> i64 {
        *self.now_ms.lock().expect("nobody panicked")
    }

    fn wait(&self, days: i64) {
        *self.now_ms.lock().expect("nobody panicked") += days * DAY_MS;
    }

    fn let_share(&self, share_points: bool) {
        let rules = HouseholdRules { share_points, ..HouseholdRules::default() };
        let text = serde_json::to_string(&rules).expect("rules");
        write(self.store, move |conn| setting::put(conn, household::RULES, &text));
    }

    fn live<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Conn, &Hand<'_>) -> Result<Result<T, HouseholdRefusal>, StoreError> + Send + 'static,
    ) -> Result<T, HouseholdRefusal> {
        let (ids, now_ms) = (Arc::clone(&self.ids), self.now_ms());
        write(self.store, move |conn| work(conn, &Hand { ids: &ids, actor: ACTOR, now_ms }))
    }

    fn join(&self, member: i64) {
        let home = self.home;
        let joined = self.live(move |conn, hand| {
            let most = household::rules(conn)?.most_members;
            household::join(conn, hand, home, (MemberId(member), HouseholdRole::Other), most)
        });
        joined.expect("joined");
    }

    fn leave(&self, member: i64) {
        let home = self.home;
        self.live(move |conn, hand| household::leave(conn, hand, home, MemberId(member))).expect("left");
    }

    fn share(&self, shares: bool) -> Result<(), HouseholdRefusal> {
        let home = self.home;
        self.live(move |conn, hand| {
            let amendment = Amendment { shares_points: Some(shares), ..Amendment::default() };
            let rules = household::rules(conn)?;
            household::amend(conn, hand, home, &amendment, rules)
        })
    }

    /// Carries commands out in one batch.
    fn batch(&self, commands: Vec<Command>) -> Vec<Settled> {
        self.send(commands.into_iter().map(|command| (command, None)).collect())
    }

    fn send(&self, commands: Vec<(Command, Option<Key>)>) -> Vec<Settled> {
        let (ids, fence, now_ms) = (Arc::clone(&self.ids), Arc::clone(&self.fence), self.now_ms());
        let (told, hear) = std::sync::mpsc::channel();
        let job = move |conn: Result<&mut Conn, StoreError>| {
            let envelope = |(command, key)| Envelope { id: EntryId(0), actor: ACTOR, key, command };
            let mut commands: Vec<Envelope> = commands.into_iter().map(envelope).collect();
            let mut settled: Vec<Option<Settled>> = commands.iter().map(|_| None).collect();
            let mut fence = fence.lock().expect("nobody panicked");
            let mut scribe = Scribe { fence: &mut fence, ids: &ids };
            let done = conn
                .and_then(|conn| carry_out(conn, &rules(), &mut scribe, &mut commands, &mut settled, now_ms))
                .map(|()| settled);
            told.send(done).expect("somebody hears");
        };
        self.store.writer().expect("a writer").submit(job).expect("a queue");
        let settled = hear.recv().expect("an answer").expect("no error");
        settled.into_iter().map(|settled| settled.expect("settled")).collect()
    }

    fn carry_out(&self, command: Command) -> Settled {
        self.batch(vec![command]).remove(0)
    }

    fn give(&self, member: i64, amount: i64) {
        let reason = "a gift".to_owned();
        let gift = Command::Adjust(Adjustment { member: MemberId(member), asset: Asset::Points, amount, reason });
        assert!(matches!(self.carry_out(gift).outcome, Outcome::Done(_)));
    }

    fn buy(&self, member: i64, redeem_points: i64) -> Command {
        let line =
            Line { sku: "tee".to_owned(), category: None, quantity: 1, amount_minor: 10_000, kind: LineKind::Sale, off_minor: 0 };
        Command::Purchase(Order {
            id: PurchaseId(0),
            member: MemberId(member),
            external_no: None,
            channel: "store".to_owned(),
            store: None,
            staff: None,
            moment: rules().moment(self.now_ms()),
            lines: vec![line],
            pricing: Pricing::Paid,
            coupons: Vec::new(),
            discount_minor: 0,
            coupon_minor: 0,
            tenders: Vec::new(),
            redeem_points,
            kind: PurchaseKind::Earn,
            input_hash: 1,
        })
    }

    /// Spends points: what was drawn from whom, or how many there were where there were too few.
    fn spend(&self, member: i64, points: i64) -> Result<Vec<(i64, i64)>, i64> {
        let settled = self.carry_out(self.buy(member, points));
        match settled.outcome {
            Outcome::Done(_) => Ok(drawn(&settled)),
            Outcome::Refused(Refusal::InsufficientPoints { available, .. }) => Err(available),
            other => panic!("{other:?}"),
        }
    }

    /// Balances of members 1 and on.
    fn balances<const N: usize>(&self) -> [i64; N] {
        let holders: Vec<HolderId> = (1..=N as i64).map(HolderId).collect();
        let states = read(self.store, move |conn| holder::find(conn, &holders));
        std::array::from_fn(|at| states.get(&HolderId(1 + at as i64)).map_or(0, |state| state.points.balance()))
    }

    fn of_others(&self, member: i64) -> Option<i64> {
        let now_ms = self.now_ms();
        read(self.store, move |conn| sharing::points_of_others(conn, MemberId(member), now_ms))
    }

    fn merge(&self, keep: i64, absorb: i64) -> EntryId {
        let (ids, now_ms) = (Arc::clone(&self.ids), self.now_ms());
        write(self.store, move |conn| {
            let hand = merge::Hand { rules: &rules(), ids: &ids, actor: ACTOR, now_ms };
            merge::merge(conn, &hand, MemberId(keep), MemberId(absorb))
        })
        .expect("merged")
    }

    fn undo(&self, id: EntryId) {
        let (ids, now_ms) = (Arc::clone(&self.ids), self.now_ms());
        write(self.store, move |conn| merge::undo(conn, &merge::Hand { rules: &rules(), ids: &ids, actor: ACTOR, now_ms }, id))
            .expect("undone");
    }

    /// What an audit finds.
    fn found(&self) -> Vec<Figure> {
        let audited = read(self.store, |conn| audit(conn, &rules(), |_| ()));
        audited.differences.iter().map(|difference| difference.figure).collect()
    }
}

/// What a command drew, by whose it was.
fn drawn(settled: &Settled) -> Vec<(i64, i64)> {
    let moved = settled.shares.iter().filter_map(|shared| match &shared.entry.detail {
        danggol_core::decide::Detail::Share(detail) if detail.side == danggol_core::share::Side::Takes => {
            Some((detail.other.0, detail.points()))
        }
        _ => None,
    });
    moved.collect()
}

#[test]
fn a_member_spends_the_points_of_her_family_and_the_log_says_so_on_both_sides() {
    each_engine("share", |store| {
        let family = Family::new(store, 4);
        family.give(2, 100);
        family.wait(1);
        family.give(3, 50);
        family.give(1, 20);
        family.give(4, 1_000);
        assert_eq!((family.of_others(1), family.of_others(2), family.of_others(4)), (Some(150), Some(70), None));
        // What expires first goes first, and a stranger's is not touched.
        assert_eq!(family.spend(1, 30), Ok(vec![(2, 10)]));
        assert_eq!(family.spend(1, 171), Err(140));
        assert_eq!(family.spend(1, 120), Ok(vec![(2, 90), (3, 30)]));
        assert_eq!(family.spend(4, 1_001), Err(1_000));
        assert_eq!(family.balances(), [0, 0, 20, 1_000]);
        let log = read(store, |conn| danggol_store::purchase::log(conn, MemberId(2), EntryId(i64::MAX), 10));
        assert_eq!(log.len(), 3, "what was given her, and what went twice");
        assert_eq!(family.found(), []);
    });
}

#[test]
fn two_commands_on_both_members_in_one_batch_are_two_batches_of_one() {
    each_engine("share_batch", |store| {
        let family = Family::new(store, 3);
        family.give(1, 100);
        family.give(2, 100);
        let spends = (0..10).map(|at| family.buy(1 + at % 2, 30)).collect();
        let settled = family.batch(spends);
        assert_eq!(settled.iter().filter(|settled| matches!(settled.outcome, Outcome::Done(_))).count(), 6);
        assert!(settled.iter().all(|settled| drawn(settled).is_empty()), "each had enough of her own");
        // Of the ten that each has left, the first takes what the second would have spent.
        let settled = family.batch(vec![family.buy(1, 15), family.buy(2, 6), family.buy(2, 5)]);
        let outcomes: Vec<bool> = settled.iter().map(|settled| matches!(settled.outcome, Outcome::Done(_))).collect();
        assert_eq!(outcomes, [true, false, true]);
        assert_eq!(family.balances(), [0, 0, 0]);
        assert_eq!(family.found(), []);
    });
}

#[test]
fn who_leaves_takes_what_is_hers_and_gives_nothing_more() {
    each_engine("share_leave", |store| {
        let family = Family::new(store, 3);
        family.give(2, 100);
        family.give(3, 40);
        assert_eq!(family.spend(1, 60), Ok(vec![(2, 60)]));
        family.leave(2);
        assert_eq!(family.balances(), [0, 40, 40]);
        assert_eq!((family.of_others(1), family.of_others(2)), (Some(40), None));
        assert_eq!(family.spend(1, 41), Err(40));
        assert_eq!(family.spend(2, 41), Err(40));
        assert_eq!(family.spend(1, 40), Ok(vec![(3, 40)]));
        let home = family.home;
        family.live(move |conn, hand| household::dissolve(conn, hand, home)).expect("dissolved");
        family.give(3, 10);
        assert_eq!(family.spend(1, 1), Err(0));
        assert_eq!(family.found(), []);
    });
}

#[test]
fn a_closed_member_neither_gives_nor_takes() {
    each_engine("share_closed", |store| {
        let family = Family::new(store, 3);
        family.give(2, 100);
        family.give(3, 40);
        write(store, |conn| conn.execute("UPDATE member SET status = 'closed' WHERE member_id = 2", &[]));
        assert_eq!(family.of_others(1), Some(40));
        assert_eq!(family.spend(1, 41), Err(40));
        assert_eq!(family.spend(1, 40), Ok(vec![(3, 40)]));
        let refused = family.carry_out(family.buy(2, 1));
        assert_eq!(refused.outcome, Outcome::Refused(Refusal::MemberClosed));
        write(store, |conn| conn.execute("UPDATE member SET status = 'active' WHERE member_id = 2", &[]));
        assert_eq!(family.spend(1, 100), Ok(vec![(2, 100)]));
        assert_eq!(family.found(), []);
    });
}

#[test]
fn nothing_is_drawn_where_the_brand_or_the_household_does_not_share() {
    each_engine("share_off", |store| {
        let family = Family::new(store, 3);
        family.give(2, 100);
        family.let_share(false);
        assert_eq!((family.spend(1, 1), family.of_others(1)), (Err(0), None));
        family.share(false).expect("this is always possible");
        assert_eq!(family.share(true), Err(HouseholdRefusal::NoSharing));
        family.let_share(true);
        assert_eq!(family.spend(1, 1), Err(0));
        family.share(true).expect("they share");
        assert_eq!(family.spend(1, 1), Ok(vec![(2, 1)]));
        assert_eq!(family.found(), []);
    });
}

#[test]
fn what_comes_back_is_hers_who_bought_and_lapses_when_it_would_have() {
    each_engine("share_return", |store| {
        let family = Family::new(store, 3);
        family.give(2, 100);
        family.wait(10);
        let bought = family.carry_out(family.buy(1, 80));
        let Outcome::Done(id) = bought.outcome else { panic!("{bought:?}") };
        let order = ReturnOrder { purchase: PurchaseId(id.0), lines: None, at_ms: family.now_ms() };
        assert!(matches!(family.carry_out(Command::Return(order)).outcome, Outcome::Done(_)));
        assert_eq!(family.balances(), [80, 20, 0]);
        // They may come home again.
        assert_eq!(family.spend(2, 30), Ok(vec![(1, 10)]));
        family.wait(21);
        assert!(matches!(family.carry_out(Command::Review(HolderId(1))).outcome, Outcome::Done(_)));
        assert_eq!(family.balances(), [0, 0, 0]);
        assert_eq!(family.found(), []);
    });
}

#[test]
fn a_purchase_that_drew_and_is_sent_again_draws_nothing_more() {
    each_engine("share_again", |store| {
        let family = Family::new(store, 3);
        family.give(2, 100);
        let key = Key { scoped: "once".to_owned(), input_hash: 3 };
        let command = family.buy(1, 60);
        let first = family.send(vec![(command.clone(), Some(key.clone())), (command.clone(), Some(key.clone()))]);
        let Outcome::Done(id) = first[0].outcome else { panic!("{first:?}") };
        assert_eq!(first[1].outcome, Outcome::Replayed(id));
        assert_eq!(family.send(vec![(command, Some(key))])[0].outcome, Outcome::Replayed(id));
        assert_eq!(family.balances(), [0, 40, 0]);
        let record = read(store, move |conn| danggol_store::purchase::find(conn, &[PurchaseId(id.0)])).remove(0);
        let told = read(store, move |conn| sharing::drawn_for(conn, &record));
        assert_eq!(told.len(), 1);
        assert_eq!(family.found(), []);
    });
}

#[test]
fn a_place_is_that_of_whoever_keeps_and_undone_merges_leave_what_was_shared() {
    each_engine("share_merge", |store| {
        let family = Family::new(store, 5);
        // The fourth takes the second in, and with her the place; then gives and takes.
        family.give(1, 10);
        family.give(2, 100);
        family.give(4, 30);
        let id = family.merge(4, 2);
        assert_eq!((family.of_others(4), family.of_others(1)), (Some(10), Some(130)));
        assert_eq!(family.spend(1, 90), Ok(vec![(4, 80)]));
        assert_eq!(family.found(), []);
        family.give(3, 25);
        // By the identity of the one who went.
        assert_eq!(family.spend(2, 70), Ok(vec![(3, 20)]));
        assert_eq!(family.balances(), [0, 0, 5, 0, 0]);
        assert_eq!(family.found(), []);
        family.undo(id);
        // The fourth gave 80 and had 30; the second spent 50 of the other's and had 100.
        assert_eq!(family.balances(), [0, 50, 5, -50, 0]);
        assert_eq!((family.of_others(4), family.of_others(1)), (None, Some(55)));
        assert_eq!(family.found(), []);
        let log = read(store, |conn| danggol_store::purchase::log(conn, MemberId(4), EntryId(i64::MAX), 1));
        let danggol_store::purchase::Logged::Entry { entry, .. } = &log[0] else { panic!("{log:?}") };
        let danggol_core::decide::Detail::Undo(undone) = &entry.detail else { panic!("{entry:?}") };
        let shortfalls: Vec<&Correction> = undone.corrected.iter().filter(|correction| correction.short > 0).collect();
        assert_eq!(shortfalls.iter().map(|correction| correction.short).collect::<Vec<_>>(), [50]);
    });
}

#[test]
fn an_audit_notices_one_side_without_the_other() {
    each_engine("share_audit", |store| {
        let family = Family::new(store, 3);
        family.give(2, 100);
        assert_eq!(family.spend(1, 60), Ok(vec![(2, 60)]));
        for (sql, expected) in [
            ("DELETE FROM entry WHERE kind = 'share' AND holder_id = 2", Figure::Share),
            (
                "UPDATE entry SET detail = replace(detail, '\"n\":60', '\"n\":61') WHERE kind = 'share' AND holder_id = 2",
                Figure::Share,
            ),
            ("UPDATE entry SET purchase_id = 9 WHERE kind = 'share' AND holder_id = 1", Figure::Share),
            ("UPDATE posting SET target = 'merged' WHERE target = 'shared'", Figure::Postings),
            ("UPDATE holder SET points = points + 1 WHERE holder_id = 2", Figure::Columns),
        ] {
            let found = store.write_blocking(move |conn| {
                assert!(conn.execute(sql, &[])? > 0, "{sql} changes nothing");
                let figures: Vec<Figure> = audit(conn, &rules(), |_| ())?.differences.iter().map(|found| found.figure).collect();
                assert!(figures.contains(&expected), "{sql}: {figures:?}");
                // Rolled back by the error.
                Err::<(), _>(StoreError::Raced)
            });
            assert!(found.is_err());
        }
        assert_eq!(family.found(), []);
    });
}

#[test]
fn a_database_of_schema_twelve_lets_its_households_share() {
    let folder = Folder::new("upgrade_sharing");
    for target in [Target::sqlite(folder.0.join("data")), postgres_target("upgrade_sharing")] {
        let store = open(target.clone());
        let home = Family::new(&store, 3).home;
        write(&store, |conn| {
            take_gifts_away(conn)?;
            conn.execute("ALTER TABLE household DROP COLUMN shares_points", &[])?;
            conn.execute("DROP TABLE household_past", &[])?;
            conn.execute("UPDATE writer SET leased_until_ms = 0", &[])?;
            conn.execute("UPDATE migration SET version = 12", &[])
        });
        drop(store);
        let store = open(target);
        migration::check(&mut store.open_reader().expect("a connection")).expect("the newest version");
        let kept = read(&store, move |conn| household::find(conn, home)).expect("a household");
        assert_eq!((kept.shares_points, kept.members.len()), (false, 3), "those that are there do not share");
    }
}

//! One batch of commands: load, decide, save, one commit; again for those that met another writer.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use danggol_core::coupon::ReadyTemplate;
use danggol_core::decide::{Command, Detail, Entry, Envelope, Outcome, Rules, World, decide};
use danggol_core::earning::Award;
use danggol_core::holder::HolderState;
use danggol_core::id::{CouponId, EntryId, HolderId, IdMaker, PurchaseId};
use danggol_core::ledger::{Account, Posting};
use danggol_core::purchase::KeptPurchase;
use danggol_core::quote::Quote;

use crate::db::Conn;
use crate::error::StoreError;
use crate::load::{Loaded, load};
use crate::programme;
use crate::save::{Batch, Changes, Fence, save};

/// How often commands that meet another writer are decided again before they are given up as busy.
const MOST_ROUNDS: usize = 40;

/// One side of points that went from one member of a household to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The entry with whose holder it stands.
    pub entry: Entry,
    /// That holder's state after the batch.
    pub state: HolderState,
}

/// What became of a command, with all that an answer says about it.
#[derive(Debug, Clone)]
pub struct Settled {
    /// What became of it.
    pub outcome: Outcome,
    /// The holder's state after its batch; none when nothing was changed.
    pub state: Option<HolderState>,
    /// What a purchase gave.
    pub award: Option<Award>,
    /// What a purchase at list prices costs.
    pub quote: Option<Quote>,
    /// The entry, when it is not a purchase.
    pub entry: Option<Entry>,
    /// What it drew from others of the household, on each side.
    pub shares: Vec<Shared>,
    /// The purchase that goods came back of, as it stands now.
    pub returned: Option<KeptPurchase>,
    /// What its own entry moved.
    pub postings: Vec<Posting>,
    /// What the coupons say that a purchase names.
    pub templates: Vec<Arc<ReadyTemplate>>,
}

/// Gives every command its id: greater than all before it in this process and than the newest entry of any holder in the batch. Before
/// the id of a purchase for which points may be drawn from others stand two for each of them; coupons that a command may give on occasions
/// get theirs too.
fn number(
    rules: &Rules,
    commands: &mut [Envelope],
    places: &[usize],
    (ids, now_ms): (&Mutex<IdMaker>, i64),
    loaded: &mut Loaded,
) {
    let Loaded { world, newest_entry } = loaded;
    let by_purchase = rules.current.programme.purchase_occasions().filter(|(_, occasion)| occasion.coupon.is_some()).count();
    let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
    for &place in places {
        let envelope = &mut commands[place];
        let spare: Vec<EntryId> =
            (0..2 * others(world, &envelope.command)).map(|_| EntryId(ids.next_after(now_ms, *newest_entry))).collect();
        let id = ids.next_after(now_ms, *newest_entry);
        envelope.id = EntryId(id);
        if !spare.is_empty() {
            world.spare.insert(envelope.id, spare);
        }
        if let Command::Purchase(order) = &mut envelope.command {
            order.id = PurchaseId(id);
        }
        let coupons = match &envelope.command {
            Command::Purchase(_) => by_purchase,
            Command::Occasion(_) => 1,
            Command::Value(order) => usize::from(order.coupon(&rules.current.programme).is_some()),
            _ => 0,
        };
        if coupons > 0 {
            let fresh = (0..coupons).map(|_| CouponId(ids.next_after(now_ms, id))).collect();
            world.fresh.insert(EntryId(id), fresh);
        }
    }
}

/// From how many others points may be drawn for a command.
fn others(world: &World, command: &Command) -> usize {
    let Command::Purchase(order) = command else { return 0 };
    if order.redeem_points <= 0 || world.sharing.is_empty() {
        return 0;
    }
    let holder = world.members.get(&order.member).map(|facts| facts.holder);
    holder.and_then(|holder| world.sharing.get(&holder)).map_or(0, Vec::len)
}

/// Carries out commands in one commit, or in a few when another writer changed some of the same holders meanwhile; only those
/// commands, and others of the same holders, are decided again. `settled` has a place for each command; those that are filled when
/// an error comes back are kept, the others are not. Only after [`StoreError::CommitUnknown`] they may or may not be kept: purchase
/// numbers and idempotency keys make it safe to ask again. What is kept survives power loss once [`Writer::when_durable`] says so.
///
/// [`Writer::when_durable`]: crate::Writer::when_durable
pub fn carry_out(
    conn: &mut Conn,
    rules: &Rules,
    writer: &mut Scribe<'_>,
    commands: &mut [Envelope],
    settled: &mut [Option<Settled>],
    now_ms: i64,
) -> Result<(), StoreError> {
    let unsettled = (0..commands.len()).filter(|&place| settled[place].is_none()).collect();
    let mut waiting: Vec<Vec<usize>> = vec![unsettled];
    let mut rounds = 0;
    while let Some(places) = waiting.pop() {
        rounds += 1;
        if rounds > MOST_ROUNDS {
            return Err(StoreError::Busy);
        }
        conn.begin()?;
        let attempt = match attempt(conn, rules, writer, commands, &places, now_ms) {
            Ok(attempt) => attempt,
            Err(error) => {
                // The first error says what happened; a connection that cannot roll back is opened anew.
                conn.rollback().ok();
                return Err(error);
            }
        };
        match attempt {
            Attempt::Kept(changes, world, next) => {
                conn.commit_unsynced().map_err(|error| StoreError::CommitUnknown(Box::new(error)))?;
                *writer.fence = next;
                for (place, done) in places.iter().zip(report(changes, &world)) {
                    settled[*place] = Some(done);
                }
            }
            Attempt::Lost(again, others) => {
                conn.rollback()?;
                waiting.push(again);
                if !others.is_empty() {
                    waiting.push(others);
                }
            }
        }
    }
    Ok(())
}

/// Who numbers entries and commits.
pub struct Scribe<'a> {
    /// The lease, and the number of the last commit.
    pub fence: &'a mut Fence,
    /// The maker of ids, shared with everything else in the process that makes any.
    pub ids: &'a Mutex<IdMaker>,
}

enum Attempt {
    /// Everything is written, to be committed.
    Kept(Changes, Box<World>, Fence),
    /// Another writer was there: the places to decide again, and those that it did not touch.
    Lost(Vec<usize>, Vec<usize>),
}

fn attempt(
    conn: &mut Conn,
    rules: &Rules,
    writer: &Scribe<'_>,
    commands: &mut [Envelope],
    places: &[usize],
    now_ms: i64,
) -> Result<Attempt, StoreError> {
    let chosen: Vec<&Envelope> = places.iter().map(|&place| &commands[place]).collect();
    let mut loaded = load(conn, rules, &chosen)?;
    let rules = &*programme::with_versions(conn, rules, earned_by(&loaded.world))?;
    number(rules, commands, places, (writer.ids, now_ms), &mut loaded);
    let chosen: Vec<&Envelope> = places.iter().map(|&place| &commands[place]).collect();
    let mut changes = Changes::default();
    decide(rules, &mut loaded.world, chosen.iter().copied(), now_ms, &mut changes);
    let mut next = writer.fence.clone();
    let batch = Batch { rules, commands: &chosen, world: &loaded.world, changes: &changes, now_ms };
    let lost = save(conn, &mut next, &batch)?;
    if lost.is_empty() {
        return Ok(Attempt::Kept(changes, Box::new(loaded.world), next));
    }
    let (again, others) = split(places, &changes, lost);
    Ok(Attempt::Lost(again, others))
}

/// The versions by which the purchases of a batch earned, and by which bonus was given that a refund takes back.
fn earned_by(world: &World) -> impl Iterator<Item = i64> {
    let top_ups = world.holders.values().flat_map(|held| &held.state.top_ups);
    world.purchases.values().map(|kept| kept.programme_version).chain(top_ups.map(|top_up| top_up.version))
}

/// The commands that touched a holder who met another writer, or one that such a command touched too; and all others.
fn split(places: &[usize], changes: &Changes, mut lost: HashSet<HolderId>) -> (Vec<usize>, Vec<usize>) {
    let mut met: HashSet<usize> = HashSet::new();
    loop {
        let known = lost.len();
        met.extend(changes.touched.iter().filter(|touch| lost.contains(&touch.holder)).map(|touch| touch.index));
        lost.extend(changes.touched.iter().filter(|touch| met.contains(&touch.index)).map(|touch| touch.holder));
        if lost.len() == known {
            break;
        }
    }
    let (again, others): (Vec<usize>, Vec<usize>) = (0..places.len()).partition(|at| met.contains(at));
    let at = |positions: Vec<usize>| positions.into_iter().map(|position| places[position]).collect();
    (at(again), at(others))
}

fn report(changes: Changes, world: &World) -> Vec<Settled> {
    let mut settled: Vec<Settled> = changes
        .outcomes
        .into_iter()
        .map(|outcome| Settled {
            outcome,
            state: None,
            award: None,
            quote: None,
            entry: None,
            shares: Vec::new(),
            returned: None,
            postings: Vec::new(),
            templates: Vec::new(),
        })
        .collect();
    for touch in changes.touched {
        // The command's own entry comes last.
        settled[touch.index].state = world.holders.get(&touch.holder).map(|held| held.state.clone());
    }
    for bought in changes.purchases {
        let presented = bought.award.offers.iter().flat_map(|priced| &priced.coupons);
        let ready = presented.filter_map(|presented| Some(Arc::clone(&world.templates.get(&presented.template)?.ready)));
        settled[bought.index].templates = ready.collect();
        settled[bought.index].award = Some(bought.award);
    }
    for (index, quote) in changes.quotes {
        settled[index].quote = Some(quote);
    }
    for (index, entry) in changes.entries {
        match entry.detail {
            Detail::Share(_) => {
                let state = world.holders.get(&entry.holder).map(|held| held.state.clone()).unwrap_or_default();
                settled[index].shares.push(Shared { entry, state });
            }
            _ => settled[index].entry = Some(entry),
        }
    }
    for (index, kept) in changes.returned {
        settled[index].returned = Some(kept);
    }
    for (index, posting) in changes.postings {
        if ![posting.from, posting.to].contains(&Account::Shared) {
            settled[index].postings.push(posting);
        }
    }
    settled
}

/// Decides commands without keeping anything: what would happen.
pub fn dry_run(conn: &mut Conn, rules: &Rules, commands: &[Envelope], now_ms: i64) -> Result<Vec<Settled>, StoreError> {
    let chosen: Vec<&Envelope> = commands.iter().collect();
    let mut loaded = load(conn, rules, &chosen)?;
    let rules = &*programme::with_versions(conn, rules, earned_by(&loaded.world))?;
    let mut changes = Changes::default();
    decide(rules, &mut loaded.world, chosen.iter().copied(), now_ms, &mut changes);
    Ok(report(changes, &loaded.world))
}

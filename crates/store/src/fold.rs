//! The log of a holder folded again through the decision, from nothing, by the programme versions that its entries name.

use std::collections::HashMap;
use std::sync::Arc;

use danggol_core::decide::{
    Actor, Adjustment, Command, Detail, Entry, Envelope, Outcome, ReturnOrder, Rules, Sink, World, decide,
};
use danggol_core::earning::Award;
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::ledger::Posting;
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::purchase::{KeptPurchase, Moment, Order, Returned};
use serde::Serialize;

use crate::difference::{Difference, Figure, Place};
use crate::purchase::{Logged, PurchaseRecord};

/// The log of one holder, in the order of its entries, and the postings of those entries.
pub struct HolderLog<'a> {
    /// Whose.
    pub holder: HolderId,
    /// Purchases and other entries by number.
    pub entries: &'a [Logged],
    /// The movements that are kept for them.
    pub postings: &'a HashMap<EntryId, Vec<Posting>>,
}

/// What one command became.
#[derive(Default)]
struct Became {
    award: Option<Award>,
    entry: Option<Entry>,
    postings: Vec<Posting>,
    outcome: Option<Outcome>,
}

impl Sink for Became {
    fn purchase(&mut self, _: usize, _: HolderId, award: Award) {
        self.award = Some(award);
    }

    fn entry(&mut self, _: usize, entry: Entry) {
        self.entry = Some(entry);
    }

    fn posting(&mut self, _: usize, posting: Posting) {
        self.postings.push(posting);
    }

    fn returned(&mut self, _: usize, _: &KeptPurchase) {}

    fn outcome(&mut self, _: usize, _: Option<HolderId>, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

/// A value as differences show it.
pub(crate) fn shown(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}

/// Folds a log. `rules` are those of the brand with all its versions; which one is current changes with every entry. Returns the
/// state that follows; none when the log is empty.
pub fn fold(rules: &mut Rules, log: &HolderLog<'_>, tell: &mut impl FnMut(Difference)) -> Option<HolderState> {
    let mut world = World::default();
    let returned: Vec<PurchaseId> = log.entries.iter().filter_map(returned_purchase).collect();
    for logged in log.entries {
        let (version, posted_at_ms) = in_force(logged);
        match rules.versions.get(&version) {
            Some(published) => rules.current = Arc::clone(published),
            None => tell(difference(logged, Figure::Version, version.to_string(), "-".to_owned())),
        }
        let envelope = envelope(rules, &mut world, log.holder, logged);
        let mut became = Became::default();
        decide(rules, &mut world, [&envelope], posted_at_ms, &mut became);
        compare(log, logged, &became, tell);
        if let (Logged::Purchase(record), Some(award)) = (logged, became.award)
            && returned.contains(&record.id)
        {
            world.purchases.insert(record.id, kept(rules, record, award));
        }
    }
    for logged in log.entries {
        compare_returned(&world, logged, tell);
    }
    world.holders.remove(&log.holder).map(|held| held.state)
}

fn returned_purchase(logged: &Logged) -> Option<PurchaseId> {
    match logged {
        Logged::Purchase(_) => None,
        Logged::Entry { entry, .. } => match entry.detail {
            Detail::Return(_) => entry.purchase,
            Detail::Adjustment { .. } | Detail::Review { .. } => None,
        },
    }
}

/// The programme version in force when an entry was posted, and when that was.
fn in_force(logged: &Logged) -> (i64, i64) {
    match logged {
        Logged::Purchase(record) => (record.programme_version, record.posted_at_ms),
        Logged::Entry { entry, posted_at_ms } => (entry.programme_version, *posted_at_ms),
    }
}

fn difference(logged: &Logged, figure: Figure, kept: String, derived: String) -> Difference {
    Difference { place: Place::Entry(logged.id()), figure, kept, derived }
}

/// The command that an entry was. Whoever it names is put into the world as she was then: rules read her frozen facts, and she was
/// not closed, or there would be no entry.
fn envelope(rules: &Rules, world: &mut World, holder: HolderId, logged: &Logged) -> Envelope {
    let (id, member, actor, command) = match logged {
        Logged::Purchase(record) => {
            world.frozen.clear();
            world.frozen.insert(record.id, record.award.facts.clone());
            (EntryId(record.id.0), record.member, record.actor, Command::Purchase(order(rules, record)))
        }
        Logged::Entry { entry, .. } => (entry.id, entry.member, entry.actor, command(entry)),
    };
    world.members.entry(member).or_insert_with(|| facts(member, holder));
    Envelope { id, actor, key: None, command }
}

fn facts(member: MemberId, holder: HolderId) -> MemberFacts {
    MemberFacts {
        member,
        holder,
        status: MemberStatus::Active,
        gender: None,
        birthday: None,
        source: None,
        language: None,
        joined_at_ms: 0,
    }
}

fn command(entry: &Entry) -> Command {
    match &entry.detail {
        Detail::Return(detail) => Command::Return(ReturnOrder {
            purchase: entry.purchase.unwrap_or(PurchaseId(0)),
            lines: Some(detail.lines.clone()),
            at_ms: entry.occurred_at_ms,
        }),
        Detail::Adjustment { asset, amount, reason, .. } => {
            Command::Adjust(Adjustment { member: entry.member, asset: *asset, amount: *amount, reason: reason.clone() })
        }
        Detail::Review { .. } => Command::Review(entry.holder),
    }
}

/// The business day was frozen; weekday and hour follow from the instant.
fn moment(rules: &Rules, record: &PurchaseRecord) -> Moment {
    Moment { day: record.business_day, ..rules.moment(record.occurred_at_ms) }
}

fn order(rules: &Rules, record: &PurchaseRecord) -> Order {
    Order {
        id: record.id,
        member: record.member,
        // Numbers are looked at over all holders at once.
        external_no: None,
        channel: record.channel.clone(),
        store: record.store.clone(),
        staff: record.staff.clone(),
        moment: moment(rules, record),
        lines: record.lines.clone(),
        discount_minor: record.discount_minor,
        tenders: record.tenders.clone(),
        redeem_points: record.redeemed_points,
        kind: record.kind,
        input_hash: 0,
    }
}

fn kept(rules: &Rules, record: &PurchaseRecord, award: Award) -> KeptPurchase {
    KeptPurchase {
        id: record.id,
        member: record.member,
        holder: record.holder,
        moment: moment(rules, record),
        channel: record.channel.clone(),
        store: record.store.clone(),
        staff: record.staff.clone(),
        lines: record.lines.clone(),
        discount_minor: record.discount_minor,
        kind: record.kind,
        programme_version: record.programme_version,
        award,
        returned: Returned::default(),
    }
}

fn compare(log: &HolderLog<'_>, logged: &Logged, became: &Became, tell: &mut impl FnMut(Difference)) {
    let mut check = |figure, kept: String, derived: String| {
        if kept != derived {
            tell(difference(logged, figure, kept, derived));
        }
    };
    match &became.outcome {
        Some(Outcome::Done(_)) => {}
        Some(Outcome::Refused(refusal)) => return check(Figure::Verdict, "done".to_owned(), refusal.code().to_owned()),
        Some(Outcome::Nothing | Outcome::Replayed(_)) | None => {
            return check(Figure::Verdict, "done".to_owned(), "nothing".to_owned());
        }
    }
    match (logged, &became.award, &became.entry) {
        (Logged::Purchase(record), Some(award), _) => {
            check(Figure::Owner, record.holder.to_string(), log.holder.to_string());
            if record.award != *award {
                check(Figure::Award, shown(&record.award), shown(award));
            }
            check(Figure::Amounts, amounts_kept(record), amounts_derived(record, award));
        }
        (Logged::Entry { entry, .. }, _, Some(derived)) => {
            check(Figure::Owner, owners(entry), owners(&Entry { member: MemberId(log.holder.0), ..derived.clone() }));
            if entry.detail != derived.detail {
                check(Figure::Detail, shown(&entry.detail), shown(&derived.detail));
            }
        }
        (Logged::Purchase(_), None, _) | (Logged::Entry { .. }, _, None) => {
            check(Figure::Verdict, "done".to_owned(), "another kind of entry".to_owned());
        }
    }
    let postings = log.postings.get(&logged.id()).map_or(&[][..], Vec::as_slice);
    if postings != became.postings {
        check(Figure::Postings, movements(postings), movements(&became.postings));
    }
}

/// Whom an entry is about and who did it.
fn owners(entry: &Entry) -> String {
    let Actor { kind, id } = entry.actor;
    format!("{} {} {:?} {} {id}", entry.holder, entry.member, entry.purchase.map(|purchase| purchase.to_string()), kind.word())
}

fn amounts_kept(record: &PurchaseRecord) -> String {
    shown(&(record.amount_minor, record.quantity, record.redeemed_points, record.redeemed_minor))
}

fn amounts_derived(record: &PurchaseRecord, award: &Award) -> String {
    let amount_minor = record.lines.iter().map(|line| line.amount_minor).sum::<i64>() - record.discount_minor;
    let quantity: i64 = record.lines.iter().map(|line| line.quantity).sum();
    shown(&(amount_minor, quantity, award.redeemed_points, award.redeemed_minor))
}

fn movements(postings: &[Posting]) -> String {
    let rows: Vec<_> =
        postings.iter().map(|posting| (posting.holder, posting.asset, posting.amount, posting.from, posting.to)).collect();
    shown(&rows)
}

fn compare_returned(world: &World, logged: &Logged, tell: &mut impl FnMut(Difference)) {
    let Logged::Purchase(record) = logged else { return };
    let nothing = Returned::default();
    let derived = world.purchases.get(&record.id).map_or(&nothing, |kept| &kept.returned);
    let columns = |returned: &Returned, amount_minor, quantity| shown(&(returned, amount_minor, quantity));
    let kept = columns(&record.returned, record.returned_minor, record.returned_quantity);
    let derived = columns(derived, derived.amount_minor, derived.quantity);
    if kept != derived {
        tell(difference(logged, Figure::Returned, kept, derived));
    }
}

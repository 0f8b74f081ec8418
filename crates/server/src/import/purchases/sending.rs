//! Purchases on their way through the pipeline, in the order of the file: what became of each is counted in that order, so that there
//! are points before which everything is settled.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Outcome};
use danggol_core::id::{EntryId, MemberId};
use danggol_core::member::MemberStatus;
use danggol_store::member::{self, Enrolment, MemberFields, NewMember};
use danggol_store::{StoreError, identity, product};
use tokio::sync::oneshot;

use super::basket::{Draft, Refused};
use crate::import::members::new_identity;
use crate::import::reason::Reason;
use crate::import::rejects::Original;
use crate::import::run::{ImportError, Work};
use crate::member::SourceKind;
use crate::pipeline::{Answer, PipelineError, QUEUE_LIMIT};
use crate::random;

/// Purchases whose members are looked up at once.
const CHUNK_PURCHASES: usize = 1_024;
/// Rows that are held at most for that.
const CHUNK_ROWS: usize = 16_384;
/// Purchases that are in the pipeline at once: a few of its batches, so that a till never waits behind more than those.
const IN_FLIGHT: usize = 3_072;
/// Commands, others' included, that may wait in the pipeline before no more are added.
const QUEUED_MAX: usize = QUEUE_LIMIT / 2;
/// How long to wait when the pipeline is full of others' purchases.
const FULL_WAIT: Duration = Duration::from_millis(5);
/// Products whose category is remembered.
const PRODUCTS_REMEMBERED: usize = 200_000;

/// Something in the order of the file.
enum Item {
    /// A purchase.
    Draft(Box<Draft>),
    /// Rows that are refused.
    Refused(Refused),
    /// Everything before this row is before this item: the row's number, and how many rows were read before it.
    Cut(u64, u64),
}

/// A purchase in the pipeline, with what is counted when its answer comes.
struct Sent {
    answer: oneshot::Receiver<Result<Answer, PipelineError>>,
    rows: Vec<Original>,
    without_product: u64,
    at_or_under_zero: u64,
}

enum InFlight {
    Sent(Sent),
    Refused(Refused),
    Cut(u64, u64),
}

/// The purchases on their way.
pub(super) struct Sending {
    items: Vec<Item>,
    drafts: usize,
    rows: usize,
    in_flight: VecDeque<InFlight>,
    sent: usize,
    /// The category of known products, none for what the catalogue does not have.
    products: HashMap<String, Option<Option<String>>>,
}

impl Sending {
    pub fn new() -> Self {
        Sending { items: Vec::new(), drafts: 0, rows: 0, in_flight: VecDeque::new(), sent: 0, products: HashMap::new() }
    }

    /// Adds a purchase, or the rows that are refused instead.
    pub fn push(&mut self, work: &mut Work<'_>, closed: Result<Draft, Refused>) -> Result<(), ImportError> {
        match closed {
            Ok(mut draft) => {
                draft.lookups = draft.identities.iter().map(|identity| work.app.keyring.lookup(identity)).collect();
                self.rows += draft.rows.len();
                self.drafts += 1;
                self.items.push(Item::Draft(Box::new(draft)));
            }
            Err(refused) => {
                self.rows += refused.len();
                self.items.push(Item::Refused(refused));
            }
        }
        if self.drafts >= CHUNK_PURCHASES || self.rows >= CHUNK_ROWS { self.flush(work) } else { Ok(()) }
    }

    /// Notes that every purchase with a row before this one has been added, and none that has one from it on.
    pub fn cut(&mut self, row: u64, rows_read: u64) {
        self.items.push(Item::Cut(row, rows_read));
    }

    /// Sends what was added, and settles what is too much to be on its way at once.
    pub fn flush(&mut self, work: &mut Work<'_>) -> Result<(), ImportError> {
        (self.drafts, self.rows) = (0, 0);
        let mut items = std::mem::take(&mut self.items);
        let owners = self.prepare(work, &items)?;
        for item in items.drain(..) {
            let item = match item {
                Item::Refused(refused) => InFlight::Refused(refused),
                Item::Cut(row, rows_read) => InFlight::Cut(row, rows_read),
                Item::Draft(draft) => match owner(&draft.lookups, &owners) {
                    Some(member) => self.send(work, *draft, member)?,
                    None => InFlight::Refused(draft.rows.into_iter().map(|row| (row, Reason::IdentitiesDisagree)).collect()),
                },
            };
            self.sent += usize::from(matches!(item, InFlight::Sent(_)));
            self.in_flight.push_back(item);
            while self.sent > IN_FLIGHT {
                self.settle_one(work)?;
            }
        }
        Ok(())
    }

    /// Waits for everything that is on its way.
    pub fn settle(&mut self, work: &mut Work<'_>) -> Result<(), ImportError> {
        while !self.in_flight.is_empty() {
            self.settle_one(work)?;
        }
        Ok(())
    }

    /// Finds or makes the members of some purchases, and learns about their products. Gives who has which number.
    fn prepare(&mut self, work: &mut Work<'_>, items: &[Item]) -> Result<HashMap<String, MemberId>, StoreError> {
        let app = work.app;
        let drafts = || {
            items.iter().filter_map(|item| match item {
                Item::Draft(draft) => Some(draft.as_ref()),
                Item::Refused(_) | Item::Cut(..) => None,
            })
        };
        let lookups: HashSet<String> = drafts().flat_map(|draft| draft.lookups.iter().cloned()).collect();
        if self.products.len() > PRODUCTS_REMEMBERED {
            self.products.clear();
        }
        let lines = drafts().flat_map(|draft| &draft.order.lines);
        let unknown: HashSet<String> =
            lines.filter(|line| !self.products.contains_key(&line.sku)).map(|line| line.sku.clone()).collect();
        if lookups.is_empty() && unknown.is_empty() {
            return Ok(HashMap::new());
        }
        let wanted: Vec<String> = unknown.iter().cloned().collect();
        let (mut owners, found) = app.store.read_blocking(move |conn| {
            Ok((identity::owners(conn, lookups)?, if wanted.is_empty() { Vec::new() } else { product::find(conn, wanted)? }))
        })?;
        self.products.extend(unknown.into_iter().map(|sku| (sku, None)));
        self.products.extend(found.into_iter().map(|product| (product.sku, Some(product.category))));
        work.outcome.counts.members += enrol(work, drafts(), &mut owners)?;
        Ok(owners)
    }

    fn send(&mut self, work: &mut Work<'_>, draft: Draft, member: MemberId) -> Result<InFlight, ImportError> {
        let Draft { mut order, rows, at_or_under_zero, .. } = draft;
        order.member = member;
        let mut without_product = 0;
        for line in &mut order.lines {
            match self.products.get(&line.sku) {
                Some(Some(category)) => line.category = line.category.take().or_else(|| category.clone()),
                Some(None) | None => without_product += 1,
            }
        }
        let actor = Actor { kind: ActorKind::Import, id: work.job.id.0 };
        let envelope = Envelope { id: EntryId(0), actor, key: None, command: Command::Purchase(order) };
        while work.app.pipeline.queued() >= QUEUED_MAX {
            if self.in_flight.is_empty() { thread::sleep(FULL_WAIT) } else { self.settle_one(work)? }
        }
        let answer = work.app.pipeline.enqueue(envelope)?;
        Ok(InFlight::Sent(Sent { answer, rows, without_product, at_or_under_zero }))
    }

    /// Waits for the oldest of what is on its way, and counts what became of it.
    fn settle_one(&mut self, work: &mut Work<'_>) -> Result<(), ImportError> {
        match self.in_flight.pop_front() {
            None => Ok(()),
            Some(InFlight::Cut(row, rows_read)) => work.reached(row, rows_read),
            Some(InFlight::Refused(refused)) => refused.iter().try_for_each(|(row, reason)| work.refuse(row, reason)),
            Some(InFlight::Sent(sent)) => {
                self.sent -= 1;
                let answer = sent.answer.blocking_recv().unwrap_or(Err(PipelineError::Closed))?;
                let (rows, counts) = (sent.rows.len() as u64, &mut work.outcome.counts);
                match answer.settled.outcome {
                    Outcome::Refused(refusal) => {
                        let reason = Reason::Refused(refusal);
                        return sent.rows.iter().try_for_each(|row| work.refuse(row, &reason));
                    }
                    Outcome::Replayed(_) => {
                        counts.unchanged += rows;
                        counts.purchases_unchanged += 1;
                    }
                    Outcome::Done(_) | Outcome::Nothing => {
                        counts.imported += rows;
                        counts.lines += rows;
                        counts.purchases += 1;
                    }
                }
                counts.lines_without_product += sent.without_product;
                counts.lines_at_or_under_zero += sent.at_or_under_zero;
                Ok(())
            }
        }
    }
}

/// Whose purchase it is; none when its numbers belong to different members.
fn owner(lookups: &[String], owners: &HashMap<String, MemberId>) -> Option<MemberId> {
    let mut found = lookups.iter().filter_map(|lookup| owners.get(lookup));
    let first = found.next()?;
    found.all(|other| other == first).then_some(*first)
}

/// Makes an unclaimed member for each purchase whose numbers nobody has: she joined when she bought. Gives how many were made.
fn enrol<'d>(
    work: &Work<'_>,
    drafts: impl Iterator<Item = &'d Draft>,
    owners: &mut HashMap<String, MemberId>,
) -> Result<u64, StoreError> {
    let app = work.app;
    let mut new: Vec<NewMember> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for draft in drafts {
        let lookups = &draft.lookups;
        if lookups.iter().any(|lookup| owners.contains_key(lookup)) {
            continue;
        }
        let at_ms = draft.order.moment.at_ms;
        match lookups.iter().find_map(|lookup| places.get(lookup)) {
            Some(&place) => new[place].joined_at_ms = new[place].joined_at_ms.min(at_ms),
            None => {
                places.extend(lookups.iter().map(|lookup| (lookup.clone(), new.len())));
                let identities = draft.identities.iter().map(|identity| new_identity(app, identity.clone()));
                new.push(NewMember {
                    id: MemberId(app.next_id()),
                    source_kind: SourceKind::Import.word().to_owned(),
                    source_code: None,
                    joined_at_ms: at_ms,
                    fields: MemberFields { status: MemberStatus::Unclaimed, ..MemberFields::default() },
                    identities: identities.collect(),
                });
            }
        }
    }
    if new.is_empty() {
        return Ok(0);
    }
    let ids: Vec<MemberId> = new.iter().map(|member| member.id).collect();
    let sealed = new.into_iter().map(|member| member::seal(&app.keyring, member, &mut random::fill));
    let sealed = Arc::new(sealed.collect::<Result<Vec<_>, _>>()?);
    let now_ms = app.now_ms();
    let outcomes = app.store.write_blocking(move |conn| member::insert(conn, &sealed, now_ms))?;
    let made = outcomes.iter().filter(|outcome| **outcome == Enrolment::Enrolled).count() as u64;
    let members: Vec<MemberId> = ids
        .into_iter()
        .zip(outcomes)
        .map(|(id, outcome)| match outcome {
            Enrolment::Enrolled => id,
            Enrolment::Taken { owner, .. } => owner,
        })
        .collect();
    owners.extend(places.into_iter().map(|(lookup, place)| (lookup, members[place])));
    Ok(made)
}

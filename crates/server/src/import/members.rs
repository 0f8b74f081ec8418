//! Members from rows.
//!
//! A row whose numbers nobody has becomes a member. A row whose numbers all belong to one member says nothing new and changes nothing but
//! her tags and what she agreed to, so a file can be imported twice; when that member was only made by a purchase and is unclaimed, the row completes her file. A row of
//! which some number belongs to another member is refused with that member's id.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use danggol_core::decide::{Actor, ActorKind};
use danggol_core::id::{ChangeId, IdentityId, MemberId, SegmentId};
use danggol_core::identity::Identity;
use danggol_core::member::MemberStatus;
use danggol_store::change::Author;
use danggol_store::identity::{self, Given, NewIdentity};
use danggol_store::member::{self, Enrolment, MemberFields, NewMember, SealedMember};
use danggol_store::seal::Keyring;
use danggol_store::{Conn, StoreError, merge};

use super::consents;
use super::control::Stop;
use super::person::{self, Person};
use super::reason::Reason;
use super::rejects::Original;
use super::run::{ImportError, Work};
use super::table::Row;
use super::tags::Tags;
use crate::app::App;
use crate::member::SourceKind;
use crate::random;

/// Rows of one commit.
const CHUNK_ROWS: usize = 1_000;

/// A row that was read.
struct Read {
    original: Original,
    person: Person,
    lookups: Vec<String>,
    tags: BTreeSet<SegmentId>,
}

/// Takes all rows; gives why it ended before the file did.
pub(super) fn take(work: &mut Work<'_>) -> Result<Option<Stop>, ImportError> {
    let mut row = Row::default();
    let mut tags = Tags::read(work.app)?;
    let mut chunk: Vec<Result<Read, (Original, Reason)>> = Vec::with_capacity(CHUNK_ROWS);
    loop {
        let is_there = work.next(&mut row)?;
        if is_there {
            let original = Original::of(&row);
            let read = person::read(&work.plan, &work.facts, &row);
            chunk.push(match read.and_then(|person| Ok((tags.of(work.app, &person.tags)?, person))) {
                Ok((tags, person)) => {
                    let lookups = person.identities.iter().map(|identity| work.app.keyring.lookup(identity)).collect();
                    Ok(Read { original, person, lookups, tags })
                }
                Err(reason) => Err((original, reason)),
            });
        }
        if chunk.len() >= CHUNK_ROWS || !is_there {
            put(work, &mut tags, std::mem::take(&mut chunk))?;
            work.reached(row.number() + 1, work.rows_read)?;
            if !is_there {
                return Ok(None);
            }
            if let Some(stop) = work.control.stopped() {
                return Ok(Some(stop));
            }
        }
    }
}

/// What is to be done with a row.
enum Verdict {
    /// She becomes a member; the place among the new ones.
    Enrol(usize),
    /// The file of an unclaimed member is completed; the place among those to be completed.
    Complete(usize),
    /// All of it is kept, but for her tags and consents perhaps.
    Unchanged,
    /// It is refused.
    Refuse(Reason),
}

/// An unclaimed member's file to be completed.
#[derive(Clone)]
struct Completion {
    member: MemberId,
    fields: MemberFields,
    author: Author,
    identities: Vec<(NewIdentity, Author)>,
}

fn put(work: &mut Work<'_>, tags: &mut Tags, chunk: Vec<Result<Read, (Original, Reason)>>) -> Result<(), ImportError> {
    let actor = Actor { kind: ActorKind::Import, id: work.job.id.0 };
    let mut plan = Planned::new(work.app, actor, &chunk)?;
    let now_ms = work.app.now_ms();
    let mut rows = Vec::with_capacity(chunk.len());
    for row in chunk {
        rows.push(match row {
            Ok(mut read) => {
                let told = std::mem::take(&mut read.person.consents);
                let (verdict, member) = plan.judge(work.app, read.person, &read.lookups, now_ms)?;
                (read.original, verdict, member.map(|member| (member, read.tags, told)))
            }
            Err((original, reason)) => (original, Verdict::Refuse(reason), None),
        });
    }
    let (enrolled, completed) = plan.keep(work.app, now_ms)?;
    let taken = |verdict: &Verdict| match verdict {
        Verdict::Enrol(place) => match enrolled[*place] {
            Enrolment::Enrolled => None,
            Enrolment::Taken { owner, .. } => Some(owner),
        },
        Verdict::Complete(place) => completed[*place],
        Verdict::Unchanged | Verdict::Refuse(_) => None,
    };
    let known = || rows.iter().filter(|(_, verdict, _)| taken(verdict).is_none()).filter_map(|(_, _, known)| known.as_ref());
    let gifts: Vec<_> = known().map(|(member, tags, _)| (*member, tags.clone())).collect();
    let tagged = tags.give(work.app, actor, &gifts)?;
    let heard = consents::keep(work.app, actor, known().map(|(member, _, told)| (*member, told.clone())).collect())?;
    for (original, verdict, known) in &rows {
        let says_more = known.as_ref().is_some_and(|(member, tags, told)| {
            !tags.is_empty() && tagged.contains(member) || !told.is_empty() && heard.contains(member)
        });
        match (verdict, taken(verdict)) {
            (Verdict::Refuse(reason), _) => work.refuse(original, reason)?,
            (_, Some(owner)) => work.refuse(original, &Reason::Taken(owner))?,
            (Verdict::Unchanged, None) if !says_more => work.outcome.counts.unchanged += 1,
            (_, None) => {
                work.outcome.counts.imported += 1;
                work.outcome.counts.members += u64::from(matches!(verdict, Verdict::Enrol(_)));
            }
        }
    }
    Ok(())
}

/// What a chunk will do.
struct Planned {
    /// The import, as who completes files.
    actor: Actor,
    owners: HashMap<String, MemberId>,
    /// Members who are kept and unclaimed.
    unclaimed: HashSet<MemberId>,
    new: Vec<SealedMember>,
    completions: Vec<Completion>,
}

impl Planned {
    fn new(app: &App, actor: Actor, chunk: &[Result<Read, (Original, Reason)>]) -> Result<Self, StoreError> {
        let lookups: Vec<String> = chunk.iter().flatten().flat_map(|read| read.lookups.iter().cloned()).collect();
        let keyring = Arc::clone(&app.keyring);
        let (owners, unclaimed) = app.store.read_blocking(move |conn| {
            let mut owners = identity::owners(conn, &lookups)?;
            let found: Vec<MemberId> = owners.values().copied().collect();
            let keepers = merge::keepers(conn, &found)?;
            owners.values_mut().for_each(|owner| *owner = keepers.get(owner).copied().unwrap_or(*owner));
            let mut ids: Vec<MemberId> = owners.values().copied().collect();
            ids.sort_unstable();
            ids.dedup();
            let known = member::find(conn, &keyring, &ids)?;
            let unclaimed = known.iter().filter(|record| record.fields.status == MemberStatus::Unclaimed);
            Ok((owners, unclaimed.map(|record| record.id).collect()))
        })?;
        Ok(Planned { actor, owners, unclaimed, new: Vec::new(), completions: Vec::new() })
    }

    /// What is to be done with a row, and whose it is; nobody's when it is refused.
    fn judge(
        &mut self,
        app: &App,
        person: Person,
        lookups: &[String],
        now_ms: i64,
    ) -> Result<(Verdict, Option<MemberId>), StoreError> {
        let found: HashSet<MemberId> = lookups.iter().filter_map(|lookup| self.owners.get(lookup)).copied().collect();
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Ok((Verdict::Refuse(Reason::IdentitiesDisagree), None)),
            (Some(owner), None) if self.unclaimed.remove(&owner) => {
                let missing = person.identities.into_iter().zip(lookups).filter(|(_, lookup)| !self.owners.contains_key(*lookup));
                let actor = self.actor;
                let author = || Author { change: ChangeId(app.next_id()), actor };
                let identities = missing.map(|(identity, _)| (new_identity(app, identity), author())).collect();
                self.claim(lookups, owner);
                self.completions.push(Completion { member: owner, fields: person.fields, author: author(), identities });
                Ok((Verdict::Complete(self.completions.len() - 1), Some(owner)))
            }
            (Some(owner), None) => Ok(match lookups.iter().all(|lookup| self.owners.contains_key(lookup)) {
                true => (Verdict::Unchanged, Some(owner)),
                false => (Verdict::Refuse(Reason::Taken(owner)), None),
            }),
            (None, _) => {
                let id = MemberId(app.next_id());
                let new = NewMember {
                    id,
                    source_kind: SourceKind::Import.word().to_owned(),
                    source_code: person.source_code,
                    joined_at_ms: person.joined_at_ms.unwrap_or(now_ms),
                    fields: person.fields,
                    identities: person.identities.into_iter().map(|identity| new_identity(app, identity)).collect(),
                };
                self.new.push(member::seal(&app.keyring, new, &mut random::fill)?);
                self.claim(lookups, id);
                Ok((Verdict::Enrol(self.new.len() - 1), Some(id)))
            }
        }
    }

    fn claim(&mut self, lookups: &[String], member: MemberId) {
        self.owners.extend(lookups.iter().map(|lookup| (lookup.clone(), member)));
    }

    /// Keeps everything in one commit: what became of each new member, and for each completed file the member who has one of the
    /// numbers meanwhile.
    fn keep(self, app: &App, now_ms: i64) -> Result<(Vec<Enrolment>, Vec<Option<MemberId>>), StoreError> {
        if self.new.is_empty() && self.completions.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let keyring = Arc::clone(&app.keyring);
        let (new, completions) = (self.new, self.completions);
        app.store.write_blocking(move |conn| {
            let enrolled = member::insert(conn, &new, now_ms)?;
            let completed = completions.iter().map(|completion| complete(conn, &keyring, completion, now_ms));
            Ok((enrolled, completed.collect::<Result<_, _>>()?))
        })
    }
}

/// A number as it is given to a member.
pub(super) fn new_identity(app: &App, identity: Identity) -> NewIdentity {
    NewIdentity { id: IdentityId(app.next_id()), identity, verified_at_ms: None }
}

/// Completes an unclaimed member's file. A number that somebody else got meanwhile stays with her: the row is refused for it, with what
/// else it says kept.
fn complete(conn: &mut Conn, keyring: &Keyring, completion: &Completion, now_ms: i64) -> Result<Option<MemberId>, StoreError> {
    let fields = completion.fields.clone();
    member::update(conn, completion.member, now_ms, completion.author, |kept| {
        *kept = MemberFields { language: kept.language.take(), ..fields }
    })?;
    let mut taken = None;
    for (new, author) in &completion.identities {
        let at = (now_ms, *author);
        if let Given::Taken(owner) = identity::add(conn, keyring, completion.member, new, at, &mut random::fill)? {
            taken = Some(owner);
        }
    }
    Ok(taken)
}

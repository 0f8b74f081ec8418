//! A roster that follows what happens: an immutable base, and over it the members who changed since, each as `core` knows her.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use danggol_core::id::{HolderId, MemberId};
use danggol_core::person::KeptPerson;
use danggol_core::pyramid::Buyer;

use crate::build::{Builder, Fault};
use crate::pyramid::buyer_at;
use crate::reading::{Asked, Fitting};
use crate::roster::{Period, Roster};
use crate::share::{fold_members, fold_rows};

/// Somebody who changed since the base was made.
#[derive(Debug, Clone)]
struct Changed {
    person: Arc<KeptPerson>,
    /// The number of the change: a base that was made meanwhile holds those up to its own.
    change: u64,
}

/// A base and those who changed since. It is cheap to copy, and a copy stays as it is.
#[derive(Debug, Clone)]
pub struct Living {
    base: Arc<Roster>,
    /// A bit for each place of the base whose member is read elsewhere.
    stale: Arc<Vec<u64>>,
    changed: Arc<BTreeMap<i64, Changed>>,
    /// Members by who holds their benefits, where that is somebody else.
    held: Arc<BTreeMap<i64, BTreeSet<i64>>>,
    changes: u64,
}

impl Living {
    /// A living roster of a base.
    pub fn new(base: Roster) -> Living {
        let mut held: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
        for (member, holder) in &base.members.held_by {
            held.entry(*holder).or_default().insert(*member);
        }
        Living {
            stale: Arc::new(vec![0; base.members().div_ceil(64)]),
            base: Arc::new(base),
            changed: Arc::default(),
            held: Arc::new(held),
            changes: 0,
        }
    }

    /// The base.
    pub fn base(&self) -> &Arc<Roster> {
        &self.base
    }

    /// How many members are laid over the base.
    pub fn changed(&self) -> usize {
        self.changed.len()
    }

    /// Members whose benefits, as far as is known, somebody holds.
    pub fn held_by(&self, holder: HolderId) -> impl Iterator<Item = MemberId> + use<'_> {
        let household = self.held.get(&holder.0).into_iter().flatten().copied();
        std::iter::once(holder.0).chain(household).map(MemberId)
    }

    /// Takes members as they are now.
    pub fn take(&mut self, people: Vec<KeptPerson>) {
        let (stale, changed) = (Arc::make_mut(&mut self.stale), Arc::make_mut(&mut self.changed));
        self.changes += 1;
        for mut person in people {
            let facts = &person.file.facts;
            let (member, holder) = (facts.member, facts.holder);
            if let Some(place) = self.base.place(member) {
                stale[place / 64] |= 1 << (place % 64);
            }
            if holder.0 != member.0 && !self.held.get(&holder.0).is_some_and(|household| household.contains(&member.0)) {
                Arc::make_mut(&mut self.held).entry(holder.0).or_default().insert(member.0);
            }
            // Who is on which list is asked when it is needed.
            person.lists.clear();
            changed.insert(member.0, Changed { person: Arc::new(person), change: self.changes });
        }
    }

    /// A base of everybody as she is now.
    pub fn folded(&self) -> Result<Roster, Fault> {
        let mut builder = Builder::over(&self.base);
        let mut next = 0;
        for (id, Changed { person, .. }) in self.changed.iter() {
            let at = self.base.ids().partition_point(|known| known < id);
            builder.copy(&self.base, next..at)?;
            next = at + usize::from(self.base.ids().get(at) == Some(id));
            let member = person.file.facts.member;
            builder.member(&person.file, &person.state)?;
            person.purchases.iter().try_for_each(|bought| builder.bought(member, bought))?;
            person.given_back.iter().try_for_each(|day| builder.gave_back(member, *day))?;
        }
        builder.copy(&self.base, next..self.base.members())?;
        builder.finish()
    }

    /// The same over a base that was folded of an earlier copy: those who changed later stay over it.
    pub fn rested_on(&self, base: Roster, copy: &Living) -> Living {
        let mut rested = Living { changes: self.changes, held: Arc::clone(&self.held), ..Living::new(base) };
        let (stale, changed) = (Arc::make_mut(&mut rested.stale), Arc::make_mut(&mut rested.changed));
        for (id, later) in self.changed.iter().filter(|(_, changed)| changed.change > copy.changes) {
            if let Some(place) = rested.base.place(MemberId(*id)) {
                stale[place / 64] |= 1 << (place % 64);
            }
            changed.insert(*id, later.clone());
        }
        rested
    }

    fn is_stale(&self, place: usize) -> bool {
        self.stale[place / 64] >> (place % 64) & 1 == 1
    }

    /// Those of some places of the base who fit, in order.
    fn fitting(&self, fitting: &Fitting<'_>, places: Range<usize>) -> Vec<MemberId> {
        let fits = places.filter(|place| !self.is_stale(*place) && fitting.holds(*place));
        fits.map(|place| MemberId(self.base.ids()[place])).collect()
    }

    /// The members who fit a condition, in the order of their ids.
    pub fn members(&self, asked: &Asked<'_>, threads: usize) -> Vec<MemberId> {
        let fitting = Fitting::new(&self.base, asked);
        let parts = fold_members(&self.base.members.purchases, threads, |places| self.fitting(&fitting, places));
        let of_base = parts.concat();
        let changed: Vec<&Arc<KeptPerson>> = self.changed.values().map(|changed| &changed.person).collect();
        let parts = fold_rows(changed.len(), threads, |rows| {
            let mut memberships = asked.memberships();
            let fits = changed[rows].iter().filter(|person| asked.fits(person, &mut memberships));
            fits.map(|person| person.file.facts.member).collect::<Vec<_>>()
        });
        merged(of_base, parts.concat())
    }

    /// Up to `limit` of them after `after`.
    pub fn page(&self, asked: &Asked<'_>, after: MemberId, limit: usize) -> Vec<MemberId> {
        let fitting = Fitting::new(&self.base, asked);
        let mut memberships = asked.memberships();
        let first = self.base.ids().partition_point(|id| *id <= after.0);
        let fits = (first..self.base.members()).filter(|place| !self.is_stale(*place) && fitting.holds(*place));
        let of_base = fits.map(|place| MemberId(self.base.ids()[place])).take(limit).collect();
        let changed = self.changed.range(after.0.saturating_add(1)..).map(|(_, changed)| &changed.person);
        let fits = changed.filter(|person| asked.fits(person, &mut memberships));
        let of_changed = fits.map(|person| person.file.facts.member).take(limit).collect();
        let mut page = merged(of_base, of_changed);
        page.truncate(limit);
        page
    }

    /// What everybody bought in a period, by member.
    pub fn buyers(&self, period: Period, threads: usize) -> Vec<Buyer> {
        let days = self.base.days(period);
        let parts = fold_members(&self.base.members.purchases, threads, |places| {
            let places = places.filter(|place| !self.is_stale(*place));
            places.filter_map(|place| buyer_at(&self.base, place, days?)).collect::<Vec<_>>()
        });
        let mut buyers = parts.concat();
        buyers.extend(self.changed.values().filter_map(|changed| buyer(&changed.person, period)));
        buyers.sort_unstable_by_key(|buyer| buyer.member);
        buyers
    }
}

/// What somebody bought in a period; none when she bought nothing.
fn buyer(person: &KeptPerson, period: Period) -> Option<Buyer> {
    let member = person.file.facts.member.0;
    let bought = || person.purchases.iter().filter(|bought| (period.from_day..=period.to_day).contains(&bought.moment.day));
    Some(Buyer {
        member,
        amount_minor: bought().map(|bought| bought.amount_minor).sum(),
        quantity: bought().map(|bought| bought.quantity).sum(),
        purchases: bought().count() as i64,
        last_at_ms: bought().map(|bought| bought.moment.at_ms).max()?,
    })
}

/// Two lists in order as one.
fn merged(mut one: Vec<MemberId>, other: Vec<MemberId>) -> Vec<MemberId> {
    if !other.is_empty() {
        one.extend(other);
        // Quick over two stretches that each stand in order.
        one.sort();
    }
    one
}

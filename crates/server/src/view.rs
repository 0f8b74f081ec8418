//! What readers see of the ledger: standings, purchases and entries in the caller's words.

mod change;
mod entry;
mod offer;
mod purchase;
mod standing;

pub use change::{ChangeKind, ChangeView, FieldView};
pub use entry::{ActorView, EntryKind, EntryView, OtherMember, TierChangeView, Why};
pub use offer::{AppliedView, PassedOverView};
pub use purchase::{LineView, PurchaseView, ReturnedPart};
pub use standing::{Expiring, NextTier, PurseView, Standing, TierView, tier_name};

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use danggol_core::coupon::ReadyTemplate;
use danggol_core::decide::{Actor, ActorKind, Detail, Entry, Rules};
use danggol_core::id::{MemberId, TemplateId, UserId};
use danggol_core::language::Language;
use danggol_core::money::Currency;
use danggol_core::words::Voice;
use danggol_store::purchase::{Logged, PurchaseRecord};
use danggol_store::{Conn, StoreError, account, coupon, member, product};

/// What all views of one answer need.
#[derive(Clone)]
pub struct Lens {
    /// The rules, all versions.
    pub rules: Arc<Rules>,
    /// The brand's money.
    pub currency: Currency,
    /// The caller's language.
    pub language: Language,
    /// UTC milliseconds.
    pub now_ms: i64,
    /// Names of people, programs and products that the answer mentions.
    pub names: Names,
    /// What lifestyle groups are called, by their codes.
    pub lifestyles: Vec<(String, String)>,
}

impl Lens {
    /// Somebody who speaks of one version of the programme in the caller's language.
    pub fn voice(&self, version: i64) -> Voice<'_> {
        let programme = &self.rules.version(version).programme;
        Voice {
            language: self.language,
            currency: &self.currency,
            programme,
            zone: &self.rules.clock.zone,
            segments: &[],
            tags: &[],
            lifestyles: &self.lifestyles,
        }
    }
}

/// Names that an answer mentions.
#[derive(Debug, Clone, Default)]
pub struct Names {
    actors: HashMap<(ActorKind, i64), String>,
    products: HashMap<String, String>,
    templates: HashMap<TemplateId, Arc<ReadyTemplate>>,
    members: HashMap<MemberId, String>,
}

impl Names {
    /// Reads the names of everybody and everything that a part of the log mentions.
    pub fn of_log(conn: &mut Conn, log: &[Logged]) -> Result<Self, StoreError> {
        let actors = log.iter().map(|logged| match logged {
            Logged::Purchase(purchase) => purchase.actor,
            Logged::Entry { entry, .. } => entry.actor,
        });
        let skus = log.iter().flat_map(|logged| match logged {
            Logged::Purchase(purchase) => purchase.lines.iter().map(|line| line.sku.as_str()).collect(),
            Logged::Entry { .. } => Vec::new(),
        });
        let mut names = Self::read(conn, actors, skus)?;
        names.read_members(
            conn,
            log.iter().filter_map(|logged| match logged {
                Logged::Purchase(_) => None,
                Logged::Entry { entry, .. } => Some(entry.as_ref()),
            }),
        )?;
        names.read_templates(
            conn,
            log.iter().filter_map(|logged| match logged {
                Logged::Purchase(purchase) => Some(purchase.as_ref()),
                Logged::Entry { .. } => None,
            }),
        )?;
        Ok(names)
    }

    /// Reads what the coupons on some purchases say; most have none, and then nothing is asked.
    pub fn read_templates<'a>(
        &mut self,
        conn: &mut Conn,
        purchases: impl IntoIterator<Item = &'a PurchaseRecord>,
    ) -> Result<(), StoreError> {
        let priced = purchases.into_iter().flat_map(|purchase| &purchase.award.offers);
        let wanted: BTreeSet<TemplateId> =
            priced.flat_map(|priced| &priced.coupons).map(|presented| presented.template).collect();
        if !wanted.is_empty() {
            let found = coupon::find_templates(conn, &wanted)?;
            self.templates.extend(found.into_iter().map(|record| (record.ready.id, record.ready)));
        }
        Ok(())
    }

    /// Reads the names of members with whom points were shared; most entries know of none, and then nothing is asked.
    pub fn read_members<'a>(&mut self, conn: &mut Conn, entries: impl IntoIterator<Item = &'a Entry>) -> Result<(), StoreError> {
        let other = |entry: &Entry| if let Detail::Share(detail) = &entry.detail { Some(detail.other) } else { None };
        let wanted: BTreeSet<MemberId> = entries.into_iter().filter_map(other).collect();
        if !wanted.is_empty() {
            let found = member::files(conn, &wanted.into_iter().collect::<Vec<_>>())?;
            self.members.extend(found.into_iter().filter_map(|record| Some((record.id, record.fields.name?))));
        }
        Ok(())
    }

    /// Takes over what coupons say.
    pub fn add_templates(&mut self, templates: Vec<Arc<ReadyTemplate>>) {
        self.templates.extend(templates.into_iter().map(|ready| (ready.id, ready)));
    }

    /// Reads the names of actors and products.
    pub fn read<'a>(
        conn: &mut Conn,
        actors: impl IntoIterator<Item = Actor>,
        skus: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, StoreError> {
        let wanted: BTreeSet<(bool, i64)> = actors.into_iter().map(|actor| (actor.kind == ActorKind::Key, actor.id)).collect();
        let users: Vec<UserId> = wanted.iter().filter(|(is_key, _)| !is_key).map(|(_, id)| UserId(*id)).collect();
        let mut names = Names::default();
        for user in account::users_by_id(conn, &users)? {
            names.actors.insert((ActorKind::User, user.id.0), user.name);
        }
        if wanted.iter().any(|(is_key, _)| *is_key) {
            for key in account::keys(conn)? {
                names.actors.insert((ActorKind::Key, key.id.0), key.name);
            }
        }
        let skus: BTreeSet<&str> = skus.into_iter().collect();
        for product in product::find(conn, skus)? {
            names.products.extend(product.name.map(|name| (product.sku, name)));
        }
        Ok(names)
    }

    /// Takes over the names of another part of the answer.
    pub fn add(&mut self, others: Names) {
        self.actors.extend(others.actors);
        self.products.extend(others.products);
        self.templates.extend(others.templates);
        self.members.extend(others.members);
    }

    fn actor(&self, actor: Actor) -> Option<String> {
        self.actors.get(&(actor.kind, actor.id)).cloned()
    }

    /// What a member with whom points were shared is called.
    pub fn member(&self, id: MemberId) -> Option<&str> {
        self.members.get(&id).map(String::as_str)
    }

    fn template(&self, id: TemplateId) -> Option<&ReadyTemplate> {
        self.templates.get(&id).map(Arc::as_ref)
    }

    fn product(&self, sku: &str) -> Option<String> {
        self.products.get(sku).cloned()
    }
}

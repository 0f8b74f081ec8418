//! Members joined by the brand's rules: what is kept of the rules, and what becomes of an identity that another member has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use danggol_core::decide::{Actor, Rules};
use danggol_core::duplicate::clue::SHARED_MAX;
use danggol_core::id::{IdMaker, MemberId};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::joining::{Claim, JoiningRules, Verdict};
use danggol_store::duplicate::{self, Pair, Sight};
use danggol_store::identity::NewIdentity;
use danggol_store::merge::{self, Hand};
use danggol_store::seal::Keyring;
use danggol_store::{Conn, StoreError, identity, setting};

/// The setting under which the brand's rules of merging are kept.
const RULES: &str = "merge_rules";

/// The brand's rules of merging; those that join nobody before it has its own.
pub fn rules(conn: &mut Conn) -> Result<JoiningRules, StoreError> {
    let kept = setting::find(conn, RULES)?.map(|text| serde_json::from_str(&text)).transpose();
    Ok(kept.map_err(|error| StoreError::Damaged(format!("the rules of merging: {error}")))?.unwrap_or_default())
}

/// Keeps the brand's rules of merging.
pub fn keep_rules(conn: &mut Conn, rules: &JoiningRules) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|error| StoreError::Damaged(error.to_string()))?;
    setting::put(conn, RULES, &text)
}

/// Whoever joins members by rules, with what that takes.
#[derive(Clone)]
pub struct Joiner {
    /// The programme in force.
    pub rules: Arc<Rules>,
    /// The maker of ids.
    pub ids: Arc<Mutex<IdMaker>>,
    /// The keys of personal data.
    pub keyring: Arc<Keyring>,
    /// With what eyes files are compared.
    pub eyes: Sight,
    /// Who named the identity.
    pub actor: Actor,
}

impl Joiner {
    /// Merges the owner of an identity into the member who names it, where the brand's rules say so; says whether they did.
    pub fn join(&self, conn: &mut Conn, member: MemberId, owner: MemberId, new: &NewIdentity) -> Result<bool, StoreError> {
        let owner = merge::keepers(conn, &[owner])?.get(&owner).copied().unwrap_or(owner);
        let Some(pair) = Pair::new(member, owner) else { return Ok(false) };
        let joining = rules(conn)?;
        if !joining.trusted.contains(&new.identity.kind) {
            return Ok(false);
        }
        let Some(reasons) = duplicate::agreement(conn, (&self.keyring, &self.eyes), pair)? else { return Ok(false) };
        let held = identity::of_members(conn, &self.keyring, &[member, owner])?;
        let was_proved = held
            .get(&owner)
            .into_iter()
            .flatten()
            .any(|record| record.identity == new.identity && record.verified_at_ms.is_some());
        let distinct: BTreeSet<(IdentityKind, Option<&str>, &str)> = held
            .values()
            .flatten()
            .map(|record| (record.identity.kind, record.identity.issuer.as_deref(), record.identity.value.as_str()))
            .collect();
        let mut counts: BTreeMap<IdentityKind, usize> = BTreeMap::new();
        distinct.iter().for_each(|(kind, ..)| *counts.entry(*kind).or_default() += 1);
        let claim = Claim {
            identity: &new.identity,
            is_proved: new.verified_at_ms.is_some(),
            was_proved,
            is_shared: duplicate::claims_of(conn, owner)? >= SHARED_MAX,
            were_parted: were_parted(conn, pair)?,
            reasons: &reasons,
            counts: &counts,
        };
        if joining.verdict(&claim) != Verdict::Join {
            return Ok(false);
        }
        let hand = Hand { rules: &self.rules, ids: &self.ids, actor: self.actor, now_ms: self.eyes.now_ms };
        Ok(merge::merge_by(conn, &hand, member, owner, Some(new.identity.kind))?.is_ok())
    }

    /// Suggests the member and the owner of the identity that she named, unless the value is nobody's own.
    pub fn suggest(&self, conn: &mut Conn, member: MemberId, identity: &Identity) -> Result<(), StoreError> {
        let Some(owner) = identity::owner(conn, &self.keyring, identity)? else { return Ok(()) };
        let owner = merge::keepers(conn, &[owner])?.get(&owner).copied().unwrap_or(owner);
        match rules(conn)?.blocks(identity) {
            true => Ok(()),
            false => duplicate::claim(conn, (&self.keyring, &self.eyes), (member, owner)),
        }
    }
}

/// Whether somebody said that two members are two, or parted them after they had been one.
fn were_parted(conn: &mut Conn, pair: Pair) -> Result<bool, StoreError> {
    if duplicate::is_dismissed(conn, pair)? {
        return Ok(true);
    }
    let merges = merge::of_member(conn, pair.one)?;
    Ok(merges.iter().any(|record| record.undone_at_ms.is_some() && Pair::new(record.keep, record.absorb) == Some(pair)))
}

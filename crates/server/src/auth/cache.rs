//! Who came lately, so that most requests need no database to know their caller.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Principal;

/// How long a caller is believed without asking the database again, in milliseconds: after this, what another server on the same
/// database revoked is refused here too.
const BELIEVED_MS: i64 = 10_000;
/// When more callers than this are known, those that have to be asked for again are forgotten.
const KNOWN_MAX: usize = 10_000;

#[derive(Debug)]
struct Known {
    principal: Arc<Principal>,
    asked_at_ms: i64,
}

/// Callers by the hash of their secret.
#[derive(Debug, Default)]
pub struct Cache {
    known: RwLock<HashMap<String, Known>>,
}

impl Cache {
    /// The caller of a secret, when the database said so lately.
    pub fn get(&self, secret_hash: &str, now_ms: i64) -> Option<Arc<Principal>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(secret_hash)?;
        // A clock that steps back makes nobody believed for longer.
        let is_fresh = (0..BELIEVED_MS).contains(&(now_ms - found.asked_at_ms));
        is_fresh.then(|| Arc::clone(&found.principal))
    }

    /// Remembers what the database said.
    pub fn put(&self, secret_hash: String, principal: Arc<Principal>, now_ms: i64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.retain(|_, known| (0..BELIEVED_MS).contains(&(now_ms - known.asked_at_ms)));
        }
        known.insert(secret_hash, Known { principal, asked_at_ms: now_ms });
    }

    /// Forgets the caller of one secret.
    pub fn remove(&self, secret_hash: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(secret_hash);
    }

    /// Forgets callers of whom `gone` says so: their rights changed.
    pub fn forget(&self, gone: impl Fn(&Principal) -> bool) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).retain(|_, known| !gone(&known.principal));
    }
}

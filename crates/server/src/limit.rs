//! Rate limits: a token bucket for each caller.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::problem::{ApiError, kinds};

/// Buckets are spread over this many locks.
const SHARDS: usize = 16;
/// When a shard has more buckets than this, those that are full again are forgotten.
const SHARD_BUCKETS_MAX: usize = 4096;

/// How fast a bucket fills and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Requests a second.
    pub per_s: f64,
    /// Requests at once after a rest.
    pub burst: f64,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
}

/// A bucket for each caller that came lately.
#[derive(Debug)]
pub struct Limiter {
    rate: Rate,
    hasher: RandomState,
    shards: [Mutex<HashMap<u64, Bucket>>; SHARDS],
}

impl Limiter {
    /// Full buckets of one rate.
    pub fn new(rate: Rate) -> Self {
        Limiter { rate, hasher: RandomState::new(), shards: Default::default() }
    }

    /// Takes one request out of the caller's bucket, or says after how many seconds there will be one.
    pub fn take(&self, caller: impl Hash, now_ms: i64) -> Result<(), u64> {
        let hash = self.hasher.hash_one(caller);
        let mut shard = self.shards[hash as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= SHARD_BUCKETS_MAX {
            let rate = self.rate;
            shard.retain(|_, bucket| rate.filled(*bucket, now_ms).tokens < rate.burst);
        }
        let full = Bucket { tokens: self.rate.burst, at_ms: now_ms };
        let bucket = shard.entry(hash).or_insert(full);
        *bucket = self.rate.filled(*bucket, now_ms);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        Err(self.rate.wait_s(bucket.tokens))
    }

    /// Whether there is anything left in the caller's bucket, without taking of it; else after how many seconds there will be.
    pub fn look(&self, caller: impl Hash, now_ms: i64) -> Result<(), u64> {
        let hash = self.hasher.hash_one(caller);
        let shard = self.shards[hash as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = shard.get(&hash) else { return Ok(()) };
        let tokens = self.rate.filled(*bucket, now_ms).tokens;
        if tokens >= 1.0 { Ok(()) } else { Err(self.rate.wait_s(tokens)) }
    }

    /// Fills the caller's bucket: what it was emptied for turned out well.
    pub fn forgive(&self, caller: impl Hash) {
        let hash = self.hasher.hash_one(caller);
        self.shards[hash as usize % SHARDS].lock().unwrap_or_else(PoisonError::into_inner).remove(&hash);
    }

    /// [`Limiter::take`] with the refusal as a problem.
    pub fn check(&self, caller: impl Hash, now_ms: i64) -> Result<(), ApiError> {
        self.take(caller, now_ms).map_err(refusal)
    }
}

/// The problem of a caller who is to come again after so many seconds.
pub fn refusal(seconds: u64) -> ApiError {
    ApiError::new(&kinds::RATE_LIMITED).retry_after_s(seconds)
}

impl Rate {
    /// Seconds until there is a whole token.
    fn wait_s(self, tokens: f64) -> u64 {
        ((1.0 - tokens) / self.per_s).ceil().max(1.0) as u64
    }

    fn filled(self, bucket: Bucket, now_ms: i64) -> Bucket {
        let seconds = (now_ms - bucket.at_ms).max(0) as f64 / 1000.0;
        Bucket { tokens: (bucket.tokens + seconds * self.per_s).min(self.burst), at_ms: now_ms.max(bucket.at_ms) }
    }
}

/// All limits of a server.
#[derive(Debug)]
pub struct Limits {
    /// People, by user; those who have not signed in, by address.
    pub people: Limiter,
    /// Programs, by key; none: no limit.
    pub keys: Option<Limiter>,
    /// Searches that may find members by few digits.
    pub searches: Limiter,
    /// Attempts to sign in with one login.
    pub logins: Limiter,
    /// Codes of coupons that stand for nothing, by user.
    pub codes: Limiter,
    /// The same by key: the tills of a chain may share one, and customers show them what they have.
    pub codes_of_keys: Limiter,
    /// Attempts to sign in, and unknown keys and cookies, from one address.
    pub attempts: Limiter,
}

impl Limits {
    /// The limits, with that of people and, where there is one, of programs.
    pub fn new(people: Rate, keys: Option<Rate>) -> Self {
        Limits {
            people: Limiter::new(people),
            keys: keys.map(Limiter::new),
            searches: Limiter::new(Rate { per_s: 5.0, burst: 60.0 }),
            logins: Limiter::new(Rate { per_s: 1.0 / 60.0, burst: 10.0 }),
            codes: Limiter::new(Rate { per_s: 1.0 / 6.0, burst: 30.0 }),
            codes_of_keys: Limiter::new(Rate { per_s: 5.0, burst: 600.0 }),
            attempts: Limiter::new(Rate { per_s: 0.2, burst: 60.0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again_for_its_caller_alone() {
        let limiter = Limiter::new(Rate { per_s: 2.0, burst: 3.0 });
        for (caller, at_ms, expected) in [
            ("a", 1_000, Ok(())),
            ("a", 1_000, Ok(())),
            ("a", 1_000, Ok(())),
            ("a", 1_000, Err(1)),
            ("b", 1_000, Ok(())),
            ("a", 1_400, Err(1)),
            ("a", 1_500, Ok(())),
            // A clock that steps back gives nothing.
            ("a", 0, Err(1)),
            ("a", 2_000, Ok(())),
        ] {
            assert_eq!(limiter.take(caller, at_ms), expected, "{caller} at {at_ms}");
        }
        limiter.forgive("a");
        assert_eq!(limiter.take("a", 2_000), Ok(()));
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let limiter = Limiter::new(Rate { per_s: 1000.0, burst: 1.0 });
        for caller in 0..(SHARDS * SHARD_BUCKETS_MAX * 2) as i64 {
            assert_eq!(limiter.take(caller, caller * 10), Ok(()));
        }
        for shard in &limiter.shards {
            assert!(shard.lock().unwrap().len() <= SHARD_BUCKETS_MAX);
        }
    }
}

//! Passwords: Argon2id (RFC 9106) with the parameters that OWASP's Password Storage Cheat Sheet gives first for 19 MiB.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::problem::{ApiError, kinds};
use crate::random;

/// Memory of one hash in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// The fewest and the most characters of a password.
const CHARACTERS: std::ops::RangeInclusive<usize> = 8..=256;

/// Hashes at once: each takes its memory and a processor.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash that no password has, checked for logins that do not exist, so that both answers take the same time.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within RFC 9106");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Refuses a password that is too short to protect anything or too long to be one.
pub fn check(password: &str, field: &str) -> Result<(), ApiError> {
    match CHARACTERS.contains(&password.chars().count()) {
        true => Ok(()),
        false => Err(ApiError::new(&kinds::PASSWORD_LENGTH).at(field)),
    }
}

/// The hash of a password in PHC form. It takes some tens of milliseconds.
pub fn hash_blocking(password: &str) -> String {
    let mut salt = [0; 16];
    random::fill(&mut salt);
    let hash: PasswordHash =
        argon2().hash_password_with_salt(password.as_bytes(), &salt).expect("salt and parameters are of the right size");
    hash.to_string()
}

fn verify_blocking(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    let permit = AT_ONCE.acquire().await;
    let done = tokio::task::spawn_blocking(work).await;
    drop(permit);
    done.map_err(|error| {
        tracing::error!(%error, "a password was not hashed");
        ApiError::new(&kinds::INTERNAL)
    })
}

/// [`hash_blocking`] aside from the async threads.
pub async fn hash(password: String) -> Result<String, ApiError> {
    aside(move || hash_blocking(&password)).await
}

/// Whether a password is the one of a hash; false, after the same time, when there is no hash.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool, ApiError> {
    aside(move || match hash {
        Some(hash) => verify_blocking(&password, &hash),
        None => {
            verify_blocking(&password, NOBODY);
            false
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_its_password_alone() {
        let hash = hash_blocking("correct horse");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        for (password, expected) in [("correct horse", true), ("correct horsf", false), ("", false)] {
            assert_eq!(verify_blocking(password, &hash), expected, "{password}");
        }
        assert!(!verify_blocking("", NOBODY));
        assert!(PasswordHash::new(NOBODY).is_ok(), "checking it takes as long as checking any other");
    }

    #[test]
    fn lengths() {
        for (password, allowed) in [("1234567", false), ("12345678", true), ("단골단골단골단골", true)] {
            assert_eq!(check(password, "password").is_ok(), allowed, "{password}");
        }
        assert!(check(&"x".repeat(257), "password").is_err());
    }
}

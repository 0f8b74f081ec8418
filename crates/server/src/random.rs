//! The only place where the system's randomness is read, and the forms that secrets take.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

/// Bytes of a session token or of the secret of a key: 256 bits.
const SECRET_BYTES: usize = 32;

/// Fills `bytes` from the operating system. Without randomness no key, token or salt can be made, so a failure ends the process.
pub fn fill(bytes: &mut [u8]) {
    SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
}

/// A new secret as text.
pub fn secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash under which a secret is kept. The secret has 256 random bits, so one round of SHA-256 keeps it from being guessed,
/// and looking it up by its hash tells nothing of it by the time it takes.
pub fn secret_hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// Sixty-four bits of the SHA-256 of some parts, each set off from the next, to tell one request from another.
pub fn hash_of(parts: &[&[u8]]) -> i64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    i64::from_le_bytes(digest[..8].try_into().expect("eight bytes of thirty-two"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ_and_are_kept_as_hashes() {
        let (one, two) = (secret(), secret());
        assert_eq!(one.len(), 43);
        assert_ne!(one, two);
        assert_ne!(secret_hash(&one), one);
        assert_eq!(secret_hash(&one), secret_hash(&one));
    }

    #[test]
    fn where_one_part_ends_counts() {
        assert_ne!(hash_of(&[b"ab", b"c"]), hash_of(&[b"a", b"bc"]));
        assert_eq!(hash_of(&[b"a"]), hash_of(&[b"a"]));
    }
}

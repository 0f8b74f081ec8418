//! Personal data at rest: sealed with a key per person, which is wrapped by a master key outside the data folder.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with random 192-bit nonces; values are bound to their person and kind by the
//! associated data. Identities are found by HMAC-SHA256 (RFC 2104). Destroying a person's wrapped key makes all her values
//! unreadable, in this database and in every copy of it.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use danggol_core::coupon::make_code;
use danggol_core::duplicate::clue::Clue;
use danggol_core::id::{CouponId, MemberId, ReservationId};
use danggol_core::identity::{Identity, IdentityKind};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::error::StoreError;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// A source of random bytes.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// The environment variable that holds the text of a key file.
pub const KEY_VARIABLE: &str = "DANGGOL_MASTER_KEY";

/// The environment variable that names a key file.
pub const KEY_FILE_VARIABLE: &str = "DANGGOL_MASTER_KEY_FILE";

fn hmac(key: &[u8; KEY_BYTES], parts: &[&[u8]]) -> [u8; KEY_BYTES] {
    // A key shorter than SHA-256's block is filled up with zeros (RFC 2104, 2).
    let mut block = [0; 64];
    block[..KEY_BYTES].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(what.to_owned())
}

fn random_key(random: Random<'_>) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    random(&mut key);
    key
}

fn seal(key: &[u8; KEY_BYTES], bound_to: &str, plain: &[u8], random: Random<'_>) -> Result<String, StoreError> {
    let mut sealed = vec![0; NONCE_BYTES];
    random(&mut sealed);
    let nonce = XNonce::try_from(&sealed[..]).map_err(|_| damaged("a nonce"))?;
    let body = XChaCha20Poly1305::new(key.into())
        .encrypt(&nonce, Payload { msg: plain, aad: bound_to.as_bytes() })
        .map_err(|_| damaged("a value is too long to seal"))?;
    sealed.extend(body);
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

fn unseal(key: &[u8; KEY_BYTES], bound_to: &str, sealed: &str) -> Result<Vec<u8>, StoreError> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| damaged("a sealed value is not base64url"))?;
    let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(|| damaged("a sealed value is too short"))?;
    let nonce = XNonce::try_from(nonce).map_err(|_| damaged("a nonce"))?;
    XChaCha20Poly1305::new(key.into())
        .decrypt(&nonce, Payload { msg: body, aad: bound_to.as_bytes() })
        .map_err(|_| damaged("a sealed value does not open"))
}

/// A master key as it is used.
struct MasterKey {
    /// The first half of the key's SHA-256 in base64url; kept beside what it wraps.
    id: String,
    /// Wraps the keys of persons.
    wrap: [u8; KEY_BYTES],
}

/// The master keys: the first wraps, all of them unwrap, the last (the first there ever was) makes the look-ups.
pub struct Keyring {
    keys: Vec<MasterKey>,
    lookup: [u8; KEY_BYTES],
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

/// The key of one person, open.
pub struct PersonKey {
    member: MemberId,
    key: [u8; KEY_BYTES],
}

impl Keyring {
    /// Reads the text of a key file: one key a line, 32 bytes in base64url, the newest first; `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let mut secrets = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let bytes = URL_SAFE_NO_PAD.decode(line).map_err(|_| damaged("the master key is not base64url"))?;
            secrets.push(<[u8; KEY_BYTES]>::try_from(bytes).map_err(|_| damaged("the master key is not of 32 bytes"))?);
        }
        let oldest = secrets.last().ok_or_else(|| damaged("there is no master key"))?;
        let keys = secrets.iter().map(|secret| MasterKey {
            id: URL_SAFE_NO_PAD.encode(&Sha256::digest(secret)[..12]),
            wrap: hmac(secret, &[b"danggol wrap 1"]),
        });
        Ok(Keyring { keys: keys.collect(), lookup: hmac(oldest, &[b"danggol lookup 1"]) })
    }

    /// Takes the key from the environment (given a variable's name, its value), else from the file at `path`. `random` makes the file
    /// where there is none; give it only where no data can have been sealed yet.
    pub fn open(
        path: &Path,
        environment: impl Fn(&str) -> Option<String>,
        random: Option<Random<'_>>,
    ) -> Result<Self, StoreError> {
        if let Some(text) = environment(KEY_VARIABLE) {
            return Self::parse(&text);
        }
        let named = environment(KEY_FILE_VARIABLE);
        let path = named.as_deref().map_or(path, Path::new);
        match (fs::read_to_string(path), random) {
            (Ok(text), _) => Self::parse(&text),
            (Err(error), Some(random)) if error.kind() == ErrorKind::NotFound => {
                let text = format!(
                    "# The master key of a brand's personal data. Keep a copy apart from the data and its backups:\n\
                     # without it phone numbers, e-mail addresses and cards cannot be read or found again.\n{}\n",
                    URL_SAFE_NO_PAD.encode(random_key(random))
                );
                write_new(path, &text).map_err(StoreError::file(path))?;
                Self::parse(&text)
            }
            (Err(error), _) => Err(StoreError::file(path)(error)),
        }
    }

    /// What tells this keyring from another with which nothing of this database can be found.
    pub fn fingerprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(&hmac(&self.lookup, &[b"fingerprint"])[..12])
    }

    /// Makes a key for a new person, open and wrapped.
    pub fn new_person(&self, member: MemberId, random: Random<'_>) -> Result<(PersonKey, String), StoreError> {
        let key = random_key(random);
        let newest = self.keys.first().ok_or_else(|| damaged("there is no master key"))?;
        let wrapped = seal(&newest.wrap, &format!("person:{}", member.0), &key, random)?;
        Ok((PersonKey { member, key }, format!("{}.{wrapped}", newest.id)))
    }

    /// Opens a person's wrapped key.
    pub fn unwrap(&self, member: MemberId, wrapped: &str) -> Result<PersonKey, StoreError> {
        let (id, sealed) = wrapped.split_once('.').ok_or_else(|| damaged("a wrapped key has no key id"))?;
        let master = self.keys.iter().find(|key| key.id == id).ok_or_else(|| damaged("the master key of a person is missing"))?;
        let key = unseal(&master.wrap, &format!("person:{}", member.0), sealed)?;
        let key = key.try_into().map_err(|_| damaged("a person's key is not of 32 bytes"))?;
        Ok(PersonKey { member, key })
    }

    /// The look-up of an identity: its kind in clear and a keyed hash of the whole.
    pub fn lookup(&self, identity: &Identity) -> String {
        let kind = identity.kind.word();
        let issuer = identity.issuer.as_deref().unwrap_or_default();
        let hash = hmac(&self.lookup, &[kind.as_bytes(), b"\0", issuer.as_bytes(), b"\0", identity.value.as_bytes()]);
        format!("{kind}:{}", URL_SAFE_NO_PAD.encode(hash))
    }

    /// The code of a coupon: thirteen characters of what HMAC-SHA256 makes of its id, and one by which a wrong one is noticed. Nobody guesses
    /// it without the key, so it need not be kept.
    pub fn coupon_code(&self, id: CouponId) -> String {
        self.code(b"coupon code\0", id.0)
    }

    /// The look-up of a coupon's code. No shared code has a colon.
    pub fn coupon_lookup(&self, code: &str) -> String {
        format!("c:{}", URL_SAFE_NO_PAD.encode(&hmac(&self.lookup, &[b"coupon look-up\0", code.as_bytes()])[..18]))
    }

    /// The code of a gift that a member put aside, made as that of a coupon is.
    pub fn reservation_code(&self, id: ReservationId) -> String {
        self.code(b"reservation code\0", id.0)
    }

    /// The look-up of such a code.
    pub fn reservation_lookup(&self, code: &str) -> String {
        URL_SAFE_NO_PAD.encode(&hmac(&self.lookup, &[b"reservation look-up\0", code.as_bytes()])[..18])
    }

    fn code(&self, purpose: &[u8], id: i64) -> String {
        let mut round: u64 = 0;
        make_code(&mut |bytes| {
            let stream = hmac(&self.lookup, &[purpose, &id.to_be_bytes(), &round.to_be_bytes()]);
            round += 1;
            bytes.iter_mut().zip(stream).for_each(|(byte, random)| *byte = random);
        })
    }

    /// The search term for the last four characters of a phone number or card; none where they would say nothing.
    pub fn last_four_term(&self, last_four: &str) -> Option<String> {
        let counts = last_four.len() == 4 && last_four.bytes().all(|digit| digit.is_ascii_digit());
        counts.then(|| {
            let hash = hmac(&self.lookup, &[b"last four\0", last_four.as_bytes()]);
            format!("#4:{}", URL_SAFE_NO_PAD.encode(&hash[..9]))
        })
    }

    /// The look-up of a clue by which members are found who may be one person. Its kind stands in the last three bits.
    pub fn clue(&self, clue: &Clue) -> i64 {
        let hash = hmac(&self.lookup, &[b"clue\0", &[clue.kind.number()], clue.text.as_bytes()]);
        let number = hash[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        (number & !7 | u64::from(clue.kind.number())).cast_signed()
    }
}

impl PersonKey {
    /// Whose key it is.
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// Seals a value of this person.
    pub fn seal(&self, kind: IdentityKind, value: &str, random: Random<'_>) -> Result<String, StoreError> {
        seal(&self.key, &self.bound_to(kind), value.as_bytes(), random)
    }

    /// Opens a sealed value of this person.
    pub fn open(&self, kind: IdentityKind, sealed: &str) -> Result<String, StoreError> {
        let plain = unseal(&self.key, &self.bound_to(kind), sealed)?;
        String::from_utf8(plain).map_err(|_| damaged("a sealed value is not a text"))
    }

    fn bound_to(&self, kind: IdentityKind) -> String {
        format!("{}:{}", self.member.0, kind.word())
    }
}

/// Writes a file that must not be there yet, readable by its owner alone.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that never repeat, so that keys and nonces differ.
    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next: u64 = 0;
        move |bytes| {
            for chunk in bytes.chunks_mut(8) {
                next += 1;
                chunk.copy_from_slice(&next.to_le_bytes()[..chunk.len()]);
            }
        }
    }

    fn key_text(byte: u8) -> String {
        URL_SAFE_NO_PAD.encode([byte; KEY_BYTES])
    }

    fn identity(kind: IdentityKind, issuer: Option<&str>, value: &str) -> Identity {
        Identity::new(kind, issuer, value, "KR").unwrap()
    }

    #[test]
    fn a_value_opens_for_its_person_and_kind_alone() {
        let ring = Keyring::parse(&key_text(1)).unwrap();
        let mut random = counting();
        let (key, wrapped) = ring.new_person(MemberId(7), &mut random).unwrap();
        let sealed = key.seal(IdentityKind::Phone, "+821000000001", &mut random).unwrap();
        assert!(!sealed.contains("1000000001"));
        let again = ring.unwrap(MemberId(7), &wrapped).unwrap();
        assert_eq!(again.open(IdentityKind::Phone, &sealed).unwrap(), "+821000000001");
        assert!(again.open(IdentityKind::Email, &sealed).is_err(), "another kind");
        assert!(ring.unwrap(MemberId(8), &wrapped).is_err(), "another person");
        let other = Keyring::parse(&key_text(2)).unwrap();
        assert!(other.unwrap(MemberId(7), &wrapped).is_err(), "another master key");
        let mut changed = sealed.clone().into_bytes();
        changed[40] ^= 1;
        assert!(again.open(IdentityKind::Phone, &String::from_utf8(changed).unwrap()).is_err(), "a changed value");
    }

    #[test]
    fn after_a_rotation_old_persons_open_and_lookups_stay() {
        let before = Keyring::parse(&key_text(1)).unwrap();
        let after = Keyring::parse(&format!("# rotated\n{}\n{}\n", key_text(9), key_text(1))).unwrap();
        let mut random = counting();
        let (_, old) = before.new_person(MemberId(7), &mut random).unwrap();
        let (_, new) = after.new_person(MemberId(8), &mut random).unwrap();
        assert!(after.unwrap(MemberId(7), &old).is_ok());
        assert!(before.unwrap(MemberId(8), &new).is_err());
        let phone = identity(IdentityKind::Phone, None, "010-0000-0001");
        assert_eq!(before.lookup(&phone), after.lookup(&phone));
        assert_eq!(before.fingerprint(), after.fingerprint());
    }

    #[test]
    fn lookups_differ_where_identities_differ() {
        let ring = Keyring::parse(&key_text(1)).unwrap();
        let lookups: std::collections::BTreeSet<String> = [
            identity(IdentityKind::Phone, None, "010-0000-0001"),
            identity(IdentityKind::Phone, None, "010-0000-0002"),
            identity(IdentityKind::External, None, "7"),
            identity(IdentityKind::External, Some("till"), "7"),
            identity(IdentityKind::Marketplace, Some("till"), "7"),
        ]
        .iter()
        .map(|identity| ring.lookup(identity))
        .collect();
        assert_eq!(lookups.len(), 5);
        assert_eq!(
            ring.lookup(&identity(IdentityKind::Phone, None, "+82 10 0000 0001")),
            ring.lookup(&identity(IdentityKind::Phone, None, "010-0000-0001"))
        );
        assert!(ring.last_four_term("0001").is_some_and(|term| term.starts_with("#4:") && !term.contains("0001")));
        assert_eq!(ring.last_four_term("12"), None);
    }

    #[test]
    fn the_key_file_is_made_once_and_only_for_its_owner() {
        let dir = std::env::temp_dir().join(format!("danggol-key-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("brand.key");
        let no_variable = |_: &str| None;
        assert!(Keyring::open(&path, no_variable, None).is_err(), "nothing is made unasked");
        let made = Keyring::open(&path, no_variable, Some(&mut counting())).unwrap();
        let read = Keyring::open(&path, no_variable, Some(&mut |_| panic!("made twice"))).unwrap();
        assert_eq!(made.fingerprint(), read.fingerprint());
        let given = Keyring::open(&path, |name| (name == KEY_VARIABLE).then(|| key_text(3)), None).unwrap();
        assert_ne!(given.fingerprint(), read.fingerprint());
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn a_text_that_is_no_key_is_refused() {
        for text in ["", "# nothing", "AAAA", "not base64!"] {
            assert!(Keyring::parse(text).is_err(), "{text}");
        }
    }
}

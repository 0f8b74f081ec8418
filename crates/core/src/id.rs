//! Identifiers: time-ordered 63-bit integers inside, prefixed strings on the wire.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The first millisecond that an id can carry: 2020-01-01T00:00:00Z.
pub const EPOCH_MS: i64 = 1_577_836_800_000;

const NODE_BITS: u32 = 8;
const SEQUENCE_BITS: u32 = 14;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 63 bits in groups of five.
const ENCODED_LENGTH: usize = 13;

/// A string that is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_…")]
pub struct IdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

fn encode(value: i64) -> [u8; ENCODED_LENGTH] {
    let mut out = [b'0'; ENCODED_LENGTH];
    let mut rest = value;
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out
}

fn decode(text: &str) -> Option<i64> {
    if text.len() != ENCODED_LENGTH {
        return None;
    }
    let mut value: i64 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&known| known == byte)?;
        value = value.checked_mul(32)?.checked_add(digit as i64)?;
    }
    (value > 0).then_some(value)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let digits = encode(self.0);
                f.write_str(concat!($prefix, "_"))?;
                digits.iter().try_for_each(|&digit| fmt::Write::write_char(f, digit as char))
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(IdError { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-hjkmnp-tv-z]{13}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// A person in the brand's file.
    MemberId = "mem";
    /// Who holds benefits: a member, or a household that shares a purse.
    HolderId = "hol";
    /// Members who live together.
    HouseholdId = "hhd";
    /// A purchase; the same number is its entry in the log.
    PurchaseId = "pur";
    /// An entry of the log.
    EntryId = "ent";
    /// One identifier of a member: a phone number, a card, an external id.
    IdentityId = "idn";
    /// A note on a member.
    NoteId = "not";
    /// A change of a member's file, or of the brand.
    ChangeId = "chg";
    /// A person who signs in to the console.
    UserId = "usr";
    /// A key with which a program signs in.
    KeyId = "key";
    /// A file being imported.
    ImportId = "imp";
    /// A segment: members who fit a condition, or a list of members.
    SegmentId = "seg";
    /// Tags that belong together.
    TagGroupId = "tgp";
    /// A tag that came to a member, or went from her.
    TagEntryId = "tge";
    /// Something that a member agreed to, or withdrew.
    ConsentId = "cst";
    /// What coupons of a kind are worth.
    TemplateId = "ctp";
    /// A coupon.
    CouponId = "cpn";
    /// A gift that points are exchanged for.
    GiftId = "gft";
    /// A gift that a member has taken, or has put aside for her.
    ReservationId = "rsv";
    /// A period with gifts of its own.
    FestivalId = "fst";
}

/// Makes ids that grow with time: milliseconds since [`EPOCH_MS`], eight node bits leased from the database, a sequence within
/// the millisecond. A clock that steps back does not repeat ids: the last millisecond used goes on until the clock passes it.
#[derive(Debug, Clone)]
pub struct IdMaker {
    node: i64,
    last_ms: i64,
    sequence: i64,
}

impl IdMaker {
    /// A maker for the given node, of which the low eight bits count.
    pub fn new(node: i64) -> Self {
        Self { node: node & ((1 << NODE_BITS) - 1), last_ms: 0, sequence: 0 }
    }

    /// The next id at `now_ms` that is greater than `floor` too: an id of another node, whose clock may be ahead.
    pub fn next_after(&mut self, now_ms: i64, floor: i64) -> i64 {
        let floor_ms = EPOCH_MS + (floor >> (NODE_BITS + SEQUENCE_BITS));
        let id = self.next(now_ms.max(floor_ms));
        if id > floor { id } else { self.next(floor_ms + 1) }
    }

    /// The next id at `now_ms` (UTC milliseconds); strictly greater than every earlier one of this maker.
    pub fn next(&mut self, now_ms: i64) -> i64 {
        let since_epoch_ms = (now_ms - EPOCH_MS).max(0);
        if since_epoch_ms > self.last_ms {
            self.last_ms = since_epoch_ms;
            self.sequence = 0;
        } else {
            self.sequence += 1;
            if self.sequence == 1 << SEQUENCE_BITS {
                self.last_ms += 1;
                self.sequence = 0;
            }
        }
        (self.last_ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | self.sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_comes_back_and_anything_else_is_refused() {
        for value in [1, 31, 32, 987_654_321, i64::MAX] {
            let text = MemberId(value).to_string();
            assert_eq!(text.parse(), Ok(MemberId(value)), "{text}");
        }
        for text in
            ["", "mem_", "pur_0000000000001", "mem_0000000000000", "mem_000000000000u", "mem_zzzzzzzzzzzzz", "mem_00000000000001"]
        {
            assert!(text.parse::<MemberId>().is_err(), "{text}");
        }
    }

    #[test]
    fn ids_grow_although_the_clock_steps_back_and_a_millisecond_is_crowded() {
        let mut maker = IdMaker::new(7);
        let mut last = 0;
        for step in 0..100_000 {
            let now_ms = EPOCH_MS + 1_000_000 + if step % 1_000 == 0 { -5_000 } else { step / 20_000 };
            let id = maker.next(now_ms);
            assert!(id > last, "step {step}");
            last = id;
        }
    }

    #[test]
    fn two_nodes_never_make_the_same_id() {
        let (mut one, mut two) = (IdMaker::new(1), IdMaker::new(2));
        for _ in 0..50_000 {
            assert_ne!(one.next(EPOCH_MS + 5), two.next(EPOCH_MS + 5));
        }
    }
}

//! Member card numbers: thirteen digits of which the last one checks the others, so that a number read out over
//! the phone or typed at the till with one slip is noticed before it opens somebody else's file.

use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::typed::{half_width, is_grouping};

/// How many digits a card number made here has, its check digit included.
pub const CARD_DIGITS: usize = 13;

/// The most characters of a card number that another system made.
pub const FOREIGN_CARD_CHARACTERS_MAX: usize = 32;

/// Why a card number cannot be made or read. The text of each is a stable code, not a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Error)]
#[serde(rename_all = "snake_case")]
pub enum CardError {
    /// Nothing but spaces and dashes was typed.
    #[error("card_empty")]
    Empty,
    /// A character other than a letter A to Z, a digit, a space or a dash was typed.
    #[error("card_invalid_character")]
    InvalidCharacter,
    /// There are more than [`FOREIGN_CARD_CHARACTERS_MAX`] characters.
    #[error("card_too_long")]
    TooLong,
    /// The brand's prefix holds something other than digits, or leaves no room for a sequence.
    #[error("card_invalid_prefix")]
    InvalidPrefix,
    /// The sequence has more digits than the prefix leaves room for.
    #[error("card_sequence_exhausted")]
    SequenceExhausted,
}

/// The card number for a sequence number under a brand's prefix of digits (`62` leaves room for 10^10 cards): prefix, sequence with
/// leading zeros, check digit. The same arguments always give the same number, and different sequences different numbers.
pub fn card_number(sequence: u64, prefix: &str) -> Result<String, CardError> {
    let room = (CARD_DIGITS - 1).saturating_sub(prefix.len());
    if room == 0 || !prefix.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(CardError::InvalidPrefix);
    }
    let mut number = format!("{prefix}{sequence:0room$}");
    if number.len() > CARD_DIGITS - 1 {
        return Err(CardError::SequenceExhausted);
    }
    number.push(char::from(b'0' + damm(number.as_bytes())));
    Ok(number)
}

/// Whether a normalised card number is one that [`card_number`] can have made: every single wrong digit and every swap of two
/// neighbours is noticed. A foreign card number is not, and is still a card.
pub fn verify(card: &str) -> bool {
    card.len() == CARD_DIGITS && card.bytes().all(|digit| digit.is_ascii_digit()) && damm(card.as_bytes()) == 0
}

/// The one form of a card number as it was typed or scanned: half-width, upper-case, without spaces and dashes. Numbers that another
/// system made may hold letters and have any length up to [`FOREIGN_CARD_CHARACTERS_MAX`].
pub fn normalize(input: &str) -> Result<String, CardError> {
    let mut card = String::with_capacity(CARD_DIGITS);
    for character in input.chars().map(half_width) {
        match character {
            '0'..='9' | 'A'..='Z' | 'a'..='z' if card.len() == FOREIGN_CARD_CHARACTERS_MAX => {
                return Err(CardError::TooLong);
            }
            '0'..='9' | 'A'..='Z' | 'a'..='z' => card.push(character.to_ascii_uppercase()),
            other if is_grouping(other) => {}
            _ => return Err(CardError::InvalidCharacter),
        }
    }
    if card.is_empty() { Err(CardError::Empty) } else { Ok(card) }
}

/// A card number as it is printed, in groups of four: `6200 0000 0001 7`.
pub fn grouped(card: &str) -> String {
    let mut printed = String::with_capacity(card.len() + card.len() / 4);
    for (position, character) in card.chars().enumerate() {
        if position > 0 && position.is_multiple_of(4) {
            printed.push(' ');
        }
        printed.push(character);
    }
    printed
}

/// The totally anti-symmetric quasigroup of order ten with a zero diagonal. Source: H. M. Damm, "Total anti-symmetrische
/// Quasigruppen", dissertation, Universität Marburg, 2004.
const QUASIGROUP: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The Damm check digit of ASCII digits; zero for digits that end with their own check digit.
fn damm(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |interim, digit| QUASIGROUP[usize::from(interim)][usize::from(digit - b'0')])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_from_sequences() {
        for (sequence, prefix, expected) in [
            (0, "62", Ok("6200000000001")),
            (1, "62", Ok("6200000000017")),
            (9_999_999_999, "62", Ok("6299999999995")),
            (10_000_000_000, "62", Err(CardError::SequenceExhausted)),
            (572, "", Ok("0000000005724")),
            (7, "12345678901", Ok("1234567890172")),
            (1, "123456789012", Err(CardError::InvalidPrefix)),
            (1, "1234567890123", Err(CardError::InvalidPrefix)),
            (1, "A1", Err(CardError::InvalidPrefix)),
            (1, "６２", Err(CardError::InvalidPrefix)),
            (u64::MAX, "62", Err(CardError::SequenceExhausted)),
        ] {
            assert_eq!(card_number(sequence, prefix), expected.map(String::from), "{sequence}");
        }
    }

    #[test]
    fn only_whole_numbers_verify() {
        for (card, expected) in [
            ("0000000005724", true),
            ("0000000005725", false),
            ("000000005724", false),
            ("00000000005724", false),
            ("000000000572A", false),
            ("0000 0000 0572 4", false),
            ("", false),
        ] {
            assert_eq!(verify(card), expected, "{card}");
        }
    }

    #[test]
    fn numbers_as_typed() {
        for (input, expected) in [
            ("6200 0000 0001 7", Ok("6200000000017")),
            ("６２００－００００－０００１－７", Ok("6200000000017")),
            (" vip-0001 ", Ok("VIP0001")),
            ("", Err(CardError::Empty)),
            (" - ", Err(CardError::Empty)),
            ("6200;0000", Err(CardError::InvalidCharacter)),
            ("卡1", Err(CardError::InvalidCharacter)),
            ("123456789012345678901234567890123", Err(CardError::TooLong)),
        ] {
            assert_eq!(normalize(input), expected.map(String::from), "{input:?}");
        }
    }

    #[test]
    fn groups_of_four() {
        for (card, expected) in [("6200000000017", "6200 0000 0001 7"), ("1234", "1234"), ("12345", "1234 5"), ("", "")] {
            assert_eq!(grouped(card), expected, "{card}");
        }
    }

    proptest! {
        #[test]
        fn every_single_slip_is_noticed(sequence in 0_u64..10_000_000_000) {
            let card = card_number(sequence, "62").unwrap().into_bytes();
            prop_assert!(verify(std::str::from_utf8(&card).unwrap()));
            for position in 0..card.len() {
                for digit in (b'0'..=b'9').filter(|digit| *digit != card[position]) {
                    let mut slip = card.clone();
                    slip[position] = digit;
                    prop_assert!(!verify(std::str::from_utf8(&slip).unwrap()));
                }
                if position > 0 && card[position] != card[position - 1] {
                    let mut slip = card.clone();
                    slip.swap(position, position - 1);
                    prop_assert!(!verify(std::str::from_utf8(&slip).unwrap()));
                }
            }
        }

        #[test]
        fn printed_numbers_read_back(sequence in 0_u64..10_000_000_000) {
            let card = card_number(sequence, "62").unwrap();
            prop_assert_eq!(normalize(&grouped(&card)), Ok(card));
        }
    }
}

//! Phone numbers and e-mail addresses: the two contacts by which a member is found. Both are brought to one form
//! before they are hashed, so that however a number was typed it leads to the same person.

use std::str::FromStr;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, ParseError, country};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::typed::{half_width, is_grouping};

/// Why a phone number is refused. The text of each is a stable code, not a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Error)]
#[serde(rename_all = "snake_case")]
pub enum PhoneError {
    /// Nothing but spaces and marks was typed.
    #[error("phone_empty")]
    Empty,
    /// A letter or a mark stands where only digits, spaces, dashes, dots, slashes, brackets and a leading plus may.
    #[error("phone_invalid_character")]
    InvalidCharacter,
    /// The default region is not an ISO 3166 alpha-2 code with a numbering plan.
    #[error("phone_unknown_country")]
    UnknownCountry,
    /// The number starts with a plus but with no calling code that exists.
    #[error("phone_unknown_calling_code")]
    UnknownCallingCode,
    /// There are fewer digits than any number has.
    #[error("phone_too_short")]
    TooShort,
    /// There are more digits than any number has (E.164 allows 15).
    #[error("phone_too_long")]
    TooLong,
    /// The numbering plan of the country has no such number.
    #[error("phone_not_in_plan")]
    NotInPlan,
}

/// Why an e-mail address is refused. The text of each is a stable code, not a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Error)]
#[serde(rename_all = "snake_case")]
pub enum EmailError {
    /// Nothing was typed.
    #[error("email_empty")]
    Empty,
    /// It is longer than the 254 bytes a mail path can have, or its local part than 64 (RFC 5321, 4.5.3.1).
    #[error("email_too_long")]
    TooLong,
    /// It is not `local@domain.tld`, or holds a character that cannot stand there unquoted.
    #[error("email_malformed")]
    Malformed,
}

/// The most digits an E.164 number has, its calling code included (ITU-T E.164, 6.2.1).
const E164_DIGITS_MAX: usize = 15;
/// The most digits worth reading: an E.164 number behind an international prefix and a national zero.
const TYPED_DIGITS_MAX: usize = 24;
/// The most bytes of a mail path without its angle brackets (RFC 5321, 4.5.3.1.3).
const EMAIL_BYTES_MAX: usize = 254;
/// The most bytes of a mail address before the at sign (RFC 5321, 4.5.3.1.1).
const EMAIL_LOCAL_BYTES_MAX: usize = 64;

/// The E.164 form (`+8613000000000`) of a number as it was typed. A number without a plus is read as dialled in `country`,
/// an ISO 3166 alpha-2 code in either case. Full-width digits, spaces, dashes, dots, slashes and brackets are accepted; letters
/// and extensions are not. The numbering plans are those of Google's libphonenumber.
pub fn normalize(input: &str, country: &str) -> Result<String, PhoneError> {
    let typed = Typed::read(input)?;
    match mobile_of_home_market(&typed, country) {
        Some(e164) => Ok(e164),
        None => normalize_by_plan(&typed, country),
    }
}

/// A phone number shown to someone who may not see it whole: the calling code and the last four digits,
/// `+86 *** **** 0000`. A value that is not E.164 is masked to its last four characters.
pub fn mask(e164: &str) -> String {
    let digits = e164.strip_prefix('+').unwrap_or(e164);
    let code_len = if e164.starts_with('+') { calling_code_len(digits) } else { 0 };
    let shown = last_four(digits);
    let hidden = digits.chars().count().saturating_sub(code_len + shown.chars().count());
    let mut masked = String::with_capacity(24);
    if code_len > 0 && hidden > 0 {
        masked.push('+');
        masked.push_str(&digits[..code_len]);
        masked.push(' ');
    }
    for position in 0..hidden {
        masked.push('*');
        if (hidden - position - 1).is_multiple_of(4) {
            masked.push(' ');
        }
    }
    masked.push_str(shown);
    masked
}

/// The last four digits of a number, by which the counter looks members up. Shorter values are given whole.
pub fn last_four(e164: &str) -> &str {
    match e164.char_indices().rev().nth(3) {
        Some((start, _)) => &e164[start..],
        None => e164,
    }
}

/// The form of an e-mail address under which it is looked up: trimmed, half-width, lower-case on both sides of the at sign. RFC 5321
/// lets the local part tell cases apart, but no provider that members use does, and people type either.
pub fn normalize_email(input: &str) -> Result<String, EmailError> {
    let address: String = input.trim().chars().map(half_width).flat_map(char::to_lowercase).collect();
    if address.is_empty() {
        return Err(EmailError::Empty);
    }
    let (local, domain) = address.rsplit_once('@').ok_or(EmailError::Malformed)?;
    if address.len() > EMAIL_BYTES_MAX || local.len() > EMAIL_LOCAL_BYTES_MAX {
        return Err(EmailError::TooLong);
    }
    if is_local_part(local) && is_domain(domain) { Ok(address) } else { Err(EmailError::Malformed) }
}

/// An e-mail address shown to someone who may not see it whole: the first character and the domain, `j***@example.com`.
pub fn mask_email(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let mut masked: String = local.chars().take(1).collect();
    masked.push_str("***");
    if !domain.is_empty() {
        masked.push('@');
        masked.push_str(domain);
    }
    masked
}

/// What was typed, reduced to its digits, on the stack: imports read millions of numbers.
struct Typed {
    has_plus: bool,
    digits: [u8; TYPED_DIGITS_MAX],
    len: usize,
}

impl Typed {
    fn read(input: &str) -> Result<Typed, PhoneError> {
        let mut typed = Typed { has_plus: false, digits: [0; TYPED_DIGITS_MAX], len: 0 };
        for character in input.chars().map(half_width) {
            match character {
                '0'..='9' if typed.len == TYPED_DIGITS_MAX => return Err(PhoneError::TooLong),
                '0'..='9' => {
                    typed.digits[typed.len] = character as u8;
                    typed.len += 1;
                }
                '+' if typed.len == 0 && !typed.has_plus => typed.has_plus = true,
                '(' | ')' | '[' | ']' | '.' | '/' | '·' => {}
                other if is_grouping(other) => {}
                _ => return Err(PhoneError::InvalidCharacter),
            }
        }
        if typed.len == 0 { Err(PhoneError::Empty) } else { Ok(typed) }
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.len]
    }
}

/// Mobile numbers of mainland China, Korea and Taiwan in their usual spellings, without consulting the numbering plans, which
/// costs microseconds. Only ranges that the plans accept whole are listed; for all others the plans decide.
fn mobile_of_home_market(typed: &Typed, country: &str) -> Option<String> {
    let digits = typed.digits();
    let (calling_code, national) = if typed.has_plus {
        match digits {
            [b'8', b'6', national @ ..] => ("+86", national),
            [b'8', b'2', national @ ..] => ("+82", national),
            [b'8', b'8', b'6', national @ ..] => ("+886", national),
            _ => return None,
        }
    } else {
        match (country, digits) {
            ("CN", national) => ("+86", national),
            ("KR", [b'0', national @ ..]) => ("+82", national),
            ("TW", [b'0', national @ ..]) => ("+886", national),
            _ => return None,
        }
    };
    let is_mobile = match (calling_code, national) {
        ("+86", [b'1', second, third, _, _, _, _, _, _, _, _]) => match second {
            b'3' | b'8' => true,
            b'4' => matches!(third, b'5' | b'7'),
            b'5' | b'9' => *third != b'4',
            b'6' => matches!(third, b'2' | b'5'..=b'7'),
            b'7' => matches!(third, b'0'..=b'3' | b'5'..=b'8'),
            _ => false,
        },
        ("+82", [b'1', b'0', third, _, _, _, _, _, _, _]) => *third != b'5',
        ("+886", [b'9', second, _, _, _, _, _, _, _]) => *second != b'9',
        _ => false,
    };
    is_mobile.then(|| {
        let mut e164 = String::with_capacity(calling_code.len() + national.len());
        e164.push_str(calling_code);
        e164.extend(national.iter().map(|&digit| char::from(digit)));
        e164
    })
}

fn normalize_by_plan(typed: &Typed, country: &str) -> Result<String, PhoneError> {
    let region = country::Id::from_str(&country.to_ascii_uppercase()).map_err(|_| PhoneError::UnknownCountry)?;
    let plan = DATABASE.by_id(region.as_ref()).ok_or(PhoneError::UnknownCountry)?;
    let digits: String = typed.digits().iter().map(|&digit| char::from(digit)).collect();
    let abroad = if typed.has_plus {
        Some(digits.as_str())
    } else {
        plan.international_prefix()
            .and_then(|prefix| prefix.find(&digits))
            .filter(|prefix| prefix.start() == 0)
            .map(|prefix| &digits[prefix.end()..])
            .filter(|rest| !rest.is_empty() && !rest.starts_with('0'))
    };
    // Told of a region, the library applies its national prefix also to numbers of other countries, and makes others of them: with
    // US, +82 10… loses its 1. A number that says its country is therefore read without one.
    let parsed = match abroad {
        Some(rest) => phonenumber::parse(None, format!("+{rest}")),
        None => phonenumber::parse(Some(region), &digits),
    };
    let number = parsed.map_err(|error| match error {
        ParseError::InvalidCountryCode => PhoneError::UnknownCallingCode,
        ParseError::NoNumber | ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneError::TooShort,
        ParseError::TooLong | ParseError::MalformedInteger(_) => PhoneError::TooLong,
    })?;
    let e164 = number.format().mode(Mode::E164).to_string();
    if e164.len() > E164_DIGITS_MAX + 1 {
        return Err(PhoneError::TooLong);
    }
    if number.is_valid() { Ok(e164) } else { Err(PhoneError::NotInPlan) }
}

/// How many leading digits of an E.164 number are its calling code (ITU-T E.164, annex D, list of 2016).
fn calling_code_len(digits: &str) -> usize {
    let len = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..] => 3,
        _ => 0,
    };
    if digits.is_ascii() { len } else { 0 }
}

/// An unquoted local part: RFC 5322 `dot-atom`, with the characters beyond ASCII that RFC 6531 adds.
fn is_local_part(local: &str) -> bool {
    local.split('.').all(|atom| {
        !atom.is_empty() && atom.chars().all(|character| character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(character))
    })
}

/// A domain of at least two labels of letters, digits and inner hyphens, the last not all digits (RFC 1123, 2.1).
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|character| character.is_alphanumeric() || character == '-')
    };
    match domain.rsplit_once('.') {
        Some((_, top)) => domain.split('.').all(is_label) && !top.chars().all(|digit| digit.is_ascii_digit()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_as_typed() {
        for (input, country, expected) in [
            ("13000001234", "CN", Ok("+8613000001234")),
            ("130 0000 1234", "CN", Ok("+8613000001234")),
            ("１３０－００００－１２３４", "CN", Ok("+8613000001234")),
            ("+86 130-0000-1234", "KR", Ok("+8613000001234")),
            ("0086 13000001234", "CN", Ok("+8613000001234")),
            ("8613000001234", "CN", Ok("+8613000001234")),
            ("(+86)13000001234", "TW", Ok("+8613000001234")),
            ("\u{202D}13000001234\u{202C}", "CN", Ok("+8613000001234")),
            ("13000001234", "cn", Ok("+8613000001234")),
            ("021-5000 1234", "CN", Ok("+862150001234")),
            ("010-0000-1234", "KR", Ok("+821000001234")),
            ("010.0000.1234", "KR", Ok("+821000001234")),
            ("1000001234", "KR", Ok("+821000001234")),
            ("+82 (0)10-0000-1234", "CN", Ok("+821000001234")),
            ("82 10 0000 1234", "KR", Ok("+821000001234")),
            ("02-700-1234", "KR", Ok("+8227001234")),
            ("0900-001-234", "TW", Ok("+886900001234")),
            ("900001234", "TW", Ok("+886900001234")),
            ("+886 900 001 234", "CN", Ok("+886900001234")),
            ("(202) 555-0123", "US", Ok("+12025550123")),
            ("+1 202-555-0123", "CN", Ok("+12025550123")),
            ("001 1 202 555 0123", "KR", Ok("+12025550123")),
            ("+39 02 1234 5678", "CN", Ok("+390212345678")),
            ("+82 10-0000-1234", "US", Ok("+821000001234")),
            ("", "CN", Err(PhoneError::Empty)),
            (" -（） ", "CN", Err(PhoneError::Empty)),
            ("13000O01234", "CN", Err(PhoneError::InvalidCharacter)),
            ("1300+0001234", "CN", Err(PhoneError::InvalidCharacter)),
            ("++8613000001234", "CN", Err(PhoneError::InvalidCharacter)),
            ("+1 202-555-0123 ext. 9", "US", Err(PhoneError::InvalidCharacter)),
            ("12000001234", "CN", Err(PhoneError::NotInPlan)),
            ("1300000123", "CN", Err(PhoneError::NotInPlan)),
            ("130000012345", "CN", Err(PhoneError::NotInPlan)),
            ("010-0000-12", "KR", Err(PhoneError::NotInPlan)),
            ("1", "CN", Err(PhoneError::TooShort)),
            ("+8", "CN", Err(PhoneError::TooShort)),
            ("+999 0000 1234", "CN", Err(PhoneError::UnknownCallingCode)),
            ("0000000000000000000000000", "CN", Err(PhoneError::TooLong)),
            ("021-5000 1234", "XX", Err(PhoneError::UnknownCountry)),
            ("021-5000 1234", "", Err(PhoneError::UnknownCountry)),
        ] {
            let expected = expected.map(String::from);
            assert_eq!(normalize(input, country), expected, "{input:?} in {country:?}");
        }
    }

    #[test]
    fn masks_keep_the_calling_code_and_four_digits() {
        for (e164, expected) in [
            ("+8613000001234", "+86 *** **** 1234"),
            ("+821000001234", "+82 ** **** 1234"),
            ("+886900001234", "+886 * **** 1234"),
            ("+12025550123", "+1 ** **** 0123"),
            ("+85200001234", "+852 **** 1234"),
            ("13000001234", "*** **** 1234"),
            ("1234", "1234"),
            ("", ""),
            ("+电话号码一二", "** 号码一二"),
        ] {
            assert_eq!(mask(e164), expected, "{e164}");
        }
    }

    #[test]
    fn last_four_digits() {
        for (e164, expected) in [("+8613000001234", "1234"), ("123", "123"), ("", "")] {
            assert_eq!(last_four(e164), expected, "{e164}");
        }
    }

    #[test]
    fn emails_as_typed() {
        for (input, expected) in [
            (" Jane.Doe@Example.COM ", Ok("jane.doe@example.com")),
            ("ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", Ok("jane@example.com")),
            ("jane+shop@mail.example.co.kr", Ok("jane+shop@mail.example.co.kr")),
            ("张伟@例子.中国", Ok("张伟@例子.中国")),
            ("", Err(EmailError::Empty)),
            ("  ", Err(EmailError::Empty)),
            ("jane", Err(EmailError::Malformed)),
            ("jane@", Err(EmailError::Malformed)),
            ("@example.com", Err(EmailError::Malformed)),
            ("jane@example", Err(EmailError::Malformed)),
            ("jane@@example.com", Err(EmailError::Malformed)),
            ("jane doe@example.com", Err(EmailError::Malformed)),
            ("jane..doe@example.com", Err(EmailError::Malformed)),
            (".jane@example.com", Err(EmailError::Malformed)),
            ("jane@-example.com", Err(EmailError::Malformed)),
            ("jane@example..com", Err(EmailError::Malformed)),
            ("jane@192.0.2.1", Err(EmailError::Malformed)),
            ("jane@example.com\0", Err(EmailError::Malformed)),
        ] {
            assert_eq!(normalize_email(input), expected.map(String::from), "{input:?}");
        }
        let local = "a".repeat(65);
        assert_eq!(normalize_email(&format!("{local}@example.com")), Err(EmailError::TooLong));
    }

    #[test]
    fn email_masks() {
        for (email, expected) in [
            ("jane.doe@example.com", "j***@example.com"),
            ("张伟@example.com", "张***@example.com"),
            ("nothing", "n***"),
            ("", "***"),
        ] {
            assert_eq!(mask_email(email), expected, "{email}");
        }
    }

    /// What the numbering plans alone say, to hold the quick path against.
    fn by_plan(input: &str, country: &str) -> Result<String, PhoneError> {
        Typed::read(input).and_then(|typed| normalize_by_plan(&typed, country))
    }

    #[test]
    fn every_mobile_prefix_agrees_with_the_plan() {
        for prefix in 100..200 {
            let input = format!("{prefix}00001234");
            assert_eq!(normalize(&input, "CN"), by_plan(&input, "CN"), "{input}");
        }
        for third in 0..10 {
            let korean = format!("010{third}0001234");
            assert_eq!(normalize(&korean, "KR"), by_plan(&korean, "KR"), "{korean}");
            let taiwanese = format!("09{third}0001234");
            assert_eq!(normalize(&taiwanese, "TW"), by_plan(&taiwanese, "TW"), "{taiwanese}");
        }
    }

    proptest! {
        #[test]
        fn quick_path_agrees_with_the_plan(
            input in "(\\+?86|\\+82|\\+886|0)?(1[3-9]|10|9)[0-9]{6,9}",
            country in prop::sample::select(vec!["CN", "KR", "TW", "US", "RU", "JP"]),
        ) {
            prop_assert_eq!(normalize(&input, country), by_plan(&input, country));
        }

        #[test]
        fn no_input_panics_and_results_are_stable(input in "[-+0-9 ()０-９ー.]{0,28}|.{0,20}", country in "[A-Z]{2}|.{0,3}") {
            if let Ok(e164) = normalize(&input, &country) {
                prop_assert!(e164.starts_with('+') && e164.len() <= 16);
                prop_assert!(e164[1..].bytes().all(|digit| digit.is_ascii_digit()));
                prop_assert_eq!(normalize(&e164, &country), Ok(e164.clone()));
                prop_assert!(mask(&e164).ends_with(last_four(&e164)));
            }
        }

        #[test]
        fn no_email_panics_and_results_are_stable(input in "[a-zA-Z.@ ]{0,20}|.{0,20}") {
            mask_email(&input);
            if let Ok(email) = normalize_email(&input) {
                prop_assert_eq!(normalize_email(&email), Ok(email.clone()));
            }
        }
    }
}

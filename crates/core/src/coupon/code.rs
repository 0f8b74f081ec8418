//! Codes of coupons: thirty-one characters that nobody takes for one another, and one at the end by which a wrong one is noticed.
//!
//! Thirty-one is a prime, so a sum that weighs each place differently tells every single wrong character and every two that are exchanged
//! (the reasoning of ISBN-10's check digit modulo 11, ISO 2108).

/// Digits and capitals without 0, 1, I, L and O.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
/// Characters of a code without the last one: 31 to the 13th power is more than 2 to the 64th.
const RANDOM_CHARACTERS: usize = 13;
/// Characters of a code.
pub const CODE_CHARACTERS: usize = RANDOM_CHARACTERS + 1;
/// The fewest characters of a shared code.
pub const SHARED_CHARACTERS_MIN: usize = 4;
/// The most characters of a shared code: fewer than a code of its own has, so that the two are told apart.
pub const SHARED_CHARACTERS_MAX: usize = 12;

/// A code as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// Of one coupon: it adds up.
    Single(String),
    /// Shared by everybody.
    Shared(String),
}

/// Why a text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// It does not add up, or is of a length that no code has.
    Mistyped,
}

/// The sum of the places' weights, modulo 31; a code adds up to nothing. None where a character is not of the alphabet.
fn sum(text: &[u8]) -> Option<usize> {
    let mut sum = 0;
    for (place, byte) in text.iter().enumerate() {
        sum += (CODE_CHARACTERS - place) * ALPHABET.iter().position(|known| known == byte)?;
    }
    Some(sum % ALPHABET.len())
}

/// Makes a code of random bytes; `random` fills them.
pub fn make_code(random: &mut dyn FnMut(&mut [u8])) -> String {
    // The greatest multiple of the alphabet that a byte can be below: no character is likelier than another.
    const FAIR: u8 = (u8::MAX as usize / ALPHABET.len() * ALPHABET.len()) as u8;
    let mut code = Vec::with_capacity(CODE_CHARACTERS);
    while code.len() < RANDOM_CHARACTERS {
        let mut bytes = [0; RANDOM_CHARACTERS];
        random(&mut bytes);
        let fair = bytes.iter().filter(|byte| **byte < FAIR).map(|byte| ALPHABET[usize::from(*byte) % ALPHABET.len()]);
        code.extend(fair.take(RANDOM_CHARACTERS - code.len()));
    }
    // The last place weighs one.
    let rest = sum(&code).unwrap_or(0);
    code.push(ALPHABET[(ALPHABET.len() - rest) % ALPHABET.len()]);
    code.into_iter().map(char::from).collect()
}

/// A code as it is printed: in groups.
pub fn shown_code(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = characters.chunks(5).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

impl Code {
    /// Reads a code as somebody wrote it: capitals or not, with blanks and hyphens.
    ///
    /// # Errors
    /// A text that cannot be a code, or does not add up.
    pub fn read(text: &str) -> Result<Self, CodeFault> {
        let kept = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').take(CODE_CHARACTERS + 1);
        let code: String = kept.map(|letter| letter.to_ascii_uppercase()).collect();
        if (SHARED_CHARACTERS_MIN..=SHARED_CHARACTERS_MAX).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            return Ok(Code::Shared(code));
        }
        let adds_up = code.len() == CODE_CHARACTERS && sum(code.as_bytes()) == Some(0);
        if adds_up { Ok(Code::Single(code)) } else { Err(CodeFault::Mistyped) }
    }

    /// The code itself.
    pub fn text(&self) -> &str {
        match self {
            Code::Single(code) | Code::Shared(code) => code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_code(seed: u8) -> String {
        let mut next = seed;
        make_code(&mut |bytes| {
            bytes.iter_mut().for_each(|byte| {
                next = next.wrapping_mul(109).wrapping_add(89);
                *byte = next;
            });
        })
    }

    #[test]
    fn a_code_adds_up_and_is_read_as_people_write_it() {
        for seed in 0..200 {
            let code = some_code(seed);
            assert_eq!(code.len(), CODE_CHARACTERS);
            let shown = shown_code(&code);
            assert_eq!(shown.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 4]);
            for written in [code.clone(), shown.to_lowercase(), format!(" {} ", shown.replace('-', " "))] {
                assert_eq!(Code::read(&written), Ok(Code::Single(code.clone())), "{written}");
            }
        }
    }

    #[test]
    fn a_wrong_character_and_two_exchanged_ones_are_noticed() {
        for seed in 0..40 {
            let code = some_code(seed).into_bytes();
            for place in 0..CODE_CHARACTERS {
                for other in ALPHABET.iter().filter(|other| **other != code[place]) {
                    let mut wrong = code.clone();
                    wrong[place] = *other;
                    assert_eq!(Code::read(std::str::from_utf8(&wrong).unwrap()), Err(CodeFault::Mistyped));
                }
                for with in 0..place {
                    let mut wrong = code.clone();
                    wrong.swap(place, with);
                    let expected = wrong == code;
                    assert_eq!(Code::read(std::str::from_utf8(&wrong).unwrap()).is_ok(), expected);
                }
            }
        }
    }

    #[test]
    fn shared_codes_are_told_by_their_length() {
        for (text, expected) in [
            ("welcome-10", Ok(Code::Shared("WELCOME10".to_owned()))),
            ("ab", Err(CodeFault::Mistyped)),
            ("", Err(CodeFault::Mistyped)),
            ("환영합니다", Err(CodeFault::Mistyped)),
            ("ABCDEFGHJKMNP", Err(CodeFault::Mistyped)),
            ("ABCDE-FGHJK-MNPQR", Err(CodeFault::Mistyped)),
        ] {
            assert_eq!(Code::read(text), expected, "{text}");
        }
    }
}

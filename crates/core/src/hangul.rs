//! Hangul as it leaves a Korean keyboard: initial consonants, and the keystrokes that make up a syllable.

const FIRST_SYLLABLE: u32 = '가' as u32;
/// How many syllables share an initial consonant (The Unicode Standard, 3.12, "Hangul syllable decomposition").
const SYLLABLES_PER_CONSONANT: u32 = 588;

/// Whether a character is a whole Hangul syllable.
pub(crate) fn is_syllable(character: char) -> bool {
    matches!(character, '가'..='힣')
}

/// Whether a character is an initial consonant (conjoining form) that belongs to no syllable.
pub(crate) fn is_lone_consonant(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{1112}')
}

/// The initial consonant of a syllable, as a conjoining character; any other character unchanged.
pub(crate) fn initial_consonant(character: char) -> char {
    if !is_syllable(character) {
        return character;
    }
    let consonant = (u32::from(character) - FIRST_SYLLABLE) / SYLLABLES_PER_CONSONANT;
    char::from_u32(0x1100 + consonant).unwrap_or(character)
}

/// The two consonants of a pair that the two-set keyboard (KS X 5002) joins into one character, as single letters.
pub(crate) fn consonant_pair(character: char) -> Option<&'static str> {
    match character {
        'ㄳ' => Some("ㄱㅅ"),
        'ㄵ' => Some("ㄴㅈ"),
        'ㄶ' => Some("ㄴㅎ"),
        'ㄺ' => Some("ㄹㄱ"),
        'ㄻ' => Some("ㄹㅁ"),
        'ㄼ' => Some("ㄹㅂ"),
        'ㄽ' => Some("ㄹㅅ"),
        'ㄾ' => Some("ㄹㅌ"),
        'ㄿ' => Some("ㄹㅍ"),
        'ㅀ' => Some("ㄹㅎ"),
        'ㅄ' => Some("ㅂㅅ"),
        _ => None,
    }
}

/// The keys of the two-set keyboard (KS X 5002) that type a conjoining jamo, as single letters; none for any other character.
pub(crate) fn keystrokes(jamo: char) -> Option<&'static str> {
    const INITIALS: [&str; 19] =
        ["ㄱ", "ㄲ", "ㄴ", "ㄷ", "ㄸ", "ㄹ", "ㅁ", "ㅂ", "ㅃ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅉ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"];
    const VOWELS: [&str; 21] = [
        "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ", "ㅠ",
        "ㅡ", "ㅡㅣ", "ㅣ",
    ];
    const FINALS: [&str; 27] = [
        "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ", "ㅁ", "ㅂ",
        "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
    ];
    let code = u32::from(jamo) as usize;
    match jamo {
        '\u{1100}'..='\u{1112}' => Some(INITIALS[code - 0x1100]),
        '\u{1161}'..='\u{1175}' => Some(VOWELS[code - 0x1161]),
        '\u{11A8}'..='\u{11C2}' => Some(FINALS[code - 0x11A8]),
        _ => None,
    }
}

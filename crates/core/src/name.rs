//! Names as they are looked for: by what is written, by pinyin and its initials (张伟 by `zw`), and by Hangul as it leaves
//! the keyboard and its initial consonants (김철수 by `ㄱㅊㅅ`).
//!
//! Terms are opaque keys. A name is found by a query when one of its [`search_terms`] starts with the [`query_term`], compared as
//! bytes; [`prefix_end`] gives the other end of that range.

use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::hangul;
use crate::surname;

/// The most terms of one name.
pub const TERMS_MAX: usize = 12;

/// The most bytes of one term; a longer one is cut between characters, and so is a query.
pub const TERM_BYTES_MAX: usize = 64;

/// The terms under which a name is kept, the most telling first: at most [`TERMS_MAX`] of at most [`TERM_BYTES_MAX`] bytes, none
/// of them the beginning of another. They are lower-case, without diacritics, spaces and punctuation; Hangul is spelled out in the
/// keys of the two-set keyboard, so that a syllable half typed finds the whole one.
pub fn search_terms(name: &str) -> Vec<String> {
    let words = words(&composed(name));
    let mut terms = rotations(&words);
    for word in &words {
        match word.script {
            Script::Han => push_han(&mut terms, &word.text),
            Script::Hangul => push_hangul(&mut terms, &word.text),
            Script::Other => {}
        }
    }
    push_initials(&mut terms, &words);
    most_telling(terms)
}

/// The beginning of a term that a query asks for. Empty where nothing that could be in a name was typed.
pub fn query_term(query: &str) -> String {
    let composed = composed(query);
    let syllables = composed.chars().filter(|c| hangul::is_syllable(*c)).count();
    let lone_consonants = composed.chars().filter(|c| hangul::is_lone_consonant(*c)).count();
    // A syllable followed by initials, 김ㅊㅅ, is no beginning of the name as typed; of its initials it is.
    let asked =
        if syllables > 0 && lone_consonants > 1 { composed.chars().map(hangul::initial_consonant).collect() } else { composed };
    let term = words(&asked).iter().map(|word| folded(&word.text)).collect();
    cut(term)
}

/// The exclusive upper bound, in byte order, of the texts that start with `term`: `term <= x AND x < prefix_end(term)`. None where
/// there is no upper bound, as for the empty term.
pub fn prefix_end(term: &str) -> Option<String> {
    let mut end = term.to_owned();
    while let Some(last) = end.pop() {
        // The range skips the surrogates, and UTF-8 keeps the order of code points.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// A name shown to someone who may not see it whole: the surname and, of a given name of two or more, its end, 张*, 王*明, 김*수, 欧阳*;
/// of other names the first letter of each word, `J*** S***`.
pub fn mask_name(name: &str) -> String {
    let masked: Vec<String> = words(&name.nfkc().collect::<String>())
        .iter()
        .map(|word| {
            let characters: Vec<char> = word.text.chars().collect();
            let shown = match word.script {
                Script::Han | Script::Hangul => surname_len(word).min(characters.len() - 1),
                Script::Other => return format!("{}***", characters[0]),
            };
            let hidden_end = if characters.len() - shown > 1 { characters.len() - 1 } else { characters.len() };
            let stars = std::iter::repeat_n('*', hidden_end - shown);
            characters[..shown].iter().copied().chain(stars).chain(characters[hidden_end..].iter().copied()).collect()
        })
        .collect();
    masked.join(" ")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Han,
    Hangul,
    Other,
}

struct Word {
    script: Script,
    text: String,
}

/// The name in Unicode's composed compatibility form, with consonant pairs taken apart first: a Korean keyboard makes one character
/// of ㄱ and ㅅ typed as initials.
fn composed(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    for character in text.chars() {
        match hangul::consonant_pair(character) {
            Some(pair) => apart.push_str(pair),
            None => apart.push(character),
        }
    }
    apart.nfkc().collect()
}

/// What stands between a character and the word before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    Nothing,
    Space,
    Mark,
}

/// The words of a composed name. Scripts are told apart, and a mark parts words, but a space within a Chinese or Korean name does not.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut gap = Gap::Mark;
    for character in text.chars() {
        if matches!(character, '\'' | '’' | 'ʼ' | '`') {
            continue;
        }
        let is_mark_above = is_combining_mark(character);
        if !character.is_alphanumeric() && !is_mark_above {
            gap = gap.max(if character.is_whitespace() { Gap::Space } else { Gap::Mark });
            continue;
        }
        let script = script_of(character);
        let goes_on = match gap {
            Gap::Nothing => true,
            Gap::Space => script != Script::Other,
            Gap::Mark => false,
        };
        match words.last_mut() {
            Some(word) if goes_on && (word.script == script || is_mark_above) => word.text.push(character),
            _ => words.push(Word { script, text: character.to_string() }),
        }
        gap = Gap::Nothing;
    }
    words
}

fn script_of(character: char) -> Script {
    match character {
        '々' | '〇' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => {
            Script::Han
        }
        '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '가'..='힣' => Script::Hangul,
        _ => Script::Other,
    }
}

/// A word in the letters that terms are made of: decomposed, without diacritics, lower-case, Hangul as hangul::keystrokes.
fn folded(text: &str) -> String {
    let mut letters = String::with_capacity(text.len() * 2);
    for character in text.nfkd().filter(|c| !matches!(c, '\u{0300}'..='\u{036F}')) {
        match hangul::keystrokes(character) {
            Some(keys) => letters.push_str(keys),
            None => letters.extend(character.to_lowercase()),
        }
    }
    letters
}

/// The whole name begun at each of its words, so that a query may start with any of them; also its first word before its last, for
/// those who leave out a middle name.
fn rotations(words: &[Word]) -> Vec<String> {
    let folded: Vec<String> = words.iter().map(|word| folded(&word.text)).collect();
    let mut terms: Vec<String> = (0..folded.len()).map(|start| [&folded[start..], &folded[..start]].concat().concat()).collect();
    if let [first, _, .., last] = folded.as_slice() {
        terms.push(format!("{first}{last}"));
    }
    terms
}

/// Initials of the words of a name in letters, begun at each of them.
fn push_initials(terms: &mut Vec<String>, words: &[Word]) {
    let initials: Vec<String> = words
        .iter()
        .filter(|word| word.script == Script::Other)
        .filter_map(|word| folded(&word.text).chars().next())
        .map(String::from)
        .collect();
    if initials.len() > 1 {
        terms.extend((0..initials.len()).map(|start| [&initials[start..], &initials[..start]].concat().concat()));
    }
}

/// The terms of a Chinese name: what follows the surname, and pinyin and initials of both.
fn push_han(terms: &mut Vec<String>, name: &str) {
    let characters: Vec<char> = name.chars().collect();
    let syllables: Vec<&str> = characters.iter().map(|c| usual_reading(*c)).collect();
    let compound = surname::compound_han(name);
    let surname_len = if compound.is_some() { 2 } else { 1 };
    let mut readings = vec![syllables.clone()];
    if let Some(compound) = compound {
        readings[0][..2].copy_from_slice(compound);
    } else if let Some(surnames) = surname::readings(characters[0]) {
        readings = surnames.iter().map(|surname| [&[*surname], &syllables[1..]].concat()).collect();
    }
    for syllables in &readings {
        terms.extend([syllables.concat(), initials(syllables)]);
    }
    // After a surname of two that no table knows, as married women in Taiwan and Hong Kong bear, the given name is the last two.
    let given_starts = [Some(surname_len), (characters.len() == 4 && surname_len == 1).then_some(2)];
    for start in given_starts.into_iter().flatten().filter(|start| *start < characters.len()) {
        let given = &syllables[start..];
        terms.extend([characters[start..].iter().collect(), given.concat(), initials(given)]);
    }
    // Some type ü as u, others as v, the key that input methods use.
    if let Some(spelled) = readings.first().map(|syllables| syllables.concat()).filter(|all| all.contains('v')) {
        terms.push(spelled.replace('v', "u"));
    }
}

/// The terms of a Korean name: its initial consonants, what follows the surname, and the initial consonants of that.
fn push_hangul(terms: &mut Vec<String>, name: &str) {
    let surname_syllables = if surname::has_compound_hangul(name) { 2 } else { 1 };
    let given: String = name.chars().skip(surname_syllables).collect();
    let consonants = |text: &str| folded(&text.chars().map(hangul::initial_consonant).collect::<String>());
    terms.extend([consonants(name), folded(&given), consonants(&given)]);
}

fn surname_len(word: &Word) -> usize {
    let is_compound = match word.script {
        Script::Han => surname::compound_han(&word.text).is_some(),
        Script::Hangul => surname::has_compound_hangul(&word.text),
        Script::Other => false,
    };
    if is_compound { 2 } else { 1 }
}

/// The pinyin of a character, without tone and with v for ü; empty for the rare one that has none.
fn usual_reading(character: char) -> &'static str {
    match character.to_pinyin().map(|reading| reading.plain()) {
        Some("lü") => "lv",
        Some("nü") => "nv",
        Some("lüe") => "lve",
        Some("nüe") => "nve",
        Some(reading) => reading,
        None => "",
    }
}

fn initials(syllables: &[&str]) -> String {
    syllables.iter().filter_map(|syllable| syllable.chars().next()).collect()
}

/// Cuts the terms to length and drops those that are empty or the beginning of another, which finds the same.
fn most_telling(terms: Vec<String>) -> Vec<String> {
    let terms: Vec<String> = terms.into_iter().map(cut).filter(|term| !term.is_empty()).collect();
    let mut kept: Vec<String> = Vec::with_capacity(terms.len().min(TERMS_MAX));
    for (position, term) in terms.iter().enumerate() {
        let is_found_by_another = terms.iter().enumerate().any(|(other_position, other)| {
            other.starts_with(term.as_str()) && (other.len() > term.len() || other_position < position)
        });
        if !is_found_by_another && kept.len() < TERMS_MAX {
            kept.push(term.clone());
        }
    }
    kept
}

fn cut(mut term: String) -> String {
    term.truncate(term.floor_char_boundary(TERM_BYTES_MAX));
    term
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(query: &str, name: &str) -> bool {
        let asked = query_term(query);
        let end = prefix_end(&asked);
        search_terms(name).iter().any(|term| {
            let in_range = term.as_bytes() >= asked.as_bytes() && end.as_ref().is_none_or(|end| term.as_bytes() < end.as_bytes());
            assert_eq!(in_range, term.starts_with(&asked), "the range is the prefix");
            in_range
        })
    }

    #[test]
    fn terms_of_names() {
        for (name, expected) in [
            ("张伟", "张伟 zhangwei zw 伟 wei"),
            ("張偉", "張偉 zhangwei zw 偉 wei"),
            ("王小明", "王小明 wangxiaoming wxm 小明 xiaoming xm"),
            ("欧阳修", "欧阳修 ouyangxiu oyx 修 xiu"),
            ("歐陽", "歐陽 ouyang oy 陽 yang"),
            ("司马相如", "司马相如 simaxiangru smxr 相如 xiangru xr"),
            ("諸葛亮", "諸葛亮 zhugeliang zgl 亮 liang"),
            ("尉迟恭", "尉迟恭 yuchigong ycg 恭 gong"),
            ("陳張美玲", "陳張美玲 chenzhangmeiling czml 張美玲 zhangmeiling zml 美玲 meiling ml"),
            ("单小芳", "单小芳 shanxiaofang sxf 小芳 xiaofang xf"),
            ("盖小天", "盖小天 gaixiaotian gxt gexiaotian 小天 xiaotian xt"),
            ("吕布", "吕布 lvbu lb 布 bu lubu"),
            ("김철수", "ㄱㅣㅁㅊㅓㄹㅅㅜ ㄱㅊㅅ ㅊㅓㄹㅅㅜ ㅊㅅ"),
            ("남궁민", "ㄴㅏㅁㄱㅜㅇㅁㅣㄴ ㄴㄱㅁ ㅁㅣㄴ"),
            ("John Smith", "johnsmith smithjohn js sj"),
            ("Renée O’Brien", "reneeobrien obrienrenee ro or"),
            ("Mary Ann Lee", "maryannlee annleemary leemaryann marylee mal alm lma"),
            ("李 David", "李david david李 li"),
            ("", ""),
            (" -·- ", ""),
            ("会员123", "会员123 123会员 huiyuan hy 员 yuan"),
        ] {
            assert_eq!(search_terms(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn queries_find_names() {
        for (query, name, expected) in [
            ("张", "张伟", true),
            ("张伟", "张伟", true),
            ("张 伟", "张伟", true),
            ("张伟", "张 伟", true),
            ("伟", "张伟", true),
            ("zw", "张伟", true),
            ("ZW", "张伟", true),
            ("ｚｗ", "张伟", true),
            ("zhang wei", "张伟", true),
            ("Zhangw", "张伟", true),
            ("wei", "张伟", true),
            ("zw", "張偉", true),
            ("wz", "张伟", false),
            ("李", "张伟", false),
            ("zengxiaowei", "曾小伟", true),
            ("zxw", "曾小伟", true),
            ("cengxiaowei", "曾小伟", false),
            ("xie", "解小东", true),
            ("qiu", "仇小明", true),
            ("zha", "查小明", true),
            ("zhai", "翟小天", true),
            ("di", "翟小天", true),
            ("gai", "盖小天", true),
            ("ge", "盖小天", true),
            ("piao", "朴小树", true),
            ("ou", "区小强", true),
            ("lv", "吕布", true),
            ("lu", "吕布", true),
            ("lü", "吕布", true),
            ("tantai", "澹台灭明", true),
            ("aili", "买买提·艾力", true),
            ("艾力", "买买提·艾力", true),
            ("김", "김철수", true),
            ("김철수", "김철수", true),
            ("김 철수", "김철수", true),
            ("철수", "김철수", true),
            ("ㄱ", "김철수", true),
            ("ㄱㅊㅅ", "김철수", true),
            ("ㅊㅅ", "김철수", true),
            ("\u{1100}\u{110E}\u{1109}", "김철수", true),
            ("ﾡﾺﾵ", "김철수", true),
            ("\u{1100}\u{1175}\u{11B7}", "김철수", true),
            ("기", "김철수", true),
            ("김ㅊ", "김철수", true),
            ("김처", "김철수", true),
            ("김첤", "김철수", true),
            ("김ㅊㅅ", "김철수", true),
            ("ㄳㅎ", "김숙희", true),
            ("고", "과수원", true),
            ("ㅅㄱ", "김철수", false),
            ("박", "김철수", false),
            ("john", "John Smith", true),
            ("SMITH j", "John Smith", true),
            ("smith, john", "John Smith", true),
            ("js", "John Smith", true),
            ("renee", "Renée O'Brien", true),
            ("RENÉE", "Renee O'Brien", true),
            ("o'b", "Renée O’Brien", true),
            ("mary lee", "Mary Ann Lee", true),
            ("mith", "John Smith", false),
            ("さく", "さくら", true),
            ("がく", "か\u{3099}くと", true),
        ] {
            assert_eq!(finds(query, name), expected, "{query} in {name}: {:?}", search_terms(name));
        }
    }

    #[test]
    fn ends_of_ranges() {
        for (term, expected) in [
            ("zw", Some("zx")),
            ("a\u{7f}", Some("a\u{80}")),
            ("\u{7ff}", Some("\u{800}")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(prefix_end(term).as_deref(), expected, "{term:?}");
        }
    }

    #[test]
    fn masks() {
        for (name, expected) in [
            ("张伟", "张*"),
            ("王小明", "王*明"),
            ("司马相如", "司马*如"),
            ("欧阳修", "欧阳*"),
            ("欧阳", "欧*"),
            ("김철수", "김*수"),
            ("김 철수", "김*수"),
            ("남궁민", "남궁*"),
            ("John Smith", "J*** S***"),
            ("李", "*"),
            ("さくら", "さ***"),
            ("", ""),
        ] {
            assert_eq!(mask_name(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn terms_keep_their_bounds(name in ".{0,60}|[가-힣ㄱ-ㅎ一-龥a-zA-Z '·]{0,40}") {
            let terms = search_terms(&name);
            prop_assert!(terms.len() <= TERMS_MAX);
            for term in &terms {
                prop_assert!(!term.is_empty() && term.len() <= TERM_BYTES_MAX);
            }
            mask_name(&name);
        }

        #[test]
        fn every_name_is_found_by_its_beginnings(name in "[가-힣]{2,5}|[一-龥]{2,5}|[a-zA-Zéü]{1,9}( [a-zA-Zéü]{1,9}){0,3}") {
            for (end, character) in name.char_indices() {
                let typed = &name[..end + character.len_utf8()];
                prop_assert!(finds(typed, &name), "{} in {}: {:?}", typed, name, search_terms(&name));
            }
        }

        #[test]
        fn the_end_of_a_range_is_above_all_of_it(term in ".{1,6}", rest in ".{0,6}") {
            if let Some(end) = prefix_end(&term) {
                let inside = format!("{term}{rest}");
                prop_assert!(inside.as_bytes() < end.as_bytes());
                prop_assert!(end.as_bytes() > term.as_bytes());
            }
        }
    }
}

//! How names sound, in whatever script they are written: Chinese by pinyin, Korean by the Revised Romanization, others by their letters.
//!
//! People write the same name in several ways: 張偉, 张伟 and Zhang Wei; 김철수, Kim Cheolsu and KIM CHUL-SOO. What stays is the order of the
//! consonants, folded by how they are made ([`skeleton`]).

use std::collections::HashMap;
use std::sync::LazyLock;

use pinyin::ToPinyin;
use unicode_normalization::UnicodeNormalization;

use crate::hangul;
use crate::surname;

/// The most readings of one name.
const READINGS_MAX: usize = 4;
/// The fewest consonants of a skeleton by which names are found.
const SKELETON_MIN: usize = 2;

/// Initial consonants of the Revised Romanization of Korean (Ministry of Culture and Tourism, notice 2000-8).
const INITIALS: [&str; 19] = ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h"];
const VOWELS: [&str; 21] =
    ["a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu", "ui", "i"];
const FINALS: [&str; 28] = [
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t", "t", "k",
    "t", "p", "t",
];

/// Korean surnames as passports have them, and as the Revised Romanization writes them.
const SURNAMES: [(&str, &str); 17] = [
    ("lee", "i"),
    ("yi", "i"),
    ("rhee", "i"),
    ("park", "bak"),
    ("kim", "gim"),
    ("lim", "im"),
    ("rim", "im"),
    ("noh", "no"),
    ("roh", "no"),
    ("yoo", "yu"),
    ("ryu", "yu"),
    ("ryoo", "yu"),
    ("ahn", "an"),
    ("oh", "o"),
    ("woo", "u"),
    ("shin", "sin"),
    ("moon", "mun"),
];

/// Characters of names in traditional writing, each followed by the simplified one (State Council of China, General List of
/// Simplified Characters, 1986).
const SIMPLIFIED: &str = "張张陳陈劉刘楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢許许韓韩馮冯鄧邓蕭萧葉叶蔣蒋呂吕蘇苏盧卢賈贾閻阎陸陆範范鍾钟譚谭\
    廖廖鄒邹熊熊龍龙萬万錢钱湯汤賴赖龔龚顧顾嚴严歐欧陽阳偉伟強强軍军傑杰濤涛鵬鹏輝辉麗丽豔艳紅红華华蘭兰鳳凤蓮莲瓊琼雲云霞霞靜静潔洁\
    瑩莹貞贞惠惠寶宝國国慶庆東东榮荣興兴建建學学義义誌志勝胜剛刚飛飞銳锐鈞钧銘铭鋒锋鑫鑫鐵铁鋼钢錦锦鎮镇澤泽潤润漢汉濱滨瀟潇灣湾\
    歡欢樂乐愛爱憶忆懷怀悅悦慧慧詩诗語语誠诚謙谦議议諾诺誼谊論论證证譯译貴贵賢贤賓宾質质賴赖贊赞衛卫進进遠远運运達达遙遥邁迈連连\
    長长門门開开閃闪間间關关陰阴隊队階阶際际隨随險险雙双難难電电霧雾靈灵韻韵響响頂顶順顺預预領领頻频題题顏颜願愿類类顯显風风飄飘\
    養养館馆駿骏驍骁驕骄驗验魯鲁鮮鲜鳴鸣鴻鸿鵑鹃鶴鹤鷹鹰鹽盐麥麦齊齐齡龄龐庞龜龟權权楓枫業业極极楨桢構构標标樹树橋桥機机檳槟櫻樱\
    藍蓝蘊蕴蘆芦薩萨薔蔷薇薇蔔卜葦苇蒼苍蓋盖莊庄莖茎藝艺藥药虛虚號号蟬蝉裝装製制複复見见規规視视親亲覺觉觀观諸诸謀谋謹谨譽誉讀读\
    讓让豐丰財财貢贡貫贯貨货責责買买費费資资賀贺趕赶車车軒轩輕轻較较載载輔辅輩辈輪轮農农遊游適适選选還还邊边鄉乡釗钊鈴铃銀银銅铜\
    鋭锐錄录鍵键鎖锁鏡镜鐘钟閣阁閔闵聞闻聖圣聯联聰聪聲声職职肅肃脈脉脫脱膠胶臨临舉举與与舊旧艦舰艱艰瑋玮瑤瑶璽玺環环瓏珑產产畢毕\
    畫画當当瘋疯發发盡尽監监眾众睿睿碩硕確确礎础禮礼禪禅禎祯種种稱称穎颖積积穩稳窮穷竇窦競竞筆笔節节範范築筑簡简籃篮糧粮紀纪約约\
    紋纹納纳純纯紗纱紙纸級级紛纷細细終终組组結结絕绝給给絡络統统絲丝綠绿維维綱纲網网綵彩綺绮綿绵緒绪線线緣缘編编緩缓練练縣县總总\
    績绩繁繁織织繪绘繼继續续纓缨羨羡習习";

/// A way to read a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// How it is written: letters only, lower-case, Chinese in simplified characters.
    pub written: String,
    /// How it sounds, in Latin letters.
    pub sound: String,
    /// Its consonants, folded.
    pub skeleton: String,
}

fn simplified(character: char) -> char {
    static PAIRS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        let characters: Vec<char> = SIMPLIFIED.chars().collect();
        characters.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    });
    PAIRS.get(&character).copied().unwrap_or(character)
}

fn romanised(syllable: char) -> String {
    let code = u32::from(syllable) as usize - '가' as usize;
    [INITIALS[code / 588], VOWELS[code % 588 / 28], FINALS[code % 28]].concat()
}

/// The words of a name in letters alone.
fn words(name: &str) -> Vec<String> {
    let plain: String =
        name.nfkd().filter(|c| !matches!(c, '\u{0300}'..='\u{036F}')).nfc().flat_map(char::to_lowercase).collect();
    let words = plain.split(|c: char| c.is_whitespace() || c == ',' || c == '·');
    words
        .map(|word| word.chars().filter(|c| c.is_alphabetic()).map(simplified).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn pinyin_of(character: char) -> String {
    character.to_pinyin().map(|reading| reading.plain().replace('ü', "u")).unwrap_or_default()
}

/// The sounds of a text without spaces; several where a Chinese surname is read in several ways.
fn sounds(text: &str) -> Vec<String> {
    let first = text.chars().next();
    let rest = |from: usize| -> String {
        let spelled = text.chars().skip(from).map(|c| match c {
            c if is_han(c) => pinyin_of(c),
            c if hangul::is_syllable(c) => romanised(c),
            c => c.to_string(),
        });
        spelled.collect()
    };
    if let Some(compound) = surname::compound_han(text) {
        return vec![format!("{}{}", compound.concat(), rest(2))];
    }
    match first.filter(|c| is_han(*c)).and_then(surname::readings) {
        Some(readings) => readings.iter().map(|surname| format!("{}{}", surname.replace('v', "u"), rest(1))).collect(),
        None => vec![rest(0)],
    }
}

/// Consonants by how they are made: k and g, t and d, p and b, l and r, the affricates, the sibilants and the nasals are one each; vowels,
/// half vowels and h are left out, and so is what is doubled.
fn folded(sound: &str) -> String {
    let letters: Vec<char> = sound.chars().filter(char::is_ascii_lowercase).collect();
    let mut out = String::with_capacity(letters.len());
    let mut at = 0;
    while at < letters.len() {
        let next = letters.get(at + 1).copied();
        let (class, taken) = match (letters[at], next) {
            ('z' | 'c', Some('h')) | ('t', Some('z' | 's')) => (Some('C'), 2),
            ('s', Some('h')) => (Some('S'), 2),
            ('n', Some('g')) => (Some('N'), 2),
            ('c' | 'j' | 'q' | 'z', _) => (Some('C'), 1),
            ('s' | 'x', _) => (Some('S'), 1),
            ('k' | 'g', _) => (Some('K'), 1),
            ('t' | 'd', _) => (Some('T'), 1),
            ('p' | 'b', _) => (Some('P'), 1),
            ('l' | 'r', _) => (Some('L'), 1),
            ('f', _) => (Some('F'), 1),
            ('m', _) => (Some('M'), 1),
            ('n', _) => (Some('N'), 1),
            _ => (None, 1),
        };
        if let Some(class) = class.filter(|class| !out.ends_with(*class)) {
            out.push(class);
        }
        at += taken;
    }
    out
}

/// The ways to read a name: as it is written, and one in letters also with its last word first, and with a Korean surname as it is
/// romanised.
pub fn readings(name: &str) -> Vec<Reading> {
    let words = words(name);
    let is_latin = words.iter().all(|word| word.chars().all(|c| c.is_ascii_alphabetic()));
    let mut orders = vec![words.clone()];
    if is_latin && words.len() > 1 {
        let mut turned = words.clone();
        turned.rotate_right(1);
        orders.push(turned);
    }
    let mut found: Vec<Reading> = Vec::new();
    for order in orders {
        let written = order.concat();
        let mut sounded = sounds(&written);
        if is_latin && order.len() > 1 {
            let surname = SURNAMES.iter().find(|(known, _)| *known == order[0]);
            sounded.extend(surname.map(|(_, official)| format!("{official}{}", order[1..].concat())));
        }
        for sound in sounded {
            let reading = Reading { written: written.clone(), skeleton: folded(&sound), sound };
            if !reading.written.is_empty() && !found.contains(&reading) && found.len() < READINGS_MAX {
                found.push(reading);
            }
        }
    }
    found
}

/// The skeletons by which a name is found; none of one that has too few consonants.
pub fn skeletons(name: &str) -> Vec<String> {
    let mut skeletons: Vec<String> = readings(name).into_iter().map(|reading| reading.skeleton).collect();
    skeletons.retain(|skeleton| skeleton.len() >= SKELETON_MIN);
    skeletons.sort_unstable();
    skeletons.dedup();
    skeletons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_traditional_character_has_a_simplified_one() {
        let characters: Vec<char> = SIMPLIFIED.chars().collect();
        assert_eq!(characters.len() % 2, 0);
        assert!(characters.iter().all(|c| is_han(*c)));
    }

    #[test]
    fn names_meet_across_scripts() {
        for (one, other, written, sound) in [
            ("张伟", "張偉", true, true),
            ("张伟", "Zhang Wei", false, true),
            ("张伟", "WEI ZHANG", false, true),
            ("欧阳修", "Ouyang Xiu", false, true),
            ("曾小伟", "Zeng Xiaowei", false, true),
            ("김철수", "Gim Cheolsu", false, true),
            ("김철수", "KIM CHUL-SOO", false, false),
            ("박영희", "Park Younghee", false, false),
            ("이민호", "Lee Min Ho", false, true),
            ("Renée O’Brien", "renee obrien", true, true),
        ] {
            let (a, b) = (readings(one), readings(other));
            let meet = |part: fn(&Reading) -> &String| a.iter().any(|a| b.iter().any(|b| part(a) == part(b)));
            assert_eq!((meet(|r| &r.written), meet(|r| &r.sound)), (written, sound), "{one} {other}: {a:?} {b:?}");
            assert!(meet(|r| &r.skeleton), "{one} {other}: {a:?} {b:?}");
        }
        for (one, other) in [("김철수", "박영희"), ("王小明", "李小红"), ("John Smith", "Mary Lee")] {
            assert!(skeletons(one).iter().all(|skeleton| !skeletons(other).contains(skeleton)), "{one} {other}");
        }
        for name in ["", "…", "李", "Wu Yi"] {
            assert_eq!(skeletons(name), [""; 0], "{name}");
        }
    }
}

//! Surnames: which ones take two characters or syllables, and how those are read whose characters are usually read otherwise.

/// Chinese surnames of two characters, simplified and traditional, with their reading in pinyin.
const COMPOUND_HAN: &[(&str, [&str; 2])] = &[
    ("欧阳", ["ou", "yang"]),
    ("歐陽", ["ou", "yang"]),
    ("司马", ["si", "ma"]),
    ("司馬", ["si", "ma"]),
    ("诸葛", ["zhu", "ge"]),
    ("諸葛", ["zhu", "ge"]),
    ("上官", ["shang", "guan"]),
    ("皇甫", ["huang", "fu"]),
    ("尉迟", ["yu", "chi"]),
    ("尉遲", ["yu", "chi"]),
    ("夏侯", ["xia", "hou"]),
    ("东方", ["dong", "fang"]),
    ("東方", ["dong", "fang"]),
    ("司徒", ["si", "tu"]),
    ("司空", ["si", "kong"]),
    ("令狐", ["ling", "hu"]),
    ("慕容", ["mu", "rong"]),
    ("长孙", ["zhang", "sun"]),
    ("長孫", ["zhang", "sun"]),
    ("宇文", ["yu", "wen"]),
    ("公孙", ["gong", "sun"]),
    ("公孫", ["gong", "sun"]),
    ("轩辕", ["xuan", "yuan"]),
    ("軒轅", ["xuan", "yuan"]),
    ("独孤", ["du", "gu"]),
    ("獨孤", ["du", "gu"]),
    ("南宫", ["nan", "gong"]),
    ("南宮", ["nan", "gong"]),
    ("端木", ["duan", "mu"]),
    ("澹台", ["tan", "tai"]),
    ("澹臺", ["tan", "tai"]),
    ("呼延", ["hu", "yan"]),
    ("闻人", ["wen", "ren"]),
    ("聞人", ["wen", "ren"]),
    ("钟离", ["zhong", "li"]),
    ("鍾離", ["zhong", "li"]),
    ("申屠", ["shen", "tu"]),
    ("万俟", ["mo", "qi"]),
    ("萬俟", ["mo", "qi"]),
    ("鲜于", ["xian", "yu"]),
    ("鮮于", ["xian", "yu"]),
    ("闾丘", ["lv", "qiu"]),
    ("閭丘", ["lv", "qiu"]),
    ("赫连", ["he", "lian"]),
    ("赫連", ["he", "lian"]),
    ("濮阳", ["pu", "yang"]),
    ("濮陽", ["pu", "yang"]),
    ("淳于", ["chun", "yu"]),
    ("单于", ["chan", "yu"]),
    ("單于", ["chan", "yu"]),
    ("完颜", ["wan", "yan"]),
    ("完顏", ["wan", "yan"]),
    ("东郭", ["dong", "guo"]),
    ("東郭", ["dong", "guo"]),
    ("西门", ["xi", "men"]),
    ("西門", ["xi", "men"]),
    ("百里", ["bai", "li"]),
    ("公冶", ["gong", "ye"]),
    ("拓跋", ["tuo", "ba"]),
    ("纳兰", ["na", "lan"]),
    ("納蘭", ["na", "lan"]),
    ("耶律", ["ye", "lv"]),
    ("范姜", ["fan", "jiang"]),
];

/// Korean surnames of two syllables.
const COMPOUND_HANGUL: &[&str] = &["남궁", "황보", "제갈", "사공", "독고", "선우", "서문", "동방", "망절", "어금"];

/// Characters that as a surname are read otherwise than in running text: the readings in use, the usual one first.
const READINGS: &[(char, &[&str])] = &[
    ('单', &["shan"]),
    ('單', &["shan"]),
    ('曾', &["zeng"]),
    ('解', &["xie"]),
    ('仇', &["qiu"]),
    ('查', &["zha"]),
    ('翟', &["zhai", "di"]),
    ('盖', &["gai", "ge"]),
    ('蓋', &["gai", "ge"]),
    ('朴', &["piao"]),
    ('区', &["ou"]),
    ('區', &["ou"]),
    ('缪', &["miao"]),
    ('繆', &["miao"]),
    ('乐', &["yue", "le"]),
    ('樂', &["yue", "le"]),
    ('覃', &["qin", "tan"]),
    ('员', &["yun"]),
    ('員', &["yun"]),
    ('繁', &["po"]),
    ('召', &["shao"]),
    ('洗', &["xian"]),
    ('折', &["she"]),
    ('种', &["chong"]),
    ('重', &["chong"]),
    ('黑', &["he"]),
    ('秘', &["bi"]),
    ('祕', &["bi"]),
    ('牟', &["mu", "mou"]),
    ('能', &["nai"]),
    ('佴', &["nai"]),
    ('祭', &["zhai"]),
    ('句', &["gou"]),
    ('薄', &["bo"]),
    ('都', &["du"]),
    ('藏', &["zang"]),
    ('隗', &["kui", "wei"]),
    ('郇', &["xun", "huan"]),
    ('谌', &["chen", "shen"]),
    ('諶', &["chen", "shen"]),
    ('阚', &["kan"]),
    ('闞', &["kan"]),
    ('乜', &["nie"]),
];

/// The reading of the compound Chinese surname with which a name starts; none where the name is no longer than the surname's
/// two characters and could as well be a surname and a given name of one.
pub(crate) fn compound_han(name: &str) -> Option<&'static [&'static str; 2]> {
    COMPOUND_HAN.iter().find(|(surname, _)| name.len() > surname.len() && name.starts_with(surname)).map(|(_, reading)| reading)
}

/// Whether a Korean name starts with a surname of two syllables that a given name follows.
pub(crate) fn has_compound_hangul(name: &str) -> bool {
    COMPOUND_HANGUL.iter().any(|surname| name.len() > surname.len() && name.starts_with(surname))
}

/// How a character is read as a surname, where that is not its usual reading.
pub(crate) fn readings(surname: char) -> Option<&'static [&'static str]> {
    READINGS.iter().find(|(character, _)| *character == surname).map(|(_, readings)| *readings)
}

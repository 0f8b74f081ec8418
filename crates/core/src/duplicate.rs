//! Members who may be one person: by what they are found, and how sure one can be.
//!
//! Two files are held against each other field by field. What agrees adds the logarithm of how much likelier that is of one person than of
//! two, and what differs takes away (I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", Journal of the American Statistical
//! Association 64, 1969). The weights are in bits. They are set, not fitted: from how often two people share a birthday, a name or the end
//! of a number, and from how often one person's file is written in two ways.
//!
//! Nobody is compared with everybody: only those who share a [`Clue`]. A clue that many share — a shop's tablet, a placeholder, a whole
//! town — says nothing of any of them and is left out.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use crate::birthday::{Birthday, LunarKind};
use crate::language::Language;
use crate::member::Gender;
use crate::sound::{Reading, readings, skeletons};

/// From how sure on, in percent, two files are suggested as one person's.
pub const SUGGESTED_FROM: u8 = 50;
/// Of so many members one has a second file: what is expected before any two are looked at.
const SECOND_FILES_IN: f64 = 50.0;
/// A brand is taken for at least so large, so that a handful of members does not make everybody alike.
const MEMBERS_MIN: i64 = 1_000;
/// The most members who share a clue by which they are compared.
pub const COMPARED_MAX: i64 = 50;
/// The most members who share an address or the name of a mailbox before it is taken for somebody else's: a shop's, a firm's.
pub const SHARED_MAX: i64 = 6;
/// The fewest characters of a mailbox's name that tell somebody.
const MAILBOX_CHARACTERS_MIN: usize = 5;
/// The fewest characters of an address that tell where somebody lives, and not only in which town.
const ADDRESS_CHARACTERS_MIN: usize = 6;

/// What is known of somebody that tells her from others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traits {
    /// Her name.
    pub name: Option<String>,
    /// Gender as she states it.
    pub gender: Option<Gender>,
    /// Her birthday.
    pub birthday: Option<Birthday>,
    /// Where she lives.
    pub residence: Option<String>,
    /// The store that she belongs to.
    pub store: Option<String>,
    /// Her phone numbers, in E.164.
    pub phones: Vec<String>,
    /// Her e-mail addresses, as they are looked up.
    pub emails: Vec<String>,
}

/// Something that two files of one person are likely to share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Clue {
    /// How a name sounds, with month and day of birth.
    NameBorn(String, u8, u8),
    /// How a name sounds, with the end of a phone number.
    NameEnd(String, String),
    /// How a name sounds, with a phone number without its end.
    NameBegin(String, String),
    /// How a name sounds, with an address.
    NameHome(String, String),
    /// The name of a mailbox, whoever runs it.
    Mailbox(String),
    /// An address.
    Home(String),
}

impl Clue {
    /// The text by which the clue is found again.
    pub fn text(&self) -> String {
        match self {
            Clue::NameBorn(name, month, day) => format!("b\0{name}\0{month}-{day}"),
            Clue::NameEnd(name, end) => format!("e\0{name}\0{end}"),
            Clue::NameBegin(name, begin) => format!("n\0{name}\0{begin}"),
            Clue::NameHome(name, home) => format!("h\0{name}\0{home}"),
            Clue::Mailbox(name) => format!("m\0{name}"),
            Clue::Home(home) => format!("a\0{home}"),
        }
    }

    /// The most members who share it before it says nothing.
    pub fn bound(&self) -> i64 {
        match self {
            Clue::Mailbox(_) | Clue::Home(_) => SHARED_MAX,
            Clue::NameBorn(..) | Clue::NameEnd(..) | Clue::NameBegin(..) | Clue::NameHome(..) => COMPARED_MAX,
        }
    }

    /// Whether those who share it are compared. An address alone tells no person, only whether it is one that many give.
    pub fn compares(&self) -> bool {
        !matches!(self, Clue::Home(_))
    }
}

/// An address as it is compared: without case, width, spaces and punctuation; none where it is too short to tell anything.
fn home(residence: &str) -> Option<String> {
    let text: String = residence.nfkc().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (text.chars().count() >= ADDRESS_CHARACTERS_MIN).then_some(text)
}

/// The name of a mailbox as it is compared: what stands before the at sign, up to a plus (RFC 5233), without dots.
fn mailbox(email: &str) -> Option<String> {
    let (local, _) = email.rsplit_once('@')?;
    let name: String = local.split('+').next()?.chars().filter(|c| *c != '.').collect();
    (name.chars().count() >= MAILBOX_CHARACTERS_MIN).then_some(name)
}

/// The last four digits of a number, and what stands before them.
fn halves(phone: &str) -> (&str, &str) {
    phone.split_at(phone.len() - crate::phone::last_four(phone).len())
}

/// By what somebody is found, without repeats.
pub fn clues(traits: &Traits) -> Vec<Clue> {
    let mut clues = Vec::new();
    let home = traits.residence.as_deref().and_then(home);
    for name in traits.name.as_deref().map(skeletons).unwrap_or_default() {
        if let Some(birthday) = &traits.birthday {
            clues.push(Clue::NameBorn(name.clone(), birthday.month(), birthday.day()));
        }
        for phone in &traits.phones {
            let (begin, end) = halves(phone);
            clues.push(Clue::NameEnd(name.clone(), end.to_owned()));
            clues.push(Clue::NameBegin(name.clone(), begin.to_owned()));
        }
        clues.extend(home.iter().map(|home| Clue::NameHome(name.clone(), home.clone())));
    }
    clues.extend(traits.emails.iter().filter_map(|email| mailbox(email)).map(Clue::Mailbox));
    clues.extend(home.map(Clue::Home));
    clues.sort_unstable();
    clues.dedup();
    clues
}

/// What two files agree or differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateReason)]
pub enum Reason {
    /// The name is written alike; traditional and simplified characters are one.
    NameWritten,
    /// The name sounds alike, in whatever script it is written.
    NameSounds,
    /// The name is nearly the same by its consonants.
    NameNear,
    /// The name is another.
    NameDiffers,
    /// Born on the same day.
    Birthday,
    /// The same month and day; a file says no year.
    BirthdayWithoutYear,
    /// The same month and day of another year.
    BirthdayOfAnotherYear,
    /// Month and day are swapped.
    BirthdaySwapped,
    /// Born on another day.
    BirthdayDiffers,
    /// Phone numbers differ in one digit, or in two that are swapped.
    PhoneNear,
    /// Phone numbers end alike.
    PhoneEnd,
    /// Mailboxes have the same name with different providers.
    Mailbox,
    /// The same address.
    Home,
    /// Another address.
    HomeDiffers,
    /// The same store.
    Store,
    /// Another gender.
    GenderDiffers,
}

impl Reason {
    /// How many bits it adds, or takes away: log₂ of how much likelier it is of one person than of two.
    pub fn bits(self) -> i32 {
        match self {
            // One name in some two thousand pairs is borne by both.
            Reason::NameWritten => 11,
            Reason::NameSounds => 8,
            Reason::NameNear => 5,
            Reason::NameDiffers => -7,
            // One day in some twenty thousand; a month and day one in 365.
            Reason::Birthday => 14,
            Reason::BirthdayWithoutYear => 8,
            Reason::BirthdayOfAnotherYear => 3,
            Reason::BirthdaySwapped => 9,
            Reason::BirthdayDiffers => -6,
            // Some hundred numbers of a hundred million are so near; the end is one in ten thousand.
            Reason::PhoneNear => 16,
            Reason::PhoneEnd => 8,
            Reason::Mailbox => 14,
            // A family shares it, and is told apart by its names.
            Reason::Home => 14,
            Reason::HomeDiffers => -1,
            Reason::Store => 1,
            Reason::GenderDiffers => -8,
        }
    }

    /// The reason in words.
    pub fn words(self, language: Language) -> &'static str {
        language.pick(match self {
            Reason::NameWritten => &["姓名写法相同", "姓名寫法相同", "이름 표기가 같습니다", "The name is written alike"],
            Reason::NameSounds => &["姓名读音相同", "姓名讀音相同", "이름의 소리가 같습니다", "The name sounds alike"],
            Reason::NameNear => &["姓名读音相近", "姓名讀音相近", "이름의 소리가 비슷합니다", "The name sounds nearly alike"],
            Reason::NameDiffers => &["姓名不同", "姓名不同", "이름이 다릅니다", "The name is another"],
            Reason::Birthday => &["出生日期相同", "出生日期相同", "생년월일이 같습니다", "Born on the same day"],
            Reason::BirthdayWithoutYear => &[
                "生日相同（缺年份）",
                "生日相同（缺年份）",
                "생일이 같습니다(연도 없음)",
                "The same birthday; a year is missing",
            ],
            Reason::BirthdayOfAnotherYear => &[
                "生日同月同日，年份不同",
                "生日同月同日，年份不同",
                "생일은 같고 연도가 다릅니다",
                "The same birthday of another year",
            ],
            Reason::BirthdaySwapped => &[
                "生日的月和日对调",
                "生日的月和日對調",
                "생일의 월과 일이 바뀌어 있습니다",
                "Month and day of birth are swapped",
            ],
            Reason::BirthdayDiffers => &["生日不同", "生日不同", "생일이 다릅니다", "Born on another day"],
            Reason::PhoneNear => {
                &["手机号只差一位", "手機號碼只差一碼", "전화번호가 한 자리만 다릅니다", "Phone numbers differ in one digit"]
            }
            Reason::PhoneEnd => {
                &["手机号后四位相同", "手機號碼後四碼相同", "전화번호 뒷자리가 같습니다", "Phone numbers end alike"]
            }
            Reason::Mailbox => {
                &["邮箱用户名相同", "電子郵件帳號名稱相同", "이메일 아이디가 같습니다", "E-mail addresses begin alike"]
            }
            Reason::Home => &["地址相同", "地址相同", "주소가 같습니다", "The same address"],
            Reason::HomeDiffers => &["地址不同", "地址不同", "주소가 다릅니다", "Another address"],
            Reason::Store => &["所属门店相同", "所屬門市相同", "소속 매장이 같습니다", "The same store"],
            Reason::GenderDiffers => &["性别不同", "性別不同", "성별이 다릅니다", "Another gender"],
        })
    }
}

/// Which values many share, so that they say nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shared {
    /// The mailbox's name.
    pub mailbox: bool,
    /// The address.
    pub home: bool,
}

/// What two files agree and differ in, the weightiest first.
pub fn compare(one: &Traits, other: &Traits, shared: Shared, lunar: LunarKind) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = [
        names(one, other),
        birthdays(one, other, lunar),
        phones(one, other),
        (!shared.mailbox).then(|| mailboxes(one, other)).flatten(),
        homes(one, other, shared.home),
        (one.store.is_some() && one.store == other.store).then_some(Reason::Store),
        one.gender.zip(other.gender).is_some_and(|(one, other)| one != other).then_some(Reason::GenderDiffers),
    ]
    .into_iter()
    .flatten()
    .collect();
    reasons.sort_by_key(|reason| (-reason.bits(), *reason));
    reasons
}

/// How many bits reasons come to.
pub fn score(reasons: &[Reason]) -> i32 {
    reasons.iter().map(|reason| reason.bits()).sum()
}

/// How sure one can be by so many bits, in percent, in a brand of so many members: of n members any two are one person's with odds of
/// about one to n times twenty-five, before they are looked at.
pub fn percent(score: i32, members: i64) -> u8 {
    let pairs_a_file = members.max(MEMBERS_MIN) as f64 / 2.0;
    let odds = f64::from(score).exp2() / (SECOND_FILES_IN * pairs_a_file);
    (100.0 * odds / (1.0 + odds)).floor().clamp(0.0, 99.0) as u8
}

fn names(one: &Traits, other: &Traits) -> Option<Reason> {
    let (one, other) = (readings(one.name.as_deref()?), readings(other.name.as_deref()?));
    let meet =
        |part: fn(&Reading) -> &String| one.iter().any(|a| other.iter().any(|b| part(a) == part(b) && !part(a).is_empty()));
    if one.is_empty() || other.is_empty() {
        return None;
    }
    Some(if meet(|reading| &reading.written) {
        Reason::NameWritten
    } else if meet(|reading| &reading.sound) {
        Reason::NameSounds
    } else if meet(|reading| &reading.skeleton) {
        Reason::NameNear
    } else {
        Reason::NameDiffers
    })
}

fn birthdays(one: &Traits, other: &Traits, lunar: LunarKind) -> Option<Reason> {
    let (one, other) = (one.birthday?, other.birthday?);
    if let (Some(one), Some(other)) = (one.born_on(lunar), other.born_on(lunar))
        && one == other
    {
        return Some(Reason::Birthday);
    }
    let days = |birthday: &Birthday| (birthday.month(), birthday.day());
    if one.calendar() != other.calendar() {
        return Some(Reason::BirthdayDiffers);
    }
    let same_year = one.year().zip(other.year()).map(|(one, other)| one == other);
    Some(if days(&one) == days(&other) {
        match same_year {
            None => Reason::BirthdayWithoutYear,
            Some(true) => Reason::Birthday,
            Some(false) => Reason::BirthdayOfAnotherYear,
        }
    } else if same_year == Some(true) && (one.month(), one.day()) == (other.day(), other.month()) {
        Reason::BirthdaySwapped
    } else {
        Reason::BirthdayDiffers
    })
}

/// Whether two numbers of one length differ in one digit, or in two neighbours that are swapped.
fn is_near(one: &str, other: &str) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let differing: Vec<usize> = (0..one.len()).filter(|at| one[*at] != other[*at]).collect();
    match differing[..] {
        [_] => true,
        [first, second] => second == first + 1 && one[first] == other[second] && one[second] == other[first],
        _ => false,
    }
}

fn phones(one: &Traits, other: &Traits) -> Option<Reason> {
    let pairs = || one.phones.iter().flat_map(|a| other.phones.iter().map(move |b| (a, b)));
    if pairs().any(|(a, b)| is_near(a, b)) {
        return Some(Reason::PhoneNear);
    }
    pairs().any(|(a, b)| halves(a).1 == halves(b).1).then_some(Reason::PhoneEnd)
}

fn mailboxes(one: &Traits, other: &Traits) -> Option<Reason> {
    let names = |traits: &Traits| -> Vec<String> { traits.emails.iter().filter_map(|email| mailbox(email)).collect() };
    let others = names(other);
    names(one).iter().any(|name| others.contains(name)).then_some(Reason::Mailbox)
}

fn homes(one: &Traits, other: &Traits, shared: bool) -> Option<Reason> {
    let (one, other) = (home(one.residence.as_deref()?)?, home(other.residence.as_deref()?)?);
    match (one == other, shared) {
        (true, true) => None,
        (true, false) => Some(Reason::Home),
        (false, _) => Some(Reason::HomeDiffers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::birthday::Calendar;

    /// `name | year-month-day or month-day | phone | e-mail | address`, parts left out empty.
    fn traits(text: &str) -> Traits {
        let parts: Vec<&str> = text.split('|').map(str::trim).collect();
        let part = |at: usize| parts.get(at).copied().filter(|part| !part.is_empty()).map(str::to_owned);
        Traits {
            name: part(0),
            birthday: part(1).map(|text| Birthday::parse(&text, Calendar::Solar, false).expect("a birthday")),
            phones: part(2).into_iter().collect(),
            emails: part(3).into_iter().collect(),
            residence: part(4),
            ..Traits::default()
        }
    }

    #[test]
    fn files_of_one_person_and_of_two() {
        for (one, other, expected) in [
            ("张伟|1990-03-07", "張偉|1990-03-07", true),
            ("张伟|1990-03-07", "Zhang Wei|1990-03-07", true),
            ("张伟|1990-03-07", "Wei Zhang|1990-03-07", true),
            ("김철수|1985-11-02", "Kim Cheolsu|1985-11-02", true),
            ("김철수|1985-11-02", "KIM CHUL-SOO|1985-11-02", true),
            ("박영희|1985-11-02", "Park Younghee|1985-11-02", true),
            ("이민호|1985-11-02", "Lee Min Ho|1985-11-02", true),
            ("王小明||+8613800000001", "王小明||+8613800000007", true),
            ("王小明||+8613800000001", "王小明||+8613800000010", true),
            ("王小明||+8613800000001", "李小红||+8613800000007", false),
            ("王小明|1990-03-07", "王小明|1991-12-30", false),
            ("王小明|1990-03-07", "王小明|03-07", true),
            ("王小明|1990-03-07", "王小明|1990-07-03", true),
            ("김철수|||chulsoo85@naver.example", "김철수|||chulsoo85@daum.example", true),
            ("김철수|||chulsoo85@naver.example", "박영희|||chulsoo85@daum.example", false),
            ("王小明||||上海市静安区南京西路1号", "王小明||||上海市 静安区 南京西路 1号", true),
            ("王小明||||上海", "王小明||||上海", false),
            ("金秀贤|1960-01-20|||首尔特别市江南区1", "朴智妍|1990-05-05|||首尔特别市江南区1", false),
            ("王小明", "王小明", false),
            ("", "", false),
        ] {
            let reasons = compare(&traits(one), &traits(other), Shared::default(), LunarKind::Chinese);
            let sure = percent(score(&reasons), 10_000);
            assert_eq!(sure >= SUGGESTED_FROM, expected, "{one} and {other}: {reasons:?} {sure} %");
        }
    }

    #[test]
    fn who_is_suggested_shares_a_clue() {
        for (one, other) in [
            ("张伟|1990-03-07", "Zhang Wei|1990-03-07"),
            ("张伟|1990-03-07", "Wei Zhang|1990-03-07"),
            ("김철수|1985-11-02", "KIM CHUL-SOO|1985-11-02"),
            ("王小明||+8613800000001", "王小明||+8613800000007"),
            ("王小明||+8613800000001", "王小明||+8613900000001"),
            ("김철수|||chulsoo85@naver.example", "김철수|||chul.soo85+shop@daum.example"),
            ("王小明||||上海市静安区南京西路1号", "王小明||||上海市 静安区 南京西路 1号"),
        ] {
            let (one, other) = (clues(&traits(one)), clues(&traits(other)));
            assert!(one.iter().any(|clue| clue.compares() && other.contains(clue)), "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_many_share_says_nothing() {
        let (one, other) =
            (traits("|||counter01@a.example|上海市静安区南京西路1号"), traits("|||counter01@b.example|上海市静安区南京西路1号"));
        assert_eq!(compare(&one, &other, Shared { mailbox: true, home: true }, LunarKind::Chinese), []);
        assert_eq!(compare(&one, &other, Shared::default(), LunarKind::Chinese), [Reason::Mailbox, Reason::Home]);
    }

    #[test]
    fn percents_grow_with_the_score_and_fall_with_the_members() {
        for (score, members, expected) in [
            (-30, 0, 0),
            (0, 0, 0),
            (15, 0, 56),
            (15, 1_000, 56),
            (18, 10_000, 51),
            (25, 1_000_000, 57),
            (22, 1_000_000, 14),
            (60, 1_000, 99),
        ] {
            assert_eq!(percent(score, members), expected, "{score} {members}");
        }
    }
}

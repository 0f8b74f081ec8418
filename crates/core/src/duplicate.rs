//! Members who may be one person: by what they are found, and how sure one can be.
//!
//! Two files are held against each other field by field. What agrees adds the logarithm of how much likelier that is of one person than of
//! two, and what differs takes away (I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", Journal of the American Statistical
//! Association 64, 1969). The weights are in bits. They are set, not fitted: from how often two people share a birthday, a name or the end
//! of a number, and from how often one person's file is written in two ways.
//!
//! Nobody is compared with everybody: only those who share a [`Clue`]. A clue that many share — a shop's tablet, a placeholder, a whole
//! town — says nothing of any of them and is left out.

pub mod clue;
mod reason;

use std::cell::OnceCell;
use std::collections::HashSet;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use crate::birthday::{Birthday, Calendar, LunarKind};
use crate::member::Gender;
use crate::sound::{Reading, readings};

pub use reason::{Certainty, Reason};

/// From how sure on, in percent, two files are suggested as one person's.
pub const SUGGESTED_FROM: u8 = 50;
/// Of so many members one has a second file: what is expected before any two are looked at.
const SECOND_FILES_IN: f64 = 50.0;
/// A brand is taken for at least so large, so that a handful of members does not make everybody alike.
const MEMBERS_MIN: i64 = 1_000;
/// The fewest characters of a mailbox's name that tell somebody.
const MAILBOX_CHARACTERS_MIN: usize = 5;
/// The fewest characters of an address that tell where somebody lives, and not only in which town.
const ADDRESS_CHARACTERS_MIN: usize = 6;
/// Of so many files one may have the same birthday before it is one that is typed where none is known; twenty times what chance gives.
const BIRTHDAY_IN: i64 = 1_000;
/// Of so many files one may have the same name before it is one that stands for anybody; the commonest names of China and Korea are rarer.
const NAME_IN: i64 = 500;
/// What is typed where no name is known.
const PLACEHOLDERS: [&str; 18] = [
    "顾客",
    "客户",
    "散客",
    "客人",
    "会员",
    "贵宾",
    "测试",
    "손님",
    "고객",
    "회원",
    "비회원",
    "테스트",
    "vip",
    "guest",
    "customer",
    "member",
    "test",
    "anonymous",
];
/// So many files may have one birthday, or name, in a brand of any size.
const COMMON_MIN: i64 = 20;

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

/// How many files may have one birthday, and how many one name, in a brand of so many members before it tells nobody.
pub fn common_from(members: i64) -> (i64, i64) {
    ((members / BIRTHDAY_IN).max(COMMON_MIN), (members / NAME_IN).max(COMMON_MIN))
}

/// What so many files say that it tells nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Common {
    names: HashSet<String>,
    birthdays: HashSet<Birthday>,
}

impl Common {
    /// Of the names and birthdays as files have them.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, birthdays: impl IntoIterator<Item = Birthday>) -> Self {
        let written = |name: &str| readings(name).into_iter().next().map(|reading| reading.written);
        Common { names: names.into_iter().filter_map(written).collect(), birthdays: birthdays.into_iter().collect() }
    }

    /// 1 January is what is typed where no birthday is known.
    fn has_birthday(&self, birthday: &Birthday) -> bool {
        let is_default = birthday.calendar() == Calendar::Solar && (birthday.month(), birthday.day()) == (1, 1);
        is_default || self.birthdays.contains(birthday)
    }
}

/// A file as it is compared.
#[derive(Debug, Clone)]
pub struct Features<'a> {
    traits: &'a Traits,
    common: &'a Common,
    born_on: Option<Date>,
    home: Option<String>,
    readings: OnceCell<Vec<Reading>>,
}

impl<'a> Features<'a> {
    /// Of what is known of somebody. `lunar` says which lunar calendar the brand's country keeps.
    pub fn of(traits: &'a Traits, common: &'a Common, lunar: LunarKind) -> Self {
        Features {
            traits,
            common,
            born_on: traits.birthday.and_then(|birthday| birthday.born_on(lunar)),
            home: traits.residence.as_deref().and_then(home),
            readings: OnceCell::new(),
        }
    }

    fn readings(&self) -> &[Reading] {
        self.readings.get_or_init(|| self.traits.name.as_deref().map(readings).unwrap_or_default())
    }

    fn has_common_name(&self) -> bool {
        let is_common = |written: &String| PLACEHOLDERS.contains(&written.as_str()) || self.common.names.contains(written);
        self.readings().iter().any(|reading| is_common(&reading.written))
    }
}

/// Which of the values that two files have in common many others have too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shared {
    /// The mailbox's name.
    pub mailbox: bool,
    /// The address.
    pub home: bool,
    /// A series of phone numbers.
    pub phones: bool,
}

/// What two files agree and differ in, the weightiest first; none where it comes to fewer bits than `least`.
pub fn compare(one: &Features<'_>, other: &Features<'_>, shared: Shared, least: i32) -> Option<Vec<Reason>> {
    let (a, b) = (one.traits, other.traits);
    let mut reasons: Vec<Reason> = [
        birthdays(one, other),
        phones(a, b, shared.phones),
        (!shared.mailbox).then(|| mailboxes(a, b)).flatten(),
        homes(one, other, shared.home),
        (a.store.is_some() && a.store == b.store).then_some(Reason::Store),
        a.gender.zip(b.gender).is_some_and(|(one, other)| one != other).then_some(Reason::GenderDiffers),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Names are read last: that takes the longest, and most pairs fall short without.
    if score(&reasons) + Reason::NameWritten.bits() < least {
        return None;
    }
    reasons.extend(names(one, other));
    reasons.sort_by_key(|reason| (-reason.bits(), *reason));
    (score(&reasons) >= least).then_some(reasons)
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

/// The fewest bits by which one is so sure, in percent, in a brand of so many members.
pub fn least_score(sure: u8, members: i64) -> i32 {
    (-64..=64).find(|score| percent(*score, members) >= sure.min(99)).unwrap_or(64)
}

fn names(one: &Features<'_>, other: &Features<'_>) -> Option<Reason> {
    let (a, b) = (one.readings(), other.readings());
    let meet = |part: fn(&Reading) -> &String| a.iter().any(|a| b.iter().any(|b| part(a) == part(b) && !part(a).is_empty()));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let found = if meet(|reading| &reading.written) {
        Reason::NameWritten
    } else if meet(|reading| &reading.sound) {
        Reason::NameSounds
    } else if meet(|reading| &reading.skeleton) {
        Reason::NameNear
    } else {
        return Some(Reason::NameDiffers);
    };
    Some(if one.has_common_name() || other.has_common_name() { Reason::NameCommon } else { found })
}

fn birthdays(one: &Features<'_>, other: &Features<'_>) -> Option<Reason> {
    let (a, b) = (one.traits.birthday?, other.traits.birthday?);
    let is_common = one.common.has_birthday(&a) || other.common.has_birthday(&b);
    match (agreement(one, other, &a, &b), is_common) {
        (found, false) => Some(found),
        // One that stands for none differs from hers in nothing.
        (Reason::BirthdayDiffers | Reason::BirthdaySwapped, true) => None,
        (_, true) => Some(Reason::BirthdayCommon),
    }
}

fn agreement(one: &Features<'_>, other: &Features<'_>, a: &Birthday, b: &Birthday) -> Reason {
    if one.born_on.zip(other.born_on).is_some_and(|(one, other)| one == other) {
        return Reason::Birthday;
    }
    if a.calendar() != b.calendar() {
        return Reason::BirthdayDiffers;
    }
    let same_year = a.year().zip(b.year()).map(|(one, other)| one == other);
    match ((a.month(), a.day()) == (b.month(), b.day()), same_year) {
        (true, None) => Reason::BirthdayWithoutYear,
        (true, Some(true)) => Reason::Birthday,
        (true, Some(false)) => Reason::BirthdayOfAnotherYear,
        (false, Some(true)) if (a.month(), a.day()) == (b.day(), b.month()) => Reason::BirthdaySwapped,
        (false, _) => Reason::BirthdayDiffers,
    }
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

fn phones(one: &Traits, other: &Traits, in_series: bool) -> Option<Reason> {
    let pairs = || one.phones.iter().flat_map(|a| other.phones.iter().map(move |b| (a, b)));
    if pairs().any(|(a, b)| halves(a).1 == halves(b).1) {
        let is_near = pairs().any(|(a, b)| halves(a).1 == halves(b).1 && is_near(a, b));
        return Some(if is_near { Reason::PhoneNear } else { Reason::PhoneEnd });
    }
    (!in_series && pairs().any(|(a, b)| is_near(a, b))).then_some(Reason::PhoneNear)
}

fn mailboxes(one: &Traits, other: &Traits) -> Option<Reason> {
    let names = |traits: &Traits| -> Vec<String> { traits.emails.iter().filter_map(|email| mailbox(email)).collect() };
    let others = names(other);
    names(one).iter().any(|name| others.contains(name)).then_some(Reason::Mailbox)
}

fn homes(one: &Features<'_>, other: &Features<'_>, shared: bool) -> Option<Reason> {
    let (one, other) = (one.home.as_ref()?, other.home.as_ref()?);
    match (one == other, shared) {
        (true, true) => None,
        (true, false) => Some(Reason::Home),
        (false, _) => Some(Reason::HomeDiffers),
    }
}

#[cfg(test)]
mod tests;

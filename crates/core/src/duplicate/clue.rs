//! By what files are found that may be one person's.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Traits, halves, home, mailbox};
use crate::sound::skeletons;

/// The most members who share a clue by which they are compared.
pub const COMPARED_MAX: i64 = 50;
/// The most members who share an address or the name of a mailbox before it is taken for somebody else's: a shop's, a firm's.
pub const SHARED_MAX: i64 = 6;
/// Of so many members one may have a number that begins so before it is a series of numbers that somebody made up.
const BEGIN_IN: i64 = 500;
/// The most that are counted of one beginning.
const BEGIN_MAX: i64 = 2_000;

/// What kind of clue it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateClue)]
pub enum ClueKind {
    /// How a name sounds, with month and day of birth.
    NameBorn,
    /// How a name sounds, with the end of a phone number.
    NameEnd,
    /// How a name sounds, with a phone number without its end.
    NameBegin,
    /// How a name sounds, with an address.
    NameHome,
    /// The name of a mailbox, whoever runs it.
    Mailbox,
    /// An address.
    Home,
    /// A phone number without its end.
    Begin,
}

impl ClueKind {
    /// All of them, by their numbers.
    pub const ALL: [ClueKind; 7] = [
        ClueKind::NameBorn,
        ClueKind::NameEnd,
        ClueKind::NameBegin,
        ClueKind::NameHome,
        ClueKind::Mailbox,
        ClueKind::Home,
        ClueKind::Begin,
    ];

    /// Its number, below eight.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The kind of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The most members who share it before it says nothing, in a brand of so many. Phone numbers of a town begin alike, so of those it takes
    /// one in five hundred to be a series.
    pub fn bound(self, members: i64) -> i64 {
        match self {
            ClueKind::Mailbox | ClueKind::Home => SHARED_MAX,
            ClueKind::Begin => (members / BEGIN_IN).clamp(SHARED_MAX, BEGIN_MAX),
            ClueKind::NameBorn | ClueKind::NameEnd | ClueKind::NameBegin | ClueKind::NameHome => COMPARED_MAX,
        }
    }

    /// Whether those who share it are compared. An address alone tells no person, only whether it is one that many give.
    pub fn compares(self) -> bool {
        !matches!(self, ClueKind::Home | ClueKind::Begin)
    }

    /// Whether it rests on what only an open key can read.
    pub fn is_sealed(self) -> bool {
        matches!(self, ClueKind::NameEnd | ClueKind::NameBegin | ClueKind::Mailbox)
    }
}

/// Something that two files of one person are likely to share.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clue {
    /// What kind.
    pub kind: ClueKind,
    /// The text by which it is found again.
    pub text: String,
}

/// By what somebody is found, without repeats.
pub fn clues(traits: &Traits) -> Vec<Clue> {
    let mut clues = Vec::new();
    let mut add = |kind, parts: &[&str]| clues.push(Clue { kind, text: parts.join("\0") });
    let home = traits.residence.as_deref().and_then(home);
    for phone in &traits.phones {
        add(ClueKind::Begin, &[halves(phone).0]);
    }
    for name in traits.name.as_deref().map(skeletons).unwrap_or_default() {
        if let Some(birthday) = &traits.birthday {
            add(ClueKind::NameBorn, &[&name, &format!("{}-{}", birthday.month(), birthday.day())]);
        }
        for phone in &traits.phones {
            let (begin, end) = halves(phone);
            add(ClueKind::NameEnd, &[&name, end]);
            add(ClueKind::NameBegin, &[&name, begin]);
        }
        if let Some(home) = &home {
            add(ClueKind::NameHome, &[&name, home]);
        }
    }
    traits.emails.iter().filter_map(|email| mailbox(email)).for_each(|name| add(ClueKind::Mailbox, &[&name]));
    if let Some(home) = &home {
        add(ClueKind::Home, &[home]);
    }
    clues.sort_unstable();
    clues.dedup();
    clues
}

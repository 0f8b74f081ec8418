//! What may be done, and which role may do what.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that a person or a program may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// See members, their balances, purchases and entries.
    #[serde(rename = "members:read")]
    MembersRead,
    /// Enrol members and change their files.
    #[serde(rename = "members:write")]
    MembersWrite,
    /// Post purchases and returns.
    #[serde(rename = "purchases:write")]
    PurchasesWrite,
    /// Adjust balances by hand.
    #[serde(rename = "benefits:write")]
    BenefitsWrite,
    /// Change and publish the programme.
    #[serde(rename = "programme:write")]
    ProgrammeWrite,
    /// See the pyramid and other figures of the brand.
    #[serde(rename = "insight:read")]
    InsightRead,
    /// Bring in files.
    #[serde(rename = "import")]
    Import,
    /// Manage people, keys and the brand itself.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 8] = [
        Scope::MembersRead,
        Scope::MembersWrite,
        Scope::PurchasesWrite,
        Scope::BenefitsWrite,
        Scope::ProgrammeWrite,
        Scope::InsightRead,
        Scope::Import,
        Scope::Admin,
    ];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Scope::MembersRead => "members:read",
            Scope::MembersWrite => "members:write",
            Scope::PurchasesWrite => "purchases:write",
            Scope::BenefitsWrite => "benefits:write",
            Scope::ProgrammeWrite => "programme:write",
            Scope::InsightRead => "insight:read",
            Scope::Import => "import",
            Scope::Admin => "admin",
        }
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A word that is no scope or role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word} is none of {known}")]
pub struct UnknownWord {
    /// The word.
    pub word: String,
    /// The words that are known.
    pub known: String,
}

fn unknown<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> UnknownWord {
    UnknownWord { word: word.to_owned(), known: known.collect::<Vec<_>>().join(", ") }
}

impl FromStr for Scope {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|scope| scope.word() == word);
        found.ok_or_else(|| unknown(word, Self::ALL.into_iter().map(Scope::word)))
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// Whether a scope is in it.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// The scopes in it, in the order of [`Scope::ALL`].
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.has(*scope)).collect()
    }

    /// Reads words separated by spaces, as they are kept. A word that is not known (any more) allows nothing.
    pub fn parse(words: &str) -> Self {
        words.split(' ').filter_map(|word| word.parse().ok()).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.list().into_iter().map(Scope::word).collect();
        f.write_str(&words.join(" "))
    }
}

/// What a person is to the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Whose brand it is.
    Owner,
    /// Runs the system.
    Admin,
    /// Plans programmes and campaigns.
    Marketer,
    /// Runs a store.
    Manager,
    /// Works at the counter.
    Clerk,
    /// Looks and changes nothing.
    Auditor,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 6] = [Role::Owner, Role::Admin, Role::Marketer, Role::Manager, Role::Clerk, Role::Auditor];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Admin => "admin",
            Role::Marketer => "marketer",
            Role::Manager => "manager",
            Role::Clerk => "clerk",
            Role::Auditor => "auditor",
        }
    }

    /// What it may do.
    pub fn scopes(self) -> Scopes {
        use Scope::*;
        let list: &[Scope] = match self {
            Role::Owner | Role::Admin => &Scope::ALL,
            Role::Marketer => &[MembersRead, MembersWrite, PurchasesWrite, BenefitsWrite, ProgrammeWrite, InsightRead, Import],
            Role::Manager => &[MembersRead, MembersWrite, PurchasesWrite, BenefitsWrite, InsightRead],
            Role::Clerk => &[MembersRead, MembersWrite, PurchasesWrite],
            Role::Auditor => &[MembersRead, InsightRead],
        };
        list.iter().copied().collect()
    }
}

impl FromStr for Role {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|role| role.word() == word);
        found.ok_or_else(|| unknown(word, Self::ALL.into_iter().map(Role::word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_may_do_what_they_are_for() {
        for (role, words) in [
            (Role::Owner, "members:read members:write purchases:write benefits:write programme:write insight:read import admin"),
            (Role::Marketer, "members:read members:write purchases:write benefits:write programme:write insight:read import"),
            (Role::Manager, "members:read members:write purchases:write benefits:write insight:read"),
            (Role::Clerk, "members:read members:write purchases:write"),
            (Role::Auditor, "members:read insight:read"),
        ] {
            assert_eq!(role.scopes().to_string(), words, "{role:?}");
            assert_eq!(Scopes::parse(words), role.scopes());
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert_eq!(Scopes::parse("everything"), Scopes::default());
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn the_wire_says_the_same_words_as_the_database() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.word());
        }
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
    }
}

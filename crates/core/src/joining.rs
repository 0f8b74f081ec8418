//! Rules by which two members become one by themselves: somebody proves an identity that another member has.
//!
//! A shop's tablet proves the same device for everybody who uses it, and numbers of phones go to other people. So nothing is trusted before
//! the brand says so, an identity alone joins nobody whose files do not agree in a name or a birthday as well, and nobody gathers more
//! identities than one person has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::duplicate::Reason;
use crate::identity::{Identity, IdentityKind};

/// The most blocked values.
pub const BLOCKED_MAX: usize = 1_000;
/// The most identities of a kind that may be allowed one person.
pub const MOST_MAX: u32 = 20;

/// A value that is nobody's own: a shop's tablet, the number that is typed where somebody has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockedIdentity {
    /// What kind.
    pub kind: IdentityKind,
    /// The value.
    #[schema(min_length = 1, max_length = 254)]
    pub value: String,
}

/// How many identities of a kind one person has at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MostOfKind {
    /// What kind.
    pub kind: IdentityKind,
    /// How many, 1–20.
    #[schema(minimum = 1, maximum = 20)]
    pub most: u32,
}

/// The rules of a brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MergeRules)]
pub struct JoiningRules {
    /// The kinds that join when both members have proved the same one, the most trusted first. None: nobody is joined by a rule.
    #[schema(max_items = 10)]
    pub trusted: Vec<IdentityKind>,
    /// Values that join nobody.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub blocked: Vec<BlockedIdentity>,
    /// How many of a kind one person has at most; the usual bounds when it is left out. What a more trusted kind than this joins may have more
    /// of it.
    #[serde(default = "usual_bounds")]
    #[schema(max_items = 10)]
    pub most: Vec<MostOfKind>,
}

fn usual_bounds() -> Vec<MostOfKind> {
    use IdentityKind::{Document, Email, Kakao, Phone, WechatUnion, Wecom};
    let most = [(Phone, 3), (Email, 3), (WechatUnion, 1), (Wecom, 2), (Kakao, 1), (Document, 1)];
    most.into_iter().map(|(kind, most)| MostOfKind { kind, most }).collect()
}

impl Default for JoiningRules {
    fn default() -> Self {
        JoiningRules { trusted: Vec::new(), blocked: Vec::new(), most: usual_bounds() }
    }
}

/// A part of rules that cannot stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoiningFault {
    /// A kind is named twice among the trusted.
    Trusted,
    /// There are too many blocked values.
    Blocked,
    /// A kind is named twice among the bounds, or its bound is none.
    Most,
}

impl JoiningRules {
    /// The first part that cannot stand.
    pub fn fault(&self) -> Option<JoiningFault> {
        let once = |kinds: Vec<IdentityKind>| kinds.iter().collect::<BTreeSet<_>>().len() == kinds.len();
        if !once(self.trusted.clone()) {
            return Some(JoiningFault::Trusted);
        }
        if self.blocked.len() > BLOCKED_MAX {
            return Some(JoiningFault::Blocked);
        }
        let bounds = self.most.iter().all(|most| (1..=MOST_MAX).contains(&most.most));
        (!bounds || !once(self.most.iter().map(|most| most.kind).collect())).then_some(JoiningFault::Most)
    }

    fn place(&self, kind: IdentityKind) -> Option<usize> {
        self.trusted.iter().position(|trusted| *trusted == kind)
    }

    /// Whether a value joins nobody.
    pub fn blocks(&self, identity: &Identity) -> bool {
        self.blocked.iter().any(|blocked| blocked.kind == identity.kind && blocked.value == identity.value)
    }

    /// The first kind of which two members together would have more than one person has. Kinds less trusted than what joins them do not
    /// count.
    fn exceeded(&self, by: usize, counts: &BTreeMap<IdentityKind, usize>) -> Option<IdentityKind> {
        let counts_against = |kind: IdentityKind| self.place(kind).is_none_or(|place| place <= by);
        let exceeded = |most: &&MostOfKind| {
            counts_against(most.kind) && counts.get(&most.kind).is_some_and(|count| *count > most.most as usize)
        };
        self.most.iter().find(exceeded).map(|most| most.kind)
    }

    /// What becomes of a member who names an identity that another one has.
    pub fn verdict(&self, claim: &Claim<'_>) -> Verdict {
        let Some(place) = self.place(claim.identity.kind) else { return Verdict::Apart(Hindrance::NotTrusted) };
        if self.blocks(claim.identity) {
            return Verdict::Apart(Hindrance::Blocked);
        }
        if claim.is_shared {
            return Verdict::Apart(Hindrance::Shared);
        }
        if !claim.is_proved || !claim.was_proved {
            return Verdict::Apart(Hindrance::NotProved);
        }
        if claim.were_parted {
            return Verdict::Apart(Hindrance::Parted);
        }
        if !alike(claim.reasons) {
            return Verdict::Apart(Hindrance::NotAlike);
        }
        match self.exceeded(place, claim.counts) {
            Some(kind) => Verdict::Apart(Hindrance::TooMany(kind)),
            None => Verdict::Join,
        }
    }
}

/// A member names an identity that another one has.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The identity.
    pub identity: &'a Identity,
    /// Whether she proved that it is hers.
    pub is_proved: bool,
    /// Whether the other had proved that.
    pub was_proved: bool,
    /// Whether so many have named an identity of the other that it is nobody's own.
    pub is_shared: bool,
    /// Whether somebody said that the two are two persons, or parted them after they had been one.
    pub were_parted: bool,
    /// What their files agree and differ in.
    pub reasons: &'a [Reason],
    /// How many identities of each kind both have together, this one counted once.
    pub counts: &'a BTreeMap<IdentityKind, usize>,
}

/// What becomes of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are joined.
    Join,
    /// They stay apart.
    Apart(Hindrance),
}

/// Why two members are not joined by a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hindrance {
    /// The brand does not trust the kind.
    NotTrusted,
    /// The value is nobody's own.
    Blocked,
    /// Many have named it.
    Shared,
    /// One of the two has not proved it.
    NotProved,
    /// Somebody said that they are two.
    Parted,
    /// Their files do not agree in name or birthday, or differ in one of them.
    NotAlike,
    /// Together they would have more of a kind than one person has.
    TooMany(IdentityKind),
}

/// Whether two files agree in a name or in a birthday, and differ in nothing that one person has one of.
fn alike(reasons: &[Reason]) -> bool {
    let agrees = |reason: &Reason| {
        matches!(reason, Reason::NameWritten | Reason::NameSounds | Reason::Birthday | Reason::BirthdayWithoutYear)
    };
    let differs = |reason: &Reason| matches!(reason, Reason::NameDiffers | Reason::BirthdayDiffers | Reason::GenderDiffers);
    reasons.iter().any(agrees) && !reasons.iter().any(differs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Hindrance::{Blocked, NotAlike, NotProved, NotTrusted, Parted, TooMany};
    use IdentityKind::{Email, External, Kakao, Phone};

    fn identity(kind: IdentityKind, value: &str) -> Identity {
        Identity { kind, issuer: None, value: value.to_owned() }
    }

    #[test]
    fn a_claim_joins_only_where_nothing_speaks_against_it() {
        let rules = JoiningRules {
            trusted: vec![Kakao, Phone, External],
            blocked: vec![BlockedIdentity { kind: External, value: "tablet".to_owned() }],
            ..JoiningRules::default()
        };
        let (kakao, phone, tablet, email) =
            (identity(Kakao, "k"), identity(Phone, "+8210"), identity(External, "tablet"), identity(Email, "a@b.example"));
        let same: &[Reason] = &[Reason::NameWritten];
        let counts = |phones: usize, kakaos: usize| BTreeMap::from([(Phone, phones), (Kakao, kakaos)]);
        let (few, phones, kakaos) = (counts(2, 1), counts(4, 1), counts(1, 2));
        let proved = (true, true, false);
        for (name, identity, (is_proved, was_proved, were_parted), reasons, counts, expected) in [
            ("a name agrees", &phone, proved, same, &few, Verdict::Join),
            ("a birthday agrees", &phone, proved, &[Reason::Birthday, Reason::Store][..], &few, Verdict::Join),
            ("not trusted", &email, proved, same, &few, Verdict::Apart(NotTrusted)),
            ("blocked", &tablet, proved, same, &few, Verdict::Apart(Blocked)),
            ("not proved now", &phone, (false, true, false), same, &few, Verdict::Apart(NotProved)),
            ("not proved before", &phone, (true, false, false), same, &few, Verdict::Apart(NotProved)),
            ("parted", &phone, (true, true, true), same, &few, Verdict::Apart(Parted)),
            ("nothing agrees", &phone, proved, &[Reason::Store][..], &few, Verdict::Apart(NotAlike)),
            ("a common name", &phone, proved, &[Reason::NameCommon][..], &few, Verdict::Apart(NotAlike)),
            ("1 January", &phone, proved, &[Reason::BirthdayCommon][..], &few, Verdict::Apart(NotAlike)),
            ("another name", &phone, proved, &[Reason::Birthday, Reason::NameDiffers][..], &few, Verdict::Apart(NotAlike)),
            (
                "another birthday",
                &phone,
                proved,
                &[Reason::NameWritten, Reason::BirthdayDiffers][..],
                &few,
                Verdict::Apart(NotAlike),
            ),
            ("too many phones", &phone, proved, same, &phones, Verdict::Apart(TooMany(Phone))),
            ("what is trusted more is not held up by phones", &kakao, proved, same, &phones, Verdict::Join),
            ("two of what is trusted more", &phone, proved, same, &kakaos, Verdict::Apart(TooMany(Kakao))),
        ] {
            let claim = Claim { identity, is_proved, was_proved, is_shared: false, were_parted, reasons, counts };
            assert_eq!(rules.verdict(&claim), expected, "{name}");
            let shared = rules.verdict(&Claim { is_shared: true, ..claim });
            assert_ne!(shared, Verdict::Join, "{name}, and many have named it");
        }
    }

    #[test]
    fn nothing_is_trusted_before_the_brand_says_so() {
        let claim = Claim {
            identity: &identity(Phone, "+8210"),
            is_proved: true,
            was_proved: true,
            is_shared: false,
            were_parted: false,
            reasons: &[Reason::NameWritten],
            counts: &BTreeMap::new(),
        };
        assert_eq!(JoiningRules::default().verdict(&claim), Verdict::Apart(NotTrusted));
    }

    #[test]
    fn what_cannot_stand_is_found() {
        let most = |kind, most| MostOfKind { kind, most };
        let blocked = BlockedIdentity { kind: External, value: "tablet".to_owned() };
        let rules = |trusted: &[IdentityKind], blocked: Vec<BlockedIdentity>, most: &[MostOfKind]| JoiningRules {
            trusted: trusted.to_vec(),
            blocked,
            most: most.to_vec(),
        };
        for (rules, expected) in [
            (JoiningRules::default(), None),
            (rules(&[Phone, Phone], vec![], &[]), Some(JoiningFault::Trusted)),
            (rules(&[Phone], vec![blocked; BLOCKED_MAX + 1], &[]), Some(JoiningFault::Blocked)),
            (rules(&[], vec![], &[most(Phone, 0)]), Some(JoiningFault::Most)),
            (rules(&[], vec![], &[most(Phone, 21)]), Some(JoiningFault::Most)),
            (rules(&[], vec![], &[most(Phone, 1), most(Phone, 2)]), Some(JoiningFault::Most)),
        ] {
            assert_eq!(rules.fault(), expected, "{rules:?}");
        }
    }
}

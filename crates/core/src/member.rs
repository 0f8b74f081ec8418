//! Who a member is, as far as rules and refusals need to know.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::birthday::{Birthday, LunarKind};
use crate::condition::Value;
use crate::earning::{FrozenValue, MemberFactsSource};
use crate::holder::HolderState;
use crate::id::{HolderId, MemberId};
use crate::purchase::Moment;
use crate::time::date_of;

/// Where a member's file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// A member.
    Active,
    /// Made by a first purchase, not yet claimed by the person.
    Unclaimed,
    /// Closed; earns and spends nothing.
    Closed,
    /// Personal data destroyed.
    Erased,
}

impl MemberStatus {
    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            MemberStatus::Active => "active",
            MemberStatus::Unclaimed => "unclaimed",
            MemberStatus::Closed => "closed",
            MemberStatus::Erased => "erased",
        }
    }

    /// Whether she is a member no more.
    pub fn has_left(self) -> bool {
        matches!(self, MemberStatus::Closed | MemberStatus::Erased)
    }

    /// The status of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Unclaimed, Self::Closed, Self::Erased].into_iter().find(|status| status.word() == word)
    }
}

/// Gender as the member states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither of the two.
    Other,
}

impl Gender {
    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Gender::Female => "female",
            Gender::Male => "male",
            Gender::Other => "other",
        }
    }

    /// The gender of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Female, Self::Male, Self::Other].into_iter().find(|gender| gender.word() == word)
    }
}

/// What of a member's file the rules may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFacts {
    /// Who.
    pub member: MemberId,
    /// Who holds her benefits.
    pub holder: HolderId,
    /// Where her file stands.
    pub status: MemberStatus,
    /// Gender, where stated.
    pub gender: Option<Gender>,
    /// Birthday, where stated.
    pub birthday: Option<Birthday>,
    /// Code of where she joined.
    pub source: Option<String>,
    /// Tag of her language.
    pub language: Option<String>,
    /// UTC milliseconds of joining.
    pub joined_at_ms: i64,
}

/// The member attributes at one purchase, before it.
pub struct MemberAt<'a> {
    /// The file.
    pub facts: &'a MemberFacts,
    /// The state of her holder before the purchase.
    pub state: &'a HolderState,
    /// When.
    pub moment: Moment,
    /// Which lunar calendar the brand's country keeps.
    pub lunar: LunarKind,
    /// What was known of her file then, when the purchase is folded again; tier and counters always follow from the state.
    pub frozen: Option<&'a Vec<(Attribute, FrozenValue)>>,
}

impl MemberFactsSource for MemberAt<'_> {
    fn fact(&self, attribute: Attribute) -> Value<'_> {
        self.value(attribute)
    }
}

impl<'a> MemberAt<'a> {
    /// The value of an attribute of [`crate::attribute::Of::Member`].
    pub fn value(&self, attribute: Attribute) -> Value<'a> {
        if let Some(frozen) = self.frozen
            && !matches!(attribute, Attribute::MemberTier | Attribute::MemberPurchaseCount)
        {
            return frozen.fact(attribute);
        }
        let day = date_of(self.moment.day);
        let birthday = self.facts.birthday.as_ref();
        let number = |value: Option<i64>| value.map_or(Value::Missing, Value::Number);
        match attribute {
            Attribute::MemberTier => self.state.tier.as_ref().map_or(Value::Missing, |tier| Value::Text(&tier.code)),
            Attribute::MemberGender => self.facts.gender.map_or(Value::Missing, |gender| Value::Text(gender.word())),
            Attribute::MemberAge => number(birthday.and_then(|birthday| birthday.age_on(day, self.lunar)).map(i64::from)),
            Attribute::MemberBirthdayMonth => {
                let january = jiff::civil::Date::new(day.year(), 1, 1).unwrap_or(day);
                number(birthday.and_then(|birthday| birthday.next_solar(january, self.lunar)).map(|date| i64::from(date.month())))
            }
            Attribute::MemberDaysToBirthday => {
                let next = birthday.and_then(|birthday| birthday.next_solar(day, self.lunar));
                number(next.map(|next| i64::from(crate::time::day_number(next) - self.moment.day)))
            }
            Attribute::MemberDaysSinceJoined => {
                Value::Number((self.moment.at_ms - self.facts.joined_at_ms).max(0) / crate::time::DAY_MS)
            }
            Attribute::MemberPurchaseCount => Value::Number(self.state.purchases),
            Attribute::MemberSource => self.facts.source.as_deref().map_or(Value::Missing, Value::Text),
            Attribute::MemberLanguage => self.facts.language.as_deref().map_or(Value::Missing, Value::Text),
            _ => Value::Missing,
        }
    }

    /// The asked attributes as they stand, to be kept with a purchase.
    pub fn freeze(&self, asked: &[Attribute]) -> Vec<(Attribute, FrozenValue)> {
        asked
            .iter()
            .filter_map(|&attribute| match self.fact(attribute) {
                Value::Missing => None,
                Value::Number(number) => Some((attribute, FrozenValue::Number(number))),
                Value::Text(text) => Some((attribute, FrozenValue::Text(text.to_owned()))),
            })
            .collect()
    }
}

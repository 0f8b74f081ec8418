//! What the sample brand is called and says in each language: the texts of `data/`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use danggol_core::language::Language;
use serde::Deserialize;

use super::life::Life;

/// The texts of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The brand and what belongs to it.
    pub brand: BrandWords,
    /// Names of the earning rules.
    pub rules: RuleWords,
    /// Names of the offers.
    pub offers: OfferWords,
    /// Names of the gifts on occasions.
    pub gifts: GiftWords,
    /// Names of people.
    pub names: NameWords,
    /// What stands in member files.
    pub people: PeopleWords,
    /// The tag dictionary.
    pub tags: TagWords,
    life: BTreeMap<String, LifeWords>,
    departments: BTreeMap<String, [String; 3]>,
    products: BTreeMap<String, Vec<String>>,
}

/// The brand and what belongs to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrandWords {
    /// Its name.
    pub name: String,
    /// Its programme.
    pub programme: String,
    /// What its owner is called.
    pub owner: String,
    /// Its stores.
    pub stores: [String; 12],
    /// Where each store stands.
    pub districts: [String; 12],
    /// The programs that post purchases: the tills and the online shop.
    pub keys: [String; 2],
    /// Tiers, the lowest first.
    pub tiers: [String; 4],
    /// Layers of the pyramid, from the top.
    pub layers: [String; 4],
    /// Why each version of the programme was published.
    pub versions: [String; 2],
}

/// Names of the offers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferWords {
    /// The group of offers of which only one applies.
    pub group: String,
    /// Less for the highest tiers.
    pub tier: String,
    /// The more is bought, the more comes off.
    pub steps: String,
    /// The second piece costs half.
    pub second: String,
}

/// Names of the gifts on occasions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiftWords {
    /// On birthdays.
    pub birthday: String,
    /// On anniversaries of joining.
    pub anniversary: String,
    /// For money that is paid in: the steps of the plan.
    pub top_ups: [String; 3],
}

/// Names of the earning rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleWords {
    /// The group of rules of which only the best gives.
    pub group: String,
    /// Points on everything.
    pub base: String,
    /// Double points on some categories.
    pub care: String,
    /// More points at weekends.
    pub weekend: String,
    /// Triple points around the birthday.
    pub birthday: String,
    /// The gift of the first purchase.
    pub first: String,
    /// More points in the online shop.
    pub online: String,
    /// More points for the upper tiers.
    pub tier: String,
    /// The bonus of a large basket.
    pub basket: String,
    /// Growth points.
    pub growth: String,
    /// Triple points on the days of the anniversary.
    pub anniversary: String,
}

/// Names of people.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameWords {
    /// Surnames, each with its weight.
    pub surnames: String,
    /// Given names of those born before 1965.
    pub older: GivenWords,
    /// Of those born before 1988.
    pub middle: GivenWords,
    /// Of all others.
    pub younger: GivenWords,
}

/// Given names of a generation: first and second part, the second empty where names have one part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenWords {
    /// Of women.
    pub female: [String; 2],
    /// Of men.
    pub male: [String; 2],
}

/// What stands in member files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleWords {
    /// Bands of income, the lowest first.
    pub incomes: [String; 4],
    /// Notes that clerks wrote.
    pub notes: Vec<String>,
    /// The note on a member who moved from the marketplace to a store.
    pub turned_note: String,
    /// Why points came with a member.
    pub opening: String,
    /// Why points were given by hand.
    pub compensation: Vec<String>,
    /// Why points were taken by hand.
    pub correction: Vec<String>,
    /// What is paid with stored value and is no purchase.
    pub service: String,
}

/// The tag dictionary.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagWords {
    /// The group of which a member has one at most.
    pub group: String,
    /// Who sees to the tags.
    pub owner: String,
    /// Tags that come by themselves; the first two are of the group.
    pub by_rule: [TagText; 4],
    /// Tags that clerks give.
    pub by_hand: [TagText; 2],
}

/// A tag.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagText {
    /// What it is called.
    pub name: String,
    /// What it means.
    pub description: String,
}

/// What is said of people at one stage of life.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeWords {
    /// What they do for a living.
    pub occupations: Vec<String>,
    /// What they like.
    pub preferences: Vec<String>,
}

impl Words {
    /// The texts of a language.
    pub fn of(language: Language) -> Result<Self> {
        let text = match language {
            Language::ZhCn => include_str!("data/zh-CN.toml"),
            Language::ZhTw => include_str!("data/zh-TW.toml"),
            Language::Ko => include_str!("data/ko.toml"),
            Language::En => include_str!("data/en.toml"),
        };
        toml::from_str(text).with_context(|| format!("the words of the sample brand in {}", language.tag()))
    }

    /// What is said of people at a stage of life.
    pub fn life(&self, life: Life) -> Result<&LifeWords> {
        self.life.get(life.word()).with_context(|| format!("nothing is said of {}", life.word()))
    }

    /// A department, its name first, then its two makers.
    pub fn department(&self, key: &str) -> Result<&[String; 3]> {
        self.departments.get(key).with_context(|| format!("the department {key} has no name"))
    }

    /// A category, its name first, then what is sold in it.
    pub fn products(&self, key: &str) -> Result<(&str, &[String])> {
        let words = self.products.get(key).with_context(|| format!("the category {key} has no name"))?;
        words
            .split_first()
            .map(|(name, products)| (name.as_str(), products))
            .with_context(|| format!("the category {key} is empty"))
    }
}

//! What sets groups apart: who is in them, what they bring, and what they buy more often than everybody.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Language;

use super::meaning::{Meaning, label};
use super::model::{Model, Place};
use super::taste::Tastes;

/// The most categories by which a group is described.
const SHOWN: usize = 8;
/// From how many times everybody's share, in percent, a category counts as part of the way of life whose products are bought with it.
pub const SCORED_PERCENT: i64 = 150;

/// A category that a group buys more often than everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Apart {
    /// The category.
    pub category: String,
    /// Its share in what the group buys, in ten-thousandths of purchases by category.
    pub share_bp: i64,
    /// Its share in what everybody buys, in ten-thousandths.
    pub everybody_bp: i64,
    /// The first of the second, in percent: 200 is twice as often (the lift).
    pub lift_percent: i64,
}

/// A group in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Its code.
    pub code: String,
    /// Members.
    pub members: usize,
    /// Their purchases.
    pub purchases: u64,
    /// What these cost, in minor units.
    pub amount_minor: i64,
    /// What it buys more often than everybody, what sets it apart most first.
    pub apart: Vec<Apart>,
    /// The ways of life that set it apart, the most first: few products that stand out count for more than many that hardly do.
    pub meanings: Vec<String>,
    /// Where other groups have the same first way of life: the category that sets it apart most from everybody and from the nearest of those
    /// together, as far as it buys one more often than all of them.
    #[serde(default)]
    pub own: Option<String>,
    /// What that category stands for, where this is another way of life than the first.
    #[serde(default)]
    pub own_meaning: Option<String>,
}

/// A category by who buys it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// The category.
    pub category: String,
    /// Members who buy it.
    pub buyers: usize,
    /// Whether groups are found by it.
    pub is_looked_at: bool,
    /// The way of life with whose products it is bought most above chance, and how many times everybody's share, in percent; of categories
    /// that themselves stand for one, none.
    pub scored: Option<(Meaning, i64)>,
}

/// Describes groups by who is placed where, in the order of the tastes; `meaning` says what a category means.
pub fn describe(
    model: &Model,
    tastes: &Tastes,
    places: &[Option<Place>],
    meaning: impl Fn(&str) -> Option<String>,
) -> Vec<Description> {
    let looked_at: Vec<Option<usize>> =
        tastes.categories.iter().map(|category| model.categories.binary_search(category).ok()).collect();
    let mut counts = vec![vec![0_u64; model.categories.len()]; model.groups.len()];
    let mut sums = vec![(0_usize, 0_u64, 0_i64); model.groups.len()];
    for (taste, place) in tastes.iter().zip(places) {
        let Some(place) = place else { continue };
        let (members, purchases, amount) = &mut sums[place.group];
        *members += 1;
        *purchases += u64::from(taste.purchases);
        *amount += taste.amount_minor;
        for (category, count) in taste.counts {
            if let Some(at) = looked_at[usize::from(*category)] {
                counts[place.group][at] += u64::from(*count);
            }
        }
    }
    let meanings: Vec<Option<String>> = model.categories.iter().map(|category| meaning(category)).collect();
    let shares: Vec<Vec<f64>> = counts.iter().map(|counts| shares(counts)).collect();
    let group = |(place, group): (usize, &super::model::Group)| {
        let (members, purchases, amount_minor) = sums[place];
        let (apart, meanings) = apart(model, &shares[place], &meanings);
        Description { code: group.code.clone(), members, purchases, amount_minor, apart, meanings, own: None, own_meaning: None }
    };
    let mut described: Vec<Description> = model.groups.iter().enumerate().map(group).collect();
    let ways: Vec<Option<String>> = described.iter().map(|group| group.meanings.first().cloned()).collect();
    for (place, group) in described.iter_mut().enumerate().filter(|(place, _)| ways[*place].is_some()) {
        let alike = (0..ways.len()).filter(|other| *other != place && ways[*other] == ways[place]);
        let alike: Vec<&[f64]> = alike.map(|other| shares[other].as_slice()).collect();
        let shown = group.apart.iter().filter_map(|apart| model.categories.binary_search(&apart.category).ok());
        let own = own((&shares[place], &model.shares), &alike, shown);
        group.own = own.map(|at| model.categories[at].clone());
        group.own_meaning = own.and_then(|at| meanings[at].clone()).filter(|way| ways[place].as_ref() != Some(way));
    }
    described
}

/// The share of each category in all that was counted.
fn shares(counts: &[u64]) -> Vec<f64> {
    let whole = counts.iter().sum::<u64>().max(1) as f64;
    counts.iter().map(|count| *count as f64 / whole).collect()
}

/// Of some categories by which a group stands out above everybody, the place of the one by which it stands out most above everybody and above the
/// nearest of others: what hardly tells it from everybody does not name it, however far the others are. None without others, or where each of
/// the categories has a larger share in one of those.
fn own((shares, everybody): (&[f64], &[f64]), others: &[&[f64]], among: impl Iterator<Item = usize>) -> Option<usize> {
    let further = |at: usize| {
        let nearest = others.iter().map(|other| other[at]).max_by(f64::total_cmp)?;
        let above = |share: f64| shares[at].sqrt() - share.sqrt();
        (above(nearest) > 0.0).then(|| (at, above(nearest) * above(everybody[at])))
    };
    among.filter_map(further).max_by(|(_, one), (_, next)| one.total_cmp(next)).map(|(at, _)| at)
}

fn apart(model: &Model, shares: &[f64], meanings: &[Option<String>]) -> (Vec<Apart>, Vec<String>) {
    let mut found: Vec<(f64, Apart)> = Vec::new();
    let mut ways: BTreeMap<&str, f64> = BTreeMap::new();
    for (at, share) in shares.iter().enumerate() {
        let everybody = model.shares[at];
        let further = share.sqrt() - everybody.sqrt();
        if further <= 0.0 {
            continue;
        }
        if let Some(way) = &meanings[at] {
            *ways.entry(way).or_default() += further * further;
        }
        let apart = Apart {
            category: model.categories[at].clone(),
            share_bp: (share * 10_000.0).round() as i64,
            everybody_bp: (everybody * 10_000.0).round() as i64,
            lift_percent: (share / everybody * 100.0).round() as i64,
        };
        found.push((further, apart));
    }
    found.sort_by(|one, next| next.0.total_cmp(&one.0));
    let mut ways: Vec<(&str, f64)> = ways.into_iter().collect();
    ways.sort_by(|one, next| next.1.total_cmp(&one.1));
    let apart = found.into_iter().take(SHOWN).map(|(_, apart)| apart).collect();
    (apart, ways.into_iter().take(3).map(|(way, _)| way.to_owned()).collect())
}

/// Scores each category that stands for no way of life by itself: seed categories stand for one, whoever buys them twice as often as
/// everybody lives so, and a category is part of the way of life whose people buy it most above chance.
pub fn score(model: &Model, tastes: &Tastes, seed: impl Fn(&str) -> Option<Meaning>) -> Vec<Scored> {
    let (buyers, sums) = tastes.sums();
    let seeds: Vec<Option<Meaning>> = tastes.categories.iter().map(|category| seed(category)).collect();
    let whole = sums.iter().sum::<u64>().max(1) as f64;
    let mut everybody: BTreeMap<Meaning, f64> = BTreeMap::new();
    for (meaning, sum) in seeds.iter().zip(&sums) {
        meaning.iter().for_each(|meaning| *everybody.entry(*meaning).or_default() += *sum as f64 / whole);
    }
    let mut bought: BTreeMap<Meaning, (u64, Vec<u64>)> = BTreeMap::new();
    for taste in tastes.iter() {
        let own: u64 = taste.counts.iter().map(|(_, count)| u64::from(*count)).sum();
        let mut of: BTreeMap<Meaning, u64> = BTreeMap::new();
        for (category, count) in taste.counts {
            seeds[usize::from(*category)].iter().for_each(|meaning| *of.entry(*meaning).or_default() += u64::from(*count));
        }
        let lives = |(meaning, count): &(Meaning, u64)| *count >= 2 && *count as f64 >= 2.0 * everybody[meaning] * own as f64;
        for (meaning, _) in of.into_iter().filter(lives) {
            let (sum, counts) = bought.entry(meaning).or_insert_with(|| (0, vec![0; sums.len()]));
            *sum += own;
            taste.counts.iter().for_each(|(category, count)| counts[usize::from(*category)] += u64::from(*count));
        }
    }
    let scored = |place: usize| {
        let share = sums[place] as f64 / whole;
        let times = |(meaning, (sum, counts)): (&Meaning, &(u64, Vec<u64>))| {
            (*meaning, (counts[place] as f64 / (*sum).max(1) as f64 / share * 100.0).round() as i64)
        };
        let best = bought.iter().map(times).max_by_key(|(meaning, percent)| (*percent, std::cmp::Reverse(*meaning)));
        best.filter(|(_, percent)| seeds[place].is_none() && *percent >= SCORED_PERCENT)
    };
    let one = |(place, category): (usize, &String)| Scored {
        category: category.clone(),
        buyers: buyers[place],
        is_looked_at: model.categories.binary_search(category).is_ok(),
        scored: scored(place),
    };
    tastes.categories.iter().enumerate().map(one).collect()
}

/// How many went from one group to another; from none those who are new, to none those who bought nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LifestyleMoved)]
pub struct Moved {
    /// Code of the group before.
    pub from: Option<String>,
    /// Code of the group now.
    pub to: Option<String>,
    /// Members.
    pub members: usize,
}

/// Counts who moved, of pairs of codes; who stayed is counted too.
pub fn moved<'a>(pairs: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Vec<Moved> {
    let mut counts: BTreeMap<(Option<&str>, Option<&str>), usize> = BTreeMap::new();
    pairs.filter(|pair| *pair != (None, None)).for_each(|pair| *counts.entry(pair).or_default() += 1);
    let owned = |code: Option<&str>| code.map(str::to_owned);
    counts.into_iter().map(|((from, to), members)| Moved { from: owned(from), to: owned(to), members }).collect()
}

/// Of those who were in a group before and are in one now, who are in another, in ten-thousandths.
pub fn moved_bp(moved: &[Moved]) -> i64 {
    let both = || moved.iter().filter(|moved| moved.from.is_some() && moved.to.is_some());
    let all: usize = both().map(|moved| moved.members).sum();
    let went: usize = both().filter(|moved| moved.from != moved.to).map(|moved| moved.members).sum();
    (went * 10_000).checked_div(all).unwrap_or(0) as i64
}

/// What a group is called, and by what it would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// Its code.
    pub code: String,
    /// What the brand calls it.
    pub name: Option<String>,
    /// The ways of life that set it apart, the most first.
    pub meanings: Vec<String>,
    /// The categories that set it apart, the most first.
    pub categories: Vec<String>,
    /// The category that sets it apart from the others of its first way of life.
    #[serde(default)]
    pub own: Option<String>,
    /// What that category stands for, where this is another way of life than the first.
    #[serde(default)]
    pub own_meaning: Option<String>,
}

/// What groups are called in a language: what the brand calls them, else after their way of life, and where several live so after what sets
/// each apart from the others as well, which is a way of life where the category stands for one; where two would be called alike all the same,
/// after another way of life or a category.
pub fn names(groups: &[Called], language: Language) -> Vec<(String, String)> {
    let mut taken: BTreeSet<String> = groups.iter().filter_map(|group| group.name.clone()).collect();
    let mut named = Vec::with_capacity(groups.len());
    for group in groups {
        let ways = group.meanings.iter().map(|meaning| label(meaning, language));
        let things: Vec<&str> = ways.chain(group.categories.iter().map(String::as_str)).collect();
        let first = things.first().copied().unwrap_or(&group.code);
        // The same two in the other order would be the same name to a reader.
        let is_taken =
            |next: &str| [(first, next), (next, first)].iter().any(|(one, two)| taken.contains(&format!("{one} · {two}")));
        let both =
            things.iter().copied().filter(|next| *next != first && !is_taken(next)).map(|next| format!("{first} · {next}"));
        let own = [group.own_meaning.as_deref().map(|meaning| label(meaning, language)), group.own.as_deref()];
        let own = own.into_iter().flatten().filter(|own| *own != first && !is_taken(own)).map(|own| format!("{first} · {own}"));
        let suggested = own.chain([first.to_owned()]).chain(both).find(|name| !taken.contains(name));
        let name = group.name.clone().or(suggested).unwrap_or_else(|| format!("{first} · {}", group.code));
        taken.insert(name.clone());
        named.push((group.code.clone(), name));
    }
    named
}

//! The groups as they are kept: fitted, fitted anew without losing their codes, and members placed in them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::clustering::{Centre, Clusters, Ground, Leaning, best, cluster, settle};
use super::taste::{Taste, Tastes};
use super::{FITTED_PURCHASES, Lack, NEEDED_CATEGORIES, NEEDED_MEMBERS, SMALL_GROUPS, USUAL_GROUPS};

/// Members to whom groups are fitted; of more, so many are drawn.
pub const SAMPLE: usize = 20_000;
/// The most categories that are looked at.
const LOOKED_AT_MAX: usize = 300;
/// A category is looked at when one of so many members buys it.
const BOUGHT_BY_ONE_OF: usize = 100;
/// The fewest buyers of such a category.
const BUYERS_MIN: usize = 5;
/// Members below which a brand is a small shop.
const SMALL_MEMBERS: usize = 500;
/// Categories below which a brand is a small shop.
const SMALL_CATEGORIES: usize = 12;
/// By how much another group must fit better before a member leaves hers, as a difference of cosines. On The Complete Journey it lets 3–6 %
/// of the members move in a month, and without it 8–15 % would, most of them back again later.
pub const CLEARLY: f64 = 0.05;
/// How alike a new group must be to one before to have its code, as a cosine.
const ALIKE: f64 = 0.5;
/// Rounds of k-means when groups are fitted anew from those before.
const ROUNDS_ANEW: usize = 10;
/// How much more often than everybody, in percent, a group must buy something to be told apart.
const APART_PERCENT: f64 = 130.0;
/// Members by whom it is found out how many groups are worth it.
const COUNTED: usize = 2_000;
/// Which part of the mean gain of the groups so far one more must bring.
const WORTH: f64 = 0.2;
/// The seed of every fit: the same purchases give the same groups.
const SEED: u64 = 0x006c_6966_6573_7479;

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its code, which it keeps.
    pub code: String,
    /// Where it leans, by category.
    pub weights: Vec<f64>,
}

/// The groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The categories that are looked at, in byte order.
    pub categories: Vec<String>,
    /// Everybody's share of each; together one.
    pub shares: Vec<f64>,
    /// The groups, the largest first when they were fitted.
    pub groups: Vec<Group>,
    /// How well members fit their groups: the mean of the cosines, at most 1.
    pub quality: f64,
    /// Members to whom they were fitted.
    pub members: usize,
}

/// Members whom groups can be fitted to.
pub struct Fitting {
    categories: Vec<String>,
    ground: Ground,
    leanings: Vec<Leaning>,
    members: usize,
}

impl Fitting {
    /// Chooses the categories that say something, and the members. `is_silent` says which categories say nothing.
    pub fn new(tastes: &Tastes, is_silent: impl Fn(&str) -> bool) -> Result<Self, Lack> {
        let regular: Vec<usize> = (0..tastes.len()).filter(|place| tastes.of(*place).purchases >= FITTED_PURCHASES).collect();
        if regular.len() < NEEDED_MEMBERS {
            return Err(Lack::Members { found: regular.len(), needed: NEEDED_MEMBERS });
        }
        let (buyers, purchases) = tastes.sums();
        let least = BUYERS_MIN.max(tastes.len() / BOUGHT_BY_ONE_OF);
        let says = |place: &usize| buyers[*place] >= least && !is_silent(&tastes.categories[*place]);
        let mut looked_at: Vec<usize> = (0..buyers.len()).filter(says).collect();
        if looked_at.len() < NEEDED_CATEGORIES {
            let without_percent = tastes.uncategorised * 100 / tastes.lines.max(1);
            return Err(Lack::Categories { found: looked_at.len(), needed: NEEDED_CATEGORIES, without_percent });
        }
        looked_at.sort_by_key(|place| (std::cmp::Reverse(buyers[*place]), *place));
        looked_at.truncate(LOOKED_AT_MAX);
        looked_at.sort_unstable();
        let whole: u64 = looked_at.iter().map(|place| purchases[*place]).sum();
        let roots = looked_at.iter().map(|place| (purchases[*place] as f64 / whole as f64).sqrt()).collect();
        let mut places = vec![None; buyers.len()];
        looked_at.iter().zip(0..).for_each(|(category, place)| places[*category] = Some(place));
        let ground = Ground { roots, places };
        let members = regular.len();
        let leanings = sample(tastes, regular).into_iter().filter_map(|place| ground.leaning(tastes.of(place))).collect();
        let categories = looked_at.iter().map(|place| tastes.categories[*place].clone()).collect();
        Ok(Fitting { categories, ground, leanings, members })
    }

    /// So many groups, with codes of their own.
    pub fn fit(&self, count: usize) -> Model {
        self.model(cluster(&self.ground, &self.leanings, count, SEED))
    }

    /// As many groups as the data carry, from three up to thirteen, and in a small shop five: one more is worth it while it lets members fit
    /// better by a fifth of what groups did on average so far, each holds one of a hundred members, and each buys something clearly more often
    /// than everybody.
    pub fn propose(&self) -> Model {
        let is_small = self.members < SMALL_MEMBERS || self.categories.len() < SMALL_CATEGORIES;
        let most = if is_small { SMALL_GROUPS } else { USUAL_GROUPS };
        let carried = (4..=self.worth(most)).rev().find_map(|count| {
            let found = cluster(&self.ground, &self.leanings, count, SEED);
            self.carries(&found).then_some(found)
        });
        self.model(carried.unwrap_or_else(|| cluster(&self.ground, &self.leanings, 3, SEED)))
    }

    /// The most groups that are worth it, by fits to a few of the members.
    fn worth(&self, most: usize) -> usize {
        let step = self.leanings.len().div_ceil(COUNTED);
        let few: Vec<Leaning> = self.leanings.iter().step_by(step.max(1)).cloned().collect();
        let quality: Vec<f64> = (2..=most).map(|count| cluster(&self.ground, &few, count, SEED).quality).collect();
        let is_worth = |more: &usize| {
            let gained = quality[*more] - quality[more - 1];
            gained >= WORTH * (quality[*more] - quality[0]) / *more as f64
        };
        (1..quality.len()).rev().find(is_worth).map_or(2, |more| more + 2)
    }

    fn carries(&self, found: &Clusters) -> bool {
        let mut members = vec![0_usize; found.centres.len()];
        found.of.iter().for_each(|place| members[*place] += 1);
        let least = (self.leanings.len() / 100).max(BUYERS_MIN);
        let is_apart = |centre: &Centre| {
            // A share of which the root is the mean of the members' roots: near enough to what they buy together.
            let lean = self.mean_lean(centre, found);
            let times = self.ground.roots.iter().zip(lean).map(|(root, lean)| (root + lean).max(0.0).powi(2) / (root * root));
            times.fold(0.0, f64::max) * 100.0 >= APART_PERCENT
        };
        members.iter().all(|members| *members >= least) && found.centres.iter().all(is_apart)
    }

    /// How far those of a centre lean on average, by category.
    fn mean_lean(&self, centre: &Centre, found: &Clusters) -> Vec<f64> {
        let place = found.centres.iter().position(|one| std::ptr::eq(one, centre)).unwrap_or(0);
        let mut sum = vec![0.0; self.ground.roots.len()];
        let mut members = 0.0;
        for (leaning, _) in self.leanings.iter().zip(&found.of).filter(|(_, of)| **of == place) {
            members += 1.0;
            for (category, sum) in (0_u16..).zip(&mut sum) {
                *sum += self.ground.at(leaning, category);
            }
        }
        sum.iter().map(|sum| sum / f64::max(members, 1.0)).collect()
    }

    fn model(&self, found: Clusters) -> Model {
        let mut members = vec![0_usize; found.centres.len()];
        found.of.iter().for_each(|place| members[*place] += 1);
        let mut order: Vec<usize> = (0..found.centres.len()).collect();
        order.sort_by_key(|place| (std::cmp::Reverse(members[*place]), *place));
        let group = |(number, place): (usize, &usize)| Group {
            code: code(number + 1),
            weights: found.centres[*place].weights().to_vec(),
        };
        let groups = order.iter().enumerate().map(group).collect();
        self.with(groups, found.quality)
    }

    fn with(&self, groups: Vec<Group>, quality: f64) -> Model {
        let shares = self.ground.roots.iter().map(|root| root * root).collect();
        Model { categories: self.categories.clone(), shares, groups, quality, members: self.members }
    }

    /// The groups of a model held against what members buy now, as they are.
    pub fn as_before(&self, before: &Model) -> Model {
        self.with_rounds(before, 0)
    }

    /// The groups of a model moved to where their members lean now; each keeps its code.
    pub fn refit(&self, before: &Model) -> Model {
        self.with_rounds(before, ROUNDS_ANEW)
    }

    fn with_rounds(&self, before: &Model, rounds: usize) -> Model {
        let known: Vec<Option<usize>> =
            self.categories.iter().map(|category| before.categories.binary_search(category).ok()).collect();
        let weights =
            |group: &Group| known.iter().map(|place| place.map_or(0.0, |place| group.weights[place])).collect::<Vec<f64>>();
        let centres = before.groups.iter().map(|group| Centre::new(&self.ground, weights(group))).collect();
        let found = settle(&self.ground, &self.leanings, centres, rounds);
        let moved = before.groups.iter().zip(&found.centres);
        let groups = moved.map(|(group, centre)| Group { code: group.code.clone(), weights: centre.weights().to_vec() });
        self.with(groups.collect(), found.quality)
    }
}

/// The code of a group by its number.
fn code(number: usize) -> String {
    format!("g{number}")
}

/// Those of so many members who are looked at: all, or those with the least mixed ids.
fn sample(tastes: &Tastes, mut places: Vec<usize>) -> Vec<usize> {
    if places.len() > SAMPLE {
        let mixed = |place: &usize| {
            let member = tastes.of(*place).member as u64;
            super::clustering::Chance::new(SEED ^ member).next()
        };
        places.sort_by_cached_key(mixed);
        places.truncate(SAMPLE);
        places.sort_unstable();
    }
    places
}

/// Where a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The place of the group among the model's.
    pub group: usize,
    /// How clearly what she buys speaks for it, 0–100.
    pub score: i64,
}

/// A category that speaks for a member's group.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The category.
    pub category: String,
    /// Her purchases in which it stands.
    pub purchases: u16,
    /// Its share in what she buys, in ten-thousandths.
    pub own_bp: i64,
    /// Its share in what everybody buys, in ten-thousandths.
    pub everybody_bp: i64,
}

/// A model over the categories of some tastes.
pub struct Placing<'a> {
    model: &'a Model,
    ground: Ground,
    centres: Vec<Centre>,
}

impl Model {
    /// Makes ready to place members.
    pub fn over(&self, tastes: &Tastes) -> Placing<'_> {
        let place = |category: &String| self.categories.binary_search(category).ok().map(|place| place as u16);
        let roots = self.shares.iter().map(|share| share.sqrt()).collect();
        let ground = Ground { roots, places: tastes.categories.iter().map(place).collect() };
        let centres = self.groups.iter().map(|group| Centre::new(&ground, group.weights.clone())).collect();
        Placing { model: self, ground, centres }
    }

    /// The place of a group.
    pub fn group(&self, code: &str) -> Option<usize> {
        self.groups.iter().position(|group| group.code == code)
    }

    /// This model with the codes of the groups of another that are most like its own; groups that are like none get codes that nobody had,
    /// of those that are used already, too.
    pub fn matched<'a>(mut self, before: &'a Model, used: impl Iterator<Item = &'a str>) -> Model {
        let like = |one: &Group, other: &Group| {
            let own = self.categories.iter().zip(&one.weights);
            let known = own
                .filter_map(|(category, weight)| Some(weight * other.weights[before.categories.binary_search(category).ok()?]));
            known.sum::<f64>()
        };
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (new, one) in self.groups.iter().enumerate() {
            pairs.extend(before.groups.iter().enumerate().map(|(old, other)| (like(one, other), new, old)));
        }
        pairs.sort_by(|one, next| next.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(next.1, next.2))));
        let mut codes: Vec<Option<String>> = vec![None; self.groups.len()];
        let mut taken = BTreeSet::new();
        for (alike, new, old) in pairs {
            if alike >= ALIKE && codes[new].is_none() && taken.insert(old) {
                codes[new] = Some(before.groups[old].code.clone());
            }
        }
        let number = |code: &str| code.strip_prefix('g').and_then(|number| number.parse::<usize>().ok()).unwrap_or(0);
        let known = before.groups.iter().map(|group| group.code.as_str()).chain(used);
        let mut last = known.map(number).max().unwrap_or(0);
        for (group, known) in self.groups.iter_mut().zip(codes) {
            group.code = known.unwrap_or_else(|| {
                last += 1;
                code(last)
            });
        }
        self
    }
}

impl Placing<'_> {
    /// Where somebody stands: in the group that fits best, or in the one that she is in while no other fits clearly better. None who bought
    /// nothing that is looked at.
    pub fn place(&self, taste: Taste<'_>, held: Option<usize>) -> Option<Place> {
        let leaning = self.ground.leaning(taste)?;
        let (found, fits) = best(&self.centres, &leaning)?;
        let kept = held.filter(|held| *held < self.centres.len()).map(|held| (held, self.centres[held].fits(&leaning)));
        let (group, fits) = match kept {
            Some((held, stays)) if fits - stays <= CLEARLY => (held, stays),
            _ => (found, fits),
        };
        let whole: f64 = self.looked_at(taste).map(|(_, count)| f64::from(count)).sum();
        let known = whole / (whole + super::clustering::DRAWN);
        Some(Place { group, score: (fits.max(0.0) * known.sqrt() * 100.0).round() as i64 })
    }

    fn looked_at<'t>(&'t self, taste: Taste<'t>) -> impl Iterator<Item = (u16, u16)> + 't {
        let place = |category: u16| self.ground.places.get(usize::from(category)).copied().flatten();
        taste.counts.iter().filter_map(move |(category, count)| Some((place(*category)?, *count)))
    }

    /// What speaks for a group in what somebody buys, the strongest first, at most so much.
    pub fn evidence(&self, taste: Taste<'_>, group: usize, most: usize) -> Vec<Evidence> {
        let (Some(leaning), Some(centre)) = (self.ground.leaning(taste), self.centres.get(group)) else { return Vec::new() };
        let whole: i64 = self.looked_at(taste).map(|(_, count)| i64::from(count)).sum();
        let speaks = |(place, purchases): (u16, u16)| {
            let at = usize::from(place);
            let evidence = Evidence {
                category: self.model.categories[at].clone(),
                purchases,
                own_bp: i64::from(purchases) * 10_000 / whole.max(1),
                everybody_bp: (self.model.shares[at] * 10_000.0).round() as i64,
            };
            let lean = self.ground.at(&leaning, place);
            (lean > 0.0).then_some((lean * centre.weights()[at], evidence))
        };
        let mut found: Vec<(f64, Evidence)> =
            self.looked_at(taste).filter_map(speaks).filter(|(strength, _)| *strength > 0.0).collect();
        found.sort_by(|one, next| next.0.total_cmp(&one.0));
        found.into_iter().take(most).map(|(_, evidence)| evidence).collect()
    }
}

//! Spherical k-means over leanings (Dhillon and Modha, "Concept decompositions for large sparse text data using clustering", Machine
//! Learning 42, 2001), begun by k-means++ (Arthur and Vassilvitskii, SODA 2007) from a fixed seed, so that the same members give the same
//! groups.
//!
//! A leaning is the difference of the square roots of two shares: that of a category in what a member buys, drawn towards everybody's as by
//! [`DRAWN`] purchases of theirs, and that in what everybody buys. Square roots of shares vary alike whatever the share is (the distance of
//! Hellinger), so that neither the rare nor the common drown the rest.

use super::taste::Taste;

/// By how many purchases of everybody's a member's shares are drawn towards theirs.
pub const DRAWN: f64 = 30.0;
/// How often k-means is begun; the best end is taken.
const BEGINNINGS: u64 = 4;
/// The most rounds of one beginning.
const ROUNDS: usize = 40;
/// Rounds end when fewer than one of so many members changes.
const SETTLED: usize = 500;

/// Chance from a seed: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub(super) struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Chance(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// At least 0 and below 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Which categories are looked at, and what everybody's shares of them are.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The square root of everybody's share of each category; the shares add up to one.
    pub roots: Vec<f64>,
    /// The place of each category of the tastes among them; none where it is not looked at.
    pub places: Vec<Option<u16>>,
}

/// Where a member leans, of length one. At a category that she never bought it is `rest` times the root of everybody's share, and elsewhere
/// what stands in `parts` more.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaning {
    pub(super) rest: f64,
    pub(super) parts: Vec<(u16, f64)>,
}

impl Ground {
    /// Where somebody leans; none who bought nothing that is looked at, or just what everybody buys.
    pub fn leaning(&self, taste: Taste<'_>) -> Option<Leaning> {
        let own = |(category, count): &(u16, u16)| {
            let place = self.places.get(usize::from(*category)).copied().flatten()?;
            Some((place, f64::from(*count)))
        };
        let mut parts: Vec<(u16, f64)> = taste.counts.iter().filter_map(own).collect();
        let whole: f64 = parts.iter().map(|(_, count)| count).sum();
        if whole == 0.0 {
            return None;
        }
        let kept = (DRAWN / (whole + DRAWN)).sqrt();
        let rest = kept - 1.0;
        let mut square = rest * rest;
        for (place, part) in &mut parts {
            let root = self.roots[usize::from(*place)];
            let drawn = ((*part + DRAWN * root * root) / (whole + DRAWN)).sqrt();
            square += (drawn - root) * (drawn - root) - rest * rest * root * root;
            *part = drawn - kept * root;
        }
        if square <= 1e-12 {
            return None;
        }
        let length = square.sqrt();
        parts.iter_mut().for_each(|(_, part)| *part /= length);
        Some(Leaning { rest: rest / length, parts })
    }

    /// The leaning at one category.
    pub(super) fn at(&self, leaning: &Leaning, place: u16) -> f64 {
        let part = leaning.parts.iter().find(|(own, _)| *own == place).map_or(0.0, |(_, part)| *part);
        leaning.rest * self.roots[usize::from(place)] + part
    }
}

/// The middle of a group, of length one.
#[derive(Debug, Clone, PartialEq)]
pub struct Centre {
    weights: Vec<f64>,
    /// How far it leans the way of everybody.
    common: f64,
}

impl Centre {
    /// A centre with these weights, made one long.
    pub fn new(ground: &Ground, mut weights: Vec<f64>) -> Self {
        let length = weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
        if length > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= length);
        }
        let common = weights.iter().zip(&ground.roots).map(|(weight, root)| weight * root).sum();
        Centre { weights, common }
    }

    /// By category.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// How well a leaning fits: the cosine of the angle between them.
    pub fn fits(&self, leaning: &Leaning) -> f64 {
        let parts = leaning.parts.iter().map(|(place, part)| part * self.weights[usize::from(*place)]);
        leaning.rest * self.common + parts.sum::<f64>()
    }
}

/// The centre that fits best, the first of equals, and how well.
pub fn best(centres: &[Centre], leaning: &Leaning) -> Option<(usize, f64)> {
    let fits = centres.iter().map(|centre| centre.fits(leaning)).enumerate();
    fits.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Centres with how well members fit theirs on average, and how many have each.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The centres.
    pub centres: Vec<Centre>,
    /// The mean of the cosines, at most 1.
    pub quality: f64,
    /// The centre of each leaning.
    pub of: Vec<usize>,
}

fn begin(ground: &Ground, leanings: &[Leaning], count: usize, chance: &mut Chance) -> Vec<Centre> {
    let centre = |place: usize| {
        let weights = (0..ground.roots.len() as u16).map(|category| ground.at(&leanings[place], category));
        Centre::new(ground, weights.collect())
    };
    let mut centres = vec![centre((chance.next() % leanings.len() as u64) as usize)];
    let mut nearest = vec![f64::MIN; leanings.len()];
    while centres.len() < count {
        let newest = &centres[centres.len() - 1];
        for (nearest, leaning) in nearest.iter_mut().zip(leanings) {
            *nearest = nearest.max(newest.fits(leaning));
        }
        let far = |nearest: &f64| (1.0 - nearest).max(0.0);
        let mut left = chance.unit() * nearest.iter().map(far).sum::<f64>();
        let chosen = nearest.iter().position(|nearest| {
            left -= far(nearest);
            left < 0.0
        });
        centres.push(centre(chosen.unwrap_or(leanings.len() - 1)));
    }
    centres
}

fn assign(centres: &[Centre], leanings: &[Leaning]) -> (Vec<usize>, f64) {
    let mut sum = 0.0;
    let of = leanings.iter().map(|leaning| {
        let (place, fit) = best(centres, leaning).unwrap_or((0, 0.0));
        sum += fit;
        place
    });
    let of: Vec<usize> = of.collect();
    (of, sum / leanings.len().max(1) as f64)
}

/// The middles of those who have each centre; a centre that nobody has stays.
fn middles(ground: &Ground, leanings: &[Leaning], of: &[usize], centres: &[Centre]) -> Vec<Centre> {
    let mut sums = vec![(0.0, vec![0.0; ground.roots.len()], 0_usize); centres.len()];
    for (leaning, place) in leanings.iter().zip(of) {
        let (rest, parts, members) = &mut sums[*place];
        *rest += leaning.rest;
        *members += 1;
        leaning.parts.iter().for_each(|(category, part)| parts[usize::from(*category)] += part);
    }
    let middle = |((rest, mut weights, members), before): ((f64, Vec<f64>, usize), &Centre)| {
        if members == 0 {
            return before.clone();
        }
        weights.iter_mut().zip(&ground.roots).for_each(|(weight, root)| *weight += rest * root);
        Centre::new(ground, weights)
    };
    sums.into_iter().zip(centres).map(middle).collect()
}

/// Moves centres to the middles of those who have them until hardly anybody changes, or so often.
pub fn settle(ground: &Ground, leanings: &[Leaning], mut centres: Vec<Centre>, rounds: usize) -> Clusters {
    let (mut of, mut quality) = assign(&centres, leanings);
    for _ in 0..rounds {
        let next = middles(ground, leanings, &of, &centres);
        let (moved_to, better) = assign(&next, leanings);
        let moved = of.iter().zip(&moved_to).filter(|(before, after)| before != after).count();
        (centres, of, quality) = (next, moved_to, better);
        if moved * SETTLED < leanings.len() || moved == 0 {
            break;
        }
    }
    Clusters { centres, quality, of }
}

/// So many groups of leanings; fewer only where there are fewer leanings.
pub fn cluster(ground: &Ground, leanings: &[Leaning], count: usize, seed: u64) -> Clusters {
    let count = count.min(leanings.len());
    let mut chance = Chance::new(seed);
    let mut best: Option<Clusters> = None;
    for _ in 0..BEGINNINGS.min(leanings.len() as u64) {
        let found = settle(ground, leanings, begin(ground, leanings, count, &mut chance), ROUNDS);
        if best.as_ref().is_none_or(|best| found.quality > best.quality) {
            best = Some(found);
        }
    }
    best.unwrap_or(Clusters { centres: Vec::new(), quality: 0.0, of: Vec::new() })
}

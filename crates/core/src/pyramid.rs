//! The customer pyramid: members ranked by what they bought, cut at cumulative shares.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most layers that a pyramid may have.
pub const MAX_LAYERS: usize = 20;

/// How the pyramid is cut. The source asks for the top 1 %, 5 % and 20 % of buyers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// Days back from today that count.
    pub period_days: u16,
    /// The layers from the top; the last one reaches 10,000.
    pub layers: Vec<LayerCut>,
    /// How much each criterion weighs in the ranking.
    #[serde(default)]
    pub weights: Weights,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerCut {
    /// Short code.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
    /// The cumulative share of buyers from the top down to here, in ten-thousandths.
    pub share_bp: i64,
}

/// How much each criterion weighs. With one criterion the ranking is by its value; with several, each buyer's rank in each one is
/// weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Amount bought.
    #[serde(default)]
    pub amount: u16,
    /// Pieces bought.
    #[serde(default)]
    pub quantity: u16,
    /// Number of purchases.
    #[serde(default)]
    pub frequency: u16,
    /// Newest purchase.
    #[serde(default)]
    pub recency: u16,
}

impl Default for Weights {
    fn default() -> Self {
        Self { amount: 1, quantity: 0, frequency: 0, recency: 0 }
    }
}

impl Default for Criteria {
    fn default() -> Self {
        let layer = |code: &str, share_bp| LayerCut { code: code.to_owned(), name: code.to_owned(), share_bp };
        Self {
            period_days: 365,
            layers: vec![layer("vip", 100), layer("large", 500), layer("ordinary", 2_000), layer("small", 10_000)],
            weights: Weights::default(),
        }
    }
}

/// What one buyer bought in the period, returns taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// Who.
    pub member: i64,
    /// Minor units.
    pub amount_minor: i64,
    /// Pieces.
    pub quantity: i64,
    /// Purchases.
    pub purchases: i64,
    /// UTC milliseconds of the newest.
    pub last_at_ms: i64,
}

/// A layer with its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Layer {
    /// Short code.
    pub code: String,
    /// The brand's name for it.
    pub name: String,
    /// Buyers in it.
    pub members: usize,
    /// What they bought, in minor units.
    pub amount_minor: i64,
    /// The least that one of them bought, in minor units.
    pub lowest_minor: Option<i64>,
    /// Their share of the whole amount, in ten-thousandths, rounded half up.
    pub amount_share_bp: i64,
    /// Their share of the buyers, in ten-thousandths, rounded half up.
    pub member_share_bp: i64,
}

/// A point of the curve of concentration: the top so many of the buyers bring so much of the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CurvePoint {
    /// Ten-thousandths of the buyers, from the top.
    pub members_bp: i64,
    /// Ten-thousandths of the amount.
    pub amount_bp: i64,
}

/// The pyramid of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pyramid {
    /// The buyers from the top.
    pub ranked: Vec<Buyer>,
    /// What they bought together, in minor units.
    pub amount_minor: i64,
    /// The layers from the top.
    pub layers: Vec<Layer>,
}

/// How many of `buyers` the top `share_bp` ten-thousandths are: rounded up, so that a shop with ten members has a VIP.
pub fn cut(buyers: usize, share_bp: i64) -> usize {
    let share = u128::try_from(share_bp.clamp(0, 10_000)).unwrap_or(0);
    usize::try_from((buyers as u128 * share).div_ceil(10_000)).unwrap_or(buyers)
}

fn share_bp(part: i64, whole: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    i64::try_from((2 * part * 10_000 + whole).div_euclid(2 * whole)).unwrap_or(0)
}

/// For every buyer, how many have less of a criterion.
fn ranks(buyers: &[Buyer], key: impl Fn(&Buyer) -> i64) -> Vec<i64> {
    let mut order: Vec<usize> = (0..buyers.len()).collect();
    order.sort_unstable_by_key(|&index| key(&buyers[index]));
    let mut ranks = vec![0; buyers.len()];
    let mut below = 0;
    for (position, &index) in order.iter().enumerate() {
        if position > 0 && key(&buyers[order[position - 1]]) != key(&buyers[index]) {
            below = position as i64;
        }
        ranks[index] = below;
    }
    ranks
}

fn rank(mut buyers: Vec<Buyer>, weights: Weights) -> Vec<Buyer> {
    type Key = fn(&Buyer) -> i64;
    let criteria: [(u16, Key); 4] = [
        (weights.amount, |buyer| buyer.amount_minor),
        (weights.quantity, |buyer| buyer.quantity),
        (weights.frequency, |buyer| buyer.purchases),
        (weights.recency, |buyer| buyer.last_at_ms),
    ];
    let used: Vec<(u16, Key)> = criteria.into_iter().filter(|(weight, _)| *weight > 0).collect();
    match used.as_slice() {
        [(_, key)] => buyers.sort_unstable_by_key(|buyer| (std::cmp::Reverse(key(buyer)), buyer.member)),
        _ => {
            let mut scores = vec![0_i64; buyers.len()];
            for (weight, key) in &used {
                let ranks = ranks(&buyers, key);
                scores.iter_mut().zip(ranks).for_each(|(score, rank)| *score += i64::from(*weight) * rank);
            }
            let mut scored: Vec<(i64, Buyer)> = scores.into_iter().zip(buyers).collect();
            scored.sort_unstable_by_key(|(score, buyer)| (std::cmp::Reverse(*score), buyer.member));
            buyers = scored.into_iter().map(|(_, buyer)| buyer).collect();
        }
    }
    buyers
}

/// Where each layer ends among so many ranked buyers.
pub fn layer_ends(buyers: usize, layers: &[LayerCut]) -> Vec<usize> {
    let mut end = 0;
    let ends = layers.iter().map(|layer| {
        end = cut(buyers, layer.share_bp).max(end);
        end
    });
    ends.collect()
}

/// What the buyers of some places in the ranking bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// All of it, in minor units.
    pub amount_minor: i64,
    /// The least that one of them bought, in minor units.
    pub lowest_minor: Option<i64>,
}

/// The layers of so many ranked buyers, of whom `portion` says what those of some places bought.
pub fn layers(buyers: usize, wanted: &[LayerCut], portion: impl Fn(Range<usize>) -> Portion) -> Vec<Layer> {
    let amount_minor = portion(0..buyers).amount_minor;
    let mut start = 0;
    let layers = wanted.iter().zip(layer_ends(buyers, wanted)).map(|(layer, end)| {
        let (part, members) = (portion(start..end), end - start);
        start = end;
        Layer {
            code: layer.code.clone(),
            name: layer.name.clone(),
            members,
            amount_minor: part.amount_minor,
            lowest_minor: part.lowest_minor,
            amount_share_bp: share_bp(part.amount_minor, amount_minor),
            member_share_bp: share_bp(members as i64, buyers as i64),
        }
    });
    layers.collect()
}

/// The places of the curve of concentration among so many buyers: 101, from nobody to everybody, rounded up as in [`cut`].
pub fn curve_places(buyers: usize) -> impl Iterator<Item = usize> {
    (0..=100).map(move |percent| cut(buyers, percent * 100))
}

/// The curve of concentration, of what the top so many bought at each of the [`curve_places`].
pub fn curve(sums: impl IntoIterator<Item = i64>, amount_minor: i64) -> Vec<CurvePoint> {
    let points = sums.into_iter().zip(0..);
    points.map(|(sum, percent)| CurvePoint { members_bp: percent * 100, amount_bp: share_bp(sum, amount_minor) }).collect()
}

/// Ranks the buyers and cuts them. Ties go to the lower member id, so the same data give the same pyramid.
pub fn build(buyers: Vec<Buyer>, criteria: &Criteria) -> Pyramid {
    let ranked = rank(buyers, criteria.weights);
    let amount_minor = ranked.iter().map(|buyer| buyer.amount_minor).sum();
    let layers = layers(ranked.len(), &criteria.layers, |places| {
        let amounts = || ranked[places.clone()].iter().map(|buyer| buyer.amount_minor);
        Portion { amount_minor: amounts().sum(), lowest_minor: amounts().min() }
    });
    Pyramid { ranked, amount_minor, layers }
}

impl Pyramid {
    /// The place of a layer's members in the ranking.
    pub fn range_of(&self, code: &str) -> Option<Range<usize>> {
        let mut start = 0;
        for layer in &self.layers {
            if layer.code == code {
                return Some(start..start + layer.members);
            }
            start += layer.members;
        }
        None
    }

    /// What the top buyers bring, at each of the [`curve_places`].
    pub fn curve(&self) -> Vec<CurvePoint> {
        let mut sums = Vec::with_capacity(self.ranked.len() + 1);
        sums.push(0);
        for buyer in &self.ranked {
            sums.push(sums[sums.len() - 1] + buyer.amount_minor);
        }
        curve(curve_places(self.ranked.len()).map(|place| sums[place]), self.amount_minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyer(member: i64, amount_minor: i64) -> Buyer {
        Buyer { member, amount_minor, quantity: 1, purchases: 1, last_at_ms: member }
    }

    fn sizes(pyramid: &Pyramid) -> Vec<usize> {
        pyramid.layers.iter().map(|layer| layer.members).collect()
    }

    #[test]
    fn cuts_are_cumulative_shares_rounded_up() {
        let cases: [(i64, [usize; 4]); 8] = [
            (1_000, [10, 40, 150, 800]),
            (2_469, [25, 99, 370, 1_975]),
            (0, [0, 0, 0, 0]),
            (1, [1, 0, 0, 0]),
            (5, [1, 0, 0, 4]),
            (10, [1, 0, 1, 8]),
            (99, [1, 4, 15, 79]),
            (101, [2, 4, 15, 80]),
        ];
        for (buyers, expected) in cases {
            let pyramid = build((0..buyers).map(|member| buyer(member, member)).collect(), &Criteria::default());
            assert_eq!(sizes(&pyramid), expected, "{buyers}");
        }
    }

    #[test]
    fn ties_go_to_the_lower_member_id() {
        let pyramid = build(vec![buyer(9, 5), buyer(2, 5), buyer(4, 7)], &Criteria::default());
        assert_eq!(pyramid.ranked.iter().map(|buyer| buyer.member).collect::<Vec<_>>(), [4, 2, 9]);
        assert_eq!(pyramid.range_of("vip"), Some(0..1));
        assert_eq!(pyramid.range_of("nobody"), None);
    }

    #[test]
    fn several_criteria_weigh_the_ranks() {
        let often = Buyer { member: 1, amount_minor: 10, quantity: 1, purchases: 9, last_at_ms: 5 };
        let much = Buyer { member: 2, amount_minor: 90, quantity: 1, purchases: 1, last_at_ms: 5 };
        let neither = Buyer { member: 3, amount_minor: 5, quantity: 1, purchases: 1, last_at_ms: 5 };
        let order = |weights| build(vec![neither, often, much], &Criteria { weights, ..Criteria::default() }).ranked;
        let by = |amount, frequency| Weights { amount, frequency, quantity: 0, recency: 0 };
        assert_eq!(order(by(1, 0)), [much, often, neither]);
        assert_eq!(order(by(1, 3)), [often, much, neither]);
        assert_eq!(order(by(3, 1)), [much, often, neither]);
    }

    #[test]
    fn the_curve_runs_from_nobody_to_everybody() {
        let pyramid =
            build((1..=100).map(|member| buyer(member, if member <= 20 { 40 } else { 5 })).collect(), &Criteria::default());
        let curve = pyramid.curve();
        assert_eq!((curve.len(), curve[0].amount_bp, curve[20].amount_bp, curve[100].amount_bp), (101, 0, 6_667, 10_000));
    }

    #[test]
    fn returns_that_outweigh_purchases_do_not_divide_by_zero() {
        let pyramid = build(vec![buyer(1, -5), buyer(2, 5)], &Criteria::default());
        assert_eq!((pyramid.amount_minor, pyramid.layers[0].amount_share_bp), (0, 0));
    }
}

//! Chance from a seed. Every stream of draws belongs to one matter (a member, a visit), so that what one draws changes nothing for the
//! others.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// A stream of draws.
pub struct Chance(StdRng);

impl Chance {
    /// The stream that belongs to a seed and a matter.
    pub fn new(seed: u64, matter: [u64; 2]) -> Self {
        let mixed = matter.iter().fold(seed, |mixed, part| (mixed ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29));
        Chance(StdRng::seed_from_u64(mixed))
    }

    /// True in a share of all draws.
    pub fn once(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// From 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// A whole number below `bound`; zero where nothing is.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound.max(1))
    }

    /// A whole number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0.random_range(least..=most.max(least))
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Of the normal distribution (Box and Muller, 1958).
    pub fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let (one, two) = (1.0 - self.unit(), self.unit());
        mean + deviation * (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
    }

    /// Of the exponential distribution.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// Of the Erlang distribution with mean 1: the larger the shape, the more regular.
    pub fn regular(&mut self, shape: u32) -> f64 {
        (0..shape.max(1)).map(|_| self.exponential(1.0)).sum::<f64>() / f64::from(shape.max(1))
    }
}

/// Weights of some choices, summed up so that a draw is one search.
pub struct Weights(Vec<f64>);

impl Weights {
    /// Weights of the choices in their order; at least one is above zero.
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = weights.into_iter().map(|weight| {
            sum += weight.max(0.0);
            sum
        });
        Weights(sums.collect())
    }

    /// The place of a choice, as often as its weight says.
    pub fn draw(&self, chance: &mut Chance) -> usize {
        let total = self.0.last().copied().unwrap_or(0.0);
        let drawn = chance.unit() * total;
        self.0.partition_point(|sum| *sum <= drawn).min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_their_weights() {
        let weights = Weights::new([1.0, 0.0, 3.0]);
        let mut chance = Chance::new(7, [1, 2]);
        let mut seen = [0; 3];
        (0..8_000).for_each(|_| seen[weights.draw(&mut chance)] += 1);
        assert!((1_800..2_200).contains(&seen[0]) && seen[1] == 0, "{seen:?}");
    }

    #[test]
    fn the_mean_is_kept_and_shapes_differ() {
        let mut chance = Chance::new(7, [3, 4]);
        for (shape, deviation) in [(1, 1.0), (9, 1.0 / 3.0)] {
            let draws: Vec<f64> = (0..8_000).map(|_| chance.regular(shape)).collect();
            let mean = draws.iter().sum::<f64>() / 8_000.0;
            let spread = (draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 8_000.0).sqrt();
            assert!((mean - 1.0).abs() < 0.05 && (spread - deviation).abs() < 0.05, "{shape}: {mean} {spread}");
        }
    }
}

//! Gamma-Gamma: what a member spends on a day on which she comes.
//!
//! Peter S. Fader and Bruce G. S. Hardie, "The Gamma-Gamma Model of Monetary Value", note, February 2013: the amounts of a member
//! are gamma distributed with shape p and a rate of her own, and the rates are gamma distributed over the members with shape q and
//! rate v.

use serde::{Deserialize, Serialize};
use special::Gamma;
use utoipa::ToSchema;

use super::fitting::{Maximum, maximise};

/// The parameters. p and q have no unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = GammaGammaParameters)]
pub struct Parameters {
    /// Shape of a member's amounts: the larger, the more alike are her purchases.
    pub p: f64,
    /// Shape of the members' rates: the larger, the more alike are the members.
    pub q: f64,
    /// Rate of the members' rates, in minor units.
    pub v: f64,
}

/// What a member spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spending {
    /// Days: x.
    pub days: f64,
    /// What she spent on one of them on average, in minor units: z̄.
    pub mean: f64,
}

fn ln_gamma(at: f64) -> f64 {
    Gamma::ln_gamma(at).0
}

impl Parameters {
    /// What a member is expected to spend on a day on which she comes, in minor units: equation 5 of the note. Her own mean and that of
    /// all members are weighed by how much is known about her. No members at all have a mean when q ≤ 1; then it is her own that is left.
    pub fn expected_mean(&self, spending: &Spending) -> f64 {
        let Spending { days, mean } = *spending;
        let known = self.p * days + self.q - 1.0;
        if known > 0.0 { self.p * (self.v + days * mean.max(0.0)) / known } else { mean.max(0.0) }
    }
}

/// Log-likelihood and its derivatives by p, q and v: equation 1a of the note. What depends on the days alone is computed once for
/// members next to each other who came as often.
fn log_likelihood(spendings: &[Spending], [p, q, v]: &[f64; 3]) -> (f64, [f64; 3]) {
    let (ln_gamma_q, digamma_q, ln_v) = (ln_gamma(*q), q.digamma(), v.ln());
    let (mut height, mut slope) = (0.0, [0.0; 3]);
    let mut days = f64::NAN;
    let (mut of_days, mut digamma_sum, mut digamma_shape) = (0.0, 0.0, 0.0);
    for spending in spendings {
        if spending.days != days {
            days = spending.days;
            of_days = ln_gamma(p * days + q) - ln_gamma(p * days) - ln_gamma_q + q * ln_v;
            digamma_sum = (p * days + q).digamma();
            digamma_shape = (p * days).digamma();
        }
        let total = days * spending.mean;
        let (ln_total, ln_sum) = (total.ln(), (total + v).ln());
        height += of_days + p * days * ln_total - spending.mean.ln() - (p * days + q) * ln_sum;
        slope[0] += days * (digamma_sum - digamma_shape + ln_total - ln_sum);
        slope[1] += digamma_sum - digamma_q + ln_v - ln_sum;
        slope[2] += q / v - (p * days + q) / (total + v);
    }
    (height, slope)
}

/// Fits the parameters to what members spent, those without a mean above nothing passed over, by maximum likelihood. None when no
/// maximum was found.
pub fn fit(spendings: &[Spending]) -> Option<(Parameters, Maximum<3>)> {
    let mut used: Vec<Spending> = spendings.iter().copied().filter(|spending| spending.mean > 0.0).collect();
    // In units of the mean, so that the search does not depend on the currency.
    let unit = used.iter().map(|spending| spending.mean).sum::<f64>() / used.len() as f64;
    used.iter_mut().for_each(|spending| spending.mean /= unit);
    used.sort_unstable_by(|left, right| {
        (left.days, left.mean).partial_cmp(&(right.days, right.mean)).unwrap_or(std::cmp::Ordering::Equal)
    });
    let maximum = maximise(&|parameters: &[f64; 3]| log_likelihood(&used, parameters), used.len() as f64, [2.0, 2.0, 1.0])?;
    let [p, q, v] = maximum.parameters;
    Some((Parameters { p, q, v: v * unit }, maximum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected_value::chance::Chance;

    /// Fader and Hardie's estimates for CDNOW, in dollars.
    const CDNOW: Parameters = Parameters { p: 6.25, q: 3.74, v: 15.44 };

    #[test]
    fn the_published_customers_are_expected_to_spend_what_was_published() {
        for (days, mean, expected) in [(0.0, 0.0, 35.22), (2.0, 22.35, 24.66), (1.0, 11.77, 18.92)] {
            let found = CDNOW.expected_mean(&Spending { days, mean });
            assert!((found - expected).abs() < 0.01, "{days} {mean}: {found} is not {expected}");
        }
    }

    #[test]
    fn the_derivatives_are_those_of_the_likelihood() {
        let spendings = [(1.0, 0.3), (1.0, 2.0), (4.0, 0.9), (25.0, 1.4)].map(|(days, mean)| Spending { days, mean });
        for at in [[6.25, 3.74, 0.44], [0.6, 1.2, 3.0], [20.0, 9.0, 0.05]] {
            let (_, slope) = log_likelihood(&spendings, &at);
            for place in 0..3 {
                let moved = |by: f64| {
                    let mut at = at;
                    at[place] += by;
                    log_likelihood(&spendings, &at).0
                };
                let step = 1e-5 * at[place];
                let difference = (moved(step) - moved(-step)) / (2.0 * step);
                assert!(
                    (slope[place] - difference).abs() < 1e-5 * difference.abs().max(1.0),
                    "{at:?} {place}: {slope:?} {difference}"
                );
            }
        }
    }

    #[test]
    fn known_parameters_are_found_again() {
        let mut chance = Chance::new(11);
        let spendings: Vec<Spending> = (0..20_000_u32)
            .map(|member| {
                let rate = chance.gamma(4) / 1_500.0;
                let days = 1 + member % 6;
                let total: f64 = (0..days).map(|_| chance.gamma(3) / rate).sum();
                Spending { days: f64::from(days), mean: total / f64::from(days) }
            })
            .collect();
        let (found, _) = fit(&spendings).expect("a maximum");
        for (name, found, expected) in [("p", found.p, 3.0), ("q", found.q, 4.0), ("v", found.v, 1_500.0)] {
            assert!((found / expected - 1.0).abs() < 0.1, "{name}: {found} is not {expected}");
        }
    }
}

//! BG/NBD: how often a member comes, and whether she still does.
//!
//! Peter S. Fader, Bruce G. S. Hardie and Ka Lok Lee, "'Counting Your Customers' the Easy Way: An Alternative to the Pareto/NBD
//! Model", Marketing Science 24(2), 2005, pages 275–284: while active, a member buys at a rate of her own, and after each purchase
//! she may drop out with a probability of her own; over the members the rates are gamma distributed (r, α) and the probabilities beta
//! distributed (a, b). Time is in weeks.

use serde::{Deserialize, Serialize};
use special::Gamma;
use utoipa::ToSchema;

use super::fitting::{Maximum, maximise};
use super::hypergeometric::hypergeometric;

/// How near a − 1 or a + b + x − 1 may come to nothing before it is moved off: the formulas divide by them, and what they give has a
/// limit there.
const APART: f64 = 1e-6;

/// The parameters. Only α has a unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = BgNbdParameters)]
pub struct Parameters {
    /// Shape of the members' rates.
    pub r: f64,
    /// Rate of the members' rates, in weeks: a member comes r/α times a week on average.
    pub alpha: f64,
    /// Weight of dropping out after a purchase.
    pub a: f64,
    /// Weight of staying.
    pub b: f64,
}

/// When a member came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visits {
    /// How often after the first time: x.
    pub repeats: f64,
    /// Weeks from the first to the newest time: t_x.
    pub recency: f64,
    /// Weeks from the first time to the end of what was observed: T.
    pub age: f64,
}

impl Parameters {
    /// The probability that a member is still active at the end of what was observed: equation 11 of Fader, Hardie and Lee, "Computing
    /// P(alive) Using the BG/NBD Model", note, 2008. Who never came again is active for certain: the model lets members drop out at
    /// purchases after the first alone.
    pub fn probability_active(&self, visits: &Visits) -> f64 {
        if visits.repeats == 0.0 {
            return 1.0;
        }
        let dropped = (self.a / (self.b + visits.repeats - 1.0)).ln()
            + (self.r + visits.repeats) * ((self.alpha + visits.age) / (self.alpha + visits.recency)).ln();
        1.0 / (1.0 + dropped.exp())
    }

    /// The probability that a member comes at least once in the next `weeks`: she is active, and her rate, gamma distributed with shape
    /// r + x and rate α + T, does not leave the time empty.
    pub fn probability_coming(&self, visits: &Visits, weeks: f64) -> f64 {
        let empty = -(self.r + visits.repeats) * (weeks / (self.alpha + visits.age)).ln_1p();
        self.probability_active(visits) * -empty.exp_m1()
    }

    /// How often a member is expected to come in the next `weeks`: equation 10 of the paper. With z = t / (α + T + t), its factor
    /// (1 − z)^(r + x) ₂F₁(r + x, b + x; a + b + x − 1; z) is, by Euler's transformation (DLMF 15.8.1), equal to
    /// (1 − z)^(a − 1) ₂F₁(a + b − 1 − r, a − 1; a + b + x − 1; z), whose terms stay small for members who came hundreds of times.
    pub fn expected_repeats(&self, visits: &Visits, weeks: f64) -> f64 {
        let apart = |value: f64| if value.abs() < APART { APART } else { value };
        let less = apart(self.a - 1.0);
        let third = apart(less + self.b + visits.repeats);
        let z = weeks / (self.alpha + visits.age + weeks);
        let factor = (1.0 - z).powf(less) * hypergeometric(less + self.b - self.r, less, third, z);
        third / less * (1.0 - factor) * self.probability_active(visits)
    }
}

/// Members who came alike.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Group {
    visits: Visits,
    members: f64,
}

/// Groups equal members, those who came as often next to each other.
fn groups(visits: &[Visits]) -> Vec<Group> {
    let mut sorted = visits.to_vec();
    let key = |visits: &Visits| (visits.repeats, visits.age, visits.recency);
    sorted.sort_unstable_by(|left, right| key(left).partial_cmp(&key(right)).unwrap_or(std::cmp::Ordering::Equal));
    let mut groups: Vec<Group> = Vec::new();
    for visits in sorted {
        match groups.last_mut() {
            Some(group) if group.visits == visits => group.members += 1.0,
            _ => groups.push(Group { visits, members: 1.0 }),
        }
    }
    groups
}

fn ln_gamma(at: f64) -> f64 {
    Gamma::ln_gamma(at).0
}

/// Log-likelihood and its derivatives by r, α, a and b: equation 6 of the paper, whose two summands are added by their logarithms. What
/// depends on the number of repeats alone is computed once for members next to each other who came as often.
fn log_likelihood(groups: &[Group], [r, alpha, a, b]: &[f64; 4]) -> (f64, [f64; 4]) {
    let (ln_alpha, digamma_r, digamma_ab, digamma_b) = (alpha.ln(), r.digamma(), (a + b).digamma(), b.digamma());
    let constant = r * ln_alpha - ln_gamma(*r) + ln_gamma(a + b) - ln_gamma(*b);
    let (mut height, mut slope) = (0.0, [0.0; 4]);
    let mut repeats = f64::NAN;
    let (mut of_repeats, mut by_r, mut by_a, mut by_b) = (0.0, 0.0, 0.0, 0.0);
    for Group { visits, members } in groups {
        let x = visits.repeats;
        if x != repeats {
            repeats = x;
            of_repeats = constant + ln_gamma(r + x) + ln_gamma(b + x) - ln_gamma(a + b + x);
            by_r = (r + x).digamma() - digamma_r + ln_alpha;
            by_a = digamma_ab - (a + b + x).digamma();
            by_b = by_a + (b + x).digamma() - digamma_b;
        }
        let (age, recency) = (alpha + visits.age, alpha + visits.recency);
        let (ln_age, ln_recency) = (age.ln(), recency.ln());
        // The share of those who dropped out at their newest purchase; who never came again cannot have.
        let odds = if x > 0.0 { a / (b + x - 1.0) * ((r + x) * (ln_age - ln_recency)).exp() } else { 0.0 };
        // All but the most regular ones who stayed away long: there the odds may be beyond all numbers.
        let dropped = if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        let ln_either = if odds.is_finite() { odds.ln_1p() } else { (a / (b + x - 1.0)).ln() + (r + x) * (ln_age - ln_recency) };
        height += members * (of_repeats - (r + x) * ln_age + ln_either);
        slope[0] += members * (by_r - (1.0 - dropped) * ln_age - dropped * ln_recency);
        slope[1] += members * (r / alpha - (r + x) * ((1.0 - dropped) / age + dropped / recency));
        slope[2] += members * (by_a + dropped / a);
        slope[3] += members * (by_b - if x > 0.0 { dropped / (b + x - 1.0) } else { 0.0 });
    }
    (height, slope)
}

/// Fits the parameters to what members did, by maximum likelihood. None when no maximum was found.
pub fn fit(visits: &[Visits]) -> Option<(Parameters, Maximum<4>)> {
    let groups = groups(visits);
    let mean_age = visits.iter().map(|visits| visits.age).sum::<f64>() / visits.len() as f64;
    let start = [1.0, mean_age.max(1.0) / 2.0, 1.0, 2.0];
    let maximum = maximise(&|parameters: &[f64; 4]| log_likelihood(&groups, parameters), visits.len() as f64, start)?;
    let [r, alpha, a, b] = maximum.parameters;
    Some((Parameters { r, alpha, a, b }, maximum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected_value::chance::Chance;

    /// Fader, Hardie and Lee's estimates for CDNOW.
    const CDNOW: Parameters = Parameters { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 };

    fn visits(repeats: u32, recency_days: u32, age_days: u32) -> Visits {
        Visits { repeats: f64::from(repeats), recency: f64::from(recency_days) / 7.0, age: f64::from(age_days) / 7.0 }
    }

    #[test]
    fn the_published_customers_are_expected_to_come_as_published() {
        // Customers 1, 2, 3 and 157 of the sample, in the 39 weeks after 30 September 1997.
        for (repeats, recency, age, expected) in
            [(2, 213, 272, 1.226), (1, 12, 272, 0.203), (0, 0, 272, 0.195), (29, 264, 266, 20.055)]
        {
            let found = CDNOW.expected_repeats(&visits(repeats, recency, age), 39.0);
            assert!((found - expected).abs() < 0.002, "{repeats} {recency} {age}: {found} is not {expected}");
        }
    }

    #[test]
    fn chances_are_between_never_and_always() {
        let cases = [
            // repeats, recency, age, active, comes within 39 weeks
            (0, 0, 272, 1.0, 0.144_3),
            (2, 213, 272, 0.726_6, 0.554_6),
            (29, 264, 266, 0.969_2, 0.969_2),
            (29, 30, 266, 0.0, 0.0),
        ];
        for (repeats, recency, age, active, coming) in cases {
            let visits = visits(repeats, recency, age);
            let found = (CDNOW.probability_active(&visits), CDNOW.probability_coming(&visits, 39.0));
            assert!((found.0 - active).abs() < 5e-4 && (found.1 - coming).abs() < 5e-4, "{visits:?}: {found:?}");
        }
    }

    /// The expectation by equation 10 as it is printed.
    fn printed(parameters: &Parameters, visits: &Visits, weeks: f64) -> f64 {
        let Parameters { r, alpha, a, b } = *parameters;
        let Visits { repeats: x, age, .. } = *visits;
        let series = hypergeometric(r + x, b + x, a + b + x - 1.0, weeks / (alpha + age + weeks));
        let factor = ((alpha + age) / (alpha + age + weeks)).powf(r + x) * series;
        (a + b + x - 1.0) / (a - 1.0) * (1.0 - factor) * parameters.probability_active(visits)
    }

    #[test]
    fn the_transformed_formula_is_the_printed_one() {
        for parameters in
            [CDNOW, Parameters { r: 1.4, alpha: 1.3, a: 1.6, b: 7.0 }, Parameters { r: 3.0, alpha: 20.0, a: 0.01, b: 40.0 }]
        {
            for visits in [visits(0, 0, 70), visits(3, 60, 70), visits(40, 250, 266)] {
                for weeks in [1.0, 12.9, 39.0] {
                    let (found, expected) = (parameters.expected_repeats(&visits, weeks), printed(&parameters, &visits, weeks));
                    assert!((found - expected).abs() < 1e-9 * expected.max(1.0), "{parameters:?} {visits:?}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn where_the_formula_divides_by_nothing_the_limit_is_given() {
        let with = |a: f64, b: f64| Parameters { a, b, ..CDNOW }.expected_repeats(&visits(0, 0, 100), 20.0);
        for (a, b) in [(1.0, 2.0), (0.4, 0.6)] {
            let around = (with(a - 1e-4, b) + with(a + 1e-4, b)) / 2.0;
            assert!((with(a, b) - around).abs() < 1e-5, "{a} {b}: {} {around}", with(a, b));
        }
    }

    #[test]
    fn the_derivatives_are_those_of_the_likelihood() {
        let sample =
            groups(&[visits(0, 0, 100), visits(0, 0, 100), visits(1, 9, 200), visits(7, 190, 200), visits(300, 500, 900)]);
        for at in [[0.2426, 4.4136, 0.7929, 2.4259], [3.0, 0.5, 0.01, 9.0], [0.9, 40.0, 5.0, 0.7]] {
            let (_, slope) = log_likelihood(&sample, &at);
            for place in 0..4 {
                let moved = |by: f64| {
                    let mut at = at;
                    at[place] += by;
                    log_likelihood(&sample, &at).0
                };
                let step = 1e-5 * at[place];
                let difference = (moved(step) - moved(-step)) / (2.0 * step);
                assert!(
                    (slope[place] - difference).abs() < 1e-4 * difference.abs().max(1.0),
                    "{at:?} {place}: {slope:?} {difference}"
                );
            }
        }
    }

    #[test]
    fn regulars_who_stayed_away_for_ever_keep_the_likelihood_a_number() {
        let (height, slope) = log_likelihood(&groups(&[visits(3_000, 3_000, 30_000)]), &[1.0, 0.01, 1.0, 1.0]);
        assert!(height.is_finite() && slope.iter().all(|slope| slope.is_finite()), "{height} {slope:?}");
    }

    #[test]
    fn known_parameters_are_found_again() {
        // r = 2, α = 5, a = 1, b = 3: rates are sums of two exponentials, and dropping out is 1 − U^(1/3).
        let mut chance = Chance::new(7);
        let members: Vec<Visits> = (0..20_000_u32)
            .map(|member| {
                let (rate, drops) = (chance.gamma(2) / 5.0, 1.0 - chance.unit().powf(1.0 / 3.0));
                let age = 20.0 + f64::from(member % 30);
                let (mut repeats, mut recency) = (0.0, 0.0);
                loop {
                    let next = recency + chance.exponential() / rate;
                    if next > age {
                        break;
                    }
                    (repeats, recency) = (repeats + 1.0, next);
                    if chance.unit() < drops {
                        break;
                    }
                }
                Visits { repeats, recency, age }
            })
            .collect();
        let (found, _) = fit(&members).expect("a maximum");
        for (name, found, expected) in [("r", found.r, 2.0), ("α", found.alpha, 5.0), ("a", found.a, 1.0), ("b", found.b, 3.0)] {
            assert!((found / expected - 1.0).abs() < 0.1, "{name}: {found} is not {expected}");
        }
    }

    #[test]
    fn where_nobody_drops_out_the_search_still_ends() {
        let mut chance = Chance::new(3);
        let members: Vec<Visits> = (0..2_000)
            .map(|_| {
                let rate = chance.gamma(2);
                let (mut repeats, mut recency) = (0.0, 0.0);
                loop {
                    let next = recency + chance.exponential() / rate;
                    if next > 40.0 {
                        break Visits { repeats, recency, age: 40.0 };
                    }
                    (repeats, recency) = (repeats + 1.0, next);
                }
            })
            .collect();
        let (found, _) = fit(&members).expect("a maximum");
        assert!(found.a / (found.a + found.b) < 0.001, "{found:?}");
    }
}

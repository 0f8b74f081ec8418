//! The largest likelihood of a few positive parameters.

use std::cell::RefCell;

use argmin::core::{ArgminError, CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;

/// Evaluations after which a search is given up; the line search sets no bound of its own.
const MAX_EVALUATIONS: u32 = 1_000;
/// Steps that L-BFGS remembers: more than there are parameters.
const MEMORY: usize = 8;
/// Slope of the mean log-likelihood at which the search ends.
const SLOPE_SOUGHT: f64 = 1e-8;
/// Slope at which a point still counts as the largest. With a million members, chance alone moves the slope by a thousand times as much.
const SLOPE_TAKEN: f64 = 1e-5;
/// Beyond this the logarithm of a parameter is cut off: powers of it no longer fit into a number.
const LOGARITHM_MAX: f64 = 30.0;
/// Standard deviation of the weak normal prior on the logarithm of each parameter. It keeps parameters finite that the data say
/// nothing about, such as those of dropping out where nobody drops out, and moves none that they do: of the 2,357 customers of CDNOW by
/// less than a ten-thousandth part.
const PRIOR_DEVIATION: f64 = 100.0;

/// Where a likelihood is largest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Maximum<const N: usize> {
    /// The parameters.
    pub parameters: [f64; N],
    /// The log-likelihood of all observations there, without the prior.
    pub log_likelihood: f64,
    /// How often the likelihood was computed.
    pub evaluations: u32,
}

/// The best point that a search has seen, and the newest one, whose slope is asked for right after its height.
struct Seen<const N: usize> {
    newest: Point<N>,
    best: Point<N>,
    evaluations: u32,
}

#[derive(Clone, Copy)]
struct Point<const N: usize> {
    logarithms: [f64; N],
    cost: f64,
    slope: [f64; N],
}

struct Objective<'a, F, const N: usize> {
    log_likelihood: &'a F,
    observations: f64,
    seen: &'a RefCell<Seen<N>>,
}

impl<F: Fn(&[f64; N]) -> (f64, [f64; N]), const N: usize> Objective<'_, F, N> {
    /// The mean negative log-posterior at the logarithms of the parameters, and its slope there. An error ends the search: after too many
    /// evaluations, or where the posterior is no number.
    fn at(&self, logarithms: &[f64]) -> Result<Point<N>, Error> {
        let logarithms: [f64; N] = std::array::from_fn(|place| logarithms[place]);
        let mut seen = self.seen.borrow_mut();
        if seen.newest.logarithms == logarithms {
            return Ok(seen.newest);
        }
        let parameters = logarithms.map(|logarithm| logarithm.clamp(-LOGARITHM_MAX, LOGARITHM_MAX).exp());
        let (height, slope) = (self.log_likelihood)(&parameters);
        let precision = PRIOR_DEVIATION.powi(-2);
        let prior: f64 = logarithms.iter().map(|logarithm| 0.5 * precision * logarithm * logarithm).sum();
        let slope =
            std::array::from_fn(|place| (precision * logarithms[place] - slope[place] * parameters[place]) / self.observations);
        let point = Point { logarithms, cost: (prior - height) / self.observations, slope };
        seen.evaluations += 1;
        seen.newest = point;
        if point.cost < seen.best.cost {
            seen.best = point;
        }
        if !point.cost.is_finite() || seen.evaluations >= MAX_EVALUATIONS {
            let text = "the search left where there is something to find".to_owned();
            return Err(ArgminError::ConditionViolated { text }.into());
        }
        Ok(point)
    }
}

impl<F: Fn(&[f64; N]) -> (f64, [f64; N]), const N: usize> CostFunction for Objective<'_, F, N> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logarithms: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.at(logarithms)?.cost)
    }
}

impl<F: Fn(&[f64; N]) -> (f64, [f64; N]), const N: usize> Gradient for Objective<'_, F, N> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, logarithms: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.at(logarithms)?.slope.to_vec())
    }
}

/// The positive parameters at which `log_likelihood` (the sum over `observations`, and its derivatives by the parameters) is largest,
/// sought from `start` by L-BFGS over their logarithms. None when no such point was found; the same input gives the same answer.
///
/// Nocedal and Wright, "Numerical Optimization", 2nd edition, 2006, section 7.2; the step lengths are Moré and Thuente's.
pub fn maximise<const N: usize>(
    log_likelihood: &impl Fn(&[f64; N]) -> (f64, [f64; N]),
    observations: f64,
    start: [f64; N],
) -> Option<Maximum<N>> {
    let nowhere = Point { logarithms: [f64::NAN; N], cost: f64::INFINITY, slope: [f64::INFINITY; N] };
    let seen = RefCell::new(Seen { newest: nowhere, best: nowhere, evaluations: 0 });
    let objective = Objective { log_likelihood, observations, seen: &seen };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY).with_tolerance_grad(SLOPE_SOUGHT).ok()?;
    let search = Executor::new(objective, solver.with_tolerance_cost(0.0).ok()?)
        .configure(|state| state.param(start.map(f64::ln).to_vec()).max_iters(u64::from(MAX_EVALUATIONS)))
        .timer(false);
    // At the very top rounding leaves the line search no way up, which it calls an error: the slope of the best point decides.
    drop(search.run());
    let seen = seen.into_inner();
    let flat = seen.best.slope.iter().all(|slope| slope.abs() < SLOPE_TAKEN);
    flat.then(|| {
        let parameters = seen.best.logarithms.map(|logarithm| logarithm.clamp(-LOGARITHM_MAX, LOGARITHM_MAX).exp());
        Maximum { parameters, log_likelihood: log_likelihood(&parameters).0, evaluations: seen.evaluations }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The log-likelihood of an exponential waiting time of mean 4, seen a thousand times.
    fn waiting(parameters: &[f64; 1]) -> (f64, [f64; 1]) {
        let rate = parameters[0];
        (1_000.0 * (rate.ln() - 4.0 * rate), [1_000.0 * (1.0 / rate - 4.0)])
    }

    #[test]
    fn the_largest_likelihood_is_found_from_far_away() {
        for start in [1e-3, 1.0, 1e3] {
            let maximum = maximise(&waiting, 1_000.0, [start]).expect("a maximum");
            assert!((maximum.parameters[0] - 0.25).abs() < 1e-4, "{start}: {maximum:?}");
        }
    }

    #[test]
    fn a_likelihood_without_a_largest_value_is_not_fitted() {
        assert_eq!(maximise(&|_: &[f64; 1]| (f64::NAN, [f64::NAN]), 10.0, [1.0]), None);
        assert_eq!(maximise(&|at: &[f64; 1]| (1e12 * at[0], [1e12]), 10.0, [1.0]), None);
    }
}

//! Gauss's hypergeometric function.

/// Terms after which a sum is taken as it is; for every argument up to 0.999 it has long since settled.
const MAX_TERMS: u32 = 100_000;

/// ₂F₁(a, b; c; z) for 0 ≤ z < 1 by its series, as in DLMF 15.2.1: the sum ends when a term no longer changes it.
pub fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for place in 0..MAX_TERMS {
        let n = f64::from(place);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if term.abs() <= f64::EPSILON * f64::abs(sum) {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_what_it_is_in_simpler_terms() {
        let cases: [(f64, f64, f64, f64, f64); 7] = [
            // a, b, c, z, what it is
            (1.0, 1.0, 2.0, 0.5, 2.0 * 2.0_f64.ln()),
            (1.0, 1.0, 2.0, 0.99, -(0.01_f64.ln()) / 0.99),
            (0.5, 0.5, 1.5, 0.25, std::f64::consts::PI / 3.0),
            (2.5, 7.0, 7.0, 0.4, 0.6_f64.powf(-2.5)),
            (-2.0, 3.0, 1.0, 0.5, 1.0 - 3.0 + 6.0 * 0.25),
            (3.2, 1.7, 0.4, 0.0, 1.0),
            (0.0, 1.7, 0.4, 0.9, 1.0),
        ];
        for (a, b, c, z, expected) in cases {
            let found = hypergeometric(a, b, c, z);
            assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{a} {b} {c} {z}: {found} is not {expected}");
        }
    }
}

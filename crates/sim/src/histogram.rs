//! Latencies counted in buckets whose width grows with the value, after the idea of HdrHistogram: every value is kept to within
//! 1/128 of itself, in 60 kB whatever their number, and recording one is an addition.

/// Values below this are kept exactly; above, each doubling has half as many buckets.
const EXACT: u64 = 256;
const EXACT_BITS: u32 = EXACT.ilog2();
const HALF: u64 = EXACT / 2;
const BUCKETS: usize = (EXACT + (64 - EXACT_BITS as u64) * HALF) as usize;

/// A count of whole numbers (microseconds, here) by size.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    largest: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: vec![0; BUCKETS], count: 0, sum: 0, largest: 0 }
    }
}

impl Histogram {
    /// Counts one value.
    pub fn record(&mut self, value: u64) {
        self.counts[bucket_of(value)] += 1;
        self.count += 1;
        self.sum += u128::from(value);
        self.largest = self.largest.max(value);
    }

    /// Adds all that another histogram counted.
    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.largest = self.largest.max(other.largest);
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The largest value, exactly; zero when there is none.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// The mean of the values, exactly; zero when there is none.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// A value that at least the share `quantile` (0 to 1) of all values does not exceed: the upper end of the bucket that value
    /// lies in, so it may be up to 1/128 too large but never too small. Zero when there is none.
    pub fn at(&self, quantile: f64) -> u64 {
        let rank = ((quantile.clamp(0.0, 1.0) * self.count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return upper_end(bucket).min(self.largest);
            }
        }
        self.largest
    }
}

/// The bucket that `value` belongs to.
fn bucket_of(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    // How many low bits are dropped so that the eight highest remain.
    let dropped = value.ilog2() + 1 - EXACT_BITS;
    (EXACT + u64::from(dropped - 1) * HALF + ((value >> dropped) - HALF)) as usize
}

/// The largest value of a bucket.
fn upper_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT {
        return bucket;
    }
    let dropped = (bucket - EXACT) / HALF + 1;
    let high_bits = (bucket - EXACT) % HALF + HALF;
    (high_bits << dropped) | ((1 << dropped) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_one_another_and_are_narrow() {
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
        assert_eq!(upper_end(BUCKETS - 1), u64::MAX);
        let mut lower = 0_u64;
        for bucket in 0..BUCKETS {
            let upper = upper_end(bucket);
            assert_eq!((bucket_of(lower), bucket_of(upper)), (bucket, bucket), "{lower} to {upper}");
            assert!(upper - lower <= lower / 128, "{lower} to {upper}");
            lower = upper.wrapping_add(1);
        }
    }

    #[test]
    fn quantiles_are_never_too_small_and_hardly_too_large() {
        let mut histogram = Histogram::default();
        for value in (1..=100_000).rev() {
            histogram.record(value);
        }
        for (quantile, exact) in
            [(0.0, 1), (0.001, 100), (0.5, 50_000), (0.9, 90_000), (0.99, 99_000), (0.999, 99_900), (1.0, 100_000)]
        {
            let found = histogram.at(quantile);
            assert!(found >= exact && found <= exact + exact / 128, "{quantile}: {found}, exactly {exact}");
        }
        assert_eq!((histogram.count(), histogram.largest(), histogram.mean()), (100_000, 100_000, 50_000.5));
    }

    #[test]
    fn merging_is_counting_both() {
        let (mut low, mut high, mut both) = (Histogram::default(), Histogram::default(), Histogram::default());
        for value in 0..1_000 {
            low.record(value);
            high.record(value * 1_000);
            both.record(value);
            both.record(value * 1_000);
        }
        low.merge(&high);
        for quantile in [0.1, 0.5, 0.75, 0.99, 1.0] {
            assert_eq!(low.at(quantile), both.at(quantile));
        }
        assert_eq!((low.count(), low.mean()), (both.count(), both.mean()));
    }

    #[test]
    fn an_empty_histogram_says_zero() {
        let empty = Histogram::default();
        assert_eq!((empty.at(0.99), empty.mean(), empty.largest()), (0, 0.0, 0));
    }
}

//! Counting values in buckets that grow with them, so that a place in the ranking of a million is found without sorting them.

/// Bits of a value that its bucket keeps below the leading one.
const MANTISSA_BITS: u32 = 10;
/// Values below this have a bucket of their own.
const EXACT: u64 = 2 << MANTISSA_BITS;
/// One more than the bucket of the largest value.
pub(crate) const BUCKETS: usize = ((63 - MANTISSA_BITS as usize) << MANTISSA_BITS) + (1 << MANTISSA_BITS);

/// The bucket of a value: the greater the value, the same or a greater bucket. Those of zero and less share the first. A bucket above
/// the exact ones holds values that differ by less than a thousandth.
#[inline]
pub(crate) fn bucket(value: i64) -> usize {
    let value = value.max(0) as u64;
    if value < EXACT {
        return value as usize;
    }
    let exponent = 63 - value.leading_zeros();
    let mantissa = (value >> (exponent - MANTISSA_BITS)) as usize & ((1 << MANTISSA_BITS) - 1);
    ((exponent - MANTISSA_BITS + 1) as usize) << MANTISSA_BITS | mantissa
}

/// The one value of a bucket; none where it may hold several.
pub(crate) fn exact(bucket: usize) -> Option<i64> {
    (1..EXACT as usize).contains(&bucket).then_some(bucket as i64)
}

/// How many values each bucket holds, and their sum.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    buckets: Vec<(i64, u64)>,
}

impl Histogram {
    pub(crate) fn of(values: impl Iterator<Item = i64>) -> Histogram {
        let mut buckets = vec![(0_i64, 0_u64); BUCKETS];
        for value in values {
            let (sum, count) = &mut buckets[bucket(value)];
            *sum += value;
            *count += 1;
        }
        Histogram { buckets }
    }

    /// Takes another's values in.
    pub(crate) fn add(&mut self, other: &Histogram) {
        for ((sum, count), (other_sum, other_count)) in self.buckets.iter_mut().zip(&other.buckets) {
            *sum += other_sum;
            *count += other_count;
        }
    }

    /// The buckets that hold anything from the greatest down: bucket, sum, count.
    pub(crate) fn descending(&self) -> impl Iterator<Item = (usize, i64, usize)> {
        let filled = self.buckets.iter().enumerate().rev().filter(|(_, (_, count))| *count > 0);
        filled.map(|(bucket, (sum, count))| (bucket, *sum, *count as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greater_values_have_no_smaller_bucket() {
        for (value, expected) in [
            (i64::MIN, 0),
            (-1, 0),
            (0, 0),
            (1, 1),
            (2_047, 2_047),
            (2_048, 2_048),
            (2_049, 2_048),
            (2_050, 2_049),
            (i64::MAX, BUCKETS - 1),
        ] {
            assert_eq!(bucket(value), expected, "{value}");
        }
        let steps = (2..62).flat_map(|exponent| [-1, 0, 1].map(|step| (1_i64 << exponent) + step));
        assert!(steps.map(bucket).is_sorted());
    }
}

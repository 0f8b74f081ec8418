//! What one offer takes off goods, whatever the others do.
//!
//! What an offer may take never grows when lines become cheaper: the search for the best combination is bounded by that.

use crate::offer::{Effect, MAX_BUNDLES, Step};
use crate::programme::Rounding;
use crate::purchase::share;

/// What comes off lines, in minor units.
pub type Shares = Vec<(usize, i64)>;

/// The goods while offers are taken off: line by line, pieces and what is left of the price in minor units.
#[derive(Debug, Clone, Copy)]
pub struct Goods<'a> {
    /// Pieces.
    pub pieces: &'a [i64],
    /// Minor units.
    pub left_minor: &'a [i64],
}

/// An effect with the lines that it is about.
#[derive(Debug)]
pub struct Reach<'a> {
    /// What it does.
    pub effect: &'a Effect,
    /// What happens to fractions.
    pub rounding: Rounding,
    /// Lines.
    pub lines: Vec<usize>,
    /// Lines of each part of a bundle.
    pub parts: Vec<Vec<usize>>,
    /// What each of the lines costs by its member price, in minor units.
    pub prices_minor: Vec<i64>,
}

/// Pieces of one line that were picked, and what they cost.
#[derive(Debug, Clone, Copy)]
struct Picked {
    line: usize,
    pieces: i64,
    value_minor: i64,
}

fn total(shares: &[(usize, i64)]) -> i64 {
    shares.iter().map(|(_, minor)| minor).sum()
}

/// A percentage, in hundredths of a percent from 0 to 10,000, of an amount in minor units.
pub(super) fn percent_of(amount_minor: i64, percent_bp: i64, rounding: Rounding) -> i64 {
    let percent_bp = percent_bp.clamp(0, 10_000);
    let more = match rounding {
        Rounding::Down => 0,
        Rounding::HalfUp => 5_000,
        Rounding::Up => 9_999,
    };
    // Division of 128 bits takes ten times as long, and hardly any basket needs it.
    match amount_minor.checked_mul(percent_bp).and_then(|product| product.checked_add(more)) {
        Some(product) => product / 10_000,
        None => {
            let product = i128::from(amount_minor) * i128::from(percent_bp) + i128::from(more);
            i64::try_from(product / 10_000).unwrap_or(amount_minor)
        }
    }
}

/// `factor × value ÷ whole`, towards zero, and what remains of the division; the whole is above zero.
fn divided(factor: i64, value: i64, whole: i64) -> (i64, i64) {
    match factor.checked_mul(value) {
        Some(product) => (product / whole, product % whole),
        None => {
            let (product, whole) = (i128::from(factor) * i128::from(value), i128::from(whole));
            (i64::try_from(product / whole).unwrap_or(value), i64::try_from(product % whole).unwrap_or(0))
        }
    }
}

/// `total_minor` over the values by the largest remainder; no line gets more than its value while the total is no more than their sum.
fn spread(total_minor: i64, values: &[(usize, i64)], out: &mut Shares) {
    let whole = total(values);
    if total_minor <= 0 || whole <= 0 {
        return;
    }
    let first = out.len();
    let mut rests: Vec<(i64, usize)> = Vec::with_capacity(values.len());
    let mut missing = total_minor;
    for &(line, value) in values {
        let (part, rest) = divided(total_minor, value, whole);
        missing -= part;
        rests.push((-rest, out.len()));
        out.push((line, part));
    }
    if missing > 0 {
        rests.sort_unstable();
        for (_, at) in rests.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
            out[at].1 += 1;
        }
    }
    let mut at = 0;
    out.retain(|(_, minor)| {
        at += 1;
        at <= first || *minor > 0
    });
}

impl Goods<'_> {
    fn sum(&self, lines: &[usize]) -> i64 {
        lines.iter().map(|&line| self.left_minor[line]).sum()
    }

    fn values(&self, lines: &[usize]) -> Shares {
        lines.iter().map(|&line| (line, self.left_minor[line])).filter(|(_, value)| *value > 0).collect()
    }

    /// Picks so many pieces by their price, the cheapest or the dearest first; `used` are pieces that are picked already. None when there
    /// are fewer.
    fn pick(&self, lines: &[usize], count: i64, cheapest: bool, used: &[i64]) -> Option<Vec<Picked>> {
        let mut order: Vec<usize> = lines.to_vec();
        // By price a piece, compared crosswise so that nothing is rounded; the first line wins a tie.
        order.sort_by(|&a, &b| {
            let left = i128::from(self.left_minor[a]) * i128::from(self.pieces[b]);
            let right = i128::from(self.left_minor[b]) * i128::from(self.pieces[a]);
            if cheapest { left.cmp(&right) } else { right.cmp(&left) }
        });
        let mut missing = count;
        let mut picked = Vec::new();
        for line in order {
            let pieces = (self.pieces[line] - used.get(line).copied().unwrap_or(0)).min(missing);
            if pieces > 0 {
                missing -= pieces;
                let value_minor = share(self.left_minor[line], pieces, self.pieces[line]);
                picked.push(Picked { line, pieces, value_minor });
            }
        }
        (missing == 0).then_some(picked)
    }

    fn count(&self, lines: &[usize]) -> i64 {
        lines.iter().map(|&line| self.pieces[line]).sum()
    }
}

fn values_of(picked: &[Picked]) -> Shares {
    picked.iter().map(|picked| (picked.line, picked.value_minor)).collect()
}

fn step_off(steps: &[Step], repeats: bool, sum_minor: i64) -> i64 {
    let reached = steps.iter().filter(|step| 0 < step.from_minor && step.from_minor <= sum_minor);
    let off = |step: &Step| step.off_minor.saturating_mul(if repeats { sum_minor / step.from_minor } else { 1 });
    reached.map(off).max().unwrap_or(0).clamp(0, sum_minor)
}

impl Reach<'_> {
    /// What comes off which line, added to `out`; a line stands once. Nothing where the effect does not reach the goods.
    pub fn take(&self, goods: Goods<'_>, out: &mut Shares) {
        let sum_minor = goods.sum(&self.lines);
        let off = |off_minor: i64, out: &mut Shares| spread(off_minor.min(sum_minor), &goods.values(&self.lines), out);
        match self.effect {
            Effect::MemberPrice { .. } => {
                let cheaper = self.lines.iter().zip(&self.prices_minor);
                let cheaper = cheaper.map(|(&line, price_minor)| (line, goods.left_minor[line] - price_minor));
                out.extend(cheaper.filter(|(_, minor)| *minor > 0));
            }
            Effect::Percent { percent_bp, max_minor } => {
                let off_minor = percent_of(sum_minor, *percent_bp, self.rounding);
                off(off_minor.min(max_minor.unwrap_or(i64::MAX)), out);
            }
            Effect::Amount { amount_minor } => off(*amount_minor, out),
            Effect::Steps { steps, repeats } => off(step_off(steps, *repeats, sum_minor), out),
            Effect::Delivery { max_minor } => off(max_minor.unwrap_or(i64::MAX), out),
            Effect::NthItem { nth, percent_bp } => {
                let times = goods.count(&self.lines) / (*nth).max(1);
                let picked = goods.pick(&self.lines, times, true, &[]).unwrap_or_default();
                let values = values_of(&picked);
                spread(percent_of(total(&values), *percent_bp, self.rounding), &values, out);
            }
            Effect::FreeItem { pieces } => {
                let count = (*pieces).min(goods.count(&self.lines));
                let picked = goods.pick(&self.lines, count, true, &[]).unwrap_or_default();
                out.extend(values_of(&picked).into_iter().filter(|(_, minor)| *minor > 0));
            }
            Effect::Bundle { parts, price_minor } => {
                if let Some((values, off_minor)) = self.bundles(goods, parts, *price_minor) {
                    spread(off_minor, &values, out);
                }
            }
            Effect::Gift { .. } => {}
        }
    }

    /// The number of bundles that takes most off, as what its pieces cost by line and what comes off.
    fn bundles(&self, goods: Goods<'_>, parts: &[crate::offer::BundlePart], price_minor: i64) -> Option<(Shares, i64)> {
        let mut best: Option<(Shares, i64)> = None;
        for times in 1..=self.most_bundles(goods, parts) {
            let mut used = vec![0; goods.pieces.len()];
            let mut values: Shares = Vec::new();
            for (part, lines) in parts.iter().zip(&self.parts) {
                let Some(picked) = goods.pick(lines, times * part.pieces, false, &used) else { return best };
                for picked in picked {
                    used[picked.line] += picked.pieces;
                    match values.iter_mut().find(|(line, _)| *line == picked.line) {
                        Some((_, value)) => *value += picked.value_minor,
                        None => values.push((picked.line, picked.value_minor)),
                    }
                }
            }
            let off_minor = total(&values) - times * price_minor;
            if off_minor > best.as_ref().map_or(0, |(_, most)| *most) {
                best = Some((values, off_minor));
            }
        }
        best
    }

    fn most_bundles(&self, goods: Goods<'_>, parts: &[crate::offer::BundlePart]) -> i64 {
        let times = parts.iter().zip(&self.parts).map(|(part, lines)| goods.count(lines) / part.pieces.max(1));
        times.min().unwrap_or(0).min(MAX_BUNDLES)
    }

    /// No less than what it is worth now, and after anything else came off: exact, but for bundles whose parts share lines.
    pub fn at_most(&self, goods: Goods<'_>) -> i64 {
        let sum_minor = goods.sum(&self.lines);
        match self.effect {
            Effect::Gift { worth_minor, .. } => *worth_minor,
            Effect::Percent { percent_bp, max_minor } => {
                percent_of(sum_minor, *percent_bp, self.rounding).min(max_minor.unwrap_or(i64::MAX))
            }
            Effect::Amount { amount_minor } => (*amount_minor).min(sum_minor),
            Effect::Steps { steps, repeats } => step_off(steps, *repeats, sum_minor),
            Effect::Delivery { max_minor } => sum_minor.min(max_minor.unwrap_or(i64::MAX)),
            Effect::Bundle { parts, price_minor } => (1..=self.most_bundles(goods, parts))
                .map(|times| {
                    let part = |(part, lines): (&crate::offer::BundlePart, &Vec<usize>)| {
                        goods.pick(lines, times * part.pieces, false, &[]).map_or(0, |picked| total(&values_of(&picked)))
                    };
                    parts.iter().zip(&self.parts).map(part).sum::<i64>() - times * price_minor
                })
                .max()
                .unwrap_or(0)
                .max(0),
            Effect::MemberPrice { .. } => {
                let off = |(&line, price_minor): (&usize, &i64)| (goods.left_minor[line] - price_minor).max(0);
                self.lines.iter().zip(&self.prices_minor).map(off).sum()
            }
            Effect::NthItem { .. } | Effect::FreeItem { .. } => {
                let mut shares = Vec::new();
                self.take(goods, &mut shares);
                total(&shares)
            }
        }
    }

    /// What it is worth beside what comes off.
    pub fn gift_worth_minor(&self) -> i64 {
        if let Effect::Gift { worth_minor, .. } = self.effect { *worth_minor } else { 0 }
    }
}

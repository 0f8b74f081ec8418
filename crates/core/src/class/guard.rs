//! What the pyramid must not be read without: who stands high by one purchase alone, and on whom a product lives.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Class, Figures};
use crate::id::PurchaseId;

/// From how much of the period's amount, in percent, one purchase may make a bulk buyer.
pub const BULK_PERCENT: i64 = 50;
/// The most visits in the period of a one-off bulk buyer: more of them are a rhythm.
pub const BULK_VISITS: usize = 3;

/// How a member stands to what makes a one-off bulk buyer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Who.
    pub member: i64,
    /// What her largest purchase is of what she bought in the period, in percent.
    pub percent: i64,
    /// Business days in the period on which she bought.
    pub visits: usize,
    /// Whether she would stand in a lower layer without that purchase.
    pub would_fall: bool,
}

impl Measured {
    /// Measures a member of a layer whose least buyer bought `floor_minor`; none who bought nothing.
    fn of(figures: &Figures, floor_minor: i64) -> Option<Self> {
        let (amount_minor, largest) = (figures.buyer?.amount_minor, figures.largest?);
        if amount_minor <= 0 {
            return None;
        }
        let percent = i64::try_from(i128::from(largest.amount_minor) * 100 / i128::from(amount_minor)).ok()?;
        let would_fall = amount_minor - largest.amount_minor < floor_minor;
        Some(Measured { member: figures.member, percent, visits: figures.visits, would_fall })
    }

    /// How many of the three marks of a bulk buyer she bears.
    fn met(&self) -> usize {
        [self.percent >= BULK_PERCENT, self.visits <= BULK_VISITS, self.would_fall].iter().filter(|met| **met).count()
    }
}

/// The one purchase that put a member into a layer whose least buyer bought `floor_minor`: half of what she bought at least, without which
/// she would not stand there, and no rhythm beside it.
pub fn bulk(figures: &Figures, floor_minor: i64) -> Option<(PurchaseId, i64)> {
    let measured = Measured::of(figures, floor_minor)?;
    (measured.met() == 3).then_some((figures.largest?.purchase, measured.percent))
}

/// Whom the guard looked at, where it found nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoBulk {
    /// Members above the last layer.
    pub looked_at: usize,
    /// Of them, who comes nearest: who bears most of the marks, and of those whose largest purchase weighs most.
    pub nearest: Option<Measured>,
}

impl NoBulk {
    /// Looks for whoever comes nearest, by figures and what they were classed as, in the same order; none where there is a bulk buyer.
    pub fn of(figures: &[Figures], classes: &[Class], last_layer: &str) -> Option<Self> {
        if classes.iter().any(|class| class.bulk.is_some()) {
            return None;
        }
        let above = || {
            let both = figures.iter().zip(classes);
            both.filter_map(|(one, class)| Some((one, class.layer.as_deref().filter(|layer| *layer != last_layer)?)))
        };
        let mut floors: BTreeMap<&str, i64> = BTreeMap::new();
        for (one, layer) in above() {
            let amount_minor = one.buyer.map_or(0, |buyer| buyer.amount_minor);
            floors.entry(layer).and_modify(|floor| *floor = amount_minor.min(*floor)).or_insert(amount_minor);
        }
        let measured = above().filter_map(|(one, layer)| Measured::of(one, floors[layer]));
        let nearest = measured.max_by_key(|one| (one.met(), one.percent, Reverse(one.visits), Reverse(one.member)));
        Some(NoBulk { looked_at: above().count(), nearest })
    }
}

/// Of the buyers of a product, each with what she bought of it, the few who together make 80 % of its sales: a fifth of them at most. None
/// where there is no such few, or there are fewer than five buyers.
pub fn key_customers(mut buyers: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let whole: i128 = buyers.iter().map(|(_, amount)| i128::from(*amount)).sum();
    if buyers.len() < 5 || whole <= 0 {
        return Vec::new();
    }
    buyers.sort_unstable_by_key(|(member, amount)| (Reverse(*amount), *member));
    let mut sum: i128 = 0;
    let few = buyers.iter().position(|(_, amount)| {
        sum += i128::from(*amount);
        sum * 100 >= whole * 80
    });
    match few {
        Some(last) if (last + 1) * 5 <= buyers.len() => buyers[..=last].to_vec(),
        _ => Vec::new(),
    }
}

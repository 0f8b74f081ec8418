//! What of a member's class whoever serves her should know at a glance.

use super::Class;
use crate::id::PurchaseId;
use crate::pyramid::LayerCut;

/// Something that sets a member apart at the counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// She stands in a layer of the upper half of the pyramid.
    Layer {
        /// Its code.
        code: String,
        /// The share of buyers from the top down to it, in ten-thousandths.
        share_bp: i64,
        /// What she bought in the period, in minor units.
        amount_minor: i64,
    },
    /// One purchase alone led her to her layer, so she is not taken for one of it.
    Bulk {
        /// That purchase.
        purchase: PurchaseId,
        /// What it is of her amount, in percent.
        percent: i64,
    },
    /// She is among the few who make 80 % of a product's sales.
    Key {
        /// The article; of several, the one of which she bought most.
        sku: String,
        /// What she bought of all that was sold of it, in percent.
        percent: i64,
        /// For how many others she is a key customer too.
        others: usize,
    },
}

/// A member's marks, the most telling first. `keys` are the products for which she is a key customer, each with its percent, what she bought
/// most of first.
pub fn marks(class: &Class, layers: &[LayerCut], keys: &[(String, i64)]) -> Vec<Mark> {
    let place = class.layer.as_ref().and_then(|code| layers.iter().position(|layer| layer.code == *code));
    let upper = place.filter(|place| *place < layers.len() / 2);
    let standing = match (class.bulk, upper) {
        (Some((purchase, percent)), _) => Some(Mark::Bulk { purchase, percent }),
        (None, Some(place)) => Some(Mark::Layer {
            code: layers[place].code.clone(),
            share_bp: layers[place].share_bp,
            amount_minor: class.amount_minor,
        }),
        (None, None) => None,
    };
    let key = keys.first().map(|(sku, percent)| Mark::Key { sku: sku.clone(), percent: *percent, others: keys.len() - 1 });
    standing.into_iter().chain(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::{Stage, Worth};
    use crate::pyramid::Criteria;

    fn seen(layer: Option<&str>, bulk: Option<(PurchaseId, i64)>, keys: &[(&str, i64)]) -> String {
        let class = Class {
            member: 1,
            amount_minor: 90_000,
            layer: layer.map(str::to_owned),
            scores: None,
            cell: None,
            abc: None,
            stage: Stage::Regular,
            worth: Worth::Ordinary,
            expected_minor: None,
            active_percent: None,
            bulk,
            key_products: keys.len() as i64,
        };
        let keys: Vec<(String, i64)> = keys.iter().map(|(sku, percent)| ((*sku).to_owned(), *percent)).collect();
        let said = |mark: Mark| match mark {
            Mark::Layer { code, share_bp, amount_minor } => format!("{code} {share_bp} {amount_minor}"),
            Mark::Bulk { percent, .. } => format!("bulk {percent}"),
            Mark::Key { sku, percent, others } => format!("{sku} {percent} +{others}"),
        };
        let marks = marks(&class, &Criteria::default().layers, &keys);
        marks.into_iter().map(said).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_upper_layers_bulk_buyers_and_key_customers_are_marked() {
        let bulk = Some((PurchaseId(7), 80));
        for (layer, bulk, keys, expected) in [
            (Some("vip"), None, &[][..], "vip 100 90000"),
            (Some("large"), None, &[], "large 500 90000"),
            (Some("ordinary"), None, &[], ""),
            (Some("small"), None, &[], ""),
            (Some("gone"), None, &[], ""),
            (None, None, &[], ""),
            (Some("vip"), bulk, &[], "bulk 80"),
            (Some("small"), None, &[("tea", 34), ("cup", 20)], "tea 34 +1"),
            (Some("large"), None, &[("tea", 34)], "large 500 90000, tea 34 +0"),
        ] {
            assert_eq!(seen(layer, bulk, keys), expected, "{layer:?} {keys:?}");
        }
    }
}

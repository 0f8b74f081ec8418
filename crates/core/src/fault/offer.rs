//! What is wrong with offers.

use super::{FaultKind, Faults};
use crate::attribute::Of;
use crate::offer::{Effect, MAX_OFFERS, MAX_PARTS, MAX_PRICES, Offer};
use crate::programme::Ladder;
use crate::purchase::MAX_AMOUNT_MINOR;

/// The most pieces that an offer counts.
const MAX_PIECES: i64 = 1_000;
/// The furthest that priorities reach, before and after zero.
const MAX_PRIORITY: i64 = 1_000;
/// A whole, in hundredths of a percent.
const WHOLE_BP: i64 = 10_000;

impl Faults {
    pub(super) fn offers(&mut self, offers: &[Offer], ladder: &Ladder) {
        if offers.len() > MAX_OFFERS {
            self.add("offers", FaultKind::TooMany(MAX_OFFERS));
        }
        self.unique(offers.iter().map(|offer| offer.id.as_str()), |index| format!("offers[{index}].id"));
        for (index, offer) in offers.iter().enumerate() {
            let path = format!("offers[{index}]");
            self.offer(&path, offer, ladder);
            for (place, code) in offer.excludes.iter().enumerate() {
                if offers.iter().all(|other| other.id != *code) {
                    self.add(format!("{path}.excludes[{place}]"), FaultKind::UnknownOffer(code.clone()));
                }
            }
        }
    }

    pub(super) fn offer(&mut self, path: &str, offer: &Offer, ladder: &Ladder) {
        self.code(format!("{path}.id"), &offer.id);
        self.name(&format!("{path}.name"), &offer.name);
        if let Some(group) = &offer.group {
            self.name(&format!("{path}.group"), group);
        }
        if let Some(when) = &offer.when {
            self.condition(&format!("{path}.when"), when, &[Of::Purchase, Of::Line, Of::Member], ladder);
        }
        if let Some(lines) = &offer.lines {
            self.condition(&format!("{path}.lines"), lines, &[Of::Line], ladder);
        } else if matches!(offer.effect, Effect::Delivery { .. }) {
            self.add(format!("{path}.lines"), FaultKind::DeliveryWithoutLines);
        }
        self.range(format!("{path}.priority"), offer.priority, -MAX_PRIORITY, MAX_PRIORITY);
        if offer.excludes.len() > MAX_OFFERS {
            self.add(format!("{path}.excludes"), FaultKind::TooMany(MAX_OFFERS));
        }
        self.dates(path, &offer.from, &offer.until);
        self.effect(&format!("{path}.effect"), &offer.effect, ladder);
    }

    fn effect(&mut self, path: &str, effect: &Effect, ladder: &Ladder) {
        let at = |field: &str| format!("{path}.{field}");
        match effect {
            Effect::MemberPrice { prices } => {
                self.some(at("prices"), prices.len(), MAX_PRICES);
                self.unique(prices.iter().map(|price| price.sku.as_str()), |index| at(&format!("prices[{index}].sku")));
                for (index, price) in prices.iter().enumerate() {
                    self.code(at(&format!("prices[{index}].sku")), &price.sku);
                    self.range(at(&format!("prices[{index}].price_minor")), price.price_minor, 0, MAX_AMOUNT_MINOR);
                }
            }
            Effect::Percent { percent_bp, max_minor } => {
                self.range(at("percent_bp"), *percent_bp, 1, WHOLE_BP);
                self.range(at("max_minor"), max_minor.unwrap_or(1), 1, MAX_AMOUNT_MINOR);
            }
            Effect::Amount { amount_minor } => self.range(at("amount_minor"), *amount_minor, 1, MAX_AMOUNT_MINOR),
            Effect::Steps { steps, .. } => {
                self.some(at("steps"), steps.len(), MAX_PARTS);
                for (index, step) in steps.iter().enumerate() {
                    self.range(at(&format!("steps[{index}].from_minor")), step.from_minor, 1, MAX_AMOUNT_MINOR);
                    self.range(at(&format!("steps[{index}].off_minor")), step.off_minor, 1, step.from_minor.max(1));
                }
            }
            Effect::NthItem { nth, percent_bp } => {
                self.range(at("nth"), *nth, 2, MAX_PIECES);
                self.range(at("percent_bp"), *percent_bp, 1, WHOLE_BP);
            }
            Effect::Bundle { parts, price_minor } => {
                self.some(at("parts"), parts.len(), MAX_PARTS);
                self.range(at("price_minor"), *price_minor, 0, MAX_AMOUNT_MINOR);
                for (index, part) in parts.iter().enumerate() {
                    self.range(at(&format!("parts[{index}].pieces")), part.pieces, 1, MAX_PIECES);
                    self.condition(&at(&format!("parts[{index}].lines")), &part.lines, &[Of::Line], ladder);
                }
            }
            Effect::FreeItem { pieces } => self.range(at("pieces"), *pieces, 1, MAX_PIECES),
            Effect::Gift { sku, pieces, worth_minor } => {
                self.code(at("sku"), sku);
                self.range(at("pieces"), *pieces, 1, MAX_PIECES);
                self.range(at("worth_minor"), *worth_minor, 1, MAX_AMOUNT_MINOR);
            }
            Effect::Delivery { max_minor } => self.range(at("max_minor"), max_minor.unwrap_or(1), 1, MAX_AMOUNT_MINOR),
        }
    }

    /// A list that must hold something, and not more than `most`.
    fn some(&mut self, path: String, length: usize, most: usize) {
        if length == 0 {
            self.add(path, FaultKind::Empty);
        } else if length > most {
            self.add(path, FaultKind::TooMany(most));
        }
    }
}

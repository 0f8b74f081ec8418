//! Offers on a purchase as readers see them.

use danggol_core::offer::Offer;
use danggol_core::quote::{PassedOver, Quote};
use danggol_store::purchase::PurchaseRecord;
use serde::Serialize;
use utoipa::ToSchema;

use super::Lens;

/// An offer that was taken off a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AppliedView {
    /// Its code.
    pub id: String,
    /// The brand's name for it.
    pub name: String,
    /// What it took off, in minor units; zero for a gift.
    pub off_minor: i64,
    /// What it says, in the caller's words.
    pub text: String,
}

/// An offer that did not apply to a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PassedOverView {
    /// Its code.
    pub id: String,
    /// The brand's name for it.
    pub name: String,
    /// Why, for programs: `dates`, `condition`, `no_goods`, `short`, `few_pieces`, `nothing`, `beside` or `not_better`.
    pub code: String,
    /// Why, and what would make it apply, in the caller's words.
    pub text: String,
}

impl AppliedView {
    /// What offers took off a kept purchase, by the version that it names.
    pub fn of_purchase(lens: &Lens, record: &PurchaseRecord) -> Vec<Self> {
        let version = record.programme_version;
        let (offers, voice) = (&lens.rules.version(version).programme.offers, lens.voice(version));
        let applied = record.award.offers.iter().flat_map(|priced| &priced.applied);
        let view = |(offer, off_minor): (&Offer, i64)| AppliedView {
            id: offer.id.clone(),
            name: offer.name.clone(),
            off_minor,
            text: voice.offer(offer),
        };
        applied.filter_map(|applied| Some(view((offers.get(applied.offer)?, applied.off_minor())))).collect()
    }
}

impl PassedOverView {
    /// The offers in force that a quote passed over.
    pub fn of_quote(lens: &Lens, quote: &Quote) -> Vec<Self> {
        let version = lens.rules.current.version;
        let (offers, voice) = (&lens.rules.current.programme.offers, lens.voice(version));
        let view = |passed: &PassedOver| {
            let offer = offers.get(passed.offer)?;
            let (code, text) = (passed.why.code().to_owned(), voice.passed_over(offer, passed.why));
            Some(PassedOverView { id: offer.id.clone(), name: offer.name.clone(), code, text })
        };
        quote.passed_over.iter().filter_map(view).collect()
    }
}

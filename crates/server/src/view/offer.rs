//! Offers and coupons on a purchase as readers see them.

use danggol_core::coupon::{Presented, ReadyTemplate};
use danggol_core::id::CouponId;
use danggol_core::offer::Offer;
use danggol_core::quote::{PassedOver, Quote};
use danggol_store::purchase::PurchaseRecord;
use serde::Serialize;
use utoipa::ToSchema;

use super::Lens;

/// An offer or a coupon that was taken off a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AppliedView {
    /// Its code; that of its template, for a coupon.
    pub id: String,
    /// The coupon; none for an offer of the programme.
    pub coupon_id: Option<CouponId>,
    /// The brand's name for it.
    pub name: String,
    /// What it took off, in minor units; zero for a gift.
    pub off_minor: i64,
    /// What it says, in the caller's words.
    pub text: String,
}

/// An offer or a coupon that did not apply to a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PassedOverView {
    /// Its code; that of its template, for a coupon.
    pub id: String,
    /// The coupon, which stays as it was; none for an offer of the programme.
    pub coupon_id: Option<CouponId>,
    /// The brand's name for it.
    pub name: String,
    /// Why, for programs: `dates`, `condition`, `no_goods`, `short`, `few_pieces`, `nothing`, `beside` or `not_better`.
    pub code: String,
    /// Why, and what would make it apply, in the caller's words.
    pub text: String,
}

/// What stands at the places of a quote: the offers of a version of the programme, and the coupons after them.
struct Places<'a> {
    offers: &'a [Offer],
    coupons: Vec<(CouponId, Option<&'a ReadyTemplate>)>,
}

impl<'a> Places<'a> {
    fn of(lens: &'a Lens, version: i64, record: &PurchaseRecord) -> Self {
        let presented = record.award.offers.iter().flat_map(|priced| &priced.coupons);
        let coupon = |presented: &Presented| (presented.coupon, lens.names.template(presented.template));
        Places { offers: &lens.rules.version(version).programme.offers, coupons: presented.map(coupon).collect() }
    }

    fn at(&self, place: usize) -> Option<(Option<CouponId>, &'a Offer)> {
        match place.checked_sub(self.offers.len()) {
            None => Some((None, self.offers.get(place)?)),
            Some(place) => {
                let (id, ready) = self.coupons.get(place)?;
                Some((Some(*id), &ready.as_ref()?.template.offer))
            }
        }
    }
}

impl AppliedView {
    /// What offers took off a kept purchase, by the version that it names, and coupons.
    pub fn of_purchase(lens: &Lens, record: &PurchaseRecord) -> Vec<Self> {
        let version = record.programme_version;
        let (places, voice) = (Places::of(lens, version, record), lens.voice(version));
        let applied = record.award.offers.iter().flat_map(|priced| &priced.applied);
        let view = |((coupon_id, offer), off_minor): ((Option<CouponId>, &Offer), i64)| AppliedView {
            id: offer.id.clone(),
            coupon_id,
            name: offer.name.clone(),
            off_minor,
            text: voice.offer(offer),
        };
        applied.filter_map(|applied| Some(view((places.at(applied.offer)?, applied.off_minor())))).collect()
    }
}

impl PassedOverView {
    /// The offers in force, and the coupons of a purchase, that its quote passed over.
    pub fn of_quote(lens: &Lens, record: &PurchaseRecord, quote: &Quote) -> Vec<Self> {
        let version = lens.rules.current.version;
        let (places, voice) = (Places::of(lens, version, record), lens.voice(version));
        let view = |passed: &PassedOver| {
            let (coupon_id, offer) = places.at(passed.offer)?;
            let named = |place: usize| places.at(place).map(|(_, offer)| offer);
            let (code, text) = (passed.why.code().to_owned(), voice.passed_over(offer, passed.why, named));
            Some(PassedOverView { id: offer.id.clone(), coupon_id, name: offer.name.clone(), code, text })
        };
        quote.passed_over.iter().filter_map(view).collect()
    }
}

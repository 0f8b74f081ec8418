//! A purchase as readers see it.

use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::ledger::Asset;
use danggol_core::purchase::{LineKind, Pricing, PurchaseKind, Tender, TenderKind};
use danggol_core::time::{day_text, rfc3339};
use danggol_store::purchase::PurchaseRecord;
use serde::Serialize;
use utoipa::ToSchema;

use super::{AppliedView, Lens};

/// A purchase.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PurchaseView {
    /// Its id.
    pub id: PurchaseId,
    /// The number that the till or shop gave it.
    pub external_no: Option<String>,
    /// Who bought.
    pub member_id: MemberId,
    /// The channel.
    pub channel: String,
    /// Code of the store.
    pub store: Option<String>,
    /// Code of the employee.
    pub staff: Option<String>,
    /// When it happened.
    pub occurred_at: String,
    /// Its business day.
    pub business_date: String,
    /// What was to be paid before points, in minor units.
    pub amount_minor: i64,
    /// The discount on the whole, in minor units.
    pub discount_minor: i64,
    /// What coupons took off, in minor units: the brand's own, and those of which whoever sent it told.
    pub coupon_minor: i64,
    /// Points spent on it.
    pub redeemed_points: i64,
    /// What they were worth, in minor units.
    pub redeemed_minor: i64,
    /// Pieces.
    pub quantity: i64,
    /// Whether it earned.
    pub kind: PurchaseKind,
    /// The programme version that was in force.
    pub programme_version: i64,
    /// What was bought.
    pub lines: Vec<LineView>,
    /// Whether its amounts came as they were paid, or as list prices off which offers came.
    pub pricing: Pricing,
    /// What offers took off its lines.
    pub offers: Vec<AppliedView>,
    /// How it was paid, points included.
    pub tenders: Vec<Tender>,
    /// How much of it has come back.
    pub returned: ReturnedPart,
    /// What has come back, in minor units.
    pub returned_minor: i64,
    /// Points that it gave.
    pub points_given: i64,
    /// Of them, points taken back.
    pub points_taken_back: i64,
    /// Redeemed points given back.
    pub points_given_back: i64,
}

/// A line of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineView {
    /// Its place, from zero: what a return names.
    pub line: usize,
    /// Article number.
    pub sku: String,
    /// The product's name, where the catalogue has it.
    pub name: Option<String>,
    /// The category at the time.
    pub category: Option<String>,
    /// Pieces.
    pub quantity: i64,
    /// What it cost, in minor units.
    pub amount_minor: i64,
    /// What came off it, in minor units: by offers, or before, as whoever sent it says.
    pub off_minor: i64,
    /// Pieces that have come back; a line without pieces comes back as one.
    pub returned_quantity: i64,
    /// What it stands for.
    pub kind: LineKind,
}

/// How much of a purchase has come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedPart {
    /// Nothing.
    None,
    /// Some of it.
    Partly,
    /// All of it.
    Wholly,
}

fn lines(lens: &Lens, record: &PurchaseRecord) -> Vec<LineView> {
    let view = |(line, bought): (usize, &danggol_core::purchase::Line)| LineView {
        line,
        sku: bought.sku.clone(),
        name: lens.names.product(&bought.sku),
        category: bought.category.clone(),
        quantity: bought.quantity,
        amount_minor: bought.amount_minor,
        off_minor: bought.off_minor + record.award.taken_off().filter(|(at, _)| *at == line).map(|(_, minor)| minor).sum::<i64>(),
        returned_quantity: record.returned.quantities.get(line).copied().unwrap_or(0),
        kind: bought.kind,
    };
    record.lines.iter().enumerate().map(view).collect()
}

impl PurchaseView {
    /// A kept purchase.
    pub fn new(lens: &Lens, record: &PurchaseRecord) -> Self {
        let lines = lines(lens, record);
        let wholly = lines.iter().all(|line| line.returned_quantity >= line.quantity.max(1));
        let partly = lines.iter().any(|line| line.returned_quantity > 0);
        let returned = match (wholly, partly) {
            (true, _) => ReturnedPart::Wholly,
            (false, true) => ReturnedPart::Partly,
            (false, false) => ReturnedPart::None,
        };
        let mut tenders = record.tenders.clone();
        if record.redeemed_minor > 0 {
            tenders.push(Tender { kind: TenderKind::Points, amount_minor: record.redeemed_minor });
        }
        Self {
            id: record.id,
            external_no: record.external_no.clone(),
            member_id: record.member,
            channel: record.channel.clone(),
            store: record.store.clone(),
            staff: record.staff.clone(),
            occurred_at: rfc3339(record.occurred_at_ms),
            business_date: day_text(record.business_day),
            amount_minor: record.amount_minor,
            discount_minor: record.discount_minor,
            coupon_minor: record.coupon_minor,
            redeemed_points: record.redeemed_points,
            redeemed_minor: record.redeemed_minor,
            quantity: record.quantity,
            kind: record.kind,
            programme_version: record.programme_version,
            lines,
            pricing: if record.award.offers.is_some() { Pricing::List } else { Pricing::Paid },
            offers: AppliedView::of_purchase(lens, record),
            tenders,
            returned,
            returned_minor: record.returned_minor,
            points_given: record.award.given(Asset::Points),
            points_taken_back: record.returned.points_taken,
            points_given_back: record.returned.given_back,
        }
    }
}

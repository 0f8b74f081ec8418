//! What was bought: lines, tenders and when and where it happened.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coupon::Shown;
use crate::earning::Award;
use crate::id::{HolderId, MemberId, PurchaseId};

/// The most lines that one purchase may have.
pub const MAX_LINES: usize = 2_000;
/// The largest amount, in minor units, of one line or one purchase: room for a thousand million million of them in a sum.
pub const MAX_AMOUNT_MINOR: i64 = 1_000_000_000_000;
/// The largest quantity of one line.
pub const MAX_QUANTITY: i64 = 1_000_000_000;

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Goods or a service that was paid for.
    #[default]
    Sale,
    /// Handed out for nothing, or wholly paid by a coupon of the maker.
    Gift,
    /// A correction or a discount that stands as a line of its own; its amount may be negative.
    Adjustment,
}

/// One line of a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The brand's article number.
    pub sku: String,
    /// The category at the time of the purchase, where it was known.
    pub category: Option<String>,
    /// Pieces; zero for an adjustment.
    pub quantity: i64,
    /// What the line cost in minor units, after its own discounts.
    pub amount_minor: i64,
    /// What the line stands for.
    pub kind: LineKind,
    /// What had come off it before it cost so, in minor units, as whoever sent it says. It moves no money and gives nothing; it tells who buys
    /// at a discount.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub off_minor: i64,
}

impl Line {
    /// What can come back of it one by one: its pieces, or the whole of a line without any.
    pub fn pieces(&self) -> i64 {
        self.quantity.max(1)
    }

    /// What is left of it after so many of its pieces came back; none when nothing is.
    pub fn left_after(&self, returned: i64) -> Option<Line> {
        let left = self.pieces() - returned;
        let amount_minor = share(self.amount_minor, left, self.pieces());
        (left > 0).then(|| Line { quantity: left.min(self.quantity), amount_minor, ..self.clone() })
    }
}

/// What is left of lines after the returned pieces of each.
pub fn lines_left<'a>(lines: &'a [Line], returned: &'a [i64]) -> impl Iterator<Item = Line> + 'a {
    lines.iter().enumerate().filter_map(|(index, line)| line.left_after(returned.get(index).copied().unwrap_or(0)))
}

/// `amount × part ÷ whole` towards zero; all of it when the part is the whole.
pub(crate) fn share(amount: i64, part: i64, whole: i64) -> i64 {
    if part == whole {
        return amount;
    }
    if whole <= 0 || part <= 0 {
        return 0;
    }
    let shared = i128::from(amount) * i128::from(part.min(whole)) / i128::from(whole);
    i64::try_from(shared).unwrap_or(amount)
}

/// How a purchase was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
    /// A bank or credit card.
    Card,
    /// The member's points; made by the system from `redeem_points`.
    Points,
    /// The member's stored value: it is taken off it with the purchase.
    StoredValue,
    /// WeChat Pay.
    Wechat,
    /// Alipay.
    Alipay,
    /// Kakao Pay.
    Kakaopay,
    /// Anything else.
    Other,
}

/// A part of the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tender {
    /// The means of payment.
    pub kind: TenderKind,
    /// The part paid by it, in minor units.
    pub amount_minor: i64,
}

/// Whether a purchase earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseKind {
    /// Earns by the programme in force, and counts for tier and pyramid.
    #[default]
    Earn,
    /// Brought from the past: counts for tier and pyramid, gives no points.
    History,
}

/// What the amounts of an order are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Default)]
#[serde(rename_all = "snake_case")]
pub enum Pricing {
    /// What was paid: whoever sends it has taken every discount off.
    #[default]
    Paid,
    /// List prices: the programme's offers come off.
    List,
}

/// The moment of a purchase in the shop's own time, frozen when it is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// UTC milliseconds.
    pub at_ms: i64,
    /// The business day as days since 1970-01-01; it changes at the brand's cut hour, not at midnight.
    pub day: i32,
    /// 1 = Monday … 7 = Sunday, of the civil date.
    pub weekday: u8,
    /// 0–23.
    pub hour: u8,
}

/// A purchase as it comes in, after the edge has found the member and read the clock of the shop.
#[derive(Debug, Clone)]
pub struct Order {
    /// Its own id, which is its entry in the log too.
    pub id: PurchaseId,
    /// Who bought.
    pub member: MemberId,
    /// The number that the till or the shop gave it; unique for ever within the brand.
    pub external_no: Option<String>,
    /// `store`, `online`, `phone` or a name of the brand's own.
    pub channel: String,
    /// Code of the store.
    pub store: Option<String>,
    /// Code of the employee.
    pub staff: Option<String>,
    /// When it happened.
    pub moment: Moment,
    /// What was bought; the amount of the purchase is their sum less what offers take off and less `discount_minor`.
    pub lines: Vec<Line>,
    /// What the amounts of the lines are.
    pub pricing: Pricing,
    /// Coupons that she shows.
    pub coupons: Vec<Shown>,
    /// A discount on the whole purchase, in minor units, not below zero.
    pub discount_minor: i64,
    /// Of what had come off before it cost so, what coupons took, in minor units, as whoever sent it says; the brand's own coupons are
    /// beside it. It moves no money and gives nothing; it tells who buys with coupons.
    pub coupon_minor: i64,
    /// How it was paid, points excepted; may be empty.
    pub tenders: Vec<Tender>,
    /// Points that the member wants to pay with.
    pub redeem_points: i64,
    /// Whether it earns.
    pub kind: PurchaseKind,
    /// Of everything the caller sent, to tell a repeat from another purchase under the same number.
    pub input_hash: i64,
}

impl Order {
    /// What is to be paid in minor units, before points.
    pub fn amount_minor(&self) -> i64 {
        self.lines.iter().map(|line| line.amount_minor).sum::<i64>() - self.discount_minor
    }

    /// The order at the prices that are paid: what offers took off is off its lines.
    pub fn at_paid_prices(&self, award: &Award) -> Cow<'_, Order> {
        let mut order = Cow::Borrowed(self);
        for (line, minor) in award.taken_off() {
            order.to_mut().lines[line].amount_minor -= minor;
        }
        order
    }

    /// Pieces over all lines.
    pub fn quantity(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity).sum()
    }
}

/// What of a kept purchase a later return must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPurchase {
    /// Its id.
    pub id: PurchaseId,
    /// Who bought.
    pub member: MemberId,
    /// Who holds the benefits that it gave.
    pub holder: HolderId,
    /// When it happened.
    pub moment: Moment,
    /// Code of the channel.
    pub channel: String,
    /// Code of the store.
    pub store: Option<String>,
    /// Code of the employee.
    pub staff: Option<String>,
    /// Its lines as they were bought.
    pub lines: Vec<Line>,
    /// The discount on the whole, in minor units.
    pub discount_minor: i64,
    /// Whether it earned.
    pub kind: PurchaseKind,
    /// The programme version by which it earned; zero: none.
    pub programme_version: i64,
    /// What the rules gave, frozen.
    pub award: Award,
    /// What has come back so far.
    pub returned: Returned,
}

/// What of a purchase has come back: a function of the returned quantities alone, whatever order they came in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Per line: pieces returned; a line without pieces is returned by 1.
    #[serde(rename = "q")]
    pub quantities: Vec<i64>,
    /// Money of the returned part, in minor units.
    #[serde(rename = "m", default)]
    pub amount_minor: i64,
    /// Pieces returned.
    #[serde(rename = "n", default)]
    pub quantity: i64,
    /// Points taken back so far, what was already spent included.
    #[serde(rename = "p", default)]
    pub points_taken: i64,
    /// Growth points taken back so far.
    #[serde(rename = "w", default)]
    pub growth_taken: i64,
    /// Redeemed points given back so far.
    #[serde(rename = "g", default)]
    pub given_back: i64,
    /// Points that were already spent and are not owed, because their value came off the refund or the brand bears them.
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub waived: i64,
    /// What came off the refunds for them so far, in minor units.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub deducted_minor: i64,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

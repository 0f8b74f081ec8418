//! One row of purchases: what it says about the purchase, and the line that it is.

use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::purchase::{Line, LineKind, MAX_AMOUNT_MINOR};
use jiff::civil::Time;

use crate::import::columns::{Field, Kind};
use crate::import::fault::{RowFault, ValueFault};
use crate::import::mapping::{FieldFault, Plan};
use crate::import::moment::When;
use crate::import::person;
use crate::import::reason::Reason;
use crate::import::run::Facts;
use crate::import::table::Row;
use crate::problem::{ApiError, kinds};
use crate::random;

/// The most characters of a code or number.
const CODE_CHARACTERS_MAX: usize = 64;
/// The most characters of a category.
const CATEGORY_CHARACTERS_MAX: usize = 128;
/// The article number of lines that name none.
const NO_SKU: &str = "-";
/// The channel of purchases that name none.
const USUAL_CHANNEL: &str = "store";

/// The fields that name the member of a purchase.
pub(super) const MEMBER: &[Field] = &[Field::MemberPhone, Field::MemberCard, Field::MemberExternal, Field::MemberEmail];

const KNOWN_BY: &[(Field, IdentityKind)] = &[
    (Field::MemberPhone, IdentityKind::Phone),
    (Field::MemberCard, IdentityKind::Card),
    (Field::MemberExternal, IdentityKind::External),
    (Field::MemberEmail, IdentityKind::Email),
];

/// The words for kinds of lines, in small letters.
const LINE_KINDS: &[(&str, LineKind)] = &[
    ("sale", LineKind::Sale),
    ("销售", LineKind::Sale),
    ("銷售", LineKind::Sale),
    ("판매", LineKind::Sale),
    ("gift", LineKind::Gift),
    ("赠品", LineKind::Gift),
    ("贈品", LineKind::Gift),
    ("증정", LineKind::Gift),
    ("사은품", LineKind::Gift),
    ("adjustment", LineKind::Adjustment),
    ("return", LineKind::Adjustment),
    ("refund", LineKind::Adjustment),
    ("调整", LineKind::Adjustment),
    ("退货", LineKind::Adjustment),
    ("調整", LineKind::Adjustment),
    ("退貨", LineKind::Adjustment),
    ("조정", LineKind::Adjustment),
    ("반품", LineKind::Adjustment),
];

/// What a row says about its purchase as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub at_ms: i64,
    pub channel: Option<String>,
    pub store: Option<String>,
    pub staff: Option<String>,
    /// By what its member is known; tills may say that on the first row alone.
    pub identities: Vec<Identity>,
    pub total_minor: Option<i64>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PurchaseRow {
    pub head: Head,
    pub line: Line,
    /// What coupons took of what came off the line, in minor units.
    pub coupon_minor: i64,
}

/// The purchase's number; none where the row has none, or cannot be read far enough.
pub(super) fn number(plan: &Plan, row: &Row) -> Option<String> {
    let is_cut = match row.fault() {
        None => true,
        // The cells are there all the same.
        Some(RowFault::TooFewCells { .. } | RowFault::TooManyCells { .. } | RowFault::CellTooLong { .. } | RowFault::Nul) => true,
        Some(RowFault::UnterminatedQuote | RowFault::StrayQuote | RowFault::Undecodable | RowFault::RowTooLong) => false,
    };
    let text = if is_cut { plan.text(Field::Number, row).ok().flatten() } else { None };
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What tells the rows of a file without purchase numbers apart: everything that is mapped of them.
pub(super) fn content_hash(plan: &Plan, row: &Row) -> i64 {
    let mut parts = Vec::new();
    // A coupon changes no amount, nor whether a purchase is the same as one that came before.
    for field in Kind::Purchases.fields().filter(|field| *field != Field::Coupon && plan.has(*field)) {
        let text = plan.text(field, row).ok().flatten().unwrap_or_default();
        parts.push((field, text));
    }
    let bytes: Vec<&[u8]> = parts.iter().flat_map(|(field, text)| [field.name().as_bytes(), text.as_bytes()]).collect();
    random::hash_of(&bytes)
}

/// Reads a row.
///
/// The line's amount is what was paid for it: `amount`, else `unit_price` × `quantity` less `discount` and `coupon`, which the line keeps either way. A row that says only the `total`
/// stands for the whole purchase. Lines at or under zero are kept with their meaning: a quantity of zero or an amount below zero is an
/// adjustment (a discount, a deposit, goods that came back), an amount of zero for some pieces a gift.
pub(super) fn read(plan: &Plan, facts: &Facts, row: &Row) -> Result<PurchaseRow, Reason> {
    if let Some(fault) = row.fault() {
        return Err(Reason::Row(fault));
    }
    let code = |wanted: Field| person::text(plan, row, wanted, CODE_CHARACTERS_MAX);
    // It is known already by now; here it is only seen to be no longer than numbers may be.
    code(Field::Number)?;
    let identities = person::identities(plan, facts, row, KNOWN_BY)?;
    let total_minor = plan.amount(Field::Total, row, facts.exponent).map_err(Reason::Value)?;
    let head = Head {
        at_ms: at_ms(plan, facts, row)?,
        channel: code(Field::Channel)?,
        store: code(Field::Store)?,
        staff: code(Field::Staff)?,
        identities,
        total_minor,
    };
    let coupon_minor = off(plan, facts, row, Field::Coupon)?;
    let off_minor = off(plan, facts, row, Field::Discount)? + coupon_minor;
    let (quantity, amount_minor) = quantity_and_amount(plan, facts, row, (total_minor, off_minor))?;
    let said = person::word(plan, row, Field::LineKind, LINE_KINDS)?;
    let kind = said.unwrap_or(match (quantity, amount_minor) {
        (..=0, _) | (_, ..0) => LineKind::Adjustment,
        (_, 0) => LineKind::Gift,
        _ => LineKind::Sale,
    });
    let line = Line {
        sku: code(Field::Sku)?.unwrap_or_else(|| NO_SKU.to_owned()),
        category: person::text(plan, row, Field::Category, CATEGORY_CHARACTERS_MAX)?,
        // Pieces of an adjustment would be counted as bought.
        quantity: if kind == LineKind::Adjustment { 0 } else { quantity },
        amount_minor,
        kind,
        off_minor,
    };
    Ok(PurchaseRow { head, line, coupon_minor })
}

/// The usual channel of a purchase that names none.
pub(super) fn channel(head: &mut Head) -> String {
    head.channel.take().unwrap_or_else(|| USUAL_CHANNEL.to_owned())
}

fn at_ms(plan: &Plan, facts: &Facts, row: &Row) -> Result<i64, Reason> {
    let (field, when) = match plan.occurred(row).map_err(Reason::Value)? {
        Some(when) => (if plan.has(Field::At) { Field::At } else { Field::Date }, when),
        None => return Err(Reason::Missing(&[Field::At, Field::Date])),
    };
    // A day alone is that business day, which begins at the brand's cut hour and not at midnight.
    let is_day = !plan.has(Field::At) && !plan.has(Field::Time);
    let when = match when {
        When::Local(civil) if is_day && civil.time() == Time::midnight() => {
            let hour = i8::try_from(facts.cut_hour).unwrap_or(0);
            When::Local(civil.date().at(hour, 0, 0, 0))
        }
        when => when,
    };
    let fault = |fault| Reason::Value(FieldFault { field: field.name().to_owned(), fault, text: String::new() });
    person::in_time(when.instant(&facts.zone).map_err(fault)?.as_millisecond(), facts, field)
}

fn too_large(of: Field) -> Reason {
    Reason::Value(FieldFault { field: of.name().to_owned(), fault: ValueFault::NumberTooLarge, text: String::new() })
}

/// What came off the line by a discount or a coupon, at most half of what a line may have off; files write it with and
/// without a sign. One that cannot be read refuses the row only where the amount hangs on it.
fn off(plan: &Plan, facts: &Facts, row: &Row, of: Field) -> Result<i64, Reason> {
    let fits = |off_minor: &i64| *off_minor <= MAX_AMOUNT_MINOR / 2;
    let off = plan.amount(of, row, facts.exponent).map_err(Reason::Value);
    let off = off.and_then(|off| off.unwrap_or(0).checked_abs().filter(fits).ok_or_else(|| too_large(of)));
    if plan.has(Field::Amount) { Ok(off.unwrap_or(0)) } else { off }
}

fn quantity_and_amount(
    plan: &Plan,
    facts: &Facts,
    row: &Row,
    (total_minor, off_minor): (Option<i64>, i64),
) -> Result<(i64, i64), Reason> {
    let amount_of = |wanted: Field| plan.amount(wanted, row, facts.exponent).map_err(Reason::Value);
    let quantity = plan.amount(Field::Quantity, row, 0).map_err(Reason::Value)?.unwrap_or(1);
    let amount_minor = match (amount_of(Field::Amount)?, amount_of(Field::UnitPrice)?) {
        (Some(amount_minor), _) => amount_minor,
        (None, Some(price_minor)) => {
            let gross = price_minor.checked_mul(quantity);
            gross.and_then(|gross| gross.checked_sub(off_minor)).ok_or_else(|| too_large(Field::UnitPrice))?
        }
        (None, None) if says_amounts(plan) => return Err(Reason::Missing(&[Field::Amount, Field::UnitPrice])),
        (None, None) => total_minor.ok_or(Reason::Missing(&[Field::Amount, Field::UnitPrice, Field::Total]))?,
    };
    match (quantity, amount_minor) {
        (..0, 1..) => Err(Reason::SignsDisagree),
        (quantity, _) if quantity > danggol_core::purchase::MAX_QUANTITY => {
            Err(Reason::Field(ApiError::new(&kinds::OUT_OF_RANGE).at(Field::Quantity.name())))
        }
        (quantity, amount_minor) => Ok((quantity.max(0), amount_minor)),
    }
}

/// Whether the rows say what each line cost.
pub(super) fn says_amounts(plan: &Plan) -> bool {
    plan.has(Field::Amount) || plan.has(Field::UnitPrice)
}

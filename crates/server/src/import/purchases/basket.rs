//! The rows of one purchase, put together.

use danggol_core::id::{MemberId, PurchaseId};
use danggol_core::identity::Identity;
use danggol_core::purchase::{Line, LineKind, Order, Pricing, PurchaseKind};

use super::row::{self, Head, MEMBER, PurchaseRow};
use crate::import::reason::Reason;
use crate::import::rejects::Original;
use crate::random;

/// A row of a purchase, and what is wrong with it.
#[derive(Debug)]
struct Held {
    original: Original,
    reason: Option<Reason>,
}

/// A purchase whose rows are coming in.
#[derive(Debug)]
pub(super) struct Basket {
    number: String,
    head: Option<Head>,
    lines: Vec<Line>,
    coupon_minor: i64,
    rows: Vec<Held>,
    is_faulty: bool,
    /// Whether the rows say what each line cost; else each repeats the purchase's total.
    says_amounts: bool,
}

/// A purchase whose rows are all there, still without its member.
#[derive(Debug)]
pub(super) struct Draft {
    /// The order; its member and the categories that the file does not say are to be filled in.
    pub order: Order,
    /// By what its member is known; at least one.
    pub identities: Vec<Identity>,
    /// The look-ups of those, made when it is sent.
    pub lookups: Vec<String>,
    /// Its rows.
    pub rows: Vec<Original>,
    /// Lines with an amount or a quantity of zero or below.
    pub at_or_under_zero: u64,
}

/// Rows that are refused, each for its reason.
pub(super) type Refused = Vec<(Original, Reason)>;

impl Basket {
    /// An empty purchase of a number.
    pub fn new(number: String, says_amounts: bool) -> Self {
        Basket { number, head: None, lines: Vec::new(), coupon_minor: 0, rows: Vec::new(), is_faulty: false, says_amounts }
    }

    /// Its number.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Adds a row.
    pub fn add(&mut self, original: Original, row: Result<PurchaseRow, Reason>) {
        let reason = match row {
            Ok(row) => self.take(row).err(),
            Err(reason) => Some(reason),
        };
        self.is_faulty |= reason.is_some();
        self.rows.push(Held { original, reason });
    }

    fn take(&mut self, row: PurchaseRow) -> Result<(), Reason> {
        let PurchaseRow { head, mut line, mut coupon_minor } = row;
        match &mut self.head {
            None => self.head = Some(head),
            Some(first) => {
                if first.identities.is_empty() {
                    first.identities = head.identities;
                } else if !head.identities.is_empty() && first.identities != head.identities {
                    return Err(Reason::MemberDiffers);
                }
                first.at_ms = first.at_ms.min(head.at_ms);
                first.channel = first.channel.take().or(head.channel);
                first.store = first.store.take().or(head.store);
                first.staff = first.staff.take().or(head.staff);
                first.total_minor = first.total_minor.or(head.total_minor);
                if !self.says_amounts {
                    // The first row has the total already; further rows only say what else was bought.
                    (line.amount_minor, line.kind, coupon_minor) = (0, LineKind::Sale, 0);
                }
            }
        }
        self.lines.push(line);
        // More than a purchase may have is refused with it.
        self.coupon_minor = self.coupon_minor.saturating_add(coupon_minor);
        Ok(())
    }

    /// Gives its rows up, all for one reason.
    pub fn give_up(self, reason: &Reason) -> Refused {
        self.rows.into_iter().map(|held| (held.original, held.reason.unwrap_or_else(|| reason.clone()))).collect()
    }

    /// The purchase of its rows, or why its rows are refused. A purchase is kept whole or not at all.
    pub fn close(
        mut self,
        purchases_as: PurchaseKind,
        moment: impl Fn(i64) -> danggol_core::purchase::Moment,
    ) -> Result<Draft, Refused> {
        if self.is_faulty {
            return Err(self.give_up(&Reason::Incomplete));
        }
        let Some(mut head) = self.head.take() else { return Err(self.give_up(&Reason::Incomplete)) };
        if head.identities.is_empty() {
            return Err(self.give_up(&Reason::Missing(MEMBER)));
        }
        let sum: i128 = self.lines.iter().map(|line| i128::from(line.amount_minor)).sum();
        let discount = head.total_minor.map_or(0, |total| sum - i128::from(total));
        let discount_minor = match i64::try_from(discount) {
            Ok(discount @ 0..) => discount,
            _ => return Err(self.give_up(&Reason::TotalAboveLines)),
        };
        let lines = std::mem::take(&mut self.lines);
        let at_or_under_zero = lines.iter().filter(|line| line.amount_minor <= 0 || line.quantity <= 0).count() as u64;
        let mut order = Order {
            id: PurchaseId(0),
            member: MemberId(0),
            external_no: Some(self.number),
            channel: row::channel(&mut head),
            store: head.store,
            staff: head.staff,
            moment: moment(head.at_ms),
            lines,
            pricing: Pricing::Paid,
            coupons: Vec::new(),
            discount_minor,
            coupon_minor: self.coupon_minor,
            tenders: Vec::new(),
            redeem_points: 0,
            kind: purchases_as,
            input_hash: 0,
        };
        order.input_hash = input_hash(&order, &head.identities);
        let rows = self.rows.into_iter().map(|held| held.original).collect();
        Ok(Draft { order, identities: head.identities, lookups: Vec::new(), rows, at_or_under_zero })
    }
}

/// Of everything that a file says of a purchase, whatever the order of its lines, so that the same purchase in another file of the same
/// till is known again.
fn input_hash(order: &Order, identities: &[Identity]) -> i64 {
    let mut lines: Vec<Vec<u8>> = order.lines.iter().map(line_bytes).collect();
    lines.sort_unstable();
    let member: Vec<String> = identities.iter().map(|identity| format!("{}:{}", identity.kind.word(), identity.value)).collect();
    let (at, discount) = (order.moment.at_ms.to_le_bytes(), order.discount_minor.to_le_bytes());
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default().into_bytes();
    let (store, staff) = (text(&order.store), text(&order.staff));
    let mut parts: Vec<&[u8]> = vec![b"import", &at, &discount, order.channel.as_bytes(), &store, &staff];
    parts.extend(member.iter().map(String::as_bytes));
    parts.push(b"lines");
    parts.extend(lines.iter().map(Vec::as_slice));
    random::hash_of(&parts)
}

fn line_bytes(line: &Line) -> Vec<u8> {
    let kind = match line.kind {
        LineKind::Sale => b's',
        LineKind::Gift => b'g',
        LineKind::Adjustment => b'a',
    };
    let mut bytes = Vec::with_capacity(line.sku.len() + 32);
    bytes.extend_from_slice(line.sku.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(line.category.as_deref().unwrap_or_default().as_bytes());
    bytes.push(kind);
    bytes.extend_from_slice(&line.quantity.to_le_bytes());
    bytes.extend_from_slice(&line.amount_minor.to_le_bytes());
    bytes
}

//! What follows from purchases, as relations of members with a value each.

use danggol_core::attribute::{Attribute, Kind, Of};
use danggol_core::condition::{Operand, Operator, Test, Value};
use danggol_core::event::{Event, EventTest, Measure};
use danggol_core::habit::{HABIT_PURCHASES, YEAR_DAYS};
use danggol_core::time::DAY_MS;

use super::{Draft, Place};

/// Purchases that have not come back wholly.
const KEPT: &str = "NOT (p.returned IS NOT NULL AND p.returned_minor >= p.amount_minor AND p.returned_quantity >= p.quantity)";

/// What an occasion is asked about beside its lines.
const OCCASION: &str = "p.member_id, p.business_date, p.occurred_at_ms, p.channel, p.store, p.staff, p.amount_minor, p.returned_minor, \
     p.quantity, p.returned_quantity";

/// A line `l` of a purchase `p` as it was bought, and how many of its pieces came back.
const LINE: &str = "json_extract(l.value, '$[0]') AS sku, json_extract(l.value, '$[1]') AS category, \
     CAST(json_extract(l.value, '$[2]') AS BIGINT) AS line_bought, CAST(json_extract(l.value, '$[3]') AS BIGINT) AS line_gross, \
     CASE WHEN CAST(json_extract(l.value, '$[2]') AS BIGINT) > 1 THEN CAST(json_extract(l.value, '$[2]') AS BIGINT) ELSE 1 END AS pieces, \
     CASE WHEN p.returned IS NULL THEN 0 ELSE COALESCE(CAST(json_extract(p.returned, '$.q[' || l.key || ']') AS BIGINT), 0) END AS back";

/// What is left of such a line, in a relation `w`: as `Line::left_after` of `core` reckons, without a product of two large numbers.
const LEFT: &str = "CASE WHEN w.pieces - w.back < w.line_bought THEN w.pieces - w.back ELSE w.line_bought END AS line_quantity, \
     CASE WHEN w.back = 0 THEN w.line_gross ELSE w.line_gross / w.pieces * (w.pieces - w.back) \
     + w.line_gross % w.pieces * (w.pieces - w.back) / w.pieces END AS line_amount";

impl Draft<'_> {
    /// Members for whom the value of a relation passes. Who is not in it has the value of nothing.
    fn related(&mut self, relation: &str, kind: Kind, (op, operand): (Operator, Option<&Operand>), nothing: bool) -> String {
        let passes = self.compared("f.value", kind, op, operand);
        if nothing {
            return format!("(m.member_id NOT IN (SELECT f.member_id FROM ({relation}) f WHERE NOT {passes}))");
        }
        format!("(m.member_id IN (SELECT f.member_id FROM ({relation}) f WHERE {passes}))")
    }

    pub(super) fn happened(&mut self, test: &EventTest) -> String {
        let (from, until) = test.days(self.scope.now.moment.day);
        let (from, until) = (self.int(from), self.int(until));
        let within = format!("{KEPT} AND p.business_date >= {from} AND p.business_date <= {until}");
        let (source, place, amount, quantity) = match test.event {
            Event::Purchase => {
                let source = format!("purchase p WHERE {within} AND ");
                (source, Place::Purchase, "p.amount_minor - p.returned_minor", "p.quantity - p.returned_quantity")
            }
            Event::Line => {
                let source = format!(
                    "(SELECT w.*, {LEFT} FROM (SELECT {OCCASION}, {LINE} FROM purchase p, json_each(p.lines) l WHERE {within}) w \
                     WHERE w.pieces > w.back) p WHERE "
                );
                (source, Place::Line, "p.line_amount", "p.line_quantity")
            }
        };
        let value = match test.measure {
            Measure::Count => "COUNT(*)".to_owned(),
            Measure::Days => "COUNT(DISTINCT p.business_date)".to_owned(),
            Measure::Amount => format!("CAST(SUM({amount}) AS BIGINT)"),
            Measure::Quantity => format!("CAST(SUM({quantity}) AS BIGINT)"),
            Measure::First => "MIN(p.business_date)".to_owned(),
            Measure::Last => "MAX(p.business_date)".to_owned(),
        };
        let filter = test.filter.as_ref().map_or("(1 = 1)".to_owned(), |filter| self.tree(filter, place));
        let relation = format!("SELECT p.member_id AS member_id, {value} AS value FROM {source}{filter} GROUP BY p.member_id");
        self.related(&relation, test.measure.kind(), (test.op, test.value.as_ref()), test.passes_nothing())
    }

    /// A comparison of an attribute of a purchase or of its lines.
    pub(super) fn occasion(&mut self, test: &Test, place: Place) -> String {
        let (attribute, kind) = (test.attribute, test.attribute.kind());
        let value = match attribute {
            Attribute::PurchaseAmount => "(p.amount_minor - p.returned_minor)".to_owned(),
            Attribute::PurchaseQuantity => "(p.quantity - p.returned_quantity)".to_owned(),
            Attribute::PurchaseStore => "p.store".to_owned(),
            Attribute::PurchaseChannel => "p.channel".to_owned(),
            Attribute::PurchaseStaff => "p.staff".to_owned(),
            Attribute::PurchaseDate => "p.business_date".to_owned(),
            Attribute::PurchaseWeekday => self.weekday("p"),
            Attribute::PurchaseHour => self.hour("p"),
            Attribute::LineSku => "sku".to_owned(),
            Attribute::LineCategory => "category".to_owned(),
            Attribute::LineAmount => "line_amount".to_owned(),
            Attribute::LineQuantity => "line_quantity".to_owned(),
            _ => return "(1 = 0)".to_owned(),
        };
        if attribute.of() != Of::Line {
            return self.compared(&value, kind, test.op, test.value.as_ref());
        }
        let passes = self.compared(&format!("x.{value}"), kind, test.op, test.value.as_ref());
        match place {
            Place::Line => passes.replace("x.", "p."),
            Place::Purchase | Place::Member => format!(
                "(EXISTS (SELECT 1 FROM (SELECT w.*, {LEFT} FROM (SELECT {LINE} FROM json_each(p.lines) l) w WHERE w.pieces > w.back) x \
                 WHERE {passes}))"
            ),
        }
    }

    fn hour(&mut self, of: &str) -> String {
        format!("({} % {DAY_MS} / 3600000)", self.local(&format!("{of}.occurred_at_ms")))
    }

    fn weekday(&mut self, of: &str) -> String {
        // The first of January 1970 was a Thursday, and the clock here is a day ahead.
        format!("(({} / {DAY_MS} + 2) % 7 + 1)", self.local(&format!("{of}.occurred_at_ms")))
    }

    /// The newest purchases of each member, the newest of age 1.
    fn newest(&mut self) -> String {
        let today = self.today();
        let today = self.int(today);
        format!(
            "(SELECT a.* FROM (SELECT p.member_id, p.business_date, p.occurred_at_ms, p.channel, p.store, p.lines, p.returned, \
             p.discount_minor, p.offered_minor, p.coupon_minor, p.amount_minor - p.returned_minor AS amount, p.quantity - p.returned_quantity AS pieces_left, \
             ROW_NUMBER() OVER (PARTITION BY p.member_id ORDER BY p.occurred_at_ms DESC, p.purchase_id DESC) AS age \
             FROM purchase p WHERE {KEPT} AND p.business_date <= {today}) a WHERE a.age <= {HABIT_PURCHASES})"
        )
    }

    /// The value that stands most often, the newest of those that stand equally often.
    fn most(&mut self, value: &str) -> String {
        let newest = self.newest();
        format!(
            "SELECT v.member_id, v.value FROM (SELECT g.member_id, g.value, \
             ROW_NUMBER() OVER (PARTITION BY g.member_id ORDER BY g.votes DESC, g.age) AS place FROM (SELECT n.member_id, n.value, \
             COUNT(*) AS votes, MIN(n.age) AS age FROM (SELECT n.member_id, n.age, {value} AS value FROM {newest} n) n \
             WHERE n.value IS NOT NULL GROUP BY n.member_id, n.value) g) v WHERE v.place = 1"
        )
    }

    /// A figure over the newest purchases `n` of each member.
    fn averaged(&mut self, value: &str) -> String {
        format!("SELECT n.member_id, {value} AS value FROM {} n GROUP BY n.member_id", self.newest())
    }

    /// The gaps between the newest visits of each member, with their lower median, how many they are, and the last of the visits.
    fn intervals(&mut self) -> String {
        let newest = self.newest();
        format!(
            "(SELECT s.member_id, s.gap, s.gaps, s.last, s.place, \
             MAX(CASE WHEN s.place = (s.gaps + 1) / 2 THEN s.gap END) OVER (PARTITION BY s.member_id) AS middle \
             FROM (SELECT j.member_id, j.gap, j.last, ROW_NUMBER() OVER (PARTITION BY j.member_id ORDER BY j.gap) AS place, \
             COUNT(*) OVER (PARTITION BY j.member_id) AS gaps FROM (SELECT d.member_id, \
             d.business_date - LAG(d.business_date) OVER (PARTITION BY d.member_id ORDER BY d.business_date) AS gap, \
             MAX(d.business_date) OVER (PARTITION BY d.member_id) AS last \
             FROM (SELECT DISTINCT n.member_id, n.business_date FROM {newest} n) d) j WHERE j.gap IS NOT NULL) s)"
        )
    }

    /// A figure of the gaps `k` of each member.
    fn gaps(&mut self, value: &str) -> String {
        format!("SELECT k.member_id, {value} AS value FROM {} k WHERE k.place = 1", self.intervals())
    }

    /// A comparison of a fact that follows from purchases.
    pub(super) fn fact(&mut self, test: &Test) -> String {
        let attribute = test.attribute;
        let relation = match attribute {
            Attribute::HomeStore => self.most("n.store"),
            Attribute::UsualHour => {
                let hour = self.hour("n");
                self.most(&hour)
            }
            Attribute::UsualWeekday => {
                let weekday = self.weekday("n");
                self.most(&weekday)
            }
            Attribute::OnlineShare => self.averaged(
                "CAST(SUM(CASE WHEN n.channel = 'store' OR n.channel = 'phone' THEN 0 ELSE 1 END) AS BIGINT) * 100 / COUNT(*)",
            ),
            Attribute::FavouriteCategory => format!(
                "SELECT v.member_id, v.value FROM (SELECT g.member_id, g.value, \
                 ROW_NUMBER() OVER (PARTITION BY g.member_id ORDER BY g.amount DESC, g.value) AS place FROM (SELECT w.member_id, \
                 w.category AS value, SUM(w.line_amount) AS amount FROM (SELECT w.*, {LEFT} FROM (SELECT p.member_id, {LINE} FROM {} p, \
                 json_each(p.lines) l) w WHERE w.pieces > w.back) w WHERE w.category IS NOT NULL GROUP BY w.member_id, w.category) g) v \
                 WHERE v.place = 1",
                self.newest()
            ),
            Attribute::Platform => self.most("CASE WHEN n.channel = 'store' OR n.channel = 'phone' THEN NULL ELSE n.channel END"),
            Attribute::FavouriteProduct => format!(
                "SELECT v.member_id, v.value FROM (SELECT w.member_id, w.sku AS value, \
                 ROW_NUMBER() OVER (PARTITION BY w.member_id ORDER BY COUNT(DISTINCT w.age) DESC, w.sku) AS place \
                 FROM (SELECT p.member_id, p.age, {LINE} FROM {} p, json_each(p.lines) l) w WHERE w.pieces > w.back \
                 GROUP BY w.member_id, w.sku) v WHERE v.place = 1",
                self.newest()
            ),
            Attribute::Categories => format!(
                "SELECT w.member_id, COUNT(DISTINCT w.category) AS value FROM (SELECT p.member_id, {LINE} FROM {} p, \
                 json_each(p.lines) l) w WHERE w.pieces > w.back GROUP BY w.member_id",
                self.newest()
            ),
            Attribute::BasketSize => self.averaged("CAST(SUM(n.pieces_left) AS BIGINT) / COUNT(*)"),
            Attribute::PiecePrice => {
                self.averaged("CAST(SUM(n.amount) AS BIGINT) / NULLIF(CAST(SUM(n.pieces_left) AS BIGINT), 0)")
            }
            Attribute::DiscountShare => {
                // A line says what came off it as its sixth value.
                self.averaged(
                    "CAST(SUM(CASE WHEN n.discount_minor > 0 OR n.offered_minor > 0 OR n.coupon_minor > 0 \
                     OR EXISTS (SELECT 1 FROM json_each(n.lines) l WHERE CAST(json_extract(l.value, '$[5]') AS BIGINT) > 0) THEN 1 ELSE 0 END) AS BIGINT) * 100 / COUNT(*)",
                )
            }
            Attribute::CouponShare => {
                self.averaged("CAST(SUM(CASE WHEN n.coupon_minor > 0 THEN 1 ELSE 0 END) AS BIGINT) * 100 / COUNT(*)")
            }
            Attribute::VisitInterval => self.gaps("k.middle"),
            Attribute::NextPurchase => self.gaps("k.last + k.middle"),
            Attribute::DaysOverdue => {
                let today = self.today();
                let today = self.int(today);
                self.gaps(&format!("{today} - k.last - k.middle"))
            }
            Attribute::Regularity => format!(
                "SELECT r.member_id, CAST(SUM(CASE WHEN ABS(r.gap - r.middle) * 2 <= r.middle THEN 1 ELSE 0 END) AS BIGINT) * 100 \
                 / COUNT(*) AS value FROM {} r WHERE r.gaps >= 2 GROUP BY r.member_id",
                self.intervals()
            ),
            Attribute::Returns => return self.returns(test),
            _ => return self.sum(test),
        };
        self.related(&relation, attribute.kind(), (test.op, test.value.as_ref()), test.passes(Value::Missing))
    }

    /// A comparison of how many purchases came back, wholly or in part.
    fn returns(&mut self, test: &Test) -> String {
        let today = self.today();
        let today = self.int(today);
        let relation = format!(
            "SELECT p.member_id AS member_id, COUNT(*) AS value FROM purchase p WHERE p.returned IS NOT NULL \
             AND p.business_date <= {today} GROUP BY p.member_id"
        );
        self.related(&relation, test.attribute.kind(), (test.op, test.value.as_ref()), test.passes(Value::Number(0)))
    }

    /// A comparison of a figure over all purchases.
    fn sum(&mut self, test: &Test) -> String {
        let today = self.today();
        let today = self.int(today);
        let (value, of_nothing) = match test.attribute {
            Attribute::Purchases => ("COUNT(*)".to_owned(), Value::Number(0)),
            Attribute::Spent => ("CAST(SUM(p.amount_minor - p.returned_minor) AS BIGINT)".to_owned(), Value::Number(0)),
            Attribute::AverageTicket => {
                ("CAST(SUM(p.amount_minor - p.returned_minor) AS BIGINT) / COUNT(*)".to_owned(), Value::Missing)
            }
            Attribute::FirstPurchase => ("MIN(p.business_date)".to_owned(), Value::Missing),
            Attribute::LastPurchase => ("MAX(p.business_date)".to_owned(), Value::Missing),
            Attribute::DaysSincePurchase => (format!("{today} - MAX(p.business_date)"), Value::Missing),
            Attribute::YearChange => {
                let [year, before] = [1, 2].map(|years| format!("{today} - {}", YEAR_DAYS * years));
                let sum = |within: &str| {
                    format!("CAST(SUM(CASE WHEN {within} THEN p.amount_minor - p.returned_minor ELSE 0 END) AS BIGINT)")
                };
                let year_sum = sum(&format!("p.business_date > {year}"));
                let before_sum = sum(&format!("p.business_date > {before} AND p.business_date <= {year}"));
                let change = format!("CASE WHEN {before_sum} > 0 THEN ({year_sum} - {before_sum}) * 100 / {before_sum} END");
                (change, Value::Missing)
            }
            _ => return "(1 = 0)".to_owned(),
        };
        let relation = format!(
            "SELECT p.member_id AS member_id, {value} AS value FROM purchase p WHERE {KEPT} AND p.business_date <= {today} \
             GROUP BY p.member_id"
        );
        self.related(&relation, test.attribute.kind(), (test.op, test.value.as_ref()), test.passes(of_nothing))
    }
}

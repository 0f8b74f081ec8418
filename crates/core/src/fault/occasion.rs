//! What is wrong with occasions. Whether the templates of their coupons are there is not looked at.

use super::{FaultKind, Faults, MAX_DAYS};
use crate::attribute::Of;
use crate::earning::MAX_RATE;
use crate::occasion::{MAX_AROUND_DAYS, MAX_OCCASIONS, Occasion, Trigger};
use crate::programme::Ladder;

/// The most times that a cap of an occasion allows.
const MAX_TIMES: i64 = 1_000_000;

impl Faults {
    pub(super) fn occasions(&mut self, occasions: &[Occasion], ladder: &Ladder, pending_days: u16) {
        if occasions.len() > MAX_OCCASIONS {
            self.add("occasions", FaultKind::TooMany(MAX_OCCASIONS));
        }
        self.unique(occasions.iter().map(|occasion| occasion.id.as_str()), |index| format!("occasions[{index}].id"));
        for (index, occasion) in occasions.iter().enumerate() {
            self.occasion(&format!("occasions[{index}]"), occasion, ladder);
            // Points of a purchase mature like those of its rules.
            let matures = occasion.trigger == Trigger::Purchase && pending_days > 0;
            if matures && occasion.valid_days.is_some_and(|days| days > 0 && days <= pending_days) {
                self.add(format!("occasions[{index}].valid_days"), FaultKind::LapsesBeforeAvailable);
            }
        }
    }

    fn occasion(&mut self, path: &str, occasion: &Occasion, ladder: &Ladder) {
        self.code(format!("{path}.id"), &occasion.id);
        self.name(&format!("{path}.name"), &occasion.name);
        if let Trigger::Birthday { days_before, days_after } = occasion.trigger {
            self.range(format!("{path}.trigger.days_before"), days_before, 0, i64::from(MAX_AROUND_DAYS));
            self.range(format!("{path}.trigger.days_after"), days_after, 0, i64::from(MAX_AROUND_DAYS));
        }
        if let Some(when) = &occasion.when {
            let places: &[Of] = match occasion.trigger {
                Trigger::Purchase => &[Of::Purchase, Of::Line, Of::Member],
                Trigger::Joining | Trigger::Anniversary | Trigger::Birthday { .. } => &[Of::Member],
            };
            self.condition(&format!("{path}.when"), when, places, ladder);
        }
        if occasion.points.is_none() && occasion.coupon.is_none() {
            self.add(path, FaultKind::GivesNothing);
        }
        self.range(format!("{path}.points"), occasion.points.unwrap_or(1), 1, MAX_RATE);
        self.range(format!("{path}.valid_days"), occasion.valid_days.unwrap_or(1), 1, MAX_DAYS);
        let caps = [("per_day", occasion.caps.per_day), ("per_year", occasion.caps.per_year), ("ever", occasion.caps.ever)];
        for (cap, most) in caps {
            self.range(format!("{path}.caps.{cap}"), most.unwrap_or(1), 1, MAX_TIMES);
        }
        self.dates(path, &occasion.from, &occasion.until);
    }
}

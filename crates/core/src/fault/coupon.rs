//! What is wrong with templates of coupons.

use super::{Fault, FaultKind, Faults};
use crate::coupon::{Code, MAX_BUDGET_MINOR, MAX_ISSUED, MAX_VALID_DAYS, Template, Validity};
use crate::programme::Programme;

impl Template {
    /// Everything that is wrong with it beside a programme, whose tiers and offers it may name; none when coupons of it may be given.
    pub fn faults(&self, programme: &Programme) -> Vec<Fault> {
        let mut found = Faults::default();
        found.offer("offer", &self.offer, &programme.tiers);
        for (place, code) in self.offer.excludes.iter().enumerate() {
            if programme.offers.iter().all(|other| other.id != *code) {
                found.add(format!("offer.excludes[{place}]"), FaultKind::UnknownOffer(code.clone()));
            }
        }
        if programme.offers.iter().any(|other| other.id == self.offer.id) {
            found.add("offer.id", FaultKind::Duplicate(self.offer.id.clone()));
        }
        match &self.validity {
            Validity::Fixed { from, until } => found.dates("validity", &Some(from.clone()), &Some(until.clone())),
            Validity::Days { days, after_days } => {
                found.range("validity.days", *days, 1, MAX_VALID_DAYS);
                found.range("validity.after_days", *after_days, 0, MAX_VALID_DAYS);
            }
        }
        for (field, cap, most) in [
            ("issued", self.caps.issued, MAX_ISSUED),
            ("used", self.caps.used, MAX_ISSUED),
            ("budget_minor", self.caps.budget_minor, MAX_BUDGET_MINOR),
            ("per_member", self.caps.per_member, MAX_ISSUED),
        ] {
            found.range(format!("caps.{field}"), cap.unwrap_or(1), 1, most);
        }
        // Kept as it is read, so that there is one way to write it.
        let shared = |code: &String| !matches!(Code::read(code), Ok(Code::Shared(read)) if read == *code);
        if self.shared_code.as_ref().is_some_and(shared) {
            found.add("shared_code", FaultKind::SharedCode);
        }
        found.list
    }
}

//! What is wrong with the plan for money that is paid in.

use super::{FaultKind, Faults, MAX_DAYS};
use crate::earning::MAX_RATE;
use crate::programme::Expiry;
use crate::purchase::MAX_AMOUNT_MINOR;
use crate::value::{MAX_STEPS, TopUps};

impl Faults {
    pub(super) fn top_ups(&mut self, plan: &TopUps) {
        let steps = &plan.steps;
        if steps.len() > MAX_STEPS {
            self.add("top_ups.steps", FaultKind::TooMany(MAX_STEPS));
        }
        self.unique(steps.iter().map(|step| step.id.as_str()), |index| format!("top_ups.steps[{index}].id"));
        for (index, step) in steps.iter().enumerate() {
            let path = format!("top_ups.steps[{index}]");
            self.code(format!("{path}.id"), &step.id);
            self.name(&format!("{path}.name"), &step.name);
            self.range(format!("{path}.from_minor"), step.from_minor, 1, MAX_AMOUNT_MINOR);
            self.range(format!("{path}.bonus_minor"), step.bonus_minor, 0, MAX_AMOUNT_MINOR);
            self.range(format!("{path}.points"), step.points, 0, MAX_RATE);
            if step.bonus_minor == 0 && step.points == 0 && step.coupon.is_none() {
                self.add(path.clone(), FaultKind::StepGivesNothing);
            }
            if index > 0 && step.from_minor <= steps[index - 1].from_minor {
                self.add(format!("{path}.from_minor"), FaultKind::NotAboveLower);
            }
        }
        self.bonus_expiry(plan.bonus_expiry);
    }

    fn bonus_expiry(&mut self, expiry: Expiry) {
        match expiry {
            Expiry::Never => {}
            Expiry::Rolling { days } => self.range("top_ups.bonus_expiry.days", days, 1, MAX_DAYS),
            Expiry::EndOfMonth { months } => self.range("top_ups.bonus_expiry.months", months, 0, 120),
            Expiry::FixedDate { month, day, min_months } => {
                self.range("top_ups.bonus_expiry.month", month, 1, 12);
                self.range("top_ups.bonus_expiry.day", day, 1, 31);
                self.range("top_ups.bonus_expiry.min_months", min_months, 0, 120);
            }
        }
    }
}

//! What is wrong with gifts and festivals.

use super::{Fault, FaultKind, Faults, MAX_NAME};
use crate::condition::MEMBER_PLACES;
use crate::gift::{FestivalTerms, GiftTerms, LocalText, MAX_ALLOWANCES, MAX_HOLD_DAYS, MAX_PER_MEMBER, MAX_POINTS};
use crate::language::Language;
use crate::programme::Ladder;
use crate::purchase::MAX_AMOUNT_MINOR;

impl GiftTerms {
    /// Everything that is wrong with it beside a ladder, whose tiers it may name. Whether its festival, its picture and the segments that it
    /// names are there is not looked at.
    pub fn faults(&self, ladder: &Ladder) -> Vec<Fault> {
        let mut found = Faults::default();
        found.code("code".to_owned(), &self.code);
        found.local_text("name", &self.name);
        if let Some(category) = &self.category {
            found.name("category", category);
        }
        found.range("points", self.points, 1, MAX_POINTS);
        found.range("amount_minor", self.amount_minor, 0, MAX_AMOUNT_MINOR);
        found.range("hold_days", self.hold_days, 1, MAX_HOLD_DAYS);
        if !self.collected && !self.delivered {
            found.add("collected", FaultKind::NeitherWay);
        }
        if self.allowances.len() > MAX_ALLOWANCES {
            found.add("allowances", FaultKind::TooMany(MAX_ALLOWANCES));
        }
        for (place, allowance) in self.allowances.iter().enumerate() {
            found.range(format!("allowances[{place}].most"), allowance.most.unwrap_or(1), 1, MAX_PER_MEMBER);
            if let Some(when) = &allowance.when {
                found.condition(&format!("allowances[{place}].when"), when, MEMBER_PLACES, ladder);
            }
        }
        found.list
    }
}

impl FestivalTerms {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut found = Faults::default();
        found.local_text("name", &self.name);
        found.dates_at(["from", "until"], &Some(self.from.clone()), &Some(self.until.clone()));
        found.list
    }
}

impl Faults {
    /// A name in one language at least, none of them blank or too long.
    fn local_text(&mut self, path: &str, text: &LocalText) {
        if text.texts().iter().all(Option::is_none) {
            self.add(path, FaultKind::Empty);
        }
        for (language, text) in Language::ALL.into_iter().zip(text.texts()) {
            match text {
                Some(text) if text.trim().is_empty() => self.add(format!("{path}.{}", language.tag()), FaultKind::Empty),
                Some(text) if text.chars().count() > MAX_NAME => {
                    self.add(format!("{path}.{}", language.tag()), FaultKind::TooLong(MAX_NAME));
                }
                Some(_) | None => {}
            }
        }
    }
}

//! A member as she stands now: the file, the benefits and the purchases that a segment asks about.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::attribute::{Attribute, Of};
use crate::birthday::LunarKind;
use crate::class::{Class, Tenure};
use crate::condition::{Condition, Subject, Value};
use crate::consent::{ConsentTest, Consents};
use crate::event::{EventTest, Measure};
use crate::habit::{self, Bought, Fact};
use crate::holder::HolderState;
use crate::household::Housed;
use crate::id::SegmentId;
use crate::ledger::Asset;
use crate::lifestyle::Placed;
use crate::member::{MemberAt, MemberFacts, MemberStatus};
use crate::purchase::{Line, Moment};
use crate::time::{DAY_MS, day_number};

/// How long before they lapse points count as expiring, in milliseconds.
pub const EXPIRING_WITHIN_MS: i64 = 30 * DAY_MS;

/// What stands in a member's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonFile {
    /// What rules may ask for.
    pub facts: MemberFacts,
    /// Her name.
    pub name: Option<String>,
    /// Code of the store that she belongs to.
    pub store: Option<String>,
    /// Her band of income, in the brand's words.
    pub income: Option<String>,
    /// By which way she came.
    pub source_kind: String,
    /// The brand's own fields.
    pub custom: BTreeMap<String, String>,
    /// What she has agreed to.
    pub consents: Consents,
}

/// What decides who is in a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Everybody who fits.
    Rule(Condition),
    /// A list; whether the member at hand is on it.
    Listed(bool),
}

/// When and where a member is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// The moment.
    pub moment: Moment,
    /// The brand's time zone.
    pub zone: &'a TimeZone,
    /// Which lunar calendar the brand's country keeps.
    pub lunar: LunarKind,
}

/// A member as she stands now.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Her file.
    pub file: &'a PersonFile,
    /// The state of her holder.
    pub state: &'a HolderState,
    /// What she bought and kept, in any order.
    pub purchases: &'a [Bought],
    /// The business days of what she bought and gave back wholly.
    pub given_back: &'a [i32],
    /// What she was classed as; none who never bought, or before members were classed.
    pub class: Option<&'a Class>,
    /// Her lifestyle group; none before members were grouped, and who bought nothing that says anything.
    pub lifestyle: Option<&'a Placed>,
    /// How she lives; none who is in no household.
    pub household: Option<Housed>,
    /// The segments that conditions name, and whatever those name in their turn. None of them may lead back to itself.
    pub segments: &'a BTreeMap<SegmentId, Membership>,
    /// When.
    pub now: Now<'a>,
}

/// All that is kept of a member and that a condition may ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPerson {
    /// Her file.
    pub file: PersonFile,
    /// The state of her holder.
    pub state: HolderState,
    /// What she bought and kept, the oldest first.
    pub purchases: Vec<Bought>,
    /// The business days of what she bought and gave back wholly.
    pub given_back: Vec<i32>,
    /// What she was classed as.
    pub class: Option<Class>,
    /// Her lifestyle group.
    pub lifestyle: Option<Placed>,
    /// How she lives; none who is in no household.
    pub household: Option<Housed>,
    /// The lists that she is on.
    pub lists: BTreeSet<SegmentId>,
}

impl KeptPerson {
    /// The segments of a scope as they are for her.
    pub fn memberships(&self, segments: &BTreeMap<SegmentId, Option<Condition>>) -> BTreeMap<SegmentId, Membership> {
        let membership = |id: &SegmentId, rule: &Option<Condition>| match rule {
            Some(rule) => Membership::Rule(rule.clone()),
            None => Membership::Listed(self.lists.contains(id)),
        };
        segments.iter().map(|(id, rule)| (*id, membership(id, rule))).collect()
    }

    /// Her as she stands.
    pub fn at<'a>(&'a self, segments: &'a BTreeMap<SegmentId, Membership>, now: Now<'a>) -> Person<'a> {
        Person {
            file: &self.file,
            state: &self.state,
            purchases: &self.purchases,
            given_back: &self.given_back,
            class: self.class.as_ref(),
            lifestyle: self.lifestyle.as_ref(),
            household: self.household,
            segments,
            now,
        }
    }
}

/// A purchase, or one of its lines, as the filter of an event sees it.
struct Occasion<'a> {
    bought: &'a Bought,
    line: Option<&'a Line>,
}

fn text(value: Option<&str>) -> Value<'_> {
    value.map_or(Value::Missing, Value::Text)
}

impl Subject for Occasion<'_> {
    fn value(&self, attribute: Attribute) -> Value<'_> {
        let bought = self.bought;
        match attribute {
            Attribute::PurchaseAmount => Value::Number(bought.amount_minor),
            Attribute::PurchaseQuantity => Value::Number(bought.quantity),
            Attribute::PurchaseStore => text(bought.store.as_deref()),
            Attribute::PurchaseChannel => Value::Text(&bought.channel),
            Attribute::PurchaseStaff => text(bought.staff.as_deref()),
            Attribute::PurchaseWeekday => Value::Number(bought.moment.weekday.into()),
            Attribute::PurchaseHour => Value::Number(bought.moment.hour.into()),
            Attribute::PurchaseDate => Value::Number(bought.moment.day.into()),
            _ => Value::Missing,
        }
    }

    fn any_line(&self, attribute: Attribute, passes: &dyn Fn(Value<'_>) -> bool) -> bool {
        let value = |line: &Line| passes(crate::earning::line_value(line, attribute));
        match self.line {
            Some(line) => value(line),
            None => self.bought.lines.iter().any(value),
        }
    }
}

/// What is added up over events.
#[derive(Default)]
struct Tally {
    count: i64,
    amount_minor: i64,
    quantity: i64,
    days: Vec<i32>,
}

impl Tally {
    fn add(&mut self, day: i32, amount_minor: i64, quantity: i64) {
        self.count += 1;
        self.amount_minor += amount_minor;
        self.quantity += quantity;
        self.days.push(day);
    }

    fn value(mut self, measure: Measure) -> Option<i64> {
        self.days.sort_unstable();
        self.days.dedup();
        match measure {
            Measure::Count => Some(self.count),
            Measure::Days => Some(self.days.len() as i64),
            Measure::Amount => Some(self.amount_minor),
            Measure::Quantity => Some(self.quantity),
            Measure::First => self.days.first().copied().map(i64::from),
            Measure::Last => self.days.last().copied().map(i64::from),
        }
    }
}

impl<'a> Person<'a> {
    /// Whether a condition holds. Who has left, or was erased, fits none.
    pub fn fits(&self, condition: &Condition) -> bool {
        matches!(self.file.facts.status, MemberStatus::Active | MemberStatus::Unclaimed) && condition.matches(self)
    }

    /// Her purchases of some business days up to today.
    fn bought(&self, (from, until): (i64, i64)) -> impl Iterator<Item = &'a Bought> {
        let until = until.min(self.now.moment.day.into());
        self.purchases.iter().filter(move |bought| (from..=until).contains(&i64::from(bought.moment.day)))
    }

    /// A fact that follows from her purchases, with its evidence.
    pub fn fact(&self, attribute: Attribute) -> Option<Fact<'a>> {
        let seen: Vec<&'a Bought> = self.bought((i64::MIN, i64::MAX)).collect();
        habit::read(attribute, &seen, self.now.moment.day)
    }

    /// The measure of what happened to her.
    pub fn measure(&self, test: &EventTest) -> Option<i64> {
        let mut tally = Tally::default();
        let passes = |occasion: Occasion<'_>| test.filter.as_ref().is_none_or(|filter| filter.matches(&occasion));
        for bought in self.bought(test.days(self.now.moment.day)) {
            if !test.counts_lines() {
                if passes(Occasion { bought, line: None }) {
                    tally.add(bought.moment.day, bought.amount_minor, bought.quantity);
                }
                continue;
            }
            for line in &bought.lines {
                if passes(Occasion { bought, line: Some(line) }) {
                    tally.add(bought.moment.day, line.amount_minor, line.quantity);
                }
            }
        }
        tally.value(test.measure)
    }

    /// The value of an attribute of hers.
    pub fn attribute(&self, attribute: Attribute) -> Value<'a> {
        match attribute.of() {
            Of::Purchase | Of::Line => Value::Missing,
            Of::Member => {
                let (facts, moment, lunar) = (&self.file.facts, self.now.moment, self.now.lunar);
                MemberAt { facts, state: self.state, moment, lunar, frozen: None }.value(attribute)
            }
            Of::Standing => {
                let fact = || self.fact(attribute).map_or(Value::Missing, |fact| fact.value);
                self.standing(attribute).unwrap_or_else(fact)
            }
        }
    }

    /// The value of a field of the brand's own.
    pub fn own_field(&self, name: &str) -> Value<'a> {
        text(self.file.custom.get(name).map(String::as_str))
    }

    /// What a comparison sees of what she has agreed to.
    pub fn consent_value(&self, test: &ConsentTest) -> Value<'static> {
        test.value_of(self.file.consents.get(&test.matter()).copied(), self.now.moment.at_ms)
    }

    fn joined_day(&self) -> i64 {
        let at = Timestamp::from_millisecond(self.file.facts.joined_at_ms).unwrap_or(Timestamp::MAX);
        day_number(self.now.zone.to_datetime(at).date()).into()
    }

    fn expiring(&self) -> i64 {
        let (after, by) = (self.now.moment.at_ms, self.now.moment.at_ms + EXPIRING_WITHIN_MS);
        let lapses = |at: Option<i64>| at.is_some_and(|at_ms| after < at_ms && at_ms <= by);
        self.state.points.lots.iter().filter(|lot| lapses(lot.expires_at_ms)).map(|lot| lot.remaining).sum()
    }

    /// Purchases of which something came back, or all.
    fn returns(&self) -> i64 {
        let partly = self.bought((i64::MIN, i64::MAX)).filter(|bought| bought.came_back).count();
        let wholly = self.given_back.iter().filter(|day| **day <= self.now.moment.day).count();
        (partly + wholly) as i64
    }

    /// What stands in her file or follows from her benefits.
    fn standing(&self, attribute: Attribute) -> Option<Value<'a>> {
        let (file, state) = (self.file, self.state);
        if let Some(value) = self.class.and_then(|class| class.value(attribute)) {
            return Some(value);
        }
        if let Some(value) = self.lifestyle.and_then(|placed| placed.value(attribute)) {
            return Some(value);
        }
        if let Some(value) = self.household.and_then(|housed| housed.value(attribute)) {
            return Some(value);
        }
        let value = match attribute {
            Attribute::MemberStatus => Value::Text(file.facts.status.word()),
            Attribute::MemberName => text(file.name.as_deref()),
            Attribute::MemberStore => text(file.store.as_deref()),
            Attribute::MemberIncome => text(file.income.as_deref()),
            Attribute::MemberTenure => Value::Text(Tenure::of(self.joined_day(), self.now.moment.day).word()),
            Attribute::MemberJoined => Value::Number(self.joined_day()),
            Attribute::MemberSourceKind => Value::Text(&file.source_kind),
            Attribute::Points => Value::Number(state.purse(Asset::Points).balance()),
            Attribute::GrowthPoints => Value::Number(state.purse(Asset::Growth).balance()),
            Attribute::ExpiringPoints => Value::Number(self.expiring()),
            Attribute::Returns => Value::Number(self.returns()),
            Attribute::DaysToTierEnd => match state.tier.as_ref().and_then(|tier| tier.keep_until_day) {
                Some(day) => Value::Number(i64::from(day) - i64::from(self.now.moment.day)),
                None => Value::Missing,
            },
            _ => return None,
        };
        Some(value)
    }
}

impl Subject for Person<'_> {
    fn value(&self, attribute: Attribute) -> Value<'_> {
        self.attribute(attribute)
    }

    fn any_line(&self, _: Attribute, _: &dyn Fn(Value<'_>) -> bool) -> bool {
        false
    }

    fn measured(&self, test: &EventTest) -> Value<'_> {
        self.measure(test).map_or(Value::Missing, Value::Number)
    }

    fn custom(&self, name: &str) -> Value<'_> {
        self.own_field(name)
    }

    fn consent(&self, test: &ConsentTest) -> Value<'_> {
        self.consent_value(test)
    }

    fn is_in(&self, segment: SegmentId) -> bool {
        match self.segments.get(&segment) {
            Some(Membership::Rule(condition)) => condition.matches(self),
            Some(Membership::Listed(is_listed)) => *is_listed,
            None => false,
        }
    }
}

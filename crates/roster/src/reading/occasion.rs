//! What happened to a member, counted over the columns of her purchases and their lines.

use std::ops::Range;

use danggol_core::attribute::{Attribute, Kind};
use danggol_core::condition::{Condition, Test, Value};
use danggol_core::event::{EventTest, Measure};

use super::{passing, read_days};
use crate::roster::{Period, Roster};

/// Where a number of a purchase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Amount,
    Quantity,
    Weekday,
    Hour,
    Date,
}

/// A comparison of a line.
enum OfLine {
    /// Products that pass.
    Product(Vec<bool>),
    /// Categories that pass.
    Category(Vec<bool>),
    Amount(Test),
    Quantity(Test),
}

/// A part of a filter.
enum Said<'a> {
    Fixed(bool),
    All(Vec<Said<'a>>),
    Any(Vec<Said<'a>>),
    Not(Box<Said<'a>>),
    /// The codes that pass.
    Coded(&'a [u16], Vec<bool>),
    Number(Number, Test),
    /// Of the line at hand, or of any line of the purchase.
    Line(OfLine),
}

/// A purchase with its lines, or one of them.
struct Occasion {
    row: usize,
    lines: Range<usize>,
}

impl<'a> Said<'a> {
    fn new(roster: &'a Roster, condition: &Condition) -> Said<'a> {
        let parts = |parts: &[Condition]| parts.iter().map(|part| Said::new(roster, part)).collect();
        match condition {
            Condition::All { all } => Said::All(parts(all)),
            Condition::Any { any } => Said::Any(parts(any)),
            Condition::Not { not } => Said::Not(Box::new(Said::new(roster, not))),
            Condition::Test(test) => Said::test(roster, test),
            // Events know nothing of events, of fields of a member, or of segments.
            Condition::Happened(test) => Said::Fixed(test.passes(Value::Missing)),
            Condition::Custom(test) => Said::Fixed(test.passes(Value::Missing)),
            Condition::Consent(test) => Said::Fixed(test.passes(Value::Missing)),
            Condition::Segment { .. } => Said::Fixed(false),
        }
    }

    fn test(roster: &'a Roster, test: &Test) -> Said<'a> {
        let purchases = &roster.purchases;
        let number = |of: Number| Said::Number(of, read_days(test));
        let coded = |codes: &'a [u16], words| Said::Coded(codes, passing(words, |value| test.passes(value)));
        match test.attribute {
            Attribute::PurchaseAmount => number(Number::Amount),
            Attribute::PurchaseQuantity => number(Number::Quantity),
            Attribute::PurchaseWeekday => number(Number::Weekday),
            Attribute::PurchaseHour => number(Number::Hour),
            Attribute::PurchaseDate => number(Number::Date),
            Attribute::PurchaseStore => coded(&purchases.store, &roster.stores),
            Attribute::PurchaseChannel => coded(&purchases.channel, &roster.channels),
            Attribute::PurchaseStaff => coded(&purchases.staff, &roster.staff),
            Attribute::LineSku => Said::Line(OfLine::Product(passing(&roster.products, |value| test.passes(value)))),
            Attribute::LineCategory => Said::Line(OfLine::Category(passing(&roster.categories, |value| test.passes(value)))),
            Attribute::LineAmount => Said::Line(OfLine::Amount(test.clone())),
            Attribute::LineQuantity => Said::Line(OfLine::Quantity(test.clone())),
            _ => Said::Fixed(test.passes(Value::Missing)),
        }
    }

    fn holds(&self, roster: &Roster, at: &Occasion) -> bool {
        let purchases = &roster.purchases;
        match self {
            Said::Fixed(holds) => *holds,
            Said::All(parts) => parts.iter().all(|part| part.holds(roster, at)),
            Said::Any(parts) => parts.iter().any(|part| part.holds(roster, at)),
            Said::Not(part) => !part.holds(roster, at),
            Said::Coded(codes, passing) => passing[usize::from(codes[at.row])],
            Said::Number(of, test) => test.passes(Value::Number(match of {
                Number::Amount => purchases.amount.get(at.row),
                Number::Quantity => purchases.quantity.get(at.row),
                Number::Weekday => purchases.weekday[at.row].into(),
                Number::Hour => purchases.hour[at.row].into(),
                Number::Date => i64::from(purchases.first_day) + i64::from(purchases.day[at.row]),
            })),
            Said::Line(of_line) => at.lines.clone().any(|line| of_line.holds(roster, line)),
        }
    }

    fn asks_lines(&self) -> bool {
        match self {
            Said::All(parts) | Said::Any(parts) => parts.iter().any(Said::asks_lines),
            Said::Not(part) => part.asks_lines(),
            Said::Line(_) => true,
            Said::Fixed(_) | Said::Coded(..) | Said::Number(..) => false,
        }
    }
}

impl OfLine {
    fn holds(&self, roster: &Roster, line: usize) -> bool {
        let lines = &roster.lines;
        match self {
            OfLine::Product(passing) => passing[lines.product[line] as usize],
            OfLine::Category(passing) => passing[usize::from(lines.category[line])],
            OfLine::Amount(test) => test.passes(Value::Number(lines.amount.get(line))),
            OfLine::Quantity(test) => test.passes(Value::Number(lines.quantity.get(line))),
        }
    }
}

/// A comparison of what happened, ready to be looked at for one member after the other.
pub(super) struct Counted<'a> {
    roster: &'a Roster,
    measure: Measure,
    /// The comparison of the measure, under an attribute of its kind, its dates read.
    test: Test,
    /// The window as the day column has it; none when no purchase can lie in it.
    days: Option<(u16, u16)>,
    filter: Option<Said<'a>>,
    counts_lines: bool,
    asks_lines: bool,
}

/// What is added up.
#[derive(Default)]
struct Tally {
    count: i64,
    amount_minor: i64,
    quantity: i64,
    /// Business days on which something counted, and the first and the last of them as the day column has them.
    days: i64,
    ends: Option<(u16, u16)>,
}

impl Tally {
    /// Takes what lies on a day; days come in order.
    fn add(&mut self, day: u16, amount_minor: i64, quantity: i64) {
        self.count += 1;
        self.amount_minor += amount_minor;
        self.quantity += quantity;
        let (first, last) = self.ends.unwrap_or((day, day));
        self.days += i64::from(self.ends.is_none() || last != day);
        self.ends = Some((first, day));
    }
}

impl<'a> Counted<'a> {
    pub fn new(roster: &'a Roster, test: &EventTest, today: i32) -> Counted<'a> {
        let attribute = match test.measure.kind() {
            Kind::Date => Attribute::PurchaseDate,
            _ => Attribute::PurchaseAmount,
        };
        let (from, until) = test.days(today);
        let day = |day: i64| day.clamp(i32::MIN.into(), i32::MAX.into()) as i32;
        let filter = test.filter.as_ref().map(|filter| Said::new(roster, filter));
        Counted {
            roster,
            measure: test.measure,
            test: read_days(&Test { attribute, op: test.op, value: test.value.clone() }),
            days: roster.days(Period { from_day: day(from), to_day: day(until) }),
            asks_lines: test.counts_lines() || filter.as_ref().is_some_and(Said::asks_lines),
            filter,
            counts_lines: test.counts_lines(),
        }
    }

    pub fn holds(&self, place: usize) -> bool {
        self.test.passes(self.measured(place).map_or(Value::Missing, Value::Number))
    }

    fn measured(&self, place: usize) -> Option<i64> {
        let tally = self.days.map_or_else(Tally::default, |days| self.tally(place, days));
        let day = |day: u16| i64::from(self.roster.purchases.first_day) + i64::from(day);
        match self.measure {
            Measure::Count => Some(tally.count),
            Measure::Days => Some(tally.days),
            Measure::Amount => Some(tally.amount_minor),
            Measure::Quantity => Some(tally.quantity),
            Measure::First => tally.ends.map(|(first, _)| day(first)),
            Measure::Last => tally.ends.map(|(_, last)| day(last)),
        }
    }

    fn tally(&self, place: usize, days: (u16, u16)) -> Tally {
        let (roster, purchases) = (self.roster, &self.roster.purchases);
        let all = roster.purchases_of(place);
        let rows = roster.within(all.clone(), days);
        let mut next_line = 0;
        if self.asks_lines && !rows.is_empty() {
            let before = purchases.lines[all.start..rows.start].iter().map(|count| usize::from(*count)).sum::<usize>();
            next_line = roster.lines_of(place).start + before;
        }
        let passes = |at: &Occasion| self.filter.as_ref().is_none_or(|filter| filter.holds(roster, at));
        let mut tally = Tally::default();
        for row in rows {
            let lines = match self.asks_lines {
                true => next_line..next_line + usize::from(purchases.lines[row]),
                false => 0..0,
            };
            next_line = lines.end;
            let day = purchases.day[row];
            if !self.counts_lines {
                if passes(&Occasion { row, lines }) {
                    tally.add(day, purchases.amount.get(row), purchases.quantity.get(row));
                }
                continue;
            }
            for line in lines {
                if passes(&Occasion { row, lines: line..line + 1 }) {
                    tally.add(day, roster.lines.amount.get(line), roster.lines.quantity.get(line));
                }
            }
        }
        tally
    }
}

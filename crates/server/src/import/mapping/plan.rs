//! A mapping settled against a file's columns: gives the value of each field of each row.

use std::borrow::Cow;
use std::collections::BTreeMap;

use danggol_core::consent::Matter;
use jiff::civil::Date;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::{Mapping, MappingError, Origin, Rule, Target};
use crate::import::amount::{AmountRule, DecimalMark, Scale, parse_minor, recognise_decimal};
use crate::import::columns::Field;
use crate::import::fault::ValueFault;
use crate::import::moment::{When, YearlyDay, parse_birthday, parse_date, parse_time, parse_when};
use crate::import::table::{CellKind, Row};

/// How much of a value that cannot be read is kept to be shown, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// A value that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field, as mapping files name it.
    pub field: String,
    /// What is wrong.
    pub fault: ValueFault,
    /// The beginning of the text that the file has.
    pub text: String,
}

/// Where a value's text comes from, by the numbers of the columns.
#[derive(Debug)]
enum Source {
    Column(usize),
    Constant(String),
    Pieces(Vec<Piece>),
    Join { columns: Vec<usize>, separator: String },
    Sum(Vec<usize>),
}

/// A piece of a template.
#[derive(Debug)]
enum Piece {
    Text(String),
    Column(usize),
}

/// How one field's values are made.
#[derive(Debug)]
struct Slot {
    target: Target,
    source: Source,
    format: Option<String>,
    zone: Option<TimeZone>,
    later_by_days: i32,
    measured_above: Option<i64>,
    scale: Scale,
    decimal: Option<DecimalMark>,
    round: bool,
    values: BTreeMap<String, String>,
    default: Option<String>,
}

/// A mapping that is ready to read rows. A field that the mapping does not have, and one whose text is empty, is absent.
#[derive(Debug)]
pub struct Plan {
    slots: Vec<Slot>,
    /// The slot of each field, by the field's own number.
    by_field: Vec<Option<usize>>,
    empty: Vec<String>,
}

/// The text of a value, and whether it was printed from a floating-point number.
type Taken<'r> = (Cow<'r, str>, bool);

impl Plan {
    pub(super) fn new(mapping: &Mapping, columns: &[String]) -> Result<Plan, MappingError> {
        let mut plan = Plan { slots: Vec::new(), by_field: Vec::new(), empty: mapping.empty.clone() };
        for rule in &mapping.rules {
            let source = settle(rule, columns)?;
            if let Target::Field(field) = rule.target {
                let number = field as usize;
                if plan.by_field.len() <= number {
                    plan.by_field.resize(number + 1, None);
                }
                plan.by_field[number] = Some(plan.slots.len());
            }
            plan.slots.push(Slot {
                target: rule.target.clone(),
                source,
                format: rule.format.clone(),
                zone: rule.zone.clone(),
                later_by_days: rule.later_by_days,
                measured_above: rule.measured_above,
                scale: rule.scale,
                decimal: rule.decimal,
                round: rule.round,
                values: rule.values.clone(),
                default: rule.default.clone(),
            });
        }
        Ok(plan)
    }

    /// Learns from a file's first rows which columns begin decimals by a comma, where the mapping does not say. Without
    /// it, numbers such as `1.000` are refused as ambiguous.
    pub fn learn(&mut self, rows: &[Row]) {
        for slot in &mut self.slots {
            if let (Source::Column(column), None) = (&slot.source, slot.decimal) {
                let cells = rows.iter().filter(|row| row.fault().is_none() && row.kind(*column) == CellKind::Exact);
                slot.decimal = recognise_decimal(cells.map(|row| row.cell(*column)));
            }
        }
    }

    /// Whether the mapping has the field.
    pub fn has(&self, field: Field) -> bool {
        self.slot(field).is_some()
    }

    /// The field's text.
    pub fn text<'r>(&'r self, field: Field, row: &'r Row) -> Result<Option<Cow<'r, str>>, FieldFault> {
        self.read(field, row, |_, text, _| Ok(text.clone()))
    }

    /// The field's number in units of `10^-exponent`: money in minor units, or a quantity with an exponent of 0.
    pub fn amount(&self, field: Field, row: &Row, exponent: u32) -> Result<Option<i64>, FieldFault> {
        if let Some(Slot { source: Source::Sum(columns), .. }) = self.slot(field) {
            return self.sum(field, columns, row, exponent);
        }
        self.read(field, row, |slot, text, is_floating| {
            let rule = AmountRule { exponent, decimal: slot.decimal, round: slot.round, is_floating, scale: slot.scale };
            let number = parse_minor(text, &rule)?;
            Ok(if slot.measured_above.is_some_and(|above| number > above) { 1 } else { number })
        })
    }

    /// The numbers of some columns added up; none where none of them has any.
    fn sum(&self, field: Field, columns: &[usize], row: &Row, exponent: u32) -> Result<Option<i64>, FieldFault> {
        let Some(slot) = self.slot(field) else { return Ok(None) };
        let mut sum: Option<i64> = None;
        for column in columns {
            let text = self.cell(row, *column).map_err(|fault| slot.fault(fault, row.cell(*column)))?;
            if text.is_empty() {
                continue;
            }
            let is_floating = row.kind(*column) == CellKind::Floating;
            let rule = AmountRule { exponent, decimal: slot.decimal, round: slot.round, is_floating, scale: slot.scale };
            let added = parse_minor(text, &rule)
                .and_then(|number| sum.unwrap_or(0).checked_add(number).ok_or(ValueFault::NumberTooLarge));
            sum = Some(added.map_err(|fault| slot.fault(fault, text))?);
        }
        Ok(sum)
    }

    /// The field's date.
    pub fn date(&self, field: Field, row: &Row) -> Result<Option<Date>, FieldFault> {
        self.read(field, row, |slot, text, _| parse_date(text, slot.format.as_deref()))
    }

    /// The field's date and time, an instant where the text has an offset or the mapping a zone.
    pub fn when(&self, field: Field, row: &Row) -> Result<Option<When>, FieldFault> {
        self.read(field, row, |slot, text, _| in_zone(parse_when(text, slot.format.as_deref())?, slot))
    }

    /// The field's day of the year, with its year or without.
    pub fn birthday(&self, field: Field, row: &Row) -> Result<Option<YearlyDay>, FieldFault> {
        self.read(field, row, |slot, text, _| parse_birthday(text, slot.format.as_deref()))
    }

    /// When a purchase was: `at`, or else `date` with `time`. A `date` whose text has a time keeps it when there is no
    /// `time`.
    pub fn occurred(&self, row: &Row) -> Result<Option<When>, FieldFault> {
        if let Some(at) = self.when(Field::At, row)? {
            return Ok(Some(at));
        }
        let time = self.read(Field::Time, row, |slot, text, _| time_of(text, slot.format.as_deref()))?;
        self.read(Field::Date, row, |slot, text, _| {
            let when = parse_when(text, slot.format.as_deref())?;
            match (when, time) {
                (When::Local(civil), Some(time)) => in_zone(When::Local(civil.date().to_datetime(time)), slot),
                (when, _) => in_zone(when, slot),
            }
        })
    }

    /// The keys and texts of the brand's own fields that the row has.
    pub fn customs<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = Result<(&'r str, Cow<'r, str>), FieldFault>> {
        self.slots.iter().filter_map(|slot| match &slot.target {
            Target::Field(_) | Target::Consent(_) => None,
            Target::Custom(key) => match self.take(slot, row) {
                Ok(taken) => taken.map(|(text, _)| Ok((key.as_str(), text))),
                Err(fault) => Some(Err(slot.fault(fault, ""))),
            },
        })
    }

    /// What the row says on consents: on what, and the text.
    pub fn consents<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = Result<(&'r Matter, Cow<'r, str>), FieldFault>> {
        self.slots.iter().filter_map(|slot| match &slot.target {
            Target::Field(_) | Target::Custom(_) => None,
            Target::Consent(matter) => match self.take(slot, row) {
                Ok(taken) => taken.map(|(text, _)| Ok((matter, text))),
                Err(fault) => Some(Err(slot.fault(fault, ""))),
            },
        })
    }

    fn slot(&self, field: Field) -> Option<&Slot> {
        self.by_field.get(field as usize).copied().flatten().map(|index| &self.slots[index])
    }

    /// Takes a field's text and reads it.
    fn read<'r, T>(
        &'r self,
        field: Field,
        row: &'r Row,
        read: impl FnOnce(&Slot, &Cow<'r, str>, bool) -> Result<T, ValueFault>,
    ) -> Result<Option<T>, FieldFault> {
        let Some(slot) = self.slot(field) else { return Ok(None) };
        let (text, is_floating) = match self.take(slot, row) {
            Ok(Some(taken)) => taken,
            Ok(None) => return Ok(None),
            Err(fault) => return Err(slot.fault(fault, &slot.shown(row))),
        };
        read(slot, &text, is_floating).map(Some).map_err(|fault| slot.fault(fault, &text))
    }

    /// The text that a slot makes of a row, after the replacement of values; none when there is none.
    fn take<'r>(&'r self, slot: &'r Slot, row: &'r Row) -> Result<Option<Taken<'r>>, ValueFault> {
        let (text, is_floating) = match &slot.source {
            Source::Column(column) => {
                let text = self.cell(row, *column)?;
                (Cow::Borrowed(text), row.kind(*column) == CellKind::Floating)
            }
            Source::Constant(constant) => (Cow::Borrowed(constant.as_str()), false),
            Source::Pieces(pieces) => (Cow::Owned(self.fill(pieces, row)?), false),
            Source::Join { columns, separator } => (Cow::Owned(self.join(columns, separator, row)?), false),
            Source::Sum(columns) => (Cow::Owned(self.join(columns, " ", row)?), false),
        };
        if text.is_empty() {
            return Ok(slot.default.as_deref().map(|default| (Cow::Borrowed(default), false)));
        }
        match slot.values.get(text.as_ref()) {
            Some(value) if value.is_empty() => Ok(None),
            Some(value) => Ok(Some((Cow::Borrowed(value), false))),
            None => Ok(Some((text, is_floating))),
        }
    }

    /// A cell's text without the white space around it; empty when the file's word for nothing stands there.
    fn cell<'r>(&self, row: &'r Row, column: usize) -> Result<&'r str, ValueFault> {
        if let CellKind::Faulty(fault) = row.kind(column) {
            return Err(fault);
        }
        let text = row.cell(column).trim();
        Ok(if self.empty.iter().any(|empty| empty == text) { "" } else { text })
    }

    /// The texts of columns one behind the other; empty ones are left out.
    fn join(&self, columns: &[usize], separator: &str, row: &Row) -> Result<String, ValueFault> {
        let mut texts = Vec::with_capacity(columns.len());
        for column in columns {
            texts.push(self.cell(row, *column)?);
        }
        texts.retain(|text| !text.is_empty());
        Ok(texts.join(separator))
    }

    /// A template's text; empty when one of its columns is.
    fn fill(&self, pieces: &[Piece], row: &Row) -> Result<String, ValueFault> {
        let mut filled = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Column(column) => match self.cell(row, *column)? {
                    "" => return Ok(String::new()),
                    text => filled.push_str(text),
                },
            }
        }
        Ok(filled)
    }
}

impl Slot {
    fn fault(&self, fault: ValueFault, text: &str) -> FieldFault {
        FieldFault { field: self.target.name(), fault, text: text.chars().take(SHOWN_CHARACTERS).collect() }
    }

    /// What stands in the column, to be shown.
    fn shown<'r>(&self, row: &'r Row) -> Cow<'r, str> {
        match &self.source {
            Source::Column(column) => Cow::Borrowed(row.cell(*column)),
            Source::Constant(_) | Source::Pieces(_) | Source::Join { .. } | Source::Sum(_) => Cow::Borrowed(""),
        }
    }
}

/// Makes a time as much later as the mapping says, and an instant where the mapping says its zone.
fn in_zone(when: When, slot: &Slot) -> Result<When, ValueFault> {
    let when = if slot.later_by_days == 0 { when } else { when.later(slot.later_by_days)? };
    match &slot.zone {
        Some(zone) => when.instant(zone).map(When::Absolute),
        None => Ok(when),
    }
}

/// The time of the day; a text that has a date too (as a spreadsheet's cell may) gives its time.
fn time_of(text: &str, format: Option<&str>) -> Result<Time, ValueFault> {
    parse_time(text, format).or_else(|fault| match parse_when(text, format) {
        Ok(When::Local(civil)) => Ok(civil.time()),
        _ => Err(fault),
    })
}

/// Finds the columns of a rule.
fn settle(rule: &Rule, columns: &[String]) -> Result<Source, MappingError> {
    let field = || rule.target.name();
    let find = |wanted: &str| {
        columns.iter().position(|column| column == wanted.trim()).ok_or_else(|| MappingError::NoSuchColumn {
            field: field(),
            column: wanted.to_owned(),
            present: columns.to_vec(),
        })
    };
    Ok(match &rule.origin {
        Origin::Column(column) => Source::Column(find(column)?),
        Origin::Constant(constant) => Source::Constant(constant.clone()),
        Origin::Sum(columns) => Source::Sum(columns.iter().map(|column| find(column)).collect::<Result<_, _>>()?),
        Origin::Join { columns, separator } => Source::Join {
            columns: columns.iter().map(|column| find(column)).collect::<Result<_, _>>()?,
            separator: separator.clone(),
        },
        Origin::Template(template) => {
            let bad = MappingError::BadSetting { field: field(), setting: "template" };
            let mut pieces = Vec::new();
            for piece in split_template(template).ok_or(bad)? {
                pieces.push(match piece {
                    Ok(text) => Piece::Text(text),
                    Err(column) => Piece::Column(find(&column)?),
                });
            }
            Source::Pieces(pieces)
        }
    })
}

/// Cuts a template into texts (`Ok`) and the names of columns (`Err`); none when a brace stands alone.
fn split_template(template: &str) -> Option<Vec<Result<String, String>>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let behind = &rest[at + 1..];
        if let Some(behind) = behind.strip_prefix(brace) {
            text.push_str(brace);
            rest = behind;
        } else if brace == "{" {
            let (column, behind) = behind.split_once('}')?;
            if !text.is_empty() {
                pieces.push(Ok(std::mem::take(&mut text)));
            }
            pieces.push(Err(column.to_owned()));
            rest = behind;
        } else {
            return None;
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Ok(text));
    }
    Some(pieces)
}

//! A member's file as a row of a table tells it.

use std::borrow::Cow;

use danggol_core::birthday::{Birthday, Calendar};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::member::Gender;
use danggol_store::member::MemberFields;

use super::columns::Field;
use super::consents::{self, Told};
use super::fault::ValueFault;
use super::mapping::{FieldFault, Plan};
use super::moment::YearlyDay;
use super::reason::Reason;
use super::run::Facts;
use super::table::Row;
use super::tags;
use crate::field;
use crate::member::MemberDraft;
use crate::problem::{ApiError, kinds};
use crate::tag::NAME_CHARACTERS_MAX as TAG_CHARACTERS_MAX;

/// The most characters of a code.
const CODE_CHARACTERS_MAX: usize = 64;
/// How much of a word that nobody knows is shown, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// The words for a gender, in small letters.
const GENDERS: &[(&str, Gender)] = &[
    ("female", Gender::Female),
    ("f", Gender::Female),
    ("w", Gender::Female),
    ("woman", Gender::Female),
    ("女", Gender::Female),
    ("女性", Gender::Female),
    ("女士", Gender::Female),
    ("小姐", Gender::Female),
    ("여", Gender::Female),
    ("여자", Gender::Female),
    ("여성", Gender::Female),
    ("male", Gender::Male),
    ("m", Gender::Male),
    ("man", Gender::Male),
    ("男", Gender::Male),
    ("男性", Gender::Male),
    ("先生", Gender::Male),
    ("남", Gender::Male),
    ("남자", Gender::Male),
    ("남성", Gender::Male),
    ("other", Gender::Other),
    ("x", Gender::Other),
    ("其他", Gender::Other),
    ("其它", Gender::Other),
    ("기타", Gender::Other),
];

/// The words for nothing known about a gender.
const UNKNOWN_GENDER: &[&str] = &["unknown", "u", "n/a", "未知", "保密", "不详", "不詳", "알수없음", "미상"];

/// The words for a calendar, in small letters.
const CALENDARS: &[(&str, Calendar)] = &[
    ("solar", Calendar::Solar),
    ("s", Calendar::Solar),
    ("阳历", Calendar::Solar),
    ("公历", Calendar::Solar),
    ("新历", Calendar::Solar),
    ("陽曆", Calendar::Solar),
    ("國曆", Calendar::Solar),
    ("西曆", Calendar::Solar),
    ("양력", Calendar::Solar),
    ("양", Calendar::Solar),
    ("lunar", Calendar::Lunar),
    ("l", Calendar::Lunar),
    ("农历", Calendar::Lunar),
    ("阴历", Calendar::Lunar),
    ("旧历", Calendar::Lunar),
    ("農曆", Calendar::Lunar),
    ("陰曆", Calendar::Lunar),
    ("음력", Calendar::Lunar),
    ("음", Calendar::Lunar),
];

/// What a row tells of a member.
pub(super) struct Person {
    /// Her file.
    pub fields: MemberFields,
    /// Where she became a member.
    pub source_code: Option<String>,
    /// UTC milliseconds; none where the row does not say.
    pub joined_at_ms: Option<i64>,
    /// By what she is known; at least one.
    pub identities: Vec<Identity>,
    /// Names of tags.
    pub tags: Vec<String>,
    /// What she agreed to.
    pub consents: Vec<Told>,
}

/// The identities of a row's fields, each in its one form.
pub(super) fn identities(plan: &Plan, facts: &Facts, row: &Row, of: &[(Field, IdentityKind)]) -> Result<Vec<Identity>, Reason> {
    let mut identities = Vec::new();
    for &(wanted, kind) in of {
        if let Some(text) = plan.text(wanted, row).map_err(Reason::Value)? {
            let identity = Identity::new(kind, None, &text, &facts.country);
            identities.push(identity.map_err(|error| Reason::Field(ApiError::from(error).at(wanted.name())))?);
        }
    }
    Ok(identities)
}

/// A text within its bounds.
pub(super) fn text(plan: &Plan, row: &Row, wanted: Field, most: usize) -> Result<Option<String>, Reason> {
    let text = plan.text(wanted, row).map_err(Reason::Value)?;
    field::optional(text.as_deref().unwrap_or_default(), most, wanted.name()).map_err(Reason::Field)
}

/// What a word stands for among some; none where there is no word.
pub(super) fn word<T: Copy>(plan: &Plan, row: &Row, wanted: Field, known: &[(&str, T)]) -> Result<Option<T>, Reason> {
    let Some(text) = plan.text(wanted, row).map_err(Reason::Value)? else { return Ok(None) };
    let plain = text.trim().to_lowercase();
    let found = known.iter().find(|(word, _)| *word == plain);
    let unknown = || Reason::UnknownWord { field: wanted, text: text.chars().take(SHOWN_CHARACTERS).collect() };
    found.map(|(_, meaning)| Some(*meaning)).ok_or_else(unknown)
}

/// The fields by which a member's row knows her.
const KNOWN_BY: &[(Field, IdentityKind)] = &[
    (Field::Phone, IdentityKind::Phone),
    (Field::Email, IdentityKind::Email),
    (Field::Card, IdentityKind::Card),
    (Field::External, IdentityKind::External),
];

/// Reads a member's row.
pub(super) fn read(plan: &Plan, facts: &Facts, row: &Row) -> Result<Person, Reason> {
    if let Some(fault) = row.fault() {
        return Err(Reason::Row(fault));
    }
    let identities = identities(plan, facts, row, KNOWN_BY)?;
    if identities.is_empty() {
        return Err(Reason::Missing(&[Field::Phone, Field::Email, Field::Card, Field::External]));
    }
    let owned = |wanted: Field| -> Result<Option<String>, Reason> {
        Ok(plan.text(wanted, row).map_err(Reason::Value)?.map(Cow::into_owned))
    };
    let mut draft = MemberDraft {
        name: owned(Field::Name)?,
        gender: gender(plan, row)?,
        store: owned(Field::Store)?,
        occupation: owned(Field::Occupation)?,
        residence: owned(Field::Address)?,
        income_band: owned(Field::IncomeBand)?,
        note: owned(Field::Note)?,
        ..MemberDraft::default()
    };
    for custom in plan.customs(row) {
        let (key, value) = custom.map_err(Reason::Value)?;
        draft.custom.insert(key.to_owned(), value.into_owned());
    }
    let mut fields = draft.fields().map_err(Reason::Field)?;
    fields.birthday = birthday(plan, row)?;
    Ok(Person {
        fields,
        source_code: text(plan, row, Field::Source, CODE_CHARACTERS_MAX)?,
        joined_at_ms: joined_at_ms(plan, facts, row)?,
        identities,
        tags: tags(plan, row)?,
        consents: consents(plan, facts, row)?,
    })
}

/// What a row says on consents for which the brand asks.
fn consents(plan: &Plan, facts: &Facts, row: &Row) -> Result<Vec<Told>, Reason> {
    let mut said = Vec::new();
    for read in plan.consents(row) {
        let (matter, text) = read.map_err(Reason::Value)?;
        if !facts.consents.asks(matter) {
            return Err(Reason::Field(ApiError::new(&kinds::CONSENT_NOT_ASKED).at(format!("consent.{matter}"))));
        }
        said.push(consents::told(matter, &text, facts.now_ms)?);
    }
    Ok(said)
}

/// The names of tags in a row, each once.
fn tags(plan: &Plan, row: &Row) -> Result<Vec<String>, Reason> {
    let Some(text) = plan.text(Field::Tags, row).map_err(Reason::Value)? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for name in tags::names_of(&text) {
        let name = field::required(&name, TAG_CHARACTERS_MAX, Field::Tags.name()).map_err(Reason::Field)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn gender(plan: &Plan, row: &Row) -> Result<Option<Gender>, Reason> {
    match word(plan, row, Field::Gender, GENDERS) {
        Err(Reason::UnknownWord { text, .. }) if UNKNOWN_GENDER.contains(&text.to_lowercase().as_str()) => Ok(None),
        read => read,
    }
}

fn birthday(plan: &Plan, row: &Row) -> Result<Option<Birthday>, Reason> {
    let YearlyDay { year, month, day } = match plan.birthday(Field::Birthday, row) {
        Ok(None) => return Ok(None),
        Ok(Some(day)) => day,
        Err(fault) if fault.fault == ValueFault::NotADate => match written_day(&fault.text) {
            Some(day) => day,
            None => return Err(Reason::Value(fault)),
        },
        Err(fault) => return Err(Reason::Value(fault)),
    };
    let calendar = word(plan, row, Field::BirthdayCalendar, CALENDARS)?.unwrap_or(Calendar::Solar);
    let birthday = Birthday::new(calendar, year, month.unsigned_abs(), day.unsigned_abs(), false);
    birthday.map(Some).map_err(|error| Reason::Field(ApiError::from(error).at(Field::Birthday.name())))
}

/// Year, month and day as they are written, for days that are none of the solar calendar: 30 February is one of a lunar one.
fn written_day(text: &str) -> Option<YearlyDay> {
    let mut numbers = text.split(|typed: char| !typed.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let is_whole = numbers.next().is_none() && year.len() == 4;
    let day = YearlyDay { year: Some(year.parse().ok()?), month: month.parse().ok()?, day: day.parse().ok()? };
    is_whole.then_some(day)
}

fn joined_at_ms(plan: &Plan, facts: &Facts, row: &Row) -> Result<Option<i64>, Reason> {
    let Some(when) = plan.when(Field::JoinedAt, row).map_err(Reason::Value)? else { return Ok(None) };
    let fault = |fault| Reason::Value(FieldFault { field: Field::JoinedAt.name().to_owned(), fault, text: String::new() });
    let at_ms = when.instant(&facts.zone).map_err(fault)?.as_millisecond();
    in_time(at_ms, facts, Field::JoinedAt).map(Some)
}

/// An instant that a file may tell of: from 1970 to now, or a clock's error later.
pub(super) fn in_time(at_ms: i64, facts: &Facts, of: Field) -> Result<i64, Reason> {
    match at_ms {
        ..0 => Err(Reason::Field(ApiError::new(&kinds::TIME_INVALID).at(of.name()))),
        at_ms if at_ms > facts.now_ms + danggol_core::time::DAY_MS => {
            Err(Reason::Field(ApiError::new(&kinds::TIME_IN_FUTURE).at(of.name())))
        }
        at_ms => Ok(at_ms),
    }
}

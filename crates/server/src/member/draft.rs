//! A member's file as somebody fills it in.

use std::collections::BTreeMap;

use danggol_core::birthday::{Birthday, BirthdayWire};
use danggol_core::identity::{Identity, IdentityKind};
use danggol_core::language::Language;
use danggol_core::member::Gender;
use danggol_store::member::{MemberFields, Profile};
use serde::Deserialize;
use utoipa::ToSchema;

use super::SourceKind;
use crate::consent::ConsentDraft;
use crate::field::{self, Patch};
use crate::problem::{ApiError, ApiResult, kinds};

/// The most identities that a member may have.
pub const IDENTITIES_MAX: usize = 20;
const NAME_CHARACTERS_MAX: usize = 100;
const CODE_CHARACTERS_MAX: usize = 64;
const FACT_CHARACTERS_MAX: usize = 200;
const TEXT_CHARACTERS_MAX: usize = 2000;
const CUSTOM_FIELDS_MAX: usize = 64;
const HOUSEHOLD: std::ops::RangeInclusive<i64> = 1..=99;

/// An identity as it is typed, scanned or sent.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// What kind.
    pub kind: IdentityKind,
    /// The value. A phone number without a plus is one of the brand's country.
    #[schema(min_length = 1, max_length = 254)]
    pub value: String,
    /// Who gave it, for the kinds where that matters.
    pub issuer: Option<String>,
    /// Whether the member has just proved that it is hers: by a code that was sent to it, or by signing in where it was given.
    #[serde(default)]
    pub verified: bool,
}

impl NewIdentity {
    /// The identity in the form in which it is kept and looked up.
    pub fn read(&self, country: &str, field: &str) -> ApiResult<Identity> {
        Identity::new(self.kind, self.issuer.as_deref(), &self.value, country).map_err(|error| ApiError::from(error).at(field))
    }
}

/// Where somebody becomes a member.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceDraft {
    /// By which way.
    pub kind: SourceKind,
    /// Which counter, code or campaign.
    #[schema(max_length = 64)]
    pub code: Option<String>,
}

/// Somebody to be enrolled. Nothing of it is required.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberDraft {
    /// Her name.
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// Gender as she states it.
    pub gender: Option<Gender>,
    /// Her birthday, in her own calendar.
    pub birthday: Option<BirthdayWire>,
    /// By what she is recognised. Where there is no card among them, one is made.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub identities: Vec<NewIdentity>,
    /// Where she becomes a member; a counter for people, `api` for programs when it is left out.
    pub source: Option<SourceDraft>,
    /// Code of the store that she belongs to.
    #[schema(max_length = 64)]
    pub store: Option<String>,
    /// Her language.
    pub language: Option<Language>,
    /// What she does for a living.
    #[schema(max_length = 200)]
    pub occupation: Option<String>,
    /// Where she lives.
    #[schema(max_length = 200)]
    pub residence: Option<String>,
    /// A band of income, in the brand's words.
    #[schema(max_length = 200)]
    pub income_band: Option<String>,
    /// Persons in her household, 1–99.
    #[schema(minimum = 1, maximum = 99)]
    pub household_size: Option<i64>,
    /// What she likes.
    #[schema(max_length = 2000)]
    pub preferences: Option<String>,
    /// A standing remark.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// The brand's own fields, at most 64.
    #[serde(default)]
    pub custom: BTreeMap<String, String>,
    /// What she says of what the brand asks for.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub consents: Vec<ConsentDraft>,
}

/// What is changed of a member's file: what is left out stays, null clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    /// Her name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub name: Patch<String>,
    /// Gender as she states it.
    #[serde(default)]
    #[schema(value_type = Option<Gender>)]
    pub gender: Patch<Gender>,
    /// Her birthday, in her own calendar.
    #[serde(default)]
    #[schema(value_type = Option<BirthdayWire>)]
    pub birthday: Patch<BirthdayWire>,
    /// Code of the store that she belongs to.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub store: Patch<String>,
    /// Her language.
    #[serde(default)]
    #[schema(value_type = Option<Language>)]
    pub language: Patch<Language>,
    /// What she does for a living.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub occupation: Patch<String>,
    /// Where she lives.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub residence: Patch<String>,
    /// A band of income, in the brand's words.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub income_band: Patch<String>,
    /// Persons in her household, 1–99.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 99)]
    pub household_size: Patch<i64>,
    /// What she likes.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub preferences: Patch<String>,
    /// A standing remark.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub note: Patch<String>,
    /// The brand's own fields that change; null takes one away.
    #[serde(default)]
    pub custom: BTreeMap<String, Option<String>>,
}

fn birthday(wire: &BirthdayWire) -> ApiResult<Birthday> {
    Birthday::parse(&wire.date, wire.calendar, wire.leap_month).map_err(|error| ApiError::from(error).at("birthday"))
}

fn household_size(size: i64) -> ApiResult<i64> {
    match HOUSEHOLD.contains(&size) {
        true => Ok(size),
        false => Err(ApiError::new(&kinds::OUT_OF_RANGE).at("household_size")),
    }
}

/// A code: of a store, a campaign.
pub fn code(text: Option<&str>, field: &str) -> ApiResult<Option<String>> {
    field::optional(text.unwrap_or_default(), CODE_CHARACTERS_MAX, field)
}

fn custom_name(name: &str) -> ApiResult<String> {
    field::required(name, CODE_CHARACTERS_MAX, "custom")
}

fn custom_value(name: &str, value: &str) -> ApiResult<Option<String>> {
    field::optional(value, TEXT_CHARACTERS_MAX, &format!("custom.{name}"))
}

impl MemberDraft {
    /// The file in the form in which it is kept, identities and source apart.
    pub fn fields(&self) -> ApiResult<MemberFields> {
        let text = |text: &Option<String>, most, field| field::optional(text.as_deref().unwrap_or_default(), most, field);
        if self.custom.len() > CUSTOM_FIELDS_MAX {
            return Err(ApiError::new(&kinds::TOO_MANY_FIELDS).at("custom"));
        }
        let mut custom = BTreeMap::new();
        for (name, value) in &self.custom {
            let name = custom_name(name)?;
            if let Some(value) = custom_value(&name, value)? {
                custom.insert(name, value);
            }
        }
        Ok(MemberFields {
            name: text(&self.name, NAME_CHARACTERS_MAX, "name")?,
            gender: self.gender,
            birthday: self.birthday.as_ref().map(birthday).transpose()?,
            language: self.language.map(|language| language.tag().to_owned()),
            store: code(self.store.as_deref(), "store")?,
            profile: Profile {
                occupation: text(&self.occupation, FACT_CHARACTERS_MAX, "occupation")?,
                residence: text(&self.residence, FACT_CHARACTERS_MAX, "residence")?,
                income_band: text(&self.income_band, FACT_CHARACTERS_MAX, "income_band")?,
                household_size: self.household_size.map(household_size).transpose()?,
                preferences: text(&self.preferences, TEXT_CHARACTERS_MAX, "preferences")?,
                note: text(&self.note, TEXT_CHARACTERS_MAX, "note")?,
                custom,
            },
            ..MemberFields::default()
        })
    }

    /// Her identities in the form in which they are kept.
    pub fn identities(&self, country: &str) -> ApiResult<Vec<Identity>> {
        // One place is left for the card that is made.
        if self.identities.len() >= IDENTITIES_MAX {
            return Err(ApiError::new(&kinds::TOO_MANY_IDENTITIES).at("identities"));
        }
        let read = |(position, identity): (usize, &NewIdentity)| identity.read(country, &format!("identities[{position}].value"));
        self.identities.iter().enumerate().map(read).collect()
    }
}

/// A patch whose values can stand.
#[derive(Debug, Clone)]
pub struct ReadPatch {
    name: Patch<String>,
    gender: Patch<Gender>,
    birthday: Patch<Birthday>,
    store: Patch<String>,
    language: Patch<Language>,
    occupation: Patch<String>,
    residence: Patch<String>,
    income_band: Patch<String>,
    household_size: Patch<i64>,
    preferences: Patch<String>,
    note: Patch<String>,
    custom: BTreeMap<String, Option<String>>,
}

impl MemberPatch {
    /// The patch with every value in the form in which it is kept.
    pub fn read(self) -> ApiResult<ReadPatch> {
        let text = |patch: Patch<String>, most, field| patch.read(|text| field::optional(&text, most, field));
        if self.custom.len() > CUSTOM_FIELDS_MAX {
            return Err(ApiError::new(&kinds::TOO_MANY_FIELDS).at("custom"));
        }
        let mut custom = BTreeMap::new();
        for (name, value) in self.custom {
            let name = custom_name(&name)?;
            let value = value.map(|value| custom_value(&name, &value)).transpose()?.flatten();
            custom.insert(name, value);
        }
        Ok(ReadPatch {
            name: text(self.name, NAME_CHARACTERS_MAX, "name")?,
            gender: self.gender,
            birthday: self.birthday.read(|wire| birthday(&wire).map(Some))?,
            store: text(self.store, CODE_CHARACTERS_MAX, "store")?,
            language: self.language,
            occupation: text(self.occupation, FACT_CHARACTERS_MAX, "occupation")?,
            residence: text(self.residence, FACT_CHARACTERS_MAX, "residence")?,
            income_band: text(self.income_band, FACT_CHARACTERS_MAX, "income_band")?,
            household_size: self.household_size.read(|size| household_size(size).map(Some))?,
            preferences: text(self.preferences, TEXT_CHARACTERS_MAX, "preferences")?,
            note: text(self.note, TEXT_CHARACTERS_MAX, "note")?,
            custom,
        })
    }
}

impl ReadPatch {
    /// Changes a file.
    pub fn apply(&self, fields: &mut MemberFields) {
        let text = |patch: &Patch<String>, kept: &mut Option<String>| *kept = patch.over(kept.take(), String::clone);
        text(&self.name, &mut fields.name);
        text(&self.store, &mut fields.store);
        fields.gender = self.gender.over(fields.gender, |gender| *gender);
        fields.birthday = self.birthday.over(fields.birthday, |birthday| *birthday);
        fields.language = self.language.over(fields.language.take(), |language| language.tag().to_owned());
        let profile = &mut fields.profile;
        text(&self.occupation, &mut profile.occupation);
        text(&self.residence, &mut profile.residence);
        text(&self.income_band, &mut profile.income_band);
        text(&self.preferences, &mut profile.preferences);
        text(&self.note, &mut profile.note);
        profile.household_size = self.household_size.over(profile.household_size, |size| *size);
        for (name, value) in &self.custom {
            match value {
                Some(value) => profile.custom.insert(name.clone(), value.clone()),
                None => profile.custom.remove(name),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_changes_what_it_names() {
        let mut fields = MemberFields { name: Some("김철수".to_owned()), ..MemberFields::default() };
        fields.profile.custom.insert("shoe".to_owned(), "260".to_owned());
        fields.profile.note = Some("왼손잡이".to_owned());
        let patch = r#"{"name":" 김영희 ","note":null,"gender":"female","household_size":3,"custom":{"shoe":null,"ring":"11"}}"#;
        serde_json::from_str::<MemberPatch>(patch).unwrap().read().unwrap().apply(&mut fields);
        assert_eq!(fields.name.as_deref(), Some("김영희"));
        assert_eq!((fields.gender, fields.profile.household_size), (Some(Gender::Female), Some(3)));
        assert_eq!(fields.profile.note, None);
        assert_eq!(fields.profile.custom, BTreeMap::from([("ring".to_owned(), "11".to_owned())]));
        MemberPatch::default().read().unwrap().apply(&mut fields);
        assert_eq!(fields.name.as_deref(), Some("김영희"));
    }

    #[test]
    fn what_cannot_stand_is_named_by_its_field() {
        for (body, code, field) in [
            (r#"{"household_size":0}"#, "out_of_range", "household_size"),
            (r#"{"birthday":{"date":"1990-02-30","calendar":"solar"}}"#, "birthday_no_such_day", "birthday"),
            (r#"{"name":"a\u0000b"}"#, "control_character", "name"),
            (r#"{"custom":{" ":"x"}}"#, "required", "custom"),
            (
                r#"{"identities":[{"kind":"email","value":"a@example.com"},{"kind":"phone","value":"12"}]}"#,
                "phone_not_in_plan",
                "identities[1].value",
            ),
        ] {
            let draft: MemberDraft = serde_json::from_str(body).unwrap();
            let error = draft.fields().and_then(|_| draft.identities("KR")).unwrap_err();
            let problem = error.problem(Language::En, "");
            assert_eq!((problem.code.as_str(), problem.field.as_deref()), (code, Some(field)), "{body}");
        }
    }
}

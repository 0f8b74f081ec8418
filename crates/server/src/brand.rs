//! The brand: whose members these are, and the money, clock and language that it keeps.

use danggol_core::birthday::LunarKind;
use danggol_core::language::Language;
use danggol_core::phone::{self, PhoneError};
use danggol_store::change::FieldChange;
use danggol_store::programme::FrozenClock;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::{ApiError, kinds};

/// The setting under which the brand is kept.
pub const SETTING: &str = "brand";

/// The most characters of a brand's name.
const NAME_CHARACTERS_MAX: usize = 100;

/// What stands on the brand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Brand {
    /// What it is called.
    pub name: String,
    /// ISO 4217 code of its currency.
    pub currency: String,
    /// Decimals of the currency's minor unit (ISO 4217).
    pub currency_exponent: u32,
    /// ISO 3166 alpha-2 code of the country whose telephones and lunar calendar are meant.
    pub country: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// The language of words that nobody asked for in another one.
    pub language: Language,
    /// The hour at which its business day changes, 0–23.
    pub day_cut_hour: u8,
}

/// A brand as its owner describes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandDraft {
    /// What it is called.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// ISO 4217 code of its currency.
    #[schema(pattern = "^[A-Za-z]{3}$")]
    pub currency: String,
    /// ISO 3166 alpha-2 code.
    #[schema(pattern = "^[A-Za-z]{2}$")]
    pub country: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Its language.
    pub language: Language,
    /// The hour at which its business day changes, 0–23; midnight when it is left out.
    #[serde(default)]
    #[schema(maximum = 23)]
    pub day_cut_hour: u8,
}

impl Brand {
    /// What stands before anybody has set up a brand.
    pub fn unset() -> Self {
        Brand {
            name: String::new(),
            currency: "USD".to_owned(),
            currency_exponent: 2,
            country: "US".to_owned(),
            time_zone: "UTC".to_owned(),
            language: Language::En,
            day_cut_hour: 0,
        }
    }

    /// The time zone; UTC for a name that the time zone data does not know any more.
    pub fn zone(&self) -> TimeZone {
        self.clock().day_clock().zone
    }

    /// The clock by which it cuts its days, in the form in which it is kept.
    pub fn clock(&self) -> FrozenClock {
        FrozenClock { time_zone: self.time_zone.clone(), day_cut_hour: self.day_cut_hour }
    }

    /// What the version says that is published when the clock changes.
    pub fn clock_note(&self) -> String {
        let (zone, hour) = (&self.time_zone, self.day_cut_hour);
        match self.language {
            Language::ZhCn => format!("时区与换日时间改为 {zone}，{hour}:00"),
            Language::ZhTw => format!("時區與換日時間改為 {zone}，{hour}:00"),
            Language::Ko => format!("시간대와 하루 마감 시각을 {zone}, {hour}:00으로 변경"),
            Language::En => format!("Time zone and day change set to {zone}, {hour}:00"),
        }
    }

    /// Whose lunar calendar its country keeps.
    pub fn lunar(&self) -> LunarKind {
        match self.country.as_str() {
            "KR" | "KP" => LunarKind::Korean,
            _ => LunarKind::Chinese,
        }
    }
}

impl BrandDraft {
    /// The brand that is described, or the first field that cannot stand; `under` is the path at which its fields stand in the request.
    pub fn check(self, under: &str) -> Result<Brand, ApiError> {
        let fault = |kind, field: &str| ApiError::new(kind).at(format!("{under}{field}"));
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err(fault(&kinds::REQUIRED, "name"));
        }
        if name.chars().count() > NAME_CHARACTERS_MAX {
            return Err(fault(&kinds::TOO_LONG, "name"));
        }
        if name.chars().any(char::is_control) {
            return Err(fault(&kinds::CONTROL_CHARACTER, "name"));
        }
        let (currency, country) = (self.currency.to_ascii_uppercase(), self.country.to_ascii_uppercase());
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(fault(&kinds::CURRENCY_INVALID, "currency"));
        }
        if country.len() != 2 || phone::normalize("0000000", &country) == Err(PhoneError::UnknownCountry) {
            return Err(fault(&kinds::COUNTRY_INVALID, "country"));
        }
        // Kept by name alone: a POSIX rule or a fixed offset would be taken too, and mean another thing to the next reader.
        if TimeZone::get(&self.time_zone).is_err() {
            return Err(fault(&kinds::TIME_ZONE_INVALID, "time_zone"));
        }
        if self.day_cut_hour > 23 {
            return Err(fault(&kinds::OUT_OF_RANGE, "day_cut_hour"));
        }
        Ok(Brand {
            name,
            currency_exponent: exponent(&currency),
            currency,
            country,
            time_zone: self.time_zone,
            language: self.language,
            day_cut_hour: self.day_cut_hour,
        })
    }
}

/// What of a brand is changed: what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandPatch {
    /// What it is called.
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// ISO 4217 code of its currency. It stays as it is once anything is kept in it.
    #[schema(pattern = "^[A-Za-z]{3}$")]
    pub currency: Option<String>,
    /// ISO 3166 alpha-2 code.
    #[schema(pattern = "^[A-Za-z]{2}$")]
    pub country: Option<String>,
    /// IANA name of its time zone. What has happened keeps the days that it was given.
    pub time_zone: Option<String>,
    /// Its language.
    pub language: Option<Language>,
    /// The hour at which its business day changes, 0–23.
    #[schema(maximum = 23)]
    pub day_cut_hour: Option<u8>,
}

impl BrandPatch {
    /// The brand after the patch, or the first field that cannot stand.
    pub fn over(self, brand: &Brand) -> Result<Brand, ApiError> {
        let draft = BrandDraft {
            name: self.name.unwrap_or_else(|| brand.name.clone()),
            currency: self.currency.unwrap_or_else(|| brand.currency.clone()),
            country: self.country.unwrap_or_else(|| brand.country.clone()),
            time_zone: self.time_zone.unwrap_or_else(|| brand.time_zone.clone()),
            language: self.language.unwrap_or(brand.language),
            day_cut_hour: self.day_cut_hour.unwrap_or(brand.day_cut_hour),
        };
        draft.check("")
    }
}

/// What differs between two states of a brand.
pub fn differences(before: &Brand, after: &Brand) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    let mut note = |field: &str, value: &dyn Fn(&Brand) -> String| {
        fields.extend(FieldChange::between(field, Some(value(before)), Some(value(after))));
    };
    note("name", &|of| of.name.clone());
    note("language", &|of| of.language.tag().to_owned());
    note("country", &|of| of.country.clone());
    note("currency", &|of| of.currency.clone());
    note("time_zone", &|of| of.time_zone.clone());
    note("day_cut_hour", &|of| of.day_cut_hour.to_string());
    fields
}

/// Decimals of a currency's minor unit. Source: ISO 4217, list one.
fn exponent(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> BrandDraft {
        BrandDraft {
            name: " 단골 가게 ".to_owned(),
            currency: "krw".to_owned(),
            country: "kr".to_owned(),
            time_zone: "Asia/Seoul".to_owned(),
            language: Language::Ko,
            day_cut_hour: 4,
        }
    }

    #[test]
    fn a_brand_is_kept_in_one_form() {
        let brand = draft().check("brand.").unwrap();
        assert_eq!((brand.name.as_str(), brand.currency.as_str(), brand.country.as_str()), ("단골 가게", "KRW", "KR"));
        assert_eq!((brand.currency_exponent, brand.lunar()), (0, LunarKind::Korean));
        assert_eq!(brand.zone().iana_name(), Some("Asia/Seoul"));
    }

    #[test]
    fn what_cannot_stand_is_named() {
        type Change = fn(&mut BrandDraft);
        let cases: [(Change, &str); 6] = [
            (|draft| draft.name = "  ".to_owned(), "required"),
            (|draft| draft.name = "가".repeat(101), "too_long"),
            (|draft| draft.currency = "원".to_owned(), "currency_invalid"),
            (|draft| draft.country = "ZZ".to_owned(), "country_invalid"),
            (|draft| draft.time_zone = "Asia/Danggol".to_owned(), "time_zone_invalid"),
            (|draft| draft.day_cut_hour = 24, "out_of_range"),
        ];
        for (change, code) in cases {
            let mut changed = draft();
            change(&mut changed);
            assert_eq!(changed.check("brand.").map_err(|error| error.code()), Err(code));
        }
    }
}

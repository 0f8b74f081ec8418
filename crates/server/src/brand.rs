//! The brand: whose members these are, and the money, clock and language that it keeps.

use danggol_core::birthday::LunarKind;
use danggol_core::language::Language;
use danggol_core::phone::{self, PhoneError};
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
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
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
    /// The brand that is described, or the first field that cannot stand.
    pub fn check(self) -> Result<Brand, ApiError> {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err(ApiError::new(&kinds::REQUIRED).at("brand.name"));
        }
        if name.chars().count() > NAME_CHARACTERS_MAX {
            return Err(ApiError::new(&kinds::TOO_LONG).at("brand.name"));
        }
        if name.chars().any(char::is_control) {
            return Err(ApiError::new(&kinds::CONTROL_CHARACTER).at("brand.name"));
        }
        let (currency, country) = (self.currency.to_ascii_uppercase(), self.country.to_ascii_uppercase());
        if currency.len() != 3 || !currency.bytes().all(|letter| letter.is_ascii_uppercase()) {
            return Err(ApiError::new(&kinds::CURRENCY_INVALID).at("brand.currency"));
        }
        if country.len() != 2 || phone::normalize("0000000", &country) == Err(PhoneError::UnknownCountry) {
            return Err(ApiError::new(&kinds::COUNTRY_INVALID).at("brand.country"));
        }
        // Kept by name alone: a POSIX rule or a fixed offset would be taken too, and mean another thing to the next reader.
        if TimeZone::get(&self.time_zone).is_err() {
            return Err(ApiError::new(&kinds::TIME_ZONE_INVALID).at("brand.time_zone"));
        }
        if self.day_cut_hour > 23 {
            return Err(ApiError::new(&kinds::OUT_OF_RANGE).at("brand.day_cut_hour"));
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
        let brand = draft().check().unwrap();
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
            assert_eq!(changed.check().map_err(|error| error.code()), Err(code));
        }
    }
}

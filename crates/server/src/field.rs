//! Fields as people fill them in: texts within bounds, and patches that tell what is left out from what is cleared.

use serde::{Deserialize, Deserializer};

use crate::problem::{ApiError, ApiResult, kinds};

/// A text without the white space around it, of at least one and at most `characters_max` characters, none of them a control character
/// but tabs and line ends.
pub fn required(text: &str, characters_max: usize, field: &str) -> ApiResult<String> {
    optional(text, characters_max, field)?.ok_or_else(|| ApiError::new(&kinds::REQUIRED).at(field))
}

/// [`required`] for a text that may be empty, which is then none.
pub fn optional(text: &str, characters_max: usize, field: &str) -> ApiResult<Option<String>> {
    let text = text.trim();
    if text.chars().count() > characters_max {
        return Err(ApiError::new(&kinds::TOO_LONG).at(field));
    }
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\r' | '\t')) {
        return Err(ApiError::new(&kinds::CONTROL_CHARACTER).at(field));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// How many items a page has: what is asked for, from one to `most`, else `usual`.
pub fn limit(asked: Option<u32>, usual: u32, most: u32) -> ApiResult<u32> {
    match asked {
        None => Ok(usual),
        Some(limit) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(ApiError::new(&kinds::OUT_OF_RANGE).at("limit")),
    }
}

/// What a patch says of a field that may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// It was left out.
    #[default]
    Keep,
    /// It was null.
    Clear,
    /// It has a new value.
    Set(T),
}

impl<T> Patch<T> {
    /// The field after the patch.
    pub fn over<U>(&self, before: Option<U>, make: impl FnOnce(&T) -> U) -> Option<U> {
        match self {
            Patch::Keep => before,
            Patch::Clear => None,
            Patch::Set(value) => Some(make(value)),
        }
    }

    /// The patch with its value read; a value that reads as nothing clears.
    pub fn read<U>(self, read: impl FnOnce(T) -> ApiResult<Option<U>>) -> ApiResult<Patch<U>> {
        Ok(match self {
            Patch::Keep => Patch::Keep,
            Patch::Clear => Patch::Clear,
            Patch::Set(value) => read(value)?.map_or(Patch::Clear, Patch::Set),
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    /// Reads a field that is there; one that is left out keeps its default.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Patch::Clear, Patch::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(default)]
    #[derive(Default)]
    struct Fields {
        name: Patch<String>,
    }

    #[test]
    fn left_out_and_null_differ() {
        for (body, expected) in
            [("{}", Patch::Keep), ("{\"name\":null}", Patch::Clear), ("{\"name\":\"a\"}", Patch::Set("a".to_owned()))]
        {
            assert_eq!(serde_json::from_str::<Fields>(body).unwrap().name, expected, "{body}");
        }
        let before = Some("before".to_owned());
        for (patch, expected) in [(Patch::Keep, before.clone()), (Patch::Clear, None), (Patch::Set("x"), Some("x".to_owned()))] {
            assert_eq!(patch.over(before.clone(), |value| (*value).to_owned()), expected);
        }
    }

    #[test]
    fn texts_within_bounds() {
        for (text, expected) in [
            (" 단골 ", Ok(Some("단골".to_owned()))),
            ("  ", Ok(None)),
            ("a\nb", Ok(Some("a\nb".to_owned()))),
            ("a\0b", Err("control_character")),
            ("abcdef", Err("too_long")),
        ] {
            assert_eq!(optional(text, 5, "name").map_err(|error| error.code()), expected, "{text:?}");
        }
        assert_eq!(required(" ", 5, "name").map_err(|error| error.code()), Err("required"));
    }
}

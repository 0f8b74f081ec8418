//! The four languages that people are spoken to in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language of the product. The wire form is its BCP 47 tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, Default)]
pub enum Language {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    ZhCn,
    /// Traditional Chinese, in Taiwan's terms.
    #[serde(rename = "zh-TW")]
    ZhTw,
    /// Korean.
    #[serde(rename = "ko")]
    Ko,
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
}

impl Language {
    /// All of them, in the order of [`Language::pick`].
    pub const ALL: [Language; 4] = [Language::ZhCn, Language::ZhTw, Language::Ko, Language::En];

    /// The BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Language::ZhCn => "zh-CN",
            Language::ZhTw => "zh-TW",
            Language::Ko => "ko",
            Language::En => "en",
        }
    }

    /// The language of a tag such as `zh-Hant-HK`, `ko-KR` or `en`; none when it is not one of the four.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let tag = tag.trim().to_ascii_lowercase();
        let traditional = ["zh-tw", "zh-hk", "zh-mo", "zh-hant"].iter().any(|known| tag.starts_with(known));
        match tag.split(['-', '_']).next() {
            Some("zh") if traditional => Some(Language::ZhTw),
            Some("zh") => Some(Language::ZhCn),
            Some("ko") => Some(Language::Ko),
            Some("en") => Some(Language::En),
            _ => None,
        }
    }

    /// The first language of an `Accept-Language` header (RFC 9110 §12.5.4) that is one of the four, by quality.
    pub fn from_accept(header: &str) -> Option<Self> {
        let mut best: Option<(u32, Language)> = None;
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let Some(language) = pieces.next().and_then(Language::from_tag) else { continue };
            let quality = pieces
                .find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .map_or(1_000, |quality| (quality.clamp(0.0, 1.0) * 1_000.0) as u32);
            if best.is_none_or(|(known, _)| quality > known) {
                best = Some((quality, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The text of this language out of one for each, in the order of [`Language::ALL`].
    pub fn pick<'a>(self, texts: &[&'a str; 4]) -> &'a str {
        match self {
            Language::ZhCn => texts[0],
            Language::ZhTw => texts[1],
            Language::Ko => texts[2],
            Language::En => texts[3],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_read_by_quality() {
        let cases = [
            ("ko-KR,ko;q=0.9,en;q=0.8", Some(Language::Ko)),
            ("fr, en;q=0.5, zh-Hant-HK;q=0.7", Some(Language::ZhTw)),
            ("zh", Some(Language::ZhCn)),
            ("zh-TW", Some(Language::ZhTw)),
            ("de, *;q=0.1", None),
            ("", None),
        ];
        for (header, expected) in cases {
            assert_eq!(Language::from_accept(header), expected, "{header}");
        }
    }
}

//! The programme, and what it did, said in words in four languages.

mod classed;
mod condition;
mod consent;
mod coupon;
mod entry;
mod expected_value;
mod fault;
mod gift;
mod happened;
mod lifestyle;
mod occasion;
mod offer;
mod portrait;
mod rule;
mod standing;
mod tier;
mod value;

pub use condition::{choice_words, weekday_words};
pub use happened::measure_words;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::id::SegmentId;
use crate::language::Language;
use crate::ledger::Asset;
use crate::money::{Currency, number_words};
use crate::programme::Programme;

/// One of four sentences, with the values in scope put in.
macro_rules! say {
    ($language:expr, $zh_cn:literal, $zh_tw:literal, $ko:literal, $en:literal $(,)?) => {
        match $language {
            $crate::language::Language::ZhCn => format!($zh_cn),
            $crate::language::Language::ZhTw => format!($zh_tw),
            $crate::language::Language::Ko => format!($ko),
            $crate::language::Language::En => format!($en),
        }
    };
}
pub(crate) use say;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// Someone who says what a version of the programme promises, or did.
#[derive(Debug, Clone, Copy)]
pub struct Voice<'a> {
    /// The language.
    pub language: Language,
    /// The brand's currency.
    pub currency: &'a Currency,
    /// The version that is spoken of: names of rules and tiers come from it.
    pub programme: &'a Programme,
    /// The brand's time zone.
    pub zone: &'a TimeZone,
    /// The names of the segments that conditions mention.
    pub segments: &'a [(SegmentId, String)],
    /// Those of them that are tags.
    pub tags: &'a [SegmentId],
    /// The names of lifestyle groups by their codes.
    pub lifestyles: &'a [(String, String)],
}

impl Voice<'_> {
    fn money(&self, amount_minor: i64) -> String {
        self.currency.format_short(amount_minor, self.language)
    }

    /// So many units of an asset: `500 积分`, `500 點`, `500포인트`, `500 points`.
    pub fn units(&self, asset: Asset, units: i64) -> String {
        let number = number_words(units);
        let one = units == 1;
        match asset {
            Asset::Points if one => say!(self.language, "{number} 积分", "{number} 點", "{number}포인트", "{number} point"),
            Asset::Points => say!(self.language, "{number} 积分", "{number} 點", "{number}포인트", "{number} points"),
            Asset::Growth if one => {
                say!(self.language, "{number} 点成长值", "{number} 點成長值", "{number} 성장포인트", "{number} growth point")
            }
            Asset::Growth => {
                say!(self.language, "{number} 点成长值", "{number} 點成長值", "{number} 성장포인트", "{number} growth points")
            }
            Asset::ValuePrincipal => {
                let money = self.money(units);
                say!(self.language, "储值本金 {money}", "儲值本金 {money}", "충전금 {money}", "{money} of stored value")
            }
            Asset::ValueBonus => {
                let money = self.money(units);
                say!(self.language, "赠送金 {money}", "贈送金 {money}", "보너스 {money}", "{money} of bonus")
            }
        }
    }

    /// A civil date: `2024年3月1日`, `2024년 3월 1일`, `1 March 2024`.
    pub fn date(&self, date: Date) -> String {
        let (year, month, day) = (date.year(), date.month(), date.day());
        let name = MONTHS[usize::from(month.unsigned_abs()) - 1];
        say!(
            self.language,
            "{year}年{month}月{day}日",
            "{year}年{month}月{day}日",
            "{year}년 {month}월 {day}일",
            "{day} {name} {year}"
        )
    }

    /// The name of a tier, or its code where this version does not know it.
    fn tier(&self, code: &str) -> String {
        let level = self.programme.tiers.levels.iter().find(|level| level.code == code);
        level.map_or(code, |level| level.name.as_str()).to_owned()
    }

    /// The name of a layer of the pyramid, or its code where this version does not know it.
    fn layer(&self, code: &str) -> String {
        let layer = self.programme.pyramid.layers.iter().find(|layer| layer.code == code);
        layer.map_or(code, |layer| layer.name.as_str()).to_owned()
    }

    /// Chinese puts a blank between its own characters and other scripts, and none beside its punctuation.
    fn tidy(&self, text: &str) -> String {
        match self.language {
            Language::Ko | Language::En => text.to_owned(),
            Language::ZhCn | Language::ZhTw => ["，", "）", "、", "；", "："]
                .iter()
                .fold(text.replace("  ", " "), |text, mark| text.replace(&format!(" {mark}"), mark)),
        }
    }

    /// Several things of which any will do.
    fn either(&self, things: &[String]) -> String {
        let Some((last, others)) = things.split_last() else { return String::new() };
        if others.is_empty() {
            return last.clone();
        }
        match self.language {
            Language::ZhCn | Language::ZhTw => format!("{}或{last}", others.join("、")),
            Language::Ko => things.join("·"),
            Language::En => format!("{} or {last}", others.join(", ")),
        }
    }
}

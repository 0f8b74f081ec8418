//! What differs from market to market beside words: money, clock, festivals, phone numbers.

use danggol_core::birthday::{Birthday, Calendar, LunarKind};
use danggol_core::identity::IdentityKind;
use danggol_core::language::Language;
use danggol_core::programme::Redemption;
use danggol_core::purchase::TenderKind;
use danggol_core::time::day_number;
use jiff::civil::{Date, Weekday};

use crate::brand::Brand;

/// When a festival is.
#[derive(Debug, Clone, Copy)]
enum When {
    /// Month and day.
    Solar(i8, i8),
    /// Lunar month and day.
    Lunar(u8, u8),
    /// The so-many-eth weekday of a month.
    Nth(i8, Weekday, i8),
}

/// A day before which people buy more.
struct Festival {
    when: When,
    /// Days before it at which it begins to be felt.
    lead_days: i32,
    /// Hundredths by which sales are higher on the days just before it.
    lift: f64,
}

const fn festival(when: When, lead_days: i32, lift: f64) -> Festival {
    Festival { when, lead_days, lift }
}

const CHINA: &[Festival] = &[
    festival(When::Lunar(1, 1), 14, 0.5),
    festival(When::Solar(3, 8), 5, 0.35),
    festival(When::Solar(6, 18), 8, 0.45),
    festival(When::Lunar(8, 15), 8, 0.25),
    festival(When::Solar(11, 11), 8, 0.6),
    festival(When::Solar(12, 12), 3, 0.2),
];

const TAIWAN: &[Festival] = &[
    festival(When::Lunar(1, 1), 14, 0.5),
    festival(When::Nth(5, Weekday::Sunday, 2), 9, 0.4),
    festival(When::Lunar(8, 15), 7, 0.2),
    festival(When::Solar(10, 20), 14, 0.3),
    festival(When::Solar(11, 11), 7, 0.4),
    festival(When::Solar(12, 25), 7, 0.2),
];

const KOREA: &[Festival] = &[
    festival(When::Lunar(1, 1), 12, 0.45),
    festival(When::Solar(2, 14), 5, 0.15),
    festival(When::Solar(5, 8), 8, 0.35),
    festival(When::Lunar(8, 15), 12, 0.5),
    festival(When::Solar(11, 11), 4, 0.3),
    festival(When::Solar(12, 25), 8, 0.25),
];

const AMERICA: &[Festival] = &[
    festival(When::Solar(2, 14), 6, 0.2),
    festival(When::Nth(5, Weekday::Sunday, 2), 8, 0.25),
    festival(When::Solar(7, 4), 6, 0.15),
    festival(When::Solar(9, 2), 10, 0.15),
    festival(When::Nth(11, Weekday::Friday, 4), 5, 0.6),
    festival(When::Solar(12, 25), 18, 0.5),
];

/// Area codes of the United States. In each, 555-0100 to 555-0199 belong to nobody (North American Numbering Plan).
const AREA_CODES: &[u16] = &[
    212, 718, 917, 347, 929, 201, 551, 202, 203, 215, 216, 267, 301, 302, 303, 305, 310, 312, 313, 314, 315, 323, 402, 404, 408,
    410, 412, 414, 415, 425, 502, 503, 504, 505, 508, 510, 512, 513, 515, 516, 518, 585, 602, 603, 607, 609, 610, 612, 614, 617,
    619, 631, 702, 703, 713, 716, 732, 801, 802, 804, 805, 808, 813, 816, 845, 860, 901, 904, 908, 914, 919, 973,
];

/// One market.
pub struct Market {
    /// The language of its people.
    pub language: Language,
    /// Points for so many minor units.
    pub rate: (i64, i64),
    /// How points are spent.
    pub redemption: Redemption,
    /// One of the reference units in which the catalogue is priced, in minor units.
    unit_minor: f64,
    /// How purchases are paid, with weights.
    pub tenders: &'static [(TenderKind, f64)],
    /// The id that members bring from the messenger of the market.
    pub messenger: Option<IdentityKind>,
    /// The share of birthdays that are kept by the moon among those born before 1965, and among others.
    pub lunar_share: (f64, f64),
    festivals: &'static [Festival],
    currency: (&'static str, u32),
    country: &'static str,
    time_zone: &'static str,
}

const fn redemption(points: i64, minor: i64, step: i64, minimum: i64) -> Redemption {
    Redemption { points, minor, step, minimum, max_percent: 50 }
}

impl Market {
    /// The market of a language.
    pub fn of(language: Language) -> Self {
        use TenderKind::{Alipay, Card, Cash, Kakaopay, Other, Wechat};
        match language {
            Language::ZhCn => Market {
                language,
                rate: (1, 100),
                redemption: redemption(100, 100, 100, 200),
                unit_minor: 100.0,
                tenders: &[(Wechat, 50.0), (Alipay, 36.0), (Card, 8.0), (Cash, 6.0)],
                messenger: Some(IdentityKind::WechatUnion),
                lunar_share: (0.55, 0.12),
                festivals: CHINA,
                currency: ("CNY", 2),
                country: "CN",
                time_zone: "Asia/Shanghai",
            },
            Language::ZhTw => Market {
                language,
                rate: (1, 1_000),
                redemption: redemption(100, 1_000, 50, 50),
                unit_minor: 440.0,
                tenders: &[(Card, 44.0), (Cash, 32.0), (Other, 24.0)],
                messenger: None,
                lunar_share: (0.5, 0.06),
                festivals: TAIWAN,
                currency: ("TWD", 2),
                country: "TW",
                time_zone: "Asia/Taipei",
            },
            Language::Ko => Market {
                language,
                rate: (1, 100),
                redemption: redemption(1, 1, 100, 1_000),
                unit_minor: 190.0,
                tenders: &[(Card, 68.0), (Kakaopay, 20.0), (Cash, 7.0), (Other, 5.0)],
                messenger: Some(IdentityKind::Kakao),
                lunar_share: (0.6, 0.08),
                festivals: KOREA,
                currency: ("KRW", 0),
                country: "KR",
                time_zone: "Asia/Seoul",
            },
            Language::En => Market {
                language,
                rate: (1, 100),
                redemption: redemption(100, 100, 100, 100),
                unit_minor: 20.0,
                tenders: &[(Card, 74.0), (Cash, 18.0), (Other, 8.0)],
                messenger: None,
                lunar_share: (0.0, 0.0),
                festivals: AMERICA,
                currency: ("USD", 2),
                country: "US",
                time_zone: "America/New_York",
            },
        }
    }

    /// The country by whose plan its phone numbers are dialled.
    pub fn country(&self) -> &'static str {
        self.country
    }

    /// The brand of that market.
    pub fn brand(&self, name: &str) -> Brand {
        Brand {
            name: name.to_owned(),
            currency: self.currency.0.to_owned(),
            currency_exponent: self.currency.1,
            country: self.country.to_owned(),
            time_zone: self.time_zone.to_owned(),
            language: self.language,
            day_cut_hour: 4,
        }
    }

    /// About so many reference units in minor units, rounded to what people of the market take for round.
    pub fn round_minor(&self, units: f64) -> i64 {
        let minor = units * self.unit_minor;
        let step = match self.language {
            Language::ZhCn => 1_000.0,
            Language::ZhTw => 10_000.0,
            Language::Ko => 10_000.0,
            Language::En => 500.0,
        };
        ((minor / step).round().max(1.0) * step) as i64
    }

    /// A price on the shelf for so many reference units, in minor units.
    pub fn shelf_minor(&self, units: f64) -> i64 {
        let minor = units * self.unit_minor;
        // Just below the next round amount, as shops write prices.
        let (step, below) = match self.language {
            Language::ZhCn if minor < 5_000.0 => (100.0, 10),
            Language::ZhCn => (1_000.0, 100),
            Language::ZhTw => (1_000.0, 100),
            Language::Ko => (1_000.0, 100),
            Language::En => (100.0, 1),
        };
        ((minor / step).round().max(1.0) * step) as i64 - below
    }

    /// An amount less some hundredths, without fractions of a coin.
    pub fn reduced_minor(&self, amount_minor: i64, percent: i64) -> i64 {
        let coin = match self.language {
            Language::ZhCn | Language::Ko => 10,
            Language::ZhTw => 100,
            Language::En => 1,
        };
        amount_minor * (100 - percent) / 100 / coin * coin
    }

    /// A phone number out of a range that belongs to nobody; none when the range is used up.
    pub fn phone(&self, place: usize) -> Option<String> {
        match self.language {
            Language::ZhCn => (place < 100_000).then(|| format!("130 000{} {:04}", place / 10_000, place % 10_000)),
            Language::ZhTw => (place < 100_000).then(|| format!("0900-0{:02}-{:03}", place / 1_000, place % 1_000)),
            Language::Ko => (place < 100_000).then(|| format!("010-000{}-{:04}", place / 10_000, place % 10_000)),
            // The area codes take turns, so that a small brand does not live in one of them.
            Language::En => {
                let (line, area) = (place / AREA_CODES.len(), AREA_CODES[place % AREA_CODES.len()]);
                (line < 100).then(|| format!("({area}) 555-01{line:02}"))
            }
        }
    }

    /// How lively each day is from `first` to `last`: 1 on an ordinary day, more before a festival, less just after it.
    pub fn liveliness(&self, first: i32, last: i32, lunar: LunarKind) -> Vec<f64> {
        let mut days = vec![1.0; usize::try_from(last - first + 1).unwrap_or(0)];
        let years = danggol_core::time::date_of(first).year() - 1..=danggol_core::time::date_of(last).year() + 1;
        let peaks =
            years.flat_map(|year| self.festivals.iter().filter_map(move |one| Some((day_of(one.when, year, lunar)?, one))));
        for (peak, festival) in peaks {
            for day in peak - festival.lead_days..=peak + 4 {
                let Some(factor) = usize::try_from(day - first).ok().and_then(|place| days.get_mut(place)) else { continue };
                let nearness = f64::from(festival.lead_days - (peak - day)) / f64::from(festival.lead_days);
                *factor += if day > peak { -0.2 } else { festival.lift * (0.4 + 0.6 * nearness) };
            }
        }
        days
    }
}

fn day_of(when: When, year: i16, lunar: LunarKind) -> Option<i32> {
    let date = match when {
        When::Solar(month, day) => Date::new(year, month, day).ok()?,
        When::Lunar(month, day) => Birthday::new(Calendar::Lunar, None, month, day, false).ok()?.celebrated_in(year, lunar)?,
        When::Nth(month, weekday, nth) => Date::new(year, month, 1).ok()?.nth_weekday_of_month(nth, weekday).ok()?,
    };
    Some(day_number(date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use danggol_core::phone::normalize;

    #[test]
    fn prices_look_like_prices() {
        let cases = [
            (Language::ZhCn, 12.3, 1_190),
            (Language::ZhCn, 268.0, 26_900),
            (Language::ZhTw, 88.0, 38_900),
            (Language::Ko, 88.0, 16_900),
            (Language::En, 88.0, 1_799),
            (Language::En, 0.1, 99),
        ];
        for (language, units, expected) in cases {
            assert_eq!(Market::of(language).shelf_minor(units), expected, "{language:?} {units}");
        }
    }

    #[test]
    fn phone_numbers_normalise_and_differ() {
        for language in Language::ALL {
            let market = Market::of(language);
            let numbers: std::collections::BTreeSet<String> =
                (0..300).filter_map(|place| normalize(&market.phone(place * 7)?, market.country).ok()).collect();
            assert_eq!(numbers.len(), 300, "{language:?}");
        }
    }

    #[test]
    fn festivals_are_felt_before_they_come() {
        let day = |text: &str| day_number(text.parse().unwrap());
        let (first, last) = (day("2026-01-01"), day("2026-12-31"));
        let cases = [
            (Language::ZhCn, "2026-02-16", 1.4, 1.6),
            (Language::ZhCn, "2026-08-20", 1.0, 1.0),
            (Language::Ko, "2026-09-24", 1.4, 1.6),
            (Language::En, "2026-11-27", 1.5, 1.7),
            (Language::En, "2026-11-30", 0.7, 0.9),
        ];
        for (language, text, least, most) in cases {
            let lively = Market::of(language).liveliness(first, last, LunarKind::Korean);
            let factor = lively[usize::try_from(day(text) - first).unwrap()];
            assert!((least..=most).contains(&factor), "{language:?} {text}: {factor}");
        }
    }
}

//! Money as people read it: minor units of a currency, with its sign and the grouping of the four languages.

use crate::language::Language;

/// The most decimals that a currency may have.
pub const MAX_EXPONENT: u32 = 4;

/// A currency by its ISO 4217 code and its decimals: 2 where a hundred minor units make a major one, 0 where there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency {
    code: String,
    exponent: u32,
}

impl Default for Currency {
    /// ISO 4217's code for no currency at all.
    fn default() -> Self {
        Self { code: "XXX".to_owned(), exponent: 2 }
    }
}

impl Currency {
    /// A currency of three capital letters and at most [`MAX_EXPONENT`] decimals; none for anything else.
    pub fn new(code: &str, exponent: u32) -> Option<Self> {
        let letters = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        (letters && exponent <= MAX_EXPONENT).then(|| Self { code: code.to_owned(), exponent })
    }

    /// An amount in minor units with all its decimals, such as `¥1,234.50`.
    pub fn format(&self, amount_minor: i64, language: Language) -> String {
        self.write(amount_minor, language, true)
    }

    /// An amount for running text: decimals only where there are any, such as `¥100` and `¥99.50`.
    pub fn format_short(&self, amount_minor: i64, language: Language) -> String {
        self.write(amount_minor, language, false)
    }

    /// An amount rounded to whole major units, still in minor ones: what is only estimated has no decimals.
    pub fn round(&self, amount_minor: i64) -> i64 {
        let unit = 10_i64.pow(self.exponent);
        amount_minor.saturating_add(unit / 2).div_euclid(unit).saturating_mul(unit)
    }

    fn write(&self, amount_minor: i64, language: Language, always_decimals: bool) -> String {
        let unit = 10_u64.pow(self.exponent);
        let amount = amount_minor.unsigned_abs();
        let (major, minor) = (amount / unit, amount % unit);
        let mut number = group(major);
        if self.exponent > 0 && (always_decimals || minor > 0) {
            number.push_str(&format!(".{minor:0width$}", width = self.exponent as usize));
        }
        let sign = if amount_minor < 0 { "-" } else { "" };
        match symbol(&self.code, language) {
            Symbol::Before(symbol) => format!("{sign}{symbol}{number}"),
            Symbol::After(symbol) => format!("{sign}{number}{symbol}"),
            // A no-break space, as CLDR has it between a code and its number.
            Symbol::Code => format!("{sign}{}\u{00A0}{number}", self.code),
        }
    }
}

enum Symbol {
    Before(&'static str),
    After(&'static str),
    Code,
}

/// The signs that readers of each language expect. Source: Unicode CLDR 45, currencies of zh, zh-Hant, ko and en; won are written out
/// in Korean running text, and New Taiwan dollars keep their NT, so that no two currencies look alike.
fn symbol(code: &str, language: Language) -> Symbol {
    let of = |texts: [&'static str; 4]| {
        Symbol::Before(match language {
            Language::ZhCn => texts[0],
            Language::ZhTw => texts[1],
            Language::Ko => texts[2],
            Language::En => texts[3],
        })
    };
    match code {
        "CNY" => of(["¥", "CN¥", "CN¥", "CN¥"]),
        "JPY" => of(["JP¥", "JP¥", "JP¥", "¥"]),
        "USD" => of(["US$", "US$", "US$", "$"]),
        "KRW" if language == Language::Ko => Symbol::After("원"),
        "KRW" => Symbol::Before("₩"),
        "TWD" => Symbol::Before("NT$"),
        "HKD" => Symbol::Before("HK$"),
        "MOP" => Symbol::Before("MOP$"),
        "SGD" => Symbol::Before("S$"),
        "AUD" => Symbol::Before("A$"),
        "CAD" => Symbol::Before("CA$"),
        "NZD" => Symbol::Before("NZ$"),
        "EUR" => Symbol::Before("€"),
        "GBP" => Symbol::Before("£"),
        "INR" => Symbol::Before("₹"),
        "MYR" => Symbol::Before("RM"),
        "THB" => Symbol::Before("฿"),
        "PHP" => Symbol::Before("₱"),
        "VND" => Symbol::Before("₫"),
        _ => Symbol::Code,
    }
}

/// A whole number with a comma between thousands, as all four languages write it.
pub fn number_words(number: i64) -> String {
    let digits = group(number.unsigned_abs());
    if number < 0 { format!("-{digits}") } else { digits }
}

fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Ko, ZhCn, ZhTw};

    #[test]
    fn amounts_read_as_each_language_writes_them() {
        let cases = [
            ("CNY", 2, 123_450, ZhCn, "¥1,234.50", "¥1,234.50"),
            ("CNY", 2, 10_000, ZhCn, "¥100.00", "¥100"),
            ("CNY", 2, 10_000, En, "CN¥100.00", "CN¥100"),
            ("CNY", 2, 5, ZhCn, "¥0.05", "¥0.05"),
            ("CNY", 2, -5, ZhCn, "-¥0.05", "-¥0.05"),
            ("KRW", 0, 1_234_567, Ko, "1,234,567원", "1,234,567원"),
            ("KRW", 0, -1_000, Ko, "-1,000원", "-1,000원"),
            ("KRW", 0, 1_000, En, "₩1,000", "₩1,000"),
            ("TWD", 0, 1_000, ZhTw, "NT$1,000", "NT$1,000"),
            ("TWD", 2, 100_000, ZhTw, "NT$1,000.00", "NT$1,000"),
            ("USD", 2, 999, En, "$9.99", "$9.99"),
            ("USD", 2, 99_900, ZhTw, "US$999.00", "US$999"),
            ("JPY", 0, 0, En, "¥0", "¥0"),
            ("KWD", 3, 1_500, En, "KWD\u{A0}1.500", "KWD\u{A0}1.500"),
            ("CNY", 2, i64::MAX, ZhCn, "¥92,233,720,368,547,758.07", "¥92,233,720,368,547,758.07"),
            ("CNY", 2, i64::MIN, ZhCn, "-¥92,233,720,368,547,758.08", "-¥92,233,720,368,547,758.08"),
        ];
        for (code, exponent, amount_minor, language, full, short) in cases {
            let currency = Currency::new(code, exponent).unwrap();
            assert_eq!(currency.format(amount_minor, language), full, "{code} {amount_minor} {language:?}");
            assert_eq!(currency.format_short(amount_minor, language), short, "{code} {amount_minor} {language:?}");
        }
    }

    #[test]
    fn only_iso_codes_make_a_currency() {
        for (code, exponent, expected) in [
            ("CNY", 2, true),
            ("KRW", 0, true),
            ("cny", 2, false),
            ("RMB1", 2, false),
            ("", 2, false),
            ("元元元", 2, false),
            ("CNY", 5, false),
        ] {
            assert_eq!(Currency::new(code, exponent).is_some(), expected, "{code} {exponent}");
        }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(number_words(number), expected, "{number}");
        }
    }

    #[test]
    fn estimates_are_rounded_to_whole_units() {
        for (exponent, amount_minor, expected) in
            [(2, 149, 100), (2, 150, 200), (2, -149, -100), (0, 149, 149), (4, 4_999, 0), (2, i64::MAX, i64::MAX / 100 * 100)]
        {
            assert_eq!(Currency::new("CNY", exponent).unwrap().round(amount_minor), expected, "{exponent} {amount_minor}");
        }
    }
}

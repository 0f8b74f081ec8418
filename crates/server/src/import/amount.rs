//! Numbers as people and programs write them, read exactly into integers: money in minor units, quantities, points.
//!
//! Nothing is guessed that could be wrong by a factor of a thousand: `1.234` may be a little more than one or more than
//! a thousand, so it is refused until the mapping, or other cells of the same column, say what its point is.

use std::borrow::Cow;

use super::fault::ValueFault;

/// The most significant digits that are read exactly; further ones only tell that there are further ones.
const DIGITS_MAX: usize = 28;
/// The largest power of ten that is worth computing with; beyond it a number is nothing or too large.
const POWER_MAX: i32 = 400;
/// What stands before or behind an amount to say its currency. The backslash is the won sign of Korean code pages.
const CURRENCIES: [&str; 29] = [
    "¥",
    "₩",
    "\\",
    "NT$",
    "HK$",
    "US$",
    "RMB",
    "CNY",
    "KRW",
    "TWD",
    "NTD",
    "HKD",
    "USD",
    "EUR",
    "GBP",
    "JPY",
    "$",
    "€",
    "£",
    "元整",
    "元",
    "圆",
    "圓",
    "원",
    "円",
    "块",
    "塊",
    "人民币",
    "新臺幣",
];

/// The character that begins the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1,234.50`
    Point,
    /// `1.234,50`
    Comma,
}

/// What a column's numbers are multiplied with: `digits × 10^power`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    digits: u32,
    power: i32,
}

impl Default for Scale {
    fn default() -> Self {
        Scale { digits: 1, power: 0 }
    }
}

impl Scale {
    /// The scale of a plain positive decimal number such as `10000` (the file counts in 万) or `0.01` (the file counts in
    /// cents); none of anything else.
    pub fn parse(text: &str) -> Option<Scale> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        let digits: u32 = format!("{whole}{decimals}").parse().ok()?;
        let power = -i32::try_from(decimals.len()).ok()?;
        (digits > 0 && digits <= 1_000_000_000).then_some(Scale { digits, power })
    }
}

/// How the numbers of a column are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AmountRule {
    /// Decimals of the result: 2 reads `1.5` as 150, 0 as one and a half, which is refused.
    pub exponent: u32,
    /// What begins the decimals; recognised where it is not said.
    pub decimal: Option<DecimalMark>,
    /// Takes numbers with more decimals, rounded half away from zero.
    pub round: bool,
    /// The text was printed from a binary floating-point number, so it is rounded too, and its point begins decimals.
    pub is_floating: bool,
    /// What the number is multiplied with.
    pub scale: Scale,
}

impl AmountRule {
    /// The rule for text with so many decimals, and nothing else said.
    pub fn of(exponent: u32) -> Self {
        AmountRule { exponent, ..AmountRule::default() }
    }
}

/// Reads a number exactly, in units of `10^-exponent`: `1,234.50` with two decimals is 123450.
///
/// Taken are full-width digits, signs before and behind, brackets and △ ▲ for negative numbers (bookkeeping), signs and
/// words of currencies, thousands grouped by comma, point, space or apostrophe, and exponents (`1.5e3`).
///
/// Decimals beyond `exponent` are refused unless they are zeros, except where `round` is set or the number comes from a
/// floating-point column: then it is rounded to the nearest unit, **half away from zero**, and what is rounded is the
/// shortest decimal text that reads back as the same floating-point number. So 1.3899999999999999 with two decimals is
/// 139, 1.005 is 101 although the binary number lies a little below it, and 1.8e-15 is 0.
pub fn parse_minor(text: &str, rule: &AmountRule) -> Result<i64, ValueFault> {
    let plain = plain(text);
    let (body, is_negative) = unsigned(&plain).ok_or(ValueFault::NotANumber)?;
    let (body, power) = match body.split_once(['e', 'E']) {
        Some((body, power)) => (body, power.parse::<i32>().map_err(|_| ValueFault::NotANumber)?),
        None => (body, 0),
    };
    let mark = match rule.decimal {
        Some(mark) => mark,
        None if rule.is_floating => DecimalMark::Point,
        None => match decimal_mark(body) {
            Reading::Sure(mark) => mark,
            Reading::Either => return Err(ValueFault::AmbiguousNumber),
            Reading::Open => DecimalMark::Point,
        },
    };
    let (digits, decimals) = digits_of(body, mark).ok_or(ValueFault::NotANumber)?;
    let power = power.clamp(-POWER_MAX, POWER_MAX) - decimals as i32 + rule.scale.power + rule.exponent as i32;
    let value = scaled(&digits, power, rule)?;
    let value = if is_negative { -value } else { value };
    i64::try_from(value).map_err(|_| ValueFault::NumberTooLarge)
}

/// What begins the decimals of a column, from those of its cells that leave no doubt; none where all do, or where they
/// contradict each other.
pub fn recognise_decimal<'a>(cells: impl Iterator<Item = &'a str>) -> Option<DecimalMark> {
    let mut found = None;
    for cell in cells {
        let plain = plain(cell);
        let Some((body, _)) = unsigned(&plain) else { continue };
        if let Reading::Sure(mark) = decimal_mark(body)
            && digits_of(body, mark).is_some()
            && found.replace(mark).is_some_and(|before| before != mark)
        {
            return None;
        }
    }
    found
}

/// The text in half-width characters, with one kind of minus, space and yen sign, and without the spaces around it.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = text.chars().map(|typed| match typed {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(typed) - 0xFEE0).unwrap_or(typed),
        '\u{2212}' | '\u{2010}'..='\u{2015}' | '\u{FE63}' => '-',
        '\u{00A0}' | '\u{2007}' | '\u{2009}' | '\u{202F}' | '\u{3000}' => ' ',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{FFE5}' => '¥',
        '\u{FFE6}' => '₩',
        '\u{FFE1}' => '£',
        other => other,
    });
    Cow::Owned(plain.collect())
}

/// The number without sign, brackets and currency, and whether it is negative; none when two signs stand there.
fn unsigned(plain: &str) -> Option<(&str, bool)> {
    let mut body = plain.trim();
    let mut sign = None;
    loop {
        let (rest, found) = if let Some(rest) = body.strip_prefix(['-', '△', '▲']).or(body.strip_suffix('-')) {
            (rest, Some(true))
        } else if let Some(rest) = body.strip_prefix('+') {
            (rest, Some(false))
        } else if let Some(rest) = body.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (rest, Some(true))
        } else if let Some(rest) = without_currency(body) {
            (rest, None)
        } else {
            return Some((body, sign == Some(true)));
        };
        if found.is_some() && sign.replace(found == Some(true)).is_some() {
            return None;
        }
        body = rest.trim();
    }
}

/// The text without the currency before or behind it; none when there is no currency.
fn without_currency(body: &str) -> Option<&str> {
    if body.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    CURRENCIES.iter().find_map(|currency| {
        let length = currency.len();
        let starts = body.get(..length).is_some_and(|start| start.eq_ignore_ascii_case(currency));
        let ends = body.len() >= length && body.get(body.len() - length..).is_some_and(|end| end.eq_ignore_ascii_case(currency));
        match (starts, ends) {
            (true, _) => body.get(length..),
            (false, true) => body.get(..body.len() - length),
            (false, false) => None,
        }
    })
}

/// What the marks of one number say about the column.
enum Reading {
    Sure(DecimalMark),
    /// A point may group thousands or begin decimals.
    Either,
    /// There is no mark, or a comma that can only be grouping in the four languages.
    Open,
}

/// What begins the decimals of this number. A single comma with three digits behind it groups thousands, as it does in
/// Chinese, Korean and English; a single point in the same place is left open, for a point groups nowhere there and
/// decimals of three digits are rare in money.
fn decimal_mark(body: &str) -> Reading {
    let last = body.rfind(['.', ',']);
    let marks = |mark: char| body.matches(mark).count();
    let looks_grouped = last.is_some_and(|at| {
        let (whole, behind) = (&body[..at], &body[at + 1..]);
        (1..=3).contains(&whole.len()) && !whole.starts_with('0') && behind.len() == 3
    });
    match (marks('.'), marks(','), last.map(|at| body.as_bytes()[at])) {
        (0, 0, _) | (_, _, None) => Reading::Open,
        (1, 0, _) if looks_grouped => Reading::Either,
        (1, 0, _) => Reading::Sure(DecimalMark::Point),
        (0, 1, _) if looks_grouped => Reading::Open,
        (0, 1, _) => Reading::Sure(DecimalMark::Comma),
        (_, 0, _) => Reading::Sure(DecimalMark::Comma),
        (0, _, _) => Reading::Sure(DecimalMark::Point),
        (_, _, Some(b'.')) => Reading::Sure(DecimalMark::Point),
        (_, _, Some(_)) => Reading::Sure(DecimalMark::Comma),
    }
}

/// The digits of a number and how many of them are decimals; none when it is no number or is grouped otherwise than in
/// threes.
fn digits_of(body: &str, mark: DecimalMark) -> Option<(String, usize)> {
    let (decimal, other) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, decimals) = body.split_once(decimal).unwrap_or((body, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
        return None;
    }
    let mut digits = String::with_capacity(body.len());
    match whole.chars().find(|character| [other, ' ', '\''].contains(character)) {
        None => digits.push_str(whole),
        Some(separator) => {
            for (index, group) in whole.split(separator).enumerate() {
                let is_whole_group = if index == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 };
                if !is_whole_group {
                    return None;
                }
                digits.push_str(group);
            }
        }
    }
    if !is_digits(&digits) {
        return None;
    }
    digits.push_str(decimals);
    Some((digits, decimals.len()))
}

/// `digits × scale × 10^power` as an integer, rounded only where the rule allows it.
fn scaled(digits: &str, power: i32, rule: &AmountRule) -> Result<i128, ValueFault> {
    let digits = digits.trim_start_matches('0');
    let kept = digits.len().min(DIGITS_MAX);
    let is_cut = digits[kept..].bytes().any(|digit| digit != b'0');
    let power = power + (digits.len() - kept) as i32;
    let value =
        digits[..kept].bytes().fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0')) * i128::from(rule.scale.digits);
    let may_round = rule.round || rule.is_floating;
    if power >= 0 {
        if is_cut && !may_round {
            return Err(ValueFault::TooManyDecimals);
        }
        let factor = 10_i128.checked_pow(power.unsigned_abs());
        return match (value, factor) {
            (0, _) => Ok(0),
            (value, Some(factor)) => value.checked_mul(factor).ok_or(ValueFault::NumberTooLarge),
            (_, None) => Err(ValueFault::NumberTooLarge),
        };
    }
    // Beyond 10^38 the divisor is larger than twice any value here, so the quotient rounds to zero.
    let Some(divisor) = 10_i128.checked_pow(power.unsigned_abs()) else {
        return if value == 0 || may_round { Ok(0) } else { Err(ValueFault::TooManyDecimals) };
    };
    let (quotient, remainder) = (value / divisor, value % divisor);
    if (remainder != 0 || is_cut) && !may_round {
        return Err(ValueFault::TooManyDecimals);
    }
    Ok(quotient + i128::from(remainder >= divisor - remainder))
}

#[cfg(test)]
mod tests {
    use super::ValueFault::{AmbiguousNumber, NotANumber, NumberTooLarge, TooManyDecimals};
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let cases: &[(&str, u32, Result<i64, ValueFault>)] = &[
            ("1", 2, Ok(100)),
            ("0", 2, Ok(0)),
            ("-0", 2, Ok(0)),
            ("1.5", 2, Ok(150)),
            (".5", 2, Ok(50)),
            ("5.", 2, Ok(500)),
            ("11.77", 2, Ok(1177)),
            ("1.50000", 2, Ok(150)),
            ("1,234.50", 2, Ok(123_450)),
            ("1.234,50", 2, Ok(123_450)),
            ("1,234,567", 0, Ok(1_234_567)),
            ("1.234.567", 0, Ok(1_234_567)),
            ("1,234,567.8", 2, Ok(123_456_780)),
            ("1,000", 0, Ok(1_000)),
            ("12,50", 2, Ok(1_250)),
            ("0,500", 2, Ok(50)),
            ("1 234,50", 2, Ok(123_450)),
            ("1\u{00A0}234.50", 2, Ok(123_450)),
            ("1'234.50", 2, Ok(123_450)),
            ("￥12", 2, Ok(1_200)),
            ("¥ 12.30", 2, Ok(1_230)),
            ("₩1,000", 0, Ok(1_000)),
            ("\\1,000", 0, Ok(1_000)),
            ("1,000원", 0, Ok(1_000)),
            ("NT$ 1,250", 0, Ok(1_250)),
            ("１２，３４５．６７元", 2, Ok(1_234_567)),
            ("$-5.00", 2, Ok(-500)),
            ("-$5.00", 2, Ok(-500)),
            ("+5", 2, Ok(500)),
            ("5.00-", 2, Ok(-500)),
            ("(1,234.50)", 2, Ok(-123_450)),
            ("(￥12)", 2, Ok(-1_200)),
            ("△1,000", 0, Ok(-1_000)),
            ("▲1,000", 0, Ok(-1_000)),
            ("−3.20", 2, Ok(-320)),
            ("usd 3", 2, Ok(300)),
            ("1.5e3", 2, Ok(150_000)),
            ("1E2", 0, Ok(100)),
            ("000012.50", 2, Ok(1_250)),
            ("92233720368547758.07", 2, Ok(i64::MAX)),
            ("1.234", 2, Err(AmbiguousNumber)),
            ("12.000", 0, Err(AmbiguousNumber)),
            ("0.350", 2, Ok(35)),
            ("1234.500", 2, Ok(123_450)),
            ("1.005", 2, Err(AmbiguousNumber)),
            ("0.005", 2, Err(TooManyDecimals)),
            ("1.5", 0, Err(TooManyDecimals)),
            ("1e-3", 2, Err(TooManyDecimals)),
            ("92233720368547758.08", 2, Err(NumberTooLarge)),
            ("1e300", 2, Err(NumberTooLarge)),
            ("1,23,456", 2, Err(NotANumber)),
            ("12,3456,7890", 0, Err(NotANumber)),
            ("1.2.3", 2, Err(NotANumber)),
            ("1,234.5,6", 2, Err(NotANumber)),
            ("--5", 2, Err(NotANumber)),
            ("(-5)", 2, Err(NotANumber)),
            ("5 元 off", 2, Err(NotANumber)),
            ("twelve", 2, Err(NotANumber)),
            ("", 2, Err(NotANumber)),
            (".", 2, Err(NotANumber)),
            ("￥", 2, Err(NotANumber)),
            ("1e", 2, Err(NotANumber)),
            ("0x1F", 2, Err(NotANumber)),
            ("2024-01-05", 2, Err(NotANumber)),
        ];
        for (text, exponent, expected) in cases {
            assert_eq!(parse_minor(text, &AmountRule::of(*exponent)), *expected, "{text}");
        }
    }

    #[test]
    fn floating_numbers_round_half_away_from_zero_to_the_unit() {
        let rule = AmountRule { is_floating: true, ..AmountRule::of(2) };
        let cases: &[(f64, Result<i64, ValueFault>)] = &[
            (0.1 + 0.2, Ok(30)),
            (1.005, Ok(101)),
            (-1.005, Ok(-101)),
            (2.675, Ok(268)),
            (0.004_999, Ok(0)),
            (0.005, Ok(1)),
            (1.776_356_8e-15, Ok(0)),
            (840.0, Ok(84_000)),
            (1.234, Ok(123)),
            (1e20, Err(NumberTooLarge)),
            (f64::MIN_POSITIVE, Ok(0)),
            (f64::MAX, Err(NumberTooLarge)),
        ];
        for (number, expected) in cases {
            assert_eq!(parse_minor(&number.to_string(), &rule), *expected, "{number}");
        }
        assert_eq!(parse_minor("1.3899999999999999", &rule), Ok(139));
        for cents in 0..200_000_i64 {
            let number = cents as f64 / 100.0;
            assert_eq!(parse_minor(&number.to_string(), &rule), Ok(cents), "{number}");
        }
    }

    #[test]
    fn a_mapping_settles_what_is_open() {
        let base = AmountRule::of(2);
        let scale = |text: &str| Scale::parse(text).expect("a scale");
        let cases: &[(&str, AmountRule, Result<i64, ValueFault>)] = &[
            ("1.234", AmountRule { decimal: Some(DecimalMark::Point), round: true, ..base }, Ok(123)),
            ("1.234", AmountRule { decimal: Some(DecimalMark::Comma), ..base }, Ok(123_400)),
            ("1,234", AmountRule { decimal: Some(DecimalMark::Comma), ..base }, Err(TooManyDecimals)),
            ("1,234", AmountRule { decimal: Some(DecimalMark::Comma), round: true, ..base }, Ok(123)),
            ("0.005", AmountRule { round: true, ..base }, Ok(1)),
            ("-0.005", AmountRule { round: true, ..base }, Ok(-1)),
            ("0.0049999999999999999999999999999999999", AmountRule { round: true, ..base }, Ok(0)),
            ("1.5", AmountRule { scale: scale("10000"), ..base }, Ok(1_500_000)),
            ("1250", AmountRule { scale: scale("0.01"), ..base }, Ok(1_250)),
            ("125.5", AmountRule { scale: scale("0.01"), ..base }, Err(TooManyDecimals)),
            ("3", AmountRule { scale: scale("0.25"), ..base }, Ok(75)),
        ];
        for (text, rule, expected) in cases {
            assert_eq!(parse_minor(text, rule), *expected, "{text} {rule:?}");
        }
        for text in ["0", "-1", "x", "1e3", "", "99999999999"] {
            assert_eq!(Scale::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_tells_its_decimal_mark() {
        let cases: &[(&[&str], Option<DecimalMark>)] = &[
            (&["1.000", "0.350", "2.500"], Some(DecimalMark::Point)),
            (&["1.000", "2.500"], None),
            (&["1.000", "2,50"], Some(DecimalMark::Comma)),
            (&["1,000", "2,500"], None),
            (&["1.5", "2,5"], None),
            (&["1.000.000", "1.000"], Some(DecimalMark::Comma)),
            (&["n/a", "", "3.25"], Some(DecimalMark::Point)),
            (&[], None),
        ];
        for (cells, expected) in cases {
            assert_eq!(recognise_decimal(cells.iter().copied()), *expected, "{cells:?}");
        }
    }
}

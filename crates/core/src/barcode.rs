//! Bar codes and QR codes as SVG: one white field and one black path, crisp at any size and on paper.

use std::fmt::Write;

use barcoders::sym::code128::Code128;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

/// Why a text has no code. The text of each is a stable code, not a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Error)]
#[serde(rename_all = "snake_case")]
pub enum BarcodeError {
    /// There is nothing to encode.
    #[error("barcode_empty")]
    Empty,
    /// A character is not printable ASCII, which is what the bar code carries here.
    #[error("barcode_invalid_character")]
    InvalidCharacter,
    /// The text is longer than the code can carry, or than a hand scanner reads.
    #[error("barcode_too_long")]
    TooLong,
}

/// The most characters of a bar code: beyond it, one printed on a card is too fine for hand scanners.
const CODE128_CHARACTERS_MAX: usize = 48;
/// The white margin on either side of a Code 128 symbol, in modules (ISO/IEC 15417).
const CODE128_QUIET_MODULES: usize = 10;
/// The height of the bars, in modules; at the usual 0.33 mm a module it is 20 mm.
const CODE128_HEIGHT_MODULES: usize = 60;
/// The white margin on all sides of a QR code, in modules (ISO/IEC 18004).
const QR_QUIET_MODULES: usize = 4;
/// How many pixels a module takes where nothing else sets the size of the picture.
const PIXELS_PER_MODULE: usize = 2;

/// The Code 128 symbol (ISO/IEC 15417) of printable ASCII text as an SVG document, titled with the text. Runs of digits that
/// make up the whole text are packed two to a symbol.
pub fn code128_svg(text: &str) -> Result<String, BarcodeError> {
    if text.is_empty() {
        return Err(BarcodeError::Empty);
    }
    if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(BarcodeError::InvalidCharacter);
    }
    if text.len() > CODE128_CHARACTERS_MAX {
        return Err(BarcodeError::TooLong);
    }
    let symbol = Code128::new(with_character_sets(text)).map_err(|_| BarcodeError::InvalidCharacter)?;
    let modules = symbol.encode();
    let mut path = String::new();
    for (start, len) in runs(modules.iter().map(|&module| module == 1)) {
        push_bar(&mut path, CODE128_QUIET_MODULES + start, 0, len, CODE128_HEIGHT_MODULES);
    }
    let width = modules.len() + 2 * CODE128_QUIET_MODULES;
    Ok(svg(width, CODE128_HEIGHT_MODULES, &escaped(text), &path))
}

/// The QR code (ISO/IEC 18004) of a text at medium error correction as an SVG document. Its title does not repeat the text, which
/// may be a right to something that should not be read out.
pub fn qr_svg(text: &str) -> Result<String, BarcodeError> {
    if text.is_empty() {
        return Err(BarcodeError::Empty);
    }
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| BarcodeError::TooLong)?;
    let mut path = String::new();
    for y in 0..code.size() {
        for (start, len) in runs((0..code.size()).map(|x| code.get_module(x, y))) {
            let top = QR_QUIET_MODULES + y.unsigned_abs() as usize;
            push_bar(&mut path, QR_QUIET_MODULES + start, top, len, 1);
        }
    }
    let side = code.size().unsigned_abs() as usize + 2 * QR_QUIET_MODULES;
    Ok(svg(side, side, "QR", &path))
}

/// The text with the marks by which `barcoders` is told the character set: C carries two digits a symbol, B all printable ASCII.
/// An odd last digit goes in B.
fn with_character_sets(text: &str) -> String {
    let is_numeric = text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (pairs, rest) = match (is_numeric, text.len() % 2) {
        (true, 0) => (text, ""),
        (true, _) => text.split_at(text.len() - 1),
        (false, _) => ("", text),
    };
    let mut marked = String::with_capacity(text.len() + 4);
    if !pairs.is_empty() {
        marked.push('\u{0106}');
        marked.push_str(pairs);
    }
    if !rest.is_empty() {
        marked.push('\u{0181}');
        marked.push_str(rest);
    }
    marked
}

/// The black runs of a line of modules, each as its start and length.
fn runs(modules: impl Iterator<Item = bool>) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (position, _) in modules.enumerate().filter(|(_, is_black)| *is_black) {
        match found.last_mut() {
            Some((start, len)) if *start + *len == position => *len += 1,
            _ => found.push((position, 1)),
        }
    }
    found
}

fn push_bar(path: &mut String, x: usize, y: usize, width: usize, height: usize) {
    write!(path, "M{x} {y}h{width}v{height}h-{width}z").expect("a String takes all that is written");
}

/// The document around a path, one unit a module. Width and height are only the size it has where nothing else sets one.
fn svg(width: usize, height: usize, title: &str, path: &str) -> String {
    let (pixels_wide, pixels_high) = (width * PIXELS_PER_MODULE, height * PIXELS_PER_MODULE);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{pixels_wide}\" height=\"{pixels_high}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" shape-rendering=\"crispEdges\">\
         <title>{title}</title><path fill=\"#fff\" d=\"M0 0h{width}v{height}h-{width}z\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bars of the second path as a line of modules, quiet zones left out; rows are read at `y`.
    fn modules(svg: &str, y: usize) -> String {
        let path = svg.split("<path fill=\"#000\" d=\"").nth(1).unwrap();
        let path = path.split('"').next().unwrap();
        let mut line = String::new();
        for bar in path.split_terminator('z') {
            let (corner, sides) = bar[1..].split_once('h').unwrap();
            let (x, top) = corner.split_once(' ').unwrap();
            let (x, top): (usize, usize) = (x.parse().unwrap(), top.parse().unwrap());
            let width: usize = sides.split('v').next().unwrap().parse().unwrap();
            if top == y {
                line.extend(std::iter::repeat_n('0', x - line.len()));
                line.extend(std::iter::repeat_n('1', width));
            }
        }
        line
    }

    /// The values of the Code 128 symbols that the modules spell, start and check symbol included, stop left out.
    fn symbol_widths(svg: &str) -> Vec<String> {
        let line = modules(svg, 0);
        let line = line.trim_start_matches('0');
        assert!(line.ends_with("1100011101011"), "the stop pattern");
        let body = &line[..line.len() - 13];
        assert!(body.len().is_multiple_of(11), "whole symbols");
        body.as_bytes().chunks(11).map(|symbol| String::from_utf8(symbol.to_vec()).unwrap()).collect()
    }

    #[test]
    fn code128_symbols_are_those_of_the_standard() {
        // Worked by hand from the tables of ISO/IEC 15417: start C 105, 62, 00 four times, 01, switch to B 100, "4" 20.
        // Check symbol of the first: (105 + 62·1 + 1·6 + 100·7 + 20·8) mod 103 = 3. Of the second, start B 104 with P J J 1 2 3 C:
        // (104 + 48·1 + 42·2 + 42·3 + 17·4 + 18·5 + 19·6 + 35·7) mod 103 = 55.
        for (text, count, start, check) in
            [("6200000000014", 10, "11010011100", "10010011000"), ("PJJ123C", 9, "11010010000", "11101000110")]
        {
            let symbols = symbol_widths(&code128_svg(text).unwrap());
            assert_eq!(symbols.len(), count, "{text}");
            assert_eq!(symbols[0], start, "{text}");
            assert_eq!(symbols[count - 1], check, "{text}");
        }
    }

    #[test]
    fn code128_refusals() {
        for (text, expected) in [
            ("", Some(BarcodeError::Empty)),
            ("会员", Some(BarcodeError::InvalidCharacter)),
            ("Ć12", Some(BarcodeError::InvalidCharacter)),
            ("a\u{7f}", Some(BarcodeError::InvalidCharacter)),
            ("7", None),
            ("12", None),
            ("~ A-z", None),
            ("123456789012345678901234567890123456789012345678", None),
            ("1234567890123456789012345678901234567890123456789", Some(BarcodeError::TooLong)),
        ] {
            assert_eq!(code128_svg(text).err(), expected, "{text}");
        }
    }

    #[test]
    fn code128_document() {
        let svg = code128_svg("A<&>").unwrap();
        let modules_wide = 11 * 6 + 13 + 20;
        for expected in [
            "role=\"img\"",
            "<title>A&lt;&amp;&gt;</title>",
            "shape-rendering=\"crispEdges\"",
            &format!("viewBox=\"0 0 {modules_wide} 60\""),
            "d=\"M10 0h2v60h-2z",
        ] {
            assert!(svg.contains(expected), "{expected} in {svg}");
        }
        assert!(svg.len() < 2_000);
    }

    #[test]
    fn qr_has_its_finders_and_quiet_zone() {
        let svg = qr_svg("6200000000014").unwrap();
        assert!(svg.contains("viewBox=\"0 0 29 29\""), "version 1 is 21 modules and a margin of 4");
        assert_eq!(modules(&svg, 3), "");
        for (y, left, right) in [
            (4, "00001111111", "1111111"),
            (5, "00001000001", "1000001"),
            (6, "00001011101", "1011101"),
            (10, "00001111111", "1111111"),
        ] {
            let line = modules(&svg, y);
            assert!(line.starts_with(left) && line.ends_with(right), "row {y}: {line}");
        }
        assert!(!svg.contains("6200000000014"));
    }

    #[test]
    fn qr_refusals() {
        let longest = "1".repeat(5_596);
        for (text, expected) in [
            ("", Some(BarcodeError::Empty)),
            ("会员", None),
            (longest.as_str(), None),
            (&"a".repeat(5_000), Some(BarcodeError::TooLong)),
        ] {
            assert_eq!(qr_svg(text).err(), expected, "{} characters", text.len());
        }
    }
}

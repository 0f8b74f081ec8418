//! Characters as people and scanners type them: full-width forms and the marks that only group digits.

/// The half-width form of a full-width ASCII character (U+FF01 to U+FF5E, and the ideographic space), any other character
/// unchanged. Source: Unicode, block "Halfwidth and Fullwidth Forms".
pub(crate) fn half_width(typed: char) -> char {
    match typed {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(typed) - 0xFEE0).expect("the block maps onto ASCII"),
        '\u{3000}' => ' ',
        _ => typed,
    }
}

/// Whether a half-width character only groups the characters around it: white space, an invisible joiner or
/// direction mark that copying from a web page leaves behind, or one of the dashes.
pub(crate) fn is_grouping(typed: char) -> bool {
    typed.is_whitespace()
        || matches!(
            typed,
            '-' | '\u{00AD}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2010}'..='\u{2015}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'
                | '\u{2212}'
                | '\u{30FC}'
                | '\u{FEFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_becomes_half_width() {
        for (typed, expected) in [
            ('０', '0'),
            ('９', '9'),
            ('Ａ', 'A'),
            ('ｚ', 'z'),
            ('＋', '+'),
            ('（', '('),
            ('\u{3000}', ' '),
            ('7', '7'),
            ('张', '张'),
            ('ㄱ', 'ㄱ'),
        ] {
            assert_eq!(half_width(typed), expected, "{typed}");
        }
    }

    #[test]
    fn grouping_marks_are_told_from_content() {
        for (typed, expected) in [
            (' ', true),
            ('\t', true),
            ('\u{00A0}', true),
            ('-', true),
            ('–', true),
            ('−', true),
            ('ー', true),
            ('\u{202D}', true),
            ('+', false),
            ('0', false),
            ('(', false),
            ('x', false),
        ] {
            assert_eq!(is_grouping(typed), expected, "{typed:?}");
        }
    }
}

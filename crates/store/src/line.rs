//! How lines and tenders stand in the database: JSON arrays without names, because a brand has more lines than anything else.

use danggol_core::purchase::{Line, LineKind, Tender, TenderKind};
use serde_json::Value;

use crate::error::StoreError;

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged(format!("{what} of a purchase do not read"))
}

fn push_text(out: &mut String, text: &str) {
    // Article numbers are nearly always plain, and this runs for every line ever kept.
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&Value::from(text).to_string());
    }
}

fn push_number(out: &mut String, number: i64) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    write!(out, "{number}").ok();
}

/// `[["sku","category",quantity,amount_minor],…]`; a category that is not known is null, a kind other than a sale is a fifth value,
/// and what came off is a sixth where anything did.
pub fn encode_lines(lines: &[Line]) -> String {
    let mut out = String::with_capacity(2 + lines.len() * 36);
    out.push('[');
    for (index, line) in lines.iter().enumerate() {
        out.push_str(if index == 0 { "[" } else { ",[" });
        push_text(&mut out, &line.sku);
        out.push(',');
        match &line.category {
            Some(category) => push_text(&mut out, category),
            None => out.push_str("null"),
        }
        out.push(',');
        push_number(&mut out, line.quantity);
        out.push(',');
        push_number(&mut out, line.amount_minor);
        match line.kind {
            LineKind::Sale if line.off_minor == 0 => {}
            LineKind::Sale => out.push_str(",\"sale\""),
            LineKind::Gift => out.push_str(",\"gift\""),
            LineKind::Adjustment => out.push_str(",\"adjustment\""),
        }
        if line.off_minor != 0 {
            out.push(',');
            push_number(&mut out, line.off_minor);
        }
        out.push(']');
    }
    out.push(']');
    out
}

#[derive(serde::Deserialize)]
struct PlainLine(String, Option<String>, i64, i64, #[serde(default)] LineKind, #[serde(default)] i64);

/// Lines as [`encode_lines`] wrote them.
pub fn decode_lines(text: &str) -> Result<Vec<Line>, StoreError> {
    let lines: Vec<PlainLine> = serde_json::from_str(text).map_err(|_| damaged("lines"))?;
    let line = |PlainLine(sku, category, quantity, amount_minor, kind, off_minor)| Line {
        sku,
        category,
        quantity,
        amount_minor,
        kind,
        off_minor,
    };
    Ok(lines.into_iter().map(line).collect())
}

/// `[["cash",1200],…]`; none when nothing was said.
pub fn encode_tenders(tenders: &[Tender]) -> Option<String> {
    if tenders.is_empty() {
        return None;
    }
    let pairs: Vec<(TenderKind, i64)> = tenders.iter().map(|tender| (tender.kind, tender.amount_minor)).collect();
    serde_json::to_string(&pairs).ok()
}

/// Tenders as [`encode_tenders`] wrote them.
pub fn decode_tenders(text: Option<&str>) -> Result<Vec<Tender>, StoreError> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let pairs: Vec<(TenderKind, i64)> = serde_json::from_str(text).map_err(|_| damaged("tenders"))?;
    Ok(pairs.into_iter().map(|(kind, amount_minor)| Tender { kind, amount_minor }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_were() {
        let line = |sku: &str, category: Option<&str>, quantity, amount_minor, kind| Line {
            sku: sku.to_owned(),
            category: category.map(str::to_owned),
            quantity,
            amount_minor,
            kind,
            off_minor: 0,
        };
        let off = |line: Line, off_minor| Line { off_minor, ..line };
        let lines = vec![
            line("A-1", Some("milk"), 2, 1_200, LineKind::Sale),
            line("say \"hi\" \\ \u{1}", None, 0, -50, LineKind::Adjustment),
            line("赠品", Some("샘플"), 1, 0, LineKind::Gift),
            off(line("B", None, 1, 90, LineKind::Sale), 30),
            off(line("C", None, 1, 0, LineKind::Gift), 5),
        ];
        let text = encode_lines(&lines);
        assert_eq!(
            text,
            r#"[["A-1","milk",2,1200],["say \"hi\" \\ \u0001",null,0,-50,"adjustment"],["赠品","샘플",1,0,"gift"],["B",null,1,90,"sale",30],["C",null,1,0,"gift",5]]"#
        );
        assert_eq!(decode_lines(&text).unwrap(), lines);
        assert!(decode_lines("[[1]]").is_err());
    }
}

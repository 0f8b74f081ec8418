//! What a member bought, as history sees it: what has come back is taken off, and a purchase that came back wholly is none.

use std::borrow::Cow;

use crate::purchase::{Line, Returned};

/// A purchase of which something is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought<'a> {
    /// Who bought.
    pub member: i64,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// Business day as days since 1970-01-01.
    pub day: i32,
    /// Minor units, what has come back taken off.
    pub amount_minor: i64,
    /// Pieces, those that have come back taken off.
    pub quantity: i64,
    /// Code of the channel.
    pub channel: Cow<'a, str>,
    /// Code of the store.
    pub store: Option<Cow<'a, str>>,
    /// Code of the employee.
    pub staff: Option<Cow<'a, str>>,
    /// What of it was of which category; each category stands once.
    pub parts: Vec<Part<'a>>,
}

/// What of a purchase is of one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The category; none: not known.
    pub category: Option<Cow<'a, str>>,
    /// What its lines cost in minor units, before a discount on the whole purchase, what has come back taken off.
    pub amount_minor: i64,
}

/// The lines that are left by category, in the order in which the categories appear.
pub fn parts(lines: Vec<Line>, returned: &Returned) -> Vec<Part<'static>> {
    let mut parts: Vec<Part<'static>> = Vec::with_capacity(1);
    for (index, line) in lines.into_iter().enumerate() {
        // A line without pieces counts as one.
        let pieces = line.quantity.max(1);
        let left = pieces - returned.quantities.get(index).copied().unwrap_or(0);
        if left <= 0 {
            continue;
        }
        let share = i128::from(line.amount_minor) * i128::from(left) / i128::from(pieces);
        let amount_minor = i64::try_from(share).unwrap_or(line.amount_minor);
        match parts.iter_mut().find(|part| part.category.as_deref() == line.category.as_deref()) {
            Some(part) => part.amount_minor += amount_minor,
            None => parts.push(Part { category: line.category.map(Cow::Owned), amount_minor }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purchase::LineKind;

    #[test]
    fn parts_are_what_is_left_by_category() {
        let line = |category: Option<&str>, quantity, amount_minor| Line {
            sku: "s".to_owned(),
            category: category.map(str::to_owned),
            quantity,
            amount_minor,
            kind: LineKind::Sale,
        };
        let lines = vec![line(Some("tea"), 3, 100), line(None, 1, 7), line(Some("tea"), 1, 50), line(Some("rice"), 0, 9)];
        for (quantities, expected) in [
            (vec![], vec![(Some("tea"), 150), (None, 7), (Some("rice"), 9)]),
            (vec![1, 0, 0, 0], vec![(Some("tea"), 116), (None, 7), (Some("rice"), 9)]),
            (vec![3, 1, 0, 1], vec![(Some("tea"), 50)]),
            (vec![3, 1, 1, 1], vec![]),
        ] {
            let returned = Returned { quantities, ..Returned::default() };
            let found = parts(lines.clone(), &returned);
            let found: Vec<_> = found.iter().map(|part| (part.category.as_deref(), part.amount_minor)).collect();
            assert_eq!(found, expected);
        }
    }
}

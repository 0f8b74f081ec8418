//! The figures: a row each, as a table for people and as JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

/// On which side of its goal a figure should lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    AtLeast,
    AtMost,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    name: String,
    ours: Option<f64>,
    anchor: Option<f64>,
    unit: &'static str,
    /// Ours by the anchor.
    ratio: Option<f64>,
    /// What the ratio must reach where there is one, else what ours must reach or not pass; none where it is only stated.
    goal: Option<f64>,
    met: Option<bool>,
    #[serde(skip)]
    side: Side,
}

/// The middle of some measurements, the higher of two.
///
/// # Panics
/// When there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Row {
    fn new(name: &str, unit: &'static str) -> Row {
        let (ours, anchor, ratio, goal, met) = (None, None, None, None, None);
        Row { name: name.to_owned(), ours, anchor, unit, ratio, goal, met, side: Side::AtLeast }
    }

    /// A figure that is only said.
    pub fn stated(name: &str, ours: f64, unit: &'static str) -> Row {
        Row { ours: Some(ours), ..Row::new(name, unit) }
    }

    /// A figure that should be no more than `goal`.
    pub fn at_most(name: &str, ours: f64, unit: &'static str, goal: f64) -> Row {
        let (goal, met) = (Some(goal), Some(ours <= goal));
        Row { goal, met, side: Side::AtMost, ..Row::stated(name, ours, unit) }
    }

    /// A figure that should be no less than `goal`.
    pub fn at_least(name: &str, ours: f64, unit: &'static str, goal: f64) -> Row {
        let (goal, met) = (Some(goal), Some(ours >= goal));
        Row { goal, met, ..Row::stated(name, ours, unit) }
    }

    /// A figure that should be at least `goal` times the anchor.
    pub fn against(name: &str, ours: f64, anchor: f64, unit: &'static str, goal: f64) -> Row {
        let ratio = ours / anchor;
        Row {
            anchor: Some(anchor),
            ratio: Some(ratio),
            goal: Some(goal),
            met: Some(ratio >= goal),
            ..Row::stated(name, ours, unit)
        }
    }

    /// A figure that could not be measured, and so does not meet its goal.
    pub fn not_measured(name: &str, unit: &'static str, goal: f64) -> Row {
        Row { goal: Some(goal), met: Some(false), ..Row::new(name, unit) }
    }

    /// The same figure beside what the anchor shows there, without a judgement.
    pub fn beside(self, anchor: f64) -> Row {
        Row { anchor: Some(anchor), ..self }
    }

    fn cells(&self) -> [String; 7] {
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), short);
        let side = match self.side {
            Side::AtLeast => "≥",
            Side::AtMost => "≤",
        };
        let met = match (self.met, self.ours) {
            (Some(_), None) => "not measured",
            (Some(true), _) => "yes",
            (Some(false), _) => "no",
            (None, _) => "",
        };
        [
            self.name.clone(),
            self.ours.map_or_else(|| "not measured".to_owned(), short),
            number(self.anchor),
            self.unit.to_owned(),
            number(self.ratio),
            self.goal.map_or_else(String::new, |goal| format!("{side} {}", short(goal))),
            met.to_owned(),
        ]
    }
}

/// A number with about four figures.
fn short(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 1_000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The rows as a table: words to the left, numbers to the right.
pub fn table(rows: &[Row]) -> String {
    let head = ["", "ours", "anchor", "unit", "ratio", "goal", "met"].map(str::to_owned);
    let lines: Vec<[String; 7]> = std::iter::once(head).chain(rows.iter().map(Row::cells)).collect();
    let widths: [usize; 7] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default());
    let mut text = String::new();
    for line in &lines {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            // Writing to a string cannot fail.
            let _ = match column {
                0 | 3 | 6 => write!(text, "{cell:width$}  "),
                _ => write!(text, "{cell:>width$}  "),
            };
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_judged_on_their_side() {
        for (row, met) in [
            (Row::against("a", 45.0, 100.0, "x", 0.45), Some(true)),
            (Row::against("a", 44.9, 100.0, "x", 0.45), Some(false)),
            (Row::at_most("a", 30.0, "ms", 30.0), Some(true)),
            (Row::at_most("a", 30.1, "ms", 30.0), Some(false)),
            (Row::at_least("a", 2.0, "x", 2.0), Some(true)),
            (Row::at_least("a", 1.0, "x", 2.0), Some(false)),
            (Row::not_measured("a", "x", 0.5), Some(false)),
            (Row::stated("a", 1.0, "x").beside(2.0), None),
        ] {
            assert_eq!(row.met, met, "{row:?}");
        }
    }

    #[test]
    fn a_row_is_written_with_its_seven_fields() {
        let row = Row::against("speed", 3.0, 2.0, "1/s", 1.25);
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(text, r#"{"name":"speed","ours":3.0,"anchor":2.0,"unit":"1/s","ratio":1.5,"goal":1.25,"met":true}"#);
    }

    #[test]
    fn the_table_is_aligned() {
        let rows = [Row::against("speed", 12_345.6, 4_000.0, "1/s", 2.0), Row::not_measured("delay", "ms", 30.0)];
        let expected = "               ours  anchor  unit  ratio  goal  met\n\
                        speed         12346    4000  1/s    3.09   ≥ 2  yes\n\
                        delay  not measured       –  ms        –  ≥ 30  not measured\n";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        for (values, expected) in [(vec![3.0], 3.0), (vec![9.0, 1.0, 5.0], 5.0), (vec![4.0, 2.0], 4.0)] {
            assert_eq!(median(values), expected);
        }
    }
}

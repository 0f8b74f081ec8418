//! What a command tells: a table for people, or one JSON document for programs.

use danggol_core::language::Language;
use serde_json::{Map, Value};

/// How to tell what was done.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// The language of people.
    pub language: Language,
    /// Whether a program reads it.
    pub json: bool,
}

/// One line of a table: a label in the four languages, the name for programs, and the value.
pub type Line<'a> = (&'a [&'a str; 4], &'a str, Value);

impl Report {
    /// Tells one thing by its lines.
    pub fn thing(self, lines: &[Line<'_>]) {
        if self.json {
            let members: Map<String, Value> = lines.iter().map(|(_, name, value)| ((*name).to_owned(), value.clone())).collect();
            println!("{}", Value::Object(members));
            return;
        }
        let width = lines.iter().map(|(label, _, _)| columns(self.language.pick(label))).max().unwrap_or(0);
        for (label, _, value) in lines {
            let label = self.language.pick(label);
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            println!("{label}{}  {value}", " ".repeat(width - columns(label)));
        }
    }

    /// Says a sentence to people; programs are not told.
    pub fn say(self, texts: &[&str; 4]) {
        if !self.json {
            eprintln!("{}", self.language.pick(texts));
        }
    }
}

/// How many columns of a terminal a text takes: two for each character of Chinese and Korean.
fn columns(text: &str) -> usize {
    text.chars().map(|character| if character < '\u{1100}' { 1 } else { 2 }).sum()
}

/// Prints rows below each other, the first column at its left edge and the others at their right one.
pub fn table<const N: usize>(rows: &[[String; N]]) {
    let widths: [usize; N] = std::array::from_fn(|column| rows.iter().map(|row| columns(&row[column])).max().unwrap_or(0));
    for row in rows {
        let cells = row.iter().enumerate().map(|(column, cell)| {
            let space = " ".repeat(widths[column] - columns(cell));
            if column == 0 { format!("{cell}{space}") } else { format!("{space}{cell}") }
        });
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

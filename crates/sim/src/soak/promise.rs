//! What an acknowledgement promises: the entry is in the log, under its number and its key.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use danggol_core::decide::{Command, Outcome};
use danggol_server::pipeline::Answer;
use danggol_store::dump::{Cell, each_row};
use danggol_store::schema::{ENTRY, IDEMPOTENCY, PURCHASE, PURCHASE_NUMBER, Table};

use crate::soak::ground::Ground;

/// One acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The entry that the command became.
    pub entry: i64,
    /// Whether it was carried out now; otherwise it had been before.
    pub is_new: bool,
    /// The purchase number.
    pub number: Option<String>,
    /// The idempotency key.
    pub key: Option<String>,
}

impl Promise {
    /// What an answer promises; none where nothing was kept.
    pub fn of(answer: &Answer) -> Option<Self> {
        let (entry, is_new) = match answer.settled.outcome {
            Outcome::Done(entry) => (entry.0, true),
            Outcome::Replayed(entry) => (entry.0, false),
            Outcome::Nothing | Outcome::Refused(_) => return None,
        };
        let number = match &answer.envelope.command {
            // Found again by its key, a purchase may bear another number than the one that is kept.
            Command::Purchase(order) if is_new => order.external_no.clone(),
            Command::Purchase(_)
            | Command::Return(_)
            | Command::Adjust(_)
            | Command::Coupon(_)
            | Command::Occasion(_)
            | Command::Value(_)
            | Command::Gift(_)
            | Command::Review(_)
            | Command::Rank(..) => None,
        };
        let key = answer.envelope.key.as_ref().filter(|_| is_new).map(|key| key.scoped.clone());
        Some(Self { entry, is_new, number, key })
    }

    /// One line of text, without its end.
    pub fn line(&self) -> String {
        let word = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        format!("{} {} {} {}", self.entry, self.is_new, word(&self.number), word(&self.key))
    }

    /// A promise as [`Promise::line`] wrote it.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let entry = words.next()?.parse().ok()?;
        let is_new = words.next()?.parse().ok()?;
        let mut name = || words.next().map(|word| (word != "-").then(|| word.to_owned()));
        Some(Self { entry, is_new, number: name()?, key: name()? })
    }
}

/// What the database has: entries, and what numbers and keys stand for.
struct Kept {
    entries: BTreeSet<i64>,
    numbers: BTreeMap<String, i64>,
    keys: BTreeMap<String, i64>,
}

fn kept(ground: &Ground) -> anyhow::Result<Kept> {
    ground.snapshot(|conn| {
        let mut kept = Kept { entries: BTreeSet::new(), numbers: BTreeMap::new(), keys: BTreeMap::new() };
        for (table, key) in [(&PURCHASE, "purchase_id"), (&ENTRY, "entry_id")] {
            each_row(conn, table, &[key], |row| kept.entries.extend(row.first().and_then(Cell::int)))?;
        }
        let mut names = |table: &Table, columns: &[&str], names: &mut BTreeMap<String, i64>| {
            each_row(conn, table, columns, |row| {
                if let [Cell::Text(name), Cell::Int(entry)] = &row[..] {
                    names.insert(name.clone(), *entry);
                }
            })
        };
        names(&PURCHASE_NUMBER, &["number", "purchase_id"], &mut kept.numbers)?;
        names(&IDEMPOTENCY, &["key", "result_id"], &mut kept.keys)?;
        Ok(kept)
    })
}

/// Everything that was promised is there once, and nothing that is there is half there. Returns how many entries there are beyond what
/// was promised: kept, and killed before the answer.
pub fn verify(ground: &Ground, promises: &[Promise]) -> anyhow::Result<usize> {
    let kept = kept(ground)?;
    let mut new: BTreeSet<i64> = BTreeSet::new();
    for promise in promises {
        ensure!(kept.entries.contains(&promise.entry), "{promise:?} is lost");
        ensure!(!promise.is_new || new.insert(promise.entry), "{promise:?} was promised twice");
        for (name, names) in [(&promise.number, &kept.numbers), (&promise.key, &kept.keys)] {
            let Some(name) = name else { continue };
            let entry = names.get(name).with_context(|| format!("{name} of {promise:?} is lost"))?;
            ensure!(*entry == promise.entry, "{name} of {promise:?} stands for {entry}");
        }
    }
    ground.audit()?;
    Ok(kept.entries.len() - new.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_come_back_from_their_lines() {
        for (entry, is_new, number, key) in
            [(7, true, Some("k1-n3"), None), (8, false, None, None), (9, true, Some("a"), Some("b"))]
        {
            let promise = Promise { entry, is_new, number: number.map(str::to_owned), key: key.map(str::to_owned) };
            assert_eq!(Promise::parse(&promise.line()), Some(promise));
        }
        for line in ["", "7", "7 true", "7 true a", "x true a b"] {
            assert_eq!(Promise::parse(line), None, "{line:?}");
        }
    }
}

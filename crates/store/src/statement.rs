//! The texts of statements: which there always are, and how those in use are kept prepared.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::{
    account, audit, band, change, class, consent, coupon, duplicate, event, expected_value, follow, gift, holder, household,
    idempotency, identity, imports, insight, lease, lifestyle, load, member, merge, note, occasion, picture, product, programme,
    purchase, reading, save, search, segment, setting, sharing, tag, what_if,
};

/// The fixed texts of every module that has any.
pub const MODULES: &[(&str, &[&str])] = &[
    ("account", account::STATEMENTS),
    ("audit", audit::STATEMENTS),
    ("band", band::STATEMENTS),
    ("change", change::STATEMENTS),
    ("class", class::STATEMENTS),
    ("consent", consent::STATEMENTS),
    ("coupon", coupon::STATEMENTS),
    ("duplicate", duplicate::STATEMENTS),
    ("event", event::STATEMENTS),
    ("expected_value", expected_value::STATEMENTS),
    ("follow", follow::STATEMENTS),
    ("gift", gift::STATEMENTS),
    ("gift::catalogue", gift::CATALOGUE),
    ("holder", holder::STATEMENTS),
    ("household", household::STATEMENTS),
    ("household::past", household::past::STATEMENTS),
    ("household::seen", household::seen::STATEMENTS),
    ("idempotency", idempotency::STATEMENTS),
    ("identity", identity::STATEMENTS),
    ("imports", imports::STATEMENTS),
    ("insight", insight::STATEMENTS),
    ("lease", lease::STATEMENTS),
    ("lifestyle", lifestyle::STATEMENTS),
    ("load", load::STATEMENTS),
    ("member", member::STATEMENTS),
    ("merge", merge::STATEMENTS),
    ("note", note::STATEMENTS),
    ("occasion", occasion::STATEMENTS),
    ("picture", picture::STATEMENTS),
    ("product", product::STATEMENTS),
    ("programme", programme::STATEMENTS),
    ("purchase", purchase::STATEMENTS),
    ("reading", reading::STATEMENTS),
    ("save", save::STATEMENTS),
    ("search", search::STATEMENTS),
    ("segment", segment::STATEMENTS),
    ("setting", setting::STATEMENTS),
    ("sharing", sharing::STATEMENTS),
    ("tag", tag::STATEMENTS),
    ("what_if", what_if::STATEMENTS),
];

/// How many texts that are made while the program runs a connection keeps. Inserts make one for each table; every condition of a segment
/// makes another.
pub const MADE_KEPT: usize = 256;

/// The fixed text equal to `sql`.
fn fixed(sql: &str) -> Option<&'static str> {
    static FIXED: OnceLock<HashSet<&str>> = OnceLock::new();
    let all = FIXED.get_or_init(|| MODULES.iter().flat_map(|(_, statements)| *statements).copied().collect());
    all.get(sql).copied()
}

/// What a connection keeps of each text: of a fixed one for ever, of the others for the [`MADE_KEPT`] used last.
pub(crate) struct Kept<V> {
    fixed: HashMap<&'static str, V>,
    made: HashMap<String, Made<V>>,
    uses: u64,
}

struct Made<V> {
    value: V,
    used: u64,
}

impl<V> Kept<V> {
    pub fn new() -> Self {
        Self { fixed: HashMap::new(), made: HashMap::new(), uses: 0 }
    }

    /// What is kept of a text, which counts as used now.
    pub fn find(&mut self, sql: &str) -> Option<&V> {
        if let Some(value) = self.fixed.get(sql) {
            return Some(value);
        }
        let made = self.made.get_mut(sql)?;
        self.uses += 1;
        made.used = self.uses;
        Some(&made.value)
    }

    /// Keeps a value of a text. The text used longest ago goes where there are too many.
    pub fn keep(&mut self, sql: &str, value: V) {
        if let Some(sql) = fixed(sql) {
            self.fixed.insert(sql, value);
            return;
        }
        if self.made.len() >= MADE_KEPT
            && let Some(oldest) = self.made.iter().min_by_key(|(_, made)| made.used).map(|(sql, _)| sql.clone())
        {
            self.made.remove(&oldest);
        }
        self.uses += 1;
        self.made.insert(sql.to_owned(), Made { value, used: self.uses });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_used_lately_and_fixed_ones_stay() {
        let first = MODULES[0].1[0];
        let mut kept = Kept::new();
        kept.keep(first, -1);
        for number in 0..MADE_KEPT as i64 {
            kept.keep(&format!("SELECT {number}"), number);
        }
        assert_eq!(kept.find("SELECT 0"), Some(&0));
        for number in 1_000..1_010 {
            kept.keep(&format!("SELECT {number}"), number);
        }
        assert_eq!(kept.made.len(), MADE_KEPT);
        for (sql, expected) in [
            (first, Some(-1)),
            ("SELECT 0", Some(0)),
            ("SELECT 1", None),
            ("SELECT 10", None),
            ("SELECT 11", Some(11)),
            ("SELECT 1009", Some(1_009)),
        ] {
            assert_eq!(kept.find(sql).copied(), expected, "{sql}");
        }
    }
}

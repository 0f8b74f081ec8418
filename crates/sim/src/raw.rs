//! *raw*: the fixed reference that the product's speed on SQLite is stated against.
//!
//! It is what a purchase costs when nothing is decided: one purchase row, three lines, two postings, one member's state row
//! rewritten and one event, with prepared statements, 10,000 purchases to a transaction, every transaction synced to disk.
//! **It never changes**: a figure of last year is comparable with one of today only because the schema, the widths, the order of
//! the statements and the settings below stay exactly as they are.
//!
//! Settings: WAL, `synchronous=FULL`, all else as SQLite comes (4 KiB pages, a checkpoint after the commit that takes the log past
//! 1,000 pages, 2 MB of page cache).

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use rusqlite::{Connection, Statement, params};

use crate::random::Random;

/// Purchases in one transaction.
const PURCHASES_PER_TRANSACTION: u64 = 10_000;
/// SQLite's own default for `wal_autocheckpoint`, in pages.
const CHECKPOINT_PAGES: u64 = 1_000;
/// What the log adds to each page (SQLite file format, section 4.1).
const FRAME_HEADER_BYTES: u64 = 24;
/// 2026-01-01T00:00:00Z; each purchase is ten milliseconds after the one before.
const FIRST_PURCHASE_AT_MS: i64 = 1_767_225_600_000;
const STORES: u64 = 400;
const STATE_BODY_BYTES: usize = 200;
const EVENT_BODY_BYTES: usize = 120;

const SCHEMA: &str = "
CREATE TABLE purchase (
  id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL, store_id INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL, number TEXT NOT NULL) STRICT;
CREATE TABLE line (
  id INTEGER PRIMARY KEY, purchase_id INTEGER NOT NULL, sku TEXT NOT NULL, category TEXT NOT NULL,
  quantity INTEGER NOT NULL, amount_minor INTEGER NOT NULL) STRICT;
CREATE TABLE posting (
  id INTEGER PRIMARY KEY, entry_id INTEGER NOT NULL, holder_id INTEGER NOT NULL, asset TEXT NOT NULL,
  amount INTEGER NOT NULL) STRICT;
CREATE TABLE state (
  member_id INTEGER PRIMARY KEY, version INTEGER NOT NULL, balance INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE event (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT;
";

/// The reference database, open and loaded with members.
#[derive(Debug)]
pub struct RawReference {
    connection: Connection,
    members: u64,
    random: Random,
    purchases: u64,
    log_bytes: Arc<AtomicU64>,
}

/// What one run of the reference took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RawRun {
    /// Purchases written and synced.
    pub purchases: u64,
    /// Wall-clock seconds, commits and checkpoints included.
    pub seconds: f64,
    /// Bytes that went to the write-ahead log.
    pub log_bytes: u64,
}

impl RawRun {
    /// Purchases in a second.
    pub fn per_second(&self) -> f64 {
        self.purchases as f64 / self.seconds
    }
}

impl RawReference {
    /// Makes `raw.db` in `folder` with one state row for each of `members` members. The same seed gives the same purchases.
    ///
    /// # Errors
    /// When the folder already has a `raw.db` with tables in it, or SQLite fails.
    pub fn prepare(folder: &Path, members: u64, seed: u64) -> rusqlite::Result<RawReference> {
        let mut connection = Connection::open(folder.join("raw.db"))?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(SCHEMA)?;
        load_members(&mut connection, members)?;
        let log_bytes = Arc::new(AtomicU64::new(0));
        count_log_bytes(&mut connection, Arc::clone(&log_bytes))?;
        Ok(RawReference { connection, members, random: Random::new(seed), purchases: 0, log_bytes })
    }

    /// Writes this many further purchases of random members and says what it took.
    pub fn run(&mut self, purchases: u64) -> rusqlite::Result<RawRun> {
        let started = Instant::now();
        let log_bytes_before = self.log_bytes.load(Ordering::Relaxed);
        let end = self.purchases + purchases;
        while self.purchases < end {
            let upto = end.min(self.purchases + PURCHASES_PER_TRANSACTION);
            self.run_transaction(upto)?;
        }
        Ok(RawRun {
            purchases,
            seconds: started.elapsed().as_secs_f64(),
            log_bytes: self.log_bytes.load(Ordering::Relaxed) - log_bytes_before,
        })
    }

    fn run_transaction(&mut self, upto: u64) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let mut statements = Statements::prepare(&transaction)?;
        let mut text = String::with_capacity(STATE_BODY_BYTES);
        while self.purchases < upto {
            self.purchases += 1;
            let member_id = 1 + self.random.below(self.members);
            statements.write_purchase(self.purchases, member_id, &mut self.random, &mut text)?;
        }
        drop(statements);
        transaction.commit()
    }
}

fn load_members(connection: &mut Connection, members: u64) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let mut insert = transaction.prepare("INSERT INTO state (member_id, version, balance, body) VALUES (?1, 1, 0, ?2)")?;
    let mut body = String::with_capacity(STATE_BODY_BYTES);
    for member_id in 1..=members {
        fill(&mut body, "lots", member_id, STATE_BODY_BYTES);
        insert.execute(params![member_id as i64, body])?;
    }
    drop(insert);
    transaction.commit()?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// Counts what each commit adds to the log, and checkpoints as SQLite's own hook does, whose place this hook takes.
fn count_log_bytes(connection: &mut Connection, log_bytes: Arc<AtomicU64>) -> rusqlite::Result<()> {
    let page_bytes: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let frame_bytes = page_bytes as u64 + FRAME_HEADER_BYTES;
    let mut pages_before = 0_u64;
    connection.wal_hook(Some(move |log: &mut rusqlite::hooks::Wal, pages: i32| {
        let pages = pages as u64;
        log_bytes.fetch_add((pages - pages_before) * frame_bytes, Ordering::Relaxed);
        pages_before = pages;
        if pages >= CHECKPOINT_PAGES {
            log.checkpoint()?;
            // Nobody reads meanwhile, so the whole log was checkpointed and the next commit begins it anew.
            pages_before = 0;
        }
        Ok(())
    }))
}

/// Replaces `text` by words that begin with `word` and `number` and are exactly `bytes` long.
fn fill(text: &mut String, word: &str, number: u64, bytes: usize) {
    text.clear();
    // Writing to a string cannot fail.
    let _ = write!(text, "{{\"{word}\":{number},\"rest\":\"");
    while text.len() < bytes - 2 {
        text.push('.');
    }
    text.push_str("\"}");
}

struct Statements<'connection> {
    purchase: Statement<'connection>,
    line: Statement<'connection>,
    posting: Statement<'connection>,
    state: Statement<'connection>,
    event: Statement<'connection>,
}

impl<'connection> Statements<'connection> {
    fn prepare(connection: &'connection Connection) -> rusqlite::Result<Self> {
        Ok(Statements {
            purchase: connection.prepare(
                "INSERT INTO purchase (id, member_id, store_id, at_ms, amount_minor, number) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            line: connection.prepare(
                "INSERT INTO line (id, purchase_id, sku, category, quantity, amount_minor) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            posting: connection
                .prepare("INSERT INTO posting (id, entry_id, holder_id, asset, amount) VALUES (?1, ?2, ?3, ?4, ?5)")?,
            state: connection
                .prepare("UPDATE state SET version = version + 1, balance = balance + ?2, body = ?3 WHERE member_id = ?1")?,
            event: connection.prepare("INSERT INTO event (id, kind, body) VALUES (?1, ?2, ?3)")?,
        })
    }

    /// Purchase number `purchase` of `member_id`; ids grow with time. `text` is a buffer to reuse.
    fn write_purchase(&mut self, purchase: u64, member_id: u64, random: &mut Random, text: &mut String) -> rusqlite::Result<()> {
        let (id, member_id) = (purchase as i64, member_id as i64);
        let amounts_minor = [0; 3].map(|_: i64| 100 + random.below(50_000) as i64);
        let total_minor: i64 = amounts_minor.iter().sum();
        let points = total_minor / 100;
        text.clear();
        let _ = write!(text, "N{purchase:019}");
        let store_id = 1 + random.below(STORES) as i64;
        let at_ms = FIRST_PURCHASE_AT_MS + id * 10;
        self.purchase.execute(params![id, member_id, store_id, at_ms, total_minor, text.as_str()])?;
        for (index, amount_minor) in (0_i64..).zip(amounts_minor) {
            let product = random.below(20_000);
            text.clear();
            let _ = write!(text, "SKU-{product:06}");
            let category = CATEGORIES[(product % CATEGORIES.len() as u64) as usize];
            self.line.execute(params![id * 3 + index, id, text.as_str(), category, 1, amount_minor])?;
        }
        self.posting.execute(params![id * 2, id, 0, "points", -points])?;
        self.posting.execute(params![id * 2 + 1, id, member_id, "points", points])?;
        fill(text, "lots", purchase, STATE_BODY_BYTES);
        self.state.execute(params![member_id, points, text.as_str()])?;
        fill(text, "purchase", purchase, EVENT_BODY_BYTES);
        self.event.execute(params![id, "purchase_posted", text.as_str()])?;
        Ok(())
    }
}

const CATEGORIES: [&str; 8] = ["bakery", "beverages", "cosmetics", "dairy", "household", "jewellery", "produce", "stationery"];

#[cfg(test)]
mod tests {
    use super::*;

    fn number(raw: &RawReference, question: &str) -> i64 {
        raw.connection.query_row(question, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn every_purchase_writes_what_the_reference_says() {
        let folder = crate::folder::TemporaryFolder::new("raw").unwrap();
        let mut raw = RawReference::prepare(folder.path(), 500, 1).unwrap();
        let first = raw.run(10_500).unwrap();
        assert_eq!(first.purchases, 10_500);
        raw.run(500).unwrap();
        let facts = [
            ("SELECT count(*) FROM purchase", 11_000),
            ("SELECT count(*) FROM line", 33_000),
            ("SELECT count(*) FROM posting", 22_000),
            ("SELECT count(*) FROM event", 11_000),
            ("SELECT count(*) FROM state", 500),
            ("SELECT sum(version) - 500 FROM state", 11_000),
            ("SELECT sum(amount) FROM posting", 0),
            ("SELECT sum(balance) FROM state", number(&raw, "SELECT sum(amount_minor / 100) FROM purchase")),
            ("SELECT sum(amount_minor) FROM line", number(&raw, "SELECT sum(amount_minor) FROM purchase")),
            ("SELECT min(length(body)) FROM state", 200),
            ("SELECT max(length(body)) FROM state", 200),
            ("SELECT max(length(body)) FROM event", 120),
            ("SELECT max(length(number)) FROM purchase", 20),
            ("PRAGMA synchronous", 2),
            ("PRAGMA page_size", 4096),
        ];
        for (question, expected) in facts {
            assert_eq!(number(&raw, question), expected, "{question}");
        }
    }

    #[test]
    fn the_log_is_counted_by_commit_and_across_checkpoints() {
        let folder = crate::folder::TemporaryFolder::new("raw-log").unwrap();
        let mut raw = RawReference::prepare(folder.path(), 100, 1).unwrap();
        // The log was emptied after the members were loaded, so its size is what one small commit wrote.
        let small = raw.run(50).unwrap();
        let file_bytes = std::fs::metadata(folder.path().join("raw.db-wal")).unwrap().len();
        assert_eq!(small.log_bytes + 32, file_bytes);
        let large = raw.run(20_000).unwrap();
        let data_bytes = number(&raw, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
        assert!(large.log_bytes > data_bytes as u64, "{} of {data_bytes}", large.log_bytes);
        assert!(large.log_bytes < 2 * data_bytes as u64, "{} of {data_bytes}", large.log_bytes);
    }

    #[test]
    fn the_same_seed_writes_the_same_purchases() {
        let sum = |seed| {
            let folder = crate::folder::TemporaryFolder::new("raw-seed").unwrap();
            let mut raw = RawReference::prepare(folder.path(), 100, seed).unwrap();
            raw.run(1_000).unwrap();
            number(&raw, "SELECT sum(member_id * amount_minor + store_id) FROM purchase")
        };
        assert_eq!(sum(5), sum(5));
        assert_ne!(sum(5), sum(6));
    }
}

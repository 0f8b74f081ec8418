//! The database held against the oracle's books.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, ensure};
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, PurchaseId};
use danggol_core::ledger::Purse;
use danggol_store::Conn;
use danggol_store::dump::{Cell, each_row};
use danggol_store::schema::{ACCOUNT_TOTAL, ENTRY, HOLDER, IDEMPOTENCY, POSTING, PURCHASE, PURCHASE_NUMBER, Table};

use super::{Book, Oracle, stored};

fn rows(conn: &mut Conn, table: &Table, columns: &[&str]) -> anyhow::Result<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    each_row(conn, table, columns, |row| rows.push(row))?;
    Ok(rows)
}

fn int(row: &[Cell], at: usize) -> anyhow::Result<i64> {
    row.get(at).and_then(Cell::int).context("a number")
}

fn text(row: &[Cell], at: usize) -> anyhow::Result<String> {
    Ok(row.get(at).and_then(Cell::text).context("a text")?.to_owned())
}

/// What the postings sum to: by holder and asset, and by account and asset.
struct Sums {
    of_holders: BTreeMap<(i64, String), i64>,
    of_accounts: BTreeMap<(String, String), i64>,
    entries: BTreeSet<(i64, i64)>,
}

fn sums(conn: &mut Conn) -> anyhow::Result<Sums> {
    let mut sums = Sums { of_holders: BTreeMap::new(), of_accounts: BTreeMap::new(), entries: BTreeSet::new() };
    for row in rows(conn, &POSTING, &["entry_id", "holder_id", "asset", "source", "target", "amount"])? {
        let (entry, holder, amount) = (int(&row, 0)?, int(&row, 1)?, int(&row, 5)?);
        let (asset, source, target) = (text(&row, 2)?, text(&row, 3)?, text(&row, 4)?);
        ensure!(amount > 0 && source != target, "{row:?} moves nothing");
        sums.entries.insert((entry, holder));
        for (account, amount) in [(source, -amount), (target, amount)] {
            *sums.of_accounts.entry((account.clone(), asset.clone())).or_default() += amount;
            if account == "holder" {
                *sums.of_holders.entry((holder, asset.clone())).or_default() += amount;
            }
        }
    }
    Ok(sums)
}

impl Oracle {
    /// Holds the database to everything that was acknowledged, and nothing else. `now_ms` is the moment of the newest answer.
    pub fn verify(&self, conn: &mut Conn, now_ms: i64) -> anyhow::Result<()> {
        let sums = sums(conn)?;
        self.verify_holders(conn, &sums, now_ms)?;
        self.verify_log(conn, &sums)?;
        verify_accounts(conn, &sums)
    }

    fn verify_holders(&self, conn: &mut Conn, sums: &Sums, now_ms: i64) -> anyhow::Result<()> {
        let kept = rows(conn, &HOLDER, &["holder_id", "points", "last_entry_id", "state", "tier"])?;
        let holders: Vec<HolderId> = kept.iter().map(|row| int(row, 0).map(HolderId)).collect::<Result<_, _>>()?;
        let expected: Vec<HolderId> = self.books.iter().filter(|(_, book)| book.state.is_some()).map(|(id, _)| *id).collect();
        ensure!(holders == expected, "holders {holders:?} instead of {expected:?}");
        for row in &kept {
            let holder = HolderId(int(row, 0)?);
            let state: HolderState = serde_json::from_str(&text(row, 3)?)?;
            let sum = |asset: &str| sums.of_holders.get(&(holder.0, asset.to_owned())).copied().unwrap_or(0);
            let newest = self.entries.iter().filter(|(_, of)| **of == holder).map(|(id, _)| id.0).max();
            let book = &self.books[&holder];
            let check = || -> anyhow::Result<()> {
                book.verify(&state, [sum("points"), sum("growth")], now_ms)?;
                book.verify_value(&state, [sum("value_principal"), sum("value_bonus")], now_ms)?;
                ensure!(int(row, 1)? == book.points, "the column of points has {}", int(row, 1)?);
                ensure!(Some(int(row, 2)?) == newest, "the newest entry is {}", int(row, 2)?);
                ensure!(
                    row[4].text() == state.tier.as_ref().map(|tier| tier.code.as_str()),
                    "the column of the tier has {:?}",
                    row[4]
                );
                Ok(())
            };
            check().with_context(|| format!("{holder} {state:?}"))?;
        }
        Ok(())
    }

    fn verify_log(&self, conn: &mut Conn, sums: &Sums) -> anyhow::Result<()> {
        let mut entries: BTreeMap<EntryId, HolderId> = BTreeMap::new();
        for row in rows(conn, &ENTRY, &["entry_id", "holder_id"])? {
            entries.insert(EntryId(int(&row, 0)?), HolderId(int(&row, 1)?));
        }
        for row in rows(conn, &PURCHASE, &["purchase_id", "holder_id", "returned_minor", "returned_quantity"])? {
            let id = PurchaseId(int(&row, 0)?);
            let sale = self.sales.get(&id).with_context(|| format!("{id} was never acknowledged"))?;
            let back = (int(&row, 2)?, int(&row, 3)?);
            ensure!(back == (sale.back.amount_minor, sale.back.pieces), "{id}: {back:?} came back instead of {:?}", sale.back);
            ensure!(entries.insert(EntryId(id.0), HolderId(int(&row, 1)?)).is_none(), "{id} is in the log twice");
        }
        ensure!(entries == self.entries, "the log has other entries than were acknowledged");
        for (entry, holder) in &sums.entries {
            ensure!(self.entries.get(&EntryId(*entry)) == Some(&HolderId(*holder)), "postings of {entry} without it");
        }
        let numbers = rows(conn, &PURCHASE_NUMBER, &["number", "purchase_id", "input_hash"])?;
        ensure!(numbers.len() == self.numbers.len(), "{} numbers instead of {}", numbers.len(), self.numbers.len());
        for row in numbers {
            let expected = self.numbers.get(&text(&row, 0)?);
            ensure!(expected == Some(&(PurchaseId(int(&row, 1)?), int(&row, 2)?)), "{row:?} instead of {expected:?}");
        }
        let keys = rows(conn, &IDEMPOTENCY, &["key", "result_id", "input_hash"])?;
        ensure!(keys.len() == self.keys.len(), "{} keys instead of {}", keys.len(), self.keys.len());
        for row in keys {
            let expected = self.keys.get(&text(&row, 0)?);
            ensure!(expected == Some(&(EntryId(int(&row, 1)?), int(&row, 2)?)), "{row:?} instead of {expected:?}");
        }
        Ok(())
    }
}

/// Totals equal the sums of the postings, and all accounts of an asset sum to zero.
fn verify_accounts(conn: &mut Conn, sums: &Sums) -> anyhow::Result<()> {
    let mut totals: BTreeMap<(String, String), i64> = BTreeMap::new();
    for row in rows(conn, &ACCOUNT_TOTAL, &["account", "asset", "amount"])? {
        *totals.entry((text(&row, 0)?, text(&row, 1)?)).or_default() += int(&row, 2)?;
    }
    ensure!(totals == sums.of_accounts, "totals {totals:?} instead of {:?}", sums.of_accounts);
    for (account, asset) in totals.keys() {
        stored::check_account(asset, account)?;
    }
    for asset in ["points", "growth", "value_principal", "value_bonus"] {
        let sum: i64 = totals.iter().filter(|((_, of), _)| of == asset).map(|(_, amount)| amount).sum();
        ensure!(sum == 0, "the accounts of {asset} sum to {sum}");
    }
    Ok(())
}

impl Book {
    /// The state of a holder says the same as the books and as the sums of her postings.
    pub(super) fn verify(&self, state: &HolderState, sums: [i64; 2], now_ms: i64) -> anyhow::Result<()> {
        ensure!(self.state.as_ref() == Some(state), "the newest answer had {:?}", self.state);
        ensure!(
            sums == [self.points, self.growth],
            "the postings sum to {sums:?} instead of {} and {}",
            self.points,
            self.growth
        );
        for (purse, balance) in [(&state.points, self.points), (&state.growth, self.growth)] {
            verify_purse(purse, balance, now_ms)?;
        }
        ensure!(state.purchases == self.purchases, "{} purchases", self.purchases);
        ensure!(state.total_minor == self.total_minor, "{} spent", self.total_minor);
        Ok(())
    }
}

impl Book {
    /// The same of stored value.
    fn verify_value(&self, state: &HolderState, sums: [i64; 2], now_ms: i64) -> anyhow::Result<()> {
        ensure!(sums == self.value, "the postings of stored value sum to {sums:?} instead of {:?}", self.value);
        verify_purse(&state.value_principal, self.value[0], now_ms)?;
        verify_purse(&state.value_bonus, self.value[1], now_ms)
    }
}

fn verify_purse(purse: &Purse, balance: i64, now_ms: i64) -> anyhow::Result<()> {
    let open: i64 = purse.lots.iter().map(|lot| lot.remaining).sum();
    ensure!(open - purse.debt == balance, "open lots of {open} less {} are not {balance}", purse.debt);
    ensure!(purse.debt >= 0 && purse.lots.iter().all(|lot| 0 < lot.remaining && lot.remaining <= lot.earned), "an odd lot");
    ensure!(purse.lots.is_sorted_by_key(|lot| lot.expires_at_ms.unwrap_or(i64::MAX)), "lots out of order");
    let usable = purse.lots.iter().any(|lot| lot.expires_at_ms.is_none_or(|at_ms| now_ms < at_ms));
    ensure!(purse.debt == 0 || !usable, "points are owed by somebody who has some");
    Ok(())
}

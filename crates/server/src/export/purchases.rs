//! Purchases as rows, a line each, and the log of everything that moved a benefit.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use danggol_core::decide::Detail;
use danggol_core::id::{EntryId, MemberId, PurchaseId};
use danggol_core::identity::IdentityKind;
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::purchase::{LineKind, PurchaseKind};
use danggol_store::identity::{self, IdentityRecord};
use danggol_store::purchase::{self, Logged, PurchaseRecord};
use danggol_store::seal::Keyring;
use danggol_store::{Conn, product};

use super::members::first_of;
use super::sheet::{Column, ColumnKind, Sheet, Value};
use super::{ExportError, Out, PAGE_ROWS};
use crate::brand::Brand;

fn columns(exponent: u32) -> Vec<Column> {
    let money = ColumnKind::Money(exponent);
    [
        ("number", ColumnKind::Text),
        ("at", ColumnKind::Time),
        ("store", ColumnKind::Text),
        ("channel", ColumnKind::Text),
        ("staff", ColumnKind::Text),
        ("member_phone", ColumnKind::Text),
        ("member_card", ColumnKind::Text),
        ("member_external", ColumnKind::Text),
        ("member_email", ColumnKind::Text),
        ("sku", ColumnKind::Text),
        ("product_name", ColumnKind::Text),
        ("category", ColumnKind::Text),
        ("quantity", ColumnKind::Number),
        ("amount", money),
        ("line_kind", ColumnKind::Text),
        ("total", money),
        ("returned_quantity", ColumnKind::Number),
        ("member", ColumnKind::Text),
        ("purchase", ColumnKind::Text),
    ]
    .into_iter()
    .map(|(name, kind)| Column::new(name, kind))
    .collect()
}

pub(super) fn write(
    conn: &mut Conn,
    keyring: &Keyring,
    brand: &Brand,
    path: &Path,
    out: &mut Out<'_>,
) -> Result<(), ExportError> {
    let mut sheet = Sheet::create(path, columns(brand.currency_exponent))?;
    let mut after = PurchaseId(0);
    loop {
        let page = purchase::page(conn, after, PAGE_ROWS as i64)?;
        let mut members: Vec<MemberId> = page.iter().map(|purchase| purchase.member).collect();
        members.sort_unstable();
        members.dedup();
        let members = identity::of_members(conn, keyring, &members)?;
        let names = names(conn, &page)?;
        for record in &page {
            write_purchase(&mut sheet, record, &members, &names)?;
            out.wrote(record.lines.len() as u64);
        }
        match page.last() {
            Some(last) => after = last.id,
            None => return sheet.finish(),
        }
    }
}

/// The names of the products of some purchases, by number.
fn names(conn: &mut Conn, purchases: &[PurchaseRecord]) -> Result<HashMap<String, String>, ExportError> {
    let mut skus: Vec<&str> = purchases.iter().flat_map(|purchase| &purchase.lines).map(|line| line.sku.as_str()).collect();
    skus.sort_unstable();
    skus.dedup();
    let known = product::find(conn, skus)?;
    Ok(known.into_iter().filter_map(|product| Some((product.sku, product.name?))).collect())
}

fn write_purchase(
    sheet: &mut Sheet,
    record: &PurchaseRecord,
    members: &BTreeMap<MemberId, Vec<IdentityRecord>>,
    names: &HashMap<String, String>,
) -> Result<(), ExportError> {
    let identities = members.get(&record.member).map_or(&[][..], Vec::as_slice);
    let known_by = |kind| Value::opt_text(first_of(identities, kind));
    let number = record.external_no.clone().unwrap_or_else(|| record.id.to_string());
    for (place, line) in record.lines.iter().enumerate() {
        let kind = match line.kind {
            LineKind::Sale => "sale",
            LineKind::Gift => "gift",
            LineKind::Adjustment => "adjustment",
        };
        sheet.write(&[
            Value::text(number.as_str()),
            Value::Number(record.occurred_at_ms),
            Value::opt_text(record.store.as_deref()),
            Value::text(record.channel.as_str()),
            Value::opt_text(record.staff.as_deref()),
            known_by(IdentityKind::Phone),
            known_by(IdentityKind::Card),
            known_by(IdentityKind::External),
            known_by(IdentityKind::Email),
            Value::text(line.sku.as_str()),
            Value::opt_text(names.get(&line.sku).map(String::as_str)),
            Value::opt_text(line.category.as_deref()),
            Value::Number(line.quantity),
            Value::Number(line.amount_minor),
            Value::text(kind),
            Value::Number(record.amount_minor),
            Value::Number(record.returned.quantities.get(place).copied().unwrap_or(0)),
            Value::text(record.member.to_string()),
            Value::text(record.id.to_string()),
        ])?;
    }
    Ok(())
}

/// What the postings of an entry did to the member's balance of an asset.
fn change(postings: &[Posting], asset: Asset) -> i64 {
    let of_holder = |account| i64::from(account == Account::Holder);
    let moved = postings.iter().filter(|posting| posting.asset == asset);
    moved.map(|posting| posting.amount * (of_holder(posting.to) - of_holder(posting.from))).sum()
}

pub(super) fn write_log(conn: &mut Conn, brand: &Brand, path: &Path, out: &mut Out<'_>) -> Result<(), ExportError> {
    let columns = [
        ("entry", ColumnKind::Text),
        ("kind", ColumnKind::Text),
        ("member", ColumnKind::Text),
        ("occurred_at", ColumnKind::Time),
        ("posted_at", ColumnKind::Time),
        ("actor", ColumnKind::Text),
        ("programme_version", ColumnKind::Number),
        ("purchase", ColumnKind::Text),
        ("number", ColumnKind::Text),
        ("amount", ColumnKind::Money(brand.currency_exponent)),
        ("points", ColumnKind::Number),
        ("growth", ColumnKind::Number),
        ("value_principal", ColumnKind::Money(brand.currency_exponent)),
        ("value_bonus", ColumnKind::Money(brand.currency_exponent)),
        ("reason", ColumnKind::Text),
    ];
    let mut sheet = Sheet::create(path, columns.map(|(name, kind)| Column::new(name, kind)).to_vec())?;
    let mut after = EntryId(0);
    loop {
        let page = purchase::log_page(conn, after, PAGE_ROWS)?;
        let postings = purchase::postings(conn, page.iter().map(Logged::id))?;
        for logged in &page {
            let postings = postings.get(&logged.id()).map_or(&[][..], Vec::as_slice);
            sheet.write(&entry(logged, postings))?;
        }
        out.wrote(page.len() as u64);
        match page.last() {
            Some(last) => after = last.id(),
            None => return sheet.finish(),
        }
    }
}

fn entry<'l>(logged: &'l Logged, postings: &[Posting]) -> Vec<Value<'l>> {
    let [points, growth, principal, bonus] = Asset::ALL.map(|asset| Value::Number(change(postings, asset)));
    match logged {
        Logged::Purchase(record) => vec![
            Value::text(logged.id().to_string()),
            Value::text(match record.kind {
                PurchaseKind::Earn => "purchase",
                PurchaseKind::History => "history",
            }),
            Value::text(record.member.to_string()),
            Value::Number(record.occurred_at_ms),
            Value::Number(record.posted_at_ms),
            Value::text(record.actor.kind.word()),
            Value::Number(record.programme_version),
            Value::text(record.id.to_string()),
            Value::opt_text(record.external_no.as_deref()),
            Value::Number(record.amount_minor),
            points,
            growth,
            principal,
            bonus,
            Value::None,
        ],
        Logged::Entry { entry, posted_at_ms } => {
            let (amount, reason) = match &entry.detail {
                Detail::Return(detail) => (Some(-detail.amount_minor), None),
                Detail::Adjustment { reason, .. } => (None, Some(reason.as_str())),
                Detail::Coupon(detail) => (None, detail.reason.as_deref()),
                Detail::Value(detail) => (Some(detail.act.moved_minor()), detail.reason.as_deref()),
                Detail::Gift(detail) => (None, detail.reason.as_deref()),
                Detail::Review { .. } | Detail::Occasion(_) | Detail::Merge(_) | Detail::Undo(_) | Detail::Share(_) => {
                    (None, None)
                }
            };
            vec![
                Value::text(entry.id.to_string()),
                Value::text(entry.detail.word()),
                Value::text(entry.member.to_string()),
                Value::Number(entry.occurred_at_ms),
                Value::Number(*posted_at_ms),
                Value::text(entry.actor.kind.word()),
                Value::Number(entry.programme_version),
                entry.purchase.map_or(Value::None, |purchase| Value::text(purchase.to_string())),
                Value::None,
                Value::opt_number(amount),
                points,
                growth,
                principal,
                bonus,
                Value::opt_text(reason),
            ]
        }
    }
}

//! The audit: everything about benefits is derived again from the log and compared with what is kept.
//!
//! Members are taken page by page, so a brand of any size needs the memory of a page. Each of them holds her own benefits, so her
//! purchases and the entries of her holder are the whole log of that holder. Who went into another is folded together with her.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use danggol_core::buy::review_at_ms;
use danggol_core::coupon::{Coupon, CouponState, HeldTemplate};
use danggol_core::decide::{Detail, Entry, Rules};
use danggol_core::gift::Reservation;
use danggol_core::holder::HolderState;
use danggol_core::id::{CouponId, EntryId, GiftId, HolderId, MemberId, PurchaseId, TemplateId};
use danggol_core::ledger::{Account, Asset, Taken};
use danggol_core::share::Side;

use crate::consent;
use crate::coupon;
use crate::db::{Conn, Row, int_array};
use crate::difference::{Difference, Figure, Place};
use crate::error::StoreError;
use crate::fold::{Folded, PersonLog, fold, in_force, shown};
use crate::gift;
use crate::member;
use crate::merge;
use crate::purchase::{self, Logged};

/// Members whose logs are in memory at once.
const PAGE_MEMBERS: i64 = 500;

/// Differences that are told of; further ones are only counted.
pub const DIFFERENCES_TOLD: usize = 1_000;

const PAGE: &str = "SELECT member_id FROM member WHERE member_id > $1 ORDER BY member_id LIMIT $2";

const HOLDERS: &str = "SELECT m.member_id, m.holder_id, h.tier, h.points, h.review_at_ms, h.last_entry_id, h.state, m.merged_into \
     FROM member m LEFT JOIN holder h ON h.holder_id = m.member_id \
     WHERE m.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY m.member_id";

const STRAY_PURCHASES: &str = "SELECT p.purchase_id, p.member_id FROM purchase p LEFT JOIN member m ON m.member_id = p.member_id \
     WHERE m.member_id IS NULL ORDER BY p.purchase_id LIMIT $1";

const STRAY_ENTRIES: &str = "SELECT e.entry_id, e.holder_id FROM entry e LEFT JOIN member m ON m.member_id = e.holder_id \
     WHERE m.member_id IS NULL ORDER BY e.entry_id LIMIT $1";

const STRAY_HOLDERS: &str = "SELECT h.holder_id, h.holder_id FROM holder h LEFT JOIN member m ON m.member_id = h.holder_id \
     WHERE m.member_id IS NULL ORDER BY h.holder_id LIMIT $1";

const STRAY_POSTINGS: &str = "SELECT DISTINCT p.entry_id FROM posting p \
     WHERE NOT EXISTS (SELECT 1 FROM purchase b WHERE b.purchase_id = p.entry_id) \
     AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.entry_id = p.entry_id) ORDER BY p.entry_id LIMIT $1";

const STRAY_KEYS: &str = "SELECT i.key, i.result_id FROM idempotency i WHERE i.result_kind = 'entry' \
     AND NOT EXISTS (SELECT 1 FROM purchase b WHERE b.purchase_id = i.result_id) \
     AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.entry_id = i.result_id) ORDER BY i.key LIMIT $1";

const UNNUMBERED_PURCHASES: &str = "SELECT p.external_no, p.purchase_id, n.purchase_id FROM purchase p \
     LEFT JOIN purchase_number n ON n.number = p.external_no WHERE p.external_no IS NOT NULL \
     AND (n.purchase_id IS NULL OR n.purchase_id <> p.purchase_id OR n.input_hash <> p.input_hash) ORDER BY p.purchase_id LIMIT $1";

const STRAY_NUMBERS: &str = "SELECT n.number, n.purchase_id FROM purchase_number n LEFT JOIN purchase p ON p.purchase_id = n.purchase_id \
     WHERE p.purchase_id IS NULL OR p.external_no IS NULL OR p.external_no <> n.number ORDER BY n.number LIMIT $1";

const MOVEMENTS: &str = "SELECT asset, source, target, CAST(SUM(amount) AS BIGINT) FROM posting GROUP BY asset, source, target";

const TOTALS: &str = "SELECT account, asset, CAST(SUM(amount) AS BIGINT) FROM account_total GROUP BY account, asset";

const COMMITS: &str = "SELECT w.writer_id, w.last_sequence, COUNT(c.sequence), MIN(c.sequence), MAX(c.sequence) \
     FROM writer w LEFT JOIN commit_event c ON c.writer_id = w.writer_id GROUP BY w.writer_id, w.last_sequence ORDER BY w.writer_id";

const COUPON_COUNTS: &str = "SELECT n.template_id, n.issued, n.used, n.off_minor, COUNT(c.coupon_id), \
     COUNT(CASE WHEN c.state = 'used' THEN 1 END), CAST(COALESCE(SUM(c.off_minor), 0) AS BIGINT) \
     FROM coupon_count n LEFT JOIN coupon c ON c.template_id = n.template_id \
     GROUP BY n.template_id, n.issued, n.used, n.off_minor ORDER BY n.template_id";

const GIFT_STOCKS: &str = "SELECT s.gift_id, s.store, s.reserved, s.handed, COUNT(CASE WHEN r.state = 'reserved' THEN 1 END), \
     COUNT(CASE WHEN r.state = 'handed' THEN 1 END) FROM gift_stock s \
     LEFT JOIN gift_reservation r ON r.gift_id = s.gift_id AND r.store = s.store \
     GROUP BY s.gift_id, s.store, s.reserved, s.handed ORDER BY s.gift_id, s.store";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[
    PAGE,
    HOLDERS,
    STRAY_PURCHASES,
    STRAY_ENTRIES,
    STRAY_HOLDERS,
    STRAY_POSTINGS,
    STRAY_KEYS,
    UNNUMBERED_PURCHASES,
    STRAY_NUMBERS,
    MOVEMENTS,
    TOTALS,
    COMMITS,
    COUPON_COUNTS,
    GIFT_STOCKS,
];

/// What an audit looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audited {
    /// Members whose logs were folded.
    pub members: u64,
    /// Purchases.
    pub purchases: u64,
    /// Entries that are not purchases.
    pub entries: u64,
    /// What differs; the first [`DIFFERENCES_TOLD`] of it.
    pub differences: Vec<Difference>,
    /// How much differs.
    pub differing: u64,
}

impl Audited {
    fn tell(&mut self, difference: Difference) {
        self.differing += 1;
        if self.differences.len() < DIFFERENCES_TOLD {
            self.differences.push(difference);
        }
    }

    fn check(&mut self, place: Place, figure: Figure, kept: String, derived: String) {
        if kept != derived {
            self.tell(Difference { place, figure, kept, derived });
        }
    }
}

/// A holder as a page shows it.
struct KeptHolder {
    holder: HolderId,
    /// Who holds what the member has now.
    home: HolderId,
    /// Into whom she went.
    merged_into: Option<MemberId>,
    row: Option<HolderRow>,
}

/// The state row of a holder.
struct HolderRow {
    columns: Columns,
    state: Option<HolderState>,
    text: String,
}

/// What stands beside the state so that it can be searched.
#[derive(serde::Serialize)]
struct Columns {
    tier: Option<String>,
    points: i64,
    review_at_ms: Option<i64>,
    last_entry: i64,
}

/// Derives everything again and compares. `rules` are those of the brand as it stands, with every version ever published. Run it in
/// one [`Conn::snapshot`], so that a server may go on writing. `progress` is told after every page.
pub fn audit(conn: &mut Conn, rules: &Rules, mut progress: impl FnMut(&Audited)) -> Result<Audited, StoreError> {
    let mut audited = Audited::default();
    let mut rules = rules.clone();
    let mut after = 0;
    let merged = merge::absorbed(conn)?;
    let templates = coupon::templates_for_fold(conn)?;
    let mut shares = Shares::default();
    loop {
        let page = conn.query(PAGE, &[after.into(), PAGE_MEMBERS.into()], |row| Ok(MemberId(row.int(0)?)))?;
        let Some(last) = page.last() else { break };
        after = last.0;
        audit_page(conn, &mut rules, (&page, &merged), (&templates, &mut shares), &mut audited)?;
        progress(&audited);
    }
    shares.tell(&mut audited);
    audit_strays(conn, &mut audited)?;
    audit_numbers(conn, &mut audited)?;
    audit_sums(conn, &mut audited)?;
    audit_coupon_counts(conn, &mut audited)?;
    audit_gift_stocks(conn, &mut audited)?;
    audit_commits(conn, &mut audited)?;
    Ok(audited)
}

fn kept_holder(row: &Row<'_>) -> Result<KeptHolder, StoreError> {
    let kept = match row.opt_text(6)? {
        None => None,
        Some(text) => Some(HolderRow {
            columns: Columns {
                tier: row.opt_text(2)?,
                points: row.int(3)?,
                review_at_ms: row.opt_int(4)?,
                last_entry: row.int(5)?,
            },
            state: serde_json::from_str(&text).ok(),
            text,
        }),
    };
    Ok(KeptHolder {
        holder: HolderId(row.int(0)?),
        home: HolderId(row.int(1)?),
        merged_into: row.opt_int(7)?.map(MemberId),
        row: kept,
    })
}

/// The persons of a page: whoever went into another comes with her, and is left out where she stands herself.
fn audit_page(
    conn: &mut Conn,
    rules: &mut Rules,
    (page, merged): (&[MemberId], &BTreeMap<MemberId, MemberId>),
    (templates, shares): (&HashMap<TemplateId, HeldTemplate>, &mut Shares),
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let mut person: HashMap<MemberId, MemberId> =
        page.iter().filter(|member| !merged.contains_key(member)).map(|member| (*member, *member)).collect();
    let gone = merged.iter().filter(|(_, keeper)| person.contains_key(keeper));
    person.extend(gone.map(|(gone, keeper)| (*gone, *keeper)).collect::<Vec<_>>());
    let wanted = int_array(person.keys().map(|member| member.0));
    let members = conn.query(HOLDERS, &[(&wanted).into()], kept_holder)?;
    let mut logs: BTreeMap<MemberId, Vec<Logged>> = person.values().map(|keeper| (*keeper, Vec::new())).collect();
    let mut note = |of: MemberId, logged: Logged| {
        if let Some(log) = person.get(&of).and_then(|keeper| logs.get_mut(keeper)) {
            log.push(logged);
        }
    };
    for record in purchase::of_members(conn, &person.keys().copied().collect::<Vec<_>>())? {
        audited.purchases += 1;
        // By member, not by what the purchase says of its holder: that is to be found wrong, not to be missed.
        note(record.member, Logged::Purchase(Box::new(record)));
    }
    let holders: Vec<HolderId> = members.iter().map(|kept| kept.holder).collect();
    for logged in purchase::entries_of(conn, &holders)? {
        audited.entries += 1;
        if let Logged::Entry { entry, .. } = &logged {
            shares.meet(entry);
            note(MemberId(entry.holder.0), logged);
        }
    }
    let ids: Vec<EntryId> = logs.values().flatten().map(Logged::id).collect();
    let postings = purchase::postings(conn, ids)?;
    let mut derived: HashMap<HolderId, Derived> = HashMap::new();
    let (mut coupons, mut gifts): (Vec<Coupon>, Vec<Reservation>) = (Vec::new(), Vec::new());
    for entries in logs.values_mut() {
        entries.sort_by_key(Logged::id);
        let log = PersonLog { entries, postings: &postings, templates };
        let Folded { states, coupons: told, reservations } = fold(rules, &log, &mut |difference| audited.tell(difference));
        coupons.extend(told);
        gifts.extend(reservations);
        for (holder, state) in states {
            let newest = entries.iter().rev().find(|logged| logged.holder() == holder);
            // When to look again follows from the version of then.
            if let Some(version) = newest.and_then(|logged| rules.versions.get(&in_force(logged).0)) {
                rules.current = Arc::clone(version);
            }
            let review_at_ms = review_at_ms(rules, &state);
            derived.insert(holder, Derived { state, review_at_ms, newest: newest.map_or(0, |logged| logged.id().0) });
        }
    }
    for kept in &members {
        audited.members += 1;
        let merged_into = person.get(&MemberId(kept.holder.0)).filter(|keeper| keeper.0 != kept.holder.0);
        let shown = |into: Option<&MemberId>, home: HolderId| format!("{:?} {home}", into.map(MemberId::to_string));
        let home = merged_into.map_or(kept.holder, |keeper| HolderId(keeper.0));
        let (now, due) = (shown(kept.merged_into.as_ref(), kept.home), shown(merged_into, home));
        audited.check(Place::Holder(kept.holder), Figure::Owner, now, due);
        compare_holder(kept, derived.remove(&kept.holder), audited);
    }
    audit_consents(conn, person.keys(), audited)?;
    audit_gifts(conn, person.keys(), &gifts, audited)?;
    audit_coupons(conn, person.keys(), &coupons, audited)
}

/// What holds of some persons' consents follows from all that they said.
fn audit_consents<'a>(
    conn: &mut Conn,
    members: impl Iterator<Item = &'a MemberId>,
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let people: BTreeSet<MemberId> = members.copied().collect();
    let mut told = consent::derive(conn, &people)?;
    for record in member::files(conn, &people.iter().copied().collect::<Vec<_>>())? {
        let derived = told.remove(&record.id).unwrap_or_default();
        audited.check(Place::Member(record.id), Figure::Consents, shown(&record.consents), shown(&derived));
    }
    Ok(())
}

/// The gifts that some persons put aside follow from their logs.
fn audit_gifts<'a>(
    conn: &mut Conn,
    members: impl Iterator<Item = &'a MemberId>,
    told: &[Reservation],
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let said = |reservation: &Reservation| {
        let Reservation { gift, member, store, delivery, state, expires_at_ms, .. } = reservation;
        shown(&(gift, member, store, delivery, state, expires_at_ms))
    };
    let kept = gift::of_members(conn, members, i64::MAX)?;
    let mut both: BTreeMap<_, [Option<String>; 2]> = BTreeMap::new();
    kept.iter().for_each(|record| both.entry(record.reservation.id).or_default()[0] = Some(said(&record.reservation)));
    told.iter().for_each(|reservation| both.entry(reservation.id).or_default()[1] = Some(said(reservation)));
    for (id, sides) in both {
        let [kept, derived] = sides.map(|side| side.unwrap_or_else(|| "-".to_owned()));
        audited.check(Place::Reservation(id), Figure::Gift, kept, derived);
    }
    Ok(())
}

/// What a store has put aside and handed out of a gift is what its reservations come to.
fn audit_gift_stocks(conn: &mut Conn, audited: &mut Audited) -> Result<(), StoreError> {
    conn.query_each(GIFT_STOCKS, &[], |row| {
        let two = |first: usize| -> Result<String, StoreError> { Ok(shown(&[row.int(first)?, row.int(first + 1)?])) };
        audited.check(Place::Stock(GiftId(row.int(0)?), row.text(1)?), Figure::GiftStock, two(2)?, two(4)?);
        Ok(())
    })
}

/// Points that went from one member of a household to another and of which only one side has been met: by the purchase, who gave and who
/// took. Both sides say the same lots.
#[derive(Default)]
struct Shares(BTreeMap<(PurchaseId, MemberId, MemberId), Met>);

/// One side of such points.
struct Met {
    entry: EntryId,
    side: Side,
    lots: Vec<Taken>,
}

impl Shares {
    fn meet(&mut self, entry: &Entry) {
        let Detail::Share(detail) = &entry.detail else { return };
        let purchase = entry.purchase.unwrap_or(PurchaseId(0));
        let key = match detail.side {
            Side::Gives => (purchase, entry.member, detail.other),
            Side::Takes => (purchase, detail.other, entry.member),
        };
        match self.0.remove(&key) {
            Some(other) if other.side != detail.side && other.lots == detail.lots => {}
            Some(other) => {
                self.0.insert(key, other);
            }
            None => {
                self.0.insert(key, Met { entry: entry.id, side: detail.side, lots: detail.lots.clone() });
            }
        }
    }

    /// What has no other side.
    fn tell(self, audited: &mut Audited) {
        for Met { entry, lots, .. } in self.0.into_values() {
            audited.check(Place::Entry(entry), Figure::Share, shown(&lots), "-".to_owned());
        }
    }
}

/// What is kept of a coupon, and what follows from the log, in one form. When it was given a log does not always say.
fn shown_coupon(coupon: &Coupon) -> String {
    let Coupon { template, member, state, from_day, until_day, purchase, off_minor, .. } = coupon;
    shown(&(template, member, state, from_day, until_day, purchase, off_minor))
}

/// The coupons of some persons follow from their logs. One that was used while she was one with somebody whom she has left again stands with
/// that somebody's purchase, and may be told of in both logs.
fn audit_coupons<'a>(
    conn: &mut Conn,
    members: impl Iterator<Item = &'a MemberId>,
    told: &[Coupon],
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let kept = coupon::of_members(conn, members, i64::MAX)?;
    let kept: BTreeMap<CouponId, Coupon> = kept.into_iter().map(|record| (record.coupon.id, record.coupon)).collect();
    let mut derived: BTreeMap<CouponId, Vec<&Coupon>> = BTreeMap::new();
    told.iter().for_each(|coupon| derived.entry(coupon.id).or_default().push(coupon));
    for (id, kept) in &kept {
        let due = derived.get(id).map_or(&[][..], Vec::as_slice);
        if due.iter().any(|due| shown_coupon(due) == shown_coupon(kept)) {
            continue;
        }
        let unused = Coupon { state: CouponState::Issued, purchase: None, off_minor: 0, ..kept.clone() };
        let elsewhere = kept.state == CouponState::Used && due.iter().any(|due| shown_coupon(due) == shown_coupon(&unused));
        if elsewhere && names_coupon(conn, kept)? {
            continue;
        }
        let due = due.first().map_or("-".to_owned(), |due| shown_coupon(due));
        audited.check(Place::Coupon(*id), Figure::Coupon, shown_coupon(kept), due);
    }
    let others: Vec<&Coupon> = told.iter().filter(|coupon| !kept.contains_key(&coupon.id)).collect();
    let rows = if others.is_empty() {
        Vec::new()
    } else {
        coupon::find(conn, &others.iter().map(|coupon| coupon.id).collect::<Vec<_>>())?
    };
    for due in others {
        let row = rows.iter().map(|record| &record.coupon).find(|coupon| coupon.id == due.id);
        let agrees = row.is_some_and(|row| {
            (due.member.is_none() || row.member.is_some()) && (due.purchase.is_none() || row.purchase == due.purchase)
        });
        if !agrees {
            let kept = row.map_or("-".to_owned(), shown_coupon);
            audited.check(Place::Coupon(due.id), Figure::Coupon, kept, shown_coupon(due));
        }
    }
    Ok(())
}

/// Whether the purchase that a coupon names names the coupon.
fn names_coupon(conn: &mut Conn, coupon: &Coupon) -> Result<bool, StoreError> {
    let Some(purchase) = coupon.purchase else { return Ok(false) };
    let found = purchase::find(conn, &[purchase])?;
    let priced = found.iter().flat_map(|record| &record.award.offers).flat_map(|priced| &priced.coupons);
    Ok(priced.map(|presented| presented.coupon).any(|id| id == coupon.id))
}

/// What is counted of each template is what its coupons come to.
fn audit_coupon_counts(conn: &mut Conn, audited: &mut Audited) -> Result<(), StoreError> {
    conn.query_each(COUPON_COUNTS, &[], |row| {
        let three = |first: usize| -> Result<String, StoreError> {
            Ok(shown(&[row.int(first)?, row.int(first + 1)?, row.int(first + 2)?]))
        };
        audited.check(Place::Template(TemplateId(row.int(0)?)), Figure::CouponCounts, three(1)?, three(4)?);
        Ok(())
    })
}

/// What follows from the log of a holder.
struct Derived {
    state: HolderState,
    review_at_ms: Option<i64>,
    newest: i64,
}

fn compare_holder(kept: &KeptHolder, derived: Option<Derived>, audited: &mut Audited) {
    let mut check = |figure, kept_text: String, derived: String| {
        audited.check(Place::Holder(kept.holder), figure, kept_text, derived);
    };
    let (row, derived) = match (&kept.row, derived) {
        (None, None) => return,
        (Some(row), Some(derived)) => (row, derived),
        (row, derived) => {
            let kept = row.as_ref().map_or("-".to_owned(), |row| row.text.clone());
            return check(Figure::State, kept, derived.map_or("-".to_owned(), |derived| shown(&derived.state)));
        }
    };
    let Derived { state: derived, review_at_ms, newest } = derived;
    let columns = Columns {
        tier: derived.tier.as_ref().map(|tier| tier.code.clone()),
        points: derived.points.balance(),
        review_at_ms,
        last_entry: newest,
    };
    check(Figure::Columns, shown(&row.columns), shown(&columns));
    let Some(state) = &row.state else { return check(Figure::State, row.text.clone(), shown(&derived)) };
    if *state == derived {
        return;
    }
    check(Figure::Points, shown(&state.points), shown(&derived.points));
    check(Figure::Growth, shown(&state.growth), shown(&derived.growth));
    let value = |state: &HolderState| shown(&(&state.value_principal, &state.value_bonus, &state.top_ups));
    check(Figure::Value, value(state), value(&derived));
    check(Figure::Tier, shown(&state.tier), shown(&derived.tier));
    check(Figure::Days, shown(&state.days), shown(&derived.days));
    check(Figure::Rankings, shown(&state.rankings), shown(&derived.rankings));
    check(Figure::Caps, shown(&state.caps), shown(&derived.caps));
    check(Figure::Purchases, shown(&state.purchases), shown(&derived.purchases));
    check(Figure::Total, shown(&state.total_minor), shown(&derived.total_minor));
    let times = |state: &HolderState| shown(&(state.first_purchase_ms, state.last_purchase_ms));
    check(Figure::PurchaseTimes, times(state), times(&derived));
}

/// Rows that belong to nothing.
fn audit_strays(conn: &mut Conn, audited: &mut Audited) -> Result<(), StoreError> {
    let most = DIFFERENCES_TOLD as i64;
    let entry = |id| Place::Entry(EntryId(id));
    let holder = |id| Place::Holder(HolderId(id));
    let strays: [(&str, &dyn Fn(i64) -> Place); 3] =
        [(STRAY_PURCHASES, &entry), (STRAY_ENTRIES, &entry), (STRAY_HOLDERS, &holder)];
    for (sql, place) in strays {
        conn.query_each(sql, &[most.into()], |row| {
            audited.check(place(row.int(0)?), Figure::Owner, MemberId(row.int(1)?).to_string(), "-".to_owned());
            Ok(())
        })?;
    }
    conn.query_each(STRAY_POSTINGS, &[most.into()], |row| {
        let id = EntryId(row.int(0)?);
        audited.check(Place::Entry(id), Figure::Entry, id.to_string(), "-".to_owned());
        Ok(())
    })?;
    conn.query_each(STRAY_KEYS, &[most.into()], |row| {
        audited.check(Place::Key(row.text(0)?), Figure::Entry, EntryId(row.int(1)?).to_string(), "-".to_owned());
        Ok(())
    })
}

/// Every number stands for one purchase, and every numbered purchase for its number.
fn audit_numbers(conn: &mut Conn, audited: &mut Audited) -> Result<(), StoreError> {
    let most = DIFFERENCES_TOLD as i64;
    conn.query_each(UNNUMBERED_PURCHASES, &[most.into()], |row| {
        let kept = row.opt_int(2)?.map_or("-".to_owned(), |id| PurchaseId(id).to_string());
        let derived = PurchaseId(row.int(1)?).to_string();
        audited.tell(Difference { place: Place::Number(row.text(0)?), figure: Figure::Purchase, kept, derived });
        Ok(())
    })?;
    conn.query_each(STRAY_NUMBERS, &[most.into()], |row| {
        audited.check(Place::Number(row.text(0)?), Figure::Purchase, PurchaseId(row.int(1)?).to_string(), "-".to_owned());
        Ok(())
    })
}

fn account(row: &Row<'_>, column: usize) -> Result<Account, StoreError> {
    let word = row.str(column)?;
    Account::from_word(word).ok_or_else(|| StoreError::Damaged(format!("the account {word}")))
}

fn asset(row: &Row<'_>, column: usize) -> Result<Asset, StoreError> {
    let word = row.str(column)?;
    Asset::from_word(word).ok_or_else(|| StoreError::Damaged(format!("the asset {word}")))
}

/// The rolled-up accounts equal the sums of the postings.
fn audit_sums(conn: &mut Conn, audited: &mut Audited) -> Result<(), StoreError> {
    let mut sums: BTreeMap<(Account, Asset), (i64, i64)> = BTreeMap::new();
    conn.query_each(MOVEMENTS, &[], |row| {
        let (asset, amount) = (asset(row, 0)?, row.int(3)?);
        sums.entry((account(row, 1)?, asset)).or_default().1 -= amount;
        sums.entry((account(row, 2)?, asset)).or_default().1 += amount;
        Ok(())
    })?;
    conn.query_each(TOTALS, &[], |row| {
        sums.entry((account(row, 0)?, asset(row, 1)?)).or_default().0 += row.int(2)?;
        Ok(())
    })?;
    for ((account, asset), (kept, derived)) in sums {
        audited.check(Place::Account(account, asset), Figure::Sum, kept.to_string(), derived.to_string());
    }
    Ok(())
}

/// The commits of every writer that are still kept end with its last one and have no gap.
fn audit_commits(conn: &mut Conn, audited: &mut Audited) -> Result<(), StoreError> {
    conn.query_each(COMMITS, &[], |row| {
        let (writer, last, count) = (row.int(0)?, row.int(1)?, row.int(2)?);
        if let (Some(first), Some(newest)) = (row.opt_int(3)?, row.opt_int(4)?) {
            let kept = format!("{first}..={newest} ({count})");
            audited.check(Place::Writer(writer), Figure::Sequence, kept, format!("{first}..={last} ({})", last - first + 1));
        }
        Ok(())
    })
}

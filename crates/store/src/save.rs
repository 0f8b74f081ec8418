//! Keeping what a batch decided: set-based writes in a fixed order of tables, and the guards that notice another writer.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use danggol_core::buy::review_at_ms;
use danggol_core::decide::{Actor, Command, Entry, Envelope, Outcome, Rules, Sink, World};
use danggol_core::earning::Award;
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, MemberId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::purchase::{KeptPurchase, Order, PurchaseKind};
use danggol_core::quote::Quote;
use serde::Serialize;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::coupon::Left;
use crate::db::Conn;
use crate::error::StoreError;
use crate::exchange::Exchange;
use crate::gift;
use crate::line::{encode_lines, encode_tenders};
use crate::schema::{ACCOUNT_TOTAL, COMMIT_EVENT, ENTRY, HOLDER, IDEMPOTENCY, POSTING, PURCHASE, PURCHASE_NUMBER};

const RETURNED: &str = "UPDATE purchase SET returned_minor = $2, returned_quantity = $3, returned = $4 WHERE purchase_id = $1";

/// A holder as the batch found it: its version is the one that was loaded.
pub(crate) const UNTOUCHED_HOLDER: Conflict = Conflict::Update {
    on: &["holder_id"],
    set: "version = excluded.version, tier = excluded.tier, points = excluded.points, \
          review_at_ms = excluded.review_at_ms, last_entry_id = excluded.last_entry_id, state = excluded.state",
    guard: Some("holder.version = excluded.version - 1"),
};

/// What is added to a total.
pub(crate) const ADDED_UP: Conflict = Conflict::Update {
    on: &["account", "asset", "writer_id"],
    set: "amount = account_total.amount + excluded.amount",
    guard: None,
};

const FENCE: &str = "UPDATE writer SET last_sequence = $3 WHERE writer_id = $1 AND instance = $2 AND last_sequence = $3 - 1";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[RETURNED, FENCE];

/// What a purchase became.
#[derive(Debug)]
pub struct Bought {
    /// The place of its command in the batch.
    pub index: usize,
    /// Who holds what it gave.
    pub holder: HolderId,
    /// What it gave.
    pub award: Award,
}

/// What a batch decided, as it will be kept.
#[derive(Debug, Default)]
pub struct Changes {
    /// Purchases.
    pub purchases: Vec<Bought>,
    /// What purchases at list prices cost, each with the place of its command.
    pub quotes: Vec<(usize, Quote)>,
    /// Other entries, each with the place of its command.
    pub entries: Vec<(usize, Entry)>,
    /// Movements, each with the place of its command.
    pub postings: Vec<(usize, Posting)>,
    /// Purchases of which more has come back.
    pub returned: Vec<(usize, KeptPurchase)>,
    /// Whose states were changed by which entries, command by command; the entry of the command itself comes last.
    pub touched: Vec<Touch>,
    /// What became of each command.
    pub outcomes: Vec<Outcome>,
}

/// A holder whose state a command changed. Most commands touch one; whoever draws points from others touches theirs as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touch {
    /// The place of the command in the batch.
    pub index: usize,
    /// Whose state.
    pub holder: HolderId,
    /// The entry of her log that says so.
    pub entry: EntryId,
}

impl Sink for Changes {
    fn purchase(&mut self, index: usize, holder: HolderId, award: Award) {
        self.purchases.push(Bought { index, holder, award });
    }

    fn quote(&mut self, index: usize, quote: Quote) {
        self.quotes.push((index, quote));
    }

    fn entry(&mut self, index: usize, entry: Entry) {
        self.entries.push((index, entry));
    }

    fn posting(&mut self, index: usize, posting: Posting) {
        self.postings.push((index, posting));
    }

    fn returned(&mut self, index: usize, purchase: &KeptPurchase) {
        self.returned.push((index, purchase.clone()));
    }

    fn touched(&mut self, index: usize, holder: HolderId, entry: EntryId) {
        self.touched.push(Touch { index, holder, entry });
    }

    fn outcome(&mut self, _: usize, outcome: Outcome) {
        self.outcomes.push(outcome);
    }
}

/// Who writes, and how many commits it has made: fenced in every commit, so that a writer whose lease was taken over keeps nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The leased number.
    pub writer_id: i64,
    /// The instance that leased it.
    pub instance: String,
    /// The number of its last commit.
    pub last_sequence: i64,
}

/// Everything that is kept together.
pub struct Batch<'a> {
    /// The rules that decided.
    pub rules: &'a Rules,
    /// The commands.
    pub commands: &'a [&'a Envelope],
    /// The states afterwards.
    pub world: &'a World,
    /// What was decided.
    pub changes: &'a Changes,
    /// UTC milliseconds of posting.
    pub now_ms: i64,
}

struct NumberRow<'a> {
    number: &'a str,
    purchase: i64,
    input_hash: i64,
    holder: HolderId,
}

impl BindRow for NumberRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(self.number);
        to.int(self.purchase);
        to.int(self.input_hash);
    }
}

struct KeyRow<'a> {
    key: &'a str,
    input_hash: i64,
    kind: &'static str,
    entry: i64,
    at_ms: i64,
    holder: HolderId,
}

impl BindRow for KeyRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(self.key);
        to.int(self.input_hash);
        to.text(self.kind);
        to.int(self.entry);
        to.int(self.at_ms);
    }
}

pub(crate) struct HolderRow {
    pub(crate) holder: HolderId,
    pub(crate) version: i64,
    pub(crate) tier: Option<String>,
    pub(crate) points: i64,
    pub(crate) review_at_ms: Option<i64>,
    pub(crate) last_entry: i64,
    pub(crate) state: String,
}

impl BindRow for HolderRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.holder.0);
        to.int(self.version);
        to.opt_text(self.tier.as_deref());
        to.int(self.points);
        to.opt_int(self.review_at_ms);
        to.int(self.last_entry);
        to.text(&self.state);
    }
}

struct PurchaseRow<'a> {
    /// As it was paid.
    order: Cow<'a, Order>,
    /// Whose it is: who bought, or the member into whom she went.
    owner: MemberId,
    bought: &'a Bought,
    actor: Actor,
    version: i64,
    posted_at_ms: i64,
    award: String,
    /// What coupons of the brand took off, in minor units.
    own_coupons_minor: i64,
}

impl BindRow for PurchaseRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let (order, award) = (&self.order, &self.bought.award);
        to.int(order.id.0);
        to.int(self.owner.0);
        to.int(self.bought.holder.0);
        to.opt_text(order.external_no.as_deref());
        to.text(&order.channel);
        to.opt_text(order.store.as_deref());
        to.opt_text(order.staff.as_deref());
        to.int(order.moment.at_ms);
        to.int(self.posted_at_ms);
        to.int(order.moment.day.into());
        to.int(order.amount_minor());
        to.int(order.discount_minor);
        to.int(award.redeemed_points);
        to.int(award.redeemed_minor);
        to.int(order.quantity());
        to.text(match order.kind {
            PurchaseKind::Earn => "earn",
            PurchaseKind::History => "history",
        });
        to.text(self.actor.kind.word());
        to.opt_int(Some(self.actor.id));
        to.opt_int(Some(self.version));
        to.text(&encode_lines(&order.lines));
        to.opt_text(encode_tenders(&order.tenders).as_deref());
        to.opt_text(Some(&self.award));
        to.int(0);
        to.int(0);
        to.opt_text(None);
        to.int(order.input_hash);
        to.opt_int((self.owner != order.member).then_some(order.member.0));
        to.int(award.offered_minor());
        to.int(order.coupon_minor.saturating_add(self.own_coupons_minor));
    }
}

pub(crate) struct EntryRow<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) posted_at_ms: i64,
    pub(crate) detail: String,
}

impl BindRow for EntryRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let entry = self.entry;
        to.int(entry.id.0);
        to.int(entry.holder.0);
        to.int(entry.member.0);
        to.text(entry.detail.word());
        to.int(entry.occurred_at_ms);
        to.int(self.posted_at_ms);
        to.text(entry.actor.kind.word());
        to.opt_int(Some(entry.actor.id));
        to.opt_int(Some(entry.programme_version));
        to.opt_int(entry.purchase.map(|purchase| purchase.0));
        to.text(&self.detail);
    }
}

pub(crate) struct PostingRow<'a> {
    pub(crate) posting: &'a Posting,
    pub(crate) seq: i64,
}

impl BindRow for PostingRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.posting.entry.0);
        to.int(self.seq);
        to.int(self.posting.holder.0);
        to.text(self.posting.asset.word());
        to.text(self.posting.from.word());
        to.text(self.posting.to.word());
        to.int(self.posting.amount);
    }
}

pub(crate) struct AccountRow {
    pub(crate) account: Account,
    pub(crate) asset: Asset,
    pub(crate) writer_id: i64,
    pub(crate) amount: i64,
}

impl BindRow for AccountRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(self.account.word());
        to.text(self.asset.word());
        to.int(self.writer_id);
        to.int(self.amount);
    }
}

struct EventRow<'a> {
    fence: &'a Fence,
    at_ms: i64,
    events: String,
}

impl BindRow for EventRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.fence.writer_id);
        to.int(self.fence.last_sequence);
        to.int(self.at_ms);
        to.text(&self.events);
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Damaged(error.to_string()))
}

/// Keeps a batch within the transaction that is open. Returns the holders whose commands met another writer: when there are any,
/// the caller must roll back, because everything was written beside what that writer left.
pub fn save(conn: &mut Conn, fence: &mut Fence, batch: &Batch<'_>) -> Result<HashSet<HolderId>, StoreError> {
    let (keys, numbers, holders) = (key_rows(batch), number_rows(batch), holder_rows(batch)?);
    let mut exchange = conn.exchange();
    let by_key = exchange.insert_rows(&IDEMPOTENCY, Conflict::Skip { on: &["key"] }, keys.iter())?;
    let by_number = exchange.insert_rows(&PURCHASE_NUMBER, Conflict::Skip { on: &["number"] }, numbers.iter())?;
    add_purchases(&mut exchange, batch)?;
    add_entries(&mut exchange, batch)?;
    add_postings(&mut exchange, fence.writer_id, batch)?;
    let left = Left::of(batch.world);
    let by_coupon = left.write(&mut exchange)?;
    let gifts = gift::Left::of(batch.world, &batch.changes.entries, batch.now_ms);
    let by_gift = gifts.write(&mut exchange)?;
    let by_holder = exchange.insert_rows(&HOLDER, UNTOUCHED_HOLDER, holders.iter())?;
    let events = add_events(&mut exchange, fence, batch)?;
    let written = exchange.finish()?;
    let mut lost: HashSet<HolderId> = written[by_key].missed.iter().map(|&position| keys[position].holder).collect();
    lost.extend(written[by_number].missed.iter().map(|&position| numbers[position].holder));
    lost.extend(written[by_holder].missed.iter().map(|&position| holders[position].holder));
    lost.extend(left.lost(by_coupon.map(|place| written[place].missed.as_slice())));
    lost.extend(gifts.lost(by_gift.map(|place| written[place].missed.as_slice())));
    if let (Some((by_fence, next)), true) = (events, lost.is_empty()) {
        if written[by_fence].count != 1 {
            return Err(StoreError::Fenced);
        }
        *fence = next;
    }
    Ok(lost)
}

/// The commands that are kept, each with the holder with whom its own entry stands; the others leave nothing to keep.
fn kept<'a>(batch: &'a Batch<'_>) -> impl Iterator<Item = (&'a Envelope, HolderId)> + use<'a> {
    batch.changes.touched.iter().filter_map(|touch| {
        let envelope = *batch.commands.get(touch.index)?;
        (touch.entry == envelope.id).then_some((envelope, touch.holder))
    })
}

fn key_rows<'a>(batch: &'a Batch<'_>) -> Vec<KeyRow<'a>> {
    let mut keys: Vec<KeyRow<'_>> = kept(batch)
        .filter_map(|(envelope, holder)| {
            let key = envelope.key.as_ref()?;
            let (entry, at_ms) = (envelope.id.0, batch.now_ms);
            Some(KeyRow { key: &key.scoped, input_hash: key.input_hash, kind: "entry", entry, at_ms, holder })
        })
        .collect();
    keys.sort_unstable_by_key(|row| row.key);
    keys
}

fn number_rows<'a>(batch: &'a Batch<'_>) -> Vec<NumberRow<'a>> {
    let mut numbers: Vec<NumberRow<'_>> = kept(batch)
        .filter_map(|(envelope, holder)| match &envelope.command {
            Command::Purchase(order) => {
                let number = order.external_no.as_deref()?;
                Some(NumberRow { number, purchase: order.id.0, input_hash: order.input_hash, holder })
            }
            _ => None,
        })
        .collect();
    numbers.sort_unstable_by_key(|row| row.number);
    numbers
}

fn holder_rows(batch: &Batch<'_>) -> Result<Vec<HolderRow>, StoreError> {
    let mut newest: BTreeMap<HolderId, i64> = BTreeMap::new();
    for touch in &batch.changes.touched {
        newest.insert(touch.holder, touch.entry.0);
    }
    let rows = newest.into_iter().filter_map(|(holder, last_entry)| {
        let held = batch.world.holders.get(&holder)?;
        Some(HolderRow::new(batch.rules, holder, (held.version + 1, last_entry), &held.state))
    });
    rows.collect()
}

impl HolderRow {
    /// The row of a state, with its version and the newest entry of its holder.
    pub(crate) fn new(
        rules: &Rules,
        holder: HolderId,
        (version, last_entry): (i64, i64),
        state: &HolderState,
    ) -> Result<Self, StoreError> {
        Ok(HolderRow {
            holder,
            version,
            tier: state.tier.as_ref().map(|tier| tier.code.clone()),
            points: state.points.balance(),
            review_at_ms: review_at_ms(rules, state),
            last_entry,
            state: json(state)?,
        })
    }
}

fn add_purchases(exchange: &mut Exchange<'_>, batch: &Batch<'_>) -> Result<(), StoreError> {
    let rows = batch.changes.purchases.iter().filter_map(|bought| {
        let envelope = batch.commands.get(bought.index)?;
        let Command::Purchase(order) = &envelope.command else { return None };
        Some(json(&bought.award).map(|award| PurchaseRow {
            order: order.at_paid_prices(&bought.award),
            owner: batch.world.keepers.get(&order.member).copied().unwrap_or(order.member),
            bought,
            actor: envelope.actor,
            version: batch.rules.current.version,
            posted_at_ms: batch.now_ms,
            award,
            own_coupons_minor: bought.award.coupon_minor(batch.rules.current.programme.offers.len()),
        }))
    });
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    exchange.insert_rows(&PURCHASE, Conflict::Fail, rows.iter())?;
    for (_, kept) in &batch.changes.returned {
        let returned = json(&kept.returned)?;
        let (amount_minor, quantity) = (kept.returned.amount_minor, kept.returned.quantity);
        exchange.execute(RETURNED, &[kept.id.0.into(), amount_minor.into(), quantity.into(), returned.as_str().into()])?;
    }
    Ok(())
}

fn add_entries(exchange: &mut Exchange<'_>, batch: &Batch<'_>) -> Result<(), StoreError> {
    let row = |(_, entry): &'_ (usize, Entry)| json(&entry.detail);
    let details = batch.changes.entries.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let rows: Vec<EntryRow<'_>> = batch
        .changes
        .entries
        .iter()
        .zip(details)
        .map(|((_, entry), detail)| EntryRow { entry, posted_at_ms: batch.now_ms, detail })
        .collect();
    exchange.insert_rows(&ENTRY, Conflict::Fail, rows.iter())?;
    Ok(())
}

fn add_postings(exchange: &mut Exchange<'_>, writer_id: i64, batch: &Batch<'_>) -> Result<(), StoreError> {
    let postings = &batch.changes.postings;
    let mut totals: BTreeMap<(Account, Asset), i64> = BTreeMap::new();
    let mut rows: Vec<PostingRow<'_>> = Vec::with_capacity(postings.len());
    for (_, posting) in postings {
        let follows = rows.last().filter(|last| last.posting.entry == posting.entry);
        rows.push(PostingRow { posting, seq: follows.map_or(0, |last| last.seq + 1) });
        *totals.entry((posting.from, posting.asset)).or_default() -= posting.amount;
        *totals.entry((posting.to, posting.asset)).or_default() += posting.amount;
    }
    exchange.insert_rows(&POSTING, Conflict::Fail, rows.iter())?;
    let totals: Vec<AccountRow> =
        totals.into_iter().map(|((account, asset), amount)| AccountRow { account, asset, writer_id, amount }).collect();
    exchange.insert_rows(&ACCOUNT_TOTAL, ADDED_UP, totals.iter())?;
    Ok(())
}

/// What kind of event an entry is.
fn kind_of(batch: &Batch<'_>, touch: &Touch) -> &'static str {
    match batch.commands.get(touch.index).filter(|envelope| envelope.id == touch.entry).map(|envelope| &envelope.command) {
        Some(Command::Purchase(_)) => "purchase",
        Some(Command::Return(_)) => "return",
        Some(Command::Adjust(_)) => "adjustment",
        Some(Command::Coupon(_)) => "coupon",
        Some(Command::Occasion(_)) => "occasion",
        Some(Command::Value(_)) => "value",
        Some(Command::Gift(_)) => "gift",
        Some(Command::Review(_) | Command::Rank(..)) => "review",
        // What a command leaves beside its own entry.
        None => "share",
    }
}

/// The outbox of a commit: `[[kind, entry, holder],…]`, version 1 of the event types. Gives the place of the answer that says whether the
/// lease still held, and the fence after this commit; none where the batch changes nothing.
fn add_events(exchange: &mut Exchange<'_>, fence: &Fence, batch: &Batch<'_>) -> Result<Option<(usize, Fence)>, StoreError> {
    let events: Vec<(&str, i64, i64)> =
        batch.changes.touched.iter().map(|touch| (kind_of(batch, touch), touch.entry.0, touch.holder.0)).collect();
    if events.is_empty() {
        return Ok(None);
    }
    let next = Fence { last_sequence: fence.last_sequence + 1, ..fence.clone() };
    let params = [next.writer_id.into(), next.instance.as_str().into(), next.last_sequence.into()];
    let by_fence = exchange.execute(FENCE, &params)?;
    let row = EventRow { fence: &next, at_ms: batch.now_ms, events: json(&events)? };
    // Whoever took the lease over may have used the number already; the fence says so.
    exchange.insert_rows(&COMMIT_EVENT, Conflict::Skip { on: &["writer_id", "sequence"] }, std::iter::once(&row))?;
    Ok(Some((by_fence, next)))
}

//! Coupons and their templates: what a batch must know of them, what it leaves, and what the brand does with them beside the log.
//!
//! What a template says never changes; how many of its coupons there are stands in a row of its own, to which each commit adds under the
//! template's caps. A coupon's row is guarded by its version, as a holder's is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use danggol_core::coupon::{
    CodeMark, Coded, Counts, Coupon, CouponAct, CouponState, HeldCoupon, HeldTemplate, Named, ReadyTemplate, Shown, Template,
};
use danggol_core::decide::{Actor, Command, Envelope, Rules, World};
use danggol_core::id::{CouponId, HolderId, MemberId, PurchaseId, TemplateId};
use danggol_core::purchase::PurchaseKind;

use crate::bulk::{BindRow, Binder, Conflict};
use crate::db::{Conn, Row, int_array};
use crate::error::StoreError;
use crate::exchange::Query;
use crate::merge;
use crate::schema::{COUPON, COUPON_COUNT, COUPON_SHARED, COUPON_TEMPLATE};

/// The columns of a coupon in the order in which [`coupon`] reads them.
macro_rules! coupons {
    ($rest:literal) => {
        concat!(
            "SELECT c.coupon_id, c.template_id, c.member_id, m.holder_id, c.state, c.from_day, c.until_day, c.purchase_id, c.off_minor, \
             c.issued_at_ms, c.version, c.code_hash, c.code_tail FROM coupon c LEFT JOIN member m ON m.member_id = c.member_id ",
            $rest
        )
    };
}

/// The columns of a template in the order in which [`template`] reads them.
macro_rules! templates {
    ($rest:literal) => {
        concat!(
            "SELECT t.template_id, t.body, t.made_at_ms, t.actor_kind, t.actor_id, n.is_open, n.issued, n.used, n.off_minor \
             FROM coupon_template t JOIN coupon_count n ON n.template_id = t.template_id ",
            $rest
        )
    };
}

const BY_ID: &str = coupons!("WHERE c.coupon_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))");
const BY_CODE: &str = coupons!("WHERE c.code_hash IN (SELECT value FROM json_each($1))");
const OF_MEMBERS: &str =
    coupons!("WHERE c.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) ORDER BY c.coupon_id DESC LIMIT $2");
const PAGE: &str = coupons!("WHERE c.template_id = $1 AND c.coupon_id < $2 ORDER BY c.coupon_id DESC LIMIT $3");
const SHARED: &str = "SELECT code, template_id FROM coupon_shared WHERE code IN (SELECT value FROM json_each($1))";
const TEMPLATES: &str = templates!("WHERE t.template_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))");
const ALL_TEMPLATES: &str = templates!("WHERE t.template_id < $1 ORDER BY t.template_id DESC LIMIT $2");
/// Of each holder and template: how many coupons there ever were, and the newest that may still be used.
const GIVEN: &str = "SELECT m.holder_id, c.template_id, COUNT(*), MAX(CASE WHEN c.state = 'issued' THEN c.coupon_id END) \
     FROM coupon c JOIN member m ON m.member_id = c.member_id \
     WHERE c.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1)) \
     AND c.template_id IN (SELECT CAST(value AS BIGINT) FROM json_each($2)) GROUP BY m.holder_id, c.template_id";
const CLOSE: &str = "UPDATE coupon_count SET is_open = 0 WHERE template_id = $1 AND is_open = 1";
const ADD_ISSUED: &str = "UPDATE coupon_count SET issued = issued + $2 \
     WHERE template_id = $1 AND is_open = 1 AND issued + $2 <= most_issued";
const VOID_UNCLAIMED: &str = "UPDATE coupon SET state = 'void', version = version + 1 \
     WHERE coupon_id = $1 AND member_id IS NULL AND state = 'issued'";

/// Every statement of this module.
pub const STATEMENTS: &[&str] =
    &[BY_ID, BY_CODE, OF_MEMBERS, PAGE, SHARED, TEMPLATES, ALL_TEMPLATES, GIVEN, CLOSE, ADD_ISSUED, VOID_UNCLAIMED];

/// A coupon as the batch found it; a code that it has stays its code.
const UNTOUCHED: Conflict = Conflict::Update {
    on: &["coupon_id"],
    set: "member_id = excluded.member_id, state = excluded.state, purchase_id = excluded.purchase_id, \
          off_minor = excluded.off_minor, version = excluded.version, \
          code_hash = COALESCE(coupon.code_hash, excluded.code_hash), code_tail = COALESCE(coupon.code_tail, excluded.code_tail)",
    guard: Some("coupon.version = excluded.version - 1"),
};

/// What is added to the counts of a template, where that is within its caps.
const WITHIN_CAPS: Conflict = Conflict::Update {
    on: &["template_id"],
    set: "issued = coupon_count.issued + excluded.issued, used = coupon_count.used + excluded.used, \
          off_minor = coupon_count.off_minor + excluded.off_minor",
    guard: Some(
        "coupon_count.issued + excluded.issued <= coupon_count.most_issued \
         AND coupon_count.used + excluded.used <= coupon_count.most_used \
         AND coupon_count.off_minor + excluded.off_minor <= coupon_count.budget_minor \
         AND (excluded.issued = 0 OR coupon_count.is_open = 1)",
    ),
};

/// A coupon as readers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponRecord {
    /// As it stands.
    pub coupon: Coupon,
    /// The last characters of its code, where it has one of its own.
    pub code_tail: Option<String>,
}

/// A template as readers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateRecord {
    /// What it says.
    pub ready: Arc<ReadyTemplate>,
    /// UTC milliseconds at which it was made.
    pub made_at_ms: i64,
    /// Who made it.
    pub actor: Actor,
    /// Whether coupons are still given.
    pub open: bool,
    /// How many there are.
    pub counts: Counts,
}

/// A coupon with a code of its own that is nobody's yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// The coupon.
    pub coupon: Coupon,
    /// By what its code is known.
    pub mark: CodeMark,
}

/// What became of a template that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is kept.
    Kept,
    /// Another template has that code.
    CodeTaken,
    /// Another template has that shared code.
    SharedCodeTaken,
}

fn damaged(what: &str, id: impl std::fmt::Display) -> StoreError {
    StoreError::Damaged(format!("the {what} of {id}"))
}

fn coupon(row: &Row<'_>) -> Result<(HeldCoupon, Option<String>, Option<String>), StoreError> {
    let id = CouponId(row.int(0)?);
    let day = |column| -> Result<i32, StoreError> { i32::try_from(row.int(column)?).map_err(|_| damaged("day", id)) };
    let coupon = Coupon {
        id,
        template: TemplateId(row.int(1)?),
        member: row.opt_int(2)?.map(MemberId),
        holder: row.opt_int(3)?.map(HolderId),
        state: CouponState::from_word(row.str(4)?).ok_or_else(|| damaged("state", id))?,
        from_day: day(5)?,
        until_day: day(6)?,
        purchase: row.opt_int(7)?.map(PurchaseId),
        off_minor: row.int(8)?,
        issued_at_ms: row.int(9)?,
    };
    let code = row.opt_text(11)?;
    let held = HeldCoupon { coupon, version: row.int(10)?, is_coded: code.is_some(), new_code: None, changed_by: Vec::new() };
    Ok((held, code, row.opt_text(12)?))
}

fn record(row: &Row<'_>) -> Result<CouponRecord, StoreError> {
    let (held, _, code_tail) = coupon(row)?;
    Ok(CouponRecord { coupon: held.coupon, code_tail })
}

fn template(row: &Row<'_>) -> Result<TemplateRecord, StoreError> {
    let id = TemplateId(row.int(0)?);
    let body: Template = serde_json::from_str(row.str(1)?).map_err(|_| damaged("body", id))?;
    let kind = danggol_core::decide::ActorKind::from_word(row.str(3)?).ok_or_else(|| damaged("maker", id))?;
    Ok(TemplateRecord {
        ready: Arc::new(ReadyTemplate::new(id, body)),
        made_at_ms: row.int(2)?,
        actor: Actor { kind, id: row.int(4)? },
        open: row.int(5)? == 1,
        counts: Counts { issued: row.int(6)?, used: row.int(7)?, off_minor: row.int(8)? },
    })
}

struct CouponRow<'a> {
    coupon: &'a Coupon,
    version: i64,
    code: Option<&'a CodeMark>,
}

impl BindRow for CouponRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        let coupon = self.coupon;
        to.int(coupon.id.0);
        to.int(coupon.template.0);
        to.opt_int(coupon.member.map(|member| member.0));
        to.text(coupon.state.word());
        to.int(coupon.from_day.into());
        to.int(coupon.until_day.into());
        to.opt_int(coupon.purchase.map(|purchase| purchase.0));
        to.int(coupon.off_minor);
        to.int(coupon.issued_at_ms);
        to.int(self.version);
        to.opt_text(self.code.map(|code| code.hash.as_str()));
        to.opt_text(self.code.map(|code| code.tail.as_str()));
    }
}

struct CountRow {
    template: TemplateId,
    counts: Counts,
    caps: [i64; 3],
}

impl BindRow for CountRow {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.template.0);
        to.int(1);
        to.int(self.counts.issued);
        to.int(self.counts.used);
        to.int(self.counts.off_minor);
        self.caps.iter().for_each(|cap| to.int(*cap));
    }
}

struct TemplateRow<'a> {
    ready: &'a ReadyTemplate,
    body: String,
    made_at_ms: i64,
    actor: Actor,
}

impl BindRow for TemplateRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.int(self.ready.id.0);
        to.text(&self.ready.offer.id);
        to.text(&self.body);
        to.int(self.made_at_ms);
        to.text(self.actor.kind.word());
        to.int(self.actor.id);
    }
}

struct SharedRow<'a> {
    code: &'a str,
    template: TemplateId,
}

impl BindRow for SharedRow<'_> {
    fn bind(&self, to: &mut Binder<'_>) {
        to.text(self.code);
        to.int(self.template.0);
    }
}

/// What commands name: coupons by id, codes, templates.
#[derive(Default)]
struct Wanted {
    ids: BTreeSet<CouponId>,
    codes: BTreeSet<String>,
    templates: BTreeSet<TemplateId>,
    /// Holders whose coupons of those templates are counted.
    holders: BTreeSet<HolderId>,
}

impl Wanted {
    fn shown(&mut self, shown: &Shown) {
        match &shown.named {
            Named::Id(id) => drop(self.ids.insert(*id)),
            Named::Code(code) => drop(self.codes.insert(code.clone())),
        }
    }

    fn of(rules: &Rules, world: &World, commands: &[&Envelope]) -> Self {
        let mut wanted = Wanted::default();
        let holder = |member: &MemberId| world.members.get(member).map(|facts| facts.holder);
        let programme = &rules.current.programme;
        let by_purchases: Vec<TemplateId> = programme.purchase_occasions().filter_map(|(_, occasion)| occasion.coupon).collect();
        for envelope in commands {
            if let Command::Purchase(order) = &envelope.command
                && !by_purchases.is_empty()
                && order.kind == PurchaseKind::Earn
            {
                wanted.templates.extend(&by_purchases);
                wanted.holders.extend(holder(&order.member));
            }
            match &envelope.command {
                Command::Purchase(order) if !order.coupons.is_empty() => {
                    order.coupons.iter().for_each(|shown| wanted.shown(shown));
                    wanted.holders.extend(holder(&order.member));
                }
                Command::Coupon(order) => {
                    match &order.act {
                        CouponAct::Issue { template, .. } => drop(wanted.templates.insert(*template)),
                        CouponAct::Claim(shown) => wanted.shown(shown),
                        CouponAct::Void(id) | CouponAct::Release(id, _) => drop(wanted.ids.insert(*id)),
                    }
                    wanted.holders.extend(holder(&order.member));
                }
                Command::Return(order) => {
                    let priced = world.purchases.get(&order.purchase).and_then(|kept| kept.award.offers.as_ref());
                    wanted.ids.extend(priced.iter().flat_map(|priced| &priced.coupons).map(|presented| presented.coupon));
                    let gifts = world.purchases.get(&order.purchase).into_iter().flat_map(|kept| &kept.award.gifts);
                    wanted.ids.extend(gifts.filter_map(|gift| gift.coupon.as_ref()).map(|given| given.coupon));
                }
                Command::Occasion(order) => {
                    if let Some(template) = programme.occasion(&order.rule).and_then(|(_, occasion)| occasion.coupon) {
                        wanted.templates.insert(template);
                        wanted.holders.extend(holder(&order.member));
                    }
                }
                Command::Value(order) => {
                    if let Some(template) = order.coupon(programme) {
                        wanted.templates.insert(template);
                        wanted.holders.extend(holder(&order.member));
                    }
                }
                Command::Purchase(_) | Command::Adjust(_) | Command::Gift(_) | Command::Review(_) | Command::Rank(..) => {}
            }
        }
        wanted
    }

    fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.codes.is_empty() && self.templates.is_empty()
    }
}

fn texts<'a>(list: impl Iterator<Item = &'a String>) -> String {
    serde_json::to_string(&list.collect::<Vec<_>>()).unwrap_or_else(|_| "[]".to_owned())
}

/// Reads the coupons that commands name, and their templates. Commands that name none ask nothing.
pub(crate) fn load(conn: &mut Conn, rules: &Rules, commands: &[&Envelope], world: &mut World) -> Result<(), StoreError> {
    let mut wanted = Wanted::of(rules, world, commands);
    if wanted.is_empty() {
        return Ok(());
    }
    let (coupons, codes) = (&mut world.coupons, &mut world.codes);
    let (ids, named) = (int_array(wanted.ids.iter().map(|id| id.0)), texts(wanted.codes.iter()));
    let mut by_code: Vec<(String, CouponId)> = Vec::new();
    let mut shared: Vec<(String, TemplateId)> = Vec::new();
    {
        let mut by_id = Vec::new();
        let mut take_id = |row: &Row<'_>| {
            by_id.push(coupon(row)?.0);
            Ok(())
        };
        let mut take_code = |row: &Row<'_>| {
            let (held, hash, _) = coupon(row)?;
            by_code.extend(hash.map(|hash| (hash, held.coupon.id)));
            coupons.insert(held.coupon.id, held);
            Ok(())
        };
        let mut take_shared = |row: &Row<'_>| {
            shared.push((row.text(0)?, TemplateId(row.int(1)?)));
            Ok(())
        };
        let (ids, named) = ([ids.as_str().into()], [named.as_str().into()]);
        conn.query_together(vec![
            Query { sql: BY_ID, params: &ids, visit: &mut take_id },
            Query { sql: BY_CODE, params: &named, visit: &mut take_code },
            Query { sql: SHARED, params: &named, visit: &mut take_shared },
        ])?;
        coupons.extend(by_id.into_iter().map(|held| (held.coupon.id, held)));
    }
    wanted.templates.extend(coupons.values().map(|held| held.coupon.template));
    wanted.templates.extend(shared.iter().map(|(_, template)| *template));
    codes.extend(by_code.into_iter().map(|(code, id)| (code, Coded::Coupon(id))));
    codes.extend(shared.into_iter().map(|(code, id)| (code, Coded::Shared(id))));
    for record in find_templates(conn, &wanted.templates)? {
        world.templates.insert(record.ready.id, HeldTemplate::new(record.ready, record.open, record.counts));
    }
    load_given(conn, &wanted, world)
}

/// How many coupons of the templates the holders have had, and of each the newest that may still be used: a shared code means that one first.
fn load_given(conn: &mut Conn, wanted: &Wanted, world: &mut World) -> Result<(), StoreError> {
    if wanted.holders.is_empty() || wanted.templates.is_empty() {
        return Ok(());
    }
    // A member holds under her own number, and for whoever went into her.
    let hers: Vec<MemberId> = wanted.holders.iter().map(|holder| MemberId(holder.0)).collect();
    let followers = merge::followers(conn, &hers)?.into_iter().map(|(follower, _)| follower);
    let people: BTreeSet<MemberId> = followers.chain(hers).collect();
    let (people, templates) =
        (int_array(people.iter().map(|member| member.0)), int_array(wanted.templates.iter().map(|id| id.0)));
    let mut newest: Vec<i64> = Vec::new();
    conn.query_each(GIVEN, &[(&people).into(), (&templates).into()], |row| {
        world.given.insert((HolderId(row.int(0)?), TemplateId(row.int(1)?)), row.int(2)?);
        newest.extend(row.opt_int(3)?);
        Ok(())
    })?;
    newest.retain(|id| !world.coupons.contains_key(&CouponId(*id)));
    if newest.is_empty() {
        return Ok(());
    }
    let ids = int_array(newest);
    conn.query_each(BY_ID, &[(&ids).into()], |row| {
        let held = coupon(row)?.0;
        world.coupons.insert(held.coupon.id, held);
        Ok(())
    })
}

/// What a batch leaves of coupons: rows by their keys, each with those whose commands changed it.
#[derive(Default)]
pub(crate) struct Left<'a> {
    coupons: Vec<(CouponRow<'a>, &'a [HolderId])>,
    counts: Vec<(CountRow, &'a [HolderId])>,
}

impl<'a> Left<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        let changed = world.coupons.values().filter(|held| !held.changed_by.is_empty());
        let row = |held: &'a HeldCoupon| {
            (
                CouponRow { coupon: &held.coupon, version: held.version + 1, code: held.new_code.as_ref() },
                held.changed_by.as_slice(),
            )
        };
        let mut coupons: Vec<_> = changed.map(row).collect();
        coupons.sort_unstable_by_key(|(row, _)| row.coupon.id);
        let added = world.templates.iter().filter(|(_, held)| held.added != Counts::default());
        let row = |(id, held): (&TemplateId, &'a HeldTemplate)| {
            (CountRow { template: *id, counts: held.added, caps: [0; 3] }, held.added_by.as_slice())
        };
        let mut counts: Vec<_> = added.map(row).collect();
        counts.sort_unstable_by_key(|(row, _)| row.template);
        Self { coupons, counts }
    }

    /// Adds what is written; gives the places of its answers.
    pub(crate) fn write(&self, exchange: &mut crate::exchange::Exchange<'_>) -> Result<[usize; 2], StoreError> {
        Ok([
            exchange.insert_rows(&COUPON, UNTOUCHED, self.coupons.iter().map(|(row, _)| row))?,
            exchange.insert_rows(&COUPON_COUNT, WITHIN_CAPS, self.counts.iter().map(|(row, _)| row))?,
        ])
    }

    /// Whose commands met another writer, by the rows that were missed.
    pub(crate) fn lost(&self, missed: [&[usize]; 2]) -> impl Iterator<Item = HolderId> {
        let [coupons, counts] = missed;
        let coupons = coupons.iter().flat_map(|place| self.coupons[*place].1);
        coupons.chain(counts.iter().flat_map(|place| self.counts[*place].1)).copied()
    }
}

/// Keeps a new template, and that there are no coupons of it yet.
pub fn insert_template(conn: &mut Conn, ready: &ReadyTemplate, actor: Actor, now_ms: i64) -> Result<Made, StoreError> {
    let shared = ready.template.shared_code.as_ref();
    if let Some(code) = shared {
        let taken = conn.query(SHARED, &[(&texts([code].into_iter())).into()], |row| row.int(1))?;
        if !taken.is_empty() {
            return Ok(Made::SharedCodeTaken);
        }
    }
    let body = serde_json::to_string(&ready.template).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let row = TemplateRow { ready, body, made_at_ms: now_ms, actor };
    if conn.insert_rows(&COUPON_TEMPLATE, Conflict::Skip { on: &["code"] }, [row].iter())?.count == 0 {
        return Ok(Made::CodeTaken);
    }
    let caps = ready.template.caps;
    let caps = [caps.issued, caps.used, caps.budget_minor].map(|cap| cap.unwrap_or(i64::MAX));
    conn.insert_rows(&COUPON_COUNT, Conflict::Fail, [CountRow { template: ready.id, counts: Counts::default(), caps }].iter())?;
    let shared = shared.map(|code| SharedRow { code, template: ready.id });
    let rows = shared.iter().len();
    // Somebody may have kept the same code a moment ago.
    if conn.insert_rows(&COUPON_SHARED, Conflict::Skip { on: &["code"] }, shared.iter())?.count != rows {
        return Err(StoreError::Raced);
    }
    Ok(Made::Kept)
}

/// Gives no more coupons of a template; those in hand stay. Returns whether any were given until now.
pub fn close_template(conn: &mut Conn, id: TemplateId) -> Result<bool, StoreError> {
    Ok(conn.execute(CLOSE, &[id.0.into()])? == 1)
}

/// Up to `limit` templates before `before`, the newest first.
pub fn templates(conn: &mut Conn, before: TemplateId, limit: i64) -> Result<Vec<TemplateRecord>, StoreError> {
    conn.query(ALL_TEMPLATES, &[before.0.into(), limit.into()], template)
}

/// Some templates; ids without one are left out.
pub fn find_templates<'a>(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = &'a TemplateId>,
) -> Result<Vec<TemplateRecord>, StoreError> {
    let wanted = int_array(ids.into_iter().map(|id| id.0));
    conn.query(TEMPLATES, &[(&wanted).into()], template)
}

/// All templates as a log is folded with them: as if nothing had been given yet.
pub(crate) fn templates_for_fold(conn: &mut Conn) -> Result<HashMap<TemplateId, HeldTemplate>, StoreError> {
    let found = templates(conn, TemplateId(i64::MAX), i64::MAX)?;
    let held = |record: TemplateRecord| (record.ready.id, HeldTemplate::new(record.ready, true, Counts::default()));
    Ok(found.into_iter().map(held).collect())
}

/// Keeps coupons with codes of their own that are nobody's yet, all of one template. Returns whether that was within what may be given.
pub fn insert_codes(conn: &mut Conn, template: TemplateId, codes: &[NewCode]) -> Result<bool, StoreError> {
    if conn.execute(ADD_ISSUED, &[template.0.into(), (codes.len() as i64).into()])? != 1 {
        return Ok(false);
    }
    let rows = codes.iter().map(|code| CouponRow { coupon: &code.coupon, version: 1, code: Some(&code.mark) });
    conn.insert_rows(&COUPON, Conflict::Fail, rows)?;
    Ok(true)
}

/// Takes a coupon out of the world that nobody has claimed. Returns whether it was there to be taken.
pub fn void_unclaimed(conn: &mut Conn, id: CouponId) -> Result<bool, StoreError> {
    Ok(conn.execute(VOID_UNCLAIMED, &[id.0.into()])? == 1)
}

/// Some coupons; ids without one are left out.
pub fn find(conn: &mut Conn, ids: &[CouponId]) -> Result<Vec<CouponRecord>, StoreError> {
    let wanted = int_array(ids.iter().map(|id| id.0));
    conn.query(BY_ID, &[(&wanted).into()], record)
}

/// The coupon of a code, by its hash.
pub fn find_by_code(conn: &mut Conn, hash: &str) -> Result<Option<CouponRecord>, StoreError> {
    conn.query_one(BY_CODE, &[(&texts([&hash.to_owned()].into_iter())).into()], record)
}

/// The template of a shared code.
pub fn find_shared(conn: &mut Conn, code: &str) -> Result<Option<TemplateId>, StoreError> {
    let code = texts([&code.to_owned()].into_iter());
    conn.query_one(SHARED, &[(&code).into()], |row| Ok(TemplateId(row.int(1)?)))
}

/// Up to `limit` coupons of a member, and of whoever went into her, the newest first.
pub fn of_member(conn: &mut Conn, member: MemberId, limit: i64) -> Result<Vec<CouponRecord>, StoreError> {
    let people = merge::people(conn, member)?;
    of_members(conn, people.iter(), limit)
}

/// Up to `limit` coupons of some members.
pub(crate) fn of_members<'a>(
    conn: &mut Conn,
    members: impl Iterator<Item = &'a MemberId>,
    limit: i64,
) -> Result<Vec<CouponRecord>, StoreError> {
    let wanted = int_array(members.map(|member| member.0));
    conn.query(OF_MEMBERS, &[(&wanted).into(), limit.into()], record)
}

/// Up to `limit` coupons of a template before `before`, the newest first.
pub fn page(conn: &mut Conn, template: TemplateId, before: CouponId, limit: i64) -> Result<Vec<CouponRecord>, StoreError> {
    conn.query(PAGE, &[template.0.into(), before.0.into(), limit.into()], record)
}

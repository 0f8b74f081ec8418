//! The log of a holder folded again through the decision, from nothing, by the programme versions that its entries name.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use danggol_core::coupon::{
    CodeMark, Coded, Coupon, CouponAct, CouponDetail, CouponEvent, CouponOrder, CouponState, HeldCoupon, HeldTemplate, Named,
    Presented, Shown,
};
use danggol_core::decide::{
    Actor, Adjustment, Command, Detail, Entry, Envelope, Outcome, ReturnOrder, Rules, Sink, World, decide,
};
use danggol_core::earning::Award;
use danggol_core::gift::{
    Allowance, Gift as Offered, GiftAct, GiftDetail, GiftEvent, GiftOrder, GiftTerms, HeldStock, MAX_STOCK, Reservation,
};
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId, TemplateId};
use danggol_core::ledger::{Asset, Posting, Taken};
use danggol_core::member::{MemberFacts, MemberStatus};
use danggol_core::merge::{self, MergeDetail, Side};
use danggol_core::occasion::{Gift, OccasionOrder, Withheld};
use danggol_core::purchase::{KeptPurchase, Moment, Order, Pricing, Returned};
use danggol_core::quote::Quote;
use danggol_core::share;
use danggol_core::value::{PaidValue, ValueAct, ValueDetail, ValueEffect, ValueOrder};
use serde::Serialize;

use crate::difference::{Difference, Figure, Place};
use crate::purchase::{Logged, PurchaseRecord};

/// The log of one person, in the order of its entries, and the postings of those entries. Members who went into another are one person
/// with her, each with the holder of her own.
pub struct PersonLog<'a> {
    /// Purchases and other entries by number.
    pub entries: &'a [Logged],
    /// The movements that are kept for them.
    pub postings: &'a HashMap<EntryId, Vec<Posting>>,
    /// All templates of coupons, as if nothing had been given yet.
    pub templates: &'a HashMap<TemplateId, HeldTemplate>,
}

/// What follows from a log.
pub struct Folded {
    /// The states, by holder.
    pub states: HashMap<HolderId, HolderState>,
    /// The coupons that it tells of.
    pub coupons: Vec<Coupon>,
    /// The gifts that were put aside.
    pub reservations: Vec<Reservation>,
}

/// What one command became.
#[derive(Default)]
pub(crate) struct Became {
    pub(crate) award: Option<Award>,
    pub(crate) entry: Option<Entry>,
    pub(crate) postings: Vec<Posting>,
    pub(crate) outcome: Option<Outcome>,
}

impl Sink for Became {
    fn purchase(&mut self, _: usize, _: HolderId, award: Award) {
        self.award = Some(award);
    }

    fn quote(&mut self, _: usize, _: Quote) {}

    fn entry(&mut self, _: usize, entry: Entry) {
        self.entry = Some(entry);
    }

    fn posting(&mut self, _: usize, posting: Posting) {
        self.postings.push(posting);
    }

    fn returned(&mut self, _: usize, _: &KeptPurchase) {}

    fn touched(&mut self, _: usize, _: HolderId, _: EntryId) {}

    fn outcome(&mut self, _: usize, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

/// A value as differences show it.
pub(crate) fn shown(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| error.to_string())
}

/// Folds a log. `rules` are those of the brand with all its versions; which one is current changes with every entry. Returns the
/// states that follow, by holder, and the coupons and gifts that the log tells of; holders without entries have none.
pub fn fold(rules: &mut Rules, log: &PersonLog<'_>, tell: &mut impl FnMut(Difference)) -> Folded {
    let world = replay(rules, log.entries, (named_templates(log), None), |rules, logged, holder, became| {
        if !rules.versions.contains_key(&in_force(logged).0) {
            tell(difference(logged, Figure::Version, in_force(logged).0.to_string(), "-".to_owned()));
        }
        compare(log, logged, holder, &became, tell);
    });
    for logged in log.entries {
        compare_returned(&world, logged, tell);
    }
    Folded {
        states: world.holders.into_iter().map(|(holder, held)| (holder, held.state)).collect(),
        coupons: world.coupons.into_values().map(|held| held.coupon).collect(),
        reservations: world.reservations.into_values().map(|held| held.reservation).collect(),
    }
}

/// The templates that a log names: most name none.
fn named_templates(log: &PersonLog<'_>) -> HashMap<TemplateId, HeldTemplate> {
    let named = log.entries.iter().flat_map(|logged| match logged {
        Logged::Purchase(record) => {
            let priced = record.award.offers.iter().flat_map(|priced| &priced.coupons);
            let gifts = record.award.gifts.iter().filter_map(|gift| gift.coupon.as_ref());
            priced.map(|presented| presented.template).chain(gifts.map(|given| given.template)).collect::<Vec<_>>()
        }
        Logged::Entry { entry, .. } => match &entry.detail {
            Detail::Coupon(detail) => vec![detail.template],
            Detail::Occasion(detail) => detail.gift.coupon.iter().map(|given| given.template).collect(),
            Detail::Value(ValueDetail { effect: ValueEffect::ToppedUp(added), .. }) => {
                added.coupon.iter().map(|given| given.template).collect()
            }
            _ => Vec::new(),
        },
    });
    named.filter_map(|id| Some((id, log.templates.get(&id)?.clone()))).collect()
}

/// Decides every entry of a log again, in order, and tells what each became and with which holder. What is spent after `owing_after` may
/// be owed; before it, only what is owed according to the log. `templates` are those of all coupons.
pub(crate) fn replay(
    rules: &mut Rules,
    entries: &[Logged],
    (templates, owing_after): (HashMap<TemplateId, HeldTemplate>, Option<EntryId>),
    mut each: impl FnMut(&Rules, &Logged, HolderId, Became),
) -> World {
    let mut world = World { templates, ..World::default() };
    let returned: HashSet<PurchaseId> = entries.iter().filter_map(returned_purchase).collect();
    let mut homes: HashMap<MemberId, HolderId> = HashMap::new();
    for logged in entries {
        let (version, posted_at_ms) = in_force(logged);
        if let Some(published) = rules.versions.get(&version) {
            rules.current = Arc::clone(published);
        }
        let member = buyer(logged);
        let holder = homes.get(&member).copied().unwrap_or(HolderId(member.0));
        let mut became = Became::default();
        if let Some((entry, stood)) = standing(rules, &mut world, logged, holder, posted_at_ms) {
            if let Detail::Merge(MergeDetail { other, side: Side::Keeps, moved: Some(_), .. }) = &entry.detail {
                bring_home(&mut world, &mut homes, (*other, holder));
            }
            became = stood;
        } else {
            world.may_owe = owes(logged) || is_owing(&world, holder) || owing_after.is_some_and(|after| logged.id() > after);
            let envelope = envelope(rules, &mut world, holder, logged);
            decide(rules, &mut world, [&envelope], posted_at_ms, &mut became);
        }
        if let (Logged::Purchase(record), Some(award)) = (logged, &became.award)
            && returned.contains(&record.id)
        {
            let kept = KeptPurchase { holder, ..kept(rules, record, award.clone()) };
            world.purchases.insert(record.id, kept);
        }
        each(rules, logged, holder, became);
    }
    world
}

/// By whose identity an entry came.
pub(crate) fn buyer(logged: &Logged) -> MemberId {
    match logged {
        Logged::Purchase(record) => record.buyer(),
        Logged::Entry { entry, .. } => entry.member,
    }
}

/// Whether an entry spent what was not there: such a part stands under the entry itself.
fn owes(logged: &Logged) -> bool {
    let is_own = |lots: &[Taken]| lots.iter().any(|taken| taken.entry == logged.id().0);
    let of_value = |paid: &PaidValue| is_own(&paid.principal) || is_own(&paid.bonus);
    match logged {
        Logged::Purchase(record) => is_own(&record.award.redeemed_lots) || record.award.value.as_ref().is_some_and(of_value),
        Logged::Entry { entry, .. } => match &entry.detail {
            Detail::Adjustment { lots, .. } => is_own(lots),
            Detail::Value(detail) => match &detail.effect {
                ValueEffect::ToppedUp(_) => false,
                ValueEffect::Paid(paid) => of_value(paid),
                // Where a spent bonus stands in the way of a refund, or another top-up than the named one paid for it, it was carried out while
                // two members were one.
                ValueEffect::Refunded(refunded) => {
                    refunded.spent > 0 || is_own(&refunded.principal) || is_of_another(detail.act, &refunded.principal)
                }
            },
            Detail::Gift(detail) => match detail.event {
                GiftEvent::Reserved => is_own(&detail.lots),
                GiftEvent::Handed => detail.value.as_ref().is_some_and(of_value),
                GiftEvent::Cancelled | GiftEvent::Lapsed => false,
            },
            Detail::Return(_)
            | Detail::Review { .. }
            | Detail::Coupon(_)
            | Detail::Occasion(_)
            | Detail::Merge(_)
            | Detail::Undo(_)
            | Detail::Share(_) => false,
        },
    }
}

/// Whether a refund of one top-up came out of another.
fn is_of_another(act: ValueAct, lots: &[Taken]) -> bool {
    matches!(act, ValueAct::Refund { top_up: Some(top_up), .. } if lots.iter().any(|taken| taken.entry != top_up.0))
}

/// Whether a holder owes anything: then less is available than there is in her lots, and what she spent all the same was there.
fn is_owing(world: &World, holder: HolderId) -> bool {
    let state = world.holders.get(&holder).map(|held| &held.state);
    state.is_some_and(|state| Asset::ALL.into_iter().any(|asset| state.purse(asset).debt > 0))
}

/// What an entry became that stands as it says, because more than one holder was asked about it: of a merge, its undoing, points that went
/// from one member of a household to another. None for any other entry.
fn standing<'a>(
    rules: &Rules,
    world: &mut World,
    logged: &'a Logged,
    holder: HolderId,
    posted_at_ms: i64,
) -> Option<(&'a Entry, Became)> {
    let Logged::Entry { entry, .. } = logged else { return None };
    if !matches!(entry.detail, Detail::Merge(_) | Detail::Undo(_) | Detail::Share(_)) {
        return None;
    }
    let state = &mut world.held(holder).state;
    let entry_again = Entry { holder, ..entry.as_ref().clone() };
    let (detail, postings) =
        merge::apply(rules, state, &entry_again, posted_at_ms).or_else(|| share::apply(state, &entry_again, posted_at_ms))?;
    let entry_again = Entry { detail, ..entry_again };
    Some((entry, Became { award: None, entry: Some(entry_again), postings, outcome: Some(Outcome::Done(entry.id)) }))
}

/// From now on, whoever was at home with `from` is at home with `to`, and so is what she bought.
fn bring_home(world: &mut World, homes: &mut HashMap<MemberId, HolderId>, (other, to): (MemberId, HolderId)) {
    let from = HolderId(other.0);
    homes.insert(other, to);
    homes.values_mut().filter(|home| **home == from).for_each(|home| *home = to);
    world.purchases.values_mut().filter(|kept| kept.holder == from).for_each(|kept| kept.holder = to);
    let coupons = world.coupons.values_mut().map(|held| &mut held.coupon);
    coupons.filter(|coupon| coupon.holder == Some(from)).for_each(|coupon| coupon.holder = Some(to));
}

fn returned_purchase(logged: &Logged) -> Option<PurchaseId> {
    match logged {
        Logged::Purchase(_) => None,
        Logged::Entry { entry, .. } => match entry.detail {
            Detail::Return(_) => entry.purchase,
            Detail::Adjustment { .. }
            | Detail::Value(_)
            | Detail::Gift(_)
            | Detail::Review { .. }
            | Detail::Coupon(_)
            | Detail::Occasion(_)
            | Detail::Merge(_)
            | Detail::Undo(_)
            | Detail::Share(_) => None,
        },
    }
}

/// The programme version in force when an entry was posted, and when that was.
pub(crate) fn in_force(logged: &Logged) -> (i64, i64) {
    match logged {
        Logged::Purchase(record) => (record.programme_version, record.posted_at_ms),
        Logged::Entry { entry, posted_at_ms } => (entry.programme_version, *posted_at_ms),
    }
}

fn difference(logged: &Logged, figure: Figure, kept: String, derived: String) -> Difference {
    Difference { place: Place::Entry(logged.id()), figure, kept, derived }
}

/// The command that an entry was. Whoever it names is put into the world as she was then: rules read her frozen facts, and she was
/// not closed, or there would be no entry.
fn envelope(rules: &Rules, world: &mut World, holder: HolderId, logged: &Logged) -> Envelope {
    let (id, member, actor, command) = match logged {
        Logged::Purchase(record) => {
            world.frozen.clear();
            world.frozen.insert(record.id, record.award.facts.clone());
            world.priced_by.clear();
            world.priced_by.extend(record.award.offers.iter().map(|priced| (record.id, priced.facts.clone())));
            record.award.offers.iter().flat_map(|priced| &priced.coupons).for_each(|presented| lay_out(world, holder, presented));
            if !rules.current.programme.occasions.is_empty() {
                give_again(world, EntryId(record.id.0), &record.award.gifts);
            }
            (EntryId(record.id.0), record.buyer(), record.actor, Command::Purchase(order(rules, record)))
        }
        Logged::Entry { entry, .. } => {
            if let Detail::Coupon(detail) = &entry.detail {
                lay_out_again(world, holder, detail);
            }
            if let Detail::Occasion(detail) = &entry.detail {
                world.frozen.insert(PurchaseId(entry.id.0), detail.facts.clone());
                give_again(world, entry.id, std::slice::from_ref(&detail.gift));
            }
            if let Detail::Value(ValueDetail { effect: ValueEffect::ToppedUp(added), .. }) = &entry.detail {
                give_again(world, entry.id, &[added.gift()]);
            }
            if let Detail::Gift(detail) = &entry.detail {
                lay_gift_out(world, detail);
            }
            (entry.id, entry.member, entry.actor, command(entry))
        }
    };
    world.members.insert(member, facts(member, holder));
    Envelope { id, actor, key: None, command }
}

/// Puts a coupon into the hand of whoever used it: nobody's, where her log has not told of it before. Whose it may be is looked at in its row.
fn lay_out(world: &mut World, holder: HolderId, presented: &Presented) {
    let Presented { coupon: id, template, from_day, until_day, fresh } = *presented;
    if fresh {
        world.codes.insert(id.to_string(), Coded::Fresh(template));
        return;
    }
    world.codes.insert(id.to_string(), Coded::Coupon(id));
    let coupon = Coupon {
        id,
        template,
        member: None,
        holder: None,
        state: CouponState::Issued,
        from_day,
        until_day,
        purchase: None,
        off_minor: 0,
        issued_at_ms: 0,
    };
    let held = world.coupons.entry(id).or_insert(HeldCoupon {
        coupon,
        version: 1,
        is_coded: true,
        new_code: None,
        changed_by: Vec::new(),
    });
    if held.coupon.holder.is_some() {
        held.coupon.holder = Some(holder);
    }
}

/// Prepares what an occasion gave: its coupons have their ids, and those that everybody's caps withheld are withheld again.
fn give_again(world: &mut World, entry: EntryId, gifts: &[Gift]) {
    world.fresh.insert(entry, gifts.iter().filter_map(|gift| gift.coupon.as_ref()).map(|given| given.coupon).collect());
    let withheld = gifts.iter().filter_map(|gift| Some((gift.rule, gift.withheld?)));
    world.withheld.insert(entry, withheld.filter(|(_, why)| *why != Withheld::Cap).collect());
}

/// Prepares what an entry did with a coupon.
fn lay_out_again(world: &mut World, holder: HolderId, detail: &CouponDetail) {
    let CouponDetail { event, coupon, template, from_day, until_day, .. } = *detail;
    let code = coupon.to_string();
    match event {
        CouponEvent::Issued => {}
        CouponEvent::Shared => drop(world.codes.insert(code, Coded::Shared(template))),
        CouponEvent::Claimed | CouponEvent::Released | CouponEvent::Voided => {
            lay_out(world, holder, &Presented { coupon, template, from_day, until_day, fresh: false });
            if let (CouponEvent::Released | CouponEvent::Voided, Some(held)) = (event, world.coupons.get_mut(&coupon)) {
                held.coupon.holder = Some(holder);
            }
        }
    }
}

/// Puts a gift on offer as it was when somebody took it; what there is of it depends on everybody.
fn lay_gift_out(world: &mut World, detail: &GiftDetail) {
    world.stocks.insert((detail.gift, detail.store.clone()), HeldStock { stock: MAX_STOCK, ..HeldStock::default() });
    if detail.event != GiftEvent::Reserved {
        return;
    }
    let terms = GiftTerms {
        code: String::new(),
        name: detail.name.clone(),
        category: None,
        picture: None,
        points: detail.points(),
        amount_minor: detail.amount_minor,
        allowances: detail.most.map(|most| Allowance { when: None, most: Some(most) }).into_iter().collect(),
        hold_days: detail.hold_days,
        collected: true,
        delivered: true,
        festival: None,
        open: true,
    };
    world.gifts.insert(detail.gift, Offered { id: detail.gift, revision: 0, terms, days: None });
}

/// What an entry did with a gift, as it was asked for. Its code was never in the log.
fn gift_order(member: MemberId, detail: &GiftDetail) -> GiftOrder {
    let reservation = detail.reservation;
    let act = match detail.event {
        GiftEvent::Reserved => GiftAct::Reserve {
            gift: detail.gift,
            revision: 0,
            allowance: Some(0),
            store: detail.store.clone(),
            delivery: detail.delivery,
            fresh: reservation,
            mark: CodeMark { hash: String::new(), tail: String::new() },
        },
        GiftEvent::Handed => GiftAct::HandOver { reservation, store: None, tender: detail.tender, parcel: detail.parcel.clone() },
        GiftEvent::Cancelled => GiftAct::Cancel { reservation, may_be_handed: true },
        GiftEvent::Lapsed => GiftAct::Lapse(reservation),
    };
    GiftOrder { member, act, staff: detail.staff.clone(), reason: detail.reason.clone() }
}

/// What an entry asked for.
fn coupon_order(member: MemberId, detail: &CouponDetail) -> CouponOrder {
    let coupon = detail.coupon;
    let act = match detail.event {
        CouponEvent::Issued => CouponAct::Issue { template: detail.template, fresh: coupon },
        CouponEvent::Claimed | CouponEvent::Shared => {
            CouponAct::Claim(Shown { named: Named::Code(coupon.to_string()), fresh: coupon })
        }
        CouponEvent::Released => CouponAct::Release(coupon, None),
        CouponEvent::Voided => CouponAct::Void(coupon),
    };
    CouponOrder { member, act, reason: detail.reason.clone() }
}

/// A coupon as the purchase named it.
fn shown_again(presented: &Presented) -> Shown {
    Shown { named: Named::Code(presented.coupon.to_string()), fresh: presented.coupon }
}

fn facts(member: MemberId, holder: HolderId) -> MemberFacts {
    MemberFacts {
        member,
        holder,
        status: MemberStatus::Active,
        gender: None,
        birthday: None,
        source: None,
        language: None,
        joined_at_ms: 0,
    }
}

fn command(entry: &Entry) -> Command {
    match &entry.detail {
        Detail::Return(detail) => Command::Return(ReturnOrder {
            purchase: entry.purchase.unwrap_or(PurchaseId(0)),
            lines: Some(detail.lines.clone()),
            at_ms: entry.occurred_at_ms,
        }),
        Detail::Adjustment { asset, amount, reason, .. } => {
            Command::Adjust(Adjustment { member: entry.member, asset: *asset, amount: *amount, reason: reason.clone() })
        }
        Detail::Coupon(detail) => Command::Coupon(coupon_order(entry.member, detail)),
        Detail::Occasion(detail) => Command::Occasion(OccasionOrder {
            member: entry.member,
            rule: detail.rule.clone(),
            year: detail.year,
            day: detail.day,
        }),
        Detail::Value(detail) => Command::Value(ValueOrder {
            member: entry.member,
            act: detail.act,
            store: detail.store.clone(),
            staff: detail.staff.clone(),
            reason: detail.reason.clone(),
        }),
        Detail::Gift(detail) => Command::Gift(gift_order(entry.member, detail)),
        Detail::Review { ranked: Some(ranking), .. } => Command::Rank(entry.holder, ranking.clone()),
        Detail::Review { ranked: None, .. } | Detail::Merge(_) | Detail::Undo(_) | Detail::Share(_) => {
            Command::Review(entry.holder)
        }
    }
}

/// The business day was frozen; weekday and hour follow from the instant.
fn moment(rules: &Rules, record: &PurchaseRecord) -> Moment {
    Moment { day: record.business_day, ..rules.moment(record.occurred_at_ms) }
}

fn order(rules: &Rules, record: &PurchaseRecord) -> Order {
    Order {
        id: record.id,
        member: record.buyer(),
        // Numbers are looked at over all holders at once.
        external_no: None,
        channel: record.channel.clone(),
        store: record.store.clone(),
        staff: record.staff.clone(),
        moment: moment(rules, record),
        lines: record.award.list_lines(&record.lines),
        pricing: if record.award.offers.is_some() { Pricing::List } else { Pricing::Paid },
        coupons: record.award.offers.iter().flat_map(|priced| &priced.coupons).map(shown_again).collect(),
        discount_minor: record.discount_minor,
        // What the sender said of coupons stands beside the brand's own; nothing follows from it.
        coupon_minor: 0,
        tenders: record.tenders.clone(),
        redeem_points: record.redeemed_points,
        kind: record.kind,
        input_hash: 0,
    }
}

fn kept(rules: &Rules, record: &PurchaseRecord, award: Award) -> KeptPurchase {
    KeptPurchase {
        id: record.id,
        member: record.buyer(),
        holder: record.holder,
        moment: moment(rules, record),
        channel: record.channel.clone(),
        store: record.store.clone(),
        staff: record.staff.clone(),
        lines: record.lines.clone(),
        discount_minor: record.discount_minor,
        kind: record.kind,
        programme_version: record.programme_version,
        award,
        returned: Returned::default(),
    }
}

fn compare(log: &PersonLog<'_>, logged: &Logged, holder: HolderId, became: &Became, tell: &mut impl FnMut(Difference)) {
    let mut check = |figure, kept: String, derived: String| {
        if kept != derived {
            tell(difference(logged, figure, kept, derived));
        }
    };
    match &became.outcome {
        Some(Outcome::Done(_)) => {}
        Some(Outcome::Refused(refusal)) => return check(Figure::Verdict, "done".to_owned(), refusal.code().to_owned()),
        Some(Outcome::Nothing | Outcome::Replayed(_)) | None => {
            return check(Figure::Verdict, "done".to_owned(), "nothing".to_owned());
        }
    }
    match (logged, &became.award, &became.entry) {
        (Logged::Purchase(record), Some(award), _) => {
            check(Figure::Owner, record.holder.to_string(), holder.to_string());
            if record.award != *award {
                check(Figure::Award, shown(&record.award), shown(award));
            }
            check(Figure::Amounts, amounts_kept(record), amounts_derived(record, award));
        }
        (Logged::Entry { entry, .. }, _, Some(derived)) => {
            check(Figure::Owner, owners(entry), owners(derived));
            if entry.detail != derived.detail {
                check(Figure::Detail, shown(&entry.detail), shown(&derived.detail));
            }
        }
        (Logged::Purchase(_), None, _) | (Logged::Entry { .. }, _, None) => {
            check(Figure::Verdict, "done".to_owned(), "another kind of entry".to_owned());
        }
    }
    let postings = log.postings.get(&logged.id()).map_or(&[][..], Vec::as_slice);
    if postings != became.postings {
        check(Figure::Postings, movements(postings), movements(&became.postings));
    }
}

/// Whom an entry is about and who did it.
fn owners(entry: &Entry) -> String {
    let Actor { kind, id } = entry.actor;
    format!("{} {} {:?} {} {id}", entry.holder, entry.member, entry.purchase.map(|purchase| purchase.to_string()), kind.word())
}

fn amounts_kept(record: &PurchaseRecord) -> String {
    shown(&(record.amount_minor, record.quantity, record.redeemed_points, record.redeemed_minor, record.offered_minor))
}

fn amounts_derived(record: &PurchaseRecord, award: &Award) -> String {
    let amount_minor = record.lines.iter().map(|line| line.amount_minor).sum::<i64>() - record.discount_minor;
    let quantity: i64 = record.lines.iter().map(|line| line.quantity).sum();
    shown(&(amount_minor, quantity, award.redeemed_points, award.redeemed_minor, award.offered_minor()))
}

fn movements(postings: &[Posting]) -> String {
    let rows: Vec<_> =
        postings.iter().map(|posting| (posting.holder, posting.asset, posting.amount, posting.from, posting.to)).collect();
    shown(&rows)
}

fn compare_returned(world: &World, logged: &Logged, tell: &mut impl FnMut(Difference)) {
    let Logged::Purchase(record) = logged else { return };
    let nothing = Returned::default();
    let derived = world.purchases.get(&record.id).map_or(&nothing, |kept| &kept.returned);
    let columns = |returned: &Returned, amount_minor, quantity| shown(&(returned, amount_minor, quantity));
    let kept = columns(&record.returned, record.returned_minor, record.returned_quantity);
    let derived = columns(derived, derived.amount_minor, derived.quantity);
    if kept != derived {
        tell(difference(logged, Figure::Returned, kept, derived));
    }
}

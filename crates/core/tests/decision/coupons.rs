//! Coupons: given, claimed, used beside offers, back with a return, and never more than their caps allow.

use std::sync::Arc;

use danggol_core::coupon::{
    CodeMark, Coded, Counts, Coupon, CouponAct, CouponOrder, CouponRefusal, CouponState, HeldCoupon, HeldTemplate, Named,
    ReadyTemplate, Shown,
};
use danggol_core::decide::{Command, Detail, Outcome, ReturnOrder};
use danggol_core::id::{CouponId, MemberId, PurchaseId, TemplateId};
use danggol_core::purchase::Pricing;
use danggol_core::quote::Why;
use danggol_core::refusal::Refusal;
use serde_json::{Value, json};

use crate::book::{Book, Step};
use crate::purchases::{order, sale};
use crate::{base, programme};

/// Noon of 2024-03-15 in Seoul.
const NOW_MS: i64 = 1_710_471_600_000;
const DAY_MS: i64 = 86_400_000;
const TEMPLATE: TemplateId = TemplateId(1);

/// A shop with an offer of ten percent, and a template of 500 off from 3,000 on for ten days, with what `changes` says.
fn shop(changes: Value) -> Book {
    let offers = json!([{"id": "ten", "name": "Ten", "effect": {"kind": "percent", "percent_bp": 1_000}}]);
    let mut book = Book::new(programme(json!({"earning": {"rules": [base()]}, "offers": offers})));
    let mut template = json!({
        "offer": {"id": "five", "name": "Five off", "effect": {"kind": "amount", "amount_minor": 500},
                  "when": {"attribute": "purchase.amount", "op": "at_least", "value": 3_000}},
        "validity": {"kind": "days", "days": 10},
    });
    for (field, value) in changes.as_object().expect("fields") {
        template[field] = value.clone();
    }
    let ready = ReadyTemplate::new(TEMPLATE, serde_json::from_value(template).expect("a template"));
    assert_eq!(ready.template.faults(&book.rules.current.programme), []);
    book.templates.insert(TEMPLATE, HeldTemplate::new(Arc::new(ready), true, Counts::default()));
    book.codes.insert("SHARED".to_owned(), Coded::Shared(TEMPLATE));
    book
}

fn act(book: &mut Book, member: i64, act: CouponAct, now_ms: i64) -> Step {
    let command = Command::Coupon(CouponOrder { member: MemberId(member), act, reason: None });
    let envelope = book.envelope(command, None);
    book.carry_out(&envelope, now_ms)
}

/// Gives a member a coupon; which.
fn issue(book: &mut Book, member: i64) -> CouponId {
    let fresh = CouponId(book.id());
    let step = act(book, member, CouponAct::Issue { template: TEMPLATE, fresh }, NOW_MS);
    assert!(matches!(step.outcome, Outcome::Done(_)), "{step:?}");
    fresh
}

fn by_id(id: CouponId) -> Shown {
    Shown { named: Named::Id(id), fresh: CouponId(1) }
}

fn by_code(book: &mut Book, code: &str) -> Shown {
    Shown { named: Named::Code(code.to_owned()), fresh: CouponId(book.id()) }
}

/// A purchase of one article at its list price with coupons.
fn buy(book: &mut Book, member: i64, amount_minor: i64, coupons: Vec<Shown>, now_ms: i64) -> (PurchaseId, Step) {
    let mut order = order(book, vec![sale(2, amount_minor)]);
    (order.member, order.pricing, order.coupons) = (MemberId(member), Pricing::List, coupons);
    order.moment = book.rules.moment(now_ms);
    let id = order.id;
    let envelope = book.envelope(Command::Purchase(order), None);
    (id, book.carry_out(&envelope, now_ms))
}

fn why(step: &Step) -> Option<CouponRefusal> {
    match step.outcome {
        Outcome::Refused(Refusal::Coupon { why, .. }) => Some(why),
        _ => None,
    }
}

fn state(book: &Book, id: CouponId) -> CouponState {
    book.coupons[&id].coupon.state
}

#[test]
fn a_coupon_comes_off_beside_offers_and_is_used_once() {
    let mut book = shop(json!({}));
    let coupon = issue(&mut book, 1);
    let (id, step) = buy(&mut book, 1, 4_000, vec![by_id(coupon)], NOW_MS);
    let award = step.award.expect("it was bought");
    let priced = award.offers.as_ref().expect("it was priced");
    // Ten percent of 4,000, then 500.
    assert_eq!(
        priced.applied.iter().map(|applied| (applied.offer, applied.off_minor())).collect::<Vec<_>>(),
        [(0, 400), (1, 500)]
    );
    let kept = &book.coupons[&coupon].coupon;
    assert_eq!((kept.state, kept.purchase, kept.off_minor), (CouponState::Used, Some(id), 500));
    let (_, again) = buy(&mut book, 1, 4_000, vec![by_id(coupon)], NOW_MS);
    assert_eq!(why(&again), Some(CouponRefusal::Used));
}

#[test]
fn a_coupon_that_does_not_apply_stays_in_the_hand_and_says_why() {
    let mut book = shop(json!({}));
    let coupon = issue(&mut book, 1);
    let (_, step) = buy(&mut book, 1, 2_000, vec![by_id(coupon)], NOW_MS);
    let passed = &step.quote.expect("a quote").passed_over;
    assert_eq!(passed.iter().map(|passed| (passed.offer, passed.why)).collect::<Vec<_>>(), [(1, Why::Condition)]);
    assert_eq!(state(&book, coupon), CouponState::Issued);
}

#[test]
fn coupons_of_one_template_stack_only_where_it_says_so() {
    for (stacks, used) in [(false, 1), (true, 2)] {
        let mut book = shop(json!({"stacks": stacks}));
        let coupons = [issue(&mut book, 1), issue(&mut book, 1)];
        buy(&mut book, 1, 9_000, coupons.map(by_id).to_vec(), NOW_MS);
        assert_eq!(coupons.iter().filter(|id| state(&book, **id) == CouponState::Used).count(), used, "stacks: {stacks}");
    }
}

#[test]
fn what_may_not_be_used_is_refused_with_its_reason() {
    let mut book = shop(json!({"validity": {"kind": "days", "days": 10, "after_days": 2}}));
    let coupon = issue(&mut book, 1);
    let spoilt = issue(&mut book, 1);
    act(&mut book, 1, CouponAct::Void(spoilt), NOW_MS);
    for (member, shown, days, expected) in [
        (1, vec![by_id(coupon)], 0, CouponRefusal::NotYet(19_799)),
        (1, vec![by_id(coupon)], 12, CouponRefusal::Expired(19_808)),
        (2, vec![by_id(coupon)], 3, CouponRefusal::OfAnother),
        (1, vec![by_id(CouponId(5))], 3, CouponRefusal::Unknown),
        (1, vec![by_id(coupon), by_id(coupon)], 3, CouponRefusal::Twice),
        (1, vec![by_id(spoilt)], 3, CouponRefusal::Void),
        (1, vec![by_id(coupon); 21], 3, CouponRefusal::TooMany),
    ] {
        let (_, step) = buy(&mut book, member, 4_000, shown, NOW_MS + days * DAY_MS);
        assert_eq!(why(&step), Some(expected));
    }
    let mut paid = order(&mut book, vec![sale(1, 4_000)]);
    paid.coupons = vec![by_id(coupon)];
    let envelope = book.envelope(Command::Purchase(paid), None);
    assert_eq!(why(&book.carry_out(&envelope, NOW_MS)), Some(CouponRefusal::PaidPrices));
    assert_eq!(state(&book, coupon), CouponState::Issued);
}

/// A code that nobody has claimed.
fn coded(book: &mut Book, code: &str) -> CouponId {
    let id = CouponId(book.id());
    let day = book.rules.moment(NOW_MS).day;
    let coupon = Coupon {
        id,
        template: TEMPLATE,
        member: None,
        holder: None,
        state: CouponState::Issued,
        from_day: day,
        until_day: day + 9,
        purchase: None,
        off_minor: 0,
        issued_at_ms: NOW_MS,
    };
    book.coupons.insert(id, HeldCoupon { coupon, version: 1, is_coded: true, new_code: None, changed_by: Vec::new() });
    book.codes.insert(code.to_owned(), Coded::Coupon(id));
    book.templates.get_mut(&TEMPLATE).expect("the template").counts.issued += 1;
    id
}

#[test]
fn a_code_is_for_whoever_comes_first() {
    let mut book = shop(json!({"caps": {"per_member": 1}}));
    let (claimed, used) = (coded(&mut book, "c:1"), coded(&mut book, "c:2"));
    let shown = by_code(&mut book, "c:1");
    assert!(matches!(act(&mut book, 1, CouponAct::Claim(shown.clone()), NOW_MS).outcome, Outcome::Done(_)));
    assert_eq!(book.coupons[&claimed].coupon.member, Some(MemberId(1)));
    assert_eq!(why(&act(&mut book, 1, CouponAct::Claim(shown.clone()), NOW_MS)), Some(CouponRefusal::Twice));
    assert_eq!(why(&act(&mut book, 2, CouponAct::Claim(shown), NOW_MS)), Some(CouponRefusal::OfAnother));
    let (_, step) = buy(&mut book, 2, 4_000, vec![by_id(used)], NOW_MS);
    assert_eq!(why(&step), Some(CouponRefusal::Unclaimed), "an id is no secret");
    let shown = by_code(&mut book, "c:2");
    let (_, step) = buy(&mut book, 1, 4_000, vec![shown.clone()], NOW_MS);
    assert_eq!(why(&step), Some(CouponRefusal::EnoughForMember(1)));
    let (id, _) = buy(&mut book, 2, 4_000, vec![shown], NOW_MS);
    let kept = &book.coupons[&used].coupon;
    assert_eq!((kept.member, kept.state, kept.purchase), (Some(MemberId(2)), CouponState::Used, Some(id)));
}

#[test]
fn a_shared_code_gives_each_member_hers_within_the_caps() {
    let mut book = shop(json!({"shared_code": "SHARED", "caps": {"issued": 3, "per_member": 1}}));
    let shown = by_code(&mut book, "SHARED");
    act(&mut book, 1, CouponAct::Claim(shown), NOW_MS);
    let again = by_code(&mut book, "SHARED");
    assert_eq!(why(&act(&mut book, 1, CouponAct::Claim(again), NOW_MS)), Some(CouponRefusal::EnoughForMember(1)));
    // Named at a purchase, the code means the coupon that she has.
    let shown = by_code(&mut book, "SHARED");
    let (_, step) = buy(&mut book, 1, 4_000, vec![shown], NOW_MS);
    assert!(step.award.is_some() && book.coupons.len() == 1, "{step:?}");
    // Without one, it makes one.
    let shown = by_code(&mut book, "SHARED");
    let (id, step) = buy(&mut book, 2, 4_000, vec![shown.clone()], NOW_MS);
    assert!(step.award.is_some());
    assert_eq!(book.coupons[&shown.fresh].coupon.purchase, Some(id));
    // Where it does not apply, none is made.
    let shown = by_code(&mut book, "SHARED");
    buy(&mut book, 3, 100, vec![shown], NOW_MS);
    assert_eq!(book.coupons.len(), 2);
    book.join(MemberId(4), danggol_core::member::MemberStatus::Active);
    for (member, expected) in [(3, None), (4, Some(CouponRefusal::AllGiven))] {
        let shown = by_code(&mut book, "SHARED");
        let (_, step) = buy(&mut book, member, 4_000, vec![shown], NOW_MS);
        assert_eq!(why(&step), expected, "member {member}");
    }
}

#[test]
fn use_and_budget_are_bounded_and_a_return_makes_room() {
    let mut book = shop(json!({"caps": {"used": 2, "budget_minor": 900}}));
    let coupons: Vec<CouponId> = (0..3).map(|_| issue(&mut book, 1)).collect();
    let (first, _) = buy(&mut book, 1, 4_000, vec![by_id(coupons[0])], NOW_MS);
    let (_, step) = buy(&mut book, 1, 4_000, vec![by_id(coupons[1])], NOW_MS);
    assert_eq!(why(&step), Some(CouponRefusal::BudgetSpent));
    let back = Command::Return(ReturnOrder { purchase: first, lines: None, at_ms: NOW_MS });
    let envelope = book.envelope(back, None);
    book.carry_out(&envelope, NOW_MS);
    let (_, step) = buy(&mut book, 1, 4_000, vec![by_id(coupons[1])], NOW_MS);
    assert!(step.award.is_some());
    let held = &book.templates[&TEMPLATE];
    assert_eq!(held.counts, Counts { issued: 3, used: 1, off_minor: 500 });
}

#[test]
fn a_coupon_comes_back_when_the_last_piece_does_whatever_the_order() {
    for (rule, days, expected) in [
        ("while_valid", 0, CouponState::Issued),
        ("while_valid", 9, CouponState::Issued),
        ("while_valid", 10, CouponState::Used),
        ("never", 0, CouponState::Used),
    ] {
        let mut book = shop(json!({"on_return": rule}));
        let coupon = issue(&mut book, 1);
        let (id, step) = buy(&mut book, 1, 4_000, vec![by_id(coupon)], NOW_MS);
        let paid_minor = 4_000 - step.award.expect("bought").taken_off().map(|(_, minor)| minor).sum::<i64>();
        let mut refunded_minor = 0;
        for piece in 0..2 {
            assert_eq!(state(&book, coupon), CouponState::Used, "before piece {piece}");
            let back = Command::Return(ReturnOrder { purchase: id, lines: Some(vec![(0, 1)]), at_ms: NOW_MS });
            let envelope = book.envelope(back, None);
            let step = book.carry_out(&envelope, NOW_MS + days * DAY_MS);
            let Some(Detail::Return(detail)) = step.entry.map(|entry| entry.detail) else { panic!("a return") };
            refunded_minor += detail.refund_minor;
            let back = if piece == 1 && expected == CouponState::Issued { vec![coupon] } else { Vec::new() };
            assert_eq!(detail.coupons, back);
        }
        assert_eq!((state(&book, coupon), refunded_minor), (expected, paid_minor), "{rule} after {days} days");
    }
}

#[test]
fn a_coupon_is_handed_on_where_its_template_allows_that() {
    let mark = || Some(CodeMark { hash: "c:9".to_owned(), tail: "WXYZ".to_owned() });
    let mut book = shop(json!({}));
    let coupon = issue(&mut book, 1);
    let step = act(&mut book, 1, CouponAct::Release(coupon, mark()), NOW_MS);
    assert_eq!(why(&step), Some(CouponRefusal::NotTransferable));
    let mut book = shop(json!({"transferable": true, "caps": {"per_member": 1}}));
    let coupon = issue(&mut book, 1);
    for (member, days, expected) in [(2, 0, CouponRefusal::OfAnother), (1, 10, CouponRefusal::Expired(19_806))] {
        let step = act(&mut book, member, CouponAct::Release(coupon, mark()), NOW_MS + days * DAY_MS);
        assert_eq!(why(&step), Some(expected));
    }
    let step = act(&mut book, 1, CouponAct::Release(coupon, mark()), NOW_MS);
    assert!(matches!(step.outcome, Outcome::Done(_)), "{step:?}");
    assert_eq!((book.coupons[&coupon].coupon.member, book.coupons[&coupon].new_code.clone()), (None, mark()));
    book.codes.insert("c:9".to_owned(), Coded::Coupon(coupon));
    let shown = by_code(&mut book, "c:9");
    act(&mut book, 2, CouponAct::Claim(shown), NOW_MS);
    assert_eq!(book.coupons[&coupon].coupon.member, Some(MemberId(2)));
    // Whoever handed hers on may have another; whoever got it has had hers.
    issue(&mut book, 1);
    let fresh = CouponId(book.id());
    let more = act(&mut book, 2, CouponAct::Issue { template: TEMPLATE, fresh }, NOW_MS);
    assert_eq!(why(&more), Some(CouponRefusal::EnoughForMember(1)));
}

#[test]
fn closed_files_get_none_and_closed_templates_give_none() {
    let mut book = shop(json!({}));
    book.join(MemberId(9), danggol_core::member::MemberStatus::Closed);
    let fresh = CouponId(book.id());
    let step = act(&mut book, 9, CouponAct::Issue { template: TEMPLATE, fresh }, NOW_MS);
    assert_eq!(step.outcome, Outcome::Refused(Refusal::MemberClosed));
    let coupon = issue(&mut book, 1);
    book.templates.get_mut(&TEMPLATE).expect("the template").open = false;
    let step = act(&mut book, 1, CouponAct::Issue { template: TEMPLATE, fresh }, NOW_MS);
    assert_eq!(why(&step), Some(CouponRefusal::Closed));
    // What is in a hand stays what it was.
    let (_, step) = buy(&mut book, 1, 4_000, vec![by_id(coupon)], NOW_MS);
    assert!(step.award.is_some());
    let unknown = CouponAct::Issue { template: TemplateId(7), fresh };
    assert_eq!(why(&act(&mut book, 1, unknown, NOW_MS)), Some(CouponRefusal::UnknownTemplate));
}

//! An entry of the log as readers see it, with its why.

use danggol_core::decide::{Actor, ActorKind, Detail, Entry, TierReview};
use danggol_core::earning::Award;
use danggol_core::id::{EntryId, MemberId, PurchaseId};
use danggol_core::ledger::{Account, Asset, Posting};
use danggol_core::occasion::Gift;
use danggol_core::purchase::PurchaseKind;
use danggol_core::share::{ShareDetail, Side};
use danggol_core::time::rfc3339;
use danggol_core::value::ValueAct;
use danggol_store::purchase::{Logged, PurchaseRecord};
use serde::Serialize;
use utoipa::ToSchema;

use super::Lens;

/// What kind of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A purchase.
    Purchase,
    /// A purchase brought from the past.
    History,
    /// Goods came back.
    Return,
    /// A balance was adjusted by hand.
    Adjustment,
    /// Points expired.
    Expiry,
    /// The tier was looked at.
    Tier,
    /// A coupon was given, claimed or taken away.
    Coupon,
    /// Something was given on an occasion, or why it was not.
    Occasion,
    /// Money was paid in beforehand.
    TopUp,
    /// Something that is no purchase was paid with stored value.
    Payment,
    /// What was paid in was paid out again.
    Refund,
    /// A gift was put aside for points, handed out, or its points went back.
    Gift,
    /// Two files became one.
    Merge,
    /// They became two again.
    Undo,
    /// A member of a household spent points of another.
    Share,
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActorView {
    /// What kind of someone.
    pub kind: ActorKind,
    /// The id of the person or key.
    pub id: Option<String>,
    /// Their name.
    pub name: Option<String>,
}

impl ActorView {
    /// An actor with the name that the answer knows.
    pub fn new(lens: &Lens, actor: Actor) -> Self {
        let id = match actor.kind {
            ActorKind::User => Some(danggol_core::id::UserId(actor.id).to_string()),
            ActorKind::Key => Some(danggol_core::id::KeyId(actor.id).to_string()),
            ActorKind::Import => Some(danggol_core::id::ImportId(actor.id).to_string()),
            ActorKind::System => None,
        };
        Self { kind: actor.kind, id, name: lens.names.actor(actor) }
    }
}

/// One reason for an entry's points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Why {
    /// The rule, where one gave it.
    pub rule_id: Option<String>,
    /// The brand's name for the rule.
    pub rule_name: Option<String>,
    /// Of what.
    pub asset: Asset,
    /// Units; below zero were taken; none where the sentence is about more than one number.
    pub amount: Option<i64>,
    /// The reason in the caller's words.
    pub text: String,
}

/// The other member of an entry that stands with two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OtherMember {
    /// Her id.
    pub id: MemberId,
    /// Her name.
    pub name: Option<String>,
}

/// A change of the tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TierChangeView {
    /// Code before.
    pub from: Option<String>,
    /// Code after.
    pub to: Option<String>,
    /// In the caller's words.
    pub text: String,
}

/// An entry of the log.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EntryView {
    /// Its id.
    pub id: EntryId,
    /// What kind of entry.
    pub kind: EntryKind,
    /// When it happened.
    pub occurred_at: String,
    /// When it was kept.
    pub posted_at: String,
    /// Who did it.
    pub actor: ActorView,
    /// The programme version in force.
    pub programme_version: i64,
    /// The purchase that it is, or is about.
    pub purchase_id: Option<PurchaseId>,
    /// The number of that purchase, when the entry is the purchase.
    pub external_no: Option<String>,
    /// Money of the purchase or return, in minor units; below zero came back.
    pub amount_minor: Option<i64>,
    /// Every movement.
    pub postings: Vec<Posting>,
    /// Net change of the points.
    pub points: i64,
    /// Points afterwards.
    pub balance_after: Option<i64>,
    /// Why, reason by reason.
    pub why: Vec<Why>,
    /// What became of the tier.
    pub tier_change: Option<TierChangeView>,
    /// What the person who adjusted it said.
    pub reason: Option<String>,
    /// Who spent points of this member, or whose were spent.
    pub other: Option<OtherMember>,
}

/// Net change of the points by postings.
fn net_points(postings: &[Posting]) -> i64 {
    let points = postings.iter().filter(|posting| posting.asset == Asset::Points);
    points.map(|posting| if posting.to == Account::Holder { posting.amount } else { -posting.amount }).sum()
}

/// A sentence that no rule stands behind.
fn plain(asset: Asset, amount: Option<i64>, text: String) -> Why {
    Why { rule_id: None, rule_name: None, asset, amount, text }
}

fn why_award(lens: &Lens, version: i64, award: &Award) -> Vec<Why> {
    let rules = &lens.rules.version(version).programme.earning.rules;
    let mut said = lens.voice(version).award(award).into_iter();
    let granted = award.grants.iter().zip(said.by_ref()).map(|(grant, text)| {
        let rule = rules.get(grant.rule);
        let (id, name) = (rule.map(|rule| rule.id.clone()), rule.map(|rule| rule.name.clone()));
        Why { rule_id: id, rule_name: name, asset: grant.asset, amount: Some(grant.amount), text }
    });
    let mut why: Vec<Why> = granted.collect();
    why.extend(award.gifts.iter().zip(said.by_ref()).map(|(gift, text)| why_gift(lens, version, gift, text)));
    why.extend(said.enumerate().map(|(place, text)| {
        let redeemed = place == 0 && award.redeemed_points > 0;
        plain(Asset::Points, redeemed.then_some(-award.redeemed_points), text)
    }));
    why
}

/// What an occasion gave, with its rule.
fn why_gift(lens: &Lens, version: i64, gift: &Gift, text: String) -> Why {
    let rule = lens.rules.version(version).programme.occasions.get(gift.rule);
    let (rule_id, rule_name) = (rule.map(|rule| rule.id.clone()), rule.map(|rule| rule.name.clone()));
    Why { rule_id, rule_name, asset: Asset::Points, amount: Some(gift.points), text }
}

fn why_detail(lens: &Lens, version: i64, detail: &Detail) -> Vec<Why> {
    let asset = match detail {
        Detail::Adjustment { asset, .. } => *asset,
        Detail::Share(detail) => return vec![why_share(lens, version, detail)],
        Detail::Value(_) => Asset::ValuePrincipal,
        Detail::Return(_)
        | Detail::Review { .. }
        | Detail::Coupon(_)
        | Detail::Occasion(_)
        | Detail::Gift(_)
        | Detail::Merge(_)
        | Detail::Undo(_) => Asset::Points,
    };
    let mut said = lens.voice(version).detail(detail).into_iter();
    if let Detail::Occasion(detail) = detail {
        let of_rule = said.next().map(|text| why_gift(lens, version, &detail.gift, text));
        return of_rule.into_iter().chain(said.map(|text| plain(asset, None, text))).collect();
    }
    said.map(|text| plain(asset, None, text)).collect()
}

fn why_share(lens: &Lens, version: i64, detail: &ShareDetail) -> Why {
    let points = if detail.side == Side::Gives { -detail.points() } else { detail.points() };
    plain(Asset::Points, Some(points), lens.voice(version).shared(detail, lens.names.member(detail.other)))
}

/// The other member of an entry that stands with two.
fn other(lens: &Lens, detail: &Detail) -> Option<OtherMember> {
    let Detail::Share(detail) = detail else { return None };
    Some(OtherMember { id: detail.other, name: lens.names.member(detail.other).map(str::to_owned) })
}

fn tier_view(lens: &Lens, version: i64, review: &TierReview) -> TierChangeView {
    let (from, to) = match review {
        TierReview::Changed { from, to } => (from.clone(), to.clone()),
        TierReview::Renewed | TierReview::Warned => (None, None),
    };
    TierChangeView { from, to, text: lens.voice(version).tier_review(review) }
}

impl EntryView {
    /// An entry of the log with its postings.
    pub fn new(lens: &Lens, logged: &Logged, postings: Vec<Posting>) -> Self {
        match logged {
            Logged::Purchase(purchase) => Self::of_purchase(lens, purchase, postings),
            Logged::Entry { entry, posted_at_ms } => Self::of_entry(lens, entry, *posted_at_ms, postings),
        }
    }

    /// The entry that a purchase is.
    pub fn of_purchase(lens: &Lens, record: &PurchaseRecord, postings: Vec<Posting>) -> Self {
        let award = &record.award;
        let lifted = award.tier_after.is_some();
        let lift = TierReview::Changed { from: award.tier_before.clone(), to: award.tier_after.clone() };
        Self {
            id: EntryId(record.id.0),
            kind: match record.kind {
                PurchaseKind::Earn => EntryKind::Purchase,
                PurchaseKind::History => EntryKind::History,
            },
            occurred_at: rfc3339(record.occurred_at_ms),
            posted_at: rfc3339(record.posted_at_ms),
            actor: ActorView::new(lens, record.actor),
            programme_version: record.programme_version,
            purchase_id: Some(record.id),
            external_no: record.external_no.clone(),
            amount_minor: Some(record.amount_minor),
            points: net_points(&postings),
            postings,
            balance_after: Some(award.balance_after),
            why: why_award(lens, record.programme_version, award),
            tier_change: lifted.then(|| tier_view(lens, record.programme_version, &lift)),
            reason: None,
            other: None,
        }
    }

    /// Any other entry.
    pub fn of_entry(lens: &Lens, entry: &Entry, posted_at_ms: i64, postings: Vec<Posting>) -> Self {
        let (kind, tier, amount_minor, balance_after, reason) = match &entry.detail {
            Detail::Return(returned) => {
                (EntryKind::Return, returned.tier.as_ref(), Some(-returned.amount_minor), Some(returned.balance_after), None)
            }
            Detail::Adjustment { reason, asset, balance_after, .. } => {
                let balance = (*asset == Asset::Points).then_some(*balance_after);
                (EntryKind::Adjustment, None, None, balance, Some(reason.clone()))
            }
            Detail::Review { expired, expired_bonus, tier, balance_after, .. } => {
                let kind = if expired.is_empty() && expired_bonus.is_empty() { EntryKind::Tier } else { EntryKind::Expiry };
                (kind, tier.as_ref(), None, Some(*balance_after), None)
            }
            Detail::Coupon(detail) => (EntryKind::Coupon, None, None, None, detail.reason.clone()),
            Detail::Occasion(detail) => (EntryKind::Occasion, None, None, Some(detail.balance_after), None),
            Detail::Value(detail) => {
                let kind = match detail.act {
                    ValueAct::TopUp { .. } => EntryKind::TopUp,
                    ValueAct::Pay { .. } => EntryKind::Payment,
                    ValueAct::Refund { .. } => EntryKind::Refund,
                };
                (kind, None, Some(detail.act.moved_minor()), Some(detail.balance_after), detail.reason.clone())
            }
            Detail::Gift(detail) => (EntryKind::Gift, None, None, Some(detail.balance_after), detail.reason.clone()),
            Detail::Merge(merge) => (EntryKind::Merge, None, None, Some(merge.balance_after), None),
            Detail::Undo(undo) => (EntryKind::Undo, None, None, Some(undo.balance_after), None),
            Detail::Share(share) => (EntryKind::Share, None, None, Some(share.balance_after), None),
        };
        Self {
            id: entry.id,
            kind,
            occurred_at: rfc3339(entry.occurred_at_ms),
            posted_at: rfc3339(posted_at_ms),
            actor: ActorView::new(lens, entry.actor),
            programme_version: entry.programme_version,
            purchase_id: entry.purchase,
            external_no: None,
            amount_minor,
            points: net_points(&postings),
            postings,
            balance_after,
            why: why_detail(lens, entry.programme_version, &entry.detail),
            tier_change: tier.map(|review| tier_view(lens, entry.programme_version, review)),
            reason,
            other: other(lens, &entry.detail),
        }
    }
}

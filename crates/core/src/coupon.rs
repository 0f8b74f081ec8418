//! A coupon: an offer in somebody's hand. Its template says what comes off and never changes; the coupon itself is given, claimed, used at a
//! purchase, back when all of that comes back, or taken away.

mod code;
mod deciding;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::condition::day_of;
use crate::id::{CouponId, HolderId, MemberId, PurchaseId, TemplateId};
use crate::offer::{Offer, ReadyOffer, asked_facts};
use crate::time::{date_of, day_number};

pub use code::{CODE_CHARACTERS, Code, CodeFault, SHARED_CHARACTERS_MAX, SHARED_CHARACTERS_MIN, make_code, shown_code};
pub(crate) use deciding::{Candidate, act, give, give_back, present, settle};

/// The most coupons that one purchase may name.
pub const MAX_COUPONS: usize = 20;
/// The most coupons of one template, and the most of them for one member.
pub const MAX_ISSUED: i64 = 100_000_000;
/// The longest that coupons are valid for, in days: ten years and a few days.
pub const MAX_VALID_DAYS: i64 = 3_660;
/// The largest budget, in minor units.
pub const MAX_BUDGET_MINOR: i64 = 1_000_000_000_000_000;

/// What coupons of a kind are worth, for how long, and how many there may be. It never changes: a coupon in hand stays what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CouponTemplate)]
pub struct Template {
    /// What comes off, when, of which goods and beside what. Its code is that of the template; its dates bound every coupon of it.
    pub offer: Offer,
    /// On which days a coupon is valid.
    pub validity: Validity,
    /// How many there may be.
    #[serde(default)]
    pub caps: Caps,
    /// Whether two coupons of this template may come off one purchase.
    #[serde(default)]
    pub stacks: bool,
    /// What becomes of a used coupon when everything that it was used on comes back.
    #[serde(default)]
    pub on_return: OnReturn,
    /// Whether a member may hand a coupon on: it gets a code, and is whoever's who claims it.
    #[serde(default)]
    pub transferable: bool,
    /// A code that is no secret: whoever names it may have a coupon, within the caps. None: coupons are given, or have codes of their own.
    #[serde(default)]
    pub shared_code: Option<String>,
}

/// On which days a coupon is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = CouponValidity)]
pub enum Validity {
    /// From one business day to another.
    Fixed {
        /// First business day, `YYYY-MM-DD`.
        from: String,
        /// Last business day, `YYYY-MM-DD`.
        until: String,
    },
    /// So many days from the day on which it is given.
    Days {
        /// Business days, the first included.
        days: i64,
        /// After how many days the first is; zero: at once.
        #[serde(default)]
        after_days: i64,
    },
}

/// How many coupons there may be. What is left out is not bounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CouponCaps)]
pub struct Caps {
    /// The most that are ever given.
    #[serde(default)]
    pub issued: Option<i64>,
    /// The most that are used; one that came back is not.
    #[serde(default)]
    pub used: Option<i64>,
    /// The most that they take off together, in minor units.
    #[serde(default)]
    pub budget_minor: Option<i64>,
    /// The most that one member gets.
    #[serde(default)]
    pub per_member: Option<i64>,
}

/// What becomes of a used coupon when everything that it was used on comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CouponOnReturn)]
pub enum OnReturn {
    /// It may be used again while it is valid.
    #[default]
    WhileValid,
    /// It stays used.
    Never,
}

/// Where a coupon stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CouponState {
    /// May be used.
    Issued,
    /// Was used.
    Used,
    /// Was taken away.
    Void,
}

impl CouponState {
    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            CouponState::Issued => "issued",
            CouponState::Used => "used",
            CouponState::Void => "void",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Issued, Self::Used, Self::Void].into_iter().find(|state| state.word() == word)
    }
}

/// A template with what follows from it alone.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadyTemplate {
    /// Its id.
    pub id: TemplateId,
    /// As the brand wrote it.
    pub template: Template,
    /// Its offer as it stands beside others: coupons that do not stack are a group of their own.
    pub offer: Offer,
    /// The offer's dates and conditions, read.
    pub ready: ReadyOffer,
    /// The member attributes that it asks for.
    pub asked: Vec<Attribute>,
}

impl ReadyTemplate {
    /// A template with what follows from it.
    pub fn new(id: TemplateId, template: Template) -> Self {
        let mut offer = template.offer.clone();
        if offer.group.is_none() && !template.stacks {
            // No brand writes a group with a blank line in it.
            offer.group = Some(format!("\n{id}"));
        }
        let (ready, asked) = (ReadyOffer::new(&offer), asked_facts(std::slice::from_ref(&offer)));
        Self { id, template, offer, ready, asked }
    }

    /// The first and the last business day of a coupon that is given on `day`, as days since 1970-01-01.
    pub fn valid_days(&self, day: i32) -> (i32, i32) {
        match &self.template.validity {
            Validity::Fixed { from, until } => {
                let read = |text: &str| day_of(text).and_then(|day| i32::try_from(day).ok());
                (read(from).unwrap_or(day), read(until).unwrap_or(day))
            }
            Validity::Days { days, after_days } => {
                let after = |days: i64| day_number(date_of(day.saturating_add(i32::try_from(days).unwrap_or(0))));
                (after(*after_days), after(after_days + days - 1))
            }
        }
    }
}

/// A coupon as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Its id.
    pub id: CouponId,
    /// What it is worth.
    pub template: TemplateId,
    /// To whom it was given, or who claimed or used it first; none while it is for whoever has its code.
    pub member: Option<MemberId>,
    /// With whose benefits it stands: follows from the member, who may have gone into another.
    pub holder: Option<HolderId>,
    /// Where it stands.
    pub state: CouponState,
    /// First business day on which it is valid.
    pub from_day: i32,
    /// Last business day on which it is valid.
    pub until_day: i32,
    /// The purchase on which it was used.
    pub purchase: Option<PurchaseId>,
    /// What it took off there, in minor units.
    pub off_minor: i64,
    /// UTC milliseconds at which it was given.
    pub issued_at_ms: i64,
}

impl Coupon {
    /// A coupon of a template that is given on `day`, to nobody yet.
    pub fn fresh(ready: &ReadyTemplate, id: CouponId, day: i32, now_ms: i64) -> Self {
        let (from_day, until_day) = ready.valid_days(day);
        Coupon {
            id,
            template: ready.id,
            member: None,
            holder: None,
            state: CouponState::Issued,
            from_day,
            until_day,
            purchase: None,
            off_minor: 0,
            issued_at_ms: now_ms,
        }
    }
}

/// By what the code of a coupon is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeMark {
    /// The hash by which it is found.
    pub hash: String,
    /// Its last characters, to be shown.
    pub tail: String,
}

/// A coupon in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCoupon {
    /// As it stands, changed in place.
    pub coupon: Coupon,
    /// The version that was read; zero where there is no row yet.
    pub version: i64,
    /// Whether it has a code of its own.
    pub is_coded: bool,
    /// The code that it gets in this batch.
    pub new_code: Option<CodeMark>,
    /// Whose commands changed it in this batch.
    pub changed_by: Vec<HolderId>,
}

/// How many coupons of a template there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Given, codes that nobody has claimed included.
    pub issued: i64,
    /// Used and not back.
    pub used: i64,
    /// What those took off, in minor units.
    pub off_minor: i64,
}

/// A template in a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldTemplate {
    /// What it says.
    pub ready: std::sync::Arc<ReadyTemplate>,
    /// Whether coupons are still given.
    pub open: bool,
    /// How many there were when the batch began.
    pub counts: Counts,
    /// What the batch adds.
    pub added: Counts,
    /// Whose commands added something.
    pub added_by: Vec<HolderId>,
}

impl HeldTemplate {
    /// A template of which nothing was added yet.
    pub fn new(ready: std::sync::Arc<ReadyTemplate>, open: bool, counts: Counts) -> Self {
        Self { ready, open, counts, added: Counts::default(), added_by: Vec::new() }
    }
}

/// What a code stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coded {
    /// One coupon.
    Coupon(CouponId),
    /// A coupon of this template for everybody who names it.
    Shared(TemplateId),
    /// A new coupon of this template, whatever whoever names it has already: how a log says it.
    Fresh(TemplateId),
}

/// By what a coupon is named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Named {
    /// By its id.
    Id(CouponId),
    /// By the hash of a code.
    Code(String),
}

/// A coupon that a purchase names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// By what.
    pub named: Named,
    /// The id that a coupon gets which a shared code makes.
    pub fresh: CouponId,
}

/// A coupon that stood beside the offers when a purchase was priced. Kept with the purchase for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presented {
    /// Which.
    #[serde(rename = "i")]
    pub coupon: CouponId,
    /// Of which template.
    #[serde(rename = "t")]
    pub template: TemplateId,
    /// First business day on which it was valid.
    #[serde(rename = "d")]
    pub from_day: i32,
    /// Last business day on which it was valid.
    #[serde(rename = "u")]
    pub until_day: i32,
    /// Whether a shared code made it for this purchase.
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
}

/// What is to be done with a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponAct {
    /// Give one of a template, as this id.
    Issue {
        /// Of which.
        template: TemplateId,
        /// The id that it gets.
        fresh: CouponId,
    },
    /// Take the one of a code, or one by a shared code.
    Claim(Shown),
    /// Hand it on: it is whoever's who claims its code, which it gets where it has none.
    Release(CouponId, Option<CodeMark>),
    /// Take it away from whoever has it.
    Void(CouponId),
}

/// Something to be done with a coupon of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponOrder {
    /// Whose.
    pub member: MemberId,
    /// What.
    pub act: CouponAct,
    /// Why, where whoever asks said so.
    pub reason: Option<String>,
}

/// What was done with a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CouponEvent {
    /// Given.
    Issued,
    /// Claimed by its code.
    Claimed,
    /// Claimed by a shared code.
    Shared,
    /// Handed on, for whoever claims its code.
    Released,
    /// Taken away.
    Voided,
}

/// What the log says of a coupon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouponDetail {
    /// What was done.
    pub event: CouponEvent,
    /// With which.
    pub coupon: CouponId,
    /// Of which template.
    pub template: TemplateId,
    /// What the brand calls it.
    pub name: String,
    /// First business day on which it is valid.
    pub from_day: i32,
    /// Last business day on which it is valid.
    pub until_day: i32,
    /// Why, where whoever asked said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why a coupon is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouponRefusal {
    /// There is none of that id or code.
    Unknown,
    /// The code does not add up: a character is wrong, or two are exchanged.
    Mistyped,
    /// There is no such template.
    UnknownTemplate,
    /// Another member's.
    OfAnother,
    /// Used already.
    Used,
    /// Taken away.
    Void,
    /// Not valid before a business day.
    NotYet(i32),
    /// Not valid after a business day.
    Expired(i32),
    /// Named twice.
    Twice,
    /// More than a purchase takes.
    TooMany,
    /// The purchase comes at prices that were paid, off which nothing comes any more.
    PaidPrices,
    /// No more are given: the template is closed.
    Closed,
    /// As many as there may be were given.
    AllGiven,
    /// As many as may be used were used.
    AllUsed,
    /// It would take more off than is left of the budget.
    BudgetSpent,
    /// The member has had as many as she may.
    EnoughForMember(i64),
    /// Nobody has claimed it.
    Unclaimed,
    /// It may not be handed on.
    NotTransferable,
}

impl CouponRefusal {
    /// The stable code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            CouponRefusal::Unknown => "unknown_coupon",
            CouponRefusal::Mistyped => "coupon_code_mistyped",
            CouponRefusal::UnknownTemplate => "unknown_coupon_template",
            CouponRefusal::OfAnother => "coupon_of_another",
            CouponRefusal::Used => "coupon_used",
            CouponRefusal::Void => "coupon_void",
            CouponRefusal::NotYet(_) => "coupon_not_yet",
            CouponRefusal::Expired(_) => "coupon_expired",
            CouponRefusal::Twice => "coupon_twice",
            CouponRefusal::TooMany => "too_many_coupons",
            CouponRefusal::PaidPrices => "coupon_at_paid_prices",
            CouponRefusal::Closed => "coupon_closed",
            CouponRefusal::AllGiven => "coupons_all_given",
            CouponRefusal::AllUsed => "coupons_all_used",
            CouponRefusal::BudgetSpent => "coupon_budget_spent",
            CouponRefusal::EnoughForMember(_) => "coupons_enough_for_member",
            CouponRefusal::Unclaimed => "coupon_unclaimed",
            CouponRefusal::NotTransferable => "coupon_not_transferable",
        }
    }
}

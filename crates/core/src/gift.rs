//! Gifts for points: the catalogue, the stock of each store, and what becomes of a gift that a member puts aside. Its points are spent at
//! once and go back into the lots that they came from when it is cancelled or not collected in time.

mod deciding;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::condition::{Condition, day_of};
use crate::coupon::CodeMark;
use crate::id::{FestivalId, GiftId, HolderId, MemberId, ReservationId};
use crate::language::Language;
use crate::ledger::Taken;
use crate::person::Person;
use crate::purchase::TenderKind;
use crate::value::PaidValue;

pub(crate) use deciding::act;

/// The most points that a gift costs.
pub const MAX_POINTS: i64 = 1_000_000_000;
/// The most lines of [`GiftTerms::allowances`].
pub const MAX_ALLOWANCES: usize = 20;
/// The most pieces of one gift that one member may have.
pub const MAX_PER_MEMBER: i64 = 1_000_000;
/// The longest that a gift is put aside, in days.
pub const MAX_HOLD_DAYS: i64 = 366;
/// The most pieces that a store has of one gift.
pub const MAX_STOCK: i64 = 1_000_000_000;
/// The longest code of a store, in characters.
pub const MAX_STORE_CHARACTERS: usize = 64;

/// A name in one language or more. Whoever reads it in another is given the first that there is, English in front.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalText {
    /// In simplified Chinese.
    #[serde(rename = "zh-CN", default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub zh_cn: Option<String>,
    /// In traditional Chinese.
    #[serde(rename = "zh-TW", default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub zh_tw: Option<String>,
    /// In Korean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub ko: Option<String>,
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub en: Option<String>,
}

impl LocalText {
    /// What is written, in the order of [`Language::ALL`].
    pub fn texts(&self) -> [Option<&str>; 4] {
        [&self.zh_cn, &self.zh_tw, &self.ko, &self.en].map(|text| text.as_deref())
    }

    /// The text for a reader of a language; of the two Chinese ones each stands in for the other.
    pub fn read(&self, language: Language) -> &str {
        let [zh_cn, zh_tw, ko, en] = self.texts();
        let order = match language {
            Language::ZhCn => [zh_cn, zh_tw, en, ko],
            Language::ZhTw => [zh_tw, zh_cn, en, ko],
            Language::Ko => [ko, en, zh_cn, zh_tw],
            Language::En => [en, zh_cn, zh_tw, ko],
        };
        order.into_iter().flatten().next().unwrap_or_default()
    }
}

/// A gift of the catalogue. It may be changed: what was put aside before stays what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiftTerms {
    /// The brand's code for it, unique.
    #[schema(min_length = 1, max_length = 40)]
    pub code: String,
    /// What members call it.
    pub name: LocalText,
    /// The brand's kind of gift, such as gold or tableware.
    #[serde(default)]
    #[schema(max_length = 80)]
    pub category: Option<String>,
    /// Its picture, by the id that keeping it gave.
    #[serde(default)]
    pub picture: Option<String>,
    /// What it costs, in points.
    #[schema(minimum = 1, maximum = 1_000_000_000_i64)]
    pub points: i64,
    /// What is paid for it beside that at the counter, in minor units.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub amount_minor: i64,
    /// Who may have it and how many: the first line that a member fits counts, and who fits none may not. No line: everybody, any number.
    #[serde(default)]
    pub allowances: Vec<Allowance>,
    /// For how many business days it is put aside, the first included.
    #[serde(default = "usual_hold_days")]
    #[schema(minimum = 1, maximum = 366)]
    pub hold_days: i64,
    /// Whether it is collected at a store.
    #[serde(default = "yes")]
    pub collected: bool,
    /// Whether it is delivered.
    #[serde(default)]
    pub delivered: bool,
    /// The festival to which it belongs: it is exchanged on its days only. None: on any day.
    #[serde(default)]
    pub festival: Option<FestivalId>,
    /// Whether it is exchanged.
    #[serde(default = "yes")]
    pub open: bool,
}

fn usual_hold_days() -> i64 {
    14
}

fn yes() -> bool {
    true
}

/// How many pieces of a gift those members may have who fit a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Who: of a segment, a tier, an age; none: everybody.
    #[serde(default)]
    pub when: Option<Condition>,
    /// The most that one of them may have, cancelled ones left out; none: any number.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub most: Option<i64>,
}

impl GiftTerms {
    /// The line of the allowances that a member fits; of a gift without lines none is needed.
    pub fn allowance(&self, person: &Person<'_>) -> Option<usize> {
        self.allowances.iter().position(|allowance| allowance.when.as_ref().is_none_or(|when| person.fits(when)))
    }

    /// Whether any line asks something of a member.
    pub fn asks(&self) -> bool {
        self.allowances.iter().any(|allowance| allowance.when.is_some())
    }
}

/// A period with gifts of its own, such as the yearly redemption festival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FestivalTerms {
    /// What members call it.
    pub name: LocalText,
    /// First business day, `YYYY-MM-DD`.
    pub from: String,
    /// Last business day, `YYYY-MM-DD`.
    pub until: String,
}

impl FestivalTerms {
    /// First and last business day as days since 1970-01-01; a text that is no date is no day at all.
    pub fn days(&self) -> (i32, i32) {
        let read = |text: &str| day_of(text).and_then(|day| i32::try_from(day).ok());
        (read(&self.from).unwrap_or(i32::MAX), read(&self.until).unwrap_or(i32::MIN))
    }
}

/// A gift in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gift {
    /// Its id.
    pub id: GiftId,
    /// How often it was changed.
    pub revision: i64,
    /// As the brand wrote it.
    pub terms: GiftTerms,
    /// First and last business day of its festival.
    pub days: Option<(i32, i32)>,
}

impl Gift {
    /// The most that a member may have who fits a line of the allowances; none: any number.
    ///
    /// # Errors
    /// Why she may have none on a business day.
    pub fn most(&self, allowance: Option<usize>, today: i32) -> Result<Option<i64>, GiftRefusal> {
        let terms = &self.terms;
        if !terms.open {
            return Err(GiftRefusal::Closed);
        }
        if let Some((from, until)) = self.days.filter(|(from, until)| !(*from..=*until).contains(&today)) {
            return Err(GiftRefusal::NotNow(from, until));
        }
        if terms.allowances.is_empty() {
            return Ok(None);
        }
        let line = allowance.and_then(|place| terms.allowances.get(place));
        line.map(|line| line.most).ok_or(GiftRefusal::NotForMember)
    }
}

/// What a store has of a gift in a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldStock {
    /// Pieces that ever came, less those that were taken out otherwise than by members.
    pub stock: i64,
    /// Pieces put aside.
    pub reserved: i64,
    /// Pieces handed out.
    pub handed: i64,
    /// What the batch adds to those two.
    pub added: [i64; 2],
    /// Whose commands added something.
    pub added_by: Vec<HolderId>,
}

impl HeldStock {
    /// Pieces that may still be put aside.
    pub fn left(&self) -> i64 {
        self.stock - self.reserved - self.handed - self.added.iter().sum::<i64>()
    }
}

/// Where a gift stands that a member has put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// Put aside.
    Reserved,
    /// Handed out, or sent.
    Handed,
    /// Cancelled, or brought back.
    Cancelled,
    /// Not collected in time.
    Lapsed,
}

impl ReservationState {
    /// All of them.
    pub const ALL: [ReservationState; 4] = [Self::Reserved, Self::Handed, Self::Cancelled, Self::Lapsed];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ReservationState::Reserved => "reserved",
            ReservationState::Handed => "handed",
            ReservationState::Cancelled => "cancelled",
            ReservationState::Lapsed => "lapsed",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A gift that a member has put aside, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// Its id.
    pub id: ReservationId,
    /// Which gift.
    pub gift: GiftId,
    /// Who put it aside; with whose benefits it stands follows from her.
    pub member: MemberId,
    /// The store that has it.
    pub store: String,
    /// Whether it is sent instead of collected.
    pub delivery: bool,
    /// Where it stands.
    pub state: ReservationState,
    /// UTC milliseconds at which it lapses unless it was collected; none of what is sent.
    pub expires_at_ms: Option<i64>,
    /// What it was called.
    pub name: LocalText,
    /// The lots that its points came from.
    pub lots: Vec<Taken>,
    /// What is, or was, to be paid beside, in minor units.
    pub amount_minor: i64,
    /// Stored value that paid for it when it was handed out.
    pub value: Option<PaidValue>,
}

impl Reservation {
    /// What it cost, in points.
    pub fn points(&self) -> i64 {
        self.lots.iter().map(|lot| lot.amount).sum()
    }
}

/// A reservation in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldReservation {
    /// As it stands, changed in place.
    pub reservation: Reservation,
    /// The version that was read; zero where there is no row yet.
    pub version: i64,
    /// The code that it gets in this batch.
    pub mark: Option<CodeMark>,
    /// Whose commands changed it in this batch.
    pub changed_by: Vec<HolderId>,
}

/// What is to be done with a gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GiftAct {
    /// Put one aside and spend its points.
    Reserve {
        /// Which.
        gift: GiftId,
        /// The revision by which the allowance was looked up.
        revision: i64,
        /// The line of the allowances that the member fits.
        allowance: Option<usize>,
        /// The store that has it.
        store: String,
        /// Whether it is sent instead of collected.
        delivery: bool,
        /// The id that the reservation gets.
        fresh: ReservationId,
        /// By what its code is known.
        mark: CodeMark,
    },
    /// Hand it out, or send it, against what is to be paid beside.
    HandOver {
        /// Which.
        reservation: ReservationId,
        /// The store at which it is asked for; none: not looked at.
        store: Option<String>,
        /// How that is paid; none where nothing is.
        tender: Option<TenderKind>,
        /// The number of the parcel.
        parcel: Option<String>,
    },
    /// Cancel it; where it `may_be_handed`, take it back too when it was handed out.
    Cancel {
        /// Which.
        reservation: ReservationId,
        /// Whether it may have been handed out.
        may_be_handed: bool,
    },
    /// Let it lapse where its time is over.
    Lapse(ReservationId),
}

/// Something to be done with a gift of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftOrder {
    /// Whose.
    pub member: MemberId,
    /// What.
    pub act: GiftAct,
    /// Code of the employee.
    pub staff: Option<String>,
    /// Why, where whoever asks said so.
    pub reason: Option<String>,
}

/// What was done with a gift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftEvent {
    /// Put aside.
    Reserved,
    /// Handed out, or sent.
    Handed,
    /// Cancelled, or brought back.
    Cancelled,
    /// Not collected in time.
    Lapsed,
}

/// What the log says of a gift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftDetail {
    /// What was done.
    pub event: GiftEvent,
    /// With which reservation.
    pub reservation: ReservationId,
    /// Of which gift.
    pub gift: GiftId,
    /// What it was called.
    pub name: LocalText,
    /// The store that has it.
    pub store: String,
    /// Whether it is sent instead of collected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delivery: bool,
    /// The lots that its points came from.
    pub lots: Vec<Taken>,
    /// What is paid for it beside points, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub amount_minor: i64,
    /// The most that the member might have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<i64>,
    /// For how many business days it was put aside.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hold_days: i64,
    /// UTC milliseconds at which it lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
    /// How it was paid beside points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender: Option<TenderKind>,
    /// Stored value that paid, or came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<PaidValue>,
    /// The number of the parcel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parcel: Option<String>,
    /// Code of the employee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<String>,
    /// Why, where whoever asked said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

impl GiftDetail {
    /// What the gift cost, in points.
    pub fn points(&self) -> i64 {
        self.lots.iter().map(|lot| lot.amount).sum()
    }
}

/// Why a gift is not put aside, handed out or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiftRefusal {
    /// There is no such gift.
    Unknown,
    /// It was changed a moment ago.
    Changed,
    /// It is not exchanged any more.
    Closed,
    /// Its festival is from one business day to another.
    NotNow(i32, i32),
    /// It is for other members.
    NotForMember,
    /// The member has had as many as she may.
    EnoughForMember(i64),
    /// The store has none left.
    NoStock,
    /// It is not collected at a store.
    NotCollected,
    /// It is not delivered.
    NotDelivered,
    /// There is no such reservation.
    UnknownReservation,
    /// The code does not add up: a character is wrong, or two are exchanged.
    Mistyped,
    /// Another store has it.
    OtherStore,
    /// It was handed out.
    Handed,
    /// It was cancelled.
    Cancelled,
    /// It was not collected in time.
    Lapsed,
    /// Something is to be paid beside, in minor units.
    TenderMissing(i64),
    /// Nothing is to be paid beside.
    NothingToPay,
}

impl GiftRefusal {
    /// The stable code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            GiftRefusal::Unknown => "unknown_gift",
            GiftRefusal::Changed => "gift_changed",
            GiftRefusal::Closed => "gift_closed",
            GiftRefusal::NotNow(..) => "gift_not_now",
            GiftRefusal::NotForMember => "gift_not_for_member",
            GiftRefusal::EnoughForMember(_) => "gifts_enough_for_member",
            GiftRefusal::NoStock => "gift_out_of_stock",
            GiftRefusal::NotCollected => "gift_not_collected",
            GiftRefusal::NotDelivered => "gift_not_delivered",
            GiftRefusal::UnknownReservation => "unknown_reservation",
            GiftRefusal::Mistyped => "reservation_code_mistyped",
            GiftRefusal::OtherStore => "reservation_at_other_store",
            GiftRefusal::Handed => "reservation_handed",
            GiftRefusal::Cancelled => "reservation_cancelled",
            GiftRefusal::Lapsed => "reservation_lapsed",
            GiftRefusal::TenderMissing(_) => "gift_tender_missing",
            GiftRefusal::NothingToPay => "gift_nothing_to_pay",
        }
    }

    /// The field of the request that it is about.
    pub fn field(self) -> Option<&'static str> {
        match self {
            GiftRefusal::NoStock | GiftRefusal::OtherStore => Some("store"),
            GiftRefusal::NotCollected | GiftRefusal::NotDelivered => Some("delivery"),
            GiftRefusal::TenderMissing(_) | GiftRefusal::NothingToPay => Some("tender"),
            GiftRefusal::Mistyped => Some("code"),
            GiftRefusal::Unknown
            | GiftRefusal::Changed
            | GiftRefusal::Closed
            | GiftRefusal::NotNow(..)
            | GiftRefusal::NotForMember
            | GiftRefusal::EnoughForMember(_) => Some("gift_id"),
            GiftRefusal::UnknownReservation | GiftRefusal::Handed | GiftRefusal::Cancelled | GiftRefusal::Lapsed => None,
        }
    }
}

//! The decision: commands folded in order over the state, later ones seeing the effect of earlier ones.
//!
//! What is decided goes to a [`Sink`], so that the store, a dry run and a what-if run the same function.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::birthday::LunarKind;
use crate::coupon::{Coded, CouponDetail, CouponOrder, HeldCoupon, HeldTemplate};
use crate::earning::{Award, FrozenValue, ReadyRule, asked_facts};
use crate::gift::{Gift, GiftDetail, GiftOrder, HeldReservation, HeldStock};
use crate::holder::{HolderState, Ranking};
use crate::id::{CouponId, EntryId, GiftId, HolderId, MemberId, PurchaseId, ReservationId, TemplateId};
use crate::ledger::{Account, Asset, Posting, Taken};
use crate::member::MemberFacts;
use crate::merge::{MergeDetail, UndoDetail};
use crate::occasion::{self, OccasionDetail, OccasionOrder, ReadyOccasion, Withheld};
use crate::offer::{self, ReadyOffer};
use crate::programme::{Programme, SpentPoints};
use crate::purchase::{KeptPurchase, Order};
use crate::quote::Quote;
use crate::refusal::Refusal;
use crate::share::ShareDetail;
use crate::tier::TierChange;
use crate::value::{self, ValueDetail, ValueOrder};
use crate::{adjust, buy, coupon, gift, give_back};

/// What kind of someone acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person in the console.
    User,
    /// A program with a key.
    Key,
    /// The system by itself.
    System,
    /// A file being imported.
    Import,
}

impl ActorKind {
    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ActorKind::User => "user",
            ActorKind::Key => "key",
            ActorKind::System => "system",
            ActorKind::Import => "import",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::User, Self::Key, Self::System, Self::Import].into_iter().find(|kind| kind.word() == word)
    }
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// What kind of someone.
    pub kind: ActorKind,
    /// The number of the user, key or import; zero for the system.
    pub id: i64,
}

/// By what a brand cuts its days: instants become business days, weekdays and hours by it, and expiry and review become instants.
#[derive(Debug, Clone, PartialEq)]
pub struct DayClock {
    /// The time zone.
    pub zone: TimeZone,
    /// The hour at which the business day changes.
    pub cut_hour: u8,
}

impl DayClock {
    /// What this clock says at `at_ms`, in UTC milliseconds.
    pub fn moment(&self, at_ms: i64) -> crate::purchase::Moment {
        crate::time::moment(at_ms, &self.zone, self.cut_hour)
    }
}

/// A published programme and what follows from it alone.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its version, from 1.
    pub version: i64,
    /// The clock that was the brand's while this version was in force, where the brand has changed its clock since.
    pub clock: Option<DayClock>,
    /// The programme.
    pub programme: Programme,
    /// Its rules with their dates read, in the same order.
    pub ready: Vec<ReadyRule>,
    /// The member attributes that its rules ask for.
    pub asked: Vec<Attribute>,
    /// Its offers with their dates read, in the same order.
    pub ready_offers: Vec<ReadyOffer>,
    /// The member attributes that its offers ask for.
    pub asked_by_offers: Vec<Attribute>,
    /// Its occasions with their dates read, in the same order.
    pub ready_occasions: Vec<ReadyOccasion>,
    /// The asset that counts as a tier's points.
    pub qualifying: Asset,
}

impl Published {
    /// A programme with what follows from it.
    pub fn new(version: i64, programme: Programme) -> Self {
        let ready = programme.earning.rules.iter().map(ReadyRule::new).collect();
        let (asked, qualifying) = (asked_facts(&programme), programme.qualifying_asset());
        let ready_offers = programme.offers.iter().map(ReadyOffer::new).collect();
        let asked_by_offers = offer::asked_facts(&programme.offers);
        let ready_occasions = programme.occasions.iter().map(ReadyOccasion::new).collect();
        Self { version, clock: None, programme, ready, asked, ready_offers, asked_by_offers, ready_occasions, qualifying }
    }
}

/// What the brand has said, as the decision needs it.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The programme in force.
    pub current: Arc<Published>,
    /// All versions ever published, the current one included.
    pub versions: BTreeMap<i64, Arc<Published>>,
    /// The brand's clock as it stands.
    pub clock: DayClock,
    /// Which lunar calendar the brand's country keeps.
    pub lunar: LunarKind,
}

impl Rules {
    /// Rules with one published programme.
    pub fn new(published: Published, zone: TimeZone, cut_hour: u8, lunar: LunarKind) -> Self {
        let current = Arc::new(published);
        let versions = BTreeMap::from([(current.version, Arc::clone(&current))]);
        Self { current, versions, clock: DayClock { zone, cut_hour }, lunar }
    }

    /// The version by which a purchase earned; the current one when it names none.
    pub fn version(&self, version: i64) -> &Published {
        self.versions.get(&version).unwrap_or(&self.current)
    }

    /// The clock that was the brand's while a version was in force. Whatever is decided by a version is decided by its clock, so that
    /// the log can be folded again after the brand has changed its time zone or cut hour.
    pub fn clock_of<'a>(&'a self, published: &'a Published) -> &'a DayClock {
        published.clock.as_ref().unwrap_or(&self.clock)
    }

    /// The clock of the version in force.
    pub fn clock(&self) -> &DayClock {
        self.clock_of(&self.current)
    }

    /// What the shop's clock says.
    pub fn moment(&self, at_ms: i64) -> crate::purchase::Moment {
        self.clock().moment(at_ms)
    }
}

/// A return as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnOrder {
    /// Of which purchase.
    pub purchase: PurchaseId,
    /// Lines from zero with pieces; none: all that is left.
    pub lines: Option<Vec<(usize, i64)>>,
    /// UTC milliseconds at which the goods came back.
    pub at_ms: i64,
}

/// An adjustment by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Whose.
    pub member: MemberId,
    /// Of what.
    pub asset: Asset,
    /// Units; below zero takes away.
    pub amount: i64,
    /// Why.
    pub reason: String,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Command {
    /// Post a purchase.
    Purchase(Order),
    /// Take goods back.
    Return(ReturnOrder),
    /// Adjust a balance by hand.
    Adjust(Adjustment),
    /// Give, claim or take away a coupon.
    Coupon(CouponOrder),
    /// Give what a day of the year, or joining, is the occasion for.
    Occasion(OccasionOrder),
    /// Pay money in, pay with it, pay it out again.
    Value(ValueOrder),
    /// Put a gift aside for points, hand it out, give its points back.
    Gift(GiftOrder),
    /// Let expire what has expired, and look at the tier.
    Review(HolderId),
    /// Take note of where a holder stood when everybody was ranked, and look at the tier.
    Rank(HolderId, Ranking),
}

/// A command with who asks and how it is known again.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The entry that it becomes; equal to the purchase's id for a purchase.
    pub id: EntryId,
    /// Who asks.
    pub actor: Actor,
    /// How a repeat is known, beside a purchase number.
    pub key: Option<Key>,
    /// What is asked.
    pub command: Command,
}

/// An idempotency key within its scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Hash of principal, route and key.
    pub scoped: String,
    /// Of everything the caller sent.
    pub input_hash: i64,
}

/// What a key or number already stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The entry that it became.
    pub entry: EntryId,
    /// Of what was sent then.
    pub input_hash: i64,
}

/// A holder in a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Held {
    /// The version that was read; zero when there is no row yet.
    pub version: i64,
    /// The state, changed in place.
    pub state: HolderState,
    /// Whether any command of the batch changed it.
    pub changed: bool,
}

/// All that a batch reads, changed in place as it is folded.
#[derive(Debug, Default)]
pub struct World {
    /// The members named by the commands.
    pub members: HashMap<MemberId, MemberFacts>,
    /// Their holders, and those of returned purchases.
    pub holders: HashMap<HolderId, Held>,
    /// The purchases that returns name.
    pub purchases: HashMap<PurchaseId, KeptPurchase>,
    /// Purchase numbers of the commands that are already taken.
    pub numbers: HashMap<String, Known>,
    /// Idempotency keys of the commands that are already used.
    pub keys: HashMap<String, Known>,
    /// What was known of the member at purchases that are folded again; her file may have changed since.
    pub frozen: HashMap<PurchaseId, Vec<(Attribute, FrozenValue)>>,
    /// What was known of the member when purchases that are folded again were priced.
    pub priced_by: HashMap<PurchaseId, Vec<(Attribute, FrozenValue)>>,
    /// The coupons that the commands name, and those of purchases that goods come back of.
    pub coupons: HashMap<CouponId, HeldCoupon>,
    /// What the codes that the commands name stand for.
    pub codes: HashMap<String, Coded>,
    /// The templates of all these.
    pub templates: HashMap<TemplateId, HeldTemplate>,
    /// How many coupons of those templates the holders have ever had.
    pub given: HashMap<(HolderId, TemplateId), i64>,
    /// The ids of the coupons that commands may give on occasions, by their entries.
    pub fresh: HashMap<EntryId, Vec<CouponId>>,
    /// Why occasions did not give their coupons, by entry and place of the rule, where a log is folded again: it depends on everybody.
    pub withheld: HashMap<EntryId, Vec<(usize, Withheld)>>,
    /// The gifts that the commands name.
    pub gifts: HashMap<GiftId, Gift>,
    /// What the stores named with them have.
    pub stocks: HashMap<(GiftId, String), HeldStock>,
    /// The reservations that the commands name.
    pub reservations: HashMap<ReservationId, HeldReservation>,
    /// How many of those gifts the holders have, cancelled and lapsed ones left out.
    pub gifts_had: HashMap<(HolderId, GiftId), i64>,
    /// Members who went into another, and into whom: what they do is hers.
    pub keepers: HashMap<MemberId, MemberId>,
    /// Of holders who spend points and whose households share: the others who live there and whose files are open.
    pub sharing: HashMap<HolderId, Vec<HolderId>>,
    /// Ids that stand right before that of a command, for what it draws from others: two for each of them.
    pub spare: HashMap<EntryId, Vec<EntryId>>,
    /// Whether what is spent beyond what there is becomes a debt instead of a refusal: it was there while two members were one.
    pub may_owe: bool,
}

impl World {
    /// The holder, made when it has no state yet.
    pub fn held(&mut self, holder: HolderId) -> &mut Held {
        self.holders.entry(holder).or_default()
    }
}

/// An entry of the log that is not a purchase.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Whose benefits.
    pub holder: HolderId,
    /// The member it is told to.
    pub member: MemberId,
    /// UTC milliseconds at which it happened.
    pub occurred_at_ms: i64,
    /// Who did it.
    pub actor: Actor,
    /// The programme version in force.
    pub programme_version: i64,
    /// The purchase that it is about.
    pub purchase: Option<PurchaseId>,
    /// What was done.
    pub detail: Detail,
}

/// What an entry did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Detail {
    /// Goods came back.
    Return(ReturnDetail),
    /// A balance was adjusted by hand.
    Adjustment {
        /// Of what.
        asset: Asset,
        /// Units; below zero was taken away.
        amount: i64,
        /// Why.
        reason: String,
        /// The lots that it was taken from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lots: Vec<Taken>,
        /// When what was given lapses.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at_ms: Option<i64>,
        /// Balance of that asset afterwards.
        balance_after: i64,
    },
    /// Something expired, everybody was ranked, or the tier was looked at.
    Review {
        /// Where the holder stood at a ranking.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ranked: Option<Ranking>,
        /// Points that expired, by lot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        expired: Vec<Taken>,
        /// Stored value added by the brand that expired, by lot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        expired_bonus: Vec<Taken>,
        /// What became of the tier.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tier: Option<TierReview>,
        /// Balance of points afterwards.
        balance_after: i64,
    },
    /// A coupon was given, claimed or taken away.
    Coupon(CouponDetail),
    /// Something was given on an occasion that is no purchase, or the entry says why not.
    Occasion(OccasionDetail),
    /// Money was paid in, paid with or paid out again.
    Value(ValueDetail),
    /// A gift was put aside for points, handed out, or its points went back.
    Gift(GiftDetail),
    /// Two members turned out to be one person.
    Merge(MergeDetail),
    /// They turned out to be two after all.
    Undo(UndoDetail),
    /// A member of a household spent points of another.
    Share(ShareDetail),
}

impl Detail {
    /// The word of the entry's kind in the database and on the wire.
    pub fn word(&self) -> &'static str {
        match self {
            Detail::Return(_) => "return",
            Detail::Adjustment { .. } => "adjustment",
            Detail::Review { .. } => "review",
            Detail::Coupon(_) => "coupon",
            Detail::Occasion(_) => "occasion",
            Detail::Value(_) => "value",
            Detail::Gift(_) => "gift",
            Detail::Merge(_) => "merge",
            Detail::Undo(_) => "undo",
            Detail::Share(_) => "share",
        }
    }
}

/// What a return did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnDetail {
    /// Lines from zero with pieces.
    pub lines: Vec<(usize, i64)>,
    /// What the returned goods had cost, in minor units, points included.
    pub amount_minor: i64,
    /// Of it, what was paid in money and goes back in money, before any deduction; stored value excepted.
    pub refund_minor: i64,
    /// Points taken back; below zero when the smaller basket earns more than the bigger one did.
    pub points_taken: i64,
    /// Growth points taken back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub growth_taken: i64,
    /// Of the points taken back, those that were already spent; below zero when a later return takes back less than an earlier one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spent: i64,
    /// Of the points taken back, those that had already expired: they are not taken a second time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lapsed: i64,
    /// How those were settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<SpentPoints>,
    /// What was taken off the refund for them, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deducted_minor: i64,
    /// Redeemed points given back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub given_back: i64,
    /// Stored value that goes back to what was paid in, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub principal_back: i64,
    /// Stored value that goes back to what the brand had added, in minor units.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bonus_back: i64,
    /// Coupons that may be used again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<CouponId>,
    /// Coupons taken away that the purchase had been the occasion for and no longer is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts_taken: Vec<CouponId>,
    /// Such coupons that stay, because they were used or handed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts_kept: Vec<CouponId>,
    /// The tier, when the return changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierReview>,
    /// Balance of points afterwards.
    pub balance_after: i64,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// What became of a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TierReview {
    /// Kept for another period.
    Renewed,
    /// Falls after the grace unless it is reached again.
    Warned,
    /// Changed.
    Changed {
        /// Code before.
        from: Option<String>,
        /// Code after.
        to: Option<String>,
    },
}

impl From<TierChange> for TierReview {
    fn from(change: TierChange) -> Self {
        TierReview::Changed { from: change.from, to: change.to }
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out.
    Done(EntryId),
    /// Carried out before; this is the entry that it became then.
    Replayed(EntryId),
    /// A review that found nothing to do.
    Nothing,
    /// Not carried out.
    Refused(Refusal),
}

/// Where decisions go. `index` is the place of the command in the batch.
pub trait Sink {
    /// A purchase is kept with what it gave.
    fn purchase(&mut self, index: usize, holder: HolderId, award: Award);
    /// What a purchase at list prices costs, for whoever asked; what is kept of it stands in its award.
    fn quote(&mut self, index: usize, quote: Quote);
    /// An entry is kept.
    fn entry(&mut self, index: usize, entry: Entry);
    /// Something moved.
    fn posting(&mut self, index: usize, posting: Posting);
    /// More of a kept purchase has come back.
    fn returned(&mut self, index: usize, purchase: &KeptPurchase);
    /// The state of a holder was changed, by this entry of its log. The entry of the command itself comes last.
    fn touched(&mut self, index: usize, holder: HolderId, entry: EntryId);
    /// What became of the command; once for each, last.
    fn outcome(&mut self, index: usize, outcome: Outcome);
}

/// What all commands of a batch share.
pub(crate) struct Turn<'a> {
    pub rules: &'a Rules,
    pub now_ms: i64,
    /// The business day of `now_ms`.
    pub today: i32,
    /// The purchases that some return of the batch names.
    pub to_be_returned: &'a HashSet<PurchaseId>,
    pub index: usize,
    pub id: EntryId,
    pub actor: Actor,
}

impl Turn<'_> {
    pub fn post(&self, sink: &mut impl Sink, holder: HolderId, asset: Asset, amount: i64, from: Account, to: Account) {
        if amount > 0 {
            sink.posting(self.index, Posting { entry: self.id, holder, asset, amount, from, to });
        }
    }
}

/// Folds commands in order over the world. Every command gets one outcome; a refusal changes nothing but its own outcome.
///
/// `now_ms` is the moment of posting, in UTC milliseconds; what happened earlier says so itself.
pub fn decide<'a>(
    rules: &Rules,
    world: &mut World,
    commands: impl IntoIterator<Item = &'a Envelope, IntoIter: Clone>,
    now_ms: i64,
    sink: &mut impl Sink,
) {
    let commands = commands.into_iter();
    let returns = commands.clone().filter_map(|envelope| match &envelope.command {
        Command::Return(order) => Some(order.purchase),
        Command::Purchase(_)
        | Command::Adjust(_)
        | Command::Coupon(_)
        | Command::Occasion(_)
        | Command::Value(_)
        | Command::Gift(_)
        | Command::Review(_)
        | Command::Rank(..) => None,
    });
    let to_be_returned = &returns.collect();
    let today = rules.moment(now_ms).day;
    for (index, envelope) in commands.enumerate() {
        let turn = Turn { rules, now_ms, today, to_be_returned, index, id: envelope.id, actor: envelope.actor };
        let outcome = match known(world, envelope) {
            Some(Ok(entry)) => Outcome::Replayed(entry),
            Some(Err(refusal)) => Outcome::Refused(refusal),
            None => match carry_out(&turn, world, &envelope.command, sink) {
                Ok(Some(holder)) => {
                    remember(world, envelope);
                    sink.touched(index, holder, envelope.id);
                    Outcome::Done(envelope.id)
                }
                Ok(None) => Outcome::Nothing,
                Err(refusal) => Outcome::Refused(refusal),
            },
        };
        sink.outcome(index, outcome);
    }
}

fn carry_out(turn: &Turn<'_>, world: &mut World, command: &Command, sink: &mut impl Sink) -> Result<Option<HolderId>, Refusal> {
    match command {
        Command::Purchase(order) => buy::purchase(turn, world, order, sink).map(Some),
        Command::Return(order) => give_back::take(turn, world, order, sink).map(Some),
        Command::Adjust(adjustment) => adjust::by_hand(turn, world, adjustment, sink).map(Some),
        Command::Coupon(order) => coupon::act(turn, world, order, sink).map(Some),
        Command::Occasion(order) => occasion::act(turn, world, order, sink),
        Command::Value(order) => value::act(turn, world, order, sink).map(Some),
        Command::Gift(order) => gift::act(turn, world, order, sink),
        Command::Review(holder) => Ok(adjust::review(turn, world, *holder, None, sink).then_some(*holder)),
        Command::Rank(holder, ranking) => Ok(adjust::review(turn, world, *holder, Some(ranking), sink).then_some(*holder)),
    }
}

fn known(world: &World, envelope: &Envelope) -> Option<Result<EntryId, Refusal>> {
    if let Some(key) = &envelope.key
        && let Some(known) = world.keys.get(&key.scoped)
    {
        return Some(if known.input_hash == key.input_hash { Ok(known.entry) } else { Err(Refusal::KeyReused) });
    }
    let Command::Purchase(order) = &envelope.command else { return None };
    let known = world.numbers.get(order.external_no.as_ref()?)?;
    let same = known.input_hash == order.input_hash;
    Some(if same { Ok(known.entry) } else { Err(Refusal::NumberTaken { purchase: PurchaseId(known.entry.0) }) })
}

fn remember(world: &mut World, envelope: &Envelope) {
    if let Some(key) = &envelope.key {
        world.keys.insert(key.scoped.clone(), Known { entry: envelope.id, input_hash: key.input_hash });
    }
    if let Command::Purchase(order) = &envelope.command
        && let Some(number) = &order.external_no
    {
        world.numbers.insert(number.clone(), Known { entry: envelope.id, input_hash: order.input_hash });
    }
}

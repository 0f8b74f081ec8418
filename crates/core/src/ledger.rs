//! The ledger: what is held, and every movement of it.
//!
//! A posting names its source and its target, so the postings of an entry sum to zero per asset by construction.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::id::{EntryId, HolderId};
use crate::time::DAY_MS;

/// Something that a holder can have a balance of. Whole units only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Asset {
    /// Points that can be spent.
    Points,
    /// Growth points: they count for the tier and are never spent.
    Growth,
    /// Money that the member paid in beforehand, in minor units.
    ValuePrincipal,
    /// What the brand added to it, in minor units.
    ValueBonus,
}

impl Asset {
    /// All of them, in the order in which states keep their purses.
    pub const ALL: [Asset; 4] = [Asset::Points, Asset::Growth, Asset::ValuePrincipal, Asset::ValueBonus];

    /// Those that rules give for purchases.
    pub const EARNED: [Asset; 2] = [Asset::Points, Asset::Growth];

    /// Whether it is money, in minor units.
    pub fn is_value(self) -> bool {
        matches!(self, Asset::ValuePrincipal | Asset::ValueBonus)
    }

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Asset::Points => "points",
            Asset::Growth => "growth",
            Asset::ValuePrincipal => "value_principal",
            Asset::ValueBonus => "value_bonus",
        }
    }

    /// The asset of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|asset| asset.word() == word)
    }
}

/// One end of a posting: the holder of the entry, or an account of the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// The holder named by the entry.
    Holder,
    /// Where what is earned comes from, and where it goes when a purchase is returned.
    Issued,
    /// Where spent points and spent value go.
    Redeemed,
    /// Where expired points and expired bonus go.
    Expired,
    /// The other end of adjustments by hand.
    Adjusted,
    /// Between two holders whose members turned out to be one person: over both it is nothing.
    Merged,
    /// Between two members of a household that shares its points: over both it is nothing.
    Shared,
    /// Money that is paid in and paid out.
    Cash,
    /// Stored value that the member loses when what was paid in is refunded.
    Forfeited,
}

impl Account {
    /// All of them.
    pub const ALL: [Account; 9] = [
        Account::Holder,
        Account::Issued,
        Account::Redeemed,
        Account::Expired,
        Account::Adjusted,
        Account::Merged,
        Account::Shared,
        Account::Cash,
        Account::Forfeited,
    ];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Account::Holder => "holder",
            Account::Issued => "issued",
            Account::Redeemed => "redeemed",
            Account::Expired => "expired",
            Account::Adjusted => "adjusted",
            Account::Merged => "merged",
            Account::Shared => "shared",
            Account::Cash => "cash",
            Account::Forfeited => "forfeited",
        }
    }

    /// The account of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.word() == word)
    }
}

/// A movement of an asset from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Posting {
    /// The entry that it belongs to.
    #[serde(skip)]
    #[schema(ignore)]
    pub entry: EntryId,
    /// Whose account [`Account::Holder`] is.
    #[serde(skip)]
    #[schema(ignore)]
    pub holder: HolderId,
    /// What moved.
    pub asset: Asset,
    /// Whole units, above zero.
    pub amount: i64,
    /// Where it came from.
    pub from: Account,
    /// Where it went.
    pub to: Account,
}

/// A parcel of an asset with one origin and one expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// The entry that earned it.
    #[serde(rename = "i")]
    pub entry: i64,
    /// Units given at first.
    #[serde(rename = "e")]
    pub earned: i64,
    /// Units still there.
    #[serde(rename = "r")]
    pub remaining: i64,
    /// UTC milliseconds from which it may be spent.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub available_at_ms: i64,
    /// UTC milliseconds at which it expires, if ever.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
}

fn is_zero(value: &i64) -> bool {
    *value == 0
}

/// A part of a lot that was spent, so that a return can put it back where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The entry that had earned the lot.
    #[serde(rename = "i")]
    pub entry: i64,
    /// Units taken.
    #[serde(rename = "n")]
    pub amount: i64,
    /// The expiry of the lot.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub expires_at_ms: Option<i64>,
}

/// How long, in milliseconds, it is remembered which lots expired. A purchase that comes back later than that after its points lapsed
/// is not charged for them at all.
pub const LAPSED_KEPT_MS: i64 = 120 * DAY_MS;

/// All that a holder has of one asset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purse {
    /// What the holder owes: taken back when it was already spent. The next earning pays it first.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub debt: i64,
    /// Open lots, the one that expires first in front; lots without expiry last.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<Lot>,
    /// What has expired lately, by lot: a return of the purchase that gave it neither takes it a second time nor holds it for spent.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub lapsed: Vec<Taken>,
}

impl Purse {
    /// Lots less debt: what the postings sum to.
    pub fn balance(&self) -> i64 {
        self.lots.iter().map(|lot| lot.remaining).sum::<i64>() - self.debt
    }

    /// What may be spent at `now_ms`: lots that have matured and not expired, less debt, never below zero.
    pub fn available(&self, now_ms: i64) -> i64 {
        let open: i64 = self.lots.iter().filter(|lot| lot.is_open(now_ms)).map(|lot| lot.remaining).sum();
        (open - self.debt).max(0)
    }

    /// What has been given and may not be spent yet.
    pub fn pending(&self, now_ms: i64) -> i64 {
        self.lots.iter().filter(|lot| lot.available_at_ms > now_ms).map(|lot| lot.remaining).sum()
    }

    /// The first moment at which a lot expires.
    pub fn next_expiry_ms(&self) -> Option<i64> {
        // The lots are in the order of their expiry.
        self.lots.first().and_then(|lot| lot.expires_at_ms)
    }

    /// Adds units at `now_ms`: a debt is paid first, the rest becomes a lot. What has already expired pays no debt.
    pub fn give(&mut self, lot: Lot, now_ms: i64) {
        let paid = if lot.has_expired(now_ms) { 0 } else { self.debt.min(lot.remaining) };
        self.debt -= paid;
        self.receive(Lot { remaining: lot.remaining - paid, ..lot });
    }

    /// Adds units that pay no debt: they come from somebody else, and what is owed stays owed.
    pub fn receive(&mut self, lot: Lot) {
        if lot.remaining == 0 {
            return;
        }
        let at = self.lots.partition_point(|known| known.order() <= lot.order());
        // A lot that was emptied comes back as the same lot.
        if let Some(known) = self.lots[..at].last_mut().filter(|known| known.order() == lot.order()) {
            known.remaining += lot.remaining;
            known.earned = known.earned.max(known.remaining);
            return;
        }
        self.lots.insert(at, lot);
    }

    /// Takes up to `amount` units that may be spent at `now_ms`, from the lot that expires first; tells each part to `taken`.
    /// Returns what it could take.
    pub fn spend(&mut self, amount: i64, now_ms: i64, taken: impl FnMut(Taken)) -> i64 {
        self.take(amount, |lot| lot.is_open(now_ms), taken)
    }

    /// [`Purse::spend`], and what is missing is owed. That part stands under `entry`, which spends it and has earned no lot yet, so that it is
    /// known again and comes back as what pays the debt.
    pub fn spend_or_owe(&mut self, entry: i64, amount: i64, now_ms: i64, mut taken: impl FnMut(Taken)) {
        let missing = amount - self.spend(amount, now_ms, &mut taken);
        if missing > 0 {
            self.debt += missing;
            taken(Taken { entry, amount: missing, expires_at_ms: None });
        }
    }

    /// What may be spent at `now_ms`, lot by lot, the one that expires first in front; a debt is left out at the end.
    pub fn spendable(&self, now_ms: i64) -> impl Iterator<Item = Taken> + use<'_> {
        let mut left = self.available(now_ms);
        let open = self.lots.iter().filter(move |lot| lot.is_open(now_ms));
        open.map_while(move |lot| {
            let amount = lot.remaining.min(left);
            left -= amount;
            (amount > 0).then_some(Taken { entry: lot.entry, amount, expires_at_ms: lot.expires_at_ms })
        })
    }

    /// Takes those units of that very lot, as many as there are. Returns what it could take.
    pub fn take_lot(&mut self, wanted: Taken) -> i64 {
        let is_it = |lot: &Lot| lot.entry == wanted.entry && lot.expires_at_ms == wanted.expires_at_ms;
        self.take(wanted.amount, is_it, |_| ())
    }

    /// Takes up to `amount` units out of the lots that `entry` earned, whether matured or not. Returns what it could take.
    pub fn take_from(&mut self, entry: i64, amount: i64) -> i64 {
        self.take(amount, |lot| lot.entry == entry, |_| ())
    }

    /// Takes `amount` units that have to go: out of what may be spent at `now_ms`, then out of what has not matured, and what is
    /// still missing is owed. So nobody owes who has anything left.
    pub fn take_or_owe(&mut self, amount: i64, now_ms: i64) {
        let spendable = self.take(amount, |lot| lot.is_open(now_ms), |_| ());
        let pending = self.take(amount - spendable, |lot| !lot.has_expired(now_ms), |_| ());
        self.debt += amount - spendable - pending;
    }

    /// Crosses off up to `amount` units of what `entry` had earned and what has expired. Returns how many there were.
    pub fn cross_off_lapsed(&mut self, entry: i64, amount: i64) -> i64 {
        let mut missing = amount;
        for lapsed in self.lapsed.iter_mut().filter(|lapsed| lapsed.entry == entry) {
            let part = lapsed.amount.min(missing);
            lapsed.amount -= part;
            missing -= part;
        }
        self.lapsed.retain(|lapsed| lapsed.amount > 0);
        amount - missing
    }

    /// Removes what has expired by `now_ms`; tells each lot. Returns the units removed.
    pub fn expire(&mut self, now_ms: i64, mut gone: impl FnMut(Taken)) -> i64 {
        let Self { lots, lapsed, .. } = self;
        if !lots.iter().any(|lot| lot.has_expired(now_ms)) {
            return 0;
        }
        lapsed.retain(|lapsed| lapsed.expires_at_ms.is_some_and(|at_ms| now_ms < at_ms + LAPSED_KEPT_MS));
        let mut sum = 0;
        lots.retain(|lot| {
            if lot.has_expired(now_ms) {
                sum += lot.remaining;
                let taken = Taken { entry: lot.entry, amount: lot.remaining, expires_at_ms: lot.expires_at_ms };
                gone(taken);
                match lapsed.iter_mut().find(|known| known.entry == lot.entry && known.expires_at_ms == lot.expires_at_ms) {
                    Some(known) => known.amount += lot.remaining,
                    None => lapsed.push(taken),
                }
            }
            !lot.has_expired(now_ms)
        });
        sum
    }

    fn take(&mut self, amount: i64, from: impl Fn(&Lot) -> bool, mut taken: impl FnMut(Taken)) -> i64 {
        let mut missing = amount;
        for lot in self.lots.iter_mut().filter(|lot| from(lot)) {
            if missing == 0 {
                break;
            }
            let part = lot.remaining.min(missing);
            lot.remaining -= part;
            missing -= part;
            taken(Taken { entry: lot.entry, amount: part, expires_at_ms: lot.expires_at_ms });
        }
        self.drop_empty();
        amount - missing
    }

    fn drop_empty(&mut self) {
        self.lots.retain(|lot| lot.remaining > 0);
    }
}

impl Lot {
    /// Whether it may be spent at `now_ms`.
    pub fn is_open(&self, now_ms: i64) -> bool {
        self.available_at_ms <= now_ms && !self.has_expired(now_ms)
    }

    /// Whether it has lapsed by `now_ms`.
    pub fn has_expired(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms)
    }

    fn order(&self) -> (i64, i64) {
        (self.expires_at_ms.unwrap_or(i64::MAX), self.entry)
    }
}

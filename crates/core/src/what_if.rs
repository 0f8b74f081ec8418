//! What-if: the brand's history replayed under a programme that is not in force, and under the one that is.
//!
//! A [`Replay`] is a programme ready for many members, [`Books`] are kept by it for one member after the other, and a [`Comparison`] keeps
//! them under two programmes and weighs one against the other. Nothing is decided here: what a purchase, a return, an adjustment and a
//! review do is asked of the functions that post them. Everything is posted at the moment at which it happened, and a review comes at the
//! very moment at which it is due.
//!
//! What members did stays as it was: what they paid, what came off, and the points that they spent, which are owed where a programme
//! would have given fewer. What was brought from the past earns like everything else. Rules see the file as it stands.

mod comparison;
mod replay;

use crate::decide::ReturnOrder;
use crate::holder::Ranking;
use crate::id::{EntryId, PurchaseId};
use crate::ledger::Asset;
use crate::purchase::{Line, Moment};

pub use comparison::{Comparison, LISTED_MAX, MonthCompared, Move, Moved, Outcome, Shifted, TierMove};
pub use replay::{Books, Figures, Replay};

/// Something of a member's history. Events come in the order in which they happened.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// She bought something.
    Bought(Bought<'a>),
    /// Goods of a purchase came back that was told of with [`Bought::comes_back`].
    Returned(EntryId, ReturnOrder),
    /// A balance was adjusted by hand.
    Adjusted {
        /// The entry.
        id: EntryId,
        /// UTC milliseconds.
        at_ms: i64,
        /// Of what.
        asset: Asset,
        /// Units; below zero was taken away.
        amount: i64,
    },
    /// Points were given otherwise than for a purchase; they live as long as they did.
    Given {
        /// The entry.
        id: EntryId,
        /// UTC milliseconds.
        at_ms: i64,
        /// Units, above zero.
        points: i64,
        /// UTC milliseconds at which they lapse.
        expires_at_ms: Option<i64>,
    },
    /// Points were spent otherwise than on a purchase, or such points came back.
    Spent {
        /// The entry.
        id: EntryId,
        /// UTC milliseconds.
        at_ms: i64,
        /// Units; below zero came back.
        points: i64,
        /// UTC milliseconds at which what came back lapses.
        expires_at_ms: Option<i64>,
    },
    /// Everybody was ranked, and she stood there.
    Ranked {
        /// The entry.
        id: EntryId,
        /// UTC milliseconds.
        at_ms: i64,
        /// Where.
        ranking: &'a Ranking,
    },
}

/// A purchase as it was paid.
#[derive(Debug, Clone, Copy)]
pub struct Bought<'a> {
    /// Its id.
    pub id: PurchaseId,
    /// When.
    pub moment: Moment,
    /// The channel.
    pub channel: &'a str,
    /// Code of the store.
    pub store: Option<&'a str>,
    /// Code of the employee.
    pub staff: Option<&'a str>,
    /// What was bought, at the prices that were paid.
    pub lines: &'a [Line],
    /// What came off the whole, in minor units.
    pub discount_minor: i64,
    /// Points that she spent on it.
    pub redeemed_points: i64,
    /// What they were worth, in minor units.
    pub redeemed_minor: i64,
    /// Whether an event tells that something of it came back.
    pub comes_back: bool,
}

impl Event<'_> {
    /// UTC milliseconds at which it happened.
    pub fn at_ms(&self) -> i64 {
        match self {
            Event::Bought(bought) => bought.moment.at_ms,
            Event::Returned(_, order) => order.at_ms,
            Event::Adjusted { at_ms, .. }
            | Event::Given { at_ms, .. }
            | Event::Spent { at_ms, .. }
            | Event::Ranked { at_ms, .. } => *at_ms,
        }
    }
}

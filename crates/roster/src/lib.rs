//! What is seen: members and their purchase history as columns in memory.
//!
//! A [`Roster`] is immutable. It is made of rows by a [`Builder`] and holds nothing that they did not say. A [`Living`] roster is such a base
//! with those laid over it who changed afterwards, until they are folded into a new base. Purchases stand by member and, of each member, in the order of business day and instant, so that a period is one
//! stretch of them and figures of a member are counted in small arrays without a table of keys. Columns are plain and as narrow as what
//! they hold. Work over all members is split among threads by members, with about the same number of purchases each.

mod ahead;
mod build;
mod cohort;
mod column;
mod facts;
mod favourite;
mod histogram;
mod living;
mod members;
mod pyramid;
mod ranking;
mod reading;
mod rfm;
mod roster;
mod segment;
mod share;
pub mod snapshot;

pub use build::{Builder, Fault};
pub use cohort::{Cohort, CohortOf, Cohorts, cohorts};
pub use column::{Instants, Narrow, Words};
pub use facts::{Facts, facts};
pub use favourite::{Favourite, favourites};
pub use living::Living;
pub use pyramid::{NO_LAYER, NOTHING, Pyramid, buyers, pyramid};
pub use ranking::{Ranked, Ranking};
pub use reading::Asked;
pub use rfm::{Rfm, rfm};
pub use roster::{Period, Roster};
pub use segment::{Test, Values, count};

//! Bringing in the files of a brand.
//!
//! [`encoding`], [`table`], [`columns`], [`mapping`], [`amount`], [`moment`] and [`fault`] read: they know no members and no database,
//! and a row leaves them as text, exact amounts and civil times, or as a fault with a stable code. The others make members, products and
//! purchases of rows, for the command ([`run`] alone) and for the server (through [`desk`]).

pub mod amount;
pub mod columns;
pub(crate) mod consents;
pub mod control;
pub mod desk;
pub mod encoding;
pub mod fault;
pub mod job;
pub mod mapping;
mod members;
pub mod moment;
mod person;
mod products;
mod purchases;
pub mod reason;
pub mod rejects;
pub mod run;
pub mod table;
pub(crate) mod tags;
pub mod upload;
pub mod view;

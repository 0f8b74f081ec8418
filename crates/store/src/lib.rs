//! What is kept: the only room with SQL and with database drivers.
//!
//! SQL is written once for SQLite and PostgreSQL. Every function takes a connection, blocks, and works on sets: a fixed number of
//! statements however many rows it is about. [`store::Store`] owns the threads that such functions run on.

pub mod account;
pub mod audit;
pub mod backup;
pub mod band;
pub mod batch;
pub mod bulk;
pub mod change;
pub mod class;
pub mod consent;
pub mod coupon;
pub mod db;
pub mod difference;
#[cfg(feature = "testing")]
pub mod dump;
pub mod duplicate;
pub mod error;
pub mod event;
pub mod exchange;
pub mod expected_value;
pub mod fold;
pub mod follow;
pub mod gift;
pub mod holder;
pub mod household;
pub mod idempotency;
pub mod identity;
pub mod imports;
pub mod insight;
pub mod lease;
pub mod lifestyle;
pub mod line;
pub mod load;
pub mod log;
pub mod member;
pub mod merge;
pub mod migration;
pub mod note;
pub mod occasion;
pub mod person;
pub mod picture;
mod postgres;
pub mod product;
pub mod programme;
pub mod purchase;
pub mod reading;
pub mod save;
pub mod schema;
pub mod seal;
pub mod search;
pub mod segment;
pub mod setting;
pub mod sharing;
pub mod sqlite;
pub mod statement;
pub mod store;
pub mod tag;
pub mod target;
#[cfg(feature = "testing")]
pub mod testing;
pub mod what_if;

pub use bulk::{BindRow, Binder, Conflict, Written};
pub use db::{Conn, Param, Row};
pub use error::StoreError;
pub use store::{Access, Store, StoreOptions, Writer};
pub use target::Target;

//! The store on both engines: every test runs on a SQLite folder and on a PostgreSQL database of its own.

mod accounts;
mod audit;
mod checkpoints;
mod consents;
mod copies;
mod coupons;
mod driver;
mod duplicates;
mod engines;
mod events;
mod figures;
mod gifts;
mod households;
mod leases;
mod lifestyles;
mod log;
mod members;
mod offers;
mod segments;
mod sharing;
mod statements;

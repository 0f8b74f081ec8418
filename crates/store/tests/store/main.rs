//! The store on both engines: every test runs on a SQLite folder and on a PostgreSQL database of its own.

mod driver;
mod engines;

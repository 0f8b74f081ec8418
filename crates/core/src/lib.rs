//! What is decided.
//!
//! No I/O, no clock, no randomness, no SQL, no HTTP: now and ids are arguments. One module for one noun. The heart is
//! [`decide::decide`], which folds commands over the state in memory and tells a sink what came of them.

mod adjust;
pub mod attribute;
pub mod band;
pub mod barcode;
pub mod birthday;
pub mod buy;
pub mod card;
pub mod class;
pub mod condition;
pub mod coupon;
pub mod decide;
pub mod duplicate;
pub mod earning;
pub mod event;
pub mod expected_value;
pub mod fault;
mod give_back;
pub mod habit;
mod hangul;
pub mod holder;
pub mod household;
pub mod id;
pub mod identity;
pub mod joining;
pub mod language;
pub mod ledger;
pub mod lifestyle;
pub mod listing;
mod lunar;
pub mod member;
pub mod merge;
pub mod money;
pub mod movement;
pub mod name;
pub mod occasion;
pub mod offer;
pub mod person;
pub mod phone;
pub mod portrait;
pub mod programme;
pub mod purchase;
pub mod pyramid;
pub mod question;
pub mod quote;
pub mod refusal;
pub mod share;
pub mod sound;
mod surname;
pub mod tag;
pub mod tier;
pub mod time;
mod typed;
pub mod why;
pub mod words;

//! Whole-app requests, on both engines.

mod bands;
mod brand;
mod classes;
mod closure;
mod common;
mod coupons;
mod duplicates;
mod expected_value;
mod health;
mod households;
mod imports;
mod joining;
mod keys;
mod lifestyles;
mod member_list;
mod members;
mod merges;
mod people;
mod portrait;
mod problems;
mod programme;
mod purchases;
mod roster;
mod segments;
mod session;
mod tags;

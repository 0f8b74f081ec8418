//! Soaks: random commands, kills, cuts of power and rivals, each held to the oracle's books and to the audit. Every failure names the
//! seed that shows it again.

pub mod brand;
pub mod chapter;
pub mod ground;

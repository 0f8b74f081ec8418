//! Reading the files that a brand brings: encodings, tables, columns and mappings. Nothing in here knows members or a
//! database; a row leaves this room as text, exact amounts and civil times, or as a fault with a stable code.

pub mod amount;
pub mod columns;
pub mod encoding;
pub mod fault;
pub mod mapping;
pub mod moment;
pub mod table;

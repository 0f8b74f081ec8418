//! Files brought in and written out, on both engines.

mod command;
mod common;
mod members;
mod purchases;
mod refusals;
mod resume;
mod trip;

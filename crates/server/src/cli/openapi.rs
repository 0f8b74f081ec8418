//! `danggol openapi`: the description of the API, as it is checked in.

use anyhow::Result;

use crate::openapi;

/// Prints it.
pub fn run() -> Result<()> {
    print!("{}", openapi::text());
    Ok(())
}

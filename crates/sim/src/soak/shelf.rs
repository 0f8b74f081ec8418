//! The gifts of a soak's brand: one that is cheap, and one of which a member may have few and that costs money too.

use danggol_core::gift::{Allowance, GiftTerms, LocalText};
use danggol_core::id::GiftId;
use danggol_store::{Conn, StoreError, gift};

/// The gifts.
pub const GIFTS: [GiftId; 2] = [GiftId(1), GiftId(2)];
/// The stores that have them, with so many pieces of each.
pub const STORES: [(&str, i64); 2] = [("s1", 30), ("s2", 100_000)];

/// What a gift says.
pub fn terms(gift: GiftId) -> GiftTerms {
    let is_dear = gift == GIFTS[1];
    GiftTerms {
        code: format!("g{}", gift.0),
        name: LocalText { en: Some(if is_dear { "a pot" } else { "a cup" }.to_owned()), ..LocalText::default() },
        category: None,
        picture: None,
        points: if is_dear { 40 } else { 7 },
        amount_minor: if is_dear { 300 } else { 0 },
        allowances: if is_dear { vec![Allowance { when: None, most: Some(5) }] } else { Vec::new() },
        hold_days: 2,
        collected: true,
        delivered: is_dear,
        festival: None,
        open: true,
    }
}

/// Fills the shelf of a new brand.
pub fn fill(conn: &mut Conn) -> Result<(), StoreError> {
    for id in GIFTS {
        if gift::insert(conn, id, &terms(id))? {
            STORES.iter().try_for_each(|(store, pieces)| gift::restock(conn, id, store, *pieces).map(drop))?;
        }
    }
    Ok(())
}

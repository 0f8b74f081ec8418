//! The tables of gifts.

use super::{Table, index, int, opt_int, opt_text, table, text, unique};

/// The catalogue.
pub static GIFT: Table = Table {
    indexes: &[unique("gift_code", &["code"])],
    ..table("gift", &["gift_id"], &[int("gift_id"), text("code"), text("body"), int("revision"), opt_int("festival_id")])
};

/// Periods with gifts of their own.
pub static FESTIVAL: Table = table("festival", &["festival_id"], &[int("festival_id"), text("body")]);

/// What each store has of a gift: never more is put aside and handed out than there is.
pub static GIFT_STOCK: Table = Table {
    fill_percent: Some(50),
    ..table("gift_stock", &["gift_id", "store"], &[int("gift_id"), text("store"), int("stock"), int("reserved"), int("handed")])
};

/// Gifts that members put aside. What one cost stands in the entry that put it aside, what was paid beside in the one that handed it out.
pub static GIFT_RESERVATION: Table = Table {
    checks: &["state = 'reserved' OR state = 'handed' OR state = 'cancelled' OR state = 'lapsed'"],
    indexes: &[
        unique("gift_reservation_code", &["code_hash"]),
        index("gift_reservation_member", &["member_id", "gift_id"]),
        index("gift_reservation_state", &["state", "expires_at_ms"]),
        index("gift_reservation_gift", &["gift_id", "store"]),
    ],
    ..table(
        "gift_reservation",
        &["reservation_id"],
        &[
            int("reservation_id"),
            int("gift_id"),
            int("member_id"),
            text("store"),
            int("delivery"),
            text("state"),
            int("reserved_at_ms"),
            opt_int("expires_at_ms"),
            opt_int("handed_at_ms"),
            int("entry_id"),
            opt_int("handed_entry_id"),
            int("version"),
            opt_text("code_hash"),
            opt_text("code_tail"),
        ],
    )
};

/// Small pictures by the hash of what they hold, as base64.
pub static PICTURE: Table = table("picture", &["picture_id"], &[text("picture_id"), text("media_type"), text("data")]);

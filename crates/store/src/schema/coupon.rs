//! The tables of coupons.

use super::{Table, index, int, opt_int, opt_text, table, text, unique};

/// What coupons of a kind are worth. A row never changes.
pub static COUPON_TEMPLATE: Table = Table {
    indexes: &[unique("coupon_template_code", &["code"])],
    ..table(
        "coupon_template",
        &["template_id"],
        &[int("template_id"), text("code"), text("body"), int("made_at_ms"), text("actor_kind"), int("actor_id")],
    )
};

/// How many coupons of a template there are, under its caps.
pub static COUPON_COUNT: Table = Table {
    fill_percent: Some(50),
    ..table(
        "coupon_count",
        &["template_id"],
        &[
            int("template_id"),
            int("is_open"),
            int("issued"),
            int("used"),
            int("off_minor"),
            int("most_issued"),
            int("most_used"),
            int("budget_minor"),
        ],
    )
};

/// Codes by which everybody may have a coupon of a template.
pub static COUPON_SHARED: Table = table("coupon_shared", &["code"], &[text("code"), int("template_id")]);

/// Coupons. A code is found by its keyed hash; only its last characters are kept to be shown.
pub static COUPON: Table = Table {
    checks: &["state = 'issued' OR state = 'used' OR state = 'void'"],
    indexes: &[
        unique("coupon_code", &["code_hash"]),
        index("coupon_member", &["member_id", "template_id"]),
        index("coupon_of_template", &["template_id", "coupon_id"]),
    ],
    ..table(
        "coupon",
        &["coupon_id"],
        &[
            int("coupon_id"),
            int("template_id"),
            opt_int("member_id"),
            text("state"),
            int("from_day"),
            int("until_day"),
            opt_int("purchase_id"),
            int("off_minor"),
            int("issued_at_ms"),
            int("version"),
            opt_text("code_hash"),
            opt_text("code_tail"),
        ],
    )
};

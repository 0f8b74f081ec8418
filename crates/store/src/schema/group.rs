//! What is said of members: segments, tags, classes, lifestyle groups, and who may be one person with another.

use super::{Table, index, int, opt_int, opt_text, table, text};

/// Segments: members who fit a condition, or lists of members.
pub static SEGMENT: Table = Table {
    checks: &["kind = 'rule' OR kind = 'list'"],
    ..table(
        "segment",
        &["segment_id"],
        &[
            int("segment_id"),
            text("kind"),
            text("name"),
            opt_text("condition"),
            opt_text("draft"),
            int("created_at_ms"),
            int("updated_at_ms"),
            opt_int("updated_by"),
            opt_int("archived_at_ms"),
        ],
    )
};

/// Who is on a list.
pub static SEGMENT_LIST: Table = Table {
    indexes: &[index("segment_list_member", &["member_id", "segment_id"])],
    ..table(
        "segment_list",
        &["segment_id", "member_id"],
        &[int("segment_id"), int("member_id"), int("added_at_ms"), opt_int("expires_at_ms")],
    )
};

/// Snapshots of segments: how many were in, came and went.
pub static SEGMENT_SNAPSHOT: Table = table(
    "segment_snapshot",
    &["segment_id", "number"],
    &[int("segment_id"), int("number"), int("taken_at_ms"), int("day"), int("members"), int("entered"), int("gone")],
);

/// Who was in a segment at its newest snapshot, and since which.
pub static SEGMENT_MEMBER: Table = Table {
    indexes: &[index("segment_member_member", &["member_id", "segment_id"])],
    ..table("segment_member", &["segment_id", "member_id"], &[int("segment_id"), int("member_id"), int("since_ms")])
};

/// Who came into a segment and who went from it, by snapshot.
pub static SEGMENT_MOVEMENT: Table = table(
    "segment_movement",
    &["segment_id", "number", "member_id"],
    &[int("segment_id"), int("number"), int("member_id"), int("entered")],
);

/// What a tag has beside the segment that it is.
pub static TAG: Table = table(
    "tag",
    &["segment_id"],
    &[int("segment_id"), opt_int("group_id"), text("description"), opt_text("owner"), opt_int("expires_days"), int("place")],
);

/// Tags that belong together.
pub static TAG_GROUP: Table = table("tag_group", &["group_id"], &[int("group_id"), text("name"), int("exclusive")]);

/// Who has a tag by its rule, as far as that has been seen, and since when.
pub static TAG_MEMBER: Table = Table {
    indexes: &[index("tag_member_member", &["member_id", "segment_id"])],
    ..table("tag_member", &["segment_id", "member_id"], &[int("segment_id"), int("member_id"), int("since_ms")])
};

/// Tags that came to members and went from them.
pub static TAG_ENTRY: Table = Table {
    indexes: &[index("tag_entry_member", &["member_id", "entry_id"])],
    ..table(
        "tag_entry",
        &["entry_id"],
        &[
            int("entry_id"),
            int("member_id"),
            int("segment_id"),
            int("at_ms"),
            int("added"),
            text("cause"),
            opt_int("purchase_id"),
            text("actor_kind"),
            opt_int("actor_id"),
            opt_text("reason"),
        ],
    )
};

/// What members were classed as when that was last done.
pub static MEMBER_CLASS: Table = table(
    "member_class",
    &["member_id"],
    &[
        int("member_id"),
        int("amount_minor"),
        opt_text("layer"),
        opt_int("recency"),
        opt_int("frequency"),
        opt_int("monetary"),
        opt_text("cell"),
        opt_text("abc"),
        text("stage"),
        text("worth"),
        opt_int("expected_minor"),
        opt_int("active_percent"),
        opt_int("bulk_purchase_id"),
        opt_int("bulk_percent"),
        int("key_products"),
    ],
);

/// The few who make most of a product's sales, when members were last classed.
pub static PRODUCT_KEY: Table = Table {
    indexes: &[index("product_key_member", &["member_id", "sku"])],
    ..table("product_key", &["sku", "member_id"], &[text("sku"), int("member_id"), int("amount_minor"), int("percent")])
};

/// Lifestyle groups.
pub static LIFESTYLE_GROUP: Table = table(
    "lifestyle_group",
    &["group_code"],
    &[text("group_code"), opt_text("name"), int("made_at_ms"), opt_int("retired_at_ms")],
);

/// What categories mean, where the brand said so itself.
pub static LIFESTYLE_MEANING: Table =
    table("lifestyle_meaning", &["category"], &[text("category"), text("meaning"), int("changed_at_ms"), opt_int("changed_by")]);

/// In which lifestyle group members are; without one who is in none any more.
pub static MEMBER_LIFESTYLE: Table = Table {
    indexes: &[index("member_lifestyle_revision", &["revision"])],
    ..table(
        "member_lifestyle",
        &["member_id"],
        &[int("member_id"), opt_text("group_code"), opt_int("score"), opt_int("since_day"), int("purchases"), int("revision")],
    )
};

/// By what members are found who may be one person, by keyed hash.
pub static MEMBER_CLUE: Table = Table {
    indexes: &[index("member_clue_clue", &["clue", "member_id"])],
    ..table("member_clue", &["member_id", "clue"], &[int("member_id"), int("clue")])
};

/// Pairs of members who may be one person, and what somebody said of them.
pub static DUPLICATE: Table = Table {
    checks: &["one_id < other_id", "status = 'open' OR status = 'dismissed'"],
    indexes: &[
        index("duplicate_score", &["status", "score", "one_id", "other_id"]),
        index("duplicate_other", &["other_id", "one_id"]),
    ],
    ..table(
        "duplicate",
        &["one_id", "other_id"],
        &[
            int("one_id"),
            int("other_id"),
            text("status"),
            int("score"),
            text("reasons"),
            int("found_at_ms"),
            opt_int("decided_at_ms"),
            opt_text("actor_kind"),
            opt_int("actor_id"),
        ],
    )
};

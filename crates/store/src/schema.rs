//! The tables, described once and rendered for both engines.
//!
//! Columns are BIGINT (times are UTC milliseconds, money is minor units, days count from 1970-01-01) and TEXT. A table whose key
//! is one number is SQLite's rowid; every other one is WITHOUT ROWID.

mod coupon;
mod gift;
mod group;

pub use coupon::{COUPON, COUPON_COUNT, COUPON_SHARED, COUPON_TEMPLATE};
pub use gift::{FESTIVAL, GIFT, GIFT_RESERVATION, GIFT_STOCK, PICTURE};
pub use group::{
    DUPLICATE, LIFESTYLE_GROUP, LIFESTYLE_MEANING, MEMBER_CLASS, MEMBER_CLUE, MEMBER_LIFESTYLE, PRODUCT_KEY, SEGMENT,
    SEGMENT_LIST, SEGMENT_MEMBER, SEGMENT_MOVEMENT, SEGMENT_SNAPSHOT, TAG, TAG_ENTRY, TAG_GROUP, TAG_MEMBER,
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A 64-bit whole number.
    Int,
    /// A text, compared byte by byte.
    Text,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be missing.
    pub nullable: bool,
}

/// An index beside the key.
#[derive(Debug, Clone, Copy)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Its columns. A rowid key at the end is left out on SQLite, where every index ends with it anyway.
    pub columns: &'static [&'static str],
    /// Whether no two rows may agree in it.
    pub unique: bool,
}

/// One table.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; rows are bound in this order.
    pub columns: &'static [Column],
    /// Its primary key.
    pub key: &'static [&'static str],
    /// Conditions that every row meets. Longer lists are written with OR: SQLite builds a table for an IN list of three and more, for
    /// every row that is inserted.
    pub checks: &'static [&'static str],
    /// Its indexes beside the key.
    pub indexes: &'static [Index],
    /// Percent of a page that PostgreSQL fills at first, so that updates find room beside their row.
    pub fill_percent: Option<u8>,
}

/// Which engine a text is rendered for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, 3.45 or newer.
    Sqlite,
    /// PostgreSQL, 15 or newer.
    Postgres,
}

const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int, nullable: false }
}

const fn opt_int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int, nullable: true }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, nullable: false }
}

const fn opt_text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text, nullable: true }
}

const fn index(name: &'static str, columns: &'static [&'static str]) -> Index {
    Index { name, columns, unique: false }
}

const fn unique(name: &'static str, columns: &'static [&'static str]) -> Index {
    Index { name, columns, unique: true }
}

const fn table(name: &'static str, key: &'static [&'static str], columns: &'static [Column]) -> Table {
    Table { name, columns, key, checks: &[], indexes: &[], fill_percent: None }
}

/// The brand's settings, one JSON value a key.
pub static SETTING: Table = table("setting", &["key"], &[text("key"), text("value")]);

/// People in the brand's file.
pub static MEMBER: Table = Table {
    checks: &["status = 'active' OR status = 'unclaimed' OR status = 'closed' OR status = 'erased'"],
    ..table(
        "member",
        &["member_id"],
        &[
            int("member_id"),
            int("holder_id"),
            text("status"),
            opt_text("name"),
            opt_text("gender"),
            opt_text("birthday"),
            opt_text("language"),
            text("source_kind"),
            opt_text("source_code"),
            opt_text("store"),
            int("joined_at_ms"),
            int("updated_at_ms"),
            text("profile"),
            opt_text("person_key"),
            opt_int("merged_into"),
            opt_text("consents"),
        ],
    )
};

/// What members said when they were asked for their consent.
pub static CONSENT: Table = Table {
    indexes: &[index("consent_member", &["member_id", "consent_id"])],
    checks: &["said = 'given' OR said = 'withdrawn'"],
    ..table(
        "consent",
        &["consent_id"],
        &[
            int("consent_id"),
            int("member_id"),
            text("purpose"),
            opt_text("channel"),
            text("said"),
            int("at_ms"),
            opt_int("version"),
            text("way"),
            text("actor_kind"),
            opt_int("actor_id"),
        ],
    )
};

/// Who has an identity: the whole value by keyed hash. Global uniqueness lives here.
pub static IDENTITY_LOOKUP: Table =
    table("identity_lookup", &["lookup"], &[text("lookup"), int("identity_id"), int("member_id")]);

/// The identities of members, sealed.
pub static MEMBER_IDENTITY: Table = Table {
    indexes: &[index("member_identity_member", &["member_id", "identity_id"])],
    ..table(
        "member_identity",
        &["identity_id"],
        &[
            int("identity_id"),
            int("member_id"),
            text("kind"),
            opt_text("issuer"),
            text("lookup"),
            opt_text("sealed"),
            text("masked"),
            int("added_at_ms"),
            opt_int("verified_at_ms"),
            opt_int("closed_at_ms"),
        ],
    )
};

/// Terms by whose beginning members are found.
pub static MEMBER_TERM: Table = table("member_term", &["term", "member_id"], &[text("term"), int("member_id")]);

/// Notes on members.
pub static NOTE: Table = Table {
    indexes: &[index("note_member", &["member_id", "note_id"])],
    ..table(
        "note",
        &["note_id"],
        &[int("note_id"), int("member_id"), text("text"), int("at_ms"), text("actor_kind"), opt_int("actor_id")],
    )
};

/// What was changed in the files of members, and of the brand, which is nobody's.
pub static CHANGE: Table = Table {
    checks: &["kind = 'file' OR kind = 'identity' OR kind = 'status' OR kind = 'brand'"],
    indexes: &[index("change_member", &["member_id", "change_id"])],
    ..table(
        "change",
        &["change_id"],
        &[
            int("change_id"),
            opt_int("member_id"),
            text("kind"),
            int("at_ms"),
            text("actor_kind"),
            opt_int("actor_id"),
            text("detail"),
        ],
    )
};

/// The state of whoever holds benefits; `version` guards it.
pub static HOLDER: Table = Table {
    fill_percent: Some(70),
    ..table(
        "holder",
        &["holder_id"],
        &[
            int("holder_id"),
            int("version"),
            opt_text("tier"),
            int("points"),
            opt_int("review_at_ms"),
            int("last_entry_id"),
            text("state"),
        ],
    )
};

/// Purchases. A row is its own entry in the log: its id is the id of the entry.
pub static PURCHASE: Table = Table {
    checks: &["kind IN ('earn', 'history')"],
    indexes: &[index("purchase_member", &["member_id", "purchase_id"])],
    ..table(
        "purchase",
        &["purchase_id"],
        &[
            int("purchase_id"),
            int("member_id"),
            int("holder_id"),
            opt_text("external_no"),
            text("channel"),
            opt_text("store"),
            opt_text("staff"),
            int("occurred_at_ms"),
            int("posted_at_ms"),
            int("business_date"),
            int("amount_minor"),
            int("discount_minor"),
            int("redeemed_points"),
            int("redeemed_minor"),
            int("quantity"),
            text("kind"),
            text("actor_kind"),
            opt_int("actor_id"),
            opt_int("programme_version"),
            text("lines"),
            opt_text("tenders"),
            opt_text("award"),
            int("returned_minor"),
            int("returned_quantity"),
            opt_text("returned"),
            int("input_hash"),
            opt_int("via_member_id"),
            int("offered_minor"),
            int("coupon_minor"),
        ],
    )
};

/// Purchase numbers of the tills, unique for ever.
pub static PURCHASE_NUMBER: Table =
    table("purchase_number", &["number"], &[text("number"), int("purchase_id"), int("input_hash")]);

/// The log of commands other than purchases.
pub static ENTRY: Table = Table {
    checks: &[
        "kind = 'return' OR kind = 'adjustment' OR kind = 'review' OR kind = 'coupon' OR kind = 'occasion' OR kind = 'merge' \
               OR kind = 'undo' OR kind = 'share' OR kind = 'value' OR kind = 'gift'",
    ],
    indexes: &[index("entry_holder", &["holder_id", "entry_id"])],
    ..table(
        "entry",
        &["entry_id"],
        &[
            int("entry_id"),
            int("holder_id"),
            int("member_id"),
            text("kind"),
            int("occurred_at_ms"),
            int("posted_at_ms"),
            text("actor_kind"),
            opt_int("actor_id"),
            opt_int("programme_version"),
            opt_int("purchase_id"),
            text("detail"),
        ],
    )
};

/// Members who went into another, and whether they came out again.
pub static MERGE: Table = Table {
    indexes: &[index("merge_keep", &["keep_id", "merge_id"]), index("merge_absorb", &["absorb_id", "merge_id"])],
    ..table(
        "merge",
        &["merge_id"],
        &[
            int("merge_id"),
            int("keep_id"),
            int("absorb_id"),
            int("absorb_entry_id"),
            text("status_before"),
            int("at_ms"),
            text("actor_kind"),
            int("actor_id"),
            opt_int("undone_at_ms"),
            opt_text("followed"),
        ],
    )
};

/// Members who live together; `changes` counts what was done to it, so that whoever changes it waits for whoever does already.
pub static HOUSEHOLD: Table = table(
    "household",
    &["household_id"],
    &[
        int("household_id"),
        text("name"),
        int("head_id"),
        int("changes"),
        int("made_at_ms"),
        opt_int("dissolved_at_ms"),
        int("shares_points"),
    ],
);

/// Who is in which household: one at most.
pub static HOUSEHOLD_MEMBER: Table = Table {
    checks: &["role = 'partner' OR role = 'parent' OR role = 'child' OR role = 'other'"],
    indexes: &[index("household_member_household", &["household_id", "member_id"])],
    ..table("household_member", &["member_id"], &[int("member_id"), int("household_id"), text("role"), int("since_ms")])
};

/// Who was in a household when it was dissolved, until it is brought back.
pub static HOUSEHOLD_PAST: Table = Table {
    checks: &["role = 'partner' OR role = 'parent' OR role = 'child' OR role = 'other'"],
    indexes: &[index("household_past_member", &["member_id"])],
    ..table(
        "household_past",
        &["household_id", "member_id"],
        &[int("member_id"), int("household_id"), text("role"), int("since_ms")],
    )
};

/// What was done to the lists of members who are one person with another, by whom it was done to, in the order of it.
pub static MERGE_LIST: Table = Table {
    indexes: &[index("merge_list_member", &["member_id", "number"])],
    ..table(
        "merge_list",
        &["number"],
        &[int("number"), int("member_id"), int("segment_id"), int("at_ms"), int("added"), opt_int("expires_at_ms")],
    )
};

/// Movements of assets: one row moves an amount from its source to its target, so they sum to zero.
pub static POSTING: Table = Table {
    checks: &["amount > 0"],
    ..table(
        "posting",
        &["entry_id", "seq"],
        &[int("entry_id"), int("seq"), int("holder_id"), text("asset"), text("source"), text("target"), int("amount")],
    )
};

/// Totals of the brand's own accounts, one row a writer, so that writers do not wait for each other.
pub static ACCOUNT_TOTAL: Table = table(
    "account_total",
    &["account", "asset", "writer_id"],
    &[text("account"), text("asset"), int("writer_id"), int("amount")],
);

/// The outbox: what each commit of each writer did.
pub static COMMIT_EVENT: Table =
    table("commit_event", &["writer_id", "sequence"], &[int("writer_id"), int("sequence"), int("at_ms"), text("events")]);

/// Leases of writer ids.
pub static WRITER: Table =
    table("writer", &["writer_id"], &[int("writer_id"), text("instance"), int("leased_until_ms"), int("last_sequence")]);

/// Answers to repeated requests.
pub static IDEMPOTENCY: Table =
    table("idempotency", &["key"], &[text("key"), int("input_hash"), text("result_kind"), int("result_id"), int("at_ms")]);

/// Published versions of the programme.
pub static PROGRAMME: Table = table(
    "programme",
    &["version"],
    &[int("version"), text("body"), int("published_at_ms"), opt_int("published_by"), opt_text("note"), opt_text("clock")],
);

/// What the brand sells.
pub static PRODUCT: Table = table(
    "product",
    &["sku"],
    &[text("sku"), opt_text("name"), opt_text("category"), opt_text("brand"), opt_text("department"), opt_int("price_minor")],
);

/// Terms by whose beginning products are found.
pub static PRODUCT_TERM: Table = table("product_term", &["term", "sku"], &[text("term"), text("sku")]);

/// Stores.
pub static SHOP: Table = table("shop", &["code"], &[text("code"), opt_text("name")]);

/// People who sign in to the console.
pub static APP_USER: Table = Table {
    checks: &["role = 'owner' OR role = 'admin' OR role = 'marketer' OR role = 'manager' OR role = 'clerk' OR role = 'auditor'"],
    indexes: &[unique("app_user_login", &["login"])],
    ..table(
        "app_user",
        &["user_id"],
        &[
            int("user_id"),
            text("login"),
            text("name"),
            text("role"),
            text("password_hash"),
            opt_text("language"),
            int("created_at_ms"),
            opt_int("disabled_at_ms"),
        ],
    )
};

/// Sessions of the console, by the hash of their token.
pub static USER_SESSION: Table = table(
    "user_session",
    &["token_hash"],
    &[text("token_hash"), int("user_id"), int("created_at_ms"), int("expires_at_ms"), opt_int("revoked_at_ms")],
);

/// Keys of programs, by the hash of their secret.
pub static API_KEY: Table = Table {
    indexes: &[unique("api_key_secret", &["secret_hash"])],
    ..table(
        "api_key",
        &["key_id"],
        &[
            int("key_id"),
            text("name"),
            text("secret_hash"),
            text("prefix"),
            text("scopes"),
            int("created_at_ms"),
            opt_int("last_used_at_ms"),
            opt_int("revoked_at_ms"),
        ],
    )
};

/// Files being imported.
pub static IMPORT_JOB: Table = table(
    "import_job",
    &["import_id"],
    &[int("import_id"), text("kind"), text("status"), text("body"), int("created_at_ms"), int("updated_at_ms")],
);

/// All tables, in the order in which a commit writes them.
pub static TABLES: &[&Table] = &[
    &SETTING,
    &PROGRAMME,
    &SHOP,
    &PRODUCT,
    &PRODUCT_TERM,
    &APP_USER,
    &USER_SESSION,
    &API_KEY,
    &IMPORT_JOB,
    &SEGMENT,
    &SEGMENT_LIST,
    &SEGMENT_SNAPSHOT,
    &SEGMENT_MEMBER,
    &SEGMENT_MOVEMENT,
    &TAG,
    &TAG_GROUP,
    &TAG_MEMBER,
    &TAG_ENTRY,
    &MEMBER_CLASS,
    &PRODUCT_KEY,
    &LIFESTYLE_GROUP,
    &LIFESTYLE_MEANING,
    &MEMBER_LIFESTYLE,
    &MEMBER_CLUE,
    &DUPLICATE,
    &WRITER,
    &IDENTITY_LOOKUP,
    &MEMBER,
    &MEMBER_IDENTITY,
    &MEMBER_TERM,
    &NOTE,
    &CHANGE,
    &CONSENT,
    &IDEMPOTENCY,
    &PURCHASE_NUMBER,
    &PURCHASE,
    &COUPON_TEMPLATE,
    &COUPON_COUNT,
    &COUPON_SHARED,
    &COUPON,
    &FESTIVAL,
    &GIFT,
    &GIFT_STOCK,
    &GIFT_RESERVATION,
    &PICTURE,
    &MERGE,
    &MERGE_LIST,
    &HOUSEHOLD,
    &HOUSEHOLD_MEMBER,
    &HOUSEHOLD_PAST,
    &ENTRY,
    &POSTING,
    &HOLDER,
    &ACCOUNT_TOTAL,
    &COMMIT_EVENT,
];

impl Table {
    /// Whether its key is one number, which SQLite keeps as its rowid.
    pub(crate) fn is_keyed_by_number(&self) -> bool {
        match self.key {
            [only] => self.columns.iter().any(|column| column.name == *only && column.kind == Kind::Int),
            _ => false,
        }
    }

    /// The statements that create the table and its indexes, each ended by a semicolon.
    pub fn ddl(&self, engine: Engine) -> String {
        let mut items: Vec<String> = self.columns.iter().map(|column| self.column_ddl(column, engine)).collect();
        if engine == Engine::Postgres || !self.is_keyed_by_number() {
            items.push(format!("PRIMARY KEY ({})", self.key.join(", ")));
        }
        items.extend(self.checks.iter().map(|check| format!("CHECK ({check})")));
        let options = match (engine, self.is_keyed_by_number(), self.fill_percent) {
            (Engine::Sqlite, true, _) => " STRICT".to_owned(),
            (Engine::Sqlite, false, _) => " STRICT, WITHOUT ROWID".to_owned(),
            (Engine::Postgres, _, Some(percent)) => format!(" WITH (fillfactor = {percent})"),
            (Engine::Postgres, _, None) => String::new(),
        };
        let mut out = format!("CREATE TABLE {} (\n  {}\n){options};\n", self.name, items.join(",\n  "));
        for index in self.indexes {
            out.push_str(&self.index_ddl(index, engine));
        }
        out
    }

    fn column_ddl(&self, column: &Column, engine: Engine) -> String {
        let is_rowid = engine == Engine::Sqlite && self.is_keyed_by_number() && self.key == [column.name];
        let kind = match (engine, column.kind) {
            (Engine::Sqlite, Kind::Int) if is_rowid => "INTEGER PRIMARY KEY",
            (Engine::Sqlite, Kind::Int) => "INTEGER",
            (Engine::Sqlite, Kind::Text) => "TEXT",
            (Engine::Postgres, Kind::Int) => "BIGINT",
            (Engine::Postgres, Kind::Text) => "TEXT COLLATE \"C\"",
        };
        let required = if column.nullable || is_rowid { "" } else { " NOT NULL" };
        format!("{} {kind}{required}", column.name)
    }

    fn index_ddl(&self, index: &Index, engine: Engine) -> String {
        let mut columns = index.columns;
        if engine == Engine::Sqlite
            && self.is_keyed_by_number()
            && let Some((last, before)) = columns.split_last()
            && self.key == [*last]
        {
            columns = before;
        }
        let unique = if index.unique { "UNIQUE " } else { "" };
        format!("CREATE {unique}INDEX {} ON {} ({});\n", index.name, self.name, columns.join(", "))
    }
}

#[cfg(test)]
mod tests;

//! What a batch of commands must know: a fixed number of reads, however many commands there are.

use danggol_core::birthday::Birthday;
use danggol_core::decide::{Command, Envelope, Held, Known, Rules, World};
use danggol_core::earning::Award;
use danggol_core::holder::HolderState;
use danggol_core::id::{EntryId, HolderId, MemberId, PurchaseId};
use danggol_core::member::{Gender, MemberFacts, MemberStatus};
use danggol_core::purchase::{KeptPurchase, Moment, PurchaseKind, Returned};

use crate::coupon;
use crate::db::{Conn, Param, Row};
use crate::error::StoreError;
use crate::exchange::{Query, Visit};
use crate::gift;
use crate::line::decode_lines;
use crate::sharing::{HOMES, Homes};

const KEYS: &str = "SELECT key, input_hash, result_id FROM idempotency WHERE key IN (SELECT value FROM json_each($1))";

const NUMBERS: &str =
    "SELECT number, input_hash, purchase_id FROM purchase_number WHERE number IN (SELECT value FROM json_each($1))";

const MEMBERS: &str = "SELECT m.member_id, m.holder_id, m.status, m.gender, m.birthday, m.source_code, m.language, m.joined_at_ms, \
     h.version, h.last_entry_id, h.state, m.merged_into, k.status \
     FROM member m LEFT JOIN holder h ON h.holder_id = m.holder_id LEFT JOIN member k ON k.member_id = m.merged_into \
     WHERE m.member_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

const HOLDERS: &str = "SELECT holder_id, version, last_entry_id, state FROM holder \
     WHERE holder_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// Whose the purchases are that goods come back of.
const BUYERS: &str = "SELECT h.holder_id, h.version, h.last_entry_id, h.state FROM purchase p \
     JOIN member m ON m.member_id = COALESCE(p.via_member_id, p.member_id) JOIN holder h ON h.holder_id = m.holder_id \
     WHERE p.purchase_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// Who bought may have gone into another member since, and holds by her.
const PURCHASES: &str = "SELECT p.purchase_id, m.member_id, m.holder_id, p.occurred_at_ms, p.business_date, p.channel, p.store, p.staff, \
     p.lines, p.discount_minor, p.kind, p.programme_version, p.award, p.returned \
     FROM purchase p JOIN member m ON m.member_id = COALESCE(p.via_member_id, p.member_id) \
     WHERE p.purchase_id IN (SELECT CAST(value AS BIGINT) FROM json_each($1))";

/// Every statement of this module.
pub const STATEMENTS: &[&str] = &[KEYS, NUMBERS, MEMBERS, HOLDERS, BUYERS, PURCHASES];

/// What a batch reads, and the newest entry that any of its holders has.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The state that is decided over.
    pub world: World,
    /// The greatest entry id among the holders; new ones must be greater.
    pub newest_entry: i64,
}

fn json_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let list: Vec<&str> = texts.collect();
    if list.is_empty() { None } else { serde_json::to_string(&list).ok() }
}

fn json_ids(mut ids: Vec<i64>) -> Option<String> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() { None } else { serde_json::to_string(&ids).ok() }
}

fn damaged(what: &str, id: i64) -> StoreError {
    StoreError::Damaged(format!("{what} {id}"))
}

/// Reads all that the commands need.
pub fn load(conn: &mut Conn, rules: &Rules, commands: &[&Envelope]) -> Result<Loaded, StoreError> {
    let mut loaded = Loaded::default();
    let Loaded { world, newest_entry } = &mut loaded;
    let World { keys, numbers, purchases, members, holders, keepers, .. } = world;
    let mut take_key = |row: &Row<'_>| {
        let (key, known) = known(row)?;
        keys.insert(key, known);
        Ok(())
    };
    let mut take_number = |row: &Row<'_>| {
        let (number, known) = known(row)?;
        numbers.insert(number, known);
        Ok(())
    };
    let mut take_purchase = |row: &Row<'_>| {
        let kept = kept_purchase(rules, row)?;
        purchases.insert(kept.id, kept);
        Ok(())
    };
    let mut take_member = |row: &Row<'_>| {
        let facts = member_facts(row)?;
        if let Some(version) = row.opt_int(8)? {
            let (held, entry) = held(row, facts.holder, version, 9)?;
            *newest_entry = entry.max(*newest_entry);
            holders.insert(facts.holder, held);
        }
        if let Some(keeper) = row.opt_int(11)? {
            keepers.insert(facts.member, MemberId(keeper));
        }
        members.insert(facts.member, facts);
        Ok(())
    };
    let mut homes = Homes::default();
    let mut take_home = |row: &Row<'_>| homes.take(row);
    let mut buyers = Vec::new();
    let mut take_buyer = |row: &Row<'_>| {
        let holder = HolderId(row.int(0)?);
        buyers.push((holder, held(row, holder, row.int(1)?, 2)?));
        Ok(())
    };
    let named = named(commands);
    let [keys_named, numbers_named, returned, members_named, spending] = named.each_ref().map(|set| [Param::from(set)]);
    // A purchase is guarded by the version of its holder, so it is read after her: what comes in between is noticed then.
    let queries: [(&str, &[Param<'_>; 1], Visit<'_>, bool); 6] = [
        (KEYS, &keys_named, &mut take_key, named[0].is_some()),
        (NUMBERS, &numbers_named, &mut take_number, named[1].is_some()),
        (MEMBERS, &members_named, &mut take_member, named[3].is_some()),
        (BUYERS, &returned, &mut take_buyer, named[2].is_some()),
        (PURCHASES, &returned, &mut take_purchase, named[2].is_some()),
        (HOMES, &spending, &mut take_home, named[4].is_some()),
    ];
    let queries = queries.into_iter().filter(|(.., is_named)| *is_named);
    conn.query_together(queries.map(|(sql, params, visit, _)| Query { sql, params, visit }).collect())?;
    for (holder, (held, entry)) in buyers {
        loaded.newest_entry = entry.max(loaded.newest_entry);
        loaded.world.holders.insert(holder, held);
    }
    loaded.world.sharing = homes.others(conn)?;
    load_holders(conn, commands, &mut loaded)?;
    coupon::load(conn, rules, commands, &mut loaded.world)?;
    gift::load(conn, commands, &mut loaded.world)?;
    Ok(loaded)
}

/// What the commands name, each set as a JSON array: idempotency keys, purchase numbers, purchases that goods come back of, members, those
/// of them who spend points.
fn named(commands: &[&Envelope]) -> [Option<String>; 5] {
    let keys = commands.iter().filter_map(|envelope| envelope.key.as_ref()).map(|key| key.scoped.as_str());
    let numbers = commands.iter().filter_map(|envelope| match &envelope.command {
        Command::Purchase(order) => order.external_no.as_deref(),
        _ => None,
    });
    let returned = commands.iter().filter_map(|envelope| match &envelope.command {
        Command::Return(order) => Some(order.purchase.0),
        _ => None,
    });
    let members = commands.iter().filter_map(|envelope| match &envelope.command {
        Command::Purchase(order) => Some(order.member.0),
        Command::Adjust(adjustment) => Some(adjustment.member.0),
        Command::Coupon(order) => Some(order.member.0),
        Command::Occasion(order) => Some(order.member.0),
        Command::Value(order) => Some(order.member.0),
        Command::Gift(order) => Some(order.member.0),
        // A member holds under her own number.
        Command::Rank(holder, _) => Some(holder.0),
        Command::Return(_) | Command::Review(_) => None,
    });
    let spending = commands.iter().filter_map(|envelope| match &envelope.command {
        Command::Purchase(order) if order.redeem_points > 0 => Some(order.member.0),
        _ => None,
    });
    [
        json_texts(keys),
        json_texts(numbers),
        json_ids(returned.collect()),
        json_ids(members.collect()),
        json_ids(spending.collect()),
    ]
}

/// A key or number, and what it stands for.
fn known(row: &Row<'_>) -> Result<(String, Known), StoreError> {
    Ok((row.text(0)?, Known { input_hash: row.int(1)?, entry: EntryId(row.int(2)?) }))
}

fn member_facts(row: &Row<'_>) -> Result<MemberFacts, StoreError> {
    let member = MemberId(row.int(0)?);
    Ok(MemberFacts {
        member,
        holder: HolderId(row.int(1)?),
        // Who went into another stands as the other does.
        status: MemberStatus::from_word(row.opt_str(12)?.unwrap_or(row.str(2)?))
            .ok_or_else(|| damaged("the status of member", member.0))?,
        gender: row.opt_str(3)?.and_then(Gender::from_word),
        birthday: row.opt_str(4)?.and_then(|text| serde_json::from_str::<Birthday>(text).ok()),
        source: row.opt_text(5)?,
        language: row.opt_text(6)?,
        joined_at_ms: row.int(7)?,
    })
}

/// Holders that nothing named by the batch led to: of reviews, and those whose points may be drawn.
fn load_holders(conn: &mut Conn, commands: &[&Envelope], loaded: &mut Loaded) -> Result<(), StoreError> {
    let reviewed = commands.iter().filter_map(|envelope| match &envelope.command {
        Command::Review(holder) | Command::Rank(holder, _) => Some(holder.0),
        Command::Purchase(_)
        | Command::Return(_)
        | Command::Adjust(_)
        | Command::Coupon(_)
        | Command::Occasion(_)
        | Command::Value(_)
        | Command::Gift(_) => None,
    });
    let drawn = loaded.world.sharing.values().flatten().map(|holder| holder.0);
    let missing = reviewed.chain(drawn).filter(|holder| !loaded.world.holders.contains_key(&HolderId(*holder)));
    let Some(ids) = json_ids(missing.collect()) else { return Ok(()) };
    conn.query_each(HOLDERS, &[ids.as_str().into()], |row| {
        let holder = HolderId(row.int(0)?);
        let (held, entry) = held(row, holder, row.int(1)?, 2)?;
        loaded.newest_entry = entry.max(loaded.newest_entry);
        loaded.world.holders.insert(holder, held);
        Ok(())
    })
}

/// A holder whose newest entry stands in column `at` and whose state stands after it, with that entry.
fn held(row: &Row<'_>, holder: HolderId, version: i64, at: usize) -> Result<(Held, i64), StoreError> {
    let state: HolderState = serde_json::from_str(row.str(at + 1)?).map_err(|_| damaged("the state of holder", holder.0))?;
    Ok((Held { version, state, changed: false }, row.int(at)?))
}

fn kept_purchase(rules: &Rules, row: &Row<'_>) -> Result<KeptPurchase, StoreError> {
    let id = row.int(0)?;
    let award: Award = match row.opt_str(12)? {
        Some(text) => serde_json::from_str(text).map_err(|_| damaged("the award of purchase", id))?,
        None => Award::default(),
    };
    let returned: Returned = match row.opt_str(13)? {
        Some(text) => serde_json::from_str(text).map_err(|_| damaged("the returns of purchase", id))?,
        None => Returned::default(),
    };
    let (at_ms, day) = (row.int(3)?, row.int(4)?);
    Ok(KeptPurchase {
        id: PurchaseId(id),
        member: MemberId(row.int(1)?),
        holder: HolderId(row.int(2)?),
        // The business day was frozen; weekday and hour follow from the instant.
        moment: Moment { day: i32::try_from(day).map_err(|_| damaged("the day of purchase", id))?, ..rules.moment(at_ms) },
        channel: row.text(5)?,
        store: row.opt_text(6)?,
        staff: row.opt_text(7)?,
        lines: decode_lines(row.str(8)?)?,
        discount_minor: row.int(9)?,
        kind: if row.str(10)? == "history" { PurchaseKind::History } else { PurchaseKind::Earn },
        programme_version: row.opt_int(11)?.unwrap_or(0),
        award,
        returned,
    })
}

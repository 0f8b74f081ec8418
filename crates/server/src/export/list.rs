//! A list of members as the console shows it: contacts masked, headings in the reader's language.

use std::path::Path;

use danggol_core::decide::Rules;
use danggol_core::id::MemberId;
use danggol_core::language::Language;
use danggol_store::Conn;
use danggol_store::seal::Keyring;
use danggol_store::search::{self, Filter, Find, ListedMember};
use jiff::Timestamp;

use super::sheet::{Column, ColumnKind, Sheet, Value};
use super::{ExportError, PAGE_ROWS};
use crate::brand::Brand;
use crate::view::tier_name;

/// Who is in the list.
#[derive(Debug, Clone)]
pub enum Listed {
    /// These, in their order.
    These(Vec<MemberId>),
    /// All who are found and whom the filter takes.
    Found(Find, Filter),
}

/// What the writer of a list must know.
pub struct Reader<'a> {
    /// The keys of personal data.
    pub keyring: &'a Keyring,
    /// The rules, for the names of tiers and the clock.
    pub rules: &'a Rules,
    /// The brand, for its money.
    pub brand: &'a Brand,
    /// Whose words head the columns.
    pub language: Language,
}

fn columns(language: Language, exponent: u32) -> Vec<Column> {
    let column = |words: [&str; 4], kind| Column::new(language.pick(&words), kind);
    vec![
        column(["姓名", "姓名", "이름", "Name"], ColumnKind::Text),
        column(["手机", "手機", "휴대폰", "Phone"], ColumnKind::Text),
        column(["卡号", "卡號", "카드", "Card"], ColumnKind::Text),
        column(["等级", "等級", "등급", "Tier"], ColumnKind::Text),
        column(["积分", "點數", "포인트", "Points"], ColumnKind::Number),
        column(["累计消费", "累計消費", "누적 구매", "Total spent"], ColumnKind::Money(exponent)),
        column(["消费次数", "消費次數", "구매 횟수", "Purchases"], ColumnKind::Number),
        column(["最近消费", "最近消費", "최근 구매", "Last purchase"], ColumnKind::Text),
        column(["入会日期", "入會日期", "가입일", "Joined"], ColumnKind::Text),
        column(["门店", "門市", "매장", "Store"], ColumnKind::Text),
        column(["状态", "狀態", "상태", "Status"], ColumnKind::Text),
        column(["会员编号", "會員編號", "회원 번호", "Member id"], ColumnKind::Text),
    ]
}

/// Writes a list into a new file of the format that its name says. Texts that a spreadsheet would take for a
/// formula are marked in CSV, whose cells have no types. Says how many members it wrote.
pub fn write(conn: &mut Conn, reader: &Reader<'_>, listed: &Listed, path: &Path) -> Result<u64, ExportError> {
    let mut sheet = Sheet::create(path, columns(reader.language, reader.brand.currency_exponent))?;
    let is_plain = path.extension().is_some_and(|ending| ending == "csv");
    let mut written = 0;
    match listed {
        Listed::These(ids) => {
            for ids in ids.chunks(PAGE_ROWS) {
                for member in search::listed(conn, reader.keyring, ids)? {
                    sheet.write(&row(reader, &member, is_plain))?;
                    written += 1;
                }
            }
        }
        Listed::Found(find, filter) => {
            let mut after = None;
            loop {
                let (members, next) = search::filtered(conn, reader.keyring, find, filter, after.as_ref(), PAGE_ROWS)?;
                for member in &members {
                    sheet.write(&row(reader, member, is_plain))?;
                }
                written += members.len() as u64;
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
    }
    sheet.finish()?;
    Ok(written)
}

/// A text that no spreadsheet runs: in a file without types a leading sign is marked.
fn safe<'v>(text: &str, is_plain: bool) -> Value<'v> {
    match text.starts_with(['=', '+', '-', '@']) && is_plain {
        true => Value::text(format!("'{text}")),
        false => Value::text(text.to_owned()),
    }
}

fn row<'v>(reader: &Reader<'_>, member: &ListedMember, is_plain: bool) -> Vec<Value<'v>> {
    let text = |text: Option<&str>| text.map_or(Value::None, |text| safe(text, is_plain));
    let day = |at_ms: i64| {
        let instant = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX);
        Value::text(reader.rules.clock.zone.to_datetime(instant).date().to_string())
    };
    let state = &member.state;
    vec![
        text(member.name.as_deref()),
        text(member.masked_phone.as_deref()),
        text(member.card_no.as_deref()),
        text(state.tier.as_ref().map(|held| tier_name(reader.rules, &held.code)).as_deref()),
        Value::Number(state.points.balance()),
        Value::Number(state.total_minor),
        Value::Number(state.purchases),
        if state.last_purchase_ms > 0 { day(state.last_purchase_ms) } else { Value::None },
        day(member.joined_at_ms),
        text(member.store.as_deref()),
        Value::text(member.status.word()),
        Value::text(member.id.to_string()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_marked_where_cells_have_no_types() {
        for (text, is_plain, expected) in [
            ("=1+1", true, "'=1+1"),
            ("+82 ** **** 5678", true, "'+82 ** **** 5678"),
            ("=1+1", false, "=1+1"),
            ("张伟", true, "张伟"),
        ] {
            assert_eq!(safe(text, is_plain), Value::text(expected), "{text}");
        }
    }
}

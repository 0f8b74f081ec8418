//! The SQL reading of a condition: which members fit, as one text for both engines with every value bound.
//!
//! Each comparison becomes an expression that is true or false, never NULL, so that NOT is two-valued as in `core`. What SQL cannot
//! reckon — lunar calendars — `core` decides for each distinct birthday, and the birthdays that pass are bound as a set.

mod bought;

use std::collections::BTreeMap;

use danggol_core::attribute::{Attribute, Kind};
use danggol_core::class::Tenure;
use danggol_core::condition::{Condition, CustomTest, Operand, Operator, Test, Value, day_of};
use danggol_core::consent::{ConsentAsk, ConsentTest};
use danggol_core::holder::HolderState;
use danggol_core::household::Housed;
use danggol_core::id::{HolderId, MemberId, SegmentId};
use danggol_core::member::{MemberAt, MemberFacts, MemberStatus};
use danggol_core::person::{EXPIRING_WITHIN_MS, Now};
use danggol_core::time::{DAY_MS, offsets};

use crate::db::{Conn, Param, int_array, text_array};
use crate::error::StoreError;
use crate::household::seen::HOUSED;

const BIRTHDAYS: &str = "SELECT DISTINCT birthday FROM member WHERE birthday IS NOT NULL";

/// Every statement of this module that always reads the same.
pub const STATEMENTS: &[&str] = &[BIRTHDAYS];

/// What is known beside the tables when a condition is read.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// When and where.
    pub now: Now<'a>,
    /// The segments that conditions name, and whatever those name in their turn, with the conditions of those that have one. None of
    /// them may lead back to itself.
    pub segments: &'a BTreeMap<SegmentId, Option<Condition>>,
}

enum Bind {
    Int(i64),
    Text(String),
}

/// What a part of a condition is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A member `m` with her holder `h`.
    Member,
    /// A purchase `p`; an attribute of a line is said of any of its lines.
    Purchase,
    /// A line, whose columns stand in `p` beside those of its purchase.
    Line,
}

/// A text with its values.
struct Draft<'a> {
    scope: Scope<'a>,
    birthdays: &'a [String],
    binds: Vec<Bind>,
    offset: Option<(Vec<String>, String)>,
}

/// The members who fit a condition.
pub struct Reading {
    sql: String,
    binds: Vec<Bind>,
}

fn asks_birthday(attribute: Attribute) -> bool {
    matches!(attribute, Attribute::MemberAge | Attribute::MemberBirthdayMonth | Attribute::MemberDaysToBirthday)
}

impl Reading {
    /// Reads a condition without a fault.
    pub fn new(conn: &mut Conn, condition: &Condition, scope: Scope<'_>) -> Result<Self, StoreError> {
        let rules = scope.segments.values().flatten().chain([condition]);
        let asks = rules.flat_map(Condition::tests).any(|test| asks_birthday(test.attribute));
        let birthdays = if asks { conn.query(BIRTHDAYS, &[], |row| row.text(0))? } else { Vec::new() };
        let mut draft = Draft { scope, birthdays: &birthdays, binds: Vec::new(), offset: None };
        let sql = draft.tree(condition, Place::Member);
        Ok(Reading { sql, binds: draft.binds })
    }

    fn run<T>(
        &self,
        conn: &mut Conn,
        (select, end): (&str, &str),
        also: &[i64],
        make: impl FnMut(&crate::db::Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let end = (0..also.len()).fold(end.to_owned(), |end, place| {
            end.replace(&format!("#{place}"), &format!("CAST(${} AS BIGINT)", self.binds.len() + place + 1))
        });
        let sql = format!(
            "SELECT {select} FROM member m LEFT JOIN holder h ON h.holder_id = m.holder_id \
             WHERE (m.status = 'active' OR m.status = 'unclaimed') AND {} {end}",
            self.sql
        );
        let bound = self.binds.iter().map(|bind| match bind {
            Bind::Int(number) => Param::from(*number),
            Bind::Text(text) => Param::from(text),
        });
        let params: Vec<Param<'_>> = bound.chain(also.iter().map(|number| Param::from(*number))).collect();
        conn.query(&sql, &params, make)
    }

    /// How many fit.
    pub fn count(&self, conn: &mut Conn) -> Result<i64, StoreError> {
        Ok(self.run(conn, ("COUNT(*)", ""), &[], |row| row.int(0))?.into_iter().next().unwrap_or(0))
    }

    /// Up to `limit` of them after `after`, in the order of their ids.
    pub fn page(&self, conn: &mut Conn, after: MemberId, limit: i64) -> Result<Vec<MemberId>, StoreError> {
        let page = ("m.member_id", "AND m.member_id > #0 ORDER BY m.member_id LIMIT #1");
        self.run(conn, page, &[after.0, limit], |row| Ok(MemberId(row.int(0)?)))
    }

    /// All of them, in the order of their ids.
    pub fn members(&self, conn: &mut Conn) -> Result<Vec<MemberId>, StoreError> {
        self.run(conn, ("m.member_id", "ORDER BY m.member_id"), &[], |row| Ok(MemberId(row.int(0)?)))
    }
}

/// What an attribute of the file or of benefits is read from; none where it follows from purchases or birthdays.
fn column(attribute: Attribute) -> Option<&'static str> {
    Some(match attribute {
        Attribute::MemberTier => "h.tier",
        Attribute::MemberGender => "m.gender",
        Attribute::MemberSource => "m.source_code",
        Attribute::MemberLanguage => "m.language",
        Attribute::MemberStatus => "m.status",
        Attribute::MemberName => "m.name",
        Attribute::MemberStore => "m.store",
        Attribute::MemberSourceKind => "m.source_kind",
        Attribute::MemberIncome => "json_extract(m.profile, '$.income_band')",
        Attribute::ClassLayer => "(SELECT c.layer FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassCell => "(SELECT c.cell FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassRecency => "(SELECT c.recency FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassFrequency => "(SELECT c.frequency FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassMonetary => "(SELECT c.monetary FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassAbc => "(SELECT c.abc FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassStage => "(SELECT c.stage FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ClassWorth => "(SELECT c.worth FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ExpectedAmount => "(SELECT c.expected_minor FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::ActivePercent => "(SELECT c.active_percent FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::BulkPercent => "(SELECT c.bulk_percent FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::KeyProducts => "(SELECT c.key_products FROM member_class c WHERE c.member_id = m.member_id)",
        Attribute::LifestyleGroup => "(SELECT y.group_code FROM member_lifestyle y WHERE y.member_id = m.member_id)",
        Attribute::LifestyleScore => "(SELECT y.score FROM member_lifestyle y WHERE y.member_id = m.member_id)",
        Attribute::LifestyleSince => "(SELECT y.since_day FROM member_lifestyle y WHERE y.member_id = m.member_id)",
        Attribute::Points => "COALESCE(h.points, 0)",
        Attribute::MemberPurchaseCount => "COALESCE(CAST(json_extract(h.state, '$.n') AS BIGINT), 0)",
        Attribute::GrowthPoints => {
            "(COALESCE((SELECT CAST(SUM(CAST(json_extract(l.value, '$.r') AS BIGINT)) AS BIGINT) \
             FROM json_each(json_extract(h.state, '$.g.l')) l), 0) - COALESCE(CAST(json_extract(h.state, '$.g.d') AS BIGINT), 0))"
        }
        _ => return None,
    })
}

impl Draft<'_> {
    fn int(&mut self, number: i64) -> String {
        self.binds.push(Bind::Int(number));
        format!("CAST(${} AS BIGINT)", self.binds.len())
    }

    fn text(&mut self, text: impl Into<String>) -> String {
        self.binds.push(Bind::Text(text.into()));
        format!("CAST(${} AS TEXT)", self.binds.len())
    }

    fn today(&self) -> i64 {
        self.scope.now.moment.day.into()
    }

    fn tree(&mut self, condition: &Condition, place: Place) -> String {
        match condition {
            Condition::All { all } => self.joined(all, place, " AND ", "(1 = 1)"),
            Condition::Any { any } => self.joined(any, place, " OR ", "(1 = 0)"),
            Condition::Not { not } => format!("(NOT {})", self.tree(not, place)),
            Condition::Test(test) if place == Place::Member => self.test(test),
            Condition::Test(test) => self.occasion(test, place),
            Condition::Happened(test) => self.happened(test),
            Condition::Custom(test) => self.custom(test),
            Condition::Consent(test) => self.consent(test),
            Condition::Segment { segment } => self.segment(*segment),
        }
    }

    fn joined(&mut self, parts: &[Condition], place: Place, by: &str, of_none: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.tree(part, place)).collect();
        if parts.is_empty() { of_none.to_owned() } else { format!("({})", parts.join(by)) }
    }

    fn segment(&mut self, segment: SegmentId) -> String {
        match self.scope.segments.get(&segment) {
            Some(Some(rule)) => self.tree(rule, Place::Member),
            Some(None) => {
                let (id, now) = (self.int(segment.0), self.int(self.scope.now.moment.at_ms));
                format!(
                    "(m.member_id IN (SELECT s.member_id FROM segment_list s WHERE s.segment_id = {id} \
                     AND (s.expires_at_ms IS NULL OR s.expires_at_ms > {now})))"
                )
            }
            None => "(1 = 0)".to_owned(),
        }
    }

    fn custom(&mut self, test: &CustomTest) -> String {
        // The path is a value too: it is bound.
        let path = self.text(format!("$.custom.\"{}\"", test.custom));
        let field = format!("json_extract(m.profile, {path})");
        self.compared(&field, Kind::Text, test.op, test.value.as_ref())
    }

    fn consent(&mut self, test: &ConsentTest) -> String {
        let part = match test.ask {
            ConsentAsk::Said => "s",
            ConsentAsk::Days => "a",
        };
        let path = self.text(format!("$.\"{}\".{part}", test.matter()));
        let found = format!("json_extract(m.consents, {path})");
        let value = match test.ask {
            ConsentAsk::Said => found,
            ConsentAsk::Days => {
                let (at_ms, now) = (format!("CAST({found} AS BIGINT)"), self.int(self.scope.now.moment.at_ms));
                format!("(CASE WHEN {at_ms} IS NULL THEN NULL WHEN {at_ms} < {now} THEN ({now} - {at_ms}) / {DAY_MS} ELSE 0 END)")
            }
        };
        self.compared(&value, test.ask.kind(), test.op, test.value.as_ref())
    }

    /// A comparison that is never NULL.
    fn compared(&mut self, value: &str, kind: Kind, op: Operator, operand: Option<&Operand>) -> String {
        if op == Operator::IsMissing {
            return format!("({value} IS NULL)");
        }
        let text_like = matches!(kind, Kind::Text | Kind::Choice);
        match (text_like, operand) {
            (true, Some(Operand::Text(wanted))) => format!("(({value} = {}) IS TRUE)", self.text(wanted.as_str())),
            (true, Some(Operand::Texts(list))) => {
                let list = self.text(text_array(list));
                format!("(({value} IN (SELECT e.value FROM json_each({list}) e)) IS TRUE)")
            }
            (false, Some(operand)) => self.compared_numbers(value, op, &numbers(operand)),
            _ => "(1 = 0)".to_owned(),
        }
    }

    fn compared_numbers(&mut self, value: &str, op: Operator, wanted: &[i64]) -> String {
        let sign = match (op, wanted) {
            (Operator::In, list) => {
                let list = self.text(int_array(list.iter().copied()));
                return format!("(({value} IN (SELECT CAST(e.value AS BIGINT) FROM json_each({list}) e)) IS TRUE)");
            }
            (Operator::Between, [low, high]) => {
                let (low, high) = (self.int(*low), self.int(*high));
                return format!("(({value} BETWEEN {low} AND {high}) IS TRUE)");
            }
            (Operator::Is, _) => "=",
            (Operator::AtLeast, _) => ">=",
            (Operator::AtMost, _) => "<=",
            (Operator::MoreThan, _) => ">",
            (Operator::LessThan, _) => "<",
            (Operator::Between | Operator::IsMissing, _) => return "(1 = 0)".to_owned(),
        };
        match wanted.first() {
            Some(first) => format!("(({value} {sign} {}) IS TRUE)", self.int(*first)),
            None => "(1 = 0)".to_owned(),
        }
    }

    fn test(&mut self, test: &Test) -> String {
        let (attribute, kind) = (test.attribute, test.attribute.kind());
        if let Some(column) = column(attribute) {
            return self.compared(column, kind, test.op, test.value.as_ref());
        }
        let value = match attribute {
            _ if asks_birthday(attribute) => return self.birthday(test),
            _ if Housed::says(attribute) => return self.housed(test),
            Attribute::MemberTenure => return self.tenure(test),
            Attribute::MemberDaysSinceJoined => {
                let now = self.int(self.scope.now.moment.at_ms);
                format!("(CASE WHEN m.joined_at_ms < {now} THEN ({now} - m.joined_at_ms) / {DAY_MS} ELSE 0 END)")
            }
            Attribute::MemberJoined => format!("({} / {DAY_MS} - 1)", self.local("m.joined_at_ms")),
            Attribute::DaysToTierEnd => {
                format!("(CAST(json_extract(h.state, '$.t.k') AS BIGINT) - {})", self.int(self.today()))
            }
            Attribute::ExpiringPoints => {
                let now_ms = self.scope.now.moment.at_ms;
                let (after, by) = (self.int(now_ms), self.int(now_ms + EXPIRING_WITHIN_MS));
                format!(
                    "COALESCE((SELECT CAST(SUM(CAST(json_extract(l.value, '$.r') AS BIGINT)) AS BIGINT) \
                     FROM json_each(json_extract(h.state, '$.p.l')) l WHERE CAST(json_extract(l.value, '$.x') AS BIGINT) > {after} \
                     AND CAST(json_extract(l.value, '$.x') AS BIGINT) <= {by}), 0)"
                )
            }
            _ => return self.fact(test),
        };
        self.compared(&value, kind, test.op, test.value.as_ref())
    }

    /// Years with the brand are days of joining, which `core` says.
    fn tenure(&mut self, test: &Test) -> String {
        let ranges = Tenure::passing(test, self.scope.now.moment.day);
        if ranges.is_empty() {
            return "(1 = 0)".to_owned();
        }
        let joined = format!("({} / {DAY_MS} - 1)", self.local("m.joined_at_ms"));
        let mut parts = Vec::with_capacity(ranges.len());
        for (from, until) in ranges {
            let (from, until) = (self.int(from.into()), self.int(until.into()));
            parts.push(format!("({joined} BETWEEN {from} AND {until})"));
        }
        format!("({})", parts.join(" OR "))
    }

    /// What is said of a household depends on everybody in it: whoever passes, or is in none, is found among all of them at once.
    fn housed(&mut self, test: &Test) -> String {
        if test.op == Operator::IsMissing {
            return format!("(NOT (m.member_id IN (SELECT x.member_id FROM ({HOUSED}) x)))");
        }
        let column = match test.attribute {
            Attribute::HouseholdSize => "x.size",
            Attribute::HouseholdRole => "x.role",
            Attribute::HouseholdPosition => "x.position",
            _ => "x.sharing",
        };
        let passes = self.compared(column, test.attribute.kind(), test.op, test.value.as_ref());
        format!("(m.member_id IN (SELECT x.member_id FROM ({HOUSED}) x WHERE {passes}))")
    }

    /// Birthdays are few; `core` says which of them pass.
    fn birthday(&mut self, test: &Test) -> String {
        let now = self.scope.now;
        let state = HolderState::default();
        let passes = |birthday: &&String| {
            let facts = MemberFacts {
                member: MemberId(1),
                holder: HolderId(1),
                status: MemberStatus::Active,
                gender: None,
                birthday: serde_json::from_str(birthday).ok(),
                source: None,
                language: None,
                joined_at_ms: 0,
            };
            let at = MemberAt { facts: &facts, state: &state, moment: now.moment, lunar: now.lunar, frozen: None };
            test.passes(at.value(test.attribute))
        };
        let list: Vec<&String> = self.birthdays.iter().filter(passes).collect();
        let list = self.text(text_array(list));
        let known = format!("((m.birthday IN (SELECT e.value FROM json_each({list}) e)) IS TRUE)");
        if test.passes(Value::Missing) { format!("({known} OR m.birthday IS NULL)") } else { known }
    }

    /// What the clock in the shop says, as milliseconds since 1970 and one day, which keeps them above zero.
    fn local(&mut self, at_ms: &str) -> String {
        let (steps, last) = match self.offset.clone() {
            Some(known) => known,
            None => {
                let known = self.offsets();
                self.offset = Some(known.clone());
                known
            }
        };
        let cases: String = steps
            .chunks(2)
            .map(|step| match step {
                [from, offset] => format!("WHEN {at_ms} >= {from} THEN {offset} "),
                _ => String::new(),
            })
            .collect();
        let offset = if cases.is_empty() { last } else { format!("CASE {cases}ELSE {last} END") };
        format!("({at_ms} + {offset} + {DAY_MS})")
    }

    /// The offsets of the zone since 1970, bound: from when which holds, the newest first, and the one before them all.
    fn offsets(&mut self) -> (Vec<String>, String) {
        let until_ms = self.scope.now.moment.at_ms + 2 * DAY_MS;
        let (first, changes) = offsets(self.scope.now.zone, until_ms);
        let mut steps = Vec::with_capacity(changes.len() * 2);
        for (from_ms, offset_ms) in changes.into_iter().rev() {
            steps.push(self.int(from_ms));
            steps.push(self.int(offset_ms));
        }
        (steps, self.int(first))
    }
}

/// The numbers that a value is compared with; dates as days since 1970-01-01.
fn numbers(operand: &Operand) -> Vec<i64> {
    match operand {
        Operand::Number(number) => vec![*number],
        Operand::Numbers(numbers) => numbers.clone(),
        Operand::Text(date) => day_of(date).into_iter().collect(),
        Operand::Texts(dates) => dates.iter().filter_map(|date| day_of(date)).collect(),
    }
}

//! Segments as the server sees them: what is wrong with a condition, who fits it now, why a member does, and snapshots by the clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use danggol_core::attribute::Attribute;
use danggol_core::class::Class;
use danggol_core::condition::{Condition, Operator, Test, Value};
use danggol_core::decide::Rules;
use danggol_core::fault::{Fault, FaultKind, member_condition_faults};
use danggol_core::household::Housed;
use danggol_core::id::{MemberId, SegmentId};
use danggol_core::lifestyle::Placed;
use danggol_core::person::Now;
use danggol_core::why::{Reason, why};
use danggol_core::words::Voice;
use danggol_roster::{Asked, Living};
use danggol_store::reading::{Reading, Scope};
use danggol_store::segment::{self, Basis, SegmentRecord, Snapshot};
use danggol_store::tag::{self, TagGroup, TagRecord};
use danggol_store::{Conn, StoreError, person};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::config::processors;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::roster::Desk;
use crate::view::Lens;

/// All segments, with what conditions that name them are read with.
pub struct Segments {
    /// The newest first, those put away included.
    pub records: Vec<SegmentRecord>,
    /// The condition of each; none for a list.
    pub rules: BTreeMap<SegmentId, Option<Condition>>,
    /// What each is called.
    pub names: Vec<(SegmentId, String)>,
    /// What those that are tags have beside that, by their places.
    pub tags: Vec<TagRecord>,
    /// Their ids.
    pub tag_ids: Vec<SegmentId>,
    /// The groups of tags.
    pub groups: Vec<TagGroup>,
}

impl Segments {
    /// Reads them.
    pub fn read(conn: &mut Conn) -> Result<Self, StoreError> {
        let records = segment::all(conn)?;
        let names = records.iter().map(|record| (record.id, record.name.clone())).collect();
        let (tags, groups) = (tag::all(conn)?, tag::groups(conn)?);
        let tag_ids = tags.iter().map(|tag| tag.segment).collect();
        let mut segments = Segments { records, rules: BTreeMap::new(), names, tags, tag_ids, groups };
        segments.decide();
        Ok(segments)
    }

    /// Finds out anew what decides who is in each, from the records and the groups of tags.
    fn decide(&mut self) {
        let is_open = |id: SegmentId| self.find(id).is_some_and(|record| record.archived_at_ms.is_none());
        let exclusive = self.groups.iter().filter(|group| group.exclusive);
        let of_group = |group: &TagGroup| {
            let within = self.tags.iter().filter(|tag| tag.group == Some(group.id) && is_open(tag.segment));
            within.map(|tag| tag.segment).collect()
        };
        let groups: Vec<Vec<SegmentId>> = exclusive.map(of_group).collect();
        self.rules = danggol_core::tag::exclusive(&segment::rules(&self.records), &groups);
    }

    /// Whether any leads back to itself, as the records and the groups of tags are now.
    pub fn leads_back(&mut self) -> bool {
        self.decide();
        danggol_core::tag::leads_back(&self.rules)
    }

    /// What is wrong with a tag that is new or changed, and with its rule.
    pub fn refuse_tag(&mut self, record: &SegmentRecord, made: &TagRecord, rules: &Rules) -> Option<ApiError> {
        if made.group.is_some_and(|group| self.groups.iter().all(|known| known.id != group)) {
            return Some(ApiError::new(&kinds::UNKNOWN_TAG_GROUP).at("group_id"));
        }
        let Basis::Rule(Some(condition)) = &record.basis else { return None };
        if let Some(fault) = self.faults(condition, Some(record.id), rules).into_iter().next() {
            return Some(ApiError::new(&kinds::CONDITION_FAULTY).at(fault.path));
        }
        self.records.retain(|known| known.id != record.id);
        self.records.push(record.clone());
        self.tags.retain(|known| known.segment != record.id);
        self.tags.push(made.clone());
        self.tags.sort_by_key(|tag| (tag.place, tag.segment));
        self.leads_back().then(|| ApiError::new(&kinds::CONDITION_FAULTY).at("condition"))
    }

    /// Why a tag cannot be given or taken by hand; none when it can.
    pub fn refuse_giving(&self, id: SegmentId) -> Option<ApiError> {
        match (self.find(id).filter(|record| record.archived_at_ms.is_none()), self.tag(id)) {
            (Some(record), Some(_)) if record.basis == Basis::List => None,
            (Some(_), Some(_)) => Some((&kinds::RULE_GIVES_TAG).into()),
            _ => Some((&kinds::UNKNOWN_TAG).into()),
        }
    }

    /// One of them.
    pub fn find(&self, id: SegmentId) -> Option<&SegmentRecord> {
        self.records.iter().find(|record| record.id == id)
    }

    /// The segments that a condition leads to, by itself and by those that it names.
    fn reached(&self, condition: &Condition) -> BTreeSet<SegmentId> {
        let mut reached = BTreeSet::new();
        let mut waiting = condition.segments();
        while let Some(id) = waiting.pop() {
            if reached.insert(id)
                && let Some(Some(rule)) = self.rules.get(&id)
            {
                waiting.extend(rule.segments());
            }
        }
        reached
    }

    /// Everything that is wrong with a condition, which may be that of a segment.
    pub fn faults(&self, condition: &Condition, of: Option<SegmentId>, rules: &Rules) -> Vec<Fault> {
        let mut faults = member_condition_faults("condition", condition, &rules.current.programme.tiers);
        let reached = self.reached(condition);
        let mut add = |kind| faults.push(Fault { path: "condition".to_owned(), kind });
        if reached.iter().any(|id| !self.rules.contains_key(id)) {
            add(FaultKind::UnknownSegment);
        }
        let mut changed = self.rules.clone();
        changed.extend(of.map(|of| (of, Some(condition.clone()))));
        if danggol_core::tag::leads_back(&changed) {
            add(FaultKind::SegmentLoop);
        }
        faults
    }

    /// The segments, neither put away nor this one, whose conditions name it.
    pub fn users_of(&self, id: SegmentId) -> Vec<&SegmentRecord> {
        let names = |record: &&SegmentRecord| {
            let rule = self.rules.get(&record.id).and_then(Option::as_ref);
            record.archived_at_ms.is_none() && rule.is_some_and(|rule| rule.segments().contains(&id))
        };
        self.records.iter().filter(names).collect()
    }

    /// The members who fit a condition now, ready to be counted and listed: by the roster where it is warm, by SQL where it is not.
    pub fn fitting<'a>(
        &'a self,
        (conn, roster): (&mut Conn, &Desk),
        condition: &'a Condition,
        rules: &'a Rules,
        now_ms: i64,
    ) -> Result<Fitting<'a>, StoreError> {
        let now = now(rules, now_ms);
        let Some(living) = roster.living(conn, rules)? else {
            return Ok(Fitting::Sql(Reading::new(conn, condition, Scope { now, segments: &self.rules })?));
        };
        let mut lists = BTreeMap::new();
        let reached = self.reached(condition);
        let ruled = reached.iter().filter_map(|id| self.rules.get(id)?.as_ref()).chain([condition]);
        let asked: Vec<Attribute> = ruled.flat_map(Condition::tests).map(|test| test.attribute).collect();
        let (asks_classes, asks_lifestyles) =
            (asked.iter().any(|asked| Class::says(*asked)), asked.iter().any(|asked| Placed::says(*asked)));
        let lifestyles = if asks_lifestyles { roster.lifestyles(conn)? } else { Arc::default() };
        let asks_households = asked.iter().any(|asked| Housed::says(*asked));
        let households = if asks_households { roster.households(conn)? } else { Arc::default() };
        let classes = if asks_classes { roster.classes(conn)? } else { Arc::default() };
        for id in reached {
            if let Some(None) = self.rules.get(&id) {
                lists.insert(id, segment::listed(conn, id, now_ms)?);
            }
        }
        let segments = &self.rules;
        Ok(Fitting::Columns(Box::new(ByColumns { living, condition, segments, lists, classes, lifestyles, households, now })))
    }
}

/// The members who fit a condition, by one of its readings.
pub enum Fitting<'a> {
    /// SQL.
    Sql(Reading),
    /// The roster.
    Columns(Box<ByColumns<'a>>),
}

/// A condition to be read over the roster.
pub struct ByColumns<'a> {
    living: Living,
    condition: &'a Condition,
    segments: &'a BTreeMap<SegmentId, Option<Condition>>,
    lists: BTreeMap<SegmentId, Vec<MemberId>>,
    classes: Arc<HashMap<i64, Class>>,
    lifestyles: Arc<HashMap<i64, Placed>>,
    households: Arc<HashMap<i64, Housed>>,
    now: Now<'a>,
}

impl ByColumns<'_> {
    fn asked(&self) -> Asked<'_> {
        Asked {
            condition: self.condition,
            segments: self.segments,
            lists: &self.lists,
            classes: &self.classes,
            lifestyles: &self.lifestyles,
            households: &self.households,
            now: self.now,
        }
    }
}

impl Fitting<'_> {
    /// All of them, in the order of their ids.
    pub fn members(&self, conn: &mut Conn) -> Result<Vec<MemberId>, StoreError> {
        match self {
            Fitting::Sql(reading) => reading.members(conn),
            Fitting::Columns(columns) => Ok(columns.living.members(&columns.asked(), processors())),
        }
    }

    /// Up to `limit` of them after `after`, in the order of their ids.
    pub fn page(&self, conn: &mut Conn, after: MemberId, limit: i64) -> Result<Vec<MemberId>, StoreError> {
        match self {
            Fitting::Sql(reading) => reading.page(conn, after, limit),
            Fitting::Columns(columns) => Ok(columns.living.page(&columns.asked(), after, usize::try_from(limit).unwrap_or(0))),
        }
    }

    /// How many they are, and the first few of them.
    pub fn count(&self, conn: &mut Conn, sample: i64) -> Result<(i64, Vec<MemberId>), StoreError> {
        match self {
            Fitting::Sql(reading) => {
                let first = if sample > 0 { reading.page(conn, MemberId(0), sample)? } else { Vec::new() };
                Ok((reading.count(conn)?, first))
            }
            Fitting::Columns(_) => {
                let mut members = self.members(conn)?;
                let count = members.len() as i64;
                members.truncate(usize::try_from(sample).unwrap_or(0));
                Ok((count, members))
            }
        }
    }
}

/// When and where members are looked at.
pub fn now(rules: &Rules, now_ms: i64) -> Now<'_> {
    Now { moment: rules.moment(now_ms), zone: &rules.clock().zone, lunar: rules.lunar }
}

/// What a part of a condition comes to for a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// The attribute that the part compares; none for another part.
    pub attribute: Option<Attribute>,
    /// The part, in the caller's words.
    pub text: String,
    /// Whether it holds for her.
    pub holds: bool,
    /// Her value, in the caller's words; none for a part that compares nothing itself.
    pub value: Option<String>,
    /// Her value as it is kept, where it is a word.
    pub code: Option<String>,
    /// What her value stands on, in the caller's words: her purchases, or the rule by which she is classed.
    pub evidence: Option<String>,
    /// The parts of it.
    #[schema(no_recursion)]
    pub parts: Vec<ReasonView>,
}

impl ReasonView {
    /// A reason in words.
    pub fn new(voice: Voice<'_>, reason: &Reason<'_>) -> Self {
        let attribute = match reason.condition {
            Condition::Test(test) => Some(test.attribute),
            _ => None,
        };
        let rule = || voice.class_rule(attribute?);
        ReasonView {
            attribute,
            text: voice.condition(reason.condition),
            holds: reason.holds,
            value: voice.found(reason),
            code: match reason.value {
                Some(Value::Text(code)) => Some(code.to_owned()),
                _ => None,
            },
            evidence: reason.evidence.as_ref().map(|fact| voice.evidence(fact)).or_else(rule),
            parts: reason.parts.iter().map(|part| ReasonView::new(voice, part)).collect(),
        }
    }
}

/// What some attributes say of a member, each as a part of a condition would be told; those that say nothing are left out, except
/// where it is worth saying that her purchases are too few.
pub fn said(conn: &mut Conn, lens: &Lens, id: MemberId, attributes: &[Attribute]) -> Result<Vec<ReasonView>, StoreError> {
    let now = now(&lens.rules, lens.now_ms);
    let Some(kept) = person::find(conn, &[id], now)?.pop() else { return Ok(Vec::new()) };
    let nothing = BTreeMap::new();
    let person = kept.at(&nothing, now);
    let voice = lens.voice(lens.rules.current.version);
    let said = attributes.iter().filter_map(|attribute| {
        let missing = Condition::Test(Test { attribute: *attribute, op: Operator::IsMissing, value: None });
        let reason = why(&person, &missing);
        let text = attribute.label(lens.language).to_owned();
        if !reason.holds {
            return Some(ReasonView { text, holds: true, ..ReasonView::new(voice, &reason) });
        }
        let (value, evidence) = voice.too_little(*attribute).filter(|_| kept.class.is_some())?;
        let (value, evidence) = (Some(value), Some(evidence));
        Some(ReasonView { attribute: Some(*attribute), text, holds: true, value, code: None, evidence, parts: Vec::new() })
    });
    Ok(said.collect())
}

/// Takes a snapshot of one segment now.
pub async fn snapshot(app: &Arc<App>, id: SegmentId) -> ApiResult<Snapshot> {
    let (rules, roster, now_ms) = (app.rules(), app.roster.clone(), app.now_ms());
    let day = rules.moment(now_ms).day;
    let members: Vec<MemberId> = app
        .store
        .read(move |conn| {
            let segments = Segments::read(conn)?;
            let itself = Condition::Segment { segment: id };
            segments.fitting((conn, &roster), &itself, &rules, now_ms)?.members(conn)
        })
        .await?;
    Ok(app.store.write(move |conn| segment::take_snapshot(conn, id, &members, day, now_ms)).await?)
}

/// Takes a snapshot of every segment that has none of this business day: windows slide although nothing happens. Says how many it took.
pub async fn snapshots_due(app: &Arc<App>) -> ApiResult<usize> {
    let today = i64::from(app.rules().moment(app.now_ms()).day);
    let (segments, newest) = app.store.read(|conn| Ok((Segments::read(conn)?, segment::newest_snapshots(conn)?))).await?;
    let is_due =
        |record: &&SegmentRecord| record.archived_at_ms.is_none() && newest.get(&record.id).is_none_or(|taken| taken.day < today);
    let due: Vec<SegmentId> = segments.records.iter().filter(is_due).map(|record| record.id).collect();
    for id in &due {
        snapshot(app, *id).await?;
    }
    Ok(due.len())
}

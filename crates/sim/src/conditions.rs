//! Random conditions over random members: the reading of one member by `core`, the one over columns and the one by SQL must agree, on either
//! engine, on any day, also while windows slide although nothing happens.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::ensure;
use danggol_core::attribute::{Attribute, Kind, Of};
use danggol_core::birthday::{Birthday, Calendar, LunarKind};
use danggol_core::class::{Ahead, ClassRules, Figures, classify};
use danggol_core::condition::{Condition, CustomTest, EVENT_PLACES, MEMBER_PLACES, Operand, Operator, Test};
use danggol_core::consent::{ConsentAsk, ConsentTest, Matter, Said};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::event::{Event, EventTest, Measure};
use danggol_core::fault::member_condition_faults;
use danggol_core::id::{ChangeId, MemberId, SegmentId};
use danggol_core::lifestyle::Placed;
use danggol_core::member::Gender;
use danggol_core::person::KeptPerson;
use danggol_core::person::Now;
use danggol_core::programme::Ladder;
use danggol_core::pyramid::{Criteria, LayerCut};
use danggol_core::time::{DAY_MS, date_of, moment};
use danggol_roster::{Asked, Builder, Living};
use danggol_store::change::Author;
use danggol_store::lifestyle::PlacedMember;
use danggol_store::reading::{Reading, Scope};
use danggol_store::segment::{Basis, SegmentRecord};
use danggol_store::tag::{self, GivenTag};
use danggol_store::{Conn, Target, class, consent, household, lifestyle, member, person, segment};
use jiff::tz::TimeZone;

use crate::commands::Commands;
use crate::consents;
use crate::households::Housing;
use crate::merging::Merging;
use crate::random::Random;
use crate::soak::brand::{self, pick};
use crate::soak::ground::{BEGIN_MS, Ground, members};

/// Two lists and a rule that conditions may name.
const SEGMENTS: [SegmentId; 3] = [SegmentId(11), SegmentId(12), SegmentId(13)];

/// Days from the last purchase at which conditions are read: before it, on it, and later.
const DAYS: [i64; 4] = [-70, 0, 25, 180];

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// The seed of everything in it.
    pub seed: u64,
    /// Members.
    pub members: i64,
    /// Commands that make their history.
    pub commands: u64,
    /// Conditions, each read on every one of [`DAYS`].
    pub conditions: u64,
}

/// How often readings were compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compared {
    /// Members times conditions times days.
    pub pairs: u64,
    /// Of these, those that held.
    pub held: u64,
}

/// Draws an operand of a kind that fits an operator.
fn operand(random: &mut Random, attribute: Option<Attribute>, kind: Kind, op: Operator) -> Option<Operand> {
    if op == Operator::IsMissing {
        return None;
    }
    let many = matches!(op, Operator::In | Operator::Between);
    let text = |random: &mut Random| match attribute.map(Attribute::choices) {
        Some(choices) if !choices.is_empty() => pick(random, choices).to_owned(),
        _ => pick(
            random,
            &["s1", "s2", "milk", "bread", "tea", "p1", "p7", "store", "online", "gold", "silver", "김", "O'Neil", "42"],
        )
        .to_owned(),
    };
    let number = |random: &mut Random| match kind {
        Kind::Money => pick(random, &[0, -500, 900, 4_000, 9_000, 20_000, 60_000]),
        Kind::Hour => random.below(24) as i64,
        Kind::Weekday => 1 + random.below(7) as i64,
        _ => pick(random, &[0, 1, 1, 2, 3, 4, 5, 7, 12, 20, 33, 50, 90, 100, 200, -3]),
    };
    let date = |random: &mut Random| {
        let begin = (BEGIN_MS / DAY_MS) as i32;
        date_of(begin - 300 + random.below(600) as i32).to_string()
    };
    let two = |random: &mut Random| -> Operand {
        match kind {
            Kind::Text | Kind::Choice => Operand::Texts(vec![text(random), text(random)]),
            Kind::Date => {
                let mut dates = vec![date(random), date(random)];
                dates.sort();
                Operand::Texts(dates)
            }
            _ => {
                let mut numbers = vec![number(random), number(random)];
                numbers.sort_unstable();
                Operand::Numbers(numbers)
            }
        }
    };
    Some(match kind {
        _ if many => two(random),
        Kind::Text | Kind::Choice => Operand::Text(text(random)),
        Kind::Date => Operand::Text(date(random)),
        _ => Operand::Number(number(random)),
    })
}

fn test(random: &mut Random, places: &[Of]) -> Condition {
    let seen: Vec<Attribute> = Attribute::ALL.iter().copied().filter(|attribute| places.contains(&attribute.of())).collect();
    let attribute = pick(random, &seen);
    let op = pick(random, attribute.kind().operators());
    let mut value = operand(random, Some(attribute), attribute.kind(), op);
    if attribute == Attribute::MemberBirthdayMonth {
        value = value.map(|value| match value {
            Operand::Numbers(_) => Operand::Numbers(vec![3, 9]),
            _ => Operand::Number(1 + random.below(12) as i64),
        });
    }
    Condition::Test(Test { attribute, op, value })
}

fn happened(random: &mut Random) -> Condition {
    let measure = pick(random, &Measure::ALL);
    let op = pick(random, &measure.operators());
    let (mut last_days, mut from, mut until) = (None, None, None);
    match random.below(4) {
        0 => {}
        1 => from = Some(date_of((BEGIN_MS / DAY_MS) as i32 - 100 + random.below(200) as i32).to_string()),
        2 => {
            from = Some(date_of((BEGIN_MS / DAY_MS) as i32 - 200).to_string());
            until = Some(date_of((BEGIN_MS / DAY_MS) as i32 + random.below(200) as i32).to_string());
        }
        _ => last_days = Some(pick(random, &[1, 7, 30, 90, 365])),
    }
    let filter = (!random.once_in(3)).then(|| tree(random, EVENT_PLACES, 2));
    let value = operand(random, None, measure.kind(), op);
    let event = pick(random, &Event::ALL);
    Condition::Happened(Box::new(EventTest { event, measure, filter, last_days, from, until, op, value }))
}

fn custom(random: &mut Random) -> Condition {
    let op = pick(random, &[Operator::Is, Operator::In, Operator::IsMissing]);
    let value = match op {
        Operator::In => Some(Operand::Texts(vec!["42".to_owned(), "붉은 \"색\"".to_owned()])),
        Operator::IsMissing => None,
        _ => Some(Operand::Text(pick(random, &["42", "7"]).to_owned())),
    };
    Condition::Custom(CustomTest { custom: pick(random, &["size", "좋아하는 색", "a.b", "none"]).to_owned(), op, value })
}

fn consent(random: &mut Random) -> Condition {
    let ask = pick(random, &[ConsentAsk::Said, ConsentAsk::Said, ConsentAsk::Days]);
    let op = pick(random, ask.kind().operators());
    let word = |random: &mut Random| pick(random, Said::WORDS).to_owned();
    let value = match (ask, op) {
        (_, Operator::IsMissing) => None,
        (ConsentAsk::Said, Operator::In) => Some(Operand::Texts(vec![word(random), word(random)])),
        (ConsentAsk::Said, _) => Some(Operand::Text(word(random))),
        (ConsentAsk::Days, _) => operand(random, None, Kind::Number, op),
    };
    let matter =
        Matter::parse(pick(random, &["advertising.post", consents::MATTERS[0], consents::MATTERS[1], consents::MATTERS[3]]));
    let Matter { purpose, channel } = matter.expect("a matter");
    Condition::Consent(ConsentTest { consent: purpose, channel, ask, op, value })
}

/// Draws a condition over what stands in these places, at most so deep.
pub fn tree(random: &mut Random, places: &[Of], depth: u64) -> Condition {
    let whole = places == MEMBER_PLACES;
    let parts = |random: &mut Random| (0..random.below(4)).map(|_| tree(random, places, depth - 1)).collect();
    match random.below(if depth == 0 { 7 } else { 11 }) {
        0 | 1 if whole => happened(random),
        2 if whole && random.once_in(2) => custom(random),
        3 if whole && random.once_in(2) => consent(random),
        2 if whole => Condition::Segment { segment: pick(random, &SEGMENTS) },
        0..=6 => test(random, places),
        7 | 8 => Condition::All { all: parts(random) },
        9 => Condition::Any { any: parts(random) },
        _ => Condition::Not { not: Box::new(tree(random, places, depth - 1)) },
    }
}

/// Fills the files of the members with what conditions ask about.
pub(crate) fn fill(ground: &Ground, random: &mut Random, ids: &[MemberId]) -> anyhow::Result<()> {
    for id in ids {
        let mut random = Random::new(random.next_u64());
        let id = *id;
        let author = Author { change: ChangeId(id.0), actor: Actor { kind: ActorKind::System, id: 0 } };
        let said: Vec<_> =
            (0..random.below(6)).map(|place| consents::draw(&mut random, id, id.0 * 10 + place as i64, BEGIN_MS)).collect();
        ground.store.write_blocking(move |conn| {
            consent::say(conn, &said, BEGIN_MS)?;
            member::update(conn, id, BEGIN_MS, author, |fields| {
                fields.name = pick(&mut random, &[None, Some("김"), Some("O'Neil"), Some("王小明")]).map(str::to_owned);
                fields.gender = pick(&mut random, &[None, Some(Gender::Female), Some(Gender::Other)]);
                fields.store = pick(&mut random, &[None, Some("s1"), Some("s2")]).map(str::to_owned);
                fields.language = pick(&mut random, &[None, Some("ko"), Some("zh-CN")]).map(str::to_owned);
                fields.profile.income_band = pick(&mut random, &[None, Some("s1"), Some("高")]).map(str::to_owned);
                let calendar = pick(&mut random, &[Calendar::Lunar, Calendar::Solar]);
                let year = pick(&mut random, &[None, Some(1980), Some(2001), Some(1955)]);
                let birthday = Birthday::new(calendar, year, 1 + random.below(12) as u8, 1 + random.below(28) as u8, false);
                fields.birthday = if random.once_in(4) { None } else { birthday.ok() };
                for field in ["size", "좋아하는 색", "a.b"] {
                    if random.once_in(2) {
                        let value = pick(&mut random, &["42", "7", "붉은 \"색\""]).to_owned();
                        fields.profile.custom.insert(field.to_owned(), value);
                    }
                }
            })
        })?;
    }
    Ok(())
}

/// Two lists with some members each, and a rule that names one of them.
pub(crate) fn group(ground: &Ground, random: &mut Random, ids: &[MemberId], last_ms: i64) -> anyhow::Result<()> {
    let rule = Condition::All {
        all: vec![Condition::Not { not: Box::new(Condition::Segment { segment: SEGMENTS[0] }) }, happened(random)],
    };
    let record = |id: SegmentId, basis: Basis| SegmentRecord {
        id,
        name: id.to_string(),
        basis,
        draft: None,
        created_at_ms: BEGIN_MS,
        updated_at_ms: BEGIN_MS,
        updated_by: None,
        archived_at_ms: None,
    };
    let records =
        [record(SEGMENTS[0], Basis::List), record(SEGMENTS[1], Basis::List), record(SEGMENTS[2], Basis::Rule(Some(rule)))];
    let on: Vec<BTreeSet<MemberId>> = (0..2).map(|_| ids.iter().copied().filter(|_| random.once_in(3)).collect()).collect();
    ground.store.write_blocking(move |conn| {
        records.iter().try_for_each(|record| segment::insert(conn, record))?;
        for (segment, members) in SEGMENTS.iter().zip(&on) {
            segment::list(conn, *segment, members, BEGIN_MS)?;
        }
        // Some are on a list for so long only.
        let ends = |(place, member): (usize, &MemberId)| {
            let expires_at_ms = Some(last_ms + (place as i64 % 3 - 1) * DAY_MS);
            GivenTag { member: *member, tag: SEGMENTS[1], since_ms: BEGIN_MS, expires_at_ms }
        };
        let ending: Vec<GivenTag> = on[1].iter().enumerate().map(ends).collect();
        tag::give(conn, &ending)?;
        Ok(())
    })?;
    Ok(())
}

/// Classes the members by their history.
fn class(ground: &Ground, today: i32) -> anyhow::Result<()> {
    ground.store.write_blocking(move |conn| {
        let mut figures = Vec::new();
        class::each_member(conn, today, |member, deeds| figures.extend(Figures::of(member, deeds, today - 60, today)))?;
        let ahead = |member| {
            (member % 3 > 0)
                .then_some(Ahead { amount_minor: member % 7 * 9_000, active_percent: (member % 4 > 0).then_some(member % 100) })
        };
        let criteria = Criteria { layers: vec![layer("gold", 2_000), layer("silver", 10_000)], ..Criteria::default() };
        let classes = classify(&figures, &ClassRules::default(), &criteria, today, ahead, |member| member % 4);
        class::keep(conn, &classes, &[])
    })?;
    Ok(())
}

/// Places the members in lifestyle groups; some in none any more, and some never in any.
fn place(ground: &Ground, random: &mut Random, ids: &[MemberId], today: i32) -> anyhow::Result<()> {
    let mut placed = Vec::new();
    for id in ids.iter().filter(|id| id.0 % 5 > 0) {
        let group = pick(random, &["gold", "silver", "s1", "42"]).to_owned();
        let place = Placed { group, score: random.below(101) as i64, since_day: today - random.below(200) as i32 };
        placed.push(PlacedMember { member: id.0, placed: (!random.once_in(4)).then_some(place), purchases: 3 });
    }
    ground.store.write_blocking(move |conn| lifestyle::keep(conn, &placed))?;
    Ok(())
}

/// Has members live together, and some of them be one person with another.
fn house(ground: &Ground, random: &mut Random, ids: &[MemberId], now_ms: i64) -> anyhow::Result<()> {
    let (mut housing, mut merging) = (Housing::new(), Merging::new());
    ground.set_clock(now_ms);
    for _ in 0..ids.len() * 4 {
        housing.turn(ground, random, ids)?;
        if random.once_in(12) {
            merging.turn(&[ground], random, ids)?;
        }
    }
    ensure!(housing.done > 0, "nobody lives with anybody");
    Ok(())
}

fn layer(code: &str, share_bp: i64) -> LayerCut {
    LayerCut { code: code.to_owned(), name: code.to_owned(), share_bp }
}

impl Comparison {
    /// Makes a brand with a history at a target and compares both readings; an error names the condition, the day and the members.
    pub fn run(&self, target: Target) -> anyhow::Result<Compared> {
        let mut random = Random::new(self.seed);
        let ground = Ground::found(target, self.members, &brand::draw(&mut random))?;
        let ids = members(self.members);
        fill(&ground, &mut random, &ids)?;
        let last_ms = self.trade(&ground, &mut random, &ids)?;
        group(&ground, &mut random, &ids, last_ms)?;
        class(&ground, (last_ms / DAY_MS) as i32)?;
        place(&ground, &mut random, &ids, (last_ms / DAY_MS) as i32)?;
        house(&ground, &mut random, &ids, last_ms)?;
        let compared = self.compare(&ground, &mut random, &ids, last_ms)?;
        ground.close()?;
        Ok(compared)
    }

    /// Carries the commands out over some months; gives the last moment.
    fn trade(&self, ground: &Ground, random: &mut Random, ids: &[MemberId]) -> anyhow::Result<i64> {
        let mut commands = Commands::new(random.next_u64(), ids.to_vec(), "c");
        let mut now_ms = BEGIN_MS;
        let mut drawn = 0;
        while drawn < self.commands {
            now_ms += (random.below(3) as i64) * DAY_MS + random.below(DAY_MS as u64) as i64;
            ground.set_clock(now_ms);
            let rules = ground.rules();
            let batch: Vec<_> = (0..20).map(|_| commands.draw(&rules, now_ms)).collect();
            drawn += batch.len() as u64;
            for answer in ground.carry_out(batch)? {
                commands.answered(&answer?);
            }
        }
        Ok(now_ms)
    }

    fn compare(&self, ground: &Ground, random: &mut Random, ids: &[MemberId], last_ms: i64) -> anyhow::Result<Compared> {
        let zone = pick(random, &["Asia/Seoul", "America/New_York", "Pacific/Kiritimati", "Asia/Shanghai"]);
        let zone = TimeZone::get(zone)?;
        let lunar = pick(random, &[LunarKind::Korean, LunarKind::Chinese]);
        let mut conn = ground.store.open_reader()?;
        let segments = segment::rules(&segment::all(&mut conn)?);
        let classes = class::all(&mut conn)?;
        let placed = lifestyle::all_after(&mut conn, 0)?.0.into_iter();
        let lifestyles: HashMap<i64, Placed> = placed.filter_map(|found| Some((found.member, found.placed?))).collect();
        let households = household::seen::everybody(&mut conn)?;
        let mut compared = Compared::default();
        for at in DAYS {
            let now = Now { moment: moment(last_ms + at * DAY_MS, &zone, 4), zone: &zone, lunar };
            let people = person::find(&mut conn, ids, now)?;
            let (living, folded) = (living(&people, &zone)?, Living::new(living(&people, &zone)?.folded()?));
            let lists = lists(&mut conn, &segments, now.moment.at_ms)?;
            let memberships: Vec<BTreeMap<_, _>> = people.iter().map(|person| person.memberships(&segments)).collect();
            for number in 0..self.conditions {
                let condition = tree(&mut Random::new(self.seed << 32 | number), MEMBER_PLACES, 3);
                ensure!(fits_house(&condition), "a condition with a fault was drawn: {condition:?}");
                let reading = Reading::new(&mut conn, &condition, Scope { now, segments: &segments })?;
                let by_sql = reading
                    .members(&mut conn)
                    .map_err(|error| anyhow::anyhow!("seed {} condition {number}: {error}: {}", self.seed, said(&condition)))?;
                let by_core: Vec<MemberId> = people
                    .iter()
                    .zip(&memberships)
                    .filter(|(person, memberships)| person.at(memberships, now).fits(&condition))
                    .map(|(person, _)| person.file.facts.member)
                    .collect();
                ensure!(
                    by_sql == by_core,
                    "seed {} condition {number} on day {at}: SQL says {by_sql:?}, core {by_core:?}: {}",
                    self.seed,
                    said(&condition)
                );
                ensure!(reading.count(&mut conn)? == by_core.len() as i64, "the count is not that of the members");
                let asked = Asked {
                    condition: &condition,
                    segments: &segments,
                    lists: &lists,
                    classes: &classes,
                    lifestyles: &lifestyles,
                    households: &households,
                    now,
                };
                for by_columns in
                    [living.members(&asked, 2), folded.members(&asked, 1), living.page(&asked, MemberId(0), ids.len())]
                {
                    ensure!(
                        by_columns == by_core,
                        "seed {} condition {number} on day {at}: columns say {by_columns:?}, core {by_core:?}: {}",
                        self.seed,
                        said(&condition)
                    );
                }
                let half = by_core.len() / 2;
                let after = half.checked_sub(1).map_or(MemberId(0), |before| by_core[before]);
                let page = living.page(&asked, after, 3);
                ensure!(page.as_slice() == &by_core[half..by_core.len().min(half + 3)], "the page after {after} is {page:?}");
                compared.pairs += people.len() as u64;
                compared.held += by_core.len() as u64;
            }
        }
        Ok(compared)
    }
}

/// A roster of all of them: every third changed since its base was made, every ninth came then, and some stood in the base otherwise.
fn living(people: &[KeptPerson], zone: &TimeZone) -> anyhow::Result<Living> {
    let mut builder = Builder::new(zone.clone());
    for (number, person) in people.iter().enumerate().filter(|(number, _)| number % 9 != 0) {
        let member = person.file.facts.member;
        builder.member(&person.file, &person.state)?;
        let kept = if number % 3 == 0 { person.purchases.len() / 2 } else { person.purchases.len() };
        person.purchases[..kept].iter().try_for_each(|bought| builder.bought(member, bought))?;
        person.given_back.iter().try_for_each(|day| builder.gave_back(member, *day))?;
    }
    let mut living = Living::new(builder.finish()?);
    living.take(people.iter().step_by(3).cloned().collect());
    Ok(living)
}

/// Who is on each list.
pub(crate) fn lists(
    conn: &mut Conn,
    segments: &BTreeMap<SegmentId, Option<Condition>>,
    now_ms: i64,
) -> anyhow::Result<BTreeMap<SegmentId, Vec<MemberId>>> {
    let lists = segments.iter().filter(|(_, rule)| rule.is_none());
    lists.map(|(id, _)| Ok((*id, segment::listed(conn, *id, now_ms)?))).collect()
}

pub(crate) fn said(condition: &Condition) -> String {
    serde_json::to_string(condition).unwrap_or_else(|_| format!("{condition:?}"))
}

/// Whether nothing is wrong with a condition but lists that were left empty and tiers that the ladder does not know.
fn fits_house(condition: &Condition) -> bool {
    let faults = member_condition_faults("condition", condition, &Ladder::default());
    faults.iter().all(|fault| matches!(fault.kind.code(), "empty" | "unknown_tier"))
}

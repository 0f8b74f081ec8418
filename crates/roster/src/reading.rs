//! The reading of a condition over columns: which members fit, one after the other, each part by the columns that it asks about.
//!
//! Parts that many conditions ask about are read from the columns as they stand: words of files, figures, windows of purchases and lines.
//! For any other part the member is put together as `core` knows her, which reads it; so every condition can be read, and none otherwise
//! than `core` does. Cheap parts are looked at before dear ones.

mod occasion;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use danggol_core::attribute::Attribute;
use danggol_core::class::{Class, Tenure};
use danggol_core::condition::{Condition, CustomTest, Test, Value};
use danggol_core::consent::ConsentTest;
use danggol_core::holder::HolderState;
use danggol_core::household::Housed;
use danggol_core::id::{HolderId, MemberId, SegmentId};
use danggol_core::lifestyle::Placed;
use danggol_core::member::{MemberAt, MemberFacts, MemberStatus};
use danggol_core::person::{EXPIRING_WITHIN_MS, KeptPerson, Membership, Now, Person};
use danggol_core::time::DAY_MS;

use crate::column::{Texts, Words};
use crate::members::{Coded, NO_DAY, consent_of};
use crate::roster::{Period, Roster};

use occasion::Counted;

/// A condition with what is known beside the members when it is read.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The condition, without a fault.
    pub condition: &'a Condition,
    /// The segments that conditions name, and whatever those name in their turn, with the conditions of those that have one. None of them
    /// may lead back to itself.
    pub segments: &'a BTreeMap<SegmentId, Option<Condition>>,
    /// Who is on each of the lists among them, in the order of their ids.
    pub lists: &'a BTreeMap<SegmentId, Vec<MemberId>>,
    /// What members were classed as, which is said of everybody at once and so stands in no column.
    pub classes: &'a HashMap<i64, Class>,
    /// In which lifestyle groups members are, which stands in no column either.
    pub lifestyles: &'a HashMap<i64, Placed>,
    /// How members live, of whoever is in a household; it depends on others, so it stands in no column.
    pub households: &'a HashMap<i64, Housed>,
    /// When and where. The zone is that of the roster.
    pub now: Now<'a>,
}

impl Asked<'_> {
    /// Whether a member is on a list.
    fn is_listed(&self, segment: SegmentId, member: MemberId) -> bool {
        self.lists.get(&segment).is_some_and(|list| list.binary_search(&member).is_ok())
    }

    /// What decides who is in the segments, before it is said of somebody who is on which list.
    pub(crate) fn memberships(&self) -> BTreeMap<SegmentId, Membership> {
        let membership = |rule: &Option<Condition>| rule.clone().map_or(Membership::Listed(false), Membership::Rule);
        self.segments.iter().map(|(id, rule)| (*id, membership(rule))).collect()
    }

    /// Whether somebody fits as `core` reads her; `memberships` are those of the segments.
    pub(crate) fn fits(&self, person: &KeptPerson, memberships: &mut BTreeMap<SegmentId, Membership>) -> bool {
        for (id, membership) in memberships.iter_mut() {
            if let Membership::Listed(is_listed) = membership {
                *is_listed = self.is_listed(*id, person.file.facts.member);
            }
        }
        let member = person.file.facts.member.0;
        let (class, lifestyle) = (self.classes.get(&member), self.lifestyles.get(&member));
        let household = self.households.get(&member).copied();
        Person { class, lifestyle, household, ..person.at(memberships, self.now) }.fits(self.condition)
    }
}

/// A number of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Figure {
    Points,
    Growth,
    Counted,
    DaysSinceJoined,
    Joined,
    DaysToTierEnd,
    Expiring,
    /// What follows from all her purchases until today.
    Purchases(Attribute),
}

/// A part of a condition, ready to be looked at for one member after the other.
enum Node<'a> {
    Fixed(bool),
    All(Vec<Node<'a>>),
    Any(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    /// The codes that pass.
    Coded(&'a [u32], Vec<bool>),
    Name(&'a Texts, &'a Test),
    Custom(Field<'a>),
    /// A comparison of a consent, and the code of what it is about.
    Consent(&'a ConsentTest, Option<u32>),
    Figure(Figure, Test),
    /// The days of joining that pass, as ranges.
    Joined(&'a [i32], Vec<(i32, i32)>),
    Listed(&'a [MemberId]),
    /// A comparison of what members were classed as.
    Classed(&'a HashMap<i64, Class>, &'a Test),
    /// A comparison of the lifestyle group.
    Lives(&'a HashMap<i64, Placed>, Test),
    /// A comparison of what is said of households.
    Housed(&'a HashMap<i64, Housed>, &'a Test),
    Happened(Box<Counted<'a>>),
    /// What is read over the member as `core` knows her.
    Whole(&'a Condition),
}

/// A comparison of a field of the brand's own: its code, the codes of values that pass, and whether it passes when it is not there.
struct Field<'a> {
    test: &'a CustomTest,
    field: Option<u32>,
    missing: bool,
}

/// Which codes of words pass.
fn passing(words: &Words, passes: impl Fn(Value<'_>) -> bool) -> Vec<bool> {
    let value = |code: usize| words.word(code as u32).map_or(Value::Missing, Value::Text);
    (0..words.codes()).map(|code| passes(value(code))).collect()
}

/// A comparison whose dates are read.
fn read_days(test: &Test) -> Test {
    match Condition::Test(test.clone()).with_days_read() {
        Condition::Test(read) => read,
        _ => test.clone(),
    }
}

impl<'a> Node<'a> {
    fn new(roster: &'a Roster, asked: &Asked<'a>, condition: &'a Condition) -> Node<'a> {
        let parts = |parts: &'a [Condition]| {
            let mut parts: Vec<Node<'a>> = parts.iter().map(|part| Node::new(roster, asked, part)).collect();
            parts.sort_by_key(Node::cost);
            parts
        };
        match condition {
            Condition::All { all } => Node::All(parts(all)),
            Condition::Any { any } => Node::Any(parts(any)),
            Condition::Not { not } => Node::Not(Box::new(Node::new(roster, asked, not))),
            Condition::Segment { segment } => match asked.segments.get(segment) {
                Some(Some(rule)) => Node::new(roster, asked, rule),
                Some(None) => asked.lists.get(segment).map_or(Node::Fixed(false), |list| Node::Listed(list)),
                None => Node::Fixed(false),
            },
            Condition::Custom(test) => Node::Custom(Field {
                test,
                field: roster.members.custom_fields.code(&test.custom),
                missing: test.passes(Value::Missing),
            }),
            Condition::Consent(test) => Node::Consent(test, roster.members.matters.code(&test.matter())),
            Condition::Happened(test) => Node::Happened(Box::new(Counted::new(roster, test, asked.now.moment.day))),
            Condition::Test(test) => Node::test(roster, asked, test).unwrap_or(Node::Whole(condition)),
        }
    }

    /// A comparison of an attribute; none where the columns do not say it in one value.
    fn test(roster: &'a Roster, asked: &Asked<'a>, test: &'a Test) -> Option<Node<'a>> {
        let members = &roster.members;
        let coded = |column: &'a Coded| Node::Coded(&column.codes, passing(&column.words, |value| test.passes(value)));
        let figure = |figure: Figure| Node::Figure(figure, read_days(test));
        Some(match test.attribute {
            Attribute::MemberTier => coded(&members.tier),
            Attribute::MemberGender => coded(&members.gender),
            Attribute::MemberSource => coded(&members.source),
            Attribute::MemberSourceKind => coded(&members.source_kind),
            Attribute::MemberLanguage => coded(&members.language),
            Attribute::MemberStatus => coded(&members.status),
            Attribute::MemberStore => coded(&members.store),
            Attribute::MemberIncome => coded(&members.income),
            Attribute::MemberTenure => Node::Joined(&members.joined_day, Tenure::passing(test, asked.now.moment.day)),
            Attribute::MemberName => Node::Name(&members.name, test),
            Attribute::MemberAge | Attribute::MemberBirthdayMonth | Attribute::MemberDaysToBirthday => {
                Node::Coded(&members.birthday, birthdays(roster, asked.now, test))
            }
            Attribute::Points => figure(Figure::Points),
            Attribute::GrowthPoints => figure(Figure::Growth),
            Attribute::MemberPurchaseCount => figure(Figure::Counted),
            Attribute::MemberDaysSinceJoined => figure(Figure::DaysSinceJoined),
            Attribute::MemberJoined => figure(Figure::Joined),
            Attribute::DaysToTierEnd => figure(Figure::DaysToTierEnd),
            Attribute::ExpiringPoints => figure(Figure::Expiring),
            of_purchases @ (Attribute::Purchases
            | Attribute::Spent
            | Attribute::AverageTicket
            | Attribute::FirstPurchase
            | Attribute::LastPurchase
            | Attribute::DaysSincePurchase) => figure(Figure::Purchases(of_purchases)),
            of_classes if Class::says(of_classes) => Node::Classed(asked.classes, test),
            of_households if Housed::says(of_households) => Node::Housed(asked.households, test),
            of_lifestyles if Placed::says(of_lifestyles) => Node::Lives(asked.lifestyles, read_days(test)),
            _ => return None,
        })
    }

    /// How dear it is to look at, about.
    fn cost(&self) -> u32 {
        match self {
            Node::Fixed(_) => 0,
            Node::Coded(..) => 1,
            Node::Figure(Figure::Purchases(_), _) => 20,
            Node::Figure(..) | Node::Joined(..) => 2,
            Node::Name(..) | Node::Custom(_) | Node::Consent(..) | Node::Classed(..) | Node::Lives(..) | Node::Housed(..) => 4,
            Node::Listed(_) => 6,
            Node::Happened(_) => 40,
            Node::Whole(_) => 1_000,
            Node::Not(part) => part.cost(),
            Node::All(parts) | Node::Any(parts) => parts.iter().map(Node::cost).sum(),
        }
    }

    fn holds(&self, at: &At<'_>) -> bool {
        match self {
            Node::Fixed(holds) => *holds,
            Node::All(parts) => parts.iter().all(|part| part.holds(at)),
            Node::Any(parts) => parts.iter().any(|part| part.holds(at)),
            Node::Not(part) => !part.holds(at),
            Node::Coded(codes, passing) => passing[codes[at.place] as usize],
            Node::Name(names, test) => test.passes(names.get(at.place).map_or(Value::Missing, Value::Text)),
            Node::Custom(field) => field.holds(at),
            Node::Consent(test, matter) => {
                let said = matter
                    .and_then(|wanted| at.roster.members.consents.of(at.place).iter().find(|(matter, _)| *matter == wanted));
                test.passes(test.value_of(said.map(|(_, stored)| consent_of(*stored)), at.now.moment.at_ms))
            }
            Node::Figure(figure, test) => test.passes(at.figure(*figure).map_or(Value::Missing, Value::Number)),
            Node::Joined(days, ranges) => ranges.iter().any(|(from, until)| (*from..=*until).contains(&days[at.place])),
            Node::Listed(list) => list.binary_search(&MemberId(at.roster.members.id[at.place])).is_ok(),
            Node::Classed(classes, test) => {
                let class = classes.get(&at.roster.members.id[at.place]);
                test.passes(class.and_then(|class| class.value(test.attribute)).unwrap_or(Value::Missing))
            }
            Node::Lives(lifestyles, test) => {
                let placed = lifestyles.get(&at.roster.members.id[at.place]);
                test.passes(placed.and_then(|placed| placed.value(test.attribute)).unwrap_or(Value::Missing))
            }
            Node::Housed(households, test) => {
                let housed = households.get(&at.roster.members.id[at.place]);
                test.passes(housed.and_then(|housed| housed.value(test.attribute)).unwrap_or(Value::Missing))
            }
            Node::Happened(counted) => counted.holds(at.place),
            Node::Whole(condition) => {
                let person = at.person.get_or_init(|| at.roster.person(at.place));
                person.at(&BTreeMap::new(), at.now).fits(condition)
            }
        }
    }
}

impl Field<'_> {
    fn holds(&self, at: &At<'_>) -> bool {
        let members = &at.roster.members;
        let own = self.field.and_then(|wanted| members.custom.of(at.place).iter().find(|(field, _)| *field == wanted));
        match own.and_then(|(_, value)| members.custom_values.word(*value)) {
            Some(value) => self.test.passes(Value::Text(value)),
            None => self.missing,
        }
    }
}

/// Which codes of birthdays pass: they are few, and `core` decides.
fn birthdays(roster: &Roster, now: Now<'_>, test: &Test) -> Vec<bool> {
    let state = HolderState::default();
    let passes = |birthday: &Option<_>| {
        let facts = MemberFacts {
            member: MemberId(1),
            holder: HolderId(1),
            status: MemberStatus::Active,
            gender: None,
            birthday: *birthday,
            source: None,
            language: None,
            joined_at_ms: 0,
        };
        let at = MemberAt { facts: &facts, state: &state, moment: now.moment, lunar: now.lunar, frozen: None };
        test.passes(at.value(test.attribute))
    };
    roster.members.birthdays.iter().map(passes).collect()
}

/// The member who is looked at.
struct At<'a> {
    roster: &'a Roster,
    now: Now<'a>,
    /// The days until today as the day column has them; none when there is none.
    until_today: Option<(u16, u16)>,
    place: usize,
    /// She as `core` knows her, once something asked for it.
    person: OnceCell<KeptPerson>,
}

impl At<'_> {
    fn figure(&self, figure: Figure) -> Option<i64> {
        let (members, place) = (&self.roster.members, self.place);
        let now_ms = self.now.moment.at_ms;
        let today = i64::from(self.now.moment.day);
        Some(match figure {
            Figure::Points => members.points.get(place),
            Figure::Growth => members.growth.get(place),
            Figure::Counted => members.counted.get(place),
            Figure::DaysSinceJoined => (now_ms - members.joined_at_ms[place]).max(0) / DAY_MS,
            Figure::Joined => members.joined_day[place].into(),
            Figure::DaysToTierEnd => match members.keep_until[place] {
                NO_DAY => return None,
                day => i64::from(day) - today,
            },
            Figure::Expiring => {
                let lapses = |at_ms: i64| now_ms < at_ms && at_ms <= now_ms + EXPIRING_WITHIN_MS;
                members.lots.of(place).iter().filter(|(at_ms, _)| lapses(*at_ms)).map(|(_, left)| left).sum()
            }
            Figure::Purchases(attribute) => return self.of_purchases(attribute),
        })
    }

    /// What follows from all her purchases until today.
    fn of_purchases(&self, attribute: Attribute) -> Option<i64> {
        let purchases = &self.roster.purchases;
        let all = self.roster.purchases_of(self.place);
        let rows = self.until_today.map_or(0..0, |days| self.roster.within(all, days));
        let spent = || rows.clone().map(|row| purchases.amount.get(row)).sum::<i64>();
        let day = |row: usize| i64::from(purchases.first_day) + i64::from(purchases.day[row]);
        let count = rows.len() as i64;
        // Her purchases stand in the order of their days.
        let last = rows.end.checked_sub(1).filter(|_| !rows.is_empty()).map(day);
        match attribute {
            Attribute::Purchases => Some(count),
            Attribute::Spent => Some(spent()),
            Attribute::AverageTicket => spent().checked_div(count),
            Attribute::FirstPurchase => rows.clone().next().map(day),
            Attribute::LastPurchase => last,
            _ => last.map(|last| i64::from(self.now.moment.day) - last),
        }
    }
}

/// The members of a roster who fit a condition.
pub(crate) struct Fitting<'a> {
    roster: &'a Roster,
    now: Now<'a>,
    until_today: Option<(u16, u16)>,
    node: Node<'a>,
}

impl<'a> Fitting<'a> {
    /// Reads a condition. Who has left fits none.
    pub fn new(roster: &'a Roster, asked: &Asked<'a>) -> Fitting<'a> {
        let status = &roster.members.status;
        let is_here = |value: Value<'_>| match value {
            Value::Text(word) => matches!(MemberStatus::from_word(word), Some(MemberStatus::Active | MemberStatus::Unclaimed)),
            Value::Missing | Value::Number(_) => false,
        };
        let here = Node::Coded(&status.codes, passing(&status.words, is_here));
        let now = asked.now;
        let until_today = roster.days(Period { from_day: i32::MIN, to_day: now.moment.day });
        let node = Node::All(vec![here, Node::new(roster, asked, asked.condition)]);
        Fitting { roster, now, until_today, node }
    }

    /// Whether the member in a place fits.
    pub fn holds(&self, place: usize) -> bool {
        let Fitting { roster, now, until_today, .. } = *self;
        self.node.holds(&At { roster, now, until_today, place, person: OnceCell::new() })
    }
}

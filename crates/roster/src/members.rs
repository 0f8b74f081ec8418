//! The columns of members: what stands in their files and what they hold.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use danggol_core::birthday::Birthday;
use danggol_core::consent::{Consent, Said};
use danggol_core::holder::{HeldTier, HolderState};
use danggol_core::id::{HolderId, MemberId};
use danggol_core::ledger::{Asset, Lot, Purse};
use danggol_core::member::{Gender, MemberFacts, MemberStatus};
use danggol_core::person::PersonFile;
use danggol_core::time::moment;
use jiff::tz::TimeZone;

use crate::build::Fault;
use crate::column::{Coming, Narrow, Texts, Words, u32_of};

/// The day of a tier that nobody holds.
pub(crate) const NO_DAY: i32 = i32::MIN;

/// A column of words: a code a row, and the words behind them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Coded {
    pub codes: Vec<u32>,
    pub words: Words,
}

impl Coded {
    /// The word of a row.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.words.word(self.codes[row])
    }

    fn bytes(&self) -> usize {
        size_of_val(self.codes.as_slice())
    }
}

/// Rows of which each member has some: where hers begin, and at the end where the last one's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Several<T> {
    pub starts: Vec<u32>,
    pub rows: Vec<T>,
}

impl<T> Default for Several<T> {
    fn default() -> Self {
        Several { starts: vec![0], rows: Vec::new() }
    }
}

impl<T> Several<T> {
    /// Adds the rows of the next member.
    fn push(&mut self, rows: impl IntoIterator<Item = T>, what: &'static str) -> Result<(), Fault> {
        self.rows.extend(rows);
        self.starts.push(u32_of(self.rows.len(), what)?);
        Ok(())
    }

    /// Adds the rows of some members of another column.
    fn extend(&mut self, other: &Self, places: Range<usize>, what: &'static str) -> Result<(), Fault>
    where
        T: Copy,
    {
        let (from, to) = (other.starts[places.start] as usize, self.rows.len());
        self.rows.extend_from_slice(&other.rows[from..other.starts[places.end] as usize]);
        u32_of(self.rows.len(), what)?;
        let ends = &other.starts[places.start + 1..places.end + 1];
        self.starts.extend(ends.iter().map(|end| (*end as usize - from + to) as u32));
        Ok(())
    }

    /// The rows of a member.
    pub fn of(&self, place: usize) -> &[T] {
        &self.rows[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    fn bytes(&self) -> usize {
        size_of_val(self.starts.as_slice()) + size_of_val(self.rows.as_slice())
    }
}

/// One row a member, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Members {
    pub id: Vec<i64>,
    /// Who holds the benefits of those who do not hold them themselves.
    pub held_by: BTreeMap<i64, i64>,
    pub joined_at_ms: Vec<i64>,
    /// Civil date of joining as days since 1970-01-01.
    pub joined_day: Vec<i32>,
    pub status: Coded,
    pub gender: Coded,
    pub source: Coded,
    pub source_kind: Coded,
    pub income: Coded,
    pub language: Coded,
    pub store: Coded,
    pub tier: Coded,
    pub name: Texts,
    /// Codes of [`Members::birthdays`]; 0 says nothing.
    pub birthday: Vec<u32>,
    /// The first of them says nothing.
    pub birthdays: Vec<Option<Birthday>>,
    pub points: Narrow<i32>,
    pub growth: Narrow<i32>,
    pub counted: Narrow<i16>,
    /// The last business day for which the tier is kept, or [`NO_DAY`] where there is none or it is held for ever.
    pub keep_until: Vec<i32>,
    /// Lots of points that lapse: when in UTC milliseconds, and how much is left.
    pub lots: Several<(i64, i64)>,
    /// Fields of the brand's own and their values, as codes.
    pub custom: Several<(u32, u32)>,
    pub custom_fields: Words,
    pub custom_values: Words,
    /// What members have agreed to or withdrawn: the code of the matter, and when in UTC milliseconds, below zero where it was withdrawn.
    pub consents: Several<(u32, i64)>,
    pub matters: Words,
    /// The business days of what came back wholly.
    pub given_back: Several<i32>,
    /// Where the purchases of each begin, and at the end where the last one's end.
    pub purchases: Vec<u32>,
    /// Where the parts of each begin, and at the end where the last one's end.
    pub parts: Vec<u32>,
    /// Where the lines of each begin, and at the end where the last one's end.
    pub lines: Vec<u32>,
}

impl Members {
    /// Bytes in memory, without the words and the few who are in a household.
    pub fn bytes(&self) -> usize {
        let coded =
            [&self.status, &self.gender, &self.source, &self.source_kind, &self.income, &self.language, &self.store, &self.tier];
        coded.into_iter().map(Coded::bytes).sum::<usize>()
            + size_of_val(self.id.as_slice())
            + size_of_val(self.joined_at_ms.as_slice())
            + size_of_val(self.joined_day.as_slice())
            + size_of_val(self.birthday.as_slice())
            + size_of_val(self.keep_until.as_slice())
            + self.name.bytes()
            + self.points.bytes()
            + self.growth.bytes()
            + self.counted.bytes()
            + self.lots.bytes()
            + self.custom.bytes()
            + self.consents.bytes()
            + self.given_back.bytes()
            + [&self.purchases, &self.parts, &self.lines].map(|starts| size_of_val(starts.as_slice())).iter().sum::<usize>()
    }

    /// Who holds the benefits of the member in a place.
    pub fn holder(&self, place: usize) -> i64 {
        let id = self.id[place];
        self.held_by.get(&id).copied().unwrap_or(id)
    }

    /// The file of the member in a place, as far as conditions ask about it.
    pub fn file(&self, place: usize) -> PersonFile {
        let owned = |column: &Coded| column.get(place).map(str::to_owned);
        let custom = self.custom.of(place).iter().filter_map(|(field, value)| {
            let word = |words: &Words, code| words.word(code).map(str::to_owned);
            Some((word(&self.custom_fields, *field)?, word(&self.custom_values, *value)?))
        });
        let consents = self
            .consents
            .of(place)
            .iter()
            .filter_map(|(matter, at)| Some((self.matters.word(*matter)?.to_owned(), consent_of(*at))));
        PersonFile {
            facts: MemberFacts {
                member: MemberId(self.id[place]),
                holder: HolderId(self.holder(place)),
                status: self.status.get(place).and_then(MemberStatus::from_word).unwrap_or(MemberStatus::Erased),
                gender: self.gender.get(place).and_then(Gender::from_word),
                birthday: self.birthdays[self.birthday[place] as usize],
                source: owned(&self.source),
                language: owned(&self.language),
                joined_at_ms: self.joined_at_ms[place],
            },
            name: self.name.get(place).map(str::to_owned),
            store: owned(&self.store),
            income: owned(&self.income),
            source_kind: owned(&self.source_kind).unwrap_or_default(),
            custom: custom.collect(),
            consents: consents.collect(),
        }
    }

    /// What the member in a place holds, as far as conditions ask about it: the lots that lapse, and the rest as what balances them.
    pub fn state(&self, place: usize) -> HolderState {
        let lot = |&(expires_at_ms, remaining): &(i64, i64)| Lot {
            entry: 0,
            earned: remaining,
            remaining,
            available_at_ms: 0,
            expires_at_ms: Some(expires_at_ms),
        };
        let lots: Vec<Lot> = self.lots.of(place).iter().map(lot).collect();
        let debt = lots.iter().map(|lot| lot.remaining).sum::<i64>() - self.points.get(place);
        let tier = self.tier.get(place).map(|code| HeldTier {
            code: code.to_owned(),
            since_day: 0,
            keep_until_day: Some(self.keep_until[place]).filter(|day| *day != NO_DAY),
            grace_until_day: None,
            lifted: None,
        });
        HolderState {
            points: Purse { debt, lots, ..Purse::default() },
            growth: Purse { debt: -self.growth.get(place), ..Purse::default() },
            tier,
            purchases: self.counted.get(place),
            ..HolderState::default()
        }
    }
}

/// A consent as one number: when in UTC milliseconds, below zero where it was withdrawn. Nothing was said before 1970.
fn stored(consent: Consent) -> i64 {
    let at_ms = consent.at_ms.max(1);
    if consent.said == Said::Given { at_ms } else { -at_ms }
}

/// The consent of [`stored`].
pub(crate) fn consent_of(stored: i64) -> Consent {
    Consent { said: if stored > 0 { Said::Given } else { Said::Withdrawn }, at_ms: stored.abs() }
}

/// Words of the columns of members, in the order in which they came.
#[derive(Debug, Default)]
struct MemberWords {
    status: Coming,
    gender: Coming,
    source: Coming,
    source_kind: Coming,
    income: Coming,
    language: Coming,
    store: Coming,
    tier: Coming,
    custom_fields: Coming,
    custom_values: Coming,
    matters: Coming,
    birthdays: HashMap<Birthday, u32>,
}

/// Takes members in the order of their ids.
#[derive(Debug)]
pub(crate) struct MembersComing {
    zone: TimeZone,
    members: Members,
    words: MemberWords,
}

impl MembersComing {
    pub fn new(zone: TimeZone) -> Self {
        let members = Members { birthdays: vec![None], ..Members::default() };
        MembersComing { zone, members, words: MemberWords::default() }
    }

    /// Columns whose words have the codes of another roster's, so that its members can be copied.
    pub fn over(zone: TimeZone, base: &Members) -> Self {
        let members = Members { birthdays: base.birthdays.clone(), ..Members::default() };
        let birthdays = base.birthdays.iter().zip(0..).filter_map(|(birthday, code)| Some(((*birthday)?, code)));
        let words = MemberWords {
            status: Coming::of(&base.status.words),
            gender: Coming::of(&base.gender.words),
            source: Coming::of(&base.source.words),
            source_kind: Coming::of(&base.source_kind.words),
            income: Coming::of(&base.income.words),
            language: Coming::of(&base.language.words),
            store: Coming::of(&base.store.words),
            tier: Coming::of(&base.tier.words),
            custom_fields: Coming::of(&base.custom_fields),
            custom_values: Coming::of(&base.custom_values),
            matters: Coming::of(&base.matters),
            birthdays: birthdays.collect(),
        };
        MembersComing { zone, members, words }
    }

    /// Takes some members of the roster that these columns are over, but for what they gave back.
    pub fn copy(&mut self, base: &Members, places: Range<usize>) -> Result<(), Fault> {
        let members = &mut self.members;
        let ids = &base.id[places.clone()];
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
        members.held_by.extend(base.held_by.range(first..=last));
        members.id.extend_from_slice(ids);
        members.joined_at_ms.extend_from_slice(&base.joined_at_ms[places.clone()]);
        members.joined_day.extend_from_slice(&base.joined_day[places.clone()]);
        let put = |to: &mut Coded, from: &Coded| to.codes.extend_from_slice(&from.codes[places.clone()]);
        put(&mut members.status, &base.status);
        put(&mut members.gender, &base.gender);
        put(&mut members.source, &base.source);
        put(&mut members.source_kind, &base.source_kind);
        put(&mut members.income, &base.income);
        put(&mut members.language, &base.language);
        put(&mut members.store, &base.store);
        put(&mut members.tier, &base.tier);
        members.name.extend(&base.name, places.clone())?;
        members.birthday.extend_from_slice(&base.birthday[places.clone()]);
        members.points.extend(&base.points, places.clone());
        members.growth.extend(&base.growth, places.clone());
        members.counted.extend(&base.counted, places.clone());
        members.keep_until.extend_from_slice(&base.keep_until[places.clone()]);
        members.lots.extend(&base.lots, places.clone(), "lots")?;
        members.custom.extend(&base.custom, places.clone(), "custom fields")?;
        members.consents.extend(&base.consents, places, "consents")
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.id.len()
    }

    /// Takes the next one.
    pub fn push(&mut self, file: &PersonFile, state: &HolderState) -> Result<(), Fault> {
        let (facts, members, words) = (&file.facts, &mut self.members, &mut self.words);
        let id = facts.member.0;
        if members.id.last().is_some_and(|last| *last >= id) {
            return Err(Fault::OutOfOrder(id));
        }
        members.id.push(id);
        if facts.holder.0 != id {
            members.held_by.insert(id, facts.holder.0);
        }
        members.joined_at_ms.push(facts.joined_at_ms);
        members.joined_day.push(moment(facts.joined_at_ms, &self.zone, 0).day);
        let put =
            |column: &mut Coded, coming: &mut Coming, word: Option<&str>| coming.code(word).map(|code| column.codes.push(code));
        put(&mut members.status, &mut words.status, Some(facts.status.word()))?;
        put(&mut members.gender, &mut words.gender, facts.gender.map(Gender::word))?;
        put(&mut members.source, &mut words.source, facts.source.as_deref())?;
        put(&mut members.source_kind, &mut words.source_kind, Some(&file.source_kind))?;
        put(&mut members.income, &mut words.income, file.income.as_deref())?;
        put(&mut members.language, &mut words.language, facts.language.as_deref())?;
        put(&mut members.store, &mut words.store, file.store.as_deref())?;
        put(&mut members.tier, &mut words.tier, state.tier.as_ref().map(|tier| tier.code.as_str()))?;
        members.name.push(file.name.as_deref())?;
        let birthday = match facts.birthday {
            None => 0,
            Some(birthday) => {
                let next = u32_of(members.birthdays.len(), "birthdays")?;
                let code = *words.birthdays.entry(birthday).or_insert(next);
                if code == next {
                    members.birthdays.push(Some(birthday));
                }
                code
            }
        };
        members.birthday.push(birthday);
        members.points.push(state.purse(Asset::Points).balance());
        members.growth.push(state.purse(Asset::Growth).balance());
        members.counted.push(state.purchases);
        members.keep_until.push(state.tier.as_ref().and_then(|tier| tier.keep_until_day).unwrap_or(NO_DAY));
        let lots = state.points.lots.iter().filter_map(|lot| Some((lot.expires_at_ms?, lot.remaining)));
        members.lots.push(lots, "lots")?;
        let mut custom = Vec::with_capacity(file.custom.len());
        for (field, value) in &file.custom {
            let codes = (words.custom_fields.code(Some(field))?, words.custom_values.code(Some(value))?);
            custom.push(codes);
        }
        members.custom.push(custom, "custom fields")?;
        let mut consents = Vec::with_capacity(file.consents.len());
        for (matter, consent) in &file.consents {
            consents.push((words.matters.code(Some(matter))?, stored(*consent)));
        }
        members.consents.push(consents, "consents")
    }

    /// The columns; `given_back` are the days of what came back wholly, by place.
    pub fn finish(self, mut given_back: Vec<(u32, i32)>) -> Result<Members, Fault> {
        let MembersComing { mut members, words, .. } = self;
        let put = |column: &mut Coded, coming: Coming| {
            let (sorted, new) = coming.finish();
            column.codes.iter_mut().for_each(|code| *code = new[*code as usize]);
            column.words = sorted;
        };
        put(&mut members.status, words.status);
        put(&mut members.gender, words.gender);
        put(&mut members.source, words.source);
        put(&mut members.source_kind, words.source_kind);
        put(&mut members.income, words.income);
        put(&mut members.language, words.language);
        put(&mut members.store, words.store);
        put(&mut members.tier, words.tier);
        let ((fields, new_fields), (values, new_values)) = (words.custom_fields.finish(), words.custom_values.finish());
        let renamed = |(field, value): &mut (u32, u32)| {
            (*field, *value) = (new_fields[*field as usize], new_values[*value as usize]);
        };
        members.custom.rows.iter_mut().for_each(renamed);
        (members.custom_fields, members.custom_values) = (fields, values);
        let (matters, new) = words.matters.finish();
        members.consents.rows.iter_mut().for_each(|(matter, _)| *matter = new[*matter as usize]);
        members.matters = matters;
        given_back.sort_unstable();
        let mut days = given_back.into_iter().peekable();
        for place in 0..members.id.len() as u32 {
            let own = std::iter::from_fn(|| days.next_if(|(of, _)| *of == place).map(|(_, day)| day));
            members.given_back.push(own, "purchases given back")?;
        }
        Ok(members)
    }
}

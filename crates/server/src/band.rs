//! The table of members by age and income: what is kept of its bands, and what stands in its cells.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use danggol_core::band::{AgeBand, BandRules, FOUND_MAX, IncomeBand, STATED_MAX, Stated, stated_age};
use danggol_core::birthday::LunarKind;
use danggol_core::id::GiftId;
use danggol_core::time::{date_of, start_of_business_day_ms};
use danggol_store::band::Banded;
use danggol_store::event::{self, Heads};
use danggol_store::{Conn, StoreError, band, setting};

use crate::app::App;
use crate::problem::ApiResult;

/// The setting under which the brand's bands are kept.
const RULES: &str = "bands";
/// How quick a table must be made to be made again within a business day, in milliseconds.
const QUICK_MS: u128 = 2_000;
/// The most categories that a cell names.
const CATEGORIES_MAX: usize = 3;

/// The brand's bands; the usual ones before it has its own.
pub fn rules(conn: &mut Conn) -> Result<BandRules, StoreError> {
    let kept = setting::find(conn, RULES)?.map(|text| serde_json::from_str(&text)).transpose();
    Ok(kept.map_err(|error| StoreError::Damaged(format!("the bands of age and income: {error}")))?.unwrap_or_default())
}

/// Keeps the brand's bands.
pub fn keep_rules(conn: &mut Conn, rules: &BandRules) -> Result<(), StoreError> {
    let text = serde_json::to_string(rules).map_err(|error| StoreError::Damaged(error.to_string()))?;
    setting::put(conn, RULES, &text)
}

/// What stands in a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Members.
    pub members: i64,
    /// Of them, those who bought in the period.
    pub buyers: i64,
    /// Their purchases.
    pub purchases: i64,
    /// What they bought, in minor units.
    pub amount_minor: i64,
    /// The categories that set them apart, those on which they spent more of their money than everybody, with minor units.
    pub categories: Vec<(String, i64)>,
    /// The gifts that set them apart, those of which they took a larger share than everybody, with how many they took.
    pub gifts: Vec<(GiftId, i64)>,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// When it was made, in UTC milliseconds.
    pub made_at_ms: i64,
    /// First and last business day of the purchases.
    pub days: (i32, i32),
    /// By what bands.
    pub rules: BandRules,
    /// Rows: from the youngest, and at the end those whose age nobody knows.
    pub ages: Vec<Option<AgeBand>>,
    /// The bands of income that are told apart.
    pub named: Vec<String>,
    /// Columns: the named ones, anything else, nothing.
    pub incomes: Vec<IncomeBand>,
    /// Cells, row by row.
    pub cells: Vec<Cell>,
    /// The texts by which members without a birthday state an age, each with the place of its row.
    pub stated: BTreeMap<String, usize>,
    /// How many members are placed by them.
    pub stating: i64,
}

impl Table {
    /// How members without a birthday are placed; none where none of them states an age.
    pub fn stated(&self) -> Option<Stated<'_>> {
        let field = self.rules.age_field.as_deref()?;
        (!self.stated.is_empty()).then_some(Stated { field, texts: &self.stated })
    }
}

/// What a table was made of.
#[derive(Debug, Clone, PartialEq)]
struct Made {
    table: Arc<Table>,
    heads: Heads,
    took_ms: u128,
}

/// The newest table of this process.
#[derive(Default)]
pub struct Desk(Mutex<Option<Made>>);

impl Desk {
    fn kept(&self) -> Option<Made> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The bands of income that most files name, where the brand names none: by the first number that each says, so that they rise.
fn found(counts: &HashMap<String, i64>) -> Vec<String> {
    let mut counted: Vec<(&String, &i64)> = counts.iter().collect();
    counted.sort_unstable_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let mut named: Vec<String> = counted.into_iter().take(FOUND_MAX).map(|(name, _)| name.clone()).collect();
    named.sort_by_cached_key(|name| {
        let digits = name.bytes().skip_while(|byte| !byte.is_ascii_digit()).take_while(u8::is_ascii_digit);
        let first = digits.fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
        (first, name.starts_with(|first: char| first.is_ascii_digit()), name.clone())
    });
    named
}

/// Members by the place of their age and by what they say of their income.
struct Files {
    /// The places of age and income of each: the income as an index of `words`, one more, and none as 0.
    of: HashMap<i64, (u16, u32)>,
    words: HashMap<String, u32>,
    /// Who has no birthday and states an age, by the text.
    stating: HashMap<String, Vec<i64>>,
}

impl Files {
    /// Places whoever states an age, as far as texts are told apart: those of most members.
    fn place_stated(&mut self, rules: &BandRules) -> (BTreeMap<String, usize>, i64) {
        let mut texts: Vec<(String, Vec<i64>)> = std::mem::take(&mut self.stating).into_iter().collect();
        texts.sort_unstable_by(|one, other| other.1.len().cmp(&one.1.len()).then(one.0.cmp(&other.0)));
        let (mut places, mut stating) = (BTreeMap::new(), 0);
        for (text, members) in texts.into_iter().take(STATED_MAX) {
            let Some(age) = stated_age(&text) else { continue };
            let place = rules.place_of(age);
            stating += members.len() as i64;
            for member in members {
                if let Some((row, _)) = self.of.get_mut(&member) {
                    *row = place as u16;
                }
            }
            places.insert(text, place);
        }
        (places, stating)
    }
}

fn files(conn: &mut Conn, rules: &BandRules, at: (i32, LunarKind)) -> Result<(Files, Vec<String>), StoreError> {
    let (today, unknown) = (date_of(at.0), rules.ages.len() + 1);
    let mut files = Files { of: HashMap::new(), words: HashMap::new(), stating: HashMap::new() };
    let mut counts: HashMap<String, i64> = HashMap::new();
    band::each_file(conn, rules.age_field.as_deref(), |Banded { member, birthday, income, stated }| {
        let age = birthday.and_then(|birthday| birthday.age_on(today, at.1));
        if let (None, Some(stated)) = (age, stated.filter(|stated| stated_age(stated).is_some())) {
            match files.stating.get_mut(stated) {
                Some(members) => members.push(member),
                None => drop(files.stating.insert(stated.to_owned(), vec![member])),
            }
        }
        let row = age.map_or(unknown, |age| rules.place_of(age.into()));
        let next = files.words.len() as u32 + 1;
        let word = income.map_or(0, |income| match files.words.get(income) {
            Some(known) => *known,
            None => *files.words.entry(income.to_owned()).or_insert(next),
        });
        if let Some(income) = income {
            match counts.get_mut(income) {
                Some(count) => *count += 1,
                None => drop(counts.insert(income.to_owned(), 1)),
            }
        }
        files.of.insert(member, (row as u16, word));
    })?;
    Ok((files, found(&counts)))
}

fn share(part: i64, of: i64) -> f64 {
    if of > 0 { part.max(0) as f64 / of as f64 } else { 0.0 }
}

/// Categories, or gifts, by how far the roots of their shares lie above everybody's, as lifestyles are told apart; equal ones by amount.
fn apart<K: Ord + Clone>(bought: &BTreeMap<K, i64>, everybody: impl Fn(&K) -> f64) -> Vec<(K, i64)> {
    let sum: i64 = bought.values().sum();
    let above = |category: &K, amount: i64| share(amount, sum).sqrt() - everybody(category).sqrt();
    let mut ranked: Vec<(f64, &K, i64)> =
        bought.iter().filter(|(_, amount)| **amount > 0).map(|(name, amount)| (above(name, *amount), name, *amount)).collect();
    ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(other.2.cmp(&one.2)).then(one.1.cmp(other.1)));
    ranked.into_iter().take(CATEGORIES_MAX).map(|(_, name, amount)| (name.clone(), amount)).collect()
}

/// What sets each cell apart from all of them.
fn set_apart<K: Ord + Clone>(cells: &[BTreeMap<K, i64>]) -> Vec<Vec<(K, i64)>> {
    let mut everybody: BTreeMap<&K, i64> = BTreeMap::new();
    cells.iter().flatten().for_each(|(name, amount)| *everybody.entry(name).or_default() += amount);
    let all: i64 = everybody.values().sum();
    cells.iter().map(|cell| apart(cell, |name| share(everybody[name], all))).collect()
}

/// Makes the table of a business day, over the purchases of so many days and the gifts put aside since `since_ms`.
fn make(
    conn: &mut Conn,
    rules: BandRules,
    period_days: u16,
    (today, lunar, now_ms): (i32, LunarKind, i64),
    since_ms: i64,
) -> Result<Table, StoreError> {
    let days = (today - i32::from(period_days) + 1, today);
    let (mut files, found) = files(conn, &rules, (today, lunar))?;
    let (stated, stating) = files.place_stated(&rules);
    let named = if rules.incomes.is_empty() { found } else { rules.incomes.clone() };
    let (other, unknown, width) = (named.len(), named.len() + 1, named.len() + 2);
    let mut column = vec![unknown; files.words.len() + 1];
    for (word, code) in &files.words {
        column[*code as usize] = named.iter().position(|name| name == word).unwrap_or(other);
    }
    let ages: Vec<Option<AgeBand>> = rules.age_bands().into_iter().map(Some).chain([None]).collect();
    let mut cells = vec![Cell::default(); ages.len() * width];
    let place = |(row, word): (u16, u32)| usize::from(row) * width + column[word as usize];
    files.of.values().for_each(|of| cells[place(*of)].members += 1);
    let mut bought: Vec<BTreeMap<String, i64>> = vec![BTreeMap::new(); cells.len()];
    let mut buyers: HashSet<i64> = HashSet::new();
    band::each_purchase(conn, days, |member, amount_minor, lines| {
        let Some(of) = files.of.get(&member) else { return };
        let at = place(*of);
        let cell = &mut cells[at];
        cell.purchases += 1;
        cell.amount_minor += amount_minor;
        cell.buyers += i64::from(buyers.insert(member));
        for line in lines {
            if let Some(category) = line.category {
                *bought[at].entry(category).or_default() += line.amount_minor;
            }
        }
    })?;
    let mut taken: Vec<BTreeMap<GiftId, i64>> = vec![BTreeMap::new(); cells.len()];
    band::each_gift(conn, since_ms, |member, gift| {
        if let Some(of) = files.of.get(&member) {
            *taken[place(*of)].entry(gift).or_default() += 1;
        }
    })?;
    for ((cell, categories), gifts) in cells.iter_mut().zip(set_apart(&bought)).zip(set_apart(&taken)) {
        (cell.categories, cell.gifts) = (categories, gifts);
    }
    let incomes = named.iter().cloned().map(IncomeBand::Named).chain([IncomeBand::Other, IncomeBand::Unknown]).collect();
    Ok(Table { made_at_ms: now_ms, days, rules, ages, named, incomes, cells, stated, stating })
}

/// The table: that of before where nothing happened since, or where it takes long to make and is of this business day.
pub async fn table(app: &Arc<App>) -> ApiResult<Arc<Table>> {
    let (programme, now_ms, kept) = (app.rules(), app.now_ms(), app.bands.kept());
    let (today, lunar) = (programme.moment(now_ms).day, programme.lunar);
    let start_ms = move |day| {
        let clock = programme.clock();
        start_of_business_day_ms(date_of(day), &clock.zone, clock.cut_hour)
    };
    let made = app.store.read_apart(move |conn| {
        let (rules, period_days) = (rules(conn)?, crate::class::rules(conn)?.period_days);
        let heads = event::heads(conn)?;
        let days = (today - i32::from(period_days) + 1, today);
        let stands = |made: &Made| {
            made.table.rules == rules && made.table.days == days && (made.heads == heads || made.took_ms > QUICK_MS)
        };
        if let Some(made) = kept.filter(stands) {
            return Ok(made);
        }
        let began = Instant::now();
        let table = Arc::new(make(conn, rules, period_days, (today, lunar, now_ms), start_ms(days.0))?);
        Ok(Made { table, heads, took_ms: began.elapsed().as_millis() })
    });
    let made = made.await?;
    let table = Arc::clone(&made.table);
    *app.bands.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomes_rise_and_categories_are_what_sets_a_cell_apart() {
        let counts = ["50-74K", "15-24K", "Under 15K", "100-124K", "250K+"].map(|name| (name.to_owned(), 1)).into();
        assert_eq!(found(&counts), ["Under 15K", "15-24K", "50-74K", "100-124K", "250K+"]);
        let bought = [("fuel", 60), ("wine", 30), ("bread", 10), ("back", -5)].map(|(name, sum)| (name.to_owned(), sum)).into();
        let apart = apart(&bought, |name: &String| if name == "fuel" { 0.9 } else { 0.05 });
        let names: Vec<&str> = apart.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["wine", "bread", "fuel"]);
    }
}

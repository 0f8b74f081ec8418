//! What members buy: in how many of her purchases a category stands, for each member.

use std::collections::{BTreeMap, HashMap};

use crate::purchase::{Line, LineKind};

/// The most categories that are told apart.
const CATEGORIES_MAX: usize = 20_000;

/// What one member buys.
#[derive(Debug, Clone, Copy)]
pub struct Taste<'a> {
    /// Who.
    pub member: i64,
    /// Purchases of which something is left.
    pub purchases: u32,
    /// What they cost, returns taken off, in minor units.
    pub amount_minor: i64,
    /// Places of categories among [`Tastes::categories`], rising, each with the purchases in which it stands.
    pub counts: &'a [(u16, u16)],
}

/// What members buy, member by member in the order in which they were told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tastes {
    /// The categories, in byte order.
    pub categories: Vec<String>,
    /// Lines of goods that were paid for.
    pub lines: u64,
    /// Those of them without a category.
    pub uncategorised: u64,
    members: Vec<i64>,
    purchases: Vec<u32>,
    amounts: Vec<i64>,
    starts: Vec<usize>,
    counts: Vec<(u16, u16)>,
}

impl Tastes {
    /// Members who bought anything.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody bought anything.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What the member in a place buys.
    pub fn of(&self, place: usize) -> Taste<'_> {
        Taste {
            member: self.members[place],
            purchases: self.purchases[place],
            amount_minor: self.amounts[place],
            counts: &self.counts[self.starts[place]..self.starts[place + 1]],
        }
    }

    /// What each member buys.
    pub fn iter(&self) -> impl Iterator<Item = Taste<'_>> {
        (0..self.len()).map(|place| self.of(place))
    }

    /// How many members buy each category, and in how many purchases it stands.
    pub fn sums(&self) -> (Vec<usize>, Vec<u64>) {
        let (mut buyers, mut purchases) = (vec![0; self.categories.len()], vec![0; self.categories.len()]);
        for (category, count) in &self.counts {
            buyers[usize::from(*category)] += 1;
            purchases[usize::from(*category)] += u64::from(*count);
        }
        (buyers, purchases)
    }
}

/// Takes purchases, member by member.
#[derive(Debug, Default)]
pub struct Gathering {
    codes: HashMap<String, u16>,
    member: Option<i64>,
    own: BTreeMap<u16, u16>,
    purchases: u32,
    amount_minor: i64,
    tastes: Tastes,
}

impl Gathering {
    /// Takes the lines that are left of a purchase. Purchases of one member come one after the other.
    pub fn purchase(&mut self, member: i64, lines: &[Line]) {
        if self.member != Some(member) {
            self.close();
            self.member = Some(member);
        }
        self.purchases += 1;
        self.amount_minor += lines.iter().map(|line| line.amount_minor).sum::<i64>();
        let mut stands: Vec<u16> = Vec::with_capacity(lines.len());
        for line in lines.iter().filter(|line| line.kind == LineKind::Sale) {
            self.tastes.lines += 1;
            match line.category.as_deref().filter(|category| !category.is_empty()) {
                Some(category) => stands.extend(self.code(category)),
                None => self.tastes.uncategorised += 1,
            }
        }
        stands.sort_unstable();
        stands.dedup();
        for code in stands {
            let count = self.own.entry(code).or_default();
            *count = count.saturating_add(1);
        }
    }

    fn code(&mut self, category: &str) -> Option<u16> {
        if let Some(code) = self.codes.get(category) {
            return Some(*code);
        }
        let code = u16::try_from(self.codes.len()).ok().filter(|code| usize::from(*code) < CATEGORIES_MAX)?;
        self.codes.insert(category.to_owned(), code);
        Some(code)
    }

    fn close(&mut self) {
        let Some(member) = self.member else { return };
        let tastes = &mut self.tastes;
        if tastes.starts.is_empty() {
            tastes.starts.push(0);
        }
        tastes.members.push(member);
        tastes.purchases.push(std::mem::take(&mut self.purchases));
        tastes.amounts.push(std::mem::take(&mut self.amount_minor));
        tastes.counts.extend(std::mem::take(&mut self.own));
        tastes.starts.push(tastes.counts.len());
    }

    /// All that was told, with the categories in byte order, so that it does not matter in which order they came.
    pub fn finish(mut self) -> Tastes {
        self.close();
        let mut named: Vec<(String, u16)> = self.codes.into_iter().collect();
        named.sort_unstable();
        let mut new = vec![0_u16; named.len()];
        named.iter().zip(0_u16..).for_each(|((_, code), place)| new[usize::from(*code)] = place);
        let mut tastes = self.tastes;
        tastes.categories = named.into_iter().map(|(name, _)| name).collect();
        tastes.counts.iter_mut().for_each(|(category, _)| *category = new[usize::from(*category)]);
        for bounds in tastes.starts.windows(2) {
            tastes.counts[bounds[0]..bounds[1]].sort_unstable();
        }
        tastes
    }
}

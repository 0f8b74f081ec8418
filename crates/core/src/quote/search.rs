//! The search for the best allowed combination: branch and bound over the offers in the order in which they are taken off.
//!
//! At each step the next offer is taken or left. A branch is given up when all that is still to come, each alone off what is left of the
//! prices now, could not make it better than the best so far: what an offer takes never grows when lines become cheaper.

use crate::coupon::MAX_COUPONS;
use crate::offer::{Effect, MAX_OFFERS, Offer};
use crate::programme::Rounding;
use crate::quote::taking::{Goods, Reach, Shares, percent_of};

/// The most steps of a search. A handful of offers needs a few dozen.
pub const MAX_STEPS: usize = 20_000;
/// The most lines that a search looks at, step by step and offer by offer: some milliseconds. Many lines leave fewer steps.
const MAX_LOOKS: usize = 20_000_000;

/// Candidates, a bit each.
type Set = u128;
const _: () = assert!(MAX_OFFERS + MAX_COUPONS <= Set::BITS as usize, "every candidate has a bit");

/// An offer that takes something off the basket.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// Its place in the programme.
    pub place: usize,
    /// The offer.
    pub offer: &'a Offer,
    /// What it is about.
    pub reach: Reach<'a>,
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    /// Places among the candidates, in their order.
    pub chosen: Vec<usize>,
    /// Whether nothing was left unweighed.
    pub exact: bool,
}

/// A search while it runs.
pub struct Search<'a> {
    candidates: &'a [Candidate<'a>],
    goods: Goods<'a>,
    /// By candidate, those that are not allowed beside it.
    clashes: Vec<Set>,
    /// By candidate, the place of its group among the groups.
    groups: Vec<Option<usize>>,
    best: Vec<usize>,
    best_worth: i64,
    steps: usize,
    most_steps: usize,
    workings: Workings,
}

/// What a bound is reckoned in; one for all, so that nothing is allocated at each step.
#[derive(Default)]
struct Workings {
    /// By group, the most that one of it takes.
    of_groups: Vec<i64>,
    /// Percentages that are in no group.
    percents: Vec<usize>,
    left_minor: Vec<i64>,
}

/// A branch: what was taken so far.
struct Branch {
    chosen: Vec<usize>,
    /// The same as a set.
    taken: Set,
    left_minor: Vec<i64>,
    worth: i64,
}

impl<'a> Search<'a> {
    /// A search over candidates in the order in which they are taken off.
    pub fn new(candidates: &'a [Candidate<'a>], goods: Goods<'a>) -> Self {
        let bit = |(place, clashes): (usize, bool)| Set::from(clashes) << place;
        let row = |one: &Candidate<'_>| {
            candidates.iter().map(|other| one.offer.clashes(other.offer)).enumerate().map(bit).fold(0, |row, bit| row | bit)
        };
        let clashes = candidates.iter().map(row).collect();
        let mut names: Vec<&str> = Vec::new();
        let group = |candidate: &Candidate<'a>| {
            let name = candidate.offer.group.as_deref()?;
            Some(names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            }))
        };
        let groups = candidates.iter().map(group).collect();
        let most_steps = (MAX_LOOKS / (candidates.len() * goods.pieces.len()).max(1)).min(MAX_STEPS);
        let workings = Workings { of_groups: vec![0; names.len()], ..Workings::default() };
        Self { candidates, goods, clashes, groups, best: Vec::new(), best_worth: 0, steps: 0, most_steps, workings }
    }

    /// The best allowed combination; of equal ones the first that was met.
    pub fn run(mut self) -> Found {
        self.greedy();
        let mut branch = Branch { chosen: Vec::new(), taken: 0, left_minor: self.goods.left_minor.to_vec(), worth: 0 };
        self.visit(0, &mut branch);
        Found { exact: self.steps <= self.most_steps, chosen: self.best }
    }

    fn allowed(&self, at: usize, taken: Set) -> bool {
        self.clashes[at] & taken == 0
    }

    /// What a candidate takes off what is left, as shares and with what its gift is worth.
    fn take(&self, at: usize, left_minor: &[i64]) -> (Shares, i64) {
        let reach = &self.candidates[at].reach;
        let mut shares = Shares::new();
        reach.take(Goods { left_minor, ..self.goods }, &mut shares);
        let worth = reach.gift_worth_minor() + shares.iter().map(|(_, minor)| minor).sum::<i64>();
        (shares, worth)
    }

    /// Begins with the offers that take most alone, as far as they are allowed together: what is found when the steps are used up is no
    /// worse than that.
    fn greedy(&mut self) {
        let mut order: Vec<usize> = (0..self.candidates.len()).collect();
        let alone = |at: &usize| self.candidates[*at].reach.at_most(self.goods);
        order.sort_by_key(|at| (-alone(at), *at));
        let mut taken: Set = 0;
        for at in order {
            if self.allowed(at, taken) {
                taken |= 1 << at;
            }
        }
        let mut chosen: Vec<usize> = (0..self.candidates.len()).filter(|at| taken & (1 << at) != 0).collect();
        let mut left_minor = self.goods.left_minor.to_vec();
        let mut worth = 0;
        chosen.retain(|&at| {
            let (shares, taken) = self.take(at, &left_minor);
            shares.iter().for_each(|(line, minor)| left_minor[*line] -= minor);
            worth += taken;
            taken > 0
        });
        (self.best, self.best_worth) = (chosen, worth);
    }

    fn visit(&mut self, at: usize, branch: &mut Branch) {
        self.steps += 1;
        if branch.worth > self.best_worth {
            (self.best, self.best_worth) = (branch.chosen.clone(), branch.worth);
        }
        if at == self.candidates.len() || self.steps > self.most_steps || branch.worth + self.bound(at, branch) <= self.best_worth
        {
            return;
        }
        if self.allowed(at, branch.taken) {
            let (shares, worth) = self.take(at, &branch.left_minor);
            if worth > 0 {
                shares.iter().for_each(|(line, minor)| branch.left_minor[*line] -= minor);
                branch.worth += worth;
                branch.chosen.push(at);
                branch.taken |= 1 << at;
                self.visit(at + 1, branch);
                branch.taken &= !(1 << at);
                branch.chosen.pop();
                branch.worth -= worth;
                shares.iter().for_each(|(line, minor)| branch.left_minor[*line] += minor);
            }
        }
        self.visit(at + 1, branch);
    }

    /// No less than what the candidates from `at` on can still be worth together.
    fn bound(&mut self, at: usize, branch: &Branch) -> i64 {
        let goods = Goods { left_minor: &branch.left_minor, ..self.goods };
        let mut workings = std::mem::take(&mut self.workings);
        let Workings { of_groups, percents, left_minor } = &mut workings;
        of_groups.fill(0);
        percents.clear();
        let (mut each, mut others, mut gifts, mut best_alone) = (0, 0, 0, 0);
        for (place, candidate) in self.candidates.iter().enumerate().skip(at) {
            if !self.allowed(place, branch.taken) {
                continue;
            }
            let most = candidate.reach.at_most(goods);
            let gift = candidate.reach.gift_worth_minor();
            match (self.groups[place], candidate.reach.effect) {
                _ if candidate.offer.alone => best_alone = most.max(best_alone),
                (None, _) if gift > 0 => gifts += gift,
                (Some(group), _) => of_groups[group] = most.max(of_groups[group]),
                // A percentage that its maximum cuts takes a fixed amount.
                (None, Effect::Percent { max_minor, .. }) if max_minor.is_none_or(|max| most < max) => {
                    percents.push(place);
                    each += most;
                }
                (None, _) => others += most,
            }
        }
        let off = others + each.min(self.compounded(percents, goods, left_minor)) + of_groups.iter().sum::<i64>();
        self.workings = workings;
        let gifts_of_groups = self.gift_groups(at);
        let total: i64 = branch.left_minor.iter().sum();
        (off.min(total + gifts_of_groups) + gifts).max(best_alone)
    }

    /// No less than what percentages take together when each is taken off what the others left. Each may round by a unit, and by two on every
    /// line before the next.
    fn compounded(&self, percents: &[usize], goods: Goods<'_>, left_minor: &mut Vec<i64>) -> i64 {
        if percents.len() < 2 {
            return i64::MAX;
        }
        left_minor.clear();
        left_minor.extend_from_slice(goods.left_minor);
        let mut slack = 0;
        for (order, &place) in percents.iter().enumerate() {
            let reach = &self.candidates[place].reach;
            let Effect::Percent { percent_bp, .. } = reach.effect else { continue };
            for &line in &reach.lines {
                left_minor[line] = percent_of(left_minor[line], 10_000 - percent_bp, Rounding::Down);
            }
            slack += 1 + 2 * (order * reach.lines.len()) as i64;
        }
        goods.left_minor.iter().zip(left_minor).map(|(before, after)| before - *after).sum::<i64>() + slack
    }

    /// What gifts of groups from `at` on are worth: they are beside the price.
    fn gift_groups(&self, at: usize) -> i64 {
        self.candidates[at..]
            .iter()
            .filter(|candidate| candidate.offer.group.is_some())
            .map(|candidate| candidate.reach.gift_worth_minor())
            .sum()
    }
}

//! The search for the best allowed combination: branch and bound over the offers in the order in which they are taken off.
//!
//! At each step the next offer is taken or left. A branch is given up when all that is still to come, each alone off what is left of the
//! prices now, could not make it better than the best so far: what an offer takes never grows when lines become cheaper.

use crate::offer::{Effect, Offer};
use crate::quote::taking::{Goods, Reach, Shares};

/// The most steps of a search. A handful of offers needs a few dozen.
pub const MAX_STEPS: usize = 20_000;
/// The most lines that a search looks at, step by step and offer by offer: some milliseconds. Many lines leave fewer steps.
const MAX_LOOKS: usize = 20_000_000;

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
    /// By candidate, whether each other one is not allowed beside it.
    clashes: Vec<Vec<bool>>,
    best: Vec<usize>,
    best_worth: i64,
    steps: usize,
    most_steps: usize,
}

/// A branch: what was taken so far.
struct Branch {
    chosen: Vec<usize>,
    left_minor: Vec<i64>,
    worth: i64,
}

impl<'a> Search<'a> {
    /// A search over candidates in the order in which they are taken off.
    pub fn new(candidates: &'a [Candidate<'a>], goods: Goods<'a>) -> Self {
        let row = |one: &Candidate<'_>| candidates.iter().map(|other| one.offer.clashes(other.offer)).collect();
        let clashes = candidates.iter().map(row).collect();
        let most_steps = (MAX_LOOKS / (candidates.len() * goods.pieces.len()).max(1)).min(MAX_STEPS);
        Self { candidates, goods, clashes, best: Vec::new(), best_worth: 0, steps: 0, most_steps }
    }

    /// The best allowed combination; of equal ones the first that was met.
    pub fn run(mut self) -> Found {
        self.greedy();
        let mut branch = Branch { chosen: Vec::new(), left_minor: self.goods.left_minor.to_vec(), worth: 0 };
        self.visit(0, &mut branch);
        Found { exact: self.steps <= self.most_steps, chosen: self.best }
    }

    fn allowed(&self, at: usize, chosen: &[usize]) -> bool {
        chosen.iter().all(|&other| !self.clashes[at][other])
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
        let mut chosen: Vec<usize> = Vec::new();
        for at in order {
            if self.allowed(at, &chosen) {
                chosen.push(at);
            }
        }
        chosen.sort_unstable();
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
        if self.allowed(at, &branch.chosen) {
            let (shares, worth) = self.take(at, &branch.left_minor);
            if worth > 0 {
                shares.iter().for_each(|(line, minor)| branch.left_minor[*line] -= minor);
                branch.worth += worth;
                branch.chosen.push(at);
                self.visit(at + 1, branch);
                branch.chosen.pop();
                branch.worth -= worth;
                shares.iter().for_each(|(line, minor)| branch.left_minor[*line] += minor);
            }
        }
        self.visit(at + 1, branch);
    }

    /// No less than what the candidates from `at` on can still be worth together.
    fn bound(&self, at: usize, branch: &Branch) -> i64 {
        let goods = Goods { left_minor: &branch.left_minor, ..self.goods };
        let mut groups: Vec<(&str, i64)> = Vec::new();
        let (mut percents, mut each, mut others, mut gifts, mut best_alone) = (Vec::new(), 0, 0, 0, 0);
        for (place, candidate) in self.candidates.iter().enumerate().skip(at) {
            if !self.allowed(place, &branch.chosen) {
                continue;
            }
            let most = candidate.reach.at_most(goods);
            let gift = candidate.reach.gift_worth_minor();
            match (&candidate.offer.group, candidate.reach.effect) {
                _ if candidate.offer.alone => best_alone = most.max(best_alone),
                _ if gift > 0 && candidate.offer.group.is_none() => gifts += gift,
                (Some(group), _) => match groups.iter_mut().find(|(known, _)| known == group) {
                    Some((_, best)) => *best = most.max(*best),
                    None => groups.push((group, most)),
                },
                // A percentage that its maximum cuts takes a fixed amount.
                (None, Effect::Percent { percent_bp, max_minor }) if max_minor.is_none_or(|max| most < max) => {
                    percents.push((*percent_bp, &candidate.reach.lines));
                    each += most;
                }
                (None, _) => others += most,
            }
        }
        let off = others + each.min(compounded(&percents, goods)) + groups.iter().map(|(_, most)| most).sum::<i64>();
        let gifts_of_groups = self.gift_groups(at);
        let total: i64 = branch.left_minor.iter().sum();
        (off.min(total + gifts_of_groups) + gifts).max(best_alone)
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

/// No less than what percentages take together when each is taken off what the others left. Each may round by a unit, and by two on every
/// line before the next.
fn compounded(percents: &[(i64, &Vec<usize>)], goods: Goods<'_>) -> i64 {
    if percents.len() < 2 {
        return i64::MAX;
    }
    let mut left = goods.left_minor.to_vec();
    let mut slack = 0;
    for (place, (percent_bp, lines)) in percents.iter().enumerate() {
        for &line in *lines {
            left[line] = i64::try_from(i128::from(left[line]) * i128::from(10_000 - percent_bp) / 10_000).unwrap_or(left[line]);
        }
        slack += 1 + 2 * (place * lines.len()) as i64;
    }
    goods.left_minor.iter().zip(left).map(|(before, after)| before - after).sum::<i64>() + slack
}

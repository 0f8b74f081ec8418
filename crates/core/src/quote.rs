//! What a basket costs: the best allowed combination of the offers that apply, what comes off which line, and why the others do not.
//!
//! Offers are taken off one after the other, by priority and then in the brand's order, each off what those before it left. The price of a
//! combination therefore is a function of its members alone, and the best of all allowed combinations is found exactly.

mod search;
mod taking;

use serde::{Deserialize, Serialize};

use crate::attribute::Attribute;
use crate::coupon::Presented;
use crate::decide::Published;
use crate::earning::{FrozenValue, MemberFactsSource, Scene, is_of_line};
use crate::offer::{Effect, Offer, ReadyOffer};
use crate::purchase::{Line, LineKind};
use search::{Candidate, Search};
use taking::{Goods, Reach, Shares};

pub use search::MAX_STEPS;

/// An offer that was taken off a purchase. Kept with the purchase for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The offer's place in the programme version that the purchase names; after those of its offers come the coupons, in their order.
    #[serde(rename = "o")]
    pub offer: usize,
    /// What came off which line, in minor units.
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<(usize, i64)>,
}

/// How a purchase at list prices was priced. Kept with it for ever: what was paid stands, whatever is found out about its member later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priced {
    /// What was taken off, in its order.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub applied: Vec<Applied>,
    /// What was known of the member, as far as offers ask for it.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(Attribute, FrozenValue)>,
    /// The coupons that stood beside the offers, used or not.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Presented>,
}

impl Applied {
    /// What came off all lines, in minor units.
    pub fn off_minor(&self) -> i64 {
        self.shares.iter().map(|(_, minor)| minor).sum()
    }
}

/// Why an offer does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Not on this day.
    Dates,
    /// Its condition does not hold.
    Condition,
    /// None of its goods are in the basket.
    NoGoods,
    /// Its goods would have to cost so much more, in minor units.
    Short(i64),
    /// So many more pieces are needed.
    FewPieces(i64),
    /// It takes nothing off: the goods cost no more than its price.
    Nothing,
    /// It does not apply beside the one at this place.
    Beside(usize),
    /// The price is better, or the same, without it.
    NotBetter,
}

/// An offer that stands beside those of the programme: a coupon.
#[derive(Debug, Clone, Copy)]
pub struct Beside<'a> {
    /// The offer.
    pub offer: &'a Offer,
    /// Its dates and conditions, read.
    pub ready: &'a ReadyOffer,
}

/// An offer that does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedOver {
    /// The offer's place: in the programme, and after those the coupons.
    pub offer: usize,
    /// Why.
    pub why: Why,
}

/// What a basket costs, offer by offer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// What was taken off, in its order.
    pub applied: Vec<Applied>,
    /// What was not, in the brand's order; offers that are off are not told.
    pub passed_over: Vec<PassedOver>,
    /// Whether every combination was weighed. With absurdly many offers the search ends after [`MAX_STEPS`] steps, or fewer for thousands of
    /// lines, with the best so far.
    pub exact: bool,
}

impl Why {
    /// The stable code on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Why::Dates => "dates",
            Why::Condition => "condition",
            Why::NoGoods => "no_goods",
            Why::Short(_) => "short",
            Why::FewPieces(_) => "few_pieces",
            Why::Nothing => "nothing",
            Why::Beside(_) => "beside",
            Why::NotBetter => "not_better",
        }
    }
}

impl Quote {
    /// What all offers together take off, in minor units.
    pub fn off_minor(&self) -> i64 {
        self.applied.iter().map(Applied::off_minor).sum()
    }
}

/// The basket as offers see it: line by line, pieces and list price; nothing of lines that no offer touches.
struct Shelf {
    pieces: Vec<i64>,
    list_minor: Vec<i64>,
}

impl Shelf {
    fn new(lines: &[Line]) -> Self {
        let sold = |line: &Line| line.kind == LineKind::Sale && line.quantity > 0 && line.amount_minor > 0;
        Self {
            pieces: lines.iter().map(|line| if sold(line) { line.quantity } else { 0 }).collect(),
            list_minor: lines.iter().map(|line| if sold(line) { line.amount_minor } else { 0 }).collect(),
        }
    }

    fn goods(&self) -> Goods<'_> {
        Goods { pieces: &self.pieces, left_minor: &self.list_minor }
    }
}

/// Whether an offer applies to the purchase at all; else why not.
fn applies<M: MemberFactsSource>(ready: &ReadyOffer, scene: &Scene<'_, M>) -> Result<(), Why> {
    let day = i64::from(scene.basket.moment.day);
    if day < ready.from_day || ready.until_day < day {
        return Err(Why::Dates);
    }
    if ready.when.as_ref().is_some_and(|when| !when.matches(scene)) { Err(Why::Condition) } else { Ok(()) }
}

/// The lines that an offer is about, with what each effect must know of them.
fn reach<'a>(offer: &'a Offer, ready: &ReadyOffer, lines: &[Line], shelf: &Shelf) -> Reach<'a> {
    let sold = |place: &usize| shelf.list_minor[*place] > 0;
    let covered = |place: &usize| ready.lines.as_ref().is_none_or(|condition| is_of_line(condition, &lines[*place]));
    let mut reach = Reach {
        effect: &offer.effect,
        rounding: offer.rounding,
        lines: (0..lines.len()).filter(sold).filter(covered).collect(),
        parts: Vec::new(),
        prices_minor: Vec::new(),
    };
    match &offer.effect {
        Effect::MemberPrice { .. } => {
            let price = |place: usize| ready.prices.get(&lines[place].sku);
            let priced = reach.lines.iter().filter_map(|&place| Some((place, price(place)?.saturating_mul(shelf.pieces[place]))));
            (reach.lines, reach.prices_minor) = priced.unzip();
        }
        Effect::Bundle { parts, .. } => {
            let of_part = |part: &crate::offer::BundlePart| {
                reach.lines.iter().copied().filter(|&place| is_of_line(&part.lines, &lines[place])).collect()
            };
            reach.parts = parts.iter().map(of_part).collect();
        }
        _ => {}
    }
    reach
}

/// Why an offer takes nothing off the basket at its list prices.
fn why_nothing(reach: &Reach<'_>, shelf: &Shelf) -> Why {
    let pieces = |lines: &[usize]| lines.iter().map(|&line| shelf.pieces[line]).sum::<i64>();
    if reach.lines.is_empty() {
        return Why::NoGoods;
    }
    match reach.effect {
        Effect::Steps { steps, .. } => {
            let sum_minor: i64 = reach.lines.iter().map(|&line| shelf.list_minor[line]).sum();
            let least = steps.iter().map(|step| step.from_minor).min().unwrap_or(0);
            if least > sum_minor { Why::Short(least - sum_minor) } else { Why::Nothing }
        }
        Effect::NthItem { nth, .. } if *nth > pieces(&reach.lines) => Why::FewPieces(nth - pieces(&reach.lines)),
        Effect::Bundle { parts, .. } => {
            let lacking = parts.iter().zip(&reach.parts).map(|(part, lines)| (part.pieces - pieces(lines)).max(0)).sum();
            if lacking > 0 { Why::FewPieces(lacking) } else { Why::Nothing }
        }
        _ => Why::Nothing,
    }
}

/// The offers of a programme and the coupons beside them, each at its place.
fn all<'a>(published: &'a Published, coupons: &'a [Beside<'a>]) -> impl Iterator<Item = (&'a Offer, &'a ReadyOffer)> {
    let offers = published.programme.offers.iter().zip(&published.ready_offers);
    offers.chain(coupons.iter().map(|coupon| (coupon.offer, coupon.ready)))
}

/// The best allowed combination of the programme's offers, and of coupons, for a basket at its list prices.
pub fn quote<M: MemberFactsSource>(published: &Published, coupons: &[Beside<'_>], scene: &Scene<'_, M>) -> Quote {
    let lines = scene.basket.lines;
    let shelf = Shelf::new(lines);
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    let mut passed_over = Vec::new();
    for (place, (offer, ready)) in all(published, coupons).enumerate().filter(|(_, (offer, _))| offer.enabled) {
        let reach = applies(ready, scene).map(|()| reach(offer, ready, lines, &shelf));
        match reach {
            Ok(reach) if reach.lines.is_empty() || reach.at_most(shelf.goods()) <= 0 => {
                passed_over.push(PassedOver { offer: place, why: why_nothing(&reach, &shelf) });
            }
            Ok(reach) => candidates.push(Candidate { place, offer, reach }),
            Err(why) => passed_over.push(PassedOver { offer: place, why }),
        }
    }
    if candidates.is_empty() {
        return Quote { applied: Vec::new(), passed_over, exact: true };
    }
    candidates.sort_by_key(|candidate| (candidate.offer.priority, candidate.place));
    let found = Search::new(&candidates, shelf.goods()).run();
    let applied = price(&candidates, shelf.goods(), &found.chosen);
    for (at, candidate) in candidates.iter().enumerate() {
        if found.chosen.contains(&at) {
            continue;
        }
        let rival = found.chosen.iter().map(|&chosen| &candidates[chosen]).find(|chosen| chosen.offer.clashes(candidate.offer));
        let why = rival.map_or(Why::NotBetter, |rival| Why::Beside(rival.place));
        passed_over.push(PassedOver { offer: candidate.place, why });
    }
    passed_over.sort_by_key(|passed| passed.offer);
    Quote { applied, passed_over, exact: found.exact }
}

/// Takes chosen candidates off in their order.
fn price(candidates: &[Candidate<'_>], goods: Goods<'_>, chosen: &[usize]) -> Vec<Applied> {
    let mut left = goods.left_minor.to_vec();
    let take = |&at: &usize| {
        let mut shares = Shares::new();
        candidates[at].reach.take(Goods { left_minor: &left, ..goods }, &mut shares);
        shares.iter().for_each(|(line, minor)| left[*line] -= minor);
        Applied { offer: candidates[at].place, shares }
    };
    chosen.iter().map(take).collect()
}

/// What these offers, by their places, take off a basket beside what their gifts are worth, in minor units; none where they are not allowed
/// together or one of them does not apply. What [`quote`] finds is the greatest of these.
pub fn worth_of<M: MemberFactsSource>(
    published: &Published,
    coupons: &[Beside<'_>],
    scene: &Scene<'_, M>,
    places: &[usize],
) -> Option<i64> {
    let (offers, lines): (Vec<_>, _) = (all(published, coupons).collect(), scene.basket.lines);
    let shelf = Shelf::new(lines);
    let mut chosen: Vec<usize> = places.to_vec();
    chosen.sort_by_key(|&place| (offers[place].0.priority, place));
    let mut left = shelf.list_minor.clone();
    let mut worth = 0;
    for (at, &place) in chosen.iter().enumerate() {
        let (offer, ready) = offers[place];
        let allowed = chosen[..at].iter().all(|&other| !offers[other].0.clashes(offer));
        if !allowed || !offer.enabled || applies(ready, scene).is_err() {
            return None;
        }
        let reach = reach(offer, ready, lines, &shelf);
        let mut shares = Shares::new();
        reach.take(Goods { pieces: &shelf.pieces, left_minor: &left }, &mut shares);
        shares.iter().for_each(|(line, minor)| left[*line] -= minor);
        let gift = if reach.lines.is_empty() { 0 } else { reach.gift_worth_minor() };
        worth += gift + shares.iter().map(|(_, minor)| minor).sum::<i64>();
    }
    Some(worth)
}

//! The customer pyramid over the roster: the cuts are those of [`danggol_core::pyramid`].

use danggol_core::pyramid::{Buyer, CurvePoint, Layer, LayerCut, Portion, curve, curve_places, layer_ends, layers};

use crate::column::Low;
use crate::ranking::{Ranked, Ranking};
use crate::roster::{Period, Roster};
use crate::share::{fold_members, per_member};

/// The layer of a member who bought nothing in the period, or stands below the last layer.
pub const NO_LAYER: u8 = u8::MAX;

/// The amount of a member who bought nothing in the period. No sum of amounts comes near it.
pub const NOTHING: i64 = i64::MIN;

/// The pyramid of a period, ranked by amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pyramid {
    /// How many bought.
    pub buyers: usize,
    /// What they bought together, in minor units.
    pub amount_minor: i64,
    /// The layers from the top.
    pub layers: Vec<Layer>,
    /// What the top so many bring.
    pub curve: Vec<CurvePoint>,
    /// What each member bought, in minor units; [`NOTHING`] where she bought nothing. In the order of [`Roster::ids`].
    pub amounts: Vec<i64>,
    /// The place of each member's layer among the layers, or [`NO_LAYER`], in the order of [`Roster::ids`].
    pub layer: Vec<u8>,
}

/// What each member bought in a period in minor units, or [`NOTHING`].
fn amounts(roster: &Roster, period: Period, threads: usize) -> Vec<i64> {
    let Some(days) = roster.days(period) else { return vec![NOTHING; roster.members()] };
    let amount = &roster.purchases.amount;
    let mut amounts = per_member(
        &roster.members.purchases,
        threads,
        || (),
        |(), place| match roster.within(roster.purchases_of(place), days) {
            rows if rows.is_empty() => NOTHING,
            rows => amount.low[rows].iter().map(|low| low.wide()).sum(),
        },
    );
    for &(row, rest) in &amount.rest {
        if (days.0..=days.1).contains(&roster.purchases.day[row as usize]) {
            amounts[Roster::place_of(&roster.members.purchases, row)] += rest;
        }
    }
    amounts
}

/// Ranks the members by what they bought in a period, and cuts them into at most [`danggol_core::pyramid::MAX_LAYERS`] layers. Ties go to
/// the lower member id.
pub fn pyramid(roster: &Roster, period: Period, wanted: &[LayerCut], threads: usize) -> Pyramid {
    let amounts = amounts(roster, period, threads);
    let ids = roster.ids();
    let ranking = Ranking::new(ids, threads, |row| (amounts[row] != NOTHING).then(|| amounts[row]));
    let buyers = ranking.ranked();
    let ends = layer_ends(buyers, wanted);
    let places: Vec<usize> = ends.iter().copied().chain(curve_places(buyers)).chain([buyers]).collect();
    let found = ranking.at(&places);
    let sum = |ranked: &Option<Ranked>| ranked.map_or(0, |ranked| ranked.sum);
    let sum_to = |place: usize| places.iter().position(|known| *known == place).map_or(0, |at| sum(&found[at]));
    let layers = layers(buyers, wanted, |portion| Portion {
        amount_minor: sum_to(portion.end) - sum_to(portion.start),
        lowest_minor: places
            .iter()
            .position(|place| *place == portion.end)
            .filter(|_| !portion.is_empty())
            .and_then(|at| found[at].map(|ranked| ranked.value)),
    });
    let curve = curve(found[ends.len()..].iter().take(101).map(sum), ranking.sum());
    let lasts: Vec<Option<Ranked>> = found[..ends.len()].to_vec();
    let layer = layer_of_each(roster, &amounts, &lasts, threads);
    let amount_minor = ranking.sum();
    Pyramid { buyers, amount_minor, layers, curve, amounts, layer }
}

/// In which layer each member stands: below how many of the layers' last ones.
fn layer_of_each(roster: &Roster, amounts: &[i64], lasts: &[Option<Ranked>], threads: usize) -> Vec<u8> {
    let ids = roster.ids();
    per_member(
        &roster.members.purchases,
        threads,
        || (),
        |(), row| {
            if amounts[row] == NOTHING {
                return NO_LAYER;
            }
            let below = |last: &&Option<Ranked>| last.is_none_or(|last| last.is_above(amounts[row], ids[row]));
            let layer = lasts.iter().filter(below).count();
            if layer < lasts.len() { layer as u8 } else { NO_LAYER }
        },
    )
}

/// What everybody bought in a period, by member, for a ranking by more than the amount.
pub fn buyers(roster: &Roster, period: Period, threads: usize) -> Vec<Buyer> {
    let Some(days) = roster.days(period) else { return Vec::new() };
    let parts = fold_members(&roster.members.purchases, threads, |places| {
        places.filter_map(|place| buyer_at(roster, place, days)).collect::<Vec<_>>()
    });
    parts.concat()
}

/// What the member in a place bought on some days, as the day column has them; none when she bought nothing.
pub(crate) fn buyer_at(roster: &Roster, place: usize, days: (u16, u16)) -> Option<Buyer> {
    let purchases = &roster.purchases;
    let rows = roster.within(roster.purchases_of(place), days);
    Some(Buyer {
        member: roster.members.id[place],
        purchases: rows.len() as i64,
        amount_minor: rows.clone().map(|row| purchases.amount.get(row)).sum(),
        quantity: rows.clone().map(|row| purchases.quantity.get(row)).sum(),
        last_at_ms: rows.map(|row| purchases.at.get(row)).max()?,
    })
}

//! How members move between the layers of two pyramids, and who is about to.

use std::collections::HashMap;

use jiff::ToSpan;

use crate::pyramid::{Buyer, Pyramid};
use crate::time::{date_of, day_number};

/// How many were in a layer before and are in a layer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The place of the layer before, from the top; none: bought nothing then.
    pub from: Option<usize>,
    /// The place of the layer now; none: bought nothing.
    pub to: Option<usize>,
    /// Members.
    pub members: usize,
}

/// Somebody close to the bound of her layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// What she bought in the period.
    pub buyer: Buyer,
    /// The place of her layer.
    pub layer: usize,
    /// What is missing to the layer above, or, of who is about to fall, what will be missing to her own, in minor units.
    pub missing_minor: i64,
}

fn places(pyramid: &Pyramid) -> impl Iterator<Item = (usize, &Buyer)> {
    let mut start = 0;
    pyramid.layers.iter().enumerate().flat_map(move |(place, layer)| {
        let within = start..start + layer.members;
        start = within.end;
        pyramid.ranked[within].iter().map(move |buyer| (place, buyer))
    })
}

/// How members moved from one pyramid to another, by layers from the top, those who bought nothing last.
pub fn movement(before: &Pyramid, now: &Pyramid) -> Vec<Moved> {
    let mut stood: HashMap<i64, usize> = places(before).map(|(place, buyer)| (buyer.member, place)).collect();
    let mut counts: HashMap<(Option<usize>, Option<usize>), usize> = HashMap::new();
    for (place, buyer) in places(now) {
        *counts.entry((stood.remove(&buyer.member), Some(place))).or_default() += 1;
    }
    for place in stood.into_values() {
        *counts.entry((Some(place), None)).or_default() += 1;
    }
    let mut moved: Vec<Moved> = counts.into_iter().map(|((from, to), members)| Moved { from, to, members }).collect();
    moved.sort_unstable_by_key(|moved| [moved.from, moved.to].map(|place| place.unwrap_or(usize::MAX)));
    moved
}

/// The period before one of business days: as many whole months where it is of whole months, so that a quarter is held against the
/// quarter before, and else as many days.
pub fn period_before(from: i32, to: i32) -> (i32, i32) {
    let (first, after) = (date_of(from), date_of(to.saturating_add(1)));
    let months = i32::from(after.year() - first.year()) * 12 + i32::from(after.month() - first.month());
    let whole = first.day() == 1 && after.day() == 1;
    let before = if whole { first.checked_sub(months.months()).ok().map(day_number) } else { None };
    (before.unwrap_or(from.saturating_sub(to.saturating_sub(from)).saturating_sub(1)), from - 1)
}

/// Who moved from a layer to a layer, by their place now, and those who bought nothing now by their place before.
pub fn who_moved(before: &Pyramid, now: &Pyramid, from: Option<usize>, to: Option<usize>) -> Vec<i64> {
    let stands = |pyramid| -> HashMap<i64, usize> { places(pyramid).map(|(place, buyer)| (buyer.member, place)).collect() };
    let (listed, other, here, there) = match to {
        Some(_) => (now, stands(before), to, from),
        None => (before, stands(now), from, to),
    };
    let of_layer = places(listed).filter(|(place, _)| Some(*place) == here).map(|(_, buyer)| buyer.member);
    of_layer.filter(|member| other.get(member).copied() == there).collect()
}

/// Who is one of her usual purchases or less below the layer above, the closest first. A pyramid that is ranked by amount alone is meant.
pub fn about_to_rise(pyramid: &Pyramid) -> Vec<Near> {
    let near = |(layer, buyer): (usize, &Buyer)| {
        let floor = pyramid.layers[..layer].iter().rev().find_map(|above| above.lowest_minor)?;
        let missing_minor = floor - buyer.amount_minor + 1;
        let usual = buyer.amount_minor.checked_div(buyer.purchases)?;
        (missing_minor <= usual).then_some(Near { buyer: *buyer, layer, missing_minor })
    };
    let mut near: Vec<Near> = places(pyramid).filter_map(near).collect();
    near.sort_by_key(|near| near.missing_minor);
    near
}

/// Who will be below the least of her layer once what leaves the period soon has left it, unless she buys; the largest first. `leaving` is
/// what each buys in the days that leave, in minor units.
pub fn about_to_fall(pyramid: &Pyramid, leaving: &HashMap<i64, i64>) -> Vec<Near> {
    let last = pyramid.layers.len().saturating_sub(1);
    let near = |(layer, buyer): (usize, &Buyer)| {
        let left = buyer.amount_minor - leaving.get(&buyer.member)?;
        let missing_minor = pyramid.layers[layer].lowest_minor? - left;
        (layer < last && missing_minor > 0).then_some(Near { buyer: *buyer, layer, missing_minor })
    };
    places(pyramid).filter_map(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pyramid::{Criteria, build};

    #[test]
    fn whole_months_are_held_against_as_many_months_and_other_days_against_as_many_days() {
        for (from, to, before_from) in [
            ("2017-10-01", "2017-12-31", "2017-07-01"),
            ("2017-04-01", "2017-06-30", "2017-01-01"),
            ("2024-03-01", "2024-03-31", "2024-02-01"),
            ("2017-01-01", "2017-12-31", "2016-01-01"),
            ("2017-04-02", "2017-06-30", "2017-01-02"),
            ("2017-04-01", "2017-04-01", "2017-03-31"),
        ] {
            let day = |text: &str| day_number(text.parse().expect("a date"));
            assert_eq!(period_before(day(from), day(to)), (day(before_from), day(from) - 1), "{from}");
        }
    }

    fn buyer(member: i64, amount_minor: i64, purchases: i64) -> Buyer {
        Buyer { member, amount_minor, quantity: 1, purchases, last_at_ms: member }
    }

    fn pyramid(buyers: Vec<Buyer>) -> Pyramid {
        build(buyers, &Criteria::default())
    }

    #[test]
    fn every_member_of_either_period_stands_in_the_matrix_once() {
        // Ten buyers: one VIP, one ordinary and eight small ones.
        let before = pyramid((1..=10).map(|member| buyer(member, 100 * member, 1)).collect());
        let now = pyramid((2..=11).map(|member| buyer(member, if member == 10 { 1 } else { 100 * member }, 1)).collect());
        let moved: Vec<_> = movement(&before, &now).iter().map(|moved| (moved.from, moved.to, moved.members)).collect();
        let expected =
            [(Some(0), Some(3), 1), (Some(2), Some(2), 1), (Some(3), Some(3), 7), (Some(3), None, 1), (None, Some(0), 1)];
        assert_eq!(moved, expected);
    }

    #[test]
    fn who_is_close_to_a_bound_is_known_with_what_is_missing() {
        let mut buyers: Vec<Buyer> = (1..=8).map(|member| buyer(member, 10 * member, 1)).collect();
        buyers.extend([buyer(9, 480, 5), buyer(10, 500, 1)]);
        let pyramid = pyramid(buyers);
        let rising: Vec<_> =
            about_to_rise(&pyramid).iter().map(|near| (near.buyer.member, near.layer, near.missing_minor)).collect();
        assert_eq!(rising, [(9, 2, 21)]);
        let leaving = HashMap::from([(10, 100), (9, 0), (8, 80)]);
        let falling: Vec<_> =
            about_to_fall(&pyramid, &leaving).iter().map(|near| (near.buyer.member, near.missing_minor)).collect();
        assert_eq!(falling, [(10, 100)]);
    }
}

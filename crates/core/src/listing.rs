//! Who is on which list when members become one person and come apart again.
//!
//! While members are one, everything that is done to any of them shows with the one who keeps. Each remembers what was done to her, so the
//! same story can be told without a merge: what is left is what commands of her own would have left.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{MemberId, SegmentId};

/// Since when somebody is on a list, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// UTC milliseconds.
    pub added_at_ms: i64,
    /// UTC milliseconds; none: for ever.
    pub expires_at_ms: Option<i64>,
}

/// The lists that somebody is on.
pub type Places = BTreeMap<SegmentId, Place>;

/// What happened to lists, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A member was put on a list; who was on it already is now on it for as long as this says.
    Put(MemberId, SegmentId, Place),
    /// A member was taken off a list.
    Taken(MemberId, SegmentId),
    /// A member went into another.
    Merged {
        /// Who keeps.
        keep: MemberId,
        /// Who went into her.
        absorb: MemberId,
    },
}

/// Puts somebody on a list.
fn put(places: &mut Places, list: SegmentId, place: Place) {
    let known = places.entry(list).or_insert(place);
    if known.expires_at_ms.is_some_and(|end| end <= place.added_at_ms) {
        *known = place;
    }
    known.expires_at_ms = place.expires_at_ms;
}

/// What the one who keeps is on once another went into her: all that either was on, since the earlier day and until the later. Of lists of
/// which a member is on one at most (`rivals`), what she is on goes before.
fn join(keeper: &mut Places, other: &Places, rivals: &[BTreeSet<SegmentId>]) {
    let own: BTreeSet<SegmentId> = keeper.keys().copied().collect();
    for (list, place) in other {
        let beaten =
            rivals.iter().any(|group| group.contains(list) && group.iter().any(|rival| rival != list && own.contains(rival)));
        match keeper.get_mut(list) {
            Some(known) => {
                known.added_at_ms = known.added_at_ms.min(place.added_at_ms);
                known.expires_at_ms = known.expires_at_ms.zip(place.expires_at_ms).map(|(one, other)| one.max(other));
            }
            None if !beaten => drop(keeper.insert(*list, *place)),
            None => {}
        }
    }
}

/// Tells a story again for some people alone: what was done to others, and merges with others, are left out. Gives what each who is left is
/// on.
pub fn tell(steps: &[Step], people: &BTreeSet<MemberId>, rivals: &[BTreeSet<SegmentId>]) -> BTreeMap<MemberId, Places> {
    let mut places: BTreeMap<MemberId, Places> = people.iter().map(|member| (*member, Places::new())).collect();
    let mut homes: BTreeMap<MemberId, MemberId> = people.iter().map(|member| (*member, *member)).collect();
    for step in steps {
        match *step {
            Step::Put(member, list, place) => {
                if let Some(places) = homes.get(&member).and_then(|home| places.get_mut(home)) {
                    put(places, list, place);
                }
            }
            Step::Taken(member, list) => {
                if let Some(places) = homes.get(&member).and_then(|home| places.get_mut(home)) {
                    places.remove(&list);
                }
            }
            Step::Merged { keep, absorb } if people.contains(&keep) && people.contains(&absorb) => {
                let gone = places.remove(&absorb).unwrap_or_default();
                join(places.entry(keep).or_default(), &gone, rivals);
                homes.values_mut().filter(|home| **home == absorb).for_each(|home| *home = keep);
            }
            Step::Merged { .. } => {}
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MemberId = MemberId(1);
    const B: MemberId = MemberId(2);
    const C: MemberId = MemberId(3);

    fn at(added_at_ms: i64, expires_at_ms: Option<i64>) -> Place {
        Place { added_at_ms, expires_at_ms }
    }

    fn on(places: &[(i64, Place)]) -> Places {
        places.iter().map(|(list, place)| (SegmentId(*list), *place)).collect()
    }

    fn list(id: i64) -> SegmentId {
        SegmentId(id)
    }

    #[test]
    fn who_keeps_is_on_all_that_either_was_on() {
        let rivals = [BTreeSet::from([list(7), list(8), list(9)])];
        for (keeper, other, expected) in [
            (&[][..], &[(1, at(5, None))][..], &[(1, at(5, None))][..]),
            (&[(1, at(7, Some(9)))], &[(1, at(5, Some(20)))], &[(1, at(5, Some(20)))]),
            (&[(1, at(3, Some(9)))], &[(1, at(5, None))], &[(1, at(3, None))]),
            (&[(7, at(3, None))], &[(8, at(1, None)), (2, at(1, None))], &[(2, at(1, None)), (7, at(3, None))]),
            (&[(7, at(3, None))], &[(7, at(1, None))], &[(7, at(1, None))]),
        ] {
            let mut joined = on(keeper);
            join(&mut joined, &on(other), &rivals);
            assert_eq!(joined, on(expected), "{keeper:?} {other:?}");
        }
    }

    #[test]
    fn a_story_without_a_merge_is_that_of_each_alone() {
        let story = [
            Step::Put(A, list(1), at(1, None)),
            Step::Put(B, list(2), at(1, Some(50))),
            Step::Merged { keep: A, absorb: B },
            Step::Taken(A, list(2)),
            Step::Taken(B, list(1)),
            Step::Put(B, list(3), at(4, None)),
            Step::Merged { keep: C, absorb: A },
            Step::Put(A, list(4), at(5, None)),
        ];
        let of = |people: &[MemberId]| tell(&story, &people.iter().copied().collect(), &[]);
        let all = of(&[A, B, C]);
        assert_eq!(all, BTreeMap::from([(C, on(&[(3, at(4, None)), (4, at(5, None))]))]));
        assert_eq!(of(&[A, B]), BTreeMap::from([(A, on(&[(3, at(4, None)), (4, at(5, None))]))]));
        assert_eq!(of(&[A, C])[&C], on(&[(1, at(1, None)), (4, at(5, None))]), "B was never there");
        assert_eq!(of(&[B]), BTreeMap::from([(B, on(&[(2, at(1, Some(50))), (3, at(4, None))]))]));
    }
}

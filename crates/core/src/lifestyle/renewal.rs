//! Groups fitted for the first time, month after month, and anew where somebody asks for it.

use std::collections::HashMap;

use super::Lack;
use super::description::{Moved, moved, moved_bp};
use super::model::{Fitting, Model, Place};
use super::taste::Tastes;

/// Of how many members, in ten-thousandths, a monthly fit may change the group by itself; one that changes more waits for somebody to say so.
pub const MOVED_MOST_BP: i64 = 1_500;

/// What is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// Groups where there are some already: moved to where their members lean now. Groups where there are none: as many as the data carry.
    Month,
    /// Groups found without regard to those before, so many or as many as the data carry. Where there are some already they are proposed.
    Anew(Option<usize>),
    /// Groups that were proposed.
    Proposed(Box<Model>),
}

/// Groups, and who is in them.
#[derive(Debug, Clone, PartialEq)]
pub struct Renewed {
    /// The groups.
    pub model: Model,
    /// Where each member stands, in the order of the tastes.
    pub places: Vec<Option<Place>>,
    /// How many were, came and went.
    pub moved: Vec<Moved>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Renewal {
    /// What holds from now on; none where everything stays.
    pub taken: Option<Renewed>,
    /// What holds when somebody says so.
    pub proposed: Option<Renewed>,
}

fn place(model: Model, tastes: &Tastes, held: &HashMap<i64, String>) -> Renewed {
    let placing = model.over(tastes);
    let places: Vec<Option<Place>> =
        tastes.iter().map(|taste| placing.place(taste, held.get(&taste.member).and_then(|code| model.group(code)))).collect();
    let code = |place: &Option<Place>| place.map(|place| model.groups[place.group].code.as_str());
    let here = tastes.iter().zip(&places).map(|(taste, place)| (held.get(&taste.member).map(String::as_str), code(place)));
    let bought: std::collections::HashSet<i64> = tastes.iter().map(|taste| taste.member).collect();
    let gone = held.iter().filter(|(member, _)| !bought.contains(member)).map(|(_, code)| (Some(code.as_str()), None));
    let moved = moved(here.chain(gone));
    Renewed { places, moved, model }
}

/// Renews groups. `held` are the codes of the groups in which members are; `used` are all codes that ever were.
pub fn renew(
    tastes: &Tastes,
    before: Option<&Model>,
    (held, used): (&HashMap<i64, String>, &[String]),
    wanted: Wanted,
    is_silent: impl Fn(&str) -> bool,
) -> Result<Renewal, Lack> {
    let fitting = Fitting::new(tastes, is_silent)?;
    let found = |count: Option<usize>| count.map_or_else(|| fitting.propose(), |count| fitting.fit(count));
    let place = |model: Model| place(model, tastes, held);
    Ok(match (before, wanted) {
        (None, Wanted::Month) => Renewal { taken: Some(place(found(None))), proposed: None },
        (None, Wanted::Anew(count)) => Renewal { taken: Some(place(found(count))), proposed: None },
        (_, Wanted::Proposed(model)) => Renewal { taken: Some(place(fitting.as_before(&model))), proposed: None },
        (Some(before), Wanted::Anew(count)) => {
            let matched = found(count).matched(before, used.iter().map(String::as_str));
            Renewal { taken: None, proposed: Some(place(matched)) }
        }
        (Some(before), Wanted::Month) => {
            let (stays, moves) = (fitting.as_before(before), fitting.refit(before));
            if moves.quality <= stays.quality {
                return Ok(Renewal { taken: Some(place(stays)), proposed: None });
            }
            let moves = place(moves);
            match moved_bp(&moves.moved) > MOVED_MOST_BP {
                false => Renewal { taken: Some(moves), proposed: None },
                true => Renewal { taken: Some(place(stays)), proposed: Some(moves) },
            }
        }
    })
}

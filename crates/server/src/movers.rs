//! Who moved from one layer of the pyramid to another: two periods ranked once, and kept for whoever turns the pages.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use danggol_core::movement::{period_before, who_moved};
use danggol_core::pyramid::{Criteria, build};
use danggol_store::event::{self, Heads};
use danggol_store::{Conn, StoreError, insight};

/// How many answers are kept.
const KEPT: usize = 4;

/// From which layer to which, by which ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// First business day.
    pub from: i32,
    /// Last business day.
    pub to: i32,
    /// How buyers are ranked.
    pub criteria: Criteria,
    /// The place of the layer before; none: bought nothing then.
    pub stood: Option<usize>,
    /// The place of the layer now; none: bought nothing.
    pub stands: Option<usize>,
}

impl Step {
    /// Ranks both periods and says who moved so, in the order of their places.
    pub fn take(&self, conn: &mut Conn) -> Result<Vec<i64>, StoreError> {
        let (before_from, before_to) = period_before(self.from, self.to);
        let before = build(insight::buyers(conn, before_from, before_to)?, &self.criteria);
        let now = build(insight::buyers(conn, self.from, self.to)?, &self.criteria);
        Ok(who_moved(&before, &now, self.stood, self.stands))
    }
}

/// An answer, with how far the outbox had come.
struct Answer {
    number: u64,
    step: Step,
    heads: Heads,
    movers: Arc<Vec<i64>>,
}

/// The last answers.
#[derive(Default)]
pub struct Desk(Mutex<(u64, VecDeque<Answer>)>);

impl Desk {
    /// Who moved so, and the number of that answer. The first page is of what stands now; a later one, which names the answer that it goes on
    /// with, is of that one, as long as it is kept: nobody is left out or listed twice because somebody bought meanwhile.
    pub fn movers(&self, conn: &mut Conn, step: &Step, goes_on: Option<u64>) -> Result<(u64, Arc<Vec<i64>>), StoreError> {
        let heads = event::heads(conn)?;
        let found = |answers: &VecDeque<Answer>| {
            let is_it = |answer: &&Answer| {
                answer.step == *step && (goes_on == Some(answer.number) || goes_on.is_none() && answer.heads == heads)
            };
            answers.iter().find(is_it).map(|answer| (answer.number, Arc::clone(&answer.movers)))
        };
        if let Some(known) = found(&self.0.lock().unwrap_or_else(PoisonError::into_inner).1) {
            return Ok(known);
        }
        // Nobody waits for this who asks something else.
        let movers = Arc::new(step.take(conn)?);
        let mut desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (numbers, answers) = &mut *desk;
        *numbers += 1;
        answers.push_front(Answer { number: *numbers, step: step.clone(), heads, movers: Arc::clone(&movers) });
        answers.truncate(KEPT);
        Ok((*numbers, movers))
    }
}

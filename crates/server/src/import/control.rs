//! A running import seen from outside: how far it is, and whether it should end.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::job::Counts;

/// Why an import should end before its file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Somebody cancelled it.
    Cancelled,
    /// The program ends; it goes on when the program is there again.
    Suspended,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Progress {
    /// Rows read, the interrupted tries before this one included.
    pub rows_read: u64,
    /// Rows of the file, where they are known.
    pub rows_total: Option<u64>,
    /// How much of the file is read, from 0 to 1.
    pub share: f64,
    /// Rows read a second since this try began.
    pub rows_per_second: f64,
    /// Seconds until the end at this rate.
    pub seconds_left: Option<f64>,
    /// What became of the rows.
    pub counts: Counts,
}

/// The hand on a running import.
#[derive(Debug)]
pub struct Control {
    stop: AtomicU8,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    progress: Progress,
    /// Since when rows are read, from which row and which share on.
    began: Option<(Instant, u64, f64)>,
}

impl Default for Control {
    fn default() -> Self {
        Control { stop: AtomicU8::new(0), state: Mutex::new(State { progress: Progress::default(), began: None }) }
    }
}

impl Control {
    /// Asks for an end. A cancellation stands also when the program ends afterwards.
    pub fn stop(&self, why: Stop) {
        let word = match why {
            Stop::Cancelled => 2,
            Stop::Suspended => 1,
        };
        self.stop.fetch_max(word, Ordering::Relaxed);
    }

    /// Whether an end was asked for.
    pub fn stopped(&self) -> Option<Stop> {
        match self.stop.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Stop::Suspended),
            _ => Some(Stop::Cancelled),
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).progress
    }

    /// Notes how far it is; rate and time left follow.
    pub fn tell(&self, rows_read: u64, rows_total: Option<u64>, share: f64, counts: Counts) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let (began, from_row, from_share) = *state.began.get_or_insert((now, rows_read, share));
        let seconds = now.duration_since(began).as_secs_f64();
        let (rows, shares) = (rows_read.saturating_sub(from_row) as f64, share - from_share);
        state.progress = Progress {
            rows_read,
            rows_total,
            share: share.clamp(0.0, 1.0),
            rows_per_second: if seconds > 0.0 { rows / seconds } else { 0.0 },
            seconds_left: (seconds > 0.5 && shares > 0.0).then(|| (1.0 - share).max(0.0) * seconds / shares),
            counts,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancellation_outlives_the_end_of_the_program() {
        let control = Control::default();
        assert_eq!(control.stopped(), None);
        control.stop(Stop::Suspended);
        assert_eq!(control.stopped(), Some(Stop::Suspended));
        control.stop(Stop::Cancelled);
        control.stop(Stop::Suspended);
        assert_eq!(control.stopped(), Some(Stop::Cancelled));
    }
}

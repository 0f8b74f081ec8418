//! Expected value: how likely a member comes again, how often, and for how much, in the days ahead.
//!
//! The count is half [`bg_nbd`]'s and half a fading rate's: (Σ 2^(−weeks ago / 12) + r) / (weeks so weighed + α), the mean of a gamma
//! distributed rate whose evidence fades (Smith and Miller, "A Non-Gaussian State Space Model and Application to Prediction of Records",
//! JRSS B 48, 1986), brought to the total of BG/NBD. What a purchase is worth is [`gamma_gamma`]'s, over all days, the first included.
//! The halves and the twelve weeks were chosen on The Complete Journey and CDNOW, from what was known by 30 September alone; the
//! command `danggol-sim bench --only expected-value` shows how well they do afterwards.

pub mod bg_nbd;
pub mod calibration;
#[cfg(test)]
mod chance;
mod fitting;
pub mod gamma_gamma;
mod history;
mod hypergeometric;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::fitting::Maximum;
pub use self::history::{Bought, History};
use bg_nbd::Visits;
use calibration::{Calibration, Outcome};
use gamma_gamma::Spending;

/// Members who came again, below which no parameters are fitted: four of them must be told from chance.
pub const REPEAT_BUYERS_MIN: usize = 50;
/// Days from the first purchase of the brand, below which nothing is fitted: eight weeks.
pub const OBSERVED_DAYS_MIN: i32 = 56;
/// How much of the expected count is BG/NBD's; the rest is the fading rate's.
const BG_NBD_SHARE: f64 = 0.5;
/// The most that an expected amount may be, in minor units: far beyond what anybody buys, and well within what a program can add up.
const AMOUNT_MINOR_MAX: f64 = 1e15;

/// Why there is no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ModelLack)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Lack {
    /// Too few members have come again.
    RepeatBuyers {
        /// How many have.
        found: usize,
        /// How many must have.
        needed: usize,
    },
    /// Too few days have passed since the first purchase.
    Days {
        /// How many have.
        found: i32,
        /// How many must have.
        needed: i32,
    },
    /// The search for parameters found no maximum of the likelihood.
    Maximum,
}

/// What was fitted to all members.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Model {
    /// How often they come.
    pub bg_nbd: bg_nbd::Parameters,
    /// What they spend.
    pub gamma_gamma: gamma_gamma::Parameters,
    /// What the fading rates are multiplied by so that all members together come as often as BG/NBD says.
    pub fading_scale: f64,
    /// The days ahead that are spoken of.
    pub horizon_days: u16,
    /// Members it was fitted to.
    pub members: usize,
    /// Those of them who had come again.
    pub repeat_buyers: usize,
    /// The last business day that was observed, as days since 1970-01-01.
    pub until_day: i32,
}

/// What is expected of a member.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Expectation {
    /// The probability that she still is a customer.
    pub probability_active: f64,
    /// The probability that she comes at least once in the days ahead.
    pub probability_coming: f64,
    /// How often she comes in the days ahead.
    pub purchases: f64,
    /// What she spends on a day on which she comes, in minor units.
    pub mean_minor: i64,
    /// What she spends in the days ahead, in minor units.
    pub amount_minor: i64,
}

fn visits(history: &History) -> Visits {
    Visits { repeats: history.frequency(), recency: history.recency_weeks(), age: history.age_weeks() }
}

fn spending(history: &History) -> Spending {
    Spending { days: history.days(), mean: history.mean_minor() }
}

/// Fits the models to all members whose histories end on the same day.
pub fn fit(histories: &[History], horizon_days: u16) -> Result<Model, Lack> {
    let repeat_buyers = histories.iter().filter(|history| history.repeats > 0).count();
    if repeat_buyers < REPEAT_BUYERS_MIN {
        return Err(Lack::RepeatBuyers { found: repeat_buyers, needed: REPEAT_BUYERS_MIN });
    }
    let until_day = histories.iter().map(|history| history.until_day).max().unwrap_or_default();
    let days = until_day - histories.iter().map(|history| history.first_day).min().unwrap_or_default();
    if days < OBSERVED_DAYS_MIN {
        return Err(Lack::Days { found: days, needed: OBSERVED_DAYS_MIN });
    }
    let (bg_nbd, _) = bg_nbd::fit(&histories.iter().map(visits).collect::<Vec<_>>()).ok_or(Lack::Maximum)?;
    let (gamma_gamma, _) = gamma_gamma::fit(&histories.iter().map(spending).collect::<Vec<_>>()).ok_or(Lack::Maximum)?;
    let members = histories.len();
    let mut model = Model { bg_nbd, gamma_gamma, fading_scale: 1.0, horizon_days, members, repeat_buyers, until_day };
    let all: f64 = histories.iter().map(|history| bg_nbd.expected_repeats(&visits(history), model.weeks())).sum();
    let fading: f64 = histories.iter().map(|history| model.fading_repeats(history)).sum();
    model.fading_scale = all / fading;
    Ok(model)
}

/// What was fitted, and how well the same models had done on the newest days, when they were fitted without them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Fitted to everything.
    pub model: Model,
    /// Fitted without the newest days and held against them; none while there is too little before them.
    pub calibration: Option<Calibration>,
}

/// Fits the models to the purchases of all members up to and on a business day, and calibrates them on as many of the newest days as are
/// spoken of ahead. The members stand in the order that decides ties.
pub fn fit_members(members: &mut [Vec<Bought>], until_day: i32, horizon_days: u16) -> Result<Fitted, Lack> {
    let histories: Vec<History> = members.iter_mut().filter_map(|bought| History::of(bought, until_day)).collect();
    let model = fit(&histories, horizon_days)?;
    let cut = until_day - i32::from(horizon_days);
    let outcomes: Vec<Outcome> = members.iter_mut().filter_map(|bought| Outcome::of(bought, cut, horizon_days)).collect();
    let calibration = calibration::calibrate(&outcomes, horizon_days).ok().map(|(_, calibration)| calibration);
    Ok(Fitted { model, calibration })
}

impl Model {
    /// The days ahead in weeks, the unit of the models.
    fn weeks(&self) -> f64 {
        f64::from(self.horizon_days) / 7.0
    }

    /// How often a member comes in the days ahead by her fading rate.
    fn fading_repeats(&self, history: &History) -> f64 {
        let rate = (history.fading_repeats + self.bg_nbd.r) / (history.fading_weeks() + self.bg_nbd.alpha);
        self.fading_scale * rate * self.weeks()
    }

    /// What is expected of a member in the days after her history ends.
    pub fn expect(&self, history: &History) -> Expectation {
        let visits = visits(history);
        let by_bg_nbd = self.bg_nbd.expected_repeats(&visits, self.weeks());
        let purchases = BG_NBD_SHARE * by_bg_nbd + (1.0 - BG_NBD_SHARE) * self.fading_repeats(history);
        let mean = self.gamma_gamma.expected_mean(&spending(history));
        let minor = |amount: f64| amount.clamp(0.0, AMOUNT_MINOR_MAX).round() as i64;
        Expectation {
            probability_active: self.bg_nbd.probability_active(&visits),
            probability_coming: self.bg_nbd.probability_coming(&visits, self.weeks()),
            purchases,
            mean_minor: minor(mean),
            amount_minor: minor(purchases * mean),
        }
    }
}

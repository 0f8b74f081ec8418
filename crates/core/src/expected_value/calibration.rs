//! Calibration: what was expected against what came, on days that the fitted model had not seen.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Bought, History, Lack, Model, fit};
use crate::pyramid::cut;

/// Members who came again so often or more are one group.
const REPEATS_MAX: u32 = 7;
/// The members from the top whose share of the sales is told, in ten-thousandths: 5 % and 20 %.
const TOPS_BP: [i64; 2] = [500, 2_000];

/// Members who had come again equally often.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationGroup)]
pub struct Group {
    /// How often; of the last group, so often or more.
    pub repeats: u32,
    /// How many they are.
    pub members: usize,
    /// How often they were expected to come, on average.
    pub expected: f64,
    /// How often they came, on average.
    pub actual: f64,
}

/// How much of the later sales a list of members holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = CalibrationTop)]
pub struct Top {
    /// The members from the top, in ten-thousandths of all, rounded up.
    pub members_bp: i64,
    /// The share of the sales held by those from whom most was expected.
    pub by_expected: f64,
    /// The share held by those who had spent most.
    pub by_past: f64,
    /// The share held by those who then spent most: no list holds more.
    pub at_best: f64,
}

/// What was expected against what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Calibration {
    /// The last business day that the model had seen, as days since 1970-01-01.
    pub until_day: i32,
    /// Days after it.
    pub days: u16,
    /// Members who had bought by then.
    pub members: usize,
    /// How often they were expected to come.
    pub expected_purchases: f64,
    /// How often they came.
    pub actual_purchases: u64,
    /// What they were expected to buy, in minor units.
    pub expected_amount_minor: i64,
    /// What they bought, in minor units.
    pub actual_amount_minor: i64,
    /// By how often they had come again.
    pub groups: Vec<Group>,
    /// How well the order holds.
    pub tops: Vec<Top>,
}

/// A member before and after the day on which the model stopped looking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Before.
    pub history: History,
    /// Days after it on which she bought.
    pub days: u32,
    /// What she bought on them, in minor units.
    pub amount_minor: i64,
}

impl Outcome {
    /// The purchases of one member, cut after `until_day`, what came later than `days` after it left out. None when she had not bought
    /// by then.
    pub fn of(purchases: &mut [Bought], until_day: i32, days: u16) -> Option<Self> {
        let history = History::of(purchases, until_day)?;
        let last = until_day.saturating_add(i32::from(days));
        let later = purchases.iter().filter(|bought| bought.day > until_day && bought.day <= last);
        let (mut seen, mut outcome) = (until_day, Self { history, days: 0, amount_minor: 0 });
        for bought in later {
            outcome.days += u32::from(bought.day > seen);
            seen = bought.day;
            outcome.amount_minor += bought.amount_minor;
        }
        Some(outcome)
    }
}

/// The share of the later sales held by the members with the greatest scores; of equal ones, those who stand first.
pub fn share_held(scores: &[i64], outcomes: &[Outcome], members_bp: i64) -> f64 {
    let mut order: Vec<usize> = (0..outcomes.len()).collect();
    order.sort_by_key(|&place| std::cmp::Reverse(scores[place]));
    let amount = |places: &[usize]| places.iter().map(|&place| outcomes[place].amount_minor).sum::<i64>() as f64;
    let all = amount(&order);
    if all > 0.0 { amount(&order[..cut(order.len(), members_bp)]) / all } else { 0.0 }
}

fn tops(expected: &[i64], outcomes: &[Outcome]) -> Vec<Top> {
    let past: Vec<i64> = outcomes.iter().map(|outcome| outcome.history.amount_minor).collect();
    let then: Vec<i64> = outcomes.iter().map(|outcome| outcome.amount_minor).collect();
    let top = |members_bp| Top {
        members_bp,
        by_expected: share_held(expected, outcomes, members_bp),
        by_past: share_held(&past, outcomes, members_bp),
        at_best: share_held(&then, outcomes, members_bp),
    };
    TOPS_BP.map(top).to_vec()
}

/// Fits the model to what was known and holds it against what came in the days after. The outcomes stand in the order of the members,
/// which decides ties.
pub fn calibrate(outcomes: &[Outcome], days: u16) -> Result<(Model, Calibration), Lack> {
    let histories: Vec<History> = outcomes.iter().map(|outcome| outcome.history).collect();
    let model = fit(&histories, days)?;
    let expectations: Vec<_> = histories.iter().map(|history| model.expect(history)).collect();
    let mut groups: Vec<Group> =
        (0..=REPEATS_MAX).map(|repeats| Group { repeats, members: 0, expected: 0.0, actual: 0.0 }).collect();
    for (outcome, expectation) in outcomes.iter().zip(&expectations) {
        let group = &mut groups[outcome.history.repeats.min(REPEATS_MAX) as usize];
        group.members += 1;
        group.expected += expectation.purchases;
        group.actual += f64::from(outcome.days);
    }
    let expected_purchases = groups.iter().map(|group| group.expected).sum();
    groups.retain(|group| group.members > 0);
    for group in &mut groups {
        group.expected /= group.members as f64;
        group.actual /= group.members as f64;
    }
    let amounts: Vec<i64> = expectations.iter().map(|expectation| expectation.amount_minor).collect();
    let calibration = Calibration {
        until_day: model.until_day,
        days,
        members: outcomes.len(),
        expected_purchases,
        actual_purchases: outcomes.iter().map(|outcome| u64::from(outcome.days)).sum(),
        expected_amount_minor: amounts.iter().sum(),
        actual_amount_minor: outcomes.iter().map(|outcome| outcome.amount_minor).sum(),
        groups,
        tops: tops(&amounts, outcomes),
    };
    Ok((model, calibration))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected_value::chance::Chance;
    use crate::expected_value::{Model, OBSERVED_DAYS_MIN, REPEAT_BUYERS_MIN, fit_members};

    /// Members whose rates are gamma distributed, who may drop out, and whose amounts differ; seen for 200 days and 90 more.
    fn members(count: u32) -> Vec<Vec<Bought>> {
        let mut chance = Chance::new(5);
        let mut member = |number: u32| {
            let (rate, drops) = (chance.gamma(2) / 40.0, 1.0 - chance.unit().powf(0.05));
            let amount = 6_000.0 / chance.gamma(4);
            let mut at = f64::from(number % 60);
            let mut purchases = Vec::new();
            while at < 291.0 {
                purchases.push(Bought { day: at as i32, amount_minor: (amount * chance.gamma(3)) as i64 });
                if purchases.len() > 1 && chance.unit() < drops {
                    break;
                }
                at += chance.exponential() / rate;
            }
            purchases
        };
        (0..count).map(&mut member).collect()
    }

    fn outcomes(count: u32) -> Vec<Outcome> {
        members(count).iter_mut().filter_map(|purchases| Outcome::of(purchases, 200, 90)).collect()
    }

    #[test]
    fn an_outcome_counts_the_days_after_the_cut() {
        let bought = |&(day, amount_minor): &(i32, i64)| Bought { day, amount_minor };
        let mut purchases: Vec<Bought> = [(10, 5), (20, 7), (21, 1), (21, 2), (30, 4), (31, 9)].iter().map(bought).collect();
        let outcome = Outcome::of(&mut purchases, 20, 10).unwrap();
        assert_eq!((outcome.history.repeats, outcome.days, outcome.amount_minor), (1, 2, 7));
        assert_eq!(Outcome::of(&mut purchases, 9, 10), None);
    }

    #[test]
    fn what_was_expected_of_simulated_members_comes() {
        let (model, found) = calibrate(&outcomes(20_000), 90).expect("a model");
        assert_eq!((found.members, found.until_day, model.horizon_days), (20_000, 200, 90));
        assert!((found.expected_purchases / found.actual_purchases as f64 - 1.0).abs() < 0.04, "{found:?}");
        assert!((found.expected_amount_minor as f64 / found.actual_amount_minor as f64 - 1.0).abs() < 0.06, "{found:?}");
        // Half of the count is a rate that knows nothing of dropping out, and these members do drop out.
        for group in &found.groups {
            assert!((group.expected - group.actual).abs() < 0.4 * group.actual, "{group:?}");
        }
        let top = found.tops[1];
        assert!(top.by_past < top.by_expected && top.by_expected < top.at_best && top.at_best <= 1.0, "{top:?}");
    }

    #[test]
    fn all_members_are_fitted_to_everything_and_calibrated_on_the_newest_days() {
        let mut members = members(3_000);
        let fitted = fit_members(&mut members, 290, 90).expect("a model");
        let calibration = fitted.calibration.expect("a calibration");
        assert_eq!((fitted.model.until_day, calibration.until_day, calibration.days), (290, 200, 90));
        assert_eq!(calibrate(&outcomes(3_000), 90).map(|(_, calibration)| calibration), Ok(calibration));
        // Of 110 days the first 20 are too few to foretell the other 90, but all of them are enough.
        assert_eq!(fit_members(&mut members, 110, 90).expect("a model").calibration, None);
    }

    #[test]
    fn the_same_members_give_the_same_model() {
        assert_eq!(calibrate(&outcomes(500), 90).expect("a model"), calibrate(&outcomes(500), 90).expect("a model"));
    }

    #[test]
    fn too_little_is_refused_with_its_reason() {
        let fitted = |outcomes: &[Outcome]| calibrate(outcomes, 90).map(|(model, _): (Model, _)| model.members);
        let once: Vec<Outcome> =
            (0..100).filter_map(|day| Outcome::of(&mut [Bought { day, amount_minor: 1 }], 200, 90)).collect();
        let short: Vec<Outcome> =
            (0..100).filter_map(|_| Outcome::of(&mut [0, 5].map(|day| Bought { day, amount_minor: 9 }), 20, 90)).collect();
        assert_eq!(fitted(&[]), Err(Lack::RepeatBuyers { found: 0, needed: REPEAT_BUYERS_MIN }));
        assert_eq!(fitted(&once), Err(Lack::RepeatBuyers { found: 0, needed: REPEAT_BUYERS_MIN }));
        assert_eq!(fitted(&short), Err(Lack::Days { found: 20, needed: OBSERVED_DAYS_MIN }));
    }

    #[test]
    fn whoever_gave_everything_back_is_expected_to_spend_like_others() {
        let outcomes = outcomes(2_000);
        let (model, _) = calibrate(&outcomes, 90).expect("a model");
        let with = |amount_minor| model.expect(&History { amount_minor, ..outcomes[0].history });
        assert_eq!(with(-500), with(0));
        assert!(with(0).mean_minor > 0 && with(0).amount_minor < with(50_000).amount_minor);
    }
}

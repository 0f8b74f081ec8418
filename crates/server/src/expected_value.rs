//! Expected value, fitted anew when there were purchases since.

use std::sync::Arc;

use danggol_core::expected_value::{Fitted, Lack, fit_members};
use danggol_store::{Conn, StoreError, expected_value};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::problem::{ApiError, ApiResult, kinds};

/// The days ahead that are spoken of: a season, long enough for a monthly visitor to be seen, and short enough to be acted upon.
pub const HORIZON_DAYS: u16 = 90;

/// What came of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Models.
    Fitted(Fitted),
    /// Too little to fit them to.
    Lack(Lack),
}

/// The newest fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// When it was made, in UTC milliseconds.
    pub fitted_at_ms: i64,
    /// The last business day that it knows, as days since 1970-01-01.
    pub until_day: i32,
    /// The newest purchase at that time.
    pub newest_purchase: Option<i64>,
    /// What came of it.
    pub outcome: Outcome,
}

impl Kept {
    /// Reads the newest fit. One that a later program wrote in another way is none, and so is made anew.
    pub fn read(conn: &mut Conn) -> Result<Option<Self>, StoreError> {
        Ok(expected_value::fitted(conn)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Whether another fit is due: there were purchases since, and a business day has ended or this one had too little to go by.
    fn is_due(&self, until_day: i32, newest_purchase: Option<i64>) -> bool {
        let lacked = matches!(self.outcome, Outcome::Lack(_));
        self.newest_purchase != newest_purchase && (lacked || self.until_day < until_day)
    }
}

/// Fits the models to all purchases up to yesterday when that is due. Says whether it did.
pub async fn refit_due(app: &Arc<App>) -> ApiResult<bool> {
    let now_ms = app.now_ms();
    let until_day = app.rules().moment(now_ms).day - 1;
    let members = app.store.read_apart(move |conn| {
        let newest = expected_value::newest_purchase(conn)?;
        let kept = Kept::read(conn)?;
        if kept.is_some_and(|kept| !kept.is_due(until_day, newest)) {
            return Ok(None);
        }
        Ok(Some((newest, expected_value::bought_by_members(conn, until_day)?)))
    });
    let Some((newest_purchase, mut members)) = members.await? else { return Ok(false) };
    let fitted = tokio::task::spawn_blocking(move || fit_members(&mut members, until_day, HORIZON_DAYS));
    let outcome = match fitted.await.map_err(|_| ApiError::new(&kinds::INTERNAL))? {
        Ok(fitted) => Outcome::Fitted(fitted),
        Err(lack) => Outcome::Lack(lack),
    };
    let kept = Kept { fitted_at_ms: now_ms, until_day, newest_purchase, outcome };
    let text = serde_json::to_string(&kept).map_err(|_| ApiError::new(&kinds::INTERNAL))?;
    app.store.write(move |conn| expected_value::keep(conn, &text)).await?;
    Ok(true)
}

//! Coupons as callers name them: by id or code, read at the edge, and guessing kept slow.

use danggol_core::coupon::{Code, CouponRefusal, Named, Shown};
use danggol_core::decide::ActorKind;
use danggol_core::id::CouponId;
use danggol_core::refusal::Refusal;

use crate::app::App;
use crate::auth::Caller;
use crate::limit::{Limiter, refusal};
use crate::problem::{ApiError, ApiResult};

/// How many wrong codes somebody may name, and who that is.
pub(crate) fn guesses<'a>(app: &'a App, caller: &Caller) -> (&'a Limiter, i64) {
    let actor = caller.actor();
    (if actor.kind == ActorKind::Key { &app.limits.codes_of_keys } else { &app.limits.codes }, actor.id)
}

/// What somebody wrote: the id of a coupon, or a code. Wrong codes too often, and no more are looked at for a while.
pub fn read(app: &App, caller: &Caller, text: &str) -> Result<Named, ApiError> {
    if let Ok(id) = text.trim().parse::<CouponId>() {
        return Ok(Named::Id(id));
    }
    let (limiter, guesser) = guesses(app, caller);
    limiter.look(guesser, app.now_ms()).map_err(refusal)?;
    match Code::read(text) {
        Ok(Code::Single(code)) => Ok(Named::Code(app.keyring.coupon_lookup(&code))),
        Ok(Code::Shared(code)) => Ok(Named::Code(code)),
        Err(_) => Err(Refusal::Coupon { place: None, why: CouponRefusal::Mistyped }.into()),
    }
}

/// The coupons that a purchase names.
pub fn shown(app: &App, caller: &Caller, texts: &[String]) -> ApiResult<Vec<Shown>> {
    let one = |(place, text): (usize, &String)| match read(app, caller, text) {
        Ok(named) => Ok(Shown { named, fresh: CouponId(app.next_id()) }),
        Err(error) => Err(error.at(format!("coupons[{place}]"))),
    };
    texts.iter().enumerate().map(one).collect()
}

/// Takes note of a code that stands for nothing.
pub fn note_guess(app: &App, caller: &Caller, why: &Refusal) {
    if matches!(why, Refusal::Coupon { why: CouponRefusal::Unknown, .. }) {
        // An empty bucket stays empty; the next code is refused by it.
        let (limiter, guesser) = guesses(app, caller);
        limiter.take(guesser, app.now_ms()).ok();
    }
}

//! Gifts as the server sees them: what a member may have, codes named by callers, and reservations whose time is over.

use std::sync::Arc;

use danggol_core::coupon::{Code, CodeMark};
use danggol_core::decide::{Actor, ActorKind, Command, Envelope, Rules};
use danggol_core::gift::{Gift, GiftAct, GiftOrder, GiftRefusal};
use danggol_core::id::{EntryId, MemberId, ReservationId};
use danggol_core::refusal::Refusal;
use danggol_store::{Conn, StoreError, gift, person};

use crate::app::App;
use crate::auth::Caller;
use crate::coupon::guesses;
use crate::limit::refusal;
use crate::problem::{ApiError, ApiResult};
use crate::segment::{Segments, now};

/// How many reservations lapse at a time; live commands get their turn between.
const LAPSED_AT_ONCE: i64 = 500;
/// Characters of a code that are kept to be shown.
const TAIL_CHARACTERS: usize = 4;

/// By what the code of a reservation is known.
pub fn mark_of(app: &App, id: ReservationId) -> CodeMark {
    let code = app.keyring.reservation_code(id);
    CodeMark { hash: app.keyring.reservation_lookup(&code), tail: code[code.len() - TAIL_CHARACTERS..].to_owned() }
}

/// The hash of a code that somebody wrote. Wrong codes too often, and no more are looked at for a while.
pub fn read_code(app: &App, caller: &Caller, text: &str) -> Result<String, ApiError> {
    let (limiter, guesser) = guesses(app, caller);
    limiter.look(guesser, app.now_ms()).map_err(refusal)?;
    match Code::read(text) {
        Ok(Code::Single(code)) => Ok(app.keyring.reservation_lookup(&code)),
        Ok(Code::Shared(_)) | Err(_) => Err(Refusal::Gift(GiftRefusal::Mistyped).into()),
    }
}

/// Takes note of a code that stands for nothing.
pub fn note_guess(app: &App, caller: &Caller) {
    let (limiter, guesser) = guesses(app, caller);
    limiter.take(guesser, app.now_ms()).ok();
}

/// Of some gifts, the line of its allowances that a member fits now; she is read only where one of them asks something of her.
pub fn allowances(
    conn: &mut Conn,
    rules: &Rules,
    (member, now_ms): (MemberId, i64),
    gifts: &[Gift],
) -> Result<Vec<Option<usize>>, StoreError> {
    if !gifts.iter().any(|gift| gift.terms.asks()) {
        return Ok(gifts.iter().map(|gift| (!gift.terms.allowances.is_empty()).then_some(0)).collect());
    }
    let (segments, now) = (Segments::read(conn)?, now(rules, now_ms));
    let Some(kept) = person::find(conn, &[member], now)?.pop() else { return Ok(vec![None; gifts.len()]) };
    let memberships = kept.memberships(&segments.rules);
    let person = kept.at(&memberships, now);
    Ok(gifts.iter().map(|gift| gift.terms.allowance(&person)).collect())
}

/// Lets every reservation lapse whose time is over, and gives its points back; says how many. Another server may have been there.
pub async fn lapse_due(app: &Arc<App>) -> ApiResult<usize> {
    let mut lapsed = 0;
    loop {
        let now_ms = app.now_ms();
        let due = app.store.read(move |conn| gift::due(conn, now_ms, LAPSED_AT_ONCE)).await?;
        let found = due.len() as i64;
        let done = app.pipeline.submit_all(due.into_iter().map(lapse).collect()).await?;
        lapsed += done;
        if found < LAPSED_AT_ONCE || done == 0 {
            return Ok(lapsed);
        }
    }
}

fn lapse((id, member): (ReservationId, MemberId)) -> Envelope {
    let order = GiftOrder { member, act: GiftAct::Lapse(id), staff: None, reason: None };
    let actor = Actor { kind: ActorKind::System, id: 0 };
    Envelope { id: EntryId(0), actor, key: None, command: Command::Gift(order) }
}

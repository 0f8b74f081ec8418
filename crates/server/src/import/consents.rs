//! What members agreed to, as rows tell it.
//!
//! A cell says `given` or `withdrawn`, or the like in four languages, and may say when behind that, as the export writes it. What was said later
//! than all that is known is kept. A word without its moment is more careful: it tells of an agreement only where nobody was ever asked, so that
//! a file that is imported twice does not bring back what was withdrawn in between.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};

use danggol_core::consent::{Consent, ConsentWay, Consents, Matter, Said};
use danggol_core::decide::Actor;
use danggol_core::id::{ConsentId, MemberId};
use danggol_core::time::{DAY_MS, parse_rfc3339, rfc3339};
use danggol_store::StoreError;
use danggol_store::consent::{self, Statement};
use danggol_store::member;

use super::reason::Reason;
use crate::app::App;
use crate::problem::{ApiError, kinds};

/// The words for an agreement, in small letters.
const GIVEN: &[&str] = &[
    "given",
    "yes",
    "y",
    "true",
    "1",
    "agree",
    "agreed",
    "opt-in",
    "是",
    "同意",
    "已同意",
    "接受",
    "예",
    "동의",
    "동의함",
    "수신동의",
];

/// The words for no agreement, in small letters.
const WITHDRAWN: &[&str] = &[
    "withdrawn",
    "no",
    "n",
    "false",
    "0",
    "disagree",
    "opt-out",
    "否",
    "不同意",
    "拒绝",
    "拒絕",
    "已撤回",
    "아니오",
    "미동의",
    "거부",
    "철회",
    "철회함",
    "수신거부",
];

/// What a row says on one matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    matter: Matter,
    said: Said,
    /// UTC milliseconds; none where the row does not say.
    at_ms: Option<i64>,
}

/// What a cell says on a matter.
pub(super) fn told(matter: &Matter, text: &str, now_ms: i64) -> Result<Told, Reason> {
    let fault = |kind| Reason::Field(ApiError::new(kind).at(format!("consent.{matter}")));
    let text = text.trim();
    let (word, at) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let plain = word.to_lowercase();
    let said = match plain.as_str() {
        word if GIVEN.contains(&word) => Said::Given,
        word if WITHDRAWN.contains(&word) => Said::Withdrawn,
        _ => return Err(fault(&kinds::CONSENT_WORD)),
    };
    let at_ms = match at.trim() {
        "" => None,
        at => Some(parse_rfc3339(at).ok_or_else(|| fault(&kinds::TIME_INVALID))?),
    };
    if at_ms.is_some_and(|at_ms| at_ms > now_ms + DAY_MS) {
        return Err(fault(&kinds::TIME_IN_FUTURE));
    }
    Ok(Told { matter: matter.clone(), said, at_ms: at_ms.map(|at_ms| at_ms.min(now_ms)) })
}

/// What holds on a matter as an export writes it and an import reads it.
pub(crate) fn text_of(held: &Consents, matter: &str) -> Option<String> {
    held.get(matter).map(|consent| format!("{} {}", consent.said.word(), rfc3339(consent.at_ms)))
}

impl Told {
    /// Whether it says something new of somebody of whom this holds.
    fn is_news(&self, held: &Consents) -> bool {
        match (held.get(&self.matter.to_string()), self.at_ms, self.said) {
            (None, _, _) => true,
            (Some(known), Some(at_ms), _) => at_ms > known.at_ms,
            (Some(known), None, said) => said == Said::Withdrawn && known.said == Said::Given,
        }
    }
}

/// Keeps what rows say of members. Says of whom anything was new.
pub(super) fn keep(app: &App, actor: Actor, rows: Vec<(MemberId, Vec<Told>)>) -> Result<HashSet<MemberId>, StoreError> {
    let rows: Vec<_> = rows.into_iter().filter(|(_, told)| !told.is_empty()).collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let (now_ms, ids) = (app.now_ms(), Arc::clone(&app.ids));
    let country = app.brand().country.clone();
    app.store.write_blocking(move |conn| {
        let rules = consent::rules(conn, &country)?;
        let members: Vec<MemberId> = rows.iter().map(|(member, _)| *member).collect();
        let mut held: BTreeMap<MemberId, Consents> =
            member::files(conn, &members)?.into_iter().map(|record| (record.id, record.consents)).collect();
        let mut statements = Vec::new();
        let mut changed = HashSet::new();
        for (member, told) in &rows {
            let Some(held) = held.get_mut(member) else { continue };
            for told in told {
                if !told.is_news(held) {
                    continue;
                }
                let at_ms = told.at_ms.unwrap_or(now_ms);
                statements.push(Statement {
                    id: ConsentId(ids.lock().unwrap_or_else(PoisonError::into_inner).next(now_ms)),
                    member: *member,
                    matter: told.matter.clone(),
                    said: told.said,
                    at_ms,
                    version: rules.purpose(&told.matter.purpose).and_then(|purpose| purpose.version_at(at_ms)),
                    way: ConsentWay::Import,
                    actor,
                });
                held.insert(told.matter.to_string(), Consent { said: told.said, at_ms });
                changed.insert(*member);
            }
        }
        consent::say(conn, &statements, now_ms)?;
        Ok(changed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    fn sms() -> Matter {
        Matter::parse("advertising.sms").expect("a matter")
    }

    #[test]
    fn cells_in_four_languages_and_as_they_are_exported() {
        let at = |said, at_ms| Ok::<Told, &str>(Told { matter: sms(), said, at_ms });
        for (text, expected) in [
            ("given", at(Said::Given, None)),
            (" Yes ", at(Said::Given, None)),
            ("동의", at(Said::Given, None)),
            ("同意", at(Said::Given, None)),
            ("拒絕", at(Said::Withdrawn, None)),
            ("수신거부", at(Said::Withdrawn, None)),
            ("withdrawn 1970-01-01T00:00:01Z", at(Said::Withdrawn, Some(1_000))),
            ("perhaps", Err("consent_word")),
            ("given yesterday", Err("time_invalid")),
            ("given 2190-01-01T00:00:00Z", Err("time_in_future")),
        ] {
            assert_eq!(told(&sms(), text, NOW_MS).map_err(|reason| reason.code()), expected, "{text}");
        }
        let held = Consents::from([("advertising.sms".to_owned(), Consent { said: Said::Given, at_ms: 5_000 })]);
        let text = text_of(&held, "advertising.sms").expect("she was asked");
        assert_eq!(told(&sms(), &text, NOW_MS).ok(), at(Said::Given, Some(5_000)).ok());
    }

    #[test]
    fn a_word_without_its_moment_brings_back_nothing_that_was_withdrawn() {
        let of = |said, at_ms| Told { matter: sms(), said, at_ms };
        let held = |said| Consents::from([("advertising.sms".to_owned(), Consent { said, at_ms: 5_000 })]);
        for (name, told, held, expected) in [
            ("never asked", of(Said::Given, None), Consents::new(), true),
            ("given already", of(Said::Given, None), held(Said::Given), false),
            ("withdrawn since", of(Said::Given, None), held(Said::Withdrawn), false),
            ("a withdrawal", of(Said::Withdrawn, None), held(Said::Given), true),
            ("withdrawn already", of(Said::Withdrawn, None), held(Said::Withdrawn), false),
            ("agreed later", of(Said::Given, Some(6_000)), held(Said::Withdrawn), true),
            ("the same again", of(Said::Given, Some(5_000)), held(Said::Given), false),
            ("an older word", of(Said::Withdrawn, Some(4_000)), held(Said::Given), false),
        ] {
            assert_eq!(told.is_news(&held), expected, "{name}");
        }
    }
}

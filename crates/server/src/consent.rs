//! Consents on the wire: what somebody said, what holds of a member, and for what the brand asks.

use std::collections::BTreeMap;

use danggol_core::consent::{
    ConsentChannel, ConsentFault, ConsentRules, ConsentWay, Consents, Matter, Purpose, Said, Wording, WordingVersion,
};
use danggol_core::decide::{Actor, ActorKind};
use danggol_core::gift::LocalText;
use danggol_core::id::{ConsentId, MemberId};
use danggol_core::language::Language;
use danggol_core::time::{DAY_MS, parse_rfc3339, rfc3339};
use danggol_store::consent::Statement;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::{ApiError, ApiResult, kinds};
use crate::view::{ActorView, Lens};

/// The most that somebody says at once: every purpose by every channel.
const SAID_MAX: usize = 200;

/// What a member says on one purpose, by one channel where the purpose has channels.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentDraft {
    /// The code of the purpose.
    #[schema(min_length = 1, max_length = 32)]
    pub purpose: String,
    /// By which way; left out where the purpose has none.
    pub channel: Option<ConsentChannel>,
    /// What she says.
    pub said: Said,
    /// The version of the wording that she read; that of now when it is left out.
    #[schema(minimum = 1)]
    pub version: Option<i64>,
    /// When she said it, where that is not now (RFC 3339). What she said later holds.
    pub at: Option<String>,
}

/// Whoever keeps what members say.
pub struct Clerk<'a> {
    /// What makes ids and tells the time.
    pub app: &'a App,
    /// For what the brand asks.
    pub rules: &'a ConsentRules,
    /// Who.
    pub actor: Actor,
}

impl Clerk<'_> {
    /// By which way members say it where nothing else is told: to the brand's people, or by a program.
    pub fn usual_way(&self) -> ConsentWay {
        match self.actor.kind {
            ActorKind::User => ConsentWay::Counter,
            ActorKind::Import => ConsentWay::Import,
            _ => ConsentWay::Api,
        }
    }

    /// What a member says, ready to be kept. `field` is where it stands in the request.
    pub fn read(
        &self,
        member: MemberId,
        drafts: &[ConsentDraft],
        way: Option<ConsentWay>,
        field: &str,
    ) -> ApiResult<Vec<Statement>> {
        if drafts.len() > SAID_MAX {
            return Err(ApiError::new(&kinds::OUT_OF_RANGE).at(field));
        }
        let now_ms = self.app.now_ms();
        let mut statements: Vec<Statement> = Vec::with_capacity(drafts.len());
        for (place, draft) in drafts.iter().enumerate() {
            let at = |name: &str| format!("{field}[{place}].{name}");
            let matter = Matter { purpose: draft.purpose.clone(), channel: draft.channel };
            if !self.rules.asks(&matter) {
                return Err(ApiError::new(&kinds::CONSENT_NOT_ASKED).at(at("purpose")));
            }
            let newest = self.rules.purpose(&matter.purpose).and_then(Purpose::version);
            if draft.version.is_some_and(|version| !(1..=newest.unwrap_or(0)).contains(&version)) {
                return Err(ApiError::new(&kinds::OUT_OF_RANGE).at(at("version")));
            }
            if statements.iter().any(|other| other.matter == matter) {
                return Err(ApiError::new(&kinds::CONSENT_TWICE).at(at("purpose")));
            }
            statements.push(Statement {
                id: ConsentId(self.app.next_id()),
                member,
                matter,
                said: draft.said,
                at_ms: instant(draft.at.as_deref(), now_ms).map_err(|error| error.at(at("at")))?,
                version: draft.version.or(newest),
                way: way.unwrap_or_else(|| self.usual_way()),
                actor: self.actor,
            });
        }
        Ok(statements)
    }
}

/// A moment that is not in the future; one of a clock that is a little ahead is now.
fn instant(at: Option<&str>, now_ms: i64) -> ApiResult<i64> {
    let Some(text) = at else { return Ok(now_ms) };
    let at_ms = parse_rfc3339(text).ok_or_else(|| ApiError::new(&kinds::TIME_INVALID))?;
    if at_ms > now_ms + DAY_MS { Err((&kinds::TIME_IN_FUTURE).into()) } else { Ok(at_ms.min(now_ms)) }
}

/// What holds of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// She agreed.
    Given,
    /// She does not agree, or not any more.
    Withdrawn,
    /// She was never asked: nothing is agreed to.
    NeverAsked,
}

impl From<Option<Said>> for ConsentState {
    fn from(said: Option<Said>) -> Self {
        match said {
            None => ConsentState::NeverAsked,
            Some(Said::Given) => ConsentState::Given,
            Some(Said::Withdrawn) => ConsentState::Withdrawn,
        }
    }
}

/// Something that a member said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentEntryView {
    /// Its id.
    pub id: ConsentId,
    /// The code of the purpose.
    pub purpose: String,
    /// What the purpose is called, in the caller's language.
    pub name: String,
    /// By which way.
    pub channel: Option<ConsentChannel>,
    /// What she said.
    pub said: Said,
    /// When she said it.
    pub at: String,
    /// The version of the wording that she read.
    pub version: Option<i64>,
    /// How it came.
    pub way: ConsentWay,
    /// Who kept it.
    pub actor: ActorView,
}

/// What a purpose is called; its code where the brand has forgotten it.
pub fn named(rules: &ConsentRules, code: &str, language: Language) -> String {
    rules.known(code).map_or_else(|| code.to_owned(), |purpose| purpose.name.read(language).to_owned())
}

impl ConsentEntryView {
    /// A word of a member as readers see it.
    pub fn new(lens: &Lens, rules: &ConsentRules, statement: &Statement) -> Self {
        let purpose = statement.matter.purpose.clone();
        ConsentEntryView {
            id: statement.id,
            name: named(rules, &purpose, lens.language),
            purpose,
            channel: statement.matter.channel,
            said: statement.said,
            at: rfc3339(statement.at_ms),
            version: statement.version,
            way: statement.way,
            actor: ActorView::new(lens, statement.actor),
        }
    }
}

/// What holds of a member on one purpose, by one channel where the purpose has channels.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentView {
    /// The code of the purpose.
    pub purpose: String,
    /// What it is called, in the caller's language.
    pub name: String,
    /// By which way.
    pub channel: Option<ConsentChannel>,
    /// What holds.
    pub state: ConsentState,
    /// Whether the brand still asks for it.
    pub asked: bool,
    /// What was said last; after a merge the word that holds of both. None where she was never asked.
    pub entry: Option<ConsentEntryView>,
    /// By when a consent is to be confirmed again, where the brand wants that.
    pub confirm_by: Option<String>,
}

/// What holds of a member on everything that the brand asks for, and on what it asked for once.
pub fn views(lens: &Lens, rules: &ConsentRules, held: &Consents, said: &[Statement]) -> Vec<ConsentView> {
    let mut decisive: BTreeMap<String, &Statement> = BTreeMap::new();
    // The newest come first.
    for statement in said {
        let matter = statement.matter.to_string();
        let decides = held.get(&matter).is_some_and(|consent| (consent.said, consent.at_ms) == (statement.said, statement.at_ms));
        if decides {
            decisive.entry(matter).or_insert(statement);
        }
    }
    let asked: Vec<Matter> = rules.purposes.iter().flat_map(Purpose::matters).collect();
    let once = held.keys().filter_map(|text| Matter::parse(text)).filter(|matter| !rules.asks(matter));
    let view = |matter: Matter, asked: bool| {
        let consent = held.get(&matter.to_string());
        let days = rules.purpose(&matter.purpose).and_then(|purpose| purpose.confirm_days);
        let given_ms = consent.filter(|consent| consent.said == Said::Given).map(|consent| consent.at_ms);
        ConsentView {
            name: named(rules, &matter.purpose, lens.language),
            state: consent.map(|consent| consent.said).into(),
            asked,
            entry: decisive.get(&matter.to_string()).map(|statement| ConsentEntryView::new(lens, rules, statement)),
            confirm_by: given_ms.zip(days).map(|(given_ms, days)| rfc3339(given_ms + days * DAY_MS)),
            channel: matter.channel,
            purpose: matter.purpose,
        }
    };
    let once: Vec<Matter> = once.collect();
    asked
        .into_iter()
        .map(|matter| (matter, true))
        .chain(once.into_iter().map(|matter| (matter, false)))
        .map(|(matter, asked)| view(matter, asked))
        .collect()
}

/// A purpose for which the brand asks, as it is written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PurposeDraft {
    /// The brand's code for it: small letters, digits and low lines, a letter in front.
    #[schema(min_length = 1, max_length = 32, pattern = "^[a-z][a-z0-9_]{0,31}$")]
    pub code: String,
    /// What members call it.
    pub name: LocalText,
    /// By which ways; none: it is asked for as a whole.
    #[serde(default)]
    #[schema(max_items = 8)]
    pub channels: Vec<ConsentChannel>,
    /// Whether it is asked for when somebody is enrolled at the counter.
    #[serde(default)]
    pub asked_at_counter: bool,
    /// After how many days a consent is confirmed again; none: never.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3660)]
    pub confirm_days: Option<i64>,
    /// What people read before they agree. Another text is another version; left out, what is read stays.
    pub wording: Option<Wording>,
}

/// For what the brand asks its members, as it is written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentRulesDraft {
    /// In the order in which they are asked.
    #[schema(max_items = 20)]
    pub purposes: Vec<PurposeDraft>,
}

impl ConsentRulesDraft {
    /// The rules that follow those of before: versions of wordings go on, also of a purpose that comes back.
    pub fn after(self, before: &ConsentRules, now_ms: i64) -> ApiResult<ConsentRules> {
        let purposes: Vec<Purpose> = self.purposes.into_iter().map(|draft| draft.after(before, now_ms)).collect();
        let codes = |code: &str| purposes.iter().any(|purpose| purpose.code == code);
        let gone = before.purposes.iter().chain(&before.retired).filter(|purpose| !codes(&purpose.code)).cloned().collect();
        let after = ConsentRules { purposes, retired: gone };
        match after.fault() {
            None => Ok(after),
            Some(fault) => Err(fault.into()),
        }
    }
}

impl PurposeDraft {
    fn after(self, before: &ConsentRules, now_ms: i64) -> Purpose {
        let mut wordings = before.known(&self.code).map(|purpose| purpose.wordings.clone()).unwrap_or_default();
        if let Some(text) = self.wording.filter(|text| text.texts().any(|text| !text.trim().is_empty()))
            && wordings.last().is_none_or(|newest| newest.text != text)
        {
            let version = wordings.last().map_or(1, |newest| newest.version + 1);
            wordings.push(WordingVersion { version, since_ms: now_ms, text });
        }
        Purpose {
            code: self.code,
            name: self.name,
            channels: self.channels,
            asked_at_counter: self.asked_at_counter,
            confirm_days: self.confirm_days,
            wordings,
        }
    }
}

impl From<ConsentFault> for ApiError {
    fn from(fault: ConsentFault) -> Self {
        let at = |place: usize, field: &str| format!("purposes[{place}].{field}");
        match fault {
            ConsentFault::TooMany => ApiError::new(&kinds::OUT_OF_RANGE).at("purposes"),
            ConsentFault::Code(place) => ApiError::new(&kinds::PURPOSE_CODE).at(at(place, "code")),
            ConsentFault::Name(place) => ApiError::new(&kinds::PURPOSE_NAME).at(at(place, "name")),
            ConsentFault::Channels(place) => ApiError::new(&kinds::CONSENT_TWICE).at(at(place, "channels")),
            ConsentFault::ConfirmDays(place) => ApiError::new(&kinds::OUT_OF_RANGE).at(at(place, "confirm_days")),
            ConsentFault::Wording(place) => ApiError::new(&kinds::TOO_LONG).at(at(place, "wording")),
        }
    }
}

/// A version of what people read before they agree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WordingView {
    /// Its number.
    pub version: i64,
    /// Since when it is read.
    pub since: String,
    /// What is read.
    pub text: Wording,
}

/// A purpose for which the brand asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PurposeView {
    /// The brand's code for it.
    pub code: String,
    /// What members call it.
    pub name: LocalText,
    /// By which ways; none: it is asked for as a whole.
    pub channels: Vec<ConsentChannel>,
    /// Whether it is asked for when somebody is enrolled at the counter.
    pub asked_at_counter: bool,
    /// After how many days a consent is confirmed again.
    pub confirm_days: Option<i64>,
    /// What people read before they agree, in its versions, the newest last.
    pub wordings: Vec<WordingView>,
}

/// For what the brand asks its members.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentRulesView {
    /// In the order in which they are asked.
    pub purposes: Vec<PurposeView>,
}

impl From<ConsentRules> for ConsentRulesView {
    fn from(rules: ConsentRules) -> Self {
        let wording = |wording: WordingVersion| WordingView {
            version: wording.version,
            since: rfc3339(wording.since_ms),
            text: wording.text,
        };
        let purpose = |purpose: Purpose| PurposeView {
            code: purpose.code,
            name: purpose.name,
            channels: purpose.channels,
            asked_at_counter: purpose.asked_at_counter,
            confirm_days: purpose.confirm_days,
            wordings: purpose.wordings.into_iter().map(wording).collect(),
        };
        ConsentRulesView { purposes: rules.purposes.into_iter().map(purpose).collect() }
    }
}

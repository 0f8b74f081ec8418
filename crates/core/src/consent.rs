//! What members have agreed to, by purpose and channel: what a brand asks for, what was said, and what holds once members are one person.
//!
//! Nobody is asked for anything before the brand says so, and who was never asked has agreed to nothing. Of two members who become one the most
//! restrictive word holds: what either has withdrawn stays withdrawn, however lately the other agreed, until the one person says otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attribute::Kind;
use crate::condition::{Operand, Operator, Value, compare, fits};
use crate::gift::LocalText;
use crate::id::MemberId;
use crate::language::Language;
use crate::time::DAY_MS;

/// The most purposes that a brand asks for.
pub const MAX_PURPOSES: usize = 20;
/// The longest code of a purpose, in characters.
pub const MAX_CODE: usize = 32;
/// The longest wording in one language, in characters.
pub const MAX_WORDING: usize = 4_000;
/// The most versions of the wording of one purpose.
pub const MAX_VERSIONS: usize = 100;
/// The most days after which a consent is confirmed again: ten years and a few days.
pub const MAX_CONFIRM_DAYS: i64 = 3_660;

/// The purpose of offers and news.
pub const ADVERTISING: &str = "advertising";
/// The purpose of offers and news at night, for which Korean law wants a consent of its own.
pub const NIGHT_ADVERTISING: &str = "night_advertising";
/// The purpose of offers made to measure from what she bought.
pub const PERSONALISATION: &str = "personalisation";

/// By which way a brand reaches a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentChannel {
    /// Text messages.
    Sms,
    /// E-mail.
    Email,
    /// Calls.
    Phone,
    /// KakaoTalk.
    Kakao,
    /// WeChat.
    Wechat,
    /// WeCom.
    Wecom,
    /// Messages of an app or a browser.
    Push,
    /// Letters.
    Post,
}

impl ConsentChannel {
    /// All of them.
    pub const ALL: [ConsentChannel; 8] =
        [Self::Sms, Self::Email, Self::Phone, Self::Kakao, Self::Wechat, Self::Wecom, Self::Push, Self::Post];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ConsentChannel::Sms => "sms",
            ConsentChannel::Email => "email",
            ConsentChannel::Phone => "phone",
            ConsentChannel::Kakao => "kakao",
            ConsentChannel::Wechat => "wechat",
            ConsentChannel::Wecom => "wecom",
            ConsentChannel::Push => "push",
            ConsentChannel::Post => "post",
        }
    }

    /// The channel of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }

    /// What people call it.
    pub fn label(self, language: Language) -> &'static str {
        language.pick(match self {
            ConsentChannel::Sms => &["短信", "簡訊", "문자", "SMS"],
            ConsentChannel::Email => &["邮件", "電子郵件", "이메일", "e-mail"],
            ConsentChannel::Phone => &["电话", "電話", "전화", "phone"],
            ConsentChannel::Kakao => &["KakaoTalk", "KakaoTalk", "카카오톡", "KakaoTalk"],
            ConsentChannel::Wechat => &["微信", "微信", "위챗", "WeChat"],
            ConsentChannel::Wecom => &["企业微信", "企業微信", "위컴", "WeCom"],
            ConsentChannel::Push => &["应用推送", "App 推播", "앱 알림", "app notifications"],
            ConsentChannel::Post => &["邮寄", "郵寄", "우편", "post"],
        })
    }
}

/// What is asked for: a purpose by a channel, or a purpose that has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Matter {
    /// The code of the purpose.
    pub purpose: String,
    /// By which way.
    pub channel: Option<ConsentChannel>,
}

impl fmt::Display for Matter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.purpose)?;
        self.channel.map_or(Ok(()), |channel| write!(f, ".{}", channel.word()))
    }
}

impl Matter {
    /// The matter of its one form, such as `advertising.sms`; none where it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (purpose, channel) = match text.split_once('.') {
            Some((purpose, channel)) => (purpose, Some(ConsentChannel::from_word(channel)?)),
            None => (text, None),
        };
        is_code(purpose).then(|| Matter { purpose: purpose.to_owned(), channel })
    }
}

/// Whether a text can be the code of a purpose: small letters, digits and low lines, a letter in front.
pub fn is_code(text: &str) -> bool {
    text.len() <= MAX_CODE
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// What a member says when she is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConsentWord)]
pub enum Said {
    /// She agrees.
    Given,
    /// She does not, or not any more.
    Withdrawn,
}

impl Said {
    /// All words.
    pub const WORDS: &'static [&'static str] = &["given", "withdrawn"];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Said::Given => "given",
            Said::Withdrawn => "withdrawn",
        }
    }

    /// What a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Said::Given, Said::Withdrawn].into_iter().find(|said| said.word() == word)
    }
}

/// By which way a member said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentWay {
    /// At the counter, or to somebody else of the brand's people.
    Counter,
    /// On the page on which she joined.
    Joining,
    /// By herself, on her own page.
    Member,
    /// In a file.
    Import,
    /// By a program.
    Api,
}

impl ConsentWay {
    /// All of them.
    pub const ALL: [ConsentWay; 5] = [Self::Counter, Self::Joining, Self::Member, Self::Import, Self::Api];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ConsentWay::Counter => "counter",
            ConsentWay::Joining => "joining",
            ConsentWay::Member => "member",
            ConsentWay::Import => "import",
            ConsentWay::Api => "api",
        }
    }

    /// The way of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.word() == word)
    }
}

/// What holds of a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What was said last, or most restrictively by those who became one.
    #[serde(rename = "s")]
    pub said: Said,
    /// When, in UTC milliseconds.
    #[serde(rename = "a")]
    pub at_ms: i64,
}

/// What holds of a member, by the one form of each matter; she was never asked for what is not there.
pub type Consents = BTreeMap<String, Consent>;

/// What happened to consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Somebody said something in a member's file.
    Said(MemberId, String, Consent),
    /// A member went into another.
    Merged {
        /// Who keeps.
        keep: MemberId,
        /// Who went into her.
        absorb: MemberId,
    },
}

/// The more restrictive of two words that two members said on one matter; of the same word the later.
fn stricter(one: Consent, other: Consent) -> Consent {
    let rank = |consent: &Consent| (consent.said == Said::Withdrawn, consent.at_ms);
    if rank(&one) >= rank(&other) { one } else { other }
}

/// What holds once another went into the one who keeps: what either withdrew stays withdrawn, and who was never asked takes nothing away.
pub fn join(keeper: &mut Consents, other: &Consents) {
    for (matter, consent) in other {
        let kept = keeper.entry(matter.clone()).or_insert(*consent);
        *kept = stricter(*kept, *consent);
    }
}

/// Tells a story in its order for some people alone: what was said by others, and merges with others, are left out. Gives what holds of each
/// who is left. What is said after a merge is said by the one person.
pub fn tell(steps: &[Step], people: &BTreeSet<MemberId>) -> BTreeMap<MemberId, Consents> {
    let mut held: BTreeMap<MemberId, Consents> = people.iter().map(|member| (*member, Consents::new())).collect();
    let mut homes: BTreeMap<MemberId, MemberId> = people.iter().map(|member| (*member, *member)).collect();
    for step in steps {
        match step {
            Step::Said(member, matter, consent) => {
                if let Some(consents) = homes.get(member).and_then(|home| held.get_mut(home)) {
                    consents.insert(matter.clone(), *consent);
                }
            }
            Step::Merged { keep, absorb } if people.contains(keep) && people.contains(absorb) => {
                let gone = held.remove(absorb).unwrap_or_default();
                join(held.entry(*keep).or_default(), &gone);
                homes.values_mut().filter(|home| *home == absorb).for_each(|home| *home = *keep);
            }
            Step::Merged { .. } => {}
        }
    }
    held
}

/// What a comparison asks of a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAsk {
    /// What was said: `given` or `withdrawn`.
    #[default]
    Said,
    /// How many full days ago.
    Days,
}

impl ConsentAsk {
    /// The kind of its value.
    pub fn kind(self) -> Kind {
        match self {
            ConsentAsk::Said => Kind::Choice,
            ConsentAsk::Days => Kind::Number,
        }
    }

    fn is_said(&self) -> bool {
        *self == ConsentAsk::Said
    }
}

/// One comparison of what a member has agreed to; missing where she was never asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentTest {
    /// The code of the purpose.
    pub consent: String,
    /// By which way, where the purpose has ways.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ConsentChannel>,
    /// What is compared.
    #[serde(default, skip_serializing_if = "ConsentAsk::is_said")]
    pub ask: ConsentAsk,
    /// How.
    pub op: Operator,
    /// With what; absent for `is_missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Operand>,
}

impl ConsentTest {
    /// What it is about, in its one form.
    pub fn matter(&self) -> String {
        Matter { purpose: self.consent.clone(), channel: self.channel }.to_string()
    }

    /// Whether a value passes.
    pub fn passes(&self, value: Value<'_>) -> bool {
        compare(self.ask.kind(), self.op, self.value.as_ref(), value)
    }

    /// What is compared of what holds, at `now_ms` (UTC milliseconds).
    pub fn value_of(&self, consent: Option<Consent>, now_ms: i64) -> Value<'static> {
        match (consent, self.ask) {
            (None, _) => Value::Missing,
            (Some(consent), ConsentAsk::Said) => Value::Text(consent.said.word()),
            (Some(consent), ConsentAsk::Days) => Value::Number((now_ms - consent.at_ms).max(0) / DAY_MS),
        }
    }

    /// Whether the value fits what is compared; only words that are said fit what was said.
    pub(crate) fn takes_value(&self) -> bool {
        let known = |word: &String| Said::from_word(word).is_some();
        fits(self.ask.kind(), self.op, self.value.as_ref())
            && match (&self.value, self.ask) {
                (Some(Operand::Text(word)), ConsentAsk::Said) => known(word),
                (Some(Operand::Texts(words)), ConsentAsk::Said) => words.iter().all(known),
                _ => true,
            }
    }
}

/// What people read before they agree, in one language or more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// In simplified Chinese.
    #[serde(rename = "zh-CN", default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub zh_cn: Option<String>,
    /// In traditional Chinese.
    #[serde(rename = "zh-TW", default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub zh_tw: Option<String>,
    /// In Korean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub ko: Option<String>,
    /// In English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub en: Option<String>,
}

impl Wording {
    /// What is written.
    pub fn texts(&self) -> impl Iterator<Item = &String> {
        [&self.zh_cn, &self.zh_tw, &self.ko, &self.en].into_iter().flatten()
    }
}

/// A version of what people read before they agree. It never changes: who agreed, agreed to this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WordingVersion {
    /// Its number: 1, 2, 3 …
    #[schema(minimum = 1)]
    pub version: i64,
    /// Since when it is read, in UTC milliseconds.
    pub since_ms: i64,
    /// What is read.
    pub text: Wording,
}

/// A purpose for which a brand asks its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// The brand's code for it: small letters, digits and low lines.
    #[schema(min_length = 1, max_length = 32, pattern = "^[a-z][a-z0-9_]{0,31}$")]
    pub code: String,
    /// What members call it.
    pub name: LocalText,
    /// By which ways; none: the purpose has no ways and is asked for as a whole.
    #[schema(max_items = 8)]
    pub channels: Vec<ConsentChannel>,
    /// Whether it is asked for when somebody is enrolled at the counter.
    #[serde(default)]
    pub asked_at_counter: bool,
    /// After how many days what was agreed to is confirmed again; none: never.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3660)]
    pub confirm_days: Option<i64>,
    /// What people read before they agree, in its versions, the newest last; none where the brand wrote nothing.
    #[serde(default)]
    pub wordings: Vec<WordingVersion>,
}

impl Purpose {
    /// The number of the wording that is read now.
    pub fn version(&self) -> Option<i64> {
        self.wordings.last().map(|wording| wording.version)
    }

    /// The number of the wording that was read at a moment (UTC milliseconds).
    pub fn version_at(&self, at_ms: i64) -> Option<i64> {
        self.wordings.iter().rev().find(|wording| wording.since_ms <= at_ms).map(|wording| wording.version)
    }

    /// What is asked for.
    pub fn matters(&self) -> impl Iterator<Item = Matter> {
        let channels: Vec<Option<ConsentChannel>> = match self.channels.is_empty() {
            true => vec![None],
            false => self.channels.iter().copied().map(Some).collect(),
        };
        channels.into_iter().map(|channel| Matter { purpose: self.code.clone(), channel })
    }
}

/// For what a brand asks its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRules {
    /// In the order in which they are asked.
    pub purposes: Vec<Purpose>,
    /// Those for which the brand asked once: what members agreed to then stays readable.
    #[serde(default)]
    pub retired: Vec<Purpose>,
}

/// What of a brand's purposes cannot stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentFault {
    /// There are more than [`MAX_PURPOSES`].
    TooMany,
    /// A code is none, or stands twice; the place of the purpose.
    Code(usize),
    /// A name is in no language, or too long.
    Name(usize),
    /// A channel stands twice.
    Channels(usize),
    /// The days after which it is confirmed again are not 1 to [`MAX_CONFIRM_DAYS`].
    ConfirmDays(usize),
    /// The wording is too long, or there have been more than [`MAX_VERSIONS`].
    Wording(usize),
}

impl ConsentRules {
    /// What a brand of a country (ISO 3166-1) asks for before it says otherwise. In Korea advertising between nine in the evening and eight in the
    /// morning wants a consent of its own, and what was agreed to is confirmed every two years (Act on Promotion of Information and
    /// Communications Network Utilization, articles 50 (3) and 50-8).
    pub fn usual(country: &str) -> Self {
        use ConsentChannel::{Email, Kakao, Phone, Push, Sms, Wechat, Wecom};
        let is_korean = country == "KR";
        let channels = match country {
            "KR" => vec![Sms, Kakao, Email, Phone],
            "CN" => vec![Sms, Wechat, Wecom, Phone],
            _ => vec![Sms, Email, Phone],
        };
        let purpose = |code: &str, name: [&str; 4], channels: Vec<ConsentChannel>, asked_at_counter: bool| Purpose {
            code: code.to_owned(),
            name: local(name),
            confirm_days: Some(730).filter(|_| is_korean && !channels.is_empty()),
            channels,
            asked_at_counter,
            wordings: Vec::new(),
        };
        let mut purposes = vec![purpose(ADVERTISING, NAME_OF_ADVERTISING, channels, true)];
        if is_korean {
            purposes.push(purpose(NIGHT_ADVERTISING, NAME_OF_NIGHT, vec![Sms, Kakao, Push], false));
        }
        purposes.push(purpose(PERSONALISATION, NAME_OF_PERSONALISATION, Vec::new(), false));
        ConsentRules { purposes, retired: Vec::new() }
    }

    /// A purpose by its code, whether it is asked for or was once.
    pub fn known(&self, code: &str) -> Option<&Purpose> {
        self.purposes.iter().chain(&self.retired).find(|purpose| purpose.code == code)
    }

    /// A purpose that is asked for, by its code.
    pub fn purpose(&self, code: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.code == code)
    }

    /// Whether the brand asks for something.
    pub fn asks(&self, matter: &Matter) -> bool {
        self.purpose(&matter.purpose).is_some_and(|purpose| match matter.channel {
            Some(channel) => purpose.channels.contains(&channel),
            None => purpose.channels.is_empty(),
        })
    }

    /// The first of what cannot stand.
    pub fn fault(&self) -> Option<ConsentFault> {
        if self.purposes.len() > MAX_PURPOSES {
            return Some(ConsentFault::TooMany);
        }
        let mut codes = BTreeSet::new();
        self.purposes.iter().enumerate().find_map(|(place, purpose)| {
            let names: Vec<&str> = purpose.name.texts().into_iter().flatten().collect();
            let channels: BTreeSet<_> = purpose.channels.iter().collect();
            let too_long = |text: &String| text.chars().count() > MAX_WORDING;
            if !is_code(&purpose.code) || !codes.insert(&purpose.code) {
                Some(ConsentFault::Code(place))
            } else if names.is_empty() || names.iter().any(|name| name.trim().is_empty() || name.chars().count() > 100) {
                Some(ConsentFault::Name(place))
            } else if channels.len() != purpose.channels.len() {
                Some(ConsentFault::Channels(place))
            } else if purpose.confirm_days.is_some_and(|days| !(1..=MAX_CONFIRM_DAYS).contains(&days)) {
                Some(ConsentFault::ConfirmDays(place))
            } else if purpose.wordings.len() > MAX_VERSIONS
                || purpose.wordings.iter().any(|wording| wording.text.texts().any(too_long))
            {
                Some(ConsentFault::Wording(place))
            } else {
                None
            }
        })
    }
}

const NAME_OF_ADVERTISING: [&str; 4] = ["优惠与活动信息", "優惠與活動訊息", "혜택·이벤트 광고 수신", "Offers and news"];
const NAME_OF_NIGHT: [&str; 4] =
    ["夜间广告（21:00–08:00）", "夜間廣告（21:00–08:00）", "야간 광고 수신(21:00~08:00)", "Advertising at night (21:00–08:00)"];
const NAME_OF_PERSONALISATION: [&str; 4] =
    ["按消费记录的个性化推荐", "依消費紀錄的個人化推薦", "구매 기록 기반 맞춤 추천", "Offers based on purchases"];

fn local([zh_cn, zh_tw, ko, en]: [&str; 4]) -> LocalText {
    let text = |text: &str| Some(text.to_owned());
    LocalText { zh_cn: text(zh_cn), zh_tw: text(zh_tw), ko: text(ko), en: text(en) }
}

/// What a purpose is called in a sentence about conditions; its code where it is the brand's own.
pub fn purpose_label(code: &str, language: Language) -> &str {
    match code {
        ADVERTISING => language.pick(&["广告信息", "廣告訊息", "광고 수신", "advertising"]),
        NIGHT_ADVERTISING => language.pick(&["夜间广告信息", "夜間廣告訊息", "야간 광고 수신", "advertising at night"]),
        PERSONALISATION => language.pick(&["个性化推荐", "個人化推薦", "맞춤 추천", "personal offers"]),
        own => own,
    }
}

#[cfg(test)]
mod tests;

//! By what a member is recognised: a phone number, a card, an id that another system gave her.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Language;
use crate::{card, phone};

/// The longest value of an id that another system gave.
pub const FOREIGN_ID_CHARACTERS_MAX: usize = 128;

/// What kind of identity it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A phone number, in E.164.
    Phone,
    /// An e-mail address.
    Email,
    /// A membership card.
    Card,
    /// An id of a system that the brand brings its members from.
    External,
    /// A WeChat union id: one person over all accounts of one owner.
    WechatUnion,
    /// A WeChat open id: one person at one account, which is the issuer.
    WechatOpen,
    /// An external user of WeCom.
    Wecom,
    /// A Kakao user id.
    Kakao,
    /// A buyer id at a marketplace, which is the issuer.
    Marketplace,
    /// The number of an identity document.
    Document,
}

impl IdentityKind {
    /// All of them.
    pub const ALL: [IdentityKind; 10] = [
        IdentityKind::Phone,
        IdentityKind::Email,
        IdentityKind::Card,
        IdentityKind::External,
        IdentityKind::WechatUnion,
        IdentityKind::WechatOpen,
        IdentityKind::Wecom,
        IdentityKind::Kakao,
        IdentityKind::Marketplace,
        IdentityKind::Document,
    ];

    /// The word in the database and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            IdentityKind::Phone => "phone",
            IdentityKind::Email => "email",
            IdentityKind::Card => "card",
            IdentityKind::External => "external",
            IdentityKind::WechatUnion => "wechat_union",
            IdentityKind::WechatOpen => "wechat_open",
            IdentityKind::Wecom => "wecom",
            IdentityKind::Kakao => "kakao",
            IdentityKind::Marketplace => "marketplace",
            IdentityKind::Document => "document",
        }
    }

    /// What people call it.
    pub fn words(self, language: Language) -> &'static str {
        language.pick(match self {
            IdentityKind::Phone => &["手机号", "手機號碼", "휴대폰 번호", "phone number"],
            IdentityKind::Email => &["邮箱", "電子郵件", "이메일", "e-mail address"],
            IdentityKind::Card => &["会员卡", "會員卡", "회원 카드", "card"],
            IdentityKind::External => &["其他系统编号", "其他系統編號", "다른 시스템의 ID", "id of another system"],
            IdentityKind::WechatUnion => &["微信 UnionID", "微信 UnionID", "위챗 UnionID", "WeChat union id"],
            IdentityKind::WechatOpen => &["微信 OpenID", "微信 OpenID", "위챗 OpenID", "WeChat open id"],
            IdentityKind::Wecom => &["企业微信", "企業微信", "위컴", "WeCom id"],
            IdentityKind::Kakao => &["Kakao 账号", "Kakao 帳號", "카카오 계정", "Kakao id"],
            IdentityKind::Marketplace => &["电商买家编号", "電商買家編號", "마켓 구매자 ID", "marketplace buyer id"],
            IdentityKind::Document => &["证件号", "證件號碼", "신분증 번호", "document number"],
        })
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether the issuer is part of what the value means. For other kinds it is left out.
    pub fn has_issuer(self) -> bool {
        match self {
            IdentityKind::External | IdentityKind::WechatOpen | IdentityKind::Marketplace | IdentityKind::Document => true,
            IdentityKind::Phone
            | IdentityKind::Email
            | IdentityKind::Card
            | IdentityKind::WechatUnion
            | IdentityKind::Wecom
            | IdentityKind::Kakao => false,
        }
    }
}

/// Why a value is not an identity of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not a phone number.
    #[error(transparent)]
    Phone(#[from] phone::PhoneError),
    /// Not an e-mail address.
    #[error(transparent)]
    Email(#[from] phone::EmailError),
    /// Not a card number.
    #[error(transparent)]
    Card(#[from] card::CardError),
    /// Nothing was given.
    #[error("the value is empty")]
    Empty,
    /// The value or its issuer is longer than [`FOREIGN_ID_CHARACTERS_MAX`].
    #[error("the value is too long")]
    TooLong,
    /// The value or its issuer contains a control character.
    #[error("the value contains a control character")]
    Control,
}

/// An identity in the one form under which it is kept and looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Its kind.
    pub kind: IdentityKind,
    /// Who gave it, for the kinds where that matters.
    pub issuer: Option<String>,
    /// The value.
    pub value: String,
}

impl Identity {
    /// Reads a value as it was typed, scanned or sent. `country` (ISO 3166 alpha-2) is where phone numbers without a plus are dialled.
    pub fn new(kind: IdentityKind, issuer: Option<&str>, value: &str, country: &str) -> Result<Self, IdentityError> {
        let value = match kind {
            IdentityKind::Phone => phone::normalize(value, country)?,
            IdentityKind::Email => phone::normalize_email(value)?,
            IdentityKind::Card => card::normalize(value)?,
            IdentityKind::Document => foreign(value)?.to_uppercase(),
            IdentityKind::External
            | IdentityKind::WechatUnion
            | IdentityKind::WechatOpen
            | IdentityKind::Wecom
            | IdentityKind::Kakao
            | IdentityKind::Marketplace => foreign(value)?.to_owned(),
        };
        let issuer = issuer.filter(|issuer| kind.has_issuer() && !issuer.trim().is_empty()).map(foreign).transpose()?;
        Ok(Identity { kind, issuer: issuer.map(str::to_owned), value })
    }

    /// The value as someone sees it who may not see it whole.
    pub fn masked(&self) -> String {
        match self.kind {
            IdentityKind::Phone => phone::mask(&self.value),
            IdentityKind::Email => phone::mask_email(&self.value),
            _ => tail(&self.value, 4, 2),
        }
    }
}

fn foreign(value: &str) -> Result<&str, IdentityError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(IdentityError::Empty);
    }
    if value.chars().any(char::is_control) {
        return Err(IdentityError::Control);
    }
    if value.chars().count() > FOREIGN_ID_CHARACTERS_MAX {
        return Err(IdentityError::TooLong);
    }
    Ok(value)
}

/// The last characters behind three stars: `most` of them, and never more than a `part`-th of the value.
fn tail(value: &str, most: usize, part: usize) -> String {
    let length = value.chars().count();
    let shown: String = value.chars().skip(length - most.min(length / part)).collect();
    format!("***{shown}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_their_one_form_and_show_little() {
        use IdentityKind::*;
        for (kind, issuer, value, expected, masked) in [
            (Phone, None, "130 0000 0001", "+8613000000001", "+86 *** **** 0001"),
            (Email, None, " Mina@Example.com", "mina@example.com", "m***@example.com"),
            (Card, None, "6200-0000 00042", "6200000000042", "***0042"),
            (External, Some("old-crm"), " A-17 ", "A-17", "***17"),
            (WechatOpen, Some("wx-shop"), "oAbc", "oAbc", "***bc"),
            (Document, Some("CN"), "x000000x", "X000000X", "***000X"),
        ] {
            let identity = Identity::new(kind, issuer, value, "CN").unwrap();
            assert_eq!((identity.value.as_str(), identity.issuer.as_deref()), (expected, issuer), "{value}");
            assert_eq!(identity.masked(), masked, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_an_identity_is_refused() {
        use IdentityKind::*;
        let long = "x".repeat(FOREIGN_ID_CHARACTERS_MAX + 1);
        for (kind, issuer, value, expected) in [
            (External, None, "  ", IdentityError::Empty),
            (Kakao, None, "a\u{0}b", IdentityError::Control),
            (Marketplace, None, long.as_str(), IdentityError::TooLong),
            (Marketplace, Some(long.as_str()), "a", IdentityError::TooLong),
            (Email, None, "", IdentityError::Email(phone::EmailError::Empty)),
            (Card, None, "", IdentityError::Card(card::CardError::Empty)),
        ] {
            assert_eq!(Identity::new(kind, issuer, value, "CN"), Err(expected), "{value}");
        }
    }

    #[test]
    fn an_issuer_counts_only_where_it_means_something() {
        let phone = Identity::new(IdentityKind::Phone, Some("till"), "+82 10-0000-0001", "KR").unwrap();
        assert_eq!(phone.issuer, None);
        let blank = Identity::new(IdentityKind::External, Some(" "), "7", "KR").unwrap();
        assert_eq!(blank.issuer, None);
    }

    #[test]
    fn every_word_is_read_back() {
        for kind in IdentityKind::ALL {
            assert_eq!(IdentityKind::from_word(kind.word()), Some(kind));
        }
    }
}

//! What goes wrong, on the wire: RFC 9457 problems with a stable code and a sentence in the caller's language.

pub mod kinds;

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use danggol_core::birthday::BirthdayError;
use danggol_core::card::CardError;
use danggol_core::coupon::CouponRefusal;
use danggol_core::gift::GiftRefusal;
use danggol_core::id::MemberId;
use danggol_core::identity::IdentityError;
use danggol_core::language::Language;
use danggol_core::phone::{EmailError, PhoneError};
use danggol_core::refusal::Refusal;
use danggol_store::StoreError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use kinds::Kind;

/// The media type of problems.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// How long a caller should wait who met a busy server, in seconds.
const BUSY_RETRY_S: u64 = 1;

/// A problem on the wire (RFC 9457). Further members say more about some codes.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code tells problems apart.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The phrase of the status, in the caller's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code, for programs.
    pub code: String,
    /// What happened and what to do, in the caller's language.
    pub detail: String,
    /// The field of the request that it is about, as a path such as `lines[0].amount_minor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the parser expected there, in English, for programmers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The id of the request, to find it in the logs.
    pub request_id: String,
    /// The member who has what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MemberId>)]
    pub member_id: Option<String>,
    /// What else there is to say about this code.
    #[serde(flatten)]
    #[schema(ignore)]
    pub more: Map<String, Value>,
}

#[derive(Debug, Clone)]
enum Cause {
    Kind(&'static Kind),
    Refusal(Refusal),
}

#[derive(Debug, Clone)]
struct Parts {
    cause: Cause,
    field: Option<String>,
    hint: Option<String>,
    member_id: Option<MemberId>,
    more: Map<String, Value>,
    retry_after_s: Option<u64>,
}

/// Why a request was not answered with what was asked for. It becomes words when the language of the caller is known: see
/// [`ApiError::problem`].
#[derive(Debug, Clone)]
pub struct ApiError(Box<Parts>);

/// What handlers give.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    fn of(cause: Cause) -> Self {
        ApiError(Box::new(Parts { cause, field: None, hint: None, member_id: None, more: Map::new(), retry_after_s: None }))
    }

    /// An error of a kind.
    pub fn new(kind: &'static Kind) -> Self {
        Self::of(Cause::Kind(kind))
    }

    /// Names the field that it is about.
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Adds what the parser expected, for programmers.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Names the member who has what was asked for.
    pub fn member(mut self, member: MemberId) -> Self {
        self.0.member_id = Some(member);
        self
    }

    /// Adds a further member to the problem.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(name.to_owned(), value.into());
        self
    }

    /// Says after how many seconds it makes sense to try again.
    pub fn retry_after_s(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match &self.0.cause {
            Cause::Kind(kind) => kind.code,
            Cause::Refusal(refusal) => refusal.code(),
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match &self.0.cause {
            Cause::Kind(kind) => StatusCode::from_u16(kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Cause::Refusal(refusal) => status_of(refusal),
        }
    }

    /// The problem as the caller reads it.
    pub fn problem(&self, language: Language, request_id: &str) -> Problem {
        let parts = &self.0;
        let (detail, field) = match &parts.cause {
            Cause::Kind(kind) => (language.pick(&kind.says).to_owned(), None),
            Cause::Refusal(refusal) => (refusal.say(language), refusal.field()),
        };
        let status = self.status();
        Problem {
            kind: "about:blank",
            title: title(status, language).to_owned(),
            status: status.as_u16(),
            code: self.code().to_owned(),
            detail,
            field: parts.field.clone().or(field),
            hint: parts.hint.clone(),
            request_id: request_id.to_owned(),
            member_id: parts.member_id.map(|member| member.to_string()),
            more: parts.more.clone(),
        }
    }

    /// The whole response in words.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let problem = self.problem(language, request_id);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.status(), [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"danggol\""));
        }
        response
    }
}

impl IntoResponse for ApiError {
    /// Only the status, with the error beside it: the words are put in where the caller's language is known.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

impl From<&'static Kind> for ApiError {
    fn from(kind: &'static Kind) -> Self {
        Self::new(kind)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let purchase = match &refusal {
            Refusal::NumberTaken { purchase } => Some(*purchase),
            _ => None,
        };
        let error = Self::of(Cause::Refusal(refusal));
        match purchase {
            Some(purchase) => error.with("purchase_id", purchase.to_string()),
            None => error,
        }
    }
}

impl From<StoreError> for ApiError {
    /// What the database said is for the log; the caller learns only whether to try again.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Nul => Self::new(&kinds::CONTROL_CHARACTER),
            StoreError::Busy | StoreError::Closed | StoreError::Fenced => {
                tracing::warn!(%error, "the store is busy");
                Self::new(&kinds::BUSY).retry_after_s(BUSY_RETRY_S)
            }
            StoreError::CommitUnknown(_) => {
                tracing::error!(%error, "it is not known whether a commit was kept");
                Self::new(&kinds::OUTCOME_UNKNOWN).retry_after_s(BUSY_RETRY_S)
            }
            error if error.is_transient() => {
                tracing::warn!(%error, "the database is busy");
                Self::new(&kinds::BUSY).retry_after_s(BUSY_RETRY_S)
            }
            error => {
                tracing::error!(%error, "the store failed");
                Self::new(&kinds::INTERNAL)
            }
        }
    }
}

impl From<PhoneError> for ApiError {
    fn from(error: PhoneError) -> Self {
        Self::new(match error {
            PhoneError::Empty => &kinds::PHONE_EMPTY,
            PhoneError::InvalidCharacter => &kinds::PHONE_INVALID_CHARACTER,
            PhoneError::UnknownCountry => &kinds::PHONE_UNKNOWN_COUNTRY,
            PhoneError::UnknownCallingCode => &kinds::PHONE_UNKNOWN_CALLING_CODE,
            PhoneError::TooShort => &kinds::PHONE_TOO_SHORT,
            PhoneError::TooLong => &kinds::PHONE_TOO_LONG,
            PhoneError::NotInPlan => &kinds::PHONE_NOT_IN_PLAN,
        })
    }
}

impl From<EmailError> for ApiError {
    fn from(error: EmailError) -> Self {
        Self::new(match error {
            EmailError::Empty => &kinds::EMAIL_EMPTY,
            EmailError::TooLong => &kinds::EMAIL_TOO_LONG,
            EmailError::Malformed => &kinds::EMAIL_MALFORMED,
        })
    }
}

impl From<CardError> for ApiError {
    fn from(error: CardError) -> Self {
        Self::new(match error {
            CardError::Empty => &kinds::CARD_EMPTY,
            CardError::InvalidCharacter => &kinds::CARD_INVALID_CHARACTER,
            CardError::TooLong => &kinds::CARD_TOO_LONG,
            CardError::InvalidPrefix => &kinds::CARD_INVALID_PREFIX,
            CardError::SequenceExhausted => &kinds::CARD_SEQUENCE_EXHAUSTED,
        })
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Phone(error) => error.into(),
            IdentityError::Email(error) => error.into(),
            IdentityError::Card(error) => error.into(),
            IdentityError::Empty => Self::new(&kinds::REQUIRED),
            IdentityError::TooLong => Self::new(&kinds::TOO_LONG),
            IdentityError::Control => Self::new(&kinds::CONTROL_CHARACTER),
        }
    }
}

impl From<BirthdayError> for ApiError {
    fn from(error: BirthdayError) -> Self {
        Self::new(match error {
            BirthdayError::Malformed => &kinds::BIRTHDAY_MALFORMED,
            BirthdayError::YearOutOfRange => &kinds::BIRTHDAY_YEAR_OUT_OF_RANGE,
            BirthdayError::NoSuchDay => &kinds::BIRTHDAY_NO_SUCH_DAY,
            BirthdayError::NoSuchLeapMonth => &kinds::BIRTHDAY_NO_SUCH_LEAP_MONTH,
        })
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::UnknownMember | Refusal::UnknownPurchase | Refusal::UnknownTopUp => StatusCode::NOT_FOUND,
        Refusal::NoTopUps => StatusCode::CONFLICT,
        Refusal::Coupon { place: None, why: CouponRefusal::Unknown | CouponRefusal::UnknownTemplate } => StatusCode::NOT_FOUND,
        Refusal::Coupon {
            why: CouponRefusal::TooMany | CouponRefusal::PaidPrices | CouponRefusal::Mistyped | CouponRefusal::Unknown,
            ..
        } => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Coupon { .. } => StatusCode::CONFLICT,
        Refusal::Gift(GiftRefusal::Unknown | GiftRefusal::UnknownReservation) => StatusCode::NOT_FOUND,
        Refusal::Gift(
            GiftRefusal::Mistyped
            | GiftRefusal::NotCollected
            | GiftRefusal::NotDelivered
            | GiftRefusal::TenderMissing(_)
            | GiftRefusal::NothingToPay,
        ) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Gift(_) => StatusCode::CONFLICT,
        Refusal::MemberClosed | Refusal::NumberTaken { .. } | Refusal::KeyReused => StatusCode::CONFLICT,
        Refusal::NoLines
        | Refusal::TooManyLines
        | Refusal::OutOfRange { .. }
        | Refusal::TendersDiffer { .. }
        | Refusal::NoRedemption
        | Refusal::RedemptionStep { .. }
        | Refusal::RedemptionLimit { .. }
        | Refusal::InsufficientPoints { .. }
        | Refusal::UnknownLine { .. }
        | Refusal::ReturnTooMuch { .. }
        | Refusal::NothingToReturn
        | Refusal::AdjustmentRange
        | Refusal::NoReason
        | Refusal::ValueRange
        | Refusal::TenderNotMoney
        | Refusal::InsufficientValue { .. }
        | Refusal::InsufficientPrincipal { .. }
        | Refusal::BonusSpent { .. } => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn title(status: StatusCode, language: Language) -> &'static str {
    language.pick(match status.as_u16() {
        400 => &["请求有误", "請求有誤", "잘못된 요청", "Bad request"],
        401 => &["需要登录", "需要登入", "로그인 필요", "Not signed in"],
        403 => &["没有权限", "沒有權限", "권한 없음", "Not allowed"],
        404 => &["未找到", "找不到", "찾을 수 없음", "Not found"],
        405 => &["方法不支持", "不支援的方法", "허용되지 않는 메서드", "Method not allowed"],
        409 => &["有冲突", "有衝突", "충돌", "Conflict"],
        413 => &["内容过大", "內容過大", "너무 큰 요청", "Too large"],
        415 => &["格式不支持", "不支援的格式", "지원하지 않는 형식", "Unsupported format"],
        422 => &["内容需要修改", "內容需要修改", "내용 확인 필요", "Needs a change"],
        429 => &["请求太多", "請求太多", "너무 많은 요청", "Too many requests"],
        503 => &["暂时繁忙", "暫時忙碌", "일시적으로 바쁨", "Busy"],
        _ => &["出现错误", "發生錯誤", "오류 발생", "Something went wrong"],
    })
}

#[cfg(test)]
mod tests {
    use danggol_core::id::PurchaseId;

    use super::*;

    #[test]
    fn a_problem_says_what_happened_in_the_language_of_the_caller() {
        let error = ApiError::new(&kinds::IDENTITY_TAKEN).at("identities[0].value").member(MemberId(7));
        let problem = serde_json::to_value(error.problem(Language::Ko, "r-1")).unwrap();
        for (member, expected) in [
            ("type", "about:blank"),
            ("title", "충돌"),
            ("code", "identity_taken"),
            ("field", "identities[0].value"),
            ("request_id", "r-1"),
            ("member_id", "mem_0000000000007"),
        ] {
            assert_eq!(problem[member], expected, "{member}");
        }
        assert_eq!(problem["status"], 409);
        assert!(problem.get("hint").is_none());
    }

    #[test]
    fn refusals_keep_their_code_field_and_status() {
        for (refusal, status, code, field) in [
            (Refusal::UnknownMember, 404, "unknown_member", Some("member_id")),
            (Refusal::NumberTaken { purchase: PurchaseId(1) }, 409, "purchase_number_taken", Some("external_no")),
            (Refusal::OutOfRange { line: Some(2) }, 422, "out_of_range", Some("lines[2]")),
            (Refusal::KeyReused, 409, "idempotency_key_reused", None),
        ] {
            let problem = ApiError::from(refusal).problem(Language::En, "");
            assert_eq!((problem.status, problem.code.as_str(), problem.field.as_deref()), (status, code, field));
        }
    }
}

//! Why a row was not taken: a stable code, the field that it is about, and a sentence that says what to mend.

use danggol_core::id::MemberId;
use danggol_core::language::Language;
use danggol_core::refusal::Refusal;

use super::columns::{Field, Kind};
use super::fault::RowFault;
use super::mapping::FieldFault;
use crate::problem::ApiError;

/// Why a row was not taken.
#[derive(Debug, Clone)]
pub enum Reason {
    /// The row cannot be read.
    Row(RowFault),
    /// A value cannot be read.
    Value(FieldFault),
    /// A value was read and cannot stand; the error names its field.
    Field(ApiError),
    /// A word that stands for nothing that its field can be.
    UnknownWord {
        /// The field.
        field: Field,
        /// The beginning of what stands there.
        text: String,
    },
    /// None of these fields has a value, and one must.
    Missing(&'static [Field]),
    /// A value by which the member is known belongs to another member.
    Taken(MemberId),
    /// The values by which the member is known belong to different members.
    IdentitiesDisagree,
    /// The rows of one purchase name different members.
    MemberDiffers,
    /// Another row of the same purchase is not taken, and a purchase is kept whole or not at all.
    Incomplete,
    /// The rows of too many purchases lie scattered over the file.
    Scattered,
    /// A quantity below zero stands beside an amount above zero.
    SignsDisagree,
    /// The total of the purchase is more than its lines add up to.
    TotalAboveLines,
    /// The purchase was refused.
    Refused(Refusal),
}

/// One text in the four languages, in the order of [`Language::ALL`].
type Texts = [&'static str; 4];

const UNKNOWN_WORD: Texts = [
    "不认识这个词；请更正，或在映射的 values 中说明它的意思。",
    "不認識這個詞；請更正，或在對應設定的 values 中說明它的意思。",
    "알 수 없는 낱말입니다. 고치거나 매핑의 values에 뜻을 적어 주세요.",
    "Nobody knows this word; correct it or say under `values` in the mapping what it stands for.",
];
const MISSING: Texts = [
    "没有值，至少要填一项",
    "沒有值，至少要填一項",
    "값이 없습니다. 하나는 있어야 합니다",
    "Nothing is there, and one of these must be",
];
const TAKEN: Texts =
    ["号码已属于另一位会员", "號碼已屬於另一位會員", "다른 회원의 번호입니다", "That number is another member's"];
const IDENTITIES_DISAGREE: Texts = [
    "这一行的手机、卡号、邮箱等属于不同的会员；请核对，或先合并会员。",
    "這一列的手機、卡號、信箱等屬於不同的會員；請核對，或先合併會員。",
    "이 행의 휴대폰·카드·이메일이 서로 다른 회원의 것입니다. 확인하거나 먼저 회원을 합쳐 주세요.",
    "Phone, card, e-mail and the like of this row belong to different members; check them, or merge the members first.",
];
const MEMBER_DIFFERS: Texts = [
    "同一单号的各行写着不同的会员；请核对单号（若单号只在门店或当天内唯一，请在映射中用 template 加上门店和日期）。",
    "同一單號的各列寫著不同的會員；請核對單號（若單號只在門市或當天內唯一，請在對應設定中用 template 加上門市和日期）。",
    "같은 구매 번호의 행들이 서로 다른 회원을 가리킵니다. 번호를 확인해 주세요(매장이나 하루 안에서만 고유하면 매핑의 template에 매장과 날짜를 넣으세요).",
    "Rows with this purchase number name different members; check the number (where it is unique only within a store or a day, add both to it by a template in the mapping).",
];
const INCOMPLETE: Texts = [
    "同一笔消费还有别的行有问题；一笔消费要么完整导入，要么不导入。改好那些行后一起再导入。",
    "同一筆消費還有別的列有問題；一筆消費不是完整匯入就是不匯入。改好那些列後一起再匯入。",
    "같은 구매의 다른 행에 문제가 있습니다. 구매는 통째로만 들어가니, 그 행을 고친 뒤 함께 다시 가져와 주세요.",
    "Another row of this purchase cannot be taken, and a purchase is kept whole or not at all: mend that row and import them together.",
];
const SCATTERED: Texts = [
    "同一笔消费的行在文件中相隔太远；请按单号排序后再导入。",
    "同一筆消費的列在檔案中相隔太遠；請依單號排序後再匯入。",
    "같은 구매의 행들이 파일 안에 너무 흩어져 있습니다. 구매 번호로 정렬한 뒤 다시 가져와 주세요.",
    "The rows of this purchase lie too far apart in the file: sort the file by purchase number and import it again.",
];
const SIGNS_DISAGREE: Texts = [
    "数量小于零而金额大于零，无法判断是销售还是退货；请更正。",
    "數量小於零而金額大於零，無法判斷是銷售還是退貨；請更正。",
    "수량은 0보다 작은데 금액은 0보다 커서 판매인지 반품인지 알 수 없습니다. 고쳐 주세요.",
    "The quantity is below zero and the amount above it: correct one of them.",
];
const TOTAL_ABOVE_LINES: Texts = [
    "整单金额大于各行之和；请补上缺少的行（如运费），或不要映射整单金额。",
    "整筆金額大於各項之和；請補上缺少的項目（如運費），或不要對應整筆金額。",
    "구매 총액이 품목의 합보다 큽니다. 빠진 품목(배송비 등)을 더하거나 총액 열을 매핑하지 마세요.",
    "The purchase's total is more than its lines add up to: add the missing line (such as shipping) or leave the total out of the mapping.",
];

impl Reason {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Row(fault) => fault.code(),
            Reason::Value(fault) => fault.fault.code(),
            Reason::Field(error) => error.code(),
            Reason::UnknownWord { .. } => "unknown_word",
            Reason::Missing(_) => "value_missing",
            Reason::Taken(_) => "identity_taken",
            Reason::IdentitiesDisagree => "identities_disagree",
            Reason::MemberDiffers => "member_differs",
            Reason::Incomplete => "purchase_incomplete",
            Reason::Scattered => "purchase_scattered",
            Reason::SignsDisagree => "signs_disagree",
            Reason::TotalAboveLines => "total_above_lines",
            Reason::Refused(refusal) => refusal.code(),
        }
    }

    /// The field that it is about, as mapping files name it.
    pub fn field(&self) -> Option<String> {
        match self {
            Reason::Value(fault) => Some(fault.field.clone()),
            Reason::Field(error) => error.problem(Language::En, "").field,
            Reason::UnknownWord { field, .. } => Some(field.name().to_owned()),
            Reason::Missing(fields) => fields.first().map(|field| field.name().to_owned()),
            Reason::SignsDisagree => Some(Field::Quantity.name().to_owned()),
            Reason::TotalAboveLines => Some(Field::Total.name().to_owned()),
            Reason::Row(_)
            | Reason::Taken(_)
            | Reason::IdentitiesDisagree
            | Reason::MemberDiffers
            | Reason::Incomplete
            | Reason::Scattered
            | Reason::Refused(_) => None,
        }
    }

    /// What is wrong with such rows and what to mend, without the values of one of them.
    pub fn sentence(&self, kind: Kind, language: Language) -> String {
        let plain = |texts: &Texts| language.pick(texts).to_owned();
        let sentence = match self {
            Reason::Row(fault) => fault.sentence(language),
            Reason::Value(fault) => fault.fault.sentence(language).to_owned(),
            Reason::Field(error) => error.problem(language, "").detail,
            Reason::UnknownWord { .. } => plain(&UNKNOWN_WORD),
            Reason::Missing(fields) => return missing(kind, fields, language),
            Reason::Taken(_) => format!("{}{}", language.pick(&TAKEN), language.pick(&["。", "。", ".", "."])),
            Reason::IdentitiesDisagree => plain(&IDENTITIES_DISAGREE),
            Reason::MemberDiffers => plain(&MEMBER_DIFFERS),
            Reason::Incomplete => plain(&INCOMPLETE),
            Reason::Scattered => plain(&SCATTERED),
            Reason::SignsDisagree => plain(&SIGNS_DISAGREE),
            Reason::TotalAboveLines => plain(&TOTAL_ABOVE_LINES),
            Reason::Refused(refusal) => refusal.say(language),
        };
        match self.field() {
            Some(field) => format!("{}{}{sentence}", label(kind, &field, language), colon(language)),
            None => sentence,
        }
    }

    /// [`Reason::sentence`] with what stands in this very row.
    pub fn sentence_of_row(&self, kind: Kind, language: Language) -> String {
        let sentence = self.sentence(kind, language);
        match self {
            Reason::Value(FieldFault { text, .. }) | Reason::UnknownWord { text, .. } if !text.is_empty() => {
                format!("{sentence} ({text})")
            }
            Reason::Taken(owner) => format!("{} ({owner})", language.pick(&TAKEN)),
            _ => sentence,
        }
    }
}

fn colon(language: Language) -> &'static str {
    language.pick(&["：", "：", ": ", ": "])
}

/// What a field is called; a field of the brand's own by its key.
fn label(kind: Kind, name: &str, language: Language) -> String {
    let known = kind.field(name).and_then(|field| kind.label(field, language));
    known.map_or_else(|| name.to_owned(), str::to_owned)
}

/// Says that no column is one of some fields, and one must be.
pub fn no_column(kind: Kind, fields: &[Field], language: Language) -> String {
    let texts: Texts = [
        "文件里没有必要的列，以下至少要有一列",
        "檔案裡沒有必要的欄，以下至少要有一欄",
        "꼭 필요한 열이 없습니다. 다음 중 하나는 있어야 합니다",
        "No column says what every row needs; one of these must be there",
    ];
    format!("{}{}{}", language.pick(&texts), colon(language), labels(kind, fields, language))
}

fn labels(kind: Kind, fields: &[Field], language: Language) -> String {
    let labels: Vec<&str> = fields.iter().filter_map(|field| kind.label(*field, language)).collect();
    labels.join(language.pick(&["、", "、", ", ", ", "]))
}

/// Says that one of some fields is needed.
fn missing(kind: Kind, fields: &[Field], language: Language) -> String {
    format!("{}{}{}", language.pick(&MISSING), colon(language), labels(kind, fields, language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::fault::ValueFault;

    #[test]
    fn a_reason_names_its_field_in_every_language() {
        let fault = FieldFault { field: "amount".to_owned(), fault: ValueFault::NotANumber, text: "x1".to_owned() };
        for (reason, language, expected) in [
            (Reason::Value(fault.clone()), Language::ZhCn, "实付金额：不是数字。 (x1)"),
            (Reason::Value(fault), Language::En, "Amount paid: This is no number. (x1)"),
            (Reason::Missing(&[Field::At, Field::Date]), Language::Ko, "값이 없습니다. 하나는 있어야 합니다: 거래 일시, 날짜"),
            (Reason::Taken(MemberId(1)), Language::En, "That number is another member's (mem_0000000000001)"),
        ] {
            assert_eq!(reason.sentence_of_row(Kind::Purchases, language), expected);
        }
    }

    #[test]
    fn every_reason_speaks_four_languages_in_its_own_words() {
        let reasons = [
            Reason::UnknownWord { field: Field::LineKind, text: String::new() },
            Reason::Missing(&[Field::Sku]),
            Reason::Taken(MemberId(1)),
            Reason::IdentitiesDisagree,
            Reason::MemberDiffers,
            Reason::Incomplete,
            Reason::Scattered,
            Reason::SignsDisagree,
            Reason::TotalAboveLines,
            Reason::Refused(Refusal::NoLines),
        ];
        let mut said = std::collections::HashSet::new();
        for language in Language::ALL {
            for reason in &reasons {
                assert!(said.insert(reason.sentence(Kind::Purchases, language)), "{} {}", reason.code(), language.tag());
            }
        }
    }
}

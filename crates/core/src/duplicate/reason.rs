//! What two files agree or differ in, how much it weighs, and how it is said.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Language;

/// What two files agree or differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateReason)]
pub enum Reason {
    /// The name is written alike; traditional and simplified characters are one.
    NameWritten,
    /// The name sounds alike, in whatever script it is written.
    NameSounds,
    /// The name is nearly the same by its consonants.
    NameNear,
    /// A name that many bear, or that stands for anybody.
    NameCommon,
    /// The name is another.
    NameDiffers,
    /// Born on the same day.
    Birthday,
    /// The same month and day; a file says no year.
    BirthdayWithoutYear,
    /// The same month and day of another year.
    BirthdayOfAnotherYear,
    /// Month and day are swapped.
    BirthdaySwapped,
    /// The same birthday, which many files have or which stands for none: 1 January.
    BirthdayCommon,
    /// Born on another day.
    BirthdayDiffers,
    /// Phone numbers differ in one digit, or in two that are swapped.
    PhoneNear,
    /// Phone numbers end alike.
    PhoneEnd,
    /// Mailboxes have the same name with different providers.
    Mailbox,
    /// The same address.
    Home,
    /// Another address.
    HomeDiffers,
    /// The same store.
    Store,
    /// Another gender.
    GenderDiffers,
    /// One named an identity that the other has.
    Claimed,
}

impl Reason {
    /// How many bits it adds, or takes away: log₂ of how much likelier it is of one person than of two.
    pub fn bits(self) -> i32 {
        match self {
            // One name in some two thousand pairs is borne by both.
            Reason::NameWritten => 11,
            Reason::NameSounds => 8,
            Reason::NameNear => 5,
            Reason::NameCommon => 1,
            Reason::NameDiffers => -7,
            // One day in some twenty thousand; a month and day one in 365.
            Reason::Birthday => 14,
            Reason::BirthdayWithoutYear => 8,
            Reason::BirthdayOfAnotherYear => 3,
            Reason::BirthdaySwapped => 9,
            Reason::BirthdayCommon => 1,
            Reason::BirthdayDiffers => -6,
            // Some hundred numbers of a hundred million are so near; the end is one in ten thousand.
            Reason::PhoneNear => 16,
            Reason::PhoneEnd => 8,
            Reason::Mailbox => 14,
            // A family shares it, and is told apart by its names.
            Reason::Home => 14,
            Reason::HomeDiffers => -1,
            Reason::Store => 1,
            Reason::GenderDiffers => -8,
            // Numbers go to other people, and families and tablets share them.
            Reason::Claimed => 16,
        }
    }

    /// The reason in words.
    pub fn words(self, language: Language) -> &'static str {
        language.pick(match self {
            Reason::NameWritten => &["姓名写法相同", "姓名寫法相同", "이름 표기가 같습니다", "The name is written alike"],
            Reason::NameSounds => &["姓名读音相同", "姓名讀音相同", "이름의 소리가 같습니다", "The name sounds alike"],
            Reason::NameNear => &["姓名读音相近", "姓名讀音相近", "이름의 소리가 비슷합니다", "The name sounds nearly alike"],
            Reason::NameCommon => &[
                "姓名相同，但很多人都用这个姓名",
                "姓名相同，但很多人都用這個姓名",
                "이름이 같지만 흔한 이름입니다",
                "The same name, which many bear",
            ],
            Reason::NameDiffers => &["姓名不同", "姓名不同", "이름이 다릅니다", "The name is another"],
            Reason::Birthday => &["出生日期相同", "出生日期相同", "생년월일이 같습니다", "Born on the same day"],
            Reason::BirthdayWithoutYear => &[
                "生日相同（缺年份）",
                "生日相同（缺年份）",
                "생일이 같습니다(연도 없음)",
                "The same birthday; a year is missing",
            ],
            Reason::BirthdayOfAnotherYear => &[
                "生日同月同日，年份不同",
                "生日同月同日，年份不同",
                "생일은 같고 연도가 다릅니다",
                "The same birthday of another year",
            ],
            Reason::BirthdaySwapped => &[
                "生日的月和日对调",
                "生日的月和日對調",
                "생일의 월과 일이 바뀌어 있습니다",
                "Month and day of birth are swapped",
            ],
            Reason::BirthdayCommon => &[
                "生日相同，但很多资料都填这一天",
                "生日相同，但很多資料都填這一天",
                "생일이 같지만 많은 회원이 이 날짜로 되어 있습니다",
                "The same birthday, which many files have",
            ],
            Reason::BirthdayDiffers => &["生日不同", "生日不同", "생일이 다릅니다", "Born on another day"],
            Reason::PhoneNear => {
                &["手机号只差一位", "手機號碼只差一碼", "전화번호가 한 자리만 다릅니다", "Phone numbers differ in one digit"]
            }
            Reason::PhoneEnd => {
                &["手机号后四位相同", "手機號碼後四碼相同", "전화번호 뒷자리가 같습니다", "Phone numbers end alike"]
            }
            Reason::Mailbox => {
                &["邮箱用户名相同", "電子郵件帳號名稱相同", "이메일 아이디가 같습니다", "E-mail addresses begin alike"]
            }
            Reason::Home => &["地址相同", "地址相同", "주소가 같습니다", "The same address"],
            Reason::HomeDiffers => &["地址不同", "地址不同", "주소가 다릅니다", "Another address"],
            Reason::Store => &["所属门店相同", "所屬門市相同", "소속 매장이 같습니다", "The same store"],
            Reason::Claimed => &[
                "一方提交过另一方的号码或账号",
                "一方提交過另一方的號碼或帳號",
                "한쪽이 다른 쪽의 번호나 계정을 제시했습니다",
                "One gave a number or an account that is the other’s",
            ],
            Reason::GenderDiffers => &["性别不同", "性別不同", "성별이 다릅니다", "Another gender"],
        })
    }
}

/// How sure one can be, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DuplicateCertainty)]
pub enum Certainty {
    /// Less sure than one in two.
    Unlikely,
    /// From one in two on.
    Possible,
    /// From three in four on.
    Likely,
    /// From nineteen in twenty on.
    NearlyCertain,
}

impl Certainty {
    /// The word for so many percent.
    pub fn of(percent: u8) -> Self {
        match percent {
            ..50 => Certainty::Unlikely,
            50..75 => Certainty::Possible,
            75..95 => Certainty::Likely,
            95.. => Certainty::NearlyCertain,
        }
    }
}

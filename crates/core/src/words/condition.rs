//! Conditions in words.

use crate::attribute::{Attribute, Kind, Of};
use crate::condition::{Condition, Operand, Operator, Test, Value, day_of};
use crate::language::Language;
use crate::money::number_words;
use crate::time::date_of;
use crate::words::{Voice, say};

/// What a condition is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A purchase or a member: an attribute of a line is said of any of the lines.
    Purchase,
    /// One line.
    Line,
}

/// A comparison without its values.
pub(super) struct Said {
    /// What is compared, as it stands in a sentence.
    pub label: String,
    /// The kind of its value.
    pub kind: Kind,
    /// How.
    pub op: Operator,
    /// Whether English says “are”.
    pub plural: bool,
    /// Whether the opposite is said.
    pub negated: bool,
}

const WEEKDAYS: [[&str; 4]; 7] = [
    ["周一", "週一", "월요일", "Monday"],
    ["周二", "週二", "화요일", "Tuesday"],
    ["周三", "週三", "수요일", "Wednesday"],
    ["周四", "週四", "목요일", "Thursday"],
    ["周五", "週五", "금요일", "Friday"],
    ["周六", "週六", "토요일", "Saturday"],
    ["周日", "週日", "일요일", "Sunday"],
];

/// What people call a word of a fixed list; the word itself when it is not known.
pub fn choice_words(word: &str, language: Language) -> &str {
    let texts = match word {
        "female" => ["女性", "女性", "여성", "female"],
        "male" => ["男性", "男性", "남성", "male"],
        "other" => ["其他", "其他", "기타", "other"],
        "zh-CN" => ["简体中文", "簡體中文", "중국어(간체)", "Simplified Chinese"],
        "zh-TW" => ["繁体中文", "繁體中文", "중국어(번체)", "Traditional Chinese"],
        "ko" => ["韩语", "韓語", "한국어", "Korean"],
        "en" => ["英语", "英語", "영어", "English"],
        "active" => ["正常", "正常", "정상", "active"],
        "unclaimed" => ["待认领", "待認領", "등록 대기", "unclaimed"],
        "counter" => ["收银台", "櫃檯", "계산대", "the counter"],
        "online" => ["线上", "線上", "온라인", "online"],
        "qr" => ["二维码", "QR Code", "QR 코드", "a QR code"],
        "import" => ["导入", "匯入", "가져오기", "an import"],
        "purchase" => ["首次消费", "首次消費", "첫 구매", "a first purchase"],
        "referral" => ["推荐", "推薦", "추천", "a referral"],
        "api" => ["其他系统", "其他系統", "외부 시스템", "another system"],
        "champions" => ["重要价值客户", "重要價值客戶", "최우수 고객", "champions"],
        "loyal" => ["忠诚客户", "忠誠客戶", "충성 고객", "loyal"],
        "potential" => ["潜力客户", "潛力客戶", "잠재 고객", "of potential"],
        "promising" => ["有希望的新客", "有希望的新客", "유망 신규", "promising"],
        "attention" => ["需要关注", "需要關注", "관심 필요", "in need of attention"],
        "slipping" => ["正在流失", "正在流失", "이탈 조짐", "slipping away"],
        "cannot_lose" => ["不能失去", "不能失去", "놓치면 안 될 고객", "not to be lost"],
        "hibernating" => ["沉睡客户", "沉睡客戶", "휴면 고객", "hibernating"],
        "a" => ["A 类", "A 類", "A등급", "A"],
        "b" => ["B 类", "B 類", "B등급", "B"],
        "c" => ["C 类", "C 類", "C등급", "C"],
        "new" => ["新客", "新客", "신규", "new"],
        "first_year" => ["不满1年", "未滿1年", "1년 미만", "under a year"],
        "to_three_years" => ["1至3年", "1至3年", "1~3년", "one to three years"],
        "to_five_years" => ["3至5年", "3至5年", "3~5년", "three to five years"],
        "five_years_on" => ["5年及以上", "5年以上", "5년 이상", "five years and more"],
        "growing" => ["成长期", "成長期", "성장기", "growing"],
        "regular" => ["常客", "常客", "단골", "regular"],
        "at_risk" => ["有流失风险", "有流失風險", "이탈 위험", "at risk"],
        "lapsed" => ["沉寂", "沉寂", "발길이 뜸함", "lapsed"],
        "lost" => ["流失", "流失", "이탈", "lost"],
        "high" => ["高价值", "高價值", "고가치", "of high value"],
        "ordinary" => ["普通", "普通", "일반", "ordinary"],
        "partner" => ["伴侣", "伴侶", "배우자·파트너", "partner"],
        "parent" => ["父母", "父母", "부모", "parent"],
        "child" => ["子女", "子女", "자녀", "child"],
        "head" => ["户主", "戶長", "대표", "head"],
        "member" => ["其他成员", "其他成員", "그 외 구성원", "another member"],
        "given" => ["已同意", "已同意", "동의함", "given"],
        "withdrawn" => ["已撤回", "已撤回", "철회함", "withdrawn"],
        "shared" => ["共享", "共享", "함께 사용", "shared"],
        "separate" => ["各自使用", "各自使用", "각자 사용", "separate"],
        _ => return word,
    };
    language.pick(&texts)
}

/// What people call a day of the week, 1 = Monday … 7 = Sunday; none for another number.
pub fn weekday_words(weekday: u8, language: Language) -> Option<&'static str> {
    let texts = WEEKDAYS.get(usize::from(weekday).checked_sub(1)?)?;
    Some(language.pick(texts))
}

impl Voice<'_> {
    /// A condition over a purchase and its member, as part of a sentence.
    pub fn condition(&self, condition: &Condition) -> String {
        self.tidy(&self.when(condition)).trim().to_owned()
    }

    /// A condition over one line, as part of a sentence.
    pub fn line_condition(&self, condition: &Condition) -> String {
        self.tidy(&self.lines(condition)).trim().to_owned()
    }

    /// A condition over a purchase within a longer sentence, which is tidied as a whole.
    pub(super) fn when(&self, condition: &Condition) -> String {
        self.tree(condition, Place::Purchase, false)
    }

    /// A condition over a line within a longer sentence, which is tidied as a whole.
    pub(super) fn lines(&self, condition: &Condition) -> String {
        self.tree(condition, Place::Line, false)
    }

    fn tree(&self, condition: &Condition, place: Place, nested: bool) -> String {
        let (parts, all) = match condition {
            Condition::All { all } => (all, true),
            Condition::Any { any } => (any, false),
            Condition::Not { not } => return self.negated(not, place),
            Condition::Test(test) => return self.test(test, place, false),
            Condition::Happened(test) => return self.happened(test, false),
            Condition::Custom(test) => return self.own_field(test, false),
            Condition::Consent(test) => return self.consent(test, false),
            Condition::Segment { segment } => return self.in_segment(*segment, false),
        };
        match (parts.as_slice(), all) {
            ([], true) => say!(self.language, "任何情况", "任何情況", "항상", "always"),
            ([], false) => say!(self.language, "任何情况都不", "任何情況都不", "해당 없음", "never"),
            ([only], _) => self.tree(only, place, nested),
            (parts, all) => {
                let and = ["，且", "，且", ", ", " and "];
                let or = ["，或", "，或", " 또는 ", " or "];
                let part = |(number, part): (usize, &Condition)| match self.tree(part, place, true) {
                    first if number == 0 => first,
                    next => self.spaced(&next),
                };
                let said: Vec<String> = parts.iter().enumerate().map(part).collect();
                self.bracket(said.join(self.language.pick(if all { &and } else { &or })), nested)
            }
        }
    }

    fn bracket(&self, text: String, really: bool) -> String {
        match (really, self.language) {
            (false, _) => text,
            (true, Language::ZhCn | Language::ZhTw) => format!("（{text}）"),
            (true, Language::Ko | Language::En) => format!("({text})"),
        }
    }

    fn negated(&self, condition: &Condition, place: Place) -> String {
        let plain = |op| matches!(op, Operator::Is | Operator::In | Operator::IsMissing);
        match condition {
            Condition::Segment { segment } => return self.in_segment(*segment, true),
            Condition::Custom(test) if plain(test.op) => return self.own_field(test, true),
            Condition::Consent(test) if plain(test.op) => return self.consent(test, true),
            Condition::Happened(test) if plain(test.op) => return self.happened(test, true),
            _ => {}
        }
        if let Condition::Test(test) = condition
            && matches!(test.op, Operator::Is | Operator::In | Operator::IsMissing)
            && !matches!(test.attribute.kind(), Kind::Weekday | Kind::Hour)
            && (place == Place::Line || test.attribute.of() != Of::Line)
        {
            return self.test(test, place, true);
        }
        let inner = self.tree(condition, place, false);
        say!(self.language, "不符合（{inner}）", "不符合（{inner}）", "({inner}) 제외", "not ({inner})")
    }

    fn test(&self, test: &Test, place: Place, negated: bool) -> String {
        let attribute = test.attribute;
        let (kind, op) = (attribute.kind(), test.op);
        match kind {
            Kind::Weekday => return self.weekdays(test),
            Kind::Hour => return self.hours(test),
            Kind::Date if op != Operator::IsMissing => {
                // The day of a purchase is what a rule is about anyway; other days say which they are.
                let label = if attribute.of() == Of::Purchase { String::new() } else { self.label(attribute, place) };
                return self.dated(&Said { label, kind, op, plural: false, negated }, test.value.as_ref());
            }
            Kind::Date | Kind::Money | Kind::Number | Kind::Text | Kind::Choice => {}
        }
        let plural = matches!(
            attribute,
            Attribute::MemberDaysToBirthday
                | Attribute::MemberDaysSinceJoined
                | Attribute::MemberPurchaseCount
                | Attribute::GrowthPoints
                | Attribute::ExpiringPoints
                | Attribute::DaysToTierEnd
                | Attribute::Purchases
                | Attribute::DaysSincePurchase
                | Attribute::VisitInterval
                | Attribute::BasketSize
                | Attribute::Returns
                | Attribute::DaysOverdue
                | Attribute::HouseholdSharing
        );
        self.compared(&Said { label: self.label(attribute, place), kind, op, plural, negated }, &self.values(test))
    }

    /// A comparison with values that are words already.
    pub(super) fn compared(&self, said: &Said, values: &[String]) -> String {
        let Said { label, op, negated, .. } = said;
        let (negated, money) = (*negated, said.kind == Kind::Money);
        let value = self.either(values);
        let is = if said.plural { "are" } else { "is" };
        match op {
            Operator::Is | Operator::In if negated => {
                say!(
                    self.language,
                    "{label}不是{value}",
                    "{label}不是{value}",
                    "{label} {value} 제외",
                    "{label} {is} not {value}"
                )
            }
            Operator::Is | Operator::In => {
                say!(self.language, "{label}为{value}", "{label}為{value}", "{label} {value}", "{label} {is} {value}")
            }
            Operator::AtLeast if money => {
                say!(
                    self.language,
                    "{label}满 {value}",
                    "{label}滿 {value}",
                    "{label} {value} 이상",
                    "{label} {is} at least {value}"
                )
            }
            Operator::AtLeast => {
                say!(
                    self.language,
                    "{label}至少 {value}",
                    "{label}至少 {value}",
                    "{label} {value} 이상",
                    "{label} {is} at least {value}"
                )
            }
            Operator::AtMost => {
                say!(
                    self.language,
                    "{label}不超过 {value}",
                    "{label}不超過 {value}",
                    "{label} {value} 이하",
                    "{label} {is} at most {value}"
                )
            }
            Operator::MoreThan => {
                say!(
                    self.language,
                    "{label}超过 {value}",
                    "{label}超過 {value}",
                    "{label} {value} 초과",
                    "{label} {is} more than {value}"
                )
            }
            Operator::LessThan => {
                say!(
                    self.language,
                    "{label}低于 {value}",
                    "{label}低於 {value}",
                    "{label} {value} 미만",
                    "{label} {is} less than {value}"
                )
            }
            Operator::Between => {
                let [low, high] = [0, 1].map(|index| values.get(index).cloned().unwrap_or_default());
                say!(
                    self.language,
                    "{label}在 {low} 到 {high} 之间",
                    "{label}在 {low} 到 {high} 之間",
                    "{label} {low}~{high}",
                    "{label} {is} between {low} and {high}",
                )
            }
            Operator::IsMissing if negated => {
                say!(self.language, "{label}已知", "{label}已知", "{label} 있음", "{label} {is} known")
            }
            Operator::IsMissing => say!(self.language, "{label}未知", "{label}未知", "{label} 없음", "{label} {is} unknown"),
        }
    }

    fn label(&self, attribute: Attribute, place: Place) -> String {
        let any = match attribute {
            Attribute::LineSku => ["任一商品", "任一商品", "구매 품목", "any product"],
            Attribute::LineCategory => ["任一商品的品类", "任一商品的品類", "구매 품목의 카테고리", "any product's category"],
            Attribute::LineAmount => ["任一单行金额", "任一單項金額", "구매 품목의 금액", "any line amount"],
            Attribute::LineQuantity => ["任一单行件数", "任一單項件數", "구매 품목의 수량", "any line quantity"],
            _ => ["", "", "", ""],
        };
        let label = attribute.label(self.language);
        match (self.language.pick(&any), self.language) {
            (any, _) if !any.is_empty() && place == Place::Purchase => any.to_owned(),
            (_, Language::En) => format!("the {label}"),
            (_, Language::ZhCn | Language::ZhTw | Language::Ko) => label.to_owned(),
        }
    }

    fn values(&self, test: &Test) -> Vec<String> {
        let attribute = test.attribute;
        let number = |number: &i64| match attribute.kind() {
            Kind::Money => self.spaced(&self.money(*number)),
            _ if attribute.is_percent() => self.spaced(&format!("{}%", number_words(*number))),
            _ => self.spaced(&number_words(*number)),
        };
        let text = |text: &String| match attribute.kind() {
            Kind::Choice => self.spaced(choice_words(text, self.language)),
            _ if attribute == Attribute::MemberTier => self.spaced(&self.tier(text)),
            _ if attribute == Attribute::ClassLayer => self.spaced(&self.layer(text)),
            _ if attribute == Attribute::LifestyleGroup => self.spaced(&self.lifestyle(text)),
            _ => self.spaced(text),
        };
        match &test.value {
            None => Vec::new(),
            Some(Operand::Number(one)) => vec![number(one)],
            Some(Operand::Numbers(several)) => several.iter().map(number).collect(),
            Some(Operand::Text(one)) => vec![text(one)],
            Some(Operand::Texts(several)) => several.iter().map(text).collect(),
        }
    }

    /// Blanks keep what begins or ends with Latin letters, digits and signs apart from the Chinese around it.
    pub(super) fn spaced(&self, text: &str) -> String {
        if !matches!(self.language, Language::ZhCn | Language::ZhTw) {
            return text.to_owned();
        }
        let [before, after] = [text.chars().next(), text.chars().next_back()]
            .map(|end| if end.is_some_and(|letter| letter.is_ascii_graphic()) { " " } else { "" });
        format!("{before}{text}{after}")
    }

    /// The days of the week that pass, three and more in a row as a range.
    fn weekdays(&self, test: &Test) -> String {
        let to = self.language.pick(&["至", "至", "~", " to "]);
        let days: Vec<String> = runs(1, 7, |day| test.passes(Value::Number(day)))
            .into_iter()
            .flat_map(|(first, last)| {
                let name = |day: i64| self.language.pick(&WEEKDAYS[(day - 1) as usize]).to_owned();
                if last - first >= 2 {
                    vec![format!("{}{to}{}", name(first), name(last))]
                } else {
                    (first..=last).map(name).collect()
                }
            })
            .collect();
        let days = self.either(&days);
        if test.attribute.of() == Of::Standing {
            let label = test.attribute.label(self.language);
            return say!(self.language, "{label}为{days}", "{label}為{days}", "{label} {days}", "the {label} is {days}");
        }
        say!(self.language, "{days}", "{days}", "{days}", "it is {days}")
    }

    /// The hours that pass, as the time from the first to the last minute.
    fn hours(&self, test: &Test) -> String {
        let dash = self.language.pick(&["–", "–", "~", "–"]);
        let hours = runs(0, 23, |hour| test.passes(Value::Number(hour)));
        let blank = self.language.pick(&[" ", " ", "", ""]);
        let time = |(first, last)| format!("{blank}{first:02}:00{dash}{last:02}:59{blank}");
        let times: Vec<String> = hours.into_iter().map(time).collect();
        let times = self.either(&times);
        if test.attribute.of() == Of::Standing {
            let label = test.attribute.label(self.language);
            return say!(self.language, "{label}在{times}", "{label}在{times}", "{label} {times}", "the {label} is {times}");
        }
        say!(self.language, "时间在{times}", "時間在{times}", "{times}", "the time is {times}")
    }

    /// A comparison with dates. Without a label it is said of the purchase at hand.
    pub(super) fn dated(&self, said: &Said, operand: Option<&Operand>) -> String {
        let date = |text: &String| {
            day_of(text).and_then(|day| i32::try_from(day).ok()).map_or(text.clone(), |day| self.date(date_of(day)))
        };
        let dates: Vec<String> = match operand {
            Some(Operand::Text(text)) => vec![date(text)],
            Some(Operand::Texts(texts)) => texts.iter().map(date).collect(),
            Some(Operand::Number(_) | Operand::Numbers(_)) | None => Vec::new(),
        };
        if said.op == Operator::IsMissing {
            return self.compared(said, &dates);
        }
        let days = self.either(&dates);
        let label = match (said.label.as_str(), self.language) {
            ("", Language::En) => "it".to_owned(),
            ("", _) => String::new(),
            (label, Language::Ko) => format!("{label} "),
            (label, _) => label.to_owned(),
        };
        match said.op {
            Operator::AtLeast => {
                say!(
                    self.language,
                    "{label}在{days}或之后",
                    "{label}在{days}或之後",
                    "{label}{days}부터",
                    "{label} is {days} or later"
                )
            }
            Operator::AtMost => {
                say!(
                    self.language,
                    "{label}在{days}或之前",
                    "{label}在{days}或之前",
                    "{label}{days}까지",
                    "{label} is {days} or earlier"
                )
            }
            Operator::Between => {
                let [first, last] = [0, 1].map(|index| dates.get(index).cloned().unwrap_or_default());
                say!(
                    self.language,
                    "{label}在{first}至{last}",
                    "{label}在{first}至{last}",
                    "{label}{first}~{last}",
                    "{label} is between {first} and {last}"
                )
            }
            _ if said.negated => {
                say!(self.language, "{label}不在{days}", "{label}不在{days}", "{label}{days} 제외", "{label} is not {days}")
            }
            _ => say!(self.language, "{label}在{days}", "{label}在{days}", "{label}{days}", "{label} is {days}"),
        }
    }
}

/// Unbroken runs of the numbers that pass.
fn runs(first: i64, last: i64, passes: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for number in (first..=last).filter(|number| passes(*number)) {
        match runs.last_mut() {
            Some((_, end)) if *end + 1 == number => *end = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

//! What happened to a member in words, and what a condition comes to for her.

use crate::attribute::{Attribute, Kind};
use crate::condition::{Condition, CustomTest, Operand, Value, day_of};
use crate::event::{Event, EventTest, Measure};
use crate::habit::Fact;
use crate::id::SegmentId;
use crate::language::Language;
use crate::money::number_words;
use crate::time::date_of;
use crate::why::Reason;
use crate::words::condition::{Said, choice_words, weekday_words};
use crate::words::{Voice, say};

/// What people call a measure of events.
pub fn measure_words(event: Event, measure: Measure, language: Language) -> &'static str {
    let texts = match (event, measure) {
        (Event::Purchase, Measure::Count) => ["消费次数", "消費次數", "구매 횟수", "number of purchases"],
        (Event::Line, Measure::Count) => ["购买次数", "購買次數", "구매 품목 수", "number of lines bought"],
        (_, Measure::Days) => ["消费天数", "消費天數", "구매 일수", "number of days with a purchase"],
        (_, Measure::Amount) => ["消费金额", "消費金額", "구매 금액", "amount spent"],
        (_, Measure::Quantity) => ["购买件数", "購買件數", "구매 수량", "number of items bought"],
        (_, Measure::First) => ["首次消费日期", "首次消費日期", "첫 구매일", "day of the first purchase"],
        (_, Measure::Last) => ["最近消费日期", "最近消費日期", "최근 구매일", "day of the last purchase"],
    };
    language.pick(&texts)
}

impl Voice<'_> {
    pub(super) fn happened(&self, test: &EventTest, negated: bool) -> String {
        let measure = measure_words(test.event, test.measure, self.language);
        let filter = test.filter.as_ref().map(|filter| match test.event {
            Event::Purchase => self.when(filter),
            Event::Line => self.lines(filter),
        });
        let within = self.span(test);
        let (before, after) = match (self.language, filter) {
            (Language::ZhCn | Language::ZhTw, Some(filter)) => (format!("{within}（{filter}）"), String::new()),
            (Language::ZhCn | Language::ZhTw, None) => (within, String::new()),
            (Language::Ko, Some(filter)) => (format!("{within} ({filter}) "), String::new()),
            (Language::Ko, None) => (format!("{within} "), String::new()),
            (Language::En, Some(filter)) => ("the ".to_owned(), format!(" {within} ({filter})")),
            (Language::En, None) => ("the ".to_owned(), format!(" {within}")),
        };
        let label = format!("{before}{measure}{}", after.replace("  ", " "));
        let kind = test.measure.kind();
        let said = Said { label: label.trim().to_owned(), kind, op: test.op, plural: false, negated };
        if kind == Kind::Date {
            return self.dated(&said, test.value.as_ref());
        }
        self.compared(&said, &self.operand(kind, test.value.as_ref()))
    }

    fn span(&self, test: &EventTest) -> String {
        let date = |text: &String| {
            day_of(text).and_then(|day| i32::try_from(day).ok()).map_or(text.clone(), |day| self.date(date_of(day)))
        };
        match (test.last_days, test.from.as_ref().map(date), test.until.as_ref().map(date)) {
            (Some(1), _, _) => say!(self.language, "今天", "今天", "오늘", "today"),
            (Some(days), _, _) => {
                say!(self.language, "近{days}天", "近{days}天", "최근 {days}일", "in the last {days} days")
            }
            (None, Some(from), Some(until)) => {
                say!(self.language, "{from}至{until}", "{from}至{until}", "{from}~{until}", "from {from} to {until}")
            }
            (None, Some(from), None) => say!(self.language, "{from}起", "{from}起", "{from}부터", "since {from}"),
            (None, None, Some(until)) => say!(self.language, "截至{until}", "截至{until}", "{until}까지", "until {until}"),
            (None, None, None) if test.measure.kind() == Kind::Date => String::new(),
            (None, None, None) => say!(self.language, "累计", "累計", "전체", "ever"),
        }
    }

    pub(super) fn own_field(&self, test: &CustomTest, negated: bool) -> String {
        let name = &test.custom;
        let label = say!(self.language, "“{name}”", "「{name}」", "‘{name}’", "“{name}”");
        let said = Said { label, kind: Kind::Text, op: test.op, plural: false, negated };
        self.compared(&said, &self.operand(Kind::Text, test.value.as_ref()))
    }

    pub(super) fn in_segment(&self, segment: SegmentId, negated: bool) -> String {
        let name =
            self.segments.iter().find(|(id, _)| *id == segment).map_or_else(|| segment.to_string(), |(_, name)| name.clone());
        match (self.tags.contains(&segment), negated) {
            (true, true) => {
                return say!(
                    self.language,
                    "没有标签“{name}”",
                    "沒有標籤「{name}」",
                    "‘{name}’ 태그 없음",
                    "she does not have the tag “{name}”"
                );
            }
            (true, false) => {
                return say!(
                    self.language,
                    "有标签“{name}”",
                    "有標籤「{name}」",
                    "‘{name}’ 태그 있음",
                    "she has the tag “{name}”"
                );
            }
            (false, _) => {}
        }
        if negated {
            return say!(
                self.language,
                "不在分群“{name}”中",
                "不在分群「{name}」中",
                "‘{name}’ 세그먼트에 속하지 않음",
                "she is not in the segment “{name}”"
            );
        }
        say!(
            self.language,
            "在分群“{name}”中",
            "在分群「{name}」中",
            "‘{name}’ 세그먼트에 속함",
            "she is in the segment “{name}”"
        )
    }

    fn operand(&self, kind: Kind, operand: Option<&Operand>) -> Vec<String> {
        let number = |number: &i64| if kind == Kind::Money { self.money(*number) } else { number_words(*number) };
        match operand {
            None => Vec::new(),
            Some(Operand::Number(one)) => vec![number(one)],
            Some(Operand::Numbers(several)) => several.iter().map(number).collect(),
            Some(Operand::Text(one)) => vec![self.spaced(one)],
            Some(Operand::Texts(several)) => several.iter().map(|text| self.spaced(text)).collect(),
        }
    }

    /// What a part of a condition comes to for a member: the value that was compared; none for a part that compares nothing itself.
    pub fn found(&self, reason: &Reason<'_>) -> Option<String> {
        let value = reason.value?;
        let (attribute, kind) = match reason.condition {
            Condition::Test(test) => (Some(test.attribute), test.attribute.kind()),
            Condition::Happened(test) => (None, test.measure.kind()),
            Condition::Consent(_) if value == Value::Missing => {
                return Some(say!(self.language, "从未询问", "從未詢問", "물은 적 없음", "never asked"));
            }
            Condition::Consent(test) => (None, test.ask.kind()),
            _ => (None, Kind::Text),
        };
        Some(self.value(attribute, kind, value))
    }

    /// The value of an attribute, or of something else of that kind.
    pub fn value(&self, attribute: Option<Attribute>, kind: Kind, value: Value<'_>) -> String {
        match value {
            Value::Missing => say!(self.language, "未知", "未知", "없음", "unknown"),
            Value::Text(code) if attribute == Some(Attribute::MemberTier) => self.tier(code),
            Value::Text(code) if attribute == Some(Attribute::ClassLayer) => self.layer(code),
            Value::Text(code) if attribute == Some(Attribute::LifestyleGroup) => self.lifestyle(code),
            Value::Text(word) if kind == Kind::Choice => choice_words(word, self.language).to_owned(),
            Value::Text(text) => text.to_owned(),
            // From next to nothing a change in percent is a large number that tells nothing.
            Value::Number(number) if attribute == Some(Attribute::YearChange) && number >= 900 => {
                say!(self.language, "增至10倍以上", "增至10倍以上", "10배 이상 증가", "more than tenfold")
            }
            Value::Number(number) if attribute.is_some_and(Attribute::is_percent) => {
                let sign = if number > 0 && attribute == Some(Attribute::YearChange) { "+" } else { "" };
                format!("{sign}{}%", number_words(number))
            }
            Value::Number(number) => match kind {
                Kind::Money => self.money(number),
                Kind::Date => i32::try_from(number).map_or(number.to_string(), |day| self.date(date_of(day))),
                Kind::Weekday => u8::try_from(number)
                    .ok()
                    .and_then(|weekday| weekday_words(weekday, self.language))
                    .map_or(number.to_string(), str::to_owned),
                Kind::Hour => format!("{number:02}:00–{number:02}:59"),
                Kind::Number | Kind::Text | Kind::Choice => number_words(number),
            },
        }
    }

    /// What is said of an attribute that is missing because her purchases are too few, and how many it takes; none of any other.
    pub fn too_little(&self, attribute: Attribute) -> Option<(String, String)> {
        if attribute != Attribute::ActivePercent {
            return None;
        }
        let text = say!(self.language, "数据太少，无法判断", "資料太少，無法判斷", "아직 알 수 없음", "too little to tell");
        let why = say!(
            self.language,
            "在两个不同的日子消费过后才能估算",
            "在兩個不同的日子消費過後才能估算",
            "서로 다른 날 두 번 이상 구매해야 추정할 수 있습니다",
            "told once she has bought on two different days",
        );
        Some((text, why))
    }

    /// What a fact of her purchases stands on.
    pub fn evidence(&self, fact: &Fact<'_>) -> String {
        let (of, agree) = (number_words(fact.of as i64), number_words(fact.agree as i64));
        let [from, until] = [fact.days.0, fact.days.1].map(|day| self.date(date_of(day)));
        let when = match from == until {
            true => say!(self.language, "{from}", "{from}", "{from}", "on {from}"),
            false => say!(self.language, "{from}至{until}", "{from}至{until}", "{from}~{until}", "from {from} to {until}"),
        };
        match (fact.of, fact.agree == fact.of) {
            (0, _) => say!(self.language, "还没有消费", "還沒有消費", "아직 구매 없음", "nothing bought yet"),
            (1, _) => say!(self.language, "{when}的一次消费", "{when}的一次消費", "{when} 구매 1건", "one purchase {when}"),
            (_, true) => {
                say!(self.language, "{when}的 {of} 次消费", "{when}的 {of} 次消費", "{when} 구매 {of}건", "{of} purchases {when}")
            }
            (_, false) => say!(
                self.language,
                "{when}的 {of} 次消费中有 {agree} 次",
                "{when}的 {of} 次消費中有 {agree} 次",
                "{when} 구매 {of}건 중 {agree}건",
                "{agree} of {of} purchases {when}"
            ),
        }
    }
}

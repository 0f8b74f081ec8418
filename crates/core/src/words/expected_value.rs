//! What is expected of a member, in words.

use crate::expected_value::{Expectation, History, Lack};
use crate::time::date_of;
use crate::words::{Voice, say};

/// A probability in whole per cent; what is not certain is never said to be.
fn percent(probability: f64) -> String {
    match (probability * 100.0).round() as i64 {
        ..1 => "<1%".to_owned(),
        100.. => ">99%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// A count with one decimal below ten.
fn about(count: f64) -> String {
    let text = if count < 9.95 { format!("{count:.1}") } else { format!("{count:.0}") };
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

impl Voice<'_> {
    /// How likely a member comes again in the days ahead, how often, and for how much.
    pub fn expected(&self, expectation: &Expectation, horizon_days: u16) -> String {
        let chance = percent(expectation.probability_coming);
        let times = about(expectation.purchases);
        let amount = self.money(self.currency.round(expectation.amount_minor));
        let purchases = if times == "1" { "purchase" } else { "purchases" };
        say!(
            self.language,
            "未来 {horizon_days} 天内再次光临的可能性为 {chance}，预计购买约 {times} 次，合计约 {amount}",
            "未來 {horizon_days} 天內再次光臨的可能性為 {chance}，預計購買約 {times} 次，合計約 {amount}",
            "앞으로 {horizon_days}일 안에 다시 올 가능성 {chance}, 예상 구매 약 {times}회, 예상 금액 약 {amount}",
            "Likely to come again within {horizon_days} days: {chance}; about {times} {purchases} and {amount}",
        )
        .replace("purchases", purchases)
    }

    /// What that is drawn from: the days on which she bought, and what she spent on them.
    pub fn bought(&self, history: &History) -> String {
        let days = u64::from(history.repeats) + 1;
        let [first, last] = [history.first_day, history.last_day].map(|day| self.date(date_of(day)));
        let mean = self.money(self.currency.round(history.mean_minor().round() as i64));
        if days == 1 {
            return say!(
                self.language,
                "只在{first}购买过一天，消费 {mean}",
                "只在{first}購買過一天，消費 {mean}",
                "{first} 하루만 구매, {mean}",
                "Bought on one day only, {first}, for {mean}",
            );
        }
        say!(
            self.language,
            "{first}至{last}有 {days} 天购买，平均每天 {mean}",
            "{first}至{last}有 {days} 天購買，平均每天 {mean}",
            "{first}부터 {last}까지 {days}일 구매, 하루 평균 {mean}",
            "Bought on {days} days from {first} to {last}, {mean} a day on average",
        )
    }

    /// Why nothing is expected of anybody yet, and what to do.
    pub fn lack(&self, lack: &Lack) -> String {
        match lack {
            Lack::RepeatBuyers { found, needed } => say!(
                self.language,
                "至少要有 {needed} 位会员在两个不同的日子购买过，目前有 {found} 位。请继续记录购买，或导入过去的购买记录",
                "至少要有 {needed} 位會員在兩個不同的日子購買過，目前有 {found} 位。請繼續記錄購買，或匯入過去的購買紀錄",
                "서로 다른 날 두 번 이상 구매한 회원이 {needed}명 있어야 하는데 지금은 {found}명입니다. 구매를 계속 기록하거나 지난 구매를 가져오세요",
                "At least {needed} members must have bought on two different days; {found} have so far. Keep recording purchases, or import those of the past",
            ),
            Lack::Days { found, needed } => say!(
                self.language,
                "至少需要 {needed} 天的购买记录，目前有 {found} 天。请继续记录购买，或导入过去的购买记录",
                "至少需要 {needed} 天的購買紀錄，目前有 {found} 天。請繼續記錄購買，或匯入過去的購買紀錄",
                "구매 기록이 {needed}일 이상 있어야 하는데 지금은 {found}일입니다. 구매를 계속 기록하거나 지난 구매를 가져오세요",
                "Purchases of at least {needed} days are needed; there are {found} so far. Keep recording purchases, or import those of the past",
            ),
            Lack::Maximum => say!(
                self.language,
                "目前的购买记录还无法得出可靠的预测，有新的购买后会每天重新计算",
                "目前的購買紀錄還無法得出可靠的預測，有新的購買後會每天重新計算",
                "지금의 구매 기록으로는 믿을 만한 예측을 할 수 없습니다. 새 구매가 생기면 매일 다시 계산합니다",
                "The purchases so far do not lead to a prediction that can be relied on; with new ones it is tried again every day",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::money::Currency;
    use crate::programme::Programme;
    use jiff::tz::TimeZone;

    const EXPECTATION: Expectation = Expectation {
        probability_active: 0.9,
        probability_coming: 0.8214,
        purchases: 3.04,
        mean_minor: 13_700,
        amount_minor: 41_230,
    };

    fn say(language: Language, of: impl Fn(&Voice<'_>) -> String) -> String {
        let currency = Currency::new("CNY", 2).unwrap();
        let programme = Programme::first("단골", 2);
        of(&Voice {
            language,
            currency: &currency,
            programme: &programme,
            zone: &TimeZone::UTC,
            segments: &[],
            tags: &[],
            lifestyles: &[],
        })
    }

    #[test]
    fn an_expectation_is_said_in_four_languages() {
        for (language, expected) in [
            (Language::ZhCn, "未来 90 天内再次光临的可能性为 82%，预计购买约 3 次，合计约 ¥412"),
            (Language::ZhTw, "未來 90 天內再次光臨的可能性為 82%，預計購買約 3 次，合計約 CN¥412"),
            (Language::Ko, "앞으로 90일 안에 다시 올 가능성 82%, 예상 구매 약 3회, 예상 금액 약 CN¥412"),
            (Language::En, "Likely to come again within 90 days: 82%; about 3 purchases and CN¥412"),
        ] {
            assert_eq!(say(language, |voice| voice.expected(&EXPECTATION, 90)), expected);
        }
    }

    #[test]
    fn counts_and_chances_are_rounded_and_never_certain() {
        for (count, expected) in [(0.04, "0"), (0.25, "0.2"), (1.02, "1"), (9.94, "9.9"), (9.96, "10"), (31.4, "31")] {
            assert_eq!(about(count), expected);
        }
        for (probability, expected) in [(0.0, "<1%"), (0.004, "<1%"), (0.005, "1%"), (0.5, "50%"), (0.996, ">99%"), (1.0, ">99%")]
        {
            assert_eq!(percent(probability), expected);
        }
        let once = Expectation { purchases: 1.0, ..EXPECTATION };
        assert!(say(Language::En, |voice| voice.expected(&once, 90)).contains("about 1 purchase and"));
    }

    #[test]
    fn the_history_says_its_days() {
        let history = History {
            repeats: 4,
            first_day: 20_000,
            last_day: 20_100,
            until_day: 20_200,
            amount_minor: 68_500,
            repeat_amount_minor: 0,
            fading_repeats: 1.0,
        };
        let said = say(Language::En, |voice| voice.bought(&history));
        assert!(said.starts_with("Bought on 5 days from ") && said.ends_with(", CN¥137 a day on average"), "{said}");
        let once = say(Language::En, |voice| voice.bought(&History { repeats: 0, amount_minor: 500, ..history }));
        assert!(once.starts_with("Bought on one day only, ") && once.ends_with(" for CN¥5"), "{once}");
    }
}

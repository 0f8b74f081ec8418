//! Questions about customers that a brand asks again and again, each a condition with what to do about whom it finds.

use crate::attribute::Attribute;
use crate::condition::{Condition, Operand, Operator, Test};
use crate::event::{Event, EventTest, Measure};
use crate::habit::YEAR_DAYS;
use crate::language::Language;
use crate::time::day_text;

/// What the questions need to know of the brand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// The business day.
    pub today: i32,
    /// The least that one of the top twentieth bought in the year before the last, in minor units; none when nobody bought then.
    pub large_minor: Option<i64>,
    /// What a purchase of the last year came to on average, in minor units; none when there was none.
    pub ticket_minor: Option<i64>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its stable word.
    pub code: &'static str,
    /// The question in four languages.
    pub name: [&'static str; 4],
    /// What to do about whom it finds, in four languages.
    pub advice: [&'static str; 4],
    /// Whom it finds.
    pub condition: Condition,
}

impl Question {
    /// The question.
    pub fn name(&self, language: Language) -> &'static str {
        language.pick(&self.name)
    }

    /// What to do about whom it finds.
    pub fn advice(&self, language: Language) -> &'static str {
        language.pick(&self.advice)
    }
}

fn test(attribute: Attribute, op: Operator, value: impl Into<Option<Operand>>) -> Condition {
    Condition::Test(Test { attribute, op, value: value.into() })
}

fn number(attribute: Attribute, op: Operator, value: i64) -> Condition {
    test(attribute, op, Operand::Number(value))
}

fn one_of(attribute: Attribute, words: &[&str]) -> Condition {
    test(attribute, Operator::In, Operand::Texts(words.iter().map(|word| (*word).to_owned()).collect()))
}

fn all(all: Vec<Condition>) -> Condition {
    Condition::All { all }
}

/// Who bought for so much in the year before the last.
fn large_last_year(ground: &Ground) -> Option<Condition> {
    let until = ground.today - YEAR_DAYS;
    Some(Condition::Happened(Box::new(EventTest {
        event: Event::Purchase,
        measure: Measure::Amount,
        filter: None,
        last_days: None,
        from: Some(day_text(until - YEAR_DAYS + 1)),
        until: Some(day_text(until)),
        op: Operator::AtLeast,
        value: Some(Operand::Number(ground.large_minor?)),
    })))
}

/// The questions that can be answered of a brand.
pub fn questions(ground: &Ground) -> Vec<Question> {
    let mut questions = Vec::new();
    if let Some(large) = large_last_year(ground) {
        questions.push(Question {
            code: "large_and_less",
            name: [
                "去年的大客户，今年买得少了？",
                "去年的大客戶，今年買得少了？",
                "작년의 큰 고객 중 올해 덜 사는 사람은?",
                "Last year’s largest customers: who buys less this year?",
            ],
            advice: [
                "问清原因：搬家、孩子长大、竞品价格，还是不满意；每种原因的做法不同。",
                "問清原因：搬家、孩子長大、競品價格，還是不滿意；每種原因的做法不同。",
                "이유를 물어보세요. 이사, 자녀 성장, 경쟁사 가격, 불만 등 이유마다 할 일이 다릅니다.",
                "Ask for the reason: moved, child grown, a rival’s price, displeased. Each needs another answer.",
            ],
            condition: all(vec![large.clone(), number(Attribute::YearChange, Operator::AtMost, -20)]),
        });
        questions.push(Question {
            code: "large_and_displeased",
            name: [
                "去年的大客户，谁多次退货？",
                "去年的大客戶，誰多次退貨？",
                "작년의 큰 고객 중 여러 번 반품한 사람은?",
                "Last year’s largest customers: whose goods came back several times?",
            ],
            advice: [
                "由负责人亲自联系，先解决问题，再谈其他。",
                "由負責人親自聯絡，先解決問題，再談其他。",
                "책임자가 직접 연락해 문제부터 해결하세요.",
                "Somebody in charge calls them and puts things right before anything else.",
            ],
            condition: all(vec![large, number(Attribute::Returns, Operator::AtLeast, 2)]),
        });
    }
    if let Some(ticket) = ground.ticket_minor {
        questions.push(Question {
            code: "often_and_little",
            name: [
                "谁常来，但每次买得少？",
                "誰常來，但每次買得少？",
                "자주 오지만 한 번에 조금만 사는 사람은?",
                "Who comes often and buys little each time?",
            ],
            advice: [
                "推荐搭配商品，或用满额礼提高客单价。",
                "推薦搭配商品，或用滿額禮提高客單價。",
                "함께 쓰는 상품을 권하거나 금액별 사은품으로 객단가를 높이세요.",
                "Recommend what goes with it, or give something from an amount on, to raise the average ticket.",
            ],
            condition: all(vec![
                one_of(Attribute::ClassStage, &["regular"]),
                number(Attribute::AverageTicket, Operator::AtMost, ticket / 2),
            ]),
        });
    }
    questions.extend(standing());
    questions
}

/// The questions that need to know nothing of the brand.
fn standing() -> Vec<Question> {
    vec![
        Question {
            code: "valuable_and_away",
            name: [
                "哪些 A 类会员正在疏远？",
                "哪些 A 類會員正在疏遠？",
                "멀어지고 있는 A등급 회원은?",
                "Which A members are staying away?",
            ],
            advice: [
                "由熟悉的店员电话问候，聊聊其常买的商品。",
                "由熟悉的店員電話問候，聊聊其常買的商品。",
                "잘 아는 직원이 자주 사는 상품을 들어 안부 전화를 하세요.",
                "The employee who knows them calls, and speaks of what they usually buy.",
            ],
            condition: all(vec![one_of(Attribute::ClassAbc, &["a"]), one_of(Attribute::ClassStage, &["at_risk", "lapsed"])]),
        },
        Question {
            code: "bought_once",
            name: [
                "谁只买过一次，还没有再来？",
                "誰只買過一次，還沒有再來？",
                "한 번 사고 아직 다시 오지 않은 사람은?",
                "Who bought once and has not come again?",
            ],
            advice: [
                "在两个月内回访，并给出第二次到店的理由。",
                "在兩個月內回訪，並給出第二次到店的理由。",
                "두 달 안에 연락해 다시 올 이유를 만들어 주세요.",
                "Call within two months, and give a reason to come a second time.",
            ],
            condition: all(vec![
                number(Attribute::Purchases, Operator::Is, 1),
                test(Attribute::DaysSincePurchase, Operator::Between, Operand::Numbers(vec![14, 60])),
            ]),
        },
        Question {
            code: "few_categories",
            name: [
                "谁常来，却只买一两个品类？",
                "誰常來，卻只買一兩個品類？",
                "자주 오지만 한두 가지 카테고리만 사는 사람은?",
                "Who comes often and buys one or two categories only?",
            ],
            advice: [
                "其他品类多半在别处购买：给一份试用或首购优惠。",
                "其他品類多半在別處購買：給一份試用或首購優惠。",
                "다른 것은 다른 곳에서 살 가능성이 큽니다. 체험이나 첫 구매 혜택을 주세요.",
                "They surely buy the rest elsewhere: offer something to try, or a first price.",
            ],
            condition: all(vec![
                number(Attribute::Purchases, Operator::AtLeast, 6),
                test(Attribute::Categories, Operator::Between, Operand::Numbers(vec![1, 2])),
            ]),
        },
        Question {
            code: "costs_more",
            name: [
                "谁的成本可能高过贡献？",
                "誰的成本可能高過貢獻？",
                "들이는 비용이 더 클 수 있는 회원은?",
                "Who may cost more than they bring?",
            ],
            advice: [
                "几乎只在优惠时购买，并且常退货：减少投入，先弄清退货原因。",
                "幾乎只在優惠時購買，並且常退貨：減少投入，先弄清退貨原因。",
                "거의 할인 때만 사고 반품이 잦습니다. 투자를 줄이고 반품 이유부터 확인하세요.",
                "They buy at discounts almost only and give back often: spend less on them, and find out why goods come back.",
            ],
            condition: all(vec![
                number(Attribute::DiscountShare, Operator::AtLeast, 80),
                number(Attribute::Returns, Operator::AtLeast, 2),
            ]),
        },
        Question {
            code: "key_and_modest",
            name: [
                "谁总额不高，却是某商品的关键客户？",
                "誰總額不高，卻是某商品的關鍵客戶？",
                "총액은 작지만 어떤 상품의 핵심 고객인 사람은?",
                "Who is a key customer of a product with a modest total?",
            ],
            advice: [
                "新品和补货先通知这些会员，听听他们的意见。",
                "新品和補貨先通知這些會員，聽聽他們的意見。",
                "신상품과 재입고를 먼저 알리고 의견을 들으세요.",
                "Tell them first of what is new and what is back, and ask what they think.",
            ],
            condition: all(vec![number(Attribute::KeyProducts, Operator::AtLeast, 1), one_of(Attribute::ClassAbc, &["b", "c"])]),
        },
        Question {
            code: "bulk",
            name: [
                "谁只凭一笔大单排得很高？",
                "誰只憑一筆大單排得很高？",
                "큰 구매 한 번으로 높이 오른 사람은?",
                "Who stands high by one large purchase alone?",
            ],
            advice: [
                "不要按大客户投入；问清场合，下一次类似场合之前再联系。",
                "不要按大客戶投入；問清場合，下一次類似場合之前再聯絡。",
                "큰 고객처럼 투자하지 말고, 무슨 일이었는지 물어 다음 그때에 연락하세요.",
                "Do not spend on them as on large customers; ask for the occasion, and call before the next one.",
            ],
            condition: number(Attribute::BulkPercent, Operator::AtLeast, 50),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::MEMBER_PLACES;

    #[test]
    fn every_question_is_a_condition_without_a_fault_and_speaks_four_languages() {
        let ground = Ground { today: 20_000, large_minor: Some(5), ticket_minor: Some(9) };
        let asked = questions(&ground);
        assert_eq!(asked.len(), 9);
        for question in &asked {
            assert_eq!(question.condition.fault(MEMBER_PLACES), None, "{}", question.code);
            let texts = [question.name, question.advice].concat();
            assert!(texts.iter().all(|text| !text.is_empty()), "{}", question.code);
        }
    }

    #[test]
    fn what_is_not_known_of_the_brand_is_not_asked() {
        let codes = |ground| questions(&ground).iter().map(|question| question.code).collect::<Vec<_>>();
        let nothing = codes(Ground { today: 20_000, large_minor: None, ticket_minor: None });
        assert!(!nothing.contains(&"large_and_less") && !nothing.contains(&"often_and_little") && nothing.contains(&"bulk"));
    }
}

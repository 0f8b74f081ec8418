//! By what rule members are classed, in words.

use jiff::civil::Date;

use crate::attribute::Attribute;
use crate::class::mark::Mark;
use crate::money::number_words;
use crate::words::{Voice, say};

/// A share in percent, with as many decimals as it has.
fn percent(share_bp: i64) -> String {
    let text = format!("{}.{:02}", share_bp / 100, share_bp % 100);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Voice<'_> {
    /// The rule behind an attribute that says what a member is classed as; none for any other.
    pub fn class_rule(&self, attribute: Attribute) -> Option<String> {
        Some(match attribute {
            Attribute::ClassWorth => say!(
                self.language,
                "高价值：ABC 分类为 A；潜力：不是 A，但预计90天消费居买家前五分之一；其余为普通",
                "高價值：ABC 分類為 A；潛力：不是 A，但預計90天消費居買家前五分之一；其餘為普通",
                "고가치: ABC 등급 A. 잠재 고객: A는 아니지만 90일 예상 구매 금액이 구매 고객 상위 5분의 1. 나머지는 일반",
                "high value: an A member by value; of potential: not an A member, but among the fifth of buyers of whom most is \
                 expected in the next 90 days; ordinary: everybody else",
            ),
            Attribute::ClassAbc => say!(
                self.language,
                "按期间消费从高到低累计：先占品牌规定份额的为 A，再到下一份额的为 B，其余为 C",
                "按期間消費由高到低累計：先占品牌規定份額的為 A，再到下一份額的為 B，其餘為 C",
                "기간 구매 금액을 큰 순서로 더해 브랜드가 정한 몫까지가 A, 다음 몫까지가 B, 나머지가 C",
                "buyers from the largest down: A until their amounts make the brand's first share of the whole, B until the second, C the rest",
            ),
            Attribute::ClassStage => say!(
                self.language,
                "首次消费未满90天为新客；之后看距上次消费是她自己到店间隔的几倍：1.5倍以内为常客（满5次）或成长期，3倍以内有流失风险，\
                 6倍以内（至少半年）沉寂，再久为流失",
                "首次消費未滿90天為新客；之後看距上次消費是她自己到店間隔的幾倍：1.5倍以內為常客（滿5次）或成長期，3倍以內有流失風險，\
                 6倍以內（至少半年）沉寂，再久為流失",
                "첫 구매 90일 미만은 신규. 그 뒤에는 본인 방문 간격과 비교해 1.5배 이내면 단골(5회 이상) 또는 성장기, 3배 이내면 이탈 위험, \
                 6배(최소 반년) 이내면 발길이 뜸함, 그보다 길면 이탈",
                "new for 90 days after the first purchase; then by her own interval between visits: within 1.5 of them regular (from the \
                 fifth visit) or growing, within 3 at risk, within 6 and at least half a year lapsed, after that lost",
            ),
            Attribute::MemberTenure => say!(
                self.language,
                "从入会日算起的足年数，每年入会日当天加一",
                "從入會日算起的足年數，每年入會日當天加一",
                "가입일부터 센 만 연수. 해마다 가입일에 한 해가 늘어납니다",
                "full years since the day of joining, one more on each anniversary",
            ),
            _ => return None,
        })
    }

    /// What sets a member apart, and why. `product` is the name of the article of a key customer; the classes are of `days` until that date.
    pub fn mark(&self, mark: &Mark, product: Option<&str>, (days, until): (i64, Date)) -> (String, String) {
        let (days, until) = (number_words(days), self.date(until));
        let (text, why) = match mark {
            Mark::Layer { code, share_bp, amount_minor } => {
                let (layer, share, amount) = (self.layer(code), percent(*share_bp), self.money(*amount_minor));
                let why = say!(
                    self.language,
                    "截至{until}的 {days} 天内消费 {amount}，按品牌的排名居买家前 {share}",
                    "截至{until}的 {days} 天內消費 {amount}，按品牌的排名居買家前 {share}",
                    "{until}까지 {days}일 동안 {amount} 구매, 브랜드 순위로 구매 고객 상위 {share}",
                    "{amount} in the {days} days to {until}: among the first {share} of buyers by the brand's ranking",
                );
                (layer, why)
            }
            Mark::Bulk { percent, .. } => {
                let text = say!(self.language, "偶发大单客户", "偶發大單客戶", "일회성 대량 구매", "One-off bulk buyer");
                let why = say!(
                    self.language,
                    "截至{until}的 {days} 天内，一笔消费占全部金额的 {percent}%，没有这一笔就不在该层级，因此不当作大客户",
                    "截至{until}的 {days} 天內，一筆消費占全部金額的 {percent}%，沒有這一筆就不在該層級，因此不當作大客戶",
                    "{until}까지 {days}일 동안 한 번의 구매가 전체 금액의 {percent}%로, 그 구매가 없으면 이 층에 들지 않으므로 큰 고객으로 보지 않습니다",
                    "one purchase is {percent}% of the amount of the {days} days to {until}, and led to the layer alone: not taken for \
                     a key customer",
                );
                (text, why)
            }
            Mark::Key { sku, percent, others } => {
                let (name, more) = (product.unwrap_or(sku.as_str()), others + 1);
                let text = match *others {
                    0 => say!(
                        self.language,
                        "“{name}”的关键客户",
                        "「{name}」的關鍵客戶",
                        "‘{name}’의 핵심 고객",
                        "Key customer of “{name}”",
                    ),
                    _ => say!(
                        self.language,
                        "“{name}”等 {more} 种商品的关键客户",
                        "「{name}」等 {more} 種商品的關鍵客戶",
                        "‘{name}’ 등 상품 {more}종의 핵심 고객",
                        "Key customer of “{name}” and {others} more",
                    ),
                };
                let why = say!(
                    self.language,
                    "截至{until}的 {days} 天内，“{name}”的销售额有 {percent}% 来自这位会员；少数几人合计占八成",
                    "截至{until}的 {days} 天內，「{name}」的銷售額有 {percent}% 來自這位會員；少數幾人合計占八成",
                    "{until}까지 {days}일 동안 ‘{name}’ 매출의 {percent}%를 이 회원이 샀고, 몇 사람이 합쳐 80%를 차지합니다",
                    "{percent}% of what was sold of “{name}” in the {days} days to {until}; a few members together make 80% of it",
                );
                (text, why)
            }
        };
        (self.tidy(&text), self.tidy(&why))
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_have_the_decimals_they_need() {
        for (share_bp, expected) in [(100, "1%"), (150, "1.5%"), (1, "0.01%"), (10_000, "100%"), (2_005, "20.05%")] {
            assert_eq!(percent(share_bp), expected);
        }
    }
}

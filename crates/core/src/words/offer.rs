//! Offers, and why one does not apply, in words.

use crate::language::Language;
use crate::money::number_words;
use crate::offer::{ArticlePrice, Effect, Offer, Step};
use crate::quote::Why;
use crate::words::rule::capitalised;
use crate::words::{Voice, say};

/// Prices that are said one by one; of more only how many there are.
const PRICES_SAID: usize = 3;

/// Hundredths of a percent as percent: 1250 is 12.5.
fn percent(percent_bp: i64) -> String {
    let (whole, rest) = (percent_bp / 100, percent_bp % 100);
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

impl Voice<'_> {
    /// An offer as one sentence: when, of which goods, what comes off, and beside what.
    pub fn offer(&self, offer: &Offer) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.dates_of(&offer.from, &offer.until));
        parts.extend(offer.when.as_ref().map(|when| {
            let when = self.when(when);
            say!(self.language, "{when}时", "{when}時", "{when}", "when {when}")
        }));
        let mut does = self.effect(&offer.effect);
        if let Some(lines) = &offer.lines {
            let lines = self.lines(lines);
            does = say!(
                self.language,
                "{lines}的商品，{does}",
                "{lines}的商品，{does}",
                "{lines} 품목 {does}",
                "{does}, on lines where {lines}"
            );
        }
        for said in self.beside(offer) {
            does.push_str(self.language.pick(&["，", "，", ", ", ", "]));
            does.push_str(&said);
        }
        let sentence = match self.language {
            Language::ZhCn | Language::ZhTw => [parts, vec![does]].concat().join("，"),
            Language::Ko | Language::En if parts.is_empty() => does,
            Language::Ko | Language::En => format!("{}: {does}", parts.join(", ")),
        };
        let off = if offer.enabled {
            ""
        } else {
            self.language.pick(&["（已停用）", "（已停用）", "(사용 안 함) ", "(off) "])
        };
        format!("{off}{}", capitalised(&self.tidy(&sentence)))
    }

    fn up_to(&self, max_minor: Option<i64>) -> String {
        let Some(amount) = max_minor.map(|minor| self.money(minor)) else { return String::new() };
        say!(self.language, "，最多 {amount}", "，最多 {amount}", ", 최대 {amount}", ", at most {amount}")
    }

    fn effect(&self, effect: &Effect) -> String {
        match effect {
            Effect::MemberPrice { prices } => self.prices(prices),
            Effect::Percent { percent_bp, max_minor } => {
                let (percent, most) = (percent(*percent_bp), self.up_to(*max_minor));
                say!(self.language, "减 {percent}%{most}", "減 {percent}%{most}", "{percent}% 할인{most}", "{percent}% off{most}")
            }
            Effect::Amount { amount_minor } => {
                let amount = self.money(*amount_minor);
                say!(self.language, "减 {amount}", "減 {amount}", "{amount} 할인", "{amount} off")
            }
            Effect::Steps { steps, repeats } => self.steps(steps, *repeats),
            Effect::NthItem { nth, percent_bp: 10_000 } => {
                let paid = nth - 1;
                say!(
                    self.language,
                    "每 {nth} 件付 {paid} 件，最低价的免费",
                    "每 {nth} 件付 {paid} 件，最低價的免費",
                    "{nth}개마다 가장 싼 1개 무료",
                    "{nth} for {paid}: the cheapest is free"
                )
            }
            Effect::NthItem { nth, percent_bp } => {
                let percent = percent(*percent_bp);
                say!(
                    self.language,
                    "每 {nth} 件中最低价的一件减 {percent}%",
                    "每 {nth} 件中最低價的一件減 {percent}%",
                    "{nth}개마다 가장 싼 1개 {percent}% 할인",
                    "{percent}% off the cheapest of every {nth}"
                )
            }
            Effect::Bundle { parts, price_minor } => {
                let part = |part: &crate::offer::BundlePart| {
                    let (pieces, lines) = (part.pieces, self.lines(&part.lines));
                    say!(
                        self.language,
                        "{lines}的商品 {pieces} 件",
                        "{lines}的商品 {pieces} 件",
                        "{lines} 품목 {pieces}개",
                        "{pieces} where {lines}"
                    )
                };
                let parts = parts.iter().map(part).collect::<Vec<_>>().join(self.language.pick(&["加", "加", " + ", " + "]));
                let price = self.money(*price_minor);
                say!(
                    self.language,
                    "{parts}，共 {price}",
                    "{parts}，共 {price}",
                    "{parts} 묶음 {price}",
                    "{parts}: {price} together"
                )
            }
            Effect::FreeItem { pieces: 1 } => {
                say!(self.language, "最低价的一件免费", "最低價的一件免費", "가장 싼 1개 무료", "the cheapest piece is free")
            }
            Effect::FreeItem { pieces } => say!(
                self.language,
                "最低价的 {pieces} 件免费",
                "最低價的 {pieces} 件免費",
                "가장 싼 {pieces}개 무료",
                "the {pieces} cheapest pieces are free"
            ),
            Effect::Gift { sku, pieces, .. } => {
                say!(
                    self.language,
                    "送 {sku} {pieces} 件",
                    "送 {sku} {pieces} 件",
                    "{sku} {pieces}개 증정",
                    "{pieces} of {sku} as a gift"
                )
            }
            Effect::Delivery { max_minor: None } => say!(self.language, "免运费", "免運費", "무료 배송", "free delivery"),
            Effect::Delivery { max_minor: Some(most) } => {
                let amount = self.money(*most);
                say!(
                    self.language,
                    "运费最多减 {amount}",
                    "運費最多減 {amount}",
                    "배송비 최대 {amount} 할인",
                    "up to {amount} off the delivery"
                )
            }
        }
    }

    fn prices(&self, prices: &[ArticlePrice]) -> String {
        let said = prices.iter().take(PRICES_SAID).map(|price| format!("{} {}", price.sku, self.money(price.price_minor)));
        let said = said.collect::<Vec<_>>().join(self.language.pick(&["、", "、", ", ", ", "]));
        let count = prices.len();
        if count <= PRICES_SAID {
            return say!(self.language, "会员价 {said}", "會員價 {said}", "회원가 {said}", "member price {said}");
        }
        say!(
            self.language,
            "会员价 {said} 等 {count} 种商品",
            "會員價 {said} 等 {count} 種商品",
            "회원가 {said} 등 {count}개 상품",
            "member prices of {count} articles: {said}, …"
        )
    }

    fn steps(&self, steps: &[Step], repeats: bool) -> String {
        let step = |step: &Step| {
            let (from, off) = (self.money(step.from_minor), self.money(step.off_minor));
            if repeats {
                say!(
                    self.language,
                    "每满 {from} 减 {off}",
                    "每滿 {from} 減 {off}",
                    "{from}마다 {off} 할인",
                    "{off} off for every {from}"
                )
            } else {
                say!(self.language, "满 {from} 减 {off}", "滿 {from} 減 {off}", "{from} 이상 {off} 할인", "{off} off from {from}")
            }
        };
        steps.iter().map(step).collect::<Vec<_>>().join(self.language.pick(&["、", "、", ", ", ", "]))
    }

    /// Beside what an offer does not apply.
    fn beside(&self, offer: &Offer) -> Vec<String> {
        let mut said = Vec::new();
        if offer.alone {
            said.push(say!(
                self.language,
                "不与其他优惠同享",
                "不與其他優惠併用",
                "다른 혜택과 함께 쓸 수 없음",
                "not beside any other offer"
            ));
            return said;
        }
        said.extend(offer.group.as_ref().map(|group| {
            say!(
                self.language,
                "“{group}”组的优惠只取一项",
                "「{group}」組的優惠只取一項",
                "‘{group}’ 그룹에서는 하나만 적용",
                "only one offer of the group “{group}” applies"
            )
        }));
        if !offer.excludes.is_empty() {
            let names: Vec<String> = offer.excludes.iter().map(|code| self.offer_name(code)).collect();
            let others = self.either(&names);
            said.push(say!(
                self.language,
                "不与{others}同享",
                "不與{others}併用",
                "{others}와(과) 함께 쓸 수 없음",
                "not beside {others}"
            ));
        }
        said
    }

    /// The name of an offer, or its code where this version does not know it.
    fn offer_name(&self, code: &str) -> String {
        let offer = self.programme.offers.iter().find(|offer| offer.id == code);
        offer.map_or(code, |offer| offer.name.as_str()).to_owned()
    }

    /// Why an offer does not apply to a purchase, and what would make it apply; `named` says what stands at a place.
    pub fn passed_over<'o>(&self, offer: &Offer, why: Why, named: impl Fn(usize) -> Option<&'o Offer>) -> String {
        match why {
            Why::Dates => {
                let dates = self.dates_of(&offer.from, &offer.until).unwrap_or_default();
                say!(
                    self.language,
                    "不在期间内：{dates}",
                    "不在期間內：{dates}",
                    "기간이 아님: {dates}",
                    "Not on this day: {dates}"
                )
            }
            Why::Condition => {
                let when = offer.when.as_ref().map(|when| self.condition(when)).unwrap_or_default();
                say!(
                    self.language,
                    "条件未满足：{when}",
                    "條件未滿足：{when}",
                    "조건이 맞지 않음: {when}",
                    "The condition does not hold: {when}"
                )
            }
            Why::NoGoods => say!(
                self.language,
                "没有适用的商品",
                "沒有適用的商品",
                "해당하는 상품이 없음",
                "None of its goods are in the basket"
            ),
            Why::Short(minor) => {
                let amount = self.money(minor);
                say!(
                    self.language,
                    "再买 {amount} 即可享受",
                    "再買 {amount} 即可享有",
                    "{amount} 더 사면 적용",
                    "Applies when {amount} more is bought"
                )
            }
            Why::FewPieces(pieces) => {
                let pieces = number_words(pieces);
                say!(
                    self.language,
                    "再买 {pieces} 件即可享受",
                    "再買 {pieces} 件即可享有",
                    "{pieces}개 더 사면 적용",
                    "Applies with {pieces} more of its goods"
                )
            }
            Why::Nothing => say!(
                self.language,
                "现价已不高于优惠价",
                "現價已不高於優惠價",
                "이미 혜택가보다 비싸지 않음",
                "The goods cost no more than that already"
            ),
            Why::Beside(place) => {
                let name = named(place).map_or("", |offer| offer.name.as_str());
                say!(
                    self.language,
                    "不能与“{name}”同享，后者更优惠",
                    "不能與「{name}」併用，後者更優惠",
                    "‘{name}’와(과) 함께 쓸 수 없음. 이쪽이 더 유리함",
                    "Not beside “{name}”, which makes the better price"
                )
            }
            Why::NotBetter => say!(
                self.language,
                "不用它价格更低或相同",
                "不用它價格更低或相同",
                "적용하지 않는 편이 같거나 더 쌈",
                "The price is the same or better without it"
            ),
        }
    }
}

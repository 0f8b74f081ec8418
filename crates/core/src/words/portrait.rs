//! What to say to a member next, in words.

use crate::ledger::Asset;
use crate::portrait::Step;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What to say to her or to ask her; `product` names an article.
    pub fn step(&self, step: &Step, product: impl Fn(&str) -> String) -> String {
        match step {
            Step::Birthday { days: 0 } => {
                say!(
                    self.language,
                    "今天是会员生日，送上生日祝福",
                    "今天是會員生日，送上生日祝福",
                    "오늘이 생일입니다. 축하 인사를 건네세요",
                    "Say happy birthday today"
                )
            }
            Step::Birthday { days } => say!(
                self.language,
                "{days} 天后是会员生日，提前祝福并说明生日礼遇",
                "{days} 天後是會員生日，提前祝福並說明生日禮遇",
                "{days}일 뒤가 생일입니다. 미리 축하하고 생일 혜택을 알려 주세요",
                "The birthday is in {days} days: send good wishes and tell of the birthday benefits"
            ),
            Step::Overdue { .. } => say!(
                self.language,
                "问候近况，邀请再次光临",
                "問候近況，邀請再次光臨",
                "안부를 묻고 다시 오시도록 초대하세요",
                "Ask how things have been, and invite the member back"
            ),
            Step::FirstPurchase { .. } => say!(
                self.language,
                "感谢首次消费，问问用得怎么样",
                "感謝首次消費，問問用得怎麼樣",
                "첫 구매에 감사하고 써 보니 어떤지 물어보세요",
                "Say thanks for the first purchase, and ask how it is liked"
            ),
            Step::Due { sku, .. } => {
                let product = product(sku);
                say!(
                    self.language,
                    "“{product}”差不多该补货了，问问是否需要",
                    "「{product}」差不多該補貨了，問問是否需要",
                    "‘{product}’ 다시 살 때가 되었습니다. 필요한지 물어보세요",
                    "“{product}” will soon be used up: ask whether more is needed"
                )
            }
            Step::Points { points } => {
                let units = self.units(Asset::Points, *points);
                say!(
                    self.language,
                    "提醒会员 {units}即将到期，可以怎么用",
                    "提醒會員 {units}即將到期，可以怎麼用",
                    "{units}가 곧 소멸됩니다. 쓸 방법을 알려 주세요",
                    "Remind the member that {units} lapse soon, and what they can be used for"
                )
            }
            Step::Returns { .. } => say!(
                self.language,
                "问问哪里不合适，先解决再推荐",
                "問問哪裡不合適，先解決再推薦",
                "무엇이 맞지 않았는지 묻고, 권하기 전에 먼저 해결하세요",
                "Ask what was not right, and put that right before recommending anything"
            ),
        }
    }

    /// Why that is to be said.
    pub fn step_why(&self, step: &Step) -> String {
        match step {
            Step::Birthday { .. } => {
                say!(self.language, "资料中的生日", "資料中的生日", "등록된 생일", "the birthday on file")
            }
            Step::Overdue { interval, since } => say!(
                self.language,
                "平常每 {interval} 天来一次，这次已有 {since} 天没来",
                "平常每 {interval} 天來一次，這次已有 {since} 天沒來",
                "보통 {interval}일마다 오는데 이번에는 {since}일째 오지 않았습니다",
                "usually comes every {interval} days, and has not come for {since}"
            ),
            Step::FirstPurchase { since } => say!(
                self.language,
                "{since} 天前首次消费，还没有第二次",
                "{since} 天前首次消費，還沒有第二次",
                "{since}일 전에 처음 사고 아직 다시 오지 않았습니다",
                "bought for the first time {since} days ago, and not again yet"
            ),
            Step::Due { interval, .. } => say!(
                self.language,
                "大约每 {interval} 天买一次",
                "大約每 {interval} 天買一次",
                "보통 {interval}일마다 삽니다",
                "bought about every {interval} days"
            ),
            Step::Points { .. } => {
                say!(
                    self.language,
                    "30 天内到期的积分",
                    "30 天內到期的點數",
                    "30일 안에 소멸될 포인트",
                    "points that lapse within 30 days"
                )
            }
            Step::Returns { returns } => say!(
                self.language,
                "有 {returns} 次消费发生退货",
                "有 {returns} 次消費發生退貨",
                "반품이 있었던 구매 {returns}건",
                "something came back of {returns} purchases"
            ),
        }
    }
}

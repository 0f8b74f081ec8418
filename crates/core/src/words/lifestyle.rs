//! Lifestyle groups in words.

use crate::lifestyle::Lack;
use crate::time::date_of;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// Why members cannot be grouped yet, when they can, and what to do.
    pub fn lifestyle_lack(&self, lack: &Lack) -> String {
        match lack {
            Lack::Days { found, needed, ready_day: Some(ready) } => {
                let day = self.date(date_of(*ready));
                say!(
                    self.language,
                    "需要约半年（{needed} 天）的购买记录，目前有 {found} 天，到{day}就够了。导入过去的购买记录可以提前开始",
                    "需要約半年（{needed} 天）的購買紀錄，目前有 {found} 天，到{day}就夠了。匯入過去的購買紀錄可以提前開始",
                    "약 반년({needed}일)의 구매 기록이 필요하고 지금은 {found}일입니다. {day}에 충분해집니다. 지난 구매를 가져오면 더 일찍 시작할 수 있습니다",
                    "About half a year of purchases is needed ({needed} days); there are {found}, and on {day} there will be enough. Importing earlier purchases lets you begin sooner",
                )
            }
            Lack::Days { needed, ready_day: None, .. } => say!(
                self.language,
                "还没有购买记录，需要约半年（{needed} 天）的记录。请开始记录购买，或导入过去的购买记录",
                "還沒有購買紀錄，需要約半年（{needed} 天）的紀錄。請開始記錄購買，或匯入過去的購買紀錄",
                "아직 구매 기록이 없습니다. 약 반년({needed}일)의 기록이 필요합니다. 구매를 기록하거나 지난 구매를 가져오세요",
                "There are no purchases yet, and about half a year of them is needed ({needed} days). Record purchases, or import those of the past",
            ),
            Lack::Members { found, needed } => say!(
                self.language,
                "至少要有 {needed} 位会员在过去一年购买过三次以上，目前有 {found} 位。请继续记录购买，或导入过去的购买记录",
                "至少要有 {needed} 位會員在過去一年購買過三次以上，目前有 {found} 位。請繼續記錄購買，或匯入過去的購買紀錄",
                "지난 1년에 세 번 이상 구매한 회원이 {needed}명 있어야 하는데 지금은 {found}명입니다. 구매를 계속 기록하거나 지난 구매를 가져오세요",
                "At least {needed} members must have bought three times within a year; {found} have so far. Keep recording purchases, or import those of the past",
            ),
            Lack::Categories { found, needed, without_percent } => say!(
                self.language,
                "至少要有 {needed} 个常买的品类，目前有 {found} 个，{without_percent}% 的购买行没有品类。请在商品资料中填写品类",
                "至少要有 {needed} 個常買的品類，目前有 {found} 個，{without_percent}% 的購買項目沒有品類。請在商品資料中填寫品類",
                "자주 사는 카테고리가 {needed}개 있어야 하는데 지금은 {found}개이고, 구매 품목의 {without_percent}%에 카테고리가 없습니다. 상품에 카테고리를 넣어 주세요",
                "At least {needed} categories must be bought often; there are {found}, and {without_percent}% of the lines have no category. Give your products categories",
            ),
        }
    }

    /// The name of a lifestyle group, or its code where it is not known.
    pub(super) fn lifestyle(&self, code: &str) -> String {
        let known = self.lifestyles.iter().find(|(known, _)| known == code);
        known.map_or(code, |(_, name)| name.as_str()).to_owned()
    }
}

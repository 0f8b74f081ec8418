//! Gifts in words: what became of one, and why one is not taken.

use crate::gift::{GiftDetail, GiftEvent, GiftRefusal};
use crate::language::Language;
use crate::ledger::Asset;
use crate::time::day_text;
use crate::words::{Voice, say};

impl Voice<'_> {
    /// What became of a gift, one sentence for each consequence.
    pub fn gift_taken(&self, detail: &GiftDetail) -> Vec<String> {
        let (name, store) = (detail.name.read(self.language), &detail.store);
        let units = self.units(Asset::Points, detail.points());
        match detail.event {
            GiftEvent::Reserved => {
                let mut said = vec![say!(
                    self.language,
                    "用 {units}兑换礼品“{name}”（{store}）",
                    "用 {units}兌換禮品「{name}」（{store}）",
                    "{units}로 사은품 ‘{name}’ 교환({store})",
                    "Gift “{name}” put aside at {store} for {units}"
                )];
                said.extend(detail.expires_at_ms.map(|at_ms| {
                    let day = self.day_of(at_ms - 1);
                    say!(self.language, "请在{day}前领取", "請在{day}前領取", "{day}까지 수령", "To be collected by {day}")
                }));
                said
            }
            GiftEvent::Handed => self.gift_handed(detail, name),
            GiftEvent::Cancelled => vec![say!(
                self.language,
                "取消礼品“{name}”，退回 {units}",
                "取消禮品「{name}」，退回 {units}",
                "사은품 ‘{name}’ 취소, {units} 반환",
                "Gift “{name}” cancelled, {units} given back"
            )]
            .into_iter()
            .chain(self.gift_value_back(detail))
            .collect(),
            GiftEvent::Lapsed => vec![say!(
                self.language,
                "礼品“{name}”逾期未领，退回 {units}",
                "禮品「{name}」逾期未領，退回 {units}",
                "사은품 ‘{name}’ 미수령, {units} 반환",
                "Gift “{name}” was not collected in time, {units} given back"
            )],
        }
    }

    fn gift_handed(&self, detail: &GiftDetail, name: &str) -> Vec<String> {
        let store = &detail.store;
        let mut said = vec![match (&detail.parcel, detail.delivery) {
            (Some(parcel), true) => say!(
                self.language,
                "寄出礼品“{name}”，单号 {parcel}",
                "寄出禮品「{name}」，單號 {parcel}",
                "사은품 ‘{name}’ 발송, 운송장 {parcel}",
                "Gift “{name}” sent, parcel {parcel}"
            ),
            (None, true) => {
                say!(self.language, "寄出礼品“{name}”", "寄出禮品「{name}」", "사은품 ‘{name}’ 발송", "Gift “{name}” sent")
            }
            (_, false) => say!(
                self.language,
                "在{store}领取礼品“{name}”",
                "在{store}領取禮品「{name}」",
                "{store}에서 사은품 ‘{name}’ 수령",
                "Gift “{name}” handed out at {store}"
            ),
        }];
        if detail.amount_minor > 0 {
            let amount = self.money(detail.amount_minor);
            said.push(match &detail.value {
                Some(paid) => self.paid_with_value(paid),
                None => {
                    say!(self.language, "另付 {amount}", "另付 {amount}", "추가 결제 {amount}", "{amount} paid beside points")
                }
            });
        }
        said
    }

    /// Stored value that came back with a gift.
    fn gift_value_back(&self, detail: &GiftDetail) -> Option<String> {
        let [principal_minor, bonus_minor] = detail.value.as_ref()?.amounts();
        Some(self.value_back(principal_minor, bonus_minor))
    }
}

impl GiftRefusal {
    /// Why, and what to do, for a person.
    pub fn say(self, language: Language) -> String {
        let plain = |texts: [&str; 4]| language.pick(&texts).to_owned();
        match self {
            GiftRefusal::Unknown => {
                plain(["没有这种礼品。", "沒有這種禮品。", "해당 사은품이 없습니다.", "There is no such gift."])
            }
            GiftRefusal::Changed => plain([
                "礼品刚被修改，请重新查看后再兑换。",
                "禮品剛被修改，請重新查看後再兌換。",
                "방금 사은품이 수정되었습니다. 다시 확인한 뒤 교환해 주세요.",
                "The gift was changed a moment ago. Look at it again first.",
            ]),
            GiftRefusal::Closed => plain([
                "这种礼品已停止兑换。",
                "這種禮品已停止兌換。",
                "교환이 끝난 사은품입니다.",
                "That gift is not exchanged any more.",
            ]),
            GiftRefusal::NotNow(from, until) => {
                let [from, until] = [from, until].map(day_text);
                say!(
                    language,
                    "这种礼品只在活动期（{from} 至 {until}）兑换。",
                    "這種禮品只在活動期（{from} 至 {until}）兌換。",
                    "축제 기간({from}~{until})에만 교환하는 사은품입니다.",
                    "That gift is exchanged from {from} to {until} only."
                )
            }
            GiftRefusal::NotForMember => plain([
                "这位会员不在这种礼品的兑换范围内。",
                "這位會員不在這種禮品的兌換範圍內。",
                "이 회원은 교환 대상이 아닌 사은품입니다.",
                "That gift is for other members.",
            ]),
            GiftRefusal::EnoughForMember(most) => say!(
                language,
                "每位会员最多兑换 {most} 件，已达上限。",
                "每位會員最多兌換 {most} 件，已達上限。",
                "회원당 {most}개까지 교환할 수 있으며 이미 모두 교환했습니다.",
                "A member gets {most} of these at most, and has had them."
            ),
            GiftRefusal::NoStock => plain([
                "这家门店没有库存了。请换一家门店或别的礼品。",
                "這家門市沒有庫存了。請換一家門市或別的禮品。",
                "이 매장에는 재고가 없습니다. 다른 매장이나 사은품을 고르세요.",
                "That store has none left. Choose another store, or another gift.",
            ]),
            GiftRefusal::NotCollected => plain([
                "这种礼品只邮寄，不在门店领取。",
                "這種禮品只郵寄，不在門市領取。",
                "배송만 하는 사은품입니다.",
                "That gift is delivered only.",
            ]),
            GiftRefusal::NotDelivered => plain([
                "这种礼品只在门店领取，不邮寄。",
                "這種禮品只在門市領取，不郵寄。",
                "매장에서만 받을 수 있는 사은품입니다.",
                "That gift is collected at a store only.",
            ]),
            GiftRefusal::UnknownReservation => plain([
                "没有这笔兑换。请核对兑换码。",
                "沒有這筆兌換。請核對兌換碼。",
                "해당 교환 내역이 없습니다. 교환 번호를 확인해 주세요.",
                "There is no such gift put aside. Check its code.",
            ]),
            GiftRefusal::Mistyped => plain([
                "兑换码输入有误（校验不符）。请重新输入。",
                "兌換碼輸入有誤（檢查碼不符）。請重新輸入。",
                "교환 번호를 잘못 입력했습니다(검사 문자 불일치). 다시 입력해 주세요.",
                "That code does not add up: a character is wrong or missing. Type it again.",
            ]),
            GiftRefusal::OtherStore => plain([
                "这件礼品留在另一家门店。",
                "這件禮品留在另一家門市。",
                "다른 매장에 보관된 사은품입니다.",
                "Another store has that gift.",
            ]),
            GiftRefusal::Handed => plain([
                "这件礼品已经领取或寄出。",
                "這件禮品已經領取或寄出。",
                "이미 수령했거나 발송한 사은품입니다.",
                "That gift was handed out already.",
            ]),
            GiftRefusal::Cancelled => {
                plain(["这笔兑换已取消。", "這筆兌換已取消。", "취소된 교환입니다.", "That gift was cancelled."])
            }
            GiftRefusal::Lapsed => plain([
                "这笔兑换已逾期，积分会退回。",
                "這筆兌換已逾期，點數會退回。",
                "수령 기간이 지난 교환입니다. 포인트는 반환됩니다.",
                "That gift was not collected in time; its points go back.",
            ]),
            GiftRefusal::TenderMissing(amount_minor) => say!(
                language,
                "还须付款 {amount_minor}（最小货币单位）。请选择付款方式，积分除外。",
                "還須付款 {amount_minor}（最小貨幣單位）。請選擇付款方式，點數除外。",
                "{amount_minor}(최소 화폐 단위)을(를) 더 결제해야 합니다. 포인트가 아닌 결제 수단을 고르세요.",
                "{amount_minor} is to be paid beside (minor units). Say how, points excepted."
            ),
            GiftRefusal::NothingToPay => plain([
                "这件礼品不用另外付款。",
                "這件禮品不用另外付款。",
                "추가로 결제할 금액이 없습니다.",
                "Nothing is to be paid beside the points.",
            ]),
        }
    }
}

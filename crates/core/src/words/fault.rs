//! Faults of a programme in words.

use crate::condition::{MAX_DEPTH, MAX_NODES};
use crate::event::MAX_WINDOW_DAYS;
use crate::fault::{Fault, FaultKind};
use crate::language::Language;

impl Fault {
    /// What is wrong and what to do, for a person.
    pub fn say(&self, language: Language) -> String {
        let plain = |texts: [&str; 4]| language.pick(&texts).to_owned();
        let said = |texts: [String; 4]| language.pick(&texts.each_ref().map(String::as_str)).to_owned();
        match &self.kind {
            FaultKind::Empty => plain(["不能为空。", "不能為空。", "비워 둘 수 없습니다.", "This must not be empty."]),
            FaultKind::TooLong(most) => said([
                format!("最多 {most} 个字。"),
                format!("最多 {most} 個字。"),
                format!("최대 {most}자까지 쓸 수 있습니다."),
                format!("At most {most} characters."),
            ]),
            FaultKind::CodeCharacters => plain([
                "代码里不能有空格或控制字符。",
                "代碼裡不能有空格或控制字元。",
                "코드에는 공백이나 제어 문자를 쓸 수 없습니다.",
                "A code must not hold blanks or control characters.",
            ]),
            FaultKind::Duplicate(code) => said([
                format!("代码“{code}”重复了，请换一个。"),
                format!("代碼「{code}」重複了，請換一個。"),
                format!("이미 쓰고 있는 코드입니다: {code}. 다른 코드를 쓰세요."),
                format!("The code “{code}” stands twice. Choose another."),
            ]),
            FaultKind::OutOfRange { least, most } => said([
                format!("请填写 {least} 到 {most} 之间的数。"),
                format!("請填寫 {least} 到 {most} 之間的數。"),
                format!("{least}~{most} 사이의 값을 입력하세요."),
                format!("Give a number from {least} to {most}."),
            ]),
            FaultKind::TooMany(most) => said([
                format!("最多 {most} 项。"),
                format!("最多 {most} 項。"),
                format!("최대 {most}개까지 둘 수 있습니다."),
                format!("At most {most} of these."),
            ]),
            FaultKind::NotADate => plain([
                "不是有效日期，请按 YYYY-MM-DD 填写。",
                "不是有效日期，請依 YYYY-MM-DD 填寫。",
                "올바른 날짜가 아닙니다. YYYY-MM-DD 형식으로 입력하세요.",
                "Not a date. Write it as YYYY-MM-DD.",
            ]),
            FaultKind::Reversed => plain([
                "起点晚于或大于终点，请对调。",
                "起點晚於或大於終點，請對調。",
                "시작이 끝보다 뒤에 있습니다. 순서를 바꾸세요.",
                "The first bound lies behind the second. Swap them.",
            ]),
            FaultKind::ConditionTooLarge => said([
                format!("条件太复杂：最多 {MAX_DEPTH} 层、{MAX_NODES} 项。"),
                format!("條件太複雜：最多 {MAX_DEPTH} 層、{MAX_NODES} 項。"),
                format!("조건이 너무 복잡합니다. 최대 {MAX_DEPTH}단계, {MAX_NODES}개까지 됩니다."),
                format!("The condition is too large: at most {MAX_DEPTH} levels and {MAX_NODES} parts."),
            ]),
            FaultKind::Operator(attribute) => {
                let label = attribute.label(language);
                said([
                    format!("“{label}”不支持这种比较方式。"),
                    format!("「{label}」不支援這種比較方式。"),
                    format!("‘{label}’ 항목에는 이 비교 방식을 쓸 수 없습니다."),
                    format!("The {label} cannot be compared in this way."),
                ])
            }
            FaultKind::Operand(attribute) => {
                let label = attribute.label(language);
                said([
                    format!("请为“{label}”填写合适的值。"),
                    format!("請為「{label}」填寫合適的值。"),
                    format!("‘{label}’ 항목에 맞는 값을 입력하세요."),
                    format!("Give a value that fits the {label}."),
                ])
            }
            FaultKind::Place(attribute) => {
                let label = attribute.label(language);
                said([
                    format!("这里不能用“{label}”，请换一个条件。"),
                    format!("這裡不能用「{label}」，請換一個條件。"),
                    format!("여기에는 ‘{label}’ 항목을 쓸 수 없습니다. 다른 조건을 고르세요."),
                    format!("The {label} cannot be used here. Choose another condition."),
                ])
            }
            FaultKind::Beyond => plain([
                "这里只能用这笔消费及其会员的条件。",
                "這裡只能用這筆消費及其會員的條件。",
                "여기에는 해당 구매와 회원에 관한 조건만 쓸 수 있습니다.",
                "Only conditions on the purchase and its member can be used here.",
            ]),
            FaultKind::MeasureOperator => plain([
                "这一项不支持这种比较方式。",
                "這一項不支援這種比較方式。",
                "이 항목에는 이 비교 방식을 쓸 수 없습니다.",
                "This cannot be compared in this way.",
            ]),
            FaultKind::MeasureOperand => {
                plain(["请填写合适的值。", "請填寫合適的值。", "알맞은 값을 입력하세요.", "Give a value that fits."])
            }
            FaultKind::Window => said([
                format!("时间范围不对：填写 1 到 {MAX_WINDOW_DAYS} 天，或先后正确的日期，二者选一。"),
                format!("時間範圍不對：填寫 1 到 {MAX_WINDOW_DAYS} 天，或先後正確的日期，二者選一。"),
                format!("기간이 올바르지 않습니다. 1~{MAX_WINDOW_DAYS}일, 또는 순서가 맞는 날짜 중 하나로 정하세요."),
                format!("The period is not right: give 1 to {MAX_WINDOW_DAYS} days, or dates in their order, one of the two."),
            ]),
            FaultKind::FieldName => plain([
                "请填写自定义字段的名称，不能含引号或反斜杠。",
                "請填寫自訂欄位的名稱，不能含引號或反斜線。",
                "사용자 정의 항목의 이름을 입력하세요. 따옴표와 역슬래시는 쓸 수 없습니다.",
                "Name the custom field, without quotation marks or backslashes.",
            ]),
            FaultKind::Purpose => plain([
                "请填写用途的代码：小写字母、数字和下划线，以字母开头。",
                "請填寫用途的代碼：小寫字母、數字和底線，以字母開頭。",
                "용도의 코드를 입력하세요. 영문 소문자로 시작하고 소문자, 숫자, 밑줄만 쓸 수 있습니다.",
                "Give the code of a purpose: small letters, digits and low lines, a letter in front.",
            ]),
            FaultKind::UnknownSegment => plain([
                "没有这个分群，请换一个。",
                "沒有這個分群，請換一個。",
                "없는 세그먼트입니다. 다른 세그먼트를 고르세요.",
                "There is no such segment. Choose another.",
            ]),
            FaultKind::SegmentLoop => plain([
                "这个分群绕回了自身，请去掉其中一处引用。",
                "這個分群繞回了自身，請去掉其中一處引用。",
                "세그먼트가 자기 자신을 가리킵니다. 참조 중 하나를 지우세요.",
                "This segment leads back to the one that is edited. Take one of them out.",
            ]),
            FaultKind::UnknownWord(word) => said([
                format!("没有“{word}”这个选项。"),
                format!("沒有「{word}」這個選項。"),
                format!("없는 선택지입니다: {word}."),
                format!("There is no choice “{word}”."),
            ]),
            FaultKind::UnknownTier(code) => said([
                format!("等级里没有“{code}”。请先添加这个等级，或改用其他等级。"),
                format!("等級裡沒有「{code}」。請先新增這個等級，或改用其他等級。"),
                format!("‘{code}’ 등급이 없습니다. 등급을 먼저 추가하거나 다른 등급을 고르세요."),
                format!("There is no tier “{code}”. Add it first, or choose another."),
            ]),
            FaultKind::MixedGroup(group) => said([
                format!("“{group}”组里的规则必须同类：不能把倍数与其他规则、或不同资产放在一组。"),
                format!("「{group}」組裡的規則必須同類：不能把倍數與其他規則、或不同資產放在一組。"),
                format!(
                    "‘{group}’ 그룹에는 같은 종류의 규칙만 둘 수 있습니다. 배수 규칙이나 자산이 다른 규칙과 섞을 수 없습니다."
                ),
                format!("The rules of the group “{group}” must be of one kind: no multipliers beside others, and of one asset."),
            ]),
            FaultKind::NothingToMultiply => plain([
                "倍数规则需要一条按金额积分的规则作基础。",
                "倍數規則需要一條依金額給點的規則作基礎。",
                "배수 규칙에는 금액에 따라 적립하는 기본 규칙이 있어야 합니다.",
                "A multiplier needs a rule that gives by amount.",
            ]),
            FaultKind::LapsesBeforeAvailable => plain([
                "积分会在可用之前就失效。请延长有效期，或缩短生效天数。",
                "點數會在可用之前就失效。請延長有效期，或縮短生效天數。",
                "쓸 수 있기 전에 포인트가 소멸됩니다. 유효 기간을 늘리거나 대기 일수를 줄이세요.",
                "Points would lapse before they may be spent. Let them live longer, or wait for fewer days.",
            ]),
            FaultKind::DeductWithoutRedemption => plain([
                "要从退款中扣除已用积分，先要设定积分抵扣的价值。",
                "要從退款中扣除已用點數，須先設定點數折抵的價值。",
                "사용한 포인트를 환불액에서 빼려면 먼저 포인트의 결제 가치를 정해야 합니다.",
                "To take spent points off the refund, say first what points are worth.",
            ]),
            FaultKind::NotAboveLower => plain([
                "必须高于下一级的门槛。",
                "必須高於下一級的門檻。",
                "아래 등급의 기준보다 높아야 합니다.",
                "This must be more than the level below needs.",
            ]),
            FaultKind::FreeAboveOthers => plain([
                "只有最低一级可以不设门槛。",
                "只有最低一級可以不設門檻。",
                "기준이 없는 등급은 가장 낮은 등급에만 둘 수 있습니다.",
                "Only the lowest level may need nothing.",
            ]),
            FaultKind::UnknownLayer(code) => said([
                format!("客户金字塔里没有“{code}”这一层。请先添加，或改选其他层。"),
                format!("客戶金字塔裡沒有「{code}」這一層。請先新增，或改選其他層。"),
                format!("고객 피라미드에 ‘{code}’ 층이 없습니다. 먼저 추가하거나 다른 층을 고르세요."),
                format!("The pyramid has no layer “{code}”. Add it first, or choose another."),
            ]),
            FaultKind::LayerNotFurther => plain([
                "累计占比必须大于上一层。",
                "累計占比必須大於上一層。",
                "누적 비율은 위 단계보다 커야 합니다.",
                "The cumulative share must be larger than that of the layer above.",
            ]),
            FaultKind::LayersLeaveSomeOut => plain([
                "最后一层的累计占比必须是 100%。",
                "最後一層的累計占比必須是 100%。",
                "마지막 단계의 누적 비율은 100%여야 합니다.",
                "The last layer must reach 100 % of the buyers.",
            ]),
            FaultKind::NoWeight => plain([
                "至少要有一项排名指标的权重大于零。",
                "至少要有一項排名指標的權重大於零。",
                "순위 기준 가운데 하나 이상은 가중치가 있어야 합니다.",
                "At least one criterion must weigh something.",
            ]),
            FaultKind::UnknownOffer(code) => said([
                format!("没有代码为“{code}”的优惠。请先添加它，或改用其他优惠。"),
                format!("沒有代碼為「{code}」的優惠。請先新增它，或改用其他優惠。"),
                format!("‘{code}’ 혜택이 없습니다. 혜택을 먼저 추가하거나 다른 혜택을 고르세요."),
                format!("There is no offer “{code}”. Add it first, or choose another."),
            ]),
            FaultKind::DeliveryWithoutLines => plain([
                "请说明哪些商品是运费，例如品类为“配送”。",
                "請說明哪些商品是運費，例如品類為「配送」。",
                "어떤 품목이 배송비인지 정하세요. 예: 카테고리가 ‘배송’.",
                "Say which lines are the delivery, such as those of a category.",
            ]),
            FaultKind::GivesNothing => plain([
                "请填写要送的积分，或选择一种优惠券。",
                "請填寫要送的點數，或選擇一種優惠券。",
                "지급할 포인트를 입력하거나 쿠폰을 고르세요.",
                "Say how many points it gives, or choose a coupon.",
            ]),
            FaultKind::NotEarned => plain([
                "消费规则只能送积分或成长值。储值赠送请在充值方案中设置。",
                "消費規則只能送點數或成長值。儲值贈送請在儲值方案中設定。",
                "구매 규칙은 포인트나 성장포인트만 줄 수 있습니다. 충전 보너스는 충전 규칙에서 정하세요.",
                "Rules for purchases give points or growth points. What is given for money paid in stands with the top-ups.",
            ]),
            FaultKind::StepGivesNothing => plain([
                "请填写这一档送的赠送金、积分或优惠券。",
                "請填寫這一檔送的贈送金、點數或優惠券。",
                "이 단계에서 줄 보너스, 포인트 또는 쿠폰을 정하세요.",
                "Say which bonus, how many points or which coupon this step gives.",
            ]),
            FaultKind::UnknownTemplate => plain([
                "没有这种优惠券，或已停止发放。请换一种。",
                "沒有這種優惠券，或已停止發放。請換一種。",
                "없거나 발급이 끝난 쿠폰입니다. 다른 쿠폰을 고르세요.",
                "There is no such coupon, or no more of them are given. Choose another.",
            ]),
            FaultKind::NeitherWay => plain([
                "请至少选择到店领取或邮寄其中一种。",
                "請至少選擇到店領取或郵寄其中一種。",
                "매장 수령과 배송 중 하나 이상을 고르세요.",
                "Choose at least one way: collected at a store, or delivered.",
            ]),
            FaultKind::UnknownPicture => plain([
                "没有这张图片。请重新上传。",
                "沒有這張圖片。請重新上傳。",
                "해당 그림이 없습니다. 다시 올려 주세요.",
                "There is no such picture. Upload it again.",
            ]),
            FaultKind::UnknownFestival => plain([
                "没有这个活动期。请先建立。",
                "沒有這個活動期。請先建立。",
                "해당 축제가 없습니다. 먼저 만들어 주세요.",
                "There is no such festival. Make it first.",
            ]),
            FaultKind::SharedCode => plain([
                "共用券号须为 4–12 位大写英文字母或数字。",
                "共用券號須為 4–12 位大寫英文字母或數字。",
                "공용 코드는 영문 대문자와 숫자 4–12자로 적어 주세요.",
                "A shared code is 4–12 capital letters or digits.",
            ]),
        }
    }
}

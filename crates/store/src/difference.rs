//! What an audit finds: something kept that does not follow from the log.

use danggol_core::id::{CouponId, EntryId, GiftId, HolderId, MemberId, ReservationId, TemplateId};
use danggol_core::language::Language;
use danggol_core::ledger::{Account, Asset};

/// Where something differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The state of a holder.
    Holder(HolderId),
    /// A member's file.
    Member(MemberId),
    /// A purchase or another entry of the log.
    Entry(EntryId),
    /// An account of the brand, over all writers.
    Account(Account, Asset),
    /// A purchase number.
    Number(String),
    /// An idempotency key, as its hash.
    Key(String),
    /// A coupon.
    Coupon(CouponId),
    /// A template of coupons.
    Template(TemplateId),
    /// A gift that a member put aside.
    Reservation(ReservationId),
    /// What a store has of a gift.
    Stock(GiftId, String),
    /// A writer and its commits.
    Writer(i64),
}

macro_rules! figures {
    ($($name:ident = $word:literal, [$($label:literal),*], $doc:literal;)*) => {
        /// What differs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Figure {
            $(#[doc = $doc] $name,)*
        }

        impl Figure {
            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(Figure::$name => $word,)* }
            }

            /// What people call it.
            pub fn label(self, language: Language) -> &'static str {
                match self { $(Figure::$name => language.pick(&[$($label),*]),)* }
            }
        }
    };
}

figures! {
    Points = "points", ["积分与批次", "點數與批次", "포인트와 적립 건", "points and their lots"], "Lots, debt and lapsed lots of points.";
    Growth = "growth", ["成长值", "成長值", "성장 점수", "growth points"], "Lots of growth points.";
    Value = "value", ["储值", "儲值", "충전금", "stored value"], "Lots of stored value, and the top-ups that they came from.";
    Tier = "tier", ["会员等级", "會員等級", "회원 등급", "tier"], "The tier held.";
    Days = "days", ["每日累计", "每日累計", "일별 합계", "daily totals"], "What counts for the tier, per business day.";
    Rankings = "rankings", ["历次排名", "歷次排名", "순위 기록", "rankings"], "Where the holder stood at rankings.";
    Caps = "caps", ["上限用量", "上限用量", "한도 사용량", "use of caps"], "What rules with caps over time have given.";
    Purchases = "purchases", ["消费次数", "消費次數", "구매 횟수", "number of purchases"], "Purchases ever.";
    Total = "total", ["累计消费", "累計消費", "누적 구매액", "total spending"], "Spending ever less returns, in minor units.";
    PurchaseTimes = "purchase_times", ["首次与最近消费", "首次與最近消費", "첫 구매와 최근 구매", "first and newest purchase"], "Moments of the first and the newest purchase.";
    Columns = "columns", ["会员状态的索引列", "會員狀態的索引欄", "상태 색인 열", "indexed columns of the state"], "Tier, balance, next review and newest entry as columns.";
    State = "state", ["会员状态", "會員狀態", "상태", "state"], "The whole state, where only one side has any.";
    Owner = "owner", ["归属", "歸屬", "소유자", "owner"], "Whose it is.";
    Version = "version", ["方案版本", "方案版本", "프로그램 버전", "programme version"], "The programme version that it names.";
    Verdict = "verdict", ["处理结果", "處理結果", "처리 결과", "verdict"], "Whether the command would be carried out at all.";
    Award = "award", ["所得与依据", "所得與依據", "적립과 근거", "award"], "What a purchase gave.";
    Returned = "returned", ["退货累计", "退貨累計", "반품 누계", "returns so far"], "What of a purchase has come back.";
    Amounts = "amounts", ["金额列", "金額欄", "금액 열", "amounts"], "Amount, quantity and redeemed points as columns of a purchase.";
    Detail = "detail", ["明细", "明細", "상세", "detail"], "What an entry did.";
    Share = "share", ["另一方的共享记录", "另一方的共享紀錄", "상대방의 공유 기록", "the other side of shared points"], "What went from one member of a household to another, on the other side.";
    Postings = "postings", ["分录", "分錄", "분개", "postings"], "The movements of an entry.";
    Sum = "sum", ["合计", "合計", "합계", "sum"], "The total of an account against the sum of its postings.";
    Purchase = "purchase", ["对应的消费", "對應的消費", "해당 구매", "its purchase"], "The purchase that a number stands for.";
    Entry = "entry", ["对应的记录", "對應的紀錄", "해당 기록", "its entry"], "The entry that a posting or a key stands for.";
    Coupon = "coupon", ["优惠券状态", "優惠券狀態", "쿠폰 상태", "state of the coupon"], "Whose a coupon is, and whether it was used, on what.";
    CouponCounts = "coupon_counts", ["优惠券计数", "優惠券計數", "쿠폰 집계", "counts of coupons"], "How many coupons of a template were given and used, and what they took off.";
    Gift = "gift", ["礼品兑换状态", "禮品兌換狀態", "사은품 교환 상태", "state of a gift"], "Whose a gift that was put aside is, and whether it was handed out.";
    GiftStock = "gift_stock", ["礼品库存", "禮品庫存", "사은품 재고", "stock of a gift"], "How many pieces of a gift a store has put aside and handed out.";
    Consents = "consents", ["同意情况", "同意情形", "동의 상태", "consents"], "What a member has agreed to and withdrawn.";
    Sequence = "sequence", ["提交序号", "提交序號", "커밋 순번", "commit sequence"], "The numbers of a writer's commits, which have no gaps.";
}

/// Something kept that does not follow from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What.
    pub figure: Figure,
    /// What is kept, as JSON or a plain value; `-` for nothing.
    pub kept: String,
    /// What follows from the log, in the same form.
    pub derived: String,
}

impl Place {
    /// The place for a person.
    pub fn say(&self, language: Language) -> String {
        let named = |labels: [&str; 4], name: &str| format!("{} {name}", language.pick(&labels));
        match self {
            Place::Holder(holder) => named(["权益账户", "權益帳戶", "혜택 계정", "holder"], &holder.to_string()),
            Place::Member(member) => named(["会员", "會員", "회원", "member"], &member.to_string()),
            Place::Entry(entry) => named(["记录", "紀錄", "기록", "entry"], &entry.to_string()),
            Place::Account(account, asset) => {
                named(["科目", "科目", "계정과목", "account"], &format!("{} ({})", account.word(), asset.word()))
            }
            Place::Number(number) => named(["单号", "單號", "구매 번호", "purchase number"], number),
            Place::Key(key) => named(["幂等键", "冪等鍵", "멱등 키", "idempotency key"], key),
            Place::Coupon(coupon) => named(["优惠券", "優惠券", "쿠폰", "coupon"], &coupon.to_string()),
            Place::Template(template) => {
                named(["优惠券模板", "優惠券範本", "쿠폰 종류", "coupon template"], &template.to_string())
            }
            Place::Reservation(reservation) => {
                named(["礼品兑换", "禮品兌換", "사은품 교환", "gift put aside"], &reservation.to_string())
            }
            Place::Stock(gift, store) => named(["礼品库存", "禮品庫存", "사은품 재고", "stock"], &format!("{gift} ({store})")),
            Place::Writer(writer) => named(["写入者", "寫入者", "기록자", "writer"], &writer.to_string()),
        }
    }
}

impl Difference {
    /// The difference for a person, on one line.
    pub fn say(&self, language: Language) -> String {
        let [kept, derived] = match language {
            Language::ZhCn => ["现存", "推算"],
            Language::ZhTw => ["現存", "推算"],
            Language::Ko => ["저장된 값", "계산된 값"],
            Language::En => ["kept", "derived"],
        };
        let (place, figure) = (self.place.say(language), self.figure.label(language));
        format!("{place}: {figure}: {kept} {}; {derived} {}", self.kept, self.derived)
    }
}

//! The register of everything that can be said about a purchase, its member, and a member as she stands now.
//!
//! Rules, segments, the console's builder and import mapping all speak this vocabulary; none keeps a list of its own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::class::{Abc, Cell, Stage, Tenure, Worth};
use crate::condition::Operator;
use crate::household::{Housed, HouseholdRole};
use crate::language::Language;

/// What kind of value an attribute has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Minor units of the brand's currency.
    Money,
    /// A whole number.
    Number,
    /// A code or a name.
    Text,
    /// One of a fixed list of words.
    Choice,
    /// A civil date.
    Date,
    /// 1 = Monday … 7 = Sunday.
    Weekday,
    /// 0–23.
    Hour,
}

impl Kind {
    /// The operators that it takes.
    pub fn operators(self) -> &'static [Operator] {
        use Operator::*;
        match self {
            Kind::Money | Kind::Number => &[AtLeast, AtMost, MoreThan, LessThan, Between, Is, IsMissing],
            Kind::Text | Kind::Choice => &[Is, In, IsMissing],
            Kind::Date => &[Between, AtLeast, AtMost, Is, In, IsMissing],
            Kind::Weekday | Kind::Hour => &[In, Is, Between, AtLeast, AtMost],
        }
    }
}

/// What an attribute is said of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// The whole purchase.
    Purchase,
    /// One of its lines; over a purchase it means “any line”.
    Line,
    /// The person who bought, as she was before this purchase; in a segment, as she is now.
    Member,
    /// A member as she stands now: her whole file, her benefits, and her habits by her purchases. Earning rules do not see it.
    Standing,
}

macro_rules! register {
    ($($name:ident = $word:tt, $of:ident, $kind:ident, [$($label:literal),*], $doc:literal;)*) => {
        /// Something that can be said.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Attribute {
            $(#[doc = $doc] #[serde(rename = $word)] $name,)*
        }

        impl Attribute {
            /// The whole register.
            pub const ALL: &[Attribute] = &[$(Attribute::$name),*];

            /// Its word on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Attribute::$name => $word,)* }
            }

            /// The kind of its value.
            pub fn kind(self) -> Kind {
                match self { $(Attribute::$name => Kind::$kind,)* }
            }

            /// What it is said of.
            pub fn of(self) -> Of {
                match self { $(Attribute::$name => Of::$of,)* }
            }

            /// What people call it.
            pub fn label(self, language: Language) -> &'static str {
                match self { $(Attribute::$name => language.pick(&[$($label),*]),)* }
            }
        }
    };
}

register! {
    PurchaseAmount = "purchase.amount", Purchase, Money, ["消费金额", "消費金額", "구매 금액", "purchase amount"], "What the purchase costs before points, in minor units.";
    PurchaseQuantity = "purchase.quantity", Purchase, Number, ["购买件数", "購買件數", "구매 수량", "number of items"], "Pieces over all lines.";
    PurchaseStore = "purchase.store", Purchase, Text, ["门店", "門市", "매장", "store"], "Code of the store.";
    PurchaseChannel = "purchase.channel", Purchase, Text, ["渠道", "通路", "채널", "channel"], "Code of the channel.";
    PurchaseStaff = "purchase.staff", Purchase, Text, ["店员", "店員", "직원", "employee"], "Code of the employee.";
    PurchaseWeekday = "purchase.weekday", Purchase, Weekday, ["星期", "星期", "요일", "day of the week"], "Weekday of the civil date in the shop.";
    PurchaseHour = "purchase.hour", Purchase, Hour, ["时段", "時段", "시간대", "hour of the day"], "Hour on the wall of the shop.";
    PurchaseDate = "purchase.date", Purchase, Date, ["营业日期", "營業日期", "영업일", "business day"], "Business day.";
    LineSku = "line.sku", Line, Text, ["商品", "商品", "상품", "product"], "Article number.";
    LineCategory = "line.category", Line, Text, ["品类", "品類", "카테고리", "category"], "Category at the time of the purchase.";
    LineAmount = "line.amount", Line, Money, ["单行金额", "單項金額", "품목 금액", "line amount"], "What the line costs in minor units.";
    LineQuantity = "line.quantity", Line, Number, ["单行件数", "單項件數", "품목 수량", "line quantity"], "Pieces of the line.";
    MemberTier = "member.tier", Member, Text, ["会员等级", "會員等級", "회원 등급", "tier"], "Code of the tier held before this purchase.";
    MemberGender = "member.gender", Member, Choice, ["性别", "性別", "성별", "gender"], "Gender in the file.";
    MemberAge = "member.age", Member, Number, ["年龄", "年齡", "나이", "age"], "Full years on the day of the purchase.";
    MemberBirthdayMonth = "member.birthday_month", Member, Number, ["生日月份", "生日月份", "생일 달", "birthday month"], "Solar month in which the birthday falls this year, 1–12.";
    MemberDaysToBirthday = "member.days_to_birthday", Member, Number, ["距生日天数", "距生日天數", "생일까지 남은 일수", "days to the birthday"], "Days until the birthday is next celebrated; zero on the day.";
    MemberDaysSinceJoined = "member.days_since_joined", Member, Number, ["入会天数", "入會天數", "가입 후 일수", "days since joining"], "Days since she joined.";
    MemberPurchaseCount = "member.purchase_count", Member, Number, ["已有消费次数", "已有消費次數", "이전 구매 횟수", "earlier purchases"], "Purchases before this one.";
    MemberSource = "member.source", Member, Text, ["入会来源", "入會來源", "가입 경로", "source"], "Code of where she joined.";
    MemberLanguage = "member.language", Member, Choice, ["语言", "語言", "언어", "language"], "Language in the file.";
    MemberStatus = "member.status", Standing, Choice, ["会员状态", "會員狀態", "회원 상태", "status"], "Where the file stands.";
    MemberName = "member.name", Standing, Text, ["姓名", "姓名", "이름", "name"], "Name in the file.";
    MemberStore = "member.store", Standing, Text, ["所属门店", "所屬門市", "소속 매장", "own store"], "Code of the store that she belongs to.";
    MemberJoined = "member.joined", Standing, Date, ["入会日期", "入會日期", "가입일", "day of joining"], "Civil day in the brand's zone on which she joined.";
    MemberSourceKind = "member.source_kind", Standing, Choice, ["入会方式", "入會方式", "가입 방법", "way of joining"], "By which way she came.";
    MemberIncome = "member.income_band", Standing, Text, ["收入段", "收入級距", "소득 구간", "income band"], "Band of income in the file, in the brand's words.";
    MemberTenure = "member.tenure", Standing, Choice, ["会龄", "會齡", "가입 기간", "tenure"], "How many full years ago she joined, on the civil day in the brand's zone: none, one or two, three or four, five and more.";
    HouseholdSize = "household.size", Standing, Number, ["家庭会员人数", "家庭會員人數", "가구 회원 수", "number of members in the household"], "Members in her household by their files, she among them; missing for who is in none.";
    HouseholdRole = "household.role", Standing, Choice, ["家庭角色", "家庭角色", "가구 내 역할", "role in the household"], "What she is in her household; missing for who is in none.";
    HouseholdPosition = "household.position", Standing, Choice, ["家庭身份", "家庭身分", "가구 내 위치", "position in the household"], "Whether she is the head of her household, to whom the brand talks, or another member of it; missing for who is in none.";
    HouseholdSharing = "household.sharing", Standing, Choice, ["家庭积分", "家庭點數", "가구 포인트", "points of the household"], "Whether her household has said that its members spend each other's points; missing for who is in none.";
    Points = "benefit.points", Standing, Number, ["积分余额", "點數餘額", "포인트 잔액", "points balance"], "Points held, debt taken off.";
    GrowthPoints = "benefit.growth_points", Standing, Number, ["成长值", "成長值", "성장포인트", "growth points"], "Growth points held.";
    ExpiringPoints = "benefit.expiring_points", Standing, Number, ["30天内到期积分", "30天內到期點數", "30일 안에 소멸될 포인트", "points expiring within 30 days"], "Points in lots that lapse after now and within thirty days.";
    DaysToTierEnd = "benefit.days_to_tier_end", Standing, Number, ["等级保留剩余天数", "等級保留剩餘天數", "등급 유지 남은 일수", "days until the tier ends"], "Business days until the last day for which the tier is kept; below zero after it, missing for a tier that is held for ever.";
    Purchases = "habit.purchases", Standing, Number, ["累计消费次数", "累計消費次數", "총 구매 횟수", "purchases ever"], "Purchases that have not come back wholly.";
    Spent = "habit.spent", Standing, Money, ["累计消费金额", "累計消費金額", "총 구매 금액", "amount spent ever"], "What she bought, returns taken off.";
    AverageTicket = "habit.average_ticket", Standing, Money, ["平均客单价", "平均客單價", "평균 객단가", "average ticket"], "What she bought by purchase, returns taken off.";
    FirstPurchase = "habit.first_purchase", Standing, Date, ["首次消费日期", "首次消費日期", "첫 구매일", "day of the first purchase"], "Business day of her first purchase.";
    LastPurchase = "habit.last_purchase", Standing, Date, ["最近消费日期", "最近消費日期", "최근 구매일", "day of the last purchase"], "Business day of her newest purchase.";
    DaysSincePurchase = "habit.days_since_purchase", Standing, Number, ["距上次消费天数", "距上次消費天數", "마지막 구매 후 일수", "days since the last purchase"], "Business days since her newest purchase.";
    VisitInterval = "habit.visit_interval", Standing, Number, ["到店间隔天数", "到店間隔天數", "방문 간격(일)", "days between visits"], "Median of the days between her visits, over her newest purchases.";
    HomeStore = "habit.home_store", Standing, Text, ["常去门店", "常去門市", "단골 매장", "usual store"], "Code of the store of most of her newest purchases.";
    FavouriteCategory = "habit.category", Standing, Text, ["偏好品类", "偏好品類", "선호 카테고리", "favourite category"], "Category on which she spent most in her newest purchases.";
    OnlineShare = "habit.online_share", Standing, Number, ["线上消费占比", "線上消費占比", "온라인 구매 비중", "share bought online"], "Percent of her newest purchases that were neither in a store nor by phone.";
    UsualHour = "habit.hour", Standing, Hour, ["习惯购物时段", "習慣購物時段", "주 구매 시간대", "usual hour"], "Hour of most of her newest purchases.";
    UsualWeekday = "habit.weekday", Standing, Weekday, ["习惯购物星期", "習慣購物星期", "주 구매 요일", "usual day of the week"], "Weekday of most of her newest purchases.";
    Platform = "habit.platform", Standing, Text, ["常用线上平台", "常用線上平台", "주 온라인 채널", "usual online platform"], "Channel by which most of her newest online purchases came.";
    FavouriteProduct = "habit.product", Standing, Text, ["常购商品", "常購商品", "자주 사는 상품", "favourite product"], "Article that stands in most of her newest purchases.";
    Categories = "habit.categories", Standing, Number, ["购买品类数", "購買品類數", "구매 카테고리 수", "number of categories bought"], "Different categories in her newest purchases.";
    BasketSize = "habit.basket_size", Standing, Number, ["每次购买件数", "每次購買件數", "1회 구매 수량", "items per purchase"], "Pieces by purchase over her newest purchases, rounded down.";
    PiecePrice = "habit.piece_price", Standing, Money, ["平均件单价", "平均件單價", "평균 단품 가격", "average price of an item"], "What a piece cost her on average over her newest purchases.";
    DiscountShare = "habit.discount_share", Standing, Number, ["优惠消费占比", "優惠消費占比", "할인 구매 비중", "share bought at a discount"], "Percent of her newest purchases from which something came off: on the whole or a line, by an offer or by a coupon.";
    CouponShare = "habit.coupon_share", Standing, Number, ["用券消费占比", "用券消費占比", "쿠폰 구매 비중", "share bought with a coupon"], "Percent of her newest purchases with a coupon, the brand's own or one of which whoever sent the purchase told.";
    Returns = "habit.returns", Standing, Number, ["退货次数", "退貨次數", "반품 횟수", "purchases returned"], "Purchases of which something came back, or all.";
    Regularity = "habit.regularity", Standing, Number, ["到店规律度", "到店規律度", "방문 규칙성", "regularity of visits"], "Percent of the gaps between her newest visits that lie within half a usual interval of it; known from the third visit.";
    NextPurchase = "habit.next_purchase", Standing, Date, ["预计下次消费日期", "預計下次消費日期", "다음 구매 예상일", "expected day of the next purchase"], "Her newest visit and a usual interval after it.";
    DaysOverdue = "habit.days_overdue", Standing, Number, ["超过惯常间隔天数", "超過慣常間隔天數", "방문 주기 초과 일수", "days past the usual interval"], "Days since her next purchase was expected; below zero before it.";
    YearChange = "habit.year_change", Standing, Number, ["近一年消费变化", "近一年消費變化", "최근 1년 구매 변화율", "change of yearly spending"], "What she bought in the last 365 business days against the 365 before: -100 is nothing any more, 0 the same.";
    ClassLayer = "class.layer", Standing, Text, ["金字塔层级", "金字塔層級", "피라미드 층", "pyramid layer"], "Code of her layer of the pyramid when members were last classed.";
    ClassCell = "class.rfm", Standing, Choice, ["RFM 分类", "RFM 分類", "RFM 등급", "RFM class"], "Her named cell of recency, frequency and amount when members were last classed.";
    ClassRecency = "class.recency", Standing, Number, ["RFM 近度分", "RFM 近度分", "RFM 최근성 점수", "recency score"], "Her score of recency, 1–5 and 5 the best.";
    ClassFrequency = "class.frequency", Standing, Number, ["RFM 频度分", "RFM 頻度分", "RFM 빈도 점수", "frequency score"], "Her score of frequency, 1–5 and 5 the best.";
    ClassMonetary = "class.monetary", Standing, Number, ["RFM 金额分", "RFM 金額分", "RFM 금액 점수", "amount score"], "Her score of amount, 1–5 and 5 the best.";
    ClassAbc = "class.abc", Standing, Choice, ["ABC 分类", "ABC 分類", "ABC 등급", "ABC class"], "Her class by value when members were last classed.";
    ClassStage = "class.stage", Standing, Choice, ["生命周期阶段", "生命週期階段", "고객 생애 단계", "lifecycle stage"], "The stage of her life with the brand when members were last classed.";
    ClassWorth = "class.worth", Standing, Choice, ["价值分类", "價值分類", "가치 구분", "worth"], "Of high value, of potential, or ordinary, when members were last classed.";
    ExpectedAmount = "class.expected_amount", Standing, Money, ["预计90天消费金额", "預計90天消費金額", "90일 예상 구매 금액", "amount expected in 90 days"], "What she is expected to bring in the ninety days after members were last classed.";
    ActivePercent = "class.active_percent", Standing, Number, ["仍为顾客的概率", "仍為顧客的機率", "고객 유지 확률", "probability of being active"], "How likely she still is a customer, in percent, never quite 0 or 100; missing for who bought on one day only.";
    BulkPercent = "class.bulk_percent", Standing, Number, ["偶发大单占比", "偶發大單占比", "일회성 대량 구매 비중", "share of a one-off bulk purchase"], "What one purchase is of her amount, in percent, where it alone put her into a layer above the last.";
    KeyProducts = "class.key_products", Standing, Number, ["作为关键客户的商品数", "作為關鍵客戶的商品數", "핵심 고객인 상품 수", "number of products as a key customer"], "For how many products she is among the few who make 80 % of sales.";
    LifestyleGroup = "lifestyle.group", Standing, Text, ["生活方式群", "生活型態群", "라이프스타일 그룹", "lifestyle group"], "Code of the group of members who buy alike that she is in.";
    LifestyleScore = "lifestyle.score", Standing, Number, ["生活方式契合度", "生活型態契合度", "라이프스타일 적합도", "fit with the lifestyle group"], "How clearly what she buys speaks for her lifestyle group, 0–100.";
    LifestyleSince = "lifestyle.since", Standing, Date, ["进入生活方式群日期", "進入生活型態群日期", "라이프스타일 그룹 시작일", "day of coming into the lifestyle group"], "Business day since which she is in her lifestyle group.";
}

impl Attribute {
    /// Whether its number is a percentage.
    pub fn is_percent(self) -> bool {
        matches!(
            self,
            Attribute::OnlineShare
                | Attribute::DiscountShare
                | Attribute::CouponShare
                | Attribute::Regularity
                | Attribute::YearChange
                | Attribute::ActivePercent
                | Attribute::BulkPercent
        )
    }

    /// The words that a choice knows.
    pub fn choices(self) -> &'static [&'static str] {
        match self {
            Attribute::MemberGender => &["female", "male", "other"],
            Attribute::MemberLanguage => &["zh-CN", "zh-TW", "ko", "en"],
            Attribute::MemberStatus => &["active", "unclaimed"],
            Attribute::MemberSourceKind => &["counter", "online", "qr", "import", "purchase", "referral", "api"],
            Attribute::ClassCell => Cell::WORDS,
            Attribute::ClassAbc => Abc::WORDS,
            Attribute::ClassStage => Stage::WORDS,
            Attribute::ClassWorth => Worth::WORDS,
            Attribute::MemberTenure => Tenure::WORDS,
            Attribute::HouseholdRole => HouseholdRole::WORDS,
            Attribute::HouseholdPosition => Housed::POSITIONS,
            Attribute::HouseholdSharing => Housed::SHARINGS,
            _ => &[],
        }
    }
}

//! What a file can bring, and recognising its columns by their names in Chinese, Korean and English.

mod words;

use danggol_core::language::Language;

pub use self::words::{Known, MEMBERS, PRODUCTS, PURCHASES};

/// Below this a likeness of names is no reason to suggest a column.
const LEAST_CONFIDENCE: u8 = 60;

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One member a row.
    Members,
    /// One article a row.
    Products,
    /// One line of a purchase a row, or one purchase.
    Purchases,
}

/// One thing that a row can say, named as in mapping files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `name`
    Name,
    /// `gender`
    Gender,
    /// `birthday`
    Birthday,
    /// `birthday_calendar`: solar or lunar.
    BirthdayCalendar,
    /// `phone`
    Phone,
    /// `email`
    Email,
    /// `card`
    Card,
    /// `external`: the member's number in another system.
    External,
    /// `store`
    Store,
    /// `joined_at`
    JoinedAt,
    /// `source`
    Source,
    /// `note`
    Note,
    /// `occupation`
    Occupation,
    /// `address`
    Address,
    /// `income_band`
    IncomeBand,
    /// `tags`: names of tags, with commas or the like between them; a name with one in it stands in quotation marks.
    Tags,
    /// `sku`
    Sku,
    /// `category`
    Category,
    /// `brand`
    Brand,
    /// `department`
    Department,
    /// `price`
    Price,
    /// `number`: the purchase's number at the till; rows with the same one are one purchase.
    Number,
    /// `at`: date and time.
    At,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `channel`
    Channel,
    /// `staff`
    Staff,
    /// `member_phone`
    MemberPhone,
    /// `member_card`
    MemberCard,
    /// `member_external`
    MemberExternal,
    /// `member_email`
    MemberEmail,
    /// `product_name`
    ProductName,
    /// `quantity`
    Quantity,
    /// `amount`: what was paid for the line.
    Amount,
    /// `unit_price`
    UnitPrice,
    /// `discount`
    Discount,
    /// `coupon`: what coupons took off, beside the discount.
    Coupon,
    /// `line_kind`
    LineKind,
    /// `total`: what was paid for the whole purchase.
    Total,
}

impl Kind {
    /// Everything a row of this kind can say, in the order people expect.
    pub fn known(self) -> &'static [Known] {
        match self {
            Kind::Members => MEMBERS,
            Kind::Products => PRODUCTS,
            Kind::Purchases => PURCHASES,
        }
    }

    /// The fields of this kind.
    pub fn fields(self) -> impl Iterator<Item = Field> {
        self.known().iter().map(|known| known.field)
    }

    /// The field of that name; none when rows of this kind have none such.
    pub fn field(self, name: &str) -> Option<Field> {
        self.fields().find(|field| field.name() == name)
    }

    /// What a field of this kind is called, for a person.
    pub fn label(self, field: Field, language: Language) -> Option<&'static str> {
        let known = self.known().iter().find(|known| known.field == field)?;
        Some(language.pick(&known.labels))
    }
}

impl Field {
    /// The name in mapping files and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Gender => "gender",
            Field::Birthday => "birthday",
            Field::BirthdayCalendar => "birthday_calendar",
            Field::Phone => "phone",
            Field::Email => "email",
            Field::Card => "card",
            Field::External => "external",
            Field::Store => "store",
            Field::JoinedAt => "joined_at",
            Field::Source => "source",
            Field::Note => "note",
            Field::Occupation => "occupation",
            Field::Address => "address",
            Field::IncomeBand => "income_band",
            Field::Tags => "tags",
            Field::Sku => "sku",
            Field::Category => "category",
            Field::Brand => "brand",
            Field::Department => "department",
            Field::Price => "price",
            Field::Number => "number",
            Field::At => "at",
            Field::Date => "date",
            Field::Time => "time",
            Field::Channel => "channel",
            Field::Staff => "staff",
            Field::MemberPhone => "member_phone",
            Field::MemberCard => "member_card",
            Field::MemberExternal => "member_external",
            Field::MemberEmail => "member_email",
            Field::ProductName => "product_name",
            Field::Quantity => "quantity",
            Field::Amount => "amount",
            Field::UnitPrice => "unit_price",
            Field::Discount => "discount",
            Field::Coupon => "coupon",
            Field::LineKind => "line_kind",
            Field::Total => "total",
        }
    }
}

/// A column that seems to be a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// The field.
    pub field: Field,
    /// The column, counted from 0.
    pub column: usize,
    /// 100 for a name that means nothing else, 60 for a passing likeness.
    pub confidence: u8,
}

/// The best column for each field of the kind, and each column for one field at most; in the order of the fields. What
/// is not recognised is not there.
pub fn recognise<S: AsRef<str>>(kind: Kind, header: &[S]) -> Vec<Guess> {
    let mut likely: Vec<Guess> = Vec::new();
    for (column, name) in header.iter().enumerate() {
        let (whole, bare) = plain(name.as_ref());
        for known in kind.known() {
            let is_own = whole == plain(known.field.name()).0;
            let likeliest = known.words().map(|word| likeness(&whole, &bare, word)).max().unwrap_or(0);
            let confidence = if is_own { 100 } else { likeliest };
            if confidence >= LEAST_CONFIDENCE {
                likely.push(Guess { field: known.field, column, confidence });
            }
        }
    }
    // A stable sort, so the first column and the first field of two that are as likely come first.
    likely.sort_by_key(|guess| std::cmp::Reverse(guess.confidence));
    let mut chosen: Vec<Guess> = Vec::new();
    for guess in likely {
        if chosen.iter().all(|taken| taken.field != guess.field && taken.column != guess.column) {
            chosen.push(guess);
        }
    }
    let has = |field: Field| chosen.iter().any(|guess| guess.field == field);
    // A column called "time" beside no date has both.
    if has(Field::Time) && !has(Field::Date) && !has(Field::At) {
        chosen.iter_mut().filter(|guess| guess.field == Field::Time).for_each(|guess| guess.field = Field::At);
    }
    chosen.sort_by_key(|guess| kind.fields().position(|field| field == guess.field));
    chosen
}

/// A column's name in small half-width letters and digits alone, with and without what stands in brackets (a unit, a
/// remark).
fn plain(name: &str) -> (String, String) {
    let mut whole = String::new();
    let mut bare = String::new();
    let mut depth = 0_u32;
    for typed in name.chars() {
        let typed = match typed {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(typed) - 0xFEE0).unwrap_or(typed),
            other => other,
        };
        match typed {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            letter if letter.is_alphanumeric() => {
                whole.extend(letter.to_lowercase());
                if depth == 0 {
                    bare.extend(letter.to_lowercase());
                }
            }
            _ => {}
        }
    }
    (whole, bare)
}

/// How much a column's name is like a word for a field. The head of a compound stands at its end in all four languages
/// (首次注册门店 is a 门店, a 门店电话 is none), so a word counts for more there.
fn likeness(whole: &str, bare: &str, word: &str) -> u8 {
    if whole == word {
        return 100;
    }
    if bare == word {
        return 95;
    }
    // A short word within a long one is chance: "at" in "category", 额 in 余额变动.
    let is_short = word.chars().count() < if word.is_ascii() { 4 } else { 2 };
    if is_short || bare.is_empty() {
        return 0;
    }
    let base = if bare.ends_with(word) {
        52.0
    } else if bare.starts_with(word) {
        40.0
    } else {
        return 0;
    };
    let share = 35.0 * word.chars().count() as f64 / bare.chars().count() as f64;
    (base + share) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, header: &str) -> String {
        let header: Vec<&str> = header.split('|').collect();
        let guesses = recognise(kind, &header);
        let words: Vec<String> = guesses.iter().map(|guess| format!("{}={}", guess.field.name(), header[guess.column])).collect();
        words.join(" ")
    }

    #[test]
    fn headers_of_the_trade_are_recognised() {
        use Kind::{Members, Products, Purchases};
        let cases = [
            (Members, "姓名|手机号", "name=姓名 phone=手机号"),
            (
                Members,
                "会员编号|会员姓名|性别|出生日期|历法|手机号码|邮箱|会员卡号|注册门店|注册时间|来源渠道|备注|职业|家庭住址|月收入",
                "name=会员姓名 gender=性别 birthday=出生日期 birthday_calendar=历法 phone=手机号码 email=邮箱 card=会员卡号 \
                 external=会员编号 store=注册门店 joined_at=注册时间 source=来源渠道 note=备注 occupation=职业 address=家庭住址 \
                 income_band=月收入",
            ),
            (
                Members,
                "會員編號|姓名|性別|生日|手機號碼|電子郵件|入會日期|所屬門市|備註",
                "name=姓名 gender=性別 birthday=生日 phone=手機號碼 email=電子郵件 external=會員編號 store=所屬門市 \
                 joined_at=入會日期 note=備註",
            ),
            (
                Members,
                "회원번호|이름|성별|생년월일|양력/음력|휴대폰 번호|이메일|카드번호|가입매장|가입일|메모",
                "name=이름 gender=성별 birthday=생년월일 birthday_calendar=양력/음력 phone=휴대폰 번호 email=이메일 card=카드번호 \
                 external=회원번호 store=가입매장 joined_at=가입일 note=메모",
            ),
            (
                Members,
                "Customer ID|Full Name|Sex|DOB|Mobile Phone|E-mail|Home Store|Signup Date|Notes",
                "name=Full Name gender=Sex birthday=DOB phone=Mobile Phone email=E-mail external=Customer ID store=Home Store \
                 joined_at=Signup Date note=Notes",
            ),
            (Members, "等级|积分余额|标签", "tags=标签"),
            (
                Products,
                "商品编码|商品名称|类别|品牌|部门|零售价(元)",
                "sku=商品编码 name=商品名称 category=类别 brand=品牌 department=部门 price=零售价(元)",
            ),
            (
                Products,
                "상품코드|상품명|카테고리|브랜드|판매가",
                "sku=상품코드 name=상품명 category=카테고리 brand=브랜드 price=판매가",
            ),
            (Products, "貨號|品名|分類|品牌|售價", "sku=貨號 name=品名 category=分類 brand=品牌 price=售價"),
            (
                Products,
                "product_id|description|product_category|brand|unit price",
                "sku=product_id name=description category=product_category brand=brand price=unit price",
            ),
            (
                Purchases,
                "订单编号|下单时间|门店名称|销售渠道|导购|会员手机号|商品编码|商品名称|商品分类|数量|单价|优惠金额|实付金额（元）|订单总额",
                "number=订单编号 at=下单时间 store=门店名称 channel=销售渠道 staff=导购 member_phone=会员手机号 sku=商品编码 \
                 product_name=商品名称 category=商品分类 quantity=数量 amount=实付金额（元） unit_price=单价 discount=优惠金额 \
                 total=订单总额",
            ),
            (
                Purchases,
                "交易序號|交易日期|交易時間|門市|會員卡號|貨號|品名|數量|實付金額",
                "number=交易序號 date=交易日期 time=交易時間 store=門市 member_card=會員卡號 sku=貨號 product_name=品名 quantity=數量 \
                 amount=實付金額",
            ),
            (
                Purchases,
                "전표번호|판매일자|판매시간|매장명|판매원|휴대폰|상품코드|상품명|수량|판매단가|할인금액|실판매금액",
                "number=전표번호 date=판매일자 time=판매시간 store=매장명 staff=판매원 member_phone=휴대폰 sku=상품코드 product_name=상품명 \
                 quantity=수량 amount=실판매금액 unit_price=판매단가 discount=할인금액",
            ),
            (
                Purchases,
                "InvoiceNo|InvoiceDate|CustomerID|StockCode|Description|Quantity|UnitPrice",
                "number=InvoiceNo date=InvoiceDate member_external=CustomerID sku=StockCode product_name=Description \
                 quantity=Quantity unit_price=UnitPrice",
            ),
            (
                Purchases,
                "household_id|store_id|basket_id|product_id|quantity|sales_value|retail_disc|coupon_disc|week|transaction_timestamp",
                "number=basket_id at=transaction_timestamp store=store_id member_external=household_id sku=product_id \
                 quantity=quantity amount=sales_value discount=retail_disc coupon=coupon_disc",
            ),
            (
                Purchases,
                "customer_id|date|number_of_cds|dollar_value",
                "date=date member_external=customer_id amount=dollar_value",
            ),
            (Purchases, "number|at|line_kind|amount", "number=number at=at amount=amount line_kind=line_kind"),
            (Purchases, "单号|时间|手机|金额", "number=单号 at=时间 member_phone=手机 amount=金额"),
        ];
        for (kind, header, expected) in cases {
            assert_eq!(told(kind, header), expected, "{header}");
        }
    }

    #[test]
    fn sure_names_are_told_from_likely_ones() {
        let cases = [
            (Kind::Purchases, "实付金额", 100),
            (Kind::Purchases, "实付金额（元）", 95),
            (Kind::Purchases, "实付金额2", 68),
            (Kind::Members, "首次注册门店", 75),
        ];
        for (kind, header, expected) in cases {
            let found = recognise(kind, &[header]);
            assert_eq!(found.first().map(|guess| guess.confidence), Some(expected), "{header}");
        }
    }

    #[test]
    fn names_and_words_are_each_said_once() {
        for kind in [Kind::Members, Kind::Products, Kind::Purchases] {
            let mut words: Vec<&str> = Vec::new();
            for known in kind.known() {
                assert_eq!(kind.field(known.field.name()), Some(known.field));
                for word in known.words() {
                    assert_eq!(plain(word).0, word, "a word is given as it is compared");
                    assert!(!words.contains(&word), "{word} stands for two fields of {kind:?}");
                    words.push(word);
                }
                for label in known.labels {
                    assert!(!label.is_empty());
                }
            }
        }
        assert_eq!(Kind::Products.field("phone"), None);
        assert_eq!(Kind::Members.label(Field::Phone, Language::Ko), Some("휴대폰"));
    }
}

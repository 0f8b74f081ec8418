//! The words for each field: what it is called to people, and what files call it. The words of files are compared in
//! small half-width letters and digits alone, so they are given that way, with spaces between them.

use super::Field;

/// What is known about a field of one kind of rows.
#[derive(Debug)]
pub struct Known {
    /// The field.
    pub field: Field,
    /// What it is called, in the order of `Language::ALL`.
    pub labels: [&'static str; 4],
    words: &'static str,
}

impl Known {
    /// The names of columns that are this field.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.split_ascii_whitespace()
    }
}

const fn known(field: Field, labels: [&'static str; 4], words: &'static str) -> Known {
    Known { field, labels, words }
}

/// What a row of members can say.
pub const MEMBERS: &[Known] = &[
    known(
        Field::Name,
        ["姓名", "姓名", "이름", "Name"],
        "姓名 会员姓名 会员名称 客户姓名 顾客姓名 會員姓名 顧客姓名 客戶姓名 이름 성명 회원명 회원이름 고객명 고객이름 성함 name fullname membername \
         customername displayname",
    ),
    known(Field::Gender, ["性别", "性別", "성별", "Gender"], "性别 性別 성별 gender sex"),
    known(
        Field::Birthday,
        ["生日", "生日", "생일", "Birthday"],
        "生日 出生日期 出生年月日 会员生日 會員生日 생일 생년월일 birthday birthdate dateofbirth dob",
    ),
    known(
        Field::BirthdayCalendar,
        ["生日历法", "生日曆法", "양력·음력", "Birthday calendar"],
        "生日历法 历法 生日类型 阴历阳历 公历农历 生日曆法 曆法 國曆農曆 양력음력 음력양력 양음력 음양력 birthdaycalendar calendar",
    ),
    known(
        Field::Phone,
        ["手机号", "手機號碼", "휴대폰", "Phone"],
        "手机号 手机号码 手机 电话 电话号码 联系电话 联系方式 移动电话 会员手机 会员手机号 手機號碼 手機 手機號 行動電話 電話 聯絡電話 會員手機 휴대폰 휴대폰번호 휴대전화 \
         휴대전화번호 핸드폰 핸드폰번호 전화번호 연락처 전화 phone phonenumber phoneno mobile mobilephone mobilenumber mobileno \
         cell cellphone tel telephone msisdn",
    ),
    known(
        Field::Email,
        ["邮箱", "電子郵件", "이메일", "E-mail"],
        "邮箱 电子邮箱 电子邮件 邮箱地址 電子郵件 電子信箱 信箱 이메일 이메일주소 메일 전자우편 email emailaddress mail",
    ),
    known(
        Field::Card,
        ["会员卡号", "會員卡號", "카드번호", "Card number"],
        "会员卡号 卡号 会员卡 实体卡号 會員卡號 卡號 會員卡 카드번호 멤버십번호 회원카드번호 멤버십카드번호 회원카드 card cardno cardnumber cardid \
         membercard loyaltycard loyaltycardnumber membershipno membershipnumber",
    ),
    known(
        Field::External,
        ["外部编号", "外部編號", "외부 번호", "External id"],
        "会员编号 会员号 会员id 会员代码 客户编号 客户id 客户代码 顾客编号 用户id 买家id 會員編號 會員號 會員代號 客戶編號 顧客編號 회원번호 회원id 회원코드 고객번호 \
         고객id 고객코드 고객아이디 회원아이디 memberid memberno membernumber customerid customerno customernumber \
         customercode clientid userid buyerid householdid externalid external id",
    ),
    known(
        Field::Store,
        ["门店", "門市", "매장", "Store"],
        "门店 门店名称 店铺 店铺名称 注册门店 开卡门店 所属门店 归属门店 門市 門市名稱 店鋪 店舖 分店 所屬門市 註冊門市 매장 매장명 지점 지점명 점포 가입매장 등록매장 store \
         storename storeid storecode shop branch homestore outlet",
    ),
    known(
        Field::JoinedAt,
        ["入会时间", "入會時間", "가입 일시", "Joined"],
        "入会时间 入会日期 注册时间 注册日期 开卡时间 开卡日期 加入时间 创建时间 入會時間 入會日期 註冊時間 註冊日期 加入日期 開卡日期 建立時間 가입일 가입일시 가입일자 가입날짜 \
         등록일 등록일시 등록일자 회원가입일 joinedat joined joindate signupdate signedupat registeredat \
         registrationdate createdat membersince enrolledat",
    ),
    known(
        Field::Source,
        ["来源", "來源", "가입 경로", "Source"],
        "来源 来源渠道 会员来源 注册渠道 注册来源 來源 來源通路 會員來源 註冊管道 가입경로 유입경로 가입채널 등록경로 source signupsource joinsource \
         acquisitionsource",
    ),
    known(
        Field::Note,
        ["备注", "備註", "메모", "Note"],
        "备注 说明 备注信息 備註 說明 附註 메모 비고 특이사항 note notes remark remarks comment comments",
    ),
    known(
        Field::Occupation,
        ["职业", "職業", "직업", "Occupation"],
        "职业 职业类型 工作 職業 직업 직종 occupation job profession",
    ),
    known(
        Field::Address,
        ["地址", "地址", "주소", "Address"],
        "地址 住址 家庭住址 家庭地址 联系地址 详细地址 居住地 通訊地址 聯絡地址 住家地址 주소 집주소 거주지 배송지 address homeaddress residence",
    ),
    known(
        Field::IncomeBand,
        ["收入区间", "收入區間", "소득 구간", "Income band"],
        "收入 收入区间 月收入 年收入 收入水平 收入區間 月薪 소득 소득구간 월소득 연소득 income incomeband incomerange incomelevel",
    ),
    known(
        Field::Tags,
        ["标签", "標籤", "태그", "Tags"],
        "标签 会员标签 客户标签 顾客标签 用户标签 標籤 會員標籤 顧客標籤 客戶標籤 태그 회원태그 고객태그 tag tags membertags customertags labels",
    ),
];

/// What a row of products can say.
pub const PRODUCTS: &[Known] = &[
    known(
        Field::Sku,
        ["商品编码", "商品編號", "상품코드", "SKU"],
        "商品编码 商品编号 货号 商品条码 条码 商品id 商品代码 商品編號 商品條碼 條碼 貨號 商品代號 商品編碼 상품코드 상품번호 바코드 품번 상품id 제품코드 품목코드 sku \
         skuid skucode productid productcode productno itemid itemcode itemno stockcode barcode ean upc \
         plu articleno articlenumber",
    ),
    known(
        Field::Name,
        ["商品名称", "商品名稱", "상품명", "Name"],
        "商品名称 商品名 品名 名称 货品名称 产品名称 商品名稱 名稱 產品名稱 貨品名稱 상품명 상품이름 제품명 품명 품목명 name productname itemname \
         description productdescription itemdescription title product item",
    ),
    known(
        Field::Category,
        ["类别", "分類", "카테고리", "Category"],
        "类别 分类 品类 商品分类 商品类别 商品类目 类目 大类 類別 分類 品類 商品分類 商品類別 카테고리 분류 상품분류 품목 상품군 품목군 category \
         productcategory itemcategory productgroup categoryname",
    ),
    known(Field::Brand, ["品牌", "品牌", "브랜드", "Brand"], "品牌 品牌名称 品牌名稱 브랜드 브랜드명 brand brandname"),
    known(
        Field::Department,
        ["部门", "部門", "부서", "Department"],
        "部门 商品部门 部門 商品部門 부서 코너 department dept division",
    ),
    known(
        Field::Price,
        ["售价", "售價", "판매가", "Price"],
        "售价 零售价 价格 单价 标价 吊牌价 原价 售價 零售價 價格 單價 定價 標價 판매가 판매가격 가격 단가 정가 소비자가 price unitprice retailprice \
         listprice sellingprice",
    ),
];

/// What a row of purchases can say.
pub const PURCHASES: &[Known] = &[
    known(
        Field::Number,
        ["单号", "單號", "거래번호", "Purchase number"],
        "单号 订单编号 订单号 小票号 流水号 交易号 交易单号 交易流水号 销售单号 单据号 单据编号 小票编号 單號 訂單編號 訂單號碼 交易序號 交易編號 交易單號 發票號碼 銷售單號 \
         주문번호 전표번호 영수증번호 거래번호 결제번호 판매번호 매출번호 승인번호 number orderno orderid ordernumber invoiceno invoiceid \
         invoicenumber invoice receiptno receiptid receiptnumber transactionid transactionno basketid \
         ticketno billno purchaseid purchaseno saleid",
    ),
    known(
        Field::At,
        ["交易时间", "交易時間", "거래 일시", "Date and time"],
        "下单时间 付款时间 支付时间 消费时间 销售时间 成交时间 订单时间 购买时间 开单时间 下單時間 付款時間 消費時間 購買時間 訂單時間 成交時間 결제일시 주문일시 판매일시 거래일시 \
         구매일시 일시 매출일시 datetime timestamp transactiontime transactiontimestamp transactiondatetime \
         orderedat orderdatetime purchasedat createdat paidat soldat",
    ),
    known(
        Field::Date,
        ["日期", "日期", "날짜", "Date"],
        "日期 交易日期 销售日期 消费日期 营业日期 订单日期 购买日期 下单日期 單據日期 銷售日期 消費日期 營業日期 訂單日期 購買日期 날짜 일자 판매일 판매일자 거래일 거래일자 주문일 \
         주문일자 구매일 구매일자 매출일 매출일자 결제일 결제일자 영업일자 date orderdate purchasedate transactiondate saledate \
         salesdate invoicedate businessdate",
    ),
    known(
        Field::Time,
        ["时间", "時間", "시각", "Time"],
        "时间 时刻 交易时间 時間 時刻 交易時間 销售时刻 시간 시각 판매시간 판매시각 거래시간 거래시각 결제시간 주문시간 time ordertime purchasetime \
         saletime timeofday",
    ),
    known(
        Field::Store,
        ["门店", "門市", "매장", "Store"],
        "门店 门店名称 门店编码 门店编号 店铺 店铺名称 门店代码 門市 門市名稱 門市代號 門市編號 店鋪 店舖 分店 매장 매장명 매장코드 지점 지점명 점포 점포명 점포코드 store \
         storename storeid storecode storeno shop shopname shopid branch outlet",
    ),
    known(
        Field::Channel,
        ["渠道", "通路", "채널", "Channel"],
        "渠道 销售渠道 订单来源 平台 下单渠道 通路 銷售通路 銷售管道 訂單來源 管道 채널 판매채널 주문경로 판매경로 주문채널 channel saleschannel \
         orderchannel platform",
    ),
    known(
        Field::Staff,
        ["导购", "導購", "판매원", "Staff"],
        "导购 导购员 店员 收银员 营业员 销售员 操作员 業務員 導購 導購員 店員 收銀員 銷售員 판매원 판매직원 담당자 담당직원 계산원 판매사원 직원 staff clerk \
         cashier salesperson salesman employee associate seller",
    ),
    known(
        Field::MemberPhone,
        ["会员手机号", "會員手機號碼", "회원 휴대폰", "Member's phone"],
        "会员手机号 会员手机 手机号 手机号码 手机 会员电话 联系电话 顾客手机 顾客电话 买家手机 電話 电话 會員手機號碼 會員手機 會員電話 手機號碼 手機 手機號 行動電話 휴대폰 \
         휴대폰번호 휴대전화 핸드폰 핸드폰번호 전화번호 회원휴대폰 회원휴대폰번호 고객휴대폰 연락처 memberphone customerphone phone phonenumber \
         phoneno mobile mobilephone mobilenumber",
    ),
    known(
        Field::MemberCard,
        ["会员卡号", "會員卡號", "회원 카드번호", "Member's card"],
        "会员卡号 卡号 会员卡 會員卡號 卡號 會員卡 카드번호 멤버십번호 회원카드번호 멤버십카드번호 membercard cardno cardnumber loyaltycard \
         loyaltycardnumber membershipno membershipnumber",
    ),
    known(
        Field::MemberExternal,
        ["会员编号", "會員編號", "회원번호", "Member's external id"],
        "会员编号 会员号 会员id 会员代码 会员 客户编号 客户id 顾客编号 顾客id 用户id 买家id 會員編號 會員號 會員代號 會員 客戶編號 顧客編號 회원번호 회원id 회원코드 \
         고객번호 고객id 고객코드 고객아이디 회원아이디 memberid memberno membernumber member customerid customerno \
         customernumber customercode customer clientid userid buyerid householdid memberexternal",
    ),
    known(
        Field::MemberEmail,
        ["会员邮箱", "會員電子郵件", "회원 이메일", "Member's e-mail"],
        "会员邮箱 邮箱 电子邮箱 會員信箱 電子郵件 信箱 이메일 회원이메일 고객이메일 email memberemail customeremail emailaddress",
    ),
    known(
        Field::Sku,
        ["商品编码", "商品編號", "상품코드", "SKU"],
        "商品编码 商品编号 货号 商品条码 条码 商品id 商品代码 商品編號 商品條碼 條碼 貨號 商品代號 商品編碼 상품코드 상품번호 바코드 품번 상품id 제품코드 품목코드 sku \
         skuid skucode productid productcode productno itemid itemcode itemno stockcode barcode ean upc \
         plu articleno articlenumber",
    ),
    known(
        Field::ProductName,
        ["商品名称", "商品名稱", "상품명", "Product name"],
        "商品名称 商品名 品名 商品 货品名称 产品名称 商品名稱 產品名稱 貨品名稱 상품명 상품이름 제품명 품명 품목명 productname itemname description \
         productdescription product item",
    ),
    known(
        Field::Category,
        ["类别", "分類", "카테고리", "Category"],
        "类别 分类 品类 商品分类 商品类别 商品类目 类目 大类 類別 分類 品類 商品分類 商品類別 카테고리 분류 상품분류 상품군 품목군 category productcategory \
         itemcategory productgroup",
    ),
    known(
        Field::Quantity,
        ["数量", "數量", "수량", "Quantity"],
        "数量 件数 购买数量 销售数量 數量 件數 銷售數量 購買數量 수량 판매수량 구매수량 주문수량 개수 quantity qty units count pieces",
    ),
    known(
        Field::Amount,
        ["实付金额", "實付金額", "실판매금액", "Amount paid"],
        "实付金额 实收金额 实付 实收 成交金额 销售金额 金额 小计 行金额 商品金额 实际金额 實付金額 實收金額 實付 實收 成交金額 銷售金額 金額 小計 실판매금액 실결제금액 결제금액 \
         판매금액 금액 실판매액 실매출 매출액 매출금액 결제액 판매액 amount amountpaid paid paidamount lineamount linetotal \
         netamount netsales salesvalue salesamount subtotal sales revenue dollarvalue spend",
    ),
    known(
        Field::UnitPrice,
        ["单价", "單價", "단가", "Unit price"],
        "单价 售价 销售单价 零售价 原价 單價 售價 銷售單價 定價 단가 판매단가 판매가 정가 unitprice price sellingprice itemprice",
    ),
    known(
        Field::Discount,
        ["优惠金额", "折扣金額", "할인금액", "Discount"],
        "优惠金额 优惠 折扣金额 折扣 让利 折讓 折讓金額 折扣金額 優惠金額 優惠 할인금액 할인 할인액 discount discountamount retaildisc markdown",
    ),
    known(
        Field::Coupon,
        ["优惠券金额", "優惠券金額", "쿠폰 할인금액", "Coupon discount"],
        "优惠券金额 优惠券 优惠券抵扣 用券金额 代金券 代金券金额 優惠券金額 優惠券 優惠券折抵 折價券 折價券金額 쿠폰할인금액 쿠폰할인 쿠폰금액 쿠폰사용금액 쿠폰 \
         coupon couponamount coupondiscount coupondisc couponsaving voucher voucheramount",
    ),
    known(
        Field::LineKind,
        ["行类型", "明細類型", "행 구분", "Line kind"],
        "行类型 销售类型 单据类型 交易类型 明細類型 銷售類型 交易類型 구분 거래구분 판매구분 판매유형 linekind linetype saletype transactiontype",
    ),
    known(
        Field::Total,
        ["订单总额", "訂單總額", "총금액", "Purchase total"],
        "订单总额 订单金额 总金额 合计 总额 应付总额 總金額 訂單總額 訂單金額 合計 總額 총금액 합계 합계금액 총결제금액 주문금액 총액 총판매금액 total ordertotal \
         totalamount grandtotal orderamount baskettotal invoicetotal",
    ),
];

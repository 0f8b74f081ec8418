//! What categories stand for: ways of life and situations of a family, with the words by which a category of theirs is known.
//!
//! A category whose name holds such a word is a seed of its way of life. What others stand for is scored by who buys them
//! ([`super::description::score`]); the brand says otherwise where it knows better.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::language::Language;

/// The most characters of a meaning in the brand's own words.
pub const CHARACTERS_MAX: usize = 40;

macro_rules! meanings {
    ($($(#[doc = $doc:literal])* $variant:ident = $word:literal, [$($label:literal),*], [$($seed:literal),*];)*) => {
        /// A way of life or a situation of a family.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = LifestyleMeaning)]
        pub enum Meaning { $($(#[doc = $doc])* $variant,)* }

        impl Meaning {
            /// All of them; where a category fits several, the first.
            pub const ALL: &[Meaning] = &[$(Meaning::$variant,)*];

            /// The word in the database and on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Meaning::$variant => $word,)* }
            }

            /// What people call those who live so.
            pub fn label(self, language: Language) -> &'static str {
                match self { $(Meaning::$variant => language.pick(&[$($label),*]),)* }
            }

            /// By what names of categories it is known, in small letters; a blank at the end is the end of a word.
            fn seeds(self) -> &'static [&'static str] {
                match self { $(Meaning::$variant => &[$($seed),*],)* }
            }
        }
    };
}

meanings! {
    /// The category says nothing about anybody, and groups are found without it.
    Nothing = "nothing", ["不代表生活方式", "不代表生活方式", "의미 없음", "Says nothing"],
        ["misc items ", "miscellaneous", "coupon", "unknown", "gift card", "carrier bag", "shopping bag", "기타", "봉투", "상품권", "其他", "购物袋", "購物袋", "礼品卡"];
    /// Milk powder and nappies.
    YoungParents = "young_parents", ["新生儿家庭", "新生兒家庭", "아기 키우는 집", "Young parents"],
        ["baby", "infant", "diaper", "nappies", "nappy", "formula", "maternity", "기저귀", "분유", "이유식", "유아", "아기", "육아", "奶粉", "尿布", "尿裤", "尿褲", "纸尿", "紙尿", "婴", "嬰", "母婴", "孕"];
    /// Toys and school things.
    Children = "children", ["有孩子的家庭", "有孩子的家庭", "아이 있는 집", "Families with children"],
        ["toy", "kids", "child", "school", "어린이", "아동", "장난감", "완구", "학용", "키즈", "玩具", "儿童", "兒童", "童装", "童裝", "文具"];
    /// Sausages, ham and what lies on the grill.
    SausageAndGrill = "sausage_and_grill", ["香肠火腿与烧烤", "香腸火腿與烤肉", "햄·소시지와 바비큐", "Sausages and barbecue"],
        ["sausage", "hot dog", "frankfurter", "lunchmeat", "lunch meat", "bacon", "ham ", "hams ", "smoked meat", "barbecue", "bbq", "grill", "소시지", "햄", "베이컨", "바비큐", "香肠", "香腸", "火腿", "培根", "腊肉", "臘肉", "烧烤", "燒烤", "烤肉"];
    /// Dogs and cats.
    Pets = "pets", ["养宠物的人", "養寵物的人", "반려동물과 사는 집", "Pet owners"],
        ["pet ", "pets ", "dog ", "dogs ", "cat food", "cat litter", "반려", "애견", "애묘", "사료", "고양이", "강아지", "宠物", "寵物", "猫", "貓", "狗"];
    /// Tobacco.
    Smokers = "smokers", ["吸烟的人", "吸菸的人", "흡연자", "Smokers"],
        ["cigar", "tobacco", "smoking", "담배", "香烟", "香菸", "烟草", "菸"];
    /// Wine and what goes with it.
    WineAndFineFood = "wine_and_fine_food", ["品酒与美食", "品酒與美食", "와인과 미식", "Wine and fine food"],
        ["wine", "gourmet", "specialty cheese", "caviar", "와인", "葡萄酒", "红酒", "紅酒"];
    /// Beer and spirits.
    BeerAndCompany = "beer_and_company", ["聚会畅饮", "聚會暢飲", "맥주와 모임", "Beer and company"],
        ["beer", "ales ", "liquor", "spirits", "맥주", "소주", "주류", "啤酒", "白酒", "酒类", "酒類"];
    /// Medicine and remedies.
    Health = "health", ["关注健康的人", "關注健康的人", "건강을 챙기는 사람", "Looking after their health"],
        ["medicine", "pharmac", "remed", "analgesic", "antacid", "first aid", "vitamin", "supplement", "health care", "건강", "의약", "비타민", "영양제", "홍삼", "상비약", "保健", "药", "藥", "维生素", "維生素", "滋补", "营养"];
    /// Organic and natural food.
    HealthyAndNatural = "healthy_and_natural", ["健康天然", "健康天然", "건강하고 자연스럽게", "Healthy and natural"],
        ["organic", "natural", "fitness", "diet", "whole food", "tofu", "soy", "유기농", "친환경", "다이어트", "샐러드", "有机", "有機", "天然", "轻食", "輕食"];
    /// Ready to eat.
    DeliAndTakeaway = "deli_and_takeaway", ["熟食外带", "熟食外帶", "델리와 포장 음식", "Deli and take-away"],
        ["deli", "prepared food", "salad bar", "sandwich", "sushi", "hot bar", "take away", "takeaway", "반찬", "도시락", "즉석조리", "델리", "熟食", "便当", "便當", "外带", "外帶"];
    /// Frozen and instant meals.
    QuickMeals = "quick_meals", ["简便快餐", "簡便快餐", "간편한 한 끼", "Quick meals"],
        ["frozen", "frzn", "instant", "ready meal", "dinner", "pizza", "convenient", "microwav", "noodle", "ramen", "냉동", "간편", "피자", "즉석", "라면", "밀키트", "速冻", "速食", "披萨", "披薩", "冷凍", "方便", "泡面", "泡麵"];
    /// Snacks and sweet drinks.
    SnacksAndSoftDrinks = "snacks_and_soft_drinks", ["零食饮料", "零食飲料", "간식과 음료", "Snacks and soft drinks"],
        ["snack", "candy", "soft drink", "chips", "cookie", "chocolate", "soda", "ice cream", "confection", "과자", "간식", "음료", "초콜릿", "사탕", "아이스크림", "零食", "糖果", "饮料", "飲料", "巧克力", "饼干", "餅乾"];
    /// Coffee and tea.
    CoffeeAndTea = "coffee_and_tea", ["咖啡与茶", "咖啡與茶", "커피와 차", "Coffee and tea"],
        ["coffee", "teas ", "tea ", "espresso", "커피", "녹차", "홍차", "차류", "咖啡", "茶"];
    /// Bread and cakes.
    Bakery = "bakery", ["面包糕点", "麵包糕點", "빵과 디저트", "Bread and cakes"],
        ["bakery", "baked", "cake", "bread", "dough", "pastr", "베이커리", "빵", "케이크", "디저트", "面包", "麵包", "蛋糕", "糕点", "糕點"];
    /// Fruit and greens.
    FreshAndLight = "fresh_and_light", ["新鲜蔬果", "新鮮蔬果", "신선한 과일과 채소", "Fresh and light"],
        ["fruit", "berries", "citrus", "apples", "grapes", "melon", "salad", "yogurt", "과일", "요거트", "水果", "酸奶", "优格", "優格"];
    /// Meat, vegetables, spices.
    CookingAtHome = "cooking_at_home", ["在家做饭", "在家做飯", "집에서 요리하는 사람", "Cooking at home"],
        ["beef", "pork", "meat", "chicken", "poultry", "seafood", "fish", "vegetable", "onion", "potato", "tomato", "pepper", "mushroom", "herb", "spice", "baking", "flour", "oil", "sauce", "rice ", "pasta", "egg ", "eggs ", "butter ", "정육", "채소", "야채", "수산", "양념", "식재료", "쌀", "蔬菜", "肉", "海鲜", "海鮮", "水产", "水產", "调味", "調味", "粮油", "糧油", "米面"];
    /// Paper, cleaning, laundry.
    BigShop = "big_shop", ["家庭囤货", "家庭囤貨", "생활용품을 한꺼번에", "Stocking up the household"],
        ["paper towel", "bath tissue", "laundry", "detergent", "clean", "household", "wraps ", "dish ", "dishes", "세제", "세탁", "청소", "주방", "생활용품", "화장지", "휴지", "清洁", "清潔", "洗衣", "纸品", "紙品", "厨房", "廚房", "家居", "日用"];
    /// Cosmetics.
    Beauty = "beauty", ["美妆护肤", "美妝保養", "뷰티", "Beauty"],
        ["makeup", "make up", "cosmetic", "skin care", "skincare", "fragrance", "perfume", "nail ", "mask", "화장품", "스킨", "메이크업", "향수", "마스크팩", "뷰티", "클렌징", "美妆", "美妝", "护肤", "護膚", "保養", "面膜", "彩妆", "彩妝", "香水", "化妆"];
    /// Hair, soap, teeth.
    PersonalCare = "personal_care", ["个人护理", "個人護理", "퍼스널 케어", "Personal care"],
        ["hair", "soap", "deodorant", "oral", "shav", "shampoo", "body", "hand care", "feminine", "헤어", "샴푸", "바디", "구강", "면도", "비누", "洗发", "洗髮", "洗护", "洗護", "沐浴", "口腔", "个护", "個護"];
    /// Old age.
    LaterYears = "later_years", ["银发生活", "銀髮生活", "시니어", "Later years"],
        ["denture", "incontinen", "adult care", "hearing", "walking aid", "성인용", "시니어", "의치", "老年", "老人", "银发", "銀髮"];
    /// Sport.
    Active = "active", ["运动爱好者", "運動愛好者", "운동하는 사람", "Active people"],
        ["sport", "outdoor", "gym", "running", "golf", "스포츠", "운동", "등산", "아웃도어", "골프", "운동복", "运动", "運動", "户外", "戶外", "健身"];
    /// Clothes.
    Fashion = "fashion", ["时尚穿搭", "時尚穿搭", "패션", "Fashion"],
        ["apparel", "cloth", "shoe", "fashion", "jewel", "handbag", "hosiery", "의류", "패션", "신발", "가방", "쥬얼리", "服装", "服飾", "服饰", "鞋", "箱包", "珠宝", "珠寶"];
    /// Home, flowers, garden.
    HomeAndGarden = "home_and_garden", ["居家园艺", "居家園藝", "집과 정원", "Home and garden"],
        ["garden", "floral", "flower", "plant", "candle", "furnitur", "home decor", "인테리어", "원예", "꽃", "홈데코", "캔들", "花", "园艺", "園藝", "家具", "家饰", "家飾"];
    /// Books and papers.
    Readers = "readers", ["爱阅读的人", "愛閱讀的人", "읽는 사람", "Readers"],
        ["magazine", "newspaper", "book", "도서", "잡지", "신문", "图书", "圖書", "杂志", "雜誌", "报"];
    /// Cars.
    Motorists = "motorists", ["有车一族", "有車一族", "운전자", "Motorists"],
        ["fuel", "automotive", "motor", "gasoline", "주유", "자동차", "汽车", "汽車", "油品"];
    /// Massage and treatments.
    Wellness = "wellness", ["放松疗愈", "放鬆療癒", "휴식과 관리", "Rest and treatments"],
        ["massage", "spa ", "treatment", "facial", "therapy", "마사지", "시술", "관리", "테라피", "按摩", "推拿", "疗", "療", "护理", "護理"];
    /// Presents.
    Gifts = "gifts", ["送礼的人", "送禮的人", "선물하는 사람", "Gift givers"],
        ["gift", "greeting card", "seasonal", "party", "holiday", "선물", "명절", "礼", "禮", "节日", "節日"];
}

impl Meaning {
    /// The meaning of a word; none for the brand's own words.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|meaning| meaning.word() == word)
    }

    /// What a category stands for by its name; none where the name says nothing.
    pub fn of_name(category: &str) -> Option<Self> {
        // Latin words begin where a word begins; Chinese and Korean ones stand anywhere.
        let letters = category.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' });
        let words: Vec<String> = letters.collect::<String>().split_whitespace().map(str::to_lowercase).collect();
        let name = format!(" {} ", words.join(" "));
        let holds = |seed: &&str| match seed.is_ascii() {
            true => name.match_indices(*seed).any(|(at, _)| name[..at].ends_with(' ')),
            false => name.contains(*seed),
        };
        Self::ALL.iter().copied().find(|meaning| meaning.seeds().iter().any(&holds))
    }
}

/// What people call a meaning: a known one in their language, another in the brand's own words.
pub fn label(meaning: &str, language: Language) -> &str {
    Meaning::from_word(meaning).map_or(meaning, |meaning| meaning.label(language))
}

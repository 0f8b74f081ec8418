//! The register of problems: a stable code, a status and a sentence in each of the four languages.

/// One kind of problem.
#[derive(Debug)]
pub struct Kind {
    /// The stable code on the wire.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do, in the order of `Language::ALL`.
    pub says: [&'static str; 4],
}

macro_rules! kinds {
    ($($name:ident = $status:literal $code:literal [$zh_cn:literal, $zh_tw:literal, $ko:literal, $en:literal];)*) => {
        $(
            #[doc = $en]
            pub static $name: Kind = Kind { code: $code, status: $status, says: [$zh_cn, $zh_tw, $ko, $en] };
        )*

        /// All of them.
        pub static ALL: &[&Kind] = &[$(&$name),*];
    };
}

kinds! {
    SETUP_NEEDED = 409 "setup_needed" [
        "系统尚未初始化。请先创建品牌和所有者账号。",
        "系統尚未初始化。請先建立品牌與擁有者帳號。",
        "아직 초기 설정이 되지 않았습니다. 먼저 브랜드와 소유자 계정을 만들어 주세요.",
        "Nothing is set up yet. Create the brand and its owner first."];
    ALREADY_SET_UP = 409 "already_set_up" [
        "系统已经初始化。请直接登录。",
        "系統已經初始化。請直接登入。",
        "이미 초기 설정이 끝났습니다. 로그인해 주세요.",
        "This is set up already. Sign in instead."];
    TIME_INVALID = 422 "time_invalid" [
        "时间须为 RFC 3339 格式，例如 2026-03-01T10:00:00+08:00。",
        "時間須為 RFC 3339 格式，例如 2026-03-01T10:00:00+08:00。",
        "시각은 2026-03-01T10:00:00+09:00 같은 RFC 3339 형식이어야 합니다.",
        "Times are RFC 3339, such as 2026-03-01T10:00:00+08:00, from 1970 to 2199."];
    TIME_IN_FUTURE = 422 "time_in_future" [
        "时间在未来。请检查收银机的时钟。",
        "時間在未來。請檢查收銀機的時鐘。",
        "시각이 미래입니다. 계산대의 시계를 확인해 주세요.",
        "That moment is in the future. Check the till's clock."];
    DATE_INVALID = 422 "date_invalid" [
        "日期须为 YYYY-MM-DD 格式。",
        "日期須為 YYYY-MM-DD 格式。",
        "날짜는 YYYY-MM-DD 형식이어야 합니다.",
        "Dates are written YYYY-MM-DD."];
    POINTS_TENDER = 422 "points_tender" [
        "积分抵扣请用 redeem_points，不要放在付款方式里。",
        "點數折抵請用 redeem_points，不要放在付款方式裡。",
        "포인트 사용은 결제 수단이 아니라 redeem_points로 보내 주세요.",
        "Points are spent with redeem_points, not as a tender."];
    MEMBER_OR_IDENTITY = 422 "member_or_identity" [
        "请用 member_id 或 identity 其中之一指明会员。",
        "請用 member_id 或 identity 其中之一指明會員。",
        "member_id와 identity 중 하나로 회원을 지정해 주세요.",
        "Name the member by member_id or by identity, one of the two."];
    WHOLE_OR_LINES = 422 "whole_or_lines" [
        "请选择整单退货（whole）或列出退货的行（lines）。",
        "請選擇整筆退貨（whole）或列出退貨的項目（lines）。",
        "전체 반품(whole)이나 반품할 품목(lines) 중 하나를 보내 주세요.",
        "Say whole, or list the lines that come back."];
    MERGE_SAME = 422 "merge_same" [
        "两份档案是同一份。请选择另一位会员。",
        "兩份檔案是同一份。請選擇另一位會員。",
        "같은 회원입니다. 다른 회원을 선택해 주세요.",
        "Both are the same member. Choose another."];
    MEMBER_MERGED = 409 "member_merged" [
        "该档案已并入另一位会员（member_id）。请使用那一份档案。",
        "該檔案已併入另一位會員（member_id）。請使用那一份檔案。",
        "이 파일은 다른 회원(member_id)에 병합되었습니다. 그 회원을 사용해 주세요.",
        "This file was merged into another member, member_id. Use that one."];
    UNKNOWN_MERGE = 404 "unknown_merge" [
        "没有这次合并。",
        "沒有這次合併。",
        "그런 병합이 없습니다.",
        "There is no such merge."];
    MERGE_UNDONE = 409 "merge_undone" [
        "这次合并已经撤销。",
        "這次合併已經撤銷。",
        "이 병합은 이미 취소되었습니다.",
        "This merge is undone already."];
    KEEPER_MERGED = 409 "keeper_merged" [
        "保留的档案后来又并入了另一位会员（member_id）。请先撤销后来的合并。",
        "保留的檔案後來又併入了另一位會員（member_id）。請先撤銷後來的合併。",
        "남긴 파일이 나중에 다른 회원(member_id)에 병합되었습니다. 나중 병합을 먼저 취소해 주세요.",
        "The member who kept has been merged into another since, member_id. Undo that first."];
    UNKNOWN_HOUSEHOLD = 404 "unknown_household" [
        "没有这个家庭。",
        "沒有這個家庭。",
        "그런 가구가 없습니다.",
        "There is no such household."];
    HOUSEHOLD_DISSOLVED = 409 "household_dissolved" [
        "这个家庭已经解散。可以恢复它，或新建一个家庭。",
        "這個家庭已經解散。可以復原它，或建立新的家庭。",
        "이미 해산된 가구입니다. 되돌리거나 새 가구를 만들어 주세요.",
        "This household is dissolved. Bring it back, or make a new one."];
    HOUSEHOLD_MOVED_ON = 409 "household_moved_on" [
        "原成员（member_id）后来加入了另一个家庭（household_id），因此无法恢复。请先让其离开那个家庭，或新建一个家庭。",
        "原成員（member_id）後來加入了另一個家庭（household_id），因此無法復原。請先讓其離開那個家庭，或建立新的家庭。",
        "구성원(member_id)이 그 뒤 다른 가구(household_id)에 들어가 되돌릴 수 없습니다. 먼저 그 가구에서 나가게 하거나 새 가구를 만들어 주세요.",
        "One who was in it, member_id, has joined another household since, household_id. She leaves that one first, or a new household is made."];
    HOUSEHOLD_EMPTY = 409 "household_empty" [
        "这个家庭的成员资料已不存在，无法恢复。请新建一个家庭。",
        "這個家庭的成員資料已不存在，無法復原。請建立新的家庭。",
        "이 가구에 있던 회원 정보가 남아 있지 않아 되돌릴 수 없습니다. 새 가구를 만들어 주세요.",
        "Nothing is left of who was in this household. Make a new one."];
    IN_ANOTHER_HOUSEHOLD = 409 "in_another_household" [
        "该会员已在另一个家庭（household_id）中。请先让其离开那个家庭。",
        "此會員已在另一個家庭（household_id）中。請先讓其離開那個家庭。",
        "이 회원은 이미 다른 가구(household_id)에 있습니다. 먼저 그 가구에서 나가게 해 주세요.",
        "The member is in another household, household_id. She leaves that one first."];
    HOUSEHOLD_FULL = 409 "household_full" [
        "这个家庭的人数已达上限（most_members）。可以在设置中调整。",
        "這個家庭的人數已達上限（most_members）。可在設定中調整。",
        "이 가구는 최대 인원(most_members)에 이르렀습니다. 설정에서 바꿀 수 있습니다.",
        "The household has as many members as it may have, most_members. The settings can allow more."];
    NOT_IN_HOUSEHOLD = 409 "not_in_household" [
        "该会员不在这个家庭中。请先加入。",
        "此會員不在這個家庭中。請先加入。",
        "이 회원은 이 가구에 없습니다. 먼저 가구에 넣어 주세요.",
        "The member is not in this household. She joins it first."];
    HOUSEHOLD_SHARING = 409 "household_sharing" [
        "本品牌的家庭不共享积分。可以在设置中开启。",
        "本品牌的家庭不共享點數。可在設定中開啟。",
        "이 브랜드의 가구는 포인트를 함께 쓰지 않습니다. 설정에서 켤 수 있습니다.",
        "The brand's households do not share points. The settings can let them."];
    HOUSEHOLD_NAME = 422 "household_name" [
        "家庭名称须为 1 到 60 个字符的一行文字。",
        "家庭名稱須為 1 到 60 個字元的一行文字。",
        "가구 이름은 1~60자의 한 줄이어야 합니다.",
        "A household's name is one line of 1 to 60 characters."];
    CONSENT_NOT_ASKED = 422 "consent_not_asked" [
        "品牌没有就此用途和渠道询问同意。请先在设置中添加，或换一个。",
        "品牌沒有就此用途與通路詢問同意。請先在設定中新增，或換一個。",
        "이 용도와 채널로는 동의를 받지 않습니다. 설정에서 추가하거나 다른 것을 골라 주세요.",
        "The brand does not ask for this purpose by this channel. Add it in the settings first, or choose another."];
    CONSENT_TWICE = 422 "consent_twice" [
        "同一用途和渠道出现了两次。",
        "同一用途與通路出現了兩次。",
        "같은 용도와 채널이 두 번 있습니다.",
        "The same purpose and channel stand there twice."];
    CONSENT_WORD = 422 "consent_word" [
        "看不懂这里的同意情况。请写“同意”或“拒绝”，也可在后面加上 RFC 3339 时间。",
        "看不懂這裡的同意情形。請寫「同意」或「拒絕」，也可在後面加上 RFC 3339 時間。",
        "동의 여부를 알 수 없습니다. ‘동의’나 ‘거부’로 적어 주세요. 뒤에 RFC 3339 시각을 붙여도 됩니다.",
        "This is neither an agreement nor a withdrawal: write given or withdrawn, with an RFC 3339 time behind it where it is known."];
    PURPOSE_CODE = 422 "purpose_code" [
        "用途代码须以小写字母开头，只含小写字母、数字和下划线，最多 32 个字符，且不能重复。",
        "用途代碼須以小寫字母開頭，只含小寫字母、數字與底線，最多 32 個字元，且不能重複。",
        "용도 코드는 영문 소문자로 시작하고 소문자, 숫자, 밑줄만 32자까지 쓸 수 있으며 겹치면 안 됩니다.",
        "The code of a purpose begins with a small letter, has up to 32 small letters, digits and low lines, and stands once."];
    PURPOSE_NAME = 422 "purpose_name" [
        "请至少用一种语言填写用途的名称，每种最多 100 个字符。",
        "請至少用一種語言填寫用途的名稱，每種最多 100 個字元。",
        "용도의 이름을 한 가지 언어 이상으로, 각각 100자까지 입력해 주세요.",
        "Name the purpose in one language or more, in up to 100 characters each."];
    UNKNOWN_DUPLICATE = 404 "unknown_duplicate" [
        "没有这一对疑似重复的会员，可能其中一位的资料已经改变。请重新打开列表。",
        "沒有這一對疑似重複的會員，可能其中一位的資料已經改變。請重新開啟列表。",
        "그런 중복 의심 회원이 없습니다. 한쪽 파일이 바뀌었을 수 있으니 목록을 다시 열어 주세요.",
        "There is no such pair; one of the files may have changed. Open the list again."];
    COUPON_TEMPLATE_FAULTY = 422 "coupon_template_faulty" [
        "优惠券模板还有需要修改的地方（见 fault）。",
        "優惠券範本還有需要修改的地方（見 fault）。",
        "쿠폰 종류에 고쳐야 할 곳이 있습니다(fault 참고).",
        "Something in the template must be mended first; fault says what."];
    COUPON_TEMPLATE_CODE_TAKEN = 409 "coupon_template_code_taken" [
        "这个代码已用于另一种优惠券。请换一个。",
        "這個代碼已用於另一種優惠券。請換一個。",
        "다른 쿠폰 종류가 이미 쓰는 코드입니다. 다른 코드를 정해 주세요.",
        "Another template has that code. Choose another."];
    TEMPLATE_OR_CODE = 422 "template_or_code" [
        "请用 template_id 或 code 其中之一指明优惠券。",
        "請用 template_id 或 code 其中之一指明優惠券。",
        "template_id와 code 중 하나로 쿠폰을 지정해 주세요.",
        "Name the coupon by template_id or by code, one of the two."];
    GIFT_FAULTY = 422 "gift_faulty" [
        "礼品或活动期还有需要修改的地方（见 fault）。",
        "禮品或活動期還有需要修改的地方（見 fault）。",
        "사은품이나 축제에 고쳐야 할 곳이 있습니다(fault 참고).",
        "Something in the gift or the festival must be mended first; fault says what."];
    GIFT_CODE_TAKEN = 409 "gift_code_taken" [
        "这个代码已用于另一种礼品。请换一个。",
        "這個代碼已用於另一種禮品。請換一個。",
        "다른 사은품이 이미 쓰는 코드입니다. 다른 코드를 정해 주세요.",
        "Another gift has that code. Choose another."];
    GIFT_STOCK_SHORT = 409 "gift_stock_short" [
        "这家门店可动用的库存不足：已预留和已领取的不能扣减。",
        "這家門市可動用的庫存不足：已預留和已領取的不能扣減。",
        "이 매장에서 뺄 수 있는 재고가 부족합니다. 예약되었거나 수령한 수량은 뺄 수 없습니다.",
        "The store has fewer left than that: what is put aside or handed out stays."];
    UNKNOWN_FESTIVAL = 404 "unknown_festival" [
        "没有这个活动期。",
        "沒有這個活動期。",
        "해당 축제가 없습니다.",
        "There is no such festival."];
    UNKNOWN_PICTURE = 404 "unknown_picture" [
        "没有这张图片。",
        "沒有這張圖片。",
        "해당 그림이 없습니다.",
        "There is no such picture."];
    PICTURE_TOO_LARGE = 422 "picture_too_large" [
        "图片太大：最多 256 KB，边长不超过 2048 像素。请缩小后再上传。",
        "圖片太大：最多 256 KB，邊長不超過 2048 像素。請縮小後再上傳。",
        "그림이 너무 큽니다. 256KB 이하, 한 변 2048픽셀 이하로 줄여 주세요.",
        "The picture is too large: 256 KB at most, and 2,048 pixels a side. Make it smaller."];
    PICTURE_UNREADABLE = 422 "picture_unreadable" [
        "这不是可用的图片。请上传 PNG、JPEG 或 WebP。",
        "這不是可用的圖片。請上傳 PNG、JPEG 或 WebP。",
        "쓸 수 있는 그림이 아닙니다. PNG, JPEG, WebP를 올려 주세요.",
        "That is no picture that can be used. Upload a PNG, JPEG or WebP."];
    NO_DRAFT = 409 "no_draft" [
        "没有可发布的草稿。请先编辑方案。",
        "沒有可發布的草稿。請先編輯方案。",
        "게시할 초안이 없습니다. 먼저 프로그램을 수정해 주세요.",
        "There is no draft to publish. Change the programme first."];
    PROGRAMME_FAULTY = 422 "programme_faulty" [
        "草稿还有需要修改的地方，改好后才能发布。",
        "草稿還有需要修改的地方，改好後才能發布。",
        "초안에 고쳐야 할 곳이 있습니다. 고친 뒤 게시해 주세요.",
        "Something in the draft must be mended before it can be published."];
    WEIGHTS_INVALID = 422 "weights_invalid" [
        "权重写法如 amount:1,frequency:2，至少一项大于零。",
        "權重寫法如 amount:1,frequency:2，至少一項大於零。",
        "가중치는 amount:1,frequency:2 처럼 쓰고, 하나 이상은 0보다 커야 합니다.",
        "Weights are written amount:1,frequency:2, and at least one is above zero."];
    UNKNOWN_SEGMENT = 404 "unknown_segment" [
        "没有这个分群。",
        "沒有這個分群。",
        "세그먼트를 찾을 수 없습니다.",
        "There is no such segment."];
    UNKNOWN_LIFESTYLE_GROUP = 404 "unknown_lifestyle_group" [
        "没有这个生活方式群。",
        "沒有這個生活型態群。",
        "라이프스타일 그룹을 찾을 수 없습니다.",
        "There is no such lifestyle group."];
    NO_LIFESTYLE_PROPOSAL = 409 "no_lifestyle_proposal" [
        "没有等待确认的新分群。请刷新页面。",
        "沒有等待確認的新分群。請重新整理頁面。",
        "확인을 기다리는 새 그룹이 없습니다. 페이지를 새로 고쳐 주세요.",
        "No new groups wait for an answer. Look at the page again."];
    UNKNOWN_CATEGORY = 404 "unknown_category" [
        "过去一年的购买中没有这个品类。",
        "過去一年的購買中沒有這個品類。",
        "지난 1년의 구매에 없는 카테고리입니다.",
        "Nobody bought anything of that category within a year."];
    UNKNOWN_TAG = 404 "unknown_tag" [
        "没有这个标签。",
        "沒有這個標籤。",
        "태그를 찾을 수 없습니다.",
        "There is no such tag."];
    UNKNOWN_TAG_GROUP = 404 "unknown_tag_group" [
        "没有这个标签组。",
        "沒有這個標籤組。",
        "태그 그룹을 찾을 수 없습니다.",
        "There is no such group of tags."];
    RULE_GIVES_TAG = 422 "rule_gives_tag" [
        "这个标签由规则自动添加和移除，请修改规则。",
        "這個標籤由規則自動加上和移除，請修改規則。",
        "이 태그는 규칙이 자동으로 붙이고 뗍니다. 규칙을 고쳐 주세요.",
        "A rule gives and takes this tag. Change the rule instead."];
    SEGMENT_IN_USE = 409 "segment_in_use" [
        "另一个分群的条件用到了它，请先修改那个分群。",
        "另一個分群的條件用到了它，請先修改那個分群。",
        "다른 세그먼트가 이 세그먼트를 쓰고 있습니다. 먼저 그 조건을 고쳐 주세요.",
        "Another segment's condition names this one. Change that one first."];
    CONDITION_FAULTY = 422 "condition_faulty" [
        "条件还有需要修改的地方。",
        "條件還有需要修改的地方。",
        "조건에 고쳐야 할 곳이 있습니다.",
        "Something in the condition must be mended first."];
    LIST_HAS_NO_CONDITION = 422 "list_has_no_condition" [
        "名单分群没有条件，请直接添加或移除会员。",
        "名單分群沒有條件，請直接加入或移除會員。",
        "명단 세그먼트에는 조건이 없습니다. 회원을 직접 넣거나 빼 주세요.",
        "A list has no condition. Put members on it or take them off."];
    RULE_HAS_NO_LIST = 409 "rule_has_no_list" [
        "这个分群由条件决定成员，不能手动增减。",
        "這個分群由條件決定成員，不能手動增減。",
        "조건으로 정해지는 세그먼트에는 회원을 직접 넣거나 뺄 수 없습니다.",
        "A condition decides who is in this segment; members cannot be put in by hand."];
    UNKNOWN_LAYER = 404 "unknown_layer" [
        "金字塔没有这一层。",
        "金字塔沒有這一層。",
        "피라미드에 그런 층이 없습니다.",
        "The pyramid has no such layer."];
    UNAUTHENTICATED = 401 "unauthenticated" [
        "请先登录，或提供有效的密钥。",
        "請先登入，或提供有效的金鑰。",
        "먼저 로그인하거나 유효한 키를 보내 주세요.",
        "Sign in first, or send a valid key."];
    WRONG_CREDENTIALS = 401 "wrong_credentials" [
        "账号或密码不正确。",
        "帳號或密碼不正確。",
        "아이디 또는 비밀번호가 맞지 않습니다.",
        "The login or the password is wrong."];
    CONSOLE_HEADER_MISSING = 403 "console_header_missing" [
        "为防止跨站请求，浏览器的修改请求须带上 X-Danggol-Console: 1。",
        "為防止跨站請求，瀏覽器的修改請求須帶上 X-Danggol-Console: 1。",
        "사이트 간 요청을 막기 위해, 브라우저의 변경 요청에는 X-Danggol-Console: 1 헤더가 필요합니다.",
        "A change made by a browser must carry the header X-Danggol-Console: 1, which keeps other sites out."];
    SCOPE_MISSING = 403 "scope_missing" [
        "您没有执行此操作的权限。请联系管理员。",
        "您沒有執行此操作的權限。請聯絡管理員。",
        "이 작업을 할 권한이 없습니다. 관리자에게 문의해 주세요.",
        "You may not do this. Ask an administrator."];
    RATE_LIMITED = 429 "rate_limited" [
        "请求太频繁，请稍后再试。",
        "請求太頻繁，請稍後再試。",
        "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
        "Too many requests. Try again a little later."];
    TOO_MANY_ATTEMPTS = 429 "too_many_attempts" [
        "登录尝试次数过多，请稍后再试。",
        "登入嘗試次數過多，請稍後再試。",
        "로그인 시도가 너무 많습니다. 잠시 후 다시 시도해 주세요.",
        "Too many attempts to sign in. Try again a little later."];
    MALFORMED_JSON = 400 "malformed_json" [
        "请求正文不是有效的 JSON。",
        "請求內容不是有效的 JSON。",
        "요청 본문이 올바른 JSON이 아닙니다.",
        "The body is not valid JSON."];
    INVALID_FIELD = 400 "invalid_field" [
        "这个字段缺失、多余或格式不对。",
        "這個欄位缺少、多餘或格式不對。",
        "이 항목이 없거나, 알 수 없거나, 형식이 맞지 않습니다.",
        "This field is missing, unknown or not of the expected form."];
    INVALID_QUERY = 400 "invalid_query" [
        "网址参数不正确。",
        "網址參數不正確。",
        "주소의 매개변수가 올바르지 않습니다.",
        "A parameter of the address is not of the expected form."];
    INVALID_CURSOR = 400 "invalid_cursor" [
        "翻页游标无效。请从第一页重新开始。",
        "翻頁游標無效。請從第一頁重新開始。",
        "페이지 커서가 올바르지 않습니다. 첫 페이지부터 다시 시작해 주세요.",
        "That cursor is not one of ours. Start from the first page again."];
    INVALID_ID = 400 "invalid_id" [
        "编号格式不正确。",
        "編號格式不正確。",
        "ID 형식이 올바르지 않습니다.",
        "That is not an id of the expected form."];
    UNREADABLE_BODY = 400 "unreadable_body" [
        "未能完整读取请求正文。",
        "未能完整讀取請求內容。",
        "요청 본문을 끝까지 읽지 못했습니다.",
        "The body could not be read to its end."];
    BODY_TOO_LARGE = 413 "body_too_large" [
        "请求正文过大，请分批发送。",
        "請求內容過大，請分批傳送。",
        "요청 본문이 너무 큽니다. 나누어 보내 주세요.",
        "The body is too large. Send it in parts."];
    WRONG_CONTENT_TYPE = 415 "wrong_content_type" [
        "请求正文须为 application/json。",
        "請求內容須為 application/json。",
        "요청 본문은 application/json이어야 합니다.",
        "The body must be sent as application/json."];
    NOT_FOUND = 404 "not_found" [
        "没有找到所请求的内容。",
        "找不到所請求的內容。",
        "요청한 것을 찾을 수 없습니다.",
        "There is nothing at this address."];
    METHOD_NOT_ALLOWED = 405 "method_not_allowed" [
        "此地址不支持这种请求方法。",
        "此網址不支援這種請求方法。",
        "이 주소에서는 쓸 수 없는 메서드입니다.",
        "This address does not take that method."];
    BUSY = 503 "busy" [
        "系统繁忙，请稍后重试。",
        "系統繁忙，請稍後重試。",
        "시스템이 바쁩니다. 잠시 후 다시 시도해 주세요.",
        "The system is busy. Try again in a moment."];
    INTERNAL = 500 "internal" [
        "服务器出现意外错误，已记入日志。如反复出现，请把请求编号告诉管理员。",
        "伺服器發生未預期的錯誤，已寫入記錄。若反覆發生，請將請求編號告知管理員。",
        "서버에 예기치 않은 오류가 발생해 기록했습니다. 계속되면 요청 ID를 관리자에게 알려 주세요.",
        "Something unexpected went wrong and was logged. If it happens again, give the request id to an administrator."];
    OUTCOME_UNKNOWN = 503 "outcome_unknown" [
        "未能确认是否已保存。请用相同的幂等键或单号重试，不会重复入账。",
        "未能確認是否已儲存。請用相同的冪等鍵或單號重試，不會重複入帳。",
        "저장되었는지 확인하지 못했습니다. 같은 멱등 키나 구매 번호로 다시 보내도 중복되지 않습니다.",
        "It is not known whether this was kept. Send it again with the same key or number: it will not count twice."];
    IDEMPOTENCY_KEY_INVALID = 400 "idempotency_key_invalid" [
        "Idempotency-Key 须为 1 至 255 个可见 ASCII 字符。",
        "Idempotency-Key 須為 1 至 255 個可見 ASCII 字元。",
        "Idempotency-Key는 보이는 ASCII 문자 1~255자여야 합니다.",
        "An Idempotency-Key has 1 to 255 visible ASCII characters."];
    IDEMPOTENCY_KEY_REUSED = 409 "idempotency_key_reused" [
        "这个幂等键已用于内容不同的请求。请换一个新键。",
        "此冪等鍵已用於內容不同的請求。請改用新的鍵。",
        "이 멱등 키는 내용이 다른 요청에 이미 쓰였습니다. 새 키를 사용해 주세요.",
        "That Idempotency-Key was used for a request with other content. Use a new key."];
    IDENTITY_TAKEN = 409 "identity_taken" [
        "该号码已属于另一位会员。请打开那位会员的档案核对。",
        "此號碼已屬於另一位會員。請開啟該會員的檔案核對。",
        "이 번호는 이미 다른 회원의 것입니다. 해당 회원의 정보를 확인해 주세요.",
        "That identity belongs to another member. Open her file to check."];
    UNKNOWN_MEMBER = 404 "unknown_member" [
        "没有找到这位会员。",
        "找不到這位會員。",
        "회원을 찾을 수 없습니다.",
        "No such member."];
    MEMBER_CLOSED = 409 "member_closed" [
        "该会员档案已关闭，不能修改。",
        "此會員檔案已關閉，無法修改。",
        "해지된 회원이라 수정할 수 없습니다.",
        "This member's file is closed and cannot be changed."];
    UNKNOWN_IDENTITY = 404 "unknown_identity" [
        "这位会员没有这个标识。",
        "這位會員沒有這個識別。",
        "이 회원에게 그런 식별 정보가 없습니다.",
        "The member has no such identity."];
    NO_CARD = 404 "no_card" [
        "这位会员没有卡号。",
        "這位會員沒有卡號。",
        "이 회원에게 카드가 없습니다.",
        "The member has no card."];
    TOO_MANY_IDENTITIES = 422 "too_many_identities" [
        "一位会员的标识太多。",
        "一位會員的識別太多。",
        "한 회원의 식별 정보가 너무 많습니다.",
        "That is too many identities for one member."];
    TOO_LONG = 422 "too_long" [
        "内容太长，请缩短。",
        "內容太長，請縮短。",
        "내용이 너무 깁니다. 줄여 주세요.",
        "This text is too long. Shorten it."];
    REQUIRED = 422 "required" [
        "此项不能为空。",
        "此項不能空白。",
        "이 항목은 비워 둘 수 없습니다.",
        "This must not be empty."];
    CONTROL_CHARACTER = 422 "control_character" [
        "内容含有不可用的控制字符。",
        "內容含有不可用的控制字元。",
        "사용할 수 없는 제어 문자가 들어 있습니다.",
        "This contains a control character that cannot be kept."];
    TOO_MANY_FIELDS = 422 "too_many_fields" [
        "自定义字段太多。",
        "自訂欄位太多。",
        "사용자 정의 항목이 너무 많습니다.",
        "There are too many custom fields."];
    OUT_OF_RANGE = 422 "out_of_range" [
        "数值超出允许范围。",
        "數值超出允許範圍。",
        "값이 허용 범위를 벗어났습니다.",
        "The value is out of range."];
    PASSWORD_LENGTH = 422 "password_length" [
        "密码须为 8 至 256 个字符。",
        "密碼須為 8 至 256 個字元。",
        "비밀번호는 8자 이상 256자 이하여야 합니다.",
        "A password has 8 to 256 characters."];
    WRONG_PASSWORD = 422 "wrong_password" [
        "当前密码不正确。",
        "目前的密碼不正確。",
        "현재 비밀번호가 맞지 않습니다.",
        "The current password is wrong."];
    LOGIN_TAKEN = 409 "login_taken" [
        "这个账号已被使用，请换一个。",
        "此帳號已被使用，請換一個。",
        "이미 쓰이는 아이디입니다. 다른 아이디를 골라 주세요.",
        "That login is taken. Choose another."];
    LOGIN_INVALID = 422 "login_invalid" [
        "账号须为 2 至 64 个字母、数字或 . _ - @ +。",
        "帳號須為 2 至 64 個字母、數字或 . _ - @ +。",
        "아이디는 영문자, 숫자, . _ - @ + 로 2~64자여야 합니다.",
        "A login has 2 to 64 letters, digits or the characters . _ - @ +."];
    UNKNOWN_USER = 404 "unknown_user" [
        "没有这个账号。",
        "沒有這個帳號。",
        "해당 계정을 찾을 수 없습니다.",
        "No such account."];
    ROLE_NOT_ALLOWED = 403 "role_not_allowed" [
        "只有所有者可以授予或更改所有者角色。",
        "只有擁有者可以授予或變更擁有者角色。",
        "소유자 권한은 소유자만 줄 수 있습니다.",
        "Only an owner may make, change or disable an owner."];
    LAST_OWNER = 409 "last_owner" [
        "至少要保留一位可登录的所有者。",
        "至少要保留一位可登入的擁有者。",
        "로그인할 수 있는 소유자가 한 명은 있어야 합니다.",
        "At least one owner must remain who can sign in."];
    UNKNOWN_KEY = 404 "unknown_key" [
        "没有这个密钥，或已停用。",
        "沒有這個金鑰，或已停用。",
        "해당 키가 없거나 이미 폐기되었습니다.",
        "No such key, or it is revoked already."];
    CURRENCY_INVALID = 422 "currency_invalid" [
        "货币须为三位字母代码，例如 CNY、TWD、KRW、USD。",
        "貨幣須為三位字母代碼，例如 CNY、TWD、KRW、USD。",
        "통화는 CNY, TWD, KRW, USD 같은 세 글자 코드여야 합니다.",
        "A currency is a code of three letters such as CNY, TWD, KRW or USD."];
    COUNTRY_INVALID = 422 "country_invalid" [
        "国家或地区须为两位字母代码，例如 CN、TW、KR、US。",
        "國家或地區須為兩位字母代碼，例如 CN、TW、KR、US。",
        "국가는 CN, TW, KR, US 같은 두 글자 코드여야 합니다.",
        "A country is a code of two letters such as CN, TW, KR or US."];
    TIME_ZONE_INVALID = 422 "time_zone_invalid" [
        "时区须为 IANA 名称，例如 Asia/Shanghai。",
        "時區須為 IANA 名稱，例如 Asia/Taipei。",
        "시간대는 Asia/Seoul 같은 IANA 이름이어야 합니다.",
        "A time zone is an IANA name such as Asia/Seoul."];
    CURRENCY_FIXED = 409 "currency_fixed" [
        "已有按当前货币记录的金额（消费、商品价格或方案），货币不能再改。如需换币种，请新建一个品牌。",
        "已有以目前貨幣記錄的金額（消費、商品價格或方案），貨幣無法再變更。若要改用其他貨幣，請另建一個品牌。",
        "현재 통화로 기록된 금액(구매, 상품 가격, 프로그램)이 있어 통화를 바꿀 수 없습니다. 다른 통화를 쓰려면 새 브랜드를 만들어 주세요.",
        "Amounts are kept in this currency (purchases, prices or a programme), so it stays. For another currency set up another brand."];
    PHONE_EMPTY = 422 "phone_empty" [
        "请填写手机号码。", "請填寫手機號碼。", "전화번호를 입력해 주세요.", "Enter a phone number."];
    PHONE_INVALID_CHARACTER = 422 "phone_invalid_character" [
        "手机号码里有不能识别的字符。", "手機號碼裡有無法辨識的字元。", "전화번호에 쓸 수 없는 문자가 있습니다.", "The phone number contains a character that does not belong there."];
    PHONE_UNKNOWN_COUNTRY = 422 "phone_unknown_country" [
        "不知道号码所在的国家或地区，请以 + 和国家代码开头。", "不知道號碼所屬的國家或地區，請以 + 與國碼開頭。", "어느 나라 번호인지 알 수 없습니다. +와 국가 번호로 시작해 주세요.", "The country of this number is not known. Begin with + and the country code."];
    PHONE_UNKNOWN_CALLING_CODE = 422 "phone_unknown_calling_code" [
        "没有这个国家代码。", "沒有這個國碼。", "없는 국가 번호입니다.", "There is no such country code."];
    PHONE_TOO_SHORT = 422 "phone_too_short" [
        "手机号码位数太少。", "手機號碼位數太少。", "전화번호가 너무 짧습니다.", "The phone number is too short."];
    PHONE_TOO_LONG = 422 "phone_too_long" [
        "手机号码位数太多。", "手機號碼位數太多。", "전화번호가 너무 깁니다.", "The phone number is too long."];
    PHONE_NOT_IN_PLAN = 422 "phone_not_in_plan" [
        "没有这样的号码，请核对每一位。", "沒有這樣的號碼，請逐位核對。", "존재할 수 없는 번호입니다. 숫자를 확인해 주세요.", "No such number can exist. Check the digits."];
    EMAIL_EMPTY = 422 "email_empty" [
        "请填写电子邮箱。", "請填寫電子郵件。", "이메일을 입력해 주세요.", "Enter an e-mail address."];
    EMAIL_TOO_LONG = 422 "email_too_long" [
        "电子邮箱太长。", "電子郵件太長。", "이메일 주소가 너무 깁니다.", "The e-mail address is too long."];
    EMAIL_MALFORMED = 422 "email_malformed" [
        "电子邮箱格式不对。", "電子郵件格式不對。", "이메일 형식이 올바르지 않습니다.", "That is not an e-mail address."];
    CARD_EMPTY = 422 "card_empty" [
        "请填写卡号。", "請填寫卡號。", "카드 번호를 입력해 주세요.", "Enter a card number."];
    CARD_INVALID_CHARACTER = 422 "card_invalid_character" [
        "卡号只能包含字母和数字。", "卡號只能包含字母與數字。", "카드 번호에는 영문자와 숫자만 쓸 수 있습니다.", "A card number holds only letters and digits."];
    CARD_TOO_LONG = 422 "card_too_long" [
        "卡号太长。", "卡號太長。", "카드 번호가 너무 깁니다.", "The card number is too long."];
    CARD_INVALID_PREFIX = 422 "card_invalid_prefix" [
        "卡号前缀须为数字，并为流水号留出位数。", "卡號前綴須為數字，並為流水號留出位數。", "카드 앞자리는 숫자여야 하며 일련번호 자리를 남겨야 합니다.", "A card prefix holds digits and leaves room for the sequence."];
    CARD_SEQUENCE_EXHAUSTED = 422 "card_sequence_exhausted" [
        "这个前缀的卡号已用完。", "這個前綴的卡號已用完。", "이 앞자리로 만들 수 있는 카드 번호를 다 썼습니다.", "There are no card numbers left under this prefix."];
    BIRTHDAY_MALFORMED = 422 "birthday_malformed" [
        "生日须写成 1990-05-03，年份不详时写成 --05-03。", "生日須寫成 1990-05-03，年份不詳時寫成 --05-03。", "생일은 1990-05-03처럼, 연도를 모르면 --05-03처럼 적어 주세요.", "Write a birthday as 1990-05-03, or --05-03 where the year is not known."];
    BIRTHDAY_YEAR_OUT_OF_RANGE = 422 "birthday_year_out_of_range" [
        "生日的年份不对，请核对。", "生日的年份不對，請核對。", "생일의 연도를 확인해 주세요.", "Check the year of the birthday."];
    BIRTHDAY_NO_SUCH_DAY = 422 "birthday_no_such_day" [
        "没有这一天，请核对月和日。", "沒有這一天，請核對月與日。", "없는 날짜입니다. 월과 일을 확인해 주세요.", "There is no such day. Check month and day."];
    BIRTHDAY_NO_SUCH_LEAP_MONTH = 422 "birthday_no_such_leap_month" [
        "那一年没有这个闰月。", "那一年沒有這個閏月。", "그 해에는 그런 윤달이 없습니다.", "That year has no such leap month."];
    UNKNOWN_IMPORT = 404 "unknown_import" [
        "没有这个导入。", "沒有這個匯入。", "그런 가져오기가 없습니다.", "There is no such import."];
    FILE_EMPTY = 422 "file_empty" [
        "文件是空的。", "檔案是空的。", "빈 파일입니다.", "The file is empty."];
    FILE_GONE = 409 "file_gone" [
        "这个文件已不在服务器上。请重新上传。",
        "這個檔案已不在伺服器上。請重新上傳。",
        "이 파일은 더 이상 서버에 없습니다. 다시 올려 주세요.",
        "That file is no longer on the server. Upload it again."];
    FILE_UNREADABLE = 422 "file_unreadable" [
        "无法识别这个文件；请提供 CSV、XLSX 或 Parquet 文件。", "無法辨識這個檔案；請提供 CSV、XLSX 或 Parquet 檔案。",
        "읽을 수 없는 파일입니다. CSV, XLSX 또는 Parquet 파일을 주세요.", "The file cannot be read as a table. Give a CSV, XLSX or Parquet file."];
    MAPPING_INVALID = 422 "mapping_invalid" [
        "映射文件有误，请核对列名和设置。", "對應設定檔有誤，請核對欄名和設定。",
        "매핑 파일에 잘못된 곳이 있습니다. 열 이름과 설정을 확인해 주세요.", "The mapping cannot be used. Check its columns and settings."];
    COLUMNS_MISSING = 422 "columns_missing" [
        "缺少必要的列：日期、金额、会员（或商品编码、手机号、卡号等）至少要各选一列。", "缺少必要的欄：日期、金額、會員（或商品編號、手機、卡號等）至少要各選一欄。",
        "꼭 필요한 열이 없습니다. 날짜·금액·회원(또는 상품코드, 휴대폰·카드번호 등)의 열을 하나씩 골라 주세요.",
        "A column is missing that every row needs: date, amount and member (or the SKU; or a phone, card or other number) need one each."];
    COLUMNS_OR_MAPPING = 422 "columns_or_mapping" [
        "columns 和 mapping_toml 只能给一个。", "columns 和 mapping_toml 只能給一個。", "columns와 mapping_toml 중 하나만 보내 주세요.", "Give columns or mapping_toml, not both."];
    UNKNOWN_FIELD = 422 "unknown_field" [
        "没有这个字段。", "沒有這個欄位。", "그런 필드가 없습니다.", "There is no such field."];
    UNKNOWN_COLUMN = 422 "unknown_column" [
        "文件里没有这一列。", "檔案裡沒有這一欄。", "파일에 그런 열이 없습니다.", "The file has no such column."];
    IMPORT_STARTED = 409 "import_started" [
        "这个导入已经开始。", "這個匯入已經開始。", "이미 시작한 가져오기입니다.", "This import has been started already."];
    IMPORT_ENDED = 409 "import_ended" [
        "这个导入已经结束。", "這個匯入已經結束。", "이미 끝난 가져오기입니다.", "This import has ended already."];
    NO_REJECTED_ROWS = 404 "no_rejected_rows" [
        "没有被拒的行。", "沒有被拒的列。", "거부된 행이 없습니다.", "No row was refused."];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_language_says_something() {
        let mut codes: Vec<&str> = ALL.iter().map(|kind| kind.code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
        for kind in ALL {
            assert!((400..=599).contains(&kind.status), "{}", kind.code);
            assert!(kind.says.iter().all(|text| !text.is_empty()), "{}", kind.code);
        }
    }
}

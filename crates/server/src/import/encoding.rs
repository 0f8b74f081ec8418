//! Which encoding a text file is in, and reading it as UTF-8 without ever holding the whole of it.
//!
//! The trade's files come in UTF-8, UTF-16 with a byte order mark, GB18030, Big5 and EUC-KR/CP949. The three East Asian
//! encodings share their byte ranges, and a header of twenty characters is little for a detector that knows pairs of
//! bytes only. So three readings are tried and judged by how many of the characters that come out are ones that people
//! write every day; `chardetng` decides between readings that come close, and speaks for every other encoding.

use std::collections::HashSet;
use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Decoder, EUC_KR, Encoding, GB18030, GBK, UTF_8};

/// How many bytes of a file are looked at.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// Below this score a reading is not believed to be Chinese or Korean: random bytes that happen to be valid in one of
/// the encodings hit a common character about one time in six.
const LEAST_SCORE: f64 = 0.4;
/// Two readings whose scores are nearer than this are for `chardetng` to choose between.
const CLOSE_SCORE: f64 = 0.1;
/// How many readable characters make up for one sequence that is not UTF-8.
const UTF8_READABLE_PER_FAULT: usize = 2;

/// The characters of Simplified Chinese that headers, names, addresses and goods are made of.
const SIMPLIFIED: &str = "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行\
    学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政\
    四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代\
    想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农\
    姓名性别男女手机电话号码邮箱会员卡编号门店铺地址备注来源注册时间日期职业商货款名称类品牌价格单数量金额付收优惠折扣订单流水\
    交易渠导购银支微信淘宝京东猫小合计应退积余储值标签旗舰省市区县街楼室科北上海广州深圳津庆苏杭南京武汉西安\
    李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范\
    石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易武乔贺赖龚\
    伟芳娜敏静丽强磊洋勇艳杰娟涛超秀英霞刚桂兰玉萍红玲芬燕彬雪梅琳晶欣怡佳颖婷宇浩轩梓涵豪俊思雨诗琪梦瑶雅志建华春荣\
    茶咖啡奶粉油米面包水果蔬菜肉蛋洗衣液护肤霜乳精膏药片盒瓶袋件双条个斤";
/// The same for Traditional Chinese as it is written in Taiwan and Hong Kong.
const TRADITIONAL: &str = "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定\
    行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其些然前外天\
    四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建月公無系情者最立代\
    姓名性別男女手機號碼行動電話郵箱信箱會員卡編號門市店鋪地址住備註來源註冊加入時間日期職業商貨款名稱類品牌價格單數量金額付收優惠折扣\
    訂單流水交易通路管道渠導購員銀支付小合計應退積點紅利餘儲值等級標籤統一發票帳簡訊生日折讓結帳收銀\
    陳林黃張李王吳劉蔡楊許鄭謝洪郭邱曾廖賴徐周葉蘇莊呂江何蕭羅高潘朱鍾游彭詹胡施沈余盧梁趙顏柯翁魏孫戴方宋范杜傅侯曹薛丁卓阮馬董\
    唐藍蔣石紀姚連馮程湯康姜汪田尤巫白涂鄒尹志明淑芬美玲家豪雅婷怡君俊傑宏承翰宗詩涵宜蓁欣妤睿冠廷柏佳穎偉\
    台臺北新竹桃園雄南縣市區路街樓段巷弄鄉鎮花蓮嘉義彰化基隆屏東宜\
    茶咖啡奶粉油米麵包水果蔬菜肉蛋洗衣精護膚霜乳液膏藥片盒瓶袋件雙條個斤";
/// The Hangul syllables that Korean headers, names and everyday text are made of.
const KOREAN: &str = "이름성명별남여자생년월일휴대폰전화번호핸드연락처메카회원고객매장점포지주소비모출가입시간날짜직업득상품제목분류테리브랜\
    단수량금액실판결할인문거래채널담당현합계환불트적립등급태그온라오프네버톡쇼핑몰총개서울부산구천광울경기강동로길층김박최정조윤임\
    한신권황안송류홍양손배백허유심노하곽차우민진현영준재은혜미희숙순옥아린예나도건빈훈석철만복용규병창식찬필의을를은는에과와다했습\
    니있없것들저너무더큼록면며어요까마바사파타보두모소초코터트피티치스즈크르란른린림님께든데때또라려로리마머메며모물및바반받방번법\
    변별본부북분비빠사산상새색생서선설성세센소속수순술숨쉬시식신실심아안않알앞야약양어언업에여역연열영예오온올와왜외요용우운원\
    월위유으은을음응의이인일임입있자작잘잠장재전절점접정제조족종좋주준중즉증지직진질집차착참창채책처천첫청체초총최추출충층치카커컵\
    크키타탁택터테통투특파판편평포표풍프필하학한할함합항해행향허현형호혹화확환활황회효후휴흐희흰힘우유빵과채소고기커피세제치약화장품";

/// What was recognised about a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// The encoding to read the file with.
    pub encoding: &'static Encoding,
    /// Whether the file says so itself, by a byte order mark.
    pub by_mark: bool,
}

/// The encoding of a name that people or programs use for it (`GB18030`, `cp949`, `Big5`, `utf-16le`) in any letter case;
/// none when nobody knows the name.
pub fn by_name(name: &str) -> Option<&'static Encoding> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    let label = match plain.as_str() {
        "cp936" | "ms936" | "windows936" | "gb2312" | "gbk" | "gb18030" => "gb18030",
        "cp949" | "ms949" | "uhc" | "windows949" | "euckr" | "ksc5601" => "euc-kr",
        "cp950" | "ms950" | "windows950" | "big5hkscs" | "big5" => "big5",
        "cp932" | "ms932" | "windows932" | "shiftjis" => "shift_jis",
        "cp65001" | "utf8" | "utf8sig" | "utf8bom" => "utf-8",
        "utf16" | "utf16le" | "unicode" => "utf-16le",
        "utf16be" => "utf-16be",
        _ => name,
    };
    Encoding::for_label(label.as_bytes())
}

/// The part of a file that tells its encoding: the first [`SAMPLE_BYTES`], or, where those are plain ASCII, the first
/// stretch of that length that is not (a shop's first thousand rows may hold no name). Reads no further than that.
pub fn sample(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(SAMPLE_BYTES);
    loop {
        let mut next = Vec::with_capacity(SAMPLE_BYTES);
        let read = reader.by_ref().take(SAMPLE_BYTES as u64).read_to_end(&mut next)?;
        if read == 0 {
            return Ok(chunk);
        }
        let is_plain = next.is_ascii();
        if chunk.is_empty() || !is_plain {
            chunk = next;
        }
        if !is_plain {
            return Ok(chunk);
        }
    }
}

/// Recognises the encoding from a [`sample`], which may end in the middle of a character.
///
/// Plain ASCII is UTF-8. A few bytes that do not decode do not hide the encoding of all the others: they are faults of
/// their rows.
pub fn recognise(sample: &[u8]) -> Recognised {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return Recognised { encoding, by_mark: true };
    }
    let encoding = if is_mostly_utf8(sample) { UTF_8 } else { recognise_legacy(sample) };
    Recognised { encoding, by_mark: false }
}

/// The encoding of bytes that are not UTF-8 and carry no mark.
fn recognise_legacy(sample: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let told = detector.guess(None, Utf8Detection::Deny);
    let told = if told == GBK { GB18030 } else { told };
    let mut scores = [
        (score(sample, GB18030, SIMPLIFIED), GB18030),
        (score(sample, BIG5, TRADITIONAL), BIG5),
        (score(sample, EUC_KR, KOREAN), EUC_KR),
    ];
    scores.sort_by(|a, b| b.0.total_cmp(&a.0));
    let [best, second, _] = scores;
    if best.0 < LEAST_SCORE {
        return told;
    }
    if best.0 - second.0 < CLOSE_SCORE && told == second.1 { second.1 } else { best.1 }
}

/// How much the sample read in `encoding` looks like text that people write: 1 when every character is a common one,
/// about 0.2 or less when the reading is wrong. The sample's last two bytes may be half a character.
fn score(sample: &[u8], encoding: &'static Encoding, common: &str) -> f64 {
    let common: HashSet<char> = common.chars().collect();
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let mut characters = 0u32;
    let mut sum = 0.0;
    for character in text.chars().filter(|character| !character.is_ascii()) {
        characters += 1;
        sum += match character {
            found if common.contains(&found) => 1.0,
            '\u{FFFD}' => -3.0,
            '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FFEF}' => 0.4,
            '\u{4E00}'..='\u{9FFF}' if encoding != EUC_KR => 0.1,
            '\u{AC00}'..='\u{D7A3}' if encoding == EUC_KR => 0.1,
            _ => -0.6,
        };
    }
    if characters == 0 { 0.0 } else { sum / f64::from(characters) }
}

/// Whether the bytes are UTF-8, with a damaged character here and there at most.
fn is_mostly_utf8(sample: &[u8]) -> bool {
    let mut readable = 0;
    let mut faults = 0;
    let mut chunks = sample.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        readable += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        let is_cut_off = chunks.peek().is_none() && sample.len() >= SAMPLE_BYTES;
        faults += usize::from(!chunk.invalid().is_empty() && !is_cut_off);
    }
    faults == 0 || readable >= faults * UTF8_READABLE_PER_FAULT
}

/// Reads a file in any encoding as UTF-8, a buffer at a time, without its byte order mark.
///
/// Bytes that do not decode come out as U+FFFD; a file that is UTF-8 already passes unchanged, bad bytes included, so
/// that whoever cuts the rows finds the row they are in.
pub struct Utf8Reader<R> {
    inner: R,
    /// None for UTF-8, which needs no decoding.
    decoder: Option<Decoder>,
    input: Vec<u8>,
    output: Vec<u8>,
    taken: usize,
    is_finished: bool,
    is_started: bool,
    read_bytes: u64,
}

impl<R: Read> Utf8Reader<R> {
    /// A reader of `inner`, which stands at the first byte of the file.
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_with_bom_removal());
        Self {
            inner,
            decoder,
            input: vec![0; SAMPLE_BYTES],
            output: Vec::new(),
            taken: 0,
            is_finished: false,
            is_started: false,
            read_bytes: 0,
        }
    }

    /// How many bytes of the source file have been taken so far.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes
    }

    /// How many bytes are decoded and wait to be read.
    pub fn pending_bytes(&self) -> u64 {
        (self.output.len() - self.taken) as u64
    }

    /// Fills the output with the next decoded stretch; leaves it empty at the end of the file.
    fn refill(&mut self) -> io::Result<()> {
        self.output.clear();
        self.taken = 0;
        while self.output.is_empty() && !self.is_finished {
            let read = read_full(&mut self.inner, &mut self.input)?;
            self.read_bytes += read as u64;
            self.is_finished = read < self.input.len();
            let source = &self.input[..read];
            match &mut self.decoder {
                None => {
                    let marked = !self.is_started && source.starts_with(b"\xEF\xBB\xBF");
                    self.output.extend_from_slice(&source[if marked { 3 } else { 0 }..]);
                }
                Some(decoder) => {
                    let room = decoder.max_utf8_buffer_length(read).unwrap_or(read * 3 + 16);
                    self.output.resize(room, 0);
                    let (_, _, written, _) = decoder.decode_to_utf8(source, &mut self.output, self.is_finished);
                    self.output.truncate(written);
                }
            }
            self.is_started = true;
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.output.len() {
            self.refill()?;
        }
        let length = buffer.len().min(self.output.len() - self.taken);
        buffer[..length].copy_from_slice(&self.output[self.taken..self.taken + length]);
        self.taken += length;
        Ok(length)
    }
}

/// Reads until the buffer is full or the source has ended.
fn read_full(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_16BE, UTF_16LE};

    use super::*;

    /// Encodes as the file would be; UTF-16 gets its mark, as `encoding_rs` writes UTF-8 only.
    fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        if encoding == UTF_16LE {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            return [0xFF, 0xFE].into_iter().chain(units).collect();
        }
        if encoding == UTF_16BE {
            let units = text.encode_utf16().flat_map(u16::to_be_bytes);
            return [0xFE, 0xFF].into_iter().chain(units).collect();
        }
        let (bytes, used, unmappable) = encoding.encode(text);
        assert!(!unmappable && used == encoding, "{text} cannot be written in {}", encoding.name());
        bytes.into_owned()
    }

    #[test]
    fn encodings_of_the_trade_are_recognised_from_little() {
        let cases: &[(&'static Encoding, &str)] = &[
            (GB18030, "姓名,手机号\n"),
            (GB18030, "会员编号,姓名,性别,生日,手机号,注册门店\n"),
            (GB18030, "单号\t实付金额\n"),
            (GB18030, "a,b\n1,张伟\n2,王芳\n"),
            (GB18030, "订单编号;交易时间;商品名称;数量;实收金额\n1;2024-01-05;纯牛奶250ml;2;12.50\n"),
            (GB18030, "品名,类别\n洗发水,日化\n蓝牙耳机,数码\n羽绒服,女装\n"),
            (GB18030, "name,city\nLi,乌鲁木齐\nZhao,呼和浩特\n"),
            (GB18030, "欧阳娜娜\n"),
            (BIG5, "姓名,手機號碼\n"),
            (BIG5, "會員編號,姓名,性別,生日,手機,門市\n"),
            (BIG5, "a,b\n1,陳怡君\n2,林志豪\n"),
            (BIG5, "訂單編號;交易時間;商品名稱;數量;實付金額\n1;2024-01-05;鮮奶;2;125\n"),
            (BIG5, "發票號碼,統一編號\n"),
            (BIG5, "品名,分類\n洗髮精,日用\n藍牙耳機,3C\n羽絨外套,女裝\n"),
            (EUC_KR, "이름,휴대폰\n"),
            (EUC_KR, "회원번호,성명,성별,생년월일,휴대폰번호,가입매장\n"),
            (EUC_KR, "주문번호\t실판매금액\n"),
            (EUC_KR, "a,b\n1,김철수\n2,이영희\n"),
            (EUC_KR, "상품명,분류\n샴푸,생활용품\n블루투스 이어폰,디지털\n패딩,여성의류\n"),
            (EUC_KR, "뷁,똠방각하\n펲시콜라,찦차\n이름,휴대폰번호\n"),
            (UTF_8, "姓名,手机号\n"),
            (UTF_8, "이름,휴대폰\n"),
            (UTF_8, "name,phone\n"),
            (UTF_8, "Zoë,1\n"),
            (UTF_16LE, "姓名\t手机号\n"),
            (UTF_16BE, "이름\t휴대폰\n"),
            (encoding_rs::WINDOWS_1252, "prénom,âge\nFrançois,27\nJosé Muñoz,31\n"),
        ];
        for (expected, text) in cases {
            let found = recognise(&encoded(text, expected)).encoding;
            assert_eq!(found.name(), expected.name(), "{text}");
        }
    }

    #[test]
    fn a_mark_decides_and_damage_does_not_hide_the_encoding() {
        let cases: &[(&str, Vec<u8>, &'static Encoding, bool)] = &[
            ("utf-8 mark", b"\xEF\xBB\xBFa,b\n".to_vec(), UTF_8, true),
            ("empty", Vec::new(), UTF_8, false),
            ("one bad byte in utf-8", [b"\xFF,1\n".as_slice(), "会员,张伟\n".as_bytes()].concat(), UTF_8, false),
            (
                "bad byte in gb18030",
                [encoded("会员,姓名,手机号,门店,日期\n", GB18030), vec![0xFF, b'\n']].concat(),
                GB18030,
                false,
            ),
            (
                "cut character",
                {
                    let mut bytes = encoded("이름,휴대폰번호,생년월일", EUC_KR);
                    bytes.pop();
                    bytes
                },
                EUC_KR,
                false,
            ),
        ];
        for (what, bytes, encoding, by_mark) in cases {
            let found = recognise(bytes);
            assert_eq!((found.encoding.name(), found.by_mark), (encoding.name(), *by_mark), "{what}");
        }
    }

    #[test]
    fn the_sample_reaches_past_a_plain_beginning() {
        let plain = "1,2,3\n".repeat(30_000);
        let bytes = [plain.as_bytes(), &encoded("张伟,会员,上海门店\n", GB18030)].concat();
        let found = sample(bytes.as_slice()).expect("memory reads");
        assert_eq!(recognise(&found).encoding.name(), "gb18030");
        assert_eq!(sample(plain.as_bytes()).expect("memory reads").len(), SAMPLE_BYTES);
    }

    #[test]
    fn any_length_of_buffer_reads_the_same_text() {
        let text = "会员,이름,名\n".repeat(20_000);
        let cases: &[(&'static Encoding, &str)] = &[
            (GB18030, &text),
            (UTF_8, &text),
            (UTF_16LE, &text),
            (UTF_16BE, &text),
            (EUC_KR, "휴대폰,번호\n"),
            (BIG5, "會員,手機\n"),
        ];
        for (encoding, text) in cases {
            let bytes = encoded(text, encoding);
            for length in [1, 7, 4096, 1 << 20] {
                let mut reader = Utf8Reader::new(bytes.as_slice(), encoding);
                let mut buffer = vec![0; length];
                let mut read = Vec::new();
                loop {
                    match reader.read(&mut buffer).expect("memory reads") {
                        0 => break,
                        more => read.extend_from_slice(&buffer[..more]),
                    }
                }
                assert!(read == text.as_bytes(), "{} by {length}", encoding.name());
                assert_eq!(reader.read_bytes(), bytes.len() as u64);
            }
        }
    }

    #[test]
    fn encodings_are_known_by_the_names_people_use() {
        for (name, expected) in [
            ("GB18030", Some("gb18030")),
            ("gbk", Some("gb18030")),
            ("CP949", Some("EUC-KR")),
            ("ks_c_5601-1987", Some("EUC-KR")),
            ("EUC_KR", Some("EUC-KR")),
            ("Big-5", Some("Big5")),
            ("utf8", Some("UTF-8")),
            ("UTF-16", Some("UTF-16LE")),
            ("latin1", Some("windows-1252")),
            ("klingon", None),
        ] {
            assert_eq!(by_name(name).map(Encoding::name), expected, "{name}");
        }
    }
}

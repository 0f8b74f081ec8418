import type { Language } from '@danggol/api';

/** The sentences that the real server would say, for the mock. */
type Said = Record<Language, string>;

const say: Record<string, Said> = {
  base: { 'zh-CN': '每消费 1 元得 1 积分。', 'zh-TW': '每消費 1 元得 1 點。', ko: '1원마다 1포인트를 드려요.', en: 'Every 1 spent gives 1 point.' },
  gold: { 'zh-CN': '金卡及以上会员,所得积分为 150%。', 'zh-TW': '金卡以上會員,所得點數為 150%。', ko: '골드 이상 회원은 포인트를 150% 받아요.', en: 'Gold members and above get 150% of the points.' },
  why: { 'zh-CN': '消费 {a},按“{r}”得 {p} 积分。', 'zh-TW': '消費 {a},依「{r}」得 {p} 點。', ko: '{a} 구매에 ‘{r}’을(를) 적용해 {p}포인트를 드렸어요.', en: '{a} spent gives {p} points by “{r}”.' },
  baseName: { 'zh-CN': '基本积分', 'zh-TW': '基本點數', ko: '기본 적립', en: 'Base points' },
  goldName: { 'zh-CN': '金卡加倍', 'zh-TW': '金卡加倍', ko: '골드 추가 적립', en: 'Gold bonus' },
  balance: { 'zh-CN': '余额 {b} 积分:共得 {g},已用或收回 {u}。', 'zh-TW': '餘額 {b} 點:共得 {g},已用或收回 {u}。', ko: '잔액 {b}포인트: 받은 {g}에서 쓰거나 회수된 {u}를 뺀 값이에요.', en: 'The balance is {b} points: {g} given, less {u} used or taken back.' },
  tier: { 'zh-CN': '过去 365 天消费 {s},达到“{t}”的门槛。', 'zh-TW': '過去 365 天消費 {s},達到「{t}」的門檻。', ko: '최근 365일 동안 {s}을(를) 구매해 ‘{t}’ 기준에 도달했어요.', en: '{s} spent in the past 365 days reaches “{t}”.' },
  spend: { 'zh-CN': '窗口内消费', 'zh-TW': '期間內消費', ko: '기간 내 구매액', en: 'Spent within the window' },
  taken: { 'zh-CN': '这个号码已属于另一位会员。', 'zh-TW': '這個號碼已屬於另一位會員。', ko: '이미 다른 회원이 쓰는 번호예요.', en: 'This number already belongs to another member.' },
  login: { 'zh-CN': '账号或密码不对。', 'zh-TW': '帳號或密碼不正確。', ko: '아이디나 비밀번호가 맞지 않아요.', en: 'The login or the password is not right.' },
  points: { 'zh-CN': '积分不够,最多可用 {p}。', 'zh-TW': '點數不足,最多可用 {p}。', ko: '포인트가 부족해요. 최대 {p}까지 쓸 수 있어요.', en: 'Not enough points: {p} can be used.' },
  nofile: { 'zh-CN': '没有找到。', 'zh-TW': '找不到。', ko: '찾을 수 없어요.', en: 'Not found.' },
  fault: { 'zh-CN': '名称不能为空。', 'zh-TW': '名稱不能空白。', ko: '이름을 입력해 주세요.', en: 'A name is needed.' },
  badPhone: { 'zh-CN': '手机号码不正确', 'zh-TW': '手機號碼不正確', ko: '휴대폰 번호가 올바르지 않음', en: 'The phone number is not valid' },
  noName: { 'zh-CN': '既没有手机号也没有卡号', 'zh-TW': '沒有手機號碼也沒有卡號', ko: '휴대폰 번호와 카드 번호가 모두 없음', en: 'Neither phone nor card number' },
  silver: { 'zh-CN': '银卡', 'zh-TW': '銀卡', ko: '실버', en: 'Silver' },
  goldTier: { 'zh-CN': '金卡', 'zh-TW': '金卡', ko: '골드', en: 'Gold' },
  black: { 'zh-CN': '黑卡', 'zh-TW': '黑卡', ko: '블랙', en: 'Black' },
  welcome: { 'zh-CN': '普通', 'zh-TW': '一般', ko: '웰컴', en: 'Welcome' },
  vip: { 'zh-CN': '重要客户', 'zh-TW': '重要客戶', ko: 'VIP 고객', en: 'VIP' },
  large: { 'zh-CN': '大客户', 'zh-TW': '大客戶', ko: '큰 고객', en: 'Large' },
  ordinary: { 'zh-CN': '一般客户', 'zh-TW': '一般客戶', ko: '보통 고객', en: 'Ordinary' },
  small: { 'zh-CN': '小客户', 'zh-TW': '小客戶', ko: '작은 고객', en: 'Small' },
};

export function said(key: string, language: Language, params: Record<string, string | number> = {}): string {
  const text = say[key]?.[language] ?? key;
  return text.replace(/\{(\w)\}/g, (whole, name: string) => (params[name] === undefined ? whole : String(params[name])));
}

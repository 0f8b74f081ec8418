import type { Attribute, AttributeType, Language, Operator, Programme } from '@danggol/api';

const compare: Operator[] = ['at_least', 'at_most', 'more_than', 'less_than', 'between', 'is', 'is_missing'];
const name: Operator[] = ['is', 'in', 'is_missing'];

type Seed = [name: string, type: AttributeType, unit: string | null, labels: [string, string, string, string]];

const seeds: Seed[] = [
  ['purchase.amount', 'money', null, ['消费金额', '消費金額', '구매 금액', 'Purchase amount']],
  ['purchase.quantity', 'number', null, ['件数', '件數', '구매 수량', 'Quantity']],
  ['purchase.store', 'choice', null, ['门店', '門市', '매장', 'Store']],
  ['purchase.channel', 'choice', null, ['渠道', '通路', '채널', 'Channel']],
  ['purchase.weekday', 'weekday', null, ['星期几', '星期幾', '요일', 'Day of the week']],
  ['purchase.hour', 'hour', null, ['几点', '幾點', '시각', 'Hour']],
  ['purchase.date', 'date', null, ['日期', '日期', '날짜', 'Date']],
  ['line.sku', 'text', null, ['商品编码', '商品編號', '상품 코드', 'Product code']],
  ['line.category', 'text', null, ['品类', '品類', '카테고리', 'Category']],
  ['member.tier', 'choice', null, ['会员等级', '會員等級', '회원 등급', 'Tier']],
  ['member.gender', 'choice', null, ['性别', '性別', '성별', 'Gender']],
  ['member.age', 'number', 'years', ['年龄', '年齡', '나이', 'Age']],
  ['member.is_birthday', 'choice', null, ['生日当天', '生日當天', '생일 당일', 'On the birthday']],
  ['member.purchase_count', 'number', null, ['购买次数', '購買次數', '구매 횟수', 'Purchases so far']],
];

const order: Language[] = ['zh-CN', 'zh-TW', 'ko', 'en'];

export function attributes(language: Language, programme: Programme): Attribute[] {
  const choices: Record<string, { value: string | boolean; label: string }[]> = {
    'purchase.store': ['S01', 'S02', 'S03', 'S07'].map((value) => ({ value, label: value })),
    'purchase.channel': ['store', 'online', 'phone'].map((value) => ({ value, label: value })),
    'member.tier': programme.tiers.levels.map((level) => ({ value: level.code, label: level.name })),
    'member.gender': ['female', 'male', 'other'].map((value) => ({ value, label: value })),
    'member.is_birthday': [{ value: true, label: '✓' }, { value: false, label: '✗' }],
  };
  return seeds.map(([attribute, type, unit, labels]) => ({
    name: attribute, type, unit, label: labels[order.indexOf(language)] ?? attribute, of: attribute.split('.')[0] as Attribute['of'],
    operators: type === 'choice' || type === 'text' || type === 'weekday' ? name : compare, choices: choices[attribute] ?? null,
  }));
}

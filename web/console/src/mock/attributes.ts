import type { Attribute, AttributeType, Language, Operator, Programme } from '@danggol/api';

const compare: Operator[] = ['at_least', 'at_most', 'more_than', 'less_than', 'between', 'is', 'is_missing'];
const name: Operator[] = ['is', 'in', 'is_missing'];

type Seed = [name: Attribute['name'], type: AttributeType, labels: [string, string, string, string]];

const seeds: Seed[] = [
  ['purchase.amount', 'money', ['消费金额', '消費金額', '구매 금액', 'Purchase amount']],
  ['purchase.quantity', 'number', ['件数', '件數', '구매 수량', 'Quantity']],
  ['purchase.store', 'choice', ['门店', '門市', '매장', 'Store']],
  ['purchase.channel', 'choice', ['渠道', '通路', '채널', 'Channel']],
  ['purchase.weekday', 'weekday', ['星期几', '星期幾', '요일', 'Day of the week']],
  ['purchase.hour', 'hour', ['几点', '幾點', '시각', 'Hour']],
  ['purchase.date', 'date', ['日期', '日期', '날짜', 'Date']],
  ['line.sku', 'text', ['商品编码', '商品編號', '상품 코드', 'Product code']],
  ['line.category', 'text', ['品类', '品類', '카테고리', 'Category']],
  ['member.tier', 'choice', ['会员等级', '會員等級', '회원 등급', 'Tier']],
  ['member.gender', 'choice', ['性别', '性別', '성별', 'Gender']],
  ['member.age', 'number', ['年龄', '年齡', '나이', 'Age']],
  ['member.purchase_count', 'number', ['购买次数', '購買次數', '구매 횟수', 'Purchases so far']],
];

const order: Language[] = ['zh-CN', 'zh-TW', 'ko', 'en'];

export function attributes(language: Language, programme: Programme): Attribute[] {
  const choices: Record<string, { value: string; label: string }[]> = {
    'purchase.store': ['S01', 'S02', 'S03', 'S07'].map((value) => ({ value, label: value })),
    'purchase.channel': ['store', 'online', 'phone'].map((value) => ({ value, label: value })),
    'member.tier': programme.tiers.levels.map((level) => ({ value: level.code, label: level.name })),
    'member.gender': ['female', 'male', 'other'].map((value) => ({ value, label: value })),
  };
  return seeds.map(([attribute, type, labels]) => ({
    name: attribute, type, is_percent: false, label: labels[order.indexOf(language)] ?? attribute, of: attribute.split('.')[0] as Attribute['of'],
    operators: type === 'choice' || type === 'text' || type === 'weekday' ? name : compare, choices: choices[attribute] ?? null,
  }));
}

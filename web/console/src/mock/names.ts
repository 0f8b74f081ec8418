/** Obviously invented people for the mock: a name and the initials by which it is found. */
type Name = readonly [name: string, initials: string];

const hanFamilies: Name[] = [['王', 'w'], ['李', 'l'], ['张', 'z'], ['刘', 'l'], ['陈', 'c'], ['杨', 'y'], ['赵', 'z'], ['黄', 'h'], ['周', 'z'], ['吴', 'w']];
const hanGiven: Name[] = [['伟', 'w'], ['秀英', 'xy'], ['敏', 'm'], ['静', 'j'], ['丽', 'l'], ['建国', 'jg'], ['磊', 'l'], ['洋', 'y'], ['晓燕', 'xy'], ['雨桐', 'yt'], ['子涵', 'zh'], ['梦琪', 'mq']];
const hantFamilies: Name[] = [['陳', 'c'], ['林', 'l'], ['黃', 'h'], ['張', 'z'], ['蔡', 'c'], ['許', 'x']];
const hantGiven: Name[] = [['雅婷', 'yt'], ['怡君', 'yj'], ['家豪', 'jh'], ['宗翰', 'zh'], ['佩珊', 'ps'], ['淑芬', 'sf']];
const koreanFamilies = ['김', '이', '박', '최', '정', '강', '조', '윤'];
const koreanGiven = ['철수', '영희', '민준', '서연', '지우', '하은', '도윤', '수빈', '은정', '현우'];
const englishFirst = ['Ada', 'Grace', 'Noah', 'Mia', 'Leo', 'Iris', 'Owen', 'Nora'];
const englishLast = ['Hill', 'Brook', 'Ford', 'Marsh', 'Vale', 'Stone'];

const leads = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';

/** The leading consonants of Hangul syllables: Unicode 16, 3.12, the syllable index divided by 588. */
export function hangulLeads(text: string): string {
  return Array.from(text, (letter) => {
    const index = letter.charCodeAt(0) - 0xac00;
    return index >= 0 && index < 11_172 ? (leads[Math.floor(index / 588)] ?? letter) : letter;
  }).join('');
}

export function inventName(pick: <V>(from: readonly V[]) => V, kind: number): Name {
  switch (kind) {
    case 0: {
      const family = pick(hantFamilies);
      const given = pick(hantGiven);
      return [family[0] + given[0], family[1] + given[1]];
    }
    case 1: {
      const name = pick(koreanFamilies) + pick(koreanGiven);
      return [name, hangulLeads(name)];
    }
    case 2: {
      const first = pick(englishFirst);
      const last = pick(englishLast);
      return [`${first} ${last}`, `${first[0]}${last[0]}`.toLowerCase()];
    }
    default: {
      const family = pick(hanFamilies);
      const given = pick(hanGiven);
      return [family[0] + given[0], family[1] + given[1]];
    }
  }
}

export const goods = [
  { sku: 'P1001', name: { 'zh-CN': '维生素 C 泡腾片', 'zh-TW': '維他命 C 發泡錠', ko: '비타민 C 발포정', en: 'Vitamin C tablets' }, category: 'vitamins', price: 3980 },
  { sku: 'P1002', name: { 'zh-CN': '燕窝礼盒', 'zh-TW': '燕窩禮盒', ko: '제비집 선물세트', en: 'Bird’s nest gift box' }, category: 'gifts', price: 68800 },
  { sku: 'P1003', name: { 'zh-CN': '婴儿奶粉 900 克', 'zh-TW': '嬰兒奶粉 900 克', ko: '아기 분유 900g', en: 'Infant formula 900 g' }, category: 'baby', price: 29900 },
  { sku: 'P1004', name: { 'zh-CN': '补水面膜 10 片', 'zh-TW': '保濕面膜 10 片', ko: '수분 마스크팩 10매', en: 'Hydrating masks, 10' }, category: 'beauty', price: 12900 },
  { sku: 'P1005', name: { 'zh-CN': '红参饮', 'zh-TW': '紅蔘飲', ko: '홍삼 음료', en: 'Red ginseng drink' }, category: 'tonics', price: 15800 },
  { sku: 'P1006', name: { 'zh-CN': '医用口罩 50 只', 'zh-TW': '醫用口罩 50 入', ko: '의료용 마스크 50매', en: 'Masks, 50' }, category: 'care', price: 2990 },
  { sku: 'P1007', name: { 'zh-CN': '护手霜', 'zh-TW': '護手霜', ko: '핸드크림', en: 'Hand cream' }, category: 'beauty', price: 4500 },
  { sku: 'P1008', name: { 'zh-CN': '有机燕麦', 'zh-TW': '有機燕麥', ko: '유기농 오트밀', en: 'Organic oats' }, category: 'food', price: 3600 },
] as const;

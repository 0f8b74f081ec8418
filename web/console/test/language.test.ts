import { expect, test } from 'vitest';
import { fill, firstLanguage } from '../src/language';

test.each([
  ['{n|# member|# members}', { n: 1 }, 'en', '1 member'],
  ['{n|# member|# members}', { n: 1200 }, 'en', '1,200 members'],
  ['{n|# member|# members}', { n: 0 }, 'en', '0 members'],
  ['{n} 位会员', { n: 12_345 }, 'zh-CN', '12,345 位会员'],
  ['{name}님', { name: '하나' }, 'ko', '하나님'],
  ['{missing}', {}, 'en', '{missing}'],
] as const)('fills %j', (message, params, language, filled) => {
  expect(fill(message, params, language)).toBe(filled);
});

test.each([
  ['ko', ['en-US'], 'ko'],
  [null, ['zh-Hant-HK', 'en'], 'zh-TW'],
  [null, ['zh'], 'zh-CN'],
  [null, ['fr-FR', 'ko-KR'], 'ko'],
  [null, ['fr-FR'], 'en'],
  ['klingon', ['zh-TW'], 'zh-TW'],
] as const)('remembered %j, wanted %j: %s', (remembered, wanted, language) => {
  expect(firstLanguage(remembered, wanted)).toBe(language);
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import en from '../src/text/en';
import ko from '../src/text/ko';
import zhCN from '../src/text/zh-CN';
import zhTW from '../src/text/zh-TW';

const source = join(import.meta.dirname, '../src');

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]));
}

const code = filesUnder(source)
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('/src/mock/') && !/\/src\/text\/(en|ko|zh-)/.test(file))
  .map((file) => ({ file: file.slice(source.length + 1), text: readFileSync(file, 'utf8') }));

function parameters(message: string): string[] {
  return [...new Set(Array.from(message.matchAll(/\{(\w+)/g), (match) => match[1] ?? ''))].sort();
}

test.each([
  ['zh-CN', zhCN],
  ['zh-TW', zhTW],
  ['ko', ko],
] as const)('%s says every key, with the same parameters', (_language, catalogue) => {
  const wrong = Object.entries(en).filter(([key, message]) => {
    const said = catalogue[key as keyof typeof en];
    return !said.trim() || parameters(said).join() !== parameters(message).join();
  });
  expect(wrong).toEqual([]);
});

/** Characters that only one of the two ways of writing Chinese has. */
const simplifiedOnly = /[会员点数门应开关书写对错过还没记录费发当从实际显设统单币]/;
const traditionalOnly = /[會員點數門應開關書寫對錯過還沒記錄費發當從實際顯設統單幣]/;

test.each([
  ['zh-CN', zhCN, traditionalOnly],
  ['zh-TW', zhTW, simplifiedOnly],
] as const)('%s is written in its own characters', (_language, catalogue, foreign) => {
  expect(Object.entries(catalogue).filter(([, said]) => foreign.test(said))).toEqual([]);
});

test('no page has a sentence of its own', () => {
  const own = code.filter(({ file, text }) => file !== 'language.tsx' && /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|tokenSeparators=.*/g, ''))).map(({ file }) => file);
  expect(own).toEqual([]);
});

test('every key is used', () => {
  const all = code.map(({ text }) => text).join('\n');
  const prefixes = Array.from(all.matchAll(/`([a-z_]+(?:\.[a-z_]+)*\.)\$\{/g), (match) => match[1] ?? '');
  const unused = Object.keys(en).filter((key) => !all.includes(`'${key}'`) && !prefixes.some((prefix) => key.startsWith(prefix)));
  expect(unused).toEqual([]);
});

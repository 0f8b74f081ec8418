import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Language } from '@danggol/api';
import type { Locale } from 'antd/es/locale';
import type { Catalogue, TextKey } from './text';

/** Languages as their own readers write them. */
export const languages: { code: Language; name: string }[] = [
  { code: 'zh-CN', name: '简体中文' },
  { code: 'zh-TW', name: '繁體中文' },
  { code: 'ko', name: '한국어' },
  { code: 'en', name: 'English' },
];

interface Loaded {
  text: Catalogue;
  antd: Locale;
}

/** Each language is a chunk of its own, so that a page loads only the words that it shows. */
const loaders: Record<Language, () => Promise<Loaded>> = {
  'zh-CN': async () => {
    const [text, antd] = await Promise.all([import('./text/zh-CN'), import('antd/es/locale/zh_CN'), import('dayjs/locale/zh-cn')]);
    return { text: text.default, antd: antd.default };
  },
  'zh-TW': async () => {
    const [text, antd] = await Promise.all([import('./text/zh-TW'), import('antd/es/locale/zh_TW'), import('dayjs/locale/zh-tw')]);
    return { text: text.default, antd: antd.default };
  },
  ko: async () => {
    const [text, antd] = await Promise.all([import('./text/ko'), import('antd/es/locale/ko_KR'), import('dayjs/locale/ko')]);
    return { text: text.default, antd: antd.default };
  },
  en: async () => {
    const [text, antd] = await Promise.all([import('./text/en'), import('antd/es/locale/en_US')]);
    return { text: text.default, antd: antd.default };
  },
};

export type Params = Record<string, string | number>;

/**
 * Fills a message. `{name}` takes a parameter; numbers are grouped as the reader expects.
 * `{n|one member|# members}` chooses between one and other, `#` being the number.
 */
export function fill(message: string, params: Params | undefined, language: Language): string {
  if (!params) return message;
  const number = new Intl.NumberFormat(language);
  return message.replace(/\{(\w+)(?:\|([^|{}]*)\|([^|{}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    const shown = typeof value === 'number' ? number.format(value) : value;
    if (one === undefined || other === undefined) return shown;
    const plural = typeof value === 'number' && new Intl.PluralRules(language).select(value) === 'one';
    return (plural ? one : other).replaceAll('#', shown);
  });
}

export type T = (key: TextKey, params?: Params) => string;

interface LanguageState {
  language: Language;
  setLanguage: (language: Language) => void;
  t: T;
  antd: Locale;
}

const LanguageContext = createContext<LanguageState | null>(null);

const kept = 'danggol.language';

function isLanguage(value: string | null): value is Language {
  return languages.some((language) => language.code === value);
}

/** The language that a reader's browser asks for, or the one that they chose before. */
export function firstLanguage(remembered: string | null, wanted: readonly string[]): Language {
  if (isLanguage(remembered)) return remembered;
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    if (/^zh-(tw|hk|mo|hant)/.test(lower)) return 'zh-TW';
    if (lower.startsWith('zh')) return 'zh-CN';
    if (lower.startsWith('ko')) return 'ko';
    if (lower.startsWith('en')) return 'en';
  }
  return 'en';
}

// Known before anything is drawn: pages ask for their data before the provider below is there.
let current: Language = typeof window === 'undefined' ? 'en' : firstLanguage(window.localStorage.getItem(kept), window.navigator.languages);

/** The language that requests ask their answers in. */
export function currentLanguage(): Language {
  return current;
}

export function LanguageProvider({ children, onChange }: { children: ReactNode; onChange: () => void }) {
  const [language, setChosen] = useState<Language>(() => firstLanguage(localStorage.getItem(kept), navigator.languages));
  const [loaded, setLoaded] = useState<{ language: Language; words: Loaded } | null>(null);
  current = language;

  useEffect(() => {
    let live = true;
    void loaders[language]().then((words) => {
      if (!live) return;
      document.documentElement.lang = language;
      setLoaded({ language, words });
    });
    return () => {
      live = false;
    };
  }, [language]);

  const setLanguage = useCallback(
    (next: Language) => {
      localStorage.setItem(kept, next);
      current = next;
      setChosen(next);
      onChange();
    },
    [onChange],
  );

  const state = useMemo<LanguageState | null>(() => {
    if (!loaded) return null;
    return {
      language: loaded.language,
      setLanguage,
      t: (key, params) => fill(loaded.words.text[key], params, loaded.language),
      antd: loaded.words.antd,
    };
  }, [loaded, setLanguage]);

  if (!state) return null;
  return <LanguageContext.Provider value={state}>{children}</LanguageContext.Provider>;
}

export function useLanguage(): LanguageState {
  const state = useContext(LanguageContext);
  if (!state) throw new Error('useLanguage needs a LanguageProvider above it');
  return state;
}

export function useText(): T {
  return useLanguage().t;
}

import { theme as antd, type ThemeConfig } from 'antd';
import type { Language } from '@danggol/api';

/** The whole face of the console: colours, type, spacing, for light and dark. Nothing else in the app names a colour. */

export type Scheme = 'light' | 'dark';

const light = {
  ground: '#ffffff',
  canvas: '#f7f7f4',
  raised: '#ffffff',
  hover: '#f1f1ed',
  line: '#e5e5df',
  lineButton: '#cfd2cc',
  lineStrong: '#8b8f8d',
  text: '#191c1b',
  soft: '#565c5a',
  faint: '#696f6d',
  accent: '#0e6f5c',
  accentHover: '#0a5a4a',
  accentSoft: '#e4f1ed',
  accentLine: '#b4d8cd',
  onAccent: '#ffffff',
  gain: '#0e6f5c',
  loss: '#a8321f',
  lossSoft: '#fbeae6',
  warn: '#7d5200',
  warnSoft: '#fdf2d9',
  shadow: '0 1px 2px rgb(20 24 22 / 5%), 0 8px 24px rgb(20 24 22 / 6%)',
  mask: 'rgb(20 24 22 / 36%)',
  layer1: '#0b4f42',
  layer2: '#1d8a72',
  layer3: '#7cc0ac',
  layer4: '#d3e8e0',
  layer1Text: '#ffffff',
  layer2Text: '#ffffff',
  layer3Text: '#0b2d26',
  layer4Text: '#0b2d26',
};

const dark: typeof light = {
  ground: '#141716',
  canvas: '#0e1110',
  raised: '#1b1f1e',
  hover: '#232827',
  line: '#2b3130',
  lineButton: '#424a48',
  lineStrong: '#727a77',
  text: '#eceeed',
  soft: '#aeb5b2',
  faint: '#98a09d',
  accent: '#57c7ab',
  accentHover: '#7bd6bf',
  accentSoft: '#15312a',
  accentLine: '#2a5a4d',
  onAccent: '#06231c',
  gain: '#63cfb3',
  loss: '#f39a88',
  lossSoft: '#3a1f1a',
  warn: '#e5b866',
  warnSoft: '#332813',
  shadow: '0 1px 2px rgb(0 0 0 / 40%), 0 8px 24px rgb(0 0 0 / 36%)',
  mask: 'rgb(0 0 0 / 60%)',
  layer1: '#8fe3cc',
  layer2: '#43ab91',
  layer3: '#2b6d5d',
  layer4: '#23453c',
  layer1Text: '#06231c',
  layer2Text: '#06231c',
  layer3Text: '#ffffff',
  layer4Text: '#ffffff',
};

export type Palette = typeof light;

export const palettes: Record<Scheme, Palette> = { light, dark };

const latin = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto';
const last = '"Helvetica Neue", Arial, sans-serif';

/** Font stacks by language: a Han character has another shape in each of them, so the page's language chooses the face. */
const fonts: Record<Language, string> = {
  'zh-CN': `${latin}, "PingFang SC", "Microsoft YaHei UI", "Noto Sans CJK SC", "Noto Sans SC", ${last}`,
  'zh-TW': `${latin}, "PingFang TC", "Microsoft JhengHei UI", "Noto Sans CJK TC", "Noto Sans TC", ${last}`,
  ko: `${latin}, Pretendard, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans CJK KR", "Noto Sans KR", ${last}`,
  en: `${latin}, "Noto Sans", ${last}, "Noto Sans CJK SC"`,
};

const lineHeights: Record<Language, number> = { 'zh-CN': 1.65, 'zh-TW': 1.65, ko: 1.6, en: 1.5 };

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(/(\D)(\d)/g, '$1-$2');
}

/** Puts the colours and type on the document as CSS variables (`--accent`, `--line-strong`, `--font` …). */
export function paint(scheme: Scheme, language: Language): void {
  const root = document.documentElement;
  root.dataset.scheme = scheme;
  for (const [name, value] of Object.entries(palettes[scheme])) root.style.setProperty(`--${kebab(name)}`, value);
  root.style.setProperty('--font', fonts[language]);
  root.style.setProperty('--leading', String(lineHeights[language]));
}

/** The same face said to the component library. */
export function antdTheme(scheme: Scheme, language: Language, still: boolean): ThemeConfig {
  const colour = palettes[scheme];
  return {
    algorithm: scheme === 'dark' ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      colorPrimary: colour.accent,
      colorPrimaryHover: colour.accentHover,
      colorPrimaryActive: colour.accent,
      colorPrimaryText: colour.accent,
      colorPrimaryTextHover: colour.accentHover,
      colorInfo: colour.accent,
      colorSuccess: colour.gain,
      colorError: colour.loss,
      colorWarning: colour.warn,
      colorLink: colour.accent,
      colorLinkHover: colour.accentHover,
      colorText: colour.text,
      colorTextSecondary: colour.soft,
      colorTextTertiary: colour.faint,
      colorTextDescription: colour.soft,
      colorTextPlaceholder: colour.faint,
      colorBgBase: colour.ground,
      colorBgLayout: colour.canvas,
      colorBgContainer: colour.ground,
      colorBgElevated: colour.raised,
      colorBorder: colour.lineStrong,
      colorBorderSecondary: colour.line,
      colorBgMask: colour.mask,
      colorTextLightSolid: colour.onAccent,
      boxShadow: colour.shadow,
      boxShadowSecondary: colour.shadow,
      borderRadius: 8,
      borderRadiusLG: 12,
      borderRadiusSM: 6,
      controlHeight: 40,
      controlHeightSM: 32,
      controlHeightLG: 48,
      fontSize: 15,
      sizeUnit: 4,
      sizeStep: 4,
      fontFamily: fonts[language],
      lineWidthFocus: 2,
      motion: !still,
      wireframe: false,
    },
    components: {
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none', fontWeight: 500, defaultBorderColor: colour.lineButton },
      Modal: { titleFontSize: 20, contentBg: colour.raised, headerBg: colour.raised },
      Drawer: { colorBgElevated: colour.raised },
      Segmented: { trackBg: colour.hover, itemSelectedBg: colour.raised },
      Tabs: { horizontalItemPadding: '12px 0', titleFontSize: 15, itemSelectedColor: colour.accent, itemHoverColor: colour.accentHover, itemActiveColor: colour.accent, inkBarColor: colour.accent },
      Input: { activeShadow: `0 0 0 3px ${colour.accentSoft}` },
      Select: { optionSelectedBg: colour.accentSoft },
      Steps: { iconSize: 28 },
    },
  };
}

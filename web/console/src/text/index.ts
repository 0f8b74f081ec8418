import type en from './en';

/** Every language says exactly the keys that English says: a missing or extra key is a type error. */
export type TextKey = keyof typeof en;
export type Catalogue = Record<TextKey, string>;

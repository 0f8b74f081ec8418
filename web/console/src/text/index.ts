import type en from './en';
import type { consents } from './en/consents';
import type { daily } from './en/daily';
import type { gifts } from './en/gifts';
import type { knowing } from './en/knowing';
import type { running } from './en/running';
import type { savings } from './en/savings';
import type { stored } from './en/stored';
import type { whatIf } from './en/what-if';

/** Every language says exactly the keys that English says: a missing or extra key is a type error. */
export type TextKey = keyof typeof en;
export type Catalogue = Record<TextKey, string>;
export type Consents = Record<keyof typeof consents, string>;
export type Daily = Record<keyof typeof daily, string>;
export type Running = Record<keyof typeof running, string>;
export type Savings = Record<keyof typeof savings, string>;
export type Stored = Record<keyof typeof stored, string>;
export type Gifts = Record<keyof typeof gifts, string>;
export type WhatIf = Record<keyof typeof whatIf, string>;
export type Knowing = Record<keyof typeof knowing, string>;

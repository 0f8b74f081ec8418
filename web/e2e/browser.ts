import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Language } from '@danggol/api';

/** A real browser, driven against a running server: its address and a login come from the environment. */

export const url = process.env.DANGGOL_URL ?? '';
export const login = process.env.DANGGOL_LOGIN ?? 'owner';
export const password = process.env.DANGGOL_PASSWORD ?? 'only-for-tests-here';
const shots = process.env.DANGGOL_SHOTS;

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

function chromiumPath(): string {
  if (process.env.DANGGOL_BROWSER) return process.env.DANGGOL_BROWSER;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        continue;
      }
    }
  }
  throw new Error('no chromium in PATH: install it, or say where it is with DANGGOL_BROWSER');
}

export async function openBrowser(): Promise<Browser> {
  if (!url) throw new Error('DANGGOL_URL is not set: start a server and say where it is');
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

export interface Look {
  language: Language;
  width?: number;
  height?: number;
  dark?: boolean;
}

/** A fresh profile in one language; page errors are collected and asked for at the end. */
export async function openContext(browser: Browser, look: Look, faults: string[]): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  await context.addInitScript((language) => {
    if (location.protocol.startsWith('http') && !localStorage.getItem('danggol.language')) localStorage.setItem('danggol.language', language);
  }, look.language);
  context.on('weberror', (error) => faults.push(error.error().message));
  return context;
}

export async function shoot(page: Page, name: string): Promise<void> {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { target: string[]; failureSummary?: string }[] }[];
}

/** What axe-core finds against WCAG 2.2 AA on the page as it stands, one line each. */
export async function axe(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const result = await page.evaluate(
    () =>
      (window as unknown as { axe: { run: (context: unknown, options: unknown) => Promise<AxeResult> } }).axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      }),
  );
  return result.violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')} — ${(node.failureSummary ?? '').split('\n').slice(1, 2).join('').trim()}`));
}

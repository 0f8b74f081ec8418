import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { fill } from '../console/src/language';
import en from '../console/src/text/en';
import { axe, login, openBrowser, openContext, password, shoot, url, type Look } from './browser';

/** The console in a real browser, as people use it: sign in (or set up), serve at the counter, look, change rules, bring a file. */

let browser: Browser;
let context: BrowserContext;
let page: Page;
let phone = '';
const faults: string[] = [];
const run = String(5000 + (Date.now() % 5000));
/** Obviously fictional numbers, above those of the sample brand, of every country that a brand under test may stand in. */
const phones: Record<string, string> = { CN: `1300000${run}`, KR: `0100000${run}`, TW: `090000${run}`, US: `202555${'01'}${run.slice(-2)}` };
const memberName = `Mira Test ${run}`;
const offerName = `A tenth off ${run}`;
const couponName = `Ten off ${run}`;
const couponCode = `C${run}`.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(-12);
const ruleName = `Large baskets ${run}`;
const planName = `Plan ${run}`;
const giftName = `Birthday ${run}`;

type Key = keyof typeof en;
const text = (key: Key, params?: Record<string, string | number>) => fill(en[key], params, 'en');

async function enter(on: Page): Promise<void> {
  await on.goto(url);
  const setup = on.getByRole('heading', { name: text('setup.title') });
  const signIn = on.getByRole('heading', { name: text('sign_in.title') });
  await setup.or(signIn).first().waitFor();
  if (await setup.isVisible()) {
    await on.getByLabel(text('setup.brand_name')).fill('Evergreen');
    await on.getByLabel(text('setup.owner_name')).fill('Robin');
  }
  await on.getByLabel(text('sign_in.login')).fill(login);
  await on.getByLabel(text('sign_in.password'), { exact: true }).fill(password);
  await on.keyboard.press('Enter');
  await on.getByRole('navigation', { name: text('shell.places') }).first().waitFor();
}

/** Goes to a place as a person does, by its link in the menu. */
async function go(place: 'place.counter' | 'place.members' | 'place.benefits' | 'place.import' | 'place.settings'): Promise<void> {
  await page.getByRole('navigation', { name: text('shell.places') }).first().getByRole('link', { name: text(place) }).click();
}

async function country(): Promise<string> {
  return page.evaluate(async () => {
    const answer = await fetch('/api/v1/session');
    return ((await answer.json()) as { brand: { country: string } }).brand.country;
  });
}

beforeAll(async () => {
  browser = await openBrowser();
  context = await openContext(browser, { language: 'en', width: 1024, height: 600 }, faults);
  page = await context.newPage();
  await enter(page);
  phone = phones[await country()] ?? phones.US ?? '';
});

afterAll(async () => {
  await browser?.close();
});

test('the counter enrols and sells by keyboard alone', async () => {
  await go('place.counter');
  await page.getByRole('combobox', { name: text('counter.find') }).waitFor();
  await page.keyboard.type(phone);
  await page.getByRole('button', { name: text('counter.enrol_now') }).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: text('counter.enrol') }).waitFor();
  await page.keyboard.type(memberName);
  await page.getByRole('group', { name: text('consents.at_counter') }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'counter-enrol');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: memberName }).waitFor();
  await page.keyboard.type('1200');
  await page.getByText(text('sale.balance_after')).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'counter');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: text('sale.next') }).waitFor();
  expect(await page.locator('.done-figure').innerText()).toMatch(/^\+[\d,]+ points$/);
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: text('counter.find') }).waitFor();
});

test('the screen is turned to the customer: what each tier pays and keeps, by keyboard alone', async () => {
  const said = page.locator('.savings-said');
  await page.keyboard.type(phone);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: memberName }).waitFor();
  await page.keyboard.type('1200');
  await page.keyboard.press('s');
  await said.waitFor();
  const before = await said.innerText();
  expect(before).toMatch(/^As .+ you (keep|earn) .+ on this basket\.$/);
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'savings-basket');
  await page.keyboard.press('ArrowDown');
  await page.locator('.savings-at').last().waitFor();
  await page.getByText(text('savings.period'), { exact: true }).click();
  await said.getByText(/^As .+ you would have (kept|earned) .+ in the last 12 months\.$/).waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByLabel(text('sale.amount')).inputValue()).toBe('1200');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: text('savings.walk_in') }).click();
  await page.getByRole('combobox', { name: text('sale.product') }).waitFor();
  await page.keyboard.type('W1');
  await page.keyboard.press('Enter');
  await page.getByLabel(text('sale.amount_of', { name: 'W1' })).fill('900');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await said.getByText(/on this basket\.$/).waitFor();
  expect(await page.getByRole('row', { name: text('savings.stranger') }).innerText()).toContain('900');
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await page.getByLabel(text('sale.amount_of', { name: 'W1' })).inputValue()).toBe('900');
  await page.keyboard.press('Escape');
  await page.getByRole('combobox', { name: text('counter.find') }).waitFor();
});

test('the member is found by name and by last four digits, and the points say why', async () => {
  await go('place.members');
  const search = page.getByRole('searchbox', { name: text('members.search') });
  await search.fill(memberName);
  await page.getByRole('link', { name: memberName }).waitFor();
  await search.fill(phone.slice(-4));
  await page.getByRole('link', { name: memberName }).click();
  await page.getByRole('heading', { name: memberName }).waitFor();
  await page.getByRole('button', { name: text('points.available') }).click();
  await page.getByRole('dialog').getByText(text('why.steps')).waitFor();
  expect(await axe(page)).toEqual([]);
  await page.keyboard.press('Escape');
});

test('points are adjusted with a reason, and the purchase is returned after its effect was shown', async () => {
  await page.getByRole('button', { name: text('adjust.open') }).click();
  await page.getByLabel(text('adjust.amount')).fill('50');
  await page.getByLabel(text('adjust.reason')).fill('Goodwill');
  await page.getByRole('button', { name: text('adjust.confirm_n', { n: '+50' }) }).click();
  await page.getByText(text('why.reason', { reason: 'Goodwill' })).first().waitFor();
  await page.getByRole('tab', { name: text('member.tab.purchases') }).click();
  await page.locator('.purchase summary').first().click();
  await page.getByRole('button', { name: text('return.open') }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(text('return.after')).waitFor();
  expect(await axe(page)).toEqual([]);
  await dialog.getByRole('button', { name: /^Return / }).click();
  await page.locator('.purchase .mark', { hasText: text('returned.wholly') }).first().waitFor();
});

test('two files of one person become one after a preview, and come apart again', async () => {
  const twin = `Twin Test ${run}`;
  const status = await page.evaluate(async (name) => {
    const body = JSON.stringify({ name, identities: [], occupation: 'Florist' });
    return (await fetch('/api/v1/members', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Danggol-Console': '1' }, body })).status;
  }, twin);
  expect(status).toBe(201);
  await page.locator('.page-actions').getByRole('button', { name: text('shell.more') }).last().click();
  await page.getByRole('menuitem', { name: text('merge.open') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: text('merge.find') }).fill(twin);
  await dialog.getByRole('button', { name: new RegExp(twin) }).click();
  await dialog.getByText(text('merge.filled', { field: text('profile.occupation'), value: 'Florist' })).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'merge-dialog');
  await dialog.getByRole('button', { name: text('merge.confirm'), exact: true }).click();
  await page.getByText(text('merge.done')).waitFor();
  await page.getByRole('region', { name: text('merge.title') }).getByRole('link', { name: twin }).waitFor();
  await page.getByRole('button', { name: text('action.undo'), exact: true }).click();
  await page.getByText(text('merge.undone')).waitFor();
  await page.getByRole('region', { name: text('merge.title') }).waitFor({ state: 'detached' });
});

test('a family is put together, one leaves and is brought back, and it is dissolved', async () => {
  const child = `Child Test ${run}`;
  const statuses = await page.evaluate(async (name) => {
    const send = (method: string, path: string, body: unknown) =>
      fetch(`/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json', 'X-Danggol-Console': '1' }, body: JSON.stringify(body) });
    const made = await send('POST', '/members', { name, identities: [] });
    const { id } = (await made.json()) as { id: string };
    const given = await send('POST', `/members/${id}/adjustments`, { amount: 4_321, reason: 'a gift' });
    const allowed = await send('PUT', '/household-rules', { most_members: 8, share_points: true });
    return [made.status, given.status, allowed.status];
  }, child);
  expect(statuses).toEqual([201, 201, 200]);
  const panel = page.getByRole('region', { name: text('household.title') });
  await panel.getByText(text('household.none')).waitFor();
  await panel.getByRole('button', { name: text('household.make') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(text('household.name'), { exact: true }).fill('The Tests');
  expect(await axe(page)).toEqual([]);
  await dialog.getByRole('button', { name: text('household.make') }).click();
  await panel.getByText('The Tests').waitFor();
  await panel.getByRole('button', { name: text('household.add') }).click();
  await dialog.getByRole('textbox', { name: text('household.find') }).fill(child);
  await shoot(page, 'household-dialog');
  await dialog.getByRole('button', { name: new RegExp(child) }).click();
  await panel.getByRole('link', { name: child }).waitFor();
  await dialog.waitFor({ state: 'detached' });
  expect(await axe(page)).toEqual([]);
  await panel.getByRole('button', { name: text('household.manage', { name: child }) }).click();
  await page.getByRole('menuitem', { name: text('household.leave') }).click();
  await panel.getByRole('link', { name: child }).waitFor({ state: 'detached' });
  await page.getByText(text('household.left', { name: child })).getByRole('button', { name: text('action.undo') }).click();
  await panel.getByRole('link', { name: child }).waitFor();
  await panel.getByRole('switch', { name: text('household.share') }).click();
  const together = panel.locator('.household-points');
  await together.waitFor();
  expect(Number((await together.innerText()).replace(/\D/g, ''))).toBeGreaterThanOrEqual(4_321);
  await page.getByRole('region', { name: text('member.standing') }).getByText(new RegExp(text('points.with_household', { own: '.*', all: '.*' }))).waitFor();
  await page.getByText(`${text('household.share')}: The Tests`).first().waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'household');
  await page.getByText(`${text('household.title')}: The Tests`).first().waitFor();
  await panel.getByRole('button', { name: text('household.manage', { name: 'The Tests' }) }).click();
  await page.getByRole('menuitem', { name: text('household.dissolve') }).click();
  await dialog.getByRole('button', { name: text('household.dissolve') }).click();
  await panel.getByText(text('household.none')).waitFor();
  await panel.getByText(/The Tests/).waitFor();
  await shoot(page, 'household-dissolved');
  await panel.getByRole('button', { name: text('household.restore') }).click();
  await panel.getByRole('button', { name: text('household.manage', { name: 'The Tests' }) }).click();
  await page.getByRole('menuitem', { name: text('household.dissolve') }).click();
  await dialog.getByRole('button', { name: text('household.dissolve') }).click();
  await page.getByText(text('household.dissolved', { name: 'The Tests' })).getByRole('button', { name: text('action.undo') }).click();
  await panel.getByText('The Tests', { exact: true }).waitFor();
});

test('what she agreed to at the counter is withdrawn, and her timeline says both', async () => {
  const panel = page.getByRole('region', { name: text('consents.title') });
  const sms = panel.getByRole('listitem').filter({ hasText: text('consents.channel.sms') }).first();
  await sms.getByText(text('consents.given'), { exact: true }).waitFor();
  await sms.getByRole('button').click();
  expect(await axe(page)).toEqual([]);
  await page.getByRole('menuitem', { name: text('consents.withdraw') }).click();
  await sms.getByText(text('consents.withdrawn'), { exact: true }).waitFor();
  await page.getByRole('tab', { name: text('member.tab.timeline') }).click();
  const moments = page.locator('.timeline');
  await moments.getByText(/^Withdrawn: .* SMS$/).waitFor();
  await moments.getByText(/^Agreed: .* SMS$/).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'consents');
});

test('another wording is another version, and a segment asks who agreed', async () => {
  await page.goto(`${url}/settings/consents`);
  const purpose = page.locator('.consent-purpose-form').first();
  const english = purpose.getByRole('group', { name: text('consents.wording') }).getByLabel('English');
  await english.fill(`We tell you of offers. ${run}`);
  await purpose.getByText(/^Saving makes this version \d+\.$/).waitFor();
  await page.getByRole('button', { name: text('action.save'), exact: true }).click();
  await purpose.getByText(/^Version \d+, since /).waitFor();
  await purpose.getByText(/^Saving makes this version/).waitFor({ state: 'detached' });
  expect(await axe(page)).toEqual([]);
  const id = await page.evaluate(async () => {
    const condition = { all: [{ consent: 'advertising', channel: 'sms', op: 'is', value: 'given' }] };
    const body = JSON.stringify({ name: 'May be told', kind: 'rule', condition });
    const made = await fetch('/api/v1/segments', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Danggol-Console': '1' }, body });
    return ((await made.json()) as { id: string }).id;
  });
  await page.goto(`${url}/segments/${id}`);
  await page.getByRole('combobox', { name: text('condition.consent'), exact: true }).waitFor();
  await page.getByRole('combobox', { name: text('condition.consent_channel') }).waitFor();
  await page.getByText(/consent to advertising by SMS is given/i).first().waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'segment-consent');
  await go('place.members');
});

test('two files that may be one person’s are suggested with reasons, said to be two, and suggested again when that is taken back', async () => {
  const statuses = await page.evaluate(async () => {
    const enrol = async (name: string, domain: string) => {
      const identities = [{ kind: 'email', value: `yingying.ouyang@${domain}.example` }];
      const body = JSON.stringify({ name, birthday: { date: '1983-04-21', calendar: 'solar' }, identities });
      return (await fetch('/api/v1/members', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Danggol-Console': '1' }, body })).status;
    };
    return [await enrol('欧阳莹莹', 'one'), await enrol('Ouyang Yingying', 'other')];
  });
  expect(statuses).toEqual([201, 201]);
  await go('place.members');
  await page.getByRole('button', { name: text('duplicates.title') }).click();
  const pair = page.getByRole('listitem', { name: /欧阳莹莹.*Ouyang Yingying/ });
  await page.getByText(text('duplicates.nearly_certain')).first().waitFor();
  await pair.getByText('+').first().waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'duplicates');
  await pair.getByRole('button', { name: text('duplicates.dismiss') }).click();
  await pair.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: text('action.undo'), exact: true }).click();
  await pair.getByRole('button', { name: text('duplicates.merge') }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: text('merge.confirm'), exact: true }).click();
  await page.getByText(text('merge.done')).waitFor();
  await pair.waitFor({ state: 'detached' });
});

test('a rule is added, said in words, tried on the past, published', async () => {
  await go('place.benefits');
  await page.getByRole('button', { name: text('rule.add') }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(text('rule.name')).fill(ruleName);
  await drawer.getByText(text('award.fixed'), { exact: true }).click();
  await drawer.getByRole('button', { name: text('condition.add') }).first().click();
  await drawer.locator('.rule-words').waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'rule');
  await page.keyboard.press('Escape');
  await page.getByRole('status').filter({ hasText: text('benefits.kept') }).waitFor();
  await page.getByRole('button', { name: text('what_if.try') }).click();
  await page.getByRole('button', { name: text('what_if.begin') }).click();
  await page.getByRole('heading', { name: text('what_if.months') }).waitFor();
  await page.getByRole('heading', { name: text('what_if.winners') }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'what-if');
  await go('place.benefits');
  await page.getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').getByRole('link', { name: text('what_if.all') }).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByText(ruleName).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText(text('versions.current'), { exact: true }).waitFor();
});

test('an offer is added, published, and comes off at the counter', async () => {
  await page.getByRole('button', { name: text('offer.add') }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(text('rule.name')).fill(offerName);
  await drawer.locator('.rule-words').waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'offer');
  await page.keyboard.press('Escape');
  await page.getByRole('status').filter({ hasText: text('benefits.kept') }).waitFor();
  await page.getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await go('place.counter');
  await page.getByRole('combobox', { name: text('counter.find') }).waitFor();
  await page.keyboard.type(phone);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: memberName }).waitFor();
  await page.keyboard.press('l');
  await page.keyboard.type('X-100');
  await page.keyboard.press('Enter');
  await page.getByLabel(text('sale.amount_of', { name: 'X-100' })).fill('1000');
  await page.locator('.quote-offers strong', { hasText: offerName }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'counter-offers');
  await page.keyboard.press('Escape');
});

test('a kind of coupon is made, claimed by its code, and comes off at the counter', async () => {
  await page.goto(`${url}/benefits/coupons`);
  await page.getByRole('button', { name: text('coupons.new') }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(text('rule.name')).fill(couponName);
  await drawer.getByLabel(text('coupons.shared_code')).fill(couponCode);
  await drawer.locator('.rule-words').waitFor();
  expect(await axe(page)).toEqual([]);
  await drawer.getByRole('button', { name: text('coupons.make'), exact: true }).click();
  await page.locator('.coupon-name', { hasText: couponName }).waitFor();
  await go('place.counter');
  await page.getByRole('combobox', { name: text('counter.find') }).waitFor();
  await page.keyboard.type(phone);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: memberName }).waitFor();
  await page.keyboard.type('1200');
  await page.getByLabel(text('coupons.claim')).fill(couponCode);
  await page.keyboard.press('Enter');
  await page.locator('.quote-offers strong', { hasText: couponName }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'counter-coupons');
  await page.keyboard.press('Escape');
});

test('a gift on birthdays is added with a coupon, said in words, published', async () => {
  await go('place.benefits');
  await page.getByRole('button', { name: text('occasion.add') }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(text('rule.name')).fill(giftName);
  await drawer.getByLabel(text('occasion.days_before')).fill('3');
  await drawer.getByLabel(text('occasion.coupon')).click();
  await page.keyboard.type(couponName);
  await page.keyboard.press('Enter');
  await drawer.locator('.rule-words', { hasText: '3' }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'occasion');
  await page.keyboard.press('Escape');
  await page.getByRole('status').filter({ hasText: text('benefits.kept') }).waitFor();
  await page.getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.rule', { hasText: giftName }).waitFor();
});

test('stored value is planned, paid in, pays a part by keyboard alone, and is refunded after its effect was shown', async () => {
  await go('place.benefits');
  const plan = page.getByRole('switch', { name: text('plan.title') });
  await plan.waitFor();
  if (!(await plan.isChecked())) await plan.click();
  await page.getByRole('button', { name: text('plan.add') }).click();
  await page.locator('.plan-step').last().getByLabel(text('plan.step_name')).fill(planName);
  expect(await axe(page)).toEqual([]);
  await plan.scrollIntoViewIfNeeded();
  await shoot(page, 'plan');
  await page.getByRole('status').filter({ hasText: text('benefits.kept') }).waitFor();
  await page.getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').getByRole('button', { name: text('benefits.publish') }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await go('place.counter');
  await page.getByRole('combobox', { name: text('counter.find') }).waitFor();
  await page.keyboard.type(phone);
  await page.getByRole('option', { name: memberName }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: text('top_up.open') }).waitFor();
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog');
  await dialog.locator('.top-up-step', { hasText: planName }).waitFor();
  await page.keyboard.type('700');
  await dialog.getByText(/^Stored value from /).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'top-up');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.locator('.summary-value').waitFor();
  await page.getByRole('textbox', { name: text('sale.amount') }).fill('1000');
  await page.keyboard.press('v');
  await page.getByText(text('sale.value_rest')).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'pay-with-value');
  await page.keyboard.press('Enter');
  await page.getByText(/ paid with stored value, /).first().waitFor();
  await page.getByRole('button', { name: text('sale.undo') }).click();
  await page.getByText(text('sale.undone')).waitFor();

  await go('place.members');
  await page.getByRole('searchbox', { name: text('members.search') }).fill(memberName);
  await page.getByRole('link', { name: memberName }).click();
  await page.getByRole('tab', { name: text('value.statement') }).click();
  await page.getByRole('rowheader', { name: text('value.closing') }).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'statement');
  await page.getByRole('button', { name: text('refund.open') }).click();
  await dialog.getByLabel(text('refund.reason')).fill('Moving away');
  await dialog.getByText(text('refund.paid_out')).waitFor();
  expect(await axe(page)).toEqual([]);
  await shoot(page, 'refund');
  await dialog.getByRole('button', { name: /^Pay out / }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: text('entry.refund') }).first().waitFor();
});

test('a file is brought in, and a second time changes nothing', async () => {
  const file = { name: 'purchases.csv', mimeType: 'text/csv', buffer: Buffer.from(`order no,phone,datetime,sku,quantity,amount\nE${run}1,${phone},2026-01-02 10:00,A1,1,120\nE${run}2,${phone},2026-02-03 11:30,A2,2,60\n`) };
  for (const label of [text('import.imported'), text('import.unchanged')]) {
    await go('place.import');
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('heading', { name: text('import.columns') }).waitFor();
    expect(await axe(page)).toEqual([]);
    await page.getByRole('button', { name: text('import.start'), exact: true }).click();
    await page.getByRole('heading', { name: text('import.outcome.done') }).waitFor();
    const figure = page.locator('.figure', { hasText: label }).locator('.figure-value');
    expect(Number((await figure.innerText()).replaceAll(',', ''))).toBeGreaterThan(0);
  }
});

test('a list is filtered, some of it is closed, and that is taken back', async () => {
  await go('place.members');
  await page.goto(`${url}/members?status=active`);
  await page.locator('.member-link').first().waitFor();
  const boxes = page.getByRole('checkbox');
  await boxes.nth(1).check();
  await boxes.nth(2).check();
  const bar = page.getByRole('region', { name: text('members.chosen', { n: 2 }) });
  await bar.getByRole('button', { name: text('close.open') }).click();
  await page.getByRole('dialog').getByRole('button', { name: text('close.confirm'), exact: true }).click();
  await page.getByText(text('close.done', { n: 2 })).waitFor();
  await page.getByRole('button', { name: text('action.undo') }).click();
  await page.getByText(text('reopen.done', { n: 2 })).waitFor();
  expect(new URL(page.url()).search).toBe('?status=active');
  await page.getByRole('button', { name: text('members.views') }).click();
  await page.getByRole('textbox', { name: text('members.view_name') }).fill('Active');
  await page.getByRole('checkbox', { name: text('members.view_share') }).check();
  await page.getByRole('button', { name: text('action.save'), exact: true }).click();
  await page.goto(`${url}/members`);
  await page.getByRole('button', { name: text('members.views') }).click();
  await page.getByRole('listitem').getByRole('button', { name: 'Active' }).first().click();
  await page.waitForURL((at) => at.search === '?status=active');
});

test('a question is kept as a segment, and the list says at once how many are in it', async () => {
  await page.goto(`${url}/segments/questions`);
  const question = page.locator('.question', { has: page.getByRole('button', { name: text('classes.keep') }) }).first();
  const people = Number((await question.locator('.question-count').innerText()).replace(/\D/g, ''));
  await question.getByRole('button', { name: text('classes.keep') }).click();
  await page.getByText(text('segments.count', { n: people }), { exact: true }).waitFor();
  await page.goto(`${url}/segments`);
  const row = page.locator('tbody tr').first();
  await row.locator('.number').getByText(new Intl.NumberFormat('en').format(people), { exact: true }).waitFor();
  expect(await row.locator('.segment-count').count()).toBe(0);
});

const places = ['/today', '/counter', '/counter/savings', '/members', '/members/duplicates', '/segments', '/segments/tags', '/segments/classes', '/segments/bands', '/segments/lifestyles', '/segments/questions', '/pyramid', '/benefits', '/benefits/coupons', '/benefits/gifts', '/import', '/settings/account', '/settings/brand', '/settings/merging', '/settings/households', '/settings/consents', '/settings/users', '/settings/keys'];
const looks: Look[] = [
  { language: 'zh-CN' },
  { language: 'ko', dark: true, width: 390, height: 844 },
  { language: 'zh-TW', width: 768, height: 1024 },
  { language: 'en', dark: true, width: 1024, height: 600 },
];

test.each(looks)('every page, %j: nothing breaks, axe finds nothing, nothing runs over the edge', async (look) => {
  const other = await openContext(browser, { ...look, language: 'en' }, faults);
  const on = await other.newPage();
  await enter(on);
  await on.evaluate((language) => localStorage.setItem('danggol.language', language), look.language);
  for (const place of places) {
    await on.goto(`${url}${place}`);
    await on.locator('h1').first().waitFor();
    await on.locator('.bones').first().waitFor({ state: 'detached' });
    expect(await on.evaluate(() => document.documentElement.lang)).toBe(look.language);
    expect(await axe(on), place).toEqual([]);
    expect(await on.evaluate(() => document.documentElement.scrollWidth - innerWidth), place).toBeLessThanOrEqual(0);
    await shoot(on, `${place.slice(1).replaceAll('/', '-')}-${look.language}-${look.width ?? 1440}`);
  }
  await on.goto(`${url}/members`);
  await on.locator('.member-link').first().click();
  await on.locator('.timeline, .timeline-empty').first().waitFor();
  for (const tab of [1, 2, 3, 0]) {
    await on.getByRole('tab').nth(tab).click();
    await on.locator('.bones').first().waitFor({ state: 'detached' });
    expect(await axe(on), `tab ${tab}`).toEqual([]);
    expect(await on.evaluate(() => document.documentElement.scrollWidth - innerWidth), `tab ${tab}`).toBeLessThanOrEqual(0);
  }
  await shoot(on, `member-${look.language}-${look.width ?? 1440}`);
  await on.goto(`${on.url().replace(/\?.*/, '')}/savings`);
  await on.locator('.savings-said').waitFor();
  expect(await axe(on), 'savings').toEqual([]);
  expect(await on.evaluate(() => document.documentElement.scrollWidth - innerWidth), 'savings').toBeLessThanOrEqual(0);
  await shoot(on, `savings-${look.language}-${look.width ?? 1440}`);
  await other.close();
});

test('keys are created, shown once and revoked', async () => {
  await go('place.settings');
  await page.getByRole('link', { name: text('settings.keys') }).click();
  await page.getByRole('button', { name: text('keys.add') }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(text('keys.name')).fill(`Till ${run}`);
  await drawer.getByRole('button', { name: text('keys.add') }).click();
  await drawer.getByText(text('keys.secret_lead')).waitFor();
  await drawer.getByRole('button', { name: text('keys.kept') }).click();
  await page.getByRole('button', { name: text('keys.revoke_of', { name: `Till ${run}` }) }).click();
  await page.getByRole('dialog').getByRole('button', { name: text('keys.revoke'), exact: true }).click();
  await page.locator('tr', { hasText: `Till ${run}` }).getByText('Revoked').waitFor();
});

test('a clerk lands on the counter and sees only what a clerk does; a session that ends asks for the password and keeps what was typed', async () => {
  const clerk = `clerk${run}`;
  await go('place.settings');
  await page.getByRole('link', { name: text('settings.users') }).click();
  await page.getByRole('button', { name: text('users.add') }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel(text('setup.owner_name')).fill('Cleo');
  await drawer.getByLabel(text('sign_in.login')).fill(clerk);
  await drawer.getByLabel(text('users.password'), { exact: true }).fill(password);
  await drawer.getByRole('button', { name: text('users.add') }).click();
  await page.getByRole('cell', { name: clerk }).waitFor();

  const other = await openContext(browser, { language: 'en' }, faults);
  const on = await other.newPage();
  await on.goto(`${url}/members`);
  await on.getByLabel(text('sign_in.login')).fill(clerk);
  await on.getByLabel(text('sign_in.password'), { exact: true }).fill(password);
  await on.keyboard.press('Enter');
  await on.getByRole('heading', { name: text('place.members') }).waitFor();
  const links = await on.getByRole('navigation', { name: text('shell.places') }).first().getByRole('link').allInnerTexts();
  expect(links).toEqual([text('place.counter'), text('place.members')]);
  await on.goto(url);
  await on.getByRole('combobox', { name: text('counter.find') }).waitFor();
  await on.getByRole('link', { name: text('place.members') }).first().click();
  await on.locator('.member-link').first().click();
  const note = on.getByPlaceholder(text('notes.write'));
  await note.fill(`Prefers mornings ${run}`);
  await other.clearCookies();
  await note.press('Enter');
  const again = on.getByRole('dialog', { name: text('again.title') });
  await again.getByLabel(text('sign_in.password'), { exact: true }).fill(password);
  await on.keyboard.press('Enter');
  await on.locator('.timeline').getByText(`Prefers mornings ${run}`).waitFor();
  await other.close();
});

test('no page threw', () => {
  expect(faults).toEqual([]);
});

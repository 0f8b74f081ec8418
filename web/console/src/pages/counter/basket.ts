import type { NewLine, Redemption } from '@danggol/api';
import { parseAmount } from '../../format';

/** A line as it is typed at the counter. */
export interface TypedLine {
  key: number;
  sku: string;
  name: string | null;
  category: string | null;
  quantity: number;
  amount: string;
}

/** The product code under which an amount without products is posted: a till that has no lines to give still gives a purchase. */
export const amountOnlySku = 'AMOUNT';

export type Basket = { kind: 'amount'; typed: string } | { kind: 'lines'; lines: TypedLine[] };

/** The basket as the API takes it; `null` while it is not complete. */
export function linesOf(basket: Basket, exponent: number): NewLine[] | null {
  if (basket.kind === 'amount') {
    const amount = parseAmount(basket.typed, exponent);
    return amount !== null && amount > 0 ? [{ sku: amountOnlySku, quantity: 1, amount_minor: amount }] : null;
  }
  if (basket.lines.length === 0) return null;
  const lines: NewLine[] = [];
  for (const line of basket.lines) {
    const amount = parseAmount(line.amount, exponent);
    if (amount === null || amount < 0) return null;
    lines.push({ sku: line.sku, category: line.category, quantity: line.quantity, amount_minor: amount });
  }
  return lines;
}

export function totalOf(lines: NewLine[] | null): number {
  return (lines ?? []).reduce((sum, line) => sum + line.amount_minor, 0);
}

/** The most points that a basket takes, by the programme's ratio, step, minimum and share of the bill. */
export function mostRedeemable(redemption: Redemption, available: number, amountMinor: number): number {
  const limitMinor = Math.floor((amountMinor * (redemption.max_percent)) / 100);
  const byBill = Math.floor((limitMinor * redemption.points) / redemption.minor);
  const step = Math.max(redemption.step, 1);
  const most = Math.floor(Math.min(available, byBill) / step) * step;
  return most >= Math.max(redemption.minimum, 1) ? most : 0;
}

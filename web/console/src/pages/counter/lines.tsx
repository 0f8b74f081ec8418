import { useRef, useState } from 'react';
import { Button, Input, InputNumber, type InputRef } from 'antd';
import { useQuery } from '@tanstack/react-query';
import type { Product } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat, writeAmount } from '../../format';
import { useText } from '../../language';
import { useLater } from '../../parts/later';
import { useSignedIn } from '../../session';
import type { TypedLine } from './basket';
import { isScan, keystroke, noKeystrokes } from './scan';

interface Props {
  lines: TypedLine[];
  onChange: (lines: TypedLine[]) => void;
  onSubmit: () => void;
  /** Takes a scan of what is no product, where that may be a member's card. */
  onScan?: (text: string) => void;
  /** What Enter does, where it does not post. */
  hint?: string;
}

let nextKey = 1;

/** The basket by products: type or scan a code, Enter adds it; Enter on the empty field posts. */
export function Lines({ lines, onChange, onSubmit, onScan, hint }: Props) {
  const t = useText();
  const format = useFormat();
  const { brand } = useSignedIn();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const field = useRef<InputRef>(null);
  const run = useRef(noKeystrokes);
  const query = useLater(typed.trim(), 100);
  const found = useQuery(ask.products(query));
  const products = typed.trim() === query && query ? (found.data?.items ?? []).slice(0, 6) : [];
  const active = Math.min(at, products.length - 1);

  const add = (product: Pick<Product, 'sku' | 'name' | 'category' | 'price_minor'>) => {
    const same = lines.findIndex((line) => line.sku === product.sku);
    const price = product.price_minor ?? null;
    const before = lines[same];
    if (before && price !== null) {
      const quantity = before.quantity + 1;
      onChange(lines.with(same, { ...before, quantity, amount: writeAmount(price * quantity, brand.currency_exponent) }));
    } else {
      nextKey += 1;
      onChange([
        ...lines,
        { key: nextKey, sku: product.sku, name: product.name ?? null, category: product.category ?? null, quantity: 1, amount: price === null ? '' : writeAmount(price, brand.currency_exponent) },
      ]);
    }
    setTyped('');
    setAt(0);
    field.current?.focus();
  };

  const keyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const now = performance.now();
    const code = typed.trim();
    if (event.key.length === 1) run.current = keystroke(run.current, now);
    if (event.key === 'ArrowDown') setAt(Math.min(active + 1, products.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(active - 1, 0));
    else if (event.key === 'Escape' && code) setTyped('');
    else if (event.key === 'Enter') {
      const exact = products.find((product) => product.sku.toLowerCase() === code.toLowerCase());
      const chosen = exact ?? products[active];
      if (!code) onSubmit();
      else if (chosen) add(chosen);
      else if (onScan && isScan(run.current, now) && lines.length === 0) onScan(code);
      else add({ sku: code, name: null, category: null, price_minor: null });
    } else return;
    event.preventDefault();
  };
  const change = (index: number, part: Partial<TypedLine>) => {
    const line = lines[index];
    if (line) onChange(lines.with(index, { ...line, ...part }));
  };
  const inLine = (event: React.KeyboardEvent) => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    event.preventDefault();
    field.current?.focus();
  };

  return (
    <div className="basket">
      <label className="sale-amount">
        <span>{t('sale.product')}</span>
        <Input
          ref={field}
          className="counter-field"
          autoFocus
          autoComplete="off"
          value={typed}
          placeholder={hint ?? t('sale.product_hint')}
          role="combobox"
          aria-expanded={products.length > 0}
          aria-controls="products"
          aria-activedescendant={products[active] ? `product-${active}` : undefined}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={keyDown}
        />
      </label>
      {products.length > 0 ? (
        <ul id="products" role="listbox" className="found" aria-label={t('sale.product')}>
          {products.map((product, index) => (
            <li key={product.sku} id={`product-${index}`} role="option" aria-selected={index === active} className="found-one found-product" onMouseMove={() => setAt(index)} onClick={() => add(product)}>
              <span className="found-name">{product.name ?? product.sku}</span>
              <span className="soft">{[product.sku, product.category].filter(Boolean).join(' · ')}</span>
              <span className="number">{product.price_minor != null ? format.money(product.price_minor) : ''}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <ul className="basket-lines">
        {lines.map((line, index) => {
          const name = line.name ?? line.sku;
          return (
            <li key={line.key}>
              <span>{name}</span>
              <InputNumber min={1} max={9999} precision={0} value={line.quantity} aria-label={t('return.quantity_of', { name })} onChange={(quantity) => change(index, { quantity: quantity ?? 1 })} onKeyDown={inLine} />
              <Input prefix={format.currencySign} inputMode="decimal" value={line.amount} aria-label={t('sale.amount_of', { name })} autoFocus={line.amount === ''} onChange={(event) => change(index, { amount: event.target.value })} onKeyDown={inLine} />
              <Button type="text" aria-label={t('sale.remove_of', { name })} onClick={() => onChange(lines.toSpliced(index, 1))}>
                {t('action.remove')}
              </Button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

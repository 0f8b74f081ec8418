import { Input } from 'antd';
import { useFormat } from '../../format';
import { useText } from '../../language';
import type { Basket } from './basket';
import { Lines } from './lines';

interface Props {
  basket: Basket;
  onChange: (basket: Basket) => void;
  onSubmit: () => void;
  /** Keys in the field of an amount. */
  onKeyDown?: (event: React.KeyboardEvent<HTMLInputElement>) => void;
  /** Takes a scan of what is no product, where that may be a member's card. */
  onScan?: (text: string) => void;
  /** What Enter does on products, where it does not post. */
  hint?: string;
}

/** The other way to say what is bought, empty: by products, or by an amount. */
export const otherWay = (basket: Basket): Basket => (basket.kind === 'amount' ? { kind: 'lines', lines: [] } : { kind: 'amount', typed: '' });

/** What is bought, by products or by an amount. */
export function BasketField({ basket, onChange, onSubmit, onKeyDown, onScan, hint }: Props) {
  const t = useText();
  const format = useFormat();
  if (basket.kind === 'lines') {
    return <Lines lines={basket.lines} onChange={(lines) => onChange({ kind: 'lines', lines })} onSubmit={onSubmit} {...(onScan ? { onScan } : {})} {...(hint ? { hint } : {})} />;
  }
  return (
    <label className="sale-amount">
      <span>{t('sale.amount')}</span>
      <Input
        className="counter-field sale-big"
        autoFocus
        autoComplete="off"
        inputMode="decimal"
        prefix={format.currencySign}
        value={basket.typed}
        placeholder="0"
        onChange={(event) => onChange({ kind: 'amount', typed: event.target.value.normalize('NFKC').replace(/[^\d.,]/g, '') })}
        {...(onKeyDown ? { onKeyDown } : {})}
      />
    </label>
  );
}

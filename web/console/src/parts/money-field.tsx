import { useState } from 'react';
import { Input } from 'antd';
import { parseAmount, useFormat, writeAmount } from '../format';
import { useSignedIn } from '../session';

interface Props {
  id?: string;
  value: number | null;
  onChange: (minor: number | null) => void;
  'aria-label'?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  status?: 'error';
  className?: string;
}

/** An amount as people type it; what is typed stays as typed while the field has the focus. */
export function MoneyField({ value, onChange, status, ...rest }: Props) {
  const format = useFormat();
  const { brand } = useSignedIn();
  const exponent = brand.currency_exponent;
  const [typing, setTyping] = useState<string | null>(null);
  const plain = value === null ? '' : exponent > 0 && value % 10 ** exponent === 0 ? String(value / 10 ** exponent) : writeAmount(value, exponent);
  const grouped = value === null ? '' : value % 10 ** exponent === 0 ? format.number(value / 10 ** exponent) : format.amount(value);
  const wrong = typing !== null && typing.trim() !== '' && parseAmount(typing, exponent) === null;
  return (
    <Input
      {...rest}
      prefix={format.currencySign}
      inputMode="decimal"
      autoComplete="off"
      status={wrong || status ? 'error' : ''}
      value={typing ?? grouped}
      onFocus={() => setTyping(plain)}
      onChange={(event) => {
        setTyping(event.target.value);
        const amount = parseAmount(event.target.value, exponent);
        if (event.target.value.trim() === '') onChange(null);
        else if (amount !== null) onChange(amount);
      }}
      onBlur={() => setTyping(null)}
    />
  );
}

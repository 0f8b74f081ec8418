import { InputNumber } from 'antd';

interface Props {
  id?: string;
  value: number | null | undefined;
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  unit?: string;
  'aria-label'?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  status?: 'error';
  className?: string;
}

/** A whole number with its unit beside it. */
export function CountField({ value, onChange, min = 0, max = 1_000_000_000, unit, ...rest }: Props) {
  return <InputNumber<number> {...rest} min={min} max={max} precision={0} controls={false} value={value ?? null} suffix={unit} onChange={onChange} />;
}

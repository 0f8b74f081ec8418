import { Select } from 'antd';
import type { Rounding } from '@danggol/api';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { roundingText } from '../../text/names';

const roundings = ['down', 'half_up', 'up'] as const;

/** What happens to fractions. */
export function RoundingField({ value, onChange }: { value: Rounding; onChange: (rounding: Rounding) => void }) {
  const t = useText();
  return (
    <Field label={t('rule.rounding')}>
      {({ status: _status, ...control }) => <Select {...control} value={value} options={roundings.map((one) => ({ value: one, label: t(roundingText[one]) }))} onChange={onChange} />}
    </Field>
  );
}

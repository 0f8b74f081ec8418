import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useText } from '../../language';
import { Field } from '../../parts/field';

interface Dates {
  from?: string | null;
  until?: string | null;
}

/** The first and the last business day of a rule or an offer; either may be left open. */
export function DatesField({ from, until, error, onChange }: Dates & { error: string | null; onChange: (dates: Required<Dates>) => void }) {
  const t = useText();
  return (
    <Field label={t('rule.dates')} hint={t('rule.dates_hint')} error={error}>
      {({ status, ...control }) => (
        <DatePicker.RangePicker
          id={{ start: control.id }}
          status={status ?? ''}
          allowEmpty={[true, true]}
          value={[from ? dayjs(from) : null, until ? dayjs(until) : null]}
          onChange={(dates) => onChange({ from: dates?.[0]?.format('YYYY-MM-DD') ?? null, until: dates?.[1]?.format('YYYY-MM-DD') ?? null })}
        />
      )}
    </Field>
  );
}

import { DatePicker, Input, Select } from 'antd';
import dayjs from 'dayjs';
import type { Attribute, Operand, Operator } from '@danggol/api';
import { useLanguage, useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { MoneyField } from '../../parts/money-field';
import { operands } from './tree';

type Single = string | number;

/** What a control needs to know of what is compared. */
type Valued = Pick<Attribute, 'type' | 'choices'> & { is_percent?: boolean };

/** Monday is 1, as in ISO 8601; 1 January 2024 was a Monday. */
function weekdays(language: string): { value: number; label: string }[] {
  const name = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' });
  return Array.from({ length: 7 }, (_, index) => ({ value: index + 1, label: name.format(Date.UTC(2024, 0, 1 + index, 12)) }));
}

function useChoices(attribute: Valued): { value: Single; label: string }[] | null {
  const { language } = useLanguage();
  if (attribute.type === 'weekday') return weekdays(language);
  if (attribute.type === 'hour') return Array.from({ length: 24 }, (_, hour) => ({ value: hour, label: `${String(hour).padStart(2, '0')}:00` }));
  const known = attribute.choices ?? [];
  return known.length > 0 ? known : null;
}

function SingleField({ attribute, value, onChange }: { attribute: Valued; value: Single; onChange: (value: Single) => void }) {
  const t = useText();
  const choices = useChoices(attribute);
  const label = t('condition.value');
  if (choices) return <Select className="leaf-value" aria-label={label} value={value} options={choices} popupMatchSelectWidth={false} onChange={onChange} />;
  switch (attribute.type) {
    case 'money':
      return <MoneyField className="leaf-value" aria-label={label} value={typeof value === 'number' ? value : 0} onChange={(minor) => onChange(minor ?? 0)} />;
    case 'date':
      return <DatePicker className="leaf-value" allowClear={false} aria-label={label} value={typeof value === 'string' && value ? dayjs(value) : null} onChange={(date) => onChange(date?.format('YYYY-MM-DD') ?? '')} />;
    case 'number':
      return <CountField className="leaf-value" aria-label={label} unit={attribute.is_percent ? '%' : undefined} min={-1_000_000_000} value={typeof value === 'number' ? value : 0} onChange={(next) => onChange(next ?? 0)} />;
    case 'text':
    case 'choice':
    case 'weekday':
    case 'hour':
      return <Input className="leaf-value" aria-label={label} value={String(value)} onChange={(event) => onChange(event.target.value)} />;
  }
}

function ManyField({ attribute, value, onChange }: { attribute: Valued; value: Single[]; onChange: (value: Single[]) => void }) {
  const t = useText();
  const choices = useChoices(attribute);
  const numeric = attribute.type === 'number' || attribute.type === 'money';
  if (attribute.type === 'date') {
    return <DatePicker className="leaf-value leaf-many" multiple aria-label={t('condition.values')} value={value.map((date) => dayjs(String(date)))} onChange={(dates) => onChange((dates ?? []).map((date) => date.format('YYYY-MM-DD')))} />;
  }
  return (
    <Select
      className="leaf-value leaf-many"
      mode={choices ? 'multiple' : 'tags'}
      tokenSeparators={[',', '，', '、', ' ']}
      aria-label={t('condition.values')}
      placeholder={choices ? undefined : t('condition.values_hint')}
      value={value}
      options={choices ?? []}
      onChange={(next: Single[]) => onChange(numeric ? next.map(Number).filter(Number.isFinite) : next)}
    />
  );
}

/** The value of a comparison, in the control that its attribute and operator call for. */
export function ValueField({ attribute, test, onChange }: { attribute: Valued; test: { op: Operator; value?: Operand | null }; onChange: (value: Operand) => void }) {
  const t = useText();
  const { op, value } = test;
  if (op === 'is_missing') return null;
  const many: Single[] = Array.isArray(value) ? value : [];
  if (op === 'in') return <ManyField attribute={attribute} value={many} onChange={(next) => onChange(operands(next))} />;
  if (op === 'between') {
    const [low = 0, high = 0] = many;
    return (
      <span className="leaf-between">
        <SingleField attribute={attribute} value={low} onChange={(next) => onChange(operands([next, high]))} />
        <span className="soft">{t('condition.and')}</span>
        <SingleField attribute={attribute} value={high} onChange={(next) => onChange(operands([low, next]))} />
      </span>
    );
  }
  const single = typeof value === 'string' || typeof value === 'number' ? value : '';
  return <SingleField attribute={attribute} value={single} onChange={onChange} />;
}

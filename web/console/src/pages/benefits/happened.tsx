import { Button, Checkbox, DatePicker, Input, Select } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import dayjs from 'dayjs';
import { useQuery } from '@tanstack/react-query';
import type { Attribute, ConsentChannel, ConsentTest, EventMeasure, EventTest, Operator } from '@danggol/api';
import * as ask from '../../data/queries';
import { useLanguage, useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { readText } from '../../parts/name-fields';
import { consentChannelText, operatorWord } from '../../text/names';
import { ConditionTree } from './condition';
import { operands, usualValue, type Consent, type Custom, type Happened, type InSegment } from './tree';
import { ValueField } from './value';

interface Row<P> {
  part: P;
  onChange: (part: P) => void;
  onRemove: () => void;
}

const ofEvents: Attribute['of'][] = ['purchase', 'line'];

/** A count of purchases in the last 90 days, for a row that was just added. */
export function freshHappened(): Happened {
  return { kind: 'happened', not: false, test: { event: 'purchase', measure: 'count', last_days: 90, op: 'at_least', value: 1 } };
}

function Ends({ not, onNot, onRemove }: { not: boolean; onNot: (not: boolean) => void; onRemove: () => void }) {
  const t = useText();
  return (
    <>
      <Checkbox checked={not} onChange={(event) => onNot(event.target.checked)}>
        {t('condition.not')}
      </Checkbox>
      <Button type="text" icon={<CloseOutlined />} aria-label={t('condition.remove')} onClick={onRemove} />
    </>
  );
}

function Operators({ of, type, op, onChange }: { of: Operator[]; type: Attribute['type']; op: Operator; onChange: (op: Operator) => void }) {
  const t = useText();
  const options = of.map((one) => ({ value: one, label: t(operatorWord(one, type)) }));
  return <Select className="leaf-operator" aria-label={t('condition.operator')} value={op} options={options} popupMatchSelectWidth={false} onChange={onChange} />;
}

/** The test with its value made anew for an operator or a measure. */
function compared(test: EventTest, measure: EventMeasure, op: Operator): EventTest {
  const { value: _value, ...rest } = test;
  const value = usualValue({ type: measure.type, choices: null } as Attribute, op);
  const next = { ...rest, event: measure.event, measure: measure.measure, op };
  return value === undefined ? next : { ...next, value };
}

function Period({ test, onChange }: { test: EventTest; onChange: (test: EventTest) => void }) {
  const t = useText();
  const { last_days: days, from, until: _until, ...rest } = test;
  const window = days != null ? 'last' : from != null ? 'from' : 'all';
  const choose = (next: string) => onChange(next === 'last' ? { ...rest, last_days: 90 } : next === 'from' ? { ...rest, from: dayjs().subtract(1, 'year').format('YYYY-MM-DD') } : rest);
  const options = (['all', 'last', 'from'] as const).map((one) => ({ value: one, label: t(`condition.window.${one}`) }));
  return (
    <>
      <Select className="leaf-operator" aria-label={t('condition.window')} value={window} options={options} popupMatchSelectWidth={false} onChange={choose} />
      {window === 'last' ? <CountField className="leaf-value" aria-label={t('condition.window.days')} min={1} max={3660} value={days} onChange={(next) => onChange({ ...rest, last_days: next ?? 1 })} /> : null}
      {window === 'from' ? <DatePicker className="leaf-value" allowClear={false} aria-label={t('condition.window.from')} value={dayjs(from)} onChange={(date) => onChange({ ...rest, from: date?.format('YYYY-MM-DD') })} /> : null}
    </>
  );
}

/** What happened to a member: the measure, the period, the comparison, and which purchases or lines are meant. */
export function HappenedRow({ part, measures, onChange, onRemove }: Row<Happened> & { measures: EventMeasure[] }) {
  const t = useText();
  const { test } = part;
  const set = (next: EventTest) => onChange({ ...part, test: next });
  const name = (one: { event: string; measure: string }) => `${one.event}.${one.measure}`;
  const measure = measures.find((one) => name(one) === name(test));
  const options = (['purchase', 'line'] as const).map((event) => ({
    label: t(`condition.event.${event}`),
    options: measures.filter((one) => one.event === event).map((one) => ({ value: name(one), label: one.label })),
  }));
  const choose = (chosen: string) => {
    const next = measures.find((one) => name(one) === chosen);
    if (next) set(compared(test, next, next.operators.includes(test.op) ? test.op : (next.operators[0] ?? 'is')));
  };
  return (
    <div className="group group-inner">
      <div className="leaf">
        <Period test={test} onChange={set} />
        <Select className="leaf-attribute" aria-label={t('condition.measure')} value={name(test)} options={options} popupMatchSelectWidth={false} onChange={choose} />
        {measure ? (
          <>
            <Operators of={measure.operators} type={measure.type} op={test.op} onChange={(op) => set(compared(test, measure, op))} />
            <ValueField attribute={{ type: measure.type, choices: null }} test={test} onChange={(value) => set({ ...test, value })} />
          </>
        ) : null}
        <Ends not={part.not} onNot={(not) => onChange({ ...part, not })} onRemove={onRemove} />
      </div>
      <p className="soft small">{t('condition.where')}</p>
      <ConditionTree of={ofEvents} value={test.where ?? null} onChange={(where) => set({ ...test, where: where ?? undefined })} />
    </div>
  );
}

/** Another segment. */
export function SegmentRow({ part, segments, onChange, onRemove }: Row<InSegment> & { segments: { value: string; label: string }[] }) {
  const t = useText();
  return (
    <div className="leaf">
      <span className="soft">{t('condition.segment')}</span>
      <Select
        className="leaf-value leaf-many"
        showSearch={{ optionFilterProp: 'label' }}
        aria-label={t('condition.segment')}
        value={part.test.segment}
        options={segments}
        onChange={(segment) => onChange({ ...part, test: { segment } })}
      />
      <Ends not={part.not} onNot={(not) => onChange({ ...part, not })} onRemove={onRemove} />
    </div>
  );
}

/** A field of the brand's own. */
export function CustomRow({ part, onChange, onRemove }: Row<Custom>) {
  const t = useText();
  const { test } = part;
  const choose = (op: Operator) => onChange({ ...part, test: op === 'is_missing' ? { custom: test.custom, op } : { custom: test.custom, op, value: op === 'in' ? [] : '' } });
  return (
    <div className="leaf">
      <Input className="leaf-attribute" aria-label={t('condition.custom')} placeholder={t('condition.custom')} value={test.custom} onChange={(event) => onChange({ ...part, test: { ...test, custom: event.target.value } })} />
      <Operators of={['is', 'in', 'is_missing']} type="text" op={test.op} onChange={choose} />
      <ValueField attribute={{ type: 'text', choices: null }} test={test} onChange={(value) => onChange({ ...part, test: { ...test, value } })} />
      <Ends not={part.not} onNot={(not) => onChange({ ...part, not })} onRemove={onRemove} />
    </div>
  );
}

const comparisons: Record<NonNullable<ConsentTest['ask']>, Operator[]> = {
  said: ['is', 'in', 'is_missing'],
  days: ['at_least', 'at_most', 'more_than', 'less_than', 'between', 'is', 'is_missing'],
};

/** What a member has agreed to, or how long ago she said so. */
export function ConsentRow({ part, onChange, onRemove }: Row<Consent>) {
  const { t, language } = useLanguage();
  const rules = useQuery(ask.consentRules());
  const { test } = part;
  const asks = test.ask ?? 'said';
  const purposes = rules.data?.purposes ?? [];
  const purpose = purposes.find((one) => one.code === test.consent);
  const { channel: _, ...whole } = test;
  const about = (code: string, channel: ConsentChannel | undefined) => onChange({ ...part, test: { ...whole, consent: code, ...(channel ? { channel } : {}) } });
  const valued = { type: asks === 'said' ? ('choice' as const) : ('number' as const), choices: asks === 'said' ? (['given', 'withdrawn'] as const).map((value) => ({ value, label: t(`consents.${value}`) })) : null };
  const compare = (next: NonNullable<ConsentTest['ask']>, op: Operator) => {
    const { value: _value, ask: _ask, ...rest } = test;
    const said = { ...rest, ...(next === 'days' ? { ask: next } : {}), op };
    const first = next === 'said' ? 'given' : 0;
    onChange({ ...part, test: op === 'is_missing' ? said : { ...said, value: op === 'in' || op === 'between' ? operands(op === 'in' ? [first] : [first, first]) : first } });
  };
  const named = (code: string) => (purpose?.code === code ? readText(purpose.name, language) : code);
  const options = purposes.map((one) => ({ value: one.code, label: readText(one.name, language) }));
  return (
    <div className="leaf">
      <Select
        className="leaf-attribute"
        aria-label={t('condition.consent')}
        value={test.consent}
        options={purpose ? options : [...options, { value: test.consent, label: named(test.consent) }]}
        popupMatchSelectWidth={false}
        onChange={(code) => about(code, purposes.find((one) => one.code === code)?.channels[0])}
      />
      {(purpose?.channels.length ?? 0) > 0 || test.channel ? (
        <Select<ConsentChannel>
          className="leaf-operator"
          aria-label={t('condition.consent_channel')}
          value={test.channel ?? null}
          options={[...new Set([...(purpose?.channels ?? []), ...(test.channel ? [test.channel] : [])])].map((value) => ({ value, label: t(consentChannelText[value]) }))}
          popupMatchSelectWidth={false}
          onChange={(channel) => about(test.consent, channel)}
        />
      ) : null}
      <Select
        className="leaf-operator"
        aria-label={t('condition.consent_ask')}
        value={asks}
        options={(['said', 'days'] as const).map((value) => ({ value, label: t(`condition.consent.${value}`) }))}
        popupMatchSelectWidth={false}
        onChange={(next) => compare(next, next === 'said' ? 'is' : 'at_least')}
      />
      <Operators of={comparisons[asks]} type={valued.type} op={test.op} onChange={(op) => compare(asks, op)} />
      <ValueField attribute={valued} test={test} onChange={(value) => onChange({ ...part, test: { ...test, value } })} />
      <Ends not={part.not} onNot={(not) => onChange({ ...part, not })} onRemove={onRemove} />
    </div>
  );
}

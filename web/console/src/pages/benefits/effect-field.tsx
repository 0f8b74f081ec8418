import { Button, Input, InputNumber, Select, Switch } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import type { Effect } from '@danggol/api';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { MoneyField } from '../../parts/money-field';
import { useSignedIn } from '../../session';
import type { TextKey } from '../../text';
import { ConditionField } from './condition';
import { useFaultsUnder } from './draft';

type Kind = Effect['kind'];
type Of<K extends Kind> = Extract<Effect, { kind: K }>;
interface Props<K extends Kind> {
  effect: Of<K>;
  path: string;
  set: (effect: Effect) => void;
}

const kindText: Record<Kind, TextKey> = {
  percent: 'effect.percent',
  amount: 'effect.amount',
  steps: 'effect.steps',
  member_price: 'effect.member_price',
  nth_item: 'effect.nth_item',
  bundle: 'effect.bundle',
  free_item: 'effect.free_item',
  gift: 'effect.gift',
  delivery: 'effect.delivery',
};

/** What an effect begins as; `unit` is what people think of as little money. */
function usual(kind: Kind, unit: number): Effect {
  const part = { lines: { attribute: 'line.category' as const, op: 'is' as const, value: '' }, pieces: 1 };
  switch (kind) {
    case 'percent':
      return { kind, percent_bp: 1_000, max_minor: null };
    case 'amount':
      return { kind, amount_minor: 10 * unit };
    case 'steps':
      return { kind, steps: [{ from_minor: 100 * unit, off_minor: 10 * unit }], repeats: false };
    case 'member_price':
      return { kind, prices: [{ sku: '', price_minor: 10 * unit }] };
    case 'nth_item':
      return { kind, nth: 2, percent_bp: 5_000 };
    case 'bundle':
      return { kind, parts: [part, part], price_minor: 100 * unit };
    case 'free_item':
      return { kind, pieces: 1 };
    case 'gift':
      return { kind, sku: '', pieces: 1, worth_minor: 10 * unit };
    case 'delivery':
      return { kind, max_minor: null };
  }
}

function PercentField({ value, onChange, ...rest }: { id: string; value: number; onChange: (percentBp: number) => void; 'aria-describedby'?: string }) {
  return <InputNumber<number> {...rest} min={0.01} max={100} precision={2} controls={false} suffix="%" value={value / 100} onChange={(percent) => onChange(Math.round((percent ?? 0) * 100))} />;
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  return <Button type="text" icon={<CloseOutlined />} aria-label={label} onClick={onClick} />;
}

function Steps({ effect, set }: Props<'steps'>) {
  const t = useText();
  const { steps } = effect;
  const last = steps[steps.length - 1];
  return (
    <>
      {steps.map((step, index) => (
        <div key={index} className="effect-row">
          <Field label={t('effect.from')}>{(control) => <MoneyField {...control} value={step.from_minor} onChange={(minor) => set({ ...effect, steps: steps.with(index, { ...step, from_minor: minor ?? 0 }) })} />}</Field>
          <Field label={t('effect.off')}>{(control) => <MoneyField {...control} value={step.off_minor} onChange={(minor) => set({ ...effect, steps: steps.with(index, { ...step, off_minor: minor ?? 0 }) })} />}</Field>
          <Remove label={t('effect.remove_step', { n: index + 1 })} onClick={() => set({ ...effect, steps: steps.toSpliced(index, 1) })} />
        </div>
      ))}
      <div>
        <Button onClick={() => set({ ...effect, steps: [...steps, { from_minor: (last?.from_minor ?? 0) * 2, off_minor: (last?.off_minor ?? 0) * 2 }] })}>{t('effect.add_step')}</Button>
      </div>
      <label className="switch-line">
        <Switch checked={effect.repeats} onChange={(repeats) => set({ ...effect, repeats })} />
        <span>{t('effect.repeats')}</span>
      </label>
    </>
  );
}

function Prices({ effect, set }: Props<'member_price'>) {
  const t = useText();
  const { prices } = effect;
  return (
    <>
      {prices.map((price, index) => (
        <div key={index} className="effect-row">
          <Field label={t('effect.sku')}>{(control) => <Input {...control} value={price.sku} onChange={(event) => set({ ...effect, prices: prices.with(index, { ...price, sku: event.target.value.trim() }) })} />}</Field>
          <Field label={t('effect.price')}>{(control) => <MoneyField {...control} value={price.price_minor} onChange={(minor) => set({ ...effect, prices: prices.with(index, { ...price, price_minor: minor ?? 0 }) })} />}</Field>
          <Remove label={t('effect.remove_price', { n: index + 1 })} onClick={() => set({ ...effect, prices: prices.toSpliced(index, 1) })} />
        </div>
      ))}
      <div>
        <Button onClick={() => set({ ...effect, prices: [...prices, { sku: '', price_minor: prices[prices.length - 1]?.price_minor ?? 0 }] })}>{t('effect.add_price')}</Button>
      </div>
    </>
  );
}

function Bundle({ effect, path, set }: Props<'bundle'>) {
  const t = useText();
  const { parts } = effect;
  return (
    <>
      <Field label={t('effect.bundle_price')}>{(control) => <MoneyField {...control} value={effect.price_minor} onChange={(minor) => set({ ...effect, price_minor: minor ?? 0 })} />}</Field>
      {parts.map((part, index) => (
        <div key={index} className="group-inner effect-part">
          <div className="effect-row">
            <Field label={t('effect.pieces')}>{(control) => <CountField {...control} min={1} max={1_000} value={part.pieces} onChange={(pieces) => set({ ...effect, parts: parts.with(index, { ...part, pieces: pieces ?? 1 }) })} />}</Field>
            <Remove label={t('effect.remove_part', { n: index + 1 })} onClick={() => set({ ...effect, parts: parts.toSpliced(index, 1) })} />
          </div>
          <ConditionField title={t('effect.part', { n: index + 1 })} empty={t('effect.part_empty')} path={`${path}.parts.${index}.lines`} of={['line']} value={part.lines} onChange={(lines) => set({ ...effect, parts: parts.with(index, { ...part, lines: lines ?? { all: [] } }) })} />
        </div>
      ))}
      <div>
        <Button onClick={() => set({ ...effect, parts: [...parts, { lines: { attribute: 'line.category', op: 'is', value: '' }, pieces: 1 }] })}>{t('effect.add_part')}</Button>
      </div>
    </>
  );
}

/** The fields of an effect of one kind. */
function Detail({ effect, path, set }: { effect: Effect; path: string; set: (effect: Effect) => void }) {
  const t = useText();
  switch (effect.kind) {
    case 'percent':
      return (
        <div className="form form-two">
          <Field label={t('effect.percent_off')}>{({ status: _status, ...control }) => <PercentField {...control} value={effect.percent_bp} onChange={(percent_bp) => set({ ...effect, percent_bp })} />}</Field>
          <Field label={t('effect.max')} optional={t('field.optional')}>{(control) => <MoneyField {...control} value={effect.max_minor} onChange={(max_minor) => set({ ...effect, max_minor })} />}</Field>
        </div>
      );
    case 'amount':
      return <Field label={t('effect.off')}>{(control) => <MoneyField {...control} value={effect.amount_minor} onChange={(minor) => set({ ...effect, amount_minor: minor ?? 0 })} />}</Field>;
    case 'steps':
      return <Steps effect={effect} path={path} set={set} />;
    case 'member_price':
      return <Prices effect={effect} path={path} set={set} />;
    case 'bundle':
      return <Bundle effect={effect} path={path} set={set} />;
    case 'nth_item':
      return (
        <div className="form form-two">
          <Field label={t('effect.nth')}>{(control) => <CountField {...control} min={2} max={1_000} value={effect.nth} onChange={(nth) => set({ ...effect, nth: nth ?? 2 })} />}</Field>
          <Field label={t('effect.nth_off')} hint={t('effect.nth_hint')}>{({ status: _status, ...control }) => <PercentField {...control} value={effect.percent_bp} onChange={(percent_bp) => set({ ...effect, percent_bp })} />}</Field>
        </div>
      );
    case 'free_item':
      return <Field label={t('effect.pieces')} hint={t('effect.free_hint')}>{(control) => <CountField {...control} min={1} max={1_000} value={effect.pieces} onChange={(pieces) => set({ ...effect, pieces: pieces ?? 1 })} />}</Field>;
    case 'gift':
      return (
        <div className="form form-two">
          <Field label={t('effect.sku')}>{(control) => <Input {...control} value={effect.sku} onChange={(event) => set({ ...effect, sku: event.target.value.trim() })} />}</Field>
          <Field label={t('effect.pieces')}>{(control) => <CountField {...control} min={1} max={1_000} value={effect.pieces} onChange={(pieces) => set({ ...effect, pieces: pieces ?? 1 })} />}</Field>
          <Field label={t('effect.worth')} hint={t('effect.worth_hint')}>{(control) => <MoneyField {...control} value={effect.worth_minor} onChange={(minor) => set({ ...effect, worth_minor: minor ?? 0 })} />}</Field>
        </div>
      );
    case 'delivery':
      return <Field label={t('effect.max')} optional={t('field.optional')} hint={t('effect.delivery_hint')}>{(control) => <MoneyField {...control} value={effect.max_minor} onChange={(max_minor) => set({ ...effect, max_minor })} />}</Field>;
  }
}

/** What an offer does: its kind, and the fields of that kind. */
export function EffectField({ effect, path, onChange }: { effect: Effect; path: string; onChange: (effect: Effect) => void }) {
  const t = useText();
  const { brand } = useSignedIn();
  // Faults of the conditions of a bundle's parts stand with those conditions.
  const faults = useFaultsUnder(path).filter((fault) => !fault.path.includes('.lines'));
  return (
    <section className="section" aria-label={t('effect.title')}>
      <h3>{t('effect.title')}</h3>
      <Select<Kind>
        aria-label={t('effect.kind')}
        value={effect.kind}
        options={(Object.keys(kindText) as Kind[]).map((value) => ({ value, label: t(kindText[value]) }))}
        onChange={(kind) => onChange(usual(kind, brand.currency_exponent === 0 ? 1_000 : 10 ** brand.currency_exponent))}
      />
      <Detail effect={effect} path={path} set={onChange} />
      {faults.map((fault) => (
        <p key={`${fault.path}-${fault.code}`} className="field-fault" role="alert">
          {fault.text}
        </p>
      ))}
    </section>
  );
}

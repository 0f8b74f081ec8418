import { Button, Input, Select, Switch } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Expiry, TopUps, TopUpStep } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { MoneyField } from '../../parts/money-field';
import { useSignedIn } from '../../session';
import { useDraft, useFault, useFaultsUnder, useWords } from './draft';
import { freshId } from './item-list';
import { ExpiryDetail, expiryKinds, usual } from './points-life';

const orders: TopUps['order'][] = ['proportional', 'principal_first', 'bonus_first'];
const onRefund: TopUps['bonus_on_refund'][] = ['proportional', 'whole', 'keep'];
const spent: TopUps['spent_bonus'][] = ['deduct', 'refuse', 'write_off'];

interface StepProps {
  step: TopUpStep;
  index: number;
  coupons: { value: string; label: string }[];
  onChange: (step: TopUpStep) => void;
  onRemove: () => void;
}

function StepRow({ step, index, coupons, onChange, onRemove }: StepProps) {
  const t = useText();
  const faults = useFaultsUnder(`top_ups.steps.${index}`);
  return (
    <li className="level plan-step">
      <Field label={t('plan.step_name')}>{(control) => <Input {...control} value={step.name} onChange={(event) => onChange({ ...step, name: event.target.value })} />}</Field>
      <Field label={t('plan.from')}>{(control) => <MoneyField {...control} value={step.from_minor} onChange={(from_minor) => onChange({ ...step, from_minor: from_minor ?? 0 })} />}</Field>
      <Field label={t('plan.bonus')}>{(control) => <MoneyField {...control} value={step.bonus_minor} onChange={(bonus_minor) => onChange({ ...step, bonus_minor: bonus_minor ?? 0 })} />}</Field>
      <Field label={t('plan.points')}>{(control) => <CountField {...control} value={step.points} onChange={(points) => onChange({ ...step, points: points ?? 0 })} />}</Field>
      <Field label={t('plan.coupon')}>
        {({ status: _status, ...control }) => (
          <Select {...control} allowClear placeholder={t('plan.no_coupon')} value={step.coupon} options={coupons} onChange={(coupon: string | null | undefined) => onChange({ ...step, coupon: coupon ?? null })} />
        )}
      </Field>
      <Button type="text" className="level-remove" icon={<CloseOutlined />} aria-label={t('plan.remove_of', { name: step.name || step.id })} onClick={onRemove} />
      {faults.map((fault) => (
        <p key={`${fault.path}-${fault.code}`} className="field-fault level-fault" role="alert">
          {fault.text}
        </p>
      ))}
    </li>
  );
}

function Choice<V extends string>({ label, words, value, values, onChange }: { label: string; words: (value: V) => string; value: V; values: V[]; onChange: (value: V) => void }) {
  return (
    <Field label={label}>
      {({ status: _status, ...control }) => <Select {...control} value={value} options={values.map((one) => ({ value: one, label: words(one) }))} onChange={(next: V) => onChange(next)} />}
    </Field>
  );
}

/** What is given for money that is paid in, from which amount on, and how it is spent and refunded. */
export function TopUpsSection() {
  const t = useText();
  const { brand } = useSignedIn();
  const { programme, change } = useDraft();
  const { top_ups: plan } = programme;
  const words = useWords('top_ups');
  const found = useInfiniteQuery(ask.couponTemplates());
  const templates = found.data?.pages.flatMap((page) => page.items) ?? [];
  const couponsFor = (step: TopUpStep) => templates.filter((one) => one.open || one.id === step.coupon).map((one) => ({ value: one.id, label: one.template.offer.name }));
  const fault = { expiry: useFault('top_ups.bonus_expiry'), days: useFault('top_ups.bonus_expiry.days') };
  const set = (part: Partial<TopUps>) => plan && change({ ...programme, top_ups: { ...plan, ...part } });
  const add = (steps: TopUpStep[]) => {
    const from_minor = Math.max(50 * 10 ** (brand.currency_exponent === 0 ? 3 : brand.currency_exponent), ...steps.map((step) => step.from_minor * 2));
    set({ steps: [...steps, { id: freshId('step', steps), name: t('plan.step_new', { n: steps.length + 1 }), from_minor, bonus_minor: Math.round(from_minor / 10), points: 0, coupon: null }] });
  };
  return (
    <section className="section" aria-labelledby="plan">
      <div className="section-head">
        <div>
          <h2 id="plan">{t('plan.title')}</h2>
          <p className="soft small">{plan ? (words ?? t('plan.lead')) : t('plan.off')}</p>
        </div>
        <div className="inline">
          {plan ? <Button onClick={() => add(plan.steps)}>{t('plan.add')}</Button> : null}
          <Switch
            checked={Boolean(plan)}
            aria-label={t('plan.title')}
            onChange={(on) => change({ ...programme, top_ups: on ? { steps: [], bonus_expiry: { kind: 'never' }, order: 'proportional', bonus_on_refund: 'proportional', spent_bonus: 'deduct' } : null })}
          />
        </div>
      </div>
      {plan ? (
        <>
          {plan.steps.length === 0 ? <p className="soft">{t('plan.none')}</p> : null}
          <ol className="levels">
            {plan.steps.map((step, index) => (
              <StepRow key={step.id} step={step} index={index} coupons={couponsFor(step)} onChange={(next) => set({ steps: plan.steps.with(index, next) })} onRemove={() => set({ steps: plan.steps.toSpliced(index, 1) })} />
            ))}
          </ol>
          <div className="form form-two">
            <Field label={t('plan.expiry')} error={fault.expiry ?? fault.days}>
              {({ status: _status, ...control }) => (
                <Select {...control} value={plan.bonus_expiry.kind} options={expiryKinds.map((value) => ({ value, label: t(`expiry.kind_bonus.${value}`) }))} onChange={(kind: Expiry['kind']) => set({ bonus_expiry: usual[kind] })} />
              )}
            </Field>
            <ExpiryDetail expiry={plan.bonus_expiry} onChange={(bonus_expiry) => set({ bonus_expiry })} />
            <Choice label={t('plan.order')} words={(value) => t(`plan.order.${value}`)} value={plan.order} values={orders} onChange={(order) => set({ order })} />
            <Choice label={t('plan.on_refund')} words={(value) => t(`plan.on_refund.${value}`)} value={plan.bonus_on_refund} values={onRefund} onChange={(bonus_on_refund) => set({ bonus_on_refund })} />
            {plan.bonus_on_refund === 'keep' ? null : <Choice label={t('plan.spent')} words={(value) => t(`plan.spent.${value}`)} value={plan.spent_bonus} values={spent} onChange={(spent_bonus) => set({ spent_bonus })} />}
          </div>
        </>
      ) : null}
    </section>
  );
}

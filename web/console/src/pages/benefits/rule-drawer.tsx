import { Input, Segmented, Select } from 'antd';
import type { Award, Caps, Rule } from '@danggol/api';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { MoneyField } from '../../parts/money-field';
import { useSignedIn } from '../../session';
import { ConditionField } from './condition';
import { DatesField } from './dates-field';
import { useDraft, useFault, useFaultsUnder } from './draft';
import { ItemDrawer, NameField } from './item-form';
import { RoundingField } from './rounding-field';

interface Props {
  rule: Rule;
  index: number;
  onChange: (rule: Rule) => void;
  onClose: () => void;
}

const caps: (keyof Caps)[] = ['per_purchase', 'per_day', 'per_month', 'per_year'];

function AwardField({ rule, index, onChange }: Omit<Props, 'onClose'>) {
  const t = useText();
  const { brand } = useSignedIn();
  const faults = useFaultsUnder(`earning.rules.${index}.award`);
  const { award } = rule;
  const set = (next: Award) => onChange({ ...rule, award: next });
  const choose = (kind: Award['kind']) => {
    if (kind === award.kind) return;
    if (kind === 'rate') set({ kind, points: 1, per_minor: 10 ** brand.currency_exponent });
    else if (kind === 'multiplier') set({ kind, percent: 200 });
    else set({ kind, points: 100 });
  };
  return (
    <section className="section" aria-label={t('rule.award')}>
      <h3>{t('rule.award')}</h3>
      <Segmented<Award['kind']>
        block
        value={award.kind}
        options={(['rate', 'multiplier', 'fixed'] as const).map((kind) => ({ value: kind, label: t(`award.${kind}`) }))}
        onChange={choose}
      />
      {award.kind === 'rate' ? (
        <div className="form form-two">
          <Field label={t('award.per')}>{(control) => <MoneyField {...control} value={award.per_minor} onChange={(minor) => set({ ...award, per_minor: minor ?? 0 })} />}</Field>
          <Field label={t('award.points')}>{(control) => <CountField {...control} min={1} value={award.points} onChange={(points) => set({ ...award, points: points ?? 0 })} />}</Field>
        </div>
      ) : null}
      {award.kind === 'multiplier' ? (
        <Field label={t('award.percent')} hint={t('award.percent_hint')}>
          {(control) => <CountField {...control} min={101} max={10_000} unit="%" value={award.percent} onChange={(percent) => set({ ...award, percent: percent ?? 0 })} />}
        </Field>
      ) : null}
      {award.kind === 'fixed' ? (
        <Field label={t('award.points')} hint={t('award.fixed_hint')}>
          {(control) => <CountField {...control} min={1} value={award.points} onChange={(points) => set({ ...award, points: points ?? 0 })} />}
        </Field>
      ) : null}
      {faults.map((fault) => (
        <p key={fault.code} className="field-fault" role="alert">
          {fault.text}
        </p>
      ))}
    </section>
  );
}

function Limits({ rule, index, onChange }: Omit<Props, 'onClose'>) {
  const t = useText();
  const { programme } = useDraft();
  const groups = [...new Set(programme.earning.rules.map((one) => one.group).filter((group): group is string => Boolean(group)))];
  const dateFault = useFault(`earning.rules.${index}.until`) ?? useFault(`earning.rules.${index}.from`);
  return (
    <section className="section" aria-label={t('rule.limits')}>
      <h3>{t('rule.limits')}</h3>
      <DatesField from={rule.from ?? null} until={rule.until ?? null} error={dateFault} onChange={(dates) => onChange({ ...rule, ...dates })} />
      <div className="form form-two">
        {caps.map((cap) => (
          <Field key={cap} label={t(`rule.cap.${cap}`)} optional={t('field.optional')}>
            {(control) => <CountField {...control} min={1} value={rule.caps[cap] ?? null} onChange={(value) => onChange({ ...rule, caps: { ...rule.caps, [cap]: value } })} />}
          </Field>
        ))}
        <RoundingField value={rule.rounding} onChange={(rounding) => onChange({ ...rule, rounding })} />
        <Field label={t('rule.asset')} hint={t('rule.asset_hint')}>
          {({ status: _status, ...control }) => (
            <Select
              {...control}
              value={rule.asset}
              options={[
                { value: 'points', label: t('members.column.points') },
                { value: 'growth', label: t('points.growth') },
              ]}
              onChange={(asset: Rule['asset']) => onChange({ ...rule, asset })}
            />
          )}
        </Field>
        <Field label={t('rule.group')} optional={t('field.optional')} hint={groups.length > 0 ? t('rule.group_known', { names: groups.join(t('list.comma')) }) : t('rule.group_hint')} className="form-wide">
          {(control) => <Input {...control} value={rule.group ?? ''} onChange={(event) => onChange({ ...rule, group: event.target.value.trim() || null })} />}
        </Field>
      </div>
    </section>
  );
}

/** One rule: for whom and what, how much, within which limits; the sentence above follows every change. */
export function RuleDrawer({ rule, index, onChange, onClose }: Props) {
  const t = useText();
  return (
    <ItemDrawer item={rule} title={t('rule.edit')} label={t('rule.enabled')} onChange={onChange} onClose={onClose}>
      <NameField item={rule} path={`earning.rules.${index}`} hint={t('rule.name_hint')} onChange={onChange} />
      <AwardField rule={rule} index={index} onChange={onChange} />
      <ConditionField title={t('rule.when')} empty={t('rule.when_always')} path={`earning.rules.${index}.when`} of={['purchase', 'member', 'line']} value={rule.when ?? null} onChange={(when) => onChange({ ...rule, when })} />
      <ConditionField title={t('rule.lines')} empty={t('rule.lines_all')} path={`earning.rules.${index}.lines`} of={['line']} value={rule.lines ?? null} onChange={(lines) => onChange({ ...rule, lines })} />
      <Limits rule={rule} index={index} onChange={onChange} />
    </ItemDrawer>
  );
}

import { Segmented, Select } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Occasion, OccasionCaps } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { ConditionField } from './condition';
import { DatesField } from './dates-field';
import { useDraft, useFault } from './draft';
import { ItemDrawer, NameField } from './item-form';

interface Props {
  occasion: Occasion;
  index: number;
  onChange: (occasion: Occasion) => void;
  onClose: () => void;
}

type Kind = Occasion['trigger']['kind'];

const kinds: Kind[] = ['purchase', 'joining', 'anniversary', 'birthday'];
const caps: (keyof OccasionCaps)[] = ['per_day', 'per_year', 'ever'];

/** What the occasion is; how many days around a birthday. */
function TriggerField({ occasion, index, onChange }: Omit<Props, 'onClose'>) {
  const t = useText();
  const { trigger } = occasion;
  const path = `occasions.${index}.trigger`;
  const faults = { days_before: useFault(`${path}.days_before`), days_after: useFault(`${path}.days_after`) };
  const choose = (kind: Kind) => {
    if (kind === trigger.kind) return;
    const next: Occasion['trigger'] = kind === 'birthday' ? { kind, days_before: 0, days_after: 0 } : { kind };
    // Only a purchase can be asked about itself.
    onChange({ ...occasion, trigger: next, when: trigger.kind === 'purchase' ? null : occasion.when });
  };
  return (
    <section className="section" aria-label={t('occasion.trigger')}>
      <h3>{t('occasion.trigger')}</h3>
      <Segmented<Kind> block value={trigger.kind} options={kinds.map((kind) => ({ value: kind, label: t(`occasion.kind.${kind}`) }))} onChange={choose} />
      <p className="soft small">{t(`occasion.kind_hint.${trigger.kind}`)}</p>
      {trigger.kind === 'birthday' ? (
        <div className="form form-two">
          {(['days_before', 'days_after'] as const).map((side) => (
            <Field key={side} label={t(`occasion.${side}`)} error={faults[side]}>
              {(control) => <CountField {...control} max={60} unit={t('unit.days')} value={trigger[side] ?? 0} onChange={(days) => onChange({ ...occasion, trigger: { ...trigger, [side]: days ?? 0 } })} />}
            </Field>
          ))}
        </div>
      ) : null}
    </section>
  );
}

/** Points, and a coupon of a kind of which any are given. */
function GivesField({ occasion, index, onChange }: Omit<Props, 'onClose'>) {
  const t = useText();
  const { programme } = useDraft();
  const found = useInfiniteQuery(ask.couponTemplates());
  const path = `occasions.${index}`;
  const nothing = useFault(path);
  const faults = { points: useFault(`${path}.points`), valid_days: useFault(`${path}.valid_days`), coupon: useFault(`${path}.coupon`) };
  const templates = (found.data?.pages ?? []).flatMap((page) => page.items);
  const options = templates.filter((one) => one.open || one.id === occasion.coupon).map((one) => ({ value: one.id, label: one.template.offer.name }));
  return (
    <section className="section" aria-label={t('occasion.gives')}>
      <h3>{t('occasion.gives')}</h3>
      <div className="form form-two">
        <Field label={t('award.points')} optional={t('field.optional')} error={faults.points}>
          {(control) => <CountField {...control} min={1} value={occasion.points ?? null} onChange={(points) => onChange({ ...occasion, points, valid_days: points ? occasion.valid_days : null })} />}
        </Field>
        {occasion.points ? (
          <Field label={t('occasion.valid_days')} optional={t('field.optional')} hint={t(programme.earning.expiry.kind === 'never' ? 'occasion.valid_never' : 'occasion.valid_hint')} error={faults.valid_days}>
            {(control) => <CountField {...control} min={1} max={3_660} unit={t('unit.days')} value={occasion.valid_days ?? null} onChange={(days) => onChange({ ...occasion, valid_days: days })} />}
          </Field>
        ) : null}
        <Field label={t('occasion.coupon')} optional={t('field.optional')} hint={found.isSuccess && options.length === 0 ? t('occasion.coupon_none') : t('occasion.coupon_hint')} error={faults.coupon} className="form-wide">
          {({ status, ...control }) => (
            <Select
              {...control}
              allowClear
              showSearch={{ optionFilterProp: 'label' }}
              status={status ?? ''}
              loading={found.isPending}
              value={occasion.coupon ?? null}
              options={options}
              onChange={(coupon?: string | null) => onChange({ ...occasion, coupon: coupon ?? null })}
            />
          )}
        </Field>
      </div>
      {nothing ? (
        <p className="field-fault" role="alert">
          {nothing}
        </p>
      ) : null}
    </section>
  );
}

function Limits({ occasion, index, onChange }: Omit<Props, 'onClose'>) {
  const t = useText();
  const path = `occasions.${index}`;
  const dateFault = useFault(`${path}.until`) ?? useFault(`${path}.from`);
  return (
    <section className="section" aria-label={t('rule.limits')}>
      <h3>{t('rule.limits')}</h3>
      <DatesField from={occasion.from ?? null} until={occasion.until ?? null} error={dateFault} onChange={(dates) => onChange({ ...occasion, ...dates })} />
      {occasion.trigger.kind === 'purchase' ? (
        <div className="form form-two">
          {caps.map((cap) => (
            <Field key={cap} label={t(`occasion.cap.${cap}`)} optional={t('field.optional')}>
              {(control) => <CountField {...control} min={1} max={1_000_000} value={occasion.caps[cap] ?? null} onChange={(value) => onChange({ ...occasion, caps: { ...occasion.caps, [cap]: value } })} />}
            </Field>
          ))}
        </div>
      ) : null}
    </section>
  );
}

/** One occasion: what it is, for whom, what is given and how often; the sentence above follows every change. */
export function OccasionDrawer({ occasion, index, onChange, onClose }: Props) {
  const t = useText();
  const path = `occasions.${index}`;
  const bought = occasion.trigger.kind === 'purchase';
  return (
    <ItemDrawer item={occasion} title={t('occasion.edit')} label={t('occasion.enabled')} onChange={onChange} onClose={onClose}>
      <NameField item={occasion} path={path} hint={t('rule.name_hint')} onChange={onChange} />
      <TriggerField occasion={occasion} index={index} onChange={onChange} />
      <GivesField occasion={occasion} index={index} onChange={onChange} />
      <ConditionField title={t('occasion.when')} empty={t('occasion.when_always')} path={`${path}.when`} of={bought ? ['purchase', 'member', 'line'] : ['member']} value={occasion.when ?? null} onChange={(when) => onChange({ ...occasion, when })} />
      <Limits occasion={occasion} index={index} onChange={onChange} />
    </ItemDrawer>
  );
}

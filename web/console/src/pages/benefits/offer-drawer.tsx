import { Input, Select, Switch } from 'antd';
import type { Offer } from '@danggol/api';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { ConditionField } from './condition';
import { DatesField } from './dates-field';
import { useDraft, useFault, useFaultsUnder } from './draft';
import { ItemDrawer, NameField } from './item-form';
import { EffectField } from './effect-field';
import { RoundingField } from './rounding-field';

interface Props {
  offer: Offer;
  index: number;
  onChange: (offer: Offer) => void;
  onClose: () => void;
}

/** When it holds, and beside which other offers. */
function Company({ offer, index, dated, onChange }: Omit<Props, 'onClose'> & { dated: boolean }) {
  const t = useText();
  const { programme } = useDraft();
  const path = `offers.${index}`;
  const others = programme.offers.filter((other) => other.id !== offer.id);
  const groups = [...new Set(others.map((one) => one.group).filter((group): group is string => Boolean(group)))];
  const dateFault = useFault(`${path}.until`) ?? useFault(`${path}.from`);
  const excludesFault = useFaultsUnder(`${path}.excludes`)[0]?.text ?? null;
  return (
    <section className="section" aria-label={t('offer.company')}>
      <h3>{t('offer.company')}</h3>
      {dated ? <DatesField from={offer.from ?? null} until={offer.until ?? null} error={dateFault} onChange={(dates) => onChange({ ...offer, ...dates })} /> : null}
      <label className="switch-line">
        <Switch checked={offer.alone} onChange={(alone) => onChange({ ...offer, alone })} />
        <span>{t('offer.alone')}</span>
      </label>
      {offer.alone ? null : (
        <div className="form form-two">
          <Field label={t('rule.group')} optional={t('field.optional')} hint={groups.length > 0 ? t('rule.group_known', { names: groups.join(t('list.comma')) }) : t('offer.group_hint')}>
            {(control) => <Input {...control} value={offer.group ?? ''} onChange={(event) => onChange({ ...offer, group: event.target.value.trim() || null })} />}
          </Field>
          <Field label={t('offer.excludes')} optional={t('field.optional')} error={excludesFault}>
            {({ status, ...control }) => (
              <Select
                {...control}
                mode="multiple"
                status={status ?? ''}
                value={offer.excludes}
                options={others.map((other) => ({ value: other.id, label: other.name || other.id }))}
                onChange={(excludes: string[]) => onChange({ ...offer, excludes })}
              />
            )}
          </Field>
        </div>
      )}
      <div className="form form-two">
        <Field label={t('offer.priority')} hint={t('offer.priority_hint')} error={useFault(`${path}.priority`)}>
          {(control) => <CountField {...control} min={-1_000} max={1_000} value={offer.priority} onChange={(priority) => onChange({ ...offer, priority: priority ?? 0 })} />}
        </Field>
        <RoundingField value={offer.rounding} onChange={(rounding) => onChange({ ...offer, rounding })} />
      </div>
    </section>
  );
}

/** One offer: what comes off, for whom and of what, beside which others; the sentence above follows every change. */
export function OfferForm({ offer, index, onChange, dated = true }: Omit<Props, 'onClose'> & { dated?: boolean }) {
  const t = useText();
  const linesFault = useFault(`offers.${index}.lines`);
  return (
    <>
      <NameField item={offer} path={`offers.${index}`} hint={t('offer.name_hint')} onChange={onChange} />
      <EffectField effect={offer.effect} path={`offers.${index}.effect`} onChange={(effect) => onChange({ ...offer, effect })} />
      <ConditionField title={t('rule.when')} empty={t('rule.when_always')} path={`offers.${index}.when`} of={['purchase', 'member', 'line']} value={offer.when ?? null} onChange={(when) => onChange({ ...offer, when })} />
      <ConditionField title={t('rule.lines')} empty={t('rule.lines_all')} path={`offers.${index}.lines`} of={['line']} value={offer.lines ?? null} onChange={(lines) => onChange({ ...offer, lines })} />
      {linesFault ? (
        <p className="field-fault" role="alert">
          {linesFault}
        </p>
      ) : null}
      <Company offer={offer} index={index} dated={dated} onChange={onChange} />
    </>
  );
}

/** An offer of the programme in a drawer, with its switch. */
export function OfferDrawer({ offer, index, onChange, onClose }: Props) {
  const t = useText();
  return (
    <ItemDrawer item={offer} title={t('offer.edit')} label={t('offer.enabled')} onChange={onChange} onClose={onClose}>
      <OfferForm offer={offer} index={index} onChange={onChange} />
    </ItemDrawer>
  );
}

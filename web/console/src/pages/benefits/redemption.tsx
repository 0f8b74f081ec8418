import { Switch } from 'antd';
import type { Redemption } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { MoneyField } from '../../parts/money-field';
import { useSignedIn } from '../../session';
import { useDraft, useFault } from './draft';

/** What a point is worth at the till. */
export function RedemptionSection() {
  const t = useText();
  const format = useFormat();
  const { brand } = useSignedIn();
  const { programme, change } = useDraft();
  const { redemption } = programme;
  const set = (next: Redemption | null) => change({ ...programme, redemption: next });
  const most = redemption?.max_percent ?? 100;
  const fault = {
    points: useFault('redemption.points'),
    minor: useFault('redemption.minor'),
    minimum: useFault('redemption.minimum'),
    step: useFault('redemption.step'),
    percent: useFault('redemption.max_percent'),
    whole: useFault('redemption'),
  };
  return (
    <section className="section" aria-labelledby="redemption">
      <div className="section-head">
        <div>
          <h2 id="redemption">{t('redemption.title')}</h2>
          <p className="soft small">
            {redemption
              ? t('redemption.words', { points: redemption.points, amount: format.money(redemption.minor), minimum: redemption.minimum, step: redemption.step, percent: most })
              : t('redemption.off')}
          </p>
        </div>
        <Switch
          checked={Boolean(redemption)}
          aria-label={t('redemption.title')}
          onChange={(on) => set(on ? { points: 100, minor: 10 ** brand.currency_exponent, step: 100, minimum: 100, max_percent: 100 } : null)}
        />
      </div>
      {redemption ? (
        <div className="form form-two">
          <Field label={t('redemption.points')} error={fault.points ?? fault.whole}>
            {(control) => <CountField {...control} min={1} value={redemption.points} onChange={(points) => set({ ...redemption, points: points ?? 1 })} />}
          </Field>
          <Field label={t('redemption.worth')} error={fault.minor}>
            {(control) => <MoneyField {...control} value={redemption.minor} onChange={(minor) => set({ ...redemption, minor: minor ?? 0 })} />}
          </Field>
          <Field label={t('redemption.minimum')} error={fault.minimum}>
            {(control) => <CountField {...control} min={1} value={redemption.minimum} onChange={(minimum) => set({ ...redemption, minimum: minimum ?? 1 })} />}
          </Field>
          <Field label={t('redemption.step')} error={fault.step}>
            {(control) => <CountField {...control} min={1} value={redemption.step} onChange={(step) => set({ ...redemption, step: step ?? 1 })} />}
          </Field>
          <Field label={t('redemption.percent')} error={fault.percent}>
            {(control) => <CountField {...control} min={1} max={100} unit="%" value={most} onChange={(percent) => set({ ...redemption, max_percent: percent ?? 100 })} />}
          </Field>
        </div>
      ) : null}
    </section>
  );
}

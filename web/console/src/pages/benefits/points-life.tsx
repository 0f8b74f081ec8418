import { Select, Switch } from 'antd';
import type { Expiry, Programme } from '@danggol/api';
import { useLanguage } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { useDraft, useFault } from './draft';

export const usual: Record<Expiry['kind'], Expiry> = {
  never: { kind: 'never' },
  rolling: { kind: 'rolling', days: 365 },
  end_of_month: { kind: 'end_of_month', months: 12 },
  fixed_date: { kind: 'fixed_date', month: 12, day: 31, min_months: 6 },
};
export const expiryKinds = Object.keys(usual) as Expiry['kind'][];
const spent: Programme['returns']['spent_points'][] = ['debt', 'deduct', 'write_off'];

export function ExpiryDetail({ expiry, onChange }: { expiry: Expiry; onChange: (expiry: Expiry) => void }) {
  const { t, language } = useLanguage();
  switch (expiry.kind) {
    case 'never':
      return null;
    case 'rolling':
      return <Field label={t('expiry.days')}>{(control) => <CountField {...control} min={1} max={36_500} unit={t('unit.days')} value={expiry.days} onChange={(days) => onChange({ ...expiry, days: days ?? 1 })} />}</Field>;
    case 'end_of_month':
      return <Field label={t('expiry.months')}>{(control) => <CountField {...control} max={120} unit={t('unit.months')} value={expiry.months} onChange={(months) => onChange({ ...expiry, months: months ?? 0 })} />}</Field>;
    case 'fixed_date': {
      const name = new Intl.DateTimeFormat(language, { month: 'long', timeZone: 'UTC' });
      const months = Array.from({ length: 12 }, (_, index) => ({ value: index + 1, label: name.format(Date.UTC(2024, index, 15)) }));
      return (
        <>
          <Field label={t('expiry.on')}>
            {({ status: _status, ...control }) => (
              <div className="inline">
                <Select {...control} className="expiry-month" value={expiry.month} options={months} onChange={(month: number) => onChange({ ...expiry, month })} />
                <CountField className="expiry-day" aria-label={t('profile.day')} min={1} max={31} value={expiry.day} onChange={(day) => onChange({ ...expiry, day: day ?? 1 })} />
              </div>
            )}
          </Field>
          <Field label={t('expiry.min_months')}>{(control) => <CountField {...control} max={60} unit={t('unit.months')} value={expiry.min_months} onChange={(months_) => onChange({ ...expiry, min_months: months_ ?? 0 })} />}</Field>
        </>
      );
    }
  }
}

/** How long points live, when they may be used, and what a return does to those already spent. */
export function PointsLife() {
  const { t } = useLanguage();
  const { programme, change } = useDraft();
  const { earning } = programme;
  const set = (part: Partial<Programme['earning']>) => change({ ...programme, earning: { ...earning, ...part } });
  return (
    <section className="section" aria-labelledby="life">
      <div>
        <h2 id="life">{t('expiry.title')}</h2>
        <p className="soft small">{t('expiry.lead')}</p>
      </div>
      <div className="form form-two">
        <Field label={t('expiry.kind')} error={useFault('earning.expiry')}>
          {({ status: _status, ...control }) => (
            <Select {...control} value={earning.expiry.kind} options={expiryKinds.map((value) => ({ value, label: t(`expiry.kind.${value}`) }))} onChange={(kind: Expiry['kind']) => set({ expiry: usual[kind] })} />
          )}
        </Field>
        <ExpiryDetail expiry={earning.expiry} onChange={(expiry) => set({ expiry })} />
        <Field label={t('expiry.pending')} hint={t('expiry.pending_hint')} error={useFault('earning.pending_days')}>
          {(control) => <CountField {...control} max={3_650} unit={t('unit.days')} value={earning.pending_days} onChange={(days) => set({ pending_days: days ?? 0 })} />}
        </Field>
        <Field label={t('returns.spent')} error={useFault('returns.spent_points')}>
          {({ status: _status, ...control }) => (
            <Select
              {...control}
              value={programme.returns.spent_points}
              options={spent.map((value) => ({ value, label: t(`returns.spent.${value}`) }))}
              onChange={(value: Programme['returns']['spent_points']) => change({ ...programme, returns: { spent_points: value } })}
            />
          )}
        </Field>
        <label className="switch-line form-wide">
          <Switch checked={earning.earn_on_redeemed} onChange={(earn_on_redeemed) => set({ earn_on_redeemed })} />
          <span>{t('expiry.earn_on_redeemed')}</span>
        </label>
      </div>
    </section>
  );
}

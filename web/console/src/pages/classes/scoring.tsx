import { useState } from 'react';
import { Button, InputNumber, Segmented } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { ClassRules } from '@danggol/api';
import { putClassRules } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { useSignedIn } from '../../session';

type Bounds = Extract<ClassRules['scoring'], { by: 'bounds' }>;
const rows = ['recency_days', 'purchases', 'amount_minor'] as const;
const scores = [2, 3, 4, 5] as const;

/** By what members are scored: fifths of the buyers, or bounds of the brand's own. */
export function Scoring({ rules }: { rules: ClassRules }) {
  const t = useText();
  const { brand } = useSignedIn();
  const scale = 10 ** brand.currency_exponent;
  const usual: Bounds = { by: 'bounds', recency_days: [180, 90, 60, 30], purchases: [2, 4, 8, 12], amount_minor: [100 * scale, 500 * scale, 1000 * scale, 5000 * scale] };
  const [typed, setTyped] = useState(rules);
  const save = useMutation({
    mutationFn: () => putClassRules(typed),
    onSuccess: () => queries.invalidateQueries({ queryKey: ask.classes().queryKey }),
  });
  const scoring = typed.scoring ?? { by: 'quintiles' };
  return (
    <section className="section" aria-label={t('classes.scoring')}>
      <h2>{t('classes.scoring')}</h2>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Segmented
          aria-label={t('classes.scoring')}
          value={scoring.by}
          options={(['quintiles', 'bounds'] as const).map((value) => ({ value, label: t(`classes.scoring.${value}`) }))}
          onChange={(by) => setTyped({ ...typed, scoring: by === 'bounds' ? usual : { by } })}
        />
        <Field label={t('classes.period')}>
          {(control) => <InputNumber {...control} min={1} max={3660} precision={0} value={typed.period_days} onChange={(days) => setTyped({ ...typed, period_days: days ?? typed.period_days })} />}
        </Field>
        {scoring.by === 'bounds' ? (
          <div className="scroll-x" tabIndex={0} role="region" aria-label={t('classes.scoring.bounds')}>
            <div className="bounds">
              <span />
              {scores.map((score) => (
                <span key={score} className="soft small">
                  {t('classes.score', { n: score })}
                </span>
              ))}
              {rows.map((row) => {
                const unit = row === 'amount_minor' ? scale : 1;
                return [
                  <span key={row}>{t(`classes.bound.${row}`)}</span>,
                  ...scores.map((score, index) => (
                    <InputNumber
                      key={`${row}-${score}`}
                      aria-label={`${t(`classes.bound.${row}`)}, ${t('classes.score', { n: score })}`}
                      value={(scoring[row][index] ?? 0) / unit}
                      onChange={(value) => setTyped({ ...typed, scoring: { ...scoring, [row]: scoring[row].with(index, Math.round((value ?? 0) * unit)) } })}
                    />
                  )),
                ];
              })}
            </div>
          </div>
        ) : null}
        {save.isError ? <Trouble error={save.error} /> : null}
        <div className="form-end">
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </section>
  );
}

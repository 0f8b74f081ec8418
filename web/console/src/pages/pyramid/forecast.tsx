import { useQuery } from '@tanstack/react-query';
import type { Calibration } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';

const dayMs = 86_400_000;

function Groups({ calibration }: { calibration: Calibration }) {
  const t = useText();
  const format = useFormat();
  const last = calibration.groups.at(-1)?.repeats;
  const times = (value: number) => value.toFixed(2);
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t('forecast.figures')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('forecast.times')}</th>
            {(['members', 'expected', 'actual'] as const).map((column) => (
              <th key={column} scope="col" className="number">
                {t(`forecast.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {calibration.groups.map((group) => (
            <tr key={group.repeats}>
              <td>{group.repeats === last && last >= 7 ? t('forecast.many', { n: last }) : format.number(group.repeats)}</td>
              <td className="number">{format.number(group.members)}</td>
              <td className="number">{times(group.expected)}</td>
              <td className="number">{times(group.actual)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What was expected of members against what came, on days that the forecast had not seen. */
export function Forecast() {
  const t = useText();
  const format = useFormat();
  const { data } = useQuery(ask.expectedValue());
  if (!data) return null;
  const { calibration, lack, fitted_at: fittedAt } = data;
  const top = calibration?.tops.at(-1);
  const share = (part: number) => format.percent(Math.round(part * 10_000), 1);
  const day = (days: number) => (calibration ? format.date(new Date(Date.parse(calibration.until) + days * dayMs).toISOString().slice(0, 10)) : '');
  return (
    <section className="section">
      <h2>{t('forecast.title')}</h2>
      {calibration ? (
        <>
          <p>
            {t('forecast.lead', { days: calibration.days, from: day(1), to: day(calibration.days), expected: format.number(Math.round(calibration.expected_purchases)), actual: format.number(calibration.actual_purchases) })}
          </p>
          {top && calibration.actual_amount_minor > 0 ? (
            <p>{t('forecast.tops', { share: format.percent(top.members_bp), amount: share(top.by_expected), past: share(top.by_past) })}</p>
          ) : null}
          <Groups calibration={calibration} />
        </>
      ) : (
        <p className="soft">{lack?.sentence ?? t(fittedAt ? 'forecast.none' : 'forecast.never')}</p>
      )}
      {fittedAt && !lack ? <p className="soft small">{t('forecast.fitted', { at: format.dateTime(fittedAt) })}</p> : null}
    </section>
  );
}

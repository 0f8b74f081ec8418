import { useQuery } from '@tanstack/react-query';
import type { Standing } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';

/** Points by the purchase they came from, the first to expire first: in this order they are spent. */
export function Lots({ id, points }: { id: string; points: Standing['points'] }) {
  const t = useText();
  const format = useFormat();
  const lots = useQuery(ask.lots(id));
  if (lots.isPending) return <Bones lines={5} />;
  if (lots.isError) return <Trouble error={lots.error} retry={() => void lots.refetch()} />;
  const items = lots.data.items.filter((lot) => lot.asset === 'points').sort((a, b) => (a.expires_at ?? '9').localeCompare(b.expires_at ?? '9'));
  return (
    <div className="section">
      <p className="soft">{t('lots.lead')}</p>
      {points.pending > 0 ? <p className="notice notice-calm">{t('lots.pending', { n: points.pending })}</p> : null}
      {points.debt > 0 ? <p className="notice">{t('lots.debt', { n: points.debt })}</p> : null}
      {items.length === 0 ? (
        <p className="soft">{t('lots.none')}</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={t('member.tab.lots')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('lots.expires')}</th>
                <th scope="col" className="number">
                  {t('lots.earned')}
                </th>
                <th scope="col" className="number">
                  {t('lots.remaining')}
                </th>
                <th scope="col">{t('lots.available')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((lot, index) => (
                <tr key={lot.entry_id ?? index}>
                  <td>{lot.expires_at ? format.lastDay(lot.expires_at) : t('lots.never')}</td>
                  <td className="number">{format.number(lot.earned)}</td>
                  <td className="number">{format.number(lot.remaining)}</td>
                  <td>{lot.available_at ? format.date(lot.available_at) : t('lots.at_once')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

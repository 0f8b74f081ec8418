import type { Lifestyles } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';

/** The largest movements between groups; who stayed is left out. */
export function Moves({ moved, names }: { moved: Lifestyles['moved']; names: Map<string, string> }) {
  const t = useText();
  const format = useFormat();
  const shown = moved
    .filter((one) => one.from !== one.to && one.from)
    .sort((one, next) => next.members - one.members)
    .slice(0, 12);
  if (shown.length === 0) return null;
  const name = (code: string | null | undefined) => (code ? (names.get(code) ?? code) : t('lifestyles.nowhere'));
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t('lifestyles.movement')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('lifestyles.from')}</th>
            <th scope="col">{t('lifestyles.to')}</th>
            <th scope="col" className="number">
              {t('lifestyles.how_many')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => (
            <tr key={`${one.from} ${one.to}`}>
              <td>{name(one.from)}</td>
              <td>{name(one.to)}</td>
              <td className="number">{format.number(one.members)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

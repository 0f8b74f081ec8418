import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { useFormat } from '../format';
import { useText } from '../language';
import { calledOf, type Listed } from './called';
import { paths } from '../paths';

/** A member in a short list, with what she bought and the one figure that put her there. */
export type Ranked = { key: string; member: Listed; tab?: string; about: string; amountMinor: number; figure: string };

/** The first dozen of a list, by what put them there; `nobody` is said of an empty one. */
export function RankedMembers({ title, lead, about, figure, rows, nobody }: { title: string; lead: string; about: string; figure: string; rows: Ranked[]; nobody?: ReactNode }) {
  const t = useText();
  const format = useFormat();
  return (
    <section className="section" aria-label={title}>
      <h3>{title}</h3>
      <p className="soft small">{lead}</p>
      {rows.length === 0 ? (nobody ?? <p className="soft">{t('movement.nobody')}</p>) : null}
      {rows.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={title}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('members.column.name')}</th>
                <th scope="col">{about}</th>
                <th scope="col" className="number">
                  {t('classes.amount')}
                </th>
                <th scope="col" className="number">
                  {figure}
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, 12).map((row) => (
                <tr key={row.key}>
                  <td>
                    <Link to={paths.member(row.member.id, row.tab)}>{calledOf(row.member, t)}</Link>
                  </td>
                  <td>{row.about}</td>
                  <td className="number">{format.money(row.amountMinor)}</td>
                  <td className="number">{row.figure}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { PyramidLayer } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { paths } from '../../paths';

/** Whom the ranking alone would mistake: bulk buyers of one day, and the few on whom a product lives. */
export function GuardLists({ layers }: { layers: PyramidLayer[] }) {
  const t = useText();
  const format = useFormat();
  const { data } = useQuery(ask.guards());
  if (!data || data.bulk.length + data.key.length === 0) return null;
  const names = new Map(layers.map((layer) => [layer.code, layer.name]));
  const percent = (value: number) => format.percent(value * 100);
  return (
    <section className="section" aria-label={t('guards.title')}>
      <h2>{t('guards.title')}</h2>
      {data.bulk.length > 0 ? (
        <section className="section" aria-label={t('guards.bulk')}>
          <h3>{t('guards.bulk')}</h3>
          <p className="soft small">{t('guards.bulk_lead')}</p>
          <div className="scroll-x" tabIndex={0} role="region" aria-label={t('guards.bulk')}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t('members.column.name')}</th>
                  <th scope="col">{t('pyramid.layer')}</th>
                  <th scope="col" className="number">
                    {t('classes.amount')}
                  </th>
                  <th scope="col" className="number">
                    {t('guards.percent')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.bulk.slice(0, 12).map((one) => (
                  <tr key={one.member.id}>
                    <td>
                      <Link to={paths.member(one.member.id, 'purchases')}>{one.member.name ?? t('member.nameless')}</Link>
                    </td>
                    <td>{names.get(one.layer ?? '') ?? '–'}</td>
                    <td className="number">{format.money(one.amount_minor)}</td>
                    <td className="number">{percent(one.percent)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ) : null}
      {data.key.length > 0 ? (
        <section className="section" aria-label={t('guards.key')}>
          <h3>{t('guards.key')}</h3>
          <p className="soft small">{t('guards.key_lead')}</p>
          <div className="scroll-x" tabIndex={0} role="region" aria-label={t('guards.key')}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{t('members.column.name')}</th>
                  <th scope="col">{t('guards.product')}</th>
                  <th scope="col" className="number">
                    {t('classes.amount')}
                  </th>
                  <th scope="col" className="number">
                    {t('guards.key_percent')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.key.slice(0, 12).map((one) => (
                  <tr key={`${one.member.id} ${one.key.sku}`}>
                    <td>
                      <Link to={paths.member(one.member.id)}>{one.member.name ?? t('member.nameless')}</Link>
                    </td>
                    <td>{one.key.name ?? one.key.sku}</td>
                    <td className="number">{format.money(one.key.amount_minor)}</td>
                    <td className="number">{percent(one.key.percent)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ) : null}
    </section>
  );
}

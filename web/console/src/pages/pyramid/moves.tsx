import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Movement, NearMember } from '@danggol/api';
import type { PyramidAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { paths } from '../../paths';

function Matrix({ movement }: { movement: Movement }) {
  const t = useText();
  const format = useFormat();
  const places = [...movement.layers.map((layer) => ({ code: layer.code as string | null, name: layer.name })), { code: null, name: t('movement.none') }];
  const count = (from: string | null, to: string | null) => movement.moved.find((moved) => (moved.from ?? null) === from && (moved.to ?? null) === to)?.members ?? 0;
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t('movement.title')}>
      <table className="table">
        <thead>
          <tr>
            <td />
            {places.map((to) => (
              <th key={to.name} scope="col" className="number">
                {to.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((from) => (
            <tr key={from.name}>
              <th scope="row">{from.name}</th>
              {places.map((to) => {
                const members = count(from.code, to.code);
                return (
                  <td key={to.name} className={from.code === to.code ? 'number soft' : 'number'}>
                    {members > 0 ? format.number(members) : '–'}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NearList({ title, lead, near, movement }: { title: string; lead: string; near: NearMember[]; movement: Movement }) {
  const t = useText();
  const format = useFormat();
  const names = new Map(movement.layers.map((layer) => [layer.code, layer.name]));
  return (
    <section aria-label={title} className="section">
      <h3>{title}</h3>
      <p className="soft small">{lead}</p>
      {near.length === 0 ? <p className="soft">{t('movement.nobody')}</p> : null}
      {near.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={title}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('members.column.name')}</th>
                <th scope="col">{t('pyramid.layer')}</th>
                <th scope="col" className="number">
                  {t('classes.amount')}
                </th>
                <th scope="col" className="number">
                  {t('movement.missing')}
                </th>
              </tr>
            </thead>
            <tbody>
              {near.slice(0, 12).map((one) => (
                <tr key={one.member.id}>
                  <td>
                    <Link to={paths.member(one.member.id)}>{one.member.name ?? t('member.nameless')}</Link>
                  </td>
                  <td>{names.get(one.layer)}</td>
                  <td className="number">{format.money(one.amount_minor)}</td>
                  <td className="number">{format.money(one.missing_minor)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}

/** How members moved between layers since the period before, and who is about to. */
export function Moves({ wanted }: { wanted: PyramidAsk }) {
  const t = useText();
  const format = useFormat();
  const { data } = useQuery(ask.movement(wanted));
  if (!data) return null;
  return (
    <section className="section" aria-label={t('movement.title')}>
      <h2>{t('movement.title')}</h2>
      <p className="soft small">
        {t('movement.lead', { beforeFrom: format.date(data.before_from), beforeTo: format.date(data.before_to), from: format.date(data.from), to: format.date(data.to) })}
      </p>
      <Matrix movement={data} />
      <NearList title={t('movement.rising')} lead={t('movement.rising_lead')} near={data.rising} movement={data} />
      <NearList title={t('movement.falling')} lead={t('movement.falling_lead')} near={data.falling} movement={data} />
    </section>
  );
}

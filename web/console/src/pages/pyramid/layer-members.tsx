import { useEffect, useRef } from 'react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { PyramidLayer } from '@danggol/api';
import type { PyramidAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Bones } from '../../parts/bones';
import { More } from '../../parts/more';
import { TierBadge } from '../../parts/tier-badge';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';

/** Who is in a layer, by rank. */
export function LayerMembers({ layer, period }: { layer: PyramidLayer; period: PyramidAsk }) {
  const t = useText();
  const format = useFormat();
  const heading = useRef<HTMLHeadingElement>(null);
  const members = useInfiniteQuery(ask.pyramidMembers({ ...period, layer: layer.code }));
  useEffect(() => {
    heading.current?.scrollIntoView({ block: 'start', behavior: 'smooth' });
  }, [layer.code]);
  const items = members.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="section">
      <h2 ref={heading} className="layer-heading">
        {t('pyramid.members_of', { name: layer.name, n: layer.members })}
      </h2>
      {members.isPending ? <Bones lines={6} /> : null}
      {members.isError ? <Trouble error={members.error} retry={() => void members.refetch()} /> : null}
      {items.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={layer.name}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col" className="number">
                  {t('pyramid.rank')}
                </th>
                <th scope="col">{t('members.column.name')}</th>
                <th scope="col">{t('members.column.tier')}</th>
                <th scope="col" className="number">
                  {t('today.amount')} ({format.currencySign})
                </th>
                <th scope="col" className="number">
                  {t('pyramid.purchases')}
                </th>
                <th scope="col" className="number">
                  {t('pyramid.quantity')}
                </th>
                <th scope="col" className="number">
                  {t('members.column.last')}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={item.member.id}>
                  <td className="number">{format.number(item.rank)}</td>
                  <td>
                    <Link to={paths.member(item.member.id)}>{calledOf(item.member, t)}</Link> {item.member.name ? <span className="faint small">{item.member.masked_phone}</span> : null}
                  </td>
                  <td>{item.member.tier ? <TierBadge name={item.member.tier.name} /> : '–'}</td>
                  <td className="number">{format.amount(item.amount_minor)}</td>
                  <td className="number">{format.number(item.purchases)}</td>
                  <td className="number">{format.number(item.quantity)}</td>
                  <td className="number">{item.last_purchase_at ? format.date(item.last_purchase_at) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <More when={members.hasNextPage && !members.isFetchingNextPage} ask={() => void members.fetchNextPage()} />
    </section>
  );
}

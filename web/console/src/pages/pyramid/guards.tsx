import { useQuery } from '@tanstack/react-query';
import type { NoBulk, PyramidLayer } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Link } from 'react-router';
import { calledOf } from '../../parts/called';
import { paths } from '../../paths';
import { RankedMembers } from '../../parts/ranked-members';
import { Trouble } from '../../parts/trouble';

/** Where nobody stands high by one purchase alone: how many were looked at, who comes nearest, and what is missing. */
function Nobody({ none }: { none: NoBulk }) {
  const t = useText();
  const format = useFormat();
  const { nearest } = none;
  const percent = (value: number) => format.percent(value * 100);
  return (
    <>
      <p className="soft">{t('guards.bulk_none', { n: none.looked_at })}</p>
      {nearest ? (
        <p className="soft small">
          {t('guards.bulk_near', { name: calledOf(nearest.member, t), percent: percent(nearest.percent), needed: percent(none.percent_needed), visits: nearest.visits, most: none.visits_most })}{' '}
          {t(nearest.would_fall ? 'guards.bulk_lower' : 'guards.bulk_same')} <Link to={paths.member(nearest.member.id, 'purchases')}>{t('guards.bulk_look')}</Link>
        </p>
      ) : null}
    </>
  );
}

/** Whom the ranking alone would mistake: bulk buyers of one day, and the few on whom a product lives. */
export function GuardLists({ layers }: { layers: PyramidLayer[] }) {
  const t = useText();
  const format = useFormat();
  const guards = useQuery(ask.guards());
  if (guards.isError) return <Trouble error={guards.error} retry={() => void guards.refetch()} />;
  if (guards.isPending) return <Bones lines={3} />;
  const { bulk, key, no_bulk: none } = guards.data;
  const names = new Map(layers.map((layer) => [layer.code, layer.name]));
  const percent = (value: number) => format.percent(value * 100);
  const bulkRows = bulk.map((one) => ({
    key: one.member.id,
    member: one.member,
    tab: 'purchases',
    about: names.get(one.layer ?? '') ?? '–',
    amountMinor: one.amount_minor,
    figure: percent(one.percent),
  }));
  const keyRows = key.map((one) => ({
    key: `${one.member.id} ${one.key.sku}`,
    member: one.member,
    about: one.key.name ?? one.key.sku,
    amountMinor: one.key.amount_minor,
    figure: percent(one.key.percent),
  }));
  return (
    <section className="section" aria-label={t('guards.title')}>
      <h2>{t('guards.title')}</h2>
      <RankedMembers title={t('guards.bulk')} lead={t('guards.bulk_lead')} about={t('pyramid.layer')} figure={t('guards.percent')} rows={bulkRows} nobody={none ? <Nobody none={none} /> : undefined} />
      <RankedMembers title={t('guards.key')} lead={t('guards.key_lead')} about={t('guards.product')} figure={t('guards.key_percent')} rows={keyRows} />
    </section>
  );
}

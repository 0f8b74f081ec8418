import { useState } from 'react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Movement, NearMember } from '@danggol/api';
import { keepMovers, type MoversAsk, type PyramidAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { ChosenMembers } from '../../parts/chosen-members';
import { RankedMembers } from '../../parts/ranked-members';
import { Trouble } from '../../parts/trouble';

interface Cell {
  from: string | null;
  to: string | null;
  name: string;
  members: number;
}

/** Who moved from one layer to another. */
function Movers({ wanted, cell }: { wanted: PyramidAsk; cell: Cell }) {
  const t = useText();
  const asked: MoversAsk = { ...wanted, ...(cell.from ? { layer_before: cell.from } : {}), ...(cell.to ? { layer: cell.to } : {}) };
  const members = useInfiniteQuery(ask.movers(asked));
  const title = t('classes.of', { name: cell.name, n: cell.members });
  return <ChosenMembers title={title} members={members} level={3} keepWords={t('movement.keep')} keepAs={async () => (await keepMovers(cell.name.slice(0, 100), asked)).id} />;
}

function Matrix({ movement, open }: { movement: Movement; open: (cell: Cell) => void }) {
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
                    {members > 0 ? (
                      <button
                        type="button"
                        className="plain-button"
                        aria-label={`${format.number(members)} · ${from.name} → ${to.name}`}
                        onClick={() => open({ from: from.code, to: to.code, name: `${from.name} → ${to.name}`, members })}
                      >
                        {format.number(members)}
                      </button>
                    ) : (
                      '–'
                    )}
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
  const rows = near.map((one) => ({
    key: one.member.id,
    member: one.member,
    about: names.get(one.layer) ?? '–',
    amountMinor: one.amount_minor,
    figure: format.money(one.missing_minor),
  }));
  return <RankedMembers title={title} lead={lead} about={t('pyramid.layer')} figure={t('movement.missing')} rows={rows} />;
}

/** How members moved between layers since the period before, and who is about to. */
export function Moves({ wanted }: { wanted: PyramidAsk }) {
  const t = useText();
  const format = useFormat();
  const asked = useQuery(ask.movement(wanted));
  const [cell, setCell] = useState<Cell | null>(null);
  if (asked.isError) return <Trouble error={asked.error} retry={() => void asked.refetch()} />;
  if (asked.isPending) return <Bones lines={5} />;
  const data = asked.data;
  return (
    <section className="section" aria-label={t('movement.title')}>
      <h2>{t('movement.title')}</h2>
      <p className="soft small">
        {t('movement.lead', { beforeFrom: format.date(data.before_from), beforeTo: format.date(data.before_to), from: format.date(data.from), to: format.date(data.to) })}
      </p>
      <Matrix movement={data} open={setCell} />
      {cell ? <Movers wanted={wanted} cell={cell} /> : null}
      <NearList title={t('movement.rising')} lead={t('movement.rising_lead')} near={data.rising} movement={data} />
      <NearList title={t('movement.falling')} lead={t('movement.falling_lead')} near={data.falling} movement={data} />
    </section>
  );
}
